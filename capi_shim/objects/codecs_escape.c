/* codecs_escape.c: unicode_escape, raw_unicode_escape and the escapes of bytes literals. */
#include "runtime.h"

#include "codecs.h"
#include "unicode.h"

static int
hex_value(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Up to `digits` hex digits of data[at .. n); returns how many there were. */
static int
read_hex(const char *data, Py_ssize_t at, Py_ssize_t n, int digits, Py_UCS4 *out)
{
    int k = 0;
    *out = 0;
    for (; k < digits && at + k < n; k++) {
        int v = hex_value((unsigned char)data[at + k]);
        if (v < 0)
            break;
        *out = *out << 4 | (Py_UCS4)v;
    }
    return k;
}

/* The character for a one-letter escape, or -1. */
static int
simple_escape(unsigned char c)
{
    switch (c) {
    case '\\': case '\'': case '"': return c;
    case 'b': return '\b';
    case 't': return '\t';
    case 'n': return '\n';
    case 'r': return '\r';
    case 'f': return '\f';
    case 'v': return '\v';
    case 'a': return '\a';
    default: return -1;
    }
}

/* The named character of \N{...} through unicodedata.lookup.  0, or -1 when there is none (no exception). */
static int
named_character(const char *name, Py_ssize_t n, Py_UCS4 *out)
{
    PyObject *module = PyImport_ImportModule("unicodedata"), *ch;
    ch = module == NULL ? NULL : PyObject_CallMethod(module, "lookup", "s#", name, n);
    if (ch == NULL || !PyUnicode_Check(ch) || PyUnicode_GET_LENGTH(ch) != 1) {
        PyErr_Clear();
        return -1;
    }
    *out = PyUnicode_READ_CHAR(ch, 0);
    return 0;
}

/* The first escape that means nothing, or too much: its letter, an octal number above 0377, or -1. */
static int
warn_invalid(int c)
{
    if (c < 0)
        return 0;
    if (c > UCHAR_MAX)
        return PyErr_WarnFormat(PyExc_DeprecationWarning, 1, "invalid octal escape sequence '\\%o'", c);
    return PyErr_WarnFormat(PyExc_DeprecationWarning, 1, "invalid escape sequence '\\%c'", c);
}

/* The escape whose backslash is at i.  Where to go on; -1 exception; -2 incomplete and more may come.
 * *invalid: what warn_invalid says. */
static Py_ssize_t
decode_escape(codec_decoder *d, Py_ssize_t i, bool partial, int *invalid)
{
    Py_ssize_t at = i + 1;
    const char *message;
    unsigned char c;
    Py_UCS4 ch;
    int v, digits;
    if (at >= d->n)
        return partial ? -2 : codec_decode_error(d, i, d->n, "\\ at end of string");
    c = (unsigned char)d->data[at++];
    if (c == '\n')
        return at;
    v = simple_escape(c);
    if (v >= 0)
        return unicode_writer_char(&d->out, (Py_UCS4)v) < 0 ? -1 : at;
    if (c >= '0' && c <= '7') {
        ch = c - '0';
        for (int k = 0; k < 2; k++) {
            if (at >= d->n) {
                if (partial)
                    return -2;
                break;
            }
            if (d->data[at] < '0' || d->data[at] > '7')
                break;
            ch = ch << 3 | (Py_UCS4)(d->data[at++] - '0');
        }
        if (ch > UCHAR_MAX && *invalid < 0)
            *invalid = (int)ch;
        return unicode_writer_char(&d->out, ch) < 0 ? -1 : at;
    }
    if (c == 'x' || c == 'u' || c == 'U') {
        int wanted = c == 'x' ? 2 : c == 'u' ? 4 : 8;
        message = c == 'x' ? "truncated \\xXX escape" : c == 'u' ? "truncated \\uXXXX escape"
                                                                 : "truncated \\UXXXXXXXX escape";
        digits = read_hex(d->data, at, d->n, wanted, &ch);
        if (digits < wanted) {
            if (partial && at + digits >= d->n)
                return -2;
            return codec_decode_error(d, i, at + digits, message);
        }
        at += digits;
        if (ch > UNICODE_MAX)
            return codec_decode_error(d, i, at, "illegal Unicode character");
        return unicode_writer_char(&d->out, ch) < 0 ? -1 : at;
    }
    if (c == 'N') {
        const char *end;
        if (at >= d->n && partial)
            return -2;
        if (at < d->n && d->data[at] == '{') {
            end = memchr(d->data + at, '}', (size_t)(d->n - at));
            if (end == NULL && partial)
                return -2;
            if (end == NULL) {
                at = d->n;
            } else if (end == d->data + at + 1) {
                at++;
            } else {
                Py_ssize_t stop = end - d->data + 1;
                if (named_character(d->data + at + 1, stop - at - 2, &ch) == 0)
                    return unicode_writer_char(&d->out, ch) < 0 ? -1 : stop;
                return codec_decode_error(d, i, stop, "unknown Unicode character name");
            }
        }
        return codec_decode_error(d, i, at, "malformed \\N character escape");
    }
    if (*invalid < 0)
        *invalid = c;
    if (unicode_writer_char(&d->out, '\\') < 0 || unicode_writer_char(&d->out, c) < 0)
        return -1;
    return at;
}

PyObject *
codecs_unicode_escape_decode(const char *s, Py_ssize_t n, const char *errors, Py_ssize_t *consumed)
{
    codec_decoder d;
    Py_ssize_t i = 0, next;
    int invalid = -1;
    codec_decoder_init(&d, "unicodeescape", errors, s, n);
    while (i < d.n) {
        if (d.data[i] != '\\') {
            if (unicode_writer_char(&d.out, (unsigned char)d.data[i]) < 0)
                return NULL;
            i++;
            continue;
        }
        next = decode_escape(&d, i, consumed != NULL, &invalid);
        if (next == -2)
            break;
        if (next < 0)
            return NULL;
        i = next;
    }
    if (warn_invalid(invalid) < 0)
        return NULL;
    if (consumed != NULL)
        *consumed = i;
    return _PyUnicodeWriter_Finish(&d.out);
}

PyObject *
PyUnicode_DecodeUnicodeEscape(const char *s, Py_ssize_t n, const char *errors)
{
    return codecs_unicode_escape_decode(s, n, errors, NULL);
}

PyObject *
codecs_raw_unicode_escape_decode(const char *s, Py_ssize_t n, const char *errors, Py_ssize_t *consumed)
{
    codec_decoder d;
    Py_ssize_t i = 0;
    codec_decoder_init(&d, "rawunicodeescape", errors, s, n);
    while (i < d.n) {
        Py_UCS4 ch = (unsigned char)d.data[i];
        int wanted, digits;
        if (ch != '\\' || (i + 1 >= d.n && consumed == NULL)) {
            if (unicode_writer_char(&d.out, ch) < 0)
                return NULL;
            i++;
            continue;
        }
        if (i + 1 >= d.n)
            break;
        wanted = d.data[i + 1] == 'u' ? 4 : d.data[i + 1] == 'U' ? 8 : 0;
        if (wanted == 0) {
            if (unicode_writer_char(&d.out, '\\') < 0 || unicode_writer_char(&d.out, (unsigned char)d.data[i + 1]) < 0)
                return NULL;
            i += 2;
            continue;
        }
        digits = read_hex(d.data, i + 2, d.n, wanted, &ch);
        if (digits < wanted && consumed != NULL && i + 2 + digits >= d.n)
            break;
        if (digits < wanted)
            i = codec_decode_error(&d, i, i + 2 + digits,
                                   wanted == 4 ? "truncated \\uXXXX escape" : "truncated \\UXXXXXXXX escape");
        else if (ch > UNICODE_MAX)
            i = codec_decode_error(&d, i, i + 2 + digits, "\\Uxxxxxxxx out of range");
        else
            i = unicode_writer_char(&d.out, ch) < 0 ? -1 : i + 2 + digits;
        if (i < 0)
            return NULL;
    }
    if (consumed != NULL)
        *consumed = i;
    return _PyUnicodeWriter_Finish(&d.out);
}

PyObject *
PyUnicode_DecodeRawUnicodeEscape(const char *s, Py_ssize_t n, const char *errors)
{
    return codecs_raw_unicode_escape_decode(s, n, errors, NULL);
}

/* ------------------------------------------------------------------ encoding */

static int
escaped(Py_UCS4 ch, bool raw, char *out)
{
    if (raw ? ch < 0x100 : ch >= ' ' && ch < 0x7f && ch != '\\') {
        out[0] = (char)ch;
        return 1;
    }
    if (!raw && (ch == '\\' || ch == '\t' || ch == '\n' || ch == '\r')) {
        out[0] = '\\';
        out[1] = ch == '\t' ? 't' : ch == '\n' ? 'n' : ch == '\r' ? 'r' : '\\';
        return 2;
    }
    return snprintf(out, 12, ch < 0x100 ? "\\x%02x" : ch < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)ch);
}

static PyObject *
encode(PyObject *text, bool raw)
{
    unicode_text t;
    char *out, *p;
    if (!unicode_require(text))
        return NULL;
    t = unicode_text_of(text);
    if (t.length > PY_SSIZE_T_MAX / 12)
        return PyErr_NoMemory();
    out = p = gcrt_alloc_leaf((size_t)t.length * 10 + 12);
    if (out == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < t.length; i++)
        p += escaped(unicode_at(&t, i), raw, p);
    return PyBytes_FromStringAndSize(out, p - out);
}

PyObject *
PyUnicode_AsUnicodeEscapeString(PyObject *text)
{
    return encode(text, false);
}

PyObject *
PyUnicode_AsRawUnicodeEscapeString(PyObject *text)
{
    return encode(text, true);
}

/* ------------------------------------------------------------------ escapes in bytes */

PyObject *
PyBytes_DecodeEscape(const char *s, Py_ssize_t n, const char *errors, Py_ssize_t Py_UNUSED(unicode),
                     const char *Py_UNUSED(recode))
{
    char *out = gcrt_alloc_leaf((size_t)n + 1), *p = out;
    codec_errors kind = codec_errors_kind(errors);
    Py_ssize_t i = 0;
    int invalid = -1;
    if (out == NULL)
        return NULL;
    while (i < n) {
        unsigned char c = (unsigned char)s[i++];
        Py_UCS4 ch;
        int v, digits;
        if (c != '\\') {
            *p++ = (char)c;
            continue;
        }
        if (i == n) {
            PyErr_SetString(PyExc_ValueError, "Trailing \\ in string");
            return NULL;
        }
        c = (unsigned char)s[i++];
        if (c == '\n')
            continue;
        if ((v = simple_escape(c)) >= 0) {
            *p++ = (char)v;
        } else if (c >= '0' && c <= '7') {
            v = c - '0';
            for (int k = 0; k < 2 && i < n && s[i] >= '0' && s[i] <= '7'; k++)
                v = v << 3 | (s[i++] - '0');
            if (v > UCHAR_MAX && invalid < 0)
                invalid = v;
            *p++ = (char)v;
        } else if (c == 'x') {
            digits = read_hex(s, i, n, 2, &ch);
            if (digits == 2) {
                *p++ = (char)ch;
            } else if (kind == CODEC_REPLACE) {
                *p++ = '?';
            } else if (kind == CODEC_STRICT) {
                PyErr_Format(PyExc_ValueError, "invalid \\x escape at position %zd", i - 2);
                return NULL;
            } else if (kind != CODEC_IGNORE) {
                PyErr_Format(PyExc_ValueError, "decoding error; unknown error handling code: %.400s", errors);
                return NULL;
            }
            i += digits;
        } else {
            if (invalid < 0)
                invalid = c;
            *p++ = '\\';
            *p++ = (char)c;
        }
    }
    if (warn_invalid(invalid) < 0)
        return NULL;
    return PyBytes_FromStringAndSize(out, p - out);
}
