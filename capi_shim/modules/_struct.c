/* _struct.c: the _struct module: values packed in bytes.  Formats are parsed in struct_format.c, single
 * values are read and written in struct_codes.c; here are Struct, the functions and the cache. */
#include "struct_module.h"

PyObject *struct_error;
static PyTypeObject struct_type, unpack_iterator_type;
static PyObject *cache; /* dict: format -> Struct, dropped when it has grown large */

#define CACHE_LIMIT 100

/* ------------------------------------------------------------------ packing and unpacking */

static PyObject *
unpack_at(const struct_object *self, const char *start)
{
    PyObject *result = PyTuple_New(self->n_values);
    Py_ssize_t at = 0;
    if (result == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < self->n_fields; i++) {
        const struct_field *field = &self->fields[i];
        const char *p = start + field->offset;
        for (Py_ssize_t k = 0; k < field->repeat; k++, p += field->size) {
            PyObject *value = struct_load(field, p);
            if (value == NULL)
                return NULL;
            PyTuple_SET_ITEM(result, at++, value);
        }
    }
    return result;
}

/* Zero out[0:size], then write the values. */
static int
pack_into(const struct_object *self, PyObject *const *values, char *out)
{
    memset(out, 0, (size_t)self->size);
    for (Py_ssize_t i = 0; i < self->n_fields; i++) {
        const struct_field *field = &self->fields[i];
        char *p = out + field->offset;
        for (Py_ssize_t k = 0; k < field->repeat; k++, p += field->size)
            if (struct_store(field, p, *values++) < 0)
                return -1;
    }
    return 0;
}

/* ------------------------------------------------------------------ Struct */

static void
struct_trace(PyObject *op, size_t size, struct gc_tracer *tracer)
{
    struct_object *self = (struct_object *)op;
    (void)size;
    gc_visit(tracer, (uintptr_t)self->format);
    gc_visit(tracer, (uintptr_t)self->fields);
}

static PyObject *
struct_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    struct_object *self = (struct_object *)type->tp_alloc(type, 0);
    if (self != NULL)
        self->size = -1;
    return (PyObject *)self;
}

static int
struct_setup(struct_object *self, PyObject *format)
{
    if (PyUnicode_Check(format) && (format = PyUnicode_AsASCIIString(format)) == NULL)
        return -1;
    if (!PyBytes_Check(format)) {
        PyErr_Format(PyExc_TypeError, "Struct() argument 1 must be a str or bytes object, not %.200s",
                     Py_TYPE(format)->tp_name);
        return -1;
    }
    gc_store(self, &self->format, format);
    return struct_parse(self, PyBytes_AS_STRING(format), PyBytes_GET_SIZE(format));
}

static int
struct_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"format", NULL};
    PyObject *format;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:Struct", keywords, &format))
        return -1;
    return struct_setup((struct_object *)self, format);
}

static int
check_ready(const struct_object *self)
{
    if (self->size >= 0)
        return 0;
    PyErr_SetString(PyExc_RuntimeError, "Struct object is not initialized");
    return -1;
}

static PyObject *
pack_values(struct_object *self, PyObject *const *values, Py_ssize_t n)
{
    if (check_ready(self) < 0)
        return NULL;
    if (n != self->n_values)
        return PyErr_Format(struct_error, "pack expected %zd items for packing (got %zd)", self->n_values, n);
    PyObject *result = PyBytes_FromStringAndSize(NULL, self->size);
    return result == NULL || pack_into(self, values, PyBytes_AS_STRING(result)) < 0 ? NULL : result;
}

/* An offset that may count from the end, checked for the room behind it. */
static int
check_offset(const char *function, const char *verb, const char *direction, Py_ssize_t *offset, Py_ssize_t length,
             Py_ssize_t size)
{
    if (*offset < 0) {
        if (*offset + size > 0) {
            PyErr_Format(struct_error, verb[0] == 'p' ? "no space to %s %zd bytes at offset %zd"
                                                      : "not enough data to %s %zd bytes at offset %zd",
                         verb, size, *offset);
            return -1;
        }
        if (*offset + length < 0) {
            PyErr_Format(struct_error, "offset %zd out of range for %zd-byte buffer", *offset, length);
            return -1;
        }
        *offset += length;
    }
    if (length - *offset < size) {
        PyErr_Format(struct_error,
                     "%s requires a buffer of at least %zu bytes for %s %zd bytes at offset %zd "
                     "(actual buffer size is %zd)",
                     function, (size_t)size + (size_t)*offset, direction, size, *offset, length);
        return -1;
    }
    return 0;
}

static PyObject *
pack_into_buffer(struct_object *self, PyObject *const *args, Py_ssize_t n)
{
    Py_buffer view;
    if (check_ready(self) < 0)
        return NULL;
    if (n != self->n_values + 2) {
        if (n == 0)
            PyErr_SetString(struct_error, "pack_into expected buffer argument");
        else if (n == 1)
            PyErr_SetString(struct_error, "pack_into expected offset argument");
        else
            PyErr_Format(struct_error, "pack_into expected %zd items for packing (got %zd)", self->n_values, n - 2);
        return NULL;
    }
    if (PyObject_GetBuffer(args[0], &view, PyBUF_WRITABLE) < 0) {
        PyErr_Format(PyExc_TypeError, "argument must be read-write bytes-like object, not %.200s",
                     Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    Py_ssize_t offset = PyNumber_AsSsize_t(args[1], PyExc_IndexError);
    int failed = (offset == -1 && PyErr_Occurred()) ||
                 check_offset("pack_into", "pack", "packing", &offset, view.len, self->size) < 0 ||
                 pack_into(self, args + 2, (char *)view.buf + offset) < 0;
    PyBuffer_Release(&view);
    return failed ? NULL : Py_None;
}

static PyObject *
unpack_buffer(struct_object *self, PyObject *source)
{
    Py_buffer view;
    if (check_ready(self) < 0)
        return NULL;
    if (PyBytes_CheckExact(source) && PyBytes_GET_SIZE(source) == self->size)
        return unpack_at(self, PyBytes_AS_STRING(source));
    if (PyObject_GetBuffer(source, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    PyObject *result = NULL;
    if (view.len != self->size)
        PyErr_Format(struct_error, "unpack requires a buffer of %zd bytes", self->size);
    else
        result = unpack_at(self, view.buf);
    PyBuffer_Release(&view);
    return result;
}

static PyObject *
unpack_from_buffer(struct_object *self, PyObject *source, Py_ssize_t offset)
{
    Py_buffer view;
    if (check_ready(self) < 0 || PyObject_GetBuffer(source, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    PyObject *result = NULL;
    if (check_offset("unpack_from", "unpack", "unpacking", &offset, view.len, self->size) == 0)
        result = unpack_at(self, (const char *)view.buf + offset);
    PyBuffer_Release(&view);
    return result;
}

/* ------------------------------------------------------------------ iter_unpack */

typedef struct {
    PyObject_HEAD
    struct_object *layout;
    Py_buffer view;
    Py_ssize_t at;
} unpack_iterator;

static void
unpack_iterator_trace(PyObject *op, size_t size, struct gc_tracer *tracer)
{
    unpack_iterator *self = (unpack_iterator *)op;
    (void)size;
    gc_visit(tracer, (uintptr_t)self->layout);
    gc_visit(tracer, (uintptr_t)self->view.obj);
    gc_visit(tracer, (uintptr_t)self->view.buf);
    gc_visit(tracer, (uintptr_t)self->view.internal);
}

static PyObject *
unpack_iterator_next(PyObject *op)
{
    unpack_iterator *self = (unpack_iterator *)op;
    if (self->layout == NULL)
        return NULL;
    if (self->at >= self->view.len) {
        self->layout = NULL;
        PyBuffer_Release(&self->view);
        return NULL;
    }
    PyObject *result = unpack_at(self->layout, (const char *)self->view.buf + self->at);
    self->at += self->layout->size;
    return result;
}

static PyObject *
unpack_iterator_length(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    unpack_iterator *self = (unpack_iterator *)op;
    return gcrt_int(self->layout == NULL ? 0 : (self->view.len - self->at) / self->layout->size);
}

static PyMethodDef unpack_iterator_methods[] = {
    {"__length_hint__", unpack_iterator_length, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject unpack_iterator_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_struct.unpack_iterator",
    .tp_basicsize = sizeof(unpack_iterator),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = unpack_iterator_next,
    .tp_methods = unpack_iterator_methods,
    .gcrt_trace = unpack_iterator_trace,
};

static PyObject *
iterate_buffer(struct_object *self, PyObject *source)
{
    if (check_ready(self) < 0)
        return NULL;
    if (self->size == 0) {
        PyErr_SetString(struct_error, "cannot iteratively unpack with a struct of length 0");
        return NULL;
    }
    unpack_iterator *iterator = (unpack_iterator *)gcrt_new(&unpack_iterator_type, sizeof(unpack_iterator));
    if (iterator == NULL || PyObject_GetBuffer(source, &iterator->view, PyBUF_SIMPLE) < 0)
        return NULL;
    if (iterator->view.len % self->size != 0) {
        PyBuffer_Release(&iterator->view);
        return PyErr_Format(struct_error,
                            "iterative unpacking requires a buffer of a multiple of %zd bytes", self->size);
    }
    iterator->layout = self;
    return (PyObject *)iterator;
}

/* ------------------------------------------------------------------ methods of Struct */

static PyObject *
method_pack(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    return pack_values((struct_object *)self, args, n);
}

static PyObject *
method_pack_into(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    return pack_into_buffer((struct_object *)self, args, n);
}

static PyObject *
method_unpack(PyObject *self, PyObject *source)
{
    return unpack_buffer((struct_object *)self, source);
}

static PyObject *
method_unpack_from(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"buffer", "offset", NULL};
    PyObject *source;
    Py_ssize_t offset = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|n:unpack_from", keywords, &source, &offset))
        return NULL;
    return unpack_from_buffer((struct_object *)self, source, offset);
}

static PyObject *
method_iter_unpack(PyObject *self, PyObject *source)
{
    return iterate_buffer((struct_object *)self, source);
}

static PyMethodDef struct_methods[] = {
    {"iter_unpack", method_iter_unpack, METH_O, "Return an iterator yielding tuples."},
    {"pack", _PyCFunction_CAST(method_pack), METH_FASTCALL, "Return a bytes object containing the packed values."},
    {"pack_into", _PyCFunction_CAST(method_pack_into), METH_FASTCALL,
     "Pack the values and write the packed bytes into the writable buffer."},
    {"unpack", method_unpack, METH_O, "Return a tuple containing unpacked values."},
    {"unpack_from", _PyCFunction_CAST(method_unpack_from), METH_VARARGS | METH_KEYWORDS,
     "Return a tuple containing unpacked values from an offset."},
    {NULL, NULL, 0, NULL},
};

static PyObject *
get_format(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *format = ((struct_object *)self)->format;
    if (format == NULL)
        Py_RETURN_NONE;
    return PyUnicode_FromStringAndSize(PyBytes_AS_STRING(format), PyBytes_GET_SIZE(format));
}

static PyObject *
get_size(PyObject *self, void *Py_UNUSED(closure))
{
    return gcrt_int(((struct_object *)self)->size);
}

static PyGetSetDef struct_getset[] = {
    {"format", get_format, NULL, "struct format string", NULL},
    {"size", get_size, NULL, "struct size in bytes", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyTypeObject struct_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_struct.Struct",
    .tp_doc = "Struct(fmt) --> compiled struct object",
    .tp_basicsize = sizeof(struct_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_methods = struct_methods,
    .tp_getset = struct_getset,
    .tp_new = struct_new,
    .tp_init = struct_init,
    .gcrt_trace = struct_trace,
};

/* ------------------------------------------------------------------ functions */

/* The compiled format, from the cache when it is there. */
static struct_object *
compiled(PyObject *format)
{
    PyObject *known = PyDict_GetItemWithError(cache, format);
    if (known != NULL)
        return (struct_object *)known;
    if (PyErr_Occurred())
        return NULL;
    struct_object *made = (struct_object *)struct_new(&struct_type, NULL, NULL);
    if (made == NULL || struct_setup(made, format) < 0)
        return NULL;
    if (PyDict_GET_SIZE(cache) >= CACHE_LIMIT)
        PyDict_Clear(cache);
    if (PyDict_SetItem(cache, format, (PyObject *)made) < 0)
        return NULL;
    return made;
}

static PyObject *
function_calcsize(PyObject *Py_UNUSED(module), PyObject *format)
{
    struct_object *layout = compiled(format);
    return layout == NULL ? NULL : gcrt_int(layout->size);
}

static PyObject *
function_pack(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    if (n == 0) {
        PyErr_SetString(PyExc_TypeError, "missing format argument");
        return NULL;
    }
    struct_object *layout = compiled(args[0]);
    return layout == NULL ? NULL : pack_values(layout, args + 1, n - 1);
}

static PyObject *
function_pack_into(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    if (n == 0) {
        PyErr_SetString(PyExc_TypeError, "missing format argument");
        return NULL;
    }
    struct_object *layout = compiled(args[0]);
    return layout == NULL ? NULL : pack_into_buffer(layout, args + 1, n - 1);
}

static PyObject *
function_unpack(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    struct_object *layout = _PyArg_CheckPositional("unpack", n, 2, 2) ? compiled(args[0]) : NULL;
    return layout == NULL ? NULL : unpack_buffer(layout, args[1]);
}

static PyObject *
function_unpack_from(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"", "buffer", "offset", NULL};
    PyObject *format, *source;
    Py_ssize_t offset = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|n:unpack_from", keywords, &format, &source, &offset))
        return NULL;
    struct_object *layout = compiled(format);
    return layout == NULL ? NULL : unpack_from_buffer(layout, source, offset);
}

static PyObject *
function_iter_unpack(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t n)
{
    struct_object *layout = _PyArg_CheckPositional("iter_unpack", n, 2, 2) ? compiled(args[0]) : NULL;
    return layout == NULL ? NULL : iterate_buffer(layout, args[1]);
}

static PyObject *
function_clearcache(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyDict_Clear(cache);
    Py_RETURN_NONE;
}

static PyMethodDef module_methods[] = {
    {"_clearcache", function_clearcache, METH_NOARGS, "Clear the internal cache."},
    {"calcsize", function_calcsize, METH_O, "Return size in bytes of the struct described by the format string."},
    {"iter_unpack", _PyCFunction_CAST(function_iter_unpack), METH_FASTCALL,
     "Return an iterator yielding tuples unpacked from the given bytes source."},
    {"pack", _PyCFunction_CAST(function_pack), METH_FASTCALL,
     "Return a bytes object containing the values packed according to the format string."},
    {"pack_into", _PyCFunction_CAST(function_pack_into), METH_FASTCALL,
     "Pack the values according to the format string and write the packed bytes into the writable buffer."},
    {"unpack", _PyCFunction_CAST(function_unpack), METH_FASTCALL,
     "Return a tuple containing values unpacked according to the format string."},
    {"unpack_from", _PyCFunction_CAST(function_unpack_from), METH_VARARGS | METH_KEYWORDS,
     "Return a tuple containing values unpacked from an offset of the buffer."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef struct_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_struct",
    .m_doc = "Functions to convert between Python values and C structs represented as Python bytes objects.",
    .m_methods = module_methods,
};

PyObject *
PyInit__struct(void)
{
    PyObject *module;
    if (PyType_Ready(&struct_type) < 0 || PyType_Ready(&unpack_iterator_type) < 0)
        return NULL;
    if (struct_error == NULL && (struct_error = PyErr_NewException("struct.error", NULL, NULL)) == NULL)
        return NULL;
    if ((cache = PyDict_New()) == NULL || (module = PyModule_Create(&struct_module)) == NULL ||
        PyModule_AddObjectRef(module, "Struct", (PyObject *)&struct_type) < 0 ||
        PyModule_AddObjectRef(module, "error", struct_error) < 0)
        return NULL;
    return module;
}
