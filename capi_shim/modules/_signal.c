/* _signal.c: the signal module's core. */
#include "signals.h"

#include <signal.h>

static int
check_number(int number)
{
    if (number >= 1 && number < SIGNALS_MAX)
        return 0;
    PyErr_SetString(PyExc_ValueError, "signal number out of range");
    return -1;
}

static PyObject *
signal_signal(PyObject *Py_UNUSED(self), PyObject *args)
{
    int number;
    PyObject *handler;
    if (!PyArg_ParseTuple(args, "iO:signal", &number, &handler))
        return NULL;
    if (check_number(number) < 0)
        return NULL;
    int rc;
    if (PyCallable_Check(handler))
        rc = signals_install(number);
    else {
        long value = PyLong_Check(handler) ? PyLong_AsLong(handler) : -1;
        if (value != 0 && value != 1) {
            PyErr_Clear();
            return PyErr_Format(PyExc_TypeError,
                                "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object");
        }
        rc = signals_set_disposition(number, value == 0 ? SIG_DFL : SIG_IGN);
    }
    if (PyErr_CheckSignals() < 0)
        return NULL;
    if (rc < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    PyObject *old = signals_handlers[number];
    signals_handlers[number] = handler;
    return old != NULL ? old : Py_None;
}

static PyObject *
signal_getsignal(PyObject *Py_UNUSED(self), PyObject *arg)
{
    int number = _PyLong_AsInt(arg);
    if ((number == -1 && PyErr_Occurred()) || check_number(number) < 0)
        return NULL;
    PyObject *handler = signals_handlers[number];
    return handler != NULL ? handler : Py_None;
}

static PyObject *
signal_raise_signal(PyObject *Py_UNUSED(self), PyObject *arg)
{
    int number = _PyLong_AsInt(arg);
    if (number == -1 && PyErr_Occurred())
        return NULL;
    if (raise(number) != 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    if (PyErr_CheckSignals() < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
signal_alarm(PyObject *Py_UNUSED(self), PyObject *arg)
{
    int seconds = _PyLong_AsInt(arg);
    if (seconds == -1 && PyErr_Occurred())
        return NULL;
    return PyLong_FromLong((long)alarm((unsigned)seconds));
}

static PyObject *
signal_pause(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    pause();
    if (PyErr_CheckSignals() < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
timer_tuple(const struct itimerval *t)
{
    return Py_BuildValue("dd", (double)t->it_value.tv_sec + 1e-6 * (double)t->it_value.tv_usec,
                         (double)t->it_interval.tv_sec + 1e-6 * (double)t->it_interval.tv_usec);
}

static int
to_timeval(double seconds, struct timeval *tv)
{
    if (!(seconds >= 0) || seconds > 1e12) {
        PyErr_SetString(PyExc_ValueError, "timer value out of range");
        return -1;
    }
    tv->tv_sec = (time_t)seconds;
    tv->tv_usec = (suseconds_t)((seconds - (double)tv->tv_sec) * 1e6);
    return 0;
}

static PyObject *
signal_setitimer(PyObject *Py_UNUSED(self), PyObject *args)
{
    int which;
    double value, interval = 0;
    struct itimerval fresh, old;
    if (!PyArg_ParseTuple(args, "id|d:setitimer", &which, &value, &interval) ||
        to_timeval(value, &fresh.it_value) < 0 || to_timeval(interval, &fresh.it_interval) < 0)
        return NULL;
    if (setitimer(which, &fresh, &old) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    return timer_tuple(&old);
}

static PyObject *
signal_getitimer(PyObject *Py_UNUSED(self), PyObject *arg)
{
    struct itimerval now;
    int which = _PyLong_AsInt(arg);
    if (which == -1 && PyErr_Occurred())
        return NULL;
    if (getitimer(which, &now) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    return timer_tuple(&now);
}

static PyObject *
signal_set_wakeup_fd(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwds)
{
    static char *names[] = {"", "warn_on_full_buffer", NULL};
    int fd, warn = 1, old = signals_wakeup_fd;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "i|$p:set_wakeup_fd", names, &fd, &warn))
        return NULL;
    signals_wakeup_fd = fd;
    signals_wakeup_warn = warn;
    return PyLong_FromLong(old);
}

static PyObject *
signal_siginterrupt(PyObject *Py_UNUSED(self), PyObject *args)
{
    int number, flag;
    struct sigaction action;
    if (!PyArg_ParseTuple(args, "ii:siginterrupt", &number, &flag) || check_number(number) < 0)
        return NULL;
    if (sigaction(number, NULL, &action) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    action.sa_flags = flag ? action.sa_flags & ~SA_RESTART : action.sa_flags | SA_RESTART;
    if (sigaction(number, &action, NULL) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

static PyObject *
signal_strsignal(PyObject *Py_UNUSED(self), PyObject *arg)
{
    int number = _PyLong_AsInt(arg);
    if ((number == -1 && PyErr_Occurred()) || check_number(number) < 0)
        return NULL;
    const char *text = strsignal(number);
    if (text == NULL || strncmp(text, "Unknown signal", 14) == 0)
        Py_RETURN_NONE;
    return PyUnicode_FromString(text);
}

/* ------------------------------------------------------------------ sets of signals */

static PyObject *
set_to_object(const sigset_t *set)
{
    PyObject *result = PySet_New(NULL);
    for (int number = 1; result != NULL && number < SIGNALS_MAX; number++)
        if (sigismember(set, number) == 1 && PySet_Add(result, PyLong_FromLong(number)) < 0)
            return NULL;
    return result;
}

static int
object_to_set(PyObject *iterable, sigset_t *set)
{
    PyObject *iter = PyObject_GetIter(iterable), *item;
    sigemptyset(set);
    while (iter != NULL && (item = PyIter_Next(iter)) != NULL) {
        int number = _PyLong_AsInt(item);
        if ((number == -1 && PyErr_Occurred()) || check_number(number) < 0)
            return -1;
        sigaddset(set, number);
    }
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *
signal_pthread_sigmask(PyObject *Py_UNUSED(self), PyObject *args)
{
    int how;
    PyObject *iterable;
    sigset_t set, old;
    if (!PyArg_ParseTuple(args, "iO:pthread_sigmask", &how, &iterable) || object_to_set(iterable, &set) < 0)
        return NULL;
    int rc = pthread_sigmask(how, &set, &old);
    if (rc != 0) {
        errno = rc;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    if (PyErr_CheckSignals() < 0)
        return NULL;
    return set_to_object(&old);
}

static PyObject *
signal_sigpending(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    sigset_t set;
    if (sigpending(&set) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    return set_to_object(&set);
}

static PyObject *
signal_valid_signals(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    sigset_t set;
    sigfillset(&set);
    return set_to_object(&set);
}

static PyMethodDef signal_methods[] = {
    {"signal", signal_signal, METH_VARARGS, "Set the handler of a signal; return the old one."},
    {"getsignal", signal_getsignal, METH_O, "The handler of a signal."},
    {"raise_signal", signal_raise_signal, METH_O, "Send a signal to this process."},
    {"alarm", signal_alarm, METH_O, "SIGALRM in so many seconds."},
    {"pause", signal_pause, METH_NOARGS, "Wait for a signal."},
    {"setitimer", signal_setitimer, METH_VARARGS, "Set an interval timer."},
    {"getitimer", signal_getitimer, METH_O, "An interval timer's values."},
    {"set_wakeup_fd", _PyCFunction_CAST(signal_set_wakeup_fd), METH_VARARGS | METH_KEYWORDS,
     "Write each signal's number to a descriptor."},
    {"siginterrupt", signal_siginterrupt, METH_VARARGS, "Do system calls restart after the signal?"},
    {"strsignal", signal_strsignal, METH_O, "The system's description of a signal."},
    {"pthread_sigmask", signal_pthread_sigmask, METH_VARARGS, "Change the thread's signal mask."},
    {"sigpending", signal_sigpending, METH_NOARGS, "Signals that wait to be delivered."},
    {"valid_signals", signal_valid_signals, METH_NOARGS, "All signal numbers."},
    {0},
};

static PyModuleDef signal_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_signal",
    .m_doc = "Signals.",
    .m_size = -1,
    .m_methods = signal_methods,
};

static const struct {
    const char *name;
    int value;
} constants[] = {
#define C(x) {#x, x}
    C(SIGHUP),  C(SIGINT),  C(SIGQUIT), C(SIGILL),  C(SIGTRAP),   C(SIGABRT), C(SIGBUS),  C(SIGFPE), C(SIGKILL),
    C(SIGUSR1), C(SIGSEGV), C(SIGUSR2), C(SIGPIPE), C(SIGALRM),   C(SIGTERM), C(SIGCHLD), C(SIGCONT), C(SIGSTOP),
    C(SIGTSTP), C(SIGTTIN), C(SIGTTOU), C(SIGURG),  C(SIGXCPU),   C(SIGXFSZ), C(SIGVTALRM), C(SIGPROF), C(SIGWINCH),
    C(SIGIO),   C(SIGPWR),  C(SIGSYS),  C(SIGSTKFLT), C(SIG_BLOCK), C(SIG_UNBLOCK), C(SIG_SETMASK), C(ITIMER_REAL),
    C(ITIMER_VIRTUAL), C(ITIMER_PROF),
#undef C
    {"SIGIOT", SIGABRT}, {"SIGCLD", SIGCHLD}, {"SIGPOLL", SIGIO}, {"SIG_DFL", 0}, {"SIG_IGN", 1}, {"NSIG", 65},
};

PyObject *
PyInit__signal(void)
{
    PyObject *m = PyModule_Create(&signal_def);
    if (m == NULL)
        return NULL;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(constants); i++)
        if (PyModule_AddIntConstant(m, constants[i].name, constants[i].value) < 0)
            return NULL;
    if (PyModule_AddIntConstant(m, "SIGRTMIN", SIGRTMIN) < 0 || PyModule_AddIntConstant(m, "SIGRTMAX", SIGRTMAX) < 0 ||
        PyModule_AddObjectRef(m, "ItimerError", PyExc_OSError) < 0 ||
        PyModule_AddObjectRef(m, "default_int_handler", signals_default_int_handler()) < 0)
        return NULL;
    return m;
}
