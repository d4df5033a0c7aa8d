/* marshal.c: the marshal module; the format itself is in interp/marshal_*.c. */
#include "marshal_format.h"

static PyObject *
marshal_dumps(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    int version = MARSHAL_VERSION;
    if (!_PyArg_CheckPositional("dumps", nargs, 1, 2))
        return NULL;
    if (nargs > 1 && (version = _PyLong_AsInt(args[1])) == -1 && PyErr_Occurred())
        return NULL;
    return PyMarshal_WriteObjectToString(args[0], version);
}

static PyObject *
marshal_dump(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("dump", nargs, 2, 3))
        return NULL;
    PyObject *rest[2] = {args[0], nargs > 2 ? args[2] : NULL};
    PyObject *bytes = marshal_dumps(self, rest, nargs - 1);
    return bytes == NULL ? NULL : PyObject_CallMethodOneArg(args[1], GCRT_NAME(write), bytes);
}

static PyObject *
marshal_loads(PyObject *Py_UNUSED(self), PyObject *source)
{
    Py_buffer view;
    if (PyObject_GetBuffer(source, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    PyObject *result = unmarshal(view.buf, view.len);
    PyBuffer_Release(&view);
    return result;
}

/* Reads what is there, takes one object, and puts the file's position behind it. */
static PyObject *
marshal_load(PyObject *Py_UNUSED(self), PyObject *file)
{
    Py_ssize_t used = 0;
    PyObject *data = PyObject_CallMethodNoArgs(file, GCRT_NAME(read));
    if (data == NULL)
        return NULL;
    if (!PyBytes_Check(data))
        return PyErr_Format(PyExc_TypeError, "file.read() returned not bytes but %.100s", Py_TYPE(data)->tp_name);
    PyObject *result = unmarshal_prefix(PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), &used);
    Py_ssize_t rest = PyBytes_GET_SIZE(data) - used;
    if (result != NULL && rest > 0 && PyObject_CallMethod(file, "seek", "ni", -rest, 1) == NULL)
        return NULL;
    return result;
}

static PyMethodDef marshal_methods[] = {
    {"dump", _PyCFunction_CAST(marshal_dump), METH_FASTCALL, "Write the object to a file."},
    {"dumps", _PyCFunction_CAST(marshal_dumps), METH_FASTCALL, "The object as bytes."},
    {"load", marshal_load, METH_O, "Read one object from a file."},
    {"loads", marshal_loads, METH_O, "The object that the bytes hold."},
    {0},
};

static PyModuleDef marshal_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "marshal",
    .m_doc = "Objects as bytes, in the format of compiled modules.",
    .m_size = -1,
    .m_methods = marshal_methods,
};

PyObject *
PyInit_marshal(void)
{
    PyObject *m = PyModule_Create(&marshal_def);
    if (m == NULL || PyModule_AddIntConstant(m, "version", MARSHAL_VERSION) < 0)
        return NULL;
    return m;
}
