/* percent.h: the % operator of str and bytes. */
#ifndef GCRT_PERCENT_H
#define GCRT_PERCENT_H

#include "runtime.h"
#ifndef GCRT_RUNTIME_H
#error "include runtime.h"
#endif
#include "unicode.h"

/* format % args into w.  For bytes the format is one-byte text and every character written is below 256. */
int percent_format(_PyUnicodeWriter *w, unicode_text format, PyObject *args, bool bytes);
#endif
