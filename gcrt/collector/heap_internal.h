/* heap_internal.h: how the collector's memory is laid out: slabs, blocks, mark bytes (heap.c).
 *
 * The address range
 *
 *   base                                            base + span          base + reserved
 *   | slab | slab | slab | slab | ...               | (never used yet)   |
 *
 * A slab is 2 MiB, aligned.  slab_kinds[] says what it is used for:
 *
 *   SLAB_SMALL      objects of up to GC_SMALL_MAX bytes:
 *
 *       | header: 2 blocks                 | block 2 | block 3 | ... | block 31 |
 *       | gc_slab | mark bytes             |  64 KiB each, 4096 granules of 16 bytes
 *
 *       The mark byte of the granule at offset o of the slab is the slab's byte o / 16.  The bytes that
 *       would belong to the header itself (the first 8 KiB) hold the gc_slab.
 *
 *   SLAB_EXT        cells of extension memory; the same header, where each block is one gc_ext_page.
 *   SLAB_RUN        runs of 4 KiB pages: large objects and larger extension blocks up to 1 MiB.
 *   SLAB_HUGE(_TAIL) one run that has whole slabs for itself.
 *
 * A mark byte of a small object
 *
 *     bit 0     GC_BYTE_START  first granule of an object
 *     bits 1-2  its gc_kind
 *     bits 3-4  colour: 0 allocated since the last cycle; 1, 2, 3: marked in a cycle of that colour
 *     bit 5     GC_BYTE_UNBARRIERED  written to without gc_store
 *     bit 7     GC_BYTE_END    last granule of an object
 *     0         inside an object or free, which the next byte before it that isn't 0 tells
 *
 * Full cycles rotate through the colours 1, 2, 3, so marks are never cleared.  A minor cycle keeps the colour of the
 * last one: what has it is old and counts as marked.  Invariant at the start of a cycle: every block has been
 * swept, so that each GC_BYTE_START is an object (of colour 0 or of the last cycle's).  Between cycles, in a block
 * that is still unswept, only the last cycle's colour is an object; in a swept one each GC_BYTE_START is.  Extension
 * cells and runs use the same byte at their first granule (or in their gc_run), with the gc_ext_kind in the place of
 * the gc_kind. */
#ifndef GC_HEAP_INTERNAL_H
#define GC_HEAP_INTERNAL_H

#ifndef GC_INTERNAL
#error "heap_internal.h is the collector's own; include gc.h"
#endif

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "gc.h"
#include "gc_embedder.h"

#pragma GCC visibility push(hidden)

#define GC_LIKELY(x) __builtin_expect(!!(x), 1)
#define GC_UNLIKELY(x) __builtin_expect(!!(x), 0)
/* For what reads memory as it finds it: red zones, and words that other threads are writing.  Said here and not in a
 * list of suppressions: to look a report up in one, ThreadSanitizer asks for the loaded images, and hangs when the
 * world is being stopped. */
#define GC_UNCHECKED __attribute__((no_sanitize("address", "thread")))

#define GC_SLAB_SHIFT 21
#define GC_SLAB_BYTES ((uintptr_t)1 << GC_SLAB_SHIFT)
#define GC_SLAB_MASK (GC_SLAB_BYTES - 1)
#define GC_BLOCK_SHIFT 16
#define GC_BLOCK_BYTES ((uintptr_t)1 << GC_BLOCK_SHIFT)
#define GC_BLOCK_GRANULES 4096u
/* Blocks with less free than this are not worth an allocator's visit, and smaller holes not a look. */
#define GC_LEAST_FREE 64u
#define GC_LEAST_HOLE 4u
#define GC_SLAB_BLOCKS 32u
#define GC_HEADER_BLOCKS 2u
#define GC_HEADER_BYTES (GC_HEADER_BLOCKS * GC_BLOCK_BYTES)
#define GC_SMALL_GRANULES (GC_SMALL_MAX / GC_GRANULE)
#define GC_PAGE_SHIFT 12
#define GC_PAGE_BYTES ((uintptr_t)1 << GC_PAGE_SHIFT)
#define GC_SLAB_PAGES 512u

#define GC_BYTE_KIND 0x06u
#define GC_BYTE_COLOUR 0x18u
#define GC_BYTE_UNBARRIERED 0x20u
#define GC_COLOUR_SHIFT 3
#define GC_BYTE_KIND_OF(byte) (((unsigned)(byte) & GC_BYTE_KIND) >> 1)
#define GC_EACH_BYTE(b) (0x0101010101010101ull * (unsigned)(b))

#define GC_POISON 0xDB

static_assert(GC_SLAB_BYTES / GC_GRANULE == GC_HEADER_BYTES, "mark bytes fill the header exactly");
static_assert(GC_BLOCK_BYTES / GC_GRANULE == GC_BLOCK_GRANULES, "one mark byte a granule");
static_assert((GC_BYTE_END & (GC_BYTE_COLOUR | GC_BYTE_KIND | 1)) == 0, "bits of a mark byte");

/* ------------------------------------------------------------------ slabs and blocks */

enum gc_slab_kind {
    SLAB_FREE = 0,
    SLAB_SMALL,
    SLAB_EXT,
    SLAB_RUN,
    SLAB_HUGE,
    SLAB_HUGE_TAIL,
};

/* EMPTY   no live object; in the empty list
 * UNSWEPT marked, not looked at since: dead objects' bytes are still there
 * SWEPT   each start byte is an object; so are allocators' current blocks, but for the bytes of the present
 *         hole from bump on, which are its owner's business */
enum gc_block_state { BLOCK_HEADER = 0, BLOCK_EMPTY, BLOCK_UNSWEPT, BLOCK_SWEPT };

enum {
    BLOCK_ZEROED = 1,     /* EMPTY, and its memory is known to be zero (and not resident, unless paged) */
    BLOCK_STALE = 2,      /* EMPTY, but its mark bytes have not been cleared yet */
    BLOCK_OVERFLOWED = 4, /* holds marked objects that found no room on the mark stack */
    BLOCK_CURRENT = 8,    /* some mutator allocates in it; on no list */
    BLOCK_MEDIUM = 16,    /* of objects above GC_INLINE_MAX */
    BLOCK_YOUNG = 32,     /* some mutator has allocated in it since the last cycle */
    BLOCK_UNBARRIERED = 64, /* may hold unbarriered objects */
    BLOCK_CLOSED = 128,   /* old.c: on no list, and its pages are watched */
};

typedef struct gc_block {
    uint32_t next; /* number of the next block in its list; 0 ends it */
    uint16_t live; /* granules marked in the last cycle */
    uint16_t objects; /* the same in objects */
    uint16_t hole; /* granules of its largest hole; of blocks on a list of left ones */
    uint8_t state;
    uint8_t flags;
    uint8_t doomed; /* during a cycle: holds objects that wait for their dealloc from now on */
    uint8_t paged;  /* EMPTY and ZEROED, and its pages have been asked for (background.c) */
} gc_block;

/* Lists of blocks that an allocator has left, by the granules of their largest hole: powers of two up to GC_SMALL_MAX. */
#define GC_HOLE_CLASSES 10u
typedef uint32_t gc_left_lists[GC_HOLE_CLASSES];
static_assert(GC_GRANULE << (GC_HOLE_CLASSES - 1) == GC_SMALL_MAX, "the last list serves every object");

typedef struct gc_slab {
    gc_block blocks[GC_SLAB_BLOCKS];
} gc_slab;
static_assert(sizeof(gc_slab) <= GC_HEADER_BYTES / GC_GRANULE, "lies over the header's own mark bytes");

typedef struct gc_heap_state {
    uintptr_t base;
    size_t span; /* bytes from base that have ever been used */
    uint8_t *slab_kinds;
    uint8_t *slab_flags;
    uint8_t *small_blocks; /* for each block, not 0 where small objects lie */
    uint8_t colour; /* of the last cycle, in its place in the mark byte */
    bool in_cycle;
    bool minor; /* the cycle that runs is a minor one */
    void *collector; /* the thread that runs the cycle, as gc_thread_self knows it */
    bool poison, verify;
    size_t reserved, slab_count, slab_high, free_hint, dirty_slabs;
    size_t max_heap_bytes;
    size_t small_slabs;
    size_t keep_blocks;   /* so many empty blocks may keep their memory */
    size_t blocks_held; /* small blocks whose memory we hold */
    size_t run_bytes_gc, run_bytes_ext;
    size_t small_budget;   /* empty blocks that small objects may take until the next cycle */
    size_t medium_reserve; /* and those that are kept from them for medium ones */
    uint32_t dense, sparse, medium, empty; /* lists of block numbers */
    gc_left_lists left_small, left_medium;
    bool tight;            /* so much of a fixed limit is alive that holes are to be filled rather than passed by */
    gc_embedder embedder;
    pthread_mutex_t lock; /* slab_kinds, run tables, extension pages' supply */
} gc_heap_state;

extern gc_heap_state gc_heap;

_Noreturn void gc_heap_fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));
int gc_heap_init(const gc_options *options);
void gc_heap_shutdown(void);
/* count consecutive slabs for kind, zeroed if asked for; index, or SIZE_MAX.  Lock held. */
size_t gc_heap_take_slabs(size_t count, size_t align, enum gc_slab_kind kind, bool zero);
/* These slabs, unzeroed; false when one is in use. */
bool gc_heap_take_slabs_at(size_t index, size_t count, enum gc_slab_kind kind);
/* Give them back.  With keep their memory stays for the next to come, if that isn't too much; at
 * the latest the next cycle releases it.  Lock held. */
void gc_heap_give_slabs(size_t index, size_t count, bool keep);
void gc_heap_clean_free_slabs(void);
/* Make a further slab's blocks empty ones.  False when there is no memory.  Lock held. */
bool gc_heap_add_small_slab(void);
/* Take the next block of a list, or 0.  Lock held. */
uint32_t gc_heap_pop(uint32_t *list);
void gc_heap_push(uint32_t *list, uint32_t number);
size_t gc_heap_bytes(void);
void gc_heap_release(uintptr_t start, size_t bytes);
/* Have the system give all pages of a block at once, where it can: they will be written to. */
void gc_heap_populate(uint32_t number);
/* Do the same for one of the empty blocks that are next to be taken; false when all of them have their pages. */
bool gc_heap_populate_next(void);

/* A counter that its lock's holder (or its owner) changes and anybody reads. */
static inline void
gc_add(size_t *counter, size_t delta)
{
    __atomic_store_n(counter, *counter + delta, __ATOMIC_RELAXED);
}

static inline size_t
gc_read(const size_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* In the part of the range that has been used.  Any thread may ask. */
static inline bool
gc_in_range(uintptr_t address)
{
    return address - gc_heap.base < gc_read(&gc_heap.span);
}

/* Only for addresses in range. */
static inline enum gc_slab_kind
gc_slab_kind_of(uintptr_t address)
{
    return __atomic_load_n(&gc_heap.slab_kinds[(address - gc_heap.base) >> GC_SLAB_SHIFT], __ATOMIC_RELAXED);
}

static inline uintptr_t
gc_slab_address(size_t index)
{
    return gc_heap.base + (index << GC_SLAB_SHIFT);
}

static inline gc_slab *
gc_slab_header(size_t index)
{
    return (gc_slab *)gc_slab_address(index);
}

static inline gc_block *
gc_block_of_number(uint32_t number)
{
    return &gc_slab_header(number / GC_SLAB_BLOCKS)->blocks[number % GC_SLAB_BLOCKS];
}

static inline uintptr_t
gc_block_address(uint32_t number)
{
    return gc_heap.base + ((uintptr_t)number << GC_BLOCK_SHIFT);
}

static inline uint8_t *
gc_byte_of(uintptr_t address)
{
    return (uint8_t *)((address & ~GC_SLAB_MASK) + ((address & GC_SLAB_MASK) / GC_GRANULE));
}

static inline uintptr_t
gc_address_of_byte(const uint8_t *byte)
{
    uintptr_t b = (uintptr_t)byte;
    return (b & ~GC_SLAB_MASK) + (b & GC_SLAB_MASK) * GC_GRANULE;
}

static inline gc_block *
gc_block_of_byte(const uint8_t *byte)
{
    uintptr_t b = (uintptr_t)byte;
    return &((gc_slab *)(b & ~GC_SLAB_MASK))->blocks[(b & GC_SLAB_MASK) / GC_BLOCK_GRANULES];
}

/* Anybody may ask about a block while the background thread sweeps it: the bytes come first, then the state. */
static inline enum gc_block_state
gc_block_state_of(const gc_block *block)
{
    return (enum gc_block_state)__atomic_load_n(&block->state, __ATOMIC_ACQUIRE);
}

static inline void
gc_block_set_state(gc_block *block, enum gc_block_state state)
{
    __atomic_store_n(&block->state, (uint8_t)state, __ATOMIC_RELEASE);
}

/* Eight mark bytes or cards.  Those of the next block may be among them, and others may be changing those asked for:
 * what is looked at does not change. */
GC_UNCHECKED static inline uint64_t
gc_load_word(const uint8_t *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

/* A word that is scanned, read once: threads that the collector doesn't know, and other markers whose data lie in a
 * scanned image, may be changing it, and what is marked must be the value that was looked at. */
GC_UNCHECKED static inline uintptr_t
gc_read_word(const uintptr_t *p)
{
    return __atomic_load_n(p, __ATOMIC_RELAXED);
}

/* Granules of the small object whose first byte this is.  At most GC_SMALL_GRANULES; more means that
 * the mark bytes are corrupt. */
static inline size_t
gc_granules(const uint8_t *byte)
{
    size_t n = 0;
    for (;;) {
        uint64_t ends = gc_load_word(byte + n) & GC_EACH_BYTE(GC_BYTE_END);
        if (GC_LIKELY(ends != 0))
            return n + (unsigned)__builtin_ctzll(ends) / 8 + 1;
        n += 8;
        if (GC_UNLIKELY(n > GC_SMALL_GRANULES))
            gc_heap_fatal("no end byte for the object at %p", (void *)gc_address_of_byte(byte));
    }
}

/* The start byte of the object that the granule of `byte` lies in, where *byte has no start bit; NULL
 * when the granule is free. */
static inline uint8_t *
gc_walk_back(uint8_t *byte)
{
    uint8_t *block = (uint8_t *)((uintptr_t)byte & ~(uintptr_t)(GC_BLOCK_GRANULES - 1));
    size_t i = (size_t)(byte - block);
    size_t floor = i > GC_SMALL_GRANULES ? i - GC_SMALL_GRANULES : 0;
    size_t at = i & ~(size_t)7;
    uint64_t w = gc_load_word(block + at);
    w &= ((uint64_t)1 << (8 * (i & 7))) - 1;
    while (w == 0) {
        if (at <= floor)
            return NULL;
        at -= 8;
        w = gc_load_word(block + at);
    }
    size_t found = at + 7 - (unsigned)__builtin_clzll(w) / 8;
    uint8_t b = block[found];
    return (b & 1) && !(b & GC_BYTE_END) ? block + found : NULL;
}

/* ------------------------------------------------------------------ 16 mark bytes at a time */

/* Has the processor what loops are compiled for that say target("avx2,bmi,bmi2,popcnt")?  GC_PORTABLE: the tests want
 * the others. */
static inline bool
gc_has_avx2(void)
{
#ifdef GC_PORTABLE
    return false;
#endif
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("popcnt");
}

typedef uint8_t gc_bytes16 __attribute__((vector_size(16)));

static inline gc_bytes16
gc_load_bytes16(const uint8_t *p)
{
    return *(const gc_bytes16 *)p;
}

/* Bit i: the top bit of byte i. */
static inline unsigned
gc_top_bits(gc_bytes16 v)
{
    return (unsigned)__builtin_ia32_pmovmskb128((__attribute__((vector_size(16))) char)v);
}

/* Bit i: (byte i & mask) == value. */
static inline unsigned
gc_matching(gc_bytes16 v, uint8_t mask, uint8_t value)
{
    return gc_top_bits((gc_bytes16)((v & mask) == value));
}

#pragma GCC visibility pop
#endif
