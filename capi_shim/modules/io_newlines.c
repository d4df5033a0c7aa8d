/* io_newlines.c: universal newlines, and IncrementalNewlineDecoder. */
#include "io_module.h"

PyObject *
io_newlines_object(int seen)
{
    static const char *const names[] = {NULL, "\r", "\n", NULL, "\r\n"};
    if (seen == 0)
        Py_RETURN_NONE;
    if ((seen & (seen - 1)) == 0)
        return PyUnicode_FromString(names[seen]);
    PyObject *list = PyList_New(0);
    static const int order[] = {1, 2, 4};
    for (int i = 0; list != NULL && i < 3; i++)
        if ((seen & order[i]) && PyList_Append(list, PyUnicode_FromString(names[order[i]])) < 0)
            return NULL;
    return list == NULL ? NULL : PyList_AsTuple(list);
}

PyObject *
io_translate_newlines(PyObject *text, int translate, int *seen)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(text), crlf = 0;
    int kind = PyUnicode_KIND(text), any_cr = 0;
    void *data = PyUnicode_DATA(text);
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, data, i);
        if (c == '\n')
            *seen |= 2;
        else if (c == '\r') {
            any_cr = 1;
            if (i + 1 < n && PyUnicode_READ(kind, data, i + 1) == '\n') {
                *seen |= 4;
                crlf++;
                i++;
            } else
                *seen |= 1;
        }
    }
    if (!translate || !any_cr)
        return text;
    PyObject *out = PyUnicode_New(n - crlf, PyUnicode_MAX_CHAR_VALUE(text));
    if (out == NULL)
        return NULL;
    void *to = PyUnicode_DATA(out);
    int to_kind = PyUnicode_KIND(out);
    for (Py_ssize_t i = 0, j = 0; i < n; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, data, i);
        if (c == '\r') {
            c = '\n';
            if (i + 1 < n && PyUnicode_READ(kind, data, i + 1) == '\n')
                i++;
        }
        PyUnicode_WRITE(to_kind, to, j++, c);
    }
    return out;
}

/* ------------------------------------------------------------------ IncrementalNewlineDecoder */

typedef struct {
    PyObject_HEAD
    PyObject *decoder, *errors;
    int translate, pending_cr, seen;
} newline_decoder;

static int
newline_init(PyObject *op, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"decoder", "translate", "errors", NULL};
    newline_decoder *self = (newline_decoder *)op;
    self->errors = NULL;
    self->pending_cr = self->seen = 0;
    return PyArg_ParseTupleAndKeywords(args, kwds, "Op|O", keywords, &self->decoder, &self->translate, &self->errors)
               ? 0
               : -1;
}
static PyObject *
newline_decode(PyObject *op, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"input", "final", NULL};
    newline_decoder *self = (newline_decoder *)op;
    PyObject *text;
    int final = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O|p:decode", keywords, &text, &final))
        return NULL;
    if (self->decoder != Py_None)
        text = PyObject_CallMethod(self->decoder, "decode", "Oi", text, final);
    if (text == NULL)
        return NULL;
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "decoder should return a string result, not '%.200s'", Py_TYPE(text)->tp_name);
        return NULL;
    }
    Py_ssize_t n = PyUnicode_GET_LENGTH(text);
    if (self->pending_cr && (n > 0 || final)) {
        text = PyUnicode_FromFormat("\r%U", text);
        if (text == NULL)
            return NULL;
        self->pending_cr = 0;
        n++;
    }
    if (!final && n > 0 && PyUnicode_READ_CHAR(text, n - 1) == '\r') {
        self->pending_cr = 1;
        text = PyUnicode_Substring(text, 0, n - 1);
    }
    return text == NULL ? NULL : io_translate_newlines(text, self->translate, &self->seen);
}
static PyObject *
newline_getstate(PyObject *op, PyObject *Py_UNUSED(args))
{
    newline_decoder *self = (newline_decoder *)op;
    PyObject *buffered = PyBytes_FromString("");
    long long flag = 0;
    if (self->decoder != Py_None) {
        PyObject *state = PyObject_CallMethod(self->decoder, "getstate", NULL);
        if (state == NULL || !PyArg_ParseTuple(state, "OL", &buffered, &flag))
            return NULL;
    }
    return Py_BuildValue("OL", buffered, flag << 1 | self->pending_cr);
}
static PyObject *
newline_setstate(PyObject *op, PyObject *state)
{
    newline_decoder *self = (newline_decoder *)op;
    PyObject *buffered;
    long long flag;
    if (!PyTuple_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state argument must be a tuple");
        return NULL;
    }
    if (!PyArg_ParseTuple(state, "OL", &buffered, &flag))
        return NULL;
    self->pending_cr = (int)(flag & 1);
    if (self->decoder != Py_None)
        return PyObject_CallMethod(self->decoder, "setstate", "((OL))", buffered, flag >> 1);
    Py_RETURN_NONE;
}
static PyObject *
newline_reset(PyObject *op, PyObject *Py_UNUSED(args))
{
    newline_decoder *self = (newline_decoder *)op;
    self->seen = self->pending_cr = 0;
    if (self->decoder != Py_None)
        return PyObject_CallMethod(self->decoder, "reset", NULL);
    Py_RETURN_NONE;
}
static PyObject *
newline_get_newlines(PyObject *op, void *Py_UNUSED(closure))
{
    return io_newlines_object(((newline_decoder *)op)->seen);
}
static PyMethodDef newline_methods[] = {
    {"decode", (PyCFunction)(void (*)(void))newline_decode, METH_VARARGS | METH_KEYWORDS, NULL},
    {"getstate", newline_getstate, METH_NOARGS, NULL},
    {"setstate", newline_setstate, METH_O, NULL},
    {"reset", newline_reset, METH_NOARGS, NULL},
    {0},
};
static PyGetSetDef newline_getset[] = {{"newlines", newline_get_newlines, NULL, NULL, NULL}, {0}};
PyTypeObject io_newline_decoder_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "_io.IncrementalNewlineDecoder",
    .tp_basicsize = sizeof(newline_decoder),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_methods = newline_methods,
    .tp_getset = newline_getset,
    .tp_init = newline_init,
    .tp_new = PyType_GenericNew,
};
