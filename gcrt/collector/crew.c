/* crew.c: several markers at work on one heap.
 *
 * The collecting thread starts alone; most cycles of small heaps end before help would have come.  If they don't, or
 * the last cycle left much to mark, it opens the crew: each helper wakes, joins, and steals.  A marker that sees
 * another go hungry moves the oldest half of its stack (what is nearest to the roots leads to most) into its `shared`
 * buffer, where others, or later itself, take it whole, or as much of it as they have room for.
 *
 *     HELPER ASLEEP --open--> WORKING <----------------> HUNGRY --all are--> finished --> ASLEEP
 *                                     steals / runs dry
 *
 * Work is finished when every marker that has joined is hungry: a marker goes hungry only after it has taken back
 * its own buffer, so all buffers are empty then, and nobody but a working one can fill one.  `lock` keeps a late
 * helper from joining at that moment.
 *
 * In a cycle for which the crew has been opened it also takes jobs that are divided beforehand, by number.
 *
 * Threads are made before the world is stopped (pthread_create calls malloc), and are no mutators. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "mark_internal.h"

#include <sched.h>
#include <unistd.h>

#define ALONE_TURNS 128u /* calls of mark_work before help is called */
#define MANY_OBJECTS 100000u /* about a millisecond's marking: help is called at once */
#define SPLIT_BYTES ((size_t)64 << 10)
#define HEAP_WORTH_HELP ((size_t)8 << 20)
#define SPINS 200u

unsigned crew_hungry;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t threads[MARK_MOST_MARKERS];
    unsigned size;    /* markers, the collecting thread included */
    unsigned started; /* helpers */
    unsigned active;  /* markers that have joined; atomic */
    unsigned inside;  /* helpers that have not left yet; atomic */
    unsigned epoch;
    bool open, stopping;
    bool finished; /* atomic */
    bool called;   /* in this cycle */
    uint64_t live; /* objects after the last full cycle */
    /* What it was opened for: these parts, or marking. */
    void (*part)(size_t i, void *arg);
    void *arg;
    size_t next, parts; /* the first is atomic */
} crew = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER, .size = 1};

static unsigned
read_counter(const unsigned *counter)
{
    return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
}

static void
change_counter(unsigned *counter, int delta)
{
    __atomic_add_fetch(counter, (unsigned)delta, __ATOMIC_ACQ_REL);
}

/* ------------------------------------------------------------------ sharing and stealing */

/* A range of words may be all there is: then its second half. */
static void
split_bottom(gc_tracer *t)
{
    uintptr_t *size_entry = t->bottom, start = t->bottom[1];
    size_t size = *size_entry & ~(uintptr_t)MARK_TAGS, half = size / 2 & ~(size_t)7;
    if ((start & MARK_TAGS) != MARK_RANGE || size < SPLIT_BYTES)
        return;
    t->shared[0] = (size - half) | MARK_SIZE;
    t->shared[1] = start + half;
    *size_entry = half | MARK_SIZE;
    __atomic_store_n(&t->shared_count, 2, __ATOMIC_RELEASE);
}

void
crew_share(gc_tracer *t)
{
    size_t words = (size_t)(t->top - t->bottom), n = words / 2 < MARK_SHARED ? words / 2 : MARK_SHARED;
    if (words < 2 || read_counter(&t->shared_count) != 0)
        return;
    /* An entry of two words stays whole. */
    if ((t->bottom[n - 1] & MARK_TAGS) == MARK_SIZE)
        n--;
    pthread_spin_lock(&t->shared_lock);
    if (n == 0) {
        split_bottom(t);
    } else {
        memcpy(t->shared, t->bottom, n * sizeof *t->shared);
        t->bottom += n;
        __atomic_store_n(&t->shared_count, (unsigned)n, __ATOMIC_RELEASE);
    }
    pthread_spin_unlock(&t->shared_lock);
}

/* What is in the victim's buffer, or as much of it as there is room for.  False: nothing was taken.  A marker that takes
 * back its own has run dry, so it has room. */
static bool
take_from(gc_tracer *t, gc_tracer *victim)
{
    mark_reserve(t, MARK_SHARED);
    pthread_spin_lock(&victim->shared_lock);
    size_t n = victim->shared_count, room = (size_t)(t->end - t->top), from = n > room ? n - room : 0;
    if (from != 0 && (victim->shared[from - 1] & MARK_TAGS) == MARK_SIZE)
        from++; /* an entry of two words stays whole */
    memcpy(t->top, victim->shared + from, (n - from) * sizeof *t->top);
    t->top += n - from;
    __atomic_store_n(&victim->shared_count, (unsigned)from, __ATOMIC_RELEASE);
    pthread_spin_unlock(&victim->shared_lock);
    return from != n;
}

static bool
steal(gc_tracer *t)
{
    for (unsigned i = 1; i < crew.size; i++) {
        gc_tracer *victim = &mark_tracers[(t->number + i) % crew.size];
        if (!victim->ready || read_counter(&victim->shared_count) == 0)
            continue;
        change_counter(&crew_hungry, -1);
        if (take_from(t, victim))
            return true;
        change_counter(&crew_hungry, 1);
    }
    return false;
}

static void
finish_if_all_hungry(void)
{
    if (read_counter(&crew_hungry) != read_counter(&crew.active))
        return;
    pthread_mutex_lock(&crew.lock);
    if (read_counter(&crew_hungry) == read_counter(&crew.active)) { /* thieves count without the lock */
        crew.open = false;
        __atomic_store_n(&crew.finished, true, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&crew.lock);
}

/* Look for work until there is some, or none for anybody.  No marker goes hungry while there is anything in its own
 * buffer, which others may have no memory to take from. */
static bool
find_work(gc_tracer *t)
{
    if (read_counter(&t->shared_count) != 0 && take_from(t, t))
        return true;
    change_counter(&crew_hungry, 1);
    for (unsigned spins = 0; !__atomic_load_n(&crew.finished, __ATOMIC_ACQUIRE); spins++) {
        if (steal(t))
            return true;
        finish_if_all_hungry();
        if (spins < SPINS)
            __builtin_ia32_pause();
        else
            sched_yield();
    }
    return false;
}

static void
work_together(gc_tracer *t)
{
    do {
        while (mark_work(t))
            if (__atomic_load_n(&crew_hungry, __ATOMIC_RELAXED) != 0)
                crew_share(t);
    } while (find_work(t));
}

static void
take_parts(void)
{
    for (size_t i; (i = __atomic_fetch_add(&crew.next, 1, __ATOMIC_RELAXED)) < crew.parts;)
        crew.part(i, crew.arg);
}

/* ------------------------------------------------------------------ the markers */

static void *
help(void *arg)
{
    gc_tracer *t = arg;
    unsigned seen = 0;
    pthread_mutex_lock(&crew.lock);
    for (;;) {
        while (!crew.stopping && !(crew.open && crew.epoch != seen))
            pthread_cond_wait(&crew.wake, &crew.lock);
        if (crew.stopping)
            break;
        seen = crew.epoch;
        change_counter(&crew.active, 1);
        change_counter(&crew.inside, 1);
        pthread_mutex_unlock(&crew.lock);
        uint64_t begin = gc_trace_now();
        if (crew.part != NULL)
            take_parts();
        else
            work_together(t);
        if (GC_UNLIKELY(begin != 0))
            gc_trace_phase(crew.part != NULL ? PHASE_SORT : PHASE_MARK, t->number, begin, gc_trace_now(), 0);
        change_counter(&crew.inside, -1);
        pthread_mutex_lock(&crew.lock);
    }
    pthread_mutex_unlock(&crew.lock);
    return NULL;
}

static void
open_crew(void)
{
    pthread_mutex_lock(&crew.lock);
    crew.open = crew.called = true;
    crew.epoch++;
    crew.active = 1;
    crew_hungry = 0;
    crew.finished = false;
    pthread_cond_broadcast(&crew.wake);
    pthread_mutex_unlock(&crew.lock);
}

static void
wait_for_helpers(void)
{
    while (read_counter(&crew.inside) != 0)
        sched_yield();
}

void
crew_drain(gc_tracer *t)
{
    unsigned turns = crew.started == 0 ? 0 : gc_heap.minor || crew.live < MANY_OBJECTS ? ALONE_TURNS : 1;
    do {
        if (!mark_work(t))
            return;
    } while (turns == 0 || --turns > 0);
    open_crew();
    work_together(t);
    wait_for_helpers();
    crew_hungry = 0;
}

/* Who comes late finds nothing open. */
static void
close_crew(void)
{
    pthread_mutex_lock(&crew.lock);
    crew.open = false;
    pthread_mutex_unlock(&crew.lock);
    wait_for_helpers();
}

void
gc_mark_share(size_t parts, void (*part)(size_t i, void *arg), void *arg)
{
    crew.part = part;
    crew.arg = arg;
    crew.parts = parts;
    crew.next = 0;
    if (crew.called)
        open_crew();
    take_parts();
    if (crew.called)
        close_crew();
    crew.part = NULL;
}

void
crew_end_cycle(uint64_t objects)
{
    crew.called = false;
    if (!gc_heap.minor)
        crew.live = objects;
}

/* ------------------------------------------------------------------ life */

void
gc_mark_set_markers(unsigned n)
{
    if (n == 0) {
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        n = processors < 1 ? 1 : (unsigned)processors;
    }
    crew.size = n < MARK_MOST_MARKERS ? n : MARK_MOST_MARKERS;
}

void
gc_mark_start_helpers(void)
{
    if (crew.started + 1 >= crew.size || gc_heap_bytes() + gc_ext_bytes() < HEAP_WORTH_HELP)
        return;
    while (crew.started + 1 < crew.size) {
        gc_tracer *t = &mark_tracers[crew.started + 1];
        mark_prepare(t);
        if (!gc_threads_make(&crew.threads[crew.started], help, t)) {
            crew.size = crew.started + 1; /* then with those that there are */
            break;
        }
        crew.started++;
    }
}

void
gc_mark_shutdown(void)
{
    pthread_mutex_lock(&crew.lock);
    crew.stopping = true;
    pthread_cond_broadcast(&crew.wake);
    pthread_mutex_unlock(&crew.lock);
    for (unsigned i = 0; i < crew.started; i++)
        pthread_join(crew.threads[i], NULL);
    crew.started = 0;
    crew.stopping = false;
    crew.live = 0;
    mark_free_tables();
}

void
gc_mark_forked(void)
{
    pthread_mutex_init(&crew.lock, NULL);
    pthread_cond_init(&crew.wake, NULL);
    crew.started = 0;
    crew.open = false;
}
