/* bytesearch.h: searching bytes, for str (one-byte kind), bytes and bytearray. */
#ifndef GCRT_BYTESEARCH_H
#define GCRT_BYTESEARCH_H

#include "runtime.h"
#ifndef GCRT_RUNTIME_H
#error "include runtime.h"
#endif

/* bytesearch.c: position of the m bytes of p in the n bytes of s, or -1. */
Py_ssize_t bytesearch_find(const char *s, Py_ssize_t n, const char *p, Py_ssize_t m);
Py_ssize_t bytesearch_rfind(const char *s, Py_ssize_t n, const char *p, Py_ssize_t m);
/* How often p occurs without overlap, at most `max` times. */
Py_ssize_t bytesearch_count(const char *s, Py_ssize_t n, const char *p, Py_ssize_t m, Py_ssize_t max);
#endif
