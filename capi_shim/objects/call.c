/* call.c: calling anything: vectorcall, tp_call, and the convenience functions of the API. */
#include "callable.h"
#include "typeobject.h"

/* Argument lists up to this length are built on the C stack. */
enum { SMALL = 8 };

PyObject *
call_check_result(PyObject *callable, PyObject *result)
{
    return _Py_CheckFunctionResult(gcrt_ts, callable, result, NULL);
}

PyObject *
_Py_CheckFunctionResult(PyThreadState *ts, PyObject *callable, PyObject *result, const char *where)
{
    if (result == NULL) {
        if (ts->exception != NULL)
            return NULL;
        if (callable != NULL)
            PyErr_Format(PyExc_SystemError, "%R returned NULL without setting an exception", callable);
        else
            PyErr_Format(PyExc_SystemError, "%s returned NULL without setting an exception", where);
        return NULL;
    }
    if (ts->exception == NULL)
        return result;
    if (callable != NULL)
        _PyErr_FormatFromCause(PyExc_SystemError, "%R returned a result with an exception set", callable);
    else
        _PyErr_FormatFromCause(PyExc_SystemError, "%s returned a result with an exception set", where);
    return NULL;
}

vectorcallfunc
PyVectorcall_Function(PyObject *callable)
{
    return call_vector(callable);
}

/* ---- tp_call */

PyObject *
_PyStack_AsDict(PyObject *const *values, PyObject *kwnames)
{
    PyObject *dict = PyDict_New();
    for (Py_ssize_t i = 0; dict != NULL && i < PyTuple_GET_SIZE(kwnames); i++) {
        if (PyDict_SetItem(dict, PyTuple_GET_ITEM(kwnames, i), values[i]) < 0)
            return NULL;
    }
    return dict;
}

static PyObject *
not_callable(PyObject *callable)
{
    PyErr_Format(PyExc_TypeError, "'%.200s' object is not callable", Py_TYPE(callable)->tp_name);
    return NULL;
}

static PyObject *
tuple_of(PyObject *const *args, Py_ssize_t n)
{
    PyObject *tuple = PyTuple_New(n);
    for (Py_ssize_t i = 0; tuple != NULL && i < n; i++)
        PyTuple_SET_ITEM(tuple, i, args[i]);
    return tuple;
}

/* keywords: a dict, or the tuple of names of values that follow the positional arguments, or NULL. */
PyObject *
_PyObject_MakeTpCall(PyThreadState *ts, PyObject *callable, PyObject *const *args, Py_ssize_t nargs,
                     PyObject *keywords)
{
    ternaryfunc call = Py_TYPE(callable)->tp_call;
    PyObject *kwds = NULL;
    if (call == NULL)
        return not_callable(callable);
    if (gcrt_enter_c(" while calling a Python object"))
        return NULL;
    PyObject *tuple = tuple_of(args, nargs);
    if (tuple == NULL)
        return NULL;
    if (keywords != NULL && PyDict_Check(keywords))
        kwds = keywords;
    else if (keywords != NULL && PyTuple_GET_SIZE(keywords) > 0
             && (kwds = _PyStack_AsDict(args + nargs, keywords)) == NULL)
        return NULL;
    (void)ts;
    return call_checked(callable, call(callable, tuple, kwds));
}

PyObject *
PyObject_Vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    vectorcallfunc vector = call_vector(callable);
    if (GCRT_UNLIKELY(vector == NULL))
        return _PyObject_MakeTpCall(gcrt_ts, callable, args, PyVectorcall_NARGS(nargsf), kwnames);
    return call_checked(callable, vector(callable, args, nargsf, kwnames));
}

/* ---- (args, dict) to vectorcall */

/* Names and values of kwargs behind the positional arguments; room for one more in front.  Returns the
 * position of the first positional argument, NULL with an exception. */
static PyObject **
unpack(PyObject *const *args, Py_ssize_t nargs, PyObject *kwargs, PyObject **kwnames)
{
    Py_ssize_t n = PyDict_GET_SIZE(kwargs), pos = 0, i = 0;
    PyObject *key, *value;
    PyObject **stack = gcrt_alloc_words((size_t)(1 + nargs + n));
    PyObject *names = stack == NULL ? NULL : PyTuple_New(n);
    if (names == NULL)
        return NULL;
    for (Py_ssize_t k = 0; k < nargs; k++)
        stack[1 + k] = args[k];
    while (i < n && PyDict_Next(kwargs, &pos, &key, &value)) {
        if (!PyUnicode_Check(key)) {
            PyErr_SetString(PyExc_TypeError, "keywords must be strings");
            return NULL;
        }
        PyTuple_SET_ITEM(names, i, key);
        stack[1 + nargs + i] = value;
        i++;
    }
    *kwnames = names;
    return stack + 1;
}

PyObject *
call_with_dict(PyObject *callable, PyObject *const *args, Py_ssize_t nargs, PyObject *kwargs)
{
    return PyObject_VectorcallDict(callable, args, (size_t)nargs, kwargs);
}

PyObject *
PyObject_VectorcallDict(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwargs)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    vectorcallfunc vector = call_vector(callable);
    if (vector == NULL)
        return _PyObject_MakeTpCall(gcrt_ts, callable, args, nargs, kwargs);
    if (kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0)
        return call_checked(callable, vector(callable, args, nargsf, NULL));
    PyObject *kwnames;
    PyObject **stack = unpack(args, nargs, kwargs, &kwnames);
    if (stack == NULL)
        return NULL;
    PyObject *result = vector(callable, stack, (size_t)nargs | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames);
    gcrt_keep_alive(stack);
    return call_checked(callable, result);
}

PyObject *
PyVectorcall_Call(PyObject *callable, PyObject *tuple, PyObject *dict)
{
    Py_ssize_t offset = Py_TYPE(callable)->tp_vectorcall_offset;
    vectorcallfunc vector = offset <= 0 ? NULL : *(vectorcallfunc *)((char *)callable + offset);
    if (vector == NULL) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object does not support vectorcall", Py_TYPE(callable)->tp_name);
        return NULL;
    }
    Py_ssize_t nargs = PyTuple_GET_SIZE(tuple);
    PyObject **args = &PyTuple_GET_ITEM(tuple, 0), *kwnames = NULL;
    PyObject *result;
    if (dict != NULL && PyDict_GET_SIZE(dict) > 0) {
        PyObject **stack = unpack(args, nargs, dict, &kwnames);
        if (stack == NULL)
            return NULL;
        result = vector(callable, stack, (size_t)nargs | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames);
        gcrt_keep_alive(stack);
    }
    else {
        result = vector(callable, args, (size_t)nargs, NULL);
        gcrt_keep_alive(tuple);
    }
    return call_checked(callable, result);
}

PyObject *
PyObject_Call(PyObject *callable, PyObject *args, PyObject *kwargs)
{
    if (call_vector(callable) != NULL)
        return PyVectorcall_Call(callable, args, kwargs);
    ternaryfunc call = Py_TYPE(callable)->tp_call;
    if (call == NULL)
        return not_callable(callable);
    if (gcrt_enter_c(" while calling a Python object"))
        return NULL;
    return call_checked(callable, call(callable, args, kwargs));
}

/* ---- one argument more */

PyObject *
call_prepend(PyObject *callable, PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (nargsf & PY_VECTORCALL_ARGUMENTS_OFFSET) {
        /* The word in front is lent to the callee for the length of the call. */
        PyObject **room = (PyObject **)args - 1, *saved = *room;
        *room = self;
        PyObject *result = PyObject_Vectorcall(callable, room, (size_t)nargs + 1, kwnames);
        *room = saved;
        return result;
    }
    Py_ssize_t total = nargs + (kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames));
    PyObject *small[SMALL + 1];
    PyObject **stack = total <= SMALL ? small : gcrt_alloc_words((size_t)total + 1);
    if (stack == NULL)
        return NULL;
    stack[0] = self;
    for (Py_ssize_t i = 0; i < total; i++)
        stack[i + 1] = args[i];
    PyObject *result = PyObject_Vectorcall(callable, stack, (size_t)nargs + 1, kwnames);
    gcrt_keep_alive(stack);
    return result;
}

/* ---- fixed numbers of arguments */

PyObject *
PyObject_CallNoArgs(PyObject *callable)
{
    PyObject *room[1] = {NULL};
    return PyObject_Vectorcall(callable, room + 1, PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
}

PyObject *
PyObject_CallOneArg(PyObject *callable, PyObject *arg)
{
    PyObject *room[2] = {NULL, arg};
    return PyObject_Vectorcall(callable, room + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
}

PyObject *
PyObject_CallObject(PyObject *callable, PyObject *args)
{
    if (args == NULL)
        return PyObject_CallNoArgs(callable);
    if (!PyTuple_Check(args)) {
        PyErr_SetString(PyExc_TypeError, "argument list must be a tuple");
        return NULL;
    }
    return PyObject_Call(callable, args, NULL);
}

/* ---- methods */

PyObject *
PyObject_VectorcallMethod(PyObject *name, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *method;
    int unbound = _PyObject_GetMethod(args[0], name, &method);
    if (method == NULL)
        return NULL;
    if (unbound)
        return PyObject_Vectorcall(method, args, nargsf & ~PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames);
    return PyObject_Vectorcall(method, args + 1, (nargsf - 1) | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames);
}

PyObject *
PyObject_CallMethodNoArgs(PyObject *obj, PyObject *name)
{
    return PyObject_VectorcallMethod(name, &obj, 1, NULL);
}

PyObject *
PyObject_CallMethodOneArg(PyObject *obj, PyObject *name, PyObject *arg)
{
    PyObject *args[2] = {obj, arg};
    return PyObject_VectorcallMethod(name, args, 2, NULL);
}

/* ---- variable arguments */

/* callable(first?, *va); first may be NULL. */
static PyObject *
call_va(PyObject *callable, PyObject *first, va_list va)
{
    va_list count;
    size_t n = first != NULL;
    va_copy(count, va);
    while (va_arg(count, PyObject *) != NULL)
        n++;
    va_end(count);
    PyObject *small[SMALL + 1];
    PyObject **stack = n <= SMALL ? small : gcrt_alloc_words(n + 1);
    if (stack == NULL)
        return NULL;
    stack[0] = NULL;
    size_t i = 1;
    if (first != NULL)
        stack[i++] = first;
    while (i <= n)
        stack[i++] = va_arg(va, PyObject *);
    PyObject *result = PyObject_Vectorcall(callable, stack + 1, n | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    gcrt_keep_alive(stack);
    return result;
}

static PyObject *
null_error(void)
{
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_SystemError, "null argument to internal routine");
    return NULL;
}

PyObject *
PyObject_CallFunctionObjArgs(PyObject *callable, ...)
{
    va_list va;
    if (callable == NULL)
        return null_error();
    va_start(va, callable);
    PyObject *result = call_va(callable, NULL, va);
    va_end(va);
    return result;
}

PyObject *
PyObject_CallMethodObjArgs(PyObject *obj, PyObject *name, ...)
{
    va_list va;
    PyObject *method;
    if (obj == NULL || name == NULL)
        return null_error();
    int unbound = _PyObject_GetMethod(obj, name, &method);
    if (method == NULL)
        return NULL;
    va_start(va, name);
    PyObject *result = call_va(method, unbound ? obj : NULL, va);
    va_end(va);
    return result;
}

/* The format's values; a single tuple stands for the whole argument list. */
static PyObject *
call_format(PyObject *callable, const char *format, va_list va)
{
    if (format == NULL || *format == '\0')
        return PyObject_CallNoArgs(callable);
    PyObject *value = Py_VaBuildValue(format, va);
    if (value == NULL)
        return NULL;
    if (PyTuple_Check(value))
        return PyObject_Call(callable, value, NULL);
    return PyObject_CallOneArg(callable, value);
}

PyObject *
PyObject_CallFunction(PyObject *callable, const char *format, ...)
{
    va_list va;
    if (callable == NULL)
        return null_error();
    va_start(va, format);
    PyObject *result = call_format(callable, format, va);
    va_end(va);
    return result;
}

PyObject *
PyObject_CallMethod(PyObject *obj, const char *name, const char *format, ...)
{
    va_list va;
    if (obj == NULL || name == NULL)
        return null_error();
    PyObject *method = PyObject_GetAttrString(obj, name);
    if (method == NULL)
        return NULL;
    if (!PyCallable_Check(method)) {
        PyErr_Format(PyExc_TypeError, "attribute of type '%.200s' is not callable", Py_TYPE(method)->tp_name);
        return NULL;
    }
    va_start(va, format);
    PyObject *result = call_format(method, format, va);
    va_end(va);
    return result;
}

int
PyCallable_Check(PyObject *op)
{
    return op != NULL && Py_TYPE(op)->tp_call != NULL;
}
