/* list.c: the list type's core: storage, slices, operators, and its C API.
 *
 * Items lie in a block of their own that is replaced when it is full.  Slices are copied with memcpy and
 * memmove; a right-hand side is materialised before the list is touched, since iterating over it may run
 * code that changes the list. */
#include "list.h"

#include "iters.h"
#include "tuple.h"

#define LIST_MAX ((Py_ssize_t)(PY_SSIZE_T_MAX / sizeof(PyObject *)))
#define DOUBLING_MOST 64 /* places */

/* ------------------------------------------------------------------ storage */

/* A block of exactly `capacity` items. */
static int
list_set_capacity(PyListObject *list, Py_ssize_t capacity)
{
    if (capacity > LIST_MAX) {
        PyErr_NoMemory();
        return -1;
    }
    PyObject **items = gcrt_alloc_words((size_t)capacity);
    if (items == NULL)
        return -1;
    Py_ssize_t n = PyList_GET_SIZE(list);
    if (n > 0)
        memcpy(items, list->ob_item, (size_t)n * sizeof *items);
    gc_store(list, (PyObject **)&list->ob_item, (PyObject *)items);
    list->allocated = capacity;
    return 0;
}

int
list_reserve(PyListObject *list, Py_ssize_t n)
{
    if (n <= list->allocated)
        return 0;
    if (n > LIST_MAX) {
        PyErr_NoMemory();
        return -1;
    }
    /* Short lists double, so that few outgrown arrays are left to the collector; long ones get a quarter more. */
    Py_ssize_t capacity = n < DOUBLING_MOST ? 2 * n + 2 : n + (n >> 2) + 6;
    capacity = (capacity + 1) & ~(Py_ssize_t)1;
    return list_set_capacity(list, capacity < LIST_MAX ? capacity : n);
}

int
list_append_slow(PyListObject *list, PyObject *item)
{
    Py_ssize_t n = PyList_GET_SIZE(list);
    if (list_reserve(list, n + 1) < 0)
        return -1;
    gc_store(list, &list->ob_item[n], item);
    Py_SET_SIZE(list, n + 1);
    return 0;
}

/* Lower the size to n: the places that fall free are cleared, a block that is mostly empty is changed
 * for a smaller one when memory allows. */
static void
list_truncate(PyListObject *list, Py_ssize_t n)
{
    Py_ssize_t had = PyList_GET_SIZE(list);
    if (n < had)
        memset(list->ob_item + n, 0, (size_t)(had - n) * sizeof(PyObject *));
    Py_SET_SIZE(list, n);
    if (list->allocated > 64 && n < list->allocated / 4) {
        PyObject **items = gcrt_alloc_words((size_t)n + (size_t)n / 4 + 4);
        if (items == NULL) {
            PyErr_Clear();
            return;
        }
        memcpy(items, list->ob_item, (size_t)n * sizeof *items);
        gc_store(list, (PyObject **)&list->ob_item, (PyObject *)items);
        list->allocated = n + n / 4 + 4;
    }
}

void
list_clear(PyListObject *list)
{
    Py_SET_SIZE(list, 0);
    list->allocated = 0;
    list->ob_item = NULL;
}

PyObject *
list_from_array(PyObject *const *items, Py_ssize_t n)
{
    PyObject *list = PyList_New(n);
    if (list != NULL && n > 0)
        memcpy(((PyListObject *)list)->ob_item, items, (size_t)n * sizeof *items);
    return list;
}

int
list_insert(PyListObject *list, Py_ssize_t where, PyObject *item)
{
    Py_ssize_t n = PyList_GET_SIZE(list);
    if (where < 0)
        where = where + n < 0 ? 0 : where + n;
    if (where > n)
        where = n;
    if (list_reserve(list, n + 1) < 0)
        return -1;
    PyObject **at = list->ob_item + where;
    memmove(at + 1, at, (size_t)(n - where) * sizeof *at);
    gc_store(list, at, item);
    Py_SET_SIZE(list, n + 1);
    return 0;
}

PyObject *
list_pop_at(PyListObject *list, Py_ssize_t i)
{
    Py_ssize_t n = PyList_GET_SIZE(list);
    PyObject **at = list->ob_item + i, *item = *at;
    memmove(at, at + 1, (size_t)(n - i - 1) * sizeof *at);
    list->ob_item[n - 1] = NULL;
    Py_SET_SIZE(list, n - 1);
    if (GCRT_UNLIKELY(list->allocated > 64 && n - 1 < list->allocated / 4))
        list_truncate(list, n - 1);
    return item;
}

/* ------------------------------------------------------------------ extending */

static int
list_extend_array(PyListObject *list, PyObject *const *items, Py_ssize_t m)
{
    Py_ssize_t n = PyList_GET_SIZE(list);
    if (m == 0)
        return 0;
    if (n + m > list->allocated) {
        int grown = n == 0 ? list_set_capacity(list, m) : list_reserve(list, n + m);
        if (grown < 0)
            return -1;
    }
    memcpy(list->ob_item + n, items, (size_t)m * sizeof *items);
    Py_SET_SIZE(list, n + m);
    return 0;
}

/* Values of a range iterator without a call an item. */
static int
list_extend_range(PyListObject *list, gcrt_range_iter *it)
{
    int64_t m = it->remaining, value = it->current, step = it->step;
    Py_ssize_t n = PyList_GET_SIZE(list);
    if (m <= 0)
        return 0;
    if (m > LIST_MAX - n) {
        PyErr_NoMemory();
        return -1;
    }
    if (n + m > list->allocated && (n == 0 ? list_set_capacity(list, m) : list_reserve(list, n + m)) < 0)
        return -1;
    PyObject **items = list->ob_item + n;
    for (int64_t i = 0; i < m; i++)
        items[i] = gcrt_int(value + i * step);
    it->remaining = 0;
    Py_SET_SIZE(list, n + m);
    return 0;
}

static int
list_extend_iterable(PyListObject *list, PyObject *iterable)
{
    PyObject *iter = PyObject_GetIter(iterable), *item;
    if (iter == NULL)
        return -1;
    if (Py_TYPE(iter) == &PyRangeIter_Type && (iter == iterable || PyRange_Check(iterable)))
        return list_extend_range(list, (gcrt_range_iter *)iter);
    Py_ssize_t hint = PyObject_LengthHint(iterable, 8);
    if (hint < 0)
        return -1;
    Py_ssize_t n = PyList_GET_SIZE(list);
    if (hint > 0 && hint <= PY_SSIZE_T_MAX - n && n + hint > list->allocated &&
        (n == 0 ? list_set_capacity(list, hint) : list_reserve(list, n + hint)) < 0)
        return -1;
    iternextfunc next = Py_TYPE(iter)->tp_iternext;
    while ((item = next(iter)) != NULL)
        if (list_append(list, item) < 0)
            return -1;
    if (container_exception() != NULL) {
        if (!PyErr_ExceptionMatches(PyExc_StopIteration))
            return -1;
        PyErr_Clear();
    }
    return 0;
}

int
list_extend(PyListObject *list, PyObject *iterable)
{
    if (PyList_CheckExact(iterable) || PyTuple_CheckExact(iterable) || (PyObject *)list == iterable) {
        Py_ssize_t m = PySequence_Fast_GET_SIZE(iterable);
        if ((PyObject *)list == iterable) {
            /* Growing replaces the block that is read from: read the new one. */
            if (list_reserve(list, 2 * m) < 0)
                return -1;
        }
        return list_extend_array(list, PySequence_Fast_ITEMS(iterable), m);
    }
    return list_extend_iterable(list, iterable);
}

/* ------------------------------------------------------------------ slices */

PyObject *
list_slice(PyListObject *list, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t step)
{
    Py_ssize_t n = PySlice_AdjustIndices(PyList_GET_SIZE(list), &start, &stop, step);
    if (step == 1)
        return list_from_array(list->ob_item + start, n);
    PyObject *result = PyList_New(n);
    if (result == NULL)
        return NULL;
    PyObject **from = list->ob_item, **to = ((PyListObject *)result)->ob_item;
    for (Py_ssize_t i = 0, at = start; i < n; i++, at += step)
        to[i] = from[at];
    return result;
}

/* Replace list[start : start + count] by m items of an array that is not the list's own block. */
static int
list_splice(PyListObject *list, Py_ssize_t start, Py_ssize_t count, PyObject *const *items, Py_ssize_t m)
{
    Py_ssize_t n = PyList_GET_SIZE(list), tail = n - start - count;
    if (m > count && list_reserve(list, n + m - count) < 0)
        return -1;
    PyObject **at = list->ob_item + start;
    if (m != count && tail > 0)
        memmove(at + m, at + count, (size_t)tail * sizeof *at);
    if (m > 0)
        memcpy(at, items, (size_t)m * sizeof *at);
    if (m < count) {
        /* The places that fall free hold stale items: truncating clears them. */
        list_truncate(list, n + m - count);
    } else {
        Py_SET_SIZE(list, n + m - count);
    }
    return 0;
}

static void
list_delete_extended(PyListObject *list, Py_ssize_t start, Py_ssize_t step, Py_ssize_t count)
{
    Py_ssize_t n = PyList_GET_SIZE(list);
    if (count <= 0)
        return;
    if (step < 0) {
        start += step * (count - 1);
        step = -step;
    }
    PyObject **items = list->ob_item;
    Py_ssize_t to = start;
    for (Py_ssize_t i = 0, from = start; i < count; i++, from += step) {
        Py_ssize_t run = (i == count - 1 ? n : from + step) - from - 1;
        memmove(items + to, items + from + 1, (size_t)run * sizeof *items);
        to += run;
    }
    list_truncate(list, n - count);
}

int
list_ass_slice(PyListObject *list, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t step, PyObject *value)
{
    Py_ssize_t count, low = start, high = stop;
    if (value == NULL) {
        count = PySlice_AdjustIndices(PyList_GET_SIZE(list), &low, &high, step);
        if (step != 1) {
            list_delete_extended(list, low, step, count);
            return 0;
        }
        return count <= 0 ? 0 : list_splice(list, low, count, NULL, 0);
    }
    PyObject *items;
    if (value == (PyObject *)list) {
        items = list_from_array(list->ob_item, PyList_GET_SIZE(list));
    } else {
        items = PySequence_Fast(value, step == 1 ? "can only assign an iterable"
                                                 : "must assign iterable to extended slice");
    }
    if (items == NULL)
        return -1;
    /* Iterating may have changed the list: only now are the indices worth anything. */
    count = PySlice_AdjustIndices(PyList_GET_SIZE(list), &low, &high, step);
    Py_ssize_t m = PySequence_Fast_GET_SIZE(items);
    PyObject **from = PySequence_Fast_ITEMS(items);
    if (step == 1)
        return list_splice(list, low, count, from, m);
    if (m != count) {
        PyErr_Format(PyExc_ValueError,
                     "attempt to assign sequence of size %zd to extended slice of size %zd", m, count);
        return -1;
    }
    for (Py_ssize_t i = 0, at = low; i < m; i++, at += step)
        gc_store(list, &list->ob_item[at], from[i]);
    return 0;
}

/* ------------------------------------------------------------------ operators */

static Py_ssize_t
list_length(PyObject *self)
{
    return PyList_GET_SIZE(self);
}

static PyObject *
list_item(PyObject *self, Py_ssize_t i)
{
    if (GCRT_UNLIKELY((size_t)i >= (size_t)PyList_GET_SIZE(self))) {
        PyErr_SetString(PyExc_IndexError, "list index out of range");
        return NULL;
    }
    return PyList_GET_ITEM(self, i);
}

static int
list_ass_item(PyObject *self, Py_ssize_t i, PyObject *value)
{
    if (GCRT_UNLIKELY((size_t)i >= (size_t)PyList_GET_SIZE(self))) {
        PyErr_SetString(PyExc_IndexError, "list assignment index out of range");
        return -1;
    }
    if (value == NULL)
        list_pop_at((PyListObject *)self, i);
    else
        gc_store(self, &PyList_GET_ITEM(self, i), value);
    return 0;
}

static PyObject *
list_bad_index(PyObject *key)
{
    PyErr_Format(PyExc_TypeError, "list indices must be integers or slices, not %.200s",
                 Py_TYPE(key)->tp_name);
    return NULL;
}

PyObject *
list_subscript(PyObject *self, PyObject *key)
{
    if (gcrt_is_int(key)) {
        Py_ssize_t i = (Py_ssize_t)gcrt_int_value(key);
        return list_item(self, i < 0 ? i + PyList_GET_SIZE(self) : i);
    }
    if (PySlice_Check(key)) {
        Py_ssize_t start, stop, step;
        if (PySlice_Unpack(key, &start, &stop, &step) < 0)
            return NULL;
        return list_slice((PyListObject *)self, start, stop, step);
    }
    if (!PyIndex_Check(key))
        return list_bad_index(key);
    Py_ssize_t i = container_index(key);
    if (i == -1 && container_exception() != NULL)
        return NULL;
    return list_item(self, i < 0 ? i + PyList_GET_SIZE(self) : i);
}

int
list_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    if (PySlice_Check(key)) {
        Py_ssize_t start, stop, step;
        if (PySlice_Unpack(key, &start, &stop, &step) < 0)
            return -1;
        return list_ass_slice((PyListObject *)self, start, stop, step, value);
    }
    if (!gcrt_is_int(key) && !PyIndex_Check(key)) {
        list_bad_index(key);
        return -1;
    }
    Py_ssize_t i = container_index(key);
    if (i == -1 && container_exception() != NULL)
        return -1;
    return list_ass_item(self, i < 0 ? i + PyList_GET_SIZE(self) : i, value);
}

PyObject *
list_concat(PyObject *a, PyObject *b)
{
    if (!PyList_Check(b)) {
        PyErr_Format(PyExc_TypeError, "can only concatenate list (not \"%.200s\") to list",
                     Py_TYPE(b)->tp_name);
        return NULL;
    }
    Py_ssize_t n = PyList_GET_SIZE(a), m = PyList_GET_SIZE(b);
    PyObject *result = PyList_New(n + m);
    if (result == NULL)
        return NULL;
    PyObject **items = ((PyListObject *)result)->ob_item;
    if (n > 0)
        memcpy(items, ((PyListObject *)a)->ob_item, (size_t)n * sizeof *items);
    if (m > 0)
        memcpy(items + n, ((PyListObject *)b)->ob_item, (size_t)m * sizeof *items);
    return result;
}

static PyObject *
list_inplace_concat(PyObject *self, PyObject *other)
{
    return list_extend((PyListObject *)self, other) < 0 ? NULL : self;
}

/* Fill items[0 .. n * count) with copies of items[0 .. n), doubling what is there. */
static void
list_replicate(PyObject **items, Py_ssize_t n, Py_ssize_t count)
{
    if (n == 1) {
        PyObject *item = items[0];
        for (Py_ssize_t i = 1; i < count; i++)
            items[i] = item;
        return;
    }
    Py_ssize_t total = n * count;
    for (Py_ssize_t have = n; have < total;) {
        Py_ssize_t copy = have <= total - have ? have : total - have;
        memcpy(items + have, items, (size_t)copy * sizeof *items);
        have += copy;
    }
}

PyObject *
list_repeat(PyObject *self, Py_ssize_t count)
{
    Py_ssize_t n = PyList_GET_SIZE(self);
    if (count <= 0 || n == 0)
        return PyList_New(0);
    if (n > LIST_MAX / count)
        return PyErr_NoMemory();
    PyObject *result = PyList_New(n * count);
    if (result == NULL)
        return NULL;
    PyObject **items = ((PyListObject *)result)->ob_item;
    memcpy(items, ((PyListObject *)self)->ob_item, (size_t)n * sizeof *items);
    list_replicate(items, n, count);
    return result;
}

PyObject *
list_inplace_repeat(PyObject *self, Py_ssize_t count)
{
    PyListObject *list = (PyListObject *)self;
    Py_ssize_t n = PyList_GET_SIZE(list);
    if (n == 0 || count == 1)
        return self;
    if (count <= 0) {
        list_clear(list);
        return self;
    }
    if (n > LIST_MAX / count)
        return PyErr_NoMemory();
    if (list_reserve(list, n * count) < 0)
        return NULL;
    list_replicate(list->ob_item, n, count);
    Py_SET_SIZE(list, n * count);
    return self;
}

static int
list_contains(PyObject *self, PyObject *item)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(self); i++) {
        int equal = container_equal(PyList_GET_ITEM(self, i), item);
        if (equal != 0)
            return equal;
    }
    return 0;
}

PyObject *
list_richcompare(PyObject *a, PyObject *b, int op)
{
    if (!PyList_Check(a) || !PyList_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    if (PyList_GET_SIZE(a) != PyList_GET_SIZE(b) && (op == Py_EQ || op == Py_NE))
        return container_bool(op == Py_NE);
    if (gcrt_enter_c(" in comparison"))
        return NULL;
    Py_ssize_t i;
    for (i = 0; i < PyList_GET_SIZE(a) && i < PyList_GET_SIZE(b); i++) {
        int equal = container_equal(PyList_GET_ITEM(a, i), PyList_GET_ITEM(b, i));
        if (equal < 0)
            return NULL;
        if (equal == 0)
            break;
    }
    Py_ssize_t n = PyList_GET_SIZE(a), m = PyList_GET_SIZE(b);
    if (i >= n || i >= m)
        Py_RETURN_RICHCOMPARE(n, m, op);
    if (op == Py_EQ)
        Py_RETURN_FALSE;
    if (op == Py_NE)
        Py_RETURN_TRUE;
    return PyObject_RichCompare(PyList_GET_ITEM(a, i), PyList_GET_ITEM(b, i), op);
}

static PyObject *
list_repr(PyObject *self)
{
    if (PyList_GET_SIZE(self) == 0)
        return PyUnicode_FromString("[]");
    int entered = container_repr_enter(self);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromString("[...]") : NULL;
    PyObject *text = container_repr(self, "[", "]");
    container_repr_leave(self);
    return text;
}

/* ------------------------------------------------------------------ C API */

#define LIST_REQUIRE(op, result)                                                                        \
    do {                                                                                                \
        if ((op) == NULL || !PyList_Check(op)) {                                                        \
            PyErr_BadInternalCall();                                                                    \
            return result;                                                                              \
        }                                                                                               \
    } while (0)

PyObject *
PyList_New(Py_ssize_t n)
{
    if (n < 0) {
        PyErr_BadInternalCall();
        return NULL;
    }
    PyListObject *list = (PyListObject *)gcrt_new(&PyList_Type, sizeof(PyListObject));
    if (list == NULL || (n > 0 && list_set_capacity(list, n) < 0))
        return NULL;
    Py_SET_SIZE(list, n);
    return (PyObject *)list;
}

Py_ssize_t
PyList_Size(PyObject *op)
{
    LIST_REQUIRE(op, -1);
    return PyList_GET_SIZE(op);
}

PyObject *
PyList_GetItem(PyObject *op, Py_ssize_t i)
{
    LIST_REQUIRE(op, NULL);
    return list_item(op, i);
}

int
PyList_SetItem(PyObject *op, Py_ssize_t i, PyObject *item)
{
    LIST_REQUIRE(op, -1);
    if ((size_t)i >= (size_t)PyList_GET_SIZE(op)) {
        PyErr_SetString(PyExc_IndexError, "list assignment index out of range");
        return -1;
    }
    gc_store(op, &PyList_GET_ITEM(op, i), item);
    return 0;
}

int
PyList_Insert(PyObject *op, Py_ssize_t where, PyObject *item)
{
    LIST_REQUIRE(op, -1);
    if (item == NULL) {
        PyErr_BadInternalCall();
        return -1;
    }
    return list_insert((PyListObject *)op, where, item);
}

int
PyList_Append(PyObject *op, PyObject *item)
{
    if (op == NULL || item == NULL || !PyList_Check(op)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return list_append((PyListObject *)op, item);
}

PyObject *
PyList_GetSlice(PyObject *op, Py_ssize_t start, Py_ssize_t stop)
{
    LIST_REQUIRE(op, NULL);
    start = start < 0 ? 0 : start;
    return list_slice((PyListObject *)op, start, stop < start ? start : stop, 1);
}

int
PyList_SetSlice(PyObject *op, Py_ssize_t start, Py_ssize_t stop, PyObject *value)
{
    LIST_REQUIRE(op, -1);
    start = start < 0 ? 0 : start;
    return list_ass_slice((PyListObject *)op, start, stop < start ? start : stop, 1, value);
}

int
PyList_Sort(PyObject *op)
{
    LIST_REQUIRE(op, -1);
    return list_sort((PyListObject *)op, NULL, 0);
}

int
PyList_Reverse(PyObject *op)
{
    LIST_REQUIRE(op, -1);
    PyObject **items = ((PyListObject *)op)->ob_item;
    for (Py_ssize_t low = 0, high = PyList_GET_SIZE(op) - 1; low < high; low++, high--) {
        PyObject *item = items[low];
        items[low] = items[high];
        items[high] = item;
    }
    return 0;
}

PyObject *
PyList_AsTuple(PyObject *op)
{
    LIST_REQUIRE(op, NULL);
    return tuple_from_array(((PyListObject *)op)->ob_item, PyList_GET_SIZE(op));
}

PyObject *
_PyList_Extend(PyListObject *list, PyObject *iterable)
{
    return list_extend(list, iterable) < 0 ? NULL : Py_None;
}

PyObject *
PySequence_List(PyObject *op)
{
    if (op == NULL) {
        PyErr_BadInternalCall();
        return NULL;
    }
    PyObject *list = PyList_New(0);
    return list == NULL || list_extend((PyListObject *)list, op) < 0 ? NULL : list;
}

/* ------------------------------------------------------------------ type */

static PyObject *
list_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args, (void)kwargs;
    return type->tp_alloc(type, 0);
}

static int
list_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if ((PyList_CheckExact(self) || Py_TYPE(self)->tp_new == list_new) && container_refuse_keywords("list", kwargs))
        return -1;
    if (!_PyArg_CheckPositional("list", PyTuple_GET_SIZE(args), 0, 1))
        return -1;
    if (PyList_GET_SIZE(self) > 0)
        list_clear((PyListObject *)self);
    if (PyTuple_GET_SIZE(args) == 0)
        return 0;
    return list_extend((PyListObject *)self, PyTuple_GET_ITEM(args, 0));
}

static PyObject *
list_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    if (!_PyArg_NoKwnames("list", kwnames) || !_PyArg_CheckPositional("list", n, 0, 1))
        return NULL;
    PyObject *self = ((PyTypeObject *)type)->tp_alloc((PyTypeObject *)type, 0);
    if (self == NULL || (n == 1 && list_extend((PyListObject *)self, args[0]) < 0))
        return NULL;
    return self;
}

static PyObject *
list_iter(PyObject *self)
{
    gcrt_list_iter *it = (gcrt_list_iter *)gcrt_new(&PyListIter_Type, sizeof *it);
    if (it != NULL)
        it->list = (PyListObject *)self;
    return (PyObject *)it;
}

static void
list_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((PyListObject *)self)->ob_item);
}

static PySequenceMethods list_as_sequence = {
    .sq_length = list_length,
    .sq_concat = list_concat,
    .sq_repeat = list_repeat,
    .sq_item = list_item,
    .sq_ass_item = list_ass_item,
    .sq_contains = list_contains,
    .sq_inplace_concat = list_inplace_concat,
    .sq_inplace_repeat = list_inplace_repeat,
};
static PyMappingMethods list_as_mapping = {
    .mp_length = list_length,
    .mp_subscript = list_subscript,
    .mp_ass_subscript = list_ass_subscript,
};

PyTypeObject PyList_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "list",
    .tp_basicsize = sizeof(PyListObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_LIST_SUBCLASS |
                _Py_TPFLAGS_MATCH_SELF | Py_TPFLAGS_SEQUENCE,
    .tp_doc = "list(iterable=(), /)\n--\n\nA mutable sequence.",
    .tp_repr = list_repr,
    .tp_as_sequence = &list_as_sequence,
    .tp_as_mapping = &list_as_mapping,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_richcompare = list_richcompare,
    .tp_iter = list_iter,
    .tp_methods = list_methods,
    .tp_init = list_init,
    .tp_new = list_new,
    .tp_vectorcall = list_vectorcall,
    .gcrt_trace = list_trace,
};
