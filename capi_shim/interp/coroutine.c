/* coroutine.c: coroutines, their await iterators, and what `await` accepts. */
#include "interp.h"
#include "structmember.h"

/* ------------------------------------------------------------------ await */

/* The iterator that `await op` steps; NULL with TypeError. */
PyObject *
coro_get_awaitable(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    if (PyCoro_CheckExact(op) ||
        (PyGen_CheckExact(op) && (((gcrt_gen *)op)->code->co_flags & CO_ITERABLE_COROUTINE)))
        return op;
    if (type->tp_as_async == NULL || type->tp_as_async->am_await == NULL) {
        PyErr_Format(PyExc_TypeError, "object %.100s can't be used in 'await' expression", type->tp_name);
        return NULL;
    }
    PyObject *iter = type->tp_as_async->am_await(op);
    if (iter == NULL)
        return NULL;
    if (PyCoro_CheckExact(iter)) {
        PyErr_SetString(PyExc_TypeError, "__await__() returned a coroutine");
        return NULL;
    }
    if (!PyIter_Check(iter)) {
        PyErr_Format(PyExc_TypeError, "__await__() returned non-iterator of type '%.100s'",
                     Py_TYPE(iter)->tp_name);
        return NULL;
    }
    return iter;
}

/* Where the coroutine was created, when sys.set_coroutine_origin_tracking_depth asked for it. */
int coro_origin_depth;

PyObject *
coro_origin(PyThreadState *ts)
{
    int n = 0;
    if (coro_origin_depth <= 0)
        return NULL;
    for (gcrt_frame *f = ts->frame; f != NULL && n < coro_origin_depth; f = f->back)
        n++;
    PyObject *origin = PyTuple_New(n);
    gcrt_frame *f = ts->frame;
    for (int i = 0; origin != NULL && i < n; i++, f = f->back) {
        PyObject *item = Py_BuildValue("OiO", f->code->co_filename, frame_line(f), f->code->co_name);
        if (item == NULL)
            break;
        PyTuple_SET_ITEM(origin, i, item);
    }
    if (PyErr_Occurred()) {
        PyErr_Clear();
        return NULL;
    }
    return origin;
}

/* ------------------------------------------------------------------ the iterator of __await__ */

typedef struct {
    PyObject_HEAD
    PyObject *coroutine;
} wrapper;

static void
wrapper_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((wrapper *)self)->coroutine);
}

static PyObject *
coro_await(PyObject *self)
{
    wrapper *w = (wrapper *)gcrt_new(&_PyCoroWrapper_Type, sizeof *w);
    if (w != NULL)
        w->coroutine = self;
    return (PyObject *)w;
}

static PyObject *
wrapper_next(PyObject *self)
{
    return gen_send_method(((wrapper *)self)->coroutine, Py_None);
}

static PyObject *
wrapper_send(PyObject *self, PyObject *value)
{
    return gen_send_method(((wrapper *)self)->coroutine, value);
}

static PyObject *
wrapper_throw(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return gen_throw_method(((wrapper *)self)->coroutine, args, nargs);
}

static PyObject *
wrapper_close(PyObject *self, PyObject *ignored)
{
    return gen_close_method(((wrapper *)self)->coroutine, ignored);
}

static PyMethodDef wrapper_methods[] = {
    {"send", wrapper_send, METH_O, NULL},
    {"throw", (PyCFunction)(void (*)(void))wrapper_throw, METH_FASTCALL, NULL},
    {"close", wrapper_close, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject _PyCoroWrapper_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "coroutine_wrapper",
    .tp_basicsize = sizeof(wrapper),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = wrapper_next,
    .tp_methods = wrapper_methods,
    .gcrt_trace = wrapper_trace,
};

/* ------------------------------------------------------------------ the type */

static PyObject *
await_method(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    return coro_await(self);
}

static PyGetSetDef getset[] = {
    {"__name__", gen_get_name, gen_set_name, NULL, NULL},
    {"__qualname__", gen_get_name, gen_set_name, NULL, (void *)1},
    {"cr_frame", gen_get_frame, NULL, NULL, NULL},
    {"cr_running", gen_get_state, NULL, NULL, (void *)(intptr_t)GEN_EXECUTING},
    {"cr_suspended", gen_get_state, NULL, NULL, (void *)(intptr_t)GEN_SUSPENDED},
    {"cr_await", gen_get_inner, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyMemberDef members[] = {
    {"cr_code", _Py_T_OBJECT, offsetof(gcrt_gen, code), Py_READONLY, NULL},
    {"cr_origin", _Py_T_OBJECT, offsetof(gcrt_gen, origin), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyMethodDef methods[] = {
    {"send", gen_send_method, METH_O, NULL},
    {"throw", (PyCFunction)(void (*)(void))gen_throw_method, METH_FASTCALL, NULL},
    {"close", gen_close_method, METH_NOARGS, NULL},
    {"__await__", await_method, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyAsyncMethods as_async = {.am_await = coro_await, .am_send = gen_send};

PyTypeObject PyCoro_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "coroutine",
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
