/* stats.c: counters and pauses. */
#define GC_INTERNAL
#include "gc_internal.h"

#include <stdlib.h>
#include <time.h>

/* Pauses are kept exactly up to this many; later ones replace earlier ones at random, so that the sample
 * stays uniform (Vitter's algorithm R). */
#define PAUSES 4096u

gc_counters gc_stats_counters;

uint64_t
gc_now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint64_t left_objects, left_bytes; /* large objects and all bytes of threads that have detached */

static double pauses[PAUSES];
static uint64_t pause_count, random_state;
static double pause_max, pause_total;

static uint64_t
next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

void
gc_stats_pause(double ms)
{
    uint64_t at = pause_count < PAUSES ? pause_count : next_random() % (pause_count + 1);
    if (at < PAUSES)
        pauses[at] = ms;
    pause_count++;
    pause_total += ms;
    if (ms > pause_max)
        pause_max = ms;
}

void
gc_stats_reset(void)
{
    gc_stats_counters = (gc_counters){0};
    left_objects = left_bytes = 0;
    pause_count = 0;
    pause_max = pause_total = 0;
    random_state = 0x2545F4914F6CDD1Dull;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void
pause_figures(gc_stats *out)
{
    static double sorted[PAUSES];
    size_t n = pause_count < PAUSES ? (size_t)pause_count : PAUSES;
    out->pause_ms_max = pause_max;
    out->pause_ms_total = pause_total;
    out->pause_ms_median = out->pause_ms_p95 = 0;
    if (n == 0)
        return;
    memcpy(sorted, pauses, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare);
    out->pause_ms_median = n % 2 != 0 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    out->pause_ms_p95 = sorted[(n * 95 + 99) / 100 - 1];
}

void
gc_stats_leave(gc_mutator_state *m)
{
    left_objects += m->large_objects;
    left_bytes += m->allocated_bytes;
}

/* Exact but for the bytes that other threads have allocated in their present holes. */
GC_UNCHECKED void
gc_get_stats(gc_mutator *pub, gc_stats *out)
{
    gc_enter((gc_mutator_state *)pub);
    gc_alloc_count((gc_mutator_state *)pub);
    gc_leave((gc_mutator_state *)pub);
    gc_world_lock();
    uint64_t objects = left_objects + gc_stats_counters.small_objects + gc_sweep_count_young(), bytes = left_bytes;
    for (gc_mutator_state *m = gc_mutators; m != NULL; m = m->next) {
        objects += m->large_objects;
        bytes += m->allocated_bytes;
    }
    *out = (gc_stats){
        .collections = gc_stats_counters.collections,
        .minor_collections = gc_stats_counters.minor_collections,
        .allocated_objects = objects,
        .allocated_bytes = bytes,
        .live_bytes = gc_stats_counters.live_bytes,
        .live_objects = gc_stats_counters.live_objects,
        .heap_bytes = gc_heap_bytes(),
        .ext_bytes = gc_ext_bytes_in_use(),
        .finalized = gc_stats_counters.finalized,
        .deallocated = gc_stats_counters.deallocated,
        .weak_cleared = gc_stats_counters.weak_cleared,
    };
    pause_figures(out);
    gc_world_unlock();
}
