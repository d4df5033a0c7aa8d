/* dict_views.c: what keys(), values() and items() return, and their iterators. */
#include "dict.h"
#include "iters.h"
#include "list.h"
#include "set.h"
#include "tuple.h"

typedef struct {
    PyObject_HEAD
    PyDictObject *dict;
} dict_view_object;

/* ------------------------------------------------------------------ iterators */

static void
iter_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((gcrt_dict_iter *)self)->dict);
}

static PyObject *
iter_make(PyObject *dict, PyTypeObject *type, int reverse)
{
    gcrt_dict_iter *it = (gcrt_dict_iter *)gcrt_new(type, sizeof *it);
    if (it == NULL)
        return NULL;
    PyDictObject *d = (PyDictObject *)dict;
    it->dict = d;
    it->pos = reverse ? (Py_ssize_t)d->nentries - 1 : 0;
    it->used = it->remaining = d->ma_used;
    return (PyObject *)it;
}

/* The next entry, or NULL at the end or with RuntimeError.  The result is read at once: it points into
 * the dict. */
static inline gcrt_dict_entry *
iter_advance(gcrt_dict_iter *it)
{
    PyDictObject *d = it->dict;
    if (d == NULL)
        return NULL;
    if (GCRT_UNLIKELY(it->used != d->ma_used)) {
        PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
        it->used = -1;     /* stays in this state */
        return NULL;
    }
    Py_ssize_t i = dict_next_entry(d, it->pos);
    if (i >= d->nentries) {
        it->dict = NULL;
        return NULL;
    }
    if (GCRT_UNLIKELY(it->remaining == 0)) {
        PyErr_SetString(PyExc_RuntimeError, "dictionary keys changed during iteration");
        it->dict = NULL;
        return NULL;
    }
    it->pos = i + 1;
    it->remaining--;
    return &d->entries[i];
}

static gcrt_dict_entry *
iter_advance_back(gcrt_dict_iter *it)
{
    PyDictObject *d = it->dict;
    if (d == NULL)
        return NULL;
    if (it->used != d->ma_used) {
        PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
        it->used = -1;
        return NULL;
    }
    Py_ssize_t i = it->pos < (Py_ssize_t)d->nentries ? it->pos : (Py_ssize_t)d->nentries - 1;
    while (i >= 0 && d->entries[i].me_key == NULL)
        i--;
    if (i < 0) {
        it->dict = NULL;
        return NULL;
    }
    it->pos = i - 1;
    it->remaining--;
    return &d->entries[i];
}

static PyObject *
iter_next_key(PyObject *self)
{
    gcrt_dict_entry *entry = iter_advance((gcrt_dict_iter *)self);
    return entry == NULL ? NULL : entry->me_key;
}

static PyObject *
iter_next_value(PyObject *self)
{
    gcrt_dict_entry *entry = iter_advance((gcrt_dict_iter *)self);
    return entry == NULL ? NULL : entry->me_value;
}

static PyObject *
iter_next_item(PyObject *self)
{
    gcrt_dict_entry *entry = iter_advance((gcrt_dict_iter *)self);
    return entry == NULL ? NULL : tuple_pair(entry->me_key, entry->me_value);
}

static PyObject *
iter_previous_key(PyObject *self)
{
    gcrt_dict_entry *entry = iter_advance_back((gcrt_dict_iter *)self);
    return entry == NULL ? NULL : entry->me_key;
}

static PyObject *
iter_previous_value(PyObject *self)
{
    gcrt_dict_entry *entry = iter_advance_back((gcrt_dict_iter *)self);
    return entry == NULL ? NULL : entry->me_value;
}

static PyObject *
iter_previous_item(PyObject *self)
{
    gcrt_dict_entry *entry = iter_advance_back((gcrt_dict_iter *)self);
    return entry == NULL ? NULL : tuple_pair(entry->me_key, entry->me_value);
}

static PyObject *
iter_length_hint(PyObject *self, PyObject *unused)
{
    (void)unused;
    gcrt_dict_iter *it = (gcrt_dict_iter *)self;
    if (it->dict == NULL || it->used != it->dict->ma_used)
        return gcrt_int(0);
    return container_ssize(it->remaining);
}

/* (iter, (list of what is left,)): a copy iterates for itself. */
static PyObject *
iter_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    gcrt_dict_iter copy = *(gcrt_dict_iter *)self;
    PyObject *rest = PyList_New(0), *item;
    if (rest == NULL)
        return NULL;
    while ((item = Py_TYPE(self)->tp_iternext((PyObject *)&copy)) != NULL)
        if (list_append((PyListObject *)rest, item) < 0)
            return NULL;
    if (container_exception() != NULL)
        return NULL;
    PyObject *iter = container_builtin("iter");
    return iter == NULL ? NULL : Py_BuildValue("O(O)", iter, rest);
}

static PyMethodDef iter_methods[] = {
    {"__length_hint__", iter_length_hint, METH_NOARGS, "Estimate of the number of items to come."},
    {"__reduce__", iter_reduce, METH_NOARGS, "State for copying and pickling."},
    {NULL, NULL, 0, NULL},
};

#define DICT_ITER_TYPE(symbol, name, next)                                                              \
    PyTypeObject symbol = {                                                                             \
        PyVarObject_HEAD_INIT(&PyType_Type, 0)                                                          \
        .tp_name = name,                                                                                \
        .tp_basicsize = sizeof(gcrt_dict_iter),                                                         \
        .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,        \
        .tp_iter = PyObject_SelfIter,                                                                   \
        .tp_iternext = next,                                                                            \
        .tp_methods = iter_methods,                                                                     \
        .gcrt_trace = iter_trace,                                                                       \
    }

DICT_ITER_TYPE(PyDictIterKey_Type, "dict_keyiterator", iter_next_key);
DICT_ITER_TYPE(PyDictIterValue_Type, "dict_valueiterator", iter_next_value);
DICT_ITER_TYPE(PyDictIterItem_Type, "dict_itemiterator", iter_next_item);
DICT_ITER_TYPE(PyDictRevIterKey_Type, "dict_reversekeyiterator", iter_previous_key);
DICT_ITER_TYPE(PyDictRevIterValue_Type, "dict_reversevalueiterator", iter_previous_value);
DICT_ITER_TYPE(PyDictRevIterItem_Type, "dict_reverseitemiterator", iter_previous_item);

PyObject *
dict_iter(PyObject *self)
{
    return iter_make(self, &PyDictIterKey_Type, 0);
}

PyObject *
dict_reverse_iter(PyObject *self, PyTypeObject *type)
{
    return iter_make(self, type, 1);
}

/* ------------------------------------------------------------------ views */

PyObject *
dict_view(PyObject *self, PyTypeObject *type)
{
    dict_view_object *view = (dict_view_object *)gcrt_new(type, sizeof *view);
    if (view != NULL)
        view->dict = (PyDictObject *)self;
    return (PyObject *)view;
}

static PyObject *
view_dict(PyObject *view)
{
    return (PyObject *)((dict_view_object *)view)->dict;
}

static void
view_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)view_dict(self));
}

static Py_ssize_t
view_length(PyObject *self)
{
    return ((dict_view_object *)self)->dict->ma_used;
}

static PyObject *
keys_iter(PyObject *self)
{
    return iter_make(view_dict(self), &PyDictIterKey_Type, 0);
}

static PyObject *
values_iter(PyObject *self)
{
    return iter_make(view_dict(self), &PyDictIterValue_Type, 0);
}

static PyObject *
items_iter(PyObject *self)
{
    return iter_make(view_dict(self), &PyDictIterItem_Type, 0);
}

static PyObject *
keys_reversed(PyObject *self, PyObject *unused)
{
    (void)unused;
    return iter_make(view_dict(self), &PyDictRevIterKey_Type, 1);
}

static PyObject *
values_reversed(PyObject *self, PyObject *unused)
{
    (void)unused;
    return iter_make(view_dict(self), &PyDictRevIterValue_Type, 1);
}

static PyObject *
items_reversed(PyObject *self, PyObject *unused)
{
    (void)unused;
    return iter_make(view_dict(self), &PyDictRevIterItem_Type, 1);
}

static int
keys_contains(PyObject *self, PyObject *key)
{
    return PyDict_Contains(view_dict(self), key);
}

static int
items_contains(PyObject *self, PyObject *item)
{
    if (!PyTuple_Check(item) || PyTuple_GET_SIZE(item) != 2)
        return 0;
    PyObject *found = dict_get((PyDictObject *)view_dict(self), PyTuple_GET_ITEM(item, 0));
    if (found == NULL)
        return container_exception() == NULL ? 0 : -1;
    return container_equal(found, PyTuple_GET_ITEM(item, 1));
}

static PyObject *
view_repr(PyObject *self)
{
    int entered = container_repr_enter(self);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromString("...") : NULL;
    PyObject *text = NULL, *list = PySequence_List(self);
    if (list != NULL)
        text = PyUnicode_FromFormat("%s(%R)", Py_TYPE(self)->tp_name, list);
    container_repr_leave(self);
    return text;
}

static PyObject *
view_mapping(PyObject *self, void *closure)
{
    (void)closure;
    return PyDictProxy_New(view_dict(self));
}

/* ------------------------------------------------------------------ set operations */

/* Is every item of a in b?  1, 0, or -1 with an exception. */
static int
view_all_in(PyObject *a, PyObject *b)
{
    PyObject *iter = PyObject_GetIter(a), *item;
    if (iter == NULL)
        return -1;
    while ((item = container_next(iter)) != NULL) {
        int in = PySequence_Contains(b, item);
        if (in <= 0)
            return in;
    }
    return container_exception() == NULL ? 1 : -1;
}

static PyObject *
view_richcompare(PyObject *self, PyObject *other, int op)
{
    if (!PyAnySet_Check(other) && !PyDictViewSet_Check(other))
        Py_RETURN_NOTIMPLEMENTED;
    Py_ssize_t n = view_length(self), m = PyObject_Size(other);
    if (m < 0)
        return NULL;
    int result = 0;
    switch (op) {
    case Py_EQ:
    case Py_NE:
        result = n == m ? view_all_in(self, other) : 0;
        if (op == Py_NE && result >= 0)
            result = !result;
        break;
    case Py_LT:
        result = n < m ? view_all_in(self, other) : 0;
        break;
    case Py_LE:
        result = n <= m ? view_all_in(self, other) : 0;
        break;
    case Py_GT:
        result = n > m ? view_all_in(other, self) : 0;
        break;
    case Py_GE:
        result = n >= m ? view_all_in(other, self) : 0;
        break;
    }
    return result < 0 ? NULL : container_bool(result);
}

static PyObject *
view_subtract(PyObject *a, PyObject *b)
{
    PyObject *result = PySet_New(a);
    if (result == NULL || set_difference_update((PySetObject *)result, b) < 0)
        return NULL;
    return result;
}

static PyObject *
view_or(PyObject *a, PyObject *b)
{
    PyObject *result = PySet_New(a);
    if (result == NULL || set_update((PySetObject *)result, b) < 0)
        return NULL;
    return result;
}

static PyObject *
view_xor(PyObject *a, PyObject *b)
{
    PyObject *result = PySet_New(a);
    if (result == NULL || set_symmetric_difference_update((PySetObject *)result, b) < 0)
        return NULL;
    return result;
}

static PyObject *
view_and(PyObject *a, PyObject *b)
{
    /* Either operand may be the view: iterate the other one, or the smaller of two views. */
    if (!PyDictViewSet_Check(a) || (PyDictViewSet_Check(b) && view_length(b) > view_length(a))) {
        PyObject *t = a;
        a = b;
        b = t;
    }
    PyObject *result = PySet_New(NULL), *item;
    PyObject *iter = result == NULL ? NULL : PyObject_GetIter(b);
    if (iter == NULL)
        return NULL;
    while ((item = container_next(iter)) != NULL) {
        int in = PySequence_Contains(a, item);
        if (in < 0 || (in && set_add((PySetObject *)result, item) < 0))
            return NULL;
    }
    return container_exception() == NULL ? result : NULL;
}

static PyObject *
view_isdisjoint(PyObject *self, PyObject *other)
{
    if (self == other)
        return container_bool(view_length(self) == 0);
    PyObject *iter = PyObject_GetIter(other), *item;
    if (iter == NULL)
        return NULL;
    while ((item = container_next(iter)) != NULL) {
        int in = PySequence_Contains(self, item);
        if (in != 0)
            return in < 0 ? NULL : Py_False;
    }
    return container_exception() == NULL ? Py_True : NULL;
}

/* ------------------------------------------------------------------ types */

static PyNumberMethods view_as_number = {
    .nb_subtract = view_subtract,
    .nb_and = view_and,
    .nb_xor = view_xor,
    .nb_or = view_or,
};
static PySequenceMethods keys_as_sequence = {.sq_length = view_length, .sq_contains = keys_contains};
static PySequenceMethods items_as_sequence = {.sq_length = view_length, .sq_contains = items_contains};
static PySequenceMethods values_as_sequence = {.sq_length = view_length};

static PyGetSetDef view_getset[] = {
    {"mapping", view_mapping, NULL, "The dictionary that this view refers to, read-only.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyMethodDef keys_methods[] = {
    {"isdisjoint", view_isdisjoint, METH_O, "True when the view and the iterable have nothing in common."},
    {"__reversed__", keys_reversed, METH_NOARGS, "An iterator over the keys from the last to the first."},
    {NULL, NULL, 0, NULL},
};
static PyMethodDef items_methods[] = {
    {"isdisjoint", view_isdisjoint, METH_O, "True when the view and the iterable have nothing in common."},
    {"__reversed__", items_reversed, METH_NOARGS, "An iterator over the items from the last to the first."},
    {NULL, NULL, 0, NULL},
};
static PyMethodDef values_methods[] = {
    {"__reversed__", values_reversed, METH_NOARGS, "An iterator over the values from the last to the first."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyDictKeys_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "dict_keys",
    .tp_basicsize = sizeof(dict_view_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_repr = view_repr,
    .tp_as_number = &view_as_number,
    .tp_as_sequence = &keys_as_sequence,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_richcompare = view_richcompare,
    .tp_iter = keys_iter,
    .tp_methods = keys_methods,
    .tp_getset = view_getset,
    .gcrt_trace = view_trace,
};

PyTypeObject PyDictItems_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "dict_items",
    .tp_basicsize = sizeof(dict_view_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_repr = view_repr,
    .tp_as_number = &view_as_number,
    .tp_as_sequence = &items_as_sequence,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_richcompare = view_richcompare,
    .tp_iter = items_iter,
    .tp_methods = items_methods,
    .tp_getset = view_getset,
    .gcrt_trace = view_trace,
};

PyTypeObject PyDictValues_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "dict_values",
    .tp_basicsize = sizeof(dict_view_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_repr = view_repr,
    .tp_as_sequence = &values_as_sequence,
    .tp_iter = values_iter,
    .tp_methods = values_methods,
    .tp_getset = view_getset,
    .gcrt_trace = view_trace,
};
