/* codecs_state.c: what decoders and encoders do when they meet something that they can't convert.
 *
 * The handlers with standard names are carried out here without making an exception; any other is looked up in
 * the registry and called with a Unicode{De,En}codeError, as documented in the module codecs. */
#include "runtime.h"

#include "codecs.h"
#include "unicode.h"

codec_errors
codec_errors_kind(const char *errors)
{
    static const struct {
        const char *name;
        codec_errors kind;
    } known[] = {
        {"strict", CODEC_STRICT},
        {"ignore", CODEC_IGNORE},
        {"replace", CODEC_REPLACE},
        {"backslashreplace", CODEC_BACKSLASHREPLACE},
        {"surrogateescape", CODEC_SURROGATEESCAPE},
        {"surrogatepass", CODEC_SURROGATEPASS},
        {"xmlcharrefreplace", CODEC_XMLCHARREFREPLACE},
        {"namereplace", CODEC_NAMEREPLACE},
    };
    if (errors == NULL)
        return CODEC_STRICT;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(known); i++)
        if (strcmp(known[i].name, errors) == 0)
            return known[i].kind;
    return CODEC_OTHER;
}

/* ------------------------------------------------------------------ decoding */

void
codec_decoder_init(codec_decoder *d, const char *encoding, const char *errors, const char *data, Py_ssize_t n)
{
    memset(d, 0, sizeof *d);
    d->encoding = encoding;
    d->errors = errors == NULL ? "strict" : errors;
    d->kind = codec_errors_kind(errors);
    d->data = data;
    d->n = n;
    _PyUnicodeWriter_Init(&d->out);
    d->out.overallocate = 1;
    d->out.min_length = n;
}

static int
make_decode_exception(codec_decoder *d, Py_ssize_t start, Py_ssize_t end, const char *reason)
{
    if (d->exception == NULL) {
        d->exception = PyUnicodeDecodeError_Create(d->encoding, d->data, d->n, start, end, reason);
        if (d->exception == NULL)
            return -1;
        d->input = PyUnicodeDecodeError_GetObject(d->exception);
        return d->input == NULL ? -1 : 0;
    }
    return PyUnicodeDecodeError_SetStart(d->exception, start) < 0 ||
                   PyUnicodeDecodeError_SetEnd(d->exception, end) < 0 ||
                   PyUnicodeDecodeError_SetReason(d->exception, reason) < 0
               ? -1
               : 0;
}

/* The handler's answer: a (replacement, position) pair for an input of n.  Position, or -1. */
static Py_ssize_t
check_answer(PyObject *answer, const char *what, bool decoding, Py_ssize_t n, PyObject **replacement)
{
    Py_ssize_t at;
    if (!PyTuple_Check(answer) || PyTuple_GET_SIZE(answer) != 2)
        goto bad;
    *replacement = PyTuple_GET_ITEM(answer, 0);
    if (!PyUnicode_Check(*replacement) && (decoding || !PyBytes_Check(*replacement)))
        goto bad;
    if (!PyLong_Check(PyTuple_GET_ITEM(answer, 1)))
        goto bad;
    at = PyLong_AsSsize_t(PyTuple_GET_ITEM(answer, 1));
    if (at == -1 && PyErr_Occurred())
        return -1;
    if (at < 0)
        at += n;
    if (at < 0 || at > n) {
        PyErr_Format(PyExc_IndexError, "position %zd from error handler out of bounds", at);
        return -1;
    }
    return at;
bad:
    PyErr_Format(PyExc_TypeError, "%s error handler must return (%s, int) tuple", what, decoding ? "str" : "str/bytes");
    return -1;
}

static Py_ssize_t
ask_decode_handler(codec_decoder *d, Py_ssize_t start, Py_ssize_t end, const char *reason)
{
    PyObject *answer, *replacement, *input;
    Py_ssize_t at;
    if (make_decode_exception(d, start, end, reason) < 0)
        return -1;
    if (d->handler == NULL && (d->handler = PyCodec_LookupError(d->errors)) == NULL)
        return -1;
    answer = PyObject_CallOneArg(d->handler, d->exception);
    if (answer == NULL)
        return -1;
    input = PyUnicodeDecodeError_GetObject(d->exception);
    if (input == NULL || !PyBytes_Check(input)) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "exception attribute object must be bytes");
        return -1;
    }
    d->input = input;
    d->data = PyBytes_AS_STRING(input);
    d->n = PyBytes_GET_SIZE(input);
    at = check_answer(answer, "decoding", true, d->n, &replacement);
    if (at < 0 || _PyUnicodeWriter_WriteStr(&d->out, replacement) < 0)
        return -1;
    return at;
}

Py_ssize_t
codec_decode_error(codec_decoder *d, Py_ssize_t start, Py_ssize_t end, const char *reason)
{
    char escape[8];
    switch (d->kind) {
    case CODEC_STRICT:
        if (make_decode_exception(d, start, end, reason) == 0)
            PyErr_SetObject((PyObject *)Py_TYPE(d->exception), d->exception);
        return -1;
    case CODEC_IGNORE: return end;
    case CODEC_REPLACE: return unicode_writer_char(&d->out, 0xfffd) < 0 ? -1 : end;
    case CODEC_BACKSLASHREPLACE:
        for (Py_ssize_t i = start; i < end; i++) {
            snprintf(escape, sizeof escape, "\\x%02x", (unsigned char)d->data[i]);
            if (_PyUnicodeWriter_WriteASCIIString(&d->out, escape, 4) < 0)
                return -1;
        }
        return end;
    case CODEC_SURROGATEESCAPE: {
        Py_ssize_t i = start;
        for (; i < end && i < start + 4 && (unsigned char)d->data[i] >= 128; i++)
            if (unicode_writer_char(&d->out, 0xdc00u + (unsigned char)d->data[i]) < 0)
                return -1;
        if (i > start)
            return i;
        return ask_decode_handler(d, start, end, reason);
    }
    default: return ask_decode_handler(d, start, end, reason);
    }
}

/* ------------------------------------------------------------------ encoding */

int
codec_encoder_init(codec_encoder *e, const char *encoding, const char *errors, PyObject *text,
                   int (*put)(codec_encoder *, Py_UCS4))
{
    memset(e, 0, sizeof *e);
    e->encoding = encoding;
    e->errors = errors == NULL ? "strict" : errors;
    e->kind = codec_errors_kind(errors);
    e->text = text;
    e->put = put;
    e->unit = 1;
    e->room = PyUnicode_GET_LENGTH(text) + 16;
    e->out = gcrt_alloc_leaf((size_t)e->room);
    return e->out == NULL ? -1 : 0;
}

int
codec_reserve(codec_encoder *e, Py_ssize_t n)
{
    Py_ssize_t room = e->room;
    char *out;
    if (e->used + n <= room)
        return 0;
    if (n > PY_SSIZE_T_MAX / 4 - e->used) {
        PyErr_NoMemory();
        return -1;
    }
    room = (e->used + n) * 3 / 2 + 16;
    out = gcrt_alloc_leaf((size_t)room);
    if (out == NULL)
        return -1;
    memcpy(out, e->out, (size_t)e->used);
    e->out = out;
    e->room = room;
    return 0;
}

PyObject *
codec_encoder_finish(codec_encoder *e)
{
    return PyBytes_FromStringAndSize(e->out, e->used);
}

static int
make_encode_exception(codec_encoder *e, Py_ssize_t start, Py_ssize_t end, const char *reason)
{
    if (e->exception == NULL) {
        e->exception = PyObject_CallFunction(PyExc_UnicodeEncodeError, "sOnns", e->encoding, e->text, start, end, reason);
        return e->exception == NULL ? -1 : 0;
    }
    return PyUnicodeEncodeError_SetStart(e->exception, start) < 0 ||
                   PyUnicodeEncodeError_SetEnd(e->exception, end) < 0 ||
                   PyUnicodeEncodeError_SetReason(e->exception, reason) < 0
               ? -1
               : 0;
}

static Py_ssize_t
raise_encode(codec_encoder *e, Py_ssize_t start, Py_ssize_t end, const char *reason)
{
    if (make_encode_exception(e, start, end, reason) == 0)
        PyErr_SetObject((PyObject *)Py_TYPE(e->exception), e->exception);
    return -1;
}

static int
put_bytes(codec_encoder *e, const char *data, Py_ssize_t n)
{
    if (codec_reserve(e, n) < 0)
        return -1;
    memcpy(e->out + e->used, data, (size_t)n);
    e->used += n;
    return 0;
}

/* 0, 1 when a character of the replacement can't be encoded either, -1. */
static int
put_ascii(codec_encoder *e, const char *text)
{
    int result = 0;
    for (; *text != '\0' && result == 0; text++)
        result = e->put(e, (unsigned char)*text);
    return result;
}

static Py_ssize_t
ask_encode_handler(codec_encoder *e, Py_ssize_t start, Py_ssize_t end, const char *reason)
{
    PyObject *answer, *replacement;
    Py_ssize_t at;
    if (make_encode_exception(e, start, end, reason) < 0)
        return -1;
    if (e->handler == NULL && (e->handler = PyCodec_LookupError(e->errors)) == NULL)
        return -1;
    answer = PyObject_CallOneArg(e->handler, e->exception);
    if (answer == NULL)
        return -1;
    at = check_answer(answer, "encoding", false, PyUnicode_GET_LENGTH(e->text), &replacement);
    if (at < 0)
        return -1;
    if (PyBytes_Check(replacement) && PyBytes_GET_SIZE(replacement) % e->unit)
        return raise_encode(e, start, end, reason);
    if (PyBytes_Check(replacement))
        return put_bytes(e, PyBytes_AS_STRING(replacement), PyBytes_GET_SIZE(replacement)) < 0 ? -1 : at;
    if (e->unicode && !PyUnicode_IS_ASCII(replacement))
        return raise_encode(e, start, end, reason);
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(replacement); i++) {
        int result = e->put(e, PyUnicode_READ_CHAR(replacement, i));
        if (result > 0)
            return raise_encode(e, start, end, reason);
        if (result < 0)
            return -1;
    }
    return at;
}

static int
put_escape(codec_encoder *e, Py_UCS4 ch)
{
    char text[16];
    if (e->kind == CODEC_XMLCHARREFREPLACE)
        snprintf(text, sizeof text, "&#%u;", (unsigned)ch);
    else if (e->kind == CODEC_REPLACE)
        strcpy(text, "?");
    else
        snprintf(text, sizeof text, ch < 0x100 ? "\\x%02x" : ch < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)ch);
    return put_ascii(e, text);
}

Py_ssize_t
codec_encode_error(codec_encoder *e, Py_ssize_t start, Py_ssize_t end, const char *reason)
{
    switch (e->kind) {
    case CODEC_STRICT: return raise_encode(e, start, end, reason);
    case CODEC_IGNORE: return end;
    case CODEC_REPLACE:
    case CODEC_XMLCHARREFREPLACE:
    case CODEC_BACKSLASHREPLACE:
        for (Py_ssize_t i = start; i < end; i++) {
            int result = put_escape(e, PyUnicode_READ_CHAR(e->text, i));
            if (result > 0)
                return raise_encode(e, start, end, reason);
            if (result < 0)
                return -1;
        }
        return end;
    case CODEC_SURROGATEESCAPE:
        if (e->unit > 1)
            return raise_encode(e, start, end, reason);
        for (Py_ssize_t i = start; i < end; i++) {
            Py_UCS4 ch = PyUnicode_READ_CHAR(e->text, i);
            if (ch < 0xdc80 || ch > 0xdcff)
                return raise_encode(e, i == start ? start : i, end, reason);
            if (codec_put_byte(e, (int)(ch - 0xdc00)) < 0)
                return -1;
        }
        return end;
    default: return ask_encode_handler(e, start, end, reason);
    }
}

PyObject *
codec_encode_all(codec_encoder *e, const char *reason)
{
    unicode_text t = unicode_text_of(e->text);
    Py_ssize_t i = 0;
    while (i < t.length) {
        int result = e->put(e, unicode_at(&t, i));
        Py_ssize_t end = i + 1;
        if (result < 0)
            return NULL;
        if (result == 0) {
            i++;
            continue;
        }
        /* The run of refused characters; put writes nothing for those.  One that it takes ends the run: its
         * output is dropped, since it comes behind the replacement. */
        while (end < t.length && e->unit == 1) {
            Py_ssize_t used = e->used;
            result = e->put(e, unicode_at(&t, end));
            e->used = used;
            if (result < 0)
                return NULL;
            if (result == 0)
                break;
            end++;
        }
        i = codec_encode_error(e, i, end, reason);
        if (i < 0)
            return NULL;
    }
    return codec_encoder_finish(e);
}
