/* tuple.h: making tuples without a call. */
#ifndef GCRT_TUPLE_H
#define GCRT_TUPLE_H

#include "container.h"

#define TUPLE_HEADER (offsetof(PyTupleObject, ob_item))

/* n > 0 items, all NULL, to be filled before anyone else sees them. */
static inline PyTupleObject *
tuple_alloc(Py_ssize_t n)
{
    PyTupleObject *tuple =
        (PyTupleObject *)gcrt_new(&PyTuple_Type, TUPLE_HEADER + (size_t)n * sizeof(PyObject *));
    if (GCRT_LIKELY(tuple != NULL))
        tuple->ob_base.ob_size = n;
    return tuple;
}

static inline PyObject *
tuple_pair(PyObject *a, PyObject *b)
{
    PyTupleObject *tuple = tuple_alloc(2);
    if (GCRT_UNLIKELY(tuple == NULL))
        return NULL;
    tuple->ob_item[0] = a;
    tuple->ob_item[1] = b;
    return (PyObject *)tuple;
}

/* A tuple of n >= 0 items copied from an array. */
PyObject *tuple_from_array(PyObject *const *items, Py_ssize_t n);
/* tuple[start:stop:step], numbers as PySlice_Unpack gives them. */
PyObject *tuple_slice(PyTupleObject *tuple, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t step);
PyObject *tuple_subscript(PyObject *self, PyObject *key);
PyObject *tuple_concat(PyObject *a, PyObject *b);
PyObject *tuple_repeat(PyObject *self, Py_ssize_t n);
#endif
