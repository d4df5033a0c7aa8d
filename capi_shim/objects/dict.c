/* dict.c: the dict type's core: search, insertion, deletion, growth, and the C API over them.
 *
 * Entries lie in order of insertion in one block; a second block maps hashes to entry numbers (R.
 * Hettinger's compact dict).  Small dicts have no second block: comparing up to eight hashes in a row
 * costs less than allocating and reading one.
 *
 * What the hash table must keep: an empty place (-1) always exists, or an unsuccessful search would not
 * end.  Each entry ever added takes one place until the next resize, deleted or not, so it suffices that
 * `capacity` is below the number of places and that capacity only shrinks when an entry is given back.
 *
 * Any comparison of keys may run Python code that changes this dict.  After such a call the search starts
 * again when the blocks or the entry it looked at are no longer the same. */
#include "dict.h"

#include "tuple.h"

_Static_assert(sizeof(gcrt_dict_entry) == 24, "compiled code indexes entries by 24 bytes");

static uint32_t dict_last_version;

/* ------------------------------------------------------------------ search */

/* Does entry i hold key?  1, 0, DICT_ERROR, or 2: the dict changed under the comparison. */
static int
dict_entry_matches(PyDictObject *d, gcrt_dict_entry *entries, Py_ssize_t i, PyObject *key, Py_hash_t hash)
{
    PyObject *other = entries[i].me_key;
    if (other == key)
        return 1;
    if (entries[i].me_hash != hash || other == NULL || gcrt_both_int(other, key))
        return 0;
    if (container_is_str(key) && container_is_str(other))
        return container_str_equal(other, key);
    int32_t *indices = d->indices;
    int equal = PyObject_RichCompareBool(other, key, Py_EQ);
    if (equal < 0)
        return DICT_ERROR;
    if (d->entries != entries || d->indices != indices || i >= d->nentries || entries[i].me_key != other)
        return 2;
    return equal;
}

Py_ssize_t
dict_lookup_slow(PyDictObject *d, PyObject *key, Py_hash_t hash)
{
restart:;
    gcrt_dict_entry *entries = d->entries;
    if (d->indices == NULL) {
        for (uint32_t i = 0; i < d->nentries; i++) {
            int match = dict_entry_matches(d, entries, i, key, hash);
            if (match == 1)
                return i;
            if (match == 2)
                goto restart;
            if (match < 0)
                return DICT_ERROR;
        }
        return DICT_ABSENT;
    }
    int32_t *indices = d->indices;
    size_t mask = d->mask, perturb = (size_t)hash, slot = perturb & mask;
    for (;;) {
        int32_t i = indices[slot];
        if (i >= 0) {
            int match = dict_entry_matches(d, entries, i, key, hash);
            if (match == 1)
                return i;
            if (match == 2)
                goto restart;
            if (match < 0)
                return DICT_ERROR;
        } else if (i == -1) {
            return DICT_ABSENT;
        }
        DICT_NEXT_SLOT(slot, perturb, mask);
    }
}

static uint32_t
dict_version(uint32_t *version)
{
    if (*version == 0 && dict_last_version != UINT32_MAX)
        *version = ++dict_last_version;
    return *version;
}

uint32_t
dict_keys_version(PyDictObject *d)
{
    return dict_version(&d->keys_version);
}

uint32_t
dict_places_version(PyDictObject *d)
{
    return dict_version(&d->places_version);
}

Py_ssize_t
dict_index_of_str(PyDictObject *d, PyObject *name)
{
    Py_hash_t hash = container_hash(name);
    if (d->str_keys_only)
        return dict_find_str(d, name, hash);
    Py_ssize_t i = dict_lookup_slow(d, name, hash);
    if (i == DICT_ERROR)
        PyErr_Clear();
    return i < 0 ? -1 : i;
}

PyObject *
dict_get_str(PyObject *dict, PyObject *name)
{
    PyDictObject *d = (PyDictObject *)dict;
    Py_ssize_t i = dict_lookup(d, name, container_hash(name));
    return i >= 0 ? d->entries[i].me_value : NULL;
}

/* ------------------------------------------------------------------ growth */

/* Entries that a table of `size` places may have. */
static uint32_t
dict_usable(size_t size)
{
    return (uint32_t)(size * 2 / 3);
}

static void
dict_fill_indices(int32_t *indices, size_t mask, const gcrt_dict_entry *entries, uint32_t n)
{
    memset(indices, 0xff, (mask + 1) * sizeof *indices);
    for (uint32_t i = 0; i < n; i++) {
        size_t perturb = (size_t)entries[i].me_hash, slot = perturb & mask;
        while (indices[slot] != -1)
            DICT_NEXT_SLOT(slot, perturb, mask);
        indices[slot] = (int32_t)i;
    }
}

/* Move the live entries to new blocks with room for `want` entries. */
static int
dict_resize(PyDictObject *d, size_t want)
{
    uint32_t capacity;
    size_t size = 0;
    if (want <= DICT_LINEAR) {
        capacity = want <= DICT_LINEAR / 2 ? DICT_LINEAR / 2 : DICT_LINEAR;
    } else {
        for (size = 16; dict_usable(size) < want; size *= 2)
            if (size > (size_t)1 << 30) {
                PyErr_NoMemory();
                return -1;
            }
        capacity = dict_usable(size);
    }
    gcrt_dict_entry *entries = gcrt_alloc_words((size_t)capacity * 3);
    if (entries == NULL)
        return -1;
    int32_t *indices = NULL;
    if (size != 0 && (indices = gcrt_alloc_leaf(size * sizeof *indices)) == NULL)
        return -1;
    uint32_t n = 0;
    if (d->ma_used == d->nentries) {
        n = d->nentries;
        if (n != 0)
            memcpy(entries, d->entries, n * sizeof *entries);
    } else {
        d->places_version = 0;
        for (uint32_t i = 0; i < d->nentries; i++)
            if (d->entries[i].me_key != NULL)
                entries[n++] = d->entries[i];
    }
    if (indices != NULL)
        dict_fill_indices(indices, size - 1, entries, n);
    d->entries = entries;
    d->indices = indices;
    d->nentries = n;
    d->capacity = capacity;
    d->mask = size == 0 ? 0 : (uint32_t)(size - 1);
    return 0;
}

int
dict_reserve(PyDictObject *d, Py_ssize_t n)
{
    Py_ssize_t deleted = d->nentries - d->ma_used;
    if (n + deleted <= (Py_ssize_t)d->capacity)
        return 0;
    return dict_resize(d, (size_t)n);
}

/* All entries are gone: use the same blocks once more.  Only done when they are full: an iterator whose dict
 * was emptied and filled again then still finds the new keys behind its place, and complains. */
static void
dict_restart(PyDictObject *d)
{
    d->nentries = 0;
    if (d->indices != NULL) {
        memset(d->indices, 0xff, ((size_t)d->mask + 1) * sizeof *d->indices);
        d->capacity = dict_usable((size_t)d->mask + 1);
    }
}

int
dict_make_room(PyDictObject *d)
{
    size_t used = (size_t)d->ma_used;
    if (GCRT_LIKELY(d->nentries < d->capacity))
        return 0;
    if (used == 0 && d->entries != NULL) {
        dict_restart(d);
        return 0;
    }
    return dict_resize(d, used < DICT_LINEAR ? used + 1 : used + used / 2 + 2);
}

int
dict_add_absent(PyDictObject *d, PyObject *key, Py_hash_t hash, PyObject *value)
{
    if (GCRT_UNLIKELY(d->nentries >= d->capacity) && dict_make_room(d) < 0)
        return -1;
    uint32_t i = d->nentries;
    if (d->indices != NULL) {
        size_t mask = d->mask, perturb = (size_t)hash, slot = perturb & mask;
        while (d->indices[slot] >= 0)
            DICT_NEXT_SLOT(slot, perturb, mask);
        d->indices[slot] = (int32_t)i;
    }
    gcrt_dict_entry *entry = &d->entries[i];
    entry->me_hash = hash;
    gc_store(d, &entry->me_key, key);
    gc_store(d, &entry->me_value, value);
    d->nentries = i + 1;
    d->ma_used++;
    d->keys_version = 0;
    if (!container_is_str(key))
        d->str_keys_only = 0;
    return 0;
}

/* ------------------------------------------------------------------ removal */

/* Entry 0 is deleted: note how many at the front are. */
static void
dict_note_front(PyDictObject *d, Py_ssize_t known)
{
    while (known < (Py_ssize_t)d->nentries && d->entries[known].me_key == NULL)
        known++;
    d->entries[0].me_hash = known;
}

PyObject *
dict_remove_entry(PyDictObject *d, Py_ssize_t i)
{
    gcrt_dict_entry *entry = &d->entries[i];
    PyObject *value = entry->me_value;
    if (d->indices != NULL) {
        size_t mask = d->mask, perturb = (size_t)entry->me_hash, slot = perturb & mask;
        while (d->indices[slot] != i)
            DICT_NEXT_SLOT(slot, perturb, mask);
        d->indices[slot] = -2;
    }
    entry->me_key = NULL;
    entry->me_value = NULL;
    if (d->entries[0].me_key == NULL)
        dict_note_front(d, i == 0 ? 1 : d->entries[0].me_hash);
    d->ma_used--;
    d->keys_version = d->places_version = 0;
    return value;
}

PyObject *
dict_pop_last(PyDictObject *d)
{
    uint32_t i = d->nentries - 1;
    while (d->entries[i].me_key == NULL)
        i--;
    PyObject *pair = tuple_pair(d->entries[i].me_key, d->entries[i].me_value);
    if (pair == NULL)
        return NULL;
    dict_remove_entry(d, i);
    /* Give the tail back, so that the next search for the newest pair is short.  Its places in the hash
     * table stay taken. */
    if (d->indices != NULL)
        d->capacity -= d->nentries - i;
    d->nentries = i;
    if (i > 0 && d->entries[0].me_key == NULL && d->entries[0].me_hash > (Py_hash_t)i)
        d->entries[0].me_hash = i;
    return pair;
}

void
dict_clear(PyDictObject *d)
{
    d->entries = NULL;
    d->indices = NULL;
    d->ma_used = 0;
    d->nentries = d->capacity = d->mask = 0;
    d->keys_version = d->places_version = 0;
    d->str_keys_only = 1;
}

PyObject *
dict_copy(PyDictObject *d)
{
    PyDictObject *copy = (PyDictObject *)PyDict_New();
    if (copy == NULL || d->ma_used == 0)
        return (PyObject *)copy;
    if (d->ma_used == d->nentries && d->indices == NULL) {
        uint32_t capacity = d->nentries <= DICT_LINEAR / 2 ? DICT_LINEAR / 2 : DICT_LINEAR;
        gcrt_dict_entry *entries = gcrt_alloc_words((size_t)capacity * 3);
        if (entries == NULL)
            return NULL;
        memcpy(entries, d->entries, d->nentries * sizeof *entries);
        copy->entries = entries;
        copy->capacity = capacity;
        copy->nentries = d->nentries;
        copy->ma_used = d->ma_used;
        copy->str_keys_only = d->str_keys_only;
        return (PyObject *)copy;
    }
    /* Borrow the old blocks for a moment: resizing copies the live entries out of them. */
    copy->entries = d->entries;
    copy->nentries = d->nentries;
    copy->ma_used = d->ma_used;
    copy->str_keys_only = d->str_keys_only;
    if (dict_resize(copy, (size_t)d->ma_used) < 0)
        return NULL;
    return (PyObject *)copy;
}

/* ------------------------------------------------------------------ mapping protocol */

PyObject *
dict_subscript(PyObject *self, PyObject *key)
{
    PyDictObject *d = (PyDictObject *)self;
    Py_hash_t hash = container_hash(key);
    if (hash == -1)
        return NULL;
    Py_ssize_t i = dict_lookup(d, key, hash);
    if (GCRT_LIKELY(i >= 0))
        return d->entries[i].me_value;
    if (i == DICT_ERROR)
        return NULL;
    if (!PyDict_CheckExact(self)) {
        PyObject *result;
        if (container_call_special(self, GCRT_NAME(__missing__), key, &result))
            return result;
    }
    _PyErr_SetKeyError(key);
    return NULL;
}

int
dict_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    return value == NULL ? PyDict_DelItem(self, key) : dict_set((PyDictObject *)self, key, value);
}

/* Keys and values of something with keys(): each looked up by subscript. */
static int
dict_merge_mapping(PyDictObject *a, PyObject *b, int override)
{
    PyObject *keys = PyMapping_Keys(b);
    PyObject *iter = keys == NULL ? NULL : PyObject_GetIter(keys);
    if (iter == NULL)
        return -1;
    PyObject *key;
    while ((key = container_next(iter)) != NULL) {
        if (override != 1) {
            int present = PyDict_Contains((PyObject *)a, key);
            if (present < 0)
                return -1;
            if (present && override == 0)
                continue;
            if (present) {
                _PyErr_SetKeyError(key);
                return -1;
            }
        }
        PyObject *value = PyObject_GetItem(b, key);
        if (value == NULL || dict_set(a, key, value) < 0)
            return -1;
    }
    return container_exception() == NULL ? 0 : -1;
}

static int
dict_merge_dict(PyDictObject *a, PyDictObject *b, int override)
{
    if (a == b || b->ma_used == 0)
        return 0;
    if (a->ma_used == 0 && a->capacity < b->ma_used) {
        if (dict_reserve(a, b->ma_used) < 0)
            return -1;
    }
    for (Py_ssize_t i = 0; i < b->nentries; i++) {
        gcrt_dict_entry entry = b->entries[i];
        if (entry.me_key == NULL)
            continue;
        gcrt_dict_entry *blocks = b->entries;
        Py_ssize_t used = b->ma_used;
        Py_ssize_t at = dict_lookup(a, entry.me_key, entry.me_hash);
        if (at == DICT_ERROR)
            return -1;
        if (at == DICT_ABSENT) {
            if (dict_add_absent(a, entry.me_key, entry.me_hash, entry.me_value) < 0)
                return -1;
        } else if (override == 1) {
            gc_store(a, &a->entries[at].me_value, entry.me_value);
        } else if (override == 2) {
            _PyErr_SetKeyError(entry.me_key);
            return -1;
        }
        if (b->entries != blocks || b->ma_used != used) {
            PyErr_SetString(PyExc_RuntimeError, "dict mutated during update");
            return -1;
        }
    }
    return 0;
}

int
dict_merge(PyDictObject *a, PyObject *b, int override)
{
    if (PyDict_Check(b) && (PyDict_CheckExact(b) || Py_TYPE(b)->tp_iter == dict_iter))
        return dict_merge_dict(a, (PyDictObject *)b, override);
    return dict_merge_mapping(a, b, override);
}

/* ------------------------------------------------------------------ C API */

#define DICT_REQUIRE(op, result)                                                                        \
    do {                                                                                                \
        if ((op) == NULL || !PyDict_Check(op)) {                                                        \
            PyErr_BadInternalCall();                                                                    \
            return result;                                                                              \
        }                                                                                               \
    } while (0)

PyObject *
PyDict_New(void)
{
    PyDictObject *d = (PyDictObject *)gcrt_new(&PyDict_Type, sizeof(PyDictObject));
    if (d != NULL)
        d->str_keys_only = 1;
    return (PyObject *)d;
}

PyObject *
_PyDict_NewPresized(Py_ssize_t n)
{
    PyObject *d = PyDict_New();
    if (d != NULL && n > 0 && n < ((Py_ssize_t)1 << 30) && dict_reserve((PyDictObject *)d, n) < 0)
        return NULL;
    return d;
}

PyObject *
PyDict_GetItemWithError(PyObject *op, PyObject *key)
{
    DICT_REQUIRE(op, NULL);
    return dict_get((PyDictObject *)op, key);
}

PyObject *
_PyDict_GetItemWithError(PyObject *op, PyObject *key)
{
    return PyDict_GetItemWithError(op, key);
}

PyObject *
_PyDict_GetItem_KnownHash(PyObject *op, PyObject *key, Py_hash_t hash)
{
    DICT_REQUIRE(op, NULL);
    PyDictObject *d = (PyDictObject *)op;
    Py_ssize_t i = dict_lookup(d, key, hash);
    return i >= 0 ? d->entries[i].me_value : NULL;
}

/* The old call that swallows errors, and leaves an exception that was set before as it was. */
PyObject *
PyDict_GetItem(PyObject *op, PyObject *key)
{
    if (op == NULL || !PyDict_Check(op))
        return NULL;
    PyObject *pending = gcrt_ts->exception;
    gcrt_ts->exception = NULL;
    PyObject *value = dict_get((PyDictObject *)op, key);
    gcrt_ts->exception = pending;
    return value;
}

PyObject *
PyDict_GetItemString(PyObject *op, const char *name)
{
    PyObject *key = PyUnicode_FromString(name);
    if (key == NULL) {
        PyErr_Clear();
        return NULL;
    }
    return PyDict_GetItem(op, key);
}

PyObject *
_PyDict_GetItemStringWithError(PyObject *op, const char *name)
{
    PyObject *key = PyUnicode_FromString(name);
    return key == NULL ? NULL : PyDict_GetItemWithError(op, key);
}

int
PyDict_SetItem(PyObject *op, PyObject *key, PyObject *value)
{
    DICT_REQUIRE(op, -1);
    if (key == NULL || value == NULL) {
        PyErr_BadInternalCall();
        return -1;
    }
    return dict_set((PyDictObject *)op, key, value);
}

int
_PyDict_SetItem_KnownHash(PyObject *op, PyObject *key, PyObject *value, Py_hash_t hash)
{
    DICT_REQUIRE(op, -1);
    return dict_set_hashed((PyDictObject *)op, key, hash, value);
}

int
PyDict_SetItemString(PyObject *op, const char *name, PyObject *value)
{
    PyObject *key = PyUnicode_InternFromString(name);
    return key == NULL ? -1 : PyDict_SetItem(op, key, value);
}

int
PyDict_DelItem(PyObject *op, PyObject *key)
{
    DICT_REQUIRE(op, -1);
    PyDictObject *d = (PyDictObject *)op;
    Py_hash_t hash = container_hash(key);
    if (hash == -1)
        return -1;
    Py_ssize_t i = dict_lookup(d, key, hash);
    if (i == DICT_ABSENT)
        _PyErr_SetKeyError(key);
    if (i < 0)
        return -1;
    dict_remove_entry(d, i);
    return 0;
}

int
PyDict_DelItemString(PyObject *op, const char *name)
{
    PyObject *key = PyUnicode_FromString(name);
    return key == NULL ? -1 : PyDict_DelItem(op, key);
}

PyObject *
PyDict_SetDefault(PyObject *op, PyObject *key, PyObject *fallback)
{
    DICT_REQUIRE(op, NULL);
    PyDictObject *d = (PyDictObject *)op;
    Py_hash_t hash = container_hash(key);
    if (hash == -1)
        return NULL;
    Py_ssize_t i = dict_lookup(d, key, hash);
    if (i >= 0)
        return d->entries[i].me_value;
    if (i == DICT_ERROR || dict_add_absent(d, key, hash, fallback) < 0)
        return NULL;
    return fallback;
}

PyObject *
_PyDict_Pop(PyObject *op, PyObject *key, PyObject *fallback)
{
    DICT_REQUIRE(op, NULL);
    PyDictObject *d = (PyDictObject *)op;
    Py_hash_t hash = container_hash(key);
    if (hash == -1)
        return NULL;
    Py_ssize_t i = dict_lookup(d, key, hash);
    if (i >= 0)
        return dict_remove_entry(d, i);
    if (i == DICT_ABSENT && fallback == NULL)
        _PyErr_SetKeyError(key);
    return i == DICT_ABSENT ? fallback : NULL;
}

int
PyDict_Contains(PyObject *op, PyObject *key)
{
    PyDictObject *d = (PyDictObject *)op;
    Py_hash_t hash = container_hash(key);
    if (hash == -1)
        return -1;
    Py_ssize_t i = dict_lookup(d, key, hash);
    return i == DICT_ERROR ? -1 : i >= 0;
}

Py_ssize_t
PyDict_Size(PyObject *op)
{
    DICT_REQUIRE(op, -1);
    return ((PyDictObject *)op)->ma_used;
}

void
PyDict_Clear(PyObject *op)
{
    if (op != NULL && PyDict_Check(op))
        dict_clear((PyDictObject *)op);
}

int
_PyDict_Next(PyObject *op, Py_ssize_t *pos, PyObject **key, PyObject **value, Py_hash_t *hash)
{
    if (op == NULL || !PyDict_Check(op) || *pos < 0)
        return 0;
    PyDictObject *d = (PyDictObject *)op;
    Py_ssize_t i = dict_next_entry(d, *pos);
    if (i >= d->nentries)
        return 0;
    *pos = i + 1;
    if (key != NULL)
        *key = d->entries[i].me_key;
    if (value != NULL)
        *value = d->entries[i].me_value;
    if (hash != NULL)
        *hash = d->entries[i].me_hash;
    return 1;
}

int
PyDict_Next(PyObject *op, Py_ssize_t *pos, PyObject **key, PyObject **value)
{
    return _PyDict_Next(op, pos, key, value, NULL);
}

PyObject *
PyDict_Copy(PyObject *op)
{
    DICT_REQUIRE(op, NULL);
    return dict_copy((PyDictObject *)op);
}

/* A list with one thing an entry.  Pairs are allocated beforehand: allocating runs no Python code, but
 * the size is fixed first all the same. */
static PyObject *
dict_list_of(PyObject *op, int want_keys, int want_values)
{
    DICT_REQUIRE(op, NULL);
    PyDictObject *d = (PyDictObject *)op;
    PyObject *list = PyList_New(d->ma_used);
    if (list == NULL)
        return NULL;
    Py_ssize_t n = 0;
    for (Py_ssize_t i = 0; i < d->nentries && n < PyList_GET_SIZE(list); i++) {
        gcrt_dict_entry *entry = &d->entries[i];
        if (entry->me_key == NULL)
            continue;
        PyObject *item = want_keys ? entry->me_key : entry->me_value;
        if (want_keys && want_values && (item = tuple_pair(entry->me_key, entry->me_value)) == NULL)
            return NULL;
        PyList_SET_ITEM(list, n++, item);
    }
    return list;
}

PyObject *
PyDict_Keys(PyObject *op)
{
    return dict_list_of(op, 1, 0);
}

PyObject *
PyDict_Values(PyObject *op)
{
    return dict_list_of(op, 0, 1);
}

PyObject *
PyDict_Items(PyObject *op)
{
    return dict_list_of(op, 1, 1);
}

int
PyDict_Merge(PyObject *a, PyObject *b, int override)
{
    DICT_REQUIRE(a, -1);
    if (b == NULL) {
        PyErr_BadInternalCall();
        return -1;
    }
    return dict_merge((PyDictObject *)a, b, override != 0);
}

int
PyDict_Update(PyObject *a, PyObject *b)
{
    return PyDict_Merge(a, b, 1);
}

int
PyDict_MergeFromSeq2(PyObject *op, PyObject *pairs, int override)
{
    DICT_REQUIRE(op, -1);
    PyObject *iter = PyObject_GetIter(pairs), *item;
    if (iter == NULL)
        return -1;
    for (Py_ssize_t i = 0; (item = container_next(iter)) != NULL; i++) {
        PyObject *pair = PySequence_Fast(item, "");
        if (pair == NULL) {
            if (PyErr_ExceptionMatches(PyExc_TypeError))
                PyErr_Format(PyExc_TypeError,
                             "cannot convert dictionary update sequence element #%zd to a sequence", i);
            return -1;
        }
        if (PySequence_Fast_GET_SIZE(pair) != 2) {
            PyErr_Format(PyExc_ValueError,
                         "dictionary update sequence element #%zd has length %zd; 2 is required", i,
                         PySequence_Fast_GET_SIZE(pair));
            return -1;
        }
        PyObject *key = PySequence_Fast_GET_ITEM(pair, 0), *value = PySequence_Fast_GET_ITEM(pair, 1);
        if (override ? dict_set((PyDictObject *)op, key, value) < 0
                     : PyDict_SetDefault(op, key, value) == NULL)
            return -1;
    }
    return container_exception() == NULL ? 0 : -1;
}

/* ------------------------------------------------------------------ type */

static void
dict_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    PyDictObject *d = (PyDictObject *)self;
    gc_visit(t, (uintptr_t)d->entries);
    gc_visit(t, (uintptr_t)d->indices);
}

PyTypeObject PyDict_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "dict",
    .tp_basicsize = sizeof(PyDictObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DICT_SUBCLASS |
                _Py_TPFLAGS_MATCH_SELF | Py_TPFLAGS_MAPPING,
    .tp_doc = "dict() -> an empty dictionary\n"
              "dict(mapping) -> a dictionary with the mapping's keys and values\n"
              "dict(iterable) -> a dictionary from an iterable of (key, value) pairs\n"
              "dict(**kwargs) -> a dictionary from keyword arguments",
    .tp_repr = dict_repr,
    .tp_as_number = &dict_as_number,
    .tp_as_sequence = &dict_as_sequence,
    .tp_as_mapping = &dict_as_mapping,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_richcompare = dict_richcompare,
    .tp_iter = dict_iter,
    .tp_methods = dict_methods,
    .tp_init = dict_init,
    .tp_new = dict_new,
    .tp_vectorcall = dict_vectorcall,
    .gcrt_trace = dict_trace,
};
