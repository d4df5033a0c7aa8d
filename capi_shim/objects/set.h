/* set.h: set's insides.  Layout: PySetObject in gcrt_structs.h.
 *
 * An empty set that never held anything has no table (table NULL, mask 0).  For a mutable set the field
 * `hash` is the place where pop() goes on searching. */
#ifndef GCRT_SET_H
#define GCRT_SET_H

#include "container.h"

enum { SET_ABSENT = -1, SET_ERROR = -2 };

static inline int
set_is_live(const setentry *entry)
{
    return entry->key != NULL && entry->key != _PySet_Dummy;
}

/* Place of a key in the table, SET_ABSENT, or SET_ERROR with an exception. */
Py_ssize_t set_lookup(PySetObject *set, PyObject *key, Py_hash_t hash);
/* 1: added; 0: was there; -1: exception. */
int set_add_hashed(PySetObject *set, PyObject *key, Py_hash_t hash);
static inline int
set_add(PySetObject *set, PyObject *key)
{
    Py_hash_t hash = container_hash(key);
    return hash == -1 ? -1 : set_add_hashed(set, key, hash);
}
/* Add a key that is known to be absent to a set from which nothing was removed.  0, or -1 with MemoryError. */
int set_add_new(PySetObject *set, PyObject *key, Py_hash_t hash);
/* 1: removed; 0: was absent; -1: exception. */
int set_discard_hashed(PySetObject *set, PyObject *key, Py_hash_t hash);
int set_contains_hashed(PySetObject *set, PyObject *key, Py_hash_t hash);
/* The same with a set as key looked up as a frozenset, as set methods do. */
int set_contains_key(PySetObject *set, PyObject *key);
int set_discard_key(PySetObject *set, PyObject *key);
int set_reserve(PySetObject *set, Py_ssize_t n);
void set_clear(PySetObject *set);
/* The next live entry at *pos or after it: 1 with *pos past it, or 0. */
int set_next(PySetObject *set, Py_ssize_t *pos, setentry **entry);
PyObject *set_make(PyTypeObject *type, PyObject *iterable);
PyObject *set_copy_as(PyTypeObject *type, PySetObject *set);
/* In-place operations with any iterable; 0, or -1 with an exception. */
int set_update(PySetObject *set, PyObject *iterable);
int set_difference_update(PySetObject *set, PyObject *iterable);
int set_symmetric_difference_update(PySetObject *set, PyObject *iterable);

/* set_methods.c */
extern PyMethodDef set_methods[], frozenset_methods[];
extern PyNumberMethods set_as_number, frozenset_as_number;
PyObject *set_richcompare(PyObject *a, PyObject *b, int op);
PyObject *set_repr(PyObject *self);
Py_hash_t frozenset_hash(PyObject *self);
#endif
