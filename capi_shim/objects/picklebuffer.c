/* picklebuffer.c: pickle.PickleBuffer: an object's buffer, wrapped for out-of-band pickling. */
#include "runtime.h"

typedef struct {
    PyObject_HEAD
    Py_buffer view;                  /* obj is NULL when released */
} pickle_buffer;

static const Py_buffer *
view_of(PyObject *self)
{
    const Py_buffer *view = &((pickle_buffer *)self)->view;
    if (view->obj != NULL)
        return view;
    PyErr_SetString(PyExc_ValueError, "operation forbidden on released PickleBuffer object");
    return NULL;
}

PyObject *
PyPickleBuffer_FromObject(PyObject *base)
{
    PyTypeObject *type = &PyPickleBuffer_Type;
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL || PyObject_GetBuffer(base, &((pickle_buffer *)self)->view, PyBUF_FULL_RO) < 0)
        return NULL;
    return self;
}

static int
check(PyObject *op)
{
    if (Py_IS_TYPE(op, &PyPickleBuffer_Type))
        return 0;
    PyErr_Format(PyExc_TypeError, "expected PickleBuffer, %.200s found", Py_TYPE(op)->tp_name);
    return -1;
}

const Py_buffer *
PyPickleBuffer_GetBuffer(PyObject *op)
{
    return check(op) < 0 ? NULL : view_of(op);
}

int
PyPickleBuffer_Release(PyObject *op)
{
    if (check(op) < 0)
        return -1;
    PyBuffer_Release(&((pickle_buffer *)op)->view);
    return 0;
}

static PyObject *
buffer_new(PyTypeObject *Py_UNUSED(type), PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"", NULL};
    PyObject *base;
    return PyArg_ParseTupleAndKeywords(args, kwargs, "O:PickleBuffer", names, &base) ? PyPickleBuffer_FromObject(base)
                                                                                    : NULL;
}

static PyObject *
raw(PyObject *self, PyObject *Py_UNUSED(unused))
{
    const Py_buffer *view = view_of(self);
    PyObject *memory;
    if (view == NULL)
        return NULL;
    if (!PyBuffer_IsContiguous(view, 'A')) {
        PyErr_SetString(PyExc_BufferError, "cannot extract raw buffer from non-contiguous buffer");
        return NULL;
    }
    memory = PyMemoryView_FromObject(self);
    if (memory != NULL && (view->ndim != 1 || view->itemsize != 1 || strcmp(view->format ? view->format : "B", "B")))
        memory = PyObject_CallMethod(memory, "cast", "s", "B");
    return memory;
}

static PyObject *
release(PyObject *self, PyObject *Py_UNUSED(unused))
{
    if (PyPickleBuffer_Release(self) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static int
getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    const Py_buffer *own = view_of(self);
    return own == NULL ? -1 : PyObject_GetBuffer(own->obj, view, flags);
}

static void
dealloc(PyObject *self)
{
    PyBuffer_Release(&((pickle_buffer *)self)->view);
    PyObject_Free(self);
}

static void
trace(PyObject *self, size_t Py_UNUSED(size), gc_tracer *t)
{
    gc_visit_range(t, &((pickle_buffer *)self)->view, sizeof(Py_buffer) / sizeof(void *));
}

static PyMethodDef methods[] = {
    {"raw", raw, METH_NOARGS, NULL},
    {"release", release, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyBufferProcs as_buffer = {.bf_getbuffer = getbuffer};

PyTypeObject PyPickleBuffer_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "pickle.PickleBuffer",
    .tp_basicsize = sizeof(pickle_buffer),
    .tp_dealloc = dealloc,
    .tp_as_buffer = &as_buffer,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "Wrapper for potentially out-of-band buffers",
    .tp_methods = methods,
    .tp_new = buffer_new,
    .gcrt_trace = trace,
};
