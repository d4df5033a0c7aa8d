/* socket_object.c: the socket type: making, closing, options, addresses of its ends. */
#include "socket_module.h"
#include "gc_module.h"
#include "structmember.h"

#include <fcntl.h>
#include <sys/ioctl.h>

int64_t socket_default_timeout = -1;

PyObject *
socket_error(void)
{
    return PyErr_SetFromErrno(PyExc_OSError);
}

static socket_object *
as_socket(PyObject *op)
{
    return (socket_object *)op;
}

/* ------------------------------------------------------------------ making */

static int
set_blocking(int fd, int blocking)
{
    int flag = !blocking;
    if (ioctl(fd, FIONBIO, &flag) == 0)
        return 0;
    socket_error();
    return -1;
}

/* 0, or -1 with an exception; the descriptor is the object's in both cases. */
static int
take_over(socket_object *self, int fd, int family, int type, int proto)
{
    self->fd = fd;
    self->family = family;
    self->type = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
    self->proto = proto;
    if (type & SOCK_NONBLOCK) {
        self->timeout = 0;
        return 0;
    }
    self->timeout = socket_default_timeout;
    return self->timeout >= 0 ? set_blocking(fd, 0) : 0;
}

PyObject *
socket_wrap(PyTypeObject *type, int fd, int family, int kind, int proto)
{
    PyObject *self = type->tp_new(type, NULL, NULL);
    if (self == NULL)
        close(fd);
    else if (take_over(as_socket(self), fd, family, kind, proto) < 0)
        return NULL;
    return self;
}

static PyObject *
socket_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwds))
{
    socket_object *self = as_socket(type->tp_alloc(type, 0));
    if (self != NULL) {
        self->fd = -1;
        self->timeout = -1;
    }
    return (PyObject *)self;
}

/* What the caller did not say about an open descriptor is asked of the kernel. */
static int
ask_kernel(int fd, int *family, int *type, int *proto)
{
    static const int options[] = {SO_DOMAIN, SO_TYPE, SO_PROTOCOL};
    int *answers[] = {family, type, proto};
    struct sockaddr_storage name;
    socklen_t size = sizeof name;
    /* Also with all given: what is no socket must be refused. */
    if (getsockname(fd, (struct sockaddr *)&name, &size) < 0 && (*family == -1 || errno == EBADF || errno == ENOTSOCK))
        return -1;
    for (int i = 0; i < 3; i++) {
        size = sizeof(int);
        if (*answers[i] == -1 && getsockopt(fd, SOL_SOCKET, options[i], answers[i], &size) < 0)
            return -1;
    }
    return 0;
}

static int
given_descriptor(PyObject *fileno, int *fd)
{
    *fd = _PyLong_AsInt(fileno);
    if (*fd < 0 && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "negative file descriptor");
    return *fd < 0 ? -1 : 0;
}

static int
socket_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"family", "type", "proto", "fileno", NULL};
    int family = -1, type = -1, proto = -1, fd;
    PyObject *fileno = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|iiiO:socket", keywords, &family, &type, &proto, &fileno))
        return -1;
    if (fileno != Py_None) {
        if (given_descriptor(fileno, &fd) < 0)
            return -1;
        if (ask_kernel(fd, &family, &type, &proto) < 0) {
            socket_error();
            return -1;
        }
    } else {
        family = family == -1 ? AF_INET : family;
        type = type == -1 ? SOCK_STREAM : type;
        proto = proto == -1 ? 0 : proto;
        do
            fd = socket(family, type | SOCK_CLOEXEC, proto);
        while (fd < 0 && gc_module_freed_descriptors());
        if (fd < 0) {
            socket_error();
            return -1;
        }
    }
    if (take_over(as_socket(self), fd, family, type, proto) == 0)
        return 0;
    as_socket(self)->fd = -1;
    if (fileno == Py_None)
        close(fd);
    return -1;
}

/* ------------------------------------------------------------------ closing */

PyObject *
socket_close_fd(int fd)
{
    int rc;
    Py_BEGIN_ALLOW_THREADS
    rc = close(fd);
    Py_END_ALLOW_THREADS
    /* A reset by the peer that nobody read of before is no error of closing. */
    if (rc < 0 && errno != ECONNRESET)
        return socket_error();
    Py_RETURN_NONE;
}

static PyObject *
socket_close(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    socket_object *self = as_socket(op);
    int fd = self->fd;
    self->fd = -1;
    return fd < 0 ? Py_None : socket_close_fd(fd);
}

static PyObject *
socket_detach(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    int fd = as_socket(op)->fd;
    as_socket(op)->fd = -1;
    return PyLong_FromLong(fd);
}

/* A socket that is dropped without close() is closed here, with the warning that CPython gives. */
static void
socket_finalize(PyObject *op)
{
    socket_object *self = as_socket(op);
    if (self->fd < 0)
        return;
    if (PyErr_ResourceWarning(op, 1, "unclosed %R", op) < 0)
        PyErr_WriteUnraisable(op);
    if (self->fd >= 0)
        close(self->fd);
    self->fd = -1;
}

static PyObject *
socket_repr(PyObject *op)
{
    socket_object *self = as_socket(op);
    return PyUnicode_FromFormat("<socket object, fd=%d, family=%d, type=%d, proto=%d>", self->fd, self->family,
                                self->type, self->proto);
}

/* ------------------------------------------------------------------ ends */

static PyObject *
socket_fileno(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(as_socket(self)->fd);
}

static PyObject *
socket_bind(PyObject *op, PyObject *arg)
{
    socket_address address;
    if (socket_address_parse(as_socket(op), arg, &address, "bind") < 0)
        return NULL;
    if (bind(as_socket(op)->fd, &address.sa, address.size) < 0)
        return socket_error();
    Py_RETURN_NONE;
}

static PyObject *
socket_listen(PyObject *op, PyObject *args)
{
    int backlog = Py_MIN(SOMAXCONN, 128);
    if (!PyArg_ParseTuple(args, "|i:listen", &backlog))
        return NULL;
    if (listen(as_socket(op)->fd, Py_MAX(backlog, 0)) < 0)
        return socket_error();
    Py_RETURN_NONE;
}

static PyObject *
socket_shutdown(PyObject *op, PyObject *arg)
{
    int how = _PyLong_AsInt(arg);
    if (how == -1 && PyErr_Occurred())
        return NULL;
    if (shutdown(as_socket(op)->fd, how) < 0)
        return socket_error();
    Py_RETURN_NONE;
}

static PyObject *
name_of_end(PyObject *op, int (*ask)(int, struct sockaddr *, socklen_t *))
{
    socket_address address;
    if (socket_address_clear(as_socket(op), &address) < 0)
        return NULL;
    if (ask(as_socket(op)->fd, &address.sa, &address.size) < 0)
        return socket_error();
    return socket_address_object(&address.sa, address.size);
}
static PyObject *
socket_getsockname(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    return name_of_end(op, getsockname);
}
static PyObject *
socket_getpeername(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    return name_of_end(op, getpeername);
}

/* ------------------------------------------------------------------ options */

static PyObject *
socket_getsockopt(PyObject *op, PyObject *args)
{
    int level, option, flag = 0;
    Py_ssize_t length = 0;
    if (!PyArg_ParseTuple(args, "ii|n:getsockopt", &level, &option, &length))
        return NULL;
    if (length == 0) {
        socklen_t size = sizeof flag;
        if (getsockopt(as_socket(op)->fd, level, option, &flag, &size) < 0)
            return socket_error();
        return PyLong_FromLong(flag);
    }
    char value[1024];
    if (length < 0 || length > (Py_ssize_t)sizeof value) {
        PyErr_SetString(PyExc_OSError, "getsockopt buflen out of range");
        return NULL;
    }
    socklen_t size = (socklen_t)length;
    if (getsockopt(as_socket(op)->fd, level, option, value, &size) < 0)
        return socket_error();
    return PyBytes_FromStringAndSize(value, (Py_ssize_t)size);
}

/* The value is an int, bytes, or None with a length. */
static PyObject *
socket_setsockopt(PyObject *op, PyObject *args)
{
    int level, option, flag, rc;
    unsigned length;
    PyObject *none;
    Py_buffer view;
    int fd = as_socket(op)->fd;
    if (PyArg_ParseTuple(args, "iii:setsockopt", &level, &option, &flag)) {
        rc = setsockopt(fd, level, option, &flag, sizeof flag);
    } else if (PyErr_Clear(), PyArg_ParseTuple(args, "iiO!I:setsockopt", &level, &option, Py_TYPE(Py_None), &none,
                                               &length)) {
        rc = setsockopt(fd, level, option, NULL, (socklen_t)length);
    } else {
        PyErr_Clear();
        if (!PyArg_ParseTuple(args, "iiy*:setsockopt", &level, &option, &view))
            return NULL;
        if (view.len > INT_MAX) {
            PyBuffer_Release(&view);
            return PyErr_Format(PyExc_OverflowError, "socket option is larger than %i bytes", INT_MAX);
        }
        rc = setsockopt(fd, level, option, view.buf, (socklen_t)view.len);
        PyBuffer_Release(&view);
    }
    if (rc < 0)
        return socket_error();
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ time-outs */

int
socket_parse_timeout(PyObject *arg, int64_t *ns)
{
    *ns = -1;
    if (arg == Py_None)
        return 0;
    if (time_to_ns(arg, TIME_SECOND, ns) < 0)
        return -1;
    if (*ns < 0) {
        PyErr_SetString(PyExc_ValueError, "Timeout value out of range");
        return -1;
    }
    if (*ns / TIME_MILLISECOND >= INT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "timeout doesn't fit into C timeval");
        return -1;
    }
    return 0;
}

static PyObject *
change_timeout(PyObject *op, int64_t ns)
{
    as_socket(op)->timeout = ns;
    if (set_blocking(as_socket(op)->fd, ns < 0) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
socket_settimeout(PyObject *op, PyObject *arg)
{
    int64_t ns;
    return socket_parse_timeout(arg, &ns) < 0 ? NULL : change_timeout(op, ns);
}

static PyObject *
socket_setblocking(PyObject *op, PyObject *arg)
{
    int blocking = PyObject_IsTrue(arg);
    return blocking < 0 ? NULL : change_timeout(op, blocking ? -1 : 0);
}

static PyObject *
socket_getblocking(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    return PyBool_FromLong(as_socket(op)->timeout != 0);
}

static PyObject *
get_timeout(PyObject *op, void *Py_UNUSED(closure))
{
    int64_t ns = as_socket(op)->timeout;
    return ns < 0 ? Py_None : PyFloat_FromDouble((double)ns / 1e9);
}
static PyObject *
socket_gettimeout(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    return get_timeout(op, NULL);
}

/* ------------------------------------------------------------------ the type */

/* Those of socket_io.c and socket_message.c are added when the type is ready. */
static PyMethodDef socket_methods[] = {
    {"bind", socket_bind, METH_O, "Give it an address of this machine."},
    {"close", socket_close, METH_NOARGS, "Close."},
    {"detach", socket_detach, METH_NOARGS, "Close the object, not the descriptor, which is returned."},
    {"fileno", socket_fileno, METH_NOARGS, "The descriptor; -1 when closed."},
    {"getpeername", socket_getpeername, METH_NOARGS, "The other end's address."},
    {"getsockname", socket_getsockname, METH_NOARGS, "This end's address."},
    {"getsockopt", socket_getsockopt, METH_VARARGS, "An option: an int, or bytes when a length is given."},
    {"setsockopt", socket_setsockopt, METH_VARARGS, "Set an option to an int, to bytes, or to None with a length."},
    {"listen", socket_listen, METH_VARARGS, "Let others connect."},
    {"shutdown", socket_shutdown, METH_O, "End one direction or both."},
    {"setblocking", socket_setblocking, METH_O, "Wait for ever, or never."},
    {"getblocking", socket_getblocking, METH_NOARGS, "Whether calls wait."},
    {"settimeout", socket_settimeout, METH_O, "How many seconds calls wait; None: for ever."},
    {"gettimeout", socket_gettimeout, METH_NOARGS, "How many seconds calls wait; None: for ever."},
    {0},
};
static PyMemberDef socket_members[] = {
    {"family", T_INT, offsetof(socket_object, family), READONLY, "the socket family"},
    {"type", T_INT, offsetof(socket_object, type), READONLY, "the socket type"},
    {"proto", T_INT, offsetof(socket_object, proto), READONLY, "the socket protocol"},
    {0},
};
static PyGetSetDef socket_getset[] = {
    {"timeout", get_timeout, NULL, "the socket timeout", NULL},
    {0},
};
PyTypeObject socket_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "_socket.socket",
    .tp_basicsize = sizeof(socket_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "socket(family=AF_INET, type=SOCK_STREAM, proto=0, fileno=None): one end of a connection.",
    .tp_repr = socket_repr,
    .tp_methods = socket_methods,
    .tp_members = socket_members,
    .tp_getset = socket_getset,
    .tp_finalize = socket_finalize,
    .tp_init = socket_init,
    .tp_new = socket_new,
};
