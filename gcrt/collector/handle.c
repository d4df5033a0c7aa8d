/* handle.c: numbered references from code that the collector doesn't scan.
 *
 * A handle is a slot's index with the slot's generation above it; freeing a handle advances the
 * generation, so that a stale one is recognised.  Handles may be used from any thread. */
#define GC_INTERNAL
#include "gc_internal.h"

typedef struct slot {
    void *object;        /* NULL in a free slot */
    uint32_t generation; /* of the handle in use or the next one; never 0 */
    uint32_t next_free;  /* index + 1 */
} slot;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static gc_array array; /* not malloc's: a cycle waits for whoever has the lock */
static uint32_t first_free;

#define SLOTS ((slot *)array.data)
#define N_SLOTS ((uint32_t)(array.bytes / sizeof(slot)))

static gc_handle
take_slot(void *object)
{
    uint32_t i;
    if (first_free != 0) {
        i = first_free - 1;
        first_free = SLOTS[i].next_free;
    } else {
        if (N_SLOTS == UINT32_MAX - 1 || !gc_array_reserve(&array, sizeof(slot)))
            return 0;
        i = N_SLOTS;
        array.bytes += sizeof(slot);
        SLOTS[i].generation = 1;
    }
    SLOTS[i].object = object;
    return (gc_handle)SLOTS[i].generation << 32 | (i + 1);
}

/* The slot of a live handle, or NULL.  Lock held. */
static slot *
find(gc_handle h)
{
    uint32_t i = (uint32_t)h - 1;
    if ((uint32_t)h == 0 || i >= N_SLOTS || SLOTS[i].object == NULL || SLOTS[i].generation != h >> 32)
        return NULL;
    return &SLOTS[i];
}

/* 0 (never a handle) when object is NULL or memory is exhausted. */
gc_handle
gc_handle_new(void *object)
{
    if (object == NULL)
        return 0;
    gc_lock(&lock);
    gc_handle h = take_slot(object);
    gc_unlock(&lock);
    return h;
}

void *
gc_handle_get(gc_handle h)
{
    gc_lock(&lock);
    slot *s = find(h);
    void *volatile object = s == NULL ? NULL : s->object; /* on the stack before a cycle may come */
    gc_unlock(&lock);
    return object;
}

bool
gc_handle_free(gc_handle h)
{
    gc_lock(&lock);
    slot *s = find(h);
    if (s != NULL) {
        s->object = NULL;
        if (++s->generation == 0)
            s->generation = 1;
        s->next_free = first_free;
        first_free = (uint32_t)(s - SLOTS) + 1;
    }
    gc_unlock(&lock);
    return s != NULL;
}

void
gc_handle_lock(void)
{
    pthread_mutex_lock(&lock);
}

void
gc_handle_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

void
gc_handle_scan(gc_tracer *t)
{
    for (uint32_t i = 0; i < N_SLOTS; i++)
        if (SLOTS[i].object != NULL)
            gc_visit(t, (uintptr_t)SLOTS[i].object);
}

void
gc_handle_shutdown(void)
{
    gc_array_free(&array);
    first_free = 0;
}
