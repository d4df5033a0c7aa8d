/* io_base.c: the abstract classes _IOBase, _RawIOBase, _BufferedIOBase and _TextIOBase. */
#include "io_module.h"

PyObject *io_unsupported_operation;

PyObject *
io_unsupported(const char *message)
{
    PyErr_SetString(io_unsupported_operation, message);
    return NULL;
}

int
io_ask(PyObject *self, const char *method)
{
    PyObject *answer = PyObject_CallMethod(self, method, NULL);
    return answer == NULL ? -1 : PyObject_IsTrue(answer);
}

int
io_check_closed(PyObject *self)
{
    PyObject *closed = PyObject_GetAttrString(self, "closed");
    if (closed == NULL)
        return -1;
    int is = PyObject_IsTrue(closed);
    if (is > 0)
        PyErr_SetString(PyExc_ValueError, "I/O operation on closed file.");
    return is != 0 ? -1 : 0;
}

Py_ssize_t
io_as_size(PyObject *arg, Py_ssize_t none_value)
{
    if (arg == NULL || arg == Py_None)
        return none_value;
    if (!PyIndex_Check(arg)) {
        PyErr_Format(PyExc_TypeError, "argument should be integer or None, not '%.200s'", Py_TYPE(arg)->tp_name);
        return -2;
    }
    Py_ssize_t n = PyNumber_AsSsize_t(arg, PyExc_OverflowError);
    return n < 0 ? (PyErr_Occurred() ? -2 : -1) : n;
}

Py_ssize_t
io_find_newline(const char *data, Py_ssize_t len)
{
    const char *at = len > 0 ? memchr(data, '\n', (size_t)len) : NULL;
    return at == NULL ? -1 : at - data + 1;
}

/* ------------------------------------------------------------------ _IOBase */

static PyObject *
unsupported_method(PyObject *Py_UNUSED(self), const char *name)
{
    PyErr_Format(io_unsupported_operation, "%s", name);
    return NULL;
}
static PyObject *
base_seek(PyObject *self, PyObject *Py_UNUSED(args))
{
    return unsupported_method(self, "seek");
}
static PyObject *
base_tell(PyObject *self, PyObject *Py_UNUSED(args))
{
    return PyObject_CallMethod(self, "seek", "ii", 0, 1);
}
static PyObject *
base_truncate(PyObject *self, PyObject *Py_UNUSED(args))
{
    return unsupported_method(self, "truncate");
}
static PyObject *
base_fileno(PyObject *self, PyObject *Py_UNUSED(args))
{
    return unsupported_method(self, "fileno");
}
static PyObject *
base_false(PyObject *self, PyObject *Py_UNUSED(args))
{
    (void)self;
    Py_RETURN_FALSE;
}
static PyObject *
base_isatty(PyObject *self, PyObject *Py_UNUSED(args))
{
    if (io_check_closed(self) < 0)
        return NULL;
    Py_RETURN_FALSE;
}
static PyObject *
base_flush(PyObject *self, PyObject *Py_UNUSED(args))
{
    if (io_check_closed(self) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static int
base_is_closed(PyObject *self)
{
    PyObject *flag;
    static PyObject *name;
    if (name == NULL)
        name = PyUnicode_InternFromString("__IOBase_closed");
    if (_PyObject_LookupAttr(self, name, &flag) < 0)
        return -1;
    return flag == NULL ? 0 : PyObject_IsTrue(flag);
}
static PyObject *
base_get_closed(PyObject *self, void *Py_UNUSED(closure))
{
    int closed = base_is_closed(self);
    return closed < 0 ? NULL : PyBool_FromLong(closed);
}
static PyObject *
base_close(PyObject *self, PyObject *Py_UNUSED(args))
{
    int closed = base_is_closed(self);
    if (closed < 0)
        return NULL;
    if (closed)
        Py_RETURN_NONE;
    PyObject *flushed = PyObject_CallMethod(self, "flush", NULL);
    PyObject *type, *value, *tb;
    PyErr_Fetch(&type, &value, &tb);
    if (PyObject_SetAttrString(self, "__IOBase_closed", Py_True) < 0)
        return NULL;
    if (flushed == NULL) {
        PyErr_Restore(type, value, tb);
        return NULL;
    }
    Py_RETURN_NONE;
}

static void
base_finalize(PyObject *self)
{
    PyObject *closed = PyObject_GetAttrString(self, "closed");
    if (closed == NULL) {
        PyErr_Clear();
        return;
    }
    if (PyObject_IsTrue(closed) == 0 && PyObject_CallMethod(self, "close", NULL) == NULL)
        PyErr_Clear();
}

static PyObject *
base_check(PyObject *self, const char *method, const char *message)
{
    int can = io_ask(self, method);
    if (can < 0)
        return NULL;
    return can ? Py_True : io_unsupported(message);
}
static PyObject *
base_check_seekable(PyObject *self, PyObject *Py_UNUSED(args))
{
    return base_check(self, "seekable", "File or stream is not seekable.");
}
static PyObject *
base_check_readable(PyObject *self, PyObject *Py_UNUSED(args))
{
    return base_check(self, "readable", "File or stream is not readable.");
}
static PyObject *
base_check_writable(PyObject *self, PyObject *Py_UNUSED(args))
{
    return base_check(self, "writable", "File or stream is not writable.");
}
static PyObject *
base_check_closed(PyObject *self, PyObject *Py_UNUSED(args))
{
    if (io_check_closed(self) < 0)
        return NULL;
    Py_RETURN_NONE;
}
static PyObject *
base_enter(PyObject *self, PyObject *Py_UNUSED(args))
{
    return io_check_closed(self) < 0 ? NULL : self;
}
static PyObject *
base_exit(PyObject *self, PyObject *Py_UNUSED(args))
{
    return PyObject_CallMethod(self, "close", NULL);
}

/* How many bytes to ask for so that read() does not pass a line end: what peek shows, else one. */
static Py_ssize_t
bytes_to_line_end(PyObject *self, Py_ssize_t limit)
{
    PyObject *peek;
    if (_PyObject_LookupAttr(self, PyUnicode_InternFromString("peek"), &peek) < 0)
        return -1;
    if (peek == NULL)
        return 1;
    PyObject *ahead = PyObject_CallFunction(peek, "i", 1);
    if (ahead == NULL)
        return -1;
    if (!PyBytes_Check(ahead)) {
        PyErr_Format(PyExc_OSError, "peek() should have returned a bytes object, not '%.200s'",
                     Py_TYPE(ahead)->tp_name);
        return -1;
    }
    Py_ssize_t n = PyBytes_GET_SIZE(ahead), end = io_find_newline(PyBytes_AS_STRING(ahead), n);
    if (end < 0)
        end = n > 0 ? n : 1;
    return limit >= 0 && end > limit ? limit : end;
}
static PyObject *
base_readline(PyObject *self, PyObject *args)
{
    PyObject *limit_arg = Py_None;
    if (!PyArg_ParseTuple(args, "|O:readline", &limit_arg))
        return NULL;
    Py_ssize_t limit = io_as_size(limit_arg, -1);
    if (limit == -2)
        return NULL;
    PyObject *line = PyByteArray_FromStringAndSize("", 0);
    while (line != NULL && (limit < 0 || PyByteArray_GET_SIZE(line) < limit)) {
        Py_ssize_t n = bytes_to_line_end(self, limit < 0 ? -1 : limit - PyByteArray_GET_SIZE(line));
        if (n < 0)
            return NULL;
        PyObject *piece = PyObject_CallMethod(self, "read", "n", n);
        if (piece == NULL)
            return NULL;
        if (!PyBytes_Check(piece)) {
            PyErr_Format(PyExc_OSError, "read() should have returned a bytes object, not '%.200s'",
                         Py_TYPE(piece)->tp_name);
            return NULL;
        }
        Py_ssize_t got = PyBytes_GET_SIZE(piece), old = PyByteArray_GET_SIZE(line);
        if (got == 0)
            break;
        if (PyByteArray_Resize(line, old + got) < 0)
            return NULL;
        memcpy(PyByteArray_AS_STRING(line) + old, PyBytes_AS_STRING(piece), (size_t)got);
        if (PyBytes_AS_STRING(piece)[got - 1] == '\n')
            break;
    }
    return line == NULL ? NULL
                        : PyBytes_FromStringAndSize(PyByteArray_AS_STRING(line), PyByteArray_GET_SIZE(line));
}
static PyObject *
base_iter(PyObject *self)
{
    return io_check_closed(self) < 0 ? NULL : self;
}
static PyObject *
base_next(PyObject *self)
{
    PyObject *line = PyObject_CallMethodNoArgs(self, GCRT_NAME(readline));
    if (line == NULL)
        return NULL;
    return PyObject_Size(line) <= 0 ? NULL : line;
}
static PyObject *
base_readlines(PyObject *self, PyObject *args)
{
    PyObject *hint_arg = Py_None;
    if (!PyArg_ParseTuple(args, "|O:readlines", &hint_arg))
        return NULL;
    Py_ssize_t hint = io_as_size(hint_arg, -1), total = 0;
    if (hint == -2)
        return NULL;
    PyObject *lines = PyList_New(0), *it = PyObject_GetIter(self), *line;
    if (lines == NULL || it == NULL)
        return NULL;
    while ((line = PyIter_Next(it)) != NULL) {
        if (PyList_Append(lines, line) < 0)
            return NULL;
        Py_ssize_t n = PyObject_Size(line);
        if (n < 0)
            return NULL;
        total += n;
        if (hint > 0 && total >= hint)
            break;
    }
    return PyErr_Occurred() ? NULL : lines;
}
static PyObject *
base_writelines(PyObject *self, PyObject *lines)
{
    if (io_check_closed(self) < 0)
        return NULL;
    PyObject *it = PyObject_GetIter(lines), *line;
    if (it == NULL)
        return NULL;
    while ((line = PyIter_Next(it)) != NULL)
        if (PyObject_CallMethodOneArg(self, GCRT_NAME(write), line) == NULL)
            return NULL;
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef base_methods[] = {
    {"seek", base_seek, METH_VARARGS, "Change the stream position; returns the new one."},
    {"tell", base_tell, METH_NOARGS, "The stream position."},
    {"truncate", base_truncate, METH_VARARGS, "Cut the file at a position; returns the new size."},
    {"flush", base_flush, METH_NOARGS, "Write out what is buffered."},
    {"close", base_close, METH_NOARGS, "Flush and close; a second call does nothing."},
    {"seekable", base_false, METH_NOARGS, "Whether seek() works."},
    {"readable", base_false, METH_NOARGS, "Whether read() works."},
    {"writable", base_false, METH_NOARGS, "Whether write() works."},
    {"fileno", base_fileno, METH_NOARGS, "The file descriptor, if there is one."},
    {"isatty", base_isatty, METH_NOARGS, "Whether this is a terminal."},
    {"_checkClosed", base_check_closed, METH_VARARGS, NULL},
    {"_checkSeekable", base_check_seekable, METH_VARARGS, NULL},
    {"_checkReadable", base_check_readable, METH_VARARGS, NULL},
    {"_checkWritable", base_check_writable, METH_VARARGS, NULL},
    {"__enter__", base_enter, METH_NOARGS, NULL},
    {"__exit__", base_exit, METH_VARARGS, NULL},
    {"readline", base_readline, METH_VARARGS, "Read one line, at most `size` bytes of it."},
    {"readlines", base_readlines, METH_VARARGS, "A list of lines, until `hint` bytes are read."},
    {"writelines", base_writelines, METH_O, "Write each item of an iterable."},
    {0},
};
static PyGetSetDef base_getset[] = {
    {"__dict__", PyObject_GenericGetDict, NULL, NULL, NULL},
    {"closed", base_get_closed, NULL, NULL, NULL},
    {0},
};
typedef struct {
    PyObject_HEAD
    PyObject *dict;
} io_base_object;

PyTypeObject io_base_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "_io._IOBase",
    .tp_basicsize = sizeof(io_base_object),
    .tp_dictoffset = offsetof(io_base_object, dict),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "The base of all streams.",
    .tp_iter = base_iter,
    .tp_iternext = base_next,
    .tp_methods = base_methods,
    .tp_getset = base_getset,
    .tp_finalize = base_finalize,
    .tp_new = PyType_GenericNew,
    .tp_weaklistoffset = -1,
};

/* ------------------------------------------------------------------ _RawIOBase */

static PyObject *
raw_readall(PyObject *self, PyObject *Py_UNUSED(args))
{
    PyObject *pieces = PyList_New(0);
    if (pieces == NULL)
        return NULL;
    for (;;) {
        PyObject *piece = PyObject_CallMethod(self, "read", "i", IO_BUFFER_SIZE);
        if (piece == NULL)
            return NULL;
        if (piece == Py_None && PyList_GET_SIZE(pieces) == 0)
            return piece;
        if (piece == Py_None)
            break;
        if (!PyBytes_Check(piece)) {
            PyErr_SetString(PyExc_TypeError, "read() should return bytes");
            return NULL;
        }
        if (PyBytes_GET_SIZE(piece) == 0)
            break;
        if (PyList_Append(pieces, piece) < 0)
            return NULL;
    }
    PyObject *empty = PyBytes_FromStringAndSize("", 0);
    return empty == NULL ? NULL : PyObject_CallMethod(empty, "join", "O", pieces);
}
static PyObject *
raw_read(PyObject *self, PyObject *args)
{
    PyObject *size = Py_None;
    if (!PyArg_ParseTuple(args, "|O:read", &size))
        return NULL;
    Py_ssize_t n = io_as_size(size, -1);
    if (n == -2)
        return NULL;
    if (n < 0)
        return PyObject_CallMethod(self, "readall", NULL);
    PyObject *buffer = PyByteArray_FromStringAndSize(NULL, n);
    if (buffer == NULL)
        return NULL;
    PyObject *got = PyObject_CallMethod(self, "readinto", "O", buffer);
    if (got == NULL || got == Py_None)
        return got;
    Py_ssize_t m = PyNumber_AsSsize_t(got, PyExc_ValueError);
    if (m == -1 && PyErr_Occurred())
        return NULL;
    if (m < 0 || m > n) {
        PyErr_Format(PyExc_ValueError, "readinto returned %zd outside buffer size %zd", m, n);
        return NULL;
    }
    return PyBytes_FromStringAndSize(PyByteArray_AS_STRING(buffer), m);
}
static PyMethodDef raw_methods[] = {
    {"read", raw_read, METH_VARARGS, "Read up to `size` bytes, or all."},
    {"readall", raw_readall, METH_NOARGS, "Read until end of file."},
    {0},
};
PyTypeObject io_rawbase_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "_io._RawIOBase",
    .tp_base = &io_base_type,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "The base of unbuffered binary streams.",
    .tp_methods = raw_methods,
};

/* ------------------------------------------------------------------ _BufferedIOBase, _TextIOBase */

static PyObject *
no_read(PyObject *self, PyObject *Py_UNUSED(args))
{
    return unsupported_method(self, "read");
}
static PyObject *
no_read1(PyObject *self, PyObject *Py_UNUSED(args))
{
    return unsupported_method(self, "read1");
}
static PyObject *
no_write(PyObject *self, PyObject *Py_UNUSED(args))
{
    return unsupported_method(self, "write");
}
static PyObject *
no_detach(PyObject *self, PyObject *Py_UNUSED(args))
{
    return unsupported_method(self, "detach");
}
static PyObject *
no_readline(PyObject *self, PyObject *Py_UNUSED(args))
{
    return unsupported_method(self, "readline");
}

PyObject *
io_state_dict(PyObject *self)
{
    PyObject *dict = PyObject_GetAttr(self, GCRT_NAME(__dict__));
    if (dict == NULL)
        return NULL;
    return PyDict_Check(dict) && PyDict_GET_SIZE(dict) == 0 ? Py_None : PyDict_Copy(dict);
}

int
io_restore_dict(PyObject *self, PyObject *state)
{
    if (state == Py_None)
        return 0;
    if (!PyDict_Check(state)) {
        PyErr_Format(PyExc_TypeError, "last item of state should be a dict, got a %.200s", Py_TYPE(state)->tp_name);
        return -1;
    }
    PyObject *dict = PyObject_GetAttr(self, GCRT_NAME(__dict__));
    return dict == NULL ? -1 : PyDict_Update(dict, state);
}

int
io_view_to_fill(PyObject *target, Py_buffer *view)
{
    if (PyObject_GetBuffer(target, view, PyBUF_WRITABLE) == 0)
        return 0;
    _PyArg_BadArgument("readinto", "argument", "read-write bytes-like object", target);
    return -1;
}

static PyObject *
readinto_by(PyObject *self, PyObject *target, const char *method)
{
    Py_buffer view;
    if (io_view_to_fill(target, &view) < 0)
        return NULL;
    PyObject *result = NULL, *data = PyObject_CallMethod(self, method, "n", view.len);
    if (data != NULL && !PyBytes_Check(data))
        PyErr_SetString(PyExc_TypeError, "read() should return bytes");
    else if (data != NULL && PyBytes_GET_SIZE(data) > view.len)
        PyErr_Format(PyExc_ValueError, "read() returned too much data: %zd bytes requested, %zd returned", view.len,
                     PyBytes_GET_SIZE(data));
    else if (data != NULL) {
        memcpy(view.buf, PyBytes_AS_STRING(data), (size_t)PyBytes_GET_SIZE(data));
        result = PyLong_FromSsize_t(PyBytes_GET_SIZE(data));
    }
    PyBuffer_Release(&view);
    return result;
}
static PyObject *
bufbase_readinto(PyObject *self, PyObject *target)
{
    return readinto_by(self, target, "read");
}
static PyObject *
bufbase_readinto1(PyObject *self, PyObject *target)
{
    return readinto_by(self, target, "read1");
}
static PyMethodDef bufbase_methods[] = {
    {"detach", no_detach, METH_NOARGS, NULL},
    {"read", no_read, METH_VARARGS, NULL},
    {"read1", no_read1, METH_VARARGS, NULL},
    {"readinto", bufbase_readinto, METH_O, "Read into a writable buffer; returns the number of bytes."},
    {"readinto1", bufbase_readinto1, METH_O, "As readinto, with one raw read at most."},
    {"write", no_write, METH_VARARGS, NULL},
    {0},
};
PyTypeObject io_bufferedbase_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "_io._BufferedIOBase",
    .tp_base = &io_base_type,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "The base of buffered binary streams.",
    .tp_methods = bufbase_methods,
};

static PyObject *
text_get_none(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    Py_RETURN_NONE;
}
static PyMethodDef text_methods[] = {
    {"detach", no_detach, METH_NOARGS, NULL},
    {"read", no_read, METH_VARARGS, NULL},
    {"readline", no_readline, METH_VARARGS, NULL},
    {"write", no_write, METH_VARARGS, NULL},
    {0},
};
static PyGetSetDef text_getset[] = {
    {"encoding", text_get_none, NULL, NULL, NULL},
    {"newlines", text_get_none, NULL, NULL, NULL},
    {"errors", text_get_none, NULL, NULL, NULL},
    {0},
};
PyTypeObject io_textbase_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "_io._TextIOBase",
    .tp_base = &io_base_type,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "The base of text streams.",
    .tp_methods = text_methods,
    .tp_getset = text_getset,
};
