/* timemodule.c: the time module: clocks and sleeping.  Calendar functions are in time_calendar.c. */
#include "time_module.h"
#include <sys/select.h>

static int
read_clock(clockid_t clock, int64_t *ns)
{
    struct timespec now;
    if (clock_gettime(clock, &now) < 0) {
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    *ns = now.tv_sec * TIME_SECOND + now.tv_nsec;
    return 0;
}

/* Seconds as the nearest double: whole seconds and the rest are exact, the sum rounds once. */
static double
as_seconds(int64_t ns)
{
    if (ns % TIME_SECOND == 0)
        return (double)(ns / TIME_SECOND);
    return (double)ns / 1e9;
}

#define CLOCK(name, id)                                                                                 \
    static PyObject *time_##name(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))             \
    {                                                                                                   \
        int64_t ns;                                                                                     \
        return read_clock(id, &ns) < 0 ? NULL : float_box(as_seconds(ns));                              \
    }                                                                                                   \
    static PyObject *time_##name##_ns(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))        \
    {                                                                                                   \
        int64_t ns;                                                                                     \
        return read_clock(id, &ns) < 0 ? NULL : PyLong_FromLongLong(ns);                                \
    }

CLOCK(time, CLOCK_REALTIME)
CLOCK(monotonic, CLOCK_MONOTONIC)
CLOCK(perf_counter, CLOCK_MONOTONIC)
CLOCK(process_time, CLOCK_PROCESS_CPUTIME_ID)
CLOCK(thread_time, CLOCK_THREAD_CPUTIME_ID)

/* ------------------------------------------------------------------ clocks by number */

static PyObject *
time_clock_gettime(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int64_t ns;
    int clock = _PyLong_AsInt(arg);
    if ((clock == -1 && PyErr_Occurred()) || read_clock(clock, &ns) < 0)
        return NULL;
    return float_box(as_seconds(ns));
}

static PyObject *
time_clock_gettime_ns(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int64_t ns;
    int clock = _PyLong_AsInt(arg);
    if ((clock == -1 && PyErr_Occurred()) || read_clock(clock, &ns) < 0)
        return NULL;
    return PyLong_FromLongLong(ns);
}

static PyObject *
time_clock_getres(PyObject *Py_UNUSED(module), PyObject *arg)
{
    struct timespec resolution;
    int clock = _PyLong_AsInt(arg);
    if (clock == -1 && PyErr_Occurred())
        return NULL;
    if (clock_getres(clock, &resolution) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    return float_box((double)resolution.tv_sec + (double)resolution.tv_nsec * 1e-9);
}

/* types.SimpleNamespace(...) as time.get_clock_info promises. */
static PyObject *
time_get_clock_info(PyObject *Py_UNUSED(module), PyObject *arg)
{
    static const struct {
        const char *name, *implementation;
        clockid_t clock;
        int monotonic, adjustable;
    } clocks[] = {
        {"time", "clock_gettime(CLOCK_REALTIME)", CLOCK_REALTIME, 0, 1},
        {"monotonic", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, 1, 0},
        {"perf_counter", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, 1, 0},
        {"process_time", "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", CLOCK_PROCESS_CPUTIME_ID, 1, 0},
        {"thread_time", "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", CLOCK_THREAD_CPUTIME_ID, 1, 0},
    };
    if (!PyUnicode_Check(arg))
        return PyErr_Format(PyExc_TypeError, "get_clock_info() argument 1 must be str, not %.50s",
                            Py_TYPE(arg)->tp_name);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(clocks); i++) {
        if (!_PyUnicode_EqualToASCIIString(arg, clocks[i].name))
            continue;
        struct timespec resolution;
        if (clock_getres(clocks[i].clock, &resolution) < 0)
            return PyErr_SetFromErrno(PyExc_OSError);
        PyObject *keywords = Py_BuildValue(
            "{s:s,s:O,s:O,s:d}", "implementation", clocks[i].implementation, "monotonic",
            clocks[i].monotonic ? Py_True : Py_False, "adjustable", clocks[i].adjustable ? Py_True : Py_False,
            "resolution", (double)resolution.tv_sec + (double)resolution.tv_nsec * 1e-9);
        /* types.SimpleNamespace, as the types module finds it. */
        PyObject *example = PySys_GetObject("implementation"), *none = PyTuple_New(0);
        if (keywords == NULL || example == NULL || none == NULL)
            return NULL;
        return PyObject_Call((PyObject *)Py_TYPE(example), none, keywords);
    }
    PyErr_SetString(PyExc_ValueError, "unknown clock");
    return NULL;
}

/* ------------------------------------------------------------------ sleep */

int
time_to_ns(PyObject *arg, int64_t unit, int64_t *ns)
{
    if (PyFloat_Check(arg)) {
        double value = PyFloat_AS_DOUBLE(arg);
        if (isnan(value)) {
            PyErr_SetString(PyExc_ValueError, "Invalid value NaN (not a number)");
            return -1;
        }
        double scaled = value * (double)unit;
        scaled = scaled < 0 ? floor(scaled) : ceil(scaled);
        if (!(scaled > -9.2e18 && scaled < 9.2e18)) {
            PyErr_SetString(PyExc_OverflowError, "timestamp too large to convert to C _PyTime_t");
            return -1;
        }
        *ns = (int64_t)scaled;
        return 0;
    }
    int overflow;
    PyObject *index = PyNumber_Index(arg);
    if (index == NULL)
        return -1;
    long long value = PyLong_AsLongLongAndOverflow(index, &overflow);
    if (overflow || value > INT64_MAX / unit || value < INT64_MIN / unit) {
        PyErr_SetString(PyExc_OverflowError, "timestamp too large to convert to C _PyTime_t");
        return -1;
    }
    *ns = value * unit;
    return 0;
}

int64_t
time_deadline(int64_t ns)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t at = now.tv_sec * TIME_SECOND + now.tv_nsec;
    return at > INT64_MAX - ns ? INT64_MAX : at + ns;
}

int64_t
time_left(int64_t deadline)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return deadline - (now.tv_sec * TIME_SECOND + now.tv_nsec);
}

int
time_poll_ms(int64_t ns)
{
    int64_t ms = ns / TIME_MILLISECOND + (ns % TIME_MILLISECOND > 0);
    return ns < 0 ? -1 : ms > INT_MAX ? INT_MAX : (int)ms;
}

static PyObject *
time_sleep(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int64_t ns;
    if (time_to_ns(arg, TIME_SECOND, &ns) < 0)
        return NULL;
    if (ns < 0) {
        PyErr_SetString(PyExc_ValueError, "sleep length must be non-negative");
        return NULL;
    }
    int64_t deadline = time_deadline(ns);
    struct timespec until = {.tv_sec = deadline / TIME_SECOND, .tv_nsec = deadline % TIME_SECOND};
    for (;;) {
        int failed;
        Py_BEGIN_ALLOW_THREADS
        failed = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        Py_END_ALLOW_THREADS
        if (failed == 0)
            Py_RETURN_NONE;
        if (failed != EINTR) {
            errno = failed;
            return PyErr_SetFromErrno(PyExc_OSError);
        }
        if (PyErr_CheckSignals() < 0)
            return NULL;
    }
}

/* ------------------------------------------------------------------ module */

#define NOARGS(name, doc) {#name, time_##name, METH_NOARGS, doc}
static PyMethodDef time_methods[] = {
    NOARGS(time, "Return the current time in seconds since the Epoch."),
    NOARGS(time_ns, "Return the current time in nanoseconds since the Epoch."),
    NOARGS(monotonic, "Monotonic clock, cannot go backward."),
    NOARGS(monotonic_ns, "Monotonic clock, cannot go backward, as nanoseconds."),
    NOARGS(perf_counter, "Performance counter for benchmarking."),
    NOARGS(perf_counter_ns, "Performance counter for benchmarking as nanoseconds."),
    NOARGS(process_time, "Process time for profiling: sum of the kernel and user-space CPU time."),
    NOARGS(process_time_ns, "Process time for profiling as nanoseconds."),
    NOARGS(thread_time, "Thread time for profiling: sum of the kernel and user-space CPU time."),
    NOARGS(thread_time_ns, "Thread time for profiling as nanoseconds."),
    {"clock_gettime", time_clock_gettime, METH_O, "Return the time of the specified clock clk_id."},
    {"clock_gettime_ns", time_clock_gettime_ns, METH_O,
     "Return the time of the specified clock clk_id as nanoseconds."},
    {"clock_getres", time_clock_getres, METH_O, "Return the resolution (precision) of the specified clock clk_id."},
    {"get_clock_info", time_get_clock_info, METH_O, "Get information of the specified clock."},
    {"sleep", time_sleep, METH_O, "Delay execution for a given number of seconds."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef time_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "time",
    .m_doc = "This module provides various functions to manipulate time values.",
    .m_methods = time_methods,
};

PyObject *
PyInit_time(void)
{
    PyObject *module = PyModule_Create(&time_module);
    if (module == NULL || time_add_calendar(module) < 0 ||
        PyModule_AddIntConstant(module, "CLOCK_REALTIME", CLOCK_REALTIME) < 0 ||
        PyModule_AddIntConstant(module, "CLOCK_MONOTONIC", CLOCK_MONOTONIC) < 0 ||
        PyModule_AddIntConstant(module, "CLOCK_MONOTONIC_RAW", CLOCK_MONOTONIC_RAW) < 0 ||
        PyModule_AddIntConstant(module, "CLOCK_PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID) < 0 ||
        PyModule_AddIntConstant(module, "CLOCK_THREAD_CPUTIME_ID", CLOCK_THREAD_CPUTIME_ID) < 0 ||
        PyModule_AddIntConstant(module, "CLOCK_TAI", CLOCK_TAI) < 0 ||
        PyModule_AddIntConstant(module, "CLOCK_BOOTTIME", CLOCK_BOOTTIME) < 0)
        return NULL;
    return module;
}
