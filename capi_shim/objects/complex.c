/* complex.c: the complex type. */
#include "number_fast.h"
#include "numfmt.h"
#include "typeobject.h"

static void
complex_trace(PyObject *self, size_t size, struct gc_tracer *tracer)
{
    (void)self;
    (void)size;
    (void)tracer;
}

#define VALUE(op) (((PyComplexObject *)(op))->cval)

PyObject *
PyComplex_FromCComplex(Py_complex value)
{
    PyComplexObject *self = (PyComplexObject *)gcrt_new_leaf(&PyComplex_Type, sizeof(PyComplexObject));
    if (self != NULL)
        self->cval = value;
    return (PyObject *)self;
}

PyObject *
PyComplex_FromDoubles(double real, double imag)
{
    return PyComplex_FromCComplex((Py_complex){real, imag});
}

/* ------------------------------------------------------------------ C arithmetic */

Py_complex
_Py_c_sum(Py_complex a, Py_complex b)
{
    return (Py_complex){a.real + b.real, a.imag + b.imag};
}

Py_complex
_Py_c_diff(Py_complex a, Py_complex b)
{
    return (Py_complex){a.real - b.real, a.imag - b.imag};
}

Py_complex
_Py_c_neg(Py_complex a)
{
    return (Py_complex){-a.real, -a.imag};
}

Py_complex
_Py_c_prod(Py_complex a, Py_complex b)
{
    return (Py_complex){a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real};
}

/* Smith's algorithm ("Algorithm 116: Complex Division", CACM 1962): scale by the larger part. */
Py_complex
_Py_c_quot(Py_complex a, Py_complex b)
{
    double real_size = fabs(b.real), imag_size = fabs(b.imag), ratio, denominator;
    if (real_size == 0.0 && imag_size == 0.0) {
        errno = EDOM;
        return (Py_complex){0.0, 0.0};
    }
    if (real_size >= imag_size) {
        ratio = b.imag / b.real;
        denominator = b.real + b.imag * ratio;
        return (Py_complex){(a.real + a.imag * ratio) / denominator, (a.imag - a.real * ratio) / denominator};
    }
    if (imag_size >= real_size) {
        ratio = b.real / b.imag;
        denominator = b.real * ratio + b.imag;
        return (Py_complex){(a.real * ratio + a.imag) / denominator, (a.imag * ratio - a.real) / denominator};
    }
    return (Py_complex){Py_NAN, Py_NAN};
}

Py_complex
_Py_c_pow(Py_complex a, Py_complex b)
{
    if (b.real == 0.0 && b.imag == 0.0)
        return (Py_complex){1.0, 0.0};
    if (a.real == 0.0 && a.imag == 0.0) {
        if (b.imag != 0.0 || b.real < 0.0)
            errno = EDOM;
        return (Py_complex){0.0, 0.0};
    }
    double size = hypot(a.real, a.imag), length = pow(size, b.real), angle = atan2(a.imag, a.real);
    double phase = angle * b.real;
    if (b.imag != 0.0) {
        length /= exp(angle * b.imag);
        phase += b.imag * log(size);
    }
    return (Py_complex){length * cos(phase), length * sin(phase)};
}

double
_Py_c_abs(Py_complex z)
{
    errno = 0;
    double result = hypot(z.real, z.imag);
    if (isinf(result) && isfinite(z.real) && isfinite(z.imag))
        errno = ERANGE;
    return result;
}

/* ------------------------------------------------------------------ to C */

/* The result of x.__complex__(): 1 found, 0 no such method, -1 exception. */
static int
special_complex(PyObject *x, PyObject **result)
{
    PyObject *method = _PyType_Lookup(Py_TYPE(x), GCRT_NAME(__complex__));
    if (method == NULL)
        return 0;
    *result = type_call_special(x, GCRT_NAME(__complex__), NULL, 0);
    if (*result == NULL)
        return -1;
    if (!PyComplex_Check(*result)) {
        PyErr_Format(PyExc_TypeError, "__complex__ returned non-complex (type %.200s)", Py_TYPE(*result)->tp_name);
        return -1;
    }
    if (!PyComplex_CheckExact(*result) &&
        PyErr_WarnFormat(PyExc_DeprecationWarning, 1,
                         "__complex__ returned non-complex (type %.200s).  The ability to return an instance of a "
                         "strict subclass of complex is deprecated, and may not be supported in a future version of "
                         "Python.",
                         Py_TYPE(*result)->tp_name) < 0)
        return -1;
    return 1;
}

Py_complex
PyComplex_AsCComplex(PyObject *op)
{
    PyObject *result;
    if (PyComplex_Check(op))
        return VALUE(op);
    int found = special_complex(op, &result);
    if (found != 0)
        return found < 0 ? (Py_complex){-1.0, 0.0} : VALUE(result);
    return (Py_complex){PyFloat_AsDouble(op), 0.0};
}

double
PyComplex_RealAsDouble(PyObject *op)
{
    return PyComplex_Check(op) ? VALUE(op).real : PyFloat_AsDouble(op);
}

double
PyComplex_ImagAsDouble(PyObject *op)
{
    return PyComplex_Check(op) ? VALUE(op).imag : 0.0;
}

/* ------------------------------------------------------------------ constructor */

static PyObject *
complex_from_value(PyTypeObject *type, Py_complex value)
{
    if (type == &PyComplex_Type)
        return PyComplex_FromCComplex(value);
    PyComplexObject *self = (PyComplexObject *)type->tp_alloc(type, 0);
    if (self != NULL)
        self->cval = value;
    return (PyObject *)self;
}

/* A float at *p, if one is there. */
static int
take_float(const char **p, double *value)
{
    char *end;
    double x = PyOS_string_to_double(*p, &end, NULL);
    if (x == -1.0 && PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_ValueError))
            return -1;
        PyErr_Clear();
        return 0;
    }
    *value = x;
    *p = end;
    return 1;
}

static const char *
skip_space(const char *p)
{
    while (Py_ISSPACE(*p))
        p++;
    return p;
}

static int
is_unit(char c)
{
    return c == 'j' || c == 'J';
}

/* float [sign float j] | [sign][float] j, at p.  The end, or NULL. */
static const char *
parse_parts(const char *p, Py_complex *value)
{
    double first = 1.0, second;
    int found = take_float(&p, &first);
    if (found < 0)
        return NULL;
    if (!found && (*p == '+' || *p == '-') && is_unit(p[1])) {
        value->imag = *p == '-' ? -1.0 : 1.0;
        return p + 2;
    }
    if (is_unit(*p)) {
        value->imag = first;
        return p + 1;
    }
    if (!found)
        return NULL;
    value->real = first;
    if (*p != '+' && *p != '-')
        return p;
    second = *p == '-' ? -1.0 : 1.0;
    found = take_float(&p, &second);
    if (found < 0)
        return NULL;
    if (!found)
        p++;
    value->imag = second;
    return is_unit(*p) ? p + 1 : NULL;
}

static PyObject *
parse_complex(const char *text, Py_ssize_t length, void *type)
{
    Py_complex value = {0.0, 0.0};
    const char *p = skip_space(text);
    int bracket = *p == '(';
    if (bracket)
        p = skip_space(p + 1);
    p = parse_parts(p, &value);
    if (p != NULL)
        p = skip_space(p);
    if (p != NULL && bracket)
        p = *p == ')' ? skip_space(p + 1) : NULL;
    if (p != text + length) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "complex() arg is a malformed string");
        return NULL;
    }
    return complex_from_value((PyTypeObject *)type, value);
}

static PyObject *
complex_from_string(PyTypeObject *type, PyObject *text)
{
    PyObject *ascii = _PyUnicode_TransformDecimalAndSpaceToASCII(text);
    if (ascii == NULL)
        return NULL;
    PyObject *result = _Py_string_to_number_with_underscores(PyUnicode_DATA(ascii), PyUnicode_GET_LENGTH(ascii),
                                                             "complex", text, type, parse_complex);
    gcrt_keep_alive(ascii);
    return result;
}

static int
is_number(PyObject *x)
{
    PyNumberMethods *number = Py_TYPE(x)->tp_as_number;
    return PyComplex_Check(x) || (number != NULL && (number->nb_float != NULL || number->nb_index != NULL));
}

/* real + imag * 1j, where either may itself be complex. */
static PyObject *
complex_from_parts(PyTypeObject *type, PyObject *real, PyObject *imag)
{
    Py_complex value = {0.0, 0.0}, other = {0.0, 0.0};
    PyObject *converted;
    int found = real == NULL || PyComplex_CheckExact(real) ? 0 : special_complex(real, &converted);
    if (found < 0)
        return NULL;
    if (found)
        real = converted;
    if (real != NULL && !is_number(real))
        return PyErr_Format(PyExc_TypeError, "complex() first argument must be a string or a number, not '%.200s'",
                            Py_TYPE(real)->tp_name);
    if (imag != NULL && !is_number(imag))
        return PyErr_Format(PyExc_TypeError, "complex() second argument must be a number, not '%.200s'",
                            Py_TYPE(imag)->tp_name);
    if (real != NULL && PyComplex_Check(real))
        value = VALUE(real);
    else if (real != NULL && (value.real = PyFloat_AsDouble(real)) == -1.0 && PyErr_Occurred())
        return NULL;
    if (imag != NULL && PyComplex_Check(imag)) {
        other = VALUE(imag);
        value.real -= other.imag;
    }
    else if (imag != NULL && (other.real = PyFloat_AsDouble(imag)) == -1.0 && PyErr_Occurred())
        return NULL;
    if (imag != NULL) /* -0.0 stays -0.0 when real is no complex */
        value.imag = real != NULL && PyComplex_Check(real) ? value.imag + other.real : other.real;
    return complex_from_value(type, value);
}

static PyObject *
complex_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"real", "imag", NULL};
    PyObject *real = NULL, *imag = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OO:complex", keywords, &real, &imag))
        return NULL;
    if (real != NULL && imag == NULL && PyComplex_CheckExact(real) && type == &PyComplex_Type)
        return real;
    if (real != NULL && PyUnicode_Check(real)) {
        if (imag == NULL)
            return complex_from_string(type, real);
        PyErr_SetString(PyExc_TypeError, "complex() can't take second arg if first is a string");
        return NULL;
    }
    if (imag != NULL && PyUnicode_Check(imag)) {
        PyErr_SetString(PyExc_TypeError, "complex() second arg can't be a string");
        return NULL;
    }
    return complex_from_parts(type, real, imag);
}

/* ------------------------------------------------------------------ slots */

/* 1: done; 0: not a number of ours; -1: exception. */
static int
operand(PyObject *v, Py_complex *out)
{
    if (PyComplex_Check(v)) {
        *out = VALUE(v);
        return 1;
    }
    out->imag = 0.0;
    if (PyFloat_Check(v)) {
        out->real = PyFloat_AS_DOUBLE(v);
        return 1;
    }
    if (!PyLong_Check(v))
        return 0;
    out->real = PyLong_AsDouble(v);
    return out->real == -1.0 && PyErr_Occurred() ? -1 : 1;
}

#define OPERANDS(a, b, x, y)                                                                            \
    Py_complex x, y;                                                                                    \
    int known = operand(a, &x);                                                                         \
    if (known > 0)                                                                                      \
        known = operand(b, &y);                                                                         \
    if (known <= 0)                                                                                     \
        return known < 0 ? NULL : Py_NotImplemented

static PyObject *
complex_add(PyObject *a, PyObject *b)
{
    OPERANDS(a, b, x, y);
    return PyComplex_FromCComplex(_Py_c_sum(x, y));
}

static PyObject *
complex_subtract(PyObject *a, PyObject *b)
{
    OPERANDS(a, b, x, y);
    return PyComplex_FromCComplex(_Py_c_diff(x, y));
}

static PyObject *
complex_multiply(PyObject *a, PyObject *b)
{
    OPERANDS(a, b, x, y);
    return PyComplex_FromCComplex(_Py_c_prod(x, y));
}

static PyObject *
complex_divide(PyObject *a, PyObject *b)
{
    OPERANDS(a, b, x, y);
    if (y.real == 0.0 && y.imag == 0.0) {
        PyErr_SetString(PyExc_ZeroDivisionError, "complex division by zero");
        return NULL;
    }
    return PyComplex_FromCComplex(_Py_c_quot(x, y));
}

/* x**n for a small integer n, by squaring: exact where the parts are. */
static Py_complex
power_integer(Py_complex x, long n)
{
    unsigned long rest = n < 0 ? -(unsigned long)n : (unsigned long)n;
    Py_complex result = {1.0, 0.0}, factor = x;
    for (unsigned long bit = 1; rest >= bit; bit <<= 1) {
        if (rest & bit)
            result = _Py_c_prod(result, factor);
        factor = _Py_c_prod(factor, factor);
    }
    return n < 0 ? _Py_c_quot((Py_complex){1.0, 0.0}, result) : result;
}

static PyObject *
complex_power(PyObject *a, PyObject *b, PyObject *modulus)
{
    OPERANDS(a, b, x, y);
    if (modulus != Py_None) {
        PyErr_SetString(PyExc_ValueError, "complex modulo");
        return NULL;
    }
    int small = y.imag == 0.0 && y.real == floor(y.real) && fabs(y.real) <= 100.0;
    errno = 0;
    Py_complex result = small ? power_integer(x, (long)y.real) : _Py_c_pow(x, y);
    if (errno == EDOM) {
        PyErr_SetString(PyExc_ZeroDivisionError, "0.0 to a negative or complex power");
        return NULL;
    }
    if (isinf(result.real) || isinf(result.imag)) {
        PyErr_SetString(PyExc_OverflowError, "complex exponentiation");
        return NULL;
    }
    return PyComplex_FromCComplex(result);
}

static PyObject *
complex_negative(PyObject *a)
{
    return PyComplex_FromCComplex(_Py_c_neg(VALUE(a)));
}

static PyObject *
complex_positive(PyObject *a)
{
    return PyComplex_CheckExact(a) ? a : PyComplex_FromCComplex(VALUE(a));
}

static PyObject *
complex_absolute(PyObject *a)
{
    double size = _Py_c_abs(VALUE(a));
    if (errno == ERANGE) {
        PyErr_SetString(PyExc_OverflowError, "absolute value too large");
        return NULL;
    }
    return float_box(size);
}

static int
complex_bool(PyObject *a)
{
    return VALUE(a).real != 0.0 || VALUE(a).imag != 0.0;
}

static PyNumberMethods complex_as_number = {
    .nb_add = complex_add,
    .nb_subtract = complex_subtract,
    .nb_multiply = complex_multiply,
    .nb_power = complex_power,
    .nb_negative = complex_negative,
    .nb_positive = complex_positive,
    .nb_absolute = complex_absolute,
    .nb_bool = complex_bool,
    .nb_true_divide = complex_divide,
};

static PyObject *
complex_richcompare(PyObject *a, PyObject *b, int op)
{
    if (op != Py_EQ && op != Py_NE)
        return Py_NotImplemented;
    Py_complex x = VALUE(a);
    int equal;
    if (PyComplex_Check(b))
        equal = x.real == VALUE(b).real && x.imag == VALUE(b).imag;
    else if (PyFloat_Check(b))
        equal = x.imag == 0.0 && x.real == PyFloat_AS_DOUBLE(b);
    else if (PyLong_Check(b)) {
        PyObject *same = x.imag == 0.0 ? PyObject_RichCompare(float_box(x.real), b, Py_EQ) : Py_False;
        if (same == NULL)
            return NULL;
        equal = same == Py_True;
    }
    else
        return Py_NotImplemented;
    return equal == (op == Py_EQ) ? Py_True : Py_False;
}

static Py_hash_t
complex_hash(PyObject *a)
{
    Py_uhash_t real = (Py_uhash_t)_Py_HashDouble(a, VALUE(a).real);
    Py_uhash_t imag = (Py_uhash_t)_Py_HashDouble(a, VALUE(a).imag);
    Py_uhash_t hash = real + _PyHASH_IMAG * imag;
    return hash == (Py_uhash_t)-1 ? -2 : (Py_hash_t)hash;
}

static PyObject *
complex_repr(PyObject *a)
{
    Py_complex z = VALUE(a);
    PyObject *result = NULL;
    char *real = NULL, *imag;
    /* A real part of +0.0 is left out; -0.0 is shown. */
    if (z.real == 0.0 && copysign(1.0, z.real) == 1.0) {
        imag = PyOS_double_to_string(z.imag, 'r', 0, 0, NULL);
        if (imag != NULL)
            result = PyUnicode_FromFormat("%sj", imag);
    }
    else {
        real = PyOS_double_to_string(z.real, 'r', 0, 0, NULL);
        imag = PyOS_double_to_string(z.imag, 'r', 0, Py_DTSF_SIGN, NULL);
        if (real != NULL && imag != NULL)
            result = PyUnicode_FromFormat("(%s%sj)", real, imag);
    }
    PyMem_Free(real);
    PyMem_Free(imag);
    return result;
}

/* ------------------------------------------------------------------ methods */

static PyObject *
method_conjugate(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyComplex_FromDoubles(VALUE(self).real, -VALUE(self).imag);
}

static PyObject *
method_complex(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return complex_positive(self);
}

static PyObject *
method_getnewargs(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *real = float_box(VALUE(self).real), *imag = float_box(VALUE(self).imag);
    return real == NULL || imag == NULL ? NULL : PyTuple_Pack(2, real, imag);
}

static PyObject *
method_format(PyObject *self, PyObject *spec)
{
    if (!PyUnicode_Check(spec))
        return PyErr_Format(PyExc_TypeError, "__format__() argument must be str, not %.50s",
                            spec == Py_None ? "None" : Py_TYPE(spec)->tp_name);
    return numfmt_complex(self, spec, 0, PyUnicode_GET_LENGTH(spec));
}

static PyMethodDef complex_methods[] = {
    {"conjugate", method_conjugate, METH_NOARGS, "Return the complex conjugate of its argument."},
    {"__complex__", method_complex, METH_NOARGS, "Convert this value to exact type complex."},
    {"__getnewargs__", method_getnewargs, METH_NOARGS, NULL},
    {"__format__", method_format, METH_O, "Convert to a string according to format_spec."},
    {NULL, NULL, 0, NULL},
};

static PyObject *
get_part(PyObject *self, void *closure)
{
    return float_box(closure == NULL ? VALUE(self).real : VALUE(self).imag);
}

static PyGetSetDef complex_getset[] = {
    {"real", get_part, NULL, "the real part of a complex number", NULL},
    {"imag", get_part, NULL, "the imaginary part of a complex number", (void *)1},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyComplex_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "complex",
    .tp_doc = "complex(real=0, imag=0)\n--\n\nCreate a complex number from a real part and an optional imaginary part.",
    .tp_basicsize = sizeof(PyComplexObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_repr = complex_repr,
    .tp_as_number = &complex_as_number,
    .tp_hash = complex_hash,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_richcompare = complex_richcompare,
    .tp_methods = complex_methods,
    .tp_getset = complex_getset,
    .tp_new = complex_new,
    .gcrt_trace = complex_trace,
};
