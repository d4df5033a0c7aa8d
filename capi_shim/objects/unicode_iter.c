/* unicode_iter.c: the iterator over a str. */
#include "runtime.h"

#include "unicode.h"

typedef struct {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *seq;                   /* NULL when exhausted */
} unicode_iterator;

PyObject *
unicode_iter(PyObject *self)
{
    unicode_iterator *it = (unicode_iterator *)gcrt_new(&PyUnicodeIter_Type, sizeof *it);
    if (it != NULL)
        it->seq = self;
    return (PyObject *)it;
}

static PyObject *
next(PyObject *self)
{
    unicode_iterator *it = (unicode_iterator *)self;
    if (it->seq == NULL)
        return NULL;
    if (it->index < PyUnicode_GET_LENGTH(it->seq))
        return unicode_char(PyUnicode_READ_CHAR(it->seq, it->index++));
    it->seq = NULL;
    return NULL;
}

static PyObject *
length_hint(PyObject *self, PyObject *Py_UNUSED(unused))
{
    unicode_iterator *it = (unicode_iterator *)self;
    return gcrt_int(it->seq == NULL ? 0 : PyUnicode_GET_LENGTH(it->seq) - it->index);
}

static PyObject *
reduce(PyObject *self, PyObject *Py_UNUSED(unused))
{
    unicode_iterator *it = (unicode_iterator *)self;
    PyObject *iter = PyDict_GetItemString(PyEval_GetBuiltins(), "iter");
    if (it->seq == NULL)
        return Py_BuildValue("O(s)", iter, "");
    return Py_BuildValue("O(O)n", iter, it->seq, it->index);
}

static PyObject *
set_state(PyObject *self, PyObject *state)
{
    unicode_iterator *it = (unicode_iterator *)self;
    Py_ssize_t i = PyLong_AsSsize_t(state);
    if (i == -1 && PyErr_Occurred())
        return NULL;
    if (it->seq != NULL)
        it->index = i < 0 ? 0 : Py_MIN(i, PyUnicode_GET_LENGTH(it->seq));
    Py_RETURN_NONE;
}

static void
trace(PyObject *self, size_t Py_UNUSED(size), gc_tracer *t)
{
    gc_visit(t, (uintptr_t)((unicode_iterator *)self)->seq);
}

static PyMethodDef methods[] = {
    {"__length_hint__", length_hint, METH_NOARGS, NULL},
    {"__reduce__", reduce, METH_NOARGS, NULL},
    {"__setstate__", set_state, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyUnicodeIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "str_iterator",
    .tp_basicsize = sizeof(unicode_iterator),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = next,
    .tp_methods = methods,
    .gcrt_trace = trace,
};
