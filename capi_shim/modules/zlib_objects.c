/* zlib_objects.c: Compress and Decompress: streams that are fed piece by piece.
 *
 * zlib keeps the address of its z_stream, which may therefore lie in an object: objects do not move.  What zlib allocates
 * is libc's and holds no references. */
#include "zlib_module.h"
#include "structmember.h"

typedef struct {
    PyObject_HEAD
    z_stream stream;
    PyObject *unused_data, *unconsumed_tail, *zdict; /* the first two: Decompress only; zdict: NULL or a buffer */
    char eof, open;                                  /* open: zlib has memory for it */
} zlib_object;

static PyTypeObject compress_type, decompress_type;
enum { FIRST_SIZE = 16384 };

static zlib_object *
new_stream(PyTypeObject *type)
{
    zlib_object *self = (zlib_object *)type->tp_alloc(type, 0);
    PyObject *empty = self == NULL ? NULL : PyBytes_FromStringAndSize(NULL, 0);
    if (empty == NULL)
        return NULL;
    self->unused_data = self->unconsumed_tail = empty;
    return self;
}

/* The code of what should have set self up, where `stream` has zlib's words for it: open now, or -1 with an exception. */
static int
opened(zlib_object *self, z_stream *stream, int code, const char *nonsense, const char *doing)
{
    self->open = code == Z_OK;
    if (code == Z_STREAM_ERROR)
        PyErr_SetString(PyExc_ValueError, nonsense);
    else if (code != Z_OK)
        zlib_fail(stream, code, doing);
    return self->open ? 0 : -1;
}

static void
zlib_finalize(PyObject *op)
{
    zlib_object *self = (zlib_object *)op;
    if (self->open)
        Py_IS_TYPE(op, &compress_type) ? deflateEnd(&self->stream) : inflateEnd(&self->stream);
    self->open = 0;
}

/* Input of any length: zlib takes 4 GiB at a time. */
static void
feed(z_stream *stream, size_t *left)
{
    if (stream->avail_in > 0)
        return;
    stream->avail_in = (uInt)Py_MIN(*left, (size_t)UINT_MAX);
    *left -= stream->avail_in;
}

/* ------------------------------------------------------------------ Compress */

PyObject *
zlib_compressobj(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"level", "method", "wbits", "memLevel", "strategy", "zdict", NULL};
    int level = Z_DEFAULT_COMPRESSION, method = Z_DEFLATED, wbits = MAX_WBITS, memory = 8,
        strategy = Z_DEFAULT_STRATEGY;
    Py_buffer dictionary = {0};
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|iiiiiy*:compressobj", keywords, &level, &method, &wbits, &memory,
                                     &strategy, &dictionary))
        return NULL;
    zlib_object *self = new_stream(&compress_type);
    int code = self == NULL ? Z_MEM_ERROR : deflateInit2(&self->stream, level, method, wbits, memory, strategy);
    if (self != NULL &&
        opened(self, &self->stream, code, "Invalid initialization option", "while creating compression object") == 0 &&
        dictionary.buf != NULL &&
        deflateSetDictionary(&self->stream, dictionary.buf, (uInt)dictionary.len) == Z_STREAM_ERROR)
        PyErr_SetString(PyExc_ValueError, "Invalid dictionary");
    if (dictionary.obj != NULL)
        PyBuffer_Release(&dictionary);
    return PyErr_Occurred() ? NULL : (PyObject *)self;
}

/* deflate until it has no more to say. */
static int
deflate_all(zlib_object *self, zlib_output *out, int mode)
{
    int code;
    do {
        if (zlib_room(out, &self->stream, FIRST_SIZE, PY_SSIZE_T_MAX) < 0)
            return Z_MEM_ERROR;
        code = deflate(&self->stream, mode);
    } while (code != Z_STREAM_ERROR && self->stream.avail_out == 0);
    return code;
}

static PyObject *
compress_compress(PyObject *op, PyObject *arg)
{
    zlib_object *self = (zlib_object *)op;
    Py_buffer view;
    zlib_output out = {0};
    int code;
    if (PyObject_GetBuffer(arg, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    size_t left = (size_t)view.len;
    self->stream.next_in = view.buf;
    self->stream.avail_in = 0;
    do {
        feed(&self->stream, &left);
        code = deflate_all(self, &out, Z_NO_FLUSH);
    } while ((code == Z_OK || code == Z_BUF_ERROR) && left > 0);
    PyBuffer_Release(&view);
    if (code == Z_STREAM_ERROR || code == Z_MEM_ERROR)
        return zlib_fail(&self->stream, code, "while compressing data");
    return zlib_bytes(&out, &self->stream);
}

static PyObject *
compress_flush(PyObject *op, PyObject *args)
{
    zlib_object *self = (zlib_object *)op;
    zlib_output out = {0};
    int mode = Z_FINISH;
    if (!PyArg_ParseTuple(args, "|i:flush", &mode))
        return NULL;
    if (mode == Z_NO_FLUSH)
        return PyBytes_FromStringAndSize(NULL, 0);
    self->stream.avail_in = 0;
    int code = deflate_all(self, &out, mode);
    if (code == Z_STREAM_END && mode == Z_FINISH) {
        code = deflateEnd(&self->stream);
        self->open = 0;
        if (code != Z_OK)
            return zlib_fail(&self->stream, code, "while finishing compression");
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return zlib_fail(&self->stream, code, "while flushing");
    }
    return zlib_bytes(&out, &self->stream);
}

/* ------------------------------------------------------------------ Decompress */

/* 0, or -1 with an exception. */
static int
give_dictionary(zlib_object *self)
{
    Py_buffer view;
    if (PyObject_GetBuffer(self->zdict, &view, PyBUF_SIMPLE) < 0)
        return -1;
    int code = inflateSetDictionary(&self->stream, view.buf, (uInt)view.len);
    PyBuffer_Release(&view);
    if (code != Z_OK)
        zlib_fail(&self->stream, code, "while setting zdict");
    return code == Z_OK ? 0 : -1;
}

PyObject *
zlib_decompressobj(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"wbits", "zdict", NULL};
    int wbits = MAX_WBITS;
    PyObject *zdict = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|iO:decompressobj", keywords, &wbits, &zdict))
        return NULL;
    if (zdict != NULL && !PyObject_CheckBuffer(zdict)) {
        PyErr_SetString(PyExc_TypeError, "zdict argument must support the buffer protocol");
        return NULL;
    }
    zlib_object *self = new_stream(&decompress_type);
    if (self == NULL)
        return NULL;
    self->zdict = zdict;
    int code = inflateInit2(&self->stream, wbits);
    if (opened(self, &self->stream, code, "Invalid initialization option", "while creating decompression object") < 0)
        return NULL;
    /* Without a header zlib can't ask for it. */
    return zdict != NULL && wbits < 0 && give_dictionary(self) < 0 ? NULL : (PyObject *)self;
}

/* Inflate `view`, up to `limit` bytes.  zlib's code; -1 with an exception. */
static int
inflate_all(zlib_object *self, const Py_buffer *view, zlib_output *out, size_t first, size_t limit, int finish)
{
    size_t left = (size_t)view->len;
    int code = Z_OK;
    self->stream.next_in = view->buf;
    self->stream.avail_in = 0;
    do {
        feed(&self->stream, &left);
        do {
            int room = zlib_room(out, &self->stream, first, limit);
            if (room < 0)
                return -1;
            if (room == 0)
                return code; /* the limit: the rest is the unconsumed tail */
            code = inflate(&self->stream, !finish ? Z_SYNC_FLUSH : left == 0 ? Z_FINISH : Z_NO_FLUSH);
            if (code == Z_NEED_DICT && self->zdict != NULL) {
                if (give_dictionary(self) < 0)
                    return -1;
            } else if (code != Z_OK && code != Z_BUF_ERROR && code != Z_STREAM_END) {
                return code;
            }
        } while (self->stream.avail_out == 0 || code == Z_NEED_DICT);
    } while (code != Z_STREAM_END && left > 0);
    return code;
}

/* What is behind the end goes to unused_data, what found no room to unconsumed_tail. */
static int
keep_rest(zlib_object *self, const Py_buffer *view, int code)
{
    const char *next = (const char *)self->stream.next_in, *end = (const char *)view->buf + view->len;
    if (code == Z_STREAM_END && next < end) {
        PyObject *more = PyBytes_FromStringAndSize(next, end - next);
        PyObject *all = more == NULL ? NULL : PySequence_Concat(self->unused_data, more);
        if (all == NULL)
            return -1;
        gc_store(self, &self->unused_data, all);
    }
    self->stream.avail_in = 0;
    /* As in CPython a tail that was there before the end is what is behind it then, too. */
    if ((code != Z_STREAM_END && next < end) || PyBytes_GET_SIZE(self->unconsumed_tail) > 0) {
        PyObject *tail = PyBytes_FromStringAndSize(next, end - next);
        if (tail == NULL)
            return -1;
        gc_store(self, &self->unconsumed_tail, tail);
    }
    return 0;
}

static PyObject *
decompress_decompress(PyObject *op, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"", "max_length", NULL};
    zlib_object *self = (zlib_object *)op;
    Py_buffer view;
    Py_ssize_t max = 0;
    zlib_output out = {0};
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "y*|n:decompress", keywords, &view, &max))
        return NULL;
    PyObject *result = NULL;
    if (max < 0) {
        PyErr_SetString(PyExc_ValueError, "max_length must be non-negative");
    } else {
        size_t limit = max > 0 ? (size_t)max : PY_SSIZE_T_MAX;
        int code = inflate_all(self, &view, &out, Py_MIN((size_t)FIRST_SIZE, limit), limit, 0);
        if (code != -1 && keep_rest(self, &view, code) == 0) {
            if (code == Z_STREAM_END)
                self->eof = 1;
            if (code == Z_STREAM_END || code == Z_OK || code == Z_BUF_ERROR)
                result = zlib_bytes(&out, &self->stream);
            else
                zlib_fail(&self->stream, code, "while decompressing data");
        }
    }
    PyBuffer_Release(&view);
    return result;
}

static PyObject *
decompress_flush(PyObject *op, PyObject *args)
{
    zlib_object *self = (zlib_object *)op;
    Py_ssize_t length = FIRST_SIZE;
    Py_buffer view;
    zlib_output out = {0};
    if (!PyArg_ParseTuple(args, "|n:flush", &length))
        return NULL;
    if (length <= 0) {
        PyErr_SetString(PyExc_ValueError, "length must be greater than zero");
        return NULL;
    }
    if (PyObject_GetBuffer(self->unconsumed_tail, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    int code = inflate_all(self, &view, &out, (size_t)length, PY_SSIZE_T_MAX, 1);
    int kept = code == -1 ? -1 : keep_rest(self, &view, code);
    PyBuffer_Release(&view);
    if (kept < 0)
        return NULL;
    PyObject *result = zlib_bytes(&out, &self->stream);
    if (code == Z_STREAM_END) {
        self->eof = 1;
        if (self->open)
            inflateEnd(&self->stream);
        self->open = 0;
    }
    return result;
}

/* ------------------------------------------------------------------ copies and types */

static PyObject *
zlib_copy(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    zlib_object *self = (zlib_object *)op, *copy = new_stream(Py_TYPE(op));
    if (copy == NULL)
        return NULL;
    int code = Py_IS_TYPE(op, &compress_type) ? deflateCopy(&copy->stream, &self->stream)
                                              : inflateCopy(&copy->stream, &self->stream);
    if (opened(copy, &self->stream, code, "Inconsistent stream state", "while copying compression object") < 0)
        return NULL;
    copy->eof = self->eof;
    copy->unused_data = self->unused_data;
    copy->unconsumed_tail = self->unconsumed_tail;
    copy->zdict = self->zdict;
    return (PyObject *)copy;
}

#define KEYWORDS(f) _PyCFunction_CAST(f), METH_VARARGS | METH_KEYWORDS
#define COPIES                                                                                          \
    {"copy", zlib_copy, METH_NOARGS, "A copy that goes on by itself."},                                 \
    {"__copy__", zlib_copy, METH_NOARGS, NULL}, {"__deepcopy__", zlib_copy, METH_O, NULL}
static PyMethodDef compress_methods[] = {
    {"compress", compress_compress, METH_O, "Feed data; what is compressed so far."},
    {"flush", compress_flush, METH_VARARGS, "The rest of what is compressed."},
    COPIES,
    {0},
};
static PyMethodDef decompress_methods[] = {
    {"decompress", KEYWORDS(decompress_decompress), "decompress(data, /, max_length=0): feed data; what it gives."},
    {"flush", decompress_flush, METH_VARARGS, "The rest of what is decompressed."},
    COPIES,
    {0},
};
static PyMemberDef decompress_members[] = {
    {"unused_data", T_OBJECT, offsetof(zlib_object, unused_data), READONLY, NULL},
    {"unconsumed_tail", T_OBJECT, offsetof(zlib_object, unconsumed_tail), READONLY, NULL},
    {"eof", T_BOOL, offsetof(zlib_object, eof), READONLY, NULL},
    {0},
};
static PyTypeObject compress_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "zlib.Compress",
    .tp_basicsize = sizeof(zlib_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_methods = compress_methods,
    .tp_finalize = zlib_finalize,
};
static PyTypeObject decompress_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "zlib.Decompress",
    .tp_basicsize = sizeof(zlib_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_methods = decompress_methods,
    .tp_members = decompress_members,
    .tp_finalize = zlib_finalize,
};

int
zlib_ready_types(void)
{
    return PyType_Ready(&compress_type) < 0 || PyType_Ready(&decompress_type) < 0 ? -1 : 0;
}
