/* _socket.c: the module _socket, on which the library's socket.py stands. */
#include "socket_module.h"
#include "gc_module.h"

#include <fcntl.h>

PyObject *socket_herror, *socket_gaierror;

/* ------------------------------------------------------------------ functions on descriptors */

static PyObject *
module_socketpair(PyObject *Py_UNUSED(module), PyObject *args)
{
    int family = AF_UNIX, type = SOCK_STREAM, proto = 0, fds[2];
    if (!PyArg_ParseTuple(args, "|iii:socketpair", &family, &type, &proto))
        return NULL;
    while (socketpair(family, type | SOCK_CLOEXEC, proto, fds) < 0)
        if (!gc_module_freed_descriptors())
            return socket_error();
    PyObject *first = socket_wrap(&socket_type, fds[0], family, type, proto);
    if (first == NULL) {
        close(fds[1]);
        return NULL;
    }
    PyObject *second = socket_wrap(&socket_type, fds[1], family, type, proto);
    return second == NULL ? NULL : PyTuple_Pack(2, first, second);
}

static PyObject *
module_dup(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int fd = _PyLong_AsInt(arg);
    if (fd == -1 && PyErr_Occurred())
        return NULL;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy < 0 ? socket_error() : PyLong_FromLong(copy);
}

static PyObject *
module_close(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int fd = _PyLong_AsInt(arg);
    return fd == -1 && PyErr_Occurred() ? NULL : socket_close_fd(fd);
}

static PyObject *
module_getdefaulttimeout(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return socket_default_timeout < 0 ? Py_None : PyFloat_FromDouble((double)socket_default_timeout / 1e9);
}

static PyObject *
module_setdefaulttimeout(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int64_t ns;
    if (socket_parse_timeout(arg, &ns) < 0)
        return NULL;
    socket_default_timeout = ns;
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ sizes of ancillary data */

/* A length as CMSG_LEN and CMSG_SPACE accept it: with what they add, `more`, it must fit an int. */
static int
ancillary_length(PyObject *args, const char *format, const char *name, size_t more, size_t *length)
{
    Py_ssize_t given;
    if (!PyArg_ParseTuple(args, format, &given))
        return -1;
    if (given >= 0 && given <= (Py_ssize_t)(INT_MAX - more)) {
        *length = (size_t)given;
        return 0;
    }
    PyErr_Format(PyExc_OverflowError, "%s() argument out of range", name);
    return -1;
}
static PyObject *
module_cmsg_len(PyObject *Py_UNUSED(module), PyObject *args)
{
    size_t length;
    if (ancillary_length(args, "n:CMSG_LEN", "CMSG_LEN", CMSG_LEN(0), &length) < 0)
        return NULL;
    return PyLong_FromSize_t(CMSG_LEN(length));
}
static PyObject *
module_cmsg_space(PyObject *Py_UNUSED(module), PyObject *args)
{
    size_t length;
    if (ancillary_length(args, "n:CMSG_SPACE", "CMSG_SPACE", CMSG_SPACE(1), &length) < 0)
        return NULL;
    return PyLong_FromSize_t(CMSG_SPACE(length));
}

/* ------------------------------------------------------------------ module */

static PyMethodDef module_methods[] = {
    {"socketpair", module_socketpair, METH_VARARGS, "Two sockets that are connected."},
    {"dup", module_dup, METH_O, "Duplicate a socket's descriptor."},
    {"close", module_close, METH_O, "Close a socket's descriptor."},
    {"getdefaulttimeout", module_getdefaulttimeout, METH_NOARGS, "The time-out of new sockets; None: for ever."},
    {"setdefaulttimeout", module_setdefaulttimeout, METH_O, "Set the time-out of new sockets."},
    {"CMSG_LEN", module_cmsg_len, METH_VARARGS, "Size of an item of ancillary data, without padding behind it."},
    {"CMSG_SPACE", module_cmsg_space, METH_VARARGS, "Size of an item of ancillary data, with padding behind it."},
    {0},
};
static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_socket",
    .m_doc = "Sockets.",
    .m_size = -1,
    .m_methods = module_methods,
};

/* The methods of the other files join those that the type was made with. */
static int
add_methods(PyMethodDef *methods)
{
    for (PyMethodDef *m = methods; m->ml_name != NULL; m++) {
        PyObject *descriptor = PyDescr_NewMethod(&socket_type, m);
        if (descriptor == NULL || PyDict_SetItemString(socket_type.tp_dict, m->ml_name, descriptor) < 0)
            return -1;
    }
    PyType_Modified(&socket_type);
    return 0;
}

static int
add_types(PyObject *module)
{
    if (PyType_Ready(&socket_type) < 0 || add_methods(socket_io_methods) < 0 || add_methods(socket_message_methods) < 0)
        return -1;
    socket_herror = PyErr_NewException("socket.herror", PyExc_OSError, NULL);
    socket_gaierror = PyErr_NewException("socket.gaierror", PyExc_OSError, NULL);
    const struct {
        const char *name;
        PyObject *value;
    } values[] = {
        {"socket", (PyObject *)&socket_type},
        {"SocketType", (PyObject *)&socket_type},
        {"error", PyExc_OSError},
        {"herror", socket_herror},
        {"gaierror", socket_gaierror},
        {"timeout", PyExc_TimeoutError},
        {"has_ipv6", Py_True},
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(values); i++)
        if (values[i].value == NULL || PyModule_AddObject(module, values[i].name, values[i].value) < 0)
            return -1;
    return 0;
}

PyMODINIT_FUNC
PyInit__socket(void)
{
    PyObject *module = PyModule_Create(&module_def);
    if (module == NULL || PyModule_AddFunctions(module, socket_name_functions) < 0 || add_types(module) < 0 ||
        socket_add_constants(module) < 0)
        return NULL;
    return module;
}
