/* atexit.c: functions to be called at the end of the program, last registered first. */
#include "state.h"

/* List of (function, args, kwargs or None); NULL entries do not exist. */
static PyObject *callbacks;

static PyObject *
atexit_register(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwds)
{
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (n == 0)
        return PyErr_Format(PyExc_TypeError, "register() takes at least 1 argument (0 given)");
    PyObject *function = PyTuple_GET_ITEM(args, 0);
    if (!PyCallable_Check(function))
        return PyErr_Format(PyExc_TypeError, "the first argument must be callable");
    PyObject *rest = PyTuple_GetSlice(args, 1, n);
    PyObject *entry = rest != NULL ? PyTuple_Pack(3, function, rest, kwds != NULL ? kwds : Py_None) : NULL;
    if (entry == NULL || (callbacks == NULL && (callbacks = PyList_New(0)) == NULL) ||
        PyList_Append(callbacks, entry) < 0)
        return NULL;
    return function;
}

void
atexit_run(void)
{
    while (callbacks != NULL && PyList_GET_SIZE(callbacks) > 0) {
        Py_ssize_t last = PyList_GET_SIZE(callbacks) - 1;
        PyObject *entry = PyList_GET_ITEM(callbacks, last);
        if (PyList_SetSlice(callbacks, last, last + 1, NULL) < 0)
            return;
        PyObject *kwds = PyTuple_GET_ITEM(entry, 2);
        if (PyObject_Call(PyTuple_GET_ITEM(entry, 0), PyTuple_GET_ITEM(entry, 1), kwds == Py_None ? NULL : kwds) == NULL)
            _PyErr_WriteUnraisableMsg("in atexit callback", PyTuple_GET_ITEM(entry, 0));
    }
}

static PyObject *
atexit_run_exitfuncs(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    atexit_run();
    Py_RETURN_NONE;
}

static PyObject *
atexit_clear(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    callbacks = NULL;
    Py_RETURN_NONE;
}

static PyObject *
atexit_ncallbacks(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return gcrt_int(callbacks != NULL ? PyList_GET_SIZE(callbacks) : 0);
}

static PyObject *
atexit_unregister(PyObject *Py_UNUSED(self), PyObject *function)
{
    for (Py_ssize_t i = 0; callbacks != NULL && i < PyList_GET_SIZE(callbacks); i++) {
        int same = PyObject_RichCompareBool(PyTuple_GET_ITEM(PyList_GET_ITEM(callbacks, i), 0), function, Py_EQ);
        if (same < 0 || (same && PyList_SetSlice(callbacks, i, i + 1, NULL) < 0))
            return NULL;
        if (same)
            i--;
    }
    Py_RETURN_NONE;
}

static PyMethodDef atexit_methods[] = {
    {"register", _PyCFunction_CAST(atexit_register), METH_VARARGS | METH_KEYWORDS, "Call a function at exit."},
    {"unregister", atexit_unregister, METH_O, "Forget a function."},
    {"_clear", atexit_clear, METH_NOARGS, NULL},
    {"_run_exitfuncs", atexit_run_exitfuncs, METH_NOARGS, NULL},
    {"_ncallbacks", atexit_ncallbacks, METH_NOARGS, NULL},
    {0},
};

static PyModuleDef atexit_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "atexit",
    .m_doc = "Functions to be called at the end of the program.",
    .m_size = -1,
    .m_methods = atexit_methods,
};

PyObject *
PyInit_atexit(void)
{
    return PyModule_Create(&atexit_def);
}
