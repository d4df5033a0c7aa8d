/* posix_module.h: what the files of module posix share. */
#ifndef GCRT_POSIX_MODULE_H
#define GCRT_POSIX_MODULE_H

#include "runtime.h"

#include <dirent.h>

/* A path argument: str, bytes, os.PathLike, or (allow_fd) a descriptor. */
typedef struct {
    PyObject *object;  /* as given, for error messages */
    PyObject *bytes;   /* keeps `name` alive */
    const char *name;  /* NULL when fd is meant */
    int fd;            /* -1 when name is meant */
    int is_bytes;      /* results should be bytes */
} posix_path;

/* PyArg "O&" converters: posix_path * with and without descriptors. */
int posix_path_converter(PyObject *arg, void *path);
int posix_path_or_fd_converter(PyObject *arg, void *path);
/* dir_fd argument: None or an int; the default is AT_FDCWD. */
int posix_dir_fd_converter(PyObject *arg, void *fd);

/* Numbers of users and groups: unsigned *; -1 is allowed, "leave it". */
int posix_uid_converter(PyObject *arg, void *uid);
int posix_gid_converter(PyObject *arg, void *gid);
PyObject *posix_id_object(unsigned id);
/* argv and the like: a NULL-terminated array over the items' bytes, in scanned memory; NULL with an exception. */
char **posix_string_array(PyObject *sequence, const char *message);

PyObject *posix_error(void);
PyObject *posix_path_error(const posix_path *path);
/* Retry a call that a signal interrupted, or that found no descriptor left when a collection can close some: 1 again, 0
 * done, -1 a handler raised. */
int posix_interrupted(long result);

int posix_add_stat(PyObject *module);
PyObject *posix_stat_path(const posix_path *path, int dir_fd, int follow);
PyObject *posix_stat_result(const struct stat *st);
int posix_add_constants(PyObject *module);
int posix_add_process(PyObject *module);
int posix_add_users(PyObject *module);
int posix_add_conf(PyObject *module);
int posix_add_files(PyObject *module);
int posix_add_scandir(PyObject *module);
/* A stream of the directory's entries, from the first; NULL with errno.  Of a descriptor it has a copy. */
DIR *posix_open_directory(const posix_path *path);

extern PyTypeObject posix_direntry_type, posix_scandir_type;

#endif
