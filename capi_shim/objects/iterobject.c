/* iterobject.c: iter(sequence) for what has only __getitem__, and iter(callable, sentinel). */
#include "container.h"

typedef struct {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *seq;                 /* NULL: exhausted */
} seq_iter;

typedef struct {
    PyObject_HEAD
    PyObject *callable;            /* NULL: exhausted */
    PyObject *sentinel;
} call_iter;

PyObject *
PySeqIter_New(PyObject *seq)
{
    if (!PySequence_Check(seq)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    seq_iter *it = (seq_iter *)gcrt_new(&PySeqIter_Type, sizeof *it);
    if (it != NULL)
        it->seq = seq;
    return (PyObject *)it;
}

static PyObject *
seq_next(PyObject *self)
{
    seq_iter *it = (seq_iter *)self;
    if (it->seq == NULL)
        return NULL;
    if (it->index == PY_SSIZE_T_MAX) {
        PyErr_SetString(PyExc_OverflowError, "iter index too large");
        return NULL;
    }
    PyObject *item = PySequence_GetItem(it->seq, it->index);
    if (item != NULL) {
        it->index++;
        return item;
    }
    if (PyErr_ExceptionMatches(PyExc_IndexError) || PyErr_ExceptionMatches(PyExc_StopIteration)) {
        PyErr_Clear();
        it->seq = NULL;
    }
    return NULL;
}

static PyObject *
seq_length_hint(PyObject *self, PyObject *unused)
{
    (void)unused;
    seq_iter *it = (seq_iter *)self;
    if (it->seq == NULL)
        return gcrt_int(0);
    if (!_PyObject_HasLen(it->seq))
        Py_RETURN_NOTIMPLEMENTED;
    Py_ssize_t n = PySequence_Size(it->seq);
    return n < 0 ? NULL : container_ssize(n > it->index ? n - it->index : 0);
}

static PyObject *
seq_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    seq_iter *it = (seq_iter *)self;
    PyObject *iter = container_builtin("iter");
    if (iter == NULL)
        return NULL;
    if (it->seq == NULL)
        return Py_BuildValue("O(())", iter);
    return Py_BuildValue("O(O)n", iter, it->seq, it->index);
}

static PyObject *
seq_setstate(PyObject *self, PyObject *state)
{
    seq_iter *it = (seq_iter *)self;
    Py_ssize_t index = PyLong_AsSsize_t(state);
    if (index == -1 && container_exception() != NULL)
        return NULL;
    if (it->seq != NULL)
        it->index = index < 0 ? 0 : index;
    Py_RETURN_NONE;
}

static void
seq_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((seq_iter *)self)->seq);
}

static PyMethodDef seq_methods[] = {
    {"__length_hint__", seq_length_hint, METH_NOARGS, "Estimate of the number of items to come."},
    {"__reduce__", seq_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", seq_setstate, METH_O, "Set the state for unpickling."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PySeqIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "iterator",
    .tp_basicsize = sizeof(seq_iter),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = seq_next,
    .tp_methods = seq_methods,
    .gcrt_trace = seq_trace,
};

PyObject *
PyCallIter_New(PyObject *callable, PyObject *sentinel)
{
    call_iter *it = (call_iter *)gcrt_new(&PyCallIter_Type, sizeof *it);
    if (it == NULL)
        return NULL;
    it->callable = callable;
    it->sentinel = sentinel;
    return (PyObject *)it;
}

static PyObject *
call_next(PyObject *self)
{
    call_iter *it = (call_iter *)self;
    if (it->callable == NULL)
        return NULL;
    PyObject *result = PyObject_CallNoArgs(it->callable);
    if (result == NULL) {
        if (PyErr_ExceptionMatches(PyExc_StopIteration)) {
            PyErr_Clear();
            it->callable = it->sentinel = NULL;
        }
        return NULL;
    }
    if (it->sentinel == NULL)      /* the call ended this iterator */
        return NULL;
    int equal = container_equal(it->sentinel, result);
    if (equal == 0)
        return result;
    if (equal > 0)
        it->callable = it->sentinel = NULL;
    return NULL;
}

static PyObject *
call_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    call_iter *it = (call_iter *)self;
    PyObject *iter = container_builtin("iter");
    if (iter == NULL)
        return NULL;
    if (it->callable == NULL)
        return Py_BuildValue("O(())", iter);
    return Py_BuildValue("O(OO)", iter, it->callable, it->sentinel);
}

static void
call_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((call_iter *)self)->callable);
    gc_visit(t, (uintptr_t)((call_iter *)self)->sentinel);
}

static PyMethodDef call_methods[] = {
    {"__reduce__", call_reduce, METH_NOARGS, "State for copying and pickling."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyCallIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "callable_iterator",
    .tp_basicsize = sizeof(call_iter),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = call_next,
    .tp_methods = call_methods,
    .gcrt_trace = call_trace,
};
