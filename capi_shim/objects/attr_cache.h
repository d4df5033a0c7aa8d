/* attr_cache.h: what a type says about an attribute name, for inline caches and compiled code.
 * An answer holds as long as the type's version (type_version) does. */
#ifndef GCRT_ATTR_CACHE_H
#define GCRT_ATTR_CACHE_H

#include "runtime.h"

typedef enum attr_kind {
    ATTR_ABSENT,          /* not in the MRO: the instance's own attribute, or an error */
    ATTR_DATA,            /* data descriptor: goes before the instance's own attribute */
    ATTR_NON_DATA,        /* __get__ only: the instance's own attribute goes first */
    ATTR_METHOD,          /* the same, and binding may be skipped (Py_TPFLAGS_METHOD_DESCRIPTOR) */
    ATTR_VALUE,           /* a plain value */
} attr_kind;

typedef struct attr_info {
    attr_kind kind;
    PyObject *descr;
} attr_info;

/* name: interned exact str. */
attr_info attr_lookup_info(PyTypeObject *type, PyObject *name);
/* The version of a metaclass, for an answer about one of its classes that also rests on the metaclass: from now on
 * a change of the metaclass changes the versions of its classes.  0: it has none, nothing may be kept. */
unsigned int type_version_as_meta(PyTypeObject *meta);

/* ---- descr.c */
/* Member and getset descriptors, whose objects' types say in C how an attribute is read. */
int descr_is_native(PyObject *descr);
/* The attribute of an object to which a native descriptor is known to apply. */
PyObject *descr_read(PyObject *descr, PyObject *obj);
#endif
