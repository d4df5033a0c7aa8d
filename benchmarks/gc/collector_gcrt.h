/* collector_gcrt.h: collector.h over this project's collector. */
#include <pthread.h>

#include "gc.h"
#include "gc_embedder.h"

/* With a limit, the heap is to use all of it, as bdwgc's does: only the limit makes it collect. */
#define LIMITED_GROWTH 100.0

typedef gc_layout heap_shape;
#define HEAP_SHAPE(name, words, bits) static const gc_layout name = {(words), 0, {(bits)}}

static __thread gc_mutator *heap_mutator;
static void (*heap_finalize)(void *object);

static inline void *
heap_allocate(size_t size, gc_kind kind)
{
    void *p = gc_alloc(heap_mutator, size, kind);
    if (__builtin_expect(p == NULL, 0))
        bench_exhausted();
    return p;
}

static inline void *
heap_words(size_t size)
{
    return heap_allocate(size, GC_CONSERVATIVE);
}

static inline void *
heap_leaf(size_t size)
{
    return heap_allocate(size, GC_LEAF);
}

static inline void *
heap_shaped(const heap_shape *shape, size_t size)
{
    const heap_shape **p = heap_allocate(size, GC_DESCRIBED);
    *p = shape;
    return p;
}

#define heap_store(owner, slot, reference) gc_store((owner), (slot), (reference))

/* ------------------------------------------------------------------ life */

static void
heap_run_finalizer(void *object)
{
    heap_finalize(object);
}

/* The target died: its weak references are objects that hold nothing else. */
static void
heap_forget(void *owner, void *target)
{
    (void)target;
    *(void **)owner = NULL;
}

static volatile bool heap_is_pending;

static gc_mutator *
heap_attach(void)
{
    pthread_attr_t attr;
    void *stack;
    size_t size;
    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstack(&attr, &stack, &size);
    pthread_attr_destroy(&attr);
    return gc_mutator_attach(stack, (char *)stack + size);
}

static void
heap_pending(void)
{
    heap_is_pending = true;
}

MAYBE_UNUSED static void
heap_start(void)
{
    static const gc_embedder embedder = {
        .finalize = heap_run_finalizer, .clear_weak = heap_forget, .pending = heap_pending};
    gc_options options = {.max_heap_bytes = bench_setting("BENCH_HEAP"),
                          .min_trigger_bytes = bench_setting("BENCH_LEAST_TRIGGER"),
                          .markers = (unsigned)bench_setting("BENCH_MARKERS"),
                          .generations = bench_setting("BENCH_GENERATIONS") != 0,
                          .nursery_bytes = bench_setting("BENCH_NURSERY")};
    if (options.max_heap_bytes != 0) {
        options.growth_factor = LIMITED_GROWTH;
        options.min_trigger_bytes = options.max_heap_bytes;
    }
    gc_set_embedder(&embedder);
    if (gc_init(&options) < 0 || gc_root_image_add(&heap_finalize) < 0)
        bench_fail("gc_init");
    const char *trace = getenv("BENCH_TRACE");
    if (trace != NULL && gc_trace_file(trace) < 0)
        bench_fail("BENCH_TRACE");
    heap_mutator = heap_attach();
    if (heap_mutator == NULL)
        bench_fail("gc_mutator_attach");
}

MAYBE_UNUSED static void
heap_thread_enter(void)
{
    heap_mutator = heap_attach();
    if (heap_mutator == NULL)
        bench_fail("gc_mutator_attach in a further thread");
}

MAYBE_UNUSED static void
heap_thread_leave(void)
{
    gc_mutator_detach(heap_mutator);
}

/* ------------------------------------------------------------------ dying */

MAYBE_UNUSED static inline void
heap_safepoint(void)
{
    if (__builtin_expect(heap_is_pending, 0)) {
        heap_is_pending = false;
        gc_run_pending(heap_mutator);
    }
}

MAYBE_UNUSED static void
heap_finalizer(void *object, void (*finalize)(void *object))
{
    heap_finalize = finalize;
    if (gc_dying_register(object, GC_DYING_FINALIZE) < 0)
        bench_exhausted();
}

MAYBE_UNUSED static inline void
heap_weak_set(void **slot, void *target)
{
    *slot = (void *)~(uintptr_t)target;
    if (gc_weak_register(slot, target) < 0)
        bench_exhausted();
}

MAYBE_UNUSED static inline void *
heap_weak_get(void **slot)
{
    return *slot == NULL ? NULL : (void *)~(uintptr_t)*slot;
}

/* ------------------------------------------------------------------ measures */

MAYBE_UNUSED static void
heap_collect(void)
{
    gc_collect(heap_mutator);
}

static gc_stats
heap_stats(void)
{
    gc_stats s;
    gc_get_stats(heap_mutator, &s);
    return s;
}

/* Bytes alive after the last collection. */
MAYBE_UNUSED static double
heap_live(void)
{
    return (double)heap_stats().live_bytes;
}

MAYBE_UNUSED static size_t
heap_bytes(void)
{
    return heap_stats().heap_bytes;
}

MAYBE_UNUSED static void
heap_report_fields(void)
{
    gc_stats s = heap_stats();
    bench_report("collections", (double)s.collections);
    bench_report("minor_collections", (double)s.minor_collections);
    bench_report("pause_ms_median", s.pause_ms_median);
    bench_report("pause_ms_p95", s.pause_ms_p95);
    bench_report("pause_ms_max", s.pause_ms_max);
    bench_report("pause_ms_total", s.pause_ms_total);
    gc_trace_file(NULL);
}
