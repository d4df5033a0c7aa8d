/* select_epoll.c: epoll objects. */
#include "select_module.h"
#include "gc_module.h"

#include <sys/epoll.h>

typedef struct {
    PyObject_HEAD
    int fd; /* -1: closed */
} epoll_object;

static PyObject *
errno_error(void)
{
    return PyErr_SetFromErrno(PyExc_OSError);
}

/* The descriptor, or -1 with ValueError when it is closed. */
static int
open_fd(PyObject *self)
{
    int fd = ((epoll_object *)self)->fd;
    if (fd < 0)
        PyErr_SetString(PyExc_ValueError, "I/O operation on closed epoll object");
    return fd;
}

static PyObject *
epoll_wrap(PyTypeObject *type, int fd)
{
    epoll_object *self = (epoll_object *)type->tp_alloc(type, 0);
    if (self != NULL)
        self->fd = fd;
    return (PyObject *)self;
}

static PyObject *
epoll_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"sizehint", "flags", NULL};
    int sizehint = -1, flags = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|ii:epoll", keywords, &sizehint, &flags))
        return NULL;
    /* The hint means nothing to the kernel since 2.6.8, but nonsense has always been refused. */
    if (sizehint < -1 || sizehint == 0) {
        PyErr_SetString(PyExc_ValueError, "negative sizehint");
        return NULL;
    }
    if (flags & ~EPOLL_CLOEXEC) {
        PyErr_SetString(PyExc_OSError, "invalid flags");
        return NULL;
    }
    /* The object first: without memory for it no descriptor is left open. */
    epoll_object *self = (epoll_object *)epoll_wrap(type, -1);
    while (self != NULL && (self->fd = epoll_create1(EPOLL_CLOEXEC)) < 0)
        if (!gc_module_freed_descriptors())
            return errno_error();
    return (PyObject *)self;
}

static PyObject *
epoll_fromfd(PyObject *type, PyObject *arg)
{
    int fd = _PyLong_AsInt(arg);
    return fd == -1 && PyErr_Occurred() ? NULL : epoll_wrap((PyTypeObject *)type, fd);
}

static PyObject *
epoll_close(PyObject *op, PyObject *Py_UNUSED(args))
{
    epoll_object *self = (epoll_object *)op;
    int fd = self->fd;
    self->fd = -1;
    if (fd >= 0 && close(fd) < 0)
        return errno_error();
    Py_RETURN_NONE;
}

static void
epoll_finalize(PyObject *op)
{
    epoll_object *self = (epoll_object *)op;
    if (self->fd >= 0)
        close(self->fd);
    self->fd = -1;
}

static PyObject *
epoll_fileno(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    int fd = open_fd(self);
    return fd < 0 ? NULL : PyLong_FromLong(fd);
}

static PyObject *
epoll_get_closed(PyObject *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(((epoll_object *)self)->fd < 0);
}

static PyObject *
epoll_enter(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return open_fd(self) < 0 ? NULL : self;
}

/* ------------------------------------------------------------------ what is watched */

static PyObject *
control(PyObject *self, int operation, PyObject *file, unsigned events)
{
    int epfd = open_fd(self), fd = epfd < 0 ? -1 : PyObject_AsFileDescriptor(file);
    if (fd < 0)
        return NULL;
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(epfd, operation, fd, &event) < 0)
        return errno_error();
    Py_RETURN_NONE;
}

static PyObject *
epoll_register(PyObject *self, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"fd", "eventmask", NULL};
    PyObject *file;
    unsigned events = EPOLLIN | EPOLLPRI | EPOLLOUT;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O|I:register", keywords, &file, &events))
        return NULL;
    return control(self, EPOLL_CTL_ADD, file, events);
}

static PyObject *
epoll_modify(PyObject *self, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"fd", "eventmask", NULL};
    PyObject *file;
    unsigned events;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "OI:modify", keywords, &file, &events))
        return NULL;
    return control(self, EPOLL_CTL_MOD, file, events);
}

static PyObject *
epoll_unregister(PyObject *self, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"fd", NULL};
    PyObject *file;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O:unregister", keywords, &file))
        return NULL;
    return control(self, EPOLL_CTL_DEL, file, 0);
}

/* ------------------------------------------------------------------ waiting */

static int
wait_epoll(int fd, struct epoll_event *events, int max, int64_t ns)
{
    int64_t deadline = ns > 0 ? time_deadline(ns) : 0;
    for (;;) {
        int n, again;
        Py_BEGIN_ALLOW_THREADS
        n = epoll_wait(fd, events, max, time_poll_ms(ns));
        Py_END_ALLOW_THREADS
        if (n >= 0)
            return n;
        if (errno != EINTR) {
            errno_error();
            return -1;
        }
        if ((again = select_again(deadline, &ns)) <= 0)
            return again;
    }
}

static PyObject *
epoll_poll(PyObject *self, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"timeout", "maxevents", NULL};
    PyObject *timeout = Py_None;
    int max = -1;
    int64_t ns;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|Oi:poll", keywords, &timeout, &max))
        return NULL;
    int fd = open_fd(self);
    if (fd < 0 || select_timeout(timeout, TIME_SECOND, "timeout must be an integer or None", &ns) < 0)
        return NULL;
    if (ns / TIME_MILLISECOND >= INT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "timeout is too large");
        return NULL;
    }
    if (max == -1)
        max = FD_SETSIZE - 1;
    else if (max < 1)
        return PyErr_Format(PyExc_ValueError, "maxevents must be greater than 0, got %d", max);
    if ((size_t)max > INT_MAX / sizeof(struct epoll_event))
        return PyErr_NoMemory();
    struct epoll_event *events = gcrt_alloc_leaf((size_t)max * sizeof *events);
    int n = events == NULL ? -1 : wait_epoll(fd, events, max, ns);
    PyObject *list = n < 0 ? NULL : PyList_New(n);
    for (int i = 0; list != NULL && i < n; i++) {
        PyObject *pair = Py_BuildValue("(iI)", events[i].data.fd, events[i].events);
        if (pair == NULL)
            return NULL;
        PyList_SET_ITEM(list, i, pair);
    }
    return list;
}

/* ------------------------------------------------------------------ the type */

#define KEYWORDS(f) _PyCFunction_CAST(f), METH_VARARGS | METH_KEYWORDS
static PyMethodDef epoll_methods[] = {
    {"fromfd", epoll_fromfd, METH_O | METH_CLASS, "An epoll object over a given control descriptor."},
    {"close", epoll_close, METH_NOARGS, "Close the control descriptor."},
    {"fileno", epoll_fileno, METH_NOARGS, "The control descriptor."},
    {"register", KEYWORDS(epoll_register), "Watch a descriptor."},
    {"modify", KEYWORDS(epoll_modify), "Change what a descriptor is watched for."},
    {"unregister", KEYWORDS(epoll_unregister), "Watch a descriptor no longer."},
    {"poll", KEYWORDS(epoll_poll), "Wait; a list of (descriptor, events).  The time-out is in seconds."},
    {"__enter__", epoll_enter, METH_NOARGS, NULL},
    {"__exit__", epoll_close, METH_VARARGS, NULL},
    {0},
};
static PyGetSetDef epoll_getset[] = {
    {"closed", epoll_get_closed, NULL, "Whether the control descriptor is closed.", NULL},
    {0},
};
static PyTypeObject epoll_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "select.epoll",
    .tp_basicsize = sizeof(epoll_object),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "select.epoll(sizehint=-1, flags=0): waits for many descriptors.",
    .tp_methods = epoll_methods,
    .tp_getset = epoll_getset,
    .tp_finalize = epoll_finalize,
    .tp_new = epoll_new,
};

#define C(name) {#name, (long)(unsigned)(name)}
static const select_constant constants[] = {
    C(EPOLLIN),        C(EPOLLOUT),    C(EPOLLPRI),    C(EPOLLERR),    C(EPOLLHUP),    C(EPOLLRDHUP), C(EPOLLET),
    C(EPOLLONESHOT),   C(EPOLLEXCLUSIVE), C(EPOLLRDNORM), C(EPOLLRDBAND), C(EPOLLWRNORM), C(EPOLLWRBAND), C(EPOLLMSG),
    C(EPOLL_CLOEXEC),
};

int
select_add_epoll(PyObject *module)
{
    if (PyType_Ready(&epoll_type) < 0 || PyModule_AddObject(module, "epoll", (PyObject *)&epoll_type) < 0)
        return -1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(constants); i++)
        if (PyModule_AddIntConstant(module, constants[i].name, constants[i].value) < 0)
            return -1;
    return 0;
}
