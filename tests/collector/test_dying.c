/* test_dying.c: finalizers, deallocs, weak references, in all their states. */
#include "driver.h"

static const gc_options precise = {.disabled_roots = GC_ROOT_STACK | GC_ROOT_REGISTERS, .verify = true};
static int owner_outside; /* owners need not be objects; those outside the heap count as alive */

static NOINLINE uintptr_t
make_dying(uint32_t tag, unsigned what)
{
    cell *c = new_cell(1, tag);
    CHECK(gc_dying_register(c, what) == 0);
    return hide(c);
}

TEST(dying_full_life)
{
    start(&precise);
    uintptr_t h = make_dying(1, GC_DYING_FINALIZE | GC_DYING_DEALLOC);
    CHECK(!gc_has_pending());
    collect();
    CHECK(gc_has_pending() && pending_calls == 1 && finalized_tags[1] == 0 && alive(h));
    collect(); /* nothing changes while it is queued */
    CHECK(alive(h) && deallocated_tags[1] == 0);
    CHECK(gc_run_pending(m) == 1);
    CHECK(finalized_tags[1] == 1 && deallocated_tags[1] == 0 && !gc_has_pending());
    CHECK(gc_run_pending(m) == 0);
    collect();
    CHECK(gc_has_pending() && alive(h));
    CHECK(gc_run_pending(m) == 1);
    CHECK(finalized_tags[1] == 1 && deallocated_tags[1] == 1 && alive(h));
    collect();
    CHECK(!alive(h) && !gc_has_pending());
    gc_stats stats;
    gc_get_stats(m, &stats);
    CHECK(stats.finalized == 1 && stats.deallocated == 1);
}

TEST(dying_dealloc_only)
{
    start(&precise);
    uintptr_t h = make_dying(2, GC_DYING_DEALLOC);
    collect();
    CHECK(gc_run_pending(m) == 1 && finalized_tags[2] == 0 && deallocated_tags[2] == 1);
    collect();
    CHECK(!alive(h));
}

TEST(dying_finalize_only)
{
    start(&precise);
    uintptr_t h = make_dying(3, GC_DYING_FINALIZE);
    collect();
    CHECK(gc_run_pending(m) == 1 && finalized_tags[3] == 1);
    CHECK(alive(h));
    collect();
    CHECK(!alive(h) && !gc_has_pending());
}

TEST(dying_unregistered)
{
    start(&precise);
    uintptr_t a = make_dying(4, GC_DYING_FINALIZE | GC_DYING_DEALLOC);
    uintptr_t b = make_dying(5, GC_DYING_FINALIZE);
    gc_dying_unregister(reveal(a));
    collect();
    gc_dying_unregister(reveal(b)); /* queued already: its turn passes */
    CHECK(gc_run_pending(m) == 0 && finalized_tags[4] == 0 && finalized_tags[5] == 0);
    collect();
    CHECK(!alive(a) && !alive(b));
}

static gc_handle rescued;

static void
rescue(cell *c)
{
    rescued = gc_handle_new(c);
}

TEST(dying_resurrected)
{
    start(&precise);
    uintptr_t h = make_dying(6, GC_DYING_FINALIZE | GC_DYING_DEALLOC);
    on_finalize = rescue;
    collect();
    CHECK(gc_run_pending(m) == 1 && finalized_tags[6] == 1);
    collect();
    collect();
    CHECK(alive(h) && !gc_has_pending());
    gc_handle_free(rescued);
    collect();
    /* Never a second finalizer, though registered again while finalized. */
    CHECK(gc_dying_register(reveal(h), GC_DYING_FINALIZE) == 0);
    CHECK(gc_run_pending(m) == 1 && finalized_tags[6] == 1 && deallocated_tags[6] == 1);
    collect();
    CHECK(!alive(h));
}

static void
register_again(cell *c)
{
    if (deallocated_tags[c->tag] == 1)
        CHECK(gc_dying_register(c, GC_DYING_FINALIZE | GC_DYING_DEALLOC) == 0);
}

/* An object that its dealloc puts to use again (a free list does that) is a new one. */
TEST(dying_reused)
{
    start(&precise);
    uintptr_t h = make_dying(7, GC_DYING_FINALIZE | GC_DYING_DEALLOC);
    on_dealloc = register_again;
    for (int i = 0; i < 4; i++) {
        collect();
        gc_run_pending(m);
    }
    CHECK(finalized_tags[7] == 2 && deallocated_tags[7] == 2);
    collect();
    CHECK(!alive(h));
}

static NOINLINE void
make_ring(uintptr_t *hidden, int n)
{
    cell *first = new_cell(2, 10), *last = first;
    hidden[0] = hide(first);
    for (int i = 1; i < n; i++) {
        cell *c = new_cell(2, 10 + (uint32_t)i);
        hidden[i] = hide(c);
        c->slots[0] = last;
        last = c;
    }
    first->slots[0] = last;
    for (int i = 0; i < n; i++) {
        cell *c = reveal(hidden[i]);
        c->slots[1] = new_cell(0, 50);
        gc_dying_register(c, GC_DYING_FINALIZE | GC_DYING_DEALLOC);
    }
}

static unsigned intact;

static void
look_at_neighbours(cell *c)
{
    intact += c->slots[0]->count == 2 && c->slots[0]->slots[0] != NULL && c->slots[1]->tag == 50;
}

/* All members of a dead cycle are finalized, then all are deallocated, with all of it intact. */
TEST(dying_cycle)
{
    start(&precise);
    uintptr_t hidden[5];
    make_ring(hidden, 5);
    on_finalize = on_dealloc = look_at_neighbours;
    collect();
    CHECK(gc_run_pending(m) == 5 && intact == 5);
    collect();
    CHECK(gc_run_pending(m) == 5 && intact == 10);
    for (int i = 0; i < 5; i++)
        CHECK(finalized_tags[10 + i] == 1 && deallocated_tags[10 + i] == 1);
    collect();
    for (int i = 0; i < 5; i++)
        CHECK(!alive(hidden[i]));
}

/* What a dying object reaches is intact while its dealloc runs, though dead: the type of an instance. */
static NOINLINE void
make_instance(uintptr_t *instance, uintptr_t *type)
{
    cell *t = new_cell(0, 20), *c = new_cell(1, 21);
    c->slots[0] = t;
    gc_dying_register(c, GC_DYING_DEALLOC);
    gc_dying_register(t, GC_DYING_FINALIZE);
    *instance = hide(c);
    *type = hide(t);
}

static void
look_at_type(cell *c)
{
    intact += c->slots[0]->tag == 20;
}

TEST(dying_type_outlives_instance)
{
    start(&precise);
    uintptr_t instance, type;
    make_instance(&instance, &type);
    on_dealloc = look_at_type;
    collect(); /* the type has a finalizer, but its instance is not kept by that */
    gc_run_pending(m);
    collect();
    gc_run_pending(m);
    CHECK(intact == 1 && deallocated_tags[21] == 1 && finalized_tags[20] == 1);
    collect();
    collect();
    CHECK(!alive(instance) && !alive(type));
}

static unsigned nested;

static void
allocate_and_run(cell *c)
{
    (void)c;
    for (int i = 0; i < 1000; i++)
        new_cell(3, 60);
    gc_collect(m);
    nested += gc_run_pending(m) == 0;
}

/* Finalizers may allocate and collect; running the queue from inside is refused. */
TEST(dying_not_reentrant)
{
    start(&precise);
    for (int i = 0; i < 10; i++)
        make_dying(30, GC_DYING_FINALIZE | GC_DYING_DEALLOC);
    on_finalize = on_dealloc = allocate_and_run;
    collect();
    CHECK(gc_run_pending(m) == 10);
    collect();
    CHECK(gc_run_pending(m) == 10 && nested == 20);
    CHECK(finalized_tags[30] == 10 && deallocated_tags[30] == 10);
}

static void
make_another(cell *c)
{
    make_dying(c->tag, GC_DYING_FINALIZE);
    gc_collect(m);
}

/* A finalizer that always leaves another object with a finalizer doesn't hang the caller. */
TEST(dying_endless)
{
    start(&precise);
    make_dying(31, GC_DYING_FINALIZE);
    on_finalize = make_another;
    collect();
    for (unsigned i = 1; i < 20; i++) {
        CHECK(gc_run_pending(m) == 1);
        CHECK(finalized_tags[31] == i && gc_has_pending());
    }
    on_finalize = NULL;
}

TEST(dying_many)
{
    start(&precise);
    for (int i = 0; i < 50000; i++)
        make_dying(40 + (uint32_t)i % 8, i % 3 == 0   ? GC_DYING_FINALIZE
                                         : i % 3 == 1 ? GC_DYING_DEALLOC
                                                      : GC_DYING_FINALIZE | GC_DYING_DEALLOC);
    size_t ran = 0;
    for (int i = 0; i < 4; i++) {
        collect();
        ran += gc_run_pending(m);
    }
    CHECK(ran == 16667 + 16667 + 2 * 16666);
    gc_stats stats;
    gc_get_stats(m, &stats);
    CHECK(stats.live_objects == 0);
}

/* A large object's state is in its run. */
TEST(dying_large)
{
    start(&precise);
    uintptr_t h[3];
    for (uint32_t i = 0; i < 3; i++) {
        cell *c = new_cell(i == 2 ? 400000 : 2000, 33 + i); /* the last has slabs for itself */
        CHECK(gc_dying_register(c, GC_DYING_FINALIZE | GC_DYING_DEALLOC) == 0);
        h[i] = hide(c);
    }
    gc_handle handle = gc_handle_new(reveal(h[1]));
    clear_stack();
    collect();
    CHECK(gc_run_pending(m) == 2 && finalized_tags[33] == 1 && finalized_tags[34] == 0 && finalized_tags[35] == 1);
    gc_dying_unregister(reveal(h[2]));
    gc_handle_free(handle);
    collect();
    CHECK(!alive(h[2]) && gc_run_pending(m) == 2 && finalized_tags[34] == 1 && deallocated_tags[33] == 1);
    collect();
    CHECK(gc_run_pending(m) == 1 && deallocated_tags[34] == 1 && deallocated_tags[35] == 0);
    collect();
    CHECK(!alive(h[0]) && !alive(h[1]) && !gc_has_pending());
}

/* Slabs that have had dying objects are put to other uses, and back. */
TEST(dying_slabs_change_use)
{
    start(&precise);
    for (int round = 0; round < 3; round++) {
        size_t most = 150000, before = deallocated_tags[36];
        for (size_t i = 0; i < most; i++) {
            cell *c = new_cell(6, 36);
            CHECK(gc_dying_register(c, GC_DYING_DEALLOC) == 0);
        }
        collect();
        gc_run_pending(m);
        collect();
        CHECK(deallocated_tags[36] - before == most && stats_now().live_objects == 0);
        for (int i = 0; i < 40; i++)
            CHECK(gc_alloc(m, (size_t)1 << 20, GC_LEAF) != NULL);
        collect();
        CHECK(!gc_has_pending());
    }
}

/* ------------------------------------------------------------------ weak references */

static NOINLINE uintptr_t
make_cell(uint32_t tag)
{
    return hide(new_cell(1, tag));
}

TEST(weak_cleared)
{
    start(&precise);
    uintptr_t h = make_cell(1), kept = make_cell(2);
    gc_handle handle = gc_handle_new(reveal(kept));
    CHECK(gc_weak_register(&owner_outside, reveal(h)) == 0);
    CHECK(gc_weak_register(&owner_outside, reveal(kept)) == 0);
    collect();
    CHECK(cleared_tags[1] == 1 && cleared_tags[2] == 0 && !alive(h) && alive(kept));
    collect();
    CHECK(cleared_tags[1] == 1);
    gc_handle_free(handle);
    collect();
    CHECK(cleared_tags[2] == 1);
}

TEST(weak_unregistered)
{
    start(&precise);
    uintptr_t h = make_cell(3);
    CHECK(gc_weak_register(&owner_outside, reveal(h)) == 0);
    gc_weak_unregister(&owner_outside, reveal(h));
    gc_weak_unregister(&owner_outside, reveal(h));
    collect();
    CHECK(cleared_tags[3] == 0 && !alive(h));
}

/* Owner and target die together: nobody is told. */
TEST(weak_owner_dead)
{
    start(&precise);
    uintptr_t owner = make_cell(4), target = make_cell(5);
    CHECK(gc_weak_register(reveal(owner), reveal(target)) == 0);
    collect();
    CHECK(cleared_tags[5] == 0 && !alive(owner) && !alive(target));
}

TEST(weak_owner_alive)
{
    start(&precise);
    uintptr_t owner = make_cell(6), target = make_cell(7);
    gc_handle handle = gc_handle_new(reveal(owner));
    CHECK(gc_weak_register(reveal(owner), reveal(target)) == 0);
    collect();
    CHECK(cleared_tags[7] == 1 && alive(owner) && !alive(target));
    gc_handle_free(handle);
}

/* With a finalizer pending the reference stays; it is cleared when the object is found dead again. */
TEST(weak_and_finalizer)
{
    start(&precise);
    uintptr_t h = make_dying(8, GC_DYING_FINALIZE | GC_DYING_DEALLOC);
    CHECK(gc_weak_register(&owner_outside, reveal(h)) == 0);
    collect();
    CHECK(cleared_tags[8] == 0);
    gc_run_pending(m);
    CHECK(finalized_tags[8] == 1);
    collect();
    CHECK(cleared_tags[8] == 1 && deallocated_tags[8] == 0);
    gc_run_pending(m);
    CHECK(deallocated_tags[8] == 1);
}

/* With only a dealloc it is cleared in the cycle that finds the object dead, before the dealloc. */
TEST(weak_and_dealloc)
{
    start(&precise);
    uintptr_t h = make_dying(9, GC_DYING_DEALLOC);
    CHECK(gc_weak_register(&owner_outside, reveal(h)) == 0);
    collect();
    CHECK(cleared_tags[9] == 1 && deallocated_tags[9] == 0);
    gc_run_pending(m);
    CHECK(deallocated_tags[9] == 1);
}

/* An object that only a finalizable one reaches is not dead yet. */
TEST(weak_kept_by_finalizer)
{
    start(&precise);
    uintptr_t h = make_dying(10, GC_DYING_FINALIZE), child = make_cell(11);
    ((cell *)reveal(h))->slots[0] = reveal(child);
    CHECK(gc_weak_register(&owner_outside, reveal(child)) == 0);
    CHECK(gc_dying_register(reveal(child), GC_DYING_DEALLOC) == 0);
    collect();
    CHECK(cleared_tags[11] == 0 && alive(child));
    CHECK(gc_run_pending(m) == 1 && deallocated_tags[11] == 0);
    collect();
    CHECK(cleared_tags[11] == 1);
    CHECK(gc_run_pending(m) == 1 && deallocated_tags[11] == 1);
    collect();
    CHECK(!alive(child) && !alive(h));
}

TEST(weak_many)
{
    start(&precise);
    uintptr_t popular = make_cell(12);
    gc_handle keep = gc_handle_new(reveal(popular));
    for (int i = 0; i < 30000; i++) {
        uintptr_t owner = make_cell(13);
        CHECK(gc_weak_register(reveal(owner), reveal(popular)) == 0);
        CHECK(gc_weak_register(&owner_outside + i, reveal(popular)) == 0);
        if (i % 2 == 0)
            gc_weak_unregister(&owner_outside + i, reveal(popular));
    }
    collect();
    CHECK(cleared_tags[12] == 0);
    gc_handle_free(keep);
    collect();
    CHECK(cleared_tags[12] == 15000);
}

/* Registered again, after it was unregistered: by the list of its thread and by the collector's. */
TEST(weak_registered_again)
{
    start(&precise);
    uintptr_t h = make_cell(14), kept = make_cell(15);
    gc_handle handle = gc_handle_new(reveal(kept));
    CHECK(gc_weak_register(&owner_outside, reveal(h)) == 0 && gc_weak_register(&owner_outside, reveal(kept)) == 0);
    gc_weak_unregister(&owner_outside, reveal(h));
    gc_weak_unregister(&owner_outside, reveal(kept));
    CHECK(gc_weak_register(&owner_outside, reveal(h)) == 0 && gc_weak_register(&owner_outside, reveal(kept)) == 0);
    collect();
    CHECK(cleared_tags[14] == 1 && cleared_tags[15] == 0);
    gc_weak_unregister(&owner_outside, reveal(kept));
    CHECK(gc_weak_register(&owner_outside, reveal(kept)) == 0);
    gc_handle_free(handle);
    collect();
    CHECK(cleared_tags[15] == 1);
}

/* What is registered and unregistered takes no memory, though nothing is allocated and no cycle comes; what is
 * registered is not lost among it. */
TEST(weak_unregistered_takes_no_memory)
{
    start(&precise);
    uintptr_t h = make_cell(25), kept = make_cell(26), old = make_cell(27);
    gc_handle handles[] = {gc_handle_new(reveal(kept)), gc_handle_new(reveal(old))};
    CHECK(gc_weak_register(&owner_outside, reveal(old)) == 0);
    collect();
    uintptr_t target = make_cell(28);
    CHECK(gc_weak_register(&owner_outside, reveal(target)) == 0);
    size_t before = resident_bytes();
    for (size_t i = 0; i < 4000000; i++) {
        void *object = i % 2 == 0 ? reveal(kept) : reveal(target);
        char *owner = (char *)&owner_outside + 8 * (1 + i % 3000);
        CHECK(gc_weak_register(owner, object) == 0);
        gc_weak_unregister(owner, object);
    }
    CHECK(resident_bytes() - before < ((size_t)8 << 20));
    gc_handle_free(handles[0]);
    gc_handle_free(handles[1]);
    collect();
    CHECK(cleared_tags[25] == 0 && cleared_tags[26] == 0 && cleared_tags[27] == 1 && cleared_tags[28] == 1 && !alive(h));
}

/* A dealloc keeps what it needs of the dead, and what it puts away lives on: a weak reference among it must not
 * lead to an object that has gone meanwhile. */
static gc_handle put_away;

static void
put_first_away(cell *c)
{
    put_away = gc_handle_new(c->slots[0]);
}

TEST(weak_owner_needed_by_dealloc)
{
    start(&precise);
    uintptr_t dying = make_dying(16, GC_DYING_DEALLOC), owner = make_cell(17), live = make_cell(18), dead = make_cell(19);
    gc_handle handle = gc_handle_new(reveal(live));
    on_dealloc = put_first_away;
    ((cell *)reveal(dying))->slots[0] = reveal(owner);
    CHECK(gc_weak_register(reveal(owner), reveal(live)) == 0 && gc_weak_register(reveal(owner), reveal(dead)) == 0);
    collect();
    CHECK(cleared_tags[18] == 0 && cleared_tags[19] == 1 && gc_run_pending(m) == 1 && put_away != 0);
    gc_handle_free(handle);
    collect();
    CHECK(alive(owner) && !alive(live) && cleared_tags[18] == 1);
    gc_handle_free(put_away);
}

/* The same of ephemerons: the value is what the owner has left. */
TEST(ephemeron_owner_needed_by_dealloc)
{
    start(&precise);
    uintptr_t dying = make_dying(20, GC_DYING_DEALLOC), owner = make_cell(21), key = make_cell(22), value = make_cell(23);
    uintptr_t lost = make_cell(24);
    gc_handle handle = gc_handle_new(reveal(key));
    on_dealloc = put_first_away;
    ((cell *)reveal(dying))->slots[0] = reveal(owner);
    CHECK(gc_ephemeron_set(reveal(owner), reveal(key), reveal(value)) == 0);
    CHECK(gc_ephemeron_set(reveal(owner), reveal(lost), reveal(lost)) == 0);
    collect();
    CHECK(gc_run_pending(m) == 1 && alive(value) && !alive(lost) && cleared_tags[24] == 1);
    CHECK(gc_ephemeron_get(reveal(owner), reveal(key)) == reveal(value));
    gc_handle_free(handle);
    collect();
    CHECK(alive(owner) && !alive(key) && !alive(value) && cleared_tags[22] == 1);
    gc_handle_free(put_away);
}

/* ------------------------------------------------------------------ what deallocs give back */

enum { FREEING = GC_DYING_DEALLOC | GC_DYING_FREES };

static void
give_back(cell *c)
{
    CHECK(!gc_free(NULL) && !gc_free(&owner_outside));
    if (c->tag != 31)
        CHECK(gc_free(c));
}

/* What has been allocated before lies in no allocator's current block: there memory given back waits for a cycle. */
static void
leave_block(void)
{
    for (int i = 0; i < 10000; i++)
        make_cell(1);
}

TEST(dying_freed_by_dealloc)
{
    start(&precise);
    on_dealloc = give_back;
    uintptr_t freed = make_dying(30, FREEING), without = make_dying(30, GC_DYING_DEALLOC), plain = make_cell(30);
    gc_handle handle = gc_handle_new(reveal(plain));
    CHECK(!gc_free(reveal(plain)));
    leave_block();
    collect();
    uint64_t live = stats_now().live_objects;
    CHECK(alive(freed) && gc_run_pending(m) == 2 && deallocated_tags[30] == 2);
    CHECK(!alive(freed) && alive(without) && alive(plain) && stats_now().live_objects == live - 1);
    CHECK(gc_verify() == 0);
    collect();
    CHECK(!alive(without) && alive(plain) && gc_handle_free(handle));
}

/* Memory given back serves again before the next cycle: more objects than there is room for, and no collection. */
TEST(dying_freed_is_used_again)
{
    gc_options options = precise;
    options.max_heap_bytes = (size_t)4 << 20;
    start(&options);
    on_dealloc = give_back;
    enum { HALF = 40000 };
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < HALF; i++)
            make_dying(30, FREEING);
        clear_stack();
        collect();
        uint64_t before = stats_now().collections;
        CHECK(gc_run_pending(m) > HALF - 100);
        gc_set_enabled(false);
        for (int i = 0; i < HALF; i++)
            make_cell(1);
        gc_set_enabled(true);
        CHECK(stats_now().collections == before && gc_verify() == 0);
        collect();
        CHECK(stats_now().live_objects < 100);
    }
}

/* One dealloc keeps its object.  What that refers to stays with it, though its dealloc has given it back. */
static void
freed_beside_kept(const gc_options *options, void (*cycle)(void))
{
    start(options);
    on_dealloc = give_back;
    uintptr_t kept = make_dying(31, FREEING), referred = make_dying(30, FREEING), other = make_dying(30, FREEING);
    ((cell *)reveal(kept))->slots[0] = reveal(referred);
    leave_block();
    cycle();
    CHECK(gc_run_pending(m) == 3 && deallocated_tags[31] == 1);
    CHECK(alive(kept) && alive(referred) && !alive(other));
    gc_handle handle = gc_handle_new(reveal(kept));
    for (int i = 0; i < 4; i++) {
        uintptr_t next = make_dying(30, FREEING);
        leave_block();
        cycle();
        CHECK(gc_run_pending(m) == 1 && !alive(next) && alive(kept) && alive(referred));
    }
    gc_handle_free(handle);
    collect();
    CHECK(!alive(kept) && !alive(referred));
}

TEST(dying_freed_beside_kept)
{
    freed_beside_kept(&precise, collect);
}

TEST(dying_freed_beside_kept_young)
{
    gc_options options = generations_without(0);
    freed_beside_kept(&options, collect_young);
}

static gc_handle handed_on;

static void
hand_on(cell *c)
{
    if (c->tag == 32)
        handed_on = gc_handle_new(c->slots[0]);
    CHECK(gc_free(c));
}

/* A dealloc hands on what leads to another dead object.  Both objects have been given back; one may be used. */
TEST(dying_handed_on_by_dealloc)
{
    start(&precise);
    on_dealloc = hand_on;
    uintptr_t giver = make_dying(32, FREEING), inside = make_dying(30, FREEING);
    cell *between = new_cell(1, 2);
    between->slots[0] = reveal(inside);
    ((cell *)reveal(giver))->slots[0] = between;
    uintptr_t link = hide(between);
    leave_block();
    collect();
    CHECK(gc_run_pending(m) == 2 && !alive(giver) && alive(link) && alive(inside));
    collect();
    CHECK(alive(link) && alive(inside) && gc_handle_free(handed_on));
    collect();
    CHECK(!alive(link) && !alive(inside));
}

static void
collect_and_give_back(cell *c)
{
    if (deallocated_tags[30] == 20)
        gc_collect(m);
    CHECK(gc_free(c));
}

/* A cycle in the middle of the deallocs: those that have run are its affair, the others are kept. */
TEST(dying_freed_around_a_cycle)
{
    start(&precise);
    on_dealloc = collect_and_give_back;
    static uintptr_t h[100];
    for (int i = 0; i < 100; i++)
        h[i] = make_dying(30, FREEING);
    leave_block();
    collect();
    CHECK(gc_run_pending(m) == 100 && gc_verify() == 0);
    for (int i = 0; i < 100; i++)
        CHECK(!alive(h[i]));
}

static void
collect_then_give_back(cell *c)
{
    gc_collect(m);
    CHECK(gc_free(c));
}

/* One object that waits for this dealloc. */
static NOINLINE uintptr_t
make_waiting(void (*dealloc)(cell *))
{
    start(&precise);
    on_dealloc = dealloc;
    uintptr_t h = make_dying(30, FREEING);
    leave_block();
    collect();
    return h;
}

/* With a cycle in between. */
TEST(dying_freed_after_a_cycle)
{
    uintptr_t h = make_waiting(collect_then_give_back);
    CHECK(gc_run_pending(m) == 1 && !alive(h) && gc_verify() == 0);
}

static void
register_and_give_back(cell *c)
{
    if (deallocated_tags[30] == 1)
        CHECK(gc_dying_register(c, FREEING) == 0);
    CHECK(gc_free(c));
}

TEST(dying_freed_but_registered_anew)
{
    uintptr_t h = make_waiting(register_and_give_back);
    CHECK(gc_run_pending(m) == 1 && alive(h));
    collect();
    CHECK(gc_run_pending(m) == 1 && deallocated_tags[30] == 2 && !alive(h));
}

/* ------------------------------------------------------------------ a weak table of the embedder's own */

static uintptr_t interned[1000];
static int dropped;

static void
drop_dead(void)
{
    for (int i = 0; i < 1000; i++) {
        if (interned[i] != 0 && !gc_is_marked(reveal(interned[i]))) {
            interned[i] = 0;
            dropped++;
        }
    }
    CHECK(gc_is_marked(&owner_outside));
}

static void
weak_table_case(const gc_options *options)
{
    start(options);
    static gc_handle handles[500];
    on_cycle_end = drop_dead;
    for (int i = 0; i < 1000; i++) {
        interned[i] = i % 10 == 0 ? hide(gc_alloc(m, 20000, GC_LEAF)) : make_cell(1);
        if (i % 2 == 0)
            handles[i / 2] = gc_handle_new(reveal(interned[i]));
        if (i % 100 == 50)
            collect();
    }
    collect();
    CHECK(dropped == 500);
    for (int i = 0; i < 1000; i += 2)
        CHECK(gc_is_marked(reveal(interned[i])) && alive(interned[i]) && gc_handle_free(handles[i / 2]));
    collect();
    CHECK(dropped == 1000);
}

TEST(weak_table_at_cycle_end)
{
    weak_table_case(&precise);
}

TEST(weak_table_at_cycle_end_poisoned)
{
    gc_options options = precise;
    options.poison = true;
    weak_table_case(&options);
}
