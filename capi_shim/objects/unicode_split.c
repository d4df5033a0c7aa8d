/* unicode_split.c: split, splitlines, partition and strip. */
#include "runtime.h"

#include "ucd.h"
#include "unicode.h"

static int
append(PyObject *list, PyObject *s, Py_ssize_t start, Py_ssize_t end)
{
    PyObject *piece = unicode_slice(s, start, end);
    return piece == NULL ? -1 : PyList_Append(list, piece);
}

static inline bool
space_at(const unicode_text *t, Py_ssize_t i)
{
    return _PyUnicode_IsWhitespace(unicode_at(t, i));
}

static PyObject *
split_space(PyObject *s, Py_ssize_t max)
{
    unicode_text t = unicode_text_of(s);
    PyObject *list = PyList_New(0);
    Py_ssize_t i = 0, start;
    if (list == NULL)
        return NULL;
    for (;;) {
        while (i < t.length && space_at(&t, i))
            i++;
        if (i == t.length)
            return list;
        start = i;
        if (max-- == 0)
            return append(list, s, start, t.length) < 0 ? NULL : list;
        while (i < t.length && !space_at(&t, i))
            i++;
        if (append(list, s, start, i) < 0)
            return NULL;
    }
}

static PyObject *
rsplit_space(PyObject *s, Py_ssize_t max)
{
    unicode_text t = unicode_text_of(s);
    PyObject *list = PyList_New(0);
    Py_ssize_t i = t.length, end;
    if (list == NULL)
        return NULL;
    for (;;) {
        while (i > 0 && space_at(&t, i - 1))
            i--;
        if (i == 0)
            break;
        end = i;
        if (max-- == 0) {
            if (append(list, s, 0, end) < 0)
                return NULL;
            break;
        }
        while (i > 0 && !space_at(&t, i - 1))
            i--;
        if (append(list, s, i, end) < 0)
            return NULL;
    }
    return PyList_Reverse(list) < 0 ? NULL : list;
}

/* Single ASCII or Latin-1 separators are by far the most frequent ones. */
static PyObject *
split_char(PyObject *s, Py_UCS4 ch, Py_ssize_t max)
{
    unicode_text t = unicode_text_of(s);
    const char *data = t.data;
    PyObject *list = PyList_New(0);
    Py_ssize_t start = 0, at;
    while (list != NULL && max-- > 0) {
        at = unicode_find_char(t.kind, data + start * t.kind, t.length - start, ch, 1);
        if (at < 0)
            break;
        if (append(list, s, start, start + at) < 0)
            return NULL;
        start += at + 1;
    }
    return list == NULL || append(list, s, start, t.length) < 0 ? NULL : list;
}

static PyObject *
split_at(PyObject *s, PyObject *sep, Py_ssize_t max, bool from_right)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(sep), start = 0, end = PyUnicode_GET_LENGTH(s), at;
    PyObject *list;
    if (n == 0) {
        PyErr_SetString(PyExc_ValueError, "empty separator");
        return NULL;
    }
    if (n == 1 && !from_right)
        return split_char(s, PyUnicode_READ_CHAR(sep, 0), max);
    if ((list = PyList_New(0)) == NULL)
        return NULL;
    while (max-- > 0) {
        at = unicode_find(s, sep, start, end, from_right ? -1 : 1);
        if (at == -2)
            return NULL;
        if (at < 0)
            break;
        if (append(list, s, from_right ? at + n : start, from_right ? end : at) < 0)
            return NULL;
        if (from_right)
            end = at;
        else
            start = at + n;
    }
    if (append(list, s, start, end) < 0)
        return NULL;
    return from_right && PyList_Reverse(list) < 0 ? NULL : list;
}

PyObject *
PyUnicode_Split(PyObject *s, PyObject *sep, Py_ssize_t max)
{
    if (!unicode_require(s) || (sep != NULL && !unicode_require(sep)))
        return NULL;
    if (max < 0)
        max = PY_SSIZE_T_MAX;
    return sep == NULL ? split_space(s, max) : split_at(s, sep, max, false);
}

PyObject *
PyUnicode_RSplit(PyObject *s, PyObject *sep, Py_ssize_t max)
{
    if (!unicode_require(s) || (sep != NULL && !unicode_require(sep)))
        return NULL;
    if (max < 0)
        max = PY_SSIZE_T_MAX;
    return sep == NULL ? rsplit_space(s, max) : split_at(s, sep, max, true);
}

PyObject *
PyUnicode_Splitlines(PyObject *s, int keepends)
{
    unicode_text t;
    PyObject *list;
    if (!unicode_require(s) || (list = PyList_New(0)) == NULL)
        return NULL;
    t = unicode_text_of(s);
    for (Py_ssize_t i = 0; i < t.length;) {
        Py_ssize_t start = i, end;
        while (i < t.length && !_PyUnicode_IsLinebreak(unicode_at(&t, i)))
            i++;
        end = i;
        if (i < t.length) {
            i += unicode_at(&t, i) == '\r' && i + 1 < t.length && unicode_at(&t, i + 1) == '\n' ? 2 : 1;
            if (keepends)
                end = i;
        }
        if (append(list, s, start, end) < 0)
            return NULL;
    }
    return list;
}

static PyObject *
partition(PyObject *s, PyObject *sep, int direction)
{
    Py_ssize_t at, length, n;
    PyObject *head, *tail;
    if (!unicode_require(s) || !unicode_require(sep))
        return NULL;
    n = PyUnicode_GET_LENGTH(sep);
    length = PyUnicode_GET_LENGTH(s);
    if (n == 0) {
        PyErr_SetString(PyExc_ValueError, "empty separator");
        return NULL;
    }
    at = unicode_find(s, sep, 0, length, direction);
    if (at == -2)
        return NULL;
    if (at < 0) {
        PyObject *empty = unicode_empty();
        s = unicode_exact(s);
        if (s == NULL || empty == NULL)
            return NULL;
        return direction > 0 ? PyTuple_Pack(3, s, empty, empty) : PyTuple_Pack(3, empty, empty, s);
    }
    head = unicode_slice(s, 0, at);
    tail = head == NULL ? NULL : unicode_slice(s, at + n, length);
    return tail == NULL ? NULL : PyTuple_Pack(3, head, sep, tail);
}

PyObject *
PyUnicode_Partition(PyObject *s, PyObject *sep)
{
    return partition(s, sep, 1);
}

PyObject *
PyUnicode_RPartition(PyObject *s, PyObject *sep)
{
    return partition(s, sep, -1);
}

static bool
strips(PyObject *chars, Py_UCS4 ch)
{
    if (chars == NULL)
        return _PyUnicode_IsWhitespace(ch);
    return unicode_find_char(PyUnicode_KIND(chars), PyUnicode_DATA(chars), PyUnicode_GET_LENGTH(chars), ch, 1) >= 0;
}

PyObject *
unicode_strip(PyObject *s, PyObject *chars, int sides)
{
    unicode_text t = unicode_text_of(s);
    Py_ssize_t start = 0, end = t.length;
    if (sides & UNICODE_STRIP_LEFT)
        while (start < end && strips(chars, unicode_at(&t, start)))
            start++;
    if (sides & UNICODE_STRIP_RIGHT)
        while (end > start && strips(chars, unicode_at(&t, end - 1)))
            end--;
    return unicode_slice(s, start, end);
}
