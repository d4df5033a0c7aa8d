/* exceptions_syntax.c: SyntaxError and the API that fills its location. */
#include "exceptions.h"
#include "structmember.h"

static PySyntaxErrorObject *
as_syntax(PyObject *self)
{
    return (PySyntaxErrorObject *)self;
}

static int
syntax_error_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    PySyntaxErrorObject *e = as_syntax(self);
    if (exception_init(self, args, kwds) < 0)
        return -1;
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (n >= 1)
        gc_store(self, &e->msg, PyTuple_GET_ITEM(args, 0));
    if (n != 2)
        return 0;
    PyObject *info = PySequence_Tuple(PyTuple_GET_ITEM(args, 1));
    if (info == NULL)
        return -1;
    e->end_lineno = e->end_offset = NULL;
    if (!PyArg_ParseTuple(info, "OOOO|OO", &e->filename, &e->lineno, &e->offset, &e->text, &e->end_lineno,
                          &e->end_offset))
        return -1;
    if (e->end_lineno != NULL && e->end_offset == NULL) {
        PyErr_SetString(PyExc_TypeError, "end_offset must be provided when end_lineno is provided");
        return -1;
    }
    return 0;
}

/* Last part of a path: messages name the file, not the folder. */
static PyObject *
base_name(PyObject *path)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(path);
    Py_ssize_t slash = PyUnicode_FindChar(path, '/', 0, n, -1);
    return slash < 0 ? path : PyUnicode_Substring(path, slash + 1, n);
}

static PyObject *
syntax_error_str(PyObject *self)
{
    PySyntaxErrorObject *e = as_syntax(self);
    PyObject *msg = e->msg != NULL ? e->msg : Py_None, *file = NULL;
    int has_line = e->lineno != NULL && PyLong_CheckExact(e->lineno);
    if (e->filename != NULL && PyUnicode_Check(e->filename)) {
        file = base_name(e->filename);
        if (file == NULL)
            return NULL;
    }
    if (file == NULL && !has_line)
        return PyObject_Str(msg);
    if (file != NULL && has_line)
        return PyUnicode_FromFormat("%S (%U, line %S)", msg, file, e->lineno);
    if (file != NULL)
        return PyUnicode_FromFormat("%S (%U)", msg, file);
    return PyUnicode_FromFormat("%S (line %S)", msg, e->lineno);
}

static PyMemberDef syntax_error_members[] = {
    {"msg", T_OBJECT, offsetof(PySyntaxErrorObject, msg), 0, "What is wrong."},
    {"filename", T_OBJECT, offsetof(PySyntaxErrorObject, filename), 0, "The file."},
    {"lineno", T_OBJECT, offsetof(PySyntaxErrorObject, lineno), 0, "Line, from 1."},
    {"offset", T_OBJECT, offsetof(PySyntaxErrorObject, offset), 0, "Column, from 1."},
    {"text", T_OBJECT, offsetof(PySyntaxErrorObject, text), 0, "The line's text."},
    {"end_lineno", T_OBJECT, offsetof(PySyntaxErrorObject, end_lineno), 0, "Last line."},
    {"end_offset", T_OBJECT, offsetof(PySyntaxErrorObject, end_offset), 0, "Column behind the end."},
    {"print_file_and_line", T_OBJECT, offsetof(PySyntaxErrorObject, print_file_and_line), 0, NULL},
    {0},
};

void
exceptions_setup_syntax(void)
{
    exc_SyntaxError.tp_init = syntax_error_init;
    exc_SyntaxError.tp_str = syntax_error_str;
    exc_SyntaxError.tp_members = syntax_error_members;
}

/* ------------------------------------------------------------------ PyErr_*Location* */

static PyObject *
int_or_none(int value)
{
    return value < 0 ? Py_None : PyLong_FromLong(value);
}

/* Add the place to the raised exception, whatever it is; failures to do so are ignored. */
void
PyErr_RangedSyntaxLocationObject(PyObject *filename, int lineno, int col_offset, int end_lineno,
                                 int end_col_offset)
{
    PyObject *exc = error_take();
    if (exc == NULL)
        return;
    PyObject *text = NULL;
    if (filename != NULL)
        text = PyErr_ProgramTextObject(filename, lineno);
    if (PyObject_SetAttrString(exc, "lineno", PyLong_FromLong(lineno)) < 0)
        PyErr_Clear();
    if (PyObject_SetAttrString(exc, "offset", int_or_none(col_offset < 0 ? -1 : col_offset + 1)) < 0)
        PyErr_Clear();
    if (PyObject_SetAttrString(exc, "end_lineno", int_or_none(end_lineno)) < 0)
        PyErr_Clear();
    if (PyObject_SetAttrString(exc, "end_offset",
                               int_or_none(end_col_offset < 0 ? -1 : end_col_offset + 1)) < 0)
        PyErr_Clear();
    if (filename != NULL && PyObject_SetAttrString(exc, "filename", filename) < 0)
        PyErr_Clear();
    if (PyObject_SetAttrString(exc, "text", text != NULL ? text : Py_None) < 0)
        PyErr_Clear();
    error_restore(exc);
}

void
PyErr_SyntaxLocationObject(PyObject *filename, int lineno, int col_offset)
{
    PyErr_RangedSyntaxLocationObject(filename, lineno, col_offset, lineno, -1);
}

void
PyErr_SyntaxLocationEx(const char *filename, int lineno, int col_offset)
{
    PyObject *exc = error_take();
    PyObject *name = filename != NULL ? PyUnicode_DecodeFSDefault(filename) : NULL;
    PyErr_Clear();
    error_restore(exc);
    PyErr_SyntaxLocationObject(name, lineno, col_offset);
}

void
PyErr_SyntaxLocation(const char *filename, int lineno)
{
    PyErr_SyntaxLocationEx(filename, lineno, -1);
}

PyObject *
PyErr_ProgramText(const char *filename, int lineno)
{
    FILE *fp = filename != NULL && lineno > 0 ? fopen(filename, "rb") : NULL;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t n = -1;
    PyObject *text = NULL;
    if (fp == NULL)
        return NULL;
    for (int i = 0; i < lineno; i++)
        if ((n = getline(&line, &capacity, fp)) < 0)
            break;
    fclose(fp);
    if (n >= 0) {
        text = PyUnicode_DecodeUTF8(line, n, "replace");
        if (text == NULL)
            PyErr_Clear();
    }
    free(line);
    return text;
}

PyObject *
PyErr_ProgramTextObject(PyObject *filename, int lineno)
{
    const char *name = filename != NULL && PyUnicode_Check(filename) ? PyUnicode_AsUTF8(filename) : NULL;
    if (name == NULL) {
        PyErr_Clear();
        return NULL;
    }
    return PyErr_ProgramText(name, lineno);
}
