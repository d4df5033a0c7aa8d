/* cell.c: cells, which hold the variables that functions share. */
#include "runtime.h"

static void
cell_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)PyCell_GET(self));
}

PyObject *
PyCell_New(PyObject *value)
{
    PyCellObject *cell = (PyCellObject *)gcrt_new(&PyCell_Type, sizeof(PyCellObject));
    if (cell != NULL)
        cell->ob_ref = value;
    return (PyObject *)cell;
}

PyObject *
PyCell_Get(PyObject *op)
{
    if (!PyCell_Check(op)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return PyCell_GET(op);
}

int
PyCell_Set(PyObject *op, PyObject *value)
{
    if (!PyCell_Check(op)) {
        PyErr_BadInternalCall();
        return -1;
    }
    gc_store(op, &((PyCellObject *)op)->ob_ref, value);
    return 0;
}

static PyObject *
cell_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    PyObject *value = NULL;
    (void)type;
    if (!_PyArg_NoKeywords("cell", kwds) || !PyArg_UnpackTuple(args, "cell", 0, 1, &value))
        return NULL;
    return PyCell_New(value);
}

static PyObject *
cell_repr(PyObject *self)
{
    PyObject *value = PyCell_GET(self);
    if (value == NULL)
        return PyUnicode_FromFormat("<cell at %p: empty>", self);
    return PyUnicode_FromFormat("<cell at %p: %.80s object at %p>", self, Py_TYPE(value)->tp_name, value);
}

static PyObject *
cell_richcompare(PyObject *a, PyObject *b, int op)
{
    if (!PyCell_Check(a) || !PyCell_Check(b))
        return Py_NotImplemented;
    PyObject *x = PyCell_GET(a), *y = PyCell_GET(b);
    if (x != NULL && y != NULL)
        return PyObject_RichCompare(x, y, op);
    Py_RETURN_RICHCOMPARE(y == NULL, x == NULL, op);
}

static PyObject *
cell_get_contents(PyObject *self, void *closure)
{
    PyObject *value = PyCell_GET(self);
    (void)closure;
    if (value == NULL)
        PyErr_SetString(PyExc_ValueError, "Cell is empty");
    return value;
}

static int
cell_set_contents(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    return PyCell_Set(self, value);
}

static PyGetSetDef cell_getsets[] = {
    {"cell_contents", cell_get_contents, cell_set_contents, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyCell_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "cell",
    .tp_basicsize = sizeof(PyCellObject),
    .tp_repr = cell_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_richcompare = cell_richcompare,
    .tp_getset = cell_getsets,
    .tp_new = cell_new,
    .gcrt_trace = cell_trace,
};
