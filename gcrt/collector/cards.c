/* cards.c: what old objects refer to, in a minor cycle.
 *
 * Generations are sticky mark bits (Demers, Weiser, Hayes, Boehm, Bobrow and Shenker, POPL 1990): whatever carries
 * the last cycle's colour is old, nothing moves, and a minor cycle is one that goes on with that colour.  From old
 * objects it marks only where they have been written to: gc_store notes the slot's card (512 bytes).  Objects that
 * are written without it carry a bit, and are scanned in each minor cycle.
 *
 * After a cycle, whatever it was, all that is alive is old and no old object refers to a young one: so all cards
 * are cleared.  A card table without generations is one page that nobody reads. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "gc_internal.h"

#include <sys/mman.h>

#define CARD_BYTES ((uintptr_t)1 << GC_CARD_SHIFT)
#define BLOCK_CARDS ((unsigned)(GC_BLOCK_BYTES / CARD_BYTES))
#define SLAB_CARDS (GC_SLAB_BYTES / CARD_BYTES)

gc_card_table gc_cards;

/* ------------------------------------------------------------------ the table */

bool
gc_cards_init(bool generations)
{
    size_t size = GC_PAGE_BYTES;
    while (generations && size < gc_heap.reserved / CARD_BYTES)
        size *= 2;
    void *p = gc_map(size);
    if (p == NULL)
        return false;
    gc_cards = (gc_card_table){p, size - 1};
    return true;
}

void
gc_cards_shutdown(void)
{
    if (gc_cards.bytes != NULL)
        munmap(gc_cards.bytes, gc_cards.mask + 1);
    gc_cards = (gc_card_table){0};
}

/* Of an address that is a slab's: the cards of all of it follow. */
static uint8_t *
cards_at(uintptr_t address)
{
    return gc_cards.bytes + ((address >> GC_CARD_SHIFT) & gc_cards.mask);
}

void
gc_cards_clear(void)
{
    for (size_t s = 0; s < gc_heap.slab_high; s++)
        if (gc_heap.slab_kinds[s] != SLAB_FREE)
            memset(cards_at(gc_slab_address(s)), 0, SLAB_CARDS);
}

/* Index of the first marked card among [i, end), or end. */
static size_t
next_marked(const uint8_t *cards, size_t i, size_t end)
{
    for (; i < end; i++) {
        if (i % 8 == 0)
            while (i + 8 <= end && gc_load_word(cards + i) == 0)
                i += 8;
        if (i < end && cards[i] != 0)
            return i;
    }
    return end;
}

/* ------------------------------------------------------------------ small objects */

/* What of an old object lies in [lo, hi): all of it, where only its own tracing tells what is a reference. */
static void
scan_part(gc_tracer *t, uintptr_t object, size_t size, unsigned kind, uintptr_t lo, uintptr_t hi)
{
    if (kind != GC_CONSERVATIVE)
        gc_mark_object(t, object, size, kind);
    else
        gc_mark_root_range(t, object > lo ? object : lo, object + size < hi ? object + size : hi);
}

void
gc_cards_scan_part(gc_tracer *t, uintptr_t lo, uintptr_t hi)
{
    uint8_t *byte = gc_byte_of(lo), *end = byte + (hi - lo) / GC_GRANULE;
    if (!(*byte & 1)) {
        uint8_t *first = gc_walk_back(byte);
        if (first != NULL)
            byte = first;
    }
    while (byte < end) {
        unsigned b = *byte, kind = GC_BYTE_KIND_OF(b);
        if (!(b & 1)) {
            byte += b == 0 && (uintptr_t)byte % 8 == 0 && gc_load_word(byte) == 0 ? 8 : 1;
            continue;
        }
        size_t granules = gc_granules(byte);
        if ((b & GC_BYTE_COLOUR) == gc_heap.colour && kind != GC_LEAF)
            scan_part(t, gc_address_of_byte(byte), granules * GC_GRANULE, kind, lo, hi);
        byte += granules;
    }
}

bool
gc_cards_scan_matching(gc_tracer *t, uintptr_t start, unsigned mask, unsigned value)
{
    const uint8_t *bytes = gc_byte_of(start);
    bool any = false;
    for (unsigned i = 0; i < GC_BLOCK_GRANULES; i += 16) {
        unsigned left = gc_matching(gc_load_bytes16(bytes + i), (uint8_t)mask, (uint8_t)value);
        for (; left != 0; left &= left - 1) {
            const uint8_t *byte = bytes + i + (unsigned)__builtin_ctz(left);
            unsigned kind = GC_BYTE_KIND_OF(*byte);
            any = true;
            if (kind != GC_LEAF && (*byte & GC_BYTE_COLOUR) == gc_heap.colour)
                gc_mark_object(t, gc_address_of_byte(byte), gc_granules(byte) * GC_GRANULE, kind);
        }
    }
    return any;
}

/* Without any unbarriered ones left, a block is like the others again. */
static void
scan_unbarriered(gc_tracer *t, gc_block *block, uintptr_t start)
{
    const unsigned wanted = 1 | GC_BYTE_UNBARRIERED;
    if (!gc_cards_scan_matching(t, start, wanted, wanted))
        block->flags &= (uint8_t)~BLOCK_UNBARRIERED;
}

static void
scan_slab(gc_tracer *t, size_t index)
{
    for (unsigned b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++) {
        gc_block *block = &gc_slab_header(index)->blocks[b];
        uintptr_t start = gc_slab_address(index) + b * GC_BLOCK_BYTES;
        if (gc_block_state_of(block) == BLOCK_EMPTY)
            continue;
        const uint8_t *cards = cards_at(start);
        for (size_t c = 0; (c = next_marked(cards, c, BLOCK_CARDS)) < BLOCK_CARDS; c++)
            gc_cards_scan_part(t, start + c * CARD_BYTES, start + (c + 1) * CARD_BYTES);
        if (block->flags & BLOCK_UNBARRIERED)
            scan_unbarriered(t, block, start);
    }
}

/* ------------------------------------------------------------------ large objects */

/* The first marked card that begins in [lo, hi), or hi.  Slab by slab: between two of them the table's indices may
 * wrap around. */
static uintptr_t
next_written(uintptr_t lo, uintptr_t hi)
{
    for (uintptr_t end; lo < hi; lo = end) {
        end = (lo | GC_SLAB_MASK) + 1;
        if (end > hi)
            end = hi;
        size_t n = (end - lo + CARD_BYTES - 1) / CARD_BYTES, c = next_marked(cards_at(lo), 0, n);
        if (c < n)
            return lo + c * CARD_BYTES;
    }
    return hi;
}

static void
scan_run(gc_run *run, void *arg)
{
    unsigned b = gc_run_byte(run), kind = GC_BYTE_KIND_OF(b);
    if (run->owner != RUN_GC || kind == GC_LEAF || (b & GC_BYTE_COLOUR) != gc_heap.colour)
        return;
    if (b & GC_BYTE_UNBARRIERED) {
        gc_mark_object(arg, run->start, run->size, kind);
        return;
    }
    uintptr_t end = run->start + run->size;
    for (uintptr_t lo = run->start; (lo = next_written(lo, end)) < end; lo += CARD_BYTES) {
        scan_part(arg, run->start, run->size, kind, lo, lo + CARD_BYTES);
        if (kind != GC_CONSERVATIVE)
            return;
    }
}

/* ------------------------------------------------------------------ all of them */

void
gc_cards_scan(gc_tracer *t)
{
    for (size_t s = 0; s < gc_heap.slab_high; s++)
        if (gc_heap.slab_kinds[s] == SLAB_SMALL)
            scan_slab(t, s);
    gc_large_each(scan_run, t);
    gc_ext_scan_reached(t);
}

bool
gc_set_unbarriered(void *object)
{
    uint8_t *byte;
    gc_run *run;
    gc_lock(&gc_heap.lock);
    gc_query_find((uintptr_t)object, &byte, &run);
    if (byte != NULL && GC_BYTE_KIND_OF(*byte) != GC_LEAF) {
        *byte |= GC_BYTE_UNBARRIERED;
        gc_block_of_byte(byte)->flags |= BLOCK_UNBARRIERED;
    } else if (run != NULL) {
        gc_run_set_byte(run, gc_run_byte(run) | GC_BYTE_UNBARRIERED);
    }
    gc_unlock(&gc_heap.lock);
    return byte != NULL || run != NULL;
}
