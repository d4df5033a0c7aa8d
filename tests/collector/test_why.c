/* test_why.c: the chain that keeps an object alive, from each kind of root and through each kind of block.
 *
 * The object in question is known as a complement only, and asked for from assembly, so that neither the stack
 * nor a register that survives a call holds it. */
#define _GNU_SOURCE
#include "driver.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

#define ROOM 16

/* In other objects' chains these would be roots: they are cleared before each search. */
static gc_step steps[ROOM];

static NOINLINE size_t
search(uintptr_t hidden, size_t room)
{
    size_t count;
    memset(steps, 0, sizeof steps);
#if defined(__x86_64__)
    __asm__ volatile("movq %%rsp, %%r12\n\t"
                     "andq $-16, %%rsp\n\t"
                     "notq %%rsi\n\t"
                     "call *%%rax\n\t"
                     "movq %%r12, %%rsp\n\t"
                     : "=a"(count), "+S"(hidden), "+c"(room)
                     : "a"(gc_why_alive), "D"(m), "d"(steps)
                     : "r12", "r8", "r9", "r10", "r11", "memory", "cc");
#else
#error "say how to pass an argument without keeping it here"
#endif
    return count;
}

/* From the test's own frame, so that the unused words of the callee's are clear too. */
#define ask_room(hidden, room) (clear_stack(), search(hidden, room))
#define ask(hidden) ask_room(hidden, ROOM)

static NOINLINE uintptr_t
hidden_cell(uint32_t tag)
{
    return hide(new_cell(4, tag));
}

/* In each step the place, if it is told, holds a pointer into the object. */
static NOINLINE void
check_places(size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (steps[i].place != NULL)
            CHECK(gc_object_base(*(void *const *)steps[i].place) == steps[i].object);
}

#define NO_PLACE hide(NULL)

/* The place is hidden too: it would keep its object alive. */
static NOINLINE void
check_step(size_t i, unsigned root, uintptr_t hidden_place, uintptr_t hidden)
{
    CHECK(steps[i].root == (gc_root_kind)root);
    CHECK(hide(steps[i].place) == hidden_place);
    CHECK(hide(steps[i].object) == hidden);
}

static NOINLINE void
put(void **place, uintptr_t hidden)
{
    void *p = reveal(hidden);
    memcpy(place, &p, sizeof p); /* it may be unaligned */
    __asm__ volatile("" : : "r"(place) : "memory"); /* scanned, though never read again */
}

/* `bytes` further into what is hidden there. */
static NOINLINE uintptr_t
inside(uintptr_t hidden, size_t bytes)
{
    return hide((char *)reveal(hidden) + bytes);
}

/* ------------------------------------------------------------------ kinds of roots */

static NOINLINE gc_handle
handle_of(uintptr_t hidden)
{
    return gc_handle_new(reveal(hidden));
}

TEST(why_handle)
{
    start(NULL);
    uintptr_t object = hidden_cell(1);
    gc_handle h = handle_of(object);
    CHECK(ask(object) == 1);
    check_step(0, GC_ROOT_HANDLE, NO_PLACE, object);
    CHECK(gc_handle_free(h));
    CHECK(ask(object) == 0 && errno == 0);
    CHECK(steps[0].object == NULL);
}

static void
extension_case(size_t size)
{
    start(NULL);
    void **block = gc_ext_calloc(1, size);
    uintptr_t object = hidden_cell(1);
    put(&block[5], object);
    CHECK(ask(object) == 1);
    check_step(0, GC_ROOT_EXTENSION, hide(&block[5]), object);
    CHECK(gc_ext_set_kind(block, GC_EXT_OPAQUE));
    CHECK(ask(object) == 0);
    CHECK(gc_ext_set_kind(block, GC_EXT_ROOT));
    gc_ext_free(block);
    CHECK(ask(object) == 0);
}

TEST(why_extension)
{
    extension_case(64);
}

TEST(why_extension_run)
{
    extension_case(300000);
}

static void *own_data;

TEST(why_data)
{
    start(NULL);
    /* A large one: the image's data hold the collector's too, which may point at what was bumped last. */
    uintptr_t object = hide(gc_alloc(m, 40000, GC_LEAF));
    put(&own_data, object);
    CHECK(ask(object) == 0);
    CHECK(gc_root_image_add(&own_data) == 0);
    CHECK(ask(object) == 1);
    check_step(0, GC_ROOT_DATA, hide(&own_data), object);
    own_data = NULL;
    CHECK(ask(object) == 0);
}

TEST(why_range)
{
    start(NULL);
    static void *lo, *hi;
    void **area = calloc(8, sizeof *area);
    lo = area;
    hi = area + 8;
    gc_root_range_add(&lo, &hi);
    uintptr_t object = hidden_cell(1);
    put(&area[7], object);
    CHECK(ask(object) == 1);
    check_step(0, GC_ROOT_RANGE, hide(&area[7]), object);
    hi = area + 7;
    CHECK(ask(object) == 0);
    gc_root_range_remove(&lo);
    free(area);
}

static uintptr_t extra;

static void
visit_extra(gc_tracer *t)
{
    gc_visit(t, ~extra);
}

TEST(why_embedder)
{
    start(NULL);
    extra = hidden_cell(1);
    extra_roots = visit_extra;
    CHECK(ask(extra) == 1);
    check_step(0, GC_ROOT_EMBEDDER, NO_PLACE, extra);
    extra_roots = NULL;
    CHECK(ask(extra) == 0);
}

static NOINLINE void
register_finalizer(uintptr_t hidden)
{
    CHECK(gc_dying_register(reveal(hidden), GC_DYING_FINALIZE) == 0);
}

TEST(why_dying)
{
    start(NULL);
    uintptr_t object = hidden_cell(1);
    register_finalizer(object);
    CHECK(ask(object) == 0);
    collect();
    CHECK(gc_has_pending());
    CHECK(ask(object) == 1);
    check_step(0, GC_ROOT_DYING, NO_PLACE, object);
    CHECK(gc_run_pending(m) == 1);
    CHECK(ask(object) == 0);
}

TEST(why_stack)
{
    start(NULL);
    void *kept[2] = {NULL, NULL};
    uintptr_t object = hidden_cell(1);
    put(&kept[1], object);
    CHECK(ask(object) == 1);
    check_step(0, GC_ROOT_STACK, hide(&kept[1]), object);
    put(&kept[1], NO_PLACE);
    CHECK(ask(object) == 0);
}

static uintptr_t of_thread;
static int thread_state; /* 1: it holds the object; 2: it may end */

static void *
hold(void *arg)
{
    (void)arg;
    gc_mutator *own = gc_mutator_attach(NULL, NULL);
    CHECK(own != NULL);
    void *kept;
    put(&kept, of_thread);
    __atomic_store_n(&thread_state, 1, __ATOMIC_RELEASE);
    while (__atomic_load_n(&thread_state, __ATOMIC_ACQUIRE) != 2)
        sched_yield();
    put(&kept, NO_PLACE);
    gc_mutator_detach(own);
    return NULL;
}

TEST(why_other_threads_stack)
{
    start(NULL);
    of_thread = hidden_cell(1);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, hold, NULL) == 0);
    while (__atomic_load_n(&thread_state, __ATOMIC_ACQUIRE) != 1)
        sched_yield();
    CHECK(ask(of_thread) == 1);
    CHECK(steps[0].root == GC_ROOT_STACK && steps[0].place != NULL && hide(steps[0].object) == of_thread);
    __atomic_store_n(&thread_state, 2, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    CHECK(ask(of_thread) == 0);
}

/* The only reference is in rbx, which the callers of gc_why_alive expect to survive. */
TEST(why_registers)
{
    start(NULL);
    uintptr_t object = hidden_cell(1);
    size_t count;
    clear_stack();
#if defined(__x86_64__)
    __asm__ volatile("movq %%rsp, %%r12\n\t"
                     "andq $-16, %%rsp\n\t"
                     "notq %%rsi\n\t"
                     "movq %%rsi, %%rbx\n\t"
                     "call *%%rax\n\t"
                     "xorl %%ebx, %%ebx\n\t"
                     "movq %%r12, %%rsp\n\t"
                     : "=a"(count)
                     : "a"(gc_why_alive), "D"(m), "S"(object), "d"(steps), "c"(ROOM)
                     : "rbx", "r12", "r8", "r9", "r10", "r11", "memory", "cc");
#endif
    CHECK(count == 1 && steps[0].root == GC_ROOT_REGISTERS && hide(steps[0].object) == object);
}

/* ------------------------------------------------------------------ chains */

static NOINLINE void
link_cells(uintptr_t from, unsigned slot, uintptr_t to)
{
    ((cell *)reveal(from))->slots[slot] = reveal(to);
}

static NOINLINE uintptr_t
slot_of(uintptr_t from, unsigned slot)
{
    return hide(&((cell *)reveal(from))->slots[slot]);
}

TEST(why_through_traced)
{
    start(NULL);
    uintptr_t a = hidden_cell(1), b = hidden_cell(2), object = hidden_cell(3);
    gc_handle h = handle_of(a);
    link_cells(a, 3, b);
    link_cells(b, 1, object);
    link_cells(object, 0, a); /* a cycle is no reason to live */
    CHECK(ask(object) == 3);
    check_step(0, GC_ROOT_HANDLE, NO_PLACE, a);
    check_step(1, 0, slot_of(a, 3), b);
    check_step(2, 0, slot_of(b, 1), object);
    gc_handle_free(h);
    CHECK(ask(object) == 0);
}

static NOINLINE uintptr_t
hidden_block(size_t size, gc_kind kind, uintptr_t contents, size_t at)
{
    void **block = gc_alloc(m, size, kind);
    CHECK(block != NULL);
    block[at] = (char *)reveal(contents) + 5; /* an interior pointer */
    return hide(block);
}

static void
through_block(size_t size, gc_kind kind, bool found)
{
    start(NULL);
    uintptr_t object = hidden_cell(1);
    uintptr_t block = hidden_block(size, kind, object, size / 8 - 1);
    gc_handle h = handle_of(block);
    CHECK(ask(block) == 1);
    CHECK(ask(object) == (found ? 2 : 0));
    if (found) {
        check_step(0, GC_ROOT_HANDLE, NO_PLACE, block);
        check_step(1, 0, inside(block, size - 8), object);
    }
    gc_handle_free(h);
    CHECK(ask(object) == 0);
}

TEST(why_through_conservative)
{
    through_block(64, GC_CONSERVATIVE, true);
}

TEST(why_through_conservative_run)
{
    through_block(40000, GC_CONSERVATIVE, true);
}

TEST(why_through_conservative_huge)
{
    through_block(5 << 20, GC_CONSERVATIVE, true);
}

TEST(why_not_through_leaf)
{
    through_block(64, GC_LEAF, false);
}

TEST(why_not_through_leaf_run)
{
    through_block(40000, GC_LEAF, false);
}

static NOINLINE uintptr_t
hidden_reached(size_t size, uintptr_t contents)
{
    void **block = gc_ext_malloc_kind(size, GC_EXT_REACHED);
    memset(block, 0, size);
    block[2] = reveal(contents);
    return hide(block);
}

static NOINLINE void
free_hidden(uintptr_t hidden)
{
    gc_ext_free(reveal(hidden));
}

static void
through_reached(size_t size)
{
    start(NULL);
    uintptr_t object = hidden_cell(1), hidden = hidden_reached(size, object);
    uintptr_t owner = hidden_block(32, GC_CONSERVATIVE, hidden, 1);
    CHECK(ask(object) == 0);
    gc_handle h = handle_of(owner);
    CHECK(ask(object) == 3);
    check_step(1, 0, inside(owner, 8), hidden);
    check_step(2, 0, inside(hidden, 16), object);
    CHECK(ask(hidden) == 2);
    gc_handle_free(h);
    free_hidden(hidden);
}

TEST(why_through_reached_extension)
{
    through_reached(64);
}

TEST(why_through_reached_extension_run)
{
    through_reached(100000);
}

static NOINLINE uintptr_t
hidden_described(uintptr_t first, uintptr_t second)
{
    static const union {
        uint64_t words[2];
        gc_layout layout;
    } pair = {.words = {3, 4}}; /* three words, of which only the last is a reference */
    const void **p = gc_alloc(m, 24, GC_DESCRIBED);
    p[0] = &pair.layout;
    p[1] = reveal(first);
    p[2] = reveal(second);
    return hide(p);
}

TEST(why_through_described)
{
    start(NULL);
    uintptr_t number = hidden_cell(1), object = hidden_cell(2), owner = hidden_described(number, object);
    gc_handle h = handle_of(owner);
    CHECK(ask(object) == 2);
    check_step(1, 0, inside(owner, 16), object);
    CHECK(ask(number) == 0);
    gc_handle_free(h);
}

TEST(why_packed)
{
    start(NULL);
    char *block = gc_ext_malloc_kind(64, GC_EXT_PACKED);
    memset(block, 0, 64);
    uintptr_t object = hidden_cell(1);
    put((void **)(void *)(block + 13), object);
    CHECK(ask(object) == 1);
    check_step(0, GC_ROOT_EXTENSION, hide(block + 13), object);
    gc_ext_free(block);
    CHECK(ask(object) == 0);
}

TEST(why_not_from_weak_ranges)
{
    start(NULL);
    void **block = gc_ext_calloc(8, sizeof *block);
    uintptr_t object = hidden_cell(1), owner = hidden_block(64, GC_CONSERVATIVE, object, 3);
    gc_handle h = handle_of(owner);
    put(&block[4], object);
    gc_root_weak_range_add(block + 4, block + 5);
    CHECK(ask(object) == 2);
    gc_root_weak_range_add((char *)reveal(owner) + 24, (char *)reveal(owner) + 32);
    CHECK(ask(object) == 0);
    put(&block[5], object);
    CHECK(ask(object) == 1);
    check_step(0, GC_ROOT_EXTENSION, hide(&block[5]), object);
    gc_root_weak_range_remove(block + 4);
    CHECK(ask(object) == 1);
    check_step(0, GC_ROOT_EXTENSION, hide(&block[4]), object);
    gc_root_weak_range_remove((char *)reveal(owner) + 24);
    gc_handle_free(h);
    gc_ext_free(block);
}

static NOINLINE void
set_ephemeron(uintptr_t owner, uintptr_t key, uintptr_t value)
{
    CHECK(gc_ephemeron_set(reveal(owner), reveal(key), reveal(value)) == 0);
}

TEST(why_through_ephemerons)
{
    start(NULL);
    uintptr_t owner = hidden_cell(1), key = hidden_cell(2), value = hidden_cell(3), object = hidden_cell(4);
    set_ephemeron(owner, value, object);
    set_ephemeron(owner, key, value);
    gc_handle of_owner = handle_of(owner);
    CHECK(ask(object) == 0 && ask(value) == 0);
    gc_handle of_key = handle_of(key);
    CHECK(ask(value) == 2);
    CHECK(ask(object) == 2);
    check_step(0, GC_ROOT_HANDLE, NO_PLACE, owner);
    check_step(1, 0, NO_PLACE, object);
    gc_handle_free(of_owner);
    CHECK(ask(object) == 0);
    gc_handle_free(of_key);
}

TEST(why_shortest)
{
    start(NULL);
    uintptr_t a = hidden_cell(1), b = hidden_cell(2), c = hidden_cell(3), object = hidden_cell(4);
    gc_handle far = handle_of(a);
    link_cells(a, 0, b);
    link_cells(b, 0, c);
    link_cells(c, 0, object);
    CHECK(ask(object) == 4);
    void **block = gc_ext_calloc(4, sizeof *block);
    put(&block[1], c);
    CHECK(ask(object) == 2);
    check_step(0, GC_ROOT_EXTENSION, hide(&block[1]), c);
    check_step(1, 0, slot_of(c, 0), object);
    block[1] = NULL;
    /* Who asks holds the object: that is told only when nothing else is. */
    void *kept;
    put(&kept, object);
    CHECK(ask(object) == 4);
    CHECK(steps[0].root == GC_ROOT_HANDLE);
    gc_handle_free(far);
    CHECK(ask(object) == 1);
    CHECK(steps[0].root == GC_ROOT_STACK);
    put(&kept, NO_PLACE);
    CHECK(ask(object) == 0);
    gc_ext_free(block);
}

TEST(why_room)
{
    start(NULL);
    uintptr_t a = hidden_cell(1), b = hidden_cell(2), object = hidden_cell(3);
    gc_handle h = handle_of(a);
    link_cells(a, 0, b);
    link_cells(b, 0, object);
    CHECK(ask_room(object, 2) == 3);
    check_step(1, 0, slot_of(a, 0), b);
    CHECK(steps[2].object == NULL);
    CHECK(ask_room(object, 0) == 3);
    CHECK(steps[0].object == NULL);
    gc_handle_free(h);
}

TEST(why_no_object)
{
    start(NULL);
    int local;
    void *block = gc_ext_malloc(40);
    CHECK(gc_why_alive(m, NULL, steps, ROOM) == 0);
    CHECK(gc_why_alive(m, &local, steps, ROOM) == 0);
    CHECK(gc_why_alive(m, block, steps, ROOM) == 0);
    uintptr_t object = hidden_cell(1);
    gc_handle h = handle_of(object);
    CHECK(ask(object - 9) == 1); /* an address inside means the object */
    check_step(0, GC_ROOT_HANDLE, NO_PLACE, object);
    gc_handle_free(h);
    collect();
    CHECK(ask(object) == 0);
    gc_ext_free(block);
}

enum { LENGTH = 300000 };

static NOINLINE uintptr_t
append_cells(uintptr_t head, uint32_t count)
{
    cell *last = reveal(head);
    for (uint32_t i = 1; i < count; i++) {
        cell *c = new_cell(1, i);
        last->slots[0] = c;
        last = c;
    }
    return hide(last);
}

/* Far longer than any C stack is deep. */
TEST(why_long_list)
{
    start(NULL);
    uintptr_t head = hidden_cell(0);
    gc_handle h = handle_of(head);
    uintptr_t tail = append_cells(head, LENGTH);
    CHECK(ask(tail) == LENGTH);
    check_step(0, GC_ROOT_HANDLE, NO_PLACE, head);
    check_places(ROOM);
    collect();
    CHECK(ask(tail) == LENGTH);
    gc_handle_free(h);
    CHECK(ask(tail) == 0);
}

/* ------------------------------------------------------------------ as the next cycle would find it */

enum { CELLS = 400 };
static uintptr_t graph[CELLS];
static bool said_alive[CELLS];

static NOINLINE void
build_graph(void)
{
    for (uint32_t i = 0; i < CELLS; i++)
        graph[i] = i % 3 != 0 ? hidden_cell(i) : hide(gc_alloc(m, 48, GC_CONSERVATIVE));
    for (uint32_t i = 0; i < CELLS; i++) {
        uintptr_t to = graph[next_random() % CELLS], slot = next_random() % 4;
        if (i % 3 != 0)
            link_cells(graph[i], (unsigned)slot, to);
        else
            put((void **)reveal(graph[i]) + slot, inside(to, next_random() % 32));
    }
}

TEST(why_agrees_with_marking)
{
    for (int round = 0; round < 20; round++) {
        if (round == 0)
            start(NULL);
        build_graph();
        gc_handle h[4];
        for (int i = 0; i < 4; i++)
            h[i] = handle_of(graph[next_random() % CELLS]);
        for (int i = 0; i < CELLS; i++) {
            size_t count = ask(graph[i]);
            said_alive[i] = count != 0;
            CHECK(count == 0 || steps[0].root == GC_ROOT_HANDLE);
            if (count != 0 && count <= ROOM)
                CHECK(hide(steps[count - 1].object) == graph[i]);
            check_places(count < ROOM ? count : ROOM);
        }
        memset(steps, 0, sizeof steps);
        collect();
        for (int i = 0; i < CELLS; i++)
            CHECK(alive(graph[i]) == said_alive[i]);
        for (int i = 0; i < 4; i++)
            gc_handle_free(h[i]);
    }
}
