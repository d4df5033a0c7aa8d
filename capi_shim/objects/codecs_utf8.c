/* codecs_utf8.c: UTF-8, and the cached UTF-8 form of a str. */
#include "runtime.h"

#include "codecs.h"
#include "unicode.h"

/* Length of the ASCII prefix. */
static Py_ssize_t
ascii_prefix(const unsigned char *s, Py_ssize_t n)
{
    Py_ssize_t i = 0;
    uint64_t word;
    for (; n - i >= 8; i += 8) {
        memcpy(&word, s + i, 8);
        if (word & 0x8080808080808080u)
            return i + (__builtin_ctzll(word & 0x8080808080808080u) >> 3);
    }
    while (i < n && s[i] < 128)
        i++;
    return i;
}

enum { BAD_START = 0, INCOMPLETE = -8 };

/* Decode one character that starts with a byte >= 128.  Its length; or BAD_START; or -k, k = 1..3: byte k is no
 * continuation; or INCOMPLETE: the data end inside a so far good sequence. */
static inline int
next_char(const unsigned char *s, Py_ssize_t left, Py_UCS4 *ch)
{
    unsigned c = s[0];
    if (c < 0xc2 || c > 0xf4)
        return BAD_START;
    if (left < 2)
        return INCOMPLETE;
    if ((s[1] & 0xc0) != 0x80)
        return -1;
    if (c < 0xe0) {
        *ch = (c & 0x1f) << 6 | (s[1] & 0x3f);
        return 2;
    }
    if (c < 0xf0) {
        if ((c == 0xe0 && s[1] < 0xa0) || (c == 0xed && s[1] >= 0xa0))
            return -1;
        if (left < 3)
            return INCOMPLETE;
        if ((s[2] & 0xc0) != 0x80)
            return -2;
        *ch = (c & 0xf) << 12 | (Py_UCS4)(s[1] & 0x3f) << 6 | (s[2] & 0x3f);
        return 3;
    }
    if ((c == 0xf0 && s[1] < 0x90) || (c == 0xf4 && s[1] >= 0x90))
        return -1;
    if (left < 3)
        return INCOMPLETE;
    if ((s[2] & 0xc0) != 0x80)
        return -2;
    if (left < 4)
        return INCOMPLETE;
    if ((s[3] & 0xc0) != 0x80)
        return -3;
    *ch = (c & 7) << 18 | (Py_UCS4)(s[1] & 0x3f) << 12 | (Py_UCS4)(s[2] & 0x3f) << 6 | (s[3] & 0x3f);
    return 4;
}

/* Bytes of valid UTF-8 at the start, and what they hold. */
static Py_ssize_t
measure(const unsigned char *s, Py_ssize_t n, Py_ssize_t *chars, Py_UCS4 *max)
{
    Py_ssize_t i = 0, count = 0;
    Py_UCS4 bits = 0, ch = 0;
    while (i < n) {
        int length = 1;
        if (s[i] < 128) {
            Py_ssize_t run = ascii_prefix(s + i, n - i);
            count += run;
            i += run;
            continue;
        }
        length = next_char(s + i, n - i, &ch);
        if (length <= 0)
            break;
        bits = Py_MAX(bits, ch);
        count++;
        i += length;
    }
    *chars = count;
    *max = bits;
    return i;
}

/* Valid UTF-8 to text of a kind that holds it. */
static void
fill(const unsigned char *s, Py_ssize_t n, int kind, void *out)
{
    Py_ssize_t at = 0;
    for (Py_ssize_t i = 0; i < n;) {
        Py_UCS4 ch = s[i];
        i += ch < 128 ? 1 : next_char(s + i, n - i, &ch);
        PyUnicode_WRITE(kind, out, at++, ch);
    }
}

/* The first two bytes of an encoded surrogate, which the handler surrogatepass may want to see whole. */
static bool
half_surrogate(const unsigned char *s, Py_ssize_t n)
{
    return n == 2 && s[0] == 0xed && s[1] >= 0xa0 && s[1] <= 0xbf;
}

/* Decode what follows a place where there is an error (or an incomplete end). */
static PyObject *
decode_with_errors(codec_decoder *d, Py_ssize_t *consumed)
{
    Py_ssize_t i = 0;
    while (i < d->n) {
        const unsigned char *s = (const unsigned char *)d->data + i;
        Py_UCS4 ch;
        int length;
        Py_ssize_t run = ascii_prefix(s, d->n - i);
        if (run > 0) {
            if (_PyUnicodeWriter_WriteASCIIString(&d->out, (const char *)s, run) < 0)
                return NULL;
            i += run;
            continue;
        }
        length = next_char(s, d->n - i, &ch);
        if (length > 0) {
            if (unicode_writer_char(&d->out, ch) < 0)
                return NULL;
            i += length;
            continue;
        }
        if (consumed != NULL && (length == INCOMPLETE || half_surrogate(s, d->n - i)))
            break;
        if (length == INCOMPLETE) {
            i = codec_decode_error(d, i, d->n, "unexpected end of data");
        } else if (length == BAD_START) {
            i = codec_decode_error(d, i, i + 1, "invalid start byte");
        } else {
            i = codec_decode_error(d, i, i - length, "invalid continuation byte");
        }
        if (i < 0)
            return NULL;
    }
    if (consumed != NULL)
        *consumed = i;
    return _PyUnicodeWriter_Finish(&d->out);
}

PyObject *
PyUnicode_DecodeUTF8Stateful(const char *data, Py_ssize_t n, const char *errors, Py_ssize_t *consumed)
{
    const unsigned char *s = (const unsigned char *)data;
    Py_ssize_t ascii = ascii_prefix(s, n), chars;
    Py_UCS4 max;
    PyObject *text;
    codec_decoder d;
    if (ascii == n) {
        if (consumed != NULL)
            *consumed = n;
        return unicode_from_ascii(data, n);
    }
    if (ascii + measure(s + ascii, n - ascii, &chars, &max) < n) {
        codec_decoder_init(&d, "utf-8", errors, data, n);
        return decode_with_errors(&d, consumed);
    }
    if (consumed != NULL)
        *consumed = n;
    chars += ascii;
    if (chars == 1) {
        next_char(s, n, &max);
        return unicode_char(max);
    }
    text = PyUnicode_New(chars, max);
    if (text == NULL)
        return NULL;
    fill(s, n, PyUnicode_KIND(text), PyUnicode_DATA(text));
    return text;
}

PyObject *
PyUnicode_DecodeUTF8(const char *s, Py_ssize_t n, const char *errors)
{
    return PyUnicode_DecodeUTF8Stateful(s, n, errors, NULL);
}

/* ------------------------------------------------------------------ encoding */

static inline char *
store_char(char *p, Py_UCS4 ch)
{
    if (ch < 0x80) {
        *p++ = (char)ch;
    } else if (ch < 0x800) {
        *p++ = (char)(0xc0 | ch >> 6);
        *p++ = (char)(0x80 | (ch & 0x3f));
    } else if (ch < 0x10000) {
        *p++ = (char)(0xe0 | ch >> 12);
        *p++ = (char)(0x80 | (ch >> 6 & 0x3f));
        *p++ = (char)(0x80 | (ch & 0x3f));
    } else {
        *p++ = (char)(0xf0 | ch >> 18);
        *p++ = (char)(0x80 | (ch >> 12 & 0x3f));
        *p++ = (char)(0x80 | (ch >> 6 & 0x3f));
        *p++ = (char)(0x80 | (ch & 0x3f));
    }
    return p;
}

/* Bytes of the UTF-8 form; -1 when there is a surrogate. */
static Py_ssize_t
encoded_size(const unicode_text *t)
{
    Py_ssize_t size = 0;
    for (Py_ssize_t i = 0; i < t->length; i++) {
        Py_UCS4 ch = unicode_at(t, i);
        if (Py_UNICODE_IS_SURROGATE(ch))
            return -1;
        size += ch < 0x80 ? 1 : ch < 0x800 ? 2 : ch < 0x10000 ? 3 : 4;
    }
    return size;
}

static int
put_utf8(codec_encoder *e, Py_UCS4 ch)
{
    if (Py_UNICODE_IS_SURROGATE(ch))
        return 1;
    if (codec_reserve(e, 4) < 0)
        return -1;
    e->used = store_char(e->out + e->used, ch) - e->out;
    return 0;
}

PyObject *
codecs_utf8_encode(PyObject *text, const char *errors)
{
    unicode_text t = unicode_text_of(text);
    PyCompactUnicodeObject *u = (PyCompactUnicodeObject *)text;
    codec_encoder e;
    PyObject *bytes;
    Py_ssize_t size;
    char *p;
    if (PyUnicode_IS_ASCII(text))
        return PyBytes_FromStringAndSize(t.data, t.length);
    if (u->utf8 != NULL)
        return PyBytes_FromStringAndSize(u->utf8, u->utf8_length);
    size = encoded_size(&t);
    if (size < 0) {
        if (codec_encoder_init(&e, "utf-8", errors, text, put_utf8) < 0)
            return NULL;
        e.unicode = true;
        return codec_encode_all(&e, "surrogates not allowed");
    }
    bytes = PyBytes_FromStringAndSize(NULL, size);
    if (bytes == NULL)
        return NULL;
    p = PyBytes_AS_STRING(bytes);
    for (Py_ssize_t i = 0; i < t.length; i++)
        p = store_char(p, unicode_at(&t, i));
    return bytes;
}

PyObject *
PyUnicode_AsUTF8String(PyObject *text)
{
    if (!PyUnicode_Check(text)) {
        PyErr_BadArgument();
        return NULL;
    }
    return codecs_utf8_encode(text, NULL);
}

const char *
PyUnicode_AsUTF8AndSize(PyObject *text, Py_ssize_t *size)
{
    PyCompactUnicodeObject *u = (PyCompactUnicodeObject *)text;
    unicode_text t;
    Py_ssize_t n;
    char *p, *utf8;
    if (!PyUnicode_Check(text)) {
        PyErr_BadArgument();
        return NULL;
    }
    t = unicode_text_of(text);
    if (PyUnicode_IS_ASCII(text)) {
        if (size != NULL)
            *size = t.length;
        return t.data;
    }
    if (u->utf8 == NULL) {
        n = encoded_size(&t);
        if (n < 0) {
            codecs_utf8_encode(text, NULL);
            return NULL;
        }
        utf8 = p = gcrt_alloc_leaf((size_t)n + 1);
        if (utf8 == NULL)
            return NULL;
        for (Py_ssize_t i = 0; i < t.length; i++)
            p = store_char(p, unicode_at(&t, i));
        u->utf8_length = n;
        gc_store(text, &u->utf8, utf8);
    }
    if (size != NULL)
        *size = u->utf8_length;
    return u->utf8;
}

const char *
PyUnicode_AsUTF8(PyObject *text)
{
    return PyUnicode_AsUTF8AndSize(text, NULL);
}
