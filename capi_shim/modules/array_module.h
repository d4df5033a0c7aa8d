/* array_module.h: what the files of the array module share. */
#ifndef GCRT_ARRAY_MODULE_H
#define GCRT_ARRAY_MODULE_H
#include "number_fast.h"

/* A typecode. */
typedef struct {
    char code;
    int size;                                     /* bytes of an item */
    const char *format;                           /* of the buffer protocol */
    PyObject *(*load)(const char *p);
    int (*store)(char *p, PyObject *value);       /* 0, or -1 with an exception; p may be NULL: only check */
    int machine_format;                           /* of array._array_reconstructor */
} array_code;

typedef struct {
    PyObject_VAR_HEAD                             /* ob_size: items */
    char *items;                                  /* a leaf block, or NULL */
    Py_ssize_t allocated;                         /* items that fit the block */
    const array_code *code;
    Py_ssize_t exports;                           /* buffers handed out: no resizing meanwhile */
    PyObject *weakrefs;
} array_object;

extern PyTypeObject array_type;
extern PyMethodDef array_methods[];
extern PyGetSetDef array_getset[];

#define ARRAY_SIZE(a) (((PyVarObject *)(a))->ob_size)
#define ARRAY_CHECK(op) PyObject_TypeCheck((op), &array_type)

/* The typecode's description, NULL (no exception) when there is none. */
const array_code *array_find_code(Py_UCS4 code);
array_object *array_make(PyTypeObject *type, Py_ssize_t n, const array_code *code);
/* Change the number of items; new ones are zero.  0, or -1 with BufferError or MemoryError. */
int array_resize(array_object *self, Py_ssize_t n);
static inline char *
array_at(const array_object *self, Py_ssize_t i)
{
    return self->items + i * self->code->size;
}
static inline PyObject *
array_load(const array_object *self, Py_ssize_t i)
{
    return self->code->load(array_at(self, i));
}
int array_append(array_object *self, PyObject *value);
int array_extend(array_object *self, PyObject *iterable);
int array_from_bytes(array_object *self, const char *bytes, Py_ssize_t n);
int array_from_text(array_object *self, PyObject *text);
PyObject *array_slice(array_object *self, Py_ssize_t start, Py_ssize_t stop);
int array_delete(array_object *self, Py_ssize_t start, Py_ssize_t stop);
PyObject *array_reconstructor(PyObject *module, PyObject *args);
#endif
