/* flat.c: what an allocated byte costs, by the size of the live heap.
 *
 *     flat [live megabytes] [megabytes to allocate]
 *
 * Shape: a live heap of short lists of small objects, a table of which is overwritten in turn, at the collectors'
 * own default policy of when to collect.  Each list that is stored makes another garbage, so survivors are spread
 * over the heap.  An optimizer can't cheat: the list that goes is walked, its numbers are checked and summed. */
#include "collector.h"

#define LIST_LENGTH 8u
#define NODE_BYTES 32u
#define WARM_UP 2 /* times the live heap */

typedef struct node {
    struct node *next;
    uint64_t number;
    void *unused[2];
} node;

_Static_assert(sizeof(node) == NODE_BYTES, "what live megabytes are counted in");

static node **lists; /* an object too */

static node *
make_list(uint64_t number)
{
    node *list = NULL;
    for (unsigned i = 0; i < LIST_LENGTH; i++) {
        node *n = heap_words(sizeof *n);
        n->next = list;
        n->number = number;
        list = n;
    }
    return list;
}

static uint64_t
sum_list(const node *list)
{
    uint64_t sum = 0, number = list->number;
    unsigned length = 0;
    for (; list != NULL; list = list->next, length++) {
        CHECK(list->number == number);
        sum += number;
    }
    CHECK(length == LIST_LENGTH);
    return sum;
}

static NOINLINE uint64_t
run(size_t count, size_t steps)
{
    uint64_t sum = 0;
    /* Every fourth list is kept; which one it replaces goes through the table with a stride that visits all. */
    size_t at = 0, stride = 7919 % count;
    for (size_t i = 0; i < steps; i++) {
        node *list = make_list(count + i);
        if (i % 4 != 0) {
            sum += sum_list(list);
            continue;
        }
        sum += sum_list(lists[at]);
        heap_store(lists, &lists[at], list);
        at = (at + stride) % count;
    }
    return sum;
}

int
main(int argc, char **argv)
{
    size_t live = bench_argument(argc, argv, 1, 100) * MEGABYTE;
    size_t bytes = bench_argument(argc, argv, 2, 2000) * MEGABYTE, list_bytes = LIST_LENGTH * NODE_BYTES;
    size_t count = live / list_bytes | 1;
    heap_start();
    lists = heap_words(count * sizeof *lists);
    for (size_t i = 0; i < count; i++)
        heap_store(lists, &lists[i], make_list(i));
    /* The first cycles still make the heap grow. */
    uint64_t sum = run(count, WARM_UP * live / list_bytes);
    bench_begin();
    sum += run(count, bytes / list_bytes);
    heap_report(sum);
    return 0;
}
