/* typeobject.c: the type of types: lookup along the MRO, versions, attribute access on classes,
 * instantiation. */
#include "attr_cache.h"
#include "callable.h"
#include "slots.h"

type_cache_entry type_cache[TYPE_CACHE_SIZE];
static unsigned int next_version = 1;

/* ---- versions */

/* A type with a version has bases with versions: that is what lets PyType_Modified stop early. */
unsigned int
type_version(PyTypeObject *type)
{
    if (GCRT_LIKELY(type->tp_version_tag != 0))
        return type->tp_version_tag;
    if (type->gcrt_flags & TYPE_NO_VERSION || !(type->tp_flags & Py_TPFLAGS_READY) || type->tp_bases == NULL)
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type->tp_bases); i++) {
        if (type_version((PyTypeObject *)PyTuple_GET_ITEM(type->tp_bases, i)) == 0)
            return 0;
    }
    if (next_version == 0)
        return 0;
    type->tp_version_tag = next_version++;
    type->tp_flags |= Py_TPFLAGS_VALID_VERSION_TAG;
    return type->tp_version_tag;
}

void
PyType_Modified(PyTypeObject *type)
{
    if (type->tp_version_tag == 0)
        return;
    type->tp_version_tag = 0;
    type->tp_flags &= ~Py_TPFLAGS_VALID_VERSION_TAG;
    type_subclasses *list = (type_subclasses *)type->tp_subclasses;
    for (size_t i = 0; list != NULL && i < list->count; i++)
        PyType_Modified(list->items[i]);
    /* Which classes a metaclass has is not known: that all of them change is rare enough. */
    if (type->gcrt_flags & TYPE_META_CACHED) {
        type->gcrt_flags &= ~(unsigned)TYPE_META_CACHED;
        PyType_Modified(&PyBaseObject_Type);
    }
}

unsigned int
type_version_as_meta(PyTypeObject *meta)
{
    unsigned int version = type_version(meta);
    if (version != 0)
        meta->gcrt_flags |= TYPE_META_CACHED;
    return version;
}

void
type_clear_cache(void)
{
    memset(type_cache, 0, sizeof type_cache);
    shape_clear_cache();
}

unsigned int
PyType_ClearCache(void)
{
    type_clear_cache();
    return next_version - 1;
}

/* ---- lookup */

PyObject *
type_dict_get(PyTypeObject *type, PyObject *name)
{
    PyObject *dict = type->tp_dict;
    if (GCRT_UNLIKELY(dict == NULL))
        return NULL;
    if (GCRT_LIKELY(((PyDictObject *)dict)->str_keys_only))
        return dict_get_str(dict, name);
    PyObject *type_, *value_, *traceback;
    PyErr_Fetch(&type_, &value_, &traceback);
    PyObject *value = PyDict_GetItemWithError(dict, name);
    PyErr_Restore(type_, value_, traceback);
    return value;
}

PyObject *
type_lookup_slow(PyTypeObject *type, PyObject *name)
{
    PyObject *mro = type->tp_mro, *value = NULL;
    unsigned int version = type_version(type);
    if (mro == NULL) {
        if (!(type->tp_flags & Py_TPFLAGS_READYING) && PyType_Ready(type) < 0)
            PyErr_Clear();
        mro = type->tp_mro;
        if (mro == NULL)
            return NULL;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro) && value == NULL; i++)
        value = type_dict_get((PyTypeObject *)PyTuple_GET_ITEM(mro, i), name);
    if (version != 0 && version == type->tp_version_tag) {
        type_cache_entry *e = type_cache_slot(version, name);
        e->version = version;
        e->name = name;
        e->value = value;
    }
    return value;
}

PyObject *
_PyType_Lookup(PyTypeObject *type, PyObject *name)
{
    if (!PyUnicode_CHECK_INTERNED(name)) {
        if (!PyUnicode_CheckExact(name) && (name = PyUnicode_FromObject(name)) == NULL) {
            PyErr_Clear();
            return NULL;
        }
        PyUnicode_InternInPlace(&name);
    }
    return type_lookup(type, name);
}

attr_info
attr_lookup_info(PyTypeObject *type, PyObject *name)
{
    attr_info info = {ATTR_ABSENT, type_lookup(type, name)};
    if (info.descr == NULL)
        return info;
    PyTypeObject *dtype = Py_TYPE(info.descr);
    if (dtype->tp_descr_get == NULL)
        info.kind = dtype->tp_descr_set != NULL ? ATTR_DATA : ATTR_VALUE;
    else if (dtype->tp_descr_set != NULL)
        info.kind = ATTR_DATA;
    else
        info.kind = dtype->tp_flags & Py_TPFLAGS_METHOD_DESCRIPTOR ? ATTR_METHOD : ATTR_NON_DATA;
    return info;
}

int
PyType_IsSubtype(PyTypeObject *a, PyTypeObject *b)
{
    if (a == b)
        return 1;
    PyObject *mro = a->tp_mro;
    if (GCRT_LIKELY(mro != NULL)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
            if (PyTuple_GET_ITEM(mro, i) == (PyObject *)b)
                return 1;
        }
        return 0;
    }
    for (; a != NULL; a = a->tp_base) {
        if (a == b)
            return 1;
    }
    return b == &PyBaseObject_Type;
}

/* ---- attributes of classes */

static PyObject *
bind_meta(PyObject *meta_attr, PyObject *self)
{
    descrgetfunc get = Py_TYPE(meta_attr)->tp_descr_get;
    return get == NULL ? meta_attr : get(meta_attr, self, (PyObject *)Py_TYPE(self));
}

static PyObject *
type_getattro(PyObject *self, PyObject *name)
{
    PyTypeObject *type = (PyTypeObject *)self, *meta = Py_TYPE(self);
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "attribute name must be string, not '%.200s'", Py_TYPE(name)->tp_name);
        return NULL;
    }
    if (!(type->tp_flags & Py_TPFLAGS_READY) && PyType_Ready(type) < 0)
        return NULL;
    if (!PyUnicode_CHECK_INTERNED(name)) {
        if (!PyUnicode_CheckExact(name) && (name = PyUnicode_FromObject(name)) == NULL)
            return NULL;
        PyUnicode_InternInPlace(&name);
    }
    PyObject *meta_attr = type_lookup(meta, name);
    if (meta_attr != NULL && Py_TYPE(meta_attr)->tp_descr_set != NULL
        && Py_TYPE(meta_attr)->tp_descr_get != NULL)
        return bind_meta(meta_attr, self);
    PyObject *attr = type_lookup(type, name);
    if (attr != NULL) {
        descrgetfunc get = Py_TYPE(attr)->tp_descr_get;
        return get == NULL ? attr : get(attr, NULL, self);
    }
    if (meta_attr != NULL)
        return bind_meta(meta_attr, self);
    return descr_not_found(self, name);
}

static int
type_setattro(PyObject *self, PyObject *name, PyObject *value)
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE) {
        PyErr_Format(PyExc_TypeError, "cannot set %R attribute of immutable type '%s'", name, type->tp_name);
        return -1;
    }
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "attribute name must be string, not '%.200s'", Py_TYPE(name)->tp_name);
        return -1;
    }
    if (!PyUnicode_CheckExact(name) && (name = PyUnicode_FromObject(name)) == NULL)
        return -1;
    PyUnicode_InternInPlace(&name);
    int failed = _PyObject_GenericSetAttrWithDict(self, name, value, type->tp_dict);
    PyType_Modified(type);
    if (failed == 0)
        type_update_slot(type, name);
    /* Its instances may be attributes of other classes, which now are another kind of attribute (attr_kind). */
    if (name == GCRT_NAME(__get__) || name == GCRT_NAME(__set__) || name == GCRT_NAME(__delete__))
        PyType_Modified(&PyBaseObject_Type);
    return failed;
}

/* ---- instantiation */

static PyObject *
not_instantiable(PyTypeObject *type)
{
    PyErr_Format(PyExc_TypeError, "cannot create '%s' instances", type->tp_name);
    return NULL;
}

static PyObject *
type_call(PyObject *self, PyObject *args, PyObject *kwds)
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (type == &PyType_Type) {
        Py_ssize_t n = PyTuple_GET_SIZE(args);
        if (n == 1 && (kwds == NULL || PyDict_GET_SIZE(kwds) == 0))
            return (PyObject *)Py_TYPE(PyTuple_GET_ITEM(args, 0));
        if (n != 3) {
            PyErr_SetString(PyExc_TypeError, "type() takes 1 or 3 arguments");
            return NULL;
        }
    }
    if (type->tp_new == NULL)
        return not_instantiable(type);
    PyObject *obj = call_checked(self, type->tp_new(type, args, kwds));
    if (obj == NULL || !PyObject_TypeCheck(obj, type))
        return obj;
    initproc init = Py_TYPE(obj)->tp_init;
    if (init != NULL && init(obj, args, kwds) < 0)
        return NULL;
    return obj;
}

/* Run a Python-level __init__ with the vectorcall arguments as they are. */
static PyObject *
init_vectorcall(PyTypeObject *type, PyObject *obj, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *init = type_lookup(type, GCRT_NAME(__init__));
    PyObject *result;
    if (init == NULL) {
        PyErr_SetObject(PyExc_AttributeError, GCRT_NAME(__init__));
        return NULL;
    }
    PyTypeObject *itype = Py_TYPE(init);
    if (GCRT_LIKELY(itype->tp_flags & Py_TPFLAGS_METHOD_DESCRIPTOR)) {
        result = call_prepend(init, obj, args, nargsf, kwnames);
    }
    else {
        if (itype->tp_descr_get != NULL)
            init = itype->tp_descr_get(init, obj, (PyObject *)type);
        result = init == NULL ? NULL : PyObject_Vectorcall(init, args, nargsf, kwnames);
    }
    if (GCRT_UNLIKELY(result != Py_None)) {
        if (result != NULL)
            PyErr_Format(PyExc_TypeError, "__init__() should return None, not '%.200s'",
                         Py_TYPE(result)->tp_name);
        return NULL;
    }
    return obj;
}

static PyObject *
call_through_tuple(PyTypeObject *type, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    PyObject *tuple = PyTuple_New(n), *kwds = NULL;
    if (tuple == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++)
        PyTuple_SET_ITEM(tuple, i, args[i]);
    if (kwnames != NULL && PyTuple_GET_SIZE(kwnames) > 0) {
        kwds = _PyStack_AsDict(args + n, kwnames);
        if (kwds == NULL)
            return NULL;
    }
    return type_call((PyObject *)type, tuple, kwds);
}

/* Every type without a tp_vectorcall of its own has this one; it is reached when the metaclass's
 * __call__ is type's. */
PyObject *
type_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyTypeObject *type = (PyTypeObject *)self;
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    PyObject *obj;
    if (GCRT_LIKELY(type->gcrt_flags & GCRT_TYPE_PYTHON_NEW)) {
        if (GCRT_LIKELY(type->tp_init == slot_tp_init)) {
            obj = type_new_instance(type);
            return obj == NULL ? NULL : init_vectorcall(type, obj, args, nargsf, kwnames);
        }
        if (type->tp_init == object_init && n == 0 && kwnames == NULL)
            return type_new_instance(type);
    }
    else if (type->tp_new == object_new && type->tp_init == slot_tp_init
             && !(type->tp_flags & Py_TPFLAGS_IS_ABSTRACT)) {
        obj = type->tp_alloc(type, 0);
        return obj == NULL ? NULL : init_vectorcall(type, obj, args, nargsf, kwnames);
    }
    else if (type->tp_new == slot_tp_new
             && (type->tp_init == slot_tp_init || type->tp_init == object_init)) {
        PyObject *func = PyObject_GetAttr(self, GCRT_NAME(__new__));
        obj = func == NULL ? NULL : call_prepend(func, self, args, nargsf, kwnames);
        if (obj == NULL || !PyObject_TypeCheck(obj, type))
            return obj;
        PyTypeObject *made = Py_TYPE(obj);
        if (made->tp_init == slot_tp_init)
            return init_vectorcall(made, obj, args, nargsf, kwnames);
        if (made->tp_init == object_init
            && ((n == 0 && kwnames == NULL) || made->tp_new != object_new))
            return obj;
        PyObject *tuple = PyTuple_New(n), *kwds = NULL;
        for (Py_ssize_t i = 0; tuple != NULL && i < n; i++)
            PyTuple_SET_ITEM(tuple, i, args[i]);
        if (tuple == NULL || (kwnames != NULL && (kwds = _PyStack_AsDict(args + n, kwnames)) == NULL))
            return NULL;
        return made->tp_init != NULL && made->tp_init(obj, tuple, kwds) < 0 ? NULL : obj;
    }
    else if (type == &PyType_Type && n == 1 && (kwnames == NULL || PyTuple_GET_SIZE(kwnames) == 0)) {
        return (PyObject *)Py_TYPE(args[0]);
    }
    return call_through_tuple(type, args, n, kwnames);
}

/* type.__init__: the arguments have done their work in __new__. */
static int
type_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    (void)self;
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (kwds != NULL && n == 1 && PyDict_GET_SIZE(kwds) != 0) {
        PyErr_SetString(PyExc_TypeError, "type.__init__() takes no keyword arguments");
        return -1;
    }
    if (n != 1 && n != 3) {
        PyErr_SetString(PyExc_TypeError, "type.__init__() takes 1 or 3 arguments");
        return -1;
    }
    return 0;
}

static PyObject *
type_repr(PyObject *self)
{
    PyTypeObject *type = (PyTypeObject *)self;
    PyObject *module = NULL, *qualname;
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        module = type_dict_get(type, GCRT_NAME(__module__));
        qualname = PyType_GetQualName(type);
    }
    else {
        const char *dot = strrchr(type->tp_name, '.');
        if (dot != NULL)
            module = PyUnicode_FromStringAndSize(type->tp_name, dot - type->tp_name);
        qualname = PyType_GetQualName(type);
    }
    if (qualname == NULL)
        return NULL;
    if (module != NULL && PyUnicode_Check(module) && !_PyUnicode_Equal(module, GCRT_NAME(builtins)))
        return PyUnicode_FromFormat("<class '%U.%U'>", module, qualname);
    return PyUnicode_FromFormat("<class '%U'>", type->tp_flags & Py_TPFLAGS_HEAPTYPE
                                                    ? PyUnicode_FromString(type->tp_name) : qualname);
}

/* Few and large: all words are scanned. */
static void
type_trace(PyObject *self, size_t size, gc_tracer *t)
{
    gc_visit_range(t, self, size / sizeof(void *));
}

static PyObject *
type_or(PyObject *a, PyObject *b)
{
    return union_or(a, b);
}

static PyNumberMethods type_as_number = {.nb_or = type_or};

static PyMemberDef type_members[] = {
    {"__basicsize__", Py_T_PYSSIZET, offsetof(PyTypeObject, tp_basicsize), Py_READONLY, NULL},
    {"__itemsize__", Py_T_PYSSIZET, offsetof(PyTypeObject, tp_itemsize), Py_READONLY, NULL},
    {"__flags__", Py_T_ULONG, offsetof(PyTypeObject, tp_flags), Py_READONLY, NULL},
    {"__weakrefoffset__", Py_T_PYSSIZET, offsetof(PyTypeObject, tp_weaklistoffset), Py_READONLY, NULL},
    {"__base__", _Py_T_OBJECT, offsetof(PyTypeObject, tp_base), Py_READONLY, NULL},
    {"__dictoffset__", Py_T_PYSSIZET, offsetof(PyTypeObject, tp_dictoffset), Py_READONLY, NULL},
    {"__mro__", _Py_T_OBJECT, offsetof(PyTypeObject, tp_mro), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject PyType_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "type",
    .tp_basicsize = sizeof(PyHeapTypeObject),
    .tp_itemsize = sizeof(PyMemberDef),
    .tp_vectorcall_offset = offsetof(PyTypeObject, tp_vectorcall),
    .tp_repr = type_repr,
    .tp_as_number = &type_as_number,
    .tp_call = type_call,
    .tp_getattro = type_getattro,
    .tp_setattro = type_setattro,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_TYPE_SUBCLASS
                | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_doc = "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
    .tp_weaklistoffset = offsetof(PyTypeObject, tp_weaklist),
    .tp_methods = type_methods,
    .tp_members = type_members,
    .tp_getset = type_getsets,
    .tp_dictoffset = offsetof(PyTypeObject, tp_dict),
    .tp_init = type_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = type_new,
    .tp_free = PyObject_GC_Del,
    .gcrt_trace = type_trace,
};
