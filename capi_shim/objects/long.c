/* long.c: int arithmetic.  Immediates first; everything else goes through views of limbs to GMP's mpn
 * layer, which computes into the result object itself. */
#include "long.h"
#include "number_fast.h"

/* ------------------------------------------------------------------ making ints */

int
long_check_size(uint64_t n)
{
    if (GCRT_LIKELY(n < 1 << 16))
        return 0;
    /* GMP aborts when its scratch memory can't be had, and takes a few times the size of the result. */
    void *probe = n > (uint64_t)LONG_MAX_LIMBS ? NULL : malloc(n * sizeof(mp_limb_t) * 4);
    free(probe);
    if (probe != NULL)
        return 0;
    PyErr_NoMemory();
    return -1;
}

PyLongObject *
long_alloc(Py_ssize_t n)
{
    if (n < 1)
        n = 1;
    if (long_check_size((uint64_t)n) < 0)
        return NULL;
    return (PyLongObject *)gcrt_new_leaf(&PyLong_Type,
                                         offsetof(PyLongObject, ob_limb) + (size_t)n * sizeof(mp_limb_t));
}

PyObject *
long_finish(PyLongObject *z, Py_ssize_t n, int negative)
{
    while (n > 0 && z->ob_limb[n - 1] == 0)
        n--;
    if (n <= 1) {
        uint64_t limb = n == 0 ? 0 : z->ob_limb[0];
        if (limb <= (uint64_t)GCRT_SMALL_INT_MAX + (negative != 0))
            return gcrt_int(negative ? -(int64_t)limb : (int64_t)limb);
    }
    z->ob_base.ob_size = negative ? -n : n;
    return (PyObject *)z;
}

PyObject *
long_from_view(const long_view *view)
{
    PyLongObject *z = long_alloc(view->n);
    if (z == NULL)
        return NULL;
    memcpy(z->ob_limb, view->limbs, (size_t)view->n * sizeof(mp_limb_t));
    return long_finish(z, view->n, view->negative);
}

PyObject *
long_from_mpz(mpz_srcptr value)
{
    long_view view = {.limbs = mpz_limbs_read(value), .n = (Py_ssize_t)mpz_size(value),
                      .negative = mpz_sgn(value) < 0};
    return long_from_view(&view);
}

PyObject *
long_exact(PyObject *a)
{
    if (PyLong_CheckExact(a))
        return a;
    long_view view;
    long_view_init(&view, a);
    return long_from_view(&view);
}

static PyObject *
from_int128(__int128 value)
{
    if (value >= GCRT_SMALL_INT_MIN && value <= GCRT_SMALL_INT_MAX)
        return gcrt_int((int64_t)value);
    int negative = value < 0;
    unsigned __int128 magnitude = negative ? -(unsigned __int128)value : (unsigned __int128)value;
    PyLongObject *z = long_alloc(2);
    if (z == NULL)
        return NULL;
    z->ob_limb[0] = (uint64_t)magnitude;
    z->ob_limb[1] = (uint64_t)(magnitude >> 64);
    return long_finish(z, 2, negative);
}

/* ------------------------------------------------------------------ comparison */

int
long_compare_views(const long_view *a, const long_view *b)
{
    int order;
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    if (a->n != b->n)
        order = a->n < b->n ? -1 : 1;
    else
        order = a->n == 0 ? 0 : mpn_cmp(a->limbs, b->limbs, a->n);
    order = (order > 0) - (order < 0);
    return a->negative ? -order : order;
}

int
long_compare(PyObject *a, PyObject *b)
{
    if (gcrt_both_int(a, b))
        return ((int64_t)a > (int64_t)b) - ((int64_t)a < (int64_t)b);
    long_view x, y;
    long_view_init(&x, a);
    long_view_init(&y, b);
    return long_compare_views(&x, &y);
}

/* ------------------------------------------------------------------ sums */

/* x and y with y's sign taken from the argument: one routine for + and -. */
static PyObject *
add_views(const long_view *x, const long_view *y, int y_negative)
{
    if (x->n < y->n || (x->n == y->n && x->n != 0 && mpn_cmp(x->limbs, y->limbs, x->n) < 0)) {
        /* x + y == y + x; the larger magnitude goes first and gives the sign. */
        long_view larger = *y;
        larger.negative = y_negative;
        if (y->limbs == &y->word)
            larger.limbs = &larger.word;
        return add_views(&larger, x, x->negative);
    }
    PyLongObject *z = long_alloc(x->n + 1);
    if (z == NULL)
        return NULL;
    if (y->n == 0) {
        memcpy(z->ob_limb, x->limbs, (size_t)x->n * sizeof(mp_limb_t));
        return long_finish(z, x->n, x->negative);
    }
    if (x->negative == y_negative)
        z->ob_limb[x->n] = mpn_add((mp_limb_t *)z->ob_limb, x->limbs, x->n, y->limbs, y->n);
    else
        mpn_sub((mp_limb_t *)z->ob_limb, x->limbs, x->n, y->limbs, y->n);
    return long_finish(z, x->n + 1, x->negative);
}

/* Of a magnitude of at most one limb.  Numbers between 2**62 and 2**64, as hashes and addresses are, need no
 * more, and their sums fit 128 bits. */
static inline __int128
view_as_int128(const long_view *v)
{
    __int128 magnitude = v->n == 0 ? 0 : v->limbs[0];
    return v->negative ? -magnitude : magnitude;
}

PyObject *
long_add(PyObject *a, PyObject *b)
{
    if (GCRT_LIKELY(gcrt_both_int(a, b)))
        return from_int128((__int128)gcrt_int_value(a) + gcrt_int_value(b));
    long_view x, y;
    long_view_init(&x, a);
    long_view_init(&y, b);
    if (x.n <= 1 && y.n <= 1)
        return from_int128(view_as_int128(&x) + view_as_int128(&y));
    return add_views(&x, &y, y.negative);
}

PyObject *
long_subtract(PyObject *a, PyObject *b)
{
    if (GCRT_LIKELY(gcrt_both_int(a, b)))
        return from_int128((__int128)gcrt_int_value(a) - gcrt_int_value(b));
    long_view x, y;
    long_view_init(&x, a);
    long_view_init(&y, b);
    if (x.n <= 1 && y.n <= 1)
        return from_int128(view_as_int128(&x) - view_as_int128(&y));
    return add_views(&x, &y, !y.negative);
}

PyObject *
long_negative(PyObject *a)
{
    if (GCRT_LIKELY(gcrt_is_int(a)))
        return from_int128(-(__int128)gcrt_int_value(a));
    long_view v;
    long_view_init(&v, a);
    v.negative = !v.negative;
    return long_from_view(&v);
}

PyObject *
long_absolute(PyObject *a)
{
    if (gcrt_is_int(a))
        return gcrt_int_value(a) < 0 ? long_negative(a) : a;
    return ((PyVarObject *)a)->ob_size < 0 ? long_negative(a) : long_exact(a);
}

/* ------------------------------------------------------------------ products */

PyObject *
long_multiply(PyObject *a, PyObject *b)
{
    if (GCRT_LIKELY(gcrt_both_int(a, b)))
        return from_int128((__int128)gcrt_int_value(a) * gcrt_int_value(b));
    long_view x, y;
    long_view_init(&x, a);
    long_view_init(&y, b);
    if (x.n == 0 || y.n == 0)
        return gcrt_int(0);
    PyLongObject *z = long_alloc(x.n + y.n);
    if (z == NULL)
        return NULL;
    mp_limb_t *out = (mp_limb_t *)z->ob_limb;
    if (x.limbs == y.limbs)
        mpn_sqr(out, x.limbs, x.n);
    else if (x.n >= y.n)
        mpn_mul(out, x.limbs, x.n, y.limbs, y.n);
    else
        mpn_mul(out, y.limbs, y.n, x.limbs, x.n);
    return long_finish(z, x.n + y.n, x.negative != y.negative);
}

/* ------------------------------------------------------------------ division */

/* Truncated quotient in q (x.n - y.n + 1 limbs) and remainder in r (y.n limbs), magnitudes only;
 * x.n >= y.n >= 1.  Floor adjustment follows in the caller. */
static int
divide_magnitudes(const long_view *x, const long_view *y, PyLongObject **q, PyLongObject **r)
{
    *q = long_alloc(x->n - y->n + 2);
    *r = long_alloc(y->n);
    if (*q == NULL || *r == NULL)
        return -1;
    if (y->n == 1)
        (*r)->ob_limb[0] = mpn_divrem_1((mp_limb_t *)(*q)->ob_limb, 0, x->limbs, x->n, y->limbs[0]);
    else
        mpn_tdiv_qr((mp_limb_t *)(*q)->ob_limb, (mp_limb_t *)(*r)->ob_limb, 0, x->limbs, x->n, y->limbs, y->n);
    return 0;
}

static int
divmod_views(const long_view *x, const long_view *y, PyObject **quotient, PyObject **remainder)
{
    PyLongObject *q, *r;
    int opposite = x->negative != y->negative;
    Py_ssize_t q_size = 1;
    if (x->n < y->n) {
        q = long_alloc(1);
        r = long_alloc(y->n);
        if (q == NULL || r == NULL)
            return -1;
        memcpy(r->ob_limb, x->limbs, (size_t)x->n * sizeof(mp_limb_t));
    }
    else {
        if (divide_magnitudes(x, y, &q, &r) < 0)
            return -1;
        q_size = x->n - y->n + 2;
    }
    mp_limb_t *rest = (mp_limb_t *)r->ob_limb;
    if (opposite && !mpn_zero_p(rest, y->n)) {
        /* Floor: one further away from zero; the remainder changes sides. */
        mpn_add_1((mp_limb_t *)q->ob_limb, (mp_limb_t *)q->ob_limb, q_size, 1);
        mpn_sub_n(rest, y->limbs, rest, y->n);
    }
    if (quotient != NULL)
        *quotient = long_finish(q, q_size, opposite);
    if (remainder != NULL)
        *remainder = long_finish(r, y->n, y->negative);
    return 0;
}

int
long_divmod_floor(PyObject *a, PyObject *b, PyObject **quotient, PyObject **remainder)
{
    if (gcrt_both_int(a, b) && b != gcrt_int(0)) {
        int64_t x = gcrt_int_value(a), y = gcrt_int_value(b), q = x / y, r = x % y;
        if (r != 0 && (r < 0) != (y < 0)) {
            q--;
            r += y;
        }
        if (quotient != NULL)
            *quotient = long_box(q);
        if (remainder != NULL)
            *remainder = gcrt_int(r);
        return quotient != NULL && *quotient == NULL ? -1 : 0;
    }
    long_view x, y;
    long_view_init(&x, a);
    long_view_init(&y, b);
    if (y.n == 0) {
        PyErr_SetString(PyExc_ZeroDivisionError, remainder != NULL && quotient == NULL
                                                     ? "integer modulo by zero"
                                                     : "integer division or modulo by zero");
        return -1;
    }
    return divmod_views(&x, &y, quotient, remainder);
}

/* x / y as m * 2**e with 64 significant bits and a sticky low bit. */
static double
divide_to_double(const long_view *x, const long_view *y)
{
    int64_t shift = (int64_t)long_view_bits(x) - (int64_t)long_view_bits(y) - 65, e = shift;
    double result = -1.0;
    mpz_t x_room, y_room, q, r;
    mpz_init(q);
    mpz_init(r);
    long_view num = *x, den = *y;
    num.negative = den.negative = 0;
    if (x->limbs == &x->word)
        num.limbs = &num.word;
    if (y->limbs == &y->word)
        den.limbs = &den.word;
    if (shift < 0) {
        mpz_mul_2exp(q, long_as_mpz(&num, x_room), (mp_bitcnt_t)-shift);
        mpz_tdiv_qr(q, r, q, long_as_mpz(&den, y_room));
    }
    else {
        mpz_mul_2exp(r, long_as_mpz(&den, y_room), (mp_bitcnt_t)shift);
        mpz_tdiv_qr(q, r, long_as_mpz(&num, x_room), r);
    }
    /* The quotient has 65 or 66 bits: bring it to 64, the rest and the remainder are sticky. */
    size_t extra = mpz_sizeinbase(q, 2) - 64;
    int sticky = mpz_sgn(r) != 0 || mpz_scan1(q, 0) < extra;
    mpz_tdiv_q_2exp(q, q, extra);
    result = long_scale_sticky(mpz_get_ui(q) | (uint64_t)sticky, e + (int64_t)extra);
    mpz_clear(q);
    mpz_clear(r);
    return result;
}

PyObject *
long_true_divide(PyObject *a, PyObject *b)
{
    long_view x, y;
    long_view_init(&x, a);
    long_view_init(&y, b);
    if (y.n == 0) {
        PyErr_SetString(PyExc_ZeroDivisionError, "division by zero");
        return NULL;
    }
    if (x.n == 0)
        return y.negative ? PyFloat_FromDouble(-0.0) : PyFloat_FromDouble(0.0);
    double result;
    uint64_t exact = (uint64_t)FAST_EXACT_DOUBLE;
    int64_t size = (int64_t)long_view_bits(&x) - (int64_t)long_view_bits(&y);
    if (x.n == 1 && y.n == 1 && x.limbs[0] <= exact && y.limbs[0] <= exact)
        result = (double)x.limbs[0] / (double)y.limbs[0];
    else if (size > 1025)
        result = HUGE_VAL;
    else if (size < -1080)
        result = 0.0;
    else
        result = divide_to_double(&x, &y);
    if (isinf(result)) {
        PyErr_SetString(PyExc_OverflowError, "integer division result too large for a float");
        return NULL;
    }
    return float_box(x.negative != y.negative ? -result : result);
}

/* ------------------------------------------------------------------ hash */

Py_hash_t
long_hash(PyObject *a)
{
    const uint64_t modulus = _PyHASH_MODULUS;
    uint64_t rest;
    long_view v;
    long_view_init(&v, a);
    if (v.n <= 1) {
        rest = v.n == 0 ? 0 : v.limbs[0];
        rest = (rest & modulus) + (rest >> _PyHASH_BITS);
        if (rest >= modulus)
            rest -= modulus;
    }
    else
        rest = mpn_mod_1(v.limbs, v.n, modulus);
    Py_hash_t hash = v.negative ? -(Py_hash_t)rest : (Py_hash_t)rest;
    return hash == -1 ? -2 : hash;
}
