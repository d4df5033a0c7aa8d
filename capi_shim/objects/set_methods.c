/* set_methods.c: the operations of set and frozenset as Python sees them. */
#include "set.h"

#include "dict.h"
#include "tuple.h"

/* Results of operations have the built-in type, also for subclasses. */
static PyTypeObject *
base_type(PyObject *self)
{
    return PyFrozenSet_Check(self) ? &PyFrozenSet_Type : &PySet_Type;
}

static PyObject *
copy_base(PyObject *self)
{
    return set_copy_as(base_type(self), (PySetObject *)self);
}

/* ------------------------------------------------------------------ new sets */

static PyObject *
intersection(PyObject *self, PyObject *other)
{
    PyObject *result = set_make(base_type(self), NULL);
    if (result == NULL)
        return NULL;
    if (self == other)
        return copy_base(self);
    if (PyAnySet_Check(other)) {
        PySetObject *small = (PySetObject *)other, *large = (PySetObject *)self;
        if (small->used > large->used) {
            small = (PySetObject *)self;
            large = (PySetObject *)other;
        }
        setentry *place;
        for (Py_ssize_t pos = 0; set_next(small, &pos, &place);) {
            setentry entry = *place;
            int in = set_contains_hashed(large, entry.key, entry.hash);
            if (in < 0 || (in && set_add_new((PySetObject *)result, entry.key, entry.hash) < 0))
                return NULL;
        }
        return result;
    }
    PyObject *iter = PyObject_GetIter(other), *item;
    if (iter == NULL)
        return NULL;
    while ((item = container_next(iter)) != NULL) {
        Py_hash_t hash = container_hash(item);
        int in = hash == -1 ? -1 : set_contains_hashed((PySetObject *)self, item, hash);
        if (in < 0 || (in && set_add_hashed((PySetObject *)result, item, hash) < 0))
            return NULL;
    }
    return container_exception() == NULL ? result : NULL;
}

static PyObject *
difference(PyObject *self, PyObject *other)
{
    int is_set = PyAnySet_Check(other), is_dict = PyDict_CheckExact(other);
    Py_ssize_t n = is_set ? PySet_GET_SIZE(other) : is_dict ? PyDict_GET_SIZE(other) : 0;
    if ((!is_set && !is_dict) || PySet_GET_SIZE(self) >> 2 > n) {
        PyObject *result = copy_base(self);
        return result == NULL || set_difference_update((PySetObject *)result, other) < 0 ? NULL : result;
    }
    PyObject *result = set_make(base_type(self), NULL);
    setentry *place;
    for (Py_ssize_t pos = 0; result != NULL && set_next((PySetObject *)self, &pos, &place);) {
        setentry entry = *place;
        int in;
        if (is_set) {
            in = set_contains_hashed((PySetObject *)other, entry.key, entry.hash);
        } else {
            Py_ssize_t at = dict_lookup((PyDictObject *)other, entry.key, entry.hash);
            in = at == DICT_ERROR ? -1 : at >= 0;
        }
        if (in < 0 || (!in && set_add_hashed((PySetObject *)result, entry.key, entry.hash) < 0))
            return NULL;
    }
    return result;
}

static PyObject *
symmetric_difference(PyObject *self, PyObject *other)
{
    PyObject *result = set_make(base_type(self), other);
    return result == NULL || set_symmetric_difference_update((PySetObject *)result, self) < 0 ? NULL : result;
}

/* ------------------------------------------------------------------ questions */

static int
is_subset(PySetObject *a, PySetObject *b)
{
    if (a->used > b->used)
        return 0;
    setentry *place;
    for (Py_ssize_t pos = 0; set_next(a, &pos, &place);) {
        setentry entry = *place;
        int in = set_contains_hashed(b, entry.key, entry.hash);
        if (in <= 0)
            return in;
    }
    return 1;
}

PyObject *
set_richcompare(PyObject *a, PyObject *b, int op)
{
    if (!PyAnySet_Check(a) || !PyAnySet_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    PySetObject *x = (PySetObject *)a, *y = (PySetObject *)b;
    int result = 0;
    switch (op) {
    case Py_EQ:
    case Py_NE:
        result = x->used == y->used;
        if (result && PyFrozenSet_Check(a) && PyFrozenSet_Check(b) && x->hash != -1 && y->hash != -1)
            result = x->hash == y->hash;
        if (result)
            result = is_subset(x, y);
        if (op == Py_NE && result >= 0)
            result = !result;
        break;
    case Py_LE:
        result = is_subset(x, y);
        break;
    case Py_GE:
        result = is_subset(y, x);
        break;
    case Py_LT:
        result = x->used < y->used ? is_subset(x, y) : 0;
        break;
    case Py_GT:
        result = y->used < x->used ? is_subset(y, x) : 0;
        break;
    }
    return result < 0 ? NULL : container_bool(result);
}

/* The hash that collections.abc.Set._hash computes in Python, so that both kinds of sets may meet in one
 * dict. */
Py_hash_t
frozenset_hash(PyObject *self)
{
    PySetObject *set = (PySetObject *)self;
    if (set->hash != -1)
        return set->hash;
    uint64_t h = 1927868237u * ((uint64_t)set->used + 1);
    setentry *entry;
    for (Py_ssize_t pos = 0; set_next(set, &pos, &entry);) {
        uint64_t item = (uint64_t)entry->hash;
        h ^= (item ^ (item << 16) ^ 89869747u) * 3644798167u;
    }
    h ^= (h >> 11) ^ (h >> 25);
    h = h * 69069u + 907133923u;
    set->hash = (Py_hash_t)h == -1 ? 590923713 : (Py_hash_t)h;
    return set->hash;
}

PyObject *
set_repr(PyObject *self)
{
    const char *name = Py_TYPE(self)->tp_name;
    if (strrchr(name, '.') != NULL)
        name = strrchr(name, '.') + 1;
    if (PySet_GET_SIZE(self) == 0)
        return PyUnicode_FromFormat("%s()", name);
    int entered = container_repr_enter(self);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromFormat("%s(...)", name) : NULL;
    PyObject *text = NULL, *items = PySequence_List(self);
    if (items != NULL)
        text = container_repr(items, "{", "}");
    container_repr_leave(self);
    if (text == NULL || PySet_CheckExact(self))
        return text;
    return PyUnicode_FromFormat("%s(%U)", name, text);
}

/* ------------------------------------------------------------------ methods */

static PyObject *
m_copy(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyFrozenSet_CheckExact(self) ? self : copy_base(self);
}

static PyObject *
m_union(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    PyObject *result = copy_base(self);
    for (Py_ssize_t i = 0; result != NULL && i < n; i++)
        if (args[i] != self && set_update((PySetObject *)result, args[i]) < 0)
            return NULL;
    return result;
}

static PyObject *
m_intersection(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    if (n == 0)
        return copy_base(self);
    PyObject *result = self;
    for (Py_ssize_t i = 0; result != NULL && i < n; i++)
        result = intersection(result, args[i]);
    return result;
}

static PyObject *
m_difference(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    if (n == 0)
        return copy_base(self);
    PyObject *result = difference(self, args[0]);
    for (Py_ssize_t i = 1; result != NULL && i < n; i++)
        if (set_difference_update((PySetObject *)result, args[i]) < 0)
            return NULL;
    return result;
}

static PyObject *
m_symmetric_difference(PyObject *self, PyObject *other)
{
    return symmetric_difference(self, other);
}

static PyObject *
as_set(PyObject *iterable)
{
    return PyAnySet_Check(iterable) ? iterable : set_make(&PySet_Type, iterable);
}

static PyObject *
m_issubset(PyObject *self, PyObject *other)
{
    PyObject *set = as_set(other);
    int result = set == NULL ? -1 : is_subset((PySetObject *)self, (PySetObject *)set);
    return result < 0 ? NULL : container_bool(result);
}

static PyObject *
m_issuperset(PyObject *self, PyObject *other)
{
    if (PyAnySet_Check(other))
        return m_issubset(other, self);
    PyObject *iter = PyObject_GetIter(other), *item;
    if (iter == NULL)
        return NULL;
    while ((item = container_next(iter)) != NULL) {
        int in = set_contains_key((PySetObject *)self, item);
        if (in <= 0)
            return in < 0 ? NULL : Py_False;
    }
    return container_exception() == NULL ? Py_True : NULL;
}

static PyObject *
m_isdisjoint(PyObject *self, PyObject *other)
{
    if (self == other)
        return container_bool(PySet_GET_SIZE(self) == 0);
    if (PyAnySet_CheckExact(other) && PySet_GET_SIZE(other) > PySet_GET_SIZE(self)) {
        PyObject *t = self;
        self = other;
        other = t;
    }
    PyObject *iter = PyObject_GetIter(other), *item;
    if (iter == NULL)
        return NULL;
    while ((item = container_next(iter)) != NULL) {
        Py_hash_t hash = container_hash(item);
        int in = hash == -1 ? -1 : set_contains_hashed((PySetObject *)self, item, hash);
        if (in != 0)
            return in < 0 ? NULL : Py_False;
    }
    return container_exception() == NULL ? Py_True : NULL;
}

static PyObject *
m_add(PyObject *self, PyObject *item)
{
    return set_add((PySetObject *)self, item) < 0 ? NULL : Py_None;
}

static PyObject *
m_discard(PyObject *self, PyObject *item)
{
    return set_discard_key((PySetObject *)self, item) < 0 ? NULL : Py_None;
}

static PyObject *
m_remove(PyObject *self, PyObject *item)
{
    int removed = set_discard_key((PySetObject *)self, item);
    if (removed == 0)
        _PyErr_SetKeyError(item);
    return removed <= 0 ? NULL : Py_None;
}

static PyObject *
m_pop(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PySet_Pop(self);
}

static PyObject *
m_clear(PyObject *self, PyObject *unused)
{
    (void)unused;
    set_clear((PySetObject *)self);
    Py_RETURN_NONE;
}

static PyObject *
m_update(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++)
        if (set_update((PySetObject *)self, args[i]) < 0)
            return NULL;
    Py_RETURN_NONE;
}

/* Take over the contents of a set that nobody else has. */
static void
take_over(PyObject *self, PyObject *other)
{
    PySetObject *to = (PySetObject *)self, *from = (PySetObject *)other;
    to->table = from->table;
    to->fill = from->fill;
    to->used = from->used;
    to->mask = from->mask;
    to->hash = 0;
}

static PyObject *
m_intersection_update(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    PyObject *result = m_intersection(self, args, n);
    if (result == NULL)
        return NULL;
    take_over(self, result);
    Py_RETURN_NONE;
}

static PyObject *
m_difference_update(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++)
        if (set_difference_update((PySetObject *)self, args[i]) < 0)
            return NULL;
    Py_RETURN_NONE;
}

static PyObject *
m_symmetric_difference_update(PyObject *self, PyObject *other)
{
    return set_symmetric_difference_update((PySetObject *)self, other) < 0 ? NULL : Py_None;
}

static PyObject *
m_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *items = PySequence_List(self), *state = container_state(self);
    return items == NULL || state == NULL ? NULL : Py_BuildValue("O(O)O", Py_TYPE(self), items, state);
}

static PyObject *
m_sizeof(PyObject *self, PyObject *unused)
{
    (void)unused;
    PySetObject *set = (PySetObject *)self;
    Py_ssize_t table = set->table == NULL ? 0 : (set->mask + 1) * (Py_ssize_t)sizeof(setentry);
    return container_ssize(Py_TYPE(self)->tp_basicsize + table);
}

#define SET_COMMON_METHODS                                                                              \
    {"copy", m_copy, METH_NOARGS, "A shallow copy."},                                                   \
    {"union", CONTAINER_METHOD(m_union), METH_FASTCALL, "The items of all sets together."},             \
    {"intersection", CONTAINER_METHOD(m_intersection), METH_FASTCALL, "The items that all have."},      \
    {"difference", CONTAINER_METHOD(m_difference), METH_FASTCALL, "The items that no other has."},      \
    {"symmetric_difference", m_symmetric_difference, METH_O, "The items that exactly one has."},        \
    {"issubset", m_issubset, METH_O, "Does the other contain this set?"},                               \
    {"issuperset", m_issuperset, METH_O, "Does this set contain the other?"},                           \
    {"isdisjoint", m_isdisjoint, METH_O, "True when nothing is in both."},                              \
    {"__reduce__", m_reduce, METH_NOARGS, "State for copying and pickling."},                           \
    {"__sizeof__", m_sizeof, METH_NOARGS, "Bytes of the set in memory."},                               \
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "See PEP 585"}

PyMethodDef frozenset_methods[] = {
    SET_COMMON_METHODS,
    {NULL, NULL, 0, NULL},
};

PyMethodDef set_methods[] = {
    SET_COMMON_METHODS,
    {"add", m_add, METH_O, "Add an item."},
    {"discard", m_discard, METH_O, "Remove an item if it is there."},
    {"remove", m_remove, METH_O, "Remove an item; KeyError when absent."},
    {"pop", m_pop, METH_NOARGS, "Remove and return some item; KeyError when empty."},
    {"clear", m_clear, METH_NOARGS, "Remove all items."},
    {"update", CONTAINER_METHOD(m_update), METH_FASTCALL, "Add the items of all arguments."},
    {"intersection_update", CONTAINER_METHOD(m_intersection_update), METH_FASTCALL,
     "Keep the items that all have."},
    {"difference_update", CONTAINER_METHOD(m_difference_update), METH_FASTCALL,
     "Remove the items of all arguments."},
    {"symmetric_difference_update", m_symmetric_difference_update, METH_O,
     "Keep the items that exactly one has."},
    {NULL, NULL, 0, NULL},
};

/* ------------------------------------------------------------------ operators */

#define SET_OPERANDS(a, b)                                                                              \
    do {                                                                                                \
        if (!PyAnySet_Check(a) || !PyAnySet_Check(b))                                                   \
            Py_RETURN_NOTIMPLEMENTED;                                                                   \
    } while (0)

static PyObject *
op_or(PyObject *a, PyObject *b)
{
    SET_OPERANDS(a, b);
    return m_union(a, &b, 1);
}

static PyObject *
op_and(PyObject *a, PyObject *b)
{
    SET_OPERANDS(a, b);
    return intersection(a, b);
}

static PyObject *
op_sub(PyObject *a, PyObject *b)
{
    SET_OPERANDS(a, b);
    return difference(a, b);
}

static PyObject *
op_xor(PyObject *a, PyObject *b)
{
    SET_OPERANDS(a, b);
    return symmetric_difference(a, b);
}

static PyObject *
op_inplace_or(PyObject *a, PyObject *b)
{
    SET_OPERANDS(a, b);
    return set_update((PySetObject *)a, b) < 0 ? NULL : a;
}

static PyObject *
op_inplace_and(PyObject *a, PyObject *b)
{
    SET_OPERANDS(a, b);
    return m_intersection_update(a, &b, 1) == NULL ? NULL : a;
}

static PyObject *
op_inplace_sub(PyObject *a, PyObject *b)
{
    SET_OPERANDS(a, b);
    return set_difference_update((PySetObject *)a, b) < 0 ? NULL : a;
}

static PyObject *
op_inplace_xor(PyObject *a, PyObject *b)
{
    SET_OPERANDS(a, b);
    return set_symmetric_difference_update((PySetObject *)a, b) < 0 ? NULL : a;
}

PyNumberMethods frozenset_as_number = {
    .nb_subtract = op_sub,
    .nb_and = op_and,
    .nb_xor = op_xor,
    .nb_or = op_or,
};

PyNumberMethods set_as_number = {
    .nb_subtract = op_sub,
    .nb_and = op_and,
    .nb_xor = op_xor,
    .nb_or = op_or,
    .nb_inplace_subtract = op_inplace_sub,
    .nb_inplace_and = op_inplace_and,
    .nb_inplace_xor = op_inplace_xor,
    .nb_inplace_or = op_inplace_or,
};
