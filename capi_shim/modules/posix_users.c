/* posix_users.c: users, groups, sessions and process groups, and programs that replace this one. */
#include "posix_module.h"

#include <grp.h>
#include <sys/wait.h>

PyObject *
posix_id_object(unsigned id)
{
    return id == (unsigned)-1 ? PyLong_FromLong(-1) : PyLong_FromUnsignedLong(id);
}

/* -1 stands for "leave it as it is". */
static int
convert_id(PyObject *arg, unsigned *id, const char *what)
{
    if (!PyIndex_Check(arg)) {
        PyErr_Format(PyExc_TypeError, "%s should be integer, not %.200s", what, Py_TYPE(arg)->tp_name);
        return 0;
    }
    int overflow;
    PyObject *index = PyNumber_Index(arg);
    long long value = index == NULL ? 0 : PyLong_AsLongLongAndOverflow(index, &overflow);
    if (index == NULL)
        return 0;
    if (!overflow && value >= -1 && value <= UINT_MAX) {
        *id = (unsigned)value;
        return 1;
    }
    /* CPython's words, also for what is above the maximum and fits a long. */
    PyErr_Format(PyExc_OverflowError, "%s is %s", what, overflow > 0 ? "greater than maximum" : "less than minimum");
    return 0;
}
int
posix_uid_converter(PyObject *arg, void *uid)
{
    return convert_id(arg, uid, "uid");
}
int
posix_gid_converter(PyObject *arg, void *gid)
{
    return convert_id(arg, gid, "gid");
}

static PyObject *
none_or_error(int rc)
{
    if (rc < 0)
        return posix_error();
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ users and groups */

#define SET_ONE(name, converter)                                                                        \
    static PyObject *name##_function(PyObject *Py_UNUSED(module), PyObject *arg)                        \
    {                                                                                                   \
        unsigned id;                                                                                    \
        return converter(arg, &id) ? none_or_error(name(id)) : NULL;                                    \
    }
#define SET_TWO(name, converter)                                                                        \
    static PyObject *name##_function(PyObject *Py_UNUSED(module), PyObject *args)                       \
    {                                                                                                   \
        unsigned real, effective;                                                                       \
        return PyArg_ParseTuple(args, "O&O&:" #name, converter, &real, converter, &effective)           \
                   ? none_or_error(name(real, effective))                                               \
                   : NULL;                                                                              \
    }
#define SET_THREE(name, converter)                                                                      \
    static PyObject *name##_function(PyObject *Py_UNUSED(module), PyObject *args)                       \
    {                                                                                                   \
        unsigned real, effective, saved;                                                                \
        return PyArg_ParseTuple(args, "O&O&O&:" #name, converter, &real, converter, &effective,         \
                                converter, &saved)                                                      \
                   ? none_or_error(name(real, effective, saved))                                        \
                   : NULL;                                                                              \
    }
#define GET_THREE(name)                                                                                 \
    static PyObject *name##_function(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))         \
    {                                                                                                   \
        unsigned real, effective, saved;                                                                \
        if (name(&real, &effective, &saved) < 0)                                                        \
            return posix_error();                                                                       \
        return Py_BuildValue("(NNN)", posix_id_object(real), posix_id_object(effective),                \
                             posix_id_object(saved));                                                   \
    }
SET_ONE(setuid, posix_uid_converter)
SET_ONE(seteuid, posix_uid_converter)
SET_ONE(setgid, posix_gid_converter)
SET_ONE(setegid, posix_gid_converter)
SET_TWO(setreuid, posix_uid_converter)
SET_TWO(setregid, posix_gid_converter)
SET_THREE(setresuid, posix_uid_converter)
SET_THREE(setresgid, posix_gid_converter)
GET_THREE(getresuid)
GET_THREE(getresgid)

static PyObject *
id_list(const gid_t *ids, int count)
{
    PyObject *list = PyList_New(count);
    for (int i = 0; list != NULL && i < count; i++) {
        PyObject *id = posix_id_object(ids[i]);
        if (id == NULL)
            return NULL;
        PyList_SET_ITEM(list, i, id);
    }
    return list;
}

static PyObject *
getgroups_function(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    int count = getgroups(0, NULL);
    gid_t *ids = count < 0 ? NULL : gcrt_alloc_leaf((size_t)(count + 1) * sizeof *ids);
    if (count >= 0 && ids == NULL)
        return NULL;
    if (count < 0 || (count = getgroups(count, ids)) < 0)
        return posix_error();
    return id_list(ids, count);
}

static PyObject *
setgroups_function(PyObject *Py_UNUSED(module), PyObject *arg)
{
    PyObject *items = PySequence_Fast(arg, "setgroups argument must be a sequence");
    Py_ssize_t count = items == NULL ? 0 : PySequence_Fast_GET_SIZE(items);
    if (count > 65536) {
        PyErr_SetString(PyExc_ValueError, "too many groups");
        return NULL;
    }
    gid_t *ids = items == NULL ? NULL : gcrt_alloc_leaf((size_t)(count + 1) * sizeof *ids);
    for (Py_ssize_t i = 0; ids != NULL && i < count && i < PySequence_Fast_GET_SIZE(items); i++)
        if (!posix_gid_converter(PySequence_Fast_GET_ITEM(items, i), &ids[i]))
            return NULL;
    return ids == NULL ? NULL : none_or_error(setgroups((size_t)count, ids));
}

static PyObject *
getgrouplist_function(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *user;
    unsigned base;
    gid_t ids[1024];
    int count = Py_ARRAY_LENGTH(ids);
    if (!PyArg_ParseTuple(args, "sO&:getgrouplist", &user, posix_gid_converter, &base))
        return NULL;
    return getgrouplist(user, base, ids, &count) < 0 ? posix_error() : id_list(ids, count);
}

static PyObject *
getlogin_function(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    char name[256];
    if ((errno = getlogin_r(name, sizeof name)) != 0)
        return posix_error();
    return PyUnicode_DecodeFSDefault(name);
}

/* ------------------------------------------------------------------ sessions and process groups */

#define OF_PROCESS(name)                                                                                \
    static PyObject *name##_function(PyObject *Py_UNUSED(module), PyObject *arg)                        \
    {                                                                                                   \
        int pid = _PyLong_AsInt(arg);                                                                   \
        if (pid == -1 && PyErr_Occurred())                                                              \
            return NULL;                                                                                \
        int found = name(pid);                                                                          \
        return found < 0 ? posix_error() : PyLong_FromLong(found);                                      \
    }
OF_PROCESS(getsid)
OF_PROCESS(getpgid)
OF_PROCESS(tcgetpgrp)

static PyObject *
setsid_function(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return none_or_error(setsid());
}
static PyObject *
setpgrp_function(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return none_or_error(setpgid(0, 0));
}
static PyObject *
setpgid_function(PyObject *Py_UNUSED(module), PyObject *args)
{
    int pid, group;
    return PyArg_ParseTuple(args, "ii:setpgid", &pid, &group) ? none_or_error(setpgid(pid, group)) : NULL;
}
static PyObject *
tcsetpgrp_function(PyObject *Py_UNUSED(module), PyObject *args)
{
    int fd, group;
    return PyArg_ParseTuple(args, "ii:tcsetpgrp", &fd, &group) ? none_or_error(tcsetpgrp(fd, group)) : NULL;
}
static PyObject *
killpg_function(PyObject *Py_UNUSED(module), PyObject *args)
{
    int group, number;
    if (!PyArg_ParseTuple(args, "ii:killpg", &group, &number))
        return NULL;
    if (killpg(group, number) < 0)
        return posix_error();
    if (PyErr_CheckSignals() < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ exec */

/* A NULL-terminated array over the bytes of a sequence's items, in memory that is scanned. */
char **
posix_string_array(PyObject *sequence, const char *message)
{
    PyObject *items = PySequence_Fast(sequence, message);
    Py_ssize_t size = items == NULL ? 0 : PySequence_Fast_GET_SIZE(items);
    char **array = items == NULL ? NULL : gcrt_alloc_words((size_t)size + 1);
    for (Py_ssize_t i = 0; array != NULL && i < size; i++) {
        PyObject *bytes;
        if (PySequence_Fast_GET_SIZE(items) != size) {
            PyErr_SetString(PyExc_RuntimeError, "args changed during iteration");
            return NULL;
        }
        if (!PyUnicode_FSConverter(PySequence_Fast_GET_ITEM(items, i), &bytes))
            return NULL;
        array[i] = PyBytes_AS_STRING(bytes);
    }
    return array;
}

/* A mapping as an array of NAME=value. */
static char **
environment_array(PyObject *mapping)
{
    if (!PyMapping_Check(mapping)) {
        PyErr_SetString(PyExc_TypeError, "execve: environment must be a mapping object");
        return NULL;
    }
    PyObject *names = PyMapping_Keys(mapping), *values = names == NULL ? NULL : PyMapping_Values(mapping);
    Py_ssize_t size = values == NULL ? 0 : Py_MIN(PyList_GET_SIZE(names), PyList_GET_SIZE(values));
    char **array = values == NULL ? NULL : gcrt_alloc_words((size_t)size + 1);
    for (Py_ssize_t i = 0; array != NULL && i < size; i++) {
        PyObject *name, *value;
        if (!PyUnicode_FSConverter(PyList_GET_ITEM(names, i), &name) ||
            !PyUnicode_FSConverter(PyList_GET_ITEM(values, i), &value))
            return NULL;
        if (PyBytes_GET_SIZE(name) == 0 || strchr(PyBytes_AS_STRING(name) + 1, '=') != NULL) {
            PyErr_SetString(PyExc_ValueError, "illegal environment variable name");
            return NULL;
        }
        PyObject *text = PyBytes_FromFormat("%s=%s", PyBytes_AS_STRING(name), PyBytes_AS_STRING(value));
        if (text == NULL)
            return NULL;
        array[i] = PyBytes_AS_STRING(text);
    }
    return array;
}

/* argv as execv and execve want it. */
static char **
argument_array(PyObject *argv, const char *caller)
{
    if (!PyList_Check(argv) && !PyTuple_Check(argv)) {
        PyErr_Format(PyExc_TypeError, "%s: argv must be a tuple or list", caller);
        return NULL;
    }
    char **array = posix_string_array(argv, "argv must be a tuple");
    if (array != NULL && (array[0] == NULL || array[0][0] == '\0')) {
        PyErr_Format(PyExc_ValueError,
                     array[0] == NULL ? "%s() arg 2 must not be empty" : "%s() arg 2 first element cannot be empty",
                     caller);
        return NULL;
    }
    return array;
}

static PyObject *
execv_function(PyObject *Py_UNUSED(module), PyObject *args)
{
    posix_path path;
    PyObject *argv;
    if (!PyArg_ParseTuple(args, "O&O:execv", posix_path_converter, &path, &argv))
        return NULL;
    char **words = argument_array(argv, "execv");
    if (words == NULL)
        return NULL;
    execv(path.name, words);
    return posix_error();
}

static PyObject *
execve_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"path", "argv", "env", NULL};
    posix_path path;
    PyObject *argv, *env;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O&OO:execve", keywords, posix_path_or_fd_converter, &path, &argv,
                                     &env))
        return NULL;
    char **words = argument_array(argv, "execve"), **variables = words == NULL ? NULL : environment_array(env);
    if (variables == NULL)
        return NULL;
    if (path.name != NULL)
        execve(path.name, words, variables);
    else
        fexecve(path.fd, words, variables);
    return posix_path_error(&path);
}

#define ONE(name) {#name, name##_function, METH_O, NULL}
#define MORE(name) {#name, name##_function, METH_VARARGS, NULL}
#define NONE(name) {#name, name##_function, METH_NOARGS, NULL}
static PyMethodDef functions[] = {
    ONE(setuid), ONE(seteuid), ONE(setgid), ONE(setegid), ONE(setgroups), ONE(getsid), ONE(getpgid), ONE(tcgetpgrp),
    MORE(setreuid), MORE(setregid), MORE(setresuid), MORE(setresgid), MORE(getgrouplist), MORE(setpgid),
    MORE(tcsetpgrp), MORE(killpg), MORE(execv), NONE(getresuid), NONE(getresgid), NONE(getgroups), NONE(getlogin),
    NONE(setsid), NONE(setpgrp),
    {"execve", (PyCFunction)(void (*)(void))execve_function, METH_VARARGS | METH_KEYWORDS, NULL},
    {0},
};

int
posix_add_users(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}
