/* struct_codes.c: single values of structs, by format character. */
#include "long.h"
#include "struct_module.h"

/* ------------------------------------------------------------------ reading */

static uint64_t
load_bytes(const struct_field *field, const char *p)
{
    uint64_t bits = 0;
    Py_ssize_t n = field->size;
    for (Py_ssize_t i = 0; i < n; i++)
        bits |= (uint64_t)(unsigned char)p[field->little ? i : n - 1 - i] << (8 * i);
    return bits;
}

static PyObject *
load_signed(const struct_field *field, const char *p)
{
    unsigned unused = 64 - 8 * (unsigned)field->size;
    return long_box((int64_t)(load_bytes(field, p) << unused) >> unused);
}

PyObject *
struct_load(const struct_field *field, const char *p)
{
    switch (field->code) {
    case 'b':
    case 'h':
    case 'i':
    case 'l':
    case 'q':
    case 'n':
        return load_signed(field, p);
    case 'B':
    case 'H':
    case 'I':
    case 'L':
    case 'Q':
    case 'N':
    case 'P':
        return PyLong_FromUnsignedLongLong(load_bytes(field, p));
    case '?':
        return PyBool_FromLong(*p != 0);
    case 'c':
        return PyBytes_FromStringAndSize(p, 1);
    case 'e':
        return float_box(PyFloat_Unpack2(p, field->little));
    case 'f':
        return float_box(PyFloat_Unpack4(p, field->little));
    case 'd':
        return float_box(PyFloat_Unpack8(p, field->little));
    case 's':
        return PyBytes_FromStringAndSize(p, field->size);
    default: { /* 'p': a count byte, then the text */
        Py_ssize_t n = field->size == 0 ? 0 : (unsigned char)*p;
        if (n >= field->size)
            n = field->size == 0 ? 0 : field->size - 1;
        return PyBytes_FromStringAndSize(p + (field->size != 0), n);
    }
    }
}

/* ------------------------------------------------------------------ writing */

static void
store_bytes(const struct_field *field, char *p, uint64_t bits)
{
    Py_ssize_t n = field->size;
    for (Py_ssize_t i = 0; i < n; i++)
        p[field->little ? i : n - 1 - i] = (char)(bits >> (8 * i));
}

/* CPython packs the machine's own byte order through C's types, whose names its messages give; the other
 * order by arithmetic, with messages of its own. */
static int
out_of_range(const struct_field *field, PyObject *value, int is_signed)
{
    static const char *const named[] = {"byte format requires -128 <= number <= 127",
                                        "ubyte format requires 0 <= number <= 255",
                                        "short format requires -32768 <= number <= 32767",
                                        "ushort format requires 0 <= number <= 65535"};
    int64_t ignored;
    int by_name = field->size == 1 || (field->size == 2 && field->little);
    int fits_word = is_signed || by_name ? long_as_int64(value, &ignored)
                                         : _PyLong_Sign(value) >= 0 && _PyLong_NumBits(value) <= 64;
    unsigned bits = 8 * (unsigned)field->size;
    if (bits == 64 && !field->little)
        PyErr_SetString(struct_error, "int too large to convert");
    else if (!fits_word || bits == 64)
        PyErr_SetString(struct_error, "argument out of range");
    else if (by_name)
        PyErr_SetString(struct_error, named[(bits == 16 ? 2 : 0) + !is_signed]);
    else if (is_signed)
        PyErr_Format(struct_error, "'%c' format requires %lld <= number <= %lld", field->code,
                     -(1LL << (bits - 1)), (1LL << (bits - 1)) - 1);
    else
        PyErr_Format(struct_error, "'%c' format requires 0 <= number <= %llu", field->code, (1ULL << bits) - 1);
    return -1;
}

/* value as an int object: ints, and what has __index__. */
static PyObject *
as_integer(PyObject *value)
{
    if (PyLong_Check(value))
        return value;
    if (PyIndex_Check(value))
        return PyNumber_Index(value);
    PyErr_SetString(struct_error, "required argument is not an integer");
    return NULL;
}

static int
store_integer(const struct_field *field, char *p, PyObject *value, int is_signed)
{
    unsigned bits = 8 * (unsigned)field->size;
    PyObject *integer = as_integer(value);
    if (integer == NULL)
        return -1;
    if (GCRT_LIKELY(gcrt_is_int(integer))) {
        int64_t i = gcrt_int_value(integer);
        if (is_signed ? bits < 64 && (i < -((int64_t)1 << (bits - 1)) || i >= (int64_t)1 << (bits - 1))
                      : i < 0 || (bits < 64 && i >= (int64_t)1 << bits))
            return out_of_range(field, integer, is_signed);
        store_bytes(field, p, (uint64_t)i);
        return 0;
    }
    if (_PyLong_AsByteArray((PyLongObject *)integer, (unsigned char *)p, (size_t)field->size, field->little,
                            is_signed) < 0) {
        if (!PyErr_ExceptionMatches(PyExc_OverflowError))
            return -1;
        PyErr_Clear();
        return out_of_range(field, integer, is_signed);
    }
    return 0;
}

static int
store_float(const struct_field *field, char *p, PyObject *value)
{
    double x = PyFloat_AsDouble(value);
    if (x == -1.0 && PyErr_Occurred()) {
        PyErr_SetString(struct_error, "required argument is not a float");
        return -1;
    }
    if (field->code == 'f' && field->native) { /* C's own conversion: too large is infinite */
        float narrow = (float)x;
        memcpy(p, &narrow, sizeof narrow);
        return 0;
    }
    int status = field->code == 'e'   ? PyFloat_Pack2(x, p, field->little)
                 : field->code == 'f' ? PyFloat_Pack4(x, p, field->little)
                                      : PyFloat_Pack8(x, p, field->little);
    if (status < 0 && PyLong_Check(value))
        PyErr_SetString(struct_error, "int too large to convert");
    return status;
}

static int
store_text(const struct_field *field, char *p, PyObject *value)
{
    const char *text;
    Py_ssize_t n;
    if (PyBytes_Check(value)) {
        text = PyBytes_AS_STRING(value);
        n = PyBytes_GET_SIZE(value);
    }
    else if (PyByteArray_Check(value)) {
        text = PyByteArray_AS_STRING(value);
        n = PyByteArray_GET_SIZE(value);
    }
    else {
        PyErr_Format(struct_error, "argument for '%c' must be a bytes object", field->code);
        return -1;
    }
    if (field->code == 's') {
        memcpy(p, text, (size_t)(n < field->size ? n : field->size));
        return 0;
    }
    if (field->size == 0)
        return 0;
    if (n > field->size - 1)
        n = field->size - 1;
    memcpy(p + 1, text, (size_t)n);
    *p = (char)(n > 255 ? 255 : n);
    return 0;
}

int
struct_store(const struct_field *field, char *p, PyObject *value)
{
    int truth;
    switch (field->code) {
    case 'b':
    case 'h':
    case 'i':
    case 'l':
    case 'q':
    case 'n':
        return store_integer(field, p, value, 1);
    case 'B':
    case 'H':
    case 'I':
    case 'L':
    case 'Q':
    case 'N':
        return store_integer(field, p, value, 0);
    case 'P': {
        PyObject *integer = as_integer(value);
        if (integer == NULL)
            return -1;
        void *address = PyLong_AsVoidPtr(integer);
        if (address == NULL && PyErr_Occurred()) {
            PyErr_SetString(struct_error, "int too large to convert");
            return -1;
        }
        store_bytes(field, p, (uint64_t)(uintptr_t)address);
        return 0;
    }
    case '?':
        if ((truth = PyObject_IsTrue(value)) < 0)
            return -1;
        *p = (char)truth;
        return 0;
    case 'c':
        if (!PyBytes_Check(value) || PyBytes_GET_SIZE(value) != 1) {
            PyErr_SetString(struct_error, "char format requires a bytes object of length 1");
            return -1;
        }
        *p = *PyBytes_AS_STRING(value);
        return 0;
    case 'e':
    case 'f':
    case 'd':
        return store_float(field, p, value);
    default:
        return store_text(field, p, value);
    }
}
