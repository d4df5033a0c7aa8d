/* old.c: generations without a barrier: the kernel tells which old objects have been written to.
 *
 * A cycle closes blocks in which much lives: nothing is allocated in them until the next full cycle, and their pages
 * are write-protected (written.c).  In a minor cycle old objects are looked through where they may have been
 * written to:
 *
 *   block    open ---- a cycle finds it nearly full, or a full cycle ----> CLOSED
 *             ^        half empty, but few are                               |
 *             +------------------------- a full cycle -----------------------+
 *
 *   CLOSED   those on pages that were written since it was closed (they stay unprotected, and are looked at in each
 *            minor cycle: what has been written once will be again, and costs no second page fault)
 *   open     all of them: allocators write beside them
 *   large    all of them, but leaf ones
 *
 * The rest is as with cards (cards.c): after any cycle all that lives is old, and no old object refers to a young one.
 * It holds for a block when its pages get protected, because that happens at the end of a cycle, in a stopped world.
 *
 * Who writes everywhere pays a page fault for each page and gains nothing: when a minor cycle finds much of what was
 * closed written to, full cycles follow, the more of them the more often that has happened. */
#define GC_INTERNAL
#include "gc_internal.h"

#define DENSE (GC_BLOCK_GRANULES / 8 * 7) /* granules that live in a block which is worth closing anyway */
#define WASTE ((size_t)8 << 20) /* bytes of holes in other blocks that are closed */
#define LEAST_SHARE 2u      /* so many parts of what lives in small objects must be closed: one of them */
#define MOST_WRITTEN 8u     /* one closed page in so many may have been written to */
#define FEW_PAGES 16u       /* so many may in any case */
#define MOST_MINORS 15u     /* between full cycles */
#define MOST_PATIENCE 64u   /* full cycles */

static struct {
    bool works; /* and is wanted */
    uintptr_t lo, hi;         /* blocks just closed, yet to be protected; they come in descending order */
    size_t closed, all;       /* granules that live in closed blocks; in all without objects that wait for a dealloc */
    size_t waste;             /* granules of holes in closed blocks that are not dense */
    size_t pages, written;    /* of closed blocks; in the last minor cycle */
    unsigned patience, waits; /* full cycles to be waited after a disappointment; of these, those left */
} old;

void
gc_old_init(bool wanted)
{
    old.works = wanted;
    old.closed = old.all = old.pages = old.written = 0;
    old.waits = 0;
    old.patience = 1;
}

/* ------------------------------------------------------------------ closing */

static void
disappoint(void)
{
    old.waits = old.patience;
    if (old.patience < MOST_PATIENCE)
        old.patience *= 2;
}

static void
protect(void)
{
    if (old.lo != old.hi && old.works)
        old.works = gc_written_init() && gc_written_protect(old.lo, old.hi - old.lo);
    old.lo = old.hi = 0;
}

void
gc_old_begin_sort(void)
{
    if (!old.works)
        return;
    if (!gc_heap.minor) {
        old.closed = old.pages = old.waste = 0;
        if (old.waits > 0)
            old.waits--;
    } else if (old.written > FEW_PAGES && old.written > old.pages / MOST_WRITTEN) {
        disappoint();
    }
    old.all = 0;
}

bool
gc_old_close(uint32_t number)
{
    const gc_block *block = gc_block_of_number(number);
    if (!old.works || old.waits != 0 || block->doomed)
        return false;
    old.all += block->live;
    if (gc_heap.minor && block->flags & BLOCK_CLOSED)
        return true;
    if (block->live < DENSE) {
        if (gc_heap.minor)
            return false;
        size_t holes = GC_BLOCK_GRANULES - block->live;
        if (old.waste + holes > WASTE / GC_GRANULE)
            return false;
        old.waste += holes;
    }
    uintptr_t start = gc_block_address(number);
    if (start + GC_BLOCK_BYTES != old.lo || (old.lo & GC_SLAB_MASK) == 0)
        protect();
    if (old.hi == 0)
        old.hi = start + GC_BLOCK_BYTES;
    old.lo = start;
    old.closed += block->live;
    old.pages += GC_BLOCK_BYTES / GC_PAGE_BYTES;
    return true;
}

void
gc_old_end_sort(void)
{
    protect();
}

bool
gc_old_allows_minor(unsigned minors)
{
    if (minors >= MOST_MINORS) {
        old.patience = 1; /* it has paid */
        return false;
    }
    return old.works && old.waits == 0 && old.closed != 0 && old.closed >= old.all / LEAST_SHARE;
}

/* ------------------------------------------------------------------ scanning */

static void
scan_written(uintptr_t lo, uintptr_t hi, void *arg)
{
    for (uintptr_t end; lo < hi; lo = end) {
        end = (lo | (GC_BLOCK_BYTES - 1)) + 1;
        if (end > hi)
            end = hi;
        old.written += (end - lo) >> GC_PAGE_SHIFT;
        gc_cards_scan_part(arg, lo, end);
    }
}

static void
scan_slab(gc_tracer *t, size_t index)
{
    uintptr_t first = gc_slab_address(index);
    for (unsigned b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS;) {
        const gc_block *blocks = gc_slab_header(index)->blocks;
        unsigned end = b + 1;
        uintptr_t lo = first + b * GC_BLOCK_BYTES;
        if (blocks[b].flags & BLOCK_CLOSED) {
            while (end < GC_SLAB_BLOCKS && (blocks[end].flags & BLOCK_CLOSED))
                end++;
            size_t bytes = (end - b) * GC_BLOCK_BYTES;
            if (!gc_written_look(lo, bytes, scan_written, t))
                scan_written(lo, lo + bytes, t);
        } else if (gc_block_state_of(&blocks[b]) != BLOCK_EMPTY && blocks[b].live != 0) {
            gc_cards_scan_matching(t, lo, 1 | GC_BYTE_COLOUR, 1u | gc_heap.colour);
        }
        b = end;
    }
}

static void
scan_run(gc_run *run, void *arg)
{
    unsigned b = gc_run_byte(run), kind = GC_BYTE_KIND_OF(b);
    if (run->owner == RUN_GC && kind != GC_LEAF && (b & GC_BYTE_COLOUR) == gc_heap.colour)
        gc_mark_object(arg, run->start, run->size, kind);
}

void
gc_old_scan(gc_tracer *t)
{
    old.written = 0;
    for (size_t s = 0; s < gc_heap.slab_high; s++)
        if (gc_heap.slab_kinds[s] == SLAB_SMALL)
            scan_slab(t, s);
    gc_large_each(scan_run, t);
    gc_ext_scan_reached(t);
}
