/* object_type.c: class object: what every object can do. */
#include "slots.h"

/* ---- creation */

int
object_excess_args(PyTypeObject *type, int in_new)
{
    if (in_new)
        PyErr_Format(PyExc_TypeError,
                     type->tp_new != object_new
                         ? "object.__new__() takes exactly one argument (the type to instantiate)"
                         : "%.200s() takes no arguments",
                     type->tp_name);
    else
        PyErr_Format(PyExc_TypeError,
                     type->tp_init != object_init
                         ? "object.__init__() takes exactly one argument (the instance to initialize)"
                         : "%.200s.__init__() takes exactly one argument (the instance to initialize)",
                     type->tp_name);
    return -1;
}

static int
has_arguments(PyObject *args, PyObject *kwds)
{
    return (args != NULL && PyTuple_GET_SIZE(args) > 0) || (kwds != NULL && PyDict_GET_SIZE(kwds) > 0);
}

int
object_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    PyTypeObject *type = Py_TYPE(self);
    if (has_arguments(args, kwds) && (type->tp_init != object_init || type->tp_new == object_new))
        return object_excess_args(type, 0);
    return 0;
}

int
object_refuse_abstract(PyTypeObject *type)
{
    PyObject *methods = PyObject_GetAttr((PyObject *)type, GCRT_NAME(__abstractmethods__));
    PyObject *sorted = methods == NULL ? NULL : PySequence_List(methods);
    if (sorted == NULL || PyList_Sort(sorted) < 0)
        return -1;
    Py_ssize_t n = PyList_GET_SIZE(sorted);
    PyObject *comma = PyUnicode_FromString(", ");
    PyObject *names = comma == NULL ? NULL : PyUnicode_Join(comma, sorted);
    if (names == NULL)
        return -1;
    PyErr_Format(PyExc_TypeError, "Can't instantiate abstract class %s with abstract method%s %U",
                 type->tp_name, n == 1 ? "" : "s", names);
    return -1;
}

PyObject *
object_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    if (has_arguments(args, kwds) && (type->tp_new != object_new || type->tp_init == object_init)) {
        object_excess_args(type, 1);
        return NULL;
    }
    if (type->tp_flags & Py_TPFLAGS_IS_ABSTRACT) {
        object_refuse_abstract(type);
        return NULL;
    }
    return type->tp_alloc(type, 0);
}

/* Extensions call the base's tp_dealloc from theirs; there is nothing left to do. */
void
object_dealloc(PyObject *self)
{
    (void)self;
}

/* ---- repr, comparison, hash */

static PyObject *
object_repr(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *module = PyObject_GetAttr((PyObject *)type, GCRT_NAME(__module__));
    if (module == NULL || !PyUnicode_Check(module)) {
        PyErr_Clear();
        module = NULL;
    }
    PyObject *qualname = PyType_GetQualName(type);
    if (qualname == NULL)
        return NULL;
    if (module != NULL && !_PyUnicode_Equal(module, GCRT_NAME(builtins)))
        return PyUnicode_FromFormat("<%U.%U object at %p>", module, qualname, self);
    return PyUnicode_FromFormat("<%s object at %p>", type->tp_name, self);
}

static PyObject *
object_str(PyObject *self)
{
    reprfunc repr = Py_TYPE(self)->tp_repr;
    return repr == NULL || repr == object_str ? object_repr(self) : repr(self);
}

static PyObject *
object_richcompare(PyObject *self, PyObject *other, int op)
{
    if (op == Py_EQ)
        return self == other ? Py_True : Py_NotImplemented;
    if (op != Py_NE)
        return Py_NotImplemented;
    richcmpfunc compare = Py_TYPE(self)->tp_richcompare;
    if (compare == NULL)
        return Py_NotImplemented;
    PyObject *equal = compare(self, other, Py_EQ);
    if (equal == NULL || equal == Py_NotImplemented)
        return equal;
    int truth = PyObject_IsTrue(equal);
    return truth < 0 ? NULL : PyBool_FromLong(!truth);
}

/* ---- __class__ */

static PyObject *
object_get_class(PyObject *self, void *closure)
{
    (void)closure;
    return (PyObject *)Py_TYPE(self);
}

/* The nearest class whose own fields or record make the layout. */
static PyTypeObject *
layout_owner(PyTypeObject *type)
{
    while (type->tp_base != NULL && type->gcrt_flags & TYPE_FROM_PYTHON
           && !(type->gcrt_flags & (TYPE_ADDS_SLOTS | TYPE_ADDS_DICT))
           && type->tp_basicsize == type->tp_base->tp_basicsize)
        type = type->tp_base;
    return type;
}

static int
same_slots(PyTypeObject *a, PyTypeObject *b)
{
    PyObject *x = ((PyHeapTypeObject *)a)->ht_slots, *y = ((PyHeapTypeObject *)b)->ht_slots;
    if (x == NULL || y == NULL)
        return x == y;
    return PyObject_RichCompareBool(x, y, Py_EQ) > 0;
}

static int
compatible(PyTypeObject *from, PyTypeObject *to)
{
    if (from->tp_basicsize != to->tp_basicsize || from->tp_itemsize != to->tp_itemsize
        || from->gcrt_inst_offset != to->gcrt_inst_offset || from->tp_dictoffset != to->tp_dictoffset)
        return 0;
    PyTypeObject *a = layout_owner(from), *b = layout_owner(to);
    if (a == b)
        return 1;
    return a->tp_base == b->tp_base && a->gcrt_flags & b->gcrt_flags & TYPE_FROM_PYTHON
           && (a->gcrt_flags & (TYPE_ADDS_SLOTS | TYPE_ADDS_DICT))
                  == (b->gcrt_flags & (TYPE_ADDS_SLOTS | TYPE_ADDS_DICT))
           && same_slots(a, b);
}

static int
may_reclass(PyTypeObject *from, PyTypeObject *to)
{
    if (PyType_IsSubtype(to, &PyModule_Type) && PyType_IsSubtype(from, &PyModule_Type))
        return 1;
    return !((from->tp_flags | to->tp_flags) & Py_TPFLAGS_IMMUTABLETYPE);
}

static int
object_set_class(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *from = Py_TYPE(self);
    (void)closure;
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "can't delete __class__ attribute");
        return -1;
    }
    if (!PyType_Check(value)) {
        PyErr_Format(PyExc_TypeError, "__class__ must be set to a class, not '%s' object",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    PyTypeObject *to = (PyTypeObject *)value;
    if (!may_reclass(from, to)) {
        PyErr_SetString(PyExc_TypeError, "__class__ assignment only supported for mutable types or ModuleType "
                                         "subclasses");
        return -1;
    }
    if (from == to)
        return 0;
    if (from->tp_dealloc != to->tp_dealloc) {
        PyErr_Format(PyExc_TypeError, "__class__ assignment: '%s' deallocator differs from '%s'", to->tp_name,
                     from->tp_name);
        return -1;
    }
    if (!compatible(from, to)) {
        PyErr_Format(PyExc_TypeError, "__class__ assignment: '%s' object layout differs from '%s'",
                     to->tp_name, from->tp_name);
        return -1;
    }
    gcrt_record *record = gcrt_instance_record(self, from);
    if (record != NULL && instance_reclass(self, record, to) < 0)
        return -1;
    Py_SET_TYPE(self, to);
    /* Compiled code knows what kind of object a module is that it takes for a constant. */
    if (PyModule_Check(self) && ((PyModuleObject *)self)->md_dict != NULL)
        ((PyDictObject *)((PyModuleObject *)self)->md_dict)->places_version = 0;
    if (to->gcrt_flags & ~from->gcrt_flags & GCRT_TYPE_DYING_FINALIZE)
        gc_dying_register(self, GC_DYING_FINALIZE);
    return 0;
}

static PyGetSetDef object_getsets[] = {
    {"__class__", object_get_class, object_set_class, "the object's class", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* ---- __format__, __sizeof__, __dir__, hooks */

static PyObject *
object_format(PyObject *self, PyObject *spec)
{
    if (!PyUnicode_Check(spec)) {
        PyErr_Format(PyExc_TypeError, "__format__() argument must be str, not %.50s", Py_TYPE(spec)->tp_name);
        return NULL;
    }
    if (PyUnicode_GET_LENGTH(spec) > 0) {
        PyErr_Format(PyExc_TypeError, "unsupported format string passed to %.200s.__format__",
                     Py_TYPE(self)->tp_name);
        return NULL;
    }
    return PyObject_Str(self);
}

static PyObject *
object_sizeof(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyTypeObject *type = Py_TYPE(self);
    Py_ssize_t size = type->tp_basicsize;
    if (type->tp_itemsize > 0)
        size += Py_ABS(Py_SIZE(self)) * type->tp_itemsize;
    else if (type->gcrt_root_shape != NULL)
        size += (Py_ssize_t)(type->gcrt_root_shape->inline_slots * sizeof(PyObject *));
    return PyLong_FromSsize_t(size);
}

static PyObject *
object_dir(PyObject *self, PyObject *unused)
{
    PyObject *dict, *cls;
    (void)unused;
    if (_PyObject_LookupAttr(self, GCRT_NAME(__dict__), &dict) < 0)
        return NULL;
    dict = dict != NULL && PyDict_Check(dict) ? PyDict_Copy(dict) : PyDict_New();
    if (dict == NULL || _PyObject_LookupAttr(self, GCRT_NAME(__class__), &cls) < 0)
        return NULL;
    if (cls != NULL && type_merge_class_dict(dict, cls) < 0)
        return NULL;
    return PyDict_Keys(dict);
}

static PyObject *
object_init_subclass(PyObject *cls, PyObject *unused)
{
    (void)cls;
    (void)unused;
    return Py_None;
}

static PyObject *
object_subclasshook(PyObject *cls, PyObject *args)
{
    (void)cls;
    (void)args;
    return Py_NotImplemented;
}

static PyMethodDef object_methods[] = {
    {"__reduce_ex__", object_reduce_ex, METH_O, "Helper for pickle."},
    {"__reduce__", object_reduce, METH_NOARGS, "Helper for pickle."},
    {"__getstate__", object_getstate, METH_NOARGS, "Helper for pickle."},
    {"__subclasshook__", object_subclasshook, METH_CLASS | METH_VARARGS,
     "Abstract classes can override this to customize issubclass()."},
    {"__init_subclass__", object_init_subclass, METH_CLASS | METH_NOARGS,
     "This method is called when a class is subclassed."},
    {"__format__", object_format, METH_O, "Default object formatter."},
    {"__sizeof__", object_sizeof, METH_NOARGS, "Size of object in memory, in bytes."},
    {"__dir__", object_dir, METH_NOARGS, "Default dir() implementation."},
    {NULL, NULL, 0, NULL},
};

static void
object_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)self;
    (void)size;
    (void)t;
}

PyTypeObject PyBaseObject_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "object",
    .tp_basicsize = sizeof(PyObject),
    .tp_dealloc = object_dealloc,
    .tp_repr = object_repr,
    .tp_hash = (hashfunc)_Py_HashPointer,
    .tp_str = object_str,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_setattro = PyObject_GenericSetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "object()\n--\n\nThe base class of the class hierarchy.",
    .tp_richcompare = object_richcompare,
    .tp_methods = object_methods,
    .tp_getset = object_getsets,
    .tp_init = object_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = object_new,
    .tp_free = PyObject_Free,
    .gcrt_trace = object_trace,
};
