/* unicode_codec.c: from an encoding's name to its codec.  The common ones are called directly; the others are
 * found through the registry, which imports the pure-Python package `encodings`. */
#include "runtime.h"

#include "codecs.h"
#include "unicode.h"

const char *Py_FileSystemDefaultEncoding = "utf-8";
const char *Py_FileSystemDefaultEncodeErrors = "surrogateescape";
int Py_HasFileSystemDefaultEncoding = 1;

typedef enum known_codec {
    KNOWN_NONE,
    KNOWN_UTF8,
    KNOWN_ASCII,
    KNOWN_LATIN1,
    KNOWN_UTF16,
    KNOWN_UTF16_LE,
    KNOWN_UTF16_BE,
    KNOWN_UTF32,
    KNOWN_UTF32_LE,
    KNOWN_UTF32_BE,
} known_codec;

static known_codec
known(const char *encoding)
{
    static const struct {
        const char *name;
        known_codec codec;
    } names[] = {
        {"utf_8", KNOWN_UTF8},       {"utf8", KNOWN_UTF8},           {"u8", KNOWN_UTF8},
        {"ascii", KNOWN_ASCII},      {"us_ascii", KNOWN_ASCII},      {"latin_1", KNOWN_LATIN1},
        {"latin1", KNOWN_LATIN1},    {"iso_8859_1", KNOWN_LATIN1},   {"iso8859_1", KNOWN_LATIN1},
        {"l1", KNOWN_LATIN1},        {"utf_16", KNOWN_UTF16},        {"utf16", KNOWN_UTF16},
        {"utf_16_le", KNOWN_UTF16_LE}, {"utf_16_be", KNOWN_UTF16_BE}, {"utf_16le", KNOWN_UTF16_LE},
        {"utf_16be", KNOWN_UTF16_BE}, {"utf_32", KNOWN_UTF32},        {"utf32", KNOWN_UTF32},
        {"utf_32_le", KNOWN_UTF32_LE}, {"utf_32_be", KNOWN_UTF32_BE},
    };
    char name[16];
    if (encoding == NULL)
        return KNOWN_UTF8;
    if (!codecs_normalize(encoding, name, sizeof name))
        return KNOWN_NONE;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(names); i++)
        if (strcmp(names[i].name, name) == 0)
            return names[i].codec;
    return KNOWN_NONE;
}

/* The codecs that CPython finds through its registry name themselves in errors. */
static PyObject *
named(PyObject *result, const char *operation, const char *encoding)
{
    if (result == NULL)
        codecs_wrap_error(operation, encoding);
    return result;
}

PyObject *
PyUnicode_Decode(const char *s, Py_ssize_t n, const char *encoding, const char *errors)
{
    int order;
    PyObject *view, *text;
    Py_buffer info;
    switch (known(encoding)) {
    case KNOWN_UTF8: return PyUnicode_DecodeUTF8Stateful(s, n, errors, NULL);
    case KNOWN_ASCII: return PyUnicode_DecodeASCII(s, n, errors);
    case KNOWN_LATIN1: return PyUnicode_DecodeLatin1(s, n, errors);
    case KNOWN_UTF16: order = 0; return PyUnicode_DecodeUTF16(s, n, errors, &order);
    case KNOWN_UTF16_LE: order = -1; return named(PyUnicode_DecodeUTF16(s, n, errors, &order), "decoding", encoding);
    case KNOWN_UTF16_BE: order = 1; return named(PyUnicode_DecodeUTF16(s, n, errors, &order), "decoding", encoding);
    case KNOWN_UTF32: order = 0; return PyUnicode_DecodeUTF32(s, n, errors, &order);
    case KNOWN_UTF32_LE: order = -1; return named(PyUnicode_DecodeUTF32(s, n, errors, &order), "decoding", encoding);
    case KNOWN_UTF32_BE: order = 1; return named(PyUnicode_DecodeUTF32(s, n, errors, &order), "decoding", encoding);
    default: break;
    }
    if (PyBuffer_FillInfo(&info, NULL, (void *)s, n, 1, PyBUF_FULL_RO) < 0 ||
        (view = PyMemoryView_FromBuffer(&info)) == NULL || (text = codecs_decode_text(view, encoding, errors)) == NULL)
        return NULL;
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError,
                     "'%.400s' decoder returned '%.400s' instead of 'str'; use codecs.decode() to decode to "
                     "arbitrary types",
                     encoding, Py_TYPE(text)->tp_name);
        return NULL;
    }
    return text;
}

PyObject *
PyUnicode_AsEncodedString(PyObject *text, const char *encoding, const char *errors)
{
    PyObject *bytes;
    if (!PyUnicode_Check(text)) {
        PyErr_BadArgument();
        return NULL;
    }
    switch (known(encoding)) {
    case KNOWN_UTF8: return codecs_utf8_encode(text, errors);
    case KNOWN_ASCII: return codecs_ascii_encode(text, errors);
    case KNOWN_LATIN1: return codecs_latin1_encode(text, errors);
    case KNOWN_UTF16: return codecs_utf16_encode(text, errors, 0);
    case KNOWN_UTF16_LE: return named(codecs_utf16_encode(text, errors, -1), "encoding", encoding);
    case KNOWN_UTF16_BE: return named(codecs_utf16_encode(text, errors, 1), "encoding", encoding);
    case KNOWN_UTF32: return codecs_utf32_encode(text, errors, 0);
    case KNOWN_UTF32_LE: return named(codecs_utf32_encode(text, errors, -1), "encoding", encoding);
    case KNOWN_UTF32_BE: return named(codecs_utf32_encode(text, errors, 1), "encoding", encoding);
    default: break;
    }
    bytes = codecs_encode_text(text, encoding, errors);
    if (bytes == NULL || PyBytes_Check(bytes))
        return bytes;
    if (PyByteArray_Check(bytes))
        return PyBytes_FromStringAndSize(PyByteArray_AS_STRING(bytes), PyByteArray_GET_SIZE(bytes));
    PyErr_Format(PyExc_TypeError,
                 "'%.400s' encoder returned '%.400s' instead of 'bytes'; use codecs.encode() to encode to arbitrary "
                 "types",
                 encoding, Py_TYPE(bytes)->tp_name);
    return NULL;
}

PyObject *
PyUnicode_FromEncodedObject(PyObject *obj, const char *encoding, const char *errors)
{
    Py_buffer view;
    PyObject *text;
    if (obj == NULL) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (PyBytes_Check(obj))
        return PyUnicode_Decode(PyBytes_AS_STRING(obj), PyBytes_GET_SIZE(obj), encoding, errors);
    if (PyUnicode_Check(obj)) {
        PyErr_SetString(PyExc_TypeError, "decoding str is not supported");
        return NULL;
    }
    if (!PyObject_CheckBuffer(obj) || PyObject_GetBuffer(obj, &view, PyBUF_SIMPLE) < 0) {
        PyErr_Format(PyExc_TypeError, "decoding to str: need a bytes-like object, %.80s found", Py_TYPE(obj)->tp_name);
        return NULL;
    }
    text = PyUnicode_Decode(view.buf, view.len, encoding, errors);
    PyBuffer_Release(&view);
    return text;
}

const char *
PyUnicode_GetDefaultEncoding(void)
{
    return "utf-8";
}

/* ------------------------------------------------------------------ file system and locale: UTF-8 */

PyObject *
PyUnicode_DecodeFSDefaultAndSize(const char *s, Py_ssize_t n)
{
    return PyUnicode_DecodeUTF8Stateful(s, n, Py_FileSystemDefaultEncodeErrors, NULL);
}

PyObject *
PyUnicode_DecodeFSDefault(const char *s)
{
    return PyUnicode_DecodeFSDefaultAndSize(s, (Py_ssize_t)strlen(s));
}

PyObject *
PyUnicode_EncodeFSDefault(PyObject *text)
{
    return unicode_require(text) ? codecs_utf8_encode(text, Py_FileSystemDefaultEncodeErrors) : NULL;
}

PyObject *
PyUnicode_DecodeLocaleAndSize(const char *s, Py_ssize_t n, const char *errors)
{
    return PyUnicode_DecodeUTF8Stateful(s, n, errors, NULL);
}

PyObject *
PyUnicode_DecodeLocale(const char *s, const char *errors)
{
    return PyUnicode_DecodeLocaleAndSize(s, (Py_ssize_t)strlen(s), errors);
}

PyObject *
PyUnicode_EncodeLocale(PyObject *text, const char *errors)
{
    return unicode_require(text) ? codecs_utf8_encode(text, errors) : NULL;
}

int
PyUnicode_FSConverter(PyObject *arg, void *out)
{
    PyObject *path, *bytes;
    if (arg == NULL) {
        *(PyObject **)out = NULL;
        return 1;
    }
    path = PyOS_FSPath(arg);
    if (path == NULL)
        return 0;
    bytes = PyBytes_Check(path) ? path : PyUnicode_EncodeFSDefault(path);
    if (bytes == NULL)
        return 0;
    if (strlen(PyBytes_AS_STRING(bytes)) != (size_t)PyBytes_GET_SIZE(bytes)) {
        PyErr_SetString(PyExc_ValueError, "embedded null byte");
        return 0;
    }
    *(PyObject **)out = bytes;
    return Py_CLEANUP_SUPPORTED;
}

int
PyUnicode_FSDecoder(PyObject *arg, void *out)
{
    PyObject *path, *text;
    if (arg == NULL) {
        *(PyObject **)out = NULL;
        return 1;
    }
    path = PyOS_FSPath(arg);
    if (path == NULL)
        return 0;
    text = PyUnicode_Check(path)
               ? path
               : PyUnicode_DecodeFSDefaultAndSize(PyBytes_AS_STRING(path), PyBytes_GET_SIZE(path));
    if (text == NULL)
        return 0;
    if (PyUnicode_FindChar(text, 0, 0, PyUnicode_GET_LENGTH(text), 1) >= 0) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return 0;
    }
    *(PyObject **)out = text;
    return Py_CLEANUP_SUPPORTED;
}

wchar_t *
Py_DecodeLocale(const char *arg, size_t *size)
{
    size_t n = strlen(arg);
    wchar_t *w = PyMem_RawMalloc((n + 1) * sizeof(wchar_t));
    size_t used = 0;
    mbstate_t state = {0};
    if (w == NULL) {
        if (size != NULL)
            *size = (size_t)-1;
        return NULL;
    }
    while (n > 0) {
        size_t step = mbrtowc(w + used, arg, n, &state);
        if (step == 0)
            break;
        if (step > n) {
            /* Undecodable: escaped as a lone surrogate. */
            w[used] = 0xdc00 + (unsigned char)*arg;
            memset(&state, 0, sizeof state);
            step = 1;
        }
        used++;
        arg += step;
        n -= step;
    }
    w[used] = L'\0';
    if (size != NULL)
        *size = used;
    return w;
}

char *
Py_EncodeLocale(const wchar_t *text, size_t *error_pos)
{
    PyObject *str = PyUnicode_FromWideChar(text, -1), *bytes;
    char *copy;
    if (error_pos != NULL)
        *error_pos = (size_t)-1;
    bytes = str == NULL ? NULL : PyUnicode_EncodeFSDefault(str);
    if (bytes == NULL) {
        PyErr_Clear();
        if (error_pos != NULL)
            *error_pos = 0;
        return NULL;
    }
    copy = PyMem_Malloc((size_t)PyBytes_GET_SIZE(bytes) + 1);
    if (copy != NULL)
        memcpy(copy, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes) + 1);
    return copy;
}
