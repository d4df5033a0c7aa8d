/* marshal_format.h: the marshal format, version 4, of CPython 3.11: type codes and the API. */
#ifndef GCRT_MARSHAL_FORMAT_H
#define GCRT_MARSHAL_FORMAT_H

#include "interp.h"

enum {
    MARSHAL_NULL = '0',
    MARSHAL_NONE = 'N',
    MARSHAL_FALSE = 'F',
    MARSHAL_TRUE = 'T',
    MARSHAL_STOPITER = 'S',
    MARSHAL_ELLIPSIS = '.',
    MARSHAL_INT = 'i',
    MARSHAL_INT64 = 'I',
    MARSHAL_FLOAT = 'f',
    MARSHAL_BINARY_FLOAT = 'g',
    MARSHAL_COMPLEX = 'x',
    MARSHAL_BINARY_COMPLEX = 'y',
    MARSHAL_LONG = 'l',
    MARSHAL_STRING = 's',
    MARSHAL_INTERNED = 't',
    MARSHAL_REF = 'r',
    MARSHAL_TUPLE = '(',
    MARSHAL_LIST = '[',
    MARSHAL_DICT = '{',
    MARSHAL_CODE = 'c',
    MARSHAL_UNICODE = 'u',
    MARSHAL_SET = '<',
    MARSHAL_FROZENSET = '>',
    MARSHAL_ASCII = 'a',
    MARSHAL_ASCII_INTERNED = 'A',
    MARSHAL_SMALL_TUPLE = ')',
    MARSHAL_SHORT_ASCII = 'z',
    MARSHAL_SHORT_ASCII_INTERNED = 'Z',
    MARSHAL_FLAG_REF = 0x80,
    MARSHAL_VERSION = 4,
    MARSHAL_MAX_DEPTH = 2000,
};

/* One object from the start of data; *used (may be NULL) is how many bytes it took. */
PyObject *unmarshal_prefix(const char *data, Py_ssize_t size, Py_ssize_t *used);
/* The object as bytes.  ValueError for what has no marshalled form. */
PyObject *marshal_object(PyObject *op, int version);
#endif
