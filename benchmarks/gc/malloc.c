/* malloc.c: malloc and free traffic of extension memory against libc's.
 *
 *     malloc SHAPE [threads] [steps]
 *
 * SHAPE isolates one kind of lifetime:
 *
 *     lifo     nested: what came last goes first, as in parsers and recursive code
 *     random   a table of blocks of which a random one is replaced
 *     grow     a hundred buffers that realloc makes longer by half until they are dropped, as strings and vectors are
 *              built
 *     append   one such buffer at a time, and nothing else: the best case of an allocator that extends the last
 *              block in place
 *     cross    each thread frees what its neighbour allocated (two threads at least)
 *
 * Sizes are what counts of real programs show: 90 % below 128 bytes, 9 % below 4 KB, the rest up to 64 KB.  An
 * optimizer can't cheat: each block's first and last bytes are written, and checked and summed when it goes; the
 * functions are called through a library's symbol or pointers that the compiler can't see through.
 *
 * Compiled with -DPEER_LIBC it calls libc. */
#include "bench.h"

#include <pthread.h>
#include <sched.h>

#ifdef PEER_LIBC

/* -fno-builtin-malloc and company keep the compiler from reasoning about them. */
#define ext_malloc malloc
#define ext_realloc realloc
#define ext_free free

static void
ext_start(void)
{
}

static void
ext_thread_enter(void)
{
}

static void
ext_thread_leave(void)
{
}

#else

#include "collector.h"

#define ext_malloc gc_ext_malloc
#define ext_realloc gc_ext_realloc
#define ext_free gc_ext_free
#define ext_start heap_start
#define ext_thread_enter heap_thread_enter
#define ext_thread_leave heap_thread_leave

#endif

#define MOST_THREADS 64
#define SLOTS 20000u
#define MOST_NESTED 1000u
#define LONGEST_BUFFER 100000u
#define MOST_BUFFERS 100u
#define MAIL 4096u /* blocks on their way to the neighbour */

typedef struct block {
    uint32_t size;
    uint32_t mark;
    unsigned char bytes[];
} block;

typedef struct worker {
    pthread_t thread;
    uint64_t (*run)(struct worker *w, size_t steps);
    size_t steps;
    uint64_t sum;
    bench_random random;
    struct worker *neighbour;
    /* What the neighbour is to free: one thread fills, one empties. */
    size_t sent __attribute__((aligned(64)));
    size_t taken __attribute__((aligned(64)));
    block *mail[MAIL];
} worker;

static size_t
random_size(bench_random *r)
{
    size_t kind = bench_below(r, 1000);
    if (kind < 900)
        return sizeof(block) + 1 + bench_below(r, 120);
    return sizeof(block) + 1 + bench_below(r, kind < 990 ? 4096 : 65536);
}

static block *
new_block(bench_random *r)
{
    size_t size = random_size(r);
    block *b = ext_malloc(size);
    if (b == NULL)
        bench_exhausted();
    b->size = (uint32_t)size;
    b->mark = ~(uint32_t)size;
    ((unsigned char *)b)[size - 1] = (unsigned char)size;
    return b;
}

static uint64_t
drop_block(block *b)
{
    uint64_t size = b->size;
    CHECK(((unsigned char *)b)[size - 1] == (unsigned char)size);
    ext_free(b);
    return size;
}

/* ------------------------------------------------------------------ shapes */

static uint64_t
run_lifo(worker *w, size_t steps)
{
    block *nested[MOST_NESTED];
    size_t depth = 0;
    uint64_t sum = 0;
    for (size_t i = 0; i < steps; i++) {
        size_t deeper = 1 + bench_below(&w->random, 16), up = 1 + bench_below(&w->random, 16);
        for (; deeper > 0 && depth < MOST_NESTED; deeper--)
            nested[depth++] = new_block(&w->random);
        for (; up > 0 && depth > 0; up--)
            sum += drop_block(nested[--depth]);
    }
    while (depth > 0)
        sum += drop_block(nested[--depth]);
    return sum;
}

static uint64_t
run_random(worker *w, size_t steps)
{
    block **slots = ext_malloc(SLOTS * sizeof *slots);
    uint64_t sum = 0;
    memset(slots, 0, SLOTS * sizeof *slots);
    for (size_t i = 0; i < steps; i++) {
        size_t at = bench_below(&w->random, SLOTS);
        if (slots[at] != NULL)
            sum += drop_block(slots[at]);
        slots[at] = new_block(&w->random);
    }
    for (size_t i = 0; i < SLOTS; i++)
        if (slots[i] != NULL)
            sum += drop_block(slots[i]);
    ext_free(slots);
    return sum;
}

/* One of many that grow side by side. */
typedef struct buffer {
    unsigned char *bytes;
    size_t size, most;
    unsigned char mark;
} buffer;

static void
begin_buffer(bench_random *r, buffer *b)
{
    b->size = 16;
    b->most = 64 + bench_below(r, bench_below(r, 8) == 0 ? LONGEST_BUFFER : 2000);
    b->mark = (unsigned char)b->most;
    b->bytes = ext_malloc(b->size);
    if (b->bytes == NULL)
        bench_exhausted();
    memset(b->bytes, b->mark, b->size);
}

static void
lengthen_buffer(buffer *b)
{
    size_t longer = b->size + b->size / 2;
    b->bytes = ext_realloc(b->bytes, longer);
    if (b->bytes == NULL)
        bench_exhausted();
    b->bytes[b->size] = b->bytes[longer - 1] = b->mark;
    b->size = longer;
}

static uint64_t
end_buffer(buffer *b)
{
    CHECK(b->bytes[0] == b->mark && b->bytes[15] == b->mark && b->bytes[b->size - 1] == b->mark);
    ext_free(b->bytes);
    return b->size;
}

static uint64_t
lengthen_some(bench_random *r, size_t steps, size_t count)
{
    buffer buffers[MOST_BUFFERS];
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        begin_buffer(r, &buffers[i]);
    for (size_t i = 0; i < steps; i++) {
        buffer *b = &buffers[bench_below(r, count)];
        if (b->size < b->most) {
            lengthen_buffer(b);
        } else {
            sum += end_buffer(b);
            begin_buffer(r, b);
        }
    }
    for (size_t i = 0; i < count; i++)
        sum += end_buffer(&buffers[i]);
    return sum;
}

static uint64_t
run_grow(worker *w, size_t steps)
{
    return lengthen_some(&w->random, steps, MOST_BUFFERS);
}

static uint64_t
run_append(worker *w, size_t steps)
{
    return lengthen_some(&w->random, steps, 1);
}

/* Free what has come; wait while the neighbour's box is full. */
static uint64_t
take_mail(worker *w)
{
    uint64_t sum = 0;
    size_t sent = __atomic_load_n(&w->sent, __ATOMIC_ACQUIRE);
    for (; w->taken < sent; __atomic_store_n(&w->taken, w->taken + 1, __ATOMIC_RELEASE))
        sum += drop_block(w->mail[w->taken % MAIL]);
    return sum;
}

static uint64_t
take_or_yield(worker *w)
{
    size_t before = w->taken;
    uint64_t sum = take_mail(w);
    if (w->taken == before)
        sched_yield();
    return sum;
}

static uint64_t
run_cross(worker *w, size_t steps)
{
    worker *to = w->neighbour;
    uint64_t sum = 0;
    for (size_t i = 0; i < steps; i++) {
        block *b = new_block(&w->random);
        while (to->sent - __atomic_load_n(&to->taken, __ATOMIC_ACQUIRE) == MAIL)
            sum += take_or_yield(w);
        to->mail[to->sent % MAIL] = b;
        __atomic_store_n(&to->sent, to->sent + 1, __ATOMIC_RELEASE);
        if (i % 64 == 0)
            sum += take_mail(w);
    }
    while (w->taken < steps)
        sum += take_or_yield(w);
    return sum;
}

/* ------------------------------------------------------------------ */

static const struct {
    const char *name;
    uint64_t (*run)(worker *w, size_t steps);
    size_t steps;
} shapes[] = {
    {"lifo", run_lifo, 2000000},
    {"random", run_random, 15000000},
    {"grow", run_grow, 8000000},
    {"append", run_append, 8000000},
    {"cross", run_cross, 8000000},
};

static void *
thread_main(void *arg)
{
    worker *w = arg;
    ext_thread_enter();
    w->sum = w->run(w, w->steps);
    ext_thread_leave();
    return NULL;
}

static worker workers[MOST_THREADS];

static uint64_t
run_all(size_t shape, size_t threads, size_t steps)
{
    for (size_t i = 0; i < threads; i++) {
        worker *w = &workers[i];
        w->run = shapes[shape].run;
        w->steps = (steps != 0 ? steps : shapes[shape].steps) / threads;
        w->random.state = i;
        w->neighbour = &workers[(i + 1) % threads];
    }
    for (size_t i = 1; i < threads; i++)
        CHECK(pthread_create(&workers[i].thread, NULL, thread_main, &workers[i]) == 0);
    uint64_t sum = workers[0].run(&workers[0], workers[0].steps);
    for (size_t i = 1; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
        sum += workers[i].sum;
    }
    return sum;
}

int
main(int argc, char **argv)
{
    size_t shape = 0, threads = bench_argument(argc, argv, 2, 1);
    while (shape < sizeof shapes / sizeof *shapes && (argc < 2 || strcmp(argv[1], shapes[shape].name) != 0))
        shape++;
    CHECK(shape < sizeof shapes / sizeof *shapes && threads >= 1 && threads <= MOST_THREADS);
    ext_start();
    bench_begin();
    uint64_t sum = run_all(shape, threads, bench_argument(argc, argv, 3, 0));
    bench_report_open(sum);
    bench_report_close();
    return 0;
}
