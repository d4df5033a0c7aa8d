/* cycle.c: when to collect, and the steps of a collection.
 *
 * Trigger: what has come since the last cycle (objects, and growth of extension and external memory)
 * against growth_factor times what was alive at its end, and at least min_trigger_bytes.
 *
 * Memory outside the heap that deallocs give back is best used again while the caches hold it: when much of what had
 * come was of that kind, the next cycle comes sooner.
 *
 * With generations this sum is the room that a full cycle leaves.  A minor one is due whenever a nursery of it has
 * been used, and takes from it what has been promoted; when half of the room is gone, the next cycle is full.
 * Without a barrier (old.c) cycles come when they would come anyway, and most of them are minor.
 *
 * A cycle: spill the registers, finish the last sweep, advance the colour, mark from the roots; find
 * the dead with a finalizer and mark from them; clear weak references; find the dead with a dealloc
 * and mark from them; sort the blocks.  Sweeping itself is left to the allocators. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "gc_internal.h"

#include <stdlib.h>

#define DEFAULT_GROWTH 1.0
#define DEFAULT_MIN_TRIGGER ((size_t)32 << 20)
#define WARM_TRIGGER ((size_t)8 << 20) /* instead, when a quarter of what had come has been given back by deallocs */
#define KEEP_BYTES ((size_t)8 << 20)
#define DEFAULT_NURSERY ((size_t)8 << 20)
#define MINORS_UNDER_STRESS 7u /* for each full cycle */

static struct {
    double growth;
    size_t min_trigger, warm_trigger;
    size_t least; /* one of these two */
    size_t came;  /* bytes, between the last two cycles */
    unsigned long stress_every;
    unsigned disabled_roots;
    bool enabled, generations;
    size_t nursery;
    size_t room, held; /* after the last full cycle: bytes that may come, bytes alive */
    unsigned minors;   /* since then */
    bool next_is_full;
    size_t threshold;
    size_t allocated;     /* bytes of objects since the last cycle, retired holes only */
    size_t outside_bytes; /* extension and external bytes at the end of the last cycle */
} cycle;

/* ------------------------------------------------------------------ how much may come */

static size_t
outside_bytes(void)
{
    return gc_ext_bytes() + gc_ext_external();
}

/* What may be allocated before the next full cycle, by what is held now. */
static void
set_room(void)
{
    double wish = cycle.growth * (double)cycle.held;
    cycle.room = wish < (double)(SIZE_MAX / 2) ? (size_t)wish : SIZE_MAX / 2;
    if (cycle.room < cycle.least)
        cycle.room = cycle.least;
    /* With generations the room is shared out; without, the limit itself says when it is used up. */
    if (cycle.generations && gc_heap.max_heap_bytes != 0) {
        size_t live = gc_stats_counters.live_bytes;
        size_t left = gc_heap.max_heap_bytes > live ? gc_heap.max_heap_bytes - live : 0;
        if (cycle.room > left)
            cycle.room = left;
    }
}

static size_t
next_threshold(size_t promoted)
{
    if (!cycle.generations)
        return cycle.room;
    size_t left = promoted < cycle.room ? cycle.room - promoted : 0;
    return left < cycle.nursery ? left : cycle.nursery;
}

/* ------------------------------------------------------------------ life */

int
gc_init(const gc_options *options)
{
    gc_options none = {0};
    if (options == NULL)
        options = &none;
    if (gc_heap.base != 0 || gc_heap_init(options) < 0)
        return -1;
    gc_stats_reset();
    cycle.growth = options->growth_factor > 0 ? options->growth_factor : DEFAULT_GROWTH;
    cycle.min_trigger = options->min_trigger_bytes != 0 ? options->min_trigger_bytes : DEFAULT_MIN_TRIGGER;
    cycle.warm_trigger = options->min_trigger_bytes != 0 ? options->min_trigger_bytes : WARM_TRIGGER;
    cycle.least = cycle.min_trigger;
    cycle.came = 0;
    cycle.generations = options->generations;
    /* With a fixed limit, all holes are needed. */
    gc_old_init(options->watch_old && !options->generations && options->max_heap_bytes == 0);
    cycle.nursery = options->nursery_bytes != 0 ? options->nursery_bytes : DEFAULT_NURSERY;
    cycle.held = cycle.minors = 0;
    cycle.next_is_full = false;
    set_room();
    cycle.threshold = next_threshold(0);
    cycle.stress_every = options->stress_every;
    cycle.disabled_roots = options->disabled_roots;
    cycle.enabled = true;
    cycle.allocated = cycle.outside_bytes = 0;
    if (!gc_cards_init(cycle.generations)) {
        gc_heap_shutdown();
        return -1;
    }
    gc_threads_init(options->stop_signal);
    gc_mark_set_markers(options->markers);
    if (!options->no_background)
        gc_background_start();
    gc_ext_start();
    return 0;
}

void
gc_shutdown(void)
{
    gc_trace_shutdown();
    gc_background_stop();
    gc_mark_shutdown();
    gc_ext_shutdown();
    gc_written_shutdown();
    gc_large_reset();
    gc_roots_shutdown();
    gc_handle_shutdown();
    gc_dying_shutdown();
    gc_weak_shutdown();
    gc_threads_shutdown();
    gc_cards_shutdown();
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

/* Bytes since the last cycle. */
static size_t
come(void)
{
    size_t now = outside_bytes();
    size_t before = gc_read(&cycle.outside_bytes), grown = now > before ? now - before : 0;
    return gc_read(&cycle.allocated) + grown;
}

bool
gc_cycle_due(void)
{
    return come() >= gc_read(&cycle.threshold);
}

bool
gc_cycle_may_collect(void)
{
    return cycle.enabled && !gc_in_own_cycle();
}

void
gc_cycle_note_allocated(size_t bytes)
{
    __atomic_add_fetch(&cycle.allocated, bytes, __ATOMIC_RELAXED);
}

bool
gc_cycle_has_generations(void)
{
    return cycle.generations;
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
    gc_alloc_interrupt((gc_mutator_state *)pub);
}

/* By what was held after the last cycle: live and outside bytes.  The world is locked. */
static void
share_room(void)
{
    size_t held = gc_stats_counters.live_bytes + cycle.outside_bytes;
    bool counts_anew = !gc_heap.minor || held < cycle.held;
    if (counts_anew)
        cycle.held = held;
    if (counts_anew || !cycle.generations) /* minor cycles that need no barrier don't share it */
        set_room();
    size_t promoted = held - cycle.held;
    __atomic_store_n(&cycle.threshold, next_threshold(promoted), __ATOMIC_RELAXED);
    cycle.next_is_full = promoted > cycle.room / 2 || (gc_cycle_stressed() && cycle.minors >= MINORS_UNDER_STRESS);
}

/* After a cycle; what lives has been counted. */
static void
set_threshold(void)
{
    cycle.came = come();
    cycle.least = cycle.min_trigger;
    cycle.outside_bytes = outside_bytes();
    cycle.allocated = 0;
    cycle.minors = gc_heap.minor ? cycle.minors + 1 : 0;
    share_room();
}

/* Deallocs give back memory that was counted as alive when they were queued. */
void
gc_cycle_rebase(gc_freed freed)
{
    if (freed.bytes == 0 && outside_bytes() >= gc_read(&cycle.outside_bytes))
        return;
    gc_world_lock();
    if (freed.collections == gc_stats_counters.collections) {
        gc_stats_counters.live_bytes -= freed.bytes;
        gc_stats_counters.live_objects -= freed.objects;
    }
    size_t now = outside_bytes(), back = now < cycle.outside_bytes ? cycle.outside_bytes - now : 0;
    if (back > cycle.came / 4)
        cycle.least = cycle.warm_trigger;
    __atomic_store_n(&cycle.outside_bytes, cycle.outside_bytes - back, __ATOMIC_RELAXED);
    share_room();
    gc_world_unlock();
}

/* ------------------------------------------------------------------ a cycle */

static void
advance_colour(void)
{
    unsigned c = gc_heap.colour >> GC_COLOUR_SHIFT;
    gc_heap.colour = (uint8_t)((c == 3 ? 1 : c + 1) << GC_COLOUR_SHIFT);
}

/* The phase that began at *since ends now, and the next begins. */
static void
end_phase(gc_phase phase, uint64_t *since, uint64_t bytes)
{
    uint64_t now = gc_trace_now();
    if (GC_LIKELY(now == 0))
        return;
    gc_trace_phase(phase, 0, *since, now, bytes);
    *since = now;
}

/* Mark, and queue what dies.  Returns whether something was queued. */
static bool
mark_all(const uintptr_t *registers, uint64_t *since)
{
    gc_tracer *t = gc_mark_tracer();
    gc_ext_begin_cycle();
    gc_mark_begin();
    gc_roots_scan(t, cycle.disabled_roots, registers);
    end_phase(PHASE_ROOTS, since, 0);
    gc_mark_drain(t);
    gc_weak_mark_ephemerons(t);
    end_phase(PHASE_MARK, since, 0);
    bool queued = gc_dying_find_finalizable(t);
    gc_weak_mark_ephemerons(t);
    queued |= gc_weak_clear();
    queued |= gc_dying_find_dead(t);
    queued |= gc_weak_forget(t);
    end_phase(PHASE_DYING, since, 0);
    return queued;
}

/* The world is stopped and all locks are held. */
static bool
run_cycle(const uintptr_t *registers, uint64_t since)
{
    for (gc_mutator_state *m = gc_mutators; m != NULL; m = m->next)
        gc_alloc_count(m);
    gc_sweep_finish();
    end_phase(PHASE_SWEEP, &since, 0);
    if (!gc_heap.minor)
        advance_colour();
    bool queued = mark_all(registers, &since);
    gc_sweep_count(&gc_stats_counters.live_objects, &gc_stats_counters.live_bytes);
    gc_mark_end(gc_stats_counters.live_objects);
    if (gc_heap.verify && gc_verify_marked() != 0)
        gc_heap_fatal("the heap is inconsistent after marking");
    set_threshold();
    if (cycle.generations)
        gc_cards_clear();
    size_t keep = cycle.room < SIZE_MAX / 4 ? cycle.room + KEEP_BYTES : cycle.room;
    gc_sweep_start(keep, !gc_background_enabled());
    for (gc_mutator_state *m = gc_mutators; m != NULL; m = m->next)
        gc_alloc_restart(m);
    __atomic_store_n(&gc_stats_counters.collections, gc_stats_counters.collections + 1, __ATOMIC_RELAXED);
    gc_stats_counters.minor_collections += gc_heap.minor;
    end_phase(PHASE_SORT, &since, gc_stats_counters.live_bytes);
    if (gc_heap.verify && gc_verify() != 0)
        gc_heap_fatal("the heap is inconsistent after a cycle");
    if (gc_heap.verify)
        end_phase(PHASE_VERIFY, &since, 0);
    return queued;
}

static void
stop_all(gc_mutator_state *m)
{
    gc_threads_stop(m);
    gc_dying_lock();
    gc_ext_lock();
    gc_handle_lock();
    __atomic_store_n(&gc_heap.collector, gc_thread_self(), __ATOMIC_RELAXED);
    __atomic_store_n(&gc_heap.in_cycle, true, __ATOMIC_RELAXED);
}

/* All mutators but this one still stand. */
static void
release_locks(void)
{
    __atomic_store_n(&gc_heap.in_cycle, false, __ATOMIC_RELAXED);
    gc_handle_unlock();
    gc_ext_unlock();
    gc_dying_unlock();
}

/* For whoever looks at the whole heap between cycles: stop the world, unless a cycle of ours has. */
bool
gc_cycle_pause(void)
{
    if (gc_heap.base == 0 || gc_in_own_cycle())
        return false;
    gc_world_lock();
    stop_all(gc_current);
    return true;
}

void
gc_cycle_unpause(bool paused)
{
    if (!paused)
        return;
    release_locks();
    gc_threads_resume();
    gc_world_unlock();
}

static bool
cycle_in_stopped_world(const uintptr_t *registers, uint64_t since)
{
    if (gc_heap.embedder.cycle_begin != NULL)
        gc_heap.embedder.cycle_begin();
    bool queued = run_cycle(registers, since);
    if (gc_heap.embedder.cycle_end != NULL)
        gc_heap.embedder.cycle_end();
    return queued;
}

static void
check_caller(const gc_mutator_state *m)
{
    if (gc_in_own_cycle())
        gc_heap_fatal("a collection was asked for from inside a collection");
    if (m == NULL || m != gc_current || !m->attached)
        gc_heap_fatal("a collection was asked for by a thread that is not this mutator");
}

/* The world's lock is held: what other threads' cycles have done is known. */
static bool
is_wanted(gc_wish wish)
{
    return !(wish.if_due && !gc_cycle_due()) && !(wish.if_count && gc_cycle_count() != wish.count);
}

/* Called with the caller's callee-saved registers in memory and its stack pointer.  The object that was wished for, or
 * NULL. */
__attribute__((visibility("hidden"), used)) void *
gc_cycle_run(gc_mutator *pub, const uintptr_t *registers, uintptr_t sp)
{
    gc_mutator_state *m = (gc_mutator_state *)pub;
    check_caller(m);
    gc_world_lock(); /* another thread's cycle may come first, and stop this one here */
    gc_wish wish = m->wish;
    m->wish = (gc_wish){0};
    m->served = is_wanted(wish);
    if (!m->served) {
        gc_world_unlock();
        return NULL;
    }
    gc_heap.minor = wish.kind != WISH_FULL && !cycle.next_is_full &&
                    (cycle.generations || gc_old_allows_minor(cycle.minors));
    gc_mark_start_helpers();
    uint64_t begin = gc_now_ns(), since = begin, allocated = gc_read(&cycle.allocated);
    m->sp = sp;
    stop_all(m);
    end_phase(PHASE_STOP, &since, 0);
    bool queued = cycle_in_stopped_world(registers, since);
    release_locks();
    void *object = wish.size == 0 ? NULL : gc_alloc_first(m, wish.size, wish.object, !gc_heap.minor);
    gc_threads_resume();
    gc_stats_pause((double)(gc_now_ns() - begin) / 1e6);
    bool minor = gc_heap.minor;
    end_phase(minor ? PHASE_MINOR : PHASE_CYCLE, &begin, allocated);
    uint64_t live = gc_stats_counters.live_bytes;
    unsigned mutators = 0;
    for (const gc_mutator_state *each = gc_mutators; each != NULL; each = each->next)
        mutators++;
    gc_world_unlock();
    if (GC_UNLIKELY(gc_trace_enabled()))
        gc_trace_flush(live, gc_heap_bytes(), gc_ext_bytes(), mutators);
    if (!minor || !cycle.generations) /* else there is little to do, and the next cycle comes soon */
        gc_background_request(BACKGROUND_SWEEP);
    if (queued) {
        m->pub.poll = 1;
        if (gc_heap.embedder.pending != NULL)
            gc_heap.embedder.pending();
    }
    return object;
}

/* gc_collect with its result, which is never anywhere but in registers and on the stack: others may collect already. */
extern void *collect_for_object(gc_mutator *m) __asm__("gc_collect");

void *
gc_cycle_collect(gc_mutator_state *m, gc_wish wish)
{
    m->wish = wish;
    return collect_for_object(&m->pub);
}

uint64_t
gc_cycle_count(void)
{
    return __atomic_load_n(&gc_stats_counters.collections, __ATOMIC_RELAXED);
}

GC_SPILL_ENTRY(gc_collect, gc_cycle_run, rsi, rdx);
