/* long_convert.c: ints to and from C numbers, doubles and byte arrays: the PyLong_* functions. */
#include "long.h"
#include "number_fast.h"

/* ------------------------------------------------------------------ from C */

static PyObject *
from_word(uint64_t magnitude, int negative)
{
    if (magnitude <= (uint64_t)GCRT_SMALL_INT_MAX)
        return gcrt_int(negative ? -(int64_t)magnitude : (int64_t)magnitude);
    PyLongObject *z = long_alloc(1);
    if (z == NULL)
        return NULL;
    z->ob_limb[0] = magnitude;
    return long_finish(z, 1, negative);
}

PyObject *
PyLong_FromLongLong(long long i)
{
    if (GCRT_LIKELY(gcrt_int_fits(i)))
        return gcrt_int(i);
    return from_word(i < 0 ? -(uint64_t)i : (uint64_t)i, i < 0);
}

PyObject *
PyLong_FromLong(long i)
{
    return PyLong_FromLongLong(i);
}

PyObject *
PyLong_FromSsize_t(Py_ssize_t i)
{
    return PyLong_FromLongLong(i);
}

PyObject *
PyLong_FromUnsignedLongLong(unsigned long long i)
{
    return from_word(i, 0);
}

PyObject *
PyLong_FromUnsignedLong(unsigned long i)
{
    return from_word(i, 0);
}

PyObject *
PyLong_FromSize_t(size_t i)
{
    return from_word(i, 0);
}

PyObject *
PyLong_FromVoidPtr(void *p)
{
    return from_word((uintptr_t)p, 0);
}

PyObject *
PyLong_FromDouble(double d)
{
    if (d > -4.6e18 && d < 4.6e18)
        return long_box((int64_t)d);
    if (isnan(d)) {
        PyErr_SetString(PyExc_ValueError, "cannot convert float NaN to integer");
        return NULL;
    }
    if (isinf(d)) {
        PyErr_SetString(PyExc_OverflowError, "cannot convert float infinity to integer");
        return NULL;
    }
    int exponent;
    long_view mantissa;
    double m = frexp(d, &exponent);
    long_view_word(&mantissa, (int64_t)ldexp(m, 53));
    return long_shifted(&mantissa, (uint64_t)exponent - 53);
}

PyObject *
_PyLong_Copy(PyLongObject *src)
{
    return long_exact((PyObject *)src);
}

/* Extensions that make an int of n zero digits by hand: the digits are not theirs to know. */
PyLongObject *
_PyLong_New(Py_ssize_t n)
{
    PyLongObject *z = long_alloc(n);
    if (z != NULL)
        z->ob_base.ob_size = n;
    return z;
}

/* ------------------------------------------------------------------ to C */

/* The int that op is or answers through __index__; NULL with TypeError. */
static PyObject *
as_index(PyObject *op)
{
    if (op == NULL) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return PyLong_Check(op) ? op : PyNumber_Index(op);
}

long long
PyLong_AsLongLongAndOverflow(PyObject *op, int *overflow)
{
    int64_t value;
    *overflow = 0;
    PyObject *index = as_index(op);
    if (index == NULL)
        return -1;
    if (long_as_int64(index, &value))
        return value;
    *overflow = ((PyVarObject *)index)->ob_size < 0 ? -1 : 1;
    return -1;
}

long
PyLong_AsLongAndOverflow(PyObject *op, int *overflow)
{
    return (long)PyLong_AsLongLongAndOverflow(op, overflow);
}

static long long
as_signed(PyObject *op, const char *message)
{
    int overflow;
    if (GCRT_LIKELY(gcrt_is_int(op)))
        return gcrt_int_value(op);
    long long value = PyLong_AsLongLongAndOverflow(op, &overflow);
    if (overflow)
        PyErr_SetString(PyExc_OverflowError, message);
    return value;
}

long
PyLong_AsLong(PyObject *op)
{
    return (long)as_signed(op, "Python int too large to convert to C long");
}

long long
PyLong_AsLongLong(PyObject *op)
{
    return as_signed(op, "int too big to convert");
}

int
_PyLong_AsInt(PyObject *op)
{
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(op, &overflow);
    if (overflow || value > INT_MAX || value < INT_MIN) {
        PyErr_SetString(PyExc_OverflowError, "Python int too large to convert to C int");
        return -1;
    }
    return (int)value;
}

/* These want an int, not something with __index__. */
static int
require_int(PyObject *op)
{
    if (op == NULL) {
        PyErr_BadInternalCall();
        return -1;
    }
    if (!PyLong_Check(op)) {
        PyErr_SetString(PyExc_TypeError, "an integer is required");
        return -1;
    }
    return 0;
}

Py_ssize_t
PyLong_AsSsize_t(PyObject *op)
{
    if (GCRT_LIKELY(gcrt_is_int(op)))
        return gcrt_int_value(op);
    if (require_int(op) < 0)
        return -1;
    return as_signed(op, "Python int too large to convert to C ssize_t");
}

static uint64_t
as_unsigned(PyObject *op, const char *negative_message, const char *message)
{
    long_view v;
    if (require_int(op) < 0)
        return (uint64_t)-1;
    long_view_init(&v, op);
    if (v.negative) {
        PyErr_SetString(PyExc_OverflowError, negative_message);
        return (uint64_t)-1;
    }
    if (v.n > 1) {
        PyErr_SetString(PyExc_OverflowError, message);
        return (uint64_t)-1;
    }
    return v.n == 0 ? 0 : v.limbs[0];
}

unsigned long
PyLong_AsUnsignedLong(PyObject *op)
{
    return as_unsigned(op, "can't convert negative value to unsigned int",
                       "Python int too large to convert to C unsigned long");
}

unsigned long long
PyLong_AsUnsignedLongLong(PyObject *op)
{
    return as_unsigned(op, "can't convert negative int to unsigned", "int too big to convert");
}

size_t
PyLong_AsSize_t(PyObject *op)
{
    return as_unsigned(op, "can't convert negative value to size_t",
                       "Python int too large to convert to C size_t");
}

unsigned long long
PyLong_AsUnsignedLongLongMask(PyObject *op)
{
    long_view v;
    PyObject *index = as_index(op);
    if (index == NULL)
        return (unsigned long long)-1;
    long_view_init(&v, index);
    uint64_t low = v.n == 0 ? 0 : v.limbs[0];
    return v.negative ? -low : low;
}

unsigned long
PyLong_AsUnsignedLongMask(PyObject *op)
{
    return PyLong_AsUnsignedLongLongMask(op);
}

void *
PyLong_AsVoidPtr(PyObject *op)
{
    long_view v;
    if (require_int(op) < 0)
        return NULL;
    long_view_init(&v, op);
    if (v.n > 1 || (v.n == 1 && v.negative && v.limbs[0] > (uint64_t)1 << 63)) {
        PyErr_SetString(PyExc_OverflowError, "int too large to convert to C pointer");
        return NULL;
    }
    uint64_t low = v.n == 0 ? 0 : v.limbs[0];
    return (void *)(uintptr_t)(v.negative ? -low : low);
}

double
PyLong_AsDouble(PyObject *op)
{
    long_view v;
    if (GCRT_LIKELY(gcrt_is_int(op)))
        return (double)gcrt_int_value(op);
    if (require_int(op) < 0)
        return -1.0;
    long_view_init(&v, op);
    double d = long_view_as_double(&v);
    if (isinf(d)) {
        PyErr_SetString(PyExc_OverflowError, "int too large to convert to float");
        return -1.0;
    }
    return d;
}

int
_PyLong_Sign(PyObject *op)
{
    if (gcrt_is_int(op))
        return (gcrt_int_value(op) > 0) - (gcrt_int_value(op) < 0);
    Py_ssize_t size = ((PyVarObject *)op)->ob_size;
    return (size > 0) - (size < 0);
}

size_t
_PyLong_NumBits(PyObject *op)
{
    long_view v;
    long_view_init(&v, op);
    return long_view_bits(&v);
}

/* mantissa in [0.5, 1) with x = mantissa * 2**exponent. */
double
_PyLong_Frexp(PyLongObject *op, Py_ssize_t *exponent)
{
    long_view v;
    int64_t e;
    long_view_init(&v, (PyObject *)op);
    double m = long_view_frexp(&v, &e);
    *exponent = e;
    return m;
}

/* ------------------------------------------------------------------ byte arrays */

PyObject *
_PyLong_FromByteArray(const unsigned char *bytes, size_t n, int little_endian, int is_signed)
{
    if (n == 0)
        return gcrt_int(0);
    int negative = is_signed && (little_endian ? bytes[n - 1] : bytes[0]) & 0x80;
    if (n / 8 >= (size_t)LONG_MAX_LIMBS) {
        PyErr_SetString(PyExc_OverflowError, "byte array too long to convert to int");
        return NULL;
    }
    Py_ssize_t limbs = (Py_ssize_t)(n / 8 + 1);
    PyLongObject *z = long_alloc(limbs);
    if (z == NULL)
        return NULL;
    unsigned char *out = (unsigned char *)z->ob_limb;
    if (little_endian)
        memcpy(out, bytes, n);
    else
        for (size_t i = 0; i < n; i++)
            out[i] = bytes[n - 1 - i];
    if (negative) {
        memset(out + n, 0xff, (size_t)limbs * 8 - n);
        mpn_neg((mp_limb_t *)z->ob_limb, (mp_limb_t *)z->ob_limb, limbs);
    }
    return long_finish(z, limbs, negative);
}

/* Do the bits of v fit n bytes (two's complement when is_signed)? */
static int
fits_bytes(const long_view *v, size_t n, int is_signed)
{
    uint64_t bits = long_view_bits(v);
    if (!is_signed)
        return bits <= (uint64_t)n * 8;
    if (n == 0) /* no bits at all still tell 0 and -1, CPython finds */
        return bits == 0 || (v->negative && v->n == 1 && v->limbs[0] == 1);
    if (bits < (uint64_t)n * 8)
        return 1;
    /* -2**(8n-1) is the one number that needs all the bits. */
    if (!v->negative || bits != (uint64_t)n * 8 || bits == 0)
        return bits == 0;
    mp_limb_t top = v->limbs[v->n - 1];
    return (top & (top - 1)) == 0 && (v->n == 1 || mpn_zero_p(v->limbs, v->n - 1));
}

int
_PyLong_AsByteArray(PyLongObject *op, unsigned char *bytes, size_t n, int little_endian, int is_signed)
{
    long_view v;
    long_view_init(&v, (PyObject *)op);
    if (v.negative && !is_signed) {
        PyErr_SetString(PyExc_OverflowError, "can't convert negative int to unsigned");
        return -1;
    }
    int fits = fits_bytes(&v, n, is_signed), carry = 1;
    for (size_t i = 0; i < n; i++) {
        unsigned byte = i / 8 < (size_t)v.n ? (unsigned)(v.limbs[i / 8] >> (i % 8 * 8)) & 0xff : 0;
        if (v.negative) {
            byte = (~byte & 0xff) + (unsigned)carry;
            carry = (int)(byte >> 8);
        }
        bytes[little_endian ? i : n - 1 - i] = (unsigned char)byte;
    }
    if (!fits) {
        PyErr_SetString(PyExc_OverflowError, "int too big to convert");
        return -1;
    }
    return 0;
}

/* ------------------------------------------------------------------ number theory for C callers */

PyObject *
_PyLong_GCD(PyObject *a, PyObject *b)
{
    long_view x, y;
    long_view_init(&x, a);
    long_view_init(&y, b);
    if (x.n <= 1 && y.n <= 1) {
        uint64_t p = x.n == 0 ? 0 : x.limbs[0], q = y.n == 0 ? 0 : y.limbs[0];
        return from_word(p == 0 ? q : q == 0 ? p : mpn_gcd_1(&p, 1, q), 0);
    }
    mpz_t x_room, y_room, result;
    mpz_init(result);
    mpz_gcd(result, long_as_mpz(&x, x_room), long_as_mpz(&y, y_room));
    PyObject *value = long_from_mpz(result);
    mpz_clear(result);
    return value;
}
