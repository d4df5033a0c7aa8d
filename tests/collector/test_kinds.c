/* test_kinds.c: described objects, packed and weak memory, ephemerons, weak references without an owner. */
#define _GNU_SOURCE
#include "driver.h"

#include <errno.h>

#define N 24

static uintptr_t hidden[N];

/* How many of the objects in hidden[from], hidden[from + step], ... live. */
static int
count_alive(int from, int step)
{
    int n = 0;
    for (int i = from; i < N; i += step)
        n += alive(hidden[i]);
    return n;
}

/* ------------------------------------------------------------------ described objects */

typedef struct layout_of_3_and_2 {
    gc_layout head;
    uint64_t bits[1];
} layout_of_3_and_2;

/* Words: layout, reference, number; then pairs of a number and a reference. */
static const layout_of_3_and_2 mixed = {{.fixed_words = 3, .repeat_words = 2}, {2 + (2 << 3)}};

static NOINLINE void
fill_described(uintptr_t *object, size_t words)
{
    object[0] = (uintptr_t)&mixed;
    for (size_t i = 1; i < words; i++) {
        object[i] = (uintptr_t)new_cell(0, (uint32_t)i);
        hidden[i] = hide((void *)object[i]);
    }
}

static void
described_case(size_t words)
{
    uintptr_t *volatile object = gc_alloc(m, words * sizeof(uintptr_t), GC_DESCRIBED);
    CHECK(object != NULL);
    collect(); /* its layout is not there yet: nothing is scanned */
    fill_described(object, words);
    collect();
    for (size_t i = 1; i < words; i++) {
        bool reference = i == 1 || (i >= 3 && (i - 3) % 2 == 1);
        CHECK(alive(hidden[i]) == reference);
    }
}

TEST(described)
{
    start(NULL);
    described_case(3);
    described_case(11);
    described_case(20);
}

static const struct {
    gc_layout head;
    uint64_t bits[2];
} long_layout = {{.fixed_words = 70, .repeat_words = 0}, {(uint64_t)1 << 63, 1 << 4}};

/* Bits beyond the first word of the bitmap, and a tail that is leaf; as a large object too. */
TEST(described_long)
{
    start(NULL);
    static const size_t sizes[] = {70 * 8, 75 * 8, 20000};
    for (int k = 0; k < 3; k++) {
        uintptr_t *volatile object = gc_alloc(m, sizes[k], GC_DESCRIBED);
        object[0] = (uintptr_t)&long_layout;
        static const size_t places[] = {62, 63, 68, 67};
        for (int i = 0; i < 4; i++) {
            object[places[i]] = (uintptr_t)new_cell(0, 0);
            hidden[i] = hide((void *)object[places[i]]);
        }
        clear_stack();
        collect();
        CHECK(!alive(hidden[0]) && alive(hidden[1]) && alive(hidden[2]) && !alive(hidden[3]));
    }
}

static const struct {
    gc_layout head;
    uint64_t bits[1];
} layout_of_64 = {{.fixed_words = 64, .repeat_words = 0}, {((uint64_t)1 << 63) + (1 << 3)}};

/* One word of bits, all of them used; and an object that is shorter than its layout. */
TEST(described_by_one_word)
{
    start(NULL);
    uintptr_t *volatile whole = gc_alloc(m, 64 * 8, GC_DESCRIBED), *volatile part = gc_alloc(m, 4 * 8, GC_DESCRIBED);
    whole[0] = part[0] = (uintptr_t)&layout_of_64;
    static const size_t places[] = {3, 4, 62, 63};
    for (int i = 0; i < 4; i++) {
        whole[places[i]] = (uintptr_t)new_cell(0, 0);
        hidden[i] = hide((void *)whole[places[i]]);
    }
    part[3] = (uintptr_t)new_cell(0, 0);
    hidden[4] = hide((void *)part[3]);
    clear_stack();
    collect();
    CHECK(alive(hidden[0]) && !alive(hidden[1]) && !alive(hidden[2]) && alive(hidden[3]) && alive(hidden[4]));
}

/* ------------------------------------------------------------------ packed and weak memory */

static NOINLINE void
fill_packed(char *block, size_t stride)
{
    for (int i = 0; i < N; i++) {
        cell *c = new_cell(0, (uint32_t)i);
        memcpy(block + 1 + (size_t)i * stride, &c, sizeof c);
        hidden[i] = hide(c);
    }
}

static void
packed_case(gc_ext_kind kind, size_t size)
{
    char *block = gc_ext_malloc_kind(size, kind);
    memset(block, 0, size);
    fill_packed(block, 11);
    collect();
    int aligned = 0;
    for (int i = 0; i < N; i++)
        aligned += (1 + i * 11) % 8 == 0;
    int n = count_alive(0, 1);
    CHECK(kind == GC_EXT_PACKED ? n == N : n <= aligned + 2);
    gc_ext_free(block);
}

TEST(packed)
{
    start(NULL);
    packed_case(GC_EXT_PACKED, 300);
    packed_case(GC_EXT_ROOT, 300);
    packed_case(GC_EXT_PACKED, 100000);
    packed_case(GC_EXT_ROOT, 100000);
}

TEST(packed_is_a_choice_that_can_be_changed)
{
    start(NULL);
    char *block = gc_ext_calloc(1, 300);
    CHECK(gc_ext_set_kind(block, GC_EXT_PACKED));
    fill_packed(block, 11);
    collect();
    CHECK(count_alive(0, 1) == N);
    CHECK(gc_ext_set_kind(block, GC_EXT_OPAQUE));
    collect();
    CHECK(count_alive(0, 1) <= 2);
    CHECK(!gc_ext_set_kind(block, (gc_ext_kind)4));
    gc_ext_free(block);
}

static NOINLINE void
fill_words(void **block)
{
    for (int i = 0; i < N; i++) {
        block[i] = new_cell(0, (uint32_t)i);
        hidden[i] = hide(block[i]);
    }
}

/* Entries 4 to 7 and 16 to 19 are borrowed. */
static void
check_weak_ranges(void **block)
{
    fill_words(block);
    gc_root_weak_range_add(block + 16, block + 20);
    gc_root_weak_range_add(block + 4, block + 8);
    collect();
    for (int i = 0; i < N; i++)
        CHECK(alive(hidden[i]) == !((i >= 4 && i < 8) || (i >= 16 && i < 20)));
    gc_root_weak_range_remove(block + 4);
    for (int i = 4; i < 20; i++)
        block[i] = NULL;
    fill_words(block);
    collect();
    for (int i = 0; i < N; i++)
        CHECK(alive(hidden[i]) == !(i >= 16 && i < 20));
    gc_root_weak_range_remove(block + 16);
    fill_words(block);
    collect();
    CHECK(count_alive(0, 1) == N);
}

TEST(weak_range_in_extension_memory)
{
    start(NULL);
    void **block = gc_ext_malloc(N * sizeof *block);
    check_weak_ranges(block);
    gc_ext_free(block);
}

TEST(weak_range_in_a_conservative_object)
{
    start(NULL);
    void **volatile block = gc_alloc(m, N * sizeof *block, GC_CONSERVATIVE);
    check_weak_ranges(block);
}

/* ------------------------------------------------------------------ ephemerons */

enum { CHAIN = 12 };

static NOINLINE void
make_chain(cell *owner, cell *first)
{
    cell *key = first;
    /* Backwards in the table as likely as forwards: several rounds of marking. */
    for (int i = 0; i < CHAIN; i++) {
        cell *value = new_cell(0, (uint32_t)i);
        CHECK(gc_ephemeron_set(owner, key, value) == 0);
        hidden[i] = hide(value);
        key = value;
    }
}

TEST(ephemerons_keep_values_of_live_keys)
{
    start(NULL);
    cell *volatile owner = new_cell(0, 1), *volatile key = new_cell(0, 2);
    make_chain(owner, key);
    collect();
    for (int i = 0; i < CHAIN; i++)
        CHECK(alive(hidden[i]));
    CHECK(gc_ephemeron_get(owner, key) == reveal(hidden[0]));
    CHECK(owner != NULL && key != NULL);
}

static NOINLINE uintptr_t
make_ring(cell *owner)
{
    cell *key = new_cell(0, 20), *value = new_cell(1, 21);
    value->slots[0] = key; /* the value leads back to its key */
    CHECK(gc_ephemeron_set(owner, key, value) == 0);
    hidden[0] = hide(value);
    return hide(key);
}

TEST(ephemerons_die_with_their_key)
{
    start(NULL);
    cell *volatile owner = new_cell(0, 1);
    uintptr_t key = make_ring(owner);
    collect();
    CHECK(!alive(key) && !alive(hidden[0]) && cleared_tags[20] == 1);
    CHECK(gc_ephemeron_get(owner, reveal(key)) == NULL);
    CHECK(owner != NULL);
}

static NOINLINE uintptr_t
make_owned(cell *key)
{
    cell *owner = new_cell(0, 30);
    CHECK(gc_ephemeron_set(owner, key, new_cell(0, 31)) == 0);
    hidden[0] = hide(gc_ephemeron_get(owner, key));
    return hide(owner);
}

TEST(ephemerons_die_with_their_owner)
{
    start(NULL);
    cell *volatile key = new_cell(0, 32);
    uintptr_t owner = make_owned(key);
    collect();
    CHECK(!alive(owner) && !alive(hidden[0]) && alive(hide(key)) && cleared_tags[32] == 0);
}

TEST(ephemerons_are_replaced_and_removed)
{
    start(NULL);
    cell *volatile owner = new_cell(0, 1), *volatile key = new_cell(0, 2), *volatile value = new_cell(0, 3);
    CHECK(gc_ephemeron_set(owner, key, owner) == 0 && gc_ephemeron_set(owner, key, value) == 0);
    CHECK(gc_ephemeron_get(owner, key) == value);
    CHECK(gc_ephemeron_remove(owner, key) && !gc_ephemeron_remove(owner, key));
    CHECK(gc_ephemeron_get(owner, key) == NULL);
    CHECK(gc_ephemeron_set(NULL, key, value) < 0 && gc_ephemeron_set(owner, NULL, value) < 0);
}

/* ------------------------------------------------------------------ gc_weak */

static uintptr_t died[N];
static int n_died;

static void
note_death(uintptr_t tag)
{
    died[n_died++] = tag;
}

static NOINLINE void
make_weak(gc_weak *weak, cell **kept)
{
    for (int i = 0; i < N; i++) {
        cell *c = new_cell(0, (uint32_t)i);
        weak[i] = gc_weak_new(c, i % 3 == 0 ? 0 : (uintptr_t)i + 100);
        CHECK(weak[i] != 0 && gc_weak_get(weak[i]) == c);
        kept[i] = i % 2 == 0 ? c : NULL;
    }
}

TEST(weak_without_owner)
{
    start(NULL);
    on_weak_died = note_death;
    gc_weak weak[N];
    cell *volatile kept[N];
    make_weak(weak, (cell **)kept);
    collect();
    CHECK(n_died == 0 && gc_has_pending());
    gc_run_pending(m);
    for (int i = 0; i < N; i++)
        CHECK(gc_weak_get(weak[i]) == kept[i]);
    CHECK(n_died == N / 2 - N / 6 && !gc_has_pending());
    for (int i = 0; i < n_died; i++)
        CHECK(died[i] % 2 == 1 && (died[i] - 100) % 3 != 0);
    CHECK(gc_weak_free(weak[0]) && !gc_weak_free(weak[0]) && gc_weak_get(weak[0]) == NULL);
    gc_weak again = gc_weak_new(kept[2], 0);
    CHECK(again != weak[0] && gc_weak_get(again) == kept[2] && gc_weak_get(weak[0]) == NULL);
    CHECK(gc_weak_new(NULL, 1) == 0 && gc_weak_get(0) == NULL && gc_weak_get(12345) == NULL);
}

/* A safepoint runs what waits, and asks nothing afterwards. */
TEST(safepoint)
{
    start(NULL);
    on_weak_died = note_death;
    gc_weak weak[N];
    cell *kept[N];
    make_weak(weak, kept);
    memset(kept, 0, sizeof kept);
    collect();
    CHECK(m->poll != 0);
    gc_safepoint(m);
    CHECK(m->poll == 0 && n_died > 10);
}

/* ------------------------------------------------------------------ extension memory, out of memory */

TEST(ext_family)
{
    start(NULL);
    void *p = NULL;
    CHECK(gc_ext_posix_memalign(&p, 256, 1000) == 0 && (uintptr_t)p % 256 == 0);
    gc_ext_free(p);
    CHECK(gc_ext_posix_memalign(&p, 12, 10) == EINVAL && gc_ext_posix_memalign(&p, 4, 10) == EINVAL);
    CHECK(gc_ext_posix_memalign(&p, 64, SIZE_MAX / 2) == ENOMEM);
    char *s = gc_ext_strdup("granule"), *t = gc_ext_strndup("granule", 4);
    CHECK(strcmp(s, "granule") == 0 && strcmp(t, "gran") == 0);
    CHECK(gc_ext_usable_size(s) >= 8);
    gc_ext_free(s);
    gc_ext_free(t);
}

static cell *volatile hoard;
static int times_asked;

static bool
give_up_hoard(size_t size)
{
    CHECK(size == 100000);
    times_asked++;
    if (hoard == NULL)
        return false;
    hoard = NULL;
    return true;
}

static void
fill_heap(void)
{
    for (int i = 0; i < 2000; i++) {
        cell *c = gc_alloc(m, 8000, GC_TRACED);
        if (c == NULL)
            return;
        c->count = 1;
        c->slots[0] = hoard;
        hoard = c;
    }
}

TEST(out_of_memory_is_asked_about)
{
    gc_options options = {.max_heap_bytes = 8 << 20};
    static void *const *lo = (void *const *)&hoard, *const *hi = (void *const *)(&hoard + 1);
    start(&options);
    gc_root_range_add((void *const *)&lo, (void *const *)&hi);
    fill_heap();
    on_out_of_memory = give_up_hoard;
    clear_stack();
    void *p = gc_alloc(m, 100000, GC_LEAF);
    CHECK(times_asked <= 1);
    while (p != NULL && times_asked == 0)
        p = gc_alloc(m, 100000, GC_LEAF);
    CHECK(times_asked == 1 && p != NULL && hoard == NULL);
}
