/* posix_files.c: files, directories and descriptors. */
#include "posix_module.h"
#include "gc_module.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <termios.h>

static PyTypeObject *terminal_size_type;

/* ------------------------------------------------------------------ directories */

static PyObject *
listdir(PyObject *Py_UNUSED(module), PyObject *args)
{
    posix_path path = {.name = ".", .fd = -1, .object = Py_None};
    PyObject *arg = Py_None;
    if (!PyArg_ParseTuple(args, "|O:listdir", &arg))
        return NULL;
    if (arg != Py_None && !posix_path_or_fd_converter(arg, &path))
        return NULL;
    DIR *dir = posix_open_directory(&path);
    if (dir == NULL)
        return posix_path_error(&path);
    PyObject *names = PyList_New(0);
    struct dirent *entry;
    while (names != NULL && (errno = 0, entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        PyObject *item = path.is_bytes ? PyBytes_FromString(name) : PyUnicode_DecodeFSDefault(name);
        if (item == NULL || PyList_Append(names, item) < 0)
            names = NULL;
    }
    int failed = errno;
    closedir(dir);
    if (names != NULL && failed) {
        errno = failed;
        return posix_path_error(&path);
    }
    return names;
}

static PyObject *
getcwd_as(int bytes)
{
    char *name = getcwd(NULL, 0);
    if (name == NULL)
        return posix_error();
    PyObject *result = bytes ? PyBytes_FromString(name) : PyUnicode_DecodeFSDefault(name);
    free(name);
    return result;
}
static PyObject *
getcwd_function(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args))
{
    return getcwd_as(0);
}
static PyObject *
getcwdb_function(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args))
{
    return getcwd_as(1);
}

/* Functions of one path whose result is success. */
#define ONE_PATH(name, converter, call)                                                                 \
    static PyObject *name##_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)       \
    {                                                                                                   \
        static char *keywords[] = {"path", "dir_fd", NULL};                                             \
        posix_path path;                                                                                \
        int dir_fd = AT_FDCWD;                                                                          \
        if (!PyArg_ParseTupleAndKeywords(args, kwds, "O&|$O&:" #name, keywords, converter, &path,       \
                                         posix_dir_fd_converter, &dir_fd))                              \
            return NULL;                                                                                \
        if (call)                                                                                       \
            return posix_path_error(&path);                                                             \
        Py_RETURN_NONE;                                                                                 \
    }
ONE_PATH(unlink, posix_path_converter, unlinkat(dir_fd, path.name, 0))
ONE_PATH(rmdir, posix_path_converter, unlinkat(dir_fd, path.name, AT_REMOVEDIR))
ONE_PATH(chdir, posix_path_or_fd_converter, path.name ? chdir(path.name) : fchdir(path.fd))
ONE_PATH(chroot, posix_path_converter, chroot(path.name))

static PyObject *
mkdir_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"path", "mode", "dir_fd", NULL};
    posix_path path;
    int dir_fd = AT_FDCWD, mode = 0777;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O&|i$O&:mkdir", keywords, posix_path_converter, &path, &mode,
                                     posix_dir_fd_converter, &dir_fd))
        return NULL;
    if (mkdirat(dir_fd, path.name, (mode_t)mode))
        return posix_path_error(&path);
    Py_RETURN_NONE;
}

static PyObject *
two_paths(PyObject *args, PyObject *kwds, int (*call)(int, const char *, int, const char *))
{
    static char *keywords[] = {"src", "dst", "src_dir_fd", "dst_dir_fd", NULL};
    posix_path src, dst;
    int src_fd = AT_FDCWD, dst_fd = AT_FDCWD;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O&O&|$O&O&", keywords, posix_path_converter, &src,
                                     posix_path_converter, &dst, posix_dir_fd_converter, &src_fd,
                                     posix_dir_fd_converter, &dst_fd))
        return NULL;
    if (call(src_fd, src.name, dst_fd, dst.name))
        return PyErr_SetFromErrnoWithFilenameObjects(PyExc_OSError, src.object, dst.object);
    Py_RETURN_NONE;
}
static PyObject *
rename_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    return two_paths(args, kwds, renameat);
}
static int
link_plain(int src_fd, const char *src, int dst_fd, const char *dst)
{
    return linkat(src_fd, src, dst_fd, dst, 0);
}
static PyObject *
link_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    return two_paths(args, kwds, link_plain);
}
static PyObject *
symlink_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"src", "dst", "target_is_directory", "dir_fd", NULL};
    posix_path src, dst;
    int is_dir = 0, dir_fd = AT_FDCWD;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O&O&|p$O&:symlink", keywords, posix_path_converter, &src,
                                     posix_path_converter, &dst, &is_dir, posix_dir_fd_converter, &dir_fd))
        return NULL;
    if (symlinkat(src.name, dir_fd, dst.name))
        return PyErr_SetFromErrnoWithFilenameObjects(PyExc_OSError, src.object, dst.object);
    Py_RETURN_NONE;
}
static PyObject *
readlink_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"path", "dir_fd", NULL};
    posix_path path;
    int dir_fd = AT_FDCWD;
    char target[PATH_MAX];
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O&|$O&:readlink", keywords, posix_path_converter, &path,
                                     posix_dir_fd_converter, &dir_fd))
        return NULL;
    ssize_t n = readlinkat(dir_fd, path.name, target, sizeof target);
    if (n < 0)
        return posix_path_error(&path);
    return path.is_bytes ? PyBytes_FromStringAndSize(target, n) : PyUnicode_DecodeFSDefaultAndSize(target, n);
}
static PyObject *
chmod_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"path", "mode", "dir_fd", "follow_symlinks", NULL};
    posix_path path;
    int mode, dir_fd = AT_FDCWD, follow = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O&i|$O&p:chmod", keywords, posix_path_or_fd_converter, &path, &mode,
                                     posix_dir_fd_converter, &dir_fd, &follow))
        return NULL;
    if (path.name ? fchmodat(dir_fd, path.name, (mode_t)mode, follow ? 0 : AT_SYMLINK_NOFOLLOW)
                  : fchmod(path.fd, (mode_t)mode))
        return posix_path_error(&path);
    Py_RETURN_NONE;
}
/* A user or group: -1 leaves it as it is. */
static int
owner_converter(PyObject *arg, void *out)
{
    int overflow;
    long long number = PyLong_AsLongLongAndOverflow(arg, &overflow);
    if (number == -1 && PyErr_Occurred())
        return 0;
    if (overflow != 0 || number < -1 || number > (long long)UINT_MAX) {
        PyErr_Format(PyExc_OverflowError, "user or group id is %s",
                     overflow < 0 || number < 0 ? "less than minimum" : "greater than maximum");
        return 0;
    }
    *(uid_t *)out = (uid_t)number;
    return 1;
}
_Static_assert(sizeof(uid_t) == sizeof(gid_t), "one converter for both");

static PyObject *
chown_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"path", "uid", "gid", "dir_fd", "follow_symlinks", NULL};
    posix_path path;
    uid_t uid;
    gid_t gid;
    int dir_fd = AT_FDCWD, follow = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O&O&O&|$O&p:chown", keywords, posix_path_or_fd_converter, &path,
                                     owner_converter, &uid, owner_converter, &gid, posix_dir_fd_converter, &dir_fd,
                                     &follow))
        return NULL;
    if (path.name ? fchownat(dir_fd, path.name, uid, gid, follow ? 0 : AT_SYMLINK_NOFOLLOW)
                  : fchown(path.fd, uid, gid))
        return posix_path_error(&path);
    Py_RETURN_NONE;
}
static PyObject *
access_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"path", "mode", "dir_fd", "effective_ids", "follow_symlinks", NULL};
    posix_path path;
    int mode, dir_fd = AT_FDCWD, effective = 0, follow = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O&i|$O&pp:access", keywords, posix_path_converter, &path, &mode,
                                     posix_dir_fd_converter, &dir_fd, &effective, &follow))
        return NULL;
    int flags = (effective ? AT_EACCESS : 0) | (follow ? 0 : AT_SYMLINK_NOFOLLOW);
    return PyBool_FromLong(faccessat(dir_fd, path.name, mode, flags) == 0);
}

static int
timespec_of(PyObject *value, int nanoseconds, struct timespec *ts)
{
    if (nanoseconds) {
        long long ns = PyLong_AsLongLong(value);
        if (ns == -1 && PyErr_Occurred())
            return -1;
        ts->tv_sec = ns / 1000000000 - (ns % 1000000000 < 0);
        ts->tv_nsec = ns - ts->tv_sec * 1000000000;
        return 0;
    }
    double t = PyFloat_AsDouble(value);
    if (t == -1.0 && PyErr_Occurred())
        return -1;
    if (isnan(t)) {
        PyErr_SetString(PyExc_ValueError, "Invalid value NaN (not a number)");
        return -1;
    }
    ts->tv_sec = (time_t)floor(t);
    ts->tv_nsec = (long)((t - floor(t)) * 1e9);
    return 0;
}
static PyObject *
utime_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"path", "times", "ns", "dir_fd", "follow_symlinks", NULL};
    posix_path path;
    PyObject *times = Py_None, *ns = NULL;
    int dir_fd = AT_FDCWD, follow = 1;
    struct timespec ts[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O&|O$OO&p:utime", keywords, posix_path_or_fd_converter, &path, &times,
                                     &ns, posix_dir_fd_converter, &dir_fd, &follow))
        return NULL;
    if (ns != NULL && times != Py_None) {
        PyErr_SetString(PyExc_ValueError, "utime: you may specify either 'times' or 'ns' but not both");
        return NULL;
    }
    PyObject *pair = ns != NULL ? ns : times;
    if (pair != Py_None) {
        if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2) {
            PyErr_SetString(PyExc_TypeError, ns ? "utime: 'ns' must be a tuple of two ints"
                                                : "utime: 'times' must be either a tuple of two ints or None");
            return NULL;
        }
        for (int i = 0; i < 2; i++)
            if (timespec_of(PyTuple_GET_ITEM(pair, i), ns != NULL, &ts[i]) < 0)
                return NULL;
    }
    if (path.name ? utimensat(dir_fd, path.name, ts, follow ? 0 : AT_SYMLINK_NOFOLLOW) : futimens(path.fd, ts))
        return posix_path_error(&path);
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ descriptors */

static PyObject *
open_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"path", "flags", "mode", "dir_fd", NULL};
    posix_path path;
    int flags, mode = 0777, dir_fd = AT_FDCWD, fd, again;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O&i|i$O&:open", keywords, posix_path_converter, &path, &flags, &mode,
                                     posix_dir_fd_converter, &dir_fd))
        return NULL;
    do
        fd = openat(dir_fd, path.name, flags | O_CLOEXEC, mode);
    while ((again = posix_interrupted(fd)) > 0);
    if (again < 0)
        return NULL;
    return fd < 0 ? posix_path_error(&path) : PyLong_FromLong(fd);
}
static PyObject *
close_function(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int fd = PyObject_AsFileDescriptor(arg);
    if (fd < 0)
        return NULL;
    if (close(fd) < 0 && errno != EINTR)
        return posix_error();
    Py_RETURN_NONE;
}
static PyObject *
closerange_function(PyObject *Py_UNUSED(module), PyObject *args)
{
    int low, high;
    if (!PyArg_ParseTuple(args, "ii:closerange", &low, &high))
        return NULL;
    for (int fd = low; fd < high; fd++)
        close(fd);
    Py_RETURN_NONE;
}
static PyObject *
read_function(PyObject *Py_UNUSED(module), PyObject *args)
{
    int fd, again;
    Py_ssize_t size, n;
    if (!PyArg_ParseTuple(args, "in:read", &fd, &size))
        return NULL;
    if (size < 0) {
        errno = EINVAL;
        return posix_error();
    }
    PyObject *data = PyBytes_FromStringAndSize(NULL, size);
    if (data == NULL)
        return NULL;
    do {
        PyThreadState *saved = PyEval_SaveThread();
        n = read(fd, PyBytes_AS_STRING(data), (size_t)size);
        PyEval_RestoreThread(saved);
    } while ((again = posix_interrupted(n)) > 0);
    if (again < 0)
        return NULL;
    if (n < 0)
        return posix_error();
    return n == size ? data : PyBytes_FromStringAndSize(PyBytes_AS_STRING(data), n);
}
static PyObject *
write_function(PyObject *Py_UNUSED(module), PyObject *args)
{
    int fd, again;
    Py_buffer data;
    Py_ssize_t n;
    if (!PyArg_ParseTuple(args, "iy*:write", &fd, &data))
        return NULL;
    do {
        PyThreadState *saved = PyEval_SaveThread();
        n = write(fd, data.buf, (size_t)data.len);
        PyEval_RestoreThread(saved);
    } while ((again = posix_interrupted(n)) > 0);
    PyBuffer_Release(&data);
    if (again < 0)
        return NULL;
    return n < 0 ? posix_error() : PyLong_FromSsize_t(n);
}
static PyObject *
lseek_function(PyObject *Py_UNUSED(module), PyObject *args)
{
    int fd, whence;
    long long offset;
    if (!PyArg_ParseTuple(args, "iLi:lseek", &fd, &offset, &whence))
        return NULL;
    off_t at = lseek(fd, offset, whence);
    return at < 0 ? posix_error() : PyLong_FromLongLong(at);
}
static PyObject *
dup_function(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int fd = PyObject_AsFileDescriptor(arg);
    if (fd < 0)
        return NULL;
    int copy;
    do
        copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    while (copy < 0 && gc_module_freed_descriptors());
    return copy < 0 ? posix_error() : PyLong_FromLong(copy);
}
static PyObject *
dup2_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"fd", "fd2", "inheritable", NULL};
    int fd, fd2, inheritable = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "ii|p:dup2", keywords, &fd, &fd2, &inheritable))
        return NULL;
    int result = inheritable || fd == fd2 ? dup2(fd, fd2) : dup3(fd, fd2, O_CLOEXEC);
    return result < 0 ? posix_error() : PyLong_FromLong(result);
}
static PyObject *
pipe_function(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args))
{
    int fds[2], failed;
    do
        failed = pipe2(fds, O_CLOEXEC) < 0;
    while (failed && gc_module_freed_descriptors());
    return failed ? posix_error() : Py_BuildValue("(ii)", fds[0], fds[1]);
}
static PyObject *
ftruncate_function(PyObject *Py_UNUSED(module), PyObject *args)
{
    int fd;
    long long size;
    if (!PyArg_ParseTuple(args, "iL:ftruncate", &fd, &size))
        return NULL;
    if (ftruncate(fd, size))
        return posix_error();
    Py_RETURN_NONE;
}
static PyObject *
truncate_function(PyObject *Py_UNUSED(module), PyObject *args)
{
    posix_path path;
    long long size;
    if (!PyArg_ParseTuple(args, "O&L:truncate", posix_path_or_fd_converter, &path, &size))
        return NULL;
    if (path.name ? truncate(path.name, size) : ftruncate(path.fd, size))
        return posix_path_error(&path);
    Py_RETURN_NONE;
}
static PyObject *
fsync_function(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int fd = PyObject_AsFileDescriptor(arg);
    if (fd < 0)
        return NULL;
    if (fsync(fd))
        return posix_error();
    Py_RETURN_NONE;
}
static PyObject *
isatty_function(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int fd = _PyLong_AsInt(arg);
    if (fd == -1 && PyErr_Occurred())
        return NULL;
    return PyBool_FromLong(isatty(fd));
}
static PyObject *
ttyname_function(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int fd = PyObject_AsFileDescriptor(arg);
    char name[128];
    if (fd < 0)
        return NULL;
    if ((errno = ttyname_r(fd, name, sizeof name)) != 0)
        return posix_error();
    return PyUnicode_DecodeFSDefault(name);
}
static PyObject *
get_inheritable(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int fd = PyObject_AsFileDescriptor(arg);
    if (fd < 0)
        return NULL;
    int flags = fcntl(fd, F_GETFD);
    return flags < 0 ? posix_error() : PyBool_FromLong(!(flags & FD_CLOEXEC));
}
static PyObject *
set_inheritable(PyObject *Py_UNUSED(module), PyObject *args)
{
    int fd, inheritable;
    if (!PyArg_ParseTuple(args, "ii:set_inheritable", &fd, &inheritable))
        return NULL;
    int flags = fcntl(fd, F_GETFD);
    if (flags < 0 || fcntl(fd, F_SETFD, inheritable ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC) < 0)
        return posix_error();
    Py_RETURN_NONE;
}
static PyObject *
get_blocking(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int fd = PyObject_AsFileDescriptor(arg);
    if (fd < 0)
        return NULL;
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? posix_error() : PyBool_FromLong(!(flags & O_NONBLOCK));
}
static PyObject *
set_blocking(PyObject *Py_UNUSED(module), PyObject *args)
{
    int fd, blocking;
    if (!PyArg_ParseTuple(args, "ip:set_blocking", &fd, &blocking))
        return NULL;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK) < 0)
        return posix_error();
    Py_RETURN_NONE;
}
static PyObject *
urandom_function(PyObject *Py_UNUSED(module), PyObject *arg)
{
    Py_ssize_t size = PyNumber_AsSsize_t(arg, PyExc_OverflowError), done = 0;
    if (size < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "negative argument not allowed");
        return NULL;
    }
    PyObject *data = PyBytes_FromStringAndSize(NULL, size);
    while (data != NULL && done < size) {
        ssize_t n = getrandom(PyBytes_AS_STRING(data) + done, (size_t)(size - done), 0);
        if (n < 0 && errno != EINTR)
            return posix_error();
        done += n > 0 ? n : 0;
    }
    return data;
}
static PyObject *
get_terminal_size(PyObject *Py_UNUSED(module), PyObject *args)
{
    int fd = STDOUT_FILENO;
    struct winsize w;
    if (!PyArg_ParseTuple(args, "|i:get_terminal_size", &fd))
        return NULL;
    if (ioctl(fd, TIOCGWINSZ, &w))
        return posix_error();
    PyObject *size = PyStructSequence_New(terminal_size_type);
    if (size != NULL) {
        PyStructSequence_SetItem(size, 0, PyLong_FromLong(w.ws_col));
        PyStructSequence_SetItem(size, 1, PyLong_FromLong(w.ws_row));
    }
    return size;
}
static PyObject *
fspath_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"path", NULL};
    PyObject *path;
    return PyArg_ParseTupleAndKeywords(args, kwds, "O:fspath", keywords, &path) ? PyOS_FSPath(path) : NULL;
}

#define KEYWORDS(f) (PyCFunction)(void (*)(void))(f), METH_VARARGS | METH_KEYWORDS
static PyMethodDef file_functions[] = {
    {"listdir", listdir, METH_VARARGS, "Names in a directory."},
    {"getcwd", getcwd_function, METH_NOARGS, "The current directory."},
    {"getcwdb", getcwdb_function, METH_NOARGS, "The current directory, as bytes."},
    {"unlink", KEYWORDS(unlink_function), "Remove a file."},
    {"remove", KEYWORDS(unlink_function), "Remove a file."},
    {"rmdir", KEYWORDS(rmdir_function), "Remove an empty directory."},
    {"chdir", KEYWORDS(chdir_function), "Change the current directory."},
    {"fchdir", KEYWORDS(chdir_function), "Change the current directory to a descriptor's."},
    {"chroot", KEYWORDS(chroot_function), "Change the root directory."},
    {"mkdir", KEYWORDS(mkdir_function), "Make a directory."},
    {"rename", KEYWORDS(rename_function), "Rename a file or directory."},
    {"replace", KEYWORDS(rename_function), "Rename, replacing the target."},
    {"link", KEYWORDS(link_function), "Make a hard link."},
    {"symlink", KEYWORDS(symlink_function), "Make a symbolic link."},
    {"readlink", KEYWORDS(readlink_function), "Where a symbolic link points."},
    {"chmod", KEYWORDS(chmod_function), "Change permission bits."},
    {"fchmod", KEYWORDS(chmod_function), "Change permission bits of a descriptor's file."},
    {"chown", KEYWORDS(chown_function), "Change owner and group."},
    {"access", KEYWORDS(access_function), "Whether access is permitted."},
    {"utime", KEYWORDS(utime_function), "Set access and modification times."},
    {"open", KEYWORDS(open_function), "Open a file; returns a descriptor."},
    {"close", close_function, METH_O, "Close a descriptor."},
    {"closerange", closerange_function, METH_VARARGS, "Close descriptors from low up to high."},
    {"read", read_function, METH_VARARGS, "Read from a descriptor."},
    {"write", write_function, METH_VARARGS, "Write to a descriptor."},
    {"lseek", lseek_function, METH_VARARGS, "Move a descriptor's position."},
    {"dup", dup_function, METH_O, "Duplicate a descriptor."},
    {"dup2", KEYWORDS(dup2_function), "Duplicate a descriptor onto another."},
    {"pipe", pipe_function, METH_NOARGS, "Make a pipe: (read end, write end)."},
    {"ftruncate", ftruncate_function, METH_VARARGS, NULL},
    {"truncate", truncate_function, METH_VARARGS, NULL},
    {"fsync", fsync_function, METH_O, "Write a file's data to its device."},
    {"fdatasync", fsync_function, METH_O, NULL},
    {"isatty", isatty_function, METH_O, "Whether a descriptor is a terminal."},
    {"ttyname", ttyname_function, METH_O, NULL},
    {"get_inheritable", get_inheritable, METH_O, NULL},
    {"set_inheritable", set_inheritable, METH_VARARGS, NULL},
    {"get_blocking", get_blocking, METH_O, NULL},
    {"set_blocking", set_blocking, METH_VARARGS, NULL},
    {"urandom", urandom_function, METH_O, "Random bytes from the system."},
    {"get_terminal_size", get_terminal_size, METH_VARARGS, NULL},
    {"fspath", KEYWORDS(fspath_function), "The file system path that an object stands for."},
    {0},
};

int
posix_add_files(PyObject *module)
{
    static PyStructSequence_Field fields[] = {{"columns", "width in characters"}, {"lines", "height"}, {0}};
    static PyStructSequence_Desc desc = {"os.terminal_size", "Size of a terminal.", fields, 2};
    terminal_size_type = PyStructSequence_NewType(&desc);
    if (terminal_size_type == NULL || PyModule_AddFunctions(module, file_functions) < 0)
        return -1;
    return PyModule_AddObject(module, "terminal_size", (PyObject *)terminal_size_type);
}
