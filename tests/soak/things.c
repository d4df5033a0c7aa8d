/* things.c: see things.h. */
#include "things.h"

#include <assert.h>

#define HEAD_WORDS (sizeof(thing) / sizeof(void *))
/* Never in the address range: no filling is taken for a reference. */
#define NO_REFERENCE ((uint64_t)1 << 63)

static_assert(sizeof(thing) == 32, "the layouts count its words");

#define LAYOUT(refs) {HEAD_WORDS + (refs), 0, ((1u << (refs)) - 1) << HEAD_WORDS}

/* A gc_layout with one word of bits; gc_layout itself can be no array's element. */
typedef struct small_layout {
    uint32_t fixed_words, repeat_words;
    uint64_t bits;
} small_layout;

static const small_layout layouts[MOST_REFS + 1] = {LAYOUT(0u), LAYOUT(1u), LAYOUT(2u), LAYOUT(3u), LAYOUT(4u)};

static uint64_t
filling(uint64_t seed, size_t i)
{
    return (seed + i) * 0xD6E8FEB86659FD93u | NO_REFERENCE;
}

/* Mostly small; one in 16 up to the limit of small objects, one in 128 a run of pages. */
static size_t
random_words(uint64_t *random)
{
    size_t chance = below(random, 128);
    return below(random, chance == 0 ? 20000 : chance < 8 ? 1000 : 24);
}

static void
set_refs(thing *t, uint64_t *random, thing *const *candidates, size_t count, unsigned wanted)
{
    for (unsigned i = 0; i < wanted; i++) {
        thing *c = candidates[below(random, count)];
        if (c == NULL || c->depth >= MOST_DEPTH)
            continue;
        gc_store(t, &t->ref[t->refs++], c);
        if (t->depth <= c->depth)
            t->depth = c->depth + 1;
    }
}

thing *
thing_new(gc_mutator *m, uint64_t *random, thing *const *candidates, size_t count)
{
    gc_kind kind = (gc_kind)below(random, 4);
    unsigned wanted = kind == GC_LEAF || count == 0 ? 0 : (unsigned)below(random, MOST_REFS + 1);
    size_t words = HEAD_WORDS + MOST_REFS + random_words(random);
    thing *t = gc_alloc(m, words * sizeof(uint64_t), kind);
    CHECK(t != NULL);
    for (size_t i = 0; i < words; i++)
        CHECK(((uint64_t *)t)[i] == 0);
    t->seed = next_random(random) | NO_REFERENCE;
    t->kind = (uint8_t)kind;
    t->size = (uint32_t)(words * sizeof(uint64_t));
    if (kind == GC_DESCRIBED)
        t->layout = (const gc_layout *)&layouts[MOST_REFS];
    set_refs(t, random, candidates, count, wanted);
    if (kind == GC_DESCRIBED)
        t->layout = (const gc_layout *)&layouts[t->refs];
    for (size_t i = HEAD_WORDS + t->refs; i < words; i++)
        ((uint64_t *)t)[i] = filling(t->seed, i);
    return t;
}

__attribute__((no_sanitize("thread"))) void
thing_check(const thing *t)
{
    CHECK(t->seed & NO_REFERENCE);
    CHECK(t->kind <= GC_DESCRIBED && t->refs <= MOST_REFS && t->depth <= MOST_DEPTH);
    CHECK(t->layout == (t->kind == GC_DESCRIBED ? (const gc_layout *)&layouts[t->refs] : NULL));
    size_t words = t->size / sizeof(uint64_t);
    CHECK(words >= HEAD_WORDS + MOST_REFS && gc_object_kind(t) == (gc_kind)t->kind);
    for (size_t i = HEAD_WORDS + t->refs; i < words; i++)
        CHECK(((const uint64_t *)t)[i] == filling(t->seed, i));
    for (unsigned i = 0; i < t->refs; i++) {
        CHECK(t->ref[i] != NULL && t->ref[i]->depth < t->depth);
        thing_check(t->ref[i]);
    }
}

void
thing_trace(void *object, size_t size, gc_tracer *tracer)
{
    thing *t = object;
    if (size >= sizeof *t)
        for (unsigned i = 0; i < t->refs; i++)
            gc_visit(tracer, (uintptr_t)t->ref[i]);
}
