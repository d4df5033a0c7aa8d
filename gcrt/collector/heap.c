/* heap.c: the reserved address range, its slabs, and the lists of blocks. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "gc_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define DEFAULT_RESERVE ((size_t)256 << 30)
#define LEAST_RESERVE ((size_t)64 << 20)

/* A dirty slab is free, but the memory of its last use has not been given back. */
enum { SLAB_COMMITTED = 1, SLAB_DIRTY = 2 };

/* Empty blocks that may have their pages before they are taken. */
#define MOST_PAGED 32u
/* Dirty slabs beyond this are released at once. */
#define MOST_DIRTY_SLABS 32u


gc_heap_state gc_heap = {.lock = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP};

_Noreturn void
gc_heap_fatal(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    fputs("collector: ", stderr);
    vfprintf(stderr, format, ap);
    fputc('\n', stderr);
    va_end(ap);
    abort();
}

static void *
reserve(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

/* Reserve a slab-aligned range, halving the wish until the system agrees.  A limit on address space
 * (ulimit -v) is the usual reason for less. */
static int
reserve_range(size_t wish)
{
    wish = (wish + GC_SLAB_MASK) & ~(size_t)GC_SLAB_MASK;
    for (; wish >= LEAST_RESERVE || wish == GC_SLAB_BYTES; wish = wish / 2 & ~(size_t)GC_SLAB_MASK) {
        char *raw = reserve(wish + GC_SLAB_BYTES);
        if (raw == NULL)
            continue;
        uintptr_t base = ((uintptr_t)raw + GC_SLAB_MASK) & ~GC_SLAB_MASK;
        size_t before = base - (uintptr_t)raw, after = GC_SLAB_BYTES - before;
        if (before != 0)
            munmap(raw, before);
        if (after != 0)
            munmap((void *)(base + wish), after);
        gc_heap.base = base;
        gc_heap.reserved = wish;
        return 0;
    }
    return -1;
}

/* slab_kinds, slab_flags, small_blocks. */
static size_t
table_bytes(void)
{
    return (2 + GC_SLAB_BLOCKS) * gc_heap.slab_count;
}

int
gc_heap_init(const gc_options *options)
{
    size_t wish = options->reserve_bytes != 0 ? options->reserve_bytes : DEFAULT_RESERVE;
    if (wish < LEAST_RESERVE)
        wish = LEAST_RESERVE;
    if (reserve_range(wish) < 0)
        return -1;
    gc_heap.slab_count = gc_heap.reserved >> GC_SLAB_SHIFT;
    uint8_t *tables = mmap(NULL, table_bytes(), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (tables == MAP_FAILED) {
        munmap((void *)gc_heap.base, gc_heap.reserved);
        gc_heap.base = 0;
        return -1;
    }
    gc_heap.slab_kinds = tables;
    gc_heap.slab_flags = tables + gc_heap.slab_count;
    gc_heap.small_blocks = gc_heap.slab_flags + gc_heap.slab_count;
    gc_heap.colour = 1 << GC_COLOUR_SHIFT;
    gc_heap.poison = options->poison;
    gc_heap.verify = options->verify;
    gc_heap.max_heap_bytes = options->max_heap_bytes;
    /* Nothing is known of the objects to come: half for the small ones, until the first cycle. */
    gc_sweep_plan((gc_share){0}, (gc_share){.live = gc_heap.max_heap_bytes / GC_GRANULE / 4});
    return 0;
}

void
gc_heap_shutdown(void)
{
    if (gc_heap.base == 0)
        return;
    munmap(gc_heap.slab_kinds, table_bytes());
    munmap((void *)gc_heap.base, gc_heap.reserved);
    gc_embedder embedder = gc_heap.embedder;
    gc_heap = (gc_heap_state){.lock = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP, .embedder = embedder};
}

/* The first index of count free slabs in a row, or SIZE_MAX. */
static size_t
find_free(size_t count, size_t align)
{
    size_t i = gc_heap.free_hint;
    while (i + count <= gc_heap.slab_count) {
        size_t at = gc_slab_address(i) >> GC_SLAB_SHIFT;
        size_t skew = at % align;
        if (skew != 0) {
            i += align - skew;
            continue;
        }
        size_t n = 0;
        while (n < count && gc_heap.slab_kinds[i + n] == SLAB_FREE)
            n++;
        if (n == count)
            return i;
        i += n + 1;
    }
    return SIZE_MAX;
}

static bool
commit(size_t index, size_t count)
{
    size_t missing = 0;
    for (size_t i = index; i < index + count; i++)
        missing += !(gc_heap.slab_flags[i] & SLAB_COMMITTED);
    if (missing != 0 &&
        mprotect((void *)gc_slab_address(index), count << GC_SLAB_SHIFT, PROT_READ | PROT_WRITE) < 0)
        return false;
    for (size_t i = index; i < index + count; i++)
        gc_heap.slab_flags[i] |= SLAB_COMMITTED;
    return true;
}

static void
clean(size_t index, size_t count)
{
    for (size_t i = index; i < index + count; i++) {
        if (!(gc_heap.slab_flags[i] & SLAB_DIRTY))
            continue;
        gc_heap_release(gc_slab_address(i), GC_SLAB_BYTES);
        gc_heap.slab_flags[i] &= (uint8_t)~SLAB_DIRTY;
        gc_heap.dirty_slabs--;
    }
}

void
gc_heap_clean_free_slabs(void)
{
    for (size_t i = 0; gc_heap.dirty_slabs != 0 && i < gc_heap.slab_high; i++)
        if (gc_heap.slab_kinds[i] == SLAB_FREE)
            clean(i, 1);
}

static void
use(size_t index, size_t count, enum gc_slab_kind kind)
{
    if (index == gc_heap.free_hint)
        gc_heap.free_hint = index + count;
    for (size_t i = index; i < index + count; i++) {
        __atomic_store_n(&gc_heap.slab_kinds[i], (uint8_t)kind, __ATOMIC_RELAXED);
        gc_heap.dirty_slabs -= (gc_heap.slab_flags[i] & SLAB_DIRTY) != 0;
        gc_heap.slab_flags[i] &= (uint8_t)~SLAB_DIRTY;
    }
    if (index + count > gc_heap.slab_high) {
        __atomic_store_n(&gc_heap.slab_high, index + count, __ATOMIC_RELAXED);
        __atomic_store_n(&gc_heap.span, gc_heap.slab_high << GC_SLAB_SHIFT, __ATOMIC_RELAXED);
    }
}

size_t
gc_heap_take_slabs(size_t count, size_t align, enum gc_slab_kind kind, bool zero)
{
    size_t index = find_free(count, align);
    if (index == SIZE_MAX || !commit(index, count))
        return SIZE_MAX;
    if (zero)
        clean(index, count);
    use(index, count, kind);
    return index;
}

bool
gc_heap_take_slabs_at(size_t index, size_t count, enum gc_slab_kind kind)
{
    if (index + count > gc_heap.slab_count)
        return false;
    for (size_t i = index; i < index + count; i++)
        if (gc_heap.slab_kinds[i] != SLAB_FREE)
            return false;
    if (!commit(index, count))
        return false;
    use(index, count, kind);
    return true;
}

void
gc_heap_release(uintptr_t start, size_t bytes)
{
    if (bytes != 0 && madvise((void *)start, bytes, MADV_DONTNEED) < 0)
        memset((void *)start, 0, bytes);
}

void
gc_heap_populate(uint32_t number)
{
#ifdef MADV_POPULATE_WRITE
    madvise((void *)gc_block_address(number), GC_BLOCK_BYTES, MADV_POPULATE_WRITE);
#else
    (void)number;
#endif
}

static bool
is_unpaged(const gc_block *block)
{
    return block->state == BLOCK_EMPTY && (block->flags & BLOCK_ZEROED) && !block->paged;
}

/* So many blocks may have their pages ahead, within the heap's limit. */
static size_t
most_paged(void)
{
    size_t most = gc_heap.max_heap_bytes, held = gc_heap_bytes();
    if (most == 0)
        return MOST_PAGED;
    size_t room = most < held ? 0 : (most - held) / GC_BLOCK_BYTES;
    return room < MOST_PAGED ? room : MOST_PAGED;
}

/* 0: there is none.  Lock held. */
static uint32_t
next_unpaged(void)
{
    size_t most = most_paged();
    uint32_t number = gc_heap.empty;
    for (size_t i = 0; number != 0 && i < most; i++) {
        const gc_block *block = gc_block_of_number(number);
        if (is_unpaged(block))
            return number;
        number = block->next;
    }
    return 0;
}

/* An allocator may take the block meanwhile, and anything may become of it: more pages do no harm. */
bool
gc_heap_populate_next(void)
{
    pthread_mutex_lock(&gc_heap.lock);
    uint32_t number = next_unpaged();
    pthread_mutex_unlock(&gc_heap.lock);
    if (number == 0)
        return false;
    gc_heap_populate(number);
    pthread_mutex_lock(&gc_heap.lock);
    gc_block *block = gc_block_of_number(number);
    if (gc_heap.slab_kinds[number / GC_SLAB_BLOCKS] == SLAB_SMALL && is_unpaged(block))
        block->paged = 1;
    pthread_mutex_unlock(&gc_heap.lock);
    return true;
}

void
gc_heap_give_slabs(size_t index, size_t count, bool keep)
{
    memset(gc_heap.small_blocks + index * GC_SLAB_BLOCKS, 0, count * GC_SLAB_BLOCKS);
    for (size_t i = index; i < index + count; i++) {
        __atomic_store_n(&gc_heap.slab_kinds[i], SLAB_FREE, __ATOMIC_RELAXED);
        gc_heap.dirty_slabs += !(gc_heap.slab_flags[i] & SLAB_DIRTY);
        gc_heap.slab_flags[i] |= SLAB_DIRTY;
    }
    if (index < gc_heap.free_hint)
        gc_heap.free_hint = index;
    if (!keep || count > MOST_DIRTY_SLABS)
        clean(index, count);
    else if (gc_heap.dirty_slabs > MOST_DIRTY_SLABS)
        gc_heap_clean_free_slabs();
}

bool
gc_heap_add_small_slab(void)
{
    size_t index = gc_heap_take_slabs(1, 1, SLAB_SMALL, true);
    if (index == SIZE_MAX)
        return false;
    gc_heap.small_slabs++;
    memset(gc_heap.small_blocks + index * GC_SLAB_BLOCKS + GC_HEADER_BLOCKS, 1, GC_SLAB_BLOCKS - GC_HEADER_BLOCKS);
    for (uint32_t b = GC_SLAB_BLOCKS; b-- > GC_HEADER_BLOCKS;) {
        uint32_t number = (uint32_t)index * GC_SLAB_BLOCKS + b;
        *gc_block_of_number(number) = (gc_block){.state = BLOCK_EMPTY, .flags = BLOCK_ZEROED};
        gc_heap_push(&gc_heap.empty, number);
    }
    return true;
}

uint32_t
gc_heap_pop(uint32_t *list)
{
    uint32_t number = *list;
    if (number != 0)
        *list = gc_block_of_number(number)->next;
    return number;
}

void
gc_heap_push(uint32_t *list, uint32_t number)
{
    gc_block_of_number(number)->next = *list;
    *list = number;
}

size_t
gc_heap_bytes(void)
{
    return gc_read(&gc_heap.blocks_held) * GC_BLOCK_BYTES + gc_read(&gc_heap.run_bytes_gc);
}

void
gc_set_embedder(const gc_embedder *embedder)
{
    gc_heap.embedder = *embedder;
}
