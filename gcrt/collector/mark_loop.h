/* mark_loop.h: the marking loop, a template: mark.c includes it several times.
 *
 *   LOOP_NAME         the function, of mark_work's type
 *   LOOP(name)        what the others are called; LOOP_DEFINE_SCAN: which are defined here
 *   LOOP_EDGES        edges that wait for their mark byte
 *   LOOP_TWO_RINGS    the object's line is fetched only when the mark byte has come and says that it is new
 *   LOOP_AVX2         with AVX2, BMI and POPCNT
 *
 * It is all about instructions: the rings hide the caches, and what is left is the number of them for each word. */

#ifdef LOOP_DEFINE_SCAN
#ifdef LOOP_AVX2
typedef uint64_t loop_words4 __attribute__((vector_size(32)));
typedef int64_t loop_signed4 __attribute__((vector_size(32)));
typedef int loop_ints8 __attribute__((vector_size(32)));
typedef double loop_double4 __attribute__((vector_size(32)));
typedef uint64_t loop_words4_anywhere __attribute__((vector_size(32), aligned(8), may_alias));

/* For each set of words to keep: their places, in halves, moved to the front. */
#define LOOP_PAIR(i) 2 * (i), 2 * (i) + 1
#define LOOP_KEEP(a, b, c, d) {LOOP_PAIR(a), LOOP_PAIR(b), LOOP_PAIR(c), LOOP_PAIR(d)}
static const loop_ints8 loop_keep[16] = {
    LOOP_KEEP(0, 0, 0, 0), LOOP_KEEP(0, 0, 0, 0), LOOP_KEEP(1, 0, 0, 0), LOOP_KEEP(0, 1, 0, 0),
    LOOP_KEEP(2, 0, 0, 0), LOOP_KEEP(0, 2, 0, 0), LOOP_KEEP(1, 2, 0, 0), LOOP_KEEP(0, 1, 2, 0),
    LOOP_KEEP(3, 0, 0, 0), LOOP_KEEP(0, 3, 0, 0), LOOP_KEEP(1, 3, 0, 0), LOOP_KEEP(0, 1, 3, 0),
    LOOP_KEEP(2, 3, 0, 0), LOOP_KEEP(0, 2, 3, 0), LOOP_KEEP(1, 2, 3, 0), LOOP_KEEP(0, 1, 2, 3),
};

#endif

/* Words of [base, base + span). */
typedef struct LOOP(range) {
    uintptr_t base, span;
#ifdef LOOP_AVX2
    /* w is in range when w - bias < limit, signed: all is moved by 2^63.  clear: not the tags of a stack's entry. */
    loop_words4 bias, clear;
    loop_signed4 limit;
#endif
} LOOP(range);

static inline LOOP(range)
LOOP(range_of)(uintptr_t base, uintptr_t span)
{
#ifdef LOOP_AVX2
    const uint64_t sign = (uint64_t)1 << 63, from = base + sign, tags = ~(uint64_t)MARK_TAGS;
    const int64_t to = (int64_t)(span ^ sign);
    LOOP(range) r = {base, span, {from, from, from, from}, {tags, tags, tags, tags}, {to, to, to, to}};
    /* Or gcc would make them again for each object. */
    __asm__("" : "+x"(r.bias), "+x"(r.clear), "+x"(r.limit));
    return r;
#else
    return (LOOP(range)){base, span};
#endif
}

/* Push those of an object's words that are in range, without branches: which they are can't be predicted.  There is room
 * for all of them and three more. */
GC_UNCHECKED static inline __attribute__((always_inline)) uintptr_t *
LOOP(scan)(uintptr_t *top, const uintptr_t *p, size_t granules, LOOP(range) r)
{
#ifdef LOOP_AVX2
    for (const uintptr_t *end = p + 2 * (granules & ~(size_t)1); p != end; p += 4) {
        loop_words4 w = *(const loop_words4_anywhere *)p;
        unsigned hits = (unsigned)__builtin_ia32_movmskpd256((loop_double4)((loop_signed4)(w - r.bias) < r.limit));
        *(loop_words4_anywhere *)top =
            (loop_words4)__builtin_ia32_permvarsi256((loop_ints8)(w & r.clear), loop_keep[hits]);
        top += __builtin_popcount(hits);
    }
    granules &= 1;
#endif
    for (const uintptr_t *end = p + 2 * granules; p != end; p++) {
        uintptr_t word = gc_read_word(p);
        *top = word & ~(uintptr_t)MARK_TAGS;
        top += word - r.base < r.span;
    }
    return top;
}

/* Is there room on the stack for all words of an object, and three more? */
static inline bool
LOOP(room)(const gc_tracer *t, const uintptr_t *top, size_t granules)
{
    return GC_LIKELY(top + 2 * granules + 3 <= t->end);
}

/* From an object, which has its colour, to the stack.  plain: kinds of objects that are scanned here. */
GC_UNCHECKED static inline __attribute__((always_inline)) hot
LOOP(object)(gc_tracer *t, hot h, uintptr_t object, uint8_t *byte, LOOP(range) range, unsigned plain)
{
    const uintptr_t *words = (const uintptr_t *)object;
    unsigned b = *byte, kind = GC_BYTE_KIND_OF(b);
    if (GC_UNLIKELY(!(plain >> (b & GC_BYTE_KIND) & 1))) {
        store_hot(t, h);
        trace_small(t, byte);
        return load_hot(t);
    }
    /* Two granules: the most usual size of objects with references, in code of its own. */
    if (kind == GC_CONSERVATIVE && !(b & GC_BYTE_END) && (byte[1] & GC_BYTE_END) && LOOP(room)(t, h.top, 2)) {
        h.top = LOOP(scan)(h.top, words, 2, range);
        return h;
    }
    size_t granules = coloured_granules(byte);
    if (!LOOP(room)(t, h.top, granules)) {
        store_hot(t, h);
        bool room = reserve_for(t, 2 * granules + 3, byte);
        h = load_hot(t);
        if (!room)
            return h;
    }
    if (GC_LIKELY(kind == GC_CONSERVATIVE)) {
        h.top = LOOP(scan)(h.top, words, granules, range);
        return h;
    }
    const gc_layout *layout = (const gc_layout *)words[0];
    if (GC_LIKELY(layout != NULL && layout->fixed_words <= 64 && layout->repeat_words == 0)) {
        h.top = scan_described(h.top, words, 2 * granules, layout, range.base, range.span);
        return h;
    }
    store_hot(t, h);
    trace_described(t, object, granules * GC_GRANULE);
    return load_hot(t);
}
#endif /* LOOP_DEFINE_SCAN */

GC_UNCHECKED static bool
LOOP_NAME(gc_tracer *t)
{
    const uintptr_t base = gc_heap.base, span = gc_heap.span;
    const uint8_t *const small = gc_heap.small_blocks;
    const unsigned colour = t->colour;
    const unsigned plain = gc_roots_have_weak() ? 0 : 1u << GC_CONSERVATIVE * 2 | 1u << GC_DESCRIBED * 2;
    const LOOP(range) range = LOOP(range_of)(base, span);
    hot h = load_hot(t);
    for (unsigned turn = 0; turn < TURNS; turn++) {
        uint8_t *byte;
        if (GC_LIKELY(h.top != t->bottom)) {
            /* From the stack to the edges, out of which comes the one that has been there longest. */
            uintptr_t entry = *--h.top;
            if (GC_UNLIKELY((entry & MARK_TAGS) || !small[(entry - base) >> GC_BLOCK_SHIFT])) {
                store_hot(t, h);
                trace_other(t, entry);
                h = load_hot(t);
                continue;
            }
            uint8_t *new = gc_byte_of(entry), **place = &t->edges[h.edge_tail++ % LOOP_EDGES];
            __builtin_prefetch(new, 1);
#ifndef LOOP_TWO_RINGS
            __builtin_prefetch((const void *)entry);
#endif
            byte = *place;
            *place = new;
            if (GC_UNLIKELY(h.edge_count != LOOP_EDGES)) {
                h.edge_count++;
                continue;
            }
        } else if (h.edge_count != 0) {
            byte = t->edges[(h.edge_tail - h.edge_count--) % LOOP_EDGES];
#ifdef LOOP_TWO_RINGS
        } else if (t->object_count != 0) {
            uintptr_t object = t->objects[(t->object_tail - t->object_count--) % MARK_OBJECTS];
            h = LOOP(object)(t, h, object, gc_byte_of(object), range, plain);
            continue;
#endif
        } else {
            store_hot(t, h);
            return false;
        }
        /* From the edges to the objects. */
        unsigned b = *byte;
        if (GC_UNLIKELY(!(b & 1))) {
            store_hot(t, h);
            trace_edge(t, gc_address_of_byte(byte));
            h = load_hot(t);
            continue;
        }
        if ((b & GC_BYTE_COLOUR) == colour) {
            h.known++;
            continue;
        }
        *byte = (uint8_t)((b & ~GC_BYTE_COLOUR) | colour);
        if (GC_BYTE_KIND_OF(b) == GC_LEAF) {
            h.leaves++;
            continue;
        }
        uintptr_t object = gc_address_of_byte(byte);
#ifdef LOOP_TWO_RINGS
        __builtin_prefetch((const void *)object);
        uintptr_t *place = &t->objects[t->object_tail++ % MARK_OBJECTS], next = *place;
        *place = object;
        if (t->object_count != MARK_OBJECTS) {
            t->object_count++;
            continue;
        }
        object = next;
        byte = gc_byte_of(object);
#endif
        h = LOOP(object)(t, h, object, byte, range, plain);
    }
    store_hot(t, h);
    return true;
}

#undef LOOP_NAME
#undef LOOP_DEFINE_SCAN
