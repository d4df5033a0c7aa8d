/* eval_match.c: slow paths of the loop: match statements. */
#include "interp.h"

/* The values of the keys in a mapping as a tuple; None when one is missing. */
PyObject *
eval_match_keys(PyObject *subject, PyObject *keys)
{
    Py_ssize_t n = PyTuple_GET_SIZE(keys);
    PyObject *seen = PySet_New(NULL), *dummy = PyList_New(0), *get = NULL;
    PyObject *values = PyTuple_New(n);
    if (n == 0)
        return values;
    if (seen == NULL || dummy == NULL || values == NULL ||
        (get = PyObject_GetAttrString(subject, "get")) == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *key = PyTuple_GET_ITEM(keys, i);
        int repeated = PySet_Contains(seen, key);
        if (repeated > 0)
            PyErr_Format(PyExc_ValueError, "mapping pattern checks duplicate key (%R)", key);
        if (repeated != 0 || PySet_Add(seen, key) < 0)
            return NULL;
        PyObject *args[] = {key, dummy};
        PyObject *value = PyObject_Vectorcall(get, args, 2, NULL);
        if (value == NULL)
            return NULL;
        if (value == dummy)
            Py_RETURN_NONE;
        PyTuple_SET_ITEM(values, i, value);
    }
    return values;
}

/* 1 with *value; 0: no such attribute; -1. */
static int
match_attribute(PyObject *subject, PyObject *type, PyObject *name, PyObject *seen, PyObject **value)
{
    int repeated = PySet_Contains(seen, name);
    if (repeated > 0)
        PyErr_Format(PyExc_TypeError, "%s() got multiple sub-patterns for attribute %R",
                     ((PyTypeObject *)type)->tp_name, name);
    if (repeated != 0 || PySet_Add(seen, name) < 0)
        return -1;
    return _PyObject_LookupAttr(subject, name, value);
}

/* The names for nargs positional patterns; an empty tuple: the subject itself is the only one. */
static PyObject *
positional_names(PyObject *type, uint32_t nargs)
{
    const char *type_name = ((PyTypeObject *)type)->tp_name;
    PyObject *names;
    int self_match = 0;
    if (_PyObject_LookupAttr(type, GCRT_NAME(__match_args__), &names) < 0)
        return NULL;
    if (names == NULL) {
        self_match = PyType_HasFeature((PyTypeObject *)type, _Py_TPFLAGS_MATCH_SELF);
        names = PyTuple_New(0);
    }
    else if (!PyTuple_CheckExact(names)) {
        PyErr_Format(PyExc_TypeError, "%s.__match_args__ must be a tuple (got %s)", type_name,
                     Py_TYPE(names)->tp_name);
        return NULL;
    }
    Py_ssize_t allowed = self_match ? 1 : PyTuple_GET_SIZE(names);
    if (allowed < (Py_ssize_t)nargs) {
        PyErr_Format(PyExc_TypeError, "%s() accepts %zd positional sub-pattern%s (%u given)", type_name,
                     allowed, allowed == 1 ? "" : "s", nargs);
        return NULL;
    }
    return names;
}

PyObject *
eval_match_class(PyObject *subject, PyObject *type, uint32_t nargs, PyObject *kwargs)
{
    if (!PyType_Check(type)) {
        PyErr_Format(PyExc_TypeError, "called match pattern must be a class");
        return NULL;
    }
    int is_instance = PyObject_IsInstance(subject, type);
    if (is_instance <= 0)
        return is_instance < 0 ? NULL : Py_None;
    PyObject *seen = PySet_New(NULL), *attributes = PyList_New(0), *value;
    if (seen == NULL || attributes == NULL)
        return NULL;
    if (nargs > 0) {
        PyObject *names = positional_names(type, nargs);
        if (names == NULL)
            return NULL;
        if (PyTuple_GET_SIZE(names) == 0 && PyList_Append(attributes, subject) < 0)
            return NULL;
        for (uint32_t i = 0; i < nargs && PyTuple_GET_SIZE(names) > 0; i++) {
            PyObject *name = PyTuple_GET_ITEM(names, i);
            if (!PyUnicode_CheckExact(name)) {
                PyErr_Format(PyExc_TypeError, "__match_args__ elements must be strings (got %s)",
                             Py_TYPE(name)->tp_name);
                return NULL;
            }
            int found = match_attribute(subject, type, name, seen, &value);
            if (found <= 0)
                return found < 0 ? NULL : Py_None;
            if (PyList_Append(attributes, value) < 0)
                return NULL;
        }
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(kwargs); i++) {
        int found = match_attribute(subject, type, PyTuple_GET_ITEM(kwargs, i), seen, &value);
        if (found <= 0)
            return found < 0 ? NULL : Py_None;
        if (PyList_Append(attributes, value) < 0)
            return NULL;
    }
    return PyList_AsTuple(attributes);
}
