/* driver.h: a small embedder of the collector, and the table of tests that use it.
 *
 * Its objects are cells: a header that says how many references follow and what the cell does when
 * it dies, then the references.  References to objects that a test wants lost are kept as complements,
 * which no scanner takes for references. */
#ifndef DRIVER_H
#define DRIVER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gc.h"
#include "gc_embedder.h"

typedef struct cell {
    uint32_t count; /* references in slots[] */
    uint32_t tag;
    struct cell *slots[];
} cell;

#define CHECK(condition)                                                                     \
    do {                                                                                     \
        if (!(condition)) {                                                                  \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);          \
            exit(1);                                                                         \
        }                                                                                    \
    } while (0)

#define NOINLINE __attribute__((noinline))

typedef void (*test_function)(void);
void add_test(const char *name, test_function run);

#define TEST(name)                                        \
    static void test_##name(void);                        \
    __attribute__((constructor)) static void add_##name(void) \
    {                                                     \
        add_test(#name, test_##name);                     \
    }                                                     \
    static void test_##name(void)

extern _Thread_local gc_mutator *m;
extern const char *image_path; /* a shared object with data of its own, or NULL */

/* What the embedder's callbacks saw. */
extern unsigned finalized_tags[64], deallocated_tags[64], cleared_tags[64];
extern unsigned pending_calls, cycles_begun, cycles_ended;
extern void (*on_finalize)(cell *c), (*on_dealloc)(cell *c);
extern void (*extra_roots)(gc_tracer *t);
extern void (*on_cycle_end)(void);
extern void (*on_weak_died)(uintptr_t tag);
extern bool (*on_out_of_memory)(size_t size);

#define NURSERY ((size_t)256 << 10)

size_t resident_bytes(void); /* of the process */
/* For on_dealloc: the first slot is a block of extension memory that the cell owns. */
void free_block(cell *c);
/* Options for minor cycles, without these roots, stacks and registers: so that nothing lives by chance. */
gc_options generations_without(unsigned disabled);
void start(const gc_options *options);
cell *new_cell(uint32_t count, uint32_t tag);
/* A list through the first slots, whose cells have the tags tag + length - 1 down to tag. */
cell *make_list(unsigned length, unsigned tag);
void check_list(const cell *list, unsigned length, unsigned tag);

static inline uintptr_t
hide(const void *p)
{
    return ~(uintptr_t)p;
}

static inline void *
reveal(uintptr_t hidden)
{
    return (void *)~hidden;
}

/* Is the object whose complement this is still there? */
bool alive(uintptr_t hidden);
/* Overwrite the part of the stack that returned calls have left. */
void clear_stack(void);
void collect(void);
/* A minor cycle, where gc_options.generations is set; the nursery is small then. */
void collect_young(void);
gc_stats stats_now(void);
uint64_t next_random(void);

#endif
