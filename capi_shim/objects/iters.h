/* iters.h: layouts of the iterators that the interpreter and compiled code step without a call.
 *
 * An iterator whose container field is NULL is exhausted for good.  Sizes are read again at each step:
 * the body of the loop may have changed the container. */
#ifndef GCRT_ITERS_H
#define GCRT_ITERS_H

#include "runtime.h"

/* PyListIter_Type: the next item is list->ob_item[index] while index < the list's size now.
 * PyListRevIter_Type: the same layout; index counts down and is -1 at the end. */
typedef struct {
    PyObject_HEAD
    Py_ssize_t index;
    PyListObject *list;
} gcrt_list_iter;

/* PyTupleIter_Type. */
typedef struct {
    PyObject_HEAD
    Py_ssize_t index;
    PyTupleObject *tuple;
} gcrt_tuple_iter;

/* PyRangeIter_Type: `remaining` values are to come, the next is `current`.  Every value it will yield
 * fits in an immediate int: gcrt_int(current) is always right.  Other ranges have PyLongRangeIter_Type. */
typedef struct {
    PyObject_HEAD
    int64_t current;
    int64_t remaining;
    int64_t step;
} gcrt_range_iter;

/* PyEnum_Type: `count` is the next number; when `big` is not NULL that int object is, and count is
 * not used. */
typedef struct {
    PyObject_HEAD
    int64_t count;
    PyObject *iter;
    PyObject *big;
} gcrt_enumerate;

/* PyDictIterKey_Type, PyDictIterValue_Type, PyDictIterItem_Type and the reverse ones.  The next entry is
 * the first live one at entries[pos] or after it (reverse: before it), provided
 * dict->ma_used == used; `remaining` entries are to come. */
typedef struct {
    PyObject_HEAD
    PyDictObject *dict;
    Py_ssize_t pos;
    Py_ssize_t used;
    Py_ssize_t remaining;
} gcrt_dict_iter;

/* PySetIter_Type. */
typedef struct {
    PyObject_HEAD
    PySetObject *set;
    Py_ssize_t pos;
    Py_ssize_t used;
    Py_ssize_t remaining;
} gcrt_set_iter;

/* PyReversed_Type: the next item is seq[index]; index -1 at the end. */
typedef struct {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *seq;
} gcrt_reversed;

/* zip.c's and map's layouts, for compiled loops that look through them. */
typedef struct {
    PyObject_HEAD
    PyObject *iters;               /* tuple */
    int strict;
} gcrt_zip;
typedef struct {
    PyObject_HEAD
    PyObject *iters;               /* tuple */
    PyObject *func;
} gcrt_map;
typedef struct {
    PyObject_HEAD
    PyObject *func;
    PyObject *iter;
} gcrt_filter;

/* A range object: all four are ints, of any size. */
typedef struct {
    PyObject_HEAD
    PyObject *start, *stop, *step, *length;
} gcrt_range;

#endif
