/* mark_internal.h: what mark.c and crew.c share: one marker's state. */
#ifndef GC_MARK_INTERNAL_H
#define GC_MARK_INTERNAL_H

#include "gc_internal.h"

#pragma GCC visibility push(hidden)

#define MARK_EDGES 32u   /* edges whose mark byte is being fetched */
#define MARK_OBJECTS 16u /* objects whose first line is being fetched */
#define MARK_SHARED 256u /* words that a marker offers at a time */
#define MARK_MOST_MARKERS 16u

/* An entry of the mark stack is one word, or two.  What it is, its low bits say. */
enum mark_tag {
    MARK_EDGE = 0,   /* a word that may refer to something, without its own low bits */
    MARK_RUN = 1,    /* a large object, or a run of extension memory that was reached */
    MARK_RANGE = 2,  /* words from here on; the entry below is their size in bytes with MARK_SIZE */
    MARK_PACKED = 3, /* the same, with words at every byte */
    MARK_SIZE = 7,
    MARK_TAGS = 7,
};

/* Lines are kept apart that one marker writes and others read. */
struct gc_tracer {
    uintptr_t *stack, *bottom, *top, *end; /* in use: [bottom, top) */
    uint8_t *edges[MARK_EDGES]; /* the mark bytes that they lead to */
    uintptr_t objects[MARK_OBJECTS];
    unsigned edge_tail, edge_count, object_tail, object_count; /* the last `count` before tail, modulo the size, are in use */
    uintptr_t visited; /* the last word of gc_visit in this cycle */
    uint64_t known, leaves; /* edges in this cycle that led to what was marked already, and to new leaf objects */
    uint8_t colour;
    bool ready, overflowed;
    unsigned number; /* 0: the collecting thread's */
    void (*check)(uintptr_t word, void *arg); /* instead of marking */
    void *check_arg;
    _Alignas(64) unsigned shared_count; /* atomic */
    pthread_spinlock_t shared_lock;
    uintptr_t shared[MARK_SHARED];
};

extern gc_tracer mark_tracers[MARK_MOST_MARKERS];

/* Trace some objects; false when nothing is left of its own. */
bool mark_work(gc_tracer *t);
/* Room for `more` entries above the top. */
bool mark_reserve(gc_tracer *t, size_t more);
void mark_prepare(gc_tracer *t); /* before its first use */
void mark_free_tables(void);

/* crew.c: drain with all markers; the collecting thread's call. */
void crew_drain(gc_tracer *t);
/* At the end of a cycle's marking: objects that live. */
void crew_end_cycle(uint64_t objects);
/* Another marker has nothing to do: offer it something. */
void crew_share(gc_tracer *t);
extern unsigned crew_hungry; /* atomic: markers that look for work */

#pragma GCC visibility pop
#endif
