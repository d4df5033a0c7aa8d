/* eval_async.c: slow paths of the loop: yield from, await, async for. */
#include "interp.h"
#include "container.h"

PyObject *
eval_yield_from_iter(gcrt_frame *frame, PyObject *op)
{
    if (PyCoro_CheckExact(op)) {
        if (frame->code->co_flags & (CO_COROUTINE | CO_ITERABLE_COROUTINE))
            return op;
        PyErr_SetString(PyExc_TypeError, "cannot 'yield from' a coroutine object in a non-coroutine generator");
        return NULL;
    }
    return PyGen_CheckExact(op) ? op : PyObject_GetIter(op);
}

PySendResult
eval_send(PyObject *receiver, PyObject *value, PyObject **result)
{
    PyTypeObject *type = Py_TYPE(receiver);
    *result = NULL;
    if (type->tp_as_async != NULL && type->tp_as_async->am_send != NULL)
        return type->tp_as_async->am_send(receiver, value, result);
    if (value == Py_None && type->tp_iternext != NULL)
        *result = type->tp_iternext(receiver);
    else
        *result = PyObject_CallMethodOneArg(receiver, GCRT_NAME(send), value);
    if (*result != NULL)
        return PYGEN_NEXT;
    return _PyGen_FetchStopIterationValue(result) == 0 ? PYGEN_RETURN : PYGEN_ERROR;
}

PyObject *
eval_get_awaitable(PyObject *op, uint32_t kind)
{
    PyObject *iter = coro_get_awaitable(op);
    if (iter == NULL) {
        PyTypeObject *type = Py_TYPE(op);
        int lacks = type->tp_as_async == NULL || type->tp_as_async->am_await == NULL;
        if (lacks && kind != 0 && PyErr_ExceptionMatches(PyExc_TypeError)) {
            PyErr_Clear();
            PyErr_Format(PyExc_TypeError,
                         "'async with' received an object from %s that does not implement __await__: %.100s",
                         kind == 1 ? "__aenter__" : "__aexit__", type->tp_name);
        }
        return NULL;
    }
    if (PyCoro_CheckExact(iter) && gen_yield_from((gcrt_gen *)iter) != NULL) {
        PyErr_SetString(PyExc_RuntimeError, "coroutine is being awaited already");
        return NULL;
    }
    return iter;
}

PyObject *
eval_get_aiter(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    if (type->tp_as_async == NULL || type->tp_as_async->am_aiter == NULL) {
        PyErr_Format(PyExc_TypeError, "'async for' requires an object with __aiter__ method, got %.100s",
                     type->tp_name);
        return NULL;
    }
    PyObject *iter = type->tp_as_async->am_aiter(op);
    if (iter == NULL)
        return NULL;
    PyTypeObject *iter_type = Py_TYPE(iter);
    if (iter_type->tp_as_async == NULL || iter_type->tp_as_async->am_anext == NULL) {
        PyErr_Format(PyExc_TypeError,
                     "'async for' received an object from __aiter__ that does not implement __anext__: %.100s",
                     iter_type->tp_name);
        return NULL;
    }
    return iter;
}

PyObject *
eval_get_anext(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    if (PyAsyncGen_CheckExact(op))
        return type->tp_as_async->am_anext(op);
    if (type->tp_as_async == NULL || type->tp_as_async->am_anext == NULL) {
        PyErr_Format(PyExc_TypeError, "'async for' requires an iterator with __anext__ method, got %.100s",
                     type->tp_name);
        return NULL;
    }
    PyObject *next = type->tp_as_async->am_anext(op);
    if (next == NULL)
        return NULL;
    PyObject *awaitable = coro_get_awaitable(next);
    if (awaitable == NULL)
        _PyErr_FormatFromCause(PyExc_TypeError,
                               "'async for' received an invalid object from __anext__: %.100s",
                               Py_TYPE(next)->tp_name);
    return awaitable;
}
