/* _abc.c: abstract base classes: what ABCMeta does for isinstance, issubclass and register.
 *
 * Each ABC has, as cls._abc_impl, a registry and two caches of classes.  They hold classes weakly; dead
 * references are swept out when a set has doubled since the last time.  Negative answers hold until the
 * next register() anywhere: they carry the value that the global counter had. */
#include "runtime.h"
#include "structmember.h"

typedef struct {
    PyObject *set;             /* of weak references; NULL while empty */
    Py_ssize_t sweep_at;
} weak_set;

typedef struct {
    PyObject_HEAD
    weak_set registry, cache, negative;
    unsigned long long negative_version;
} abc_data;

static unsigned long long invalidation_counter;
static PyObject *impl_name, *tpflags_name;

static PyTypeObject abc_data_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_abc._abc_data",
    .tp_basicsize = sizeof(abc_data),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
};

static abc_data *
data_of(PyObject *cls)
{
    PyObject *impl = PyObject_GetAttr(cls, impl_name);
    if (impl != NULL && Py_TYPE(impl) != &abc_data_type) {
        PyErr_SetString(PyExc_TypeError, "_abc_impl is set to a wrong type");
        return NULL;
    }
    return (abc_data *)impl;
}

/* ------------------------------------------------------------------ weak sets */

static int
weak_contains(weak_set *s, PyObject *cls)
{
    if (s->set == NULL || PySet_GET_SIZE(s->set) == 0)
        return 0;
    PyObject *ref = PyWeakref_NewRef(cls, NULL);
    if (ref == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_TypeError))
            return -1;
        PyErr_Clear();
        return 0;
    }
    return PySet_Contains(s->set, ref);
}

/* The classes that are alive, as a list. */
static PyObject *
weak_members(weak_set *s)
{
    PyObject *list = PyList_New(0);
    PyObject *refs = s->set != NULL ? PySequence_List(s->set) : NULL;
    if (list == NULL || (s->set != NULL && refs == NULL))
        return NULL;
    for (Py_ssize_t i = 0; refs != NULL && i < PyList_GET_SIZE(refs); i++) {
        PyObject *cls = PyWeakref_GET_OBJECT(PyList_GET_ITEM(refs, i));
        if (cls != Py_None && PyList_Append(list, cls) < 0)
            return NULL;
    }
    return list;
}

static int
weak_sweep(weak_set *s)
{
    PyObject *alive = weak_members(s), *fresh = PySet_New(NULL);
    if (alive == NULL || fresh == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(alive); i++) {
        PyObject *ref = PyWeakref_NewRef(PyList_GET_ITEM(alive, i), NULL);
        if (ref == NULL || PySet_Add(fresh, ref) < 0)
            return -1;
    }
    s->set = fresh;
    s->sweep_at = 2 * PySet_GET_SIZE(fresh) + 32;
    return 0;
}

static int
weak_add(abc_data *owner, weak_set *s, PyObject *cls)
{
    if (s->set == NULL) {
        PyObject *set = PySet_New(NULL);
        if (set == NULL)
            return -1;
        gc_store(owner, &s->set, set);
        s->sweep_at = 32;
    } else if (PySet_GET_SIZE(s->set) >= s->sweep_at && weak_sweep(s) < 0)
        return -1;
    PyObject *ref = PyWeakref_NewRef(cls, NULL);
    return ref == NULL ? -1 : PySet_Add(s->set, ref);
}

/* ------------------------------------------------------------------ init */

static int
is_abstract(PyObject *value)
{
    PyObject *flag;
    if (_PyObject_LookupAttr(value, GCRT_NAME(__isabstractmethod__), &flag) < 0)
        return -1;
    return flag == NULL ? 0 : PyObject_IsTrue(flag);
}

static int
add_own(PyObject *cls, PyObject *names)
{
    PyObject *key, *value, *dict = ((PyTypeObject *)cls)->tp_dict;
    PyObject *items = PyDict_Items(dict);
    for (Py_ssize_t i = 0; items != NULL && i < PyList_GET_SIZE(items); i++) {
        key = PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 0);
        value = PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 1);
        int abstract = is_abstract(value);
        if (abstract < 0 || (abstract && PySet_Add(names, key) < 0))
            return -1;
    }
    return items == NULL ? -1 : 0;
}

/* Names that a base has abstract and the class still does. */
static int
add_inherited(PyObject *cls, PyObject *base, PyObject *names)
{
    PyObject *abstracts, *value, *key;
    if (_PyObject_LookupAttr(base, GCRT_NAME(__abstractmethods__), &abstracts) < 0)
        return -1;
    PyObject *iter = abstracts != NULL ? PyObject_GetIter(abstracts) : NULL;
    while (iter != NULL && (key = PyIter_Next(iter)) != NULL) {
        if (_PyObject_LookupAttr(cls, key, &value) < 0)
            return -1;
        int abstract = value != NULL ? is_abstract(value) : 0;
        if (abstract < 0 || (abstract && PySet_Add(names, key) < 0))
            return -1;
    }
    return PyErr_Occurred() ? -1 : 0;
}

static int
compute_abstract_methods(PyObject *cls)
{
    PyObject *names = PySet_New(NULL), *bases = ((PyTypeObject *)cls)->tp_bases;
    if (names == NULL || add_own(cls, names) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++)
        if (add_inherited(cls, PyTuple_GET_ITEM(bases, i), names) < 0)
            return -1;
    PyObject *frozen = PyFrozenSet_New(names);
    return frozen == NULL ? -1 : PyObject_SetAttr(cls, GCRT_NAME(__abstractmethods__), frozen);
}

enum { COLLECTION_FLAGS = Py_TPFLAGS_SEQUENCE | Py_TPFLAGS_MAPPING };

/* collections.abc marks Sequence and Mapping for pattern matching with __abc_tpflags__. */
static int
take_collection_flags(PyObject *cls)
{
    PyTypeObject *type = (PyTypeObject *)cls;
    PyObject *value = PyDict_GetItemWithError(type->tp_dict, tpflags_name);
    if (value == NULL)
        return gcrt_ts->exception != NULL ? -1 : 0;
    if (!PyLong_CheckExact(value))
        return 0;
    long flags = PyLong_AsLong(value);
    if (flags == -1 && PyErr_Occurred())
        return -1;
    if ((flags & COLLECTION_FLAGS) == COLLECTION_FLAGS) {
        PyErr_SetString(PyExc_TypeError,
                        "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING");
        return -1;
    }
    type->tp_flags |= (unsigned long)(flags & COLLECTION_FLAGS);
    return PyDict_DelItem(type->tp_dict, tpflags_name);
}

static PyObject *
abc_init(PyObject *Py_UNUSED(module), PyObject *cls)
{
    if (!PyType_Check(cls))
        return PyErr_Format(PyExc_TypeError, "_abc_init() argument must be a class");
    abc_data *data = (abc_data *)gcrt_new(&abc_data_type, sizeof *data);
    if (data == NULL || compute_abstract_methods(cls) < 0)
        return NULL;
    data->negative_version = invalidation_counter;
    if (PyObject_SetAttr(cls, impl_name, (PyObject *)data) < 0 || take_collection_flags(cls) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ register */

static int
set_flag_recursively(PyTypeObject *type, unsigned long flag)
{
    if (PyType_HasFeature(type, Py_TPFLAGS_IMMUTABLETYPE) || (type->tp_flags & COLLECTION_FLAGS) == flag)
        return 0;
    type->tp_flags = (type->tp_flags & ~(unsigned long)COLLECTION_FLAGS) | flag;
    PyObject *children = PyObject_CallMethod((PyObject *)type, "__subclasses__", NULL);
    if (children == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(children); i++)
        if (set_flag_recursively((PyTypeObject *)PyList_GET_ITEM(children, i), flag) < 0)
            return -1;
    return 0;
}

static PyObject *
abc_register(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("_abc_register", nargs, 2, 2))
        return NULL;
    PyObject *cls = args[0], *subclass = args[1];
    if (!PyType_Check(subclass))
        return PyErr_Format(PyExc_TypeError, "Can only register classes");
    int is_sub = PyObject_IsSubclass(subclass, cls);
    if (is_sub != 0)
        return is_sub < 0 ? NULL : subclass;
    is_sub = PyObject_IsSubclass(cls, subclass);
    if (is_sub < 0)
        return NULL;
    if (is_sub)
        return PyErr_Format(PyExc_RuntimeError, "Refusing to create an inheritance cycle");
    abc_data *data = data_of(cls);
    if (data == NULL || weak_add(data, &data->registry, subclass) < 0)
        return NULL;
    invalidation_counter++;
    if (PyType_Check(cls)) {
        unsigned long flag = ((PyTypeObject *)cls)->tp_flags & COLLECTION_FLAGS;
        if (flag != 0 && set_flag_recursively((PyTypeObject *)subclass, flag) < 0)
            return NULL;
    }
    return subclass;
}

/* ------------------------------------------------------------------ checks */

/* 1, 0, or -1 with an exception; remembers the answer unless it was in a cache. */
static int
check_uncached(abc_data *data, PyObject *cls, PyObject *subclass)
{
    PyObject *hook = PyObject_CallMethodOneArg(cls, GCRT_NAME(__subclasshook__), subclass);
    if (hook == NULL)
        return -1;
    if (hook == Py_True)
        return 1;
    if (hook == Py_False)
        return 0;
    if (hook != Py_NotImplemented) {
        PyErr_SetString(PyExc_AssertionError, "__subclasshook__ must return either False, True, or NotImplemented");
        return -1;
    }
    if (PyType_IsSubtype((PyTypeObject *)subclass, (PyTypeObject *)cls))
        return 1;
    PyObject *registered = weak_members(&data->registry);
    PyObject *children = PyObject_CallMethod(cls, "__subclasses__", NULL);
    if (registered == NULL || children == NULL)
        return -1;
    if (!PyList_Check(children)) {
        PyErr_SetString(PyExc_TypeError, "__subclasses__() must return a list");
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(registered); i++) {
        int result = PyObject_IsSubclass(subclass, PyList_GET_ITEM(registered, i));
        if (result != 0)
            return result;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(children); i++) {
        int result = PyObject_IsSubclass(subclass, PyList_GET_ITEM(children, i));
        if (result != 0)
            return result;
    }
    return 0;
}

static PyObject *
abc_subclasscheck(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("_abc_subclasscheck", nargs, 2, 2))
        return NULL;
    PyObject *cls = args[0], *subclass = args[1];
    if (!PyType_Check(subclass))
        return PyErr_Format(PyExc_TypeError, "issubclass() arg 1 must be a class");
    abc_data *data = data_of(cls);
    if (data == NULL)
        return NULL;
    int cached = weak_contains(&data->cache, subclass);
    if (cached != 0)
        return cached < 0 ? NULL : Py_True;
    if (data->negative_version < invalidation_counter) {
        data->negative.set = NULL;
        data->negative_version = invalidation_counter;
    } else if ((cached = weak_contains(&data->negative, subclass)) != 0)
        return cached < 0 ? NULL : Py_False;
    if (gcrt_enter_c(" in __subclasscheck__"))
        return NULL;
    int result = check_uncached(data, cls, subclass);
    if (result < 0 || weak_add(data, result ? &data->cache : &data->negative, subclass) < 0)
        return NULL;
    return PyBool_FromLong(result);
}

static PyObject *
call_check(PyObject *cls, PyObject *subclass)
{
    return PyObject_CallMethodOneArg(cls, GCRT_NAME(__subclasscheck__), subclass);
}

static PyObject *
abc_instancecheck(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("_abc_instancecheck", nargs, 2, 2))
        return NULL;
    PyObject *cls = args[0], *instance = args[1];
    abc_data *data = data_of(cls);
    PyObject *subclass = data != NULL ? PyObject_GetAttr(instance, GCRT_NAME(__class__)) : NULL;
    if (subclass == NULL)
        return NULL;
    int cached = weak_contains(&data->cache, subclass);
    if (cached != 0)
        return cached < 0 ? NULL : Py_True;
    PyObject *type = (PyObject *)Py_TYPE(instance);
    if (type == subclass) {
        if (data->negative_version == invalidation_counter && (cached = weak_contains(&data->negative, subclass)) != 0)
            return cached < 0 ? NULL : Py_False;
        return call_check(cls, subclass);
    }
    PyObject *result = call_check(cls, subclass);
    int truth = result == NULL ? -1 : PyObject_IsTrue(result);
    if (truth != 0)
        return truth < 0 ? NULL : result;
    return call_check(cls, type);
}

/* ------------------------------------------------------------------ for tests and debugging */

static PyObject *
abc_get_cache_token(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromUnsignedLongLong(invalidation_counter);
}

static PyObject *
set_copy(weak_set *s)
{
    return PySet_New(s->set);
}

static PyObject *
abc_get_dump(PyObject *Py_UNUSED(module), PyObject *cls)
{
    abc_data *data = data_of(cls);
    if (data == NULL)
        return NULL;
    return Py_BuildValue("OOOK", set_copy(&data->registry), set_copy(&data->cache), set_copy(&data->negative),
                         data->negative_version);
}

static PyObject *
abc_reset_registry(PyObject *Py_UNUSED(module), PyObject *cls)
{
    abc_data *data = data_of(cls);
    if (data == NULL)
        return NULL;
    data->registry.set = NULL;
    Py_RETURN_NONE;
}

static PyObject *
abc_reset_caches(PyObject *Py_UNUSED(module), PyObject *cls)
{
    abc_data *data = data_of(cls);
    if (data == NULL)
        return NULL;
    data->cache.set = data->negative.set = NULL;
    Py_RETURN_NONE;
}

#define FAST(f) _PyCFunction_CAST(f), METH_FASTCALL
static PyMethodDef abc_methods[] = {
    {"_abc_init", abc_init, METH_O, NULL},
    {"_abc_register", FAST(abc_register), NULL},
    {"_abc_instancecheck", FAST(abc_instancecheck), NULL},
    {"_abc_subclasscheck", FAST(abc_subclasscheck), NULL},
    {"_get_dump", abc_get_dump, METH_O, NULL},
    {"_reset_caches", abc_reset_caches, METH_O, NULL},
    {"_reset_registry", abc_reset_registry, METH_O, NULL},
    {"get_cache_token", abc_get_cache_token, METH_NOARGS, "Changes with every register()."},
    {0},
};

static PyModuleDef abc_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_abc",
    .m_doc = "The core of ABCMeta.",
    .m_size = -1,
    .m_methods = abc_methods,
};

PyObject *
PyInit__abc(void)
{
    PyObject *m = PyModule_Create(&abc_def);
    impl_name = PyUnicode_InternFromString("_abc_impl");
    tpflags_name = PyUnicode_InternFromString("__abc_tpflags__");
    if (m == NULL || impl_name == NULL || tpflags_name == NULL || PyType_Ready(&abc_data_type) < 0)
        return NULL;
    return m;
}
