/* signals.c: from the C handler to Python's.
 *
 * The C handler may run on any thread of the process.  It sets a bit and the breaker; when it is not on the
 * guest's thread it passes the signal on, so that blocking calls of the guest return with EINTR.  Those
 * calls then ask PyErr_CheckSignals, which runs the Python handlers; so do the interpreter's safepoints. */
#include "signals.h"
#include "embedder.h"
#include "frame.h"

#include <signal.h>

PyObject *signals_handlers[SIGNALS_MAX];
int signals_wakeup_fd = -1, signals_wakeup_warn = 1;
static volatile unsigned char arrived[SIGNALS_MAX];
static volatile int any_arrived;
static unsigned char installed[SIGNALS_MAX];
static struct sigaction saved[SIGNALS_MAX];
static PyObject *default_int_handler;

static void
on_signal(int number)
{
    int error = errno;
    if (!pthread_equal(pthread_self(), gcrt_guest_thread)) {
        pthread_kill(gcrt_guest_thread, number);
        errno = error;
        return;
    }
    arrived[number] = 1;
    __atomic_store_n(&any_arrived, 1, __ATOMIC_RELEASE);
    __atomic_fetch_or(&embedder_main_ts()->breaker, GCRT_BREAK_SIGNAL, __ATOMIC_RELEASE);
    if (signals_wakeup_fd >= 0) {
        unsigned char byte = (unsigned char)number;
        ssize_t done = write(signals_wakeup_fd, &byte, 1);
        (void)done;
    }
    errno = error;
}

int
signals_set_disposition(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler}, old;
    sigemptyset(&action.sa_mask);
    if (sigaction(number, &action, &old) < 0)
        return -1;
    if (!installed[number]) {
        installed[number] = 1;
        saved[number] = old;
    }
    return 0;
}

int
signals_install(int number)
{
    return signals_set_disposition(number, on_signal);
}

int
signals_run_pending(void)
{
    if (!__atomic_exchange_n(&any_arrived, 0, __ATOMIC_ACQ_REL))
        return 0;
    for (int number = 1; number < SIGNALS_MAX; number++) {
        if (!arrived[number])
            continue;
        arrived[number] = 0;
        PyObject *handler = signals_handlers[number];
        if (handler == NULL || handler == Py_None || !PyCallable_Check(handler))
            continue;
        PyObject *frame = (PyObject *)PyEval_GetFrame();
        PyObject *result = PyObject_CallFunction(handler, "iO", number, frame != NULL ? frame : Py_None);
        if (result == NULL) {
            /* The rest is for the next safepoint. */
            __atomic_store_n(&any_arrived, 1, __ATOMIC_RELEASE);
            __atomic_fetch_or(&gcrt_ts->breaker, GCRT_BREAK_SIGNAL, __ATOMIC_RELEASE);
            return -1;
        }
    }
    return 0;
}

static PyObject *
raise_interrupt(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(args))
{
    PyErr_SetNone(PyExc_KeyboardInterrupt);
    return NULL;
}

PyObject *
signals_default_int_handler(void)
{
    static PyMethodDef method = {"default_int_handler", raise_interrupt, METH_VARARGS, "Raise KeyboardInterrupt."};
    if (default_int_handler == NULL)
        default_int_handler = PyCFunction_New(&method, NULL);
    return default_int_handler;
}

/* SIGINT raises KeyboardInterrupt; writing to a closed pipe is an error, not the end. */
int
signals_init(void)
{
    struct sigaction now;
    PyObject *handler = signals_default_int_handler();
    if (handler == NULL)
        return -1;
    for (int number = 1; number < SIGNALS_MAX; number++) {
        if (sigaction(number, NULL, &now) < 0)
            continue;
        signals_handlers[number] = now.sa_handler == SIG_DFL ? gcrt_int(0) : now.sa_handler == SIG_IGN ? gcrt_int(1)
                                                                                                       : NULL;
    }
    /* The host's own handler is not the guest's affair; an ignored SIGINT stays ignored (nohup). */
    if (sigaction(SIGINT, NULL, &now) == 0 && now.sa_handler != SIG_IGN && signals_install(SIGINT) == 0)
        signals_handlers[SIGINT] = handler;
    signals_set_disposition(SIGPIPE, SIG_IGN);
    signals_handlers[SIGPIPE] = gcrt_int(1);
    return 0;
}

void
signals_shutdown(void)
{
    for (int number = 1; number < SIGNALS_MAX; number++)
        if (installed[number])
            sigaction(number, &saved[number], NULL);
}

/* ------------------------------------------------------------------ API */

int
PyErr_CheckSignals(void)
{
    PyThreadState *ts = gcrt_ts;
    if (ts == NULL || !__atomic_load_n(&any_arrived, __ATOMIC_ACQUIRE))
        return 0;
    return signals_run_pending();
}

void
PyErr_SetInterrupt(void)
{
    PyErr_SetInterruptEx(SIGINT);
}

int
PyErr_SetInterruptEx(int number)
{
    if (number < 1 || number >= SIGNALS_MAX)
        return -1;
    PyObject *handler = signals_handlers[number];
    if (handler != NULL && handler != Py_None && PyCallable_Check(handler)) {
        arrived[number] = 1;
        __atomic_store_n(&any_arrived, 1, __ATOMIC_RELEASE);
        __atomic_fetch_or(&embedder_main_ts()->breaker, GCRT_BREAK_SIGNAL, __ATOMIC_RELEASE);
    }
    return 0;
}

int
PySignal_SetWakeupFd(int fd)
{
    int old = signals_wakeup_fd;
    signals_wakeup_fd = fd < 0 ? -1 : fd;
    return old;
}

int
PyOS_InterruptOccurred(void)
{
    int occurred = arrived[SIGINT];
    arrived[SIGINT] = 0;
    return occurred;
}

PyOS_sighandler_t
PyOS_getsig(int number)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) < 0 ? SIG_ERR : now.sa_handler;
}

PyOS_sighandler_t
PyOS_setsig(int number, PyOS_sighandler_t handler)
{
    struct sigaction action = {.sa_handler = handler}, old;
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, &old) < 0 ? SIG_ERR : old.sa_handler;
}

void
_Py_RestoreSignals(void)
{
    PyOS_setsig(SIGPIPE, SIG_DFL);
    PyOS_setsig(SIGXFSZ, SIG_DFL);
}

/* ------------------------------------------------------------------ pending calls */

enum { MAX_PENDING = 32 };
static struct {
    int (*function)(void *);
    void *arg;
} pending_calls[MAX_PENDING];
static int pending_first, pending_count;
static pthread_mutex_t pending_lock = PTHREAD_MUTEX_INITIALIZER;

int
Py_AddPendingCall(int (*function)(void *), void *arg)
{
    int result = -1;
    pthread_mutex_lock(&pending_lock);
    if (pending_count < MAX_PENDING) {
        int i = (pending_first + pending_count++) % MAX_PENDING;
        pending_calls[i].function = function;
        pending_calls[i].arg = arg;
        result = 0;
    }
    pthread_mutex_unlock(&pending_lock);
    __atomic_fetch_or(&embedder_main_ts()->breaker, GCRT_BREAK_PENDING_CALL, __ATOMIC_RELEASE);
    return result;
}

int
Py_MakePendingCalls(void)
{
    static int busy;
    int failed = 0;
    if (busy)
        return 0;
    busy = 1;
    while (!failed) {
        int (*function)(void *) = NULL;
        void *arg = NULL;
        pthread_mutex_lock(&pending_lock);
        if (pending_count > 0) {
            function = pending_calls[pending_first].function;
            arg = pending_calls[pending_first].arg;
            pending_first = (pending_first + 1) % MAX_PENDING;
            pending_count--;
        }
        pthread_mutex_unlock(&pending_lock);
        if (function == NULL)
            break;
        failed = function(arg) < 0;
    }
    busy = 0;
    return failed ? -1 : 0;
}
