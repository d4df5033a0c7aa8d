/* io_fileio.c: FileIO, a raw stream over a file descriptor. */
#include "io_module.h"
#include "gc_module.h"

#include <fcntl.h>

typedef struct {
    PyObject_HEAD
    PyObject *dict;
    int fd;
    unsigned readable : 1, writable : 1, appending : 1, created : 1, closefd : 1;
    int seekable; /* -1: not asked yet */
    long blksize;
} fileio;

static int
check_open(fileio *self)
{
    if (self->fd >= 0)
        return 0;
    PyErr_SetString(PyExc_ValueError, "I/O operation on closed file");
    return -1;
}

/* 0 to try a call again that was interrupted or found no descriptor left, -1 when a signal handler raised. */
static int
interrupted(void)
{
    if (errno == EINTR)
        return PyErr_CheckSignals();
    return gc_module_freed_descriptors() ? 0 : -2;
}

static PyObject *
fileio_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwds))
{
    fileio *self = (fileio *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->fd = -1;
        self->seekable = -1;
        self->closefd = 1;
    }
    return (PyObject *)self;
}

static int
parse_mode(fileio *self, const char *mode, int *flags)
{
    int kinds = 0, plus = 0;
    *flags = O_CLOEXEC;
    for (const char *m = mode; *m; m++) {
        switch (*m) {
        case 'x': kinds++, self->created = self->writable = 1, *flags |= O_EXCL | O_CREAT; break;
        case 'r': kinds++, self->readable = 1; break;
        case 'w': kinds++, self->writable = 1, *flags |= O_CREAT | O_TRUNC; break;
        case 'a': kinds++, self->writable = self->appending = 1, *flags |= O_APPEND | O_CREAT; break;
        case 'b': break;
        case '+': plus++, self->readable = self->writable = 1; break;
        default: PyErr_Format(PyExc_ValueError, "invalid mode: %.200s", mode); return -1;
        }
    }
    if (kinds != 1 || plus > 1) {
        PyErr_SetString(PyExc_ValueError,
                        "Must have exactly one of create/read/write/append mode and at most one plus");
        return -1;
    }
    *flags |= self->readable && self->writable ? O_RDWR : self->readable ? O_RDONLY : O_WRONLY;
    return 0;
}

static int
open_name(fileio *self, PyObject *file, PyObject *opener, int flags)
{
    if (opener != Py_None) {
        PyObject *fd = PyObject_CallFunction(opener, "Oi", file, flags);
        if (fd == NULL)
            return -1;
        self->fd = (int)PyLong_AsLong(fd);
        if (self->fd < 0 && !PyErr_Occurred())
            PyErr_Format(PyExc_ValueError, "opener returned %d", self->fd);
        return self->fd < 0 ? -1 : 0;
    }
    PyObject *path;
    if (!PyUnicode_FSConverter(file, &path))
        return -1;
    do
        self->fd = open(PyBytes_AS_STRING(path), flags, 0666);
    while (self->fd < 0 && interrupted() == 0);
    if (self->fd < 0 && !PyErr_Occurred())
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, file);
    return self->fd < 0 ? -1 : 0;
}

static int
check_not_directory(fileio *self, PyObject *file)
{
    struct stat st;
    if (fstat(self->fd, &st) < 0) {
        if (errno == EBADF) {
            PyErr_SetFromErrno(PyExc_OSError);
            return -1;
        }
        return 0;
    }
    if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, file);
        return -1;
    }
    self->blksize = st.st_blksize > 1 ? st.st_blksize : IO_BUFFER_SIZE;
    return 0;
}

static int
fileio_init(PyObject *op, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"file", "mode", "closefd", "opener", NULL};
    fileio *self = (fileio *)op;
    PyObject *file, *opener = Py_None;
    const char *mode = "r";
    int closefd = 1, flags;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O|siO:FileIO", keywords, &file, &mode, &closefd, &opener))
        return -1;
    if (self->fd >= 0 && self->closefd)
        close(self->fd);
    self->fd = self->seekable = -1;
    self->readable = self->writable = self->appending = self->created = 0;
    self->closefd = closefd != 0;
    if (PyFloat_Check(file)) {
        PyErr_SetString(PyExc_TypeError, "integer argument expected, got float");
        return -1;
    }
    if (parse_mode(self, mode, &flags) < 0)
        return -1;
    if (PyLong_Check(file)) {
        int fd = _PyLong_AsInt(file);
        if (fd < 0) {
            if (!PyErr_Occurred())
                PyErr_SetString(PyExc_ValueError, "negative file descriptor");
            return -1;
        }
        self->fd = fd;
        if (check_not_directory(self, file) < 0) {
            self->fd = -1;
            return -1;
        }
    } else {
        if (!closefd) {
            PyErr_SetString(PyExc_ValueError, "Cannot use closefd=False with file name");
            return -1;
        }
        if (open_name(self, file, opener, flags) < 0)
            return -1;
        if (check_not_directory(self, file) < 0) {
            close(self->fd);
            self->fd = -1;
            return -1;
        }
    }
    if (PyObject_SetAttr(op, GCRT_NAME(name), file) < 0)
        return -1;
    if (self->appending)
        lseek(self->fd, 0, SEEK_END);
    return 0;
}

static int
close_fd(fileio *self)
{
    int fd = self->fd;
    self->fd = -1;
    if (fd >= 0 && self->closefd && close(fd) < 0) {
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    return 0;
}

static PyObject *
fileio_close(PyObject *op, PyObject *Py_UNUSED(args))
{
    fileio *self = (fileio *)op;
    static PyObject *base_close;
    if (base_close == NULL)
        base_close = PyObject_GetAttrString((PyObject *)&io_rawbase_type, "close");
    if (base_close == NULL)
        return NULL;
    PyObject *result = PyObject_CallOneArg(base_close, op), *type, *value, *tb;
    PyErr_Fetch(&type, &value, &tb);
    int closed = close_fd(self);
    if (type != NULL)
        PyErr_Restore(type, value, tb);
    return closed < 0 ? NULL : result;
}

/* Bytes read into data, 0 at the end, -1 with an exception, -2 when it would block. */
static Py_ssize_t
read_some(fileio *self, void *data, size_t len)
{
    Py_ssize_t n;
    int again;
    do {
        PyThreadState *saved = PyEval_SaveThread();
        n = read(self->fd, data, len > SSIZE_MAX / 2 ? SSIZE_MAX / 2 : len);
        PyEval_RestoreThread(saved);
    } while (n < 0 && (again = interrupted()) == 0);
    if (n >= 0)
        return n;
    if (again == -1)
        return -1;
    if (errno == EAGAIN)
        return -2;
    PyErr_SetFromErrno(PyExc_OSError);
    return -1;
}

static int
check_mode(fileio *self, int allowed, const char *action)
{
    if (check_open(self) < 0)
        return -1;
    if (!allowed) {
        PyErr_Format(io_unsupported_operation, "File not open for %s", action);
        return -1;
    }
    return 0;
}

static PyObject *
fileio_readall(PyObject *op, PyObject *Py_UNUSED(args))
{
    fileio *self = (fileio *)op;
    if (check_mode(self, self->readable, "reading") < 0)
        return NULL;
    struct stat st;
    off_t at = lseek(self->fd, 0, SEEK_CUR);
    size_t size = IO_BUFFER_SIZE;
    if (at >= 0 && fstat(self->fd, &st) == 0 && st.st_size > at)
        size = (size_t)(st.st_size - at) + 1;
    PyObject *data = PyByteArray_FromStringAndSize(NULL, (Py_ssize_t)size);
    size_t used = 0;
    while (data != NULL) {
        if (used == size) {
            size += size / 2 + IO_BUFFER_SIZE;
            if (PyByteArray_Resize(data, (Py_ssize_t)size) < 0)
                return NULL;
        }
        Py_ssize_t n = read_some(self, PyByteArray_AS_STRING(data) + used, size - used);
        if (n == -1)
            return NULL;
        if (n == -2 && used == 0)
            Py_RETURN_NONE;
        if (n <= 0)
            return PyBytes_FromStringAndSize(PyByteArray_AS_STRING(data), (Py_ssize_t)used);
        used += (size_t)n;
    }
    return NULL;
}

static PyObject *
fileio_read(PyObject *op, PyObject *args)
{
    fileio *self = (fileio *)op;
    PyObject *size = Py_None;
    if (!PyArg_ParseTuple(args, "|O:read", &size) || check_mode(self, self->readable, "reading") < 0)
        return NULL;
    Py_ssize_t want = io_as_size(size, -1);
    if (want == -2)
        return NULL;
    if (want < 0)
        return fileio_readall(op, NULL);
    PyObject *data = PyByteArray_FromStringAndSize(NULL, want);
    if (data == NULL)
        return NULL;
    Py_ssize_t n = read_some(self, PyByteArray_AS_STRING(data), (size_t)want);
    if (n == -2)
        Py_RETURN_NONE;
    return n < 0 ? NULL : PyBytes_FromStringAndSize(PyByteArray_AS_STRING(data), n);
}

static PyObject *
fileio_readinto(PyObject *op, PyObject *target)
{
    fileio *self = (fileio *)op;
    Py_buffer view;
    if (check_mode(self, self->readable, "reading") < 0 || io_view_to_fill(target, &view) < 0)
        return NULL;
    Py_ssize_t n = read_some(self, view.buf, (size_t)view.len);
    PyBuffer_Release(&view);
    if (n == -2)
        Py_RETURN_NONE;
    return n < 0 ? NULL : PyLong_FromSsize_t(n);
}

static PyObject *
fileio_write(PyObject *op, PyObject *source)
{
    fileio *self = (fileio *)op;
    Py_buffer view;
    if (check_mode(self, self->writable, "writing") < 0)
        return NULL;
    if (PyUnicode_Check(source)) {
        PyErr_SetString(PyExc_TypeError, "a bytes-like object is required, not 'str'");
        return NULL;
    }
    if (PyObject_GetBuffer(source, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    Py_ssize_t n;
    int again = 0;
    do {
        PyThreadState *saved = PyEval_SaveThread();
        n = write(self->fd, view.buf, (size_t)view.len);
        PyEval_RestoreThread(saved);
    } while (n < 0 && (again = interrupted()) == 0);
    PyBuffer_Release(&view);
    if (n >= 0)
        return PyLong_FromSsize_t(n);
    if (again == -1)
        return NULL;
    if (errno == EAGAIN)
        Py_RETURN_NONE;
    return PyErr_SetFromErrno(PyExc_OSError);
}

static PyObject *
fileio_seek(PyObject *op, PyObject *args)
{
    fileio *self = (fileio *)op;
    long long offset;
    int whence = 0;
    if (!PyArg_ParseTuple(args, "L|i:seek", &offset, &whence) || check_open(self) < 0)
        return NULL;
    off_t at = lseek(self->fd, (off_t)offset, whence);
    return at < 0 ? PyErr_SetFromErrno(PyExc_OSError) : PyLong_FromLongLong(at);
}
static PyObject *
fileio_tell(PyObject *op, PyObject *Py_UNUSED(args))
{
    fileio *self = (fileio *)op;
    if (check_open(self) < 0)
        return NULL;
    off_t at = lseek(self->fd, 0, SEEK_CUR);
    return at < 0 ? PyErr_SetFromErrno(PyExc_OSError) : PyLong_FromLongLong(at);
}
static PyObject *
fileio_truncate(PyObject *op, PyObject *args)
{
    fileio *self = (fileio *)op;
    PyObject *size = Py_None;
    if (!PyArg_ParseTuple(args, "|O:truncate", &size) || check_mode(self, self->writable, "writing") < 0)
        return NULL;
    if (size == Py_None && (size = fileio_tell(op, NULL)) == NULL)
        return NULL;
    long long n = PyLong_AsLongLong(size);
    if (n == -1 && PyErr_Occurred())
        return NULL;
    return ftruncate(self->fd, (off_t)n) < 0 ? PyErr_SetFromErrno(PyExc_OSError) : size;
}
static PyObject *
fileio_readable(PyObject *op, PyObject *Py_UNUSED(args))
{
    fileio *self = (fileio *)op;
    return check_open(self) < 0 ? NULL : PyBool_FromLong(self->readable);
}
static PyObject *
fileio_writable(PyObject *op, PyObject *Py_UNUSED(args))
{
    fileio *self = (fileio *)op;
    return check_open(self) < 0 ? NULL : PyBool_FromLong(self->writable);
}
static PyObject *
fileio_seekable(PyObject *op, PyObject *Py_UNUSED(args))
{
    fileio *self = (fileio *)op;
    if (check_open(self) < 0)
        return NULL;
    if (self->seekable < 0)
        self->seekable = lseek(self->fd, 0, SEEK_CUR) >= 0;
    return PyBool_FromLong(self->seekable);
}
static PyObject *
fileio_fileno(PyObject *op, PyObject *Py_UNUSED(args))
{
    fileio *self = (fileio *)op;
    return check_open(self) < 0 ? NULL : PyLong_FromLong(self->fd);
}
static PyObject *
fileio_isatty(PyObject *op, PyObject *Py_UNUSED(args))
{
    fileio *self = (fileio *)op;
    return check_open(self) < 0 ? NULL : PyBool_FromLong(isatty(self->fd));
}

static const char *
mode_text(fileio *self)
{
    if (self->created)
        return self->readable ? "xb+" : "xb";
    if (self->appending)
        return self->readable ? "ab+" : "ab";
    return self->readable ? (self->writable ? "rb+" : "rb") : "wb";
}
static PyObject *
fileio_get_mode(PyObject *op, void *Py_UNUSED(closure))
{
    return PyUnicode_FromString(mode_text((fileio *)op));
}
static PyObject *
fileio_get_closed(PyObject *op, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(((fileio *)op)->fd < 0);
}
static PyObject *
fileio_get_closefd(PyObject *op, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(((fileio *)op)->closefd);
}
static PyObject *
fileio_get_blksize(PyObject *op, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(((fileio *)op)->blksize);
}
static PyObject *
fileio_repr(PyObject *op)
{
    fileio *self = (fileio *)op;
    if (self->fd < 0)
        return PyUnicode_FromString("<_io.FileIO [closed]>");
    PyObject *name;
    if (_PyObject_LookupAttr(op, GCRT_NAME(name), &name) < 0)
        return NULL;
    const char *owns = self->closefd ? "True" : "False";
    if (name == NULL)
        return PyUnicode_FromFormat("<_io.FileIO fd=%d mode='%s' closefd=%s>", self->fd, mode_text(self), owns);
    return PyUnicode_FromFormat("<_io.FileIO name=%R mode='%s' closefd=%s>", name, mode_text(self), owns);
}

/* A file that is dropped without close() is closed here, with the warning that CPython gives. */
static void
fileio_finalize(PyObject *op)
{
    fileio *self = (fileio *)op;
    if (self->fd < 0 || !self->closefd)
        return;
    if (PyErr_ResourceWarning(op, 1, "unclosed file %R", op) < 0)
        PyErr_Clear();
    if (fileio_close(op, NULL) == NULL)
        PyErr_Clear();
}

static PyMethodDef fileio_methods[] = {
    {"read", fileio_read, METH_VARARGS, "Read at most `size` bytes with one system call, or all."},
    {"readall", fileio_readall, METH_NOARGS, "Read until end of file."},
    {"readinto", fileio_readinto, METH_O, "Read into a writable buffer."},
    {"write", fileio_write, METH_O, "Write; returns how many bytes the system took."},
    {"seek", fileio_seek, METH_VARARGS, NULL},
    {"tell", fileio_tell, METH_NOARGS, NULL},
    {"truncate", fileio_truncate, METH_VARARGS, NULL},
    {"close", fileio_close, METH_NOARGS, NULL},
    {"seekable", fileio_seekable, METH_NOARGS, NULL},
    {"readable", fileio_readable, METH_NOARGS, NULL},
    {"writable", fileio_writable, METH_NOARGS, NULL},
    {"fileno", fileio_fileno, METH_NOARGS, NULL},
    {"isatty", fileio_isatty, METH_NOARGS, NULL},
    {0},
};
static PyGetSetDef fileio_getset[] = {
    {"closed", fileio_get_closed, NULL, NULL, NULL},
    {"closefd", fileio_get_closefd, NULL, NULL, NULL},
    {"mode", fileio_get_mode, NULL, NULL, NULL},
    {"_blksize", fileio_get_blksize, NULL, NULL, NULL},
    {0},
};
PyTypeObject io_fileio_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "_io.FileIO",
    .tp_base = &io_rawbase_type,
    .tp_basicsize = sizeof(fileio),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "A raw stream over a file descriptor.",
    .tp_repr = fileio_repr,
    .tp_methods = fileio_methods,
    .tp_getset = fileio_getset,
    .tp_finalize = fileio_finalize,
    .tp_init = fileio_init,
    .tp_new = fileio_new,
};
