/* fileapi.c: PyFile_*, PyObject_Print and the plain writer that stands in for sys.stderr at start-up. */
#include "runtime.h"

int
PyFile_WriteObject(PyObject *value, PyObject *file, int flags)
{
    if (file == NULL) {
        PyErr_SetString(PyExc_TypeError, "writeobject with NULL file");
        return -1;
    }
    PyObject *text = flags & Py_PRINT_RAW ? PyObject_Str(value) : PyObject_Repr(value);
    if (text == NULL)
        return -1;
    return PyObject_CallMethodOneArg(file, GCRT_NAME(write), text) == NULL ? -1 : 0;
}

int
PyFile_WriteString(const char *s, PyObject *file)
{
    if (gcrt_ts->exception != NULL)
        return -1;
    PyObject *text = PyUnicode_FromString(s);
    return text == NULL ? -1 : PyFile_WriteObject(text, file, Py_PRINT_RAW);
}

/* n > 0: at most n characters; n == 0: a whole line; n < 0: a whole line without its end, EOFError when
 * there is none. */
PyObject *
PyFile_GetLine(PyObject *file, int n)
{
    PyObject *line = n <= 0 ? PyObject_CallMethodNoArgs(file, GCRT_NAME(readline))
                            : PyObject_CallMethodOneArg(file, GCRT_NAME(readline), PyLong_FromLong(n));
    if (line == NULL)
        return NULL;
    if (!PyBytes_Check(line) && !PyUnicode_Check(line))
        return PyErr_Format(PyExc_TypeError, "object.readline() returned non-string");
    if (n >= 0)
        return line;
    Py_ssize_t length = PyObject_Size(line);
    if (length == 0)
        return PyErr_Format(PyExc_EOFError, "EOF when reading a line");
    if (PyBytes_Check(line)) {
        const char *s = PyBytes_AS_STRING(line);
        return s[length - 1] == '\n' ? PyBytes_FromStringAndSize(s, length - 1) : line;
    }
    return PyUnicode_READ_CHAR(line, length - 1) == '\n' ? PyUnicode_Substring(line, 0, length - 1) : line;
}

PyObject *
PyFile_FromFd(int fd, const char *Py_UNUSED(name), const char *mode, int buffering, const char *encoding,
              const char *errors, const char *newline, int closefd)
{
    PyObject *io = PyImport_ImportModule("io");
    if (io == NULL)
        return NULL;
    return PyObject_CallMethod(io, "open", "isizzzO", fd, mode != NULL ? mode : "r", buffering, encoding, errors,
                               newline, closefd ? Py_True : Py_False);
}

PyObject *
PyFile_OpenCodeObject(PyObject *path)
{
    PyObject *io = PyImport_ImportModule("_io");
    return io == NULL ? NULL : PyObject_CallMethod(io, "open", "Os", path, "rb");
}

PyObject *
PyFile_OpenCode(const char *path)
{
    PyObject *name = PyUnicode_FromString(path);
    return name == NULL ? NULL : PyFile_OpenCodeObject(name);
}

/* fileno() of a file, or the int itself. */
int
PyObject_AsFileDescriptor(PyObject *op)
{
    PyObject *method, *number = op;
    if (!PyLong_Check(op)) {
        if (_PyObject_LookupAttr(op, GCRT_NAME(fileno), &method) < 0)
            return -1;
        if (method == NULL) {
            PyErr_SetString(PyExc_TypeError, "argument must be an int, or have a fileno() method.");
            return -1;
        }
        number = PyObject_CallNoArgs(method);
        if (number == NULL)
            return -1;
        if (!PyLong_Check(number)) {
            PyErr_SetString(PyExc_TypeError, "fileno() returned a non-integer");
            return -1;
        }
    }
    int fd = _PyLong_AsInt(number);
    if (fd == -1 && PyErr_Occurred())
        return -1;
    if (fd < 0) {
        PyErr_Format(PyExc_ValueError, "file descriptor cannot be a negative integer (%i)", fd);
        return -1;
    }
    return fd;
}

FILE *
_Py_fopen_obj(PyObject *path, const char *mode)
{
    PyObject *bytes;
    if (!PyUnicode_FSConverter(path, &bytes))
        return NULL;
    FILE *fp = fopen(PyBytes_AS_STRING(bytes), mode);
    if (fp == NULL)
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
    return fp;
}

/* ------------------------------------------------------------------ plain writer */

typedef struct {
    PyObject_HEAD
    int fd;
} printer_object;

static PyObject *
printer_write(PyObject *self, PyObject *text)
{
    Py_ssize_t n;
    if (!PyUnicode_Check(text))
        return PyErr_Format(PyExc_TypeError, "write() argument must be str, not %.50s", Py_TYPE(text)->tp_name);
    PyObject *bytes = PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace");
    if (bytes == NULL)
        return NULL;
    const char *data = PyBytes_AS_STRING(bytes);
    n = PyBytes_GET_SIZE(bytes);
    while (n > 0) {
        ssize_t done = write(((printer_object *)self)->fd, data, (size_t)n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return PyErr_SetFromErrno(PyExc_OSError);
        data += done;
        n -= done;
    }
    return PyLong_FromSsize_t(PyUnicode_GET_LENGTH(text));
}

static PyObject *
printer_none(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    Py_RETURN_NONE;
}

static PyObject *
printer_fileno(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(((printer_object *)self)->fd);
}

static PyObject *
printer_isatty(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyBool_FromLong(isatty(((printer_object *)self)->fd));
}

static PyMethodDef printer_methods[] = {
    {"write", printer_write, METH_O, NULL},
    {"flush", printer_none, METH_NOARGS, NULL},
    {"close", printer_none, METH_NOARGS, NULL},
    {"fileno", printer_fileno, METH_NOARGS, NULL},
    {"isatty", printer_isatty, METH_NOARGS, NULL},
    {0},
};

static PyObject *
printer_encoding(PyObject *Py_UNUSED(self), void *Py_UNUSED(c))
{
    return PyUnicode_FromString("utf-8");
}

static PyGetSetDef printer_getset[] = {
    {"encoding", printer_encoding, NULL, NULL, NULL},
    {0},
};

static PyTypeObject printer_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "stderrprinter",
    .tp_basicsize = sizeof(printer_object),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_methods = printer_methods,
    .tp_getset = printer_getset,
};

PyObject *
PyFile_NewStdPrinter(int fd)
{
    if (PyType_Ready(&printer_type) < 0)
        return NULL;
    printer_object *self = (printer_object *)gcrt_new_leaf(&printer_type, sizeof *self);
    if (self != NULL)
        self->fd = fd;
    return (PyObject *)self;
}
