/* slot_dispatch.c: C slots of classes that define the special method in Python. */
#include "callable.h"
#include "slots.h"

/* ---- finding and calling a special method */

PyObject *
type_special(PyObject *self, PyObject *name, int *unbound)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *descr = type_lookup(type, name);
    *unbound = 0;
    if (descr == NULL)
        return NULL;
    PyTypeObject *dtype = Py_TYPE(descr);
    if (dtype->tp_flags & Py_TPFLAGS_METHOD_DESCRIPTOR) {
        *unbound = 1;
        return descr;
    }
    return dtype->tp_descr_get == NULL ? descr : dtype->tp_descr_get(descr, self, (PyObject *)type);
}

/* stack[0] is self. */
static inline PyObject *
call_found(PyObject *method, int unbound, PyObject *const *stack, size_t n)
{
    if (unbound)
        return PyObject_Vectorcall(method, stack, n, NULL);
    return PyObject_Vectorcall(method, stack + 1, (n - 1) | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
}

/* NULL without an exception when the method is absent. */
static inline PyObject *
call_stack(PyObject *name, PyObject *const *stack, size_t n)
{
    int unbound;
    PyObject *method = type_special(stack[0], name, &unbound);
    return method == NULL ? NULL : call_found(method, unbound, stack, n);
}

PyObject *
type_call_special(PyObject *self, PyObject *name, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *stack[5] = {self};
    assert(nargs <= 4);
    for (Py_ssize_t i = 0; i < nargs; i++)
        stack[i + 1] = args[i];
    return call_stack(name, stack, (size_t)nargs + 1);
}

/* A slot is only filled when the method was there; it may have gone from under a cached pointer. */
static PyObject *
call_required(PyObject *name, PyObject *const *stack, size_t n)
{
    PyObject *result = call_stack(name, stack, n);
    if (result == NULL && !PyErr_Occurred())
        PyErr_SetObject(PyExc_AttributeError, name);
    return result;
}

static PyObject *
call_optional(PyObject *name, PyObject *self, PyObject *other)
{
    PyObject *stack[2] = {self, other};
    PyObject *result = call_stack(name, stack, 2);
    return result == NULL && !PyErr_Occurred() ? Py_NotImplemented : result;
}

static PyObject *
call_unary(PyObject *self, PyObject *name)
{
    return call_required(name, &self, 1);
}

/* ---- numbers */

/* Does the right operand's class, a subclass of the left one's, have a reflected method of its own? */
static int
overrides(PyObject *left, PyObject *right, PyObject *name)
{
    PyObject *b = type_lookup(Py_TYPE(right), name);
    if (b == NULL)
        return 0;
    return type_lookup(Py_TYPE(left), name) != b;
}

static inline binaryfunc
binary_slot(PyObject *op, size_t offset)
{
    PyNumberMethods *nb = Py_TYPE(op)->tp_as_number;
    return nb == NULL ? NULL : *(binaryfunc *)((char *)nb + offset);
}

static PyObject *
binary_dispatch(PyObject *self, PyObject *other, size_t offset, binaryfunc own, PyObject *name,
                PyObject *reflected)
{
    int other_has = Py_TYPE(self) != Py_TYPE(other) && binary_slot(other, offset) == own;
    if (binary_slot(self, offset) == own) {
        if (other_has && PyType_IsSubtype(Py_TYPE(other), Py_TYPE(self))
            && overrides(self, other, reflected)) {
            PyObject *result = call_optional(reflected, other, self);
            if (result != Py_NotImplemented)
                return result;
            other_has = 0;
        }
        PyObject *result = call_optional(name, self, other);
        if (result != Py_NotImplemented || Py_TYPE(other) == Py_TYPE(self))
            return result;
    }
    return other_has ? call_optional(reflected, other, self) : Py_NotImplemented;
}

#define BINARY(slot, name)                                                                              \
    PyObject *slot_nb_##slot(PyObject *self, PyObject *other)                                           \
    {                                                                                                   \
        return binary_dispatch(self, other, offsetof(PyNumberMethods, nb_##slot), slot_nb_##slot,       \
                               GCRT_NAME(__##name##__), GCRT_NAME(__r##name##__));                      \
    }
SLOT_BINARY_OPS(BINARY)

#define INPLACE(slot, name)                                                                             \
    PyObject *slot_nb_##slot(PyObject *self, PyObject *other)                                           \
    {                                                                                                   \
        PyObject *stack[2] = {self, other};                                                             \
        return call_required(GCRT_NAME(__##name##__), stack, 2);                                        \
    }
SLOT_INPLACE_OPS(INPLACE)

#define UNARY(slot, name)                                                                               \
    PyObject *slot_##slot(PyObject *self)                                                               \
    {                                                                                                   \
        return call_unary(self, GCRT_NAME(__##name##__));                                               \
    }
SLOT_UNARY_OPS(UNARY)

static PyObject *
power_two(PyObject *self, PyObject *other)
{
    return binary_dispatch(self, other, offsetof(PyNumberMethods, nb_power), (binaryfunc)(void (*)(void))slot_nb_power,
                           GCRT_NAME(__pow__), GCRT_NAME(__rpow__));
}

PyObject *
slot_nb_power(PyObject *self, PyObject *other, PyObject *mod)
{
    if (mod == Py_None)
        return power_two(self, other);
    PyNumberMethods *nb = Py_TYPE(self)->tp_as_number;
    if (nb == NULL || nb->nb_power != slot_nb_power)
        return Py_NotImplemented;
    PyObject *stack[3] = {self, other, mod};
    PyObject *result = call_stack(GCRT_NAME(__pow__), stack, 3);
    return result == NULL && !PyErr_Occurred() ? Py_NotImplemented : result;
}

PyObject *
slot_nb_inplace_power(PyObject *self, PyObject *other, PyObject *mod)
{
    PyObject *stack[2] = {self, other};
    (void)mod;
    return call_required(GCRT_NAME(__ipow__), stack, 2);
}

int
slot_nb_bool(PyObject *self)
{
    int by_len = 0;
    PyObject *value = call_stack(GCRT_NAME(__bool__), &self, 1);
    if (value == NULL && !PyErr_Occurred()) {
        by_len = 1;
        value = call_stack(GCRT_NAME(__len__), &self, 1);
        if (value == NULL && !PyErr_Occurred())
            return 1;
    }
    if (value == NULL)
        return -1;
    if (by_len) {
        Py_ssize_t n = PyNumber_AsSsize_t(value, PyExc_OverflowError);
        if (n < 0 && !PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "__len__() should return >= 0");
        return n < 0 ? -1 : n > 0;
    }
    if (PyBool_Check(value))
        return value == Py_True;
    PyErr_Format(PyExc_TypeError, "__bool__ should return bool, returned %s", Py_TYPE(value)->tp_name);
    return -1;
}

/* ---- sequences and mappings */

Py_ssize_t
slot_length(PyObject *self)
{
    PyObject *value = call_unary(self, GCRT_NAME(__len__));
    if (value == NULL)
        return -1;
    PyObject *index = PyNumber_Index(value);
    if (index == NULL)
        return -1;
    Py_ssize_t n = PyLong_AsSsize_t(index);
    if (n < 0 && (gcrt_is_int(index) || !PyErr_Occurred() || _PyLong_Sign(index) < 0)) {
        PyErr_Clear();
        PyErr_SetString(PyExc_ValueError, "__len__() should return >= 0");
        return -1;
    }
    if (n == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        PyErr_SetString(PyExc_OverflowError, "cannot fit 'int' into an index-sized integer");
    }
    return n;
}

PyObject *
slot_mp_subscript(PyObject *self, PyObject *key)
{
    PyObject *stack[2] = {self, key};
    return call_required(GCRT_NAME(__getitem__), stack, 2);
}

int
slot_mp_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    PyObject *stack[3] = {self, key, value};
    PyObject *result = value == NULL ? call_required(GCRT_NAME(__delitem__), stack, 2)
                                     : call_required(GCRT_NAME(__setitem__), stack, 3);
    return result == NULL ? -1 : 0;
}

PyObject *
slot_sq_item(PyObject *self, Py_ssize_t i)
{
    PyObject *index = PyLong_FromSsize_t(i);
    return index == NULL ? NULL : slot_mp_subscript(self, index);
}

int
slot_sq_ass_item(PyObject *self, Py_ssize_t i, PyObject *value)
{
    PyObject *index = PyLong_FromSsize_t(i);
    return index == NULL ? -1 : slot_mp_ass_subscript(self, index, value);
}

static int
contains_by_iteration(PyObject *self, PyObject *value)
{
    PyObject *it = PyObject_GetIter(self);
    if (it == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError, "argument of type '%.200s' is not iterable", Py_TYPE(self)->tp_name);
        return -1;
    }
    PyObject *item;
    while ((item = PyIter_Next(it)) != NULL) {
        int equal = PyObject_RichCompareBool(item, value, Py_EQ);
        if (equal != 0)
            return equal;
    }
    return PyErr_Occurred() ? -1 : 0;
}

int
slot_sq_contains(PyObject *self, PyObject *value)
{
    PyObject *descr = type_lookup(Py_TYPE(self), GCRT_NAME(__contains__));
    if (descr == Py_None) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not a container", Py_TYPE(self)->tp_name);
        return -1;
    }
    PyObject *stack[2] = {self, value};
    PyObject *answer = call_stack(GCRT_NAME(__contains__), stack, 2);
    if (answer != NULL)
        return PyObject_IsTrue(answer);
    return PyErr_Occurred() ? -1 : contains_by_iteration(self, value);
}

/* ---- the object protocol */

PyObject *
slot_tp_repr(PyObject *self)
{
    PyObject *result = call_stack(GCRT_NAME(__repr__), &self, 1);
    if (result == NULL && !PyErr_Occurred())
        return PyUnicode_FromFormat("<%s object at %p>", Py_TYPE(self)->tp_name, self);
    return result;
}

PyObject *
slot_tp_str(PyObject *self)
{
    return call_unary(self, GCRT_NAME(__str__));
}

Py_hash_t
slot_tp_hash(PyObject *self)
{
    PyObject *descr = type_lookup(Py_TYPE(self), GCRT_NAME(__hash__));
    if (descr == NULL || descr == Py_None)
        return PyObject_HashNotImplemented(self);
    PyObject *value = call_unary(self, GCRT_NAME(__hash__));
    if (value == NULL)
        return -1;
    if (gcrt_is_int(value)) {
        Py_ssize_t h = (Py_ssize_t)gcrt_int_value(value);
        return h == -1 ? -2 : h;
    }
    if (!PyLong_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "__hash__ method should return an integer");
        return -1;
    }
    Py_ssize_t h = PyLong_AsSsize_t(value);
    if (h == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        h = PyLong_Type.tp_hash(value);
    }
    return h == -1 ? -2 : h;
}

PyObject *
slot_tp_call(PyObject *self, PyObject *args, PyObject *kwds)
{
    int unbound;
    PyObject *method = type_special(self, GCRT_NAME(__call__), &unbound);
    if (method == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetObject(PyExc_AttributeError, GCRT_NAME(__call__));
        return NULL;
    }
    if (gcrt_enter_c(" while calling a Python object"))
        return NULL;
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (!unbound)
        return PyObject_Call(method, args, kwds);
    PyObject *small[8];
    PyObject **stack = n < 8 ? small : gcrt_alloc_words((size_t)n + 1);
    if (stack == NULL)
        return NULL;
    stack[0] = self;
    for (Py_ssize_t i = 0; i < n; i++)
        stack[i + 1] = PyTuple_GET_ITEM(args, i);
    return call_with_dict(method, stack, n + 1, kwds);
}

PyObject *
slot_tp_getattr(PyObject *self, PyObject *name)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *fallback = type_lookup(type, GCRT_NAME(__getattr__));
    PyObject *getattribute = type_lookup(type, GCRT_NAME(__getattribute__));
    PyObject *result;
    PyObject *stack[2] = {self, name};
    if (getattribute == NULL
        || (Py_IS_TYPE(getattribute, &PyWrapperDescr_Type)
            && ((PyWrapperDescrObject *)getattribute)->d_wrapped == (void *)PyObject_GenericGetAttr)) {
        /* No exception is made for what __getattr__ will answer. */
        result = _PyObject_GenericGetAttrWithDict(self, name, NULL, fallback != NULL);
        if (result == NULL && !PyErr_Occurred() && fallback == NULL)
            return descr_not_found(self, name);
    }
    else {
        result = call_required(GCRT_NAME(__getattribute__), stack, 2);
    }
    if (result != NULL)
        return result;
    if (fallback == NULL)
        return descr_missing_by(self, name);
    if (PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError))
            return NULL;
        PyErr_Clear();
    }
    result = call_required(GCRT_NAME(__getattr__), stack, 2);
    return result != NULL ? result : descr_missing_by(self, name);
}

int
slot_tp_setattr(PyObject *self, PyObject *name, PyObject *value)
{
    PyObject *stack[3] = {self, name, value};
    PyObject *result = value == NULL ? call_required(GCRT_NAME(__delattr__), stack, 2)
                                     : call_required(GCRT_NAME(__setattr__), stack, 3);
    return result == NULL ? -1 : 0;
}

/* Who can't even be asked, because its descriptor raises, doesn't know the answer. */
static PyObject *
compare(PyObject *name, PyObject *self, PyObject *other)
{
    PyObject *stack[2] = {self, other};
    int unbound;
    PyObject *method = type_special(self, name, &unbound);
    if (method != NULL)
        return call_found(method, unbound, stack, 2);
    PyErr_Clear();
    return Py_NotImplemented;
}

PyObject *
slot_tp_richcompare(PyObject *self, PyObject *other, int op)
{
    switch (op) {
    case Py_LT: return compare(GCRT_NAME(__lt__), self, other);
    case Py_LE: return compare(GCRT_NAME(__le__), self, other);
    case Py_EQ: return compare(GCRT_NAME(__eq__), self, other);
    case Py_NE: return compare(GCRT_NAME(__ne__), self, other);
    case Py_GT: return compare(GCRT_NAME(__gt__), self, other);
    default: return compare(GCRT_NAME(__ge__), self, other);
    }
}

PyObject *
slot_tp_iter(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *descr = type_lookup(type, GCRT_NAME(__iter__));
    if (descr == Py_None) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not iterable", type->tp_name);
        return NULL;
    }
    if (descr != NULL)
        return call_unary(self, GCRT_NAME(__iter__));
    descr = type_lookup(type, GCRT_NAME(__getitem__));
    if (descr == NULL || descr == Py_None) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not iterable", type->tp_name);
        return NULL;
    }
    return PySeqIter_New(self);
}

PyObject *
slot_tp_iternext(PyObject *self)
{
    return call_unary(self, GCRT_NAME(__next__));
}

PyObject *
slot_tp_descr_get(PyObject *self, PyObject *obj, PyObject *type)
{
    PyObject *get = type_lookup(Py_TYPE(self), GCRT_NAME(__get__));
    if (get == NULL)
        return self;
    PyObject *stack[3] = {self, obj == NULL ? Py_None : obj, type == NULL ? Py_None : type};
    return call_required(GCRT_NAME(__get__), stack, 3);
}

int
slot_tp_descr_set(PyObject *self, PyObject *obj, PyObject *value)
{
    PyObject *stack[3] = {self, obj, value};
    PyObject *result = value == NULL ? call_required(GCRT_NAME(__delete__), stack, 2)
                                     : call_required(GCRT_NAME(__set__), stack, 3);
    return result == NULL ? -1 : 0;
}

int
slot_tp_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    int unbound;
    PyObject *method = type_special(self, GCRT_NAME(__init__), &unbound);
    if (method == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetObject(PyExc_AttributeError, GCRT_NAME(__init__));
        return -1;
    }
    PyObject *result;
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (unbound) {
        PyObject *small[8];
        PyObject **stack = n < 8 ? small : gcrt_alloc_words((size_t)n + 1);
        if (stack == NULL)
            return -1;
        stack[0] = self;
        for (Py_ssize_t i = 0; i < n; i++)
            stack[i + 1] = PyTuple_GET_ITEM(args, i);
        result = call_with_dict(method, stack, n + 1, kwds);
    }
    else {
        result = PyObject_Call(method, args, kwds);
    }
    if (result == NULL)
        return -1;
    if (result != Py_None) {
        PyErr_Format(PyExc_TypeError, "__init__() should return None, not '%.200s'", Py_TYPE(result)->tp_name);
        return -1;
    }
    return 0;
}

PyObject *
slot_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    PyObject *func = PyObject_GetAttr((PyObject *)type, GCRT_NAME(__new__));
    if (func == NULL)
        return NULL;
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    PyObject *small[8];
    PyObject **stack = n < 8 ? small : gcrt_alloc_words((size_t)n + 1);
    if (stack == NULL)
        return NULL;
    stack[0] = (PyObject *)type;
    for (Py_ssize_t i = 0; i < n; i++)
        stack[i + 1] = PyTuple_GET_ITEM(args, i);
    return call_with_dict(func, stack, n + 1, kwds);
}

void
slot_tp_finalize(PyObject *self)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *descr = type_lookup(Py_TYPE(self), GCRT_NAME(__del__));
    if (descr != NULL && call_stack(GCRT_NAME(__del__), &self, 1) == NULL)
        PyErr_WriteUnraisable(descr);
    PyErr_Restore(type, value, traceback);
}
