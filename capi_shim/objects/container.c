/* container.c: helpers shared by the container types; see container.h. */
#include "container.h"

int
container_call_special(PyObject *self, PyObject *name, PyObject *arg, PyObject **result)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *method = _PyType_Lookup(type, name);
    if (method == NULL)
        return 0;
    PyTypeObject *method_type = Py_TYPE(method);
    if (method_type->tp_flags & Py_TPFLAGS_METHOD_DESCRIPTOR) {
        PyObject *args[2] = {self, arg};
        *result = PyObject_Vectorcall(method, args, 2, NULL);
        return 1;
    }
    if (method_type->tp_descr_get != NULL)
        method = method_type->tp_descr_get(method, self, (PyObject *)type);
    *result = method == NULL ? NULL : PyObject_CallOneArg(method, arg);
    return 1;
}

PyObject *
container_builtin(const char *name)
{
    PyObject *module = PyImport_ImportModule("builtins");
    return module == NULL ? NULL : PyObject_GetAttrString(module, name);
}

static __thread int container_repr_depth;

int
container_repr_enter(PyObject *self)
{
    static const char where[] = " while getting the repr of an object";
    if (gcrt_enter_c(where))
        return -1;
    if (container_repr_depth >= gcrt_ts->recursion_limit) {
        PyErr_Format(PyExc_RecursionError, "maximum recursion depth exceeded%s", where);
        return -1;
    }
    int entered = Py_ReprEnter(self);
    container_repr_depth += entered == 0;
    return entered;
}

void
container_repr_leave(PyObject *self)
{
    container_repr_depth--;
    Py_ReprLeave(self);
}

PyObject *
container_repr(PyObject *items, const char *open, const char *close)
{
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    writer.overallocate = 1;
    writer.min_length = 1 + PySequence_Fast_GET_SIZE(items) * 3;
    if (_PyUnicodeWriter_WriteASCIIString(&writer, open, -1) < 0)
        goto error;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items); i++) {
        if (i > 0 && _PyUnicodeWriter_WriteASCIIString(&writer, ", ", 2) < 0)
            goto error;
        PyObject *text = PyObject_Repr(PySequence_Fast_GET_ITEM(items, i));
        if (text == NULL || _PyUnicodeWriter_WriteStr(&writer, text) < 0)
            goto error;
    }
    writer.overallocate = 0;
    if (_PyUnicodeWriter_WriteASCIIString(&writer, close, -1) < 0)
        goto error;
    return _PyUnicodeWriter_Finish(&writer);
error:
    _PyUnicodeWriter_Dealloc(&writer);
    return NULL;
}

PyObject *
container_state(PyObject *self)
{
    return PyObject_CallMethodNoArgs(self, GCRT_NAME(__getstate__));
}

void
container_trace_words(PyObject *self, size_t size, gc_tracer *t)
{
    gc_visit_range(t, self + 1, size / sizeof(PyObject *) - 1);
}

int
container_refuse_keywords(const char *name, PyObject *kwargs)
{
    if (kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0)
        return 0;
    PyErr_Format(PyExc_TypeError, "%s() takes no keyword arguments", name);
    return 1;
}
