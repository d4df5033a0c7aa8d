/* weak.c: weak references and ephemerons, as tables beside the heap.
 *
 * The tables hide nothing from the scanners because they never look into them.
 *
 *   (owner, target) -> 0         an object's weak reference, cleared through the embedder; those made since the
 *                                last cycle are in a list of their thread, since most die young
 *   (owner, key) -> value        an ephemeron
 *   slots                        gc_weak: the complement of the target, and a tag
 *
 * Ephemerons are marked from again and again until no further one has both its owner and its key marked; each
 * round looks at those that are left (Hayes, "Ephemerons: a new finalization mechanism", OOPSLA 1997). */
#define GC_INTERNAL
#include "gc_internal.h"

typedef struct slot {
    uintptr_t hidden;    /* complement of the target; 0: free, or the target has died */
    uintptr_t tag;
    uint32_t generation; /* of the weak reference in use or the next one; never 0 */
    uint32_t next;       /* of the free ones: index + 1 */
} slot;

pthread_mutex_t gc_weak_mutex = PTHREAD_MUTEX_INITIALIZER;

static gc_table pairs, ephemerons;
/* Have they got entries since the last cycle?  If not, a minor one finds all of them old. */
static bool fresh_in_pairs, fresh_in_ephemerons, fresh_in_slots;
static gc_array slots; /* of slot */
static uint32_t first_free;
static size_t slots_in_use;
static gc_array died; /* tags whose turn to be told has come */
static size_t died_count; /* read without the lock */

/* ------------------------------------------------------------------ an object's weak references */

typedef struct pair {
    uintptr_t owner, target;
} pair;

/* Who registers a pair twice has two entries. */
static bool
add_pair(pair p)
{
    return gc_table_add(&pairs, p.owner, p.target, 0) != NULL;
}

static bool
append_pair(gc_mutator_state *m, pair p)
{
    gc_enter(m);
    bool room = gc_array_reserve(&m->fresh_pairs, sizeof p);
    if (room) {
        *(pair *)(m->fresh_pairs.data + m->fresh_pairs.bytes) = p;
        m->fresh_pairs.bytes += sizeof p;
    }
    gc_leave(m);
    return room;
}

/* -1: no memory, or called from inside a cycle. */
int
gc_weak_register(void *owner, void *target)
{
    pair p = {(uintptr_t)owner, (uintptr_t)target};
    if (owner == NULL || target == NULL || gc_in_own_cycle())
        return -1;
    if (gc_current != NULL)
        return append_pair(gc_current, p) ? 0 : -1;
    gc_lock(&gc_weak_mutex);
    bool known = add_pair(p);
    fresh_in_pairs = true;
    gc_unlock(&gc_weak_mutex);
    return known ? 0 : -1;
}

/* The list of one thread moves into the table. */
static void
keep_fresh(gc_mutator_state *m)
{
    const pair *fresh = (const pair *)m->fresh_pairs.data;
    fresh_in_pairs |= m->fresh_pairs.bytes != 0;
    for (size_t i = 0; i < m->fresh_pairs.bytes / sizeof *fresh; i++)
        if (!add_pair(fresh[i]))
            gc_heap_fatal("no memory for the table of weak references");
    m->fresh_pairs.bytes = 0;
}

void
gc_weak_leave(gc_mutator_state *m)
{
    pthread_mutex_lock(&gc_weak_mutex);
    keep_fresh(m);
    pthread_mutex_unlock(&gc_weak_mutex);
    gc_array_free(&m->fresh_pairs);
}

/* Lock held. */
static bool
remove_entry(gc_table *table, void *a, void *b)
{
    gc_entry *e = gc_table_find(table, (uintptr_t)a, (uintptr_t)b);
    if (e != NULL)
        gc_table_delete(table, e);
    return e != NULL;
}

/* It may be in this thread's list still: all of that moves into the table then, so that no list is searched
 * often. */
void
gc_weak_unregister(void *owner, void *target)
{
    gc_mutator_state *m = gc_current;
    gc_lock(&gc_weak_mutex);
    if (m != NULL)
        keep_fresh(m);
    while (remove_entry(&pairs, owner, target))
        ;
    gc_unlock(&gc_weak_mutex);
}

/* ------------------------------------------------------------------ ephemerons */

int
gc_ephemeron_set(void *owner, void *key, void *value)
{
    if (owner == NULL || key == NULL)
        return -1;
    gc_lock(&gc_weak_mutex);
    gc_entry *e = gc_table_find(&ephemerons, (uintptr_t)owner, (uintptr_t)key);
    if (e != NULL)
        e->data = (uintptr_t)value;
    else
        e = gc_table_add(&ephemerons, (uintptr_t)owner, (uintptr_t)key, (uintptr_t)value);
    fresh_in_ephemerons = true;
    gc_unlock(&gc_weak_mutex);
    return e != NULL ? 0 : -1;
}

void *
gc_ephemeron_get(void *owner, void *key)
{
    gc_lock(&gc_weak_mutex);
    gc_entry *e = gc_table_find(&ephemerons, (uintptr_t)owner, (uintptr_t)key);
    void *volatile value = e != NULL ? (void *)e->data : NULL; /* on the stack before a cycle may come */
    gc_unlock(&gc_weak_mutex);
    return value;
}

bool
gc_ephemeron_remove(void *owner, void *key)
{
    gc_lock(&gc_weak_mutex);
    bool removed = remove_entry(&ephemerons, owner, key);
    gc_unlock(&gc_weak_mutex);
    return removed;
}

void
gc_ephemeron_each(void (*visit)(uintptr_t owner, uintptr_t key, uintptr_t value, void *arg), void *arg)
{
    for (size_t i = 0; i < ephemerons.size; i++) {
        const gc_entry *e = &ephemerons.entries[i];
        if (gc_entry_in_use(e))
            visit(e->a, e->b, e->data, arg);
    }
}

void
gc_weak_mark_ephemerons(gc_tracer *t)
{
    bool again = ephemerons.filled != ephemerons.deleted && (!gc_heap.minor || fresh_in_ephemerons);
    while (again) {
        again = false;
        for (size_t i = 0; i < ephemerons.size; i++) {
            const gc_entry *e = &ephemerons.entries[i];
            if (!gc_entry_in_use(e) || e->data == 0 || gc_mark_is_marked(e->data) ||
                !gc_mark_is_marked(e->a) || !gc_mark_is_marked(e->b))
                continue;
            gc_visit(t, e->data);
            again = true;
        }
        gc_mark_drain(t);
    }
}

/* ------------------------------------------------------------------ gc_weak */

static slot *
slot_at(uint32_t index)
{
    return &((slot *)slots.data)[index];
}

static uint32_t
slot_count(void)
{
    return (uint32_t)(slots.bytes / sizeof(slot));
}

/* The slot of a weak reference that has not been freed, or NULL.  Lock held. */
static slot *
find_slot(gc_weak w)
{
    uint32_t index = (uint32_t)w - 1;
    if ((uint32_t)w == 0 || index >= slot_count() || slot_at(index)->generation != w >> 32)
        return NULL;
    return slot_at(index);
}

static slot *
take_slot(void)
{
    if (first_free != 0) {
        slot *s = slot_at(first_free - 1);
        first_free = s->next;
        return s;
    }
    if (slot_count() == UINT32_MAX - 1 || !gc_array_reserve(&slots, sizeof(slot)))
        return NULL;
    slots.bytes += sizeof(slot);
    slot *s = slot_at(slot_count() - 1);
    *s = (slot){.generation = 1};
    return s;
}

gc_weak
gc_weak_new(void *target, uintptr_t tag)
{
    if (target == NULL)
        return 0;
    gc_weak w = 0;
    gc_lock(&gc_weak_mutex);
    slot *s = take_slot();
    /* Room for its death, which comes when nothing can be allocated. */
    if (s != NULL && gc_array_reserve(&died, (slots_in_use + 1) * sizeof(uintptr_t))) {
        slots_in_use++;
        s->hidden = ~(uintptr_t)target;
        s->tag = tag;
        fresh_in_slots = true;
        w = (gc_weak)s->generation << 32 | (uint32_t)(s - slot_at(0) + 1);
    }
    gc_unlock(&gc_weak_mutex);
    return w;
}

void *
gc_weak_get(gc_weak w)
{
    gc_lock(&gc_weak_mutex);
    const slot *s = find_slot(w);
    void *volatile target = s != NULL && s->hidden != 0 ? (void *)~s->hidden : NULL; /* on the stack */
    gc_unlock(&gc_weak_mutex);
    return target;
}

bool
gc_weak_free(gc_weak w)
{
    gc_lock(&gc_weak_mutex);
    slot *s = find_slot(w);
    if (s != NULL) {
        s->hidden = s->tag = 0;
        if (++s->generation == 0)
            s->generation = 1;
        s->next = first_free;
        first_free = (uint32_t)(s - slot_at(0)) + 1;
        slots_in_use--;
    }
    gc_unlock(&gc_weak_mutex);
    return s != NULL;
}

static bool
clear_slots(void)
{
    bool any = false;
    for (uint32_t i = 0; i < slot_count(); i++) {
        slot *s = slot_at(i);
        if (s->hidden == 0 || gc_mark_is_marked(~s->hidden))
            continue;
        s->hidden = 0;
        gc_stats_counters.weak_cleared++;
        if (s->tag != 0) {
            *(uintptr_t *)(died.data + died.bytes) = s->tag;
            died.bytes += sizeof s->tag;
            any = true;
        }
    }
    __atomic_store_n(&died_count, died.bytes / sizeof(uintptr_t), __ATOMIC_RELAXED);
    return any;
}

bool
gc_weak_any_died(void)
{
    return __atomic_load_n(&died_count, __ATOMIC_RELAXED) != 0;
}

bool
gc_weak_take_died(uintptr_t *tag)
{
    if (!gc_weak_any_died())
        return false;
    gc_lock(&gc_weak_mutex);
    bool any = died.bytes != 0;
    if (any) {
        died.bytes -= sizeof *tag;
        *tag = *(uintptr_t *)(died.data + died.bytes);
        __atomic_store_n(&died_count, died.bytes / sizeof *tag, __ATOMIC_RELAXED);
    }
    gc_unlock(&gc_weak_mutex);
    return any;
}

/* ------------------------------------------------------------------ a cycle */

enum fate { LIVES, OWNER_DIED, TARGET_DIED };

static enum fate
fate_of(uintptr_t owner, uintptr_t target)
{
    if (!gc_mark_is_marked(owner))
        return OWNER_DIED;
    return gc_mark_is_marked(target) ? LIVES : TARGET_DIED;
}

static void
tell(uintptr_t owner, uintptr_t target)
{
    gc_stats_counters.weak_cleared++;
    if (gc_heap.embedder.clear_weak != NULL)
        gc_heap.embedder.clear_weak((void *)owner, (void *)target);
}

/* Entries whose owner has died are dropped silently, those whose second member has died with a word. */
static bool
clear_table(gc_table *table)
{
    bool any = false;
    for (size_t i = 0; i < table->size; i++) {
        if (i + GC_PREFETCH_AHEAD < table->size) {
            gc_mark_prefetch(table->entries[i + GC_PREFETCH_AHEAD].a);
            gc_mark_prefetch(table->entries[i + GC_PREFETCH_AHEAD].b);
        }
        gc_entry e = table->entries[i];
        enum fate fate = gc_entry_in_use(&e) ? fate_of(e.a, e.b) : LIVES;
        if (fate == LIVES)
            continue;
        gc_table_delete(table, &table->entries[i]);
        if (fate == TARGET_DIED) {
            any = true;
            tell(e.a, e.b);
        }
    }
    return any;
}

/* The same for a thread's list; what lives moves into the table. */
static bool
clear_fresh(gc_mutator_state *m)
{
    const pair *fresh = (const pair *)m->fresh_pairs.data;
    size_t count = m->fresh_pairs.bytes / sizeof *fresh;
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (i + GC_PREFETCH_AHEAD < count) {
            pair soon = fresh[i + GC_PREFETCH_AHEAD];
            gc_mark_prefetch(soon.owner);
            gc_mark_prefetch(soon.target);
            gc_table_prefetch(&pairs, soon.owner, soon.target);
        }
        pair p = fresh[i];
        enum fate fate = fate_of(p.owner, p.target);
        if (fate == LIVES && !add_pair(p))
            gc_heap_fatal("no memory for the table of weak references");
        if (fate != TARGET_DIED)
            continue;
        any = true;
        tell(p.owner, p.target);
    }
    m->fresh_pairs.bytes = 0;
    return any;
}

bool
gc_weak_clear(void)
{
    bool any = false;
    if (!gc_heap.minor || fresh_in_pairs)
        any |= clear_table(&pairs);
    for (gc_mutator_state *m = gc_mutators; m != NULL; m = m->next)
        any |= clear_fresh(m);
    if (!gc_heap.minor || fresh_in_ephemerons)
        any |= clear_table(&ephemerons);
    if (!gc_heap.minor || fresh_in_slots)
        any |= clear_slots();
    fresh_in_pairs = fresh_in_ephemerons = fresh_in_slots = false;
    return any;
}

void
gc_weak_shutdown(void)
{
    gc_table_free(&pairs);
    gc_table_free(&ephemerons);
    gc_array_free(&slots);
    gc_array_free(&died);
    first_free = 0;
    slots_in_use = died_count = 0;
}
