/* socket_message.c: sendmsg and recvmsg: several buffers, and ancillary data (descriptors, credentials). */
#include "socket_module.h"

#include <poll.h>

/* ------------------------------------------------------------------ several buffers */

typedef struct {
    Py_ssize_t count;
    Py_buffer *views; /* scanned memory: they hold objects */
    struct iovec *parts;
} buffers;

static void
release(buffers *b)
{
    for (Py_ssize_t i = 0; i < b->count; i++)
        PyBuffer_Release(&b->views[i]);
    b->count = 0;
}

static int
take_buffers(PyObject *iterable, int writable, const char *caller, buffers *b)
{
    char message[100];
    *b = (buffers){0};
    snprintf(message, sizeof message, "%s() argument 1 must be an iterable", caller);
    PyObject *items = PySequence_Fast(iterable, message);
    if (items == NULL)
        return -1;
    Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
    if (count > INT_MAX) {
        PyErr_Format(PyExc_OSError, "%s() argument 1 is too long", caller);
        return -1;
    }
    b->views = gcrt_alloc_words((size_t)Py_MAX(count, 1) * sizeof *b->views / 8);
    b->parts = gcrt_alloc_leaf((size_t)Py_MAX(count, 1) * sizeof *b->parts);
    if (b->views == NULL || b->parts == NULL)
        return -1;
    for (; b->count < count; b->count++) {
        Py_buffer *view = &b->views[b->count];
        PyObject *item = PySequence_Fast_GET_ITEM(items, b->count);
        int taken = writable ? PyArg_Parse(item,
                                           "w*;recvmsg_into() argument 1 must be an iterable of single-segment "
                                           "read-write buffers",
                                           view)
                             : PyObject_GetBuffer(item, view, PyBUF_SIMPLE) == 0;
        if (!taken) {
            release(b);
            return -1;
        }
        b->parts[b->count] = (struct iovec){view->buf, (size_t)view->len};
    }
    return 0;
}

typedef struct {
    struct msghdr header;
    int flags;
} message;

/* ------------------------------------------------------------------ receive */

static ssize_t
try_receive(int fd, void *arg)
{
    message *m = arg;
    return recvmsg(fd, &m->header, m->flags);
}

/* The bytes of one item that have arrived: the kernel cuts off what finds no room. */
static size_t
arrived(const struct msghdr *header, const struct cmsghdr *item)
{
    size_t before = (size_t)((const char *)CMSG_DATA(item) - (const char *)header->msg_control);
    size_t room = before < header->msg_controllen ? header->msg_controllen - before : 0;
    size_t said = item->cmsg_len < CMSG_LEN(0) ? 0 : item->cmsg_len - CMSG_LEN(0);
    return Py_MIN(said, room);
}

static PyObject *
ancillary_list(struct msghdr *header)
{
    PyObject *list = PyList_New(0);
    if (header->msg_controllen == 0)
        return list;
    for (struct cmsghdr *item = CMSG_FIRSTHDR(header); list != NULL && item != NULL; item = CMSG_NXTHDR(header, item)) {
        if (item->cmsg_len < CMSG_LEN(0)) {
            if (PyErr_WarnEx(PyExc_RuntimeWarning, "received malformed or improperly-truncated ancillary data", 1) < 0)
                return NULL;
            break;
        }
        PyObject *entry = Py_BuildValue("(iiy#)", item->cmsg_level, item->cmsg_type, CMSG_DATA(item),
                                        (Py_ssize_t)arrived(header, item));
        if (entry == NULL || PyList_Append(list, entry) < 0)
            return NULL;
    }
    return list;
}

/* Descriptors that came, when the program will never hear of them. */
static void
close_received(struct msghdr *header)
{
    for (struct cmsghdr *item = CMSG_FIRSTHDR(header); item != NULL; item = CMSG_NXTHDR(header, item)) {
        if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = 0; at + sizeof(int) <= arrived(header, item); at += sizeof(int)) {
            int fd;
            memcpy(&fd, CMSG_DATA(item) + at, sizeof fd);
            close(fd);
        }
    }
}

/* The common part of recvmsg and recvmsg_into: (first(n), ancillary data, flags, address). */
static PyObject *
receive(socket_object *self, struct iovec *parts, size_t count, Py_ssize_t ancillary, int flags, PyObject *bytes)
{
    socket_address from;
    if (socket_address_clear(self, &from) < 0)
        return NULL;
    if (ancillary < 0 || ancillary > INT_MAX) {
        PyErr_SetString(PyExc_ValueError, "invalid ancillary data buffer length");
        return NULL;
    }
    void *control = ancillary > 0 ? gcrt_alloc_leaf((size_t)ancillary) : NULL;
    if (ancillary > 0 && control == NULL)
        return NULL;
    message m = {.flags = flags,
                 .header = {.msg_name = &from.any,
                            .msg_namelen = from.size,
                            .msg_iov = parts,
                            .msg_iovlen = count,
                            .msg_control = control,
                            .msg_controllen = (size_t)ancillary}};
    ssize_t n = socket_call(self, POLLIN, try_receive, &m, NULL);
    if (n < 0)
        return NULL;
    PyObject *first = bytes == NULL ? PyLong_FromSsize_t(n)
                                    : PyBytes_FromStringAndSize(PyBytes_AS_STRING(bytes),
                                                                Py_MIN(n, PyBytes_GET_SIZE(bytes)));
    PyObject *items = first == NULL ? NULL : ancillary_list(&m.header);
    PyObject *address = items == NULL ? NULL
                                      : socket_address_object(&from.sa, Py_MIN(m.header.msg_namelen,
                                                                               (socklen_t)sizeof from.any));
    PyObject *result = address == NULL ? NULL : Py_BuildValue("(OOiO)", first, items, m.header.msg_flags, address);
    if (result == NULL)
        close_received(&m.header);
    return result;
}

static PyObject *
socket_recvmsg(PyObject *self, PyObject *args)
{
    Py_ssize_t size, ancillary = 0;
    int flags = 0;
    if (!PyArg_ParseTuple(args, "n|ni:recvmsg", &size, &ancillary, &flags))
        return NULL;
    if (size < 0) {
        PyErr_SetString(PyExc_ValueError, "negative buffer size in recvmsg()");
        return NULL;
    }
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, size);
    if (bytes == NULL)
        return NULL;
    struct iovec part = {PyBytes_AS_STRING(bytes), (size_t)size};
    return receive((socket_object *)self, &part, 1, ancillary, flags, bytes);
}

static PyObject *
socket_recvmsg_into(PyObject *self, PyObject *args)
{
    PyObject *iterable;
    Py_ssize_t ancillary = 0;
    int flags = 0;
    buffers into;
    if (!PyArg_ParseTuple(args, "O|ni:recvmsg_into", &iterable, &ancillary, &flags) ||
        take_buffers(iterable, 1, "recvmsg_into", &into) < 0)
        return NULL;
    PyObject *result = receive((socket_object *)self, into.parts, (size_t)into.count, ancillary, flags, NULL);
    release(&into);
    return result;
}

/* ------------------------------------------------------------------ send */

static ssize_t
try_send(int fd, void *arg)
{
    message *m = arg;
    return sendmsg(fd, &m->header, m->flags);
}

/* Room for one item more: grows *control to its new size; NULL with an exception. */
static struct cmsghdr *
add_item(char **control, size_t *used, size_t length)
{
    if (length > INT_MAX) {
        PyErr_SetString(PyExc_OSError, "ancillary data item too large");
        return NULL;
    }
    size_t space = CMSG_SPACE(length);
    if (*used + space > INT_MAX) {
        PyErr_SetString(PyExc_OSError, "too much ancillary data");
        return NULL;
    }
    char *grown = gcrt_alloc_leaf(*used + space);
    if (grown == NULL)
        return NULL;
    if (*used > 0)
        memcpy(grown, *control, *used);
    struct cmsghdr *item = (struct cmsghdr *)(grown + *used);
    *control = grown;
    *used += space;
    return item;
}

/* Iterable of (level, type, data) as the kernel wants it. */
static int
pack_ancillary(PyObject *iterable, char **control, size_t *used)
{
    PyObject *items = PySequence_Fast(iterable, "sendmsg() argument 2 must be an iterable");
    if (items == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items); i++) {
        int level, type;
        Py_buffer data;
        if (!PyArg_Parse(PySequence_Fast_GET_ITEM(items, i), "(iiy*):[sendmsg() ancillary data items]", &level, &type,
                         &data))
            return -1;
        struct cmsghdr *item = add_item(control, used, (size_t)data.len);
        if (item != NULL) {
            *item = (struct cmsghdr){.cmsg_len = CMSG_LEN((size_t)data.len), .cmsg_level = level, .cmsg_type = type};
            memcpy(CMSG_DATA(item), data.buf, (size_t)data.len);
        }
        PyBuffer_Release(&data);
        if (item == NULL)
            return -1;
    }
    return 0;
}

static PyObject *
socket_sendmsg(PyObject *op, PyObject *args)
{
    socket_object *self = (socket_object *)op;
    PyObject *iterable, *ancillary = NULL, *address = Py_None;
    int flags = 0;
    buffers from;
    socket_address to;
    char *control = NULL;
    size_t used = 0;
    if (!PyArg_ParseTuple(args, "O|OiO:sendmsg", &iterable, &ancillary, &flags, &address))
        return NULL;
    message m = {.flags = flags};
    if (address != Py_None) {
        if (socket_address_parse(self, address, &to, "sendmsg") < 0)
            return NULL;
        m.header.msg_name = &to.any;
        m.header.msg_namelen = to.size;
    }
    if (take_buffers(iterable, 0, "sendmsg", &from) < 0)
        return NULL;
    ssize_t n = -1;
    if (ancillary == NULL || pack_ancillary(ancillary, &control, &used) == 0) {
        m.header.msg_iov = from.parts;
        m.header.msg_iovlen = (size_t)from.count;
        m.header.msg_control = control;
        m.header.msg_controllen = used;
        n = socket_call(self, POLLOUT, try_send, &m, NULL);
    }
    release(&from);
    return n < 0 ? NULL : PyLong_FromSsize_t(n);
}

PyMethodDef socket_message_methods[] = {
    {"recvmsg", socket_recvmsg, METH_VARARGS, "Receive: (bytes, ancillary data, flags, address)."},
    {"recvmsg_into", socket_recvmsg_into, METH_VARARGS, "Receive into buffers: (size, ancillary data, flags, address)."},
    {"sendmsg", socket_sendmsg, METH_VARARGS, "Send buffers with ancillary data, to an address."},
    {0},
};
