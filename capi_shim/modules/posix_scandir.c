/* posix_scandir.c: scandir and DirEntry. */
#include "posix_module.h"
#include "gc_module.h"

#include <dirent.h>
#include <fcntl.h>

typedef struct {
    PyObject_HEAD
    PyObject *name, *path, *stat, *lstat;
    ino_t inode;
    unsigned char kind; /* DT_* */
    int dir_fd;
} direntry;
typedef struct {
    PyObject_HEAD
    DIR *dir; /* NULL when exhausted or closed */
    PyObject *base;
    int is_bytes, fd;
} dirscan;

static PyObject *
make_path(PyObject *base, PyObject *name)
{
    if (base == Py_None)
        return name;
    if (PyBytes_Check(base)) {
        Py_ssize_t n = PyBytes_GET_SIZE(base);
        const char *slash = n == 0 || PyBytes_AS_STRING(base)[n - 1] == '/' ? "" : "/";
        return PyBytes_FromFormat("%s%s%s", PyBytes_AS_STRING(base), slash, PyBytes_AS_STRING(name));
    }
    Py_ssize_t n = PyUnicode_GET_LENGTH(base);
    const char *slash = n == 0 || PyUnicode_READ_CHAR(base, n - 1) == '/' ? "" : "/";
    return PyUnicode_FromFormat("%U%s%U", base, slash, name);
}

static PyObject *
scandir_next(PyObject *op)
{
    dirscan *self = (dirscan *)op;
    struct dirent *found;
    if (self->dir == NULL)
        return NULL;
    do {
        errno = 0;
        found = readdir(self->dir);
    } while (found != NULL && (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0));
    if (found == NULL) {
        int failed = errno;
        closedir(self->dir);
        self->dir = NULL;
        if (failed) {
            errno = failed;
            posix_error();
        }
        return NULL;
    }
    direntry *entry = (direntry *)gcrt_new(&posix_direntry_type, sizeof *entry);
    if (entry == NULL)
        return NULL;
    entry->name = self->is_bytes ? PyBytes_FromString(found->d_name) : PyUnicode_DecodeFSDefault(found->d_name);
    if (entry->name == NULL || (entry->path = make_path(self->base, entry->name)) == NULL)
        return NULL;
    entry->inode = found->d_ino;
    entry->kind = found->d_type;
    entry->dir_fd = self->fd;
    return (PyObject *)entry;
}
static PyObject *
scandir_close(PyObject *op, PyObject *Py_UNUSED(args))
{
    dirscan *self = (dirscan *)op;
    if (self->dir != NULL)
        closedir(self->dir);
    self->dir = NULL;
    Py_RETURN_NONE;
}
static PyObject *
scandir_enter(PyObject *op, PyObject *Py_UNUSED(args))
{
    return op;
}
static void
scandir_finalize(PyObject *op)
{
    scandir_close(op, NULL);
}
static PyMethodDef scandir_methods[] = {
    {"close", scandir_close, METH_NOARGS, "Stop and close the directory."},
    {"__enter__", scandir_enter, METH_NOARGS, NULL},
    {"__exit__", scandir_close, METH_VARARGS, NULL},
    {0},
};
PyTypeObject posix_scandir_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "posix.ScandirIterator",
    .tp_basicsize = sizeof(dirscan),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = scandir_next,
    .tp_methods = scandir_methods,
    .tp_finalize = scandir_finalize,
};

/* Of a copy of the descriptor, or NULL. */
static DIR *
open_copy(int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    if (dir == NULL && copy >= 0) {
        int reason = errno;
        close(copy);
        errno = reason;
    }
    if (dir != NULL)
        rewinddir(dir); /* a descriptor keeps its place from one scan to the next */
    return dir;
}

DIR *
posix_open_directory(const posix_path *path)
{
    DIR *dir;
    do
        dir = path->name != NULL ? opendir(path->name) : open_copy(path->fd);
    while (dir == NULL && gc_module_freed_descriptors());
    return dir;
}

static PyObject *
scandir_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"path", NULL};
    PyObject *arg = Py_None;
    posix_path path = {.name = ".", .fd = -1, .object = Py_None};
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|O:scandir", keywords, &arg))
        return NULL;
    if (arg != Py_None && !posix_path_or_fd_converter(arg, &path))
        return NULL;
    DIR *dir = posix_open_directory(&path);
    if (dir == NULL)
        return posix_path_error(&path);
    dirscan *self = (dirscan *)posix_scandir_type.tp_alloc(&posix_scandir_type, 0);
    if (self == NULL) {
        closedir(dir);
        return NULL;
    }
    self->dir = dir;
    self->is_bytes = path.is_bytes;
    self->fd = path.name != NULL ? AT_FDCWD : path.fd;
    self->base = path.name == NULL ? Py_None : arg == Py_None ? PyUnicode_FromString(".") : PyOS_FSPath(arg);
    return self->base == NULL ? NULL : (PyObject *)self;
}

/* ------------------------------------------------------------------ DirEntry */

static PyObject *
entry_lookup(direntry *self, int follow)
{
    posix_path path;
    if (!posix_path_converter(self->path, &path))
        return NULL;
    return posix_stat_path(&path, self->dir_fd, follow);
}
static PyObject *
entry_lstat(direntry *self)
{
    if (self->lstat == NULL)
        self->lstat = entry_lookup(self, 0);
    return self->lstat;
}
static PyObject *
entry_stat(direntry *self, int follow)
{
    if (!follow || (self->kind != DT_LNK && self->kind != DT_UNKNOWN))
        return entry_lstat(self);
    if (self->stat == NULL)
        self->stat = entry_lookup(self, 1);
    return self->stat;
}
static int
parse_follow(PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"follow_symlinks", NULL};
    int follow = 1;
    return PyArg_ParseTupleAndKeywords(args, kwds, "|$p", keywords, &follow) ? follow : -1;
}
static PyObject *
entry_stat_method(PyObject *op, PyObject *args, PyObject *kwds)
{
    int follow = parse_follow(args, kwds);
    return follow < 0 ? NULL : entry_stat((direntry *)op, follow);
}
static PyObject *
entry_test(direntry *self, int follow, unsigned char kind, mode_t format)
{
    if (self->kind != DT_UNKNOWN && !(follow && self->kind == DT_LNK))
        return PyBool_FromLong(self->kind == kind);
    PyObject *st = entry_stat(self, follow);
    if (st == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_FileNotFoundError))
            return NULL;
        PyErr_Clear();
        Py_RETURN_FALSE;
    }
    long mode = PyLong_AsLong(PyStructSequence_GetItem(st, 0));
    return PyBool_FromLong(((mode_t)mode & S_IFMT) == format);
}
static PyObject *
entry_is_dir(PyObject *op, PyObject *args, PyObject *kwds)
{
    int follow = parse_follow(args, kwds);
    return follow < 0 ? NULL : entry_test((direntry *)op, follow, DT_DIR, S_IFDIR);
}
static PyObject *
entry_is_file(PyObject *op, PyObject *args, PyObject *kwds)
{
    int follow = parse_follow(args, kwds);
    return follow < 0 ? NULL : entry_test((direntry *)op, follow, DT_REG, S_IFREG);
}
static PyObject *
entry_is_symlink(PyObject *op, PyObject *Py_UNUSED(args))
{
    return entry_test((direntry *)op, 0, DT_LNK, S_IFLNK);
}
static PyObject *
entry_inode(PyObject *op, PyObject *Py_UNUSED(args))
{
    return PyLong_FromUnsignedLong(((direntry *)op)->inode);
}
static PyObject *
entry_fspath(PyObject *op, PyObject *Py_UNUSED(args))
{
    return ((direntry *)op)->path;
}
static PyObject *
entry_repr(PyObject *op)
{
    return PyUnicode_FromFormat("<DirEntry %R>", ((direntry *)op)->name);
}
#define KEYWORDS(f) (PyCFunction)(void (*)(void))(f), METH_VARARGS | METH_KEYWORDS
static PyMethodDef entry_methods[] = {
    {"is_dir", KEYWORDS(entry_is_dir), NULL},
    {"is_file", KEYWORDS(entry_is_file), NULL},
    {"is_symlink", entry_is_symlink, METH_NOARGS, NULL},
    {"stat", KEYWORDS(entry_stat_method), NULL},
    {"inode", entry_inode, METH_NOARGS, NULL},
    {"__fspath__", entry_fspath, METH_NOARGS, NULL},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {0},
};
static PyMemberDef entry_members[] = {
    {"name", Py_T_OBJECT_EX, offsetof(direntry, name), Py_READONLY, NULL},
    {"path", Py_T_OBJECT_EX, offsetof(direntry, path), Py_READONLY, NULL},
    {0},
};
PyTypeObject posix_direntry_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "posix.DirEntry",
    .tp_basicsize = sizeof(direntry),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_repr = entry_repr,
    .tp_methods = entry_methods,
    .tp_members = entry_members,
};

static PyMethodDef functions[] = {
    {"scandir", KEYWORDS(scandir_function), "An iterator of DirEntry objects of a directory."},
    {0},
};
int
posix_add_scandir(PyObject *module)
{
    if (PyType_Ready(&posix_scandir_type) < 0 || PyType_Ready(&posix_direntry_type) < 0 ||
        PyModule_AddFunctions(module, functions) < 0)
        return -1;
    return PyModule_AddObject(module, "DirEntry", (PyObject *)&posix_direntry_type);
}
