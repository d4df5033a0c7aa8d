/* test_roots.c: each kind of root keeps objects alive, and loses them when it is left out. */
#define _GNU_SOURCE
#include "driver.h"

#include <dlfcn.h>

#define N 32

static uintptr_t hidden[N];

/* Each cell refers to a second one, so that contents and tracing are checked too. */
static NOINLINE void
make_cells(void **into)
{
    for (int i = 0; i < N; i++) {
        cell *c = new_cell(1, (uint32_t)i);
        c->slots[0] = new_cell(0, (uint32_t)i + 1000);
        hidden[i] = hide(c);
        if (into != NULL)
            into[i] = c;
    }
}

static NOINLINE int
count_alive(void)
{
    int n = 0;
    for (int i = 0; i < N; i++) {
        if (!alive(hidden[i]))
            continue;
        cell *c = reveal(hidden[i]);
        CHECK(c->tag == (uint32_t)i && c->slots[0]->tag == (uint32_t)i + 1000);
        n++;
    }
    return n;
}

static void
check_kept(unsigned disabled)
{
    int n = count_alive();
    if (disabled == 0)
        CHECK(n == N);
    else
        CHECK(n <= 2); /* a stale word may be unlucky */
}

static void
start_without(unsigned disabled)
{
    gc_options options = {.disabled_roots = disabled};
    start(&options);
}

static void
stack_case(unsigned disabled)
{
    start_without(disabled);
    void *volatile kept[N];
    make_cells((void **)kept);
    collect();
    check_kept(disabled);
    __asm__ volatile("" : : "r"(kept) : "memory");
}

TEST(root_stack)
{
    stack_case(0);
}

TEST(root_stack_disabled)
{
    stack_case(GC_ROOT_STACK);
}

/* The only reference is in rbx, which gc_collect's callers expect to survive. */
static NOINLINE void
collect_with_rbx(uintptr_t hidden_object)
{
    clear_stack();
#if defined(__x86_64__)
    __asm__ volatile("movq %%rsp, %%r12\n\t"
                     "andq $-16, %%rsp\n\t"
                     "movq %0, %%rbx\n\t"
                     "notq %%rbx\n\t"
                     "movq %1, %%rdi\n\t"
                     "call *%2\n\t"
                     "movq %%r12, %%rsp\n\t"
                     :
                     : "r"(hidden_object), "m"(m), "r"(gc_collect)
                     : "rbx", "r12", "rdi", "rsi", "rcx", "rdx", "r8", "r9", "r10", "r11", "rax",
                       "memory", "cc");
#else
#error "say how to hold a reference in a callee-saved register here"
#endif
}

static void
register_case(unsigned disabled)
{
    start_without(disabled);
    int kept = 0;
    for (int i = 0; i < N; i++) {
        make_cells(NULL);
        collect_with_rbx(hidden[i]);
        kept += alive(hidden[i]);
    }
    CHECK(disabled == 0 ? kept == N : kept <= 2);
}

TEST(root_registers)
{
    register_case(0);
}

TEST(root_registers_disabled)
{
    register_case(GC_ROOT_REGISTERS);
}

static void *own_data[N];
static __thread void *own_thread_data[N];

static void
data_case(unsigned disabled, void **data, const void *address)
{
    start_without(disabled);
    CHECK(gc_root_image_add(address) == 0);
    CHECK(gc_root_image_add(address) == 0); /* twice is once */
    make_cells(data);
    collect();
    check_kept(disabled);
}

TEST(root_data)
{
    data_case(0, own_data, own_data);
}

TEST(root_data_disabled)
{
    data_case(GC_ROOT_DATA, own_data, own_data);
}

TEST(root_data_removed)
{
    data_case(0, own_data, own_data);
    gc_root_image_remove(own_data);
    collect();
    CHECK(count_alive() <= 2);
    CHECK(gc_root_image_add((void *)16) == -1);
}

TEST(root_data_thread_local)
{
    data_case(0, own_thread_data, own_data);
}

TEST(root_data_thread_local_disabled)
{
    data_case(GC_ROOT_DATA, own_thread_data, own_data);
}

static void
image_case(bool thread_local_data, unsigned disabled)
{
    CHECK(image_path != NULL);
    void *image = dlopen(image_path, RTLD_NOW);
    CHECK(image != NULL);
    void **data = dlsym(image, "image_data");
    void **(*thread_data)(void) = (void **(*)(void))(uintptr_t)dlsym(image, "image_thread_data");
    CHECK(data != NULL && thread_data != NULL);
    data_case(disabled, thread_local_data ? thread_data() : data, data);
}

TEST(root_data_shared_object)
{
    image_case(false, 0);
}

TEST(root_data_shared_object_disabled)
{
    image_case(false, GC_ROOT_DATA);
}

TEST(root_data_shared_object_thread_local)
{
    image_case(true, 0);
}

static void
extension_case(unsigned disabled, size_t size)
{
    start_without(disabled);
    void **block = gc_ext_malloc(size);
    memset(block, 0, size);
    uintptr_t hidden_block = hide(block);
    make_cells(block);
    block = NULL;
    collect();
    check_kept(disabled);
    gc_ext_free(reveal(hidden_block));
    collect();
    CHECK(count_alive() <= 2);
}

TEST(root_extension)
{
    extension_case(0, N * sizeof(void *));
}

TEST(root_extension_disabled)
{
    extension_case(GC_ROOT_EXTENSION, N * sizeof(void *));
}

TEST(root_extension_run)
{
    extension_case(0, 100000);
}

TEST(root_extension_huge)
{
    extension_case(0, 5000000);
}

TEST(root_extension_huge_disabled)
{
    extension_case(GC_ROOT_EXTENSION, 5000000);
}

static void
handle_case(unsigned disabled)
{
    start_without(disabled);
    make_cells(NULL);
    gc_handle handles[N];
    for (int i = 0; i < N; i++)
        handles[i] = gc_handle_new(reveal(hidden[i]));
    collect();
    check_kept(disabled);
    for (int i = 0; i < N; i++) {
        CHECK(gc_handle_get(handles[i]) == reveal(hidden[i]));
        CHECK(gc_handle_free(handles[i]));
        CHECK(!gc_handle_free(handles[i]));
        CHECK(gc_handle_get(handles[i]) == NULL);
    }
    gc_handle again = gc_handle_new(m);
    CHECK(again != handles[N - 1] && gc_handle_get(handles[N - 1]) == NULL && gc_handle_get(again) == m);
    CHECK(gc_handle_get(0) == NULL && gc_handle_get(~0ull) == NULL && !gc_handle_free(12345));
    CHECK(gc_handle_free(again));
    collect();
    CHECK(count_alive() <= 2);
}

TEST(root_handle)
{
    handle_case(0);
}

TEST(root_handle_disabled)
{
    handle_case(GC_ROOT_HANDLE);
}

static void
range_case(unsigned disabled)
{
    start_without(disabled);
    void **area = malloc(2 * N * sizeof *area);
    memset(area, 0, 2 * N * sizeof *area);
    static void *lo, *hi;
    lo = hi = area;
    gc_root_range_add(&lo, &hi);
    make_cells(area);
    hi = area + N; /* read at each cycle */
    collect();
    check_kept(disabled);
    hi = area;
    collect();
    CHECK(count_alive() <= 2);
    hi = area + N;
    make_cells(area);
    gc_root_range_remove(&lo);
    collect();
    CHECK(count_alive() <= 2);
    free(area);
}

TEST(root_range)
{
    range_case(0);
}

TEST(root_range_disabled)
{
    range_case(GC_ROOT_RANGE);
}

static void
visit_hidden(gc_tracer *t)
{
    for (int i = 0; i < N; i++)
        gc_visit(t, ~hidden[i]);
}

static void
embedder_case(unsigned disabled)
{
    start_without(disabled);
    make_cells(NULL);
    extra_roots = visit_hidden;
    collect();
    check_kept(disabled);
    extra_roots = NULL;
    collect();
    CHECK(count_alive() <= 2);
}

TEST(root_embedder)
{
    embedder_case(0);
}

TEST(root_embedder_disabled)
{
    embedder_case(GC_ROOT_EMBEDDER);
}

/* A pointer anywhere inside an object counts; one past its end, into freed memory or into the
 * collector's own tables doesn't. */
static void
interior_case(size_t size, gc_kind kind)
{
    start(NULL);
    char **words = gc_ext_calloc(2, sizeof *words);
    for (size_t offset = 0; offset < size; offset += offset < 64 || offset + 64 > size ? 1 : size / 61) {
        char *p = gc_alloc(m, size, kind);
        uintptr_t was = hide(p);
        words[0] = p + offset;
        p = NULL;
        collect();
        CHECK(alive(was));
        CHECK(gc_object_base(words[0]) == reveal(was));
        CHECK(gc_object_size(reveal(was)) == ((size + 15) & ~(size_t)15));
        CHECK(gc_object_kind(reveal(was)) == kind);
        words[0] = NULL;
    }
    gc_ext_free(words);
}

TEST(interior_small)
{
    interior_case(16, GC_LEAF);
}

TEST(interior_cell)
{
    interior_case(200, GC_CONSERVATIVE);
}

TEST(interior_medium)
{
    interior_case(8192, GC_LEAF);
}

TEST(interior_run)
{
    interior_case(70001, GC_LEAF);
}

TEST(interior_huge)
{
    interior_case(6 << 20, GC_LEAF);
}

TEST(outside_words)
{
    start(NULL);
    char *p = gc_alloc(m, 64, GC_LEAF);
    uintptr_t slab = (uintptr_t)p & ~(uintptr_t)((2 << 20) - 1);
    CHECK(gc_object_base((void *)slab) == NULL);
    CHECK(gc_object_base((void *)(slab + 100000)) == NULL);
    CHECK(gc_object_base(p - 1) == NULL);
    CHECK(gc_object_base(p + 64) == NULL);
    CHECK(gc_object_base(p + 4000) == NULL);
    CHECK(gc_object_base(NULL) == NULL);
    CHECK(gc_object_base((void *)~(uintptr_t)0) == NULL);
    CHECK(gc_object_base(p + 63) == p);
    CHECK(gc_contains(p) && !gc_contains(&slab) && !gc_contains(NULL));
    CHECK(gc_object_size(p + 16) == 64); /* any address in it */
    collect();
    for (uintptr_t a = slab; a < slab + (2 << 20); a += 8)
        gc_object_base((void *)a);
    CHECK(gc_object_base(p) == p);
}
