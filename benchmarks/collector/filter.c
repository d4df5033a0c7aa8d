/* filter.c: GB/s of the word filters beside plain loops.
 *
 *     filter
 *
 * Compiled with the collector's filter.c.  Memory of 16 KiB (first-level cache), 256 KiB (second) and 256 MiB,
 * in which 0, 1 or 50 % of the words are addresses in range, at random places.  What is found is counted and
 * must agree, so that nothing can be optimised away. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "gc_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define BASE ((uintptr_t)0x7f1234200000)
#define SPAN ((uintptr_t)256 << 30)
#define ROUNDS 5
#define TOTAL ((size_t)512 << 20) /* bytes of each measurement */

static double
now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

typedef size_t count_function(const uintptr_t *p, const uintptr_t *end);

/* The sum of what was found stands for the work that each match causes. */
static size_t
plain_words(const uintptr_t *p, const uintptr_t *end)
{
    size_t sum = 0;
    for (; p < end; p++)
        if (__builtin_expect(*p - BASE < SPAN, 0)) {
            sum += *p;
            __asm__ volatile("" : "+r"(sum)); /* a branch, as where a mark follows */
        }
    return sum;
}

static size_t
filtered_words(const uintptr_t *p, const uintptr_t *end)
{
    size_t sum = 0;
    while ((p = gc_filter_next(p, end, BASE, SPAN)) < end) {
        sum += *p++;
        __asm__ volatile("" : "+r"(sum));
    }
    return sum;
}

static size_t
plain_bytes(const uintptr_t *from, const uintptr_t *to)
{
    size_t sum = 0;
    for (const char *p = (const char *)from, *end = (const char *)to; end - p >= 8; p++) {
        uintptr_t w;
        memcpy(&w, p, sizeof w);
        if (__builtin_expect(w - BASE < SPAN, 0)) {
            sum += w;
            __asm__ volatile("" : "+r"(sum));
        }
    }
    return sum;
}

static size_t
filtered_bytes(const uintptr_t *from, const uintptr_t *to)
{
    size_t sum = 0;
    const char *p = (const char *)from, *end = (const char *)to;
    while ((p = gc_filter_next_packed(p, end, BASE, SPAN)) < end) {
        uintptr_t w;
        memcpy(&w, p, sizeof w);
        sum += w;
        p++;
        __asm__ volatile("" : "+r"(sum));
    }
    return sum;
}

static double
measure(count_function *count, const uintptr_t *p, size_t bytes, size_t total, size_t *sum)
{
    double best = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        double begin = now();
        for (size_t done = 0; done < total; done += bytes)
            *sum = count(p, p + bytes / 8);
        double seconds = now() - begin;
        best = seconds < best ? seconds : best;
    }
    return (double)total / best / 1e9;
}

static void
fill(uintptr_t *p, size_t bytes, unsigned percent)
{
    uint64_t x = 88172645463325252ull;
    for (size_t i = 0; i < bytes / 8; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        p[i] = x >> 32 & 1 ? x : x >> 40; /* noise, and small numbers */
        if (x % 100 < percent)
            p[i] = BASE + (x >> 8) % SPAN;
    }
}

static void
compare(const char *what, count_function *plain, count_function *filtered, const uintptr_t *p, size_t bytes,
        size_t total, unsigned percent)
{
    size_t a, b;
    double before = measure(plain, p, bytes, total, &a), after = measure(filtered, p, bytes, total, &b);
    if (a != b)
        exit(1);
    printf("%-6s %9zu KiB %3u %%   plain %6.2f   filter %6.2f GB/s\n", what, bytes >> 10, percent, before, after);
}

int
main(void)
{
    static const size_t sizes[] = {(size_t)16 << 10, (size_t)256 << 10, (size_t)256 << 20};
    static const unsigned percents[] = {0, 1, 50};
    uintptr_t *p = aligned_alloc(GC_SLAB_BYTES, sizes[2]);
    madvise(p, sizes[2], MADV_HUGEPAGE);
    for (int s = 0; s < 3; s++)
        for (int k = 0; k < 3; k++) {
            fill(p, sizes[s], percents[k]);
            compare("words", plain_words, filtered_words, p, sizes[s], TOTAL, percents[k]);
            compare("bytes", plain_bytes, filtered_bytes, p, sizes[s], TOTAL / 2, percents[k]);
        }
    return 0;
}
