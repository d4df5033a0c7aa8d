/* memoryview_cast.c: memoryview.cast: the same bytes with another format or shape. */
#include "runtime.h"

#include "memoryview.h"
#include "textargs.h"

static bool
is_byte_format(char c)
{
    return c == 'B' || c == 'b' || c == 'c';
}

static PyObject *
fail(PyObject *type, const char *message)
{
    PyErr_SetString(type, message);
    return NULL;
}

/* Fill the shape of a view from a list or tuple of positive ints; their product must cover its bytes. */
static int
read_shape(PyObject *seq, Py_buffer *v)
{
    Py_ssize_t total = v->itemsize;
    for (int i = 0; i < v->ndim; i++) {
        PyObject *item = PySequence_Fast_GET_ITEM(seq, i);
        Py_ssize_t x;
        if (!PyLong_Check(item)) {
            PyErr_SetString(PyExc_TypeError, "memoryview.cast(): elements of shape must be integers");
            return -1;
        }
        x = PyLong_AsSsize_t(item);
        if (x == -1 && PyErr_Occurred())
            return -1;
        if (x <= 0) {
            PyErr_SetString(PyExc_ValueError, "memoryview.cast(): elements of shape must be integers > 0");
            return -1;
        }
        if (x > PY_SSIZE_T_MAX / total) {
            PyErr_SetString(PyExc_ValueError, "memoryview.cast(): product(shape) > SSIZE_MAX");
            return -1;
        }
        total *= x;
        v->shape[i] = x;
    }
    if (total != v->len) {
        PyErr_SetString(PyExc_TypeError, "memoryview: product(shape) * itemsize != buffer size");
        return -1;
    }
    PyBuffer_FillContiguousStrides(v->ndim, v->shape, v->strides, (int)v->itemsize, 'C');
    return 0;
}

PyObject *
memoryview_cast(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    static const char *const names[] = {"format", "shape"};
    PyObject *given[2], *shape, *view;
    const Py_buffer *v = MEMORYVIEW_VIEW(self);
    Py_buffer layout, *w;
    const char *format;
    char *copy, to, from;
    Py_ssize_t size, ndim = 1;
    if (memoryview_dead(self) || textargs_keywords("cast", args, n, kwnames, names, 1, 2, given) < 0)
        return NULL;
    format = textargs_utf8("cast", "format", given[0]);
    if (format == NULL)
        return NULL;
    shape = given[1];
    if (!PyBuffer_IsContiguous(v, 'C'))
        return fail(PyExc_TypeError, "memoryview: casts are restricted to C-contiguous views");
    if ((shape != NULL || v->ndim != 1))
        for (int i = 0; i < v->ndim; i++)
            if (v->shape[i] == 0)
                return fail(PyExc_TypeError, "memoryview: cannot cast view with zeros in shape or strides");
    if (shape != NULL) {
        if (!PyList_Check(shape) && !PyTuple_Check(shape))
            return fail(PyExc_TypeError, "shape must be a list or a tuple");
        ndim = PySequence_Fast_GET_SIZE(shape);
        if (ndim > PyBUF_MAX_NDIM) {
            PyErr_Format(PyExc_ValueError, "memoryview: number of dimensions must not exceed %d", PyBUF_MAX_NDIM);
            return NULL;
        }
        if (v->ndim != 1 && ndim != 1)
            return fail(PyExc_TypeError, "memoryview: cast must be 1D -> ND or ND -> 1D");
    }
    to = memoryview_format_char(format);
    from = memoryview_format_char(v->format);
    size = memoryview_format_size(to);
    if (size < 0 || to == 'e')
        return fail(PyExc_ValueError, "memoryview: destination format must be a native single character format "
                                      "prefixed with an optional '@'");
    if (!is_byte_format(to) && !is_byte_format(from))
        return fail(PyExc_TypeError, "memoryview: cannot cast between two non-byte formats");
    if (v->len % size)
        return fail(PyExc_TypeError, "memoryview: length is not a multiple of itemsize");
    copy = gcrt_alloc_leaf(strlen(format) + 1);
    if (copy == NULL)
        return NULL;
    strcpy(copy, format);
    layout = *v;
    layout.format = copy;
    layout.itemsize = size;
    layout.shape = NULL;
    layout.strides = NULL;
    layout.suboffsets = NULL;
    layout.ndim = 1;
    view = memoryview_derive(self, &layout, (int)ndim);
    if (view == NULL)
        return NULL;
    w = MEMORYVIEW_VIEW(view);
    if (shape != NULL)
        return read_shape(shape, w) < 0 ? NULL : view;
    w->shape[0] = w->len / size;
    w->strides[0] = size;
    return view;
}
