/* tuple.c: the tuple type, its iterator and its C API. */
#include "tuple.h"

#include "iters.h"

/* The one empty tuple. */
static PyTupleObject *tuple_empty;

static PyObject *
tuple_get_empty(void)
{
    if (GCRT_UNLIKELY(tuple_empty == NULL))
        tuple_empty = (PyTupleObject *)gcrt_new(&PyTuple_Type, sizeof(PyTupleObject));
    return (PyObject *)tuple_empty;
}

PyObject *
PyTuple_New(Py_ssize_t n)
{
    if (n == 0)
        return tuple_get_empty();
    if (n < 0) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if ((size_t)n > (PY_SSIZE_T_MAX - TUPLE_HEADER) / sizeof(PyObject *))
        return PyErr_NoMemory();
    return (PyObject *)tuple_alloc(n);
}

PyObject *
tuple_from_array(PyObject *const *items, Py_ssize_t n)
{
    if (n == 0)
        return tuple_get_empty();
    PyObject *tuple = PyTuple_New(n);
    if (tuple != NULL)
        memcpy(((PyTupleObject *)tuple)->ob_item, items, (size_t)n * sizeof *items);
    return tuple;
}

PyObject *
tuple_slice(PyTupleObject *tuple, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t step)
{
    Py_ssize_t n = PySlice_AdjustIndices(PyTuple_GET_SIZE(tuple), &start, &stop, step);
    if (n <= 0)
        return tuple_get_empty();
    if (step == 1) {
        if (n == PyTuple_GET_SIZE(tuple) && PyTuple_CheckExact(tuple))
            return (PyObject *)tuple;
        return tuple_from_array(tuple->ob_item + start, n);
    }
    PyTupleObject *result = tuple_alloc(n);
    if (result == NULL)
        return NULL;
    for (Py_ssize_t i = 0, at = start; i < n; i++, at += step)
        result->ob_item[i] = tuple->ob_item[at];
    return (PyObject *)result;
}

/* ------------------------------------------------------------------ C API */

Py_ssize_t
PyTuple_Size(PyObject *op)
{
    if (!PyTuple_Check(op)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return PyTuple_GET_SIZE(op);
}

PyObject *
PyTuple_GetItem(PyObject *op, Py_ssize_t i)
{
    if (!PyTuple_Check(op)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (i < 0 || i >= PyTuple_GET_SIZE(op)) {
        PyErr_SetString(PyExc_IndexError, "tuple index out of range");
        return NULL;
    }
    return PyTuple_GET_ITEM(op, i);
}

int
PyTuple_SetItem(PyObject *op, Py_ssize_t i, PyObject *item)
{
    if (!PyTuple_Check(op)) {
        PyErr_BadInternalCall();
        return -1;
    }
    if (i < 0 || i >= PyTuple_GET_SIZE(op)) {
        PyErr_SetString(PyExc_IndexError, "tuple assignment index out of range");
        return -1;
    }
    gc_store(op, &PyTuple_GET_ITEM(op, i), item);
    return 0;
}

PyObject *
PyTuple_GetSlice(PyObject *op, Py_ssize_t start, Py_ssize_t stop)
{
    if (op == NULL || !PyTuple_Check(op)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    Py_ssize_t n = PyTuple_GET_SIZE(op);
    start = start < 0 ? 0 : start;
    stop = stop < start ? start : stop > n ? n : stop;
    return tuple_slice((PyTupleObject *)op, start, stop, 1);
}

PyObject *
PyTuple_Pack(Py_ssize_t n, ...)
{
    PyObject *tuple = PyTuple_New(n);
    if (tuple == NULL)
        return NULL;
    va_list va;
    va_start(va, n);
    for (Py_ssize_t i = 0; i < n; i++)
        PyTuple_SET_ITEM(tuple, i, va_arg(va, PyObject *));
    va_end(va);
    return tuple;
}

int
_PyTuple_Resize(PyObject **op, Py_ssize_t n)
{
    PyObject *old = *op;
    if (old == NULL || !PyTuple_Check(old) || n < 0) {
        *op = NULL;
        PyErr_BadInternalCall();
        return -1;
    }
    Py_ssize_t had = PyTuple_GET_SIZE(old);
    if (had == n)
        return 0;
    PyObject *tuple = PyTuple_New(n);
    *op = tuple;
    if (tuple == NULL)
        return -1;
    memcpy(((PyTupleObject *)tuple)->ob_item, ((PyTupleObject *)old)->ob_item,
           (size_t)(had < n ? had : n) * sizeof(PyObject *));
    return 0;
}

PyObject *
PySequence_Tuple(PyObject *op)
{
    if (op == NULL) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (PyTuple_CheckExact(op))
        return op;
    if (PyList_CheckExact(op))
        return PyList_AsTuple(op);
    PyObject *list = PySequence_List(op);
    return list == NULL ? NULL : PyList_AsTuple(list);
}

/* ------------------------------------------------------------------ operations */

static Py_ssize_t
tuple_length(PyObject *self)
{
    return PyTuple_GET_SIZE(self);
}

static PyObject *
tuple_item(PyObject *self, Py_ssize_t i)
{
    if (GCRT_UNLIKELY((size_t)i >= (size_t)PyTuple_GET_SIZE(self))) {
        PyErr_SetString(PyExc_IndexError, "tuple index out of range");
        return NULL;
    }
    return PyTuple_GET_ITEM(self, i);
}

PyObject *
tuple_subscript(PyObject *self, PyObject *key)
{
    if (PySlice_Check(key)) {
        Py_ssize_t start, stop, step;
        if (PySlice_Unpack(key, &start, &stop, &step) < 0)
            return NULL;
        return tuple_slice((PyTupleObject *)self, start, stop, step);
    }
    if (!PyIndex_Check(key)) {
        PyErr_Format(PyExc_TypeError, "tuple indices must be integers or slices, not %.200s",
                     Py_TYPE(key)->tp_name);
        return NULL;
    }
    Py_ssize_t i = container_index(key);
    if (i == -1 && container_exception() != NULL)
        return NULL;
    return tuple_item(self, i < 0 ? i + PyTuple_GET_SIZE(self) : i);
}

PyObject *
tuple_concat(PyObject *a, PyObject *b)
{
    if (!PyTuple_Check(b)) {
        PyErr_Format(PyExc_TypeError, "can only concatenate tuple (not \"%.200s\") to tuple",
                     Py_TYPE(b)->tp_name);
        return NULL;
    }
    Py_ssize_t n = PyTuple_GET_SIZE(a), m = PyTuple_GET_SIZE(b);
    if (n == 0 && PyTuple_CheckExact(b))
        return b;
    if (m == 0 && PyTuple_CheckExact(a))
        return a;
    PyObject *result = PyTuple_New(n + m);
    if (result == NULL)
        return NULL;
    memcpy(&PyTuple_GET_ITEM(result, 0), &PyTuple_GET_ITEM(a, 0), (size_t)n * sizeof a);
    memcpy(&PyTuple_GET_ITEM(result, n), &PyTuple_GET_ITEM(b, 0), (size_t)m * sizeof b);
    return result;
}

PyObject *
tuple_repeat(PyObject *self, Py_ssize_t count)
{
    Py_ssize_t n = PyTuple_GET_SIZE(self);
    if ((count == 1 || n == 0) && PyTuple_CheckExact(self))
        return self;
    if (count <= 0 || n == 0)
        return tuple_get_empty();
    if (n > PY_SSIZE_T_MAX / (Py_ssize_t)sizeof(PyObject *) / count)
        return PyErr_NoMemory();
    PyObject *result = PyTuple_New(n * count);
    if (result == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++)
        memcpy(&PyTuple_GET_ITEM(result, i * n), &PyTuple_GET_ITEM(self, 0), (size_t)n * sizeof self);
    return result;
}

static int
tuple_contains(PyObject *self, PyObject *item)
{
    for (Py_ssize_t i = 0, n = PyTuple_GET_SIZE(self); i < n; i++) {
        int equal = container_equal(PyTuple_GET_ITEM(self, i), item);
        if (equal != 0)
            return equal;
    }
    return 0;
}

/* Y. Collet's xxHash64 with the items' hashes as lanes, as in CPython: sets of tuples of numbers then come in
 * the same order. */
static Py_hash_t
tuple_hash(PyObject *self)
{
    const uint64_t prime1 = 11400714785074694791u, prime2 = 14029467366897019727u, prime5 = 2870177450012600261u;
    Py_ssize_t n = PyTuple_GET_SIZE(self);
    uint64_t mix = prime5;
    if (gcrt_enter_c(" while hashing a tuple"))
        return -1;
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_hash_t hash = container_hash(PyTuple_GET_ITEM(self, i));
        if (hash == -1)
            return -1;
        mix += (uint64_t)hash * prime2;
        mix = ((mix << 31) | (mix >> 33)) * prime1;
    }
    mix += (uint64_t)n ^ prime5 ^ 3527539u;
    return (Py_hash_t)mix == -1 ? 1546275796 : (Py_hash_t)mix;
}

static PyObject *
tuple_richcompare(PyObject *a, PyObject *b, int op)
{
    if (!PyTuple_Check(a) || !PyTuple_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    if (gcrt_enter_c(" in comparison"))
        return NULL;
    Py_ssize_t n = PyTuple_GET_SIZE(a), m = PyTuple_GET_SIZE(b), i;
    for (i = 0; i < n && i < m; i++) {
        int equal = container_equal(PyTuple_GET_ITEM(a, i), PyTuple_GET_ITEM(b, i));
        if (equal < 0)
            return NULL;
        if (equal == 0)
            break;
    }
    if (i >= n || i >= m)
        Py_RETURN_RICHCOMPARE(n, m, op);
    if (op == Py_EQ)
        Py_RETURN_FALSE;
    if (op == Py_NE)
        Py_RETURN_TRUE;
    return PyObject_RichCompare(PyTuple_GET_ITEM(a, i), PyTuple_GET_ITEM(b, i), op);
}

static PyObject *
tuple_repr(PyObject *self)
{
    Py_ssize_t n = PyTuple_GET_SIZE(self);
    if (n == 0)
        return PyUnicode_FromString("()");
    int entered = container_repr_enter(self);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromString("(...)") : NULL;
    PyObject *text = container_repr(self, "(", n == 1 ? ",)" : ")");
    container_repr_leave(self);
    return text;
}

static PyObject *
tuple_make(PyTypeObject *type, PyObject *iterable)
{
    PyObject *tuple = iterable == NULL ? tuple_get_empty() : PySequence_Tuple(iterable);
    if (tuple == NULL || type == &PyTuple_Type)
        return tuple;
    Py_ssize_t n = PyTuple_GET_SIZE(tuple);
    PyObject *self = type->tp_alloc(type, n);
    if (self != NULL)
        memcpy(&PyTuple_GET_ITEM(self, 0), &PyTuple_GET_ITEM(tuple, 0), (size_t)n * sizeof self);
    return self;
}

static PyObject *
tuple_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (container_strict_new(type, &PyTuple_Type) && container_refuse_keywords("tuple", kwargs))
        return NULL;
    if (!_PyArg_CheckPositional("tuple", PyTuple_GET_SIZE(args), 0, 1))
        return NULL;
    return tuple_make(type, PyTuple_GET_SIZE(args) == 0 ? NULL : PyTuple_GET_ITEM(args, 0));
}

static PyObject *
tuple_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    if (!_PyArg_NoKwnames("tuple", kwnames) || !_PyArg_CheckPositional("tuple", n, 0, 1))
        return NULL;
    return tuple_make((PyTypeObject *)type, n == 0 ? NULL : args[0]);
}

static PyObject *
tuple_m_index(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("index", nargs, 1, 3))
        return NULL;
    Py_ssize_t n = PyTuple_GET_SIZE(self), start = 0, stop = n;
    if ((nargs > 1 && !_PyEval_SliceIndex(args[1], &start)) ||
        (nargs > 2 && !_PyEval_SliceIndex(args[2], &stop)))
        return NULL;
    PySlice_AdjustIndices(n, &start, &stop, 1);
    for (Py_ssize_t i = start; i < stop; i++) {
        int equal = container_equal(PyTuple_GET_ITEM(self, i), args[0]);
        if (equal != 0)
            return equal < 0 ? NULL : container_ssize(i);
    }
    PyErr_SetString(PyExc_ValueError, "tuple.index(x): x not in tuple");
    return NULL;
}

static PyObject *
tuple_m_count(PyObject *self, PyObject *item)
{
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0, n = PyTuple_GET_SIZE(self); i < n; i++) {
        int equal = container_equal(PyTuple_GET_ITEM(self, i), item);
        if (equal < 0)
            return NULL;
        count += equal;
    }
    return container_ssize(count);
}

static PyObject *
tuple_m_getnewargs(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *copy = tuple_from_array(&PyTuple_GET_ITEM(self, 0), PyTuple_GET_SIZE(self));
    return copy == NULL ? NULL : PyTuple_Pack(1, copy);
}

static PyMethodDef tuple_methods[] = {
    {"index", CONTAINER_METHOD(tuple_m_index), METH_FASTCALL,
     "index($self, value, start=0, stop=sys.maxsize, /)\n--\n\nFirst index of value; ValueError when absent."},
    {"count", tuple_m_count, METH_O, "count($self, value, /)\n--\n\nHow often value occurs."},
    {"__getnewargs__", tuple_m_getnewargs, METH_NOARGS, NULL},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "See PEP 585"},
    {NULL, NULL, 0, NULL},
};

/* ------------------------------------------------------------------ iterator */

static void
tuple_iter_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((gcrt_tuple_iter *)self)->tuple);
}

static PyObject *
tuple_iter(PyObject *self)
{
    gcrt_tuple_iter *it = (gcrt_tuple_iter *)gcrt_new(&PyTupleIter_Type, sizeof *it);
    if (it != NULL)
        it->tuple = (PyTupleObject *)self;
    return (PyObject *)it;
}

static PyObject *
tuple_iter_next(PyObject *self)
{
    gcrt_tuple_iter *it = (gcrt_tuple_iter *)self;
    if (it->tuple == NULL)
        return NULL;
    if (it->index < PyTuple_GET_SIZE(it->tuple))
        return it->tuple->ob_item[it->index++];
    it->tuple = NULL;
    return NULL;
}

static PyObject *
tuple_iter_length_hint(PyObject *self, PyObject *unused)
{
    (void)unused;
    gcrt_tuple_iter *it = (gcrt_tuple_iter *)self;
    return container_ssize(it->tuple == NULL ? 0 : PyTuple_GET_SIZE(it->tuple) - it->index);
}

static PyObject *
tuple_iter_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    gcrt_tuple_iter *it = (gcrt_tuple_iter *)self;
    PyObject *iter = container_builtin("iter");
    if (iter == NULL)
        return NULL;
    if (it->tuple == NULL)
        return Py_BuildValue("O(())", iter);
    return Py_BuildValue("O(O)n", iter, it->tuple, it->index);
}

static PyObject *
tuple_iter_setstate(PyObject *self, PyObject *state)
{
    gcrt_tuple_iter *it = (gcrt_tuple_iter *)self;
    Py_ssize_t index = PyLong_AsSsize_t(state);
    if (index == -1 && container_exception() != NULL)
        return NULL;
    if (it->tuple != NULL) {
        Py_ssize_t n = PyTuple_GET_SIZE(it->tuple);
        it->index = index < 0 ? 0 : index > n ? n : index;
    }
    Py_RETURN_NONE;
}

static PyMethodDef tuple_iter_methods[] = {
    {"__length_hint__", tuple_iter_length_hint, METH_NOARGS, "Number of items to come."},
    {"__reduce__", tuple_iter_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", tuple_iter_setstate, METH_O, "Set the state for unpickling."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyTupleIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "tuple_iterator",
    .tp_basicsize = sizeof(gcrt_tuple_iter),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = tuple_iter_next,
    .tp_methods = tuple_iter_methods,
    .gcrt_trace = tuple_iter_trace,
};

/* ------------------------------------------------------------------ type */

static void
tuple_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    PyTupleObject *tuple = (PyTupleObject *)self;
    for (Py_ssize_t i = 0, n = tuple->ob_base.ob_size; i < n; i++)
        gc_visit(t, (uintptr_t)tuple->ob_item[i]);
}

static PySequenceMethods tuple_as_sequence = {
    .sq_length = tuple_length,
    .sq_concat = tuple_concat,
    .sq_repeat = tuple_repeat,
    .sq_item = tuple_item,
    .sq_contains = tuple_contains,
};
static PyMappingMethods tuple_as_mapping = {.mp_length = tuple_length, .mp_subscript = tuple_subscript};

PyTypeObject PyTuple_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "tuple",
    .tp_basicsize = TUPLE_HEADER,
    .tp_itemsize = sizeof(PyObject *),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_TUPLE_SUBCLASS |
                _Py_TPFLAGS_MATCH_SELF | Py_TPFLAGS_SEQUENCE,
    .tp_doc = "tuple(iterable=(), /)\n--\n\nAn immutable sequence.",
    .tp_repr = tuple_repr,
    .tp_as_sequence = &tuple_as_sequence,
    .tp_as_mapping = &tuple_as_mapping,
    .tp_hash = tuple_hash,
    .tp_richcompare = tuple_richcompare,
    .tp_iter = tuple_iter,
    .tp_methods = tuple_methods,
    .tp_new = tuple_new,
    .tp_vectorcall = tuple_vectorcall,
    .gcrt_trace = tuple_trace,
};
