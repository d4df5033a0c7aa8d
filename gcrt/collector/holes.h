/* holes.h: the free runs of a block, as bits.
 *
 * An allocator that looks for its next hole in a block gets a map of it (gc_sweep_taken), one bit a granule, and works
 * on that: what it hands out is taken in the map too, so that it stays right until the block is left. */
#ifndef GC_HOLES_H
#define GC_HOLES_H

#include "gc_internal.h"

/* Index of the first bit at or after i, or GC_BLOCK_GRANULES. */
static inline unsigned
holes_next_bit(const uint64_t *bits, unsigned i)
{
    while (i < GC_BLOCK_GRANULES) {
        uint64_t w = bits[i / 64] >> (i % 64);
        if (w != 0)
            return i + (unsigned)__builtin_ctzll(w);
        i = (i / 64 + 1) * 64;
    }
    return GC_BLOCK_GRANULES;
}

/* What is taken of a block, and before which granules a hole worth the name has been left. */
static inline void
holes_look(uint32_t number, gc_holes *h)
{
    gc_sweep_taken(number, h->taken);
    for (unsigned i = 0; i < GC_BLOCK_GRANULES / 64; i++) {
        uint64_t next = i + 1 < GC_BLOCK_GRANULES / 64 ? h->taken[i + 1] : ~(uint64_t)0, worse = h->taken[i];
        for (unsigned k = 1; k < GC_LEAST_HOLE; k++)
            worse |= h->taken[i] >> k | next << (64 - k);
        h->roomy[i] = ~worse;
    }
}

/* Granules [from, to), which are free, are not any more. */
static inline void
holes_take(gc_holes *h, unsigned from, unsigned to)
{
    for (unsigned i = from / 64; i * 64 < to; i++) {
        unsigned lo = from > i * 64 ? from - i * 64 : 0, hi = to - i * 64 < 64 ? to - i * 64 : 64;
        uint64_t bits = (hi == 64 ? ~(uint64_t)0 : ((uint64_t)1 << hi) - 1) & (~(uint64_t)0 << lo);
        h->taken[i] |= bits;
        h->roomy[i] &= ~bits;
    }
}

/* The first run of at least so many free granules, but not less than GC_LEAST_HOLE, at or after *from: [*from, *to). */
static inline bool
holes_find(const gc_holes *h, unsigned *from, unsigned *to, unsigned least)
{
    for (unsigned i = *from; (i = holes_next_bit(h->roomy, i)) < GC_BLOCK_GRANULES; i = *to) {
        *from = i;
        *to = holes_next_bit(h->taken, i);
        if (*to - i >= least)
            return true;
    }
    return false;
}

/* Granules of the largest hole; 0: there is none worth the name. */
static inline unsigned
holes_largest(const gc_holes *h)
{
    unsigned largest = 0, to = 0;
    for (unsigned from = 0; holes_find(h, &from, &to, largest + 1); from = to)
        largest = to - from;
    return largest;
}

#endif
