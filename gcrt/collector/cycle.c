/* cycle.c: when to collect, and the steps of a collection.
 *
 * Trigger: what has come since the last cycle (objects, and growth of extension and external memory)
 * against growth_factor times what was alive at its end, and at least min_trigger_bytes.
 *
 * A cycle: spill the registers, finish the last sweep, advance the colour, mark from the roots; find
 * the dead with a finalizer and mark from them; clear weak references; find the dead with a dealloc
 * and mark from them; sort the blocks.  Sweeping itself is left to the allocators. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "gc_internal.h"

#include <stdlib.h>
#include <time.h>

#define DEFAULT_GROWTH 1.0
#define DEFAULT_MIN_TRIGGER ((size_t)32 << 20)
#define KEEP_BYTES ((size_t)8 << 20)

static struct {
    double growth;
    size_t min_trigger;
    unsigned long stress_every;
    unsigned disabled_roots;
    bool enabled;
    size_t threshold;
    size_t allocated;     /* bytes of objects since the last cycle, retired holes only */
    size_t outside_bytes; /* extension and external bytes at the end of the last cycle */
} cycle;

/* ------------------------------------------------------------------ life */

int
gc_init(const gc_options *options)
{
    gc_options none = {0};
    if (options == NULL)
        options = &none;
    if (gc_heap.base != 0 || gc_heap_init(options) < 0)
        return -1;
    cycle.growth = options->growth_factor > 0 ? options->growth_factor : DEFAULT_GROWTH;
    cycle.min_trigger = options->min_trigger_bytes != 0 ? options->min_trigger_bytes : DEFAULT_MIN_TRIGGER;
    cycle.threshold = cycle.min_trigger;
    cycle.stress_every = options->stress_every;
    cycle.disabled_roots = options->disabled_roots;
    cycle.enabled = true;
    cycle.allocated = cycle.outside_bytes = 0;
    gc_the_mutator = (gc_mutator_state){0};
    gc_stats_reset();
    gc_ext_set_owner(NULL);
    return 0;
}

void
gc_shutdown(void)
{
    gc_ext_shutdown();
    gc_large_reset();
    gc_roots_shutdown();
    gc_handle_shutdown();
    gc_dying_shutdown();
    gc_weak_shutdown();
    gc_the_mutator = (gc_mutator_state){0};
    gc_heap_shutdown();
}

void
gc_set_enabled(bool enabled)
{
    cycle.enabled = enabled;
}

bool
gc_is_enabled(void)
{
    return cycle.enabled;
}

/* ------------------------------------------------------------------ the trigger */

static size_t
outside_bytes(void)
{
    return gc_ext_bytes() + gc_ext_external();
}

bool
gc_cycle_due(void)
{
    size_t now = outside_bytes();
    size_t grown = now > cycle.outside_bytes ? now - cycle.outside_bytes : 0;
    return cycle.allocated + grown >= cycle.threshold;
}

bool
gc_cycle_may_collect(void)
{
    return cycle.enabled && !gc_heap.in_cycle;
}

void
gc_cycle_note_allocated(size_t bytes)
{
    cycle.allocated += bytes;
}

bool
gc_cycle_stressed(void)
{
    return cycle.stress_every != 0;
}

unsigned long
gc_cycle_stress_every(void)
{
    return cycle.stress_every;
}

void
gc_set_stress(gc_mutator *pub, unsigned long every)
{
    cycle.stress_every = every;
    ((gc_mutator_state *)pub)->stress_left = every;
    pub->limit = pub->bump;
}

static void
set_threshold(size_t live_bytes)
{
    cycle.outside_bytes = outside_bytes();
    double wish = cycle.growth * (double)(live_bytes + cycle.outside_bytes);
    cycle.threshold = wish < (double)(SIZE_MAX / 2) ? (size_t)wish : SIZE_MAX / 2;
    if (cycle.threshold < cycle.min_trigger)
        cycle.threshold = cycle.min_trigger;
    cycle.allocated = 0;
}

/* ------------------------------------------------------------------ a cycle */

static double
now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void
advance_colour(void)
{
    unsigned c = gc_heap.colour >> GC_COLOUR_SHIFT;
    gc_heap.colour = (uint8_t)((c == 3 ? 1 : c + 1) << GC_COLOUR_SHIFT);
}

/* Mark, and queue what dies.  Returns whether something was queued. */
static bool
mark_all(const uintptr_t *registers, size_t count, uintptr_t sp)
{
    gc_tracer *t = gc_mark_tracer();
    gc_ext_begin_cycle();
    gc_mark_begin();
    gc_roots_scan(t, cycle.disabled_roots, registers, count, sp);
    gc_mark_drain(t);
    bool queued = gc_dying_find_finalizable(t);
    queued |= gc_weak_clear();
    queued |= gc_dying_find_dead(t);
    return queued;
}

static bool
run_cycle(const uintptr_t *registers, size_t count, uintptr_t sp)
{
    gc_roots_prepare();
    gc_ext_lock();
    gc_sweep_finish();
    advance_colour();
    bool queued = mark_all(registers, count, sp);
    gc_mark_end(&gc_stats_counters.live_objects, &gc_stats_counters.live_bytes);
    if (gc_heap.verify && gc_verify_marked() != 0)
        gc_heap_fatal("the heap is inconsistent after marking");
    set_threshold(gc_stats_counters.live_bytes);
    size_t keep = cycle.threshold < SIZE_MAX / 4 ? cycle.threshold + KEEP_BYTES : cycle.threshold;
    gc_sweep_start(keep);
    gc_stats_counters.collections++;
    gc_ext_unlock();
    if (gc_heap.verify && gc_verify() != 0)
        gc_heap_fatal("the heap is inconsistent after a cycle");
    return queued;
}

/* Called with the caller's callee-saved registers in memory and its stack pointer. */
__attribute__((visibility("hidden"), used)) void
gc_cycle_run(gc_mutator *pub, const uintptr_t *registers, size_t count, uintptr_t sp)
{
    gc_mutator_state *m = (gc_mutator_state *)pub;
    double begin = now_ms();
    if (gc_heap.in_cycle)
        gc_heap_fatal("a collection was asked for from inside a collection");
    if (!m->attached || m->thread != gc_thread_self())
        gc_heap_fatal("a collection was asked for by a thread that is not the mutator");
    if (sp < m->stack_lo || sp > m->stack_hi)
        gc_heap_fatal("the stack pointer %p is outside the mutator's stack [%p, %p)", (void *)sp,
                      (void *)m->stack_lo, (void *)m->stack_hi);
    gc_alloc_retire(m);
    gc_heap.in_cycle = true;
    if (gc_heap.embedder.cycle_begin != NULL)
        gc_heap.embedder.cycle_begin();
    bool queued = run_cycle(registers, count, sp);
    if (gc_heap.embedder.cycle_end != NULL)
        gc_heap.embedder.cycle_end();
    gc_heap.in_cycle = false;
    if (queued && gc_heap.embedder.pending != NULL)
        gc_heap.embedder.pending();
    gc_stats_pause(now_ms() - begin);
}

#if defined(__x86_64__)

/* gc_collect: push the callee-saved registers, and hand on where they lie and where the caller's frame
 * begins.  In assembly, because a C function would have pushed some of them itself, below the frame
 * that counts as the stack. */
__asm__(".text\n"
        ".p2align 4\n"
        ".globl gc_collect\n"
        ".type gc_collect, @function\n"
        "gc_collect:\n"
        "    .cfi_startproc\n"
        "    pushq %rbp\n"
        "    .cfi_def_cfa_offset 16\n"
        "    .cfi_offset %rbp, -16\n"
        "    movq %rsp, %rbp\n"
        "    .cfi_def_cfa_register %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, %rsi\n"
        "    movl $6, %edx\n"
        "    leaq 16(%rbp), %rcx\n"
        "    subq $8, %rsp\n"
        "    call gc_cycle_run\n"
        "    leave\n"
        "    .cfi_def_cfa %rsp, 8\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size gc_collect, .-gc_collect\n");

#else

#include <setjmp.h>

void
gc_collect(gc_mutator *m)
{
    union {
        jmp_buf buf;
        uintptr_t words[sizeof(jmp_buf) / sizeof(uintptr_t)];
    } registers;
    setjmp(registers.buf);
    gc_cycle_run(m, registers.words, sizeof registers.words / sizeof(uintptr_t),
                 (uintptr_t)__builtin_frame_address(0));
}

#endif
