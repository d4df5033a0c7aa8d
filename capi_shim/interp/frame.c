/* frame.c: pushing and popping frames, and what C code asks about the running ones. */
#include "interp.h"
#include "callable.h"
#include "state.h"

gcrt_frame *
frame_recursion_error(PyThreadState *ts)
{
    (void)ts;
    PyErr_SetString(PyExc_RecursionError, "maximum recursion depth exceeded");
    return NULL;
}

gcrt_frame *
frame_push(PyThreadState *ts, PyFunctionObject *func, PyCodeObject *code)
{
    if (GCRT_UNLIKELY(code->insns == NULL) && code_decode(code) < 0)
        return NULL;
    gcrt_frame *frame = frame_push_raw(ts, func, code);
    if (GCRT_LIKELY(frame != NULL))
        memset(frame->slots, 0, code->n_localsplus * sizeof *frame->slots);
    return frame;
}

void
frame_pop(PyThreadState *ts, gcrt_frame *frame)
{
    if (GCRT_UNLIKELY(frame->object != NULL))
        frame_detach(frame);
    ts->frame = frame->back;
    ts->stack_top = (char *)frame;
    ts->recursion_left++;
}

int
frame_lasti(gcrt_frame *frame)
{
    PyCodeObject *code = frame->code;
    if (code->insns == NULL || frame->pc < code->insns || frame->pc >= code->insns + code->n_words)
        return -1;
    return (int)code->offsets[frame->pc - code->insns];
}

int
frame_line(gcrt_frame *frame)
{
    return code_line_of(frame->code, frame_lasti(frame));
}

/* ------------------------------------------------------------------ super() */

static int
super_error(const char *message)
{
    PyErr_SetString(PyExc_RuntimeError, message);
    return -1;
}

/* The class comes from the closure and not from the frame's slots: those are not filled while compiled
 * code owns the frame. */
int
gcrt_frame_super_args(PyTypeObject **type, PyObject **obj)
{
    gcrt_frame *frame = gcrt_ts->frame;
    if (frame == NULL)
        return super_error("super(): no current frame");
    PyCodeObject *code = frame->code;
    if (code->co_argcount == 0)
        return super_error("super(): no arguments");
    PyObject *first = frame->slots[0];
    if (first != NULL && (code_kind_of(code, 0) & CODE_CELL) && PyCell_Check(first))
        first = PyCell_GET(first);
    PyObject *closure = frame->func->func_closure;
    uint32_t n_free = (uint32_t)code->co_nfreevars;
    for (uint32_t i = 0; closure != NULL && i < n_free; i++) {
        PyObject *name = PyTuple_GET_ITEM(code->co_localsplusnames, code->n_localsplus - n_free + i);
        if (name != GCRT_NAME(__class__))
            continue;
        PyObject *cls = PyCell_GET(PyTuple_GET_ITEM(closure, i));
        if (cls == NULL)
            return super_error("super(): empty __class__ cell");
        if (!PyType_Check(cls)) {
            PyErr_Format(PyExc_RuntimeError, "super(): __class__ is not a type (%s)", Py_TYPE(cls)->tp_name);
            return -1;
        }
        if (first == NULL)
            return super_error("super(): arg[0] deleted");
        *type = (PyTypeObject *)cls;
        *obj = first;
        return 0;
    }
    return super_error("super(): __class__ cell not found");
}

/* ------------------------------------------------------------------ PyEval_Get* */

PyFrameObject *
PyEval_GetFrame(void)
{
    return gcrt_ts->frame == NULL ? NULL : frame_object(gcrt_ts->frame);
}

PyObject *
PyEval_GetGlobals(void)
{
    return gcrt_ts->frame == NULL ? NULL : gcrt_ts->frame->func->func_globals;
}

PyObject *
PyEval_GetBuiltins(void)
{
    return gcrt_ts->frame == NULL ? gcrt_interp.builtins : gcrt_ts->frame->func->func_builtins;
}

PyObject *
PyEval_GetLocals(void)
{
    if (gcrt_ts->frame == NULL) {
        PyErr_SetString(PyExc_SystemError, "frame does not exist");
        return NULL;
    }
    return frame_locals(gcrt_ts->frame);
}

PyObject *
_PyEval_GetBuiltin(PyObject *name)
{
    PyObject *value = PyObject_GetItem(PyEval_GetBuiltins(), name);
    if (value == NULL && PyErr_ExceptionMatches(PyExc_KeyError))
        PyErr_SetObject(PyExc_AttributeError, name);
    return value;
}

/* Features that the running code was compiled with (`from __future__ import ...`). */
int
PyEval_MergeCompilerFlags(PyCompilerFlags *flags)
{
    const int features = 0x1fe0000;
    gcrt_frame *frame = gcrt_ts->frame;
    if (frame != NULL)
        flags->cf_flags |= frame->code->co_flags & features;
    return flags->cf_flags != 0;
}
