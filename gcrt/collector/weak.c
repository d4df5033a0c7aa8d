/* weak.c: weak references, as a set of (owner, target) pairs beside the heap.
 *
 * The set hides nothing from the scanners because they never look into it.  It is hashed by both
 * members, so that a popular target is no long chain. */
#define GC_INTERNAL
#include "gc_internal.h"

#include <stdlib.h>

typedef struct pair {
    uintptr_t owner, target; /* target 0: free, DELETED: was in use */
} pair;

#define DELETED ((uintptr_t)1)

static pair *table;
static size_t table_size, filled, deleted;

static size_t
slot_of(pair p)
{
    uint64_t h = (p.owner >> 4) * 0x9E3779B97F4A7C15ull ^ (p.target >> 4) * 0xC2B2AE3D27D4EB4Full;
    return (size_t)(h ^ h >> 29) & (table_size - 1);
}

static pair *
find(pair p)
{
    if (table_size == 0)
        return NULL;
    for (size_t i = slot_of(p);; i = (i + 1) & (table_size - 1)) {
        if (table[i].target == p.target && table[i].owner == p.owner)
            return &table[i];
        if (table[i].target == 0)
            return NULL;
    }
}

static void
insert(pair p)
{
    size_t i = slot_of(p);
    while (table[i].target != 0)
        i = (i + 1) & (table_size - 1);
    table[i] = p;
    filled++;
}

static bool
rebuild(void)
{
    size_t old_size = table_size, size = 64;
    while (size < 4 * (filled - deleted))
        size *= 2;
    pair *old = table, *fresh = calloc(size, sizeof *fresh);
    if (fresh == NULL)
        return false;
    table = fresh;
    table_size = size;
    filled = deleted = 0;
    for (size_t i = 0; i < old_size; i++)
        if (old[i].target > DELETED)
            insert(old[i]);
    free(old);
    return true;
}

static void
delete_pair(pair *p)
{
    *p = (pair){.target = DELETED};
    deleted++;
}

/* Registering a pair a second time changes nothing.  -1: no memory, or called from inside a cycle. */
int
gc_weak_register(void *owner, void *target)
{
    if (owner == NULL || target == NULL || gc_heap.in_cycle)
        return -1;
    pair p = {(uintptr_t)owner, (uintptr_t)target};
    if (find(p) != NULL)
        return 0;
    if (4 * (filled + 1) > 3 * table_size && !rebuild())
        return -1;
    insert(p);
    return 0;
}

void
gc_weak_unregister(void *owner, void *target)
{
    pair *p = find((pair){(uintptr_t)owner, (uintptr_t)target});
    if (p != NULL)
        delete_pair(p);
}

bool
gc_weak_clear(void)
{
    bool any = false;
    for (size_t i = 0; i < table_size; i++) {
        pair p = table[i];
        if (p.target <= DELETED)
            continue;
        if (!gc_mark_is_marked(p.owner)) {
            delete_pair(&table[i]);
        } else if (!gc_mark_is_marked(p.target)) {
            delete_pair(&table[i]);
            gc_stats_counters.weak_cleared++;
            any = true;
            if (gc_heap.embedder.clear_weak != NULL)
                gc_heap.embedder.clear_weak((void *)p.owner, (void *)p.target);
        }
    }
    return any;
}

void
gc_weak_shutdown(void)
{
    free(table);
    table = NULL;
    table_size = filled = deleted = 0;
}
