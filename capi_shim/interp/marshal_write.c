/* marshal_write.c: objects to the host's marshal format. */
#include "marshal_format.h"

typedef struct {
    uint8_t *data;                /* PyMem_Malloc */
    size_t size, capacity;
    PyObject *refs;               /* dict: address -> number; NULL before version 3 */
    int version, depth;
} writer;

static int write_object(writer *w, PyObject *op);

static int
put(writer *w, const void *data, size_t n)
{
    if (w->size + n > w->capacity) {
        size_t capacity = (w->size + n) * 2 + 64;
        uint8_t *grown = PyMem_Realloc(w->data, capacity);
        if (grown == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        w->data = grown;
        w->capacity = capacity;
    }
    memcpy(w->data + w->size, data, n);
    w->size += n;
    return 0;
}

static int
put_byte(writer *w, int byte)
{
    uint8_t b = (uint8_t)byte;
    return put(w, &b, 1);
}

static int
put_int(writer *w, int64_t value)
{
    uint8_t b[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};
    return put(w, b, 4);
}

static int
put_size(writer *w, int type, Py_ssize_t n)
{
    if (n > INT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "unmarshallable object");
        return -1;
    }
    return put_byte(w, type) < 0 || put_int(w, n) < 0 ? -1 : 0;
}

/* ------------------------------------------------------------------ values */

static int
write_long(writer *w, PyObject *op, int flag)
{
    if (gcrt_is_int(op) && gcrt_int_value(op) == (int32_t)gcrt_int_value(op))
        return put_byte(w, MARSHAL_INT) < 0 || put_int(w, gcrt_int_value(op)) < 0 ? -1 : 0;
    size_t bits = _PyLong_NumBits(op), size = bits / 8 + 2;
    int negative = _PyLong_Sign(op) < 0;
    PyObject *magnitude = negative ? PyNumber_Negative(op) : op;
    uint8_t *bytes = PyMem_Calloc(size + 2, 1);
    int result = -1;
    if (magnitude == NULL || bytes == NULL)
        goto done;
    PyLongObject *boxed = (PyLongObject *)magnitude;
    if (_PyLong_AsByteArray(boxed, bytes, size, 1, 0) < 0)
        goto done;
    Py_ssize_t digits = (Py_ssize_t)(bits + 14) / 15;
    if (put_size(w, MARSHAL_LONG | flag, 0) < 0)
        goto done;
    w->size -= 4;
    if (put_int(w, negative ? -digits : digits) < 0)
        goto done;
    for (Py_ssize_t i = 0; i < digits; i++) {
        size_t bit = (size_t)i * 15;
        uint32_t v = (uint32_t)bytes[bit / 8] | (uint32_t)bytes[bit / 8 + 1] << 8 |
                     (uint32_t)bytes[bit / 8 + 2] << 16;
        uint16_t digit = (uint16_t)((v >> (bit % 8)) & 0x7fff);
        if (put(w, &digit, 2) < 0)
            goto done;
    }
    result = 0;
done:
    PyMem_Free(bytes);
    return result;
}

static int
put_double(writer *w, double d)
{
    if (w->version > 1)
        return put(w, &d, 8);
    char *text = PyOS_double_to_string(d, 'g', 17, 0, NULL);
    if (text == NULL)
        return -1;
    size_t n = strlen(text);
    int result = put_byte(w, (int)n) < 0 || put(w, text, n) < 0 ? -1 : 0;
    PyMem_Free(text);
    return result;
}

static int
write_text(writer *w, PyObject *op, int flag)
{
    int interned = w->version >= 3 && PyUnicode_CHECK_INTERNED(op);
    if (w->version >= 4 && PyUnicode_IS_ASCII(op)) {
        Py_ssize_t n = PyUnicode_GET_LENGTH(op);
        int is_short = n < 256;
        int type = is_short ? (interned ? MARSHAL_SHORT_ASCII_INTERNED : MARSHAL_SHORT_ASCII)
                            : (interned ? MARSHAL_ASCII_INTERNED : MARSHAL_ASCII);
        int bad = is_short ? put_byte(w, type | flag) < 0 || put_byte(w, (int)n) < 0
                           : put_size(w, type | flag, n) < 0;
        return bad || put(w, PyUnicode_DATA(op), (size_t)n) < 0 ? -1 : 0;
    }
    PyObject *bytes = PyUnicode_AsEncodedString(op, "utf8", "surrogatepass");
    if (bytes == NULL)
        return -1;
    Py_ssize_t n = PyBytes_GET_SIZE(bytes);
    if (put_size(w, (interned ? MARSHAL_INTERNED : MARSHAL_UNICODE) | flag, n) < 0)
        return -1;
    return put(w, PyBytes_AS_STRING(bytes), (size_t)n);
}

/* ------------------------------------------------------------------ containers */

static int
write_sequence(writer *w, PyObject *op, int type, int flag)
{
    Py_ssize_t n = PySequence_Fast_GET_SIZE(op);
    if (type == MARSHAL_TUPLE && w->version >= 4 && n < 256) {
        if (put_byte(w, MARSHAL_SMALL_TUPLE | flag) < 0 || put_byte(w, (int)n) < 0)
            return -1;
    }
    else if (put_size(w, type | flag, n) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < n && i < PySequence_Fast_GET_SIZE(op); i++)
        if (write_object(w, PySequence_Fast_GET_ITEM(op, i)) < 0)
            return -1;
    return 0;
}

static int
write_dict(writer *w, PyObject *op, int flag)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    if (put_byte(w, MARSHAL_DICT | flag) < 0)
        return -1;
    while (PyDict_Next(op, &pos, &key, &value))
        if (write_object(w, key) < 0 || write_object(w, value) < 0)
            return -1;
    return put_byte(w, MARSHAL_NULL);
}

/* Items in the order of their own marshalled form, so that equal sets give equal bytes. */
static int
write_set(writer *w, PyObject *op, int type, int flag)
{
    PyObject *items = PySequence_List(op), *pairs = PyList_New(0);
    if (items == NULL || pairs == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items); i++) {
        PyObject *item = PyList_GET_ITEM(items, i), *bytes = marshal_object(item, w->version);
        PyObject *pair = bytes == NULL ? NULL : PyTuple_Pack(3, bytes, gcrt_int(i), item);
        if (pair == NULL || PyList_Append(pairs, pair) < 0)
            return -1;
    }
    if (PyList_Sort(pairs) < 0 || put_size(w, type | flag, PyList_GET_SIZE(pairs)) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pairs); i++)
        if (write_object(w, PyTuple_GET_ITEM(PyList_GET_ITEM(pairs, i), 2)) < 0)
            return -1;
    return 0;
}

static int
write_code(writer *w, PyObject *op, int flag)
{
    PyCodeObject *c = (PyCodeObject *)op;
    int numbers[] = {c->co_argcount, c->co_posonlyargcount, c->co_kwonlyargcount, c->co_stacksize,
                     c->co_flags};
    PyObject *objects[] = {c->co_code,     c->co_consts, c->co_names,   c->co_localsplusnames,
                           c->co_localspluskinds, c->co_filename, c->co_name, c->co_qualname};
    if (put_byte(w, MARSHAL_CODE | flag) < 0)
        return -1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(numbers); i++)
        if (put_int(w, numbers[i]) < 0)
            return -1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(objects); i++)
        if (write_object(w, objects[i]) < 0)
            return -1;
    if (put_int(w, c->co_firstlineno) < 0 || write_object(w, c->co_linetable) < 0)
        return -1;
    return write_object(w, c->co_exceptiontable);
}

static int
write_buffer(writer *w, PyObject *op, int flag)
{
    Py_buffer view;
    if (PyObject_GetBuffer(op, &view, PyBUF_SIMPLE) < 0) {
        PyErr_Clear();
        PyErr_SetString(PyExc_ValueError, "unmarshallable object");
        return -1;
    }
    int result = put_size(w, MARSHAL_STRING | flag, view.len);
    if (result == 0)
        result = put(w, view.buf, (size_t)view.len);
    PyBuffer_Release(&view);
    return result;
}

/* ------------------------------------------------------------------ dispatch */

/* 1: written as a reference; 0: *flag says how to write it; -1. */
static int
write_ref(writer *w, PyObject *op, int *flag)
{
    *flag = 0;
    if (w->refs == NULL || gcrt_is_immediate(op))
        return 0;
    PyObject *key = PyLong_FromVoidPtr(op);
    PyObject *number = key == NULL ? NULL : PyDict_GetItemWithError(w->refs, key);
    if (number != NULL)
        return put_byte(w, MARSHAL_REF) < 0 || put_int(w, gcrt_int_value(number)) < 0 ? -1 : 1;
    if (key == NULL || PyErr_Occurred() ||
        PyDict_SetItem(w->refs, key, gcrt_int(PyDict_GET_SIZE(w->refs))) < 0)
        return -1;
    *flag = MARSHAL_FLAG_REF;
    return 0;
}

static int
write_shared(writer *w, PyObject *op)
{
    int flag, done = write_ref(w, op, &flag);
    if (done != 0)
        return done < 0 ? -1 : 0;
    if (PyLong_CheckExact(op))
        return write_long(w, op, flag);
    if (PyFloat_CheckExact(op)) {
        int type = w->version > 1 ? MARSHAL_BINARY_FLOAT : MARSHAL_FLOAT;
        return put_byte(w, type | flag) < 0 ? -1 : put_double(w, PyFloat_AS_DOUBLE(op));
    }
    if (PyComplex_CheckExact(op)) {
        Py_complex z = ((PyComplexObject *)op)->cval;
        int type = w->version > 1 ? MARSHAL_BINARY_COMPLEX : MARSHAL_COMPLEX;
        return put_byte(w, type | flag) < 0 || put_double(w, z.real) < 0 || put_double(w, z.imag) < 0 ? -1 : 0;
    }
    if (PyBytes_CheckExact(op)) {
        Py_ssize_t n = PyBytes_GET_SIZE(op);
        return put_size(w, MARSHAL_STRING | flag, n) < 0 ? -1 : put(w, PyBytes_AS_STRING(op), (size_t)n);
    }
    if (PyUnicode_CheckExact(op))
        return write_text(w, op, flag);
    if (PyTuple_CheckExact(op))
        return write_sequence(w, op, MARSHAL_TUPLE, flag);
    if (PyList_CheckExact(op))
        return write_sequence(w, op, MARSHAL_LIST, flag);
    if (PyDict_CheckExact(op))
        return write_dict(w, op, flag);
    if (PySet_CheckExact(op) || PyFrozenSet_CheckExact(op))
        return write_set(w, op, PySet_CheckExact(op) ? MARSHAL_SET : MARSHAL_FROZENSET, flag);
    if (PyCode_Check(op))
        return write_code(w, op, flag);
    return write_buffer(w, op, flag);
}

static int
write_object(writer *w, PyObject *op)
{
    int type = op == NULL                  ? MARSHAL_NULL
               : op == Py_None             ? MARSHAL_NONE
               : op == Py_False            ? MARSHAL_FALSE
               : op == Py_True             ? MARSHAL_TRUE
               : op == Py_Ellipsis         ? MARSHAL_ELLIPSIS
               : op == PyExc_StopIteration ? MARSHAL_STOPITER
                                           : 0;
    if (type != 0)
        return put_byte(w, type);
    if (w->depth >= MARSHAL_MAX_DEPTH || gcrt_enter_c(" while marshalling")) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "object too deeply nested to marshal");
        return -1;
    }
    w->depth++;
    int result = write_shared(w, op);
    w->depth--;
    return result;
}

PyObject *
marshal_object(PyObject *op, int version)
{
    writer w = {.version = version};
    PyObject *result = NULL;
    if (version >= 3 && (w.refs = PyDict_New()) == NULL)
        return NULL;
    if (write_object(&w, op) == 0)
        result = PyBytes_FromStringAndSize((const char *)w.data, (Py_ssize_t)w.size);
    PyMem_Free(w.data);
    return result;
}

PyObject *
PyMarshal_WriteObjectToString(PyObject *op, int version)
{
    return marshal_object(op, version);
}
