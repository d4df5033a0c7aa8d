/* marshal_read.c: objects from the host's marshal format: code objects of 3.11 and all they contain.
 *
 * The data may be damaged (a cut .pyc): every length is checked against what is left, containers grow as
 * their items arrive, and references must name an object that is complete enough to be used. */
#include "marshal_format.h"

typedef struct {
    const uint8_t *p, *end;
    PyObject *refs;               /* list; None marks a place whose object is being read */
    int depth;
} reader;

static PyObject *read_object(reader *r);

static PyObject *
too_short(void)
{
    PyErr_SetString(PyExc_EOFError, "marshal data too short");
    return NULL;
}

static PyObject *
bad_data(const char *what)
{
    PyErr_Format(PyExc_ValueError, "bad marshal data (%s)", what);
    return NULL;
}

/* ------------------------------------------------------------------ plain values */

static const uint8_t *
read_bytes(reader *r, Py_ssize_t n)
{
    const uint8_t *p = r->p;
    if (n < 0 || n > r->end - r->p) {
        too_short();
        return NULL;
    }
    r->p += n;
    return p;
}

static int
read_int(reader *r, int32_t *value)
{
    const uint8_t *p = read_bytes(r, 4);
    if (p == NULL)
        return -1;
    *value = (int32_t)((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
    return 0;
}

static int
read_size(reader *r, int32_t *n)
{
    if (read_int(r, n) < 0)
        return -1;
    if (*n < 0) {
        bad_data("size out of range");
        return -1;
    }
    return 0;
}

static int
read_byte(reader *r)
{
    if (r->p >= r->end) {
        too_short();
        return -1;
    }
    return *r->p++;
}

/* A number of 15-bit digits, packed here into little-endian bytes. */
static PyObject *
read_long(reader *r)
{
    int32_t n;
    if (read_int(r, &n) < 0)
        return NULL;
    if (n == INT32_MIN)
        return bad_data("long size out of range");
    Py_ssize_t digits = n < 0 ? -(Py_ssize_t)n : n;
    const uint8_t *p = read_bytes(r, 2 * digits);
    if (p == NULL)
        return NULL;
    size_t size = (size_t)(15 * digits + 7) / 8 + 1, out = 0;
    uint8_t *bytes = PyMem_Calloc(size, 1);
    if (bytes == NULL)
        return PyErr_NoMemory();
    uint32_t bits = 0;
    int held = 0;
    PyObject *result = NULL;
    for (Py_ssize_t i = 0; i < digits; i++) {
        uint32_t digit = (uint32_t)p[2 * i] | (uint32_t)p[2 * i + 1] << 8;
        if (digit >= 1u << 15) {
            bad_data("digit out of range in long");
            goto done;
        }
        bits |= digit << held;
        for (held += 15; held >= 8; held -= 8, bits >>= 8)
            bytes[out++] = (uint8_t)bits;
    }
    bytes[out] = (uint8_t)bits;
    result = _PyLong_FromByteArray(bytes, size, 1, 0);
    if (result != NULL && n < 0)
        result = PyNumber_Negative(result);
done:
    PyMem_Free(bytes);
    return result;
}

static int
read_binary_double(reader *r, double *value)
{
    const uint8_t *p = read_bytes(r, 8);
    if (p == NULL)
        return -1;
    memcpy(value, p, 8);
    return 0;
}

static int
read_text_double(reader *r, double *value)
{
    char text[256];
    int n = read_byte(r);
    const uint8_t *p = n < 0 ? NULL : read_bytes(r, n);
    if (p == NULL)
        return -1;
    memcpy(text, p, (size_t)n);
    text[n] = 0;
    *value = PyOS_string_to_double(text, NULL, NULL);
    return *value == -1.0 && PyErr_Occurred() ? -1 : 0;
}

static PyObject *
read_float(reader *r, int type)
{
    double real, imag;
    int (*read)(reader *, double *) =
        type == MARSHAL_FLOAT || type == MARSHAL_COMPLEX ? read_text_double : read_binary_double;
    if (read(r, &real) < 0)
        return NULL;
    if (type == MARSHAL_FLOAT || type == MARSHAL_BINARY_FLOAT)
        return PyFloat_FromDouble(real);
    if (read(r, &imag) < 0)
        return NULL;
    return PyComplex_FromDoubles(real, imag);
}

static PyObject *
read_text(reader *r, int type)
{
    int32_t n;
    if (type == MARSHAL_SHORT_ASCII || type == MARSHAL_SHORT_ASCII_INTERNED) {
        if ((n = read_byte(r)) < 0)
            return NULL;
    }
    else if (read_size(r, &n) < 0)
        return NULL;
    const uint8_t *p = read_bytes(r, n);
    if (p == NULL)
        return NULL;
    PyObject *s;
    if (type == MARSHAL_UNICODE || type == MARSHAL_INTERNED)
        s = PyUnicode_DecodeUTF8((const char *)p, n, "surrogatepass");
    else
        s = PyUnicode_FromKindAndData(PyUnicode_1BYTE_KIND, p, n);
    if (s != NULL && (type == MARSHAL_INTERNED || type == MARSHAL_ASCII_INTERNED ||
                      type == MARSHAL_SHORT_ASCII_INTERNED))
        PyUnicode_InternInPlace(&s);
    return s;
}

/* ------------------------------------------------------------------ references */

/* A place in the list of references, taken before the object's parts are read. */
static Py_ssize_t
reserve(reader *r, int flag)
{
    if (!flag)
        return -1;
    if (PyList_Append(r->refs, Py_None) < 0)
        return -2;
    return PyList_GET_SIZE(r->refs) - 1;
}

static PyObject *
keep(reader *r, Py_ssize_t place, PyObject *op)
{
    if (op != NULL && place >= 0)
        PyList_SetItem(r->refs, place, op);
    return op;
}

static PyObject *
read_ref(reader *r)
{
    int32_t n;
    if (read_int(r, &n) < 0)
        return NULL;
    if (n < 0 || n >= PyList_GET_SIZE(r->refs) || PyList_GET_ITEM(r->refs, n) == Py_None)
        return bad_data("invalid reference");
    return PyList_GET_ITEM(r->refs, n);
}

/* ------------------------------------------------------------------ containers */

static PyObject *
read_item(reader *r)
{
    PyObject *item = read_object(r);
    if (item == NULL && !PyErr_Occurred())
        return bad_data("NULL object in container");
    return item;
}

static PyObject *
read_list(reader *r, Py_ssize_t n, Py_ssize_t place)
{
    if (n > r->end - r->p)
        return too_short();
    PyObject *list = PyList_New(0);
    if (keep(r, place, list) == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *item = read_item(r);
        if (item == NULL || PyList_Append(list, item) < 0)
            return NULL;
    }
    return list;
}

/* Tuples are made when their items are there: a tuple that contains itself can't be marshalled. */
static PyObject *
read_tuple(reader *r, Py_ssize_t n, int flag)
{
    Py_ssize_t place = reserve(r, flag);
    if (place == -2)
        return NULL;
    if (n > r->end - r->p)
        return too_short();
    PyObject *tuple = PyTuple_New(n);
    for (Py_ssize_t i = 0; tuple != NULL && i < n; i++) {
        PyObject *item = read_item(r);
        if (item == NULL)
            return NULL;
        PyTuple_SET_ITEM(tuple, i, item);
    }
    return keep(r, place, tuple);
}

static PyObject *
read_set(reader *r, Py_ssize_t n, int type, int flag)
{
    Py_ssize_t place = reserve(r, flag);
    if (place == -2)
        return NULL;
    PyObject *items = read_list(r, n, -1);
    if (items == NULL)
        return NULL;
    return keep(r, place, type == MARSHAL_SET ? PySet_New(items) : PyFrozenSet_New(items));
}

static PyObject *
read_dict(reader *r, Py_ssize_t place)
{
    PyObject *dict = PyDict_New();
    if (keep(r, place, dict) == NULL)
        return NULL;
    for (;;) {
        PyObject *key = read_object(r), *value;
        if (key == NULL)
            return PyErr_Occurred() ? NULL : dict;
        if ((value = read_item(r)) == NULL || PyDict_SetItem(dict, key, value) < 0)
            return NULL;
    }
}

static PyObject *
read_code(reader *r, int flag)
{
    code_spec s;
    Py_ssize_t place = reserve(r, flag);
    int *numbers[] = {&s.argcount, &s.posonlyargcount, &s.kwonlyargcount, &s.stacksize, &s.flags};
    PyObject **objects[] = {&s.code,     &s.consts, &s.names,   &s.localsplusnames, &s.localspluskinds,
                            &s.filename, &s.name,   &s.qualname};
    if (place == -2)
        return NULL;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(numbers); i++)
        if (read_int(r, numbers[i]) < 0)
            return NULL;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(objects); i++)
        if ((*objects[i] = read_item(r)) == NULL)
            return NULL;
    if (read_int(r, &s.firstlineno) < 0 || (s.linetable = read_item(r)) == NULL ||
        (s.exceptiontable = read_item(r)) == NULL)
        return NULL;
    return keep(r, place, (PyObject *)code_new(&s));
}

/* ------------------------------------------------------------------ dispatch */

static PyObject *
read_container(reader *r, int type, int flag)
{
    int32_t n = 0;
    if (type == MARSHAL_CODE)
        return read_code(r, flag);
    if (type == MARSHAL_SMALL_TUPLE) {
        if ((n = read_byte(r)) < 0)
            return NULL;
        return read_tuple(r, n, flag);
    }
    if (type != MARSHAL_DICT && read_size(r, &n) < 0)
        return NULL;
    if (type == MARSHAL_TUPLE)
        return read_tuple(r, n, flag);
    if (type == MARSHAL_SET || type == MARSHAL_FROZENSET)
        return read_set(r, n, type, flag);
    Py_ssize_t place = reserve(r, flag);
    if (place == -2)
        return NULL;
    return type == MARSHAL_LIST ? read_list(r, n, place) : read_dict(r, place);
}

static PyObject *
read_scalar(reader *r, int type)
{
    int32_t n;
    const uint8_t *p;
    switch (type) {
    case MARSHAL_INT:
        return read_int(r, &n) < 0 ? NULL : gcrt_int(n);
    case MARSHAL_INT64:
        p = read_bytes(r, 8);
        return p == NULL ? NULL : _PyLong_FromByteArray(p, 8, 1, 1);
    case MARSHAL_LONG:
        return read_long(r);
    case MARSHAL_FLOAT:
    case MARSHAL_BINARY_FLOAT:
    case MARSHAL_COMPLEX:
    case MARSHAL_BINARY_COMPLEX:
        return read_float(r, type);
    case MARSHAL_STRING:
        if (read_size(r, &n) < 0 || (p = read_bytes(r, n)) == NULL)
            return NULL;
        return PyBytes_FromStringAndSize((const char *)p, n);
    case MARSHAL_UNICODE:
    case MARSHAL_INTERNED:
    case MARSHAL_ASCII:
    case MARSHAL_ASCII_INTERNED:
    case MARSHAL_SHORT_ASCII:
    case MARSHAL_SHORT_ASCII_INTERNED:
        return read_text(r, type);
    default:
        return bad_data("unknown type code");
    }
}

static PyObject *
read_typed(reader *r, int type, int flag)
{
    switch (type) {
    case MARSHAL_NULL:
        return NULL;
    case MARSHAL_NONE:
        Py_RETURN_NONE;
    case MARSHAL_FALSE:
        Py_RETURN_FALSE;
    case MARSHAL_TRUE:
        Py_RETURN_TRUE;
    case MARSHAL_ELLIPSIS:
        return Py_Ellipsis;
    case MARSHAL_STOPITER:
        return PyExc_StopIteration;
    case MARSHAL_REF:
        return read_ref(r);
    case MARSHAL_TUPLE:
    case MARSHAL_SMALL_TUPLE:
    case MARSHAL_LIST:
    case MARSHAL_DICT:
    case MARSHAL_SET:
    case MARSHAL_FROZENSET:
    case MARSHAL_CODE:
        return read_container(r, type, flag);
    default: {
        PyObject *op = read_scalar(r, type);
        if (op != NULL && flag && PyList_Append(r->refs, op) < 0)
            return NULL;
        return op;
    }
    }
}

/* NULL without an exception: the NULL marker. */
static PyObject *
read_object(reader *r)
{
    int code = read_byte(r);
    if (code < 0)
        return NULL;
    if (r->depth >= MARSHAL_MAX_DEPTH || gcrt_enter_c(" while reading marshal data"))
        return PyErr_Occurred() ? NULL : bad_data("recursion limit exceeded");
    r->depth++;
    PyObject *op = read_typed(r, code & ~MARSHAL_FLAG_REF, code & MARSHAL_FLAG_REF);
    r->depth--;
    return op;
}

PyObject *
unmarshal_prefix(const char *data, Py_ssize_t size, Py_ssize_t *used)
{
    reader r = {.p = (const uint8_t *)data, .end = (const uint8_t *)data + size};
    r.refs = PyList_New(0);
    if (r.refs == NULL)
        return NULL;
    PyObject *op = read_object(&r);
    if (used != NULL)
        *used = r.p - (const uint8_t *)data;
    if (op == NULL && !PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "NULL object in marshal data for object");
    return op;
}

PyObject *
unmarshal(const char *data, Py_ssize_t size)
{
    return unmarshal_prefix(data, size, NULL);
}

PyObject *
PyMarshal_ReadObjectFromString(const char *data, Py_ssize_t size)
{
    return unmarshal_prefix(data, size, NULL);
}
