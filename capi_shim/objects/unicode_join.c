/* unicode_join.c: strings put together: concatenation, join, repetition. */
#include "runtime.h"

#include "unicode.h"

PyObject *
PyUnicode_Concat(PyObject *left, PyObject *right)
{
    Py_ssize_t n, m;
    PyObject *s;
    if (!PyUnicode_Check(left)) {
        PyErr_Format(PyExc_TypeError, "must be str, not %.100s", Py_TYPE(left)->tp_name);
        return NULL;
    }
    if (!PyUnicode_Check(right)) {
        PyErr_Format(PyExc_TypeError, "can only concatenate str (not \"%.200s\") to str", Py_TYPE(right)->tp_name);
        return NULL;
    }
    n = PyUnicode_GET_LENGTH(left);
    m = PyUnicode_GET_LENGTH(right);
    if (n == 0)
        return PyUnicode_FromObject(right);
    if (m == 0)
        return PyUnicode_FromObject(left);
    if (n > PY_SSIZE_T_MAX - m) {
        PyErr_SetString(PyExc_OverflowError, "strings are too large to concat");
        return NULL;
    }
    if (PyUnicode_IS_ASCII(left) && PyUnicode_IS_ASCII(right)) {
        char *data;
        if ((s = unicode_new_ascii(n + m)) == NULL)
            return NULL;
        data = (char *)((PyASCIIObject *)s + 1);
        memcpy(data, PyUnicode_DATA(left), (size_t)n);
        memcpy(data + n, PyUnicode_DATA(right), (size_t)m);
        return s;
    }
    s = PyUnicode_New(n + m, Py_MAX(PyUnicode_MAX_CHAR_VALUE(left), PyUnicode_MAX_CHAR_VALUE(right)));
    if (s == NULL)
        return NULL;
    _PyUnicode_FastCopyCharacters(s, 0, left, 0, n);
    _PyUnicode_FastCopyCharacters(s, n, right, 0, m);
    return s;
}

void
PyUnicode_Append(PyObject **left, PyObject *right)
{
    if (left == NULL) {
        if (!PyErr_Occurred())
            PyErr_BadInternalCall();
        return;
    }
    if (*left == NULL || right == NULL || !PyUnicode_Check(*left) || !PyUnicode_Check(right)) {
        if (!PyErr_Occurred())
            PyErr_BadInternalCall();
        *left = NULL;
        return;
    }
    *left = PyUnicode_Concat(*left, right);
}

void
PyUnicode_AppendAndDel(PyObject **left, PyObject *right)
{
    PyUnicode_Append(left, right);
}

/* Length and widest character of the joined string; -1 with an exception. */
static Py_ssize_t
measure(PyObject *sep, PyObject **items, Py_ssize_t n, Py_UCS4 *max)
{
    Py_ssize_t total = 0, sep_length = sep == NULL ? 0 : PyUnicode_GET_LENGTH(sep);
    *max = sep == NULL || n < 2 ? 0x7f : PyUnicode_MAX_CHAR_VALUE(sep);
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_ssize_t add;
        Py_UCS4 own;
        if (GCRT_UNLIKELY(!PyUnicode_Check(items[i]))) {
            PyErr_Format(PyExc_TypeError, "sequence item %zd: expected str instance, %.80s found", i,
                         Py_TYPE(items[i])->tp_name);
            return -1;
        }
        add = PyUnicode_GET_LENGTH(items[i]) + (i == 0 ? 0 : sep_length);
        if (total > PY_SSIZE_T_MAX - add) {
            PyErr_SetString(PyExc_OverflowError, "join() result is too long for a Python string");
            return -1;
        }
        total += add;
        own = PyUnicode_MAX_CHAR_VALUE(items[i]);
        if (own > *max)
            *max = own;
    }
    return total;
}

PyObject *
unicode_join_array(PyObject *sep, PyObject **items, Py_ssize_t n)
{
    Py_UCS4 max;
    Py_ssize_t total, sep_bytes;
    int kind;
    char *at;
    PyObject *s;
    if (n == 0)
        return unicode_empty();
    if (n == 1 && PyUnicode_CheckExact(items[0]))
        return items[0];
    total = measure(sep, items, n, &max);
    if (total < 0)
        return NULL;
    s = PyUnicode_New(total, max);
    if (s == NULL || total == 0)
        return s;
    kind = PyUnicode_KIND(s);
    at = PyUnicode_DATA(s);
    sep_bytes = sep == NULL ? 0 : PyUnicode_GET_LENGTH(sep) * kind;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *item = items[i];
        Py_ssize_t length = PyUnicode_GET_LENGTH(item);
        if (i > 0 && sep_bytes > 0) {
            unicode_copy(kind, at, PyUnicode_KIND(sep), PyUnicode_DATA(sep), PyUnicode_GET_LENGTH(sep));
            at += sep_bytes;
        }
        unicode_copy(kind, at, PyUnicode_KIND(item), PyUnicode_DATA(item), length);
        at += length * kind;
    }
    return s;
}

PyObject *
PyUnicode_Join(PyObject *sep, PyObject *seq)
{
    PyObject *fast;
    if (sep == NULL)
        sep = unicode_char(' ');
    else if (!PyUnicode_Check(sep)) {
        PyErr_Format(PyExc_TypeError, "separator: expected str instance, %.80s found", Py_TYPE(sep)->tp_name);
        return NULL;
    }
    fast = PySequence_Fast(seq, "can only join an iterable");
    if (fast == NULL)
        return NULL;
    return unicode_join_array(sep, PySequence_Fast_ITEMS(fast), PySequence_Fast_GET_SIZE(fast));
}

PyObject *
unicode_repeat(PyObject *self, Py_ssize_t times)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(self), size, done;
    int kind = PyUnicode_KIND(self);
    PyObject *s;
    char *data;
    if (times < 1 || n == 0)
        return unicode_empty();
    if (times == 1)
        return unicode_exact(self);
    if (n > PY_SSIZE_T_MAX / times) {
        PyErr_SetString(PyExc_OverflowError, "repeated string is too long");
        return NULL;
    }
    s = PyUnicode_New(n * times, PyUnicode_MAX_CHAR_VALUE(self));
    if (s == NULL)
        return NULL;
    data = PyUnicode_DATA(s);
    size = n * times * kind;
    if (n * kind == 1) {
        memset(data, *(unsigned char *)PyUnicode_DATA(self), (size_t)size);
        return s;
    }
    memcpy(data, PyUnicode_DATA(self), (size_t)(n * kind));
    for (done = n * kind; done < size;) {
        Py_ssize_t chunk = Py_MIN(done, size - done);
        memcpy(data + done, data, (size_t)chunk);
        done += chunk;
    }
    return s;
}
