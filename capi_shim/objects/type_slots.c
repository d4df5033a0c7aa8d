/* type_slots.c: the table that ties special methods to C slots, and keeping the two in agreement.
 *
 * A row says: special method `name` stands for the slot at `offset` (of PyHeapTypeObject, whose as_* members
 * a static type has behind pointers); `wrapper` makes the slot callable from Python, `function` goes into
 * the slot when a class defines the method in Python.  Rows of one slot follow each other.
 *
 * A heap type's slot is recomputed from what the MRO answers for the slot's names: when all answers are
 * wrappers (or C methods) of one C function, that function itself; else the dispatcher. */
#include "slots.h"

#define HT(member) ((int)offsetof(PyHeapTypeObject, member))
#define TP(name, member, fn, wrap) {name, HT(ht_type.member), (void *)(fn), wrap, NULL, 0, NULL}
#define TPK(name, member, fn, wrap)                                                                     \
    {name, HT(ht_type.member), (void *)(fn), (wrapperfunc)(void (*)(void))wrap, NULL, 1, NULL}
#define AM(name, member, fn, wrap) {name, HT(as_async.member), (void *)(fn), wrap, NULL, 0, NULL}
#define NB(name, member, fn, wrap) {name, HT(as_number.member), (void *)(fn), wrap, NULL, 0, NULL}
#define MP(name, member, fn, wrap) {name, HT(as_mapping.member), (void *)(fn), wrap, NULL, 0, NULL}
#define SQ(name, member, fn, wrap) {name, HT(as_sequence.member), (void *)(fn), wrap, NULL, 0, NULL}
#define BIN(slot, name)                                                                                 \
    NB("__" #name "__", nb_##slot, slot_nb_##slot, wrap_binary_l),                                      \
        NB("__r" #name "__", nb_##slot, slot_nb_##slot, wrap_binary_r),
#define INP(slot, name) NB("__" #name "__", nb_##slot, slot_nb_##slot, wrap_binary),

static struct wrapperbase slot_table[] = {
    TP("__repr__", tp_repr, slot_tp_repr, wrap_unary),
    TP("__hash__", tp_hash, slot_tp_hash, wrap_hash),
    TPK("__call__", tp_call, slot_tp_call, wrap_call),
    TP("__str__", tp_str, slot_tp_str, wrap_unary),
    TP("__getattribute__", tp_getattro, slot_tp_getattr, wrap_getattribute),
    TP("__getattr__", tp_getattro, slot_tp_getattr, NULL),
    TP("__setattr__", tp_setattro, slot_tp_setattr, wrap_setattr),
    TP("__delattr__", tp_setattro, slot_tp_setattr, wrap_delattr),
    TP("__lt__", tp_richcompare, slot_tp_richcompare, wrap_lt),
    TP("__le__", tp_richcompare, slot_tp_richcompare, wrap_le),
    TP("__eq__", tp_richcompare, slot_tp_richcompare, wrap_eq),
    TP("__ne__", tp_richcompare, slot_tp_richcompare, wrap_ne),
    TP("__gt__", tp_richcompare, slot_tp_richcompare, wrap_gt),
    TP("__ge__", tp_richcompare, slot_tp_richcompare, wrap_ge),
    TP("__iter__", tp_iter, slot_tp_iter, wrap_unary),
    TP("__next__", tp_iternext, slot_tp_iternext, wrap_next),
    TP("__get__", tp_descr_get, slot_tp_descr_get, wrap_descr_get),
    TP("__set__", tp_descr_set, slot_tp_descr_set, wrap_descr_set),
    TP("__delete__", tp_descr_set, slot_tp_descr_set, wrap_descr_delete),
    TPK("__init__", tp_init, slot_tp_init, wrap_init),
    TP("__new__", tp_new, slot_tp_new, NULL),
    TP("__del__", tp_finalize, slot_tp_finalize, wrap_del),
    AM("__await__", am_await, slot_am_await, wrap_unary),
    AM("__aiter__", am_aiter, slot_am_aiter, wrap_unary),
    AM("__anext__", am_anext, slot_am_anext, wrap_unary),
    BIN(add, add)
    BIN(subtract, sub)
    BIN(multiply, mul)
    BIN(remainder, mod)
    BIN(divmod, divmod)
    NB("__pow__", nb_power, slot_nb_power, wrap_ternary),
    NB("__rpow__", nb_power, slot_nb_power, wrap_ternary_r),
    NB("__neg__", nb_negative, slot_nb_negative, wrap_unary),
    NB("__pos__", nb_positive, slot_nb_positive, wrap_unary),
    NB("__abs__", nb_absolute, slot_nb_absolute, wrap_unary),
    NB("__bool__", nb_bool, slot_nb_bool, wrap_inquiry),
    NB("__invert__", nb_invert, slot_nb_invert, wrap_unary),
    BIN(lshift, lshift)
    BIN(rshift, rshift)
    BIN(and, and)
    BIN(xor, xor)
    BIN(or, or)
    NB("__int__", nb_int, slot_nb_int, wrap_unary),
    NB("__float__", nb_float, slot_nb_float, wrap_unary),
    INP(inplace_add, iadd)
    INP(inplace_subtract, isub)
    INP(inplace_multiply, imul)
    INP(inplace_remainder, imod)
    NB("__ipow__", nb_inplace_power, slot_nb_inplace_power, wrap_ternary),
    INP(inplace_lshift, ilshift)
    INP(inplace_rshift, irshift)
    INP(inplace_and, iand)
    INP(inplace_xor, ixor)
    INP(inplace_or, ior)
    BIN(floor_divide, floordiv)
    BIN(true_divide, truediv)
    INP(inplace_floor_divide, ifloordiv)
    INP(inplace_true_divide, itruediv)
    NB("__index__", nb_index, slot_nb_index, wrap_unary),
    BIN(matrix_multiply, matmul)
    INP(inplace_matrix_multiply, imatmul)
    MP("__len__", mp_length, slot_length, wrap_lenfunc),
    MP("__getitem__", mp_subscript, slot_mp_subscript, wrap_getitem),
    MP("__setitem__", mp_ass_subscript, slot_mp_ass_subscript, wrap_objobjset),
    MP("__delitem__", mp_ass_subscript, slot_mp_ass_subscript, wrap_delitem),
    SQ("__len__", sq_length, slot_length, wrap_lenfunc),
    SQ("__add__", sq_concat, NULL, wrap_binary),
    SQ("__mul__", sq_repeat, NULL, wrap_indexarg),
    SQ("__rmul__", sq_repeat, NULL, wrap_indexarg),
    SQ("__getitem__", sq_item, slot_sq_item, wrap_sq_item),
    SQ("__setitem__", sq_ass_item, slot_sq_ass_item, wrap_sq_setitem),
    SQ("__delitem__", sq_ass_item, slot_sq_ass_item, wrap_sq_delitem),
    SQ("__contains__", sq_contains, slot_sq_contains, wrap_objobj),
    SQ("__iadd__", sq_inplace_concat, NULL, wrap_binary),
    SQ("__imul__", sq_inplace_repeat, NULL, wrap_indexarg),
};
enum { SLOT_COUNT = Py_ARRAY_LENGTH(slot_table) };

int
type_slots_init(void)
{
    static int done;
    if (done)
        return 0;
    for (int i = 0; i < SLOT_COUNT; i++) {
        if (slot_table[i].name_strobj == NULL)
            slot_table[i].name_strobj = PyUnicode_InternFromString(slot_table[i].name);
        if (slot_table[i].name_strobj == NULL)
            return -1;
    }
    done = 1;
    return 0;
}

/* The slot of any type; NULL when it lacks the structure that the slot is in. */
static void **
slot_pointer(PyTypeObject *type, int offset)
{
    char *base;
    if (offset >= HT(as_buffer))
        return NULL;
    if (offset >= HT(as_sequence)) {
        base = (char *)type->tp_as_sequence;
        offset -= HT(as_sequence);
    }
    else if (offset >= HT(as_mapping)) {
        base = (char *)type->tp_as_mapping;
        offset -= HT(as_mapping);
    }
    else if (offset >= HT(as_number)) {
        base = (char *)type->tp_as_number;
        offset -= HT(as_number);
    }
    else if (offset >= HT(as_async)) {
        base = (char *)type->tp_as_async;
        offset -= HT(as_async);
    }
    else {
        base = (char *)type;
    }
    return base == NULL ? NULL : (void **)(base + offset);
}
_Static_assert(HT(as_async) < HT(as_number) && HT(as_number) < HT(as_mapping)
                   && HT(as_mapping) < HT(as_sequence) && HT(as_sequence) < HT(as_buffer),
               "slot_pointer tells the structures apart by this order");

/* ---- wrappers for the slots of a C type */

int
type_add_slot_wrappers(PyTypeObject *type)
{
    for (int i = 0; i < SLOT_COUNT; i++) {
        struct wrapperbase *row = &slot_table[i];
        void **slot = row->wrapper == NULL ? NULL : slot_pointer(type, row->offset);
        if (slot == NULL || *slot == NULL)
            continue;
        int known = PyDict_Contains(type->tp_dict, row->name_strobj);
        if (known < 0)
            return -1;
        if (known)
            continue;
        PyObject *value = Py_None;
        if (*slot != (void *)PyObject_HashNotImplemented)
            value = PyDescr_NewWrapper(type, row, *slot);
        if (value == NULL || PyDict_SetItem(type->tp_dict, row->name_strobj, value) < 0)
            return -1;
    }
    return 0;
}

/* ---- slots from the MRO's dicts */

/* The C function that a wrapper or C method of a base stands for in this row; NULL: none. */
static void *
function_of_wrapper(PyTypeObject *type, struct wrapperbase *row, PyObject *descr, int *is_wrapper)
{
    PyTypeObject *dtype = Py_TYPE(descr);
    *is_wrapper = 0;
    if (dtype != &PyWrapperDescr_Type && dtype != &PyMethodDescr_Type)
        return NULL;
    PyTypeObject *owner = PyDescr_TYPE(descr);
    if (PyDescr_NAME(descr) != row->name_strobj || !PyType_IsSubtype(type, owner))
        return NULL;
    if (dtype == &PyWrapperDescr_Type) {
        *is_wrapper = 1;
        struct wrapperbase *base = ((PyWrapperDescrObject *)descr)->d_base;
        if (base->offset == row->offset)
            return ((PyWrapperDescrObject *)descr)->d_wrapped;
    }
    else if (!(owner->tp_flags & Py_TPFLAGS_IMMUTABLETYPE) || owner == type) {
        return NULL;
    }
    void **slot = slot_pointer(owner, row->offset);
    void *f = slot == NULL ? NULL : *slot;
    if (f != NULL)
        *is_wrapper = 1;
    return f;
}

static void *
new_of_base(PyTypeObject *type, PyObject *descr)
{
    PyTypeObject *owner = (PyTypeObject *)PyCFunction_GET_SELF(descr);
    newfunc f = type->tp_base == NULL ? NULL : type->tp_base->tp_new;
    if (f == NULL || f == slot_tp_new)
        f = owner->tp_new;
    return (void *)f;
}

/* Row i is the first of its slot; returns the first row of the next. */
static int
fix_slot(PyTypeObject *type, int i)
{
    int offset = slot_table[i].offset, is_wrapper;
    void **slot = slot_pointer(type, offset);
    void *specific = NULL, *generic = NULL;
    int use_generic = 0;
    for (; i < SLOT_COUNT && slot_table[i].offset == offset; i++) {
        struct wrapperbase *row = &slot_table[i];
        PyObject *descr = type_lookup(type, row->name_strobj);
        if (descr == NULL)
            continue;
        void *f = function_of_wrapper(type, row, descr, &is_wrapper);
        if (f == NULL && is_wrapper)
            continue;
        generic = row->function;
        if (f == NULL && offset == HT(ht_type.tp_new) && slot_is_new_wrapper(descr))
            f = new_of_base(type, descr);
        if (f == NULL && descr == Py_None && offset == HT(ht_type.tp_hash))
            f = (void *)PyObject_HashNotImplemented;
        if (f == NULL || (specific != NULL && specific != f))
            use_generic = 1;
        else
            specific = f;
    }
    if (slot != NULL)
        *slot = use_generic ? generic : specific;
    return i;
}

/* An exact __call__ of a type whose metaclass or base has a vectorcall keeps it. */
static void
fix_vectorcall(PyTypeObject *type)
{
    PyTypeObject *base = type->tp_base;
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || base == NULL)
        return;
    if (type->tp_call == slot_tp_call || type->tp_call == NULL)
        type->tp_flags &= ~Py_TPFLAGS_HAVE_VECTORCALL;
    else if (type->tp_call == base->tp_call && base->tp_flags & Py_TPFLAGS_HAVE_VECTORCALL
             && type->tp_vectorcall_offset == base->tp_vectorcall_offset)
        type->tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
}

void
type_update_flags(PyTypeObject *type)
{
    uint32_t flags = type->gcrt_flags
                     & ~(uint32_t)(GCRT_TYPE_DYING | GCRT_TYPE_DYING_FREES | GCRT_TYPE_WEAKREFABLE
                                   | GCRT_TYPE_GENERIC_GETATTR | GCRT_TYPE_GENERIC_SETATTR | GCRT_TYPE_PYTHON_NEW);
    if (type->tp_finalize != NULL || type->tp_del != NULL)
        flags |= GCRT_TYPE_DYING_FINALIZE;
    if (type->tp_dealloc != NULL && type->tp_dealloc != object_dealloc)
        flags |= GCRT_TYPE_DYING_DEALLOC;
    if (type->tp_weaklistoffset != 0)
        flags |= GCRT_TYPE_WEAKREFABLE;
    if (!(flags & (GCRT_TYPE_WEAKREFABLE | TYPE_FROM_PYTHON)) && !(type->tp_flags & Py_TPFLAGS_TYPE_SUBCLASS)
        && !PyType_IsSubtype(type, &_PyWeakref_RefType))
        flags |= GCRT_TYPE_DYING_FREES;
    if (type->tp_getattro == PyObject_GenericGetAttr)
        flags |= GCRT_TYPE_GENERIC_GETATTR;
    if (type->tp_setattro == PyObject_GenericSetAttr)
        flags |= GCRT_TYPE_GENERIC_SETATTR;
    if (flags & TYPE_FROM_PYTHON && type->gcrt_inst_offset > 0 && type->tp_itemsize == 0
        && type->tp_new == object_new && type->tp_alloc == PyType_GenericAlloc && !(flags & GCRT_TYPE_DYING)
        && !(type->tp_flags & Py_TPFLAGS_IS_ABSTRACT))
        flags |= GCRT_TYPE_PYTHON_NEW;
    type->gcrt_flags = flags;
}

void
type_fix_slots(PyTypeObject *type)
{
    for (int i = 0; i < SLOT_COUNT;)
        i = fix_slot(type, i);
    fix_vectorcall(type);
    type_update_flags(type);
}

static int
is_slot_name(PyObject *name)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(name);
    return n > 4 && PyUnicode_READ_CHAR(name, 0) == '_' && PyUnicode_READ_CHAR(name, 1) == '_'
           && PyUnicode_READ_CHAR(name, n - 1) == '_';
}

static void
update_slots_named(PyTypeObject *type, PyObject *name)
{
    for (int i = 0, end; i < SLOT_COUNT; i = end) {
        int named = 0;
        for (end = i; end < SLOT_COUNT && slot_table[end].offset == slot_table[i].offset; end++)
            named |= slot_table[end].name_strobj == name;
        if (named)
            fix_slot(type, i);
    }
    /* An iterator that is being stepped may lose its method: who asked PyIter_Check before still calls this. */
    if (name == GCRT_NAME(__next__) && type->tp_iternext == NULL)
        type->tp_iternext = _PyObject_NextNotImplemented;
    fix_vectorcall(type);
    type_update_flags(type);
    /* A subclass with an attribute of its own is recomputed all the same: the answer won't change. */
    type_subclasses *list = (type_subclasses *)type->tp_subclasses;
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        if (list->items[i]->tp_flags & Py_TPFLAGS_HEAPTYPE)
            update_slots_named(list->items[i], name);
    }
}

void
type_update_slot(PyTypeObject *type, PyObject *name)
{
    if (is_slot_name(name))
        update_slots_named(type, name);
    else
        type_update_flags(type);
}

/* ---- inheritance by C types */

static int
own_hash_or_eq(PyTypeObject *type)
{
    PyObject *dict = type->tp_dict;
    return dict != NULL
           && (PyDict_Contains(dict, GCRT_NAME(__eq__)) > 0 || PyDict_Contains(dict, GCRT_NAME(__hash__)) > 0);
}

static void
inherit_from(PyTypeObject *type, PyTypeObject *base)
{
    PyTypeObject *up = base->tp_base;
#define DEFINED(slot) (base->slot != NULL && (up == NULL || base->slot != up->slot))
#define COPY(slot)                                                                                      \
    if (type->slot == NULL && DEFINED(slot))                                                            \
        type->slot = base->slot
#define COPY_IN(group, slot)                                                                            \
    if (type->group != base->group && type->group->slot == NULL && base->group->slot != NULL            \
        && (up == NULL || up->group == NULL || up->group == base->group                                 \
            || base->group->slot != up->group->slot))                                                   \
        type->group->slot = base->group->slot

    if (type->tp_as_number != NULL && base->tp_as_number != NULL) {
#define NUM(slot, name) COPY_IN(tp_as_number, nb_##slot);
        SLOT_BINARY_OPS(NUM)
        SLOT_INPLACE_OPS(NUM)
#undef NUM
        COPY_IN(tp_as_number, nb_power);
        COPY_IN(tp_as_number, nb_inplace_power);
        COPY_IN(tp_as_number, nb_negative);
        COPY_IN(tp_as_number, nb_positive);
        COPY_IN(tp_as_number, nb_absolute);
        COPY_IN(tp_as_number, nb_bool);
        COPY_IN(tp_as_number, nb_invert);
        COPY_IN(tp_as_number, nb_int);
        COPY_IN(tp_as_number, nb_float);
        COPY_IN(tp_as_number, nb_index);
    }
    if (type->tp_as_async != NULL && base->tp_as_async != NULL) {
        COPY_IN(tp_as_async, am_await);
        COPY_IN(tp_as_async, am_aiter);
        COPY_IN(tp_as_async, am_anext);
        COPY_IN(tp_as_async, am_send);
    }
    if (type->tp_as_sequence != NULL && base->tp_as_sequence != NULL) {
        COPY_IN(tp_as_sequence, sq_length);
        COPY_IN(tp_as_sequence, sq_concat);
        COPY_IN(tp_as_sequence, sq_repeat);
        COPY_IN(tp_as_sequence, sq_item);
        COPY_IN(tp_as_sequence, sq_ass_item);
        COPY_IN(tp_as_sequence, sq_contains);
        COPY_IN(tp_as_sequence, sq_inplace_concat);
        COPY_IN(tp_as_sequence, sq_inplace_repeat);
    }
    if (type->tp_as_mapping != NULL && base->tp_as_mapping != NULL) {
        COPY_IN(tp_as_mapping, mp_length);
        COPY_IN(tp_as_mapping, mp_subscript);
        COPY_IN(tp_as_mapping, mp_ass_subscript);
    }
    if (type->tp_as_buffer != NULL && base->tp_as_buffer != NULL) {
        COPY_IN(tp_as_buffer, bf_getbuffer);
        COPY_IN(tp_as_buffer, bf_releasebuffer);
    }
    if (type->tp_getattr == NULL && type->tp_getattro == NULL) {
        type->tp_getattr = base->tp_getattr;
        type->tp_getattro = base->tp_getattro;
    }
    if (type->tp_setattr == NULL && type->tp_setattro == NULL) {
        type->tp_setattr = base->tp_setattr;
        type->tp_setattro = base->tp_setattro;
    }
    COPY(tp_repr);
    if (type->tp_call == NULL && DEFINED(tp_call)) {
        type->tp_call = base->tp_call;
        if (type->tp_vectorcall_offset == 0) {
            type->tp_vectorcall_offset = base->tp_vectorcall_offset;
            type->tp_flags |= base->tp_flags & Py_TPFLAGS_HAVE_VECTORCALL;
        }
    }
    COPY(tp_str);
    if (type->tp_richcompare == NULL && type->tp_hash == NULL && !own_hash_or_eq(type)) {
        type->tp_richcompare = base->tp_richcompare;
        type->tp_hash = base->tp_hash;
    }
    COPY(tp_iter);
    COPY(tp_iternext);
    COPY(tp_descr_get);
    /* What makes a function a method descriptor is its tp_descr_get. */
    if (base->tp_descr_get != NULL && type->tp_descr_get == base->tp_descr_get
        && !(type->tp_flags & Py_TPFLAGS_HEAPTYPE && type->gcrt_flags & TYPE_FROM_PYTHON))
        type->tp_flags |= base->tp_flags & Py_TPFLAGS_METHOD_DESCRIPTOR;
    COPY(tp_descr_set);
    COPY(tp_init);
    COPY(tp_del);
    COPY(tp_finalize);
    COPY(tp_is_gc);
    /* What patterns take it for: as the first in the MRO that is either says. */
    if (!(type->tp_flags & (Py_TPFLAGS_SEQUENCE | Py_TPFLAGS_MAPPING)))
        type->tp_flags |= base->tp_flags & (Py_TPFLAGS_SEQUENCE | Py_TPFLAGS_MAPPING);
#undef DEFINED
#undef COPY
#undef COPY_IN
}

void
type_inherit_slots(PyTypeObject *type)
{
    PyTypeObject *base = type->tp_base;
    if (base != NULL) {
        if (type->tp_as_async == NULL)
            type->tp_as_async = base->tp_as_async;
        if (type->tp_as_number == NULL)
            type->tp_as_number = base->tp_as_number;
        if (type->tp_as_sequence == NULL)
            type->tp_as_sequence = base->tp_as_sequence;
        if (type->tp_as_mapping == NULL)
            type->tp_as_mapping = base->tp_as_mapping;
        if (type->tp_as_buffer == NULL)
            type->tp_as_buffer = base->tp_as_buffer;
    }
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(type->tp_mro); i++)
        inherit_from(type, (PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i));
}
