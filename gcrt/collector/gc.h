/* gc.h: what the collector offers.  It knows no Python; what it asks of the program that embeds it is
 * in gc_embedder.h.
 *
 * A conservative, non-moving mark-sweep collector for any number of mutator threads.  One heap a process.
 *
 * Memory it hands out is 16-byte aligned and zeroed.  A word anywhere in a scanned place keeps an
 * object alive when it points at the object's first byte or anywhere inside it.
 *
 * Kinds of memory
 *   leaf          never scanned (text, limbs, numbers)
 *   traced        scanned by the embedder's trace
 *   conservative  every aligned word is taken for a possible reference
 *   described     its first word points to a gc_layout, which says which words are references
 *   extension     explicit-free (gc_ext_*); conservative root unless its kind says otherwise
 *
 * Threads.  A thread that allocates or holds objects is a mutator: it attaches, gets a gc_mutator of its
 * own, and uses only that one.  Any mutator may collect; the others are stopped by a signal
 * (gc_options.stop_signal) wherever they are, native code included, so they need no safepoints.  Other
 * threads may use gc_ext_* and handles, and nothing else.
 */
#ifndef GC_H
#define GC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GC_GRANULE 16u             /* bytes; unit of allocation and of mark bytes */
#define GC_SMALL_MAX 8192u         /* bytes; larger objects live in a space of their own */
#define GC_INLINE_MAX 512u         /* bytes; larger ones have blocks of their own, so that these find holes */

typedef enum gc_kind {
    GC_LEAF = 0,
    GC_TRACED = 1,
    GC_CONSERVATIVE = 2,
    GC_DESCRIBED = 3,
} gc_kind;

/* Which words of a GC_DESCRIBED object are references.  Bit i of the bitmap (bit i % 64 of bitmap[i / 64])
 * is word i for the first fixed_words; then come repeat_words bits for each element of an array that fills
 * the rest of the object; 0: the rest is leaf.  Word 0 is the pointer to the layout; its bit says whether
 * the layout itself lies in the heap.  While word 0 is NULL nothing of the object is scanned.  A layout
 * must stay as it is as long as an object refers to it. */
typedef struct gc_layout {
    uint32_t fixed_words, repeat_words;
    uint64_t bitmap[];
} gc_layout;

/* ------------------------------------------------------------------ mutator and allocation */

/* The part of a mutator that inline allocation (here and in JIT code) reads and writes.
 * [bump, limit) is zeroed memory; meta is the address of the mark byte of granule 0 of the
 * address space, so that the mark byte of an address a in the current block is
 * meta[a / GC_GRANULE].  (It is rebased whenever the block changes.) */
typedef struct gc_mutator {
    uintptr_t bump;
    uintptr_t limit;
    uint8_t *meta;
    volatile uint32_t poll; /* not 0: something waits for gc_safepoint */
} gc_mutator;

/* Values of a mark byte for an object that has just been allocated.  The first granule of an object
 * holds GC_BYTE_START(kind); its last granule additionally GC_BYTE_END (one-granule objects have
 * both).  Interior granules hold 0.  What the other bits mean is the collector's own affair. */
#define GC_BYTE_END 0x80u
#define GC_BYTE_START(kind) ((uint8_t)(0x01u | ((unsigned)(kind) << 1)))

void *gc_alloc_slow(gc_mutator *m, size_t size, gc_kind kind);

/* Allocate size bytes (any size; 0 counts as 1).  Returns NULL only when memory is exhausted after a
 * full collection; sets no exception.  May collect. */
static inline void *
gc_alloc(gc_mutator *m, size_t size, gc_kind kind)
{
    size_t rounded = (size + GC_GRANULE - 1) & ~(size_t)(GC_GRANULE - 1);
    uintptr_t start = m->bump, end = start + rounded;
    if (__builtin_expect(rounded - 1 >= GC_INLINE_MAX || end > m->limit, 0))
        return gc_alloc_slow(m, size, kind);
    /* The order matters: a signal may stop the thread between any two of these stores.  What lies at or
     * above bump is the thread's own business then; what lies below has both its bytes.  Where the size is known when this
     * is compiled, they are one store, or need not be read. */
    uint8_t *first = &m->meta[start / GC_GRANULE];
    if (__builtin_constant_p(rounded) && rounded == GC_GRANULE) {
        *first = (uint8_t)(GC_BYTE_START(kind) | GC_BYTE_END);
    } else if (__builtin_constant_p(rounded) && rounded == 2 * GC_GRANULE) {
        typedef uint16_t two_bytes __attribute__((aligned(1), may_alias));
        *(two_bytes *)first = (uint16_t)(GC_BYTE_START(kind) | GC_BYTE_END << 8);
    } else {
        m->meta[end / GC_GRANULE - 1] = GC_BYTE_END;
        __atomic_signal_fence(__ATOMIC_RELEASE);
        *first = (uint8_t)((__builtin_constant_p(rounded) ? 0 : *first) | GC_BYTE_START(kind));
    }
    __atomic_signal_fence(__ATOMIC_RELEASE);
    m->bump = end;
    return (void *)start;
}

/* ------------------------------------------------------------------ life of the heap */

typedef struct gc_options {
    size_t reserve_bytes;      /* address range to reserve; 0: 256 GiB */
    size_t max_heap_bytes;     /* hard limit of live + free blocks; 0: none */
    double growth_factor;      /* next cycle when allocated >= live * factor; 0: default */
    size_t min_trigger_bytes;  /* never collect before this many bytes; 0: default */
    unsigned long stress_every;/* collect at every Nth allocation; 0: off */
    bool poison;               /* fill dead memory with 0xDB when it is swept */
    bool verify;               /* check the whole heap's invariants after each cycle */
    unsigned disabled_roots;   /* bit set of gc_root_kind that are left out: tests only */
    unsigned markers;          /* threads that mark, the collecting one included; 0: one a processor */
    bool no_background;        /* no thread that sweeps and gives memory back between cycles */
    int stop_signal;           /* stops mutators for a cycle; 0: SIGPWR */
    bool generations;          /* minor cycles too; references are stored with gc_store then */
    size_t nursery_bytes;      /* a minor cycle after so many bytes; 0: default */
    bool watch_old;            /* minor cycles without gc_store, where the kernel says which pages are written to;
                                * not with max_heap_bytes or generations */
} gc_options;

/* One heap a process.  Returns 0, or -1 when the address range can't be reserved. */
int gc_init(const gc_options *options);
void gc_shutdown(void);

/* Make the calling thread a mutator.  [stack_lo, stack_hi) bounds its stack; both NULL: the thread's own, as
 * the system knows it.  NULL when the thread is one already, or memory is exhausted.  A thread that ends is
 * detached. */
gc_mutator *gc_mutator_attach(void *stack_lo, void *stack_hi);
void gc_mutator_detach(gc_mutator *m);
gc_mutator *gc_mutator_current(void); /* the calling thread's; NULL when it has none */

/* A full collection now, not a minor one.  Does not run finalizers: see gc_run_pending. */
void gc_collect(gc_mutator *m);
/* Run what is pending, when m->poll says so; cheap enough for every loop turn otherwise. */
void gc_safepoint_slow(gc_mutator *m);
static inline void
gc_safepoint(gc_mutator *m)
{
    if (__builtin_expect(m->poll != 0, 0))
        gc_safepoint_slow(m);
}
/* Between these two no cycle begins: for code that reads the heap from outside.  Short; they do not nest. */
void gc_world_lock(void);
void gc_world_unlock(void);
/* Change gc_options.stress_every of a running heap. */
void gc_set_stress(gc_mutator *m, unsigned long every);
void gc_set_enabled(bool enabled);      /* automatic collections; explicit ones always run */
bool gc_is_enabled(void);

/* ------------------------------------------------------------------ roots */

typedef enum gc_root_kind {
    GC_ROOT_STACK = 1,          /* the mutator's C stack: interpreter, JIT and extension frames */
    GC_ROOT_REGISTERS = 2,
    GC_ROOT_DATA = 4,           /* writable segments of registered images */
    GC_ROOT_EXTENSION = 8,      /* gc_ext_* memory of kind GC_EXT_ROOT */
    GC_ROOT_HANDLE = 16,        /* gc_handle_new */
    GC_ROOT_RANGE = 32,         /* gc_root_range_add: e.g. the guest's frame stack */
    GC_ROOT_EMBEDDER = 64,      /* gc_embedder_trace_roots */
    GC_ROOT_DYING = 128,        /* waits for its finalizer or dealloc; can't be left out */
    GC_ROOT_OLD = 256,          /* old objects written to since the last cycle; in minor cycles only */
} gc_root_kind;

/* Scan [*lo, *hi) conservatively in each cycle; the two words are read then, so that a stack may grow. */
void gc_root_range_add(void *const *lo, void *const *hi);
void gc_root_range_remove(void *const *lo);

/* Words in [lo, hi) keep nothing alive, wherever they lie: a map of borrowed references. */
void gc_root_weak_range_add(const void *lo, const void *hi);
void gc_root_weak_range_remove(const void *lo);

/* Scan the writable data (not text, not relro) of the loaded image that contains addr. 0, or -1. */
int gc_root_image_add(const void *addr);
void gc_root_image_remove(const void *addr);

/* A handle keeps one object alive for code that the collector does not scan (the host).  Handles are
 * numbers, so that a stale one is an error and not a fault: get returns NULL for a dead handle. */
typedef uint64_t gc_handle;
gc_handle gc_handle_new(void *object);
void *gc_handle_get(gc_handle h);
bool gc_handle_free(gc_handle h);

/* ------------------------------------------------------------------ generations */

/* With gc_options.generations most cycles are minor: objects that have lived through a cycle are old, stay alive
 * until a full cycle, and are not looked through.  So the collector must know which of them have been written to:
 *
 *   - a reference, to an object or to memory of kind GC_EXT_REACHED, is stored into an object with gc_store;
 *   - plain stores do for what was in the thread's hands already when it allocated the object (filling in a new
 *     object whose contents were made before it), for extension memory and all other roots;
 *   - an object that other code writes without gc_store is declared with gc_set_unbarriered, once.
 *
 * Without that option gc_store is a plain store in effect, and the rest of this does nothing. */

#define GC_CARD_SHIFT 9u /* a card is 512 bytes */

typedef struct gc_card_table {
    uint8_t *bytes;   /* of the cards: not 0 where a reference was stored since the last cycle */
    uintptr_t mask;   /* of indices, so that any address has some card */
} gc_card_table;
extern gc_card_table gc_cards;

/* *slot, a word inside the object `owner`, becomes value.  First the value is at hand, then the card is marked: should
 * a cycle come between this and the store, the value is in a register or on the stack, so it lives, and is old. */
static inline void
gc_store(void *owner, void *slot, const void *value)
{
    (void)owner;
    __atomic_signal_fence(__ATOMIC_RELEASE);
    __atomic_store_n(&gc_cards.bytes[((uintptr_t)slot >> GC_CARD_SHIFT) & gc_cards.mask], 1, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_RELEASE);
    __atomic_store_n((uintptr_t *)slot, (uintptr_t)value, __ATOMIC_RELAXED);
}

/* From now on the object counts as written to always; a leaf stays one.  False when it is no live object. */
bool gc_set_unbarriered(void *object);

/* ------------------------------------------------------------------ extension memory */

typedef enum gc_ext_kind {
    GC_EXT_ROOT = 0,            /* scanned in each cycle */
    GC_EXT_REACHED = 1,         /* scanned when something reaches it; still freed explicitly */
    GC_EXT_OPAQUE = 2,          /* never scanned */
    GC_EXT_PACKED = 3,          /* as GC_EXT_ROOT, but references may lie at any byte, not only aligned */
} gc_ext_kind;

void *gc_ext_malloc(size_t size);
void *gc_ext_malloc_kind(size_t size, gc_ext_kind kind);
void *gc_ext_calloc(size_t n, size_t size);
void *gc_ext_realloc(void *p, size_t size);       /* foreign pointers pass on to libc; size 0 frees */
void *gc_ext_aligned_alloc(size_t align, size_t size);
int gc_ext_posix_memalign(void **out, size_t align, size_t size); /* 0, EINVAL or ENOMEM */
char *gc_ext_strdup(const char *s);
char *gc_ext_strndup(const char *s, size_t most);
void gc_ext_free(void *p);                        /* NULL and foreign pointers are fine; an object's
                                                   * address is ignored; freeing twice aborts */
bool gc_ext_set_kind(void *p, gc_ext_kind kind);
size_t gc_ext_usable_size(void *p);               /* 0 for a foreign pointer */

/* Bytes held elsewhere on behalf of objects (GMP scratch, mmaps): they count for the trigger. */
void gc_external_bytes(ptrdiff_t delta);

/* ------------------------------------------------------------------ questions about addresses */

bool gc_contains(const void *p);            /* inside the reserved range */
void *gc_object_base(const void *p);        /* start of the live object that p is in or at, or NULL */
size_t gc_object_size(const void *object);  /* bytes, rounded up to granules */
gc_kind gc_object_kind(const void *object);
/* Inside embedder callbacks of a cycle: has marking reached the object?  (In cycle_end that means: does
 * it live on?)  Between cycles: is it a live object?  True for addresses outside the heap. */
bool gc_is_marked(const void *object);

/* Call visit(object, arg) for each live object, but for those whose dealloc is due.  visit must not allocate. */
void gc_heap_walk(void (*visit)(void *object, size_t size, gc_kind kind, void *arg), void *arg);

/* Check the heap's invariants; returns the number of violations and prints each to stderr. */
size_t gc_verify(void);

/* Why is an object alive: the shortest chain of references from a root to it, as the next cycle would find
 * it.  The root comes first, the object last.  Who asks has the object in hand: a chain from stacks and
 * registers is given only when there is no other. */
typedef struct gc_step {
    gc_root_kind root; /* of the first step; 0 in the others */
    const void *place; /* address of the word that refers to `object`; NULL where none is known */
    const void *object;
} gc_step;
/* The number of steps, of which up to `room` are written; 0 when nothing keeps the object alive, or it is none;
 * 0 and errno ENOMEM when there is no memory for the search.  Not from inside a cycle's callbacks. */
size_t gc_why_alive(gc_mutator *m, const void *object, gc_step *steps, size_t room);

/* ------------------------------------------------------------------ marking, for gc_embedder_trace */

typedef struct gc_tracer gc_tracer;

/* Visit one word: immediates, NULL and words that are no reference are ignored. */
void gc_visit(gc_tracer *t, uintptr_t word);
/* Visit n consecutive words conservatively. */
void gc_visit_range(gc_tracer *t, const void *lo, size_t words);

/* ------------------------------------------------------------------ weak references and dying */

/* Register *slot (a word in memory that is not scanned, or that hides its value by complement) as a
 * weak reference to target, on behalf of the object `owner` that holds it.  When target dies the
 * collector calls gc_embedder_clear_weak(owner, target) in the same cycle, after marking, provided
 * owner itself is alive; the registration is then gone.  When owner dies it is dropped silently.  Whoever
 * registers a pair twice may be told twice. */
int gc_weak_register(void *owner, void *target);
void gc_weak_unregister(void *owner, void *target);

/* A weak reference that no object owns, for code outside the heap.  When the target dies, get returns NULL
 * from then on, and if tag is not 0 gc_run_pending calls the embedder's weak_died(tag). */
typedef uint64_t gc_weak;
gc_weak gc_weak_new(void *target, uintptr_t tag); /* 0: no memory, or target is NULL */
void *gc_weak_get(gc_weak w);
bool gc_weak_free(gc_weak w);

/* An ephemeron (Hayes, OOPSLA 1997): value lives at least as long as both owner and key do, and does not
 * keep key alive itself.  One value for each (owner, key); setting it again replaces it.  When key dies, the
 * embedder's clear_weak(owner, key) is called as for weak references.  -1: no memory. */
int gc_ephemeron_set(void *owner, void *key, void *value);
void *gc_ephemeron_get(void *owner, void *key);
bool gc_ephemeron_remove(void *owner, void *key);

/* An object with something to say when it dies.  States:
 *   registered -> (found dead) FINALIZE queued, object and all it reaches kept alive
 *   -> gc_embedder_finalize ran -> (found dead again) weak references cleared, DEALLOC queued, kept
 *   -> gc_embedder_dealloc ran -> unregistered; memory is free at the next cycle unless re-registered.
 * An object registered with GC_DYING_DEALLOC only skips the first step.  No object is finalized
 * twice, whatever a stale word keeps alive. */
enum { GC_DYING_FINALIZE = 1, GC_DYING_DEALLOC = 2, GC_DYING_FREES = 16 /* see gc_free */ };
int gc_dying_register(void *object, unsigned what); /* -1: no memory, or nothing to register */
void gc_dying_unregister(void *object);

/* True when queued finalizers, deallocs or weak callbacks wait; the embedder is told at the end of a
 * cycle by gc_embedder_pending(). */
bool gc_has_pending(void);
/* Run what is queued, at a safepoint of the embedder.  Returns how many ran.  Not reentrant: a call
 * from inside a finalizer returns 0. */
size_t gc_run_pending(gc_mutator *m);

/* A dealloc's word that nobody is going to use its object again; false for any other address, about which it says
 * nothing.  The memory of an object registered with GC_DYING_FREES is free then, and not only after the next cycle,
 * unless other objects that died with it refer to it: what their deallocs do with it, nobody knows.  An object that
 * may be owner, key or target of a weak reference or an ephemeron must not be registered so. */
bool gc_free(void *object);

/* ------------------------------------------------------------------ statistics */

typedef struct gc_stats {
    uint64_t collections, minor_collections;       /* all; those of them that were minor */
    uint64_t allocated_objects, allocated_bytes;   /* since gc_init, exact */
    uint64_t live_bytes, live_objects;             /* after the last cycle's marking */
    uint64_t heap_bytes;                           /* blocks and large objects committed */
    uint64_t ext_bytes;                            /* extension memory in use */
    uint64_t finalized, deallocated, weak_cleared;
    double pause_ms_median, pause_ms_p95, pause_ms_max, pause_ms_total;
} gc_stats;
void gc_get_stats(gc_mutator *m, gc_stats *out);

/* Write an account of each cycle to a file, in the Chrome trace-event format: one complete event for each
 * phase, with bytes and threads, and the heap's sizes.  NULL ends it.  0, or -1 with errno; a write that failed
 * meanwhile is told when the file is ended.  Any thread. */
int gc_trace_file(const char *path);

#ifdef __cplusplus
}
#endif
#endif /* GC_H */
