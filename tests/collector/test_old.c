/* test_old.c: minor cycles without a barrier (gc_options.watch_old): what old objects refer to lives, whoever wrote it
 * there, and what only young ones did dies. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "driver.h"
#include "gc_internal.h"

#include <sys/wait.h>
#include <unistd.h>

#define OWNERS 3000u
#define OWNER_BYTES ((size_t)480)
#define OWNER_WORDS (OWNER_BYTES / sizeof(void *))
#define LARGE_BYTES ((size_t)60000)

static const gc_layout all_references = {.fixed_words = 1, .repeat_words = 1, .bitmap = {2}};

static uintptr_t owners[OWNERS]; /* complements */
static gc_handle table;          /* an array of them, that keeps them alive */

static void **
owner(size_t i)
{
    return reveal(owners[i]);
}

static NOINLINE void *
new_owner(gc_kind kind, size_t bytes)
{
    if (kind == GC_TRACED)
        return new_cell((uint32_t)((bytes - sizeof(cell)) / sizeof(cell *)), 0);
    void **p = gc_alloc(m, bytes, kind);
    CHECK(p != NULL);
    if (kind == GC_DESCRIBED)
        *p = (void *)&all_references;
    return p;
}

static NOINLINE void
make_owners(gc_kind kind)
{
    void **all = gc_alloc(m, OWNERS * sizeof *all, GC_CONSERVATIVE);
    CHECK(all != NULL);
    table = gc_handle_new(all);
    for (size_t i = 0; i < OWNERS; i++) {
        all = gc_handle_get(table);
        all[i] = new_owner(kind, OWNER_BYTES);
        owners[i] = hide(all[i]);
    }
}

/* Start, make the owners and two full cycles: they are old then, and their blocks closed.  False: the kernel can't tell
 * which pages are written to, and so each cycle is full. */
static bool
start_watching(gc_kind kind, unsigned disabled)
{
    gc_options options = {.watch_old = true,
                          .min_trigger_bytes = (size_t)1 << 20,
                          .poison = true,
                          .verify = !(disabled & GC_ROOT_OLD),
                          .disabled_roots = disabled | GC_ROOT_STACK | GC_ROOT_REGISTERS};
    start(&options);
    make_owners(kind);
    collect();
    collect();
    if (gc_written_init())
        return true;
    puts("skipped: this kernel can't tell which pages were written");
    return false;
}

/* Go on until the next cycle comes by itself; large garbage takes no small object's place. */
static NOINLINE bool
next_cycle_is_minor(void)
{
    gc_stats before = stats_now();
    clear_stack();
    for (unsigned cycles = cycles_ended; cycles_ended == cycles;)
        CHECK(gc_alloc(m, LARGE_BYTES, GC_LEAF) != NULL);
    gc_stats after = stats_now();
    CHECK(after.collections == before.collections + 1);
    return after.minor_collections != before.minor_collections;
}

static NOINLINE uintptr_t
new_young(uint32_t tag)
{
    cell *below = new_cell(0, tag + 1), *c = new_cell(1, tag);
    c->slots[0] = below;
    return hide(c);
}

static NOINLINE uintptr_t
store_young(void **slot, uint32_t tag)
{
    uintptr_t young = new_young(tag);
    *slot = reveal(young);
    return young;
}

static NOINLINE void
check_young(uintptr_t hidden, uint32_t tag)
{
    CHECK(alive(hidden));
    const cell *c = reveal(hidden);
    CHECK(c->tag == tag && alive(hide(c->slots[0])) && c->slots[0]->tag == tag + 1);
}

static void
check_stores(gc_kind kind)
{
    if (!start_watching(kind, 0))
        return;
    for (uint32_t round = 0; round < 7; round++) {
        size_t i = next_random() % OWNERS, word = 1 + next_random() % (OWNER_WORDS - 1);
        uintptr_t young = store_young(owner(i) + word, round);
        CHECK(next_cycle_is_minor());
        check_young(young, round);
        CHECK(next_cycle_is_minor()); /* it is old itself now */
        check_young(young, round);
        owner(i)[word] = NULL;
    }
}

TEST(old_store_conservative)
{
    check_stores(GC_CONSERVATIVE);
}

TEST(old_store_described)
{
    check_stores(GC_DESCRIBED);
}

TEST(old_store_traced)
{
    check_stores(GC_TRACED);
}

/* It is the watching that the others test. */
TEST(old_without_old_roots)
{
    if (!start_watching(GC_CONSERVATIVE, GC_ROOT_OLD))
        return;
    uintptr_t young = store_young(owner(7) + 5, 1);
    CHECK(next_cycle_is_minor());
    CHECK(!alive(young));
    owner(7)[5] = NULL;
}

/* What is stored by the kernel counts too. */
TEST(old_store_by_a_system_call)
{
    int ends[2];
    if (!start_watching(GC_CONSERVATIVE, 0))
        return;
    CHECK(pipe(ends) == 0);
    uintptr_t young = new_young(1), plain = ~young;
    CHECK(write(ends[1], &plain, sizeof plain) == sizeof plain);
    plain = 0;
    CHECK(read(ends[0], owner(1234) + 20, sizeof plain) == sizeof plain);
    CHECK(next_cycle_is_minor());
    check_young(young, 1);
}

TEST(old_objects_beside_young_ones_and_large_ones)
{
    if (!start_watching(GC_CONSERVATIVE, 0))
        return;
    gc_handle sparse = gc_handle_new(new_owner(GC_CONSERVATIVE, 64));
    gc_handle large = gc_handle_new(new_owner(GC_CONSERVATIVE, LARGE_BYTES));
    CHECK(next_cycle_is_minor());
    uintptr_t a = store_young((void **)gc_handle_get(sparse) + 3, 1);
    uintptr_t b = store_young((void **)gc_handle_get(large) + 5000, 2);
    CHECK(next_cycle_is_minor());
    check_young(a, 1);
    check_young(b, 2);
}

TEST(old_garbage_waits_for_a_full_cycle)
{
    if (!start_watching(GC_CONSERVATIVE, 0))
        return;
    uintptr_t young = new_young(1);
    gc_handle_free(table);
    CHECK(next_cycle_is_minor());
    CHECK(!alive(young) && alive(owners[0]) && alive(owners[OWNERS - 1]));
    unsigned minor = 0;
    while (next_cycle_is_minor())
        CHECK(++minor < 100);
    CHECK(!alive(owners[0]) && !alive(owners[OWNERS - 1]));
}

/* Nothing is allocated in a closed block, and a full cycle opens it. */
TEST(old_closed_blocks_are_left_alone)
{
    if (!start_watching(GC_CONSERVATIVE, 0))
        return;
    const gc_block *block = gc_block_of_byte(gc_byte_of((uintptr_t)owner(OWNERS / 2)));
    CHECK(block->flags & BLOCK_CLOSED);
    for (unsigned i = 0; i < 20000; i++)
        CHECK(!(gc_block_of_byte(gc_byte_of((uintptr_t)gc_alloc(m, 16 + i % 480, GC_LEAF)))->flags & BLOCK_CLOSED));
    gc_handle_free(table);
    collect();
    CHECK(!(block->flags & BLOCK_CLOSED));
}

/* Who writes everywhere gets full cycles. */
TEST(old_gives_up_where_all_is_written)
{
    if (!start_watching(GC_CONSERVATIVE, 0))
        return;
    unsigned minor = 0;
    for (unsigned cycle = 0; cycle < 100; cycle++) {
        for (size_t i = 0; i < OWNERS; i++)
            owner(i)[9] = (void *)(uintptr_t)cycle;
        minor += next_cycle_is_minor();
    }
    CHECK(minor > 0 && minor < 20);
}

/* In a child nothing is watched at first. */
TEST(old_after_fork)
{
    if (!start_watching(GC_CONSERVATIVE, 0))
        return;
    uintptr_t before = store_young(owner(10) + 10, 1);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        uintptr_t young = store_young(owner(2000) + 11, 2);
        for (unsigned i = 0; i < 20; i++) {
            next_cycle_is_minor();
            check_young(before, 1);
            check_young(young, 2);
        }
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(next_cycle_is_minor());
    check_young(before, 1);
}
