/* codecs_errors.h: the standard error handlers as callables. */
#ifndef GCRT_CODECS_ERRORS_H
#define GCRT_CODECS_ERRORS_H

#include "runtime.h"
#ifndef GCRT_RUNTIME_H
#error "include runtime.h"
#endif

/* Put the standard handlers into a dict. */
int codecs_errors_register(PyObject *handlers);
#endif
