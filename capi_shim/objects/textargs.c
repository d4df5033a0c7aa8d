/* textargs.c: reading the arguments of the methods of str, bytes and bytearray. */
#include "runtime.h"

#include "textargs.h"

int
textargs_ssize(PyObject *op, Py_ssize_t *out)
{
    PyObject *index;
    if (gcrt_is_int(op)) {
        *out = gcrt_int_value(op);
        return 0;
    }
    index = PyNumber_Index(op);
    if (index == NULL)
        return -1;
    *out = PyLong_AsSsize_t(index);
    return *out == -1 && PyErr_Occurred() ? -1 : 0;
}

int
textargs_bound(PyObject *op, Py_ssize_t *out)
{
    if (op == NULL || op == Py_None)
        return 0;
    if (gcrt_is_int(op)) {
        *out = gcrt_int_value(op);
        return 0;
    }
    if (!PyIndex_Check(op)) {
        PyErr_SetString(PyExc_TypeError, "slice indices must be integers or None or have an __index__ method");
        return -1;
    }
    *out = PyNumber_AsSsize_t(op, NULL);
    return *out == -1 && PyErr_Occurred() ? -1 : 0;
}

int
textargs_find(const char *name, PyObject *const *args, Py_ssize_t n, PyObject **sub, Py_ssize_t *start,
              Py_ssize_t *end)
{
    if (n < 1 || n > 3) {
        PyErr_Format(PyExc_TypeError, "%s() takes at %s %d argument%s (%zd given)", name, n < 1 ? "least" : "most",
                     n < 1 ? 1 : 3, n < 1 ? "" : "s", n);
        return -1;
    }
    *sub = args[0];
    *start = 0;
    *end = PY_SSIZE_T_MAX;
    if (n > 1 && textargs_bound(args[1], start) < 0)
        return -1;
    return n > 2 ? textargs_bound(args[2], end) : 0;
}

static int
place_keyword(const char *name, PyObject *key, PyObject *value, Py_ssize_t n, const char *const *names, int count,
              PyObject **out)
{
    for (int i = 0; i < count; i++) {
        if (!_PyUnicode_EqualToASCIIString(key, names[i]))
            continue;
        if (i < n) {
            PyErr_Format(PyExc_TypeError, "argument for %.200s() given by name ('%s') and position (%d)", name,
                         names[i], i + 1);
            return -1;
        }
        out[i] = value;
        return 0;
    }
    PyErr_Format(PyExc_TypeError, "'%U' is an invalid keyword argument for %.200s()", key, name);
    return -1;
}

int
textargs_keywords(const char *name, PyObject *const *args, Py_ssize_t n, PyObject *kwnames,
                  const char *const *names, int required, int count, PyObject **out)
{
    Py_ssize_t given = n + (kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames));
    if (given > count) {
        PyErr_Format(PyExc_TypeError, "%.200s() takes at most %d %sargument%s (%zd given)", name, count,
                     n == 0 ? "keyword " : "", count == 1 ? "" : "s", given);
        return -1;
    }
    for (int i = 0; i < count; i++)
        out[i] = i < n ? args[i] : NULL;
    for (Py_ssize_t k = 0; kwnames != NULL && k < PyTuple_GET_SIZE(kwnames); k++)
        if (place_keyword(name, PyTuple_GET_ITEM(kwnames, k), args[n + k], n, names, count, out) < 0)
            return -1;
    for (int i = 0; i < required; i++) {
        if (out[i] == NULL) {
            PyErr_Format(PyExc_TypeError, "%.200s() missing required argument '%s' (pos %d)", name, names[i], i + 1);
            return -1;
        }
    }
    return 0;
}

const char *
textargs_utf8(const char *function, const char *parameter, PyObject *op)
{
    char quoted[80];
    const char *text;
    Py_ssize_t n;
    if (!PyUnicode_Check(op)) {
        snprintf(quoted, sizeof quoted, "argument '%s'", parameter);
        _PyArg_BadArgument(function, quoted, "str", op);
        return NULL;
    }
    text = PyUnicode_AsUTF8AndSize(op, &n);
    if (text != NULL && strlen(text) != (size_t)n) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return NULL;
    }
    return text;
}
