/* mark_internal.h: what mark.c and crew.c share: one marker's state. */
#ifndef GC_MARK_INTERNAL_H
#define GC_MARK_INTERNAL_H

#include "gc_internal.h"

#pragma GCC visibility push(hidden)

#define MARK_RING 16u
#define MARK_QUEUE 16u
#define MARK_SHARED 256u /* items that a marker offers at a time */
#define MARK_MOST_MARKERS 16u

/* Memory to trace: an object (of its kind), or words (GC_CONSERVATIVE). */
typedef struct mark_item {
    uintptr_t start;
    size_t size_and_kind; /* size is a multiple of 8, the kind in the low bits */
} mark_item;

#define MARK_PACKED 4u /* in place of a kind: words at every byte */

/* Lines are kept apart that one marker writes and others read. */
struct gc_tracer {
    mark_item *stack, *bottom, *top, *end; /* in use: [bottom, top) */
    uintptr_t ring[MARK_RING];
    unsigned head, waiting;
    mark_item queue[MARK_QUEUE];
    unsigned queue_head, queued;
    uint8_t colour;
    bool overflowed;
    unsigned number; /* 0: the collecting thread's */
    uint16_t *live;  /* granules marked, by block */
    uint64_t objects, granules, run_bytes;
    void (*check)(uintptr_t word, void *arg); /* instead of marking */
    void *check_arg;
    _Alignas(64) unsigned shared_count; /* atomic */
    pthread_spinlock_t shared_lock;
    mark_item shared[MARK_SHARED];
};

extern gc_tracer mark_tracers[MARK_MOST_MARKERS];

/* Trace some items; false when nothing is left of its own. */
bool mark_work(gc_tracer *t);
/* Room for `more` items above the top. */
bool mark_reserve(gc_tracer *t, size_t more);
bool mark_prepare(gc_tracer *t); /* its tables, before its first use; false: no memory */
void mark_free_tables(void);

/* crew.c: drain with all markers; the collecting thread's call. */
void crew_drain(gc_tracer *t);
/* Another marker has nothing to do: offer it something. */
void crew_share(gc_tracer *t);
extern unsigned crew_hungry; /* atomic: markers that look for work */

#pragma GCC visibility pop
#endif
