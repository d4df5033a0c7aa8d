/* long_ops.c: powers, shifts and bit operations of ints, and their relation to doubles.
 * Negative numbers act in bit operations as if they had infinitely many sign bits (two's complement). */
#include "long.h"
#include "number_fast.h"

/* ------------------------------------------------------------------ powers */

/* base ** exponent in 63 bits by squaring; 0 when it does not fit. */
static int
power_small(int64_t base, uint64_t exponent, int64_t *out)
{
    int64_t result = 1;
    for (;;) {
        if (exponent & 1 && __builtin_mul_overflow(result, base, &result))
            return 0;
        exponent >>= 1;
        if (exponent == 0)
            break;
        if (__builtin_mul_overflow(base, base, &base))
            return 0;
    }
    *out = result;
    return gcrt_int_fits(result);
}

static PyObject *
power_positive(PyObject *a, PyObject *b)
{
    long_view base, exponent;
    int64_t small;
    long_view_init(&base, a);
    long_view_init(&exponent, b);
    if (exponent.n == 0)
        return gcrt_int(1);
    if (base.n == 0 || (base.n == 1 && base.limbs[0] == 1)) {
        int odd = exponent.limbs[0] & 1;
        return gcrt_int(base.n == 0 ? 0 : base.negative && odd ? -1 : 1);
    }
    if (exponent.n == 1 && long_as_int64(a, &small) && power_small(small, exponent.limbs[0], &small))
        return gcrt_int(small);
    uint64_t bits = long_view_bits(&base);
    if (exponent.n > 1 || bits > (uint64_t)LONG_MAX_LIMBS * 64 / exponent.limbs[0])
        return PyErr_NoMemory();
    if (long_check_size(bits * exponent.limbs[0] / 64 + 1) < 0)
        return NULL;
    mpz_t room, result;
    mpz_init(result);
    mpz_pow_ui(result, long_as_mpz(&base, room), exponent.limbs[0]);
    PyObject *value = long_from_mpz(result);
    mpz_clear(result);
    return value;
}

/* Both base and modulus fit a word: no GMP memory. */
static uint64_t
power_mod_word(uint64_t base, uint64_t exponent, uint64_t modulus)
{
    uint64_t result = 1 % modulus;
    base %= modulus;
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1)
            result = (uint64_t)((unsigned __int128)result * base % modulus);
        base = (uint64_t)((unsigned __int128)base * base % modulus);
    }
    return result;
}

static PyObject *
power_mod(PyObject *a, PyObject *b, PyObject *c)
{
    long_view base, exponent, modulus;
    PyObject *value = NULL;
    long_view_init(&base, a);
    long_view_init(&exponent, b);
    long_view_init(&modulus, c);
    if (modulus.n == 0) {
        PyErr_SetString(PyExc_ValueError, "pow() 3rd argument cannot be 0");
        return NULL;
    }
    if (gcrt_is_int(a) && gcrt_is_int(b) && gcrt_is_int(c) && !base.negative && !exponent.negative &&
        !modulus.negative)
        return gcrt_int((int64_t)power_mod_word(base.word, exponent.word, modulus.word));
    int negative = modulus.negative;
    mpz_t base_room, exponent_room, modulus_room, result;
    modulus.negative = 0;
    mpz_srcptr m = long_as_mpz(&modulus, modulus_room);
    mpz_init(result);
    mpz_mod(result, long_as_mpz(&base, base_room), m);
    if (exponent.negative) {
        if (mpz_cmp_ui(m, 1) != 0 && !mpz_invert(result, result, m)) {
            PyErr_SetString(PyExc_ValueError, "base is not invertible for the given modulus");
            goto done;
        }
        exponent.negative = 0;
    }
    mpz_powm(result, result, long_as_mpz(&exponent, exponent_room), m);
    if (negative && mpz_sgn(result) != 0)
        mpz_sub(result, result, m);
    value = long_from_mpz(result);
done:
    mpz_clear(result);
    return value;
}

PyObject *
long_power(PyObject *a, PyObject *b, PyObject *modulus)
{
    if (modulus != Py_None)
        return power_mod(a, b, modulus);
    if (gcrt_both_int(a, b) && gcrt_int_value(b) >= 0) {
        int64_t small;
        if (power_small(gcrt_int_value(a), (uint64_t)gcrt_int_value(b), &small))
            return gcrt_int(small);
    }
    if (_PyLong_Sign(b) < 0) {
        double x = PyLong_AsDouble(a), y;
        if (x == -1.0 && PyErr_Occurred())
            return NULL;
        y = PyLong_AsDouble(b);
        if (y == -1.0 && PyErr_Occurred())
            return NULL;
        return PyFloat_Type.tp_as_number->nb_power(float_box(x), float_box(y), Py_None);
    }
    return power_positive(a, b);
}

/* ------------------------------------------------------------------ shifts */

PyObject *
long_shifted(const long_view *v, uint64_t count)
{
    uint64_t words = count / 64;
    unsigned bits = (unsigned)(count % 64);
    if (v->n == 0)
        return gcrt_int(0);
    if (words > (uint64_t)LONG_MAX_LIMBS)
        return PyErr_NoMemory();
    int spills = bits != 0 && v->limbs[v->n - 1] >> (64 - bits) != 0;
    Py_ssize_t n = v->n + (Py_ssize_t)words + spills;
    PyLongObject *z = long_alloc(n);
    if (z == NULL)
        return NULL;
    mp_limb_t *out = (mp_limb_t *)z->ob_limb + words, carry;
    if (bits != 0) {
        carry = mpn_lshift(out, v->limbs, v->n, bits);
        if (spills)
            out[v->n] = carry;
    }
    else
        memcpy(out, v->limbs, (size_t)v->n * sizeof(mp_limb_t));
    return long_finish(z, n, v->negative);
}

/* The shift count in b.  1: in *count; 0: larger than any size; -1: exception. */
static int
shift_count(PyObject *b, uint64_t *count)
{
    long_view v;
    long_view_init(&v, b);
    if (v.negative) {
        PyErr_SetString(PyExc_ValueError, "negative shift count");
        return -1;
    }
    *count = v.n == 0 ? 0 : v.limbs[0];
    return v.n <= 1;
}

PyObject *
long_shift_left(PyObject *a, PyObject *b)
{
    PyObject *quick = fast_lshift(a, b);
    if (quick != NULL)
        return quick;
    uint64_t count;
    long_view v;
    int known = shift_count(b, &count);
    if (known < 0)
        return NULL;
    long_view_init(&v, a);
    if (v.n == 0)
        return gcrt_int(0);
    if (!known || count / 30 > (uint64_t)PY_SSIZE_T_MAX) {
        PyErr_SetString(PyExc_OverflowError, "too many digits in integer");
        return NULL;
    }
    return long_shifted(&v, count);
}

PyObject *
long_shift_right(PyObject *a, PyObject *b)
{
    PyObject *quick = fast_rshift(a, b);
    if (quick != NULL)
        return quick;
    uint64_t count;
    long_view v;
    int known = shift_count(b, &count), inexact = 0;
    if (known < 0)
        return NULL;
    long_view_init(&v, a);
    if (!known || count / 64 >= (uint64_t)v.n)
        return gcrt_int(v.negative ? -1 : 0);
    Py_ssize_t words = (Py_ssize_t)(count / 64), n = v.n - words;
    unsigned bits = (unsigned)(count % 64);
    PyLongObject *z = long_alloc(n + 1);
    if (z == NULL)
        return NULL;
    mp_limb_t *out = (mp_limb_t *)z->ob_limb;
    if (bits != 0)
        inexact = mpn_rshift(out, v.limbs + words, n, bits) != 0;
    else
        memcpy(out, v.limbs + words, (size_t)n * sizeof(mp_limb_t));
    /* Towards minus infinity: a negative number that lost bits is one further down. */
    if (v.negative && (inexact || (words != 0 && !mpn_zero_p(v.limbs, words))))
        mpn_add_1(out, out, n + 1, 1);
    return long_finish(z, n + 1, v.negative);
}

/* ------------------------------------------------------------------ bit operations */

/* v as two's complement in n words (n > v->n). */
static void
store_twos_complement(const long_view *v, uint64_t *out, Py_ssize_t n)
{
    mp_limb_t *limbs = (mp_limb_t *)out;
    memcpy(limbs, v->limbs, (size_t)v->n * sizeof(mp_limb_t));
    if (v->n < n)
        memset(limbs + v->n, 0, (size_t)(n - v->n) * sizeof(mp_limb_t));
    if (v->negative)
        mpn_neg(limbs, limbs, n);
}

static inline uint64_t
bitwise_word(uint64_t p, uint64_t q, char op)
{
    return op == '&' ? p & q : op == '|' ? p | q : p ^ q;
}

/* Neither is negative: the limbs are the bits. */
static PyObject *
bitwise_magnitudes(const long_view *x, const long_view *y, char op)
{
    if (x->n < y->n) {
        const long_view *shorter = x;
        x = y;
        y = shorter;
    }
    Py_ssize_t n = op == '&' ? y->n : x->n;
    if (n <= 1) {
        uint64_t word = n == 0 ? 0 : bitwise_word(x->limbs[0], y->n == 0 ? 0 : y->limbs[0], op);
        if (word <= (uint64_t)GCRT_SMALL_INT_MAX)
            return gcrt_int((int64_t)word);
    }
    PyLongObject *z = long_alloc(n);
    if (z == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < y->n; i++)
        z->ob_limb[i] = bitwise_word(x->limbs[i], y->limbs[i], op);
    for (Py_ssize_t i = y->n; i < n; i++)
        z->ob_limb[i] = x->limbs[i];
    return long_finish(z, n, 0);
}

static PyObject *
bitwise(PyObject *a, PyObject *b, char op)
{
    long_view x, y;
    long_view_init(&x, a);
    long_view_init(&y, b);
    if (!x.negative && !y.negative)
        return bitwise_magnitudes(&x, &y, op);
    Py_ssize_t n = (x.n > y.n ? x.n : y.n) + 1;
    PyLongObject *z = long_alloc(n);
    PyLongObject *other = long_alloc(n);
    if (z == NULL || other == NULL)
        return NULL;
    store_twos_complement(&x, z->ob_limb, n);
    store_twos_complement(&y, other->ob_limb, n);
    mp_limb_t *p = (mp_limb_t *)z->ob_limb, *q = (mp_limb_t *)other->ob_limb;
    if (op == '&')
        mpn_and_n(p, p, q, n);
    else if (op == '|')
        mpn_ior_n(p, p, q, n);
    else
        mpn_xor_n(p, p, q, n);
    int negative = (int)(p[n - 1] >> 63);
    if (negative)
        mpn_neg(p, p, n);
    return long_finish(z, n, negative);
}

PyObject *
long_and(PyObject *a, PyObject *b)
{
    PyObject *quick = fast_and(a, b);
    return quick != NULL ? quick : bitwise(a, b, '&');
}

PyObject *
long_or(PyObject *a, PyObject *b)
{
    PyObject *quick = fast_or(a, b);
    return quick != NULL ? quick : bitwise(a, b, '|');
}

PyObject *
long_xor(PyObject *a, PyObject *b)
{
    PyObject *quick = fast_xor(a, b);
    return quick != NULL ? quick : bitwise(a, b, '^');
}

/* ------------------------------------------------------------------ doubles */

double
long_scale_sticky(uint64_t m, int64_t e)
{
    if (m == 0)
        return 0.0;
    int lead = __builtin_clzl(m);
    m <<= lead;
    e -= lead;
    /* The value lies in [2**(e+63), 2**(e+64)).  Subnormal results have fewer bits. */
    if (e + 63 > 1023)
        return HUGE_VAL;
    int64_t drop = 11;
    if (e + 63 < -1022)
        drop += -1022 - (e + 63);
    if (drop > 64)
        return 0.0;
    if (drop == 64) /* exactly half of the smallest subnormal goes to even, which is zero */
        return m > (uint64_t)1 << 63 ? ldexp(1.0, (int)(e + 64)) : 0.0;
    uint64_t rest = m & (((uint64_t)1 << drop) - 1), half = (uint64_t)1 << (drop - 1);
    m >>= drop;
    if (rest > half || (rest == half && m & 1))
        m++;
    return ldexp((double)m, (int)(e + drop));
}

/* The top 64 bits with a sticky low bit, and the exponent that goes with them. */
static uint64_t
top_bits(const long_view *v, int64_t *exponent)
{
    if (v->n == 1) {
        *exponent = 0;
        return v->limbs[0];
    }
    unsigned lead = (unsigned)__builtin_clzl(v->limbs[v->n - 1]);
    uint64_t top = v->limbs[v->n - 1], next = v->limbs[v->n - 2];
    int sticky = (lead != 0 ? next << lead : next) != 0;
    if (lead != 0)
        top = top << lead | next >> (64 - lead);
    for (Py_ssize_t i = 0; !sticky && i < v->n - 2; i++)
        sticky = v->limbs[i] != 0;
    *exponent = v->n * 64 - 64 - (int64_t)lead;
    return top | (uint64_t)sticky;
}

double
long_view_as_double(const long_view *v)
{
    int64_t exponent;
    if (v->n == 0)
        return 0.0;
    uint64_t top = top_bits(v, &exponent);
    double d = long_scale_sticky(top, exponent);
    return v->negative ? -d : d;
}

double
long_view_frexp(const long_view *v, int64_t *exponent)
{
    int64_t scale;
    int shift;
    if (v->n == 0) {
        *exponent = 0;
        return 0.0;
    }
    double m = frexp(long_scale_sticky(top_bits(v, &scale), 0), &shift);
    *exponent = scale + shift;
    return v->negative ? -m : m;
}

int
long_compare_double(PyObject *a, double d)
{
    long_view v, w;
    int exponent;
    long_view_init(&v, a);
    int sign = v.n == 0 ? 0 : v.negative ? -1 : 1, d_sign = (d > 0) - (d < 0);
    if (sign != d_sign)
        return sign < d_sign ? -1 : 1;
    if (sign == 0)
        return 0;
    if (isinf(d))
        return -d_sign;
    double m = frexp(fabs(d), &exponent);
    uint64_t bits = long_view_bits(&v);
    if (exponent <= 0 || bits != (uint64_t)exponent)
        return (exponent <= 0 || bits > (uint64_t)exponent) ? sign : -sign;
    /* Same number of bits before the point: compare the integer part, then the fraction of d. */
    double fraction, whole;
    if (exponent <= 64) {
        fraction = modf(fabs(d), &whole);
        uint64_t i = (uint64_t)whole;
        if (v.limbs[0] != i)
            return v.limbs[0] > i ? sign : -sign;
        return fraction > 0 ? -sign : 0;
    }
    mp_limb_t room[17] = {0};
    uint64_t mantissa = (uint64_t)ldexp(m, 53);
    unsigned shift = (unsigned)exponent - 53;
    room[shift / 64] = mantissa << (shift % 64);
    if (shift % 64 != 0)
        room[shift / 64 + 1] = mantissa >> (64 - shift % 64);
    w.limbs = room;
    w.n = (Py_ssize_t)((unsigned)exponent + 63) / 64;
    w.negative = v.negative;
    return long_compare_views(&v, &w);
}
