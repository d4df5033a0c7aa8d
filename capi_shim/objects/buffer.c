/* buffer.c: the buffer protocol: asking for buffers, describing and copying them. */
#include "runtime.h"

#include "buffer.h"

int
PyObject_CheckBuffer(PyObject *op)
{
    PyBufferProcs *procs = Py_TYPE(op)->tp_as_buffer;
    return procs != NULL && procs->bf_getbuffer != NULL;
}

/* Parsers try this first and fall back when it is a str: the message is put together without printf. */
static void
need_bytes_like(const char *type)
{
    static const char begin[] = "a bytes-like object is required, not '";
    char text[sizeof begin + 102];
    size_t n = strnlen(type, 100);
    memcpy(text, begin, sizeof begin - 1);
    memcpy(text + sizeof begin - 1, type, n);
    memcpy(text + sizeof begin - 1 + n, "'", 2);
    PyErr_SetString(PyExc_TypeError, text);
}

int
PyObject_GetBuffer(PyObject *op, Py_buffer *view, int flags)
{
    if (!PyObject_CheckBuffer(op)) {
        need_bytes_like(Py_TYPE(op)->tp_name);
        return -1;
    }
    return Py_TYPE(op)->tp_as_buffer->bf_getbuffer(op, view, flags);
}

void
PyBuffer_Release(Py_buffer *view)
{
    PyObject *obj = view->obj;
    PyBufferProcs *procs;
    if (obj == NULL)
        return;
    procs = Py_TYPE(obj)->tp_as_buffer;
    if (procs != NULL && procs->bf_releasebuffer != NULL)
        procs->bf_releasebuffer(obj, view);
    view->obj = NULL;
}

int
PyBuffer_FillInfo(Py_buffer *view, PyObject *obj, void *buf, Py_ssize_t len, int readonly, int flags)
{
    if (view == NULL) {
        PyErr_SetString(PyExc_BufferError, "PyBuffer_FillInfo: view==NULL argument is obsolete");
        return -1;
    }
    if ((flags & PyBUF_WRITABLE) && readonly) {
        PyErr_SetString(PyExc_BufferError, "Object is not writable.");
        return -1;
    }
    view->obj = obj;
    view->buf = buf;
    view->len = len;
    view->readonly = readonly;
    view->itemsize = 1;
    view->format = flags & PyBUF_FORMAT ? "B" : NULL;
    view->ndim = 1;
    view->shape = flags & PyBUF_ND ? &view->len : NULL;
    view->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? &view->itemsize : NULL;
    view->suboffsets = NULL;
    view->internal = NULL;
    return 0;
}

/* ------------------------------------------------------------------ layout */

static bool
is_contiguous(const Py_buffer *v, bool fortran)
{
    Py_ssize_t step = v->itemsize;
    if (v->len == 0)
        return true;
    if (v->strides == NULL)
        return !fortran || v->ndim <= 1 || v->shape == NULL;
    for (int k = 0; k < v->ndim; k++) {
        int i = fortran ? k : v->ndim - 1 - k;
        if (v->shape[i] > 1 && v->strides[i] != step)
            return false;
        step *= v->shape[i];
    }
    return true;
}

int
PyBuffer_IsContiguous(const Py_buffer *view, char order)
{
    if (view->suboffsets != NULL)
        return 0;
    if (order == 'C')
        return is_contiguous(view, false);
    if (order == 'F')
        return is_contiguous(view, true);
    return order == 'A' && (is_contiguous(view, false) || is_contiguous(view, true));
}

void *
PyBuffer_GetPointer(const Py_buffer *view, const Py_ssize_t *indices)
{
    char *p = view->buf;
    for (int i = 0; i < view->ndim; i++) {
        p += view->strides[i] * indices[i];
        if (view->suboffsets != NULL && view->suboffsets[i] >= 0)
            p = *(char **)p + view->suboffsets[i];
    }
    return p;
}

void
PyBuffer_FillContiguousStrides(int ndim, Py_ssize_t *shape, Py_ssize_t *strides, int itemsize, char order)
{
    Py_ssize_t step = itemsize;
    for (int k = 0; k < ndim; k++) {
        int i = order == 'F' ? k : ndim - 1 - k;
        strides[i] = step;
        step *= shape[i];
    }
}

Py_ssize_t
PyBuffer_SizeFromFormat(const char *format)
{
    PyObject *module = PyImport_ImportModule("struct"), *size;
    size = module == NULL ? NULL : PyObject_CallMethod(module, "calcsize", "s", format);
    return size == NULL ? -1 : PyLong_AsSsize_t(size);
}

/* ------------------------------------------------------------------ copying */

typedef struct copying {
    const Py_buffer *view;
    Py_ssize_t shape[PyBUF_MAX_NDIM], strides[PyBUF_MAX_NDIM], flat[PyBUF_MAX_NDIM];
    bool to_flat;
} copying;

static void
copy_dimension(const copying *c, int dim, char *item, char *flat)
{
    if (dim == c->view->ndim) {
        memcpy(c->to_flat ? flat : item, c->to_flat ? item : flat, (size_t)c->view->itemsize);
        return;
    }
    for (Py_ssize_t i = 0; i < c->shape[dim]; i++) {
        char *p = item + i * c->strides[dim];
        if (c->view->suboffsets != NULL && c->view->suboffsets[dim] >= 0)
            p = *(char **)p + c->view->suboffsets[dim];
        copy_dimension(c, dim + 1, p, flat + i * c->flat[dim]);
    }
}

/* Copy between a view of any layout and flat memory in the given order. */
static int
copy_flat(const Py_buffer *view, char *flat, char order, bool to_flat)
{
    copying c = {.view = view, .to_flat = to_flat};
    if (view->ndim > PyBUF_MAX_NDIM) {
        PyErr_SetString(PyExc_ValueError, "too many dimensions");
        return -1;
    }
    if (order == 'A')
        order = PyBuffer_IsContiguous(view, 'F') && !PyBuffer_IsContiguous(view, 'C') ? 'F' : 'C';
    if (PyBuffer_IsContiguous(view, order)) {
        memcpy(to_flat ? flat : view->buf, to_flat ? view->buf : flat, (size_t)view->len);
        return 0;
    }
    for (int i = 0; i < view->ndim; i++)
        c.shape[i] = view->shape == NULL ? view->len / view->itemsize : view->shape[i];
    if (view->strides != NULL)
        memcpy(c.strides, view->strides, (size_t)view->ndim * sizeof *c.strides);
    else
        PyBuffer_FillContiguousStrides(view->ndim, c.shape, c.strides, (int)view->itemsize, 'C');
    PyBuffer_FillContiguousStrides(view->ndim, c.shape, c.flat, (int)view->itemsize, order);
    copy_dimension(&c, 0, view->buf, flat);
    return 0;
}

int
PyBuffer_ToContiguous(void *buf, const Py_buffer *view, Py_ssize_t len, char order)
{
    if (len != view->len) {
        PyErr_SetString(PyExc_ValueError, "PyBuffer_ToContiguous: len != view->len");
        return -1;
    }
    return copy_flat(view, buf, order, true);
}

int
PyBuffer_FromContiguous(const Py_buffer *view, const void *buf, Py_ssize_t len, char order)
{
    if (len < view->len) {
        PyErr_SetString(PyExc_ValueError, "PyBuffer_FromContiguous: buffer is too small");
        return -1;
    }
    return copy_flat(view, (char *)buf, order, false);
}

int
buffer_copy(const Py_buffer *to, const Py_buffer *from)
{
    char *flat;
    if (PyBuffer_IsContiguous(to, 'C') && PyBuffer_IsContiguous(from, 'C')) {
        memmove(to->buf, from->buf, (size_t)from->len);
        return 0;
    }
    flat = gcrt_alloc_leaf((size_t)from->len + 1);
    if (flat == NULL || copy_flat(from, flat, 'C', true) < 0)
        return -1;
    return copy_flat(to, flat, 'C', false);
}

int
PyObject_CopyData(PyObject *dest, PyObject *src)
{
    Py_buffer to, from;
    int result = -1;
    if (!PyObject_CheckBuffer(dest) || !PyObject_CheckBuffer(src)) {
        PyErr_SetString(PyExc_TypeError, "both destination and source must be bytes-like objects");
        return -1;
    }
    if (PyObject_GetBuffer(dest, &to, PyBUF_FULL) < 0)
        return -1;
    if (PyObject_GetBuffer(src, &from, PyBUF_FULL_RO) == 0) {
        if (to.len < from.len)
            PyErr_SetString(PyExc_BufferError, "destination is too small to receive data from source");
        else
            result = buffer_copy(&to, &from);
        PyBuffer_Release(&from);
    }
    PyBuffer_Release(&to);
    return result;
}
