/* driver.c: main, the test embedder, and what the tests share. */
#include "driver.h"

#include <unistd.h>

typedef struct test {
    const char *name;
    test_function run;
} test;

#define COLLECT_STEP 16384

static test tests[512];
static size_t test_count;

_Thread_local gc_mutator *m;
const char *image_path;
unsigned finalized_tags[64], deallocated_tags[64], cleared_tags[64];
unsigned pending_calls, cycles_begun, cycles_ended;
void (*on_finalize)(cell *c), (*on_dealloc)(cell *c);
void (*extra_roots)(gc_tracer *t);
void (*on_cycle_end)(void);
void (*on_weak_died)(uintptr_t tag);
bool (*on_out_of_memory)(size_t size);
static uint64_t random_state = 88172645463325252ull;

void
add_test(const char *name, test_function run)
{
    CHECK(test_count < sizeof tests / sizeof tests[0]);
    tests[test_count++] = (test){name, run};
}

static void
trace(void *object, size_t size, gc_tracer *t)
{
    cell *c = object;
    if (sizeof(cell) + c->count * sizeof(cell *) > size) {
        fprintf(stderr, "trace: %p is no cell\n", object);
        abort();
    }
    for (uint32_t i = 0; i < c->count; i++)
        gc_visit(t, (uintptr_t)c->slots[i]);
}

static void
trace_roots(gc_tracer *t)
{
    if (extra_roots != NULL)
        extra_roots(t);
}

static void
finalize(void *object)
{
    cell *c = object;
    finalized_tags[c->tag % 64]++;
    if (on_finalize != NULL)
        on_finalize(c);
}

static void
dealloc(void *object)
{
    cell *c = object;
    deallocated_tags[c->tag % 64]++;
    if (on_dealloc != NULL)
        on_dealloc(c);
}

static void
clear_weak(void *owner, void *target)
{
    (void)owner;
    cleared_tags[((cell *)target)->tag % 64]++;
}

static void
pending(void)
{
    pending_calls++;
}

static void
weak_died(uintptr_t tag)
{
    if (on_weak_died != NULL)
        on_weak_died(tag);
}

static bool
out_of_memory(size_t size)
{
    return on_out_of_memory != NULL && on_out_of_memory(size);
}

static void
cycle_begin(void)
{
    cycles_begun++;
}

static void
cycle_end(void)
{
    cycles_ended++;
    if (on_cycle_end != NULL)
        on_cycle_end();
}

gc_options
generations_without(unsigned disabled)
{
    return (gc_options){.generations = true,
                        .nursery_bytes = NURSERY,
                        .min_trigger_bytes = (size_t)256 << 20,
                        .poison = true,
                        .verify = !(disabled & GC_ROOT_OLD),
                        .disabled_roots = disabled | GC_ROOT_STACK | GC_ROOT_REGISTERS};
}

cell *
make_list(unsigned length, unsigned tag)
{
    cell *list = NULL;
    for (unsigned i = 0; i < length; i++) {
        cell *c = new_cell(1, tag + i);
        c->slots[0] = list;
        list = c;
    }
    return list;
}

void
check_list(const cell *list, unsigned length, unsigned tag)
{
    for (unsigned i = length; i-- > 0; list = list->slots[0])
        CHECK(list != NULL && list->tag == tag + i);
    CHECK(list == NULL);
}

size_t
resident_bytes(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    unsigned long size, resident;
    CHECK(f != NULL && fscanf(f, "%lu %lu", &size, &resident) == 2);
    fclose(f);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

void
free_block(cell *c)
{
    gc_ext_free(c->slots[0]);
}

void
start(const gc_options *options)
{
    static const gc_embedder embedder = {
        .trace = trace,
        .trace_roots = trace_roots,
        .finalize = finalize,
        .dealloc = dealloc,
        .clear_weak = clear_weak,
        .pending = pending,
        .cycle_begin = cycle_begin,
        .cycle_end = cycle_end,
        .weak_died = weak_died,
        .out_of_memory = out_of_memory,
    };
    gc_set_embedder(&embedder);
    CHECK(gc_init(options) == 0);
    m = gc_mutator_attach(NULL, NULL);
    CHECK(m != NULL);
}

cell *
new_cell(uint32_t count, uint32_t tag)
{
    cell *c = gc_alloc(m, sizeof(cell) + count * sizeof(cell *), GC_TRACED);
    CHECK(c != NULL);
    c->count = count;
    c->tag = tag;
    return c;
}

NOINLINE bool
alive(uintptr_t hidden)
{
    return gc_object_base(reveal(hidden)) == reveal(hidden);
}

NOINLINE void
clear_stack(void)
{
    volatile char waste[16384];
    for (size_t i = 0; i < sizeof waste; i++)
        waste[i] = 0;
}

NOINLINE void
collect(void)
{
    clear_stack();
    gc_collect(m);
}

gc_stats
stats_now(void)
{
    gc_stats stats;
    gc_get_stats(m, &stats);
    return stats;
}

NOINLINE void
collect_young(void)
{
    gc_stats before = stats_now();
    unsigned cycles = cycles_ended;
    ptrdiff_t external = 0;
    clear_stack();
    /* As if so much had been allocated: real objects would take the places of dead ones that a test asks for. */
    for (; cycles_ended == cycles; external += COLLECT_STEP) {
        gc_external_bytes(COLLECT_STEP);
        CHECK(gc_alloc(m, 16, GC_LEAF) != NULL);
    }
    gc_external_bytes(-external);
    gc_stats after = stats_now();
    CHECK(after.collections == before.collections + 1);
    CHECK(after.minor_collections == before.minor_collections + 1);
}

uint64_t
next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

int
main(int argc, char **argv)
{
    if (argc < 2) {
        for (size_t i = 0; i < test_count; i++)
            puts(tests[i].name);
        return 0;
    }
    image_path = argc > 2 ? argv[2] : NULL;
    for (size_t i = 0; i < test_count; i++) {
        if (strcmp(tests[i].name, argv[1]) != 0)
            continue;
        tests[i].run();
        CHECK(gc_verify() == 0);
        gc_mutator_detach(m);
        gc_shutdown();
        return 0;
    }
    fprintf(stderr, "no test is called %s\n", argv[1]);
    return 2;
}
