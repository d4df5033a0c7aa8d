/* mappingproxy.c: a read-only view of a mapping (a class's __dict__). */
#include "typeobject.h"

typedef struct {
    PyObject_HEAD
    PyObject *mapping;
} proxy;

#define MAPPING(self) (((proxy *)(self))->mapping)

static void
proxy_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)MAPPING(self));
}

static PyObject *
make_proxy(PyObject *mapping)
{
    proxy *p = (proxy *)gcrt_new(&PyDictProxy_Type, sizeof(proxy));
    if (p != NULL)
        p->mapping = mapping;
    return (PyObject *)p;
}

PyObject *
PyDictProxy_New(PyObject *mapping)
{
    if (!PyMapping_Check(mapping) || PyList_Check(mapping) || PyTuple_Check(mapping)) {
        PyErr_Format(PyExc_TypeError, "mappingproxy() argument must be a mapping, not %s",
                     Py_TYPE(mapping)->tp_name);
        return NULL;
    }
    return make_proxy(mapping);
}

static PyObject *
proxy_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"mapping", NULL};
    PyObject *mapping;
    (void)type;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O:mappingproxy", keywords, &mapping))
        return NULL;
    return PyDictProxy_New(mapping);
}

static Py_ssize_t
proxy_length(PyObject *self)
{
    return PyObject_Size(MAPPING(self));
}

static PyObject *
proxy_subscript(PyObject *self, PyObject *key)
{
    return PyObject_GetItem(MAPPING(self), key);
}

static int
proxy_contains(PyObject *self, PyObject *key)
{
    PyObject *mapping = MAPPING(self);
    return PyDict_CheckExact(mapping) ? PyDict_Contains(mapping, key) : PySequence_Contains(mapping, key);
}

static PyObject *
unwrapped(PyObject *op)
{
    return Py_IS_TYPE(op, &PyDictProxy_Type) ? MAPPING(op) : op;
}

static PyObject *
proxy_or(PyObject *a, PyObject *b)
{
    return PyNumber_Or(unwrapped(a), unwrapped(b));
}

static PyObject *
proxy_ior(PyObject *a, PyObject *b)
{
    (void)b;
    PyErr_Format(PyExc_TypeError, "'|=' is not supported by %s; use '|' instead", Py_TYPE(a)->tp_name);
    return NULL;
}

static PyObject *
call_named(PyObject *self, const char *name, PyObject *const *args, Py_ssize_t n)
{
    PyObject *method = PyObject_GetAttrString(MAPPING(self), name);
    return method == NULL ? NULL : PyObject_Vectorcall(method, args, (size_t)n, NULL);
}

static PyObject *
proxy_get(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    if (n < 1 || n > 2) {
        PyErr_Format(PyExc_TypeError, n < 1 ? "get expected at least 1 argument, got %zd"
                                            : "get expected at most 2 arguments, got %zd", n);
        return NULL;
    }
    PyObject *both[2] = {args[0], n == 2 ? args[1] : Py_None};
    return call_named(self, "get", both, 2);
}

#define DELEGATE(name)                                                                                  \
    static PyObject *proxy_##name(PyObject *self, PyObject *unused)                                     \
    {                                                                                                   \
        (void)unused;                                                                                   \
        return call_named(self, #name, NULL, 0);                                                        \
    }
DELEGATE(keys)
DELEGATE(values)
DELEGATE(items)
DELEGATE(copy)

static PyObject *
proxy_reversed(PyObject *self, PyObject *unused)
{
    (void)unused;
    return call_named(self, "__reversed__", NULL, 0);
}

static PyObject *
proxy_iter(PyObject *self)
{
    return PyObject_GetIter(MAPPING(self));
}

static PyObject *
proxy_str(PyObject *self)
{
    return PyObject_Str(MAPPING(self));
}

static PyObject *
proxy_repr(PyObject *self)
{
    return PyUnicode_FromFormat("mappingproxy(%R)", MAPPING(self));
}

static Py_hash_t
proxy_hash(PyObject *self)
{
    return PyObject_Hash(MAPPING(self));
}

static PyObject *
proxy_richcompare(PyObject *a, PyObject *b, int op)
{
    return PyObject_RichCompare(MAPPING(a), unwrapped(b), op);
}

static PyMethodDef proxy_methods[] = {
    {"get", _PyCFunction_CAST(proxy_get), METH_FASTCALL, "The value for a key, or a default."},
    {"keys", proxy_keys, METH_NOARGS, "The keys, as the mapping gives them."},
    {"values", proxy_values, METH_NOARGS, "The values, as the mapping gives them."},
    {"items", proxy_items, METH_NOARGS, "The (key, value) pairs, as the mapping gives them."},
    {"copy", proxy_copy, METH_NOARGS, "A shallow copy of the mapping."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "See PEP 585"},
    {"__reversed__", proxy_reversed, METH_NOARGS, "A reverse iterator."},
    {NULL, NULL, 0, NULL},
};
static PyMappingMethods proxy_as_mapping = {.mp_length = proxy_length, .mp_subscript = proxy_subscript};
static PySequenceMethods proxy_as_sequence = {.sq_contains = proxy_contains};
static PyNumberMethods proxy_as_number = {.nb_or = proxy_or, .nb_inplace_or = proxy_ior};

PyTypeObject PyDictProxy_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "mappingproxy",
    .tp_basicsize = sizeof(proxy),
    .tp_repr = proxy_repr,
    .tp_as_number = &proxy_as_number,
    .tp_as_sequence = &proxy_as_sequence,
    .tp_as_mapping = &proxy_as_mapping,
    .tp_hash = proxy_hash,
    .tp_str = proxy_str,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_MAPPING,
    .tp_richcompare = proxy_richcompare,
    .tp_iter = proxy_iter,
    .tp_methods = proxy_methods,
    .tp_new = proxy_new,
    .gcrt_trace = proxy_trace,
};
