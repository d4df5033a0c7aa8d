/* weakref_proxy.c: weak proxies: everything is passed on to the referent. */
#include "runtime.h"

/* The referent of a proxy, or op itself; NULL with ReferenceError when it died. */
static PyObject *
target_of(PyObject *op)
{
    if (!PyWeakref_CheckProxy(op))
        return op;
    PyObject *target = PyWeakref_GET_OBJECT(op);
    if (target == Py_None) {
        PyErr_SetString(PyExc_ReferenceError, "weakly-referenced object no longer exists");
        return NULL;
    }
    return target;
}

#define UNARY(name, call)                                                                               \
    static PyObject *proxy_##name(PyObject *self)                                                       \
    {                                                                                                   \
        PyObject *op = target_of(self);                                                                 \
        return op == NULL ? NULL : call(op);                                                            \
    }
#define BINARY(name, call)                                                                              \
    static PyObject *proxy_##name(PyObject *x, PyObject *y)                                             \
    {                                                                                                   \
        PyObject *a = target_of(x), *b = a == NULL ? NULL : target_of(y);                               \
        return b == NULL ? NULL : call(a, b);                                                           \
    }
#define TERNARY(name, call)                                                                             \
    static PyObject *proxy_##name(PyObject *x, PyObject *y, PyObject *z)                                \
    {                                                                                                   \
        PyObject *a = target_of(x), *b = a == NULL ? NULL : target_of(y);                               \
        PyObject *c = b == NULL || z == NULL ? z : target_of(z);                                        \
        return b == NULL || (z != NULL && c == NULL) ? NULL : call(a, b, c);                            \
    }
UNARY(str, PyObject_Str)
UNARY(negative, PyNumber_Negative)
UNARY(positive, PyNumber_Positive)
UNARY(absolute, PyNumber_Absolute)
UNARY(invert, PyNumber_Invert)
UNARY(int, PyNumber_Long)
UNARY(float, PyNumber_Float)
UNARY(index, PyNumber_Index)
UNARY(iter, PyObject_GetIter)
BINARY(getattr, PyObject_GetAttr)
BINARY(getitem, PyObject_GetItem)
TERNARY(call, PyObject_Call)
TERNARY(power, PyNumber_Power)
TERNARY(inplace_power, PyNumber_InPlacePower)
#define NUMBER(slot, name) BINARY(slot, PyNumber_##name) BINARY(inplace_##slot, PyNumber_InPlace##name)
NUMBER(add, Add)
NUMBER(subtract, Subtract)
NUMBER(multiply, Multiply)
NUMBER(remainder, Remainder)
NUMBER(lshift, Lshift)
NUMBER(rshift, Rshift)
NUMBER(and, And)
NUMBER(xor, Xor)
NUMBER(or, Or)
NUMBER(floor_divide, FloorDivide)
NUMBER(true_divide, TrueDivide)
NUMBER(matrix_multiply, MatrixMultiply)
BINARY(divmod, PyNumber_Divmod)

static PyObject *
proxy_next(PyObject *self)
{
    PyObject *op = target_of(self);
    if (op == NULL)
        return NULL;
    if (!PyIter_Check(op)) {
        PyErr_Format(PyExc_TypeError, "Weakref proxy referenced a non-iterator '%.200s' object",
                     Py_TYPE(op)->tp_name);
        return NULL;
    }
    return PyIter_Next(op);
}

static int
proxy_bool(PyObject *self)
{
    PyObject *op = target_of(self);
    return op == NULL ? -1 : PyObject_IsTrue(op);
}

static Py_ssize_t
proxy_length(PyObject *self)
{
    PyObject *op = target_of(self);
    return op == NULL ? -1 : PyObject_Size(op);
}

static int
proxy_setitem(PyObject *self, PyObject *key, PyObject *value)
{
    PyObject *op = target_of(self);
    if (op == NULL)
        return -1;
    return value == NULL ? PyObject_DelItem(op, key) : PyObject_SetItem(op, key, value);
}

static int
proxy_contains(PyObject *self, PyObject *value)
{
    PyObject *op = target_of(self);
    return op == NULL ? -1 : PySequence_Contains(op, value);
}

static int
proxy_setattr(PyObject *self, PyObject *name, PyObject *value)
{
    PyObject *op = target_of(self);
    return op == NULL ? -1 : PyObject_SetAttr(op, name, value);
}

static PyObject *
proxy_richcompare(PyObject *x, PyObject *y, int op)
{
    PyObject *a = target_of(x), *b = a == NULL ? NULL : target_of(y);
    return b == NULL ? NULL : PyObject_RichCompare(a, b, op);
}

static PyObject *
proxy_repr(PyObject *self)
{
    PyObject *target = PyWeakref_GET_OBJECT(self);
    return PyUnicode_FromFormat("<weakproxy at %p to %s at %p>", self, Py_TYPE(target)->tp_name, target);
}

static PyObject *
proxy_named(PyObject *self, const char *name)
{
    PyObject *op = target_of(self);
    return op == NULL ? NULL : PyObject_CallMethod(op, name, NULL);
}

static PyObject *
proxy_bytes(PyObject *self, PyObject *unused)
{
    (void)unused;
    return proxy_named(self, "__bytes__");
}

static PyObject *
proxy_reversed(PyObject *self, PyObject *unused)
{
    (void)unused;
    return proxy_named(self, "__reversed__");
}

static void
proxy_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((PyWeakReference *)self)->wr_callback);
}

static PyMethodDef proxy_methods[] = {
    {"__bytes__", proxy_bytes, METH_NOARGS, NULL},
    {"__reversed__", proxy_reversed, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyNumberMethods proxy_as_number = {
    .nb_add = proxy_add, .nb_subtract = proxy_subtract, .nb_multiply = proxy_multiply,
    .nb_remainder = proxy_remainder, .nb_divmod = proxy_divmod, .nb_power = proxy_power,
    .nb_negative = proxy_negative, .nb_positive = proxy_positive, .nb_absolute = proxy_absolute,
    .nb_bool = proxy_bool, .nb_invert = proxy_invert, .nb_lshift = proxy_lshift, .nb_rshift = proxy_rshift,
    .nb_and = proxy_and, .nb_xor = proxy_xor, .nb_or = proxy_or, .nb_int = proxy_int,
    .nb_float = proxy_float, .nb_inplace_add = proxy_inplace_add,
    .nb_inplace_subtract = proxy_inplace_subtract, .nb_inplace_multiply = proxy_inplace_multiply,
    .nb_inplace_remainder = proxy_inplace_remainder, .nb_inplace_power = proxy_inplace_power,
    .nb_inplace_lshift = proxy_inplace_lshift, .nb_inplace_rshift = proxy_inplace_rshift,
    .nb_inplace_and = proxy_inplace_and, .nb_inplace_xor = proxy_inplace_xor,
    .nb_inplace_or = proxy_inplace_or, .nb_floor_divide = proxy_floor_divide,
    .nb_true_divide = proxy_true_divide, .nb_inplace_floor_divide = proxy_inplace_floor_divide,
    .nb_inplace_true_divide = proxy_inplace_true_divide, .nb_index = proxy_index,
    .nb_matrix_multiply = proxy_matrix_multiply,
    .nb_inplace_matrix_multiply = proxy_inplace_matrix_multiply,
};
static PySequenceMethods proxy_as_sequence = {.sq_length = proxy_length, .sq_contains = proxy_contains};
static PyMappingMethods proxy_as_mapping = {
    .mp_length = proxy_length, .mp_subscript = proxy_getitem, .mp_ass_subscript = proxy_setitem,
};

#define PROXY_SLOTS                                                                                     \
    .tp_basicsize = sizeof(PyWeakReference), .tp_repr = proxy_repr, .tp_as_number = &proxy_as_number,   \
    .tp_as_sequence = &proxy_as_sequence, .tp_as_mapping = &proxy_as_mapping,                           \
    .tp_hash = PyObject_HashNotImplemented, .tp_str = proxy_str, .tp_getattro = proxy_getattr,          \
    .tp_setattro = proxy_setattr, .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,                  \
    .tp_richcompare = proxy_richcompare, .tp_iter = proxy_iter, .tp_iternext = proxy_next,              \
    .tp_methods = proxy_methods, .gcrt_trace = proxy_trace

PyTypeObject _PyWeakref_ProxyType = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "weakref.ProxyType",
    PROXY_SLOTS,
};

PyTypeObject _PyWeakref_CallableProxyType = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "weakref.CallableProxyType",
    .tp_call = proxy_call,
    PROXY_SLOTS,
};
