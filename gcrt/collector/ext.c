/* ext.c: extension memory, what malloc, free and their family mean to extension code.
 *
 * Blocks of up to EXT_CELL_MOST bytes are cells (ext_cells.c), larger ones runs of pages (large.c). */
#define GC_INTERNAL
#include "ext_internal.h"

#include <errno.h>
#include <stdlib.h>

/* Blocks that realloc lengthens are runs from here on. */
#define GROWN_RUN (EXT_CELL_MOST / 2)

static _Atomic ptrdiff_t external_bytes;
static bool ready;

/* A pointer one past the end keeps a block of kind GC_EXT_REACHED as one to the inside does: such are a byte larger. */
static inline size_t
spare(gc_ext_kind kind)
{
    return kind == GC_EXT_REACHED;
}

/* Bytes of a block of `size` bytes; none is empty. */
static inline size_t
with_spare(size_t size, gc_ext_kind kind)
{
    return size == 0 ? 1 : size + spare(kind);
}

static void
interrupt_when_due(gc_mutator_state *m)
{
    if (m != NULL && gc_cycle_due())
        gc_alloc_interrupt(m);
}

static inline void *
pop(ext_bin *bin)
{
    void *cell = bin->head;
    if (GC_LIKELY(cell != NULL)) {
        bin->head = ext_next(cell);
        bin->count--;
    }
    return cell;
}

static inline void
set_kind(void *cell, gc_ext_kind kind)
{
    if (GC_UNLIKELY(kind == GC_EXT_REACHED))
        ext_page_of((uintptr_t)cell)->coloured = 1;
    *gc_byte_of((uintptr_t)cell) = GC_BYTE_START(kind);
}

/* The bin is empty, or the thread is no mutator. */
static __attribute__((noinline)) void *
allocate_slowly(unsigned class, gc_ext_kind kind)
{
    gc_mutator_state *m = gc_current;
    gc_ext_arena *arena = m != NULL ? m->arena : &ext_shared_arena;
    if (m == NULL)
        pthread_mutex_lock(&ext_arena_lock);
    void *p = pop(&arena->bins[class]);
    if (p == NULL)
        p = ext_refill(arena, class, m);
    if (p != NULL)
        set_kind(p, kind);
    else
        errno = ENOMEM;
    if (m == NULL)
        pthread_mutex_unlock(&ext_arena_lock);
    interrupt_when_due(m);
    return p;
}

static inline void *
allocate_cell(unsigned class, gc_ext_kind kind)
{
    gc_mutator_state *m = gc_current;
    void *p = GC_LIKELY(m != NULL) ? pop(&m->arena->bins[class]) : NULL;
    if (GC_UNLIKELY(p == NULL))
        return allocate_slowly(class, kind);
    set_kind(p, kind);
    return p;
}

/* NULL: errno says why. */
static __attribute__((noinline)) void *
allocate_run(size_t size, size_t align, gc_ext_kind kind, bool zero)
{
    gc_run *run = size < PTRDIFF_MAX ? gc_large_take(with_spare(size, kind), align, RUN_EXT, GC_BYTE_START(kind), zero) : NULL;
    if (run == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    interrupt_when_due(gc_current);
    return (void *)run->start;
}

static inline void *
allocate(size_t size, gc_ext_kind kind)
{
    if (GC_UNLIKELY(size > EXT_CELL_MOST - spare(kind)))
        return allocate_run(size, 1, kind, false);
    return allocate_cell(ext_class_of(with_spare(size, kind)), kind);
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
defer(gc_ext_arena *arena, void *p, uint8_t *byte)
{
    __atomic_and_fetch(byte, GC_BYTE_KIND, __ATOMIC_RELEASE); /* a cycle may be colouring it */
    void *head = atomic_load_explicit(&arena->deferred, memory_order_relaxed);
    do
        ext_link(p, head);
    while (!atomic_compare_exchange_weak_explicit(&arena->deferred, &head, p, memory_order_release,
                                                  memory_order_relaxed));
}

static inline void
push(gc_ext_arena *arena, unsigned class, void *p, gc_mutator_state *m)
{
    ext_bin *bin = &arena->bins[class];
    ext_link(p, bin->head);
    bin->head = p;
    if (GC_UNLIKELY(++bin->count > bin->limit))
        ext_flush(arena, class, m);
}

static void
free_foreign(gc_ext_page *page, void *p, uint8_t *byte)
{
    if (page->arena != &ext_shared_arena) {
        defer(page->arena, p, byte);
        return;
    }
    gc_mutator_state *m = gc_current;
    gc_enter(m);
    pthread_mutex_lock(&ext_arena_lock);
    *byte = 0;
    push(&ext_shared_arena, page->class, p, m);
    pthread_mutex_unlock(&ext_arena_lock);
    gc_leave(m);
}

/* Does a cell in use begin there? */
static inline bool
is_cell(const void *p, const uint8_t *byte)
{
    return ((uintptr_t)p & GC_SLAB_MASK) >= GC_HEADER_BYTES && (uintptr_t)p % GC_GRANULE == 0 && (*byte & 1);
}

/* It may be no cell at all, or another thread's, or to be poisoned. */
static __attribute__((noinline)) void
free_cell_slowly(void *p)
{
    uint8_t *byte = gc_byte_of((uintptr_t)p);
    gc_ext_page *page = ext_page_of((uintptr_t)p);
    gc_mutator_state *m = gc_current;
    if (!is_cell(p, byte))
        bad_free("free", p);
    if (gc_heap.poison)
        memset(p, GC_POISON, page->cell);
    if (m == NULL || page->arena != m->arena) {
        free_foreign(page, p, byte);
        return;
    }
    *byte = 0;
    push(m->arena, page->class, p, m);
}

/* In a slab of cells. */
static inline void
free_cell(void *p)
{
    uint8_t *byte = gc_byte_of((uintptr_t)p);
    const gc_ext_page *page = ext_page_of((uintptr_t)p);
    gc_mutator_state *m = gc_current;
    if (GC_UNLIKELY(m == NULL || page->arena != m->arena || !is_cell(p, byte) || gc_heap.poison)) {
        free_cell_slowly(p);
        return;
    }
    *byte = 0;
    push(m->arena, page->class, p, m);
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
    if (bytes > EXT_CELL_MOST)
        return allocate_run(bytes, 1, GC_EXT_ROOT, true);
    void *p = allocate(bytes, GC_EXT_ROOT);
    return p == NULL ? NULL : memset(p, 0, bytes);
}

/* Anything but a cell. */
static __attribute__((noinline)) void
free_other(void *p)
{
    if (!gc_in_range((uintptr_t)p)) {
        free(p);
        return;
    }
    enum gc_slab_kind kind = slab_kind_of(p);
    if (kind == SLAB_FREE)
        bad_free("free", p);
    /* An object's memory is the collector's to free. */
    gc_run *run = kind >= SLAB_RUN ? run_at("free", p) : NULL;
    if (run != NULL)
        gc_large_give(run);
}

void
gc_ext_free(void *p)
{
    if (GC_LIKELY(gc_in_range((uintptr_t)p) && slab_kind_of(p) == SLAB_EXT))
        free_cell(p);
    else
        free_other(p);
}

/* To q, which has room for `size` bytes; NULL: there was no memory. */
static void *
move(void *p, size_t old, size_t size, void *q)
{
    if (q == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    memcpy(q, p, old < size ? old : size);
    gc_ext_free(p);
    return q;
}

static void *
realloc_cell(void *p, size_t size)
{
    uint8_t *byte = gc_byte_of((uintptr_t)p);
    if (!is_cell(p, byte))
        bad_free("realloc", p);
    gc_ext_kind kind = (gc_ext_kind)GC_BYTE_KIND_OF(*byte);
    size_t cell = ext_page_of((uintptr_t)p)->cell, room = cell - spare(kind);
    if (size <= room && (size >= cell / 2 || cell <= 32))
        return p;
    if (size <= room)
        return move(p, cell, size, allocate(size, kind));
    /* Who has grown once will grow again: into twice the room, or where pages can be added. */
    return move(p, cell, size, size < GROWN_RUN ? allocate(2 * size, kind) : allocate_run(size, 1, kind, false));
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
    enum gc_slab_kind slab = slab_kind_of(p);
    if (slab == SLAB_EXT)
        return realloc_cell(p, size);
    if (slab == SLAB_FREE)
        bad_free("realloc", p);
    gc_run *run = slab == SLAB_SMALL ? NULL : run_at("realloc", p);
    if (run == NULL)
        gc_heap_fatal("realloc: %p is an object of the collector, not an extension block", p);
    gc_ext_kind kind = (gc_ext_kind)GC_BYTE_KIND_OF(gc_run_byte(run));
    if (size >= GROWN_RUN && size < PTRDIFF_MAX && gc_large_resize(run, with_spare(size, kind)))
        return p;
    return move(p, run->size, size, allocate(size, kind));
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
    if (size > EXT_CELL_MOST || align > EXT_CELL_MOST)
        return allocate_run(size, align, GC_EXT_ROOT, false);
    /* Pages are aligned to their size, so a cell is as aligned as its size class; the last class is to 16 KiB. */
    unsigned class = ext_class_of(size > align ? size : align);
    while (ext_class_bytes(class) % align != 0)
        class++;
    return allocate_cell(class, GC_EXT_ROOT);
}

int
gc_ext_posix_memalign(void **out, size_t align, size_t size)
{
    if (align % sizeof(void *) != 0 || align == 0 || (align & (align - 1)) != 0)
        return EINVAL;
    int saved = errno;
    void *p = gc_ext_aligned_alloc(align, size);
    errno = saved;
    if (p == NULL)
        return ENOMEM;
    *out = p;
    return 0;
}

static char *
copy_text(const char *s, size_t n)
{
    char *p = gc_ext_malloc(n + 1);
    if (p == NULL)
        return NULL;
    p[n] = 0;
    return memcpy(p, s, n);
}

char *
gc_ext_strdup(const char *s)
{
    return copy_text(s, strlen(s));
}

char *
gc_ext_strndup(const char *s, size_t most)
{
    return copy_text(s, strnlen(s, most));
}

/* The mark byte of the block that begins at p, unless there is none.  Extension memory's lock is held. */
static bool
set_byte(void *p, uint8_t value)
{
    enum gc_slab_kind slab = slab_kind_of(p);
    if (slab == SLAB_EXT) {
        gc_ext_page *page;
        uint8_t *byte = gc_ext_find((uintptr_t)p, &page);
        if (byte == NULL || gc_address_of_byte(byte) != (uintptr_t)p)
            return false;
        page->coloured |= GC_BYTE_KIND_OF(value) == GC_EXT_REACHED;
        *byte = value;
        return true;
    }
    if (slab == SLAB_FREE || slab == SLAB_SMALL)
        return false;
    gc_run *run = gc_large_find((uintptr_t)p);
    if (run == NULL || run->owner != RUN_EXT || run->start != (uintptr_t)p)
        return false;
    gc_run_set_byte(run, value);
    return true;
}

/* Old objects that refer to it are not looked through in a minor cycle: so it counts as reached by the last cycle. */
bool
gc_ext_set_kind(void *p, gc_ext_kind kind)
{
    if (!gc_in_range((uintptr_t)p) || (unsigned)kind > GC_EXT_PACKED)
        return false;
    gc_lock(&ext_arena_lock);
    unsigned colour = kind == GC_EXT_REACHED ? gc_heap.colour : 0;
    bool done = set_byte(p, (uint8_t)(GC_BYTE_START(kind) | colour));
    gc_unlock(&ext_arena_lock);
    return done;
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
        if (byte == NULL || gc_address_of_byte(byte) != (uintptr_t)p)
            return 0;
        return page->cell - spare((gc_ext_kind)GC_BYTE_KIND_OF(*byte));
    }
    if (kind == SLAB_FREE || kind == SLAB_SMALL)
        return 0;
    gc_run *run = gc_large_find((uintptr_t)p);
    if (run == NULL || run->owner != RUN_EXT || run->start != (uintptr_t)p)
        return 0;
    return run->size - spare((gc_ext_kind)GC_BYTE_KIND_OF(gc_run_byte(run)));
}

void
gc_external_bytes(ptrdiff_t delta)
{
    atomic_fetch_add_explicit(&external_bytes, delta, memory_order_relaxed);
    if (delta > 0)
        interrupt_when_due(gc_current);
}

/* ------------------------------------------------------------------ for the rest of the collector */

void
gc_ext_start(void)
{
    ready = true;
}

void
gc_ext_shutdown(void)
{
    gc_ext_reset_cells();
    atomic_store(&external_bytes, 0);
    ready = false;
}

void
gc_ext_lock(void)
{
    pthread_mutex_lock(&ext_arena_lock);
    pthread_mutex_lock(&gc_heap.lock);
}

void
gc_ext_unlock(void)
{
    pthread_mutex_unlock(&gc_heap.lock);
    pthread_mutex_unlock(&ext_arena_lock);
}

size_t
gc_ext_bytes(void)
{
    return atomic_load_explicit(&ext_cell_bytes, memory_order_relaxed) + gc_read(&gc_heap.run_bytes_ext);
}

size_t
gc_ext_external(void)
{
    ptrdiff_t n = atomic_load_explicit(&external_bytes, memory_order_relaxed);
    return n > 0 ? (size_t)n : 0;
}
