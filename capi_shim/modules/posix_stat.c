/* posix_stat.c: stat and friends, and the result types. */
#include "posix_module.h"

#include <fcntl.h>
#include <sys/statvfs.h>

static PyTypeObject *stat_type, *statvfs_type;

static PyStructSequence_Field stat_fields[] = {
    {"st_mode", "protection bits"}, {"st_ino", "inode"}, {"st_dev", "device"}, {"st_nlink", "hard links"},
    {"st_uid", "owner"}, {"st_gid", "group"}, {"st_size", "bytes"},
    {NULL, "integer time of last access"}, {NULL, "integer time of last modification"},
    {NULL, "integer time of last change"},
    {"st_atime", "time of last access"}, {"st_mtime", "time of last modification"}, {"st_ctime", "time of last change"},
    {"st_atime_ns", "in nanoseconds"}, {"st_mtime_ns", "in nanoseconds"}, {"st_ctime_ns", "in nanoseconds"},
    {"st_blksize", "preferred block size"}, {"st_blocks", "blocks of 512 bytes"}, {"st_rdev", "device type"},
    {0},
};
static PyStructSequence_Desc stat_desc = {"os.stat_result", "Result of stat, fstat and lstat.", stat_fields, 10};
static PyStructSequence_Field statvfs_fields[] = {
    {"f_bsize", NULL}, {"f_frsize", NULL}, {"f_blocks", NULL}, {"f_bfree", NULL}, {"f_bavail", NULL},
    {"f_files", NULL}, {"f_ffree", NULL}, {"f_favail", NULL}, {"f_flag", NULL}, {"f_namemax", NULL}, {"f_fsid", NULL},
    {0},
};
static PyStructSequence_Desc statvfs_desc = {"os.statvfs_result", "Result of statvfs.", statvfs_fields, 10};

PyObject *
posix_stat_result(const struct stat *st)
{
    PyObject *r = PyStructSequence_New(stat_type);
    if (r == NULL)
        return NULL;
    const struct timespec times[3] = {st->st_atim, st->st_mtim, st->st_ctim};
    PyStructSequence_SetItem(r, 0, PyLong_FromUnsignedLong(st->st_mode));
    PyStructSequence_SetItem(r, 1, PyLong_FromUnsignedLong(st->st_ino));
    PyStructSequence_SetItem(r, 2, PyLong_FromUnsignedLong(st->st_dev));
    PyStructSequence_SetItem(r, 3, PyLong_FromUnsignedLong(st->st_nlink));
    PyStructSequence_SetItem(r, 4, PyLong_FromUnsignedLong(st->st_uid));
    PyStructSequence_SetItem(r, 5, PyLong_FromUnsignedLong(st->st_gid));
    PyStructSequence_SetItem(r, 6, PyLong_FromLongLong(st->st_size));
    for (int i = 0; i < 3; i++) {
        PyStructSequence_SetItem(r, 7 + i, PyLong_FromLongLong(times[i].tv_sec));
        PyStructSequence_SetItem(r, 10 + i, PyFloat_FromDouble((double)times[i].tv_sec + 1e-9 * (double)times[i].tv_nsec));
        PyStructSequence_SetItem(r, 13 + i, PyLong_FromLongLong(times[i].tv_sec * 1000000000LL + times[i].tv_nsec));
    }
    PyStructSequence_SetItem(r, 16, PyLong_FromLong(st->st_blksize));
    PyStructSequence_SetItem(r, 17, PyLong_FromLongLong(st->st_blocks));
    PyStructSequence_SetItem(r, 18, PyLong_FromUnsignedLong(st->st_rdev));
    return PyErr_Occurred() ? NULL : r;
}

PyObject *
posix_stat_path(const posix_path *path, int dir_fd, int follow)
{
    struct stat st;
    int failed = path->name == NULL ? fstat(path->fd, &st)
                                    : fstatat(dir_fd, path->name, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW);
    return failed ? posix_path_error(path) : posix_stat_result(&st);
}

static PyObject *
stat_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"path", "dir_fd", "follow_symlinks", NULL};
    posix_path path;
    int dir_fd = AT_FDCWD, follow = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O&|$O&p:stat", keywords, posix_path_or_fd_converter, &path,
                                     posix_dir_fd_converter, &dir_fd, &follow))
        return NULL;
    return posix_stat_path(&path, dir_fd, follow);
}
static PyObject *
lstat_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"path", "dir_fd", NULL};
    posix_path path;
    int dir_fd = AT_FDCWD;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O&|$O&:lstat", keywords, posix_path_converter, &path,
                                     posix_dir_fd_converter, &dir_fd))
        return NULL;
    return posix_stat_path(&path, dir_fd, 0);
}
static PyObject *
fstat_function(PyObject *Py_UNUSED(module), PyObject *arg)
{
    struct stat st;
    int fd = PyObject_AsFileDescriptor(arg);
    if (fd < 0)
        return NULL;
    return fstat(fd, &st) ? posix_error() : posix_stat_result(&st);
}
static PyObject *
statvfs_function(PyObject *Py_UNUSED(module), PyObject *arg)
{
    posix_path path;
    struct statvfs s;
    if (!posix_path_or_fd_converter(arg, &path))
        return NULL;
    if (path.name == NULL ? fstatvfs(path.fd, &s) : statvfs(path.name, &s))
        return posix_path_error(&path);
    PyObject *r = PyStructSequence_New(statvfs_type);
    const unsigned long values[] = {s.f_bsize, s.f_frsize, s.f_blocks, s.f_bfree, s.f_bavail, s.f_files,
                                    s.f_ffree, s.f_favail, s.f_flag,   s.f_namemax, s.f_fsid};
    for (int i = 0; r != NULL && i < 11; i++)
        PyStructSequence_SetItem(r, i, PyLong_FromUnsignedLong(values[i]));
    return r;
}

static PyMethodDef stat_functions[] = {
    {"stat", (PyCFunction)(void (*)(void))stat_function, METH_VARARGS | METH_KEYWORDS, "Status of a file."},
    {"lstat", (PyCFunction)(void (*)(void))lstat_function, METH_VARARGS | METH_KEYWORDS,
     "Status of a file, not following a symbolic link."},
    {"fstat", fstat_function, METH_O, "Status of an open descriptor."},
    {"statvfs", statvfs_function, METH_O, "Status of a file system."},
    {0},
};

int
posix_add_stat(PyObject *module)
{
    for (int i = 7; i < 10; i++)
        stat_fields[i].name = PyStructSequence_UnnamedField;
    stat_type = PyStructSequence_NewType(&stat_desc);
    statvfs_type = PyStructSequence_NewType(&statvfs_desc);
    if (stat_type == NULL || statvfs_type == NULL || PyModule_AddFunctions(module, stat_functions) < 0)
        return -1;
    return PyModule_AddObject(module, "stat_result", (PyObject *)stat_type) < 0 ||
                   PyModule_AddObject(module, "statvfs_result", (PyObject *)statvfs_type) < 0
               ? -1
               : 0;
}
