/* _collections.c: defaultdict, the attribute getter of named tuples, and Counter's inner loop.  deque is in
 * _collections_deque.c, OrderedDict in odict.c. */
#include "_collections.h"

#include "dict.h"
#include "tuple.h"

/* ------------------------------------------------------------------ defaultdict */

typedef struct {
    PyDictObject dict;
    PyObject *factory;             /* NULL or None: missing keys are errors */
} defaultdict_object;

static void
defaultdict_trace(PyObject *op, size_t size, gc_tracer *t)
{
    PyDict_Type.gcrt_trace(op, size, t);
    gc_visit(t, (uintptr_t)((defaultdict_object *)op)->factory);
}

static int
defaultdict_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    PyObject *factory = n > 0 ? PyTuple_GET_ITEM(args, 0) : NULL;
    if (factory != NULL && factory != Py_None && !PyCallable_Check(factory)) {
        PyErr_SetString(PyExc_TypeError, "first argument must be callable or None");
        return -1;
    }
    PyObject *rest = PyTuple_GetSlice(args, 1, n);
    if (rest == NULL)
        return -1;
    gc_store(op, &((defaultdict_object *)op)->factory, factory);
    return PyDict_Type.tp_init(op, rest, kwargs);
}

static PyObject *
defaultdict_missing(PyObject *op, PyObject *key)
{
    PyObject *factory = ((defaultdict_object *)op)->factory;
    if (factory == NULL || factory == Py_None) {
        _PyErr_SetKeyError(key);
        return NULL;
    }
    PyObject *value = PyObject_CallNoArgs(factory);
    return value == NULL || PyObject_SetItem(op, key, value) < 0 ? NULL : value;
}

/* An exact defaultdict's d[key]: no lookup of __missing__. */
static PyObject *
defaultdict_subscript(PyObject *op, PyObject *key)
{
    if (Py_TYPE(op) != &collections_defaultdict_type)
        return dict_subscript(op, key);
    PyDictObject *d = (PyDictObject *)op;
    Py_hash_t hash = container_hash(key);
    if (hash == -1)
        return NULL;
    Py_ssize_t i = dict_lookup(d, key, hash);
    if (i >= 0)
        return d->entries[i].me_value;
    return i == DICT_ERROR ? NULL : defaultdict_missing(op, key);
}

static PyObject *
defaultdict_make(PyObject *op, PyObject *contents)
{
    PyObject *factory = ((defaultdict_object *)op)->factory;
    return PyObject_CallFunctionObjArgs((PyObject *)Py_TYPE(op), factory == NULL ? Py_None : factory, contents, NULL);
}

static PyObject *
defaultdict_copy(PyObject *op, PyObject *unused)
{
    (void)unused;
    return defaultdict_make(op, op);
}

static PyObject *
defaultdict_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    PyObject *factory = ((defaultdict_object *)op)->factory;
    PyObject *args = factory == NULL || factory == Py_None ? PyTuple_New(0) : PyTuple_Pack(1, factory);
    PyObject *items = PyObject_CallMethodNoArgs(op, GCRT_NAME(items));
    PyObject *iter = items == NULL ? NULL : PyObject_GetIter(items);
    return args == NULL || iter == NULL ? NULL : Py_BuildValue("ONOON", Py_TYPE(op), args, Py_None, Py_None, iter);
}

static PyObject *
defaultdict_repr(PyObject *op)
{
    PyObject *factory = ((defaultdict_object *)op)->factory, *text;
    PyObject *contents = dict_repr(op);
    if (contents == NULL)
        return NULL;
    if (factory == NULL) {
        text = PyUnicode_FromString("None");
    } else {
        int entered = Py_ReprEnter(factory);
        if (entered < 0)
            return NULL;
        text = entered > 0 ? PyUnicode_FromString("...") : PyObject_Repr(factory);
        if (entered == 0)
            Py_ReprLeave(factory);
    }
    return text == NULL ? NULL : PyUnicode_FromFormat("%s(%U, %U)", _PyType_Name(Py_TYPE(op)), text, contents);
}

static PyObject *
defaultdict_or(PyObject *a, PyObject *b)
{
    PyObject *self = PyObject_TypeCheck(a, &collections_defaultdict_type) ? a : b;
    if (!PyDict_Check(a) || !PyDict_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *result = defaultdict_make(self, a);
    return result == NULL || dict_merge((PyDictObject *)result, b, 1) < 0 ? NULL : result;
}

static PyMethodDef defaultdict_methods[] = {
    {"__missing__", defaultdict_missing, METH_O, "Make, store and return the value of a missing key."},
    {"copy", defaultdict_copy, METH_NOARGS, "D.copy() -> a shallow copy of D."},
    {"__copy__", defaultdict_copy, METH_NOARGS, "D.copy() -> a shallow copy of D."},
    {"__reduce__", defaultdict_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "See PEP 585"},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef defaultdict_members[] = {
    {"default_factory", _Py_T_OBJECT, offsetof(defaultdict_object, factory), 0, "Makes values of missing keys."},
    {NULL, 0, 0, 0, NULL},
};
static PyNumberMethods defaultdict_as_number = {.nb_or = defaultdict_or};
static Py_ssize_t
defaultdict_length(PyObject *op)
{
    return PyDict_GET_SIZE(op);
}
static PyMappingMethods defaultdict_as_mapping = {
    .mp_length = defaultdict_length,
    .mp_subscript = defaultdict_subscript,
    .mp_ass_subscript = dict_ass_subscript,
};

PyTypeObject collections_defaultdict_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "collections.defaultdict",
    .tp_basicsize = sizeof(defaultdict_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "defaultdict(default_factory=None, /, [...]) --> dict that makes the values of missing keys",
    .tp_repr = defaultdict_repr,
    .tp_as_number = &defaultdict_as_number,
    .tp_as_mapping = &defaultdict_as_mapping,
    .tp_methods = defaultdict_methods,
    .tp_members = defaultdict_members,
    .tp_init = defaultdict_init,
    .tp_new = dict_new,
    .gcrt_trace = defaultdict_trace,
};

/* ------------------------------------------------------------------ _tuplegetter */

typedef struct {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *doc;
} tuplegetter_object;

static PyObject *
tuplegetter_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t index;
    PyObject *doc;
    if (container_refuse_keywords("_tuplegetter", kwargs) ||
        !PyArg_ParseTuple(args, "nO:_tuplegetter", &index, &doc))
        return NULL;
    tuplegetter_object *self = (tuplegetter_object *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->index = index;
    self->doc = doc;
    return (PyObject *)self;
}

static PyObject *
tuplegetter_get(PyObject *op, PyObject *obj, PyObject *type)
{
    (void)type;
    tuplegetter_object *self = (tuplegetter_object *)op;
    if (obj == NULL)
        return op;
    if (!PyTuple_Check(obj)) {
        if (obj == Py_None)
            return op;
        PyErr_Format(PyExc_TypeError,
                     "descriptor for index '%zd' for tuple subclasses doesn't apply to '%s' object",
                     self->index, Py_TYPE(obj)->tp_name);
        return NULL;
    }
    if ((size_t)self->index >= (size_t)PyTuple_GET_SIZE(obj)) {
        PyErr_SetString(PyExc_IndexError, "tuple index out of range");
        return NULL;
    }
    return PyTuple_GET_ITEM(obj, self->index);
}

static int
tuplegetter_set(PyObject *op, PyObject *obj, PyObject *value)
{
    (void)op, (void)obj;
    PyErr_SetString(PyExc_AttributeError, value == NULL ? "can't delete attribute" : "can't set attribute");
    return -1;
}

static PyObject *
tuplegetter_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    tuplegetter_object *self = (tuplegetter_object *)op;
    return Py_BuildValue("O(nO)", Py_TYPE(op), self->index, self->doc);
}

static PyObject *
tuplegetter_repr(PyObject *op)
{
    tuplegetter_object *self = (tuplegetter_object *)op;
    return PyUnicode_FromFormat("%s(%zd, %R)", _PyType_Name(Py_TYPE(op)), self->index, self->doc);
}

static PyMethodDef tuplegetter_methods[] = {
    {"__reduce__", tuplegetter_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef tuplegetter_members[] = {
    {"__doc__", _Py_T_OBJECT, offsetof(tuplegetter_object, doc), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject collections_tuplegetter_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_collections._tuplegetter",
    .tp_basicsize = sizeof(tuplegetter_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_repr = tuplegetter_repr,
    .tp_methods = tuplegetter_methods,
    .tp_members = tuplegetter_members,
    .tp_descr_get = tuplegetter_get,
    .tp_descr_set = tuplegetter_set,
    .tp_new = tuplegetter_new,
    .gcrt_trace = container_trace_words,
};

/* ------------------------------------------------------------------ module */

static PyObject *
plus_one(PyObject *count)
{
    if (gcrt_is_int(count) && gcrt_int_value(count) < GCRT_SMALL_INT_MAX)
        return gcrt_int(gcrt_int_value(count) + 1);
    return PyNumber_Add(count, gcrt_int(1));
}

/* Into a dict without overridden methods: one search an item that is known. */
static int
count_in_dict(PyDictObject *d, PyObject *iter)
{
    PyObject *key;
    while ((key = container_next(iter)) != NULL) {
        Py_hash_t hash = container_hash(key);
        Py_ssize_t i = hash == -1 ? DICT_ERROR : dict_lookup(d, key, hash);
        if (i == DICT_ERROR)
            return -1;
        if (i == DICT_ABSENT) {
            if (dict_add_absent(d, key, hash, gcrt_int(1)) < 0)
                return -1;
            continue;
        }
        PyObject *old = d->entries[i].me_value, *count = plus_one(old);
        if (count == NULL)
            return -1;
        if (gcrt_is_int(old))
            gc_store(d, &d->entries[i].me_value, count);
        else if (dict_set_hashed(d, key, hash, count) < 0)     /* adding ran foreign code */
            return -1;
    }
    return container_exception() == NULL ? 0 : -1;
}

static int
count_in_mapping(PyObject *mapping, PyObject *iter)
{
    PyObject *get = PyObject_GetAttrString(mapping, "get"), *key;
    if (get == NULL)
        return -1;
    while ((key = container_next(iter)) != NULL) {
        PyObject *count = PyObject_CallFunctionObjArgs(get, key, gcrt_int(0), NULL);
        count = count == NULL ? NULL : PyNumber_Add(count, gcrt_int(1));
        if (count == NULL || PyObject_SetItem(mapping, key, count) < 0)
            return -1;
    }
    return container_exception() == NULL ? 0 : -1;
}

/* Is the method of that name dict's own? */
static int
inherits_from_dict(PyObject *mapping, PyObject *name)
{
    return _PyType_Lookup(Py_TYPE(mapping), name) == _PyType_Lookup(&PyDict_Type, name);
}

static PyObject *
count_elements(PyObject *module, PyObject *const *args, Py_ssize_t n)
{
    (void)module;
    if (!_PyArg_CheckPositional("_count_elements", n, 2, 2))
        return NULL;
    PyObject *mapping = args[0], *iter = PyObject_GetIter(args[1]);
    if (iter == NULL)
        return NULL;
    int plain = PyDict_Check(mapping) && inherits_from_dict(mapping, PyUnicode_InternFromString("get")) &&
                inherits_from_dict(mapping, GCRT_NAME(__setitem__));
    int status = plain ? count_in_dict((PyDictObject *)mapping, iter) : count_in_mapping(mapping, iter);
    return status < 0 ? NULL : Py_None;
}

static PyMethodDef module_methods[] = {
    {"_count_elements", CONTAINER_METHOD(count_elements), METH_FASTCALL,
     "_count_elements($module, mapping, iterable, /)\n--\n\nCount the items of the iterable in the mapping."},
    {NULL, NULL, 0, NULL},
};

static int
module_exec(PyObject *module)
{
    collections_defaultdict_type.tp_base = &PyDict_Type;
    PyTypeObject *types[] = {&collections_deque_type,      &collections_deque_iter_type,
                             &collections_deque_reverse_iter_type, &collections_defaultdict_type,
                             &collections_tuplegetter_type, &PyODict_Type};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(types); i++)
        if (PyModule_AddType(module, types[i]) < 0)
            return -1;
    return 0;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_exec}, {0, NULL}};
static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_collections",
    .m_doc = "High performance data structures.",
    .m_methods = module_methods,
    .m_slots = module_slots,
};

PyMODINIT_FUNC
PyInit__collections(void)
{
    return PyModuleDef_Init(&module_def);
}
