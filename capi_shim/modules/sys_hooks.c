/* sys_hooks.c: excepthook, displayhook, unraisablehook, breakpointhook. */
#include "sys_module.h"

static PyObject *
sys_excepthook(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("excepthook", nargs, 3, 3))
        return NULL;
    traceback_display(args[1], args[2]);
    Py_RETURN_NONE;
}

/* Text that stdout can't encode is shown with backslashes. */
static int
write_escaped(PyObject *file, PyObject *text)
{
    PyObject *encoding = PyObject_GetAttr(file, GCRT_NAME(encoding));
    const char *name = encoding != NULL && PyUnicode_Check(encoding) ? PyUnicode_AsUTF8(encoding) : NULL;
    if (name == NULL)
        return -1;
    PyObject *bytes = PyUnicode_AsEncodedString(text, name, "backslashreplace");
    PyObject *plain = bytes != NULL ? PyUnicode_FromEncodedObject(bytes, name, "strict") : NULL;
    return plain == NULL ? -1 : PyFile_WriteObject(plain, file, Py_PRINT_RAW);
}

static PyObject *
sys_displayhook(PyObject *Py_UNUSED(self), PyObject *value)
{
    if (value == Py_None)
        Py_RETURN_NONE;
    PyObject *builtins = gcrt_interp.builtins, *file = sys_get("stdout");
    if (PyDict_SetItemString(builtins, "_", Py_None) < 0)
        return NULL;
    if (file == NULL || file == Py_None)
        return PyErr_Format(PyExc_RuntimeError, "lost sys.stdout");
    PyObject *text = PyObject_Repr(value);
    if (text == NULL)
        return NULL;
    if (PyFile_WriteObject(text, file, Py_PRINT_RAW) < 0) {
        if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
            return NULL;
        PyErr_Clear();
        if (write_escaped(file, text) < 0)
            return NULL;
    }
    if (PyFile_WriteString("\n", file) < 0 || PyDict_SetItemString(builtins, "_", value) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ unraisable */

static PyStructSequence_Field unraisable_fields[] = {
    {"exc_type", NULL},      {"exc_value", NULL}, {"exc_traceback", NULL},
    {"err_msg", NULL},       {"object", NULL},    {NULL, NULL},
};
static PyStructSequence_Desc unraisable_desc = {"UnraisableHookArgs", "Argument of sys.unraisablehook.",
                                                unraisable_fields, 5};

/* Lines above the traceback: message and object.  Errors of repr are shown, not raised. */
static void
write_what(PyObject *file, PyObject *message, PyObject *object)
{
    int has_message = message != NULL && message != Py_None;
    if (object == NULL || object == Py_None) {
        if (has_message && (PyFile_WriteObject(message, file, Py_PRINT_RAW) < 0 || PyFile_WriteString(":\n", file) < 0))
            PyErr_Clear();
        return;
    }
    if (has_message ? PyFile_WriteObject(message, file, Py_PRINT_RAW) < 0 || PyFile_WriteString(": ", file) < 0
                    : PyFile_WriteString("Exception ignored in: ", file) < 0)
        PyErr_Clear();
    if (PyFile_WriteObject(object, file, 0) < 0) {
        PyErr_Clear();
        PyFile_WriteString("<object repr() failed>", file);
    }
    PyFile_WriteString("\n", file);
    PyErr_Clear();
}

static PyObject *
sys_unraisablehook(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *file = sys_get("stderr");
    if (!PyTuple_Check(args) || PyTuple_GET_SIZE(args) != 5)
        return PyErr_Format(PyExc_TypeError, "sys.unraisablehook argument type must be UnraisableHookArgs");
    if (file == NULL || file == Py_None)
        Py_RETURN_NONE;
    write_what(file, PyTuple_GET_ITEM(args, 3), PyTuple_GET_ITEM(args, 4));
    PyObject *tb = PyTuple_GET_ITEM(args, 2);
    PyObject *value = PyTuple_GET_ITEM(args, 1);
    if (value != Py_None)
        traceback_display_plain(value, tb);
    if (PyObject_CallMethodNoArgs(file, GCRT_NAME(flush)) == NULL)
        PyErr_Clear();
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ breakpoint */

static PyObject *
sys_breakpointhook(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    const char *name = getenv("PYTHONBREAKPOINT");
    if (name == NULL || *name == '\0')
        name = "pdb.set_trace";
    if (strcmp(name, "0") == 0)
        Py_RETURN_NONE;
    const char *dot = strrchr(name, '.');
    PyObject *module_name = dot != NULL ? PyUnicode_FromStringAndSize(name, dot - name)
                                        : PyUnicode_FromString("builtins");
    PyObject *module = module_name != NULL ? PyImport_Import(module_name) : NULL;
    PyObject *hook = module != NULL ? PyObject_GetAttrString(module, dot != NULL ? dot + 1 : name) : NULL;
    if (hook == NULL) {
        PyErr_Clear();
        if (PyErr_WarnFormat(PyExc_RuntimeWarning, 1, "Ignoring unimportable $PYTHONBREAKPOINT: \"%s\"", name) < 0)
            return NULL;
        Py_RETURN_NONE;
    }
    return PyObject_Vectorcall(hook, args, (size_t)nargs, kwnames);
}

PyMethodDef sys_hook_methods[] = {
    {"breakpointhook", _PyCFunction_CAST(sys_breakpointhook), METH_FASTCALL | METH_KEYWORDS,
     "What breakpoint() calls."},
    {"displayhook", sys_displayhook, METH_O, "Show the value of an expression statement."},
    {"excepthook", _PyCFunction_CAST(sys_excepthook), METH_FASTCALL, "Show an exception nobody caught."},
    {"unraisablehook", sys_unraisablehook, METH_O, "Show an exception that can't be raised."},
    {0},
};

int
sys_add_hooks(PyObject *dict)
{
    static const char *const names[] = {"breakpointhook", "displayhook", "excepthook", "unraisablehook"};
    char original[40];
    for (size_t i = 0; i < Py_ARRAY_LENGTH(names); i++) {
        PyObject *function = PyDict_GetItemString(dict, names[i]);
        snprintf(original, sizeof original, "__%s__", names[i]);
        if (function == NULL || PyDict_SetItemString(dict, original, function) < 0)
            return -1;
    }
    PyTypeObject *type = PyStructSequence_NewType(&unraisable_desc);
    return type == NULL ? -1 : PyDict_SetItemString(dict, "UnraisableHookArgs", (PyObject *)type);
}
