/* itertools_combi.c: product, permutations, combinations and combinations_with_replacement.
 *
 * Each keeps the indices into its pool that made the last result.  A step looks from the right for the
 * index that can go up, raises it, and sets those behind it to their lowest values. */
#include "itertools.h"

/* Layout of the four.  pools: for product a tuple of tuples, for the others the one pool. */
typedef struct {
    PyObject_HEAD
    PyObject *pools;
    Py_ssize_t *indices;           /* leaf block */
    Py_ssize_t *cycles;            /* permutations only */
    Py_ssize_t r;                  /* length of a result */
    Py_ssize_t started, stopped;
} combi_iter;

static Py_ssize_t *
index_array(Py_ssize_t n)
{
    if (n > PY_SSIZE_T_MAX / (Py_ssize_t)sizeof(Py_ssize_t) - 1)
        return (Py_ssize_t *)PyErr_NoMemory();
    return gcrt_alloc_leaf(((size_t)n + 1) * sizeof(Py_ssize_t));
}

static PyObject *
combi_make(PyTypeObject *type, PyObject *pools, Py_ssize_t n_indices, Py_ssize_t r, int stopped)
{
    Py_ssize_t *indices = index_array(n_indices);
    combi_iter *self = indices == NULL ? NULL : (combi_iter *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->pools = pools;
    self->indices = indices;
    self->r = r;
    self->stopped = stopped;
    return (PyObject *)self;
}

/* The items of the pool at the indices. */
static PyObject *
combi_result(combi_iter *self)
{
    PyObject *result = PyTuple_New(self->r);
    if (result != NULL)
        for (Py_ssize_t i = 0; i < self->r; i++)
            PyTuple_SET_ITEM(result, i, PyTuple_GET_ITEM(self->pools, self->indices[i]));
    return result;
}

static PyObject *
combi_stop(combi_iter *self)
{
    self->stopped = 1;
    return NULL;
}

/* ------------------------------------------------------------------ product */

static PyObject *
product_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t repeat = 1, n = PyTuple_GET_SIZE(args);
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0) {
        static char *names[] = {"repeat", NULL};
        if (!PyArg_ParseTupleAndKeywords(PyTuple_New(0), kwargs, "|n:product", names, &repeat))
            return NULL;
        if (repeat < 0) {
            PyErr_SetString(PyExc_ValueError, "repeat argument cannot be negative");
            return NULL;
        }
    }
    if (repeat == 0)
        n = 0;
    if (n != 0 && repeat > PY_SSIZE_T_MAX / (Py_ssize_t)sizeof(PyObject *) / n) {
        PyErr_SetString(PyExc_OverflowError, "repeat argument too large");
        return NULL;
    }
    PyObject *pools = PyTuple_New(n * repeat);
    int empty = 0;
    for (Py_ssize_t i = 0; pools != NULL && i < n * repeat; i++) {
        PyObject *pool = i < n ? PySequence_Tuple(PyTuple_GET_ITEM(args, i)) : PyTuple_GET_ITEM(pools, i - n);
        if (pool == NULL)
            return NULL;
        empty |= PyTuple_GET_SIZE(pool) == 0;
        PyTuple_SET_ITEM(pools, i, pool);
    }
    return pools == NULL ? NULL : combi_make(type, pools, n * repeat, n * repeat, empty);
}

static PyObject *
product_next(PyObject *op)
{
    combi_iter *self = (combi_iter *)op;
    Py_ssize_t r = self->r, i;
    if (self->stopped)
        return NULL;
    if (self->started) {
        for (i = r - 1; i >= 0; i--) {
            if (++self->indices[i] < PyTuple_GET_SIZE(PyTuple_GET_ITEM(self->pools, i)))
                break;
            self->indices[i] = 0;
        }
        if (i < 0)
            return combi_stop(self);
    }
    self->started = 1;
    PyObject *result = PyTuple_New(r);
    if (result != NULL)
        for (i = 0; i < r; i++)
            PyTuple_SET_ITEM(result, i, PyTuple_GET_ITEM(PyTuple_GET_ITEM(self->pools, i), self->indices[i]));
    return result;
}

/* ------------------------------------------------------------------ the others */

/* (iterable, r) as a pool and a length that is not negative. */
static PyObject *
pool_and_length(PyObject *args, PyObject *kwargs, const char *format, Py_ssize_t *r)
{
    static char *names[] = {"iterable", "r", NULL};
    PyObject *iterable;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, format, names, &iterable, r))
        return NULL;
    PyObject *pool = PySequence_Tuple(iterable);
    if (pool != NULL && *r < 0) {
        PyErr_SetString(PyExc_ValueError, "r must be non-negative");
        return NULL;
    }
    return pool;
}

static PyObject *
combinations_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t r;
    PyObject *pool = pool_and_length(args, kwargs, "On:combinations", &r);
    if (pool == NULL)
        return NULL;
    int stopped = r > PyTuple_GET_SIZE(pool);
    combi_iter *self = (combi_iter *)combi_make(type, pool, stopped ? 0 : r, r, stopped);
    if (self != NULL && !stopped)
        for (Py_ssize_t i = 0; i < r; i++)
            self->indices[i] = i;
    return (PyObject *)self;
}

static PyObject *
combinations_next(PyObject *op)
{
    combi_iter *self = (combi_iter *)op;
    Py_ssize_t n = PyTuple_GET_SIZE(self->pools), r = self->r;
    if (self->stopped)
        return NULL;
    if (self->started) {
        Py_ssize_t i = r - 1;
        while (i >= 0 && self->indices[i] == i + n - r)
            i--;
        if (i < 0)
            return combi_stop(self);
        self->indices[i]++;
        for (Py_ssize_t j = i + 1; j < r; j++)
            self->indices[j] = self->indices[j - 1] + 1;
    }
    self->started = 1;
    return combi_result(self);
}

static PyObject *
replacement_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t r;
    PyObject *pool = pool_and_length(args, kwargs, "On:combinations_with_replacement", &r);
    return pool == NULL ? NULL : combi_make(type, pool, r, r, PyTuple_GET_SIZE(pool) == 0 && r > 0);
}

static PyObject *
replacement_next(PyObject *op)
{
    combi_iter *self = (combi_iter *)op;
    Py_ssize_t n = PyTuple_GET_SIZE(self->pools), r = self->r;
    if (self->stopped)
        return NULL;
    if (self->started) {
        Py_ssize_t i = r - 1;
        while (i >= 0 && self->indices[i] == n - 1)
            i--;
        if (i < 0)
            return combi_stop(self);
        Py_ssize_t index = self->indices[i] + 1;
        for (; i < r; i++)
            self->indices[i] = index;
    }
    self->started = 1;
    return combi_result(self);
}

static PyObject *
permutations_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"iterable", "r", NULL};
    PyObject *iterable, *length = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:permutations", names, &iterable, &length))
        return NULL;
    PyObject *pool = PySequence_Tuple(iterable);
    if (pool == NULL)
        return NULL;
    Py_ssize_t n = PyTuple_GET_SIZE(pool), r = n;
    if (length != Py_None) {
        if (!PyLong_Check(length)) {
            PyErr_SetString(PyExc_TypeError, "Expected int as r");
            return NULL;
        }
        r = PyLong_AsSsize_t(length);
        if (r == -1 && container_exception() != NULL)
            return NULL;
    }
    if (r < 0) {
        PyErr_SetString(PyExc_ValueError, "r must be non-negative");
        return NULL;
    }
    combi_iter *self = (combi_iter *)combi_make(type, pool, n, r, r > n);
    if (self == NULL || r > n)
        return (PyObject *)self;
    self->cycles = index_array(r);
    if (self->cycles == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++)
        self->indices[i] = i;
    for (Py_ssize_t i = 0; i < r; i++)
        self->cycles[i] = n - i;
    return (PyObject *)self;
}

/* The documented order: place i runs through the indices not used before it; cycles[i] is how many are
 * still to come there. */
static PyObject *
permutations_next(PyObject *op)
{
    combi_iter *self = (combi_iter *)op;
    Py_ssize_t n = PyTuple_GET_SIZE(self->pools), r = self->r, i;
    Py_ssize_t *indices = self->indices, *cycles = self->cycles;
    if (self->stopped)
        return NULL;
    if (self->started) {
        for (i = r - 1; i >= 0; i--) {
            if (--cycles[i] > 0) {
                Py_ssize_t j = n - cycles[i], t = indices[i];
                indices[i] = indices[j];
                indices[j] = t;
                break;
            }
            Py_ssize_t first = indices[i];
            memmove(indices + i, indices + i + 1, (size_t)(n - i - 1) * sizeof *indices);
            indices[n - 1] = first;
            cycles[i] = n - i;
        }
        if (i < 0)
            return combi_stop(self);
    }
    self->started = 1;
    return combi_result(self);
}

/* ------------------------------------------------------------------ copying */

static PyObject *
indices_as_tuple(const Py_ssize_t *indices, Py_ssize_t n)
{
    PyObject *tuple = PyTuple_New(n);
    for (Py_ssize_t i = 0; tuple != NULL && i < n; i++)
        PyTuple_SET_ITEM(tuple, i, container_ssize(indices[i]));
    return tuple;
}

/* Fill an array from a tuple of n numbers in [0, limit]. */
static int
indices_from_tuple(PyObject *tuple, Py_ssize_t *indices, Py_ssize_t n, Py_ssize_t limit)
{
    if (!PyTuple_Check(tuple) || PyTuple_GET_SIZE(tuple) != n) {
        PyErr_SetString(PyExc_ValueError, "invalid arguments");
        return -1;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_ssize_t index = PyLong_AsSsize_t(PyTuple_GET_ITEM(tuple, i));
        if (index == -1 && container_exception() != NULL)
            return -1;
        indices[i] = index < 0 ? 0 : index > limit ? limit : index;
    }
    return 0;
}

static Py_ssize_t
n_indices(combi_iter *self)
{
    return self->cycles != NULL ? PyTuple_GET_SIZE(self->pools) : self->r;
}

static PyObject *
combi_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    combi_iter *self = (combi_iter *)op;
    int is_product = Py_TYPE(op)->tp_iternext == product_next;
    if (self->stopped) {
        PyObject *empty = PyTuple_New(0);
        if (is_product)
            return Py_BuildValue("O(O)", Py_TYPE(op), empty);
        return Py_BuildValue("O(On)", Py_TYPE(op), empty, self->r > 0 ? self->r : 1);
    }
    PyObject *args = is_product ? self->pools : Py_BuildValue("(On)", self->pools, self->r);
    if (args == NULL || !self->started)
        return args == NULL ? NULL : Py_BuildValue("OO", Py_TYPE(op), args);
    PyObject *indices = indices_as_tuple(self->indices, n_indices(self));
    if (indices != NULL && self->cycles != NULL)
        indices = Py_BuildValue("(NN)", indices, indices_as_tuple(self->cycles, self->r));
    return indices == NULL ? NULL : Py_BuildValue("OON", Py_TYPE(op), args, indices);
}

static PyObject *
product_setstate(PyObject *op, PyObject *state)
{
    combi_iter *self = (combi_iter *)op;
    if (indices_from_tuple(state, self->indices, self->r, PY_SSIZE_T_MAX) < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < self->r; i++) {
        Py_ssize_t n = PyTuple_GET_SIZE(PyTuple_GET_ITEM(self->pools, i));
        if (n == 0)
            self->stopped = 1;
        else if (self->indices[i] >= n)
            self->indices[i] = n - 1;
    }
    self->started = 1;
    Py_RETURN_NONE;
}

static PyObject *
combi_setstate(PyObject *op, PyObject *state)
{
    combi_iter *self = (combi_iter *)op;
    Py_ssize_t n = PyTuple_GET_SIZE(self->pools);
    PyObject *indices = state;
    if (self->stopped)
        Py_RETURN_NONE;
    if (self->cycles != NULL) {
        PyObject *cycles;
        if (!PyTuple_Check(state) || !PyArg_ParseTuple(state, "OO", &indices, &cycles) ||
            indices_from_tuple(cycles, self->cycles, self->r, n) < 0)
            return container_exception() == NULL ? PyErr_Format(PyExc_ValueError, "invalid arguments") : NULL;
        for (Py_ssize_t i = 0; i < self->r; i++)
            if (self->cycles[i] < 1 || self->cycles[i] > n - i)
                self->cycles[i] = n - i;
    }
    if (indices_from_tuple(indices, self->indices, n_indices(self), n > 0 ? n - 1 : 0) < 0)
        return NULL;
    self->started = 1;
    Py_RETURN_NONE;
}

static PyMethodDef product_methods[] = {
    {"__reduce__", combi_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", product_setstate, METH_O, "Set the state for unpickling."},
    {NULL, NULL, 0, NULL},
};
static PyMethodDef combi_methods[] = {
    {"__reduce__", combi_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", combi_setstate, METH_O, "Set the state for unpickling."},
    {NULL, NULL, 0, NULL},
};

ITERTOOLS_TYPE(itertools_product_type, "itertools.product", combi_iter, product_new, product_next,
               product_methods, "product(*iterables, repeat=1) --> product object\n\nThe Cartesian product.");
ITERTOOLS_TYPE(itertools_combinations_type, "itertools.combinations", combi_iter, combinations_new,
               combinations_next, combi_methods,
               "combinations(iterable, r)\n--\n\nAll choices of r items, in order, without repetition.");
ITERTOOLS_TYPE(itertools_combinations_with_replacement_type, "itertools.combinations_with_replacement",
               combi_iter, replacement_new, replacement_next, combi_methods,
               "combinations_with_replacement(iterable, r)\n--\n\nAll choices of r items with repetition.");
ITERTOOLS_TYPE(itertools_permutations_type, "itertools.permutations", combi_iter, permutations_new,
               permutations_next, combi_methods,
               "permutations(iterable, r=None)\n--\n\nAll arrangements of r items.");
