/* bytes_more.c: methods of bytes and bytearray: case, classification, padding, tables, hex. */
#include "runtime.h"

#include "bytes.h"
#include "textargs.h"
#include "unicode.h"

const char *Py_hexdigits = "0123456789abcdef";
const unsigned char _Py_ascii_whitespace[] = {
    [9] = 1, [10] = 1, [11] = 1, [12] = 1, [13] = 1, [28] = 1, [29] = 1, [30] = 1, [31] = 1, [32] = 1, [127] = 0,
};

/* ------------------------------------------------------------------ case */

static char
to_lower(char c)
{
    return Py_ISUPPER(c) ? (char)(c + 32) : c;
}

static char
to_upper(char c)
{
    return Py_ISLOWER(c) ? (char)(c - 32) : c;
}

/* A copy of self that the caller may write to; for an empty one or a single byte the caller must not, so those
 * are built from a buffer.  Every result goes through `finish`. */
static char *
scratch(PyObject *self, Py_ssize_t *n)
{
    bytes_span s = bytes_view(self);
    char *copy = gcrt_alloc_leaf((size_t)s.n + 1);
    *n = s.n;
    if (copy != NULL)
        memcpy(copy, s.data, (size_t)s.n);
    return copy;
}

#define DEFINE_MAP(NAME, EXPRESSION)                                                                    \
    BYTES_NOARGS(NAME)                                                                                  \
    {                                                                                                   \
        Py_ssize_t n;                                                                                   \
        char *s = scratch(self, &n);                                                                    \
        bool in_word = false;                                                                           \
        (void)unused;                                                                                   \
        (void)in_word;                                                                                  \
        if (s == NULL)                                                                                  \
            return NULL;                                                                                \
        for (Py_ssize_t i = 0; i < n; i++) {                                                            \
            char c = s[i];                                                                              \
            s[i] = EXPRESSION;                                                                          \
            in_word = Py_ISALPHA(c);                                                                    \
        }                                                                                               \
        return bytes_make(self, s, n);                                                                  \
    }
DEFINE_MAP(lower, to_lower(c))
DEFINE_MAP(upper, to_upper(c))
DEFINE_MAP(swapcase, (Py_ISUPPER(c) ? to_lower(c) : to_upper(c)))
DEFINE_MAP(capitalize, (i == 0 ? to_upper(c) : to_lower(c)))
DEFINE_MAP(title, (in_word ? to_lower(c) : to_upper(c)))

/* ------------------------------------------------------------------ classification */

#define DEFINE_ALL(NAME, TEST, WHEN_EMPTY)                                                              \
    BYTES_NOARGS(NAME)                                                                                  \
    {                                                                                                   \
        bytes_span s = bytes_view(self);                                                                \
        (void)unused;                                                                                   \
        for (Py_ssize_t i = 0; i < s.n; i++) {                                                          \
            unsigned char c = (unsigned char)s.data[i];                                                 \
            if (!(TEST))                                                                                \
                Py_RETURN_FALSE;                                                                        \
        }                                                                                               \
        return PyBool_FromLong(s.n > 0 || WHEN_EMPTY);                                                  \
    }
DEFINE_ALL(isalnum, Py_ISALNUM(c), 0)
DEFINE_ALL(isalpha, Py_ISALPHA(c), 0)
DEFINE_ALL(isascii, c < 128, 1)
DEFINE_ALL(isdigit, Py_ISDIGIT(c), 0)
DEFINE_ALL(isspace, Py_ISSPACE(c), 0)

static PyObject *
has_only_case(PyObject *self, bool upper)
{
    bytes_span s = bytes_view(self);
    bool cased = false;
    for (Py_ssize_t i = 0; i < s.n; i++) {
        if (upper ? Py_ISLOWER(s.data[i]) : Py_ISUPPER(s.data[i]))
            Py_RETURN_FALSE;
        cased |= Py_ISALPHA(s.data[i]);
    }
    return PyBool_FromLong(cased);
}

BYTES_NOARGS(islower)
{
    (void)unused;
    return has_only_case(self, false);
}

BYTES_NOARGS(isupper)
{
    (void)unused;
    return has_only_case(self, true);
}

BYTES_NOARGS(istitle)
{
    bytes_span s = bytes_view(self);
    bool cased = false, in_word = false;
    (void)unused;
    for (Py_ssize_t i = 0; i < s.n; i++) {
        if (in_word ? Py_ISUPPER(s.data[i]) : Py_ISLOWER(s.data[i]))
            Py_RETURN_FALSE;
        in_word = Py_ISALPHA(s.data[i]);
        cased |= in_word;
    }
    return PyBool_FromLong(cased);
}

/* ------------------------------------------------------------------ padding */

static PyObject *
padded(PyObject *self, Py_ssize_t left, Py_ssize_t right, char fill)
{
    bytes_span s = bytes_view(self);
    char *out;
    left = Py_MAX(left, 0);
    right = Py_MAX(right, 0);
    if (left + right == 0)
        return PyBytes_CheckExact(self) ? self : bytes_make(self, s.data, s.n);
    if (left > PY_SSIZE_T_MAX - right || left + right > PY_SSIZE_T_MAX - s.n)
        return PyErr_NoMemory();
    out = gcrt_alloc_leaf((size_t)(left + s.n + right));
    if (out == NULL)
        return NULL;
    memset(out, fill, (size_t)left);
    memcpy(out + left, s.data, (size_t)s.n);
    memset(out + left + s.n, fill, (size_t)right);
    return bytes_make(self, out, left + s.n + right);
}

static int
pad_args(const char *name, PyObject *const *args, Py_ssize_t n, Py_ssize_t *width, char *fill)
{
    *fill = ' ';
    if (!_PyArg_CheckPositional(name, n, 1, 2) || textargs_ssize(args[0], width) < 0)
        return -1;
    if (n == 1)
        return 0;
    if (PyBytes_Check(args[1]) && PyBytes_GET_SIZE(args[1]) == 1) {
        *fill = PyBytes_AS_STRING(args[1])[0];
    } else if (PyByteArray_Check(args[1]) && PyByteArray_GET_SIZE(args[1]) == 1) {
        *fill = PyByteArray_AS_STRING(args[1])[0];
    } else {
        _PyArg_BadArgument(name, "argument 2", "a byte string of length 1", args[1]);
        return -1;
    }
    return 0;
}

BYTES_FAST(ljust)
{
    Py_ssize_t width;
    char fill;
    return pad_args("ljust", args, n, &width, &fill) < 0 ? NULL : padded(self, 0, width - bytes_view(self).n, fill);
}

BYTES_FAST(rjust)
{
    Py_ssize_t width;
    char fill;
    return pad_args("rjust", args, n, &width, &fill) < 0 ? NULL : padded(self, width - bytes_view(self).n, 0, fill);
}

BYTES_FAST(center)
{
    Py_ssize_t width, pad, left;
    char fill;
    if (pad_args("center", args, n, &width, &fill) < 0)
        return NULL;
    pad = width - bytes_view(self).n;
    if (pad < 0)
        pad = 0;
    left = pad / 2 + (pad & width & 1);
    return padded(self, left, pad - left, fill);
}

BYTES_ONE(zfill)
{
    bytes_span s = bytes_view(self);
    Py_ssize_t width, pad;
    PyObject *result;
    char *data;
    if (textargs_ssize(arg, &width) < 0)
        return NULL;
    pad = width - s.n;
    result = padded(self, pad, 0, '0');
    if (result == NULL || pad <= 0 || s.n == 0 || (s.data[0] != '+' && s.data[0] != '-'))
        return result;
    data = bytes_data(result);
    data[0] = s.data[0];
    data[pad] = '0';
    return result;
}

BYTES_KEYWORDS(expandtabs)
{
    static const char *const names[] = {"tabsize"};
    bytes_span s = bytes_view(self);
    PyObject *given[1];
    Py_ssize_t size = 8, column = 0, total = 0, used = 0;
    char *out;
    if (textargs_keywords("expandtabs", args, n, kwnames, names, 0, 1, given) < 0)
        return NULL;
    if (given[0] != NULL) {
        int v = _PyLong_AsInt(given[0]);
        if (v == -1 && PyErr_Occurred())
            return NULL;
        size = v;
    }
    for (int pass = 0; pass < 2; pass++) {
        out = pass ? gcrt_alloc_leaf((size_t)total + 1) : NULL;
        if (pass && out == NULL)
            return NULL;
        column = 0;
        for (Py_ssize_t i = 0; i < s.n; i++) {
            char c = s.data[i];
            Py_ssize_t width = c == '\t' ? (size > 0 ? size - column % size : 0) : 1;
            if (pass) {
                memset(out + used, c == '\t' ? ' ' : c, (size_t)width);
                used += width;
            } else if (total > PY_SSIZE_T_MAX - width - 1) {
                PyErr_SetString(PyExc_OverflowError, "result too long");
                return NULL;
            } else {
                total += width;
            }
            column = c == '\n' || c == '\r' ? 0 : column + width;
        }
    }
    return bytes_make(self, out, total);
}

/* ------------------------------------------------------------------ tables */

BYTES_KEYWORDS(translate)
{
    static const char *const names[] = {"table", "delete"};
    PyObject *given[2];
    Py_buffer view;
    bool drop[256] = {0}, has_table;
    unsigned char table[256];
    bytes_span s;
    char *out;
    Py_ssize_t used = 0;
    if (kwnames == NULL && n == 0) {
        PyErr_SetString(PyExc_TypeError, "translate() takes at least 1 positional argument (0 given)");
        return NULL;
    }
    if (textargs_keywords("translate", args, n, kwnames, names, 1, 2, given) < 0)
        return NULL;
    has_table = given[0] != Py_None;
    if (has_table) {
        if (bytes_buffer(given[0], &view) < 0)
            return NULL;
        if (view.len != 256) {
            PyErr_SetString(PyExc_ValueError, "translation table must be 256 characters long");
            PyBuffer_Release(&view);
            return NULL;
        }
        memcpy(table, view.buf, 256);
        PyBuffer_Release(&view);
    }
    if (given[1] != NULL) {
        if (bytes_buffer(given[1], &view) < 0)
            return NULL;
        for (Py_ssize_t i = 0; i < view.len; i++)
            drop[((unsigned char *)view.buf)[i]] = true;
        PyBuffer_Release(&view);
    }
    s = bytes_view(self);
    out = gcrt_alloc_leaf((size_t)s.n + 1);
    if (out == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.data[i];
        if (!drop[c])
            out[used++] = (char)(has_table ? table[c] : c);
    }
    if (used == s.n && PyBytes_CheckExact(self) && memcmp(out, s.data, (size_t)used) == 0)
        return self;
    return bytes_make(self, out, used);
}

BYTES_FAST(maketrans)
{
    unsigned char table[256];
    Py_buffer from, to;
    PyObject *result = NULL;
    (void)self;
    if (!_PyArg_CheckPositional("maketrans", n, 2, 2) || bytes_buffer(args[0], &from) < 0)
        return NULL;
    if (bytes_buffer(args[1], &to) < 0) {
        PyBuffer_Release(&from);
        return NULL;
    }
    if (from.len != to.len) {
        PyErr_SetString(PyExc_ValueError, "maketrans arguments must have same length");
    } else {
        for (int c = 0; c < 256; c++)
            table[c] = (unsigned char)c;
        for (Py_ssize_t i = 0; i < from.len; i++)
            table[((unsigned char *)from.buf)[i]] = ((unsigned char *)to.buf)[i];
        result = PyBytes_FromStringAndSize((char *)table, 256);
    }
    PyBuffer_Release(&from);
    PyBuffer_Release(&to);
    return result;
}

/* ------------------------------------------------------------------ hex */

static int
hex_digit(Py_UCS4 c)
{
    if (c >= '0' && c <= '9')
        return (int)(c - '0');
    c |= 32;
    return c >= 'a' && c <= 'f' ? (int)(c - 'a' + 10) : -1;
}

PyObject *
bytes_parse_hex(PyObject *text)
{
    unicode_text t;
    char *out;
    Py_ssize_t used = 0, i = 0;
    if (!PyUnicode_Check(text)) {
        _PyArg_BadArgument("fromhex", "argument", "str", text);
        return NULL;
    }
    t = unicode_text_of(text);
    out = gcrt_alloc_leaf((size_t)t.length / 2 + 1);
    if (out == NULL)
        return NULL;
    while (i < t.length) {
        Py_UCS4 c = unicode_at(&t, i);
        int high, low;
        if (c < 128 && Py_ISSPACE(c)) {
            i++;
            continue;
        }
        high = hex_digit(c);
        if (high >= 0)
            i++;
        low = high >= 0 && i < t.length ? hex_digit(unicode_at(&t, i)) : -1;
        if (low < 0) {
            PyErr_Format(PyExc_ValueError, "non-hexadecimal number found in fromhex() arg at position %zd", i);
            return NULL;
        }
        out[used++] = (char)(high << 4 | low);
        i++;
    }
    return PyBytes_FromStringAndSize(out, used);
}

/* The separator character of hex(); 0 for none, -1 with an exception. */
static int
hex_separator(PyObject *sep)
{
    Py_UCS4 c;
    if (PyUnicode_Check(sep)) {
        if (PyUnicode_GET_LENGTH(sep) != 1) {
            PyErr_SetString(PyExc_ValueError, "sep must be length 1.");
            return -1;
        }
        c = PyUnicode_READ_CHAR(sep, 0);
    } else if (PyBytes_Check(sep)) {
        if (PyBytes_GET_SIZE(sep) != 1) {
            PyErr_SetString(PyExc_ValueError, "sep must be length 1.");
            return -1;
        }
        c = (unsigned char)PyBytes_AS_STRING(sep)[0];
    } else {
        PyErr_SetString(PyExc_TypeError, "sep must be str or bytes.");
        return -1;
    }
    if (c > 127) {
        PyErr_SetString(PyExc_ValueError, "sep must be ASCII.");
        return -1;
    }
    return (int)c;
}

PyObject *
bytes_hex_of(const char *data, Py_ssize_t n, PyObject *sep, Py_ssize_t group)
{
    int c = sep == NULL ? 0 : hex_separator(sep);
    Py_ssize_t width = group < 0 ? -group : group, count = 0;
    char *out, *p;
    if (c < 0)
        return NULL;
    if (sep != NULL && width > 0 && n > 0)
        count = (n - 1) / width;
    if (n > (PY_SSIZE_T_MAX - count) / 2)
        return PyErr_NoMemory();
    out = p = gcrt_alloc_leaf((size_t)(2 * n + count) + 1);
    if (out == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        unsigned char byte = (unsigned char)data[i];
        if (count > 0 && i > 0 && (group > 0 ? (n - i) % width == 0 : i % width == 0))
            *p++ = (char)c;
        *p++ = Py_hexdigits[byte >> 4];
        *p++ = Py_hexdigits[byte & 15];
    }
    return unicode_from_ascii(out, p - out);
}

BYTES_KEYWORDS(hex)
{
    static const char *const names[] = {"sep", "bytes_per_sep"};
    PyObject *given[2];
    int group = 1;
    bytes_span s;
    if (textargs_keywords("hex", args, n, kwnames, names, 0, 2, given) < 0)
        return NULL;
    if (given[1] != NULL) {
        group = _PyLong_AsInt(given[1]);
        if (group == -1 && PyErr_Occurred())
            return NULL;
    }
    s = bytes_view(self);
    return bytes_hex_of(s.data, s.n, given[0], group);
}
