/* _functools.c: partial, reduce and cmp_to_key; the LRU cache is in _functools_lru.c. */
#include "_functools.h"

#include "tuple.h"

/* ------------------------------------------------------------------ partial */

typedef struct {
    PyObject_HEAD
    PyObject *func;
    PyObject *args;                /* tuple */
    PyObject *kwargs;              /* dict */
    PyObject *dict;                /* instance attributes or NULL */
    PyObject *weakreflist;
    vectorcallfunc vectorcall;
} partial_object;

#define PARTIAL_STACK 8

static PyObject *
partial_call(PyObject *op, PyObject *args, PyObject *kwargs)
{
    partial_object *self = (partial_object *)op;
    PyObject *merged = self->kwargs;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0) {
        merged = PyDict_Copy(self->kwargs);
        if (merged == NULL || PyDict_Merge(merged, kwargs, 1) < 0)
            return NULL;
    }
    PyObject *all = PySequence_Concat(self->args, args);
    return all == NULL ? NULL : PyObject_Call(self->func, all, PyDict_GET_SIZE(merged) > 0 ? merged : NULL);
}

static PyObject *
partial_vectorcall(PyObject *op, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    partial_object *self = (partial_object *)op;
    Py_ssize_t n = PyVectorcall_NARGS(nargsf), own = PyTuple_GET_SIZE(self->args);
    Py_ssize_t n_kw = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    if (PyDict_GET_SIZE(self->kwargs) > 0) {
        PyObject *tuple = tuple_from_array(args, n);
        PyObject *kwargs = n_kw == 0 ? NULL : _PyStack_AsDict(args + n, kwnames);
        if (tuple == NULL || (n_kw > 0 && kwargs == NULL))
            return NULL;
        return partial_call(op, tuple, kwargs);
    }
    PyObject *stack[PARTIAL_STACK + 1], **all = stack;
    Py_ssize_t total = own + n + n_kw;
    if (total > PARTIAL_STACK && (all = gcrt_alloc_words((size_t)total + 1)) == NULL)
        return NULL;
    memcpy(all + 1, &PyTuple_GET_ITEM(self->args, 0), (size_t)own * sizeof *all);
    if (n + n_kw > 0)
        memcpy(all + 1 + own, args, (size_t)(n + n_kw) * sizeof *all);
    return PyObject_Vectorcall(self->func, all + 1, (size_t)(own + n) | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames);
}

static PyObject *
partial_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_GET_SIZE(args) < 1) {
        PyErr_SetString(PyExc_TypeError, "type 'partial' takes at least one argument");
        return NULL;
    }
    PyObject *func = PyTuple_GET_ITEM(args, 0);
    if (!PyCallable_Check(func)) {
        PyErr_SetString(PyExc_TypeError, "the first argument must be callable");
        return NULL;
    }
    PyObject *own = PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args)), *merged;
    partial_object *inner = (partial_object *)func;
    /* partial of a plain partial: one object for both. */
    if (type == &functools_partial_type && Py_TYPE(func) == type && inner->dict == NULL) {
        func = inner->func;
        own = own == NULL ? NULL : PySequence_Concat(inner->args, own);
        merged = PyDict_Copy(inner->kwargs);
    } else {
        merged = PyDict_New();
    }
    if (own == NULL || merged == NULL || (kwargs != NULL && PyDict_Merge(merged, kwargs, 1) < 0))
        return NULL;
    partial_object *self = (partial_object *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->func = func;
    self->args = own;
    self->kwargs = merged;
    self->vectorcall = partial_vectorcall;
    return (PyObject *)self;
}

static PyObject *
partial_repr(PyObject *op)
{
    partial_object *self = (partial_object *)op;
    PyObject *key, *value;
    int entered = container_repr_enter(op);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromString("...") : NULL;
    const char *name = Py_TYPE(op)->tp_name;
    PyObject *module = NULL;
    if (Py_TYPE(op) != &functools_partial_type)
        module = PyObject_GetAttr((PyObject *)Py_TYPE(op), GCRT_NAME(__qualname__));
    PyObject *text = module == NULL ? PyUnicode_FromFormat("%s(%R", name, self->func)
                                    : PyUnicode_FromFormat("%U(%R", module, self->func);
    for (Py_ssize_t i = 0; text != NULL && i < PyTuple_GET_SIZE(self->args); i++)
        text = PyUnicode_FromFormat("%U, %R", text, PyTuple_GET_ITEM(self->args, i));
    for (Py_ssize_t pos = 0; text != NULL && PyDict_Next(self->kwargs, &pos, &key, &value);)
        text = PyUnicode_FromFormat("%U, %S=%R", text, key, value);
    container_repr_leave(op);
    return text == NULL ? NULL : PyUnicode_FromFormat("%U)", text);
}

static PyObject *
partial_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    partial_object *self = (partial_object *)op;
    return Py_BuildValue("O(O)(OOOO)", Py_TYPE(op), self->func, self->func, self->args, self->kwargs,
                         self->dict == NULL ? Py_None : self->dict);
}

static PyObject *
partial_setstate(PyObject *op, PyObject *state)
{
    partial_object *self = (partial_object *)op;
    PyObject *func, *args, *kwargs, *dict;
    if (!PyTuple_Check(state) || !PyArg_ParseTuple(state, "OOOO", &func, &args, &kwargs, &dict) ||
        !PyCallable_Check(func) || !PyTuple_Check(args) || (kwargs != Py_None && !PyDict_Check(kwargs))) {
        PyErr_SetString(PyExc_TypeError, "invalid partial state");
        return NULL;
    }
    if (!PyTuple_CheckExact(args))
        args = PySequence_Tuple(args);
    if (!PyDict_CheckExact(kwargs))
        kwargs = kwargs == Py_None ? PyDict_New() : PyDict_Copy(kwargs);
    if (args == NULL || kwargs == NULL)
        return NULL;
    gc_store(self, &self->func, func);
    gc_store(self, &self->args, args);
    gc_store(self, &self->kwargs, kwargs);
    gc_store(self, &self->dict, dict == Py_None ? NULL : dict);
    Py_RETURN_NONE;
}

static PyMethodDef partial_methods[] = {
    {"__reduce__", partial_reduce, METH_NOARGS, NULL},
    {"__setstate__", partial_setstate, METH_O, NULL},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "See PEP 585"},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef partial_members[] = {
    {"func", _Py_T_OBJECT, offsetof(partial_object, func), Py_READONLY, "The function that is called."},
    {"args", _Py_T_OBJECT, offsetof(partial_object, args), Py_READONLY, "Its first arguments."},
    {"keywords", _Py_T_OBJECT, offsetof(partial_object, kwargs), Py_READONLY, "Its keyword arguments."},
    {NULL, 0, 0, 0, NULL},
};
static PyGetSetDef partial_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject functools_partial_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "functools.partial",
    .tp_basicsize = sizeof(partial_object),
    .tp_vectorcall_offset = offsetof(partial_object, vectorcall),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_doc = "partial(func, *args, **keywords) - a callable with some arguments given",
    .tp_repr = partial_repr,
    .tp_call = partial_call,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_setattro = PyObject_GenericSetAttr,
    .tp_weaklistoffset = offsetof(partial_object, weakreflist),
    .tp_methods = partial_methods,
    .tp_members = partial_members,
    .tp_getset = partial_getset,
    .tp_dictoffset = offsetof(partial_object, dict),
    .tp_new = partial_new,
    .gcrt_trace = container_trace_words,
};

/* ------------------------------------------------------------------ cmp_to_key */

typedef struct {
    PyObject_HEAD
    PyObject *cmp;
    PyObject *object;              /* NULL: the factory that cmp_to_key returned */
} key_object;

static PyObject *
key_make(PyObject *cmp, PyObject *object)
{
    key_object *key = (key_object *)gcrt_new(&functools_keyobject_type, sizeof *key);
    if (key == NULL)
        return NULL;
    key->cmp = cmp;
    key->object = object;
    return (PyObject *)key;
}

static PyObject *
key_call(PyObject *op, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"obj", NULL};
    PyObject *object;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:K", names, &object))
        return NULL;
    return key_make(((key_object *)op)->cmp, object);
}

static PyObject *
key_richcompare(PyObject *a, PyObject *b, int op)
{
    key_object *x = (key_object *)a, *y = (key_object *)b;
    if (Py_TYPE(b) != &functools_keyobject_type) {
        PyErr_SetString(PyExc_TypeError, "other argument must be K instance");
        return NULL;
    }
    if (x->object == NULL || y->object == NULL) {
        PyErr_SetString(PyExc_AttributeError, "object");
        return NULL;
    }
    PyObject *args[3] = {NULL, x->object, y->object};
    PyObject *order = PyObject_Vectorcall(x->cmp, args + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    if (order == NULL)
        return NULL;
    if (gcrt_is_int(order)) {
        int64_t value = gcrt_int_value(order);
        Py_RETURN_RICHCOMPARE(value, 0, op);
    }
    return PyObject_RichCompare(order, gcrt_int(0), op);
}

static PyMemberDef key_members[] = {
    {"obj", _Py_T_OBJECT, offsetof(key_object, object), 0, "The value that the key stands for."},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject functools_keyobject_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "functools.KeyWrapper",
    .tp_basicsize = sizeof(key_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_call = key_call,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_richcompare = key_richcompare,
    .tp_members = key_members,
    .gcrt_trace = container_trace_words,
};

static PyObject *
cmp_to_key(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"mycmp", NULL};
    PyObject *cmp;
    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:cmp_to_key", names, &cmp))
        return NULL;
    return key_make(cmp, NULL);
}

/* ------------------------------------------------------------------ reduce */

static PyObject *
reduce(PyObject *module, PyObject *const *args, Py_ssize_t n)
{
    (void)module;
    if (!_PyArg_CheckPositional("reduce", n, 2, 3))
        return NULL;
    PyObject *func = args[0], *result = n == 3 ? args[2] : NULL, *item;
    PyObject *iter = PyObject_GetIter(args[1]);
    if (iter == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_SetString(PyExc_TypeError, "reduce() arg 2 must support iteration");
        return NULL;
    }
    while ((item = container_next(iter)) != NULL) {
        if (result == NULL) {
            result = item;
            continue;
        }
        PyObject *pair[3] = {NULL, result, item};
        result = PyObject_Vectorcall(func, pair + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
        if (result == NULL)
            return NULL;
    }
    if (container_exception() != NULL)
        return NULL;
    if (result == NULL)
        PyErr_SetString(PyExc_TypeError, "reduce() of empty iterable with no initial value");
    return result;
}

/* ------------------------------------------------------------------ module */

static PyMethodDef module_methods[] = {
    {"reduce", CONTAINER_METHOD(reduce), METH_FASTCALL,
     "reduce(function, iterable[, initial], /) -> value\n\nCombine the items from left to right."},
    {"cmp_to_key", CONTAINER_METHOD(cmp_to_key), METH_VARARGS | METH_KEYWORDS,
     "cmp_to_key($module, /, mycmp)\n--\n\nA key function from a comparison that returns a number."},
    {NULL, NULL, 0, NULL},
};

static int
module_exec(PyObject *module)
{
    if (PyType_Ready(&functools_keyobject_type) < 0 || PyType_Ready(&functools_link_type) < 0)
        return -1;
    if (PyModule_AddType(module, &functools_partial_type) < 0)
        return -1;
    return PyModule_AddType(module, &functools_lru_type);
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_exec}, {0, NULL}};
static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_functools",
    .m_doc = "Tools that operate on functions.",
    .m_methods = module_methods,
    .m_slots = module_slots,
};

PyMODINIT_FUNC
PyInit__functools(void)
{
    return PyModuleDef_Init(&module_def);
}
