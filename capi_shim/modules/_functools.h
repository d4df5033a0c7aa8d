/* _functools.h: types of the _functools module. */
#ifndef GCRT_FUNCTOOLS_H
#define GCRT_FUNCTOOLS_H

#include "container.h"

extern PyTypeObject functools_partial_type, functools_keyobject_type, functools_lru_type, functools_link_type;

/* A bound method of func and obj when accessed through an instance: the tp_descr_get of both callables. */
static inline PyObject *
functools_bind(PyObject *self, PyObject *obj, PyObject *type)
{
    (void)type;
    return obj == NULL || obj == Py_None ? self : PyMethod_New(self, obj);
}
#endif
