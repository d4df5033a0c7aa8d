/* buffer.h: copying between buffers. */
#ifndef GCRT_BUFFER_H
#define GCRT_BUFFER_H

#include "runtime.h"
#ifndef GCRT_RUNTIME_H
#error "include runtime.h"
#endif

/* Items of from to to, which has the same shape; overlapping memory is fine. */
int buffer_copy(const Py_buffer *to, const Py_buffer *from);
#endif
