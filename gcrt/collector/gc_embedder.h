/* gc_embedder.h: what the collector asks of the program that embeds it.
 *
 * The embedder fills one table and gives it to gc_set_embedder before the first allocation.  None of
 * the callbacks may allocate from the collector, or wait for another mutator, except finalize, dealloc and
 * weak_died, which are run by gc_run_pending at a safepoint that the embedder chose.  trace is called by
 * several threads at once; it must only read. */
#ifndef GC_EMBEDDER_H
#define GC_EMBEDDER_H

#include "gc.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gc_embedder {
    /* Visit every reference that a GC_TRACED object holds.  Must cope with an object that is zeroed
     * but for what has been stored so far. */
    void (*trace)(void *object, size_t size, gc_tracer *t);
    /* Visit the embedder's own roots. */
    void (*trace_roots)(gc_tracer *t);
    /* Run the object's finalizer (user code). */
    void (*finalize)(void *object);
    /* Release what the object holds outside the heap; its memory and all it reaches is intact. */
    void (*dealloc)(void *object);
    /* target died: forget it.  Runs inside the cycle: only mark the weak reference dead and queue its
     * callback in memory that exists already. */
    void (*clear_weak)(void *owner, void *target);
    /* Something was queued: arrange that gc_run_pending is called soon. */
    void (*pending)(void);
    /* Called at the start and the end of each cycle, while the other threads are stopped (NULL: not
     * interested). */
    void (*cycle_begin)(void);
    void (*cycle_end)(void);
    /* The target of a gc_weak with this tag has died.  Run by gc_run_pending; may allocate. */
    void (*weak_died)(uintptr_t tag);
    /* Nothing is left for `size` bytes, even after a full collection: free something and return true to have
     * it tried again, or return false (or be NULL) to have the allocation return NULL. */
    bool (*out_of_memory)(size_t size);
} gc_embedder;

void gc_set_embedder(const gc_embedder *embedder);

#ifdef __cplusplus
}
#endif
#endif /* GC_EMBEDDER_H */
