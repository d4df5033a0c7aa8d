/* _heapq.c: binary heaps in lists: item k is not larger (max heaps: not smaller) than items 2k+1, 2k+2.
 * Comparisons run Python code, which may change the list: its size is checked after each. */
#include "number_fast.h"

/* name: "function() argument", with its number where there are two. */
static int
heap_check(PyObject *heap, const char *name)
{
    if (PyList_Check(heap))
        return 0;
    PyErr_Format(PyExc_TypeError, "%s must be list, not %.50s", name,
                 heap == Py_None ? "None" : Py_TYPE(heap)->tp_name);
    return -1;
}

/* Does a belong above b?  -1: exception. */
static int
above(PyObject *a, PyObject *b, int max)
{
    PyObject *x = max ? b : a, *y = max ? a : b;
    int quick = fast_compare_bool(x, y, Py_LT);
    return quick >= 0 ? quick : PyObject_RichCompareBool(x, y, Py_LT);
}

static int
unchanged(PyObject *heap, Py_ssize_t size)
{
    if (PyList_GET_SIZE(heap) == size)
        return 0;
    PyErr_SetString(PyExc_RuntimeError, "list changed size during iteration");
    return -1;
}

static void
put(PyObject *heap, Py_ssize_t i, PyObject *item)
{
    gc_store(((PyListObject *)heap)->ob_item, &PyList_GET_ITEM(heap, i), item);
}

/* Item at pos moves up until its parent is above it; not beyond start. */
static int
move_up(PyObject *heap, Py_ssize_t start, Py_ssize_t pos, int max)
{
    Py_ssize_t size = PyList_GET_SIZE(heap);
    while (pos > start) {
        Py_ssize_t parent = (pos - 1) >> 1;
        PyObject *item = PyList_GET_ITEM(heap, pos), *other = PyList_GET_ITEM(heap, parent);
        int order = above(item, other, max);
        if (order < 0 || unchanged(heap, size) < 0)
            return -1;
        if (!order)
            break;
        item = PyList_GET_ITEM(heap, pos);
        other = PyList_GET_ITEM(heap, parent);
        put(heap, parent, item);
        put(heap, pos, other);
        pos = parent;
    }
    return 0;
}

/* The item at pos sinks to a leaf along the path of the upper children and rises from there: fewer
 * comparisons than stopping on the way, since it most often belongs near the bottom. */
static int
sink(PyObject *heap, Py_ssize_t pos, int max)
{
    Py_ssize_t size = PyList_GET_SIZE(heap), start = pos, limit = size >> 1;
    while (pos < limit) {
        Py_ssize_t child = 2 * pos + 1;
        if (child + 1 < size) {
            int order = above(PyList_GET_ITEM(heap, child), PyList_GET_ITEM(heap, child + 1), max);
            if (order < 0 || unchanged(heap, size) < 0)
                return -1;
            child += !order;
        }
        PyObject *upper = PyList_GET_ITEM(heap, child), *lower = PyList_GET_ITEM(heap, pos);
        put(heap, pos, upper);
        put(heap, child, lower);
        pos = child;
    }
    return move_up(heap, start, pos, max);
}

static PyObject *
heap_pop(PyObject *heap, int max)
{
    if (heap_check(heap, max ? "_heappop_max() argument" : "heappop() argument") < 0)
        return NULL;
    Py_ssize_t n = PyList_GET_SIZE(heap);
    if (n == 0) {
        PyErr_SetString(PyExc_IndexError, "index out of range");
        return NULL;
    }
    PyObject *last = PyList_GET_ITEM(heap, n - 1);
    if (PyList_SetSlice(heap, n - 1, n, NULL) < 0)
        return NULL;
    if (n == 1)
        return last;
    PyObject *top = PyList_GET_ITEM(heap, 0);
    put(heap, 0, last);
    return sink(heap, 0, max) < 0 ? NULL : top;
}

static PyObject *
heap_replace(PyObject *heap, PyObject *item, int max)
{
    if (heap_check(heap, max ? "_heapreplace_max() argument 1" : "heapreplace() argument 1") < 0)
        return NULL;
    if (PyList_GET_SIZE(heap) == 0) {
        PyErr_SetString(PyExc_IndexError, "index out of range");
        return NULL;
    }
    PyObject *top = PyList_GET_ITEM(heap, 0);
    put(heap, 0, item);
    return sink(heap, 0, max) < 0 ? NULL : top;
}

static PyObject *
heap_build(PyObject *heap, int max)
{
    if (heap_check(heap, max ? "_heapify_max() argument" : "heapify() argument") < 0)
        return NULL;
    Py_ssize_t n = PyList_GET_SIZE(heap);
    for (Py_ssize_t i = n / 2 - 1; i >= 0; i--)
        if (sink(heap, i, max) < 0 || unchanged(heap, n) < 0)
            return NULL;
    Py_RETURN_NONE;
}

static PyObject *
heappush(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    if (!_PyArg_CheckPositional("heappush", n, 2, 2) ||
        heap_check(args[0], "heappush() argument 1") < 0 || PyList_Append(args[0], args[1]) < 0 ||
        move_up(args[0], 0, PyList_GET_SIZE(args[0]) - 1, 0) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
heappushpop(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    if (!_PyArg_CheckPositional("heappushpop", n, 2, 2) || heap_check(args[0], "heappushpop() argument 1") < 0)
        return NULL;
    if (PyList_GET_SIZE(args[0]) == 0)
        return args[1];
    int order = above(PyList_GET_ITEM(args[0], 0), args[1], 0);
    if (order < 0)
        return NULL;
    return order ? heap_replace(args[0], args[1], 0) : args[1];
}

static PyObject *
heapreplace(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    return _PyArg_CheckPositional("heapreplace", n, 2, 2) ? heap_replace(args[0], args[1], 0) : NULL;
}

static PyObject *
heapreplace_max(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    return _PyArg_CheckPositional("_heapreplace_max", n, 2, 2) ? heap_replace(args[0], args[1], 1) : NULL;
}

static PyObject *
heappop(PyObject *Py_UNUSED(module), PyObject *heap)
{
    return heap_pop(heap, 0);
}

static PyObject *
heappop_max(PyObject *Py_UNUSED(module), PyObject *heap)
{
    return heap_pop(heap, 1);
}

static PyObject *
heapify(PyObject *Py_UNUSED(module), PyObject *heap)
{
    return heap_build(heap, 0);
}

static PyObject *
heapify_max(PyObject *Py_UNUSED(module), PyObject *heap)
{
    return heap_build(heap, 1);
}

static PyMethodDef heapq_methods[] = {
    {"heappush", _PyCFunction_CAST(heappush), METH_FASTCALL,
     "Push item onto heap, maintaining the heap invariant."},
    {"heappushpop", _PyCFunction_CAST(heappushpop), METH_FASTCALL,
     "Push item on the heap, then pop and return the smallest item from the heap."},
    {"heappop", heappop, METH_O, "Pop the smallest item off the heap, maintaining the heap invariant."},
    {"heapreplace", _PyCFunction_CAST(heapreplace), METH_FASTCALL,
     "Pop and return the current smallest value, and add the new item."},
    {"heapify", heapify, METH_O, "Transform list into a heap, in-place, in O(len(heap)) time."},
    {"_heappop_max", heappop_max, METH_O, "Maxheap variant of heappop."},
    {"_heapify_max", heapify_max, METH_O, "Maxheap variant of heapify."},
    {"_heapreplace_max", _PyCFunction_CAST(heapreplace_max), METH_FASTCALL, "Maxheap variant of heapreplace."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef heapq_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_heapq",
    .m_doc = "Heap queue algorithm (a.k.a. priority queue).",
    .m_methods = heapq_methods,
};

PyObject *
PyInit__heapq(void)
{
    PyObject *module = PyModule_Create(&heapq_module);
    if (module == NULL || PyModule_AddStringConstant(module, "__about__", "Heap queues") < 0)
        return NULL;
    return module;
}
