/* mark_loop.h: the marking loop, a template: mark.c includes it several times.
 *
 *   LOOP_NAME         the function, of mark_work's type
 *   LOOP_SCAN         its way to scan an object's words; LOOP_DEFINE_SCAN: which is defined here
 *   LOOP_EDGES        edges that wait for their mark byte
 *   LOOP_TWO_RINGS    the object's line is fetched only when the mark byte has come and says that it is new
 *   LOOP_AVX2         with AVX2, BMI and POPCNT
 *
 * It is all about instructions: the rings hide the caches, and what is left is the number of them for each word. */

/* Push those of an object's words that lie in [base, base + span), without branches: which they are can't be
 * predicted.  There is room for all of them and three more. */
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

GC_UNCHECKED static inline uintptr_t *
LOOP_SCAN(uintptr_t *top, const uintptr_t *p, const uintptr_t *end, uintptr_t base, uintptr_t span)
{
#ifdef LOOP_AVX2
    const uint64_t sign = (uint64_t)1 << 63, from = base + sign, tags = MARK_TAGS;
    const int64_t to = (int64_t)(span ^ sign);
    const loop_words4 bias = {from, from, from, from}, clear = {tags, tags, tags, tags};
    const loop_signed4 limit = {to, to, to, to};
    for (; end - p >= 4; p += 4) {
        loop_words4 w = *(const loop_words4_anywhere *)p;
        unsigned hits = (unsigned)__builtin_ia32_movmskpd256((loop_double4)((loop_signed4)(w - bias) < limit));
        *(loop_words4_anywhere *)top =
            (loop_words4)__builtin_ia32_permvarsi256((loop_ints8)(w & ~clear), loop_keep[hits]);
        top += __builtin_popcount(hits);
    }
#endif
    for (; p < end; p++) {
        uintptr_t word = gc_read_word(p);
        *top = word & ~(uintptr_t)MARK_TAGS;
        top += word - base < span;
    }
    return top;
}
#endif /* LOOP_DEFINE_SCAN */

GC_UNCHECKED static bool
LOOP_NAME(gc_tracer *t)
{
    const uintptr_t base = gc_heap.base, span = gc_heap.span;
    const uint8_t *const small = gc_heap.small_blocks;
    const unsigned colour = t->colour;
    const bool guarded = gc_roots_have_weak();
    hot h = load_hot(t);
    for (unsigned turn = 0; turn < TURNS; turn++) {
        /* From the stack to the edges. */
        while (h.edge_tail - h.edge_head < LOOP_EDGES && h.top != t->bottom) {
            uintptr_t entry = *--h.top;
            if (GC_UNLIKELY(entry & MARK_TAGS)) {
                store_hot(t, h);
                trace_tagged(t, entry);
                if (++turn >= TURNS) /* what is left of a long range may be another's */
                    return true;
                h = load_hot(t);
                continue;
            }
            __builtin_prefetch(gc_byte_of(entry), 1);
#ifndef LOOP_TWO_RINGS
            __builtin_prefetch((const void *)entry);
#endif
            t->edges[h.edge_tail++ % MARK_EDGES] = entry;
        }
        /* From the edges to the objects. */
        uintptr_t object;
        uint8_t *byte;
        if (GC_LIKELY(h.edge_head != h.edge_tail)) {
            uintptr_t edge = t->edges[h.edge_head++ % MARK_EDGES];
            byte = gc_byte_of(edge);
            unsigned b;
            if (GC_UNLIKELY(!small[(edge - base) >> GC_BLOCK_SHIFT] || !((b = *byte) & 1))) {
                store_hot(t, h);
                trace_edge(t, edge);
                h = load_hot(t);
                continue;
            }
            if ((b & GC_BYTE_COLOUR) == colour) {
                h.known++;
                continue;
            }
            *byte = (uint8_t)((b & ~GC_BYTE_COLOUR) | colour);
            if (GC_BYTE_KIND_OF(b) == GC_LEAF)
                continue;
            object = edge & ~(uintptr_t)(GC_GRANULE - 1);
#ifdef LOOP_TWO_RINGS
            __builtin_prefetch((const void *)object);
            t->objects[h.object_tail++ % MARK_OBJECTS] = object;
            if (h.object_tail - h.object_head < MARK_OBJECTS)
                continue;
        } else if (GC_UNLIKELY(h.object_head == h.object_tail)) {
            store_hot(t, h);
            return false;
        }
        /* From the objects to the stack. */
        object = t->objects[h.object_head++ % MARK_OBJECTS];
        byte = gc_byte_of(object);
#else
        } else {
            store_hot(t, h);
            return false;
        }
#endif
        unsigned kind = GC_BYTE_KIND_OF(*byte);
        if (GC_UNLIKELY(kind == GC_TRACED || guarded)) {
            store_hot(t, h);
            trace_small(t, byte);
            h = load_hot(t);
            continue;
        }
        size_t granules = coloured_granules(byte);
        if (GC_UNLIKELY((size_t)(t->end - h.top) < 2 * granules + 3)) {
            store_hot(t, h);
            bool room = reserve_for(t, 2 * granules + 3, byte);
            h = load_hot(t);
            if (!room)
                continue;
        }
        const uintptr_t *words = (const uintptr_t *)object;
        if (GC_LIKELY(kind == GC_CONSERVATIVE)) {
            h.top = LOOP_SCAN(h.top, words, words + 2 * granules, base, span);
            continue;
        }
        const gc_layout *layout = (const gc_layout *)words[0];
        if (GC_LIKELY(layout != NULL && layout->fixed_words <= 64 && layout->repeat_words == 0)) {
            h.top = scan_described(h.top, words, 2 * granules, layout, base, span);
        } else {
            store_hot(t, h);
            trace_described(t, object, granules * GC_GRANULE);
            h = load_hot(t);
        }
    }
    store_hot(t, h);
    return true;
}

#undef LOOP_NAME
#undef LOOP_DEFINE_SCAN
