/* getargs_keywords.c: PyArg_ParseTupleAndKeywords. */
#include "runtime.h"

#include "dict.h"
#include "getargs.h"

typedef struct call {
    PyObject *args, *kwargs;         /* kwargs: dict or NULL */
    Py_ssize_t nargs, nkwargs;
    const char *format;
    char **names;
    int len, positional_only;
    const char *function, *message;  /* set by title: only errors need them, and every call passes here */
    char room[256];
} call;

static const char *
title(call *c)
{
    c->function = getargs_names(c->format, c->room, sizeof c->room, &c->message);
    return c->function == NULL ? "function" : c->function;
}

static const char *
parens(call *c)
{
    title(c);
    return c->function == NULL ? "" : "()";
}

static int
count_names(call *c)
{
    for (c->len = 0; c->names[c->len] != NULL && c->names[c->len][0] == '\0'; c->len++)
        ;
    c->positional_only = c->len;
    for (; c->names[c->len] != NULL; c->len++) {
        if (c->names[c->len][0] == '\0') {
            PyErr_SetString(PyExc_SystemError, "Empty keyword parameter name");
            return -1;
        }
    }
    if (c->nargs + c->nkwargs > c->len) {
        PyErr_Format(PyExc_TypeError, "%.200s%s takes %s %d %sargument%s (%zd given)", title(c), parens(c), "at most",
                     c->len, c->nargs == 0 ? "keyword " : "", c->len == 1 ? "" : "s", c->nargs + c->nkwargs);
        return -1;
    }
    return 0;
}

/* The value of a keyword.  The keywords of a call are few: comparing them with the C name costs less than making
 * a str of it. */
static PyObject *
find_keyword(PyObject *kwargs, const char *name)
{
    PyDictObject *d = (PyDictObject *)kwargs;
    size_t n = strlen(name);
    bool ascii = true;
    if (d->nentries > DICT_LINEAR)
        return PyDict_GetItemString(kwargs, name);
    for (uint32_t i = 0; i < d->nentries; i++) {
        PyObject *key = d->entries[i].me_key;
        if (key != NULL && PyUnicode_Check(key) && PyUnicode_IS_ASCII(key) &&
            (size_t)PyUnicode_GET_LENGTH(key) == n && memcmp(PyUnicode_DATA(key), name, n) == 0)
            return d->entries[i].me_value;
    }
    for (size_t i = 0; i < n; i++)
        ascii &= (unsigned char)name[i] < 128;
    return ascii ? NULL : PyDict_GetItemString(kwargs, name);
}

/* The argument for parameter i: NULL without exception when it is not given. */
static PyObject *
find_argument(const call *c, int i, Py_ssize_t *keywords_left)
{
    PyObject *value;
    if (i < c->nargs)
        return PyTuple_GET_ITEM(c->args, i);
    if (*keywords_left == 0 || i < c->positional_only)
        return NULL;
    value = find_keyword(c->kwargs, c->names[i]);
    if (value != NULL)
        (*keywords_left)--;
    return value;
}

/* All parameters are stepped over: some keyword is unknown or given twice. */
static void
bad_keyword(call *c)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    for (int i = c->positional_only; i < Py_MIN(c->nargs, c->len); i++) {
        if (PyDict_GetItemString(c->kwargs, c->names[i]) != NULL) {
            PyErr_Format(PyExc_TypeError, "argument for %.200s%s given by name ('%s') and position (%d)", title(c),
                         parens(c), c->names[i], i + 1);
            return;
        }
    }
    while (PyDict_Next(c->kwargs, &pos, &key, &value)) {
        bool known = false;
        if (!PyUnicode_Check(key)) {
            PyErr_SetString(PyExc_TypeError, "keywords must be strings");
            return;
        }
        for (int i = c->positional_only; i < c->len && !known; i++)
            known = _PyUnicode_EqualToASCIIString(key, c->names[i]);
        if (!known) {
            PyErr_Format(PyExc_TypeError, "'%U' is an invalid keyword argument for %.200s%s", key,
                         c->function == NULL ? "this function" : c->function, parens(c));
            return;
        }
    }
}

/* Steps over '|' and '$' in front of parameter i.  -1 with an exception. */
static int
separators(getargs_state *st, call *c, int i, int *min, int *max)
{
    if (*st->format == '|') {
        if (*min != INT_MAX || *max != INT_MAX) {
            PyErr_SetString(PyExc_SystemError, "Invalid format string (| specified twice)");
            return -1;
        }
        *min = i;
        st->format++;
    }
    if (*st->format == '$') {
        if (*max != INT_MAX) {
            PyErr_SetString(PyExc_SystemError, "Invalid format string ($ specified twice)");
            return -1;
        }
        *max = i;
        st->format++;
        if (*max < c->positional_only) {
            PyErr_SetString(PyExc_SystemError, "Empty parameter name after $");
            return -1;
        }
        if (*max < c->nargs) {
            if (*max == 0)
                PyErr_Format(PyExc_TypeError, "%.200s%s takes no positional arguments", title(c), parens(c));
            else
                PyErr_Format(PyExc_TypeError, "%.200s%s takes %s %d positional argument%s (%zd given)", title(c),
                             parens(c), *min != INT_MAX ? "at most" : "exactly", *max, *max == 1 ? "" : "s",
                             c->nargs);
            return -1;
        }
    }
    return 0;
}

static int
parse(call *c, getargs_state *st)
{
    int min = INT_MAX, max = INT_MAX, i, missing_only = -1;
    Py_ssize_t keywords_left = c->nkwargs;
    const char *bad;
    for (i = 0; i < c->len; i++) {
        PyObject *arg;
        if (separators(st, c, i, &min, &max) < 0)
            return -1;
        if (*st->format == '\0' || *st->format == ':' || *st->format == ';') {
            PyErr_Format(PyExc_SystemError, "More keyword list entries (%d) than format specifiers (%d)", c->len, i);
            return -1;
        }
        arg = find_argument(c, i, &keywords_left);
        if (arg != NULL) {
            bad = getargs_convert_next(st, arg);
            if (bad != NULL) {
                title(c);
                getargs_error(st, i + 1, bad, c->function, c->message);
                return -1;
            }
            continue;
        }
        if (keywords_left == 0 && min <= i && missing_only < 0)
            return 0; /* nothing is left to convert, and the rest may be missing */
        if (PyErr_Occurred())
            return -1;
        if (i < min) {
            if (i < c->positional_only) {
                if (missing_only < 0)
                    missing_only = i;
            } else if (missing_only < 0) {
                PyErr_Format(PyExc_TypeError, "%.200s%s missing required argument '%s' (pos %i)", title(c), parens(c),
                             c->names[i], i + 1);
                return -1;
            }
        }
        bad = getargs_skip(st);
        if (bad != NULL) {
            PyErr_Format(PyExc_SystemError, "%s: '%s'", bad, st->format);
            return -1;
        }
    }
    if (missing_only >= 0) {
        int needed = Py_MIN(c->positional_only, min);
        PyErr_Format(PyExc_TypeError, "%.200s%s takes %s %d positional argument%s (%zd given)", title(c), parens(c),
                     needed < c->len ? "at least" : "exactly", needed, needed == 1 ? "" : "s", c->nargs);
        return -1;
    }
    if (keywords_left > 0) {
        bad_keyword(c);
        return -1;
    }
    return 0;
}

int
PyArg_VaParseTupleAndKeywords(PyObject *args, PyObject *kwargs, const char *format, char **names, va_list va)
{
    call c;
    getargs_state st;
    va_list copy;
    int ok = 0;
    if (args == NULL || !PyTuple_Check(args) || (kwargs != NULL && !PyDict_Check(kwargs)) || format == NULL ||
        names == NULL) {
        PyErr_BadInternalCall();
        return 0;
    }
    c.args = args;
    c.kwargs = kwargs;
    c.format = format;
    c.names = names;
    c.nargs = PyTuple_GET_SIZE(args);
    c.nkwargs = kwargs == NULL ? 0 : PyDict_GET_SIZE(kwargs);
    if (count_names(&c) < 0)
        return 0;
    va_copy(copy, va);
    getargs_begin(&st, format, &copy);
    ok = parse(&c, &st) == 0;
    if (!ok)
        getargs_undo_all(&st);
    va_end(copy);
    return ok;
}

int
PyArg_ParseTupleAndKeywords(PyObject *args, PyObject *kwargs, const char *format, char **names, ...)
{
    va_list va;
    int ok;
    va_start(va, names);
    ok = PyArg_VaParseTupleAndKeywords(args, kwargs, format, names, va);
    va_end(va);
    return ok;
}

int
PyArg_ValidateKeywordArguments(PyObject *kwargs)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    if (kwargs == NULL || !PyDict_Check(kwargs)) {
        PyErr_BadInternalCall();
        return 0;
    }
    while (PyDict_Next(kwargs, &pos, &key, &value)) {
        if (!PyUnicode_Check(key)) {
            PyErr_SetString(PyExc_TypeError, "keywords must be strings");
            return 0;
        }
    }
    return 1;
}
