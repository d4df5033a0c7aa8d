/* handle.c: numbered references from code that the collector doesn't scan.
 *
 * A handle is a slot's index with the slot's generation above it; freeing a handle advances the
 * generation, so that a stale one is recognised.  Handles may be used from any thread. */
#define GC_INTERNAL
#include "gc_internal.h"

#include <stdlib.h>

typedef struct slot {
    void *object;        /* NULL in a free slot */
    uint32_t generation; /* of the handle in use or the next one; never 0 */
    uint32_t next_free;  /* index + 1 */
} slot;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static slot *slots;
static uint32_t count, room, first_free;

static gc_handle
take_slot(void *object)
{
    uint32_t i;
    if (first_free != 0) {
        i = first_free - 1;
        first_free = slots[i].next_free;
    } else {
        if (count == room) {
            uint32_t wanted = room == 0 ? 64 : 2 * room;
            slot *p = wanted > room ? realloc(slots, wanted * sizeof *p) : NULL;
            if (p == NULL)
                return 0;
            slots = p;
            room = wanted;
        }
        i = count++;
        slots[i].generation = 1;
    }
    slots[i].object = object;
    return (gc_handle)slots[i].generation << 32 | (i + 1);
}

/* The slot of a live handle, or NULL.  Lock held. */
static slot *
find(gc_handle h)
{
    uint32_t i = (uint32_t)h - 1;
    if ((uint32_t)h == 0 || i >= count || slots[i].object == NULL || slots[i].generation != h >> 32)
        return NULL;
    return &slots[i];
}

/* 0 (never a handle) when object is NULL or memory is exhausted. */
gc_handle
gc_handle_new(void *object)
{
    if (object == NULL)
        return 0;
    pthread_mutex_lock(&lock);
    gc_handle h = take_slot(object);
    pthread_mutex_unlock(&lock);
    return h;
}

void *
gc_handle_get(gc_handle h)
{
    pthread_mutex_lock(&lock);
    slot *s = find(h);
    void *object = s == NULL ? NULL : s->object;
    pthread_mutex_unlock(&lock);
    return object;
}

bool
gc_handle_free(gc_handle h)
{
    pthread_mutex_lock(&lock);
    slot *s = find(h);
    if (s != NULL) {
        s->object = NULL;
        if (++s->generation == 0)
            s->generation = 1;
        s->next_free = first_free;
        first_free = (uint32_t)(s - slots) + 1;
    }
    pthread_mutex_unlock(&lock);
    return s != NULL;
}

void
gc_handle_scan(gc_tracer *t)
{
    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < count; i++)
        if (slots[i].object != NULL)
            gc_visit(t, (uintptr_t)slots[i].object);
    pthread_mutex_unlock(&lock);
}

void
gc_handle_shutdown(void)
{
    pthread_mutex_lock(&lock);
    free(slots);
    slots = NULL;
    count = room = first_free = 0;
    pthread_mutex_unlock(&lock);
}
