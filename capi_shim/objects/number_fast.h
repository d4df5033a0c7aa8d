/* number_fast.h: arithmetic on immediates, inline, for the interpreter loop and the number types.
 *
 * Every fast_<op> answers NULL, without an exception, when it does not handle the case: an operand is
 * not an immediate, the result would be boxed, or the operation raises.  The caller then takes the
 * general path (PyNumber_<op>), which handles everything; nothing has been changed by then.
 *
 * A tagged int is (i << 1) | 1, so sums, comparisons and bit operations work on the words themselves. */
#ifndef GCRT_NUMBER_FAST_H
#define GCRT_NUMBER_FAST_H
#include "runtime.h"

/* Ints of at most this magnitude convert to double without rounding. */
#define FAST_EXACT_DOUBLE ((int64_t)1 << 53)

/* PyFloat_FromDouble, inline for the doubles that are immediate. */
static inline PyObject *
float_box(double d)
{
    PyObject *immediate = gcrt_float_immediate(d);
    return GCRT_LIKELY(immediate != NULL) ? immediate : PyFloat_FromDouble(d);
}

/* PyLong_FromLongLong, inline for the ints that are immediate. */
static inline PyObject *
long_box(int64_t i)
{
    return GCRT_LIKELY(gcrt_int_fits(i)) ? gcrt_int(i) : PyLong_FromLongLong(i);
}

static inline int
fast_both_float(const void *a, const void *b)
{
    return gcrt_is_float(a) && gcrt_is_float(b);
}

/* Any immediate as a double; ints above 2**53 are rounded to nearest even, as float(i) does. */
static inline double
fast_as_double(const void *v)
{
    return gcrt_is_int(v) ? (double)gcrt_int_value(v) : gcrt_float_value(v);
}

/* True when both are immediates and at least one is a float. */
static inline int
fast_float_pair(const void *a, const void *b)
{
    return gcrt_is_immediate(a) && gcrt_is_immediate(b) && !gcrt_both_int(a, b);
}

/* Python's % of floats: the result has the divisor's sign.  b must not be 0. */
static inline double
fast_float_mod(double a, double b)
{
    double mod = fmod(a, b);
    if (mod == 0.0)
        return copysign(0.0, b);
    return (b < 0) != (mod < 0) ? mod + b : mod;
}

/* Python's // of floats.  b must not be 0. */
static inline double
fast_float_floordiv(double a, double b)
{
    double mod = fmod(a, b), div = (a - mod) / b, floor_div;
    if (mod != 0.0 && (b < 0) != (mod < 0))
        div -= 1.0;
    if (div == 0.0)
        return copysign(0.0, a / b);
    floor_div = floor(div);
    return div - floor_div > 0.5 ? floor_div + 1.0 : floor_div;
}

static inline PyObject *
fast_add(PyObject *a, PyObject *b)
{
    if (GCRT_LIKELY(gcrt_both_int(a, b))) {
        int64_t sum;
        if (GCRT_UNLIKELY(__builtin_add_overflow((int64_t)a - 1, (int64_t)b, &sum)))
            return NULL;
        return (PyObject *)sum;
    }
    if (fast_both_float(a, b))
        return gcrt_float_immediate(gcrt_float_value(a) + gcrt_float_value(b));
    if (fast_float_pair(a, b))
        return gcrt_float_immediate(fast_as_double(a) + fast_as_double(b));
    return NULL;
}

static inline PyObject *
fast_subtract(PyObject *a, PyObject *b)
{
    if (GCRT_LIKELY(gcrt_both_int(a, b))) {
        int64_t difference;
        if (GCRT_UNLIKELY(__builtin_sub_overflow((int64_t)a, (int64_t)b - 1, &difference)))
            return NULL;
        return (PyObject *)difference;
    }
    if (fast_both_float(a, b))
        return gcrt_float_immediate(gcrt_float_value(a) - gcrt_float_value(b));
    if (fast_float_pair(a, b))
        return gcrt_float_immediate(fast_as_double(a) - fast_as_double(b));
    return NULL;
}

static inline PyObject *
fast_multiply(PyObject *a, PyObject *b)
{
    if (GCRT_LIKELY(gcrt_both_int(a, b))) {
        int64_t product;
        if (GCRT_UNLIKELY(__builtin_mul_overflow(gcrt_int_value(a), (int64_t)b - 1, &product)))
            return NULL;
        return (PyObject *)(product | 1);
    }
    if (fast_both_float(a, b))
        return gcrt_float_immediate(gcrt_float_value(a) * gcrt_float_value(b));
    if (fast_float_pair(a, b))
        return gcrt_float_immediate(fast_as_double(a) * fast_as_double(b));
    return NULL;
}

static inline PyObject *
fast_truediv(PyObject *a, PyObject *b)
{
    if (gcrt_both_int(a, b)) {
        int64_t x = gcrt_int_value(a), y = gcrt_int_value(b);
        if (y == 0 || x > FAST_EXACT_DOUBLE || x < -FAST_EXACT_DOUBLE || y > FAST_EXACT_DOUBLE ||
            y < -FAST_EXACT_DOUBLE)
            return NULL;
        return gcrt_float_immediate((double)x / (double)y);
    }
    if (gcrt_is_immediate(a) && gcrt_is_immediate(b)) {
        double y = fast_as_double(b);
        return y == 0.0 ? NULL : gcrt_float_immediate(fast_as_double(a) / y);
    }
    return NULL;
}

static inline PyObject *
fast_floordiv(PyObject *a, PyObject *b)
{
    if (GCRT_LIKELY(gcrt_both_int(a, b))) {
        int64_t x = gcrt_int_value(a), y = gcrt_int_value(b), q;
        if (GCRT_UNLIKELY(y == 0))
            return NULL;
        q = x / y;
        q -= q * y != x && (x < 0) != (y < 0);
        return GCRT_LIKELY(gcrt_int_fits(q)) ? gcrt_int(q) : NULL; /* min // -1 does not fit */
    }
    if (gcrt_is_immediate(a) && gcrt_is_immediate(b)) {
        double y = fast_as_double(b);
        return y == 0.0 ? NULL : gcrt_float_immediate(fast_float_floordiv(fast_as_double(a), y));
    }
    return NULL;
}

static inline PyObject *
fast_mod(PyObject *a, PyObject *b)
{
    if (GCRT_LIKELY(gcrt_both_int(a, b))) {
        int64_t x = gcrt_int_value(a), y = gcrt_int_value(b), r;
        if (GCRT_UNLIKELY(y == 0))
            return NULL;
        r = x % y;
        if (r != 0 && (r < 0) != (y < 0))
            r += y;
        return gcrt_int(r);
    }
    if (gcrt_is_immediate(a) && gcrt_is_immediate(b)) {
        double y = fast_as_double(b);
        return y == 0.0 ? NULL : gcrt_float_immediate(fast_float_mod(fast_as_double(a), y));
    }
    return NULL;
}

static inline PyObject *
fast_lshift(PyObject *a, PyObject *b)
{
    if (GCRT_LIKELY(gcrt_both_int(a, b))) {
        int64_t x = gcrt_int_value(a), n = gcrt_int_value(b);
        if ((uint64_t)n < 62) {
            int64_t shifted = (int64_t)((uint64_t)x << n);
            if (shifted >> n == x && gcrt_int_fits(shifted))
                return gcrt_int(shifted);
        }
        else if (x == 0 && n >= 0)
            return a;
    }
    return NULL;
}

static inline PyObject *
fast_rshift(PyObject *a, PyObject *b)
{
    if (GCRT_LIKELY(gcrt_both_int(a, b))) {
        int64_t n = gcrt_int_value(b);
        if (n >= 0)
            return gcrt_int(gcrt_int_value(a) >> (n > 63 ? 63 : n));
    }
    return NULL;
}

static inline PyObject *
fast_and(PyObject *a, PyObject *b)
{
    return gcrt_both_int(a, b) ? (PyObject *)((uintptr_t)a & (uintptr_t)b) : NULL;
}

static inline PyObject *
fast_or(PyObject *a, PyObject *b)
{
    return gcrt_both_int(a, b) ? (PyObject *)((uintptr_t)a | (uintptr_t)b) : NULL;
}

static inline PyObject *
fast_xor(PyObject *a, PyObject *b)
{
    return gcrt_both_int(a, b) ? (PyObject *)(((uintptr_t)a ^ (uintptr_t)b) | 1) : NULL;
}

static inline PyObject *
fast_negative(PyObject *a)
{
    if (GCRT_LIKELY(gcrt_is_int(a))) {
        int64_t i = -gcrt_int_value(a);
        return gcrt_int_fits(i) ? gcrt_int(i) : NULL;
    }
    return gcrt_is_float(a) ? gcrt_float_immediate(-gcrt_float_value(a)) : NULL;
}

static inline PyObject *
fast_invert(PyObject *a)
{
    return gcrt_is_int(a) ? (PyObject *)(~(uintptr_t)a | 1) : NULL;
}

static inline int
fast_compare_words(int64_t a, int64_t b, int op)
{
    switch (op) {
    case Py_LT: return a < b;
    case Py_LE: return a <= b;
    case Py_EQ: return a == b;
    case Py_NE: return a != b;
    case Py_GT: return a > b;
    default: return a >= b;
    }
}

static inline int
fast_compare_doubles(double a, double b, int op)
{
    switch (op) {
    case Py_LT: return a < b;
    case Py_LE: return a <= b;
    case Py_EQ: return a == b;
    case Py_NE: return a != b;
    case Py_GT: return a > b;
    default: return a >= b;
    }
}

/* 1, 0, or -1: not handled. */
static inline int
fast_compare_bool(PyObject *a, PyObject *b, int op)
{
    if (GCRT_LIKELY(gcrt_both_int(a, b)))
        return fast_compare_words((int64_t)a, (int64_t)b, op);
    if (!gcrt_is_immediate(a) || !gcrt_is_immediate(b))
        return -1;
    if (gcrt_is_int(a) || gcrt_is_int(b)) {
        int64_t i = gcrt_int_value(gcrt_is_int(a) ? a : b);
        if (i > FAST_EXACT_DOUBLE || i < -FAST_EXACT_DOUBLE)
            return -1;
    }
    return fast_compare_doubles(fast_as_double(a), fast_as_double(b), op);
}

static inline PyObject *
fast_compare(PyObject *a, PyObject *b, int op)
{
    int result = fast_compare_bool(a, b, op);
    return result < 0 ? NULL : result ? Py_True : Py_False;
}

/* Truth of an immediate number, bool or None; -1: not handled. */
static inline int
fast_truth(PyObject *v)
{
    if (v == Py_True)
        return 1;
    if (v == Py_False || v == Py_None)
        return 0;
    if (gcrt_is_int(v))
        return v != gcrt_int(0);
    /* No immediate float but the zero word is zero: -0.0 and NaN are boxed. */
    return gcrt_is_float(v) ? (uintptr_t)v != GCRT_FLOAT_ZERO : -1;
}
#endif
