/* table.c: growing arrays and a hash table, in memory from the system.
 *
 * Neither uses malloc: they grow inside cycles too, when a stopped thread may hold malloc's lock. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "gc_internal.h"

#include <sys/mman.h>

#define FIRST_BYTES 4096u
#define FIRST_SIZE 128u /* entries */
#define DELETED ((uintptr_t)1)

/* ------------------------------------------------------------------ arrays */

void *
gc_map(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

bool
gc_array_reserve(gc_array *a, size_t more)
{
    size_t wanted = a->bytes + more, room = a->room == 0 ? FIRST_BYTES : a->room;
    if (wanted <= a->room)
        return true;
    while (room < wanted)
        room *= 2;
    void *p = a->room == 0 ? gc_map(room) : mremap(a->data, a->room, room, MREMAP_MAYMOVE);
    if (p == NULL || p == MAP_FAILED)
        return false;
    a->data = p;
    a->room = room;
    return true;
}

void
gc_array_free(gc_array *a)
{
    if (a->room != 0)
        munmap(a->data, a->room);
    *a = (gc_array){0};
}

/* ------------------------------------------------------------------ the table */

static size_t
slot_of(const gc_table *table, uintptr_t a, uintptr_t b)
{
    uint64_t h = (a >> 4) * 0x9E3779B97F4A7C15ull ^ (b >> 4) * 0xC2B2AE3D27D4EB4Full;
    return (size_t)(h ^ h >> 29) & (table->size - 1);
}

gc_entry *
gc_table_find(const gc_table *table, uintptr_t a, uintptr_t b)
{
    if (table->size == 0)
        return NULL;
    for (size_t i = slot_of(table, a, b);; i = (i + 1) & (table->size - 1)) {
        gc_entry *e = &table->entries[i];
        if (e->a == a && e->b == b)
            return e;
        if (e->a == 0)
            return NULL;
    }
}

void
gc_table_prefetch(const gc_table *table, uintptr_t a, uintptr_t b)
{
    if (table->size != 0)
        __builtin_prefetch(&table->entries[slot_of(table, a, b)], 1);
}

static gc_entry *
insert(gc_table *table, gc_entry e)
{
    size_t i = slot_of(table, e.a, e.b);
    while (table->entries[i].a != 0)
        i = (i + 1) & (table->size - 1);
    table->entries[i] = e;
    table->filled++;
    return &table->entries[i];
}

static bool
rebuild(gc_table *table)
{
    gc_table old = *table;
    size_t size = FIRST_SIZE;
    while (size < 2 * (old.filled - old.deleted + 1))
        size *= 2;
    gc_entry *entries = gc_map(size * sizeof *entries);
    if (entries == NULL)
        return false;
    *table = (gc_table){.entries = entries, .size = size};
    for (size_t i = 0; i < old.size; i++)
        if (gc_entry_in_use(&old.entries[i]))
            insert(table, old.entries[i]);
    gc_table_free(&old);
    return true;
}

gc_entry *
gc_table_add(gc_table *table, uintptr_t a, uintptr_t b, uintptr_t data)
{
    if (4 * (table->filled + 1) > 3 * table->size && !rebuild(table))
        return NULL;
    return insert(table, (gc_entry){a, b, data});
}

/* At the end of a run of slots nobody probes past the entry: it is free again, and so are the deleted ones
 * before it.  Nothing is moved: callers walk the table. */
void
gc_table_delete(gc_table *table, gc_entry *entry)
{
    size_t mask = table->size - 1, i = (size_t)(entry - table->entries);
    *entry = (gc_entry){.a = DELETED};
    table->deleted++;
    if (table->entries[(i + 1) & mask].a != 0)
        return;
    for (; table->entries[i].a == DELETED; i = (i - 1) & mask) {
        table->entries[i].a = 0;
        table->deleted--;
        table->filled--;
    }
}

void
gc_table_free(gc_table *table)
{
    if (table->size != 0)
        munmap(table->entries, table->size * sizeof *table->entries);
    *table = (gc_table){0};
}
