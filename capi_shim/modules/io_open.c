/* io_open.c: io.open and the module _io. */
#include "io_module.h"

typedef struct {
    int reading, writing, updating, text, binary;
    char raw[4];
} open_mode;

static int
parse_mode(const char *mode, open_mode *m)
{
    char *raw = m->raw;
    memset(m, 0, sizeof *m);
    int kinds = 0;
    for (const char *c = mode; *c; c++) {
        if (strchr("xrwabt+", *c) == NULL || strchr(c + 1, *c) != NULL) {
            PyErr_Format(PyExc_ValueError, "invalid mode: '%s'", mode);
            return -1;
        }
        if (strchr("xrwa", *c) != NULL)
            kinds++, *raw++ = *c;
        m->reading |= *c == 'r';
        m->writing |= strchr("xwa", *c) != NULL;
        m->updating |= *c == '+';
        m->text |= *c == 't';
        m->binary |= *c == 'b';
    }
    if (m->updating)
        *raw++ = '+';
    if (m->text && m->binary)
        PyErr_SetString(PyExc_ValueError, "can't have text and binary mode at once");
    else if (kinds != 1)
        PyErr_SetString(PyExc_ValueError, "must have exactly one of create/read/write/append mode");
    return PyErr_Occurred() ? -1 : 0;
}

static int
check_combination(const open_mode *m, const char *encoding, const char *errors, const char *newline)
{
    const char *what = encoding ? "an encoding" : errors ? "an errors" : newline ? "a newline" : NULL;
    if (!m->binary || what == NULL)
        return 0;
    PyErr_Format(PyExc_ValueError, "binary mode doesn't take %s argument", what);
    return -1;
}

PyObject *
io_open(PyObject *file, const char *mode, int buffering, const char *encoding, const char *errors,
        const char *newline, int closefd, PyObject *opener)
{
    open_mode m;
    if (parse_mode(mode, &m) < 0 || check_combination(&m, encoding, errors, newline) < 0)
        return NULL;
    if (m.binary && buffering == 1 &&
        PyErr_WarnEx(PyExc_RuntimeWarning,
                     "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used",
                     1) < 0)
        return NULL;
    if (!PyLong_Check(file) && !PyUnicode_Check(file) && !PyBytes_Check(file) &&
        (file = PyOS_FSPath(file)) == NULL)
        return NULL;
    PyObject *raw = PyObject_CallFunction((PyObject *)&io_fileio_type, "OsOO", file, m.raw,
                                          closefd ? Py_True : Py_False, opener == NULL ? Py_None : opener);
    if (raw == NULL)
        return NULL;
    PyObject *result = raw;
    int tty = io_ask(raw, "isatty"), line_buffering = buffering == 1 || (buffering < 0 && tty > 0);
    if (tty < 0)
        goto error;
    if (buffering == 0) {
        if (!m.binary) {
            PyErr_SetString(PyExc_ValueError, "can't have unbuffered text I/O");
            goto error;
        }
        return raw;
    }
    if (buffering < 0 || buffering == 1) {
        PyObject *size = PyObject_GetAttrString(raw, "_blksize");
        buffering = size == NULL ? -1 : _PyLong_AsInt(size);
        if (buffering < 0)
            goto error;
    }
    PyTypeObject *type = m.updating ? &io_random_type : m.writing ? &io_writer_type : &io_reader_type;
    result = PyObject_CallFunction((PyObject *)type, "Oi", raw, buffering);
    if (result == NULL)
        goto error;
    if (m.binary)
        return result;
    result = PyObject_CallFunction((PyObject *)&io_textwrapper_type, "Ozzzi", result, encoding, errors, newline,
                                   line_buffering);
    if (result == NULL || PyObject_SetAttrString(result, "mode", PyUnicode_FromString(mode)) < 0)
        goto error;
    return result;
error:;
    PyObject *type_, *value, *tb;
    PyErr_Fetch(&type_, &value, &tb);
    if (PyObject_CallMethodNoArgs(raw, GCRT_NAME(close)) == NULL)
        PyErr_Clear();
    PyErr_Restore(type_, value, tb);
    return NULL;
}

static PyObject *
open_function(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"file", "mode", "buffering", "encoding", "errors", "newline", "closefd", "opener", NULL};
    PyObject *file, *opener = Py_None;
    const char *mode = "r", *encoding = NULL, *errors = NULL, *newline = NULL;
    int buffering = -1, closefd = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O|sizzzpO:open", keywords, &file, &mode, &buffering, &encoding,
                                     &errors, &newline, &closefd, &opener))
        return NULL;
    return io_open(file, mode, buffering, encoding, errors, newline, closefd, opener);
}

static PyObject *
open_code(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"path", NULL};
    PyObject *path;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "U:open_code", keywords, &path))
        return NULL;
    return io_open(path, "rb", -1, NULL, NULL, NULL, 1, Py_None);
}

static PyObject *
text_encoding(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *encoding;
    int stacklevel = 2;
    if (!PyArg_ParseTuple(args, "O|i:text_encoding", &encoding, &stacklevel))
        return NULL;
    return encoding == Py_None ? PyUnicode_FromString("locale") : encoding;
}

static PyMethodDef io_functions[] = {
    {"open", (PyCFunction)(void (*)(void))open_function, METH_VARARGS | METH_KEYWORDS,
     "open($module, /, file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, "
     "opener=None)\n--\n\nOpen a file and return a stream: text, buffered binary or raw, as mode and buffering say."},
    {"open_code", (PyCFunction)(void (*)(void))open_code, METH_VARARGS | METH_KEYWORDS,
     "Open a file that holds code, for reading in binary."},
    {"text_encoding", text_encoding, METH_VARARGS, "The encoding that None stands for."},
    {0},
};
static struct PyModuleDef io_def = {
    PyModuleDef_HEAD_INIT, .m_name = "_io", .m_size = -1, .m_methods = io_functions};

PyMODINIT_FUNC
PyInit__io(void)
{
    static const struct {
        const char *name;
        PyTypeObject *type;
    } types[] = {
        {"_IOBase", &io_base_type},           {"_RawIOBase", &io_rawbase_type},
        {"_BufferedIOBase", &io_bufferedbase_type}, {"_TextIOBase", &io_textbase_type},
        {"FileIO", &io_fileio_type},          {"BytesIO", &io_bytesio_type},
        {"StringIO", &io_stringio_type},      {"BufferedReader", &io_reader_type},
        {"BufferedWriter", &io_writer_type},  {"BufferedRandom", &io_random_type},
        {"BufferedRWPair", &io_rwpair_type},  {"TextIOWrapper", &io_textwrapper_type},
        {"IncrementalNewlineDecoder", &io_newline_decoder_type},
    };
    PyObject *module = PyModule_Create(&io_def);
    if (module == NULL)
        return NULL;
    PyObject *bases = PyTuple_Pack(2, PyExc_OSError, PyExc_ValueError);
    io_unsupported_operation = PyErr_NewException("io.UnsupportedOperation", bases, NULL);
    if (io_unsupported_operation == NULL ||
        PyModule_AddObject(module, "UnsupportedOperation", io_unsupported_operation) < 0 ||
        PyModule_AddObject(module, "BlockingIOError", PyExc_BlockingIOError) < 0 ||
        PyModule_AddIntConstant(module, "DEFAULT_BUFFER_SIZE", IO_BUFFER_SIZE) < 0)
        return NULL;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(types); i++)
        if (PyType_Ready(types[i].type) < 0 || PyModule_AddObject(module, types[i].name, (PyObject *)types[i].type) < 0)
            return NULL;
    return module;
}
