/* weak.c: a queue of jobs, an index of weak references to them, and finalizers.
 *
 *     weak [queue length] [jobs]
 *
 * Shape: first in, first out; every job has a weak reference to it in an index, and every fourth a finalizer, so
 * that most of the work of dying is seen: clearing, queueing, running, dropping registrations.  An optimizer
 * can't cheat: jobs are found through the weak index and must be the right ones; the number of finalized jobs
 * must be that of the registered ones at the end, and a reference whose job is still queued must not be
 * cleared. */
#include "collector.h"

#define FINALIZED_EVERY 4
#define FOUND_EVERY 8 /* what has grown cold is read seldom: its cache misses are not the collector's */

typedef struct job {
    struct job *next;
    uint64_t number;
    void *payload;
} job;

static job *first, *last; /* the queue */
static void ***slots;     /* the index: slot of the job with this number, modulo its length */
static uint64_t finalized;

static void
finalize(void *object)
{
    const job *j = object;
    CHECK(j->number % FINALIZED_EVERY == 0);
    finalized++;
}

static void
enqueue(uint64_t number, size_t length)
{
    job *j = heap_words(sizeof *j);
    j->number = number;
    heap_store(j, &j->payload, heap_leaf(40));
    memset(j->payload, (int)(number & 0xff), 40);
    if (number % FINALIZED_EVERY == 0)
        heap_finalizer(j, finalize);
    void **slot = heap_leaf(2 * sizeof *slot);
    heap_weak_set(slot, j);
    heap_store(slots, &slots[number % length], slot);
    if (first == NULL)
        first = j;
    else
        heap_store(last, &last->next, j);
    last = j;
}

static uint64_t
dequeue(void)
{
    job *j = first;
    uint64_t number = j->number;
    CHECK(*(unsigned char *)j->payload == (number & 0xff));
    first = j->next;
    j->next = NULL;
    return number;
}

/* Look a queued job up by its number. */
static void
find(uint64_t number, size_t length)
{
    const job *j = heap_weak_get(slots[number % length]);
    CHECK(j != NULL && j->number == number);
}

static NOINLINE uint64_t
run(size_t length, size_t jobs)
{
    bench_random r = {13};
    uint64_t sum = 0;
    slots = heap_words(2 * length * sizeof *slots);
    for (uint64_t number = 0; number < jobs; number++) {
        enqueue(number, 2 * length);
        if (number < length)
            continue;
        sum += dequeue();
        if (number % FOUND_EVERY == 0)
            find(number - bench_below(&r, length), 2 * length);
        heap_safepoint();
        if (number == 4 * length)
            heap_note_live();
    }
    while (first != NULL)
        sum += dequeue();
    last = NULL;
    return sum;
}

/* Overwrite what the calls of run have left on the stack. */
static NOINLINE void
clear_stack(void)
{
    volatile char junk[4096];
    memset((void *)junk, 0, sizeof junk);
}

int
main(int argc, char **argv)
{
    size_t length = bench_argument(argc, argv, 1, 150000), jobs = bench_argument(argc, argv, 2, 3000000);
    uint64_t expected = (jobs + FINALIZED_EVERY - 1) / FINALIZED_EVERY;
    heap_start();
    bench_begin();
    uint64_t sum = run(length, jobs);
    for (int i = 0; i < 10 && finalized < expected; i++) {
        clear_stack();
        heap_collect();
        heap_words(16);
        heap_safepoint();
    }
    /* A stale word may keep the one or other alive. */
    CHECK(finalized <= expected && finalized + 8 >= expected);
    heap_report(sum);
    return 0;
}
