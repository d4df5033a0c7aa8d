/* posix.c: the module posix, on which the library's os.py stands. */
#include "posix_module.h"
#include "gc_module.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <sysexits.h>

/* ------------------------------------------------------------------ shared helpers */

PyObject *
posix_error(void)
{
    return PyErr_SetFromErrno(PyExc_OSError);
}
PyObject *
posix_path_error(const posix_path *path)
{
    if (path->object == NULL || path->object == Py_None)
        return PyErr_SetFromErrnoWithFilename(PyExc_OSError, path->name != NULL ? path->name : ".");
    return PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path->object);
}
int
posix_interrupted(long result)
{
    if (result >= 0)
        return 0;
    if (errno != EINTR)
        return gc_module_freed_descriptors();
    return PyErr_CheckSignals() < 0 ? -1 : 1;
}

static int
convert_path(PyObject *arg, posix_path *path, int allow_fd)
{
    path->object = arg;
    path->fd = -1;
    path->name = NULL;
    if (allow_fd && PyIndex_Check(arg) && !PyBool_Check(arg)) {
        PyObject *index = PyNumber_Index(arg);
        long fd = index == NULL ? -1 : PyLong_AsLong(index);
        if (PyErr_Occurred())
            return 0;
        path->fd = (int)fd;
        return 1;
    }
    PyObject *plain = PyUnicode_Check(arg) || PyBytes_Check(arg) ? arg : NULL;
    if (plain == NULL) {
        PyObject *method;
        if (_PyObject_LookupAttr((PyObject *)Py_TYPE(arg), PyUnicode_InternFromString("__fspath__"), &method) < 0)
            return 0;
        if (method == NULL) {
            PyErr_Format(PyExc_TypeError, "path should be string, bytes%s or os.PathLike%s, not %.200s",
                         allow_fd ? "," : "", allow_fd ? " or integer" : "", Py_TYPE(arg)->tp_name);
            return 0;
        }
        if ((plain = PyOS_FSPath(arg)) == NULL)
            return 0;
    }
    path->is_bytes = PyBytes_Check(plain);
    path->bytes = path->is_bytes ? plain : PyUnicode_EncodeFSDefault(plain);
    if (path->bytes == NULL)
        return 0;
    path->name = PyBytes_AS_STRING(path->bytes);
    if ((Py_ssize_t)strlen(path->name) != PyBytes_GET_SIZE(path->bytes)) {
        PyErr_SetString(PyExc_ValueError, "embedded null byte");
        return 0;
    }
    return 1;
}
int
posix_path_converter(PyObject *arg, void *path)
{
    return convert_path(arg, path, 0);
}
int
posix_path_or_fd_converter(PyObject *arg, void *path)
{
    return convert_path(arg, path, 1);
}
int
posix_dir_fd_converter(PyObject *arg, void *fd)
{
    if (arg == Py_None) {
        *(int *)fd = AT_FDCWD;
        return 1;
    }
    if (!PyIndex_Check(arg)) {
        PyErr_Format(PyExc_TypeError, "argument should be integer or None, not %.200s", Py_TYPE(arg)->tp_name);
        return 0;
    }
    *(int *)fd = (int)PyLong_AsLong(PyNumber_Index(arg));
    return !PyErr_Occurred();
}

/* ------------------------------------------------------------------ constants */

#define C(name) {#name, name}
static const struct {
    const char *name;
    long value;
} constants[] = {
    C(F_OK), C(R_OK), C(W_OK), C(X_OK), C(O_RDONLY), C(O_WRONLY), C(O_RDWR), C(O_NDELAY), C(O_NONBLOCK), C(O_APPEND),
    C(O_DSYNC), C(O_RSYNC), C(O_SYNC), C(O_NOCTTY), C(O_CREAT), C(O_EXCL), C(O_TRUNC), C(O_LARGEFILE), C(O_PATH),
    C(O_TMPFILE), C(O_CLOEXEC), C(O_DIRECT), C(O_DIRECTORY), C(O_NOFOLLOW), C(O_NOATIME), C(O_ACCMODE), C(O_ASYNC),
    C(SEEK_DATA), C(SEEK_HOLE), C(WNOHANG), C(WUNTRACED), C(WCONTINUED), C(WEXITED), C(WNOWAIT), C(WSTOPPED),
    C(P_PID), C(P_PGID), C(P_ALL), C(EX_OK), C(EX_USAGE), C(EX_DATAERR), C(EX_NOINPUT), C(EX_NOUSER), C(EX_NOHOST),
    C(EX_UNAVAILABLE), C(EX_SOFTWARE), C(EX_OSERR), C(EX_OSFILE), C(EX_CANTCREAT), C(EX_IOERR), C(EX_TEMPFAIL),
    C(EX_PROTOCOL), C(EX_NOPERM), C(EX_CONFIG), C(RTLD_LAZY), C(RTLD_NOW), C(RTLD_GLOBAL), C(RTLD_LOCAL),
    C(RTLD_NODELETE), C(RTLD_NOLOAD), C(RTLD_DEEPBIND), {"NGROUPS_MAX", 65536}, {"TMP_MAX", 238328},
};
/* os.py asks by these names which functions take descriptors, dir_fd and follow_symlinks. */
static const char *const have_functions[] = {
    "HAVE_FACCESSAT", "HAVE_FCHDIR", "HAVE_FCHMOD", "HAVE_FCHMODAT", "HAVE_FCHOWN", "HAVE_FCHOWNAT", "HAVE_FDOPENDIR",
    "HAVE_FSTATAT", "HAVE_FSTATVFS", "HAVE_FTRUNCATE", "HAVE_FUTIMENS", "HAVE_LINKAT", "HAVE_LSTAT", "HAVE_MKDIRAT",
    "HAVE_OPENAT", "HAVE_READLINKAT", "HAVE_RENAMEAT", "HAVE_SYMLINKAT", "HAVE_UNLINKAT", "HAVE_UTIMENSAT",
};

int
posix_add_constants(PyObject *module)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(constants); i++)
        if (PyModule_AddIntConstant(module, constants[i].name, constants[i].value) < 0)
            return -1;
    PyObject *have = PyList_New(0);
    for (size_t i = 0; have != NULL && i < Py_ARRAY_LENGTH(have_functions); i++)
        if (PyList_Append(have, PyUnicode_FromString(have_functions[i])) < 0)
            return -1;
    return have == NULL ? -1 : PyModule_AddObject(module, "_have_functions", have);
}

static struct PyModuleDef posix_def = {PyModuleDef_HEAD_INIT, .m_name = "posix", .m_size = -1};

PyMODINIT_FUNC
PyInit_posix(void)
{
    PyObject *module = PyModule_Create(&posix_def);
    if (module == NULL || posix_add_constants(module) < 0 || posix_add_stat(module) < 0 ||
        posix_add_files(module) < 0 || posix_add_scandir(module) < 0 || posix_add_process(module) < 0 ||
        posix_add_users(module) < 0 || posix_add_conf(module) < 0 ||
        PyModule_AddObject(module, "error", PyExc_OSError) < 0)
        return NULL;
    return module;
}
