/* zlibmodule.c: zlib: checksums, and compression of whole strings.  Streams are in zlib_objects.c. */
#include "zlib_module.h"

PyObject *zlib_error;

PyObject *
zlib_fail(const z_stream *stream, int code, const char *doing)
{
    const char *why = code == Z_VERSION_ERROR ? "library version mismatch" : stream->msg;
    if (code == Z_MEM_ERROR)
        return PyErr_NoMemory();
    if (why == NULL)
        why = code == Z_BUF_ERROR      ? "incomplete or truncated stream"
              : code == Z_STREAM_ERROR ? "inconsistent stream state"
              : code == Z_DATA_ERROR   ? "invalid input data"
                                       : NULL;
    if (why == NULL)
        return PyErr_Format(zlib_error, "Error %d %s", code, doing);
    return PyErr_Format(zlib_error, "Error %d %s: %.200s", code, doing, why);
}

/* ------------------------------------------------------------------ growing output */

int
zlib_room(zlib_output *out, z_stream *stream, size_t first, size_t limit)
{
    size_t size = out->data == NULL ? 0 : (size_t)PyByteArray_GET_SIZE(out->data);
    out->used = out->data == NULL ? 0 : (size_t)((char *)stream->next_out - PyByteArray_AS_STRING(out->data));
    if (out->used == size) {
        size = Py_MIN(size == 0 ? Py_MAX(first, 1) : 2 * size, limit);
        if (size == out->used && out->data != NULL)
            return 0;
        if (out->data == NULL)
            out->data = PyByteArray_FromStringAndSize(NULL, (Py_ssize_t)size);
        else if (PyByteArray_Resize(out->data, (Py_ssize_t)size) < 0)
            return -1;
        if (out->data == NULL)
            return -1;
    }
    stream->next_out = (Bytef *)PyByteArray_AS_STRING(out->data) + out->used;
    stream->avail_out = (uInt)Py_MIN(size - out->used, (size_t)UINT_MAX);
    return size > out->used;
}

PyObject *
zlib_bytes(zlib_output *out, const z_stream *stream)
{
    if (out->data == NULL)
        return PyBytes_FromStringAndSize(NULL, 0);
    const char *start = PyByteArray_AS_STRING(out->data);
    return PyBytes_FromStringAndSize(start, (char *)stream->next_out - start);
}

/* ------------------------------------------------------------------ whole strings */

static PyObject *
zlib_compress(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"", "level", "wbits", NULL};
    Py_buffer view;
    int level = Z_DEFAULT_COMPRESSION, wbits = MAX_WBITS, code;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "y*|ii:compress", keywords, &view, &level, &wbits))
        return NULL;
    z_stream stream = {.next_in = view.buf};
    zlib_output out = {0};
    PyObject *result = NULL;
    size_t left = (size_t)view.len;
    code = deflateInit2(&stream, level, Z_DEFLATED, wbits, 8, Z_DEFAULT_STRATEGY);
    if (code == Z_STREAM_ERROR)
        PyErr_SetString(zlib_error, "Bad compression level");
    else if (code != Z_OK)
        zlib_fail(&stream, code, "while compressing data");
    else {
        size_t bound = deflateBound(&stream, left);
        do {
            if (stream.avail_in == 0 && left > 0) {
                stream.avail_in = (uInt)Py_MIN(left, (size_t)UINT_MAX);
                left -= stream.avail_in;
            }
            code = zlib_room(&out, &stream, bound, PY_SSIZE_T_MAX) < 0 ? Z_MEM_ERROR
                                                                       : deflate(&stream, left ? Z_NO_FLUSH : Z_FINISH);
        } while (code == Z_OK || (code == Z_BUF_ERROR && stream.avail_out == 0));
        if (code == Z_STREAM_END)
            result = zlib_bytes(&out, &stream);
        else
            zlib_fail(&stream, code, "while compressing data");
        deflateEnd(&stream);
    }
    PyBuffer_Release(&view);
    return result;
}

static PyObject *
zlib_decompress(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"", "wbits", "bufsize", NULL};
    Py_buffer view;
    int wbits = MAX_WBITS, code;
    Py_ssize_t first = 16384;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "y*|in:decompress", keywords, &view, &wbits, &first))
        return NULL;
    z_stream stream = {.next_in = view.buf};
    zlib_output out = {0};
    PyObject *result = NULL;
    size_t left = (size_t)view.len;
    if (first < 0) {
        PyErr_SetString(PyExc_ValueError, "bufsize must be non-negative");
    } else if ((code = inflateInit2(&stream, wbits)) != Z_OK) {
        zlib_fail(&stream, code, "while preparing to decompress data");
    } else {
        do {
            if (stream.avail_in == 0 && left > 0) {
                stream.avail_in = (uInt)Py_MIN(left, (size_t)UINT_MAX);
                left -= stream.avail_in;
            }
            code = zlib_room(&out, &stream, (size_t)first, PY_SSIZE_T_MAX) < 0 ? Z_MEM_ERROR
                                                                               : inflate(&stream, Z_SYNC_FLUSH);
        } while ((code == Z_OK || code == Z_BUF_ERROR) && (stream.avail_out == 0 || stream.avail_in + left > 0));
        if (code == Z_STREAM_END)
            result = zlib_bytes(&out, &stream);
        else
            zlib_fail(&stream, code == Z_OK ? Z_BUF_ERROR : code, "while decompressing data");
        inflateEnd(&stream);
    }
    PyBuffer_Release(&view);
    return result;
}

/* ------------------------------------------------------------------ checksums */

static PyObject *
checksum(PyObject *args, const char *format, unsigned start, uLong (*sum)(uLong, const Bytef *, z_size_t))
{
    Py_buffer view;
    if (!PyArg_ParseTuple(args, format, &view, &start))
        return NULL;
    uLong result = sum(start, view.buf, (z_size_t)view.len);
    PyBuffer_Release(&view);
    return PyLong_FromUnsignedLong(result & 0xffffffff);
}
static PyObject *
zlib_crc32(PyObject *Py_UNUSED(module), PyObject *args)
{
    return checksum(args, "y*|I:crc32", 0, crc32_z);
}
static PyObject *
zlib_adler32(PyObject *Py_UNUSED(module), PyObject *args)
{
    return checksum(args, "y*|I:adler32", 1, adler32_z);
}

/* ------------------------------------------------------------------ module */

#define C(name) {#name, name}
static const struct {
    const char *name;
    long value;
} constants[] = {
    C(MAX_WBITS), {"DEFLATED", Z_DEFLATED}, {"DEF_MEM_LEVEL", 8}, {"DEF_BUF_SIZE", 16384}, C(Z_NO_COMPRESSION),
    C(Z_BEST_SPEED), C(Z_BEST_COMPRESSION), C(Z_DEFAULT_COMPRESSION), C(Z_FILTERED), C(Z_HUFFMAN_ONLY), C(Z_RLE),
    C(Z_FIXED), C(Z_DEFAULT_STRATEGY), C(Z_NO_FLUSH), C(Z_PARTIAL_FLUSH), C(Z_SYNC_FLUSH), C(Z_FULL_FLUSH), C(Z_FINISH),
    C(Z_BLOCK), C(Z_TREES),
};
#define KEYWORDS(f) _PyCFunction_CAST(f), METH_VARARGS | METH_KEYWORDS
static PyMethodDef methods[] = {
    {"adler32", zlib_adler32, METH_VARARGS, "adler32(data, value=1): a checksum."},
    {"crc32", zlib_crc32, METH_VARARGS, "crc32(data, value=0): a checksum."},
    {"compress", KEYWORDS(zlib_compress), "compress(data, /, level=-1, wbits=15)"},
    {"decompress", KEYWORDS(zlib_decompress), "decompress(data, /, wbits=15, bufsize=16384)"},
    {"compressobj", KEYWORDS(zlib_compressobj), "An object that compresses piece by piece."},
    {"decompressobj", KEYWORDS(zlib_decompressobj), "An object that decompresses piece by piece."},
    {0},
};
static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "zlib",
    .m_doc = "Compression and checksums of the zlib library.",
    .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_zlib(void)
{
    PyObject *module = PyModule_Create(&module_def);
    zlib_error = PyErr_NewException("zlib.error", NULL, NULL);
    if (module == NULL || zlib_error == NULL || PyModule_AddObject(module, "error", zlib_error) < 0 ||
        zlib_ready_types() < 0 || PyModule_AddStringConstant(module, "ZLIB_VERSION", ZLIB_VERSION) < 0 ||
        PyModule_AddStringConstant(module, "ZLIB_RUNTIME_VERSION", zlibVersion()) < 0 ||
        PyModule_AddStringConstant(module, "__version__", "1.0") < 0)
        return NULL;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(constants); i++)
        if (PyModule_AddIntConstant(module, constants[i].name, constants[i].value) < 0)
            return NULL;
    return module;
}
