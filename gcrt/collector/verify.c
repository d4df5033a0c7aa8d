/* verify.c: the heap's invariants, checked one by one.
 *
 *   marks    in each block, objects don't overlap, end where the next may start, have a
 *            colour that can be; an empty block has no object
 *   lists    a listed block is in the state of its list
 *   dying    a state of a dying object is that of an object
 *   runs     page tables agree with the runs, extension pages with their counts
 *   reach    no live object refers to a dead one (by a word that its kind says is a reference) */
#define GC_INTERNAL
#include "gc_internal.h"

#include <stdio.h>

#define MOST_PRINTED 20u

static size_t violations;

#define REPORT(...)                                          \
    do {                                                     \
        if (violations++ < MOST_PRINTED) {                   \
            fprintf(stderr, "collector: " __VA_ARGS__);      \
            fputc('\n', stderr);                             \
        }                                                    \
    } while (0)

/* ------------------------------------------------------------------ marks */

static unsigned
check_object(const gc_block *block, const uint8_t *bytes, unsigned i, uintptr_t start)
{
    uintptr_t object = start + (uintptr_t)i * GC_GRANULE;
    unsigned end = i;
    while (end < GC_BLOCK_GRANULES && !(bytes[end] & GC_BYTE_END)) {
        end++;
        if (end < GC_BLOCK_GRANULES && (bytes[end] & 1)) {
            REPORT("object %p runs into another at granule %u", (void *)object, end);
            return end;
        }
    }
    if (end == GC_BLOCK_GRANULES || end - i >= GC_SMALL_GRANULES)
        REPORT("object %p has no end", (void *)object);
    unsigned colour = bytes[i] & GC_BYTE_COLOUR;
    if (gc_block_state_of(block) == BLOCK_SWEPT && colour != 0 && colour != gc_heap.colour)
        REPORT("object %p in a swept block has an old colour (byte %#x)", (void *)object, bytes[i]);
    return end + 1;
}

/* A mutator's present hole is its own business; the rest of its block is not. */
static void
check_block(const gc_block *block, uintptr_t start)
{
    uintptr_t hole_lo = 0, hole_hi = 0;
    if (block->flags & BLOCK_CURRENT)
        gc_alloc_hole_of((uint32_t)((start - gc_heap.base) >> GC_BLOCK_SHIFT), &hole_lo, &hole_hi);
    const uint8_t *bytes = gc_byte_of(start);
    bool empty = gc_block_state_of(block) == BLOCK_EMPTY;
    if (empty && block->flags & BLOCK_STALE)
        return;
    for (unsigned i = 0; i < GC_BLOCK_GRANULES;) {
        if (start + (uintptr_t)i * GC_GRANULE == hole_lo && hole_lo != hole_hi) {
            i = (unsigned)((hole_hi - start) / GC_GRANULE);
            continue;
        }
        if (bytes[i] == 0) {
            i++;
        } else if (empty) {
            REPORT("empty block %p has mark byte %#x at granule %u", (void *)start, bytes[i], i);
            return;
        } else if (bytes[i] & 1) {
            i = check_object(block, bytes, i, start);
        } else {
            REPORT("granule %u of block %p ends an object that doesn't start (byte %#x)", i,
                   (void *)start, bytes[i]);
            return;
        }
    }
}

static void
check_blocks(void)
{
    for (size_t s = 0; s < gc_heap.slab_high; s++) {
        if (gc_heap.slab_kinds[s] != SLAB_SMALL)
            continue;
        for (unsigned b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++)
            check_block(&gc_slab_header(s)->blocks[b], gc_slab_address(s) + b * GC_BLOCK_BYTES);
    }
}

static void
check_list(uint32_t number, bool empty, const char *name)
{
    size_t steps = 0, most = gc_heap.slab_high * GC_SLAB_BLOCKS;
    for (; number != 0; number = gc_block_of_number(number)->next) {
        if (number >= most || gc_heap.slab_kinds[number / GC_SLAB_BLOCKS] != SLAB_SMALL ||
            steps++ > most) {
            REPORT("the list of %s blocks is broken at block %u", name, number);
            return;
        }
        if ((gc_block_state_of(gc_block_of_number(number)) == BLOCK_EMPTY) != empty ||
            (gc_block_of_number(number)->flags & BLOCK_CURRENT))
            REPORT("block %u doesn't belong on the list of %s blocks", number, name);
    }
}

/* ------------------------------------------------------------------ reach */

/* The start byte of whatever object the word is in, live or dead; NULL when there is none. */
static const uint8_t *
any_object(uintptr_t word)
{
    if (!gc_in_range(word))
        return NULL;
    switch (gc_slab_kind_of(word)) {
    case SLAB_SMALL: {
        if ((word & GC_SLAB_MASK) < GC_HEADER_BYTES)
            return NULL;
        uint8_t *byte = gc_byte_of(word);
        return *byte & 1 ? byte : gc_walk_back(byte);
    }
    case SLAB_RUN:
    case SLAB_HUGE:
    case SLAB_HUGE_TAIL: {
        gc_run *run = gc_large_find(word);
        return run != NULL && run->owner == RUN_GC ? &run->byte : NULL;
    }
    default:
        return NULL;
    }
}

static void
check_marked(uintptr_t word, void *arg)
{
    const uint8_t *byte = any_object(word);
    if (byte != NULL && (*byte & GC_BYTE_COLOUR) != gc_heap.colour)
        REPORT("marked object %p refers to %p, which is not marked", arg, (void *)word);
}

static void
check_marked_run(gc_run *run, void *arg)
{
    (void)arg;
    if (run->owner == RUN_GC && (gc_run_byte(run) & GC_BYTE_COLOUR) == gc_heap.colour)
        gc_mark_check_object(run->start, run->size, GC_BYTE_KIND_OF(gc_run_byte(run)), check_marked,
                             (void *)run->start);
}

static void
check_marked_block(uintptr_t start)
{
    const uint8_t *bytes = gc_byte_of(start);
    for (unsigned i = 0; i < GC_BLOCK_GRANULES; i++) {
        if (!(bytes[i] & 1) || (bytes[i] & GC_BYTE_COLOUR) != gc_heap.colour)
            continue;
        uintptr_t object = start + (uintptr_t)i * GC_GRANULE;
        gc_mark_check_object(object, gc_granules(bytes + i) * GC_GRANULE, GC_BYTE_KIND_OF(bytes[i]),
                             check_marked, (void *)object);
    }
}

size_t
gc_verify_marked(void)
{
    violations = 0;
    for (size_t s = 0; s < gc_heap.slab_high; s++) {
        if (gc_heap.slab_kinds[s] != SLAB_SMALL)
            continue;
        for (unsigned b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++)
            if (gc_slab_header(s)->blocks[b].live != 0)
                check_marked_block(gc_slab_address(s) + b * GC_BLOCK_BYTES);
    }
    gc_large_each(check_marked_run, NULL);
    return violations;
}

/* Between cycles only traced objects are held to it: a conservative word may be a number. */
static void
check_alive(uintptr_t word, void *arg)
{
    if (any_object(word) != NULL && gc_object_base((void *)word) == NULL)
        REPORT("live object %p refers to %p, which is dead", arg, (void *)word);
}

static void
check_references(void *object, size_t size, gc_kind kind, void *arg)
{
    (void)arg;
    if (kind == GC_TRACED)
        gc_mark_check_object((uintptr_t)object, size, kind, check_alive, object);
}

size_t
gc_verify(void)
{
    bool paused = gc_cycle_pause();
    violations = 0;
    check_blocks();
    check_list(gc_heap.dense, false, "dense");
    check_list(gc_heap.sparse, false, "sparse");
    check_list(gc_heap.medium, false, "medium");
    for (unsigned class = 0; class < GC_HOLE_CLASSES; class++) {
        check_list(gc_heap.left_small[class], false, "left small");
        check_list(gc_heap.left_medium[class], false, "left medium");
    }
    check_list(gc_heap.empty, true, "empty");
    violations += gc_large_verify();
    violations += gc_ext_verify();
    size_t misplaced = gc_dying_verify();
    if (misplaced != 0)
        REPORT("%zu states of dying objects lie where no object is", misplaced);
    if (violations == 0)
        gc_heap_walk(check_references, NULL);
    gc_cycle_unpause(paused);
    return violations;
}
