/* object_reduce.c: object.__reduce_ex__ and __getstate__, for copy and pickle (PEP 307, PEP 3154). */
#include "typeobject.h"

static PyObject *
copyreg_attr(PyObject *name)
{
    static PyObject *copyreg;
    if (copyreg == NULL)
        copyreg = PyImport_ImportModule("copyreg");
    return copyreg == NULL ? NULL : PyObject_GetAttr(copyreg, name);
}

static PyObject *
copyreg_call(PyObject *name, PyObject *arg)
{
    PyObject *function = copyreg_attr(name);
    return function == NULL ? NULL : PyObject_CallOneArg(function, arg);
}

/* ---- state */

static PyObject *
slot_names(PyTypeObject *type)
{
    PyObject *names = type_dict_get(type, GCRT_NAME(__slotnames__));
    if (names == NULL)
        names = copyreg_call(PyUnicode_InternFromString("_slotnames"), (PyObject *)type);
    if (names != NULL && names != Py_None && !PyList_Check(names)) {
        PyErr_Format(PyExc_TypeError, "%.200s.__slotnames__ should be a list or None, not %.200s",
                     type->tp_name, Py_TYPE(names)->tp_name);
        return NULL;
    }
    return names;
}

/* May the C layout hide state that neither __dict__ nor __slots__ shows? */
static int
hides_state(PyTypeObject *type, PyObject *names)
{
    Py_ssize_t known = (Py_ssize_t)sizeof(PyObject);
    if (type->tp_itemsize != 0)
        return 1;
    if (type->gcrt_inst_offset > 0)
        known += (Py_ssize_t)sizeof(gcrt_record);
    else if (type->tp_dictoffset > 0)
        known += (Py_ssize_t)sizeof(PyObject *);
    if (type->tp_weaklistoffset > (Py_ssize_t)sizeof(PyObject) && !(type->gcrt_flags & TYPE_FROM_PYTHON))
        known += (Py_ssize_t)sizeof(PyObject *);
    if (names != Py_None)
        known += PyList_GET_SIZE(names) * (Py_ssize_t)sizeof(PyObject *);
    return type->tp_basicsize > known;
}

static PyObject *
with_slots(PyObject *self, PyObject *state, PyObject *names)
{
    PyObject *slots = PyDict_New();
    if (slots == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        PyObject *value, *name = PyList_GET_ITEM(names, i);
        if (_PyObject_LookupAttr(self, name, &value) < 0)
            return NULL;
        if (value != NULL && PyDict_SetItem(slots, name, value) < 0)
            return NULL;
    }
    return PyDict_GET_SIZE(slots) == 0 ? state : PyTuple_Pack(2, state, slots);
}

static PyObject *
default_state(PyObject *self, int must_show_all)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *state;
    if (must_show_all && type->tp_itemsize != 0) {
        PyErr_Format(PyExc_TypeError, "cannot pickle '%.200s' object", type->tp_name);
        return NULL;
    }
    gcrt_record *record = gcrt_instance_record(self, type);
    if (record != NULL && record->shape != NULL && !record->shape->is_dict && record->shape->count == 0)
        state = Py_None;
    else if (_PyObject_LookupAttr(self, GCRT_NAME(__dict__), &state) < 0)
        return NULL;
    if (state == NULL)
        state = Py_None;
    PyObject *names = slot_names(type);
    if (names == NULL)
        return NULL;
    if (must_show_all && hides_state(type, names)) {
        PyErr_Format(PyExc_TypeError, "cannot pickle '%.200s' object", type->tp_name);
        return NULL;
    }
    if (names == Py_None || PyList_GET_SIZE(names) == 0)
        return state;
    return with_slots(self, state, names);
}

PyObject *
object_getstate(PyObject *self, PyObject *unused)
{
    (void)unused;
    return default_state(self, 0);
}

static PyObject *
get_state(PyObject *self, int must_show_all)
{
    PyObject *method = PyObject_GetAttr(self, GCRT_NAME(__getstate__));
    if (method == NULL)
        return NULL;
    if (PyCFunction_Check(method) && PyCFunction_GET_SELF(method) == self
        && PyCFunction_GET_FUNCTION(method) == object_getstate)
        return default_state(self, must_show_all);
    return PyObject_CallNoArgs(method);
}

/* ---- arguments of __new__ */

/* Sets *args to a tuple or NULL and *kwargs to a dict or NULL. */
static int
new_arguments(PyObject *self, PyObject **args, PyObject **kwargs)
{
    *args = *kwargs = NULL;
    PyObject *result = type_call_special(self, GCRT_NAME(__getnewargs_ex__), NULL, 0);
    if (result != NULL) {
        if (!PyTuple_Check(result)) {
            PyErr_Format(PyExc_TypeError, "__getnewargs_ex__ should return a tuple, not '%.200s'",
                         Py_TYPE(result)->tp_name);
            return -1;
        }
        if (PyTuple_GET_SIZE(result) != 2) {
            PyErr_Format(PyExc_ValueError, "__getnewargs_ex__ should return a tuple of length 2, not %zd",
                         PyTuple_GET_SIZE(result));
            return -1;
        }
        *args = PyTuple_GET_ITEM(result, 0);
        *kwargs = PyTuple_GET_ITEM(result, 1);
        if (!PyTuple_Check(*args)) {
            PyErr_Format(PyExc_TypeError,
                         "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '%.200s'",
                         Py_TYPE(*args)->tp_name);
            return -1;
        }
        if (!PyDict_Check(*kwargs)) {
            PyErr_Format(PyExc_TypeError,
                         "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '%.200s'",
                         Py_TYPE(*kwargs)->tp_name);
            return -1;
        }
        return 0;
    }
    if (PyErr_Occurred())
        return -1;
    result = type_call_special(self, GCRT_NAME(__getnewargs__), NULL, 0);
    if (result == NULL)
        return PyErr_Occurred() ? -1 : 0;
    if (!PyTuple_Check(result)) {
        PyErr_Format(PyExc_TypeError, "__getnewargs__ should return a tuple, not '%.200s'",
                     Py_TYPE(result)->tp_name);
        return -1;
    }
    *args = result;
    return 0;
}

static PyObject *
new_object_args(PyObject *cls, PyObject *args)
{
    Py_ssize_t n = args == NULL ? 0 : PyTuple_GET_SIZE(args);
    PyObject *result = PyTuple_New(n + 1);
    if (result == NULL)
        return NULL;
    PyTuple_SET_ITEM(result, 0, cls);
    for (Py_ssize_t i = 0; i < n; i++)
        PyTuple_SET_ITEM(result, i + 1, PyTuple_GET_ITEM(args, i));
    return result;
}

static PyObject *
reduce_new(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *args, *kwargs, *constructor, *new_args;
    if (type->tp_new == NULL) {
        PyErr_Format(PyExc_TypeError, "cannot pickle '%.200s' object", type->tp_name);
        return NULL;
    }
    if (new_arguments(self, &args, &kwargs) < 0)
        return NULL;
    PyObject *cls = (PyObject *)type;
    int has_args = args != NULL;
    if (kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0) {
        constructor = copyreg_attr(GCRT_NAME(__newobj__));
        new_args = new_object_args(cls, args);
    }
    else {
        constructor = copyreg_attr(GCRT_NAME(__newobj_ex__));
        new_args = PyTuple_Pack(3, cls, args, kwargs);
    }
    if (constructor == NULL || new_args == NULL)
        return NULL;
    PyObject *state = get_state(self, !(has_args || PyList_Check(self) || PyDict_Check(self)));
    if (state == NULL)
        return NULL;
    PyObject *items = Py_None, *pairs = Py_None;
    if (PyList_Check(self)) {
        items = PyObject_GetIter(self);
    }
    if (PyDict_Check(self)) {
        PyObject *view = PyObject_CallMethodNoArgs(self, GCRT_NAME(items));
        pairs = view == NULL ? NULL : PyObject_GetIter(view);
    }
    if (items == NULL || pairs == NULL)
        return NULL;
    return PyTuple_Pack(5, constructor, new_args, state, items, pairs);
}

static PyObject *
common_reduce(PyObject *self, long protocol)
{
    if (protocol >= 2)
        return reduce_new(self);
    static PyObject *name;
    if (name == NULL && (name = PyUnicode_InternFromString("_reduce_ex")) == NULL)
        return NULL;
    PyObject *function = copyreg_attr(name);
    return function == NULL ? NULL
                            : PyObject_CallFunctionObjArgs(function, self, PyLong_FromLong(protocol), NULL);
}

PyObject *
object_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    return common_reduce(self, 0);
}

/* A class's own __reduce__ goes before the protocol's default. */
PyObject *
object_reduce_ex(PyObject *self, PyObject *protocol)
{
    long number = PyLong_AsLong(protocol);
    if (number == -1 && PyErr_Occurred())
        return NULL;
    PyObject *own = type_lookup(Py_TYPE(self), GCRT_NAME(__reduce__));
    PyObject *plain = type_lookup(&PyBaseObject_Type, GCRT_NAME(__reduce__));
    PyObject *method;
    if (_PyObject_LookupAttr(self, GCRT_NAME(__reduce__), &method) < 0)
        return NULL;
    if (method != NULL && own != NULL && own != plain)
        return PyObject_CallNoArgs(method);
    return common_reduce(self, number);
}
