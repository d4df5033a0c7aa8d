/* memoryview_items.c: reading, writing and comparing the items of a memoryview. */
#include "runtime.h"

#include "buffer.h"
#include "memoryview.h"

char
memoryview_format_char(const char *format)
{
    if (format == NULL)
        return 'B';
    if (format[0] == '@')
        format++;
    return format[0] != '\0' && format[1] == '\0' ? format[0] : '\0';
}

Py_ssize_t
memoryview_format_size(char c)
{
    switch (c) {
    case 'c': case 'b': case 'B': case '?': return 1;
    case 'h': case 'H': case 'e': return 2;
    case 'i': case 'I': case 'f': return 4;
    case 'l': case 'L': case 'q': case 'Q': case 'n': case 'N': case 'd': case 'P': return 8;
    default: return -1;
    }
}

#define LOAD(T) ({ T v_; memcpy(&v_, p, sizeof v_); v_; })
#define STORE(T, v) do { T v_ = (T)(v); memcpy(p, &v_, sizeof v_); } while (0)

static double
half_to_double(uint16_t h)
{
    int exponent = h >> 10 & 31, mantissa = h & 1023;
    double v = exponent == 0    ? ldexp(mantissa, -24)
               : exponent == 31 ? (mantissa ? NAN : INFINITY)
                                : ldexp(mantissa + 1024, exponent - 25);
    return h & 0x8000 ? -v : v;
}

static int
unsupported(const char *format)
{
    PyErr_Format(PyExc_NotImplementedError, "memoryview: format %s not supported", format);
    return -1;
}

PyObject *
memoryview_unpack(const char *p, const char *format)
{
    switch (memoryview_format_char(format)) {
    case 'B': return gcrt_int(LOAD(uint8_t));
    case 'b': return gcrt_int(LOAD(int8_t));
    case 'c': return PyBytes_FromStringAndSize(p, 1);
    case '?': return PyBool_FromLong(*p != 0);
    case 'h': return gcrt_int(LOAD(int16_t));
    case 'H': return gcrt_int(LOAD(uint16_t));
    case 'i': return gcrt_int(LOAD(int32_t));
    case 'I': return gcrt_int(LOAD(uint32_t));
    case 'l':
    case 'q':
    case 'n': return PyLong_FromLongLong(LOAD(int64_t));
    case 'L':
    case 'Q':
    case 'N': return PyLong_FromUnsignedLongLong(LOAD(uint64_t));
    case 'P': return PyLong_FromVoidPtr(LOAD(void *));
    case 'e': return PyFloat_FromDouble(half_to_double(LOAD(uint16_t)));
    case 'f': return PyFloat_FromDouble(LOAD(float));
    case 'd': return PyFloat_FromDouble(LOAD(double));
    default: unsupported(format); return NULL;
    }
}

/* An int for an item of `size` bytes; reports TypeError or ValueError as memoryview does. */
static int
pack_integer(char *p, PyObject *value, const char *format, int size, bool is_signed)
{
    PyObject *index = PyNumber_Index(value);
    bool fits;
    if (index == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError, "memoryview: invalid type for format '%s'", format);
        return -1;
    }
    if (is_signed) {
        long long v = PyLong_AsLongLong(index);
        fits = !(v == -1 && PyErr_Occurred()) &&
               (size == 8 || (v >= -(1LL << (8 * size - 1)) && v < 1LL << (8 * size - 1)));
        if (fits)
            memcpy(p, &v, (size_t)size);
    } else {
        unsigned long long v = PyLong_AsUnsignedLongLong(index);
        fits = !(v == (unsigned long long)-1 && PyErr_Occurred()) && (size == 8 || v < 1ULL << (8 * size));
        if (fits)
            memcpy(p, &v, (size_t)size);
    }
    if (fits)
        return 0;
    PyErr_Clear();
    PyErr_Format(PyExc_ValueError, "memoryview: invalid value for format '%s'", format);
    return -1;
}

static int
pack(char *p, PyObject *value, const char *format)
{
    char c = memoryview_format_char(format);
    double d;
    int truth;
    switch (c) {
    case 'B': case 'H': case 'I': case 'L': case 'Q': case 'N': case 'P':
        return pack_integer(p, value, format, (int)memoryview_format_size(c), false);
    case 'b': case 'h': case 'i': case 'l': case 'q': case 'n':
        return pack_integer(p, value, format, (int)memoryview_format_size(c), true);
    case 'f':
    case 'd':
        d = PyFloat_AsDouble(value);
        if (d == -1.0 && PyErr_Occurred()) {
            if (PyErr_ExceptionMatches(PyExc_TypeError))
                PyErr_Format(PyExc_TypeError, "memoryview: invalid type for format '%s'", format);
            return -1;
        }
        if (c == 'f')
            STORE(float, d);
        else
            STORE(double, d);
        return 0;
    case '?':
        truth = PyObject_IsTrue(value);
        *p = (char)truth;
        return truth < 0 ? -1 : 0;
    case 'c':
        if (!PyBytes_Check(value)) {
            PyErr_Format(PyExc_TypeError, "memoryview: invalid type for format '%s'", format);
            return -1;
        }
        if (PyBytes_GET_SIZE(value) != 1) {
            PyErr_Format(PyExc_ValueError, "memoryview: invalid value for format '%s'", format);
            return -1;
        }
        *p = PyBytes_AS_STRING(value)[0];
        return 0;
    default: return unsupported(format);
    }
}

/* ------------------------------------------------------------------ places */

static char *
step_to(const Py_buffer *v, char *p, int dim, Py_ssize_t i)
{
    if (i < 0)
        i += v->shape[dim];
    if (i < 0 || i >= v->shape[dim]) {
        PyErr_Format(PyExc_IndexError, "index out of bounds on dimension %d", dim + 1);
        return NULL;
    }
    p += v->strides[dim] * i;
    if (v->suboffsets != NULL && v->suboffsets[dim] >= 0)
        p = *(char **)p + v->suboffsets[dim];
    return p;
}

static char *
place_of_tuple(const Py_buffer *v, PyObject *key)
{
    Py_ssize_t n = PyTuple_GET_SIZE(key);
    char *p = v->buf;
    if (n > v->ndim) {
        PyErr_Format(PyExc_TypeError, "cannot index %zd-dimension view with %zd-element tuple", (Py_ssize_t)v->ndim, n);
        return NULL;
    }
    if (n < v->ndim) {
        PyErr_SetString(PyExc_NotImplementedError, "sub-views are not implemented");
        return NULL;
    }
    for (int i = 0; i < n && p != NULL; i++) {
        Py_ssize_t index = PyNumber_AsSsize_t(PyTuple_GET_ITEM(key, i), PyExc_IndexError);
        if (index == -1 && PyErr_Occurred())
            return NULL;
        p = step_to(v, p, i, index);
    }
    return p;
}

/* A tuple of nothing but indices, or of nothing but slices? */
static bool
is_tuple_of(PyObject *key, bool slices)
{
    if (!PyTuple_Check(key))
        return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key); i++) {
        PyObject *item = PyTuple_GET_ITEM(key, i);
        if (slices ? !PySlice_Check(item) : !PyIndex_Check(item))
            return false;
    }
    return true;
}

static void
refuse_key(const Py_buffer *v, PyObject *key, const char *of_slices)
{
    if (v->ndim == 0)
        PyErr_SetString(PyExc_TypeError, "invalid indexing of 0-dim memory");
    else if (is_tuple_of(key, true))
        PyErr_SetString(PyExc_NotImplementedError, of_slices);
    else
        PyErr_SetString(PyExc_TypeError, "memoryview: invalid slice key");
}

static char *
place_of_int(const Py_buffer *v, PyObject *key)
{
    Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i == -1 && PyErr_Occurred())
        return NULL;
    if (v->ndim != 1) {
        if (v->ndim == 0)
            PyErr_SetString(PyExc_TypeError, "invalid indexing of 0-dim memory");
        else
            PyErr_SetString(PyExc_NotImplementedError, "multi-dimensional sub-views are not implemented");
        return NULL;
    }
    return step_to(v, v->buf, 0, i);
}

/* The view of a slice of the first dimension. */
static PyObject *
slice(PyObject *self, PyObject *key)
{
    Py_buffer *v = MEMORYVIEW_VIEW(self), *w;
    Py_ssize_t start, stop, step, n;
    PyObject *view;
    if (v->ndim == 0) {
        PyErr_SetString(PyExc_TypeError, "invalid indexing of 0-dim memory");
        return NULL;
    }
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return NULL;
    n = PySlice_AdjustIndices(v->shape[0], &start, &stop, step);
    view = memoryview_derive(self, v, v->ndim);
    if (view == NULL)
        return NULL;
    w = MEMORYVIEW_VIEW(view);
    if (n > 0)
        w->buf = (char *)w->buf + start * w->strides[0];
    w->shape[0] = n;
    w->strides[0] *= step;
    w->len = w->itemsize;
    for (int i = 0; i < w->ndim; i++)
        w->len *= w->shape[i];
    return view;
}

PyObject *
memoryview_subscript(PyObject *self, PyObject *key)
{
    const Py_buffer *v = MEMORYVIEW_VIEW(self);
    char *p;
    if (memoryview_dead(self))
        return NULL;
    if (v->ndim == 0) {
        if (PyTuple_Check(key) && PyTuple_GET_SIZE(key) == 0)
            return memoryview_unpack(v->buf, v->format);
        if (key == Py_Ellipsis)
            return self;
        PyErr_SetString(PyExc_TypeError, "invalid indexing of 0-dim memory");
        return NULL;
    }
    if (PySlice_Check(key))
        return slice(self, key);
    if (PyIndex_Check(key)) {
        p = place_of_int(v, key);
    } else if (is_tuple_of(key, false)) {
        p = place_of_tuple(v, key);
    } else {
        refuse_key(v, key, "multi-dimensional slicing is not implemented");
        return NULL;
    }
    /* Converting the key may have run code that released the view. */
    return p == NULL || memoryview_dead(self) ? NULL : memoryview_unpack(p, v->format);
}

PyObject *
memoryview_item(PyObject *self, Py_ssize_t i)
{
    const Py_buffer *v = MEMORYVIEW_VIEW(self);
    char *p;
    if (memoryview_dead(self))
        return NULL;
    if (v->ndim != 1)
        return memoryview_subscript(self, gcrt_int(i));
    p = i < 0 || i >= v->shape[0] ? NULL : step_to(v, v->buf, 0, i);
    if (p == NULL)
        PyErr_SetString(PyExc_IndexError, "index out of bounds on dimension 1");
    return p == NULL ? NULL : memoryview_unpack(p, v->format);
}

static int
assign_slice(PyObject *self, PyObject *key, PyObject *value)
{
    PyObject *target = slice(self, key);
    Py_buffer source, *t;
    int result = -1;
    if (target == NULL)
        return -1;
    t = MEMORYVIEW_VIEW(target);
    if (t->ndim != 1) {
        PyErr_SetString(PyExc_NotImplementedError,
                        "memoryview slice assignments are currently restricted to ndim = 1");
        return -1;
    }
    if (PyObject_GetBuffer(value, &source, PyBUF_FULL_RO) < 0)
        return -1;
    if (memoryview_dead(self))
        result = -1;
    else if (source.ndim != 1 || source.itemsize != t->itemsize || source.len != t->len ||
             strcmp(source.format == NULL ? "B" : source.format + (source.format[0] == '@'),
                    t->format + (t->format[0] == '@')) != 0)
        PyErr_SetString(PyExc_ValueError, "memoryview assignment: lvalue and rvalue have different structures");
    else
        result = buffer_copy(t, &source);
    PyBuffer_Release(&source);
    return result;
}

int
memoryview_assign(PyObject *self, PyObject *key, PyObject *value)
{
    const Py_buffer *v = MEMORYVIEW_VIEW(self);
    char item[8], *p;
    Py_ssize_t size;
    if (memoryview_dead(self))
        return -1;
    if (v->readonly) {
        PyErr_SetString(PyExc_TypeError, "cannot modify read-only memory");
        return -1;
    }
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "cannot delete memory");
        return -1;
    }
    if (PySlice_Check(key))
        return assign_slice(self, key, value);
    if (v->ndim == 0 && (key == Py_Ellipsis || (PyTuple_Check(key) && PyTuple_GET_SIZE(key) == 0)))
        p = v->buf;
    else if (v->ndim != 0 && PyIndex_Check(key))
        p = place_of_int(v, key);
    else if (v->ndim != 0 && is_tuple_of(key, false))
        p = place_of_tuple(v, key);
    else {
        refuse_key(v, key, "memoryview slice assignments are currently restricted to ndim = 1");
        return -1;
    }
    if (p == NULL)
        return -1;
    size = memoryview_format_size(memoryview_format_char(v->format));
    if (size < 0 || size > v->itemsize)
        return unsupported(v->format);
    if (pack(item, value, v->format) < 0 || memoryview_dead(self))
        return -1;
    memcpy(p, item, (size_t)size);
    return 0;
}

/* ------------------------------------------------------------------ whole contents */

static PyObject *
list_of(const Py_buffer *v, char *p, int dim)
{
    PyObject *list, *item;
    if (dim == v->ndim)
        return memoryview_unpack(p, v->format);
    list = PyList_New(v->shape[dim]);
    for (Py_ssize_t i = 0; list != NULL && i < v->shape[dim]; i++) {
        char *q = step_to(v, p, dim, i);
        item = q == NULL ? NULL : list_of(v, q, dim + 1);
        if (item == NULL)
            return NULL;
        PyList_SET_ITEM(list, i, item);
    }
    return list;
}

PyObject *
memoryview_tolist(PyObject *self, PyObject *Py_UNUSED(unused))
{
    const Py_buffer *v = MEMORYVIEW_VIEW(self);
    return memoryview_dead(self) ? NULL : list_of(v, v->buf, 0);
}

/* 1, 0, -1 */
static int
equal_items(const Py_buffer *a, char *p, const Py_buffer *b, char *q, int dim, bool same_format)
{
    if (dim == a->ndim) {
        PyObject *x, *y;
        char c = memoryview_format_char(a->format);
        if (same_format && c != 'f' && c != 'd' && c != 'e')
            return memcmp(p, q, (size_t)a->itemsize) == 0;
        x = memoryview_unpack(p, a->format);
        y = x == NULL ? NULL : memoryview_unpack(q, b->format);
        return y == NULL ? -1 : PyObject_RichCompareBool(x, y, Py_EQ);
    }
    for (Py_ssize_t i = 0; i < a->shape[dim]; i++) {
        char *x = step_to(a, p, dim, i), *y = step_to(b, q, dim, i);
        int equal = x == NULL || y == NULL ? -1 : equal_items(a, x, b, y, dim + 1, same_format);
        if (equal <= 0)
            return equal;
    }
    return 1;
}

PyObject *
memoryview_richcompare(PyObject *a, PyObject *b, int op)
{
    PyObject *other;
    const Py_buffer *v, *w;
    int equal = 1;
    bool same_format;
    if ((op != Py_EQ && op != Py_NE) || !PyObject_CheckBuffer(b))
        Py_RETURN_NOTIMPLEMENTED;
    if (MEMORYVIEW(a)->flags & MEMORYVIEW_RELEASED)
        return PyBool_FromLong((a == b) == (op == Py_EQ));
    other = PyMemoryView_Check(b) && (MEMORYVIEW(b)->flags & MEMORYVIEW_RELEASED) ? NULL : PyMemoryView_FromObject(b);
    if (other == NULL) {
        PyErr_Clear();
        if (PyMemoryView_Check(b))
            return PyBool_FromLong(op == Py_NE);
        Py_RETURN_NOTIMPLEMENTED;
    }
    v = MEMORYVIEW_VIEW(a);
    w = MEMORYVIEW_VIEW(other);
    if (v->ndim != w->ndim)
        equal = 0;
    for (int i = 0; equal && i < v->ndim; i++)
        equal = v->shape[i] == w->shape[i];
    if (equal) {
        same_format = strcmp(v->format + (v->format[0] == '@'), w->format + (w->format[0] == '@')) == 0 &&
                      v->itemsize == w->itemsize;
        equal = equal_items(v, v->buf, w, w->buf, 0, same_format);
        if (equal < 0 && PyErr_ExceptionMatches(PyExc_NotImplementedError)) {
            PyErr_Clear();
            equal = 0;
        }
    }
    return equal < 0 ? NULL : PyBool_FromLong(equal == (op == Py_EQ));
}
