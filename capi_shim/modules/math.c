/* math.c: the math module: real functions.  Functions of ints are in math_integer.c. */
#include "math_module.h"
#include "typeobject.h"

/* ------------------------------------------------------------------ errors and arguments */

static PyObject *
domain_error(void)
{
    PyErr_SetString(PyExc_ValueError, "math domain error");
    return NULL;
}

static PyObject *
range_error(void)
{
    PyErr_SetString(PyExc_OverflowError, "math range error");
    return NULL;
}

int
math_double(PyObject *arg, double *out)
{
    *out = gcrt_is_float(arg) ? gcrt_float_value(arg) : PyFloat_AsDouble(arg);
    return *out == -1.0 && PyErr_Occurred() ? -1 : 0;
}

/* The rule of the C standard's Annex F, as Python shows it: a NaN from a number that is none is a domain
 * error; an infinity from a finite number is a range error, or a domain error where it is a pole. */
static PyObject *
checked(double x, double result, int may_overflow)
{
    if (isnan(result) && !isnan(x))
        return domain_error();
    if (isinf(result) && isfinite(x))
        return may_overflow ? range_error() : domain_error();
    return float_box(result);
}

#define FUNCTION(name, expression, may_overflow)                                                        \
    static PyObject *math_##name(PyObject *Py_UNUSED(module), PyObject *arg)                            \
    {                                                                                                   \
        double x;                                                                                       \
        if (math_double(arg, &x) < 0)                                                                   \
            return NULL;                                                                                \
        return checked(x, expression, may_overflow);                                                    \
    }

FUNCTION(acos, acos(x), 0)
FUNCTION(acosh, acosh(x), 0)
FUNCTION(asin, asin(x), 0)
FUNCTION(asinh, asinh(x), 0)
FUNCTION(atan, atan(x), 0)
FUNCTION(atanh, atanh(x), 0)
FUNCTION(cbrt, cbrt(x), 0)
FUNCTION(cos, cos(x), 0)
FUNCTION(cosh, cosh(x), 1)
FUNCTION(erf, erf(x), 0)
FUNCTION(erfc, erfc(x), 0)
FUNCTION(exp, exp(x), 1)
FUNCTION(exp2, exp2(x), 1)
FUNCTION(expm1, expm1(x), 1)
FUNCTION(fabs, fabs(x), 0)
FUNCTION(log1p, log1p(x), 0)
FUNCTION(sin, sin(x), 0)
FUNCTION(sinh, sinh(x), 1)
FUNCTION(sqrt, sqrt(x), 0)
FUNCTION(tan, tan(x), 0)
FUNCTION(tanh, tanh(x), 0)

static PyObject *
math_gamma(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double x;
    if (math_double(arg, &x) < 0)
        return NULL;
    if (x == floor(x)) {
        if (x <= 0.0) /* poles; -inf too */
            return domain_error();
        if (x <= 23.0) { /* factorials that are exact */
            double product = 1.0;
            for (double i = 2.0; i < x; i += 1.0)
                product *= i;
            return float_box(product);
        }
    }
    return checked(x, tgamma(x), 1);
}

static PyObject *
math_lgamma(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double x;
    int sign;
    if (math_double(arg, &x) < 0)
        return NULL;
    if (isfinite(x) && x == floor(x) && x <= 0.0)
        return domain_error();
    return checked(x, lgamma_r(x, &sign), 1);
}

/* ------------------------------------------------------------------ two arguments */

static int
two_doubles(const char *name, PyObject *const *args, Py_ssize_t n, double *x, double *y)
{
    if (!_PyArg_CheckPositional(name, n, 2, 2))
        return -1;
    return math_double(args[0], x) < 0 || math_double(args[1], y) < 0 ? -1 : 0;
}

static PyObject *
math_atan2(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    double y, x;
    return two_doubles("atan2", args, n, &y, &x) < 0 ? NULL : float_box(atan2(y, x));
}

static PyObject *
math_copysign(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    double x, y;
    return two_doubles("copysign", args, n, &x, &y) < 0 ? NULL : float_box(copysign(x, y));
}

static PyObject *
math_nextafter(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    double x, y;
    return two_doubles("nextafter", args, n, &x, &y) < 0 ? NULL : float_box(nextafter(x, y));
}

static PyObject *
math_fmod(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    double x, y;
    if (two_doubles("fmod", args, n, &x, &y) < 0)
        return NULL;
    double result = fmod(x, y);
    return isnan(result) && !isnan(x) && !isnan(y) ? domain_error() : float_box(result);
}

static PyObject *
math_remainder(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    double x, y;
    if (two_doubles("remainder", args, n, &x, &y) < 0)
        return NULL;
    double result = remainder(x, y);
    if (result == 0.0)
        result = copysign(result, x);
    return isnan(result) && !isnan(x) && !isnan(y) ? domain_error() : float_box(result);
}

static PyObject *
math_pow(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    double x, y;
    if (two_doubles("pow", args, n, &x, &y) < 0)
        return NULL;
    double result = pow(x, y);
    if (isfinite(x) && isfinite(y)) {
        if (isnan(result))
            return domain_error();
        if (isinf(result))
            return x == 0.0 ? domain_error() : range_error();
    }
    return float_box(result);
}

static PyObject *
math_ldexp(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    double x;
    int overflow;
    if (!_PyArg_CheckPositional("ldexp", n, 2, 2) || math_double(args[0], &x) < 0)
        return NULL;
    if (!PyLong_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "Expected an int as second argument to ldexp.");
        return NULL;
    }
    long exponent = PyLong_AsLongAndOverflow(args[1], &overflow);
    if (x == 0.0 || !isfinite(x))
        return float_box(x);
    if (overflow > 0 || exponent > INT_MAX)
        return range_error();
    if (overflow < 0 || exponent < INT_MIN)
        return float_box(copysign(0.0, x));
    double result = ldexp(x, (int)exponent);
    return isinf(result) ? range_error() : float_box(result);
}

/* ------------------------------------------------------------------ logarithms */

/* log of an int of any size, through its mantissa and exponent. */
static PyObject *
log_of(PyObject *arg, double (*function)(double))
{
    double x;
    if (PyLong_Check(arg)) {
        int64_t exponent;
        long_view v;
        long_view_init(&v, arg);
        if (v.negative || v.n == 0)
            return domain_error();
        x = long_view_as_double(&v);
        if (isinf(x)) {
            x = long_view_frexp(&v, &exponent);
            return float_box(function(x) + function(2.0) * (double)exponent);
        }
        return float_box(function(x));
    }
    if (math_double(arg, &x) < 0)
        return NULL;
    return x <= 0.0 ? domain_error() : float_box(function(x));
}

static PyObject *
math_log(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    if (n < 1 || n > 2) {
        PyErr_SetString(PyExc_TypeError, "math.log requires 1 to 2 arguments");
        return NULL;
    }
    PyObject *numerator = log_of(args[0], log);
    if (numerator == NULL || n == 1)
        return numerator;
    PyObject *denominator = log_of(args[1], log);
    return denominator == NULL ? NULL : PyNumber_TrueDivide(numerator, denominator);
}

static PyObject *
math_log2(PyObject *Py_UNUSED(module), PyObject *arg)
{
    return log_of(arg, log2);
}

static PyObject *
math_log10(PyObject *Py_UNUSED(module), PyObject *arg)
{
    return log_of(arg, log10);
}

/* ------------------------------------------------------------------ parts and classes of numbers */

/* type(arg).<name>(arg) when the type has it: 1 found, 0 absent, -1 exception. */
static int
call_special(PyObject *arg, PyObject *name, PyObject **result)
{
    if (_PyType_Lookup(Py_TYPE(arg), name) == NULL)
        return 0;
    *result = type_call_special(arg, name, NULL, 0);
    return *result == NULL ? -1 : 1;
}

static PyObject *
rounded(PyObject *arg, PyObject *name, double (*function)(double))
{
    PyObject *result;
    double x;
    if (!PyFloat_CheckExact(arg)) {
        int found = call_special(arg, name, &result);
        if (found != 0)
            return found < 0 ? NULL : result;
    }
    return math_double(arg, &x) < 0 ? NULL : PyLong_FromDouble(function(x));
}

static PyObject *
math_floor(PyObject *Py_UNUSED(module), PyObject *arg)
{
    return rounded(arg, GCRT_NAME(__floor__), floor);
}

static PyObject *
math_ceil(PyObject *Py_UNUSED(module), PyObject *arg)
{
    return rounded(arg, GCRT_NAME(__ceil__), ceil);
}

static PyObject *
math_trunc(PyObject *Py_UNUSED(module), PyObject *arg)
{
    PyObject *result;
    if (PyFloat_CheckExact(arg))
        return PyLong_FromDouble(PyFloat_AS_DOUBLE(arg));
    int found = call_special(arg, GCRT_NAME(__trunc__), &result);
    if (found == 0)
        PyErr_Format(PyExc_TypeError, "type %.100s doesn't define __trunc__ method", Py_TYPE(arg)->tp_name);
    return found <= 0 ? NULL : result;
}

static PyObject *
math_frexp(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double x;
    int exponent = 0;
    if (math_double(arg, &x) < 0)
        return NULL;
    PyObject *mantissa = float_box(isfinite(x) ? frexp(x, &exponent) : x);
    return mantissa == NULL ? NULL : PyTuple_Pack(2, mantissa, gcrt_int(exponent));
}

static PyObject *
math_modf(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double x, whole;
    if (math_double(arg, &x) < 0)
        return NULL;
    double part = modf(x, &whole);
    PyObject *fraction = float_box(part), *integer = float_box(whole);
    return fraction == NULL || integer == NULL ? NULL : PyTuple_Pack(2, fraction, integer);
}

static PyObject *
math_ulp(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double x;
    if (math_double(arg, &x) < 0)
        return NULL;
    x = fabs(x);
    if (!isfinite(x))
        return float_box(x);
    double next = nextafter(x, HUGE_VAL);
    return float_box(isinf(next) ? x - nextafter(x, -HUGE_VAL) : next - x);
}

static PyObject *
math_degrees(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double x;
    return math_double(arg, &x) < 0 ? NULL : float_box(x * (180.0 / Py_MATH_PI));
}

static PyObject *
math_radians(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double x;
    return math_double(arg, &x) < 0 ? NULL : float_box(x * (Py_MATH_PI / 180.0));
}

#define PREDICATE(name, expression)                                                                     \
    static PyObject *math_##name(PyObject *Py_UNUSED(module), PyObject *arg)                            \
    {                                                                                                   \
        double x;                                                                                       \
        return math_double(arg, &x) < 0 ? NULL : PyBool_FromLong(expression);                           \
    }

PREDICATE(isfinite, isfinite(x))
PREDICATE(isinf, isinf(x))
PREDICATE(isnan, isnan(x))

static PyObject *
math_isclose(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"a", "b", "rel_tol", "abs_tol", NULL};
    double a, b, relative = 1e-09, absolute = 0.0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "dd|$dd:isclose", keywords, &a, &b, &relative, &absolute))
        return NULL;
    if (relative < 0.0 || absolute < 0.0) {
        PyErr_SetString(PyExc_ValueError, "tolerances must be non-negative");
        return NULL;
    }
    if (a == b)
        Py_RETURN_TRUE;
    if (isinf(a) || isinf(b))
        Py_RETURN_FALSE;
    double difference = fabs(b - a);
    return PyBool_FromLong(difference <= fabs(relative * b) || difference <= fabs(relative * a) ||
                           difference <= absolute);
}

/* ------------------------------------------------------------------ sums of squares */

/* sqrt of the sum of squares of n numbers (all >= 0), without overflow or underflow on the way: scaled by a
 * power of two, squares split exactly, and one correction of the root. */
static double
vector_norm(double *v, Py_ssize_t n, double max, int found_nan)
{
    if (isinf(max))
        return max;
    if (found_nan)
        return Py_NAN;
    if (max == 0.0 || n <= 1)
        return max;
    int exponent;
    frexp(max, &exponent);
    if (exponent < -1023) { /* subnormal: bring it up before anything else */
        for (Py_ssize_t i = 0; i < n; i++)
            v[i] /= 2.2250738585072014e-308;
        return 2.2250738585072014e-308 * vector_norm(v, n, max / 2.2250738585072014e-308, 0);
    }
    double scale = ldexp(1.0, -exponent), sum = 1.0, low = 0.0, low2 = 0.0;
    for (Py_ssize_t i = 0; i < n; i++) {
        double x = v[i] * scale, square = x * x, rest = fma(x, x, -square), before = sum;
        sum += square;
        low += (before - sum) + square;
        low2 += rest;
    }
    double root = sqrt(sum - 1.0 + (low + low2));
    /* One step of Newton's method with the exact residue. */
    double square = root * root, rest = fma(root, root, -square), before = sum;
    sum -= square;
    low += (before - sum) - square;
    low2 -= rest;
    return (root + (sum - 1.0 + (low + low2)) / (2.0 * root)) / scale;
}

static PyObject *
math_hypot(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    double room[8], *v = n <= 8 ? room : gcrt_alloc_leaf((size_t)n * sizeof(double)), max = 0.0;
    int found_nan = 0;
    if (v == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        if (math_double(args[i], &v[i]) < 0)
            return NULL;
        v[i] = fabs(v[i]);
        found_nan |= isnan(v[i]);
        if (v[i] > max)
            max = v[i];
    }
    return float_box(vector_norm(v, n, max, found_nan));
}

static PyObject *
math_dist(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n_args)
{
    double max = 0.0, x, y;
    int found_nan = 0;
    if (!_PyArg_CheckPositional("dist", n_args, 2, 2))
        return NULL;
    PyObject *p = PyTuple_Check(args[0]) ? args[0] : PySequence_Tuple(args[0]);
    PyObject *q = p == NULL ? NULL : PyTuple_Check(args[1]) ? args[1] : PySequence_Tuple(args[1]);
    if (q == NULL)
        return NULL;
    Py_ssize_t n = PyTuple_GET_SIZE(p);
    if (n != PyTuple_GET_SIZE(q)) {
        PyErr_SetString(PyExc_ValueError, "both points must have the same number of dimensions");
        return NULL;
    }
    double *v = gcrt_alloc_leaf((size_t)n * sizeof(double) + 1);
    if (v == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        if (math_double(PyTuple_GET_ITEM(p, i), &x) < 0 || math_double(PyTuple_GET_ITEM(q, i), &y) < 0)
            return NULL;
        v[i] = fabs(x - y);
        found_nan |= isnan(v[i]);
        if (v[i] > max)
            max = v[i];
    }
    return float_box(vector_norm(v, n, max, found_nan));
}

/* ------------------------------------------------------------------ fsum */

/* Partial sums that do not overlap, in increasing magnitude (J. R. Shewchuk, "Adaptive Precision
 * Floating-Point Arithmetic", 1997). */
typedef struct {
    double *parts;
    Py_ssize_t n, capacity;
    double special, infinities;   /* sums of the infinities and NaNs met */
} partial_sums;

static int
add_partial(partial_sums *sums, double x)
{
    Py_ssize_t kept = 0;
    double original = x;
    for (Py_ssize_t i = 0; i < sums->n; i++) {
        double y = sums->parts[i];
        if (fabs(x) < fabs(y)) {
            double swap = x;
            x = y;
            y = swap;
        }
        volatile double high = x + y;
        volatile double taken = high - x;
        double low = y - taken;
        if (low != 0.0)
            sums->parts[kept++] = low;
        x = high;
    }
    sums->n = kept;
    if (x == 0.0)
        return 0;
    if (!isfinite(x)) {
        if (isfinite(original)) {
            PyErr_SetString(PyExc_OverflowError, "intermediate overflow in fsum");
            return -1;
        }
        if (isinf(original))
            sums->infinities += original;
        sums->special += original;
        sums->n = 0;
        return 0;
    }
    if (sums->n == sums->capacity) {
        double *larger = gcrt_alloc_leaf((size_t)sums->capacity * 2 * sizeof(double));
        if (larger == NULL)
            return -1;
        memcpy(larger, sums->parts, (size_t)sums->n * sizeof(double));
        sums->parts = larger;
        sums->capacity *= 2;
    }
    sums->parts[sums->n++] = x;
    return 0;
}

/* The exact sum of the parts, rounded once. */
static double
total_of(const partial_sums *sums)
{
    Py_ssize_t n = sums->n;
    if (n == 0)
        return 0.0;
    double high = sums->parts[--n], low = 0.0;
    while (n > 0) {
        double x = high, y = sums->parts[--n];
        volatile double sum = x + y;
        volatile double taken = sum - x;
        high = sum;
        low = y - taken;
        if (low != 0.0)
            break;
    }
    /* Half-way cases look at the sign of what follows. */
    if (n > 0 && ((low < 0.0 && sums->parts[n - 1] < 0.0) || (low > 0.0 && sums->parts[n - 1] > 0.0))) {
        double y = low * 2.0;
        volatile double x = high + y;
        volatile double taken = x - high;
        if (y == taken)
            high = x;
    }
    return high;
}

static PyObject *
math_fsum(PyObject *Py_UNUSED(module), PyObject *iterable)
{
    double room[32], x;
    partial_sums sums = {.parts = room, .capacity = 32};
    PyObject *iterator = PyObject_GetIter(iterable), *item;
    if (iterator == NULL)
        return NULL;
    while ((item = PyIter_Next(iterator)) != NULL)
        if (math_double(item, &x) < 0 || add_partial(&sums, x) < 0)
            return NULL;
    if (PyErr_Occurred())
        return NULL;
    if (sums.special != 0.0) {
        if (isnan(sums.infinities)) {
            PyErr_SetString(PyExc_ValueError, "-inf + inf in fsum");
            return NULL;
        }
        return float_box(sums.special);
    }
    return float_box(total_of(&sums));
}

/* ------------------------------------------------------------------ module */

#define FAST(name, doc) {#name, _PyCFunction_CAST(math_##name), METH_FASTCALL, doc}
#define ONE(name, doc) {#name, math_##name, METH_O, #name "($module, x, /)\n--\n\n" doc}
static PyMethodDef math_methods[] = {
    ONE(acos, "Return the arc cosine (measured in radians) of x."),
    ONE(acosh, "Return the inverse hyperbolic cosine of x."),
    ONE(asin, "Return the arc sine (measured in radians) of x."),
    ONE(asinh, "Return the inverse hyperbolic sine of x."),
    ONE(atan, "Return the arc tangent (measured in radians) of x."),
    FAST(atan2, "Return the arc tangent (measured in radians) of y/x."),
    ONE(atanh, "Return the inverse hyperbolic tangent of x."),
    ONE(cbrt, "Return the cube root of x."),
    ONE(ceil, "Return the ceiling of x as an Integral."),
    FAST(comb, "Number of ways to choose k items from n items without repetition and without order."),
    FAST(copysign, "Return a float with the magnitude of x and the sign of y."),
    ONE(cos, "Return the cosine of x (measured in radians)."),
    ONE(cosh, "Return the hyperbolic cosine of x."),
    ONE(degrees, "Convert angle x from radians to degrees."),
    FAST(dist, "Return the Euclidean distance between two points p and q."),
    ONE(erf, "Error function at x."),
    ONE(erfc, "Complementary error function at x."),
    ONE(exp, "Return e raised to the power of x."),
    ONE(exp2, "Return 2 raised to the power of x."),
    ONE(expm1, "Return exp(x)-1."),
    ONE(fabs, "Return the absolute value of the float x."),
    ONE(factorial, "Find n!."),
    ONE(floor, "Return the floor of x as an Integral."),
    FAST(fmod, "Return fmod(x, y), according to platform C."),
    ONE(frexp, "Return the mantissa and exponent of x, as pair (m, e)."),
    ONE(fsum, "Return an accurate floating point sum of values in the iterable seq."),
    ONE(gamma, "Gamma function at x."),
    FAST(gcd, "Greatest Common Divisor."),
    FAST(hypot, "Multidimensional Euclidean distance from the origin to a point."),
    {"isclose", _PyCFunction_CAST(math_isclose), METH_VARARGS | METH_KEYWORDS,
     "Determine whether two floating point numbers are close in value."},
    ONE(isfinite, "Return True if x is neither an infinity nor a NaN, and False otherwise."),
    ONE(isinf, "Return True if x is a positive or negative infinity, and False otherwise."),
    ONE(isnan, "Return True if x is a NaN (not a number), and False otherwise."),
    ONE(isqrt, "Return the integer part of the square root of the input."),
    FAST(lcm, "Least Common Multiple."),
    FAST(ldexp, "Return x * (2**i)."),
    ONE(lgamma, "Natural logarithm of absolute value of Gamma function at x."),
    FAST(log, "log(x, [base=math.e])\nReturn the logarithm of x to the given base."),
    ONE(log10, "Return the base 10 logarithm of x."),
    ONE(log1p, "Return the natural logarithm of 1+x (base e)."),
    ONE(log2, "Return the base 2 logarithm of x."),
    ONE(modf, "Return the fractional and integer parts of x."),
    FAST(nextafter, "Return the next floating-point value after x towards y."),
    FAST(perm, "Number of ways to choose k items from n items without repetition and with order."),
    FAST(pow, "Return x**y (x to the power of y)."),
    {"prod", _PyCFunction_CAST(math_prod), METH_VARARGS | METH_KEYWORDS,
     "Calculate the product of all the elements in the input iterable."},
    ONE(radians, "Convert angle x from degrees to radians."),
    FAST(remainder, "Difference between x and the closest integer multiple of y."),
    ONE(sin, "Return the sine of x (measured in radians)."),
    ONE(sinh, "Return the hyperbolic sine of x."),
    ONE(sqrt, "Return the square root of x."),
    ONE(tan, "Return the tangent of x (measured in radians)."),
    ONE(tanh, "Return the hyperbolic tangent of x."),
    ONE(trunc, "Truncates the Real x to the nearest Integral toward 0."),
    ONE(ulp, "Return the value of the least significant bit of the float x."),
    {NULL, NULL, 0, NULL},
};

static int
math_exec(PyObject *module)
{
    static const struct {
        const char *name;
        double value;
    } constants[] = {{"pi", Py_MATH_PI}, {"e", Py_MATH_E}, {"tau", Py_MATH_TAU}, {"inf", INFINITY}, {"nan", NAN}};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(constants); i++) {
        PyObject *value = float_box(constants[i].value);
        if (value == NULL || PyModule_AddObjectRef(module, constants[i].name, value) < 0)
            return -1;
    }
    return 0;
}

static PyModuleDef math_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "math",
    .m_doc = "This module provides access to the mathematical functions\ndefined by the C standard.",
    .m_methods = math_methods,
};

PyObject *
PyInit_math(void)
{
    PyObject *module = PyModule_Create(&math_module);
    return module == NULL || math_exec(module) < 0 ? NULL : module;
}
