/* sweep.c: what lives in a block, and what follows a marking.
 *
 * All of it is one computation over mark bytes, 64 granules a step: which granules belong to live objects.  Counting
 * adds them up, sweeping clears the bytes of all others, and an allocator looks for its holes among these; the
 * memory of a hole is cleared only when an allocator takes it.
 *
 * A minor cycle looks at young blocks only, those in which something has been allocated since the last cycle: nothing
 * can have died in the others.
 *
 * A block is swept as a whole: by the allocator that takes it, by the background thread, or at the latest when
 * the next cycle begins.  In a swept block each start byte is live, whatever its colour. */
#define GC_INTERNAL
#include "gc_internal.h"

/* Blocks with more than this free are the last that small objects get. */
#define SPARSE_FREE_GRANULES (GC_BLOCK_GRANULES / 2)

/* A heap is tight when more than this part of its limit is alive. */
#define TIGHT_LIVE 11u
#define TIGHT_OF 20u

/* A start byte is live when (byte & mask) == value. */
typedef struct live_test {
    uint8_t mask, value;
} live_test;

static live_test
test_for(const gc_block *block)
{
    if (gc_block_state_of(block) == BLOCK_UNSWEPT)
        return (live_test){1 | GC_BYTE_COLOUR, 1u | gc_heap.colour};
    return (live_test){1, 1};
}

/* ------------------------------------------------------------------ which granules are taken */

/* One bit a granule, of 64. */
typedef struct bits {
    uint64_t starts, live, ends;
} bits;

/* From one step to the next. */
typedef struct carries {
    unsigned long long borrow, carry;
    uint64_t end_over, live_over;
} carries;

/* Granules of live objects, with additions that carry from step to step:
 *   ends * 2 - starts     has the bits of every object, from start to end;
 *   inner                 those without the starts;
 *   inner + live * 2      runs through the inner bits behind each live start, and turns just these to 0. */
static inline uint64_t
taken(bits b, carries *c)
{
    uint64_t behind = b.ends << 1 | c->end_over, all = behind - b.starts - c->borrow;
    c->borrow = behind < b.starts || (c->borrow != 0 && behind == b.starts);
    uint64_t inner = all & ~b.starts, seed = b.live << 1 | c->live_over, sum = inner + seed;
    unsigned long long over = sum < inner;
    sum += c->carry;
    c->carry = over | (sum < c->carry);
    c->end_over = b.ends >> 63;
    c->live_over = b.live >> 63;
    return b.live | (inner & ~sum);
}

static void
poison_granules(uintptr_t start, uint64_t dead)
{
    for (; dead != 0; dead &= dead - 1)
        memset((void *)(start + (unsigned)__builtin_ctzll(dead) * GC_GRANULE), GC_POISON, GC_GRANULE);
}

/* Granules of a block. */
typedef struct range {
    unsigned lo, hi;
} range;

/* Those of the range that are among the 64 from `first` on. */
static inline uint64_t
bits_between(range r, unsigned first)
{
    unsigned lo = r.lo > first ? r.lo - first : 0, hi = r.hi > first ? r.hi - first : 0;
    if (lo >= 64 || lo >= hi)
        return 0;
    return (hi >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << hi) - 1) & (~(uint64_t)0 << lo);
}

/* Of a block: start bytes, those of live objects, and the granules of these. */
typedef struct census {
    unsigned starts, objects, granules;
} census;

#define LOOP(name) name##_portable
#include "sweep_loop.h"

#if defined(__x86_64__)
#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2,popcnt")
#define LOOP(name) name##_avx2
#define LOOP_AVX2
#include "sweep_loop.h"
#pragma GCC pop_options
#define CHOOSE(name) (gc_has_avx2() ? name##_avx2 : name##_portable)
#else
#define CHOOSE(name) name##_portable
#endif

/* Clear the bytes of what is dead, but for these granules, which hold no part of an object outside them. */
static void
sweep_but(uint32_t number, range skipped, bool poison)
{
    gc_block *block = gc_block_of_number(number);
    uintptr_t start = gc_block_address(number);
    CHOOSE(clear_dead)(gc_byte_of(start), test_for(block), skipped, poison ? start : 0);
    gc_block_set_state(block, BLOCK_SWEPT);
}

void
gc_sweep_block(uint32_t number)
{
    if (gc_block_state_of(gc_block_of_number(number)) == BLOCK_UNSWEPT)
        sweep_but(number, (range){0}, false);
}

void
gc_sweep_taken(uint32_t number, uint64_t out[GC_BLOCK_GRANULES / 64])
{
    CHOOSE(find_taken)(gc_byte_of(gc_block_address(number)), test_for(gc_block_of_number(number)), out);
}

/* A mutator's block, after marking: all but its present hole. */
static void
sweep_current(uint32_t number)
{
    uintptr_t start = gc_block_address(number), lo, hi;
    gc_alloc_hole_of(number, &lo, &hi);
    gc_block_set_state(gc_block_of_number(number), BLOCK_UNSWEPT);
    range hole = {(unsigned)((lo - start) / GC_GRANULE), (unsigned)((hi - start) / GC_GRANULE)};
    sweep_but(number, hole, gc_heap.poison);
}

static void
clear_stale(uint32_t number, bool poison)
{
    gc_block *block = gc_block_of_number(number);
    uintptr_t start = gc_block_address(number);
    memset(gc_byte_of(start), 0, GC_BLOCK_GRANULES);
    if (poison)
        memset((void *)start, GC_POISON, GC_BLOCK_BYTES);
    block->flags &= (uint8_t)~BLOCK_STALE;
}

static void
finish_block(uint32_t number, bool poison)
{
    gc_block *block = gc_block_of_number(number);
    if (gc_block_state_of(block) == BLOCK_UNSWEPT)
        sweep_but(number, (range){0}, poison);
    else if (block->flags & BLOCK_STALE)
        clear_stale(number, poison);
}

static void
each_block(void (*visit)(uint32_t number, bool flag), bool flag)
{
    for (size_t s = 0; s < gc_heap.slab_high; s++) {
        if (gc_heap.slab_kinds[s] != SLAB_SMALL)
            continue;
        for (uint32_t b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++)
            visit((uint32_t)s * GC_SLAB_BLOCKS + b, flag);
    }
}

void
gc_sweep_finish(void)
{
    each_block(finish_block, false);
    gc_heap.dense = gc_heap.sparse = gc_heap.medium = gc_heap.empty = 0;
    memset(gc_heap.left_small, 0, sizeof gc_heap.left_small);
    memset(gc_heap.left_medium, 0, sizeof gc_heap.left_medium);
}

/* ------------------------------------------------------------------ counting */

/* What lives is written down in the block.  Returns how many objects have been allocated in it since the last cycle:
 * what was dead then has been swept. */
static unsigned
count_block(uint32_t number, live_test test)
{
    gc_block *block = gc_block_of_number(number);
    census found = CHOOSE(count)(gc_byte_of(gc_block_address(number)), test);
    unsigned before = block->objects;
    block->objects = (uint16_t)found.objects;
    block->live = (uint16_t)found.granules;
    return found.starts - before;
}

/* In a block in which others may be allocating. */
static unsigned
count_starts(const uint8_t *bytes)
{
    unsigned starts = 0;
    for (unsigned i = 0; i < GC_BLOCK_GRANULES; i += 8)
        starts += (unsigned)__builtin_popcountll(gc_load_word(bytes + i) & GC_EACH_BYTE(1));
    return starts;
}

uint64_t
gc_sweep_count_young(void)
{
    uint64_t sum = 0;
    gc_lock(&gc_heap.lock);
    for (size_t s = 0; s < gc_heap.slab_high; s++) {
        if (gc_heap.slab_kinds[s] != SLAB_SMALL)
            continue;
        for (uint32_t b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++) {
            const gc_block *block = &gc_slab_header(s)->blocks[b];
            uint32_t number = (uint32_t)s * GC_SLAB_BLOCKS + b;
            if (block->flags & BLOCK_YOUNG)
                sum += count_starts(gc_byte_of(gc_block_address(number))) - block->objects;
        }
    }
    gc_unlock(&gc_heap.lock);
    return sum;
}

/* Does a minor cycle leave the block as it was? */
static bool
is_settled(const gc_block *block)
{
    return gc_heap.minor && !(block->flags & BLOCK_YOUNG);
}

typedef struct totals {
    uint64_t objects, bytes;
    uint64_t started; /* objects allocated since the last cycle */
} totals;

static void
count_run(gc_run *run, void *arg)
{
    totals *sum = arg;
    if (run->owner == RUN_GC && (gc_run_byte(run) & GC_BYTE_COLOUR) == gc_heap.colour) {
        sum->objects++;
        sum->bytes += run->size;
    }
}

static void
count_slab(size_t s, void *arg)
{
    totals sum = {0}, *all = arg;
    live_test test = {1 | GC_BYTE_COLOUR, 1u | gc_heap.colour};
    if (gc_heap.slab_kinds[s] != SLAB_SMALL)
        return;
    for (uint32_t b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++) {
        gc_block *block = &gc_slab_header(s)->blocks[b];
        if (gc_block_state_of(block) == BLOCK_EMPTY) {
            block->live = block->objects = 0;
            continue;
        }
        if (!is_settled(block))
            sum.started += count_block((uint32_t)s * GC_SLAB_BLOCKS + b, test);
        sum.bytes += (uint64_t)block->live * GC_GRANULE;
        sum.objects += block->objects;
    }
    __atomic_fetch_add(&all->objects, sum.objects, __ATOMIC_RELAXED);
    __atomic_fetch_add(&all->bytes, sum.bytes, __ATOMIC_RELAXED);
    __atomic_fetch_add(&all->started, sum.started, __ATOMIC_RELAXED);
}

void
gc_sweep_count(uint64_t *live_objects, uint64_t *live_bytes)
{
    totals sum = {0};
    gc_mark_share(gc_heap.slab_high, count_slab, &sum);
    gc_large_each(count_run, &sum);
    gc_stats_counters.small_objects += sum.started;
    *live_objects = sum.objects;
    *live_bytes = sum.bytes;
}

/* ------------------------------------------------------------------ after a cycle */

static void
make_empty(uint32_t number)
{
    gc_block *block = gc_block_of_number(number);
    if (gc_block_state_of(block) != BLOCK_EMPTY) {
        gc_block_set_state(block, BLOCK_EMPTY);
        block->flags = BLOCK_STALE;
    }
    gc_heap_push(&gc_heap.empty, number);
}

/* The list that a block with live objects belongs on. */
static void
list_block(uint32_t number)
{
    const gc_block *block = gc_block_of_number(number);
    unsigned free = GC_BLOCK_GRANULES - block->live;
    if (free < GC_LEAST_FREE)
        return;
    if (block->flags & BLOCK_MEDIUM)
        gc_heap_push(&gc_heap.medium, number);
    else if (free > SPARSE_FREE_GRANULES)
        gc_heap_push(&gc_heap.sparse, number);
    else
        gc_heap_push(&gc_heap.dense, number);
}

/* State and list of one block after marking. */
static void
sort_block(uint32_t number)
{
    gc_block *block = gc_block_of_number(number);
    if (block->flags & BLOCK_CURRENT) {
        sweep_current(number);
    } else if (block->live == 0) {
        make_empty(number);
    } else {
        if (!is_settled(block))
            gc_block_set_state(block, BLOCK_UNSWEPT);
        bool close = gc_old_close(number);
        block->flags &= (uint8_t)~(BLOCK_YOUNG | BLOCK_CLOSED);
        block->doomed = 0;
        if (close) {
            finish_block(number, gc_heap.poison);
            block->flags |= BLOCK_CLOSED;
        } else {
            list_block(number);
        }
    }
}

static bool
is_empty(const gc_block *block)
{
    return block->live == 0 && !(block->flags & BLOCK_CURRENT);
}

static bool
slab_is_empty(size_t index)
{
    gc_slab *slab = gc_slab_header(index);
    for (uint32_t b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++)
        if (!is_empty(&slab->blocks[b]))
            return false;
    return true;
}

static size_t
held_in_slab(size_t index)
{
    size_t held = 0;
    for (uint32_t b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++)
        held += !(gc_slab_header(index)->blocks[b].flags & BLOCK_ZEROED);
    return held;
}

static void
release_block(uint32_t number)
{
    gc_block *block = gc_block_of_number(number);
    uintptr_t start = gc_block_address(number);
    if (block->flags & BLOCK_STALE)
        clear_stale(number, false);
    gc_heap_release(start, GC_BLOCK_BYTES);
    block->flags = BLOCK_ZEROED;
    gc_add(&gc_heap.blocks_held, -(size_t)1);
}

/* Empty slabs beyond `keep` blocks go back to the system, so that other kinds can have them.  Returns how many
 * empty blocks still hold memory. */
static size_t
release_slabs(size_t held_empty, size_t keep)
{
    for (size_t s = gc_heap.slab_high; s-- > 0 && held_empty > keep;) {
        if (gc_heap.slab_kinds[s] != SLAB_SMALL || !slab_is_empty(s))
            continue;
        size_t held = held_in_slab(s);
        gc_add(&gc_heap.blocks_held, -held);
        held_empty -= held;
        gc_heap.small_slabs--;
        gc_dying_drop_slab(s);
        gc_heap_give_slabs(s, 1, false);
    }
    return held_empty;
}

/* The same block by block; before the blocks are sorted into lists. */
static void
release_blocks(size_t held_empty, size_t keep)
{
    for (size_t s = gc_heap.slab_high; s-- > 0 && held_empty > keep;) {
        if (gc_heap.slab_kinds[s] != SLAB_SMALL)
            continue;
        for (uint32_t b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS && held_empty > keep; b++) {
            gc_block *block = &gc_slab_header(s)->blocks[b];
            if (is_empty(block) && !(block->flags & BLOCK_ZEROED)) {
                if (gc_block_state_of(block) != BLOCK_EMPTY)
                    *block = (gc_block){.state = BLOCK_EMPTY, .flags = BLOCK_STALE};
                release_block((uint32_t)s * GC_SLAB_BLOCKS + b);
                held_empty--;
            }
        }
    }
}

void
gc_sweep_release_empty(size_t keep)
{
    size_t held = 0;
    for (uint32_t n = gc_heap.empty; n != 0; n = gc_block_of_number(n)->next) {
        gc_block *block = gc_block_of_number(n);
        if (!(block->flags & BLOCK_ZEROED) && held++ >= keep)
            release_block(n);
        if (block->paged && keep == 0) {
            gc_heap_release(gc_block_address(n), GC_BLOCK_BYTES);
            block->paged = 0;
        }
    }
}

static size_t
count_held_empty(void)
{
    size_t n = 0;
    for (size_t s = 0; s < gc_heap.slab_high; s++) {
        if (gc_heap.slab_kinds[s] != SLAB_SMALL)
            continue;
        for (uint32_t b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++) {
            gc_block *block = &gc_slab_header(s)->blocks[b];
            n += is_empty(block) && !(block->flags & BLOCK_ZEROED);
        }
    }
    return n;
}

void
gc_sweep_plan(gc_share small, gc_share medium)
{
    size_t most = gc_heap.max_heap_bytes / GC_BLOCK_BYTES, runs = gc_read(&gc_heap.run_bytes_gc) / GC_BLOCK_BYTES;
    if (most == 0) {
        gc_heap.small_budget = SIZE_MAX;
        gc_heap.medium_reserve = 0;
        gc_heap.tight = false;
        return;
    }
    size_t used = small.blocks + medium.blocks + runs, room = most > used ? most - used : 0;
    size_t others = runs + 2 * medium.live / GC_BLOCK_GRANULES, wanted = small.live / GC_BLOCK_GRANULES * 5 / 4 + 1;
    size_t share = most > others + wanted ? most - others : wanted;
    size_t more = share > small.blocks ? share - small.blocks : 0;
    /* What lives of the medium ones may be about to grow: the tighter the heap, the smaller the steps. */
    size_t live = (small.live + medium.live) / GC_BLOCK_GRANULES + runs;
    gc_heap.tight = live > most / TIGHT_OF * TIGHT_LIVE;
    size_t step = medium.live == 0 ? room : live < most ? (room * (most - live) + most - 1) / most : (room + 3) / 4;
    gc_heap.small_budget = more < step ? more : step;
    gc_heap.medium_reserve = room - gc_heap.small_budget;
}

static void
count_share(const gc_block *block, gc_share *small, gc_share *medium)
{
    gc_share *share = block->flags & BLOCK_MEDIUM ? medium : small;
    if (is_empty(block))
        return;
    share->blocks++;
    share->live += block->live;
}

void
gc_sweep_start(size_t keep_bytes, bool release)
{
    gc_large_sweep(keep_bytes / 2);
    gc_heap_clean_free_slabs();
    size_t held = count_held_empty(), keep = keep_bytes / GC_BLOCK_BYTES;
    gc_heap.keep_blocks = keep;
    if (held > keep && !gc_heap.poison) {
        held = release_slabs(held, keep);
        if (release)
            release_blocks(held, keep);
    }
    gc_share small = {0}, medium = {0};
    gc_old_begin_sort();
    /* From high to low, so that the lists ascend. */
    for (size_t s = gc_heap.slab_high; s-- > 0;) {
        if (gc_heap.slab_kinds[s] != SLAB_SMALL)
            continue;
        for (uint32_t b = GC_SLAB_BLOCKS; b-- > GC_HEADER_BLOCKS;) {
            sort_block((uint32_t)s * GC_SLAB_BLOCKS + b);
            count_share(&gc_slab_header(s)->blocks[b], &small, &medium);
        }
    }
    gc_old_end_sort();
    gc_sweep_plan(small, medium);
    if (gc_heap.poison)
        each_block(finish_block, true);
}

/* ------------------------------------------------------------------ objects that deallocs give back */

void
gc_sweep_freed(gc_block *block, unsigned granules, unsigned objects)
{
    block->live -= (uint16_t)granules;
    block->objects -= (uint16_t)objects;
    gc_block_set_state(block, BLOCK_UNSWEPT);
}

/* A block that an allocator has left since the cycle is on no list, or on one for such blocks. */
static void
resort_block(uint32_t number)
{
    gc_block *block = gc_block_of_number(number);
    if (block->flags & (BLOCK_CURRENT | BLOCK_YOUNG) || gc_block_state_of(block) == BLOCK_EMPTY)
        return;
    if (block->live != 0) {
        if (!(block->flags & BLOCK_CLOSED))
            list_block(number);
        return;
    }
    make_empty(number);
    if (gc_heap.small_budget != SIZE_MAX)
        gc_heap.small_budget++;
}

void
gc_sweep_resort(void)
{
    gc_heap.dense = gc_heap.sparse = gc_heap.medium = 0;
    for (size_t s = gc_heap.slab_high; s-- > 0;) {
        if (gc_heap.slab_kinds[s] != SLAB_SMALL)
            continue;
        for (uint32_t b = GC_SLAB_BLOCKS; b-- > GC_HEADER_BLOCKS;)
            resort_block((uint32_t)s * GC_SLAB_BLOCKS + b);
    }
    if (gc_heap.poison)
        each_block(finish_block, true);
}
