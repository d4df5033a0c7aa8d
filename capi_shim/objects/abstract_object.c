/* abstract_object.c: subscription, size, iteration and class membership of anything. */
#include "typeobject.h"

static PyObject *
null_error(void)
{
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_SystemError, "null argument to internal routine");
    return NULL;
}

/* ---- subscription */

static PyObject *
class_getitem(PyObject *cls, PyObject *key)
{
    PyObject *method;
    /* type[int] is the one case where the class has no __class_getitem__ of its own. */
    if (cls == (PyObject *)&PyType_Type)
        return Py_GenericAlias(cls, key);
    if (_PyObject_LookupAttr(cls, GCRT_NAME(__class_getitem__), &method) < 0)
        return NULL;
    if (method != NULL && method != Py_None)
        return PyObject_CallOneArg(method, key);
    PyErr_Format(PyExc_TypeError, "type '%.200s' is not subscriptable", ((PyTypeObject *)cls)->tp_name);
    return NULL;
}

PyObject *
PyObject_GetItem(PyObject *op, PyObject *key)
{
    if (op == NULL || key == NULL)
        return null_error();
    PyTypeObject *type = Py_TYPE(op);
    PyMappingMethods *mp = type->tp_as_mapping;
    if (GCRT_LIKELY(mp != NULL && mp->mp_subscript != NULL))
        return mp->mp_subscript(op, key);
    PySequenceMethods *sq = type->tp_as_sequence;
    if (sq != NULL && sq->sq_item != NULL) {
        if (!PyIndex_Check(key)) {
            PyErr_Format(PyExc_TypeError, "sequence index must be integer, not '%.200s'", Py_TYPE(key)->tp_name);
            return NULL;
        }
        Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
        return i == -1 && PyErr_Occurred() ? NULL : PySequence_GetItem(op, i);
    }
    if (PyType_Check(op))
        return class_getitem(op, key);
    PyErr_Format(PyExc_TypeError, "'%.200s' object is not subscriptable", type->tp_name);
    return NULL;
}

static int
set_item(PyObject *op, PyObject *key, PyObject *value, const char *what)
{
    PyTypeObject *type = Py_TYPE(op);
    PyMappingMethods *mp = type->tp_as_mapping;
    if (GCRT_LIKELY(mp != NULL && mp->mp_ass_subscript != NULL))
        return mp->mp_ass_subscript(op, key, value);
    PySequenceMethods *sq = type->tp_as_sequence;
    if (sq != NULL && PyIndex_Check(key)) {
        Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (i == -1 && PyErr_Occurred())
            return -1;
        return value == NULL ? PySequence_DelItem(op, i) : PySequence_SetItem(op, i, value);
    }
    if (sq != NULL && sq->sq_ass_item != NULL)
        PyErr_Format(PyExc_TypeError, "sequence index must be integer, not '%.200s'", Py_TYPE(key)->tp_name);
    else
        PyErr_Format(PyExc_TypeError, "'%.200s' object does not support item %s", type->tp_name, what);
    return -1;
}

int
PyObject_SetItem(PyObject *op, PyObject *key, PyObject *value)
{
    if (op == NULL || key == NULL || value == NULL) {
        null_error();
        return -1;
    }
    return set_item(op, key, value, "assignment");
}

int
PyObject_DelItem(PyObject *op, PyObject *key)
{
    if (op == NULL || key == NULL) {
        null_error();
        return -1;
    }
    return set_item(op, key, NULL, "deletion");
}

int
PyObject_DelItemString(PyObject *op, const char *key)
{
    PyObject *name = key == NULL ? null_error() : PyUnicode_FromString(key);
    return name == NULL ? -1 : PyObject_DelItem(op, name);
}

/* ---- size */

int
_PyObject_HasLen(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    return (type->tp_as_sequence != NULL && type->tp_as_sequence->sq_length != NULL)
           || (type->tp_as_mapping != NULL && type->tp_as_mapping->mp_length != NULL);
}

Py_ssize_t
PyObject_Size(PyObject *op)
{
    if (op == NULL) {
        null_error();
        return -1;
    }
    PySequenceMethods *sq = Py_TYPE(op)->tp_as_sequence;
    if (sq != NULL && sq->sq_length != NULL)
        return sq->sq_length(op);
    return PyMapping_Size(op);
}

Py_ssize_t
PyObject_LengthHint(PyObject *op, Py_ssize_t otherwise)
{
    if (_PyObject_HasLen(op)) {
        Py_ssize_t n = PyObject_Size(op);
        if (n >= 0)
            return n;
        if (!PyErr_ExceptionMatches(PyExc_TypeError))
            return -1;
        PyErr_Clear();
    }
    PyObject *hint = type_call_special(op, GCRT_NAME(__length_hint__), NULL, 0);
    if (hint == NULL) {
        if (!PyErr_Occurred())
            return otherwise;
        if (!PyErr_ExceptionMatches(PyExc_TypeError))
            return -1;
        PyErr_Clear();
        return otherwise;
    }
    if (hint == Py_NotImplemented)
        return otherwise;
    if (!PyLong_Check(hint)) {
        PyErr_Format(PyExc_TypeError, "__length_hint__ must be an integer, not %.100s", Py_TYPE(hint)->tp_name);
        return -1;
    }
    Py_ssize_t n = PyLong_AsSsize_t(hint);
    if (n < 0 && !PyErr_Occurred())
        PyErr_Format(PyExc_ValueError, "__length_hint__() should return >= 0");
    return n < 0 ? -1 : n;
}

/* ---- iteration */

int
PyIter_Check(PyObject *op)
{
    iternextfunc next = Py_TYPE(op)->tp_iternext;
    return next != NULL && next != _PyObject_NextNotImplemented;
}

PyObject *
PyObject_GetIter(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    if (type->tp_iter == NULL) {
        if (PySequence_Check(op))
            return PySeqIter_New(op);
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not iterable", type->tp_name);
        return NULL;
    }
    PyObject *it = type->tp_iter(op);
    if (it != NULL && !PyIter_Check(it)) {
        PyErr_Format(PyExc_TypeError, "iter() returned non-iterator of type '%.100s'", Py_TYPE(it)->tp_name);
        return NULL;
    }
    return it;
}

PyObject *
PyIter_Next(PyObject *it)
{
    PyObject *item = Py_TYPE(it)->tp_iternext(it);
    if (item == NULL && PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_StopIteration))
        PyErr_Clear();
    return item;
}

PySendResult
PyIter_Send(PyObject *it, PyObject *arg, PyObject **result)
{
    PyTypeObject *type = Py_TYPE(it);
    if (type->tp_as_async != NULL && type->tp_as_async->am_send != NULL)
        return type->tp_as_async->am_send(it, arg, result);
    if (arg == Py_None && PyIter_Check(it))
        *result = type->tp_iternext(it);
    else
        *result = PyObject_CallMethodOneArg(it, GCRT_NAME(send), arg);
    if (*result != NULL)
        return PYGEN_NEXT;
    return _PyGen_FetchStopIterationValue(result) == 0 ? PYGEN_RETURN : PYGEN_ERROR;
}

int
PyAIter_Check(PyObject *op)
{
    PyAsyncMethods *as = Py_TYPE(op)->tp_as_async;
    return as != NULL && as->am_anext != NULL;
}

PyObject *
PyObject_GetAIter(PyObject *op)
{
    PyAsyncMethods *as = Py_TYPE(op)->tp_as_async;
    if (as == NULL || as->am_aiter == NULL) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not an async iterable", Py_TYPE(op)->tp_name);
        return NULL;
    }
    PyObject *it = as->am_aiter(op);
    if (it != NULL && !PyAIter_Check(it)) {
        PyErr_Format(PyExc_TypeError, "aiter() returned not an async iterator of type '%.100s'",
                     Py_TYPE(it)->tp_name);
        return NULL;
    }
    return it;
}

/* ---- isinstance, issubclass */

/* __bases__ of something that need not be a type; NULL without an exception when it has none. */
static PyObject *
bases_of(PyObject *cls)
{
    PyObject *bases;
    if (_PyObject_LookupAttr(cls, GCRT_NAME(__bases__), &bases) < 0)
        return NULL;
    return bases != NULL && PyTuple_Check(bases) ? bases : NULL;
}

static int
subclass_by_bases(PyObject *sub, PyObject *cls)
{
    if (sub == cls)
        return 1;
    if (gcrt_enter_c(" in __issubclass__"))
        return -1;
    PyObject *bases = bases_of(sub);
    if (bases == NULL)
        return PyErr_Occurred() ? -1 : 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        int answer = subclass_by_bases(PyTuple_GET_ITEM(bases, i), cls);
        if (answer != 0)
            return answer;
    }
    return 0;
}

static int
check_class(PyObject *cls, const char *message)
{
    if (bases_of(cls) != NULL)
        return 0;
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, message);
    return -1;
}

/* Is op's __class__ the one that object defines, so that it says nothing that its type does not? */
static int
has_plain_class(PyObject *op)
{
    static PyObject *plain;
    PyTypeObject *type = Py_TYPE(op);
    if (plain == NULL)
        plain = _PyType_Lookup(&PyBaseObject_Type, GCRT_NAME(__class__));
    return (type->gcrt_flags & GCRT_TYPE_GENERIC_GETATTR) && _PyType_Lookup(type, GCRT_NAME(__class__)) == plain;
}

int
abstract_real_isinstance(PyObject *op, PyObject *cls)
{
    PyObject *own;
    if (PyType_Check(cls)) {
        if (PyObject_TypeCheck(op, (PyTypeObject *)cls))
            return 1;
        if (has_plain_class(op))
            return 0;
        if (_PyObject_LookupAttr(op, GCRT_NAME(__class__), &own) < 0)
            return -1;
        return own != NULL && own != (PyObject *)Py_TYPE(op) && PyType_Check(own)
               && PyType_IsSubtype((PyTypeObject *)own, (PyTypeObject *)cls);
    }
    if (check_class(cls, "isinstance() arg 2 must be a type, a tuple of types, or a union") < 0
        || _PyObject_LookupAttr(op, GCRT_NAME(__class__), &own) < 0)
        return -1;
    return own == NULL ? 0 : subclass_by_bases(own, cls);
}

int
abstract_real_issubclass(PyObject *sub, PyObject *cls)
{
    if (PyType_Check(cls) && PyType_Check(sub))
        return PyType_IsSubtype((PyTypeObject *)sub, (PyTypeObject *)cls);
    if (check_class(sub, "issubclass() arg 1 must be a class") < 0)
        return -1;
    if (!PyObject_TypeCheck(cls, &PyType_Type)
        && check_class(cls, "issubclass() arg 2 must be a class, a tuple of classes, or a union") < 0)
        return -1;
    return subclass_by_bases(sub, cls);
}

static int
ask_class(PyObject *op, PyObject *cls, PyObject *name, int *found)
{
    if (gcrt_enter_c(" in __instancecheck__"))
        return -1;
    PyObject *answer = type_call_special(cls, name, &op, 1);
    *found = answer != NULL || PyErr_Occurred();
    return answer == NULL ? -1 : PyObject_IsTrue(answer);
}

static int
any_of(PyObject *op, PyObject *tuple, int (*test)(PyObject *, PyObject *))
{
    if (gcrt_enter_c(" in __instancecheck__"))
        return -1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); i++) {
        int answer = test(op, PyTuple_GET_ITEM(tuple, i));
        if (answer != 0)
            return answer;
    }
    return 0;
}

int
PyObject_IsInstance(PyObject *op, PyObject *cls)
{
    int found;
    if (Py_IS_TYPE(op, (PyTypeObject *)cls))
        return 1;
    if (Py_IS_TYPE(cls, &PyType_Type))
        return abstract_real_isinstance(op, cls);
    if (PyTuple_Check(cls))
        return any_of(op, cls, PyObject_IsInstance);
    int answer = ask_class(op, cls, GCRT_NAME(__instancecheck__), &found);
    return found ? answer : abstract_real_isinstance(op, cls);
}

int
PyObject_IsSubclass(PyObject *sub, PyObject *cls)
{
    int found;
    if (Py_IS_TYPE(cls, &PyType_Type))
        return sub == cls ? 1 : abstract_real_issubclass(sub, cls);
    if (PyTuple_Check(cls))
        return any_of(sub, cls, PyObject_IsSubclass);
    int answer = ask_class(sub, cls, GCRT_NAME(__subclasscheck__), &found);
    return found ? answer : abstract_real_issubclass(sub, cls);
}
