/* test_stress.c: random work under a collection at every Nth allocation, with poison and verification. */
#include "driver.h"

enum { SLOTS = 200 };

/* Everything in a graph of cells carries a checksum of its shape, so that any lost, moved or reused
 * object is noticed. */
static cell *graph[SLOTS];

static uint32_t
expected_tag(const cell *c)
{
    return c->count * 2654435761u;
}

static void
check_cell(const cell *c, int depth)
{
    CHECK(c->tag == expected_tag(c));
    if (depth == 0)
        return;
    for (uint32_t i = 0; i < c->count; i++)
        if (c->slots[i] != NULL)
            check_cell(c->slots[i], depth - 1);
}

static void
step(void)
{
    uint64_t x = next_random();
    uint32_t count = x % 64 == 0 ? (uint32_t)(x >> 32) % 2000 : (uint32_t)(x >> 32) % 12;
    cell *c = new_cell(count, 0);
    for (uint32_t i = 0; i < count; i++)
        c->slots[i] = i < 4 ? graph[next_random() % SLOTS] : NULL;
    c->tag = expected_tag(c);
    graph[x >> 8 & 127] = c;
    /* Without this everything would be reachable from everything. */
    cell *other = graph[next_random() % SLOTS];
    if (other != NULL && other->count > 0)
        other->slots[next_random() % other->count] = x & 1 ? c : NULL;
}

static void
run(unsigned long every, bool poison, int steps)
{
    gc_options options = {.stress_every = every, .poison = poison, .verify = true};
    start(&options);
    static void *lo = graph, *hi = graph + SLOTS;
    gc_root_range_add(&lo, &hi);
    for (int i = 0; i < steps; i++) {
        step();
        char *text = gc_alloc(m, next_random() % 3000, GC_LEAF);
        CHECK(text != NULL);
        void **words = gc_alloc(m, 64, GC_CONSERVATIVE);
        words[3] = text;
        void *block = gc_ext_malloc(next_random() % 600);
        if (i % 7 == 0)
            gc_ext_free(block);
        if (i % 97 == 0)
            for (int k = 0; k < SLOTS; k++)
                if (graph[k] != NULL)
                    check_cell(graph[k], 3);
        if (i % 311 == 0)
            memset(graph + i % 64, 0, 100 * sizeof *graph);
    }
    CHECK(cycles_begun >= (unsigned)steps * 3 / every - 1);
}

TEST(stress_every_allocation)
{
    run(1, true, 3000);
}

TEST(stress_every_seventh)
{
    run(7, true, 10000);
}

TEST(stress_without_poison)
{
    run(13, false, 20000);
}

static gc_handle kept_table;

static NOINLINE void
dying_step(int i)
{
    cell *table = gc_handle_get(kept_table), *c = new_cell(2, (uint32_t)i % 8);
    c->slots[0] = table->slots[next_random() % table->count];
    if (i % 3 == 0)
        gc_dying_register(c, GC_DYING_FINALIZE | GC_DYING_DEALLOC);
    else if (i % 3 == 1)
        gc_dying_register(c, GC_DYING_DEALLOC);
    if (i % 5 == 0 && c->slots[0] != NULL)
        gc_weak_register(c, c->slots[0]);
    table->slots[next_random() % table->count] = i % 11 == 0 ? NULL : c;
    if (next_random() % 4 == 0)
        gc_run_pending(m);
}

static void
resurrect_some(cell *c)
{
    cell *table = gc_handle_get(kept_table);
    if (next_random() % 3 == 0)
        table->slots[next_random() % table->count] = c;
    new_cell(3, 9);
}

/* Finalizers, deallocs and weak references at random, with resurrection, under stress. */
TEST(stress_dying)
{
    gc_options options = {.stress_every = 5, .poison = true, .verify = true};
    start(&options);
    kept_table = gc_handle_new(new_cell(100, 63));
    on_finalize = resurrect_some;
    for (int i = 0; i < 6000; i++)
        dying_step(i);
    on_finalize = NULL;
    gc_handle_free(kept_table);
    for (int i = 0; i < 300; i++) {
        collect();
        if (gc_run_pending(m) == 0)
            break;
    }
    gc_stats stats;
    gc_get_stats(m, &stats);
    CHECK(stats.finalized <= 2000 && stats.finalized > 1900);
    CHECK(stats.deallocated <= 4000 && stats.deallocated > 3900);
}

/* Everything at once at ordinary triggers: sizes from 16 bytes to megabytes, all kinds, extension memory,
 * death, heap checks after each cycle. */
static NOINLINE void
torture_step(cell *table, int i)
{
    uint64_t x = next_random();
    uint32_t at = (uint32_t)(x >> 32) % table->count;
    size_t words = 1 + (x & 0xFF) / (1 + (x >> 8 & 15));
    if ((x >> 16 & 127) == 0)
        words = 600 + (x >> 24 & 0x7FF);
    if ((x >> 16 & 4095) == 1)
        words = 100000 + (x >> 24 & 0xFFFF);
    cell *c = new_cell((uint32_t)words, (uint32_t)words);
    uint32_t filled = words < 6 ? (uint32_t)words : 6;
    for (uint32_t k = 0; k < filled; k++)
        c->slots[(k * 7919) % words] = table->slots[next_random() % table->count];
    if (i % 50 == 0)
        gc_dying_register(c, i % 100 == 0 ? GC_DYING_FINALIZE | GC_DYING_DEALLOC : GC_DYING_DEALLOC);
    if (i % 30 == 0 && table->slots[at] != NULL)
        gc_weak_register(c, table->slots[at]);
    table->slots[at] = c;
    if (i % 2 == 0)
        table->slots[next_random() % table->count] = NULL;
    if (i % 20000 == 0) /* else everything would stay reachable from everything */
        memset(table->slots, 0, table->count * sizeof(cell *));
}

static void
torture_check(const cell *c, int depth)
{
    CHECK(c->tag == c->count && gc_object_size(c) >= sizeof(cell) + c->count * sizeof(cell *));
    for (uint32_t k = 0; depth > 0 && k < c->count && k < 5000; k++)
        if (c->slots[k] != NULL)
            torture_check(c->slots[k], depth - 1);
}

TEST(torture)
{
    gc_options options = {.min_trigger_bytes = 1 << 20, .growth_factor = 0.15, .verify = true};
    start(&options);
    gc_handle h = gc_handle_new(new_cell(3000, 3000));
    static void *blocks[2000];
    for (int i = 0; i < 400000; i++) {
        torture_step(gc_handle_get(h), i);
        gc_ext_kind kind = (gc_ext_kind)(next_random() % 3);
        size_t k = next_random() % 2000, size = next_random() % (i % 1000 == 0 ? 3000000 : 700);
        gc_ext_free(blocks[k]);
        blocks[k] = gc_ext_malloc_kind(size, kind);
        if (size >= sizeof(void *))
            *(void **)blocks[k] = ((cell *)gc_handle_get(h))->slots[next_random() % 3000];
        if (i % 64 == 0)
            gc_run_pending(m);
        if (i % 1000 == 0)
            torture_check(gc_handle_get(h), 3);
    }
    for (int k = 0; k < 2000; k++)
        gc_ext_free(blocks[k]);
    gc_stats stats;
    gc_get_stats(m, &stats);
    printf("%lu cycles, %.1f MB live, %.1f MB heap, %lu finalized, %lu deallocated, %lu cleared\n",
           (unsigned long)stats.collections, (double)stats.live_bytes / 1e6, (double)stats.heap_bytes / 1e6,
           (unsigned long)stats.finalized, (unsigned long)stats.deallocated,
           (unsigned long)stats.weak_cleared);
    CHECK(stats.collections > 20);
    CHECK(stats.ext_bytes == 0);
}
