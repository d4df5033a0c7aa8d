/* itertools.c: the itertools module: its table of contents and the iterators that pass one stream on
 * (filtered, cut, joined, accumulated).  The others are in itertools_endless.c, itertools_group.c and
 * itertools_combi.c. */
#include "itertools.h"

/* ------------------------------------------------------------------ predicate and stream */

/* Layout of dropwhile, takewhile, filterfalse and starmap. */
typedef struct {
    PyObject_HEAD
    PyObject *func;
    PyObject *iter;
    Py_ssize_t state;              /* dropwhile: has started; takewhile: has stopped */
} func_iter;

static PyObject *
func_iter_make(PyTypeObject *type, PyObject *args)
{
    PyObject *iter = PyObject_GetIter(PyTuple_GET_ITEM(args, 1));
    func_iter *self = iter == NULL ? NULL : (func_iter *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->func = PyTuple_GET_ITEM(args, 0);
    self->iter = iter;
    return (PyObject *)self;
}

#define FUNC_ITER_NEW(name)                                                                             \
    static PyObject *name##_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)                   \
    {                                                                                                   \
        if (!itertools_check_args(&itertools_##name##_type, type, #name, args, kwargs, 2, 2))           \
            return NULL;                                                                                \
        return func_iter_make(type, args);                                                              \
    }
FUNC_ITER_NEW(dropwhile)
FUNC_ITER_NEW(takewhile)
FUNC_ITER_NEW(filterfalse)
FUNC_ITER_NEW(starmap)

/* 1, 0, -1: func(item) is true. */
static int
holds(PyObject *func, PyObject *item)
{
    PyObject *verdict = PyObject_CallOneArg(func, item);
    return verdict == NULL ? -1 : container_is_true(verdict);
}

static PyObject *
dropwhile_next(PyObject *op)
{
    func_iter *self = (func_iter *)op;
    PyObject *item;
    while ((item = Py_TYPE(self->iter)->tp_iternext(self->iter)) != NULL) {
        if (self->state)
            return item;
        int drop = holds(self->func, item);
        if (drop < 0)
            return NULL;
        if (!drop) {
            self->state = 1;
            return item;
        }
    }
    return NULL;
}

static PyObject *
takewhile_next(PyObject *op)
{
    func_iter *self = (func_iter *)op;
    if (self->state)
        return NULL;
    PyObject *item = Py_TYPE(self->iter)->tp_iternext(self->iter);
    if (item == NULL)
        return NULL;
    int take = holds(self->func, item);
    if (take > 0)
        return item;
    self->state = take == 0;
    return NULL;
}

static PyObject *
filterfalse_next(PyObject *op)
{
    func_iter *self = (func_iter *)op;
    int plain = self->func == Py_None || self->func == (PyObject *)&PyBool_Type;
    PyObject *item;
    while ((item = Py_TYPE(self->iter)->tp_iternext(self->iter)) != NULL) {
        int truth = plain ? container_is_true(item) : holds(self->func, item);
        if (truth <= 0)
            return truth < 0 ? NULL : item;
    }
    return NULL;
}

static PyObject *
starmap_next(PyObject *op)
{
    func_iter *self = (func_iter *)op;
    PyObject *args = Py_TYPE(self->iter)->tp_iternext(self->iter);
    if (args != NULL && !PyTuple_CheckExact(args))
        args = PySequence_Tuple(args);
    return args == NULL ? NULL : PyObject_Call(self->func, args, NULL);
}

static PyObject *
func_iter_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    func_iter *self = (func_iter *)op;
    if (Py_TYPE(op) == &itertools_dropwhile_type || Py_TYPE(op) == &itertools_takewhile_type)
        return Py_BuildValue("O(OO)n", Py_TYPE(op), self->func, self->iter, self->state);
    return Py_BuildValue("O(OO)", Py_TYPE(op), self->func, self->iter);
}

static PyObject *
func_iter_setstate(PyObject *op, PyObject *state)
{
    int truth = PyObject_IsTrue(state);
    if (truth < 0)
        return NULL;
    ((func_iter *)op)->state = truth;
    Py_RETURN_NONE;
}

static PyMethodDef func_iter_methods[] = {
    {"__reduce__", func_iter_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", func_iter_setstate, METH_O, "Set the state for unpickling."},
    {NULL, NULL, 0, NULL},
};
ITERTOOLS_TYPE(itertools_dropwhile_type, "itertools.dropwhile", func_iter, dropwhile_new, dropwhile_next,
               func_iter_methods, "dropwhile(predicate, iterable, /)\n--\n\nSkip items while the predicate holds.");
ITERTOOLS_TYPE(itertools_takewhile_type, "itertools.takewhile", func_iter, takewhile_new, takewhile_next,
               func_iter_methods, "takewhile(predicate, iterable, /)\n--\n\nItems as long as the predicate holds.");
ITERTOOLS_TYPE(itertools_filterfalse_type, "itertools.filterfalse", func_iter, filterfalse_new, filterfalse_next,
               func_iter_methods, "filterfalse(function, iterable, /)\n--\n\nThe items for which it is false.");
ITERTOOLS_TYPE(itertools_starmap_type, "itertools.starmap", func_iter, starmap_new, starmap_next,
               func_iter_methods, "starmap(function, iterable, /)\n--\n\nfunction(*item) for each item.");

/* ------------------------------------------------------------------ compress, pairwise */

typedef struct {
    PyObject_HEAD
    PyObject *data, *selectors;
} compress_iter;

static PyObject *
compress_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"data", "selectors", NULL};
    PyObject *data, *selectors;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO:compress", names, &data, &selectors))
        return NULL;
    data = PyObject_GetIter(data);
    selectors = data == NULL ? NULL : PyObject_GetIter(selectors);
    compress_iter *self = selectors == NULL ? NULL : (compress_iter *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->data = data;
    self->selectors = selectors;
    return (PyObject *)self;
}

static PyObject *
compress_next(PyObject *op)
{
    compress_iter *self = (compress_iter *)op;
    for (;;) {
        PyObject *item = Py_TYPE(self->data)->tp_iternext(self->data);
        PyObject *selector = item == NULL ? NULL : Py_TYPE(self->selectors)->tp_iternext(self->selectors);
        if (selector == NULL)
            return NULL;
        int truth = container_is_true(selector);
        if (truth != 0)
            return truth < 0 ? NULL : item;
    }
}

static PyObject *
compress_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    compress_iter *self = (compress_iter *)op;
    return Py_BuildValue("O(OO)", Py_TYPE(op), self->data, self->selectors);
}

static PyMethodDef compress_methods[] = {
    {"__reduce__", compress_reduce, METH_NOARGS, "State for copying and pickling."},
    {NULL, NULL, 0, NULL},
};
ITERTOOLS_TYPE(itertools_compress_type, "itertools.compress", compress_iter, compress_new, compress_next,
               compress_methods, "compress(data, selectors)\n--\n\nThe items whose selector is true.");

typedef struct {
    PyObject_HEAD
    PyObject *iter, *previous;
} pairwise_iter;

static PyObject *
pairwise_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (!itertools_check_args(&itertools_pairwise_type, type, "pairwise", args, kwargs, 1, 1))
        return NULL;
    PyObject *iter = PyObject_GetIter(PyTuple_GET_ITEM(args, 0));
    pairwise_iter *self = iter == NULL ? NULL : (pairwise_iter *)type->tp_alloc(type, 0);
    if (self != NULL)
        self->iter = iter;
    return (PyObject *)self;
}

static PyObject *
pairwise_next(PyObject *op)
{
    pairwise_iter *self = (pairwise_iter *)op;
    PyObject *iter = self->iter;
    if (iter == NULL)
        return NULL;
    PyObject *previous = self->previous;
    if (previous == NULL) {
        previous = Py_TYPE(iter)->tp_iternext(iter);
        gc_store(self, &self->previous, previous);
    }
    PyObject *item = previous == NULL ? NULL : Py_TYPE(iter)->tp_iternext(iter);
    if (item == NULL) {
        self->iter = self->previous = NULL;
        return NULL;
    }
    gc_store(self, &self->previous, item);
    return tuple_pair(previous, item);
}

ITERTOOLS_TYPE(itertools_pairwise_type, "itertools.pairwise", pairwise_iter, pairwise_new, pairwise_next, NULL,
               "pairwise(iterable, /)\n--\n\nPairs of neighbouring items.");

/* ------------------------------------------------------------------ chain */

typedef struct {
    PyObject_HEAD
    PyObject *source;              /* iterator over the iterables; NULL: exhausted */
    PyObject *active;              /* iterator over the current one, or NULL */
} chain_iter;

static PyObject *
chain_make(PyTypeObject *type, PyObject *source)
{
    chain_iter *self = source == NULL ? NULL : (chain_iter *)type->tp_alloc(type, 0);
    if (self != NULL)
        self->source = source;
    return (PyObject *)self;
}

static PyObject *
chain_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (container_strict_new(type, &itertools_chain_type) && container_refuse_keywords("chain", kwargs))
        return NULL;
    return chain_make(type, PyObject_GetIter(args));
}

static PyObject *
chain_from_iterable(PyObject *type, PyObject *iterable)
{
    return chain_make((PyTypeObject *)type, PyObject_GetIter(iterable));
}

static PyObject *
chain_next(PyObject *op)
{
    chain_iter *self = (chain_iter *)op;
    while (self->source != NULL) {
        if (self->active == NULL) {
            PyObject *iterable = Py_TYPE(self->source)->tp_iternext(self->source);
            PyObject *iter = iterable == NULL ? NULL : PyObject_GetIter(iterable);
            if (iter == NULL) {
                self->source = NULL;
                return NULL;
            }
            gc_store(self, &self->active, iter);
        }
        PyObject *item = container_next(self->active);
        if (item != NULL || container_exception() != NULL)
            return item;
        self->active = NULL;
    }
    return NULL;
}

static PyObject *
chain_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    chain_iter *self = (chain_iter *)op;
    if (self->source == NULL)
        return Py_BuildValue("O()", Py_TYPE(op));
    if (self->active == NULL)
        return Py_BuildValue("O()(O)", Py_TYPE(op), self->source);
    return Py_BuildValue("O()(OO)", Py_TYPE(op), self->source, self->active);
}

static PyObject *
chain_setstate(PyObject *op, PyObject *state)
{
    chain_iter *self = (chain_iter *)op;
    PyObject *source, *active = NULL;
    if (!PyTuple_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state is not a tuple");
        return NULL;
    }
    if (!PyArg_ParseTuple(state, "O|O", &source, &active))
        return NULL;
    if (!PyIter_Check(source) || (active != NULL && !PyIter_Check(active))) {
        PyErr_SetString(PyExc_TypeError, "Arguments must be iterators.");
        return NULL;
    }
    gc_store(self, &self->source, source);
    gc_store(self, &self->active, active);
    Py_RETURN_NONE;
}

static PyMethodDef chain_methods[] = {
    {"from_iterable", chain_from_iterable, METH_O | METH_CLASS,
     "from_iterable($type, iterable, /)\n--\n\nchain() of the iterables that an iterable yields."},
    {"__reduce__", chain_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", chain_setstate, METH_O, "Set the state for unpickling."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "See PEP 585"},
    {NULL, NULL, 0, NULL},
};
ITERTOOLS_TYPE(itertools_chain_type, "itertools.chain", chain_iter, chain_new, chain_next, chain_methods,
               "chain(*iterables) --> chain object\n\nThe items of the first iterable, then of the next.");

/* ------------------------------------------------------------------ islice */

typedef struct {
    PyObject_HEAD
    PyObject *iter;                /* NULL: exhausted */
    Py_ssize_t next, stop, step, count;
} islice_iter;

/* A bound: None gives the fallback; anything but a number >= low is refused. */
static int
islice_bound(PyObject *arg, Py_ssize_t low, Py_ssize_t fallback, const char *message, Py_ssize_t *out)
{
    *out = fallback;
    if (arg == Py_None)
        return 1;
    Py_ssize_t i = PyIndex_Check(arg) ? PyNumber_AsSsize_t(arg, PyExc_OverflowError) : low - 1;
    if (i == -1 && container_exception() != NULL)
        PyErr_Clear();
    if (i < low) {
        PyErr_SetString(PyExc_ValueError, message);
        return 0;
    }
    *out = i;
    return 1;
}

static PyObject *
islice_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const char bad_stop[] = "Stop argument for islice() must be None or an integer: 0 <= x <= "
                                   "sys.maxsize.";
    static const char bad_index[] = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    Py_ssize_t start = 0, stop = -1, step = 1, n = PyTuple_GET_SIZE(args);
    if (!itertools_check_args(&itertools_islice_type, type, "islice", args, kwargs, 2, 4))
        return NULL;
    if (n == 2) {
        if (!islice_bound(PyTuple_GET_ITEM(args, 1), 0, -1, bad_stop, &stop))
            return NULL;
    } else {
        if (!islice_bound(PyTuple_GET_ITEM(args, 1), 0, 0, bad_index, &start) ||
            !islice_bound(PyTuple_GET_ITEM(args, 2), 0, -1, bad_stop, &stop))
            return NULL;
        if (n == 4 && !islice_bound(PyTuple_GET_ITEM(args, 3), 1, 1,
                                    "Step for islice() must be a positive integer or None.", &step))
            return NULL;
    }
    PyObject *iter = PyObject_GetIter(PyTuple_GET_ITEM(args, 0));
    islice_iter *self = iter == NULL ? NULL : (islice_iter *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->iter = iter;
    self->next = start;
    self->stop = stop;
    self->step = step;
    return (PyObject *)self;
}

static PyObject *
islice_next(PyObject *op)
{
    islice_iter *self = (islice_iter *)op;
    PyObject *iter = self->iter, *item;
    if (iter == NULL)
        return NULL;
    iternextfunc next = Py_TYPE(iter)->tp_iternext;
    while (self->count < self->next) {
        if (self->stop != -1 && self->count >= self->stop)
            goto end;
        if (next(iter) == NULL)
            goto end;
        self->count++;
    }
    if (self->stop != -1 && self->count >= self->stop)
        goto end;
    if ((item = next(iter)) == NULL)
        goto end;
    self->count++;
    Py_ssize_t following = self->next;
    if (__builtin_add_overflow(following, self->step, &following) ||
        (self->stop != -1 && following > self->stop))
        following = self->stop != -1 ? self->stop : PY_SSIZE_T_MAX;
    self->next = following;
    return item;
end:
    self->iter = NULL;
    return NULL;
}

static PyObject *
islice_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    islice_iter *self = (islice_iter *)op;
    if (self->iter == NULL) {
        PyObject *empty = PyObject_GetIter(PyTuple_New(0));
        return empty == NULL ? NULL : Py_BuildValue("O(Oi)n", Py_TYPE(op), empty, 0, self->count);
    }
    PyObject *stop = self->stop == -1 ? Py_None : container_ssize(self->stop);
    return Py_BuildValue("O(OnOn)n", Py_TYPE(op), self->iter, self->next, stop, self->step, self->count);
}

static PyObject *
islice_setstate(PyObject *op, PyObject *state)
{
    Py_ssize_t count = PyLong_AsSsize_t(state);
    if (count == -1 && container_exception() != NULL)
        return NULL;
    ((islice_iter *)op)->count = count;
    Py_RETURN_NONE;
}

static PyMethodDef islice_methods[] = {
    {"__reduce__", islice_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", islice_setstate, METH_O, "Set the state for unpickling."},
    {NULL, NULL, 0, NULL},
};
ITERTOOLS_TYPE(itertools_islice_type, "itertools.islice", islice_iter, islice_new, islice_next, islice_methods,
               "islice(iterable, stop) --> islice object\n"
               "islice(iterable, start, stop[, step]) --> islice object\n\nA slice of what an iterable yields.");

/* ------------------------------------------------------------------ accumulate, zip_longest */

typedef struct {
    PyObject_HEAD
    PyObject *iter, *func;         /* func NULL: addition */
    PyObject *total;               /* NULL: nothing yet */
    PyObject *initial;             /* to be yielded first, or NULL */
} accumulate_iter;

static PyObject *
accumulate_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"iterable", "func", "initial", NULL};
    PyObject *iterable, *func = Py_None, *initial = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O$O:accumulate", names, &iterable, &func, &initial))
        return NULL;
    PyObject *iter = PyObject_GetIter(iterable);
    accumulate_iter *self = iter == NULL ? NULL : (accumulate_iter *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->iter = iter;
    self->func = func == Py_None ? NULL : func;
    self->initial = initial == Py_None ? NULL : initial;
    return (PyObject *)self;
}

static PyObject *
accumulate_next(PyObject *op)
{
    accumulate_iter *self = (accumulate_iter *)op;
    if (self->initial != NULL) {
        self->total = self->initial;
        self->initial = NULL;
        return self->total;
    }
    PyObject *item = Py_TYPE(self->iter)->tp_iternext(self->iter), *total;
    if (item == NULL)
        return NULL;
    if (self->total == NULL) {
        total = item;
    } else if (self->func == NULL) {
        total = PyNumber_Add(self->total, item);
    } else {
        PyObject *args[3] = {NULL, self->total, item};
        total = PyObject_Vectorcall(self->func, args + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    }
    if (total != NULL)
        gc_store(self, &self->total, total);
    return total;
}

static PyObject *
accumulate_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    accumulate_iter *self = (accumulate_iter *)op;
    PyObject *func = self->func == NULL ? Py_None : self->func;
    if (self->initial != NULL) {
        PyObject *first = PyTuple_Pack(1, self->initial);
        PyObject *joined = first == NULL ? NULL : PyObject_CallFunction((PyObject *)&itertools_chain_type, "OO",
                                                                        first, self->iter);
        return joined == NULL ? NULL : Py_BuildValue("O(OO)O", Py_TYPE(op), joined, func, Py_None);
    }
    if (self->total == Py_None) {
        /* As a state None means that there is no total yet: yield this one anew and drop it. */
        PyObject *first = PyTuple_Pack(1, Py_None);
        PyObject *chain = (PyObject *)&itertools_chain_type;
        PyObject *joined = first == NULL ? NULL : PyObject_CallFunction(chain, "OO", first, self->iter);
        PyObject *again = joined == NULL ? NULL : PyObject_CallFunction((PyObject *)Py_TYPE(op), "OO", joined, func);
        return again == NULL ? NULL : Py_BuildValue("O(OiO)", &itertools_islice_type, again, 1, Py_None);
    }
    return Py_BuildValue("O(OO)O", Py_TYPE(op), self->iter, func, self->total == NULL ? Py_None : self->total);
}

static PyObject *
accumulate_setstate(PyObject *op, PyObject *state)
{
    accumulate_iter *self = (accumulate_iter *)op;
    gc_store(self, &self->total, state == Py_None ? NULL : state);
    Py_RETURN_NONE;
}

static PyMethodDef accumulate_methods[] = {
    {"__reduce__", accumulate_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", accumulate_setstate, METH_O, "Set the state for unpickling."},
    {NULL, NULL, 0, NULL},
};
ITERTOOLS_TYPE(itertools_accumulate_type, "itertools.accumulate", accumulate_iter, accumulate_new,
               accumulate_next, accumulate_methods,
               "accumulate(iterable, func=None, *, initial=None)\n--\n\nRunning totals, or results of func.");

typedef struct {
    PyObject_HEAD
    PyObject *iters;               /* tuple; NULL items are exhausted */
    PyObject *fill;
    Py_ssize_t active;
} zip_longest_iter;

static PyObject *
zip_longest_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *fill = Py_None;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0) {
        PyObject *given = PyDict_GetItemString(kwargs, "fillvalue");
        if (given == NULL || PyDict_GET_SIZE(kwargs) > 1) {
            PyErr_SetString(PyExc_TypeError, "zip_longest() got an unexpected keyword argument");
            return NULL;
        }
        fill = given;
    }
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    PyObject *iters = PyTuple_New(n);
    for (Py_ssize_t i = 0; iters != NULL && i < n; i++) {
        PyObject *iter = PyObject_GetIter(PyTuple_GET_ITEM(args, i));
        if (iter == NULL)
            return NULL;
        PyTuple_SET_ITEM(iters, i, iter);
    }
    zip_longest_iter *self = iters == NULL ? NULL : (zip_longest_iter *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->iters = iters;
    self->fill = fill;
    self->active = n;
    return (PyObject *)self;
}

static PyObject *
zip_longest_next(PyObject *op)
{
    zip_longest_iter *self = (zip_longest_iter *)op;
    Py_ssize_t n = PyTuple_GET_SIZE(self->iters);
    if (n == 0 || self->active == 0)
        return NULL;
    PyTupleObject *result = tuple_alloc(n);
    for (Py_ssize_t i = 0; result != NULL && i < n; i++) {
        PyObject *iter = PyTuple_GET_ITEM(self->iters, i);
        PyObject *item = iter == NULL ? self->fill : container_next(iter);
        if (item == NULL) {
            if (container_exception() != NULL) {
                self->active = 0;
                return NULL;
            }
            if (PyTuple_GET_ITEM(self->iters, i) != NULL) {
                PyTuple_SET_ITEM(self->iters, i, NULL);
                self->active--;
            }
            if (self->active == 0)
                return NULL;
            item = self->fill;
        }
        result->ob_item[i] = item;
    }
    return (PyObject *)result;
}

static PyObject *
zip_longest_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    zip_longest_iter *self = (zip_longest_iter *)op;
    Py_ssize_t n = PyTuple_GET_SIZE(self->iters);
    PyObject *args = PyTuple_New(n);
    for (Py_ssize_t i = 0; args != NULL && i < n; i++) {
        PyObject *iter = PyTuple_GET_ITEM(self->iters, i);
        PyTuple_SET_ITEM(args, i, iter == NULL ? PyTuple_New(0) : iter);
    }
    return args == NULL ? NULL : Py_BuildValue("ONO", Py_TYPE(op), args, self->fill);
}

static PyObject *
zip_longest_setstate(PyObject *op, PyObject *state)
{
    zip_longest_iter *self = (zip_longest_iter *)op;
    gc_store(self, &self->fill, state);
    Py_RETURN_NONE;
}

static PyMethodDef zip_longest_methods[] = {
    {"__reduce__", zip_longest_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", zip_longest_setstate, METH_O, "Set the state for unpickling."},
    {NULL, NULL, 0, NULL},
};
ITERTOOLS_TYPE(itertools_zip_longest_type, "itertools.zip_longest", zip_longest_iter, zip_longest_new,
               zip_longest_next, zip_longest_methods,
               "zip_longest(*iterables, fillvalue=None)\n--\n\nTuples until the longest iterable ends.");

/* ------------------------------------------------------------------ module */

static PyMethodDef module_methods[] = {
    {"tee", CONTAINER_METHOD(itertools_tee), METH_FASTCALL,
     "tee(iterable, n=2, /)\n--\n\nA tuple of n independent iterators over one iterable."},
    {NULL, NULL, 0, NULL},
};

static int
module_exec(PyObject *module)
{
#define ITERTOOLS_ADD(name)                                                                             \
    if (PyModule_AddType(module, &itertools_##name##_type) < 0)                                         \
        return -1;
    ITERTOOLS_TYPES(ITERTOOLS_ADD)
    return 0;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_exec}, {0, NULL}};
static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "itertools",
    .m_doc = "Iterators for efficient loops.",
    .m_methods = module_methods,
    .m_slots = module_slots,
};

PyMODINIT_FUNC
PyInit_itertools(void)
{
    return PyModuleDef_Init(&module_def);
}
