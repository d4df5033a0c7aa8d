/* image.c: what a collection costs beside a gigabyte of image data in extension memory.
 *
 *     image [live megabytes] [image megabytes]
 *
 * Shape: a live heap of small objects, and extension blocks of 4 MB each that are written once and only read
 * after that.  The data are random words with the top bit set: incompressible, and never a reference, so that a
 * collector that looks at them learns nothing.  Ours only: bdwgc has no extension memory.  An optimizer can't
 * cheat: the images are checksummed after the collections, and the heap is walked.
 *
 * Reports the median pause of the collections after the first ones, which may have to look at the images once. */
#include "collector.h"

#define IMAGE_BYTES (4 * MEGABYTE)
#define MOST_IMAGES 4096u
#define COLLECTIONS 31
#define FIRST_ONES 3
#define LISTS 1024u

typedef struct node {
    struct node *next, *other;
    uint64_t number, unused;
} node;

static node *lists[LISTS]; /* many, so that several threads can mark */
static uint64_t *images[MOST_IMAGES];
static double pauses[COLLECTIONS], cpu[COLLECTIONS]; /* ms */

static void
make_heap(size_t bytes)
{
    for (size_t i = 0; i < bytes / sizeof(node); i++) {
        node *n = heap_words(sizeof *n);
        n->next = lists[i % LISTS];
        n->other = lists[(i + 1) % LISTS];
        n->number = i;
        lists[i % LISTS] = n;
    }
}

static void
make_image(bench_random *r, uint64_t *words)
{
    for (size_t k = 0; k < IMAGE_BYTES / sizeof *words; k++)
        words[k] = bench_next(r) | (uint64_t)1 << 63;
}

static uint64_t
sum_heap(void)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < LISTS; i++)
        for (const node *n = lists[i]; n != NULL; n = n->next)
            sum += n->number;
    return sum;
}

static uint64_t
sum_images(size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < IMAGE_BYTES / sizeof *images[i]; k++)
            sum = sum * 31 + images[i][k];
    return sum;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void
collect(double *ms, double *cpu_ms)
{
    double began = bench_now(), began_cpu = bench_cpu();
    heap_collect();
    *ms = (bench_now() - began) * 1e3;
    *cpu_ms = (bench_cpu() - began_cpu) * 1e3;
}

static double
median(double *values)
{
    qsort(values, COLLECTIONS, sizeof *values, compare);
    return values[COLLECTIONS / 2];
}

int
main(int argc, char **argv)
{
    size_t live = bench_argument(argc, argv, 1, 100) * MEGABYTE;
    size_t count = bench_argument(argc, argv, 2, 1024) * MEGABYTE / IMAGE_BYTES;
    bench_random r = {17};
    double first_pause = 0;
    CHECK(count <= MOST_IMAGES);
    heap_start();
    bench_begin();
    make_heap(live);
    for (size_t i = 0; i < count; i++) {
        images[i] = gc_ext_malloc(IMAGE_BYTES);
        if (images[i] == NULL)
            bench_exhausted();
        make_image(&r, images[i]);
    }
    uint64_t before = sum_images(count);
    for (int i = 0; i < FIRST_ONES; i++) {
        double ms, cpu_ms;
        collect(&ms, &cpu_ms);
        if (i == 0)
            first_pause = ms;
    }
    for (int i = 0; i < COLLECTIONS; i++)
        collect(&pauses[i], &cpu[i]);
    CHECK(sum_images(count) == before);
    bench_report_open(sum_heap());
    bench_report("first_ms", first_pause);
    bench_report("collection_ms", median(pauses));
    bench_report("collection_cpu_ms", median(cpu));
    bench_report("live_bytes", heap_live());
    bench_report_close();
    return 0;
}
