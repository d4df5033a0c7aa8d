/* set.c: the core of set and frozenset: the hash table, the C API, the types and their iterator.
 *
 * Open addressing in one table of (hash, key).  A search looks at a few neighbouring places first, since
 * they share a cache line, and then jumps; sizes and the order of places follow CPython's documented
 * behaviour closely enough that sets of small ints print in the same order there and here.
 *
 * fill counts used and deleted places and stays below 3/5 of the table, so that a free place ends every
 * search.  Comparing keys may run Python code that changes the set: the search then starts again. */
#include "set.h"

#include "dict.h"
#include "iters.h"
#include "list.h"

#define SET_MIN_SIZE 8
#define SET_NEIGHBOURS 9

static PyObject set_dummy_object = {&PyBaseObject_Type};
PyObject *_PySet_Dummy = &set_dummy_object;

/* ------------------------------------------------------------------ the table */

/* 1: key is in entry; 0: not; SET_ERROR; 2: the set changed. */
static inline int
set_entry_matches(PySetObject *set, setentry *entry, PyObject *key, Py_hash_t hash)
{
    PyObject *other = entry->key;
    if (other == key)
        return 1;
    if (entry->hash != hash || other == _PySet_Dummy || gcrt_both_int(other, key))
        return 0;
    if (container_is_str(key) && container_is_str(other))
        return container_str_equal(other, key);
    setentry *table = set->table;
    int equal = PyObject_RichCompareBool(other, key, Py_EQ);
    if (equal < 0)
        return SET_ERROR;
    return set->table != table || entry->key != other ? 2 : equal;
}

/* Store a key that is known to be absent in a table without deleted places. */
static void
set_insert_clean(setentry *table, size_t mask, PyObject *key, Py_hash_t hash)
{
    size_t perturb = (size_t)hash, i = perturb & mask;
    for (;;) {
        size_t last = i + SET_NEIGHBOURS <= mask ? i + SET_NEIGHBOURS : i;
        for (size_t j = i; j <= last; j++)
            if (table[j].key == NULL) {
                table[j].hash = hash;
                table[j].key = key;
                return;
            }
        perturb >>= 5;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

/* A table with more than min_used places, holding the live entries. */
static int
set_resize(PySetObject *set, Py_ssize_t min_used)
{
    size_t size = SET_MIN_SIZE;
    while (size <= (size_t)min_used)
        size <<= 1;
    setentry *table = size > PY_SSIZE_T_MAX / sizeof *table ? (PyErr_NoMemory(), NULL)
                                                            : gcrt_alloc_words(size * 2);
    if (table == NULL)
        return -1;
    if (set->table != NULL)
        for (Py_ssize_t i = 0; i <= set->mask; i++)
            if (set_is_live(&set->table[i]))
                set_insert_clean(table, size - 1, set->table[i].key, set->table[i].hash);
    set->table = table;
    set->mask = (Py_ssize_t)size - 1;
    set->fill = set->used;
    return 0;
}

static int
set_ensure_table(PySetObject *set)
{
    return set->table != NULL ? 0 : set_resize(set, 0);
}

/* Find key: its place, or SET_ABSENT with the place to put it in *free_place, or SET_ERROR.  The last deleted
 * place on the way is preferred to a free one, as CPython does: it decides the order of iteration. */
static Py_ssize_t
set_probe(PySetObject *set, PyObject *key, Py_hash_t hash, Py_ssize_t *free_place)
{
restart:
    if (set_ensure_table(set) < 0)     /* cleared by a comparison */
        return SET_ERROR;
    setentry *table = set->table;
    size_t mask = (size_t)set->mask, perturb = (size_t)hash, i = perturb & mask;
    Py_ssize_t deleted = -1;
    for (;;) {
        size_t last = i + SET_NEIGHBOURS <= mask ? i + SET_NEIGHBOURS : i;
        for (size_t j = i; j <= last; j++) {
            setentry *entry = &table[j];
            if (entry->key == NULL) {
                *free_place = deleted >= 0 ? deleted : (Py_ssize_t)j;
                return SET_ABSENT;
            }
            if (entry->hash != hash) {
                if (entry->hash == -1)
                    deleted = (Py_ssize_t)j;
                continue;
            }
            int match = set_entry_matches(set, entry, key, hash);
            if (match == 1)
                return (Py_ssize_t)j;
            if (match == 2)
                goto restart;
            if (match < 0)
                return SET_ERROR;
        }
        perturb >>= 5;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

/* Make room for n more keys at once. */
int
set_reserve(PySetObject *set, Py_ssize_t n)
{
    if (set_ensure_table(set) < 0)
        return -1;
    if ((set->fill + n) * 5 < set->mask * 3)
        return 0;
    return set_resize(set, (set->used + n) * 2);
}

Py_ssize_t
set_lookup(PySetObject *set, PyObject *key, Py_hash_t hash)
{
    Py_ssize_t free_place;
    return set->used == 0 ? SET_ABSENT : set_probe(set, key, hash, &free_place);
}

int
set_add_hashed(PySetObject *set, PyObject *key, Py_hash_t hash)
{
    Py_ssize_t place;
    if (set_ensure_table(set) < 0)
        return -1;
    Py_ssize_t found = set_probe(set, key, hash, &place);
    if (found != SET_ABSENT)
        return found == SET_ERROR ? -1 : 0;
    setentry *entry = &set->table[place];
    int reused = entry->key != NULL;
    entry->hash = hash;
    gc_store(set, &entry->key, key);
    set->used++;
    if (reused)
        return 1;
    set->fill++;
    if (GCRT_LIKELY(set->fill * 5 < set->mask * 3))
        return 1;
    /* The key is in already; a table that can't grow now must still keep a free place. */
    if (set_resize(set, set->used > 50000 ? set->used * 2 : set->used * 4) == 0)
        return 1;
    if (set->fill <= set->mask - 1)
        PyErr_Clear();
    else {
        entry->key = _PySet_Dummy;
        set->used--;
        return -1;
    }
    return 1;
}

int
set_add_new(PySetObject *set, PyObject *key, Py_hash_t hash)
{
    if (set_ensure_table(set) < 0)
        return -1;
    set_insert_clean(set->table, (size_t)set->mask, key, hash);
    set->fill++;
    set->used++;
    if (GCRT_LIKELY(set->fill * 5 < set->mask * 3))
        return 0;
    return set_resize(set, set->used > 50000 ? set->used * 2 : set->used * 4);
}

int
set_contains_hashed(PySetObject *set, PyObject *key, Py_hash_t hash)
{
    Py_ssize_t place = set_lookup(set, key, hash);
    return place == SET_ERROR ? -1 : place >= 0;
}

int
set_discard_hashed(PySetObject *set, PyObject *key, Py_hash_t hash)
{
    Py_ssize_t place = set_lookup(set, key, hash);
    if (place < 0)
        return place == SET_ERROR ? -1 : 0;
    set->table[place].key = _PySet_Dummy;
    set->table[place].hash = -1;
    set->used--;
    return 1;
}

void
set_clear(PySetObject *set)
{
    set->table = NULL;
    set->fill = set->used = set->mask = 0;
    if (!PyFrozenSet_Check(set))
        set->hash = 0;
}

int
set_next(PySetObject *set, Py_ssize_t *pos, setentry **entry)
{
    if (set->table == NULL || *pos < 0)
        return 0;
    for (Py_ssize_t i = *pos; i <= set->mask; i++)
        if (set_is_live(&set->table[i])) {
            *pos = i + 1;
            *entry = &set->table[i];
            return 1;
        }
    *pos = set->mask + 1;
    return 0;
}

/* Hash of a key of `in`, remove and discard: a set stands for the frozenset with its items.  *as_key is
 * what is to be looked up. */
static Py_hash_t
set_key_hash(PyObject *key, PyObject **as_key)
{
    Py_hash_t hash = container_hash(key);
    *as_key = key;
    if (hash != -1 || !PySet_Check(key) || !PyErr_ExceptionMatches(PyExc_TypeError))
        return hash;
    PyErr_Clear();
    *as_key = set_copy_as(&PyFrozenSet_Type, (PySetObject *)key);
    return *as_key == NULL ? -1 : PyObject_Hash(*as_key);
}

int
set_contains_key(PySetObject *set, PyObject *key)
{
    PyObject *as_key;
    Py_hash_t hash = set_key_hash(key, &as_key);
    return hash == -1 ? -1 : set_contains_hashed(set, as_key, hash);
}

int
set_discard_key(PySetObject *set, PyObject *key)
{
    PyObject *as_key;
    Py_hash_t hash = set_key_hash(key, &as_key);
    return hash == -1 ? -1 : set_discard_hashed(set, as_key, hash);
}

/* ------------------------------------------------------------------ whole sets */

static int
set_merge(PySetObject *set, PySetObject *other)
{
    if (set == other || other->used == 0)
        return 0;
    if (set_reserve(set, other->used) < 0)
        return -1;
    if (set->fill == 0 && set->mask == other->mask && other->fill == other->used) {
        memcpy(set->table, other->table, ((size_t)other->mask + 1) * sizeof(setentry));
        set->fill = set->used = other->used;
        return 0;
    }
    if (set->fill == 0) {
        for (Py_ssize_t i = 0; i <= other->mask; i++)
            if (set_is_live(&other->table[i]))
                set_insert_clean(set->table, (size_t)set->mask, other->table[i].key, other->table[i].hash);
        set->fill = set->used = other->used;
        return 0;
    }
    for (Py_ssize_t i = 0; i <= other->mask && other->table != NULL; i++) {
        setentry entry = other->table[i];
        if (set_is_live(&entry) && set_add_hashed(set, entry.key, entry.hash) < 0)
            return -1;
    }
    return 0;
}

static int
set_update_dict(PySetObject *set, PyObject *dict)
{
    PyObject *key;
    Py_hash_t hash;
    Py_ssize_t pos = 0, n = PyDict_GET_SIZE(dict);
    if (n > 0 && set_reserve(set, n) < 0)
        return -1;
    while (_PyDict_Next(dict, &pos, &key, NULL, &hash))
        if (set_add_hashed(set, key, hash) < 0)
            return -1;
    return 0;
}

int
set_update(PySetObject *set, PyObject *iterable)
{
    if (PyAnySet_Check(iterable))
        return set_merge(set, (PySetObject *)iterable);
    if (PyDict_CheckExact(iterable))
        return set_update_dict(set, iterable);
    PyObject *iter = PyObject_GetIter(iterable), *item;
    if (iter == NULL)
        return -1;
    while ((item = container_next(iter)) != NULL)
        if (set_add(set, item) < 0)
            return -1;
    return container_exception() == NULL ? 0 : -1;
}

static PyObject *
set_alloc(PyTypeObject *type)
{
    PySetObject *set = type == &PySet_Type || type == &PyFrozenSet_Type
                           ? (PySetObject *)gcrt_new(type, sizeof *set)
                           : (PySetObject *)type->tp_alloc(type, 0);
    if (set != NULL && PyFrozenSet_Check(set))
        set->hash = -1;
    return (PyObject *)set;
}

PyObject *
set_make(PyTypeObject *type, PyObject *iterable)
{
    PyObject *set = set_alloc(type);
    if (set == NULL || (iterable != NULL && set_update((PySetObject *)set, iterable) < 0))
        return NULL;
    return set;
}

PyObject *
set_copy_as(PyTypeObject *type, PySetObject *other)
{
    PyObject *set = set_alloc(type);
    return set == NULL || set_merge((PySetObject *)set, other) < 0 ? NULL : set;
}

int
set_difference_update(PySetObject *set, PyObject *iterable)
{
    if ((PyObject *)set == iterable) {
        set_clear(set);
        return 0;
    }
    if (PyAnySet_Check(iterable)) {
        PySetObject *other = (PySetObject *)iterable;
        setentry *entry;
        for (Py_ssize_t pos = 0; set_next(other, &pos, &entry);)
            if (set_discard_hashed(set, entry->key, entry->hash) < 0)
                return -1;
    } else {
        PyObject *iter = PyObject_GetIter(iterable), *item;
        if (iter == NULL)
            return -1;
        while ((item = container_next(iter)) != NULL) {
            Py_hash_t hash = container_hash(item);
            if (hash == -1 || set_discard_hashed(set, item, hash) < 0)
                return -1;
        }
        if (container_exception() != NULL)
            return -1;
    }
    /* Sweep out deleted places when they are a quarter of the table. */
    if (set->table != NULL && (set->fill - set->used) * 4 >= set->mask)
        return set_resize(set, set->used > 50000 ? set->used * 2 : set->used * 4);
    return 0;
}

int
set_symmetric_difference_update(PySetObject *set, PyObject *iterable)
{
    if ((PyObject *)set == iterable) {
        set_clear(set);
        return 0;
    }
    PySetObject *other = (PySetObject *)iterable;
    if (!PyAnySet_Check(iterable)) {
        /* Each item counts once. */
        other = (PySetObject *)set_make(&PySet_Type, iterable);
        if (other == NULL)
            return -1;
    }
    setentry *place;
    for (Py_ssize_t pos = 0; set_next(other, &pos, &place);) {
        setentry entry = *place;
        int removed = set_discard_hashed(set, entry.key, entry.hash);
        if (removed < 0 || (!removed && set_add_hashed(set, entry.key, entry.hash) < 0))
            return -1;
    }
    return 0;
}

/* ------------------------------------------------------------------ C API */

static int
set_require(PyObject *op, int ok)
{
    if (op != NULL && ok)
        return 1;
    PyErr_BadInternalCall();
    return 0;
}

PyObject *
PySet_New(PyObject *iterable)
{
    return set_make(&PySet_Type, iterable);
}

PyObject *
PyFrozenSet_New(PyObject *iterable)
{
    return set_make(&PyFrozenSet_Type, iterable);
}

Py_ssize_t
PySet_Size(PyObject *op)
{
    return set_require(op, PyAnySet_Check(op)) ? ((PySetObject *)op)->used : -1;
}

int
PySet_Clear(PyObject *op)
{
    if (!set_require(op, PySet_Check(op)))
        return -1;
    set_clear((PySetObject *)op);
    return 0;
}

int
PySet_Contains(PyObject *op, PyObject *key)
{
    if (!set_require(op, PyAnySet_Check(op)))
        return -1;
    Py_hash_t hash = container_hash(key);
    return hash == -1 ? -1 : set_contains_hashed((PySetObject *)op, key, hash);
}

int
PySet_Discard(PyObject *op, PyObject *key)
{
    if (!set_require(op, PySet_Check(op)))
        return -1;
    Py_hash_t hash = container_hash(key);
    return hash == -1 ? -1 : set_discard_hashed((PySetObject *)op, key, hash);
}

int
PySet_Add(PyObject *op, PyObject *key)
{
    if (!set_require(op, PyAnySet_Check(op)))
        return -1;
    if (PyFrozenSet_Check(op))
        ((PySetObject *)op)->hash = -1;    /* allowed while nobody else has seen it */
    return set_add((PySetObject *)op, key) < 0 ? -1 : 0;
}

/* The search goes on where the last one ended, so that popping all is linear. */
PyObject *
PySet_Pop(PyObject *op)
{
    if (!set_require(op, PySet_Check(op)))
        return NULL;
    PySetObject *set = (PySetObject *)op;
    if (set->used == 0) {
        PyErr_SetString(PyExc_KeyError, "pop from an empty set");
        return NULL;
    }
    Py_ssize_t i = set->hash & set->mask;
    while (!set_is_live(&set->table[i]))
        i = (i + 1) & set->mask;
    PyObject *key = set->table[i].key;
    set->table[i].key = _PySet_Dummy;
    set->table[i].hash = -1;
    set->used--;
    set->hash = i + 1;
    return key;
}

int
_PySet_Update(PyObject *op, PyObject *iterable)
{
    return set_require(op, PySet_Check(op)) ? set_update((PySetObject *)op, iterable) : -1;
}

int
_PySet_NextEntry(PyObject *op, Py_ssize_t *pos, PyObject **key, Py_hash_t *hash)
{
    setentry *entry;
    if (!set_require(op, PyAnySet_Check(op)))
        return -1;
    if (!set_next((PySetObject *)op, pos, &entry))
        return 0;
    *key = entry->key;
    *hash = entry->hash;
    return 1;
}

/* ------------------------------------------------------------------ iterator */

static PyObject *
set_iter(PyObject *self)
{
    gcrt_set_iter *it = (gcrt_set_iter *)gcrt_new(&PySetIter_Type, sizeof *it);
    if (it == NULL)
        return NULL;
    it->set = (PySetObject *)self;
    it->used = it->remaining = it->set->used;
    return (PyObject *)it;
}

static PyObject *
iter_next(PyObject *self)
{
    gcrt_set_iter *it = (gcrt_set_iter *)self;
    if (it->set == NULL)
        return NULL;
    if (it->used != it->set->used) {
        PyErr_SetString(PyExc_RuntimeError, "Set changed size during iteration");
        it->used = -1;
        return NULL;
    }
    setentry *entry;
    if (!set_next(it->set, &it->pos, &entry)) {
        it->set = NULL;
        return NULL;
    }
    it->remaining--;
    return entry->key;
}

static PyObject *
iter_length_hint(PyObject *self, PyObject *unused)
{
    (void)unused;
    gcrt_set_iter *it = (gcrt_set_iter *)self;
    return container_ssize(it->set == NULL || it->used != it->set->used ? 0 : it->remaining);
}

static PyObject *
iter_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    gcrt_set_iter copy = *(gcrt_set_iter *)self;
    PyObject *rest = PyList_New(0), *item;
    if (rest == NULL)
        return NULL;
    while ((item = iter_next((PyObject *)&copy)) != NULL)
        if (list_append((PyListObject *)rest, item) < 0)
            return NULL;
    PyObject *iter = container_exception() != NULL ? NULL : container_builtin("iter");
    return iter == NULL ? NULL : Py_BuildValue("O(O)", iter, rest);
}

static void
iter_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((gcrt_set_iter *)self)->set);
}

static PyMethodDef iter_methods[] = {
    {"__length_hint__", iter_length_hint, METH_NOARGS, "Number of items to come."},
    {"__reduce__", iter_reduce, METH_NOARGS, "State for copying and pickling."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PySetIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "set_iterator",
    .tp_basicsize = sizeof(gcrt_set_iter),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iter_next,
    .tp_methods = iter_methods,
    .gcrt_trace = iter_trace,
};

/* ------------------------------------------------------------------ types */

static PyObject *
set_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args, (void)kwargs;
    return set_alloc(type);
}

static int
set_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (container_refuse_keywords("set", kwargs))
        return -1;
    if (!_PyArg_CheckPositional("set", n, 0, 1))
        return -1;
    set_clear((PySetObject *)self);
    return n == 0 ? 0 : set_update((PySetObject *)self, PyTuple_GET_ITEM(args, 0));
}

static PyObject *
set_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    if (!_PyArg_NoKwnames("set", kwnames) || !_PyArg_CheckPositional("set", n, 0, 1))
        return NULL;
    return set_make((PyTypeObject *)type, n == 0 ? NULL : args[0]);
}

static PyObject *
frozenset_make(PyTypeObject *type, PyObject *iterable)
{
    if (type == &PyFrozenSet_Type && iterable != NULL && PyFrozenSet_CheckExact(iterable))
        return iterable;
    return set_make(type, iterable);
}

static PyObject *
frozenset_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (container_strict_new(type, &PyFrozenSet_Type) && container_refuse_keywords("frozenset", kwargs))
        return NULL;
    if (!_PyArg_CheckPositional("frozenset", n, 0, 1))
        return NULL;
    return frozenset_make(type, n == 0 ? NULL : PyTuple_GET_ITEM(args, 0));
}

static PyObject *
frozenset_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    if (!_PyArg_NoKwnames("frozenset", kwnames) || !_PyArg_CheckPositional("frozenset", n, 0, 1))
        return NULL;
    return frozenset_make((PyTypeObject *)type, n == 0 ? NULL : args[0]);
}

static Py_ssize_t
set_length(PyObject *self)
{
    return ((PySetObject *)self)->used;
}

static int
set_contains(PyObject *self, PyObject *key)
{
    return set_contains_key((PySetObject *)self, key);
}

static void
set_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((PySetObject *)self)->table);
}

static PySequenceMethods set_as_sequence = {.sq_length = set_length, .sq_contains = set_contains};

PyTypeObject PySet_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "set",
    .tp_basicsize = sizeof(PySetObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | _Py_TPFLAGS_MATCH_SELF,
    .tp_doc = "set() -> an empty set\nset(iterable) -> a set of the iterable's items",
    .tp_repr = set_repr,
    .tp_as_number = &set_as_number,
    .tp_as_sequence = &set_as_sequence,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_richcompare = set_richcompare,
    .tp_weaklistoffset = offsetof(PySetObject, weakreflist),
    .tp_iter = set_iter,
    .tp_methods = set_methods,
    .tp_init = set_init,
    .tp_new = set_new,
    .tp_vectorcall = set_vectorcall,
    .gcrt_trace = set_trace,
};

PyTypeObject PyFrozenSet_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "frozenset",
    .tp_basicsize = sizeof(PySetObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | _Py_TPFLAGS_MATCH_SELF,
    .tp_doc = "frozenset() -> the empty frozenset\nfrozenset(iterable) -> a frozenset of the iterable's items",
    .tp_repr = set_repr,
    .tp_as_number = &frozenset_as_number,
    .tp_as_sequence = &set_as_sequence,
    .tp_hash = frozenset_hash,
    .tp_richcompare = set_richcompare,
    .tp_weaklistoffset = offsetof(PySetObject, weakreflist),
    .tp_iter = set_iter,
    .tp_methods = frozenset_methods,
    .tp_new = frozenset_new,
    .tp_vectorcall = frozenset_vectorcall,
    .gcrt_trace = set_trace,
};
