/* exceptions_unicode.c: UnicodeEncodeError, UnicodeDecodeError, UnicodeTranslateError and their API. */
#include "exceptions.h"
#include "structmember.h"

static PyUnicodeErrorObject *
as_unicode(PyObject *self)
{
    return (PyUnicodeErrorObject *)self;
}

static int
encode_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    PyUnicodeErrorObject *e = as_unicode(self);
    if (exception_init(self, args, kwds) < 0)
        return -1;
    return PyArg_ParseTuple(args, "UUnnU", &e->encoding, &e->object, &e->start, &e->end, &e->reason) ? 0 : -1;
}

static int
decode_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    PyUnicodeErrorObject *e = as_unicode(self);
    Py_buffer view;
    if (exception_init(self, args, kwds) < 0)
        return -1;
    if (!PyArg_ParseTuple(args, "UOnnU", &e->encoding, &e->object, &e->start, &e->end, &e->reason)) {
        e->encoding = e->object = e->reason = NULL;
        return -1;
    }
    if (PyBytes_Check(e->object))
        return 0;
    PyObject *object = e->object;
    e->object = NULL;
    if (PyObject_GetBuffer(object, &view, PyBUF_SIMPLE) < 0)
        return -1;
    e->object = PyBytes_FromStringAndSize(view.buf, view.len);
    PyBuffer_Release(&view);
    return e->object == NULL ? -1 : 0;
}

static int
translate_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    PyUnicodeErrorObject *e = as_unicode(self);
    if (exception_init(self, args, kwds) < 0)
        return -1;
    return PyArg_ParseTuple(args, "UnnU", &e->object, &e->start, &e->end, &e->reason) ? 0 : -1;
}

/* ------------------------------------------------------------------ str */

static PyObject *
character_text(Py_UCS4 ch)
{
    char text[16];
    snprintf(text, sizeof text, ch <= 0xff ? "\\x%02x" : ch <= 0xffff ? "\\u%04x" : "\\U%08x", ch);
    return PyUnicode_FromString(text);
}

/* The attributes can be set: the object may be anything, and so may encoding and reason. */
static int
is_one_of(PyUnicodeErrorObject *e, Py_ssize_t length)
{
    return e->start >= 0 && e->start < length && e->end == e->start + 1;
}

static int
is_one_character(PyUnicodeErrorObject *e)
{
    return PyUnicode_Check(e->object) && is_one_of(e, PyUnicode_GET_LENGTH(e->object));
}

static PyObject *
encode_str(PyObject *self)
{
    PyUnicodeErrorObject *e = as_unicode(self);
    if (e->object == NULL || e->encoding == NULL || e->reason == NULL)
        return PyUnicode_FromString("");
    if (is_one_character(e)) {
        PyObject *ch = character_text(PyUnicode_READ_CHAR(e->object, e->start));
        if (ch == NULL)
            return NULL;
        return PyUnicode_FromFormat("'%S' codec can't encode character '%U' in position %zd: %S", e->encoding,
                                    ch, e->start, e->reason);
    }
    return PyUnicode_FromFormat("'%S' codec can't encode characters in position %zd-%zd: %S", e->encoding,
                                e->start, e->end - 1, e->reason);
}

static PyObject *
decode_str(PyObject *self)
{
    PyUnicodeErrorObject *e = as_unicode(self);
    if (e->object == NULL || e->encoding == NULL || e->reason == NULL)
        return PyUnicode_FromString("");
    if (PyBytes_Check(e->object) && is_one_of(e, PyBytes_GET_SIZE(e->object))) {
        int byte = (unsigned char)PyBytes_AS_STRING(e->object)[e->start];
        char text[8];
        snprintf(text, sizeof text, "%02x", byte);
        return PyUnicode_FromFormat("'%S' codec can't decode byte 0x%s in position %zd: %S", e->encoding,
                                    text, e->start, e->reason);
    }
    return PyUnicode_FromFormat("'%S' codec can't decode bytes in position %zd-%zd: %S", e->encoding,
                                e->start, e->end - 1, e->reason);
}

static PyObject *
translate_str(PyObject *self)
{
    PyUnicodeErrorObject *e = as_unicode(self);
    if (e->object == NULL || e->reason == NULL)
        return PyUnicode_FromString("");
    if (is_one_character(e)) {
        PyObject *ch = character_text(PyUnicode_READ_CHAR(e->object, e->start));
        if (ch == NULL)
            return NULL;
        return PyUnicode_FromFormat("can't translate character '%U' in position %zd: %S", ch, e->start,
                                    e->reason);
    }
    return PyUnicode_FromFormat("can't translate characters in position %zd-%zd: %S", e->start, e->end - 1,
                                e->reason);
}

static PyMemberDef unicode_members[] = {
    {"encoding", T_OBJECT, offsetof(PyUnicodeErrorObject, encoding), 0, "The encoding's name."},
    {"object", T_OBJECT, offsetof(PyUnicodeErrorObject, object), 0, "The text or bytes."},
    {"start", T_PYSSIZET, offsetof(PyUnicodeErrorObject, start), 0, "First bad position."},
    {"end", T_PYSSIZET, offsetof(PyUnicodeErrorObject, end), 0, "Position behind the last bad one."},
    {"reason", T_OBJECT, offsetof(PyUnicodeErrorObject, reason), 0, "What is wrong."},
    {0},
};

void
exceptions_setup_unicode(void)
{
    exc_UnicodeEncodeError.tp_init = encode_init;
    exc_UnicodeEncodeError.tp_str = encode_str;
    exc_UnicodeEncodeError.tp_members = unicode_members;
    exc_UnicodeDecodeError.tp_init = decode_init;
    exc_UnicodeDecodeError.tp_str = decode_str;
    exc_UnicodeDecodeError.tp_members = unicode_members;
    exc_UnicodeTranslateError.tp_init = translate_init;
    exc_UnicodeTranslateError.tp_str = translate_str;
    exc_UnicodeTranslateError.tp_members = unicode_members;
}

/* ------------------------------------------------------------------ C API */

PyObject *
PyUnicodeDecodeError_Create(const char *encoding, const char *object, Py_ssize_t length, Py_ssize_t start,
                            Py_ssize_t end, const char *reason)
{
    return PyObject_CallFunction(PyExc_UnicodeDecodeError, "sy#nns", encoding, object, length, start, end,
                                 reason);
}

static PyObject *
checked(PyObject *value, const char *name, int is_text)
{
    if (value == NULL) {
        PyErr_Format(PyExc_TypeError, "%.200s attribute not set", name);
        return NULL;
    }
    if (is_text ? !PyUnicode_Check(value) : !PyBytes_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%.200s attribute must be %s", name, is_text ? "unicode" : "bytes");
        return NULL;
    }
    return value;
}

/* Positions are clipped to the object, since handlers trust them. */
static int
clip_start(PyObject *object, Py_ssize_t length, Py_ssize_t at, Py_ssize_t *out)
{
    if (object == NULL)
        return -1;
    *out = at < 0 ? 0 : at >= length ? (length > 0 ? length - 1 : 0) : at;
    return 0;
}

static int
clip_end(PyObject *object, Py_ssize_t length, Py_ssize_t at, Py_ssize_t *out)
{
    if (object == NULL)
        return -1;
    *out = at < 1 ? 1 : at;
    if (*out > length)
        *out = length;
    return 0;
}

#define TEXT_OF(exc) checked(as_unicode(exc)->object, "object", 1)
#define BYTES_OF(exc) checked(as_unicode(exc)->object, "object", 0)

PyObject *
PyUnicodeEncodeError_GetEncoding(PyObject *exc)
{
    return checked(as_unicode(exc)->encoding, "encoding", 1);
}

PyObject *
PyUnicodeDecodeError_GetEncoding(PyObject *exc)
{
    return checked(as_unicode(exc)->encoding, "encoding", 1);
}

PyObject *
PyUnicodeEncodeError_GetObject(PyObject *exc)
{
    return TEXT_OF(exc);
}

PyObject *
PyUnicodeDecodeError_GetObject(PyObject *exc)
{
    return BYTES_OF(exc);
}

PyObject *
PyUnicodeTranslateError_GetObject(PyObject *exc)
{
    return TEXT_OF(exc);
}

static int
text_start(PyObject *exc, Py_ssize_t *start)
{
    PyObject *object = TEXT_OF(exc);
    return clip_start(object, object != NULL ? PyUnicode_GET_LENGTH(object) : 0, as_unicode(exc)->start, start);
}

static int
text_end(PyObject *exc, Py_ssize_t *end)
{
    PyObject *object = TEXT_OF(exc);
    return clip_end(object, object != NULL ? PyUnicode_GET_LENGTH(object) : 0, as_unicode(exc)->end, end);
}

int
PyUnicodeEncodeError_GetStart(PyObject *exc, Py_ssize_t *start)
{
    return text_start(exc, start);
}

int
PyUnicodeTranslateError_GetStart(PyObject *exc, Py_ssize_t *start)
{
    return text_start(exc, start);
}

int
PyUnicodeDecodeError_GetStart(PyObject *exc, Py_ssize_t *start)
{
    PyObject *object = BYTES_OF(exc);
    return clip_start(object, object != NULL ? PyBytes_GET_SIZE(object) : 0, as_unicode(exc)->start, start);
}

int
PyUnicodeEncodeError_GetEnd(PyObject *exc, Py_ssize_t *end)
{
    return text_end(exc, end);
}

int
PyUnicodeTranslateError_GetEnd(PyObject *exc, Py_ssize_t *end)
{
    return text_end(exc, end);
}

int
PyUnicodeDecodeError_GetEnd(PyObject *exc, Py_ssize_t *end)
{
    PyObject *object = BYTES_OF(exc);
    return clip_end(object, object != NULL ? PyBytes_GET_SIZE(object) : 0, as_unicode(exc)->end, end);
}

static int
set_reason(PyObject *exc, const char *reason)
{
    PyObject *text = PyUnicode_FromString(reason);
    if (text == NULL)
        return -1;
    gc_store(exc, &as_unicode(exc)->reason, text);
    return 0;
}

#define SETTERS(kind)                                                                                   \
    int PyUnicode##kind##Error_SetStart(PyObject *exc, Py_ssize_t start)                                \
    {                                                                                                   \
        as_unicode(exc)->start = start;                                                                 \
        return 0;                                                                                       \
    }                                                                                                   \
    int PyUnicode##kind##Error_SetEnd(PyObject *exc, Py_ssize_t end)                                    \
    {                                                                                                   \
        as_unicode(exc)->end = end;                                                                     \
        return 0;                                                                                       \
    }                                                                                                   \
    int PyUnicode##kind##Error_SetReason(PyObject *exc, const char *reason)                             \
    {                                                                                                   \
        return set_reason(exc, reason);                                                                 \
    }                                                                                                   \
    PyObject *PyUnicode##kind##Error_GetReason(PyObject *exc)                                           \
    {                                                                                                   \
        return checked(as_unicode(exc)->reason, "reason", 1);                                           \
    }
SETTERS(Encode)
SETTERS(Decode)
SETTERS(Translate)
