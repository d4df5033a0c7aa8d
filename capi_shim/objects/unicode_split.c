/* unicode_split.c: split, splitlines, partition and strip. */
#include "runtime.h"

#include "pieces.h"
#include "unicode.h"

const uint8_t unicode_space[256] = {
    [9] = 1, [10] = 1, [11] = 1, [12] = 1, [13] = 1, [28] = 1, [29] = 1, [30] = 1, [31] = 1, [32] = 1,
    [0x85] = 1, [0xa0] = 1,
};

static inline int
append(pieces *p, PyObject *s, Py_ssize_t start, Py_ssize_t end)
{
    return pieces_add(p, unicode_slice(s, start, end));
}

static inline bool
space_at(const unicode_text *t, Py_ssize_t i)
{
    return _PyUnicode_IsWhitespace(unicode_at(t, i));
}

/* The next word at or after i: its bounds; false when there is none.  ASCII text first: it is the usual case. */
static inline bool
next_word(const unicode_text *t, Py_ssize_t i, Py_ssize_t *start, Py_ssize_t *end)
{
    if (t->kind == 1) {
        const unsigned char *s = t->data;
        while (i < t->length && unicode_space[s[i]])
            i++;
        *start = i;
        while (i < t->length && !unicode_space[s[i]])
            i++;
    } else {
        while (i < t->length && space_at(t, i))
            i++;
        *start = i;
        while (i < t->length && !space_at(t, i))
            i++;
    }
    *end = i;
    return *start < i;
}

static PyObject *
split_space(PyObject *s, Py_ssize_t max)
{
    unicode_text t = unicode_text_of(s);
    pieces p = {0};
    Py_ssize_t start, end = 0;
    while (next_word(&t, end, &start, &end)) {
        if (max-- == 0)
            end = t.length;
        if (append(&p, s, start, end) < 0)
            return NULL;
    }
    return pieces_finish(&p);
}

static PyObject *
reversed(PyObject *list)
{
    return list == NULL || PyList_Reverse(list) < 0 ? NULL : list;
}

static PyObject *
rsplit_space(PyObject *s, Py_ssize_t max)
{
    unicode_text t = unicode_text_of(s);
    pieces p = {0};
    Py_ssize_t i = t.length, end;
    for (;;) {
        while (i > 0 && space_at(&t, i - 1))
            i--;
        if (i == 0)
            break;
        end = i;
        if (max-- == 0)
            i = 0;
        while (i > 0 && !space_at(&t, i - 1))
            i--;
        if (append(&p, s, i, end) < 0)
            return NULL;
    }
    return reversed(pieces_finish(&p));
}

/* Single separators are by far the most frequent ones. */
static PyObject *
split_char(PyObject *s, Py_UCS4 ch, Py_ssize_t max)
{
    unicode_text t = unicode_text_of(s);
    const char *data = t.data;
    pieces p = {0};
    Py_ssize_t start = 0, at;
    while (max-- > 0) {
        at = unicode_find_char(t.kind, data + start * t.kind, t.length - start, ch, 1);
        if (at < 0)
            break;
        if (append(&p, s, start, start + at) < 0)
            return NULL;
        start += at + 1;
    }
    return append(&p, s, start, t.length) < 0 ? NULL : pieces_finish(&p);
}

static PyObject *
split_at(PyObject *s, PyObject *sep, Py_ssize_t max, bool from_right)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(sep), start = 0, end = PyUnicode_GET_LENGTH(s), at;
    pieces p = {0};
    if (n == 0) {
        PyErr_SetString(PyExc_ValueError, "empty separator");
        return NULL;
    }
    if (n == 1 && !from_right)
        return split_char(s, PyUnicode_READ_CHAR(sep, 0), max);
    while (max-- > 0) {
        at = unicode_find(s, sep, start, end, from_right ? -1 : 1);
        if (at == -2)
            return NULL;
        if (at < 0)
            break;
        if (append(&p, s, from_right ? at + n : start, from_right ? end : at) < 0)
            return NULL;
        if (from_right)
            end = at;
        else
            start = at + n;
    }
    if (append(&p, s, start, end) < 0)
        return NULL;
    return from_right ? reversed(pieces_finish(&p)) : pieces_finish(&p);
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
    pieces p = {0};
    if (!unicode_require(s))
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
        if (append(&p, s, start, end) < 0)
            return NULL;
    }
    return pieces_finish(&p);
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

static inline bool
strips(PyObject *chars, Py_UCS4 ch)
{
    if (chars == NULL)
        return ch < 256 ? unicode_space[ch] : _PyUnicode_IsWhitespace(ch);
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
