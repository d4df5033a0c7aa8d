/* test_young.c: what minor cycles do to weak references, dying objects, extension memory and handles. */
#include "driver.h"

static void
start_young(void)
{
    gc_options options = generations_without(0);
    start(&options);
}

/* A cell that a handle keeps; it is old if a cycle comes before the handle is freed. */
static NOINLINE gc_handle
new_kept(uint32_t count, uint32_t tag)
{
    return gc_handle_new(new_cell(count, tag));
}

static NOINLINE uintptr_t
new_hidden(uint32_t tag)
{
    return hide(new_cell(0, tag));
}

static uintptr_t
hidden_of(gc_handle h)
{
    return hide(gc_handle_get(h));
}

static NOINLINE uintptr_t
drop(gc_handle h)
{
    uintptr_t hidden = hidden_of(h);
    CHECK(gc_handle_free(h));
    return hidden;
}

/* ------------------------------------------------------------------ an object's weak references */

static NOINLINE void
register_pair(uintptr_t owner, uintptr_t target)
{
    CHECK(gc_weak_register(reveal(owner), reveal(target)) == 0);
}

TEST(minor_weak_pairs)
{
    start_young();
    gc_handle owner = new_kept(0, 0), young_owner = new_kept(0, 0), old = new_kept(0, 1);
    collect_young();
    gc_handle going = new_kept(0, 3);
    collect_young();
    uintptr_t young = new_hidden(4), dying_owner = new_hidden(5);
    gc_handle kept = new_kept(0, 6);
    register_pair(hidden_of(owner), hidden_of(old));
    register_pair(hidden_of(owner), young);
    register_pair(hidden_of(owner), hidden_of(kept));
    register_pair(hidden_of(owner), hidden_of(going));
    register_pair(hidden_of(young_owner), young);
    register_pair(dying_owner, hidden_of(old));
    register_pair(dying_owner, young);
    uintptr_t gone = drop(going);
    collect_young();
    CHECK(cleared_tags[4] == 2 && cleared_tags[1] == 0 && cleared_tags[6] == 0);
    CHECK(!alive(young) && !alive(dying_owner) && alive(gone) && cleared_tags[3] == 0);
    drop(kept); /* registered before the last cycle, and old */
    collect_young();
    collect_young();
    CHECK(cleared_tags[6] == 0 && cleared_tags[3] == 0);
    collect();
    CHECK(cleared_tags[6] == 1 && cleared_tags[3] == 1 && cleared_tags[1] == 0 && cleared_tags[4] == 2);
    drop(old);
    collect();
    CHECK(cleared_tags[1] == 1);
}

/* Unregistering moves the thread's list into the table, where minor cycles must find the young. */
TEST(minor_weak_pairs_in_the_table)
{
    start_young();
    gc_handle owner = new_kept(0, 0), old = new_kept(0, 1);
    collect();
    uintptr_t young = new_hidden(2), other = new_hidden(3);
    register_pair(hidden_of(owner), young);
    register_pair(hidden_of(owner), other);
    gc_weak_unregister(gc_handle_get(owner), reveal(other));
    register_pair(hidden_of(owner), hidden_of(old));
    collect_young();
    CHECK(cleared_tags[2] == 1 && cleared_tags[3] == 0 && cleared_tags[1] == 0);
}

/* ------------------------------------------------------------------ gc_weak */

static unsigned died[64];

static void
note_death(uintptr_t tag)
{
    died[tag]++;
}

static NOINLINE gc_weak
weak_to(uintptr_t target, uintptr_t tag)
{
    gc_weak w = gc_weak_new(reveal(target), tag);
    CHECK(w != 0);
    return w;
}

static NOINLINE bool
is_dead(gc_weak w)
{
    return gc_weak_get(w) == NULL;
}

TEST(minor_weak_slots)
{
    start_young();
    on_weak_died = note_death;
    gc_handle old = new_kept(0, 0), kept = new_kept(0, 0), early = new_kept(0, 0);
    gc_weak to_early = weak_to(hidden_of(early), 1);
    collect_young();
    gc_weak to_old = weak_to(hidden_of(old), 2), to_young = weak_to(new_hidden(0), 3);
    gc_weak to_kept = weak_to(hidden_of(kept), 4);
    collect_young();
    CHECK(is_dead(to_young) && !is_dead(to_old) && !is_dead(to_kept) && !is_dead(to_early));
    CHECK(gc_run_pending(m) == 1 && died[3] == 1);
    drop(early);
    drop(old);
    collect_young();
    gc_weak to_garbage = weak_to(hide(gc_weak_get(to_old)), 5); /* made now, its target has been old for long */
    collect_young();
    CHECK(!is_dead(to_old) && !is_dead(to_early) && !is_dead(to_garbage) && gc_run_pending(m) == 0);
    collect();
    CHECK(is_dead(to_old) && is_dead(to_early) && is_dead(to_garbage) && !is_dead(to_kept));
    CHECK(gc_run_pending(m) == 3 && died[1] == 1 && died[2] == 1 && died[5] == 1 && died[4] == 0);
}

/* ------------------------------------------------------------------ ephemerons */

static NOINLINE uintptr_t
set_young_value(uintptr_t owner, uintptr_t key, uint32_t tag)
{
    cell *value = new_cell(1, tag);
    value->slots[0] = reveal(key); /* it leads back to its key, and keeps it no more for that */
    CHECK(gc_ephemeron_set(reveal(owner), reveal(key), value) == 0);
    return hide(value);
}

static NOINLINE bool
has_value(uintptr_t owner, uintptr_t key, uintptr_t value)
{
    return gc_ephemeron_get(reveal(owner), reveal(key)) == reveal(value);
}

TEST(minor_ephemerons)
{
    start_young();
    gc_handle owner = new_kept(0, 0), key = new_kept(0, 1);
    collect_young();
    gc_handle young_key = new_kept(0, 2), young_owner = new_kept(0, 3);
    uintptr_t dead_key = new_hidden(4), dead_owner = new_hidden(5);
    uintptr_t a = set_young_value(hidden_of(owner), hidden_of(key), 11);
    uintptr_t b = set_young_value(hidden_of(owner), hidden_of(young_key), 12);
    uintptr_t c = set_young_value(hidden_of(young_owner), hidden_of(key), 13);
    uintptr_t d = set_young_value(hidden_of(owner), dead_key, 14);
    uintptr_t e = set_young_value(dead_owner, hidden_of(key), 15);
    for (int i = 0; i < 3; i++) {
        collect_young();
        CHECK(has_value(hidden_of(owner), hidden_of(key), a) && alive(a));
        CHECK(has_value(hidden_of(owner), hidden_of(young_key), b) && alive(b));
        CHECK(has_value(hidden_of(young_owner), hidden_of(key), c) && alive(c));
        CHECK(!alive(d) && !alive(e) && !alive(dead_key) && !alive(dead_owner));
        CHECK(cleared_tags[4] == 1 && cleared_tags[1] == 0 && cleared_tags[2] == 0);
    }
    /* An old entry gets a new value. */
    uintptr_t again = set_young_value(hidden_of(owner), hidden_of(key), 16);
    collect_young();
    CHECK(has_value(hidden_of(owner), hidden_of(key), again) && alive(again) && alive(a));
    uintptr_t old_key = drop(key);
    collect_young();
    CHECK(alive(old_key) && cleared_tags[1] == 0);
    collect();
    CHECK(!alive(old_key) && !alive(a) && !alive(again) && !alive(c) && alive(b) && cleared_tags[1] == 2);
}

/* The value of one is the key of the next, set in the order that takes most rounds. */
TEST(minor_ephemerons_in_a_chain)
{
    start_young();
    enum { LENGTH = 20 };
    gc_handle owner = new_kept(0, 0), first = new_kept(0, 0);
    collect_young();
    uintptr_t keys[LENGTH + 1];
    keys[0] = hidden_of(first);
    for (uint32_t i = 1; i <= LENGTH; i++)
        keys[i] = new_hidden(i);
    for (int i = LENGTH; i-- > 0;)
        CHECK(gc_ephemeron_set(gc_handle_get(owner), reveal(keys[i]), reveal(keys[i + 1])) == 0);
    collect_young();
    for (int i = 0; i <= LENGTH; i++)
        CHECK(alive(keys[i]));
    drop(first);
    collect();
    for (int i = 0; i <= LENGTH; i++)
        CHECK(!alive(keys[i]));
}

/* ------------------------------------------------------------------ dying */

enum { FINALIZE = GC_DYING_FINALIZE, DEALLOC = GC_DYING_DEALLOC, BOTH = FINALIZE | DEALLOC };

static NOINLINE uintptr_t
new_dying(uint32_t tag, unsigned what)
{
    cell *c = new_cell(1, tag);
    c->slots[0] = new_cell(0, 1000 + tag);
    CHECK(gc_dying_register(c, what) == 0);
    return hide(c);
}

static void
check_intact(cell *c)
{
    CHECK(c->count == 1 && c->slots[0] != NULL && c->slots[0]->tag == 1000 + c->tag);
}

static void
check_young_deaths(void)
{
    uintptr_t a = new_dying(1, FINALIZE), b = new_dying(2, DEALLOC), c = new_dying(3, BOTH);
    collect_young();
    CHECK(alive(a) && alive(b) && alive(c));
    collect_young(); /* queued they are roots */
    CHECK(gc_run_pending(m) == 3);
    CHECK(finalized_tags[1] == 1 && finalized_tags[2] == 0 && finalized_tags[3] == 1);
    CHECK(deallocated_tags[1] == 0 && deallocated_tags[2] == 1 && deallocated_tags[3] == 0);
    collect_young(); /* old now */
    CHECK(gc_run_pending(m) == 0 && alive(a) && alive(b) && alive(c));
    collect();
    CHECK(gc_run_pending(m) == 1 && deallocated_tags[3] == 1 && !alive(a) && !alive(b));
    collect();
    CHECK(!alive(c) && !gc_has_pending());
    memset(finalized_tags, 0, sizeof finalized_tags);
    memset(deallocated_tags, 0, sizeof deallocated_tags);
}

TEST(minor_dying_young)
{
    start_young();
    on_finalize = on_dealloc = check_intact;
    for (int i = 0; i < 3; i++)
        check_young_deaths();
}

static gc_handle
new_old_dying(uint32_t tag, unsigned what)
{
    return gc_handle_new(reveal(new_dying(tag, what)));
}

TEST(minor_dying_old)
{
    start_young();
    gc_handle a = new_old_dying(1, BOTH), b = new_old_dying(2, BOTH), late = new_kept(0, 3);
    collect_young();
    CHECK(gc_dying_register(gc_handle_get(late), BOTH) == 0);
    drop(a);
    drop(b);
    drop(late);
    collect_young();
    collect_young();
    CHECK(!gc_has_pending());
    collect();
    CHECK(gc_run_pending(m) == 3 && finalized_tags[1] == 1 && finalized_tags[2] == 1 && finalized_tags[3] == 1);
    collect_young();
    CHECK(!gc_has_pending());
    collect();
    CHECK(gc_run_pending(m) == 3 && deallocated_tags[1] == 1 && deallocated_tags[2] == 1 && deallocated_tags[3] == 1);
}

static NOINLINE void
register_twice(uint32_t tag, unsigned first, unsigned second, bool far_apart)
{
    cell *c = reveal(new_dying(tag, first));
    for (uint32_t i = 0; far_apart && i < 100; i++)
        new_dying(63, FINALIZE);
    CHECK(gc_dying_register(c, second) == 0);
}

TEST(minor_dying_registered_twice)
{
    start_young();
    on_finalize = on_dealloc = check_intact;
    uint32_t tag = 0;
    for (int way = 0; way < 4; way++)
        register_twice(tag++, way & 2 ? FINALIZE : DEALLOC, way & 2 ? DEALLOC : FINALIZE, way & 1);
    collect_young();
    gc_run_pending(m);
    for (uint32_t t = 0; t < tag; t++)
        CHECK(finalized_tags[t] == 1 && deallocated_tags[t] == 0);
    collect_young();
    CHECK(gc_run_pending(m) == 0);
    collect();
    gc_run_pending(m);
    collect();
    CHECK(gc_run_pending(m) == 0);
    for (uint32_t t = 0; t < tag; t++)
        CHECK(finalized_tags[t] == 1 && deallocated_tags[t] == 1);
}

static gc_handle rescuer;

static void
rescue(cell *c)
{
    cell *owner = gc_handle_get(rescuer);
    gc_store(owner, &owner->slots[c->tag], c);
}

TEST(minor_dying_resurrected)
{
    start_young();
    rescuer = new_kept(8, 0);
    on_finalize = rescue;
    collect_young();
    uintptr_t a = new_dying(1, BOTH), b = new_dying(2, FINALIZE);
    collect_young();
    CHECK(gc_run_pending(m) == 2);
    for (int i = 0; i < 4; i++) {
        if (i % 2 == 0)
            collect_young();
        else
            collect();
        CHECK(alive(a) && alive(b) && !gc_has_pending());
    }
    CHECK(gc_dying_register(reveal(b), FINALIZE) == 0); /* once more changes nothing */
    rescue(reveal(a));
    memset(((cell *)gc_handle_get(rescuer))->slots, 0, 8 * sizeof(cell *));
    collect_young();
    CHECK(!gc_has_pending());
    collect();
    CHECK(gc_run_pending(m) == 1 && finalized_tags[1] == 1 && finalized_tags[2] == 1 && deallocated_tags[1] == 1);
    collect();
    CHECK(!alive(a) && !alive(b) && !gc_has_pending());
}

/* What a finalizable object reaches dies after it, whichever is found first. */
TEST(minor_dying_reached_from_a_finalizable)
{
    start_young();
    cell *c = reveal(new_dying(1, FINALIZE)), *below = reveal(new_dying(2, DEALLOC));
    below->tag = 1001;
    c->slots[0] = below;
    uintptr_t a = hide(c), b = hide(below);
    c = below = NULL;
    collect_young();
    CHECK(gc_run_pending(m) == 1 && finalized_tags[1] == 1 && alive(b));
    collect();
    CHECK(gc_run_pending(m) == 1 && deallocated_tags[1001 % 64] == 1 && !alive(a));
    collect();
    CHECK(!alive(b));
}

/* ------------------------------------------------------------------ extension memory and handles */

static NOINLINE uintptr_t
write_young(void *place, uint32_t tag)
{
    cell *c = reveal(new_dying(tag, DEALLOC));
    gc_dying_unregister(c);
    memcpy(place, &c, sizeof c);
    return hide(c);
}

static void
check_kept(uintptr_t hidden)
{
    CHECK(alive(hidden));
    check_intact(reveal(hidden));
}

static void
check_extension_root(gc_ext_kind kind, size_t size, size_t offset)
{
    char *block = gc_ext_malloc_kind(size, kind);
    memset(block, 0, size);
    collect();
    for (uint32_t i = 0; i < 3; i++) {
        uintptr_t young = write_young(block + offset, i);
        collect_young();
        check_kept(young);
        collect_young();
        check_kept(young);
        memset(block, 0, size);
        collect();
        CHECK(!alive(young));
    }
    gc_ext_free(block);
}

TEST(minor_extension_root)
{
    start_young();
    check_extension_root(GC_EXT_ROOT, 64, 0);
    check_extension_root(GC_EXT_ROOT, 64, 56);
    check_extension_root(GC_EXT_ROOT, 100000, 99992);
    check_extension_root(GC_EXT_ROOT, 5000000, 4000000); /* watched, when it has held no reference for a while */
}

TEST(minor_extension_packed)
{
    start_young();
    check_extension_root(GC_EXT_PACKED, 64, 13);
    check_extension_root(GC_EXT_PACKED, 100000, 99991);
}

/* Reached once, it is looked through until the next full cycle; after that only if it is reached again. */
static void
check_extension_reached(size_t size)
{
    gc_handle owner = new_kept(1, 0);
    char *block = gc_ext_malloc_kind(size, GC_EXT_REACHED);
    uintptr_t hidden_block = hide(block);
    memset(block, 0, size);
    gc_store(gc_handle_get(owner), &((cell *)gc_handle_get(owner))->slots[0], block);
    block = NULL;
    for (uint32_t i = 0; i < 6; i++) {
        if (i % 3 == 0)
            collect();
        else
            collect_young();
        uintptr_t young = write_young((char *)reveal(hidden_block) + size / 2 / 8 * 8, i);
        collect_young();
        check_kept(young);
    }
    gc_store(gc_handle_get(owner), &((cell *)gc_handle_get(owner))->slots[0], NULL);
    collect();
    uintptr_t young = write_young(reveal(hidden_block), 7);
    collect_young();
    CHECK(!alive(young));
    gc_ext_free(reveal(hidden_block));
    gc_handle_free(owner);
}

TEST(minor_extension_reached)
{
    start_young();
    check_extension_reached(64);
    check_extension_reached(100000);
}

/* An old object refers to it already when it becomes memory of that kind. */
static void
check_becomes_reached(gc_ext_kind before, size_t size)
{
    gc_handle owner = new_kept(1, 0);
    char *block = gc_ext_malloc_kind(size, before);
    uintptr_t hidden_block = hide(block);
    memset(block, 0, size);
    gc_store(gc_handle_get(owner), &((cell *)gc_handle_get(owner))->slots[0], block);
    collect();
    CHECK(gc_ext_set_kind(block, GC_EXT_REACHED));
    block = NULL;
    for (uint32_t i = 0; i < 3; i++) {
        uintptr_t young = write_young(reveal(hidden_block), i);
        collect_young();
        check_kept(young);
    }
    collect();
    check_kept(hide(*(void **)reveal(hidden_block)));
    gc_ext_free(reveal(hidden_block));
    gc_handle_free(owner);
}

TEST(minor_extension_becomes_reached)
{
    start_young();
    check_becomes_reached(GC_EXT_ROOT, 64);
    check_becomes_reached(GC_EXT_OPAQUE, 64);
    check_becomes_reached(GC_EXT_OPAQUE, 100000);
}

TEST(minor_extension_opaque)
{
    start_young();
    char *block = gc_ext_malloc_kind(64, GC_EXT_OPAQUE);
    collect();
    uintptr_t young = write_young(block, 1);
    collect_young();
    CHECK(!alive(young));
    gc_ext_free(block);
}

TEST(minor_handles)
{
    start_young();
    for (uint32_t i = 0; i < 10; i++) {
        gc_handle h = new_old_dying(i, DEALLOC);
        gc_dying_unregister(gc_handle_get(h));
        uintptr_t hidden = hidden_of(h);
        collect_young();
        collect_young();
        check_kept(hidden);
        gc_handle_free(h);
        uintptr_t young = drop(new_kept(0, 0));
        collect_young();
        CHECK(!alive(young) && alive(hidden));
        collect();
        CHECK(!alive(hidden));
    }
}

static void *range[16];

TEST(minor_root_ranges)
{
    start_young();
    static void *lo = range, *hi = range + 16;
    gc_root_range_add(&lo, &hi);
    collect();
    for (uint32_t i = 0; i < 16; i++) {
        uintptr_t young = write_young(&range[i], i);
        collect_young();
        check_kept(young);
    }
    gc_root_range_remove(&lo);
}
