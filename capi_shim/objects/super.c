/* super.c: super. */
#include "callable.h"
#include "typeobject.h"

typedef struct {
    PyObject_HEAD
    PyTypeObject *type;
    PyObject *obj;
    PyTypeObject *obj_type;     /* type(obj), or obj itself for classes; NULL: unbound */
} super;

static void
super_trace(PyObject *self, size_t size, gc_tracer *t)
{
    super *s = (super *)self;
    (void)size;
    gc_visit(t, (uintptr_t)s->type);
    gc_visit(t, (uintptr_t)s->obj);
    gc_visit(t, (uintptr_t)s->obj_type);
}

/* The class whose MRO is searched; NULL with TypeError. */
static PyTypeObject *
super_check(PyTypeObject *type, PyObject *obj)
{
    if (PyType_Check(obj) && PyType_IsSubtype((PyTypeObject *)obj, type))
        return (PyTypeObject *)obj;
    if (PyType_IsSubtype(Py_TYPE(obj), type))
        return Py_TYPE(obj);
    PyObject *cls;
    if (_PyObject_LookupAttr(obj, GCRT_NAME(__class__), &cls) < 0)
        return NULL;
    if (cls != NULL && PyType_Check(cls) && (PyTypeObject *)cls != Py_TYPE(obj)
        && PyType_IsSubtype((PyTypeObject *)cls, type))
        return (PyTypeObject *)cls;
    PyErr_SetString(PyExc_TypeError, "super(type, obj): obj must be an instance or subtype of type");
    return NULL;
}

/* The attribute in the MRO behind type; NULL without an exception when absent. */
static PyObject *
lookup_behind(super *s, PyObject *name)
{
    PyObject *mro = s->obj_type->tp_mro;
    if (mro == NULL)
        return NULL;
    Py_ssize_t i = 0, n = PyTuple_GET_SIZE(mro);
    while (i < n && PyTuple_GET_ITEM(mro, i) != (PyObject *)s->type)
        i++;
    for (i++; i < n; i++) {
        PyObject *value = type_dict_get((PyTypeObject *)PyTuple_GET_ITEM(mro, i), name);
        if (value == NULL)
            continue;
        descrgetfunc get = Py_TYPE(value)->tp_descr_get;
        if (get == NULL)
            return value;
        return get(value, s->obj == (PyObject *)s->obj_type ? NULL : s->obj, (PyObject *)s->obj_type);
    }
    return NULL;
}

static PyObject *
super_getattro(PyObject *self, PyObject *name)
{
    super *s = (super *)self;
    if (s->obj_type != NULL && PyUnicode_Check(name)) {
        if (!PyUnicode_CheckExact(name) && (name = PyUnicode_FromObject(name)) == NULL)
            return NULL;
        PyUnicode_InternInPlace(&name);
        /* super().__class__ is super. */
        if (name != GCRT_NAME(__class__)) {
            PyObject *value = lookup_behind(s, name);
            if (value != NULL || PyErr_Occurred())
                return value;
        }
    }
    return PyObject_GenericGetAttr(self, name);
}

static int
super_bind(super *s, PyTypeObject *type, PyObject *obj)
{
    PyTypeObject *obj_type = NULL;
    if (obj == Py_None)
        obj = NULL;
    if (obj != NULL && (obj_type = super_check(type, obj)) == NULL)
        return -1;
    gc_store(s, &s->type, type);
    gc_store(s, &s->obj, obj);
    gc_store(s, &s->obj_type, obj_type);
    return 0;
}

static int
super_init_args(super *s, PyObject *const *args, Py_ssize_t n)
{
    PyTypeObject *type;
    PyObject *obj = NULL;
    if (n == 0) {
        if (gcrt_frame_super_args(&type, &obj) < 0)
            return -1;
        return super_bind(s, type, obj);
    }
    if (n > 2) {
        PyErr_Format(PyExc_TypeError, "super() expected at most 2 arguments, got %zd", n);
        return -1;
    }
    if (!PyType_Check(args[0])) {
        PyErr_Format(PyExc_TypeError, "super() argument 1 must be a type, not %.200s", Py_TYPE(args[0])->tp_name);
        return -1;
    }
    return super_bind(s, (PyTypeObject *)args[0], n == 2 ? args[1] : NULL);
}

static int
super_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    if (!_PyArg_NoKeywords("super", kwds))
        return -1;
    return super_init_args((super *)self, &PyTuple_GET_ITEM(args, 0), PyTuple_GET_SIZE(args));
}

static PyObject *
super_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    if (kwnames != NULL && !_PyArg_NoKwnames("super", kwnames))
        return NULL;
    super *s = (super *)gcrt_new((PyTypeObject *)type, sizeof(super));
    if (s == NULL || super_init_args(s, args, PyVectorcall_NARGS(nargsf)) < 0)
        return NULL;
    return (PyObject *)s;
}

static PyObject *
super_get(PyObject *self, PyObject *obj, PyObject *type)
{
    super *s = (super *)self;
    (void)type;
    if (obj == NULL || obj == Py_None || s->obj != NULL)
        return self;
    if (!Py_IS_TYPE(self, &PySuper_Type))
        return PyObject_CallFunctionObjArgs((PyObject *)Py_TYPE(self), s->type, obj, NULL);
    super *bound = (super *)gcrt_new(&PySuper_Type, sizeof(super));
    return bound == NULL || super_bind(bound, s->type, obj) < 0 ? NULL : (PyObject *)bound;
}

static PyObject *
super_repr(PyObject *self)
{
    super *s = (super *)self;
    const char *type = s->type == NULL ? "NULL" : s->type->tp_name;
    if (s->obj_type != NULL)
        return PyUnicode_FromFormat("<super: <class '%s'>, <%s object>>", type, s->obj_type->tp_name);
    return PyUnicode_FromFormat("<super: <class '%s'>, NULL>", type);
}

static PyMemberDef super_members[] = {
    {"__thisclass__", _Py_T_OBJECT, offsetof(super, type), Py_READONLY, "the class invoking super()"},
    {"__self__", _Py_T_OBJECT, offsetof(super, obj), Py_READONLY, "the instance invoking super(); may be None"},
    {"__self_class__", _Py_T_OBJECT, offsetof(super, obj_type), Py_READONLY,
     "the type of the instance invoking super(); may be None"},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject PySuper_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "super",
    .tp_basicsize = sizeof(super),
    .tp_repr = super_repr,
    .tp_getattro = super_getattro,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_members = super_members,
    .tp_descr_get = super_get,
    .tp_init = super_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = PyType_GenericNew,
    .tp_vectorcall = super_vectorcall,
    .gcrt_trace = super_trace,
};
