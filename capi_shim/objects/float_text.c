/* float_text.c: doubles as text: PyOS_double_to_string, PyOS_string_to_double.
 *
 * Shortest digits come from double-conversion.  A given number of digits comes from the C library's
 * printf, which rounds the exact value half to even; only its digits are taken, so that the locale's
 * decimal point does not matter. */
#include "float_text.h"
#include "long.h"

/* A double has at most 767 significant digits and 1074 places after the point: more are zeros. */
#define MAX_PLACES 1100

/* Decimal digits: 0.DIGITS * 10**point; zero has the digit "0" and point 1. */
typedef struct {
    char *text;          /* room, or memory of PyMem_Malloc */
    int n;
    int point;
    char room[64];
} decimal;

/* Make text large enough for size bytes. */
static int
reserve(decimal *d, size_t size)
{
    d->text = size <= sizeof d->room ? d->room : PyMem_Malloc(size);
    return d->text == NULL ? -1 : 0;
}

static int
digits_shortest(double v, decimal *d)
{
    d->text = d->room;
    if (v == 0.0) {
        d->text[0] = '0';
        d->n = d->point = 1;
    }
    else
        d->n = float_shortest_digits(v, d->text, &d->point);
    return 0;
}

/* n significant digits (n >= 1). */
static int
digits_significant(double v, int n, decimal *d)
{
    int wanted = n > MAX_PLACES ? MAX_PLACES : n;
    char *p;
    size_t size = (size_t)wanted + 32;
    if (reserve(d, size) < 0)
        return -1;
    snprintf(d->text, size, "%.*e", wanted - 1, v);
    d->n = 0;
    for (p = d->text; *p != '\0' && *p != 'e'; p++)
        if (*p >= '0' && *p <= '9')
            d->text[d->n++] = *p;
    d->point = *p == 'e' ? (int)strtol(p + 1, NULL, 10) + 1 : 1;
    return 0;
}

/* Where the scaled value is clearly not half-way between integers, its nearest integer has the digits. */
static int
digits_places_quick(double v, int places, decimal *d)
{
    static const double scale[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    if (places > 9)
        return 0;
    double scaled = v * scale[places], whole = rint(scaled);
    if (!(scaled < 4398046511104.0) || fabs(fabs(scaled - whole) - 0.5) <= 0.001)
        return 0;
    char *end = d->room + sizeof d->room, *start = long_write_decimal(end, (uint64_t)whole);
    while (end - start <= places)
        *--start = '0';
    d->text = start;
    d->n = (int)(end - start);
    d->point = d->n - places;
    return 1;
}

/* All digits down to the places-th after the point. */
static int
digits_places(double v, int places, decimal *d)
{
    if (digits_places_quick(v, places, d))
        return 0;
    int wanted = places > MAX_PLACES ? MAX_PLACES : places;
    size_t size = (size_t)wanted + 340;
    d->text = PyMem_Malloc(size);
    if (d->text == NULL)
        return -1;
    snprintf(d->text, size, "%.*f", wanted, v);
    d->n = 0;
    for (char *p = d->text; *p != '\0'; p++)
        if (*p >= '0' && *p <= '9')
            d->text[d->n++] = *p;
    d->point = d->n - wanted;
    return 0;
}

/* digits[from:to] of d with zeros where there are none. */
static char *
put_digits(char *out, const decimal *d, int from, int to)
{
    for (int i = from; i < to; i++)
        *out++ = i >= 0 && i < d->n ? d->text[i] : '0';
    return out;
}

typedef struct {
    int exponent;        /* write an exponent */
    int places;          /* digits after the point */
    int upper;
    int flags;
} layout;

static char *
write_number(char *out, const decimal *d, const layout *how)
{
    int whole = how->exponent ? 1 : d->point;
    if (whole <= 0) {
        *out++ = '0';
        if (how->places > 0 || how->flags & Py_DTSF_ALT)
            *out++ = '.';
        out = put_digits(out, d, whole, whole + how->places);
    }
    else {
        out = put_digits(out, d, 0, whole);
        if (how->places > 0 || how->flags & Py_DTSF_ALT)
            *out++ = '.';
        out = put_digits(out, d, whole, whole + how->places);
    }
    if (how->exponent) {
        int e = d->n == 1 && d->text[0] == '0' ? 0 : d->point - 1;
        out += sprintf(out, "%c%c%02d", how->upper ? 'E' : 'e', e < 0 ? '-' : '+', e < 0 ? -e : e);
    }
    else if (how->places == 0 && how->flags & Py_DTSF_ADD_DOT_0) {
        if (!(how->flags & Py_DTSF_ALT))
            *out++ = '.';
        *out++ = '0';
    }
    *out = '\0';
    return out;
}

static const char *
special_text(double v, int upper, int flags, int *type)
{
    if (isnan(v)) {
        *type = Py_DTST_NAN;
        return flags & Py_DTSF_SIGN ? upper ? "+NAN" : "+nan" : upper ? "NAN" : "nan";
    }
    *type = Py_DTST_INFINITE;
    if (v < 0)
        return upper ? "-INF" : "-inf";
    return flags & Py_DTSF_SIGN ? upper ? "+INF" : "+inf" : upper ? "INF" : "inf";
}

/* Choose between positional and exponent notation for 'g' and 'r', and drop trailing zeros. */
static void
lay_out_general(decimal *d, int code, int precision, layout *how)
{
    /* Where ".0" is appended, that zero counts as one of the precision's digits. */
    int limit = code == 'r' ? 16 : precision - (how->flags & Py_DTSF_ADD_DOT_0 ? 1 : 0);
    if (code == 'g' && !(how->flags & Py_DTSF_ALT))
        while (d->n > 1 && d->text[d->n - 1] == '0')
            d->n--;
    how->exponent = d->point <= -4 || d->point > limit;
    how->places = how->exponent ? d->n - 1 : d->n - d->point;
    if (how->places < 0)
        how->places = 0;
    if (how->flags & Py_DTSF_ALT && code == 'g') /* '#': all of the precision is shown */
        how->places = how->exponent ? precision - 1 : precision - d->point;
}

/* The text in room when it fits there, else in memory of PyMem_Malloc; NULL with MemoryError. */
static char *
place_result(char *room, size_t room_size, size_t size)
{
    char *result = size <= room_size ? room : PyMem_Malloc(size);
    if (result == NULL)
        PyErr_NoMemory();
    return result;
}

char *
float_write(double v, char code, int precision, int flags, int *type, char *room, size_t room_size)
{
    decimal d = {.text = NULL};
    layout how = {.upper = code == 'E' || code == 'F' || code == 'G', .flags = flags};
    if (how.upper)
        code = (char)(code | 0x20);
    if (!isfinite(v)) {
        char *result = place_result(room, room_size, 8);
        return result == NULL ? NULL : strcpy(result, special_text(v, how.upper, flags, type));
    }
    *type = Py_DTST_FINITE;
    if (code == 'g' && precision == 0)
        precision = 1;
    double magnitude = fabs(v);
    int failed = code == 'r'   ? digits_shortest(magnitude, &d)
                 : code == 'f' ? digits_places(magnitude, precision, &d)
                               : digits_significant(magnitude, code == 'e' ? precision + 1 : precision, &d);
    if (failed) {
        PyErr_NoMemory();
        return NULL;
    }
    how.places = precision;
    how.exponent = code == 'e';
    if (code == 'g' || code == 'r')
        lay_out_general(&d, code, precision, &how);
    size_t whole = d.point > 0 && !how.exponent ? (size_t)d.point : 1;
    char *result = place_result(room, room_size, whole + (size_t)how.places + 16);
    if (result != NULL) {
        char *out = result;
        if (signbit(v))
            *out++ = '-';
        else if (flags & Py_DTSF_SIGN)
            *out++ = '+';
        write_number(out, &d, &how);
    }
    if (d.text < d.room || d.text >= d.room + sizeof d.room)
        PyMem_Free(d.text);
    return result;
}

char *
PyOS_double_to_string(double v, char code, int precision, int flags, int *type)
{
    int ignored;
    if (code == '\0' || strchr("eEfFgGr", code) == NULL || (code == 'r' && precision != 0) || precision < 0) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return float_write(v, code, precision, flags, type == NULL ? &ignored : type, NULL, 0);
}

/* ------------------------------------------------------------------ parsing */

static const char *
match_word(const char *p, const char *word)
{
    for (; *word != '\0'; p++, word++)
        if ((*p | 0x20) != *word)
            return NULL;
    return p;
}

/* inf, infinity, nan with a sign, at p.  The end, or NULL. */
static const char *
parse_special(const char *p, double *value)
{
    int negative = *p == '-';
    const char *end;
    if (*p == '-' || *p == '+')
        p++;
    if ((end = match_word(p, "inf")) != NULL) {
        const char *longer = match_word(end, "inity");
        *value = negative ? -HUGE_VAL : HUGE_VAL;
        return longer != NULL ? longer : end;
    }
    if ((end = match_word(p, "nan")) != NULL)
        *value = negative ? -Py_NAN : Py_NAN;
    return end;
}

static const char *
skip_digits(const char *p, int *seen)
{
    for (; *p >= '0' && *p <= '9'; p++)
        *seen = 1;
    return p;
}

/* The longest decimal literal at p: its end, or NULL when there is none. */
static const char *
scan_decimal(const char *p)
{
    int digits = 0, exponent_digits = 0;
    if (*p == '-' || *p == '+')
        p++;
    p = skip_digits(p, &digits);
    if (*p == '.')
        p = skip_digits(p + 1, &digits);
    if (!digits)
        return NULL;
    if (*p == 'e' || *p == 'E') {
        const char *e = p + 1;
        if (*e == '-' || *e == '+')
            e++;
        e = skip_digits(e, &exponent_digits);
        if (exponent_digits)
            p = e;
    }
    return p;
}

double
PyOS_string_to_double(const char *text, char **end, PyObject *overflow_exception)
{
    double value = -1.0;
    const char *stop = scan_decimal(text);
    if (stop != NULL) {
        /* The converter takes no leading '+'. */
        const char *start = *text == '+' ? text + 1 : text;
        value = stop - start > INT_MAX ? 0.0 : float_from_literal(start, (int)(stop - start));
    }
    else
        stop = parse_special(text, &value);
    if (stop == NULL || (end == NULL && *stop != '\0')) {
        PyErr_Format(PyExc_ValueError, "could not convert string to float: '%.200s'", text);
        if (end != NULL)
            *end = (char *)text;
        return -1.0;
    }
    if (end != NULL)
        *end = (char *)stop;
    if (isinf(value) && overflow_exception != NULL && scan_decimal(text) != NULL) {
        PyErr_Format(overflow_exception, "value too large to convert to float: '%.200s'", text);
        return -1.0;
    }
    return value;
}

/* Call inner with str[0:length] freed of its underscores, which may stand only between digits. */
PyObject *
_Py_string_to_number_with_underscores(const char *text, Py_ssize_t length, const char *what, PyObject *shown, void *arg,
                                      PyObject *(*inner)(const char *, Py_ssize_t, void *))
{
    char previous = '\0', *copy, *out;
    PyObject *result;
    if (memchr(text, '_', (size_t)length) == NULL)
        return inner(text, length, arg);
    copy = out = PyMem_Malloc((size_t)length + 1);
    if (copy == NULL)
        return PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '_') {
            if (!Py_ISDIGIT(previous))
                goto error;
        }
        else {
            if (previous == '_' && !Py_ISDIGIT(c))
                goto error;
            *out++ = c;
        }
        previous = c;
    }
    if (previous == '_')
        goto error;
    *out = '\0';
    result = inner(copy, out - copy, arg);
    PyMem_Free(copy);
    return result;
error:
    PyMem_Free(copy);
    PyErr_Format(PyExc_ValueError, "could not convert string to %s: %R", what, shown);
    return NULL;
}
