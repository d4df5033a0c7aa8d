/* mark.c: from roots to everything they reach, without recursion.
 *
 *   word in range -> mark stack -> ring -> test, set its colour -> scan -> words in range ...
 *
 * The mark stack holds words as they were found (edges, not objects).  One that is popped waits in a short ring, first
 * in first out, while its mark byte and its object's first line are fetched (Cher, Hosking and Vitek, "Software
 * prefetching for mark-sweep garbage collection", ASPLOS 2004).  What it leads to, if it is new to this cycle, gets
 * its colour and is scanned at once.  Nothing is counted here: when blocks are sorted after marking, their mark
 * bytes tell what lives.
 *
 * The loop (mark_loop.h) does the usual case itself, a small object without layout hit at its start; the rest is out
 * of line.
 *
 * Several markers may be at it, each with a stack of its own (crew.c).  Two that meet in one object both set
 * its colour to the same value and both scan it: that is harmless, and cheaper than an atomic exchange for each
 * object.
 *
 * The stack grows as long as memory allows.  An object whose edge or whose words find no room keeps its colour, and
 * its block (or run, or extension page) is flagged: when all stacks have run empty, everything marked in flagged
 * places is scanned once more.  Each such pass marks something new, so they end. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "ext_internal.h"
#include "mark_internal.h"

#include <sys/mman.h>

#define FIRST_ENTRIES 65536u
#define LEAST_ENTRIES 16u
#define KEPT_BYTES ((size_t)16 << 20)
#define CHUNK_BYTES 4096u    /* a range is scanned in pieces, to keep the stack low */
#define ROOT_CHUNK_BYTES 4096u
#define MOST_FROM_ROOTS 16384u /* entries on the stack before roots go on waiting */
#define SHARED_ROOT_BYTES ((size_t)128 << 10) /* root ranges from here on are left to all markers */
#define DIRECT_WORDS 64u     /* ranges below this are scanned where they are visited */
#define FEW_WORDS 8u         /* for these a vector loop is not worth its call */
#define TURNS 256u           /* edges and ranges taken before anybody else's hunger is looked at */
#define NOINLINE __attribute__((noinline))

gc_tracer mark_tracers[MARK_MOST_MARKERS];
static size_t stack_limit;
static uint64_t overflows;

/* ------------------------------------------------------------------ the stack */

static bool
grow(gc_tracer *t)
{
    size_t count = (size_t)(t->end - t->stack), used = (size_t)(t->top - t->bottom);
    if (t->bottom != t->stack) { /* the entries below went to other markers */
        memmove(t->stack, t->bottom, used * sizeof *t->stack);
        t->bottom = t->stack;
        t->top = t->stack + used;
        return true;
    }
    size_t wanted = count == 0 ? FIRST_ENTRIES : 2 * count;
    if (stack_limit != 0) {
        wanted = stack_limit < LEAST_ENTRIES ? LEAST_ENTRIES : stack_limit;
        if (wanted <= count)
            return false;
    }
    void *p = count == 0 ? mmap(NULL, wanted * sizeof *t->stack, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                         : mremap(t->stack, count * sizeof *t->stack, wanted * sizeof *t->stack,
                                  MREMAP_MAYMOVE);
    if (p == MAP_FAILED)
        return false;
    t->stack = t->bottom = p;
    t->top = t->stack + used;
    t->end = t->stack + wanted;
    return true;
}

bool
mark_reserve(gc_tracer *t, size_t more)
{
    while ((size_t)(t->end - t->top) < more)
        if (!grow(t))
            return false;
    return true;
}

static inline bool
push(gc_tracer *t, uintptr_t entry)
{
    if (GC_UNLIKELY(t->top == t->end) && !grow(t))
        return false;
    *t->top++ = entry;
    return true;
}

static bool
push_range(gc_tracer *t, uintptr_t start, size_t size, enum mark_tag tag)
{
    if (!mark_reserve(t, 2))
        return false;
    *t->top++ = size | MARK_SIZE;
    *t->top++ = start | tag;
    return true;
}

/* ------------------------------------------------------------------ marking what an edge leads to */

static void trace_object(gc_tracer *t, uintptr_t start, size_t size, unsigned kind);

static void
overflow_block(gc_tracer *t, uint8_t *byte)
{
    __atomic_or_fetch(&gc_block_of_byte(byte)->flags, BLOCK_OVERFLOWED, __ATOMIC_RELAXED);
    t->overflowed = true;
}

/* The start byte of the small object that is new to this cycle, now coloured; NULL: nothing to do. */
GC_UNCHECKED static uint8_t *
colour_small(uintptr_t word, unsigned colour)
{
    if ((word & GC_SLAB_MASK) < GC_HEADER_BYTES)
        return NULL;
    uint8_t *byte = gc_byte_of(word);
    unsigned b = *byte;
    if (!(b & 1)) {
        byte = gc_walk_back(byte);
        if (byte == NULL)
            return NULL;
        b = *byte;
    }
    if ((b & GC_BYTE_COLOUR) == colour)
        return NULL;
    *byte = (uint8_t)((b & ~GC_BYTE_COLOUR) | colour);
    return GC_BYTE_KIND_OF(b) == GC_LEAF ? NULL : byte;
}

/* Of a word in a slab of extension memory; mostly not, and then it leads to nothing that is marked. */
static inline bool
has_reached_cells(uintptr_t word)
{
    return (word & GC_SLAB_MASK) >= GC_HEADER_BYTES && ext_page_of(word)->coloured;
}

static void
mark_cell(gc_tracer *t, uintptr_t word)
{
    gc_ext_page *page;
    uint8_t *byte = has_reached_cells(word) ? gc_ext_find(word, &page) : NULL;
    if (byte == NULL || GC_BYTE_KIND_OF(*byte) != GC_EXT_REACHED || (*byte & GC_BYTE_COLOUR) == t->colour)
        return;
    /* Its colour was forgotten when the cycle began; another thread may be freeing it just now. */
    __atomic_or_fetch(byte, t->colour, __ATOMIC_RELAXED);
    if (!push_range(t, gc_address_of_byte(byte), page->cell, MARK_RANGE)) {
        page->overflowed = 1;
        t->overflowed = true;
    }
}

static void
mark_run(gc_tracer *t, uintptr_t word)
{
    gc_run *run = gc_large_find(word);
    if (run == NULL || (gc_run_byte(run) & GC_BYTE_COLOUR) == t->colour)
        return;
    unsigned kind = GC_BYTE_KIND_OF(gc_run_byte(run));
    if (run->owner == RUN_EXT && kind != GC_EXT_REACHED)
        return;
    gc_run_set_byte(run, (gc_run_byte(run) & ~GC_BYTE_COLOUR) | t->colour);
    if ((run->owner == RUN_EXT || kind != GC_LEAF) && !push(t, run->start | MARK_RUN)) {
        run->overflowed = 1;
        t->overflowed = true;
    }
}

/* Mark what the edge leads to; a small object is given to `then`, with its start byte, to be scanned. */
static inline void
mark_edge(gc_tracer *t, uintptr_t edge, void (*then)(gc_tracer *t, uint8_t *byte))
{
    uint8_t *byte;
    switch (gc_slab_kind_of(edge)) {
    case SLAB_SMALL:
        byte = colour_small(edge, t->colour);
        if (byte != NULL)
            then(t, byte);
        break;
    case SLAB_EXT:
        mark_cell(t, edge);
        break;
    case SLAB_RUN:
    case SLAB_HUGE:
    case SLAB_HUGE_TAIL:
        mark_run(t, edge);
        break;
    default:
        break;
    }
}

/* Of an object that has just been coloured.  gc_granules reads eight bytes, and the processor would wait until the
 * store to the first of them is done. */
static inline size_t
coloured_granules(const uint8_t *byte)
{
    return byte[0] & GC_BYTE_END ? 1 : byte[1] & GC_BYTE_END ? 2 : 1 + gc_granules(byte + 1);
}

static void
trace_small(gc_tracer *t, uint8_t *byte)
{
    trace_object(t, gc_address_of_byte(byte), GC_GRANULE * coloured_granules(byte), GC_BYTE_KIND_OF(*byte));
}

/* Anything that the loop leaves to others. */
static NOINLINE void
trace_edge(gc_tracer *t, uintptr_t edge)
{
    mark_edge(t, edge, trace_small);
}

static NOINLINE void
overflow_edge(gc_tracer *t, uintptr_t edge)
{
    mark_edge(t, edge, overflow_block);
}

/* A word in the address range. */
static inline void
push_edge(gc_tracer *t, uintptr_t word)
{
    if (GC_UNLIKELY(!push(t, word & ~(uintptr_t)MARK_TAGS)))
        overflow_edge(t, word);
}

static inline void
visit(gc_tracer *t, uintptr_t word)
{
    if (gc_in_range(word))
        push_edge(t, word);
}

static NOINLINE void
visit_new(gc_tracer *t, uintptr_t word)
{
    if (GC_LIKELY(t->check == NULL)) {
        t->visited = word;
        visit(t, word);
    } else if (gc_in_range(word))
        t->check(word, t->check_arg);
}

/* Objects of a type lie together, and each visits it. */
void
gc_visit(gc_tracer *t, uintptr_t word)
{
    if (word != t->visited)
        visit_new(t, word);
}

/* ------------------------------------------------------------------ scanning words */

GC_UNCHECKED static void
scan_words(gc_tracer *t, const uintptr_t *p, const uintptr_t *end)
{
    uintptr_t base = gc_heap.base, span = gc_heap.span;
    for (; (p = gc_filter_next(p, end, base, span)) < end; p++)
        visit(t, gc_read_word(p)); /* it may not be what the filter has seen */
}

/* The same for a few words, of which one may well be all that an extension's object holds: a pointer to its state. */
GC_UNCHECKED static inline void
scan_few(gc_tracer *t, const uintptr_t *p, const uintptr_t *end)
{
    const uintptr_t base = gc_heap.base, span = gc_heap.span;
    for (; p < end; p++) {
        uintptr_t word = gc_read_word(p);
        if (word - base < span && (gc_slab_kind_of(word) != SLAB_EXT || has_reached_cells(word)))
            push_edge(t, word);
    }
}

GC_UNCHECKED static void
scan_packed(gc_tracer *t, uintptr_t start, size_t size)
{
    const char *p = (const char *)start, *end = p + size;
    for (; (p = gc_filter_next_packed(p, end, gc_heap.base, gc_heap.span)) < end; p++)
        visit(t, gc_load_word((const uint8_t *)p));
}

GC_UNCHECKED static void
check_words(gc_tracer *t, const uintptr_t *p, const uintptr_t *end)
{
    for (; p < end; p++)
        gc_visit(t, gc_read_word(p));
}

/* Words that lie in no weak range. */
static void
scan_guarded(gc_tracer *t, uintptr_t lo, uintptr_t hi)
{
    void (*scan)(gc_tracer *, const uintptr_t *, const uintptr_t *) = t->check == NULL ? scan_words : check_words;
    if (GC_LIKELY(!gc_roots_have_weak())) {
        scan(t, (const uintptr_t *)lo, (const uintptr_t *)hi);
        return;
    }
    while (lo < hi) {
        uintptr_t end = gc_roots_skip_weak(&lo, hi);
        scan(t, (const uintptr_t *)lo, (const uintptr_t *)end);
        lo = end;
    }
}

static NOINLINE void
visit_long_range(gc_tracer *t, uintptr_t lo, size_t words)
{
    uintptr_t start = (lo + 7) & ~(uintptr_t)7;
    if (start != lo && words > 0)
        words--; /* the last one ends beyond the range now */
    const uintptr_t *p = (const uintptr_t *)start;
    if (GC_UNLIKELY(t->check != NULL))
        check_words(t, p, p + words);
    else if (words <= DIRECT_WORDS || !push_range(t, start, words * 8, MARK_RANGE))
        scan_words(t, p, p + words);
}

void
gc_visit_range(gc_tracer *t, const void *lo, size_t words)
{
    if (GC_LIKELY(words <= FEW_WORDS && (uintptr_t)lo % 8 == 0 && t->check == NULL))
        scan_few(t, lo, (const uintptr_t *)lo + words);
    else
        visit_long_range(t, (uintptr_t)lo, words);
}

/* Visit the words that the bitmap picks, n of them from p on; bit `first` is that of the first. */
GC_UNCHECKED static inline void
visit_described(gc_tracer *t, const uintptr_t *p, size_t n, const gc_layout *layout, size_t first)
{
    while (n != 0) {
        unsigned shift = first % 64, count = n < 64 - shift ? (unsigned)n : 64 - shift;
        uint64_t bits = layout->bitmap[first / 64] >> shift;
        if (count < 64)
            bits &= ((uint64_t)1 << count) - 1;
        for (; bits != 0; bits &= bits - 1)
            gc_visit(t, gc_read_word(p + __builtin_ctzll(bits)));
        p += count;
        first += count;
        n -= count;
    }
}

GC_UNCHECKED static NOINLINE void
trace_described(gc_tracer *t, uintptr_t start, size_t size)
{
    const uintptr_t *p = (const uintptr_t *)start;
    const gc_layout *layout = (const gc_layout *)p[0];
    size_t words = size / sizeof *p;
    if (layout == NULL)
        return;
    size_t fixed = layout->fixed_words < words ? layout->fixed_words : words, each = layout->repeat_words;
    visit_described(t, p, fixed, layout, 0);
    if (each == 0)
        return;
    for (size_t i = layout->fixed_words; i < words; i += each)
        visit_described(t, p + i, each < words - i ? each : words - i, layout, layout->fixed_words);
}

static void
trace_range(gc_tracer *t, uintptr_t start, size_t size, enum mark_tag tag)
{
    if (tag == MARK_PACKED) {
        scan_packed(t, start, size);
        return;
    }
    if (size > CHUNK_BYTES && push_range(t, start + CHUNK_BYTES, size - CHUNK_BYTES, MARK_RANGE))
        size = CHUNK_BYTES;
    scan_guarded(t, start, start + size);
}

static void
trace_object(gc_tracer *t, uintptr_t start, size_t size, unsigned kind)
{
    if (kind == GC_TRACED)
        gc_heap.embedder.trace((void *)start, size, t);
    else if (kind == GC_DESCRIBED)
        trace_described(t, start, size);
    else
        trace_range(t, start, size, MARK_RANGE);
}

static void
trace_run(gc_tracer *t, const gc_run *run)
{
    unsigned kind = run->owner == RUN_EXT ? GC_CONSERVATIVE : GC_BYTE_KIND_OF(gc_run_byte(run));
    trace_object(t, run->start, run->size, kind);
}

/* An entry that is no edge; its size, if it has one, is still on the stack. */
static void
trace_tagged(gc_tracer *t, uintptr_t entry)
{
    uintptr_t start = entry & ~(uintptr_t)MARK_TAGS;
    enum mark_tag tag = (enum mark_tag)(entry & MARK_TAGS);
    if (tag == MARK_RUN)
        trace_run(t, gc_large_find(start));
    else
        trace_range(t, start, *--t->top & ~(uintptr_t)MARK_TAGS, tag);
}

/* An entry of the stack that leads to no small object. */
static NOINLINE void
trace_other(gc_tracer *t, uintptr_t entry)
{
    if (entry & MARK_TAGS)
        trace_tagged(t, entry);
    else
        trace_edge(t, entry);
}

/* ------------------------------------------------------------------ the loop */

/* What the loop keeps of a tracer in registers. */
typedef struct hot {
    uintptr_t *top;
    unsigned edge_tail, edge_count;
    uint64_t known, leaves;
} hot;

static bool (*work)(gc_tracer *t);

static inline hot
load_hot(const gc_tracer *t)
{
    return (hot){t->top, t->edge_tail, t->edge_count, t->known, t->leaves};
}

static inline void
store_hot(gc_tracer *t, hot h)
{
    t->top = h.top;
    t->edge_tail = h.edge_tail;
    t->edge_count = h.edge_count;
    t->known = h.known;
    t->leaves = h.leaves;
}

/* Its size is that of a small object, and not even the overflow of the stack can be noted for each word: the whole
 * object is. */
static NOINLINE bool
reserve_for(gc_tracer *t, size_t words, uint8_t *byte)
{
    if (mark_reserve(t, words))
        return true;
    overflow_block(t, byte);
    return false;
}

/* As the loop's scan: the described words of an object whose layout is one word of bits. */
GC_UNCHECKED static inline uintptr_t *
scan_described(uintptr_t *top, const uintptr_t *p, size_t words, const gc_layout *layout, uintptr_t base, uintptr_t span)
{
    size_t n = layout->fixed_words < words ? layout->fixed_words : words;
    uint64_t bits = n == 0 ? 0 : layout->bitmap[0] & ~(uint64_t)0 >> (64 - n);
    for (; bits != 0; bits &= bits - 1) {
        uintptr_t word = gc_read_word(p + __builtin_ctzll(bits));
        *top = word & ~(uintptr_t)MARK_TAGS;
        top += word - base < span;
    }
    return top;
}

#define LOOP_EDGES (MARK_EDGES / 2)
#define LOOP_TWO_RINGS
#define LOOP_NAME work_portable
#define LOOP(name) name##_portable
#define LOOP_DEFINE_SCAN
#include "mark_loop.h"
#undef LOOP

#if defined(__x86_64__)
#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2,popcnt")
#pragma GCC optimize("no-tree-slp-vectorize") /* it gathers what is to be stored before it is known whether it is */
#define LOOP_AVX2
#define LOOP(name) name##_avx2
#define LOOP_NAME work_avx2_two_rings
#define LOOP_DEFINE_SCAN
#include "mark_loop.h"
#undef LOOP_TWO_RINGS
#undef LOOP_EDGES
#define LOOP_EDGES MARK_EDGES
#define LOOP_NAME work_avx2_one_ring
#include "mark_loop.h"
#pragma GCC pop_options
#endif

/* Fetching an object's line together with its mark byte is cheaper, unless most edges lead to what is marked
 * already, or holds no references: so it was or wasn't in the last cycle. */
static void
choose_loop(uint64_t fruitless, uint64_t edges)
{
    work = work_portable;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (gc_has_avx2())
        work = fruitless > edges / 2 ? work_avx2_two_rings : work_avx2_one_ring;
#else
    (void)fruitless;
    (void)edges;
#endif
}

bool
mark_work(gc_tracer *t)
{
    return work(t);
}

static void
drain_alone(gc_tracer *t)
{
    while (mark_work(t))
        ;
}

/* ------------------------------------------------------------------ after an overflow */

static void
rescan_block(gc_tracer *t, gc_block *block, uintptr_t start)
{
    block->flags &= (uint8_t)~BLOCK_OVERFLOWED;
    uint8_t *bytes = gc_byte_of(start);
    for (unsigned i = 0; i < GC_BLOCK_GRANULES; i++) {
        unsigned b = bytes[i], kind = GC_BYTE_KIND_OF(b);
        if (!(b & 1) || (b & GC_BYTE_COLOUR) != t->colour || kind == GC_LEAF)
            continue;
        trace_object(t, start + (uintptr_t)i * GC_GRANULE, gc_granules(bytes + i) * GC_GRANULE, kind);
        drain_alone(t);
    }
}

static void
rescan_run(gc_run *run, void *arg)
{
    if (!run->overflowed)
        return;
    run->overflowed = 0;
    trace_run(arg, run);
    drain_alone(arg);
}

static void
rescan_page(gc_ext_page *page, uintptr_t start, void *arg)
{
    gc_tracer *t = arg;
    if (!page->overflowed)
        return;
    page->overflowed = 0;
    for (unsigned i = 0; i < page->fresh; i++) {
        uintptr_t cell = start + (size_t)i * page->cell;
        unsigned b = *gc_byte_of(cell);
        if (!(b & 1) || (b & GC_BYTE_COLOUR) != t->colour)
            continue;
        trace_range(t, cell, page->cell, MARK_RANGE);
        drain_alone(t);
    }
}

static void
rescan(gc_tracer *t)
{
    for (size_t s = 0; s < gc_heap.slab_high; s++) {
        if (gc_heap.slab_kinds[s] != SLAB_SMALL)
            continue;
        for (unsigned b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++) {
            gc_block *block = &gc_slab_header(s)->blocks[b];
            if (block->flags & BLOCK_OVERFLOWED)
                rescan_block(t, block, gc_slab_address(s) + b * GC_BLOCK_BYTES);
        }
    }
    gc_large_each(rescan_run, t);
    gc_ext_each_page(rescan_page, t);
}

static bool
take_overflows(void)
{
    bool any = false;
    for (unsigned i = 0; i < MARK_MOST_MARKERS; i++) {
        any |= mark_tracers[i].overflowed;
        mark_tracers[i].overflowed = false;
        mark_tracers[i].visited = 0;
    }
    return any;
}

void
gc_mark_drain(gc_tracer *t)
{
    crew_drain(t);
    while (take_overflows()) {
        overflows++;
        rescan(t);
        drain_alone(t);
    }
}

/* What roots lead to is left on the stack for all markers, up to a point.  Overflows wait for the end: an
 * object may be part of a range that a rescan would come across. */
void
gc_mark_root_range(gc_tracer *t, uintptr_t lo, uintptr_t hi)
{
    lo = (lo + 7) & ~(uintptr_t)7;
    hi &= ~(uintptr_t)7;
    if (lo < hi && hi - lo >= SHARED_ROOT_BYTES && push_range(t, lo, hi - lo, MARK_RANGE))
        return;
    while (lo < hi) {
        uintptr_t end = hi - lo > ROOT_CHUNK_BYTES ? lo + ROOT_CHUNK_BYTES : hi;
        scan_guarded(t, lo, end);
        if (GC_UNLIKELY(t->top - t->bottom > (ptrdiff_t)MOST_FROM_ROOTS))
            crew_drain(t);
        lo = end;
    }
}

void
gc_mark_object(gc_tracer *t, uintptr_t object, size_t size, unsigned kind)
{
    trace_object(t, object, size, kind);
    if (GC_UNLIKELY(t->top - t->bottom > (ptrdiff_t)MOST_FROM_ROOTS))
        crew_drain(t);
}

static void
mark_from_dead(gc_tracer *t, uintptr_t object)
{
    if (GC_UNLIKELY(gc_slab_kind_of(object) != SLAB_SMALL)) {
        visit(t, object);
        return;
    }
    uint8_t *byte = gc_byte_of(object);
    if ((*byte & GC_BYTE_COLOUR) == t->colour) /* one that came before reaches it */
        return;
    if (GC_BYTE_KIND_OF(*byte) != GC_LEAF)
        trace_object(t, object, GC_GRANULE * gc_granules(byte), GC_BYTE_KIND_OF(*byte));
    if (GC_UNLIKELY(t->top - t->bottom > (ptrdiff_t)MOST_FROM_ROOTS))
        crew_drain(t);
}

void
gc_mark_from_dead(gc_tracer *t, const uintptr_t *objects, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i + GC_PREFETCH_AHEAD < n)
            __builtin_prefetch((const void *)objects[i + GC_PREFETCH_AHEAD]);
        mark_from_dead(t, objects[i]);
    }
}

void
gc_mark_packed_range(gc_tracer *t, uintptr_t lo, uintptr_t hi)
{
    scan_packed(t, lo, hi - lo);
}

/* ------------------------------------------------------------------ a cycle's beginning and end */

void
mark_prepare(gc_tracer *t)
{
    if (t->ready)
        return;
    t->number = (unsigned)(t - mark_tracers);
    pthread_spin_init(&t->shared_lock, PTHREAD_PROCESS_PRIVATE);
    t->ready = true;
}

void
gc_mark_begin(void)
{
    mark_prepare(&mark_tracers[0]);
    if (work == NULL)
        choose_loop(0, 0);
    for (unsigned i = 0; i < MARK_MOST_MARKERS; i++) {
        mark_tracers[i].colour = gc_heap.colour;
        mark_tracers[i].overflowed = false;
        mark_tracers[i].visited = 0;
    }
}

gc_tracer *
gc_mark_tracer(void)
{
    return &mark_tracers[0];
}

/* Should the collector's own data be scanned as part of an image, they keep nothing alive. */
void
gc_mark_end(uint64_t objects)
{
    uint64_t known = 0, leaves = 0;
    for (unsigned i = 0; i < MARK_MOST_MARKERS; i++) {
        gc_tracer *t = &mark_tracers[i];
        memset(t->shared, 0, sizeof t->shared);
        memset(t->edges, 0, sizeof t->edges);
        memset(t->objects, 0, sizeof t->objects);
        known += t->known;
        leaves += t->leaves;
        t->known = t->leaves = 0;
        size_t bytes = (size_t)(t->end - t->stack) * sizeof *t->stack;
        if (bytes > KEPT_BYTES)
            madvise(t->stack, bytes, MADV_DONTNEED);
    }
    crew_end_cycle(objects);
    if (!gc_heap.minor)
        choose_loop(known + leaves, known + objects);
}

static void
free_stack(gc_tracer *t)
{
    if (t->stack != NULL)
        munmap(t->stack, (size_t)(t->end - t->stack) * sizeof *t->stack);
    t->stack = t->bottom = t->top = t->end = NULL;
}

void
mark_free_tables(void)
{
    for (unsigned i = 0; i < MARK_MOST_MARKERS; i++)
        free_stack(&mark_tracers[i]);
}

bool
gc_mark_is_marked(uintptr_t object)
{
    if (!gc_in_range(object))
        return true;
    uint8_t *byte;
    gc_run *run;
    switch (gc_slab_kind_of(object)) {
    case SLAB_SMALL:
        byte = gc_byte_of(object);
        return (object & GC_SLAB_MASK) >= GC_HEADER_BYTES && (*byte & 1) &&
               (*byte & GC_BYTE_COLOUR) == gc_heap.colour;
    case SLAB_EXT:
        return true;
    case SLAB_FREE:
        return false;
    default:
        run = gc_large_find(object);
        return run != NULL && (run->owner == RUN_EXT || (gc_run_byte(run) & GC_BYTE_COLOUR) == gc_heap.colour);
    }
}

void
gc_mark_check_object(uintptr_t object, size_t size, unsigned kind,
                     void (*check)(uintptr_t word, void *arg), void *arg)
{
    gc_tracer t;
    t.visited = 0;
    t.check = check;
    t.check_arg = arg;
    if (kind == GC_TRACED)
        gc_heap.embedder.trace((void *)object, size, &t);
    else if (kind == GC_DESCRIBED)
        trace_described(&t, object, size);
    else if (kind == GC_CONSERVATIVE)
        scan_guarded(&t, object, object + size);
}

void
gc_mark_check(void (*scan)(gc_tracer *t), void (*check)(uintptr_t word, void *arg), void *arg)
{
    gc_tracer t;
    t.visited = 0;
    t.check = check;
    t.check_arg = arg;
    scan(&t);
}

void
gc_mark_limit_stack(size_t entries)
{
    for (unsigned i = 0; i < MARK_MOST_MARKERS; i++)
        free_stack(&mark_tracers[i]);
    stack_limit = entries;
}

uint64_t
gc_mark_overflows(void)
{
    return overflows;
}
