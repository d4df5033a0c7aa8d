/* ext_internal.h: what the files of extension memory share. */
#ifndef GC_EXT_INTERNAL_H
#define GC_EXT_INTERNAL_H

#include "gc_internal.h"

#include <stdatomic.h>

#pragma GCC visibility push(hidden)

#define EXT_CELL_MOST 16384u
#define EXT_FINE_CLASSES 8u /* 16, 32, ... 128 bytes; then four for each power of two */
#define EXT_CLASSES (EXT_FINE_CLASSES + 7 * 4)

enum ext_page_state { PAGE_FREE = 0, PAGE_LISTED, PAGE_FULL };

/* Cells ready to be handed out; their mark bytes are 0. */
typedef struct ext_bin {
    void *head;
    uint32_t count, limit;
} ext_bin;

struct gc_ext_arena {
    ext_bin bins[EXT_CLASSES];
    gc_ext_page *pages[EXT_CLASSES]; /* with room; the head serves */
    _Atomic(void *) deferred;        /* cells that other threads freed */
    bool adopted;
    gc_ext_arena *next;
};

extern gc_ext_arena ext_shared_arena; /* of threads that are no mutators; under ext_arena_lock */
extern pthread_mutex_t ext_arena_lock;
extern _Atomic size_t ext_cell_bytes; /* cells in use or in bins */

/* The next in a list of free cells.  A cell is handed out with what is in it, and whoever leaves a part of it unwritten
 * has that scanned: so the address is hidden, as its complement. */
static inline void *
ext_next(const void *cell)
{
    return (void *)~*(const uintptr_t *)cell;
}

static inline void
ext_link(void *cell, void *next)
{
    *(uintptr_t *)cell = ~(uintptr_t)next;
}

static inline unsigned
ext_class_of(size_t bytes)
{
    if (bytes <= 16 * EXT_FINE_CLASSES)
        return (unsigned)((bytes - 1) / 16);
    size_t n = bytes - 1;
    unsigned e = 63 - (unsigned)__builtin_clzll(n);
    return EXT_FINE_CLASSES + (e - 7) * 4 + (unsigned)(n >> (e - 2) & 3);
}

static inline uint32_t
ext_class_bytes(unsigned class)
{
    if (class < EXT_FINE_CLASSES)
        return 16 * (class + 1);
    unsigned e = 7 + (class - EXT_FINE_CLASSES) / 4, quarter = (class - EXT_FINE_CLASSES) % 4;
    return (1u << e) + ((quarter + 1) << (e - 2));
}

static inline gc_ext_page *
ext_page_of(uintptr_t address)
{
    gc_ext_slab *slab = (gc_ext_slab *)(address & ~GC_SLAB_MASK);
    return &slab->pages[(address & GC_SLAB_MASK) >> GC_BLOCK_SHIFT];
}

/* Take a cell where the bin is empty; NULL when there is no memory.  The mutator, or NULL with the lock held. */
void *ext_refill(gc_ext_arena *arena, unsigned class, gc_mutator_state *m);
/* Give half of a full bin back to its pages. */
void ext_flush(gc_ext_arena *arena, unsigned class, gc_mutator_state *m);

#pragma GCC visibility pop
#endif
