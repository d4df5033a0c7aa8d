/* memoryview.h: shared by memoryview.c (objects and life), memoryview_items.c (contents), memoryview_cast.c. */
#ifndef GCRT_MEMORYVIEW_H
#define GCRT_MEMORYVIEW_H

#include "runtime.h"
#ifndef GCRT_RUNTIME_H
#error "include runtime.h"
#endif

enum { MEMORYVIEW_RELEASED = 1 };

#define MEMORYVIEW(op) ((PyMemoryViewObject *)(op))
#define MEMORYVIEW_VIEW(op) (&MEMORYVIEW(op)->view)

/* true, with ValueError, when the view has been released. */
static inline bool
memoryview_dead(PyObject *self)
{
    if (GCRT_LIKELY(!(MEMORYVIEW(self)->flags & MEMORYVIEW_RELEASED)))
        return false;
    PyErr_SetString(PyExc_ValueError, "operation forbidden on released memoryview object");
    return true;
}

/* A view of the same memory with its own shape and strides (copied from `layout`), ndim dimensions. */
PyObject *memoryview_derive(PyObject *base, const Py_buffer *layout, int ndim);

/* ---- memoryview_items.c */
/* The native format's character ("@" may go before it), or 0. */
char memoryview_format_char(const char *format);
/* Size of one item of a native format, -1 when unknown. */
Py_ssize_t memoryview_format_size(char c);
PyObject *memoryview_unpack(const char *p, const char *format);
PyObject *memoryview_subscript(PyObject *self, PyObject *key);
PyObject *memoryview_item(PyObject *self, Py_ssize_t i);
int memoryview_assign(PyObject *self, PyObject *key, PyObject *value);
PyObject *memoryview_tolist(PyObject *self, PyObject *unused);
PyObject *memoryview_richcompare(PyObject *a, PyObject *b, int op);

/* ---- memoryview_cast.c */
PyObject *memoryview_cast(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames);
#endif
