/* buildvalue.h: Py_BuildValue for the callers of functions. */
#ifndef GCRT_BUILDVALUE_H
#define GCRT_BUILDVALUE_H

#include "runtime.h"
#ifndef GCRT_RUNTIME_H
#error "include runtime.h"
#endif

/* A tuple of arguments from a format (NULL or "": none; one value that is no tuple: a tuple of it). */
PyObject *buildvalue_args(const char *format, va_list args);
#endif
