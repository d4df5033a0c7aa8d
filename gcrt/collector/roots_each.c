/* roots_each.c: the roots of the next cycle, one after the other, for who asks what they refer to.
 *
 * The order is that of preference when two chains are equally long: what a program names first.  The images'
 * data and the ranges are enumerated by the scan itself, which knows no places. */
#define GC_INTERNAL
#include "gc_internal.h"

typedef struct scan {
    gc_root_kind kind;
    const gc_root_visitor *v;
    const gc_root_frame *frame;
} scan;

static void
found(uintptr_t word, void *arg)
{
    const scan *s = arg;
    s->v->one(s->kind, word, s->v->arg);
}

static void
scan_kind(gc_tracer *t, void *arg)
{
    const scan *s = arg;
    gc_roots_scan(t, ~(unsigned)s->kind, s->frame->registers, s->frame->count);
}

/* Queues of the dying are scanned whatever is disabled: so by themselves when everything is. */
static void
each_word(gc_root_kind kind, const gc_root_frame *frame, const gc_root_visitor *v)
{
    scan s = {kind, v, frame};
    gc_mark_check(scan_kind, &s, found, &s);
}

static void
each_range(gc_root_kind kind, uintptr_t lo, uintptr_t hi, size_t step, const gc_root_visitor *v)
{
    if (step == 8) {
        lo = (lo + 7) & ~(uintptr_t)7;
        hi &= ~(uintptr_t)7;
    }
    if (lo < hi)
        v->range(kind, lo, hi, step, v->arg);
}

/* ------------------------------------------------------------------ extension memory */

static void
each_block(uintptr_t start, size_t size, unsigned kind, const gc_root_visitor *v)
{
    if (kind == GC_EXT_ROOT || kind == GC_EXT_PACKED)
        each_range(GC_ROOT_EXTENSION, start, start + size, kind == GC_EXT_ROOT ? 8 : 1, v);
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
gc_roots_each(unsigned kinds, const gc_root_frame *frame, const gc_root_visitor *v)
{
    if (kinds & GC_ROOT_DYING)
        each_word(GC_ROOT_DYING, frame, v);
    if (kinds & GC_ROOT_HANDLE)
        each_word(GC_ROOT_HANDLE, frame, v);
    if (kinds & GC_ROOT_EMBEDDER)
        each_word(GC_ROOT_EMBEDDER, frame, v);
    if (kinds & GC_ROOT_DATA)
        each_word(GC_ROOT_DATA, frame, v);
    if (kinds & GC_ROOT_RANGE)
        each_word(GC_ROOT_RANGE, frame, v);
    if (kinds & GC_ROOT_EXTENSION) {
        gc_ext_each_page(each_cell, (void *)v);
        gc_large_each(each_run, (void *)v);
    }
    if (kinds & GC_ROOT_STACK)
        for (const gc_mutator_state *m = gc_mutators; m != NULL; m = m->next)
            each_range(GC_ROOT_STACK, m == gc_current ? frame->sp : m->sp, m->stack_hi, 8, v);
    if (kinds & GC_ROOT_REGISTERS)
        each_range(GC_ROOT_REGISTERS, (uintptr_t)frame->registers,
                   (uintptr_t)(frame->registers + frame->count), 8, v);
}
