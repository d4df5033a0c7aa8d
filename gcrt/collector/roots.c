/* roots.c: where marking starts: stacks, registers, images' data, ranges; and what is left out, weak ranges.
 *
 * The tables are changed under the heap's lock and read with the world stopped.
 *
 * An image's thread-local block has an address in each thread, or none yet.  The loader tells the calling
 * thread's; the others' are read from their dynamic thread vector as the ELF TLS ABI for x86-64 lays it out (the
 * second word of the thread control block; U. Drepper, "ELF Handling For Thread-Local Storage"), but only if
 * that way gives the right answer for the calling thread too. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "gc_internal.h"

#include <link.h>

/* One piece of an image's writable data, or the size of its thread-local block. */
typedef struct segment {
    uintptr_t image; /* the address of its program headers tells images apart */
    uintptr_t lo, hi;
    size_t tls_bytes, tls_module; /* 0: no thread-local block */
    bool seen;
} segment;

typedef struct range {
    void *const *lo, *const *hi;
} range;

typedef struct weak_range {
    uintptr_t lo, hi;
} weak_range;

static gc_array segment_array, range_array, weak_array;
static bool vectors_work; /* the way to other threads' thread-local blocks */

#define SEGMENTS ((segment *)segment_array.data)
#define N_SEGMENTS (segment_array.bytes / sizeof(segment))
#define RANGES ((range *)range_array.data)
#define N_RANGES (range_array.bytes / sizeof(range))
#define WEAK_RANGES ((weak_range *)weak_array.data)
#define N_WEAK_RANGES (weak_array.bytes / sizeof(weak_range))

/* Append `bytes` bytes of item. */
static bool
add_item(gc_array *array, const void *item, size_t bytes)
{
    if (!gc_array_reserve(array, bytes))
        return false;
    memcpy(array->data + array->bytes, item, bytes);
    array->bytes += bytes;
    return true;
}

static void
remove_item(gc_array *array, size_t index, size_t bytes)
{
    char *item = array->data + index * bytes;
    array->bytes -= bytes;
    memmove(item, item + bytes, array->bytes - index * bytes);
}

/* ------------------------------------------------------------------ images */

static uintptr_t
image_of(const struct dl_phdr_info *info)
{
    return (uintptr_t)info->dlpi_phdr;
}

static int
add_segment(segment s)
{
    if (s.lo >= s.hi && s.tls_bytes == 0)
        return 0;
    return add_item(&segment_array, &s, sizeof s) ? 0 : -1;
}

/* A writable segment without what the loader makes read-only after relocation. */
static int
add_writable(uintptr_t image, uintptr_t lo, uintptr_t hi, uintptr_t relro_lo, uintptr_t relro_hi)
{
    if (relro_lo >= hi || relro_hi <= lo)
        return add_segment((segment){.image = image, .lo = lo, .hi = hi});
    if (add_segment((segment){.image = image, .lo = lo, .hi = relro_lo}) < 0)
        return -1;
    return add_segment((segment){.image = image, .lo = relro_hi, .hi = hi});
}

static int
add_image(const struct dl_phdr_info *info)
{
    uintptr_t image = image_of(info), base = info->dlpi_addr, relro_lo = 0, relro_hi = 0;
    int result = 0;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        if (ph->p_type == PT_GNU_RELRO) {
            relro_lo = base + ph->p_vaddr;
            relro_hi = relro_lo + ph->p_memsz;
        }
    }
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        uintptr_t lo = base + ph->p_vaddr, hi = lo + ph->p_memsz;
        if (ph->p_type == PT_LOAD && (ph->p_flags & PF_W))
            result |= add_writable(image, lo, hi, relro_lo, relro_hi);
        if (ph->p_type == PT_TLS && ph->p_memsz != 0) {
            result |= add_segment((segment){
                .image = image, .tls_bytes = ph->p_memsz, .tls_module = info->dlpi_tls_modid});
        }
    }
    return result;
}

typedef struct image_search {
    uintptr_t address;
    int result;
} image_search;

static bool
contains_address(const struct dl_phdr_info *info, uintptr_t address)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        if (ph->p_type == PT_LOAD && address - (info->dlpi_addr + ph->p_vaddr) < ph->p_memsz)
            return true;
    }
    return false;
}

static bool
is_added(uintptr_t image)
{
    for (size_t i = 0; i < N_SEGMENTS; i++)
        if (SEGMENTS[i].image == image)
            return true;
    return false;
}

static void
drop_image(uintptr_t image)
{
    for (size_t i = N_SEGMENTS; i-- > 0;)
        if (SEGMENTS[i].image == image)
            remove_item(&segment_array, i, sizeof(segment));
}

static int
add_found_image(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    image_search *search = arg;
    if (!contains_address(info, search->address))
        return 0;
    search->result = is_added(image_of(info)) ? 0 : add_image(info);
    if (search->result < 0)
        drop_image(image_of(info));
    return 1;
}

static int
drop_found_image(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    image_search *search = arg;
    if (!contains_address(info, search->address))
        return 0;
    drop_image(image_of(info));
    return 1;
}

/* The loader's lock comes before ours: a cycle takes them in this order too. */
int
gc_root_image_add(const void *addr)
{
    image_search search = {.address = (uintptr_t)addr, .result = -1};
    dl_iterate_phdr(add_found_image, &search);
    return search.result;
}

void
gc_root_image_remove(const void *addr)
{
    image_search search = {.address = (uintptr_t)addr};
    dl_iterate_phdr(drop_found_image, &search);
}

/* The block of a module in the thread whose control block is at tcb; 0: it has none yet. */
static uintptr_t
block_in_vector(const void *tcb, size_t module)
{
    typedef struct vector_item {
        uintptr_t value, unused; /* of item -1: how many there are */
    } vector_item;
    const vector_item *vector = ((const vector_item *const *)tcb)[1];
    if (vector == NULL || module > vector[-1].value || vector[module].value == UINTPTR_MAX)
        return 0;
    return vector[module].value;
}

static int
look_at_image(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)arg;
    for (size_t i = 0; i < N_SEGMENTS; i++) {
        segment *s = &SEGMENTS[i];
        if (s->image != image_of(info))
            continue;
        s->seen = true;
        if (s->tls_bytes == 0 || size < offsetof(struct dl_phdr_info, dlpi_tls_data) + sizeof(void *))
            continue;
        s->lo = (uintptr_t)info->dlpi_tls_data; /* the collecting thread's */
        if (s->lo != 0 && block_in_vector(gc_thread_self(), s->tls_module) != s->lo)
            vectors_work = false;
    }
    return 0;
}

void
gc_roots_prepare(void)
{
    if (segment_array.bytes == 0)
        return;
    for (size_t i = 0; i < N_SEGMENTS; i++)
        SEGMENTS[i].seen = false;
#if defined(__x86_64__) && defined(__GLIBC__)
    vectors_work = true;
#endif
    dl_iterate_phdr(look_at_image, NULL);
}

/* Images that were unloaded without a word are forgotten, rather than read. */
static void
drop_unloaded(void)
{
    for (size_t i = N_SEGMENTS; i-- > 0;)
        if (!SEGMENTS[i].seen)
            remove_item(&segment_array, i, sizeof(segment));
}

typedef struct visitor {
    void (*visit)(gc_root_kind kind, uintptr_t lo, uintptr_t hi, void *arg);
    void *arg;
} visitor;

static void
each_thread_local(const segment *s, visitor v)
{
    if (s->lo != 0)
        v.visit(GC_ROOT_DATA, s->lo, s->lo + s->tls_bytes, v.arg);
    for (gc_mutator_state *m = gc_mutators; vectors_work && m != NULL; m = m->next) {
        uintptr_t lo = block_in_vector(m->thread, s->tls_module);
        if (lo != 0 && lo != s->lo)
            v.visit(GC_ROOT_DATA, lo, lo + s->tls_bytes, v.arg);
    }
}

static void
each_image(visitor v)
{
    for (size_t i = 0; i < N_SEGMENTS; i++) {
        const segment *s = &SEGMENTS[i];
        if (s->tls_bytes != 0)
            each_thread_local(s, v);
        else
            v.visit(GC_ROOT_DATA, s->lo, s->hi, v.arg);
    }
}

/* ------------------------------------------------------------------ ranges */

void
gc_root_range_add(void *const *lo, void *const *hi)
{
    range r = {lo, hi};
    gc_lock(&gc_heap.lock);
    bool added = add_item(&range_array, &r, sizeof r);
    gc_unlock(&gc_heap.lock);
    if (!added)
        gc_heap_fatal("no memory to register a root range");
}

void
gc_root_range_remove(void *const *lo)
{
    gc_lock(&gc_heap.lock);
    for (size_t i = N_RANGES; i-- > 0;) {
        if (RANGES[i].lo == lo) {
            remove_item(&range_array, i, sizeof(range));
            break;
        }
    }
    gc_unlock(&gc_heap.lock);
}

/* Kept in ascending order. */
void
gc_root_weak_range_add(const void *lo, const void *hi)
{
    weak_range r = {(uintptr_t)lo, (uintptr_t)hi};
    gc_lock(&gc_heap.lock);
    bool added = add_item(&weak_array, &r, sizeof r);
    for (size_t i = N_WEAK_RANGES; added && --i > 0 && WEAK_RANGES[i - 1].lo > r.lo;) {
        WEAK_RANGES[i] = WEAK_RANGES[i - 1];
        WEAK_RANGES[i - 1] = r;
    }
    gc_unlock(&gc_heap.lock);
    if (!added)
        gc_heap_fatal("no memory to register a weak range");
}

void
gc_root_weak_range_remove(const void *lo)
{
    gc_lock(&gc_heap.lock);
    for (size_t i = N_WEAK_RANGES; i-- > 0;) {
        if (WEAK_RANGES[i].lo == (uintptr_t)lo) {
            remove_item(&weak_array, i, sizeof(weak_range));
            break;
        }
    }
    gc_unlock(&gc_heap.lock);
}

bool
gc_roots_have_weak(void)
{
    return weak_array.bytes != 0;
}

uintptr_t
gc_roots_skip_weak(uintptr_t *lo, uintptr_t hi)
{
    for (size_t i = 0; i < N_WEAK_RANGES; i++) {
        weak_range r = WEAK_RANGES[i];
        if (r.hi <= *lo)
            continue;
        if (r.lo >= hi)
            break;
        if (r.lo > *lo)
            return r.lo;
        *lo = r.hi < hi ? r.hi : hi;
    }
    return hi;
}

/* ------------------------------------------------------------------ all of them */

static void
each_stack(visitor v)
{
    for (gc_mutator_state *m = gc_mutators; m != NULL; m = m->next) {
        if (m->sp < m->stack_lo || m->sp > m->stack_hi)
            gc_heap_fatal("the stack pointer %p is outside the mutator's stack [%p, %p)", (void *)m->sp,
                          (void *)m->stack_lo, (void *)m->stack_hi);
        v.visit(GC_ROOT_STACK, m->sp, m->stack_hi, v.arg);
    }
}

/* The other threads' registers lie on their stacks. */
void
gc_roots_ranges(unsigned kinds, const uintptr_t *registers,
                void (*visit)(gc_root_kind kind, uintptr_t lo, uintptr_t hi, void *arg), void *arg)
{
    visitor v = {visit, arg};
    drop_unloaded();
    if (kinds & GC_ROOT_REGISTERS)
        visit(GC_ROOT_REGISTERS, (uintptr_t)registers, (uintptr_t)(registers + GC_SPILLED), arg);
    if (kinds & GC_ROOT_STACK)
        each_stack(v);
    if (kinds & GC_ROOT_DATA)
        each_image(v);
    if (kinds & GC_ROOT_RANGE)
        for (size_t i = 0; i < N_RANGES; i++)
            visit(GC_ROOT_RANGE, (uintptr_t)*RANGES[i].lo, (uintptr_t)*RANGES[i].hi, arg);
}

static void
mark_range(gc_root_kind kind, uintptr_t lo, uintptr_t hi, void *arg)
{
    (void)kind;
    gc_mark_root_range(arg, lo, hi);
}

void
gc_roots_scan(gc_tracer *t, unsigned disabled, const uintptr_t *registers)
{
    if (gc_heap.minor && !(disabled & GC_ROOT_OLD)) {
        if (gc_cycle_has_generations())
            gc_cards_scan(t);
        else
            gc_old_scan(t);
    }
    gc_roots_ranges(~disabled, registers, mark_range, t);
    if (!(disabled & GC_ROOT_EXTENSION))
        gc_ext_scan_roots(t);
    if (!(disabled & GC_ROOT_HANDLE))
        gc_handle_scan(t);
    if (!(disabled & GC_ROOT_EMBEDDER) && gc_heap.embedder.trace_roots != NULL)
        gc_heap.embedder.trace_roots(t);
    gc_dying_scan_roots(t);
}

void
gc_roots_shutdown(void)
{
    gc_array_free(&segment_array);
    gc_array_free(&range_array);
    gc_array_free(&weak_array);
}
