/* dict_methods.c: dict as Python sees it: construction, methods, comparison, repr. */
#include "dict.h"

#include "set.h"
#include "tuple.h"

/* ------------------------------------------------------------------ construction */

PyObject *
dict_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args, (void)kwargs;
    PyObject *self = type->tp_alloc(type, 0);
    if (self != NULL)
        ((PyDictObject *)self)->str_keys_only = 1;
    return self;
}

/* dict.update's one positional argument. */
static int
dict_update_from(PyDictObject *d, PyObject *source)
{
    if (PyDict_CheckExact(source))
        return dict_merge(d, source, 1);
    PyObject *keys;
    int has_keys = _PyObject_LookupAttr(source, GCRT_NAME(keys), &keys);
    if (has_keys < 0)
        return -1;
    return has_keys ? dict_merge(d, source, 1) : PyDict_MergeFromSeq2((PyObject *)d, source, 1);
}

static int
dict_update_common(PyObject *self, PyObject *args, PyObject *kwargs, const char *name)
{
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (!_PyArg_CheckPositional(name, n, 0, 1))
        return -1;
    if (n == 1 && dict_update_from((PyDictObject *)self, PyTuple_GET_ITEM(args, 0)) < 0)
        return -1;
    return kwargs == NULL ? 0 : dict_merge((PyDictObject *)self, kwargs, 1);
}

int
dict_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return dict_update_common(self, args, kwargs, "dict");
}

PyObject *
dict_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    if (!_PyArg_CheckPositional("dict", n, 0, 1))
        return NULL;
    PyObject *self = dict_new((PyTypeObject *)type, NULL, NULL);
    if (self == NULL || (n == 1 && dict_update_from((PyDictObject *)self, args[0]) < 0))
        return NULL;
    Py_ssize_t n_kw = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    for (Py_ssize_t i = 0; i < n_kw; i++)
        if (dict_set((PyDictObject *)self, PyTuple_GET_ITEM(kwnames, i), args[n + i]) < 0)
            return NULL;
    return self;
}

/* ------------------------------------------------------------------ repr and comparison */

static PyObject *
dict_repr_entries(PyDictObject *d)
{
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    writer.overallocate = 1;
    writer.min_length = 2 + d->ma_used * 6;
    if (_PyUnicodeWriter_WriteChar(&writer, '{') < 0)
        goto error;
    int first = 1;
    for (Py_ssize_t i = 0; (i = dict_next_entry(d, i)) < d->nentries; i++) {
        PyObject *key = d->entries[i].me_key, *value = d->entries[i].me_value;
        if (!first && _PyUnicodeWriter_WriteASCIIString(&writer, ", ", 2) < 0)
            goto error;
        first = 0;
        PyObject *text = PyObject_Repr(key);
        if (text == NULL || _PyUnicodeWriter_WriteStr(&writer, text) < 0 ||
            _PyUnicodeWriter_WriteASCIIString(&writer, ": ", 2) < 0)
            goto error;
        text = PyObject_Repr(value);
        if (text == NULL || _PyUnicodeWriter_WriteStr(&writer, text) < 0)
            goto error;
    }
    if (_PyUnicodeWriter_WriteChar(&writer, '}') < 0)
        goto error;
    return _PyUnicodeWriter_Finish(&writer);
error:
    _PyUnicodeWriter_Dealloc(&writer);
    return NULL;
}

PyObject *
dict_repr(PyObject *self)
{
    if (((PyDictObject *)self)->ma_used == 0)
        return PyUnicode_FromString("{}");
    int entered = container_repr_enter(self);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromString("{...}") : NULL;
    PyObject *text = dict_repr_entries((PyDictObject *)self);
    container_repr_leave(self);
    return text;
}

/* 1, 0, or -1 with an exception. */
static int
dict_equal(PyDictObject *a, PyDictObject *b)
{
    if (a->ma_used != b->ma_used)
        return 0;
    for (Py_ssize_t i = 0; (i = dict_next_entry(a, i)) < a->nentries; i++) {
        gcrt_dict_entry entry = a->entries[i];
        Py_ssize_t at = dict_lookup(b, entry.me_key, entry.me_hash);
        if (at == DICT_ERROR)
            return -1;
        if (at == DICT_ABSENT)
            return 0;
        int equal = container_equal(entry.me_value, b->entries[at].me_value);
        if (equal <= 0)
            return equal;
    }
    return 1;
}

PyObject *
dict_richcompare(PyObject *a, PyObject *b, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyDict_Check(a) || !PyDict_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    if (gcrt_enter_c(" in comparison"))
        return NULL;
    int equal = dict_equal((PyDictObject *)a, (PyDictObject *)b);
    return equal < 0 ? NULL : container_bool(equal == (op == Py_EQ));
}

/* ------------------------------------------------------------------ methods */

static PyObject *
dict_m_get(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    if (!_PyArg_CheckPositional("get", n, 1, 2))
        return NULL;
    PyObject *value = dict_get((PyDictObject *)self, args[0]);
    if (value != NULL || container_exception() != NULL)
        return value;
    return n == 2 ? args[1] : Py_None;
}

static PyObject *
dict_m_setdefault(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    if (!_PyArg_CheckPositional("setdefault", n, 1, 2))
        return NULL;
    return PyDict_SetDefault(self, args[0], n == 2 ? args[1] : Py_None);
}

static PyObject *
dict_m_pop(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    if (!_PyArg_CheckPositional("pop", n, 1, 2))
        return NULL;
    return _PyDict_Pop(self, args[0], n == 2 ? args[1] : NULL);
}

static PyObject *
dict_m_popitem(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyDictObject *d = (PyDictObject *)self;
    if (d->ma_used == 0) {
        PyErr_SetString(PyExc_KeyError, "popitem(): dictionary is empty");
        return NULL;
    }
    return dict_pop_last(d);
}

static PyObject *
dict_m_update(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return dict_update_common(self, args, kwargs, "update") < 0 ? NULL : Py_None;
}

static PyObject *
dict_m_clear(PyObject *self, PyObject *unused)
{
    (void)unused;
    dict_clear((PyDictObject *)self);
    Py_RETURN_NONE;
}

static PyObject *
dict_m_copy(PyObject *self, PyObject *unused)
{
    (void)unused;
    return dict_copy((PyDictObject *)self);
}

static PyObject *
dict_m_keys(PyObject *self, PyObject *unused)
{
    (void)unused;
    return dict_view(self, &PyDictKeys_Type);
}

static PyObject *
dict_m_values(PyObject *self, PyObject *unused)
{
    (void)unused;
    return dict_view(self, &PyDictValues_Type);
}

static PyObject *
dict_m_items(PyObject *self, PyObject *unused)
{
    (void)unused;
    return dict_view(self, &PyDictItems_Type);
}

static PyObject *
dict_m_reversed(PyObject *self, PyObject *unused)
{
    (void)unused;
    return dict_reverse_iter(self, &PyDictRevIterKey_Type);
}

static PyObject *
dict_m_sizeof(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyDictObject *d = (PyDictObject *)self;
    size_t size = (size_t)Py_TYPE(self)->tp_basicsize + d->capacity * sizeof(gcrt_dict_entry);
    if (d->indices != NULL)
        size += ((size_t)d->mask + 1) * sizeof(int32_t);
    return container_ssize((Py_ssize_t)size);
}

/* Fast fill of an exact dict from a dict's or set's own hashes. */
static int
dict_fill_keys(PyDictObject *d, PyObject *source, PyObject *value)
{
    PyObject *key;
    Py_hash_t hash;
    Py_ssize_t pos = 0;
    if (PyDict_CheckExact(source)) {
        while (_PyDict_Next(source, &pos, &key, NULL, &hash))
            if (dict_set_hashed(d, key, hash, value) < 0)
                return -1;
    } else {
        setentry *entry;
        while (set_next((PySetObject *)source, &pos, &entry)) {
            key = entry->key;
            if (dict_set_hashed(d, key, entry->hash, value) < 0)
                return -1;
        }
    }
    return 0;
}

static PyObject *
dict_m_fromkeys(PyObject *cls, PyObject *const *args, Py_ssize_t n)
{
    if (!_PyArg_CheckPositional("fromkeys", n, 1, 2))
        return NULL;
    PyObject *value = n == 2 ? args[1] : Py_None, *key;
    PyObject *result = PyObject_CallNoArgs(cls);
    if (result == NULL)
        return NULL;
    int exact = PyDict_CheckExact(result);
    if (exact && (PyDict_CheckExact(args[0]) || PyAnySet_CheckExact(args[0])))
        return dict_fill_keys((PyDictObject *)result, args[0], value) < 0 ? NULL : result;
    PyObject *iter = PyObject_GetIter(args[0]);
    if (iter == NULL)
        return NULL;
    while ((key = container_next(iter)) != NULL)
        if (exact ? dict_set((PyDictObject *)result, key, value) < 0
                  : PyObject_SetItem(result, key, value) < 0)
            return NULL;
    return container_exception() == NULL ? result : NULL;
}

static PyObject *
dict_or(PyObject *a, PyObject *b)
{
    if (!PyDict_Check(a) || !PyDict_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *result = dict_copy((PyDictObject *)a);
    if (result == NULL || dict_update_from((PyDictObject *)result, b) < 0)
        return NULL;
    return result;
}

static PyObject *
dict_inplace_or(PyObject *self, PyObject *other)
{
    return dict_update_from((PyDictObject *)self, other) < 0 ? NULL : self;
}

static Py_ssize_t
dict_length(PyObject *self)
{
    return ((PyDictObject *)self)->ma_used;
}

PyNumberMethods dict_as_number = {.nb_or = dict_or, .nb_inplace_or = dict_inplace_or};
PySequenceMethods dict_as_sequence = {.sq_contains = PyDict_Contains};
PyMappingMethods dict_as_mapping = {
    .mp_length = dict_length,
    .mp_subscript = dict_subscript,
    .mp_ass_subscript = dict_ass_subscript,
};

PyMethodDef dict_methods[] = {
    {"get", CONTAINER_METHOD(dict_m_get), METH_FASTCALL,
     "get($self, key, default=None, /)\n--\n\nThe value of key, or default when key is absent."},
    {"setdefault", CONTAINER_METHOD(dict_m_setdefault), METH_FASTCALL,
     "setdefault($self, key, default=None, /)\n--\n\nThe value of key; default is stored when it is absent."},
    {"pop", CONTAINER_METHOD(dict_m_pop), METH_FASTCALL,
     "D.pop(k[,d]) -> v, remove key k and return its value, or d, or raise KeyError."},
    {"popitem", dict_m_popitem, METH_NOARGS,
     "popitem($self, /)\n--\n\nRemove and return the (key, value) pair that was inserted last."},
    {"update", CONTAINER_METHOD(dict_m_update), METH_VARARGS | METH_KEYWORDS,
     "D.update([E, ]**F) -> None.  Take over the pairs of E, then of F."},
    {"clear", dict_m_clear, METH_NOARGS, "D.clear() -> None.  Remove all pairs."},
    {"copy", dict_m_copy, METH_NOARGS, "D.copy() -> a shallow copy of D"},
    {"keys", dict_m_keys, METH_NOARGS, "D.keys() -> a set-like view of D's keys"},
    {"values", dict_m_values, METH_NOARGS, "D.values() -> a view of D's values"},
    {"items", dict_m_items, METH_NOARGS, "D.items() -> a set-like view of D's (key, value) pairs"},
    {"fromkeys", CONTAINER_METHOD(dict_m_fromkeys), METH_FASTCALL | METH_CLASS,
     "fromkeys($type, iterable, value=None, /)\n--\n\nA new dictionary with these keys, all with one value."},
    {"__reversed__", dict_m_reversed, METH_NOARGS, "An iterator over the keys from the last to the first."},
    {"__sizeof__", dict_m_sizeof, METH_NOARGS, "D.__sizeof__() -> bytes of D in memory"},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "See PEP 585"},
    {NULL, NULL, 0, NULL},
};
