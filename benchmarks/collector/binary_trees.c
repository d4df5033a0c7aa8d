/* binary_trees.c: build and drop complete binary trees beside one that stays, with this collector or, when
 * compiled with -DPEER_BDWGC, with the Boehm-Demers-Weiser collector.
 *
 *     binary_trees [depth]
 *
 * Each tree's nodes are counted and the sum printed, so that neither the allocation nor the links can be
 * optimised away.  Prints: nodes, seconds, collections, longest pause in ms (ours only). */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct node {
    struct node *left, *right;
} node;

#ifdef PEER_BDWGC

#include <gc.h>

static node *
new_node(void)
{
    return GC_MALLOC(sizeof(node));
}

#else

#include "gc.h"
#include "gc_embedder.h"

static gc_mutator *mutator;

static node *
new_node(void)
{
    return gc_alloc(mutator, sizeof(node), GC_CONSERVATIVE);
}

#endif

static node *
make_tree(int depth)
{
    node *n = new_node();
    if (depth > 0) {
        n->left = make_tree(depth - 1);
        n->right = make_tree(depth - 1);
    }
    return n;
}

static uint64_t
count_tree(const node *n)
{
    return n->left == NULL ? 1 : 1 + count_tree(n->left) + count_tree(n->right);
}

static uint64_t
run(int depth)
{
    node *volatile kept = make_tree(depth);
    uint64_t sum = 0;
    for (int d = 4; d <= depth; d += 2)
        for (int i = 0, n = 1 << (depth - d + 4); i < n; i++)
            sum += count_tree(make_tree(d));
    return sum + count_tree(kept);
}

static double
now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
start(void)
{
#ifdef PEER_BDWGC
    GC_INIT();
#else
    static const gc_embedder embedder;
    pthread_attr_t attr;
    void *stack;
    size_t size;
    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstack(&attr, &stack, &size);
    pthread_attr_destroy(&attr);
    gc_set_embedder(&embedder);
    if (gc_init(NULL) < 0)
        exit(1);
    mutator = gc_mutator_attach(stack, (char *)stack + size);
#endif
}

int
main(int argc, char **argv)
{
    int depth = argc > 1 ? atoi(argv[1]) : 18;
    start();
    double begin = now();
    uint64_t nodes = run(depth);
    double seconds = now() - begin;
#ifdef PEER_BDWGC
    printf("%lu %.3f %lu\n", (unsigned long)nodes, seconds, (unsigned long)GC_get_gc_no());
#else
    gc_stats s;
    gc_get_stats(mutator, &s);
    printf("%lu %.3f %lu %.2f\n", (unsigned long)nodes, seconds, (unsigned long)s.collections,
           s.pause_ms_max);
#endif
    return 0;
}
