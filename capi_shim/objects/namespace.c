/* namespace.c: types.SimpleNamespace. */
#include "typeobject.h"

typedef struct {
    PyObject_HEAD
    PyObject *dict;
} namespace;

static void
namespace_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((namespace *)self)->dict);
}

static PyObject *
namespace_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    (void)args;
    (void)kwds;
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL || (((namespace *)self)->dict = PyDict_New()) == NULL)
        return NULL;
    return self;
}

static int
namespace_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    if (PyTuple_GET_SIZE(args) > 0) {
        PyErr_SetString(PyExc_TypeError, "no positional arguments expected");
        return -1;
    }
    if (kwds == NULL)
        return 0;
    return PyArg_ValidateKeywordArguments(kwds) ? PyDict_Update(((namespace *)self)->dict, kwds) : -1;
}

static PyObject *
namespace_repr(PyObject *self)
{
    const char *name = Py_IS_TYPE(self, &gcrt_namespace_type) ? "namespace" : _PyType_Name(Py_TYPE(self));
    int entered = Py_ReprEnter(self);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromFormat("%s(...)", name) : NULL;
    PyObject *dict = ((namespace *)self)->dict, *parts = PyList_New(0), *key, *value, *result = NULL;
    PyObject *keys = parts == NULL ? NULL : PyDict_Keys(dict);
    for (Py_ssize_t i = 0; keys != NULL && i < PyList_GET_SIZE(keys); i++) {
        key = PyList_GET_ITEM(keys, i);
        if (!PyUnicode_Check(key) || PyUnicode_GET_LENGTH(key) == 0)
            continue;
        value = PyDict_GetItemWithError(dict, key);
        PyObject *part = value == NULL ? NULL : PyUnicode_FromFormat("%S=%R", key, value);
        if ((value == NULL && PyErr_Occurred()) || (value != NULL && part == NULL)
            || (part != NULL && PyList_Append(parts, part) < 0))
            goto done;
    }
    if (keys != NULL) {
        PyObject *comma = PyUnicode_FromString(", ");
        PyObject *joined = comma == NULL ? NULL : PyUnicode_Join(comma, parts);
        result = joined == NULL ? NULL : PyUnicode_FromFormat("%s(%S)", name, joined);
    }
done:
    Py_ReprLeave(self);
    return result;
}

static PyObject *
namespace_richcompare(PyObject *a, PyObject *b, int op)
{
    if (!PyObject_TypeCheck(a, &gcrt_namespace_type) || !PyObject_TypeCheck(b, &gcrt_namespace_type))
        return Py_NotImplemented;
    return PyObject_RichCompare(((namespace *)a)->dict, ((namespace *)b)->dict, op);
}

static PyObject *
namespace_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *args = PyTuple_New(0);
    return args == NULL ? NULL : PyTuple_Pack(3, Py_TYPE(self), args, ((namespace *)self)->dict);
}

static PyMethodDef namespace_methods[] = {
    {"__reduce__", namespace_reduce, METH_NOARGS, "Return state information for pickling"},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef namespace_members[] = {
    {"__dict__", _Py_T_OBJECT, offsetof(namespace, dict), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject gcrt_namespace_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "types.SimpleNamespace",
    .tp_basicsize = sizeof(namespace),
    .tp_repr = namespace_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "A simple attribute-based namespace.",
    .tp_richcompare = namespace_richcompare,
    .tp_methods = namespace_methods,
    .tp_members = namespace_members,
    .tp_dictoffset = offsetof(namespace, dict),
    .tp_init = namespace_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = namespace_new,
    .gcrt_trace = namespace_trace,
};

/* A namespace with the attributes of kwargs (may be NULL). */
PyObject *
_PyNamespace_New(PyObject *kwargs)
{
    PyObject *self = namespace_new(&gcrt_namespace_type, NULL, NULL);
    if (self == NULL || (kwargs != NULL && PyDict_Update(((namespace *)self)->dict, kwargs) < 0))
        return NULL;
    return self;
}
