/* gc_internal.h: what the files of the collector share; how memory is laid out is in heap_internal.h.
 *
 * Locks, in this order: the world's (threads.c), the dying queues', the weak tables', extension memory's,
 * gc_heap.lock, the handles'.  A mutator takes any of them but the world's only between gc_enter
 * and gc_leave, where it is not stopped: so a stopped thread holds none, and the collecting thread can take
 * them all.  A cycle does so, and neither calls malloc nor prints: a stopped thread may hold those locks. */
#ifndef GC_INTERNAL_H
#define GC_INTERNAL_H

#include "heap_internal.h"

#pragma GCC visibility push(hidden)

/* ------------------------------------------------------------------ table.c: memory of the collector's own */

/* A growing array of words' worth of items in memory from the system, so that it may grow while threads are
 * stopped that hold malloc's lock. */
typedef struct gc_array {
    char *data;
    size_t bytes, room; /* in use; mapped */
} gc_array;

/* Zeroed memory straight from the system, in whole pages; NULL: there is none. */
void *gc_map(size_t bytes);
/* Room for `more` bytes behind those in use.  False when there is no memory. */
bool gc_array_reserve(gc_array *a, size_t more);
void gc_array_free(gc_array *a);

/* An open-addressed hash table from pairs of words to a word.  Walking it while entries are deleted
 * is fine.  A first word of 0 or 1 is no key. */
typedef struct gc_entry {
    uintptr_t a, b; /* a: 0 free, 1 was in use */
    uintptr_t data;
} gc_entry;

typedef struct gc_table {
    gc_entry *entries;
    size_t size, filled, deleted; /* filled counts deleted ones too */
} gc_table;

gc_entry *gc_table_find(const gc_table *table, uintptr_t a, uintptr_t b);
/* gc_table_find or gc_table_add will be called for this key soon. */
void gc_table_prefetch(const gc_table *table, uintptr_t a, uintptr_t b);
/* The entry of a key that is not in it; NULL when there is no memory.  Older entries may move. */
gc_entry *gc_table_add(gc_table *table, uintptr_t a, uintptr_t b, uintptr_t data);
void gc_table_delete(gc_table *table, gc_entry *entry);
void gc_table_free(gc_table *table);

static inline bool
gc_entry_in_use(const gc_entry *entry)
{
    return entry->a > 1;
}

/* ------------------------------------------------------------------ alloc.c */

/* Of a block, one bit a granule. */
typedef struct gc_holes {
    uint64_t taken[GC_BLOCK_GRANULES / 64];
    uint64_t roomy[GC_BLOCK_GRANULES / 64]; /* this one and the next few are free */
} gc_holes;

/* Sizes of small objects, by powers of two from GC_LEAST_HOLE granules on. */
#define GC_ASIDE_CLASSES 4u

typedef struct gc_allocator {
    uint32_t number;     /* current block, or 0 */
    uintptr_t cursor;    /* where the search for the next hole goes on */
    uintptr_t bump;      /* of the current hole; stale in the small allocator: see gc_mutator */
    uintptr_t zeroed;    /* zero up to here */
    uintptr_t hole_end;
    uintptr_t counted;   /* bytes before this address are in the statistics */
    bool looked;         /* holes are those of the current block */
    bool unpaged;        /* the current block has just been taken, and the system has given it no pages yet */
    uint16_t aside[GC_ASIDE_CLASSES]; /* granules before this one are not looked at for such an object again */
    gc_holes holes;
} gc_allocator;

typedef struct gc_ext_arena gc_ext_arena;

#define GC_DYING_BATCH 32u

/* What a mutator asks of the next cycle.  {0}: what gc_collect does, a full one in any case. */
typedef struct gc_wish {
    enum { WISH_FULL = 0, WISH_ANY /* minor, if a minor one is worth it */ } kind;
    bool if_due;     /* not if another thread's came first, and none is due any more */
    bool if_count;   /* not if another's has come since there were `count` */
    uint64_t count;
    size_t size;     /* of an object that is allocated before other threads go on; 0: none */
    gc_kind object;  /* its kind */
} gc_wish;

typedef struct gc_mutator_state {
    gc_mutator pub; /* first: gc_mutator * and this convert into each other */
    gc_allocator small, medium;
    gc_allocator spare; /* of small objects that the small one has no hole for; in tight heaps */
    gc_ext_arena *arena;
    gc_array fresh_pairs;      /* weak.c: (owner, target) registered since then */
    uintptr_t running_object;  /* whose finalizer or dealloc this thread runs */
    uintptr_t batch[GC_DYING_BATCH]; /* objects taken from a queue; those from batch_at on are yet to be run */
    unsigned batch_at, batch_end;
    bool running_pending;
    uint8_t *running_state;    /* dying.c: of the object whose dealloc runs, or NULL */
    bool given;                /* that object, to gc_free */
    bool freed;                /* some object in this gc_run_pending */
    bool attached;
    gc_wish wish;              /* on its way to the cycle; afterwards that of gc_collect again */
    bool served;               /* the last one, by a cycle of its own */
    bool lacks_pages;          /* has had to ask for pages itself, and is to tell the background thread */
    uint64_t allocated_bytes;  /* of retired holes and large objects */
    uint64_t large_objects;    /* allocated by this thread */
    size_t run_cursor;         /* large.c: index of the slab of runs that it took one from last */
    unsigned long stress_left;
    /* ---- threads.c */
    uintptr_t stack_lo, stack_hi;
    uintptr_t sp;              /* while it is stopped, and in its own cycle: where its stack begins */
    void *thread;              /* gc_thread_self() */
    int tid;
    volatile unsigned no_stop; /* between gc_enter and gc_leave */
    volatile unsigned stop_wanted;
    uint32_t stopped_in;       /* the epoch in which it was stopped last; atomic */
    struct gc_mutator_state *next;
} gc_mutator_state;

static inline void *
gc_thread_self(void)
{
#if defined(__x86_64__)
    return __builtin_thread_pointer();
#else
    return (void *)pthread_self();
#endif
}

/* In an inline function of its own, so that every access is of the initial-exec model: one load. */
extern _Thread_local gc_mutator_state *gc_current __attribute__((tls_model("initial-exec")));

/* Give up the current holes, with their statistics: before the thread detaches. */
void gc_alloc_retire(gc_mutator_state *m);
/* Count what has been allocated so far without giving anything up. */
void gc_alloc_count(gc_mutator_state *m);
/* At the end of its own cycle, when all others still stand.  NULL: there is no memory; of a full cycle, not even in
 * what is kept from small objects. */
void *gc_alloc_first(gc_mutator_state *m, size_t size, gc_kind kind, bool full);
/* Make the mutator's next inline allocation take the slow path. */
void gc_alloc_interrupt(gc_mutator_state *m);
/* After marking: the allocator's block has been swept but for [bump, hole_end): look through it again. */
void gc_alloc_restart(gc_mutator_state *m);
/* The present hole of the block from bump on; an empty range when no mutator has it. */
void gc_alloc_hole_of(uint32_t number, uintptr_t *lo, uintptr_t *hi);

/* ------------------------------------------------------------------ registers */

#if !defined(__x86_64__)
#error "say how to save the callee-saved registers here"
#endif

#define GC_SPILLED 6u /* callee-saved registers */

/* Define the public function `name`: it pushes the callee-saved registers and calls `target` with the arguments
 * it got, and in the two argument registers named, where those lie and where its caller's frame begins.  In
 * assembly, because a C function would have pushed some of them itself, below the frame that counts as the stack. */
#define GC_SPILL_ENTRY(name, target, registers, sp)             \
    __asm__(".text\n"                                           \
            ".p2align 4\n"                                      \
            ".globl " #name "\n"                                \
            ".type " #name ", @function\n" #name ":\n"          \
            "    .cfi_startproc\n"                              \
            "    pushq %rbp\n"                                  \
            "    .cfi_def_cfa_offset 16\n"                      \
            "    .cfi_offset %rbp, -16\n"                       \
            "    movq %rsp, %rbp\n"                             \
            "    .cfi_def_cfa_register %rbp\n"                  \
            "    pushq %rbx\n"                                  \
            "    pushq %r12\n"                                  \
            "    pushq %r13\n"                                  \
            "    pushq %r14\n"                                  \
            "    pushq %r15\n"                                  \
            "    movq %rsp, %" #registers "\n"                  \
            "    leaq 16(%rbp), %" #sp "\n"                     \
            "    subq $8, %rsp\n"                               \
            "    call " #target "\n"                            \
            "    leave\n"                                       \
            "    .cfi_def_cfa %rsp, 8\n"                        \
            "    ret\n"                                         \
            "    .cfi_endproc\n"                                \
            ".size " #name ", .-" #name "\n")

/* ------------------------------------------------------------------ threads.c */

extern gc_mutator_state *gc_mutators; /* all that are attached; the world's lock, or the world stopped */

void gc_threads_init(int stop_signal);
void gc_threads_shutdown(void);
void gc_threads_stop_self(gc_mutator_state *m);
/* A thread that is no mutator and gets no signals.  False when there is none to be had. */
bool gc_threads_make(pthread_t *thread, void *(*run)(void *), void *arg);
/* Stop every mutator but the calling one, which holds the world's lock.  The loader is at rest meanwhile. */
void gc_threads_stop(gc_mutator_state *m);
void gc_threads_resume(void);

/* From here on the mutator is not stopped; in gc_leave it catches up on that.  Short: a cycle waits.  May
 * nest.  NULL: not a mutator, nothing to do. */
static inline void
gc_enter(gc_mutator_state *m)
{
    if (m != NULL)
        m->no_stop++;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline void
gc_leave(gc_mutator_state *m)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (m != NULL && --m->no_stop == 0 && GC_UNLIKELY(m->stop_wanted))
        gc_threads_stop_self(m);
}

/* Does the calling thread run a cycle? */
static inline bool
gc_in_own_cycle(void)
{
    return __atomic_load_n(&gc_heap.in_cycle, __ATOMIC_RELAXED) &&
           __atomic_load_n(&gc_heap.collector, __ATOMIC_RELAXED) == gc_thread_self();
}

void gc_lock(pthread_mutex_t *mutex);   /* gc_enter, lock; in its own cycle a thread has it already */
void gc_unlock(pthread_mutex_t *mutex);

/* ------------------------------------------------------------------ cards.c: what old objects refer to */

bool gc_cards_init(bool generations); /* false: no memory */
void gc_cards_shutdown(void);
/* In a minor cycle: scan the old objects that may have been written to since the last one. */
void gc_cards_scan(gc_tracer *t);
/* The old objects that lie in [lo, hi), whole granules of one block. */
void gc_cards_scan_part(gc_tracer *t, uintptr_t lo, uintptr_t hi);
/* Those of a block whose start bytes match: (byte & mask) == value.  False: none does, old or young. */
bool gc_cards_scan_matching(gc_tracer *t, uintptr_t start, unsigned mask, unsigned value);
void gc_cards_clear(void);

/* ------------------------------------------------------------------ old.c: the same without a barrier */

void gc_old_init(bool wanted);
/* While blocks are sorted after marking, from high to low.  close: shall nothing be allocated in it until the next full
 * cycle?  All that is dead in it must be swept then, and its flag set. */
void gc_old_begin_sort(void);
bool gc_old_close(uint32_t number);
void gc_old_end_sort(void);
/* May the next cycle be minor, when so many have been since the last full one, and is that worth it? */
bool gc_old_allows_minor(unsigned minors);
void gc_old_scan(gc_tracer *t);

/* ------------------------------------------------------------------ sweep.c */

/* Which granules of a swept block objects have: one bit each. */
void gc_sweep_taken(uint32_t number, uint64_t bits[GC_BLOCK_GRANULES / 64]);
/* Clear the bytes of dead objects, if that has not been done since the last cycle; it is SWEPT then. */
void gc_sweep_block(uint32_t number);
/* Establish the invariant that a cycle starts from. */
void gc_sweep_finish(void);
/* After marking: count what lives, in blocks too, and how many small objects have come. */
void gc_sweep_count(uint64_t *live_objects, uint64_t *live_bytes);
/* Small objects that have come since the last cycle.  The world is locked. */
uint64_t gc_sweep_count_young(void);
/* Between cycles, lock held: an object, known by its start byte, is free.  Not in a block in which something has been
 * allocated since the last cycle: with another colour than that one's it is what this would have found dead.  Returns
 * its granules; gc_sweep_freed is told their sum for each block, and gc_sweep_resort is to follow. */
static inline size_t
gc_sweep_free(uint8_t *byte)
{
    size_t granules = gc_granules(byte); /* first: it reads eight bytes, and would wait for the store to one of them */
    __atomic_store_n(byte, (uint8_t)(*byte & ~GC_BYTE_COLOUR), __ATOMIC_RELAXED);
    return granules;
}
void gc_sweep_freed(gc_block *block, unsigned granules, unsigned objects);
void gc_sweep_resort(void);
/* Then: sort blocks into the lists, free dead large objects.  keep_bytes of empty blocks keep their
 * memory; the rest goes back now, or later if there is a background thread. */
void gc_sweep_start(size_t keep_bytes, bool release);
/* Blocks, and the granules that live in them. */
typedef struct gc_share {
    size_t blocks, live;
} gc_share;
/* How many of the empty blocks that a fixed limit leaves may go to small objects: what goes to them never comes back,
 * because one of a thousand objects keeps it.  They can do with any hole, and a cycle makes more; medium objects find
 * none unless about half of their blocks is free (measured: at two thirds in use a fixed heap has none of 7 KB). */
void gc_sweep_plan(gc_share small, gc_share medium);
/* Between cycles, lock held: the memory of empty blocks beyond `keep` of them goes back to the system. */
void gc_sweep_release_empty(size_t keep);
/* background.c: a thread that sweeps after a cycle, gives memory back when there was none for a while, and has the
 * pages of empty blocks ready where the heap grows. */
void gc_background_start(void); /* allowed from now on */
bool gc_background_enabled(void);
enum { BACKGROUND_SWEEP = 1, BACKGROUND_PAGES = 2 };
void gc_background_request(unsigned what);
void gc_background_stop(void);
void gc_background_forked(void);

/* ------------------------------------------------------------------ large.c: runs of pages */

enum gc_run_owner { RUN_GC = 0, RUN_EXT = 1 };

typedef struct gc_run {
    uintptr_t start;
    size_t size;    /* bytes, rounded to granules */
    uint32_t pages;
    uint8_t byte;   /* as a mark byte; 0: no run starts here.  Through gc_run_byte, gc_run_set_byte */
    uint8_t owner;
    uint8_t overflowed;
    uint8_t watch;  /* enum gc_run_watch; extension memory only */
    uint8_t dying;  /* dying.c: the object's state */
} gc_run;

/* A block that held no reference in two cycles is watched from then on: only what has been written is scanned. */
enum gc_run_watch { RUN_UNKNOWN = 0, RUN_CLEAN, RUN_WATCHED };

/* A cycle writes the colours of runs while their owners look them up to free them. */
static inline uint8_t
gc_run_byte(const gc_run *run)
{
    return __atomic_load_n(&run->byte, __ATOMIC_RELAXED);
}

static inline void
gc_run_set_byte(gc_run *run, unsigned byte)
{
    __atomic_store_n(&run->byte, (uint8_t)byte, __ATOMIC_RELAXED);
}

/* A run of at least size bytes, zeroed if asked for; NULL when there is no room.  Takes the lock. */
gc_run *gc_large_take(size_t size, size_t align, enum gc_run_owner owner, uint8_t byte, bool zero);
void gc_large_give(gc_run *run);
/* The run that address lies in, or NULL.  Its slab is SLAB_RUN or SLAB_HUGE(_TAIL). */
gc_run *gc_large_find(uintptr_t address);
/* Scan all of it in each cycle again. */
void gc_large_unwatch(gc_run *run);
/* Change a run's size in place.  False when its neighbours don't allow that. */
bool gc_large_resize(gc_run *run, size_t size);
void gc_large_each(void (*visit)(gc_run *run, void *arg), void *arg);
void gc_large_sweep(size_t keep_bytes);
void gc_large_reset(void);
size_t gc_large_verify(void);

/* ------------------------------------------------------------------ ext.c: extension memory */

typedef struct gc_ext_page {
    void *free; /* cells that have been used and freed, and are in no arena's cache */
    struct gc_ext_page *next, *prev;
    gc_ext_arena *arena;
    uint32_t cell;       /* bytes */
    uint32_t reciprocal; /* see ext.c */
    uint16_t used, fresh, count; /* cells: out of the page's list (cached ones count), ever used, all */
    uint16_t coloured;   /* may hold cells of kind GC_EXT_REACHED */
    uint8_t class, state, overflowed;
    uint8_t clean; /* in the supply: its memory has been given back */
} gc_ext_page;

typedef struct gc_ext_slab {
    gc_ext_page pages[GC_SLAB_BLOCKS];
    uint32_t used_pages;
} gc_ext_slab;
static_assert(sizeof(gc_ext_slab) <= GC_HEADER_BYTES / GC_GRANULE, "lies over the header's own mark bytes");

void gc_ext_start(void);             /* from now on extension memory is ours */
gc_ext_arena *gc_ext_adopt_arena(void); /* for a mutator; NULL: no memory */
void gc_ext_leave_arena(gc_ext_arena *arena);
void gc_ext_take_orphans(void);
void gc_ext_release_supply(void);    /* lock held */
void gc_ext_reset_cells(void);
void gc_ext_lock(void);              /* other threads stay out during a cycle */
void gc_ext_unlock(void);
size_t gc_ext_bytes(void);           /* in use or in bins, runs included */
size_t gc_ext_bytes_in_use(void);    /* exact if no other mutator runs */
size_t gc_ext_external(void);
/* First byte of the allocated cell that address lies in, or NULL. */
uint8_t *gc_ext_find(uintptr_t address, gc_ext_page **page);
void gc_ext_each_page(void (*visit)(gc_ext_page *page, uintptr_t start, void *arg), void *arg);
void gc_ext_begin_cycle(void);       /* forget the colours of cells and runs that were reached */
void gc_ext_scan_roots(gc_tracer *t);
void gc_ext_scan_reached(gc_tracer *t); /* minor cycles: what earlier ones have reached */
void gc_ext_shutdown(void);
size_t gc_ext_verify(void);

/* ------------------------------------------------------------------ mark.c, crew.c */

void gc_mark_begin(void);
gc_tracer *gc_mark_tracer(void);     /* the collecting thread's */
void gc_mark_drain(gc_tracer *t);    /* with the help of the other markers, if it takes long */
/* Scan and drain a root range; both bounds are rounded inwards to words. */
void gc_mark_root_range(gc_tracer *t, uintptr_t lo, uintptr_t hi);
void gc_mark_packed_range(gc_tracer *t, uintptr_t lo, uintptr_t hi); /* words at every byte */
/* Scan an object that has its colour already. */
void gc_mark_object(gc_tracer *t, uintptr_t object, size_t size, unsigned kind);
/* Objects (their starts) that were not marked when marking ended, and shall be: first what they refer to, then, when all
 * that has been marked, they themselves.  False: something has reached the object. */
void gc_mark_from_dead(gc_tracer *t, const uintptr_t *objects, size_t n);
static inline bool
gc_mark_dead(uintptr_t object)
{
    if (GC_UNLIKELY(gc_slab_kind_of(object) != SLAB_SMALL))
        return false;
    uint8_t *byte = gc_byte_of(object);
    if ((*byte & GC_BYTE_COLOUR) == gc_heap.colour)
        return false;
    *byte = (uint8_t)((*byte & ~GC_BYTE_COLOUR) | gc_heap.colour);
    return true;
}
void gc_mark_end(uint64_t objects); /* how many have been marked */
/* part(i, arg) for all i below `parts`, by all markers if they are at it in this cycle. */
void gc_mark_share(size_t parts, void (*part)(size_t i, void *arg), void *arg);
void gc_mark_set_markers(unsigned n); /* 0: one a processor */
void gc_mark_start_helpers(void);     /* if the heap is worth it; before the world is stopped */
void gc_mark_shutdown(void);
void gc_mark_forked(void);           /* in the child, the other markers are gone */
bool gc_mark_is_marked(uintptr_t object);
/* gc_mark_is_marked will be asked for this one soon. */
static inline void
gc_mark_prefetch(uintptr_t object)
{
    if (gc_in_range(object))
        __builtin_prefetch(gc_byte_of(object));
}
#define GC_PREFETCH_AHEAD 12u /* items of an array */
/* Every word of the object is given to check instead of being marked. */
void gc_mark_check_object(uintptr_t object, size_t size, unsigned kind,
                          void (*check)(uintptr_t word, void *arg), void *arg);
/* Tests: no more than this many entries on the mark stack; 0: as many as memory allows. */
__attribute__((visibility("default"))) void gc_mark_limit_stack(size_t entries);
__attribute__((visibility("default"))) uint64_t gc_mark_overflows(void);

/* ------------------------------------------------------------------ roots.c, handle.c */

/* Is [lo, hi) free of weak ranges?  If not, the next part that is to be scanned begins at *lo (moved up) and
 * ends at the result; *lo == hi: nothing is left. */
uintptr_t gc_roots_skip_weak(uintptr_t *lo, uintptr_t hi);
bool gc_roots_have_weak(void);
/* Ranges of the kinds stack, registers, data and range, as they are: unaligned, weak parts included. */
void gc_roots_ranges(unsigned kinds, const uintptr_t *registers,
                     void (*visit)(gc_root_kind kind, uintptr_t lo, uintptr_t hi, void *arg), void *arg);
/* Look up what needs the loader, which is at rest. */
void gc_roots_prepare(void);
void gc_roots_scan(gc_tracer *t, unsigned disabled, const uintptr_t *registers);
void gc_roots_shutdown(void);
void gc_handle_lock(void);
void gc_handle_unlock(void);
void gc_handle_scan(gc_tracer *t);
void gc_handle_shutdown(void);

/* ------------------------------------------------------------------ dying.c, weak.c */

void gc_dying_scan_roots(gc_tracer *t);
/* The dead are found and kept: step 1 those with a finalizer; step 2, after the weak references, those
 * with a dealloc.  Each returns whether something was queued. */
bool gc_dying_find_finalizable(gc_tracer *t);
bool gc_dying_find_dead(gc_tracer *t);
void gc_dying_drop_slab(size_t index); /* its objects are dead, and it is put to another use; in a cycle */
void gc_dying_shutdown(void);
void gc_dying_lock(void); /* dying.c's and weak.c's, in their order; for a cycle and for fork */
void gc_dying_unlock(void);
size_t gc_dying_verify(void); /* states of what is no object */
/* Its dealloc waits, runs, or has freed it: nobody may get hold of it any more. */
bool gc_dying_is_over(uintptr_t object);
/* What a thread that detaches was still to run goes back to the queue. */
void gc_dying_leave(gc_mutator_state *m);
/* Mark from the values of ephemerons whose owner and key are marked, until nothing changes. */
void gc_weak_mark_ephemerons(gc_tracer *t);
/* The fresh pairs of a thread that detaches go to the others. */
void gc_weak_leave(gc_mutator_state *m);
/* Weak references are cleared whose target is dead; then, when what deallocs need has been marked, those are
 * forgotten whose owner is.  Each returns whether somebody was told. */
bool gc_weak_clear(void);
bool gc_weak_forget(gc_tracer *t);
/* After gc_weak_clear: may deallocs need an owner of ephemerons, whose values gc_weak_forget marks then? */
bool gc_weak_has_orphans(void);
/* Queued calls of weak_died: take one.  False when there is none. */
bool gc_weak_take_died(uintptr_t *tag);
bool gc_weak_any_died(void);
void gc_weak_shutdown(void);
extern pthread_mutex_t gc_weak_mutex;

/* ------------------------------------------------------------------ written.c: which pages were written */

/* False when the kernel can't tell; then every page always counts as written.  Called once by gc_init. */
bool gc_written_init(void);
void gc_written_shutdown(void);
/* Begin and end watching whole pages.  Watched pages count as unwritten from gc_written_track on, also when they
 * were watched before.  Memory must be untracked before it is unmapped; when it is given back with MADV_DONTNEED,
 * rather after that, which costs next to nothing.  False: can't be watched. */
bool gc_written_track(uintptr_t lo, size_t bytes);
void gc_written_untrack(uintptr_t lo, size_t bytes);
/* Watch whole pages anew that lie in a range that has been tracked, or shall be. */
bool gc_written_protect(uintptr_t lo, size_t bytes);
/* Call visit for each extent of watched pages in [lo, lo + bytes) written since tracking began or since the
 * last call, and watch them anew (from before visit is called, so that a write during it counts).  False:
 * something went wrong, and all must count as written.  No memory is allocated; other threads may be stopped
 * anywhere. */
bool gc_written_take(uintptr_t lo, size_t bytes, void (*visit)(uintptr_t lo, uintptr_t hi, void *arg), void *arg);
/* The same, but they stay written. */
bool gc_written_look(uintptr_t lo, size_t bytes, void (*visit)(uintptr_t lo, uintptr_t hi, void *arg), void *arg);

/* ------------------------------------------------------------------ filter.c: words that may be references */

typedef const uintptr_t *gc_filter_function(const uintptr_t *p, const uintptr_t *end, uintptr_t base, uintptr_t span);
/* The same as gc_filter_next, without looking at the first words itself. */
gc_filter_function gc_filter_next_far;

/* The first word of [p, end) in [base, base + span), or end.  Where matches are dense, calls end among the first
 * words; written out, because each place then has a branch of its own for the processor to learn. */
GC_UNCHECKED static inline const uintptr_t *
gc_filter_next(const uintptr_t *p, const uintptr_t *end, uintptr_t base, uintptr_t span)
{
    if (end - p < 4)
        while (p < end && *p - base >= span)
            p++;
    else {
        if (p[0] - base < span)
            return p;
        if (p[1] - base < span)
            return p + 1;
        if (p[2] - base < span)
            return p + 2;
        if (p[3] - base < span)
            return p + 3;
        p = gc_filter_next_far(p + 4, end, base, span);
    }
    return p;
}

/* The first place in [p, end) at which a whole word in that range begins, at any byte; or end. */
const char *gc_filter_next_packed(const char *p, const char *end, uintptr_t base, uintptr_t span);

/* ------------------------------------------------------------------ trace.c: events */

typedef enum gc_phase {
    PHASE_CYCLE = 0, /* all of it, from the first stopped thread to the last that runs again */
    PHASE_MINOR,     /* the same of a minor one */
    PHASE_STOP,      /* stopping the other mutators */
    PHASE_SWEEP,     /* finishing the last sweep */
    PHASE_ROOTS,
    PHASE_MARK,
    PHASE_DYING,     /* finalizers, weak references, deallocs found and marked from */
    PHASE_SORT,      /* blocks into lists, large objects freed, memory given back */
    PHASE_VERIFY,
    PHASE_COUNT,
} gc_phase;

/* Record one phase.  Collecting thread or a marker, inside a cycle: into memory that exists already.  worker: 0
 * is the collecting thread.  Times: CLOCK_MONOTONIC, ns.  bytes: what the phase handled, 0: no such figure. */
void gc_trace_phase(gc_phase phase, unsigned worker, uint64_t begin_ns, uint64_t end_ns, uint64_t bytes);
bool gc_trace_enabled(void);
/* The time for it; 0 when no file is open, and then gc_trace_phase does nothing. */
uint64_t gc_trace_now(void);
/* Write what has been recorded; after the world runs again, with counters of the heap. */
void gc_trace_flush(uint64_t live_bytes, uint64_t heap_bytes, uint64_t ext_bytes, unsigned mutators);
void gc_trace_shutdown(void);

/* ------------------------------------------------------------------ roots_each.c, why.c: who refers to it */

/* What a cycle would scan as roots, one after the other. */
typedef struct gc_root_visitor {
    /* Words at lo, lo + step, ... below hi.  step is 8, and lo and hi are aligned to it, or 1. */
    void (*range)(gc_root_kind kind, uintptr_t lo, uintptr_t hi, size_t step, void *arg);
    /* One word, of which no place is known. */
    void (*one)(gc_root_kind kind, uintptr_t word, void *arg);
    void *arg;
} gc_root_visitor;

/* All roots of the kinds in the bit set.  The world is paused; the registers are the calling mutator's. */
void gc_roots_each(unsigned kinds, const uintptr_t *registers,
                   const gc_root_visitor *v);
/* Every word that scan visits one by one is given to check instead of being marked. */
void gc_mark_check(void (*scan)(gc_tracer *t), void (*check)(uintptr_t word, void *arg), void *arg);
/* Each ephemeron. */
void gc_ephemeron_each(void (*visit)(uintptr_t owner, uintptr_t key, uintptr_t value, void *arg), void *arg);

/* ------------------------------------------------------------------ cycle.c, stats.c, query.c, verify.c */

/* Have a cycle; the calling mutator is not between gc_enter and gc_leave.  The object that was wished for, or NULL;
 * m->served says whether there was a cycle: another thread's may have come first. */
void *gc_cycle_collect(gc_mutator_state *m, gc_wish wish);
/* How many there have been. */
uint64_t gc_cycle_count(void);
/* Stop the world between cycles, to look at all of the heap; true: gc_cycle_unpause lets it go on. */
bool gc_cycle_pause(void);
void gc_cycle_unpause(bool paused);
/* Does what has been allocated since the last cycle call for one? */
bool gc_cycle_due(void);
/* After deallocs have run: what they have made free, objects and bytes, since so many collections. */
typedef struct gc_freed {
    uint64_t objects, bytes, collections;
} gc_freed;
void gc_cycle_rebase(gc_freed freed);
void gc_cycle_note_allocated(size_t bytes);
bool gc_cycle_may_collect(void); /* automatic collections are on and none is running */
bool gc_cycle_stressed(void);
bool gc_cycle_has_generations(void);
unsigned long gc_cycle_stress_every(void);

typedef struct gc_counters {
    uint64_t collections, minor_collections, live_bytes, live_objects;
    uint64_t small_objects; /* allocated before the last cycle */
    uint64_t finalized, deallocated, weak_cleared;
} gc_counters;
extern gc_counters gc_stats_counters;
void gc_stats_pause(double ms);
uint64_t gc_now_ns(void); /* CLOCK_MONOTONIC */
void gc_stats_reset(void);
void gc_stats_leave(gc_mutator_state *m); /* keep the figures of a thread that detaches */

/* The live small object's start byte or the run that address lies in; both NULL when neither. */
void gc_query_find(uintptr_t address, uint8_t **byte, gc_run **run);
size_t gc_verify_marked(void); /* in a cycle: nothing marked refers to anything unmarked */

#pragma GCC visibility pop
#endif /* GC_INTERNAL_H */
