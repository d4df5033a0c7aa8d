/* test_filter.c: the filters find what a plain loop finds. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "driver.h"
#include "gc_internal.h"

#define WORDS 300u

static uintptr_t words[WORDS + 1];

static const uintptr_t *
plain(const uintptr_t *p, const uintptr_t *end, uintptr_t base, uintptr_t span)
{
    while (p < end && *p - base >= span)
        p++;
    return p;
}

static const char *
plain_packed(const char *p, const char *end, uintptr_t base, uintptr_t span)
{
    for (; end - p >= 8; p++) {
        uintptr_t w;
        memcpy(&w, p, sizeof w);
        if (w - base < span)
            return p;
    }
    return end;
}

/* All matches, one after the other, from any start to any end. */
static void
compare_aligned(const uintptr_t *p, const uintptr_t *end, uintptr_t base, uintptr_t span)
{
    for (;;) {
        const uintptr_t *found = gc_filter_next(p, end, base, span);
        CHECK(found == plain(p, end, base, span));
        CHECK(found == gc_filter_next_far(p, end, base, span));
        if (found == end)
            return;
        CHECK(found >= p && found < end);
        p = found + 1;
    }
}

static void
compare_packed(const char *p, const char *end, uintptr_t base, uintptr_t span)
{
    for (;;) {
        const char *found = gc_filter_next_packed(p, end, base, span);
        CHECK(found == plain_packed(p, end, base, span));
        if (found == end)
            return;
        p = found + 1;
    }
}

static const struct range {
    uintptr_t base, span;
} ranges[] = {
    {0x7f1234200000, (uintptr_t)256 << 30}, /* crosses a value of the sixth byte */
    {0x7fe000000000, (uintptr_t)64 << 30},
    {0x7fffffe00000, 0x200000}, /* the last slab of user addresses */
    {0x200000, 0x200000},
    {0x7f1234200000, 0},
    {0x7f1234200000, 1},
    {0, 0x1000},
    {0x00fffffffff00000, 0x200000},   /* the highest bytes differ */
    {0xfffffffffff00000, 0x200000},   /* wraps */
    {0x7ffffffffff00000, 0x200000},   /* crosses the sign */
    {0x8000000000000000, (uintptr_t)1 << 63},
    {1, UINTPTR_MAX},
};

static void
fill(const struct range *r, unsigned one_in)
{
    for (unsigned i = 0; i < WORDS; i++) {
        uint64_t x = next_random();
        switch (x % 4) {
        case 0:
            words[i] = r->base - 1;
            break;
        case 1:
            words[i] = r->base + r->span;
            break;
        case 2:
            words[i] = x;
            break;
        default:
            words[i] = x >> (x & 63);
        }
        if (next_random() % one_in == 0 && r->span != 0)
            words[i] = x & 8 ? r->base + x % r->span : x & 16 ? r->base : r->base + r->span - 1;
    }
}

TEST(filter_finds_what_a_plain_loop_finds)
{
    start(NULL);
    static const unsigned densities[] = {1, 2, 20, 100, 1000000};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        for (size_t d = 0; d < 5; d++)
            for (unsigned round = 0; round < 20; round++) {
                fill(&ranges[i], densities[d]);
                unsigned from = next_random() % 40, to = from + next_random() % (WORDS - from + 1);
                compare_aligned(words + from, words + to, ranges[i].base, ranges[i].span);
            }
}

TEST(filter_finds_each_place)
{
    start(NULL);
    uintptr_t base = ranges[0].base, span = ranges[0].span;
    for (unsigned end = 0; end <= 70; end++)
        for (unsigned at = 0; at <= end; at++) {
            memset(words, 0x7f, sizeof words);
            words[at] = base + span - 1; /* at == end: just outside */
            CHECK(gc_filter_next(words, words + end, base, span) == words + at);
            CHECK(gc_filter_next_far(words, words + end, base, span) == words + at);
        }
}

TEST(filter_packed_finds_what_a_plain_loop_finds)
{
    start(NULL);
    static const unsigned densities[] = {1, 5, 1000000};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        for (size_t d = 0; d < 3; d++)
            for (unsigned round = 0; round < 10; round++) {
                fill(&ranges[i], densities[d]);
                const char *p = (const char *)words + next_random() % 80;
                const char *end = p + next_random() % (sizeof words - 80);
                compare_packed(p, end, ranges[i].base, ranges[i].span);
            }
}

TEST(filter_packed_finds_each_place)
{
    start(NULL);
    uintptr_t base = ranges[0].base, span = ranges[0].span, word = base + span - 1;
    char *bytes = (char *)words;
    for (unsigned end = 0; end <= 200; end++)
        for (unsigned at = 0; at <= end; at++) {
            memset(words, 0x7f, sizeof words);
            memcpy(bytes + at, &word, sizeof word);
            /* The last eight places have no whole word. */
            CHECK(gc_filter_next_packed(bytes, bytes + end, base, span) == bytes + (at + 8 <= end ? at : end));
        }
}

/* Nothing outside [p, end) is read: it ends where memory ends, and this is where a sanitizer's red zone is. */
TEST(filter_reads_nothing_beyond)
{
    start(NULL);
    for (size_t n = 0; n < 300; n++) {
        char *block = malloc(8 * n + 1);
        memset(block, 0x7f, 8 * n + 1);
        uintptr_t *end = (uintptr_t *)block + n;
        CHECK(gc_filter_next((uintptr_t *)block, end, ranges[0].base, ranges[0].span) == end);
        CHECK(gc_filter_next_packed(block, (char *)end, ranges[0].base, ranges[0].span) == (char *)end);
        free(block);
    }
}
