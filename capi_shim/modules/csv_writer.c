/* csv_writer.c: rows to text. */
#include "csv_module.h"
#include "structmember.h"

typedef struct {
    PyObject_HEAD
    PyObject *write;
    csv_dialect *dialect;
} writer_object;

static int
is_special(csv_dialect *d, Py_UCS4 ch)
{
    return ch == d->delimiter || ch == d->escapechar || ch == d->quotechar ||
           PyUnicode_FindChar(d->lineterminator, ch, 0, PyUnicode_GET_LENGTH(d->lineterminator), 1) >= 0;
}

/* What goes in front of a special character; CSV_NONE for nothing.  Sets *quoted when the field needs
 * quotes because of it.  -1: it can't be written. */
static int
prefix_of(csv_dialect *d, Py_UCS4 ch, int *quoted, Py_UCS4 *prefix)
{
    int escape = 0;
    *prefix = CSV_NONE;
    if (d->quoting == CSV_QUOTE_NONE)
        escape = 1;
    else if (ch == d->quotechar) {
        if (d->doublequote)
            *prefix = d->quotechar;
        else
            escape = 1;
    } else
        escape = ch == d->escapechar;
    if (!escape) {
        *quoted = 1;
        return 0;
    }
    if (d->escapechar == CSV_NONE) {
        PyErr_SetString(csv_error, "need to escape, but no escapechar set");
        return -1;
    }
    *prefix = d->escapechar;
    return 0;
}

static int
write_field(csv_dialect *d, _PyUnicodeWriter *out, PyObject *text, int quoted)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(text);
    Py_UCS4 prefix;
    for (Py_ssize_t i = 0; i < n && !quoted; i++) {
        Py_UCS4 ch = PyUnicode_READ_CHAR(text, i);
        if (is_special(d, ch) && prefix_of(d, ch, &quoted, &prefix) < 0)
            return -1;
    }
    if (quoted && _PyUnicodeWriter_WriteChar(out, d->quotechar) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_UCS4 ch = PyUnicode_READ_CHAR(text, i);
        if (is_special(d, ch)) {
            if (prefix_of(d, ch, &quoted, &prefix) < 0 ||
                (prefix != CSV_NONE && _PyUnicodeWriter_WriteChar(out, prefix) < 0))
                return -1;
        }
        if (_PyUnicodeWriter_WriteChar(out, ch) < 0)
            return -1;
    }
    return quoted ? _PyUnicodeWriter_WriteChar(out, d->quotechar) : 0;
}

static int
must_quote(csv_dialect *d, PyObject *field)
{
    return d->quoting == CSV_QUOTE_ALL || (d->quoting == CSV_QUOTE_NONNUMERIC && !PyNumber_Check(field));
}

static int
write_row(csv_dialect *d, _PyUnicodeWriter *out, PyObject *iter)
{
    PyObject *field;
    Py_ssize_t count = 0, width = 0;
    while ((field = PyIter_Next(iter)) != NULL) {
        PyObject *text = field == Py_None ? PyUnicode_FromStringAndSize("", 0) : PyObject_Str(field);
        if (text == NULL || (count > 0 && _PyUnicodeWriter_WriteChar(out, d->delimiter) < 0))
            return -1;
        int quoted = must_quote(d, field);
        if (write_field(d, out, text, quoted) < 0)
            return -1;
        width += PyUnicode_GET_LENGTH(text) + quoted;
        count++;
    }
    if (gcrt_ts->exception != NULL)
        return -1;
    /* An empty line would be read as a row without fields. */
    if (count == 1 && width == 0) {
        if (d->quoting == CSV_QUOTE_NONE) {
            PyErr_SetString(csv_error, "single empty field record must be quoted");
            return -1;
        }
        if (_PyUnicodeWriter_WriteChar(out, d->quotechar) < 0 || _PyUnicodeWriter_WriteChar(out, d->quotechar) < 0)
            return -1;
    }
    return _PyUnicodeWriter_WriteStr(out, d->lineterminator);
}

static PyObject *
writer_writerow(PyObject *op, PyObject *row)
{
    writer_object *self = (writer_object *)op;
    _PyUnicodeWriter out;
    PyObject *iter = PyObject_GetIter(row);
    if (iter == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(csv_error, "iterable expected, not %.200s", Py_TYPE(row)->tp_name);
        return NULL;
    }
    _PyUnicodeWriter_Init(&out);
    out.overallocate = 1;
    if (write_row(self->dialect, &out, iter) < 0) {
        _PyUnicodeWriter_Dealloc(&out);
        return NULL;
    }
    PyObject *text = _PyUnicodeWriter_Finish(&out);
    return text == NULL ? NULL : PyObject_CallOneArg(self->write, text);
}

static PyObject *
writer_writerows(PyObject *self, PyObject *rows)
{
    PyObject *iter = PyObject_GetIter(rows), *row;
    while (iter != NULL && (row = PyIter_Next(iter)) != NULL)
        if (writer_writerow(self, row) == NULL)
            return NULL;
    if (iter == NULL || gcrt_ts->exception != NULL)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef writer_methods[] = {
    {"writerow", writer_writerow, METH_O, "Write one row."},
    {"writerows", writer_writerows, METH_O, "Write the rows of an iterable."},
    {0},
};

static PyMemberDef writer_members[] = {
    {"dialect", T_OBJECT, offsetof(writer_object, dialect), READONLY, NULL},
    {0},
};

PyTypeObject csv_writer_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_csv.writer",
    .tp_basicsize = sizeof(writer_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_methods = writer_methods,
    .tp_members = writer_members,
};

PyObject *
csv_writer(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    PyObject *file, *dialect = NULL, *write;
    if (!PyArg_UnpackTuple(args, "", 1, 2, &file, &dialect))
        return NULL;
    if (_PyObject_LookupAttr(file, GCRT_NAME(write), &write) < 0)
        return NULL;
    if (write == NULL || !PyCallable_Check(write))
        return PyErr_Format(PyExc_TypeError, "argument 1 must have a \"write\" method");
    writer_object *self = (writer_object *)gcrt_new(&csv_writer_type, sizeof *self);
    if (self == NULL || (self->dialect = csv_make_dialect(dialect, kwds)) == NULL)
        return NULL;
    self->write = write;
    return (PyObject *)self;
}
