/* test_ext.c: extension memory. */
#define _GNU_SOURCE
#include "driver.h"

#include <pthread.h>
#include <unistd.h>

TEST(ext_sizes)
{
    start(NULL);
    for (size_t size = 0; size < 40000; size += size < 700 ? 1 : 311) {
        unsigned char *p = gc_ext_malloc(size);
        CHECK(p != NULL && (uintptr_t)p % 16 == 0 && gc_contains(p));
        CHECK(gc_ext_usable_size(p) >= size);
        memset(p, 0xAB, gc_ext_usable_size(p));
        unsigned char *q = gc_ext_calloc(1, size);
        for (size_t i = 0; i < size; i++)
            CHECK(q[i] == 0);
        for (size_t i = 0; i < size; i++)
            CHECK(p[i] == 0xAB);
        gc_ext_free(p);
        gc_ext_free(q);
        q = gc_ext_calloc(size, 1);
        for (size_t i = 0; i < size; i++)
            CHECK(q[i] == 0);
        gc_ext_free(q);
    }
    gc_stats stats;
    gc_get_stats(m, &stats);
    CHECK(stats.ext_bytes == 0);
}

TEST(ext_free_gives_memory_back_at_once)
{
    start(NULL);
    for (int i = 0; i < 200000; i++)
        gc_ext_free(memset(gc_ext_malloc(5000), 1, 5000));
    for (int i = 0; i < 2000; i++)
        gc_ext_free(memset(gc_ext_malloc(500000), 1, 500000));
    void *first = gc_ext_malloc(3000000);
    uintptr_t where = (uintptr_t)first;
    gc_ext_free(first);
    CHECK((uintptr_t)gc_ext_malloc(3000000) == where);
    CHECK(cycles_begun == 0);
    /* Pages that were of one size class serve another. */
    static void *blocks[20000];
    size_t sizes[] = {40, 100, 900, 4000};
    uintptr_t lowest = UINTPTR_MAX, highest = 0;
    for (int round = 0; round < 4; round++) {
        size_t count = 8000000 / (sizes[round] + 30);
        if (count > 20000)
            count = 20000;
        for (size_t i = 0; i < count; i++) {
            blocks[i] = gc_ext_malloc(sizes[round]);
            lowest = (uintptr_t)blocks[i] < lowest ? (uintptr_t)blocks[i] : lowest;
            highest = (uintptr_t)blocks[i] > highest ? (uintptr_t)blocks[i] : highest;
        }
        for (size_t i = 0; i < count; i++)
            gc_ext_free(blocks[i]);
    }
    CHECK(highest - lowest < (40 << 20));
}

/* What is left in a block that nobody has written to: no addresses of other blocks, which would all be followed. */
TEST(ext_unwritten_leads_nowhere)
{
    start(NULL);
    static void *small[100000];
    for (size_t i = 0; i < 100000; i++)
        small[i] = gc_ext_malloc(40);
    for (size_t i = 0; i < 100000; i++)
        gc_ext_free(small[i]);
    for (size_t i = 0; i < 4000; i++) {
        uintptr_t *large = gc_ext_malloc(600);
        for (size_t w = 0; w < 600 / sizeof *large; w++)
            CHECK(!gc_contains((void *)large[w]));
    }
}

TEST(ext_realloc)
{
    start(NULL);
    unsigned char *p = NULL;
    size_t size = 0;
    for (int i = 0; i < 3000; i++) {
        size_t wanted = 1 + next_random() % (i % 50 == 0 ? 4000000 : i % 5 == 0 ? 60000 : 500);
        p = gc_ext_realloc(p, wanted);
        CHECK(p != NULL);
        for (size_t k = 0; k < (size < wanted ? size : wanted); k += 1 + k / 64)
            CHECK(p[k] == (unsigned char)(k * 7));
        for (size_t k = 0; k < wanted; k++)
            p[k] = (unsigned char)(k * 7);
        size = wanted;
    }
    CHECK(gc_ext_realloc(p, 0) == NULL);
    p = gc_ext_malloc(100);
    CHECK(gc_ext_realloc(p, 101) == p); /* the class has room */
    p = gc_ext_realloc(p, 100000);
    CHECK(gc_ext_realloc(p, 100001) == p);
    CHECK(gc_ext_realloc(p, SIZE_MAX - 100) == NULL);
    CHECK(gc_ext_malloc(SIZE_MAX) == NULL && gc_ext_malloc(PTRDIFF_MAX) == NULL);
    CHECK(gc_ext_calloc(SIZE_MAX / 2, 3) == NULL);
    gc_ext_free(p);
}

/* What has grown has room to grow as much once more; what was allocated, or has shrunk, has not. */
TEST(ext_realloc_leaves_room)
{
    start(NULL);
    char *p = gc_ext_realloc(gc_ext_malloc(100), 1000);
    CHECK(gc_ext_realloc(p, 1999) == p);
    char *q = gc_ext_malloc(1000);
    CHECK(gc_ext_usable_size(q) < 1500);
    p = gc_ext_realloc(p, 100);
    CHECK(gc_ext_usable_size(p) < 150);
    gc_ext_free(p);
    gc_ext_free(q);
}

/* Pages are added behind what has grown to 8 KB and more, and those behind what has shrunk are free at once. */
TEST(ext_realloc_in_place)
{
    start(NULL);
    char *p = gc_ext_realloc(gc_ext_malloc(5000), 9000);
    CHECK(gc_ext_realloc(p, 12000) == p && gc_ext_realloc(p, 90000) == p);
    memset(p, 'p', 90000);
    CHECK(gc_ext_realloc(p, 20000) == p && stats_now().ext_bytes < 30000);
    char *next = gc_ext_malloc(50000);
    CHECK(next > p && next < p + 90000); /* where p was */
    memset(next, 'n', 50000);
    char *moved = gc_ext_realloc(p, 30000);
    CHECK(moved != p);
    for (int i = 0; i < 20000; i++)
        CHECK(moved[i] == 'p');
    gc_ext_free(next);
    gc_ext_free(moved);
    CHECK(gc_verify() == 0);
}

/* Appending by realloc, a few bytes at a time, to a block that ends up with tens of megabytes. */
TEST(ext_realloc_appending)
{
    start(NULL);
    unsigned char *p = NULL, *before = NULL;
    unsigned moves = 0;
    for (size_t size = 1; size < (40 << 20); size += 4099) {
        p = gc_ext_realloc(p, size);
        CHECK(p != NULL);
        p[size - 1] = (unsigned char)size;
        moves += p != before;
        before = p;
    }
    for (size_t size = 1; size < (40 << 20); size += 4099)
        CHECK(p[size - 1] == (unsigned char)size);
    CHECK(moves < 20);
    p = gc_ext_realloc(p, 5000000);
    CHECK(p != NULL && gc_ext_usable_size(p) >= 5000000);
    unsigned char *q = gc_ext_calloc(1, 5000000); /* in what the other has left */
    for (size_t i = 0; i < 5000000; i++)
        CHECK(q[i] == 0);
    gc_ext_free(p);
    gc_ext_free(q);
    q = gc_ext_calloc(1, 3000000);
    for (size_t i = 0; i < 3000000; i++)
        CHECK(q[i] == 0);
    gc_ext_free(q);
    CHECK(gc_verify() == 0);
}

TEST(ext_foreign)
{
    start(NULL);
    gc_ext_free(NULL);
    char *p = malloc(100);
    CHECK(gc_ext_usable_size(p) == 0 && !gc_ext_set_kind(p, GC_EXT_OPAQUE));
    strcpy(p, "foreign");
    p = gc_ext_realloc(p, 100000);
    CHECK(!gc_contains(p) && strcmp(p, "foreign") == 0);
    gc_ext_free(p);
    void *object = gc_alloc(m, 64, GC_LEAF), *large = gc_alloc(m, 64000, GC_LEAF);
    gc_ext_free(object); /* the collector's: nothing happens */
    gc_ext_free(large);
    CHECK(gc_object_base(object) == object && gc_object_base(large) == large);
    CHECK(gc_ext_usable_size(object) == 0 && gc_ext_usable_size(large) == 0);
}

TEST(ext_aligned)
{
    start(NULL);
    for (size_t align = 1; align <= (8 << 20); align *= 2) {
        for (size_t size = 1; size < 200000; size = size * 3 + 1) {
            char *p = gc_ext_aligned_alloc(align, size);
            CHECK(p != NULL && (uintptr_t)p % align == 0 && gc_ext_usable_size(p) >= size);
            memset(p, 1, size);
            char *q = gc_ext_aligned_alloc(align, size);
            CHECK(q != NULL && q != p && (uintptr_t)q % align == 0);
            gc_ext_free(p);
            gc_ext_free(q);
        }
    }
    CHECK(gc_ext_aligned_alloc(24, 10) == NULL && gc_ext_aligned_alloc(0, 10) == NULL);
    gc_stats stats;
    gc_get_stats(m, &stats);
    CHECK(stats.ext_bytes == 0);
}

static const gc_options precise = {.disabled_roots = GC_ROOT_STACK | GC_ROOT_REGISTERS, .verify = true};
static uintptr_t hidden_child;

static NOINLINE void *
block_with_child(size_t size, gc_ext_kind kind)
{
    void **block = gc_ext_malloc_kind(size, kind);
    memset(block, 0, size);
    block[size / sizeof(void *) - 1] = new_cell(0, 1);
    hidden_child = hide(block[size / sizeof(void *) - 1]);
    return block;
}

static void
kinds_case(size_t size)
{
    start(&precise);
    void *block = block_with_child(size, GC_EXT_ROOT);
    collect();
    CHECK(alive(hidden_child));
    CHECK(gc_ext_set_kind(block, GC_EXT_OPAQUE));
    collect();
    CHECK(!alive(hidden_child));
    gc_ext_free(block);

    block = block_with_child(size, GC_EXT_OPAQUE);
    gc_handle h = gc_handle_new(block);
    collect();
    CHECK(!alive(hidden_child));
    gc_handle_free(h);
    gc_ext_free(block);

    /* Reached: only as long as something refers to it, by any address in it or one past its end.  Many
     * cycles, since its colour comes round. */
    block = block_with_child(size, GC_EXT_REACHED);
    for (int i = 0; i < 8; i++) {
        h = gc_handle_new((char *)block + (i % 2 == 0 ? 0 : size));
        collect();
        CHECK(alive(hidden_child));
        gc_handle_free(h);
    }
    collect();
    CHECK(!alive(hidden_child));
    CHECK(gc_ext_usable_size(block) >= size); /* not reached is not freed */
    gc_ext_free(block);

    /* Reached again just when its old colour is the present one: every third cycle. */
    block = block_with_child(size, GC_EXT_REACHED);
    gc_handle keep = gc_handle_new(reveal(hidden_child));
    for (int i = 0; i < 7; i++) {
        h = i % 3 == 0 ? gc_handle_new(block) : 0;
        if (i % 3 == 0)
            gc_handle_free(keep);
        collect();
        CHECK(alive(hidden_child));
        if (i % 3 == 0)
            keep = gc_handle_new(reveal(hidden_child));
        gc_handle_free(h);
    }
    gc_handle_free(keep);
    gc_ext_free(block);

    /* A chain of reached blocks, unreached for some cycles in between. */
    block = block_with_child(size, GC_EXT_REACHED);
    void **outer = gc_ext_malloc_kind(size, GC_EXT_REACHED);
    memset(outer, 0, size);
    outer[1] = block;
    h = gc_handle_new(outer);
    collect();
    CHECK(alive(hidden_child));
    gc_ext_free(outer);
    CHECK(gc_ext_set_kind(block, GC_EXT_ROOT));
    collect();
    CHECK(alive(hidden_child));
    gc_ext_free(block);
    gc_handle_free(h);
}

TEST(ext_kinds_cell)
{
    kinds_case(64);
}

TEST(ext_kinds_run)
{
    kinds_case(64000);
}

TEST(ext_kinds_huge)
{
    kinds_case(6400000);
}

/* Freed memory is not scanned. */
TEST(ext_freed_not_scanned)
{
    start(&precise);
    static uintptr_t children[50];
    static void *blocks[50];
    for (int i = 0; i < 50; i++) {
        blocks[i] = block_with_child(640, GC_EXT_ROOT);
        children[i] = hidden_child;
    }
    for (int i = 0; i < 50; i += 2)
        gc_ext_free(blocks[i]);
    collect();
    for (int i = 0; i < 50; i++)
        CHECK(alive(children[i]) == (i % 2 != 0));
    for (int i = 1; i < 50; i += 2)
        gc_ext_free(blocks[i]);
}

typedef struct traffic {
    pthread_t thread;
    uint64_t seed;
    void **shared; /* blocks handed from thread to thread */
} traffic;

enum { SHARED = 64 };

static void *
make_traffic(void *arg)
{
    traffic *t = arg;
    unsigned char *own[100] = {0};
    size_t sizes[100] = {0};
    uint64_t x = t->seed;
    for (int i = 0; i < 60000; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        int k = (int)(x % 100);
        if (own[k] != NULL) {
            for (size_t b = 0; b < sizes[k]; b += 1 + sizes[k] / 8)
                if (own[k][b] != (unsigned char)k)
                    abort();
            if (x >> 40 & 1)
                gc_ext_free(own[k]);
            else
                gc_ext_free(__atomic_exchange_n(&t->shared[x >> 20 & (SHARED - 1)], own[k],
                                                __ATOMIC_ACQ_REL));
        }
        sizes[k] = x >> 8 & ((x >> 50 & 63) == 0 ? 0xFFFF : 0x1FF);
        own[k] = x >> 41 & 1 ? gc_ext_malloc(sizes[k]) : gc_ext_calloc(1, sizes[k]);
        if (own[k] == NULL)
            abort();
        memset(own[k], k, sizes[k]);
    }
    for (int k = 0; k < 100; k++)
        gc_ext_free(own[k]);
    return NULL;
}

/* Two other threads and the mutator allocate, and free each other's blocks, while cycles run. */
TEST(ext_threads)
{
    gc_options options = {.min_trigger_bytes = 1 << 20};
    start(&options);
    static void *shared[SHARED];
    traffic t[3] = {{.seed = 12345, .shared = shared}, {.seed = 999, .shared = shared},
                    {.seed = 777, .shared = shared}};
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&t[i].thread, NULL, make_traffic, &t[i]) == 0);
    for (int i = 0; i < 20; i++) {
        gc_collect(m);
        for (int k = 0; k < 1000; k++)
            new_cell(5, 1);
    }
    make_traffic(&t[2]);
    for (int i = 0; i < 2; i++)
        pthread_join(t[i].thread, NULL);
    for (int i = 0; i < SHARED; i++)
        gc_ext_free(shared[i]);
    void *p[100];
    for (int i = 0; i < 100; i++) /* takes over what is deferred */
        p[i] = gc_ext_malloc(16 * (size_t)i);
    for (int i = 0; i < 100; i++)
        gc_ext_free(p[i]);
    CHECK(gc_verify() == 0);
    gc_stats stats;
    gc_get_stats(m, &stats);
    CHECK(stats.collections >= 20);
}

static NOINLINE void
free_twice(void)
{
    void *p = gc_ext_malloc(100), *volatile q = p;
    gc_ext_free(p);
    gc_ext_free(q);
}

/* The driver expects this one to abort with a message. */
TEST(abort_double_free)
{
    start(NULL);
    free_twice();
}

TEST(abort_interior_free)
{
    start(NULL);
    char *volatile p = gc_ext_malloc(100);
    gc_ext_free(p + 16);
}

static void
collect_inside(gc_tracer *t)
{
    (void)t;
    gc_collect(m);
}

TEST(abort_collect_inside)
{
    start(NULL);
    extra_roots = collect_inside;
    gc_collect(m);
}

static void
allocate_inside(gc_tracer *t)
{
    (void)t;
    gc_alloc(m, 100000, GC_LEAF);
}

TEST(abort_allocate_inside)
{
    start(NULL);
    extra_roots = allocate_inside;
    gc_collect(m);
}

static void
free_inside(gc_tracer *t)
{
    static void *p;
    (void)t;
    gc_ext_free(p);
    p = gc_ext_malloc(100000);
}

TEST(abort_ext_inside)
{
    start(NULL);
    extra_roots = free_inside;
    gc_collect(m);
}

static NOINLINE void
break_heap(void)
{
    cell *c = new_cell(10, 1);
    m->meta[((uintptr_t)c + 16) / 16] = 0x99; /* an object in the middle of another */
}

TEST(abort_broken_heap)
{
    gc_options options = {.verify = true};
    start(&options);
    gc_handle_new(new_cell(1, 1));
    break_heap();
    CHECK(gc_verify() != 0);
    abort();
}

/* ------------------------------------------------------------------ large blocks that are not scanned again */

static NOINLINE void
put_references(cell **block, size_t step, size_t n)
{
    for (size_t i = 0; i < n; i++)
        block[i * step] = new_cell(0, (uint32_t)i);
}

static void
check_references(cell **block, size_t step, size_t n)
{
    for (size_t i = 0; i < n; i++)
        CHECK(alive(hide(block[i * step])) && block[i * step]->tag == (uint32_t)i);
}

/* References are written at all stages: before the block is known to be clean, and while it is watched; by the
 * program, by a system call, and by a move of the block. */
TEST(ext_large_blocks_are_watched)
{
    start(NULL);
    size_t bytes = 24 << 20, words = bytes / sizeof(cell *);
    cell **block = gc_ext_malloc(bytes);
    memset(block, 0x11, bytes);
    for (int round = 0; round < 4; round++) { /* the stages: unknown, clean, watched */
        for (int i = 0; i < round; i++)
            collect();
        put_references(block, words / 50, 50);
        for (int i = 0; i < 4; i++) {
            collect();
            check_references(block, words / 50, 50);
        }
        memset(block, 0x11, bytes);
    }
    collect();
    collect();
    collect();
    cell *volatile kept = new_cell(0, 0);
    int pipes[2];
    CHECK(pipe(pipes) == 0 && write(pipes[1], (const void *)&kept, sizeof kept) == sizeof kept);
    CHECK(read(pipes[0], &block[words / 2], sizeof kept) == sizeof kept);
    kept = NULL;
    collect();
    check_references(block + words / 2, 1, 1);
    collect();
    check_references(block + words / 2, 1, 1);
    block = gc_ext_realloc(block, bytes + (5 << 20));
    collect();
    check_references(block + words / 2, 1, 1);
    gc_ext_free(block);
    collect();
    block = gc_ext_calloc(words, sizeof *block); /* the same memory, most likely */
    put_references(block, words / 50, 50);
    collect();
    check_references(block, words / 50, 50);
    gc_ext_free(block);
}
