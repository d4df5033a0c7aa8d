/* exceptions.c: BaseException and the table of all exception types.
 *
 * Types with fields of their own get their slots from exceptions_*.c; everything else inherits. */
#include "exceptions.h"
#include "state.h"
#include "structmember.h"

static PyBaseExceptionObject *
as_exc(PyObject *self)
{
    return (PyBaseExceptionObject *)self;
}

PyObject *
exception_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwds))
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    as_exc(self)->args = args != NULL ? args : PyTuple_New(0);
    return as_exc(self)->args == NULL ? NULL : self;
}

int
exception_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    if (!_PyArg_NoKeywords(Py_TYPE(self)->tp_name, kwds))
        return -1;
    gc_store(self, &as_exc(self)->args, args);
    return 0;
}

PyObject *
exception_make(PyTypeObject *type, PyObject *args)
{
    PyObject *self = type->tp_new(type, args, NULL);
    if (self == NULL || type->tp_init(self, args, NULL) < 0)
        return NULL;
    return self;
}

PyObject *
exception_str(PyObject *self)
{
    PyObject *args = as_exc(self)->args;
    if (args == NULL || PyTuple_GET_SIZE(args) == 0)
        return PyUnicode_FromStringAndSize("", 0);
    if (PyTuple_GET_SIZE(args) == 1)
        return PyObject_Str(PyTuple_GET_ITEM(args, 0));
    return PyObject_Str(args);
}

static const char *
short_name(PyTypeObject *type)
{
    const char *dot = strrchr(type->tp_name, '.');
    return dot != NULL ? dot + 1 : type->tp_name;
}

static PyObject *
exception_repr(PyObject *self)
{
    PyObject *args = as_exc(self)->args;
    if (args != NULL && PyTuple_GET_SIZE(args) == 1)
        return PyUnicode_FromFormat("%s(%R)", short_name(Py_TYPE(self)), PyTuple_GET_ITEM(args, 0));
    return PyUnicode_FromFormat("%s%R", short_name(Py_TYPE(self)), args);
}

/* ------------------------------------------------------------------ methods */

static PyObject *
exception_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyBaseExceptionObject *e = as_exc(self);
    if (e->args != NULL && e->dict != NULL && PyDict_GET_SIZE(e->dict) > 0)
        return PyTuple_Pack(3, (PyObject *)Py_TYPE(self), e->args, e->dict);
    return PyTuple_Pack(2, (PyObject *)Py_TYPE(self), e->args);
}

static PyObject *
exception_setstate(PyObject *self, PyObject *state)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    if (state == Py_None)
        Py_RETURN_NONE;
    if (!PyDict_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state is not a dictionary");
        return NULL;
    }
    while (PyDict_Next(state, &pos, &key, &value))
        if (PyObject_SetAttr(self, key, value) < 0)
            return NULL;
    Py_RETURN_NONE;
}

static PyObject *
exception_with_traceback(PyObject *self, PyObject *tb)
{
    if (PyException_SetTraceback(self, tb) < 0)
        return NULL;
    return self;
}

static PyObject *
exception_add_note(PyObject *self, PyObject *note)
{
    PyObject *notes;
    if (!PyUnicode_Check(note)) {
        PyErr_Format(PyExc_TypeError, "note must be a str, not '%s'", Py_TYPE(note)->tp_name);
        return NULL;
    }
    if (_PyObject_LookupAttr(self, GCRT_NAME(__notes__), &notes) < 0)
        return NULL;
    if (notes == NULL) {
        notes = PyList_New(0);
        if (notes == NULL || PyObject_SetAttr(self, GCRT_NAME(__notes__), notes) < 0)
            return NULL;
    }
    if (!PyList_Check(notes)) {
        PyErr_SetString(PyExc_TypeError, "Cannot add note: __notes__ is not a list");
        return NULL;
    }
    if (PyList_Append(notes, note) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef exception_methods[] = {
    {"__reduce__", exception_reduce, METH_NOARGS, "Return what copies and pickles are made of."},
    {"__setstate__", exception_setstate, METH_O, "Set attributes from a dictionary."},
    {"with_traceback", exception_with_traceback, METH_O, "Set __traceback__ and return the exception."},
    {"add_note", exception_add_note, METH_O, "Append a line to what is printed below the message."},
    {0},
};

/* ------------------------------------------------------------------ attributes */

static PyObject *
get_args(PyObject *self, void *Py_UNUSED(c))
{
    PyObject *args = as_exc(self)->args;
    return args != NULL ? args : Py_None;
}

static int
set_args(PyObject *self, PyObject *value, void *Py_UNUSED(c))
{
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "args may not be deleted");
        return -1;
    }
    PyObject *tuple = PySequence_Tuple(value);
    if (tuple == NULL)
        return -1;
    gc_store(self, &as_exc(self)->args, tuple);
    return 0;
}

static PyObject *
get_traceback(PyObject *self, void *Py_UNUSED(c))
{
    PyObject *tb = as_exc(self)->traceback;
    return tb != NULL ? tb : Py_None;
}

static int
set_traceback(PyObject *self, PyObject *value, void *Py_UNUSED(c))
{
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "__traceback__ may not be deleted");
        return -1;
    }
    return PyException_SetTraceback(self, value);
}

static PyObject *
get_context(PyObject *self, void *Py_UNUSED(c))
{
    PyObject *context = as_exc(self)->context;
    return context != NULL ? context : Py_None;
}

static PyObject *
get_cause(PyObject *self, void *Py_UNUSED(c))
{
    PyObject *cause = as_exc(self)->cause;
    return cause != NULL ? cause : Py_None;
}

static int
check_link(PyObject *value, const char *what, const char *kind)
{
    if (value == NULL) {
        PyErr_Format(PyExc_TypeError, "%s may not be deleted", what);
        return -1;
    }
    if (value != Py_None && !PyExceptionInstance_Check(value)) {
        PyErr_Format(PyExc_TypeError, "exception %s must be None or derive from BaseException", kind);
        return -1;
    }
    return 0;
}

static int
set_context(PyObject *self, PyObject *value, void *Py_UNUSED(c))
{
    if (check_link(value, "__context__", "context") < 0)
        return -1;
    PyException_SetContext(self, value == Py_None ? NULL : value);
    return 0;
}

static int
set_cause(PyObject *self, PyObject *value, void *Py_UNUSED(c))
{
    if (check_link(value, "__cause__", "cause") < 0)
        return -1;
    PyException_SetCause(self, value == Py_None ? NULL : value);
    return 0;
}

static PyGetSetDef exception_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {"args", get_args, set_args, NULL, NULL},
    {"__traceback__", get_traceback, set_traceback, NULL, NULL},
    {"__context__", get_context, set_context, "exception context", NULL},
    {"__cause__", get_cause, set_cause, "exception cause", NULL},
    {0},
};

static PyMemberDef exception_members[] = {
    {"__suppress_context__", T_BOOL, offsetof(PyBaseExceptionObject, suppress_context), 0, NULL},
    {0},
};

/* ------------------------------------------------------------------ the types */

#define EXC_FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_BASE_EXC_SUBCLASS | Py_TPFLAGS_HAVE_GC)

PyTypeObject exc_BaseException = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "BaseException",
    .tp_basicsize = sizeof(PyBaseExceptionObject),
    .tp_repr = exception_repr,
    .tp_str = exception_str,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_setattro = PyObject_GenericSetAttr,
    .tp_flags = EXC_FLAGS,
    .tp_doc = "Common base of all exceptions.",
    .tp_methods = exception_methods,
    .tp_members = exception_members,
    .tp_getset = exception_getset,
    .tp_base = &PyBaseObject_Type,
    .tp_dictoffset = offsetof(PyBaseExceptionObject, dict),
    .tp_init = exception_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = exception_new,
};
PyObject *PyExc_BaseException = (PyObject *)&exc_BaseException;

#define EXC(name, base, layout, doc)                                                                    \
    PyTypeObject exc_##name = {                                                                         \
        PyVarObject_HEAD_INIT(&PyType_Type, 0)                                                          \
        .tp_name = #name,                                                                               \
        .tp_basicsize = sizeof(layout),                                                                 \
        .tp_flags = EXC_FLAGS,                                                                          \
        .tp_doc = doc,                                                                                  \
        .tp_base = &exc_##base,                                                                         \
        .tp_dictoffset = offsetof(PyBaseExceptionObject, dict),                                         \
        .tp_init = exception_init,                                                                      \
        .tp_new = exception_new,                                                                        \
    };                                                                                                  \
    PyObject *PyExc_##name = (PyObject *)&exc_##name;
#include "exceptions.def"
#undef EXC
PyObject *PyExc_EnvironmentError = (PyObject *)&exc_OSError;
PyObject *PyExc_IOError = (PyObject *)&exc_OSError;

static PyTypeObject *const all_types[] = {
    &exc_BaseException,
#define EXC(name, base, layout, doc) &exc_##name,
#include "exceptions.def"
#undef EXC
};

/* Types that only inherit get their base's init and new: bases come first in the table. */
static void
inherit_construction(void)
{
    for (size_t i = 1; i < Py_ARRAY_LENGTH(all_types); i++) {
        PyTypeObject *type = all_types[i], *base = type->tp_base;
        if (type->tp_init == exception_init)
            type->tp_init = base->tp_init;
        if (type->tp_new == exception_new)
            type->tp_new = base->tp_new;
    }
}

int
exceptions_init(void)
{
    exceptions_setup_attributes();
    exceptions_setup_os();
    exceptions_setup_syntax();
    exceptions_setup_unicode();
    exceptions_setup_group();
    inherit_construction();
    for (size_t i = 0; i < Py_ARRAY_LENGTH(all_types); i++)
        if (PyType_Ready(all_types[i]) < 0)
            return -1;
    return 0;
}

/* ExceptionGroup has two bases, so it is made like a class statement would. */
static PyObject *
make_exception_group(void)
{
    PyObject *bases = PyTuple_Pack(2, PyExc_BaseExceptionGroup, PyExc_Exception);
    PyObject *dict = PyDict_New();
    if (bases == NULL || dict == NULL)
        return NULL;
    PyObject *module = PyUnicode_FromString("builtins");
    if (module == NULL || PyDict_SetItem(dict, GCRT_NAME(__module__), module) < 0)
        return NULL;
    return PyObject_CallFunction((PyObject *)&PyType_Type, "sOO", "ExceptionGroup", bases, dict);
}
PyObject *exception_group_type;

int
exceptions_add_to(PyObject *dict)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(all_types); i++)
        if (PyDict_SetItemString(dict, all_types[i]->tp_name, (PyObject *)all_types[i]) < 0)
            return -1;
    if (PyDict_SetItemString(dict, "EnvironmentError", PyExc_OSError) < 0 ||
        PyDict_SetItemString(dict, "IOError", PyExc_OSError) < 0)
        return -1;
    exception_group_type = make_exception_group();
    if (exception_group_type == NULL)
        return -1;
    return PyDict_SetItemString(dict, "ExceptionGroup", exception_group_type);
}

/* ------------------------------------------------------------------ PyException_* */

PyObject *
PyException_GetTraceback(PyObject *self)
{
    return as_exc(self)->traceback;
}

int
PyException_SetTraceback(PyObject *self, PyObject *tb)
{
    if (tb == NULL || (tb != Py_None && !PyTraceBack_Check(tb))) {
        PyErr_SetString(PyExc_TypeError, "__traceback__ must be a traceback or None");
        return -1;
    }
    gc_store(self, &as_exc(self)->traceback, tb == Py_None ? NULL : tb);
    return 0;
}

PyObject *
PyException_GetCause(PyObject *self)
{
    return as_exc(self)->cause;
}

void
PyException_SetCause(PyObject *self, PyObject *cause)
{
    as_exc(self)->suppress_context = 1;
    gc_store(self, &as_exc(self)->cause, cause);
}

PyObject *
PyException_GetContext(PyObject *self)
{
    return as_exc(self)->context;
}

void
PyException_SetContext(PyObject *self, PyObject *context)
{
    gc_store(self, &as_exc(self)->context, context);
}

const char *
PyExceptionClass_Name(PyObject *type)
{
    return ((PyTypeObject *)type)->tp_name;
}
