/* function.c: the function type: attributes, binding, calls from C. */
#include "interp.h"
#include "state.h"
#include "structmember.h"

static void
trace(PyObject *self, size_t size, gc_tracer *t)
{
    PyFunctionObject *f = (PyFunctionObject *)self;
    (void)size;
    PyObject **words = &f->func_globals;
    for (size_t i = 0; words + i <= &f->func_annotations; i++)
        gc_visit(t, (uintptr_t)words[i]);
}
_Static_assert(offsetof(PyFunctionObject, func_annotations) - offsetof(PyFunctionObject, func_globals) ==
                   12 * sizeof(PyObject *),
               "trace visits thirteen words");

/* ------------------------------------------------------------------ making */

PyObject *
function_builtins(PyObject *globals)
{
    PyObject *builtins = PyDict_Check(globals) ? PyDict_GetItemWithError(globals, GCRT_NAME(__builtins__)) : NULL;
    if (builtins == NULL)
        return PyErr_Occurred() ? NULL : PyEval_GetBuiltins();
    if (PyModule_Check(builtins))
        return PyModule_GetDict(builtins);
    return builtins;
}

PyObject *
function_new(PyThreadState *ts, PyObject *code, PyObject *globals, PyObject *builtins)
{
    PyCodeObject *c = (PyCodeObject *)code;
    (void)ts;
    PyFunctionObject *f = (PyFunctionObject *)gcrt_new(&PyFunction_Type, sizeof *f);
    if (f == NULL || (builtins == NULL && (builtins = function_builtins(globals)) == NULL))
        return NULL;
    f->func_globals = globals;
    f->func_builtins = builtins;
    f->func_name = c->co_name;
    f->func_qualname = c->co_qualname;
    f->func_code = code;
    f->vectorcall = _PyFunction_Vectorcall;
    f->func_doc = Py_None;
    if (PyTuple_GET_SIZE(c->co_consts) > 0 && PyUnicode_Check(c->consts[0]))
        f->func_doc = c->consts[0];
    f->func_module = PyDict_CheckExact(globals) ? dict_get_str(globals, GCRT_NAME(__name__)) : NULL;
    return (PyObject *)f;
}

PyObject *
PyFunction_NewWithQualName(PyObject *code, PyObject *globals, PyObject *qualname)
{
    PyFunctionObject *f = (PyFunctionObject *)function_new(gcrt_ts, code, globals, NULL);
    if (f != NULL && qualname != NULL)
        f->func_qualname = qualname;
    return (PyObject *)f;
}

PyObject *
PyFunction_New(PyObject *code, PyObject *globals)
{
    return PyFunction_NewWithQualName(code, globals, NULL);
}

/* ------------------------------------------------------------------ C API */

static PyFunctionObject *
checked(PyObject *op)
{
    if (!PyFunction_Check(op)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return (PyFunctionObject *)op;
}

#define GETTER(name, field)                                                                             \
    PyObject *PyFunction_Get##name(PyObject *op)                                                        \
    {                                                                                                   \
        PyFunctionObject *f = checked(op);                                                              \
        return f == NULL ? NULL : f->field;                                                             \
    }
GETTER(Code, func_code)
GETTER(Globals, func_globals)
GETTER(Module, func_module)
GETTER(Defaults, func_defaults)
GETTER(KwDefaults, func_kwdefaults)
GETTER(Closure, func_closure)

static int
set_checked(PyObject *op, size_t offset, PyObject *value, PyTypeObject *type, const char *what)
{
    PyFunctionObject *f = checked(op);
    if (f == NULL)
        return -1;
    if (value == Py_None)
        value = NULL;
    if (value != NULL && !PyObject_TypeCheck(value, type)) {
        PyErr_Format(PyExc_SystemError, "%s", what);
        return -1;
    }
    gc_store(f, (PyObject **)((char *)f + offset), value);
    return 0;
}

int
PyFunction_SetDefaults(PyObject *op, PyObject *defaults)
{
    return set_checked(op, offsetof(PyFunctionObject, func_defaults), defaults, &PyTuple_Type,
                       "non-tuple default args");
}

int
PyFunction_SetKwDefaults(PyObject *op, PyObject *defaults)
{
    return set_checked(op, offsetof(PyFunctionObject, func_kwdefaults), defaults, &PyDict_Type,
                       "non-dict keyword only default args");
}

int
PyFunction_SetClosure(PyObject *op, PyObject *closure)
{
    return set_checked(op, offsetof(PyFunctionObject, func_closure), closure, &PyTuple_Type,
                       "expected tuple for closure");
}

int
PyFunction_SetAnnotations(PyObject *op, PyObject *annotations)
{
    return set_checked(op, offsetof(PyFunctionObject, func_annotations), annotations, &PyDict_Type,
                       "non-dict annotations");
}

/* The compiler hands annotations over as a flat tuple (name, value, ...); the dict is made here. */
static PyObject *
annotations(PyFunctionObject *f)
{
    PyObject *flat = f->func_annotations;
    if (flat != NULL && PyTuple_CheckExact(flat)) {
        PyObject *dict = PyDict_New();
        for (Py_ssize_t i = 0; dict != NULL && i + 1 < PyTuple_GET_SIZE(flat); i += 2)
            if (PyDict_SetItem(dict, PyTuple_GET_ITEM(flat, i), PyTuple_GET_ITEM(flat, i + 1)) < 0)
                return NULL;
        gc_store(f, &f->func_annotations, dict);
    }
    return f->func_annotations;
}

PyObject *
PyFunction_GetAnnotations(PyObject *op)
{
    PyFunctionObject *f = checked(op);
    return f == NULL ? NULL : annotations(f);
}

/* ------------------------------------------------------------------ attributes */

#define F(op) ((PyFunctionObject *)(op))

static PyObject *
get_code(PyObject *self, void *ignored)
{
    (void)ignored;
    return F(self)->func_code;
}

static int
set_code(PyObject *self, PyObject *value, void *ignored)
{
    (void)ignored;
    if (value == NULL || !PyCode_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "__code__ must be set to a code object");
        return -1;
    }
    Py_ssize_t has = F(self)->func_closure == NULL ? 0 : PyTuple_GET_SIZE(F(self)->func_closure);
    if (has != ((PyCodeObject *)value)->co_nfreevars) {
        PyErr_Format(PyExc_ValueError, "%U() requires a code object with %zd free vars, not %d",
                     F(self)->func_name, has, ((PyCodeObject *)value)->co_nfreevars);
        return -1;
    }
    gc_store(self, &F(self)->func_code, value);
    return 0;
}

static PyObject *
get_name(PyObject *self, void *ignored)
{
    (void)ignored;
    return F(self)->func_name;
}

static int
set_name(PyObject *self, PyObject *value, void *ignored)
{
    (void)ignored;
    if (value == NULL || !PyUnicode_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "__name__ must be set to a string object");
        return -1;
    }
    gc_store(self, &F(self)->func_name, value);
    return 0;
}

static PyObject *
get_qualname(PyObject *self, void *ignored)
{
    (void)ignored;
    return F(self)->func_qualname;
}

static int
set_qualname(PyObject *self, PyObject *value, void *ignored)
{
    (void)ignored;
    if (value == NULL || !PyUnicode_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "__qualname__ must be set to a string object");
        return -1;
    }
    gc_store(self, &F(self)->func_qualname, value);
    return 0;
}

static PyObject *
get_defaults(PyObject *self, void *ignored)
{
    (void)ignored;
    return F(self)->func_defaults == NULL ? Py_None : F(self)->func_defaults;
}

static int
set_defaults(PyObject *self, PyObject *value, void *ignored)
{
    (void)ignored;
    if (value == Py_None)
        value = NULL;
    if (value != NULL && !PyTuple_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "__defaults__ must be set to a tuple object");
        return -1;
    }
    gc_store(self, &F(self)->func_defaults, value);
    return 0;
}

static PyObject *
get_kwdefaults(PyObject *self, void *ignored)
{
    (void)ignored;
    return F(self)->func_kwdefaults == NULL ? Py_None : F(self)->func_kwdefaults;
}

static int
set_kwdefaults(PyObject *self, PyObject *value, void *ignored)
{
    (void)ignored;
    if (value == Py_None)
        value = NULL;
    if (value != NULL && !PyDict_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "__kwdefaults__ must be set to a dict object");
        return -1;
    }
    gc_store(self, &F(self)->func_kwdefaults, value);
    return 0;
}

static PyObject *
get_annotations(PyObject *self, void *ignored)
{
    (void)ignored;
    if (F(self)->func_annotations == NULL)
        gc_store(self, &F(self)->func_annotations, PyDict_New());
    return annotations(F(self));
}

static int
set_annotations(PyObject *self, PyObject *value, void *ignored)
{
    (void)ignored;
    if (value == Py_None)
        value = NULL;
    if (value != NULL && !PyDict_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "__annotations__ must be set to a dict object");
        return -1;
    }
    gc_store(self, &F(self)->func_annotations, value);
    return 0;
}

static PyObject *
get_dict(PyObject *self, void *ignored)
{
    (void)ignored;
    if (F(self)->func_dict == NULL)
        gc_store(self, &F(self)->func_dict, PyDict_New());
    return F(self)->func_dict;
}

static int
set_dict(PyObject *self, PyObject *value, void *ignored)
{
    (void)ignored;
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "cannot delete __dict__");
        return -1;
    }
    if (!PyDict_Check(value)) {
        PyErr_Format(PyExc_TypeError, "__dict__ must be set to a dictionary, not a '%.200s'",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    gc_store(self, &F(self)->func_dict, value);
    return 0;
}

static PyGetSetDef getset[] = {
    {"__code__", get_code, set_code, NULL, NULL},
    {"__defaults__", get_defaults, set_defaults, NULL, NULL},
    {"__kwdefaults__", get_kwdefaults, set_kwdefaults, NULL, NULL},
    {"__annotations__", get_annotations, set_annotations, NULL, NULL},
    {"__dict__", get_dict, set_dict, NULL, NULL},
    {"__name__", get_name, set_name, NULL, NULL},
    {"__qualname__", get_qualname, set_qualname, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

#define MEMBER(name, field, flags) {name, _Py_T_OBJECT, offsetof(PyFunctionObject, field), flags, NULL}
static PyMemberDef members[] = {
    MEMBER("__closure__", func_closure, Py_READONLY),
    MEMBER("__doc__", func_doc, 0),
    MEMBER("__globals__", func_globals, Py_READONLY),
    MEMBER("__builtins__", func_builtins, Py_READONLY),
    MEMBER("__module__", func_module, 0),
    {NULL, 0, 0, 0, NULL},
};

/* ------------------------------------------------------------------ the type */

static PyObject *
repr(PyObject *self)
{
    return PyUnicode_FromFormat("<function %U at %p>", F(self)->func_qualname, self);
}

static PyObject *
bind(PyObject *func, PyObject *obj, PyObject *type)
{
    (void)type;
    return obj == NULL || obj == Py_None ? func : PyMethod_New(func, obj);
}

static int
check_closure(PyCodeObject *code, PyObject *closure)
{
    Py_ssize_t n = code->co_nfreevars;
    if (closure == Py_None && n == 0)
        return 0;
    if (!PyTuple_Check(closure)) {
        PyErr_SetString(PyExc_TypeError, closure == Py_None ? "arg 5 (closure) must be tuple"
                                                            : "arg 5 (closure) must be None or tuple");
        return -1;
    }
    if (PyTuple_GET_SIZE(closure) != n) {
        PyErr_Format(PyExc_ValueError, "%U requires closure of length %zd, not %zd", code->co_name, n,
                     PyTuple_GET_SIZE(closure));
        return -1;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        if (!PyCell_Check(PyTuple_GET_ITEM(closure, i))) {
            PyErr_Format(PyExc_TypeError, "arg 5 (closure) expected cell, found %s",
                         Py_TYPE(PyTuple_GET_ITEM(closure, i))->tp_name);
            return -1;
        }
    }
    return 0;
}

static PyObject *
new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"code", "globals", "name", "argdefs", "closure", NULL};
    PyObject *code, *globals, *name = Py_None, *defaults = Py_None, *closure = Py_None;
    (void)type;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!O!|OOO:function", names, &PyCode_Type, &code,
                                     &PyDict_Type, &globals, &name, &defaults, &closure))
        return NULL;
    if (name != Py_None && !PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_TypeError, "arg 3 (name) must be None or string");
        return NULL;
    }
    if (defaults != Py_None && !PyTuple_Check(defaults)) {
        PyErr_SetString(PyExc_TypeError, "arg 4 (defaults) must be None or tuple");
        return NULL;
    }
    if (check_closure((PyCodeObject *)code, closure) < 0)
        return NULL;
    PyFunctionObject *f = (PyFunctionObject *)function_new(gcrt_ts, code, globals, NULL);
    if (f == NULL)
        return NULL;
    if (name != Py_None)
        f->func_name = name;
    if (defaults != Py_None)
        f->func_defaults = defaults;
    if (closure != Py_None)
        f->func_closure = closure;
    return (PyObject *)f;
}

PyTypeObject PyFunction_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "function",
    .tp_basicsize = sizeof(PyFunctionObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
                Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_vectorcall_offset = offsetof(PyFunctionObject, vectorcall),
    .tp_repr = repr,
    .tp_call = PyVectorcall_Call,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_setattro = PyObject_GenericSetAttr,
    .tp_weaklistoffset = offsetof(PyFunctionObject, func_weakreflist),
    .tp_dictoffset = offsetof(PyFunctionObject, func_dict),
    .tp_members = members,
    .tp_getset = getset,
    .tp_descr_get = bind,
    .tp_new = new,
    .gcrt_trace = trace,
};
