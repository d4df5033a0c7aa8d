/* graph.c: a large graph whose nodes are replaced and whose edges are redirected at random.
 *
 *     graph [nodes] [steps]
 *
 * Shape: no locality at all; each collection follows references in an order that has nothing to do with that of
 * allocation, to objects that hold numbers beside references (so they are shaped).  Survivors and dead objects
 * lie mixed everywhere.  The mutator itself reads as little as it can, or its own cache misses would be what is
 * measured.  An optimizer can't cheat: each step adds the number of the node that goes to the sum, and the whole
 * graph is checked and summed through its edges at the end. */
#include "collector.h"

#define EDGES 4

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
link_node(bench_random *r, node *n, size_t count)
{
    for (int e = 0; e < EDGES; e++)
        heap_store(n, &n->edges[e], nodes[bench_below(r, count)]);
}

/* A node that goes keeps its number, but no longer leads anywhere: what still refers to it keeps only itself. */
static void
retire(node *n)
{
    for (int e = 0; e < EDGES; e++)
        n->edges[e] = NULL;
}

static uint64_t
step(bench_random *r, size_t count, uint64_t number)
{
    size_t at = bench_below(r, count);
    uint64_t old = nodes[at]->number;
    retire(nodes[at]);
    put_node(at, number);
    link_node(r, nodes[at], count);
    node *other = nodes[bench_below(r, count)];
    heap_store(other, &other->edges[number % EDGES], nodes[at]);
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
    uint64_t sum = 0;
    nodes = heap_words(count * sizeof *nodes);
    for (size_t i = 0; i < count; i++)
        put_node(i, i);
    for (size_t i = 0; i < count; i++)
        link_node(&r, nodes[i], count);
    for (size_t i = 0; i < steps; i++) {
        sum += step(&r, count, count + i);
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
