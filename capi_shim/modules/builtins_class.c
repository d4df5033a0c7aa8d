/* builtins_class.c: __build_class__, what a class statement calls. */
#include "builtins.h"

/* Bases with those that have __mro_entries__ replaced by what it returns; the same tuple when none has. */
static PyObject *
resolve_bases(PyObject *bases)
{
    PyObject *list = NULL, *method;
    Py_ssize_t n = PyTuple_GET_SIZE(bases);
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        method = NULL;
        if (!PyType_Check(base) && _PyObject_LookupAttr(base, GCRT_NAME(__mro_entries__), &method) < 0)
            return NULL;
        if (method == NULL) {
            if (list != NULL && PyList_Append(list, base) < 0)
                return NULL;
            continue;
        }
        PyObject *entries = PyObject_CallOneArg(method, bases);
        if (entries == NULL)
            return NULL;
        if (!PyTuple_Check(entries)) {
            PyErr_SetString(PyExc_TypeError, "__mro_entries__ must return a tuple");
            return NULL;
        }
        if (list == NULL) {
            PyObject *before = PyTuple_GetSlice(bases, 0, i);
            if (before == NULL || (list = PySequence_List(before)) == NULL)
                return NULL;
        }
        Py_ssize_t end = PyList_GET_SIZE(list);
        if (PyList_SetSlice(list, end, end, entries) < 0)
            return NULL;
    }
    return list == NULL ? bases : PyList_AsTuple(list);
}

/* The most derived of the metaclass asked for and those of the bases. */
static PyTypeObject *
most_derived_meta(PyTypeObject *meta, PyObject *bases)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyTypeObject *other = Py_TYPE(PyTuple_GET_ITEM(bases, i));
        if (PyType_IsSubtype(meta, other))
            continue;
        if (!PyType_IsSubtype(other, meta)) {
            PyErr_SetString(PyExc_TypeError,
                            "metaclass conflict: the metaclass of a derived class must be a (non-strict) "
                            "subclass of the metaclasses of all its bases");
            return NULL;
        }
        meta = other;
    }
    return meta;
}

/* Split args[2:] into bases and keywords; takes `metaclass` out. */
static int
take_arguments(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, PyObject **bases,
               PyObject **metaclass, PyObject **kwds)
{
    *metaclass = *kwds = NULL;
    *bases = PyTuple_New(nargs - 2);
    if (*bases == NULL)
        return -1;
    for (Py_ssize_t i = 2; i < nargs; i++)
        PyTuple_SET_ITEM(*bases, i - 2, args[i]);
    if (kwnames == NULL)
        return 0;
    *kwds = PyDict_New();
    if (*kwds == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(kwnames); i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);
        if (PyUnicode_CompareWithASCIIString(name, "metaclass") == 0)
            *metaclass = args[nargs + i];
        else if (PyDict_SetItem(*kwds, name, args[nargs + i]) < 0)
            return -1;
    }
    return 0;
}

static PyObject *
prepare_namespace(PyObject *meta, PyObject *name, PyObject *bases, PyObject *kwds)
{
    PyObject *prepare;
    if (meta == (PyObject *)&PyType_Type)
        return PyDict_New();
    if (_PyObject_LookupAttr(meta, GCRT_NAME(__prepare__), &prepare) < 0)
        return NULL;
    if (prepare == NULL)
        return PyDict_New();
    PyObject *args[2] = {name, bases};
    PyObject *ns = PyObject_VectorcallDict(prepare, args, 2, kwds);
    if (ns != NULL && !PyMapping_Check(ns)) {
        PyErr_Format(PyExc_TypeError, "%.200s.__prepare__() must return a mapping, not %.200s",
                     PyType_Check(meta) ? ((PyTypeObject *)meta)->tp_name : "<metaclass>",
                     Py_TYPE(ns)->tp_name);
        return NULL;
    }
    return ns;
}

/* The class body's __class__ cell must have been filled with the class by type.__new__. */
static int
check_cell(PyObject *cell, PyObject *cls, PyObject *name)
{
    if (!PyType_Check(cls) || !PyCell_Check(cell))
        return 0;
    PyObject *set = PyCell_GET(cell);
    if (set == cls)
        return 0;
    if (set == NULL)
        PyErr_Format(PyExc_RuntimeError,
                     "__class__ not set defining %.200R as %.200R. Was __classcell__ propagated to "
                     "type.__new__?",
                     name, cls);
    else
        PyErr_Format(PyExc_TypeError, "__class__ set to %.200R defining %.200R as %.200R", set, name, cls);
    return -1;
}

PyObject *
builtin_build_class(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *bases, *meta, *kwds;
    if (nargs < 2) {
        PyErr_SetString(PyExc_TypeError, "__build_class__: not enough arguments");
        return NULL;
    }
    PyObject *func = args[0], *name = args[1];
    if (!PyFunction_Check(func)) {
        PyErr_SetString(PyExc_TypeError, "__build_class__: func must be a function");
        return NULL;
    }
    if (!PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_TypeError, "__build_class__: name is not a string");
        return NULL;
    }
    if (take_arguments(args, nargs, kwnames, &bases, &meta, &kwds) < 0)
        return NULL;
    PyObject *orig_bases = bases;
    bases = resolve_bases(bases);
    if (bases == NULL)
        return NULL;
    if (meta == NULL)
        meta = PyTuple_GET_SIZE(bases) == 0 ? (PyObject *)&PyType_Type
                                            : (PyObject *)Py_TYPE(PyTuple_GET_ITEM(bases, 0));
    if (PyType_Check(meta)) {
        meta = (PyObject *)most_derived_meta((PyTypeObject *)meta, bases);
        if (meta == NULL)
            return NULL;
    }
    PyObject *ns = prepare_namespace(meta, name, bases, kwds);
    if (ns == NULL)
        return NULL;
    PyObject *cell = PyEval_EvalCodeEx(PyFunction_GET_CODE(func), PyFunction_GET_GLOBALS(func), ns, NULL, 0,
                                       NULL, 0, NULL, 0, NULL, PyFunction_GET_CLOSURE(func));
    if (cell == NULL)
        return NULL;
    if (bases != orig_bases && PyMapping_SetItemString(ns, "__orig_bases__", orig_bases) < 0)
        return NULL;
    PyObject *margs[3] = {name, bases, ns};
    PyObject *cls = PyObject_VectorcallDict(meta, margs, 3, kwds);
    if (cls == NULL || check_cell(cell, cls, name) < 0)
        return NULL;
    return cls;
}
