/* exceptions_attributes.c: the small exceptions with a field or a message of their own: StopIteration,
 * SystemExit, KeyError, ImportError, NameError, AttributeError. */
#include "exceptions.h"
#include "structmember.h"

/* ------------------------------------------------------------------ StopIteration, SystemExit, KeyError */

static int
stop_iteration_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    if (exception_init(self, args, kwds) < 0)
        return -1;
    PyObject *value = PyTuple_GET_SIZE(args) > 0 ? PyTuple_GET_ITEM(args, 0) : Py_None;
    gc_store(self, &((PyStopIterationObject *)self)->value, value);
    return 0;
}

static PyMemberDef stop_iteration_members[] = {
    {"value", T_OBJECT, offsetof(PyStopIterationObject, value), 0, "What the generator returned."},
    {0},
};

static int
system_exit_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    if (exception_init(self, args, kwds) < 0)
        return -1;
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (n > 0)
        gc_store(self, &((PySystemExitObject *)self)->code, n == 1 ? PyTuple_GET_ITEM(args, 0) : args);
    return 0;
}

static PyMemberDef system_exit_members[] = {
    {"code", T_OBJECT, offsetof(PySystemExitObject, code), 0, "Exit status."},
    {0},
};

/* A key that prints as nothing, or with spaces, must be visible: one argument is shown by repr. */
static PyObject *
key_error_str(PyObject *self)
{
    PyObject *args = ((PyBaseExceptionObject *)self)->args;
    if (args != NULL && PyTuple_GET_SIZE(args) == 1)
        return PyObject_Repr(PyTuple_GET_ITEM(args, 0));
    return exception_str(self);
}

/* ------------------------------------------------------------------ keyword arguments */

/* Take the keywords in names[] out of kwds into fields[]; anything else is a TypeError.  type_name is
 * what the message calls the constructor. */
static int
take_keywords(PyObject *self, const char *type_name, PyObject *kwds, const char *const *names,
              const Py_ssize_t *offsets, int n)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    if (kwds == NULL)
        return 0;
    while (PyDict_Next(kwds, &pos, &key, &value)) {
        int i = 0;
        while (i < n && PyUnicode_CompareWithASCIIString(key, names[i]) != 0)
            i++;
        if (i == n) {
            PyErr_Format(PyExc_TypeError, "'%U' is an invalid keyword argument for %s()", key, type_name);
            return -1;
        }
        gc_store(self, (PyObject **)((char *)self + offsets[i]), value);
    }
    return 0;
}

static int
import_error_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    static const char *const names[] = {"name", "path"};
    static const Py_ssize_t offsets[] = {offsetof(PyImportErrorObject, name),
                                         offsetof(PyImportErrorObject, path)};
    PyImportErrorObject *e = (PyImportErrorObject *)self;
    if (exception_init(self, args, NULL) < 0)
        return -1;
    e->name = e->path = NULL;
    if (take_keywords(self, "ImportError", kwds, names, offsets, 2) < 0)
        return -1;
    gc_store(self, &e->msg, PyTuple_GET_SIZE(args) == 1 ? PyTuple_GET_ITEM(args, 0) : NULL);
    return 0;
}

static PyObject *
import_error_str(PyObject *self)
{
    PyObject *msg = ((PyImportErrorObject *)self)->msg;
    if (msg != NULL && PyUnicode_CheckExact(msg))
        return msg;
    return exception_str(self);
}

static PyObject *
import_error_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyImportErrorObject *e = (PyImportErrorObject *)self;
    PyObject *args = e->args != NULL ? e->args : PyTuple_New(0);
    PyObject *state = e->dict;
    if (args == NULL)
        return NULL;
    if (e->name != NULL || e->path != NULL) {
        state = e->dict != NULL ? PyDict_Copy(e->dict) : PyDict_New();
        if (state == NULL || (e->name != NULL && PyDict_SetItemString(state, "name", e->name) < 0) ||
            (e->path != NULL && PyDict_SetItemString(state, "path", e->path) < 0))
            return NULL;
    }
    if (state == NULL)
        return PyTuple_Pack(2, (PyObject *)Py_TYPE(self), args);
    return PyTuple_Pack(3, (PyObject *)Py_TYPE(self), args, state);
}

static PyMethodDef import_error_methods[] = {
    {"__reduce__", import_error_reduce, METH_NOARGS, NULL},
    {0},
};

static PyMemberDef import_error_members[] = {
    {"msg", T_OBJECT, offsetof(PyImportErrorObject, msg), 0, "Message."},
    {"name", T_OBJECT, offsetof(PyImportErrorObject, name), 0, "Name of the module."},
    {"path", T_OBJECT, offsetof(PyImportErrorObject, path), 0, "Path of the module's file."},
    {0},
};

static int
name_error_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    static const char *const names[] = {"name"};
    static const Py_ssize_t offsets[] = {offsetof(PyNameErrorObject, name)};
    if (exception_init(self, args, NULL) < 0)
        return -1;
    ((PyNameErrorObject *)self)->name = NULL;
    return take_keywords(self, "NameError", kwds, names, offsets, 1);
}

static PyMemberDef name_error_members[] = {
    {"name", T_OBJECT, offsetof(PyNameErrorObject, name), 0, "The name."},
    {0},
};

static int
attribute_error_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    static const char *const names[] = {"name", "obj"};
    static const Py_ssize_t offsets[] = {offsetof(PyAttributeErrorObject, name),
                                         offsetof(PyAttributeErrorObject, obj)};
    PyAttributeErrorObject *e = (PyAttributeErrorObject *)self;
    if (exception_init(self, args, NULL) < 0)
        return -1;
    e->name = e->obj = NULL;
    return take_keywords(self, "AttributeError", kwds, names, offsets, 2);
}

static PyMemberDef attribute_error_members[] = {
    {"name", T_OBJECT, offsetof(PyAttributeErrorObject, name), 0, "Name of the attribute."},
    {"obj", T_OBJECT, offsetof(PyAttributeErrorObject, obj), 0, "The object that lacks it."},
    {0},
};

void
exceptions_setup_attributes(void)
{
    exc_StopIteration.tp_init = stop_iteration_init;
    exc_StopIteration.tp_members = stop_iteration_members;
    exc_SystemExit.tp_init = system_exit_init;
    exc_SystemExit.tp_members = system_exit_members;
    exc_KeyError.tp_str = key_error_str;
    exc_ImportError.tp_init = import_error_init;
    exc_ImportError.tp_str = import_error_str;
    exc_ImportError.tp_methods = import_error_methods;
    exc_ImportError.tp_members = import_error_members;
    exc_NameError.tp_init = name_error_init;
    exc_NameError.tp_members = name_error_members;
    exc_AttributeError.tp_init = attribute_error_init;
    exc_AttributeError.tp_members = attribute_error_members;
}
