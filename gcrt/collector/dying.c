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
 * gc_dying_unregister, or having been deallocated, makes it a new object. */
#define GC_INTERNAL
#include "gc_internal.h"

#include <stdlib.h>

enum state { REGISTERED, FINALIZE_QUEUED, FINALIZED, DEALLOC_QUEUED };

typedef struct entry {
    uintptr_t object; /* 0: free, DELETED: was in use */
    uint8_t what, state;
} entry;

typedef struct queue {
    uintptr_t *items;
    size_t head, tail, room;
} queue;

#define DELETED ((uintptr_t)1)

/* Objects registered since the last cycle, in order: most die young, and those with nothing but a dealloc
 * then go from here to the queue without ever being in the table.  In the queue the low bit says so. */
typedef struct young {
    uintptr_t object;
    unsigned what;
} young;
#define NOT_IN_TABLE ((uintptr_t)1)

static young *fresh;
static size_t n_fresh, fresh_room;

static entry *table;
static size_t table_size, filled, deleted; /* filled counts deleted ones too */
static queue finalizers, deallocs, fresh_dead; /* fresh_dead: only within a cycle */
static uintptr_t running_object;
static bool running;

/* ------------------------------------------------------------------ the table */

static size_t
slot_of(uintptr_t object)
{
    return (size_t)((object >> 4) * 0x9E3779B97F4A7C15ull >> 20) & (table_size - 1);
}

static entry *
find(uintptr_t object)
{
    if (table_size == 0)
        return NULL;
    for (size_t i = slot_of(object);; i = (i + 1) & (table_size - 1)) {
        if (table[i].object == object)
            return &table[i];
        if (table[i].object == 0)
            return NULL;
    }
}

static void
insert(entry e)
{
    size_t i = slot_of(e.object);
    while (table[i].object != 0)
        i = (i + 1) & (table_size - 1);
    table[i] = e;
    filled++;
}

static bool
rebuild(void)
{
    size_t old_size = table_size, size = 64;
    while (size < 4 * (filled - deleted))
        size *= 2;
    entry *old = table, *p = calloc(size, sizeof *p);
    if (p == NULL)
        return false;
    table = p;
    table_size = size;
    filled = deleted = 0;
    for (size_t i = 0; i < old_size; i++)
        if (old[i].object > DELETED)
            insert(old[i]);
    free(old);
    return true;
}

/* At the end of a run of slots nobody probes past the entry: it is free again, and so are the deleted ones
 * before it.  Nothing is moved: callers walk the table. */
static void
delete_entry(entry *e)
{
    size_t mask = table_size - 1, i = (size_t)(e - table);
    *e = (entry){.object = DELETED};
    deleted++;
    if (table[(i + 1) & mask].object != 0)
        return;
    for (; table[i].object == DELETED; i = (i - 1) & mask) {
        table[i].object = 0;
        deleted--;
        filled--;
    }
}

static bool
add_entry(uintptr_t object, unsigned what)
{
    if (4 * (filled + 1) > 3 * table_size && !rebuild())
        return false;
    insert((entry){.object = object, .what = (uint8_t)what, .state = REGISTERED});
    return true;
}

/* Among the last `most` fresh objects. */
static young *
find_fresh(uintptr_t object, size_t most)
{
    size_t first = n_fresh > most ? n_fresh - most : 0;
    for (size_t i = n_fresh; i-- > first;)
        if (fresh[i].object == object)
            return &fresh[i];
    return NULL;
}

int
gc_dying_register(void *object, unsigned what)
{
    if (object == NULL || what == 0)
        return -1;
    entry *e = find((uintptr_t)object);
    if (e != NULL) {
        e->what |= (uint8_t)what;
        return 0;
    }
    /* Who registers a fresh object once more has just made it; a later one is merged by sort_fresh. */
    young *y = find_fresh((uintptr_t)object, 64);
    if (y != NULL) {
        y->what |= what;
        return 0;
    }
    return add_entry((uintptr_t)object, what) ? 0 : -1;
}

int
gc_dying_register_new(void *object, unsigned what)
{
    if (object == NULL || what == 0)
        return -1;
    if (n_fresh == fresh_room) {
        size_t room = fresh_room == 0 ? 256 : 2 * fresh_room;
        young *p = realloc(fresh, room * sizeof *p);
        if (p == NULL)
            return -1;
        fresh = p;
        fresh_room = room;
    }
    fresh[n_fresh++] = (young){(uintptr_t)object, what};
    return 0;
}

/* Takes effect for queued objects too: their turn passes without a call. */
void
gc_dying_unregister(void *object)
{
    entry *e = find((uintptr_t)object);
    if (e != NULL) {
        delete_entry(e);
        return;
    }
    young *y = find_fresh((uintptr_t)object, n_fresh);
    if (y != NULL)
        *y = fresh[--n_fresh];
    for (size_t i = deallocs.head; i < deallocs.tail; i++)
        if (deallocs.items[i] == ((uintptr_t)object | NOT_IN_TABLE))
            deallocs.items[i] = (uintptr_t)object; /* in no table any more: its turn passes */
}

/* ------------------------------------------------------------------ queues */

static void
append(queue *q, uintptr_t object)
{
    if (q->tail == q->room) {
        if (q->head > q->room / 2) {
            memmove(q->items, q->items + q->head, (q->tail - q->head) * sizeof *q->items);
            q->tail -= q->head;
            q->head = 0;
        } else {
            size_t room = q->room == 0 ? 64 : 2 * q->room;
            uintptr_t *p = realloc(q->items, room * sizeof *p);
            if (p == NULL)
                gc_heap_fatal("no memory for the queue of dying objects");
            q->items = p;
            q->room = room;
        }
    }
    q->items[q->tail++] = object;
}

static uintptr_t
take(queue *q)
{
    uintptr_t object = q->items[q->head++];
    if (q->head == q->tail)
        q->head = q->tail = 0;
    return object;
}

static void
visit_queue(gc_tracer *t, const queue *q, size_t from)
{
    for (size_t i = from; i < q->tail; i++)
        gc_visit(t, q->items[i] & ~NOT_IN_TABLE);
}

void
gc_dying_scan_roots(gc_tracer *t)
{
    visit_queue(t, &finalizers, finalizers.head);
    visit_queue(t, &deallocs, deallocs.head);
    if (running_object != 0)
        gc_visit(t, running_object);
}

/* Queue every dead entry that `wanted` picks; when all have been found, mark from them. */
static bool
queue_dead(gc_tracer *t, queue *q, uint8_t new_state, bool (*wanted)(const entry *e))
{
    size_t from = q->tail - q->head;
    for (size_t i = 0; i < table_size; i++) {
        entry *e = &table[i];
        if (e->object <= DELETED || !wanted(e) || gc_mark_is_marked(e->object))
            continue;
        append(q, e->object);
        e->state = new_state;
    }
    bool any = q->tail - q->head != from;
    visit_queue(t, q, q->head + from);
    gc_mark_drain(t);
    return any;
}

static bool
wants_finalize(const entry *e)
{
    return e->state == REGISTERED && (e->what & GC_DYING_FINALIZE);
}

static bool
wants_dealloc(const entry *e)
{
    return (e->state == REGISTERED || e->state == FINALIZED) && (e->what & GC_DYING_DEALLOC);
}

/* Sort the fresh objects after marking: the dead with a dealloc only are queued (marked from by
 * gc_dying_find_dead), the others move into the table. */
static void
sort_fresh(void)
{
    for (size_t i = 0; i < n_fresh; i++) {
        young y = fresh[i];
        entry *e = find(y.object);
        if (e != NULL)
            e->what |= (uint8_t)y.what;
        else if (y.what == GC_DYING_DEALLOC && !gc_mark_is_marked(y.object))
            append(&fresh_dead, y.object | NOT_IN_TABLE);
        else if (!add_entry(y.object, y.what))
            gc_heap_fatal("no memory for the table of dying objects");
    }
    n_fresh = 0;
}

bool
gc_dying_find_finalizable(gc_tracer *t)
{
    sort_fresh();
    return queue_dead(t, &finalizers, FINALIZE_QUEUED, wants_finalize);
}

bool
gc_dying_find_dead(gc_tracer *t)
{
    /* Those that die for good without a word are forgotten; before marking from the others, since
     * what these reach is intact until the next cycle, but dead. */
    for (size_t i = 0; i < table_size; i++) {
        entry *e = &table[i];
        if (e->object > DELETED && e->state == FINALIZED && !(e->what & GC_DYING_DEALLOC) &&
            !gc_mark_is_marked(e->object))
            delete_entry(e);
    }
    /* What a finalizable object reaches has been marked meanwhile, and lives on. */
    bool any = false;
    size_t from = deallocs.tail - deallocs.head;
    while (fresh_dead.head != fresh_dead.tail) {
        uintptr_t item = take(&fresh_dead);
        if (gc_mark_is_marked(item & ~NOT_IN_TABLE)) {
            if (!add_entry(item & ~NOT_IN_TABLE, GC_DYING_DEALLOC))
                gc_heap_fatal("no memory for the table of dying objects");
        } else {
            append(&deallocs, item);
            any = true;
        }
    }
    any |= queue_dead(t, &deallocs, DEALLOC_QUEUED, wants_dealloc);
    visit_queue(t, &deallocs, deallocs.head + from);
    gc_mark_drain(t);
    return any;
}

/* ------------------------------------------------------------------ running them */

bool
gc_has_pending(void)
{
    return finalizers.head != finalizers.tail || deallocs.head != deallocs.tail;
}

static size_t
run_finalizer(uintptr_t object)
{
    entry *e = find(object);
    if (e == NULL || e->state != FINALIZE_QUEUED)
        return 0;
    e->state = FINALIZED;
    running_object = object;
    if (gc_heap.embedder.finalize != NULL)
        gc_heap.embedder.finalize((void *)object);
    running_object = 0;
    gc_stats_counters.finalized++;
    return 1;
}

static size_t
run_dealloc(uintptr_t object)
{
    if (object & NOT_IN_TABLE)
        object &= ~NOT_IN_TABLE;
    else {
        entry *e = find(object);
        if (e == NULL || e->state != DEALLOC_QUEUED)
            return 0;
        delete_entry(e); /* first, so that dealloc may put the object to use again */
    }
    running_object = object;
    if (gc_heap.embedder.dealloc != NULL)
        gc_heap.embedder.dealloc((void *)object);
    running_object = 0;
    gc_stats_counters.deallocated++;
    return 1;
}

/* What is queued meanwhile waits for the next call: a finalizer that leaves garbage with finalizers
 * must not keep us here for ever. */
size_t
gc_run_pending(gc_mutator *m)
{
    (void)m;
    if (running || gc_heap.in_cycle)
        return 0;
    running = true;
    size_t ran = 0;
    size_t n_finalizers = finalizers.tail - finalizers.head, n_deallocs = deallocs.tail - deallocs.head;
    for (; n_finalizers > 0; n_finalizers--)
        ran += run_finalizer(take(&finalizers));
    for (; n_deallocs > 0; n_deallocs--)
        ran += run_dealloc(take(&deallocs));
    running = false;
    if (gc_has_pending() && gc_heap.embedder.pending != NULL)
        gc_heap.embedder.pending();
    return ran;
}

void
gc_dying_shutdown(void)
{
    free(table);
    free(finalizers.items);
    free(deallocs.items);
    free(fresh_dead.items);
    free(fresh);
    fresh = NULL;
    n_fresh = fresh_room = 0;
    table = NULL;
    table_size = filled = deleted = 0;
    finalizers = deallocs = fresh_dead = (queue){0};
}
