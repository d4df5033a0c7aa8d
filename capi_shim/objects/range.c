/* range.c: range objects and their iterators.  Ranges of immediate ints are computed in C integers, all
 * others with int objects. */
#include "container.h"
#include "iters.h"

typedef struct {
    PyObject_HEAD
    PyObject *current, *step, *remaining;
} long_range_iter;

/* ------------------------------------------------------------------ making ranges */

static int
range_is_small(gcrt_range *r)
{
    return gcrt_is_int(r->start) && gcrt_is_int(r->stop) && gcrt_is_int(r->step) && gcrt_is_int(r->length);
}

/* Number of items, for immediates.  The difference of two 63-bit numbers fits. */
static PyObject *
range_small_length(int64_t start, int64_t stop, int64_t step)
{
    int64_t n = 0;
    if (step > 0 && start < stop)
        n = (stop - start - 1) / step + 1;
    else if (step < 0 && start > stop)
        n = (start - stop - 1) / -step + 1;
    return container_ssize(n);
}

static PyObject *
range_compute_length(PyObject *start, PyObject *stop, PyObject *step)
{
    if (gcrt_is_int(start) && gcrt_is_int(stop) && gcrt_is_int(step))
        return range_small_length(gcrt_int_value(start), gcrt_int_value(stop), gcrt_int_value(step));
    int up = _PyLong_Sign(step) > 0;
    PyObject *low = up ? start : stop, *high = up ? stop : start;
    int empty = PyObject_RichCompareBool(low, high, Py_GE);
    if (empty != 0)
        return empty < 0 ? NULL : gcrt_int(0);
    PyObject *width = up ? step : PyNumber_Negative(step);
    PyObject *span = width == NULL ? NULL : PyNumber_Subtract(high, low);
    PyObject *last = span == NULL ? NULL : PyNumber_Subtract(span, gcrt_int(1));
    PyObject *whole = last == NULL ? NULL : PyNumber_FloorDivide(last, width);
    return whole == NULL ? NULL : PyNumber_Add(whole, gcrt_int(1));
}

/* The arguments are exact ints; step is not zero. */
static PyObject *
range_make(PyObject *start, PyObject *stop, PyObject *step)
{
    PyObject *length = range_compute_length(start, stop, step);
    gcrt_range *r = length == NULL ? NULL : (gcrt_range *)gcrt_new(&PyRange_Type, sizeof *r);
    if (r == NULL)
        return NULL;
    r->start = start;
    r->stop = stop;
    r->step = step;
    r->length = length;
    return (PyObject *)r;
}

static PyObject *
range_from_args(PyObject *const *args, Py_ssize_t n)
{
    PyObject *start = gcrt_int(0), *stop, *step = gcrt_int(1);
    if (n == 0 || n > 3) {
        PyErr_Format(PyExc_TypeError, n == 0 ? "range expected at least 1 argument, got 0"
                                             : "range expected at most 3 arguments, got %zd", n);
        return NULL;
    }
    if (n == 1) {
        stop = gcrt_is_int(args[0]) ? args[0] : PyNumber_Index(args[0]);
    } else {
        start = gcrt_is_int(args[0]) ? args[0] : PyNumber_Index(args[0]);
        stop = start == NULL ? NULL : gcrt_is_int(args[1]) ? args[1] : PyNumber_Index(args[1]);
        if (stop != NULL && n == 3) {
            step = gcrt_is_int(args[2]) ? args[2] : PyNumber_Index(args[2]);
            if (step != NULL && _PyLong_Sign(step) == 0) {
                PyErr_SetString(PyExc_ValueError, "range() arg 3 must not be zero");
                return NULL;
            }
        }
    }
    return stop == NULL || step == NULL ? NULL : range_make(start, stop, step);
}

static PyObject *
range_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)type;
    if (container_refuse_keywords("range", kwargs))
        return NULL;
    return range_from_args(((PyTupleObject *)args)->ob_item, PyTuple_GET_SIZE(args));
}

static PyObject *
range_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    (void)type;
    if (!_PyArg_NoKwnames("range", kwnames))
        return NULL;
    return range_from_args(args, PyVectorcall_NARGS(nargsf));
}

/* ------------------------------------------------------------------ items */

/* start + i * step. */
static PyObject *
range_value(gcrt_range *r, PyObject *i)
{
    int64_t product, sum;
    if (gcrt_is_int(r->start) && gcrt_is_int(r->step) && gcrt_is_int(i) &&
        !__builtin_mul_overflow(gcrt_int_value(i), gcrt_int_value(r->step), &product) &&
        !__builtin_add_overflow(gcrt_int_value(r->start), product, &sum))
        return container_ssize(sum);
    PyObject *offset = PyNumber_Multiply(i, r->step);
    return offset == NULL ? NULL : PyNumber_Add(r->start, offset);
}

static Py_ssize_t
range_length(PyObject *self)
{
    return PyLong_AsSsize_t(((gcrt_range *)self)->length);
}

/* The item at an index of any size, negative ones from the end. */
static PyObject *
range_item_long(gcrt_range *r, PyObject *index)
{
    if (_PyLong_Sign(index) < 0 && (index = PyNumber_Add(index, r->length)) == NULL)
        return NULL;
    int outside = _PyLong_Sign(index) < 0 ? 1 : PyObject_RichCompareBool(index, r->length, Py_GE);
    if (outside != 0) {
        if (outside > 0)
            PyErr_SetString(PyExc_IndexError, "range object index out of range");
        return NULL;
    }
    return range_value(r, index);
}

static PyObject *
range_item(PyObject *self, Py_ssize_t i)
{
    PyObject *index = container_ssize(i);
    return index == NULL ? NULL : range_item_long((gcrt_range *)self, index);
}

static PyObject *
range_slice(gcrt_range *r, PyObject *slice)
{
    PyObject *start, *stop, *step;
    if (_PySlice_GetLongIndices((PySliceObject *)slice, r->length, &start, &stop, &step) < 0)
        return NULL;
    PyObject *new_step = PyNumber_Multiply(r->step, step);
    PyObject *new_start = new_step == NULL ? NULL : range_value(r, start);
    PyObject *new_stop = new_start == NULL ? NULL : range_value(r, stop);
    return new_stop == NULL ? NULL : range_make(new_start, new_stop, new_step);
}

static PyObject *
range_subscript(PyObject *self, PyObject *key)
{
    if (PySlice_Check(key))
        return range_slice((gcrt_range *)self, key);
    if (!PyIndex_Check(key)) {
        PyErr_Format(PyExc_TypeError, "range indices must be integers or slices, not %.200s",
                     Py_TYPE(key)->tp_name);
        return NULL;
    }
    PyObject *index = PyNumber_Index(key);
    return index == NULL ? NULL : range_item_long((gcrt_range *)self, index);
}

static int
range_bool(PyObject *self)
{
    return ((gcrt_range *)self)->length != gcrt_int(0);
}

/* Is the int in the range?  1, 0, -1. */
static int
range_contains_long(gcrt_range *r, PyObject *value)
{
    int up = _PyLong_Sign(r->step) > 0;
    int before = PyObject_RichCompareBool(value, r->start, up ? Py_LT : Py_GT);
    if (before != 0)
        return before < 0 ? -1 : 0;
    int inside = PyObject_RichCompareBool(value, r->stop, up ? Py_LT : Py_GT);
    if (inside <= 0)
        return inside;
    PyObject *offset = PyNumber_Subtract(value, r->start);
    PyObject *rest = offset == NULL ? NULL : PyNumber_Remainder(offset, r->step);
    return rest == NULL ? -1 : _PyLong_Sign(rest) == 0;
}

static int
range_contains_small(gcrt_range *r, int64_t value)
{
    int64_t start = gcrt_int_value(r->start), stop = gcrt_int_value(r->stop), step = gcrt_int_value(r->step);
    if (step > 0 ? value < start || value >= stop : value > start || value <= stop)
        return 0;
    return (value - start) % step == 0;
}

static PyObject *range_iter(PyObject *self);

/* Compare each item with a value that is no int.  1, 0, or -1; all of them are compared when count is
 * given, else the first that is equal ends it and *index is its number. */
static int
range_search(PyObject *self, PyObject *value, Py_ssize_t *count, Py_ssize_t *index)
{
    PyObject *iter = range_iter(self), *item;
    Py_ssize_t found = 0;
    if (iter == NULL)
        return -1;
    for (Py_ssize_t i = 0; (item = Py_TYPE(iter)->tp_iternext(iter)) != NULL; i++) {
        int equal = PyObject_RichCompareBool(item, value, Py_EQ);
        if (equal < 0)
            return -1;
        if (equal && index != NULL)
            *index = i;
        if (equal && count == NULL)
            return 1;
        found += equal;
    }
    if (count != NULL)
        *count = found;
    return container_exception() != NULL ? -1 : found > 0;
}

static int
range_contains(PyObject *self, PyObject *value)
{
    gcrt_range *r = (gcrt_range *)self;
    if (gcrt_is_int(value) && range_is_small(r))
        return range_contains_small(r, gcrt_int_value(value));
    if (PyLong_CheckExact(value) || PyBool_Check(value))
        return range_contains_long(r, value);
    return range_search(self, value, NULL, NULL);
}

static PyObject *
range_count(PyObject *self, PyObject *value)
{
    if (PyLong_CheckExact(value) || PyBool_Check(value)) {
        int in = range_contains(self, value);
        return in < 0 ? NULL : gcrt_int(in);
    }
    Py_ssize_t count;
    return range_search(self, value, &count, NULL) < 0 ? NULL : container_ssize(count);
}

static PyObject *
range_index(PyObject *self, PyObject *value)
{
    gcrt_range *r = (gcrt_range *)self;
    if (!PyLong_CheckExact(value) && !PyBool_Check(value)) {
        Py_ssize_t i;
        int found = range_search(self, value, NULL, &i);
        if (found != 0)
            return found < 0 ? NULL : container_ssize(i);
    }
    int in = PyLong_CheckExact(value) || PyBool_Check(value) ? range_contains(self, value) : 0;
    if (in < 0)
        return NULL;
    if (!in) {
        PyErr_Format(PyExc_ValueError, "%R is not in range", value);
        return NULL;
    }
    PyObject *offset = PyNumber_Subtract(value, r->start);
    return offset == NULL ? NULL : PyNumber_FloorDivide(offset, r->step);
}

/* ------------------------------------------------------------------ as values */

static int
range_equal(gcrt_range *a, gcrt_range *b)
{
    if (a == b)
        return 1;
    int same = container_equal(a->length, b->length);
    if (same <= 0 || a->length == gcrt_int(0))
        return same;
    same = container_equal(a->start, b->start);
    if (same <= 0 || a->length == gcrt_int(1))
        return same;
    return container_equal(a->step, b->step);
}

static PyObject *
range_richcompare(PyObject *a, PyObject *b, int op)
{
    if (!PyRange_Check(a) || !PyRange_Check(b) || (op != Py_EQ && op != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    int equal = range_equal((gcrt_range *)a, (gcrt_range *)b);
    return equal < 0 ? NULL : container_bool(equal == (op == Py_EQ));
}

/* Equal ranges have equal hashes: start and step count only where they matter. */
static Py_hash_t
range_hash(PyObject *self)
{
    gcrt_range *r = (gcrt_range *)self;
    int empty = r->length == gcrt_int(0), single = r->length == gcrt_int(1);
    PyObject *key =
        PyTuple_Pack(3, r->length, empty ? Py_None : r->start, empty || single ? Py_None : r->step);
    return key == NULL ? -1 : PyObject_Hash(key);
}

static PyObject *
range_repr(PyObject *self)
{
    gcrt_range *r = (gcrt_range *)self;
    if (r->step == gcrt_int(1))
        return PyUnicode_FromFormat("range(%R, %R)", r->start, r->stop);
    return PyUnicode_FromFormat("range(%R, %R, %R)", r->start, r->stop, r->step);
}

static PyObject *
range_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    gcrt_range *r = (gcrt_range *)self;
    return Py_BuildValue("O(OOO)", Py_TYPE(self), r->start, r->stop, r->step);
}

static void
range_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gcrt_range *r = (gcrt_range *)self;
    gc_visit(t, (uintptr_t)r->start);
    gc_visit(t, (uintptr_t)r->stop);
    gc_visit(t, (uintptr_t)r->step);
    gc_visit(t, (uintptr_t)r->length);
}

/* ------------------------------------------------------------------ iterators */

static PyObject *
range_iter_make(PyObject *start, PyObject *step, PyObject *length, PyObject *last)
{
    if (gcrt_is_int(start) && gcrt_is_int(step) && gcrt_is_int(length) && gcrt_is_int(last)) {
        gcrt_range_iter *it = (gcrt_range_iter *)gcrt_new_leaf(&PyRangeIter_Type, sizeof *it);
        if (it == NULL)
            return NULL;
        it->current = gcrt_int_value(start);
        it->step = gcrt_int_value(step);
        it->remaining = gcrt_int_value(length);
        return (PyObject *)it;
    }
    long_range_iter *it = (long_range_iter *)gcrt_new(&PyLongRangeIter_Type, sizeof *it);
    if (it == NULL)
        return NULL;
    it->current = start;
    it->step = step;
    it->remaining = length;
    return (PyObject *)it;
}

/* The last value; start for an empty range. */
static PyObject *
range_last(gcrt_range *r)
{
    if (r->length == gcrt_int(0))
        return r->start;
    PyObject *i = PyNumber_Subtract(r->length, gcrt_int(1));
    return i == NULL ? NULL : range_value(r, i);
}

static PyObject *
range_iter(PyObject *self)
{
    gcrt_range *r = (gcrt_range *)self;
    /* With start and stop immediate, so are all values between them. */
    PyObject *last = range_is_small(r) ? r->start : range_last(r);
    return last == NULL ? NULL : range_iter_make(r->start, r->step, r->length, last);
}

static PyObject *
range_reversed(PyObject *self, PyObject *unused)
{
    (void)unused;
    gcrt_range *r = (gcrt_range *)self;
    PyObject *last = range_last(r);
    PyObject *step = last == NULL ? NULL : PyNumber_Negative(r->step);
    return step == NULL ? NULL : range_iter_make(last, step, r->length, r->start);
}

static PyObject *
range_iter_next(PyObject *self)
{
    gcrt_range_iter *it = (gcrt_range_iter *)self;
    if (it->remaining <= 0)
        return NULL;
    int64_t value = it->current;
    it->current = value + it->step;
    it->remaining--;
    return gcrt_int(value);
}

static PyObject *
range_iter_length_hint(PyObject *self, PyObject *unused)
{
    (void)unused;
    return container_ssize(((gcrt_range_iter *)self)->remaining);
}

/* (iter, (range(...),), 0): 0 is the state, for __setstate__. */
static PyObject *
range_iter_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *start, *step, *remaining;
    if (Py_TYPE(self) == &PyRangeIter_Type) {
        gcrt_range_iter *it = (gcrt_range_iter *)self;
        start = PyLong_FromLongLong(it->current);
        step = PyLong_FromLongLong(it->step);
        remaining = PyLong_FromLongLong(it->remaining);
    } else {
        long_range_iter *it = (long_range_iter *)self;
        start = it->current;
        step = it->step;
        remaining = it->remaining;
    }
    PyObject *span = PyNumber_Multiply(step, remaining);
    PyObject *stop = span == NULL ? NULL : PyNumber_Add(start, span);
    PyObject *range = stop == NULL ? NULL : range_make(start, stop, step);
    PyObject *iter = range == NULL ? NULL : container_builtin("iter");
    return iter == NULL ? NULL : Py_BuildValue("O(O)i", iter, range, 0);
}

static PyObject *
range_iter_setstate(PyObject *self, PyObject *state)
{
    gcrt_range_iter *it = (gcrt_range_iter *)self;
    long long index = PyLong_AsLongLong(state);
    if (index == -1 && container_exception() != NULL)
        return NULL;
    index = index < 0 ? 0 : index > it->remaining ? it->remaining : index;
    it->current += index * it->step;
    it->remaining -= index;
    Py_RETURN_NONE;
}

static PyObject *
long_iter_next(PyObject *self)
{
    long_range_iter *it = (long_range_iter *)self;
    if (_PyLong_Sign(it->remaining) <= 0)
        return NULL;
    PyObject *value = it->current;
    PyObject *next = PyNumber_Add(value, it->step);
    PyObject *remaining = next == NULL ? NULL : PyNumber_Subtract(it->remaining, gcrt_int(1));
    if (remaining == NULL)
        return NULL;
    gc_store(it, &it->current, next);
    gc_store(it, &it->remaining, remaining);
    return value;
}

static PyObject *
long_iter_length_hint(PyObject *self, PyObject *unused)
{
    (void)unused;
    return ((long_range_iter *)self)->remaining;
}

static PyObject *
long_iter_setstate(PyObject *self, PyObject *state)
{
    long_range_iter *it = (long_range_iter *)self;
    if (!PyLong_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "an integer is required");
        return NULL;
    }
    if (_PyLong_Sign(state) < 0)
        state = gcrt_int(0);
    int beyond = PyObject_RichCompareBool(state, it->remaining, Py_GT);
    if (beyond < 0)
        return NULL;
    if (beyond)
        state = it->remaining;
    PyObject *offset = PyNumber_Multiply(state, it->step);
    PyObject *current = offset == NULL ? NULL : PyNumber_Add(it->current, offset);
    PyObject *remaining = current == NULL ? NULL : PyNumber_Subtract(it->remaining, state);
    if (remaining == NULL)
        return NULL;
    gc_store(it, &it->current, current);
    gc_store(it, &it->remaining, remaining);
    Py_RETURN_NONE;
}

static void
long_iter_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    long_range_iter *it = (long_range_iter *)self;
    gc_visit(t, (uintptr_t)it->current);
    gc_visit(t, (uintptr_t)it->step);
    gc_visit(t, (uintptr_t)it->remaining);
}

/* ------------------------------------------------------------------ types */

static PyMethodDef range_iter_methods[] = {
    {"__length_hint__", range_iter_length_hint, METH_NOARGS, "Number of items to come."},
    {"__reduce__", range_iter_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", range_iter_setstate, METH_O, "Set the state for unpickling."},
    {NULL, NULL, 0, NULL},
};
static PyMethodDef long_iter_methods[] = {
    {"__length_hint__", long_iter_length_hint, METH_NOARGS, "Number of items to come."},
    {"__reduce__", range_iter_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", long_iter_setstate, METH_O, "Set the state for unpickling."},
    {NULL, NULL, 0, NULL},
};
static PyMethodDef range_methods[] = {
    {"count", range_count, METH_O, "rangeobject.count(value) -> how often value occurs"},
    {"index", range_index, METH_O, "rangeobject.index(value) -> its index; ValueError when absent"},
    {"__reversed__", range_reversed, METH_NOARGS, "An iterator over the items from the last to the first."},
    {"__reduce__", range_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef range_members[] = {
    {"start", _Py_T_OBJECT, offsetof(gcrt_range, start), Py_READONLY, NULL},
    {"stop", _Py_T_OBJECT, offsetof(gcrt_range, stop), Py_READONLY, NULL},
    {"step", _Py_T_OBJECT, offsetof(gcrt_range, step), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyNumberMethods range_as_number = {.nb_bool = range_bool};
static PySequenceMethods range_as_sequence = {
    .sq_length = range_length,
    .sq_item = range_item,
    .sq_contains = range_contains,
};
static PyMappingMethods range_as_mapping = {.mp_length = range_length, .mp_subscript = range_subscript};

PyTypeObject PyRange_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "range",
    .tp_basicsize = sizeof(gcrt_range),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_SEQUENCE,
    .tp_doc = "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\n"
              "The integers from start (inclusive) to stop (exclusive) by step.",
    .tp_repr = range_repr,
    .tp_as_number = &range_as_number,
    .tp_as_sequence = &range_as_sequence,
    .tp_as_mapping = &range_as_mapping,
    .tp_hash = range_hash,
    .tp_richcompare = range_richcompare,
    .tp_iter = range_iter,
    .tp_methods = range_methods,
    .tp_members = range_members,
    .tp_new = range_new,
    .tp_vectorcall = range_vectorcall,
    .gcrt_trace = range_trace,
};

PyTypeObject PyRangeIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "range_iterator",
    .tp_basicsize = sizeof(gcrt_range_iter),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = range_iter_next,
    .tp_methods = range_iter_methods,
};

PyTypeObject PyLongRangeIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "longrange_iterator",
    .tp_basicsize = sizeof(long_range_iter),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = long_iter_next,
    .tp_methods = long_iter_methods,
    .gcrt_trace = long_iter_trace,
};
