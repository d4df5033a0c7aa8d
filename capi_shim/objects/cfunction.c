/* cfunction.c: built-in functions and methods: every METH_* convention as a vectorcall.
 *
 * A function's conventions are told apart once, when it is made: each has a vectorcall function of its own,
 * for functions (self is m_self) and for method descriptors (self is the first argument). */
#include "callable.h"
#include "slots.h"

enum { CALL_FLAGS = METH_VARARGS | METH_FASTCALL | METH_NOARGS | METH_O | METH_KEYWORDS | METH_METHOD };

static int
has_keywords(PyObject *kwnames)
{
    return kwnames != NULL && PyTuple_GET_SIZE(kwnames) > 0;
}

static PyObject *
no_keywords(PyObject *func)
{
    PyObject *name = _PyObject_FunctionStr(func);
    if (name != NULL)
        PyErr_Format(PyExc_TypeError, "%U takes no keyword arguments", name);
    return NULL;
}

static PyObject *
wrong_count(PyObject *func, const char *expected, Py_ssize_t n)
{
    PyObject *name = _PyObject_FunctionStr(func);
    if (name != NULL)
        PyErr_Format(PyExc_TypeError, "%U takes %s (%zd given)", name, expected, n);
    return NULL;
}

static PyObject *
tuple_of(PyObject *const *args, Py_ssize_t n)
{
    PyObject *tuple = PyTuple_New(n);
    for (Py_ssize_t i = 0; tuple != NULL && i < n; i++)
        PyTuple_SET_ITEM(tuple, i, args[i]);
    return tuple;
}

/* ---- the conventions, given the function, self and the remaining arguments */

static inline PyObject *
run_noargs(PyObject *func, PyMethodDef *def, PyObject *self, Py_ssize_t n, PyObject *kwnames)
{
    if (GCRT_UNLIKELY(has_keywords(kwnames)))
        return no_keywords(func);
    if (GCRT_UNLIKELY(n != 0))
        return wrong_count(func, "no arguments", n);
    return def->ml_meth(self, NULL);
}

static inline PyObject *
run_o(PyObject *func, PyMethodDef *def, PyObject *self, PyObject *const *args, Py_ssize_t n,
      PyObject *kwnames)
{
    if (GCRT_UNLIKELY(has_keywords(kwnames)))
        return no_keywords(func);
    if (GCRT_UNLIKELY(n != 1))
        return wrong_count(func, "exactly one argument", n);
    return def->ml_meth(self, args[0]);
}

static inline PyObject *
run_fast(PyObject *func, PyMethodDef *def, PyObject *self, PyObject *const *args, Py_ssize_t n,
         PyObject *kwnames)
{
    if (GCRT_UNLIKELY(has_keywords(kwnames)))
        return no_keywords(func);
    return ((_PyCFunctionFast)(void (*)(void))def->ml_meth)(self, args, n);
}

static inline PyObject *
run_varargs(PyObject *func, PyMethodDef *def, PyObject *self, PyObject *const *args, Py_ssize_t n,
            PyObject *kwnames)
{
    PyObject *kwds = NULL;
    int takes_keywords = def->ml_flags & METH_KEYWORDS;
    if (has_keywords(kwnames)) {
        if (!takes_keywords)
            return no_keywords(func);
        kwds = _PyStack_AsDict(args + n, kwnames);
        if (kwds == NULL)
            return NULL;
    }
    PyObject *tuple = tuple_of(args, n);
    if (tuple == NULL)
        return NULL;
    if (takes_keywords)
        return ((PyCFunctionWithKeywords)(void (*)(void))def->ml_meth)(self, tuple, kwds);
    return def->ml_meth(self, tuple);
}

/* ---- functions */

#define FUNCTION(name)                                                                                  \
    static PyObject *name(PyObject *func, PyObject *const *args, size_t nargsf, PyObject *kwnames)
#define SELF (((PyCFunctionObject *)func)->m_self)
#define DEF (((PyCFunctionObject *)func)->m_ml)
#define DEEP(result) gcrt_enter_c(" while calling a Python object") ? NULL : (result)

FUNCTION(function_noargs)
{
    (void)args;
    return DEEP(run_noargs(func, DEF, SELF, PyVectorcall_NARGS(nargsf), kwnames));
}

FUNCTION(function_o)
{
    return DEEP(run_o(func, DEF, SELF, args, PyVectorcall_NARGS(nargsf), kwnames));
}

FUNCTION(function_fast)
{
    return DEEP(run_fast(func, DEF, SELF, args, PyVectorcall_NARGS(nargsf), kwnames));
}

FUNCTION(function_fast_keywords)
{
    return DEEP(((_PyCFunctionFastWithKeywords)(void (*)(void))DEF->ml_meth)(
        SELF, args, PyVectorcall_NARGS(nargsf), kwnames));
}

FUNCTION(function_varargs)
{
    return DEEP(run_varargs(func, DEF, SELF, args, PyVectorcall_NARGS(nargsf), kwnames));
}

FUNCTION(function_method)
{
    PyTypeObject *cls = ((PyCMethodObject *)func)->mm_class;
    return DEEP(((PyCMethod)(void (*)(void))DEF->ml_meth)(SELF, cls, args,
                                                          (size_t)PyVectorcall_NARGS(nargsf), kwnames));
}

vectorcallfunc
cfunction_vectorcall(int flags)
{
    switch (flags & CALL_FLAGS) {
    case METH_VARARGS:
    case METH_VARARGS | METH_KEYWORDS: return function_varargs;
    case METH_FASTCALL: return function_fast;
    case METH_FASTCALL | METH_KEYWORDS: return function_fast_keywords;
    case METH_NOARGS: return function_noargs;
    case METH_O: return function_o;
    case METH_METHOD | METH_FASTCALL | METH_KEYWORDS: return function_method;
    default: return NULL;
    }
}

/* ---- method descriptors */

#undef SELF
#undef DEF
#define DEF (((PyMethodDescrObject *)func)->d_method)

/* self is there and of the right type. */
static inline int
method_self(PyObject *func, PyObject *const *args, Py_ssize_t n)
{
    if (GCRT_UNLIKELY(n < 1)) {
        PyObject *name = _PyObject_FunctionStr(func);
        if (name != NULL)
            PyErr_Format(PyExc_TypeError, "unbound method %U needs an argument", name);
        return 0;
    }
    PyTypeObject *type = PyDescr_TYPE(func);
    if (GCRT_LIKELY(Py_TYPE(args[0]) == type || PyType_IsSubtype(Py_TYPE(args[0]), type)))
        return !gcrt_enter_c(" while calling a Python object");
    PyErr_Format(PyExc_TypeError, "descriptor '%U' for '%.100s' objects doesn't apply to a '%.100s' object",
                 PyDescr_NAME(func), type->tp_name, Py_TYPE(args[0])->tp_name);
    return 0;
}

FUNCTION(method_noargs)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    return method_self(func, args, n) ? run_noargs(func, DEF, args[0], n - 1, kwnames) : NULL;
}

FUNCTION(method_o)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    return method_self(func, args, n) ? run_o(func, DEF, args[0], args + 1, n - 1, kwnames) : NULL;
}

FUNCTION(method_fast)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    return method_self(func, args, n) ? run_fast(func, DEF, args[0], args + 1, n - 1, kwnames) : NULL;
}

FUNCTION(method_fast_keywords)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    if (!method_self(func, args, n))
        return NULL;
    return ((_PyCFunctionFastWithKeywords)(void (*)(void))DEF->ml_meth)(args[0], args + 1, n - 1, kwnames);
}

FUNCTION(method_varargs)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    return method_self(func, args, n) ? run_varargs(func, DEF, args[0], args + 1, n - 1, kwnames) : NULL;
}

FUNCTION(method_method)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    if (!method_self(func, args, n))
        return NULL;
    return ((PyCMethod)(void (*)(void))DEF->ml_meth)(args[0], PyDescr_TYPE(func), args + 1, (size_t)n - 1,
                                                     kwnames);
}

vectorcallfunc
method_descr_vectorcall(int flags)
{
    switch (flags & CALL_FLAGS) {
    case METH_VARARGS:
    case METH_VARARGS | METH_KEYWORDS: return method_varargs;
    case METH_FASTCALL: return method_fast;
    case METH_FASTCALL | METH_KEYWORDS: return method_fast_keywords;
    case METH_NOARGS: return method_noargs;
    case METH_O: return method_o;
    case METH_METHOD | METH_FASTCALL | METH_KEYWORDS: return method_method;
    default: return NULL;
    }
}

/* ---- the function object */

PyObject *
PyCMethod_New(PyMethodDef *def, PyObject *self, PyObject *module, PyTypeObject *cls)
{
    vectorcallfunc vector = cfunction_vectorcall(def->ml_flags);
    if (vector == NULL) {
        PyErr_Format(PyExc_SystemError, "%s() method: bad call flags", def->ml_name);
        return NULL;
    }
    int is_method = (def->ml_flags & METH_METHOD) != 0;
    if (is_method != (cls != NULL)) {
        PyErr_SetString(PyExc_SystemError, is_method ? "attempting to create PyCMethod with a METH_METHOD flag "
                                                       "but no class"
                                                     : "attempting to create PyCFunction with class but no "
                                                       "METH_METHOD flag");
        return NULL;
    }
    PyTypeObject *type = is_method ? &PyCMethod_Type : &PyCFunction_Type;
    PyCFunctionObject *func = (PyCFunctionObject *)gcrt_new(type, (size_t)type->tp_basicsize);
    if (func == NULL)
        return NULL;
    if (is_method)
        ((PyCMethodObject *)func)->mm_class = cls;
    func->m_ml = def;
    func->m_self = self;
    func->m_module = module;
    func->vectorcall = vector;
    return (PyObject *)func;
}

static PyObject *
bad_internal_call(void)
{
    PyErr_BadInternalCall();
    return NULL;
}

PyCFunction
PyCFunction_GetFunction(PyObject *op)
{
    if (!PyCFunction_Check(op)) {
        bad_internal_call();
        return NULL;
    }
    return PyCFunction_GET_FUNCTION(op);
}

PyObject *
PyCFunction_GetSelf(PyObject *op)
{
    return PyCFunction_Check(op) ? PyCFunction_GET_SELF(op) : bad_internal_call();
}

int
PyCFunction_GetFlags(PyObject *op)
{
    if (!PyCFunction_Check(op)) {
        bad_internal_call();
        return -1;
    }
    return PyCFunction_GET_FLAGS(op);
}

PyObject *
PyCFunction_Call(PyObject *func, PyObject *args, PyObject *kwargs)
{
    return PyObject_Call(func, args, kwargs);
}

/* "name()" or "module.name()" for messages about calls. */
PyObject *
_PyObject_FunctionStr(PyObject *func)
{
    PyObject *qualname, *module;
    if (_PyObject_LookupAttr(func, GCRT_NAME(__qualname__), &qualname) < 0)
        return NULL;
    if (qualname == NULL)
        return PyObject_Str(func);
    if (_PyObject_LookupAttr(func, GCRT_NAME(__module__), &module) < 0)
        return NULL;
    if (module != NULL && PyUnicode_Check(module) && !_PyUnicode_Equal(module, GCRT_NAME(builtins)))
        return PyUnicode_FromFormat("%S.%S()", module, qualname);
    return PyUnicode_FromFormat("%S()", qualname);
}

static PyObject *
cfunction_repr(PyObject *self)
{
    PyCFunctionObject *f = (PyCFunctionObject *)self;
    if (f->m_self == NULL || PyModule_Check(f->m_self))
        return PyUnicode_FromFormat("<built-in function %s>", f->m_ml->ml_name);
    return PyUnicode_FromFormat("<built-in method %s of %s object at %p>", f->m_ml->ml_name,
                                Py_TYPE(f->m_self)->tp_name, f->m_self);
}

static PyObject *
cfunction_richcompare(PyObject *a, PyObject *b, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyCFunction_Check(a) || !PyCFunction_Check(b))
        return Py_NotImplemented;
    PyCFunctionObject *x = (PyCFunctionObject *)a, *y = (PyCFunctionObject *)b;
    int same = x->m_self == y->m_self && x->m_ml->ml_meth == y->m_ml->ml_meth;
    return PyBool_FromLong(same == (op == Py_EQ));
}

static Py_hash_t
cfunction_hash(PyObject *self)
{
    PyCFunctionObject *f = (PyCFunctionObject *)self;
    Py_hash_t h = _Py_HashPointer(f->m_self) ^ _Py_HashPointer((void *)f->m_ml->ml_meth);
    return h == -1 ? -2 : h;
}

static void
cfunction_trace(PyObject *self, size_t size, gc_tracer *t)
{
    gc_visit_range(t, self, size / sizeof(void *));
}

static PyObject *
get_name(PyObject *self, void *closure)
{
    (void)closure;
    return PyUnicode_InternFromString(((PyCFunctionObject *)self)->m_ml->ml_name);
}

static PyObject *
get_qualname(PyObject *self, void *closure)
{
    PyCFunctionObject *f = (PyCFunctionObject *)self;
    if (f->m_self == NULL || PyModule_Check(f->m_self))
        return get_name(self, closure);
    PyObject *type = PyType_Check(f->m_self) ? f->m_self : (PyObject *)Py_TYPE(f->m_self);
    PyObject *owner = PyObject_GetAttr(type, GCRT_NAME(__qualname__));
    if (owner == NULL)
        return NULL;
    if (!PyUnicode_Check(owner)) {
        PyErr_SetString(PyExc_TypeError, "<method>.__class__.__qualname__ is not a unicode object");
        return NULL;
    }
    return PyUnicode_FromFormat("%S.%s", owner, f->m_ml->ml_name);
}

static PyObject *
get_self(PyObject *self, void *closure)
{
    PyObject *bound = PyCFunction_GET_SELF(self);
    (void)closure;
    return bound == NULL ? Py_None : bound;
}

static PyObject *
get_doc(PyObject *self, void *closure)
{
    PyMethodDef *def = ((PyCFunctionObject *)self)->m_ml;
    (void)closure;
    return descr_doc(def->ml_name, def->ml_doc);
}

static PyObject *
get_signature(PyObject *self, void *closure)
{
    PyMethodDef *def = ((PyCFunctionObject *)self)->m_ml;
    (void)closure;
    return descr_text_signature(def->ml_name, def->ml_doc);
}

static PyObject *
cfunction_reduce(PyObject *self, PyObject *unused)
{
    PyCFunctionObject *f = (PyCFunctionObject *)self;
    (void)unused;
    if (f->m_self == NULL || PyModule_Check(f->m_self))
        return PyUnicode_FromString(f->m_ml->ml_name);
    PyObject *builtins = PyEval_GetBuiltins();
    PyObject *getattr = builtins == NULL ? NULL : PyMapping_GetItemString(builtins, "getattr");
    return getattr == NULL ? NULL : Py_BuildValue("N(Os)", getattr, f->m_self, f->m_ml->ml_name);
}

static PyGetSetDef cfunction_getsets[] = {
    {"__doc__", get_doc, NULL, NULL, NULL},
    {"__name__", get_name, NULL, NULL, NULL},
    {"__qualname__", get_qualname, NULL, NULL, NULL},
    {"__self__", get_self, NULL, NULL, NULL},
    {"__text_signature__", get_signature, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef cfunction_members[] = {
    {"__module__", _Py_T_OBJECT, offsetof(PyCFunctionObject, m_module), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyMethodDef cfunction_methods[] = {
    {"__reduce__", cfunction_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyCFunction_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "builtin_function_or_method",
    .tp_basicsize = sizeof(PyCFunctionObject),
    .tp_vectorcall_offset = offsetof(PyCFunctionObject, vectorcall),
    .tp_repr = cfunction_repr,
    .tp_hash = cfunction_hash,
    .tp_call = PyVectorcall_Call,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_richcompare = cfunction_richcompare,
    .tp_weaklistoffset = offsetof(PyCFunctionObject, m_weakreflist),
    .tp_methods = cfunction_methods,
    .tp_members = cfunction_members,
    .tp_getset = cfunction_getsets,
    .gcrt_trace = cfunction_trace,
};

PyTypeObject PyCMethod_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "builtin_method",
    .tp_basicsize = sizeof(PyCMethodObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_base = &PyCFunction_Type,
    .gcrt_trace = cfunction_trace,
};
