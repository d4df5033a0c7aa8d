/* embedder.c: the collector's questions about objects, answered from their types. */
#include "embedder.h"

#include "gc_embedder.h"
#include "state.h"
#include "typeobject.h"
#include "unicode.h"
#include "weakref.h"

/* A type that inherited its trace function may have fields behind those of the type the function was
 * written for (__slots__, attributes, an extension's own struct): these are scanned conservatively. */
static void
embedder_trace(void *object, size_t size, gc_tracer *t)
{
    PyObject *self = object;
    PyTypeObject *type = self->ob_type;
    gc_visit(t, (uintptr_t)type);
    if (type == NULL || type->gcrt_trace == NULL) {
        gc_visit_range(t, self + 1, (size - sizeof *self) / sizeof(void *));
        return;
    }
    type->gcrt_trace(self, size, t);
    size_t known = TYPE_STATIC_SIZE(type) & ~(sizeof(void *) - 1);
    if (known != 0 && known < size)
        gc_visit_range(t, (char *)object + known, (size - known) / sizeof(void *));
}

/* Globals are scanned as part of libgcrt's image. */
static void
embedder_trace_roots(gc_tracer *t)
{
    gc_visit(t, (uintptr_t)&gcrt_interp);
}

/* Whoever's turn it is must not see an exception that was on its way, nor leave one behind. */
static inline void
call_undisturbed(void (*function)(PyObject *), PyObject *object)
{
    PyThreadState *ts = gcrt_ts;
    PyObject *raised = ts->exception;
    ts->exception = NULL;
    function(object);
    if (GCRT_UNLIKELY(ts->exception != NULL))
        PyErr_WriteUnraisable(object);
    ts->exception = raised;
}

static void
embedder_finalize(void *object)
{
    PyTypeObject *type = Py_TYPE((PyObject *)object);
    destructor finalize = type->tp_finalize != NULL ? type->tp_finalize : type->tp_del;
    if (finalize != NULL)
        call_undisturbed(finalize, object);
}

static void
embedder_dealloc(void *object)
{
    destructor dealloc = ((PyObject *)object)->ob_type->tp_dealloc;
    if (dealloc != NULL)
        call_undisturbed(dealloc, object);
}

static void
embedder_pending(void)
{
    __atomic_fetch_or(&embedder_main_ts()->breaker, GCRT_BREAK_GC, __ATOMIC_RELAXED);
}

static void
embedder_cycle_begin(void)
{
    type_clear_cache();
}

static void
embedder_cycle_end(void)
{
    unicode_cycle_end();
    weakref_cycle_end();
    type_prune_subclasses();
}

void
embedder_init(void)
{
    static const gc_embedder table = {
        .trace = embedder_trace,
        .trace_roots = embedder_trace_roots,
        .finalize = embedder_finalize,
        .dealloc = embedder_dealloc,
        .clear_weak = weakref_clear,
        .pending = embedder_pending,
        .cycle_begin = embedder_cycle_begin,
        .cycle_end = embedder_cycle_end,
    };
    gc_set_embedder(&table);
}
