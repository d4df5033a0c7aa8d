/* posix_process.c: processes, users, the environment and the system. */
#include "posix_module.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>

static PyTypeObject *uname_type, *times_type;

#define GETTER(name)                                                                                    \
    static PyObject *name##_function(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args))            \
    {                                                                                                   \
        return PyLong_FromLong((long)name());                                                           \
    }
GETTER(getpid)
GETTER(getppid)
GETTER(getuid)
GETTER(geteuid)
GETTER(getgid)
GETTER(getegid)
GETTER(getpgrp)

static PyObject *
umask_function(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int mask = _PyLong_AsInt(arg);
    return mask == -1 && PyErr_Occurred() ? NULL : PyLong_FromLong((long)umask((mode_t)mask));
}
static PyObject *
kill_function(PyObject *Py_UNUSED(module), PyObject *args)
{
    int pid, sig;
    if (!PyArg_ParseTuple(args, "ii:kill", &pid, &sig))
        return NULL;
    if (kill(pid, sig))
        return posix_error();
    if (PyErr_CheckSignals() < 0)
        return NULL;
    Py_RETURN_NONE;
}
static PyObject *
exit_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"status", NULL};
    int status;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "i:_exit", keywords, &status))
        return NULL;
    _exit(status);
}
static PyObject *
abort_function(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args))
{
    abort();
}
static PyObject *
system_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"command", NULL};
    PyObject *command;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O&:system", keywords, PyUnicode_FSConverter, &command))
        return NULL;
    PyThreadState *saved = PyEval_SaveThread();
    int status = system(PyBytes_AS_STRING(command));
    PyEval_RestoreThread(saved);
    return PyLong_FromLong(status);
}
static PyObject *
waitpid_function(PyObject *Py_UNUSED(module), PyObject *args)
{
    int pid, options, status = 0, again;
    pid_t got;
    if (!PyArg_ParseTuple(args, "ii:waitpid", &pid, &options))
        return NULL;
    do {
        PyThreadState *saved = PyEval_SaveThread();
        got = waitpid(pid, &status, options);
        PyEval_RestoreThread(saved);
    } while ((again = posix_interrupted(got)) > 0);
    if (again < 0)
        return NULL;
    return got < 0 ? posix_error() : Py_BuildValue("(ii)", (int)got, status);
}
#define WAIT_TEST(name)                                                                                 \
    static PyObject *name##_function(PyObject *Py_UNUSED(module), PyObject *arg)                        \
    {                                                                                                   \
        int status = _PyLong_AsInt(arg);                                                                \
        return status == -1 && PyErr_Occurred() ? NULL : PyBool_FromLong(name(status));                 \
    }
#define WAIT_VALUE(name)                                                                                \
    static PyObject *name##_function(PyObject *Py_UNUSED(module), PyObject *arg)                        \
    {                                                                                                   \
        int status = _PyLong_AsInt(arg);                                                                \
        return status == -1 && PyErr_Occurred() ? NULL : PyLong_FromLong(name(status));                 \
    }
WAIT_TEST(WIFEXITED)
WAIT_TEST(WIFSIGNALED)
WAIT_TEST(WIFSTOPPED)
WAIT_TEST(WCOREDUMP)
WAIT_VALUE(WEXITSTATUS)
WAIT_VALUE(WTERMSIG)
WAIT_VALUE(WSTOPSIG)
static PyObject *
waitstatus_to_exitcode(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"status", NULL};
    int status;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "i:waitstatus_to_exitcode", keywords, &status))
        return NULL;
    if (WIFEXITED(status))
        return PyLong_FromLong(WEXITSTATUS(status));
    if (WIFSIGNALED(status))
        return PyLong_FromLong(-WTERMSIG(status));
    PyErr_Format(PyExc_ValueError, "invalid wait status: %i", status);
    return NULL;
}

static PyObject *
environ_dict(void)
{
    PyObject *dict = PyDict_New();
    for (char **e = environ; dict != NULL && e != NULL && *e != NULL; e++) {
        const char *eq = strchr(*e, '=');
        if (eq == NULL)
            continue;
        PyObject *key = PyBytes_FromStringAndSize(*e, eq - *e), *value = PyBytes_FromString(eq + 1);
        if (key == NULL || value == NULL || PyDict_SetDefault(dict, key, value) == NULL)
            return NULL;
    }
    return dict;
}
static PyObject *
putenv_function(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *name, *value;
    if (!PyArg_ParseTuple(args, "O&O&:putenv", PyUnicode_FSConverter, &name, PyUnicode_FSConverter, &value))
        return NULL;
    if (strchr(PyBytes_AS_STRING(name), '=') != NULL) {
        PyErr_SetString(PyExc_ValueError, "illegal environment variable name");
        return NULL;
    }
    if (setenv(PyBytes_AS_STRING(name), PyBytes_AS_STRING(value), 1))
        return posix_error();
    Py_RETURN_NONE;
}
static PyObject *
unsetenv_function(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *name;
    if (!PyArg_ParseTuple(args, "O&:unsetenv", PyUnicode_FSConverter, &name))
        return NULL;
    if (unsetenv(PyBytes_AS_STRING(name)))
        return posix_error();
    Py_RETURN_NONE;
}

static PyObject *
strerror_function(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int code = _PyLong_AsInt(arg);
    return code == -1 && PyErr_Occurred() ? NULL : PyUnicode_DecodeLocale(strerror(code), "surrogateescape");
}
static PyObject *
uname_function(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args))
{
    struct utsname u;
    if (uname(&u) < 0)
        return posix_error();
    const char *values[] = {u.sysname, u.nodename, u.release, u.version, u.machine};
    PyObject *r = PyStructSequence_New(uname_type);
    for (int i = 0; r != NULL && i < 5; i++)
        PyStructSequence_SetItem(r, i, PyUnicode_DecodeFSDefault(values[i]));
    return r;
}
static PyObject *
times_function(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args))
{
    struct tms t;
    double ticks = (double)sysconf(_SC_CLK_TCK);
    clock_t elapsed = times(&t);
    if (elapsed == (clock_t)-1)
        return posix_error();
    const clock_t values[] = {t.tms_utime, t.tms_stime, t.tms_cutime, t.tms_cstime, elapsed};
    PyObject *r = PyStructSequence_New(times_type);
    for (int i = 0; r != NULL && i < 5; i++)
        PyStructSequence_SetItem(r, i, PyFloat_FromDouble((double)values[i] / ticks));
    return r;
}
static PyObject *
cpu_count(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args))
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? Py_None : PyLong_FromLong(n);
}
static PyObject *
sched_getaffinity_function(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int pid = _PyLong_AsInt(arg);
    cpu_set_t set;
    if (pid == -1 && PyErr_Occurred())
        return NULL;
    if (sched_getaffinity(pid, sizeof set, &set))
        return posix_error();
    PyObject *cpus = PySet_New(NULL);
    for (int i = 0; cpus != NULL && i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &set) && PySet_Add(cpus, PyLong_FromLong(i)) < 0)
            return NULL;
    return cpus;
}
static PyObject *
sched_yield_function(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args))
{
    sched_yield();
    Py_RETURN_NONE;
}
static PyObject *
getloadavg_function(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args))
{
    double l[3];
    if (getloadavg(l, 3) != 3) {
        PyErr_SetString(PyExc_OSError, "Load averages are unobtainable");
        return NULL;
    }
    return Py_BuildValue("ddd", l[0], l[1], l[2]);
}

#define KEYWORDS(f) (PyCFunction)(void (*)(void))(f), METH_VARARGS | METH_KEYWORDS
static PyMethodDef functions[] = {
    {"getpid", getpid_function, METH_NOARGS, NULL},
    {"getppid", getppid_function, METH_NOARGS, NULL},
    {"getuid", getuid_function, METH_NOARGS, NULL},
    {"geteuid", geteuid_function, METH_NOARGS, NULL},
    {"getgid", getgid_function, METH_NOARGS, NULL},
    {"getegid", getegid_function, METH_NOARGS, NULL},
    {"getpgrp", getpgrp_function, METH_NOARGS, NULL},
    {"umask", umask_function, METH_O, NULL},
    {"kill", kill_function, METH_VARARGS, NULL},
    {"_exit", KEYWORDS(exit_function), "End the process at once, without clean-up."},
    {"abort", abort_function, METH_NOARGS, NULL},
    {"system", KEYWORDS(system_function), "Run a command in a shell."},
    {"waitpid", waitpid_function, METH_VARARGS, NULL},
    {"WIFEXITED", WIFEXITED_function, METH_O, NULL},
    {"WIFSIGNALED", WIFSIGNALED_function, METH_O, NULL},
    {"WIFSTOPPED", WIFSTOPPED_function, METH_O, NULL},
    {"WCOREDUMP", WCOREDUMP_function, METH_O, NULL},
    {"WEXITSTATUS", WEXITSTATUS_function, METH_O, NULL},
    {"WTERMSIG", WTERMSIG_function, METH_O, NULL},
    {"WSTOPSIG", WSTOPSIG_function, METH_O, NULL},
    {"waitstatus_to_exitcode", KEYWORDS(waitstatus_to_exitcode), NULL},
    {"putenv", putenv_function, METH_VARARGS, NULL},
    {"unsetenv", unsetenv_function, METH_VARARGS, NULL},
    {"strerror", strerror_function, METH_O, NULL},
    {"uname", uname_function, METH_NOARGS, NULL},
    {"times", times_function, METH_NOARGS, NULL},
    {"cpu_count", cpu_count, METH_NOARGS, NULL},
    {"sched_getaffinity", sched_getaffinity_function, METH_O, NULL},
    {"sched_yield", sched_yield_function, METH_NOARGS, NULL},
    {"getloadavg", getloadavg_function, METH_NOARGS, NULL},
    {0},
};

int
posix_add_process(PyObject *module)
{
    static PyStructSequence_Field uname_fields[] = {{"sysname", NULL}, {"nodename", NULL}, {"release", NULL},
                                                    {"version", NULL}, {"machine", NULL},  {0}};
    static PyStructSequence_Desc uname_desc = {"posix.uname_result", "Names of the system.", uname_fields, 5};
    static PyStructSequence_Field times_fields[] = {{"user", NULL}, {"system", NULL}, {"children_user", NULL},
                                                    {"children_system", NULL}, {"elapsed", NULL}, {0}};
    static PyStructSequence_Desc times_desc = {"posix.times_result", "Process times in seconds.", times_fields, 5};
    uname_type = PyStructSequence_NewType(&uname_desc);
    times_type = PyStructSequence_NewType(&times_desc);
    if (uname_type == NULL || times_type == NULL || PyModule_AddFunctions(module, functions) < 0)
        return -1;
    PyObject *env = environ_dict();
    return env == NULL || PyModule_AddObject(module, "environ", env) < 0 ||
                   PyModule_AddObject(module, "uname_result", (PyObject *)uname_type) < 0 ||
                   PyModule_AddObject(module, "times_result", (PyObject *)times_type) < 0
               ? -1
               : 0;
}
