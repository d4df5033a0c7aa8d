/* roots.c: where marking starts: stack, registers, images' data, ranges. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "gc_internal.h"

#include <link.h>
#include <stdlib.h>

/* One piece of an image's writable data.  Its thread-local block has an address in each thread, which
 * may not exist yet when the image is added. */
typedef struct segment {
    uintptr_t image; /* the image's load address and program headers tell images apart */
    uintptr_t lo, hi;
    bool thread_local_block;
} segment;

typedef struct range {
    void *const *lo, *const *hi;
} range;

static segment *segments;
static size_t segment_count, segment_room;
static range *ranges;
static size_t range_count, range_room;
static bool has_thread_locals;

/* ------------------------------------------------------------------ images */

static uintptr_t
image_of(const struct dl_phdr_info *info)
{
    return (uintptr_t)info->dlpi_phdr;
}

static int
add_segment(segment s)
{
    if (s.lo >= s.hi)
        return 0;
    if (segment_count == segment_room) {
        size_t room = segment_room == 0 ? 16 : 2 * segment_room;
        segment *p = realloc(segments, room * sizeof *p);
        if (p == NULL)
            return -1;
        segments = p;
        segment_room = room;
    }
    segments[segment_count++] = s;
    return 0;
}

/* A writable segment without what the loader makes read-only after relocation. */
static int
add_writable(uintptr_t image, uintptr_t lo, uintptr_t hi, uintptr_t relro_lo, uintptr_t relro_hi)
{
    if (relro_lo >= hi || relro_hi <= lo)
        return add_segment((segment){.image = image, .lo = lo, .hi = hi});
    if (add_segment((segment){.image = image, .lo = lo, .hi = relro_lo}) < 0)
        return -1;
    return add_segment((segment){.image = image, .lo = relro_hi, .hi = hi});
}

static int
add_image(const struct dl_phdr_info *info)
{
    uintptr_t image = image_of(info), base = info->dlpi_addr, relro_lo = 0, relro_hi = 0;
    int result = 0;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        if (ph->p_type == PT_GNU_RELRO) {
            relro_lo = base + ph->p_vaddr;
            relro_hi = relro_lo + ph->p_memsz;
        }
    }
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        uintptr_t lo = base + ph->p_vaddr, hi = lo + ph->p_memsz;
        if (ph->p_type == PT_LOAD && (ph->p_flags & PF_W))
            result |= add_writable(image, lo, hi, relro_lo, relro_hi);
        if (ph->p_type == PT_TLS && ph->p_memsz != 0) {
            /* Where it is, gc_roots_prepare finds out each time; here only its size. */
            result |= add_segment(
                (segment){.image = image, .lo = 0, .hi = ph->p_memsz, .thread_local_block = true});
            has_thread_locals = true;
        }
    }
    return result;
}

typedef struct image_search {
    uintptr_t address;
    int result;
} image_search;

static bool
contains_address(const struct dl_phdr_info *info, uintptr_t address)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        if (ph->p_type == PT_LOAD && address - (info->dlpi_addr + ph->p_vaddr) < ph->p_memsz)
            return true;
    }
    return false;
}

static bool
is_added(uintptr_t image)
{
    for (size_t i = 0; i < segment_count; i++)
        if (segments[i].image == image)
            return true;
    return false;
}

static void
drop_image(uintptr_t image)
{
    size_t kept = 0;
    for (size_t i = 0; i < segment_count; i++)
        if (segments[i].image != image)
            segments[kept++] = segments[i];
    segment_count = kept;
}

static int
add_found_image(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    image_search *search = arg;
    if (!contains_address(info, search->address))
        return 0;
    search->result = is_added(image_of(info)) ? 0 : add_image(info);
    if (search->result < 0)
        drop_image(image_of(info));
    return 1;
}

static int
drop_found_image(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    image_search *search = arg;
    if (!contains_address(info, search->address))
        return 0;
    drop_image(image_of(info));
    return 1;
}

int
gc_root_image_add(const void *addr)
{
    image_search search = {.address = (uintptr_t)addr, .result = -1};
    dl_iterate_phdr(add_found_image, &search);
    return search.result;
}

void
gc_root_image_remove(const void *addr)
{
    image_search search = {.address = (uintptr_t)addr};
    dl_iterate_phdr(drop_found_image, &search);
}

static int
locate_thread_locals(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)arg;
    if (size < offsetof(struct dl_phdr_info, dlpi_tls_data) + sizeof info->dlpi_tls_data)
        return 1;
    for (size_t i = 0; i < segment_count; i++) {
        segment *s = &segments[i];
        if (!s->thread_local_block || s->image != image_of(info))
            continue;
        size_t bytes = s->hi - s->lo;
        s->lo = (uintptr_t)info->dlpi_tls_data;
        s->hi = s->lo + bytes;
    }
    return 0;
}

void
gc_roots_prepare(void)
{
    if (has_thread_locals)
        dl_iterate_phdr(locate_thread_locals, NULL);
}

static void
scan_images(gc_tracer *t)
{
    for (size_t i = 0; i < segment_count; i++)
        if (segments[i].lo != 0)
            gc_mark_root_range(t, segments[i].lo, segments[i].hi);
}

/* ------------------------------------------------------------------ ranges */

void
gc_root_range_add(void *const *lo, void *const *hi)
{
    if (range_count == range_room) {
        size_t room = range_room == 0 ? 16 : 2 * range_room;
        range *p = realloc(ranges, room * sizeof *p);
        if (p == NULL)
            gc_heap_fatal("no memory to register a root range");
        ranges = p;
        range_room = room;
    }
    ranges[range_count++] = (range){lo, hi};
}

void
gc_root_range_remove(void *const *lo)
{
    for (size_t i = range_count; i-- > 0;) {
        if (ranges[i].lo == lo) {
            memmove(&ranges[i], &ranges[i + 1], (range_count - i - 1) * sizeof *ranges);
            range_count--;
            return;
        }
    }
}

/* ------------------------------------------------------------------ all of them */

void
gc_roots_scan(gc_tracer *t, unsigned disabled, const uintptr_t *registers, size_t register_count,
              uintptr_t sp)
{
    if (!(disabled & GC_ROOT_REGISTERS))
        gc_mark_root_range(t, (uintptr_t)registers, (uintptr_t)(registers + register_count));
    if (!(disabled & GC_ROOT_STACK))
        gc_mark_root_range(t, sp, gc_the_mutator.stack_hi);
    if (!(disabled & GC_ROOT_DATA))
        scan_images(t);
    if (!(disabled & GC_ROOT_EXTENSION))
        gc_ext_scan_roots(t);
    if (!(disabled & GC_ROOT_HANDLE))
        gc_handle_scan(t);
    if (!(disabled & GC_ROOT_RANGE))
        for (size_t i = 0; i < range_count; i++)
            gc_mark_root_range(t, (uintptr_t)*ranges[i].lo, (uintptr_t)*ranges[i].hi);
    if (!(disabled & GC_ROOT_EMBEDDER) && gc_heap.embedder.trace_roots != NULL)
        gc_heap.embedder.trace_roots(t);
    gc_dying_scan_roots(t);
}

void
gc_roots_shutdown(void)
{
    free(segments);
    free(ranges);
    segments = NULL;
    ranges = NULL;
    segment_count = segment_room = range_count = range_room = 0;
    has_thread_locals = false;
}
