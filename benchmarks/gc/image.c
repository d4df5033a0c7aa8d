/* image.c: what a collection costs beside a gigabyte of image data in extension memory.
 *
 *     image [live megabytes] [image megabytes]
 *
 * Shape: a live heap of small objects, and extension blocks of 4 MB each that are written once and only read
 * after that.  The data are random words with the top bit set: incompressible, and never a reference, so that a
 * collector that looks at them learns nothing.  Ours only: bdwgc has no extension memory.  An optimizer can't
 * cheat: the images are checksummed after the collections, and the heap is walked.
 *
 * The images come and go several times beside the same heap, because the pauses of two processes differ by more than
 * what is asked for: the heap's pages lie elsewhere in the caches.  Reports median pauses without images and beside
 * them, the latter without the first ones, which may have to look at the images once. */
#include "collector.h"

#define IMAGE_BYTES (4 * MEGABYTE)
#define MOST_IMAGES 4096u
#define TURNS 4
#define COLLECTIONS 9 /* in each turn */
#define FIRST_ONES 3
#define LISTS 1024u

typedef struct node {
    struct node *next, *other;
    uint64_t number, unused;
} node;

static node *lists[LISTS]; /* many, so that several threads can mark */
static uint64_t *images[MOST_IMAGES];

/* Of many collections, in milliseconds. */
typedef struct pauses {
    double wall[TURNS * COLLECTIONS], cpu[TURNS * COLLECTIONS];
    size_t count;
} pauses;

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

/* One collection; NULL: it does not count. */
static double
collect(pauses *p)
{
    double began = bench_now(), began_cpu = bench_cpu();
    heap_collect();
    double wall = (bench_now() - began) * 1e3;
    if (p != NULL) {
        p->wall[p->count] = wall;
        p->cpu[p->count++] = (bench_cpu() - began_cpu) * 1e3;
    }
    return wall;
}

static void
collect_some(pauses *p)
{
    for (int i = 0; i < COLLECTIONS; i++)
        collect(p);
}

static double
median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

static uint64_t
make_images(bench_random *r, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        images[i] = gc_ext_malloc(IMAGE_BYTES);
        if (images[i] == NULL)
            bench_exhausted();
        make_image(r, images[i]);
    }
    return sum_images(count);
}

static void
drop_images(size_t count)
{
    for (size_t i = 0; i < count; i++)
        gc_ext_free(images[i]);
}

/* Returns the first pause beside new images. */
static double
turn(bench_random *r, size_t count, pauses *without, pauses *beside)
{
    collect(NULL); /* the memory of the images before goes */
    collect_some(without);
    uint64_t before = make_images(r, count);
    double first = collect(NULL);
    for (int i = 1; i < FIRST_ONES; i++)
        collect(NULL);
    collect_some(beside);
    CHECK(sum_images(count) == before);
    drop_images(count);
    return first;
}

int
main(int argc, char **argv)
{
    static pauses without, beside;
    size_t live = bench_argument(argc, argv, 1, 100) * MEGABYTE;
    size_t count = bench_argument(argc, argv, 2, 1024) * MEGABYTE / IMAGE_BYTES;
    bench_random r = {17};
    double first[TURNS];
    CHECK(count <= MOST_IMAGES);
    heap_start();
    bench_begin();
    make_heap(live);
    for (int i = 0; i < TURNS; i++)
        first[i] = turn(&r, count, &without, &beside);
    bench_report_open(sum_heap());
    bench_report("first_ms", median(first, TURNS));
    bench_report("without_ms", median(without.wall, without.count));
    bench_report("without_cpu_ms", median(without.cpu, without.count));
    bench_report("beside_ms", median(beside.wall, beside.count));
    bench_report("beside_cpu_ms", median(beside.cpu, beside.count));
    bench_report("live_bytes", heap_live());
    bench_report_close();
    return 0;
}
