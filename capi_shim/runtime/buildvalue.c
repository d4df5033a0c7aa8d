/* buildvalue.c: Py_BuildValue: values from a format and C arguments.  All '#' lengths are Py_ssize_t. */
#include "runtime.h"

static PyObject *build_one(const char **f, va_list *va);

/* Number of units up to `close` at this level; -1 with an exception. */
static Py_ssize_t
count_units(const char *f, char close)
{
    Py_ssize_t n = 0;
    int level = 0;
    for (; level > 0 || *f != close; f++) {
        switch (*f) {
        case '\0': PyErr_SetString(PyExc_SystemError, "unmatched paren in format"); return -1;
        case '(':
        case '[':
        case '{': n += level == 0; level++; break;
        case ')':
        case ']':
        case '}': level--; break;
        case '#':
        case '&':
        case ',':
        case ':':
        case ' ':
        case '\t': break;
        default: n += level == 0; break;
        }
    }
    return n;
}

static void
skip_close(const char **f, char close)
{
    while (**f == ',' || **f == ':' || **f == ' ' || **f == '\t')
        (*f)++;
    if (close != '\0' && **f == close)
        (*f)++;
}

static PyObject *
build_tuple(const char **f, va_list *va, char close, Py_ssize_t n)
{
    PyObject *tuple = n < 0 ? NULL : PyTuple_New(n);
    if (tuple == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *item = build_one(f, va);
        if (item == NULL)
            return NULL;
        PyTuple_SET_ITEM(tuple, i, item);
    }
    skip_close(f, close);
    return tuple;
}

static PyObject *
build_list(const char **f, va_list *va)
{
    Py_ssize_t n = count_units(*f, ']');
    PyObject *list = n < 0 ? NULL : PyList_New(n);
    if (list == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *item = build_one(f, va);
        if (item == NULL)
            return NULL;
        PyList_SET_ITEM(list, i, item);
    }
    skip_close(f, ']');
    return list;
}

static PyObject *
build_dict(const char **f, va_list *va)
{
    Py_ssize_t n = count_units(*f, '}');
    PyObject *dict;
    if (n < 0)
        return NULL;
    if (n % 2) {
        PyErr_SetString(PyExc_SystemError, "Bad dict format");
        return NULL;
    }
    if ((dict = PyDict_New()) == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i += 2) {
        PyObject *key = build_one(f, va), *value = key == NULL ? NULL : build_one(f, va);
        if (value == NULL || PyDict_SetItem(dict, key, value) < 0)
            return NULL;
    }
    skip_close(f, '}');
    return dict;
}

/* The length behind '#', or -1 for zero-terminated text. */
static Py_ssize_t
text_length(const char **f, va_list *va)
{
    if (**f != '#')
        return -1;
    (*f)++;
    return va_arg(*va, Py_ssize_t);
}

static PyObject *
build_text(const char **f, va_list *va, char unit)
{
    const void *text = va_arg(*va, const void *);
    Py_ssize_t n = text_length(f, va);
    if (text == NULL)
        return Py_None;
    if (unit == 'u')
        return PyUnicode_FromWideChar(text, n);
    if (n < 0)
        n = (Py_ssize_t)strlen(text);
    return unit == 'y' ? PyBytes_FromStringAndSize(text, n) : PyUnicode_FromStringAndSize(text, n);
}

static PyObject *
build_object(const char **f, va_list *va)
{
    PyObject *op;
    if (**f == '&') {
        typedef PyObject *(*converter)(void *);
        converter convert = va_arg(*va, converter);
        void *arg = va_arg(*va, void *);
        (*f)++;
        return convert(arg);
    }
    op = va_arg(*va, PyObject *);
    if (op == NULL && !PyErr_Occurred())
        PyErr_SetString(PyExc_SystemError, "NULL object passed to Py_BuildValue");
    return op;
}

static PyObject *
build_scalar(const char **f, va_list *va, char unit)
{
    switch (unit) {
    case 'b':
    case 'B':
    case 'h':
    case 'i': return PyLong_FromLong(va_arg(*va, int));
    case 'H': return PyLong_FromLong((long)va_arg(*va, unsigned));
    case 'I': return PyLong_FromUnsignedLong(va_arg(*va, unsigned));
    case 'n': return PyLong_FromSsize_t(va_arg(*va, Py_ssize_t));
    case 'l': return PyLong_FromLong(va_arg(*va, long));
    case 'k': return PyLong_FromUnsignedLong(va_arg(*va, unsigned long));
    case 'L': return PyLong_FromLongLong(va_arg(*va, long long));
    case 'K': return PyLong_FromUnsignedLongLong(va_arg(*va, unsigned long long));
    case 'f':
    case 'd': return PyFloat_FromDouble(va_arg(*va, double));
    case 'D': return PyComplex_FromCComplex(*va_arg(*va, Py_complex *));
    case 'c': {
        char c = (char)va_arg(*va, int);
        return PyBytes_FromStringAndSize(&c, 1);
    }
    case 'C': return PyUnicode_FromOrdinal(va_arg(*va, int));
    case 's':
    case 'z':
    case 'U':
    case 'y':
    case 'u': return build_text(f, va, unit);
    case 'N':
    case 'S':
    case 'O': return build_object(f, va);
    default: PyErr_SetString(PyExc_SystemError, "bad format char passed to Py_BuildValue"); return NULL;
    }
}

static PyObject *
build_one(const char **f, va_list *va)
{
    char unit;
    skip_close(f, '\0');
    unit = *(*f)++;
    switch (unit) {
    case '(': return build_tuple(f, va, ')', count_units(*f, ')'));
    case '[': return build_list(f, va);
    case '{': return build_dict(f, va);
    case '\0': (*f)--; PyErr_SetString(PyExc_SystemError, "bad format char passed to Py_BuildValue"); return NULL;
    default: return build_scalar(f, va, unit);
    }
}

PyObject *
Py_VaBuildValue(const char *format, va_list args)
{
    Py_ssize_t n = count_units(format, '\0');
    PyObject *result = NULL;
    va_list va;
    va_copy(va, args);
    if (n == 0)
        result = Py_None;
    else if (n == 1)
        result = build_one(&format, &va);
    else if (n > 1)
        result = build_tuple(&format, &va, '\0', n);
    va_end(va);
    return result;
}

PyObject *
Py_BuildValue(const char *format, ...)
{
    PyObject *result;
    va_list va;
    va_start(va, format);
    result = Py_VaBuildValue(format, va);
    va_end(va);
    return result;
}

/* ------------------------------------------------------------------ filling modules */
