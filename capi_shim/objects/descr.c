/* descr.c: descriptors for what C types declare: methods, members, getsets and slots. */
#include "attr_cache.h"
#include "callable.h"
#include "container.h"
#include "slots.h"

/* ---- docstrings with a signature line: "name(args)\n--\n\ntext" */

static const char *
signature_start(const char *name, const char *doc)
{
    const char *dot = strrchr(name, '.');
    const char *plain = dot == NULL ? name : dot + 1;
    size_t n = strlen(plain);
    if (doc == NULL || strncmp(doc, plain, n) != 0 || doc[n] != '(')
        return NULL;
    return doc + n;
}

PyObject *
descr_text_signature(const char *name, const char *doc)
{
    const char *start = signature_start(name, doc);
    const char *end = start == NULL ? NULL : strstr(start, ")\n--\n\n");
    if (end == NULL)
        return Py_None;
    return PyUnicode_DecodeUTF8(start, end + 1 - start, "replace");
}

PyObject *
descr_doc(const char *name, const char *doc)
{
    if (doc == NULL || *doc == '\0')
        return Py_None;
    const char *start = signature_start(name, doc);
    const char *end = start == NULL ? NULL : strstr(start, ")\n--\n\n");
    return PyUnicode_FromString(end == NULL ? doc : end + 6);
}

/* ---- common */

static void
descr_trace(PyObject *self, size_t size, gc_tracer *t)
{
    gc_visit_range(t, self, size / sizeof(void *));
}

static PyObject *
new_descr(PyTypeObject *descr_type, PyTypeObject *type, const char *name)
{
    PyDescrObject *descr = (PyDescrObject *)gcrt_new(descr_type, (size_t)descr_type->tp_basicsize);
    if (descr == NULL)
        return NULL;
    descr->d_type = type;
    descr->d_name = PyUnicode_InternFromString(name);
    return descr->d_name == NULL ? NULL : (PyObject *)descr;
}

PyObject *
PyDescr_NewMethod(PyTypeObject *type, PyMethodDef *def)
{
    vectorcallfunc vector = method_descr_vectorcall(def->ml_flags);
    if (vector == NULL) {
        PyErr_Format(PyExc_SystemError, "%s() method: bad call flags", def->ml_name);
        return NULL;
    }
    PyObject *descr = new_descr(&PyMethodDescr_Type, type, def->ml_name);
    if (descr != NULL) {
        ((PyMethodDescrObject *)descr)->d_method = def;
        ((PyMethodDescrObject *)descr)->vectorcall = vector;
    }
    return descr;
}

PyObject *
PyDescr_NewClassMethod(PyTypeObject *type, PyMethodDef *def)
{
    PyObject *descr = new_descr(&PyClassMethodDescr_Type, type, def->ml_name);
    if (descr != NULL)
        ((PyMethodDescrObject *)descr)->d_method = def;
    return descr;
}

PyObject *
PyDescr_NewMember(PyTypeObject *type, PyMemberDef *def)
{
    PyObject *descr = new_descr(&PyMemberDescr_Type, type, def->name);
    if (descr != NULL)
        ((PyMemberDescrObject *)descr)->d_member = def;
    return descr;
}

PyObject *
PyDescr_NewGetSet(PyTypeObject *type, PyGetSetDef *def)
{
    PyObject *descr = new_descr(&PyGetSetDescr_Type, type, def->name);
    if (descr != NULL)
        ((PyGetSetDescrObject *)descr)->d_getset = def;
    return descr;
}

PyObject *
PyDescr_NewWrapper(PyTypeObject *type, struct wrapperbase *base, void *wrapped)
{
    PyObject *descr = new_descr(&PyWrapperDescr_Type, type, base->name);
    if (descr != NULL) {
        ((PyWrapperDescrObject *)descr)->d_base = base;
        ((PyWrapperDescrObject *)descr)->d_wrapped = wrapped;
    }
    return descr;
}

int
PyDescr_IsData(PyObject *descr)
{
    return Py_TYPE(descr)->tp_descr_set != NULL;
}

static PyObject *
descr_get_qualname(PyObject *self, void *closure)
{
    PyDescrObject *descr = (PyDescrObject *)self;
    (void)closure;
    if (descr->d_qualname == NULL) {
        PyObject *owner = PyType_GetQualName(descr->d_type);
        PyObject *name = owner == NULL ? NULL : PyUnicode_FromFormat("%U.%U", owner, descr->d_name);
        if (name == NULL)
            return NULL;
        gc_store(descr, &descr->d_qualname, name);
    }
    return descr->d_qualname;
}

static PyMemberDef descr_members[] = {
    {"__objclass__", _Py_T_OBJECT, offsetof(PyDescrObject, d_type), Py_READONLY, NULL},
    {"__name__", _Py_T_OBJECT, offsetof(PyDescrObject, d_name), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyObject *
descr_repr(PyObject *self, const char *format)
{
    PyDescrObject *descr = (PyDescrObject *)self;
    return PyUnicode_FromFormat(format, descr->d_name, descr->d_type->tp_name);
}

/* Is the descriptor meant for this object?  0, or -1 with TypeError. */
static int
descr_check(PyObject *self, PyObject *obj)
{
    PyDescrObject *descr = (PyDescrObject *)self;
    if (GCRT_LIKELY(PyObject_TypeCheck(obj, descr->d_type)))
        return 0;
    PyErr_Format(PyExc_TypeError, "descriptor '%U' for '%.100s' objects doesn't apply to a '%.100s' object",
                 descr->d_name, descr->d_type->tp_name, Py_TYPE(obj)->tp_name);
    return -1;
}

static PyObject *
descr_reduce(PyObject *self, PyObject *unused)
{
    PyDescrObject *descr = (PyDescrObject *)self;
    (void)unused;
    PyObject *builtins = PyEval_GetBuiltins();
    PyObject *getattr = builtins == NULL ? NULL : PyMapping_GetItemString(builtins, "getattr");
    return getattr == NULL ? NULL : Py_BuildValue("N(OO)", getattr, descr->d_type, descr->d_name);
}

static PyMethodDef descr_methods[] = {
    {"__reduce__", descr_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

/* ---- method descriptors */

static PyObject *
method_get(PyObject *self, PyObject *obj, PyObject *type)
{
    PyMethodDescrObject *descr = (PyMethodDescrObject *)self;
    if (obj == NULL)
        return self;
    if (descr_check(self, obj) < 0)
        return NULL;
    if (descr->d_method->ml_flags & METH_METHOD) {
        if (type != NULL && !PyType_Check(type))
            type = NULL;
        return PyCMethod_New(descr->d_method, obj, NULL, descr->d_common.d_type);
    }
    return PyCFunction_NewEx(descr->d_method, obj, NULL);
}

static PyObject *
method_repr(PyObject *self)
{
    return descr_repr(self, "<method '%U' of '%s' objects>");
}

static PyObject *
method_get_doc(PyObject *self, void *closure)
{
    PyMethodDef *def = ((PyMethodDescrObject *)self)->d_method;
    (void)closure;
    return descr_doc(def->ml_name, def->ml_doc);
}

static PyObject *
method_get_signature(PyObject *self, void *closure)
{
    PyMethodDef *def = ((PyMethodDescrObject *)self)->d_method;
    (void)closure;
    return descr_text_signature(def->ml_name, def->ml_doc);
}

static PyGetSetDef method_getsets[] = {
    {"__doc__", method_get_doc, NULL, NULL, NULL},
    {"__qualname__", descr_get_qualname, NULL, NULL, NULL},
    {"__text_signature__", method_get_signature, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyMethodDescr_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "method_descriptor",
    .tp_basicsize = sizeof(PyMethodDescrObject),
    .tp_vectorcall_offset = offsetof(PyMethodDescrObject, vectorcall),
    .tp_repr = method_repr,
    .tp_call = PyVectorcall_Call,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL
                | Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_methods = descr_methods,
    .tp_members = descr_members,
    .tp_getset = method_getsets,
    .tp_descr_get = method_get,
    .gcrt_trace = descr_trace,
};

/* ---- class method descriptors */

static PyObject *
classmethod_get(PyObject *self, PyObject *obj, PyObject *type)
{
    PyMethodDescrObject *descr = (PyMethodDescrObject *)self;
    PyTypeObject *owner = descr->d_common.d_type;
    if (type == NULL) {
        if (obj == NULL) {
            PyErr_Format(PyExc_TypeError,
                         "descriptor '%U' for type '%.100s' needs either an object or a type",
                         descr->d_common.d_name, owner->tp_name);
            return NULL;
        }
        type = (PyObject *)Py_TYPE(obj);
    }
    if (!PyType_Check(type)) {
        PyErr_Format(PyExc_TypeError, "descriptor '%U' for type '%.100s' needs a type, not a '%.100s' as arg 2",
                     descr->d_common.d_name, owner->tp_name, Py_TYPE(type)->tp_name);
        return NULL;
    }
    if (!PyType_IsSubtype((PyTypeObject *)type, owner)) {
        PyErr_Format(PyExc_TypeError, "descriptor '%U' requires a subtype of '%.100s' but received '%.100s'",
                     descr->d_common.d_name, owner->tp_name, ((PyTypeObject *)type)->tp_name);
        return NULL;
    }
    PyTypeObject *cls = descr->d_method->ml_flags & METH_METHOD ? owner : NULL;
    return PyCMethod_New(descr->d_method, type, NULL, cls);
}

static PyObject *
classmethod_call(PyObject *self, PyObject *args, PyObject *kwds)
{
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (n < 1) {
        PyErr_Format(PyExc_TypeError, "descriptor '%U' of '%.100s' object needs an argument",
                     PyDescr_NAME(self), PyDescr_TYPE(self)->tp_name);
        return NULL;
    }
    PyObject *bound = classmethod_get(self, NULL, PyTuple_GET_ITEM(args, 0));
    if (bound == NULL)
        return NULL;
    return PyObject_VectorcallDict(bound, &PyTuple_GET_ITEM(args, 1), (size_t)n - 1, kwds);
}

PyTypeObject PyClassMethodDescr_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "classmethod_descriptor",
    .tp_basicsize = sizeof(PyMethodDescrObject),
    .tp_repr = method_repr,
    .tp_call = classmethod_call,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_methods = descr_methods,
    .tp_members = descr_members,
    .tp_getset = method_getsets,
    .tp_descr_get = classmethod_get,
    .gcrt_trace = descr_trace,
};

/* ---- reading through members and getsets */

static PyObject *
member_read(PyObject *self, PyObject *obj)
{
    PyMemberDef *def = ((PyMemberDescrObject *)self)->d_member;
    if (GCRT_LIKELY(def->type == Py_T_OBJECT_EX)) {
        PyObject *value = *(PyObject **)((char *)obj + def->offset);
        if (GCRT_LIKELY(value != NULL))
            return value;
    }
    return PyMember_GetOne((char *)obj, def);
}

static PyObject *
getset_read(PyObject *self, PyObject *obj)
{
    PyGetSetDef *def = ((PyGetSetDescrObject *)self)->d_getset;
    if (def->get != NULL)
        return call_checked(self, def->get(obj, def->closure));
    PyErr_Format(PyExc_AttributeError, "attribute '%U' of '%.100s' objects is not readable",
                 PyDescr_NAME(self), PyDescr_TYPE(self)->tp_name);
    return NULL;
}

int
descr_is_native(PyObject *descr)
{
    return Py_TYPE(descr) == &PyGetSetDescr_Type || Py_TYPE(descr) == &PyMemberDescr_Type;
}

PyObject *
descr_read(PyObject *descr, PyObject *obj)
{
    return Py_TYPE(descr) == &PyGetSetDescr_Type ? getset_read(descr, obj) : member_read(descr, obj);
}

static PyObject *
native_get(PyObject *self, PyObject *obj, PyObject *type)
{
    (void)type;
    if (obj == NULL)
        return self;
    return descr_check(self, obj) < 0 ? NULL : descr_read(self, obj);
}

/* ---- member descriptors */

static int
member_set(PyObject *self, PyObject *obj, PyObject *value)
{
    if (descr_check(self, obj) < 0)
        return -1;
    return PyMember_SetOne((char *)obj, ((PyMemberDescrObject *)self)->d_member, value);
}

static PyObject *
member_repr(PyObject *self)
{
    return descr_repr(self, "<member '%U' of '%s' objects>");
}

static PyObject *
member_get_doc(PyObject *self, void *closure)
{
    const char *doc = ((PyMemberDescrObject *)self)->d_member->doc;
    (void)closure;
    return doc == NULL ? Py_None : PyUnicode_FromString(doc);
}

static PyGetSetDef member_getsets[] = {
    {"__doc__", member_get_doc, NULL, NULL, NULL},
    {"__qualname__", descr_get_qualname, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyMemberDescr_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "member_descriptor",
    .tp_basicsize = sizeof(PyMemberDescrObject),
    .tp_repr = member_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_methods = descr_methods,
    .tp_members = descr_members,
    .tp_getset = member_getsets,
    .tp_descr_get = native_get,
    .tp_descr_set = member_set,
    .gcrt_trace = descr_trace,
};

/* ---- getset descriptors */

static int
getset_set(PyObject *self, PyObject *obj, PyObject *value)
{
    PyGetSetDef *def = ((PyGetSetDescrObject *)self)->d_getset;
    if (descr_check(self, obj) < 0)
        return -1;
    if (def->set != NULL)
        return def->set(obj, value, def->closure);
    PyErr_Format(PyExc_AttributeError, "attribute '%U' of '%.100s' objects is not writable",
                 PyDescr_NAME(self), PyDescr_TYPE(self)->tp_name);
    return -1;
}

static PyObject *
getset_repr(PyObject *self)
{
    return descr_repr(self, "<attribute '%U' of '%s' objects>");
}

static PyObject *
getset_get_doc(PyObject *self, void *closure)
{
    const char *doc = ((PyGetSetDescrObject *)self)->d_getset->doc;
    (void)closure;
    return doc == NULL ? Py_None : PyUnicode_FromString(doc);
}

static PyGetSetDef getset_getsets[] = {
    {"__doc__", getset_get_doc, NULL, NULL, NULL},
    {"__qualname__", descr_get_qualname, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyGetSetDescr_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "getset_descriptor",
    .tp_basicsize = sizeof(PyGetSetDescrObject),
    .tp_repr = getset_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_members = descr_members,
    .tp_getset = getset_getsets,
    .tp_descr_get = native_get,
    .tp_descr_set = getset_set,
    .gcrt_trace = descr_trace,
};

/* ---- slot wrappers */

static PyObject *
run_wrapper(PyObject *self, PyObject *obj, PyObject *args, PyObject *kwds)
{
    PyWrapperDescrObject *descr = (PyWrapperDescrObject *)self;
    struct wrapperbase *base = descr->d_base;
    if (base->flags & 1)
        return ((wrapperfunc_kwds)(void (*)(void))base->wrapper)(obj, args, descr->d_wrapped, kwds);
    if (kwds != NULL && PyDict_GET_SIZE(kwds) != 0) {
        PyErr_Format(PyExc_TypeError, "wrapper %s() takes no keyword arguments", base->name);
        return NULL;
    }
    return base->wrapper(obj, args, descr->d_wrapped);
}

static PyObject *
wrapper_call(PyObject *self, PyObject *args, PyObject *kwds)
{
    PyDescrObject *descr = (PyDescrObject *)self;
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (n < 1) {
        PyErr_Format(PyExc_TypeError, "descriptor '%U' of '%.100s' object needs an argument", descr->d_name,
                     descr->d_type->tp_name);
        return NULL;
    }
    PyObject *obj = PyTuple_GET_ITEM(args, 0);
    if (!PyObject_TypeCheck(obj, descr->d_type)) {
        PyErr_Format(PyExc_TypeError, "descriptor '%U' requires a '%.100s' object but received a '%.100s'",
                     descr->d_name, descr->d_type->tp_name, Py_TYPE(obj)->tp_name);
        return NULL;
    }
    PyObject *rest = PyTuple_GetSlice(args, 1, n);
    return rest == NULL ? NULL : run_wrapper(self, obj, rest, kwds);
}

static PyObject *
wrapper_get(PyObject *self, PyObject *obj, PyObject *type)
{
    (void)type;
    if (obj == NULL)
        return self;
    return descr_check(self, obj) < 0 ? NULL : PyWrapper_New(self, obj);
}

static PyObject *
wrapper_repr(PyObject *self)
{
    return descr_repr(self, "<slot wrapper '%U' of '%s' objects>");
}

static PyObject *
wrapper_get_doc(PyObject *self, void *closure)
{
    struct wrapperbase *base = ((PyWrapperDescrObject *)self)->d_base;
    (void)closure;
    return descr_doc(base->name, base->doc);
}

static PyObject *
wrapper_get_signature(PyObject *self, void *closure)
{
    const char *signature = slot_wrap_signature(((PyWrapperDescrObject *)self)->d_base->wrapper);
    (void)closure;
    return signature == NULL ? Py_None : PyUnicode_FromString(signature);
}

static PyGetSetDef wrapper_getsets[] = {
    {"__doc__", wrapper_get_doc, NULL, NULL, NULL},
    {"__text_signature__", wrapper_get_signature, NULL, NULL, NULL},
    {"__qualname__", descr_get_qualname, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyWrapperDescr_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "wrapper_descriptor",
    .tp_basicsize = sizeof(PyWrapperDescrObject),
    .tp_repr = wrapper_repr,
    .tp_call = wrapper_call,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_methods = descr_methods,
    .tp_members = descr_members,
    .tp_getset = wrapper_getsets,
    .tp_descr_get = wrapper_get,
    .gcrt_trace = descr_trace,
};

/* ---- a slot wrapper bound to an object */

typedef struct {
    PyObject_HEAD
    PyObject *descr;
    PyObject *self;
} method_wrapper;

PyObject *
PyWrapper_New(PyObject *descr, PyObject *self)
{
    method_wrapper *w = (method_wrapper *)gcrt_new(&_PyMethodWrapper_Type, sizeof(method_wrapper));
    if (w == NULL)
        return NULL;
    w->descr = descr;
    w->self = self;
    return (PyObject *)w;
}

static PyObject *
bound_call(PyObject *self, PyObject *args, PyObject *kwds)
{
    method_wrapper *w = (method_wrapper *)self;
    return run_wrapper(w->descr, w->self, args, kwds);
}

static PyObject *
bound_repr(PyObject *self)
{
    method_wrapper *w = (method_wrapper *)self;
    return PyUnicode_FromFormat("<method-wrapper '%U' of %s object at %p>", PyDescr_NAME(w->descr),
                                Py_TYPE(w->self)->tp_name, w->self);
}

static PyObject *
bound_richcompare(PyObject *a, PyObject *b, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !Py_IS_TYPE(b, &_PyMethodWrapper_Type))
        return Py_NotImplemented;
    method_wrapper *x = (method_wrapper *)a, *y = (method_wrapper *)b;
    int same = x->descr == y->descr && x->self == y->self;
    return PyBool_FromLong(same == (op == Py_EQ));
}

static Py_hash_t
bound_hash(PyObject *self)
{
    method_wrapper *w = (method_wrapper *)self;
    Py_hash_t h = _Py_HashPointer(w->self) ^ _Py_HashPointer(w->descr);
    return h == -1 ? -2 : h;
}

static PyObject *
bound_objclass(PyObject *self, void *closure)
{
    (void)closure;
    return (PyObject *)PyDescr_TYPE(((method_wrapper *)self)->descr);
}

static PyObject *
bound_name(PyObject *self, void *closure)
{
    (void)closure;
    return PyDescr_NAME(((method_wrapper *)self)->descr);
}

static PyObject *
bound_doc(PyObject *self, void *closure)
{
    return wrapper_get_doc(((method_wrapper *)self)->descr, closure);
}

static PyObject *
bound_qualname(PyObject *self, void *closure)
{
    return descr_get_qualname(((method_wrapper *)self)->descr, closure);
}

static PyObject *
bound_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *getattr = container_builtin("getattr");
    PyObject *object = ((method_wrapper *)self)->self;
    return getattr == NULL ? NULL : Py_BuildValue("O(OO)", getattr, object, bound_name(self, NULL));
}

static PyMethodDef bound_methods[] = {
    {"__reduce__", bound_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyObject *
bound_signature(PyObject *self, void *closure)
{
    return wrapper_get_signature(((method_wrapper *)self)->descr, closure);
}

static PyGetSetDef bound_getsets[] = {
    {"__objclass__", bound_objclass, NULL, NULL, NULL},
    {"__name__", bound_name, NULL, NULL, NULL},
    {"__qualname__", bound_qualname, NULL, NULL, NULL},
    {"__doc__", bound_doc, NULL, NULL, NULL},
    {"__text_signature__", bound_signature, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef bound_members[] = {
    {"__self__", _Py_T_OBJECT, offsetof(method_wrapper, self), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject _PyMethodWrapper_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "method-wrapper",
    .tp_basicsize = sizeof(method_wrapper),
    .tp_repr = bound_repr,
    .tp_hash = bound_hash,
    .tp_call = bound_call,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_richcompare = bound_richcompare,
    .tp_methods = bound_methods,
    .tp_members = bound_members,
    .tp_getset = bound_getsets,
    .gcrt_trace = descr_trace,
};
