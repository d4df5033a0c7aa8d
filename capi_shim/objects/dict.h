/* dict.h: dict's insides for C code that is in a hurry.  Layout: PyDictObject in gcrt_structs.h.
 *
 * A dict of at most DICT_LINEAR entries has no hash table: indices is NULL and a search compares the
 * hashes of entries[0 .. nentries).  `capacity` is the number of entries that may be used before the next
 * resize; popitem lowers it, since the freed place still counts in the hash table.
 * Deleted entries at the front: when entries[0] is one, its me_hash is the number of entries that may be
 * skipped, so that taking the oldest key again and again is cheap. */
#ifndef GCRT_DICT_H
#define GCRT_DICT_H

#include "container.h"

#define DICT_LINEAR 8u
enum { DICT_ABSENT = -1, DICT_ERROR = -2 };

/* The probe sequence through a table of mask + 1 places visits every place: i -> 5i + 1 (mod 2**k) has
 * full period once `perturb`, which brings in the upper bits of the hash, is used up. */
#define DICT_NEXT_SLOT(slot, perturb, mask)                                                             \
    ((perturb) >>= 5, (slot) = ((slot) * 5 + (perturb) + 1) & (mask))

/* Entry number of an exact str, or DICT_ABSENT.  For dicts with str_keys_only; never raises. */
static inline Py_ssize_t
dict_find_str(PyDictObject *d, PyObject *key, Py_hash_t hash)
{
    gcrt_dict_entry *entries = d->entries;
    if (d->indices == NULL) {
        for (uint32_t i = 0; i < d->nentries; i++) {
            if (entries[i].me_hash != hash || entries[i].me_key == NULL)
                continue;
            if (entries[i].me_key == key || container_str_equal(entries[i].me_key, key))
                return i;
        }
        return DICT_ABSENT;
    }
    size_t mask = d->mask, perturb = (size_t)hash, slot = perturb & mask;
    for (;;) {
        int32_t i = d->indices[slot];
        if (i >= 0) {
            if (entries[i].me_key == key ||
                (entries[i].me_hash == hash && container_str_equal(entries[i].me_key, key)))
                return i;
        } else if (i == -1) {
            return DICT_ABSENT;
        }
        DICT_NEXT_SLOT(slot, perturb, mask);
    }
}

/* Any key: entry number, DICT_ABSENT, or DICT_ERROR with an exception.  A key's __eq__ may have changed
 * the dict: read d->entries afterwards. */
Py_ssize_t dict_lookup_slow(PyDictObject *d, PyObject *key, Py_hash_t hash);
static inline Py_ssize_t
dict_lookup(PyDictObject *d, PyObject *key, Py_hash_t hash)
{
    if (d->str_keys_only && container_is_str(key))
        return dict_find_str(d, key, hash);
    return dict_lookup_slow(d, key, hash);
}

/* Add a key that is not there.  0, or -1 with MemoryError. */
int dict_add_absent(PyDictObject *d, PyObject *key, Py_hash_t hash, PyObject *value);
/* d[key] = value for an exact dict's insides (no __setitem__). */
static inline int
dict_set_hashed(PyDictObject *d, PyObject *key, Py_hash_t hash, PyObject *value)
{
    Py_ssize_t i = dict_lookup(d, key, hash);
    if (i >= 0) {
        gc_store(d, &d->entries[i].me_value, value);
        return 0;
    }
    return i == DICT_ABSENT ? dict_add_absent(d, key, hash, value) : -1;
}
static inline int
dict_set(PyDictObject *d, PyObject *key, PyObject *value)
{
    Py_hash_t hash = container_hash(key);
    return hash == -1 ? -1 : dict_set_hashed(d, key, hash, value);
}
/* Value, or NULL: absent when no exception is set. */
static inline PyObject *
dict_get(PyDictObject *d, PyObject *key)
{
    Py_hash_t hash = container_hash(key);
    if (hash == -1)
        return NULL;
    Py_ssize_t i = dict_lookup(d, key, hash);
    return i >= 0 ? d->entries[i].me_value : NULL;
}

/* Grow, or squeeze deleted entries out, when the next new key needs it. */
int dict_make_room(PyDictObject *d);
/* Remove entry number i; returns its value. */
PyObject *dict_remove_entry(PyDictObject *d, Py_ssize_t i);
/* Remove the newest pair of a dict that is not empty and return it as a tuple. */
PyObject *dict_pop_last(PyDictObject *d);
/* Make room for n keys in all.  0, or -1 with MemoryError. */
int dict_reserve(PyDictObject *d, Py_ssize_t n);
void dict_clear(PyDictObject *d);
/* d[key] with __missing__ and KeyError: the type's mp_subscript. */
PyObject *dict_subscript(PyObject *self, PyObject *key);
int dict_ass_subscript(PyObject *self, PyObject *key, PyObject *value);
/* Copy b's keys into a.  override 0: present keys keep their value; 1: they are replaced; 2: KeyError.
 * b is a dict, or a mapping with keys(). */
int dict_merge(PyDictObject *a, PyObject *b, int override);
/* An exact dict with d's contents. */
PyObject *dict_copy(PyDictObject *d);
/* Smallest live entry number >= i; nentries when there is none. */
static inline Py_ssize_t
dict_next_entry(PyDictObject *d, Py_ssize_t i)
{
    Py_ssize_t n = d->nentries;
    if (i == 0 && n > 0 && d->entries[0].me_key == NULL)
        i = d->entries[0].me_hash;
    while (i < n && d->entries[i].me_key == NULL)
        i++;
    return i;
}

/* dict_methods.c */
PyObject *dict_repr(PyObject *self);
PyObject *dict_richcompare(PyObject *a, PyObject *b, int op);
int dict_init(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *dict_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);
PyObject *dict_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames);
extern PyMethodDef dict_methods[];
extern PyNumberMethods dict_as_number;
extern PySequenceMethods dict_as_sequence;
extern PyMappingMethods dict_as_mapping;

/* dict_views.c */
PyObject *dict_iter(PyObject *self);
PyObject *dict_view(PyObject *self, PyTypeObject *type);
PyObject *dict_reverse_iter(PyObject *self, PyTypeObject *type);
#endif
