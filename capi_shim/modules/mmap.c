/* mmap.c: the module mmap: files in memory.
 *
 * The mapping lies outside the collector's memory: it is never scanned, and goes when the object is closed or dies.
 * As long as a view of it exists it must not go; and a view that nobody has any more counts until it has been
 * collected.  So a mapping that is closed, where CPython raises BufferError, goes with its last view.  Before resize, which
 * would move it, refuses, it collects. */
#include "runtime.h"

#include <fcntl.h>
#include <sys/mman.h>

enum { ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE, ACCESS_COPY };
static const char *const access_names[] = {"ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE", "ACCESS_COPY"};

typedef struct {
    PyObject_HEAD
    char *data; /* NULL: closed */
    char *viewed; /* closed, but there are views of it */
    Py_ssize_t size, pos, exports;
    off_t offset;
    int fd; /* -1: anonymous */
    int access;
    PyObject *weakreflist;
} mapping;

static PyTypeObject mmap_type;

static int
check_open(const mapping *m)
{
    if (m->data == NULL)
        PyErr_SetString(PyExc_ValueError, "mmap closed or invalid");
    return m->data == NULL ? -1 : 0;
}

static int
check_writable(const mapping *m)
{
    if (m->access == ACCESS_READ)
        PyErr_SetString(PyExc_TypeError, "mmap can't modify a readonly memory map.");
    return m->access == ACCESS_READ ? -1 : 0;
}

/* 1 when views that are in use would see the mapping go. */
static int
has_views(const mapping *m)
{
    for (int i = 0; m->exports > 0 && i < 2; i++) {
        gc_collect(gcrt_ts->gc);
        gc_run_pending(gcrt_ts->gc);
    }
    return m->exports > 0;
}

static PyObject *
os_error(void)
{
    return PyErr_SetFromErrno(PyExc_OSError);
}

/* ------------------------------------------------------------------ making and closing */

/* flags and prot from access, or the other way round. */
static int
settle_access(int *access, int *flags, int *prot)
{
    if (*access != ACCESS_DEFAULT && (*flags != MAP_SHARED || *prot != (PROT_READ | PROT_WRITE))) {
        PyErr_SetString(PyExc_ValueError, "mmap can't specify both access and flags, prot.");
        return -1;
    }
    switch (*access) {
    case ACCESS_READ:
        *prot = PROT_READ;
        return 0;
    case ACCESS_WRITE:
        return 0;
    case ACCESS_COPY:
        *flags = MAP_PRIVATE;
        return 0;
    case ACCESS_DEFAULT:
        if (!(*prot & PROT_READ) || !(*prot & PROT_WRITE))
            *access = *prot & PROT_WRITE ? ACCESS_WRITE : ACCESS_READ;
        return 0;
    default:
        PyErr_SetString(PyExc_ValueError, "mmap invalid access parameter.");
        return -1;
    }
}

/* The length to map of a file, where 0 stands for the rest of it. */
static int
settle_length(int fd, off_t offset, Py_ssize_t *length)
{
    struct stat st;
    if (fd == -1 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    if (*length == 0 && st.st_size == 0) {
        PyErr_SetString(PyExc_ValueError, "cannot mmap an empty file");
    } else if (*length == 0 && offset >= st.st_size) {
        PyErr_SetString(PyExc_ValueError, "mmap offset is greater than file size");
    } else if (*length == 0) {
        *length = st.st_size - offset;
        return 0;
    } else if (offset > st.st_size || st.st_size - offset < *length) {
        PyErr_SetString(PyExc_ValueError, "mmap length is greater than file size");
    } else {
        return 0;
    }
    return -1;
}

static PyObject *
mmap_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"fileno", "length", "flags", "prot", "access", "offset", NULL};
    int fd, flags = MAP_SHARED, prot = PROT_READ | PROT_WRITE, access = ACCESS_DEFAULT;
    Py_ssize_t length;
    long long offset = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "in|iiiL", keywords, &fd, &length, &flags, &prot, &access, &offset))
        return NULL;
    if (length < 0 || offset < 0) {
        PyErr_Format(PyExc_OverflowError, "memory mapped %s must be positive", length < 0 ? "length" : "offset");
        return NULL;
    }
    if (settle_access(&access, &flags, &prot) < 0 || settle_length(fd, offset, &length) < 0)
        return NULL;
    mapping *m = (mapping *)type->tp_alloc(type, 0);
    if (m == NULL)
        return NULL;
    m->fd = -1;
    if (fd == -1)
        flags |= MAP_ANONYMOUS;
    else if ((m->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0)
        return os_error();
    char *data = mmap(NULL, (size_t)length, prot, flags, fd, offset);
    if (data == MAP_FAILED)
        return os_error(); /* the dealloc closes the descriptor */
    gc_external_bytes(length);
    m->data = data;
    m->size = length;
    m->offset = offset;
    m->access = access;
    return (PyObject *)m;
}

static void
unmap(mapping *m, char **what)
{
    if (*what == NULL)
        return;
    munmap(*what, (size_t)m->size);
    gc_external_bytes(-m->size);
    *what = NULL;
}

static PyObject *
mmap_close(PyObject *self, PyObject *Py_UNUSED(args))
{
    mapping *m = (mapping *)self;
    if (m->exports > 0 && m->data != NULL) {
        m->viewed = m->data;
        m->data = NULL;
    }
    unmap(m, &m->data);
    if (m->fd >= 0)
        close(m->fd);
    m->fd = -1;
    Py_RETURN_NONE;
}

/* Views die with it, or have died. */
static void
mmap_dealloc(PyObject *self)
{
    mapping *m = (mapping *)self;
    mmap_close(self, NULL);
    unmap(m, &m->viewed);
    PyObject_Free(self);
}

/* ------------------------------------------------------------------ as a file */

static PyObject *
mmap_read(PyObject *self, PyObject *args)
{
    mapping *m = (mapping *)self;
    PyObject *wanted = Py_None;
    if (check_open(m) < 0 || !PyArg_ParseTuple(args, "|O:read", &wanted))
        return NULL;
    Py_ssize_t left = m->pos < m->size ? m->size - m->pos : 0, n = left;
    if (wanted != Py_None) {
        n = PyNumber_AsSsize_t(wanted, PyExc_OverflowError);
        if (n == -1 && PyErr_Occurred())
            return NULL;
        n = n < 0 || n > left ? left : n;
    }
    if (check_open(m) < 0)
        return NULL;
    PyObject *result = PyBytes_FromStringAndSize(m->data + m->pos, n);
    m->pos += result == NULL ? 0 : n;
    return result;
}

static PyObject *
mmap_read_byte(PyObject *self, PyObject *Py_UNUSED(args))
{
    mapping *m = (mapping *)self;
    if (check_open(m) < 0)
        return NULL;
    if (m->pos >= m->size) {
        PyErr_SetString(PyExc_ValueError, "read byte out of range");
        return NULL;
    }
    return PyLong_FromLong((unsigned char)m->data[m->pos++]);
}

static PyObject *
mmap_readline(PyObject *self, PyObject *Py_UNUSED(args))
{
    mapping *m = (mapping *)self;
    if (check_open(m) < 0)
        return NULL;
    Py_ssize_t left = m->pos < m->size ? m->size - m->pos : 0;
    const char *start = m->data + m->pos, *end = left == 0 ? NULL : memchr(start, '\n', (size_t)left);
    Py_ssize_t n = end == NULL ? left : end + 1 - start;
    PyObject *result = PyBytes_FromStringAndSize(start, n);
    m->pos += result == NULL ? 0 : n;
    return result;
}

static PyObject *
mmap_write(PyObject *self, PyObject *arg)
{
    mapping *m = (mapping *)self;
    Py_buffer data;
    if (check_open(m) < 0 || PyObject_GetBuffer(arg, &data, PyBUF_SIMPLE) < 0)
        return NULL;
    Py_ssize_t n = data.len;
    int failed = check_writable(m) < 0 || check_open(m) < 0;
    if (!failed && (m->pos > m->size || m->size - m->pos < n)) {
        PyErr_SetString(PyExc_ValueError, "data out of range");
        failed = 1;
    }
    if (!failed) {
        memmove(m->data + m->pos, data.buf, (size_t)n);
        m->pos += n;
    }
    PyBuffer_Release(&data);
    return failed ? NULL : PyLong_FromSsize_t(n);
}

static PyObject *
mmap_write_byte(PyObject *self, PyObject *args)
{
    mapping *m = (mapping *)self;
    unsigned char value;
    if (check_open(m) < 0 || !PyArg_ParseTuple(args, "b:write_byte", &value) || check_writable(m) < 0 ||
        check_open(m) < 0)
        return NULL;
    if (m->pos >= m->size) {
        PyErr_SetString(PyExc_ValueError, "write byte out of range");
        return NULL;
    }
    m->data[m->pos++] = (char)value;
    Py_RETURN_NONE;
}

static PyObject *
mmap_seek(PyObject *self, PyObject *args)
{
    mapping *m = (mapping *)self;
    Py_ssize_t distance, to;
    int how = SEEK_SET;
    if (check_open(m) < 0 || !PyArg_ParseTuple(args, "n|i:seek", &distance, &how))
        return NULL;
    if (how != SEEK_SET && how != SEEK_CUR && how != SEEK_END) {
        PyErr_SetString(PyExc_ValueError, "unknown seek type");
        return NULL;
    }
    Py_ssize_t from = how == SEEK_SET ? 0 : how == SEEK_CUR ? m->pos : m->size;
    if (__builtin_add_overflow(from, distance, &to) || to < 0 || to > m->size) {
        PyErr_SetString(PyExc_ValueError, "seek out of range");
        return NULL;
    }
    m->pos = to;
    Py_RETURN_NONE;
}

static PyObject *
mmap_tell(PyObject *self, PyObject *Py_UNUSED(args))
{
    mapping *m = (mapping *)self;
    return check_open(m) < 0 ? NULL : PyLong_FromSsize_t(m->pos);
}

/* Of the file, which may have grown; anonymous memory has none. */
static PyObject *
mmap_size(PyObject *self, PyObject *Py_UNUSED(args))
{
    mapping *m = (mapping *)self;
    struct stat st;
    if (check_open(m) < 0)
        return NULL;
    return fstat(m->fd, &st) < 0 ? os_error() : PyLong_FromLongLong(st.st_size);
}

/* ------------------------------------------------------------------ as memory */

static Py_ssize_t
clamp(Py_ssize_t index, Py_ssize_t size)
{
    index = index < 0 ? index + size : index;
    return index < 0 ? 0 : index > size ? size : index;
}

static PyObject *
find(mapping *m, PyObject *args, const char *format, int backwards)
{
    Py_buffer sub;
    Py_ssize_t start = m->pos, end = m->size;
    if (check_open(m) < 0 || !PyArg_ParseTuple(args, format, &sub, &start, &end))
        return NULL;
    Py_ssize_t found = -1;
    if (check_open(m) < 0) {
        PyBuffer_Release(&sub);
        return NULL;
    }
    start = clamp(start, m->size);
    end = clamp(end, m->size);
    Py_ssize_t last = end - sub.len;
    if (!backwards && start <= last) {
        const char *p = memmem(m->data + start, (size_t)(end - start), sub.buf, (size_t)sub.len);
        found = p == NULL ? -1 : p - m->data;
    }
    for (Py_ssize_t i = last; backwards && found < 0 && i >= start; i--)
        if (memcmp(m->data + i, sub.buf, (size_t)sub.len) == 0)
            found = i;
    PyBuffer_Release(&sub);
    return PyLong_FromSsize_t(found);
}

static PyObject *
mmap_find(PyObject *self, PyObject *args)
{
    return find((mapping *)self, args, "y*|nn:find", 0);
}

static PyObject *
mmap_rfind(PyObject *self, PyObject *args)
{
    return find((mapping *)self, args, "y*|nn:rfind", 1);
}

static PyObject *
mmap_flush(PyObject *self, PyObject *args)
{
    mapping *m = (mapping *)self;
    Py_ssize_t offset = 0, size = m->size;
    if (check_open(m) < 0 || !PyArg_ParseTuple(args, "|nn:flush", &offset, &size))
        return NULL;
    if (size < 0 || offset < 0 || m->size - offset < size) {
        PyErr_SetString(PyExc_ValueError, "flush values out of range");
        return NULL;
    }
    if (m->access == ACCESS_READ || m->access == ACCESS_COPY)
        Py_RETURN_NONE;
    return msync(m->data + offset, (size_t)size, MS_SYNC) < 0 ? os_error() : Py_None;
}

static PyObject *
mmap_move(PyObject *self, PyObject *args)
{
    mapping *m = (mapping *)self;
    Py_ssize_t to, from, n;
    if (check_open(m) < 0 || !PyArg_ParseTuple(args, "nnn:move", &to, &from, &n) || check_writable(m) < 0)
        return NULL;
    if (to < 0 || from < 0 || n < 0 || m->size - to < n || m->size - from < n) {
        PyErr_SetString(PyExc_ValueError, "source, destination, or count out of range");
        return NULL;
    }
    memmove(m->data + to, m->data + from, (size_t)n);
    Py_RETURN_NONE;
}

static PyObject *
mmap_resize(PyObject *self, PyObject *args)
{
    mapping *m = (mapping *)self;
    Py_ssize_t size;
    if (check_open(m) < 0 || !PyArg_ParseTuple(args, "n:resize", &size))
        return NULL;
    if (has_views(m)) {
        PyErr_SetString(PyExc_BufferError, "mmap can't resize with extant buffers exported.");
        return NULL;
    }
    if (m->access != ACCESS_DEFAULT && m->access != ACCESS_WRITE) {
        PyErr_SetString(PyExc_TypeError, "mmap can't resize a readonly or copy-on-write memory map.");
        return NULL;
    }
    if (size < 0 || PY_SSIZE_T_MAX - size < m->offset) {
        PyErr_SetString(PyExc_ValueError, "new size out of range");
        return NULL;
    }
    if (m->fd >= 0 && ftruncate(m->fd, m->offset + size) < 0)
        return os_error();
    char *data = mremap(m->data, (size_t)m->size, (size_t)size, MREMAP_MAYMOVE);
    if (data == MAP_FAILED)
        return os_error();
    gc_external_bytes(size - m->size);
    m->data = data;
    m->size = size;
    Py_RETURN_NONE;
}

static PyObject *
mmap_madvise(PyObject *self, PyObject *args)
{
    mapping *m = (mapping *)self;
    int option;
    Py_ssize_t start = 0, length = m->size;
    if (check_open(m) < 0 || !PyArg_ParseTuple(args, "i|nn:madvise", &option, &start, &length))
        return NULL;
    if (start < 0 || start >= m->size) {
        PyErr_SetString(PyExc_ValueError, "madvise start out of bounds");
        return NULL;
    }
    if (length < 0) {
        PyErr_SetString(PyExc_ValueError, "madvise length invalid");
        return NULL;
    }
    if (PY_SSIZE_T_MAX - start < length) {
        PyErr_SetString(PyExc_OverflowError, "madvise length too large");
        return NULL;
    }
    if (length > m->size - start)
        length = m->size - start;
    return madvise(m->data + start, (size_t)length, option) < 0 ? os_error() : Py_None;
}

/* ------------------------------------------------------------------ as a sequence, and its buffer */

static Py_ssize_t
mmap_length(PyObject *self)
{
    mapping *m = (mapping *)self;
    return check_open(m) < 0 ? -1 : m->size;
}

/* Iteration gives bytes, as it always has. */
static PyObject *
mmap_item(PyObject *self, Py_ssize_t i)
{
    mapping *m = (mapping *)self;
    if (check_open(m) < 0)
        return NULL;
    if (i < 0 || i >= m->size) {
        PyErr_SetString(PyExc_IndexError, "mmap index out of range");
        return NULL;
    }
    return PyBytes_FromStringAndSize(m->data + i, 1);
}

/* An index within the mapping, or -1 with an exception. */
static Py_ssize_t
index_of(mapping *m, PyObject *key)
{
    Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if ((i == -1 && PyErr_Occurred()) || check_open(m) < 0)
        return -1;
    i = i < 0 ? i + m->size : i;
    if (i >= 0 && i < m->size)
        return i;
    PyErr_SetString(PyExc_IndexError, "mmap index out of range");
    return -1;
}

static PyObject *
mmap_subscript(PyObject *self, PyObject *key)
{
    mapping *m = (mapping *)self;
    Py_ssize_t start, stop, step, n, i;
    if (check_open(m) < 0)
        return NULL;
    if (PyIndex_Check(key))
        return (i = index_of(m, key)) < 0 ? NULL : PyLong_FromLong((unsigned char)m->data[i]);
    if (!PySlice_Check(key)) {
        PyErr_SetString(PyExc_TypeError, "mmap indices must be integers");
        return NULL;
    }
    if (PySlice_Unpack(key, &start, &stop, &step) < 0 || check_open(m) < 0)
        return NULL;
    n = PySlice_AdjustIndices(m->size, &start, &stop, step);
    PyObject *result = PyBytes_FromStringAndSize(NULL, n);
    for (Py_ssize_t k = 0; result != NULL && k < n; k++, start += step)
        PyBytes_AS_STRING(result)[k] = m->data[start];
    return result;
}

static int
assign_slice(mapping *m, PyObject *key, PyObject *value)
{
    Py_ssize_t start, stop, step;
    Py_buffer data;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0 || check_open(m) < 0)
        return -1;
    Py_ssize_t n = PySlice_AdjustIndices(m->size, &start, &stop, step);
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "mmap object doesn't support slice deletion");
        return -1;
    }
    if (PyObject_GetBuffer(value, &data, PyBUF_SIMPLE) < 0)
        return -1;
    int failed = check_open(m) < 0;
    if (!failed && data.len != n) {
        PyErr_SetString(PyExc_IndexError, "mmap slice assignment is wrong size");
        failed = 1;
    }
    if (!failed && step == 1)
        memmove(m->data + start, data.buf, (size_t)n);
    else
        for (Py_ssize_t k = 0; !failed && k < n; k++, start += step)
            m->data[start] = ((const char *)data.buf)[k];
    PyBuffer_Release(&data);
    return failed ? -1 : 0;
}

static int
mmap_assign(PyObject *self, PyObject *key, PyObject *value)
{
    mapping *m = (mapping *)self;
    if (check_open(m) < 0 || check_writable(m) < 0)
        return -1;
    if (PySlice_Check(key))
        return assign_slice(m, key, value);
    if (!PyIndex_Check(key)) {
        PyErr_SetString(PyExc_TypeError, "mmap indices must be integer");
        return -1;
    }
    if (index_of(m, key) < 0)
        return -1;
    if (value == NULL || !PyIndex_Check(value)) {
        PyErr_SetString(PyExc_TypeError, value == NULL ? "mmap doesn't support item deletion"
                                                       : "mmap item value must be an int");
        return -1;
    }
    Py_ssize_t byte = PyNumber_AsSsize_t(value, PyExc_TypeError);
    if (byte == -1 && PyErr_Occurred())
        return -1;
    if (byte < 0 || byte > 255) {
        PyErr_SetString(PyExc_ValueError, "mmap item value must be in range(0, 256)");
        return -1;
    }
    Py_ssize_t i = index_of(m, key); /* __index__ of the value may have changed the mapping */
    if (i < 0)
        return -1;
    m->data[i] = (char)byte;
    return 0;
}

static int
mmap_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    mapping *m = (mapping *)self;
    if (check_open(m) < 0 || PyBuffer_FillInfo(view, self, m->data, m->size, m->access == ACCESS_READ, flags) < 0)
        return -1;
    m->exports++;
    return 0;
}

static void
mmap_releasebuffer(PyObject *self, Py_buffer *Py_UNUSED(view))
{
    mapping *m = (mapping *)self;
    if (--m->exports == 0)
        unmap(m, &m->viewed);
}

/* ------------------------------------------------------------------ type and module */

static PyObject *
mmap_enter(PyObject *self, PyObject *Py_UNUSED(args))
{
    return check_open((mapping *)self) < 0 ? NULL : self;
}

static PyObject *
mmap_exit(PyObject *self, PyObject *Py_UNUSED(args))
{
    return mmap_close(self, NULL);
}

static PyObject *
mmap_repr(PyObject *self)
{
    const mapping *m = (const mapping *)self;
    const char *name = Py_TYPE(self)->tp_name;
    if (m->data == NULL)
        return PyUnicode_FromFormat("<%s closed=True>", name);
    return PyUnicode_FromFormat("<%s closed=False, access=%s, length=%zd, pos=%zd, offset=%lld>", name,
                                access_names[m->access], m->size, m->pos, (long long)m->offset);
}

static PyObject *
mmap_closed(PyObject *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(((mapping *)self)->data == NULL);
}

static PyMethodDef methods[] = {
    {"close", mmap_close, METH_NOARGS, "End the mapping."},
    {"find", mmap_find, METH_VARARGS, "The first place of some bytes from the position (or start) on, or -1."},
    {"rfind", mmap_rfind, METH_VARARGS, "The last place of some bytes from the position (or start) on, or -1."},
    {"flush", mmap_flush, METH_VARARGS, "Write changes to the file."},
    {"madvise", mmap_madvise, METH_VARARGS, "Tell the kernel how the memory is going to be used."},
    {"move", mmap_move, METH_VARARGS, "Copy bytes within the mapping."},
    {"read", mmap_read, METH_VARARGS, "Bytes from the position on."},
    {"read_byte", mmap_read_byte, METH_NOARGS, "The byte at the position, as an int."},
    {"readline", mmap_readline, METH_NOARGS, "Bytes up to the end of the line."},
    {"resize", mmap_resize, METH_VARARGS, "Change the length of mapping and file."},
    {"seek", mmap_seek, METH_VARARGS, "Change the position."},
    {"size", mmap_size, METH_NOARGS, "Length of the file."},
    {"tell", mmap_tell, METH_NOARGS, "The position."},
    {"write", mmap_write, METH_O, "Put bytes at the position; how many."},
    {"write_byte", mmap_write_byte, METH_VARARGS, "Put a byte at the position."},
    {"__enter__", mmap_enter, METH_NOARGS, NULL},
    {"__exit__", mmap_exit, METH_VARARGS, NULL},
    {0},
};
static PyGetSetDef getsets[] = {{"closed", mmap_closed, NULL, NULL, NULL}, {0}};
static PySequenceMethods as_sequence = {.sq_length = mmap_length, .sq_item = mmap_item};
static PyMappingMethods as_mapping = {
    .mp_length = mmap_length,
    .mp_subscript = mmap_subscript,
    .mp_ass_subscript = mmap_assign,
};
static PyBufferProcs as_buffer = {.bf_getbuffer = mmap_getbuffer, .bf_releasebuffer = mmap_releasebuffer};

static PyTypeObject mmap_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "mmap.mmap",
    .tp_basicsize = sizeof(mapping),
    .tp_dealloc = mmap_dealloc,
    .tp_repr = mmap_repr,
    .tp_as_sequence = &as_sequence,
    .tp_as_mapping = &as_mapping,
    .tp_as_buffer = &as_buffer,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "A file, or anonymous memory, that is read and written like bytes.",
    .tp_weaklistoffset = offsetof(mapping, weakreflist),
    .tp_methods = methods,
    .tp_getset = getsets,
    .tp_new = mmap_new,
};

#define NAME(name) {#name, name}
static const struct {
    const char *name;
    long value;
} constants[] = {
    NAME(ACCESS_DEFAULT), NAME(ACCESS_READ), NAME(ACCESS_WRITE), NAME(ACCESS_COPY), NAME(PROT_EXEC), NAME(PROT_READ),
    NAME(PROT_WRITE), NAME(MAP_SHARED), NAME(MAP_PRIVATE), NAME(MAP_DENYWRITE), NAME(MAP_EXECUTABLE), NAME(MAP_ANON),
    NAME(MAP_ANONYMOUS), NAME(MAP_POPULATE), NAME(MAP_STACK), NAME(MAP_NORESERVE), NAME(MADV_NORMAL),
    NAME(MADV_RANDOM), NAME(MADV_SEQUENTIAL), NAME(MADV_WILLNEED), NAME(MADV_DONTNEED), NAME(MADV_REMOVE),
    NAME(MADV_DONTFORK), NAME(MADV_DOFORK), NAME(MADV_HWPOISON), NAME(MADV_MERGEABLE), NAME(MADV_UNMERGEABLE),
    NAME(MADV_HUGEPAGE), NAME(MADV_NOHUGEPAGE), NAME(MADV_DONTDUMP), NAME(MADV_DODUMP), NAME(MADV_FREE),
};

static PyModuleDef module_def = {PyModuleDef_HEAD_INIT, .m_name = "mmap", .m_doc = "Files in memory.", .m_size = -1};

PyMODINIT_FUNC
PyInit_mmap(void)
{
    PyObject *module = PyType_Ready(&mmap_type) < 0 ? NULL : PyModule_Create(&module_def);
    if (module == NULL || PyModule_AddObjectRef(module, "mmap", (PyObject *)&mmap_type) < 0 ||
        PyModule_AddObjectRef(module, "error", PyExc_OSError) < 0)
        return NULL;
    long page = sysconf(_SC_PAGESIZE);
    if (PyModule_AddIntConstant(module, "PAGESIZE", page) < 0 ||
        PyModule_AddIntConstant(module, "ALLOCATIONGRANULARITY", page) < 0)
        return NULL;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(constants); i++)
        if (PyModule_AddIntConstant(module, constants[i].name, constants[i].value) < 0)
            return NULL;
    return module;
}
