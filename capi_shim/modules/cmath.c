/* cmath.c: the cmath module, on the C library's complex functions (C99 Annex G decides special values,
 * as the module's documentation promises). */
#include "number_fast.h"
#include <complex.h>
#undef I

static double complex
to_c(Py_complex z)
{
    return CMPLX(z.real, z.imag);
}

static int
both_finite(double complex z)
{
    return isfinite(creal(z)) && isfinite(cimag(z));
}

static int
argument(PyObject *arg, double complex *z)
{
    Py_complex value = PyComplex_AsCComplex(arg);
    *z = to_c(value);
    return value.real == -1.0 && PyErr_Occurred() ? -1 : 0;
}

/* From a finite number: an infinity is out of range, a NaN out of the domain. */
static PyObject *
checked(double complex z, double complex result)
{
    if (both_finite(z) && !both_finite(result)) {
        if (isnan(creal(result)) || isnan(cimag(result)))
            PyErr_SetString(PyExc_ValueError, "math domain error");
        else
            PyErr_SetString(PyExc_OverflowError, "math range error");
        return NULL;
    }
    return PyComplex_FromDoubles(creal(result), cimag(result));
}

static PyObject *
domain_error(void)
{
    PyErr_SetString(PyExc_ValueError, "math domain error");
    return NULL;
}

#define FUNCTION(name, function)                                                                        \
    static PyObject *cmath_##name(PyObject *Py_UNUSED(module), PyObject *arg)                           \
    {                                                                                                   \
        double complex z;                                                                               \
        return argument(arg, &z) < 0 ? NULL : checked(z, function(z));                                  \
    }

/* Functions of a circle or hyperbola at an infinite angle have no value, unless the other part settles it:
 * known is a condition on that part, `other`, and real, imag are the result then. */
#define PERIODIC(name, function, angle, part, known, real, imag)                                        \
    static PyObject *cmath_##name(PyObject *Py_UNUSED(module), PyObject *arg)                           \
    {                                                                                                   \
        double complex z;                                                                               \
        if (argument(arg, &z) < 0)                                                                      \
            return NULL;                                                                                \
        double other = part(z);                                                                         \
        if (isinf(angle(z)) && !isnan(other))                                                           \
            return known ? PyComplex_FromDoubles(real, imag) : domain_error();                          \
        return checked(z, function(z));                                                                 \
    }

FUNCTION(acos, cacos)
/* Of a finite number with a NaN for its angle, Python knows nothing. */
static double complex
arc_cosh(double complex z)
{
    return isfinite(creal(z)) && isnan(cimag(z)) ? CMPLX(NAN, NAN) : cacosh(z);
}
FUNCTION(acosh, arc_cosh)
FUNCTION(asin, casin)
FUNCTION(asinh, casinh)
PERIODIC(cos, ccos, creal, cimag, 0, 0, 0)
PERIODIC(cosh, ccosh, cimag, creal, 0, 0, 0)
PERIODIC(exp, cexp, cimag, creal, other == -INFINITY, 0.0, 0.0)
PERIODIC(sin, csin, creal, cimag, 0, 0, 0)
PERIODIC(sinh, csinh, cimag, creal, 0, 0, 0)
FUNCTION(sqrt, csqrt)
/* C has 0 for the part that is 0 beside a NaN. */
static double complex
hyperbolic_tangent(double complex z)
{
    return creal(z) == 0 && isnan(cimag(z)) ? CMPLX(NAN, NAN) : ctanh(z);
}
static double complex
tangent(double complex z)
{
    return cimag(z) == 0 && isnan(creal(z)) ? CMPLX(NAN, NAN) : ctan(z);
}
PERIODIC(tan, tangent, creal, cimag, isinf(other), 0.0, copysign(1.0, other))
PERIODIC(tanh, hyperbolic_tangent, cimag, creal, isinf(other), copysign(1.0, other), 0.0)

static PyObject *
cmath_atanh(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double complex z;
    if (argument(arg, &z) < 0)
        return NULL;
    return fabs(creal(z)) == 1.0 && cimag(z) == 0.0 ? domain_error() : checked(z, catanh(z));
}

static PyObject *
cmath_atan(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double complex z;
    if (argument(arg, &z) < 0)
        return NULL;
    return fabs(cimag(z)) == 1.0 && creal(z) == 0.0 ? domain_error() : checked(z, catan(z));
}

/* log z = log |z| + i arg z; near |z| == 1 through log1p of |z|**2 - 1. */
static double complex
logarithm(double complex z)
{
    double x = fabs(creal(z)), y = fabs(cimag(z)), size;
    double large = x > y ? x : y, small = x > y ? y : x;
    if (!both_finite(z))
        return clog(z);
    if (large > 4e307)
        size = log(hypot(x / 2.0, y / 2.0)) + M_LN2;
    else if (large < 2.2250738585072014e-308)
        size = log(hypot(ldexp(x, 53), ldexp(y, 53))) - 53 * M_LN2;
    else {
        double h = hypot(x, y);
        size = h >= 0.71 && h <= 1.73 ? log1p((large - 1) * (large + 1) + small * small) / 2.0 : log(h);
    }
    return CMPLX(size, atan2(cimag(z), creal(z)));
}

static PyObject *
cmath_log(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    double complex z, base = 1.0;
    if (!_PyArg_CheckPositional("log", n, 1, 2) || argument(args[0], &z) < 0 ||
        (n == 2 && argument(args[1], &base) < 0))
        return NULL;
    if (n == 1 ? z == 0.0 : base == 0.0)
        return domain_error();
    double complex result = logarithm(z);
    if (n == 1)
        return checked(z, result);
    double complex divisor = logarithm(base);
    Py_complex quotient = _Py_c_quot((Py_complex){creal(result), cimag(result)},
                                     (Py_complex){creal(divisor), cimag(divisor)});
    if (divisor == 0.0)
        return domain_error();
    return PyComplex_FromCComplex(quotient);
}

static PyObject *
cmath_log10(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double complex z;
    if (argument(arg, &z) < 0)
        return NULL;
    if (z == 0.0)
        return domain_error();
    double complex result = logarithm(z);
    return PyComplex_FromDoubles(creal(result) / M_LN10, cimag(result) / M_LN10);
}

static PyObject *
cmath_phase(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double complex z;
    return argument(arg, &z) < 0 ? NULL : float_box(atan2(cimag(z), creal(z)));
}

static PyObject *
cmath_polar(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double complex z;
    if (argument(arg, &z) < 0)
        return NULL;
    double size = hypot(creal(z), cimag(z));
    if (isinf(size) && both_finite(z)) {
        PyErr_SetString(PyExc_OverflowError, "math range error");
        return NULL;
    }
    return Py_BuildValue("dd", size, atan2(cimag(z), creal(z)));
}

static PyObject *
cmath_rect(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    if (!_PyArg_CheckPositional("rect", n, 2, 2))
        return NULL;
    double r = PyFloat_AsDouble(args[0]), phi;
    if ((r == -1.0 && PyErr_Occurred()) || ((phi = PyFloat_AsDouble(args[1])) == -1.0 && PyErr_Occurred()))
        return NULL;
    if (isinf(phi) && r != 0.0 && !isnan(r))
        return domain_error();
    if (phi == 0.0) /* the sign of zero is kept; no 0 * inf */
        return PyComplex_FromDoubles(r, r * phi == r * phi ? r * phi : copysign(0.0, phi));
    if (r == 0.0 && !isfinite(phi))
        return PyComplex_FromDoubles(0.0, 0.0);
    return PyComplex_FromDoubles(r * cos(phi), r * sin(phi));
}

#define PREDICATE(name, expression)                                                                     \
    static PyObject *cmath_##name(PyObject *Py_UNUSED(module), PyObject *arg)                           \
    {                                                                                                   \
        double complex z;                                                                               \
        return argument(arg, &z) < 0 ? NULL : PyBool_FromLong(expression);                              \
    }

PREDICATE(isfinite, both_finite(z))
PREDICATE(isinf, isinf(creal(z)) || isinf(cimag(z)))
PREDICATE(isnan, isnan(creal(z)) || isnan(cimag(z)))

static PyObject *
cmath_isclose(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"a", "b", "rel_tol", "abs_tol", NULL};
    Py_complex a, b;
    double relative = 1e-09, absolute = 0.0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "DD|$dd:isclose", keywords, &a, &b, &relative, &absolute))
        return NULL;
    if (relative < 0.0 || absolute < 0.0) {
        PyErr_SetString(PyExc_ValueError, "tolerances must be non-negative");
        return NULL;
    }
    if (a.real == b.real && a.imag == b.imag)
        Py_RETURN_TRUE;
    if (isinf(a.real) || isinf(a.imag) || isinf(b.real) || isinf(b.imag))
        Py_RETURN_FALSE;
    double difference = hypot(a.real - b.real, a.imag - b.imag);
    return PyBool_FromLong(difference <= relative * hypot(b.real, b.imag) ||
                           difference <= relative * hypot(a.real, a.imag) || difference <= absolute);
}

#define ONE(name, doc) {#name, cmath_##name, METH_O, #name "($module, z, /)\n--\n\n" doc}
static PyMethodDef cmath_methods[] = {
    ONE(acos, "Return the arc cosine of z."),
    ONE(acosh, "Return the inverse hyperbolic cosine of z."),
    ONE(asin, "Return the arc sine of z."),
    ONE(asinh, "Return the inverse hyperbolic sine of z."),
    ONE(atan, "Return the arc tangent of z."),
    ONE(atanh, "Return the inverse hyperbolic tangent of z."),
    ONE(cos, "Return the cosine of z."),
    ONE(cosh, "Return the hyperbolic cosine of z."),
    ONE(exp, "Return the exponential value e**z."),
    {"isclose", _PyCFunction_CAST(cmath_isclose), METH_VARARGS | METH_KEYWORDS,
     "Determine whether two complex numbers are close in value."},
    ONE(isfinite, "Return True if both the real and imaginary parts of z are finite, else False."),
    ONE(isinf, "Checks if the real or imaginary part of z is infinite."),
    ONE(isnan, "Checks if the real or imaginary part of z not a number (NaN)."),
    {"log", _PyCFunction_CAST(cmath_log), METH_FASTCALL, "log(z[, base]) -> the logarithm of z to the given base."},
    ONE(log10, "Return the base-10 logarithm of z."),
    ONE(phase, "Return argument, also known as the phase angle, of a complex."),
    ONE(polar, "Convert a complex from rectangular coordinates to polar coordinates."),
    {"rect", _PyCFunction_CAST(cmath_rect), METH_FASTCALL,
     "Convert from polar coordinates to rectangular coordinates."},
    ONE(sin, "Return the sine of z."),
    ONE(sinh, "Return the hyperbolic sine of z."),
    ONE(sqrt, "Return the square root of z."),
    ONE(tan, "Return the tangent of z."),
    ONE(tanh, "Return the hyperbolic tangent of z."),
    {NULL, NULL, 0, NULL},
};

static PyModuleDef cmath_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "cmath",
    .m_doc = "This module provides access to mathematical functions for complex\nnumbers.",
    .m_methods = cmath_methods,
};

static int
add_constants(PyObject *module)
{
    PyObject *pi = float_box(Py_MATH_PI), *e = float_box(Py_MATH_E), *tau = float_box(Py_MATH_TAU);
    PyObject *inf = float_box(INFINITY), *nan = float_box(NAN);
    PyObject *infj = PyComplex_FromDoubles(0.0, INFINITY), *nanj = PyComplex_FromDoubles(0.0, NAN);
    if (PyModule_AddObjectRef(module, "pi", pi) < 0 || PyModule_AddObjectRef(module, "e", e) < 0 ||
        PyModule_AddObjectRef(module, "tau", tau) < 0 || PyModule_AddObjectRef(module, "inf", inf) < 0 ||
        PyModule_AddObjectRef(module, "infj", infj) < 0 || PyModule_AddObjectRef(module, "nan", nan) < 0)
        return -1;
    return PyModule_AddObjectRef(module, "nanj", nanj);
}

PyObject *
PyInit_cmath(void)
{
    PyObject *module = PyModule_Create(&cmath_module);
    return module == NULL || add_constants(module) < 0 ? NULL : module;
}
