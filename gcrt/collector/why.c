/* why.c: what keeps an object alive: a breadth-first search from the roots, by the rules of marking.
 *
 *     nodes   | root words' targets ... | what those refer to ... | ...            one for each block reached
 *               ^ from: place, root      ^ from: index of the referrer
 *
 * The array of nodes is both the search's queue and its table of parents: a block is appended when it is first
 * reached, so the chain of parents is a shortest one.  A bit for each granule says what has been reached.  Both
 * lie in memory that is mapped for the search, since it may be as large as the heap's own marking.
 *
 * Who asks has the object in hand, usually on the stack or in a register.  So stacks and registers become roots
 * only when all else has been searched; what had been reached by then can't lead to the object, so the search
 * simply goes on.
 *
 * The world is paused meanwhile.  Marks and colours are neither read nor written: the heap is as it was before. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "gc_internal.h"

#include <errno.h>
#include <sys/mman.h>

#define FIRST_NODES 16384u
#define LAST_ROOTS (GC_ROOT_STACK | GC_ROOT_REGISTERS)
#define NONE SIZE_MAX

/* An object, or a block of extension memory that is scanned when something reaches it. */
typedef struct extent {
    uintptr_t start;
    size_t size;
    unsigned kind;
} extent;

enum how { BY_ROOT, BY_NODE, BY_EPHEMERON };

typedef struct node {
    uintptr_t start;
    uintptr_t from; /* the root word's address or 0; the referrer's index; the owner's address */
    uint16_t how;
    uint16_t root; /* gc_root_kind */
} node;

typedef struct search {
    node *nodes;
    size_t count, room;
    uint8_t *reached; /* a bit for each granule of the range's used part */
    size_t reached_bytes;
    uintptr_t target;
    size_t found; /* index of its node, or NONE */
    const uintptr_t *registers;
    bool no_memory;
    node via; /* all but start: of what is found next */
} search;

/* ------------------------------------------------------------------ words */

static bool
resolve_run(uintptr_t word, extent *out)
{
    gc_run *run = gc_large_find(word);
    if (run == NULL)
        return false;
    *out = (extent){run->start, run->size, GC_BYTE_KIND_OF(gc_run_byte(run))};
    if (run->owner == RUN_GC)
        return true;
    bool is_reached = out->kind == GC_EXT_REACHED;
    out->kind = GC_CONSERVATIVE;
    return is_reached;
}

/* What marking would do with the word: the block that it keeps alive, or false. */
static bool
resolve(uintptr_t word, extent *out)
{
    if (!gc_in_range(word))
        return false;
    uint8_t *byte;
    gc_run *run;
    gc_ext_page *page;
    switch (gc_slab_kind_of(word)) {
    case SLAB_SMALL:
        gc_query_find(word, &byte, &run);
        if (byte == NULL)
            return false;
        *out = (extent){gc_address_of_byte(byte), gc_granules(byte) * GC_GRANULE, GC_BYTE_KIND_OF(*byte)};
        return true;
    case SLAB_EXT:
        byte = gc_ext_find(word, &page);
        if (byte == NULL || GC_BYTE_KIND_OF(*byte) != GC_EXT_REACHED)
            return false;
        *out = (extent){gc_address_of_byte(byte), page->cell, GC_CONSERVATIVE};
        return true;
    case SLAB_RUN:
    case SLAB_HUGE:
    case SLAB_HUGE_TAIL:
        return resolve_run(word, out);
    default:
        return false;
    }
}

GC_UNCHECKED static uintptr_t
load(uintptr_t address)
{
    uintptr_t word;
    __builtin_memcpy(&word, (const void *)address, sizeof word);
    return word;
}

/* ------------------------------------------------------------------ nodes */

static bool
is_reached(const search *s, uintptr_t start)
{
    size_t granule = (start - gc_heap.base) / GC_GRANULE;
    return granule / 8 >= s->reached_bytes || (s->reached[granule / 8] >> granule % 8 & 1);
}

static bool
grow(search *s)
{
    size_t room = s->room == 0 ? FIRST_NODES : 2 * s->room;
    void *p = s->room == 0 ? mmap(NULL, room * sizeof(node), PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                           : mremap(s->nodes, s->room * sizeof(node), room * sizeof(node), MREMAP_MAYMOVE);
    if (p == MAP_FAILED) {
        s->no_memory = true;
        return false;
    }
    s->nodes = p;
    s->room = room;
    return true;
}

/* The block at start has been reached in the way that s->via says. */
static void
append(search *s, uintptr_t start)
{
    if (s->count == s->room && !grow(s))
        return;
    size_t granule = (start - gc_heap.base) / GC_GRANULE;
    s->reached[granule / 8] |= (uint8_t)(1u << granule % 8);
    if (start == s->target)
        s->found = s->count;
    node n = s->via;
    n.start = start;
    s->nodes[s->count++] = n;
}

static bool
is_over(const search *s)
{
    return s->found != NONE || s->no_memory;
}

static void
word_found(uintptr_t word, void *arg)
{
    search *s = arg;
    extent e;
    if (!is_over(s) && resolve(word, &e) && !is_reached(s, e.start))
        append(s, e.start);
}

/* ------------------------------------------------------------------ the search */

static void
root_word(gc_root_kind kind, uintptr_t word, void *arg)
{
    search *s = arg;
    s->via = (node){.how = BY_ROOT, .root = (uint16_t)kind};
    word_found(word, s);
}

static void
root_range(gc_root_kind kind, uintptr_t lo, uintptr_t hi, size_t step, void *arg)
{
    search *s = arg;
    for (uintptr_t at = lo; at + sizeof(uintptr_t) <= hi && !is_over(s); at += step) {
        s->via = (node){.how = BY_ROOT, .root = (uint16_t)kind, .from = at};
        word_found(load(at), s);
    }
}

/* Follow what the nodes from *at on refer to. */
static void
follow(search *s, size_t *at)
{
    for (; *at < s->count && !is_over(s); ++*at) {
        extent e;
        if (!resolve(s->nodes[*at].start, &e) || e.kind == GC_LEAF)
            continue;
        s->via = (node){.how = BY_NODE, .from = *at};
        gc_mark_check_object(e.start, e.size, e.kind, word_found, s);
    }
}

static void
ephemeron(uintptr_t owner, uintptr_t key, uintptr_t value, void *arg)
{
    search *s = arg;
    if (!gc_in_range(owner) || !is_reached(s, owner) || (gc_in_range(key) && !is_reached(s, key)))
        return;
    s->via = (node){.how = BY_EPHEMERON, .from = owner};
    word_found(value, s);
}

static void
search_from(search *s, unsigned roots, size_t *at)
{
    gc_root_visitor v = {root_range, root_word, s};
    gc_roots_each(roots, s->registers, &v);
    size_t before;
    do {
        follow(s, at);
        before = s->count;
        if (!is_over(s))
            gc_ephemeron_each(ephemeron, s);
    } while (s->count != before && !is_over(s));
}

/* ------------------------------------------------------------------ the chain */

/* The index of the node by which this one was reached; NONE for a root. */
static size_t
referrer(const search *s, const node *n)
{
    if (n->how == BY_NODE)
        return n->from;
    if (n->how == BY_EPHEMERON)
        for (size_t i = 0; i < s->count; i++)
            if (s->nodes[i].start == n->from)
                return i;
    return NONE;
}

/* The word in the referrer that leads to the object.  A traced object may keep it elsewhere, or encoded. */
static const void *
place_in(uintptr_t referrer_start, uintptr_t object)
{
    extent from, to;
    if (!resolve(referrer_start, &from))
        return NULL;
    for (uintptr_t at = from.start; at < from.start + from.size; at += sizeof(uintptr_t))
        if (resolve(load(at), &to) && to.start == object)
            return (const void *)at;
    return NULL;
}

static gc_step
step_of(const search *s, const node *n)
{
    gc_step step = {.object = (const void *)n->start};
    if (n->how == BY_ROOT) {
        step.root = (gc_root_kind)n->root;
        step.place = (const void *)n->from;
    } else if (n->how == BY_NODE) {
        step.place = place_in(s->nodes[n->from].start, n->start);
    }
    return step;
}

static size_t
write_chain(const search *s, gc_step *steps, size_t room)
{
    size_t count = 0;
    for (size_t i = s->found; i != NONE; i = referrer(s, &s->nodes[i]))
        count++;
    size_t at = count;
    for (size_t i = s->found; i != NONE; i = referrer(s, &s->nodes[i]))
        if (--at < room)
            steps[at] = step_of(s, &s->nodes[i]);
    return count;
}

/* ------------------------------------------------------------------ the question */

static size_t
search_all(search *s, gc_step *steps, size_t room)
{
    size_t at = 0;
    s->reached_bytes = gc_read(&gc_heap.span) / GC_GRANULE / 8;
    void *p = mmap(NULL, s->reached_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    if (p == MAP_FAILED) {
        s->no_memory = true;
        return 0;
    }
    s->reached = p;
    search_from(s, ~(unsigned)LAST_ROOTS, &at);
    if (!is_over(s))
        search_from(s, LAST_ROOTS, &at);
    size_t count = s->found != NONE ? write_chain(s, steps, room) : 0;
    munmap(s->reached, s->reached_bytes);
    if (s->nodes != NULL)
        munmap(s->nodes, s->room * sizeof(node));
    return count;
}

/* Called with the caller's callee-saved registers in memory and its stack pointer. */
__attribute__((visibility("hidden"), used)) size_t
gc_why_search(gc_mutator *pub, const void *object, gc_step *steps, size_t room, const uintptr_t *registers,
              uintptr_t sp)
{
    gc_mutator_state *m = (gc_mutator_state *)pub;
    if (gc_in_own_cycle() || m == NULL || m != gc_current)
        gc_heap_fatal("why an object is alive was asked from inside a collection, or by another thread's mutator");
    extent e;
    size_t count = 0;
    bool no_memory = false, paused = gc_cycle_pause();
    m->sp = sp; /* only now: waiting for the pause, this thread may have been stopped itself */
    if (resolve((uintptr_t)object, &e)) {
        search s = {.target = e.start, .found = NONE, .registers = registers};
        count = search_all(&s, steps, room);
        no_memory = s.no_memory;
    }
    gc_cycle_unpause(paused);
    errno = no_memory ? ENOMEM : 0;
    return count;
}

GC_SPILL_ENTRY(gc_why_alive, gc_why_search, r8, r9);
