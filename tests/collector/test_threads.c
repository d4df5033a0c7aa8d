/* test_threads.c: several mutators; each is stopped wherever it is, and loses nothing. */
#define _GNU_SOURCE
#include "driver.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 4

/* A thread that runs `body` as a mutator. */
typedef struct worker {
    pthread_t thread;
    void (*body)(struct worker *w);
    unsigned number;
    uintptr_t hidden; /* what the thread holds, for others to ask about */
    int pipe[2];
    volatile int ready, stop;
} worker;

static void *
run_worker(void *arg)
{
    worker *w = arg;
    m = gc_mutator_attach(NULL, NULL);
    CHECK(m != NULL && gc_mutator_current() == m);
    w->body(w);
    gc_mutator_detach(m);
    return NULL;
}

static void
begin(worker *w, unsigned number, void (*body)(worker *w))
{
    w->number = number;
    w->body = body;
    CHECK(pthread_create(&w->thread, NULL, run_worker, w) == 0);
}

static void
wait_until(volatile int *flag)
{
    while (!__atomic_load_n(flag, __ATOMIC_ACQUIRE))
        usleep(100);
}

static void
say(volatile int *flag)
{
    __atomic_store_n(flag, 1, __ATOMIC_RELEASE);
}

/* ------------------------------------------------------------------ allocating together */

static void
make_lists(worker *w)
{
    cell *kept = make_list(1000, w->number * 100000);
    for (unsigned round = 0; round < 60; round++) {
        cell *list = make_list(500, round);
        char *text = gc_alloc(m, 100 + round * 200, GC_LEAF);
        memset(text, (int)round, 100 + round * 200);
        void *block = gc_ext_malloc(round * 10 + 8);
        *(cell **)block = list;
        list = NULL;
        make_list(300, 7);
        check_list(*(cell **)block, 500, round);
        gc_ext_free(block);
        CHECK(text[99 + round * 200] == (char)round);
    }
    check_list(kept, 1000, w->number * 100000);
}

static void
run_together(const gc_options *options, void (*body)(worker *w))
{
    worker w[THREADS] = {0};
    start(options);
    for (unsigned i = 0; i < THREADS; i++)
        begin(&w[i], i, body);
    for (int i = 0; i < 5; i++) {
        make_list(100, 0);
        collect();
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(w[i].thread, NULL);
    gc_stats stats;
    gc_get_stats(m, &stats);
    CHECK(stats.allocated_objects > (body == make_lists ? THREADS * 49000u : 0));
}

TEST(threads_allocate)
{
    gc_options options = {.min_trigger_bytes = 1 << 19, .verify = true};
    run_together(&options, make_lists);
}

TEST(threads_allocate_poisoned)
{
    gc_options options = {.min_trigger_bytes = 1 << 20, .verify = true, .poison = true, .markers = 3};
    run_together(&options, make_lists);
}

TEST(threads_allocate_stressed)
{
    gc_options options = {.stress_every = 997, .verify = true, .poison = true};
    run_together(&options, make_lists);
}

/* ------------------------------------------------------------------ at a limit together */

enum { LIMIT = 16 << 20, ROUNDS_AT_LIMIT = 20 };

static void
fill_up(worker *w)
{
    const size_t bytes = 240;
    for (size_t left = (size_t)ROUNDS_AT_LIMIT * LIMIT / THREADS; left >= bytes; left -= bytes)
        CHECK(gc_alloc(m, bytes, GC_LEAF) != NULL);
    (void)w;
}

/* All find the heap full at the same time, and one collection is for all of them. */
TEST(threads_collect_once_at_a_limit)
{
    gc_options options = {.max_heap_bytes = LIMIT, .growth_factor = 100.0, .no_background = true};
    worker w[THREADS] = {0};
    start(&options);
    for (unsigned i = 0; i < THREADS; i++)
        begin(&w[i], i, fill_up);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(w[i].thread, NULL);
    gc_stats stats;
    gc_get_stats(m, &stats);
    CHECK(stats.collections >= ROUNDS_AT_LIMIT - 1 && stats.collections <= ROUNDS_AT_LIMIT * 5 / 4);
}

/* ------------------------------------------------------------------ stopped anywhere */

/* Nothing but inline allocation: most stops hit the middle of one. */
static void
bump_for_ever(worker *w)
{
    say(&w->ready);
    uintptr_t sum = 0;
    while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED)) {
        for (int i = 0; i < 2000; i++) {
            cell *a = new_cell(2, 5), *b = gc_alloc(m, 16, GC_LEAF);
            a->slots[0] = b;
            a->slots[1] = a;
            sum += a->tag + ((cell *)a->slots[1])->count;
        }
        usleep(0); /* under ThreadSanitizer signals arrive in calls */
    }
    CHECK(sum % 7 == 0);
}

static void
stop_often(bool poison)
{
    gc_options options = {.verify = true, .poison = poison, .min_trigger_bytes = 64 << 20};
    worker w[2] = {0};
    start(&options);
    for (unsigned i = 0; i < 2; i++)
        begin(&w[i], i, bump_for_ever);
    wait_until(&w[0].ready);
    wait_until(&w[1].ready);
    for (int i = 0; i < 300; i++)
        gc_collect(m);
    for (unsigned i = 0; i < 2; i++) {
        say(&w[i].stop);
        pthread_join(w[i].thread, NULL);
    }
}

TEST(threads_stopped_while_allocating)
{
    stop_often(false);
}

TEST(threads_stopped_while_allocating_poisoned)
{
    stop_often(true);
}

/* Blocked in a system call, with an object on its stack and nowhere else. */
static NOINLINE void
hold_on_stack(worker *w)
{
    cell *volatile held = make_list(10, w->number);
    w->hidden = hide(held);
    clear_stack();
    say(&w->ready);
    char byte;
    while (read(w->pipe[0], &byte, 1) < 0)
        CHECK(errno == EINTR);
    if (w->stop)
        check_list(held, 10, w->number);
}

static void
stack_of_other_thread(unsigned disabled)
{
    gc_options options = {.disabled_roots = disabled};
    worker w = {0};
    start(&options);
    CHECK(pipe(w.pipe) == 0);
    w.stop = disabled == 0;
    begin(&w, 77, hold_on_stack);
    wait_until(&w.ready);
    collect();
    CHECK(alive(w.hidden) == (disabled == 0));
    CHECK(write(w.pipe[1], "x", 1) == 1);
    pthread_join(w.thread, NULL);
}

TEST(threads_root_stack)
{
    stack_of_other_thread(0);
}

TEST(threads_root_stack_disabled)
{
    stack_of_other_thread(GC_ROOT_STACK);
}

static void **(*find_thread_data)(void);

static NOINLINE void
hold_in_thread_local(worker *w)
{
    void **data = find_thread_data();
    data[5] = make_list(3, 9);
    w->hidden = hide(data[5]);
    clear_stack();
    say(&w->ready);
    wait_until(&w->stop);
    data[5] = NULL;
}

static void
thread_local_of_other_thread(unsigned disabled)
{
    gc_options options = {.disabled_roots = disabled};
    worker w = {0};
    CHECK(image_path != NULL);
    void *image = dlopen(image_path, RTLD_NOW);
    CHECK(image != NULL);
    *(void **)&find_thread_data = dlsym(image, "image_thread_data");
    start(&options);
    CHECK(gc_root_image_add(*(void **)&find_thread_data) == 0);
    begin(&w, 0, hold_in_thread_local);
    wait_until(&w.ready);
    collect();
    CHECK(alive(w.hidden) == (disabled == 0));
    say(&w.stop);
    pthread_join(w.thread, NULL);
}

TEST(threads_root_thread_local)
{
    thread_local_of_other_thread(0);
}

TEST(threads_root_thread_local_disabled)
{
    thread_local_of_other_thread(GC_ROOT_DATA);
}

/* ------------------------------------------------------------------ coming and going */

static void
live_shortly(worker *w)
{
    void *block = gc_ext_malloc(100 + w->number * 50);
    *(cell **)block = make_list(200, 1);
    check_list(*(cell **)block, 200, 1);
    gc_ext_free(block);
    if (w->number % 3 == 0)
        gc_collect(m);
}

TEST(threads_come_and_go)
{
    gc_options options = {.min_trigger_bytes = 1 << 18, .verify = true};
    start(&options);
    for (unsigned round = 0; round < 60; round++) {
        worker w[3] = {0};
        for (unsigned i = 0; i < 3; i++)
            begin(&w[i], round + i, live_shortly);
        make_list(100, 0);
        for (unsigned i = 0; i < 3; i++)
            pthread_join(w[i].thread, NULL);
    }
    gc_stats stats;
    gc_get_stats(m, &stats);
    CHECK(stats.ext_bytes == 0);
    CHECK(stats.allocated_objects >= 60 * 3 * 200);
}

static void *
forget_to_detach(void *arg)
{
    (void)arg;
    m = gc_mutator_attach(NULL, NULL);
    make_list(100, 0);
    return NULL;
}

TEST(threads_detach_at_their_end)
{
    start(NULL);
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, forget_to_detach, NULL) == 0);
        pthread_join(thread, NULL);
        collect(); /* would wait for ever for a thread that has gone */
    }
    gc_mutator *again = gc_mutator_attach(NULL, NULL);
    CHECK(again == NULL); /* this thread has one */
}

static void
end_thread(cell *c)
{
    (void)c;
    pthread_exit(NULL);
}

static void *
end_in_dealloc(void *arg)
{
    (void)arg;
    m = gc_mutator_attach(NULL, NULL);
    gc_run_pending(m);
    return "unreachable";
}

/* What it has taken from the queue is left to the others, but for the one it was at. */
TEST(threads_end_in_their_deallocs)
{
    start(&(gc_options){.disabled_roots = GC_ROOT_STACK | GC_ROOT_REGISTERS, .verify = true});
    for (int i = 0; i < 100; i++)
        CHECK(gc_dying_register(new_cell(3, 1), GC_DYING_DEALLOC) == 0);
    collect();
    on_dealloc = end_thread;
    pthread_t thread;
    void *result;
    CHECK(pthread_create(&thread, NULL, end_in_dealloc, NULL) == 0);
    CHECK(pthread_join(thread, &result) == 0 && result == NULL && deallocated_tags[1] == 1);
    on_dealloc = NULL;
    collect();
    CHECK(gc_run_pending(m) == 99 && deallocated_tags[1] == 100 && !gc_has_pending());
}

/* A thread that is no mutator, and is never stopped, changes words while they are scanned. */
#define CHANGED_WORDS 4096u
static void *volatile changed[CHANGED_WORDS];
static volatile int stop_changing;

static void *
change_words(void *object)
{
    void *values[] = {object, NULL, (void *)3, (void *)~(uintptr_t)0};
    for (unsigned turn = 0; !__atomic_load_n(&stop_changing, __ATOMIC_ACQUIRE); turn++)
        for (unsigned i = 0; i < CHANGED_WORDS; i++)
            __atomic_store_n(&changed[i], values[(turn + i % 3) % 4], __ATOMIC_RELAXED);
    return NULL;
}

TEST(threads_change_what_is_scanned)
{
    void *lo = (void *)changed, *hi = (void *)(changed + CHANGED_WORDS);
    start(NULL);
    gc_root_range_add(&lo, &hi);
    cell *kept = make_list(10, 0);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, change_words, kept) == 0);
    for (int i = 0; i < 500; i++)
        collect();
    __atomic_store_n(&stop_changing, 1, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    check_list(kept, 10, 0);
    gc_root_range_remove(&lo);
}

/* What a thread has allocated outlives it, and others may free it. */
static void *shared_blocks[200];

static void
leave_blocks(worker *w)
{
    (void)w;
    for (int i = 0; i < 200; i++) {
        shared_blocks[i] = gc_ext_malloc(64);
        *(cell **)shared_blocks[i] = make_list(2, (unsigned)i);
    }
}

TEST(threads_leave_extension_memory)
{
    worker w = {0};
    start(NULL);
    begin(&w, 0, leave_blocks);
    pthread_join(w.thread, NULL);
    collect();
    for (unsigned i = 0; i < 200; i++) {
        check_list(*(cell **)shared_blocks[i], 2, i);
        gc_ext_free(shared_blocks[i]);
    }
    collect(); /* takes over what was freed of a thread that has gone */
    gc_stats stats;
    gc_get_stats(m, &stats);
    CHECK(stats.ext_bytes == 0);
    CHECK(stats.live_objects < 400);
}

/* ------------------------------------------------------------------ fork, dlopen */

static int
child_work(void)
{
    cell *kept = make_list(500, 3);
    for (int i = 0; i < 20; i++) {
        make_list(1000, 0);
        gc_collect(m);
    }
    check_list(kept, 500, 3);
    return gc_verify() == 0 ? 0 : 1;
}

TEST(threads_fork)
{
    gc_options options = {.verify = true, .min_trigger_bytes = 1 << 20};
    worker w[2] = {0};
    start(&options);
    cell *before = make_list(100, 50);
    for (unsigned i = 0; i < 2; i++)
        begin(&w[i], i, bump_for_ever);
    wait_until(&w[0].ready);
    wait_until(&w[1].ready);
    for (int i = 0; i < 10; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            check_list(before, 100, 50);
            _exit(child_work());
        }
        gc_collect(m);
        int status;
        CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        say(&w[i].stop);
        pthread_join(w[i].thread, NULL);
    }
    check_list(before, 100, 50);
}

static void
open_and_close(worker *w)
{
    say(&w->ready);
    for (int i = 0; i < 200; i++) {
        void *image = dlopen(image_path, RTLD_NOW);
        CHECK(image != NULL);
        void **data = dlsym(image, "image_data");
        CHECK(gc_root_image_add(data) == 0);
        data[3] = make_list(4, (unsigned)i);
        check_list(data[3], 4, (unsigned)i);
        data[3] = NULL;
        gc_root_image_remove(data);
        dlclose(image);
    }
    say(&w->stop);
}

TEST(threads_open_images)
{
    worker w = {0};
    start(NULL);
    CHECK(image_path != NULL);
    begin(&w, 0, open_and_close);
    wait_until(&w.ready);
    while (!__atomic_load_n(&w.stop, __ATOMIC_ACQUIRE))
        gc_collect(m);
    pthread_join(w.thread, NULL);
}

/* An image that is unloaded without gc_root_image_remove is forgotten, not read. */
TEST(images_unloaded_without_a_word)
{
    start(NULL);
    void *image = dlopen(image_path, RTLD_NOW);
    CHECK(image != NULL && gc_root_image_add(dlsym(image, "image_data")) == 0);
    dlclose(image);
    collect();
}

/* ------------------------------------------------------------------ many markers */

static NOINLINE cell *
make_tree(unsigned depth, unsigned tag)
{
    cell *c = new_cell(3, tag);
    if (depth > 0)
        for (unsigned i = 0; i < 3; i++)
            c->slots[i] = make_tree(depth - 1, tag * 3 + i);
    return c;
}

static unsigned
count_tree(const cell *c, unsigned depth, unsigned tag)
{
    CHECK(c->tag == tag);
    unsigned n = 1;
    for (unsigned i = 0; depth > 0 && i < 3; i++)
        n += count_tree(c->slots[i], depth - 1, tag * 3 + i);
    return n;
}

void gc_mark_limit_stack(size_t entries);
uint64_t gc_mark_overflows(void);

static void
mark_with(unsigned markers, size_t stack_entries, unsigned depth, unsigned rounds)
{
    gc_options options = {.markers = markers, .min_trigger_bytes = 4 << 20, .verify = true};
    start(&options);
    gc_mark_limit_stack(stack_entries);
    cell *tree = make_tree(depth, 1);
    unsigned n = 0;
    for (unsigned i = depth + 1; i > 0; i--)
        n = n * 3 + 1;
    for (unsigned i = 0; i < rounds; i++) {
        make_list(20000, 0);
        collect();
        CHECK(count_tree(tree, depth, 1) == n);
    }
    gc_stats stats;
    gc_get_stats(m, &stats);
    CHECK(stats.live_objects >= n && stats.live_objects < n + n / 4);
    CHECK((gc_mark_overflows() > 0) == (stack_entries != 0));
    gc_mark_limit_stack(0);
}

TEST(markers_one)
{
    mark_with(1, 0, 12, 12);
}

TEST(markers_two)
{
    mark_with(2, 0, 12, 12);
}

TEST(markers_seven)
{
    mark_with(7, 0, 12, 12);
}

/* Where no stack can grow, not all that another offers can be taken, or taken back. */
TEST(markers_with_short_stacks)
{
    mark_with(3, 24, 12, 24);
}

/* One range of words is the whole of the work: it must be split to be shared. */
TEST(markers_share_a_range)
{
    gc_options options = {.markers = 4, .verify = true};
    start(&options);
    size_t n = 1 << 20;
    cell **block = gc_ext_calloc(n, sizeof *block);
    for (size_t i = 0; i < n; i += 8)
        block[i] = new_cell(1, (uint32_t)i);
    for (int round = 0; round < 5; round++)
        collect();
    for (size_t i = 0; i < n; i += 8)
        CHECK(block[i]->tag == (uint32_t)i && block[i]->count == 1);
    gc_ext_free(block);
}

/* ------------------------------------------------------------------ the background */

enum { BLOCK = 64 << 10 };

/* Is the first page of the block there that comes so many after the one of the object? */
static bool
is_resident(const void *object, unsigned blocks)
{
    unsigned char state = 0;
    uintptr_t block = ((uintptr_t)object & ~(uintptr_t)(BLOCK - 1)) + (uintptr_t)blocks * BLOCK;
    CHECK(mincore((void *)block, 1, &state) == 0);
    return state & 1;
}

/* More than the 4 MiB from which on pages are fetched, and in the middle of a slab: the blocks that follow are next. */
static cell *
fill_blocks(unsigned most)
{
    cell *list = make_list(most * (BLOCK / 16), 0);
    while (((uintptr_t)list >> 16) % 32 != 10) {
        cell *c = new_cell(1, 0);
        c->slots[0] = list;
        list = c;
    }
    return list;
}

TEST(background_fetches_pages)
{
    start(NULL);
    cell *list = fill_blocks(64);
    for (int i = 0; i < 100 && !is_resident(list, 4); i++)
        usleep(10000);
    CHECK(is_resident(list, 1) && is_resident(list, 4));
    list = NULL;
    collect();
    make_list(200000, 0);
    CHECK(gc_verify() == 0);
}

TEST(background_fetches_pages_within_the_limit)
{
    gc_options options = {.max_heap_bytes = 80 * BLOCK};
    start(&options);
    cell *list = fill_blocks(64);
    gc_stats now;
    gc_get_stats(m, &now);
    unsigned room = (unsigned)((options.max_heap_bytes - now.heap_bytes) / BLOCK);
    CHECK(room >= 2 && room < 20); /* the slab has 21 more */
    for (int i = 0; i < 100 && !is_resident(list, room); i++)
        usleep(10000);
    usleep(100000);
    CHECK(is_resident(list, room) && !is_resident(list, room + 1));
}

TEST(background_gives_memory_back)
{
    start(NULL);
    cell *kept = make_list(1000000, 0); /* 24 MB in granules of 16: 32 MB */
    collect();
    size_t full = resident_bytes();
    check_list(kept, 1000000, 0);
    kept = NULL;
    collect();
    collect();
    for (int i = 0; i < 100 && resident_bytes() > full - (20 << 20); i++)
        usleep(100000);
    CHECK(resident_bytes() <= full - (20 << 20));
    make_list(1000, 0); /* and what is needed again is there again */
}

/* Freed extension pages are kept for a while, since what frees them asks for them again. */
TEST(background_gives_extension_memory_back)
{
    enum { BLOCKS = 50000, BYTES = 500 };
    static void *blocks[BLOCKS];
    start(NULL);
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = memset(gc_ext_malloc(BYTES), 1, BYTES);
    size_t full = resident_bytes();
    for (int i = 0; i < BLOCKS; i++)
        gc_ext_free(blocks[i]);
    CHECK(resident_bytes() > full - (4 << 20));
    collect();
    for (int i = 0; i < 150 && resident_bytes() > full - (16 << 20); i++)
        usleep(100000);
    CHECK(resident_bytes() <= full - (16 << 20));
    CHECK(gc_verify() == 0);
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = gc_ext_malloc(BYTES);
    for (int i = 0; i < BLOCKS; i++)
        gc_ext_free(blocks[i]);
}
