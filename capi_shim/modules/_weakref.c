/* _weakref.c: counts and lists of weak references, and the types. */
#include "runtime.h"
#include "weakref.h"

static PyObject *
getweakrefcount(PyObject *Py_UNUSED(self), PyObject *object)
{
    PyObject *list = weakref_list(object);
    return list == NULL ? NULL : PyLong_FromSsize_t(PyList_GET_SIZE(list));
}

static PyObject *
getweakrefs(PyObject *Py_UNUSED(self), PyObject *object)
{
    return weakref_list(object);
}

static PyObject *
proxy(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("proxy", nargs, 1, 2))
        return NULL;
    return PyWeakref_NewProxy(args[0], nargs > 1 ? args[1] : NULL);
}

/* Drop a dead entry from the dictionary of a WeakValueDictionary, if it is dead still. */
static PyObject *
remove_dead_weakref(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("_remove_dead_weakref", nargs, 2, 2))
        return NULL;
    if (!PyDict_Check(args[0]))
        return PyErr_Format(PyExc_TypeError, "_remove_dead_weakref() argument 1 must be dict, not %.50s",
                            Py_TYPE(args[0])->tp_name);
    PyObject *ref = PyDict_GetItemWithError(args[0], args[1]);
    if (ref == NULL)
        return gcrt_ts->exception != NULL ? NULL : Py_None;
    if (!PyWeakref_Check(ref))
        return PyErr_Format(PyExc_TypeError, "not a weakref");
    if (PyWeakref_GET_OBJECT(ref) == Py_None && PyDict_DelItem(args[0], args[1]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef weakref_methods[] = {
    {"getweakrefcount", getweakrefcount, METH_O, "Number of weak references to the object."},
    {"getweakrefs", getweakrefs, METH_O, "The weak references to the object."},
    {"proxy", _PyCFunction_CAST(proxy), METH_FASTCALL, "A proxy that does not keep the object alive."},
    {"_remove_dead_weakref", _PyCFunction_CAST(remove_dead_weakref), METH_FASTCALL, NULL},
    {0},
};

static PyModuleDef weakref_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_weakref",
    .m_doc = "Weak references.",
    .m_size = -1,
    .m_methods = weakref_methods,
};

PyObject *
PyInit__weakref(void)
{
    PyObject *m = PyModule_Create(&weakref_def);
    if (m == NULL || PyModule_AddObjectRef(m, "ref", (PyObject *)&_PyWeakref_RefType) < 0 ||
        PyModule_AddObjectRef(m, "ReferenceType", (PyObject *)&_PyWeakref_RefType) < 0 ||
        PyModule_AddObjectRef(m, "ProxyType", (PyObject *)&_PyWeakref_ProxyType) < 0 ||
        PyModule_AddObjectRef(m, "CallableProxyType", (PyObject *)&_PyWeakref_CallableProxyType) < 0)
        return NULL;
    return m;
}
