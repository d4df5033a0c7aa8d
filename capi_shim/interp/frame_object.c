/* frame_object.c: the frame type: what tracebacks, sys._getframe() and inspect see.
 *
 * A frame object is made when somebody asks.  It points at the live frame, on the guest's stack or in a
 * generator.  When that frame ends, frame_detach gives the object a copy in collector memory, and links
 * it to the object of the caller, so that f_back goes on working. */
#include "interp.h"
#include "structmember.h"

static void
trace(PyObject *self, size_t size, gc_tracer *t)
{
    PyFrameObject *f = (PyFrameObject *)self;
    (void)size;
    if (f->detached || f->generator != NULL)
        gc_visit(t, (uintptr_t)f->frame);
    gc_visit(t, (uintptr_t)f->f_back);
    gc_visit(t, (uintptr_t)f->trace);
    gc_visit(t, (uintptr_t)f->locals);
    gc_visit(t, (uintptr_t)f->generator);
}

PyFrameObject *
frame_object(gcrt_frame *frame)
{
    if (frame->object != NULL)
        return frame->object;
    PyFrameObject *f = (PyFrameObject *)gcrt_new(&PyFrame_Type, sizeof *f);
    if (f == NULL)
        return NULL;
    f->frame = frame;
    f->trace_lines = 1;
    if (frame->flags & GCRT_FRAME_GENERATOR)
        f->generator = (PyObject *)gen_of_frame(frame);
    frame->object = f;
    return f;
}

/* A copy of the frame's header and variables; the operand stack dies with the frame. */
static gcrt_frame *
copy_frame(const gcrt_frame *frame)
{
    uint32_t n = frame->code->n_localsplus;
    size_t words = (sizeof *frame + n * sizeof(PyObject *)) / 8;
    gcrt_frame *copy = gcrt_alloc_words(words);
    if (copy == NULL)
        return NULL;
    memcpy(copy, frame, sizeof *frame);
    if (!(frame->flags & GCRT_FRAME_JIT))
        memcpy(copy->slots, frame->slots, n * sizeof(PyObject *));
    copy->back = NULL;
    copy->flags = 0;
    copy->sp = copy->slots + n;
    return copy;
}

void
frame_detach(gcrt_frame *frame)
{
    PyFrameObject *f = frame->object;
    PyObject *pending = gcrt_ts->exception;
    gcrt_ts->exception = NULL;
    gcrt_frame *copy = copy_frame(frame);
    if (frame->back != NULL)
        f->f_back = frame_object(frame->back);
    gcrt_ts->exception = pending;
    f->frame = copy;
    f->detached = 1;
    f->generator = NULL;
    frame->object = NULL;
}

/* ------------------------------------------------------------------ variables */

/* Value of a variable, seen through its cell; NULL: not bound. */
static PyObject *
variable(gcrt_frame *frame, uint32_t i)
{
    PyObject *value = frame->slots[i];
    strgrow_share(value);
    if (value != NULL && (code_kind_of(frame->code, i) & (CODE_CELL | CODE_FREE)) && PyCell_Check(value))
        return PyCell_GET(value);
    return value;
}

static int
update_locals(gcrt_frame *frame, PyObject *dict)
{
    PyCodeObject *code = frame->code;
    uint32_t n = code->n_localsplus;
    if (!(code->co_flags & CO_OPTIMIZED))
        n -= (uint32_t)code->co_nfreevars;
    if (frame->flags & GCRT_FRAME_JIT)
        return 0;
    for (uint32_t i = 0; i < n; i++) {
        PyObject *name = PyTuple_GET_ITEM(code->co_localsplusnames, i), *value = variable(frame, i);
        /* Before COPY_FREE_VARS, the first instruction, has run the closure has them. */
        if (value == NULL && (code_kind_of(code, i) & CODE_FREE) && frame->func->func_closure != NULL &&
            frame->pc == code->insns)
            value = PyCell_GET(PyTuple_GET_ITEM(frame->func->func_closure,
                                                i - (code->n_localsplus - (uint32_t)code->co_nfreevars)));
        if (value != NULL) {
            if (PyObject_SetItem(dict, name, value) < 0)
                return -1;
        }
        else if (PyObject_DelItem(dict, name) < 0) {
            if (!PyErr_ExceptionMatches(PyExc_KeyError))
                return -1;
            PyErr_Clear();
        }
    }
    return 0;
}

static PyObject *
object_locals(PyFrameObject *f)
{
    gcrt_frame *frame = f->frame;
    PyObject *dict = frame == NULL ? f->locals : frame->locals;
    if (frame == NULL && dict == NULL)
        return f->locals = PyDict_New();
    if (frame == NULL || (dict != NULL && !(frame->code->co_flags & CO_OPTIMIZED) &&
                          frame->code->n_localsplus == 0))
        return dict;
    if (dict == NULL) {
        if (f->locals == NULL)
            gc_store(f, &f->locals, PyDict_New());
        dict = f->locals;
    }
    if (dict == NULL || update_locals(frame, dict) < 0)
        return NULL;
    return dict;
}

PyObject *
frame_locals(gcrt_frame *frame)
{
    if (frame->locals != NULL && frame->code->n_localsplus == 0)
        return frame->locals;
    PyFrameObject *f = frame_object(frame);
    return f == NULL ? NULL : object_locals(f);
}

/* ------------------------------------------------------------------ attributes */

static PyObject *
number(int value)
{
    return value < 0 ? Py_None : gcrt_int(value);
}

static PyObject *
get_back(PyObject *self, void *ignored)
{
    PyFrameObject *back = PyFrame_GetBack((PyFrameObject *)self);
    (void)ignored;
    return back == NULL ? (PyErr_Occurred() ? NULL : Py_None) : (PyObject *)back;
}

static PyObject *
get_code(PyObject *self, void *ignored)
{
    (void)ignored;
    return (PyObject *)PyFrame_GetCode((PyFrameObject *)self);
}

static PyObject *
get_lineno(PyObject *self, void *ignored)
{
    (void)ignored;
    return number(PyFrame_GetLineNumber((PyFrameObject *)self));
}

static PyObject *
get_lasti(PyObject *self, void *ignored)
{
    (void)ignored;
    return gcrt_int(PyFrame_GetLasti((PyFrameObject *)self));
}

static PyObject *
get_globals(PyObject *self, void *ignored)
{
    (void)ignored;
    return PyFrame_GetGlobals((PyFrameObject *)self);
}

static PyObject *
get_builtins(PyObject *self, void *ignored)
{
    (void)ignored;
    return PyFrame_GetBuiltins((PyFrameObject *)self);
}

static PyObject *
get_locals(PyObject *self, void *ignored)
{
    (void)ignored;
    return object_locals((PyFrameObject *)self);
}

static PyObject *
get_trace(PyObject *self, void *ignored)
{
    PyObject *trace = ((PyFrameObject *)self)->trace;
    (void)ignored;
    return trace == NULL ? Py_None : trace;
}

static int
set_trace(PyObject *self, PyObject *value, void *ignored)
{
    (void)ignored;
    gc_store(self, &((PyFrameObject *)self)->trace, value == Py_None ? NULL : value);
    return 0;
}

static PyGetSetDef getset[] = {
    {"f_back", get_back, NULL, NULL, NULL},
    {"f_code", get_code, NULL, NULL, NULL},
    {"f_lineno", get_lineno, NULL, NULL, NULL},
    {"f_lasti", get_lasti, NULL, NULL, NULL},
    {"f_globals", get_globals, NULL, NULL, NULL},
    {"f_builtins", get_builtins, NULL, NULL, NULL},
    {"f_locals", get_locals, NULL, NULL, NULL},
    {"f_trace", get_trace, set_trace, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyMemberDef members[] = {
    {"f_trace_lines", Py_T_BOOL, offsetof(PyFrameObject, trace_lines), 0, NULL},
    {"f_trace_opcodes", Py_T_BOOL, offsetof(PyFrameObject, trace_opcodes), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

/* ------------------------------------------------------------------ methods */

static PyObject *
clear(PyObject *self, PyObject *ignored)
{
    PyFrameObject *f = (PyFrameObject *)self;
    (void)ignored;
    if (!f->detached && f->frame != NULL) {
        gcrt_gen *gen = (gcrt_gen *)f->generator;
        if (gen == NULL || gen->state == GEN_EXECUTING) {
            PyErr_SetString(PyExc_RuntimeError, "cannot clear an executing frame");
            return NULL;
        }
        if (PyObject_CallMethodNoArgs((PyObject *)gen, GCRT_NAME(close)) == NULL)
            return NULL;
        Py_RETURN_NONE;
    }
    if (f->frame != NULL)
        memset(f->frame->slots, 0, f->frame->code->n_localsplus * sizeof(PyObject *));
    f->locals = NULL;
    Py_RETURN_NONE;
}

static PyObject *
size_of(PyObject *self, PyObject *ignored)
{
    PyFrameObject *f = (PyFrameObject *)self;
    (void)ignored;
    return PyLong_FromSize_t(sizeof *f + (f->frame == NULL ? 0 : frame_size(f->frame->code)));
}

static PyObject *
repr(PyObject *self)
{
    PyFrameObject *f = (PyFrameObject *)self;
    PyCodeObject *code = PyFrame_GetCode(f);
    return PyUnicode_FromFormat("<frame at %p, file %R, line %d, code %U>", f, code->co_filename,
                                PyFrame_GetLineNumber(f), code->co_name);
}

static PyMethodDef methods[] = {
    {"clear", clear, METH_NOARGS, NULL},
    {"__sizeof__", size_of, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyFrame_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "frame",
    .tp_basicsize = sizeof(struct _frame),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_repr = repr,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_setattro = PyObject_GenericSetAttr,
    .tp_methods = methods,
    .tp_members = members,
    .tp_getset = getset,
    .gcrt_trace = trace,
};

/* ------------------------------------------------------------------ C API.  An object whose copy could
 * not be made (memory was exhausted) has no frame: it answers for the code it can't name any more. */

PyFrameObject *
PyFrame_GetBack(PyFrameObject *f)
{
    if (f->detached || f->frame == NULL)
        return f->f_back;
    return f->frame->back == NULL ? NULL : frame_object(f->frame->back);
}

PyCodeObject *
PyFrame_GetCode(PyFrameObject *f)
{
    static PyCodeObject *unknown;
    if (f->frame != NULL)
        return f->frame->code;
    if (unknown == NULL)
        unknown = PyCode_NewEmpty("?", "?", 0);
    return unknown;
}

int
PyFrame_GetLineNumber(PyFrameObject *f)
{
    return f->f_lineno != 0 ? f->f_lineno : f->frame == NULL ? 0 : frame_line(f->frame);
}

int
PyFrame_GetLasti(PyFrameObject *f)
{
    return f->frame == NULL ? -1 : frame_lasti(f->frame);
}

PyObject *
PyFrame_GetGlobals(PyFrameObject *f)
{
    return f->frame == NULL ? PyDict_New() : f->frame->func->func_globals;
}

PyObject *
PyFrame_GetBuiltins(PyFrameObject *f)
{
    return f->frame == NULL ? PyDict_New() : f->frame->func->func_builtins;
}

PyObject *
PyFrame_GetLocals(PyFrameObject *f)
{
    return object_locals(f);
}

PyObject *
PyFrame_GetGenerator(PyFrameObject *f)
{
    return f->generator;
}

int
PyFrame_FastToLocalsWithError(PyFrameObject *f)
{
    return object_locals(f) == NULL ? -1 : 0;
}

void
PyFrame_FastToLocals(PyFrameObject *f)
{
    if (object_locals(f) == NULL)
        PyErr_Clear();
}

void
PyFrame_LocalsToFast(PyFrameObject *f, int clear_missing)
{
    gcrt_frame *frame = f->frame;
    if (frame == NULL || f->locals == NULL || (frame->flags & GCRT_FRAME_JIT))
        return;
    PyObject *pending = gcrt_ts->exception;
    for (uint32_t i = 0; i < frame->code->n_localsplus; i++) {
        PyObject *name = PyTuple_GET_ITEM(frame->code->co_localsplusnames, i);
        PyObject *value = PyDict_GetItemWithError(f->locals, name), *old = frame->slots[i];
        if (value == NULL && !clear_missing)
            continue;
        if (old != NULL && (code_kind_of(frame->code, i) & (CODE_CELL | CODE_FREE)) && PyCell_Check(old))
            gc_store(old, &((PyCellObject *)old)->ob_ref, value);
        else if (value != NULL)
            frame->slots[i] = value;
    }
    gcrt_ts->exception = pending;
}

PyFrameObject *
PyFrame_New(PyThreadState *ts, PyCodeObject *code, PyObject *globals, PyObject *locals)
{
    PyFunctionObject *func = (PyFunctionObject *)function_new(ts, (PyObject *)code, globals, NULL);
    PyFrameObject *f = (PyFrameObject *)gcrt_new(&PyFrame_Type, sizeof *f);
    gcrt_frame *frame = gcrt_alloc_words((sizeof *frame + code->n_localsplus * sizeof(PyObject *)) / 8);
    if (func == NULL || f == NULL || frame == NULL || (code->insns == NULL && code_decode(code) < 0))
        return NULL;
    frame->code = code;
    frame->pc = code->insns;
    frame->sp = frame->slots + code->n_localsplus;
    frame->func = func;
    frame->locals = locals;
    f->frame = frame;
    f->detached = 1;
    f->trace_lines = 1;
    return f;
}

/* Run a frame object that PyFrame_New made: its code with its variables, on a frame of its own. */
PyObject *
PyEval_EvalFrameEx(PyFrameObject *f, int exc)
{
    PyThreadState *ts = gcrt_ts;
    if (f->frame == NULL || !f->detached) {
        PyErr_SetString(PyExc_SystemError, "a frame that is running can't be evaluated");
        return NULL;
    }
    PyObject *pending = ts->exception;
    gcrt_frame *frame = frame_push(ts, f->frame->func, f->frame->code);
    if (frame == NULL)
        return NULL;
    memcpy(frame->slots, f->frame->slots, frame->code->n_localsplus * sizeof *frame->slots);
    frame->locals = f->frame->locals;
    if (!exc)
        return interp_run(ts, frame);
    ts->exception = pending;
    return interp_resume(ts, frame, frame, GCRT_RESUME_RAISE);
}

PyObject *
PyEval_EvalFrame(PyFrameObject *f)
{
    return PyEval_EvalFrameEx(f, 0);
}
