/* gc_host.c: see gc_host.h.
 *
 * `held` is volatile so that the address stays on the stack until a handle has taken it over: the register it
 * came in may be used for something else before gc_handle_new has stored it. */
#include "gc_host.h"

gc_handle
gc_host_alloc(gc_mutator *m, size_t size, gc_kind kind, const gc_layout *layout)
{
    void *volatile held = gc_alloc(m, size, kind);
    if (held == NULL)
        return 0;
    if (kind == GC_DESCRIBED)
        *(const gc_layout **)held = layout;
    return gc_handle_new(held);
}

gc_handle
gc_host_copy(gc_handle h)
{
    void *volatile held = gc_handle_get(h);
    return gc_handle_new(held);
}

/* ------------------------------------------------------------------ words */

static gc_host_status
handle_of(void *object, gc_handle *out)
{
    void *volatile held = object;
    *out = gc_handle_new(held);
    return *out != 0 ? GC_HOST_OK : GC_HOST_NO_MEMORY;
}

static gc_host_status
find_place(gc_handle h, size_t offset, void *volatile *held, uintptr_t **place)
{
    *held = gc_handle_get(h);
    if (*held == NULL)
        return GC_HOST_CLOSED;
    *place = (uintptr_t *)((char *)*held + offset);
    return GC_HOST_OK;
}

gc_host_status
gc_host_load_word(gc_handle h, size_t offset, uintptr_t *out)
{
    void *volatile held;
    uintptr_t *place;
    gc_host_status status = find_place(h, offset, &held, &place);
    if (status == GC_HOST_OK)
        *out = __atomic_load_n(place, __ATOMIC_RELAXED);
    return status;
}

gc_host_status
gc_host_store_word(gc_handle h, size_t offset, uintptr_t word)
{
    void *volatile held;
    uintptr_t *place;
    gc_host_status status = find_place(h, offset, &held, &place);
    if (status == GC_HOST_OK)
        gc_store(held, place, (const void *)word); /* in a conservative object it may be a reference */
    return status;
}

/* ------------------------------------------------------------------ references */

gc_host_status
gc_host_adopt(uintptr_t address, gc_handle *out)
{
    void *volatile held = (void *)address;
    *out = 0;
    if (held == NULL)
        return GC_HOST_OK;
    void *object = gc_object_base(held);
    return object != NULL ? handle_of(object, out) : GC_HOST_NO_OBJECT;
}

gc_host_status
gc_host_read_ref(const uintptr_t *place, gc_handle *out)
{
    return gc_host_adopt(__atomic_load_n(place, __ATOMIC_RELAXED), out);
}

gc_host_status
gc_host_write_ref(uintptr_t *place, gc_handle target)
{
    void *volatile held = target != 0 ? gc_handle_get(target) : NULL;
    if (target != 0 && held == NULL)
        return GC_HOST_CLOSED;
    gc_store(place, place, held); /* the place may lie in an object */
    return GC_HOST_OK;
}

gc_host_status
gc_host_load_ref(gc_handle h, size_t offset, gc_handle *out)
{
    void *volatile held;
    uintptr_t *place;
    gc_host_status status = find_place(h, offset, &held, &place);
    return status == GC_HOST_OK ? gc_host_read_ref(place, out) : status;
}

gc_host_status
gc_host_store_ref(gc_handle h, size_t offset, gc_handle target)
{
    void *volatile held;
    uintptr_t *place;
    gc_host_status status = find_place(h, offset, &held, &place);
    return status == GC_HOST_OK ? gc_host_write_ref(place, target) : status;
}

/* ------------------------------------------------------------------ weak references and dying */

gc_weak
gc_host_weak_new(gc_handle target, uintptr_t tag)
{
    void *volatile held = gc_handle_get(target);
    return gc_weak_new(held, tag);
}

gc_host_status
gc_host_weak_get(gc_weak w, gc_handle *out)
{
    void *volatile held = gc_weak_get(w);
    *out = 0;
    return held != NULL ? handle_of(held, out) : GC_HOST_CLOSED;
}

gc_host_status
gc_host_ephemeron_set(gc_handle owner, gc_handle key, gc_handle value)
{
    void *volatile o = gc_handle_get(owner), *volatile k = gc_handle_get(key), *volatile v = gc_handle_get(value);
    if (o == NULL || k == NULL || v == NULL)
        return GC_HOST_CLOSED;
    return gc_ephemeron_set(o, k, v) == 0 ? GC_HOST_OK : GC_HOST_NO_MEMORY;
}

gc_host_status
gc_host_ephemeron_get(gc_handle owner, gc_handle key, gc_handle *out)
{
    void *volatile o = gc_handle_get(owner), *volatile k = gc_handle_get(key);
    *out = 0;
    if (o == NULL || k == NULL)
        return GC_HOST_CLOSED;
    void *volatile value = gc_ephemeron_get(o, k);
    return value != NULL ? handle_of(value, out) : GC_HOST_OK;
}

gc_host_status
gc_host_ephemeron_remove(gc_handle owner, gc_handle key, bool *removed)
{
    void *volatile o = gc_handle_get(owner), *volatile k = gc_handle_get(key);
    if (o == NULL || k == NULL)
        return GC_HOST_CLOSED;
    *removed = gc_ephemeron_remove(o, k);
    return GC_HOST_OK;
}

gc_host_status
gc_host_finalize_later(gc_handle h)
{
    void *volatile held = gc_handle_get(h);
    if (held == NULL)
        return GC_HOST_CLOSED;
    return gc_dying_register(held, GC_DYING_FINALIZE) == 0 ? GC_HOST_OK : GC_HOST_NO_MEMORY;
}
