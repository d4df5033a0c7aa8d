/* socket_io.c: what may have to wait: connect, accept, send and receive.
 *
 * A socket with a time-out does not block in the kernel: its descriptor is non-blocking, and poll(2) waits.  A call that
 * a signal interrupted is made again after the handlers, as PEP 475 has it. */
#include "socket_module.h"
#include "gc_module.h"

#include <poll.h>

/* ------------------------------------------------------------------ waiting */

/* 1: call again, 0: it failed for another reason than a signal, -1: a handler raised. */
static int
interrupted(void)
{
    if (errno != EINTR)
        return 0;
    return PyErr_CheckSignals() < 0 ? -1 : 1;
}

/* 1 ready, 0 the time is up, -1 an exception. */
static int
wait_ready(socket_object *self, short events, int forever, int64_t deadline)
{
    for (;;) {
        int64_t left = forever ? -1 : time_left(deadline);
        struct pollfd fd = {.fd = self->fd, .events = events};
        int n;
        if (self->fd < 0)
            return 1; /* the call itself says EBADF */
        if (!forever && left < 0)
            return 0;
        Py_BEGIN_ALLOW_THREADS
        n = poll(&fd, 1, time_poll_ms(left));
        Py_END_ALLOW_THREADS
        if (n > 0)
            return 1;
        if (n < 0) {
            int again = interrupted();
            if (again == 0)
                socket_error();
            if (again <= 0)
                return -1;
        }
    }
}

static void
timed_out(void)
{
    PyErr_SetString(PyExc_TimeoutError, "timed out");
}

ssize_t
socket_call(socket_object *self, short events, socket_attempt attempt, void *data, const int64_t *deadline)
{
    int64_t own = self->timeout > 0 && deadline == NULL ? time_deadline(self->timeout) : 0;
    for (;;) {
        if (self->timeout > 0) {
            int ready = wait_ready(self, events, 0, deadline != NULL ? *deadline : own);
            if (ready == 0)
                timed_out();
            if (ready <= 0)
                return -1;
        }
        ssize_t n;
        int again;
        do {
            Py_BEGIN_ALLOW_THREADS
            n = attempt(self->fd, data);
            Py_END_ALLOW_THREADS
        } while (n < 0 && (again = interrupted()) > 0);
        if (n >= 0)
            return n;
        if (again < 0)
            return -1;
        /* Ready is a hint: another process may have taken what there was. */
        if (self->timeout > 0 && errno == EAGAIN)
            continue;
        socket_error();
        return -1;
    }
}

/* ------------------------------------------------------------------ connect and accept */

enum { CONNECT_RAISED = -1, CONNECT_TIMED_OUT = -2 };

/* 0 connected, an errno, or one of the above. */
static int
connect_to(socket_object *self, const socket_address *to)
{
    int64_t deadline = self->timeout > 0 ? time_deadline(self->timeout) : 0;
    int rc, error = 0;
    socklen_t size = sizeof error;
    Py_BEGIN_ALLOW_THREADS
    rc = connect(self->fd, &to->sa, to->size);
    Py_END_ALLOW_THREADS
    if (rc == 0)
        return 0;
    if (errno == EINTR) {
        /* The kernel goes on connecting: asking again would be an error. */
        if (PyErr_CheckSignals() < 0)
            return CONNECT_RAISED;
        if (self->timeout == 0)
            return EINTR;
    } else if (self->timeout <= 0 || errno != EINPROGRESS) {
        return errno;
    }
    int ready = wait_ready(self, POLLOUT, self->timeout < 0, deadline);
    if (ready <= 0)
        return ready < 0 ? CONNECT_RAISED : CONNECT_TIMED_OUT;
    if (getsockopt(self->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        return errno;
    return error == EISCONN ? 0 : error;
}

static PyObject *
socket_connect(PyObject *op, PyObject *arg)
{
    socket_object *self = (socket_object *)op;
    socket_address to;
    if (socket_address_parse(self, arg, &to, "connect") < 0)
        return NULL;
    int error = connect_to(self, &to);
    if (error == 0)
        Py_RETURN_NONE;
    if (error == CONNECT_TIMED_OUT)
        timed_out();
    if (error < 0)
        return NULL;
    errno = error;
    return socket_error();
}

static PyObject *
socket_connect_ex(PyObject *op, PyObject *arg)
{
    socket_object *self = (socket_object *)op;
    socket_address to;
    if (socket_address_parse(self, arg, &to, "connect_ex") < 0)
        return NULL;
    int error = connect_to(self, &to);
    if (error == CONNECT_TIMED_OUT)
        error = EWOULDBLOCK;
    return error < 0 ? NULL : PyLong_FromLong(error);
}

static ssize_t
try_accept(int fd, void *from)
{
    socket_address *address = from;
    int accepted;
    do
        accepted = accept4(fd, &address->sa, &address->size, SOCK_CLOEXEC);
    while (accepted < 0 && gc_module_freed_descriptors());
    return accepted;
}

static PyObject *
socket_accept(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    socket_object *self = (socket_object *)op;
    socket_address from;
    if (socket_address_clear(self, &from) < 0)
        return NULL;
    int fd = (int)socket_call(self, POLLIN, try_accept, &from, NULL);
    if (fd < 0)
        return NULL;
    PyObject *address = socket_address_object(&from.sa, from.size);
    PyObject *pair = address == NULL ? NULL : Py_BuildValue("(iO)", fd, address);
    if (pair == NULL)
        close(fd);
    return pair;
}

/* ------------------------------------------------------------------ receive */

typedef struct {
    void *data;
    size_t size;
    int flags;
    socket_address *peer; /* NULL: the connected one */
} transfer;

static ssize_t
try_receive(int fd, void *arg)
{
    transfer *t = arg;
    if (t->peer == NULL)
        return recv(fd, t->data, t->size, t->flags);
    return recvfrom(fd, t->data, t->size, t->flags, &t->peer->sa, &t->peer->size);
}

/* Bytes.  Mostly more room is asked for than what arrives: it is of libc's, which does not zero it, and the bytes object
 * is made when its size is known. */
static PyObject *
receive_bytes(socket_object *self, Py_ssize_t size, int flags, socket_address *from, const char *caller)
{
    if (size < 0)
        return PyErr_Format(PyExc_ValueError, "negative buffersize in %s", caller);
    char small[4096];
    transfer t = {.size = (size_t)size, .flags = flags, .peer = from};
    t.data = t.size <= sizeof small ? small : malloc(t.size);
    if (t.data == NULL)
        return PyErr_NoMemory();
    ssize_t n = socket_call(self, POLLIN, try_receive, &t, NULL);
    /* With MSG_TRUNC the kernel tells the whole length. */
    PyObject *bytes = n < 0 ? NULL : PyBytes_FromStringAndSize(t.data, Py_MIN(n, size));
    if (t.data != small)
        free(t.data);
    return bytes;
}

static PyObject *
socket_recv(PyObject *self, PyObject *args)
{
    Py_ssize_t size;
    int flags = 0;
    if (!PyArg_ParseTuple(args, "n|i:recv", &size, &flags))
        return NULL;
    return receive_bytes((socket_object *)self, size, flags, NULL, "recv");
}

static PyObject *
socket_recvfrom(PyObject *op, PyObject *args)
{
    socket_object *self = (socket_object *)op;
    Py_ssize_t size;
    int flags = 0;
    socket_address from;
    if (!PyArg_ParseTuple(args, "n|i:recvfrom", &size, &flags) || socket_address_clear(self, &from) < 0)
        return NULL;
    PyObject *bytes = receive_bytes(self, size, flags, &from, "recvfrom");
    PyObject *address = bytes == NULL ? NULL : socket_address_object(&from.sa, from.size);
    return address == NULL ? NULL : PyTuple_Pack(2, bytes, address);
}

/* How many bytes came into the buffer, or -1 with an exception. */
static ssize_t
receive_into(socket_object *self, PyObject *args, PyObject *kwds, socket_address *from)
{
    static char *keywords[] = {"buffer", "nbytes", "flags", NULL};
    Py_buffer view;
    Py_ssize_t size = 0;
    int flags = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, from != NULL ? "w*|ni:recvfrom_into" : "w*|ni:recv_into", keywords,
                                     &view, &size, &flags))
        return -1;
    ssize_t n = -1;
    if (size < 0)
        PyErr_Format(PyExc_ValueError, "negative buffersize in %s", from != NULL ? "recvfrom_into" : "recv_into");
    else if (size > view.len)
        PyErr_SetString(PyExc_ValueError, from != NULL ? "nbytes is greater than the length of the buffer"
                                                       : "buffer too small for requested bytes");
    else {
        transfer t = {view.buf, (size_t)(size > 0 ? size : view.len), flags, from};
        n = socket_call(self, POLLIN, try_receive, &t, NULL);
    }
    PyBuffer_Release(&view);
    return n;
}

static PyObject *
socket_recv_into(PyObject *self, PyObject *args, PyObject *kwds)
{
    ssize_t n = receive_into((socket_object *)self, args, kwds, NULL);
    return n < 0 ? NULL : PyLong_FromSsize_t(n);
}

static PyObject *
socket_recvfrom_into(PyObject *op, PyObject *args, PyObject *kwds)
{
    socket_object *self = (socket_object *)op;
    socket_address from;
    if (socket_address_clear(self, &from) < 0)
        return NULL;
    ssize_t n = receive_into(self, args, kwds, &from);
    PyObject *address = n < 0 ? NULL : socket_address_object(&from.sa, from.size);
    return address == NULL ? NULL : Py_BuildValue("(nO)", (Py_ssize_t)n, address);
}

/* ------------------------------------------------------------------ send */

static ssize_t
try_send(int fd, void *arg)
{
    transfer *t = arg;
    if (t->peer == NULL)
        return send(fd, t->data, t->size, t->flags);
    return sendto(fd, t->data, t->size, t->flags, &t->peer->sa, t->peer->size);
}

static PyObject *
socket_send(PyObject *self, PyObject *args)
{
    Py_buffer view;
    int flags = 0;
    if (!PyArg_ParseTuple(args, "y*|i:send", &view, &flags))
        return NULL;
    transfer t = {view.buf, (size_t)view.len, flags, NULL};
    ssize_t n = socket_call((socket_object *)self, POLLOUT, try_send, &t, NULL);
    PyBuffer_Release(&view);
    return n < 0 ? NULL : PyLong_FromSsize_t(n);
}

/* The time-out is for all of it. */
static PyObject *
socket_sendall(PyObject *op, PyObject *args)
{
    socket_object *self = (socket_object *)op;
    Py_buffer view;
    int flags = 0, failed = 0;
    if (!PyArg_ParseTuple(args, "y*|i:sendall", &view, &flags))
        return NULL;
    int64_t deadline = self->timeout > 0 ? time_deadline(self->timeout) : 0;
    transfer t = {view.buf, (size_t)view.len, flags, NULL};
    do {
        ssize_t n = socket_call(self, POLLOUT, try_send, &t, &deadline);
        failed = n < 0 || PyErr_CheckSignals() < 0;
        if (!failed) {
            t.data = (char *)t.data + n;
            t.size -= (size_t)n;
        }
    } while (!failed && t.size > 0);
    PyBuffer_Release(&view);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
socket_sendto(PyObject *op, PyObject *args)
{
    socket_object *self = (socket_object *)op;
    Py_ssize_t given = PyTuple_GET_SIZE(args);
    PyObject *arg;
    Py_buffer view;
    int flags = 0;
    if (given < 2 || given > 3)
        return PyErr_Format(PyExc_TypeError, "sendto() takes 2 or 3 arguments (%zd given)", given);
    if (!(given == 2 ? PyArg_ParseTuple(args, "y*O:sendto", &view, &arg)
                     : PyArg_ParseTuple(args, "y*iO:sendto", &view, &flags, &arg)))
        return NULL;
    socket_address to;
    ssize_t n = -1;
    if (socket_address_parse(self, arg, &to, "sendto") == 0) {
        transfer t = {view.buf, (size_t)view.len, flags, &to};
        n = socket_call(self, POLLOUT, try_send, &t, NULL);
    }
    PyBuffer_Release(&view);
    return n < 0 ? NULL : PyLong_FromSsize_t(n);
}

#define KEYWORDS(f) _PyCFunction_CAST(f), METH_VARARGS | METH_KEYWORDS
PyMethodDef socket_io_methods[] = {
    {"_accept", socket_accept, METH_NOARGS, "Wait for a connection: (descriptor, address)."},
    {"connect", socket_connect, METH_O, "Connect to an address."},
    {"connect_ex", socket_connect_ex, METH_O, "Connect; an error number instead of an exception."},
    {"recv", socket_recv, METH_VARARGS, "Receive up to so many bytes."},
    {"recvfrom", socket_recvfrom, METH_VARARGS, "Receive: (bytes, address of the sender)."},
    {"recv_into", KEYWORDS(socket_recv_into), "Receive into a buffer; the number of bytes."},
    {"recvfrom_into", KEYWORDS(socket_recvfrom_into), "Receive into a buffer: (number of bytes, address)."},
    {"send", socket_send, METH_VARARGS, "Send; the number of bytes that the system took."},
    {"sendall", socket_sendall, METH_VARARGS, "Send all."},
    {"sendto", socket_sendto, METH_VARARGS, "Send to an address: sendto(data[, flags], address)."},
    {0},
};
