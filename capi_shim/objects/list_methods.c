/* list_methods.c: list's methods and its iterators. */
#include "list.h"

#include "iters.h"

static PyObject *
list_m_append(PyObject *self, PyObject *item)
{
    return list_append((PyListObject *)self, item) < 0 ? NULL : Py_None;
}

static PyObject *
list_m_extend(PyObject *self, PyObject *iterable)
{
    return list_extend((PyListObject *)self, iterable) < 0 ? NULL : Py_None;
}

static PyObject *
list_m_insert(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    if (!_PyArg_CheckPositional("insert", n, 2, 2))
        return NULL;
    Py_ssize_t where = gcrt_is_int(args[0]) ? (Py_ssize_t)gcrt_int_value(args[0])
                                            : PyNumber_AsSsize_t(args[0], PyExc_OverflowError);
    if (where == -1 && container_exception() != NULL)
        return NULL;
    return list_insert((PyListObject *)self, where, args[1]) < 0 ? NULL : Py_None;
}

static PyObject *
list_m_pop(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    if (!_PyArg_CheckPositional("pop", n, 0, 1))
        return NULL;
    Py_ssize_t i = n == 0 ? -1 : container_index(args[0]);
    if (i == -1 && container_exception() != NULL)
        return NULL;
    Py_ssize_t size = PyList_GET_SIZE(self);
    if (size == 0) {
        PyErr_SetString(PyExc_IndexError, "pop from empty list");
        return NULL;
    }
    if (i < 0)
        i += size;
    if (i < 0 || i >= size) {
        PyErr_SetString(PyExc_IndexError, "pop index out of range");
        return NULL;
    }
    return list_pop_at((PyListObject *)self, i);
}

static PyObject *
list_m_remove(PyObject *self, PyObject *item)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(self); i++) {
        int equal = container_equal(PyList_GET_ITEM(self, i), item);
        if (equal < 0)
            return NULL;
        if (equal) {
            if (i < PyList_GET_SIZE(self))
                list_pop_at((PyListObject *)self, i);
            Py_RETURN_NONE;
        }
    }
    PyErr_SetString(PyExc_ValueError, "list.remove(x): x not in list");
    return NULL;
}

static PyObject *
list_m_index(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("index", nargs, 1, 3))
        return NULL;
    Py_ssize_t start = 0, stop = PY_SSIZE_T_MAX;
    if ((nargs > 1 && !_PyEval_SliceIndex(args[1], &start)) ||
        (nargs > 2 && !_PyEval_SliceIndex(args[2], &stop)))
        return NULL;
    PySlice_AdjustIndices(PyList_GET_SIZE(self), &start, &stop, 1);
    for (Py_ssize_t i = start; i < stop && i < PyList_GET_SIZE(self); i++) {
        int equal = container_equal(PyList_GET_ITEM(self, i), args[0]);
        if (equal != 0)
            return equal < 0 ? NULL : container_ssize(i);
    }
    PyErr_Format(PyExc_ValueError, "%R is not in list", args[0]);
    return NULL;
}

static PyObject *
list_m_count(PyObject *self, PyObject *item)
{
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(self); i++) {
        int equal = container_equal(PyList_GET_ITEM(self, i), item);
        if (equal < 0)
            return NULL;
        count += equal;
    }
    return container_ssize(count);
}

static PyObject *
list_m_clear(PyObject *self, PyObject *unused)
{
    (void)unused;
    list_clear((PyListObject *)self);
    Py_RETURN_NONE;
}

static PyObject *
list_m_copy(PyObject *self, PyObject *unused)
{
    (void)unused;
    return list_from_array(((PyListObject *)self)->ob_item, PyList_GET_SIZE(self));
}

static PyObject *
list_m_reverse(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyList_Reverse(self);
    Py_RETURN_NONE;
}

/* sort(*, key=None, reverse=False) */
static PyObject *
list_m_sort(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    if (n != 0) {
        PyErr_SetString(PyExc_TypeError, "sort() takes no positional arguments");
        return NULL;
    }
    PyObject *key = NULL;
    int reverse = 0;
    for (Py_ssize_t i = 0; kwnames != NULL && i < PyTuple_GET_SIZE(kwnames); i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);
        if (_PyUnicode_EqualToASCIIString(name, "key")) {
            key = args[i] == Py_None ? NULL : args[i];
        } else if (_PyUnicode_EqualToASCIIString(name, "reverse")) {
            reverse = gcrt_is_int(args[i]) ? gcrt_int_value(args[i]) != 0 : _PyLong_AsInt(args[i]);
            if (reverse == -1 && container_exception() != NULL)
                return NULL;
        } else {
            PyErr_Format(PyExc_TypeError, "'%U' is an invalid keyword argument for sort()", name);
            return NULL;
        }
    }
    return list_sort((PyListObject *)self, key, reverse) < 0 ? NULL : Py_None;
}

static PyObject *
list_m_reversed(PyObject *self, PyObject *unused)
{
    (void)unused;
    gcrt_list_iter *it = (gcrt_list_iter *)gcrt_new(&PyListRevIter_Type, sizeof *it);
    if (it == NULL)
        return NULL;
    it->list = (PyListObject *)self;
    it->index = PyList_GET_SIZE(self) - 1;
    return (PyObject *)it;
}

static PyObject *
list_m_sizeof(PyObject *self, PyObject *unused)
{
    (void)unused;
    Py_ssize_t n = ((PyListObject *)self)->allocated;
    return container_ssize(Py_TYPE(self)->tp_basicsize + (n > 0 ? n : 0) * (Py_ssize_t)sizeof(PyObject *));
}

PyMethodDef list_methods[] = {
    {"append", list_m_append, METH_O, "append($self, object, /)\n--\n\nAdd an item at the end."},
    {"extend", list_m_extend, METH_O, "extend($self, iterable, /)\n--\n\nAdd all items of an iterable."},
    {"insert", CONTAINER_METHOD(list_m_insert), METH_FASTCALL,
     "insert($self, index, object, /)\n--\n\nInsert an item before index."},
    {"pop", CONTAINER_METHOD(list_m_pop), METH_FASTCALL,
     "pop($self, index=-1, /)\n--\n\nRemove and return the item at index; IndexError when there is none."},
    {"remove", list_m_remove, METH_O,
     "remove($self, value, /)\n--\n\nRemove the first item equal to value; ValueError when absent."},
    {"index", CONTAINER_METHOD(list_m_index), METH_FASTCALL,
     "index($self, value, start=0, stop=sys.maxsize, /)\n--\n\nFirst index of value; ValueError when absent."},
    {"count", list_m_count, METH_O, "count($self, value, /)\n--\n\nHow often value occurs."},
    {"clear", list_m_clear, METH_NOARGS, "clear($self, /)\n--\n\nRemove all items."},
    {"copy", list_m_copy, METH_NOARGS, "copy($self, /)\n--\n\nA shallow copy."},
    {"reverse", list_m_reverse, METH_NOARGS, "reverse($self, /)\n--\n\nReverse in place."},
    {"sort", CONTAINER_METHOD(list_m_sort), METH_FASTCALL | METH_KEYWORDS,
     "sort($self, /, *, key=None, reverse=False)\n--\n\nSort in place, ascending and stable."},
    {"__reversed__", list_m_reversed, METH_NOARGS, "An iterator over the items from the last to the first."},
    {"__sizeof__", list_m_sizeof, METH_NOARGS, "Bytes of the list in memory."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "See PEP 585"},
    {NULL, NULL, 0, NULL},
};

/* ------------------------------------------------------------------ iterators */

static void
iter_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((gcrt_list_iter *)self)->list);
}

static PyObject *
iter_next(PyObject *self)
{
    gcrt_list_iter *it = (gcrt_list_iter *)self;
    if (it->list == NULL)
        return NULL;
    if (it->index < PyList_GET_SIZE(it->list))
        return it->list->ob_item[it->index++];
    it->list = NULL;
    return NULL;
}

static PyObject *
iter_previous(PyObject *self)
{
    gcrt_list_iter *it = (gcrt_list_iter *)self;
    if (it->list == NULL)
        return NULL;
    if (it->index >= 0 && it->index < PyList_GET_SIZE(it->list))
        return it->list->ob_item[it->index--];
    it->index = -1;
    it->list = NULL;
    return NULL;
}

static PyObject *
iter_length_hint(PyObject *self, PyObject *unused)
{
    (void)unused;
    gcrt_list_iter *it = (gcrt_list_iter *)self;
    Py_ssize_t n = it->list == NULL ? 0 : PyList_GET_SIZE(it->list) - it->index;
    return container_ssize(n < 0 ? 0 : n);
}

static PyObject *
iter_length_hint_back(PyObject *self, PyObject *unused)
{
    (void)unused;
    gcrt_list_iter *it = (gcrt_list_iter *)self;
    Py_ssize_t n = it->index + 1;
    return container_ssize(it->list == NULL || PyList_GET_SIZE(it->list) < n ? 0 : n);
}

static PyObject *
iter_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    gcrt_list_iter *it = (gcrt_list_iter *)self;
    int back = Py_TYPE(self) == &PyListRevIter_Type;
    PyObject *function = container_builtin(back && it->list != NULL ? "reversed" : "iter");
    if (function == NULL)
        return NULL;
    if (it->list == NULL)
        return Py_BuildValue("O([])", function);
    return Py_BuildValue("O(O)n", function, it->list, it->index);
}

static PyObject *
iter_setstate(PyObject *self, PyObject *state)
{
    gcrt_list_iter *it = (gcrt_list_iter *)self;
    Py_ssize_t index = PyLong_AsSsize_t(state);
    if (index == -1 && container_exception() != NULL)
        return NULL;
    if (it->list != NULL) {
        Py_ssize_t n = PyList_GET_SIZE(it->list);
        int back = Py_TYPE(self) == &PyListRevIter_Type;
        Py_ssize_t low = back ? -1 : 0, high = back ? n - 1 : n;
        it->index = index < low ? low : index > high ? high : index;
    }
    Py_RETURN_NONE;
}

static PyMethodDef iter_methods[] = {
    {"__length_hint__", iter_length_hint, METH_NOARGS, "Number of items to come."},
    {"__reduce__", iter_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", iter_setstate, METH_O, "Set the state for unpickling."},
    {NULL, NULL, 0, NULL},
};
static PyMethodDef reverse_methods[] = {
    {"__length_hint__", iter_length_hint_back, METH_NOARGS, "Number of items to come."},
    {"__reduce__", iter_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", iter_setstate, METH_O, "Set the state for unpickling."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyListIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "list_iterator",
    .tp_basicsize = sizeof(gcrt_list_iter),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iter_next,
    .tp_methods = iter_methods,
    .gcrt_trace = iter_trace,
};

PyTypeObject PyListRevIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "list_reverseiterator",
    .tp_basicsize = sizeof(gcrt_list_iter),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iter_previous,
    .tp_methods = reverse_methods,
    .gcrt_trace = iter_trace,
};
