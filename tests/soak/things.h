/* things.h: objects of every kind that can tell whether they are still what they were.
 *
 *     | layout | seed | kind, refs, depth, size | hidden | ref 0 | ... | filling ... |
 *
 * A thing's references are set when it is made and never after that, so that any thread may read any thing it
 * can reach.  Everything else follows from its seed: whatever was lost, reused or overwritten shows.  References
 * lead to things of less depth only; thus what one thing keeps alive is bounded. */
#ifndef THINGS_H
#define THINGS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gc.h"
#include "gc_embedder.h"

#define CHECK(condition)                                                              \
    do {                                                                              \
        if (!(condition)) {                                                           \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);   \
            abort();                                                                  \
        }                                                                             \
    } while (0)

#define MOST_REFS 4u
#define MOST_DEPTH 4u

typedef struct thing {
    const gc_layout *layout; /* NULL unless the kind is GC_DESCRIBED */
    uint64_t seed;
    uint8_t kind, refs, depth, finalized;
    uint32_t size;
    uint64_t hidden; /* the complement of a target that clear_weak forgets; 0: none */
    struct thing *ref[];
} thing;

/* SplitMix64. */
static inline uint64_t
next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static inline size_t
below(uint64_t *state, size_t n)
{
    return (size_t)((next_random(state) >> 32) * n >> 32);
}

/* A thing of a random kind and size that refers to some of the candidates (NULL ones are left out). */
thing *thing_new(gc_mutator *m, uint64_t *random, thing *const *candidates, size_t count);
/* It, and what it reaches, is intact.  Reads as the collector does, GC_UNCHECKED: a thread that is no mutator reads a thing that its box keeps alive and then
 * frees the box.  That orders the reads before whatever the next cycle does with the thing (x86 moves no load behind a
 * store), but ThreadSanitizer knows of no order between threads that share no lock. */
void thing_check(const thing *t);
/* For gc_embedder. */
void thing_trace(void *object, size_t size, gc_tracer *t);

#endif
