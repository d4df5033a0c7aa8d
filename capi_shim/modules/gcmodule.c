/* gcmodule.c: the gc module, over our collector.  When a cycle is due, and whether a minor one, is its own affair:
 * thresholds and counts are accepted and remembered. */
#include "gc_module.h"

#include "frame.h"
#include "gc.h"
#include "state.h"

#define WIPED_WORDS 256u

static PyObject *callbacks, *garbage;
static int thresholds[3] = {700, 10, 10};

/* Variables that are yet to be set, and padding, hold what earlier calls have left there, and the stack is scanned: so
 * functions below a collection have frames in which there is nothing of that kind, or lie where this has been. */
static __attribute__((noinline)) void
wipe_stack(void)
{
    uintptr_t words[WIPED_WORDS] = {0};
    __asm__ volatile("" : : "r"(words) : "memory");
}

/* How many objects have had their say. */
static __attribute__((noinline)) uint64_t
count_dead(void)
{
    gc_stats stats;
    gc_get_stats(gcrt_ts->gc, &stats);
    return stats.finalized + stats.deallocated;
}

static __attribute__((noinline)) Py_ssize_t
collect(void)
{
    PyThreadState *ts = gcrt_ts;
    uint64_t before = count_dead();
    frame_clear_dead_operands(ts);
    gc_collect(ts->gc);
    PyObject *raised = ts->exception;
    ts->exception = NULL;
    gc_run_pending(ts->gc);
    ts->exception = raised;
    return (Py_ssize_t)(count_dead() - before);
}

Py_ssize_t
PyGC_Collect(void)
{
    wipe_stack();
    return collect();
}

int
gc_module_freed_descriptors(void)
{
    int reason = errno;
    int again = (reason == EMFILE || reason == ENFILE) && PyGC_Collect() > 0;
    errno = reason;
    return again;
}

int
PyGC_Enable(void)
{
    int was = gc_is_enabled();
    gc_set_enabled(true);
    return was;
}

int
PyGC_Disable(void)
{
    int was = gc_is_enabled();
    gc_set_enabled(false);
    return was;
}

int
PyGC_IsEnabled(void)
{
    return gc_is_enabled();
}

static int
call_callbacks(const char *phase, Py_ssize_t collected)
{
    if (callbacks == NULL || PyList_GET_SIZE(callbacks) == 0)
        return 0;
    PyObject *info = Py_BuildValue("{s:i,s:n,s:i}", "generation", 2, "collected", collected, "uncollectable", 0);
    if (info == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(callbacks); i++)
        if (PyObject_CallFunction(PyList_GET_ITEM(callbacks, i), "sO", phase, info) == NULL)
            PyErr_WriteUnraisable(PyList_GET_ITEM(callbacks, i));
    return 0;
}

static __attribute__((noinline)) PyObject *
collect_as_asked(PyObject *args, PyObject *kwds)
{
    static char *names[] = {"generation", NULL};
    int generation = 2;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|i:collect", names, &generation))
        return NULL;
    if (generation < 0 || generation > 2)
        return PyErr_Format(PyExc_ValueError, "invalid generation");
    if (call_callbacks("start", 0) < 0)
        return NULL;
    Py_ssize_t n = PyGC_Collect();
    return call_callbacks("stop", n) < 0 ? NULL : PyLong_FromSsize_t(n);
}

static PyObject *
module_collect(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwds)
{
    wipe_stack();
    return collect_as_asked(args, kwds);
}

static PyObject *
module_enable(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    gc_set_enabled(true);
    Py_RETURN_NONE;
}

static PyObject *
module_disable(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    gc_set_enabled(false);
    Py_RETURN_NONE;
}

static PyObject *
module_isenabled(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return PyBool_FromLong(gc_is_enabled());
}

static PyObject *
module_get_stats(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    gc_stats s;
    gc_get_stats(gcrt_ts->gc, &s);
    PyObject *oldest = Py_BuildValue("{s:K,s:K,s:i}", "collections", (unsigned long long)s.collections, "collected",
                                     (unsigned long long)(s.finalized + s.deallocated), "uncollectable", 0);
    PyObject *young = Py_BuildValue("{s:i,s:i,s:i}", "collections", 0, "collected", 0, "uncollectable", 0);
    if (oldest == NULL || young == NULL)
        return NULL;
    return Py_BuildValue("[OOO]", young, young, oldest);
}

static PyObject *
module_get_threshold(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("iii", thresholds[0], thresholds[1], thresholds[2]);
}

static PyObject *
module_set_threshold(PyObject *Py_UNUSED(self), PyObject *args)
{
    int t[3] = {thresholds[0], thresholds[1], thresholds[2]};
    if (!PyArg_ParseTuple(args, "i|ii:set_threshold", &t[0], &t[1], &t[2]))
        return NULL;
    memcpy(thresholds, t, sizeof t);
    Py_RETURN_NONE;
}

static PyObject *
module_get_count(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("iii", 0, 0, 0);
}

static int debug_flags;

static PyObject *
module_get_debug(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(debug_flags);
}

static PyObject *
module_set_debug(PyObject *Py_UNUSED(self), PyObject *arg)
{
    int flags = _PyLong_AsInt(arg);
    if (flags == -1 && PyErr_Occurred())
        return NULL;
    debug_flags = flags;
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ walking the heap
 *
 * The walk must not allocate, so candidates are noted in a block that was made before. */

typedef struct {
    PyObject **items;
    size_t count, capacity;
} walk_result;

static void
note_object(void *object, size_t size, gc_kind kind, void *arg)
{
    walk_result *r = arg;
    PyObject *op = object;
    if (kind != GC_TRACED || size < sizeof(PyObject) || op->ob_type == NULL || r->count >= r->capacity)
        return;
    if (PyType_IS_GC(op->ob_type))
        r->items[r->count++] = op;
}

static PyObject *
module_get_objects(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwds))
{
    gc_stats s;
    walk_result r = {0};
    bool enabled = gc_is_enabled();
    gc_set_enabled(false);
    gc_collect(gcrt_ts->gc);
    gc_get_stats(gcrt_ts->gc, &s);
    r.capacity = (size_t)s.live_objects + 1024;
    r.items = PyMem_Malloc(r.capacity * sizeof *r.items);
    PyObject *list = NULL;
    if (r.items != NULL) {
        gc_heap_walk(note_object, &r);
        list = PyList_New((Py_ssize_t)r.count);
        for (size_t i = 0; list != NULL && i < r.count; i++)
            PyList_SET_ITEM(list, (Py_ssize_t)i, r.items[i]);
        PyMem_Free(r.items);
    }
    gc_set_enabled(enabled);
    return list != NULL || PyErr_Occurred() ? list : PyErr_NoMemory();
}

static int
visit_append(PyObject *object, void *list)
{
    return PyList_Append(list, object);
}

/* What an object refers to, as far as its type's tp_traverse or its shape tells. */
static int
add_referents(PyObject *object, PyObject *list)
{
    if (gcrt_is_immediate(object))
        return 0;
    PyTypeObject *type = Py_TYPE(object);
    if (type->tp_traverse != NULL)
        return type->tp_traverse(object, visit_append, list);
    PyObject *items = NULL;
    if (PyList_Check(object) || PyTuple_Check(object) || PyAnySet_Check(object))
        items = PySequence_List(object);
    else if (PyDict_Check(object)) {
        PyObject *pairs[2] = {PyDict_Keys(object), PyDict_Values(object)};
        if (pairs[0] == NULL || pairs[1] == NULL)
            return -1;
        items = PySequence_Concat(pairs[0], pairs[1]);
    } else if (_PyObject_LookupAttr(object, GCRT_NAME(__dict__), &items) < 0)
        return -1;
    else if (items != NULL)
        items = PyDict_Check(items) ? PyDict_Values(items) : NULL;
    if (items == NULL)
        return PyErr_Occurred() ? -1 : 0;
    Py_ssize_t n = PyList_GET_SIZE(list);
    return PyList_SetSlice(list, n, n, items);
}

static PyObject *
module_get_referents(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *list = PyList_New(0);
    for (Py_ssize_t i = 0; list != NULL && i < PyTuple_GET_SIZE(args); i++)
        if (add_referents(PyTuple_GET_ITEM(args, i), list) < 0)
            return NULL;
    return list;
}

static int
refers_to(PyObject *object, PyObject *wanted)
{
    PyObject *list = PyList_New(0);
    if (list == NULL || add_referents(object, list) < 0) {
        PyErr_Clear();
        return 0;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++)
        for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(wanted); k++)
            if (PyList_GET_ITEM(list, i) == PyTuple_GET_ITEM(wanted, k))
                return 1;
    return 0;
}

static PyObject *
module_get_referrers(PyObject *self, PyObject *args)
{
    PyObject *all = module_get_objects(self, NULL, NULL), *result = PyList_New(0);
    if (all == NULL || result == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(all); i++) {
        PyObject *object = PyList_GET_ITEM(all, i);
        if (object != args && object != result && refers_to(object, args) && PyList_Append(result, object) < 0)
            return NULL;
    }
    return result;
}

static PyObject *
module_is_tracked(PyObject *Py_UNUSED(self), PyObject *object)
{
    return PyBool_FromLong(!gcrt_is_immediate(object) && PyObject_IS_GC(object));
}

static PyObject *
module_is_finalized(PyObject *Py_UNUSED(self), PyObject *object)
{
    return PyBool_FromLong(!gcrt_is_immediate(object) && PyObject_GC_IsFinalized(object));
}

static PyObject *
module_none(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    Py_RETURN_NONE;
}

static PyObject *
module_freeze_count(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return gcrt_int(0);
}

#define KEYWORDS(f) _PyCFunction_CAST(f), METH_VARARGS | METH_KEYWORDS
static PyMethodDef gc_methods[] = {
    {"collect", KEYWORDS(module_collect), "Collect now; number of finalized objects."},
    {"enable", module_enable, METH_NOARGS, "Switch automatic collection on."},
    {"disable", module_disable, METH_NOARGS, "Switch automatic collection off."},
    {"isenabled", module_isenabled, METH_NOARGS, "Is automatic collection on?"},
    {"get_stats", module_get_stats, METH_NOARGS, "Counters."},
    {"get_threshold", module_get_threshold, METH_NOARGS, NULL},
    {"set_threshold", module_set_threshold, METH_VARARGS, "Remembered; the collector sets its own pace."},
    {"get_count", module_get_count, METH_NOARGS, NULL},
    {"get_debug", module_get_debug, METH_NOARGS, NULL},
    {"set_debug", module_set_debug, METH_O, NULL},
    {"get_objects", KEYWORDS(module_get_objects), "Live objects that may refer to others."},
    {"get_referents", module_get_referents, METH_VARARGS, "What the objects refer to."},
    {"get_referrers", module_get_referrers, METH_VARARGS, "Objects that refer to one of the arguments."},
    {"is_tracked", module_is_tracked, METH_O, NULL},
    {"is_finalized", module_is_finalized, METH_O, NULL},
    {"freeze", module_none, METH_NOARGS, NULL},
    {"unfreeze", module_none, METH_NOARGS, NULL},
    {"get_freeze_count", module_freeze_count, METH_NOARGS, NULL},
    {0},
};

static PyModuleDef gc_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "gc",
    .m_doc = "The garbage collector.",
    .m_size = -1,
    .m_methods = gc_methods,
};

PyObject *
PyInit_gc(void)
{
    PyObject *m = PyModule_Create(&gc_def);
    callbacks = PyList_New(0);
    garbage = PyList_New(0);
    if (m == NULL || callbacks == NULL || garbage == NULL || PyModule_AddObjectRef(m, "callbacks", callbacks) < 0 ||
        PyModule_AddObjectRef(m, "garbage", garbage) < 0 || PyModule_AddIntConstant(m, "DEBUG_STATS", 1) < 0 ||
        PyModule_AddIntConstant(m, "DEBUG_COLLECTABLE", 2) < 0 ||
        PyModule_AddIntConstant(m, "DEBUG_UNCOLLECTABLE", 4) < 0 ||
        PyModule_AddIntConstant(m, "DEBUG_SAVEALL", 32) < 0 || PyModule_AddIntConstant(m, "DEBUG_LEAK", 38) < 0)
        return NULL;
    return m;
}
