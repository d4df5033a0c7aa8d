/* fcntlmodule.c: fcntl: control of descriptors, and locks on files. */
#include "runtime.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>

/* The kernel is told no length: it gets room of this size, and what it wrote behind is not seen. */
enum { ARGUMENT_SIZE = 1024 };

static int
fd_converter(PyObject *arg, void *fd)
{
    *(int *)fd = PyObject_AsFileDescriptor(arg);
    return *(int *)fd >= 0;
}

/* 1: call again; 0: done, or failed for another reason than a signal; -1: a handler raised. */
static int
interrupted(int result)
{
    if (result >= 0 || errno != EINTR)
        return 0;
    return PyErr_CheckSignals() < 0 ? -1 : 1;
}

static PyObject *
none_or_error(int result, int again)
{
    if (again < 0)
        return NULL;
    if (result < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

static PyObject *
fcntl_fcntl(PyObject *Py_UNUSED(module), PyObject *args)
{
    int fd, code, result, again;
    PyObject *arg = NULL;
    unsigned number = 0;
    Py_buffer view = {0};
    char data[ARGUMENT_SIZE];
    if (!PyArg_ParseTuple(args, "O&i|O:fcntl", fd_converter, &fd, &code, &arg))
        return NULL;
    int bytes = arg != NULL && PyArg_Parse(arg, "s*", &view);
    if (bytes) {
        if (view.len > ARGUMENT_SIZE) {
            PyBuffer_Release(&view);
            PyErr_SetString(PyExc_ValueError, "fcntl string arg too long");
            return NULL;
        }
        memcpy(data, view.buf, (size_t)view.len);
        PyBuffer_Release(&view);
    } else {
        PyErr_Clear();
        if (arg != NULL && !PyArg_Parse(arg, "I;fcntl requires a file or file descriptor, an integer and optionally a "
                                             "third integer or a string",
                                        &number))
            return NULL;
    }
    do {
        Py_BEGIN_ALLOW_THREADS
        result = bytes ? fcntl(fd, code, data) : fcntl(fd, code, (int)number);
        Py_END_ALLOW_THREADS
    } while ((again = interrupted(result)) > 0);
    if (again < 0 || result < 0)
        return none_or_error(result, again);
    return bytes ? PyBytes_FromStringAndSize(data, view.len) : PyLong_FromLong(result);
}

/* A buffer is changed in place when it can be and `mutate` is set; otherwise a changed copy is returned. */
static PyObject *
ioctl_buffer(int fd, unsigned long code, Py_buffer *view, int in_place)
{
    char data[ARGUMENT_SIZE + 1];
    int small = view->len <= ARGUMENT_SIZE, result;
    if (!small && !in_place) {
        PyErr_SetString(PyExc_ValueError, "ioctl string arg too long");
        return NULL;
    }
    if (small) {
        memcpy(data, view->buf, (size_t)view->len);
        data[view->len] = '\0';
    }
    Py_BEGIN_ALLOW_THREADS
    result = ioctl(fd, code, small ? data : view->buf);
    Py_END_ALLOW_THREADS
    int failed = errno;
    if (small && in_place)
        memcpy(view->buf, data, (size_t)view->len);
    errno = failed;
    if (result < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    return in_place ? PyLong_FromLong(result) : PyBytes_FromStringAndSize(data, view->len);
}

static PyObject *
fcntl_ioctl(PyObject *Py_UNUSED(module), PyObject *args)
{
    int fd, mutate = 1, number = 0, result;
    unsigned code;
    PyObject *arg = NULL;
    Py_buffer view;
    if (!PyArg_ParseTuple(args, "O&I|Op:ioctl", fd_converter, &fd, &code, &arg, &mutate))
        return NULL;
    int writable = arg != NULL && PyArg_Parse(arg, "w*:ioctl", &view);
    if (!writable)
        PyErr_Clear();
    if (writable || (arg != NULL && PyArg_Parse(arg, "s*:ioctl", &view))) {
        PyObject *answer = ioctl_buffer(fd, code, &view, writable && mutate);
        PyBuffer_Release(&view);
        return answer;
    }
    PyErr_Clear();
    if (arg != NULL && !PyArg_Parse(arg, "i;ioctl requires a file or file descriptor, an integer and optionally an "
                                         "integer or buffer argument",
                                    &number))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    result = ioctl(fd, code, number);
    Py_END_ALLOW_THREADS
    return result < 0 ? PyErr_SetFromErrno(PyExc_OSError) : PyLong_FromLong(result);
}

static PyObject *
fcntl_flock(PyObject *Py_UNUSED(module), PyObject *args)
{
    int fd, code, result, again;
    if (!PyArg_ParseTuple(args, "O&i:flock", fd_converter, &fd, &code))
        return NULL;
    do {
        Py_BEGIN_ALLOW_THREADS
        result = flock(fd, code);
        Py_END_ALLOW_THREADS
    } while ((again = interrupted(result)) > 0);
    return none_or_error(result, again);
}

static PyObject *
fcntl_lockf(PyObject *Py_UNUSED(module), PyObject *args)
{
    int fd, code, whence = 0, result, again;
    long long length = 0, start = 0;
    if (!PyArg_ParseTuple(args, "O&i|LLi:lockf", fd_converter, &fd, &code, &length, &start, &whence))
        return NULL;
    struct flock lock = {.l_start = start, .l_len = length, .l_whence = (short)whence};
    if (code == LOCK_UN)
        lock.l_type = F_UNLCK;
    else if (code & LOCK_SH)
        lock.l_type = F_RDLCK;
    else if (code & LOCK_EX)
        lock.l_type = F_WRLCK;
    else {
        PyErr_SetString(PyExc_ValueError, "unrecognized lockf argument");
        return NULL;
    }
    do {
        Py_BEGIN_ALLOW_THREADS
        result = fcntl(fd, code & LOCK_NB ? F_SETLK : F_SETLKW, &lock);
        Py_END_ALLOW_THREADS
    } while ((again = interrupted(result)) > 0);
    return none_or_error(result, again);
}

#define C(name) {#name, name}
static const struct {
    const char *name;
    long value;
} constants[] = {
    C(LOCK_SH), C(LOCK_EX), C(LOCK_NB), C(LOCK_UN), C(LOCK_MAND), C(LOCK_READ), C(LOCK_WRITE), C(LOCK_RW),
    C(F_DUPFD), C(F_DUPFD_CLOEXEC), C(F_GETFD), C(F_SETFD), C(F_GETFL), C(F_SETFL), C(F_GETLK), C(F_SETLK), C(F_SETLKW),
    C(F_OFD_GETLK), C(F_OFD_SETLK), C(F_OFD_SETLKW), C(F_GETOWN), C(F_SETOWN), C(F_GETSIG), C(F_SETSIG), C(F_RDLCK),
    C(F_WRLCK), C(F_UNLCK), C(F_GETLK64), C(F_SETLK64), C(F_SETLKW64), C(FASYNC), C(F_SETLEASE), C(F_GETLEASE),
    C(F_NOTIFY), C(F_EXLCK), C(F_SHLCK), C(F_SETPIPE_SZ), C(F_GETPIPE_SZ), C(FD_CLOEXEC), C(DN_ACCESS), C(DN_MODIFY),
    C(DN_CREATE), C(DN_DELETE), C(DN_RENAME), C(DN_ATTRIB), {"DN_MULTISHOT", (long)(unsigned)DN_MULTISHOT},
    C(F_ADD_SEALS), C(F_GET_SEALS), C(F_SEAL_SEAL), C(F_SEAL_SHRINK), C(F_SEAL_GROW), C(F_SEAL_WRITE),
};
static PyMethodDef methods[] = {
    {"fcntl", fcntl_fcntl, METH_VARARGS, "fcntl(fd, cmd, arg=0): control a descriptor."},
    {"ioctl", fcntl_ioctl, METH_VARARGS, "ioctl(fd, request, arg=0, mutate_flag=True): control a device."},
    {"flock", fcntl_flock, METH_VARARGS, "flock(fd, operation): lock a file as a whole."},
    {"lockf", fcntl_lockf, METH_VARARGS, "lockf(fd, cmd, len=0, start=0, whence=0): lock a part of a file."},
    {0},
};
static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "fcntl",
    .m_doc = "Control of descriptors, and locks on files.",
    .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_fcntl(void)
{
    PyObject *module = PyModule_Create(&module_def);
    for (size_t i = 0; module != NULL && i < Py_ARRAY_LENGTH(constants); i++)
        if (PyModule_AddIntConstant(module, constants[i].name, constants[i].value) < 0)
            return NULL;
    return module;
}
