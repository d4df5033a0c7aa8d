/* property.c: property. */
#include "typeobject.h"

typedef struct {
    PyObject_HEAD
    PyObject *get, *set, *del, *doc, *name;
    int doc_of_getter;
} property;

static void
property_trace(PyObject *self, size_t size, gc_tracer *t)
{
    property *p = (property *)self;
    (void)size;
    gc_visit(t, (uintptr_t)p->get);
    gc_visit(t, (uintptr_t)p->set);
    gc_visit(t, (uintptr_t)p->del);
    gc_visit(t, (uintptr_t)p->doc);
    gc_visit(t, (uintptr_t)p->name);
}

static PyObject *
unless_none(PyObject *op)
{
    return op == Py_None ? NULL : op;
}

static int
property_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"fget", "fset", "fdel", "doc", NULL};
    PyObject *get = NULL, *set = NULL, *del = NULL, *doc = NULL;
    property *p = (property *)self;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|OOOO:property", keywords, &get, &set, &del, &doc))
        return -1;
    gc_store(p, &p->get, unless_none(get));
    gc_store(p, &p->set, unless_none(set));
    gc_store(p, &p->del, unless_none(del));
    gc_store(p, &p->doc, doc);
    p->name = NULL;
    p->doc_of_getter = 0;
    if ((doc == NULL || doc == Py_None) && p->get != NULL) {
        PyObject *text;
        int found = _PyObject_LookupAttr(p->get, GCRT_NAME(__doc__), &text);
        if (found < 0)
            return -1;
        if (found) {
            p->doc_of_getter = 1;
            doc = text;
            if (Py_IS_TYPE(self, &PyProperty_Type))
                gc_store(p, &p->doc, text);
        }
    }
    /* A subclass finds its class's __doc__ before a member's: it goes into the instance. */
    if (!Py_IS_TYPE(self, &PyProperty_Type) && doc != NULL)
        return PyObject_SetAttr(self, GCRT_NAME(__doc__), doc);
    return 0;
}

static int
cannot(property *p, PyObject *obj, const char *what)
{
    PyObject *owner = PyType_GetQualName(Py_TYPE(obj));
    if (p->name != NULL && owner != NULL)
        PyErr_Format(PyExc_AttributeError, "property %R of %R object has no %s", p->name, owner, what);
    else if (owner != NULL)
        PyErr_Format(PyExc_AttributeError, "property of %R object has no %s", owner, what);
    return -1;
}

static PyObject *
property_get(PyObject *self, PyObject *obj, PyObject *type)
{
    property *p = (property *)self;
    (void)type;
    if (obj == NULL || obj == Py_None)
        return self;
    if (p->get == NULL) {
        cannot(p, obj, "getter");
        return NULL;
    }
    return PyObject_CallOneArg(p->get, obj);
}

static int
property_set(PyObject *self, PyObject *obj, PyObject *value)
{
    property *p = (property *)self;
    PyObject *func = value == NULL ? p->del : p->set;
    if (func == NULL)
        return cannot(p, obj, value == NULL ? "deleter" : "setter");
    PyObject *room[3] = {NULL, obj, value};
    size_t n = value == NULL ? 1 : 2;
    return PyObject_Vectorcall(func, room + 1, n | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL) == NULL ? -1 : 0;
}

static PyObject *
copy_with(PyObject *self, PyObject *get, PyObject *set, PyObject *del)
{
    property *p = (property *)self;
    PyObject *doc = p->doc;
    if (get == NULL || get == Py_None)
        get = p->get != NULL ? p->get : Py_None;
    if (set == NULL || set == Py_None)
        set = p->set != NULL ? p->set : Py_None;
    if (del == NULL || del == Py_None)
        del = p->del != NULL ? p->del : Py_None;
    if (doc == NULL || (p->doc_of_getter && get != Py_None))
        doc = Py_None;
    PyObject *copy = PyObject_CallFunctionObjArgs((PyObject *)Py_TYPE(self), get, set, del, doc, NULL);
    if (copy != NULL && PyObject_TypeCheck(copy, &PyProperty_Type))
        gc_store(copy, &((property *)copy)->name, p->name);
    return copy;
}

static PyObject *
property_getter(PyObject *self, PyObject *func)
{
    return copy_with(self, func, NULL, NULL);
}

static PyObject *
property_setter(PyObject *self, PyObject *func)
{
    return copy_with(self, NULL, func, NULL);
}

static PyObject *
property_deleter(PyObject *self, PyObject *func)
{
    return copy_with(self, NULL, NULL, func);
}

static PyObject *
property_set_name(PyObject *self, PyObject *args)
{
    if (PyTuple_GET_SIZE(args) != 2) {
        PyErr_Format(PyExc_TypeError, "__set_name__() takes 2 positional arguments but %zd were given",
                     PyTuple_GET_SIZE(args));
        return NULL;
    }
    gc_store(self, &((property *)self)->name, PyTuple_GET_ITEM(args, 1));
    return Py_None;
}

static PyObject *
property_abstract(PyObject *self, void *closure)
{
    property *p = (property *)self;
    PyObject *parts[3] = {p->get, p->set, p->del};
    (void)closure;
    for (int i = 0; i < 3; i++) {
        int abstract = _PyObject_IsAbstract(parts[i]);
        if (abstract != 0)
            return abstract < 0 ? NULL : Py_True;
    }
    return Py_False;
}

static PyMethodDef property_methods[] = {
    {"getter", property_getter, METH_O, "Descriptor to obtain a copy of the property with a different getter."},
    {"setter", property_setter, METH_O, "Descriptor to obtain a copy of the property with a different setter."},
    {"deleter", property_deleter, METH_O,
     "Descriptor to obtain a copy of the property with a different deleter."},
    {"__set_name__", property_set_name, METH_VARARGS, "Method to set name of a property."},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef property_members[] = {
    {"fget", _Py_T_OBJECT, offsetof(property, get), Py_READONLY, NULL},
    {"fset", _Py_T_OBJECT, offsetof(property, set), Py_READONLY, NULL},
    {"fdel", _Py_T_OBJECT, offsetof(property, del), Py_READONLY, NULL},
    {"__doc__", _Py_T_OBJECT, offsetof(property, doc), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyGetSetDef property_getsets[] = {
    {"__isabstractmethod__", property_abstract, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyProperty_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "property",
    .tp_basicsize = sizeof(property),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_methods = property_methods,
    .tp_members = property_members,
    .tp_getset = property_getsets,
    .tp_descr_get = property_get,
    .tp_descr_set = property_set,
    .tp_init = property_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = PyType_GenericNew,
    .gcrt_trace = property_trace,
};
