/* trees.c: complete binary trees made and dropped beside one that stays.
 *
 *     trees [depth]
 *
 * Shape: the smallest objects there are (two references), no other data, one thread.  An optimizer can't cheat:
 * each tree's nodes are counted by walking it, and the sum is printed. */
#include "collector.h"

#define LEAST_DEPTH 4

typedef struct node {
    struct node *left, *right;
} node;

static node *
make_tree(int depth)
{
    node *n = heap_words(sizeof *n);
    if (depth > 0) {
        heap_store(n, &n->left, make_tree(depth - 1));
        heap_store(n, &n->right, make_tree(depth - 1));
    }
    return n;
}

static uint64_t
count_tree(const node *n)
{
    return n->left == NULL ? 1 : 1 + count_tree(n->left) + count_tree(n->right);
}

/* The most that is ever alive: the tree that stays and another of its size. */
static NOINLINE void
measure_live(int depth)
{
    node *volatile other = make_tree(depth);
    heap_note_live();
    CHECK(other->left != NULL);
}

static NOINLINE uint64_t
run(int depth)
{
    node *volatile kept = make_tree(depth);
    uint64_t sum = 0;
    measure_live(depth);
    for (int d = LEAST_DEPTH; d <= depth; d += 2)
        for (int i = 0, n = 1 << (depth - d + LEAST_DEPTH); i < n; i++)
            sum += count_tree(make_tree(d));
    return sum + count_tree(kept);
}

int
main(int argc, char **argv)
{
    int depth = (int)bench_argument(argc, argv, 1, 19);
    CHECK(depth >= LEAST_DEPTH && depth < 31);
    heap_start();
    bench_begin();
    heap_report(run(depth));
    return 0;
}
