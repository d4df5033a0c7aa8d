/* io_stringio.c: StringIO, a text stream in memory.
 * The text is UCS4 in leaf memory: positions are code points and writing in place is simple; getvalue()
 * narrows it. */
#include "io_module.h"

typedef struct {
    PyObject_HEAD
    PyObject *dict;
    Py_UCS4 *text; /* leaf memory of `capacity` code points */
    Py_ssize_t length, capacity, pos;
    int initialised, closed, seen;
    int universal, translate; /* reading: newline=None translates, '' recognises */
    char write_newline[3];    /* what \n becomes; "" nothing special */
} stringio;

static int
check_open(stringio *self)
{
    if (self->initialised && !self->closed)
        return 0;
    PyErr_SetString(PyExc_ValueError,
                    self->closed ? "I/O operation on closed file" : "I/O operation on uninitialized object");
    return -1;
}

static int
reserve(stringio *self, Py_ssize_t need)
{
    if (need <= self->capacity)
        return 0;
    Py_ssize_t capacity = need + need / 2 + 16;
    if (need > PY_SSIZE_T_MAX / 8) {
        PyErr_SetString(PyExc_OverflowError, "new buffer size too large");
        return -1;
    }
    Py_UCS4 *text = gcrt_alloc_leaf((size_t)capacity * sizeof(Py_UCS4));
    if (text == NULL)
        return -1;
    if (self->length > 0)
        memcpy(text, self->text, (size_t)self->length * sizeof(Py_UCS4));
    self->text = text;
    self->capacity = capacity;
    return 0;
}

static int
put(stringio *self, PyObject *text)
{
    if (self->universal && (text = io_translate_newlines(text, self->translate, &self->seen)) == NULL)
        return -1;
    if (self->write_newline[0] &&
        (text = PyUnicode_Replace(text, PyUnicode_FromString("\n"), PyUnicode_FromString(self->write_newline), -1)) ==
            NULL)
        return -1;
    Py_ssize_t n = PyUnicode_GET_LENGTH(text);
    if (n == 0)
        return 0;
    if (reserve(self, self->pos + n) < 0)
        return -1;
    if (self->pos > self->length)
        memset(self->text + self->length, 0, (size_t)(self->pos - self->length) * sizeof(Py_UCS4));
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    Py_UCS4 *to = self->text + self->pos;
    for (Py_ssize_t i = 0; i < n; i++)
        to[i] = PyUnicode_READ(kind, data, i);
    self->pos += n;
    if (self->pos > self->length)
        self->length = self->pos;
    return 0;
}

static int
stringio_init(PyObject *op, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"initial_value", "newline", NULL};
    stringio *self = (stringio *)op;
    PyObject *initial = Py_None;
    const char *newline = "\n";
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|Oz:StringIO", keywords, &initial, &newline))
        return -1;
    if (newline && strcmp(newline, "") && strcmp(newline, "\n") && strcmp(newline, "\r") && strcmp(newline, "\r\n")) {
        PyErr_Format(PyExc_ValueError, "illegal newline value: '%s'", newline);
        return -1;
    }
    if (initial != Py_None && !PyUnicode_Check(initial)) {
        PyErr_Format(PyExc_TypeError, "initial_value must be str or None, not %.200s", Py_TYPE(initial)->tp_name);
        return -1;
    }
    self->text = NULL;
    self->length = self->capacity = self->pos = 0;
    self->closed = self->seen = 0;
    self->universal = newline == NULL || *newline == 0;
    self->translate = newline == NULL;
    self->write_newline[0] = 0;
    if (newline != NULL && newline[0] == '\r')
        strcpy(self->write_newline, newline);
    self->initialised = 1;
    if (initial != Py_None && put(self, initial) < 0)
        return -1;
    self->pos = 0;
    return 0;
}

static PyObject *
slice(stringio *self, Py_ssize_t from, Py_ssize_t n)
{
    static const Py_UCS4 nothing[1];
    return PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, n > 0 ? self->text + from : nothing, n);
}
static Py_ssize_t
left(stringio *self)
{
    return self->pos < self->length ? self->length - self->pos : 0;
}
static PyObject *
take(stringio *self, Py_ssize_t n)
{
    PyObject *text = slice(self, self->pos, n);
    self->pos += n;
    return text;
}
static PyObject *
stringio_write(PyObject *op, PyObject *text)
{
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "string argument expected, got '%.200s'", Py_TYPE(text)->tp_name);
        return NULL;
    }
    if (check_open((stringio *)op) < 0)
        return NULL;
    Py_ssize_t n = PyUnicode_GET_LENGTH(text);
    return put((stringio *)op, text) < 0 ? NULL : PyLong_FromSsize_t(n);
}
static PyObject *
stringio_read(PyObject *op, PyObject *args)
{
    stringio *self = (stringio *)op;
    PyObject *arg = Py_None;
    if (!PyArg_ParseTuple(args, "|O:read", &arg) || check_open(self) < 0)
        return NULL;
    Py_ssize_t n = io_as_size(arg, -1);
    if (n == -2)
        return NULL;
    return take(self, n < 0 || n > left(self) ? left(self) : n);
}
static PyObject *
read_line(stringio *self, Py_ssize_t limit)
{
    Py_ssize_t n = left(self), i;
    if (limit >= 0 && limit < n)
        n = limit;
    const Py_UCS4 *text = self->text + self->pos;
    const char *newline = self->write_newline;
    for (i = 0; i < n; i++) {
        int crlf = text[i] == '\r' && self->pos + i + 1 < self->length && text[i + 1] == '\n';
        if (newline[0] == 0 && text[i] == '\n')
            break;
        if (self->universal && !self->translate && text[i] == '\r') {
            i += crlf && i + 1 < n;
            break;
        }
        if (newline[0] && (newline[1] ? crlf : text[i] == '\r')) {
            i += newline[1] && i + 1 < n;
            break;
        }
    }
    return take(self, i < n ? i + 1 : n);
}
static PyObject *
stringio_readline(PyObject *op, PyObject *args)
{
    PyObject *arg = Py_None;
    if (!PyArg_ParseTuple(args, "|O:readline", &arg) || check_open((stringio *)op) < 0)
        return NULL;
    Py_ssize_t limit = io_as_size(arg, -1);
    return limit == -2 ? NULL : read_line((stringio *)op, limit);
}
static PyObject *
stringio_next(PyObject *op)
{
    if (check_open((stringio *)op) < 0)
        return NULL;
    PyObject *line = read_line((stringio *)op, -1);
    return line != NULL && PyUnicode_GET_LENGTH(line) == 0 ? NULL : line;
}
static PyObject *
stringio_getvalue(PyObject *op, PyObject *Py_UNUSED(args))
{
    return check_open((stringio *)op) < 0 ? NULL : slice((stringio *)op, 0, ((stringio *)op)->length);
}
static PyObject *
stringio_tell(PyObject *op, PyObject *Py_UNUSED(args))
{
    return check_open((stringio *)op) < 0 ? NULL : PyLong_FromSsize_t(((stringio *)op)->pos);
}
static PyObject *
stringio_seek(PyObject *op, PyObject *args)
{
    stringio *self = (stringio *)op;
    Py_ssize_t offset;
    int whence = 0;
    if (!PyArg_ParseTuple(args, "n|i:seek", &offset, &whence) || check_open(self) < 0)
        return NULL;
    if (whence < 0 || whence > 2) {
        PyErr_Format(PyExc_ValueError, "Invalid whence (%d, should be 0, 1 or 2)", whence);
        return NULL;
    }
    if (whence == 0 && offset < 0) {
        PyErr_Format(PyExc_ValueError, "Negative seek position %zd", offset);
        return NULL;
    }
    if (whence != 0 && offset != 0) {
        PyErr_SetString(PyExc_OSError, "Can't do nonzero cur-relative seeks");
        return NULL;
    }
    self->pos = whence == 0 ? offset : whence == 1 ? self->pos : self->length;
    return PyLong_FromSsize_t(self->pos);
}
static PyObject *
stringio_truncate(PyObject *op, PyObject *args)
{
    stringio *self = (stringio *)op;
    PyObject *arg = Py_None;
    if (!PyArg_ParseTuple(args, "|O:truncate", &arg) || check_open(self) < 0)
        return NULL;
    Py_ssize_t size = io_as_size(arg, self->pos);
    if (size == -2)
        return NULL;
    if (size < 0) {
        PyErr_Format(PyExc_ValueError, "Negative size value %zd", size);
        return NULL;
    }
    if (size < self->length)
        self->length = size;
    return PyLong_FromSsize_t(size);
}
static PyObject *
stringio_close(PyObject *op, PyObject *Py_UNUSED(args))
{
    ((stringio *)op)->closed = 1;
    ((stringio *)op)->text = NULL;
    Py_RETURN_NONE;
}
static PyObject *
stringio_true(PyObject *op, PyObject *Py_UNUSED(args))
{
    return check_open((stringio *)op) < 0 ? NULL : Py_True;
}
static PyObject *
stringio_nothing(PyObject *op, PyObject *Py_UNUSED(args))
{
    return check_open((stringio *)op) < 0 ? NULL : Py_None;
}
static PyObject *
stringio_get_closed(PyObject *op, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(((stringio *)op)->closed);
}
static PyObject *
stringio_get_newlines(PyObject *op, void *Py_UNUSED(closure))
{
    return io_newlines_object(((stringio *)op)->seen);
}
static PyObject *
stringio_get_line_buffering(PyObject *op, void *Py_UNUSED(closure))
{
    return check_open((stringio *)op) < 0 ? NULL : Py_False;
}
static PyObject *
stringio_getstate(PyObject *op, PyObject *Py_UNUSED(args))
{
    stringio *self = (stringio *)op;
    const char *written = *self->write_newline ? self->write_newline : "\n";
    const char *newline = self->translate ? NULL : self->universal ? "" : written;
    PyObject *all = stringio_getvalue(op, NULL), *dict = all == NULL ? NULL : io_state_dict(op);
    return dict == NULL ? NULL : Py_BuildValue("(OznO)", all, newline, self->pos, dict);
}
static PyObject *
stringio_setstate(PyObject *op, PyObject *state)
{
    stringio *self = (stringio *)op;
    PyObject *all, *newline, *position, *dict, *args;
    Py_ssize_t pos, n;
    if (!PyTuple_Check(state) || PyTuple_GET_SIZE(state) < 4) {
        PyErr_Format(PyExc_TypeError, "%.200s.__setstate__ argument should be 4-tuple, got %.200s",
                     Py_TYPE(op)->tp_name, Py_TYPE(state)->tp_name);
        return NULL;
    }
    all = PyTuple_GET_ITEM(state, 0);
    newline = PyTuple_GET_ITEM(state, 1);
    position = PyTuple_GET_ITEM(state, 2);
    dict = PyTuple_GET_ITEM(state, 3);
    /* The text has gone through the translation of newlines already: it is put in without. */
    if ((args = PyTuple_Pack(2, Py_None, newline)) == NULL || stringio_init(op, args, NULL) < 0)
        return NULL;
    if (!PyUnicode_Check(all)) {
        PyErr_Format(PyExc_TypeError, "initial_value must be str or None, not %.200s", Py_TYPE(all)->tp_name);
        return NULL;
    }
    n = PyUnicode_GET_LENGTH(all);
    if (n > 0 && (reserve(self, n) < 0 || PyUnicode_AsUCS4(all, self->text, self->capacity, 0) == NULL))
        return NULL;
    self->length = n;
    if (!PyLong_Check(position)) {
        PyErr_Format(PyExc_TypeError, "third item of state must be an integer, got %.200s", Py_TYPE(position)->tp_name);
        return NULL;
    }
    pos = PyLong_AsSsize_t(position);
    if (pos == -1 && PyErr_Occurred())
        return NULL;
    if (pos < 0) {
        PyErr_SetString(PyExc_ValueError, "position value cannot be negative");
        return NULL;
    }
    if (io_restore_dict(op, dict) < 0)
        return NULL;
    self->pos = pos;
    Py_RETURN_NONE;
}
static PyMethodDef stringio_methods[] = {
    {"__getstate__", stringio_getstate, METH_NOARGS, NULL},
    {"__setstate__", stringio_setstate, METH_O, NULL},
    {"write", stringio_write, METH_O, NULL},
    {"read", stringio_read, METH_VARARGS, NULL},
    {"readline", stringio_readline, METH_VARARGS, NULL},
    {"getvalue", stringio_getvalue, METH_NOARGS, "All text of the stream."},
    {"tell", stringio_tell, METH_NOARGS, NULL},
    {"seek", stringio_seek, METH_VARARGS, NULL},
    {"truncate", stringio_truncate, METH_VARARGS, NULL},
    {"close", stringio_close, METH_NOARGS, NULL},
    {"flush", stringio_nothing, METH_NOARGS, NULL},
    {"seekable", stringio_true, METH_NOARGS, NULL},
    {"readable", stringio_true, METH_NOARGS, NULL},
    {"writable", stringio_true, METH_NOARGS, NULL},
    {0},
};
static PyGetSetDef stringio_getset[] = {
    {"closed", stringio_get_closed, NULL, NULL, NULL},
    {"newlines", stringio_get_newlines, NULL, NULL, NULL},
    {"line_buffering", stringio_get_line_buffering, NULL, NULL, NULL},
    {0},
};
PyTypeObject io_stringio_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "_io.StringIO",
    .tp_base = &io_textbase_type,
    .tp_basicsize = sizeof(stringio),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "A text stream in memory.",
    .tp_iternext = stringio_next,
    .tp_methods = stringio_methods,
    .tp_getset = stringio_getset,
    .tp_init = stringio_init,
    .tp_new = PyType_GenericNew,
};
