/* codecs.c: the codec registry: search functions, the cache of what they found, error handlers. */
#include "runtime.h"

#include "codecs.h"
#include "codecs_errors.h"
#include "unicode.h"

static PyObject *search_path;           /* list */
static PyObject *cache;                 /* normalized name -> CodecInfo */
static PyObject *handlers;              /* name -> callable */
static bool encodings_imported;

int
codecs_normalize(const char *name, char *out, size_t size)
{
    size_t n = 0;
    bool gap = false;
    for (; *name != '\0'; name++) {
        if (Py_ISALNUM(*name) || *name == '.') {
            if (gap && n > 0 && n + 1 < size)
                out[n++] = '_';
            gap = false;
            if (n + 1 >= size)
                return 0;
            out[n++] = (char)Py_TOLOWER(*name);
        } else {
            gap = true;
        }
    }
    out[n] = '\0';
    return 1;
}

static int
ready(void)
{
    if (search_path != NULL)
        return 0;
    cache = PyDict_New();
    handlers = cache == NULL ? NULL : PyDict_New();
    if (handlers == NULL || codecs_errors_register(handlers) < 0)
        return -1;
    search_path = PyList_New(0);
    return search_path == NULL ? -1 : 0;
}

/* The package registers its search function when it is imported. */
static int
import_encodings(void)
{
    if (encodings_imported)
        return 0;
    encodings_imported = true;
    if (PyImport_ImportModule("encodings") == NULL) {
        encodings_imported = false;
        return -1;
    }
    return 0;
}

int
PyCodec_Register(PyObject *search)
{
    if (ready() < 0)
        return -1;
    if (search == NULL) {
        PyErr_BadArgument();
        return -1;
    }
    if (!PyCallable_Check(search)) {
        PyErr_SetString(PyExc_TypeError, "argument must be callable");
        return -1;
    }
    return PyList_Append(search_path, search);
}

int
PyCodec_Unregister(PyObject *search)
{
    if (search_path == NULL)
        return 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(search_path); i++) {
        if (PyList_GET_ITEM(search_path, i) == search) {
            PyDict_Clear(cache);
            return PyList_SetSlice(search_path, i, i + 1, NULL);
        }
    }
    return 0;
}

static PyObject *
normalized(const char *encoding)
{
    size_t room = strlen(encoding) + 2;
    char *name = gcrt_alloc_leaf(room);
    PyObject *s;
    if (name == NULL)
        return NULL;
    codecs_normalize(encoding, name, room);
    s = PyUnicode_FromString(name);
    if (s != NULL)
        PyUnicode_InternInPlace(&s);
    return s;
}

PyObject *
codecs_lookup(const char *encoding)
{
    PyObject *name, *info;
    if (encoding == NULL) {
        PyErr_BadArgument();
        return NULL;
    }
    if (ready() < 0 || import_encodings() < 0 || (name = normalized(encoding)) == NULL)
        return NULL;
    info = PyDict_GetItemWithError(cache, name);
    if (info != NULL || PyErr_Occurred())
        return info;
    if (PyList_GET_SIZE(search_path) == 0) {
        PyErr_SetString(PyExc_LookupError, "no codec search functions registered: can't find encoding");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(search_path); i++) {
        info = PyObject_CallOneArg(PyList_GET_ITEM(search_path, i), name);
        if (info == NULL)
            return NULL;
        if (info == Py_None)
            continue;
        if (!PyTuple_Check(info) || PyTuple_GET_SIZE(info) != 4) {
            PyErr_SetString(PyExc_TypeError, "codec search functions must return 4-tuples");
            return NULL;
        }
        return PyDict_SetItem(cache, name, info) < 0 ? NULL : info;
    }
    PyErr_Format(PyExc_LookupError, "unknown encoding: %s", encoding);
    return NULL;
}

int
codecs_forget(const char *encoding)
{
    PyObject *name;
    if (cache == NULL || (name = normalized(encoding)) == NULL)
        return -1;
    return PyDict_Contains(cache, name) == 1 ? PyDict_DelItem(cache, name) : 0;
}

int
PyCodec_KnownEncoding(const char *encoding)
{
    if (codecs_lookup(encoding) != NULL)
        return 1;
    PyErr_Clear();
    return 0;
}

static PyObject *
part(const char *encoding, Py_ssize_t i)
{
    PyObject *info = codecs_lookup(encoding);
    return info == NULL ? NULL : PyTuple_GET_ITEM(info, i);
}

PyObject *
PyCodec_Encoder(const char *encoding)
{
    return part(encoding, 0);
}

PyObject *
PyCodec_Decoder(const char *encoding)
{
    return part(encoding, 1);
}

static PyObject *
stream(const char *encoding, Py_ssize_t i, PyObject *file, const char *errors)
{
    PyObject *factory = part(encoding, i);
    if (factory == NULL)
        return NULL;
    return errors == NULL ? PyObject_CallOneArg(factory, file) : PyObject_CallFunction(factory, "Os", file, errors);
}

PyObject *
PyCodec_StreamReader(const char *encoding, PyObject *file, const char *errors)
{
    return stream(encoding, 2, file, errors);
}

PyObject *
PyCodec_StreamWriter(const char *encoding, PyObject *file, const char *errors)
{
    return stream(encoding, 3, file, errors);
}

static PyObject *
incremental(const char *encoding, const char *attribute, const char *errors)
{
    PyObject *info = codecs_lookup(encoding), *factory;
    if (info == NULL || (factory = PyObject_GetAttrString(info, attribute)) == NULL)
        return NULL;
    return errors == NULL ? PyObject_CallNoArgs(factory) : PyObject_CallFunction(factory, "s", errors);
}

PyObject *
PyCodec_IncrementalEncoder(const char *encoding, const char *errors)
{
    return incremental(encoding, "incrementalencoder", errors);
}

PyObject *
PyCodec_IncrementalDecoder(const char *encoding, const char *errors)
{
    return incremental(encoding, "incrementaldecoder", errors);
}

/* ------------------------------------------------------------------ converting */

void
codecs_wrap_error(const char *operation, const char *encoding)
{
    PyObject *type, *value, *traceback, *message, *wrapper, *args;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL)
        PyException_SetTraceback(value, traceback);
    args = ((PyBaseExceptionObject *)value)->args;
    /* Only what can be made again from a message alone. */
    if (((PyTypeObject *)type)->tp_basicsize != ((PyTypeObject *)PyExc_BaseException)->tp_basicsize || args == NULL ||
        PyTuple_GET_SIZE(args) > 1 || (PyTuple_GET_SIZE(args) == 1 && !PyUnicode_Check(PyTuple_GET_ITEM(args, 0))) ||
        (message = PyUnicode_FromFormat("%s with '%s' codec failed (%s: %S)", operation, encoding,
                                        ((PyTypeObject *)type)->tp_name, value)) == NULL ||
        (wrapper = PyObject_CallOneArg(type, message)) == NULL || !PyExceptionInstance_Check(wrapper)) {
        PyErr_Restore(type, value, traceback);
        return;
    }
    PyException_SetCause(wrapper, value);
    PyErr_SetObject((PyObject *)Py_TYPE(wrapper), wrapper);
}

static PyObject *
convert(PyObject *function, PyObject *object, const char *encoding, const char *errors, bool encoding_it)
{
    PyObject *result;
    if (function == NULL)
        return NULL;
    result = errors == NULL ? PyObject_CallOneArg(function, object) : PyObject_CallFunction(function, "Os", object, errors);
    if (result == NULL) {
        codecs_wrap_error(encoding_it ? "encoding" : "decoding", encoding);
        return NULL;
    }
    if (!PyTuple_Check(result) || PyTuple_GET_SIZE(result) != 2) {
        PyErr_Format(PyExc_TypeError, "%s must return a tuple (object, integer)", encoding_it ? "encoder" : "decoder");
        return NULL;
    }
    return PyTuple_GET_ITEM(result, 0);
}

PyObject *
PyCodec_Encode(PyObject *object, const char *encoding, const char *errors)
{
    return convert(PyCodec_Encoder(encoding), object, encoding, errors, true);
}

PyObject *
PyCodec_Decode(PyObject *object, const char *encoding, const char *errors)
{
    return convert(PyCodec_Decoder(encoding), object, encoding, errors, false);
}

/* The codec's info if it converts between str and bytes. */
static PyObject *
text_codec(const char *encoding, const char *alternative)
{
    PyObject *info = codecs_lookup(encoding), *flag;
    if (info == NULL || PyTuple_CheckExact(info))
        return info;
    flag = PyObject_GetAttrString(info, "_is_text_encoding");
    if (flag == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError))
            return NULL;
        PyErr_Clear();
        return info;
    }
    if (flag == Py_False) {
        PyErr_Format(PyExc_LookupError, "'%.400s' is not a text encoding; use %s to handle arbitrary codecs", encoding,
                     alternative);
        return NULL;
    }
    return info;
}

PyObject *
codecs_encode_text(PyObject *object, const char *encoding, const char *errors)
{
    PyObject *info = text_codec(encoding, "codecs.encode()");
    return info == NULL ? NULL : convert(PyTuple_GET_ITEM(info, 0), object, encoding, errors, true);
}

PyObject *
codecs_decode_text(PyObject *object, const char *encoding, const char *errors)
{
    PyObject *info = text_codec(encoding, "codecs.decode()");
    return info == NULL ? NULL : convert(PyTuple_GET_ITEM(info, 1), object, encoding, errors, false);
}

/* ------------------------------------------------------------------ error handlers */

int
PyCodec_RegisterError(const char *name, PyObject *handler)
{
    if (ready() < 0)
        return -1;
    if (!PyCallable_Check(handler)) {
        PyErr_SetString(PyExc_TypeError, "handler must be callable");
        return -1;
    }
    return PyDict_SetItemString(handlers, name, handler);
}

PyObject *
PyCodec_LookupError(const char *name)
{
    PyObject *handler;
    if (ready() < 0)
        return NULL;
    handler = PyDict_GetItemString(handlers, name == NULL ? "strict" : name);
    if (handler == NULL && !PyErr_Occurred())
        PyErr_Format(PyExc_LookupError, "unknown error handler name '%.400s'", name);
    return handler;
}
