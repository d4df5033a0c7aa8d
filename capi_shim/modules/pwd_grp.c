/* pwd_grp.c: the modules pwd and grp: entries of the user and group databases. */
#include "posix_module.h"

#include <grp.h>
#include <pwd.h>

static PyTypeObject *passwd_type, *group_type;

static PyObject *
text(const char *s)
{
    return s == NULL ? Py_None : PyUnicode_DecodeFSDefault(s);
}

/* A record over fields, any of which may have failed. */
static PyObject *
record(PyTypeObject *type, PyObject *const *fields, int count)
{
    PyObject *r = PyStructSequence_New(type);
    for (int i = 0; r != NULL && i < count; i++) {
        if (fields[i] == NULL)
            return NULL;
        PyStructSequence_SetItem(r, i, fields[i]);
    }
    return r;
}

static PyObject *
passwd_record(const struct passwd *p)
{
    PyObject *fields[] = {text(p->pw_name), text(p->pw_passwd), posix_id_object(p->pw_uid), posix_id_object(p->pw_gid),
                          text(p->pw_gecos), text(p->pw_dir), text(p->pw_shell)};
    return record(passwd_type, fields, Py_ARRAY_LENGTH(fields));
}

static PyObject *
group_record(const struct group *g)
{
    PyObject *members = PyList_New(0);
    for (char **m = g->gr_mem; members != NULL && *m != NULL; m++) {
        PyObject *name = text(*m);
        if (name == NULL || PyList_Append(members, name) < 0)
            return NULL;
    }
    PyObject *fields[] = {text(g->gr_name), text(g->gr_passwd), posix_id_object(g->gr_gid), members};
    return record(group_type, fields, Py_ARRAY_LENGTH(fields));
}

static PyObject *
pwd_getpwuid(PyObject *Py_UNUSED(module), PyObject *arg)
{
    unsigned uid;
    if (!posix_uid_converter(arg, &uid)) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError))
            PyErr_SetString(PyExc_KeyError, "getpwuid(): uid not found");
        return NULL;
    }
    const struct passwd *p = getpwuid(uid);
    if (p != NULL)
        return passwd_record(p);
    return PyErr_Format(PyExc_KeyError, "getpwuid(): uid not found: %S", posix_id_object(uid));
}

static PyObject *
grp_getgrgid(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"id", NULL};
    unsigned gid;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O&:getgrgid", keywords, posix_gid_converter, &gid))
        return NULL;
    const struct group *g = getgrgid(gid);
    if (g != NULL)
        return group_record(g);
    return PyErr_Format(PyExc_KeyError, "getgrgid(): gid not found: %S", posix_id_object(gid));
}

/* The name as the databases have it, in *name; NULL with an exception. */
static PyObject *
name_bytes(PyObject *arg, const char **name)
{
    PyObject *bytes = PyUnicode_EncodeFSDefault(arg);
    return bytes == NULL || PyBytes_AsStringAndSize(bytes, (char **)name, NULL) < 0 ? NULL : bytes;
}

static PyObject *
pwd_getpwnam(PyObject *Py_UNUSED(module), PyObject *arg)
{
    const char *name;
    if (!PyUnicode_Check(arg))
        return PyErr_Format(PyExc_TypeError, "getpwnam() argument must be str, not %.50s", Py_TYPE(arg)->tp_name);
    PyObject *bytes = name_bytes(arg, &name);
    if (bytes == NULL)
        return NULL;
    const struct passwd *p = getpwnam(name);
    gcrt_keep_alive(bytes);
    return p != NULL ? passwd_record(p) : PyErr_Format(PyExc_KeyError, "getpwnam(): name not found: %R", arg);
}

static PyObject *
grp_getgrnam(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"name", NULL};
    PyObject *arg;
    const char *name;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O:getgrnam", keywords, &arg))
        return NULL;
    if (!PyUnicode_Check(arg))
        return PyErr_Format(PyExc_TypeError, "getgrnam() argument 'name' must be str, not %.50s",
                            Py_TYPE(arg)->tp_name);
    PyObject *bytes = name_bytes(arg, &name);
    if (bytes == NULL)
        return NULL;
    const struct group *g = getgrnam(name);
    gcrt_keep_alive(bytes);
    return g != NULL ? group_record(g) : PyErr_Format(PyExc_KeyError, "getgrnam(): name not found: %R", arg);
}

static PyObject *
pwd_getpwall(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyObject *list = PyList_New(0);
    setpwent();
    for (struct passwd *p; list != NULL && (p = getpwent()) != NULL;) {
        PyObject *entry = passwd_record(p);
        if (entry == NULL || PyList_Append(list, entry) < 0)
            list = NULL;
    }
    endpwent();
    return list;
}

static PyObject *
grp_getgrall(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyObject *list = PyList_New(0);
    setgrent();
    for (struct group *g; list != NULL && (g = getgrent()) != NULL;) {
        PyObject *entry = group_record(g);
        if (entry == NULL || PyList_Append(list, entry) < 0)
            list = NULL;
    }
    endgrent();
    return list;
}

/* ------------------------------------------------------------------ modules */

#define KEYWORDS(f) _PyCFunction_CAST(f), METH_VARARGS | METH_KEYWORDS
static PyMethodDef pwd_methods[] = {
    {"getpwuid", pwd_getpwuid, METH_O, "The entry of a user's number."},
    {"getpwnam", pwd_getpwnam, METH_O, "The entry of a user's name."},
    {"getpwall", pwd_getpwall, METH_NOARGS, "All entries."},
    {0},
};
static PyMethodDef grp_methods[] = {
    {"getgrgid", KEYWORDS(grp_getgrgid), "The entry of a group's number."},
    {"getgrnam", KEYWORDS(grp_getgrnam), "The entry of a group's name."},
    {"getgrall", grp_getgrall, METH_NOARGS, "All entries."},
    {0},
};
static PyModuleDef pwd_def = {
    PyModuleDef_HEAD_INIT, .m_name = "pwd", .m_doc = "The users.", .m_size = -1, .m_methods = pwd_methods};
static PyModuleDef grp_def = {
    PyModuleDef_HEAD_INIT, .m_name = "grp", .m_doc = "The groups of users.", .m_size = -1, .m_methods = grp_methods};

PyMODINIT_FUNC
PyInit_pwd(void)
{
    static PyStructSequence_Field fields[] = {
        {"pw_name", "user name"},      {"pw_passwd", "password"},      {"pw_uid", "user id"},        {"pw_gid", "group id"},
        {"pw_gecos", "real name"},     {"pw_dir", "home directory"},   {"pw_shell", "shell program"}, {0}};
    static PyStructSequence_Desc desc = {"pwd.struct_passwd", "An entry of the user database.", fields, 7};
    PyObject *module = PyModule_Create(&pwd_def);
    passwd_type = PyStructSequence_NewType(&desc);
    if (module == NULL || passwd_type == NULL ||
        PyModule_AddObject(module, "struct_passwd", (PyObject *)passwd_type) < 0)
        return NULL;
    return module;
}

PyMODINIT_FUNC
PyInit_grp(void)
{
    static PyStructSequence_Field fields[] = {
        {"gr_name", "group name"}, {"gr_passwd", "password"}, {"gr_gid", "group id"}, {"gr_mem", "group members"}, {0}};
    static PyStructSequence_Desc desc = {"grp.struct_group", "An entry of the group database.", fields, 4};
    PyObject *module = PyModule_Create(&grp_def);
    group_type = PyStructSequence_NewType(&desc);
    if (module == NULL || group_type == NULL || PyModule_AddObject(module, "struct_group", (PyObject *)group_type) < 0)
        return NULL;
    return module;
}
