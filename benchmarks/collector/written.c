/* written.c: what it costs to ask which pages of a gigabyte were written, beside scanning it.
 *
 *     written [MiB]
 *
 * Compiled with the collector's written.c and filter.c.  Each line: what, ms (the least of ROUNDS, and
 * the median).  The pages reported are compared with those written, and what the scan finds is counted, so that
 * nothing can be optimised away. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "gc_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define ROUNDS 9
#define PAGE GC_PAGE_BYTES

static double times[ROUNDS];
static size_t bytes;

static double
now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void
report(const char *pages, const char *what)
{
    qsort(times, ROUNDS, sizeof *times, compare);
    printf("%-6s %-34s %9.3f %9.3f\n", pages, what, times[0], times[ROUNDS / 2]);
}

static void
count_pages(uintptr_t lo, uintptr_t hi, void *arg)
{
    *(size_t *)arg += (hi - lo) / PAGE;
}

static void
take(uintptr_t lo, size_t expected)
{
    size_t pages = 0;
    if (!gc_written_take(lo, bytes, count_pages, &pages) || pages != expected) {
        fprintf(stderr, "%zu pages reported instead of %zu\n", pages, expected);
        exit(1);
    }
}

/* Take with every step-th page written in between; the writes themselves are the line after. */
static void
measure_written(volatile char *p, const char *pages, size_t step, const char *name)
{
    double writes[ROUNDS];
    size_t count = (bytes / PAGE + step - 1) / step;
    for (int i = 0; i < ROUNDS; i++) {
        double begin = now();
        for (size_t at = 0; at < bytes; at += step * PAGE)
            p[at] = (char)i;
        writes[i] = (now() - begin) * 1e3 / (double)count;
        begin = now();
        take((uintptr_t)p, count);
        times[i] = now() - begin;
    }
    report(pages, name);
    memcpy(times, writes, sizeof times);
    report(pages, "  a first write, each, us");
}

static void
measure_scan(const void *p, const char *pages)
{
    const uintptr_t *lo = p, *end = (const uintptr_t *)((uintptr_t)p + bytes);
    uintptr_t base = (uintptr_t)1 << 46, span = (uintptr_t)1 << 38, found = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double begin = now();
        for (const uintptr_t *w = lo; w < end; w++)
            found += *w - base < span;
        times[i] = now() - begin;
    }
    report(pages, "scan, plain loop");
    for (int i = 0; i < ROUNDS; i++) {
        double begin = now();
        found += gc_filter_next(lo, end, base, span) != end;
        times[i] = now() - begin;
    }
    report(pages, "scan, gc_filter_next");
    if (found != 0)
        exit(1);
}

static void
measure(bool huge)
{
    const char *pages = huge ? "2 MiB" : "4 KiB";
    char *p = aligned_alloc(GC_SLAB_BYTES, bytes);
    madvise(p, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    memset(p, 1, bytes);
    measure_scan(p, pages);
    double untracks[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        double begin = now();
        if (!gc_written_track((uintptr_t)p, bytes))
            exit(1);
        times[i] = now() - begin;
        begin = now();
        if (i < ROUNDS - 1)
            gc_written_untrack((uintptr_t)p, bytes);
        untracks[i] = now() - begin;
    }
    report(pages, "track");
    untracks[ROUNDS - 1] = untracks[0];
    memcpy(times, untracks, sizeof times);
    report(pages, "untrack, pages still there");
    for (int i = 0; i < ROUNDS; i++) {
        double begin = now();
        take((uintptr_t)p, 0);
        times[i] = now() - begin;
    }
    report(pages, "take, nothing written");
    for (int i = 0; i < ROUNDS; i++) {
        double begin = now();
        for (size_t at = 0; at < bytes; at += GC_SLAB_BYTES)
            gc_written_take((uintptr_t)p + at, GC_SLAB_BYTES, count_pages, &(size_t){0});
        times[i] = now() - begin;
    }
    report(pages, "take, one call for each 2 MiB");
    measure_written(p, pages, 8192, "take, 1 page in 32 MiB written");
    measure_written(p, pages, 100, "take, 1 % written");
    measure_written(p, pages, 1, "take, all written");
    /* The same writes, while nobody watches. */
    gc_written_untrack((uintptr_t)p, bytes);
    for (int i = 0; i < ROUNDS; i++) {
        double begin = now();
        for (size_t at = 0; at < bytes; at += PAGE)
            ((volatile char *)p)[at] = (char)i;
        times[i] = (now() - begin) * 1e3 / (double)(bytes / PAGE);
    }
    report(pages, "  an unwatched write, each, us");
    free(p);
}

int
main(int argc, char **argv)
{
    bytes = (size_t)(argc > 1 ? atoi(argv[1]) : 1024) << 20;
    double begin = now();
    if (!gc_written_init()) {
        puts("this kernel can't tell which pages were written");
        return 0;
    }
    printf("init %.3f ms\n", now() - begin);
    measure(false);
    measure(true);
    return 0;
}
