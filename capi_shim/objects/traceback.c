/* traceback.c: traceback entries. */
#include "code.h"
#include "exceptions.h"
#include "structmember.h"

static PyTracebackObject *
as_tb(PyObject *self)
{
    return (PyTracebackObject *)self;
}

static void
traceback_trace(PyObject *self, size_t Py_UNUSED(size), gc_tracer *t)
{
    gc_visit(t, (uintptr_t)as_tb(self)->tb_next);
    gc_visit(t, (uintptr_t)as_tb(self)->tb_frame);
}

PyObject *
traceback_new(PyObject *next, PyFrameObject *frame, int lasti, int lineno)
{
    PyTracebackObject *tb = (PyTracebackObject *)gcrt_new(&PyTraceBack_Type, sizeof *tb);
    if (tb == NULL)
        return NULL;
    tb->tb_next = (PyTracebackObject *)next;
    tb->tb_frame = frame;
    tb->tb_lasti = lasti;
    tb->tb_lineno = lineno;
    return (PyObject *)tb;
}

/* The line is looked up when somebody wants to see it. */
int
traceback_line(PyTracebackObject *tb)
{
    if (tb->tb_lineno < 0)
        tb->tb_lineno = PyCode_Addr2Line(PyFrame_GetCode(tb->tb_frame), tb->tb_lasti);
    return tb->tb_lineno;
}

int
PyTraceBack_Here(PyFrameObject *frame)
{
    PyBaseExceptionObject *exc = (PyBaseExceptionObject *)gcrt_ts->exception;
    if (exc == NULL)
        return 0;
    PyObject *tb = traceback_new(exc->traceback, frame, PyFrame_GetLasti(frame), frame->f_lineno != 0 ? frame->f_lineno : -1);
    if (tb == NULL)
        return -1;
    gc_store(exc, &exc->traceback, tb);
    return 0;
}

/* An entry for a place in C source, as extensions show it. */
void
_PyTraceback_Add(const char *function, const char *filename, int lineno)
{
    PyObject *raised = error_take(), *globals = PyDict_New();
    PyCodeObject *code = globals != NULL ? PyCode_NewEmpty(filename, function, lineno) : NULL;
    PyFrameObject *frame = code != NULL ? PyFrame_New(gcrt_ts, code, globals, NULL) : NULL;
    PyErr_Clear();
    error_restore(raised);
    if (frame != NULL)
        PyTraceBack_Here(frame);
}

/* ------------------------------------------------------------------ the type */

static PyObject *
traceback_type_new(PyTypeObject *Py_UNUSED(type), PyObject *args, PyObject *kwds)
{
    static char *names[] = {"tb_next", "tb_frame", "tb_lasti", "tb_lineno", NULL};
    PyObject *next, *frame;
    int lasti, lineno;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "OO!ii:TracebackType", names, &next, &PyFrame_Type, &frame, &lasti,
                                     &lineno))
        return NULL;
    if (next == Py_None)
        next = NULL;
    else if (!PyTraceBack_Check(next))
        return PyErr_Format(PyExc_TypeError, "expected traceback object or None, got '%s'", Py_TYPE(next)->tp_name);
    return traceback_new(next, (PyFrameObject *)frame, lasti, lineno);
}

static PyObject *
get_next(PyObject *self, void *Py_UNUSED(c))
{
    PyObject *next = (PyObject *)as_tb(self)->tb_next;
    return next != NULL ? next : Py_None;
}

static int
set_next(PyObject *self, PyObject *value, void *Py_UNUSED(c))
{
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "can't delete tb_next attribute");
        return -1;
    }
    if (value == Py_None)
        value = NULL;
    else if (!PyTraceBack_Check(value)) {
        PyErr_Format(PyExc_TypeError, "expected traceback object, got '%s'", Py_TYPE(value)->tp_name);
        return -1;
    }
    for (PyTracebackObject *tb = as_tb(value); tb != NULL; tb = tb->tb_next)
        if (tb == as_tb(self)) {
            PyErr_SetString(PyExc_ValueError, "traceback loop detected");
            return -1;
        }
    gc_store(self, &as_tb(self)->tb_next, value);
    return 0;
}

static PyObject *
get_lineno(PyObject *self, void *Py_UNUSED(c))
{
    int line = traceback_line(as_tb(self));
    return line < 0 ? Py_None : PyLong_FromLong(line);
}

static PyGetSetDef traceback_getset[] = {
    {"tb_next", get_next, set_next, NULL, NULL},
    {"tb_lineno", get_lineno, NULL, NULL, NULL},
    {0},
};

static PyMemberDef traceback_members[] = {
    {"tb_frame", T_OBJECT, offsetof(PyTracebackObject, tb_frame), READONLY, NULL},
    {"tb_lasti", T_INT, offsetof(PyTracebackObject, tb_lasti), READONLY, NULL},
    {0},
};

static PyObject *
traceback_dir(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("[ssss]", "tb_frame", "tb_next", "tb_lasti", "tb_lineno");
}

static PyMethodDef traceback_methods[] = {
    {"__dir__", traceback_dir, METH_NOARGS, NULL},
    {0},
};

PyTypeObject PyTraceBack_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "traceback",
    .tp_basicsize = sizeof(PyTracebackObject),
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "A place in the call stack that an exception came through.",
    .tp_methods = traceback_methods,
    .tp_members = traceback_members,
    .tp_getset = traceback_getset,
    .tp_new = traceback_type_new,
    .gcrt_trace = traceback_trace,
};
