/* collector_bdwgc.h: collector.h over the Boehm-Demers-Weiser collector, at its best.
 *
 * The library is Debian's: threads, thread-local free lists and parallel marking are compiled in, and
 * GC_THREADS redirects pthread_create.  Ways to run it, of which run.py takes the fastest:
 *
 *     GC_MARKERS=n         (bdwgc's own) threads that mark
 *     BENCH_INCREMENTAL    GC_enable_incremental
 *     BENCH_NO_INTERIOR    references from the heap to the inside of objects do not count, which saves it the
 *                          extra byte at each object's end; our side always counts them
 *     BENCH_TYPED          GC_malloc_explicitly_typed for shaped objects, not GC_MALLOC
 *
 * With BENCH_HEAP the heap has that size from the start and may not grow, so that it too collects only when all
 * of it has been used. */
#ifndef GC_THREADS
#define GC_THREADS
#endif
#include <gc.h>
#include <gc/gc_typed.h>

#define HEAP_MOST_PAUSES 1000000u
#define MOST_RETRIES 8

typedef struct heap_shape {
    size_t words;
    GC_word bits;
    GC_descr descriptor; /* 0: not made yet */
} heap_shape;
#define HEAP_SHAPE(name, words, bits) static heap_shape name = {(words), (bits), 0}

static bool heap_typed;

static inline void *
heap_checked(void *p)
{
    if (__builtin_expect(p == NULL, 0))
        bench_exhausted();
    return p;
}

static inline void *
heap_words(size_t size)
{
    return heap_checked(GC_MALLOC(size));
}

static inline void *
heap_leaf(size_t size)
{
    return heap_checked(GC_MALLOC_ATOMIC(size));
}

static inline void *
heap_shaped(heap_shape *shape, size_t size)
{
    heap_shape **p;
    if (heap_typed) {
        if (shape->descriptor == 0)
            shape->descriptor = GC_make_descriptor(&shape->bits, shape->words);
        p = heap_checked(GC_malloc_explicitly_typed(size, shape->descriptor));
    } else {
        p = heap_checked(GC_MALLOC(size));
    }
    *p = shape;
    return p;
}

/* It finds written pages by itself, where it wants to know. */
#define heap_store(owner, slot, reference) ((void)(owner), (void)(*(slot) = (reference)))

/* ------------------------------------------------------------------ pauses */

/* In libc's memory, which bdwgc does not scan. */
static double *heap_pauses, heap_pause_began;
static size_t heap_pause_count;

static void
heap_event(GC_EventType event)
{
    if (event == GC_EVENT_PRE_STOP_WORLD)
        heap_pause_began = bench_now();
    else if (event == GC_EVENT_POST_START_WORLD && heap_pause_count < HEAP_MOST_PAUSES)
        heap_pauses[heap_pause_count++] = (bench_now() - heap_pause_began) * 1e3;
}

static int
heap_compare_pauses(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

MAYBE_UNUSED static void
heap_report_fields(void)
{
    size_t n = heap_pause_count;
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += heap_pauses[i];
    qsort(heap_pauses, n, sizeof *heap_pauses, heap_compare_pauses);
    bench_report("collections", (double)GC_get_gc_no());
    bench_report("pause_ms_median", n == 0 ? 0 : heap_pauses[n / 2]);
    bench_report("pause_ms_p95", n == 0 ? 0 : heap_pauses[(n - 1) * 95 / 100]);
    bench_report("pause_ms_max", n == 0 ? 0 : heap_pauses[n - 1]);
    bench_report("pause_ms_total", total);
}

/* ------------------------------------------------------------------ life */

MAYBE_UNUSED static void
heap_start(void)
{
    size_t limit = bench_setting("BENCH_HEAP");
    heap_pauses = malloc(HEAP_MOST_PAUSES * sizeof *heap_pauses);
    heap_typed = bench_setting("BENCH_TYPED") != 0;
    GC_set_all_interior_pointers(bench_setting("BENCH_NO_INTERIOR") == 0);
    GC_set_warn_proc(GC_ignore_warn_proc);
    if (limit != 0)
        GC_set_max_heap_size(limit);
    GC_INIT();
    if (limit != 0 && limit > GC_get_heap_size())
        GC_expand_hp(limit - GC_get_heap_size());
    /* By default it gives up where another collection would have helped. */
    GC_set_max_retries(MOST_RETRIES);
    if (bench_setting("BENCH_INCREMENTAL") != 0)
        GC_enable_incremental();
    GC_start_mark_threads();
    GC_set_on_collection_event(heap_event);
}

/* pthread_create is GC_pthread_create, which does all that is needed. */
MAYBE_UNUSED static void
heap_thread_enter(void)
{
}

MAYBE_UNUSED static void
heap_thread_leave(void)
{
}

/* ------------------------------------------------------------------ dying */

/* bdwgc runs finalizers from inside allocations. */
MAYBE_UNUSED static inline void
heap_safepoint(void)
{
}

static void
heap_run_finalizer(void *object, void *finalize)
{
    ((void (*)(void *))finalize)(object);
}

MAYBE_UNUSED static void
heap_finalizer(void *object, void (*finalize)(void *object))
{
    GC_register_finalizer_no_order(object, heap_run_finalizer, (void *)finalize, NULL, NULL);
}

MAYBE_UNUSED static inline void
heap_weak_set(void **slot, void *target)
{
    *slot = target;
    if (GC_general_register_disappearing_link(slot, target) == GC_NO_MEMORY)
        bench_exhausted();
}

MAYBE_UNUSED static inline void *
heap_weak_get(void **slot)
{
    return *slot;
}

/* ------------------------------------------------------------------ measures */

MAYBE_UNUSED static void
heap_collect(void)
{
    GC_gcollect();
}

/* Bytes of blocks that hold something alive. */
MAYBE_UNUSED static double
heap_live(void)
{
    return (double)(GC_get_heap_size() - GC_get_free_bytes());
}

MAYBE_UNUSED static size_t
heap_bytes(void)
{
    return GC_get_heap_size();
}
