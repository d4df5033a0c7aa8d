/* holes.c: does a heap full of holes take new objects without growing?
 *
 *     holes [megabytes]
 *
 * Shape: a heap of objects of mixed sizes, 16 bytes to 20 KB, is filled; 90 % of them, chosen at random, are
 * dropped; it is filled up to the same volume with other sizes.  Reports the heap's size before and after: holes
 * that are not reused show as growth.  An optimizer can't cheat: objects hold their size and a number, and are
 * checked and summed at the end. */
#include "collector.h"

#define KEPT_OF 10

typedef struct object {
    uint32_t size, number;
} object;

static object **objects; /* an object too */
static size_t room;

static size_t
random_size(bench_random *r)
{
    size_t kind = bench_below(r, 100);
    return sizeof(object) + 8 + bench_below(r, kind < 80 ? 100 : kind < 98 ? 1500 : 20000);
}

static object *
new_object(bench_random *r, uint32_t number)
{
    size_t size = random_size(r);
    object *o = heap_leaf(size);
    o->size = (uint32_t)size;
    o->number = number;
    ((unsigned char *)o)[size - 1] = (unsigned char)number;
    return o;
}

static void
check_object(const object *o)
{
    CHECK(((const unsigned char *)o)[o->size - 1] == (unsigned char)o->number);
}

/* Fill empty slots until `bytes` are alive.  Returns how many are. */
static NOINLINE size_t
fill(bench_random *r, size_t alive, size_t bytes)
{
    for (size_t i = 0; i < room && alive < bytes; i++) {
        if (objects[i] != NULL)
            continue;
        heap_store(objects, &objects[i], new_object(r, (uint32_t)i));
        alive += objects[i]->size;
    }
    CHECK(alive >= bytes);
    return alive;
}

static NOINLINE size_t
drop_most(bench_random *r)
{
    size_t alive = 0;
    for (size_t i = 0; i < room; i++) {
        if (objects[i] == NULL)
            continue;
        check_object(objects[i]);
        if (bench_below(r, KEPT_OF) != 0)
            objects[i] = NULL;
        else
            alive += objects[i]->size;
    }
    return alive;
}

int
main(int argc, char **argv)
{
    size_t bytes = bench_argument(argc, argv, 1, 200) * MEGABYTE;
    bench_random r = {19};
    uint64_t sum = 0;
    room = bytes / 100;
    heap_start();
    bench_begin();
    objects = heap_words(room * sizeof *objects);
    fill(&r, 0, bytes);
    heap_collect();
    size_t before = heap_bytes();
    size_t alive = drop_most(&r);
    heap_collect();
    size_t dropped = heap_bytes();
    fill(&r, alive, bytes);
    size_t after = heap_bytes();
    for (size_t i = 0; i < room; i++) {
        if (objects[i] == NULL)
            continue;
        check_object(objects[i]);
        sum += objects[i]->size;
    }
    bench_report_open(sum);
    bench_report("before_bytes", (double)before);
    bench_report("dropped_bytes", (double)dropped);
    bench_report("after_bytes", (double)after);
    bench_report_close();
    return 0;
}
