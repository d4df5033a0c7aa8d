/* struct_module.h: what the files of the _struct module share. */
#ifndef GCRT_STRUCT_MODULE_H
#define GCRT_STRUCT_MODULE_H
#include "number_fast.h"

/* A run of equal values. */
typedef struct {
    char code;                /* the format character; 'x' never gets a field */
    unsigned char little;     /* byte order of the values */
    unsigned char native;     /* `@`: as the C compiler does */
    Py_ssize_t offset;        /* of the first value */
    Py_ssize_t size;          /* bytes of one value; the length of an 's' or 'p' */
    Py_ssize_t repeat;        /* values; 1 for 's' and 'p' */
} struct_field;

typedef struct {
    PyObject_HEAD
    PyObject *format;         /* bytes */
    struct_field *fields;     /* a leaf block */
    Py_ssize_t n_fields;
    Py_ssize_t n_values;
    Py_ssize_t size;          /* bytes in all; -1: not initialised */
} struct_object;

extern PyObject *struct_error;

/* Fill in self's layout from a format.  0, or -1 with struct.error. */
int struct_parse(struct_object *self, const char *format, Py_ssize_t length);
/* One value of field at p. */
PyObject *struct_load(const struct_field *field, const char *p);
int struct_store(const struct_field *field, char *p, PyObject *value);
#endif
