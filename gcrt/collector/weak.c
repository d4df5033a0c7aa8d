/* weak.c: weak references and ephemerons, as tables beside the heap.
 *
 * The tables hide nothing from the scanners because they never look into them.
 *
 *   (owner, target)              an object's weak reference, cleared through the embedder: a list in the order of
 *                                registration; those made since the last cycle are in a list of their thread
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

static gc_array pairs;        /* of pair: those that have moved here from their threads, oldest first */
static size_t old_pairs;      /* so many of them have seen a cycle */
static gc_table removed;      /* (owner, target) -> how many pairs there were when it was unregistered */
static size_t removals;       /* how often that happened since `removed` was empty */
static gc_array orphans;      /* of pair, within a cycle: the owner is dead unless a dealloc needs it */
static gc_table ephemerons;
static bool orphan_ephemerons; /* within a cycle: the same */
/* Have they got entries since the last cycle?  If not, a minor one finds all of them old. */
static bool fresh_in_ephemerons, fresh_in_slots;
static gc_array slots; /* of slot */
static uint32_t first_free;
static size_t slots_in_use;
static gc_array died; /* tags whose turn to be told has come */
static size_t died_count; /* read without the lock */

/* ------------------------------------------------------------------ an object's weak references */

typedef struct pair {
    uintptr_t owner, target;
} pair;

/* With fewer than these nobody tidies up between cycles. */
#define MOST_REMOVALS 1024u

/* In orphans the low bit of the target says that it has died. */
#define TARGET_DEAD ((uintptr_t)1)

static size_t
pair_count(const gc_array *a)
{
    return a->bytes / sizeof(pair);
}

static bool
append_pair(gc_array *a, pair p)
{
    bool room = gc_array_reserve(a, sizeof p);
    if (room) {
        *(pair *)(a->data + a->bytes) = p;
        a->bytes += sizeof p;
    }
    return room;
}

/* -1: no memory, or called from inside a cycle. */
int
gc_weak_register(void *owner, void *target)
{
    pair p = {(uintptr_t)owner, (uintptr_t)target};
    gc_mutator_state *m = gc_current;
    bool known;
    if (owner == NULL || target == NULL || gc_in_own_cycle())
        return -1;
    if (m != NULL) {
        gc_enter(m);
        known = append_pair(&m->fresh_pairs, p);
        gc_leave(m);
    } else {
        gc_lock(&gc_weak_mutex);
        known = append_pair(&pairs, p);
        gc_unlock(&gc_weak_mutex);
    }
    return known ? 0 : -1;
}

/* The list of one thread moves behind the others. */
static void
take_fresh(gc_mutator_state *m)
{
    if (m->fresh_pairs.bytes == 0)
        return;
    if (!gc_array_reserve(&pairs, m->fresh_pairs.bytes))
        gc_heap_fatal("no memory for the list of weak references");
    memcpy(pairs.data + pairs.bytes, m->fresh_pairs.data, m->fresh_pairs.bytes);
    pairs.bytes += m->fresh_pairs.bytes;
    m->fresh_pairs.bytes = 0;
}

void
gc_weak_leave(gc_mutator_state *m)
{
    pthread_mutex_lock(&gc_weak_mutex);
    take_fresh(m);
    pthread_mutex_unlock(&gc_weak_mutex);
    gc_array_free(&m->fresh_pairs);
}

static bool
is_removed(pair p, size_t index)
{
    const gc_entry *e = removed.filled == 0 ? NULL : gc_table_find(&removed, p.owner, p.target);
    return p.owner == 0 || (e != NULL && index < e->data);
}

static void
forget_removed(void)
{
    gc_table_free(&removed);
    removals = 0;
}

/* Who registers and unregisters in turn, and allocates nothing, would wait for ever for a cycle to do this. */
static void
drop_removed(void)
{
    pair *list = (pair *)pairs.data;
    size_t kept = 0, old = old_pairs;
    for (size_t i = 0; i < pair_count(&pairs); i++) {
        if (i == old)
            old_pairs = kept;
        if (!is_removed(list[i], i))
            list[kept++] = list[i];
    }
    if (old_pairs > kept)
        old_pairs = kept;
    pairs.bytes = kept * sizeof(pair);
    forget_removed();
}

/* Without memory for a note of it. */
static void
search_and_remove(pair p)
{
    pair *list = (pair *)pairs.data;
    for (size_t i = 0; i < pair_count(&pairs); i++)
        if (list[i].owner == p.owner && list[i].target == p.target)
            list[i] = (pair){0};
}

/* The next cycle leaves it out, and what is registered again later stands behind the mark. */
void
gc_weak_unregister(void *owner, void *target)
{
    gc_mutator_state *m = gc_current;
    pair p = {(uintptr_t)owner, (uintptr_t)target};
    gc_lock(&gc_weak_mutex);
    if (m != NULL)
        take_fresh(m);
    gc_entry *e = gc_table_find(&removed, p.owner, p.target);
    if (e != NULL)
        e->data = pair_count(&pairs);
    else if (pairs.bytes != 0 && gc_table_add(&removed, p.owner, p.target, pair_count(&pairs)) == NULL)
        search_and_remove(p);
    if (++removals > MOST_REMOVALS && removals > pair_count(&pairs) / 2)
        drop_removed();
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
    gc_entry *e = gc_table_find(&ephemerons, (uintptr_t)owner, (uintptr_t)key);
    if (e != NULL)
        gc_table_delete(&ephemerons, e);
    gc_unlock(&gc_weak_mutex);
    return e != NULL;
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

/* ------------------------------------------------------------------ a cycle
 *
 * gc_weak_clear comes when all has been marked but what deallocs need.  Whose target is dead by then is told so.
 * Whether an owner is dead is known only after these: gc_weak_forget drops those that are. */

static void
tell(uintptr_t owner, uintptr_t target)
{
    gc_stats_counters.weak_cleared++;
    if (gc_heap.embedder.clear_weak != NULL)
        gc_heap.embedder.clear_weak((void *)owner, (void *)target);
}

/* What lives on moves together, and stays in order: so marks are asked for more or less in that of their
 * addresses. */
static bool
clear_pairs(void)
{
    pair *list = (pair *)pairs.data;
    size_t first = gc_heap.minor && removed.filled == 0 ? old_pairs : 0, count = pair_count(&pairs), kept = first;
    bool any = false;
    for (size_t i = first; i < count; i++) {
        if (i + GC_PREFETCH_AHEAD < count) {
            gc_mark_prefetch(list[i + GC_PREFETCH_AHEAD].owner);
            gc_mark_prefetch(list[i + GC_PREFETCH_AHEAD].target);
        }
        pair p = list[i];
        if (is_removed(p, i))
            continue;
        bool target_lives = gc_mark_is_marked(p.target);
        if (!gc_mark_is_marked(p.owner)) {
            if (!append_pair(&orphans, (pair){p.owner, target_lives ? p.target : p.target | TARGET_DEAD}))
                gc_heap_fatal("no memory for the list of weak references");
        } else if (target_lives) {
            list[kept++] = p;
        } else {
            any = true;
            tell(p.owner, p.target);
        }
    }
    pairs.bytes = kept * sizeof(pair);
    forget_removed();
    return any;
}

static bool
clear_ephemerons(void)
{
    bool any = false;
    for (size_t i = 0; i < ephemerons.size; i++) {
        gc_entry e = ephemerons.entries[i];
        if (!gc_entry_in_use(&e))
            continue;
        if (!gc_mark_is_marked(e.a)) {
            orphan_ephemerons = true;
        } else if (!gc_mark_is_marked(e.b)) {
            gc_table_delete(&ephemerons, &ephemerons.entries[i]);
            any = true;
            tell(e.a, e.b);
        }
    }
    return any;
}

bool
gc_weak_clear(void)
{
    for (gc_mutator_state *m = gc_mutators; m != NULL; m = m->next)
        take_fresh(m);
    bool any = clear_pairs();
    if (!gc_heap.minor || fresh_in_ephemerons)
        any |= clear_ephemerons();
    if (!gc_heap.minor || fresh_in_slots)
        any |= clear_slots();
    return any;
}

/* An owner that a dealloc needs may be asked for its target, or get another life. */
static bool
sort_orphans(void)
{
    const pair *list = (const pair *)orphans.data;
    bool any = false;
    for (size_t i = 0; i < pair_count(&orphans); i++) {
        pair p = {list[i].owner, list[i].target & ~TARGET_DEAD};
        if (!gc_mark_is_marked(p.owner))
            continue;
        if (list[i].target & TARGET_DEAD) {
            any = true;
            tell(p.owner, p.target);
        } else if (!append_pair(&pairs, p)) {
            gc_heap_fatal("no memory for the list of weak references");
        }
    }
    orphans.bytes = 0;
    return any;
}

static bool
sort_orphan_ephemerons(gc_tracer *t)
{
    bool any = false;
    if (!orphan_ephemerons)
        return false;
    gc_weak_mark_ephemerons(t);
    for (size_t i = 0; i < ephemerons.size; i++) {
        gc_entry e = ephemerons.entries[i];
        if (!gc_entry_in_use(&e) || (gc_mark_is_marked(e.a) && gc_mark_is_marked(e.b)))
            continue;
        gc_table_delete(&ephemerons, &ephemerons.entries[i]);
        if (gc_mark_is_marked(e.a)) {
            any = true;
            tell(e.a, e.b);
        }
    }
    orphan_ephemerons = false;
    return any;
}

bool
gc_weak_has_orphans(void)
{
    return orphan_ephemerons;
}

bool
gc_weak_forget(gc_tracer *t)
{
    bool any = sort_orphan_ephemerons(t);
    any |= sort_orphans();
    fresh_in_ephemerons = fresh_in_slots = false;
    old_pairs = pair_count(&pairs);
    return any;
}

void
gc_weak_shutdown(void)
{
    gc_array_free(&pairs);
    gc_array_free(&orphans);
    forget_removed();
    gc_table_free(&ephemerons);
    gc_array_free(&slots);
    gc_array_free(&died);
    first_free = 0;
    old_pairs = slots_in_use = died_count = 0;
}
