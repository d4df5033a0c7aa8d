/* dying.c: objects with something to say when they die.
 *
 *                     register
 *                        |
 *                        v          found dead, GC_DYING_FINALIZE
 *     (unknown)     REGISTERED ------------------------------------> FINALIZE_QUEUED
 *         ^              |                                                 |  gc_run_pending:
 *         |              | found dead, GC_DYING_DEALLOC only               |  finalize(object)
 *         |              v                found dead again                 v
 *         +------- DEALLOC_QUEUED <----------------------------------- FINALIZED
 *           gc_run_pending: unregistered, dealloc(object)                  |
 *         ^                                                                |
 *         +---------- found dead again, no GC_DYING_DEALLOC ---------------+
 *
 * "Found dead" means unmarked when marking has ended; all that are found in one cycle are taken before
 * anything is marked from them, so that members of a cycle die together.  Objects in a queue are roots:
 * they and all they reach stay intact until their turn.  A finalized object that a finalizer or a
 * stale word has resurrected stays FINALIZED: no object is finalized twice.  Only
 * gc_dying_unregister, or having been deallocated, makes it a new object.
 *
 * Objects registered since the last cycle are in a list of the thread that made them, in order: most die young,
 * and those with nothing but a dealloc then go from there to the queue without ever being in the table.
 *
 * The table and the queues are under one lock, which is never held while a finalizer or dealloc runs. */
#define GC_INTERNAL
#include "gc_internal.h"

enum state { REGISTERED, FINALIZE_QUEUED, FINALIZED, DEALLOC_QUEUED };

/* An entry of the table: the object, and what and state in its data. */
static unsigned
what_of(const gc_entry *e)
{
    return e->data & 3;
}

static enum state
state_of(const gc_entry *e)
{
    return (enum state)(e->data >> 2);
}

static void
set_state(gc_entry *e, enum state state)
{
    e->data = what_of(e) | (uintptr_t)state << 2;
}

typedef struct young {
    uintptr_t object;
    unsigned what;
} young;

/* In the queue the low bit marks those that are not in the table. */
#define NOT_IN_TABLE ((uintptr_t)1)

typedef struct queue {
    gc_array items; /* of uintptr_t */
    size_t head;    /* index of the first that is left */
} queue;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static gc_table table;
static queue finalizers, deallocs, fresh_dead; /* fresh_dead: only within a cycle */
static size_t waiting; /* in finalizers and deallocs; read without the lock */
static bool fresh_in_table; /* entries made since the last cycle: only then a minor one finds dead ones there */

/* ------------------------------------------------------------------ the table */

static gc_entry *
find(uintptr_t object)
{
    return gc_table_find(&table, object, 0);
}

static bool
add_entry(uintptr_t object, unsigned what, enum state state)
{
    return gc_table_add(&table, object, 0, what | (uintptr_t)state << 2) != NULL;
}

static young *
fresh_of(gc_mutator_state *m, size_t *count)
{
    *count = m->fresh.bytes / sizeof(young);
    return (young *)m->fresh.data;
}

/* Among the last `most` fresh objects of the thread. */
static young *
find_fresh(gc_mutator_state *m, uintptr_t object, size_t most)
{
    size_t count;
    young *fresh = fresh_of(m, &count);
    size_t first = count > most ? count - most : 0;
    for (size_t i = count; i-- > first;)
        if (fresh[i].object == object)
            return &fresh[i];
    return NULL;
}

int
gc_dying_register(void *object, unsigned what)
{
    if (object == NULL || what == 0)
        return -1;
    int result = 0;
    gc_lock(&lock);
    gc_entry *e = find((uintptr_t)object);
    /* Who registers a fresh object once more has just made it; a later one is merged by sort_fresh. */
    young *y = e == NULL && gc_current != NULL ? find_fresh(gc_current, (uintptr_t)object, 64) : NULL;
    if (e != NULL)
        e->data |= what;
    else if (y != NULL)
        y->what |= what;
    else if (!add_entry((uintptr_t)object, what, REGISTERED))
        result = -1;
    fresh_in_table = true;
    gc_unlock(&lock);
    return result;
}

int
gc_dying_register_new(void *object, unsigned what)
{
    gc_mutator_state *m = gc_current;
    if (object == NULL || what == 0)
        return -1;
    if (GC_UNLIKELY(m == NULL))
        return gc_dying_register(object, what);
    if (GC_UNLIKELY(m->fresh.room - m->fresh.bytes < sizeof(young))) {
        gc_enter(m);
        bool grown = gc_array_reserve(&m->fresh, sizeof(young));
        gc_leave(m);
        if (!grown)
            return -1;
    }
    /* A cycle in between empties the list: the item's place is worth nothing until bytes counts it. */
    gc_enter(m);
    *(young *)(m->fresh.data + m->fresh.bytes) = (young){(uintptr_t)object, what};
    m->fresh.bytes += sizeof(young);
    gc_leave(m);
    return 0;
}

/* Takes effect for queued objects too: their turn passes without a call. */
static void
unregister(uintptr_t object)
{
    gc_entry *e = find(object);
    if (e != NULL) {
        gc_table_delete(&table, e);
        return;
    }
    uintptr_t *items = (uintptr_t *)deallocs.items.data;
    for (size_t i = deallocs.head; i < deallocs.items.bytes / sizeof *items; i++)
        if (items[i] == (object | NOT_IN_TABLE))
            items[i] = object; /* in no table any more: its turn passes */
    gc_mutator_state *m = gc_current;
    if (m == NULL)
        return;
    young *y = find_fresh(m, object, SIZE_MAX);
    if (y != NULL) {
        m->fresh.bytes -= sizeof *y;
        *y = *(young *)(m->fresh.data + m->fresh.bytes);
    }
}

void
gc_dying_unregister(void *object)
{
    gc_lock(&lock);
    unregister((uintptr_t)object);
    gc_unlock(&lock);
}

/* ------------------------------------------------------------------ queues */

static size_t
queue_end(const queue *q)
{
    return q->items.bytes / sizeof(uintptr_t);
}

static void
append(queue *q, uintptr_t object)
{
    if (!gc_array_reserve(&q->items, sizeof object))
        gc_heap_fatal("no memory for the queue of dying objects");
    *(uintptr_t *)(q->items.data + q->items.bytes) = object;
    q->items.bytes += sizeof object;
}

static uintptr_t
take(queue *q)
{
    uintptr_t object = ((uintptr_t *)q->items.data)[q->head++];
    if (q->head == queue_end(q))
        q->head = q->items.bytes = 0;
    return object;
}

static void
visit_queue(gc_tracer *t, const queue *q, size_t from)
{
    const uintptr_t *items = (const uintptr_t *)q->items.data;
    for (size_t i = from; i < queue_end(q); i++)
        gc_visit(t, items[i] & ~NOT_IN_TABLE);
}

static void
count_waiting(void)
{
    size_t n = queue_end(&finalizers) - finalizers.head + queue_end(&deallocs) - deallocs.head;
    __atomic_store_n(&waiting, n, __ATOMIC_RELAXED);
}

void
gc_dying_scan_roots(gc_tracer *t)
{
    visit_queue(t, &finalizers, finalizers.head);
    visit_queue(t, &deallocs, deallocs.head);
    for (gc_mutator_state *m = gc_mutators; m != NULL; m = m->next)
        if (m->running_object != 0)
            gc_visit(t, m->running_object);
}

/* Queue every dead entry that `wanted` picks; when all have been found, mark from them, and from what has been
 * queued at or behind `from` already. */
static bool
queue_dead(gc_tracer *t, queue *q, size_t from, enum state new_state, bool (*wanted)(const gc_entry *e))
{
    size_t size = !gc_heap.minor || fresh_in_table ? table.size : 0;
    for (size_t i = 0; i < size; i++) {
        gc_entry *e = &table.entries[i];
        if (i + GC_PREFETCH_AHEAD < size)
            gc_mark_prefetch(table.entries[i + GC_PREFETCH_AHEAD].a);
        if (!gc_entry_in_use(e) || !wanted(e) || gc_mark_is_marked(e->a))
            continue;
        append(q, e->a);
        set_state(e, new_state);
    }
    visit_queue(t, q, from);
    gc_mark_drain(t);
    return queue_end(q) != from;
}

static bool
wants_finalize(const gc_entry *e)
{
    return state_of(e) == REGISTERED && (what_of(e) & GC_DYING_FINALIZE);
}

static bool
wants_dealloc(const gc_entry *e)
{
    return (state_of(e) == REGISTERED || state_of(e) == FINALIZED) && (what_of(e) & GC_DYING_DEALLOC);
}

/* Sort a thread's fresh objects after marking: the dead with a finalizer are queued, those with a dealloc only wait
 * for gc_dying_find_dead, the living move into the table. */
static void
sort_fresh(gc_mutator_state *m)
{
    size_t count;
    const young *fresh = fresh_of(m, &count);
    for (size_t i = 0; i < count; i++) {
        young y = fresh[i];
        if (i + GC_PREFETCH_AHEAD < count) {
            gc_mark_prefetch(fresh[i + GC_PREFETCH_AHEAD].object);
            gc_table_prefetch(&table, fresh[i + GC_PREFETCH_AHEAD].object, 0);
        }
        gc_entry *e = find(y.object);
        bool lives = gc_mark_is_marked(y.object);
        if (e != NULL)
            e->data |= y.what;
        else if (y.what == GC_DYING_DEALLOC && !lives)
            append(&fresh_dead, y.object | NOT_IN_TABLE);
        else if (!add_entry(y.object, y.what, lives ? REGISTERED : FINALIZE_QUEUED))
            gc_heap_fatal("no memory for the table of dying objects");
        else if (!lives)
            append(&finalizers, y.object);
    }
    m->fresh.bytes = 0;
}

void
gc_dying_leave(gc_mutator_state *m)
{
    size_t count;
    const young *fresh = fresh_of(m, &count);
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < count; i++) {
        gc_entry *e = find(fresh[i].object);
        if (e != NULL)
            e->data |= fresh[i].what;
        else if (!add_entry(fresh[i].object, fresh[i].what, REGISTERED))
            gc_heap_fatal("no memory for the table of dying objects");
    }
    fresh_in_table |= count != 0;
    pthread_mutex_unlock(&lock);
    gc_array_free(&m->fresh);
}

bool
gc_dying_find_finalizable(gc_tracer *t)
{
    size_t from = queue_end(&finalizers);
    for (gc_mutator_state *m = gc_mutators; m != NULL; m = m->next)
        sort_fresh(m);
    return queue_dead(t, &finalizers, from, FINALIZE_QUEUED, wants_finalize);
}

/* Those that die for good without a word are forgotten; before marking from the others, since what these reach
 * is intact until the next cycle, but dead. */
static void
forget_silent(void)
{
    for (size_t i = 0; !gc_heap.minor && i < table.size; i++) {
        gc_entry *e = &table.entries[i];
        if (gc_entry_in_use(e) && state_of(e) == FINALIZED && !(what_of(e) & GC_DYING_DEALLOC) &&
            !gc_mark_is_marked(e->a))
            gc_table_delete(&table, e);
    }
}

bool
gc_dying_find_dead(gc_tracer *t)
{
    forget_silent();
    size_t from = queue_end(&deallocs);
    while (fresh_dead.items.bytes != 0) {
        uintptr_t item = take(&fresh_dead);
        gc_entry *e = find(item & ~NOT_IN_TABLE); /* registered twice, with a finalizer too */
        /* What a finalizable object reaches has been marked meanwhile, and lives on. */
        if (e != NULL)
            e->data |= GC_DYING_DEALLOC;
        else if (!gc_mark_is_marked(item & ~NOT_IN_TABLE))
            append(&deallocs, item);
        else if (!add_entry(item & ~NOT_IN_TABLE, GC_DYING_DEALLOC, REGISTERED))
            gc_heap_fatal("no memory for the table of dying objects");
    }
    bool any = queue_dead(t, &deallocs, from, DEALLOC_QUEUED, wants_dealloc);
    fresh_in_table = false;
    count_waiting();
    return any;
}

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

/* ------------------------------------------------------------------ running them */

bool
gc_has_pending(void)
{
    return __atomic_load_n(&waiting, __ATOMIC_RELAXED) != 0 || gc_weak_any_died();
}

/* Take the next of a queue that is still due; 0 when there is none.  It is a root from here on, as the thread's
 * running object. */
static uintptr_t
next_due(gc_mutator_state *m, queue *q, enum state due, size_t *left)
{
    uintptr_t object = 0;
    gc_lock(&lock);
    while (object == 0 && *left > 0 && q->head < queue_end(q)) {
        uintptr_t item = take(q);
        --*left;
        gc_entry *e = item & NOT_IN_TABLE ? NULL : find(item);
        if (!(item & NOT_IN_TABLE) && (e == NULL || state_of(e) != due))
            continue;
        if (e != NULL && due == FINALIZE_QUEUED)
            set_state(e, FINALIZED);
        else if (e != NULL)
            gc_table_delete(&table, e); /* first, so that dealloc may put the object to use again */
        object = item & ~NOT_IN_TABLE;
    }
    m->running_object = object;
    count_waiting();
    gc_unlock(&lock);
    return object;
}

static size_t
run_queue(gc_mutator_state *m, queue *q, enum state due, size_t left, void (*run)(void *), uint64_t *counter)
{
    size_t ran = 0;
    for (uintptr_t object; (object = next_due(m, q, due, &left)) != 0; ran++) {
        if (run != NULL)
            run((void *)object);
        m->running_object = 0;
        __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
    }
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
    size_t n_finalizers = queue_end(&finalizers) - finalizers.head;
    size_t n_deallocs = queue_end(&deallocs) - deallocs.head;
    gc_unlock(&lock);
    size_t ran = run_queue(m, &finalizers, FINALIZE_QUEUED, n_finalizers, gc_heap.embedder.finalize,
                           &gc_stats_counters.finalized);
    ran += run_weak_callbacks();
    ran += run_queue(m, &deallocs, DEALLOC_QUEUED, n_deallocs, gc_heap.embedder.dealloc,
                     &gc_stats_counters.deallocated);
    m->running_pending = false;
    if (ran != 0)
        gc_cycle_rebase();
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

void
gc_dying_shutdown(void)
{
    gc_table_free(&table);
    gc_array_free(&finalizers.items);
    gc_array_free(&deallocs.items);
    gc_array_free(&fresh_dead.items);
    finalizers.head = deallocs.head = fresh_dead.head = 0;
    waiting = 0;
}
