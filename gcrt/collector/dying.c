/* dying.c: objects with something to say when they die.
 *
 *                     register
 *                        |
 *                        v          found dead, FINALIZE
 *     (unknown)     REGISTERED ------------------------------------> queued to be finalized
 *         ^              |                                                 |  gc_run_pending:
 *         |              | found dead, DEALLOC only                        |  finalize(object)
 *         |              v                found dead again, DEALLOC        v
 *         +------- queued to be deallocated <----------------------------- FINALIZED
 *           gc_run_pending: unknown, dealloc(object)                       |
 *         ^                                                                |
 *         +---------- found dead again, no DEALLOC ------------------------+
 *
 * An object registered with FREES that no other refers to which died with it, and that its dealloc gives to gc_free, is
 * FREED until the end of gc_run_pending, and free then: nothing is left that leads to it, whatever other deallocs have
 * kept of their objects.
 *
 * "Found dead" means unmarked when marking has ended; all that are found in one cycle are taken before
 * anything is marked from them, so that members of a cycle die together.  Objects in a queue are roots:
 * they and all they reach stay intact until their turn.  A finalized object that a finalizer or a
 * stale word has resurrected stays FINALIZED: no object is finalized twice.  Only
 * gc_dying_unregister, or having been deallocated, makes it a new object.
 *
 * An object's state is a byte beside the heap: one for each granule of a slab that has such objects, for a
 * large one a byte of its run.  So a search for the dead reads states and mark bytes in their order, 8 granules a
 * step, and what lives costs next to nothing.  (A hash table by address, and a list of the youngest, cost a cache
 * miss for each object in each cycle: a third of the weak benchmark.)
 *
 * Mutators change a state in one step, without a lock: whoever registers an object first has it to himself.  The queues
 * have a lock, which is never held while a finalizer or dealloc runs. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "gc_internal.h"

#include <sys/mman.h>

/* Bits of a state, in these combinations (and DEALLOC where it is in parentheses):
 *   FINALIZE (DEALLOC), DEALLOC     registered
 *   FINALIZE QUEUED (DEALLOC)       in the queue of finalizers
 *   FINALIZED (DEALLOC)             its finalizer has run, or is running
 *   DEALLOC QUEUED                  in the queue of deallocs
 *   FREED                           its dealloc has given it to gc_free
 * FREES may come with DEALLOC; with QUEUED too: nothing else that died refers to it. */
enum {
    FINALIZE = GC_DYING_FINALIZE,
    DEALLOC = GC_DYING_DEALLOC,
    QUEUED = 4,
    FINALIZED = 8,
    FREES = GC_DYING_FREES,
    FREED = 32,
};

#define ANY 2u /* in a note about states */

#define STATES_A_WORD 8u
#define BLOCK_WORDS (GC_BLOCK_GRANULES / STATES_A_WORD)

/* States of a slab's granules; those that the header would have are put to another use. */
typedef struct slab_states {
    union {
        uint8_t used[GC_SLAB_BLOCKS]; /* by block: FINALIZE, ANY: may have states with FINALIZE, or other than 0 */
        uint8_t bytes[GC_SLAB_BYTES / GC_GRANULE];
        uint64_t words[GC_SLAB_BLOCKS][BLOCK_WORDS];
    };
} slab_states;

typedef struct queue {
    gc_array items; /* of uintptr_t */
    size_t head;    /* index of the first that is left */
} queue;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static slab_states **states; /* by slab; NULL: not one of small objects, or none of them has been registered */
static queue finalizers, deallocs;
static size_t waiting; /* in both; read without the lock */
static uint8_t large_ones; /* such a note about all runs */

/* ------------------------------------------------------------------ states */

static inline slab_states *
states_of_slab(uintptr_t address)
{
    slab_states **table = __atomic_load_n(&states, __ATOMIC_ACQUIRE);
    size_t index = (address - gc_heap.base) >> GC_SLAB_SHIFT;
    return GC_UNLIKELY(table == NULL) ? NULL : __atomic_load_n(&table[index], __ATOMIC_ACQUIRE);
}

/* NULL: no memory. */
static slab_states *
make_states(uintptr_t address)
{
    size_t index = (address - gc_heap.base) >> GC_SLAB_SHIFT;
    slab_states *made = NULL;
    gc_lock(&lock);
    if (states == NULL)
        __atomic_store_n(&states, gc_map(gc_heap.slab_count * sizeof *states), __ATOMIC_RELEASE);
    if (states != NULL && (made = states[index]) == NULL) {
        made = gc_map(sizeof *made);
        __atomic_store_n(&states[index], made, __ATOMIC_RELEASE);
    }
    gc_unlock(&lock);
    return made;
}

static inline uint8_t *
state_in(slab_states *of_slab, uintptr_t object)
{
    return &of_slab->bytes[(object & GC_SLAB_MASK) / GC_GRANULE];
}

static uint8_t *
find_large_state(uintptr_t object)
{
    if (gc_slab_kind_of(object) < SLAB_RUN)
        return NULL;
    gc_run *run = gc_large_find(object);
    return run != NULL && run->owner == RUN_GC ? &run->dying : NULL;
}

/* Of an object that may have been registered; NULL: it can't have been. */
static inline uint8_t *
find_state(uintptr_t object)
{
    if (GC_UNLIKELY(!gc_in_range(object)))
        return NULL;
    slab_states *of_slab = states_of_slab(object);
    return GC_LIKELY(of_slab != NULL) ? state_in(of_slab, object) : find_large_state(object);
}

static unsigned
read_state(const uint8_t *state)
{
    return __atomic_load_n(state, __ATOMIC_RELAXED);
}

/* False when it has become another than `from` meanwhile. */
static bool
replace_state(uint8_t *state, unsigned from, unsigned to)
{
    uint8_t expected = (uint8_t)from;
    return __atomic_compare_exchange_n(state, &expected, (uint8_t)to, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static void
change_state(uint8_t *state, unsigned what)
{
    for (;;) {
        unsigned now = read_state(state);
        if (replace_state(state, now, now | (now & (QUEUED | FINALIZED) ? what & ~(unsigned)FINALIZE : what)))
            return;
    }
}

/* Sets it before the block (or all runs) is known to have any: a cycle in between finds the object alive, and does not
 * take that note back.  An object without a state is nobody else's business, and most are. */
static inline void
add_to_state(uint8_t *state, unsigned what, uint8_t *note)
{
    if (GC_LIKELY(read_state(state) == 0))
        __atomic_store_n(state, (uint8_t)what, __ATOMIC_RELAXED);
    else
        change_state(state, what);
    unsigned wanted = ANY | (what & FINALIZE);
    if (GC_UNLIKELY((__atomic_load_n(note, __ATOMIC_RELAXED) & wanted) != wanted))
        __atomic_or_fetch(note, (uint8_t)wanted, __ATOMIC_RELAXED);
}

static inline void
add_small(slab_states *of_slab, uintptr_t at, unsigned what)
{
    add_to_state(state_in(of_slab, at), what, &of_slab->used[(at & GC_SLAB_MASK) >> GC_BLOCK_SHIFT]);
}

/* The first of its slab, or a large one. */
static __attribute__((noinline)) int
register_first(uintptr_t at, unsigned what)
{
    if (!gc_in_range(at) || gc_slab_kind_of(at) != SLAB_SMALL) {
        uint8_t *state = find_state(at);
        if (state != NULL)
            add_to_state(state, what, &large_ones);
        return at == 0 ? -1 : 0;
    }
    slab_states *of_slab = make_states(at);
    if (of_slab == NULL)
        return -1;
    add_small(of_slab, at, what);
    return 0;
}

int
gc_dying_register(void *object, unsigned what)
{
    uintptr_t at = (uintptr_t)object;
    if (GC_UNLIKELY((what & (FINALIZE | DEALLOC)) == 0))
        return -1;
    slab_states *of_slab = GC_LIKELY(gc_in_range(at)) ? states_of_slab(at) : NULL;
    if (GC_UNLIKELY(of_slab == NULL))
        return register_first(at, what);
    add_small(of_slab, at, what);
    return 0;
}

/* Takes effect for queued objects too: their turn passes without a call. */
void
gc_dying_unregister(void *object)
{
    uint8_t *state = find_state((uintptr_t)object);
    if (state != NULL)
        __atomic_store_n(state, 0, __ATOMIC_RELAXED);
}

bool
gc_dying_is_over(uintptr_t object)
{
    const uint8_t *state = find_state(object);
    unsigned now = state == NULL ? 0 : read_state(state);
    return now == FREED || now == FREES || (now & (DEALLOC | QUEUED)) == (DEALLOC | QUEUED);
}

/* ------------------------------------------------------------------ queues */

static size_t
queue_length(const queue *q)
{
    return q->items.bytes / sizeof(uintptr_t) - q->head;
}

static void
append(queue *q, uintptr_t object)
{
    if (GC_UNLIKELY(q->items.room - q->items.bytes < sizeof object) && !gc_array_reserve(&q->items, sizeof object))
        gc_heap_fatal("no memory for the queue of dying objects");
    *(uintptr_t *)(q->items.data + q->items.bytes) = object;
    q->items.bytes += sizeof object;
}

static void
visit_queue(gc_tracer *t, const queue *q)
{
    const uintptr_t *items = (const uintptr_t *)q->items.data;
    for (size_t i = 0; i < queue_length(q); i++)
        gc_visit(t, items[q->head + i]);
}

static void
count_waiting(void)
{
    __atomic_store_n(&waiting, queue_length(&finalizers) + queue_length(&deallocs), __ATOMIC_RELAXED);
}

void
gc_dying_scan_roots(gc_tracer *t)
{
    visit_queue(t, &finalizers);
    visit_queue(t, &deallocs);
    for (gc_mutator_state *m = gc_mutators; m != NULL; m = m->next) {
        gc_visit(t, m->running_object);
        for (unsigned i = m->batch_at; i < m->batch_end; i++)
            gc_visit(t, m->batch[i]);
    }
}

/* ------------------------------------------------------------------ finding the dead */

typedef struct search {
    queue *q;
    unsigned wanted; /* FINALIZE or DEALLOC: those with it, and not queued yet, are queued */
} search;

/* The lowest bit of each state that has the bit; a constant, or this divides. */
static inline uint64_t
with(uint64_t word, unsigned bit)
{
    return word / bit & GC_EACH_BYTE(1);
}

/* New states for a word of them, of which those in `live` are alive.  When the search is for deallocs, those that die for
 * good without a word are forgotten. */
static inline uint64_t
sift(const search *s, uint64_t word, uint64_t live, uintptr_t first)
{
    bool last = s->wanted == DEALLOC;
    uint64_t wanted = last ? with(word, DEALLOC) : with(word, FINALIZE);
    uint64_t dead = wanted & ~with(word, QUEUED) & ~live;
    if (last && GC_UNLIKELY((word & GC_EACH_BYTE(FINALIZED | FREED)) != 0)) {
        uint64_t silent = with(word, FINALIZED) & ~with(word, DEALLOC) & ~live, freed = with(word, FREED) & ~live;
        word &= ~((dead | silent) * FINALIZED | freed * FREED);
    }
    word |= dead * QUEUED;
    for (; dead != 0; dead &= dead - 1)
        append(s->q, first + (unsigned)__builtin_ctzll(dead) / 8 * GC_GRANULE);
    return word;
}

typedef uint8_t bytes8 __attribute__((vector_size(8)));

/* The lowest bit of the state of each of so many granules in which a marked object starts. */
static inline uint64_t
live_states(const uint8_t *bytes)
{
    const uint8_t mask = 1 | GC_BYTE_COLOUR, value = (uint8_t)(1u | gc_heap.colour);
    return (uint64_t)((*(const bytes8 *)bytes & mask) == value) & GC_EACH_BYTE(1);
}

/* The note about states that have these bits among them. */
static inline uint8_t
note_of(uint64_t states_bits)
{
    return (uint8_t)((states_bits != 0 ? ANY : 0) | (with(states_bits, FINALIZE) != 0 ? FINALIZE : 0));
}

static uint8_t
search_block(const search *s, uint64_t *words, uintptr_t start)
{
    const uint8_t *bytes = gc_byte_of(start);
    uint64_t any = 0;
    for (unsigned i = 0; i < BLOCK_WORDS; i++) {
        if (words[i] == 0)
            continue;
        unsigned granule = i * STATES_A_WORD;
        words[i] = sift(s, words[i], live_states(bytes + granule), start + granule * GC_GRANULE);
        any |= words[i];
    }
    return note_of(any);
}

/* In a minor cycle nothing can have died in a block that is not young. */
static void
search_slab(const search *s, size_t index)
{
    slab_states *of_slab = states[index];
    unsigned wanted = s->wanted == FINALIZE ? FINALIZE : ANY;
    for (unsigned b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++) {
        if (!(of_slab->used[b] & wanted) ||
            (gc_heap.minor && !(gc_slab_header(index)->blocks[b].flags & BLOCK_YOUNG)))
            continue;
        size_t before = queue_length(s->q);
        of_slab->used[b] = search_block(s, of_slab->words[b], gc_slab_address(index) + b * GC_BLOCK_BYTES);
        gc_slab_header(index)->blocks[b].doomed |= queue_length(s->q) != before;
    }
}

static void
search_run(gc_run *run, void *arg)
{
    if (run->owner != RUN_GC || run->dying == 0)
        return;
    uint64_t live = (gc_run_byte(run) & GC_BYTE_COLOUR) == gc_heap.colour;
    run->dying = (uint8_t)sift(arg, run->dying, live, run->start);
    large_ones |= note_of(run->dying);
}

static void
search_all(search *s)
{
    for (size_t i = 0; states != NULL && i < gc_heap.slab_high; i++)
        if (states[i] != NULL)
            search_slab(s, i);
    if (large_ones) {
        large_ones = 0;
        gc_large_each(search_run, s);
    }
}

/* Those whom another leads to: its dealloc may do something with them. */
static void
mark_dead(const search *s, const uintptr_t *dead, size_t n)
{
    bool orphans = gc_weak_has_orphans(), last = s->wanted == DEALLOC;
    for (size_t i = 0; i < n; i++)
        if (GC_UNLIKELY(!gc_mark_dead(dead[i]) || orphans) && last)
            *find_state(dead[i]) &= (uint8_t)~FREES;
}

/* Queue the dead that the search is for; when all have been found, mark from them. */
static bool
find_dead(gc_tracer *t, search s)
{
    size_t from = queue_length(s.q);
    search_all(&s);
    size_t n = queue_length(s.q) - from;
    const uintptr_t *dead = (const uintptr_t *)s.q->items.data + s.q->head + from;
    gc_mark_from_dead(t, dead, n);
    gc_mark_drain(t);
    mark_dead(&s, dead, n);
    return n != 0;
}

bool
gc_dying_find_finalizable(gc_tracer *t)
{
    return find_dead(t, (search){&finalizers, FINALIZE});
}

bool
gc_dying_find_dead(gc_tracer *t)
{
    bool any = find_dead(t, (search){&deallocs, DEALLOC});
    count_waiting();
    return any;
}

/* ------------------------------------------------------------------ verifying */

static size_t
count_misplaced(size_t index, unsigned b)
{
    const gc_block *block = &gc_slab_header(index)->blocks[b];
    const uint8_t *bytes = gc_byte_of(gc_slab_address(index) + b * GC_BLOCK_BYTES);
    bool swept = gc_block_state_of(block) == BLOCK_SWEPT;
    size_t n = 0;
    for (unsigned i = 0; i < GC_BLOCK_GRANULES; i++) {
        bool object = (bytes[i] & 1) && (swept || (bytes[i] & GC_BYTE_COLOUR) == gc_heap.colour);
        n += !object && states[index]->bytes[b * GC_BLOCK_GRANULES + i] != 0;
    }
    return n;
}

size_t
gc_dying_verify(void)
{
    size_t n = 0;
    for (size_t i = 0; states != NULL && i < gc_heap.slab_high; i++) {
        if (states[i] == NULL)
            continue;
        n += gc_heap.slab_kinds[i] != SLAB_SMALL;
        for (unsigned b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++)
            n += count_misplaced(i, b);
    }
    return n;
}

/* ------------------------------------------------------------------ running them */

void
gc_dying_lock(void)
{
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&gc_weak_mutex);
}

void
gc_dying_unlock(void)
{
    pthread_mutex_unlock(&gc_weak_mutex);
    pthread_mutex_unlock(&lock);
}

bool
gc_has_pending(void)
{
    return __atomic_load_n(&waiting, __ATOMIC_RELAXED) != 0 || gc_weak_any_died();
}

/* The thread's next batch: at most `most` of the first in the queue, GC_DYING_BATCH fit.  They stay roots. */
static unsigned
take_batch(gc_mutator_state *m, queue *q, size_t most)
{
    gc_lock(&lock);
    size_t n = queue_length(q);
    n = n < most ? n : most;
    if (n != 0)
        memcpy(m->batch, (const uintptr_t *)q->items.data + q->head, n * sizeof *m->batch);
    q->head += n;
    if (queue_length(q) == 0)
        q->head = q->items.bytes = 0;
    m->batch_at = 0;
    m->batch_end = (unsigned)n;
    count_waiting();
    gc_unlock(&lock);
    return (unsigned)n;
}

/* The next of the batch.  The thread may be stopped anywhere here: it is a root, as the thread's running object,
 * before it is none as one of the batch. */
static uintptr_t
next_of_batch(gc_mutator_state *m)
{
    uintptr_t object = m->batch[m->batch_at];
    if (m->batch_at + GC_PREFETCH_AHEAD < m->batch_end)
        __builtin_prefetch((const void *)m->batch[m->batch_at + GC_PREFETCH_AHEAD]);
    m->running_object = object;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    m->batch_at++;
    return object;
}

/* Is it still due?  A dealloc finds its object unknown, so that it may put it to use again. */
static bool
take_finalizer(uintptr_t object)
{
    uint8_t *state = find_state(object);
    for (unsigned now; state != NULL && ((now = read_state(state)) & FINALIZE) && (now & QUEUED);)
        if (replace_state(state, now, FINALIZED | (now & DEALLOC)))
            return true;
    return false;
}

/* Nobody else changes this state, but to take it back. */
static inline bool
take_dealloc(uintptr_t object)
{
    uint8_t *state = find_state(object);
    unsigned now = state == NULL ? 0 : read_state(state);
    if (GC_UNLIKELY((now & ~(unsigned)FREES) != (DEALLOC | QUEUED)))
        return false;
    __atomic_store_n(state, now & FREES, __ATOMIC_RELAXED);
    gc_current->running_state = state;
    return true;
}

bool
gc_free(void *object)
{
    gc_mutator_state *m = gc_current;
    if (m == NULL || m->running_state == NULL || m->running_object != (uintptr_t)object)
        return false;
    m->given = true;
    return true;
}

/* One that has been registered anew stays.  Nobody else knows of an object in state FREES. */
static inline void
run_dealloc(void *object)
{
    gc_mutator_state *m = gc_current;
    uint8_t *state = m->running_state;
    m->given = false;
    if (gc_heap.embedder.dealloc != NULL)
        gc_heap.embedder.dealloc(object);
    m->running_state = NULL;
    if (read_state(state) != FREES)
        return;
    __atomic_store_n(state, m->given ? FREED : 0, __ATOMIC_RELEASE);
    m->freed |= m->given;
}

/* ------------------------------------------------------------------ memory that deallocs give back */

/* FREED objects of a block are free, unless something has been allocated in it since the cycle: then the next one
 * finds them.  Mutators change other states meanwhile. */
static void
settle_block(size_t index, unsigned b, gc_freed *sum)
{
    const uint64_t *words = states[index]->words[b];
    uint8_t *bytes = gc_byte_of(gc_slab_address(index) + b * GC_BLOCK_BYTES);
    uint8_t *block_states = (uint8_t *)states[index]->words[b];
    gc_block *block = &gc_slab_header(index)->blocks[b];
    bool free = !(block->flags & (BLOCK_CURRENT | BLOCK_YOUNG));
    unsigned objects = 0, granules = 0;
    for (unsigned i = 0; i < BLOCK_WORDS; i++)
        for (uint64_t left = with(gc_load_word((const uint8_t *)&words[i]), FREED); left != 0; left &= left - 1) {
            unsigned at = i * STATES_A_WORD + (unsigned)__builtin_ctzll(left) / 8;
            /* What its dealloc has read, in whichever thread, comes before whatever comes to lie there. */
            (void)__atomic_load_n(&block_states[at], __ATOMIC_ACQUIRE);
            __atomic_store_n(&block_states[at], 0, __ATOMIC_RELAXED);
            if (!free)
                continue;
            granules += (unsigned)gc_sweep_free(bytes + at);
            objects++;
        }
    if (objects != 0)
        gc_sweep_freed(block, granules, objects);
    sum->objects += objects;
    sum->bytes += (uint64_t)granules * GC_GRANULE;
}

static gc_freed
settle(void)
{
    gc_freed sum = {0};
    gc_lock(&lock);
    pthread_mutex_lock(&gc_heap.lock);
    for (size_t i = 0; states != NULL && i < gc_heap.slab_high; i++) {
        if (states[i] == NULL)
            continue;
        for (unsigned b = GC_HEADER_BLOCKS; b < GC_SLAB_BLOCKS; b++)
            if (__atomic_load_n(&states[i]->used[b], __ATOMIC_RELAXED))
                settle_block(i, b, &sum);
    }
    if (sum.objects != 0)
        gc_sweep_resort();
    sum.collections = gc_stats_counters.collections;
    pthread_mutex_unlock(&gc_heap.lock);
    gc_unlock(&lock);
    return sum;
}

/* Up to `left` of a queue's objects, `most` in a batch; take asks whether each is still due. */
static inline size_t
run_queue(gc_mutator_state *m, queue *q, size_t left, size_t most, bool (*take)(uintptr_t), void (*run)(void *),
          uint64_t *counter)
{
    size_t ran = 0;
    for (unsigned n; (n = take_batch(m, q, left < most ? left : most)) != 0; left -= n)
        while (m->batch_at < m->batch_end) {
            uintptr_t object = next_of_batch(m);
            if (!take(object))
                continue;
            if (run != NULL)
                run((void *)object);
            ran++;
        }
    m->running_object = 0;
    __atomic_add_fetch(counter, ran, __ATOMIC_RELAXED);
    return ran;
}

static size_t
run_weak_callbacks(void)
{
    size_t ran = 0;
    for (uintptr_t tag; gc_weak_take_died(&tag); ran++)
        if (gc_heap.embedder.weak_died != NULL)
            gc_heap.embedder.weak_died(tag);
    return ran;
}

/* What is queued meanwhile waits for the next call: a finalizer that leaves garbage with finalizers
 * must not keep us here for ever. */
size_t
gc_run_pending(gc_mutator *pub)
{
    gc_mutator_state *m = (gc_mutator_state *)pub;
    if (m->running_pending || gc_in_own_cycle())
        return 0;
    m->running_pending = true;
    gc_lock(&lock);
    size_t n_finalizers = queue_length(&finalizers), n_deallocs = queue_length(&deallocs);
    gc_unlock(&lock);
    /* Finalizers one by one: what they do is the user's, and may be waiting for another thread that runs the next. */
    size_t ran = run_queue(m, &finalizers, n_finalizers, 1, take_finalizer, gc_heap.embedder.finalize,
                           &gc_stats_counters.finalized);
    ran += run_weak_callbacks();
    m->freed = false;
    ran += run_queue(m, &deallocs, n_deallocs, GC_DYING_BATCH, take_dealloc, run_dealloc,
                     &gc_stats_counters.deallocated);
    gc_freed freed = {0};
    if (m->freed)
        freed = settle();
    m->running_pending = false;
    if (ran != 0)
        gc_cycle_rebase(freed);
    if (gc_has_pending() && gc_heap.embedder.pending != NULL)
        gc_heap.embedder.pending();
    return ran;
}

void
gc_safepoint_slow(gc_mutator *m)
{
    m->poll = 0;
    gc_run_pending(m);
}

/* A thread that ends in the middle of its deallocs leaves the others to the queue. */
void
gc_dying_leave(gc_mutator_state *m)
{
    pthread_mutex_lock(&lock);
    while (m->batch_at < m->batch_end)
        append(&deallocs, m->batch[m->batch_at++]);
    m->running_object = 0;
    m->running_state = NULL;
    m->running_pending = false;
    count_waiting();
    pthread_mutex_unlock(&lock);
}

void
gc_dying_drop_slab(size_t index)
{
    if (states == NULL || states[index] == NULL)
        return;
    munmap(states[index], sizeof *states[index]);
    states[index] = NULL;
}

void
gc_dying_shutdown(void)
{
    for (size_t i = 0; states != NULL && i < gc_heap.slab_count; i++)
        gc_dying_drop_slab(i);
    if (states != NULL)
        munmap(states, gc_heap.slab_count * sizeof *states);
    states = NULL;
    large_ones = 0;
    gc_array_free(&finalizers.items);
    gc_array_free(&deallocs.items);
    finalizers.head = deallocs.head = 0;
    waiting = 0;
}
