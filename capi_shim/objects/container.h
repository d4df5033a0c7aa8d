/* container.h: small inline helpers that the container types and the iterator modules share. */
#ifndef GCRT_CONTAINER_H
#define GCRT_CONTAINER_H

#include "runtime.h"

/* Hash of an immediate int: the number modulo 2**61 - 1, sign kept, -1 being taken. */
static inline Py_hash_t
container_int_hash(int64_t i)
{
    const int64_t modulus = (int64_t)_PyHASH_MODULUS;
    if (GCRT_UNLIKELY(i >= modulus || i <= -modulus))
        i %= modulus;
    return i == -1 ? -2 : i;
}

static inline Py_hash_t
container_hash(PyObject *key)
{
    if (gcrt_is_int(key))
        return container_int_hash(gcrt_int_value(key));
    if (GCRT_LIKELY(gcrt_is_pointer(key)) && key->ob_type == &PyUnicode_Type) {
        Py_hash_t hash = ((PyASCIIObject *)key)->hash;
        if (GCRT_LIKELY(hash != -1))
            return hash;
    }
    return PyObject_Hash(key);
}

static inline int
container_is_str(PyObject *op)
{
    return gcrt_is_pointer(op) && op->ob_type == &PyUnicode_Type;
}

/* Equality of two exact strs that are different objects. */
static inline int
container_str_equal(PyObject *a, PyObject *b)
{
    PyASCIIObject *x = (PyASCIIObject *)a, *y = (PyASCIIObject *)b;
    return x->length == y->length && x->state.kind == y->state.kind &&
           memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b), (size_t)x->length * x->state.kind) == 0;
}

/* `a is b or a == b`: 1, 0, or -1 with an exception. */
static inline int
container_equal(PyObject *a, PyObject *b)
{
    if (a == b)
        return 1;
    if (gcrt_both_int(a, b))
        return 0;
    if (container_is_str(a) && container_is_str(b))
        return container_str_equal(a, b);
    return PyObject_RichCompareBool(a, b, Py_EQ);
}

static inline PyObject *
container_exception(void)
{
    return gcrt_ts->exception;
}

/* The next item of an iterator; NULL at its end, when container_exception() is NULL, and on error. */
static inline PyObject *
container_next(PyObject *iter)
{
    PyObject *item = Py_TYPE(iter)->tp_iternext(iter);
    if (GCRT_UNLIKELY(item == NULL) && container_exception() != NULL &&
        PyErr_ExceptionMatches(PyExc_StopIteration))
        PyErr_Clear();
    return item;
}

/* An index argument as a C integer; -1 with an exception possible.  Out of range: IndexError. */
static inline Py_ssize_t
container_index(PyObject *arg)
{
    if (GCRT_LIKELY(gcrt_is_int(arg)))
        return (Py_ssize_t)gcrt_int_value(arg);
    return PyNumber_AsSsize_t(arg, PyExc_IndexError);
}

static inline PyObject *
container_ssize(Py_ssize_t n)
{
    return gcrt_int_fits(n) ? gcrt_int(n) : PyLong_FromSsize_t(n);
}

static inline PyObject *
container_bool(int truth)
{
    return truth ? Py_True : Py_False;
}

static inline int
container_is_true(PyObject *op)
{
    if (op == Py_True)
        return 1;
    if (op == Py_False || op == Py_None)
        return 0;
    return PyObject_IsTrue(op);
}

/* A type refuses keywords to its tp_new, and so do subclasses that have no __init__ of their own. */
static inline int
container_strict_new(PyTypeObject *type, PyTypeObject *base)
{
    return type == base || type->tp_init == base->tp_init;
}

#define CONTAINER_METHOD(f) ((PyCFunction)(void (*)(void))(f))

/* container.c.  A special method of self's type called with one argument: 1 with *result (NULL on
 * error), or 0 when the type has no such method. */
int container_call_special(PyObject *self, PyObject *name, PyObject *arg, PyObject **result);
/* The builtin of that name, for __reduce__. */
PyObject *container_builtin(const char *name);
/* repr of a tuple's or list's items between two brackets; the caller guards against recursion.  A list may
 * change meanwhile. */
PyObject *container_repr(PyObject *items, const char *open, const char *close);
/* Around the repr of a container.  enter: 0 go on; 1 self is being printed already; -1 RecursionError: nesting
 * deeper than the recursion limit, which keeps this quadratic work small. */
int container_repr_enter(PyObject *self);
void container_repr_leave(PyObject *self);
/* self.__getstate__(): the state that __reduce__ of a subclassable type passes on. */
PyObject *container_state(PyObject *self);
/* gcrt_trace for objects in which every word may be a reference. */
void container_trace_words(PyObject *self, size_t size, gc_tracer *t);
/* True, with TypeError set, when kwargs has something in it. */
int container_refuse_keywords(const char *name, PyObject *kwargs);
#endif
