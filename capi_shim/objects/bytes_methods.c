/* bytes_methods.c: methods of bytes and bytearray that search, split and join. */
#define _GNU_SOURCE 1
#include "runtime.h"

#include "bytes.h"
#include "bytesearch.h"
#include "textargs.h"
#include "unicode.h"

/* ------------------------------------------------------------------ find and its kin */

typedef struct needle {
    Py_buffer view;
    char byte;
    const char *data;
    Py_ssize_t n;
} needle;

/* A bytes-like object or an int as what is looked for. */
static int
needle_get(PyObject *op, needle *out)
{
    out->view.obj = NULL;
    if (PyIndex_Check(op) && !PyObject_CheckBuffer(op)) {
        int c = bytes_byte(op, "byte must be in range(0, 256)");
        if (c < 0)
            return -1;
        out->byte = (char)c;
        out->data = &out->byte;
        out->n = 1;
        return 0;
    }
    if (!PyObject_CheckBuffer(op)) {
        PyErr_Format(PyExc_TypeError, "argument should be integer or bytes-like object, not '%.200s'",
                     Py_TYPE(op)->tp_name);
        return -1;
    }
    if (PyObject_GetBuffer(op, &out->view, PyBUF_SIMPLE) < 0)
        return -1;
    out->data = out->view.buf;
    out->n = out->view.len;
    return 0;
}

/* -1 absent, -2 exception. */
static Py_ssize_t
find_in(PyObject *self, const char *name, PyObject *const *args, Py_ssize_t nargs, int direction)
{
    bytes_span s;
    needle p;
    PyObject *sub;
    Py_ssize_t start, end, at;
    if (textargs_find(name, args, nargs, &sub, &start, &end) < 0 || needle_get(sub, &p) < 0)
        return -2;
    s = bytes_view(self);
    unicode_adjust(&start, &end, s.n);
    at = end - start < p.n ? -1
         : direction > 0   ? bytesearch_find(s.data + start, end - start, p.data, p.n)
                           : bytesearch_rfind(s.data + start, end - start, p.data, p.n);
    PyBuffer_Release(&p.view);
    return at < 0 ? -1 : at + start;
}

#define DEFINE_FIND(NAME, DIRECTION)                                                                    \
    BYTES_FAST(NAME)                                                                                    \
    {                                                                                                   \
        Py_ssize_t at = find_in(self, #NAME, args, n, DIRECTION);                                       \
        return at == -2 ? NULL : gcrt_int(at);                                                          \
    }
#define DEFINE_INDEX(NAME, DIRECTION)                                                                   \
    BYTES_FAST(NAME)                                                                                    \
    {                                                                                                   \
        Py_ssize_t at = find_in(self, #NAME, args, n, DIRECTION);                                       \
        if (at == -1)                                                                                   \
            PyErr_SetString(PyExc_ValueError, "subsection not found");                                  \
        return at < 0 ? NULL : gcrt_int(at);                                                            \
    }
DEFINE_FIND(find, 1)
DEFINE_FIND(rfind, -1)
DEFINE_INDEX(index, 1)
DEFINE_INDEX(rindex, -1)

BYTES_FAST(count)
{
    bytes_span s;
    needle p;
    PyObject *sub;
    Py_ssize_t start, end, count;
    if (textargs_find("count", args, n, &sub, &start, &end) < 0 || needle_get(sub, &p) < 0)
        return NULL;
    s = bytes_view(self);
    unicode_adjust(&start, &end, s.n);
    count = end - start < p.n ? 0 : bytesearch_count(s.data + start, end - start, p.data, p.n, PY_SSIZE_T_MAX);
    PyBuffer_Release(&p.view);
    return gcrt_int(count);
}

int
bytes_contains(PyObject *self, PyObject *arg)
{
    bytes_span s = bytes_view(self);
    Py_buffer view;
    int found;
    if (PyIndex_Check(arg) && !PyObject_CheckBuffer(arg)) {
        int c = bytes_byte(arg, "byte must be in range(0, 256)");
        return c < 0 ? -1 : memchr(s.data, c, (size_t)s.n) != NULL;
    }
    if (bytes_buffer(arg, &view) < 0)
        return -1;
    found = bytesearch_find(s.data, s.n, view.buf, view.len) >= 0;
    PyBuffer_Release(&view);
    return found;
}

static int
tail_matches(bytes_span s, PyObject *part, Py_ssize_t start, Py_ssize_t end, bool at_end)
{
    Py_buffer view;
    int matches;
    if (bytes_buffer(part, &view) < 0)
        return -1;
    unicode_adjust(&start, &end, s.n);
    matches = end - start >= view.len &&
              memcmp(s.data + (at_end ? end - view.len : start), view.buf, (size_t)view.len) == 0;
    PyBuffer_Release(&view);
    return matches;
}

static PyObject *
tailmatch(PyObject *self, const char *name, PyObject *const *args, Py_ssize_t nargs, bool at_end)
{
    PyObject *part;
    Py_ssize_t start, end;
    int matches = 0;
    if (textargs_find(name, args, nargs, &part, &start, &end) < 0)
        return NULL;
    if (PyTuple_Check(part)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(part) && matches == 0; i++)
            matches = tail_matches(bytes_view(self), PyTuple_GET_ITEM(part, i), start, end, at_end);
    } else if (!PyObject_CheckBuffer(part)) {
        PyErr_Format(PyExc_TypeError, "%s first arg must be bytes or a tuple of bytes, not %s", name,
                     Py_TYPE(part)->tp_name);
        return NULL;
    } else {
        matches = tail_matches(bytes_view(self), part, start, end, at_end);
    }
    return matches < 0 ? NULL : PyBool_FromLong(matches);
}

BYTES_FAST(startswith)
{
    return tailmatch(self, "startswith", args, n, false);
}

BYTES_FAST(endswith)
{
    return tailmatch(self, "endswith", args, n, true);
}

static PyObject *
remove_affix(PyObject *self, PyObject *affix, bool at_end)
{
    bytes_span s = bytes_view(self);
    Py_buffer view;
    Py_ssize_t cut;
    int matches;
    if (bytes_buffer(affix, &view) < 0)
        return NULL;
    matches = tail_matches(s, affix, 0, PY_SSIZE_T_MAX, at_end);
    cut = matches > 0 ? view.len : 0;
    PyBuffer_Release(&view);
    if (matches < 0)
        return NULL;
    if (cut == 0 && PyBytes_CheckExact(self))
        return self;
    return bytes_make(self, s.data + (at_end ? 0 : cut), s.n - cut);
}

BYTES_ONE(removeprefix)
{
    return remove_affix(self, arg, false);
}

BYTES_ONE(removesuffix)
{
    return remove_affix(self, arg, true);
}

/* ------------------------------------------------------------------ replace */

static PyObject *
replaced(PyObject *self, bytes_span s, bytes_span from, bytes_span to, Py_ssize_t max)
{
    Py_ssize_t count, hit;
    PyObject *result;
    char *out;
    if (max < 0)
        max = PY_SSIZE_T_MAX;
    count = from.n > s.n ? 0 : bytesearch_count(s.data, s.n, from.data, from.n, max);
    if (count == 0)
        return PyBytes_CheckExact(self) ? self : bytes_make(self, s.data, s.n);
    if (to.n > from.n && to.n - from.n > (PY_SSIZE_T_MAX - s.n) / count) {
        PyErr_SetString(PyExc_OverflowError, "replace bytes is too long");
        return NULL;
    }
    hit = s.n + count * (to.n - from.n);
    if (hit == 0)
        return bytes_make(self, NULL, 0);
    out = gcrt_alloc_leaf((size_t)hit);
    if (out == NULL)
        return NULL;
    result = (PyObject *)out;
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_ssize_t at = from.n == 0 ? (i > 0) : bytesearch_find(s.data, s.n, from.data, from.n);
        memcpy(out, s.data, (size_t)at);
        memcpy(out + at, to.data, (size_t)to.n);
        out += at + to.n;
        s.data += at + from.n;
        s.n -= at + from.n;
    }
    memcpy(out, s.data, (size_t)s.n);
    return bytes_make(self, (char *)result, hit);
}

BYTES_FAST(replace)
{
    Py_buffer from, to;
    Py_ssize_t max = -1;
    PyObject *result;
    if (!_PyArg_CheckPositional("replace", n, 2, 3))
        return NULL;
    if (bytes_buffer(args[0], &from) < 0)
        return NULL;
    if (bytes_buffer(args[1], &to) < 0) {
        PyBuffer_Release(&from);
        return NULL;
    }
    if (n > 2 && textargs_ssize(args[2], &max) < 0)
        result = NULL;
    else
        result = replaced(self, bytes_view(self), (bytes_span){from.buf, from.len}, (bytes_span){to.buf, to.len}, max);
    PyBuffer_Release(&from);
    PyBuffer_Release(&to);
    return result;
}

/* ------------------------------------------------------------------ split */

static int
append(PyObject *list, PyObject *self, const char *data, Py_ssize_t n)
{
    PyObject *piece = bytes_make(self, data, n);
    return piece == NULL ? -1 : PyList_Append(list, piece);
}

static PyObject *
split_space(PyObject *self, bytes_span s, Py_ssize_t max)
{
    PyObject *list = PyList_New(0);
    Py_ssize_t i = 0;
    if (list == NULL)
        return NULL;
    for (;;) {
        Py_ssize_t start;
        while (i < s.n && Py_ISSPACE(s.data[i]))
            i++;
        if (i == s.n)
            return list;
        start = i;
        if (max-- == 0)
            return append(list, self, s.data + start, s.n - start) < 0 ? NULL : list;
        while (i < s.n && !Py_ISSPACE(s.data[i]))
            i++;
        if (append(list, self, s.data + start, i - start) < 0)
            return NULL;
    }
}

static PyObject *
rsplit_space(PyObject *self, bytes_span s, Py_ssize_t max)
{
    PyObject *list = PyList_New(0);
    Py_ssize_t i = s.n;
    if (list == NULL)
        return NULL;
    for (;;) {
        Py_ssize_t end;
        while (i > 0 && Py_ISSPACE(s.data[i - 1]))
            i--;
        if (i == 0)
            break;
        end = i;
        if (max-- == 0) {
            if (append(list, self, s.data, end) < 0)
                return NULL;
            break;
        }
        while (i > 0 && !Py_ISSPACE(s.data[i - 1]))
            i--;
        if (append(list, self, s.data + i, end - i) < 0)
            return NULL;
    }
    return PyList_Reverse(list) < 0 ? NULL : list;
}

static PyObject *
split_at(PyObject *self, bytes_span s, bytes_span sep, Py_ssize_t max, bool from_right)
{
    PyObject *list = PyList_New(0);
    Py_ssize_t at;
    if (list == NULL)
        return NULL;
    while (max-- > 0) {
        at = from_right ? bytesearch_rfind(s.data, s.n, sep.data, sep.n)
                        : bytesearch_find(s.data, s.n, sep.data, sep.n);
        if (at < 0)
            break;
        if (from_right) {
            if (append(list, self, s.data + at + sep.n, s.n - at - sep.n) < 0)
                return NULL;
            s.n = at;
        } else {
            if (append(list, self, s.data, at) < 0)
                return NULL;
            s.data += at + sep.n;
            s.n -= at + sep.n;
        }
    }
    if (append(list, self, s.data, s.n) < 0)
        return NULL;
    return from_right && PyList_Reverse(list) < 0 ? NULL : list;
}

static PyObject *
split(const char *name, PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames, bool from_right)
{
    static const char *const names[] = {"sep", "maxsplit"};
    PyObject *given[2], *result;
    Py_ssize_t max = -1;
    Py_buffer sep;
    if (textargs_keywords(name, args, n, kwnames, names, 0, 2, given) < 0 ||
        (given[1] != NULL && textargs_ssize(given[1], &max) < 0))
        return NULL;
    if (max < 0)
        max = PY_SSIZE_T_MAX;
    if (given[0] == NULL || given[0] == Py_None)
        return from_right ? rsplit_space(self, bytes_view(self), max) : split_space(self, bytes_view(self), max);
    if (bytes_buffer(given[0], &sep) < 0)
        return NULL;
    if (sep.len == 0) {
        PyErr_SetString(PyExc_ValueError, "empty separator");
        result = NULL;
    } else {
        result = split_at(self, bytes_view(self), (bytes_span){sep.buf, sep.len}, max, from_right);
    }
    PyBuffer_Release(&sep);
    return result;
}

BYTES_KEYWORDS(split)
{
    return split("split", self, args, n, kwnames, false);
}

BYTES_KEYWORDS(rsplit)
{
    return split("rsplit", self, args, n, kwnames, true);
}

BYTES_KEYWORDS(splitlines)
{
    static const char *const names[] = {"keepends"};
    PyObject *given[1], *list;
    bytes_span s = bytes_view(self);
    int keep = 0;
    if (textargs_keywords("splitlines", args, n, kwnames, names, 0, 1, given) < 0 ||
        (given[0] != NULL && (keep = PyObject_IsTrue(given[0])) < 0) || (list = PyList_New(0)) == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < s.n;) {
        Py_ssize_t start = i, end;
        while (i < s.n && s.data[i] != '\n' && s.data[i] != '\r')
            i++;
        end = i;
        if (i < s.n) {
            i += s.data[i] == '\r' && i + 1 < s.n && s.data[i + 1] == '\n' ? 2 : 1;
            if (keep)
                end = i;
        }
        if (append(list, self, s.data + start, end - start) < 0)
            return NULL;
    }
    return list;
}

static PyObject *
partition(PyObject *self, PyObject *arg, bool from_right)
{
    bytes_span s = bytes_view(self);
    Py_buffer sep;
    PyObject *a, *b, *c;
    Py_ssize_t at;
    if (bytes_buffer(arg, &sep) < 0)
        return NULL;
    if (sep.len == 0) {
        PyErr_SetString(PyExc_ValueError, "empty separator");
        PyBuffer_Release(&sep);
        return NULL;
    }
    at = from_right ? bytesearch_rfind(s.data, s.n, sep.buf, sep.len) : bytesearch_find(s.data, s.n, sep.buf, sep.len);
    if (at < 0) {
        a = bytes_make(self, s.data, from_right ? 0 : s.n);
        b = bytes_make(self, s.data, 0);
        c = bytes_make(self, s.data, from_right ? s.n : 0);
    } else {
        a = bytes_make(self, s.data, at);
        b = PyBytes_Check(self) ? arg : bytes_make(self, sep.buf, sep.len);
        c = bytes_make(self, s.data + at + sep.len, s.n - at - sep.len);
    }
    PyBuffer_Release(&sep);
    return a == NULL || b == NULL || c == NULL ? NULL : PyTuple_Pack(3, a, b, c);
}

BYTES_ONE(partition)
{
    return partition(self, arg, false);
}

BYTES_ONE(rpartition)
{
    return partition(self, arg, true);
}

/* ------------------------------------------------------------------ strip, join, decode */

static PyObject *
strip(const char *name, PyObject *self, PyObject *const *args, Py_ssize_t nargs, int sides)
{
    bytes_span s;
    bool drop[256] = {0};
    Py_ssize_t start = 0, end;
    if (!_PyArg_CheckPositional(name, nargs, 0, 1))
        return NULL;
    if (nargs == 0 || args[0] == Py_None) {
        for (int c = 0; c < 128; c++)
            drop[c] = Py_ISSPACE(c);
    } else {
        Py_buffer chars;
        if (bytes_buffer(args[0], &chars) < 0)
            return NULL;
        for (Py_ssize_t i = 0; i < chars.len; i++)
            drop[((unsigned char *)chars.buf)[i]] = true;
        PyBuffer_Release(&chars);
    }
    s = bytes_view(self);
    end = s.n;
    if (sides & UNICODE_STRIP_LEFT)
        while (start < end && drop[(unsigned char)s.data[start]])
            start++;
    if (sides & UNICODE_STRIP_RIGHT)
        while (end > start && drop[(unsigned char)s.data[end - 1]])
            end--;
    if (end - start == s.n && PyBytes_CheckExact(self))
        return self;
    return bytes_make(self, s.data + start, end - start);
}

BYTES_FAST(strip)
{
    return strip("strip", self, args, n, UNICODE_STRIP_BOTH);
}

BYTES_FAST(lstrip)
{
    return strip("lstrip", self, args, n, UNICODE_STRIP_LEFT);
}

BYTES_FAST(rstrip)
{
    return strip("rstrip", self, args, n, UNICODE_STRIP_RIGHT);
}

/* Appends one item at out; returns where it ends.  Items were measured before; one that changed size in the
 * meantime is refused. */
static char *
join_item(char *out, const char *limit, PyObject *item)
{
    Py_buffer view;
    if (PyBytes_CheckExact(item)) {
        PyBuffer_FillInfo(&view, NULL, PyBytes_AS_STRING(item), PyBytes_GET_SIZE(item), 1, PyBUF_SIMPLE);
    } else if (bytes_buffer(item, &view) < 0) {
        return NULL;
    }
    if (view.len > limit - out) {
        PyErr_SetString(PyExc_RuntimeError, "join() item changed size during join");
        out = NULL;
    } else {
        memcpy(out, view.buf, (size_t)view.len);
        out += view.len;
    }
    PyBuffer_Release(&view);
    return out;
}

/* Bytes of the joined items; -1 with an exception. */
static Py_ssize_t
join_size(PyObject *seq, Py_ssize_t n, Py_ssize_t sep)
{
    Py_ssize_t total = 0, add;
    for (Py_ssize_t i = 0; i < n && i < PySequence_Fast_GET_SIZE(seq); i++) {
        PyObject *item = PySequence_Fast_GET_ITEM(seq, i);
        if (PyBytes_CheckExact(item)) {
            add = PyBytes_GET_SIZE(item);
        } else {
            Py_buffer view;
            if (!PyObject_CheckBuffer(item) || PyObject_GetBuffer(item, &view, PyBUF_SIMPLE) < 0) {
                PyErr_Format(PyExc_TypeError, "sequence item %zd: expected a bytes-like object, %.80s found", i,
                             Py_TYPE(item)->tp_name);
                return -1;
            }
            add = view.len;
            PyBuffer_Release(&view);
        }
        add += i ? sep : 0;
        if (total > PY_SSIZE_T_MAX - add) {
            PyErr_SetString(PyExc_OverflowError, "join() result is too long");
            return -1;
        }
        total += add;
    }
    return total;
}

BYTES_ONE(join)
{
    PyObject *seq = PySequence_Fast(arg, "can only join an iterable"), *result;
    bytes_span sep = bytes_view(self);
    Py_ssize_t n, total;
    char *out, *start;
    if (seq == NULL)
        return NULL;
    n = PySequence_Fast_GET_SIZE(seq);
    if (n == 1 && PyBytes_CheckExact(self) && PyBytes_CheckExact(PySequence_Fast_GET_ITEM(seq, 0)))
        return PySequence_Fast_GET_ITEM(seq, 0);
    total = join_size(seq, n, sep.n);
    if (total < 0)
        return NULL;
    result = bytes_make(self, NULL, total);
    if (result == NULL || total == 0)
        return result;
    start = out = bytes_data(result);
    for (Py_ssize_t i = 0; i < n && i < PySequence_Fast_GET_SIZE(seq); i++) {
        if (i > 0) {
            if (sep.n > start + total - out)
                break;
            memcpy(out, sep.data, (size_t)sep.n);
            out += sep.n;
        }
        out = join_item(out, start + total, PySequence_Fast_GET_ITEM(seq, i));
        if (out == NULL)
            return NULL;
    }
    return out == start + total ? result : bytes_make(self, start, out - start);
}

BYTES_KEYWORDS(decode)
{
    static const char *const names[] = {"encoding", "errors"};
    PyObject *given[2];
    const char *encoding = NULL, *errors = NULL;
    bytes_span s;
    if (textargs_keywords("decode", args, n, kwnames, names, 0, 2, given) < 0 ||
        (given[0] != NULL && (encoding = textargs_utf8("decode", "encoding", given[0])) == NULL) ||
        (given[1] != NULL && (errors = textargs_utf8("decode", "errors", given[1])) == NULL))
        return NULL;
    if (PyBytes_Check(self) || encoding == NULL)
        return PyUnicode_FromEncodedObject(self, encoding, errors);
    s = bytes_view(self);
    return PyUnicode_Decode(s.data, s.n, encoding, errors);
}
