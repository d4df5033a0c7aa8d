/* digest.h: hash functions as Python objects: one object type shared by all algorithms.
 *
 * An algorithm is a block function over fixed-size blocks; padding differs by family and is the
 * algorithm's own `finish`.  State and buffer live in the object, which is copied by assignment. */
#ifndef GCRT_DIGEST_H
#define GCRT_DIGEST_H
#include "runtime.h"

typedef struct digest_state digest_state;

typedef struct digest_algorithm {
    const char *name;             /* of the hash and of its constructor */
    int digest_size;              /* bytes; 0: the caller says (SHAKE) */
    int block_size;               /* bytes */
    void (*start)(digest_state *);
    void (*block)(digest_state *, const unsigned char *);   /* one whole block */
    void (*finish)(digest_state *, unsigned char *out, size_t length); /* may spoil the state */
    int keep_last;                /* a full buffer waits until more data comes (BLAKE2) */
} digest_algorithm;

struct digest_state {
    const digest_algorithm *algorithm;
    uint64_t words[26];           /* the family's own */
    uint64_t bytes;               /* hashed so far, with the buffer */
    unsigned fill;                /* bytes in buffer */
    int digest_size;              /* of this object */
    unsigned char buffer[200];
};

typedef struct {
    PyObject_HEAD
    digest_state state;
} digest_object;

void digest_update(digest_state *state, const unsigned char *data, size_t n);
/* Hash a str's refusal or any buffer.  0, or -1 with an exception. */
int digest_update_object(digest_state *state, PyObject *data);
/* A new object of type, started. */
digest_object *digest_new(PyTypeObject *type, const digest_algorithm *algorithm);
/* constructor(string=b"", *, usedforsecurity=True) */
PyObject *digest_construct(PyTypeObject *type, const digest_algorithm *algorithm, PyObject *args, PyObject *kwargs);
void digest_trace(PyObject *self, size_t size, struct gc_tracer *tracer);
extern PyMethodDef digest_methods[];
extern PyGetSetDef digest_getset[];

#define DIGEST_TYPE(symbol, type_name)                                                                  \
    static PyTypeObject symbol = {                                                                      \
        PyVarObject_HEAD_INIT(&PyType_Type, 0)                                                          \
        .tp_name = type_name,                                                                           \
        .tp_basicsize = sizeof(digest_object),                                                          \
        .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,                             \
        .tp_methods = digest_methods,                                                                   \
        .tp_getset = digest_getset,                                                                     \
        .gcrt_trace = digest_trace,                                                                     \
    }
#define DIGEST_FUNCTION(name, type, algorithm)                                                          \
    static PyObject *make_##name(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)         \
    {                                                                                                   \
        return digest_construct(&type, &algorithm, args, kwargs);                                       \
    }
#define DIGEST_METHOD(name, doc) {#name, _PyCFunction_CAST(make_##name), METH_VARARGS | METH_KEYWORDS, doc}
#endif
