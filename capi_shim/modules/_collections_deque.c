/* _collections_deque.c: deque, a ring buffer.
 *
 * The items lie in a block whose size is a power of two, from place `head` on, round the end.  Places outside
 * are zero.  `state` changes with each change of the items: iterators and searches that run foreign code
 * notice by it. */
#include "_collections.h"

#include "list.h"

typedef struct {
    PyObject_HEAD
    PyObject **items;              /* NULL: capacity 0 */
    Py_ssize_t head, size, capacity;
    Py_ssize_t maxlen;             /* -1: unbounded */
    size_t state;
    PyObject *weakreflist;
} deque_object;

typedef struct {
    PyObject_HEAD
    deque_object *deque;           /* NULL: exhausted */
    Py_ssize_t index, remaining;
    size_t state;
} deque_iter;

/* ------------------------------------------------------------------ the ring */

static inline PyObject **
place(deque_object *d, Py_ssize_t i)
{
    return &d->items[(d->head + i) & (d->capacity - 1)];
}

static int
grow(deque_object *d)
{
    Py_ssize_t capacity = d->capacity == 0 ? 8 : d->capacity * 2;
    if (capacity > PY_SSIZE_T_MAX / 16) {
        PyErr_NoMemory();
        return -1;
    }
    PyObject **items = gcrt_alloc_words((size_t)capacity);
    if (items == NULL)
        return -1;
    Py_ssize_t first = d->capacity - d->head;
    if (first > d->size)
        first = d->size;
    if (first > 0)
        memcpy(items, d->items + d->head, (size_t)first * sizeof *items);
    if (d->size > first)
        memcpy(items + first, d->items, (size_t)(d->size - first) * sizeof *items);
    gc_store(d, (PyObject **)&d->items, (PyObject *)items);
    d->head = 0;
    d->capacity = capacity;
    return 0;
}

static PyObject *
take_last(deque_object *d)
{
    PyObject **at = place(d, d->size - 1), *item = *at;
    *at = NULL;
    d->size--;
    d->state++;
    return item;
}

static PyObject *
take_first(deque_object *d)
{
    PyObject **at = place(d, 0), *item = *at;
    *at = NULL;
    d->head = (d->head + 1) & (d->capacity - 1);
    d->size--;
    d->state++;
    return item;
}

static int
append(deque_object *d, PyObject *item)
{
    if (d->maxlen >= 0 && d->size >= d->maxlen) {
        if (d->maxlen == 0)
            return 0;
        take_first(d);
    }
    if (GCRT_UNLIKELY(d->size == d->capacity) && grow(d) < 0)
        return -1;
    gc_store(d, place(d, d->size), item);
    d->size++;
    d->state++;
    return 0;
}

static int
append_left(deque_object *d, PyObject *item)
{
    if (d->maxlen >= 0 && d->size >= d->maxlen) {
        if (d->maxlen == 0)
            return 0;
        take_last(d);
    }
    if (GCRT_UNLIKELY(d->size == d->capacity) && grow(d) < 0)
        return -1;
    d->head = (d->head - 1) & (d->capacity - 1);
    gc_store(d, &d->items[d->head], item);
    d->size++;
    d->state++;
    return 0;
}

static void
clear(deque_object *d)
{
    d->items = NULL;
    d->head = d->size = d->capacity = 0;
    d->state++;
}

/* Move the last n items to the front (n < 0: the first to the end). */
static void
rotate(deque_object *d, Py_ssize_t n)
{
    if (d->size <= 1)
        return;
    n %= d->size;
    if (n < 0)
        n += d->size;
    if (n == 0)
        return;
    d->state++;
    if (d->size == d->capacity) {
        d->head = (d->head - n) & (d->capacity - 1);
        return;
    }
    if (n <= d->size / 2) {
        for (; n > 0; n--) {
            PyObject **from = place(d, d->size - 1);
            d->head = (d->head - 1) & (d->capacity - 1);
            d->items[d->head] = *from;
            *from = NULL;
        }
        return;
    }
    for (n = d->size - n; n > 0; n--) {
        PyObject **from = place(d, 0);
        *place(d, d->size) = *from;
        *from = NULL;
        d->head = (d->head + 1) & (d->capacity - 1);
    }
}

/* Remove item i: the shorter side moves up. */
static PyObject *
remove_at(deque_object *d, Py_ssize_t i)
{
    PyObject *item = *place(d, i);
    if (i < d->size / 2) {
        for (; i > 0; i--)
            *place(d, i) = *place(d, i - 1);
        take_first(d);
    } else {
        for (; i < d->size - 1; i++)
            *place(d, i) = *place(d, i + 1);
        take_last(d);
    }
    return item;
}

/* ------------------------------------------------------------------ construction */

static int
extend(deque_object *d, PyObject *iterable, int (*add)(deque_object *, PyObject *))
{
    if ((PyObject *)d == iterable && (iterable = PySequence_List(iterable)) == NULL)
        return -1;
    PyObject *iter = PyObject_GetIter(iterable), *item;
    if (iter == NULL)
        return -1;
    while ((item = container_next(iter)) != NULL)
        if (add(d, item) < 0)
            return -1;
    return container_exception() == NULL ? 0 : -1;
}

static PyObject *
deque_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args, (void)kwargs;
    deque_object *d = (deque_object *)type->tp_alloc(type, 0);
    if (d != NULL)
        d->maxlen = -1;
    return (PyObject *)d;
}

static int
deque_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"iterable", "maxlen", NULL};
    deque_object *d = (deque_object *)op;
    PyObject *iterable = NULL, *bound = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OO:deque", names, &iterable, &bound))
        return -1;
    Py_ssize_t maxlen = -1;
    if (bound != NULL && bound != Py_None) {
        maxlen = PyLong_AsSsize_t(bound);
        if (maxlen == -1 && container_exception() != NULL)
            return -1;
        if (maxlen < 0) {
            PyErr_SetString(PyExc_ValueError, "maxlen must be non-negative");
            return -1;
        }
    }
    d->maxlen = maxlen;
    if (d->size > 0)
        clear(d);
    return iterable == NULL ? 0 : extend(d, iterable, append);
}

/* A deque of the same type and maxlen; a subclass is called. */
static PyObject *
copy_of(PyObject *op)
{
    deque_object *d = (deque_object *)op;
    if (Py_TYPE(op) != &collections_deque_type) {
        if (d->maxlen < 0)
            return PyObject_CallOneArg((PyObject *)Py_TYPE(op), op);
        return PyObject_CallFunction((PyObject *)Py_TYPE(op), "On", op, d->maxlen);
    }
    deque_object *copy = (deque_object *)deque_new(&collections_deque_type, NULL, NULL);
    if (copy == NULL)
        return NULL;
    copy->maxlen = d->maxlen;
    if (d->size > 0) {
        if ((copy->items = gcrt_alloc_words((size_t)d->capacity)) == NULL)
            return NULL;
        memcpy(copy->items, d->items, (size_t)d->capacity * sizeof *copy->items);
        copy->head = d->head;
        copy->size = d->size;
        copy->capacity = d->capacity;
    }
    return (PyObject *)copy;
}

/* ------------------------------------------------------------------ methods */

static PyObject *
m_append(PyObject *op, PyObject *item)
{
    return append((deque_object *)op, item) < 0 ? NULL : Py_None;
}

static PyObject *
m_appendleft(PyObject *op, PyObject *item)
{
    return append_left((deque_object *)op, item) < 0 ? NULL : Py_None;
}

static PyObject *
m_extend(PyObject *op, PyObject *iterable)
{
    return extend((deque_object *)op, iterable, append) < 0 ? NULL : Py_None;
}

static PyObject *
m_extendleft(PyObject *op, PyObject *iterable)
{
    return extend((deque_object *)op, iterable, append_left) < 0 ? NULL : Py_None;
}

static PyObject *
empty_error(void)
{
    PyErr_SetString(PyExc_IndexError, "pop from an empty deque");
    return NULL;
}

static PyObject *
m_pop(PyObject *op, PyObject *unused)
{
    (void)unused;
    return ((deque_object *)op)->size == 0 ? empty_error() : take_last((deque_object *)op);
}

static PyObject *
m_popleft(PyObject *op, PyObject *unused)
{
    (void)unused;
    return ((deque_object *)op)->size == 0 ? empty_error() : take_first((deque_object *)op);
}

static PyObject *
m_clear(PyObject *op, PyObject *unused)
{
    (void)unused;
    clear((deque_object *)op);
    Py_RETURN_NONE;
}

static PyObject *
m_copy(PyObject *op, PyObject *unused)
{
    (void)unused;
    return copy_of(op);
}

static PyObject *
m_rotate(PyObject *op, PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("rotate", nargs, 0, 1))
        return NULL;
    Py_ssize_t n = nargs == 0 ? 1 : PyNumber_AsSsize_t(args[0], PyExc_OverflowError);
    if (n == -1 && container_exception() != NULL)
        return NULL;
    rotate((deque_object *)op, n);
    Py_RETURN_NONE;
}

static PyObject *
m_reverse(PyObject *op, PyObject *unused)
{
    (void)unused;
    deque_object *d = (deque_object *)op;
    for (Py_ssize_t low = 0, high = d->size - 1; low < high; low++, high--) {
        PyObject *item = *place(d, low);
        *place(d, low) = *place(d, high);
        *place(d, high) = item;
    }
    d->state++;
    Py_RETURN_NONE;
}

static PyObject *
mutated(const char *message, PyObject *exception)
{
    PyErr_SetString(exception, message);
    return NULL;
}

static PyObject *
m_count(PyObject *op, PyObject *item)
{
    deque_object *d = (deque_object *)op;
    size_t state = d->state;
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0; i < d->size; i++) {
        int equal = container_equal(*place(d, i), item);
        if (equal < 0)
            return NULL;
        if (d->state != state)
            return mutated("deque mutated during iteration", PyExc_RuntimeError);
        count += equal;
    }
    return container_ssize(count);
}

/* 1 with *index, 0, or -1. */
static int
find(deque_object *d, PyObject *item, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t *index)
{
    size_t state = d->state;
    for (Py_ssize_t i = start; i < stop && i < d->size; i++) {
        int equal = container_equal(*place(d, i), item);
        if (equal < 0)
            return -1;
        if (d->state != state) {
            mutated("deque mutated during iteration", PyExc_RuntimeError);
            return -1;
        }
        if (equal) {
            *index = i;
            return 1;
        }
    }
    return 0;
}

static int
deque_contains(PyObject *op, PyObject *item)
{
    Py_ssize_t index;
    return find((deque_object *)op, item, 0, PY_SSIZE_T_MAX, &index);
}

static PyObject *
m_index(PyObject *op, PyObject *const *args, Py_ssize_t n)
{
    deque_object *d = (deque_object *)op;
    Py_ssize_t start = 0, stop = d->size, index;
    if (!_PyArg_CheckPositional("index", n, 1, 3))
        return NULL;
    if ((n > 1 && !_PyEval_SliceIndex(args[1], &start)) || (n > 2 && !_PyEval_SliceIndex(args[2], &stop)))
        return NULL;
    PySlice_AdjustIndices(d->size, &start, &stop, 1);
    int found = find(d, args[0], start, stop, &index);
    if (found == 0)
        PyErr_Format(PyExc_ValueError, "%R is not in deque", args[0]);
    return found <= 0 ? NULL : container_ssize(index);
}

static PyObject *
m_remove(PyObject *op, PyObject *item)
{
    deque_object *d = (deque_object *)op;
    size_t state = d->state;
    for (Py_ssize_t i = 0; i < d->size; i++) {
        int equal = container_equal(*place(d, i), item);
        if (equal < 0)
            return NULL;
        if (d->state != state)
            return mutated("deque mutated during remove().", PyExc_IndexError);
        if (equal) {
            remove_at(d, i);
            Py_RETURN_NONE;
        }
    }
    PyErr_Format(PyExc_ValueError, "%R is not in deque", item);
    return NULL;
}

static PyObject *
m_insert(PyObject *op, PyObject *const *args, Py_ssize_t nargs)
{
    deque_object *d = (deque_object *)op;
    if (!_PyArg_CheckPositional("insert", nargs, 2, 2))
        return NULL;
    Py_ssize_t i = PyNumber_AsSsize_t(args[0], PyExc_OverflowError), n = d->size;
    if (i == -1 && container_exception() != NULL)
        return NULL;
    if (d->maxlen >= 0 && n >= d->maxlen)
        return mutated("deque already at its maximum size", PyExc_IndexError);
    if (i < 0)
        i = i + n < 0 ? 0 : i + n;
    if (i > n)
        i = n;
    if (i < n / 2) {
        if (append_left(d, args[1]) < 0)
            return NULL;
        for (Py_ssize_t j = 0; j < i; j++)
            *place(d, j) = *place(d, j + 1);
    } else {
        if (append(d, args[1]) < 0)
            return NULL;
        for (Py_ssize_t j = n; j > i; j--)
            *place(d, j) = *place(d, j - 1);
    }
    gc_store(d, place(d, i), args[1]);
    Py_RETURN_NONE;
}

static PyObject *
m_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    deque_object *d = (deque_object *)op;
    PyObject *state = container_state(op), *iter = state == NULL ? NULL : PyObject_GetIter(op);
    if (iter == NULL)
        return NULL;
    if (d->maxlen < 0)
        return Py_BuildValue("O()NN", Py_TYPE(op), state, iter);
    return Py_BuildValue("O(()n)NN", Py_TYPE(op), d->maxlen, state, iter);
}

static PyObject *
m_sizeof(PyObject *op, PyObject *unused)
{
    (void)unused;
    return container_ssize(Py_TYPE(op)->tp_basicsize + ((deque_object *)op)->capacity * (Py_ssize_t)sizeof(PyObject *));
}

static PyObject *
get_maxlen(PyObject *op, void *closure)
{
    (void)closure;
    Py_ssize_t maxlen = ((deque_object *)op)->maxlen;
    return maxlen < 0 ? Py_None : container_ssize(maxlen);
}

/* ------------------------------------------------------------------ as sequence and value */

static Py_ssize_t
deque_length(PyObject *op)
{
    return ((deque_object *)op)->size;
}

static PyObject *
deque_item(PyObject *op, Py_ssize_t i)
{
    deque_object *d = (deque_object *)op;
    if ((size_t)i >= (size_t)d->size) {
        PyErr_SetString(PyExc_IndexError, "deque index out of range");
        return NULL;
    }
    return *place(d, i);
}

static int
deque_ass_item(PyObject *op, Py_ssize_t i, PyObject *value)
{
    deque_object *d = (deque_object *)op;
    if ((size_t)i >= (size_t)d->size) {
        PyErr_SetString(PyExc_IndexError, "deque index out of range");
        return -1;
    }
    if (value == NULL)
        remove_at(d, i);
    else
        gc_store(d, place(d, i), value);
    return 0;
}

static PyObject *
deque_concat(PyObject *a, PyObject *b)
{
    if (!PyObject_TypeCheck(b, &collections_deque_type)) {
        PyErr_Format(PyExc_TypeError, "can only concatenate deque (not \"%.200s\") to deque",
                     Py_TYPE(b)->tp_name);
        return NULL;
    }
    PyObject *result = copy_of(a);
    return result == NULL || extend((deque_object *)result, b, append) < 0 ? NULL : result;
}

static PyObject *
deque_inplace_concat(PyObject *op, PyObject *other)
{
    return extend((deque_object *)op, other, append) < 0 ? NULL : op;
}

static PyObject *
deque_inplace_repeat(PyObject *op, Py_ssize_t count)
{
    deque_object *d = (deque_object *)op;
    if (count <= 0 || d->size == 0) {
        clear(d);
        return op;
    }
    if (d->maxlen < 0 && d->size > PY_SSIZE_T_MAX / 16 / count)
        return PyErr_NoMemory();
    PyObject *items = PySequence_List(op);
    if (items == NULL)
        return NULL;
    /* A bounded deque holds the last maxlen items: earlier rounds that fall out need not be made. */
    Py_ssize_t n = PyList_GET_SIZE(items);
    if (d->maxlen >= 0 && n > 0 && count > d->maxlen / n + 2)
        count = d->maxlen / n + 2;
    for (Py_ssize_t i = 1; i < count; i++)
        for (Py_ssize_t j = 0; j < n; j++)
            if (append(d, PyList_GET_ITEM(items, j)) < 0)
                return NULL;
    return op;
}

static PyObject *
deque_repeat(PyObject *op, Py_ssize_t count)
{
    PyObject *copy = copy_of(op);
    return copy == NULL ? NULL : deque_inplace_repeat(copy, count);
}

static PyObject *
deque_repr(PyObject *op)
{
    int entered = container_repr_enter(op);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromString("[...]") : NULL;
    Py_ssize_t maxlen = ((deque_object *)op)->maxlen;
    PyObject *items = PySequence_List(op), *text = NULL;
    const char *name = _PyType_Name(Py_TYPE(op));
    if (items != NULL)
        text = maxlen < 0 ? PyUnicode_FromFormat("%s(%R)", name, items)
                          : PyUnicode_FromFormat("%s(%R, maxlen=%zd)", name, items, maxlen);
    container_repr_leave(op);
    return text;
}

static PyObject *
deque_richcompare(PyObject *a, PyObject *b, int op)
{
    if (!PyObject_TypeCheck(a, &collections_deque_type) || !PyObject_TypeCheck(b, &collections_deque_type))
        Py_RETURN_NOTIMPLEMENTED;
    Py_ssize_t n = deque_length(a), m = deque_length(b);
    if (n != m && (op == Py_EQ || op == Py_NE))
        return container_bool(op == Py_NE);
    PyObject *x = PySequence_List(a), *y = x == NULL ? NULL : PySequence_List(b);
    return y == NULL || gcrt_enter_c(" in comparison") ? NULL : list_richcompare(x, y, op);
}

/* ------------------------------------------------------------------ iterators */

static PyObject *
iter_make(PyObject *op, PyTypeObject *type)
{
    deque_object *d = (deque_object *)op;
    deque_iter *it = (deque_iter *)gcrt_new(type, sizeof *it);
    if (it == NULL)
        return NULL;
    it->deque = d;
    it->state = d->state;
    it->remaining = d->size;
    return (PyObject *)it;
}

static PyObject *
deque_iterate(PyObject *op)
{
    return iter_make(op, &collections_deque_iter_type);
}

static PyObject *
m_reversed(PyObject *op, PyObject *unused)
{
    (void)unused;
    return iter_make(op, &collections_deque_reverse_iter_type);
}

static PyObject *
iter_step(deque_iter *it, int back)
{
    deque_object *d = it->deque;
    if (it->state != d->state) {
        it->remaining = 0;
        return mutated("deque mutated during iteration", PyExc_RuntimeError);
    }
    if (it->remaining == 0)
        return NULL;
    it->remaining--;
    return *place(d, back ? it->remaining : it->index++);
}

static PyObject *
iter_next(PyObject *op)
{
    return iter_step((deque_iter *)op, 0);
}

static PyObject *
iter_previous(PyObject *op)
{
    return iter_step((deque_iter *)op, 1);
}

/* _deque_iterator(deque, index): what __reduce__ of an iterator makes. */
static PyObject *
iter_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *deque;
    Py_ssize_t index = 0;
    if (container_refuse_keywords(_PyType_Name(type), kwargs) ||
        !PyArg_ParseTuple(args, "O!|n", &collections_deque_type, &deque, &index))
        return NULL;
    deque_iter *it = (deque_iter *)iter_make(deque, type);
    if (it == NULL)
        return NULL;
    index = index < 0 ? 0 : index > it->remaining ? it->remaining : index;
    it->index = index;
    it->remaining -= index;
    return (PyObject *)it;
}

static PyObject *
iter_length_hint(PyObject *op, PyObject *unused)
{
    (void)unused;
    return container_ssize(((deque_iter *)op)->remaining);
}

static PyObject *
iter_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    deque_iter *it = (deque_iter *)op;
    return Py_BuildValue("O(On)", Py_TYPE(op), it->deque, it->deque->size - it->remaining);
}

static PyMethodDef iter_methods[] = {
    {"__length_hint__", iter_length_hint, METH_NOARGS, "Number of items to come."},
    {"__reduce__", iter_reduce, METH_NOARGS, "State for copying and pickling."},
    {NULL, NULL, 0, NULL},
};

#define DEQUE_ITER_TYPE(symbol, name, next)                                                             \
    PyTypeObject symbol = {                                                                             \
        PyVarObject_HEAD_INIT(&PyType_Type, 0)                                                          \
        .tp_name = name,                                                                                \
        .tp_basicsize = sizeof(deque_iter),                                                             \
        .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,                                            \
        .tp_iter = PyObject_SelfIter,                                                                   \
        .tp_iternext = next,                                                                            \
        .tp_methods = iter_methods,                                                                     \
        .tp_new = iter_new,                                                                             \
        .gcrt_trace = container_trace_words,                                                            \
    }
DEQUE_ITER_TYPE(collections_deque_iter_type, "_collections._deque_iterator", iter_next);
DEQUE_ITER_TYPE(collections_deque_reverse_iter_type, "_collections._deque_reverse_iterator", iter_previous);

/* ------------------------------------------------------------------ type */

static void
deque_trace(PyObject *op, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((deque_object *)op)->items);
    gc_visit(t, (uintptr_t)((deque_object *)op)->weakreflist);
}

static PySequenceMethods deque_as_sequence = {
    .sq_length = deque_length,
    .sq_concat = deque_concat,
    .sq_repeat = deque_repeat,
    .sq_item = deque_item,
    .sq_ass_item = deque_ass_item,
    .sq_contains = deque_contains,
    .sq_inplace_concat = deque_inplace_concat,
    .sq_inplace_repeat = deque_inplace_repeat,
};
static PyGetSetDef deque_getset[] = {
    {"maxlen", get_maxlen, NULL, "maximum size of a deque or None if unbounded", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyMethodDef deque_methods[] = {
    {"append", m_append, METH_O, "Add an item at the right end."},
    {"appendleft", m_appendleft, METH_O, "Add an item at the left end."},
    {"extend", m_extend, METH_O, "Add all items of an iterable at the right end."},
    {"extendleft", m_extendleft, METH_O, "Add all items of an iterable at the left end, one by one."},
    {"pop", m_pop, METH_NOARGS, "Remove and return the rightmost item."},
    {"popleft", m_popleft, METH_NOARGS, "Remove and return the leftmost item."},
    {"clear", m_clear, METH_NOARGS, "Remove all items."},
    {"copy", m_copy, METH_NOARGS, "A shallow copy."},
    {"__copy__", m_copy, METH_NOARGS, "A shallow copy."},
    {"rotate", CONTAINER_METHOD(m_rotate), METH_FASTCALL, "Rotate n steps to the right (default n=1)."},
    {"reverse", m_reverse, METH_NOARGS, "Reverse in place."},
    {"count", m_count, METH_O, "D.count(value) -> how often value occurs"},
    {"index", CONTAINER_METHOD(m_index), METH_FASTCALL,
     "D.index(value, [start, [stop]]) -> first index of value; ValueError when absent."},
    {"insert", CONTAINER_METHOD(m_insert), METH_FASTCALL, "D.insert(index, object) -- insert before index"},
    {"remove", m_remove, METH_O, "D.remove(value) -- remove the first item equal to value."},
    {"__reversed__", m_reversed, METH_NOARGS, "An iterator over the items from the last to the first."},
    {"__reduce__", m_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__sizeof__", m_sizeof, METH_NOARGS, "Bytes of the deque in memory."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "See PEP 585"},
    {NULL, NULL, 0, NULL},
};

PyTypeObject collections_deque_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "collections.deque",
    .tp_basicsize = sizeof(deque_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_SEQUENCE,
    .tp_doc = "deque([iterable[, maxlen]]) --> deque object\n\nA list-like sequence with fast ends.",
    .tp_repr = deque_repr,
    .tp_as_sequence = &deque_as_sequence,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_richcompare = deque_richcompare,
    .tp_weaklistoffset = offsetof(deque_object, weakreflist),
    .tp_iter = deque_iterate,
    .tp_methods = deque_methods,
    .tp_getset = deque_getset,
    .tp_init = deque_init,
    .tp_new = deque_new,
    .gcrt_trace = deque_trace,
};
