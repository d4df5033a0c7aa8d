/* generator.c: generators, and the machinery that coroutines and asynchronous generators share.
 *
 *   CREATED -> EXECUTING <-> SUSPENDED -> CLOSED
 *
 * The frame lives at the end of the generator object.  While it runs it is linked into the thread's frames
 * (gen_enter) and its handled exceptions into exc_info; gen_leave takes both out again.  The loop itself
 * runs a generator that a `for` or `yield from` steps, without a C call; here are the calls from C.
 *
 * A generator is registered for dying only when it is suspended inside a try or with block: no other has
 * anything to do when it is closed. */
#include "exceptions.h"
#include "interp.h"

#define GEN(op) ((gcrt_gen *)(op))
static PyObject *gen_close(PyObject *self, PyObject *ignored);

static const char *
noun(PyObject *op)
{
    return PyCoro_CheckExact(op) ? "coroutine" : PyAsyncGen_CheckExact(op) ? "async generator" : "generator";
}

int
gen_is_exact(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    return type == &PyGen_Type || type == &PyCoro_Type;
}

/* Operands are visited up to sp while it is exact, that is while the frame is suspended. */
void
gen_trace(PyObject *self, size_t size, gc_tracer *t)
{
    gcrt_gen *gen = GEN(self);
    gcrt_frame *f = &gen->frame;
    PyObject *words[] = {gen->exc.value, gen->name, gen->qualname, gen->weakreflist,
                         gen->origin, gen->finalizer, (PyObject *)gen->code};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(words); i++)
        gc_visit(t, (uintptr_t)words[i]);
    if (gen->state == GEN_CLOSED)
        return;
    gc_visit(t, (uintptr_t)f->func);
    gc_visit(t, (uintptr_t)f->code);
    gc_visit(t, (uintptr_t)f->locals);
    gc_visit(t, (uintptr_t)f->object);
    gc_visit(t, (uintptr_t)f->init_self);
    gc_visit(t, (uintptr_t)f->back);
    size_t room = (size - offsetof(gcrt_gen, frame) - sizeof *f) / sizeof(PyObject *);
    if (gen->state != GEN_EXECUTING && f->sp >= f->slots && f->sp <= f->slots + room)
        room = (size_t)(f->sp - f->slots);
    gc_visit_range(t, f->slots, room);
}

/* ------------------------------------------------------------------ life */

PyObject *
gen_from_frame(PyThreadState *ts, gcrt_frame *frame)
{
    PyCodeObject *code = frame->code;
    size_t size = offsetof(gcrt_gen, frame) + frame_size(code);
    gcrt_gen *gen = gc_alloc(ts->gc, size, GC_TRACED);
    if (gen == NULL)
        return PyErr_NoMemory();
    gen->name = frame->func->func_name;
    gen->qualname = frame->func->func_qualname;
    gen->code = code;
    memcpy(&gen->frame, frame, sizeof *frame + code->n_localsplus * sizeof(PyObject *));
    gen->frame.flags = GCRT_FRAME_GENERATOR;
    gen->frame.back = NULL;
    gen->frame.sp = frame_stack(&gen->frame);
    if (frame->object != NULL) {
        gc_store(frame->object, &frame->object->frame, &gen->frame);
        gc_store(frame->object, &frame->object->generator, gen);
        frame->object = NULL;
    }
    int kind = code->co_flags & (CO_COROUTINE | CO_ASYNC_GENERATOR);
    ((PyObject *)gen)->ob_type = kind == 0              ? &PyGen_Type
                                 : kind == CO_COROUTINE ? &PyCoro_Type
                                                        : &PyAsyncGen_Type;
    ts->frame = frame->back;
    ts->stack_top = (char *)frame;
    ts->recursion_left++;
    if (kind == CO_COROUTINE) {
        gen->registered = 1;
        gc_dying_register(gen, GC_DYING_FINALIZE);
        gen->origin = coro_origin(ts);
    }
    return (PyObject *)gen;
}

int
gen_enter(PyThreadState *ts, gcrt_gen *gen)
{
    if (GCRT_UNLIKELY(ts->recursion_left <= 0)) {
        frame_recursion_error(ts);
        return -1;
    }
    ts->recursion_left--;
    gen->frame.back = ts->frame;
    ts->frame = &gen->frame;
    gen->exc.previous = ts->exc_info;
    ts->exc_info = &gen->exc;
    gen->state = GEN_EXECUTING;
    return 0;
}

void
gen_leave(PyThreadState *ts, gcrt_gen *gen, int state)
{
    gcrt_frame *frame = &gen->frame;
    ts->recursion_left++;
    ts->exc_info = gen->exc.previous;
    gen->exc.previous = NULL;
    if (state == GEN_CLOSED) {
        if (frame->object != NULL)
            frame_detach(frame);
        gen->exc.value = NULL;
    }
    else if (GCRT_UNLIKELY(frame->code->n_handlers > 0) && !gen->registered &&
             eval_find_handler(frame->code, (uint32_t)(frame->pc - frame->code->insns)) != NULL) {
        gen->registered = 1;
        gc_dying_register(gen, GC_DYING_FINALIZE);
    }
    ts->frame = frame->back;
    frame->back = NULL;
    frame->flags = GCRT_FRAME_GENERATOR;
    gen->state = (uint8_t)state;
}

void
gen_convert_stop(PyThreadState *ts, gcrt_gen *gen)
{
    PyObject *exc = ts->exception, *op = (PyObject *)gen;
    if (exc == NULL)
        return;
    if (PyErr_GivenExceptionMatches(exc, PyExc_StopIteration))
        _PyErr_FormatFromCause(PyExc_RuntimeError, "%s raised StopIteration", noun(op));
    else if (PyAsyncGen_CheckExact(op) && PyErr_GivenExceptionMatches(exc, PyExc_StopAsyncIteration))
        _PyErr_FormatFromCause(PyExc_RuntimeError, "async generator raised StopAsyncIteration");
}

/* ------------------------------------------------------------------ running from C */

static int
start_check(gcrt_gen *gen, PyObject *value)
{
    if (gen->state == GEN_EXECUTING) {
        PyErr_Format(PyExc_ValueError, "%s already executing", noun((PyObject *)gen));
        return -1;
    }
    if (gen->state == GEN_CREATED && value != NULL && value != Py_None) {
        PyErr_Format(PyExc_TypeError, "can't send non-None value to a just-started %s",
                     noun((PyObject *)gen));
        return -1;
    }
    return 0;
}

/* mode as of interp_resume's, or GCRT_RESUME_AFTER with a value to send. */
static PySendResult
resume(gcrt_gen *gen, PyObject *value, int mode, PyObject **result)
{
    PyThreadState *ts = gcrt_ts;
    *result = NULL;
    if (gcrt_enter_c("") || gen_enter(ts, gen) < 0)
        return PYGEN_ERROR;
    if (mode == GCRT_RESUME_AFTER)
        *gen->frame.sp++ = value;
    /* What is thrown into an except clause of the generator has what that one handles as its context. */
    else if (mode == GCRT_RESUME_RAISE && gen->exc.value != NULL && gen->exc.value != Py_None)
        error_raise(ts->exception);
    *result = interp_resume(ts, &gen->frame, &gen->frame, mode);
    if (*result == NULL)
        return PYGEN_ERROR;
    return gen->state == GEN_SUSPENDED ? PYGEN_NEXT : PYGEN_RETURN;
}

PySendResult
gen_send(PyObject *self, PyObject *value, PyObject **result)
{
    gcrt_gen *gen = GEN(self);
    *result = NULL;
    if (start_check(gen, value) < 0)
        return PYGEN_ERROR;
    if (gen->state == GEN_CLOSED) {
        if (PyCoro_CheckExact(self)) {
            PyErr_SetString(PyExc_RuntimeError, "cannot reuse already awaited coroutine");
            return PYGEN_ERROR;
        }
        *result = Py_None;
        return PYGEN_RETURN;
    }
    return resume(gen, value == NULL ? Py_None : value, GCRT_RESUME_AFTER, result);
}

static PyObject *
finish(PyObject *self, PySendResult how, PyObject *result)
{
    if (how == PYGEN_NEXT || how == PYGEN_ERROR)
        return result;
    if (PyAsyncGen_CheckExact(self))
        PyErr_SetNone(PyExc_StopAsyncIteration);
    else if (result == Py_None)
        PyErr_SetNone(PyExc_StopIteration);
    else
        _PyGen_SetStopIterationValue(result);
    return NULL;
}

PyObject *
gen_send_method(PyObject *self, PyObject *value)
{
    PyObject *result;
    PySendResult how = gen_send(self, value, &result);
    return finish(self, how, result);
}

static PyObject *
iternext(PyObject *self)
{
    PyObject *result;
    PySendResult how = gen_send(self, NULL, &result);
    if (how == PYGEN_RETURN && result == Py_None)
        return NULL;
    return finish(self, how, result);
}

/* Raise ts->exception inside. */
static PyObject *
raise_inside(gcrt_gen *gen)
{
    PyObject *result;
    if (start_check(gen, NULL) < 0)
        return NULL;
    if (gen->state == GEN_CLOSED) {
        if (PyCoro_CheckExact((PyObject *)gen) && !gen->closed) {
            PyErr_Clear();
            PyErr_SetString(PyExc_RuntimeError, "cannot reuse already awaited coroutine");
        }
        return NULL;
    }
    PySendResult how = resume(gen, NULL, GCRT_RESUME_RAISE, &result);
    return finish((PyObject *)gen, how, result);
}

/* ------------------------------------------------------------------ delegation */

PyObject *
gen_yield_from(gcrt_gen *gen)
{
    gcrt_frame *frame = &gen->frame;
    if (gen->state != GEN_SUSPENDED || frame->pc->op != OP_YIELD_VALUE || frame->pc[1].op != OP_RESUME ||
        frame->pc[1].a < 2)
        return NULL;
    return frame->sp[-1];
}

static int
close_iterator(PyObject *op)
{
    if (gen_is_exact(op))
        return gen_close(op, NULL) == NULL ? -1 : 0;
    PyObject *close;
    if (_PyObject_LookupAttr(op, GCRT_NAME(close), &close) < 0) {
        PyErr_WriteUnraisable(op);
        return 0;
    }
    return close == NULL || PyObject_CallNoArgs(close) != NULL ? 0 : -1;
}

/* What `yield from` waited for has ended with ts->exception: StopIteration gives its value. */
static PyObject *
delegate_ended(gcrt_gen *gen)
{
    gcrt_frame *frame = &gen->frame;
    const gcrt_insn *send = frame->pc - 1;
    PyObject *value, *result;
    if (_PyGen_FetchStopIterationValue(&value) < 0) {
        frame->pc = send;
        return raise_inside(gen);
    }
    frame->sp[-1] = value;
    frame->pc = frame->code->insns + send->a;
    PySendResult how = resume(gen, NULL, GCRT_RESUME_NEXT, &result);
    return finish((PyObject *)gen, how, result);
}

/* exc is a normalized instance. */
PyObject *
gen_throw_exception(gcrt_gen *gen, PyObject *exc)
{
    PyThreadState *ts = gcrt_ts;
    PyObject *inner = gen_yield_from(gen), *result = NULL;
    if (inner == NULL) {
        ts->exception = exc;
        return raise_inside(gen);
    }
    if (gcrt_enter_c("") || gen_enter(ts, gen) < 0)
        return NULL;
    int closing = PyErr_GivenExceptionMatches(exc, PyExc_GeneratorExit), failed = 0;
    PyObject *throw = NULL;
    if (closing)
        failed = close_iterator(inner) < 0;
    else if (gen_is_exact(inner))
        result = gen_throw_exception(GEN(inner), exc);
    else if (_PyObject_LookupAttr(inner, GCRT_NAME(throw), &throw) < 0)
        failed = 1;
    else if (throw != NULL)
        result = PyObject_CallOneArg(throw, exc);
    gen_leave(ts, gen, GEN_SUSPENDED);
    if (closing || failed || (throw == NULL && !gen_is_exact(inner))) {
        if (!failed)
            ts->exception = exc;
        return raise_inside(gen);
    }
    return result != NULL ? result : delegate_ended(gen);
}

static PyObject *
throw_args(PyObject *self, PyObject *type, PyObject *value, PyObject *tb)
{
    if (tb == Py_None)
        tb = NULL;
    if (tb != NULL && !PyTraceBack_Check(tb)) {
        PyErr_SetString(PyExc_TypeError, "throw() third argument must be a traceback object");
        return NULL;
    }
    if (PyExceptionInstance_Check(type)) {
        if (value != NULL && value != Py_None) {
            PyErr_SetString(PyExc_TypeError, "instance exception may not have a separate value");
            return NULL;
        }
        value = type;
    }
    else if (PyExceptionClass_Check(type)) {
        PyErr_NormalizeException(&type, &value, &tb);
    }
    else {
        PyErr_Format(PyExc_TypeError,
                     "exceptions must be classes or instances deriving from BaseException, not %s",
                     Py_TYPE(type)->tp_name);
        return NULL;
    }
    if (tb != NULL && PyException_SetTraceback(value, tb) < 0)
        return NULL;
    return gen_throw_exception(GEN(self), value);
}

PyObject *
gen_throw_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("throw", nargs, 1, 3))
        return NULL;
    return throw_args(self, args[0], nargs > 1 ? args[1] : NULL, nargs > 2 ? args[2] : NULL);
}

static PyObject *
gen_close(PyObject *self, PyObject *ignored)
{
    gcrt_gen *gen = GEN(self);
    PyThreadState *ts = gcrt_ts;
    PyObject *inner = gen_yield_from(gen), *result;
    (void)ignored;
    if (start_check(gen, NULL) < 0)
        return NULL;
    gen->closed = 1;
    if (gen->state == GEN_CREATED) {
        gen->state = GEN_CLOSED;
        if (gen->frame.object != NULL)
            frame_detach(&gen->frame);
    }
    if (gen->state == GEN_CLOSED)
        Py_RETURN_NONE;
    int failed = 0;
    if (inner != NULL) {
        if (gen_enter(ts, gen) < 0)
            return NULL;
        failed = close_iterator(inner) < 0;
        gen_leave(ts, gen, GEN_SUSPENDED);
    }
    if (!failed)
        PyErr_SetNone(PyExc_GeneratorExit);
    result = raise_inside(gen);
    if (result != NULL) {
        PyErr_Format(PyExc_RuntimeError, "%s ignored GeneratorExit", noun(self));
        return NULL;
    }
    if (PyErr_ExceptionMatches(PyExc_StopIteration) || PyErr_ExceptionMatches(PyExc_GeneratorExit)) {
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    return NULL;
}

PyObject *
gen_close_method(PyObject *self, PyObject *ignored)
{
    return gen_close(self, ignored);
}

void
gen_finalize(PyObject *self)
{
    gcrt_gen *gen = GEN(self);
    PyThreadState *ts = gcrt_ts;
    PyObject *pending = ts->exception;
    if (gen->state == GEN_CLOSED || gen->state == GEN_EXECUTING)
        return;
    ts->exception = NULL;
    PyObject *hook = gen->finalizer;
    if (PyAsyncGen_CheckExact(self) && hook != NULL && !gen->closed) {
        if (PyObject_CallOneArg(hook, self) == NULL)
            PyErr_WriteUnraisable(self);
        ts->exception = pending;
        return;
    }
    if (PyCoro_CheckExact(self) && gen->state == GEN_CREATED) {
        if (PyErr_WarnFormat(PyExc_RuntimeWarning, 1, "coroutine '%U' was never awaited", gen->qualname) < 0)
            PyErr_WriteUnraisable(self);
    }
    if (gen_close(self, NULL) == NULL)
        PyErr_WriteUnraisable(self);
    ts->exception = pending;
}

/* ------------------------------------------------------------------ the type */

PyObject *
gen_get_name(PyObject *self, void *qualified)
{
    return qualified != NULL ? GEN(self)->qualname : GEN(self)->name;
}

int
gen_set_name(PyObject *self, PyObject *value, void *qualified)
{
    if (value == NULL || !PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%s must be set to a string object",
                     qualified != NULL ? "__qualname__" : "__name__");
        return -1;
    }
    gc_store(self, qualified != NULL ? &GEN(self)->qualname : &GEN(self)->name, value);
    return 0;
}

PyObject *
gen_get_frame(PyObject *self, void *ignored)
{
    (void)ignored;
    return GEN(self)->state == GEN_CLOSED ? Py_None : (PyObject *)frame_object(&GEN(self)->frame);
}

PyObject *
gen_get_state(PyObject *self, void *state)
{
    return GEN(self)->state == (int)(intptr_t)state ? Py_True : Py_False;
}

PyObject *
gen_get_inner(PyObject *self, void *ignored)
{
    PyObject *inner = gen_yield_from(GEN(self));
    (void)ignored;
    return inner == NULL ? Py_None : inner;
}

PyObject *
gen_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<%s object %U at %p>",
                                PyAsyncGen_CheckExact(self) ? "async_generator" : noun(self),
                                GEN(self)->qualname, self);
}

static PyGetSetDef getset[] = {
    {"__name__", gen_get_name, gen_set_name, NULL, NULL},
    {"__qualname__", gen_get_name, gen_set_name, NULL, (void *)1},
    {"gi_frame", gen_get_frame, NULL, NULL, NULL},
    {"gi_running", gen_get_state, NULL, NULL, (void *)(intptr_t)GEN_EXECUTING},
    {"gi_suspended", gen_get_state, NULL, NULL, (void *)(intptr_t)GEN_SUSPENDED},
    {"gi_yieldfrom", gen_get_inner, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyMemberDef members[] = {
    {"gi_code", _Py_T_OBJECT, offsetof(gcrt_gen, code), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyMethodDef methods[] = {
    {"send", gen_send_method, METH_O, NULL},
    {"throw", (PyCFunction)(void (*)(void))gen_throw_method, METH_FASTCALL, NULL},
    {"close", gen_close, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyAsyncMethods as_async = {.am_send = gen_send};

PyTypeObject PyGen_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "generator",
    .tp_basicsize = sizeof(gcrt_gen),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_as_async = &as_async,
    .tp_repr = gen_repr,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_weaklistoffset = offsetof(gcrt_gen, weakreflist),
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iternext,
    .tp_methods = methods,
    .tp_members = members,
    .tp_getset = getset,
    .tp_finalize = gen_finalize,
    .gcrt_trace = gen_trace,
};
