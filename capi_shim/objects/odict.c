/* odict.c: OrderedDict.  A dict keeps its order already; what is added here is moving keys, taking the
 * oldest pair, and comparison that heeds the order. */
#include "dict.h"
#include "iters.h"
#include "tuple.h"

typedef struct {
    PyDictObject dict;
    PyObject *attributes;          /* __dict__ or NULL */
    PyObject *weakreflist;
} odict_object;

/* ------------------------------------------------------------------ updating
 *
 * Subclasses may override __setitem__: only an exact OrderedDict is filled behind its back. */

static int
odict_store(PyObject *self, PyObject *key, PyObject *value)
{
    if (Py_TYPE(self) == &PyODict_Type)
        return dict_set((PyDictObject *)self, key, value);
    return PyObject_SetItem(self, key, value);
}

static int
odict_update_keys(PyObject *self, PyObject *mapping, PyObject *keys)
{
    PyObject *iter = PyObject_GetIter(keys), *key;
    if (iter == NULL)
        return -1;
    while ((key = container_next(iter)) != NULL) {
        PyObject *value = PyObject_GetItem(mapping, key);
        if (value == NULL || odict_store(self, key, value) < 0)
            return -1;
    }
    return container_exception() == NULL ? 0 : -1;
}

static int
odict_update_pairs(PyObject *self, PyObject *pairs)
{
    PyObject *dict = PyDict_CheckExact(pairs) ? pairs : NULL, *iter, *item;
    if (dict != NULL && (pairs = PyDict_Items(dict)) == NULL)
        return -1;
    if ((iter = PyObject_GetIter(pairs)) == NULL)
        return -1;
    while ((item = container_next(iter)) != NULL) {
        PyObject *pair = PySequence_Tuple(item);
        if (pair == NULL)
            return -1;
        if (PyTuple_GET_SIZE(pair) != 2) {
            PyErr_Format(PyExc_ValueError, PyTuple_GET_SIZE(pair) < 2
                                               ? "need more than %zd values to unpack"
                                               : "too many values to unpack (expected 2)",
                         PyTuple_GET_SIZE(pair));
            return -1;
        }
        if (odict_store(self, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1)) < 0)
            return -1;
    }
    return container_exception() == NULL ? 0 : -1;
}

static int
odict_update_from(PyObject *self, PyObject *source)
{
    PyObject *method;
    if (PyDict_CheckExact(source) && Py_TYPE(self) == &PyODict_Type)
        return dict_merge((PyDictObject *)self, source, 1);
    if (PyDict_CheckExact(source))
        return odict_update_pairs(self, source);
    int found = _PyObject_LookupAttr(source, GCRT_NAME(keys), &method);
    if (found > 0) {
        PyObject *keys = PyObject_CallNoArgs(method);
        return keys == NULL ? -1 : odict_update_keys(self, source, keys);
    }
    if (found == 0)
        found = _PyObject_LookupAttr(source, GCRT_NAME(items), &method);
    if (found < 0)
        return -1;
    PyObject *pairs = found ? PyObject_CallNoArgs(method) : source;
    return pairs == NULL ? -1 : odict_update_pairs(self, pairs);
}

static int
odict_update_common(PyObject *self, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (n > 1) {
        PyErr_Format(PyExc_TypeError, "update() takes at most 1 positional argument (%zd given)", n);
        return -1;
    }
    if (n == 1 && odict_update_from(self, PyTuple_GET_ITEM(args, 0)) < 0)
        return -1;
    return kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0 ? 0 : odict_update_from(self, kwargs);
}

static int
odict_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (n > 1) {
        PyErr_Format(PyExc_TypeError, "expected at most 1 arguments, got %zd", n);
        return -1;
    }
    return odict_update_common(self, args, kwargs);
}

static PyObject *
odict_m_update(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return odict_update_common(self, args, kwargs) < 0 ? NULL : Py_None;
}

/* ------------------------------------------------------------------ order */

/* Put entry i before all others. */
static int
odict_move_to_front(PyDictObject *d, Py_ssize_t i)
{
    PyDictObject *fresh = (PyDictObject *)_PyDict_NewPresized(d->ma_used);
    gcrt_dict_entry first = d->entries[i];
    if (fresh == NULL || dict_add_absent(fresh, first.me_key, first.me_hash, first.me_value) < 0)
        return -1;
    for (Py_ssize_t j = 0; (j = dict_next_entry(d, j)) < d->nentries; j++) {
        gcrt_dict_entry entry = d->entries[j];
        if (j != i && dict_add_absent(fresh, entry.me_key, entry.me_hash, entry.me_value) < 0)
            return -1;
    }
    d->entries = fresh->entries;
    d->indices = fresh->indices;
    d->nentries = fresh->nentries;
    d->capacity = fresh->capacity;
    d->mask = fresh->mask;
    d->places_version = 0;
    return 0;
}

static PyObject *
odict_m_move_to_end(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"key", "last", NULL};
    PyObject *key;
    int last = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|p:move_to_end", names, &key, &last))
        return NULL;
    PyDictObject *d = (PyDictObject *)self;
    Py_hash_t hash = container_hash(key);
    if (hash == -1)
        return NULL;
    Py_ssize_t i = dict_lookup(d, key, hash);
    if (i == DICT_ABSENT)
        _PyErr_SetKeyError(key);
    if (i < 0)
        return NULL;
    if (!last)
        return odict_move_to_front(d, i) < 0 ? NULL : Py_None;
    if (i == (Py_ssize_t)d->nentries - 1)
        Py_RETURN_NONE;
    gcrt_dict_entry *blocks = d->entries, entry = d->entries[i];
    if (dict_make_room(d) < 0)
        return NULL;
    if (d->entries != blocks) {
        /* Entries were renumbered.  The key is there, and identical: no foreign code can run. */
        for (i = 0; d->entries[i].me_key != entry.me_key;)
            i++;
    }
    dict_remove_entry(d, i);
    return dict_add_absent(d, entry.me_key, entry.me_hash, entry.me_value) < 0 ? NULL : Py_None;
}

static PyObject *
odict_m_popitem(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"last", NULL};
    int last = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|p:popitem", names, &last))
        return NULL;
    PyDictObject *d = (PyDictObject *)self;
    if (d->ma_used == 0) {
        PyErr_SetString(PyExc_KeyError, "dictionary is empty");
        return NULL;
    }
    if (last)
        return dict_pop_last(d);
    Py_ssize_t i = dict_next_entry(d, 0);
    PyObject *pair = tuple_pair(d->entries[i].me_key, d->entries[i].me_value);
    if (pair != NULL)
        dict_remove_entry(d, i);
    return pair;
}

/* ------------------------------------------------------------------ methods that heed overriding */

static PyObject *
odict_m_setdefault(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"key", "default", NULL};
    PyObject *key, *fallback = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:setdefault", names, &key, &fallback))
        return NULL;
    if (Py_TYPE(self) == &PyODict_Type)
        return PyDict_SetDefault(self, key, fallback);
    int in = PySequence_Contains(self, key);
    if (in != 0)
        return in < 0 ? NULL : PyObject_GetItem(self, key);
    return PyObject_SetItem(self, key, fallback) < 0 ? NULL : fallback;
}

static PyObject *
odict_m_pop(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"key", "default", NULL};
    PyObject *key, *fallback = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:pop", names, &key, &fallback))
        return NULL;
    return _PyDict_Pop(self, key, fallback);
}

static PyObject *
odict_m_fromkeys(PyObject *cls, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"iterable", "value", NULL};
    PyObject *iterable, *value = Py_None, *key;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:fromkeys", names, &iterable, &value))
        return NULL;
    PyObject *result = PyObject_CallNoArgs(cls), *iter = result == NULL ? NULL : PyObject_GetIter(iterable);
    if (iter == NULL)
        return NULL;
    while ((key = container_next(iter)) != NULL)
        if (odict_store(result, key, value) < 0)
            return NULL;
    return container_exception() == NULL ? result : NULL;
}

static PyObject *
odict_m_copy(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *copy = PyObject_CallNoArgs((PyObject *)Py_TYPE(self));
    if (copy == NULL)
        return NULL;
    if (Py_TYPE(self) == &PyODict_Type)
        return dict_merge((PyDictObject *)copy, self, 1) < 0 ? NULL : copy;
    return odict_update_keys(copy, self, self) < 0 ? NULL : copy;
}

static PyObject *
odict_m_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *state = container_state(self);
    if (state != NULL && PyDict_CheckExact(state) && PyDict_GET_SIZE(state) == 0)
        state = Py_None;
    PyObject *items = state == NULL ? NULL : PyObject_CallMethodNoArgs(self, GCRT_NAME(items));
    PyObject *iter = items == NULL ? NULL : PyObject_GetIter(items);
    return iter == NULL ? NULL : Py_BuildValue("O()OON", Py_TYPE(self), state, Py_None, iter);
}

static PyObject *
odict_m_reversed(PyObject *self, PyObject *unused)
{
    (void)unused;
    return dict_reverse_iter(self, &PyDictRevIterKey_Type);
}

static PyObject *
odict_m_keys(PyObject *self, PyObject *unused)
{
    (void)unused;
    return dict_view(self, &PyODictKeys_Type);
}

static PyObject *
odict_m_values(PyObject *self, PyObject *unused)
{
    (void)unused;
    return dict_view(self, &PyODictValues_Type);
}

static PyObject *
odict_m_items(PyObject *self, PyObject *unused)
{
    (void)unused;
    return dict_view(self, &PyODictItems_Type);
}

/* ------------------------------------------------------------------ as value */

static PyObject *
odict_repr(PyObject *self)
{
    const char *name = _PyType_Name(Py_TYPE(self));
    if (PyDict_GET_SIZE(self) == 0)
        return PyUnicode_FromFormat("%s()", name);
    int entered = container_repr_enter(self);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromString("...") : NULL;
    PyObject *items = Py_TYPE(self) == &PyODict_Type ? PyDict_Items(self)
                                                     : PyObject_CallMethodNoArgs(self, GCRT_NAME(items));
    PyObject *list = items == NULL ? NULL : PySequence_List(items);
    PyObject *text = list == NULL ? NULL : PyUnicode_FromFormat("%s(%R)", name, list);
    container_repr_leave(self);
    return text;
}

/* 1 when the keys of two dicts of one size come in the same order. */
static int
odict_same_order(PyDictObject *a, PyDictObject *b)
{
    Py_ssize_t i = 0, j = 0;
    for (;; i++, j++) {
        i = dict_next_entry(a, i);
        j = dict_next_entry(b, j);
        if (i >= a->nentries || j >= b->nentries)
            return i >= a->nentries && j >= b->nentries;
        int equal = container_equal(a->entries[i].me_key, b->entries[j].me_key);
        if (equal <= 0)
            return equal;
    }
}

static PyObject *
odict_richcompare(PyObject *a, PyObject *b, int op)
{
    PyObject *result = dict_richcompare(a, b, op);
    int differs = result == (op == Py_EQ ? Py_False : Py_True);
    if (result == NULL || result == Py_NotImplemented || differs || !PyObject_TypeCheck(b, &PyODict_Type))
        return result;
    int same = odict_same_order((PyDictObject *)a, (PyDictObject *)b);
    return same < 0 ? NULL : container_bool(same == (op == Py_EQ));
}

static PyObject *
odict_or(PyObject *a, PyObject *b)
{
    PyTypeObject *type = PyObject_TypeCheck(a, &PyODict_Type) ? Py_TYPE(a) : Py_TYPE(b);
    if (!PyDict_Check(a) || !PyDict_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *result = PyObject_CallOneArg((PyObject *)type, a);
    return result == NULL || odict_update_from(result, b) < 0 ? NULL : result;
}

static PyObject *
odict_inplace_or(PyObject *self, PyObject *other)
{
    return odict_update_from(self, other) < 0 ? NULL : self;
}

static void
odict_trace(PyObject *self, size_t size, gc_tracer *t)
{
    PyDict_Type.gcrt_trace(self, size, t);
    gc_visit(t, (uintptr_t)((odict_object *)self)->attributes);
    gc_visit(t, (uintptr_t)((odict_object *)self)->weakreflist);
}

/* ------------------------------------------------------------------ types */

static PyMethodDef odict_methods[] = {
    {"move_to_end", CONTAINER_METHOD(odict_m_move_to_end), METH_VARARGS | METH_KEYWORDS,
     "move_to_end($self, /, key, last=True)\n--\n\nMove a key to the end, or to the front if last is false."},
    {"popitem", CONTAINER_METHOD(odict_m_popitem), METH_VARARGS | METH_KEYWORDS,
     "popitem($self, /, last=True)\n--\n\nRemove and return the newest pair, or the oldest if last is false."},
    {"setdefault", CONTAINER_METHOD(odict_m_setdefault), METH_VARARGS | METH_KEYWORDS,
     "setdefault($self, /, key, default=None)\n--\n\nThe value of key; default is stored when absent."},
    {"pop", CONTAINER_METHOD(odict_m_pop), METH_VARARGS | METH_KEYWORDS,
     "od.pop(key[,default]) -> v, remove the key and return its value."},
    {"update", CONTAINER_METHOD(odict_m_update), METH_VARARGS | METH_KEYWORDS,
     "od.update([E, ]**F) -> None.  Take over the pairs of E, then of F."},
    {"fromkeys", CONTAINER_METHOD(odict_m_fromkeys), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "fromkeys($type, /, iterable, value=None)\n--\n\nA new ordered dictionary, all keys with one value."},
    {"copy", odict_m_copy, METH_NOARGS, "od.copy() -> a shallow copy of od"},
    {"keys", odict_m_keys, METH_NOARGS, NULL},
    {"values", odict_m_values, METH_NOARGS, NULL},
    {"items", odict_m_items, METH_NOARGS, NULL},
    {"__reduce__", odict_m_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__reversed__", odict_m_reversed, METH_NOARGS, "od.__reversed__() <==> reversed(od)"},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef odict_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyNumberMethods odict_as_number = {.nb_or = odict_or, .nb_inplace_or = odict_inplace_or};

PyTypeObject PyODict_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "collections.OrderedDict",
    .tp_basicsize = sizeof(odict_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "Dictionary that remembers insertion order",
    .tp_repr = odict_repr,
    .tp_as_number = &odict_as_number,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_richcompare = odict_richcompare,
    .tp_weaklistoffset = offsetof(odict_object, weakreflist),
    .tp_iter = dict_iter,
    .tp_methods = odict_methods,
    .tp_getset = odict_getset,
    .tp_base = &PyDict_Type,
    .tp_dictoffset = offsetof(odict_object, attributes),
    .tp_init = odict_init,
    .tp_new = dict_new,
    .gcrt_trace = odict_trace,
};

#define ODICT_VIEW_TYPE(symbol, name, base, size)                                                       \
    PyTypeObject symbol = {                                                                             \
        PyVarObject_HEAD_INIT(&PyType_Type, 0)                                                          \
        .tp_name = name,                                                                                \
        .tp_basicsize = size,                                                                           \
        .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,        \
        .tp_base = &base,                                                                               \
    }
ODICT_VIEW_TYPE(PyODictKeys_Type, "odict_keys", PyDictKeys_Type, 2 * sizeof(PyObject *));
ODICT_VIEW_TYPE(PyODictValues_Type, "odict_values", PyDictValues_Type, 2 * sizeof(PyObject *));
ODICT_VIEW_TYPE(PyODictItems_Type, "odict_items", PyDictItems_Type, 2 * sizeof(PyObject *));
ODICT_VIEW_TYPE(PyODictIter_Type, "odict_iterator", PyDictIterKey_Type, sizeof(gcrt_dict_iter));

/* ------------------------------------------------------------------ C API */

PyObject *
PyODict_New(void)
{
    return dict_new(&PyODict_Type, NULL, NULL);
}

int
PyODict_SetItem(PyObject *od, PyObject *key, PyObject *value)
{
    return PyDict_SetItem(od, key, value);
}

int
PyODict_DelItem(PyObject *od, PyObject *key)
{
    return PyDict_DelItem(od, key);
}
