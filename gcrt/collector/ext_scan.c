/* ext_scan.c: extension memory in a cycle: finding cells, scanning roots, verification. */
#define GC_INTERNAL
#include "ext_internal.h"

#include <stdio.h>

/* ------------------------------------------------------------------ finding */

uint8_t *
gc_ext_find(uintptr_t address, gc_ext_page **found)
{
    if ((address & GC_SLAB_MASK) < GC_HEADER_BYTES)
        return NULL;
    gc_ext_page *page = ext_page_of(address);
    if (page->state == PAGE_FREE)
        return NULL;
    uintptr_t offset = address & (GC_BLOCK_BYTES - 1);
    uintptr_t cell = (offset * page->reciprocal >> 32) * page->cell;
    uint8_t *byte = gc_byte_of((address & ~(GC_BLOCK_BYTES - 1)) + cell);
    *found = page;
    return cell + page->cell <= GC_BLOCK_BYTES && (*byte & 1) ? byte : NULL;
}

void
gc_ext_each_page(void (*visit)(gc_ext_page *page, uintptr_t start, void *arg), void *arg)
{
    for (size_t s = 0; s < gc_heap.slab_high; s++) {
        if (gc_heap.slab_kinds[s] != SLAB_EXT)
            continue;
        gc_ext_slab *slab = (gc_ext_slab *)gc_slab_address(s);
        for (unsigned b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++)
            if (slab->pages[b].used != 0)
                visit(&slab->pages[b], gc_slab_address(s) + b * GC_BLOCK_BYTES, arg);
    }
}

/* ------------------------------------------------------------------ a cycle */

static void
forget_page(gc_ext_page *page, uintptr_t start, void *arg)
{
    (void)arg;
    if (!page->coloured)
        return;
    page->coloured = 0;
    for (unsigned i = 0; i < page->fresh; i++) {
        uint8_t *byte = gc_byte_of(start + (size_t)i * page->cell);
        uint8_t b = __atomic_load_n(byte, __ATOMIC_RELAXED);
        page->coloured |= b != 0 && GC_BYTE_KIND_OF(b) == GC_EXT_REACHED;
        if (b & GC_BYTE_COLOUR)
            __atomic_and_fetch(byte, (uint8_t)~GC_BYTE_COLOUR, __ATOMIC_RELAXED);
    }
}

static void
forget_run(gc_run *run, void *arg)
{
    (void)arg;
    if (run->owner == RUN_EXT)
        gc_run_set_byte(run, gc_run_byte(run) & ~GC_BYTE_COLOUR);
}

void
gc_ext_begin_cycle(void)
{
    gc_ext_take_orphans();
    if (gc_heap.minor)
        return;
    gc_ext_each_page(forget_page, NULL);
    gc_large_each(forget_run, NULL);
}

/* In a minor cycle: what was reached in an earlier one, and may have been written to since. */
static void
rescan_page(gc_ext_page *page, uintptr_t start, void *arg)
{
    for (unsigned i = 0; page->coloured && i < page->fresh; i++) {
        uintptr_t cell = start + (size_t)i * page->cell;
        uint8_t b = __atomic_load_n(gc_byte_of(cell), __ATOMIC_RELAXED);
        if ((b & 1) && GC_BYTE_KIND_OF(b) == GC_EXT_REACHED && (b & GC_BYTE_COLOUR) == gc_heap.colour)
            gc_mark_root_range(arg, cell, cell + page->cell);
    }
}

static void
rescan_run(gc_run *run, void *arg)
{
    uint8_t b = gc_run_byte(run);
    if (run->owner == RUN_EXT && GC_BYTE_KIND_OF(b) == GC_EXT_REACHED && (b & GC_BYTE_COLOUR) == gc_heap.colour)
        gc_mark_root_range(arg, run->start, run->start + run->size);
}

void
gc_ext_scan_reached(gc_tracer *t)
{
    gc_ext_each_page(rescan_page, t);
    gc_large_each(rescan_run, t);
}

/* Is the cell in use, and of that kind?  Threads that are no mutators may be freeing it. */
static inline bool
is_of_kind(uintptr_t cell, gc_ext_kind kind)
{
    uint8_t b = __atomic_load_n(gc_byte_of(cell), __ATOMIC_ACQUIRE);
    return (b & (1 | GC_BYTE_KIND)) == GC_BYTE_START(kind);
}

/* Neighbours that are roots go together: one range is scanned faster. */
static void
scan_page(gc_ext_page *page, uintptr_t start, void *arg)
{
    uintptr_t end = start + (size_t)page->fresh * page->cell;
    for (uintptr_t cell = start; cell < end; cell += page->cell) {
        uintptr_t lo = cell;
        while (cell < end && is_of_kind(cell, GC_EXT_ROOT))
            cell += page->cell;
        if (cell != lo)
            gc_mark_root_range(arg, lo, cell);
        if (cell < end && is_of_kind(cell, GC_EXT_PACKED))
            gc_mark_packed_range(arg, cell, cell + page->cell);
    }
}

/* ------------------------------------------------------------------ blocks that hold no references
 *
 *   UNKNOWN --scanned, nothing found--> CLEAN --watched, scanned, nothing found--> WATCHED
 *      ^                                  |                                           |
 *      +------------ a reference was found, or much of it has been written -----------+
 *
 * Watching begins in a block's second cycle only, because it costs as much as reading a fifth of the block. */

#define LEAST_WATCHED ((size_t)1 << 20)
#define MOST_WRITTEN 8u /* watching costs more than it saves when one page in so many has been written */

GC_UNCHECKED static bool
holds_reference(uintptr_t lo, uintptr_t hi)
{
    const uintptr_t *end = (const uintptr_t *)hi;
    return gc_filter_next((const uintptr_t *)lo, end, gc_heap.base, gc_heap.span) < end;
}

typedef struct written_scan {
    gc_tracer *t;
    uintptr_t end; /* of the block; the last page may lie beyond */
    size_t bytes;
    bool found;
} written_scan;

static void
scan_written(uintptr_t lo, uintptr_t hi, void *arg)
{
    written_scan *s = arg;
    if (hi > s->end)
        hi = s->end;
    if (lo >= hi)
        return;
    s->bytes += hi - lo;
    if (!s->found)
        s->found = holds_reference(lo, hi);
    if (s->found)
        gc_mark_root_range(s->t, lo, hi);
}

static bool
can_watch(void)
{
    static enum { UNTRIED, WORKS, FAILS } state;
    if (state == UNTRIED)
        state = gc_written_init() ? WORKS : FAILS;
    return state == WORKS;
}

/* Only what has been written since the last cycle.  False: all of it must be scanned. */
static bool
scan_watched(gc_tracer *t, gc_run *run)
{
    written_scan s = {.t = t, .end = run->start + run->size};
    if (!gc_written_take(run->start, (size_t)run->pages << GC_PAGE_SHIFT, scan_written, &s))
        return false;
    if (s.found || s.bytes > run->size / MOST_WRITTEN)
        gc_large_unwatch(run);
    return true;
}

static void
scan_large_root(gc_tracer *t, gc_run *run)
{
    uintptr_t lo = run->start, hi = lo + run->size;
    if (run->watch == RUN_WATCHED) {
        if (scan_watched(t, run))
            return;
        gc_large_unwatch(run);
    }
    /* Watched first: what is written during the scan counts. */
    bool watch = run->watch == RUN_CLEAN && can_watch() &&
                 gc_written_track(lo, (size_t)run->pages << GC_PAGE_SHIFT);
    run->watch = watch ? RUN_WATCHED : RUN_UNKNOWN;
    if (holds_reference(lo, hi)) {
        gc_large_unwatch(run);
        gc_mark_root_range(t, lo, hi);
    } else if (!watch) {
        run->watch = RUN_CLEAN;
    }
}

static void
scan_run(gc_run *run, void *arg)
{
    if (run->owner != RUN_EXT)
        return;
    unsigned kind = GC_BYTE_KIND_OF(gc_run_byte(run));
    if (kind == GC_EXT_ROOT && run->size >= LEAST_WATCHED)
        scan_large_root(arg, run);
    else if (kind == GC_EXT_ROOT)
        gc_mark_root_range(arg, run->start, run->start + run->size);
    else if (kind == GC_EXT_PACKED)
        gc_mark_packed_range(arg, run->start, run->start + run->size);
}

void
gc_ext_scan_roots(gc_tracer *t)
{
    gc_ext_each_page(scan_page, t);
    gc_large_each(scan_run, t);
}

/* ------------------------------------------------------------------ verification */

/* A cell is in use, deferred (a kind, no start bit), or free; a deferred GC_EXT_ROOT cell's byte is 0 as a free
 * one's is, and free ones in bins count as used.  So the bytes may show fewer than page->used, never more. */
static void
verify_page(gc_ext_page *page, uintptr_t start, void *arg)
{
    size_t *bad = arg, used = 0;
    for (unsigned i = 0; i < page->fresh; i++)
        used += __atomic_load_n(gc_byte_of(start + (size_t)i * page->cell), __ATOMIC_RELAXED) != 0;
    if (used > page->used || page->fresh > page->count) {
        fprintf(stderr, "collector: extension page %p counts %u cells, has %zu\n", (void *)start,
                page->used, used);
        ++*bad;
    }
}

size_t
gc_ext_verify(void)
{
    size_t bad = 0;
    gc_ext_each_page(verify_page, &bad);
    return bad;
}
