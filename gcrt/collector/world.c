/* world.c: as long as there is one mutator: nobody else can begin a cycle, and no ephemeron exists.  Weak, so
 * that the real ones take over. */
#define GC_INTERNAL
#include "gc_internal.h"

static struct {
    void (*scan)(gc_tracer *t, void *arg);
    void *arg;
} instead;

__attribute__((weak)) void
gc_world_lock(void)
{
}

__attribute__((weak)) void
gc_world_unlock(void)
{
}

static void
scan_instead(void *object, size_t size, gc_tracer *t)
{
    (void)object;
    (void)size;
    instead.scan(t, instead.arg);
}

/* Only mark.c can make a tracer; what it makes is lent to scan in the place of an object's tracing. */
__attribute__((weak)) void
gc_mark_check(void (*scan)(gc_tracer *t, void *arg), void *scan_arg, void (*check)(uintptr_t word, void *arg),
              void *arg)
{
    void (*trace)(void *object, size_t size, gc_tracer *t) = gc_heap.embedder.trace;
    instead.scan = scan;
    instead.arg = scan_arg;
    gc_heap.embedder.trace = scan_instead;
    gc_mark_check_object(0, 0, GC_TRACED, check, arg);
    gc_heap.embedder.trace = trace;
}

__attribute__((weak)) void
gc_ephemeron_each(void (*visit)(uintptr_t owner, uintptr_t key, uintptr_t value, void *arg), void *arg)
{
    (void)visit;
    (void)arg;
}
