/* codecs_errors.c: the standard error handlers: exception -> (replacement, position to go on). */
#include "runtime.h"

#include "codecs_errors.h"
#include "unicode.h"
#include "unicode_writer.h"

typedef enum error_type { ENCODING, DECODING, TRANSLATING } error_type;

typedef struct error_info {
    error_type type;
    PyObject *object;
    Py_ssize_t start, end;
} error_info;

static int
wrong_type(PyObject *exc)
{
    PyErr_Format(PyExc_TypeError, "don't know how to handle %.200s in error callback", Py_TYPE(exc)->tp_name);
    return -1;
}

static int
read_error(PyObject *exc, error_info *info)
{
    if (PyObject_TypeCheck(exc, (PyTypeObject *)PyExc_UnicodeEncodeError)) {
        info->type = ENCODING;
        info->object = PyUnicodeEncodeError_GetObject(exc);
        return info->object == NULL || PyUnicodeEncodeError_GetStart(exc, &info->start) < 0 ||
                       PyUnicodeEncodeError_GetEnd(exc, &info->end) < 0
                   ? -1
                   : 0;
    }
    if (PyObject_TypeCheck(exc, (PyTypeObject *)PyExc_UnicodeDecodeError)) {
        info->type = DECODING;
        info->object = PyUnicodeDecodeError_GetObject(exc);
        return info->object == NULL || PyUnicodeDecodeError_GetStart(exc, &info->start) < 0 ||
                       PyUnicodeDecodeError_GetEnd(exc, &info->end) < 0
                   ? -1
                   : 0;
    }
    if (PyObject_TypeCheck(exc, (PyTypeObject *)PyExc_UnicodeTranslateError)) {
        info->type = TRANSLATING;
        info->object = PyUnicodeTranslateError_GetObject(exc);
        return info->object == NULL || PyUnicodeTranslateError_GetStart(exc, &info->start) < 0 ||
                       PyUnicodeTranslateError_GetEnd(exc, &info->end) < 0
                   ? -1
                   : 0;
    }
    return wrong_type(exc);
}

static PyObject *
answer(PyObject *replacement, Py_ssize_t at)
{
    return replacement == NULL ? NULL : Py_BuildValue("(On)", replacement, at);
}

PyObject *
PyCodec_StrictErrors(PyObject *exc)
{
    if (PyExceptionInstance_Check(exc))
        PyErr_SetObject((PyObject *)Py_TYPE(exc), exc);
    else
        PyErr_SetString(PyExc_TypeError, "codec must pass exception instance");
    return NULL;
}

PyObject *
PyCodec_IgnoreErrors(PyObject *exc)
{
    error_info info;
    return read_error(exc, &info) < 0 ? NULL : answer(unicode_empty(), info.end);
}

PyObject *
PyCodec_ReplaceErrors(PyObject *exc)
{
    error_info info;
    Py_UCS4 ch;
    _PyUnicodeWriter w;
    if (read_error(exc, &info) < 0)
        return NULL;
    if (info.type == DECODING)
        return answer(unicode_char(0xfffd), info.end);
    ch = info.type == ENCODING ? '?' : 0xfffd;
    _PyUnicodeWriter_Init(&w);
    if (unicode_writer_fill(&w, ch, info.end - info.start) < 0)
        return NULL;
    return answer(_PyUnicodeWriter_Finish(&w), info.end);
}

static PyObject *
replace_each(PyObject *exc, bool decoding_too, void (*format)(char *, size_t, Py_UCS4))
{
    error_info info;
    _PyUnicodeWriter w;
    char text[32];
    if (read_error(exc, &info) < 0)
        return NULL;
    if (info.type != ENCODING && !decoding_too) {
        wrong_type(exc);
        return NULL;
    }
    _PyUnicodeWriter_Init(&w);
    w.overallocate = 1;
    for (Py_ssize_t i = info.start; i < info.end; i++) {
        format(text, sizeof text,
               info.type == DECODING ? (unsigned char)PyBytes_AS_STRING(info.object)[i]
                                     : PyUnicode_READ_CHAR(info.object, i));
        if (_PyUnicodeWriter_WriteASCIIString(&w, text, -1) < 0)
            return NULL;
    }
    return answer(_PyUnicodeWriter_Finish(&w), info.end);
}

static void
format_xml(char *out, size_t size, Py_UCS4 ch)
{
    snprintf(out, size, "&#%u;", (unsigned)ch);
}

static void
format_backslash(char *out, size_t size, Py_UCS4 ch)
{
    snprintf(out, size, ch < 0x100 ? "\\x%02x" : ch < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)ch);
}

PyObject *
PyCodec_XMLCharRefReplaceErrors(PyObject *exc)
{
    return replace_each(exc, false, format_xml);
}

PyObject *
PyCodec_BackslashReplaceErrors(PyObject *exc)
{
    return replace_each(exc, true, format_backslash);
}

/* \N{...} through the module unicodedata, when it knows names. */
PyObject *
PyCodec_NameReplaceErrors(PyObject *exc)
{
    error_info info;
    _PyUnicodeWriter w;
    PyObject *module, *function = NULL;
    if (read_error(exc, &info) < 0)
        return NULL;
    if (info.type != ENCODING) {
        wrong_type(exc);
        return NULL;
    }
    module = PyImport_ImportModule("unicodedata");
    if (module != NULL)
        function = PyObject_GetAttrString(module, "name");
    if (function == NULL)
        PyErr_Clear();
    _PyUnicodeWriter_Init(&w);
    w.overallocate = 1;
    for (Py_ssize_t i = info.start; i < info.end; i++) {
        Py_UCS4 ch = PyUnicode_READ_CHAR(info.object, i);
        PyObject *name = NULL;
        char text[16];
        if (function != NULL)
            name = PyObject_CallFunction(function, "OO", unicode_char(ch), Py_None);
        if (name == NULL && function != NULL)
            return NULL;
        if (name != NULL && PyUnicode_Check(name)) {
            if (_PyUnicodeWriter_WriteASCIIString(&w, "\\N{", 3) < 0 || _PyUnicodeWriter_WriteStr(&w, name) < 0 ||
                unicode_writer_char(&w, '}') < 0)
                return NULL;
            continue;
        }
        format_backslash(text, sizeof text, ch);
        if (_PyUnicodeWriter_WriteASCIIString(&w, text, -1) < 0)
            return NULL;
    }
    return answer(_PyUnicodeWriter_Finish(&w), info.end);
}

/* ------------------------------------------------------------------ surrogates */

static PyObject *
surrogateescape(PyObject *exc)
{
    error_info info;
    Py_ssize_t i;
    char *bytes;
    Py_UCS4 chars[4];
    if (read_error(exc, &info) < 0)
        return NULL;
    if (info.type == ENCODING) {
        bytes = gcrt_alloc_leaf((size_t)(info.end - info.start) + 1);
        if (bytes == NULL)
            return NULL;
        for (i = info.start; i < info.end; i++) {
            Py_UCS4 ch = PyUnicode_READ_CHAR(info.object, i);
            if (ch < 0xdc80 || ch > 0xdcff)
                return PyCodec_StrictErrors(exc);
            bytes[i - info.start] = (char)(ch - 0xdc00);
        }
        return answer(PyBytes_FromStringAndSize(bytes, info.end - info.start), info.end);
    }
    if (info.type != DECODING) {
        wrong_type(exc);
        return NULL;
    }
    for (i = info.start; i < info.end && i < info.start + 4; i++) {
        unsigned char c = (unsigned char)PyBytes_AS_STRING(info.object)[i];
        if (c < 128)
            break;
        chars[i - info.start] = 0xdc00u + c;
    }
    if (i == info.start)
        return PyCodec_StrictErrors(exc);
    return answer(PyUnicode_FromKindAndData(4, chars, i - info.start), i);
}

/* Width in bytes of the units of a UTF encoding, 0 for another one; *big: byte order. */
static int
unit_width(const char *encoding, bool *big)
{
    const char *e = encoding;
    int width;
    *big = false;
    if (strncasecmp(e, "utf", 3) != 0)
        return 0;
    e += 3;
    e += *e == '-' || *e == '_';
    if (strcmp(e, "8") == 0)
        return 1;
    width = strncmp(e, "16", 2) == 0 ? 2 : strncmp(e, "32", 2) == 0 ? 4 : 0;
    if (width == 0)
        return 0;
    e += 2;
    e += *e == '-' || *e == '_';
    *big = strcasecmp(e, "be") == 0;
    return *e == '\0' || *big || strcasecmp(e, "le") == 0 ? width : 0;
}

static void
store_surrogate(char *p, Py_UCS4 ch, int width, bool big)
{
    if (width == 1) {
        p[0] = (char)(0xe0 | ch >> 12);
        p[1] = (char)(0x80 | (ch >> 6 & 0x3f));
        p[2] = (char)(0x80 | (ch & 0x3f));
        return;
    }
    for (int i = 0; i < width; i++)
        p[i] = (char)(ch >> 8 * (big ? width - 1 - i : i));
}

static Py_UCS4
load_surrogate(const unsigned char *p, Py_ssize_t left, int width, bool big)
{
    Py_UCS4 ch = 0;
    if (width == 1) {
        if (left < 3 || (p[0] & 0xf0) != 0xe0 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80)
            return 0;
        return (Py_UCS4)(p[0] & 0xf) << 12 | (Py_UCS4)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    }
    if (left < width)
        return 0;
    for (int i = 0; i < width; i++)
        ch |= (Py_UCS4)p[i] << 8 * (big ? width - 1 - i : i);
    return ch;
}

static PyObject *
surrogatepass(PyObject *exc)
{
    error_info info;
    PyObject *name;
    const char *encoding;
    int width, bytes;
    bool big;
    char *out;
    Py_UCS4 ch;
    if (read_error(exc, &info) < 0)
        return NULL;
    if (info.type == TRANSLATING) {
        wrong_type(exc);
        return NULL;
    }
    name = info.type == ENCODING ? PyUnicodeEncodeError_GetEncoding(exc) : PyUnicodeDecodeError_GetEncoding(exc);
    if (name == NULL || (encoding = PyUnicode_AsUTF8(name)) == NULL)
        return NULL;
    width = unit_width(encoding, &big);
    if (width == 0)
        return PyCodec_StrictErrors(exc);
    bytes = width == 1 ? 3 : width;
    if (info.type == DECODING) {
        Py_ssize_t left = PyBytes_GET_SIZE(info.object) - info.start;
        ch = load_surrogate((unsigned char *)PyBytes_AS_STRING(info.object) + info.start, left, width, big);
        if (!Py_UNICODE_IS_SURROGATE(ch))
            return PyCodec_StrictErrors(exc);
        return answer(unicode_char(ch), info.start + bytes);
    }
    out = gcrt_alloc_leaf((size_t)((info.end - info.start) * bytes) + 1);
    if (out == NULL)
        return NULL;
    for (Py_ssize_t i = info.start; i < info.end; i++) {
        ch = PyUnicode_READ_CHAR(info.object, i);
        if (!Py_UNICODE_IS_SURROGATE(ch))
            return PyCodec_StrictErrors(exc);
        store_surrogate(out + (i - info.start) * bytes, ch, width, big);
    }
    return answer(PyBytes_FromStringAndSize(out, (info.end - info.start) * bytes), info.end);
}

/* ------------------------------------------------------------------ registration */

#define DEFINE_CALLABLE(NAME, FUNCTION)                                                                 \
    static PyObject *call_##NAME(PyObject *Py_UNUSED(self), PyObject *exc)                              \
    {                                                                                                   \
        return FUNCTION(exc);                                                                           \
    }
DEFINE_CALLABLE(strict, PyCodec_StrictErrors)
DEFINE_CALLABLE(ignore, PyCodec_IgnoreErrors)
DEFINE_CALLABLE(replace, PyCodec_ReplaceErrors)
DEFINE_CALLABLE(xmlcharrefreplace, PyCodec_XMLCharRefReplaceErrors)
DEFINE_CALLABLE(backslashreplace, PyCodec_BackslashReplaceErrors)
DEFINE_CALLABLE(namereplace, PyCodec_NameReplaceErrors)
DEFINE_CALLABLE(surrogatepass, surrogatepass)
DEFINE_CALLABLE(surrogateescape, surrogateescape)

static struct {
    const char *name;
    PyMethodDef def;
} standard[] = {
    {"strict", {"strict_errors", call_strict, METH_O, NULL}},
    {"ignore", {"ignore_errors", call_ignore, METH_O, NULL}},
    {"replace", {"replace_errors", call_replace, METH_O, NULL}},
    {"xmlcharrefreplace", {"xmlcharrefreplace_errors", call_xmlcharrefreplace, METH_O, NULL}},
    {"backslashreplace", {"backslashreplace_errors", call_backslashreplace, METH_O, NULL}},
    {"namereplace", {"namereplace_errors", call_namereplace, METH_O, NULL}},
    {"surrogatepass", {"surrogatepass", call_surrogatepass, METH_O, NULL}},
    {"surrogateescape", {"surrogateescape", call_surrogateescape, METH_O, NULL}},
};

int
codecs_errors_register(PyObject *handlers)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(standard); i++) {
        PyObject *handler = PyCFunction_NewEx(&standard[i].def, NULL, NULL);
        if (handler == NULL || PyDict_SetItemString(handlers, standard[i].name, handler) < 0)
            return -1;
    }
    return 0;
}
