/* long_type.c: the int type: constructor, slots and methods. */
#include "long.h"
#include "number_fast.h"
#include "numfmt.h"

/* Limbs hold no references: nothing to visit, and nothing to scan conservatively. */
static void
long_trace(PyObject *self, size_t size, struct gc_tracer *tracer)
{
    (void)self;
    (void)size;
    (void)tracer;
}

/* ------------------------------------------------------------------ constructor */

/* A fresh instance of a subclass with the value of an int. */
static PyObject *
subclass_instance(PyTypeObject *type, PyObject *value)
{
    long_view v;
    long_view_init(&v, value);
    PyLongObject *self = (PyLongObject *)type->tp_alloc(type, v.n);
    if (self == NULL)
        return NULL;
    memcpy(self->ob_limb, v.limbs, (size_t)v.n * sizeof(mp_limb_t));
    self->ob_base.ob_size = v.negative ? -v.n : v.n;
    return (PyObject *)self;
}

static PyObject *
from_object_with_base(PyObject *x, PyObject *base_object)
{
    Py_ssize_t base = PyNumber_AsSsize_t(base_object, NULL);
    if (base == -1 && PyErr_Occurred())
        return NULL;
    if ((base != 0 && base < 2) || base > 36) {
        PyErr_SetString(PyExc_ValueError, "int() base must be >= 2 and <= 36, or 0");
        return NULL;
    }
    if (PyUnicode_Check(x))
        return PyLong_FromUnicodeObject(x, (int)base);
    if (PyByteArray_Check(x))
        return _PyLong_FromBytes(PyByteArray_AS_STRING(x), PyByteArray_GET_SIZE(x), (int)base);
    if (PyBytes_Check(x))
        return _PyLong_FromBytes(PyBytes_AS_STRING(x), PyBytes_GET_SIZE(x), (int)base);
    PyErr_SetString(PyExc_TypeError, "int() can't convert non-string with explicit base");
    return NULL;
}

static PyObject *
long_make(PyTypeObject *type, PyObject *x, PyObject *base)
{
    PyObject *value;
    if (x == NULL && base != NULL) {
        PyErr_SetString(PyExc_TypeError, "int() missing string argument");
        return NULL;
    }
    if (x == NULL)
        value = gcrt_int(0);
    else
        value = base == NULL ? PyNumber_Long(x) : from_object_with_base(x, base);
    if (value == NULL || type == &PyLong_Type)
        return value;
    return subclass_instance(type, value);
}

static PyObject *
long_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"", "base", NULL};
    PyObject *x = NULL, *base = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OO:int", keywords, &x, &base))
        return NULL;
    return long_make(type, x, base);
}

static PyObject *
long_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    PyObject *base = n == 2 ? args[1] : NULL;
    if (kwnames != NULL && PyTuple_GET_SIZE(kwnames) != 0) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, 0);
        if (PyTuple_GET_SIZE(kwnames) != 1 || n > 1 || !_PyUnicode_EqualToASCIIString(name, "base")) {
            PyErr_Format(PyExc_TypeError, "'%U' is an invalid keyword argument for int()", name);
            return NULL;
        }
        base = args[n];
    }
    if (n > 2) {
        PyErr_Format(PyExc_TypeError, "int() takes at most 2 arguments (%zd given)", n);
        return NULL;
    }
    return long_make((PyTypeObject *)type, n > 0 ? args[0] : NULL, base);
}

/* ------------------------------------------------------------------ slots */

/* A binary slot: immediates inline, then any two ints, else NotImplemented. */
#define BINARY(name, quick, general)                                                                    \
    static PyObject *name(PyObject *a, PyObject *b)                                                     \
    {                                                                                                   \
        if (GCRT_LIKELY(gcrt_both_int(a, b))) {                                                         \
            PyObject *result = quick(a, b);                                                             \
            if (GCRT_LIKELY(result != NULL))                                                            \
                return result;                                                                          \
        }                                                                                               \
        else if (!PyLong_Check(a) || !PyLong_Check(b))                                                  \
            return Py_NotImplemented;                                                                   \
        return general(a, b);                                                                           \
    }

static PyObject *
floor_divide(PyObject *a, PyObject *b)
{
    PyObject *quotient;
    return long_divmod_floor(a, b, &quotient, NULL) < 0 ? NULL : quotient;
}

static PyObject *
remainder_of(PyObject *a, PyObject *b)
{
    PyObject *rest;
    return long_divmod_floor(a, b, NULL, &rest) < 0 ? NULL : rest;
}

BINARY(slot_add, fast_add, long_add)
BINARY(slot_subtract, fast_subtract, long_subtract)
BINARY(slot_multiply, fast_multiply, long_multiply)
BINARY(slot_floor_divide, fast_floordiv, floor_divide)
BINARY(slot_remainder, fast_mod, remainder_of)
BINARY(slot_true_divide, fast_truediv, long_true_divide)
BINARY(slot_lshift, fast_lshift, long_shift_left)
BINARY(slot_rshift, fast_rshift, long_shift_right)
BINARY(slot_and, fast_and, long_and)
BINARY(slot_or, fast_or, long_or)
BINARY(slot_xor, fast_xor, long_xor)

static PyObject *
slot_divmod(PyObject *a, PyObject *b)
{
    PyObject *quotient, *rest;
    if (!PyLong_Check(a) || !PyLong_Check(b))
        return Py_NotImplemented;
    if (long_divmod_floor(a, b, &quotient, &rest) < 0)
        return NULL;
    return PyTuple_Pack(2, quotient, rest);
}

static PyObject *
slot_power(PyObject *a, PyObject *b, PyObject *modulus)
{
    if (!PyLong_Check(a) || !PyLong_Check(b) || !(modulus == Py_None || PyLong_Check(modulus)))
        return Py_NotImplemented;
    return long_power(a, b, modulus);
}

static PyObject *
slot_negative(PyObject *a)
{
    PyObject *quick = fast_negative(a);
    return quick != NULL ? quick : long_negative(a);
}

static PyObject *
slot_invert(PyObject *a)
{
    PyObject *quick = fast_invert(a);
    if (quick != NULL)
        return quick;
    PyObject *next = long_add(a, gcrt_int(1)); /* ~a == -(a + 1) */
    return next == NULL ? NULL : long_negative(next);
}

static int
slot_bool(PyObject *a)
{
    return gcrt_is_int(a) ? a != gcrt_int(0) : ((PyVarObject *)a)->ob_size != 0;
}

static PyObject *
slot_float(PyObject *a)
{
    double d = PyLong_AsDouble(a);
    return d == -1.0 && PyErr_Occurred() ? NULL : float_box(d);
}

static PyObject *
long_richcompare(PyObject *a, PyObject *b, int op)
{
    if (GCRT_LIKELY(gcrt_both_int(a, b)))
        return fast_compare_words((int64_t)a, (int64_t)b, op) ? Py_True : Py_False;
    if (!PyLong_Check(a) || !PyLong_Check(b))
        return Py_NotImplemented;
    return fast_compare_words(long_compare(a, b), 0, op) ? Py_True : Py_False;
}

PyNumberMethods long_as_number = {
    .nb_add = slot_add,
    .nb_subtract = slot_subtract,
    .nb_multiply = slot_multiply,
    .nb_remainder = slot_remainder,
    .nb_divmod = slot_divmod,
    .nb_power = slot_power,
    .nb_negative = slot_negative,
    .nb_positive = long_exact,
    .nb_absolute = long_absolute,
    .nb_bool = slot_bool,
    .nb_invert = slot_invert,
    .nb_lshift = slot_lshift,
    .nb_rshift = slot_rshift,
    .nb_and = slot_and,
    .nb_xor = slot_xor,
    .nb_or = slot_or,
    .nb_int = long_exact,
    .nb_float = slot_float,
    .nb_floor_divide = slot_floor_divide,
    .nb_true_divide = slot_true_divide,
    .nb_index = long_exact,
};

/* ------------------------------------------------------------------ methods */

static PyObject *
long_itself(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return long_exact(self);
}

static PyObject *
long_bit_length(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromSize_t(_PyLong_NumBits(self));
}

static PyObject *
long_bit_count(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    long_view v;
    long_view_init(&v, self);
    return PyLong_FromSize_t(v.n == 0 ? 0 : mpn_popcount(v.limbs, v.n));
}

static PyObject *
long_as_integer_ratio(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *numerator = long_exact(self);
    return numerator == NULL ? NULL : PyTuple_Pack(2, numerator, gcrt_int(1));
}

/* To the nearest multiple of 10**-ndigits, half to even. */
static PyObject *
round_to_power(PyObject *self, PyObject *digits)
{
    PyObject *ten = long_power(gcrt_int(10), long_negative(digits), Py_None);
    PyObject *quotient, *rest, *twice;
    if (ten == NULL || long_divmod_floor(self, ten, &quotient, &rest) < 0 || (twice = long_add(rest, rest)) == NULL)
        return NULL;
    int order = long_compare(twice, ten);
    long_view q;
    long_view_init(&q, quotient);
    if (order > 0 || (order == 0 && q.n != 0 && q.limbs[0] & 1))
        rest = long_subtract(rest, ten);
    return rest == NULL ? NULL : long_subtract(self, rest);
}

static PyObject *
long_round(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    if (n > 1)
        return PyErr_Format(PyExc_TypeError, "__round__ expected at most 1 argument, got %zd", n);
    if (n == 0 || args[0] == Py_None)
        return long_exact(self);
    PyObject *digits = PyNumber_Index(args[0]);
    if (digits == NULL)
        return NULL;
    if (_PyLong_Sign(digits) >= 0)
        return long_exact(self);
    return round_to_power(self, digits);
}

static PyObject *
long_format_method(PyObject *self, PyObject *spec)
{
    if (!PyUnicode_Check(spec))
        return PyErr_Format(PyExc_TypeError, "__format__() argument must be str, not %.50s",
                            spec == Py_None ? "None" : Py_TYPE(spec)->tp_name);
    return numfmt_long(self, spec, 0, PyUnicode_GET_LENGTH(spec));
}

static PyObject *
long_getnewargs(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *value = long_exact(self);
    return value == NULL ? NULL : PyTuple_Pack(1, value);
}

static PyObject *
long_sizeof(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    long_view v;
    long_view_init(&v, self);
    return PyLong_FromSsize_t((Py_ssize_t)offsetof(PyLongObject, ob_limb) + v.n * 8);
}

/* "big" or "little".  1 little, 0 big, -1 exception. */
static int
parse_byteorder(PyObject *order, const char *function)
{
    if (order == NULL)
        return 0;
    if (!PyUnicode_Check(order)) {
        PyErr_Format(PyExc_TypeError, "%s() argument 'byteorder' must be str, not %.50s", function,
                     order == Py_None ? "None" : Py_TYPE(order)->tp_name);
        return -1;
    }
    if (_PyUnicode_EqualToASCIIString(order, "little"))
        return 1;
    if (_PyUnicode_EqualToASCIIString(order, "big"))
        return 0;
    PyErr_SetString(PyExc_ValueError, "byteorder must be either 'little' or 'big'");
    return -1;
}

static PyObject *
long_to_bytes(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"length", "byteorder", "signed", NULL};
    Py_ssize_t length = 1;
    PyObject *order = NULL;
    int is_signed = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|nO$p:to_bytes", keywords, &length, &order, &is_signed))
        return NULL;
    int little = parse_byteorder(order, "to_bytes");
    if (little < 0)
        return NULL;
    if (length < 0) {
        PyErr_SetString(PyExc_ValueError, "length argument must be non-negative");
        return NULL;
    }
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, length), *boxed = self;
    if (bytes == NULL)
        return NULL;
    if (_PyLong_AsByteArray((PyLongObject *)boxed, (unsigned char *)PyBytes_AS_STRING(bytes), (size_t)length, little,
                            is_signed) < 0)
        return NULL;
    return bytes;
}

static PyObject *
long_from_bytes(PyObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"bytes", "byteorder", "signed", NULL};
    PyObject *source, *order = NULL;
    int is_signed = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O$p:from_bytes", keywords, &source, &order, &is_signed))
        return NULL;
    int little = parse_byteorder(order, "from_bytes");
    if (little < 0)
        return NULL;
    PyObject *bytes = PyBytes_CheckExact(source) ? source : PyObject_Bytes(source);
    if (bytes == NULL)
        return NULL;
    PyObject *value = _PyLong_FromByteArray((const unsigned char *)PyBytes_AS_STRING(bytes),
                                            (size_t)PyBytes_GET_SIZE(bytes), little, is_signed);
    if (value == NULL || type == (PyObject *)&PyLong_Type)
        return value;
    return PyObject_CallOneArg(type, value);
}

static PyMethodDef long_methods[] = {
    {"conjugate", long_itself, METH_NOARGS, "Returns self, the complex conjugate of any int."},
    {"bit_length", long_bit_length, METH_NOARGS, "Number of bits necessary to represent self in binary."},
    {"bit_count", long_bit_count, METH_NOARGS, "Number of ones in the binary representation of the absolute value."},
    {"to_bytes", _PyCFunction_CAST(long_to_bytes), METH_VARARGS | METH_KEYWORDS,
     "Return an array of bytes representing an integer."},
    {"from_bytes", _PyCFunction_CAST(long_from_bytes), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "Return the integer represented by the given array of bytes."},
    {"as_integer_ratio", long_as_integer_ratio, METH_NOARGS, "Return a pair of integers with this ratio."},
    {"__trunc__", long_itself, METH_NOARGS, "Truncating an Integral returns itself."},
    {"__floor__", long_itself, METH_NOARGS, "Flooring an Integral returns itself."},
    {"__ceil__", long_itself, METH_NOARGS, "Ceiling of an Integral returns itself."},
    {"__round__", _PyCFunction_CAST(long_round), METH_FASTCALL, "Rounding an Integral returns itself."},
    {"__getnewargs__", long_getnewargs, METH_NOARGS, NULL},
    {"__format__", long_format_method, METH_O, "Convert to a string according to format_spec."},
    {"__sizeof__", long_sizeof, METH_NOARGS, "Returns size in memory, in bytes."},
    {NULL, NULL, 0, NULL},
};

static PyObject *
long_get_self(PyObject *self, void *Py_UNUSED(closure))
{
    return long_exact(self);
}

static PyObject *
long_get_constant(PyObject *Py_UNUSED(self), void *closure)
{
    return gcrt_int((intptr_t)closure);
}

static PyGetSetDef long_getset[] = {
    {"real", long_get_self, NULL, "the real part of a complex number", NULL},
    {"imag", long_get_constant, NULL, "the imaginary part of a complex number", (void *)0},
    {"numerator", long_get_self, NULL, "the numerator of a rational number in lowest terms", NULL},
    {"denominator", long_get_constant, NULL, "the denominator of a rational number in lowest terms", (void *)1},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyLong_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "int",
    .tp_doc = "int([x]) -> integer\nint(x, base=10) -> integer\n\n"
              "Convert a number or string to an integer, or return 0 if no arguments are given.",
    .tp_basicsize = offsetof(PyLongObject, ob_limb),
    .tp_itemsize = sizeof(uint64_t),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_LONG_SUBCLASS | _Py_TPFLAGS_MATCH_SELF,
    .tp_repr = long_repr,
    .tp_as_number = &long_as_number,
    .tp_hash = long_hash,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_richcompare = long_richcompare,
    .tp_methods = long_methods,
    .tp_getset = long_getset,
    .tp_new = long_new,
    .tp_vectorcall = long_vectorcall,
    .gcrt_trace = long_trace,
};

/* ------------------------------------------------------------------ sys.int_info */

PyObject *
PyLong_GetInfo(void)
{
    static PyTypeObject *type;
    static PyStructSequence_Field fields[] = {
        {"bits_per_digit", "size of a digit in bits"},
        {"sizeof_digit", "size in bytes of the C type used to represent a digit"},
        {"default_max_str_digits", "maximum string conversion digits limitation"},
        {"str_digits_check_threshold", "minimum positive value for int_max_str_digits"},
        {NULL, NULL},
    };
    static PyStructSequence_Desc description = {"sys.int_info", "Information about ints.", fields, 4};
    if (type == NULL && (type = PyStructSequence_NewType(&description)) == NULL)
        return NULL;
    PyObject *info = PyStructSequence_New(type);
    if (info == NULL)
        return NULL;
    PyStructSequence_SetItem(info, 0, gcrt_int(30));
    PyStructSequence_SetItem(info, 1, gcrt_int(4));
    PyStructSequence_SetItem(info, 2, gcrt_int(LONG_MAX_STR_DIGITS_DEFAULT));
    PyStructSequence_SetItem(info, 3, gcrt_int(LONG_MAX_STR_DIGITS_THRESHOLD));
    return info;
}
