/* builtins_io.c: print, input, breakpoint, and the objects that the site module usually adds. */
#include "builtins.h"
#include "io_module.h"
#include "structmember.h"

/* ------------------------------------------------------------------ print */

static int
text_or_none(PyObject *value, const char *name, PyObject **out)
{
    *out = NULL;
    if (value == NULL || value == Py_None)
        return 0;
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%s must be None or a string, not %.200s", name, Py_TYPE(value)->tp_name);
        return -1;
    }
    *out = value;
    return 0;
}

/* For the usual file the pieces are joined and written at once; nobody can see the difference.  When an
 * argument's str fails, what came before it is written all the same. */
static int
print_joined(PyObject *file, PyObject *const *args, Py_ssize_t nargs, PyObject *sep, PyObject *end)
{
    _PyUnicodeWriter writer;
    int failed = 0;
    _PyUnicodeWriter_Init(&writer);
    writer.overallocate = 1;
    for (Py_ssize_t i = 0; i < nargs && !failed; i++) {
        if (i > 0)
            failed = sep != NULL ? _PyUnicodeWriter_WriteStr(&writer, sep) : _PyUnicodeWriter_WriteChar(&writer, ' ');
        PyObject *text = failed ? NULL : PyObject_Str(args[i]);
        failed = failed || text == NULL || _PyUnicodeWriter_WriteStr(&writer, text) < 0;
    }
    if (!failed)
        failed = end != NULL ? _PyUnicodeWriter_WriteStr(&writer, end) : _PyUnicodeWriter_WriteChar(&writer, '\n');
    PyObject *raised = gcrt_ts->exception;
    gcrt_ts->exception = NULL;
    PyObject *all = _PyUnicodeWriter_Finish(&writer);
    if (all == NULL)
        return -1;
    if (PyUnicode_GET_LENGTH(all) > 0 && PyObject_CallMethodOneArg(file, GCRT_NAME(write), all) == NULL)
        return -1;
    gcrt_ts->exception = raised;
    return failed ? -1 : 0;
}

static int
print_pieces(PyObject *file, PyObject *const *args, Py_ssize_t nargs, PyObject *sep, PyObject *end)
{
    for (Py_ssize_t i = 0; i < nargs; i++) {
        if (i > 0 && (sep != NULL ? PyFile_WriteObject(sep, file, Py_PRINT_RAW) : PyFile_WriteString(" ", file)) < 0)
            return -1;
        if (PyFile_WriteObject(args[i], file, Py_PRINT_RAW) < 0)
            return -1;
    }
    return end != NULL ? PyFile_WriteObject(end, file, Py_PRINT_RAW) : PyFile_WriteString("\n", file);
}

PyObject *
builtin_print(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"sep", "end", "file", "flush", NULL};
    PyObject *v[4], *sep, *end;
    if (builtin_keywords("print", args + nargs, 0, kwnames, names, v) < 0 ||
        text_or_none(v[0], "sep", &sep) < 0 || text_or_none(v[1], "end", &end) < 0)
        return NULL;
    PyObject *file = v[2];
    if (file == NULL || file == Py_None) {
        file = sys_get("stdout");
        if (file == NULL)
            return PyErr_Format(PyExc_RuntimeError, "lost sys.stdout");
        if (file == Py_None)
            Py_RETURN_NONE;
    }
    int joined = Py_TYPE(file) == &io_textwrapper_type;
    if ((joined ? print_joined : print_pieces)(file, args, nargs, sep, end) < 0)
        return NULL;
    if (v[3] != NULL) {
        int flush = PyObject_IsTrue(v[3]);
        if (flush < 0 || (flush && PyObject_CallMethodNoArgs(file, GCRT_NAME(flush)) == NULL))
            return NULL;
    }
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ input */

static PyObject *
std_file(const char *name)
{
    PyObject *file = sys_get(name);
    if (file == NULL || file == Py_None)
        return PyErr_Format(PyExc_RuntimeError, "input(): lost sys.%s", name);
    return file;
}

PyObject *
builtin_input(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("input", nargs, 0, 1))
        return NULL;
    PyObject *in = std_file("stdin"), *out = std_file("stdout"), *err = std_file("stderr");
    if (in == NULL || out == NULL || err == NULL)
        return NULL;
    if (PyObject_CallMethodNoArgs(err, GCRT_NAME(flush)) == NULL)
        PyErr_Clear();
    if (nargs > 0 && PyFile_WriteObject(args[0], out, Py_PRINT_RAW) < 0)
        return NULL;
    if (PyObject_CallMethodNoArgs(out, GCRT_NAME(flush)) == NULL)
        PyErr_Clear();
    return PyFile_GetLine(in, -1);
}

PyObject *
builtin_breakpoint(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *hook = sys_get("breakpointhook");
    if (hook == NULL)
        return PyErr_Format(PyExc_RuntimeError, "lost sys.breakpointhook");
    return PyObject_Vectorcall(hook, args, (size_t)nargs, kwnames);
}

/* ------------------------------------------------------------------ exit, quit, help, ... */

/* What typing the name shows, and what calling it does. */
typedef struct {
    PyObject_HEAD
    PyObject *name, *text;
    int kind;
} site_object;
enum { SITE_EXIT, SITE_HELP, SITE_TEXT };

static PyObject *
site_repr(PyObject *self)
{
    return ((site_object *)self)->text;
}

static PyObject *
site_call(PyObject *op, PyObject *args, PyObject *kwds)
{
    site_object *self = (site_object *)op;
    if (self->kind == SITE_EXIT) {
        PyObject *code = Py_None;
        if (!PyArg_ParseTuple(args, "|O", &code))
            return NULL;
        PyErr_SetObject(PyExc_SystemExit, code);
        return NULL;
    }
    if (self->kind == SITE_HELP) {
        PyObject *pydoc = PyImport_ImportModule("pydoc");
        PyObject *help = pydoc != NULL ? PyObject_GetAttrString(pydoc, "help") : NULL;
        return help == NULL ? NULL : PyObject_Call(help, args, kwds);
    }
    PyObject *out = std_file("stdout");
    if (out == NULL || PyFile_WriteObject(self->text, out, Py_PRINT_RAW) < 0 || PyFile_WriteString("\n", out) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMemberDef site_members[] = {
    {"name", T_OBJECT, offsetof(site_object, name), READONLY, NULL},
    {0},
};

static PyTypeObject site_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_sitebuiltins.SiteObject",
    .tp_basicsize = sizeof(site_object),
    .tp_repr = site_repr,
    .tp_call = site_call,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_members = site_members,
};

static int
add_site_object(PyObject *dict, const char *name, int kind, const char *text)
{
    site_object *self = (site_object *)gcrt_new(&site_type, sizeof *self);
    if (self == NULL)
        return -1;
    self->kind = kind;
    self->name = PyUnicode_InternFromString(name);
    self->text = PyUnicode_FromString(text);
    if (self->name == NULL || self->text == NULL)
        return -1;
    return PyDict_SetItem(dict, self->name, (PyObject *)self);
}

int
builtins_add_site(PyObject *dict)
{
    if (PyType_Ready(&site_type) < 0 ||
        add_site_object(dict, "exit", SITE_EXIT, "Use exit() or Ctrl-D (i.e. EOF) to exit") < 0 ||
        add_site_object(dict, "quit", SITE_EXIT, "Use quit() or Ctrl-D (i.e. EOF) to exit") < 0 ||
        add_site_object(dict, "help", SITE_HELP,
                        "Type help() for interactive help, or help(object) for help about object.") < 0 ||
        add_site_object(dict, "copyright", SITE_TEXT, "See the gcrt distribution.") < 0 ||
        add_site_object(dict, "credits", SITE_TEXT, "See the gcrt distribution.") < 0)
        return -1;
    return add_site_object(dict, "license", SITE_TEXT, "See the gcrt distribution.");
}
