/* type_ready.c: PyType_Ready: a C type becomes usable.  Its dict is filled with descriptors for its
 * methods, members, getsets and slots, and what it leaves open is inherited. */
#include "slots.h"

static int
add_to_dict(PyTypeObject *type, const char *name, PyObject *value, int replace)
{
    PyObject *key = value == NULL ? NULL : PyUnicode_InternFromString(name);
    if (key == NULL)
        return -1;
    if (!replace) {
        int known = PyDict_Contains(type->tp_dict, key);
        if (known != 0)
            return known < 0 ? -1 : 0;
    }
    return PyDict_SetItem(type->tp_dict, key, value);
}

static PyObject *
method_descriptor(PyTypeObject *type, PyMethodDef *def)
{
    if (def->ml_flags & METH_CLASS) {
        if (def->ml_flags & METH_STATIC) {
            PyErr_SetString(PyExc_ValueError, "method cannot be both class and static");
            return NULL;
        }
        return PyDescr_NewClassMethod(type, def);
    }
    if (def->ml_flags & METH_STATIC) {
        PyObject *function = PyCFunction_NewEx(def, (PyObject *)type, NULL);
        return function == NULL ? NULL : PyStaticMethod_New(function);
    }
    return PyDescr_NewMethod(type, def);
}

static int
add_methods(PyTypeObject *type)
{
    for (PyMethodDef *def = type->tp_methods; def != NULL && def->ml_name != NULL; def++) {
        PyObject *descr = method_descriptor(type, def);
        if (descr == NULL || add_to_dict(type, def->ml_name, descr, def->ml_flags & METH_COEXIST) < 0)
            return -1;
    }
    return 0;
}

static int
add_members(PyTypeObject *type)
{
    for (PyMemberDef *def = type->tp_members; def != NULL && def->name != NULL; def++) {
        if (add_to_dict(type, def->name, PyDescr_NewMember(type, def), 0) < 0)
            return -1;
    }
    for (PyGetSetDef *def = type->tp_getset; def != NULL && def->name != NULL; def++) {
        if (add_to_dict(type, def->name, PyDescr_NewGetSet(type, def), 0) < 0)
            return -1;
    }
    return 0;
}

/* The docstring without a signature line ("name(...)\n--\n\n") in front. */
static const char *
plain_doc(const char *name, const char *doc)
{
    const char *dot = strrchr(name, '.');
    const char *short_name = dot == NULL ? name : dot + 1;
    size_t n = strlen(short_name);
    if (strncmp(doc, short_name, n) != 0 || doc[n] != '(')
        return doc;
    const char *end = strstr(doc, ")\n--\n\n");
    return end == NULL ? doc : end + 6;
}

static int
add_doc(PyTypeObject *type)
{
    int known = PyDict_Contains(type->tp_dict, GCRT_NAME(__doc__));
    if (known != 0)
        return known < 0 ? -1 : 0;
    PyObject *doc = Py_None;
    if (type->tp_doc != NULL)
        doc = PyUnicode_FromString(plain_doc(type->tp_name, type->tp_doc));
    return doc == NULL ? -1 : PyDict_SetItem(type->tp_dict, GCRT_NAME(__doc__), doc);
}

/* ---- inheritance of what is no slot */

static void
inherit_flags(PyTypeObject *type, PyTypeObject *base)
{
    static const unsigned long kinds = Py_TPFLAGS_LONG_SUBCLASS | Py_TPFLAGS_LIST_SUBCLASS
                                       | Py_TPFLAGS_TUPLE_SUBCLASS | Py_TPFLAGS_BYTES_SUBCLASS
                                       | Py_TPFLAGS_UNICODE_SUBCLASS | Py_TPFLAGS_DICT_SUBCLASS
                                       | Py_TPFLAGS_BASE_EXC_SUBCLASS | Py_TPFLAGS_TYPE_SUBCLASS;
    type->tp_flags |= base->tp_flags & (kinds | _Py_TPFLAGS_MATCH_SELF);
    if (!(type->tp_flags & Py_TPFLAGS_HAVE_GC) && base->tp_flags & Py_TPFLAGS_HAVE_GC
        && type->tp_traverse == NULL && type->tp_clear == NULL) {
        type->tp_flags |= Py_TPFLAGS_HAVE_GC;
        type->tp_traverse = base->tp_traverse;
        type->tp_clear = base->tp_clear;
    }
}

/* The builtin classes carry their flag from the start: what the flag says is what they are. */
static void
set_kind_flag(PyTypeObject *type)
{
    static const struct {
        PyTypeObject *type;
        unsigned long flag;
    } kinds[] = {
        {&PyLong_Type, Py_TPFLAGS_LONG_SUBCLASS},       {&PyBytes_Type, Py_TPFLAGS_BYTES_SUBCLASS},
        {&PyUnicode_Type, Py_TPFLAGS_UNICODE_SUBCLASS}, {&PyTuple_Type, Py_TPFLAGS_TUPLE_SUBCLASS},
        {&PyList_Type, Py_TPFLAGS_LIST_SUBCLASS},       {&PyDict_Type, Py_TPFLAGS_DICT_SUBCLASS},
        {&PyType_Type, Py_TPFLAGS_TYPE_SUBCLASS},
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(kinds); i++) {
        if (type == kinds[i].type)
            type->tp_flags |= kinds[i].flag;
    }
}

/* How memory comes and goes is part of it, so none of this goes by the MRO, in which a metaclass's mro() may have put
 * anything anywhere. */
static void
inherit_layout(PyTypeObject *type, PyTypeObject *base)
{
    if (type->tp_alloc == NULL)
        type->tp_alloc = base->tp_alloc;
    if (type->tp_dealloc == NULL)
        type->tp_dealloc = base->tp_dealloc;
    if (type->tp_free == NULL)
        type->tp_free = type->tp_flags & Py_TPFLAGS_HAVE_GC ? PyObject_GC_Del : base->tp_free;
    if (type->tp_basicsize == 0)
        type->tp_basicsize = base->tp_basicsize;
    if (type->tp_itemsize == 0)
        type->tp_itemsize = base->tp_itemsize;
    if (type->tp_weaklistoffset == 0)
        type->tp_weaklistoffset = base->tp_weaklistoffset;
    if (type->tp_dictoffset == 0 && type->gcrt_inst_offset == 0) {
        type->tp_dictoffset = base->tp_dictoffset;
        type->gcrt_inst_offset = base->gcrt_inst_offset;
        type->tp_flags |= base->tp_flags & Py_TPFLAGS_MANAGED_DICT;
    }
    if (type->gcrt_inst_offset != 0 && type->gcrt_inline_slots == 0)
        type->gcrt_inline_slots = base->gcrt_inline_slots;
    if (type->gcrt_trace == NULL && base->gcrt_trace != NULL) {
        type->gcrt_trace = base->gcrt_trace;
        size_t known = TYPE_STATIC_SIZE(base) != 0 ? TYPE_STATIC_SIZE(base) : (size_t)base->tp_basicsize;
        type->gcrt_reserved = (uint32_t)known & 0xffffff;
    }
}

/* ---- __new__ */

/* T.__new__(S, ...): S must be a subtype of T whose C layout T's tp_new can make. */
static PyObject *
call_new(PyObject *self, PyObject *args, PyObject *kwds)
{
    PyTypeObject *type = (PyTypeObject *)self;
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (n < 1) {
        PyErr_Format(PyExc_TypeError, "%s.__new__(): not enough arguments", type->tp_name);
        return NULL;
    }
    PyObject *first = PyTuple_GET_ITEM(args, 0);
    if (!PyType_Check(first)) {
        PyErr_Format(PyExc_TypeError, "%s.__new__(X): X is not a type object (%s)", type->tp_name,
                     Py_TYPE(first)->tp_name);
        return NULL;
    }
    PyTypeObject *subtype = (PyTypeObject *)first;
    if (!PyType_IsSubtype(subtype, type)) {
        PyErr_Format(PyExc_TypeError, "%s.__new__(%s): %s is not a subtype of %s", type->tp_name,
                     subtype->tp_name, subtype->tp_name, type->tp_name);
        return NULL;
    }
    PyTypeObject *solid = subtype;
    while (solid != NULL && solid->tp_new == slot_tp_new)
        solid = solid->tp_base;
    if (solid != NULL && solid->tp_new != type->tp_new) {
        PyErr_Format(PyExc_TypeError, "%s.__new__(%s) is not safe, use %s.__new__()", type->tp_name,
                     subtype->tp_name, solid->tp_name);
        return NULL;
    }
    PyObject *rest = PyTuple_GetSlice(args, 1, n);
    return rest == NULL ? NULL : type->tp_new(subtype, rest, kwds);
}

PyMethodDef slot_new_method = {"__new__", (PyCFunction)(void (*)(void))call_new,
                               METH_VARARGS | METH_KEYWORDS,
                               "Create and return a new object of the class given first."};

int
slot_is_new_wrapper(PyObject *descr)
{
    return Py_IS_TYPE(descr, &PyCFunction_Type) && ((PyCFunctionObject *)descr)->m_ml == &slot_new_method;
}

static int
ready_new(PyTypeObject *type, PyTypeObject *base)
{
    if (type->tp_new == NULL && base == &PyBaseObject_Type && !(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        type->tp_flags |= Py_TPFLAGS_DISALLOW_INSTANTIATION;
    if (type->tp_flags & Py_TPFLAGS_DISALLOW_INSTANTIATION) {
        type->tp_new = NULL;
        return 0;
    }
    if (type->tp_new == NULL) {
        type->tp_new = base == NULL ? NULL : base->tp_new;
        return 0;
    }
    if (PyDict_Contains(type->tp_dict, GCRT_NAME(__new__)))
        return 0;
    PyObject *function = PyCFunction_NewEx(&slot_new_method, (PyObject *)type, NULL);
    return function == NULL ? -1 : PyDict_SetItem(type->tp_dict, GCRT_NAME(__new__), function);
}

/* ---- the whole */

static int
ready_bases(PyTypeObject *type)
{
    PyTypeObject *base = type->tp_base;
    if (base == NULL && type != &PyBaseObject_Type)
        base = type->tp_base = &PyBaseObject_Type;
    if (base != NULL && !(base->tp_flags & Py_TPFLAGS_READY) && PyType_Ready(base) < 0)
        return -1;
    if (Py_TYPE(type) == NULL && base != NULL)
        Py_SET_TYPE(type, Py_TYPE(base));
    if (type->tp_bases == NULL) {
        type->tp_bases = base == NULL ? PyTuple_New(0) : PyTuple_Pack(1, base);
        if (type->tp_bases == NULL)
            return -1;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type->tp_bases); i++) {
        PyTypeObject *b = (PyTypeObject *)PyTuple_GET_ITEM(type->tp_bases, i);
        if (!(b->tp_flags & Py_TPFLAGS_READY) && PyType_Ready(b) < 0)
            return -1;
    }
    return 0;
}

static int
ready_hash(PyTypeObject *type)
{
    if (type->tp_hash != NULL)
        return 0;
    if (PyDict_Contains(type->tp_dict, GCRT_NAME(__hash__)))
        return 0;
    type->tp_hash = PyObject_HashNotImplemented;
    return PyDict_SetItem(type->tp_dict, GCRT_NAME(__hash__), Py_None);
}

static int
ready_contents(PyTypeObject *type)
{
    PyTypeObject *base = type->tp_base;
    if (type->tp_dict == NULL && (type->tp_dict = PyDict_New()) == NULL)
        return -1;
    if (base != NULL)
        inherit_flags(type, base);
    set_kind_flag(type);
    if (ready_new(type, base) < 0 || type_add_slot_wrappers(type) < 0 || add_methods(type) < 0
        || add_members(type) < 0 || add_doc(type) < 0)
        return -1;
    if (type_mro_compute(type) < 0)
        return -1;
    if (base != NULL)
        inherit_layout(type, base);
    type_inherit_slots(type);
    return ready_hash(type);
}

int
PyType_Ready(PyTypeObject *type)
{
    if (type->tp_flags & Py_TPFLAGS_READY)
        return 0;
    if (type->tp_flags & Py_TPFLAGS_READYING)
        return 0;
    if (type->tp_name == NULL) {
        PyErr_SetString(PyExc_SystemError, "Type does not define the tp_name field.");
        return -1;
    }
    if (type_slots_init() < 0)
        return -1;
    type->tp_flags |= Py_TPFLAGS_READYING;
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        type->tp_flags |= Py_TPFLAGS_IMMUTABLETYPE;
    if (ready_bases(type) < 0 || ready_contents(type) < 0) {
        type->tp_flags &= ~Py_TPFLAGS_READYING;
        return -1;
    }
    if (type->tp_vectorcall == NULL)
        type->tp_vectorcall = type_vectorcall;
    type_update_flags(type);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type->tp_bases); i++) {
        if (type_add_subclass((PyTypeObject *)PyTuple_GET_ITEM(type->tp_bases, i), type) < 0)
            return -1;
    }
    if (type->gcrt_inst_offset != 0 && shape_root(type) == NULL)
        return -1;
    type->tp_flags = (type->tp_flags & ~Py_TPFLAGS_READYING) | Py_TPFLAGS_READY;
    return 0;
}
