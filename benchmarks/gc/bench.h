/* bench.h: what every benchmark needs that has nothing to do with collectors: settings, random numbers, clocks,
 * and the one line of JSON that run.py reads.
 *
 * Settings are environment variables, so that a program's arguments are the same whoever runs it:
 *
 *     BENCH_HEAP         most bytes of heap; 0 or unset: no limit
 *     BENCH_LIVE         collect wherever the program calls heap_note_live, and report the most that was alive
 *     BENCH_MARKERS      threads that mark (ours; bdwgc has GC_MARKERS)
 *     BENCH_LEAST_TRIGGER  gc_options.min_trigger_bytes (ours; bdwgc has no such floor)
 *     BENCH_GENERATIONS  gc_options.generations (ours)
 *     BENCH_NURSERY      gc_options.nursery_bytes (ours)
 *     BENCH_TRACE        file for a trace of its cycles (ours; gc_trace_file)
 *     BENCH_INCREMENTAL, BENCH_NO_INTERIOR, BENCH_TYPED   ways to run bdwgc, see collector_bdwgc.h */
#ifndef BENCH_H
#define BENCH_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define MAYBE_UNUSED __attribute__((unused))
#define NOINLINE __attribute__((noinline))
#define MEGABYTE ((size_t)1 << 20)

MAYBE_UNUSED static size_t
bench_setting(const char *name)
{
    const char *text = getenv(name);
    return text == NULL ? 0 : strtoull(text, NULL, 10);
}

/* The program's i-th argument as a number. */
MAYBE_UNUSED static size_t
bench_argument(int argc, char **argv, int i, size_t otherwise)
{
    return argc > i ? strtoull(argv[i], NULL, 10) : otherwise;
}

_Noreturn MAYBE_UNUSED static void
bench_fail(const char *what)
{
    fprintf(stderr, "failed: %s\n", what);
    exit(1);
}

/* Status 3 tells run.py that the heap was too small, which is a result and not a mistake. */
_Noreturn MAYBE_UNUSED static void
bench_exhausted(void)
{
    fputs("out of memory\n", stderr);
    _Exit(3);
}

#define CHECK(condition)             \
    do {                             \
        if (!(condition))            \
            bench_fail(#condition);  \
    } while (0)

/* ------------------------------------------------------------------ random numbers */

/* SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).  Each thread has a state of its own, so that both sides and
 * every run see the same numbers. */
typedef struct bench_random {
    uint64_t state;
} bench_random;

static inline uint64_t
bench_next(bench_random *r)
{
    uint64_t z = r->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* A number below n, which must fit in 32 bits. */
static inline size_t
bench_below(bench_random *r, size_t n)
{
    return (size_t)((bench_next(r) >> 32) * n >> 32);
}

/* ------------------------------------------------------------------ clocks */

static inline double
bench_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static inline double
bench_cpu(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

MAYBE_UNUSED static double
bench_peak_megabytes(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_maxrss / 1024;
}

/* ------------------------------------------------------------------ the report */

static double bench_began, bench_began_cpu;

MAYBE_UNUSED static void
bench_begin(void)
{
    bench_began_cpu = bench_cpu();
    bench_began = bench_now();
}

/* The report is printed in pieces: a field for each call, between bench_report_open and _close. */
MAYBE_UNUSED static void
bench_report_open(uint64_t check)
{
    double seconds = bench_now() - bench_began, cpu = bench_cpu() - bench_began_cpu;
    printf("{\"check\": \"%016lx\", \"seconds\": %.6f, \"cpu\": %.6f", (unsigned long)check, seconds, cpu);
}

MAYBE_UNUSED static void
bench_report(const char *name, double value)
{
    printf(", \"%s\": %.6f", name, value);
}

MAYBE_UNUSED static void
bench_report_close(void)
{
    bench_report("peak_megabytes", bench_peak_megabytes());
    printf("}\n");
}

#endif
