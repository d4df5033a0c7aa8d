/* _thread.c: locks and thread-local data.  The guest has one thread so far: starting another is an error
 * that says so. */
#include "state.h"
#include "structmember.h"

#include <semaphore.h>

static PyObject *thread_error;

/* ------------------------------------------------------------------ acquire's arguments and waiting */

/* Seconds: those whose nanoseconds a 64-bit number holds. */
#define LONGEST_WAIT 9223372036.0

/* timeout in microseconds, -1: for ever, 0: do not wait. */
static int
acquire_arguments(PyObject *args, PyObject *kwds, long long *microseconds)
{
    static char *names[] = {"blocking", "timeout", NULL};
    int blocking = 1;
    PyObject *timeout = NULL;
    double seconds = -1.0;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|pO:acquire", names, &blocking, &timeout))
        return -1;
    if (timeout != NULL) {
        seconds = PyFloat_AsDouble(timeout);
        if (seconds == -1.0 && PyErr_Occurred())
            return -1;
    }
    if (!blocking && seconds != -1.0) {
        PyErr_SetString(PyExc_ValueError, "can't specify a timeout for a non-blocking call");
        return -1;
    }
    if (seconds < 0 && seconds != -1.0) {
        PyErr_SetString(PyExc_ValueError, "timeout value must be positive");
        return -1;
    }
    if (isnan(seconds)) {
        PyErr_SetString(PyExc_ValueError, "Invalid value NaN (not a number)");
        return -1;
    }
    if (seconds > LONGEST_WAIT) {
        PyErr_SetString(PyExc_OverflowError, "timeout value is too large");
        return -1;
    }
    *microseconds = !blocking ? 0 : seconds < 0 ? -1 : (long long)(seconds * 1e6);
    return 0;
}

/* 1 acquired, 0 not, -1 a signal handler raised. */
static int
wait_for(sem_t *sem, long long microseconds)
{
    struct timespec start, now;
    long long left = microseconds;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (;;) {
        PyLockStatus status = PyThread_acquire_lock_timed(sem, left, 1);
        if (status != PY_LOCK_INTR)
            return status == PY_LOCK_ACQUIRED;
        if (PyErr_CheckSignals() < 0)
            return -1;
        if (microseconds > 0) {
            clock_gettime(CLOCK_MONOTONIC, &now);
            left = microseconds - ((now.tv_sec - start.tv_sec) * 1000000LL + (now.tv_nsec - start.tv_nsec) / 1000);
            if (left <= 0)
                return 0;
        }
    }
}

/* ------------------------------------------------------------------ lock */

typedef struct {
    PyObject_HEAD
    PyObject *weakreflist;
    sem_t sem;
    int locked;
} lock_object;

static PyTypeObject lock_type;

static PyObject *
lock_new(void)
{
    lock_object *self = (lock_object *)PyType_GenericAlloc(&lock_type, 0);
    if (self != NULL)
        sem_init(&self->sem, 0, 1);
    return (PyObject *)self;
}

static PyObject *
lock_acquire(PyObject *op, PyObject *args, PyObject *kwds)
{
    lock_object *self = (lock_object *)op;
    long long microseconds;
    if (acquire_arguments(args, kwds, &microseconds) < 0)
        return NULL;
    int got = wait_for(&self->sem, microseconds);
    if (got > 0)
        self->locked = 1;
    return got < 0 ? NULL : PyBool_FromLong(got);
}

static PyObject *
lock_release(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    lock_object *self = (lock_object *)op;
    if (!self->locked)
        return PyErr_Format(thread_error, "release unlocked lock");
    self->locked = 0;
    sem_post(&self->sem);
    Py_RETURN_NONE;
}

static PyObject *
lock_exit(PyObject *self, PyObject *Py_UNUSED(args))
{
    return lock_release(self, NULL);
}

static PyObject *
lock_locked(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    return PyBool_FromLong(((lock_object *)op)->locked);
}

static PyObject *
lock_reinit(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    lock_object *self = (lock_object *)op;
    sem_init(&self->sem, 0, 1);
    self->locked = 0;
    Py_RETURN_NONE;
}

static PyObject *
lock_repr(PyObject *op)
{
    return PyUnicode_FromFormat("<%s %s object at %p>", ((lock_object *)op)->locked ? "locked" : "unlocked",
                                Py_TYPE(op)->tp_name, op);
}

#define KEYWORDS(f) _PyCFunction_CAST(f), METH_VARARGS | METH_KEYWORDS
static PyMethodDef lock_methods[] = {
    {"acquire", KEYWORDS(lock_acquire), "Take the lock; True if it was taken."},
    {"acquire_lock", KEYWORDS(lock_acquire), NULL},
    {"release", lock_release, METH_NOARGS, "Give the lock back."},
    {"release_lock", lock_release, METH_NOARGS, NULL},
    {"locked", lock_locked, METH_NOARGS, "Is it taken?"},
    {"locked_lock", lock_locked, METH_NOARGS, NULL},
    {"_at_fork_reinit", lock_reinit, METH_NOARGS, NULL},
    {"__enter__", KEYWORDS(lock_acquire), NULL},
    {"__exit__", lock_exit, METH_VARARGS, NULL},
    {0},
};

static PyTypeObject lock_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_thread.lock",
    .tp_basicsize = sizeof(lock_object),
    .tp_repr = lock_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = "A lock that belongs to no thread.",
    .tp_weaklistoffset = offsetof(lock_object, weakreflist),
    .tp_methods = lock_methods,
};

/* ------------------------------------------------------------------ RLock */

typedef struct {
    PyObject_HEAD
    PyObject *weakreflist;
    sem_t sem;
    unsigned long owner;
    unsigned long count;
} rlock_object;

static PyObject *
rlock_type_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwds))
{
    rlock_object *self = (rlock_object *)type->tp_alloc(type, 0);
    if (self != NULL)
        sem_init(&self->sem, 0, 1);
    return (PyObject *)self;
}

static int
rlock_is_mine(rlock_object *self)
{
    return self->count > 0 && self->owner == PyThread_get_thread_ident();
}

static PyObject *
rlock_acquire(PyObject *op, PyObject *args, PyObject *kwds)
{
    rlock_object *self = (rlock_object *)op;
    long long microseconds;
    if (acquire_arguments(args, kwds, &microseconds) < 0)
        return NULL;
    if (rlock_is_mine(self)) {
        self->count++;
        Py_RETURN_TRUE;
    }
    int got = wait_for(&self->sem, microseconds);
    if (got > 0) {
        self->owner = PyThread_get_thread_ident();
        self->count = 1;
    }
    return got < 0 ? NULL : PyBool_FromLong(got);
}

static PyObject *
rlock_release(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    rlock_object *self = (rlock_object *)op;
    if (!rlock_is_mine(self))
        return PyErr_Format(PyExc_RuntimeError, "cannot release un-acquired lock");
    if (--self->count == 0) {
        self->owner = 0;
        sem_post(&self->sem);
    }
    Py_RETURN_NONE;
}

static PyObject *
rlock_exit(PyObject *self, PyObject *Py_UNUSED(args))
{
    return rlock_release(self, NULL);
}

static PyObject *
rlock_acquire_restore(PyObject *op, PyObject *state)
{
    rlock_object *self = (rlock_object *)op;
    if (!PyArg_ParseTuple(state, "(kk):_acquire_restore", &self->count, &self->owner))
        return NULL;
    if (wait_for(&self->sem, -1) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
rlock_release_save(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    rlock_object *self = (rlock_object *)op;
    if (self->count == 0)
        return PyErr_Format(PyExc_RuntimeError, "cannot release un-acquired lock");
    PyObject *state = Py_BuildValue("kk", self->count, self->owner);
    self->count = self->owner = 0;
    sem_post(&self->sem);
    return state;
}

static PyObject *
rlock_is_owned(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    return PyBool_FromLong(rlock_is_mine((rlock_object *)op));
}

static PyObject *
rlock_reinit(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    rlock_object *self = (rlock_object *)op;
    sem_init(&self->sem, 0, 1);
    self->owner = self->count = 0;
    Py_RETURN_NONE;
}

static PyObject *
rlock_repr(PyObject *op)
{
    rlock_object *self = (rlock_object *)op;
    return PyUnicode_FromFormat("<%s %s object owner=%lu count=%lu at %p>", self->count > 0 ? "locked" : "unlocked",
                                Py_TYPE(op)->tp_name, self->owner, self->count, op);
}

static PyMethodDef rlock_methods[] = {
    {"acquire", KEYWORDS(rlock_acquire), "Take the lock, again if this thread has it."},
    {"release", rlock_release, METH_NOARGS, "Undo one acquire."},
    {"_is_owned", rlock_is_owned, METH_NOARGS, NULL},
    {"_acquire_restore", rlock_acquire_restore, METH_VARARGS, NULL},
    {"_release_save", rlock_release_save, METH_NOARGS, NULL},
    {"_at_fork_reinit", rlock_reinit, METH_NOARGS, NULL},
    {"__enter__", KEYWORDS(rlock_acquire), NULL},
    {"__exit__", rlock_exit, METH_VARARGS, NULL},
    {0},
};

static PyTypeObject rlock_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_thread.RLock",
    .tp_basicsize = sizeof(rlock_object),
    .tp_repr = rlock_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "A lock that its owner may take again.",
    .tp_weaklistoffset = offsetof(rlock_object, weakreflist),
    .tp_methods = rlock_methods,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = rlock_type_new,
};

/* ------------------------------------------------------------------ local */

typedef struct {
    PyObject_HEAD
    PyObject *dict;
    PyObject *weakreflist;
} local_object;

static PyObject *
local_type_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    int has_arguments = PyTuple_GET_SIZE(args) > 0 || (kwds != NULL && PyDict_GET_SIZE(kwds) > 0);
    if (type->tp_init == PyBaseObject_Type.tp_init && has_arguments)
        return PyErr_Format(PyExc_TypeError, "Initialization arguments are not supported");
    local_object *self = (local_object *)type->tp_alloc(type, 0);
    if (self != NULL && (self->dict = PyDict_New()) == NULL)
        return NULL;
    return (PyObject *)self;
}

static PyGetSetDef local_getset[] = {
    {"__dict__", PyObject_GenericGetDict, NULL, NULL, NULL},
    {0},
};

static PyTypeObject local_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_thread._local",
    .tp_basicsize = sizeof(local_object),
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_setattro = PyObject_GenericSetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "Attributes that each thread has for itself.",
    .tp_weaklistoffset = offsetof(local_object, weakreflist),
    .tp_getset = local_getset,
    .tp_dictoffset = offsetof(local_object, dict),
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = local_type_new,
};

/* ------------------------------------------------------------------ functions */

static PyObject *
thread_allocate_lock(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return lock_new();
}

static PyObject *
thread_start(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwds))
{
    return PyErr_Format(PyExc_RuntimeError, "can't start new thread: gcrt runs one guest thread so far");
}

static PyObject *
thread_get_ident(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromUnsignedLong(PyThread_get_thread_ident());
}

static PyObject *
thread_get_native_id(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromUnsignedLong(PyThread_get_thread_native_id());
}

static PyObject *
thread_count(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return gcrt_int(0);
}

static PyObject *
thread_exit(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    PyErr_SetNone(PyExc_SystemExit);
    return NULL;
}

static PyObject *
thread_stack_size(PyObject *Py_UNUSED(self), PyObject *args)
{
    Py_ssize_t wanted = 0;
    size_t old = PyThread_get_stacksize();
    if (!PyArg_ParseTuple(args, "|n:stack_size", &wanted))
        return NULL;
    if (wanted < 0)
        return PyErr_Format(PyExc_ValueError, "size must be 0 or a positive value");
    if (PyTuple_GET_SIZE(args) > 0 && PyThread_set_stacksize((size_t)wanted) < 0)
        return PyErr_Format(PyExc_ValueError, "size not valid: %zd bytes", wanted);
    return PyLong_FromSize_t(old);
}

static PyObject *
thread_interrupt_main(PyObject *Py_UNUSED(self), PyObject *args)
{
    int number = 2;
    if (!PyArg_ParseTuple(args, "|i:signum", &number))
        return NULL;
    if (PyErr_SetInterruptEx(number) < 0)
        return PyErr_Format(PyExc_ValueError, "signal number out of range");
    Py_RETURN_NONE;
}

static PyObject *
thread_excepthook(PyObject *Py_UNUSED(self), PyObject *args)
{
    if (!PyTuple_Check(args) || PyTuple_GET_SIZE(args) < 4)
        return PyErr_Format(PyExc_TypeError, "_thread.excepthook argument type must be ExceptHookArgs");
    if (PyTuple_GET_ITEM(args, 0) != PyExc_SystemExit)
        traceback_display(PyTuple_GET_ITEM(args, 1), PyTuple_GET_ITEM(args, 2));
    Py_RETURN_NONE;
}

static PyMethodDef thread_methods[] = {
    {"allocate_lock", thread_allocate_lock, METH_NOARGS, "A new lock."},
    {"allocate", thread_allocate_lock, METH_NOARGS, NULL},
    {"_set_sentinel", thread_allocate_lock, METH_NOARGS, NULL},
    {"start_new_thread", KEYWORDS(thread_start), "Start a thread."},
    {"start_new", KEYWORDS(thread_start), NULL},
    {"get_ident", thread_get_ident, METH_NOARGS, "Number of this thread."},
    {"get_native_id", thread_get_native_id, METH_NOARGS, "The kernel's number of this thread."},
    {"_count", thread_count, METH_NOARGS, NULL},
    {"exit", thread_exit, METH_NOARGS, "Raise SystemExit."},
    {"exit_thread", thread_exit, METH_NOARGS, NULL},
    {"stack_size", thread_stack_size, METH_VARARGS, "Stack size of new threads."},
    {"interrupt_main", thread_interrupt_main, METH_VARARGS, "As if the signal had arrived."},
    {"_excepthook", thread_excepthook, METH_O, NULL},
    {0},
};

static PyModuleDef thread_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_thread",
    .m_doc = "Locks and threads.",
    .m_size = -1,
    .m_methods = thread_methods,
};

static PyStructSequence_Field hook_fields[] = {
    {"exc_type", NULL}, {"exc_value", NULL}, {"exc_traceback", NULL}, {"thread", NULL}, {NULL, NULL},
};
static PyStructSequence_Desc hook_desc = {"_thread._ExceptHookArgs", NULL, hook_fields, 4};

PyObject *
PyInit__thread(void)
{
    PyObject *m = PyModule_Create(&thread_def);
    if (m == NULL || PyType_Ready(&lock_type) < 0 || PyType_Ready(&rlock_type) < 0 || PyType_Ready(&local_type) < 0)
        return NULL;
    thread_error = PyExc_RuntimeError;
    if (PyModule_AddObjectRef(m, "LockType", (PyObject *)&lock_type) < 0 ||
        PyModule_AddObjectRef(m, "RLock", (PyObject *)&rlock_type) < 0 ||
        PyModule_AddObjectRef(m, "_local", (PyObject *)&local_type) < 0 ||
        PyModule_AddObjectRef(m, "error", thread_error) < 0 ||
        PyModule_AddObjectRef(m, "_ExceptHookArgs", (PyObject *)PyStructSequence_NewType(&hook_desc)) < 0 ||
        PyModule_AddObjectRef(m, "TIMEOUT_MAX", PyFloat_FromDouble(LONGEST_WAIT)) < 0)
        return NULL;
    return m;
}

/* What the threading module wants done at the end. */
void
threading_shutdown(void)
{
    PyObject *threading = PyDict_GetItemString(gcrt_interp.modules, "threading");
    if (threading == NULL)
        return;
    PyObject *raised = gcrt_ts->exception;
    gcrt_ts->exception = NULL;
    if (PyObject_CallMethod(threading, "_shutdown", NULL) == NULL)
        PyErr_WriteUnraisable(threading);
    gcrt_ts->exception = raised;
}
