/* slice.c: slice objects and the arithmetic of indices. */
#include "container.h"

PyObject *
PySlice_New(PyObject *start, PyObject *stop, PyObject *step)
{
    PySliceObject *slice = (PySliceObject *)gcrt_new(&PySlice_Type, sizeof *slice);
    if (slice == NULL)
        return NULL;
    slice->start = start == NULL ? Py_None : start;
    slice->stop = stop == NULL ? Py_None : stop;
    slice->step = step == NULL ? Py_None : step;
    return (PyObject *)slice;
}

/* None leaves *out alone; too large numbers are clipped.  1, or 0 with an exception. */
int
_PyEval_SliceIndex(PyObject *value, Py_ssize_t *out)
{
    if (value == Py_None)
        return 1;
    if (gcrt_is_int(value)) {
        *out = (Py_ssize_t)gcrt_int_value(value);
        return 1;
    }
    if (!PyIndex_Check(value)) {
        PyErr_SetString(PyExc_TypeError,
                        "slice indices must be integers or None or have an __index__ method");
        return 0;
    }
    Py_ssize_t i = PyNumber_AsSsize_t(value, NULL);
    if (i == -1 && container_exception() != NULL)
        return 0;
    *out = i;
    return 1;
}

int
PySlice_Unpack(PyObject *op, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t *step)
{
    PySliceObject *slice = (PySliceObject *)op;
    *step = 1;
    if (!_PyEval_SliceIndex(slice->step, step))
        return -1;
    if (*step == 0) {
        PyErr_SetString(PyExc_ValueError, "slice step cannot be zero");
        return -1;
    }
    if (*step < -PY_SSIZE_T_MAX)
        *step = -PY_SSIZE_T_MAX;   /* so that it can be negated */
    *start = *step < 0 ? PY_SSIZE_T_MAX : 0;
    *stop = *step < 0 ? PY_SSIZE_T_MIN : PY_SSIZE_T_MAX;
    return _PyEval_SliceIndex(slice->start, start) && _PyEval_SliceIndex(slice->stop, stop) ? 0 : -1;
}

Py_ssize_t
PySlice_AdjustIndices(Py_ssize_t length, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t step)
{
    Py_ssize_t low = step < 0 ? -1 : 0, high = step < 0 ? length - 1 : length;
    Py_ssize_t from = *start < 0 ? *start + length : *start;
    Py_ssize_t to = *stop < 0 ? *stop + length : *stop;
    from = from < low ? low : from > high ? high : from;
    to = to < low ? low : to > high ? high : to;
    *start = from;
    *stop = to;
    if (step < 0)
        return to < from ? (from - to - 1) / -step + 1 : 0;
    return from < to ? (to - from - 1) / step + 1 : 0;
}

int
PySlice_GetIndicesEx(PyObject *op, Py_ssize_t length, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t *step,
                     Py_ssize_t *slicelength)
{
    if (PySlice_Unpack(op, start, stop, step) < 0)
        return -1;
    *slicelength = PySlice_AdjustIndices(length, start, stop, *step);
    return 0;
}

/* The old function: no clipping of what lies outside. */
int
PySlice_GetIndices(PyObject *op, Py_ssize_t length, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t *step)
{
    if (PySlice_Unpack(op, start, stop, step) < 0)
        return -1;
    PySliceObject *slice = (PySliceObject *)op;
    if (slice->start == Py_None)
        *start = *step < 0 ? length - 1 : 0;
    else if (*start < 0)
        *start += length;
    if (slice->stop == Py_None)
        *stop = *step < 0 ? -1 : length;
    else if (*stop < 0)
        *stop += length;
    return *stop > length || *start >= length ? -1 : 0;
}

/* ------------------------------------------------------------------ indices of any size */

static PyObject *
long_index(PyObject *value)
{
    if (!PyIndex_Check(value)) {
        PyErr_SetString(PyExc_TypeError,
                        "slice indices must be integers or None or have an __index__ method");
        return NULL;
    }
    return PyNumber_Index(value);
}

/* One of start and stop: counted from the end when negative, then clipped to [low, high]. */
static PyObject *
long_clip(PyObject *value, PyObject *fallback, PyObject *length, PyObject *low, PyObject *high)
{
    if (value == Py_None)
        return fallback;
    PyObject *index = long_index(value);
    if (index == NULL)
        return NULL;
    if (_PyLong_Sign(index) < 0 && (index = PyNumber_Add(index, length)) == NULL)
        return NULL;
    int below = PyObject_RichCompareBool(index, low, Py_LT);
    if (below != 0)
        return below < 0 ? NULL : low;
    int above = PyObject_RichCompareBool(index, high, Py_GT);
    if (above != 0)
        return above < 0 ? NULL : high;
    return index;
}

int
_PySlice_GetLongIndices(PySliceObject *self, PyObject *length, PyObject **start, PyObject **stop,
                        PyObject **step)
{
    *step = self->step == Py_None ? gcrt_int(1) : long_index(self->step);
    if (*step == NULL)
        return -1;
    int sign = _PyLong_Sign(*step);
    if (sign == 0) {
        PyErr_SetString(PyExc_ValueError, "slice step cannot be zero");
        return -1;
    }
    PyObject *low = sign < 0 ? gcrt_int(-1) : gcrt_int(0);
    PyObject *high = sign < 0 ? PyNumber_Subtract(length, gcrt_int(1)) : length;
    if (high == NULL)
        return -1;
    *start = long_clip(self->start, sign < 0 ? high : low, length, low, high);
    *stop = *start == NULL ? NULL : long_clip(self->stop, sign < 0 ? low : high, length, low, high);
    return *stop == NULL ? -1 : 0;
}

static PyObject *
slice_indices(PyObject *self, PyObject *arg)
{
    PyObject *length = PyNumber_Index(arg), *start, *stop, *step;
    if (length == NULL)
        return NULL;
    if (_PyLong_Sign(length) < 0) {
        PyErr_SetString(PyExc_ValueError, "length should not be negative");
        return NULL;
    }
    if (_PySlice_GetLongIndices((PySliceObject *)self, length, &start, &stop, &step) < 0)
        return NULL;
    return PyTuple_Pack(3, start, stop, step);
}

/* ------------------------------------------------------------------ type */

static PyObject *
slice_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)type;
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (container_refuse_keywords("slice", kwargs) || !_PyArg_CheckPositional("slice", n, 1, 3))
        return NULL;
    if (n == 1)
        return PySlice_New(NULL, PyTuple_GET_ITEM(args, 0), NULL);
    return PySlice_New(PyTuple_GET_ITEM(args, 0), PyTuple_GET_ITEM(args, 1),
                       n == 3 ? PyTuple_GET_ITEM(args, 2) : NULL);
}

static PyObject *
slice_repr(PyObject *self)
{
    PySliceObject *slice = (PySliceObject *)self;
    return PyUnicode_FromFormat("slice(%R, %R, %R)", slice->start, slice->stop, slice->step);
}

static PyObject *
slice_richcompare(PyObject *a, PyObject *b, int op)
{
    if (!PySlice_Check(a) || !PySlice_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    PySliceObject *x = (PySliceObject *)a, *y = (PySliceObject *)b;
    if (x == y)
        Py_RETURN_RICHCOMPARE(0, 0, op);
    PyObject *first = PyTuple_Pack(3, x->start, x->stop, x->step);
    PyObject *second = PyTuple_Pack(3, y->start, y->stop, y->step);
    return first == NULL || second == NULL ? NULL : PyObject_RichCompare(first, second, op);
}

static PyObject *
slice_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    PySliceObject *slice = (PySliceObject *)self;
    return Py_BuildValue("O(OOO)", Py_TYPE(self), slice->start, slice->stop, slice->step);
}

static void
slice_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    PySliceObject *slice = (PySliceObject *)self;
    gc_visit(t, (uintptr_t)slice->start);
    gc_visit(t, (uintptr_t)slice->stop);
    gc_visit(t, (uintptr_t)slice->step);
}

static PyMethodDef slice_methods[] = {
    {"indices", slice_indices, METH_O,
     "S.indices(len) -> (start, stop, stride): what the slice means for a sequence of length len."},
    {"__reduce__", slice_reduce, METH_NOARGS, "State for copying and pickling."},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef slice_members[] = {
    {"start", _Py_T_OBJECT, offsetof(PySliceObject, start), Py_READONLY, NULL},
    {"stop", _Py_T_OBJECT, offsetof(PySliceObject, stop), Py_READONLY, NULL},
    {"step", _Py_T_OBJECT, offsetof(PySliceObject, step), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject PySlice_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "slice",
    .tp_basicsize = sizeof(PySliceObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "slice(stop)\nslice(start, stop[, step])\n\nThe indices that x[start:stop:step] means.",
    .tp_repr = slice_repr,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_richcompare = slice_richcompare,
    .tp_methods = slice_methods,
    .tp_members = slice_members,
    .tp_new = slice_new,
    .gcrt_trace = slice_trace,
};
