/* _codecs.c: the module _codecs: the registry, and each built-in codec as a pair of functions that return
 * (result, length consumed). */
#include "runtime.h"

#include "codecs.h"
#include "unicode.h"

/* ------------------------------------------------------------------ the registry */

static PyObject *
codec_register(PyObject *Py_UNUSED(module), PyObject *search)
{
    if (PyCodec_Register(search) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
codec_unregister(PyObject *Py_UNUSED(module), PyObject *search)
{
    if (PyCodec_Unregister(search) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
codec_lookup(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *encoding;
    return PyArg_ParseTuple(args, "s:lookup", &encoding) ? codecs_lookup(encoding) : NULL;
}

static PyObject *
codec_forget(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *encoding;
    if (!PyArg_ParseTuple(args, "s:_forget_codec", &encoding))
        return NULL;
    if (codecs_forget(encoding) < 0 && PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
codec_encode(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"obj", "encoding", "errors", NULL};
    PyObject *object;
    const char *encoding = "utf-8", *errors = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|ss:encode", names, &object, &encoding, &errors))
        return NULL;
    return PyCodec_Encode(object, encoding, errors);
}

static PyObject *
codec_decode(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"obj", "encoding", "errors", NULL};
    PyObject *object;
    const char *encoding = "utf-8", *errors = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|ss:decode", names, &object, &encoding, &errors))
        return NULL;
    return PyCodec_Decode(object, encoding, errors);
}

static PyObject *
register_error(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *name;
    PyObject *handler;
    if (!PyArg_ParseTuple(args, "sO:register_error", &name, &handler) || PyCodec_RegisterError(name, handler) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
lookup_error(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *name;
    return PyArg_ParseTuple(args, "s:lookup_error", &name) ? PyCodec_LookupError(name) : NULL;
}

/* ------------------------------------------------------------------ codecs */

static PyObject *
pair(PyObject *result, Py_ssize_t n)
{
    return result == NULL ? NULL : Py_BuildValue("(On)", result, n);
}

/* Encoders: (str[, errors]) */
#define DEFINE_ENCODER(NAME, CALL)                                                                      \
    static PyObject *NAME(PyObject *Py_UNUSED(module), PyObject *args)                                  \
    {                                                                                                   \
        PyObject *text;                                                                                 \
        const char *errors = NULL;                                                                      \
        if (!PyArg_ParseTuple(args, "U|z:" #NAME, &text, &errors))                                      \
            return NULL;                                                                                \
        return pair(CALL, PyUnicode_GET_LENGTH(text));                                                  \
    }
DEFINE_ENCODER(utf_8_encode, codecs_utf8_encode(text, errors))
DEFINE_ENCODER(utf_7_encode, codecs_utf7_encode(text, errors))
DEFINE_ENCODER(ascii_encode, codecs_ascii_encode(text, errors))
DEFINE_ENCODER(latin_1_encode, codecs_latin1_encode(text, errors))
DEFINE_ENCODER(utf_16_le_encode, codecs_utf16_encode(text, errors, -1))
DEFINE_ENCODER(utf_16_be_encode, codecs_utf16_encode(text, errors, 1))
DEFINE_ENCODER(utf_32_le_encode, codecs_utf32_encode(text, errors, -1))
DEFINE_ENCODER(utf_32_be_encode, codecs_utf32_encode(text, errors, 1))
DEFINE_ENCODER(unicode_escape_encode, PyUnicode_AsUnicodeEscapeString(text))
DEFINE_ENCODER(raw_unicode_escape_encode, PyUnicode_AsRawUnicodeEscapeString(text))

static PyObject *
utf_16_encode(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *text;
    const char *errors = NULL;
    int order = 0;
    if (!PyArg_ParseTuple(args, "U|zi:utf_16_encode", &text, &errors, &order))
        return NULL;
    return pair(codecs_utf16_encode(text, errors, order), PyUnicode_GET_LENGTH(text));
}

static PyObject *
utf_32_encode(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *text;
    const char *errors = NULL;
    int order = 0;
    if (!PyArg_ParseTuple(args, "U|zi:utf_32_encode", &text, &errors, &order))
        return NULL;
    return pair(codecs_utf32_encode(text, errors, order), PyUnicode_GET_LENGTH(text));
}

/* Decoders of the whole input: (data[, errors]) */
#define DEFINE_DECODER(NAME, CALL)                                                                      \
    static PyObject *NAME(PyObject *Py_UNUSED(module), PyObject *args)                                  \
    {                                                                                                   \
        Py_buffer data;                                                                                 \
        const char *errors = NULL;                                                                      \
        PyObject *result;                                                                               \
        if (!PyArg_ParseTuple(args, "y*|z:" #NAME, &data, &errors))                                     \
            return NULL;                                                                                \
        result = pair(CALL, data.len);                                                                  \
        PyBuffer_Release(&data);                                                                        \
        return result;                                                                                  \
    }
DEFINE_DECODER(ascii_decode, PyUnicode_DecodeASCII(data.buf, data.len, errors))
DEFINE_DECODER(latin_1_decode, PyUnicode_DecodeLatin1(data.buf, data.len, errors))

/* Decoders that may leave an incomplete end: (data[, errors[, final]]) */
#define DEFINE_STATEFUL(NAME, FORMAT, FINAL, CALL)                                                      \
    static PyObject *NAME(PyObject *Py_UNUSED(module), PyObject *args)                                  \
    {                                                                                                   \
        Py_buffer data;                                                                                 \
        const char *errors = NULL;                                                                      \
        int final = FINAL;                                                                              \
        Py_ssize_t used;                                                                                \
        PyObject *result;                                                                               \
        if (!PyArg_ParseTuple(args, FORMAT ":" #NAME, &data, &errors, &final))                          \
            return NULL;                                                                                \
        used = data.len;                                                                                \
        result = CALL;                                                                                  \
        PyBuffer_Release(&data);                                                                        \
        return pair(result, used);                                                                      \
    }
#define USED (final ? NULL : &used)
DEFINE_STATEFUL(utf_8_decode, "y*|zp", 0, PyUnicode_DecodeUTF8Stateful(data.buf, data.len, errors, USED))
DEFINE_STATEFUL(utf_7_decode, "y*|zp", 0, PyUnicode_DecodeUTF7Stateful(data.buf, data.len, errors, USED))
DEFINE_STATEFUL(unicode_escape_decode, "s*|zp", 1, codecs_unicode_escape_decode(data.buf, data.len, errors, USED))
DEFINE_STATEFUL(raw_unicode_escape_decode, "s*|zp", 1,
                codecs_raw_unicode_escape_decode(data.buf, data.len, errors, USED))

typedef PyObject *(*wide_decoder)(const char *, Py_ssize_t, const char *, int *, Py_ssize_t *);

static PyObject *
decode_wide(PyObject *args, const char *format, int order, wide_decoder decode)
{
    Py_buffer data;
    const char *errors = NULL;
    int final = 0;
    Py_ssize_t used;
    PyObject *result;
    if (!PyArg_ParseTuple(args, format, &data, &errors, &final))
        return NULL;
    used = data.len;
    result = decode(data.buf, data.len, errors, &order, final ? NULL : &used);
    PyBuffer_Release(&data);
    return pair(result, used);
}

#define DEFINE_WIDE(NAME, ORDER, DECODE)                                                                \
    static PyObject *NAME(PyObject *Py_UNUSED(module), PyObject *args)                                  \
    {                                                                                                   \
        return decode_wide(args, "y*|zp:" #NAME, ORDER, DECODE);                                        \
    }
DEFINE_WIDE(utf_16_decode, 0, PyUnicode_DecodeUTF16Stateful)
DEFINE_WIDE(utf_16_le_decode, -1, PyUnicode_DecodeUTF16Stateful)
DEFINE_WIDE(utf_16_be_decode, 1, PyUnicode_DecodeUTF16Stateful)
DEFINE_WIDE(utf_32_decode, 0, PyUnicode_DecodeUTF32Stateful)
DEFINE_WIDE(utf_32_le_decode, -1, PyUnicode_DecodeUTF32Stateful)
DEFINE_WIDE(utf_32_be_decode, 1, PyUnicode_DecodeUTF32Stateful)

/* (data[, errors[, byteorder[, final]]]) -> (text, used, byteorder) */
static PyObject *
decode_wide_ex(PyObject *args, const char *format, wide_decoder decode)
{
    Py_buffer data;
    const char *errors = NULL;
    int order = 0, final = 0;
    Py_ssize_t used;
    PyObject *result;
    if (!PyArg_ParseTuple(args, format, &data, &errors, &order, &final))
        return NULL;
    used = data.len;
    result = decode(data.buf, data.len, errors, &order, final ? NULL : &used);
    PyBuffer_Release(&data);
    return result == NULL ? NULL : Py_BuildValue("(Oni)", result, used, order);
}

static PyObject *
utf_16_ex_decode(PyObject *Py_UNUSED(module), PyObject *args)
{
    return decode_wide_ex(args, "y*|zip:utf_16_ex_decode", PyUnicode_DecodeUTF16Stateful);
}

static PyObject *
utf_32_ex_decode(PyObject *Py_UNUSED(module), PyObject *args)
{
    return decode_wide_ex(args, "y*|zip:utf_32_ex_decode", PyUnicode_DecodeUTF32Stateful);
}

static PyObject *
charmap_encode(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *text, *mapping = NULL;
    const char *errors = NULL;
    if (!PyArg_ParseTuple(args, "U|zO:charmap_encode", &text, &errors, &mapping))
        return NULL;
    return pair(codecs_charmap_encode(text, mapping, errors), PyUnicode_GET_LENGTH(text));
}

static PyObject *
charmap_decode(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data;
    PyObject *mapping = NULL, *result;
    const char *errors = NULL;
    if (!PyArg_ParseTuple(args, "y*|zO:charmap_decode", &data, &errors, &mapping))
        return NULL;
    result = pair(PyUnicode_DecodeCharmap(data.buf, data.len, mapping, errors), data.len);
    PyBuffer_Release(&data);
    return result;
}

static PyObject *
charmap_build(PyObject *Py_UNUSED(module), PyObject *table)
{
    return codecs_charmap_build(table);
}

static PyObject *
readbuffer_encode(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data;
    const char *errors = NULL;
    PyObject *result;
    if (!PyArg_ParseTuple(args, "s*|z:readbuffer_encode", &data, &errors))
        return NULL;
    result = pair(PyBytes_FromStringAndSize(data.buf, data.len), data.len);
    PyBuffer_Release(&data);
    return result;
}

static PyObject *
escape_decode(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data;
    const char *errors = NULL;
    PyObject *result;
    if (!PyArg_ParseTuple(args, "s*|z:escape_decode", &data, &errors))
        return NULL;
    result = pair(PyBytes_DecodeEscape(data.buf, data.len, errors, 0, NULL), data.len);
    PyBuffer_Release(&data);
    return result;
}

static PyObject *
escape_encode(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *bytes, *text;
    const char *errors = NULL, *s;
    char *out, *p;
    Py_ssize_t n;
    if (!PyArg_ParseTuple(args, "O!|z:escape_encode", &PyBytes_Type, &bytes, &errors))
        return NULL;
    n = PyBytes_GET_SIZE(bytes);
    s = PyBytes_AS_STRING(bytes);
    if (n > PY_SSIZE_T_MAX / 4)
        return PyErr_NoMemory();
    out = p = gcrt_alloc_leaf((size_t)n * 4 + 1);
    for (Py_ssize_t i = 0; out != NULL && i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '\'' || c == '\\')
            p += sprintf(p, "\\%c", c);
        else if (c == '\t' || c == '\n' || c == '\r')
            p += sprintf(p, "\\%c", c == '\t' ? 't' : c == '\n' ? 'n' : 'r');
        else if (c < ' ' || c >= 0x7f)
            p += sprintf(p, "\\x%02x", c);
        else
            *p++ = (char)c;
    }
    text = out == NULL ? NULL : PyBytes_FromStringAndSize(out, p - out);
    return pair(text, n);
}

#define VARARGS(name) {#name, name, METH_VARARGS, NULL}
static PyMethodDef methods[] = {
    {"register", codec_register, METH_O, NULL},
    {"unregister", codec_unregister, METH_O, NULL},
    {"lookup", codec_lookup, METH_VARARGS, NULL},
    {"encode", _PyCFunction_CAST(codec_encode), METH_VARARGS | METH_KEYWORDS, NULL},
    {"decode", _PyCFunction_CAST(codec_decode), METH_VARARGS | METH_KEYWORDS, NULL},
    {"_forget_codec", codec_forget, METH_VARARGS, NULL},
    VARARGS(register_error),
    VARARGS(lookup_error),
    VARARGS(escape_encode),
    VARARGS(escape_decode),
    VARARGS(utf_8_encode),
    VARARGS(utf_8_decode),
    VARARGS(utf_7_encode),
    VARARGS(utf_7_decode),
    VARARGS(utf_16_encode),
    VARARGS(utf_16_le_encode),
    VARARGS(utf_16_be_encode),
    VARARGS(utf_16_decode),
    VARARGS(utf_16_le_decode),
    VARARGS(utf_16_be_decode),
    VARARGS(utf_16_ex_decode),
    VARARGS(utf_32_encode),
    VARARGS(utf_32_le_encode),
    VARARGS(utf_32_be_encode),
    VARARGS(utf_32_decode),
    VARARGS(utf_32_le_decode),
    VARARGS(utf_32_be_decode),
    VARARGS(utf_32_ex_decode),
    VARARGS(unicode_escape_encode),
    VARARGS(unicode_escape_decode),
    VARARGS(raw_unicode_escape_encode),
    VARARGS(raw_unicode_escape_decode),
    VARARGS(latin_1_encode),
    VARARGS(latin_1_decode),
    VARARGS(ascii_encode),
    VARARGS(ascii_decode),
    VARARGS(charmap_encode),
    VARARGS(charmap_decode),
    {"charmap_build", charmap_build, METH_O, NULL},
    VARARGS(readbuffer_encode),
    {NULL, NULL, 0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_codecs",
    .m_methods = methods,
};

PyObject *PyInit__codecs(void);
PyObject *
PyInit__codecs(void)
{
    return PyModule_Create(&definition);
}
