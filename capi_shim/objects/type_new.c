/* type_new.c: type(name, bases, dict, **kwds): a class statement's class is made here.
 *
 * Layout of its instances: the best base's, then (when no base brought one) the record of runtime.h, then
 * one word for each name in __slots__.  Weak references need no word. */
#include "slots.h"
#include "weakref.h"

typedef struct class_plan {
    PyTypeObject *metatype, *base;
    PyObject *name, *bases, *dict;     /* dict: the copy that becomes tp_dict */
    PyObject *slots;                   /* sorted list of mangled names, or NULL: no __slots__ */
    PyObject *slots_attr;
    int may_add_dict, may_add_weak;
    int add_dict, add_weak;
} class_plan;

/* ---- the best base */

static int
has_dict(PyTypeObject *type)
{
    return type->gcrt_inst_offset != 0 || type->tp_dictoffset != 0;
}

static int
adds_fields(PyTypeObject *type, PyTypeObject *base)
{
    Py_ssize_t size = type->tp_basicsize;
    if (type->tp_itemsize != base->tp_itemsize)
        return 1;
    if (type->gcrt_inst_offset > 0 && base->gcrt_inst_offset == 0
        && (type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        size -= (Py_ssize_t)sizeof(gcrt_record);
    return size > ((base->tp_basicsize + 7) & ~(Py_ssize_t)7) || (!(type->gcrt_flags & TYPE_FROM_PYTHON)
                                                                  && size != base->tp_basicsize);
}

PyTypeObject *
type_solid_base(PyTypeObject *type)
{
    PyTypeObject *base = type->tp_base == NULL ? &PyBaseObject_Type : type_solid_base(type->tp_base);
    if (type->tp_base == NULL)
        return type;
    return adds_fields(type, type->tp_base) ? type : base;
}

PyTypeObject *
type_best_base(PyObject *bases)
{
    PyTypeObject *winner = NULL, *best = NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *item = PyTuple_GET_ITEM(bases, i);
        if (!PyType_Check(item)) {
            PyErr_SetString(PyExc_TypeError, "bases must be types");
            return NULL;
        }
        PyTypeObject *base = (PyTypeObject *)item;
        if (!(base->tp_flags & Py_TPFLAGS_READY) && PyType_Ready(base) < 0)
            return NULL;
        if (!(base->tp_flags & Py_TPFLAGS_BASETYPE)) {
            PyErr_Format(PyExc_TypeError, "type '%.100s' is not an acceptable base type", base->tp_name);
            return NULL;
        }
        PyTypeObject *candidate = type_solid_base(base);
        if (winner == NULL || (candidate != winner && PyType_IsSubtype(candidate, winner))) {
            winner = candidate;
            best = base;
        }
        else if (!PyType_IsSubtype(winner, candidate)) {
            PyErr_SetString(PyExc_TypeError, "multiple bases have instance lay-out conflict");
            return NULL;
        }
    }
    return best;
}

PyTypeObject *
_PyType_CalculateMetaclass(PyTypeObject *metatype, PyObject *bases)
{
    PyTypeObject *winner = metatype;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyTypeObject *meta = Py_TYPE(PyTuple_GET_ITEM(bases, i));
        if (PyType_IsSubtype(winner, meta))
            continue;
        if (!PyType_IsSubtype(meta, winner)) {
            PyErr_SetString(PyExc_TypeError,
                            "metaclass conflict: the metaclass of a derived class must be a (non-strict) "
                            "subclass of the metaclasses of all its bases");
            return NULL;
        }
        winner = meta;
    }
    return winner;
}

/* ---- __slots__ */

static PyObject *
mangle(PyObject *class_name, PyObject *name)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(name), c = PyUnicode_GET_LENGTH(class_name), i = 0;
    if (n < 3 || PyUnicode_READ_CHAR(name, 0) != '_' || PyUnicode_READ_CHAR(name, 1) != '_'
        || (PyUnicode_READ_CHAR(name, n - 1) == '_' && PyUnicode_READ_CHAR(name, n - 2) == '_'))
        return name;
    while (i < c && PyUnicode_READ_CHAR(class_name, i) == '_')
        i++;
    if (i == c)
        return name;
    PyObject *stripped = PyUnicode_Substring(class_name, i, c);
    return stripped == NULL ? NULL : PyUnicode_FromFormat("_%U%U", stripped, name);
}

static int
check_slot_name(PyObject *name)
{
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "__slots__ items must be strings, not '%.200s'", Py_TYPE(name)->tp_name);
        return -1;
    }
    if (!PyUnicode_IsIdentifier(name)) {
        PyErr_SetString(PyExc_TypeError, "__slots__ must be identifiers");
        return -1;
    }
    return 0;
}

static int
plan_one_slot(class_plan *plan, PyObject *name)
{
    if (check_slot_name(name) < 0)
        return -1;
    if (_PyUnicode_Equal(name, GCRT_NAME(__dict__))) {
        if (!plan->may_add_dict || plan->add_dict) {
            PyErr_SetString(PyExc_TypeError, "__dict__ slot disallowed: we already got one");
            return -1;
        }
        plan->add_dict = 1;
        return 0;
    }
    if (_PyUnicode_Equal(name, GCRT_NAME(__weakref__))) {
        if (!plan->may_add_weak || plan->add_weak) {
            PyErr_SetString(PyExc_TypeError, "__weakref__ slot disallowed: either we already got one, or "
                                             "__itemsize__ != 0");
            return -1;
        }
        plan->add_weak = 1;
        return 0;
    }
    PyObject *mangled = mangle(plan->name, name);
    if (mangled == NULL || !PyUnicode_CheckExact(mangled))
        mangled = mangled == NULL ? NULL : PyUnicode_FromObject(mangled);
    if (mangled == NULL)
        return -1;
    PyUnicode_InternInPlace(&mangled);
    int clash = PyDict_Contains(plan->dict, mangled);
    if (clash > 0 && mangled != GCRT_NAME(__qualname__) && mangled != GCRT_NAME(__classcell__)) {
        PyErr_Format(PyExc_ValueError, "%R in __slots__ conflicts with class variable", mangled);
        return -1;
    }
    return clash < 0 ? -1 : PyList_Append(plan->slots, mangled);
}

/* Bases other than the best may bring a __dict__ or weak references that __slots__ left out. */
static void
plan_from_other_bases(class_plan *plan)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(plan->bases); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(plan->bases, i);
        if (base == plan->base)
            continue;
        if (plan->may_add_dict && has_dict(base))
            plan->add_dict = 1;
        if (plan->may_add_weak && base->tp_weaklistoffset != 0)
            plan->add_weak = 1;
    }
}

static int
plan_slots(class_plan *plan)
{
    PyTypeObject *base = plan->base;
    plan->may_add_dict = !has_dict(base);
    plan->may_add_weak = base->tp_weaklistoffset == 0 && base->tp_itemsize == 0;
    plan->slots_attr = PyDict_GetItemWithError(plan->dict, GCRT_NAME(__slots__));
    if (plan->slots_attr == NULL) {
        plan->add_dict = plan->may_add_dict;
        plan->add_weak = plan->may_add_weak;
        return PyErr_Occurred() ? -1 : 0;
    }
    PyObject *names = PyUnicode_Check(plan->slots_attr) ? PyTuple_Pack(1, plan->slots_attr)
                                                        : PySequence_Tuple(plan->slots_attr);
    if (names == NULL)
        return -1;
    if (PyTuple_GET_SIZE(names) > 0 && base->tp_itemsize != 0) {
        PyErr_Format(PyExc_TypeError, "nonempty __slots__ not supported for subtype of '%s'", base->tp_name);
        return -1;
    }
    plan->slots = PyList_New(0);
    if (plan->slots == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        if (plan_one_slot(plan, PyTuple_GET_ITEM(names, i)) < 0)
            return -1;
    }
    plan_from_other_bases(plan);
    return PyList_Sort(plan->slots);
}

/* ---- making the type */

/* A builtin base with a __dict__ of its own knows best: an exception's, or a class's, which is read only.  The
 * descriptor of the nearest one, or NULL. */
static PyObject *
builtin_dict_descr(PyTypeObject *type)
{
    for (PyTypeObject *t = type; t != NULL; t = t->tp_base) {
        if (t->tp_flags & Py_TPFLAGS_HEAPTYPE || t->tp_dictoffset == 0)
            continue;
        PyObject *descr = type_lookup(t, GCRT_NAME(__dict__));
        if (descr != NULL && Py_TYPE(descr)->tp_descr_get != NULL)
            return descr;
    }
    return NULL;
}

static PyObject *
instance_get_dict(PyObject *self, void *closure)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *descr = builtin_dict_descr(type);
    if (descr != NULL)
        return Py_TYPE(descr)->tp_descr_get(descr, self, (PyObject *)type);
    return PyObject_GenericGetDict(self, closure);
}

static int
instance_put_dict(PyObject *self, PyObject *value, void *closure)
{
    PyObject *descr = builtin_dict_descr(Py_TYPE(self));
    if (descr != NULL && Py_TYPE(descr)->tp_descr_set != NULL)
        return Py_TYPE(descr)->tp_descr_set(descr, self, value);
    if (value == NULL && gcrt_instance_record(self, Py_TYPE(self)) != NULL) {
        PyObject *empty = PyDict_New();
        return empty == NULL ? -1 : PyObject_GenericSetDict(self, empty, closure);
    }
    return PyObject_GenericSetDict(self, value, closure);
}

static PyObject *
instance_get_weakref(PyObject *self, void *closure)
{
    (void)closure;
    return weakref_first(self);
}

static PyGetSetDef getset_dict = {"__dict__", instance_get_dict, instance_put_dict,
                                  "dictionary for instance variables", NULL};
static PyGetSetDef getset_weakref = {"__weakref__", instance_get_weakref, NULL,
                                     "list of weak references to the object", NULL};
static PyGetSetDef getsets_full[3], getsets_dict[2], getsets_weakref[2];

static void
choose_getsets(PyTypeObject *type, class_plan *plan)
{
    getsets_full[0] = getsets_dict[0] = getset_dict;
    getsets_full[1] = getsets_weakref[0] = getset_weakref;
    if (plan->add_dict && plan->add_weak)
        type->tp_getset = getsets_full;
    else if (plan->add_dict)
        type->tp_getset = getsets_dict;
    else if (plan->add_weak)
        type->tp_getset = getsets_weakref;
}

static PyTypeObject *
allocate_type(class_plan *plan)
{
    PyTypeObject *type = (PyTypeObject *)plan->metatype->tp_alloc(plan->metatype, 0);
    if (type == NULL)
        return NULL;
    PyHeapTypeObject *heap = (PyHeapTypeObject *)type;
    type->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HEAPTYPE | Py_TPFLAGS_BASETYPE;
    if (plan->base->tp_flags & Py_TPFLAGS_HAVE_GC || plan->add_dict
        || (plan->slots != NULL && PyList_GET_SIZE(plan->slots) > 0))
        type->tp_flags |= Py_TPFLAGS_HAVE_GC;
    type->gcrt_flags = TYPE_FROM_PYTHON;
    type->tp_as_async = &heap->as_async;
    type->tp_as_sequence = &heap->as_sequence;
    type->tp_as_mapping = &heap->as_mapping;
    type->tp_as_number = &heap->as_number;
    type->tp_as_buffer = &heap->as_buffer;
    type->tp_base = plan->base;
    type->tp_bases = plan->bases;
    type->tp_dict = plan->dict;
    heap->ht_name = plan->name;
    heap->ht_qualname = plan->name;
    if (plan->slots_attr != NULL)
        heap->ht_slots = plan->slots;
    type->tp_name = PyUnicode_AsUTF8(plan->name);
    return type->tp_name == NULL ? NULL : type;
}

static int
lay_out(PyTypeObject *type, class_plan *plan)
{
    PyTypeObject *base = plan->base;
    type->tp_basicsize = base->tp_basicsize;
    type->tp_itemsize = base->tp_itemsize;
    type->tp_dictoffset = base->tp_dictoffset;
    type->gcrt_inst_offset = base->gcrt_inst_offset;
    type->tp_weaklistoffset = base->tp_weaklistoffset;
    type->tp_flags |= base->tp_flags & Py_TPFLAGS_MANAGED_DICT;
    if (plan->add_dict) {
        type->gcrt_flags |= TYPE_ADDS_DICT;
        type->tp_flags |= Py_TPFLAGS_MANAGED_DICT;
        type->tp_dictoffset = -1;
        if (base->tp_itemsize != 0) {
            type->gcrt_inst_offset = -1;
        }
        else {
            type->tp_basicsize = (type->tp_basicsize + 7) & ~(Py_ssize_t)7;
            type->gcrt_inst_offset = (int32_t)type->tp_basicsize;
            type->tp_basicsize += (Py_ssize_t)sizeof(gcrt_record);
        }
    }
    if (plan->add_weak)
        type->tp_weaklistoffset = sizeof(PyObject);
    Py_ssize_t n = plan->slots == NULL ? 0 : PyList_GET_SIZE(plan->slots);
    if (n == 0)
        return 0;
    type->gcrt_flags |= TYPE_ADDS_SLOTS;
    PyMemberDef *members = gcrt_alloc_words((size_t)(n + 1) * sizeof(PyMemberDef) / sizeof(void *));
    if (members == NULL)
        return -1;
    type->tp_members = members;
    type->tp_basicsize = (type->tp_basicsize + 7) & ~(Py_ssize_t)7;
    for (Py_ssize_t i = 0; i < n; i++) {
        members[i].name = PyUnicode_AsUTF8(PyList_GET_ITEM(plan->slots, i));
        if (members[i].name == NULL)
            return -1;
        members[i].type = Py_T_OBJECT_EX;
        members[i].offset = type->tp_basicsize;
        type->tp_basicsize += (Py_ssize_t)sizeof(PyObject *);
    }
    return 0;
}

/* ---- the class's own dict */

static int
set_module(PyObject *dict)
{
    int known = PyDict_Contains(dict, GCRT_NAME(__module__));
    if (known != 0)
        return known < 0 ? -1 : 0;
    PyObject *globals = PyEval_GetGlobals();
    PyObject *module = globals == NULL ? NULL : PyDict_GetItemWithError(globals, GCRT_NAME(__name__));
    if (module == NULL)
        return PyErr_Occurred() ? -1 : 0;
    return PyDict_SetItem(dict, GCRT_NAME(__module__), module);
}

static int
set_qualname(PyTypeObject *type, PyObject *dict)
{
    PyObject *qualname = PyDict_GetItemWithError(dict, GCRT_NAME(__qualname__));
    if (qualname == NULL)
        return PyErr_Occurred() ? -1 : 0;
    if (!PyUnicode_Check(qualname)) {
        PyErr_Format(PyExc_TypeError, "type __qualname__ must be a str, not %s", Py_TYPE(qualname)->tp_name);
        return -1;
    }
    ((PyHeapTypeObject *)type)->ht_qualname = qualname;
    return PyDict_DelItem(dict, GCRT_NAME(__qualname__));
}

static int
set_doc(PyTypeObject *type, PyObject *dict)
{
    PyObject *doc = PyDict_GetItemWithError(dict, GCRT_NAME(__doc__));
    if (doc == NULL || !PyUnicode_Check(doc))
        return PyErr_Occurred() ? -1 : 0;
    Py_ssize_t n;
    const char *text = PyUnicode_AsUTF8AndSize(doc, &n);
    if (text == NULL) {
        PyErr_Clear();
        return 0;
    }
    char *copy = gcrt_alloc_leaf((size_t)n + 1);
    if (copy == NULL)
        return -1;
    memcpy(copy, text, (size_t)n + 1);
    type->tp_doc = copy;
    return 0;
}

static int
wrap_function(PyObject *dict, PyObject *name, PyObject *(*wrap)(PyObject *))
{
    PyObject *function = PyDict_GetItemWithError(dict, name);
    if (function == NULL || !PyFunction_Check(function))
        return PyErr_Occurred() ? -1 : 0;
    PyObject *wrapped = wrap(function);
    return wrapped == NULL ? -1 : PyDict_SetItem(dict, name, wrapped);
}

static int
set_class_cell(PyTypeObject *type, PyObject *dict)
{
    PyObject *cell = PyDict_GetItemWithError(dict, GCRT_NAME(__classcell__));
    if (cell == NULL)
        return PyErr_Occurred() ? -1 : 0;
    if (!PyCell_Check(cell)) {
        PyErr_Format(PyExc_TypeError, "__classcell__ must be a nonlocal cell, not <class '%s'>",
                     Py_TYPE(cell)->tp_name);
        return -1;
    }
    PyCell_Set(cell, (PyObject *)type);
    return PyDict_DelItem(dict, GCRT_NAME(__classcell__));
}

static int
fill_dict(PyTypeObject *type)
{
    PyObject *dict = type->tp_dict;
    if (set_module(dict) < 0 || set_qualname(type, dict) < 0 || set_doc(type, dict) < 0)
        return -1;
    if (wrap_function(dict, GCRT_NAME(__new__), PyStaticMethod_New) < 0
        || wrap_function(dict, GCRT_NAME(__init_subclass__), PyClassMethod_New) < 0
        || wrap_function(dict, GCRT_NAME(__class_getitem__), PyClassMethod_New) < 0)
        return -1;
    return set_class_cell(type, dict);
}

/* ---- what other objects are told about the class */

static int
call_set_names(PyTypeObject *type)
{
    PyObject *items = PyDict_Items(type->tp_dict);
    if (items == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items); i++) {
        PyObject *key = PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 0);
        PyObject *value = PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 1);
        PyObject *args[2] = {(PyObject *)type, key};
        if (type_call_special(value, GCRT_NAME(__set_name__), args, 2) == NULL && PyErr_Occurred()) {
            _PyErr_FormatFromCause(PyExc_RuntimeError,
                                   "Error calling __set_name__ on '%.100s' instance %R in '%.100s'",
                                   Py_TYPE(value)->tp_name, key, type->tp_name);
            return -1;
        }
    }
    return 0;
}

static int
call_init_subclass(PyTypeObject *type, PyObject *kwds)
{
    PyObject *plain = type_lookup(&PyBaseObject_Type, GCRT_NAME(__init_subclass__));
    if (kwds == NULL || PyDict_GET_SIZE(kwds) == 0) {
        PyObject *mro = type->tp_mro, *found = NULL;
        for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(mro) && found == NULL; i++)
            found = type_dict_get((PyTypeObject *)PyTuple_GET_ITEM(mro, i), GCRT_NAME(__init_subclass__));
        if (found == plain)
            return 0;
    }
    PyObject *above = PyObject_CallFunctionObjArgs((PyObject *)&PySuper_Type, type, type, NULL);
    PyObject *function = above == NULL ? NULL : PyObject_GetAttr(above, GCRT_NAME(__init_subclass__));
    if (function == NULL)
        return -1;
    return PyObject_VectorcallDict(function, NULL, 0, kwds) == NULL ? -1 : 0;
}

/* ---- type.__new__ */

static PyTypeObject *
build(class_plan *plan)
{
    plan->dict = PyDict_Copy(plan->dict);
    if (plan->dict == NULL || plan_slots(plan) < 0)
        return NULL;
    PyTypeObject *type = allocate_type(plan);
    if (type == NULL || lay_out(type, plan) < 0)
        return NULL;
    choose_getsets(type, plan);
    if (fill_dict(type) < 0 || PyType_Ready(type) < 0)
        return NULL;
    type_fix_slots(type);
    return type;
}

static int
refuse_mro_entries(PyObject *bases)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i), *method;
        if (PyType_Check(base))
            continue;
        if (_PyObject_LookupAttr(base, GCRT_NAME(__mro_entries__), &method) < 0)
            return -1;
        if (method != NULL) {
            PyErr_SetString(PyExc_TypeError,
                            "type() doesn't support MRO entry resolution; use types.new_class()");
            return -1;
        }
    }
    return 0;
}

PyObject *
type_new(PyTypeObject *metatype, PyObject *args, PyObject *kwds)
{
    class_plan plan = {.metatype = metatype};
    PyObject *bases;
    if (!PyArg_ParseTuple(args, "UO!O!:type.__new__", &plan.name, &PyTuple_Type, &bases, &PyDict_Type,
                          &plan.dict))
        return NULL;
    if (PyUnicode_FindChar(plan.name, 0, 0, PyUnicode_GET_LENGTH(plan.name), 1) >= 0) {
        PyErr_SetString(PyExc_ValueError, "type name must not contain null characters");
        return NULL;
    }
    if (PyTuple_GET_SIZE(bases) == 0) {
        plan.base = &PyBaseObject_Type;
        bases = PyTuple_Pack(1, plan.base);
        if (bases == NULL)
            return NULL;
    }
    else {
        if (refuse_mro_entries(bases) < 0)
            return NULL;
        PyTypeObject *winner = _PyType_CalculateMetaclass(metatype, bases);
        if (winner == NULL)
            return NULL;
        if (winner != metatype) {
            if (winner->tp_new != type_new)
                return winner->tp_new(winner, args, kwds);
            plan.metatype = winner;
        }
        plan.base = type_best_base(bases);
        if (plan.base == NULL)
            return NULL;
    }
    plan.bases = bases;
    PyTypeObject *type = build(&plan);
    if (type == NULL || call_set_names(type) < 0 || call_init_subclass(type, kwds) < 0)
        return NULL;
    return (PyObject *)type;
}
