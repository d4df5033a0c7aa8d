/* bytes.h: what bytes, bytearray and their methods share.
 *
 * The methods are written once: they read `self` through bytes_view and make results through bytes_make, which
 * gives a bytearray for a bytearray and bytes for bytes. */
#ifndef GCRT_BYTES_H
#define GCRT_BYTES_H

#include "runtime.h"
#ifndef GCRT_RUNTIME_H
#error "include runtime.h"
#endif

typedef struct bytes_span {
    const char *data;
    Py_ssize_t n;
} bytes_span;

/* The bytes of a bytes or bytearray object.  They stay valid memory as long as the span is on the stack, also
 * when a bytearray is resized meanwhile. */
static inline bytes_span
bytes_view(PyObject *self)
{
    if (PyBytes_Check(self))
        return (bytes_span){PyBytes_AS_STRING(self), PyBytes_GET_SIZE(self)};
    return (bytes_span){PyByteArray_AS_STRING(self), PyByteArray_GET_SIZE(self)};
}
static inline PyObject *
bytes_make(PyObject *self, const char *data, Py_ssize_t n)
{
    return PyBytes_Check(self) ? PyBytes_FromStringAndSize(data, n) : PyByteArray_FromStringAndSize(data, n);
}
/* Where a result of bytes_make may be written. */
static inline char *
bytes_data(PyObject *made)
{
    return (char *)bytes_view(made).data;
}

/* ---- bytes.c */
/* A contiguous view of any bytes-like object; "a bytes-like object is required" otherwise. */
int bytes_buffer(PyObject *op, Py_buffer *view);
/* The bytes object for an iterable of ints; ValueError `out_of_range` for one that is no byte. */
PyObject *bytes_from_iterable(PyObject *op, const char *out_of_range);
/* An int in range(256), or -1 with an exception. */
int bytes_byte(PyObject *op, const char *what);
/* before'...'after.  bytearray escapes a single quote inside double quotes too: escape_single. */
PyObject *bytes_repr_of(const char *data, Py_ssize_t n, const char *before, const char *after, bool escape_single);
PyObject *bytes_compare(bytes_span a, bytes_span b, int op);

/* ---- bytes_methods.c, bytes_more.c, bytes_hex.c: method functions of both types (fast call) */
#define BYTES_FAST(name) PyObject *bytes_##name(PyObject *self, PyObject *const *args, Py_ssize_t n)
#define BYTES_KEYWORDS(name) \
    PyObject *bytes_##name(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
#define BYTES_NOARGS(name) PyObject *bytes_##name(PyObject *self, PyObject *unused)
#define BYTES_ONE(name) PyObject *bytes_##name(PyObject *self, PyObject *arg)
BYTES_FAST(find);
BYTES_FAST(rfind);
BYTES_FAST(index);
BYTES_FAST(rindex);
BYTES_FAST(count);
BYTES_FAST(startswith);
BYTES_FAST(endswith);
BYTES_FAST(replace);
BYTES_KEYWORDS(split);
BYTES_KEYWORDS(rsplit);
BYTES_KEYWORDS(splitlines);
BYTES_ONE(partition);
BYTES_ONE(rpartition);
BYTES_ONE(removeprefix);
BYTES_ONE(removesuffix);
BYTES_FAST(strip);
BYTES_FAST(lstrip);
BYTES_FAST(rstrip);
BYTES_ONE(join);
BYTES_KEYWORDS(decode);
BYTES_NOARGS(capitalize);
BYTES_NOARGS(lower);
BYTES_NOARGS(upper);
BYTES_NOARGS(swapcase);
BYTES_NOARGS(title);
BYTES_NOARGS(isalnum);
BYTES_NOARGS(isalpha);
BYTES_NOARGS(isascii);
BYTES_NOARGS(isdigit);
BYTES_NOARGS(islower);
BYTES_NOARGS(isspace);
BYTES_NOARGS(istitle);
BYTES_NOARGS(isupper);
BYTES_FAST(center);
BYTES_FAST(ljust);
BYTES_FAST(rjust);
BYTES_ONE(zfill);
BYTES_KEYWORDS(expandtabs);
BYTES_KEYWORDS(translate);
BYTES_FAST(maketrans);
BYTES_KEYWORDS(hex);
int bytes_contains(PyObject *self, PyObject *arg);
PyObject *bytes_hex_of(const char *data, Py_ssize_t n, PyObject *sep, Py_ssize_t group);
/* The bytes object for a string of hex digits; NULL with ValueError. */
PyObject *bytes_parse_hex(PyObject *text);

/* The rows of both method tables. */
#define BYTES_ROW(name, flags) {#name, _PyCFunction_CAST(bytes_##name), flags, NULL}
#define BYTES_COMMON_METHODS                                                                            \
    BYTES_ROW(find, METH_FASTCALL), BYTES_ROW(rfind, METH_FASTCALL), BYTES_ROW(index, METH_FASTCALL),   \
        BYTES_ROW(rindex, METH_FASTCALL), BYTES_ROW(count, METH_FASTCALL),                              \
        BYTES_ROW(startswith, METH_FASTCALL), BYTES_ROW(endswith, METH_FASTCALL),                       \
        BYTES_ROW(replace, METH_FASTCALL), BYTES_ROW(split, METH_FASTCALL | METH_KEYWORDS),             \
        BYTES_ROW(rsplit, METH_FASTCALL | METH_KEYWORDS),                                               \
        BYTES_ROW(splitlines, METH_FASTCALL | METH_KEYWORDS), BYTES_ROW(partition, METH_O),             \
        BYTES_ROW(rpartition, METH_O), BYTES_ROW(removeprefix, METH_O), BYTES_ROW(removesuffix, METH_O),\
        BYTES_ROW(strip, METH_FASTCALL), BYTES_ROW(lstrip, METH_FASTCALL),                              \
        BYTES_ROW(rstrip, METH_FASTCALL), BYTES_ROW(join, METH_O),                                      \
        BYTES_ROW(decode, METH_FASTCALL | METH_KEYWORDS), BYTES_ROW(capitalize, METH_NOARGS),           \
        BYTES_ROW(lower, METH_NOARGS), BYTES_ROW(upper, METH_NOARGS), BYTES_ROW(swapcase, METH_NOARGS), \
        BYTES_ROW(title, METH_NOARGS), BYTES_ROW(isalnum, METH_NOARGS), BYTES_ROW(isalpha, METH_NOARGS),\
        BYTES_ROW(isascii, METH_NOARGS), BYTES_ROW(isdigit, METH_NOARGS),                               \
        BYTES_ROW(islower, METH_NOARGS), BYTES_ROW(isspace, METH_NOARGS),                               \
        BYTES_ROW(istitle, METH_NOARGS), BYTES_ROW(isupper, METH_NOARGS),                               \
        BYTES_ROW(center, METH_FASTCALL), BYTES_ROW(ljust, METH_FASTCALL),                              \
        BYTES_ROW(rjust, METH_FASTCALL), BYTES_ROW(zfill, METH_O),                                      \
        BYTES_ROW(expandtabs, METH_FASTCALL | METH_KEYWORDS),                                           \
        BYTES_ROW(translate, METH_FASTCALL | METH_KEYWORDS),                                            \
        BYTES_ROW(maketrans, METH_FASTCALL | METH_STATIC), BYTES_ROW(hex, METH_FASTCALL | METH_KEYWORDS)

/* ---- bytes_format.c */
/* format % args for the bytes of a span; the result is a bytes object. */
PyObject *bytes_mod(bytes_span format, PyObject *args);
#endif
