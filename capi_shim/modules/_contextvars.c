/* _contextvars.c: Context, ContextVar, Token, and PyContext*.
 *
 * A context is a dict from variable to value.  copy() shares the dict; whoever sets a variable first while
 * it is shared makes a copy for itself. */
#include "state.h"
#include "structmember.h"

typedef struct {
    PyObject_HEAD
    PyObject *vars;            /* dict */
    PyObject *previous;        /* context to return to while entered */
    PyObject *weakreflist;
    int entered;
    int shared;                /* vars belongs to other contexts too */
} context_object;

typedef struct {
    PyObject_HEAD
    PyObject *name, *fallback;
} var_object;

typedef struct {
    PyObject_HEAD
    PyObject *context, *var, *old_value;
    int used;
} token_object;

static PyObject *missing;      /* Token.MISSING */

/* ------------------------------------------------------------------ contexts */

static context_object *
context_new(PyObject *vars)
{
    context_object *self = (context_object *)PyType_GenericAlloc(&PyContext_Type, 0);
    if (self != NULL)
        self->vars = vars != NULL ? vars : PyDict_New();
    return self == NULL || self->vars == NULL ? NULL : self;
}

static context_object *
context_copy(context_object *from)
{
    context_object *copy = context_new(from->vars);
    if (copy != NULL)
        copy->shared = from->shared = 1;
    return copy;
}

static context_object *
context_current(void)
{
    PyThreadState *ts = gcrt_ts;
    if (ts->context == NULL)
        ts->context = (PyObject *)context_new(NULL);
    return (context_object *)ts->context;
}

static int
context_set(context_object *self, PyObject *var, PyObject *value)
{
    if (self->shared) {
        PyObject *own = PyDict_Copy(self->vars);
        if (own == NULL)
            return -1;
        gc_store(self, &self->vars, own);
        self->shared = 0;
    }
    return value != NULL ? PyDict_SetItem(self->vars, var, value) : PyDict_DelItem(self->vars, var);
}

static int
check_context(PyObject *op)
{
    if (PyContext_CheckExact(op))
        return 0;
    PyErr_SetString(PyExc_TypeError, "an instance of Context was expected");
    return -1;
}

PyObject *
PyContext_New(void)
{
    return (PyObject *)context_new(NULL);
}

PyObject *
PyContext_Copy(PyObject *context)
{
    return check_context(context) < 0 ? NULL : (PyObject *)context_copy((context_object *)context);
}

PyObject *
PyContext_CopyCurrent(void)
{
    context_object *current = context_current();
    return current == NULL ? NULL : (PyObject *)context_copy(current);
}

int
PyContext_Enter(PyObject *op)
{
    context_object *self = (context_object *)op;
    if (check_context(op) < 0)
        return -1;
    if (self->entered) {
        PyErr_Format(PyExc_RuntimeError, "cannot enter context: %R is already entered", op);
        return -1;
    }
    gc_store(self, &self->previous, gcrt_ts->context);
    self->entered = 1;
    gcrt_ts->context = op;
    return 0;
}

int
PyContext_Exit(PyObject *op)
{
    context_object *self = (context_object *)op;
    if (check_context(op) < 0)
        return -1;
    if (!self->entered) {
        PyErr_Format(PyExc_RuntimeError, "cannot exit context: %R has not been entered", op);
        return -1;
    }
    if (gcrt_ts->context != op) {
        PyErr_SetString(PyExc_RuntimeError, "cannot exit context: thread state references a different context object");
        return -1;
    }
    gcrt_ts->context = self->previous;
    self->previous = NULL;
    self->entered = 0;
    return 0;
}

static PyObject *
context_type_new(PyTypeObject *Py_UNUSED(type), PyObject *args, PyObject *kwds)
{
    if (PyTuple_GET_SIZE(args) > 0 || (kwds != NULL && PyDict_GET_SIZE(kwds) > 0))
        return PyErr_Format(PyExc_TypeError, "Context() does not accept any arguments");
    return PyContext_New();
}

static PyObject *
context_run(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (nargs < 1)
        return PyErr_Format(PyExc_TypeError, "run() missing 1 required positional argument");
    if (PyContext_Enter(self) < 0)
        return NULL;
    PyObject *result = PyObject_Vectorcall(args[0], args + 1, (size_t)(nargs - 1), kwnames);
    PyObject *raised = gcrt_ts->exception;
    gcrt_ts->exception = NULL;
    if (PyContext_Exit(self) < 0)
        return NULL;
    gcrt_ts->exception = raised;
    return result;
}

static PyObject *
context_copy_method(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return (PyObject *)context_copy((context_object *)self);
}

static int
check_var_key(PyObject *key)
{
    if (PyContextVar_CheckExact(key))
        return 0;
    PyErr_Format(PyExc_TypeError, "a ContextVar key was expected, got %R", key);
    return -1;
}

static PyObject *
context_subscript(PyObject *self, PyObject *key)
{
    if (check_var_key(key) < 0)
        return NULL;
    PyObject *value = PyDict_GetItemWithError(((context_object *)self)->vars, key);
    if (value == NULL && gcrt_ts->exception == NULL)
        PyErr_SetObject(PyExc_KeyError, key);
    return value;
}

static PyObject *
context_get(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("get", nargs, 1, 2) || check_var_key(args[0]) < 0)
        return NULL;
    PyObject *value = PyDict_GetItemWithError(((context_object *)self)->vars, args[0]);
    if (value != NULL || gcrt_ts->exception != NULL)
        return value;
    return nargs > 1 ? args[1] : Py_None;
}

static int
context_contains(PyObject *self, PyObject *key)
{
    return check_var_key(key) < 0 ? -1 : PyDict_Contains(((context_object *)self)->vars, key);
}

static Py_ssize_t
context_length(PyObject *self)
{
    return PyDict_GET_SIZE(((context_object *)self)->vars);
}

static PyObject *
context_iter(PyObject *self)
{
    return PyObject_GetIter(((context_object *)self)->vars);
}

static PyObject *
view_iter(PyObject *list)
{
    return list == NULL ? NULL : PyObject_GetIter(list);
}

static PyObject *
context_keys(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return view_iter(PyDict_Keys(((context_object *)self)->vars));
}

static PyObject *
context_values(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return view_iter(PyDict_Values(((context_object *)self)->vars));
}

static PyObject *
context_items(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return view_iter(PyDict_Items(((context_object *)self)->vars));
}

static PyObject *
context_richcompare(PyObject *a, PyObject *b, int op)
{
    if (!PyContext_CheckExact(a) || !PyContext_CheckExact(b) || (op != Py_EQ && op != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    return PyObject_RichCompare(((context_object *)a)->vars, ((context_object *)b)->vars, op);
}

static PyMethodDef context_methods[] = {
    {"run", _PyCFunction_CAST(context_run), METH_FASTCALL | METH_KEYWORDS, "Call a function in this context."},
    {"copy", context_copy_method, METH_NOARGS, "A copy."},
    {"get", _PyCFunction_CAST(context_get), METH_FASTCALL, "Value of a variable, or the default."},
    {"keys", context_keys, METH_NOARGS, NULL},
    {"values", context_values, METH_NOARGS, NULL},
    {"items", context_items, METH_NOARGS, NULL},
    {0},
};

static PySequenceMethods context_sequence = {.sq_contains = context_contains};
static PyMappingMethods context_mapping = {.mp_length = context_length, .mp_subscript = context_subscript};

PyTypeObject PyContext_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_contextvars.Context",
    .tp_basicsize = sizeof(context_object),
    .tp_as_sequence = &context_sequence,
    .tp_as_mapping = &context_mapping,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_richcompare = context_richcompare,
    .tp_weaklistoffset = offsetof(context_object, weakreflist),
    .tp_iter = context_iter,
    .tp_methods = context_methods,
    .tp_new = context_type_new,
};

/* ------------------------------------------------------------------ variables */

PyObject *
PyContextVar_New(const char *name, PyObject *fallback)
{
    PyObject *text = PyUnicode_FromString(name);
    var_object *self = text != NULL ? (var_object *)PyType_GenericAlloc(&PyContextVar_Type, 0) : NULL;
    if (self != NULL) {
        self->name = text;
        self->fallback = fallback;
    }
    return (PyObject *)self;
}

static int
check_var(PyObject *var)
{
    if (PyContextVar_CheckExact(var))
        return 0;
    PyErr_SetString(PyExc_TypeError, "an instance of ContextVar was expected");
    return -1;
}

int
PyContextVar_Get(PyObject *var, PyObject *fallback, PyObject **value)
{
    if (check_var(var) < 0)
        return -1;
    *value = NULL;
    if (gcrt_ts->context != NULL) {
        *value = PyDict_GetItemWithError(((context_object *)gcrt_ts->context)->vars, var);
        if (*value != NULL)
            return 0;
        if (gcrt_ts->exception != NULL)
            return -1;
    }
    *value = fallback != NULL ? fallback : ((var_object *)var)->fallback;
    return 0;
}

PyObject *
PyContextVar_Set(PyObject *var, PyObject *value)
{
    context_object *context = context_current();
    if (context == NULL || check_var(var) < 0)
        return NULL;
    PyObject *old = PyDict_GetItemWithError(context->vars, var);
    if ((old == NULL && gcrt_ts->exception != NULL) || context_set(context, var, value) < 0)
        return NULL;
    token_object *token = (token_object *)PyType_GenericAlloc(&PyContextToken_Type, 0);
    if (token != NULL) {
        token->context = (PyObject *)context;
        token->var = var;
        token->old_value = old;
    }
    return (PyObject *)token;
}

int
PyContextVar_Reset(PyObject *var, PyObject *op)
{
    token_object *token = (token_object *)op;
    if (check_var(var) < 0)
        return -1;
    if (!PyContextToken_CheckExact(op)) {
        PyErr_Format(PyExc_TypeError, "expected an instance of Token, got %R", op);
        return -1;
    }
    if (token->used) {
        PyErr_Format(PyExc_RuntimeError, "%R has already been used once", op);
        return -1;
    }
    if (token->var != var) {
        PyErr_Format(PyExc_ValueError, "%R was created by a different ContextVar", op);
        return -1;
    }
    if (token->context != (PyObject *)context_current()) {
        PyErr_Format(PyExc_ValueError, "%R was created in a different Context", op);
        return -1;
    }
    token->used = 1;
    return context_set((context_object *)token->context, var, token->old_value);
}

static PyObject *
var_type_new(PyTypeObject *Py_UNUSED(type), PyObject *args, PyObject *kwds)
{
    static char *names[] = {"", "default", NULL};
    PyObject *name, *fallback = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O|$O:ContextVar", names, &name, &fallback))
        return NULL;
    if (!PyUnicode_Check(name))
        return PyErr_Format(PyExc_TypeError, "context variable name must be a str");
    var_object *self = (var_object *)PyType_GenericAlloc(&PyContextVar_Type, 0);
    if (self != NULL) {
        self->name = name;
        self->fallback = fallback;
    }
    return (PyObject *)self;
}

static PyObject *
var_get(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *value;
    if (!_PyArg_CheckPositional("get", nargs, 0, 1) || PyContextVar_Get(self, nargs > 0 ? args[0] : NULL, &value) < 0)
        return NULL;
    if (value == NULL)
        PyErr_SetObject(PyExc_LookupError, self);
    return value;
}

static PyObject *
var_reset(PyObject *self, PyObject *token)
{
    if (PyContextVar_Reset(self, token) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
var_repr(PyObject *op)
{
    var_object *self = (var_object *)op;
    if (self->fallback != NULL)
        return PyUnicode_FromFormat("<ContextVar name=%R default=%R at %p>", self->name, self->fallback, op);
    return PyUnicode_FromFormat("<ContextVar name=%R at %p>", self->name, op);
}

static PyMethodDef var_methods[] = {
    {"get", _PyCFunction_CAST(var_get), METH_FASTCALL, "The value in the current context."},
    {"set", PyContextVar_Set, METH_O, "Set the value; return a token that undoes it."},
    {"reset", var_reset, METH_O, "Undo a set()."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {0},
};

static PyMemberDef var_members[] = {
    {"name", T_OBJECT, offsetof(var_object, name), READONLY, NULL},
    {0},
};

PyTypeObject PyContextVar_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_contextvars.ContextVar",
    .tp_basicsize = sizeof(var_object),
    .tp_repr = var_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_methods = var_methods,
    .tp_members = var_members,
    .tp_new = var_type_new,
};

/* ------------------------------------------------------------------ tokens */

static PyObject *
token_get_old_value(PyObject *self, void *Py_UNUSED(c))
{
    PyObject *old = ((token_object *)self)->old_value;
    return old != NULL ? old : missing;
}

static PyObject *
token_repr(PyObject *op)
{
    token_object *self = (token_object *)op;
    return PyUnicode_FromFormat("<Token%s var=%R at %p>", self->used ? " used" : "", self->var, op);
}

static PyMemberDef token_members[] = {
    {"var", T_OBJECT, offsetof(token_object, var), READONLY, NULL},
    {0},
};

static PyGetSetDef token_getset[] = {
    {"old_value", token_get_old_value, NULL, NULL, NULL},
    {0},
};

static PyMethodDef token_methods[] = {
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {0},
};

static PyObject *
token_type_new(PyTypeObject *Py_UNUSED(type), PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwds))
{
    return PyErr_Format(PyExc_RuntimeError, "Tokens can only be created by ContextVars");
}

PyTypeObject PyContextToken_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_contextvars.Token",
    .tp_basicsize = sizeof(token_object),
    .tp_repr = token_repr,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_methods = token_methods,
    .tp_members = token_members,
    .tp_getset = token_getset,
    .tp_new = token_type_new,
};

static PyObject *
missing_repr(PyObject *Py_UNUSED(self))
{
    return PyUnicode_FromString("<Token.MISSING>");
}

static PyTypeObject missing_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "Token.MISSING",
    .tp_basicsize = sizeof(PyObject),
    .tp_repr = missing_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT,
};

/* ------------------------------------------------------------------ the module */

static PyObject *
copy_context(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return PyContext_CopyCurrent();
}

static PyMethodDef module_methods[] = {
    {"copy_context", copy_context, METH_NOARGS, "A copy of the current context."},
    {0},
};

static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_contextvars",
    .m_doc = "Context variables.",
    .m_size = -1,
    .m_methods = module_methods,
};

PyObject *
PyInit__contextvars(void)
{
    PyObject *m = PyModule_Create(&module_def);
    if (m == NULL || PyType_Ready(&missing_type) < 0)
        return NULL;
    missing = gcrt_new_leaf(&missing_type, sizeof(PyObject));
    if (missing == NULL || PyDict_SetItemString(PyContextToken_Type.tp_dict, "MISSING", missing) < 0 ||
        PyModule_AddObjectRef(m, "Context", (PyObject *)&PyContext_Type) < 0 ||
        PyModule_AddObjectRef(m, "ContextVar", (PyObject *)&PyContextVar_Type) < 0 ||
        PyModule_AddObjectRef(m, "Token", (PyObject *)&PyContextToken_Type) < 0)
        return NULL;
    return m;
}
