/* sweep_loop.h: from mark bytes to granules, a template: sweep.c includes it twice.
 *
 *   LOOP(name)   what the functions are called
 *   LOOP_AVX2    with AVX2, BMI and POPCNT
 *
 * 64 granules a step: three words of bits come out of their bytes, and additions that carry from step to step say which
 * granules belong to live objects. */

#ifdef LOOP_AVX2
typedef uint8_t LOOP(bytes) __attribute__((vector_size(32)));
typedef uint64_t LOOP(words) __attribute__((vector_size(32)));
typedef char LOOP(chars) __attribute__((vector_size(32)));

/* Bit i: the top bit of byte i. */
static inline uint64_t
LOOP(top_bits)(LOOP(bytes) v)
{
    return (uint32_t)__builtin_ia32_pmovmskb256((LOOP(chars))v);
}

/* Bit i in each bit of byte i, or at least in its (i % 8)th. */
static inline LOOP(bytes)
LOOP(spread)(uint64_t bits)
{
    uint64_t twice = (uint32_t)bits * 0x100000001ull;
    const LOOP(words) each = {0, GC_EACH_BYTE(1), GC_EACH_BYTE(2), GC_EACH_BYTE(3)};
    return (LOOP(bytes))__builtin_ia32_pshufb256((LOOP(chars))(LOOP(words)){twice, twice, twice, twice},
                                                 (LOOP(chars))each);
}
#else
typedef gc_bytes16 LOOP(bytes);
typedef uint64_t LOOP(words) __attribute__((vector_size(16)));

static inline uint64_t
LOOP(top_bits)(LOOP(bytes) v)
{
    return gc_top_bits(v);
}

static inline LOOP(bytes)
LOOP(spread)(uint64_t bits)
{
    return (LOOP(bytes))(LOOP(words)){GC_EACH_BYTE(bits & 0xff), GC_EACH_BYTE(bits >> 8 & 0xff)};
}
#endif

static inline bits
LOOP(bits_of)(const uint8_t *bytes, live_test test)
{
    bits b = {0};
    for (unsigned i = 0; i < 64; i += sizeof(LOOP(bytes))) {
        LOOP(bytes) v = *(const LOOP(bytes) *)(bytes + i);
        b.ends |= LOOP(top_bits)(v) << i;
        b.starts |= LOOP(top_bits)((LOOP(bytes))((LOOP(words))v << 7)) << i;
        b.live |= LOOP(top_bits)((LOOP(bytes))((v & test.mask) == test.value)) << i;
    }
    return b;
}

/* Clear those of 64 bytes whose bit is 0. */
static inline void
LOOP(keep_bytes)(uint8_t *bytes, uint64_t keep)
{
    LOOP(bytes) bit = (LOOP(bytes))((LOOP(words)){0} + 0x8040201008040201);
    for (unsigned i = 0; i < 64; i += sizeof bit)
        *(LOOP(bytes) *)(bytes + i) &= (LOOP(bytes))((LOOP(spread)(keep >> i) & bit) == bit);
}

static void
LOOP(clear_dead)(uint8_t *bytes, live_test test, range skipped, uintptr_t poisoned)
{
    carries c = {0};
    for (unsigned i = 0; i < GC_BLOCK_GRANULES; i += 64) {
        uint64_t skip = bits_between(skipped, i);
        bits b = LOOP(bits_of)(bytes + i, test);
        b = (bits){b.starts & ~skip, b.live & ~skip, b.ends & ~skip};
        uint64_t keep = taken(b, &c) | skip;
        if (keep != ~(uint64_t)0)
            LOOP(keep_bytes)(bytes + i, keep);
        if (GC_UNLIKELY(poisoned != 0))
            poison_granules(poisoned + i * GC_GRANULE, ~keep);
    }
}

static void
LOOP(find_taken)(const uint8_t *bytes, live_test test, uint64_t *out)
{
    carries c = {0};
    for (unsigned i = 0; i < GC_BLOCK_GRANULES / 64; i++)
        out[i] = taken(LOOP(bits_of)(bytes + 64 * i, test), &c);
}

static census
LOOP(count)(const uint8_t *bytes, live_test test)
{
    carries c = {0};
    census sum = {0};
    for (unsigned i = 0; i < GC_BLOCK_GRANULES; i += 64) {
        bits b = LOOP(bits_of)(bytes + i, test);
        sum.starts += (unsigned)__builtin_popcountll(b.starts);
        sum.objects += (unsigned)__builtin_popcountll(b.live);
        sum.granules += (unsigned)__builtin_popcountll(taken(b, &c));
    }
    return sum;
}

#undef LOOP
#undef LOOP_AVX2
