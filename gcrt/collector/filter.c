/* filter.c: find the next word that points into the address range, at the speed of memory.
 *
 * Almost no word of pixels or text is an address of ours, so whole blocks are turned down at once.
 *
 * Aligned words.  w is in range when w - base < span, unsigned.  AVX2 compares signed only, so both sides are
 * moved by 2^63: (w - (base + 2^63)) < (span + 2^63).  That is one subtraction and one comparison for four
 * words; four such vectors share one test and branch.
 *
 * Words at any byte.  Testing all eight alignments that way costs eight times as much.  But base and the last
 * address in range share their two highest bytes (user addresses have 47 bits), and the third lies between
 * theirs.  So bytes are compared, 32 positions at a time: byte 7 and 6 equal, byte 5 in its interval; what
 * passes is loaded as a word and compared for good.  Zeros, text and small numbers hardly ever pass.
 *
 * Both read words that other threads may be writing and the red zones of sanitizers, hence GC_UNCHECKED;
 * vector types instead of intrinsics, because those are functions that would be checked. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "gc_internal.h"

#define SIGN ((uint64_t)1 << 63)

typedef uint64_t word_anywhere __attribute__((aligned(1), may_alias));

GC_UNCHECKED static inline const uintptr_t *
plain_next(const uintptr_t *p, const uintptr_t *end, uintptr_t base, uintptr_t span)
{
    while (p < end && *p - base >= span)
        p++;
    return p;
}

/* Four words for one branch. */
GC_UNCHECKED static const uintptr_t *
next_portable(const uintptr_t *p, const uintptr_t *end, uintptr_t base, uintptr_t span)
{
    for (; end - p >= 4; p += 4)
        if ((p[0] - base < span) | (p[1] - base < span) | (p[2] - base < span) | (p[3] - base < span))
            break;
    return plain_next(p, end, base, span);
}

GC_UNCHECKED static const char *
packed_portable(const char *p, const char *end, uintptr_t base, uintptr_t span)
{
    for (; end - p >= 8; p++)
        if (*(const word_anywhere *)p - base < span)
            return p;
    return end;
}

#if defined(__x86_64__)

#define AVX2 __attribute__((target("avx2")))

typedef uint64_t words4 __attribute__((vector_size(32)));
typedef int64_t signed4 __attribute__((vector_size(32)));
typedef long long longs4 __attribute__((vector_size(32)));
typedef double double4 __attribute__((vector_size(32)));
typedef uint8_t bytes32 __attribute__((vector_size(32)));
typedef char char32 __attribute__((vector_size(32)));
typedef uint64_t words4_anywhere __attribute__((vector_size(32), aligned(8), may_alias));
typedef uint8_t bytes32_anywhere __attribute__((vector_size(32), aligned(1), may_alias));

#define BLOCK 16 /* words in one turn */

AVX2 GC_UNCHECKED static const uintptr_t *
next_avx2(const uintptr_t *p, const uintptr_t *end, uintptr_t base, uintptr_t span)
{
    uint64_t from = base + SIGN;
    int64_t to = (int64_t)(span ^ SIGN);
    words4 bias = {from, from, from, from};
    signed4 limit = {to, to, to, to};
    for (; end - p >= BLOCK; p += BLOCK) {
        const words4_anywhere *v = (const words4_anywhere *)p;
        signed4 a = (signed4)(v[0] - bias) < limit, b = (signed4)(v[1] - bias) < limit;
        signed4 c = (signed4)(v[2] - bias) < limit, d = (signed4)(v[3] - bias) < limit;
        signed4 any = (a | b) | (c | d);
        if (GC_LIKELY(__builtin_ia32_ptestz256((longs4)any, (longs4)any)))
            continue;
        unsigned mask = (unsigned)__builtin_ia32_movmskpd256((double4)a) |
                        (unsigned)__builtin_ia32_movmskpd256((double4)b) << 4 |
                        (unsigned)__builtin_ia32_movmskpd256((double4)c) << 8 |
                        (unsigned)__builtin_ia32_movmskpd256((double4)d) << 12;
        return p + __builtin_ctz(mask);
    }
    return plain_next(p, end, base, span);
}

AVX2 static inline bytes32
spread(uint64_t word, unsigned byte)
{
    return (bytes32){0} + (uint8_t)(word >> (8 * byte));
}

/* Bit i: the word at p + i may be in range. */
AVX2 GC_UNCHECKED static inline uint32_t
candidates(const char *p, bytes32 top, bytes32 second, bytes32 third, bytes32 width)
{
    bytes32 at7 = *(const bytes32_anywhere *)(p + 7);
    bytes32 at6 = *(const bytes32_anywhere *)(p + 6);
    bytes32 at5 = *(const bytes32_anywhere *)(p + 5) - third;
    char32 hit = (char32)(at7 == top) & (char32)(at6 == second) & (char32)(at5 <= width);
    return (uint32_t)__builtin_ia32_pmovmskb256(hit);
}

AVX2 GC_UNCHECKED static const char *
packed_avx2(const char *p, const char *end, uintptr_t base, uintptr_t span)
{
    uintptr_t last = base + span - 1;
    if (span == 0)
        return end;
    if (last < base || last >> 48 != base >> 48)
        return packed_portable(p, end, base, span);
    bytes32 top = spread(base, 7), second = spread(base, 6), third = spread(base, 5);
    bytes32 width = spread(last, 5) - third;
    for (; end - p >= 64 + 7; p += 64) {
        uint64_t mask = candidates(p, top, second, third, width) |
                        (uint64_t)candidates(p + 32, top, second, third, width) << 32;
        for (; GC_UNLIKELY(mask != 0); mask &= mask - 1) {
            const char *found = p + __builtin_ctzll(mask);
            if (*(const word_anywhere *)found - base < span)
                return found;
        }
    }
    return packed_portable(p, end, base, span);
}

#define CHOOSE(name) (gc_has_avx2() ? name##_avx2 : name##_portable)
#else
#define CHOOSE(name) name##_portable
#endif

/* Chosen once, by whoever comes first; all who do choose the same. */
static gc_filter_function *next_chosen;
static const char *(*packed_chosen)(const char *p, const char *end, uintptr_t base, uintptr_t span);

const uintptr_t *
gc_filter_next_far(const uintptr_t *p, const uintptr_t *end, uintptr_t base, uintptr_t span)
{
    gc_filter_function *chosen = __atomic_load_n(&next_chosen, __ATOMIC_RELAXED);
    if (GC_UNLIKELY(chosen == NULL)) {
        chosen = CHOOSE(next);
        __atomic_store_n(&next_chosen, chosen, __ATOMIC_RELAXED);
    }
    return chosen(p, end, base, span);
}

const char *
gc_filter_next_packed(const char *p, const char *end, uintptr_t base, uintptr_t span)
{
    __typeof__(packed_chosen) chosen = __atomic_load_n(&packed_chosen, __ATOMIC_RELAXED);
    if (GC_UNLIKELY(chosen == NULL)) {
        chosen = CHOOSE(packed);
        __atomic_store_n(&packed_chosen, chosen, __ATOMIC_RELAXED);
    }
    return chosen(p, end, base, span);
}
