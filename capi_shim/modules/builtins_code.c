/* builtins_code.c: compile, exec, eval, globals, locals, __import__. */
#include "ast_tree.h"
#include "builtins.h"
#include "code.h"

enum {
    FUTURE_MASK = 0x1fe0000,
    KNOWN_FLAGS = FUTURE_MASK | CO_NESTED | PyCF_DONT_IMPLY_DEDENT | PyCF_ONLY_AST | PyCF_TYPE_COMMENTS |
                  PyCF_ALLOW_TOP_LEVEL_AWAIT | PyCF_ALLOW_INCOMPLETE_INPUT,
};

/* The text of a source argument.  Sets PyCF_SOURCE_IS_UTF8 for str; *owner keeps the bytes. */
static const char *
source_text(PyObject *source, const char *function, const char *what, int *flags, Py_ssize_t *length,
            PyObject **owner)
{
    Py_buffer view;
    *owner = source;
    if (PyUnicode_Check(source)) {
        *flags |= PyCF_SOURCE_IS_UTF8;
        return PyUnicode_AsUTF8AndSize(source, length);
    }
    if (!PyObject_CheckBuffer(source)) {
        PyErr_Format(PyExc_TypeError, "%s() arg 1 must be a %s object", function, what);
        return NULL;
    }
    if (PyObject_GetBuffer(source, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    *owner = PyBytes_FromStringAndSize(view.buf, view.len);
    *length = view.len;
    PyBuffer_Release(&view);
    return *owner == NULL ? NULL : PyBytes_AS_STRING(*owner);
}

/* __future__ features of the code that called the builtin. */
static int
inherited_flags(void)
{
    PyCompilerFlags cf = {0, 0};
    PyEval_MergeCompilerFlags(&cf);
    return cf.cf_flags & FUTURE_MASK;
}

static PyObject *
compile_checked(PyObject *source, PyObject *filename, const char *mode, int flags, int inherit, int optimize,
                const char *function, const char *what)
{
    PyObject *owner;
    Py_ssize_t length;
    if (inherit)
        flags |= inherited_flags();
    const char *text = source_text(source, function, what, &flags, &length, &owner);
    if (text == NULL)
        return NULL;
    PyObject *code = run_compile(text, length, filename, mode, flags, 1, optimize);
    gcrt_keep_alive(owner);
    return code;
}

static int
int_argument(PyObject *value, int otherwise, int *out)
{
    *out = otherwise;
    if (value == NULL)
        return 0;
    *out = _PyLong_AsInt(value);
    return *out == -1 && PyErr_Occurred() ? -1 : 0;
}

PyObject *
builtin_compile(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"source", "filename", "mode",            "flags",
                                        "dont_inherit", "optimize", "_feature_version", NULL};
    PyObject *v[7];
    PyObject *filename;
    int flags, optimize, dont_inherit;
    if (builtin_keywords("compile", args, nargs, kwnames, names, v) < 0)
        return NULL;
    for (int i = 0; i < 3; i++)
        if (v[i] == NULL) {
            PyErr_Format(PyExc_TypeError, "compile() missing required argument '%s' (pos %d)", names[i], i + 1);
            return NULL;
        }
    if (!PyUnicode_FSDecoder(v[1], &filename))
        return NULL;
    if (!PyUnicode_Check(v[2])) {
        PyErr_Format(PyExc_TypeError, "compile() argument 'mode' must be str, not %.50s", Py_TYPE(v[2])->tp_name);
        return NULL;
    }
    if (int_argument(v[3], 0, &flags) < 0 || int_argument(v[5], -1, &optimize) < 0)
        return NULL;
    dont_inherit = v[4] != NULL ? PyObject_IsTrue(v[4]) : 0;
    const char *mode = PyUnicode_AsUTF8(v[2]);
    if (mode == NULL || dont_inherit < 0)
        return NULL;
    if (flags & ~KNOWN_FLAGS) {
        PyErr_SetString(PyExc_ValueError, "compile(): unrecognised flags");
        return NULL;
    }
    if (optimize < -1 || optimize > 2) {
        PyErr_SetString(PyExc_ValueError, "compile(): invalid optimize value");
        return NULL;
    }
    int func_type = (flags & PyCF_ONLY_AST) && strcmp(mode, "func_type") == 0;
    if (strcmp(mode, "exec") != 0 && strcmp(mode, "eval") != 0 && strcmp(mode, "single") != 0 && !func_type) {
        PyErr_SetString(PyExc_ValueError, "compile() mode must be 'exec', 'eval' or 'single'");
        return NULL;
    }
    if (ast_check(v[0])) {
        if (flags & PyCF_ONLY_AST)
            return v[0];
        PyObject *tree = ast_to_tree(v[0]);
        PyObject *data = tree == NULL ? NULL : PyMarshal_WriteObjectToString(tree, 4);
        if (data == NULL)
            return NULL;
        if (!dont_inherit)
            flags |= inherited_flags();
        return run_compile(PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), filename, mode,
                           flags | GCRT_COMPILE_FROM_TREE, 1, optimize);
    }
    return compile_checked(v[0], filename, mode, flags, !dont_inherit, optimize, "compile",
                           "string, bytes or AST");
}

/* ------------------------------------------------------------------ exec, eval */

/* Fill in what was left out from the calling frame; the checks' wording differs between the two. */
static int
namespaces(PyObject **globals, PyObject **locals, int for_eval)
{
    if (for_eval && *locals != Py_None && !PyMapping_Check(*locals)) {
        PyErr_SetString(PyExc_TypeError, "locals must be a mapping");
        return -1;
    }
    if (for_eval && *globals != Py_None && !PyDict_Check(*globals)) {
        PyErr_SetString(PyExc_TypeError, PyMapping_Check(*globals)
                                             ? "globals must be a real dict; try eval(code, {}, mapping)"
                                             : "globals must be a dict");
        return -1;
    }
    if (*globals == Py_None) {
        *globals = PyEval_GetGlobals();
        if (*locals == Py_None)
            *locals = PyEval_GetLocals();
        if (*globals == NULL || *locals == NULL) {
            if (!PyErr_Occurred())
                PyErr_SetString(PyExc_SystemError, "globals and locals cannot be NULL");
            return -1;
        }
    } else if (*locals == Py_None)
        *locals = *globals;
    if (!PyDict_Check(*globals)) {
        PyErr_Format(PyExc_TypeError, "exec() globals must be a dict, not %.100s", Py_TYPE(*globals)->tp_name);
        return -1;
    }
    if (!PyMapping_Check(*locals)) {
        PyErr_Format(PyExc_TypeError, "locals must be a mapping or None, not %.100s", Py_TYPE(*locals)->tp_name);
        return -1;
    }
    int has = PyDict_Contains(*globals, GCRT_NAME(__builtins__));
    if (has == 0)
        return PyDict_SetItem(*globals, GCRT_NAME(__builtins__), PyEval_GetBuiltins());
    return has < 0 ? -1 : 0;
}

static Py_ssize_t
free_variables(PyObject *code)
{
    return ((PyCodeObject *)code)->co_nfreevars;
}

static int
check_closure(PyObject *code, PyObject *closure)
{
    Py_ssize_t n = free_variables(code);
    if (n == 0) {
        if (closure == NULL || closure == Py_None)
            return 0;
        PyErr_SetString(PyExc_TypeError, "cannot use a closure with this code object");
        return -1;
    }
    int ok = closure != NULL && PyTuple_CheckExact(closure) && PyTuple_GET_SIZE(closure) == n;
    for (Py_ssize_t i = 0; ok && i < n; i++)
        ok = PyCell_Check(PyTuple_GET_ITEM(closure, i));
    if (!ok)
        PyErr_Format(PyExc_TypeError, "code object requires a closure of exactly length %zd", n);
    return ok ? 0 : -1;
}

static PyObject *
string_filename(void)
{
    static PyObject *name;
    if (name == NULL)
        name = PyUnicode_InternFromString("<string>");
    return name;
}

PyObject *
builtin_exec(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"", "", "", "closure", NULL};
    PyObject *v[4];
    if (nargs > 3) {
        PyErr_Format(PyExc_TypeError, "exec expected at most 3 arguments, got %zd", nargs);
        return NULL;
    }
    if (builtin_keywords("exec", args, nargs, kwnames, names, v) < 0)
        return NULL;
    if (v[0] == NULL) {
        PyErr_SetString(PyExc_TypeError, "exec expected at least 1 argument, got 0");
        return NULL;
    }
    PyObject *source = v[0], *globals = v[1] != NULL ? v[1] : Py_None, *locals = v[2] != NULL ? v[2] : Py_None;
    PyObject *closure = v[3];
    if (namespaces(&globals, &locals, 0) < 0)
        return NULL;
    if (!PyCode_Check(source)) {
        if (closure != NULL && closure != Py_None) {
            PyErr_SetString(PyExc_TypeError, "closure can only be used when source is a code object");
            return NULL;
        }
        source = compile_checked(source, string_filename(), "exec", 0, 1, -1, "exec", "string, bytes or code");
        if (source == NULL)
            return NULL;
        closure = NULL;
    } else if (check_closure(source, closure) < 0)
        return NULL;
    if (free_variables(source) == 0)
        closure = NULL;
    if (PyEval_EvalCodeEx(source, globals, locals, NULL, 0, NULL, 0, NULL, 0, NULL, closure) == NULL)
        return NULL;
    Py_RETURN_NONE;
}

/* eval() ignores leading blanks, which the grammar takes for an indent. */
static PyObject *
strip_blanks(PyObject *source)
{
    if (PyUnicode_Check(source)) {
        Py_ssize_t n = PyUnicode_GET_LENGTH(source), i = 0;
        while (i < n && (PyUnicode_READ_CHAR(source, i) == ' ' || PyUnicode_READ_CHAR(source, i) == '\t'))
            i++;
        return i == 0 ? source : PyUnicode_Substring(source, i, n);
    }
    if (PyBytes_Check(source)) {
        const char *p = PyBytes_AS_STRING(source), *s = p;
        while (*s == ' ' || *s == '\t')
            s++;
        return s == p ? source : PyBytes_FromStringAndSize(s, PyBytes_GET_SIZE(source) - (s - p));
    }
    return source;
}

PyObject *
builtin_eval(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("eval", nargs, 1, 3))
        return NULL;
    PyObject *source = args[0], *globals = nargs > 1 ? args[1] : Py_None, *locals = nargs > 2 ? args[2] : Py_None;
    if (namespaces(&globals, &locals, 1) < 0)
        return NULL;
    if (PyCode_Check(source)) {
        if (free_variables(source) > 0) {
            PyErr_SetString(PyExc_TypeError, "code object passed to eval() may not contain free variables");
            return NULL;
        }
    } else {
        source = strip_blanks(source);
        if (source == NULL)
            return NULL;
        source = compile_checked(source, string_filename(), "eval", 0, 1, -1, "eval", "string, bytes or code");
        if (source == NULL)
            return NULL;
    }
    return PyEval_EvalCode(source, globals, locals);
}

PyObject *
builtin_globals(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    PyObject *globals = PyEval_GetGlobals();
    return globals != NULL ? globals : Py_None;
}

PyObject *
builtin_locals(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    PyObject *locals = PyEval_GetLocals();
    if (locals == NULL && !PyErr_Occurred())
        PyErr_SetString(PyExc_SystemError, "frame does not exist");
    return locals;
}

PyObject *
builtin_import(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"name", "globals", "locals", "fromlist", "level", NULL};
    PyObject *v[5];
    int level;
    if (builtin_keywords("__import__", args, nargs, kwnames, names, v) < 0 || int_argument(v[4], 0, &level) < 0)
        return NULL;
    if (v[0] == NULL) {
        PyErr_SetString(PyExc_TypeError, "__import__() missing required argument 'name' (pos 1)");
        return NULL;
    }
    return PyImport_ImportModuleLevelObject(v[0], v[1], v[2], v[3], level);
}
