/* memoryview.c: memoryview objects: making, releasing, describing them.
 *
 * A managed buffer holds the one Py_buffer that the exporter gave out; every memoryview made from it, slices and
 * casts included, shares it and has shape and strides of its own.  The exporter's buffer is released when the last
 * of them is; if nobody releases them, when the managed buffer dies.  Only exporters that have something to release
 * pay for that: see releasing_type. */
#include "runtime.h"

#include "bytes.h"
#include "memoryview.h"
#include "textargs.h"

typedef struct {
    PyObject_HEAD
    bool released;
    Py_ssize_t views;
    Py_buffer master;
} managed_buffer;

/* ------------------------------------------------------------------ managed buffers */

static void
managed_trace(PyObject *self, size_t Py_UNUSED(size), gc_tracer *t)
{
    managed_buffer *m = (managed_buffer *)self;
    gc_visit_range(t, &m->master, sizeof m->master / sizeof(void *));
}

static void
managed_release(managed_buffer *m)
{
    if (m->released)
        return;
    m->released = true;
    PyBuffer_Release(&m->master);
}

static void
managed_dealloc(PyObject *self)
{
    managed_release((managed_buffer *)self);
    PyObject_Free(self);
}

PyTypeObject _PyManagedBuffer_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "managedbuffer",
    .tp_basicsize = sizeof(managed_buffer),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .gcrt_trace = managed_trace,
};

PyTypeObject memoryview_releasing_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "managedbuffer",
    .tp_basicsize = sizeof(managed_buffer),
    .tp_dealloc = managed_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .gcrt_trace = managed_trace,
};

/* Buffers of our own types are plain memory of the collector's: nothing happens when they are not released. */
static PyTypeObject *
managing_type(PyObject *exporter)
{
    PyBufferProcs *procs = exporter == NULL ? NULL : Py_TYPE(exporter)->tp_as_buffer;
    if (procs == NULL || procs->bf_releasebuffer == NULL || PyByteArray_CheckExact(exporter))
        return &_PyManagedBuffer_Type;
    return &memoryview_releasing_type;
}

/* ------------------------------------------------------------------ making views */

static PyObject *
new_view(managed_buffer *m, const Py_buffer *layout, int ndim)
{
    size_t size = offsetof(PyMemoryViewObject, ob_array) + 3 * (size_t)Py_MAX(ndim, 1) * sizeof(Py_ssize_t);
    PyMemoryViewObject *self = (PyMemoryViewObject *)gcrt_new(&PyMemoryView_Type, size);
    Py_buffer *v;
    if (self == NULL)
        return NULL;
    v = &self->view;
    *v = *layout;
    v->obj = m->master.obj;
    v->ndim = ndim;
    v->internal = NULL;
    if (v->format == NULL)
        v->format = "B";
    v->shape = self->ob_array;
    v->strides = self->ob_array + ndim;
    v->suboffsets = layout->suboffsets == NULL ? NULL : self->ob_array + 2 * ndim;
    for (int i = 0; i < ndim && i < layout->ndim; i++) {
        v->shape[i] = layout->shape == NULL ? layout->len / layout->itemsize : layout->shape[i];
        if (layout->strides != NULL)
            v->strides[i] = layout->strides[i];
        if (layout->suboffsets != NULL)
            v->suboffsets[i] = layout->suboffsets[i];
    }
    if (layout->strides == NULL)
        PyBuffer_FillContiguousStrides(ndim, v->shape, v->strides, (int)v->itemsize, 'C');
    self->mbuf = (PyObject *)m;
    self->hash = -1;
    m->views++;
    return (PyObject *)self;
}

PyObject *
memoryview_derive(PyObject *base, const Py_buffer *layout, int ndim)
{
    return new_view((managed_buffer *)MEMORYVIEW(base)->mbuf, layout, ndim);
}

static PyObject *
view_of_managed(managed_buffer *m)
{
    if (m->master.ndim > PyBUF_MAX_NDIM) {
        PyErr_Format(PyExc_ValueError, "memoryview: number of dimensions must not exceed %d", PyBUF_MAX_NDIM);
        return NULL;
    }
    return new_view(m, &m->master, m->master.ndim);
}

PyObject *
PyMemoryView_FromObject(PyObject *base)
{
    managed_buffer *m;
    if (PyMemoryView_Check(base))
        return memoryview_dead(base)
                   ? NULL
                   : memoryview_derive(base, MEMORYVIEW_VIEW(base), MEMORYVIEW_VIEW(base)->ndim);
    if (!PyObject_CheckBuffer(base)) {
        PyErr_Format(PyExc_TypeError, "memoryview: a bytes-like object is required, not '%.200s'",
                     Py_TYPE(base)->tp_name);
        return NULL;
    }
    m = (managed_buffer *)gcrt_new(managing_type(base), sizeof *m);
    if (m == NULL || PyObject_GetBuffer(base, &m->master, PyBUF_FULL_RO) < 0)
        return NULL;
    return view_of_managed(m);
}

PyObject *
PyMemoryView_FromBuffer(const Py_buffer *info)
{
    managed_buffer *m;
    if (info->buf == NULL) {
        PyErr_SetString(PyExc_ValueError, "PyMemoryView_FromBuffer(): info->buf must not be NULL");
        return NULL;
    }
    m = (managed_buffer *)gcrt_new(&_PyManagedBuffer_Type, sizeof *m);
    if (m == NULL)
        return NULL;
    m->master = *info;
    m->master.obj = NULL;
    return view_of_managed(m);
}

PyObject *
PyMemoryView_FromMemory(char *mem, Py_ssize_t size, int flags)
{
    managed_buffer *m = (managed_buffer *)gcrt_new(&_PyManagedBuffer_Type, sizeof *m);
    if (m == NULL || PyBuffer_FillInfo(&m->master, NULL, mem, size, flags != PyBUF_WRITE, PyBUF_FULL_RO) < 0)
        return NULL;
    return view_of_managed(m);
}

PyObject *
PyMemoryView_GetContiguous(PyObject *base, int buffertype, char order)
{
    PyObject *view = PyMemoryView_FromObject(base), *bytes;
    Py_buffer *v, layout;
    if (view == NULL)
        return NULL;
    v = MEMORYVIEW_VIEW(view);
    if (buffertype == PyBUF_WRITE && v->readonly) {
        PyErr_SetString(PyExc_BufferError, "underlying buffer is not writable");
        return NULL;
    }
    if (PyBuffer_IsContiguous(v, order))
        return view;
    if (buffertype == PyBUF_WRITE) {
        PyErr_SetString(PyExc_BufferError,
                        "writable contiguous buffer requested for a non-contiguous object.");
        return NULL;
    }
    bytes = PyBytes_FromStringAndSize(NULL, v->len);
    if (bytes == NULL || PyBuffer_ToContiguous(PyBytes_AS_STRING(bytes), v, v->len, order) < 0 ||
        (base = PyMemoryView_FromObject(bytes)) == NULL)
        return NULL;
    layout = *v;
    layout.buf = PyBytes_AS_STRING(bytes);
    layout.readonly = 1;
    layout.suboffsets = NULL;
    view = memoryview_derive(base, &layout, v->ndim);
    if (view != NULL)
        PyBuffer_FillContiguousStrides(v->ndim, MEMORYVIEW_VIEW(view)->shape, MEMORYVIEW_VIEW(view)->strides,
                                       (int)v->itemsize, order == 'A' ? 'C' : order);
    return view;
}

static PyObject *
memory_new(PyTypeObject *Py_UNUSED(type), PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"object", NULL};
    PyObject *object;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:memoryview", names, &object))
        return NULL;
    return PyMemoryView_FromObject(object);
}

/* ------------------------------------------------------------------ release, buffers of views */

static int
release_view(PyObject *self)
{
    PyMemoryViewObject *mv = MEMORYVIEW(self);
    managed_buffer *m = (managed_buffer *)mv->mbuf;
    if (mv->flags & MEMORYVIEW_RELEASED)
        return 0;
    if (mv->exports > 0) {
        PyErr_Format(PyExc_BufferError, "memoryview has %zd exported buffer%s", mv->exports,
                     mv->exports == 1 ? "" : "s");
        return -1;
    }
    mv->flags |= MEMORYVIEW_RELEASED;
    if (--m->views == 0)
        managed_release(m);
    return 0;
}

static PyObject *
release(PyObject *self, PyObject *Py_UNUSED(unused))
{
    if (release_view(self) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
enter(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return memoryview_dead(self) ? NULL : self;
}

static PyObject *
leave(PyObject *self, PyObject *const *Py_UNUSED(args), Py_ssize_t Py_UNUSED(n))
{
    return release(self, NULL);
}

static int
refuse(const char *message)
{
    PyErr_SetString(PyExc_BufferError, message);
    return -1;
}

static int
getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    const Py_buffer *v = MEMORYVIEW_VIEW(self);
    if (memoryview_dead(self))
        return -1;
    *view = *v;
    view->obj = NULL;
    view->internal = NULL;
    if ((flags & PyBUF_WRITABLE) && v->readonly)
        return refuse("memoryview: underlying buffer is not writable");
    if (!(flags & PyBUF_FORMAT))
        view->format = NULL;
    if ((flags & PyBUF_C_CONTIGUOUS) == PyBUF_C_CONTIGUOUS && !PyBuffer_IsContiguous(v, 'C'))
        return refuse("memoryview: underlying buffer is not C-contiguous");
    if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS && !PyBuffer_IsContiguous(v, 'F'))
        return refuse("memoryview: underlying buffer is not Fortran contiguous");
    if ((flags & PyBUF_ANY_CONTIGUOUS) == PyBUF_ANY_CONTIGUOUS && !PyBuffer_IsContiguous(v, 'A'))
        return refuse("memoryview: underlying buffer is not contiguous");
    if ((flags & PyBUF_INDIRECT) != PyBUF_INDIRECT && v->suboffsets != NULL)
        return refuse("memoryview: underlying buffer requires suboffsets");
    if ((flags & PyBUF_STRIDES) != PyBUF_STRIDES) {
        if (!PyBuffer_IsContiguous(v, 'C'))
            return refuse("memoryview: underlying buffer is not C-contiguous");
        view->strides = NULL;
    }
    if (!(flags & PyBUF_ND)) {
        if (view->format != NULL)
            return refuse("memoryview: cannot cast to unsigned bytes if the format flag is present");
        view->ndim = 1;
        view->shape = NULL;
    }
    view->obj = self;
    MEMORYVIEW(self)->exports++;
    return 0;
}

static void
releasebuffer(PyObject *self, Py_buffer *Py_UNUSED(view))
{
    MEMORYVIEW(self)->exports--;
}

/* ------------------------------------------------------------------ conversions */

static PyObject *
tobytes_order(PyObject *self, char order)
{
    const Py_buffer *v = MEMORYVIEW_VIEW(self);
    PyObject *bytes;
    char *flat;
    if (memoryview_dead(self))
        return NULL;
    if (PyBuffer_IsContiguous(v, order))
        return PyBytes_FromStringAndSize(v->buf, v->len);
    flat = gcrt_alloc_leaf((size_t)v->len + 1);
    if (flat == NULL || PyBuffer_ToContiguous(flat, v, v->len, order) < 0)
        return NULL;
    bytes = PyBytes_FromStringAndSize(flat, v->len);
    return bytes;
}

static PyObject *
tobytes(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    static const char *const names[] = {"order"};
    PyObject *given[1];
    const char *order = "C";
    if (textargs_keywords("tobytes", args, n, kwnames, names, 0, 1, given) < 0)
        return NULL;
    if (given[0] != NULL && given[0] != Py_None && (order = textargs_utf8("tobytes", "order", given[0])) == NULL)
        return NULL;
    if (strcmp(order, "C") != 0 && strcmp(order, "F") != 0 && strcmp(order, "A") != 0) {
        PyErr_SetString(PyExc_ValueError, "order must be 'C', 'F' or 'A'");
        return NULL;
    }
    return tobytes_order(self, order[0]);
}

static PyObject *
hex(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    PyObject *bytes = tobytes_order(self, 'C');
    return bytes == NULL ? NULL : bytes_hex(bytes, args, n, kwnames);
}

static PyObject *
toreadonly(PyObject *self, PyObject *Py_UNUSED(unused))
{
    PyObject *view;
    if (memoryview_dead(self))
        return NULL;
    view = memoryview_derive(self, MEMORYVIEW_VIEW(self), MEMORYVIEW_VIEW(self)->ndim);
    if (view != NULL)
        MEMORYVIEW_VIEW(view)->readonly = 1;
    return view;
}

static PyObject *
repr(PyObject *self)
{
    return PyUnicode_FromFormat(MEMORYVIEW(self)->flags & MEMORYVIEW_RELEASED ? "<released memory at %p>"
                                                                             : "<memory at %p>",
                                self);
}

static Py_hash_t
hash(PyObject *self)
{
    PyMemoryViewObject *mv = MEMORYVIEW(self);
    char c;
    PyObject *bytes;
    if (mv->hash != -1)
        return mv->hash;
    if (memoryview_dead(self))
        return -1;
    if (!mv->view.readonly) {
        PyErr_SetString(PyExc_ValueError, "cannot hash writable memoryview object");
        return -1;
    }
    c = memoryview_format_char(mv->view.format);
    if (c != 'B' && c != 'b' && c != 'c') {
        PyErr_SetString(PyExc_ValueError, "memoryview: hashing is restricted to formats 'B', 'b' or 'c'");
        return -1;
    }
    if (mv->view.obj != NULL && PyObject_Hash(mv->view.obj) == -1)
        return -1;
    bytes = tobytes_order(self, 'C');
    if (bytes != NULL)
        mv->hash = PyObject_Hash(bytes);
    return bytes == NULL ? -1 : mv->hash;
}

static Py_ssize_t
length(PyObject *self)
{
    const Py_buffer *v = MEMORYVIEW_VIEW(self);
    if (memoryview_dead(self))
        return -1;
    return v->ndim == 0 ? 1 : v->shape[0];
}

static PyObject *
iter(PyObject *self)
{
    if (memoryview_dead(self))
        return NULL;
    if (MEMORYVIEW_VIEW(self)->ndim == 0) {
        PyErr_SetString(PyExc_TypeError, "invalid indexing of 0-dim memory");
        return NULL;
    }
    if (MEMORYVIEW_VIEW(self)->ndim != 1) {
        PyErr_SetString(PyExc_NotImplementedError, "multi-dimensional sub-views are not implemented");
        return NULL;
    }
    return PySeqIter_New(self);
}

/* ------------------------------------------------------------------ attributes */

static PyObject *
sizes(int n, const Py_ssize_t *values)
{
    PyObject *tuple = PyTuple_New(values == NULL ? 0 : n);
    for (int i = 0; tuple != NULL && values != NULL && i < n; i++)
        PyTuple_SET_ITEM(tuple, i, PyLong_FromSsize_t(values[i]));
    return tuple;
}

typedef enum attribute {
    OBJ, NBYTES, READONLY_, ITEMSIZE, FORMAT, NDIM, SHAPE, STRIDES, SUBOFFSETS, C_CONTIGUOUS, F_CONTIGUOUS, CONTIGUOUS,
} attribute;

static PyObject *
get_attribute(PyObject *self, void *which)
{
    const Py_buffer *v = MEMORYVIEW_VIEW(self);
    if (memoryview_dead(self))
        return NULL;
    switch ((attribute)(uintptr_t)which) {
    case OBJ: return v->obj == NULL ? Py_None : v->obj;
    case NBYTES: return PyLong_FromSsize_t(v->len);
    case READONLY_: return PyBool_FromLong(v->readonly);
    case ITEMSIZE: return PyLong_FromSsize_t(v->itemsize);
    case FORMAT: return PyUnicode_FromString(v->format);
    case NDIM: return PyLong_FromLong(v->ndim);
    case SHAPE: return sizes(v->ndim, v->shape);
    case STRIDES: return sizes(v->ndim, v->strides);
    case SUBOFFSETS: return sizes(v->ndim, v->suboffsets);
    case C_CONTIGUOUS: return PyBool_FromLong(PyBuffer_IsContiguous(v, 'C'));
    case F_CONTIGUOUS: return PyBool_FromLong(PyBuffer_IsContiguous(v, 'F'));
    default: return PyBool_FromLong(PyBuffer_IsContiguous(v, 'A'));
    }
}

#define ATTRIBUTE(name, which) {name, get_attribute, NULL, NULL, (void *)(uintptr_t)(which)}
static PyGetSetDef attributes[] = {
    ATTRIBUTE("obj", OBJ),
    ATTRIBUTE("nbytes", NBYTES),
    ATTRIBUTE("readonly", READONLY_),
    ATTRIBUTE("itemsize", ITEMSIZE),
    ATTRIBUTE("format", FORMAT),
    ATTRIBUTE("ndim", NDIM),
    ATTRIBUTE("shape", SHAPE),
    ATTRIBUTE("strides", STRIDES),
    ATTRIBUTE("suboffsets", SUBOFFSETS),
    ATTRIBUTE("c_contiguous", C_CONTIGUOUS),
    ATTRIBUTE("f_contiguous", F_CONTIGUOUS),
    ATTRIBUTE("contiguous", CONTIGUOUS),
    {NULL, NULL, NULL, NULL, NULL},
};

static void
trace(PyObject *self, size_t Py_UNUSED(size), gc_tracer *t)
{
    PyMemoryViewObject *mv = MEMORYVIEW(self);
    gc_visit_range(t, &mv->view, sizeof mv->view / sizeof(void *));
    gc_visit(t, (uintptr_t)mv->mbuf);
}

static PyMethodDef methods[] = {
    {"release", release, METH_NOARGS, NULL},
    {"tobytes", _PyCFunction_CAST(tobytes), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"hex", _PyCFunction_CAST(hex), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"tolist", memoryview_tolist, METH_NOARGS, NULL},
    {"cast", _PyCFunction_CAST(memoryview_cast), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"toreadonly", toreadonly, METH_NOARGS, NULL},
    {"__enter__", enter, METH_NOARGS, NULL},
    {"__exit__", _PyCFunction_CAST(leave), METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};
static PySequenceMethods as_sequence = {.sq_length = length, .sq_item = memoryview_item};
static PyMappingMethods as_mapping = {
    .mp_length = length,
    .mp_subscript = memoryview_subscript,
    .mp_ass_subscript = memoryview_assign,
};
static PyBufferProcs as_buffer = {.bf_getbuffer = getbuffer, .bf_releasebuffer = releasebuffer};

PyTypeObject PyMemoryView_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "memoryview",
    .tp_weaklistoffset = -1, /* supported; needs no word */
    .tp_basicsize = offsetof(PyMemoryViewObject, ob_array),
    .tp_itemsize = sizeof(Py_ssize_t),
    .tp_repr = repr,
    .tp_as_sequence = &as_sequence,
    .tp_as_mapping = &as_mapping,
    .tp_hash = hash,
    .tp_as_buffer = &as_buffer,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_SEQUENCE,
    .tp_doc = "memoryview(object)\n--\n\nA view of the memory of an object that exports a buffer.",
    .tp_richcompare = memoryview_richcompare,
    .tp_iter = iter,
    .tp_methods = methods,
    .tp_getset = attributes,
    .tp_new = memory_new,
    .gcrt_trace = trace,
};
