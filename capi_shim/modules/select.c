/* select.c: the select module: select(2) and poll(2).  epoll is in select_epoll.c. */
#include "select_module.h"

#include <poll.h>
#include <sys/select.h>

/* ------------------------------------------------------------------ time-outs */

int
select_timeout(PyObject *arg, int64_t unit, const char *type_message, int64_t *ns)
{
    *ns = -1;
    if (arg == Py_None)
        return 0;
    if (time_to_ns(arg, unit, ns) == 0)
        return 0;
    if (PyErr_ExceptionMatches(PyExc_TypeError))
        PyErr_SetString(PyExc_TypeError, type_message);
    return -1;
}

int
select_again(int64_t deadline, int64_t *ns)
{
    if (PyErr_CheckSignals() < 0)
        return -1;
    if (*ns < 0)
        return 1;
    *ns = time_left(deadline);
    return *ns >= 0;
}

/* ------------------------------------------------------------------ select */

/* One of select's three arguments: its objects, in order, and their descriptors. */
typedef struct {
    PyObject *objects;
    Py_ssize_t count;
    int fds[FD_SETSIZE];
    fd_set set;
} watched;

/* The highest descriptor plus 1, or -1 with an exception. */
static int
watch(PyObject *sequence, watched *w)
{
    int top = 0;
    FD_ZERO(&w->set);
    w->count = 0;
    w->objects = PyList_New(0);
    PyObject *items = w->objects == NULL ? NULL : PySequence_Fast(sequence, "arguments 1-3 must be sequences");
    if (items == NULL)
        return -1;
    /* A fileno() method may shorten the list while it is read. */
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items); i++) {
        PyObject *item = PySequence_Fast_GET_ITEM(items, i);
        int fd = PyObject_AsFileDescriptor(item);
        if (fd < 0)
            return -1;
        if (fd >= FD_SETSIZE) {
            PyErr_SetString(PyExc_ValueError, "filedescriptor out of range in select()");
            return -1;
        }
        if (w->count >= FD_SETSIZE) {
            PyErr_SetString(PyExc_ValueError, "too many file descriptors in select()");
            return -1;
        }
        if (PyList_Append(w->objects, item) < 0)
            return -1;
        FD_SET(fd, &w->set);
        w->fds[w->count++] = fd;
        top = Py_MAX(top, fd + 1);
    }
    return top;
}

static PyObject *
ready_objects(const watched *w)
{
    PyObject *list = PyList_New(0);
    for (Py_ssize_t i = 0; list != NULL && i < w->count; i++)
        if (FD_ISSET(w->fds[i], &w->set) && PyList_Append(list, PyList_GET_ITEM(w->objects, i)) < 0)
            return NULL;
    return list;
}

/* select(2) writes its sets: what is asked for stays in `asked`. */
static int
wait_select(int top, const watched asked[3], watched ready[3], int64_t ns)
{
    int64_t deadline = ns > 0 ? time_deadline(ns) : 0;
    for (;;) {
        struct timeval tv = {.tv_sec = ns / TIME_SECOND, .tv_usec = (ns % TIME_SECOND + 999) / 1000};
        int n, again;
        if (tv.tv_usec >= 1000000)
            tv = (struct timeval){.tv_sec = tv.tv_sec + 1};
        for (int i = 0; i < 3; i++)
            ready[i].set = asked[i].set;
        Py_BEGIN_ALLOW_THREADS
        n = select(top, &ready[0].set, &ready[1].set, &ready[2].set, ns < 0 ? NULL : &tv);
        Py_END_ALLOW_THREADS
        if (n >= 0)
            return n;
        if (errno != EINTR) {
            PyErr_SetFromErrno(PyExc_OSError);
            return -1;
        }
        if ((again = select_again(deadline, &ns)) <= 0) {
            for (int i = 0; i < 3; i++)
                FD_ZERO(&ready[i].set);
            return again;
        }
    }
}

static PyObject *
select_select(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *sequences[3], *timeout = Py_None, *lists[3];
    watched asked[3], ready[3];
    int64_t ns;
    int top = 0;
    if (!PyArg_ParseTuple(args, "OOO|O:select", &sequences[0], &sequences[1], &sequences[2], &timeout) ||
        select_timeout(timeout, TIME_SECOND, "timeout must be a float or None", &ns) < 0)
        return NULL;
    if (timeout != Py_None && ns < 0) {
        PyErr_SetString(PyExc_ValueError, "timeout must be non-negative");
        return NULL;
    }
    for (int i = 0; i < 3; i++) {
        int end = watch(sequences[i], &asked[i]);
        if (end < 0)
            return NULL;
        top = Py_MAX(top, end);
    }
    memcpy(ready, asked, sizeof ready);
    if (wait_select(top, asked, ready, ns) < 0)
        return NULL;
    for (int i = 0; i < 3; i++)
        if ((lists[i] = ready_objects(&ready[i])) == NULL)
            return NULL;
    return PyTuple_Pack(3, lists[0], lists[1], lists[2]);
}

/* ------------------------------------------------------------------ poll objects */

typedef struct {
    PyObject_HEAD
    PyObject *events; /* dict: descriptor -> mask, in the order of registration */
    int polling;
} poll_object;

static int
event_mask(PyObject *arg, void *mask)
{
    if (PyLong_Check(arg) && Py_SIZE(arg) < 0) {
        PyErr_SetString(PyExc_ValueError, "value must be positive");
        return 0;
    }
    unsigned long value = PyLong_AsUnsignedLong(arg);
    if (value == (unsigned long)-1 && PyErr_Occurred())
        return 0;
    if (value > USHRT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "Python int too large for C unsigned short");
        return 0;
    }
    *(unsigned short *)mask = (unsigned short)value;
    return 1;
}

static PyObject *
set_events(poll_object *self, int fd, unsigned short mask)
{
    if (PyDict_SetItem(self->events, PyLong_FromLong(fd), PyLong_FromLong(mask)) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
poll_register(PyObject *self, PyObject *args)
{
    PyObject *file;
    unsigned short mask = POLLIN | POLLPRI | POLLOUT;
    if (!PyArg_ParseTuple(args, "O|O&:register", &file, event_mask, &mask))
        return NULL;
    int fd = PyObject_AsFileDescriptor(file);
    return fd < 0 ? NULL : set_events((poll_object *)self, fd, mask);
}

static PyObject *
poll_modify(PyObject *self, PyObject *args)
{
    PyObject *file;
    unsigned short mask;
    if (!PyArg_ParseTuple(args, "OO&:modify", &file, event_mask, &mask))
        return NULL;
    int fd = PyObject_AsFileDescriptor(file);
    if (fd < 0)
        return NULL;
    int known = PyDict_Contains(((poll_object *)self)->events, PyLong_FromLong(fd));
    if (known == 0) {
        errno = ENOENT;
        PyErr_SetFromErrno(PyExc_OSError);
    }
    return known <= 0 ? NULL : set_events((poll_object *)self, fd, mask);
}

static PyObject *
poll_unregister(PyObject *self, PyObject *file)
{
    int fd = PyObject_AsFileDescriptor(file);
    if (fd < 0 || PyDict_DelItem(((poll_object *)self)->events, PyLong_FromLong(fd)) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* poll(2), again after signals.  The number of descriptors that are ready, or -1 with an exception. */
static int
wait_poll(struct pollfd *fds, nfds_t count, int64_t ns)
{
    int64_t deadline = ns > 0 ? time_deadline(ns) : 0;
    for (;;) {
        int n, again;
        Py_BEGIN_ALLOW_THREADS
        n = poll(fds, count, time_poll_ms(ns));
        Py_END_ALLOW_THREADS
        if (n >= 0)
            return n;
        if (errno != EINTR) {
            PyErr_SetFromErrno(PyExc_OSError);
            return -1;
        }
        if ((again = select_again(deadline, &ns)) <= 0)
            return again;
    }
}

static PyObject *
poll_once(poll_object *self, int64_t ns)
{
    Py_ssize_t count = PyDict_GET_SIZE(self->events), at = 0, i = 0;
    struct pollfd *fds = gcrt_alloc_leaf((size_t)Py_MAX(count, 1) * sizeof *fds);
    PyObject *fd, *mask;
    if (fds == NULL)
        return NULL;
    while (PyDict_Next(self->events, &at, &fd, &mask))
        fds[i++] = (struct pollfd){.fd = (int)PyLong_AsLong(fd), .events = (short)PyLong_AsLong(mask)};
    if (wait_poll(fds, (nfds_t)count, ns) < 0)
        return NULL;
    PyObject *list = PyList_New(0);
    for (i = 0; list != NULL && i < count; i++) {
        if (fds[i].revents == 0)
            continue;
        PyObject *pair = Py_BuildValue("(ii)", fds[i].fd, fds[i].revents & 0xffff);
        if (pair == NULL || PyList_Append(list, pair) < 0)
            return NULL;
    }
    return list;
}

static PyObject *
poll_poll(PyObject *op, PyObject *args)
{
    poll_object *self = (poll_object *)op;
    PyObject *timeout = Py_None;
    int64_t ns;
    if (!PyArg_ParseTuple(args, "|O:poll", &timeout) ||
        select_timeout(timeout, TIME_MILLISECOND, "timeout must be an integer or None", &ns) < 0)
        return NULL;
    if (ns / TIME_MILLISECOND >= INT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "timeout is too large");
        return NULL;
    }
    /* Another thread's poll(), or a signal handler's. */
    if (self->polling) {
        PyErr_SetString(PyExc_RuntimeError, "concurrent poll() invocation");
        return NULL;
    }
    self->polling = 1;
    PyObject *list = poll_once(self, ns);
    self->polling = 0;
    return list;
}

static PyMethodDef poll_methods[] = {
    {"register", poll_register, METH_VARARGS, "Watch a descriptor."},
    {"modify", poll_modify, METH_VARARGS, "Change what a descriptor is watched for."},
    {"unregister", poll_unregister, METH_O, "Watch a descriptor no longer."},
    {"poll", poll_poll, METH_VARARGS, "Wait; a list of (descriptor, events).  The time-out is in milliseconds."},
    {0},
};

static PyTypeObject poll_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "select.poll",
    .tp_basicsize = sizeof(poll_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_methods = poll_methods,
};

static PyObject *
select_poll(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    poll_object *self = (poll_object *)poll_type.tp_alloc(&poll_type, 0);
    if (self == NULL || (self->events = PyDict_New()) == NULL)
        return NULL;
    return (PyObject *)self;
}

/* ------------------------------------------------------------------ module */

#define C(name) {#name, name}
static const select_constant constants[] = {
    C(PIPE_BUF),   C(POLLIN),     C(POLLPRI),    C(POLLOUT),    C(POLLERR), C(POLLHUP),  C(POLLNVAL),
    C(POLLRDNORM), C(POLLRDBAND), C(POLLWRNORM), C(POLLWRBAND), C(POLLMSG), C(POLLRDHUP),
};
static PyMethodDef select_methods[] = {
    {"select", select_select, METH_VARARGS, "Wait until descriptors are ready; three lists.  Time-outs are in seconds."},
    {"poll", select_poll, METH_NOARGS, "A poll object."},
    {0},
};
static PyModuleDef select_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "select",
    .m_doc = "Waiting for descriptors to be ready.",
    .m_size = -1,
    .m_methods = select_methods,
};

PyObject *
PyInit_select(void)
{
    PyObject *module = PyModule_Create(&select_def);
    if (module == NULL || PyType_Ready(&poll_type) < 0 || PyModule_AddObject(module, "error", PyExc_OSError) < 0)
        return NULL;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(constants); i++)
        if (PyModule_AddIntConstant(module, constants[i].name, constants[i].value) < 0)
            return NULL;
    return select_add_epoll(module) < 0 ? NULL : module;
}
