/* bytearray.c: the bytearray type.
 *
 * ob_bytes is a leaf block of ob_alloc bytes; the contents are [ob_start, ob_start + ob_size), terminated by a
 * zero.  Bytes deleted at the front move ob_start.  ob_exports counts buffers that were handed out; while there
 * are some the block is never reused for another size: growing takes a new block, and the views keep the old
 * one.  (CPython refuses with BufferError; without prompt destruction that would hit views which are garbage.) */
#include "runtime.h"

#include "bytes.h"
#include "container.h"
#include "textargs.h"
#include "unicode.h"

char gcrt_bytearray_empty[1] __attribute__((visibility("default"))) = "";
char _PyByteArray_empty_string[1] = "";

#define ARRAY(op) ((PyByteArrayObject *)(op))

/* ------------------------------------------------------------------ memory */

int
PyByteArray_Resize(PyObject *self, Py_ssize_t n)
{
    PyByteArrayObject *a = ARRAY(self);
    Py_ssize_t had = Py_SIZE(self), front = a->ob_bytes == NULL ? 0 : a->ob_start - a->ob_bytes, room;
    char *block;
    if (n < 0) {
        PyErr_Format(PyExc_ValueError, "Can only resize to positive sizes, got %zd", n);
        return -1;
    }
    if (n == had)
        return 0;
    if (front + n + 1 <= a->ob_alloc && n + 64 >= a->ob_alloc / 4 && (n < had || a->ob_exports == 0)) {
        Py_SET_SIZE(self, n);
        if (a->ob_exports == 0)
            a->ob_start[n] = '\0';
        return 0;
    }
    if (n > PY_SSIZE_T_MAX - n / 8 - 16) {
        PyErr_NoMemory();
        return -1;
    }
    room = n <= had || had == 0 ? n + 1 : n + n / 8 + 8;
    block = gcrt_alloc_leaf((size_t)room);
    if (block == NULL)
        return -1;
    if (had > 0)
        memcpy(block, a->ob_start, (size_t)Py_MIN(n, had));
    a->ob_alloc = room;
    a->ob_start = block;
    gc_store(self, &a->ob_bytes, block);
    Py_SET_SIZE(self, n);
    return 0;
}

PyObject *
PyByteArray_FromStringAndSize(const char *data, Py_ssize_t n)
{
    PyObject *self;
    if (n < 0) {
        PyErr_SetString(PyExc_SystemError, "Negative size passed to PyByteArray_FromStringAndSize");
        return NULL;
    }
    self = gcrt_new(&PyByteArray_Type, sizeof(PyByteArrayObject));
    if (self == NULL || PyByteArray_Resize(self, n) < 0)
        return NULL;
    if (data != NULL && n > 0)
        memcpy(ARRAY(self)->ob_start, data, (size_t)n);
    return self;
}

Py_ssize_t
PyByteArray_Size(PyObject *self)
{
    return PyByteArray_GET_SIZE(self);
}

char *
PyByteArray_AsString(PyObject *self)
{
    return PyByteArray_AS_STRING(self);
}

/* Room for n bytes in place of [low, high). */
static int
splice(PyObject *self, Py_ssize_t low, Py_ssize_t high, const char *data, Py_ssize_t n)
{
    PyByteArrayObject *a = ARRAY(self);
    Py_ssize_t had = Py_SIZE(self), growth = n - (high - low);
    if (growth < 0) {
        if (low == 0 && a->ob_exports == 0) {
            a->ob_start -= growth;
            Py_SET_SIZE(self, had + growth);
        } else {
            memmove(a->ob_start + low + n, a->ob_start + high, (size_t)(had - high));
            if (PyByteArray_Resize(self, had + growth) < 0)
                return -1;
        }
    } else if (growth > 0) {
        if (growth > PY_SSIZE_T_MAX - had) {
            PyErr_NoMemory();
            return -1;
        }
        if (PyByteArray_Resize(self, had + growth) < 0)
            return -1;
        memmove(a->ob_start + low + n, a->ob_start + high, (size_t)(had - high));
    }
    if (n > 0)
        memcpy(a->ob_start + low, data, (size_t)n);
    return 0;
}

/* The bytes of any source as a span that does not alias self. */
static int
source_span(PyObject *self, PyObject *source, bytes_span *out)
{
    Py_buffer view;
    PyObject *bytes;
    char *copy;
    if (!PyObject_CheckBuffer(source)) {
        bytes = bytes_from_iterable(source, "byte must be in range(0, 256)");
        if (bytes == NULL)
            return -1;
        *out = bytes_view(bytes);
        return 0;
    }
    if (PyObject_GetBuffer(source, &view, PyBUF_SIMPLE) < 0) {
        PyErr_Format(PyExc_TypeError, "can't set bytearray slice from %.100s", Py_TYPE(source)->tp_name);
        return -1;
    }
    (void)self;
    copy = gcrt_alloc_leaf((size_t)view.len + 1);
    if (copy != NULL)
        memcpy(copy, view.buf, (size_t)view.len);
    *out = (bytes_span){copy, view.len};
    PyBuffer_Release(&view);
    return copy == NULL ? -1 : 0;
}

/* ------------------------------------------------------------------ construction */

PyObject *
PyByteArray_FromObject(PyObject *op)
{
    return PyObject_CallOneArg((PyObject *)&PyByteArray_Type, op);
}

static int
init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"source", "encoding", "errors", NULL};
    PyObject *source = NULL, *e[2] = {NULL, NULL}, *bytes;
    const char *encoding = NULL, *errors = NULL;
    Py_buffer view;
    int result;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OOO:bytearray", names, &source, &e[0], &e[1]) ||
        (e[0] != NULL && (encoding = textargs_utf8("bytearray", "encoding", e[0])) == NULL) ||
        (e[1] != NULL && (errors = textargs_utf8("bytearray", "errors", e[1])) == NULL))
        return -1;
    if (Py_SIZE(self) != 0 && PyByteArray_Resize(self, 0) < 0)
        return -1;
    if (source == NULL) {
        if (encoding == NULL && errors == NULL)
            return 0;
        PyErr_SetString(PyExc_TypeError, encoding != NULL ? "encoding without a string argument"
                                                          : "errors without a string argument");
        return -1;
    }
    if (PyUnicode_Check(source)) {
        if (encoding == NULL) {
            PyErr_SetString(PyExc_TypeError, "string argument without an encoding");
            return -1;
        }
        bytes = PyUnicode_AsEncodedString(source, encoding, errors);
        return bytes == NULL ? -1 : splice(self, 0, 0, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    }
    if (encoding != NULL || errors != NULL) {
        PyErr_SetString(PyExc_TypeError, encoding != NULL ? "encoding without a string argument"
                                                          : "errors without a string argument");
        return -1;
    }
    if (PyIndex_Check(source)) {
        Py_ssize_t n = PyNumber_AsSsize_t(source, PyExc_OverflowError);
        if (n == -1 && PyErr_Occurred()) {
            if (!PyErr_ExceptionMatches(PyExc_TypeError))
                return -1;
            PyErr_Clear();
        } else if (n < 0) {
            PyErr_SetString(PyExc_ValueError, "negative count");
            return -1;
        } else {
            return PyByteArray_Resize(self, n);
        }
    }
    if (PyObject_CheckBuffer(source)) {
        if (PyObject_GetBuffer(source, &view, PyBUF_FULL_RO) < 0)
            return -1;
        result = PyByteArray_Resize(self, view.len);
        if (result == 0 && view.len > 0)
            result = PyBuffer_ToContiguous(ARRAY(self)->ob_start, &view, view.len, 'C');
        PyBuffer_Release(&view);
        return result;
    }
    if (Py_TYPE(source)->tp_iter == NULL && !PySequence_Check(source)) {
        PyErr_Format(PyExc_TypeError, "cannot convert '%.200s' object to bytearray", Py_TYPE(source)->tp_name);
        return -1;
    }
    bytes = bytes_from_iterable(source, "byte must be in range(0, 256)");
    return bytes == NULL ? -1 : splice(self, 0, 0, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
}

/* ------------------------------------------------------------------ items and slices */

static Py_ssize_t
length(PyObject *self)
{
    return Py_SIZE(self);
}

static PyObject *
item(PyObject *self, Py_ssize_t i)
{
    if (i < 0 || i >= Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "bytearray index out of range");
        return NULL;
    }
    return gcrt_int((unsigned char)ARRAY(self)->ob_start[i]);
}

static int
set_item(PyObject *self, Py_ssize_t i, PyObject *value)
{
    int byte = 0;
    if (value != NULL && (byte = bytes_byte(value, "byte must be in range(0, 256)")) < 0)
        return -1;
    if (i < 0 || i >= Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "bytearray index out of range");
        return -1;
    }
    if (value == NULL)
        return splice(self, i, i + 1, NULL, 0);
    ARRAY(self)->ob_start[i] = (char)byte;
    return 0;
}

static PyObject *
subscript(PyObject *self, PyObject *key)
{
    Py_ssize_t start, stop, step, n, i;
    PyObject *result;
    if (PyIndex_Check(key)) {
        i = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (i == -1 && PyErr_Occurred())
            return NULL;
        return item(self, i < 0 ? i + Py_SIZE(self) : i);
    }
    if (!PySlice_Check(key)) {
        PyErr_Format(PyExc_TypeError, "bytearray indices must be integers or slices, not %.200s",
                     Py_TYPE(key)->tp_name);
        return NULL;
    }
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return NULL;
    n = PySlice_AdjustIndices(Py_SIZE(self), &start, &stop, step);
    if (n <= 0)
        return PyByteArray_FromStringAndSize(NULL, 0);
    if (step == 1)
        return PyByteArray_FromStringAndSize(ARRAY(self)->ob_start + start, n);
    result = PyByteArray_FromStringAndSize(NULL, n);
    for (i = 0; result != NULL && i < n; i++)
        ARRAY(result)->ob_start[i] = ARRAY(self)->ob_start[start + i * step];
    return result;
}

static int
delete_stepped(PyObject *self, Py_ssize_t start, Py_ssize_t step, Py_ssize_t n)
{
    char *data = ARRAY(self)->ob_start;
    Py_ssize_t had = Py_SIZE(self), to = 0;
    if (n == 0)
        return 0;
    if (step < 0) {
        start += step * (n - 1);
        step = -step;
    }
    for (Py_ssize_t i = 0; i < had; i++)
        if (i < start || (i - start) % step != 0 || (i - start) / step >= n)
            data[to++] = data[i];
    return PyByteArray_Resize(self, to);
}

static int
assign_slice(PyObject *self, PyObject *key, PyObject *value)
{
    Py_ssize_t start, stop, step, n;
    bytes_span s = {NULL, 0};
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return -1;
    if (value != NULL) {
        if (PyLong_Check(value) || PyUnicode_Check(value)) {
            PyErr_SetString(PyExc_TypeError, "can assign only bytes, buffers, or iterables of ints in range(0, 256)");
            return -1;
        }
        if (source_span(self, value, &s) < 0)
            return -1;
    }
    n = PySlice_AdjustIndices(Py_SIZE(self), &start, &stop, step);
    if (step == 1)
        return splice(self, start, start + Py_MAX(n, 0), s.data, s.n);
    if (value == NULL || s.n == 0) {
        if (value == NULL || n == 0)
            return delete_stepped(self, start, step, n);
    }
    if (s.n != n) {
        PyErr_Format(PyExc_ValueError, "attempt to assign bytes of size %zd to extended slice of size %zd", s.n, n);
        return -1;
    }
    for (Py_ssize_t i = 0; i < n; i++)
        ARRAY(self)->ob_start[start + i * step] = s.data[i];
    return 0;
}

static int
assign_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    Py_ssize_t i;
    if (PySlice_Check(key))
        return assign_slice(self, key, value);
    if (!PyIndex_Check(key)) {
        PyErr_Format(PyExc_TypeError, "bytearray indices must be integers or slices, not %.200s",
                     Py_TYPE(key)->tp_name);
        return -1;
    }
    i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i == -1 && PyErr_Occurred())
        return -1;
    return set_item(self, i < 0 ? i + Py_SIZE(self) : i, value);
}

PyObject *
PyByteArray_Concat(PyObject *a, PyObject *b)
{
    Py_buffer x, y;
    PyObject *result = NULL;
    if (!PyObject_CheckBuffer(a) || !PyObject_CheckBuffer(b) || PyObject_GetBuffer(a, &x, PyBUF_SIMPLE) < 0) {
        PyErr_Format(PyExc_TypeError, "can't concat %.100s to %.100s", Py_TYPE(b)->tp_name, Py_TYPE(a)->tp_name);
        return NULL;
    }
    if (PyObject_GetBuffer(b, &y, PyBUF_SIMPLE) == 0) {
        if (x.len > PY_SSIZE_T_MAX - y.len) {
            PyErr_NoMemory();
        } else if ((result = PyByteArray_FromStringAndSize(NULL, x.len + y.len)) != NULL && x.len + y.len > 0) {
            memcpy(ARRAY(result)->ob_start, x.buf, (size_t)x.len);
            memcpy(ARRAY(result)->ob_start + x.len, y.buf, (size_t)y.len);
        }
        PyBuffer_Release(&y);
    }
    PyBuffer_Release(&x);
    return result;
}

static PyObject *
inplace_concat(PyObject *self, PyObject *other)
{
    bytes_span s;
    if (!PyObject_CheckBuffer(other)) {
        PyErr_Format(PyExc_TypeError, "can't concat %.100s to %.100s", Py_TYPE(other)->tp_name,
                     Py_TYPE(self)->tp_name);
        return NULL;
    }
    if (source_span(self, other, &s) < 0 || splice(self, Py_SIZE(self), Py_SIZE(self), s.data, s.n) < 0)
        return NULL;
    return self;
}

static PyObject *
repeat(PyObject *self, Py_ssize_t times)
{
    Py_ssize_t n = Py_SIZE(self);
    PyObject *result;
    times = Py_MAX(times, 0);
    if (n > 0 && times > PY_SSIZE_T_MAX / n)
        return PyErr_NoMemory();
    result = PyByteArray_FromStringAndSize(NULL, n * times);
    for (Py_ssize_t i = 0; result != NULL && n > 0 && i < times; i++)
        memcpy(ARRAY(result)->ob_start + i * n, ARRAY(self)->ob_start, (size_t)n);
    return result;
}

static PyObject *
inplace_repeat(PyObject *self, Py_ssize_t times)
{
    PyObject *copy = repeat(self, times);
    if (copy == NULL || splice(self, 0, Py_SIZE(self), PyByteArray_AS_STRING(copy), Py_SIZE(copy)) < 0)
        return NULL;
    return self;
}

/* ------------------------------------------------------------------ methods of its own */

static PyObject *
append(PyObject *self, PyObject *value)
{
    int byte = bytes_byte(value, "byte must be in range(0, 256)");
    char c = (char)byte;
    if (byte < 0 || splice(self, Py_SIZE(self), Py_SIZE(self), &c, 1) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
extend(PyObject *self, PyObject *source)
{
    bytes_span s;
    if (!PyObject_CheckBuffer(source) && Py_TYPE(source)->tp_iter == NULL && !PySequence_Check(source)) {
        PyErr_Format(PyExc_TypeError, "can't extend bytearray with %.100s", Py_TYPE(source)->tp_name);
        return NULL;
    }
    if (source_span(self, source, &s) < 0 || splice(self, Py_SIZE(self), Py_SIZE(self), s.data, s.n) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
insert(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Py_ssize_t i;
    int byte;
    char c;
    if (!_PyArg_CheckPositional("insert", n, 2, 2) || textargs_ssize(args[0], &i) < 0 ||
        (byte = bytes_byte(args[1], "byte must be in range(0, 256)")) < 0)
        return NULL;
    if (i < 0)
        i = Py_MAX(i + Py_SIZE(self), 0);
    i = Py_MIN(i, Py_SIZE(self));
    c = (char)byte;
    if (splice(self, i, i, &c, 1) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
pop(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Py_ssize_t i = -1;
    unsigned char c;
    if (!_PyArg_CheckPositional("pop", n, 0, 1) || (n == 1 && textargs_ssize(args[0], &i) < 0))
        return NULL;
    if (Py_SIZE(self) == 0) {
        PyErr_SetString(PyExc_IndexError, "pop from empty bytearray");
        return NULL;
    }
    if (i < 0)
        i += Py_SIZE(self);
    if (i < 0 || i >= Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "pop index out of range");
        return NULL;
    }
    c = (unsigned char)ARRAY(self)->ob_start[i];
    return splice(self, i, i + 1, NULL, 0) < 0 ? NULL : gcrt_int(c);
}

static PyObject *
remove_byte(PyObject *self, PyObject *value)
{
    int byte = bytes_byte(value, "byte must be in range(0, 256)");
    const char *start = PyByteArray_AS_STRING(self), *hit;
    if (byte < 0)
        return NULL;
    hit = memchr(start, byte, (size_t)Py_SIZE(self));
    if (hit == NULL) {
        PyErr_SetString(PyExc_ValueError, "value not found in bytearray");
        return NULL;
    }
    if (splice(self, hit - start, hit - start + 1, NULL, 0) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
clear(PyObject *self, PyObject *Py_UNUSED(unused))
{
    if (PyByteArray_Resize(self, 0) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
copy(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return PyByteArray_FromStringAndSize(PyByteArray_AS_STRING(self), Py_SIZE(self));
}

static PyObject *
reverse(PyObject *self, PyObject *Py_UNUSED(unused))
{
    char *low = PyByteArray_AS_STRING(self), *high = low + Py_SIZE(self) - 1;
    for (; low < high; low++, high--) {
        char c = *low;
        *low = *high;
        *high = c;
    }
    Py_RETURN_NONE;
}

static PyObject *
fromhex(PyObject *type, PyObject *text)
{
    PyObject *bytes = bytes_parse_hex(text);
    return bytes == NULL ? NULL : PyObject_CallOneArg(type, bytes);
}

static PyObject *
alloc(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return gcrt_int(ARRAY(self)->ob_alloc);
}

static PyObject *
sizeof_(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return gcrt_int(Py_TYPE(self)->tp_basicsize + ARRAY(self)->ob_alloc);
}

static PyObject *
reduce_ex(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    PyObject *state;
    Py_ssize_t protocol = 0;
    if (!_PyArg_CheckPositional("__reduce_ex__", n, 0, 1) || (n == 1 && textargs_ssize(args[0], &protocol) < 0) ||
        (state = container_state(self)) == NULL)
        return NULL;
    if (protocol < 3) {
        PyObject *text = PyUnicode_DecodeLatin1(PyByteArray_AS_STRING(self), Py_SIZE(self), NULL);
        return text == NULL ? NULL : Py_BuildValue("(O(Os)O)", Py_TYPE(self), text, "latin-1", state);
    }
    if (Py_SIZE(self) == 0)
        return Py_BuildValue("(O()O)", Py_TYPE(self), state);
    return Py_BuildValue("(O(y#)O)", Py_TYPE(self), PyByteArray_AS_STRING(self), Py_SIZE(self), state);
}

static PyObject *
reduce(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return reduce_ex(self, NULL, 0);
}

/* ------------------------------------------------------------------ slots */

static PyObject *
repr(PyObject *self)
{
    char before[256];
    const char *dot = strrchr(Py_TYPE(self)->tp_name, '.');
    snprintf(before, sizeof before, "%.200s(b", dot == NULL ? Py_TYPE(self)->tp_name : dot + 1);
    return bytes_repr_of(PyByteArray_AS_STRING(self), Py_SIZE(self), before, ")", true);
}

static PyObject *
str(PyObject *self)
{
    if (Py_BytesWarningFlag && PyErr_WarnEx(PyExc_BytesWarning, "str() on a bytearray instance", 1) < 0)
        return NULL;
    return repr(self);
}

static PyObject *
richcompare(PyObject *a, PyObject *b, int op)
{
    Py_buffer x, y;
    PyObject *result;
    if (!PyObject_CheckBuffer(a) || !PyObject_CheckBuffer(b))
        Py_RETURN_NOTIMPLEMENTED;
    if (PyObject_GetBuffer(a, &x, PyBUF_SIMPLE) < 0) {
        PyErr_Clear();
        Py_RETURN_NOTIMPLEMENTED;
    }
    if (PyObject_GetBuffer(b, &y, PyBUF_SIMPLE) < 0) {
        PyErr_Clear();
        PyBuffer_Release(&x);
        Py_RETURN_NOTIMPLEMENTED;
    }
    result = bytes_compare((bytes_span){x.buf, x.len}, (bytes_span){y.buf, y.len}, op);
    PyBuffer_Release(&x);
    PyBuffer_Release(&y);
    return result;
}

static PyObject *
remainder_(PyObject *self, PyObject *args)
{
    PyObject *bytes;
    if (!PyByteArray_Check(self))
        Py_RETURN_NOTIMPLEMENTED;
    bytes = bytes_mod(bytes_view(self), args);
    return bytes == NULL ? NULL
                         : PyByteArray_FromStringAndSize(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
}

static int
getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    if (PyBuffer_FillInfo(view, self, PyByteArray_AS_STRING(self), Py_SIZE(self), 0, flags) < 0)
        return -1;
    ARRAY(self)->ob_exports++;
    return 0;
}

static void
releasebuffer(PyObject *self, Py_buffer *Py_UNUSED(view))
{
    ARRAY(self)->ob_exports--;
}

static void
trace(PyObject *self, size_t Py_UNUSED(size), gc_tracer *t)
{
    gc_visit(t, (uintptr_t)ARRAY(self)->ob_bytes);
}

/* ------------------------------------------------------------------ iterator */

typedef struct {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *seq;
} bytearray_iterator;

static PyObject *
iter(PyObject *self)
{
    bytearray_iterator *it = (bytearray_iterator *)gcrt_new(&PyByteArrayIter_Type, sizeof *it);
    if (it != NULL)
        it->seq = self;
    return (PyObject *)it;
}

static PyObject *
iter_next(PyObject *self)
{
    bytearray_iterator *it = (bytearray_iterator *)self;
    if (it->seq == NULL)
        return NULL;
    if (it->index < Py_SIZE(it->seq))
        return gcrt_int((unsigned char)ARRAY(it->seq)->ob_start[it->index++]);
    it->seq = NULL;
    return NULL;
}

static PyObject *
iter_length_hint(PyObject *self, PyObject *Py_UNUSED(unused))
{
    bytearray_iterator *it = (bytearray_iterator *)self;
    return gcrt_int(it->seq == NULL ? 0 : Py_MAX(Py_SIZE(it->seq) - it->index, 0));
}

static PyObject *
iter_reduce(PyObject *self, PyObject *Py_UNUSED(unused))
{
    bytearray_iterator *it = (bytearray_iterator *)self;
    PyObject *function = PyDict_GetItemString(PyEval_GetBuiltins(), "iter");
    return it->seq == NULL ? Py_BuildValue("O(())", function) : Py_BuildValue("O(O)n", function, it->seq, it->index);
}

static PyObject *
iter_setstate(PyObject *self, PyObject *state)
{
    bytearray_iterator *it = (bytearray_iterator *)self;
    Py_ssize_t i = PyLong_AsSsize_t(state);
    if (i == -1 && PyErr_Occurred())
        return NULL;
    if (it->seq != NULL)
        it->index = i < 0 ? 0 : Py_MIN(i, Py_SIZE(it->seq));
    Py_RETURN_NONE;
}

static void
iter_trace(PyObject *self, size_t Py_UNUSED(size), gc_tracer *t)
{
    gc_visit(t, (uintptr_t)((bytearray_iterator *)self)->seq);
}

static PyMethodDef iter_methods[] = {
    {"__length_hint__", iter_length_hint, METH_NOARGS, NULL},
    {"__reduce__", iter_reduce, METH_NOARGS, NULL},
    {"__setstate__", iter_setstate, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyByteArrayIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "bytearray_iterator",
    .tp_basicsize = sizeof(bytearray_iterator),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iter_next,
    .tp_methods = iter_methods,
    .gcrt_trace = iter_trace,
};

static PyMethodDef methods[] = {
    BYTES_COMMON_METHODS,
    {"append", append, METH_O, NULL},
    {"extend", extend, METH_O, NULL},
    {"insert", _PyCFunction_CAST(insert), METH_FASTCALL, NULL},
    {"pop", _PyCFunction_CAST(pop), METH_FASTCALL, NULL},
    {"remove", remove_byte, METH_O, NULL},
    {"clear", clear, METH_NOARGS, NULL},
    {"copy", copy, METH_NOARGS, NULL},
    {"reverse", reverse, METH_NOARGS, NULL},
    {"fromhex", fromhex, METH_O | METH_CLASS, NULL},
    {"__alloc__", alloc, METH_NOARGS, NULL},
    {"__sizeof__", sizeof_, METH_NOARGS, NULL},
    {"__reduce__", reduce, METH_NOARGS, NULL},
    {"__reduce_ex__", _PyCFunction_CAST(reduce_ex), METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};
static PySequenceMethods as_sequence = {
    .sq_length = length,
    .sq_concat = PyByteArray_Concat,
    .sq_repeat = repeat,
    .sq_item = item,
    .sq_ass_item = set_item,
    .sq_contains = bytes_contains,
    .sq_inplace_concat = inplace_concat,
    .sq_inplace_repeat = inplace_repeat,
};
static PyMappingMethods as_mapping = {
    .mp_length = length,
    .mp_subscript = subscript,
    .mp_ass_subscript = assign_subscript,
};
static PyBufferProcs as_buffer = {.bf_getbuffer = getbuffer, .bf_releasebuffer = releasebuffer};
static PyNumberMethods as_number = {.nb_remainder = remainder_};

PyTypeObject PyByteArray_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "bytearray",
    .tp_basicsize = sizeof(PyByteArrayObject),
    .tp_repr = repr,
    .tp_as_number = &as_number,
    .tp_as_sequence = &as_sequence,
    .tp_as_mapping = &as_mapping,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_str = str,
    .tp_as_buffer = &as_buffer,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | _Py_TPFLAGS_MATCH_SELF,
    .tp_doc = "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\n"
              "bytearray(bytes_or_buffer) -> bytearray\nbytearray(int) -> bytearray of that many zeros",
    .tp_richcompare = richcompare,
    .tp_iter = iter,
    .tp_methods = methods,
    .tp_init = init,
    .tp_new = PyType_GenericNew,
    .gcrt_trace = trace,
};
