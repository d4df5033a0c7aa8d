/* leaf.c: strings and arrays of doubles.
 *
 *     leaf [slots] [steps]
 *
 * Shape: objects without references, most of them text of some ten bytes, some arrays of doubles up to 7 KB,
 * kept in a table whose slots are overwritten at random.  Marking has little to follow, so allocating, sweeping
 * and the reuse of holes of many sizes are what counts.  An optimizer can't cheat: every object is filled, and
 * every eighth is read again and checked when it is replaced, as all are at the end; what is read goes into the
 * sum.  Not more, because what is replaced has grown cold, and its cache misses are not the collector's. */
#include "collector.h"

#define CHECKED_EVERY 8

typedef struct leaf {
    uint32_t length; /* of what follows */
    uint32_t doubles;
    char bytes[];
} leaf;

static leaf **slots; /* an object too */

static leaf *
new_text(bench_random *r)
{
    size_t length = 4 + bench_below(r, bench_below(r, 4) == 0 ? 200 : 40);
    leaf *t = heap_leaf(sizeof *t + length);
    t->length = (uint32_t)length;
    t->doubles = 0;
    memset(t->bytes, 'a' + (int)(length % 26), length);
    return t;
}

static leaf *
new_array(bench_random *r)
{
    size_t kind = bench_below(r, 64), count = 4 + bench_below(r, kind == 0 ? 900 : kind < 8 ? 300 : 60);
    leaf *t = heap_leaf(sizeof *t + count * sizeof(double));
    double *values = (double *)t->bytes;
    t->length = (uint32_t)(count * sizeof(double));
    t->doubles = 1;
    for (size_t i = 0; i < count; i++)
        values[i] = (double)(count + i);
    return t;
}

static uint64_t
check_leaf(const leaf *t)
{
    if (!t->doubles) {
        char c = (char)('a' + t->length % 26);
        CHECK(t->bytes[0] == c && t->bytes[t->length - 1] == c);
        return t->length;
    }
    const double *values = (const double *)t->bytes;
    size_t count = t->length / sizeof(double);
    CHECK(values[0] == (double)count && values[count - 1] == (double)(2 * count - 1));
    return count;
}

static NOINLINE uint64_t
run(size_t count, size_t steps)
{
    bench_random r = {11};
    uint64_t sum = 0;
    slots = heap_words(count * sizeof *slots);
    for (size_t i = 0; i < steps; i++) {
        size_t at = bench_below(&r, count);
        if (i % CHECKED_EVERY == 0 && slots[at] != NULL)
            sum += check_leaf(slots[at]);
        heap_store(slots, &slots[at], bench_below(&r, 8) == 0 ? new_array(&r) : new_text(&r));
        if (i == 4 * count || i + 1 == steps)
            heap_note_live();
    }
    for (size_t i = 0; i < count; i++)
        sum += slots[i] == NULL ? 0 : check_leaf(slots[i]);
    return sum;
}

int
main(int argc, char **argv)
{
    size_t count = bench_argument(argc, argv, 1, 150000), steps = bench_argument(argc, argv, 2, 6000000);
    heap_start();
    bench_begin();
    heap_report(run(count, steps));
    return 0;
}
