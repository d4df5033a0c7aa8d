/* posix_conf.c: the system's limits and options by name: sysconf, pathconf, fpathconf, confstr. */
#include "posix_module.h"

#define NAME(name) {#name, _##name}
typedef struct conf_name {
    const char *name;
    int number;
} conf_name;


static const conf_name system_names[] = {
    NAME(SC_2_CHAR_TERM), NAME(SC_2_C_BIND), NAME(SC_2_C_DEV), NAME(SC_2_C_VERSION), NAME(SC_2_FORT_DEV),
    NAME(SC_2_FORT_RUN), NAME(SC_2_LOCALEDEF), NAME(SC_2_SW_DEV), NAME(SC_2_UPE), NAME(SC_2_VERSION),
    NAME(SC_AIO_LISTIO_MAX), NAME(SC_AIO_MAX), NAME(SC_AIO_PRIO_DELTA_MAX), NAME(SC_ARG_MAX),
    NAME(SC_ASYNCHRONOUS_IO), NAME(SC_ATEXIT_MAX), NAME(SC_AVPHYS_PAGES), NAME(SC_BC_BASE_MAX), NAME(SC_BC_DIM_MAX),
    NAME(SC_BC_SCALE_MAX), NAME(SC_BC_STRING_MAX), NAME(SC_CHARCLASS_NAME_MAX), NAME(SC_CHAR_BIT),
    NAME(SC_CHAR_MAX), NAME(SC_CHAR_MIN), NAME(SC_CHILD_MAX), NAME(SC_CLK_TCK), NAME(SC_COLL_WEIGHTS_MAX),
    NAME(SC_DELAYTIMER_MAX), NAME(SC_EQUIV_CLASS_MAX), NAME(SC_EXPR_NEST_MAX), NAME(SC_FSYNC),
    NAME(SC_GETGR_R_SIZE_MAX), NAME(SC_GETPW_R_SIZE_MAX), NAME(SC_INT_MAX), NAME(SC_INT_MIN), NAME(SC_IOV_MAX),
    NAME(SC_JOB_CONTROL), NAME(SC_LINE_MAX), NAME(SC_LOGIN_NAME_MAX), NAME(SC_LONG_BIT), NAME(SC_MAPPED_FILES),
    NAME(SC_MB_LEN_MAX), NAME(SC_MEMLOCK), NAME(SC_MEMLOCK_RANGE), NAME(SC_MEMORY_PROTECTION),
    NAME(SC_MESSAGE_PASSING), NAME(SC_MINSIGSTKSZ), NAME(SC_MQ_OPEN_MAX), NAME(SC_MQ_PRIO_MAX),
    NAME(SC_NGROUPS_MAX), NAME(SC_NL_ARGMAX), NAME(SC_NL_LANGMAX), NAME(SC_NL_MSGMAX), NAME(SC_NL_NMAX),
    NAME(SC_NL_SETMAX), NAME(SC_NL_TEXTMAX), NAME(SC_NPROCESSORS_CONF), NAME(SC_NPROCESSORS_ONLN), NAME(SC_NZERO),
    NAME(SC_OPEN_MAX), NAME(SC_PAGESIZE), NAME(SC_PAGE_SIZE), NAME(SC_PASS_MAX), NAME(SC_PHYS_PAGES), NAME(SC_PII),
    NAME(SC_PII_INTERNET), NAME(SC_PII_INTERNET_DGRAM), NAME(SC_PII_INTERNET_STREAM), NAME(SC_PII_OSI),
    NAME(SC_PII_OSI_CLTS), NAME(SC_PII_OSI_COTS), NAME(SC_PII_OSI_M), NAME(SC_PII_SOCKET), NAME(SC_PII_XTI),
    NAME(SC_POLL), NAME(SC_PRIORITIZED_IO), NAME(SC_PRIORITY_SCHEDULING), NAME(SC_REALTIME_SIGNALS),
    NAME(SC_RE_DUP_MAX), NAME(SC_RTSIG_MAX), NAME(SC_SAVED_IDS), NAME(SC_SCHAR_MAX), NAME(SC_SCHAR_MIN),
    NAME(SC_SELECT), NAME(SC_SEMAPHORES), NAME(SC_SEM_NSEMS_MAX), NAME(SC_SEM_VALUE_MAX),
    NAME(SC_SHARED_MEMORY_OBJECTS), NAME(SC_SHRT_MAX), NAME(SC_SHRT_MIN), NAME(SC_SIGQUEUE_MAX), NAME(SC_SSIZE_MAX),
    NAME(SC_STREAM_MAX), NAME(SC_SYNCHRONIZED_IO), NAME(SC_THREADS), NAME(SC_THREAD_ATTR_STACKADDR),
    NAME(SC_THREAD_ATTR_STACKSIZE), NAME(SC_THREAD_DESTRUCTOR_ITERATIONS), NAME(SC_THREAD_KEYS_MAX),
    NAME(SC_THREAD_PRIORITY_SCHEDULING), NAME(SC_THREAD_PRIO_INHERIT), NAME(SC_THREAD_PRIO_PROTECT),
    NAME(SC_THREAD_PROCESS_SHARED), NAME(SC_THREAD_SAFE_FUNCTIONS), NAME(SC_THREAD_STACK_MIN),
    NAME(SC_THREAD_THREADS_MAX), NAME(SC_TIMERS), NAME(SC_TIMER_MAX), NAME(SC_TTY_NAME_MAX), NAME(SC_TZNAME_MAX),
    NAME(SC_T_IOV_MAX), NAME(SC_UCHAR_MAX), NAME(SC_UINT_MAX), NAME(SC_UIO_MAXIOV), NAME(SC_ULONG_MAX),
    NAME(SC_USHRT_MAX), NAME(SC_VERSION), NAME(SC_WORD_BIT), NAME(SC_XBS5_ILP32_OFF32), NAME(SC_XBS5_ILP32_OFFBIG),
    NAME(SC_XBS5_LP64_OFF64), NAME(SC_XBS5_LPBIG_OFFBIG), NAME(SC_XOPEN_CRYPT), NAME(SC_XOPEN_ENH_I18N),
    NAME(SC_XOPEN_LEGACY), NAME(SC_XOPEN_REALTIME), NAME(SC_XOPEN_REALTIME_THREADS), NAME(SC_XOPEN_SHM),
    NAME(SC_XOPEN_UNIX), NAME(SC_XOPEN_VERSION), NAME(SC_XOPEN_XCU_VERSION), NAME(SC_XOPEN_XPG2),
    NAME(SC_XOPEN_XPG3), NAME(SC_XOPEN_XPG4),
};

static const conf_name path_names[] = {
    NAME(PC_ALLOC_SIZE_MIN), NAME(PC_ASYNC_IO), NAME(PC_CHOWN_RESTRICTED), NAME(PC_FILESIZEBITS), NAME(PC_LINK_MAX),
    NAME(PC_MAX_CANON), NAME(PC_MAX_INPUT), NAME(PC_NAME_MAX), NAME(PC_NO_TRUNC), NAME(PC_PATH_MAX),
    NAME(PC_PIPE_BUF), NAME(PC_PRIO_IO), NAME(PC_REC_INCR_XFER_SIZE), NAME(PC_REC_MAX_XFER_SIZE),
    NAME(PC_REC_MIN_XFER_SIZE), NAME(PC_REC_XFER_ALIGN), NAME(PC_SOCK_MAXBUF), NAME(PC_SYMLINK_MAX),
    NAME(PC_SYNC_IO), NAME(PC_VDISABLE),
};

static const conf_name string_names[] = {
    NAME(CS_GNU_LIBC_VERSION), NAME(CS_GNU_LIBPTHREAD_VERSION), NAME(CS_LFS64_CFLAGS), NAME(CS_LFS64_LDFLAGS),
    NAME(CS_LFS64_LIBS), NAME(CS_LFS64_LINTFLAGS), NAME(CS_LFS_CFLAGS), NAME(CS_LFS_LDFLAGS), NAME(CS_LFS_LIBS),
    NAME(CS_LFS_LINTFLAGS), NAME(CS_PATH), NAME(CS_XBS5_ILP32_OFF32_CFLAGS), NAME(CS_XBS5_ILP32_OFF32_LDFLAGS),
    NAME(CS_XBS5_ILP32_OFF32_LIBS), NAME(CS_XBS5_ILP32_OFF32_LINTFLAGS), NAME(CS_XBS5_ILP32_OFFBIG_CFLAGS),
    NAME(CS_XBS5_ILP32_OFFBIG_LDFLAGS), NAME(CS_XBS5_ILP32_OFFBIG_LIBS), NAME(CS_XBS5_ILP32_OFFBIG_LINTFLAGS),
    NAME(CS_XBS5_LP64_OFF64_CFLAGS), NAME(CS_XBS5_LP64_OFF64_LDFLAGS), NAME(CS_XBS5_LP64_OFF64_LIBS),
    NAME(CS_XBS5_LP64_OFF64_LINTFLAGS), NAME(CS_XBS5_LPBIG_OFFBIG_CFLAGS), NAME(CS_XBS5_LPBIG_OFFBIG_LDFLAGS),
    NAME(CS_XBS5_LPBIG_OFFBIG_LIBS), NAME(CS_XBS5_LPBIG_OFFBIG_LINTFLAGS),
};


/* A name of the table, or the number itself: 1, or 0 with an exception. */
static int
convert(PyObject *arg, const conf_name *table, size_t n, int *number)
{
    if (PyLong_Check(arg)) {
        *number = _PyLong_AsInt(arg);
        return *number != -1 || !PyErr_Occurred();
    }
    if (!PyUnicode_Check(arg)) {
        PyErr_SetString(PyExc_TypeError, "configuration names must be strings or integers");
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        if (PyUnicode_CompareWithASCIIString(arg, table[i].name) == 0) {
            *number = table[i].number;
            return 1;
        }
    PyErr_SetString(PyExc_ValueError, "unrecognized configuration name");
    return 0;
}

static int
system_converter(PyObject *arg, void *number)
{
    return convert(arg, system_names, Py_ARRAY_LENGTH(system_names), number);
}
static int
path_converter(PyObject *arg, void *number)
{
    return convert(arg, path_names, Py_ARRAY_LENGTH(path_names), number);
}
static int
string_converter(PyObject *arg, void *number)
{
    return convert(arg, string_names, Py_ARRAY_LENGTH(string_names), number);
}

/* -1 is an answer too (no limit), unless errno says otherwise. */
static PyObject *
answer(long value)
{
    return value == -1 && errno != 0 ? posix_error() : PyLong_FromLong(value);
}

static PyObject *
sysconf_function(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int number;
    if (!system_converter(arg, &number))
        return NULL;
    errno = 0;
    return answer(sysconf(number));
}

static PyObject *
pathconf_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"path", "name", NULL};
    posix_path path;
    int number;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O&O&:pathconf", keywords, posix_path_or_fd_converter, &path,
                                     path_converter, &number))
        return NULL;
    errno = 0;
    long value = path.name != NULL ? pathconf(path.name, number) : fpathconf(path.fd, number);
    return value == -1 && errno != 0 ? posix_path_error(&path) : PyLong_FromLong(value);
}

static PyObject *
fpathconf_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"fd", "name", NULL};
    int fd, number;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "iO&:fpathconf", keywords, &fd, path_converter, &number))
        return NULL;
    errno = 0;
    return answer(fpathconf(fd, number));
}

/* None: defined, but without a value. */
static PyObject *
confstr_function(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int number;
    if (!string_converter(arg, &number))
        return NULL;
    errno = 0;
    size_t size = confstr(number, NULL, 0);
    if (size == 0)
        return errno != 0 ? posix_error() : Py_None;
    char *text = gcrt_alloc_leaf(size);
    if (text == NULL)
        return NULL;
    confstr(number, text, size);
    return PyUnicode_DecodeFSDefaultAndSize(text, (Py_ssize_t)size - 1);
}

static PyMethodDef methods[] = {
    {"sysconf", sysconf_function, METH_O, "A limit or an option of the system."},
    {"pathconf", _PyCFunction_CAST(pathconf_function), METH_VARARGS | METH_KEYWORDS, "A limit of a file or folder."},
    {"fpathconf", _PyCFunction_CAST(fpathconf_function), METH_VARARGS | METH_KEYWORDS, "The same of an open file."},
    {"confstr", confstr_function, METH_O, "A text that describes the system."},
    {0},
};

static int
add_names(PyObject *module, const char *attribute, const conf_name *table, size_t n)
{
    PyObject *names = PyDict_New();
    for (size_t i = 0; names != NULL && i < n; i++)
        if (PyDict_SetItemString(names, table[i].name, PyLong_FromLong(table[i].number)) < 0)
            return -1;
    return PyModule_AddObjectRef(module, attribute, names);
}

int
posix_add_conf(PyObject *module)
{
    return PyModule_AddFunctions(module, methods) < 0 ||
                   add_names(module, "sysconf_names", system_names, Py_ARRAY_LENGTH(system_names)) < 0 ||
                   add_names(module, "pathconf_names", path_names, Py_ARRAY_LENGTH(path_names)) < 0 ||
                   add_names(module, "confstr_names", string_names, Py_ARRAY_LENGTH(string_names)) < 0
               ? -1
               : 0;
}
