/* type_spec.c: PyType_FromSpec and its kin: heap types from C descriptions, and questions about types. */
#include "slots.h"

#define HT(member) offsetof(PyHeapTypeObject, member)
#define TP(slot) [Py_##slot] = HT(ht_type.slot)
#define NB(slot) [Py_##slot] = HT(as_number.slot)
#define SQ(slot) [Py_##slot] = HT(as_sequence.slot)
#define MP(slot) [Py_##slot] = HT(as_mapping.slot)
#define AM(slot) [Py_##slot] = HT(as_async.slot)

static const uint16_t slot_offsets[] = {
    [Py_bf_getbuffer] = HT(as_buffer.bf_getbuffer),
    [Py_bf_releasebuffer] = HT(as_buffer.bf_releasebuffer),
    MP(mp_ass_subscript), MP(mp_length), MP(mp_subscript),
    NB(nb_absolute), NB(nb_add), NB(nb_and), NB(nb_bool), NB(nb_divmod), NB(nb_float), NB(nb_floor_divide),
    NB(nb_index), NB(nb_inplace_add), NB(nb_inplace_and), NB(nb_inplace_floor_divide),
    NB(nb_inplace_lshift), NB(nb_inplace_multiply), NB(nb_inplace_or), NB(nb_inplace_power),
    NB(nb_inplace_remainder), NB(nb_inplace_rshift), NB(nb_inplace_subtract), NB(nb_inplace_true_divide),
    NB(nb_inplace_xor), NB(nb_int), NB(nb_invert), NB(nb_lshift), NB(nb_multiply), NB(nb_negative),
    NB(nb_or), NB(nb_positive), NB(nb_power), NB(nb_remainder), NB(nb_rshift), NB(nb_subtract),
    NB(nb_true_divide), NB(nb_xor), NB(nb_matrix_multiply), NB(nb_inplace_matrix_multiply),
    SQ(sq_ass_item), SQ(sq_concat), SQ(sq_contains), SQ(sq_inplace_concat), SQ(sq_inplace_repeat),
    SQ(sq_item), SQ(sq_length), SQ(sq_repeat),
    TP(tp_alloc), TP(tp_base), TP(tp_bases), TP(tp_call), TP(tp_clear), TP(tp_dealloc), TP(tp_del),
    TP(tp_descr_get), TP(tp_descr_set), TP(tp_doc), TP(tp_getattr), TP(tp_getattro), TP(tp_hash),
    TP(tp_init), TP(tp_is_gc), TP(tp_iter), TP(tp_iternext), TP(tp_methods), TP(tp_new), TP(tp_repr),
    TP(tp_richcompare), TP(tp_setattr), TP(tp_setattro), TP(tp_str), TP(tp_traverse), TP(tp_members),
    TP(tp_getset), TP(tp_free), TP(tp_finalize),
    AM(am_await), AM(am_aiter), AM(am_anext), AM(am_send),
};
enum { SLOT_LAST = Py_ARRAY_LENGTH(slot_offsets) - 1 };

static char *
copy_string(const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = gcrt_alloc_leaf(n);
    if (copy != NULL)
        memcpy(copy, text, n);
    return copy;
}

/* The base or bases that the arguments and the slots name, as a tuple. */
static PyObject *
spec_bases(PyType_Spec *spec, PyObject *bases)
{
    PyTypeObject *base = NULL;
    if (bases == NULL) {
        for (PyType_Slot *slot = spec->slots; slot->slot != 0; slot++) {
            if (slot->slot == Py_tp_base)
                base = slot->pfunc;
            else if (slot->slot == Py_tp_bases)
                bases = slot->pfunc;
        }
    }
    if (bases == NULL)
        return PyTuple_Pack(1, base == NULL ? &PyBaseObject_Type : base);
    return PyTuple_Check(bases) ? bases : PyTuple_Pack(1, bases);
}

/* Members of these names describe the layout and become no attributes (they do, harmlessly). */
static void
read_offsets(PyTypeObject *type)
{
    for (PyMemberDef *m = type->tp_members; m != NULL && m->name != NULL; m++) {
        if (strcmp(m->name, "__weaklistoffset__") == 0)
            type->tp_weaklistoffset = m->offset;
        else if (strcmp(m->name, "__dictoffset__") == 0)
            type->tp_dictoffset = m->offset;
        else if (strcmp(m->name, "__vectorcalloffset__") == 0)
            type->tp_vectorcall_offset = m->offset;
    }
}

static int
copy_members(PyTypeObject *type, PyMemberDef *members)
{
    size_t n = 0;
    while (members[n].name != NULL)
        n++;
    PyMemberDef *copy = gcrt_alloc_words((n + 1) * sizeof(PyMemberDef) / sizeof(void *));
    if (copy == NULL)
        return -1;
    memcpy(copy, members, n * sizeof(PyMemberDef));
    type->tp_members = copy;
    read_offsets(type);
    return 0;
}

static int
fill_slots(PyHeapTypeObject *heap, PyType_Spec *spec)
{
    for (PyType_Slot *slot = spec->slots; slot->slot != 0; slot++) {
        if (slot->slot < 0 || slot->slot > SLOT_LAST || slot_offsets[slot->slot] == 0) {
            PyErr_SetString(PyExc_RuntimeError, "invalid slot offset");
            return -1;
        }
        if (slot->slot == Py_tp_base || slot->slot == Py_tp_bases)
            continue;
        if (slot->slot == Py_tp_doc) {
            if (slot->pfunc != NULL && (heap->ht_type.tp_doc = copy_string(slot->pfunc)) == NULL)
                return -1;
            continue;
        }
        if (slot->slot == Py_tp_members) {
            if (copy_members(&heap->ht_type, slot->pfunc) < 0)
                return -1;
            continue;
        }
        *(void **)((char *)heap + slot_offsets[slot->slot]) = slot->pfunc;
    }
    return 0;
}

static int
set_spec_names(PyHeapTypeObject *heap, PyType_Spec *spec)
{
    const char *dot = strrchr(spec->name, '.');
    heap->ht_name = PyUnicode_InternFromString(dot == NULL ? spec->name : dot + 1);
    heap->ht_qualname = heap->ht_name;
    heap->ht_type.tp_name = copy_string(spec->name);
    return heap->ht_name == NULL || heap->ht_type.tp_name == NULL ? -1 : 0;
}

static int
set_spec_module(PyTypeObject *type, PyType_Spec *spec)
{
    const char *dot = strrchr(spec->name, '.');
    int known = PyDict_Contains(type->tp_dict, GCRT_NAME(__module__));
    if (dot == NULL || known != 0)
        return known < 0 ? -1 : 0;
    PyObject *module = PyUnicode_FromStringAndSize(spec->name, dot - spec->name);
    if (module == NULL)
        return -1;
    PyUnicode_InternInPlace(&module);
    return PyDict_SetItem(type->tp_dict, GCRT_NAME(__module__), module);
}

static PyTypeObject *
allocate_spec_type(PyType_Spec *spec, PyObject *bases, PyTypeObject *base)
{
    PyTypeObject *meta = _PyType_CalculateMetaclass(&PyType_Type, bases);
    PyTypeObject *type = meta == NULL ? NULL : (PyTypeObject *)meta->tp_alloc(meta, 0);
    if (type == NULL)
        return NULL;
    PyHeapTypeObject *heap = (PyHeapTypeObject *)type;
    type->tp_flags = spec->flags | Py_TPFLAGS_HEAPTYPE;
    type->tp_as_async = &heap->as_async;
    type->tp_as_number = &heap->as_number;
    type->tp_as_sequence = &heap->as_sequence;
    type->tp_as_mapping = &heap->as_mapping;
    type->tp_as_buffer = &heap->as_buffer;
    type->tp_basicsize = spec->basicsize;
    type->tp_itemsize = spec->itemsize;
    type->tp_base = base;
    type->tp_bases = bases;
    return type;
}

PyObject *
PyType_FromModuleAndSpec(PyObject *module, PyType_Spec *spec, PyObject *bases)
{
    if (spec->name == NULL) {
        PyErr_SetString(PyExc_SystemError, "Type spec does not define the name field.");
        return NULL;
    }
    bases = spec_bases(spec, bases);
    PyTypeObject *base = bases == NULL ? NULL : type_best_base(bases);
    PyTypeObject *type = base == NULL ? NULL : allocate_spec_type(spec, bases, base);
    if (type == NULL)
        return NULL;
    PyHeapTypeObject *heap = (PyHeapTypeObject *)type;
    heap->ht_module = module;
    if (set_spec_names(heap, spec) < 0 || fill_slots(heap, spec) < 0 || PyType_Ready(type) < 0
        || set_spec_module(type, spec) < 0)
        return NULL;
    type_update_flags(type);
    return (PyObject *)type;
}

PyObject *
PyType_FromSpecWithBases(PyType_Spec *spec, PyObject *bases)
{
    return PyType_FromModuleAndSpec(NULL, spec, bases);
}

PyObject *
PyType_FromSpec(PyType_Spec *spec)
{
    return PyType_FromModuleAndSpec(NULL, spec, NULL);
}

/* ---- questions */

void *
PyType_GetSlot(PyTypeObject *type, int slot)
{
    if (slot <= 0 || slot > SLOT_LAST || slot_offsets[slot] == 0) {
        PyErr_BadInternalCall();
        return NULL;
    }
    size_t offset = slot_offsets[slot];
    char *group = (char *)type;
    if (offset >= HT(as_buffer)) {
        group = (char *)type->tp_as_buffer;
        offset -= HT(as_buffer);
    }
    else if (offset >= HT(as_sequence)) {
        group = (char *)type->tp_as_sequence;
        offset -= HT(as_sequence);
    }
    else if (offset >= HT(as_mapping)) {
        group = (char *)type->tp_as_mapping;
        offset -= HT(as_mapping);
    }
    else if (offset >= HT(as_number)) {
        group = (char *)type->tp_as_number;
        offset -= HT(as_number);
    }
    else if (offset >= HT(as_async)) {
        group = (char *)type->tp_as_async;
        offset -= HT(as_async);
    }
    return group == NULL ? NULL : *(void **)(group + offset);
}

unsigned long
PyType_GetFlags(PyTypeObject *type)
{
    return type->tp_flags;
}

int
PyType_SUPPORTS_WEAKREFS(PyTypeObject *type)
{
    return type->tp_weaklistoffset != 0;
}

const char *
_PyType_Name(PyTypeObject *type)
{
    const char *dot = strrchr(type->tp_name, '.');
    return dot == NULL ? type->tp_name : dot + 1;
}

PyObject *
PyType_GetName(PyTypeObject *type)
{
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
        return ((PyHeapTypeObject *)type)->ht_name;
    return PyUnicode_InternFromString(_PyType_Name(type));
}

PyObject *
PyType_GetQualName(PyTypeObject *type)
{
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
        return ((PyHeapTypeObject *)type)->ht_qualname;
    return PyUnicode_InternFromString(_PyType_Name(type));
}

PyObject *
PyType_GetModule(PyTypeObject *type)
{
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        PyErr_Format(PyExc_TypeError, "PyType_GetModule: Type '%s' is not a heap type", type->tp_name);
        return NULL;
    }
    PyObject *module = ((PyHeapTypeObject *)type)->ht_module;
    if (module == NULL)
        PyErr_Format(PyExc_TypeError, "PyType_GetModule: Type '%s' has no associated module", type->tp_name);
    return module;
}

void *
PyType_GetModuleState(PyTypeObject *type)
{
    PyObject *module = PyType_GetModule(type);
    return module == NULL ? NULL : PyModule_GetState(module);
}

PyObject *
PyType_GetModuleByDef(PyTypeObject *type, PyModuleDef *def)
{
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; mro != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *t = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (!(t->tp_flags & Py_TPFLAGS_HEAPTYPE))
            continue;
        PyObject *module = ((PyHeapTypeObject *)t)->ht_module;
        if (module != NULL && PyModule_Check(module) && PyModule_GetDef(module) == def)
            return module;
    }
    PyErr_Format(PyExc_TypeError, "PyType_GetModuleByDef: No superclass of '%s' has the given module",
                 type->tp_name);
    return NULL;
}
