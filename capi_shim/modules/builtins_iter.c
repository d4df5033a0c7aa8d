/* builtins_iter.c: the builtins that consume iterables: min, max, sum, sorted, any, all, iter, next. */
#include "builtins.h"
#include "container.h"
#include "interp.h"

/* ------------------------------------------------------------------ min, max */

static PyObject *
best_of(PyObject *iter, PyObject *key, int op, PyObject *fallback, const char *name)
{
    PyObject *best = NULL, *best_key = NULL, *item;
    while ((item = container_next(iter)) != NULL) {
        PyObject *value = item;
        if (key != NULL && (value = PyObject_CallOneArg(key, item)) == NULL)
            return NULL;
        if (best == NULL) {
            best = item;
            best_key = value;
            continue;
        }
        int better;
        if (gcrt_both_int(value, best_key))
            better = op == Py_GT ? (intptr_t)value > (intptr_t)best_key : (intptr_t)value < (intptr_t)best_key;
        else
            better = PyObject_RichCompareBool(value, best_key, op);
        if (better < 0)
            return NULL;
        if (better) {
            best = item;
            best_key = value;
        }
    }
    if (container_exception() != NULL)
        return NULL;
    if (best != NULL)
        return best;
    if (fallback != NULL)
        return fallback;
    return PyErr_Format(PyExc_ValueError, "%s() arg is an empty sequence", name);
}

static PyObject *
min_max(const char *name, int op, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"key", "default", NULL};
    PyObject *v[2];
    if (builtin_keywords(name, args + nargs, 0, kwnames, names, v) < 0)
        return NULL;
    PyObject *key = v[0] == Py_None ? NULL : v[0];
    if (nargs == 0)
        return PyErr_Format(PyExc_TypeError, "%s expected at least 1 argument, got 0", name);
    if (nargs > 1 && v[1] != NULL)
        return PyErr_Format(PyExc_TypeError,
                            "Cannot specify a default for %s() with multiple positional arguments", name);
    if (nargs == 2 && key == NULL) {
        int better = PyObject_RichCompareBool(args[1], args[0], op);
        return better < 0 ? NULL : args[better];
    }
    PyObject *source = args[0];
    if (nargs > 1) {
        source = PyTuple_New(nargs);
        if (source == NULL)
            return NULL;
        for (Py_ssize_t i = 0; i < nargs; i++)
            PyTuple_SET_ITEM(source, i, args[i]);
    }
    PyObject *iter = PyObject_GetIter(source);
    return iter == NULL ? NULL : best_of(iter, key, op, v[1], name);
}

PyObject *
builtin_min(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return min_max("min", Py_LT, args, nargs, kwnames);
}

PyObject *
builtin_max(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return min_max("max", Py_GT, args, nargs, kwnames);
}

/* ------------------------------------------------------------------ sum */

static int
refuse_text(PyObject *start)
{
    const char *what = NULL, *join = "''";
    if (PyUnicode_Check(start))
        what = "strings";
    else if (PyBytes_Check(start))
        what = "bytes", join = "b''";
    else if (PyByteArray_Check(start))
        what = "bytearray", join = "b''";
    if (what == NULL)
        return 0;
    PyErr_Format(PyExc_TypeError, "sum() can't sum %s [use %s.join(seq) instead]", what, join);
    return -1;
}

/* Small ints as long as they and their sum are small; *item is then the one that was not, or NULL. */
static PyObject *
sum_ints(PyObject *iter, PyObject *total, PyObject **item)
{
    int64_t sum = gcrt_int_value(total);
    while ((*item = container_next(iter)) != NULL) {
        int64_t next;
        if (gcrt_is_int(*item) && !__builtin_add_overflow(sum, gcrt_int_value(*item), &next) &&
            gcrt_int_fits(next))
            sum = next;
        else if (*item == Py_True || *item == Py_False) {
            next = sum + (*item == Py_True);
            if (!gcrt_int_fits(next))
                break;
            sum = next;
        } else
            break;
    }
    return gcrt_int(sum);
}

static PyObject *
sum_floats(PyObject *iter, PyObject *total, PyObject **item)
{
    double sum = PyFloat_AS_DOUBLE(total);
    while ((*item = container_next(iter)) != NULL) {
        if (PyFloat_CheckExact(*item))
            sum += PyFloat_AS_DOUBLE(*item);
        else if (gcrt_is_int(*item))
            sum += (double)gcrt_int_value(*item);
        else
            break;
    }
    return PyFloat_FromDouble(sum);
}

PyObject *
builtin_sum(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"", "start", NULL};
    PyObject *v[2], *item;
    if (builtin_keywords("sum", args, nargs, kwnames, names, v) < 0)
        return NULL;
    if (v[0] == NULL)
        return PyErr_Format(PyExc_TypeError, "sum() takes at least 1 positional argument (0 given)");
    PyObject *total = v[1] != NULL ? v[1] : gcrt_int(0);
    PyObject *iter = PyObject_GetIter(v[0]);
    if (iter == NULL || refuse_text(total) < 0)
        return NULL;
    for (;;) {
        if (gcrt_is_int(total))
            total = sum_ints(iter, total, &item);
        else if (PyFloat_CheckExact(total))
            total = sum_floats(iter, total, &item);
        else
            item = container_next(iter);
        if (total == NULL || item == NULL)
            break;
        total = PyNumber_Add(total, item);
        if (total == NULL)
            return NULL;
    }
    return container_exception() != NULL ? NULL : total;
}

/* ------------------------------------------------------------------ sorted, any, all */

PyObject *
builtin_sorted(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static PyObject *sort;
    if (nargs != 1)
        return PyErr_Format(PyExc_TypeError, "sorted expected 1 argument, got %zd", nargs);
    PyObject *list = PySequence_List(args[0]);
    if (list == NULL)
        return NULL;
    if (kwnames == NULL || PyTuple_GET_SIZE(kwnames) == 0)
        return PyList_Sort(list) < 0 ? NULL : list;
    Py_ssize_t n = PyTuple_GET_SIZE(kwnames);
    PyObject *stack[8];
    if (n > 7)
        return PyErr_Format(PyExc_TypeError, "sorted() takes at most 2 keyword arguments (%zd given)", n);
    if (sort == NULL && (sort = PyUnicode_InternFromString("sort")) == NULL)
        return NULL;
    stack[0] = list;
    memcpy(stack + 1, args + 1, (size_t)n * sizeof *stack);
    if (PyObject_VectorcallMethod(sort, stack, 1, kwnames) == NULL)
        return NULL;
    return list;
}

static PyObject *
quantify(PyObject *iterable, int stop_at)
{
    PyObject *iter = PyObject_GetIter(iterable), *item;
    if (iter == NULL)
        return NULL;
    while ((item = container_next(iter)) != NULL) {
        int truth = container_is_true(item);
        if (truth < 0)
            return NULL;
        if (truth == stop_at)
            return container_bool(stop_at);
    }
    return container_exception() != NULL ? NULL : container_bool(!stop_at);
}

PyObject *
builtin_all(PyObject *Py_UNUSED(self), PyObject *iterable)
{
    return quantify(iterable, 0);
}

PyObject *
builtin_any(PyObject *Py_UNUSED(self), PyObject *iterable)
{
    return quantify(iterable, 1);
}

/* ------------------------------------------------------------------ iter, next */

PyObject *
builtin_iter(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("iter", nargs, 1, 2))
        return NULL;
    if (nargs == 1)
        return PyObject_GetIter(args[0]);
    if (!PyCallable_Check(args[0]))
        return PyErr_Format(PyExc_TypeError, "iter(v, w): v must be callable");
    return PyCallIter_New(args[0], args[1]);
}

PyObject *
builtin_next(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("next", nargs, 1, 2))
        return NULL;
    PyObject *iter = args[0];
    iternextfunc next = Py_TYPE(iter)->tp_iternext;
    if (next == NULL || !PyIter_Check(iter))
        return PyErr_Format(PyExc_TypeError, "'%.200s' object is not an iterator", Py_TYPE(iter)->tp_name);
    PyObject *item = next(iter);
    if (item != NULL)
        return item;
    if (nargs > 1) {
        if (container_exception() != NULL) {
            if (!PyErr_ExceptionMatches(PyExc_StopIteration))
                return NULL;
            PyErr_Clear();
        }
        return args[1];
    }
    if (container_exception() == NULL)
        PyErr_SetNone(PyExc_StopIteration);
    return NULL;
}

PyObject *
builtin_aiter(PyObject *Py_UNUSED(self), PyObject *arg)
{
    return PyObject_GetAIter(arg);
}

/* ------------------------------------------------------------------ anext with a default */

/* Awaitable around anext's own: StopAsyncIteration becomes the default. */
typedef struct {
    PyObject_HEAD
    PyObject *wrapped, *iter, *fallback;
} anext_awaitable;

static PyObject *
anext_iter(anext_awaitable *self)
{
    if (self->iter != NULL)
        return self->iter;
    PyObject *iter = coro_get_awaitable(self->wrapped);
    if (iter != NULL && PyCoro_CheckExact(iter)) /* the only awaitable that is no iterator */
        iter = PyObject_CallMethod(iter, "__await__", NULL);
    if (iter != NULL)
        gc_store(self, &self->iter, iter);
    return iter;
}

static PyObject *
anext_result(anext_awaitable *self, PyObject *result)
{
    if (result != NULL || !PyErr_ExceptionMatches(PyExc_StopAsyncIteration))
        return result;
    PyErr_Clear();
    _PyGen_SetStopIterationValue(self->fallback);
    return NULL;
}

static PyObject *
anext_iternext(PyObject *op)
{
    anext_awaitable *self = (anext_awaitable *)op;
    PyObject *iter = anext_iter(self);
    return iter == NULL ? NULL : anext_result(self, Py_TYPE(iter)->tp_iternext(iter));
}

static PyObject *
anext_call(PyObject *op, const char *method, PyObject *args)
{
    anext_awaitable *self = (anext_awaitable *)op;
    PyObject *iter = anext_iter(self);
    PyObject *bound = iter != NULL ? PyObject_GetAttrString(iter, method) : NULL;
    return bound == NULL ? NULL : anext_result(self, PyObject_CallObject(bound, args));
}

static PyObject *
anext_send(PyObject *self, PyObject *arg)
{
    PyObject *args = PyTuple_Pack(1, arg);
    return args == NULL ? NULL : anext_call(self, "send", args);
}

static PyObject *
anext_throw(PyObject *self, PyObject *args)
{
    return anext_call(self, "throw", args);
}

static PyObject *
anext_close(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return anext_call(self, "close", NULL);
}

static PyMethodDef anext_methods[] = {
    {"send", anext_send, METH_O, NULL},
    {"throw", anext_throw, METH_VARARGS, NULL},
    {"close", anext_close, METH_NOARGS, NULL},
    {0},
};

static PyAsyncMethods anext_async = {.am_await = PyObject_SelfIter};

static PyTypeObject anext_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "anext_awaitable",
    .tp_basicsize = sizeof(anext_awaitable),
    .tp_as_async = &anext_async,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = anext_iternext,
    .tp_methods = anext_methods,
};

PyObject *
builtin_anext(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("anext", nargs, 1, 2))
        return NULL;
    PyAsyncMethods *am = Py_TYPE(args[0])->tp_as_async;
    if (am == NULL || am->am_anext == NULL)
        return PyErr_Format(PyExc_TypeError, "'%.200s' object is not an async iterator", Py_TYPE(args[0])->tp_name);
    PyObject *awaitable = am->am_anext(args[0]);
    if (awaitable == NULL || nargs == 1)
        return awaitable;
    if (PyType_Ready(&anext_type) < 0)
        return NULL;
    anext_awaitable *self = (anext_awaitable *)gcrt_new(&anext_type, sizeof *self);
    if (self == NULL)
        return NULL;
    self->wrapped = awaitable;
    self->fallback = args[1];
    return (PyObject *)self;
}
