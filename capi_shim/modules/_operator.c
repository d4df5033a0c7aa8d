/* _operator.c: the operators as functions; itemgetter and its kin are in _operator_getters.c. */
#include "_operator.h"

#define UNARY(name, call)                                                                               \
    static PyObject *op_##name(PyObject *module, PyObject *a)                                           \
    {                                                                                                   \
        (void)module;                                                                                   \
        return call;                                                                                    \
    }
#define BINARY(name, call)                                                                              \
    static PyObject *op_##name(PyObject *module, PyObject *const *args, Py_ssize_t n)                   \
    {                                                                                                   \
        (void)module;                                                                                   \
        if (!_PyArg_CheckPositional(#name, n, 2, 2))                                                    \
            return NULL;                                                                                \
        PyObject *a = args[0], *b = args[1];                                                            \
        return call;                                                                                    \
    }

static PyObject *
truth_of(int truth)
{
    return truth < 0 ? NULL : container_bool(truth);
}

static PyObject *
count_of(Py_ssize_t n)
{
    return n < 0 ? NULL : container_ssize(n);
}

/* Concatenation is for sequences only: numbers are refused. */
static PyObject *
concat(PyObject *a, PyObject *b, int in_place)
{
    return in_place ? PySequence_InPlaceConcat(a, b) : PySequence_Concat(a, b);
}

static PyObject *
delete_item(PyObject *a, PyObject *key)
{
    return PyObject_DelItem(a, key) < 0 ? NULL : Py_None;
}

UNARY(abs, PyNumber_Absolute(a))
UNARY(index, PyNumber_Index(a))
UNARY(inv, PyNumber_Invert(a))
UNARY(invert, PyNumber_Invert(a))
UNARY(neg, PyNumber_Negative(a))
UNARY(pos, PyNumber_Positive(a))
UNARY(not_, truth_of(PyObject_Not(a)))
UNARY(truth, truth_of(PyObject_IsTrue(a)))
BINARY(add, PyNumber_Add(a, b))
BINARY(sub, PyNumber_Subtract(a, b))
BINARY(mul, PyNumber_Multiply(a, b))
BINARY(matmul, PyNumber_MatrixMultiply(a, b))
BINARY(floordiv, PyNumber_FloorDivide(a, b))
BINARY(truediv, PyNumber_TrueDivide(a, b))
BINARY(mod, PyNumber_Remainder(a, b))
BINARY(pow, PyNumber_Power(a, b, Py_None))
BINARY(lshift, PyNumber_Lshift(a, b))
BINARY(rshift, PyNumber_Rshift(a, b))
BINARY(and_, PyNumber_And(a, b))
BINARY(or_, PyNumber_Or(a, b))
BINARY(xor, PyNumber_Xor(a, b))
BINARY(iadd, PyNumber_InPlaceAdd(a, b))
BINARY(isub, PyNumber_InPlaceSubtract(a, b))
BINARY(imul, PyNumber_InPlaceMultiply(a, b))
BINARY(imatmul, PyNumber_InPlaceMatrixMultiply(a, b))
BINARY(ifloordiv, PyNumber_InPlaceFloorDivide(a, b))
BINARY(itruediv, PyNumber_InPlaceTrueDivide(a, b))
BINARY(imod, PyNumber_InPlaceRemainder(a, b))
BINARY(ipow, PyNumber_InPlacePower(a, b, Py_None))
BINARY(ilshift, PyNumber_InPlaceLshift(a, b))
BINARY(irshift, PyNumber_InPlaceRshift(a, b))
BINARY(iand, PyNumber_InPlaceAnd(a, b))
BINARY(ior, PyNumber_InPlaceOr(a, b))
BINARY(ixor, PyNumber_InPlaceXor(a, b))
BINARY(concat, concat(a, b, 0))
BINARY(iconcat, concat(a, b, 1))
BINARY(contains, truth_of(PySequence_Contains(a, b)))
BINARY(countOf, count_of(PySequence_Count(a, b)))
BINARY(indexOf, count_of(PySequence_Index(a, b)))
BINARY(getitem, PyObject_GetItem(a, b))
BINARY(delitem, delete_item(a, b))
BINARY(is_, container_bool(a == b))
BINARY(is_not, container_bool(a != b))
BINARY(lt, PyObject_RichCompare(a, b, Py_LT))
BINARY(le, PyObject_RichCompare(a, b, Py_LE))
BINARY(eq, PyObject_RichCompare(a, b, Py_EQ))
BINARY(ne, PyObject_RichCompare(a, b, Py_NE))
BINARY(gt, PyObject_RichCompare(a, b, Py_GT))
BINARY(ge, PyObject_RichCompare(a, b, Py_GE))

static PyObject *
op_setitem(PyObject *module, PyObject *const *args, Py_ssize_t n)
{
    (void)module;
    if (!_PyArg_CheckPositional("setitem", n, 3, 3))
        return NULL;
    return PyObject_SetItem(args[0], args[1], args[2]) < 0 ? NULL : Py_None;
}

static PyObject *
op_length_hint(PyObject *module, PyObject *const *args, Py_ssize_t n)
{
    (void)module;
    if (!_PyArg_CheckPositional("length_hint", n, 1, 2))
        return NULL;
    Py_ssize_t fallback = 0;
    if (n == 2) {
        if (!PyLong_Check(args[1])) {
            PyErr_Format(PyExc_TypeError, "'%.200s' object cannot be interpreted as an integer",
                         Py_TYPE(args[1])->tp_name);
            return NULL;
        }
        fallback = PyLong_AsSsize_t(args[1]);
        if (fallback == -1 && container_exception() != NULL)
            return NULL;
    }
    Py_ssize_t hint = PyObject_LengthHint(args[0], fallback);
    return hint == -1 && container_exception() != NULL ? NULL : container_ssize(hint);
}

static PyObject *
op_call(PyObject *module, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    (void)module;
    if (n < 1) {
        PyErr_SetString(PyExc_TypeError, "call expected at least 1 argument, got 0");
        return NULL;
    }
    return PyObject_Vectorcall(args[0], args + 1, (size_t)n - 1, kwnames);
}

/* Equality of bytes in a time that depends on b's length only. */
static int
equal_in_constant_time(const char *a, Py_ssize_t a_size, const char *b, Py_ssize_t b_size)
{
    volatile unsigned char difference = a_size != b_size;
    const char *against = a_size == b_size ? a : b;
    for (Py_ssize_t i = 0; i < b_size; i++)
        difference |= (unsigned char)(against[i] ^ b[i]);
    return difference == 0;
}

static PyObject *
op_compare_digest(PyObject *module, PyObject *const *args, Py_ssize_t n)
{
    (void)module;
    if (!_PyArg_CheckPositional("_compare_digest", n, 2, 2))
        return NULL;
    PyObject *a = args[0], *b = args[1];
    if (PyUnicode_Check(a) && PyUnicode_Check(b)) {
        if (!PyUnicode_IS_ASCII(a) || !PyUnicode_IS_ASCII(b)) {
            PyErr_SetString(PyExc_TypeError, "comparing strings with non-ASCII characters is not supported");
            return NULL;
        }
        return container_bool(equal_in_constant_time(PyUnicode_DATA(a), PyUnicode_GET_LENGTH(a),
                                                     PyUnicode_DATA(b), PyUnicode_GET_LENGTH(b)));
    }
    if (!PyObject_CheckBuffer(a) || !PyObject_CheckBuffer(b)) {
        PyErr_Format(PyExc_TypeError, "unsupported operand types(s) or combination of types: '%.100s' and '%.100s'",
                     Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name);
        return NULL;
    }
    Py_buffer x, y;
    if (PyObject_GetBuffer(a, &x, PyBUF_SIMPLE) < 0)
        return NULL;
    if (PyObject_GetBuffer(b, &y, PyBUF_SIMPLE) < 0) {
        PyBuffer_Release(&x);
        return NULL;
    }
    int equal = equal_in_constant_time(x.buf, x.len, y.buf, y.len);
    PyBuffer_Release(&x);
    PyBuffer_Release(&y);
    return container_bool(equal);
}

#define U(name, doc) {#name, op_##name, METH_O, #name "($module, a, /)\n--\n\nSame as " doc "."}
#define B(name, doc) {#name, CONTAINER_METHOD(op_##name), METH_FASTCALL, \
                      #name "($module, a, b, /)\n--\n\nSame as " doc "."}
static PyMethodDef module_methods[] = {
    U(abs, "abs(a)"), U(index, "a.__index__()"), U(inv, "~a"), U(invert, "~a"), U(neg, "-a"), U(pos, "+a"),
    U(not_, "not a"), U(truth, "bool(a)"),
    B(add, "a + b"), B(sub, "a - b"), B(mul, "a * b"), B(matmul, "a @ b"), B(floordiv, "a // b"),
    B(truediv, "a / b"), B(mod, "a % b"), B(pow, "a ** b"), B(lshift, "a << b"), B(rshift, "a >> b"),
    B(and_, "a & b"), B(or_, "a | b"), B(xor, "a ^ b"),
    B(iadd, "a += b"), B(isub, "a -= b"), B(imul, "a *= b"), B(imatmul, "a @= b"), B(ifloordiv, "a //= b"),
    B(itruediv, "a /= b"), B(imod, "a %= b"), B(ipow, "a **= b"), B(ilshift, "a <<= b"),
    B(irshift, "a >>= b"), B(iand, "a &= b"), B(ior, "a |= b"), B(ixor, "a ^= b"),
    B(concat, "a + b, for sequences"), B(iconcat, "a += b, for sequences"), B(contains, "b in a"),
    B(countOf, "the number of times b occurs in a"), B(indexOf, "the first index of b in a"),
    B(getitem, "a[b]"), B(delitem, "del a[b]"), B(is_, "a is b"), B(is_not, "a is not b"),
    B(lt, "a < b"), B(le, "a <= b"), B(eq, "a == b"), B(ne, "a != b"), B(gt, "a > b"), B(ge, "a >= b"),
    {"setitem", CONTAINER_METHOD(op_setitem), METH_FASTCALL,
     "setitem($module, a, b, c, /)\n--\n\nSame as a[b] = c."},
    {"length_hint", CONTAINER_METHOD(op_length_hint), METH_FASTCALL,
     "length_hint($module, obj, default=0, /)\n--\n\nEstimate of the number of items in obj."},
    {"call", CONTAINER_METHOD(op_call), METH_FASTCALL | METH_KEYWORDS,
     "call($module, obj, /, *args, **kwargs)\n--\n\nSame as obj(*args, **kwargs)."},
    {"_compare_digest", CONTAINER_METHOD(op_compare_digest), METH_FASTCALL,
     "_compare_digest($module, a, b, /)\n--\n\nSame as a == b, in a time that tells nothing about a."},
    {NULL, NULL, 0, NULL},
};
#undef U
#undef B

static int
module_exec(PyObject *module)
{
    if (PyModule_AddType(module, &operator_itemgetter_type) < 0 ||
        PyModule_AddType(module, &operator_attrgetter_type) < 0 ||
        PyModule_AddType(module, &operator_methodcaller_type) < 0)
        return -1;
    return 0;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_exec}, {0, NULL}};
static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_operator",
    .m_doc = "The operators as functions.",
    .m_methods = module_methods,
    .m_slots = module_slots,
};

PyMODINIT_FUNC
PyInit__operator(void)
{
    return PyModuleDef_Init(&module_def);
}
