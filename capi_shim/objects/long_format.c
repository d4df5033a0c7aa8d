/* long_format.c: ints as text: str(), the other bases, and int("...").
 * Decimal text of more than sys.get_int_max_str_digits() digits is refused, as CPython does, since the
 * conversion is not linear. */
#include "long.h"
#include "number_fast.h"
#include "state.h"

/* sys.set_int_max_str_digits; 0: no limit. */
#define MAX_STR_DIGITS (gcrt_interp.int_max_str_digits)

static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                                  "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                                  "8081828384858687888990919293949596979899";
static const char digit_chars[] = "0123456789abcdefghijklmnopqrstuvwxyz";

/* ------------------------------------------------------------------ to text */

char *
long_write_decimal(char *end, uint64_t value)
{
    while (value >= 100) {
        end -= 2;
        memcpy(end, digit_pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (value < 10)
        *--end = (char)('0' + value);
    else {
        end -= 2;
        memcpy(end, digit_pairs + value * 2, 2);
    }
    return end;
}

static PyObject *
ascii_string(const char *text, Py_ssize_t length)
{
    if (length == 1)
        return PyUnicode_FromOrdinal((unsigned char)text[0]);
    PyObject *result = PyUnicode_New(length, 127);
    if (result != NULL)
        memcpy(PyUnicode_DATA(result), text, (size_t)length);
    return result;
}

static PyObject *
small_decimal(int64_t i)
{
    char room[24], *end = room + sizeof room;
    char *start = long_write_decimal(end, i < 0 ? -(uint64_t)i : (uint64_t)i);
    if (i < 0)
        *--start = '-';
    return ascii_string(start, end - start);
}

static PyObject *
too_many_digits(void)
{
    return PyErr_Format(PyExc_ValueError,
                        "Exceeds the limit (%d digits) for integer string conversion; "
                        "use sys.set_int_max_str_digits() to increase the limit",
                        MAX_STR_DIGITS);
}

/* Write sign, prefix and digits of v; base is 2, 8, 10 or 16. */
static PyObject *
view_to_string(const long_view *v, int base, int prefix)
{
    size_t estimate = mpn_sizeinbase(v->limbs, v->n, base), length;
    /* mpn_get_str destroys its operand and wants one limb more. */
    mp_limb_t *copy = gcrt_alloc_leaf(((size_t)v->n + 1) * sizeof(mp_limb_t));
    unsigned char *digits = gcrt_alloc_leaf(estimate + 2);
    if (copy == NULL || digits == NULL)
        return NULL;
    memcpy(copy, v->limbs, (size_t)v->n * sizeof(mp_limb_t));
    length = mpn_get_str(digits, base, copy, v->n);
    unsigned char *start = digits;
    while (length > 1 && *start == 0) {
        start++;
        length--;
    }
    if (base == 10 && MAX_STR_DIGITS > 0 && length > (size_t)MAX_STR_DIGITS)
        return too_many_digits();
    size_t lead = (v->negative ? 1 : 0) + (prefix ? 2 : 0);
    PyObject *result = PyUnicode_New((Py_ssize_t)(lead + length), 127);
    if (result == NULL)
        return NULL;
    char *out = PyUnicode_DATA(result);
    if (v->negative)
        *out++ = '-';
    if (prefix) {
        *out++ = '0';
        *out++ = base == 16 ? 'x' : base == 8 ? 'o' : 'b';
    }
    for (size_t i = 0; i < length; i++)
        out[i] = digit_chars[start[i]];
    return result;
}

PyObject *
long_to_string(PyObject *a, int base, int prefix)
{
    long_view v;
    if (base == 10 && gcrt_is_int(a))
        return small_decimal(gcrt_int_value(a));
    long_view_init(&v, a);
    if (v.n == 0) {
        const char *zero = !prefix || base == 10 ? "0" : base == 16 ? "0x0" : base == 8 ? "0o0" : "0b0";
        return ascii_string(zero, (Py_ssize_t)strlen(zero));
    }
    /* 10 bits are more than 3 digits: refuse hopeless ones before the work. */
    if (base == 10 && MAX_STR_DIGITS > 0 && v.n > 1 &&
        long_view_bits(&v) / 10 * 3 > (uint64_t)MAX_STR_DIGITS)
        return too_many_digits();
    return view_to_string(&v, base, prefix && base != 10);
}

PyObject *
long_repr(PyObject *a)
{
    return long_to_string(a, 10, 0);
}

PyObject *
_PyLong_Format(PyObject *a, int base)
{
    return long_to_string(a, base, 1);
}

/* ------------------------------------------------------------------ from text */

static unsigned
digit_value(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c |= 0x20;
    return c >= 'a' && c <= 'z' ? (unsigned)(c - 'a' + 10) : 99;
}

/* The shape of a literal. */
typedef struct {
    const char *digits;    /* after sign and prefix */
    const char *end;       /* after the last digit */
    Py_ssize_t n;          /* digits without underscores */
    int base;
    int negative;
} literal;

static const char *
skip_space(const char *p, const char *end)
{
    while (p < end && Py_ISSPACE(*p))
        p++;
    return p;
}

/* Scan [p, end).  1: well-formed up to lit->end; 0: no number. */
static int
scan_literal(const char *p, const char *end, int base, literal *lit)
{
    int zero_start = 0;
    p = skip_space(p, end);
    lit->negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p + 1 < end && *p == '0') {
        int c = p[1] | 0x20, implied = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
        if (implied != 0 && (base == 0 || base == implied)) {
            base = implied;
            p += 2;
            if (p < end && *p == '_')
                p++;
        }
    }
    if (base == 0) {
        base = 10;
        zero_start = p < end && *p == '0';
    }
    lit->base = base;
    lit->digits = p;
    lit->n = 0;
    int nonzero = 0;
    char previous = '_';
    for (; p < end; previous = *p++) {
        if (*p == '_') {
            if (previous == '_')
                break;
            continue;
        }
        unsigned d = digit_value((unsigned char)*p);
        if (d >= (unsigned)base)
            break;
        nonzero |= d != 0;
        lit->n++;
    }
    lit->end = p;
    /* A decimal literal that starts with 0 must be zero: 07 is a mistake, not octal. */
    return lit->n > 0 && previous != '_' && !(zero_start && nonzero);
}

static PyObject *
literal_value(const literal *lit)
{
    if (lit->n <= 12 || (lit->base == 10 && lit->n <= 18)) {
        int64_t value = 0;
        for (const char *p = lit->digits; p < lit->end; p++)
            if (*p != '_')
                value = value * lit->base + digit_value((unsigned char)*p);
        return long_box(lit->negative ? -value : value);
    }
    int power_of_two = (lit->base & (lit->base - 1)) == 0;
    if (!power_of_two && lit->n > LONG_MAX_STR_DIGITS_THRESHOLD && MAX_STR_DIGITS > 0 &&
        lit->n > MAX_STR_DIGITS)
        return PyErr_Format(PyExc_ValueError,
                            "Exceeds the limit (%d digits) for integer string conversion: value has %zd "
                            "digits; use sys.set_int_max_str_digits() to increase the limit",
                            MAX_STR_DIGITS, lit->n);
    unsigned char *digits = gcrt_alloc_leaf((size_t)lit->n);
    /* Six bits a digit at most (base 36), plus what mpn_set_str asks for. */
    PyLongObject *z = long_alloc(lit->n * 6 / 64 + 3);
    if (digits == NULL || z == NULL)
        return NULL;
    size_t n = 0, lead = 0;
    for (const char *p = lit->digits; p < lit->end; p++)
        if (*p != '_')
            digits[n++] = (unsigned char)digit_value((unsigned char)*p);
    while (lead < n - 1 && digits[lead] == 0)
        lead++;
    Py_ssize_t limbs = mpn_set_str((mp_limb_t *)z->ob_limb, digits + lead, n - lead, lit->base);
    return long_finish(z, limbs, lit->negative);
}

static int
check_base(int base)
{
    if (base == 0 || (base >= 2 && base <= 36))
        return 0;
    PyErr_SetString(PyExc_ValueError, "int() arg 2 must be >= 2 and <= 36");
    return -1;
}

/* The int in text[0:length], all of it.  NULL without an exception when it is malformed. */
static PyObject *
parse_all(const char *text, Py_ssize_t length, int base)
{
    literal lit;
    const char *end = text + length;
    if (!scan_literal(text, end, base, &lit) || skip_space(lit.end, end) != end)
        return NULL;
    return literal_value(&lit);
}

static PyObject *
invalid_literal(int base, PyObject *shown)
{
    if (!PyErr_Occurred())
        PyErr_Format(PyExc_ValueError, "invalid literal for int() with base %d: %.200R", base, shown);
    return NULL;
}

PyObject *
PyLong_FromString(const char *text, char **end, int base)
{
    literal lit;
    const char *limit = text + strlen(text);
    if (check_base(base) < 0)
        return NULL;
    int good = scan_literal(text, limit, base, &lit);
    const char *stop = good ? skip_space(lit.end, limit) : text;
    if (end != NULL)
        *end = (char *)stop;
    if (good && (end != NULL || stop == limit))
        return literal_value(&lit);
    PyObject *shown = PyUnicode_FromStringAndSize(text, limit - text > 200 ? 200 : limit - text);
    return shown == NULL ? NULL : invalid_literal(base, shown);
}

PyObject *
_PyLong_FromBytes(const char *text, Py_ssize_t length, int base)
{
    if (check_base(base) < 0)
        return NULL;
    PyObject *value = parse_all(text, length, base);
    if (value != NULL)
        return value;
    PyObject *shown = PyBytes_FromStringAndSize(text, length > 200 ? 200 : length);
    return shown == NULL ? NULL : invalid_literal(base, shown);
}

PyObject *
_PyUnicode_TransformDecimalAndSpaceToASCII(PyObject *text)
{
    if (PyUnicode_IS_ASCII(text))
        return text;
    Py_ssize_t n = PyUnicode_GET_LENGTH(text);
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    PyObject *result = PyUnicode_New(n, 127);
    if (result == NULL)
        return NULL;
    char *out = PyUnicode_DATA(result);
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, data, i);
        int decimal;
        if (c < 127)
            out[i] = (char)c;
        else if (Py_UNICODE_ISSPACE(c))
            out[i] = ' ';
        else if ((decimal = Py_UNICODE_TODECIMAL(c)) >= 0)
            out[i] = (char)('0' + decimal);
        else
            out[i] = '?';
    }
    return result;
}

PyObject *
PyLong_FromUnicodeObject(PyObject *text, int base)
{
    if (check_base(base) < 0)
        return NULL;
    PyObject *ascii = _PyUnicode_TransformDecimalAndSpaceToASCII(text);
    if (ascii == NULL)
        return NULL;
    PyObject *value = parse_all(PyUnicode_DATA(ascii), PyUnicode_GET_LENGTH(ascii), base);
    gcrt_keep_alive(ascii);
    return value != NULL ? value : invalid_literal(base, text);
}
