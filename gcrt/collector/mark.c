/* mark.c: from roots to everything they reach, without recursion.
 *
 *   word -> ring -> resolve, set its colour -> mark stack -> queue -> trace -> words ...
 *
 * A word that points into the address range waits in a small ring while its mark byte is fetched; the
 * oldest word leaves when the ring is full.  An object that is new to this cycle gets its colour and,
 * unless it is a leaf, a place on the mark stack.  Only the drain loop takes from the stack: to a short
 * queue, where objects wait while their first cache line is fetched, and from there it traces.  (The
 * two waits are apart, because most words of a graph lead to objects that are marked already, and
 * fetching those costs as much as all the rest.)
 *
 * Several markers may be at it, each with a stack of its own (crew.c).  Two that meet in one object both set
 * its colour to the same value and both trace it: that is harmless, and cheaper than an atomic exchange for each
 * object.  Only the counts of live objects and bytes may then be a little too high.
 *
 * The stack grows as long as memory allows.  An object that finds no room keeps its colour, and its
 * block (or run, or extension page) is flagged: when all stacks have run empty, everything marked in
 * flagged places is traced once more.  Each such pass marks something new, so they end. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "mark_internal.h"

#include <sys/mman.h>

#define FIRST_ENTRIES 32768u
#define LEAST_ENTRIES 16u
#define KEPT_BYTES ((size_t)16 << 20)
#define CHUNK_BYTES 4096u    /* a conservative object is scanned in pieces, to keep the stack low */
#define ROOT_CHUNK_BYTES 4096u
#define SHARED_ROOT_BYTES ((size_t)128 << 10) /* root ranges from here on are left to all markers */
#define DIRECT_WORDS 64u     /* ranges below this are scanned where they are visited */
#define TURNS 64u            /* items traced before anybody else's hunger is looked at */

gc_tracer mark_tracers[MARK_MOST_MARKERS];
static size_t stack_limit;
static uint64_t overflows;

/* ------------------------------------------------------------------ the stack */

static bool
grow(gc_tracer *t)
{
    size_t count = (size_t)(t->end - t->stack), used = (size_t)(t->top - t->bottom);
    if (t->bottom != t->stack) { /* the items below went to other markers */
        memmove(t->stack, t->bottom, used * sizeof(mark_item));
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
    void *p = count == 0 ? mmap(NULL, wanted * sizeof(mark_item), PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                         : mremap(t->stack, count * sizeof(mark_item), wanted * sizeof(mark_item),
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
push(gc_tracer *t, uintptr_t start, size_t size, unsigned kind)
{
    if (GC_UNLIKELY(t->top == t->end) && !grow(t))
        return false;
    *t->top++ = (mark_item){start, size | kind};
    return true;
}

bool
mark_prepare(gc_tracer *t)
{
    if (t->live != NULL)
        return true;
    size_t bytes = gc_heap.slab_count * GC_SLAB_BLOCKS * sizeof *t->live;
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return false;
    t->live = p;
    t->number = (unsigned)(t - mark_tracers);
    pthread_spin_init(&t->shared_lock, PTHREAD_PROCESS_PRIVATE);
    return true;
}

/* ------------------------------------------------------------------ marking one word */

GC_UNCHECKED static void
mark_small(gc_tracer *t, uintptr_t word)
{
    if ((word & GC_SLAB_MASK) < GC_HEADER_BYTES)
        return;
    uint8_t *byte = gc_byte_of(word);
    if (!(*byte & 1)) {
        byte = gc_walk_back(byte);
        if (byte == NULL)
            return;
    }
    unsigned b = *byte;
    if ((b & GC_BYTE_COLOUR) == t->colour)
        return;
    *byte = (uint8_t)((b & ~GC_BYTE_COLOUR) | t->colour);
    size_t granules = b & GC_BYTE_END ? 1 : gc_granules(byte);
    t->live[(word - gc_heap.base) >> GC_BLOCK_SHIFT] += (uint16_t)granules;
    t->objects++;
    t->granules += granules;
    unsigned kind = GC_BYTE_KIND_OF(b);
    if (kind != GC_LEAF && !push(t, gc_address_of_byte(byte), granules * GC_GRANULE, kind)) {
        __atomic_or_fetch(&gc_block_of_byte(byte)->flags, BLOCK_OVERFLOWED, __ATOMIC_RELAXED);
        t->overflowed = true;
    }
}

static void
mark_cell(gc_tracer *t, uintptr_t word)
{
    gc_ext_page *page;
    uint8_t *byte = gc_ext_find(word, &page);
    if (byte == NULL || GC_BYTE_KIND_OF(*byte) != GC_EXT_REACHED || (*byte & GC_BYTE_COLOUR) == t->colour)
        return;
    /* Its colour was forgotten when the cycle began; another thread may be freeing it just now. */
    __atomic_or_fetch(byte, t->colour, __ATOMIC_RELAXED);
    if (!push(t, gc_address_of_byte(byte), page->cell, GC_CONSERVATIVE)) {
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
    if (run->owner == RUN_EXT) {
        if (kind != GC_EXT_REACHED)
            return;
        kind = GC_CONSERVATIVE;
    } else {
        t->objects++;
        t->run_bytes += run->size;
    }
    gc_run_set_byte(run, (gc_run_byte(run) & ~GC_BYTE_COLOUR) | t->colour);
    if (kind != GC_LEAF && !push(t, run->start, run->size, kind)) {
        run->overflowed = 1;
        t->overflowed = true;
    }
}

static void
mark_word(gc_tracer *t, uintptr_t word)
{
    switch (gc_slab_kind_of(word)) {
    case SLAB_SMALL:
        mark_small(t, word);
        break;
    case SLAB_EXT:
        mark_cell(t, word);
        break;
    case SLAB_RUN:
    case SLAB_HUGE:
    case SLAB_HUGE_TAIL:
        mark_run(t, word);
        break;
    default:
        break;
    }
}

static inline void
visit(gc_tracer *t, uintptr_t word)
{
    if (!gc_in_range(word))
        return;
    if (GC_UNLIKELY(t->check != NULL)) {
        t->check(word, t->check_arg);
        return;
    }
    __builtin_prefetch(gc_byte_of(word), 1);
    unsigned at = t->head++ % MARK_RING;
    if (GC_LIKELY(t->waiting == MARK_RING)) {
        mark_word(t, t->ring[at]);
    } else {
        t->waiting++;
        /* Little else to wait for, as in a linked list: fetch both at once. */
        __builtin_prefetch((const void *)word);
    }
    t->ring[at] = word;
}

void
gc_visit(gc_tracer *t, uintptr_t word)
{
    visit(t, word);
}

GC_UNCHECKED static void
scan_words(gc_tracer *t, const uintptr_t *p, const uintptr_t *end)
{
    for (; p < end; p++)
        visit(t, *p);
}

void
gc_visit_range(gc_tracer *t, const void *lo, size_t words)
{
    uintptr_t start = ((uintptr_t)lo + 7) & ~(uintptr_t)7;
    if (start != (uintptr_t)lo && words > 0)
        words--; /* the last one ends beyond the range now */
    if (words > DIRECT_WORDS && t->check == NULL && push(t, start, words * 8, GC_CONSERVATIVE))
        return;
    scan_words(t, (const uintptr_t *)start, (const uintptr_t *)start + words);
}

/* ------------------------------------------------------------------ draining */

/* Visit the words that the bitmap picks, n of them from p on; bit `first` is that of the first. */
GC_UNCHECKED static void
visit_described(gc_tracer *t, const uintptr_t *p, size_t n, const gc_layout *layout, size_t first)
{
    for (size_t i = 0; i < n; i++) {
        size_t bit = first + i;
        if (layout->bitmap[bit / 64] >> (bit % 64) & 1)
            visit(t, p[i]);
    }
}

GC_UNCHECKED static void
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

GC_UNCHECKED static void
scan_packed(gc_tracer *t, uintptr_t start, size_t size)
{
    for (uintptr_t p = start; p + sizeof(uintptr_t) <= start + size; p++)
        visit(t, gc_load_word((const uint8_t *)p));
}

/* Words of a conservative piece that lie in no weak range. */
static void
scan_guarded(gc_tracer *t, uintptr_t lo, uintptr_t hi)
{
    if (GC_LIKELY(!gc_roots_have_weak())) {
        scan_words(t, (const uintptr_t *)lo, (const uintptr_t *)hi);
        return;
    }
    while (lo < hi) {
        uintptr_t end = gc_roots_skip_weak(&lo, hi);
        scan_words(t, (const uintptr_t *)lo, (const uintptr_t *)end);
        lo = end;
    }
}

static void
trace_item(gc_tracer *t, mark_item item)
{
    size_t size = item.size_and_kind & ~(size_t)7;
    switch (item.size_and_kind & 7) {
    case GC_TRACED:
        gc_heap.embedder.trace((void *)item.start, size, t);
        return;
    case GC_DESCRIBED:
        trace_described(t, item.start, size);
        return;
    case MARK_PACKED:
        scan_packed(t, item.start, size);
        return;
    default:
        if (size > CHUNK_BYTES && push(t, item.start + CHUNK_BYTES, size - CHUNK_BYTES, GC_CONSERVATIVE))
            size = CHUNK_BYTES;
        scan_guarded(t, item.start, item.start + size);
    }
}

bool
mark_work(gc_tracer *t)
{
    for (unsigned turn = 0; turn < TURNS;) {
        if (t->top != t->bottom && t->queued < MARK_QUEUE) {
            mark_item item = *--t->top;
            __builtin_prefetch((const void *)item.start);
            __builtin_prefetch((const void *)(item.start + (item.size_and_kind > 64 ? 64 : 0)));
            t->queue[(t->queue_head + t->queued++) % MARK_QUEUE] = item;
        } else if (t->queued == MARK_QUEUE || (t->queued != 0 && t->waiting == 0)) {
            mark_item item = t->queue[t->queue_head++ % MARK_QUEUE];
            t->queued--;
            trace_item(t, item);
            turn++;
        } else if (t->waiting != 0) {
            uintptr_t word = t->ring[(t->head - t->waiting) % MARK_RING];
            t->waiting--;
            mark_word(t, word);
        } else {
            return false;
        }
    }
    return true;
}

static void
drain_alone(gc_tracer *t)
{
    while (mark_work(t))
        ;
}

static void
trace_again(gc_tracer *t, uintptr_t start, size_t size, unsigned kind)
{
    trace_item(t, (mark_item){start, size | kind});
    drain_alone(t);
}

static void
rescan_block(gc_tracer *t, gc_block *block, uintptr_t start)
{
    block->flags &= (uint8_t)~BLOCK_OVERFLOWED;
    uint8_t *bytes = gc_byte_of(start);
    for (unsigned i = 0; i < GC_BLOCK_GRANULES; i++) {
        unsigned b = bytes[i], kind = GC_BYTE_KIND_OF(b);
        if ((b & 1) && (b & GC_BYTE_COLOUR) == t->colour && kind != GC_LEAF)
            trace_again(t, start + (uintptr_t)i * GC_GRANULE, gc_granules(bytes + i) * GC_GRANULE, kind);
    }
}

static void
rescan_run(gc_run *run, void *arg)
{
    if (!run->overflowed)
        return;
    run->overflowed = 0;
    trace_again(arg, run->start, run->size,
                run->owner == RUN_EXT ? GC_CONSERVATIVE : GC_BYTE_KIND_OF(gc_run_byte(run)));
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
        if ((b & 1) && (b & GC_BYTE_COLOUR) == t->colour)
            trace_again(t, cell, page->cell, GC_CONSERVATIVE);
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

/* Draining between the pieces of a large range keeps the stack low.  Overflows wait for the end: an
 * object may be part of a range that a rescan would come across. */
void
gc_mark_root_range(gc_tracer *t, uintptr_t lo, uintptr_t hi)
{
    lo = (lo + 7) & ~(uintptr_t)7;
    hi &= ~(uintptr_t)7;
    if (lo < hi && hi - lo >= SHARED_ROOT_BYTES && push(t, lo, hi - lo, GC_CONSERVATIVE))
        return;
    while (lo < hi) {
        uintptr_t end = hi - lo > ROOT_CHUNK_BYTES ? lo + ROOT_CHUNK_BYTES : hi;
        scan_guarded(t, lo, end);
        if (end - lo == ROOT_CHUNK_BYTES)
            drain_alone(t);
        lo = end;
    }
}

void
gc_mark_packed_range(gc_tracer *t, uintptr_t lo, uintptr_t hi)
{
    scan_packed(t, lo, hi - lo);
    drain_alone(t);
}

/* ------------------------------------------------------------------ a cycle's beginning and end */

void
gc_mark_begin(void)
{
    if (!mark_prepare(&mark_tracers[0]))
        gc_heap_fatal("no memory for the tables of a marker");
    for (unsigned i = 0; i < MARK_MOST_MARKERS; i++) {
        gc_tracer *t = &mark_tracers[i];
        t->colour = gc_heap.colour;
        t->objects = t->granules = t->run_bytes = 0;
        t->overflowed = false;
    }
}

gc_tracer *
gc_mark_tracer(void)
{
    return &mark_tracers[0];
}

/* What the tracer counted goes to the blocks. */
static void
take_counts(gc_tracer *t)
{
    for (size_t s = 0; s < gc_heap.slab_high; s++) {
        if (gc_heap.slab_kinds[s] != SLAB_SMALL)
            continue;
        uint16_t *live = &t->live[s * GC_SLAB_BLOCKS];
        for (unsigned b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++) {
            gc_slab_header(s)->blocks[b].live += live[b];
            live[b] = 0;
        }
    }
}

void
gc_mark_end(uint64_t *live_objects, uint64_t *live_bytes)
{
    *live_objects = *live_bytes = 0;
    for (unsigned i = 0; i < MARK_MOST_MARKERS; i++) {
        gc_tracer *t = &mark_tracers[i];
        if (t->live == NULL)
            continue;
        *live_objects += t->objects;
        *live_bytes += t->granules * GC_GRANULE + t->run_bytes;
        if (t->objects != 0)
            take_counts(t);
        /* Should the collector's own data be scanned as part of an image, they keep nothing alive. */
        memset(t->ring, 0, sizeof t->ring);
        memset(t->queue, 0, sizeof t->queue);
        memset(t->shared, 0, sizeof t->shared);
        size_t bytes = (size_t)(t->end - t->stack) * sizeof(mark_item);
        if (bytes > KEPT_BYTES)
            madvise(t->stack, bytes, MADV_DONTNEED);
    }
}

static void
free_stack(gc_tracer *t)
{
    if (t->stack != NULL)
        munmap(t->stack, (size_t)(t->end - t->stack) * sizeof(mark_item));
    t->stack = t->bottom = t->top = t->end = NULL;
}

void
mark_free_tables(void)
{
    for (unsigned i = 0; i < MARK_MOST_MARKERS; i++) {
        gc_tracer *t = &mark_tracers[i];
        free_stack(t);
        if (t->live != NULL)
            munmap(t->live, gc_heap.slab_count * GC_SLAB_BLOCKS * sizeof *t->live);
        t->live = NULL;
    }
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
    t.check = check;
    t.check_arg = arg;
    if (kind == GC_TRACED)
        gc_heap.embedder.trace((void *)object, size, &t);
    else if (kind == GC_DESCRIBED)
        trace_described(&t, object, size);
    else if (kind == GC_CONSERVATIVE)
        scan_words(&t, (const uintptr_t *)object, (const uintptr_t *)object + size / 8);
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
