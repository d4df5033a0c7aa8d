/* callable.h: calls, and what callables ask of the interpreter. */
#ifndef GCRT_CALLABLE_H
#define GCRT_CALLABLE_H

#include "runtime.h"

/* The class and the first argument of the innermost frame, for super() without arguments.  0, or -1 with
 * RuntimeError.  Given by the interpreter. */
int gcrt_frame_super_args(PyTypeObject **type, PyObject **obj);

static inline vectorcallfunc
call_vector(PyObject *callable)
{
    PyTypeObject *type = Py_TYPE(callable);
    if (!(type->tp_flags & Py_TPFLAGS_HAVE_VECTORCALL))
        return NULL;
    return *(vectorcallfunc *)((char *)callable + type->tp_vectorcall_offset);
}

PyObject *call_check_result(PyObject *callable, PyObject *result);
/* A result and an exception exclude each other; checked wherever foreign C code returns. */
static inline PyObject *
call_checked(PyObject *callable, PyObject *result)
{
    if (GCRT_UNLIKELY((result == NULL) != (gcrt_ts->exception != NULL)))
        return call_check_result(callable, result);
    return result;
}

/* callable(self, *args): self goes before the arguments, in place when the caller left room. */
PyObject *call_prepend(PyObject *callable, PyObject *self, PyObject *const *args, size_t nargsf,
                       PyObject *kwnames);
/* Positional and keyword values of (tuple, dict) in one array: see call_unpack. */
PyObject *call_with_dict(PyObject *callable, PyObject *const *args, Py_ssize_t nargs, PyObject *kwargs);

/* The vectorcall function for a built-in function's or method's flags; NULL when it has only tp_call,
 * with an exception when the flags make no sense. */
vectorcallfunc cfunction_vectorcall(int flags);
vectorcallfunc method_descr_vectorcall(int flags);
#endif
