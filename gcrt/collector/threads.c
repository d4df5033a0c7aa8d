/* threads.c: mutators, and how the world is stopped.
 *
 * States of a mutator, and who moves it on
 *
 *               attach                  gc_enter
 *   (no thread) ------> RUNNING <-------------------> SHIELDED (no_stop > 0)
 *       ^                 |  ^          gc_leave         |
 *       |     detach,     |  | resume                    | signal: stop_wanted is set;
 *       +--- thread ends -+  |                           | gc_leave sends the signal again
 *                         |  |                           v
 *                 signal  v  |                      (as RUNNING)
 *                       STOPPED: in the signal's handler, waiting on `epoch`
 *
 * The collecting thread holds the world's lock, sends every other mutator the stop signal, and waits until all
 * have acknowledged this epoch.  A handler's frame lies on the stopped thread's stack with all its registers in
 * it, so scanning from there to the stack's end covers both.  A thread may be stopped at any instruction, in
 * extension code, in malloc or in the middle of an inline allocation; what the collector does to its own
 * structures out of line is shielded by gc_enter and gc_leave.
 *
 * While the world is being stopped the collecting thread is inside dl_iterate_phdr, so no mutator is stopped
 * in the middle of dlopen or dlclose: the list of images is whole, and stays so.
 *
 * fork: the forking thread stops the world first, so that the child, in which the other threads are gone, finds
 * their allocators between two operations, and drops them. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "gc_internal.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

gc_mutator_state *gc_mutators;
_Thread_local gc_mutator_state *gc_current;

static pthread_mutex_t world = PTHREAD_MUTEX_INITIALIZER;
static _Atomic uint32_t epoch;       /* odd: the world is stopped or being stopped */
static _Atomic uint32_t acknowledged;
static int stop_signal;
static gc_mutator_state *free_states;
static pthread_key_t end_key;
static bool has_end_key;

/* ------------------------------------------------------------------ waiting */

/* Wait while *word is value, `most` at the longest (NULL: for ever).  False when that time is over. */
static bool
wait_on(_Atomic uint32_t *word, uint32_t value, const struct timespec *most)
{
    return syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, most, NULL, 0) == 0 || errno != ETIMEDOUT;
}

static void
wake_all(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/* Only what is safe at any instruction: no lock, no library. */
static void
stop_here(int number)
{
    (void)number;
    gc_mutator_state *m = gc_current;
    uint32_t now = atomic_load_explicit(&epoch, memory_order_acquire);
    if (m == NULL || now % 2 == 0)
        return; /* a stray signal, or one that came late */
    if (m->no_stop != 0) {
        m->stop_wanted = 1;
        return;
    }
    int saved = errno;
    m->stop_wanted = 0;
    m->sp = (uintptr_t)__builtin_frame_address(0);
    __atomic_store_n(&m->stopped_in, now, __ATOMIC_RELAXED);
    atomic_fetch_add_explicit(&acknowledged, 1, memory_order_acq_rel);
    wake_all(&acknowledged);
    while (atomic_load_explicit(&epoch, memory_order_acquire) == now)
        wait_on(&epoch, now, NULL);
    errno = saved;
}

/* As gc_leave's remedy for a signal that came in between: take it now. */
void
gc_threads_stop_self(gc_mutator_state *m)
{
    m->stop_wanted = 0;
    syscall(SYS_tgkill, getpid(), m->tid, stop_signal);
}

void
gc_lock(pthread_mutex_t *mutex)
{
    if (gc_in_own_cycle())
        return;
    gc_enter(gc_current);
    pthread_mutex_lock(mutex);
}

void
gc_unlock(pthread_mutex_t *mutex)
{
    if (gc_in_own_cycle())
        return;
    pthread_mutex_unlock(mutex);
    gc_leave(gc_current);
}

/* ------------------------------------------------------------------ stopping and resuming */

static void
drop(gc_mutator_state *m)
{
    for (gc_mutator_state **p = &gc_mutators; *p != NULL; p = &(*p)->next) {
        if (*p == m) {
            *p = m->next;
            break;
        }
    }
}

/* Sends the signal to all others that have not been stopped in this epoch; how many will acknowledge. */
static uint32_t
signal_others(gc_mutator_state *self, uint32_t now)
{
    uint32_t sent = 0;
    pid_t process = getpid();
    for (gc_mutator_state *m = gc_mutators, *next; m != NULL; m = next) {
        next = m->next;
        if (m == self || __atomic_load_n(&m->stopped_in, __ATOMIC_RELAXED) == now)
            continue;
        if (syscall(SYS_tgkill, process, m->tid, stop_signal) == 0)
            sent++;
        else if (errno == ESRCH)
            gc_heap_fatal("thread %d ended as a mutator without being detached", m->tid);
        else
            gc_heap_fatal("thread %d can't be stopped: signal %d, errno %d", m->tid, stop_signal, errno);
    }
    return sent;
}

static int
stop_others(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)info;
    (void)size;
    gc_mutator_state *self = arg;
    atomic_store_explicit(&acknowledged, 0, memory_order_relaxed);
    uint32_t now = atomic_fetch_add_explicit(&epoch, 1, memory_order_acq_rel) + 1;
    uint32_t sent = signal_others(self, now), seen;
    /* A signal may get lost where a sanitizer hands it on in place of the kernel; one too many is a stray one. */
    const struct timespec most = {.tv_nsec = 50 * 1000000};
    while ((seen = atomic_load_explicit(&acknowledged, memory_order_acquire)) != sent)
        if (!wait_on(&acknowledged, seen, &most))
            signal_others(self, now);
    return 1;
}

void
gc_threads_stop(gc_mutator_state *m)
{
    if (gc_mutators == NULL || (gc_mutators == m && m->next == NULL))
        atomic_fetch_add_explicit(&epoch, 1, memory_order_acq_rel); /* nobody to stop */
    else
        dl_iterate_phdr(stop_others, m);
    gc_roots_prepare();
}

void
gc_threads_resume(void)
{
    atomic_fetch_add_explicit(&epoch, 1, memory_order_acq_rel);
    wake_all(&epoch);
}

/* Waiting for the world's lock, a mutator can be stopped: it is no shield.  ThreadSanitizer hands a signal on
 * when a library call returns, so there a thread must not wait inside one. */
void
gc_world_lock(void)
{
#if defined(__SANITIZE_THREAD__)
    while (pthread_mutex_trylock(&world) != 0)
        usleep(100);
#else
    pthread_mutex_lock(&world);
#endif
}

void
gc_world_unlock(void)
{
    pthread_mutex_unlock(&world);
}

/* ------------------------------------------------------------------ attaching */

static bool
find_stack(uintptr_t *lo, uintptr_t *hi)
{
    pthread_attr_t attributes;
    void *start;
    size_t bytes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return false;
    bool found = pthread_attr_getstack(&attributes, &start, &bytes) == 0;
    pthread_attr_destroy(&attributes);
    *lo = (uintptr_t)start;
    *hi = (uintptr_t)start + bytes;
    return found;
}

static gc_mutator_state *
take_state(void)
{
    gc_mutator_state *m = free_states;
    if (m != NULL) {
        free_states = m->next;
    } else {
        m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (m == MAP_FAILED)
            return NULL;
    }
    memset(m, 0, sizeof *m);
    return m;
}

static void
give_state(gc_mutator_state *m)
{
    m->next = free_states;
    free_states = m;
}

gc_mutator *
gc_mutator_attach(void *stack_lo, void *stack_hi)
{
    uintptr_t lo = (uintptr_t)stack_lo, hi = (uintptr_t)stack_hi;
    if (gc_heap.base == 0 || gc_current != NULL || (hi == 0 && !find_stack(&lo, &hi)))
        return NULL;
    gc_world_lock();
    gc_mutator_state *m = take_state();
    if (m != NULL && (m->arena = gc_ext_adopt_arena()) == NULL) {
        give_state(m);
        m = NULL;
    }
    if (m != NULL) {
        m->stack_lo = lo;
        m->stack_hi = hi & ~(uintptr_t)(sizeof(void *) - 1);
        m->thread = gc_thread_self();
        m->tid = (int)syscall(SYS_gettid);
        m->stress_left = gc_cycle_stress_every();
        m->attached = true;
        m->next = gc_mutators;
        gc_mutators = m;
        gc_current = m;
        if (has_end_key)
            pthread_setspecific(end_key, m);
    }
    gc_world_unlock();
    return m == NULL ? NULL : &m->pub;
}

gc_mutator *
gc_mutator_current(void)
{
    return gc_current == NULL ? NULL : &gc_current->pub;
}

/* What a mutator holds goes back to what all share. */
static void
leave_all(gc_mutator_state *m)
{
    gc_alloc_retire(m);
    gc_dying_leave(m);
    gc_weak_leave(m);
    gc_ext_leave_arena(m->arena);
    gc_stats_leave(m);
    m->attached = false;
    drop(m);
    give_state(m);
}

void
gc_mutator_detach(gc_mutator *pub)
{
    gc_mutator_state *m = (gc_mutator_state *)pub;
    if (m == NULL || !m->attached || m != gc_current)
        return;
    gc_world_lock();
    /* Nobody can stop it from here on: who would needs the lock. */
    if (has_end_key)
        pthread_setspecific(end_key, NULL);
    leave_all(m);
    gc_current = NULL;
    gc_world_unlock();
}

static void
detach_at_end(void *state)
{
    gc_mutator_detach(state);
}

/* ------------------------------------------------------------------ the collector's own threads */

/* The program's signals are not their business. */
bool
gc_threads_make(pthread_t *thread, void *(*run)(void *), void *arg)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    bool made = pthread_create(thread, NULL, run, arg) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return made;
}

/* ------------------------------------------------------------------ fork */

static gc_mutator_state *forking;

static void
before_fork(void)
{
    if (gc_heap.base == 0)
        return;
    gc_world_lock();
    forking = gc_current;
    gc_threads_stop(forking);
    gc_dying_lock();
    gc_ext_lock();
    gc_handle_lock();
}

static void
after_fork_parent(void)
{
    if (gc_heap.base == 0)
        return;
    gc_handle_unlock();
    gc_ext_unlock();
    gc_dying_unlock();
    gc_threads_resume();
    gc_world_unlock();
}

static void
after_fork_child(void)
{
    if (gc_heap.base == 0)
        return;
    gc_handle_unlock();
    gc_ext_unlock();
    gc_dying_unlock();
    atomic_fetch_add_explicit(&epoch, 1, memory_order_relaxed);
    for (gc_mutator_state *m = gc_mutators, *next; m != NULL; m = next) {
        next = m->next;
        if (m != forking)
            leave_all(m);
    }
    if (forking != NULL)
        forking->tid = (int)syscall(SYS_gettid);
    gc_mark_forked();
    gc_background_forked();
    gc_world_unlock();
}

/* ------------------------------------------------------------------ life */

void
gc_threads_init(int wanted)
{
    static bool registered;
    stop_signal = wanted != 0 ? wanted : SIGPWR;
    /* Not SA_ONSTACK: the registers must lie on the stack that is scanned.  Other signals wait, or their
     * handlers would run in a stopped world. */
    struct sigaction action = {.sa_handler = stop_here, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    sigaction(stop_signal, &action, NULL);
    if (!registered) {
        registered = true;
        pthread_atfork(before_fork, after_fork_parent, after_fork_child);
        has_end_key = pthread_key_create(&end_key, detach_at_end) == 0;
    }
}

void
gc_threads_shutdown(void)
{
    while (gc_mutators != NULL) {
        gc_mutator_state *m = gc_mutators;
        gc_mutators = m->next;
        gc_array_free(&m->fresh_pairs);
        m->attached = false;
        give_state(m);
    }
    gc_current = NULL;
}
