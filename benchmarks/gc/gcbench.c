/* gcbench.c: trees of many life times, in one or more threads.
 *
 *     gcbench [threads] [depth] [rounds]
 *
 * After an idea of Ellis, Kovac and Boehm: each thread keeps a large tree and an array of doubles alive, while it
 * makes and drops trees of growing depth, half of them from the root down (a stored reference to each new node)
 * and half from the leaves up (each node made after its children).
 *
 * Shape: small objects of one size, most of them short-lived, beside a long-lived structure that each collection
 * must mark.  An optimizer can't cheat: each tree is checked along a random path from its root to a leaf and the
 * numbers found there are summed, as are the whole of the long-lived tree and array at the end. */
#include "collector.h"

#include <pthread.h>

#define LEAST_DEPTH 4
#define MOST_THREADS 64
#define ARRAY_LENGTH 1000000u

typedef struct node {
    struct node *left, *right;
    uint32_t number, depth;
} node;

typedef struct work {
    pthread_t thread;
    int depth;
    bool number_one;
    size_t rounds;
    uint64_t sum;
} work;

static pthread_barrier_t all_built, all_measured;

static node *
new_node(uint32_t number, int depth)
{
    node *n = heap_words(sizeof *n);
    n->number = number;
    n->depth = (uint32_t)depth;
    return n;
}

/* Top-down: the parent is there first. */
static void
populate(node *n, int depth)
{
    if (depth == 0)
        return;
    heap_store(n, &n->left, new_node(2 * n->number, depth - 1));
    heap_store(n, &n->right, new_node(2 * n->number + 1, depth - 1));
    populate(n->left, depth - 1);
    populate(n->right, depth - 1);
}

/* Bottom-up: the children are there first. */
static node *
make_tree(uint32_t number, int depth)
{
    if (depth == 0)
        return new_node(number, 0);
    node *left = make_tree(2 * number, depth - 1), *right = make_tree(2 * number + 1, depth - 1);
    node *n = new_node(number, depth);
    n->left = left;
    n->right = right;
    return n;
}

static uint64_t
sum_tree(const node *n)
{
    uint64_t sum = n->number + n->depth;
    return n->left == NULL ? sum : sum + sum_tree(n->left) + sum_tree(n->right);
}

static node *
populated(uint32_t number, int depth)
{
    node *n = new_node(number, depth);
    populate(n, depth);
    return n;
}

/* From the root to a leaf, left or right as the bits of `path` say: what a node holds must fit its place. */
static uint64_t
sum_path(const node *n, uint64_t path)
{
    uint64_t sum = 0;
    uint32_t number = n->number, depth = n->depth;
    for (;; path >>= 1) {
        CHECK(n->number == number && n->depth == depth);
        sum += n->number;
        if (depth-- == 0)
            return sum;
        number = 2 * number + (path & 1);
        n = path & 1 ? n->right : n->left;
    }
}

static uint64_t
temporary_trees(bench_random *r, int depth, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += sum_path(populated(1 + i % 2, depth), bench_next(r));
        sum += sum_path(make_tree(1 + i % 2, depth), bench_next(r));
    }
    return sum;
}

/* The most that is ever alive: every thread's long-lived data and one more tree of the full depth. */
static NOINLINE void
measure_live(work *w)
{
    node *volatile stretch = populated(1, w->depth);
    pthread_barrier_wait(&all_built);
    if (w->number_one)
        heap_note_live();
    pthread_barrier_wait(&all_measured);
    CHECK(stretch->number == 1);
}

static NOINLINE uint64_t
run(work *w)
{
    bench_random random = {23};
    uint64_t sum = 0;
    node *volatile kept = populated(1, w->depth);
    double *volatile array = heap_leaf(ARRAY_LENGTH * sizeof *array);
    for (size_t i = 0; i < ARRAY_LENGTH; i++)
        array[i] = (double)(i % 1000);
    measure_live(w);
    for (size_t r = 0; r < w->rounds; r++)
        for (int d = LEAST_DEPTH; d <= w->depth; d += 2)
            sum += temporary_trees(&random, d, (size_t)1 << (w->depth - d));
    for (size_t i = 0; i < ARRAY_LENGTH; i++)
        sum += (uint64_t)array[i];
    return sum + sum_tree(kept);
}

static void *
thread_main(void *arg)
{
    work *w = arg;
    heap_thread_enter();
    w->sum = run(w);
    heap_thread_leave();
    return NULL;
}

int
main(int argc, char **argv)
{
    static work works[MOST_THREADS];
    size_t threads = bench_argument(argc, argv, 1, 1), depth = bench_argument(argc, argv, 2, 18);
    size_t rounds = bench_argument(argc, argv, 3, 3);
    CHECK(threads >= 1 && threads <= MOST_THREADS && depth >= LEAST_DEPTH && depth < 31);
    heap_start();
    bench_begin();
    pthread_barrier_init(&all_built, NULL, (unsigned)threads);
    pthread_barrier_init(&all_measured, NULL, (unsigned)threads);
    for (size_t i = 0; i < threads; i++)
        works[i] = (work){.depth = (int)depth, .rounds = rounds, .number_one = i == 0};
    /* The main thread is the first worker, so that one thread means no other. */
    for (size_t i = 1; i < threads; i++)
        CHECK(pthread_create(&works[i].thread, NULL, thread_main, &works[i]) == 0);
    uint64_t sum = works[0].sum = run(&works[0]);
    for (size_t i = 1; i < threads; i++) {
        pthread_join(works[i].thread, NULL);
        sum += works[i].sum;
    }
    heap_report(sum);
    return 0;
}
