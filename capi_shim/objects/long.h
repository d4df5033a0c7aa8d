/* long.h: ints inside the runtime: views of immediates and boxed ints as limb arrays, and how results
 * are made.
 *
 * Invariant: an exact int that fits 63 bits is immediate.  Whoever makes an int ends with long_finish,
 * which restores the invariant; nobody else may publish a PyLongObject of the exact type. */
#ifndef GCRT_LONG_H
#define GCRT_LONG_H
#include "runtime.h"
#include <gmp.h>

_Static_assert(sizeof(mp_limb_t) == 8 && GMP_NUMB_BITS == 64, "limbs are whole 64-bit words");

/* 2**28 limbs are 2 GiB.  GMP's sizes are ints and it aborts when its own memory runs out, so larger
 * results are refused (MemoryError) before it is called. */
#define LONG_MAX_LIMBS ((Py_ssize_t)1 << 28)
#define LONG_BITS 64

/* The magnitude of any int as limbs, least significant first, without leading zeros; n == 0: zero.
 * Lives on the C stack: limbs may point at the view's own word. */
typedef struct {
    const mp_limb_t *limbs;
    Py_ssize_t n;
    int negative;
    mp_limb_t word;
} long_view;

static inline void
long_view_word(long_view *view, int64_t i)
{
    view->negative = i < 0;
    view->word = i < 0 ? -(uint64_t)i : (uint64_t)i;
    view->limbs = &view->word;
    view->n = i != 0;
}

/* op must be an int or an instance of a subclass. */
static inline void
long_view_init(long_view *view, PyObject *op)
{
    if (gcrt_is_int(op)) {
        long_view_word(view, gcrt_int_value(op));
        return;
    }
    Py_ssize_t size = ((PyVarObject *)op)->ob_size;
    view->negative = size < 0;
    view->n = size < 0 ? -size : size;
    view->limbs = (const mp_limb_t *)((PyLongObject *)op)->ob_limb;
}

/* True, with the value, when op (an int of any kind) fits int64. */
static inline int
long_as_int64(PyObject *op, int64_t *out)
{
    if (gcrt_is_int(op)) {
        *out = gcrt_int_value(op);
        return 1;
    }
    const PyLongObject *v = (const PyLongObject *)op;
    Py_ssize_t size = v->ob_base.ob_size;
    if (size == 0)
        *out = 0;
    else if (size == 1 && v->ob_limb[0] <= INT64_MAX)
        *out = (int64_t)v->ob_limb[0];
    else if (size == -1 && v->ob_limb[0] <= (uint64_t)1 << 63)
        *out = (int64_t)-v->ob_limb[0];
    else
        return 0;
    return 1;
}

static inline uint64_t
long_view_bits(const long_view *view)
{
    return view->n == 0 ? 0 : (uint64_t)view->n * 64 - (uint64_t)__builtin_clzl(view->limbs[view->n - 1]);
}

/* 0 when a result of n limbs may be computed, else -1 with MemoryError. */
int long_check_size(uint64_t n);
/* Room for a result of n limbs; NULL with MemoryError. */
PyLongObject *long_alloc(Py_ssize_t n);
/* The int with the first n limbs of z (leading zeros allowed) and that sign. */
PyObject *long_finish(PyLongObject *z, Py_ssize_t n, int negative);
PyObject *long_from_mpz(mpz_srcptr z);
PyObject *long_from_view(const long_view *view);
static inline mpz_srcptr
long_as_mpz(const long_view *view, mpz_ptr room)
{
    return mpz_roinit_n(room, view->limbs, view->negative ? -view->n : view->n);
}

/* -1, 0, 1 */
int long_compare_views(const long_view *a, const long_view *b);
int long_compare(PyObject *a, PyObject *b);
/* Floor quotient and remainder; either out pointer may be NULL.  0, or -1 with an exception. */
int long_divmod_floor(PyObject *a, PyObject *b, PyObject **quotient, PyObject **remainder);
PyObject *long_add(PyObject *a, PyObject *b);
PyObject *long_subtract(PyObject *a, PyObject *b);
PyObject *long_multiply(PyObject *a, PyObject *b);
PyObject *long_power(PyObject *a, PyObject *b, PyObject *modulus);
PyObject *long_shift_left(PyObject *a, PyObject *b);
PyObject *long_shift_right(PyObject *a, PyObject *b);
PyObject *long_and(PyObject *a, PyObject *b);
PyObject *long_or(PyObject *a, PyObject *b);
PyObject *long_xor(PyObject *a, PyObject *b);
PyObject *long_true_divide(PyObject *a, PyObject *b);
PyObject *long_negative(PyObject *a);
PyObject *long_absolute(PyObject *a);
PyObject *long_shifted(const long_view *v, uint64_t count); /* v << count, count checked for size */
PyObject *long_exact(PyObject *a);                          /* an instance of a subclass as exact int */
Py_hash_t long_hash(PyObject *a);

/* Nearest double, half to even; inf when out of range (no exception). */
double long_view_as_double(const long_view *view);
/* magnitude as mantissa in [0.5, 1) and exponent: value = mantissa * 2**exponent, rounded to nearest. */
double long_view_frexp(const long_view *view, int64_t *exponent);
/* m * 2**e, m's lowest bit standing for "and some more"; rounded half to even; inf on overflow. */
double long_scale_sticky(uint64_t m, int64_t e);
/* Sign of (int - double); d must not be NaN. */
int long_compare_double(PyObject *a, double d);

/* What sys.int_info says of the limit of sys.set_int_max_str_digits. */
#define LONG_MAX_STR_DIGITS_DEFAULT 4300
#define LONG_MAX_STR_DIGITS_THRESHOLD 640

/* str(a) for base 10, else with 0x/0o/0b prefix when prefix is true. */
PyObject *long_to_string(PyObject *a, int base, int prefix);
/* Digits of an immediate's magnitude in base 10, written before end; returns their start. */
char *long_write_decimal(char *end, uint64_t value);
PyObject *long_repr(PyObject *a);

extern PyNumberMethods long_as_number;
#endif
