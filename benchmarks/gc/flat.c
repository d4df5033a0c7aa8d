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

/* The lists that go next, first the one whose turn is farthest; of each the node up to which it is in the cache, or
 * soon.  Nodes of a list may lie apart, so they are fetched one by one. */
typedef struct plan {
    node *reached[LIST_LENGTH];
    size_t at, stride, count; /* place of the next list to come, the step to the one after it, places */
} plan;

static node *
next_to_come(plan *p)
{
    node *list = lists[p->at];
    p->at = (p->at + p->stride) % p->count;
    __builtin_prefetch(&lists[(p->at + p->stride) % p->count], 1);
    return list;
}

static void
fetch_ahead(plan *p)
{
    for (unsigned i = LIST_LENGTH - 1; i > 0; i--) {
        p->reached[i] = p->reached[i - 1]->next;
        __builtin_prefetch(p->reached[i]);
    }
    p->reached[0] = next_to_come(p);
    __builtin_prefetch(p->reached[0]);
}

/* The first lists of all, which nothing has fetched, are ready. */
static plan
start_plan(size_t stride, size_t count)
{
    plan p = {.stride = stride, .count = count};
    for (unsigned i = LIST_LENGTH; i-- > 0;) {
        p.reached[i] = next_to_come(&p);
        for (unsigned k = 0; k < i; k++)
            p.reached[i] = p.reached[i]->next;
    }
    return p;
}

static NOINLINE uint64_t
run(size_t count, size_t steps)
{
    uint64_t sum = 0;
    /* One list in four is kept, but not every fourth: how such a pattern lies over the holes that it leaves itself is
     * a matter of chance, and differs with the size of the heap.  Which one it replaces goes through the table with a stride
     * that visits all. */
    bench_random r = {11};
    size_t at = 0, stride = 7919 % count;
    plan p = start_plan(stride, count);
    for (size_t i = 0; i < steps; i++) {
        node *list = make_list(count + i);
        if (bench_below(&r, 4) != 0) {
            sum += sum_list(list);
            continue;
        }
        fetch_ahead(&p);
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
