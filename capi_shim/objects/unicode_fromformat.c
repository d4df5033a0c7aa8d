/* unicode_fromformat.c: PyUnicode_FromFormat: printf-like codes, with objects. */
#include "runtime.h"

#include "unicode.h"
#include "unicode_writer.h"

typedef struct spec {
    bool zero, left;
    Py_ssize_t width, precision;     /* -1: not given */
    char size;                       /* 0, 'l', 'L' (ll), 'z', 'j', 't' */
    char code;
} spec;

static const char *
parse_number(const char *f, Py_ssize_t *out)
{
    Py_ssize_t v = 0;
    for (; *f >= '0' && *f <= '9'; f++) {
        if (v > (PY_SSIZE_T_MAX - 9) / 10) {
            PyErr_SetString(PyExc_ValueError, "width or precision too big");
            return NULL;
        }
        v = v * 10 + (*f - '0');
    }
    *out = v;
    return f;
}

/* f is behind the '%'.  Returns the place behind the code. */
static const char *
parse_spec(const char *f, spec *s)
{
    *s = (spec){.width = -1, .precision = -1};
    for (; *f == '0' || *f == '-'; f++) {
        if (*f == '0')
            s->zero = true;
        else
            s->left = true;
    }
    if (*f >= '1' && *f <= '9' && (f = parse_number(f, &s->width)) == NULL)
        return NULL;
    if (*f == '.' && (f = parse_number(f + 1, &s->precision)) == NULL)
        return NULL;
    if (*f == 'l') {
        s->size = 'l';
        if (*++f == 'l') {
            s->size = 'L';
            f++;
        }
    } else if (*f == 'z' || *f == 'j' || *f == 't') {
        s->size = *f++;
    }
    s->code = *f;
    return *f == '\0' ? f : f + 1;
}

/* An object's text, cut and padded. */
static int
write_str(_PyUnicodeWriter *w, PyObject *str, const spec *s)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(str), pad;
    if (s->precision >= 0 && s->precision < n)
        n = s->precision;
    pad = s->width - n;
    if (!s->left && unicode_writer_fill(w, ' ', pad) < 0)
        return -1;
    if (_PyUnicodeWriter_WriteSubstring(w, str, 0, n) < 0)
        return -1;
    return s->left ? unicode_writer_fill(w, ' ', pad) : 0;
}

/* Bytes in UTF-8; precision counts bytes, and a sequence that it cuts is left out. */
static int
write_utf8(_PyUnicodeWriter *w, const char *text, spec *s)
{
    Py_ssize_t n = 0, consumed = 0;
    PyObject *str;
    if (s->precision < 0)
        n = (Py_ssize_t)strlen(text);
    else
        while (n < s->precision && text[n] != '\0')
            n++;
    str = PyUnicode_DecodeUTF8Stateful(text, n, "replace", s->precision < 0 ? NULL : &consumed);
    if (str == NULL)
        return -1;
    s->precision = -1;
    return write_str(w, str, s);
}

static int
write_number(_PyUnicodeWriter *w, const char *digits, const spec *s)
{
    Py_ssize_t n = (Py_ssize_t)strlen(digits), sign = digits[0] == '-' ? 1 : 0, zeros = 0, pad;
    if (s->precision > n - sign)
        zeros = s->precision - (n - sign);
    pad = s->width - n - zeros;
    if (s->zero && s->precision < 0 && !s->left && pad > 0) {
        zeros = pad;
        pad = 0;
    }
    if ((!s->left && unicode_writer_fill(w, ' ', pad) < 0) || _PyUnicodeWriter_WriteASCIIString(w, digits, sign) < 0 ||
        unicode_writer_fill(w, '0', zeros) < 0 || _PyUnicodeWriter_WriteASCIIString(w, digits + sign, n - sign) < 0)
        return -1;
    return s->left ? unicode_writer_fill(w, ' ', pad) : 0;
}

static int
write_signed(_PyUnicodeWriter *w, int64_t v, const spec *s)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%" PRId64, v);
    return write_number(w, digits, s);
}

static int
write_unsigned(_PyUnicodeWriter *w, uint64_t v, const spec *s)
{
    char digits[32];
    if (s->code == 'x')
        snprintf(digits, sizeof digits, "%" PRIx64, v);
    else if (s->code == 'X')
        snprintf(digits, sizeof digits, "%" PRIX64, v);
    else if (s->code == 'o')
        snprintf(digits, sizeof digits, "%" PRIo64, v);
    else
        snprintf(digits, sizeof digits, "%" PRIu64, v);
    return write_number(w, digits, s);
}

static int
write_integer(_PyUnicodeWriter *w, const spec *s, va_list *va)
{
    if (s->code == 'd' || s->code == 'i') {
        switch (s->size) {
        case 0: return write_signed(w, va_arg(*va, int), s);
        case 'l': return write_signed(w, va_arg(*va, long), s);
        case 'L': return write_signed(w, va_arg(*va, long long), s);
        case 'z': return write_signed(w, va_arg(*va, Py_ssize_t), s);
        case 'j': return write_signed(w, va_arg(*va, intmax_t), s);
        default: return write_signed(w, va_arg(*va, ptrdiff_t), s);
        }
    }
    switch (s->size) {
    case 0: return write_unsigned(w, va_arg(*va, unsigned), s);
    case 'l': return write_unsigned(w, va_arg(*va, unsigned long), s);
    case 'L': return write_unsigned(w, va_arg(*va, unsigned long long), s);
    default: return write_unsigned(w, va_arg(*va, size_t), s);
    }
}

static int
write_pointer(_PyUnicodeWriter *w, const void *p, const spec *s)
{
    char text[32];
    snprintf(text, sizeof text, "0x%" PRIxPTR, (uintptr_t)p);
    return write_number(w, text, &(spec){.width = s->width, .precision = -1, .left = s->left});
}

static int
write_char(_PyUnicodeWriter *w, int ch)
{
    if (ch < 0 || ch > (int)UNICODE_MAX) {
        PyErr_SetString(PyExc_OverflowError, "character argument not in range(0x110000)");
        return -1;
    }
    return unicode_writer_char(w, (Py_UCS4)ch);
}

static int
write_object(_PyUnicodeWriter *w, PyObject *(*text)(PyObject *), PyObject *op, const spec *s)
{
    PyObject *str = text(op);
    return str == NULL ? -1 : write_str(w, str, s);
}

static int
write_argument(_PyUnicodeWriter *w, spec *s, va_list *va)
{
    PyObject *op;
    const char *text;
    switch (s->code) {
    case '%': return unicode_writer_char(w, '%');
    case 'c': return write_char(w, va_arg(*va, int));
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'o': return write_integer(w, s, va);
    case 'p': return write_pointer(w, va_arg(*va, void *), s);
    case 's':
        if (s->size != 'l')
            return write_utf8(w, va_arg(*va, const char *), s);
        op = PyUnicode_FromWideChar(va_arg(*va, const wchar_t *), -1);
        return op == NULL ? -1 : write_str(w, op, s);
    case 'U': return write_str(w, va_arg(*va, PyObject *), s);
    case 'V':
        op = va_arg(*va, PyObject *);
        text = va_arg(*va, const char *);
        return op != NULL ? write_str(w, op, s) : write_utf8(w, text, s);
    case 'S': return write_object(w, PyObject_Str, va_arg(*va, PyObject *), s);
    case 'R': return write_object(w, PyObject_Repr, va_arg(*va, PyObject *), s);
    case 'A': return write_object(w, PyObject_ASCII, va_arg(*va, PyObject *), s);
    default: PyErr_SetString(PyExc_SystemError, "invalid format string"); return -1;
    }
}

PyObject *
PyUnicode_FromFormatV(const char *f, va_list args)
{
    _PyUnicodeWriter w;
    va_list va;
    spec s;
    va_copy(va, args);
    _PyUnicodeWriter_Init(&w);
    w.overallocate = 1;
    w.min_length = (Py_ssize_t)strlen(f) + 24;
    while (*f != '\0') {
        const char *start = f;
        while (*f != '\0' && *f != '%') {
            if ((unsigned char)*f > 127) {
                PyErr_Format(PyExc_ValueError,
                             "PyUnicode_FromFormatV() expects an ASCII-encoded format string, got a non-ASCII byte: "
                             "0x%02x", (unsigned char)*f);
                goto error;
            }
            f++;
        }
        if (_PyUnicodeWriter_WriteASCIIString(&w, start, f - start) < 0)
            goto error;
        if (*f == '\0')
            break;
        f = parse_spec(f + 1, &s);
        if (f == NULL || write_argument(&w, &s, &va) < 0)
            goto error;
    }
    va_end(va);
    return _PyUnicodeWriter_Finish(&w);
error:
    va_end(va);
    return NULL;
}

PyObject *
PyUnicode_FromFormat(const char *format, ...)
{
    va_list va;
    PyObject *s;
    va_start(va, format);
    s = PyUnicode_FromFormatV(format, va);
    va_end(va);
    return s;
}
