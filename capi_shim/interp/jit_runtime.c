/* jit_runtime.c: calls, frames and operators for compiled code. */
#include "jit_runtime.h"
#include "attr_cache.h"
#include "number_fast.h"
#include <math.h>

/* ------------------------------------------------------------------ frames */

PyObject *
jit_enter_interpreter(PyThreadState *ts, PyFunctionObject *func, PyObject *const *args)
{
    PyCodeObject *code = (PyCodeObject *)func->func_code;
    gcrt_frame *frame = frame_push(ts, func, code);
    if (frame == NULL)
        return NULL;
    memcpy(frame->slots, args, code->n_params * sizeof(PyObject *));
    return interp_run(ts, frame);
}

/* The prologue of compiled code found no room for its frame or none on the C stack. */
PyObject *
jit_no_room(PyThreadState *ts, PyFunctionObject *func, PyObject *const *args)
{
    if (gcrt_enter_c(" while calling a Python object"))
        return NULL;
    return jit_enter_interpreter(ts, func, args);
}

void
jit_pop_frame(PyThreadState *ts, gcrt_frame *frame)
{
    frame_pop(ts, frame);
}

void
jit_detach_frame(gcrt_frame *frame)
{
    frame_detach(frame);
}

/* ------------------------------------------------------------------ numbers */

PyObject *
jit_box_float(double d)
{
    return float_box(d);
}

PyObject *
jit_box_int(int64_t i)
{
    return long_box(i);
}

double
jit_pow(double a, double b)
{
    return pow(a, b);
}

double
jit_float_mod(double a, double b)
{
    return fast_float_mod(a, b);
}

double
jit_float_floordiv(double a, double b)
{
    return fast_float_floordiv(a, b);
}

/* ------------------------------------------------------------------ operators */

int64_t
jit_truth(PyObject *v)
{
    int known = fast_truth(v);
    return known >= 0 ? known : PyObject_IsTrue(v);
}

static int
both_exact_str(PyObject *a, PyObject *b)
{
    return gcrt_is_pointer(a) && gcrt_is_pointer(b) && a->ob_type == &PyUnicode_Type &&
           b->ob_type == &PyUnicode_Type;
}

PyObject *
jit_compare(PyObject *a, PyObject *b, int64_t op)
{
    PyObject *result = fast_compare(a, b, (int)op);
    return result != NULL ? result : PyObject_RichCompare(a, b, (int)op);
}

int64_t
jit_compare_truth(PyObject *a, PyObject *b, int64_t op)
{
    int known = fast_compare_bool(a, b, (int)op);
    if (known >= 0)
        return known;
    if (a == b && both_exact_str(a, b) && (op == Py_EQ || op == Py_NE))
        return op == Py_EQ;
    PyObject *result = PyObject_RichCompare(a, b, (int)op);
    return result == NULL ? -1 : jit_truth(result);
}

int64_t
jit_contains(PyObject *container, PyObject *item)
{
    return PySequence_Contains(container, item);
}

#define BINARY(name, inplace, fast, api)                                                                \
    PyObject *jit_##name(PyObject *a, PyObject *b)                                                      \
    {                                                                                                   \
        PyObject *result = fast(a, b);                                                                  \
        return result != NULL ? result : PyNumber_##api(a, b);                                          \
    }                                                                                                   \
    PyObject *jit_##inplace(PyObject *a, PyObject *b)                                                   \
    {                                                                                                   \
        PyObject *result = fast(a, b);                                                                  \
        return result != NULL ? result : PyNumber_InPlace##api(a, b);                                   \
    }
#define NOT_FAST(a, b) NULL
BINARY(add, iadd, fast_add, Add)
BINARY(subtract, isubtract, fast_subtract, Subtract)
BINARY(multiply, imultiply, fast_multiply, Multiply)
BINARY(truediv, itruediv, fast_truediv, TrueDivide)
BINARY(floordiv, ifloordiv, fast_floordiv, FloorDivide)
BINARY(mod, imod, fast_mod, Remainder)
BINARY(lshift, ilshift, fast_lshift, Lshift)
BINARY(rshift, irshift, fast_rshift, Rshift)
BINARY(and, iand, fast_and, And)
BINARY(or, ior, fast_or, Or)
BINARY(xor, ixor, fast_xor, Xor)
BINARY(matmul, imatmul, NOT_FAST, MatrixMultiply)

PyObject *
jit_power(PyObject *a, PyObject *b)
{
    return PyNumber_Power(a, b, Py_None);
}

PyObject *
jit_ipower(PyObject *a, PyObject *b)
{
    return PyNumber_InPlacePower(a, b, Py_None);
}

PyObject *
jit_positive(PyObject *v)
{
    return PyNumber_Positive(v);
}

PyObject *
jit_negative(PyObject *v)
{
    PyObject *result = fast_negative(v);
    return result != NULL ? result : PyNumber_Negative(v);
}

PyObject *
jit_invert(PyObject *v)
{
    PyObject *result = fast_invert(v);
    return result != NULL ? result : PyNumber_Invert(v);
}

int64_t
jit_length(PyObject *v)
{
    return PyObject_Size(v);
}

int64_t
jit_isinstance(PyObject *v, PyObject *type)
{
    return Py_TYPE(v) == (PyTypeObject *)type ? 1 : PyObject_IsInstance(v, type);
}

/* ------------------------------------------------------------------ attributes and calls */

PyObject *
jit_load_attr(PyObject *owner, PyObject *name)
{
    return eval_load_attr_shared(owner, name);
}

PyObject *
jit_load_descr(PyObject *owner, PyObject *descr)
{
    return descr_read(descr, owner);
}

int64_t
jit_store_attr(PyObject *owner, PyObject *name, PyObject *value)
{
    return eval_store_attr_shared(owner, name, value);
}

PyObject *
jit_load_global(PyFunctionObject *func, PyObject *name)
{
    PyObject *value = PyDict_GetItemWithError(func->func_globals, name);
    if (value == NULL && !PyErr_Occurred())
        value = PyDict_CheckExact(func->func_builtins) ? PyDict_GetItemWithError(func->func_builtins, name)
                                                       : PyObject_GetItem(func->func_builtins, name);
    if (value == NULL && (!PyErr_Occurred() || PyErr_ExceptionMatches(PyExc_KeyError)))
        PyErr_Format(PyExc_NameError, "name '%.200U' is not defined", name);
    return value;
}

int64_t
jit_store_global(PyObject *globals, PyObject *name, PyObject *value)
{
    return PyDict_SetItem(globals, name, value);
}

PyObject *
jit_call(PyObject *callable, PyObject *const *args, int64_t nargs, PyObject *kwnames)
{
    return PyObject_Vectorcall(callable, args, (size_t)nargs, kwnames);
}

PyObject *
jit_call_ex(PyObject *callable, PyObject *args, PyObject *kwargs)
{
    return eval_call_ex(callable, args, kwargs);
}

PyObject *
jit_new_instance(PyTypeObject *type)
{
    return type_new_instance(type);
}

/* __init__ returned something else than None. */
PyObject *
jit_init_failed(PyObject *result)
{
    PyErr_Format(PyExc_TypeError, "__init__() should return None, not '%.200s'", Py_TYPE(result)->tp_name);
    return NULL;
}

PyObject *
jit_make_function(PyFunctionObject *maker, PyObject **items, int64_t flags)
{
    int n = !!(flags & 1) + !!(flags & 2) + !!(flags & 4) + !!(flags & 8);
    PyObject *op = function_new(gcrt_ts, items[n], maker->func_globals, maker->func_builtins);
    if (op == NULL)
        return NULL;
    PyFunctionObject *func = (PyFunctionObject *)op;
    if (flags & 1)
        gc_store(func, &func->func_defaults, *items++);
    if (flags & 2)
        gc_store(func, &func->func_kwdefaults, *items++);
    if (flags & 4)
        gc_store(func, &func->func_annotations, *items++);
    if (flags & 8)
        gc_store(func, &func->func_closure, *items++);
    return op;
}
