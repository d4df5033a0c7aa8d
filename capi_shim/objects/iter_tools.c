/* iter_tools.c: the builtin types map, filter and zip. */
#include "container.h"
#include "iters.h"
#include "tuple.h"

/* Arguments of a call of map that live on the C stack. */
#define ITER_TOOLS_STACK 5

/* iter() of each of n objects. */
static PyObject *
make_iters(PyObject *const *iterables, Py_ssize_t n)
{
    PyObject *iters = PyTuple_New(n);
    for (Py_ssize_t i = 0; iters != NULL && i < n; i++) {
        PyObject *iter = PyObject_GetIter(iterables[i]);
        if (iter == NULL)
            return NULL;
        PyTuple_SET_ITEM(iters, i, iter);
    }
    return iters;
}

/* ------------------------------------------------------------------ map */

static PyObject *
map_make(PyTypeObject *type, PyObject *const *args, Py_ssize_t n)
{
    if (n < 2) {
        PyErr_SetString(PyExc_TypeError, "map() must have at least two arguments.");
        return NULL;
    }
    PyObject *iters = make_iters(args + 1, n - 1);
    gcrt_map *self = iters == NULL ? NULL : (gcrt_map *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->iters = iters;
    self->func = args[0];
    return (PyObject *)self;
}

static PyObject *
map_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (container_strict_new(type, &PyMap_Type) && container_refuse_keywords("map", kwargs))
        return NULL;
    return map_make(type, ((PyTupleObject *)args)->ob_item, PyTuple_GET_SIZE(args));
}

static PyObject *
map_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    if (!_PyArg_NoKwnames("map", kwnames))
        return NULL;
    return map_make((PyTypeObject *)type, args, PyVectorcall_NARGS(nargsf));
}

static PyObject *
map_next(PyObject *op)
{
    gcrt_map *self = (gcrt_map *)op;
    Py_ssize_t n = PyTuple_GET_SIZE(self->iters);
    PyObject *stack[ITER_TOOLS_STACK + 1], **items = stack;
    if (n > ITER_TOOLS_STACK && (items = gcrt_alloc_words((size_t)n + 1)) == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *iter = PyTuple_GET_ITEM(self->iters, i);
        items[i + 1] = Py_TYPE(iter)->tp_iternext(iter);
        if (items[i + 1] == NULL)
            return NULL;
    }
    return PyObject_Vectorcall(self->func, items + 1, (size_t)n | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
}

static PyObject *
map_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    gcrt_map *self = (gcrt_map *)op;
    Py_ssize_t n = PyTuple_GET_SIZE(self->iters);
    PyObject *args = PyTuple_New(n + 1);
    if (args == NULL)
        return NULL;
    PyTuple_SET_ITEM(args, 0, self->func);
    memcpy(&PyTuple_GET_ITEM(args, 1), &PyTuple_GET_ITEM(self->iters, 0), (size_t)n * sizeof args);
    return Py_BuildValue("ON", Py_TYPE(op), args);
}

static void
map_trace(PyObject *op, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((gcrt_map *)op)->iters);
    gc_visit(t, (uintptr_t)((gcrt_map *)op)->func);
}

static PyMethodDef map_methods[] = {
    {"__reduce__", map_reduce, METH_NOARGS, "State for copying and pickling."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyMap_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "map",
    .tp_basicsize = sizeof(gcrt_map),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "map(func, *iterables) --> map object\n\nYields func of the items, one of each iterable, until "
              "the shortest ends.",
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = map_next,
    .tp_methods = map_methods,
    .tp_new = map_new,
    .tp_vectorcall = map_vectorcall,
    .gcrt_trace = map_trace,
};

/* ------------------------------------------------------------------ filter */

static PyObject *
filter_make(PyTypeObject *type, PyObject *func, PyObject *iterable)
{
    PyObject *iter = PyObject_GetIter(iterable);
    gcrt_filter *self = iter == NULL ? NULL : (gcrt_filter *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->func = func;
    self->iter = iter;
    return (PyObject *)self;
}

static PyObject *
filter_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (container_strict_new(type, &PyFilter_Type) && container_refuse_keywords("filter", kwargs))
        return NULL;
    if (!_PyArg_CheckPositional("filter", PyTuple_GET_SIZE(args), 2, 2))
        return NULL;
    return filter_make(type, PyTuple_GET_ITEM(args, 0), PyTuple_GET_ITEM(args, 1));
}

static PyObject *
filter_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    if (!_PyArg_NoKwnames("filter", kwnames) ||
        !_PyArg_CheckPositional("filter", PyVectorcall_NARGS(nargsf), 2, 2))
        return NULL;
    return filter_make((PyTypeObject *)type, args[0], args[1]);
}

static PyObject *
filter_next(PyObject *op)
{
    gcrt_filter *self = (gcrt_filter *)op;
    PyObject *iter = self->iter, *func = self->func, *item;
    int plain = func == Py_None || func == (PyObject *)&PyBool_Type;
    while ((item = Py_TYPE(iter)->tp_iternext(iter)) != NULL) {
        PyObject *verdict = plain ? item : PyObject_CallOneArg(func, item);
        int truth = verdict == NULL ? -1 : container_is_true(verdict);
        if (truth != 0)
            return truth < 0 ? NULL : item;
    }
    return NULL;
}

static PyObject *
filter_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    gcrt_filter *self = (gcrt_filter *)op;
    return Py_BuildValue("O(OO)", Py_TYPE(op), self->func, self->iter);
}

static void
filter_trace(PyObject *op, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((gcrt_filter *)op)->func);
    gc_visit(t, (uintptr_t)((gcrt_filter *)op)->iter);
}

static PyMethodDef filter_methods[] = {
    {"__reduce__", filter_reduce, METH_NOARGS, "State for copying and pickling."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyFilter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "filter",
    .tp_basicsize = sizeof(gcrt_filter),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "filter(function or None, iterable) --> filter object\n\nYields the items for which function "
              "is true, or the true items for None.",
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = filter_next,
    .tp_methods = filter_methods,
    .tp_new = filter_new,
    .tp_vectorcall = filter_vectorcall,
    .gcrt_trace = filter_trace,
};

/* ------------------------------------------------------------------ zip */

static PyObject *
zip_make(PyTypeObject *type, PyObject *const *args, Py_ssize_t n, int strict)
{
    PyObject *iters = make_iters(args, n);
    gcrt_zip *self = iters == NULL ? NULL : (gcrt_zip *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->iters = iters;
    self->strict = strict;
    return (PyObject *)self;
}

static PyObject *
zip_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    int strict = 0;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0) {
        static char *names[] = {"strict", NULL};
        if (!PyArg_ParseTupleAndKeywords(PyTuple_New(0), kwargs, "|$p:zip", names, &strict))
            return NULL;
    }
    return zip_make(type, ((PyTupleObject *)args)->ob_item, PyTuple_GET_SIZE(args), strict);
}

static PyObject *
zip_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    if (kwnames == NULL || PyTuple_GET_SIZE(kwnames) == 0)
        return zip_make((PyTypeObject *)type, args, n, 0);
    PyObject *kwargs = _PyStack_AsDict(args + n, kwnames), *tuple = tuple_from_array(args, n);
    return kwargs == NULL || tuple == NULL ? NULL : zip_new((PyTypeObject *)type, tuple, kwargs);
}

static PyObject *
zip_strict_error(Py_ssize_t i, const char *what)
{
    const char *plural = i == 1 ? " " : "s 1-";
    return PyErr_Format(PyExc_ValueError, "zip() argument %zd is %s than argument%s%zd", i + 1, what, plural, i);
}

/* Iterator number i ended: when strict, all before must have been that long, and those behind must end
 * now too. */
static PyObject *
zip_check_strict(gcrt_zip *self, Py_ssize_t i)
{
    if (container_exception() != NULL) {
        if (!PyErr_ExceptionMatches(PyExc_StopIteration))
            return NULL;
        PyErr_Clear();
    }
    if (i > 0)
        return zip_strict_error(i, "shorter");
    for (i = 1; i < PyTuple_GET_SIZE(self->iters); i++) {
        if (container_next(PyTuple_GET_ITEM(self->iters, i)) != NULL)
            return zip_strict_error(i, "longer");
        if (container_exception() != NULL)
            return NULL;
    }
    return NULL;
}

static PyObject *
zip_next(PyObject *op)
{
    gcrt_zip *self = (gcrt_zip *)op;
    Py_ssize_t n = PyTuple_GET_SIZE(self->iters);
    if (n == 0)
        return NULL;
    if (n == 2) {                  /* by far the most frequent */
        PyObject *a = PyTuple_GET_ITEM(self->iters, 0), *b = PyTuple_GET_ITEM(self->iters, 1);
        PyObject *x = Py_TYPE(a)->tp_iternext(a);
        if (x == NULL)
            return self->strict ? zip_check_strict(self, 0) : NULL;
        PyObject *y = Py_TYPE(b)->tp_iternext(b);
        if (y == NULL)
            return self->strict ? zip_check_strict(self, 1) : NULL;
        return tuple_pair(x, y);
    }
    PyTupleObject *result = tuple_alloc(n);
    for (Py_ssize_t i = 0; result != NULL && i < n; i++) {
        PyObject *iter = PyTuple_GET_ITEM(self->iters, i);
        PyObject *item = Py_TYPE(iter)->tp_iternext(iter);
        if (item == NULL)
            return self->strict ? zip_check_strict(self, i) : NULL;
        result->ob_item[i] = item;
    }
    return (PyObject *)result;
}

static PyObject *
zip_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    gcrt_zip *self = (gcrt_zip *)op;
    if (self->strict)
        return Py_BuildValue("OOO", Py_TYPE(op), self->iters, Py_True);
    return Py_BuildValue("OO", Py_TYPE(op), self->iters);
}

static PyObject *
zip_setstate(PyObject *op, PyObject *state)
{
    int strict = PyObject_IsTrue(state);
    if (strict < 0)
        return NULL;
    ((gcrt_zip *)op)->strict = strict;
    Py_RETURN_NONE;
}

static void
zip_trace(PyObject *op, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((gcrt_zip *)op)->iters);
}

static PyMethodDef zip_methods[] = {
    {"__reduce__", zip_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", zip_setstate, METH_O, "Set the state for unpickling."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyZip_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "zip",
    .tp_basicsize = sizeof(gcrt_zip),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "zip(*iterables, strict=False) --> tuples of one item of each iterable, until the shortest ends; "
              "with strict, unequal lengths are a ValueError.",
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = zip_next,
    .tp_methods = zip_methods,
    .tp_new = zip_new,
    .tp_vectorcall = zip_vectorcall,
    .gcrt_trace = zip_trace,
};
