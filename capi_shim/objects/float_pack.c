/* float_pack.c: doubles to and from the IEEE 754 interchange formats of 2, 4 and 8 bytes. */
#include "runtime.h"

static void
store(char *p, uint64_t bits, int n, int little_endian)
{
    for (int i = 0; i < n; i++)
        p[little_endian ? i : n - 1 - i] = (char)(bits >> (8 * i));
}

static uint64_t
load(const char *p, int n, int little_endian)
{
    uint64_t bits = 0;
    for (int i = 0; i < n; i++)
        bits |= (uint64_t)(unsigned char)p[little_endian ? i : n - 1 - i] << (8 * i);
    return bits;
}

int
PyFloat_Pack2(double x, char *p, int le)
{
    unsigned sign = signbit(x) ? 0x8000 : 0, bits;
    double magnitude = fabs(x);
    int exponent;
    if (isnan(x))
        bits = 0x7e00;
    else if (isinf(x))
        bits = 0x7c00;
    else if (magnitude == 0.0)
        bits = 0;
    else {
        frexp(magnitude, &exponent); /* magnitude in [2**(exponent-1), 2**exponent) */
        int scale = exponent - 1 < -14 ? -14 : exponent - 1;
        /* An integer number of units of the last place; rint rounds half to even. */
        double units = rint(ldexp(magnitude, 10 - scale));
        /* The implicit bit is in units: adding makes a carry into the exponent come out right. */
        double encoded = units + (scale + 14) * 1024.0;
        if (encoded >= 0x7c00) {
            PyErr_SetString(PyExc_OverflowError, "float too large to pack with e format");
            return -1;
        }
        bits = (unsigned)encoded;
    }
    store(p, bits | sign, 2, le);
    return 0;
}

int
PyFloat_Pack4(double x, char *p, int le)
{
    float narrow = (float)x;
    uint32_t bits;
    if (isinf(narrow) && !isinf(x)) {
        PyErr_SetString(PyExc_OverflowError, "float too large to pack with f format");
        return -1;
    }
    memcpy(&bits, &narrow, sizeof bits);
    store(p, bits, 4, le);
    return 0;
}

int
PyFloat_Pack8(double x, char *p, int le)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    store(p, bits, 8, le);
    return 0;
}

double
PyFloat_Unpack2(const char *p, int le)
{
    unsigned bits = (unsigned)load(p, 2, le), fraction = bits & 0x3ff;
    int exponent = bits >> 10 & 0x1f;
    double magnitude;
    if (exponent == 0x1f)
        magnitude = fraction == 0 ? HUGE_VAL : Py_NAN;
    else if (exponent == 0)
        magnitude = ldexp(fraction, -24);
    else
        magnitude = ldexp(fraction + 1024, exponent - 25);
    return bits & 0x8000 ? -magnitude : magnitude;
}

double
PyFloat_Unpack4(const char *p, int le)
{
    uint32_t bits = (uint32_t)load(p, 4, le);
    float narrow;
    memcpy(&narrow, &bits, sizeof narrow);
    return narrow;
}

double
PyFloat_Unpack8(const char *p, int le)
{
    uint64_t bits = load(p, 8, le);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
