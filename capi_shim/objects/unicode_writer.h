/* unicode_writer.h: the inline half of _PyUnicodeWriter. */
#ifndef GCRT_UNICODE_WRITER_H
#define GCRT_UNICODE_WRITER_H

#include "runtime.h"
#ifndef GCRT_RUNTIME_H
#error "include runtime.h"
#endif

/* Room for n more characters up to maxchar. */
static inline int
unicode_writer_prepare(_PyUnicodeWriter *w, Py_ssize_t n, Py_UCS4 maxchar)
{
    if (GCRT_LIKELY(!w->readonly && n <= w->size - w->pos && maxchar <= w->maxchar) || n == 0)
        return 0;
    return _PyUnicodeWriter_PrepareInternal(w, n, maxchar);
}

static inline int
unicode_writer_char(_PyUnicodeWriter *w, Py_UCS4 ch)
{
    if (unicode_writer_prepare(w, 1, ch) < 0)
        return -1;
    PyUnicode_WRITE((int)w->kind, w->data, w->pos, ch);
    w->pos++;
    return 0;
}

/* n times ch. */
static inline int
unicode_writer_fill(_PyUnicodeWriter *w, Py_UCS4 ch, Py_ssize_t n)
{
    if (n <= 0)
        return 0;
    if (unicode_writer_prepare(w, n, ch) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < n; i++)
        PyUnicode_WRITE((int)w->kind, w->data, w->pos + i, ch);
    w->pos += n;
    return 0;
}
#endif
