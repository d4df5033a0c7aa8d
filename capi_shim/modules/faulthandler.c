/* faulthandler.c: the guest's stack as text, also from a handler of fatal signals. */
#include "frame.h"
#include "signals.h"

#include <signal.h>

static int enabled, output_fd = 2;
static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
static struct sigaction previous[Py_ARRAY_LENGTH(fatal_signals)];

/* Only what is safe in a signal handler: ASCII text of the names, by write(2). */
static void
write_text(int fd, const char *s)
{
    ssize_t done = write(fd, s, strlen(s));
    (void)done;
}

static void
write_name(int fd, PyObject *name)
{
    char buffer[256];
    size_t n = 0;
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(name) && n < sizeof buffer - 1; i++) {
        Py_UCS4 ch = PyUnicode_READ_CHAR(name, i);
        buffer[n++] = ch >= 32 && ch < 127 ? (char)ch : '?';
    }
    buffer[n] = '\0';
    write_text(fd, buffer);
}

static void
write_stack(int fd)
{
    char number[16];
    int depth = 0;
    write_text(fd, "Current thread (most recent call first):\n");
    for (gcrt_frame *f = gcrt_ts != NULL ? gcrt_ts->frame : NULL; f != NULL && depth < 100; f = f->back, depth++) {
        int line = frame_line(f);
        write_text(fd, "  File \"");
        write_name(fd, f->code->co_filename);
        write_text(fd, "\", line ");
        snprintf(number, sizeof number, "%d", line);
        write_text(fd, number);
        write_text(fd, " in ");
        write_name(fd, f->code->co_name);
        write_text(fd, "\n");
    }
}

static void
on_fatal(int number)
{
    write_text(output_fd, "Fatal Python error: ");
    write_text(output_fd, number == SIGSEGV ? "Segmentation fault" : number == SIGABRT ? "Aborted" : "fatal signal");
    write_text(output_fd, "\n\n");
    write_stack(output_fd);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(fatal_signals); i++)
        if (fatal_signals[i] == number)
            sigaction(number, &previous[i], NULL);
    raise(number);
}

static int
file_argument(PyObject *args, PyObject *kwds, int *fd)
{
    static char *names[] = {"file", "all_threads", NULL};
    PyObject *file = NULL;
    int all = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|Op", names, &file, &all))
        return -1;
    *fd = 2;
    if (file == NULL || file == Py_None)
        return 0;
    *fd = PyObject_AsFileDescriptor(file);
    return *fd < 0 ? -1 : 0;
}

static PyObject *
handler_enable(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwds)
{
    struct sigaction action = {.sa_handler = on_fatal, .sa_flags = SA_NODEFER};
    int fd;
    if (file_argument(args, kwds, &fd) < 0)
        return NULL;
    output_fd = fd;
    for (size_t i = 0; !enabled && i < Py_ARRAY_LENGTH(fatal_signals); i++)
        sigaction(fatal_signals[i], &action, &previous[i]);
    enabled = 1;
    Py_RETURN_NONE;
}

static PyObject *
handler_disable(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    int was = enabled;
    for (size_t i = 0; enabled && i < Py_ARRAY_LENGTH(fatal_signals); i++)
        sigaction(fatal_signals[i], &previous[i], NULL);
    enabled = 0;
    return PyBool_FromLong(was);
}

static PyObject *
handler_is_enabled(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return PyBool_FromLong(enabled);
}

static PyObject *
handler_dump_traceback(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwds)
{
    int fd;
    if (file_argument(args, kwds, &fd) < 0)
        return NULL;
    write_stack(fd);
    Py_RETURN_NONE;
}

/* A watchdog needs a thread that looks at the guest's stack while it runs. */
static PyObject *
handler_later(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwds))
{
    return PyErr_Format(PyExc_RuntimeError, "faulthandler.dump_traceback_later(): gcrt has no watchdog thread");
}

static PyObject *
handler_cancel(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    Py_RETURN_NONE;
}

#define KEYWORDS(f) _PyCFunction_CAST(f), METH_VARARGS | METH_KEYWORDS
static PyMethodDef handler_methods[] = {
    {"enable", KEYWORDS(handler_enable), "Show the stack when a fatal signal comes."},
    {"disable", handler_disable, METH_NOARGS, NULL},
    {"is_enabled", handler_is_enabled, METH_NOARGS, NULL},
    {"dump_traceback", KEYWORDS(handler_dump_traceback), "Write the stack to a file."},
    {"dump_traceback_later", KEYWORDS(handler_later), NULL},
    {"cancel_dump_traceback_later", handler_cancel, METH_NOARGS, NULL},
    {0},
};

static PyModuleDef handler_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "faulthandler",
    .m_doc = "The stack as text, when all else fails.",
    .m_size = -1,
    .m_methods = handler_methods,
};

PyObject *
PyInit_faulthandler(void)
{
    return PyModule_Create(&handler_def);
}
