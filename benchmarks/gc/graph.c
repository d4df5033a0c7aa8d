/* graph.c: a large graph whose nodes are replaced and whose edges are redirected at random.
 *
 *     graph [nodes] [steps]
 *
 * Shape: no locality at all; each collection follows references in an order that has nothing to do with that of
 * allocation, to objects that hold numbers beside references (so they are shaped).  Survivors and dead objects
 * lie mixed everywhere.  The mutator itself reads as little as it can, and fetches ahead what it is going to change,
 * or its own cache misses would be what is measured.  An optimizer can't cheat: each step adds the number of the node
 * that goes to the sum, and the whole graph is checked and summed through its edges at the end. */
#include "collector.h"

#define EDGES 4
#define AHEAD 16u /* places that are known before their turn comes */

typedef struct node {
    const heap_shape *shape;
    struct node *edges[EDGES];
    uint64_t number;
    double weights[2];
} node;

HEAP_SHAPE(node_shape, sizeof(node) / sizeof(void *), ((1u << EDGES) - 1) << 1);

static node **nodes; /* an object too */

static uint64_t
weigh(const node *n)
{
    CHECK(n->weights[0] == (double)n->number && n->weights[1] == -(double)n->number);
    return n->number;
}

static void
put_node(size_t at, uint64_t number)
{
    node *n = heap_shaped(&node_shape, sizeof *n);
    n->number = number;
    n->weights[0] = (double)number;
    n->weights[1] = -(double)number;
    heap_store(nodes, &nodes[at], n);
}

static void
link_node(node *n, const size_t targets[EDGES])
{
    for (int e = 0; e < EDGES; e++)
        heap_store(n, &n->edges[e], nodes[targets[e]]);
}

/* Where the graph changes, some steps in advance. */
typedef struct change {
    size_t at, other, targets[EDGES];
} change;

typedef struct plan {
    change changes[AHEAD];
    size_t next;
} plan;

static size_t
any_place(bench_random *r, size_t count)
{
    size_t at = bench_below(r, count);
    __builtin_prefetch(&nodes[at]);
    return at;
}

static change
any_change(bench_random *r, size_t count)
{
    change c = {.at = any_place(r, count), .other = any_place(r, count)};
    for (int e = 0; e < EDGES; e++)
        c.targets[e] = any_place(r, count);
    return c;
}

/* The next change; those after it are on their way into the cache, the places of the nodes first. */
static change
next_change(plan *p, bench_random *r, size_t count)
{
    const change *middle = &p->changes[(p->next + AHEAD / 2) % AHEAD];
    change *c = &p->changes[p->next++ % AHEAD], now = *c;
    *c = any_change(r, count);
    __builtin_prefetch(nodes[middle->at], 1);
    __builtin_prefetch(nodes[middle->other], 1);
    return now;
}

/* A node that goes keeps its number, but no longer leads anywhere: what still refers to it keeps only itself. */
static void
retire(node *n)
{
    for (int e = 0; e < EDGES; e++)
        n->edges[e] = NULL;
}

static uint64_t
step(plan *p, bench_random *r, size_t count, uint64_t number)
{
    change c = next_change(p, r, count);
    uint64_t old = nodes[c.at]->number;
    retire(nodes[c.at]);
    put_node(c.at, number);
    link_node(nodes[c.at], c.targets);
    node *other = nodes[c.other];
    heap_store(other, &other->edges[number % EDGES], nodes[c.at]);
    return old;
}

static uint64_t
sum_graph(size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += weigh(nodes[i]);
        for (int e = 0; e < EDGES; e++)
            sum += nodes[i]->edges[e] == NULL ? 0 : weigh(nodes[i]->edges[e]);
    }
    return sum;
}

static NOINLINE uint64_t
run(size_t count, size_t steps)
{
    bench_random r = {7};
    plan p = {.next = 0};
    uint64_t sum = 0;
    nodes = heap_words(count * sizeof *nodes);
    for (size_t i = 0; i < count; i++)
        put_node(i, i);
    for (size_t i = 0; i < count; i++)
        link_node(nodes[i], any_change(&r, count).targets);
    for (size_t i = 0; i < AHEAD; i++)
        p.changes[i] = any_change(&r, count);
    for (size_t i = 0; i < steps; i++) {
        sum += step(&p, &r, count, count + i);
        if (i == 2 * count || i + 1 == steps)
            heap_note_live();
    }
    return sum + sum_graph(count);
}

int
main(int argc, char **argv)
{
    size_t count = bench_argument(argc, argv, 1, 300000), steps = bench_argument(argc, argv, 2, 4000000);
    heap_start();
    bench_begin();
    heap_report(run(count, steps));
    return 0;
}
