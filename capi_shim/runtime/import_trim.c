/* import_trim.c: tracebacks of failed imports without the machinery's own frames.
 *
 * A run of importlib's frames goes when the exception is an ImportError (it is about the import) or when
 * the run ends in _call_with_frames_removed (the exception comes from the imported module). */
#include "code.h"
#include "importer.h"

static int
in_importlib(PyTracebackObject *tb)
{
    PyCodeObject *code = PyFrame_GetCode(tb->tb_frame);
    PyObject *name = code->co_filename;
    return PyUnicode_CompareWithASCIIString(name, "<frozen importlib._bootstrap>") == 0 ||
           PyUnicode_CompareWithASCIIString(name, "<frozen importlib._bootstrap_external>") == 0;
}

static int
is_boundary(PyTracebackObject *tb)
{
    PyCodeObject *code = PyFrame_GetCode(tb->tb_frame);
    return PyUnicode_CompareWithASCIIString(code->co_name, "_call_with_frames_removed") == 0;
}

void
import_trim_traceback(void)
{
    PyObject *exc = gcrt_ts->exception;
    if (exc == NULL || gcrt_interp.config->verbose)
        return;
    int always = PyErr_GivenExceptionMatches(exc, PyExc_ImportError), inside = 0;
    PyTracebackObject **link = (PyTracebackObject **)&((PyBaseExceptionObject *)exc)->traceback, **outer = link;
    for (PyTracebackObject *tb = *link; tb != NULL; tb = tb->tb_next) {
        int now = in_importlib(tb);
        if (now && !inside)
            outer = link;
        inside = now;
        if (now && (always || is_boundary(tb))) {
            *outer = tb->tb_next;
            link = outer;
        } else
            link = &tb->tb_next;
    }
}

void
import_fix_filename(PyObject *op, PyObject *old, PyObject *fresh)
{
    PyCodeObject *code = (PyCodeObject *)op;
    if (PyUnicode_Compare(code->co_filename, old) != 0)
        return;
    gc_store(code, &code->co_filename, fresh);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *item = PyTuple_GET_ITEM(code->co_consts, i);
        if (PyCode_Check(item))
            import_fix_filename(item, old, fresh);
    }
}
