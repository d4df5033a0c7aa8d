/* ext.c: extension memory, what malloc, free and their family mean to extension code.
 *
 * Blocks of up to CELL_MOST bytes are cells of a page (a 64 KiB block of an extension slab) that holds
 * cells of one size class.  A page has a list of its free cells, so that an empty page goes back to
 * the supply whole.  An arena has, for each class, a list of the pages with room; its head serves.
 *
 * Arena 0 belongs to the mutator's thread and takes no lock; arena 1 serves every other thread under
 * a lock.  A cell of arena 0 that another thread frees is put on the deferred list, which the mutator
 * takes over when it next needs a page.
 *
 * The mark byte of a cell's first granule is 0 when it is free; while it is deferred it has its kind
 * but no start bit; else the start bit, its gc_ext_kind and, for GC_EXT_REACHED, the colour of the
 * cycle that reached it.
 *
 * Every block is a byte larger than asked for, so that a pointer one past the end is inside. */
#define GC_INTERNAL
#include "gc_internal.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define CELL_MOST 16384u
#define FINE_CLASSES 8u /* 16, 32, ... 128 bytes; then four for each power of two */
#define CLASSES (FINE_CLASSES + 7 * 4)
#define FRESH_BYTES 2048u /* this much of a page is made into free cells at a time */
#define KEPT_FREE_PAGES 64u

enum page_state { PAGE_FREE = 0, PAGE_LISTED, PAGE_FULL };

typedef struct arena {
    gc_ext_page *pages[CLASSES];
    size_t bytes; /* in use */
} arena;

static gc_ext_page no_page; /* ends each list; never has a free cell */
static arena arenas[2];
static void *owner; /* the thread of arena 0 */
static pthread_mutex_t arena_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(void *) deferred;
static gc_ext_page supply = {.next = &supply, .prev = &supply};
static size_t supply_pages;
static _Atomic ptrdiff_t external_bytes;
static bool ready;

/* ------------------------------------------------------------------ size classes */

static inline unsigned
class_of(size_t bytes)
{
    if (bytes <= 16 * FINE_CLASSES)
        return (unsigned)((bytes - 1) / 16);
    size_t n = bytes - 1;
    unsigned e = 63 - (unsigned)__builtin_clzll(n);
    return FINE_CLASSES + (e - 7) * 4 + (unsigned)(n >> (e - 2) & 3);
}

static uint32_t
class_bytes(unsigned class)
{
    if (class < FINE_CLASSES)
        return 16 * (class + 1);
    unsigned e = 7 + (class - FINE_CLASSES) / 4, quarter = (class - FINE_CLASSES) % 4;
    return (1u << e) + ((quarter + 1) << (e - 2));
}

/* ------------------------------------------------------------------ pages */

static uintptr_t
page_start(const gc_ext_page *page)
{
    uintptr_t slab = (uintptr_t)page & ~GC_SLAB_MASK;
    return slab + ((uintptr_t)(page - ((gc_ext_slab *)slab)->pages) << GC_BLOCK_SHIFT);
}

static gc_ext_page *
page_of(uintptr_t address)
{
    gc_ext_slab *slab = (gc_ext_slab *)(address & ~GC_SLAB_MASK);
    return &slab->pages[(address & GC_SLAB_MASK) >> GC_BLOCK_SHIFT];
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

static gc_ext_page *
take_page(unsigned class, unsigned arena_index)
{
    if (gc_thread_self() == owner && gc_heap.in_cycle)
        gc_heap_fatal("extension memory was asked for from inside a collection");
    pthread_mutex_lock(&gc_heap.lock);
    if (supply.next == &supply) {
        size_t index = gc_heap_take_slabs(1, 1, SLAB_EXT, true);
        if (index == SIZE_MAX) {
            pthread_mutex_unlock(&gc_heap.lock);
            return NULL;
        }
        gc_ext_slab *slab = (gc_ext_slab *)gc_slab_address(index);
        for (unsigned b = GC_SLAB_BLOCKS; b-- > GC_HEADER_BLOCKS;)
            link_supply(&slab->pages[b]);
    }
    gc_ext_page *page = supply.next;
    unlink_page(page);
    supply_pages--;
    ((gc_ext_slab *)((uintptr_t)page & ~GC_SLAB_MASK))->used_pages++;
    uint32_t cell = class_bytes(class);
    *page = (gc_ext_page){
        .cell = cell,
        .reciprocal = (uint32_t)((((uint64_t)1 << 32) + cell - 1) / cell),
        .count = (uint16_t)(GC_BLOCK_BYTES / cell),
        .class = (uint8_t)class,
        .arena = (uint8_t)arena_index,
        .state = PAGE_LISTED,
    };
    pthread_mutex_unlock(&gc_heap.lock);
    return page;
}

static void
give_page(gc_ext_page *page)
{
    if (gc_thread_self() == owner && gc_heap.in_cycle)
        gc_heap_fatal("extension memory was freed from inside a collection");
    pthread_mutex_lock(&gc_heap.lock);
    gc_ext_slab *slab = (gc_ext_slab *)((uintptr_t)page & ~GC_SLAB_MASK);
    page->state = PAGE_FREE;
    page->free = NULL;
    page->used = page->fresh = 0;
    link_supply(page);
    if (--slab->used_pages == 0 && supply_pages >= KEPT_FREE_PAGES) {
        for (unsigned b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++)
            unlink_page(&slab->pages[b]);
        supply_pages -= GC_SLAB_BLOCKS - GC_HEADER_BLOCKS;
        gc_heap_give_slabs(((uintptr_t)slab - gc_heap.base) >> GC_SLAB_SHIFT, 1, false);
    } else if (supply_pages > KEPT_FREE_PAGES) {
        gc_heap_release(page_start(page), GC_BLOCK_BYTES);
    }
    pthread_mutex_unlock(&gc_heap.lock);
}

static void
list_page(gc_ext_page *page)
{
    gc_ext_page **head = &arenas[page->arena].pages[page->class];
    page->state = PAGE_LISTED;
    if (*head == &no_page || *head == NULL) {
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
    gc_ext_page **head = &arenas[page->arena].pages[page->class];
    if (page->next == page)
        *head = &no_page;
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
        void **cell = (void **)(first + (size_t)i * page->cell);
        *cell = page->free;
        page->free = cell;
    }
    page->fresh = (uint16_t)(page->fresh + n);
}

/* ------------------------------------------------------------------ cells */

static void
count_kind(gc_ext_page *page, unsigned kind, int delta)
{
    if (kind == GC_EXT_REACHED)
        page->reached = (uint16_t)(page->reached + delta);
    else if (kind == GC_EXT_OPAQUE)
        page->opaque = (uint16_t)(page->opaque + delta);
}

static void
return_cell(gc_ext_page *page, void *p, unsigned kind)
{
    if (kind != GC_EXT_ROOT)
        count_kind(page, kind, -1);
    *(void **)p = page->free;
    page->free = p;
    page->used--;
    gc_add(&arenas[page->arena].bytes, -(size_t)page->cell);
    if (GC_UNLIKELY(page->state == PAGE_FULL)) {
        list_page(page);
    } else if (GC_UNLIKELY(page->used == 0) && arenas[page->arena].pages[page->class] != page) {
        unlist_page(page);
        give_page(page);
    }
}

static void
take_deferred(void)
{
    void *p = atomic_exchange_explicit(&deferred, NULL, memory_order_acquire);
    while (p != NULL) {
        void *next = *(void **)p;
        uint8_t *byte = gc_byte_of((uintptr_t)p);
        unsigned kind = GC_BYTE_KIND_OF(*byte);
        *byte = 0;
        return_cell(page_of((uintptr_t)p), p, kind);
        p = next;
    }
}

/* Make the head of the class's list a page with a free cell. */
static gc_ext_page *
find_page(unsigned arena_index, unsigned class)
{
    if (arena_index == 0 && atomic_load_explicit(&deferred, memory_order_relaxed) != NULL)
        take_deferred();
    arena *a = &arenas[arena_index];
    if (a->pages[class] == NULL)
        a->pages[class] = &no_page;
    for (;;) {
        gc_ext_page *page = a->pages[class];
        if (page == &no_page) {
            page = take_page(class, arena_index);
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

static void
interrupt_when_due(void)
{
    if (gc_thread_self() == owner && gc_cycle_due())
        gc_alloc_interrupt();
}

static inline void *
take_cell(unsigned arena_index, unsigned class, gc_ext_kind kind)
{
    gc_ext_page *page = arenas[arena_index].pages[class];
    if (GC_UNLIKELY(page == NULL || page->free == NULL)) {
        page = find_page(arena_index, class);
        if (page == NULL)
            return NULL;
        interrupt_when_due();
    }
    void **cell = page->free;
    page->free = *cell;
    page->used++;
    gc_add(&arenas[arena_index].bytes, page->cell);
    if (kind != GC_EXT_ROOT)
        count_kind(page, kind, 1);
    *gc_byte_of((uintptr_t)cell) = GC_BYTE_START(kind);
    return cell;
}

static inline void *
allocate_cell(unsigned class, gc_ext_kind kind)
{
    if (GC_LIKELY(gc_thread_self() == owner))
        return take_cell(0, class, kind);
    pthread_mutex_lock(&arena_lock);
    void *p = take_cell(1, class, kind);
    pthread_mutex_unlock(&arena_lock);
    return p;
}

static void *
allocate_run(size_t size, size_t align, gc_ext_kind kind, bool zero)
{
    if (size >= PTRDIFF_MAX)
        return NULL;
    gc_run *run = gc_large_take(size + 1, align, RUN_EXT, GC_BYTE_START(kind), zero);
    if (run == NULL)
        return NULL;
    interrupt_when_due();
    return (void *)run->start;
}

static inline void *
allocate(size_t size, gc_ext_kind kind)
{
    void *p = GC_LIKELY(size < CELL_MOST) ? allocate_cell(class_of(size + 1), kind)
                                          : allocate_run(size, 1, kind, false);
    if (GC_UNLIKELY(p == NULL))
        errno = ENOMEM;
    return p;
}

_Noreturn static void
bad_free(const char *what, const void *p)
{
    gc_heap_fatal("%s: %p is no allocated extension block: freed twice, or not the address that "
                  "malloc returned",
                  what, p);
}

static enum gc_slab_kind
slab_kind_of(const void *p)
{
    return gc_slab_kind_of((uintptr_t)p);
}

static void
defer(void *p, uint8_t *byte)
{
    __atomic_and_fetch(byte, GC_BYTE_KIND, __ATOMIC_RELAXED); /* a cycle may be colouring it */
    void *head = atomic_load_explicit(&deferred, memory_order_relaxed);
    do
        *(void **)p = head;
    while (!atomic_compare_exchange_weak_explicit(&deferred, &head, p, memory_order_release,
                                                  memory_order_relaxed));
}

static void
free_cell(void *p)
{
    uint8_t *byte = gc_byte_of((uintptr_t)p);
    if (GC_UNLIKELY(((uintptr_t)p & GC_SLAB_MASK) < GC_HEADER_BYTES || (uintptr_t)p % GC_GRANULE != 0 ||
                    !(*byte & 1)))
        bad_free("free", p);
    gc_ext_page *page = page_of((uintptr_t)p);
    unsigned kind = GC_BYTE_KIND_OF(*byte);
    if (GC_UNLIKELY(gc_heap.poison))
        memset(p, GC_POISON, page->cell);
    if (GC_LIKELY(page->arena == 0)) {
        if (GC_UNLIKELY(gc_thread_self() != owner)) {
            defer(p, byte);
            return;
        }
        *byte = 0;
        return_cell(page, p, kind);
        return;
    }
    pthread_mutex_lock(&arena_lock);
    *byte = 0;
    return_cell(page, p, kind);
    pthread_mutex_unlock(&arena_lock);
}

/* The run that begins at p; NULL for a large object, which is not freed by hand. */
static gc_run *
run_at(const char *what, void *p)
{
    gc_run *run = gc_large_find((uintptr_t)p);
    if (run == NULL || (run->owner == RUN_EXT && run->start != (uintptr_t)p))
        bad_free(what, p);
    return run->owner == RUN_EXT ? run : NULL;
}

/* ------------------------------------------------------------------ the interface */

void *
gc_ext_malloc_kind(size_t size, gc_ext_kind kind)
{
    if (GC_UNLIKELY(!ready))
        return malloc(size);
    return allocate(size, kind);
}

void *
gc_ext_malloc(size_t size)
{
    return gc_ext_malloc_kind(size, GC_EXT_ROOT);
}

void *
gc_ext_calloc(size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    if (GC_UNLIKELY(!ready))
        return calloc(1, bytes);
    if (bytes >= CELL_MOST) {
        void *p = allocate_run(bytes, 1, GC_EXT_ROOT, true);
        if (p == NULL)
            errno = ENOMEM;
        return p;
    }
    void *p = allocate(bytes, GC_EXT_ROOT);
    return p == NULL ? NULL : memset(p, 0, bytes);
}

void
gc_ext_free(void *p)
{
    if (GC_UNLIKELY(!gc_in_range((uintptr_t)p))) {
        free(p);
        return;
    }
    switch (slab_kind_of(p)) {
    case SLAB_EXT:
        free_cell(p);
        break;
    case SLAB_RUN:
    case SLAB_HUGE:
    case SLAB_HUGE_TAIL: {
        gc_run *run = run_at("free", p);
        if (run != NULL)
            gc_large_give(run);
        break;
    }
    case SLAB_SMALL: /* an object: its memory is the collector's to free */
        break;
    case SLAB_FREE:
        bad_free("free", p);
    }
}

static void *
move(void *p, size_t old, size_t size, gc_ext_kind kind)
{
    void *q = allocate(size, kind);
    if (q == NULL)
        return NULL;
    memcpy(q, p, old < size ? old : size);
    gc_ext_free(p);
    return q;
}

static void *
realloc_cell(void *p, size_t size)
{
    uint8_t *byte = gc_byte_of((uintptr_t)p);
    if (((uintptr_t)p & GC_SLAB_MASK) < GC_HEADER_BYTES || (uintptr_t)p % GC_GRANULE != 0 || !(*byte & 1))
        bad_free("realloc", p);
    size_t cell = page_of((uintptr_t)p)->cell;
    if (size < cell && (size >= cell / 2 || cell <= 32))
        return p;
    return move(p, cell, size, (gc_ext_kind)GC_BYTE_KIND_OF(*byte));
}

void *
gc_ext_realloc(void *p, size_t size)
{
    if (p == NULL)
        return gc_ext_malloc(size);
    if (!gc_in_range((uintptr_t)p))
        return realloc(p, size);
    if (size == 0) {
        gc_ext_free(p);
        return NULL;
    }
    enum gc_slab_kind kind = slab_kind_of(p);
    if (kind == SLAB_EXT)
        return realloc_cell(p, size);
    if (kind == SLAB_FREE)
        bad_free("realloc", p);
    gc_run *run = kind == SLAB_SMALL ? NULL : run_at("realloc", p);
    if (run == NULL)
        gc_heap_fatal("realloc: %p is an object of the collector, not an extension block", p);
    if (size >= CELL_MOST && size < PTRDIFF_MAX && gc_large_resize(run, size + 1))
        return p;
    return move(p, run->size, size, (gc_ext_kind)GC_BYTE_KIND_OF(gc_run_byte(run)));
}

void *
gc_ext_aligned_alloc(size_t align, size_t size)
{
    if (align == 0 || (align & (align - 1)) != 0) {
        errno = EINVAL;
        return NULL;
    }
    if (!ready)
        return aligned_alloc(align, size);
    if (align <= GC_GRANULE)
        return allocate(size, GC_EXT_ROOT);
    void *p = NULL;
    if (size < CELL_MOST && align <= CELL_MOST) {
        /* Pages are aligned to their size, so a cell is as aligned as its size class. */
        unsigned class = class_of(size + 1 > align ? size + 1 : align);
        while (class < CLASSES && class_bytes(class) % align != 0)
            class++;
        if (class < CLASSES)
            p = allocate_cell(class, GC_EXT_ROOT);
    } else {
        p = allocate_run(size, align, GC_EXT_ROOT, false);
    }
    if (p == NULL)
        errno = ENOMEM;
    return p;
}

bool
gc_ext_set_kind(void *p, gc_ext_kind kind)
{
    if (!gc_in_range((uintptr_t)p) || (unsigned)kind > GC_EXT_OPAQUE)
        return false;
    enum gc_slab_kind slab = slab_kind_of(p);
    if (slab == SLAB_EXT) {
        gc_ext_page *page;
        uint8_t *byte = gc_ext_find((uintptr_t)p, &page);
        if (byte == NULL || gc_address_of_byte(byte) != (uintptr_t)p)
            return false;
        pthread_mutex_lock(&arena_lock);
        count_kind(page, GC_BYTE_KIND_OF(*byte), -1);
        count_kind(page, kind, 1);
        *byte = GC_BYTE_START(kind);
        pthread_mutex_unlock(&arena_lock);
        return true;
    }
    if (slab == SLAB_FREE || slab == SLAB_SMALL)
        return false;
    gc_run *run = gc_large_find((uintptr_t)p);
    if (run == NULL || run->owner != RUN_EXT || run->start != (uintptr_t)p)
        return false;
    gc_run_set_byte(run, GC_BYTE_START(kind));
    return true;
}

size_t
gc_ext_usable_size(void *p)
{
    if (!gc_in_range((uintptr_t)p))
        return 0;
    enum gc_slab_kind kind = slab_kind_of(p);
    if (kind == SLAB_EXT) {
        gc_ext_page *page;
        uint8_t *byte = gc_ext_find((uintptr_t)p, &page);
        return byte != NULL && gc_address_of_byte(byte) == (uintptr_t)p ? page->cell - 1 : 0;
    }
    if (kind == SLAB_FREE || kind == SLAB_SMALL)
        return 0;
    gc_run *run = gc_large_find((uintptr_t)p);
    return run != NULL && run->owner == RUN_EXT && run->start == (uintptr_t)p ? run->size - 1 : 0;
}

void
gc_external_bytes(ptrdiff_t delta)
{
    atomic_fetch_add_explicit(&external_bytes, delta, memory_order_relaxed);
    if (delta > 0)
        interrupt_when_due();
}

/* ------------------------------------------------------------------ for the rest of the collector */

void
gc_ext_set_owner(void *thread)
{
    ready = true;
    owner = thread;
}

void
gc_ext_shutdown(void)
{
    memset(arenas, 0, sizeof arenas);
    supply = (gc_ext_page){.next = &supply, .prev = &supply};
    supply_pages = 0;
    atomic_store(&deferred, NULL);
    atomic_store(&external_bytes, 0);
    owner = NULL;
    ready = false;
}

void
gc_ext_lock(void)
{
    pthread_mutex_lock(&arena_lock);
    pthread_mutex_lock(&gc_heap.lock);
}

void
gc_ext_unlock(void)
{
    pthread_mutex_unlock(&gc_heap.lock);
    pthread_mutex_unlock(&arena_lock);
}

size_t
gc_ext_bytes(void)
{
    return gc_read(&arenas[0].bytes) + gc_read(&arenas[1].bytes) + gc_read(&gc_heap.run_bytes_ext);
}

size_t
gc_ext_external(void)
{
    ptrdiff_t n = atomic_load_explicit(&external_bytes, memory_order_relaxed);
    return n > 0 ? (size_t)n : 0;
}

uint8_t *
gc_ext_find(uintptr_t address, gc_ext_page **found)
{
    if ((address & GC_SLAB_MASK) < GC_HEADER_BYTES)
        return NULL;
    gc_ext_page *page = page_of(address);
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

static void
forget_page(gc_ext_page *page, uintptr_t start, void *arg)
{
    (void)arg;
    if (page->reached == 0)
        return;
    for (unsigned i = 0; i < page->fresh; i++) {
        uint8_t *byte = gc_byte_of(start + (size_t)i * page->cell);
        if (__atomic_load_n(byte, __ATOMIC_RELAXED) & GC_BYTE_COLOUR)
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
    gc_ext_each_page(forget_page, NULL);
    gc_large_each(forget_run, NULL);
}

static void
scan_page(gc_ext_page *page, uintptr_t start, void *arg)
{
    if (page->used == page->reached + page->opaque)
        return;
    for (unsigned i = 0; i < page->fresh; i++) {
        uintptr_t cell = start + (size_t)i * page->cell;
        if ((*gc_byte_of(cell) & (1 | GC_BYTE_KIND)) == GC_BYTE_START(GC_EXT_ROOT))
            gc_mark_root_range(arg, cell, cell + page->cell);
    }
}

static void
scan_run(gc_run *run, void *arg)
{
    if (run->owner == RUN_EXT && GC_BYTE_KIND_OF(gc_run_byte(run)) == GC_EXT_ROOT)
        gc_mark_root_range(arg, run->start, run->start + run->size);
}

void
gc_ext_scan_roots(gc_tracer *t)
{
    gc_ext_each_page(scan_page, t);
    gc_large_each(scan_run, t);
}

/* ------------------------------------------------------------------ verification */

static void
verify_page(gc_ext_page *page, uintptr_t start, void *arg)
{
    size_t *bad = arg, used = 0, reached = 0, opaque = 0;
    for (unsigned i = 0; i < page->fresh; i++) {
        uint8_t b = *gc_byte_of(start + (size_t)i * page->cell);
        bool deferred_cell = b != 0 && !(b & 1);
        used += b & 1 || deferred_cell;
        reached += b != 0 && GC_BYTE_KIND_OF(b) == GC_EXT_REACHED;
        opaque += b != 0 && GC_BYTE_KIND_OF(b) == GC_EXT_OPAQUE;
    }
    /* A deferred GC_EXT_ROOT cell's byte is 0 as a free one's is; so used may be less, never more. */
    if (used > page->used || reached != page->reached || opaque != page->opaque ||
        page->fresh > page->count) {
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
