/* query.c: questions about addresses, and walking the heap. */
#define GC_INTERNAL
#include "gc_internal.h"

/* The state comes first: if it says swept, the byte is read after the sweeper has cleared it. */
GC_UNCHECKED static bool
start_is_live(const uint8_t *byte)
{
    enum gc_block_state state = gc_block_state_of(gc_block_of_byte(byte));
    uint8_t b = __atomic_load_n(byte, __ATOMIC_RELAXED);
    if (!(b & 1))
        return false;
    return state == BLOCK_SWEPT || (state == BLOCK_UNSWEPT && (b & GC_BYTE_COLOUR) == gc_heap.colour);
}

/* Inline allocation writes mark bytes while another thread's question walks over them: it has not published the
 * object yet.  The background thread clears those of dead objects: either way the answer is that there is none. */
GC_UNCHECKED static uint8_t *
find_small(uintptr_t address)
{
    if ((address & GC_SLAB_MASK) < GC_HEADER_BYTES)
        return NULL;
    uint8_t *byte = gc_byte_of(address);
    if (!(*byte & 1))
        byte = gc_walk_back(byte);
    return byte != NULL && start_is_live(byte) ? byte : NULL;
}

void
gc_query_find(uintptr_t address, uint8_t **byte, gc_run **run)
{
    *byte = NULL;
    *run = NULL;
    if (!gc_in_range(address))
        return;
    switch (gc_slab_kind_of(address)) {
    case SLAB_SMALL:
        *byte = find_small(address);
        break;
    case SLAB_RUN:
    case SLAB_HUGE:
    case SLAB_HUGE_TAIL:
        *run = gc_large_find(address);
        if (*run != NULL && (*run)->owner != RUN_GC)
            *run = NULL;
        break;
    default:
        break;
    }
}

bool
gc_contains(const void *p)
{
    return (uintptr_t)p - gc_heap.base < gc_heap.reserved;
}

void *
gc_object_base(const void *p)
{
    uint8_t *byte;
    gc_run *run;
    gc_query_find((uintptr_t)p, &byte, &run);
    if (byte != NULL)
        return (void *)gc_address_of_byte(byte);
    return run != NULL ? (void *)run->start : NULL;
}

/* 0 when object is not the first byte of a live object. */
size_t
gc_object_size(const void *object)
{
    uint8_t *byte;
    gc_run *run;
    gc_query_find((uintptr_t)object, &byte, &run);
    if (byte != NULL)
        return gc_granules(byte) * GC_GRANULE;
    return run != NULL ? run->size : 0;
}

/* GC_LEAF when object is no live object.  The sweeper may be writing the bytes around: it keeps this one. */
GC_UNCHECKED gc_kind
gc_object_kind(const void *object)
{
    uint8_t *byte;
    gc_run *run;
    gc_query_find((uintptr_t)object, &byte, &run);
    if (byte != NULL)
        return (gc_kind)GC_BYTE_KIND_OF(*byte);
    return run != NULL ? (gc_kind)GC_BYTE_KIND_OF(gc_run_byte(run)) : GC_LEAF;
}

/* What is not the collector's to free (other memory, extension memory) counts as marked.  Outside a
 * cycle: is it a live object? */
bool
gc_is_marked(const void *object)
{
    uintptr_t address = (uintptr_t)object;
    if (gc_in_own_cycle() || !gc_in_range(address))
        return gc_mark_is_marked(address);
    uint8_t *byte;
    gc_run *run;
    gc_query_find(address, &byte, &run);
    if (byte != NULL || run != NULL)
        return address == (byte != NULL ? gc_address_of_byte(byte) : run->start);
    enum gc_slab_kind kind = gc_slab_kind_of(address);
    return kind != SLAB_SMALL && gc_mark_is_marked(address);
}

/* ------------------------------------------------------------------ walking */

typedef struct walk {
    void (*visit)(void *object, size_t size, gc_kind kind, void *arg);
    void *arg;
} walk;

static void
walk_block(gc_block *block, uintptr_t start, const walk *w)
{
    if (gc_block_state_of(block) == BLOCK_EMPTY)
        return;
    const uint8_t *bytes = gc_byte_of(start);
    for (unsigned i = 0; i < GC_BLOCK_GRANULES;) {
        if (!(bytes[i] & 1)) {
            i++;
            continue;
        }
        size_t granules = gc_granules(bytes + i);
        uintptr_t object = start + (uintptr_t)i * GC_GRANULE;
        if (start_is_live(bytes + i) && !gc_dying_is_over(object))
            w->visit((void *)object, granules * GC_GRANULE, (gc_kind)GC_BYTE_KIND_OF(bytes[i]), w->arg);
        i += (unsigned)granules;
    }
}

static void
walk_run(gc_run *run, void *arg)
{
    const walk *w = arg;
    if (run->owner == RUN_GC)
        w->visit((void *)run->start, run->size, (gc_kind)GC_BYTE_KIND_OF(gc_run_byte(run)), w->arg);
}

void
gc_heap_walk(void (*visit)(void *object, size_t size, gc_kind kind, void *arg), void *arg)
{
    walk w = {visit, arg};
    bool paused = gc_cycle_pause();
    for (size_t s = 0; s < gc_heap.slab_high; s++) {
        if (gc_heap.slab_kinds[s] != SLAB_SMALL)
            continue;
        for (unsigned b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++)
            walk_block(&gc_slab_header(s)->blocks[b], gc_slab_address(s) + b * GC_BLOCK_BYTES, &w);
    }
    gc_large_each(walk_run, &w);
    gc_cycle_unpause(paused);
}
