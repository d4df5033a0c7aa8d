/* slot_wrap.c: what runs when a C type's slot is called by its special method's name. */
#include "slots.h"

static int
expect(PyObject *args, Py_ssize_t n)
{
    if (PyTuple_GET_SIZE(args) == n)
        return 1;
    PyErr_Format(PyExc_TypeError, "expected %zd argument%s, got %zd", n, n == 1 ? "" : "s",
                 PyTuple_GET_SIZE(args));
    return 0;
}

static int
expect_range(PyObject *args, Py_ssize_t low, Py_ssize_t high)
{
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (low <= n && n <= high)
        return 1;
    if (n < low)
        PyErr_Format(PyExc_TypeError, "expected at least %zd argument%s, got %zd", low, low == 1 ? "" : "s", n);
    else
        PyErr_Format(PyExc_TypeError, "expected at most %zd argument%s, got %zd", high,
                     high == 1 ? "" : "s", n);
    return 0;
}

#define ARG(i) PyTuple_GET_ITEM(args, i)
#define WRAPPER(name) PyObject *wrap_##name(PyObject *self, PyObject *args, void *wrapped)

WRAPPER(unary)
{
    return expect(args, 0) ? ((unaryfunc)wrapped)(self) : NULL;
}

WRAPPER(binary)
{
    return expect(args, 1) ? ((binaryfunc)wrapped)(self, ARG(0)) : NULL;
}

/* The same, with other names for the argument (slot_wrap_signature). */
WRAPPER(getattribute)
{
    return wrap_binary(self, args, wrapped);
}

WRAPPER(getitem)
{
    return wrap_binary(self, args, wrapped);
}

WRAPPER(binary_l)
{
    return expect(args, 1) ? ((binaryfunc)wrapped)(self, ARG(0)) : NULL;
}

WRAPPER(binary_r)
{
    return expect(args, 1) ? ((binaryfunc)wrapped)(ARG(0), self) : NULL;
}

WRAPPER(ternary)
{
    if (!expect_range(args, 1, 2))
        return NULL;
    return ((ternaryfunc)wrapped)(self, ARG(0), PyTuple_GET_SIZE(args) > 1 ? ARG(1) : Py_None);
}

WRAPPER(ternary_r)
{
    if (!expect_range(args, 1, 2))
        return NULL;
    return ((ternaryfunc)wrapped)(ARG(0), self, PyTuple_GET_SIZE(args) > 1 ? ARG(1) : Py_None);
}

static PyObject *
none_unless(int failed)
{
    return failed < 0 && PyErr_Occurred() ? NULL : Py_None;
}

WRAPPER(inquiry)
{
    if (!expect(args, 0))
        return NULL;
    int answer = ((inquiry)wrapped)(self);
    return answer < 0 && PyErr_Occurred() ? NULL : PyBool_FromLong(answer);
}

WRAPPER(lenfunc)
{
    if (!expect(args, 0))
        return NULL;
    Py_ssize_t n = ((lenfunc)wrapped)(self);
    return n < 0 && PyErr_Occurred() ? NULL : PyLong_FromSsize_t(n);
}

WRAPPER(indexarg)
{
    if (!expect(args, 1))
        return NULL;
    Py_ssize_t i = PyNumber_AsSsize_t(ARG(0), PyExc_OverflowError);
    return i == -1 && PyErr_Occurred() ? NULL : ((ssizeargfunc)wrapped)(self, i);
}

/* An index as sq_item takes it: negative ones count from the end.  -1 with an exception. */
static int
sequence_index(PyObject *self, PyObject *arg, Py_ssize_t *index)
{
    Py_ssize_t i = PyNumber_AsSsize_t(arg, PyExc_IndexError);
    if (i == -1 && PyErr_Occurred())
        return -1;
    PySequenceMethods *sq = Py_TYPE(self)->tp_as_sequence;
    if (i < 0 && sq != NULL && sq->sq_length != NULL) {
        Py_ssize_t n = sq->sq_length(self);
        if (n < 0)
            return -1;
        i += n;
    }
    *index = i;
    return 0;
}

WRAPPER(sq_item)
{
    Py_ssize_t i;
    if (!expect(args, 1) || sequence_index(self, ARG(0), &i) < 0)
        return NULL;
    return ((ssizeargfunc)wrapped)(self, i);
}

WRAPPER(sq_setitem)
{
    Py_ssize_t i;
    if (!expect(args, 2) || sequence_index(self, ARG(0), &i) < 0)
        return NULL;
    return none_unless(((ssizeobjargproc)wrapped)(self, i, ARG(1)));
}

WRAPPER(sq_delitem)
{
    Py_ssize_t i;
    if (!expect(args, 1) || sequence_index(self, ARG(0), &i) < 0)
        return NULL;
    return none_unless(((ssizeobjargproc)wrapped)(self, i, NULL));
}

WRAPPER(objobj)
{
    if (!expect(args, 1))
        return NULL;
    int answer = ((objobjproc)wrapped)(self, ARG(0));
    return answer < 0 && PyErr_Occurred() ? NULL : PyBool_FromLong(answer);
}

WRAPPER(objobjset)
{
    return expect(args, 2) ? none_unless(((objobjargproc)wrapped)(self, ARG(0), ARG(1))) : NULL;
}

WRAPPER(delitem)
{
    return expect(args, 1) ? none_unless(((objobjargproc)wrapped)(self, ARG(0), NULL)) : NULL;
}

WRAPPER(hash)
{
    if (!expect(args, 0))
        return NULL;
    Py_hash_t h = ((hashfunc)wrapped)(self);
    return h == -1 && PyErr_Occurred() ? NULL : PyLong_FromSsize_t(h);
}

#define COMPARISON(name, op)                                                                            \
    WRAPPER(name)                                                                                       \
    {                                                                                                   \
        return expect(args, 1) ? ((richcmpfunc)wrapped)(self, ARG(0), op) : NULL;                       \
    }
COMPARISON(lt, Py_LT)
COMPARISON(le, Py_LE)
COMPARISON(eq, Py_EQ)
COMPARISON(ne, Py_NE)
COMPARISON(gt, Py_GT)
COMPARISON(ge, Py_GE)

WRAPPER(next)
{
    if (!expect(args, 0))
        return NULL;
    PyObject *item = ((iternextfunc)wrapped)(self);
    if (item == NULL && !PyErr_Occurred())
        PyErr_SetNone(PyExc_StopIteration);
    return item;
}

WRAPPER(descr_get)
{
    if (!expect_range(args, 1, 2))
        return NULL;
    PyObject *obj = ARG(0) == Py_None ? NULL : ARG(0);
    PyObject *type = PyTuple_GET_SIZE(args) < 2 || ARG(1) == Py_None ? NULL : ARG(1);
    if (obj == NULL && type == NULL) {
        PyErr_SetString(PyExc_TypeError, "__get__(None, None) is invalid");
        return NULL;
    }
    return ((descrgetfunc)wrapped)(self, obj, type);
}

WRAPPER(descr_set)
{
    return expect(args, 2) ? none_unless(((descrsetfunc)wrapped)(self, ARG(0), ARG(1))) : NULL;
}

WRAPPER(descr_delete)
{
    return expect(args, 1) ? none_unless(((descrsetfunc)wrapped)(self, ARG(0), NULL)) : NULL;
}

/* object.__setattr__(cls, ...) must not get around what the class's own type refuses: the most derived
 * static type decides. */
static int
check_setattr(PyObject *self, setattrofunc wrapped, const char *what)
{
    PyTypeObject *type = Py_TYPE(self);
    while (type != NULL && type->tp_flags & Py_TPFLAGS_HEAPTYPE)
        type = type->tp_base;
    if (type == NULL || type->tp_setattro == wrapped)
        return 0;
    if (type->tp_setattro == slot_tp_setattr || wrapped == slot_tp_setattr)
        return 0;
    if (PyType_IsSubtype(type, &PyType_Type) || PyType_IsSubtype(type, &PyModule_Type)) {
        PyErr_Format(PyExc_TypeError, "can't apply this %s to %s object", what, type->tp_name);
        return -1;
    }
    return 0;
}

WRAPPER(setattr)
{
    if (!expect(args, 2) || check_setattr(self, (setattrofunc)wrapped, "__setattr__") < 0)
        return NULL;
    return none_unless(((setattrofunc)wrapped)(self, ARG(0), ARG(1)));
}

WRAPPER(delattr)
{
    if (!expect(args, 1) || check_setattr(self, (setattrofunc)wrapped, "__delattr__") < 0)
        return NULL;
    return none_unless(((setattrofunc)wrapped)(self, ARG(0), NULL));
}

WRAPPER(del)
{
    if (!expect(args, 0))
        return NULL;
    ((destructor)wrapped)(self);
    return Py_None;
}

PyObject *
wrap_call(PyObject *self, PyObject *args, void *wrapped, PyObject *kwds)
{
    return ((ternaryfunc)wrapped)(self, args, kwds);
}

PyObject *
wrap_init(PyObject *self, PyObject *args, void *wrapped, PyObject *kwds)
{
    return ((initproc)wrapped)(self, args, kwds) < 0 ? NULL : Py_None;
}

/* ---- signatures */

const char *
slot_wrap_signature(wrapperfunc wrapper)
{
    static const struct {
        wrapperfunc wrapper;
        const char *signature;
    } table[] = {
        {wrap_unary, "($self, /)"},
        {wrap_hash, "($self, /)"},
        {wrap_inquiry, "($self, /)"},
        {wrap_lenfunc, "($self, /)"},
        {wrap_next, "($self, /)"},
        {wrap_del, "($self, /)"},
        {wrap_binary, "($self, value, /)"},
        {wrap_binary_l, "($self, value, /)"},
        {wrap_binary_r, "($self, value, /)"},
        {wrap_indexarg, "($self, value, /)"},
        {wrap_lt, "($self, value, /)"},
        {wrap_le, "($self, value, /)"},
        {wrap_eq, "($self, value, /)"},
        {wrap_ne, "($self, value, /)"},
        {wrap_gt, "($self, value, /)"},
        {wrap_ge, "($self, value, /)"},
        {wrap_ternary, "($self, value, mod=None, /)"},
        {wrap_ternary_r, "($self, value, mod=None, /)"},
        {wrap_getattribute, "($self, name, /)"},
        {wrap_getitem, "($self, key, /)"},
        {wrap_sq_item, "($self, key, /)"},
        {wrap_sq_setitem, "($self, key, value, /)"},
        {wrap_sq_delitem, "($self, key, /)"},
        {wrap_objobj, "($self, key, /)"},
        {wrap_objobjset, "($self, key, value, /)"},
        {wrap_delitem, "($self, key, /)"},
        {wrap_descr_get, "($self, instance, owner=None, /)"},
        {wrap_descr_set, "($self, instance, value, /)"},
        {wrap_descr_delete, "($self, instance, /)"},
        {wrap_setattr, "($self, name, value, /)"},
        {wrap_delattr, "($self, name, /)"},
        {(wrapperfunc)(void (*)(void))wrap_call, "($self, /, *args, **kwargs)"},
        {(wrapperfunc)(void (*)(void))wrap_init, "($self, /, *args, **kwargs)"},
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(table); i++)
        if (table[i].wrapper == wrapper)
            return table[i].signature;
    return NULL;
}
