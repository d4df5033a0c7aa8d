/* alloc.c: a mutator's allocators and the slow path of gc_alloc.
 *
 * Two allocators bump through holes, both a mutator's own: the small one, which inline code works on, and the
 * medium one for objects above GC_INLINE_MAX bytes.  Each takes blocks of its own kind first, then empty ones; and
 * only when there is no fresh memory the other kind's.
 *
 * A hole that is too small for a small object is left until the next cycle: memory is cheaper than the time to fill it,
 * unless the heap is tight.  Then an object that does not fit is placed aside, in a later hole of the block, or in a
 * block of a third allocator, the spare one, and the hole is kept for others.  For a medium object a hole that is too
 * small may be large, and a few objects of several KB would go through all blocks in no time.  So blocks that the medium or
 * the spare allocator leave are kept by their largest hole, and found again by it.
 *
 * A hole is zeroed in pieces of ZERO_BYTES just ahead of the bump pointer, while it stays in the
 * first-level cache, and what comes next is fetched: gc_mutator.limit is the end of the zeroed piece.  Under
 * stress limit stays equal to bump, so that every allocation comes here.
 *
 * A cycle leaves every mutator its holes: the thread may have been stopped in the middle of an inline
 * allocation.  The rest of its current blocks is swept in the cycle, and looked through again afterwards. */
#define GC_INTERNAL
#include "holes.h"

#define ZERO_BYTES 2048u
#define AHEAD_BYTES 2048u /* fetched behind what is zeroed */
#define FETCH_BYTES 1024u /* fetched from the start of the next hole on */
#define CACHE_LINE 64u
/* From so many blocks on, pages are made ready in the background. */
#define BLOCKS_WORTH_PAGES 64u
/* So many left blocks whose largest hole may be large enough are asked. */
#define LEFT_TRIES 16u

/* ------------------------------------------------------------------ counting */

/* Objects are not counted here: cycles count their mark bytes (sweep.c). */
static void
count_allocator(gc_mutator_state *m, gc_allocator *a)
{
    if (a->bump == a->counted)
        return;
    m->allocated_bytes += a->bump - a->counted;
    gc_cycle_note_allocated(a->bump - a->counted);
    a->counted = a->bump;
}

void
gc_alloc_count(gc_mutator_state *m)
{
    m->small.bump = m->pub.bump;
    count_allocator(m, &m->small);
    count_allocator(m, &m->medium);
    count_allocator(m, &m->spare);
}

/* ------------------------------------------------------------------ holes */

static void
drop_block(gc_allocator *a)
{
    if (a->number != 0) {
        gc_lock(&gc_heap.lock);
        gc_block_of_number(a->number)->flags &= (uint8_t)~BLOCK_CURRENT;
        gc_unlock(&gc_heap.lock);
    }
    *a = (gc_allocator){0};
}

void
gc_alloc_retire(gc_mutator_state *m)
{
    gc_alloc_count(m);
    drop_block(&m->small);
    drop_block(&m->medium);
    drop_block(&m->spare);
    m->pub.bump = m->pub.limit = 0;
    m->pub.meta = NULL;
}

static void
restart(gc_allocator *a)
{
    if (a->number != 0)
        a->cursor = gc_block_address(a->number);
    a->looked = false;
    memset(a->aside, 0, sizeof a->aside);
}

void
gc_alloc_restart(gc_mutator_state *m)
{
    restart(&m->small);
    restart(&m->medium);
    restart(&m->spare);
}

void
gc_alloc_hole_of(uint32_t number, uintptr_t *lo, uintptr_t *hi)
{
    for (gc_mutator_state *m = gc_mutators; m != NULL; m = m->next) {
        if (m->small.number == number) {
            *lo = m->pub.bump;
            *hi = m->small.hole_end;
            return;
        }
        const gc_allocator *a = m->medium.number == number ? &m->medium : &m->spare;
        if (a->number == number) {
            *lo = a->bump;
            *hi = a->hole_end;
            return;
        }
    }
    *lo = *hi = gc_block_address(number);
}

static void
enter_hole(gc_allocator *a, uintptr_t start, uintptr_t end, bool zeroed)
{
    a->bump = a->counted = start;
    a->hole_end = end;
    a->cursor = end;
    a->zeroed = zeroed ? end : start;
}

/* Granules of a hole to the number of its list. */
static unsigned
hole_class(unsigned granules)
{
    unsigned class = 31 - (unsigned)__builtin_clz(granules);
    return class < GC_HOLE_CLASSES ? class : GC_HOLE_CLASSES - 1;
}

/* Put a block that is left on the list of its largest hole, if somebody can use that. */
static void
keep_left(gc_allocator *a)
{
    gc_block *block = gc_block_of_number(a->number);
    bool medium = block->flags & BLOCK_MEDIUM;
    if (!medium && !gc_heap.tight)
        return;
    if (!a->looked)
        holes_look(a->number, &a->holes);
    unsigned largest = holes_largest(&a->holes);
    if (largest == 0 || (medium && largest * GC_GRANULE <= GC_INLINE_MAX))
        return;
    block->hole = (uint16_t)largest;
    uint32_t *lists = medium ? gc_heap.left_medium : gc_heap.left_small;
    gc_heap_push(&lists[hole_class(largest)], a->number);
}

/* Leave the current block, and what is left of its last hole: another allocator may visit it. */
static void
finish_block(gc_allocator *a)
{
    if (a->number == 0)
        return;
    gc_block_of_number(a->number)->flags &= (uint8_t)~BLOCK_CURRENT;
    keep_left(a);
    *a = (gc_allocator){0};
}

/* Memory that is going to be written.  (Inlined by force: gcc drops calls of a function that does nothing but prefetch.) */
static inline __attribute__((always_inline)) void
fetch(uintptr_t from, uintptr_t to)
{
    for (; from < to; from += CACHE_LINE)
        __builtin_prefetch((void *)from, 1);
}

/* In the current block, which is nobody else's: this needs no lock. */
static bool
next_hole(gc_allocator *a, unsigned least)
{
    if (a->number == 0)
        return false;
    uintptr_t block = gc_block_address(a->number);
    unsigned from = (unsigned)((a->cursor - block) / GC_GRANULE), to = 0;
    if (from < GC_BLOCK_GRANULES && !a->looked) {
        holes_look(a->number, &a->holes);
        a->looked = true;
    }
    if (!holes_find(&a->holes, &from, &to, least))
        return false;
    holes_take(&a->holes, from, to);
    enter_hole(a, block + (uintptr_t)from * GC_GRANULE, block + (uintptr_t)to * GC_GRANULE, false);
    /* The next hole, and what comes after it, is on its way into the cache while this one is filled: in a heap that is
     * in use holes are short, and each would begin with waiting for memory. */
    unsigned next = holes_next_bit(a->holes.roomy, to);
    if (next < GC_BLOCK_GRANULES)
        fetch(block + next * GC_GRANULE, block + next * GC_GRANULE + FETCH_BYTES);
    return true;
}

/* Lock held, here and below. */
static bool
enter_listed(gc_allocator *a, uint32_t *list)
{
    uint32_t number = gc_heap_pop(list);
    if (number == 0)
        return false;
    gc_sweep_block(number);
    gc_block_of_number(number)->flags |= BLOCK_CURRENT | BLOCK_YOUNG;
    a->number = number;
    a->looked = false;
    a->cursor = a->bump = a->hole_end = gc_block_address(number);
    return true;
}

/* A block that has been left and has such a hole: more or less the smallest, for larger ones are rare. */
static bool
enter_left(gc_allocator *a, gc_left_lists lists, unsigned least)
{
    unsigned class = hole_class(least), tries = LEFT_TRIES;
    for (uint32_t *link = &lists[class]; *link != 0 && tries > 0; tries--) {
        gc_block *block = gc_block_of_number(*link);
        if (block->hole >= least)
            return enter_listed(a, link);
        link = &block->next;
    }
    while (++class < GC_HOLE_CLASSES)
        if (enter_listed(a, &lists[class]))
            return true;
    return false;
}

static bool
may_grow(size_t bytes)
{
    return gc_heap.max_heap_bytes == 0 || gc_heap_bytes() + bytes <= gc_heap.max_heap_bytes;
}

/* The first empty block; when the heap may not grow, the first of those that hold memory.  0: there is none. */
static uint32_t
take_empty(void)
{
    bool grows = may_grow(GC_BLOCK_BYTES);
    uint32_t *list = &gc_heap.empty;
    while (!grows && *list != 0 && (gc_block_of_number(*list)->flags & BLOCK_ZEROED))
        list = &gc_block_of_number(*list)->next;
    if (*list == 0 && grows && !gc_heap_add_small_slab())
        return 0;
    return gc_heap_pop(list);
}

/* The whole of an empty block becomes the hole. */
static bool
enter_empty(gc_allocator *a, unsigned flag)
{
    uint32_t number = take_empty();
    if (number == 0)
        return false;
    gc_block *block = gc_block_of_number(number);
    bool zeroed = block->flags & BLOCK_ZEROED, paged = block->paged;
    uintptr_t start = gc_block_address(number);
    if (block->flags & BLOCK_STALE)
        memset(gc_byte_of(start), 0, GC_BLOCK_GRANULES);
    if (zeroed)
        gc_add(&gc_heap.blocks_held, 1);
    *block = (gc_block){.state = BLOCK_SWEPT, .flags = (uint8_t)(BLOCK_CURRENT | BLOCK_YOUNG | flag)};
    a->number = number;
    a->unpaged = zeroed && !paged;
    enter_hole(a, start, start + GC_BLOCK_BYTES, zeroed);
    return true;
}

/* An empty block, as long as the plan has some for small objects: if not, a cycle makes a new one. */
static bool
enter_small_empty(gc_allocator *a)
{
    if (gc_heap.small_budget == 0 && gc_heap.medium_reserve != 0)
        return false;
    if (!enter_empty(a, 0))
        return false;
    gc_heap.small_budget -= gc_heap.small_budget != 0;
    return true;
}

/* A block that has been left first, so that the small allocator fills up what the spare one has left. */
static bool
enter_small_listed(gc_allocator *a, unsigned least)
{
    return enter_left(a, gc_heap.left_small, least) || enter_listed(a, &gc_heap.dense) ||
           enter_listed(a, &gc_heap.sparse);
}

static bool
find_small_hole(gc_allocator *a, unsigned least)
{
    do {
        finish_block(a);
        if (enter_small_listed(a, least))
            continue;
        if (enter_small_empty(a))
            return true;
        if (gc_heap.medium_reserve != 0)
            return false;
        /* No fresh memory: whatever there is. */
        if (!enter_listed(a, &gc_heap.medium) && !enter_left(a, gc_heap.left_medium, GC_INLINE_MAX / GC_GRANULE))
            return false;
    } while (!next_hole(a, least));
    return true;
}

static bool
find_spare_hole(gc_allocator *a, unsigned least)
{
    do {
        finish_block(a);
        if (!enter_small_listed(a, least))
            return enter_small_empty(a);
    } while (!next_hole(a, least));
    return true;
}

/* First blocks of its own, or a fixed heap of mixed sizes would soon have no hole of the larger ones. */
static bool
find_medium_hole(gc_allocator *a, unsigned least)
{
    do {
        finish_block(a);
        if (enter_left(a, gc_heap.left_medium, least) || enter_listed(a, &gc_heap.medium))
            continue;
        if (enter_empty(a, BLOCK_MEDIUM))
            return true;
        if (!enter_left(a, gc_heap.left_small, least) && !enter_listed(a, &gc_heap.sparse) &&
            !enter_listed(a, &gc_heap.dense))
            return false;
    } while (!next_hole(a, least));
    return true;
}

/* ------------------------------------------------------------------ the slow path */

static inline void *
mark_new(uintptr_t start, size_t bytes, gc_kind kind)
{
    *gc_byte_of(start + bytes - GC_GRANULE) = GC_BYTE_END;
    *gc_byte_of(start) |= GC_BYTE_START(kind);
    return (void *)start;
}

static void *
bump_in(gc_allocator *a, size_t bytes, gc_kind kind)
{
    if (a->hole_end - a->bump < bytes)
        return NULL;
    uintptr_t start = a->bump, end = start + bytes;
    if (end > a->zeroed) {
        uintptr_t to = (end > a->zeroed + ZERO_BYTES / 2 ? end : a->zeroed) + ZERO_BYTES;
        to = to < a->hole_end ? to : a->hole_end;
        memset((void *)a->zeroed, 0, to - a->zeroed);
        a->zeroed = to;
        fetch(to, a->hole_end - to < AHEAD_BYTES ? a->hole_end : to + AHEAD_BYTES);
    }
    a->bump = end;
    return mark_new(start, bytes, kind);
}

static void
publish_small(gc_mutator_state *m)
{
    /* Not from bump: at the end of a slab's last block that is the next slab's address already. */
    uintptr_t slab = gc_block_address(m->small.number) & ~GC_SLAB_MASK;
    m->pub.bump = m->small.bump;
    m->pub.limit = gc_cycle_stressed() ? m->small.bump : m->small.zeroed;
    m->pub.meta = (uint8_t *)(slab - slab / GC_GRANULE);
}

static bool
find_hole(gc_mutator_state *m, gc_allocator *a, unsigned least, bool (*find)(gc_allocator *, unsigned))
{
    count_allocator(m, a);
    if (next_hole(a, least))
        return true;
    pthread_mutex_lock(&gc_heap.lock);
    bool found = find(a, least);
    pthread_mutex_unlock(&gc_heap.lock);
    if (found && a->unpaged) { /* one request instead of a fault for each page */
        gc_heap_populate(a->number);
        a->unpaged = false;
        m->lacks_pages = true;
    }
    return found;
}

/* In the present hole, or in the next one that is large enough. */
static void *
allocate_in(gc_mutator_state *m, gc_allocator *a, size_t bytes, gc_kind kind, bool (*find)(gc_allocator *, unsigned))
{
    void *p = bump_in(a, bytes, kind);
    if (p != NULL)
        return p;
    unsigned least = (unsigned)(bytes / GC_GRANULE);
    if (least < GC_LEAST_HOLE)
        least = GC_LEAST_HOLE;
    return find_hole(m, a, least, find) ? bump_in(a, bytes, kind) : NULL;
}

/* In the current block, in the first hole behind the present one that is large enough. */
static void *
allocate_aside(gc_mutator_state *m, gc_allocator *a, size_t bytes, gc_kind kind)
{
    uintptr_t block = gc_block_address(a->number);
    unsigned granules = (unsigned)(bytes / GC_GRANULE), class = hole_class(granules / GC_LEAST_HOLE), to;
    unsigned from = (unsigned)((a->cursor - block) / GC_GRANULE);
    if (from < a->aside[class])
        from = a->aside[class];
    bool found = holes_find(&a->holes, &from, &to, granules);
    a->aside[class] = (uint16_t)(found ? from + granules : GC_BLOCK_GRANULES);
    if (!found)
        return NULL;
    holes_take(&a->holes, from, from + granules);
    m->allocated_bytes += bytes;
    gc_cycle_note_allocated(bytes);
    uintptr_t start = block + (uintptr_t)from * GC_GRANULE;
    memset((void *)start, 0, bytes);
    return mark_new(start, bytes, kind);
}

/* Where holes are few, one that is too small for this object is kept for others. */
static void *
allocate_around(gc_mutator_state *m, gc_allocator *a, size_t bytes, gc_kind kind)
{
    if (a->hole_end - a->bump < GC_LEAST_HOLE * GC_GRANULE) {
        count_allocator(m, a);
        if (!next_hole(a, GC_LEAST_HOLE))
            return NULL;
    }
    void *p = bump_in(a, bytes, kind);
    if (p == NULL)
        p = allocate_aside(m, a, bytes, kind);
    return p != NULL ? p : allocate_in(m, &m->spare, bytes, kind, find_spare_hole);
}

static void *
allocate_medium(gc_mutator_state *m, size_t bytes, gc_kind kind)
{
    return allocate_in(m, &m->medium, bytes, kind, find_medium_hole);
}

static void *
allocate_small(gc_mutator_state *m, size_t bytes, gc_kind kind)
{
    gc_allocator *a = &m->small;
    void *p = bump_in(a, bytes, kind);
    if (p == NULL && gc_heap.tight && a->looked)
        p = allocate_around(m, a, bytes, kind);
    if (p == NULL)
        p = allocate_in(m, a, bytes, kind, find_small_hole);
    if (p == NULL && gc_heap.tight && bytes >= GC_INLINE_MAX / 2)
        p = allocate_medium(m, bytes, kind);
    return p;
}

static void *
allocate_large(gc_mutator_state *m, size_t size, gc_kind kind)
{
    size_t bytes = (size + GC_PAGE_BYTES - 1) & ~(GC_PAGE_BYTES - 1);
    if (!may_grow(bytes)) {
        pthread_mutex_lock(&gc_heap.lock);
        gc_sweep_release_empty(0);
        pthread_mutex_unlock(&gc_heap.lock);
        if (!may_grow(bytes))
            return NULL;
    }
    gc_run *run = gc_large_take(size, 1, RUN_GC, GC_BYTE_START(kind), true);
    if (run == NULL)
        return NULL;
    m->large_objects++;
    m->allocated_bytes += run->size;
    gc_cycle_note_allocated(run->size);
    return (void *)run->start;
}

static void *
allocate(gc_mutator_state *m, size_t size, gc_kind kind)
{
    if (size > GC_SMALL_MAX)
        return allocate_large(m, size, kind);
    size_t bytes = (size + GC_GRANULE - 1) & ~(size_t)(GC_GRANULE - 1);
    m->small.bump = m->pub.bump;
    void *p = bytes <= GC_INLINE_MAX ? allocate_small(m, bytes, kind) : allocate_medium(m, bytes, kind);
    publish_small(m);
    return p;
}

static bool
stress_is_due(gc_mutator_state *m)
{
    if (!gc_cycle_stressed())
        return false;
    if (m->stress_left == 0 || --m->stress_left == 0) {
        m->stress_left = gc_cycle_stress_every();
        return true;
    }
    return false;
}

/* Would this allocation go on in the present hole?  Then the question whether a cycle is due waits
 * until the hole is used up, except under stress. */
static bool
needs_hole(const gc_mutator_state *m, size_t size)
{
    return size > GC_INLINE_MAX || m->small.hole_end - m->pub.bump < size;
}

static void *
allocate_shielded(gc_mutator_state *m, size_t size, gc_kind kind)
{
    gc_enter(m);
    void *p = allocate(m, size, kind);
    gc_leave(m);
    return p;
}

/* With what was kept from small objects until the next plan. */
static void *
allocate_from_reserve(gc_mutator_state *m, size_t size, gc_kind kind)
{
    gc_lock(&gc_heap.lock);
    gc_heap.medium_reserve = 0;
    gc_unlock(&gc_heap.lock);
    return allocate_shielded(m, size, kind);
}

void *
gc_alloc_first(gc_mutator_state *m, size_t size, gc_kind kind, bool full)
{
    void *p = allocate_shielded(m, size, kind);
    return p == NULL && full ? allocate_from_reserve(m, size, kind) : p;
}

/* Nothing was left when there had been `count` cycles.  A collection, a full one, then the embedder's turn, as long as
 * it frees something.  Threads find the heap full together: one cycle is for all of them, and whoever runs it gets its
 * object first, or the others might have used all of the memory again before it has had a turn. */
static void *
allocate_at_any_price(gc_mutator_state *m, size_t size, gc_kind kind, uint64_t count)
{
    if (!gc_cycle_may_collect())
        return allocate_from_reserve(m, size, kind);
    gc_wish wish = {.if_count = true, .size = size, .object = kind};
    wish.kind = gc_cycle_has_generations() ? WISH_ANY : WISH_FULL;
    for (;;) {
        wish.count = count;
        void *p = gc_cycle_collect(m, wish);
        count = gc_cycle_count();
        if (p == NULL && !m->served)
            p = allocate_shielded(m, size, kind);
        if (p != NULL)
            return p;
        if (!m->served)
            continue;
        if (wish.kind == WISH_FULL &&
            (gc_heap.embedder.out_of_memory == NULL || !gc_heap.embedder.out_of_memory(size)))
            return NULL;
        wish.kind = WISH_FULL;
    }
}

void *
gc_alloc_slow(gc_mutator *pub, size_t size, gc_kind kind)
{
    gc_mutator_state *m = (gc_mutator_state *)pub;
    if (GC_UNLIKELY(gc_in_own_cycle()))
        gc_heap_fatal("allocation of %zu bytes from inside a collection", size);
    if (GC_UNLIKELY(!m->attached))
        gc_heap_fatal("allocation of %zu bytes by a mutator that is not attached", size);
    if (size == 0)
        size = 1;
    if (size > PTRDIFF_MAX)
        return NULL;
    bool stress = stress_is_due(m);
    if (stress && gc_cycle_may_collect())
        gc_cycle_collect(m, (gc_wish){.kind = WISH_ANY});
    else if ((needs_hole(m, size) || m->pub.limit < m->small.zeroed) && gc_cycle_due() &&
             gc_cycle_may_collect())
        gc_cycle_collect(m, (gc_wish){.kind = WISH_ANY, .if_due = true});
    uint64_t count = gc_cycle_count();
    void *p = allocate_shielded(m, size, kind);
    if (GC_UNLIKELY(m->lacks_pages)) {
        m->lacks_pages = false;
        if (gc_read(&gc_heap.blocks_held) >= BLOCKS_WORTH_PAGES)
            gc_background_request(BACKGROUND_PAGES);
    }
    return GC_LIKELY(p != NULL) ? p : allocate_at_any_price(m, size, kind, count);
}

void
gc_alloc_interrupt(gc_mutator_state *m)
{
    m->pub.limit = 0;
}
