/* type_attrs.c: attributes and methods of type objects themselves. */
#include "slots.h"

static int
writable(PyTypeObject *type, PyObject *value, const char *name)
{
    if (type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE) {
        PyErr_Format(PyExc_TypeError, "cannot set '%s' attribute of immutable type '%s'", name, type->tp_name);
        return 0;
    }
    if (value == NULL) {
        PyErr_Format(PyExc_TypeError, "cannot delete '%s' attribute of immutable type '%s'", name,
                     type->tp_name);
        return 0;
    }
    return 1;
}

/* ---- names */

static PyObject *
get_name(PyObject *self, void *closure)
{
    (void)closure;
    return PyType_GetName((PyTypeObject *)self);
}

static int
set_name(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    (void)closure;
    if (!writable(type, value, "__name__"))
        return -1;
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "can only assign string to %s.__name__, not '%s'", type->tp_name,
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    Py_ssize_t n;
    const char *text = PyUnicode_AsUTF8AndSize(value, &n);
    if (text == NULL)
        return -1;
    if (strlen(text) != (size_t)n) {
        PyErr_SetString(PyExc_ValueError, "type name must not contain null characters");
        return -1;
    }
    type->tp_name = text;
    gc_store(type, &((PyHeapTypeObject *)type)->ht_name, value);
    return 0;
}

static PyObject *
get_qualname(PyObject *self, void *closure)
{
    (void)closure;
    return PyType_GetQualName((PyTypeObject *)self);
}

static int
set_qualname(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    (void)closure;
    if (!writable(type, value, "__qualname__"))
        return -1;
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "can only assign string to %s.__qualname__, not '%s'", type->tp_name,
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    gc_store(type, &((PyHeapTypeObject *)type)->ht_qualname, value);
    return 0;
}

static PyObject *
get_module(PyObject *self, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    (void)closure;
    PyObject *module = type_dict_get(type, GCRT_NAME(__module__));
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        if (module == NULL)
            PyErr_SetObject(PyExc_AttributeError, GCRT_NAME(__module__));
        return module;
    }
    const char *dot = strrchr(type->tp_name, '.');
    if (dot == NULL)
        return GCRT_NAME(builtins);
    PyObject *name = PyUnicode_FromStringAndSize(type->tp_name, dot - type->tp_name);
    if (name != NULL)
        PyUnicode_InternInPlace(&name);
    return name;
}

static int
set_in_dict(PyTypeObject *type, PyObject *name, PyObject *value)
{
    int failed = PyDict_SetItem(type->tp_dict, name, value);
    PyType_Modified(type);
    return failed;
}

static int
set_module(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    (void)closure;
    return writable(type, value, "__module__") ? set_in_dict(type, GCRT_NAME(__module__), value) : -1;
}

/* ---- __doc__, __text_signature__, __annotations__, __abstractmethods__ */

static PyObject *
get_doc(PyObject *self, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    (void)closure;
    PyObject *doc = type_dict_get(type, GCRT_NAME(__doc__));
    if (doc == NULL)
        return Py_None;
    descrgetfunc get = Py_TYPE(doc)->tp_descr_get;
    return get == NULL ? doc : get(doc, NULL, self);
}

static int
set_doc(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    (void)closure;
    return writable(type, value, "__doc__") ? set_in_dict(type, GCRT_NAME(__doc__), value) : -1;
}

static PyObject *
get_text_signature(PyObject *self, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    (void)closure;
    return descr_text_signature(_PyType_Name(type), type->tp_doc);
}

static PyObject *
get_annotations(PyObject *self, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    (void)closure;
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        PyErr_Format(PyExc_AttributeError, "type object '%s' has no attribute '__annotations__'",
                     type->tp_name);
        return NULL;
    }
    PyObject *value = type_dict_get(type, GCRT_NAME(__annotations__));
    if (value != NULL) {
        descrgetfunc get = Py_TYPE(value)->tp_descr_get;
        return get == NULL ? value : get(value, NULL, self);
    }
    value = PyDict_New();
    return value == NULL || set_in_dict(type, GCRT_NAME(__annotations__), value) < 0 ? NULL : value;
}

static int
delete_from_dict(PyTypeObject *type, PyObject *name)
{
    int known = PyDict_Contains(type->tp_dict, name);
    if (known == 0)
        PyErr_SetObject(PyExc_AttributeError, name);
    if (known <= 0)
        return -1;
    int failed = PyDict_DelItem(type->tp_dict, name);
    PyType_Modified(type);
    return failed;
}

static int
set_annotations(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    (void)closure;
    if (type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE) {
        PyErr_Format(PyExc_TypeError, "cannot set '__annotations__' attribute of immutable type '%s'",
                     type->tp_name);
        return -1;
    }
    return value == NULL ? delete_from_dict(type, GCRT_NAME(__annotations__))
                         : set_in_dict(type, GCRT_NAME(__annotations__), value);
}

static PyObject *
get_abstract(PyObject *self, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    (void)closure;
    PyObject *value = type == &PyType_Type ? NULL : type_dict_get(type, GCRT_NAME(__abstractmethods__));
    if (value == NULL)
        PyErr_SetObject(PyExc_AttributeError, GCRT_NAME(__abstractmethods__));
    return value;
}

static int
set_abstract(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    int abstract = 0;
    (void)closure;
    if (value != NULL) {
        abstract = PyObject_IsTrue(value);
        if (abstract < 0 || set_in_dict(type, GCRT_NAME(__abstractmethods__), value) < 0)
            return -1;
    }
    else if (delete_from_dict(type, GCRT_NAME(__abstractmethods__)) < 0) {
        return -1;
    }
    if (abstract)
        type->tp_flags |= Py_TPFLAGS_IS_ABSTRACT;
    else
        type->tp_flags &= ~Py_TPFLAGS_IS_ABSTRACT;
    type_update_flags(type);
    return 0;
}

/* ---- __bases__ */

static PyObject *
get_bases(PyObject *self, void *closure)
{
    (void)closure;
    return ((PyTypeObject *)self)->tp_bases;
}

static PyObject *
get_dict(PyObject *self, void *closure)
{
    PyObject *dict = ((PyTypeObject *)self)->tp_dict;
    (void)closure;
    return dict == NULL ? Py_None : PyDictProxy_New(dict);
}

static int
same_layout(PyTypeObject *a, PyTypeObject *b)
{
    return a->tp_basicsize == b->tp_basicsize && a->tp_itemsize == b->tp_itemsize
           && a->gcrt_inst_offset == b->gcrt_inst_offset && a->tp_dictoffset == b->tp_dictoffset;
}

/* The static type or the one with __slots__ that fixes the layout of type's instances. */
static PyTypeObject *
layout_type(PyTypeObject *type)
{
    while (type->tp_base != NULL && type->tp_flags & Py_TPFLAGS_HEAPTYPE
           && !(type->gcrt_flags & TYPE_ADDS_SLOTS) && type->gcrt_flags & TYPE_FROM_PYTHON)
        type = type->tp_base;
    return type;
}

/* For the type and its subclasses.  `done` gets each type with its MRO before and after. */
static int
recompute_mro(PyTypeObject *type, PyObject *done)
{
    PyObject *before = type->tp_mro;
    if (type_mro_compute(type) < 0)
        return -1;
    PyObject *step = PyTuple_Pack(3, type, before, type->tp_mro);
    if (step == NULL || PyList_Append(done, step) < 0)
        return -1;
    type_subclasses *list = (type_subclasses *)type->tp_subclasses;
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        if (recompute_mro(list->items[i], done) < 0)
            return -1;
    }
    return 0;
}

/* A metaclass's mro() is not asked again, and what it has changed meanwhile stays. */
static void
restore_mros(PyObject *done)
{
    for (Py_ssize_t i = PyList_GET_SIZE(done); i-- > 0;) {
        PyObject *step = PyList_GET_ITEM(done, i);
        PyTypeObject *type = (PyTypeObject *)PyTuple_GET_ITEM(step, 0);
        if (type->tp_mro == PyTuple_GET_ITEM(step, 2)) {
            gc_store(type, &type->tp_mro, PyTuple_GET_ITEM(step, 1));
            PyType_Modified(type);
        }
    }
}

static void
refix_slots(PyTypeObject *type)
{
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return;
    type_fix_slots(type);
    type_subclasses *list = (type_subclasses *)type->tp_subclasses;
    for (size_t i = 0; list != NULL && i < list->count; i++)
        refix_slots(list->items[i]);
}

/* Where a metaclass's mro() sets bases, the MRO of a type may not know its tp_base yet. */
static int
is_among_bases(PyTypeObject *type, PyTypeObject *of)
{
    while (of != NULL && of != type)
        of = of->tp_base;
    return of != NULL;
}

static int
check_bases(PyTypeObject *type, PyObject *value)
{
    if (!PyTuple_Check(value)) {
        PyErr_Format(PyExc_TypeError, "can only assign tuple to %s.__bases__, not %s", type->tp_name,
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    if (PyTuple_GET_SIZE(value) == 0) {
        PyErr_Format(PyExc_TypeError, "can only assign non-empty tuple to %s.__bases__, not ()", type->tp_name);
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(value); i++) {
        PyObject *base = PyTuple_GET_ITEM(value, i);
        if (!PyType_Check(base)) {
            PyErr_Format(PyExc_TypeError, "%s.__bases__ must be tuple of classes, not '%s'", type->tp_name,
                         Py_TYPE(base)->tp_name);
            return -1;
        }
        if (PyType_IsSubtype((PyTypeObject *)base, type) || is_among_bases(type, (PyTypeObject *)base)) {
            PyErr_SetString(PyExc_TypeError, "a __bases__ item causes an inheritance cycle");
            return -1;
        }
    }
    return 0;
}

static int
set_bases(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    (void)closure;
    if (!writable(type, value, "__bases__") || check_bases(type, value) < 0)
        return -1;
    PyTypeObject *base = type_best_base(value);
    if (base == NULL)
        return -1;
    PyTypeObject *old_base = type->tp_base;
    if (layout_type(base) != layout_type(old_base) || !same_layout(base, old_base)) {
        PyErr_Format(PyExc_TypeError, "__bases__ assignment: '%s' object layout differs from '%s'",
                     base->tp_name, old_base->tp_name);
        return -1;
    }
    PyObject *old_bases = type->tp_bases, *done = PyList_New(0);
    if (done == NULL)
        return -1;
    gc_store(type, &type->tp_bases, value);
    gc_store(type, &type->tp_base, base);
    if (recompute_mro(type, done) < 0) {
        restore_mros(done);
        if (type->tp_bases == value) {
            gc_store(type, &type->tp_bases, old_bases);
            gc_store(type, &type->tp_base, old_base);
        }
        return -1;
    }
    if (type->tp_bases != value) /* mro() has set others, which are in force */
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(old_bases); i++)
        type_remove_subclass((PyTypeObject *)PyTuple_GET_ITEM(old_bases, i), type);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(value); i++) {
        if (type_add_subclass((PyTypeObject *)PyTuple_GET_ITEM(value, i), type) < 0)
            return -1;
    }
    PyType_Modified(&PyBaseObject_Type); /* its instances may have become descriptors, or be none any more */
    refix_slots(type);
    return 0;
}

PyGetSetDef type_getsets[] = {
    {"__name__", get_name, set_name, NULL, NULL},
    {"__qualname__", get_qualname, set_qualname, NULL, NULL},
    {"__bases__", get_bases, set_bases, NULL, NULL},
    {"__module__", get_module, set_module, NULL, NULL},
    {"__abstractmethods__", get_abstract, set_abstract, NULL, NULL},
    {"__dict__", get_dict, NULL, NULL, NULL},
    {"__doc__", get_doc, set_doc, NULL, NULL},
    {"__text_signature__", get_text_signature, NULL, NULL, NULL},
    {"__annotations__", get_annotations, set_annotations, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* ---- methods */

static PyObject *
type_mro_method(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *mro = type_mro_default((PyTypeObject *)self);
    return mro == NULL ? NULL : PySequence_List(mro);
}

static PyObject *
type_subclasses_method(PyObject *self, PyObject *unused)
{
    (void)unused;
    return type_subclass_list((PyTypeObject *)self);
}

static PyObject *
type_prepare(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    (void)self;
    (void)args;
    (void)n;
    (void)kwnames;
    return PyDict_New();
}

static PyObject *
type_instancecheck(PyObject *self, PyObject *instance)
{
    int answer = abstract_real_isinstance(instance, self);
    return answer < 0 ? NULL : PyBool_FromLong(answer);
}

static PyObject *
type_subclasscheck(PyObject *self, PyObject *sub)
{
    int answer = abstract_real_issubclass(sub, self);
    return answer < 0 ? NULL : PyBool_FromLong(answer);
}

/* The class's own names and those of all its bases. */
int
type_merge_class_dict(PyObject *names, PyObject *cls)
{
    PyObject *dict, *bases;
    if (_PyObject_LookupAttr(cls, GCRT_NAME(__dict__), &dict) < 0)
        return -1;
    if (dict != NULL && PyDict_Update(names, dict) < 0)
        return -1;
    if (_PyObject_LookupAttr(cls, GCRT_NAME(__bases__), &bases) < 0)
        return -1;
    if (bases == NULL || !PyTuple_Check(bases))
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        if (gcrt_enter_c(" in __dir__") || type_merge_class_dict(names, PyTuple_GET_ITEM(bases, i)) < 0)
            return -1;
    }
    return 0;
}

static PyObject *
type_dir(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *names = PyDict_New();
    return names == NULL || type_merge_class_dict(names, self) < 0 ? NULL : PyDict_Keys(names);
}

static PyObject *
type_sizeof(PyObject *self, PyObject *unused)
{
    (void)unused;
    int heap = ((PyTypeObject *)self)->tp_flags & Py_TPFLAGS_HEAPTYPE ? 1 : 0;
    return PyLong_FromSize_t(heap ? sizeof(PyHeapTypeObject) : sizeof(PyTypeObject));
}

PyMethodDef type_methods[] = {
    {"mro", type_mro_method, METH_NOARGS, "Return a type's method resolution order."},
    {"__subclasses__", type_subclasses_method, METH_NOARGS, "Return a list of immediate subclasses."},
    {"__prepare__", _PyCFunction_CAST(type_prepare), METH_FASTCALL | METH_KEYWORDS | METH_CLASS,
     "The namespace for the class statement: a new dict."},
    {"__instancecheck__", type_instancecheck, METH_O, "Is the object an instance?"},
    {"__subclasscheck__", type_subclasscheck, METH_O, "Is the class a subclass?"},
    {"__dir__", type_dir, METH_NOARGS, "The names of a class's attributes."},
    {"__sizeof__", type_sizeof, METH_NOARGS, "Size of the type object in memory, in bytes."},
    {NULL, NULL, 0, NULL},
};
