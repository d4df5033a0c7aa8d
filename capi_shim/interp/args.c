/* args.c: from a call's arguments to a function's parameters.
 *
 * Parameters in localsplus order: positional (positional-only first), keyword-only, then *args and
 * **kwargs when the function has them. */
#include "interp.h"

/* ------------------------------------------------------------------ messages */

static PyObject *
parameter_name(PyCodeObject *code, Py_ssize_t i)
{
    return PyTuple_GET_ITEM(code->co_localsplusnames, i);
}

/* 'a', 'b', and 'c' */
static PyObject *
enumerate_names(PyObject *names)
{
    Py_ssize_t n = PyList_GET_SIZE(names);
    PyObject *text = PyUnicode_FromFormat("%R", PyList_GET_ITEM(names, 0));
    for (Py_ssize_t i = 1; text != NULL && i < n; i++) {
        const char *sep = i < n - 1 ? ", " : n == 2 ? " and " : ", and ";
        text = PyUnicode_FromFormat("%U%s%R", text, sep, PyList_GET_ITEM(names, i));
    }
    return text;
}

static int
missing_error(PyFunctionObject *func, const char *kind, PyObject *names)
{
    Py_ssize_t n = PyList_GET_SIZE(names);
    PyObject *text = enumerate_names(names);
    if (text != NULL)
        PyErr_Format(PyExc_TypeError, "%U() missing %zd required %s argument%s: %U", func->func_qualname, n,
                     kind, n == 1 ? "" : "s", text);
    return -1;
}

static int
missing_in_range(PyFunctionObject *func, PyCodeObject *code, PyObject **slots, Py_ssize_t from,
                 Py_ssize_t to, const char *kind)
{
    PyObject *names = PyList_New(0);
    for (Py_ssize_t i = from; names != NULL && i < to; i++)
        if (slots[i] == NULL && PyList_Append(names, parameter_name(code, i)) < 0)
            return -1;
    return names == NULL ? -1 : missing_error(func, kind, names);
}

static int
too_many_error(PyFunctionObject *func, PyCodeObject *code, PyObject **slots, Py_ssize_t given)
{
    Py_ssize_t takes = code->co_argcount, kwonly_given = 0;
    Py_ssize_t n_defaults = func->func_defaults == NULL ? 0 : PyTuple_GET_SIZE(func->func_defaults);
    for (Py_ssize_t i = takes; i < takes + code->co_kwonlyargcount; i++)
        kwonly_given += slots[i] != NULL;
    int plural = n_defaults > 0 || takes != 1;
    PyObject *sig = n_defaults > 0 ? PyUnicode_FromFormat("from %zd to %zd", takes - n_defaults, takes)
                                   : PyUnicode_FromFormat("%zd", takes);
    PyObject *kwonly = PyUnicode_FromString("");
    if (kwonly_given > 0)
        kwonly = PyUnicode_FromFormat(" positional argument%s (and %zd keyword-only argument%s)",
                                      given != 1 ? "s" : "", kwonly_given, kwonly_given != 1 ? "s" : "");
    if (sig != NULL && kwonly != NULL)
        PyErr_Format(PyExc_TypeError, "%U() takes %U positional argument%s but %zd%U %s given",
                     func->func_qualname, sig, plural ? "s" : "", given, kwonly,
                     given == 1 && kwonly_given == 0 ? "was" : "were");
    return -1;
}

/* ------------------------------------------------------------------ keywords */

/* Number of the parameter named `name` in [from, to), -1 when there is none, -2 with an exception. */
static Py_ssize_t
find_parameter(PyCodeObject *code, PyObject *name, Py_ssize_t from, Py_ssize_t to)
{
    for (Py_ssize_t i = from; i < to; i++)
        if (parameter_name(code, i) == name)
            return i;
    for (Py_ssize_t i = from; i < to; i++) {
        int same = PyObject_RichCompareBool(name, parameter_name(code, i), Py_EQ);
        if (same != 0)
            return same < 0 ? -2 : i;
    }
    return -1;
}

/* A keyword that no parameter takes: name the positional-only ones first, as they explain it best. */
static int
unexpected_error(PyFunctionObject *func, PyCodeObject *code, PyObject *kwnames, PyObject *name)
{
    PyObject *names = NULL;
    for (Py_ssize_t i = 0; i < code->co_posonlyargcount; i++) {
        for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(kwnames); k++) {
            int same = PyObject_RichCompareBool(parameter_name(code, i), PyTuple_GET_ITEM(kwnames, k), Py_EQ);
            if (same < 0)
                return -1;
            if (same == 0)
                continue;
            names = names == NULL ? parameter_name(code, i)
                                  : PyUnicode_FromFormat("%U, %U", names, parameter_name(code, i));
            if (names == NULL)
                return -1;
        }
    }
    if (names != NULL)
        PyErr_Format(PyExc_TypeError,
                     "%U() got some positional-only arguments passed as keyword arguments: '%U'",
                     func->func_qualname, names);
    else
        PyErr_Format(PyExc_TypeError, "%U() got an unexpected keyword argument '%S'", func->func_qualname,
                     name);
    return -1;
}

static int
bind_keywords(PyFunctionObject *func, PyCodeObject *code, PyObject **slots, PyObject *const *values,
              PyObject *kwnames, PyObject *kwdict)
{
    Py_ssize_t named = code->co_argcount + code->co_kwonlyargcount;
    for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(kwnames); k++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, k);
        if (!PyUnicode_Check(name)) {
            PyErr_Format(PyExc_TypeError, "%U() keywords must be strings", func->func_qualname);
            return -1;
        }
        Py_ssize_t i = find_parameter(code, name, code->co_posonlyargcount, named);
        if (i == -2)
            return -1;
        if (i >= 0) {
            if (slots[i] != NULL) {
                PyErr_Format(PyExc_TypeError, "%U() got multiple values for argument '%S'",
                             func->func_qualname, name);
                return -1;
            }
            slots[i] = values[k];
        }
        else if (kwdict == NULL)
            return unexpected_error(func, code, kwnames, name);
        else if (PyDict_SetItem(kwdict, name, values[k]) < 0)
            return -1;
    }
    return 0;
}

/* ------------------------------------------------------------------ defaults */

static int
fill_positional(PyFunctionObject *func, PyCodeObject *code, PyObject **slots, Py_ssize_t nargs)
{
    Py_ssize_t argcount = code->co_argcount;
    Py_ssize_t n_defaults = func->func_defaults == NULL ? 0 : PyTuple_GET_SIZE(func->func_defaults);
    Py_ssize_t required = argcount - n_defaults;
    for (Py_ssize_t i = nargs; i < required; i++)
        if (slots[i] == NULL)
            return missing_in_range(func, code, slots, nargs, required, "positional");
    for (Py_ssize_t i = nargs > required ? nargs : required; i < argcount; i++)
        if (slots[i] == NULL && i >= required)
            slots[i] = PyTuple_GET_ITEM(func->func_defaults, i - required);
    return 0;
}

static int
fill_keyword_only(PyFunctionObject *func, PyCodeObject *code, PyObject **slots)
{
    Py_ssize_t from = code->co_argcount, to = from + code->co_kwonlyargcount;
    int missing = 0;
    for (Py_ssize_t i = from; i < to; i++) {
        if (slots[i] != NULL)
            continue;
        if (func->func_kwdefaults != NULL) {
            slots[i] = PyDict_GetItemWithError(func->func_kwdefaults, parameter_name(code, i));
            if (slots[i] == NULL && PyErr_Occurred())
                return -1;
        }
        missing |= slots[i] == NULL;
    }
    return missing ? missing_in_range(func, code, slots, from, to, "keyword-only") : 0;
}

static PyObject *
tuple_of(PyObject *const *items, Py_ssize_t n)
{
    PyObject *tuple = PyTuple_New(n);
    for (Py_ssize_t i = 0; tuple != NULL && i < n; i++)
        PyTuple_SET_ITEM(tuple, i, items[i]);
    return tuple;
}

/* slots[0 .. n_params) are NULL on entry. */
int
frame_bind_args(PyFunctionObject *func, PyCodeObject *code, PyObject **slots, PyObject *const *args,
                Py_ssize_t nargs, PyObject *kwnames)
{
    Py_ssize_t argcount = code->co_argcount, named = argcount + code->co_kwonlyargcount;
    Py_ssize_t direct = nargs < argcount ? nargs : argcount;
    PyObject *kwdict = NULL;
    for (Py_ssize_t i = 0; i < direct; i++)
        slots[i] = args[i];
    if (code->co_flags & CO_VARARGS) {
        slots[named] = tuple_of(args + direct, nargs - direct);
        if (slots[named] == NULL)
            return -1;
    }
    if (code->co_flags & CO_VARKEYWORDS) {
        kwdict = slots[named + ((code->co_flags & CO_VARARGS) != 0)] = PyDict_New();
        if (kwdict == NULL)
            return -1;
    }
    if (kwnames != NULL && bind_keywords(func, code, slots, args + nargs, kwnames, kwdict) < 0)
        return -1;
    if (nargs > argcount && !(code->co_flags & CO_VARARGS))
        return too_many_error(func, code, slots, nargs);
    if (direct < argcount && fill_positional(func, code, slots, direct) < 0)
        return -1;
    return code->co_kwonlyargcount > 0 ? fill_keyword_only(func, code, slots) : 0;
}

/* ------------------------------------------------------------------ calls from C */

/* Compiled code takes its parameters from an array; those of a call that needs binding are put together
 * above the guest's stack, where the collector sees them. */
static PyObject *
call_native(PyThreadState *ts, PyFunctionObject *func, PyCodeObject *code, PyObject *const *args,
            Py_ssize_t nargs, PyObject *kwnames)
{
    if (code->simple_args && kwnames == NULL && nargs == code->co_argcount)
        return code->jit_entry(ts, func, args);
    PyObject **area = (PyObject **)ts->stack_top, *result = NULL;
    char *top = (char *)(area + code->n_params);
    if (top > ts->stack_limit) {
        frame_recursion_error(ts);
        return NULL;
    }
    memset(area, 0, code->n_params * sizeof *area);
    ts->stack_top = top;
    if (frame_bind_args(func, code, area, args, nargs, kwnames) == 0)
        result = code->jit_entry(ts, func, area);
    ts->stack_top = (char *)area;
    return result;
}

PyObject *
_PyFunction_Vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyThreadState *ts = gcrt_ts;
    PyFunctionObject *func = (PyFunctionObject *)callable;
    PyCodeObject *code = (PyCodeObject *)func->func_code;
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (code->jit_entry != NULL) {
        if (gcrt_enter_c(" while calling a Python object"))
            return NULL;
        return call_native(ts, func, code, args, nargs, kwnames);
    }
    gcrt_frame *frame = frame_push(ts, func, code);
    if (frame == NULL)
        return NULL;
    if (frame_bind_args(func, code, frame->slots, args, nargs, kwnames) < 0) {
        frame_pop(ts, frame);
        return NULL;
    }
    return interp_run(ts, frame);
}

PyObject *
PyEval_EvalCode(PyObject *code, PyObject *globals, PyObject *locals)
{
    PyThreadState *ts = gcrt_ts;
    if (locals == NULL)
        locals = globals;
    PyObject *func = function_new(ts, code, globals, NULL);
    if (func == NULL)
        return NULL;
    gcrt_frame *frame = frame_push(ts, (PyFunctionObject *)func, (PyCodeObject *)code);
    if (frame == NULL)
        return NULL;
    if (!(((PyCodeObject *)code)->co_flags & CO_NEWLOCALS))
        frame->locals = locals;
    return interp_run(ts, frame);
}

PyObject *
PyEval_EvalCodeEx(PyObject *op, PyObject *globals, PyObject *locals, PyObject *const *args, int argc,
                  PyObject *const *kwds, int kwdc, PyObject *const *defs, int defc, PyObject *kwdefs,
                  PyObject *closure)
{
    PyThreadState *ts = gcrt_ts;
    PyCodeObject *code = (PyCodeObject *)op;
    PyFunctionObject *func = (PyFunctionObject *)function_new(ts, op, globals, NULL);
    PyObject *kwnames = NULL;
    PyObject **all = PyMem_Malloc((size_t)(argc + kwdc + 1) * sizeof *all);
    PyObject *result = NULL;
    if (func == NULL || all == NULL)
        goto done;
    if (argc > 0) /* else args may be NULL */
        memcpy(all, args, (size_t)argc * sizeof *all);
    if (kwdc > 0) {
        if ((kwnames = PyTuple_New(kwdc)) == NULL)
            goto done;
        for (int i = 0; i < kwdc; i++) {
            PyTuple_SET_ITEM(kwnames, i, kwds[2 * i]);
            all[argc + i] = kwds[2 * i + 1];
        }
    }
    if (defc > 0 && (func->func_defaults = tuple_of(defs, defc)) == NULL)
        goto done;
    func->func_kwdefaults = kwdefs;
    func->func_closure = closure;
    gcrt_frame *frame = frame_push(ts, func, code);
    if (frame == NULL)
        goto done;
    if (!(code->co_flags & CO_NEWLOCALS))
        frame->locals = locals;
    if (frame_bind_args(func, code, frame->slots, all, argc, kwnames) < 0)
        frame_pop(ts, frame);
    else
        result = interp_run(ts, frame);
done:
    PyMem_Free(all);
    return result;
}
