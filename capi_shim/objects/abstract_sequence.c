/* abstract_sequence.c: PySequence_* and PyMapping_*. */
#include "typeobject.h"

static PyObject *
null_error(void)
{
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_SystemError, "null argument to internal routine");
    return NULL;
}

/* ---- sequences */

int
PySequence_Check(PyObject *op)
{
    if (PyDict_Check(op))
        return 0;
    PySequenceMethods *sq = Py_TYPE(op)->tp_as_sequence;
    return sq != NULL && sq->sq_item != NULL;
}

Py_ssize_t
PySequence_Size(PyObject *op)
{
    if (op == NULL) {
        null_error();
        return -1;
    }
    PyTypeObject *type = Py_TYPE(op);
    if (type->tp_as_sequence != NULL && type->tp_as_sequence->sq_length != NULL)
        return type->tp_as_sequence->sq_length(op);
    if (type->tp_as_mapping != NULL && type->tp_as_mapping->mp_length != NULL)
        PyErr_Format(PyExc_TypeError, "%.200s is not a sequence", type->tp_name);
    else
        PyErr_Format(PyExc_TypeError, "object of type '%.200s' has no len()", type->tp_name);
    return -1;
}

static PyObject *
binary_or_concat(PyObject *a, PyObject *b, PyObject *(*op)(PyObject *, PyObject *))
{
    if (PySequence_Check(a) && PySequence_Check(b)) {
        PyNumberMethods *nb = Py_TYPE(a)->tp_as_number;
        if (nb != NULL && (nb->nb_add != NULL || nb->nb_inplace_add != NULL))
            return op(a, b);
    }
    PyErr_Format(PyExc_TypeError, "'%.200s' object can't be concatenated", Py_TYPE(a)->tp_name);
    return NULL;
}

PyObject *
PySequence_Concat(PyObject *a, PyObject *b)
{
    if (a == NULL || b == NULL)
        return null_error();
    PySequenceMethods *sq = Py_TYPE(a)->tp_as_sequence;
    if (sq != NULL && sq->sq_concat != NULL)
        return sq->sq_concat(a, b);
    return binary_or_concat(a, b, PyNumber_Add);
}

PyObject *
PySequence_InPlaceConcat(PyObject *a, PyObject *b)
{
    if (a == NULL || b == NULL)
        return null_error();
    PySequenceMethods *sq = Py_TYPE(a)->tp_as_sequence;
    if (sq != NULL && sq->sq_inplace_concat != NULL)
        return sq->sq_inplace_concat(a, b);
    if (sq != NULL && sq->sq_concat != NULL)
        return sq->sq_concat(a, b);
    return binary_or_concat(a, b, PyNumber_InPlaceAdd);
}

static PyObject *
multiply_or_fail(PyObject *op, Py_ssize_t count, PyObject *(*multiply)(PyObject *, PyObject *))
{
    PyNumberMethods *nb = Py_TYPE(op)->tp_as_number;
    if (PySequence_Check(op) && nb != NULL && nb->nb_multiply != NULL) {
        PyObject *n = PyLong_FromSsize_t(count);
        return n == NULL ? NULL : multiply(op, n);
    }
    PyErr_Format(PyExc_TypeError, "'%.200s' object can't be repeated", Py_TYPE(op)->tp_name);
    return NULL;
}

PyObject *
PySequence_Repeat(PyObject *op, Py_ssize_t count)
{
    if (op == NULL)
        return null_error();
    PySequenceMethods *sq = Py_TYPE(op)->tp_as_sequence;
    if (sq != NULL && sq->sq_repeat != NULL)
        return sq->sq_repeat(op, count);
    return multiply_or_fail(op, count, PyNumber_Multiply);
}

PyObject *
PySequence_InPlaceRepeat(PyObject *op, Py_ssize_t count)
{
    if (op == NULL)
        return null_error();
    PySequenceMethods *sq = Py_TYPE(op)->tp_as_sequence;
    if (sq != NULL && sq->sq_inplace_repeat != NULL)
        return sq->sq_inplace_repeat(op, count);
    if (sq != NULL && sq->sq_repeat != NULL)
        return sq->sq_repeat(op, count);
    return multiply_or_fail(op, count, PyNumber_InPlaceMultiply);
}

/* Negative indices count from the end where there is one.  -1 with an exception. */
static int
from_end(PyObject *op, PySequenceMethods *sq, Py_ssize_t *i)
{
    if (*i >= 0 || sq->sq_length == NULL)
        return 0;
    Py_ssize_t n = sq->sq_length(op);
    if (n < 0)
        return -1;
    *i += n;
    return 0;
}

PyObject *
PySequence_GetItem(PyObject *op, Py_ssize_t i)
{
    if (op == NULL)
        return null_error();
    PyTypeObject *type = Py_TYPE(op);
    PySequenceMethods *sq = type->tp_as_sequence;
    if (sq != NULL && sq->sq_item != NULL)
        return from_end(op, sq, &i) < 0 ? NULL : sq->sq_item(op, i);
    if (type->tp_as_mapping != NULL && type->tp_as_mapping->mp_subscript != NULL)
        PyErr_Format(PyExc_TypeError, "%.200s is not a sequence", type->tp_name);
    else
        PyErr_Format(PyExc_TypeError, "'%.200s' object does not support indexing", type->tp_name);
    return NULL;
}

static int
assign_item(PyObject *op, Py_ssize_t i, PyObject *value, const char *what)
{
    if (op == NULL) {
        null_error();
        return -1;
    }
    PyTypeObject *type = Py_TYPE(op);
    PySequenceMethods *sq = type->tp_as_sequence;
    if (sq != NULL && sq->sq_ass_item != NULL)
        return from_end(op, sq, &i) < 0 ? -1 : sq->sq_ass_item(op, i, value);
    if (type->tp_as_mapping != NULL && type->tp_as_mapping->mp_ass_subscript != NULL)
        PyErr_Format(PyExc_TypeError, "%.200s is not a sequence", type->tp_name);
    else
        PyErr_Format(PyExc_TypeError, "'%.200s' object does%s support item %s", type->tp_name,
                     value == NULL ? "n't" : " not", what);
    return -1;
}

int
PySequence_SetItem(PyObject *op, Py_ssize_t i, PyObject *value)
{
    return assign_item(op, i, value, "assignment");
}

int
PySequence_DelItem(PyObject *op, Py_ssize_t i)
{
    return assign_item(op, i, NULL, "deletion");
}

static PyObject *
make_slice(Py_ssize_t low, Py_ssize_t high)
{
    PyObject *start = PyLong_FromSsize_t(low), *stop = PyLong_FromSsize_t(high);
    return start == NULL || stop == NULL ? NULL : PySlice_New(start, stop, NULL);
}

PyObject *
PySequence_GetSlice(PyObject *op, Py_ssize_t low, Py_ssize_t high)
{
    if (op == NULL)
        return null_error();
    PyMappingMethods *mp = Py_TYPE(op)->tp_as_mapping;
    if (mp != NULL && mp->mp_subscript != NULL) {
        PyObject *slice = make_slice(low, high);
        return slice == NULL ? NULL : mp->mp_subscript(op, slice);
    }
    PyErr_Format(PyExc_TypeError, "'%.200s' object is unsliceable", Py_TYPE(op)->tp_name);
    return NULL;
}

int
PySequence_SetSlice(PyObject *op, Py_ssize_t low, Py_ssize_t high, PyObject *value)
{
    if (op == NULL) {
        null_error();
        return -1;
    }
    PyMappingMethods *mp = Py_TYPE(op)->tp_as_mapping;
    if (mp != NULL && mp->mp_ass_subscript != NULL) {
        PyObject *slice = make_slice(low, high);
        return slice == NULL ? -1 : mp->mp_ass_subscript(op, slice, value);
    }
    PyErr_Format(PyExc_TypeError, "'%.200s' object doesn't support slice %s", Py_TYPE(op)->tp_name,
                 value == NULL ? "deletion" : "assignment");
    return -1;
}

int
PySequence_DelSlice(PyObject *op, Py_ssize_t low, Py_ssize_t high)
{
    return PySequence_SetSlice(op, low, high, NULL);
}

PyObject *
PySequence_Fast(PyObject *op, const char *message)
{
    if (op == NULL)
        return null_error();
    if (PyList_CheckExact(op) || PyTuple_CheckExact(op))
        return op;
    PyObject *it = PyObject_GetIter(op);
    if (it == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_SetString(PyExc_TypeError, message);
        return NULL;
    }
    return PySequence_List(it);
}

/* ---- searching */

typedef enum { FIND_CONTAINS, FIND_INDEX, FIND_COUNT } find_what;

static Py_ssize_t
search(PyObject *seq, PyObject *value, find_what what)
{
    PyObject *it, *item;
    Py_ssize_t n = 0;
    if (seq == NULL || value == NULL) {
        null_error();
        return -1;
    }
    it = PyObject_GetIter(seq);
    if (it == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError, "argument of type '%.200s' is not iterable", Py_TYPE(seq)->tp_name);
        return -1;
    }
    while ((item = PyIter_Next(it)) != NULL) {
        int equal = PyObject_RichCompareBool(item, value, Py_EQ);
        if (equal < 0)
            return -1;
        if (equal && what != FIND_COUNT)
            return what == FIND_CONTAINS ? 1 : n;
        if (n == PY_SSIZE_T_MAX && (equal || what == FIND_INDEX)) {
            PyErr_SetString(PyExc_OverflowError, what == FIND_COUNT ? "count exceeds C integer size"
                                                                    : "index exceeds C integer size");
            return -1;
        }
        n += what == FIND_COUNT ? equal : 1;
    }
    if (PyErr_Occurred())
        return -1;
    if (what == FIND_INDEX)
        PyErr_SetString(PyExc_ValueError, "sequence.index(x): x not in sequence");
    return what == FIND_INDEX ? -1 : what == FIND_CONTAINS ? 0 : n;
}

int
PySequence_Contains(PyObject *seq, PyObject *value)
{
    PySequenceMethods *sq = Py_TYPE(seq)->tp_as_sequence;
    if (sq != NULL && sq->sq_contains != NULL)
        return sq->sq_contains(seq, value);
    return (int)search(seq, value, FIND_CONTAINS);
}

int
PySequence_In(PyObject *seq, PyObject *value)
{
    return PySequence_Contains(seq, value);
}

Py_ssize_t
PySequence_Index(PyObject *seq, PyObject *value)
{
    return search(seq, value, FIND_INDEX);
}

Py_ssize_t
PySequence_Count(PyObject *seq, PyObject *value)
{
    return search(seq, value, FIND_COUNT);
}

/* ---- mappings */

int
PyMapping_Check(PyObject *op)
{
    return op != NULL && Py_TYPE(op)->tp_as_mapping != NULL
           && Py_TYPE(op)->tp_as_mapping->mp_subscript != NULL;
}

Py_ssize_t
PyMapping_Size(PyObject *op)
{
    if (op == NULL) {
        null_error();
        return -1;
    }
    PyTypeObject *type = Py_TYPE(op);
    if (type->tp_as_mapping != NULL && type->tp_as_mapping->mp_length != NULL)
        return type->tp_as_mapping->mp_length(op);
    if (type->tp_as_sequence != NULL && type->tp_as_sequence->sq_length != NULL)
        PyErr_Format(PyExc_TypeError, "%.200s is not a mapping", type->tp_name);
    else
        PyErr_Format(PyExc_TypeError, "object of type '%.200s' has no len()", type->tp_name);
    return -1;
}

PyObject *
PyMapping_GetItemString(PyObject *op, const char *key)
{
    PyObject *name = key == NULL ? null_error() : PyUnicode_FromString(key);
    return name == NULL ? NULL : PyObject_GetItem(op, name);
}

int
PyMapping_SetItemString(PyObject *op, const char *key, PyObject *value)
{
    PyObject *name = key == NULL ? null_error() : PyUnicode_FromString(key);
    return name == NULL ? -1 : PyObject_SetItem(op, name, value);
}

int
PyMapping_HasKey(PyObject *op, PyObject *key)
{
    PyObject *value = PyObject_GetItem(op, key);
    if (value == NULL)
        PyErr_Clear();
    return value != NULL;
}

int
PyMapping_HasKeyString(PyObject *op, const char *key)
{
    PyObject *value = PyMapping_GetItemString(op, key);
    if (value == NULL)
        PyErr_Clear();
    return value != NULL;
}

static PyObject *
method_as_list(PyObject *op, PyObject *name)
{
    PyObject *view = PyObject_CallMethodNoArgs(op, name);
    if (view == NULL || PyList_CheckExact(view))
        return view;
    PyObject *it = PyObject_GetIter(view);
    if (it == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError, "%.200s.%U() returned a non-iterable (type %.200s)",
                         Py_TYPE(op)->tp_name, name, Py_TYPE(view)->tp_name);
        return NULL;
    }
    return PySequence_List(it);
}

PyObject *
PyMapping_Keys(PyObject *op)
{
    if (op == NULL)
        return null_error();
    return PyDict_CheckExact(op) ? PyDict_Keys(op) : method_as_list(op, GCRT_NAME(keys));
}

PyObject *
PyMapping_Items(PyObject *op)
{
    if (op == NULL)
        return null_error();
    return PyDict_CheckExact(op) ? PyDict_Items(op) : method_as_list(op, GCRT_NAME(items));
}

PyObject *
PyMapping_Values(PyObject *op)
{
    if (op == NULL)
        return null_error();
    return PyDict_CheckExact(op) ? PyDict_Values(op) : method_as_list(op, GCRT_NAME(values));
}
