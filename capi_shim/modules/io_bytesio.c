/* io_bytesio.c: BytesIO, a binary stream in memory. */
#include "io_module.h"

typedef struct {
    PyObject_HEAD
    PyObject *dict;
    PyObject *bytes; /* a bytearray; NULL when closed */
    Py_ssize_t pos;
} bytesio;

static PyObject *
contents(bytesio *self)
{
    if (self->bytes == NULL)
        PyErr_SetString(PyExc_ValueError, "I/O operation on closed file.");
    return self->bytes;
}

static PyObject *
bytesio_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwds))
{
    bytesio *self = (bytesio *)type->tp_alloc(type, 0);
    if (self != NULL && (self->bytes = PyByteArray_FromStringAndSize("", 0)) == NULL)
        return NULL;
    return (PyObject *)self;
}
/* Contents of a buffer, or of None, with the position at their start. */
static int
fill(bytesio *self, PyObject *source)
{
    Py_buffer view = {.buf = ""};
    if (source != Py_None && PyObject_GetBuffer(source, &view, PyBUF_CONTIG_RO) < 0)
        return -1;
    PyObject *bytes = PyByteArray_FromStringAndSize(view.buf, view.len);
    PyBuffer_Release(&view);
    if (bytes == NULL)
        return -1;
    self->pos = 0;
    self->bytes = bytes;
    return 0;
}
static int
bytesio_init(PyObject *op, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"initial_bytes", NULL};
    bytesio *self = (bytesio *)op;
    PyObject *initial = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|O:BytesIO", keywords, &initial))
        return -1;
    return fill(self, initial);
}

static Py_ssize_t
left(bytesio *self)
{
    Py_ssize_t n = PyByteArray_GET_SIZE(self->bytes) - self->pos;
    return n > 0 ? n : 0;
}
static PyObject *
take(bytesio *self, Py_ssize_t n)
{
    PyObject *piece = PyBytes_FromStringAndSize(n > 0 ? PyByteArray_AS_STRING(self->bytes) + self->pos : "", n);
    if (piece != NULL)
        self->pos += n;
    return piece;
}
static PyObject *
bytesio_read(PyObject *op, PyObject *args)
{
    bytesio *self = (bytesio *)op;
    PyObject *arg = Py_None;
    if (!PyArg_ParseTuple(args, "|O:read", &arg) || contents(self) == NULL)
        return NULL;
    Py_ssize_t n = io_as_size(arg, -1), have = left(self);
    if (n == -2)
        return NULL;
    return take(self, n < 0 || n > have ? have : n);
}
static PyObject *
read_line(bytesio *self, Py_ssize_t limit)
{
    Py_ssize_t n = left(self);
    if (limit >= 0 && limit < n)
        n = limit;
    Py_ssize_t end = n > 0 ? io_find_newline(PyByteArray_AS_STRING(self->bytes) + self->pos, n) : -1;
    return take(self, end > 0 ? end : n);
}
static PyObject *
bytesio_readline(PyObject *op, PyObject *args)
{
    PyObject *arg = Py_None;
    if (!PyArg_ParseTuple(args, "|O:readline", &arg) || contents((bytesio *)op) == NULL)
        return NULL;
    Py_ssize_t limit = io_as_size(arg, -1);
    return limit == -2 ? NULL : read_line((bytesio *)op, limit);
}
static PyObject *
bytesio_next(PyObject *op)
{
    if (contents((bytesio *)op) == NULL)
        return NULL;
    PyObject *line = read_line((bytesio *)op, -1);
    return line != NULL && PyBytes_GET_SIZE(line) == 0 ? NULL : line;
}
static PyObject *
bytesio_readinto(PyObject *op, PyObject *target)
{
    bytesio *self = (bytesio *)op;
    Py_buffer view;
    if (contents(self) == NULL || io_view_to_fill(target, &view) < 0)
        return NULL;
    Py_ssize_t n = left(self) < view.len ? left(self) : view.len;
    if (n > 0)
        memcpy(view.buf, PyByteArray_AS_STRING(self->bytes) + self->pos, (size_t)n);
    self->pos += n;
    PyBuffer_Release(&view);
    return PyLong_FromSsize_t(n);
}
static PyObject *
bytesio_write(PyObject *op, PyObject *source)
{
    bytesio *self = (bytesio *)op;
    Py_buffer view;
    if (PyUnicode_Check(source)) {
        PyErr_SetString(PyExc_TypeError, "a bytes-like object is required, not 'str'");
        return NULL;
    }
    if (contents(self) == NULL || PyObject_GetBuffer(source, &view, PyBUF_CONTIG_RO) < 0)
        return NULL;
    Py_ssize_t n = view.len, end = self->pos + n, old = PyByteArray_GET_SIZE(self->bytes);
    if (n > 0 && end > old) {
        if (PyByteArray_Resize(self->bytes, end) < 0) {
            PyBuffer_Release(&view);
            return NULL;
        }
        if (self->pos > old)
            memset(PyByteArray_AS_STRING(self->bytes) + old, 0, (size_t)(self->pos - old));
    }
    if (n > 0) {
        memcpy(PyByteArray_AS_STRING(self->bytes) + self->pos, view.buf, (size_t)n);
        self->pos = end;
    }
    PyBuffer_Release(&view);
    return PyLong_FromSsize_t(n);
}
static PyObject *
bytesio_seek(PyObject *op, PyObject *args)
{
    bytesio *self = (bytesio *)op;
    Py_ssize_t offset;
    int whence = 0;
    if (!PyArg_ParseTuple(args, "n|i:seek", &offset, &whence) || contents(self) == NULL)
        return NULL;
    if (whence == 0 && offset < 0) {
        PyErr_Format(PyExc_ValueError, "negative seek value %zd", offset);
        return NULL;
    }
    if (whence < 0 || whence > 2) {
        PyErr_Format(PyExc_ValueError, "invalid whence (%d, should be 0, 1 or 2)", whence);
        return NULL;
    }
    Py_ssize_t base = whence == 0 ? 0 : whence == 1 ? self->pos : PyByteArray_GET_SIZE(self->bytes);
    if (offset > PY_SSIZE_T_MAX - base) {
        PyErr_SetString(PyExc_OverflowError, "new position too large");
        return NULL;
    }
    self->pos = base + offset < 0 ? 0 : base + offset;
    return PyLong_FromSsize_t(self->pos);
}
static PyObject *
bytesio_tell(PyObject *op, PyObject *Py_UNUSED(args))
{
    return contents((bytesio *)op) == NULL ? NULL : PyLong_FromSsize_t(((bytesio *)op)->pos);
}
static PyObject *
bytesio_truncate(PyObject *op, PyObject *args)
{
    bytesio *self = (bytesio *)op;
    PyObject *arg = Py_None;
    if (!PyArg_ParseTuple(args, "|O:truncate", &arg) || contents(self) == NULL)
        return NULL;
    Py_ssize_t size = io_as_size(arg, self->pos);
    if (size == -2)
        return NULL;
    if (size < 0) {
        PyErr_Format(PyExc_ValueError, "negative size value %zd", size);
        return NULL;
    }
    if (size < PyByteArray_GET_SIZE(self->bytes) && PyByteArray_Resize(self->bytes, size) < 0)
        return NULL;
    return PyLong_FromSsize_t(size);
}
static PyObject *
bytesio_getvalue(PyObject *op, PyObject *Py_UNUSED(args))
{
    PyObject *all = contents((bytesio *)op);
    return all == NULL ? NULL : PyBytes_FromStringAndSize(PyByteArray_AS_STRING(all), PyByteArray_GET_SIZE(all));
}
static PyObject *
bytesio_getbuffer(PyObject *op, PyObject *Py_UNUSED(args))
{
    PyObject *all = contents((bytesio *)op);
    return all == NULL ? NULL : PyMemoryView_FromObject(all);
}
static PyObject *
bytesio_close(PyObject *op, PyObject *Py_UNUSED(args))
{
    ((bytesio *)op)->bytes = NULL;
    Py_RETURN_NONE;
}
static PyObject *
bytesio_true(PyObject *op, PyObject *Py_UNUSED(args))
{
    return contents((bytesio *)op) == NULL ? NULL : Py_True;
}
static PyObject *
bytesio_nothing(PyObject *op, PyObject *Py_UNUSED(args))
{
    return contents((bytesio *)op) == NULL ? NULL : Py_None;
}
static PyObject *
bytesio_false(PyObject *op, PyObject *Py_UNUSED(args))
{
    return contents((bytesio *)op) == NULL ? NULL : Py_False;
}
static PyObject *
bytesio_get_closed(PyObject *op, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(((bytesio *)op)->bytes == NULL);
}
static PyObject *
bytesio_getstate(PyObject *op, PyObject *Py_UNUSED(args))
{
    PyObject *all = bytesio_getvalue(op, NULL), *dict = all == NULL ? NULL : io_state_dict(op);
    return dict == NULL ? NULL : Py_BuildValue("(OnO)", all, ((bytesio *)op)->pos, dict);
}
static PyObject *
bytesio_setstate(PyObject *op, PyObject *state)
{
    bytesio *self = (bytesio *)op;
    Py_ssize_t pos;
    if (!PyTuple_Check(state) || PyTuple_GET_SIZE(state) < 3) {
        PyErr_Format(PyExc_TypeError, "%.200s.__setstate__ argument should be 3-tuple, got %.200s",
                     Py_TYPE(op)->tp_name, Py_TYPE(state)->tp_name);
        return NULL;
    }
    if (!PyLong_Check(PyTuple_GET_ITEM(state, 1))) {
        PyErr_Format(PyExc_TypeError, "second item of state must be an integer, not %.200s",
                     Py_TYPE(PyTuple_GET_ITEM(state, 1))->tp_name);
        return NULL;
    }
    pos = PyLong_AsSsize_t(PyTuple_GET_ITEM(state, 1));
    if (pos == -1 && PyErr_Occurred())
        return NULL;
    if (pos < 0) {
        PyErr_SetString(PyExc_ValueError, "position value cannot be negative");
        return NULL;
    }
    if (fill(self, PyTuple_GET_ITEM(state, 0)) < 0 || io_restore_dict(op, PyTuple_GET_ITEM(state, 2)) < 0)
        return NULL;
    self->pos = pos;
    Py_RETURN_NONE;
}
static PyMethodDef bytesio_methods[] = {
    {"__getstate__", bytesio_getstate, METH_NOARGS, NULL},
    {"__setstate__", bytesio_setstate, METH_O, NULL},
    {"read", bytesio_read, METH_VARARGS, NULL},
    {"read1", bytesio_read, METH_VARARGS, NULL},
    {"readline", bytesio_readline, METH_VARARGS, NULL},
    {"readinto", bytesio_readinto, METH_O, NULL},
    {"readinto1", bytesio_readinto, METH_O, NULL},
    {"write", bytesio_write, METH_O, NULL},
    {"seek", bytesio_seek, METH_VARARGS, NULL},
    {"tell", bytesio_tell, METH_NOARGS, NULL},
    {"truncate", bytesio_truncate, METH_VARARGS, NULL},
    {"getvalue", bytesio_getvalue, METH_NOARGS, "All bytes of the stream."},
    {"getbuffer", bytesio_getbuffer, METH_NOARGS, "A writable view of the bytes, without a copy."},
    {"close", bytesio_close, METH_NOARGS, NULL},
    {"flush", bytesio_nothing, METH_NOARGS, NULL},
    {"isatty", bytesio_false, METH_NOARGS, NULL},
    {"seekable", bytesio_true, METH_NOARGS, NULL},
    {"readable", bytesio_true, METH_NOARGS, NULL},
    {"writable", bytesio_true, METH_NOARGS, NULL},
    {0},
};
static PyGetSetDef bytesio_getset[] = {{"closed", bytesio_get_closed, NULL, NULL, NULL}, {0}};
PyTypeObject io_bytesio_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "_io.BytesIO",
    .tp_base = &io_bufferedbase_type,
    .tp_basicsize = sizeof(bytesio),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "A binary stream in memory.",
    .tp_iternext = bytesio_next,
    .tp_methods = bytesio_methods,
    .tp_getset = bytesio_getset,
    .tp_init = bytesio_init,
    .tp_new = bytesio_new,
};
