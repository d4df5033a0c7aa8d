/* io_buffered.c: BufferedReader, BufferedWriter, BufferedRandom and BufferedRWPair.
 *
 * One structure serves the first three.  At any time the buffer is in one of two states:
 *   reading   buf[pos, end) was read ahead of the raw stream's position; dirty == 0
 *   writing   buf[0, dirty) has been written but not passed on; pos == end == 0
 * go_reading() and go_writing() change between them. */
#include "io_module.h"

typedef struct {
    PyObject_HEAD
    PyObject *dict;
    PyObject *raw; /* NULL: not initialised or detached */
    char *buf;     /* leaf memory of `size` bytes */
    Py_ssize_t size, pos, end, dirty;
    int detached;
} buffered;

static int
check_attached(buffered *self)
{
    if (self->raw != NULL)
        return 0;
    PyErr_SetString(PyExc_ValueError,
                    self->detached ? "raw stream has been detached" : "I/O operation on uninitialized object");
    return -1;
}

static int
is_closed(buffered *self)
{
    if (check_attached(self) < 0)
        return -1;
    PyObject *closed = PyObject_GetAttrString(self->raw, "closed");
    return closed == NULL ? -1 : PyObject_IsTrue(closed);
}

static int
check_open(buffered *self, const char *action)
{
    int closed = is_closed(self);
    if (closed > 0)
        PyErr_Format(PyExc_ValueError, "%s of closed file", action);
    return closed != 0 ? -1 : 0;
}

static int
init_common(buffered *self, PyObject *raw, Py_ssize_t size)
{
    if (size <= 0) {
        PyErr_SetString(PyExc_ValueError, "buffer size must be strictly positive");
        return -1;
    }
    self->buf = gcrt_alloc_leaf((size_t)size);
    if (self->buf == NULL)
        return -1;
    self->raw = raw;
    self->size = size;
    self->pos = self->end = self->dirty = 0;
    self->detached = 0;
    return 0;
}

static int
init_with(PyObject *op, PyObject *args, PyObject *kwds, const char *format, const char *need, const char *message)
{
    static char *keywords[] = {"raw", "buffer_size", NULL};
    PyObject *raw;
    Py_ssize_t size = IO_BUFFER_SIZE;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, format, keywords, &raw, &size))
        return -1;
    int able = io_ask(raw, need);
    if (able == 0)
        io_unsupported(message);
    return able <= 0 ? -1 : init_common((buffered *)op, raw, size);
}
static int
reader_init(PyObject *op, PyObject *args, PyObject *kwds)
{
    return init_with(op, args, kwds, "O|n:BufferedReader", "readable", "File or stream is not readable.");
}
static int
writer_init(PyObject *op, PyObject *args, PyObject *kwds)
{
    return init_with(op, args, kwds, "O|n:BufferedWriter", "writable", "File or stream is not writable.");
}
static int
random_init(PyObject *op, PyObject *args, PyObject *kwds)
{
    return init_with(op, args, kwds, "O|n:BufferedRandom", "seekable", "File or stream is not seekable.");
}

/* ------------------------------------------------------------------ raw transfers */

/* Read once into memory: bytes, 0 at the end, -2 would block, -1 error. */
static Py_ssize_t
raw_read(buffered *self, char *to, Py_ssize_t len)
{
    PyObject *view = PyMemoryView_FromMemory(to, len, PyBUF_WRITE);
    if (view == NULL)
        return -1;
    PyObject *got = PyObject_CallMethod(self->raw, "readinto", "O", view);
    if (got == NULL)
        return -1;
    if (got == Py_None)
        return -2;
    Py_ssize_t n = PyNumber_AsSsize_t(got, PyExc_ValueError);
    if (n == -1 && PyErr_Occurred())
        return -1;
    if (n < 0 || n > len) {
        PyErr_Format(PyExc_OSError, "raw readinto() returned invalid length %zd (should have been between 0 and %zd)",
                     n, len);
        return -1;
    }
    return n;
}

/* Write all of it; 0, or -1 (what was not written stays where it is; *done says how much was). */
static int
raw_write_all(buffered *self, const char *from, Py_ssize_t len, Py_ssize_t *done)
{
    *done = 0;
    while (*done < len) {
        PyObject *view = PyMemoryView_FromMemory((char *)from + *done, len - *done, PyBUF_READ);
        PyObject *n = view == NULL ? NULL : PyObject_CallMethodOneArg(self->raw, GCRT_NAME(write), view);
        if (n == NULL)
            return -1;
        if (n == Py_None) {
            PyErr_SetString(PyExc_BlockingIOError, "write could not complete without blocking");
            return -1;
        }
        Py_ssize_t wrote = PyNumber_AsSsize_t(n, PyExc_ValueError);
        if (wrote < 0 || wrote > len - *done) {
            if (!PyErr_Occurred())
                PyErr_SetString(PyExc_OSError, "raw write() returned invalid length");
            return -1;
        }
        *done += wrote;
        if (PyErr_CheckSignals() < 0)
            return -1;
    }
    return 0;
}

static int
flush_dirty(buffered *self)
{
    Py_ssize_t done, had = self->dirty;
    if (had == 0)
        return 0;
    int result = raw_write_all(self, self->buf, had, &done);
    memmove(self->buf, self->buf + done, (size_t)(had - done));
    self->dirty = had - done;
    return result;
}

static PyObject *
raw_seek(buffered *self, Py_ssize_t offset, int whence)
{
    return PyObject_CallMethod(self->raw, "seek", "ni", offset, whence);
}

static int
go_reading(buffered *self)
{
    return flush_dirty(self);
}
static int
go_writing(buffered *self)
{
    Py_ssize_t ahead = self->end - self->pos;
    self->pos = self->end = 0;
    return ahead > 0 && raw_seek(self, -ahead, 1) == NULL ? -1 : 0;
}

/* Fill an empty buffer; as raw_read. */
static Py_ssize_t
fill(buffered *self)
{
    self->pos = self->end = 0;
    Py_ssize_t n = raw_read(self, self->buf, self->size);
    if (n > 0)
        self->end = n;
    return n;
}

/* ------------------------------------------------------------------ reading */

static PyObject *
take(buffered *self, Py_ssize_t n)
{
    PyObject *bytes = PyBytes_FromStringAndSize(self->buf + self->pos, n);
    if (bytes != NULL)
        self->pos += n;
    return bytes;
}

static PyObject *
read_all(buffered *self)
{
    PyObject *head = take(self, self->end - self->pos), *readall, *rest;
    if (head == NULL || _PyObject_LookupAttr(self->raw, PyUnicode_InternFromString("readall"), &readall) < 0)
        return NULL;
    if (readall != NULL) {
        rest = PyObject_CallNoArgs(readall);
        if (rest == NULL)
            return NULL;
        if (rest == Py_None)
            return PyBytes_GET_SIZE(head) ? head : rest;
        if (!PyBytes_Check(rest)) {
            PyErr_SetString(PyExc_TypeError, "readall() should return bytes");
            return NULL;
        }
        if (PyBytes_GET_SIZE(head) == 0)
            return rest;
        PyBytes_Concat(&head, rest);
        return head;
    }
    PyObject *all = PyByteArray_FromStringAndSize(PyBytes_AS_STRING(head), PyBytes_GET_SIZE(head));
    while (all != NULL) {
        Py_ssize_t n = fill(self), old = PyByteArray_GET_SIZE(all);
        if (n == -1)
            return NULL;
        if (n <= 0)
            return PyBytes_FromStringAndSize(PyByteArray_AS_STRING(all), old);
        if (PyByteArray_Resize(all, old + n) < 0)
            return NULL;
        memcpy(PyByteArray_AS_STRING(all) + old, self->buf, (size_t)n);
        self->pos = self->end;
    }
    return NULL;
}

/* Read into memory until len bytes or the end; -2: nothing yet and it would block. */
static Py_ssize_t
read_into(buffered *self, char *to, Py_ssize_t len, int once)
{
    Py_ssize_t have = self->end - self->pos, done = have < len ? have : len;
    memcpy(to, self->buf + self->pos, (size_t)done);
    self->pos += done;
    if (once && done > 0)
        return done;
    while (done < len) {
        Py_ssize_t n;
        if (len - done >= self->size) {
            n = raw_read(self, to + done, len - done);
            if (n > 0)
                done += n;
        } else {
            n = fill(self);
            if (n > 0) {
                Py_ssize_t part = n < len - done ? n : len - done;
                memcpy(to + done, self->buf, (size_t)part);
                self->pos = part;
                done += part;
            }
        }
        if (n == -1)
            return -1;
        if (n == -2 && done == 0)
            return -2;
        if (n <= 0 || once)
            break;
    }
    return done;
}

static PyObject *
read_n(buffered *self, Py_ssize_t n, int once)
{
    if (n <= self->end - self->pos)
        return take(self, n);
    PyObject *data = PyBytes_FromStringAndSize(NULL, n);
    if (data == NULL)
        return NULL;
    Py_ssize_t got = read_into(self, PyBytes_AS_STRING(data), n, once);
    if (got == -2)
        Py_RETURN_NONE;
    if (got < 0)
        return NULL;
    return got == n ? data : PyBytes_FromStringAndSize(PyBytes_AS_STRING(data), got);
}

static PyObject *
buffered_read(PyObject *op, PyObject *args)
{
    buffered *self = (buffered *)op;
    PyObject *arg = Py_None;
    if (!PyArg_ParseTuple(args, "|O:read", &arg) || check_open(self, "read") < 0)
        return NULL;
    Py_ssize_t n = io_as_size(arg, -1);
    if (n == -2)
        return NULL;
    if (n < -1 || (n < 0 && arg != Py_None && n != -1)) {
        PyErr_SetString(PyExc_ValueError, "read length must be non-negative or -1");
        return NULL;
    }
    if (go_reading(self) < 0)
        return NULL;
    return n < 0 ? read_all(self) : read_n(self, n, 0);
}

static PyObject *
buffered_read1(PyObject *op, PyObject *args)
{
    buffered *self = (buffered *)op;
    Py_ssize_t n = -1;
    if (!PyArg_ParseTuple(args, "|n:read1", &n) || check_open(self, "read") < 0 || go_reading(self) < 0)
        return NULL;
    if (n < 0)
        n = self->size;
    if (self->pos < self->end)
        return take(self, n < self->end - self->pos ? n : self->end - self->pos);
    return read_n(self, n, 1);
}

static PyObject *
readinto_common(PyObject *op, PyObject *target, int once)
{
    buffered *self = (buffered *)op;
    Py_buffer view;
    if (check_open(self, "readinto") < 0 || go_reading(self) < 0)
        return NULL;
    if (io_view_to_fill(target, &view) < 0)
        return NULL;
    Py_ssize_t n = read_into(self, view.buf, view.len, once);
    PyBuffer_Release(&view);
    if (n == -2)
        Py_RETURN_NONE;
    return n < 0 ? NULL : PyLong_FromSsize_t(n);
}
static PyObject *
buffered_readinto(PyObject *op, PyObject *target)
{
    return readinto_common(op, target, 0);
}
static PyObject *
buffered_readinto1(PyObject *op, PyObject *target)
{
    return readinto_common(op, target, 1);
}

static PyObject *
buffered_peek(PyObject *op, PyObject *args)
{
    buffered *self = (buffered *)op;
    Py_ssize_t n = 0;
    if (!PyArg_ParseTuple(args, "|n:peek", &n) || check_open(self, "peek") < 0 || go_reading(self) < 0)
        return NULL;
    if (self->pos == self->end && fill(self) == -1)
        return NULL;
    return PyBytes_FromStringAndSize(self->buf + self->pos, self->end - self->pos);
}

static PyObject *
read_line(buffered *self, Py_ssize_t limit)
{
    PyObject *line = NULL;
    for (;;) {
        Py_ssize_t have = self->end - self->pos;
        if (limit >= 0 && have > limit)
            have = limit;
        Py_ssize_t end = io_find_newline(self->buf + self->pos, have), n = end > 0 ? end : have;
        PyObject *piece = take(self, n);
        if (piece == NULL)
            return NULL;
        if (line == NULL)
            line = piece;
        else
            PyBytes_Concat(&line, piece);
        if (limit >= 0)
            limit -= n;
        if (line == NULL || end > 0 || limit == 0)
            return line;
        Py_ssize_t got = fill(self);
        if (got == -1)
            return NULL;
        if (got <= 0)
            return line;
    }
}
static PyObject *
buffered_readline(PyObject *op, PyObject *args)
{
    buffered *self = (buffered *)op;
    PyObject *arg = Py_None;
    if (!PyArg_ParseTuple(args, "|O:readline", &arg) || check_open(self, "readline") < 0)
        return NULL;
    Py_ssize_t limit = io_as_size(arg, -1);
    if (limit == -2 || go_reading(self) < 0)
        return NULL;
    return read_line(self, limit);
}
static PyObject *
buffered_next(PyObject *op)
{
    buffered *self = (buffered *)op;
    if (check_open(self, "readline") < 0 || go_reading(self) < 0)
        return NULL;
    PyObject *line = read_line(self, -1);
    return line != NULL && PyBytes_GET_SIZE(line) == 0 ? NULL : line;
}

/* ------------------------------------------------------------------ writing */

static PyObject *
buffered_write(PyObject *op, PyObject *source)
{
    buffered *self = (buffered *)op;
    Py_buffer view;
    if (PyUnicode_Check(source)) {
        PyErr_SetString(PyExc_TypeError, "a bytes-like object is required, not 'str'");
        return NULL;
    }
    if (check_open(self, "write") < 0 || PyObject_GetBuffer(source, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    Py_ssize_t done, len = view.len;
    int bad = go_writing(self) < 0;
    if (!bad && len > self->size - self->dirty)
        bad = flush_dirty(self) < 0;
    if (!bad && len >= self->size)
        bad = raw_write_all(self, view.buf, len, &done) < 0;
    else if (!bad) {
        memcpy(self->buf + self->dirty, view.buf, (size_t)len);
        self->dirty += len;
    }
    PyBuffer_Release(&view);
    return bad ? NULL : PyLong_FromSsize_t(len);
}

static PyObject *
buffered_flush(PyObject *op, PyObject *Py_UNUSED(args))
{
    buffered *self = (buffered *)op;
    if (check_open(self, "flush") < 0 || flush_dirty(self) < 0)
        return NULL;
    if (self->pos < self->end && PyObject_TypeCheck(op, &io_random_type) && go_writing(self) < 0)
        return NULL;
    return PyObject_CallMethodNoArgs(self->raw, GCRT_NAME(flush));
}

/* ------------------------------------------------------------------ position and life */

static PyObject *
buffered_tell(PyObject *op, PyObject *Py_UNUSED(args))
{
    buffered *self = (buffered *)op;
    if (check_attached(self) < 0)
        return NULL;
    PyObject *at = PyObject_CallMethod(self->raw, "tell", NULL);
    if (at == NULL)
        return NULL;
    Py_ssize_t n = PyNumber_AsSsize_t(at, PyExc_OverflowError);
    if (n == -1 && PyErr_Occurred())
        return NULL;
    return PyLong_FromSsize_t(n - (self->end - self->pos) + self->dirty);
}
static PyObject *
buffered_seek(PyObject *op, PyObject *args)
{
    buffered *self = (buffered *)op;
    PyObject *target;
    int whence = 0;
    if (!PyArg_ParseTuple(args, "O|i:seek", &target, &whence) || check_open(self, "seek") < 0)
        return NULL;
    if (whence < 0 || whence > 2) {
        PyErr_Format(PyExc_ValueError, "whence value %d unsupported", whence);
        return NULL;
    }
    Py_ssize_t offset = PyNumber_AsSsize_t(target, PyExc_OverflowError);
    if (offset == -1 && PyErr_Occurred())
        return NULL;
    int able = io_ask(self->raw, "seekable");
    if (able <= 0)
        return able < 0 ? NULL : io_unsupported("File or stream is not seekable.");
    if (flush_dirty(self) < 0)
        return NULL;
    if (whence == 1)
        offset -= self->end - self->pos;
    PyObject *at = raw_seek(self, offset, whence);
    if (at != NULL)
        self->pos = self->end = 0;
    return at;
}
static PyObject *
buffered_truncate(PyObject *op, PyObject *args)
{
    buffered *self = (buffered *)op;
    PyObject *size = Py_None;
    if (!PyArg_ParseTuple(args, "|O:truncate", &size) || check_open(self, "truncate") < 0 ||
        flush_dirty(self) < 0)
        return NULL;
    if (size == Py_None && (size = buffered_tell(op, NULL)) == NULL)
        return NULL;
    return PyObject_CallMethod(self->raw, "truncate", "O", size);
}
static PyObject *
buffered_close(PyObject *op, PyObject *Py_UNUSED(args))
{
    buffered *self = (buffered *)op;
    int closed = is_closed(self);
    if (closed < 0)
        return NULL;
    if (closed)
        Py_RETURN_NONE;
    PyObject *flushed = PyObject_CallMethodNoArgs(op, GCRT_NAME(flush)), *type, *value, *tb;
    PyErr_Fetch(&type, &value, &tb);
    PyObject *result = PyObject_CallMethodNoArgs(self->raw, GCRT_NAME(close));
    if (flushed == NULL) {
        PyErr_Restore(type, value, tb);
        return NULL;
    }
    return result;
}
static PyObject *
buffered_detach(PyObject *op, PyObject *Py_UNUSED(args))
{
    buffered *self = (buffered *)op;
    if (check_attached(self) < 0 || PyObject_CallMethodNoArgs(op, GCRT_NAME(flush)) == NULL)
        return NULL;
    PyObject *raw = self->raw;
    self->raw = NULL;
    self->detached = 1;
    return raw;
}

#define TARGET(op) (check_attached((buffered *)(op)) < 0 ? NULL : ((buffered *)(op))->raw)
IO_FORWARD_METHOD(buffered, seekable)
IO_FORWARD_METHOD(buffered, readable)
IO_FORWARD_METHOD(buffered, writable)
IO_FORWARD_METHOD(buffered, fileno)
IO_FORWARD_METHOD(buffered, isatty)
IO_FORWARD_ATTRIBUTE

static PyObject *
buffered_get_raw(PyObject *op, void *Py_UNUSED(closure))
{
    PyObject *raw = ((buffered *)op)->raw;
    return raw == NULL ? Py_None : raw;
}
static PyObject *
buffered_repr(PyObject *op)
{
    PyObject *name = ((buffered *)op)->raw == NULL ? NULL : forward_attribute(op, "name");
    if (name == NULL) {
        PyErr_Clear();
        return PyUnicode_FromFormat("<%s>", Py_TYPE(op)->tp_name);
    }
    return PyUnicode_FromFormat("<%s name=%R>", Py_TYPE(op)->tp_name, name);
}
static void
buffered_finalize(PyObject *op)
{
    buffered *self = (buffered *)op;
    if (self->raw == NULL || is_closed(self) != 0 || self->dirty == 0) {
        PyErr_Clear();
        return;
    }
    if (PyObject_CallMethodNoArgs(op, GCRT_NAME(close)) == NULL)
        PyErr_Clear();
}

static PyGetSetDef buffered_getset[] = {
    {"closed", forward_attribute, NULL, NULL, "closed"},
    {"name", forward_attribute, NULL, NULL, "name"},
    {"mode", forward_attribute, NULL, NULL, "mode"},
    {"raw", buffered_get_raw, NULL, NULL, NULL},
    {0},
};
#define COMMON_METHODS                                                                                  \
    {"close", buffered_close, METH_NOARGS, NULL}, {"detach", buffered_detach, METH_NOARGS, NULL},       \
        {"seek", buffered_seek, METH_VARARGS, NULL}, {"tell", buffered_tell, METH_NOARGS, NULL},        \
        {"truncate", buffered_truncate, METH_VARARGS, NULL}, {"flush", buffered_flush, METH_NOARGS, NULL}, \
        {"seekable", buffered_seekable, METH_NOARGS, NULL}, {"fileno", buffered_fileno, METH_NOARGS, NULL}, \
        {"isatty", buffered_isatty, METH_NOARGS, NULL}
#define READ_METHODS                                                                                    \
    {"read", buffered_read, METH_VARARGS, NULL}, {"read1", buffered_read1, METH_VARARGS, NULL},         \
        {"readinto", buffered_readinto, METH_O, NULL}, {"readinto1", buffered_readinto1, METH_O, NULL}, \
        {"readline", buffered_readline, METH_VARARGS, NULL}, {"peek", buffered_peek, METH_VARARGS, NULL}, \
        {"readable", buffered_readable, METH_NOARGS, NULL}
#define WRITE_METHODS                                                                                   \
    {"write", buffered_write, METH_O, NULL}, {"writable", buffered_writable, METH_NOARGS, NULL}
static PyMethodDef reader_methods[] = {COMMON_METHODS, READ_METHODS, {0}};
static PyMethodDef writer_methods[] = {COMMON_METHODS, WRITE_METHODS, {0}};
static PyMethodDef random_methods[] = {COMMON_METHODS, READ_METHODS, WRITE_METHODS, {0}};

#define BUFFERED_TYPE(symbol, name, methods, init, next)                                                \
    PyTypeObject symbol = {                                                                             \
        PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = name,                                          \
        .tp_base = &io_bufferedbase_type,                                                               \
        .tp_basicsize = sizeof(buffered),                                                               \
        .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,                                           \
        .tp_repr = buffered_repr,                                                                       \
        .tp_iternext = next,                                                                            \
        .tp_methods = methods,                                                                          \
        .tp_getset = buffered_getset,                                                                   \
        .tp_finalize = buffered_finalize,                                                               \
        .tp_init = init,                                                                                \
        .tp_new = PyType_GenericNew,                                                                    \
    }
BUFFERED_TYPE(io_reader_type, "_io.BufferedReader", reader_methods, reader_init, buffered_next);
BUFFERED_TYPE(io_writer_type, "_io.BufferedWriter", writer_methods, writer_init, NULL);
BUFFERED_TYPE(io_random_type, "_io.BufferedRandom", random_methods, random_init, buffered_next);

/* ------------------------------------------------------------------ BufferedRWPair */

typedef struct {
    PyObject_HEAD
    PyObject *dict;
    PyObject *reader, *writer;
} rwpair;

static int
rwpair_init(PyObject *op, PyObject *args, PyObject *Py_UNUSED(kwds))
{
    rwpair *self = (rwpair *)op;
    PyObject *reader, *writer;
    Py_ssize_t size = IO_BUFFER_SIZE;
    if (!PyArg_ParseTuple(args, "OO|n:BufferedRWPair", &reader, &writer, &size))
        return -1;
    self->reader = PyObject_CallFunction((PyObject *)&io_reader_type, "On", reader, size);
    if (self->reader != NULL)
        self->writer = PyObject_CallFunction((PyObject *)&io_writer_type, "On", writer, size);
    return self->writer == NULL ? -1 : 0;
}
/* Pass a method call on with its arguments. */
#define PAIR_METHOD(name, side)                                                                         \
    static PyObject *pair_##name(PyObject *op, PyObject *args)                                          \
    {                                                                                                   \
        PyObject *target = ((rwpair *)op)->side;                                                        \
        if (target == NULL) {                                                                           \
            PyErr_SetString(PyExc_ValueError, "I/O operation on uninitialized object");                 \
            return NULL;                                                                                \
        }                                                                                               \
        PyObject *method = PyObject_GetAttrString(target, #name);                                       \
        return method == NULL ? NULL : PyObject_CallObject(method, args);                               \
    }
PAIR_METHOD(read, reader)
PAIR_METHOD(read1, reader)
PAIR_METHOD(peek, reader)
PAIR_METHOD(readinto, reader)
PAIR_METHOD(readinto1, reader)
PAIR_METHOD(readable, reader)
PAIR_METHOD(write, writer)
PAIR_METHOD(flush, writer)
PAIR_METHOD(writable, writer)
static PyObject *
pair_close(PyObject *op, PyObject *Py_UNUSED(args))
{
    rwpair *self = (rwpair *)op;
    PyObject *written = PyObject_CallMethodNoArgs(self->writer, GCRT_NAME(close)), *type, *value, *tb;
    PyErr_Fetch(&type, &value, &tb);
    PyObject *result = PyObject_CallMethodNoArgs(self->reader, GCRT_NAME(close));
    if (written == NULL) {
        PyErr_Restore(type, value, tb);
        return NULL;
    }
    return result;
}
static PyObject *
pair_get_closed(PyObject *op, void *Py_UNUSED(closure))
{
    PyObject *writer = ((rwpair *)op)->writer;
    return writer == NULL ? Py_True : PyObject_GetAttrString(writer, "closed");
}
static PyMethodDef pair_methods[] = {
    {"read", pair_read, METH_VARARGS, NULL},         {"read1", pair_read1, METH_VARARGS, NULL},
    {"peek", pair_peek, METH_VARARGS, NULL},         {"readinto", pair_readinto, METH_VARARGS, NULL},
    {"readinto1", pair_readinto1, METH_VARARGS, NULL}, {"readable", pair_readable, METH_VARARGS, NULL},
    {"write", pair_write, METH_VARARGS, NULL},       {"flush", pair_flush, METH_VARARGS, NULL},
    {"writable", pair_writable, METH_VARARGS, NULL}, {"close", pair_close, METH_NOARGS, NULL},
    {0},
};
static PyGetSetDef pair_getset[] = {{"closed", pair_get_closed, NULL, NULL, NULL}, {0}};
PyTypeObject io_rwpair_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "_io.BufferedRWPair",
    .tp_base = &io_bufferedbase_type,
    .tp_basicsize = sizeof(rwpair),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_methods = pair_methods,
    .tp_getset = pair_getset,
    .tp_init = rwpair_init,
    .tp_new = PyType_GenericNew,
};
