/* abstract_number.c: PyNumber_*: arithmetic on anything. */
#include "long.h"
#include "number_fast.h"
#include "typeobject.h"

#define NB(slot) offsetof(PyNumberMethods, slot)

static inline binaryfunc
binary_slot(PyTypeObject *type, size_t slot)
{
    PyNumberMethods *nb = type->tp_as_number;
    return nb == NULL ? NULL : *(binaryfunc *)((char *)nb + slot);
}

/* Try the left operand's slot, then the right one's; a right operand of a subclass goes first. */
static inline PyObject *
binary_op1(PyObject *a, PyObject *b, size_t slot)
{
    PyTypeObject *ta = Py_TYPE(a), *tb = Py_TYPE(b);
    binaryfunc f = binary_slot(ta, slot), g = NULL;
    if (ta != tb) {
        g = binary_slot(tb, slot);
        if (g == f)
            g = NULL;
    }
    if (f != NULL) {
        if (g != NULL && PyType_IsSubtype(tb, ta)) {
            PyObject *result = g(a, b);
            if (result != Py_NotImplemented)
                return result;
            g = NULL;
        }
        PyObject *result = f(a, b);
        if (result != Py_NotImplemented)
            return result;
    }
    return g == NULL ? Py_NotImplemented : g(a, b);
}

static PyObject *
unsupported(PyObject *a, PyObject *b, const char *op)
{
    PyErr_Format(PyExc_TypeError, "unsupported operand type(s) for %.100s: '%.100s' and '%.100s'", op,
                 Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name);
    return NULL;
}

static inline PyObject *
binary_op(PyObject *a, PyObject *b, size_t slot, const char *op)
{
    PyObject *result = binary_op1(a, b, slot);
    return GCRT_LIKELY(result != Py_NotImplemented) ? result : unsupported(a, b, op);
}

static inline PyObject *
inplace_op1(PyObject *a, PyObject *b, size_t inplace, size_t slot)
{
    binaryfunc f = binary_slot(Py_TYPE(a), inplace);
    if (f != NULL) {
        PyObject *result = f(a, b);
        if (result != Py_NotImplemented)
            return result;
    }
    return binary_op1(a, b, slot);
}

/* ---- binary operations without special cases; fast: an inline path for immediates */

#define BINARY(name, slot, text, fast)                                                                  \
    PyObject *PyNumber_##name(PyObject *a, PyObject *b)                                                 \
    {                                                                                                   \
        PyObject *quick = fast(a, b);                                                                   \
        return quick != NULL ? quick : binary_op(a, b, NB(slot), text);                                 \
    }
#define NONE(a, b) NULL
BINARY(Subtract, nb_subtract, "-", fast_subtract)
BINARY(TrueDivide, nb_true_divide, "/", fast_truediv)
BINARY(FloorDivide, nb_floor_divide, "//", fast_floordiv)
BINARY(Remainder, nb_remainder, "%", fast_mod)
BINARY(Divmod, nb_divmod, "divmod()", NONE)
BINARY(And, nb_and, "&", fast_and)
BINARY(Or, nb_or, "|", fast_or)
BINARY(Xor, nb_xor, "^", fast_xor)
BINARY(Lshift, nb_lshift, "<<", fast_lshift)
BINARY(MatrixMultiply, nb_matrix_multiply, "@", NONE)

PyObject *
PyNumber_Rshift(PyObject *a, PyObject *b)
{
    PyObject *result = binary_op1(a, b, NB(nb_rshift));
    if (result != Py_NotImplemented)
        return result;
    if (PyCFunction_CheckExact(a) && strcmp(((PyCFunctionObject *)a)->m_ml->ml_name, "print") == 0) {
        PyErr_Format(PyExc_TypeError,
                     "unsupported operand type(s) for %.100s: '%.100s' and '%.100s'. "
                     "Did you mean \"print(<message>, file=<output_stream>)\"?",
                     ">>", Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name);
        return NULL;
    }
    return unsupported(a, b, ">>");
}

/* ---- + and *, which sequences share */

PyObject *
PyNumber_Add(PyObject *a, PyObject *b)
{
    PyObject *quick = fast_add(a, b);
    if (quick != NULL)
        return quick;
    PyObject *result = binary_op1(a, b, NB(nb_add));
    if (result != Py_NotImplemented)
        return result;
    PySequenceMethods *sq = Py_TYPE(a)->tp_as_sequence;
    if (sq != NULL && sq->sq_concat != NULL)
        return sq->sq_concat(a, b);
    return unsupported(a, b, "+");
}

static PyObject *
repeat(ssizeargfunc f, PyObject *seq, PyObject *n)
{
    if (!PyIndex_Check(n)) {
        PyErr_Format(PyExc_TypeError, "can't multiply sequence by non-int of type '%.200s'", Py_TYPE(n)->tp_name);
        return NULL;
    }
    Py_ssize_t count = PyNumber_AsSsize_t(n, PyExc_OverflowError);
    return count == -1 && PyErr_Occurred() ? NULL : f(seq, count);
}

PyObject *
PyNumber_Multiply(PyObject *a, PyObject *b)
{
    PyObject *quick = fast_multiply(a, b);
    if (quick != NULL)
        return quick;
    PyObject *result = binary_op1(a, b, NB(nb_multiply));
    if (result != Py_NotImplemented)
        return result;
    PySequenceMethods *sa = Py_TYPE(a)->tp_as_sequence, *sb = Py_TYPE(b)->tp_as_sequence;
    if (sa != NULL && sa->sq_repeat != NULL)
        return repeat(sa->sq_repeat, a, b);
    if (sb != NULL && sb->sq_repeat != NULL)
        return repeat(sb->sq_repeat, b, a);
    return unsupported(a, b, "*");
}

PyObject *
PyNumber_InPlaceAdd(PyObject *a, PyObject *b)
{
    PyObject *quick = fast_add(a, b);
    if (quick != NULL)
        return quick;
    PyObject *result = inplace_op1(a, b, NB(nb_inplace_add), NB(nb_add));
    if (result != Py_NotImplemented)
        return result;
    PySequenceMethods *sq = Py_TYPE(a)->tp_as_sequence;
    binaryfunc concat = sq == NULL ? NULL : sq->sq_inplace_concat != NULL ? sq->sq_inplace_concat : sq->sq_concat;
    return concat != NULL ? concat(a, b) : unsupported(a, b, "+=");
}

PyObject *
PyNumber_InPlaceMultiply(PyObject *a, PyObject *b)
{
    PyObject *quick = fast_multiply(a, b);
    if (quick != NULL)
        return quick;
    PyObject *result = inplace_op1(a, b, NB(nb_inplace_multiply), NB(nb_multiply));
    if (result != Py_NotImplemented)
        return result;
    PySequenceMethods *sa = Py_TYPE(a)->tp_as_sequence, *sb = Py_TYPE(b)->tp_as_sequence;
    if (sa != NULL) {
        ssizeargfunc f = sa->sq_inplace_repeat != NULL ? sa->sq_inplace_repeat : sa->sq_repeat;
        if (f != NULL)
            return repeat(f, a, b);
    }
    if (sb != NULL && sb->sq_repeat != NULL)
        return repeat(sb->sq_repeat, b, a);
    return unsupported(a, b, "*=");
}

#define INPLACE(name, inplace, slot, text)                                                              \
    PyObject *PyNumber_InPlace##name(PyObject *a, PyObject *b)                                          \
    {                                                                                                   \
        PyObject *result = inplace_op1(a, b, NB(inplace), NB(slot));                                    \
        return result != Py_NotImplemented ? result : unsupported(a, b, text);                          \
    }
INPLACE(Subtract, nb_inplace_subtract, nb_subtract, "-=")
INPLACE(TrueDivide, nb_inplace_true_divide, nb_true_divide, "/=")
INPLACE(FloorDivide, nb_inplace_floor_divide, nb_floor_divide, "//=")
INPLACE(Remainder, nb_inplace_remainder, nb_remainder, "%=")
INPLACE(And, nb_inplace_and, nb_and, "&=")
INPLACE(Or, nb_inplace_or, nb_or, "|=")
INPLACE(Xor, nb_inplace_xor, nb_xor, "^=")
INPLACE(Lshift, nb_inplace_lshift, nb_lshift, "<<=")
INPLACE(Rshift, nb_inplace_rshift, nb_rshift, ">>=")
INPLACE(MatrixMultiply, nb_inplace_matrix_multiply, nb_matrix_multiply, "@=")

/* ---- power */

static ternaryfunc
power_slot(PyObject *op)
{
    PyNumberMethods *nb = Py_TYPE(op)->tp_as_number;
    return nb == NULL ? NULL : nb->nb_power;
}

static PyObject *
power(PyObject *a, PyObject *b, PyObject *mod, const char *text)
{
    ternaryfunc f = power_slot(a), g = Py_TYPE(a) == Py_TYPE(b) ? NULL : power_slot(b), h = power_slot(mod);
    PyObject *result;
    if (g == f)
        g = NULL;
    if (f != NULL) {
        if (g != NULL && PyType_IsSubtype(Py_TYPE(b), Py_TYPE(a))) {
            if ((result = g(a, b, mod)) != Py_NotImplemented)
                return result;
            g = NULL;
        }
        if ((result = f(a, b, mod)) != Py_NotImplemented)
            return result;
    }
    if (g != NULL && (result = g(a, b, mod)) != Py_NotImplemented)
        return result;
    if (h != NULL && h != f && h != g && (result = h(a, b, mod)) != Py_NotImplemented)
        return result;
    if (mod == Py_None)
        return unsupported(a, b, text);
    PyErr_Format(PyExc_TypeError, "unsupported operand type(s) for %.100s: '%.100s', '%.100s', '%.100s'", text,
                 Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name, Py_TYPE(mod)->tp_name);
    return NULL;
}

PyObject *
PyNumber_Power(PyObject *a, PyObject *b, PyObject *mod)
{
    return power(a, b, mod, "** or pow()");
}

PyObject *
PyNumber_InPlacePower(PyObject *a, PyObject *b, PyObject *mod)
{
    PyNumberMethods *nb = Py_TYPE(a)->tp_as_number;
    if (nb != NULL && nb->nb_inplace_power != NULL) {
        PyObject *result = nb->nb_inplace_power(a, b, mod);
        if (result != Py_NotImplemented)
            return result;
    }
    return power(a, b, mod, "**=");
}

/* ---- unary operations */

static PyObject *
unary(PyObject *op, size_t slot, const char *format)
{
    if (op == NULL) {
        PyErr_SetString(PyExc_SystemError, "null argument to internal routine");
        return NULL;
    }
    PyNumberMethods *nb = Py_TYPE(op)->tp_as_number;
    unaryfunc f = nb == NULL ? NULL : *(unaryfunc *)((char *)nb + slot);
    if (f != NULL)
        return f(op);
    PyErr_Format(PyExc_TypeError, format, Py_TYPE(op)->tp_name);
    return NULL;
}

PyObject *
PyNumber_Negative(PyObject *op)
{
    return unary(op, NB(nb_negative), "bad operand type for unary -: '%.200s'");
}

PyObject *
PyNumber_Positive(PyObject *op)
{
    return unary(op, NB(nb_positive), "bad operand type for unary +: '%.200s'");
}

PyObject *
PyNumber_Invert(PyObject *op)
{
    return unary(op, NB(nb_invert), "bad operand type for unary ~: '%.200s'");
}

PyObject *
PyNumber_Absolute(PyObject *op)
{
    return unary(op, NB(nb_absolute), "bad operand type for abs(): '%.200s'");
}

/* ---- conversion */

int
PyIndex_Check(PyObject *op)
{
    return PyIndex_Check_inline(op);
}

int
PyNumber_Check(PyObject *op)
{
    if (op == NULL)
        return 0;
    PyNumberMethods *nb = Py_TYPE(op)->tp_as_number;
    return nb != NULL && (nb->nb_index != NULL || nb->nb_int != NULL || nb->nb_float != NULL
                          || PyComplex_Check(op));
}

/* result of `method` is an int; a subclass's instance is deprecated. */
static PyObject *
int_result(PyObject *result, const char *method)
{
    if (result == NULL || PyLong_CheckExact(result))
        return result;
    if (!PyLong_Check(result)) {
        PyErr_Format(PyExc_TypeError, "%s returned non-int (type %.200s)", method, Py_TYPE(result)->tp_name);
        return NULL;
    }
    if (PyErr_WarnFormat(PyExc_DeprecationWarning, 1,
                         "%s returned non-int (type %.200s).  The ability to return an instance of a strict "
                         "subclass of int is deprecated, and may not be supported in a future version of Python.",
                         method, Py_TYPE(result)->tp_name) < 0)
        return NULL;
    return result;
}

/* An int (bool and other subclasses pass as they are). */
static PyObject *
as_index(PyObject *op)
{
    if (PyLong_Check(op))
        return op;
    if (!PyIndex_Check(op)) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object cannot be interpreted as an integer",
                     Py_TYPE(op)->tp_name);
        return NULL;
    }
    return int_result(Py_TYPE(op)->tp_as_number->nb_index(op), "__index__");
}

PyObject *
PyNumber_Index(PyObject *op)
{
    if (op == NULL) {
        PyErr_SetString(PyExc_SystemError, "null argument to internal routine");
        return NULL;
    }
    PyObject *result = as_index(op);
    if (result != NULL && !PyLong_CheckExact(result))
        return _PyLong_Copy((PyLongObject *)result);
    return result;
}

Py_ssize_t
PyNumber_AsSsize_t(PyObject *op, PyObject *exc)
{
    if (GCRT_LIKELY(gcrt_is_int(op)))
        return (Py_ssize_t)gcrt_int_value(op);
    PyObject *value = as_index(op);
    if (value == NULL)
        return -1;
    Py_ssize_t n = PyLong_AsSsize_t(value);
    if (n != -1 || !PyErr_Occurred() || !PyErr_ExceptionMatches(PyExc_OverflowError))
        return n;
    PyErr_Clear();
    if (exc == NULL)
        return _PyLong_Sign(value) < 0 ? PY_SSIZE_T_MIN : PY_SSIZE_T_MAX;
    PyErr_Format(exc, "cannot fit '%.200s' into an index-sized integer", Py_TYPE(op)->tp_name);
    return -1;
}

static PyObject *
long_from_bytes(const char *text, Py_ssize_t n)
{
    return _PyLong_FromBytes(text, n, 10);
}

static PyObject *
long_from_trunc(PyObject *op)
{
    PyObject *value = type_call_special(op, GCRT_NAME(__trunc__), NULL, 0);
    if (value == NULL)
        return NULL;
    if (PyErr_WarnEx(PyExc_DeprecationWarning, "The delegation of int() to __trunc__ is deprecated.", 1) < 0)
        return NULL;
    if (PyLong_Check(value))
        return PyLong_CheckExact(value) ? value : _PyLong_Copy((PyLongObject *)value);
    if (!PyIndex_Check(value)) {
        PyErr_Format(PyExc_TypeError, "__trunc__ returned non-Integral (type %.200s)", Py_TYPE(value)->tp_name);
        return NULL;
    }
    return PyNumber_Index(value);
}

PyObject *
PyNumber_Long(PyObject *op)
{
    if (op == NULL) {
        PyErr_SetString(PyExc_SystemError, "null argument to internal routine");
        return NULL;
    }
    if (PyLong_CheckExact(op))
        return op;
    PyNumberMethods *nb = Py_TYPE(op)->tp_as_number;
    if (nb != NULL && nb->nb_int != NULL) {
        PyObject *value = int_result(nb->nb_int(op), "__int__");
        return value == NULL || PyLong_CheckExact(value) ? value : _PyLong_Copy((PyLongObject *)value);
    }
    if (nb != NULL && nb->nb_index != NULL)
        return PyNumber_Index(op);
    PyObject *truncated = long_from_trunc(op);
    if (truncated != NULL || PyErr_Occurred())
        return truncated;
    if (PyUnicode_Check(op))
        return PyLong_FromUnicodeObject(op, 10);
    if (PyBytes_Check(op))
        return long_from_bytes(PyBytes_AS_STRING(op), PyBytes_GET_SIZE(op));
    if (PyByteArray_Check(op))
        return long_from_bytes(PyByteArray_AS_STRING(op), PyByteArray_GET_SIZE(op));
    Py_buffer view;
    if (PyObject_CheckBuffer(op) && PyObject_GetBuffer(op, &view, PyBUF_SIMPLE) == 0) {
        PyObject *bytes = PyBytes_FromStringAndSize(view.buf, view.len);
        PyBuffer_Release(&view);
        return bytes == NULL ? NULL : long_from_bytes(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    }
    PyErr_Clear();
    PyErr_Format(PyExc_TypeError, "int() argument must be a string, a bytes-like object or a real number, not "
                                  "'%.200s'",
                 Py_TYPE(op)->tp_name);
    return NULL;
}

PyObject *
PyNumber_Float(PyObject *op)
{
    if (op == NULL) {
        PyErr_SetString(PyExc_SystemError, "null argument to internal routine");
        return NULL;
    }
    if (PyFloat_CheckExact(op))
        return op;
    PyNumberMethods *nb = Py_TYPE(op)->tp_as_number;
    if (nb != NULL && nb->nb_float != NULL) {
        PyObject *value = nb->nb_float(op);
        if (value == NULL || PyFloat_CheckExact(value))
            return value;
        if (!PyFloat_Check(value)) {
            PyErr_Format(PyExc_TypeError, "%.50s.__float__ returned non-float (type %.50s)",
                         Py_TYPE(op)->tp_name, Py_TYPE(value)->tp_name);
            return NULL;
        }
        if (PyErr_WarnFormat(PyExc_DeprecationWarning, 1,
                             "%.50s.__float__ returned non-float (type %.50s).  The ability to return an "
                             "instance of a strict subclass of float is deprecated, and may not be supported in "
                             "a future version of Python.",
                             Py_TYPE(op)->tp_name, Py_TYPE(value)->tp_name) < 0)
            return NULL;
        return PyFloat_FromDouble(PyFloat_AS_DOUBLE(value));
    }
    if (nb != NULL && nb->nb_index != NULL) {
        PyObject *value = PyNumber_Index(op);
        double d = value == NULL ? -1.0 : PyLong_AsDouble(value);
        return d == -1.0 && PyErr_Occurred() ? NULL : PyFloat_FromDouble(d);
    }
    if (PyFloat_Check(op))
        return PyFloat_FromDouble(PyFloat_AS_DOUBLE(op));
    return PyFloat_FromString(op);
}

PyObject *
PyNumber_ToBase(PyObject *op, int base)
{
    if (base != 2 && base != 8 && base != 10 && base != 16) {
        PyErr_SetString(PyExc_SystemError, "PyNumber_ToBase: base must be 2, 8, 10 or 16");
        return NULL;
    }
    PyObject *index = as_index(op);
    return index == NULL ? NULL : long_to_string(index, base, base != 10);
}
