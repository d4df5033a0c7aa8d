/* itertools_endless.c: cycle, count and repeat. */
#include "itertools.h"

/* ------------------------------------------------------------------ cycle */

typedef struct {
    PyObject_HEAD
    PyObject *iter;                /* NULL: the saved items are repeated */
    PyObject *saved;               /* list */
    Py_ssize_t index;
} cycle_iter;

static PyObject *
cycle_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (!itertools_check_args(&itertools_cycle_type, type, "cycle", args, kwargs, 1, 1))
        return NULL;
    PyObject *iter = PyObject_GetIter(PyTuple_GET_ITEM(args, 0));
    PyObject *saved = iter == NULL ? NULL : PyList_New(0);
    cycle_iter *self = saved == NULL ? NULL : (cycle_iter *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->iter = iter;
    self->saved = saved;
    return (PyObject *)self;
}

static PyObject *
cycle_next(PyObject *op)
{
    cycle_iter *self = (cycle_iter *)op;
    if (self->iter != NULL) {
        PyObject *item = container_next(self->iter);
        if (item != NULL)
            return PyList_Append(self->saved, item) < 0 ? NULL : item;
        if (container_exception() != NULL)
            return NULL;
        self->iter = NULL;
    }
    Py_ssize_t n = PyList_GET_SIZE(self->saved);
    if (n == 0)
        return NULL;
    if (self->index >= n)
        self->index = 0;
    return PyList_GET_ITEM(self->saved, self->index++);
}

static PyObject *
cycle_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    cycle_iter *self = (cycle_iter *)op;
    if (self->iter != NULL)
        return Py_BuildValue("O(O)(Oi)", Py_TYPE(op), self->iter, self->saved, 0);
    PyObject *iter = PyObject_GetIter(self->saved);
    if (iter == NULL)
        return NULL;
    /* Go on inside the round: a list iterator takes its place by __setstate__. */
    PyObject *set = PyObject_CallMethod(iter, "__setstate__", "n", self->index);
    return set == NULL ? NULL : Py_BuildValue("O(O)(Oi)", Py_TYPE(op), iter, self->saved, 1);
}

static PyObject *
cycle_setstate(PyObject *op, PyObject *state)
{
    cycle_iter *self = (cycle_iter *)op;
    PyObject *saved;
    int first_pass;
    if (!PyTuple_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state is not a tuple");
        return NULL;
    }
    if (!PyArg_ParseTuple(state, "O!i", &PyList_Type, &saved, &first_pass))
        return NULL;
    PyObject *copy = PyList_GetSlice(saved, 0, PY_SSIZE_T_MAX);
    if (copy == NULL)
        return NULL;
    if (first_pass && self->iter != NULL) {
        /* The iterator is a rest of the saved items: the round's position is what it lacks. */
        PyObject *rest = PySequence_List(self->iter);
        if (rest == NULL)
            return NULL;
        Py_ssize_t index = PyList_GET_SIZE(copy) - PyList_GET_SIZE(rest);
        self->index = index < 0 ? 0 : index;
        self->iter = NULL;
    }
    gc_store(self, &self->saved, copy);
    Py_RETURN_NONE;
}

static PyMethodDef cycle_methods[] = {
    {"__reduce__", cycle_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", cycle_setstate, METH_O, "Set the state for unpickling."},
    {NULL, NULL, 0, NULL},
};
ITERTOOLS_TYPE(itertools_cycle_type, "itertools.cycle", cycle_iter, cycle_new, cycle_next, cycle_methods,
               "cycle(iterable, /)\n--\n\nThe items, then again and again.");

/* ------------------------------------------------------------------ count, repeat */

/* value NULL: count and step are C integers. */
typedef struct {
    PyObject_HEAD
    int64_t count, fast_step;
    PyObject *value, *step;
} count_iter;

static PyObject *
count_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"start", "step", NULL};
    PyObject *start = gcrt_int(0), *step = gcrt_int(1);
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OO:count", names, &start, &step))
        return NULL;
    if (!PyNumber_Check(start) || !PyNumber_Check(step)) {
        PyErr_SetString(PyExc_TypeError, "a number is required");
        return NULL;
    }
    count_iter *self = (count_iter *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->step = step;
    if (gcrt_both_int(start, step)) {
        self->count = gcrt_int_value(start);
        self->fast_step = gcrt_int_value(step);
    } else {
        self->value = start;
    }
    return (PyObject *)self;
}

static PyObject *
count_next(PyObject *op)
{
    count_iter *self = (count_iter *)op;
    if (GCRT_LIKELY(self->value == NULL)) {
        int64_t count = self->count;
        /* Both are 63-bit numbers, so that the sum can't overflow; too large, it goes on as an object. */
        self->count = count + self->fast_step;
        if (GCRT_UNLIKELY(!gcrt_int_fits(self->count)) &&
            (self->value = PyLong_FromLongLong(self->count)) == NULL)
            return NULL;
        return gcrt_int(count);
    }
    PyObject *value = self->value;
    PyObject *next = PyNumber_Add(value, self->step);
    if (next == NULL)
        return NULL;
    gc_store(self, &self->value, next);
    return value;
}

static PyObject *
count_now(count_iter *self)
{
    return self->value != NULL ? self->value : container_ssize(self->count);
}

static PyObject *
count_repr(PyObject *op)
{
    count_iter *self = (count_iter *)op;
    PyObject *now = count_now(self);
    if (self->step == gcrt_int(1))
        return PyUnicode_FromFormat("count(%R)", now);
    return PyUnicode_FromFormat("count(%R, %R)", now, self->step);
}

static PyObject *
count_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    count_iter *self = (count_iter *)op;
    PyObject *now = count_now(self);
    if (self->step == gcrt_int(1))
        return Py_BuildValue("O(O)", Py_TYPE(op), now);
    return Py_BuildValue("O(OO)", Py_TYPE(op), now, self->step);
}

static PyMethodDef count_methods[] = {
    {"__reduce__", count_reduce, METH_NOARGS, "State for copying and pickling."},
    {NULL, NULL, 0, NULL},
};
PyTypeObject itertools_count_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "itertools.count",
    .tp_basicsize = sizeof(count_iter),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "count(start=0, step=1)\n--\n\nstart, start + step, start + 2 * step, ...",
    .tp_repr = count_repr,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = count_next,
    .tp_methods = count_methods,
    .tp_new = count_new,
    .gcrt_trace = container_trace_words,
};

typedef struct {
    PyObject_HEAD
    PyObject *element;
    Py_ssize_t times;              /* -1: for ever */
} repeat_iter;

static PyObject *
repeat_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"object", "times", NULL};
    PyObject *element;
    Py_ssize_t times = -1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|n:repeat", names, &element, &times))
        return NULL;
    Py_ssize_t given = PyTuple_GET_SIZE(args) + (kwargs == NULL ? 0 : PyDict_GET_SIZE(kwargs));
    repeat_iter *self = (repeat_iter *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->element = element;
    self->times = given == 2 && times < 0 ? 0 : times;
    return (PyObject *)self;
}

static PyObject *
repeat_next(PyObject *op)
{
    repeat_iter *self = (repeat_iter *)op;
    if (self->times == 0)
        return NULL;
    self->times -= self->times > 0;
    return self->element;
}

static PyObject *
repeat_repr(PyObject *op)
{
    repeat_iter *self = (repeat_iter *)op;
    if (self->times == -1)
        return PyUnicode_FromFormat("repeat(%R)", self->element);
    return PyUnicode_FromFormat("repeat(%R, %zd)", self->element, self->times);
}

static PyObject *
repeat_length_hint(PyObject *op, PyObject *unused)
{
    (void)unused;
    Py_ssize_t times = ((repeat_iter *)op)->times;
    if (times == -1) {
        PyErr_SetString(PyExc_TypeError, "len() of unsized object");
        return NULL;
    }
    return container_ssize(times);
}

static PyObject *
repeat_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    repeat_iter *self = (repeat_iter *)op;
    if (self->times == -1)
        return Py_BuildValue("O(O)", Py_TYPE(op), self->element);
    return Py_BuildValue("O(On)", Py_TYPE(op), self->element, self->times);
}

static PyMethodDef repeat_methods[] = {
    {"__length_hint__", repeat_length_hint, METH_NOARGS, "Number of items to come."},
    {"__reduce__", repeat_reduce, METH_NOARGS, "State for copying and pickling."},
    {NULL, NULL, 0, NULL},
};
PyTypeObject itertools_repeat_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "itertools.repeat",
    .tp_basicsize = sizeof(repeat_iter),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "repeat(object [,times]) -> one object, times times or for ever",
    .tp_repr = repeat_repr,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = repeat_next,
    .tp_methods = repeat_methods,
    .tp_new = repeat_new,
    .gcrt_trace = container_trace_words,
};
