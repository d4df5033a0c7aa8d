/* ext_cells.c: where small extension blocks come from: bins, pages, arenas.
 *
 *   malloc <- bin of the class <- page of the class <- supply of free pages <- slab
 *
 * A page (a 64 KiB block of an extension slab) holds cells of one size class and a list of the free ones, so that
 * an empty page goes back to the supply whole.  Each mutator has an arena: for every class a bin of cells ready
 * to be handed out, which malloc and free use without looking at anything else, and the list of pages with
 * room.  Threads that are no mutators share an arena under a lock.
 *
 * A cell that belongs to another arena is deferred: it is put on that arena's list, and taken over when its owner
 * next runs out.  The arena of a thread that has ended waits, with all its pages, for the next thread; each cycle
 * takes over what has been deferred to it meanwhile.
 *
 * The mark byte of a cell's first granule is 0 while it is free (in a bin too); while it is deferred it has its
 * kind but no start bit; else the start bit, its gc_ext_kind and, for GC_EXT_REACHED, the colour of the cycle
 * that reached it.  Scanning goes by these bytes and by page->fresh alone, so a thread may be stopped anywhere in
 * the fast paths; the slow ones are shielded. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "ext_internal.h"

#include <sys/mman.h>

#define FRESH_BYTES 16384u /* this much of a page is made into free cells at a time */
#define BIN_BYTES 32768u
#define LEAST_BIN_CELLS 4u
#define MOST_BIN_CELLS 256u
#define KEPT_FREE_PAGES 512u

gc_ext_arena ext_shared_arena;
pthread_mutex_t ext_arena_lock = PTHREAD_MUTEX_INITIALIZER;
_Atomic size_t ext_cell_bytes;

static gc_ext_arena *arenas; /* of mutators; never freed before shutdown */
static gc_ext_page supply = {.next = &supply, .prev = &supply};
static size_t supply_pages;

/* ------------------------------------------------------------------ pages */

static uintptr_t
page_start(const gc_ext_page *page)
{
    uintptr_t slab = (uintptr_t)page & ~GC_SLAB_MASK;
    return slab + ((uintptr_t)(page - ((gc_ext_slab *)slab)->pages) << GC_BLOCK_SHIFT);
}

static void
unlink_page(gc_ext_page *page)
{
    page->next->prev = page->prev;
    page->prev->next = page->next;
}

static void
link_supply(gc_ext_page *page)
{
    page->next = supply.next;
    page->prev = &supply;
    page->next->prev = page;
    supply.next = page;
    supply_pages++;
}

/* The collecting thread has the lock already. */
static bool
lock_heap(void)
{
    if (gc_in_own_cycle())
        return false;
    pthread_mutex_lock(&gc_heap.lock);
    return true;
}

static void
unlock_heap(bool locked)
{
    if (locked)
        pthread_mutex_unlock(&gc_heap.lock);
}

static bool
add_slab(void)
{
    size_t index = gc_heap_take_slabs(1, 1, SLAB_EXT, true);
    if (index == SIZE_MAX)
        return false;
    gc_ext_slab *slab = (gc_ext_slab *)gc_slab_address(index);
    for (unsigned b = GC_SLAB_BLOCKS; b-- > GC_HEADER_BLOCKS;) {
        slab->pages[b].clean = 1;
        link_supply(&slab->pages[b]);
    }
    return true;
}

static gc_ext_page *
take_page(gc_ext_arena *arena, unsigned class)
{
    gc_ext_page *page = NULL;
    bool locked = lock_heap();
    if (supply.next != &supply || add_slab()) {
        page = supply.next;
        unlink_page(page);
        supply_pages--;
        ((gc_ext_slab *)((uintptr_t)page & ~GC_SLAB_MASK))->used_pages++;
        uint32_t cell = ext_class_bytes(class);
        *page = (gc_ext_page){
            .arena = arena,
            .cell = cell,
            .reciprocal = (uint32_t)((((uint64_t)1 << 32) + cell - 1) / cell),
            .count = (uint16_t)(GC_BLOCK_BYTES / cell),
            .class = (uint8_t)class,
            .state = PAGE_LISTED,
        };
    }
    unlock_heap(locked);
    return page;
}

static void
give_slab(gc_ext_slab *slab)
{
    for (unsigned b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++)
        unlink_page(&slab->pages[b]);
    supply_pages -= GC_SLAB_BLOCKS - GC_HEADER_BLOCKS;
    gc_heap_give_slabs(((uintptr_t)slab - gc_heap.base) >> GC_SLAB_SHIFT, 1, false);
}

static void
give_page(gc_ext_page *page)
{
    bool locked = lock_heap();
    gc_ext_slab *slab = (gc_ext_slab *)((uintptr_t)page & ~GC_SLAB_MASK);
    *page = (gc_ext_page){.state = PAGE_FREE};
    link_supply(page);
    if (--slab->used_pages == 0 && supply_pages >= KEPT_FREE_PAGES) {
        give_slab(slab);
    } else if (supply_pages > KEPT_FREE_PAGES) {
        gc_heap_release(page_start(page), GC_BLOCK_BYTES);
        page->clean = 1;
    }
    unlock_heap(locked);
}

void
gc_ext_release_supply(void)
{
    for (gc_ext_page *page = supply.next, *next; page != &supply; page = next) {
        next = page->next;
        gc_ext_slab *slab = (gc_ext_slab *)((uintptr_t)page & ~GC_SLAB_MASK);
        if (slab->used_pages == 0) {
            while (next != &supply && ((uintptr_t)next & ~GC_SLAB_MASK) == (uintptr_t)slab)
                next = next->next;
            give_slab(slab);
        } else if (!page->clean) {
            gc_heap_release(page_start(page), GC_BLOCK_BYTES);
            page->clean = 1;
        }
    }
}

static void
list_page(gc_ext_page *page)
{
    gc_ext_page **head = &page->arena->pages[page->class];
    page->state = PAGE_LISTED;
    if (*head == NULL) {
        page->next = page->prev = page;
        *head = page;
        return;
    }
    /* Behind the head, so that the head's cells go on being used. */
    page->prev = *head;
    page->next = (*head)->next;
    page->next->prev = page;
    page->prev->next = page;
}

static void
unlist_page(gc_ext_page *page)
{
    gc_ext_page **head = &page->arena->pages[page->class];
    if (page->next == page)
        *head = NULL;
    else if (*head == page)
        *head = page->next;
    unlink_page(page);
}

/* Turn further cells of the page into free ones. */
static void
freshen(gc_ext_page *page)
{
    unsigned n = FRESH_BYTES / page->cell;
    if (n == 0)
        n = 1;
    if (n > (unsigned)(page->count - page->fresh))
        n = (unsigned)(page->count - page->fresh);
    char *first = (char *)page_start(page) + (size_t)page->fresh * page->cell;
    for (unsigned i = n; i-- > 0;) {
        void *cell = first + (size_t)i * page->cell;
        ext_link(cell, page->free);
        page->free = cell;
    }
    page->fresh = (uint16_t)(page->fresh + n);
}

/* ------------------------------------------------------------------ cells */

/* A page from which a cell has been returned: it was full, or is empty now. */
static __attribute__((noinline)) void
settle_page(gc_ext_page *page)
{
    if (page->state == PAGE_FULL) {
        list_page(page);
    } else if (page->arena->pages[page->class] != page) {
        unlist_page(page);
        give_page(page);
    }
}

static inline void
return_cell(void *p)
{
    gc_ext_page *page = ext_page_of((uintptr_t)p);
    ext_link(p, page->free);
    page->free = p;
    page->used--;
    if (GC_UNLIKELY(page->used == 0 || page->state == PAGE_FULL))
        settle_page(page);
}

static void
take_deferred(gc_ext_arena *arena)
{
    void *p = atomic_exchange_explicit(&arena->deferred, NULL, memory_order_acquire);
    while (p != NULL) {
        void *next = ext_next(p);
        *gc_byte_of((uintptr_t)p) = 0;
        atomic_fetch_sub_explicit(&ext_cell_bytes, ext_page_of((uintptr_t)p)->cell, memory_order_relaxed);
        return_cell(p);
        p = next;
    }
}

/* A page of the class with a free cell; it heads the list. */
static gc_ext_page *
find_page(gc_ext_arena *arena, unsigned class)
{
    for (;;) {
        gc_ext_page *page = arena->pages[class];
        if (page == NULL) {
            page = take_page(arena, class);
            if (page == NULL)
                return NULL;
            list_page(page);
        }
        if (page->free != NULL)
            return page;
        if (page->fresh < page->count) {
            freshen(page);
            return page;
        }
        unlist_page(page);
        page->state = PAGE_FULL;
    }
}

static uint32_t
bin_limit(unsigned class)
{
    uint32_t n = BIN_BYTES / ext_class_bytes(class);
    return n < LEAST_BIN_CELLS ? LEAST_BIN_CELLS : n > MOST_BIN_CELLS ? MOST_BIN_CELLS : n;
}

/* All free cells of a page at once: its list becomes the empty bin's. */
static void
fill_bin(ext_bin *bin, gc_ext_page *page)
{
    uint32_t n = (uint32_t)(page->fresh - page->used), limit = bin_limit(page->class);
    bin->head = page->free;
    bin->count = n;
    bin->limit = n < limit ? limit : n + limit / 2; /* what has come is not flushed at once */
    page->free = NULL;
    page->used = page->fresh;
    atomic_fetch_add_explicit(&ext_cell_bytes, (size_t)n * page->cell, memory_order_relaxed);
}

static void
refuse_in_cycle(const char *what)
{
    if (GC_UNLIKELY(gc_in_own_cycle()))
        gc_heap_fatal("extension memory was %s from inside a collection", what);
}

void *
ext_refill(gc_ext_arena *arena, unsigned class, gc_mutator_state *m)
{
    ext_bin *bin = &arena->bins[class];
    void *cell = NULL;
    refuse_in_cycle("asked for");
    gc_enter(m);
    if (atomic_load_explicit(&arena->deferred, memory_order_relaxed) != NULL)
        take_deferred(arena);
    gc_ext_page *page = find_page(arena, class);
    if (page != NULL) {
        fill_bin(bin, page);
        cell = bin->head;
        bin->head = ext_next(cell);
        bin->count--;
    }
    gc_leave(m);
    return cell;
}

static void
flush_to(gc_ext_arena *arena, unsigned class, uint32_t keep)
{
    ext_bin *bin = &arena->bins[class];
    void *cell = bin->head;
    uint32_t left = bin->count;
    size_t n = 0;
    /* The list may be longer than count by one that a stopped thread was about to count. */
    for (void *next; cell != NULL && (left > keep || keep == 0); cell = next, n++) {
        next = ext_next(cell);
        left -= left > 0;
        return_cell(cell);
    }
    bin->head = cell;
    bin->count = left;
    atomic_fetch_sub_explicit(&ext_cell_bytes, n * ext_class_bytes(class), memory_order_relaxed);
}

void
ext_flush(gc_ext_arena *arena, unsigned class, gc_mutator_state *m)
{
    refuse_in_cycle("freed");
    gc_enter(m);
    flush_to(arena, class, arena->bins[class].limit / 2);
    if (atomic_load_explicit(&arena->deferred, memory_order_relaxed) != NULL)
        take_deferred(arena);
    gc_leave(m);
}

/* ------------------------------------------------------------------ arenas */

gc_ext_arena *
gc_ext_adopt_arena(void)
{
    pthread_mutex_lock(&ext_arena_lock);
    gc_ext_arena *arena = arenas;
    while (arena != NULL && arena->adopted)
        arena = arena->next;
    if (arena == NULL) {
        arena = mmap(NULL, sizeof *arena, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (arena == MAP_FAILED) {
            arena = NULL;
        } else {
            arena->next = arenas;
            arenas = arena;
        }
    }
    if (arena != NULL)
        arena->adopted = true;
    pthread_mutex_unlock(&ext_arena_lock);
    return arena;
}

void
gc_ext_leave_arena(gc_ext_arena *arena)
{
    for (unsigned class = 0; class < EXT_CLASSES; class++)
        flush_to(arena, class, 0);
    take_deferred(arena);
    pthread_mutex_lock(&ext_arena_lock);
    arena->adopted = false;
    pthread_mutex_unlock(&ext_arena_lock);
}

/* Of another thread's arena: as it was a little while ago. */
GC_UNCHECKED static size_t
bytes_in_bins(const gc_ext_arena *arena)
{
    size_t bytes = 0;
    for (unsigned class = 0; class < EXT_CLASSES; class++)
        bytes += (size_t)arena->bins[class].count * ext_class_bytes(class);
    return bytes;
}

size_t
gc_ext_bytes_in_use(void)
{
    gc_lock(&ext_arena_lock);
    size_t bytes = gc_ext_bytes() - bytes_in_bins(&ext_shared_arena);
    for (const gc_ext_arena *arena = arenas; arena != NULL; arena = arena->next)
        bytes -= bytes_in_bins(arena);
    gc_unlock(&ext_arena_lock);
    return bytes;
}

/* Nobody else runs: what was deferred to arenas without a thread. */
void
gc_ext_take_orphans(void)
{
    for (gc_ext_arena *arena = arenas; arena != NULL; arena = arena->next)
        if (!arena->adopted)
            take_deferred(arena);
}

void
gc_ext_reset_cells(void)
{
    while (arenas != NULL) {
        gc_ext_arena *next = arenas->next;
        munmap(arenas, sizeof *arenas);
        arenas = next;
    }
    memset(&ext_shared_arena, 0, sizeof ext_shared_arena);
    supply = (gc_ext_page){.next = &supply, .prev = &supply};
    supply_pages = 0;
    atomic_store(&ext_cell_bytes, 0);
}
