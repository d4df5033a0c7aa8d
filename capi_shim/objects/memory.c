/* memory.c: allocation of objects and of raw memory, for our own files and for extensions.
 *
 * PyObject_New and tp_alloc take objects from the collector; PyMem_* and PyObject_Malloc take extension
 * memory, which is freed explicitly and scanned conservatively.  Freeing an object is the collector's
 * affair: the free functions ignore pointers into its object space, but for the object whose tp_dealloc runs. */
#include "typeobject.h"

/* ---- our own */

static inline unsigned
dying_of(const PyTypeObject *type)
{
    return type->gcrt_flags & (GCRT_TYPE_DYING | GCRT_TYPE_DYING_FREES);
}

PyObject *
gcrt_new_slow(PyTypeObject *type, size_t size, gc_kind kind)
{
    PyObject *op = (PyObject *)gc_alloc(gcrt_ts->gc, size, kind);
    if (op == NULL)
        return PyErr_NoMemory();
    op->ob_type = type;
    if (type->gcrt_flags & GCRT_TYPE_DYING && gc_dying_register(op, dying_of(type)) < 0)
        return PyErr_NoMemory();
    return op;
}

void *
gcrt_alloc_words(size_t n_words)
{
    if (n_words > PY_SSIZE_T_MAX / sizeof(void *))
        return PyErr_NoMemory();
    void *p = gc_alloc(gcrt_ts->gc, n_words * sizeof(void *), GC_CONSERVATIVE);
    return p != NULL ? p : (void *)PyErr_NoMemory();
}

void *
gcrt_alloc_leaf(size_t bytes)
{
    if (bytes > PY_SSIZE_T_MAX)
        return PyErr_NoMemory();
    void *p = gc_alloc(gcrt_ts->gc, bytes, GC_LEAF);
    return p != NULL ? p : (void *)PyErr_NoMemory();
}

/* ---- objects */

/* Bytes of an instance with n items; 0 when that overflows. */
static size_t
instance_size(PyTypeObject *type, Py_ssize_t n, uint32_t inline_slots)
{
    size_t size = (size_t)type->tp_basicsize;
    if (type->tp_itemsize != 0) {
        size_t items = (size_t)(n < 0 ? -n : n);
        if (items > (PY_SSIZE_T_MAX - size - 64) / (size_t)type->tp_itemsize - 1)
            return 0;
        /* One item more, as the protocol's sentinel; or the record, behind the items. */
        if (type->gcrt_inst_offset < 0)
            size = _PyObject_VAR_SIZE(type, items) + sizeof(gcrt_record);
        else
            size = _PyObject_VAR_SIZE(type, items + 1);
    }
    return size + inline_slots * sizeof(PyObject *);
}

/* With items, or the record of a Python class's instance. */
static __attribute__((noinline)) PyObject *
alloc_with_parts(PyTypeObject *type, Py_ssize_t n)
{
    gcrt_shape *root = NULL;
    if (type->gcrt_inst_offset != 0) {
        root = shape_root(type);
        if (root == NULL)
            return NULL;
    }
    size_t size = instance_size(type, n, root == NULL ? 0 : root->inline_slots);
    if (size == 0)
        return PyErr_NoMemory();
    PyObject *op = gcrt_new(type, size);
    if (op == NULL)
        return NULL;
    if (type->tp_itemsize != 0)
        ((PyVarObject *)op)->ob_size = n;
    if (root != NULL)
        gcrt_instance_record(op, type)->shape = root;
    return op;
}

PyObject *
PyType_GenericAlloc(PyTypeObject *type, Py_ssize_t n)
{
    if (GCRT_LIKELY(type->tp_itemsize == 0 && type->gcrt_inst_offset == 0))
        return gcrt_new(type, (size_t)type->tp_basicsize);
    return alloc_with_parts(type, n);
}

PyObject *
type_new_instance(PyTypeObject *type)
{
    gcrt_shape *root = shape_root(type);
    if (root == NULL)
        return NULL;
    PyObject *op = gcrt_new(type, (size_t)type->tp_basicsize + root->inline_slots * sizeof(PyObject *));
    if (op != NULL)
        ((gcrt_record *)((char *)op + type->gcrt_inst_offset))->shape = root;
    return op;
}

PyObject *
PyType_GenericNew(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    (void)args;
    (void)kwds;
    return type->tp_alloc(type, 0);
}

PyObject *
_PyObject_New(PyTypeObject *type)
{
    return PyType_GenericAlloc(type, 0);
}

PyVarObject *
_PyObject_NewVar(PyTypeObject *type, Py_ssize_t n)
{
    return (PyVarObject *)PyType_GenericAlloc(type, n);
}

PyObject *
_PyObject_GC_New(PyTypeObject *type)
{
    return PyType_GenericAlloc(type, 0);
}

PyVarObject *
_PyObject_GC_NewVar(PyTypeObject *type, Py_ssize_t n)
{
    return (PyVarObject *)PyType_GenericAlloc(type, n);
}

PyVarObject *
_PyObject_GC_Resize(PyVarObject *op, Py_ssize_t n)
{
    PyTypeObject *type = Py_TYPE(op);
    size_t wanted = instance_size(type, n, 0);
    if (wanted == 0)
        return (PyVarObject *)PyErr_NoMemory();
    if (gc_contains(op) && wanted <= gc_object_size(op) && type->gcrt_inst_offset >= 0) {
        op->ob_size = n;
        return op;
    }
    PyVarObject *fresh = (PyVarObject *)PyType_GenericAlloc(type, n);
    if (fresh == NULL)
        return NULL;
    Py_ssize_t kept = op->ob_size < n ? op->ob_size : n;
    size_t bytes = (size_t)type->tp_basicsize + (size_t)kept * (size_t)type->tp_itemsize;
    memcpy((char *)fresh + sizeof(PyVarObject), (char *)op + sizeof(PyVarObject),
           bytes - sizeof(PyVarObject));
    if (type->gcrt_inst_offset < 0)
        *gcrt_instance_record((PyObject *)fresh, type) = *gcrt_instance_record((PyObject *)op, type);
    gc_dying_unregister(op);
    return fresh;
}

/* Memory that the caller allocated becomes an object.  A record's inline slots are not in it. */
PyObject *
PyObject_Init(PyObject *op, PyTypeObject *type)
{
    if (op == NULL)
        return PyErr_NoMemory();
    op->ob_type = type;
    if (type->gcrt_inst_offset > 0) {
        gcrt_record *record = gcrt_instance_record(op, type);
        record->shape = shape_root_sized(type, 0);
        record->extra = NULL;
    }
    /* An object of ours that its tp_dealloc kept in a free list lives again. */
    if (type->gcrt_flags & GCRT_TYPE_DYING && gc_object_base(op) == (void *)op &&
        gc_dying_register(op, dying_of(type)) < 0)
        return PyErr_NoMemory();
    return op;
}

PyVarObject *
PyObject_InitVar(PyVarObject *op, PyTypeObject *type, Py_ssize_t size)
{
    if (op == NULL)
        return (PyVarObject *)PyErr_NoMemory();
    op->ob_size = size;
    PyObject_Init((PyObject *)op, type);
    return op;
}

void
PyObject_GC_Del(void *op)
{
    PyObject_Free(op);
}

void
PyObject_GC_Track(void *op)
{
    (void)op;
}

void
PyObject_GC_UnTrack(void *op)
{
    (void)op;
}

int
PyObject_GC_IsTracked(PyObject *op)
{
    return PyObject_IS_GC(op);
}

int
PyObject_GC_IsFinalized(PyObject *op)
{
    (void)op;
    return 0;
}

int
PyObject_IS_GC(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    if (!PyType_IS_GC(type))
        return 0;
    return type->tp_is_gc == NULL || type->tp_is_gc(op);
}

/* ---- raw memory */

void *
PyMem_RawMalloc(size_t size)
{
    return size > PY_SSIZE_T_MAX ? NULL : gc_ext_malloc(size == 0 ? 1 : size);
}

void *
PyMem_RawCalloc(size_t n, size_t size)
{
    if (size != 0 && n > (size_t)PY_SSIZE_T_MAX / size)
        return NULL;
    return n == 0 || size == 0 ? gc_ext_calloc(1, 1) : gc_ext_calloc(n, size);
}

/* Is p an object of the collector's, which nobody frees by hand? */
static int
is_object(void *p)
{
    return p != NULL && gc_contains(p) && gc_ext_usable_size(p) == 0;
}

void *
PyMem_RawRealloc(void *p, size_t size)
{
    if (size > PY_SSIZE_T_MAX)
        return NULL;
    if (!is_object(p))
        return gc_ext_realloc(p, size == 0 ? 1 : size);
    void *fresh = PyMem_RawMalloc(size);
    if (fresh != NULL) {
        size_t old = gc_object_size(p);
        memcpy(fresh, p, old < size ? old : size);
    }
    return fresh;
}

/* Of an object it is at most a word about it. */
void
PyMem_RawFree(void *p)
{
    if (!gc_free(p))
        gc_ext_free(p);
}

void *
PyMem_Malloc(size_t size)
{
    return PyMem_RawMalloc(size);
}

void *
PyMem_Calloc(size_t n, size_t size)
{
    return PyMem_RawCalloc(n, size);
}

void *
PyMem_Realloc(void *p, size_t size)
{
    return PyMem_RawRealloc(p, size);
}

void
PyMem_Free(void *p)
{
    PyMem_RawFree(p);
}

void *
PyObject_Malloc(size_t size)
{
    return PyMem_RawMalloc(size);
}

void *
PyObject_Calloc(size_t n, size_t size)
{
    return PyMem_RawCalloc(n, size);
}

void *
PyObject_Realloc(void *p, size_t size)
{
    return PyMem_RawRealloc(p, size);
}

void
PyObject_Free(void *p)
{
    PyMem_RawFree(p);
}

void
PyMem_SetupDebugHooks(void)
{
}

/* NumPy's arrays of objects are tracked like those of numbers: the block stays scanned. */
int
PyTraceMalloc_Track(unsigned int domain, uintptr_t p, size_t size)
{
    (void)domain;
    (void)p;
    (void)size;
    return 0;
}

int
PyTraceMalloc_Untrack(unsigned int domain, uintptr_t p)
{
    (void)domain;
    (void)p;
    return 0;
}

/* ---- reference counts, for code that calls the functions */

void
Py_IncRef(PyObject *op)
{
    (void)op;
}

void
Py_DecRef(PyObject *op)
{
    (void)op;
}

void
_Py_IncRef(PyObject *op)
{
    (void)op;
}

void
_Py_DecRef(PyObject *op)
{
    (void)op;
}
