/* classmethod.c: classmethod and staticmethod. */
#include "callable.h"
#include "typeobject.h"

typedef struct {
    PyObject_HEAD
    PyObject *callable;
    PyObject *dict;
} wrapper;

static void
wrapper_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((wrapper *)self)->callable);
    gc_visit(t, (uintptr_t)((wrapper *)self)->dict);
}

/* What describes the function describes the wrapper too (as functools.wraps does). */
static int
copy_attributes(wrapper *w)
{
    PyObject *names[] = {GCRT_NAME(__module__), GCRT_NAME(__name__), GCRT_NAME(__qualname__),
                         GCRT_NAME(__doc__), GCRT_NAME(__annotations__)};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(names); i++) {
        PyObject *value;
        int found = _PyObject_LookupAttr(w->callable, names[i], &value);
        if (found < 0)
            return -1;
        if (found && PyObject_SetAttr((PyObject *)w, names[i], value) < 0) {
            if (!PyErr_ExceptionMatches(PyExc_AttributeError))
                return -1;
            PyErr_Clear();
        }
    }
    return 0;
}

static PyObject *
new_wrapper(PyTypeObject *type, PyObject *callable)
{
    wrapper *w = (wrapper *)type->tp_alloc(type, 0);
    if (w == NULL)
        return NULL;
    w->callable = callable;
    return copy_attributes(w) < 0 ? NULL : (PyObject *)w;
}

PyObject *
PyClassMethod_New(PyObject *callable)
{
    return new_wrapper(&PyClassMethod_Type, callable);
}

PyObject *
PyStaticMethod_New(PyObject *callable)
{
    return new_wrapper(&PyStaticMethod_Type, callable);
}

PyObject *
classmethod_function(PyObject *descr)
{
    if (!Py_IS_TYPE(descr, &PyClassMethod_Type))
        return NULL;
    PyObject *callable = ((wrapper *)descr)->callable;
    return callable != NULL && PyFunction_Check(callable) ? callable : NULL;
}

static int
init(PyObject *self, PyObject *args, PyObject *kwds, const char *name)
{
    PyObject *callable;
    if (!_PyArg_NoKeywords(name, kwds) || !PyArg_UnpackTuple(args, name, 1, 1, &callable))
        return -1;
    gc_store(self, &((wrapper *)self)->callable, callable);
    return copy_attributes((wrapper *)self);
}

static int
classmethod_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    return init(self, args, kwds, "classmethod");
}

static int
staticmethod_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    return init(self, args, kwds, "staticmethod");
}

static PyObject *
uninitialized(const char *name)
{
    PyErr_Format(PyExc_RuntimeError, "uninitialized %s object", name);
    return NULL;
}

static PyObject *
classmethod_get(PyObject *self, PyObject *obj, PyObject *type)
{
    PyObject *callable = ((wrapper *)self)->callable;
    if (callable == NULL)
        return uninitialized("classmethod");
    if (type == NULL)
        type = (PyObject *)Py_TYPE(obj);
    descrgetfunc get = Py_TYPE(callable)->tp_descr_get;
    /* A wrapped descriptor (a property, say) is asked for the class. */
    if (get != NULL && !PyFunction_Check(callable))
        return get(callable, type, type);
    return PyMethod_New(callable, type);
}

static PyObject *
staticmethod_get(PyObject *self, PyObject *obj, PyObject *type)
{
    PyObject *callable = ((wrapper *)self)->callable;
    (void)obj;
    (void)type;
    return callable == NULL ? uninitialized("staticmethod") : callable;
}

static PyObject *
staticmethod_call(PyObject *self, PyObject *args, PyObject *kwds)
{
    PyObject *callable = ((wrapper *)self)->callable;
    return callable == NULL ? uninitialized("staticmethod") : PyObject_Call(callable, args, kwds);
}

static PyObject *
classmethod_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<classmethod(%R)>", ((wrapper *)self)->callable);
}

static PyObject *
staticmethod_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<staticmethod(%R)>", ((wrapper *)self)->callable);
}

static PyObject *
get_abstract(PyObject *self, void *closure)
{
    (void)closure;
    int abstract = _PyObject_IsAbstract(((wrapper *)self)->callable);
    return abstract < 0 ? NULL : PyBool_FromLong(abstract);
}

static PyMemberDef members[] = {
    {"__func__", _Py_T_OBJECT, offsetof(wrapper, callable), Py_READONLY, NULL},
    {"__wrapped__", _Py_T_OBJECT, offsetof(wrapper, callable), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyGetSetDef getsets[] = {
    {"__isabstractmethod__", get_abstract, NULL, NULL, NULL},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyClassMethod_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "classmethod",
    .tp_basicsize = sizeof(wrapper),
    .tp_repr = classmethod_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_members = members,
    .tp_getset = getsets,
    .tp_descr_get = classmethod_get,
    .tp_dictoffset = offsetof(wrapper, dict),
    .tp_init = classmethod_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = PyType_GenericNew,
    .gcrt_trace = wrapper_trace,
};

PyTypeObject PyStaticMethod_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "staticmethod",
    .tp_basicsize = sizeof(wrapper),
    .tp_repr = staticmethod_repr,
    .tp_call = staticmethod_call,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_members = members,
    .tp_getset = getsets,
    .tp_descr_get = staticmethod_get,
    .tp_dictoffset = offsetof(wrapper, dict),
    .tp_init = staticmethod_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = PyType_GenericNew,
    .gcrt_trace = wrapper_trace,
};
