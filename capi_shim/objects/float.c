/* float.c: the float type.  Doubles of ordinary magnitude are immediates; the others (tiny, huge, -0.0,
 * inf, nan) are boxed, and so are instances of subclasses.  float_methods.c has the named methods. */
#include "float_internal.h"
#include "float_text.h"
#include "long.h"
#include "numfmt.h"

/* A double holds no references. */
static void
float_trace(PyObject *self, size_t size, struct gc_tracer *tracer)
{
    (void)self;
    (void)size;
    (void)tracer;
}

PyObject *
PyFloat_FromDouble(double d)
{
    PyObject *immediate = gcrt_float_immediate(d);
    if (GCRT_LIKELY(immediate != NULL))
        return immediate;
    PyFloatObject *box = (PyFloatObject *)gcrt_new_leaf(&PyFloat_Type, sizeof(PyFloatObject));
    if (box != NULL)
        box->ob_fval = d;
    return (PyObject *)box;
}

/* The result of somebody's __float__. */
static double
checked_float_result(PyObject *op, PyObject *result)
{
    if (PyFloat_CheckExact(result))
        return PyFloat_AS_DOUBLE(result);
    if (!PyFloat_Check(result)) {
        PyErr_Format(PyExc_TypeError, "%.50s.__float__ returned non-float (type %.50s)", Py_TYPE(op)->tp_name,
                     Py_TYPE(result)->tp_name);
        return -1.0;
    }
    if (PyErr_WarnFormat(PyExc_DeprecationWarning, 1,
                         "%.50s.__float__ returned non-float (type %.50s).  The ability to return an instance of a "
                         "strict subclass of float is deprecated, and may not be supported in a future version of "
                         "Python.",
                         Py_TYPE(op)->tp_name, Py_TYPE(result)->tp_name) < 0)
        return -1.0;
    return PyFloat_AS_DOUBLE(result);
}

double
PyFloat_AsDouble(PyObject *op)
{
    if (op == NULL) {
        PyErr_BadArgument();
        return -1.0;
    }
    if (PyFloat_Check(op))
        return PyFloat_AS_DOUBLE(op);
    if (PyLong_Check(op) && Py_TYPE(op)->tp_as_number->nb_float == PyLong_Type.tp_as_number->nb_float)
        return PyLong_AsDouble(op);
    PyNumberMethods *number = Py_TYPE(op)->tp_as_number;
    if (number != NULL && number->nb_float != NULL) {
        PyObject *result = number->nb_float(op);
        return result == NULL ? -1.0 : checked_float_result(op, result);
    }
    if (number != NULL && number->nb_index != NULL) {
        PyObject *index = PyNumber_Index(op);
        return index == NULL ? -1.0 : PyLong_AsDouble(index);
    }
    PyErr_Format(PyExc_TypeError, "must be real number, not %.50s", Py_TYPE(op)->tp_name);
    return -1.0;
}

/* ------------------------------------------------------------------ constructor */

static PyObject *
parse_plain(const char *text, Py_ssize_t length, void *shown)
{
    const char *end = text + length;
    char *stop;
    while (text < end && Py_ISSPACE(*text))
        text++;
    while (end > text && Py_ISSPACE(end[-1]))
        end--;
    double d = PyOS_string_to_double(text, &stop, NULL);
    if (stop != end || (d == -1.0 && PyErr_Occurred())) {
        if (PyErr_Occurred() == NULL || PyErr_ExceptionMatches(PyExc_ValueError))
            PyErr_Format(PyExc_ValueError, "could not convert string to float: %R", (PyObject *)shown);
        return NULL;
    }
    return float_box(d);
}

/* text[0:length] is followed by a zero byte. */
static PyObject *
parse_text(const char *text, Py_ssize_t length, PyObject *shown)
{
    const char *end = text + length;
    while (text < end && Py_ISSPACE(*text))
        text++;
    while (end > text && Py_ISSPACE(end[-1]))
        end--;
    return _Py_string_to_number_with_underscores(text, end - text, "float", shown, shown, parse_plain);
}

PyObject *
PyFloat_FromString(PyObject *source)
{
    Py_buffer view;
    if (PyUnicode_Check(source)) {
        PyObject *ascii = _PyUnicode_TransformDecimalAndSpaceToASCII(source);
        if (ascii == NULL)
            return NULL;
        PyObject *result = parse_text(PyUnicode_DATA(ascii), PyUnicode_GET_LENGTH(ascii), source);
        gcrt_keep_alive(ascii);
        return result;
    }
    if (PyBytes_Check(source))
        return parse_text(PyBytes_AS_STRING(source), PyBytes_GET_SIZE(source), source);
    if (PyByteArray_Check(source))
        return parse_text(PyByteArray_AS_STRING(source), PyByteArray_GET_SIZE(source), source);
    if (PyObject_CheckBuffer(source)) {
        if (PyObject_GetBuffer(source, &view, PyBUF_SIMPLE) < 0)
            return NULL;
        PyObject *copy = PyBytes_FromStringAndSize(view.buf, view.len); /* for the terminating zero */
        PyBuffer_Release(&view);
        return copy == NULL ? NULL : parse_text(PyBytes_AS_STRING(copy), PyBytes_GET_SIZE(copy), source);
    }
    return PyErr_Format(PyExc_TypeError, "float() argument must be a string or a real number, not '%.200s'",
                        Py_TYPE(source)->tp_name);
}

static PyObject *
float_make(PyTypeObject *type, PyObject *x)
{
    PyObject *value = x == NULL                  ? (PyObject *)GCRT_FLOAT_ZERO
                      : PyUnicode_CheckExact(x) ? PyFloat_FromString(x)
                                                 : PyNumber_Float(x);
    if (value == NULL || type == &PyFloat_Type)
        return value;
    PyFloatObject *self = (PyFloatObject *)type->tp_alloc(type, 0);
    if (self != NULL)
        self->ob_fval = PyFloat_AS_DOUBLE(value);
    return (PyObject *)self;
}

static PyObject *
float_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *x = NULL;
    /* Keywords are for a subclass's own __init__. */
    if ((type->tp_init == PyFloat_Type.tp_init && !_PyArg_NoKeywords("float", kwargs)) ||
        !PyArg_UnpackTuple(args, "float", 0, 1, &x))
        return NULL;
    return float_make(type, x);
}

static PyObject *
float_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    if (!_PyArg_NoKwnames("float", kwnames) || !_PyArg_CheckPositional("float", n, 0, 1))
        return NULL;
    return float_make((PyTypeObject *)type, n > 0 ? args[0] : NULL);
}

/* ------------------------------------------------------------------ arithmetic */

/* An operand as double.  1: done; 0: not a real number; -1: exception (an int out of range). */
static int
operand(PyObject *v, double *out)
{
    if (gcrt_is_immediate(v)) {
        *out = fast_as_double(v);
        return 1;
    }
    if (PyFloat_Check(v)) {
        *out = ((PyFloatObject *)v)->ob_fval;
        return 1;
    }
    if (!PyLong_Check(v))
        return 0;
    *out = PyLong_AsDouble(v);
    return *out == -1.0 && PyErr_Occurred() ? -1 : 1;
}

#define OPERANDS(a, b, x, y)                                                                            \
    double x, y;                                                                                        \
    int known = operand(a, &x);                                                                         \
    if (known > 0)                                                                                      \
        known = operand(b, &y);                                                                         \
    if (known <= 0)                                                                                     \
        return known < 0 ? NULL : Py_NotImplemented

static PyObject *
float_add(PyObject *a, PyObject *b)
{
    OPERANDS(a, b, x, y);
    return float_box(x + y);
}

static PyObject *
float_subtract(PyObject *a, PyObject *b)
{
    OPERANDS(a, b, x, y);
    return float_box(x - y);
}

static PyObject *
float_multiply(PyObject *a, PyObject *b)
{
    OPERANDS(a, b, x, y);
    return float_box(x * y);
}

static PyObject *
division_by_zero(const char *message)
{
    PyErr_SetString(PyExc_ZeroDivisionError, message);
    return NULL;
}

static PyObject *
float_divide(PyObject *a, PyObject *b)
{
    OPERANDS(a, b, x, y);
    return y == 0.0 ? division_by_zero("float division by zero") : float_box(x / y);
}

static PyObject *
float_remainder(PyObject *a, PyObject *b)
{
    OPERANDS(a, b, x, y);
    return y == 0.0 ? division_by_zero("float modulo") : float_box(fast_float_mod(x, y));
}

static PyObject *
float_floor_divide(PyObject *a, PyObject *b)
{
    OPERANDS(a, b, x, y);
    return y == 0.0 ? division_by_zero("float floor division by zero") : float_box(fast_float_floordiv(x, y));
}

static PyObject *
float_divmod(PyObject *a, PyObject *b)
{
    OPERANDS(a, b, x, y);
    if (y == 0.0)
        return division_by_zero("float divmod()");
    PyObject *quotient = float_box(fast_float_floordiv(x, y)), *rest = float_box(fast_float_mod(x, y));
    return quotient == NULL || rest == NULL ? NULL : PyTuple_Pack(2, quotient, rest);
}

static PyObject *
float_power(PyObject *a, PyObject *b, PyObject *modulus)
{
    if (modulus != Py_None) {
        PyErr_SetString(PyExc_TypeError, "pow() 3rd argument not allowed unless all arguments are integers");
        return NULL;
    }
    OPERANDS(a, b, x, y);
    if (x == 0.0 && y < 0.0 && isfinite(y))
        return division_by_zero("0.0 cannot be raised to a negative power");
    int finite = isfinite(x) && isfinite(y);
    if (finite && x < 0.0 && y != floor(y))
        return PyComplex_Type.tp_as_number->nb_power(a, b, modulus);
    double result = pow(x, y);
    if (finite && isinf(result)) {
        errno = ERANGE;
        return PyErr_SetFromErrno(PyExc_OverflowError);
    }
    return float_box(result);
}

static PyObject *
float_negative(PyObject *a)
{
    return float_box(-PyFloat_AS_DOUBLE(a));
}

static PyObject *
float_absolute(PyObject *a)
{
    return float_box(fabs(PyFloat_AS_DOUBLE(a)));
}

PyObject *
float_exact(PyObject *a)
{
    return PyFloat_CheckExact(a) ? a : float_box(PyFloat_AS_DOUBLE(a));
}

static int
float_bool(PyObject *a)
{
    return PyFloat_AS_DOUBLE(a) != 0.0;
}

static PyObject *
float_int(PyObject *a)
{
    return PyLong_FromDouble(PyFloat_AS_DOUBLE(a));
}

static PyNumberMethods float_as_number = {
    .nb_add = float_add,
    .nb_subtract = float_subtract,
    .nb_multiply = float_multiply,
    .nb_remainder = float_remainder,
    .nb_divmod = float_divmod,
    .nb_power = float_power,
    .nb_negative = float_negative,
    .nb_positive = float_exact,
    .nb_absolute = float_absolute,
    .nb_bool = float_bool,
    .nb_int = float_int,
    .nb_float = float_exact,
    .nb_floor_divide = float_floor_divide,
    .nb_true_divide = float_divide,
};

/* ------------------------------------------------------------------ comparison, hash, repr */

static PyObject *
float_richcompare(PyObject *a, PyObject *b, int op)
{
    double x = PyFloat_AS_DOUBLE(a);
    if (PyFloat_Check(b))
        return fast_compare_doubles(x, PyFloat_AS_DOUBLE(b), op) ? Py_True : Py_False;
    if (!PyLong_Check(b))
        return Py_NotImplemented;
    if (isnan(x))
        return op == Py_NE ? Py_True : Py_False;
    return fast_compare_words(-long_compare_double(b, x), 0, op) ? Py_True : Py_False;
}

/* The documented hash of numbers: x reduced modulo 2**61 - 1, where 2 is a root of unity of order 61, so
 * that scaling by a power of two is a rotation of 61 bits. */
Py_hash_t
_Py_HashDouble(PyObject *object, double d)
{
    int exponent;
    if (isinf(d))
        return d > 0 ? _PyHASH_INF : -_PyHASH_INF;
    if (isnan(d))
        return _Py_HashPointer(object);
    uint64_t m = (uint64_t)ldexp(frexp(fabs(d), &exponent), 53);
    int turn = (exponent - 53) % _PyHASH_BITS;
    if (turn < 0)
        turn += _PyHASH_BITS;
    if (turn != 0)
        m = ((m << turn) & _PyHASH_MODULUS) | m >> (_PyHASH_BITS - turn);
    Py_hash_t hash = d < 0 ? -(Py_hash_t)m : (Py_hash_t)m;
    return hash == -1 ? -2 : hash;
}

static Py_hash_t
float_hash(PyObject *a)
{
    return _Py_HashDouble(a, PyFloat_AS_DOUBLE(a));
}

static PyObject *
float_repr(PyObject *a)
{
    char room[48]; /* no repr is longer */
    int type;
    char *text = float_write(PyFloat_AS_DOUBLE(a), 'r', 0, Py_DTSF_ADD_DOT_0, &type, room, sizeof room);
    if (text == NULL)
        return NULL;
    size_t length = strlen(text);
    PyObject *result = PyUnicode_New((Py_ssize_t)length, 127);
    if (result != NULL)
        memcpy(PyUnicode_DATA(result), text, length);
    return result;
}

PyTypeObject PyFloat_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "float",
    .tp_doc = "float(x=0, /)\n--\n\nConvert a string or number to a floating point number, if possible.",
    .tp_basicsize = sizeof(PyFloatObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | _Py_TPFLAGS_MATCH_SELF,
    .tp_repr = float_repr,
    .tp_as_number = &float_as_number,
    .tp_hash = float_hash,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_richcompare = float_richcompare,
    .tp_methods = float_methods,
    .tp_getset = float_getset,
    .tp_new = float_new,
    .tp_vectorcall = float_vectorcall,
    .gcrt_trace = float_trace,
};
