/* list.h: list's insides for C code that is in a hurry.  Layout: PyListObject in gcrt_structs.h.
 *
 * Invariant: ob_item[ob_size .. allocated) is zero, so that what has left the list is not kept alive. */
#ifndef GCRT_LIST_H
#define GCRT_LIST_H

#include "container.h"

/* Room for n items in all, amortised; size is unchanged.  0, or -1 with MemoryError. */
int list_reserve(PyListObject *list, Py_ssize_t n);
int list_append_slow(PyListObject *list, PyObject *item);
static inline int
list_append(PyListObject *list, PyObject *item)
{
    Py_ssize_t n = list->ob_base.ob_size;
    if (GCRT_LIKELY(n < list->allocated)) {
        gc_store(list, &list->ob_item[n], item);
        list->ob_base.ob_size = n + 1;
        return 0;
    }
    return list_append_slow(list, item);
}

/* list[start:stop:step], numbers as PySlice_Unpack gives them: negative ones count from the end, and what
 * lies outside is clipped. */
PyObject *list_slice(PyListObject *list, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t step);
/* list[start:stop:step] = value; value NULL deletes.  Numbers as above; 0, or -1 with an exception. */
int list_ass_slice(PyListObject *list, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t step, PyObject *value);
/* Append all items of an iterable.  0, or -1 with an exception. */
int list_extend(PyListObject *list, PyObject *iterable);
/* A list of n items copied from an array. */
PyObject *list_from_array(PyObject *const *items, Py_ssize_t n);
/* Remove item i, which must exist, and return it. */
PyObject *list_pop_at(PyListObject *list, Py_ssize_t i);
int list_insert(PyListObject *list, Py_ssize_t where, PyObject *item);
void list_clear(PyListObject *list);
PyObject *list_concat(PyObject *a, PyObject *b);
PyObject *list_repeat(PyObject *self, Py_ssize_t n);
PyObject *list_inplace_repeat(PyObject *self, Py_ssize_t n);
PyObject *list_subscript(PyObject *self, PyObject *key);
int list_ass_subscript(PyObject *self, PyObject *key, PyObject *value);
PyObject *list_richcompare(PyObject *a, PyObject *b, int op);

/* list_sort.c: sort in place.  key NULL or a callable.  0, or -1 with an exception. */
int list_sort(PyListObject *list, PyObject *key, int reverse);

/* list_methods.c */
extern PyMethodDef list_methods[];
#endif
