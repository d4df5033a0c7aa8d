/* roots_each.c: the roots of the next cycle, one after the other, for who asks what they refer to.
 *
 * The order is that of preference when two chains are equally long: what a program names first. */
#define GC_INTERNAL
#include "gc_internal.h"

typedef struct one_kind {
    gc_root_kind kind;
    const gc_root_visitor *v;
} one_kind;

static void
found(uintptr_t word, void *arg)
{
    const one_kind *k = arg;
    k->v->one(k->kind, word, k->v->arg);
}

static void
each_word(gc_root_kind kind, void (*scan)(gc_tracer *t), const gc_root_visitor *v)
{
    one_kind k = {kind, v};
    if (scan != NULL)
        gc_mark_check(scan, found, &k);
}

/* The parts of a range that lie in no weak one. */
static void
each_range(gc_root_kind kind, uintptr_t lo, uintptr_t hi, void *arg)
{
    const gc_root_visitor *v = arg;
    lo = (lo + 7) & ~(uintptr_t)7;
    hi &= ~(uintptr_t)7;
    while (lo < hi) {
        uintptr_t end = gc_roots_skip_weak(&lo, hi);
        if (lo < end)
            v->range(kind, lo, end, 8, v->arg);
        lo = end;
    }
}

/* ------------------------------------------------------------------ extension memory */

static void
each_block(uintptr_t start, size_t size, unsigned kind, void *arg)
{
    const gc_root_visitor *v = arg;
    if (kind == GC_EXT_ROOT)
        each_range(GC_ROOT_EXTENSION, start, start + size, arg);
    else if (kind == GC_EXT_PACKED)
        v->range(GC_ROOT_EXTENSION, start, start + size, 1, v->arg);
}

static void
each_cell(gc_ext_page *page, uintptr_t start, void *arg)
{
    for (unsigned i = 0; i < page->fresh; i++) {
        uintptr_t cell = start + (size_t)i * page->cell;
        uint8_t byte = __atomic_load_n(gc_byte_of(cell), __ATOMIC_RELAXED);
        if (byte & 1)
            each_block(cell, page->cell, GC_BYTE_KIND_OF(byte), arg);
    }
}

static void
each_run(gc_run *run, void *arg)
{
    if (run->owner == RUN_EXT)
        each_block(run->start, run->size, GC_BYTE_KIND_OF(gc_run_byte(run)), arg);
}

/* ------------------------------------------------------------------ all of them */

void
gc_roots_each(unsigned kinds, const uintptr_t *registers, const gc_root_visitor *v)
{
    if (kinds & GC_ROOT_DYING)
        each_word(GC_ROOT_DYING, gc_dying_scan_roots, v);
    if (kinds & GC_ROOT_HANDLE)
        each_word(GC_ROOT_HANDLE, gc_handle_scan, v);
    if (kinds & GC_ROOT_EMBEDDER)
        each_word(GC_ROOT_EMBEDDER, gc_heap.embedder.trace_roots, v);
    gc_roots_ranges(kinds, registers, each_range, (void *)v);
    if (kinds & GC_ROOT_EXTENSION) {
        gc_ext_each_page(each_cell, (void *)v);
        gc_large_each(each_run, (void *)v);
    }
}
