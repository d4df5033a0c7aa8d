/* _csv.c: reading and writing comma-separated values: dialects and the registry of their names. */
#include "csv_module.h"
#include "structmember.h"

PyObject *csv_error;
static PyObject *dialects;     /* name -> dialect */
static Py_ssize_t field_limit = 128 * 1024;

Py_ssize_t
csv_field_limit(void)
{
    return field_limit;
}

/* ------------------------------------------------------------------ dialect */

static int
get_bool(PyObject *value, int otherwise, int *out)
{
    *out = value == NULL ? otherwise : PyObject_IsTrue(value);
    return *out < 0 ? -1 : 0;
}

/* A one-character string; CSV_NONE for None where that is allowed. */
static int
get_char(const char *name, PyObject *value, Py_UCS4 otherwise, int none_allowed, Py_UCS4 *out)
{
    *out = otherwise;
    if (value == NULL)
        return 0;
    if (value == Py_None && none_allowed) {
        *out = CSV_NONE;
        return 0;
    }
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, none_allowed ? "\"%s\" must be string or None, not %.200s"
                                                   : "\"%s\" must be string, not %.200s",
                     name, Py_TYPE(value)->tp_name);
        return -1;
    }
    if (PyUnicode_GET_LENGTH(value) != 1) {
        PyErr_Format(PyExc_TypeError, "\"%s\" must be a 1-character string", name);
        return -1;
    }
    *out = PyUnicode_READ_CHAR(value, 0);
    return 0;
}

static int
get_quoting(PyObject *value, int *out)
{
    *out = CSV_QUOTE_MINIMAL;
    if (value == NULL)
        return 0;
    if (!PyLong_CheckExact(value)) {
        PyErr_SetString(PyExc_TypeError, "\"quoting\" must be an integer");
        return -1;
    }
    *out = _PyLong_AsInt(value);
    if (*out == -1 && PyErr_Occurred())
        return -1;
    if (*out < CSV_QUOTE_MINIMAL || *out > CSV_QUOTE_NONE) {
        PyErr_SetString(PyExc_TypeError, "bad \"quoting\" value");
        return -1;
    }
    return 0;
}

enum { D_DELIMITER, D_DOUBLEQUOTE, D_ESCAPECHAR, D_LINETERMINATOR, D_QUOTECHAR, D_QUOTING, D_SKIP, D_STRICT, D_COUNT };
static char *const setting_names[] = {"delimiter", "doublequote",      "escapechar", "lineterminator", "quotechar",
                                      "quoting",   "skipinitialspace", "strict",     NULL};

static int
fill(csv_dialect *self, PyObject **v)
{
    if (get_char("delimiter", v[D_DELIMITER], ',', 0, &self->delimiter) < 0 ||
        get_bool(v[D_DOUBLEQUOTE], 1, &self->doublequote) < 0 ||
        get_char("escapechar", v[D_ESCAPECHAR], CSV_NONE, 1, &self->escapechar) < 0 ||
        get_char("quotechar", v[D_QUOTECHAR], '"', 1, &self->quotechar) < 0 ||
        get_quoting(v[D_QUOTING], &self->quoting) < 0 || get_bool(v[D_SKIP], 0, &self->skipinitialspace) < 0 ||
        get_bool(v[D_STRICT], 0, &self->strict) < 0)
        return -1;
    self->lineterminator = v[D_LINETERMINATOR] != NULL ? v[D_LINETERMINATOR] : PyUnicode_FromString("\r\n");
    if (self->lineterminator == NULL)
        return -1;
    if (!PyUnicode_Check(self->lineterminator)) {
        PyErr_SetString(PyExc_TypeError, "\"lineterminator\" must be a string");
        return -1;
    }
    if (v[D_QUOTECHAR] == Py_None && v[D_QUOTING] == NULL)
        self->quoting = CSV_QUOTE_NONE;
    if (self->quoting != CSV_QUOTE_NONE && self->quotechar == CSV_NONE) {
        PyErr_SetString(PyExc_TypeError, "quotechar must be set if quoting enabled");
        return -1;
    }
    return 0;
}

static PyObject *
find_dialect(PyObject *name)
{
    PyObject *dialect = PyDict_GetItemWithError(dialects, name);
    if (dialect == NULL && gcrt_ts->exception == NULL)
        PyErr_SetString(csv_error, "unknown dialect");
    return dialect;
}

/* Settings that were not given come from the dialect, which is a name, a class or an instance. */
static PyObject *
dialect_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    static char *names[] = {"dialect", "delimiter", "doublequote", "escapechar", "lineterminator", "quotechar",
                            "quoting", "skipinitialspace", "strict", NULL};
    PyObject *base = NULL, *v[D_COUNT] = {0};
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|OOOOOOOOO", names, &base, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5],
                                     &v[6], &v[7]))
        return NULL;
    if (base != NULL && PyUnicode_Check(base) && (base = find_dialect(base)) == NULL)
        return NULL;
    int changed = 0;
    for (int i = 0; i < D_COUNT; i++)
        changed |= v[i] != NULL;
    if (base != NULL && Py_TYPE(base) == &csv_dialect_type && !changed)
        return base;
    for (int i = 0; base != NULL && i < D_COUNT; i++)
        if (v[i] == NULL && (v[i] = PyObject_GetAttrString(base, setting_names[i])) == NULL)
            PyErr_Clear();
    csv_dialect *self = (csv_dialect *)type->tp_alloc(type, 0);
    return self == NULL || fill(self, v) < 0 ? NULL : (PyObject *)self;
}

csv_dialect *
csv_make_dialect(PyObject *dialect, PyObject *kwds)
{
    PyObject *args = dialect != NULL ? PyTuple_Pack(1, dialect) : PyTuple_New(0);
    return args == NULL ? NULL : (csv_dialect *)PyObject_Call((PyObject *)&csv_dialect_type, args, kwds);
}

static PyObject *
char_or_none(Py_UCS4 ch)
{
    return ch == CSV_NONE ? Py_None : PyUnicode_FromOrdinal((int)ch);
}

static PyObject *
get_setting(PyObject *op, void *which)
{
    csv_dialect *self = (csv_dialect *)op;
    switch ((intptr_t)which) {
    case D_DELIMITER:
        return char_or_none(self->delimiter);
    case D_ESCAPECHAR:
        return char_or_none(self->escapechar);
    case D_QUOTECHAR:
        return char_or_none(self->quotechar);
    case D_LINETERMINATOR:
        return self->lineterminator;
    case D_DOUBLEQUOTE:
        return PyBool_FromLong(self->doublequote);
    case D_SKIP:
        return PyBool_FromLong(self->skipinitialspace);
    case D_STRICT:
        return PyBool_FromLong(self->strict);
    default:
        return PyLong_FromLong(self->quoting);
    }
}

static PyObject *
dialect_reduce(PyObject *self, PyObject *Py_UNUSED(args))
{
    return PyErr_Format(PyExc_TypeError, "cannot pickle '%.100s' instances", Py_TYPE(self)->tp_name);
}

static PyMethodDef dialect_methods[] = {
    {"__reduce__", dialect_reduce, METH_VARARGS, NULL},
    {"__reduce_ex__", dialect_reduce, METH_VARARGS, NULL},
    {0},
};

#define SETTING(name, which) {name, get_setting, NULL, NULL, (void *)(intptr_t)(which)}
static PyGetSetDef dialect_getset[] = {
    SETTING("delimiter", D_DELIMITER),   SETTING("doublequote", D_DOUBLEQUOTE),
    SETTING("escapechar", D_ESCAPECHAR), SETTING("lineterminator", D_LINETERMINATOR),
    SETTING("quotechar", D_QUOTECHAR),   SETTING("quoting", D_QUOTING),
    SETTING("skipinitialspace", D_SKIP), SETTING("strict", D_STRICT),
    {0},
};

PyTypeObject csv_dialect_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_csv.Dialect",
    .tp_basicsize = sizeof(csv_dialect),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "How a file of values is written.",
    .tp_methods = dialect_methods,
    .tp_getset = dialect_getset,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = dialect_new,
};

/* ------------------------------------------------------------------ functions */

static PyObject *
csv_register_dialect(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwds)
{
    PyObject *name, *dialect = NULL;
    if (!PyArg_UnpackTuple(args, "", 1, 2, &name, &dialect))
        return NULL;
    if (!PyUnicode_Check(name))
        return PyErr_Format(PyExc_TypeError, "dialect name must be a string");
    csv_dialect *made = csv_make_dialect(dialect, kwds);
    if (made == NULL || PyDict_SetItem(dialects, name, (PyObject *)made) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
csv_unregister_dialect(PyObject *Py_UNUSED(self), PyObject *name)
{
    if (find_dialect(name) == NULL || PyDict_DelItem(dialects, name) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
csv_get_dialect(PyObject *Py_UNUSED(self), PyObject *name)
{
    return find_dialect(name);
}

static PyObject *
csv_list_dialects(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return PyDict_Keys(dialects);
}

static PyObject *
csv_field_size_limit(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *limit = NULL;
    Py_ssize_t old = field_limit;
    if (!PyArg_UnpackTuple(args, "field_size_limit", 0, 1, &limit))
        return NULL;
    if (limit != NULL) {
        if (!PyLong_CheckExact(limit))
            return PyErr_Format(PyExc_TypeError, "limit must be an integer");
        Py_ssize_t n = PyLong_AsSsize_t(limit);
        if (n == -1 && PyErr_Occurred())
            return NULL;
        field_limit = n;
    }
    return PyLong_FromSsize_t(old);
}

#define KEYWORDS(f) _PyCFunction_CAST(f), METH_VARARGS | METH_KEYWORDS
static PyMethodDef csv_methods[] = {
    {"reader", KEYWORDS(csv_reader), "Iterator of the rows of an iterable of lines."},
    {"writer", KEYWORDS(csv_writer), "Writer of rows to a file."},
    {"register_dialect", KEYWORDS(csv_register_dialect), "Give a dialect a name."},
    {"unregister_dialect", csv_unregister_dialect, METH_O, "Forget a name."},
    {"get_dialect", csv_get_dialect, METH_O, "The dialect of a name."},
    {"list_dialects", csv_list_dialects, METH_NOARGS, "The names."},
    {"field_size_limit", csv_field_size_limit, METH_VARARGS, "Ask or set how long a field may be."},
    {0},
};

static PyModuleDef csv_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_csv",
    .m_doc = "Comma-separated values.",
    .m_size = -1,
    .m_methods = csv_methods,
};

PyObject *
PyInit__csv(void)
{
    PyObject *m = PyModule_Create(&csv_def);
    dialects = PyDict_New();
    csv_error = PyErr_NewException("_csv.Error", NULL, NULL);
    if (m == NULL || dialects == NULL || csv_error == NULL || PyType_Ready(&csv_dialect_type) < 0 ||
        PyType_Ready(&csv_reader_type) < 0 || PyType_Ready(&csv_writer_type) < 0 ||
        PyModule_AddObjectRef(m, "_dialects", dialects) < 0 || PyModule_AddObjectRef(m, "Error", csv_error) < 0 ||
        PyModule_AddObjectRef(m, "Dialect", (PyObject *)&csv_dialect_type) < 0 ||
        PyModule_AddObjectRef(m, "Reader", (PyObject *)&csv_reader_type) < 0 ||
        PyModule_AddObjectRef(m, "Writer", (PyObject *)&csv_writer_type) < 0 ||
        PyModule_AddStringConstant(m, "__version__", "1.0") < 0 ||
        PyModule_AddIntConstant(m, "QUOTE_MINIMAL", CSV_QUOTE_MINIMAL) < 0 ||
        PyModule_AddIntConstant(m, "QUOTE_ALL", CSV_QUOTE_ALL) < 0 ||
        PyModule_AddIntConstant(m, "QUOTE_NONNUMERIC", CSV_QUOTE_NONNUMERIC) < 0 ||
        PyModule_AddIntConstant(m, "QUOTE_NONE", CSV_QUOTE_NONE) < 0)
        return NULL;
    return m;
}
