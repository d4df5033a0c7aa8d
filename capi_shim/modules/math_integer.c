/* math_integer.c: math's functions of ints, on GMP. */
#include "math_module.h"

PyObject *
math_gcd(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    PyObject *result = gcrt_int(0);
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *arg = PyNumber_Index(args[i]);
        if (arg == NULL || (result = _PyLong_GCD(result, arg)) == NULL)
            return NULL;
    }
    return result;
}

PyObject *
math_lcm(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    PyObject *result = gcrt_int(1), *quotient;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *arg = PyNumber_Index(args[i]);
        if (arg == NULL)
            return NULL;
        if (_PyLong_Sign(arg) == 0 || result == gcrt_int(0)) {
            result = gcrt_int(0);
            continue;
        }
        PyObject *divisor = _PyLong_GCD(result, arg);
        if (divisor == NULL || long_divmod_floor(result, divisor, &quotient, NULL) < 0 ||
            (result = long_multiply(quotient, arg)) == NULL || (result = long_absolute(result)) == NULL)
            return NULL;
    }
    return result;
}

PyObject *
math_isqrt(PyObject *Py_UNUSED(module), PyObject *arg)
{
    PyObject *index = PyNumber_Index(arg);
    if (index == NULL)
        return NULL;
    long_view v;
    long_view_init(&v, index);
    if (v.negative) {
        PyErr_SetString(PyExc_ValueError, "isqrt() argument must be nonnegative");
        return NULL;
    }
    if (v.n == 0)
        return gcrt_int(0);
    PyLongObject *root = long_alloc((v.n + 1) / 2);
    if (root == NULL)
        return NULL;
    mpn_sqrtrem((mp_limb_t *)root->ob_limb, NULL, v.limbs, v.n);
    return long_finish(root, (v.n + 1) / 2, 0);
}

PyObject *
math_factorial(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int overflow;
    long n = PyLong_AsLongAndOverflow(arg, &overflow);
    if (n == -1 && PyErr_Occurred())
        return NULL;
    if (overflow > 0)
        return PyErr_Format(PyExc_OverflowError, "factorial() argument should not exceed %ld", LONG_MAX);
    if (n < 0 || overflow < 0) {
        PyErr_SetString(PyExc_ValueError, "factorial() not defined for negative values");
        return NULL;
    }
    /* n! has fewer than n * log2(n) bits. */
    if (n > LONG_MAX_LIMBS)
        return PyErr_NoMemory();
    if (n > 1000 && long_check_size((uint64_t)((double)n * log2((double)n) / 64.0)) < 0)
        return NULL;
    mpz_t result;
    mpz_init(result);
    mpz_fac_ui(result, (unsigned long)n);
    PyObject *value = long_from_mpz(result);
    mpz_clear(result);
    return value;
}

/* n and k as nonnegative ints; 0, or -1 with an exception. */
static int
counting_arguments(PyObject *const *args, Py_ssize_t n_args, PyObject **n, PyObject **k)
{
    if ((*n = PyNumber_Index(args[0])) == NULL || (n_args == 2 && (*k = PyNumber_Index(args[1])) == NULL))
        return -1;
    if (_PyLong_Sign(*n) < 0 || _PyLong_Sign(*k) < 0) {
        PyErr_Format(PyExc_ValueError, "%s must be a non-negative integer", _PyLong_Sign(*n) < 0 ? "n" : "k");
        return -1;
    }
    return 0;
}

/* n * (n-1) * ... * (n-k+1), by halves so that the factors are of one size. */
static PyObject *
falling_factorial(PyObject *n, unsigned long k)
{
    if (k == 0)
        return gcrt_int(1);
    if (k == 1)
        return n;
    unsigned long half = k / 2;
    PyObject *high = falling_factorial(n, half), *rest = PyLong_FromUnsignedLong(half);
    if (high == NULL || rest == NULL || (rest = long_subtract(n, rest)) == NULL)
        return NULL;
    PyObject *low = falling_factorial(rest, k - half);
    return low == NULL ? NULL : long_multiply(high, low);
}

PyObject *
math_perm(PyObject *module, PyObject *const *args, Py_ssize_t n_args)
{
    PyObject *n, *k = gcrt_int(0);
    int overflow;
    if (!_PyArg_CheckPositional("perm", n_args, 1, 2))
        return NULL;
    if (n_args == 1 || args[1] == Py_None)
        return math_factorial(module, args[0]);
    if (counting_arguments(args, n_args, &n, &k) < 0)
        return NULL;
    if (long_compare(n, k) < 0)
        return gcrt_int(0);
    long count = PyLong_AsLongAndOverflow(k, &overflow);
    if (overflow > 0)
        return PyErr_Format(PyExc_OverflowError, "k must not exceed %lld", LLONG_MAX);
    if ((uint64_t)count > (uint64_t)LONG_MAX_LIMBS * 64)
        return PyErr_NoMemory();
    return falling_factorial(n, (unsigned long)count);
}

PyObject *
math_comb(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n_args)
{
    PyObject *n, *k, *rest;
    int overflow;
    if (!_PyArg_CheckPositional("comb", n_args, 2, 2) || counting_arguments(args, n_args, &n, &k) < 0)
        return NULL;
    if ((rest = long_subtract(n, k)) == NULL)
        return NULL;
    if (_PyLong_Sign(rest) < 0)
        return gcrt_int(0);
    if (long_compare(rest, k) < 0)
        k = rest;
    long count = PyLong_AsLongAndOverflow(k, &overflow);
    if (overflow > 0)
        return PyErr_Format(PyExc_OverflowError, "min(n - k, k) must not exceed %lld", LLONG_MAX);
    if ((uint64_t)count > (uint64_t)LONG_MAX_LIMBS * 64)
        return PyErr_NoMemory();
    long_view v;
    long_view_init(&v, n);
    if (count > 1000 && long_check_size(((uint64_t)count + 64) / 64 * long_view_bits(&v)) < 0)
        return NULL;
    mpz_t room, result;
    mpz_init(result);
    mpz_bin_ui(result, long_as_mpz(&v, room), (unsigned long)count);
    PyObject *value = long_from_mpz(result);
    mpz_clear(result);
    return value;
}

PyObject *
math_prod(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"", "start", NULL};
    PyObject *iterable, *result = gcrt_int(1), *item;
    if (PyTuple_GET_SIZE(args) != 1)
        return PyErr_Format(PyExc_TypeError, "prod() takes exactly 1 positional argument (%zd given)",
                            PyTuple_GET_SIZE(args));
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|$O:prod", keywords, &iterable, &result))
        return NULL;
    PyObject *iterator = PyObject_GetIter(iterable);
    if (iterator == NULL)
        return NULL;
    while ((item = PyIter_Next(iterator)) != NULL) {
        PyObject *product = fast_multiply(result, item);
        if (product == NULL && (product = PyNumber_Multiply(result, item)) == NULL)
            return NULL;
        result = product;
    }
    return PyErr_Occurred() ? NULL : result;
}
