/* async_gen.c: asynchronous generators.
 *
 * `yield` in an asynchronous generator gives a wrapped value, so that it can be told from what an inner
 * await gives to the event loop.  asend(), athrow(), aclose() and __anext__() return one-shot awaitables
 * that drive the generator until a wrapped value comes out, which ends them as their result. */
#include "interp.h"
#include "structmember.h"

#define GEN(op) ((gcrt_gen *)(op))

typedef struct {
    PyObject_HEAD
    PyObject *value;
} wrapped;

enum step_state { STEP_INIT, STEP_ITER, STEP_CLOSED };

/* asend (value: what to send) and athrow/aclose (value: tuple of throw's arguments, NULL for aclose). */
typedef struct {
    PyObject_HEAD
    gcrt_gen *gen;
    PyObject *value;
    int state;
} step;

static void
wrapped_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((wrapped *)self)->value);
}

static void
step_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((step *)self)->gen);
    gc_visit(t, (uintptr_t)((step *)self)->value);
}

PyTypeObject _PyAsyncGenWrappedValue_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "async_generator_wrapped_value",
    .tp_basicsize = sizeof(wrapped),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_getattro = PyObject_GenericGetAttr,
    .gcrt_trace = wrapped_trace,
};

PyObject *
async_gen_wrap_value(PyObject *value)
{
    wrapped *w = (wrapped *)gcrt_new(&_PyAsyncGenWrappedValue_Type, sizeof *w);
    if (w != NULL)
        w->value = value;
    return (PyObject *)w;
}

/* ------------------------------------------------------------------ hooks of the event loop */

/* sys.set_asyncgen_hooks; one thread runs guest code. */
PyObject *async_gen_firstiter, *async_gen_finalizer;

int
async_gen_init_hooks(gcrt_gen *gen)
{
    if (gen->hooks_inited)
        return 0;
    gen->hooks_inited = 1;
    if (async_gen_finalizer != NULL) {
        gc_store(gen, &gen->finalizer, async_gen_finalizer);
        if (!gen->registered) {
            gen->registered = 1;
            gc_dying_register(gen, GC_DYING_FINALIZE);
        }
    }
    return async_gen_firstiter == NULL || PyObject_CallOneArg(async_gen_firstiter, (PyObject *)gen) != NULL
               ? 0
               : -1;
}

/* ------------------------------------------------------------------ steps */

static int
ended(void)
{
    return PyErr_ExceptionMatches(PyExc_StopAsyncIteration) || PyErr_ExceptionMatches(PyExc_GeneratorExit);
}

/* What came out of the generator: a wrapped value ends the step (StopIteration), anything else is passed
 * on to the event loop. */
static PyObject *
unwrap(gcrt_gen *gen, PyObject *result)
{
    if (result == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetNone(PyExc_StopAsyncIteration);
        if (ended())
            gen->closed = 1;
        gen->running_async = 0;
        return NULL;
    }
    if (Py_TYPE(result) != &_PyAsyncGenWrappedValue_Type)
        return result;
    _PyGen_SetStopIterationValue(((wrapped *)result)->value);
    gen->running_async = 0;
    return NULL;
}

static PyObject *
refuse(PyObject *type, const char *message)
{
    PyErr_SetString(type, message);
    return NULL;
}

static PyObject *
asend_send(PyObject *self, PyObject *value)
{
    step *s = (step *)self;
    if (s->state == STEP_CLOSED)
        return refuse(PyExc_RuntimeError, "cannot reuse already awaited __anext__()/asend()");
    if (s->state == STEP_INIT) {
        if (s->gen->running_async)
            return refuse(PyExc_RuntimeError, "anext(): asynchronous generator is already running");
        if (value == NULL || value == Py_None)
            value = s->value;
        s->state = STEP_ITER;
    }
    s->gen->running_async = 1;
    PyObject *result = unwrap(s->gen, gen_send_method((PyObject *)s->gen, value));
    if (result == NULL)
        s->state = STEP_CLOSED;
    return result;
}

static PyObject *
asend_next(PyObject *self)
{
    return asend_send(self, Py_None);
}

static PyObject *
asend_throw(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    step *s = (step *)self;
    if (s->state == STEP_CLOSED)
        return refuse(PyExc_RuntimeError, "cannot reuse already awaited __anext__()/asend()");
    PyObject *result = unwrap(s->gen, gen_throw_method((PyObject *)s->gen, args, nargs));
    if (result == NULL)
        s->state = STEP_CLOSED;
    return result;
}

static PyObject *
step_close(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    ((step *)self)->state = STEP_CLOSED;
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ athrow and aclose */

static PyObject *
ignored_exit(step *s)
{
    s->gen->running_async = 0;
    s->state = STEP_CLOSED;
    return refuse(PyExc_RuntimeError, "async generator ignored GeneratorExit");
}

static PyObject *
athrow_failed(step *s)
{
    s->gen->running_async = 0;
    s->state = STEP_CLOSED;
    if (s->value == NULL && ended()) {
        PyErr_Clear();
        PyErr_SetNone(PyExc_StopIteration);
    }
    return NULL;
}

/* Result of a step of aclose: only awaits may come out. */
static PyObject *
close_result(step *s, PyObject *result)
{
    if (result != NULL && Py_TYPE(result) == &_PyAsyncGenWrappedValue_Type)
        return ignored_exit(s);
    return result == NULL ? athrow_failed(s) : result;
}

static PyObject *
athrow_start(step *s, PyObject *value)
{
    gcrt_gen *gen = s->gen;
    if (gen->running_async) {
        s->state = STEP_CLOSED;
        return refuse(PyExc_RuntimeError, s->value == NULL
                                              ? "aclose(): asynchronous generator is already running"
                                              : "athrow(): asynchronous generator is already running");
    }
    if (gen->closed) {
        s->state = STEP_CLOSED;
        PyErr_SetNone(PyExc_StopAsyncIteration);
        return NULL;
    }
    if (value != Py_None)
        return refuse(PyExc_RuntimeError, "can't send non-None value to a just-started coroutine");
    s->state = STEP_ITER;
    gen->running_async = 1;
    if (s->value == NULL) {
        PyObject *args[] = {PyExc_GeneratorExit};
        gen->closed = 1;
        return close_result(s, gen_throw_method((PyObject *)gen, args, 1));
    }
    PyObject *result =
        gen_throw_method((PyObject *)gen, &PyTuple_GET_ITEM(s->value, 0), PyTuple_GET_SIZE(s->value));
    result = unwrap(gen, result);
    return result == NULL ? athrow_failed(s) : result;
}

static PyObject *
athrow_send(PyObject *self, PyObject *value)
{
    step *s = (step *)self;
    if (s->state == STEP_CLOSED)
        return refuse(PyExc_RuntimeError, "cannot reuse already awaited aclose()/athrow()");
    if (s->gen->state == GEN_CLOSED) {
        s->state = STEP_CLOSED;
        PyErr_SetNone(PyExc_StopIteration);
        return NULL;
    }
    if (s->state == STEP_INIT)
        return athrow_start(s, value);
    PyObject *result = gen_send_method((PyObject *)s->gen, value);
    return s->value != NULL ? unwrap(s->gen, result) : close_result(s, result);
}

static PyObject *
athrow_next(PyObject *self)
{
    return athrow_send(self, Py_None);
}

static PyObject *
athrow_throw(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    step *s = (step *)self;
    if (s->state == STEP_CLOSED)
        return refuse(PyExc_RuntimeError, "cannot reuse already awaited aclose()/athrow()");
    PyObject *result = gen_throw_method((PyObject *)s->gen, args, nargs);
    return s->value != NULL ? unwrap(s->gen, result) : close_result(s, result);
}

#define STEP_METHODS(kind)                                                                              \
    static PyMethodDef kind##_methods[] = {                                                             \
        {"send", kind##_send, METH_O, NULL},                                                            \
        {"throw", (PyCFunction)(void (*)(void))kind##_throw, METH_FASTCALL, NULL},                      \
        {"close", step_close, METH_NOARGS, NULL},                                                       \
        {NULL, NULL, 0, NULL},                                                                          \
    };
STEP_METHODS(asend)
STEP_METHODS(athrow)
static PyAsyncMethods step_as_async = {.am_await = PyObject_SelfIter};

PyTypeObject _PyAsyncGenASend_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "async_generator_asend",
    .tp_basicsize = sizeof(step),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_as_async = &step_as_async,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = asend_next,
    .tp_methods = asend_methods,
    .gcrt_trace = step_trace,
};

PyTypeObject _PyAsyncGenAThrow_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "async_generator_athrow",
    .tp_basicsize = sizeof(step),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_as_async = &step_as_async,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = athrow_next,
    .tp_methods = athrow_methods,
    .gcrt_trace = step_trace,
};

/* ------------------------------------------------------------------ the type */

static PyObject *
make_step(PyTypeObject *type, PyObject *gen, PyObject *value)
{
    if (async_gen_init_hooks(GEN(gen)) < 0)
        return NULL;
    step *s = (step *)gcrt_new(type, sizeof *s);
    if (s != NULL) {
        s->gen = GEN(gen);
        s->value = value;
    }
    return (PyObject *)s;
}

static PyObject *
anext(PyObject *self)
{
    return make_step(&_PyAsyncGenASend_Type, self, Py_None);
}

static PyObject *
asend(PyObject *self, PyObject *value)
{
    return make_step(&_PyAsyncGenASend_Type, self, value);
}

static PyObject *
athrow(PyObject *self, PyObject *args)
{
    return make_step(&_PyAsyncGenAThrow_Type, self, args);
}

static PyObject *
aclose(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    return make_step(&_PyAsyncGenAThrow_Type, self, NULL);
}

static PyObject *
get_running(PyObject *self, void *ignored)
{
    (void)ignored;
    return GEN(self)->running_async ? Py_True : Py_False;
}

static PyGetSetDef getset[] = {
    {"__name__", gen_get_name, gen_set_name, NULL, NULL},
    {"__qualname__", gen_get_name, gen_set_name, NULL, (void *)1},
    {"ag_frame", gen_get_frame, NULL, NULL, NULL},
    {"ag_await", gen_get_inner, NULL, NULL, NULL},
    {"ag_running", get_running, NULL, NULL, NULL},
    {"ag_suspended", gen_get_state, NULL, NULL, (void *)(intptr_t)GEN_SUSPENDED},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyMemberDef members[] = {
    {"ag_code", _Py_T_OBJECT, offsetof(gcrt_gen, code), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyMethodDef methods[] = {
    {"asend", asend, METH_O, NULL},
    {"athrow", athrow, METH_VARARGS, NULL},
    {"aclose", aclose, METH_NOARGS, NULL},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyAsyncMethods as_async = {.am_aiter = PyObject_SelfIter, .am_anext = anext, .am_send = gen_send};

PyTypeObject PyAsyncGen_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "async_generator",
    .tp_basicsize = sizeof(gcrt_gen),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_as_async = &as_async,
    .tp_repr = gen_repr,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_weaklistoffset = offsetof(gcrt_gen, weakreflist),
    .tp_methods = methods,
    .tp_members = members,
    .tp_getset = getset,
    .tp_finalize = gen_finalize,
    .gcrt_trace = gen_trace,
};
