/* large.c: runs of 4 KiB pages, for objects above GC_SMALL_MAX and for large extension blocks.
 *
 * Runs of up to 256 pages share slabs.  Such a slab's first pages hold a gc_run_slab: for each page the
 * page at which its run starts, so that interior pointers resolve in one step.  Larger runs have
 * whole slabs, of which only the pages in use are ever touched; their gc_run lies in a table by slab.
 *
 * A page that has been used is dirty until its memory went back to the system, so that a fresh page
 * need not be zeroed.  Freed large objects of RELEASE_PAGES and more go back at once; extension memory,
 * which is freed and asked for again in loops, stays until its slab is empty, or with slabs of its own
 * until the next cycle. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "gc_internal.h"

#include <stdio.h>
#include <sys/mman.h>

#define NO_PAGE 0xFFFFu
#define SHARED_PAGES 256u
#define RELEASE_PAGES 64u
#define LEAST_KEPT_SLABS 4u
#define BITMAP_WORDS (GC_SLAB_PAGES / 64)

typedef struct run_slab {
    uint64_t used[BITMAP_WORDS], dirty[BITMAP_WORDS];
    uint16_t start_of[GC_SLAB_PAGES];
    gc_run runs[GC_SLAB_PAGES];
    uint32_t used_pages;
} run_slab;

#define HEADER_PAGES ((unsigned)((sizeof(run_slab) + GC_PAGE_BYTES - 1) / GC_PAGE_BYTES))
#define MOST_PAGES (GC_SLAB_PAGES - HEADER_PAGES)

/* By slab index.  most_free: no run of more pages is free in a SLAB_RUN slab (an upper bound). */
static uint16_t *most_free;
static gc_run *huge_runs;
static uint32_t *huge_heads;
static size_t table_bytes;
static size_t shared_cursor; /* run_cursor of threads that are no mutators */
static size_t empty_slabs;
static size_t kept_slabs = LEAST_KEPT_SLABS; /* so many may stay empty with their memory */

/* ------------------------------------------------------------------ tables and bitmaps */

static bool
make_tables(void)
{
    size_t n = gc_heap.slab_count;
    table_bytes = n * (sizeof *huge_runs + sizeof *huge_heads + sizeof *most_free);
    char *p = mmap(NULL, table_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    if (p == MAP_FAILED)
        return false;
    huge_runs = (gc_run *)p;
    huge_heads = (uint32_t *)(p + n * sizeof *huge_runs);
    most_free = (uint16_t *)(p + n * (sizeof *huge_runs + sizeof *huge_heads));
    return true;
}

void
gc_large_reset(void)
{
    if (huge_runs != NULL)
        munmap(huge_runs, table_bytes);
    huge_runs = NULL;
    huge_heads = NULL;
    most_free = NULL;
    shared_cursor = empty_slabs = 0;
    kept_slabs = LEAST_KEPT_SLABS;
}

static run_slab *
run_slab_of(uintptr_t address)
{
    return (run_slab *)(address & ~GC_SLAB_MASK);
}

static void
set_bits(uint64_t *map, unsigned from, unsigned n)
{
    for (unsigned i = from; i < from + n; i++)
        map[i / 64] |= (uint64_t)1 << (i % 64);
}

static void
clear_bits(uint64_t *map, unsigned from, unsigned n)
{
    for (unsigned i = from; i < from + n; i++)
        map[i / 64] &= ~((uint64_t)1 << (i % 64));
}

/* The first page at or after i whose bit differs from `skip`; GC_SLAB_PAGES at the end. */
static unsigned
next_page(const uint64_t *map, unsigned i, bool skip)
{
    while (i < GC_SLAB_PAGES) {
        uint64_t w = (skip ? ~map[i / 64] : map[i / 64]) >> (i % 64);
        if (w != 0)
            return i + (unsigned)__builtin_ctzll(w);
        i = (i / 64 + 1) * 64;
    }
    return GC_SLAB_PAGES;
}

/* ------------------------------------------------------------------ runs in shared slabs */

/* n free pages in a row, the first one's address a multiple of align pages; 0 when there are none. */
static unsigned
find_pages(run_slab *slab, unsigned n, unsigned align, unsigned *longest)
{
    unsigned i = HEADER_PAGES;
    *longest = 0;
    while ((i = next_page(slab->used, i, true)) < GC_SLAB_PAGES) {
        unsigned end = next_page(slab->used, i, false);
        unsigned at = (i + align - 1) & ~(align - 1);
        if (at + n <= end)
            return at;
        if (end - i > *longest)
            *longest = end - i;
        i = end;
    }
    return 0;
}

static size_t
add_run_slab(void)
{
    size_t index = gc_heap_take_slabs(1, 1, SLAB_RUN, true);
    if (index == SIZE_MAX)
        return SIZE_MAX;
    run_slab *slab = run_slab_of(gc_slab_address(index));
    set_bits(slab->used, 0, HEADER_PAGES);
    memset(slab->start_of, 0xFF, sizeof slab->start_of);
    most_free[index] = (uint16_t)MOST_PAGES;
    empty_slabs++;
    return index;
}

static gc_run *
place(size_t index, unsigned at, unsigned pages)
{
    run_slab *slab = run_slab_of(gc_slab_address(index));
    if (slab->used_pages == 0)
        empty_slabs--;
    slab->used_pages += pages;
    set_bits(slab->used, at, pages);
    for (unsigned i = at; i < at + pages; i++)
        slab->start_of[i] = (uint16_t)at;
    gc_run *run = &slab->runs[at];
    run->start = (uintptr_t)slab + ((uintptr_t)at << GC_PAGE_SHIFT);
    run->pages = pages;
    return run;
}

static void
zero_dirty(gc_run *run)
{
    run_slab *slab = run_slab_of(run->start);
    unsigned i = (unsigned)((run->start & GC_SLAB_MASK) >> GC_PAGE_SHIFT), end = i + run->pages;
    while ((i = next_page(slab->dirty, i, false)) < end) {
        unsigned clean = next_page(slab->dirty, i, true);
        if (clean > end)
            clean = end;
        memset((char *)slab + ((uintptr_t)i << GC_PAGE_SHIFT), 0, (size_t)(clean - i) << GC_PAGE_SHIFT);
        i = clean;
    }
}

static gc_run *
take_in_slab(size_t index, unsigned pages, unsigned align, bool zero)
{
    run_slab *slab = run_slab_of(gc_slab_address(index));
    unsigned longest, at = find_pages(slab, pages, align, &longest);
    if (at == 0) {
        if (align == 1)
            most_free[index] = (uint16_t)longest;
        return NULL;
    }
    gc_run *run = place(index, at, pages);
    if (zero)
        zero_dirty(run);
    set_bits(slab->dirty, at, pages);
    return run;
}

/* Each thread begins in the slab where it was last: runs of two threads side by side could not grow in place. */
static gc_run *
take_shared(unsigned pages, unsigned align, bool zero)
{
    size_t *cursor = gc_current != NULL ? &gc_current->run_cursor : &shared_cursor;
    for (size_t k = 0; k < gc_heap.slab_high; k++) {
        size_t index = *cursor + k;
        if (index >= gc_heap.slab_high)
            index -= gc_heap.slab_high;
        if (most_free[index] < pages || gc_heap.slab_kinds[index] != SLAB_RUN)
            continue;
        gc_run *run = take_in_slab(index, pages, align, zero);
        if (run != NULL) {
            *cursor = index;
            return run;
        }
    }
    size_t index = add_run_slab();
    if (index == SIZE_MAX)
        return NULL;
    *cursor = index;
    return take_in_slab(index, pages, align, zero);
}

static void
free_pages(run_slab *slab, unsigned at, unsigned n)
{
    if (gc_heap.poison)
        memset((char *)slab + ((uintptr_t)at << GC_PAGE_SHIFT), GC_POISON, (size_t)n << GC_PAGE_SHIFT);
    clear_bits(slab->used, at, n);
    for (unsigned i = at; i < at + n; i++)
        slab->start_of[i] = NO_PAGE;
    slab->used_pages -= n;
    most_free[((uintptr_t)slab - gc_heap.base) >> GC_SLAB_SHIFT] = (uint16_t)MOST_PAGES;
}

static void
give_shared(gc_run *run)
{
    run_slab *slab = run_slab_of(run->start);
    size_t index = ((uintptr_t)slab - gc_heap.base) >> GC_SLAB_SHIFT;
    unsigned at = (unsigned)((run->start & GC_SLAB_MASK) >> GC_PAGE_SHIFT), pages = run->pages;
    if (run->owner == RUN_GC && pages >= RELEASE_PAGES && !gc_heap.poison) {
        gc_heap_release(run->start, (size_t)pages << GC_PAGE_SHIFT);
        clear_bits(slab->dirty, at, pages);
    }
    free_pages(slab, at, pages);
    *run = (gc_run){0};
    if (slab->used_pages != 0)
        return;
    if (empty_slabs < kept_slabs) {
        empty_slabs++;
        return;
    }
    most_free[index] = 0;
    gc_heap_give_slabs(index, 1, false);
}

/* ------------------------------------------------------------------ runs with slabs of their own */

static size_t
index_of_run(const gc_run *run)
{
    return (run->start - gc_heap.base) >> GC_SLAB_SHIFT;
}

static size_t
slabs_for(size_t pages)
{
    return (pages + GC_SLAB_PAGES - 1) / GC_SLAB_PAGES;
}

static gc_run *
take_huge(size_t pages, size_t align, bool zero)
{
    size_t slabs = slabs_for(pages);
    size_t slab_align = align > GC_SLAB_BYTES ? align >> GC_SLAB_SHIFT : 1;
    size_t index = gc_heap_take_slabs(slabs, slab_align, SLAB_HUGE_TAIL, zero);
    if (index == SIZE_MAX)
        return NULL;
    __atomic_store_n(&gc_heap.slab_kinds[index], SLAB_HUGE, __ATOMIC_RELAXED);
    for (size_t i = index; i < index + slabs; i++)
        huge_heads[i] = (uint32_t)index;
    gc_run *run = &huge_runs[index];
    run->start = gc_slab_address(index);
    run->pages = (uint32_t)pages;
    return run;
}

static void
give_huge(gc_run *run)
{
    size_t index = index_of_run(run);
    size_t slabs = slabs_for(run->pages);
    bool watched = run->watch == RUN_WATCHED, keep = run->owner == RUN_EXT && !watched;
    *run = (gc_run){0};
    gc_heap_give_slabs(index, slabs, keep);
    if (watched) /* what has no memory any more is quickly forgotten */
        gc_written_untrack(gc_slab_address(index), slabs << GC_SLAB_SHIFT);
}

void
gc_large_unwatch(gc_run *run)
{
    if (run->watch == RUN_WATCHED)
        gc_written_untrack(run->start, (size_t)run->pages << GC_PAGE_SHIFT);
    run->watch = RUN_UNKNOWN;
}

/* ------------------------------------------------------------------ the interface */

static size_t *
bytes_of_owner(unsigned owner)
{
    return owner == RUN_GC ? &gc_heap.run_bytes_gc : &gc_heap.run_bytes_ext;
}

/* A cycle holds the lock; a callback of the embedder that asks for memory would wait for itself. */
static void
lock_heap(void)
{
    if (gc_in_own_cycle())
        gc_heap_fatal("memory was asked for or freed from inside a collection");
    gc_lock(&gc_heap.lock);
}

gc_run *
gc_large_take(size_t size, size_t align, enum gc_run_owner owner, uint8_t byte, bool zero)
{
    if (size > gc_heap.reserved)
        return NULL;
    size = (size + GC_GRANULE - 1) & ~(size_t)(GC_GRANULE - 1);
    size_t pages = (size + GC_PAGE_BYTES - 1) >> GC_PAGE_SHIFT;
    size_t align_pages = align > GC_PAGE_BYTES ? align >> GC_PAGE_SHIFT : 1;
    gc_run *run = NULL;
    lock_heap();
    if (huge_runs != NULL || make_tables()) {
        if (pages <= SHARED_PAGES && align_pages <= SHARED_PAGES / 2)
            run = take_shared((unsigned)pages, (unsigned)align_pages, zero);
        else
            run = take_huge(pages, align, zero);
    }
    if (run != NULL) {
        run->size = size;
        run->owner = (uint8_t)owner;
        run->overflowed = 0;
        run->watch = RUN_UNKNOWN;
        gc_add(bytes_of_owner(owner), pages << GC_PAGE_SHIFT);
        gc_run_set_byte(run, byte);
    }
    gc_unlock(&gc_heap.lock);
    return run;
}

static void
give(gc_run *run)
{
    gc_add(bytes_of_owner(run->owner), -((size_t)run->pages << GC_PAGE_SHIFT));
    if (gc_heap.slab_kinds[index_of_run(run)] == SLAB_HUGE) {
        give_huge(run);
        return;
    }
    give_shared(run);
}

void
gc_large_give(gc_run *run)
{
    lock_heap();
    give(run);
    gc_unlock(&gc_heap.lock);
}

/* The run of a live object stays as it is; who asks about another one, while it is being freed, gets either answer. */
GC_UNCHECKED gc_run *
gc_large_find(uintptr_t address)
{
    size_t index = (address - gc_heap.base) >> GC_SLAB_SHIFT;
    gc_run *run;
    if (gc_slab_kind_of(address) == SLAB_RUN) {
        run_slab *slab = run_slab_of(address);
        unsigned start = slab->start_of[(address & GC_SLAB_MASK) >> GC_PAGE_SHIFT];
        if (start == NO_PAGE)
            return NULL;
        run = &slab->runs[start];
    } else {
        run = &huge_runs[huge_heads[index]];
    }
    return gc_run_byte(run) != 0 && address - run->start < run->size ? run : NULL;
}

static bool
resize_shared(gc_run *run, size_t pages)
{
    run_slab *slab = run_slab_of(run->start);
    unsigned at = (unsigned)((run->start & GC_SLAB_MASK) >> GC_PAGE_SHIFT), old_end = at + run->pages;
    if (pages <= run->pages) {
        free_pages(slab, at + (unsigned)pages, run->pages - (unsigned)pages);
        return true;
    }
    if (at + pages > GC_SLAB_PAGES || next_page(slab->used, old_end, false) < at + pages)
        return false;
    unsigned more = (unsigned)pages - run->pages;
    set_bits(slab->used, old_end, more);
    set_bits(slab->dirty, old_end, more);
    for (unsigned i = old_end; i < old_end + more; i++)
        slab->start_of[i] = (uint16_t)at;
    slab->used_pages += more;
    return true;
}

static bool
resize_huge(gc_run *run, size_t pages)
{
    size_t index = index_of_run(run), old = slabs_for(run->pages), wanted = slabs_for(pages);
    if (wanted < old) {
        gc_heap_give_slabs(index + wanted, old - wanted, false);
    } else if (wanted > old) {
        if (!gc_heap_take_slabs_at(index + old, wanted - old, SLAB_HUGE_TAIL))
            return false;
        for (size_t i = index + old; i < index + wanted; i++)
            huge_heads[i] = (uint32_t)index;
    }
    return true;
}

/* Within the slab or into the next ones: who appends by realloc is spared a copy for each page. */
bool
gc_large_resize(gc_run *run, size_t size)
{
    size = (size + GC_GRANULE - 1) & ~(size_t)(GC_GRANULE - 1);
    size_t pages = (size + GC_PAGE_BYTES - 1) >> GC_PAGE_SHIFT;
    if (size > gc_heap.reserved)
        return false;
    lock_heap();
    bool huge = gc_heap.slab_kinds[index_of_run(run)] == SLAB_HUGE;
    gc_large_unwatch(run);
    bool done = huge ? pages > SHARED_PAGES && resize_huge(run, pages) : resize_shared(run, pages);
    if (done) {
        gc_add(bytes_of_owner(run->owner), (pages - run->pages) << GC_PAGE_SHIFT);
        run->size = size;
        run->pages = (uint32_t)pages;
    }
    gc_unlock(&gc_heap.lock);
    return done;
}

static void
each_in_slab(run_slab *slab, void (*visit)(gc_run *run, void *arg), void *arg)
{
    /* visit may give the run, and with it the slab, back. */
    uint32_t left = slab->used_pages;
    for (unsigned i = HEADER_PAGES; left != 0 && i < GC_SLAB_PAGES;) {
        if (slab->start_of[i] != i) {
            i++;
            continue;
        }
        unsigned pages = slab->runs[i].pages;
        left -= pages;
        visit(&slab->runs[i], arg);
        i += pages;
    }
}

void
gc_large_each(void (*visit)(gc_run *run, void *arg), void *arg)
{
    for (size_t s = 0; s < gc_heap.slab_high; s++) {
        if (gc_heap.slab_kinds[s] == SLAB_RUN)
            each_in_slab(run_slab_of(gc_slab_address(s)), visit, arg);
        else if (gc_heap.slab_kinds[s] == SLAB_HUGE)
            visit(&huge_runs[s], arg);
    }
}

static void
sweep_run(gc_run *run, void *arg)
{
    (void)arg;
    if (run->owner == RUN_GC && (gc_run_byte(run) & GC_BYTE_COLOUR) != gc_heap.colour)
        give(run);
}

void
gc_large_sweep(size_t keep_bytes)
{
    kept_slabs = LEAST_KEPT_SLABS + (keep_bytes >> GC_SLAB_SHIFT);
    gc_large_each(sweep_run, NULL); /* in a cycle: the lock is held */
}

static void
verify_run(gc_run *run, void *arg)
{
    size_t *bad = arg;
    if (!(gc_run_byte(run) & 1) || run->size == 0 || run->size > (size_t)run->pages << GC_PAGE_SHIFT ||
        gc_large_find(run->start + run->size - 1) != run) {
        fprintf(stderr, "collector: broken run at %p\n", (void *)run->start);
        ++*bad;
    }
}

size_t
gc_large_verify(void)
{
    size_t bad = 0;
    gc_large_each(verify_run, &bad);
    return bad;
}
