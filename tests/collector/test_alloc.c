/* test_alloc.c: allocation, holes, large objects, exact statistics, limits. */
#include "driver.h"

static size_t
round_up(size_t n)
{
    return n == 0 ? 16 : (n + 15) & ~(size_t)15;
}

static void
check_fresh(const unsigned char *p, size_t size)
{
    CHECK(p != NULL && (uintptr_t)p % 16 == 0);
    for (size_t i = 0; i < size; i++)
        CHECK(p[i] == 0);
}

TEST(alloc_zeroed_every_size)
{
    gc_options options = {.min_trigger_bytes = 1 << 20};
    start(&options);
    for (int round = 0; round < 6; round++) {
        for (size_t size = 0; size < 9000; size += size < 600 ? 1 : 37) {
            unsigned char *p = gc_alloc(m, size, GC_LEAF);
            check_fresh(p, round_up(size));
            CHECK(gc_object_size(p) == round_up(size));
            memset(p, 0xEE, round_up(size));
        }
    }
    gc_stats stats;
    gc_get_stats(m, &stats);
    CHECK(stats.collections > 0);
}

TEST(alloc_large_zeroed)
{
    gc_options options = {.min_trigger_bytes = 16 << 20};
    start(&options);
    for (int i = 0; i < 400; i++) {
        size_t size = 8193 + next_random() % (i % 10 == 0 ? 5000000 : 300000);
        unsigned char *p = gc_alloc(m, size, GC_LEAF);
        CHECK(p != NULL && (uintptr_t)p % 16 == 0);
        for (size_t k = 0; k < size; k += 61)
            CHECK(p[k] == 0);
        memset(p, 0xEE, size);
    }
}

TEST(alloc_absurd_sizes)
{
    start(NULL);
    CHECK(gc_alloc(m, SIZE_MAX, GC_LEAF) == NULL);
    CHECK(gc_alloc(m, SIZE_MAX - 14, GC_LEAF) == NULL);
    CHECK(gc_alloc(m, SIZE_MAX / 2, GC_LEAF) == NULL);
    CHECK(gc_alloc(m, (size_t)1 << 46, GC_LEAF) == NULL);
    CHECK(gc_alloc(m, 0, GC_LEAF) != NULL);
}

/* Counters that the test keeps by itself agree with the collector's at any moment. */
TEST(stats_exact)
{
    gc_options options = {.min_trigger_bytes = 1 << 20};
    start(&options);
    uint64_t objects = 0, bytes = 0;
    for (int i = 0; i < 300000; i++) {
        size_t size = next_random() % 100 == 0 ? next_random() % 20000 : next_random() % 200;
        CHECK(gc_alloc(m, size, GC_LEAF) != NULL);
        objects++;
        bytes += round_up(size);
        if (i % 777 == 0) {
            gc_stats stats;
            gc_get_stats(m, &stats);
            CHECK(stats.allocated_objects == objects && stats.allocated_bytes == bytes);
        }
    }
    gc_stats stats;
    gc_get_stats(m, &stats);
    CHECK(stats.collections >= 10 && stats.collections == cycles_begun && cycles_begun == cycles_ended);
    CHECK(stats.pause_ms_max >= stats.pause_ms_p95 && stats.pause_ms_p95 >= stats.pause_ms_median);
    CHECK(stats.pause_ms_median > 0 && stats.pause_ms_total >= stats.pause_ms_max);
}

typedef struct tally {
    uint64_t objects, bytes;
} tally;

static void
count_object(void *object, size_t size, gc_kind kind, void *arg)
{
    tally *t = arg;
    CHECK(gc_object_base(object) == object && gc_object_size(object) == size);
    CHECK(gc_object_kind(object) == kind);
    t->objects++;
    t->bytes += size;
}

/* Some tests leave the stack out, so no cycle may run while only the stack has the chain. */
static NOINLINE void
make_chain(gc_handle *h, int n)
{
    cell *first = NULL;
    gc_set_enabled(false);
    for (int i = 0; i < n; i++) {
        cell *c = new_cell(2, 0);
        c->slots[0] = first;
        c->slots[1] = gc_alloc(m, 8 + (size_t)i % 40, GC_LEAF);
        first = c;
    }
    *h = gc_handle_new(first);
    gc_set_enabled(true);
}

/* Live counts after a cycle are those of the objects that are there. */
TEST(stats_live)
{
    gc_options options = {.disabled_roots = GC_ROOT_STACK | GC_ROOT_REGISTERS};
    start(&options);
    gc_handle h;
    make_chain(&h, 1000);
    collect();
    gc_stats stats;
    gc_get_stats(m, &stats);
    CHECK(stats.live_objects == 2000);
    tally t = {0};
    gc_heap_walk(count_object, &t);
    CHECK(t.objects == stats.live_objects && t.bytes == stats.live_bytes);
    CHECK(gc_handle_free(h));
    collect();
    gc_get_stats(m, &stats);
    CHECK(stats.live_objects == 0 && stats.live_bytes == 0);
}

/* A hundred thousand cells of mixed sizes, nine of ten dropped at random: the holes are used again. */
TEST(fragmentation_reused)
{
    enum { COUNT = 200000 };
    start(NULL);
    cell **table = gc_ext_calloc(COUNT, sizeof *table);
    for (int i = 0; i < COUNT; i++)
        table[i] = new_cell(1 + next_random() % 20, (uint32_t)i);
    collect();
    gc_stats before, after;
    gc_get_stats(m, &before);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < COUNT; i++)
            if (next_random() % 10 != 0)
                table[i] = NULL;
        collect();
        for (int i = 0; i < COUNT; i++)
            if (table[i] == NULL)
                table[i] = new_cell(1 + next_random() % 20, (uint32_t)i);
            else
                CHECK(table[i]->tag == (uint32_t)i);
        collect();
        gc_get_stats(m, &after);
        CHECK(after.heap_bytes <= before.heap_bytes * 3 / 2);
    }
    gc_ext_free(table);
}

/* The same with objects of about a kilobyte, which the medium allocator places. */
TEST(fragmentation_reused_medium)
{
    enum { COUNT = 20000 };
    start(NULL);
    char **table = gc_ext_calloc(COUNT, sizeof *table);
    for (int i = 0; i < COUNT; i++)
        table[i] = gc_alloc(m, 600 + next_random() % 1500, GC_LEAF);
    collect();
    gc_stats before, after;
    gc_get_stats(m, &before);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < COUNT; i++)
            if (next_random() % 2 != 0)
                table[i] = NULL;
        collect();
        for (int i = 0; i < COUNT; i++)
            if (table[i] == NULL)
                table[i] = gc_alloc(m, 600 + next_random() % 1500, GC_LEAF);
    }
    collect();
    gc_get_stats(m, &after);
    CHECK(after.heap_bytes <= before.heap_bytes * 2);
    gc_ext_free(table);
}

/* Garbage of several gigabytes leaves a small process. */
TEST(resident_set_stays_small)
{
    start(NULL);
    size_t before = resident_bytes();
    for (int i = 0; i < 10000000; i++)
        CHECK(gc_alloc(m, 48, GC_TRACED) != NULL);
    for (int i = 0; i < 20000; i++) {
        char *p = gc_alloc(m, 100000, GC_LEAF);
        CHECK(p != NULL);
        memset(p, 1, 100000);
    }
    CHECK(resident_bytes() - before < ((size_t)150 << 20));
}

/* What a large heap needed goes back when it has died. */
TEST(memory_is_given_back)
{
    gc_options options = {.disabled_roots = GC_ROOT_STACK | GC_ROOT_REGISTERS};
    start(&options);
    size_t before = resident_bytes();
    gc_handle h;
    make_chain(&h, 3000000);
    CHECK(resident_bytes() - before > ((size_t)100 << 20));
    gc_handle_free(h);
    collect();
    CHECK(resident_bytes() - before < ((size_t)90 << 20));
}

static NOINLINE int
fill(size_t size)
{
    int n = 0;
    void **last = NULL;
    for (;;) {
        void **p = gc_alloc(m, size, GC_CONSERVATIVE);
        if (p == NULL)
            return n;
        p[0] = last;
        last = p;
        n++;
    }
}

static void
exhaust(size_t size)
{
    gc_options options = {.max_heap_bytes = 20 << 20};
    start(&options);
    int first = fill(size);
    CHECK(first * size > (12 << 20) && first * size <= (20 << 20));
    gc_stats stats;
    gc_get_stats(m, &stats);
    CHECK(stats.heap_bytes <= (20 << 20));
    collect();
    int second = fill(size);
    CHECK(second > first / 2); /* the garbage made room */
    collect();
    for (int i = 0; i < 100000; i++)
        CHECK(gc_alloc(m, 64, GC_LEAF) != NULL);
}

TEST(out_of_memory_small)
{
    exhaust(64);
}

TEST(out_of_memory_medium)
{
    exhaust(3000);
}

TEST(out_of_memory_large)
{
    exhaust(50000);
}

TEST(out_of_memory_huge)
{
    exhaust(1500000);
}

static NOINLINE void
make_garbage(size_t bytes)
{
    for (size_t i = 0; i < bytes / 64; i++)
        CHECK(gc_alloc(m, 64, GC_LEAF) != NULL);
}

/* At the limit only empty blocks that still hold memory help; others, whose memory was given back to make room for a
 * large object, come before them in the heap. */
TEST(blocks_without_memory_do_not_hide_others)
{
    gc_options options = {.max_heap_bytes = 20 << 20, .no_background = true};
    start(&options);
    make_garbage(8 << 20);
    gc_handle chain;
    make_chain(&chain, (8 << 20) / 64);
    collect();
    gc_handle large = gc_handle_new(gc_alloc(m, 10 << 20, GC_LEAF));
    CHECK(gc_handle_get(large) != NULL);
    gc_handle others;
    while (stats_now().heap_bytes + (128 << 10) <= (20 << 20))
        make_chain(&others, 500);
    gc_handle_free(chain);
    unsigned before = cycles_begun;
    make_garbage(30 << 20);
    CHECK(stats_now().heap_bytes <= (20 << 20));
    CHECK(cycles_begun - before < 10);
}

enum { MIXED = 60000 };

/* Most objects are small; one of 64 has several KB. */
static size_t
mixed_size(uint64_t *random)
{
    unsigned r = (unsigned)(*random = *random * 6364136223846793005u + 1442695040888963407u, *random >> 33);
    size_t range = r % 8 != 0 ? 100 : r / 8 % 64 == 0 ? 7200 : r / 8 % 64 < 8 ? 2400 : 480;
    return 16 + r / 512 % range;
}

/* What objects in use come to, at most, when each allocation replaces one of MIXED. */
static size_t
most_in_use(unsigned steps)
{
    static size_t sizes[MIXED];
    uint64_t random = 1;
    size_t sum = 0, most = 0;
    for (unsigned i = 0; i < steps; i++) {
        size_t size = (mixed_size(&random) + 15) & ~(size_t)15, at = (random >> 20) % MIXED;
        sum += size - sizes[at];
        sizes[at] = size;
        most = sum > most ? sum : most;
    }
    return most;
}

typedef struct mixed {
    uint32_t size, tag;
    unsigned char bytes[];
} mixed;

static mixed *
new_mixed(size_t size, uint32_t tag)
{
    mixed *p = gc_alloc(m, size, GC_LEAF);
    check_fresh((unsigned char *)p, size);
    *p = (mixed){.size = (uint32_t)size, .tag = tag};
    memset(p->bytes, (int)tag, size - sizeof *p);
    return p;
}

/* Nobody else has been given a part of it. */
static void
check_mixed(const mixed *p)
{
    for (size_t i = 0; p != NULL && i < p->size - sizeof *p; i++)
        CHECK(p->bytes[i] == (unsigned char)p->tag);
}

/* Each of so many allocations replaces one of MIXED, in a heap of `times` what is in use at most.  Returns the bytes that
 * come between two cycles, as a part of what is free then. */
static double
mixed_traffic(unsigned steps, double times)
{
    size_t in_use = most_in_use(steps) + MIXED * sizeof(void *);
    gc_options options = {.max_heap_bytes = (size_t)((double)in_use * times)};
    start(&options);
    gc_handle table = gc_handle_new(gc_alloc(m, MIXED * sizeof(void *), GC_CONSERVATIVE));
    uint64_t random = 1;
    for (unsigned i = 0; i < steps; i++) {
        mixed *p = new_mixed(mixed_size(&random), i), **slot = (mixed **)gc_handle_get(table) + (random >> 20) % MIXED;
        check_mixed(*slot);
        *slot = p;
    }
    gc_stats stats = stats_now();
    CHECK(stats.heap_bytes <= options.max_heap_bytes && gc_verify() == 0);
    return (double)stats.allocated_bytes / cycles_begun / (double)(options.max_heap_bytes - in_use);
}

/* Small objects keep the blocks that they have got; the larger ones must find holes nevertheless. */
TEST(mixed_sizes_in_a_tight_heap)
{
    mixed_traffic(40 * MIXED, 1.5);
}

/* Where less is free, objects that don't fit into a hole leave it to others. */
TEST(tight_heaps_fill_their_holes)
{
    CHECK(mixed_traffic(20 * MIXED, 1.4) > 0.5);
}

/* Without larger ones, small objects get all of a fixed heap: when nothing may be collected, and when it may. */
TEST(small_objects_get_all_of_a_tight_heap)
{
    gc_options options = {.max_heap_bytes = 20 << 20};
    start(&options);
    gc_set_enabled(false);
    CHECK(fill(64) * 64 > (19 << 20));
    gc_set_enabled(true);
    collect();
    CHECK(fill(64) * 64 > (18 << 20));
    CHECK(cycles_begun < 20);
}

/* Small reserve: the range itself is what runs out. */
TEST(out_of_range)
{
    gc_options options = {.reserve_bytes = 64 << 20};
    start(&options);
    CHECK(fill(100000) > 400);
    collect();
    CHECK(fill(64) > 100000);
}

TEST(disabled_means_no_automatic_cycle)
{
    gc_options options = {.min_trigger_bytes = 1 << 20};
    start(&options);
    gc_set_enabled(false);
    CHECK(!gc_is_enabled());
    for (int i = 0; i < 100000; i++)
        CHECK(gc_alloc(m, 128, GC_LEAF) != NULL);
    CHECK(cycles_begun == 0);
    collect();
    CHECK(cycles_begun == 1);
    gc_set_enabled(true);
    for (int i = 0; i < 100000; i++)
        CHECK(gc_alloc(m, 128, GC_LEAF) != NULL);
    CHECK(cycles_begun > 1);
}

/* The number of cycles for the same allocation falls as the live heap grows. */
TEST(trigger_scales_with_live_heap)
{
    gc_options options = {.min_trigger_bytes = 1 << 20};
    start(&options);
    gc_handle h;
    make_chain(&h, 400000);
    collect();
    unsigned before = cycles_begun;
    gc_stats stats;
    gc_get_stats(m, &stats);
    uint64_t live = stats.live_bytes;
    for (uint64_t bytes = 0; bytes < 3 * live; bytes += 1024)
        CHECK(gc_alloc(m, 1024, GC_LEAF) != NULL);
    CHECK(cycles_begun - before >= 2 && cycles_begun - before <= 3);
}

/* Cycles while 128 MiB come: leaves of a kilobyte, or objects that own such blocks outside the heap. */
static unsigned
cycles_of_traffic(bool blocks)
{
    unsigned before = cycles_begun;
    for (int i = 0; i < 128 << 10; i++) {
        cell *c = blocks ? new_cell(1, 0) : gc_alloc(m, 1024, GC_LEAF);
        if (blocks) {
            c->slots[0] = gc_ext_malloc_kind(1000, GC_EXT_OPAQUE);
            CHECK(gc_dying_register(c, GC_DYING_DEALLOC) == 0);
        }
        gc_safepoint(m);
    }
    return cycles_begun - before;
}

/* By default.  What deallocs give back is used again while it is warm. */
TEST(deallocs_make_cycles_come_sooner)
{
    gc_options options = {0};
    start(&options);
    on_dealloc = free_block;
    CHECK(cycles_of_traffic(false) <= 4);
    CHECK(cycles_of_traffic(true) >= 7);
    CHECK(cycles_of_traffic(false) <= 5);
}

TEST(external_bytes_count_for_trigger)
{
    gc_options options = {.min_trigger_bytes = 1 << 20};
    start(&options);
    for (int i = 0; i < 100; i++) {
        CHECK(gc_alloc(m, 16, GC_LEAF) != NULL);
        gc_external_bytes(100000);
    }
    unsigned after_external = cycles_begun;
    CHECK(after_external >= 2);
    gc_external_bytes(-10000000);
    collect();
    after_external = cycles_begun;
    for (int i = 0; i < 100; i++) {
        CHECK(gc_alloc(m, 16, GC_LEAF) != NULL);
        gc_ext_malloc(100000);
    }
    CHECK(cycles_begun >= after_external + 2);
}

/* A list of half a million cells: any recursion in the collector would overflow the stack. */
TEST(deep_list)
{
    start(NULL);
    gc_handle h;
    make_chain(&h, 500000);
    collect();
    int n = 0;
    for (cell *c = gc_handle_get(h); c != NULL; c = c->slots[0])
        n++;
    CHECK(n == 500000);
}

void gc_mark_limit_stack(size_t entries);
uint64_t gc_mark_overflows(void);

/* A mark stack of sixteen entries: wide and deep structures are marked all the same. */
TEST(mark_stack_exhausted)
{
    gc_options options = {.verify = true};
    start(&options);
    gc_mark_limit_stack(16);
    cell *wide = new_cell(1000, 1);
    gc_handle h = gc_handle_new(wide);
    for (int i = 0; i < 1000; i++) {
        wide->slots[i] = new_cell(20, 2);
        for (int k = 0; k < 20; k++) {
            wide->slots[i]->slots[k] = new_cell(1, 3);
            wide->slots[i]->slots[k]->slots[0] = new_cell(0, 4);
        }
    }
    void **large = gc_alloc(m, 200000, GC_CONSERVATIVE);
    gc_handle h2 = gc_handle_new(large);
    for (int i = 0; i < 20000; i++) {
        large[i] = new_cell(1, 5);
        ((cell *)large[i])->slots[0] = new_cell(0, 6);
    }
    large[20001] = gc_ext_malloc_kind(64, GC_EXT_REACHED);
    memset(large[20001], 0, 64);
    *(void **)large[20001] = new_cell(0, 7);
    collect();
    CHECK(gc_mark_overflows() > 0);
    wide = gc_handle_get(h);
    for (int i = 0; i < 1000; i++)
        for (int k = 0; k < 20; k++)
            CHECK(wide->slots[i]->slots[k]->slots[0]->tag == 4);
    large = gc_handle_get(h2);
    for (int i = 0; i < 20000; i++)
        CHECK(((cell *)large[i])->slots[0]->tag == 6);
    CHECK((*(cell **)large[20001])->tag == 7);
    gc_mark_limit_stack(0);
}

/* Dead small memory reads as poison right after the cycle. */
TEST(poison)
{
    gc_options options = {.poison = true, .disabled_roots = GC_ROOT_STACK | GC_ROOT_REGISTERS};
    start(&options);
    static unsigned char *dead[100];
    for (int i = 0; i < 100; i++) {
        dead[i] = gc_alloc(m, 160, GC_LEAF);
        memset(dead[i], 1, 160);
    }
    gc_handle h = gc_handle_new(dead[50]);
    unsigned char *large = gc_alloc(m, 20000, GC_LEAF);
    memset(large, 1, 20000);
    collect();
    for (int i = 0; i < 100; i++)
        for (int k = 0; k < 160; k++)
            CHECK(dead[i][k] == (i == 50 ? 1 : 0xDB));
    CHECK(large[0] == 0xDB && large[19999] == 0xDB);
    gc_handle_free(h);
    for (int i = 0; i < 100000; i++)
        check_fresh(gc_alloc(m, 160, GC_LEAF), 160);
    check_fresh(gc_alloc(m, 20000, GC_LEAF), 20000);
    unsigned char *block = gc_ext_malloc(100);
    memset(block, 1, 100);
    gc_ext_free(block);
    CHECK(block[50] == 0xDB);
}

/* The collector's own data may lie in a scanned image: they keep nothing alive. */
TEST(own_data_scanned)
{
    gc_options options = {.disabled_roots = GC_ROOT_STACK | GC_ROOT_REGISTERS};
    start(&options);
    CHECK(gc_root_image_add(&image_path) == 0); /* linked into the same image here */
    for (int i = 0; i < 5; i++) {
        gc_handle h;
        make_chain(&h, 1000);
        collect();
        gc_handle_free(h);
        collect();
        gc_stats stats;
        gc_get_stats(m, &stats);
        CHECK(stats.live_objects == 0);
    }
}

TEST(second_init_refused)
{
    start(NULL);
    CHECK(gc_init(NULL) == -1);
    CHECK(gc_mutator_attach((void *)16, (void *)32) == NULL);
}

TEST(restart)
{
    for (int i = 0; i < 3; i++) {
        start(NULL);
        gc_handle h;
        make_chain(&h, 10000);
        gc_ext_malloc(1000);
        gc_ext_malloc(1000000);
        collect();
        CHECK(gc_verify() == 0);
        gc_mutator_detach(m);
        gc_shutdown();
        void *p = gc_ext_malloc(100); /* libc's, when there is no heap */
        CHECK(p != NULL && !gc_contains(p));
        gc_ext_free(p);
    }
    start(NULL);
}
