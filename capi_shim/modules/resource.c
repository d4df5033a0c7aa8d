/* resource.c: the module resource: limits, and what was used. */
#include "runtime.h"

#include <sys/resource.h>

static PyTypeObject *rusage_type;

static PyObject *
resource_getrusage(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int who = _PyLong_AsInt(arg);
    struct rusage u;
    if (who == -1 && PyErr_Occurred())
        return NULL;
    if (getrusage(who, &u) < 0) {
        if (errno != EINVAL)
            return PyErr_SetFromErrno(PyExc_OSError);
        PyErr_SetString(PyExc_ValueError, "invalid who parameter");
        return NULL;
    }
    const struct timeval times[] = {u.ru_utime, u.ru_stime};
    const long counts[] = {u.ru_maxrss, u.ru_ixrss, u.ru_idrss, u.ru_isrss, u.ru_minflt, u.ru_majflt, u.ru_nswap,
                           u.ru_inblock, u.ru_oublock, u.ru_msgsnd, u.ru_msgrcv, u.ru_nsignals, u.ru_nvcsw, u.ru_nivcsw};
    PyObject *r = PyStructSequence_New(rusage_type);
    for (int i = 0; r != NULL && i < 2; i++)
        PyStructSequence_SetItem(r, i, PyFloat_FromDouble((double)times[i].tv_sec + (double)times[i].tv_usec * 1e-6));
    for (int i = 0; r != NULL && i < (int)Py_ARRAY_LENGTH(counts); i++)
        PyStructSequence_SetItem(r, 2 + i, PyLong_FromLong(counts[i]));
    return r;
}

/* Without a limit the value is -1. */
static PyObject *
limits_object(const struct rlimit *l)
{
    return Py_BuildValue("LL", (long long)l->rlim_cur, (long long)l->rlim_max);
}

static int
parse_limits(PyObject *arg, struct rlimit *l)
{
    PyObject *pair = PySequence_Tuple(arg);
    rlim_t *const places[] = {&l->rlim_cur, &l->rlim_max};
    if (pair == NULL)
        return -1;
    if (PyTuple_GET_SIZE(pair) != 2) {
        PyErr_SetString(PyExc_ValueError, "expected a tuple of 2 integers");
        return -1;
    }
    for (int i = 0; i < 2; i++) {
        long long value = PyLong_AsLongLong(PyTuple_GET_ITEM(pair, i));
        if (value == -1 && PyErr_Occurred())
            return -1;
        *places[i] = (rlim_t)value;
    }
    return 0;
}

static int
check_resource(int resource)
{
    if (resource >= 0 && resource < RLIM_NLIMITS)
        return 0;
    PyErr_SetString(PyExc_ValueError, "invalid resource specified");
    return -1;
}

static PyObject *
limit_error(void)
{
    if (errno == EINVAL)
        PyErr_SetString(PyExc_ValueError, "current limit exceeds maximum limit");
    else if (errno == EPERM)
        PyErr_SetString(PyExc_ValueError, "not allowed to raise maximum limit");
    else
        PyErr_SetFromErrno(PyExc_OSError);
    return NULL;
}

static PyObject *
resource_getrlimit(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int resource = _PyLong_AsInt(arg);
    struct rlimit l;
    if ((resource == -1 && PyErr_Occurred()) || check_resource(resource) < 0)
        return NULL;
    return getrlimit((__rlimit_resource_t)resource, &l) < 0 ? PyErr_SetFromErrno(PyExc_OSError) : limits_object(&l);
}

static PyObject *
resource_setrlimit(PyObject *Py_UNUSED(module), PyObject *args)
{
    int resource;
    PyObject *limits;
    struct rlimit l;
    if (!PyArg_ParseTuple(args, "iO:setrlimit", &resource, &limits) || check_resource(resource) < 0 ||
        parse_limits(limits, &l) < 0)
        return NULL;
    if (setrlimit((__rlimit_resource_t)resource, &l) < 0)
        return limit_error();
    Py_RETURN_NONE;
}

static PyObject *
resource_prlimit(PyObject *Py_UNUSED(module), PyObject *args)
{
    int pid, resource;
    PyObject *limits = Py_None;
    struct rlimit fresh, old;
    if (!PyArg_ParseTuple(args, "ii|O:prlimit", &pid, &resource, &limits) || check_resource(resource) < 0 ||
        (limits != Py_None && parse_limits(limits, &fresh) < 0))
        return NULL;
    if (prlimit(pid, (__rlimit_resource_t)resource, limits != Py_None ? &fresh : NULL, &old) < 0) {
        if (errno != EINVAL)
            return PyErr_SetFromErrno(PyExc_OSError);
        return limit_error();
    }
    return limits_object(&old);
}

static PyObject *
resource_getpagesize(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(sysconf(_SC_PAGESIZE));
}

#define C(name) {#name, (long)(name)}
static const struct {
    const char *name;
    long value;
} constants[] = {
    C(RLIMIT_CPU), C(RLIMIT_FSIZE), C(RLIMIT_DATA), C(RLIMIT_STACK), C(RLIMIT_CORE), C(RLIMIT_NOFILE), C(RLIMIT_OFILE),
    C(RLIMIT_AS), C(RLIMIT_RSS), C(RLIMIT_NPROC), C(RLIMIT_MEMLOCK), C(RLIMIT_MSGQUEUE), C(RLIMIT_NICE),
    C(RLIMIT_RTPRIO), C(RLIMIT_RTTIME), C(RLIMIT_SIGPENDING), C(RUSAGE_SELF), C(RUSAGE_CHILDREN), C(RUSAGE_THREAD),
    C(RLIM_INFINITY),
};
static PyMethodDef methods[] = {
    {"getrusage", resource_getrusage, METH_O, "What a process, its children or the thread has used."},
    {"getrlimit", resource_getrlimit, METH_O, "(soft limit, hard limit) of a resource."},
    {"setrlimit", resource_setrlimit, METH_VARARGS, "Set both limits of a resource."},
    {"prlimit", resource_prlimit, METH_VARARGS, "Both limits of another process; set them when they are given."},
    {"getpagesize", resource_getpagesize, METH_NOARGS, "Bytes of a page."},
    {0},
};
static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "resource",
    .m_doc = "Limits of resources, and their use.",
    .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_resource(void)
{
    static PyStructSequence_Field fields[] = {
        {"ru_utime", NULL},   {"ru_stime", NULL},   {"ru_maxrss", NULL},  {"ru_ixrss", NULL},    {"ru_idrss", NULL},
        {"ru_isrss", NULL},   {"ru_minflt", NULL},  {"ru_majflt", NULL},  {"ru_nswap", NULL},    {"ru_inblock", NULL},
        {"ru_oublock", NULL}, {"ru_msgsnd", NULL},  {"ru_msgrcv", NULL},  {"ru_nsignals", NULL}, {"ru_nvcsw", NULL},
        {"ru_nivcsw", NULL},  {0}};
    static PyStructSequence_Desc desc = {"resource.struct_rusage", "Times in seconds, memory in KiB.", fields, 16};
    PyObject *module = PyModule_Create(&module_def);
    rusage_type = PyStructSequence_NewType(&desc);
    if (module == NULL || rusage_type == NULL ||
        PyModule_AddObject(module, "struct_rusage", (PyObject *)rusage_type) < 0 ||
        PyModule_AddObject(module, "error", PyExc_OSError) < 0)
        return NULL;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(constants); i++)
        if (PyModule_AddIntConstant(module, constants[i].name, constants[i].value) < 0)
            return NULL;
    return module;
}
