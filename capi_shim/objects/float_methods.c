/* float_methods.c: float's named methods: rounding, ratios, hexadecimal text. */
#include "float_internal.h"
#include "float_text.h"
#include "long.h"
#include "numfmt.h"
#include <float.h>

/* ------------------------------------------------------------------ rounding */

/* The double that printf's text stands for, whatever the locale's decimal point is. */
static double
read_back(char *text)
{
    char *p, *point = NULL;
    for (p = text; *p != '\0'; p++)
        if (!(*p >= '0' && *p <= '9') && *p != '-' && *p != '+' && *p != 'e')
            point = p;
    if (point != NULL)
        *point = '.';
    return float_from_literal(text, (int)(p - text));
}

/* Powers of ten that are exact doubles. */
static const double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* Decimal places >= 0. */
static double
round_fraction(double x, int places)
{
    char text[800];
    if (fabs(x) >= 4503599627370496.0)
        return x; /* 2**52: already whole */
    if (places <= 22) {
        /* Where the scaled value is clearly not half-way, its nearest integer is certain, and the division
         * of two exact numbers rounds once. */
        double scaled = x * powers_of_ten[places], whole = rint(scaled);
        if (fabs(scaled) < 4398046511104.0 && fabs(fabs(scaled - whole) - 0.5) > 0.001)
            return whole / powers_of_ten[places];
    }
    snprintf(text, sizeof text, "%.*f", places, x);
    return read_back(text);
}

double
float_round_places(double x, int ndigits)
{
    char text[800];
    if (x == 0.0 || ndigits >= 0)
        return x == 0.0 ? x : round_fraction(x, ndigits);
    /* x = 0.d1d2d3... * 10**point; 760 digits are all that a double can have. */
    snprintf(text, sizeof text, "%.760e", fabs(x));
    char *e = strchr(text, 'e');
    int point = (int)strtol(e + 1, NULL, 10) + 1, keep = point + ndigits;
    if (keep < 0)
        return copysign(0.0, x);
    if (keep == 0) {
        /* Half of the last place kept decides: exactly half goes to even, that is to zero. */
        int more = text[0] > '5';
        if (text[0] == '5')
            for (char *p = text + 1; p < e && !more; p++)
                more = *p >= '1' && *p <= '9';
        if (!more)
            return copysign(0.0, x);
        int n = snprintf(text, sizeof text, "1e%d", point);
        return copysign(float_from_literal(text, n), x);
    }
    snprintf(text, sizeof text, "%.*e", keep - 1, x);
    return read_back(text);
}

static PyObject *
method_round(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    double x = PyFloat_AS_DOUBLE(self);
    if (n > 1)
        return PyErr_Format(PyExc_TypeError, "__round__ expected at most 1 argument, got %zd", n);
    if (n == 0 || args[0] == Py_None)
        return PyLong_FromDouble(rint(x)); /* the default rounding mode is half to even */
    Py_ssize_t digits = PyNumber_AsSsize_t(args[0], NULL);
    if (digits == -1 && PyErr_Occurred())
        return NULL;
    if (!isfinite(x) || digits > 323)
        return float_box(x);
    if (digits < -308)
        return float_box(0.0 * x);
    double rounded = float_round_places(x, (int)digits);
    if (isinf(rounded)) {
        PyErr_SetString(PyExc_OverflowError, "rounded value too large to represent");
        return NULL;
    }
    return float_box(rounded);
}

static PyObject *
method_trunc(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromDouble(PyFloat_AS_DOUBLE(self));
}

static PyObject *
method_floor(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromDouble(floor(PyFloat_AS_DOUBLE(self)));
}

static PyObject *
method_ceil(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromDouble(ceil(PyFloat_AS_DOUBLE(self)));
}

static PyObject *
method_is_integer(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    double x = PyFloat_AS_DOUBLE(self);
    return PyBool_FromLong(isfinite(x) && floor(x) == x);
}

static PyObject *
method_as_integer_ratio(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    double x = PyFloat_AS_DOUBLE(self);
    int exponent;
    if (isinf(x)) {
        PyErr_SetString(PyExc_OverflowError, "cannot convert Infinity to integer ratio");
        return NULL;
    }
    if (isnan(x)) {
        PyErr_SetString(PyExc_ValueError, "cannot convert NaN to integer ratio");
        return NULL;
    }
    int64_t m = (int64_t)ldexp(frexp(x, &exponent), 53);
    exponent -= 53;
    if (m == 0)
        exponent = 0;
    while (exponent < 0 && (m & 1) == 0) {
        m >>= 1;
        exponent++;
    }
    PyObject *numerator = gcrt_int(m), *denominator = gcrt_int(1);
    if (exponent > 0)
        numerator = long_shift_left(numerator, gcrt_int(exponent));
    else
        denominator = long_shift_left(denominator, gcrt_int(-exponent));
    return numerator == NULL || denominator == NULL ? NULL : PyTuple_Pack(2, numerator, denominator);
}

/* ------------------------------------------------------------------ hexadecimal text */

static PyObject *
method_hex(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    double x = PyFloat_AS_DOUBLE(self);
    uint64_t bits;
    if (!isfinite(x))
        return PyObject_Repr(float_exact(self));
    memcpy(&bits, &x, sizeof bits);
    const char *sign = bits >> 63 ? "-" : "";
    int exponent = (int)(bits >> 52 & 0x7ff);
    uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
    char text[64];
    if (x == 0.0)
        snprintf(text, sizeof text, "%s0x0.0p+0", sign);
    else {
        int e = exponent == 0 ? -1022 : exponent - 1023;
        snprintf(text, sizeof text, "%s0x%d.%013llxp%c%d", sign, exponent != 0, (unsigned long long)fraction,
                 e < 0 ? '-' : '+', e < 0 ? -e : e);
    }
    return PyUnicode_FromString(text);
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Digits with an optional point, then an optional p-exponent.  The end, or NULL when there is no digit. */
static const char *
parse_hex_number(const char *p, double *value)
{
    uint64_t m = 0;
    int64_t exponent = 0;
    int seen = 0, point = 0;
    for (;; p++) {
        int d = hex_digit(*p);
        if (d < 0) {
            if (*p != '.' || point)
                break;
            point = 1;
            continue;
        }
        seen = 1;
        if (m >> 60) { /* no more room: the digit only counts as sticky */
            m |= d != 0;
            exponent += point ? 0 : 4;
        }
        else {
            m = m << 4 | (uint64_t)d;
            exponent -= point ? 4 : 0;
        }
    }
    if (!seen)
        return NULL;
    if (*p == 'p' || *p == 'P') {
        const char *start = p + 1, *q;
        int64_t written = 0;
        int negative = *start == '-';
        if (*start == '-' || *start == '+')
            start++;
        for (q = start; *q >= '0' && *q <= '9'; q++)
            if (written < (int64_t)1 << 40)
                written = written * 10 + (*q - '0');
        if (q == start)
            return NULL;
        exponent += negative ? -written : written;
        p = q;
    }
    *value = long_scale_sticky(m, exponent);
    return p;
}

static const char *
skip_word(const char *p, const char *word)
{
    for (; *word != '\0'; p++, word++)
        if ((*p | 0x20) != *word)
            return NULL;
    return p;
}

static PyObject *
method_fromhex(PyObject *type, PyObject *source)
{
    Py_ssize_t length;
    double value = 0.0;
    const char *text = PyUnicode_AsUTF8AndSize(source, &length), *p = text, *after;
    if (text == NULL)
        return NULL;
    while (Py_ISSPACE(*p))
        p++;
    int negative = *p == '-', number = 0;
    if (*p == '-' || *p == '+')
        p++;
    if ((after = skip_word(p, "infinity")) != NULL || (after = skip_word(p, "inf")) != NULL)
        value = HUGE_VAL;
    else if ((after = skip_word(p, "nan")) != NULL)
        value = Py_NAN;
    else {
        number = 1;
        if (p[0] == '0' && (p[1] | 0x20) == 'x')
            p += 2;
        after = parse_hex_number(p, &value);
    }
    if (after != NULL)
        while (Py_ISSPACE(*after))
            after++;
    if (number && isinf(value)) {
        PyErr_SetString(PyExc_OverflowError, "hexadecimal value too large to represent as a float");
        return NULL;
    }
    if (after != text + length) {
        PyErr_SetString(PyExc_ValueError, "invalid hexadecimal floating-point string");
        return NULL;
    }
    PyObject *result = float_box(negative ? -value : value);
    if (result == NULL || type == (PyObject *)&PyFloat_Type)
        return result;
    return PyObject_CallOneArg(type, result);
}

/* ------------------------------------------------------------------ the rest */

static PyObject *
method_conjugate(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return float_exact(self);
}

static PyObject *
method_getnewargs(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *value = float_exact(self);
    return value == NULL ? NULL : PyTuple_Pack(1, value);
}

static PyObject *
method_format(PyObject *self, PyObject *spec)
{
    if (!PyUnicode_Check(spec))
        return PyErr_Format(PyExc_TypeError, "__format__() argument must be str, not %.50s",
                            spec == Py_None ? "None" : Py_TYPE(spec)->tp_name);
    return numfmt_float(self, spec, 0, PyUnicode_GET_LENGTH(spec));
}

static PyObject *
method_getformat(PyObject *Py_UNUSED(type), PyObject *kind)
{
    if (!PyUnicode_Check(kind))
        return PyErr_Format(PyExc_TypeError, "__getformat__() argument must be str, not %.50s",
                            kind == Py_None ? "None" : Py_TYPE(kind)->tp_name);
    if (!_PyUnicode_EqualToASCIIString(kind, "double") && !_PyUnicode_EqualToASCIIString(kind, "float")) {
        PyErr_SetString(PyExc_ValueError, "__getformat__() argument 1 must be 'double' or 'float'");
        return NULL;
    }
    return PyUnicode_FromString("IEEE, little-endian");
}

PyMethodDef float_methods[] = {
    {"conjugate", method_conjugate, METH_NOARGS, "Return self, the complex conjugate of any float."},
    {"__trunc__", method_trunc, METH_NOARGS, "Return the Integral closest to x between 0 and x."},
    {"__floor__", method_floor, METH_NOARGS, "Return the floor as an Integral."},
    {"__ceil__", method_ceil, METH_NOARGS, "Return the ceiling as an Integral."},
    {"__round__", _PyCFunction_CAST(method_round), METH_FASTCALL,
     "Return the Integral closest to x, rounding half toward even."},
    {"as_integer_ratio", method_as_integer_ratio, METH_NOARGS, "Return a pair of integers with this ratio."},
    {"fromhex", method_fromhex, METH_O | METH_CLASS, "Create a floating-point number from a hexadecimal string."},
    {"hex", method_hex, METH_NOARGS, "Return a hexadecimal representation of a floating-point number."},
    {"is_integer", method_is_integer, METH_NOARGS, "Return True if the float is an integer."},
    {"__getnewargs__", method_getnewargs, METH_NOARGS, NULL},
    {"__getformat__", method_getformat, METH_O | METH_CLASS, "The format of C doubles or floats."},
    {"__format__", method_format, METH_O, "Formats the float according to format_spec."},
    {NULL, NULL, 0, NULL},
};

static PyObject *
get_real(PyObject *self, void *Py_UNUSED(closure))
{
    return float_exact(self);
}

static PyObject *
get_imag(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    return float_box(0.0);
}

PyGetSetDef float_getset[] = {
    {"real", get_real, NULL, "the real part of a complex number", NULL},
    {"imag", get_imag, NULL, "the imaginary part of a complex number", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* ------------------------------------------------------------------ sys.float_info */

double
PyFloat_GetMax(void)
{
    return DBL_MAX;
}

double
PyFloat_GetMin(void)
{
    return DBL_MIN;
}

PyObject *
PyFloat_GetInfo(void)
{
    static PyTypeObject *type;
    static PyStructSequence_Field fields[] = {
        {"max", "maximum representable finite float"},
        {"max_exp", "maximum int e such that radix**(e-1) is representable"},
        {"max_10_exp", "maximum int e such that 10**e is representable"},
        {"min", "minimum positive normalized float"},
        {"min_exp", "minimum int e such that radix**(e-1) is a normalized float"},
        {"min_10_exp", "minimum int e such that 10**e is a normalized float"},
        {"dig", "maximum number of decimal digits that can be faithfully represented"},
        {"mant_dig", "mantissa digits"},
        {"epsilon", "difference between 1 and the next representable float"},
        {"radix", "radix of exponent"},
        {"rounds", "rounding mode used for arithmetic operations"},
        {NULL, NULL},
    };
    static PyStructSequence_Desc description = {"sys.float_info", "Information about floats.", fields, 11};
    if (type == NULL && (type = PyStructSequence_NewType(&description)) == NULL)
        return NULL;
    PyObject *info = PyStructSequence_New(type);
    PyObject *values[] = {
        float_box(DBL_MAX),     gcrt_int(DBL_MAX_EXP),    gcrt_int(DBL_MAX_10_EXP), float_box(DBL_MIN),
        gcrt_int(DBL_MIN_EXP),  gcrt_int(DBL_MIN_10_EXP), gcrt_int(DBL_DIG),        gcrt_int(DBL_MANT_DIG),
        float_box(DBL_EPSILON), gcrt_int(FLT_RADIX),      gcrt_int(1),
    };
    if (info == NULL)
        return NULL;
    for (int i = 0; i < 11; i++)
        PyStructSequence_SetItem(info, i, values[i]);
    return info;
}
