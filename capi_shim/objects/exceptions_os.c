/* exceptions_os.c: OSError, its subclasses by errno, and what its constructor accepts. */
#include "exceptions.h"
#include "structmember.h"

static PyOSErrorObject *
as_os(PyObject *self)
{
    return (PyOSErrorObject *)self;
}

PyTypeObject *
exception_os_type(int error_number)
{
    switch (error_number) {
    case EAGAIN:
    case EALREADY:
    case EINPROGRESS:
        return &exc_BlockingIOError;
    case EPIPE:
    case ESHUTDOWN:
        return &exc_BrokenPipeError;
    case ECHILD:
        return &exc_ChildProcessError;
    case ECONNABORTED:
        return &exc_ConnectionAbortedError;
    case ECONNREFUSED:
        return &exc_ConnectionRefusedError;
    case ECONNRESET:
        return &exc_ConnectionResetError;
    case EEXIST:
        return &exc_FileExistsError;
    case ENOENT:
        return &exc_FileNotFoundError;
    case EISDIR:
        return &exc_IsADirectoryError;
    case ENOTDIR:
        return &exc_NotADirectoryError;
    case EINTR:
        return &exc_InterruptedError;
    case EACCES:
    case EPERM:
        return &exc_PermissionError;
    case ESRCH:
        return &exc_ProcessLookupError;
    case ETIMEDOUT:
        return &exc_TimeoutError;
    default:
        return &exc_OSError;
    }
}

/* OSError(errno, strerror[, filename[, winerror[, filename2]]]): fill the fields; any other number of
 * arguments leaves them unset. */
static int
os_error_fill(PyObject *self, PyObject *args)
{
    PyOSErrorObject *e = as_os(self);
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    e->written = -1;
    gc_store(self, &e->args, args);
    if (n < 2 || n > 5)
        return 0;
    gc_store(self, &e->myerrno, PyTuple_GET_ITEM(args, 0));
    gc_store(self, &e->strerror, PyTuple_GET_ITEM(args, 1));
    PyObject *filename = n > 2 ? PyTuple_GET_ITEM(args, 2) : Py_None;
    if (filename == Py_None)
        return 0;
    if (PyType_IsSubtype(Py_TYPE(self), &exc_BlockingIOError) && PyNumber_Check(filename)) {
        e->written = PyNumber_AsSsize_t(filename, PyExc_ValueError);
        return e->written == -1 && PyErr_Occurred() ? -1 : 0;
    }
    gc_store(self, &e->filename, filename);
    if (n == 5 && PyTuple_GET_ITEM(args, 4) != Py_None)
        gc_store(self, &e->filename2, PyTuple_GET_ITEM(args, 4));
    PyObject *shown = PyTuple_GetSlice(args, 0, 2);
    if (shown == NULL)
        return -1;
    gc_store(self, &e->args, shown);
    return 0;
}

/* A subclass that defines __init__ but not __new__ gets its arguments there, not in __new__. */
static int
uses_init(PyTypeObject *type)
{
    return type->tp_init != exc_OSError.tp_init && type->tp_new == exc_OSError.tp_new;
}

static PyObject *
os_error_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    if (!uses_init(type)) {
        if (!_PyArg_NoKeywords(type->tp_name, kwds))
            return NULL;
        if (type == &exc_OSError && PyTuple_GET_SIZE(args) >= 2 && PyTuple_GET_SIZE(args) <= 5) {
            PyObject *number = PyTuple_GET_ITEM(args, 0);
            if (gcrt_is_int(number) && gcrt_int_value(number) == (int)gcrt_int_value(number))
                type = exception_os_type((int)gcrt_int_value(number));
        }
    }
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    as_os(self)->written = -1;
    as_os(self)->args = PyTuple_New(0);
    if (as_os(self)->args == NULL || (!uses_init(type) && os_error_fill(self, args) < 0))
        return NULL;
    return self;
}

static int
os_error_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    if (!uses_init(Py_TYPE(self)))
        return 0;
    if (!_PyArg_NoKeywords(Py_TYPE(self)->tp_name, kwds))
        return -1;
    return os_error_fill(self, args);
}

static PyObject *
or_none(PyObject *value)
{
    return value != NULL ? value : Py_None;
}

static PyObject *
os_error_str(PyObject *self)
{
    PyOSErrorObject *e = as_os(self);
    if (e->filename != NULL) {
        if (e->filename2 != NULL)
            return PyUnicode_FromFormat("[Errno %S] %S: %R -> %R", or_none(e->myerrno), or_none(e->strerror),
                                        e->filename, e->filename2);
        return PyUnicode_FromFormat("[Errno %S] %S: %R", or_none(e->myerrno), or_none(e->strerror),
                                    e->filename);
    }
    if (e->myerrno != NULL && e->strerror != NULL)
        return PyUnicode_FromFormat("[Errno %S] %S", e->myerrno, e->strerror);
    return exception_str(self);
}

static PyObject *
os_error_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyOSErrorObject *e = as_os(self);
    PyObject *args = e->args;
    if (args != NULL && PyTuple_GET_SIZE(args) == 2 && e->filename != NULL) {
        PyObject *number = PyTuple_GET_ITEM(args, 0), *text = PyTuple_GET_ITEM(args, 1);
        args = e->filename2 != NULL ? PyTuple_Pack(5, number, text, e->filename, Py_None, e->filename2)
                                    : PyTuple_Pack(3, number, text, e->filename);
        if (args == NULL)
            return NULL;
    }
    if (e->dict != NULL)
        return PyTuple_Pack(3, (PyObject *)Py_TYPE(self), args, e->dict);
    return PyTuple_Pack(2, (PyObject *)Py_TYPE(self), args);
}

static PyObject *
get_written(PyObject *self, void *Py_UNUSED(c))
{
    if (as_os(self)->written == -1) {
        PyErr_SetString(PyExc_AttributeError, "characters_written");
        return NULL;
    }
    return PyLong_FromSsize_t(as_os(self)->written);
}

static int
set_written(PyObject *self, PyObject *value, void *Py_UNUSED(c))
{
    if (value == NULL) {
        if (as_os(self)->written == -1) {
            PyErr_SetString(PyExc_AttributeError, "characters_written");
            return -1;
        }
        as_os(self)->written = -1;
        return 0;
    }
    Py_ssize_t n = PyNumber_AsSsize_t(value, PyExc_ValueError);
    if (n == -1 && PyErr_Occurred())
        return -1;
    as_os(self)->written = n;
    return 0;
}

static PyMethodDef os_error_methods[] = {
    {"__reduce__", os_error_reduce, METH_NOARGS, NULL},
    {0},
};

static PyMemberDef os_error_members[] = {
    {"errno", T_OBJECT, offsetof(PyOSErrorObject, myerrno), 0, "The error's number."},
    {"strerror", T_OBJECT, offsetof(PyOSErrorObject, strerror), 0, "The system's text for it."},
    {"filename", T_OBJECT, offsetof(PyOSErrorObject, filename), 0, "The file, or None."},
    {"filename2", T_OBJECT, offsetof(PyOSErrorObject, filename2), 0, "The second file, or None."},
    {0},
};

static PyGetSetDef os_error_getset[] = {
    {"characters_written", get_written, set_written, NULL, NULL},
    {0},
};

void
exceptions_setup_os(void)
{
    exc_OSError.tp_new = os_error_new;
    exc_OSError.tp_init = os_error_init;
    exc_OSError.tp_str = os_error_str;
    exc_OSError.tp_methods = os_error_methods;
    exc_OSError.tp_members = os_error_members;
    exc_OSError.tp_getset = os_error_getset;
}
