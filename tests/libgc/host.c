/* host.c: gc_host.h by itself, under the sanitizers.  Prints "ok", or aborts where something is wrong. */
#include "gc_embedder.h"
#include "gc_host.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);   \
            abort();                                                          \
        }                                                                     \
    } while (0)

#define MANY 200

static gc_mutator *m;
static int finalized;

static void
finalize(void *object)
{
    (void)object;
    finalized++;
}

static void
test_words_and_references(void)
{
    gc_handle a = gc_host_alloc(m, 32, GC_CONSERVATIVE, NULL), b = gc_host_alloc(m, 16, GC_LEAF, NULL), out = 0;
    uintptr_t word = 1;
    CHECK(gc_host_load_word(a, 8, &word) == GC_HOST_OK && word == 0);
    CHECK(gc_host_store_word(a, 8, 12345) == GC_HOST_OK);
    CHECK(gc_host_load_word(a, 8, &word) == GC_HOST_OK && word == 12345);
    CHECK(gc_host_load_ref(a, 8, &out) == GC_HOST_NO_OBJECT && out == 0);
    CHECK(gc_host_store_ref(a, 8, b) == GC_HOST_OK);
    CHECK(gc_host_load_ref(a, 8, &out) == GC_HOST_OK && gc_handle_get(out) == gc_handle_get(b) && out != b);
    CHECK(gc_host_store_ref(a, 8, 0) == GC_HOST_OK);
    CHECK(gc_host_load_ref(a, 8, &out) == GC_HOST_OK && out == 0);
    CHECK(gc_host_adopt((uintptr_t)gc_handle_get(a) + 31, &out) == GC_HOST_OK);
    CHECK(gc_handle_get(out) == gc_handle_get(a));
    gc_handle copy = gc_host_copy(a);
    gc_handle_free(a);
    CHECK(gc_host_copy(a) == 0);
    CHECK(gc_host_load_word(a, 8, &word) == GC_HOST_CLOSED);
    CHECK(gc_host_store_word(a, 8, 1) == GC_HOST_CLOSED);
    CHECK(gc_host_load_ref(a, 8, &out) == GC_HOST_CLOSED);
    CHECK(gc_host_store_ref(a, 8, b) == GC_HOST_CLOSED);
    CHECK(gc_host_store_ref(copy, 8, a) == GC_HOST_CLOSED);
    CHECK(gc_host_finalize_later(a) == GC_HOST_CLOSED);
    CHECK(gc_host_load_word(copy, 8, &word) == GC_HOST_OK);
}

static void
test_described(void)
{
    gc_layout *layout = calloc(1, sizeof *layout + sizeof(uint64_t));
    layout->fixed_words = 3;
    layout->bitmap[0] = 2;
    gc_handle h = gc_host_alloc(m, 24, GC_DESCRIBED, layout), target = gc_host_alloc(m, 16, GC_LEAF, NULL), out;
    uintptr_t word;
    CHECK(gc_host_load_word(h, 0, &word) == GC_HOST_OK && word == (uintptr_t)layout);
    CHECK(gc_host_store_ref(h, 8, target) == GC_HOST_OK && gc_host_store_word(target, 0, 77) == GC_HOST_OK);
    gc_handle_free(target);
    gc_collect(m);
    CHECK(gc_host_load_ref(h, 8, &out) == GC_HOST_OK);
    CHECK(gc_host_load_word(out, 0, &word) == GC_HOST_OK && word == 77);
}

static uintptr_t range[MANY];

static __attribute__((noinline)) void
make_dying(gc_weak *weaks, gc_handle table)
{
    for (int i = 0; i < MANY; i++) {
        gc_handle h = gc_host_alloc(m, 16, GC_LEAF, NULL), value = gc_host_alloc(m, 16, GC_LEAF, NULL), out;
        bool removed;
        weaks[i] = gc_host_weak_new(h, 0);
        CHECK(gc_host_weak_get(weaks[i], &out) == GC_HOST_OK);
        gc_handle_free(out);
        CHECK(gc_host_ephemeron_get(table, h, &out) == GC_HOST_OK && out == 0);
        CHECK(gc_host_ephemeron_set(table, h, value) == GC_HOST_OK);
        CHECK(gc_host_ephemeron_get(table, h, &out) == GC_HOST_OK && gc_handle_get(out) == gc_handle_get(value));
        gc_handle_free(out);
        CHECK(gc_host_ephemeron_remove(table, h, &removed) == GC_HOST_OK && removed);
        CHECK(gc_host_ephemeron_remove(table, h, &removed) == GC_HOST_OK && !removed);
        if (i % 2 == 0)
            CHECK(gc_host_write_ref(&range[i], h) == GC_HOST_OK);
        else
            CHECK(gc_host_finalize_later(h) == GC_HOST_OK);
        gc_handle_free(value);
        gc_handle_free(h);
    }
}

static void
test_death(void)
{
    static gc_weak weaks[MANY];
    void *const bounds[2] = {range, range + MANY};
    gc_root_range_add(&bounds[0], &bounds[1]);
    make_dying(weaks, gc_host_alloc(m, 16, GC_LEAF, NULL));
    for (int i = 0; i < 3; i++) {
        gc_collect(m);
        gc_run_pending(m);
    }
    int dead = 0;
    for (int i = 0; i < MANY; i++) {
        gc_handle out;
        if (i % 2 == 0)
            CHECK(gc_host_read_ref(&range[i], &out) == GC_HOST_OK && out != 0);
        dead += gc_host_weak_get(weaks[i], &out) == GC_HOST_CLOSED;
    }
    CHECK(dead > MANY * 4 / 10 && dead <= MANY / 2 && finalized >= dead);
    gc_root_range_remove(&bounds[0]);
}

/* A handle that another thread frees, while dead memory is filled with 0xDB at once. */
static volatile gc_handle shared;
static volatile bool stop;

static void *
read_shared(void *unused)
{
    (void)unused;
    gc_mutator *mine = gc_mutator_attach(NULL, NULL);
    uintptr_t closed = 0, word;
    while (!stop) {
        gc_host_status status = gc_host_load_word(shared, 8, &word);
        CHECK(status == GC_HOST_CLOSED || word == 42);
        closed += status == GC_HOST_CLOSED;
    }
    gc_mutator_detach(mine);
    return (void *)closed;
}

static void
test_handles_freed_by_another_thread(void)
{
    pthread_t reader;
    CHECK(pthread_create(&reader, NULL, read_shared, NULL) == 0);
    for (int i = 0; i < 300; i++) {
        gc_handle h = gc_host_alloc(m, 64, GC_LEAF, NULL);
        CHECK(gc_host_store_word(h, 8, 42) == GC_HOST_OK);
        shared = h;
        for (int k = 0; k < 100; k++)
            gc_host_alloc(m, 64, GC_LEAF, NULL); /* its handle leaks: only time and memory pass */
        gc_handle_free(h);
        gc_collect(m);
    }
    stop = true;
    pthread_join(reader, NULL);
}

int
main(void)
{
    gc_options options = {.poison = true, .verify = true, .reserve_bytes = (size_t)1 << 32};
    gc_embedder embedder = {.finalize = finalize};
    CHECK(gc_init(&options) == 0);
    gc_set_embedder(&embedder);
    m = gc_mutator_attach(NULL, NULL);
    test_words_and_references();
    test_described();
    test_death();
    test_handles_freed_by_another_thread();
    puts("ok");
    return 0;
}
