/* textargs.h: reading the arguments of the methods of str, bytes and bytearray. */
#ifndef GCRT_TEXTARGS_H
#define GCRT_TEXTARGS_H

#include "runtime.h"
#ifndef GCRT_RUNTIME_H
#error "include runtime.h"
#endif

/* An index-like argument as Py_ssize_t.  0, or -1 with an exception. */
int textargs_ssize(PyObject *op, Py_ssize_t *out);
/* A slice bound: None leaves *out alone, huge values are clipped. */
int textargs_bound(PyObject *op, Py_ssize_t *out);
/* (sub[, start[, end]]) of find, count, startswith... */
int textargs_find(const char *name, PyObject *const *args, Py_ssize_t n, PyObject **sub, Py_ssize_t *start,
                  Py_ssize_t *end);
/* Vectorcall arguments by position or name into out[0 .. count); the first `required` must be given, an ungiven
 * one stays NULL.  0, or -1 with CPython's wording. */
int textargs_keywords(const char *name, PyObject *const *args, Py_ssize_t n, PyObject *kwnames,
                      const char *const *names, int required, int count, PyObject **out);
/* A str argument's UTF-8 without NULs; NULL with an exception. */
const char *textargs_utf8(const char *function, const char *parameter, PyObject *op);
#endif
