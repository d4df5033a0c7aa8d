/* test_generations.c: minor cycles keep what old objects refer to, by gc_store or gc_set_unbarriered, and only that. */
#include "driver.h"

#include <pthread.h>

static void
start_without(unsigned disabled)
{
    gc_options options = generations_without(disabled);
    start(&options);
}

/* ------------------------------------------------------------------ owners, and what is stored into them */

static const gc_layout all_references = {.fixed_words = 1, .repeat_words = 1, .bitmap = {2}};

/* An object whose words, but for the first, are references. */
static NOINLINE gc_handle
make_owner(gc_kind kind, size_t size)
{
    if (kind == GC_TRACED)
        return gc_handle_new(new_cell((uint32_t)((size - sizeof(cell)) / sizeof(cell *)), 0));
    void **p = gc_alloc(m, size, kind);
    CHECK(p != NULL);
    if (kind == GC_DESCRIBED)
        *p = (void *)&all_references;
    return gc_handle_new(p);
}

static void **
slot_of(gc_handle owner, size_t word)
{
    return (void **)gc_handle_get(owner) + word;
}

/* A cell with another one below it. */
static NOINLINE cell *
new_pair(uint32_t tag)
{
    cell *below = new_cell(0, tag + 1), *c = new_cell(1, tag);
    c->slots[0] = below;
    return c;
}

enum barrier { WITHOUT, WITH };

/* Store a new pair, or an address in it; its complement. */
static NOINLINE uintptr_t
store_young(gc_handle owner, size_t word, size_t offset, enum barrier barrier)
{
    cell *c = new_pair((uint32_t)word);
    void **slot = slot_of(owner, word), *value = (char *)c + offset;
    if (barrier == WITH)
        gc_store(gc_handle_get(owner), slot, value);
    else
        *slot = value;
    return hide(c);
}

static NOINLINE void
check_pair(uintptr_t hidden, uint32_t tag)
{
    CHECK(alive(hidden));
    const cell *c = reveal(hidden);
    CHECK(c->count == 1 && c->tag == tag);
    CHECK(alive(hide(c->slots[0])) && c->slots[0]->tag == tag + 1);
}

static size_t
next_word(size_t word, size_t words)
{
    size_t step = words <= 16 ? 1 : words / 13;
    return word + 1 < words && word + step >= words ? words - 1 : word + step;
}

/* What is stored into an old object, at any of its words, lives on through minor cycles. */
static void
check_stores(gc_kind kind, size_t size, size_t offset)
{
    gc_handle owner = make_owner(kind, size);
    collect();
    for (size_t word = 1, words = size / sizeof(void *); word < words; word = next_word(word, words)) {
        uintptr_t young = store_young(owner, word, offset, WITH);
        collect_young();
        check_pair(young, (uint32_t)word);
        collect_young(); /* it is old itself now */
        check_pair(young, (uint32_t)word);
        gc_store(gc_handle_get(owner), slot_of(owner, word), NULL);
        collect_young();
        check_pair(young, (uint32_t)word);
        young = store_young(owner, word, offset, WITH);
        gc_store(gc_handle_get(owner), slot_of(owner, word), NULL);
        collect_young();
        CHECK(!alive(young));
    }
    gc_handle_free(owner);
}

static const size_t small_sizes[] = {16, 48, 512, 1008, 4096, 8192}, large_sizes[] = {8208, 20480, 300000, 5 << 20};

static void
check_sizes(gc_kind kind)
{
    start_without(0);
    for (size_t i = 0; i < 6; i++)
        check_stores(kind, small_sizes[i], 0);
    for (size_t i = 0; i < 4; i++)
        check_stores(kind, large_sizes[i], 0);
}

TEST(minor_store_conservative)
{
    check_sizes(GC_CONSERVATIVE);
}

TEST(minor_store_described)
{
    check_sizes(GC_DESCRIBED);
}

TEST(minor_store_traced)
{
    check_sizes(GC_TRACED);
}

TEST(minor_store_interior)
{
    start_without(0);
    for (gc_kind kind = GC_TRACED; kind <= GC_DESCRIBED; kind++)
        for (size_t offset = 1; offset < sizeof(cell) + sizeof(cell *); offset += 7)
            check_stores(kind, 200, offset);
}

/* Indices into the table of cards wrap around somewhere in the address range. */
TEST(minor_store_anywhere_in_the_range)
{
    gc_options options = generations_without(0);
    options.reserve_bytes = (size_t)64 << 20;
    start(&options);
    check_stores(GC_CONSERVATIVE, (size_t)50 << 20, 0);
}

/* Without the barrier, or without what it noted, the same is lost: so it is the barrier that the others test. */
static void
check_lost(unsigned disabled, enum barrier barrier)
{
    gc_options options = generations_without(disabled);
    options.verify = false;
    start(&options);
    for (gc_kind kind = GC_TRACED; kind <= GC_DESCRIBED; kind++)
        for (size_t i = 0; i < 4; i++) {
            size_t words = large_sizes[i] / sizeof(void *);
            gc_handle small = make_owner(kind, small_sizes[i]), large = make_owner(kind, large_sizes[i]);
            collect();
            uintptr_t a = store_young(small, 1, 0, barrier), b = store_young(large, words - 1, 0, barrier);
            collect_young();
            CHECK(!alive(a) && !alive(b));
            *slot_of(small, 1) = *slot_of(large, words - 1) = NULL;
        }
}

TEST(minor_without_old_roots)
{
    check_lost(GC_ROOT_OLD, WITH);
}

TEST(minor_without_barrier)
{
    check_lost(0, WITHOUT);
}

TEST(abort_store_without_barrier)
{
    start_without(0);
    gc_handle owner = make_owner(GC_DESCRIBED, 64);
    collect();
    store_young(owner, 3, 0, WITHOUT);
    collect_young();
}

/* From gc_internal.h. */
void gc_mark_limit_stack(size_t entries);
uint64_t gc_mark_overflows(void);

/* More than fits on the mark stack. */
TEST(minor_with_a_short_mark_stack)
{
    start_without(0);
    gc_handle owner = make_owner(GC_CONSERVATIVE, 8192), large = make_owner(GC_TRACED, 80000);
    collect();
    gc_mark_limit_stack(16);
    uintptr_t young[1000];
    for (size_t word = 1; word <= 1000; word++)
        young[word - 1] = store_young(word % 2 == 0 ? owner : large, word, 0, WITH);
    uint64_t before = gc_mark_overflows();
    collect_young();
    CHECK(gc_mark_overflows() > before);
    for (size_t word = 1; word <= 1000; word++)
        check_pair(young[word - 1], (uint32_t)word);
}

/* ------------------------------------------------------------------ unbarriered objects */

static void
check_unbarriered(gc_kind kind, size_t size)
{
    gc_handle owner = make_owner(kind, size);
    size_t last = size / sizeof(void *) - 1;
    collect();
    CHECK(gc_set_unbarriered(gc_handle_get(owner)));
    for (int round = 0; round < 3; round++) {
        uintptr_t a = store_young(owner, 1, 0, WITHOUT), b = store_young(owner, last, 0, WITHOUT);
        collect_young();
        check_pair(b, (uint32_t)last);
        if (last != 1)
            check_pair(a, 1);
        if (round == 1)
            collect(); /* it stays unbarriered */
    }
    *slot_of(owner, 1) = *slot_of(owner, last) = NULL;
    gc_handle_free(owner);
}

TEST(minor_unbarriered)
{
    start_without(0);
    for (gc_kind kind = GC_TRACED; kind <= GC_DESCRIBED; kind++)
        for (size_t i = 0; i < 4; i++) {
            check_unbarriered(kind, small_sizes[i]);
            check_unbarriered(kind, large_sizes[i]);
        }
}

/* One that is young when it is declared is still so when it is old. */
TEST(minor_unbarriered_young)
{
    start_without(0);
    gc_handle small = make_owner(GC_CONSERVATIVE, 64), large = make_owner(GC_CONSERVATIVE, 20480);
    CHECK(gc_set_unbarriered(gc_handle_get(small)) && gc_set_unbarriered(gc_handle_get(large)));
    collect_young();
    uintptr_t a = store_young(small, 7, 0, WITHOUT), b = store_young(large, 7, 0, WITHOUT);
    collect_young();
    check_pair(a, 7);
    check_pair(b, 7);
}

static void
check_unbarriered_leaf(size_t size)
{
    gc_handle leaf = make_owner(GC_LEAF, size);
    CHECK(gc_set_unbarriered(gc_handle_get(leaf)));
    collect();
    uintptr_t young = store_young(leaf, 1, 0, WITHOUT);
    collect_young();
    CHECK(!alive(young));
}

TEST(minor_unbarriered_leaf)
{
    start_without(0);
    check_unbarriered_leaf(64);
    check_unbarriered_leaf(20480);
}

TEST(unbarriered_is_for_objects)
{
    start_without(0);
    void *block = gc_ext_malloc(64), *run = gc_ext_malloc(100000);
    uintptr_t dead_small = hide(new_cell(10, 0)), dead_large = hide(new_cell(10000, 0));
    collect();
    CHECK(!gc_set_unbarriered(reveal(dead_small)) && !gc_set_unbarriered(reveal(dead_large)));
    CHECK(!gc_set_unbarriered(block) && !gc_set_unbarriered(run));
    CHECK(!gc_set_unbarriered(NULL) && !gc_set_unbarriered(&block) && !gc_set_unbarriered((void *)~(uintptr_t)0));
    CHECK(gc_set_unbarriered(new_cell(10, 0)) && gc_set_unbarriered(new_cell(10000, 0)));
    gc_ext_free(block);
    gc_ext_free(run);
}

/* ------------------------------------------------------------------ what lives how long */

static NOINLINE void
make_garbage(uintptr_t *small, uintptr_t *large)
{
    *small = hide(new_pair(1));
    *large = hide(new_cell(10000, 2));
}

TEST(minor_frees_young_garbage)
{
    start_without(0);
    for (int i = 0; i < 20; i++) {
        uintptr_t small, large;
        make_garbage(&small, &large);
        collect_young();
        CHECK(!alive(small) && !alive(large));
    }
}

TEST(minor_leaves_old_garbage)
{
    start_without(0);
    uintptr_t small, large;
    make_garbage(&small, &large);
    gc_handle a = gc_handle_new(reveal(small)), b = gc_handle_new(reveal(large));
    collect_young();
    gc_handle_free(a);
    gc_handle_free(b);
    for (int i = 0; i < 5; i++) {
        collect_young();
        check_pair(small, 1);
        CHECK(alive(large));
    }
    collect();
    CHECK(!alive(small) && !alive(large));
}

TEST(collect_is_full)
{
    start_without(0);
    for (int i = 0; i < 5; i++)
        collect();
    gc_stats stats = stats_now();
    CHECK(stats.collections == 5 && stats.minor_collections == 0);
}

/* Holes between old objects are used again: what is young there is told from its old neighbours. */
TEST(minor_in_old_blocks)
{
    start_without(0);
    enum { N = 20000 };
    gc_handle owner = make_owner(GC_CONSERVATIVE, (N + 1) * sizeof(void *));
    uintptr_t *young = malloc((N + 1) * sizeof *young);
    for (size_t word = 1; word <= N; word++)
        young[word] = store_young(owner, word, 0, WITH);
    for (int round = 0; round < 6; round++) {
        for (size_t word = 1 + round % 3; word <= N; word += 3)
            gc_store(gc_handle_get(owner), slot_of(owner, word), NULL);
        collect();
        for (size_t word = 1 + round % 3; word <= N; word += 3)
            CHECK(!alive(young[word]));
        for (size_t word = 1 + round % 3; word <= N; word += 3)
            young[word] = store_young(owner, word, 0, WITH);
        collect_young();
        for (size_t word = 1; word <= N; word++)
            check_pair(young[word], (uint32_t)word);
    }
    free(young);
}

/* ------------------------------------------------------------------ when which cycle comes */

TEST(minor_under_stress)
{
    gc_options options = generations_without(0);
    options.stress_every = 1;
    start(&options);
    for (int i = 0; i < 80; i++)
        gc_alloc(m, 16, GC_LEAF);
    gc_stats stats = stats_now();
    CHECK(stats.collections == 80 && stats.minor_collections == 70);
}

/* Twice what the nursery holds survives each minor cycle for a while: so a full one must come in time. */
TEST(promoted_garbage_makes_a_full_cycle)
{
    gc_options options = {.generations = true, .nursery_bytes = NURSERY, .max_heap_bytes = (size_t)16 << 20};
    start(&options);
    gc_handle owner = make_owner(GC_CONSERVATIVE, 4096 * sizeof(void *));
    for (size_t i = 0; i < 400000; i++) {
        void *p = gc_alloc(m, 240, GC_CONSERVATIVE);
        CHECK(p != NULL);
        gc_store(gc_handle_get(owner), slot_of(owner, i % 4096), p);
    }
    gc_stats stats = stats_now();
    uint64_t full = stats.collections - stats.minor_collections;
    CHECK(full >= 5 && stats.minor_collections > 2 * full);
    CHECK(stats.heap_bytes <= options.max_heap_bytes);
}

/* Growth of extension memory counts too. */
TEST(promoted_extension_memory_makes_a_full_cycle)
{
    gc_options options = generations_without(0);
    options.min_trigger_bytes = (size_t)16 << 20;
    start(&options);
    for (int i = 0; i < 64; i++) {
        CHECK(gc_ext_malloc_kind((size_t)1 << 20, GC_EXT_OPAQUE) != NULL);
        gc_alloc(m, 16384, GC_LEAF);
    }
    gc_stats stats = stats_now();
    CHECK(stats.collections - stats.minor_collections >= 2);
    CHECK(stats.minor_collections >= 20);
}

/* What old objects give back when they are deallocated was alive in the full cycle that found them dead, and must not
 * make the next one come later each time. */
TEST(deallocs_of_old_objects_give_room_back)
{
    enum { ALIVE = 40 };
    gc_options options = generations_without(0);
    options.min_trigger_bytes = (size_t)1 << 20;
    start(&options);
    on_dealloc = free_block;
    gc_handle owner = make_owner(GC_CONSERVATIVE, (1 + ALIVE) * sizeof(void *));
    for (size_t i = 0; i < 2000; i++) {
        cell *c = new_cell(1, 0);
        gc_store(gc_handle_get(owner), slot_of(owner, 1 + i % ALIVE), c);
        CHECK(gc_dying_register(c, GC_DYING_DEALLOC) == 0);
        c->slots[0] = gc_ext_malloc_kind((size_t)1 << 20, GC_EXT_OPAQUE);
        c = NULL;
        gc_safepoint(m);
        CHECK(stats_now().ext_bytes < (uint64_t)3 * ALIVE << 20);
    }
    gc_stats stats = stats_now();
    CHECK(stats.minor_collections > 2 * (stats.collections - stats.minor_collections));
}

/* NULL comes after a full cycle only, which finds old garbage. */
TEST(memory_limit_with_old_garbage)
{
    gc_options options = generations_without(0);
    options.max_heap_bytes = (size_t)16 << 20;
    options.verify = false;
    start(&options);
    gc_handle owner = make_owner(GC_CONSERVATIVE, 100000 * sizeof(void *));
    for (int round = 0; round < 3; round++) {
        size_t made = 0;
        for (;; made++) {
            gc_stats before = stats_now();
            void *p = gc_alloc(m, 1008, GC_CONSERVATIVE);
            if (p == NULL) {
                gc_stats after = stats_now();
                CHECK(after.collections - after.minor_collections > before.collections - before.minor_collections);
                break;
            }
            gc_store(gc_handle_get(owner), slot_of(owner, made), p);
        }
        CHECK(made > 12000);
        memset(gc_handle_get(owner), 0, made * sizeof(void *)); /* all that is old, and no cycle has seen it go */
    }
}

TEST(nothing_is_minor_without_generations)
{
    gc_options options = {.nursery_bytes = 1, .min_trigger_bytes = 1 << 20, .verify = true};
    start(&options);
    gc_handle owner = make_owner(GC_CONSERVATIVE, 64);
    CHECK(gc_set_unbarriered(gc_handle_get(owner)));
    for (int i = 0; i < 20; i++) {
        uintptr_t a = store_young(owner, 1, 0, WITH), b = store_young(owner, 2, 0, WITHOUT);
        for (int k = 0; k < 100; k++)
            gc_alloc(m, 16384, GC_LEAF);
        check_pair(a, 1);
        check_pair(b, 2);
    }
    gc_stats stats = stats_now();
    CHECK(stats.collections >= 10 && stats.minor_collections == 0);
}

/* ------------------------------------------------------------------ threads */

#define THREADS 4
#define TABLE 2048u

static cell *shared_table;
static unsigned next_number;

static const cell *
list_at(unsigned at)
{
    return __atomic_load_n(&shared_table->slots[at], __ATOMIC_RELAXED);
}

/* Each thread has every fourth slot: so they share all cards. */
static void *
store_into_shared(void *arg)
{
    m = gc_mutator_attach(NULL, NULL);
    CHECK(m != NULL);
    unsigned number = __atomic_fetch_add(&next_number, 1, __ATOMIC_RELAXED), *lengths = arg;
    for (unsigned i = 0; i < 20000; i++) {
        unsigned at = (unsigned)((uint64_t)i * 2654435761u % (TABLE / THREADS)) * THREADS + number;
        check_list(list_at(at), lengths[at], at);
        gc_store(shared_table, &shared_table->slots[at], make_list(lengths[at] = i % 7, at));
    }
    for (unsigned at = number; at < TABLE; at += THREADS)
        check_list(list_at(at), lengths[at], at);
    gc_mutator_detach(m);
    return NULL;
}

TEST(threads_store_into_old_objects)
{
    static unsigned lengths[TABLE];
    pthread_t threads[THREADS];
    gc_options options = {.generations = true, .nursery_bytes = NURSERY / 4, .verify = true};
    start(&options);
    CHECK(gc_root_image_add(&shared_table) == 0);
    shared_table = new_cell(TABLE, 0);
    collect();
    for (unsigned i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, store_into_shared, lengths) == 0);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK(stats_now().minor_collections > 20);
}
