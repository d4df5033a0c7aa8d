/* digest.c: the object behind every hash: update, digest, hexdigest, copy. */
#include "digest.h"
#include "number_fast.h"

void
digest_trace(PyObject *self, size_t size, struct gc_tracer *tracer)
{
    (void)self;
    (void)size;
    (void)tracer;
}

void
digest_update(digest_state *state, const unsigned char *data, size_t n)
{
    const digest_algorithm *a = state->algorithm;
    unsigned block = (unsigned)a->block_size;
    state->bytes += n;
    while (n > 0) {
        if (state->fill == block) { /* only with keep_last */
            a->block(state, state->buffer);
            state->fill = 0;
        }
        size_t part = block - state->fill < n ? block - state->fill : n;
        memcpy(state->buffer + state->fill, data, part);
        state->fill += (unsigned)part;
        data += part;
        n -= part;
        if (state->fill == block && !a->keep_last) {
            a->block(state, state->buffer);
            state->fill = 0;
        }
    }
}

int
digest_update_object(digest_state *state, PyObject *data)
{
    Py_buffer view;
    if (PyUnicode_Check(data)) {
        PyErr_SetString(PyExc_TypeError, "Strings must be encoded before hashing");
        return -1;
    }
    if (!PyObject_CheckBuffer(data)) {
        PyErr_SetString(PyExc_TypeError, "object supporting the buffer API required");
        return -1;
    }
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0)
        return -1;
    digest_update(state, view.buf, (size_t)view.len);
    PyBuffer_Release(&view);
    return 0;
}

digest_object *
digest_new(PyTypeObject *type, const digest_algorithm *algorithm)
{
    digest_object *self = (digest_object *)gcrt_new(type, sizeof(digest_object));
    if (self == NULL)
        return NULL;
    self->state.algorithm = algorithm;
    self->state.digest_size = algorithm->digest_size;
    algorithm->start(&self->state);
    return self;
}

PyObject *
digest_construct(PyTypeObject *type, const digest_algorithm *algorithm, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"string", "usedforsecurity", NULL};
    PyObject *data = NULL;
    char format[32];
    int ignored;
    snprintf(format, sizeof format, "|O$p:%s", algorithm->name);
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, format, keywords, &data, &ignored))
        return NULL;
    digest_object *self = digest_new(type, algorithm);
    if (self == NULL || (data != NULL && digest_update_object(&self->state, data) < 0))
        return NULL;
    return (PyObject *)self;
}

/* ------------------------------------------------------------------ methods */

static PyObject *
method_update(PyObject *self, PyObject *data)
{
    return digest_update_object(&((digest_object *)self)->state, data) < 0 ? NULL : Py_None;
}

static PyObject *
method_copy(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    digest_object *copy = (digest_object *)gcrt_new(Py_TYPE(self), sizeof(digest_object));
    if (copy != NULL)
        copy->state = ((digest_object *)self)->state;
    return (PyObject *)copy;
}

/* The length argument of SHAKE's digest; others take none. */
static int
digest_length(const digest_state *state, PyObject *const *args, Py_ssize_t n, const char *name, size_t *out)
{
    int variable = state->digest_size == 0;
    if (n != variable) {
        if (variable)
            PyErr_Format(PyExc_TypeError, "%s.%s() takes exactly one argument (%zd given)",
                         state->algorithm->name, name, n);
        else
            PyErr_Format(PyExc_TypeError, "%s.%s() takes no arguments (%zd given)", state->algorithm->name, name, n);
        return -1;
    }
    *out = (size_t)state->digest_size;
    if (!variable)
        return 0;
    if (PyLong_Check(args[0]) && _PyLong_Sign(args[0]) < 0) {
        PyErr_SetString(PyExc_ValueError, "value must be positive");
        return -1;
    }
    unsigned long length = PyLong_AsUnsignedLong(args[0]);
    if (length == (unsigned long)-1 && PyErr_Occurred())
        return -1;
    if (length >= (1UL << 29)) {
        PyErr_SetString(PyExc_ValueError, "length is too large");
        return -1;
    }
    *out = length;
    return 0;
}

static PyObject *
final_bytes(PyObject *self, PyObject *const *args, Py_ssize_t n, const char *name)
{
    digest_state copy = ((digest_object *)self)->state;
    size_t length;
    if (digest_length(&copy, args, n, name, &length) < 0)
        return NULL;
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)length);
    if (result != NULL)
        copy.algorithm->finish(&copy, (unsigned char *)PyBytes_AS_STRING(result), length);
    return result;
}

static PyObject *
method_digest(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    return final_bytes(self, args, n, "digest");
}

static PyObject *
method_hexdigest(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    static const char digits[] = "0123456789abcdef";
    PyObject *bytes = final_bytes(self, args, n, "hexdigest"), *text;
    if (bytes == NULL)
        return NULL;
    Py_ssize_t length = PyBytes_GET_SIZE(bytes);
    if ((text = PyUnicode_New(2 * length, 127)) == NULL)
        return NULL;
    char *out = PyUnicode_DATA(text);
    for (Py_ssize_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)PyBytes_AS_STRING(bytes)[i];
        *out++ = digits[byte >> 4];
        *out++ = digits[byte & 15];
    }
    return text;
}

PyMethodDef digest_methods[] = {
    {"update", method_update, METH_O, "Update this hash object's state with the provided string."},
    {"digest", _PyCFunction_CAST(method_digest), METH_FASTCALL, "Return the digest value as a bytes object."},
    {"hexdigest", _PyCFunction_CAST(method_hexdigest), METH_FASTCALL,
     "Return the digest value as a string of hexadecimal digits."},
    {"copy", method_copy, METH_NOARGS, "Return a copy of the hash object."},
    {NULL, NULL, 0, NULL},
};

static PyObject *
get_name(PyObject *self, void *Py_UNUSED(closure))
{
    return PyUnicode_FromString(((digest_object *)self)->state.algorithm->name);
}

static PyObject *
get_digest_size(PyObject *self, void *Py_UNUSED(closure))
{
    return gcrt_int(((digest_object *)self)->state.digest_size);
}

static PyObject *
get_block_size(PyObject *self, void *Py_UNUSED(closure))
{
    return gcrt_int(((digest_object *)self)->state.algorithm->block_size);
}

PyGetSetDef digest_getset[] = {
    {"name", get_name, NULL, NULL, NULL},
    {"digest_size", get_digest_size, NULL, NULL, NULL},
    {"block_size", get_block_size, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
