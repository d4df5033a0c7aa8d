/* background.c: the thread that works for the collector while the program runs.
 *
 * After each cycle it sweeps, a few blocks at a time under the heap's lock, what no allocator has taken yet; so
 * the next cycle finds little left to do before it can mark.  When no cycle has come for a while, the memory of
 * empty blocks goes back to the system: first what the next cycle won't need, then all of it.  And where a heap grows,
 * it has the system give the pages of the blocks that come next.
 *
 * It starts with the first request, holds no objects, and is no mutator: a cycle keeps it out by the lock. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "gc_internal.h"

#include <time.h>

#define BLOCKS_A_TIME 6u
#define SURPLUS_AFTER_S 1
#define ALL_AFTER_S 5

static struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    unsigned requests; /* not taken up yet */
    bool enabled, running, stopping;
} background = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void
sweep_blocks(uint32_t first, uint32_t end)
{
    pthread_mutex_lock(&gc_heap.lock);
    if (gc_heap.slab_kinds[first / GC_SLAB_BLOCKS] == SLAB_SMALL)
        for (uint32_t number = first; number < end; number++)
            if (!(gc_block_of_number(number)->flags & BLOCK_CURRENT))
                gc_sweep_block(number);
    pthread_mutex_unlock(&gc_heap.lock);
}

/* Has a cycle come, or the end? */
static bool
has_news(void)
{
    pthread_mutex_lock(&background.lock);
    bool news = background.stopping || (background.requests & BACKGROUND_SWEEP);
    pthread_mutex_unlock(&background.lock);
    return news;
}

/* Fresh memory is a page fault for each 4 KiB: the first 32 MiB of a program are 8192 of them. */
static void
fetch_pages(void)
{
    while (gc_heap_populate_next() && !has_news())
        ;
}

static void
sweep_all(void)
{
    for (size_t s = 0; s < __atomic_load_n(&gc_heap.slab_high, __ATOMIC_RELAXED) && !has_news(); s++) {
        if (__atomic_load_n(&gc_heap.slab_kinds[s], __ATOMIC_RELAXED) != SLAB_SMALL)
            continue;
        for (uint32_t b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b += BLOCKS_A_TIME)
            sweep_blocks((uint32_t)s * GC_SLAB_BLOCKS + b, (uint32_t)s * GC_SLAB_BLOCKS + b + BLOCKS_A_TIME);
    }
}
static_assert((GC_SLAB_BLOCKS - GC_HEADER_BLOCKS) % BLOCKS_A_TIME == 0, "whole slabs");

/* Wait for a request; false when none comes for so many seconds (0: wait for ever).  Lock held. */
static bool
wait_for_request(int seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    while (background.requests == 0 && !background.stopping) {
        if (seconds == 0)
            pthread_cond_wait(&background.wake, &background.lock);
        else if (pthread_cond_timedwait(&background.wake, &background.lock, &until) != 0)
            return false;
    }
    return true;
}

static void
release(size_t keep)
{
    pthread_mutex_unlock(&background.lock);
    pthread_mutex_lock(&gc_heap.lock);
    gc_sweep_release_empty(keep < gc_heap.keep_blocks ? keep : gc_heap.keep_blocks);
    if (keep == 0)
        gc_ext_release_supply();
    pthread_mutex_unlock(&gc_heap.lock);
    pthread_mutex_lock(&background.lock);
}

static void *
work(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&background.lock);
    while (!background.stopping) {
        unsigned requests = background.requests;
        background.requests = 0;
        pthread_mutex_unlock(&background.lock);
        if (requests & BACKGROUND_PAGES)
            fetch_pages();
        if (requests & BACKGROUND_SWEEP)
            sweep_all();
        pthread_mutex_lock(&background.lock);
        if (wait_for_request(SURPLUS_AFTER_S))
            continue;
        release(SIZE_MAX);
        if (wait_for_request(ALL_AFTER_S))
            continue;
        release(0);
        wait_for_request(0);
    }
    pthread_mutex_unlock(&background.lock);
    return NULL;
}

static void
init_wake(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&background.wake, &attributes);
    pthread_condattr_destroy(&attributes);
}

void
gc_background_start(void)
{
    init_wake();
    background.enabled = true;
}

bool
gc_background_enabled(void)
{
    return __atomic_load_n(&background.enabled, __ATOMIC_RELAXED);
}

/* A mutator's call: it is not stopped while it has the lock, for which others wait.  But it may be while it makes the
 * thread, since that calls malloc. */
void
gc_background_request(unsigned what)
{
    if (!gc_background_enabled())
        return;
    gc_lock(&background.lock);
    bool first = !background.running;
    background.requests |= what;
    background.running = true;
    pthread_cond_signal(&background.wake);
    gc_unlock(&background.lock);
    if (!first || gc_threads_make(&background.thread, work, NULL))
        return;
    gc_lock(&background.lock);
    background.running = false;
    __atomic_store_n(&background.enabled, false, __ATOMIC_RELAXED);
    gc_unlock(&background.lock);
}

void
gc_background_stop(void)
{
    pthread_mutex_lock(&background.lock);
    bool running = background.running;
    background.stopping = true;
    if (running)
        pthread_cond_signal(&background.wake);
    pthread_mutex_unlock(&background.lock);
    if (running)
        pthread_join(background.thread, NULL);
    background.requests = 0;
    background.enabled = background.running = background.stopping = false;
}

/* The thread is gone in the child; whatever it held is as it was. */
void
gc_background_forked(void)
{
    pthread_mutex_init(&background.lock, NULL);
    init_wake();
    background.requests = 0;
    background.running = false;
}
