/* percent.c: printf-style formatting, for str and bytes alike: bytes are one-byte text here. */
#include "runtime.h"

#include "bytes.h"
#include "percent.h"
#include "typeobject.h"
#include "unicode_writer.h"

typedef struct percent {
    _PyUnicodeWriter *w;
    unicode_text f;
    Py_ssize_t at;                   /* in f */
    bool bytes;
    PyObject *args, *mapping;        /* mapping: NULL when args can't be one */
    Py_ssize_t next, count;          /* count -1: args is the one argument */
    bool used_mapping;
    /* the specifier at hand */
    PyObject *keyed;                 /* the value of (key), or NULL */
    bool left, plus, space, alternate, zero;
    Py_ssize_t width, precision;     /* precision -1: none */
    Py_UCS4 code;
} percent;

static bool
at_end(const percent *p)
{
    return p->at >= p->f.length;
}

static Py_UCS4
peek(const percent *p)
{
    return unicode_at(&p->f, p->at);
}

static PyObject *
next_argument(percent *p)
{
    PyObject *keyed = p->keyed;
    if (keyed != NULL) {
        p->keyed = NULL;
        return keyed;
    }
    if (p->count >= 0 && p->next < p->count)
        return PyTuple_GET_ITEM(p->args, p->next++);
    if (p->count < 0 && p->next == 0 && !p->used_mapping) {
        p->next = 1;
        return p->args;
    }
    PyErr_SetString(PyExc_TypeError, "not enough arguments for format string");
    return NULL;
}

/* ------------------------------------------------------------------ parsing */

static int
incomplete(const char *message)
{
    PyErr_SetString(PyExc_ValueError, message);
    return -1;
}

static PyObject *
slice_of_format(percent *p, Py_ssize_t start, Py_ssize_t end)
{
    const char *data = (const char *)p->f.data + start * p->f.kind;
    if (p->bytes)
        return PyBytes_FromStringAndSize(data, end - start);
    return PyUnicode_FromKindAndData(p->f.kind, data, end - start);
}

static int
parse_key(percent *p)
{
    Py_ssize_t start = ++p->at;
    int depth = 1;
    PyObject *key;
    if (p->mapping == NULL) {
        PyErr_SetString(PyExc_TypeError, "format requires a mapping");
        return -1;
    }
    for (; !at_end(p); p->at++) {
        Py_UCS4 c = peek(p);
        if (c == ')' && --depth == 0)
            break;
        depth += c == '(';
    }
    if (at_end(p))
        return incomplete("incomplete format key");
    key = slice_of_format(p, start, p->at++);
    if (key == NULL)
        return -1;
    p->keyed = PyObject_GetItem(p->mapping, key);
    p->used_mapping = true;
    return p->keyed == NULL ? -1 : 0;
}

/* A number or '*'.  -1 with an exception. */
static int
parse_size(percent *p, Py_ssize_t *out, const char *too_big)
{
    if (at_end(p))
        return 0;
    if (peek(p) == '*') {
        PyObject *v;
        p->at++;
        if ((v = next_argument(p)) == NULL)
            return -1;
        if (!PyLong_Check(v)) {
            PyErr_SetString(PyExc_TypeError, "* wants int");
            return -1;
        }
        *out = out == &p->precision ? _PyLong_AsInt(v) : PyLong_AsSsize_t(v);
        return *out == -1 && PyErr_Occurred() ? -1 : 0;
    }
    for (; !at_end(p) && peek(p) >= '0' && peek(p) <= '9'; p->at++) {
        Py_ssize_t digit = (Py_ssize_t)(peek(p) - '0');
        if (*out > ((out == &p->precision ? INT_MAX : PY_SSIZE_T_MAX) - digit) / 10)
            return incomplete(too_big);
        *out = *out * 10 + digit;
    }
    return 0;
}

static bool
parse_flag(percent *p)
{
    if (at_end(p))
        return false;
    switch (peek(p)) {
    case '-': p->left = true; break;
    case '+': p->plus = true; break;
    case ' ': p->space = true; break;
    case '#': p->alternate = true; break;
    case '0': p->zero = true; break;
    default: return false;
    }
    p->at++;
    return true;
}

/* p->at is behind the '%'. */
static int
parse(percent *p)
{
    p->keyed = NULL;
    p->left = p->plus = p->space = p->alternate = p->zero = false;
    p->width = 0;
    p->precision = -1;
    if (!at_end(p) && peek(p) == '(' && parse_key(p) < 0)
        return -1;
    while (parse_flag(p))
        ;
    if (parse_size(p, &p->width, "width too big") < 0)
        return -1;
    if (p->width < 0) {
        p->left = true;
        p->width = -p->width;
    }
    if (!at_end(p) && peek(p) == '.') {
        p->at++;
        p->precision = 0;
        if (parse_size(p, &p->precision, "precision too big") < 0)
            return -1;
        p->precision = Py_MAX(p->precision, 0);
    }
    if (!at_end(p) && (peek(p) == 'h' || peek(p) == 'l' || peek(p) == 'L'))
        p->at++;
    if (at_end(p))
        return incomplete("incomplete format");
    p->code = peek(p);
    p->at++;
    return 0;
}

/* ------------------------------------------------------------------ writing */

static int
write_text(percent *p, PyObject *text)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(text), pad;
    if (p->precision >= 0 && p->precision < n)
        n = p->precision;
    pad = p->width - n;
    if (!p->left && unicode_writer_fill(p->w, ' ', pad) < 0)
        return -1;
    if (_PyUnicodeWriter_WriteSubstring(p->w, text, 0, n) < 0)
        return -1;
    return p->left ? unicode_writer_fill(p->w, ' ', pad) : 0;
}

/* A formatted number: [sign] [0x] digits.  Zeros go behind sign and prefix. */
static int
write_number(percent *p, const char *sign, const char *prefix, const char *digits, Py_ssize_t zeros)
{
    Py_ssize_t n = (Py_ssize_t)(strlen(sign) + strlen(prefix) + strlen(digits)), pad;
    pad = p->width - n - zeros;
    if (p->zero && !p->left && pad > 0) {
        zeros += pad;
        pad = 0;
    }
    if ((!p->left && unicode_writer_fill(p->w, ' ', pad) < 0) ||
        _PyUnicodeWriter_WriteASCIIString(p->w, sign, -1) < 0 ||
        _PyUnicodeWriter_WriteASCIIString(p->w, prefix, -1) < 0 || unicode_writer_fill(p->w, '0', zeros) < 0 ||
        _PyUnicodeWriter_WriteASCIIString(p->w, digits, -1) < 0)
        return -1;
    return p->left ? unicode_writer_fill(p->w, ' ', pad) : 0;
}

static const char *
sign_for(const percent *p, bool negative)
{
    return negative ? "-" : p->plus ? "+" : p->space ? " " : "";
}

/* The argument as an int, or NULL with TypeError. */
static PyObject *
integer_argument(percent *p, PyObject *v)
{
    PyObject *result = NULL;
    bool hex = p->code == 'x' || p->code == 'X' || p->code == 'o';
    if (PyLong_Check(v))
        return v;
    if (hex ? PyIndex_Check(v) : PyNumber_Check(v)) {
        result = hex ? PyNumber_Index(v) : PyNumber_Long(v);
        if (result != NULL || !PyErr_ExceptionMatches(PyExc_TypeError))
            return result;
        PyErr_Clear();
    }
    if (hex)
        PyErr_Format(PyExc_TypeError, "%%%c format: an integer is required, not %.200s", (int)p->code,
                     Py_TYPE(v)->tp_name);
    else
        PyErr_Format(PyExc_TypeError, "%%%c format: a real number is required, not %.200s", (int)p->code,
                     Py_TYPE(v)->tp_name);
    return NULL;
}

/* Decimal digits of a small int, written backwards from the end of a buffer. */
static int
write_small(percent *p, int64_t value)
{
    char buffer[24], *at = buffer + sizeof buffer - 1;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    *at = '\0';
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    Py_ssize_t n = buffer + sizeof buffer - 1 - at;
    return write_number(p, sign_for(p, value < 0), "", at, Py_MAX(p->precision - n, 0));
}

static int
write_integer(percent *p, PyObject *v)
{
    char prefix[3] = "", *digits;
    PyObject *text;
    const char *full;
    int base = p->code == 'o' ? 8 : p->code == 'x' || p->code == 'X' ? 16 : 10;
    bool negative;
    Py_ssize_t zeros;
    if (gcrt_is_int(v) && base == 10)
        return write_small(p, gcrt_int_value(v));
    if ((v = integer_argument(p, v)) == NULL || (text = PyNumber_ToBase(v, base)) == NULL)
        return -1;
    full = PyUnicode_AsUTF8(text);
    if (full == NULL)
        return -1;
    negative = *full == '-';
    full += negative;
    if (base != 10) {
        if (p->alternate)
            snprintf(prefix, sizeof prefix, "0%c", (int)p->code);
        full += 2;
    }
    digits = gcrt_alloc_leaf(strlen(full) + 1);
    if (digits == NULL)
        return -1;
    for (size_t i = 0; full[i] != '\0'; i++)
        digits[i] = p->code == 'X' ? (char)Py_TOUPPER(full[i]) : full[i];
    zeros = Py_MAX(p->precision - (Py_ssize_t)strlen(digits), 0);
    return write_number(p, sign_for(p, negative), prefix, digits, zeros);
}

static int
write_float(percent *p, PyObject *v)
{
    double d = PyFloat_AsDouble(v);
    bool negative;
    char *text;
    int result;
    if (d == -1.0 && PyErr_Occurred())
        return -1;
    text = PyOS_double_to_string(d, (char)p->code, p->precision < 0 ? 6 : (int)Py_MIN(p->precision, INT_MAX),
                                 p->alternate ? Py_DTSF_ALT : 0, NULL);
    if (text == NULL)
        return -1;
    negative = text[0] == '-';
    result = write_number(p, sign_for(p, negative), "", text + negative, 0);
    PyMem_Free(text);
    return result;
}

static int
write_char(percent *p, PyObject *v)
{
    Py_UCS4 ch;
    PyObject *text;
    if (!p->bytes && PyUnicode_Check(v) && PyUnicode_GET_LENGTH(v) == 1) {
        ch = PyUnicode_READ_CHAR(v, 0);
    } else if (p->bytes && PyBytes_Check(v) && PyBytes_GET_SIZE(v) == 1) {
        ch = (unsigned char)PyBytes_AS_STRING(v)[0];
    } else if (p->bytes && PyByteArray_Check(v) && PyByteArray_GET_SIZE(v) == 1) {
        ch = (unsigned char)PyByteArray_AS_STRING(v)[0];
    } else {
        PyObject *index = PyIndex_Check(v) ? PyNumber_Index(v) : NULL;
        int overflow;
        long x;
        if (index == NULL) {
            if (!PyErr_Occurred())
                PyErr_SetString(PyExc_TypeError, p->bytes ? "%c requires an integer in range(256) or a single byte"
                                                          : "%c requires int or char");
            return -1;
        }
        x = PyLong_AsLongAndOverflow(index, &overflow);
        if (overflow || x < 0 || x > (p->bytes ? 255 : (long)UNICODE_MAX)) {
            PyErr_SetString(PyExc_OverflowError,
                            p->bytes ? "%c arg not in range(256)" : "%c arg not in range(0x110000)");
            return -1;
        }
        ch = (Py_UCS4)x;
    }
    text = unicode_char(ch);
    p->precision = -1;
    return text == NULL ? -1 : write_text(p, text);
}

/* %b of bytes: a buffer, or __bytes__. */
static PyObject *
bytes_argument(PyObject *v)
{
    PyObject *made = NULL, *text;
    Py_buffer view;
    if (!PyBytes_Check(v) && !PyObject_CheckBuffer(v)) {
        made = type_call_special(v, GCRT_NAME(__bytes__), NULL, 0);
        if (made == NULL) {
            if (!PyErr_Occurred())
                PyErr_Format(PyExc_TypeError,
                             "%%b requires a bytes-like object, or an object that implements __bytes__, not '%.100s'",
                             Py_TYPE(v)->tp_name);
            return NULL;
        }
        if (!PyBytes_Check(made)) {
            PyErr_Format(PyExc_TypeError, "__bytes__ returned non-bytes (type %.200s)", Py_TYPE(made)->tp_name);
            return NULL;
        }
        v = made;
    }
    if (PyObject_GetBuffer(v, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    text = PyUnicode_FromKindAndData(1, view.buf, view.len);
    PyBuffer_Release(&view);
    return text;
}

static int
write_object(percent *p, PyObject *v)
{
    PyObject *text;
    if (p->bytes)
        text = p->code == 'r' || p->code == 'a' ? PyObject_ASCII(v) : bytes_argument(v);
    else if (p->code == 's')
        text = PyUnicode_CheckExact(v) ? v : PyObject_Str(v);
    else
        text = p->code == 'r' ? PyObject_Repr(v) : PyObject_ASCII(v);
    return text == NULL ? -1 : write_text(p, text);
}

static int
write_argument(percent *p)
{
    PyObject *v;
    if ((v = next_argument(p)) == NULL)
        return -1;
    switch (p->code) {
    case 'b':
        if (!p->bytes)
            break;
        /* fall through */
    case 's':
    case 'r':
    case 'a': return write_object(p, v);
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X': return write_integer(p, v);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': return write_float(p, v);
    case 'c': return write_char(p, v);
    default: break;
    }
    PyErr_Format(PyExc_ValueError, "unsupported format character '%c' (0x%x) at index %zd",
                 p->code > 31 && p->code < 127 ? (int)p->code : '?', (unsigned)p->code, p->at - 1);
    return -1;
}

int
percent_format(_PyUnicodeWriter *w, unicode_text format, PyObject *args, bool bytes)
{
    percent p = {.w = w, .f = format, .bytes = bytes, .args = args};
    const char *data = format.data;
    if (PyTuple_Check(args)) {
        p.count = PyTuple_GET_SIZE(args);
    } else {
        p.count = -1;
        if (PyMapping_Check(args) && !PyUnicode_Check(args) &&
            !(bytes && (PyBytes_Check(args) || PyByteArray_Check(args))))
            p.mapping = args;
    }
    while (!at_end(&p)) {
        Py_ssize_t left = format.length - p.at;
        Py_ssize_t run = unicode_find_char(format.kind, data + p.at * format.kind, left, '%', 1);
        if (run < 0)
            run = left;
        if (run > 0) {
            const char *from = data + p.at * format.kind;
            if (unicode_writer_prepare(w, run, unicode_max_char(format.kind, from, run)) < 0)
                return -1;
            unicode_copy((int)w->kind, (char *)w->data + w->pos * (int)w->kind, format.kind, from, run);
            w->pos += run;
            p.at += run;
            continue;
        }
        p.at++;
        if (!at_end(&p) && peek(&p) == '%') {
            p.at++;
            if (unicode_writer_char(w, '%') < 0)
                return -1;
            continue;
        }
        if (parse(&p) < 0 || write_argument(&p) < 0)
            return -1;
    }
    if (p.count >= 0 ? p.next < p.count : p.next == 0 && p.mapping == NULL) {
        PyErr_Format(PyExc_TypeError, "not all arguments converted during %s formatting", bytes ? "bytes" : "string");
        return -1;
    }
    return 0;
}

PyObject *
PyUnicode_Format(PyObject *format, PyObject *args)
{
    _PyUnicodeWriter w;
    if (format == NULL || args == NULL) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (!unicode_require(format))
        return NULL;
    _PyUnicodeWriter_Init(&w);
    w.overallocate = 1;
    w.min_length = PyUnicode_GET_LENGTH(format) + 32;
    return percent_format(&w, unicode_text_of(format), args, false) < 0 ? NULL : _PyUnicodeWriter_Finish(&w);
}

PyObject *
bytes_mod(bytes_span format, PyObject *args)
{
    _PyUnicodeWriter w;
    PyObject *text;
    _PyUnicodeWriter_Init(&w);
    w.overallocate = 1;
    if (percent_format(&w, (unicode_text){1, format.data, format.n}, args, true) < 0)
        return NULL;
    text = _PyUnicodeWriter_Finish(&w);
    return text == NULL ? NULL : PyBytes_FromStringAndSize(PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text));
}

PyObject *
PyBytes_FromFormatV(const char *format, va_list args)
{
    PyObject *text = PyUnicode_FromFormatV(format, args);
    return text == NULL ? NULL : PyUnicode_AsUTF8String(text);
}

PyObject *
PyBytes_FromFormat(const char *format, ...)
{
    va_list va;
    PyObject *result;
    va_start(va, format);
    result = PyBytes_FromFormatV(format, va);
    va_end(va);
    return result;
}
