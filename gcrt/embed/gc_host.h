/* gc_host.h: the collector for a host whose own memory is not scanned, such as another language's runtime.
 *
 * Such a host keeps numbers (gc_handle), never addresses.  Each function here goes from handles to handles in
 * one step: an address is only ever on the C stack of the calling mutator, which is scanned, so no cycle of
 * another thread can come between an allocation and its handle.  A handle that has been freed is an error
 * (GC_HOST_CLOSED), never a fault, even when another thread frees it meanwhile.
 *
 * The calling thread must be a mutator.  Offsets are in bytes from the object's first; the caller checks them
 * against gc_object_size. */
#ifndef GC_HOST_H
#define GC_HOST_H

#include "gc.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gc_host_status {
    GC_HOST_OK = 0,
    GC_HOST_CLOSED = 1,    /* a handle was freed, or a weak reference's target is dead */
    GC_HOST_NO_OBJECT = 2, /* the word is not 0 and points into no live object */
    GC_HOST_NO_MEMORY = 3,
} gc_host_status;

/* Allocate; a layout is stored in word 0 of a GC_DESCRIBED object (NULL for the other kinds).  0: no memory. */
gc_handle gc_host_alloc(gc_mutator *m, size_t size, gc_kind kind, const gc_layout *layout);

/* A second handle of the same object; 0 when h is closed or memory is exhausted. */
gc_handle gc_host_copy(gc_handle h);

gc_host_status gc_host_load_word(gc_handle h, size_t offset, uintptr_t *out);
gc_host_status gc_host_store_word(gc_handle h, size_t offset, uintptr_t word);

/* A new handle of the object that the word points at or into; *out is 0 when the word is. */
gc_host_status gc_host_load_ref(gc_handle h, size_t offset, gc_handle *out);
/* target 0 stores NULL. */
gc_host_status gc_host_store_ref(gc_handle h, size_t offset, gc_handle target);

/* The same for a word anywhere in memory, such as a slot of a root range.  It is read once. */
gc_host_status gc_host_read_ref(const uintptr_t *place, gc_handle *out);
gc_host_status gc_host_write_ref(uintptr_t *place, gc_handle target);

/* A handle of the object at or around an address that something else keeps alive during the call. */
gc_host_status gc_host_adopt(uintptr_t address, gc_handle *out);

/* gc_weak_*, gc_ephemeron_* and gc_dying_register(GC_DYING_FINALIZE) by handle. */
gc_weak gc_host_weak_new(gc_handle target, uintptr_t tag); /* 0: closed, or no memory */
gc_host_status gc_host_weak_get(gc_weak w, gc_handle *out);
gc_host_status gc_host_ephemeron_set(gc_handle owner, gc_handle key, gc_handle value);
gc_host_status gc_host_ephemeron_get(gc_handle owner, gc_handle key, gc_handle *out); /* *out 0: no entry */
gc_host_status gc_host_ephemeron_remove(gc_handle owner, gc_handle key, bool *removed);
gc_host_status gc_host_finalize_later(gc_handle h);

#ifdef __cplusplus
}
#endif
#endif /* GC_HOST_H */
