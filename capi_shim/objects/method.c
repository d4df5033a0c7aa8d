/* method.c: bound methods, and instance methods of the C API. */
#include "callable.h"
#include "typeobject.h"

/* ---- bound methods */

static PyObject *
method_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    return call_prepend(PyMethod_GET_FUNCTION(self), PyMethod_GET_SELF(self), args, nargsf, kwnames);
}

PyObject *
PyMethod_New(PyObject *func, PyObject *self)
{
    if (self == NULL) {
        PyErr_BadInternalCall();
        return NULL;
    }
    PyMethodObject *m = (PyMethodObject *)gcrt_new(&PyMethod_Type, sizeof(PyMethodObject));
    if (m == NULL)
        return NULL;
    m->im_func = func;
    m->im_self = self;
    m->vectorcall = method_vectorcall;
    return (PyObject *)m;
}

PyObject *
PyMethod_Function(PyObject *op)
{
    if (!PyMethod_Check(op)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return PyMethod_GET_FUNCTION(op);
}

PyObject *
PyMethod_Self(PyObject *op)
{
    if (!PyMethod_Check(op)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return PyMethod_GET_SELF(op);
}

static PyObject *
method_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    PyObject *func, *self;
    (void)type;
    if (!_PyArg_NoKeywords("method", kwds) || !PyArg_UnpackTuple(args, "method", 2, 2, &func, &self))
        return NULL;
    if (!PyCallable_Check(func)) {
        PyErr_SetString(PyExc_TypeError, "first argument must be callable");
        return NULL;
    }
    if (self == Py_None) {
        PyErr_SetString(PyExc_TypeError, "instance must not be None");
        return NULL;
    }
    return PyMethod_New(func, self);
}

/* What the method itself lacks is the function's. */
static PyObject *
method_getattro(PyObject *self, PyObject *name)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *descr = _PyType_Lookup(type, name);
    if (descr != NULL) {
        descrgetfunc get = Py_TYPE(descr)->tp_descr_get;
        return get == NULL ? descr : get(descr, self, (PyObject *)type);
    }
    return PyObject_GetAttr(PyMethod_GET_FUNCTION(self), name);
}

static PyObject *
method_get_doc(PyObject *self, void *closure)
{
    (void)closure;
    return PyObject_GetAttr(PyMethod_GET_FUNCTION(self), GCRT_NAME(__doc__));
}

static PyObject *
method_repr(PyObject *self)
{
    PyObject *name, *func = PyMethod_GET_FUNCTION(self);
    if (_PyObject_LookupAttr(func, GCRT_NAME(__qualname__), &name) < 0
        || (name == NULL && _PyObject_LookupAttr(func, GCRT_NAME(__name__), &name) < 0))
        return NULL;
    if (name != NULL && !PyUnicode_Check(name))
        name = NULL;
    return PyUnicode_FromFormat("<bound method %V of %R>", name, "?", PyMethod_GET_SELF(self));
}

static Py_hash_t
method_hash(PyObject *self)
{
    Py_hash_t f = PyObject_Hash(PyMethod_GET_FUNCTION(self));
    if (f == -1)
        return -1;
    Py_hash_t h = _Py_HashPointer(PyMethod_GET_SELF(self)) ^ f;
    return h == -1 ? -2 : h;
}

static PyObject *
method_richcompare(PyObject *a, PyObject *b, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyMethod_Check(a) || !PyMethod_Check(b))
        return Py_NotImplemented;
    int same = PyObject_RichCompareBool(PyMethod_GET_FUNCTION(a), PyMethod_GET_FUNCTION(b), Py_EQ);
    if (same < 0)
        return NULL;
    same = same && PyMethod_GET_SELF(a) == PyMethod_GET_SELF(b);
    return PyBool_FromLong(same == (op == Py_EQ));
}

static PyObject *
method_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *name = PyObject_GetAttr(PyMethod_GET_FUNCTION(self), GCRT_NAME(__name__));
    PyObject *builtins = name == NULL ? NULL : PyEval_GetBuiltins();
    PyObject *getattr = builtins == NULL ? NULL : PyMapping_GetItemString(builtins, "getattr");
    return getattr == NULL ? NULL : Py_BuildValue("N(ON)", getattr, PyMethod_GET_SELF(self), name);
}

static void
method_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)PyMethod_GET_FUNCTION(self));
    gc_visit(t, (uintptr_t)PyMethod_GET_SELF(self));
}

static PyMethodDef method_methods[] = {
    {"__reduce__", method_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef method_members[] = {
    {"__func__", _Py_T_OBJECT, offsetof(PyMethodObject, im_func), Py_READONLY, "the function"},
    {"__self__", _Py_T_OBJECT, offsetof(PyMethodObject, im_self), Py_READONLY, "the instance"},
    {NULL, 0, 0, 0, NULL},
};
static PyGetSetDef method_getsets[] = {
    {"__doc__", method_get_doc, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyMethod_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "method",
    .tp_basicsize = sizeof(PyMethodObject),
    .tp_vectorcall_offset = offsetof(PyMethodObject, vectorcall),
    .tp_repr = method_repr,
    .tp_hash = method_hash,
    .tp_call = PyVectorcall_Call,
    .tp_getattro = method_getattro,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_richcompare = method_richcompare,
    .tp_weaklistoffset = offsetof(PyMethodObject, im_weakreflist),
    .tp_methods = method_methods,
    .tp_members = method_members,
    .tp_getset = method_getsets,
    .tp_new = method_new,
    .gcrt_trace = method_trace,
};

/* ---- instance methods: any callable, bound like a function */

typedef struct {
    PyObject_HEAD
    PyObject *func;
} instance_method;

PyObject *
PyInstanceMethod_New(PyObject *func)
{
    instance_method *m = (instance_method *)gcrt_new(&PyInstanceMethod_Type, sizeof(instance_method));
    if (m != NULL)
        m->func = func;
    return (PyObject *)m;
}

PyObject *
PyInstanceMethod_Function(PyObject *op)
{
    if (!PyInstanceMethod_Check(op)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return ((instance_method *)op)->func;
}

static PyObject *
instancemethod_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    PyObject *func;
    (void)type;
    if (!_PyArg_NoKeywords("instancemethod", kwds)
        || !PyArg_UnpackTuple(args, "instancemethod", 1, 1, &func))
        return NULL;
    if (!PyCallable_Check(func)) {
        PyErr_SetString(PyExc_TypeError, "first argument must be callable");
        return NULL;
    }
    return PyInstanceMethod_New(func);
}

static PyObject *
instancemethod_getattro(PyObject *self, PyObject *name)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *descr = _PyType_Lookup(type, name);
    if (descr != NULL) {
        descrgetfunc get = Py_TYPE(descr)->tp_descr_get;
        return get == NULL ? descr : get(descr, self, (PyObject *)type);
    }
    return PyObject_GetAttr(((instance_method *)self)->func, name);
}

static PyObject *
instancemethod_get(PyObject *self, PyObject *obj, PyObject *type)
{
    PyObject *func = ((instance_method *)self)->func;
    (void)type;
    return obj == NULL ? func : PyMethod_New(func, obj);
}

static PyObject *
instancemethod_call(PyObject *self, PyObject *args, PyObject *kwds)
{
    return PyObject_Call(((instance_method *)self)->func, args, kwds);
}

static PyObject *
instancemethod_repr(PyObject *self)
{
    PyObject *name, *func = ((instance_method *)self)->func;
    if (_PyObject_LookupAttr(func, GCRT_NAME(__name__), &name) < 0)
        return NULL;
    if (name != NULL && !PyUnicode_Check(name))
        name = NULL;
    return PyUnicode_FromFormat("<instancemethod %V at %p>", name, "?", self);
}

static PyObject *
instancemethod_richcompare(PyObject *a, PyObject *b, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyInstanceMethod_Check(a) || !PyInstanceMethod_Check(b))
        return Py_NotImplemented;
    return PyObject_RichCompare(((instance_method *)a)->func, ((instance_method *)b)->func, op);
}

static PyMemberDef instancemethod_members[] = {
    {"__func__", _Py_T_OBJECT, offsetof(instance_method, func), Py_READONLY, "the function"},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject PyInstanceMethod_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "instancemethod",
    .tp_basicsize = sizeof(instance_method),
    .tp_repr = instancemethod_repr,
    .tp_call = instancemethod_call,
    .tp_getattro = instancemethod_getattro,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_richcompare = instancemethod_richcompare,
    .tp_members = instancemethod_members,
    .tp_descr_get = instancemethod_get,
    .tp_new = instancemethod_new,
};
