/* codecs_wide.c: UTF-16, UTF-32 and wchar_t.  The host is little-endian; byteorder: -1 little, 0 native with a
 * byte order mark, 1 big. */
#include "runtime.h"

#include "codecs.h"
#include "unicode.h"

static inline Py_UCS4
read16(const char *p, int byteorder)
{
    const unsigned char *s = (const unsigned char *)p;
    return byteorder > 0 ? (Py_UCS4)s[0] << 8 | s[1] : (Py_UCS4)s[1] << 8 | s[0];
}

static inline Py_UCS4
read32(const char *p, int byteorder)
{
    const unsigned char *s = (const unsigned char *)p;
    return byteorder > 0 ? (Py_UCS4)s[0] << 24 | (Py_UCS4)s[1] << 16 | (Py_UCS4)s[2] << 8 | s[3]
                         : (Py_UCS4)s[3] << 24 | (Py_UCS4)s[2] << 16 | (Py_UCS4)s[1] << 8 | s[0];
}

PyObject *
PyUnicode_DecodeUTF16Stateful(const char *s, Py_ssize_t n, const char *errors, int *byteorder, Py_ssize_t *consumed)
{
    int order = byteorder == NULL ? 0 : *byteorder;
    codec_decoder d;
    Py_ssize_t i = 0;
    if (order == 0 && n >= 2) {
        Py_UCS4 mark = read16(s, -1);
        if (mark == 0xfeff || mark == 0xfffe) {
            order = mark == 0xfeff ? -1 : 1;
            i = 2;
        }
    }
    codec_decoder_init(&d, order <= 0 ? "utf-16-le" : "utf-16-be", errors, s, n);
    d.out.min_length = n / 2;
    while (i < d.n) {
        Py_UCS4 ch, low;
        if (d.n - i < 2) {
            if (consumed != NULL)
                break;
            i = codec_decode_error(&d, i, d.n, "truncated data");
        } else if (ch = read16(d.data + i, order), !Py_UNICODE_IS_SURROGATE(ch)) {
            i = unicode_writer_char(&d.out, ch) < 0 ? -1 : i + 2;
        } else if (!Py_UNICODE_IS_HIGH_SURROGATE(ch)) {
            i = codec_decode_error(&d, i, i + 2, "illegal encoding");
        } else if (d.n - i < 4) {
            if (consumed != NULL)
                break;
            i = codec_decode_error(&d, i, d.n, "unexpected end of data");
        } else if (low = read16(d.data + i + 2, order), Py_UNICODE_IS_LOW_SURROGATE(low)) {
            i = unicode_writer_char(&d.out, Py_UNICODE_JOIN_SURROGATES(ch, low)) < 0 ? -1 : i + 4;
        } else {
            i = codec_decode_error(&d, i, i + 2, "illegal UTF-16 surrogate");
        }
        if (i < 0)
            return NULL;
    }
    if (byteorder != NULL)
        *byteorder = order;
    if (consumed != NULL)
        *consumed = i;
    return _PyUnicodeWriter_Finish(&d.out);
}

PyObject *
PyUnicode_DecodeUTF16(const char *s, Py_ssize_t n, const char *errors, int *byteorder)
{
    return PyUnicode_DecodeUTF16Stateful(s, n, errors, byteorder, NULL);
}

PyObject *
PyUnicode_DecodeUTF32Stateful(const char *s, Py_ssize_t n, const char *errors, int *byteorder, Py_ssize_t *consumed)
{
    int order = byteorder == NULL ? 0 : *byteorder;
    codec_decoder d;
    Py_ssize_t i = 0;
    if (order == 0 && n >= 4) {
        Py_UCS4 mark = read32(s, -1);
        if (mark == 0xfeff || mark == 0xfffe0000u) {
            order = mark == 0xfeff ? -1 : 1;
            i = 4;
        }
    }
    codec_decoder_init(&d, order <= 0 ? "utf-32-le" : "utf-32-be", errors, s, n);
    d.out.min_length = n / 4;
    while (i < d.n) {
        Py_UCS4 ch;
        if (d.n - i < 4) {
            if (consumed != NULL)
                break;
            i = codec_decode_error(&d, i, d.n, "truncated data");
        } else if (ch = read32(d.data + i, order), Py_UNICODE_IS_SURROGATE(ch)) {
            i = codec_decode_error(&d, i, i + 4, "code point in surrogate code point range(0xd800, 0xe000)");
        } else if (ch > UNICODE_MAX) {
            i = codec_decode_error(&d, i, i + 4, "code point not in range(0x110000)");
        } else {
            i = unicode_writer_char(&d.out, ch) < 0 ? -1 : i + 4;
        }
        if (i < 0)
            return NULL;
    }
    if (byteorder != NULL)
        *byteorder = order;
    if (consumed != NULL)
        *consumed = i;
    return _PyUnicodeWriter_Finish(&d.out);
}

PyObject *
PyUnicode_DecodeUTF32(const char *s, Py_ssize_t n, const char *errors, int *byteorder)
{
    return PyUnicode_DecodeUTF32Stateful(s, n, errors, byteorder, NULL);
}

/* ------------------------------------------------------------------ encoding */

static int
store(codec_encoder *e, Py_UCS4 v, int bytes)
{
    if (codec_reserve(e, bytes) < 0)
        return -1;
    for (int i = 0; i < bytes; i++)
        e->out[e->used + i] = (char)(v >> 8 * (e->byteorder > 0 ? bytes - 1 - i : i));
    e->used += bytes;
    return 0;
}

static int
put_utf16(codec_encoder *e, Py_UCS4 ch)
{
    if (Py_UNICODE_IS_SURROGATE(ch))
        return 1;
    if (ch < 0x10000)
        return store(e, ch, 2);
    return store(e, Py_UNICODE_HIGH_SURROGATE(ch), 2) < 0 ? -1 : store(e, Py_UNICODE_LOW_SURROGATE(ch), 2);
}

static int
put_utf32(codec_encoder *e, Py_UCS4 ch)
{
    return Py_UNICODE_IS_SURROGATE(ch) ? 1 : store(e, ch, 4);
}

PyObject *
codecs_utf16_encode(PyObject *text, const char *errors, int byteorder)
{
    codec_encoder e;
    if (codec_encoder_init(&e, byteorder == 0 ? "utf-16" : byteorder < 0 ? "utf-16-le" : "utf-16-be", errors, text,
                           put_utf16) < 0)
        return NULL;
    e.byteorder = byteorder == 0 ? -1 : byteorder;
    e.unit = 2;
    e.unicode = true;
    if (byteorder == 0 && store(&e, 0xfeff, 2) < 0)
        return NULL;
    return codec_encode_all(&e, "surrogates not allowed");
}

PyObject *
codecs_utf32_encode(PyObject *text, const char *errors, int byteorder)
{
    codec_encoder e;
    if (codec_encoder_init(&e, byteorder == 0 ? "utf-32" : byteorder < 0 ? "utf-32-le" : "utf-32-be", errors, text,
                           put_utf32) < 0)
        return NULL;
    e.byteorder = byteorder == 0 ? -1 : byteorder;
    e.unit = 4;
    e.unicode = true;
    if (byteorder == 0 && store(&e, 0xfeff, 4) < 0)
        return NULL;
    return codec_encode_all(&e, "surrogates not allowed");
}

PyObject *
PyUnicode_AsUTF16String(PyObject *text)
{
    return unicode_require(text) ? codecs_utf16_encode(text, NULL, 0) : NULL;
}

PyObject *
PyUnicode_AsUTF32String(PyObject *text)
{
    return unicode_require(text) ? codecs_utf32_encode(text, NULL, 0) : NULL;
}

/* ------------------------------------------------------------------ wchar_t (four bytes here) and UCS4 */

PyObject *
PyUnicode_FromWideChar(const wchar_t *w, Py_ssize_t n)
{
    if (w == NULL && n != 0) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return PyUnicode_FromKindAndData(4, w, n < 0 ? (Py_ssize_t)wcslen(w) : n);
}

PyObject *
PyUnicode_FromUnicode(const Py_UNICODE *u, Py_ssize_t n)
{
    if (u == NULL)
        return PyUnicode_New(n, UNICODE_MAX);
    return PyUnicode_FromWideChar(u, n);
}

Py_ssize_t
PyUnicode_AsWideChar(PyObject *text, wchar_t *w, Py_ssize_t size)
{
    Py_ssize_t n;
    if (text == NULL) {
        PyErr_BadInternalCall();
        return -1;
    }
    if (!unicode_require(text))
        return -1;
    n = PyUnicode_GET_LENGTH(text);
    if (w == NULL)
        return n + 1;
    if (size > n)
        w[n] = L'\0';
    n = Py_MIN(n, size);
    unicode_copy(4, w, PyUnicode_KIND(text), PyUnicode_DATA(text), n);
    return n;
}

wchar_t *
PyUnicode_AsWideCharString(PyObject *text, Py_ssize_t *size)
{
    Py_ssize_t n;
    wchar_t *w;
    if (text == NULL) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (!unicode_require(text))
        return NULL;
    n = PyUnicode_GET_LENGTH(text);
    w = PyMem_Malloc((size_t)(n + 1) * sizeof(wchar_t));
    if (w == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    PyUnicode_AsWideChar(text, w, n + 1);
    if (size != NULL) {
        *size = n;
    } else if (wcslen(w) != (size_t)n) {
        PyMem_Free(w);
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return NULL;
    }
    return w;
}

/* Deprecated: memory of the collector's, alive as long as the caller holds the pointer. */
Py_UNICODE *
PyUnicode_AsUnicode(PyObject *text)
{
    wchar_t *w;
    if (!unicode_require(text))
        return NULL;
    w = gcrt_alloc_leaf((size_t)(PyUnicode_GET_LENGTH(text) + 1) * sizeof(wchar_t));
    if (w != NULL)
        PyUnicode_AsWideChar(text, w, PyUnicode_GET_LENGTH(text) + 1);
    return w;
}

Py_UCS4 *
PyUnicode_AsUCS4(PyObject *text, Py_UCS4 *buffer, Py_ssize_t room, int copy_null)
{
    Py_ssize_t n;
    if (buffer == NULL || room < 0) {
        PyErr_BadInternalCall();
        return NULL;
    }
    n = PyUnicode_GET_LENGTH(text);
    if (room < n + (copy_null != 0)) {
        PyErr_SetString(PyExc_SystemError, "string is longer than the buffer");
        if (copy_null && room > 0)
            buffer[0] = 0;
        return NULL;
    }
    unicode_copy(4, buffer, PyUnicode_KIND(text), PyUnicode_DATA(text), n);
    if (copy_null)
        buffer[n] = 0;
    return buffer;
}

Py_UCS4 *
PyUnicode_AsUCS4Copy(PyObject *text)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(text);
    Py_UCS4 *buffer = PyMem_Malloc((size_t)(n + 1) * sizeof(Py_UCS4));
    if (buffer == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    return PyUnicode_AsUCS4(text, buffer, n + 1, 1);
}
