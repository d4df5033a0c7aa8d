/* enumobject.c: enumerate and reversed. */
#include "container.h"
#include "iters.h"
#include "tuple.h"
#include "typeobject.h"

/* ------------------------------------------------------------------ enumerate */

static PyObject *
enum_make(PyTypeObject *type, PyObject *iterable, PyObject *start)
{
    int64_t count = 0;
    PyObject *big = NULL;
    if (start != NULL) {
        start = PyNumber_Index(start);
        if (start == NULL)
            return NULL;
        if (gcrt_is_int(start))
            count = gcrt_int_value(start);
        else
            big = start;
    }
    PyObject *iter = PyObject_GetIter(iterable);
    gcrt_enumerate *self = iter == NULL ? NULL : (gcrt_enumerate *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->count = count;
    self->iter = iter;
    self->big = big;
    return (PyObject *)self;
}

static PyObject *
enum_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"iterable", "start", NULL};
    PyObject *iterable, *start = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:enumerate", names, &iterable, &start))
        return NULL;
    return enum_make(type, iterable, start);
}

static PyObject *
enum_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    Py_ssize_t n_kw = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    if (n_kw == 0 && (n == 1 || n == 2))
        return enum_make((PyTypeObject *)type, args[0], n == 2 ? args[1] : NULL);
    PyObject *tuple = tuple_from_array(args, n);
    PyObject *kwargs = tuple == NULL ? NULL : _PyStack_AsDict(args + n, kwnames == NULL ? PyTuple_New(0) : kwnames);
    return kwargs == NULL ? NULL : enum_new((PyTypeObject *)type, tuple, kwargs);
}

static PyObject *
enum_next(PyObject *op)
{
    gcrt_enumerate *self = (gcrt_enumerate *)op;
    PyObject *item = Py_TYPE(self->iter)->tp_iternext(self->iter);
    if (item == NULL)
        return NULL;
    if (GCRT_LIKELY(self->big == NULL)) {
        int64_t count = self->count;
        if (GCRT_LIKELY(count < GCRT_SMALL_INT_MAX)) {
            self->count = count + 1;
            return tuple_pair(gcrt_int(count), item);
        }
        self->big = container_ssize(count);
    }
    PyObject *count = self->big;
    PyObject *next = PyNumber_Add(count, gcrt_int(1));
    if (next == NULL)
        return NULL;
    gc_store(self, &self->big, next);
    return tuple_pair(count, item);
}

static PyObject *
enum_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    gcrt_enumerate *self = (gcrt_enumerate *)op;
    PyObject *count = self->big != NULL ? self->big : container_ssize(self->count);
    return Py_BuildValue("O(OO)", Py_TYPE(op), self->iter, count);
}

static void
enum_trace(PyObject *op, size_t size, gc_tracer *t)
{
    (void)size;
    gcrt_enumerate *self = (gcrt_enumerate *)op;
    gc_visit(t, (uintptr_t)self->iter);
    gc_visit(t, (uintptr_t)self->big);
}

static PyMethodDef enum_methods[] = {
    {"__reduce__", enum_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "See PEP 585"},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyEnum_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "enumerate",
    .tp_basicsize = sizeof(gcrt_enumerate),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "enumerate(iterable, start=0)\n--\n\nYields (number, item) pairs.",
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = enum_next,
    .tp_methods = enum_methods,
    .tp_new = enum_new,
    .tp_vectorcall = enum_vectorcall,
    .gcrt_trace = enum_trace,
};

/* ------------------------------------------------------------------ reversed */

static PyObject *
reversed_make(PyTypeObject *type, PyObject *seq)
{
    PyObject *method = _PyType_Lookup(Py_TYPE(seq), GCRT_NAME(__reversed__));
    if (method == Py_None) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not reversible", Py_TYPE(seq)->tp_name);
        return NULL;
    }
    if (method != NULL)
        return type_call_special(seq, GCRT_NAME(__reversed__), NULL, 0);
    if (!PySequence_Check(seq)) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not reversible", Py_TYPE(seq)->tp_name);
        return NULL;
    }
    Py_ssize_t n = PySequence_Size(seq);
    gcrt_reversed *self = n < 0 ? NULL : (gcrt_reversed *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->index = n - 1;
    self->seq = seq;
    return (PyObject *)self;
}

static PyObject *
reversed_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (container_strict_new(type, &PyReversed_Type) && container_refuse_keywords("reversed", kwargs))
        return NULL;
    if (!_PyArg_CheckPositional("reversed", PyTuple_GET_SIZE(args), 1, 1))
        return NULL;
    return reversed_make(type, PyTuple_GET_ITEM(args, 0));
}

static PyObject *
reversed_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    if (!_PyArg_NoKwnames("reversed", kwnames) ||
        !_PyArg_CheckPositional("reversed", PyVectorcall_NARGS(nargsf), 1, 1))
        return NULL;
    return reversed_make((PyTypeObject *)type, args[0]);
}

static PyObject *
reversed_next(PyObject *op)
{
    gcrt_reversed *self = (gcrt_reversed *)op;
    if (self->index >= 0) {
        PyObject *item = PySequence_GetItem(self->seq, self->index);
        if (item != NULL) {
            self->index--;
            return item;
        }
        if (PyErr_ExceptionMatches(PyExc_IndexError) || PyErr_ExceptionMatches(PyExc_StopIteration))
            PyErr_Clear();
    }
    self->index = -1;
    self->seq = NULL;
    return NULL;
}

static PyObject *
reversed_length_hint(PyObject *op, PyObject *unused)
{
    (void)unused;
    gcrt_reversed *self = (gcrt_reversed *)op;
    if (self->seq == NULL)
        return gcrt_int(0);
    Py_ssize_t n = PySequence_Size(self->seq);
    return n < 0 ? NULL : container_ssize(n < self->index + 1 ? 0 : self->index + 1);
}

static PyObject *
reversed_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    gcrt_reversed *self = (gcrt_reversed *)op;
    if (self->seq == NULL)
        return Py_BuildValue("O(())", Py_TYPE(op));
    return Py_BuildValue("O(O)n", Py_TYPE(op), self->seq, self->index);
}

static PyObject *
reversed_setstate(PyObject *op, PyObject *state)
{
    gcrt_reversed *self = (gcrt_reversed *)op;
    Py_ssize_t index = PyLong_AsSsize_t(state);
    if (index == -1 && container_exception() != NULL)
        return NULL;
    if (self->seq != NULL) {
        Py_ssize_t n = PySequence_Size(self->seq);
        if (n < 0)
            return NULL;
        self->index = index < -1 ? -1 : index > n - 1 ? n - 1 : index;
    }
    Py_RETURN_NONE;
}

static void
reversed_trace(PyObject *op, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((gcrt_reversed *)op)->seq);
}

static PyMethodDef reversed_methods[] = {
    {"__length_hint__", reversed_length_hint, METH_NOARGS, "Number of items to come."},
    {"__reduce__", reversed_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", reversed_setstate, METH_O, "Set the state for unpickling."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyReversed_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "reversed",
    .tp_basicsize = sizeof(gcrt_reversed),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "reversed(sequence, /)\n--\n\nYields the items from the last to the first.",
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = reversed_next,
    .tp_methods = reversed_methods,
    .tp_new = reversed_new,
    .tp_vectorcall = reversed_vectorcall,
    .gcrt_trace = reversed_trace,
};
