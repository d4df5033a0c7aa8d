/* bytes.c: the bytes type.  An exact bytes object is leaf memory; its data follows the header and is terminated
 * by a zero that is not counted. */
#define _GNU_SOURCE 1
#include "runtime.h"

#include "bytes.h"
#include "bytesearch.h"
#include "textargs.h"
#include "typeobject.h"
#include "unicode.h"

static PyObject *empty_bytes;
static PyObject *byte_chars[256];

/* ------------------------------------------------------------------ creation */

static PyObject *
new_bytes(Py_ssize_t n)
{
    PyBytesObject *b;
    if (n > PY_SSIZE_T_MAX - (Py_ssize_t)sizeof *b - 16) {
        PyErr_SetString(PyExc_OverflowError, "byte string is too large");
        return NULL;
    }
    b = (PyBytesObject *)gcrt_new_leaf(&PyBytes_Type, offsetof(PyBytesObject, ob_sval) + (size_t)n + 1);
    if (b == NULL)
        return NULL;
    b->ob_base.ob_size = n;
    b->ob_shash = -1;
    return (PyObject *)b;
}

PyObject *
PyBytes_FromStringAndSize(const char *data, Py_ssize_t n)
{
    PyObject *b;
    unsigned char c;
    if (n < 0) {
        PyErr_SetString(PyExc_SystemError, "Negative size passed to PyBytes_FromStringAndSize");
        return NULL;
    }
    if (n == 0) {
        if (empty_bytes == NULL)
            empty_bytes = new_bytes(0);
        return empty_bytes;
    }
    if (n == 1 && data != NULL) {
        c = (unsigned char)*data;
        if (byte_chars[c] == NULL && (byte_chars[c] = new_bytes(1)) != NULL)
            PyBytes_AS_STRING(byte_chars[c])[0] = (char)c;
        return byte_chars[c];
    }
    b = new_bytes(n);
    if (b != NULL && data != NULL)
        memcpy(PyBytes_AS_STRING(b), data, (size_t)n);
    return b;
}

PyObject *
PyBytes_FromString(const char *data)
{
    return PyBytes_FromStringAndSize(data, (Py_ssize_t)strlen(data));
}

int
_PyBytes_Resize(PyObject **p, Py_ssize_t n)
{
    PyObject *old = *p, *b;
    Py_ssize_t had;
    if (old == NULL || !PyBytes_Check(old) || n < 0) {
        *p = NULL;
        PyErr_BadInternalCall();
        return -1;
    }
    had = PyBytes_GET_SIZE(old);
    if (n == had)
        return 0;
    if (n < had && n > 1 && had - n < 64 + had / 4) {
        /* The caller owns the object alone: it may shrink in place. */
        Py_SET_SIZE(old, n);
        PyBytes_AS_STRING(old)[n] = '\0';
        ((PyBytesObject *)old)->ob_shash = -1;
        return 0;
    }
    b = n == 0 ? PyBytes_FromStringAndSize(NULL, 0) : new_bytes(n);
    *p = b;
    if (b == NULL)
        return -1;
    memcpy(PyBytes_AS_STRING(b), PyBytes_AS_STRING(old), (size_t)Py_MIN(n, had));
    return 0;
}

/* ------------------------------------------------------------------ access */

Py_ssize_t
PyBytes_Size(PyObject *op)
{
    if (!PyBytes_Check(op)) {
        PyErr_Format(PyExc_TypeError, "expected bytes, %.200s found", Py_TYPE(op)->tp_name);
        return -1;
    }
    return PyBytes_GET_SIZE(op);
}

char *
PyBytes_AsString(PyObject *op)
{
    if (!PyBytes_Check(op)) {
        PyErr_Format(PyExc_TypeError, "expected bytes, %.200s found", Py_TYPE(op)->tp_name);
        return NULL;
    }
    return PyBytes_AS_STRING(op);
}

int
PyBytes_AsStringAndSize(PyObject *op, char **data, Py_ssize_t *n)
{
    if (data == NULL) {
        PyErr_BadInternalCall();
        return -1;
    }
    *data = PyBytes_AsString(op);
    if (*data == NULL)
        return -1;
    if (n != NULL) {
        *n = PyBytes_GET_SIZE(op);
    } else if (strlen(*data) != (size_t)PyBytes_GET_SIZE(op)) {
        PyErr_SetString(PyExc_ValueError, "embedded null byte");
        return -1;
    }
    return 0;
}

int
bytes_buffer(PyObject *op, Py_buffer *view)
{
    if (PyBytes_CheckExact(op))
        return PyBuffer_FillInfo(view, op, PyBytes_AS_STRING(op), PyBytes_GET_SIZE(op), 1, PyBUF_SIMPLE);
    if (!PyObject_CheckBuffer(op)) {
        PyErr_Format(PyExc_TypeError, "a bytes-like object is required, not '%.100s'", Py_TYPE(op)->tp_name);
        return -1;
    }
    return PyObject_GetBuffer(op, view, PyBUF_SIMPLE);
}

int
bytes_byte(PyObject *op, const char *what)
{
    Py_ssize_t v = PyNumber_AsSsize_t(op, NULL);
    if (v == -1 && PyErr_Occurred())
        return -1;
    if (v < 0 || v > 255) {
        PyErr_SetString(PyExc_ValueError, what);
        return -1;
    }
    return (int)v;
}

/* ------------------------------------------------------------------ conversion */

static PyObject *
from_buffer(PyObject *op)
{
    Py_buffer view;
    PyObject *b = NULL;
    if (PyObject_GetBuffer(op, &view, PyBUF_FULL_RO) < 0)
        return NULL;
    b = PyBytes_FromStringAndSize(NULL, view.len);
    if (b != NULL && view.len > 0) {
        if (view.len == 1)
            b = new_bytes(1);
        if (b == NULL || PyBuffer_ToContiguous(PyBytes_AS_STRING(b), &view, view.len, 'C') < 0)
            b = NULL;
    }
    PyBuffer_Release(&view);
    return b;
}

PyObject *
bytes_from_iterable(PyObject *op, const char *out_of_range)
{
    Py_ssize_t used = 0, room = PyObject_LengthHint(op, 64);
    PyObject *it, *item;
    char *data;
    if (room < 0)
        return NULL;
    room = Py_MAX(room, 16);
    if ((it = PyObject_GetIter(op)) == NULL || (data = gcrt_alloc_leaf((size_t)room)) == NULL)
        return NULL;
    while ((item = PyIter_Next(it)) != NULL) {
        int c = bytes_byte(item, out_of_range);
        if (c < 0)
            return NULL;
        if (used == room) {
            char *more = gcrt_alloc_leaf((size_t)room * 2);
            if (more == NULL)
                return NULL;
            memcpy(more, data, (size_t)used);
            data = more;
            room *= 2;
        }
        data[used++] = (char)c;
    }
    return PyErr_Occurred() ? NULL : PyBytes_FromStringAndSize(data, used);
}

PyObject *
PyBytes_FromObject(PyObject *op)
{
    if (op == NULL) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (PyBytes_CheckExact(op))
        return op;
    if (PyObject_CheckBuffer(op))
        return from_buffer(op);
    if (!PyUnicode_Check(op) &&
        (Py_TYPE(op)->tp_iter != NULL || PyList_Check(op) || PyTuple_Check(op) || PySequence_Check(op))) {
        return bytes_from_iterable(op, "bytes must be in range(0, 256)");
    }
    PyErr_Format(PyExc_TypeError, "cannot convert '%.200s' object to bytes", Py_TYPE(op)->tp_name);
    return NULL;
}

/* The result of a __bytes__ method, or NULL: without exception when there is no such method. */
static PyObject *
call_dunder_bytes(PyObject *op)
{
    PyObject *result = type_call_special(op, GCRT_NAME(__bytes__), NULL, 0);
    if (result != NULL && !PyBytes_Check(result)) {
        PyErr_Format(PyExc_TypeError, "__bytes__ returned non-bytes (type %.200s)", Py_TYPE(result)->tp_name);
        return NULL;
    }
    return result;
}

PyObject *
PyObject_Bytes(PyObject *op)
{
    PyObject *result;
    if (op == NULL)
        return PyBytes_FromString("<NULL>");
    if (PyBytes_CheckExact(op))
        return op;
    result = call_dunder_bytes(op);
    if (result != NULL || PyErr_Occurred())
        return result;
    return PyBytes_FromObject(op);
}

/* The arguments of bytes() and of bytearray(): the bytes that they stand for. */
static PyObject *
from_source(PyObject *source, const char *encoding, const char *errors)
{
    PyObject *result;
    if (source == NULL) {
        if (encoding != NULL || errors != NULL) {
            PyErr_SetString(PyExc_TypeError, encoding != NULL ? "encoding without a string argument"
                                                              : "errors without a string argument");
            return NULL;
        }
        return PyBytes_FromStringAndSize(NULL, 0);
    }
    if (encoding != NULL) {
        if (!PyUnicode_Check(source)) {
            PyErr_SetString(PyExc_TypeError, "encoding without a string argument");
            return NULL;
        }
        return PyUnicode_AsEncodedString(source, encoding, errors);
    }
    if (errors != NULL) {
        PyErr_SetString(PyExc_TypeError, PyUnicode_Check(source) ? "string argument without an encoding"
                                                                 : "errors without a string argument");
        return NULL;
    }
    result = call_dunder_bytes(source);
    if (result != NULL || PyErr_Occurred())
        return result;
    if (PyUnicode_Check(source)) {
        PyErr_SetString(PyExc_TypeError, "string argument without an encoding");
        return NULL;
    }
    if (PyIndex_Check(source)) {
        Py_ssize_t n = PyNumber_AsSsize_t(source, PyExc_OverflowError);
        if (n == -1 && PyErr_Occurred()) {
            if (!PyErr_ExceptionMatches(PyExc_TypeError))
                return NULL;
            PyErr_Clear();
            return PyBytes_FromObject(source);
        }
        if (n < 0) {
            PyErr_SetString(PyExc_ValueError, "negative count");
            return NULL;
        }
        return n == 0 ? PyBytes_FromStringAndSize(NULL, 0) : new_bytes(n);
    }
    return PyBytes_FromObject(source);
}

static PyObject *
bytes_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"source", "encoding", "errors", NULL};
    PyObject *source = NULL, *e[2] = {NULL, NULL}, *value, *self;
    const char *encoding = NULL, *errors = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OOO:bytes", names, &source, &e[0], &e[1]) ||
        (e[0] != NULL && (encoding = textargs_utf8("bytes", "encoding", e[0])) == NULL) ||
        (e[1] != NULL && (errors = textargs_utf8("bytes", "errors", e[1])) == NULL))
        return NULL;
    value = from_source(source, encoding, errors);
    if (value == NULL || type == &PyBytes_Type)
        return value;
    self = type->tp_alloc(type, PyBytes_GET_SIZE(value));
    if (self == NULL)
        return NULL;
    memcpy(PyBytes_AS_STRING(self), PyBytes_AS_STRING(value), (size_t)PyBytes_GET_SIZE(value));
    ((PyBytesObject *)self)->ob_shash = -1;
    return self;
}

/* ------------------------------------------------------------------ repr, comparison, hash */

PyObject *
bytes_repr_of(const char *data, Py_ssize_t n, const char *before, const char *after, bool escape_single)
{
    bool single = memchr(data, '\'', (size_t)n) != NULL, doubled = memchr(data, '"', (size_t)n) != NULL;
    char quote = single && !doubled ? '"' : '\'', *out, *p;
    size_t extra = strlen(before) + strlen(after) + 2;
    if ((size_t)n > (PY_SSIZE_T_MAX - extra) / 4) {
        PyErr_SetString(PyExc_OverflowError, "bytes object is too large to make repr");
        return NULL;
    }
    out = p = gcrt_alloc_leaf((size_t)n * 4 + extra);
    if (out == NULL)
        return NULL;
    p = stpcpy(p, before);
    *p++ = quote;
    for (Py_ssize_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)data[i];
        if (c == (unsigned char)quote || c == '\\' || (escape_single && c == '\'')) {
            *p++ = '\\';
            *p++ = (char)c;
        } else if (c == '\t' || c == '\n' || c == '\r') {
            *p++ = '\\';
            *p++ = c == '\t' ? 't' : c == '\n' ? 'n' : 'r';
        } else if (c < ' ' || c >= 0x7f) {
            *p++ = '\\';
            *p++ = 'x';
            *p++ = Py_hexdigits[c >> 4];
            *p++ = Py_hexdigits[c & 15];
        } else {
            *p++ = (char)c;
        }
    }
    *p++ = quote;
    memcpy(p, after, strlen(after));
    p += strlen(after);
    return unicode_from_ascii(out, p - out);
}

PyObject *
PyBytes_Repr(PyObject *op, int Py_UNUSED(smart_quotes))
{
    return bytes_repr_of(PyBytes_AS_STRING(op), PyBytes_GET_SIZE(op), "b", "", false);
}

static PyObject *
bytes_repr(PyObject *self)
{
    return PyBytes_Repr(self, 1);
}

static PyObject *
bytes_str(PyObject *self)
{
    if (Py_BytesWarningFlag && PyErr_WarnEx(PyExc_BytesWarning, "str() on a bytes instance", 1) < 0)
        return NULL;
    return bytes_repr(self);
}

PyObject *
bytes_compare(bytes_span a, bytes_span b, int op)
{
    int c;
    if ((op == Py_EQ || op == Py_NE) && a.n != b.n)
        return op == Py_NE ? Py_True : Py_False;
    c = memcmp(a.data, b.data, (size_t)Py_MIN(a.n, b.n));
    if (c == 0)
        c = (a.n > b.n) - (a.n < b.n);
    Py_RETURN_RICHCOMPARE(c, 0, op);
}

static PyObject *
bytes_richcompare(PyObject *a, PyObject *b, int op)
{
    if (!PyBytes_Check(a) || !PyBytes_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    return bytes_compare(bytes_view(a), bytes_view(b), op);
}

static Py_hash_t
bytes_hash(PyObject *self)
{
    PyBytesObject *b = (PyBytesObject *)self;
    if (b->ob_shash == -1)
        b->ob_shash = _Py_HashBytes(b->ob_sval, b->ob_base.ob_size);
    return b->ob_shash;
}

/* ------------------------------------------------------------------ sequence */

static Py_ssize_t
bytes_length(PyObject *self)
{
    return PyBytes_GET_SIZE(self);
}

static PyObject *
bytes_item(PyObject *self, Py_ssize_t i)
{
    if (i < 0 || i >= PyBytes_GET_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "index out of range");
        return NULL;
    }
    return gcrt_int((unsigned char)PyBytes_AS_STRING(self)[i]);
}

static PyObject *
bytes_subscript(PyObject *self, PyObject *key)
{
    Py_ssize_t start, stop, step, n = PyBytes_GET_SIZE(self), i;
    PyObject *result;
    if (PyIndex_Check(key)) {
        i = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (i == -1 && PyErr_Occurred())
            return NULL;
        return bytes_item(self, i < 0 ? i + n : i);
    }
    if (!PySlice_Check(key)) {
        PyErr_Format(PyExc_TypeError, "byte indices must be integers or slices, not %.200s", Py_TYPE(key)->tp_name);
        return NULL;
    }
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return NULL;
    i = PySlice_AdjustIndices(n, &start, &stop, step);
    if (i == n && step == 1 && PyBytes_CheckExact(self))
        return self;
    if (step == 1 || i <= 0)
        return PyBytes_FromStringAndSize(PyBytes_AS_STRING(self) + (i > 0 ? start : 0), Py_MAX(i, 0));
    result = new_bytes(i);
    for (Py_ssize_t k = 0; result != NULL && k < i; k++)
        PyBytes_AS_STRING(result)[k] = PyBytes_AS_STRING(self)[start + k * step];
    return result;
}

static PyObject *
bytes_concat(PyObject *a, PyObject *b)
{
    Py_buffer x, y;
    PyObject *result = NULL;
    if (!PyObject_CheckBuffer(a) || PyObject_GetBuffer(a, &x, PyBUF_SIMPLE) < 0) {
        PyErr_Format(PyExc_TypeError, "can't concat %.100s to %.100s", Py_TYPE(b)->tp_name, Py_TYPE(a)->tp_name);
        return NULL;
    }
    if (!PyObject_CheckBuffer(b) || PyObject_GetBuffer(b, &y, PyBUF_SIMPLE) < 0) {
        PyErr_Format(PyExc_TypeError, "can't concat %.100s to %.100s", Py_TYPE(b)->tp_name, Py_TYPE(a)->tp_name);
        PyBuffer_Release(&x);
        return NULL;
    }
    if (x.len == 0 && PyBytes_CheckExact(b))
        result = b;
    else if (y.len == 0 && PyBytes_CheckExact(a))
        result = a;
    else if (x.len > PY_SSIZE_T_MAX - y.len)
        PyErr_NoMemory();
    else if ((result = x.len + y.len ? new_bytes(x.len + y.len) : PyBytes_FromStringAndSize(NULL, 0)) != NULL) {
        memcpy(PyBytes_AS_STRING(result), x.buf, (size_t)x.len);
        memcpy(PyBytes_AS_STRING(result) + x.len, y.buf, (size_t)y.len);
    }
    PyBuffer_Release(&x);
    PyBuffer_Release(&y);
    return result;
}

void
PyBytes_Concat(PyObject **p, PyObject *other)
{
    if (*p == NULL)
        return;
    *p = other == NULL ? NULL : bytes_concat(*p, other);
}

void
PyBytes_ConcatAndDel(PyObject **p, PyObject *other)
{
    PyBytes_Concat(p, other);
}

static PyObject *
bytes_repeat(PyObject *self, Py_ssize_t times)
{
    Py_ssize_t n = PyBytes_GET_SIZE(self), size, done;
    PyObject *result;
    char *data;
    if (times <= 0 || n == 0)
        return PyBytes_FromStringAndSize(NULL, 0);
    if (times == 1 && PyBytes_CheckExact(self))
        return self;
    if (n > PY_SSIZE_T_MAX / times) {
        PyErr_SetString(PyExc_OverflowError, "repeated bytes are too long");
        return NULL;
    }
    size = n * times;
    if ((result = new_bytes(size)) == NULL)
        return NULL;
    data = PyBytes_AS_STRING(result);
    memcpy(data, PyBytes_AS_STRING(self), (size_t)n);
    for (done = n; done < size;) {
        Py_ssize_t chunk = Py_MIN(done, size - done);
        memcpy(data + done, data, (size_t)chunk);
        done += chunk;
    }
    return result;
}

PyObject *
_PyBytes_Join(PyObject *sep, PyObject *items)
{
    return bytes_join(sep, items);
}

static int
bytes_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    return PyBuffer_FillInfo(view, self, PyBytes_AS_STRING(self), PyBytes_GET_SIZE(self), 1, flags);
}

static PyObject *
bytes_remainder(PyObject *self, PyObject *args)
{
    if (!PyBytes_Check(self))
        Py_RETURN_NOTIMPLEMENTED;
    return bytes_mod(bytes_view(self), args);
}

/* A subclass instance may hold attributes behind its bytes; the type layer scans those.  There is nothing else. */
static void
bytes_trace(PyObject *Py_UNUSED(self), size_t Py_UNUSED(size), gc_tracer *Py_UNUSED(t))
{
}

/* ------------------------------------------------------------------ iterator */

typedef struct {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *seq;                   /* NULL when exhausted */
} bytes_iterator;

static PyObject *
bytes_iter(PyObject *self)
{
    bytes_iterator *it = (bytes_iterator *)gcrt_new(&PyBytesIter_Type, sizeof *it);
    if (it != NULL)
        it->seq = self;
    return (PyObject *)it;
}

static PyObject *
iter_next(PyObject *self)
{
    bytes_iterator *it = (bytes_iterator *)self;
    if (it->seq == NULL)
        return NULL;
    if (it->index < PyBytes_GET_SIZE(it->seq))
        return gcrt_int((unsigned char)PyBytes_AS_STRING(it->seq)[it->index++]);
    it->seq = NULL;
    return NULL;
}

static void
iter_trace(PyObject *self, size_t Py_UNUSED(size), gc_tracer *t)
{
    gc_visit(t, (uintptr_t)((bytes_iterator *)self)->seq);
}

static PyObject *
iter_length_hint(PyObject *self, PyObject *Py_UNUSED(unused))
{
    bytes_iterator *it = (bytes_iterator *)self;
    return gcrt_int(it->seq == NULL ? 0 : PyBytes_GET_SIZE(it->seq) - it->index);
}

static PyObject *
iter_reduce(PyObject *self, PyObject *Py_UNUSED(unused))
{
    bytes_iterator *it = (bytes_iterator *)self;
    PyObject *iter = PyDict_GetItemString(PyEval_GetBuiltins(), "iter");
    if (it->seq == NULL)
        return Py_BuildValue("O(())", iter);
    return Py_BuildValue("O(O)n", iter, it->seq, it->index);
}

static PyObject *
iter_setstate(PyObject *self, PyObject *state)
{
    bytes_iterator *it = (bytes_iterator *)self;
    Py_ssize_t i = PyLong_AsSsize_t(state);
    if (i == -1 && PyErr_Occurred())
        return NULL;
    if (it->seq != NULL)
        it->index = i < 0 ? 0 : Py_MIN(i, PyBytes_GET_SIZE(it->seq));
    Py_RETURN_NONE;
}

static PyMethodDef iter_methods[] = {
    {"__length_hint__", iter_length_hint, METH_NOARGS, NULL},
    {"__reduce__", iter_reduce, METH_NOARGS, NULL},
    {"__setstate__", iter_setstate, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyBytesIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "bytes_iterator",
    .tp_basicsize = sizeof(bytes_iterator),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iter_next,
    .tp_methods = iter_methods,
    .gcrt_trace = iter_trace,
};

/* ------------------------------------------------------------------ the type */

static PyObject *
bytes_getnewargs(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return Py_BuildValue("(y#)", PyBytes_AS_STRING(self), PyBytes_GET_SIZE(self));
}

static PyObject *
bytes_dunder_bytes(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return PyBytes_CheckExact(self) ? self
                                    : PyBytes_FromStringAndSize(PyBytes_AS_STRING(self), PyBytes_GET_SIZE(self));
}

static PyObject *
bytes_fromhex(PyObject *type, PyObject *text)
{
    PyObject *b = bytes_parse_hex(text);
    if (b == NULL || type == (PyObject *)&PyBytes_Type)
        return b;
    return PyObject_CallOneArg(type, b);
}

static PyMethodDef bytes_methods[] = {
    BYTES_COMMON_METHODS,
    {"fromhex", bytes_fromhex, METH_O | METH_CLASS, NULL},
    {"__getnewargs__", bytes_getnewargs, METH_NOARGS, NULL},
    {"__bytes__", bytes_dunder_bytes, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PySequenceMethods bytes_as_sequence = {
    .sq_length = bytes_length,
    .sq_concat = bytes_concat,
    .sq_repeat = bytes_repeat,
    .sq_item = bytes_item,
    .sq_contains = bytes_contains,
};
static PyMappingMethods bytes_as_mapping = {.mp_length = bytes_length, .mp_subscript = bytes_subscript};
static PyBufferProcs bytes_as_buffer = {.bf_getbuffer = bytes_getbuffer};
static PyNumberMethods bytes_as_number = {.nb_remainder = bytes_remainder};

PyTypeObject PyBytes_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "bytes",
    .tp_basicsize = offsetof(PyBytesObject, ob_sval) + 1,
    .tp_itemsize = 1,
    .tp_repr = bytes_repr,
    .tp_as_number = &bytes_as_number,
    .tp_as_sequence = &bytes_as_sequence,
    .tp_as_mapping = &bytes_as_mapping,
    .tp_hash = bytes_hash,
    .tp_str = bytes_str,
    .tp_as_buffer = &bytes_as_buffer,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_BYTES_SUBCLASS | _Py_TPFLAGS_MATCH_SELF,
    .tp_doc = "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\n"
              "bytes(bytes_or_buffer) -> bytes\nbytes(int) -> bytes of that many zeros\nbytes() -> empty bytes",
    .tp_richcompare = bytes_richcompare,
    .tp_iter = bytes_iter,
    .tp_methods = bytes_methods,
    .tp_new = bytes_new,
    .gcrt_trace = bytes_trace,
};
