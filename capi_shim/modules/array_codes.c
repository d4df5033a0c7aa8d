/* array_codes.c: the typecodes of array.array: how an item is read and written. */
#include "array_module.h"

static int
overflow(const char *message)
{
    PyErr_SetString(PyExc_OverflowError, message);
    return -1;
}

/* value as a C long within [low, high]; the messages name the C type. */
static int
ranged(PyObject *value, long low, long high, const char *less, const char *greater, long *out)
{
    *out = PyLong_AsLong(value);
    if (*out == -1 && PyErr_Occurred())
        return -1;
    return *out < low ? overflow(less) : *out > high ? overflow(greater) : 0;
}

#define SHORT_LESS "signed short integer is less than minimum"
#define SHORT_GREATER "signed short integer is greater than maximum"
#define INT_LESS "signed integer is less than minimum"
#define INT_GREATER "signed integer is greater than maximum"

#define LOAD(name, type, convert)                                                                       \
    static PyObject *load_##name(const char *p)                                                         \
    {                                                                                                   \
        type v;                                                                                         \
        memcpy(&v, p, sizeof v);                                                                        \
        return convert;                                                                                 \
    }
#define STORE(p, type, value)                                                                           \
    do {                                                                                                \
        type item = (type)(value);                                                                      \
        if ((p) != NULL)                                                                                \
            memcpy((p), &item, sizeof item);                                                            \
        return 0;                                                                                       \
    } while (0)

LOAD(byte, signed char, gcrt_int(v))
LOAD(ubyte, unsigned char, gcrt_int(v))
LOAD(short, int16_t, gcrt_int(v))
LOAD(ushort, uint16_t, gcrt_int(v))
LOAD(int, int32_t, gcrt_int(v))
LOAD(uint, uint32_t, gcrt_int(v))
LOAD(long, int64_t, long_box(v))
LOAD(ulong, uint64_t, PyLong_FromUnsignedLong(v))
LOAD(float, float, float_box(v))
LOAD(double, double, float_box(v))
LOAD(char, Py_UCS4, PyUnicode_FromOrdinal((int)v))

static int
store_byte(char *p, PyObject *value)
{
    long x;
    if (ranged(value, SHRT_MIN, SHRT_MAX, SHORT_LESS, SHORT_GREATER, &x) < 0)
        return -1;
    if (x < -128 || x > 127)
        return overflow(x < 0 ? "signed char is less than minimum" : "signed char is greater than maximum");
    STORE(p, signed char, x);
}

static int
store_ubyte(char *p, PyObject *value)
{
    long x;
    if (ranged(value, 0, 255, "unsigned byte integer is less than minimum",
               "unsigned byte integer is greater than maximum", &x) < 0)
        return -1;
    STORE(p, unsigned char, x);
}

static int
store_short(char *p, PyObject *value)
{
    long x;
    if (ranged(value, SHRT_MIN, SHRT_MAX, SHORT_LESS, SHORT_GREATER, &x) < 0)
        return -1;
    STORE(p, int16_t, x);
}

static int
store_ushort(char *p, PyObject *value)
{
    long x;
    if (ranged(value, INT_MIN, INT_MAX, INT_LESS, INT_GREATER, &x) < 0)
        return -1;
    if (x < 0 || x > USHRT_MAX)
        return overflow(x < 0 ? "unsigned short is less than minimum" : "unsigned short is greater than maximum");
    STORE(p, uint16_t, x);
}

static int
store_int(char *p, PyObject *value)
{
    long x;
    if (ranged(value, INT_MIN, INT_MAX, INT_LESS, INT_GREATER, &x) < 0)
        return -1;
    STORE(p, int32_t, x);
}

static int
store_uint(char *p, PyObject *value)
{
    PyObject *index = PyNumber_Index(value);
    unsigned long x = index == NULL ? 0 : PyLong_AsUnsignedLong(index);
    if (index == NULL || (x == (unsigned long)-1 && PyErr_Occurred()))
        return -1;
    if (x > UINT_MAX)
        return overflow("unsigned int is greater than maximum");
    STORE(p, uint32_t, x);
}

static int
store_long(char *p, PyObject *value)
{
    long x = PyLong_AsLong(value);
    if (x == -1 && PyErr_Occurred())
        return -1;
    STORE(p, int64_t, x);
}

static int
store_ulong(char *p, PyObject *value)
{
    PyObject *index = PyNumber_Index(value);
    unsigned long x = index == NULL ? 0 : PyLong_AsUnsignedLong(index);
    if (index == NULL || (x == (unsigned long)-1 && PyErr_Occurred()))
        return -1;
    STORE(p, uint64_t, x);
}

static int
store_quad(char *p, PyObject *value)
{
    long long x = PyLong_AsLongLong(value);
    if (x == -1 && PyErr_Occurred())
        return -1;
    STORE(p, int64_t, x);
}

static int
store_uquad(char *p, PyObject *value)
{
    PyObject *index = PyNumber_Index(value);
    unsigned long long x = index == NULL ? 0 : PyLong_AsUnsignedLongLong(index);
    if (index == NULL || (x == (unsigned long long)-1 && PyErr_Occurred()))
        return -1;
    STORE(p, uint64_t, x);
}

static int
store_float(char *p, PyObject *value)
{
    double x = PyFloat_AsDouble(value);
    if (x == -1.0 && PyErr_Occurred())
        return -1;
    STORE(p, float, x);
}

static int
store_double(char *p, PyObject *value)
{
    double x = PyFloat_AsDouble(value);
    if (x == -1.0 && PyErr_Occurred())
        return -1;
    STORE(p, double, x);
}

static int
store_char(char *p, PyObject *value)
{
    if (!PyUnicode_Check(value) || PyUnicode_GET_LENGTH(value) != 1) {
        PyErr_SetString(PyExc_TypeError, "array item must be unicode character");
        return -1;
    }
    STORE(p, Py_UCS4, PyUnicode_READ_CHAR(value, 0));
}

/* The last column numbers the item's representation (PEP-less, as pickles of array.array have it):
 * 0 u1, 1 i1, 2 u2, 4 i2, 6 u4, 8 i4, 10 u8, 12 i8, 14 f4, 16 f8, 20 UTF-32; little-endian, +1 big. */
static const array_code codes[] = {
    {'b', 1, "b", load_byte, store_byte, 1},      {'B', 1, "B", load_ubyte, store_ubyte, 0},
    {'u', 4, "w", load_char, store_char, 20},     {'h', 2, "h", load_short, store_short, 4},
    {'H', 2, "H", load_ushort, store_ushort, 2},  {'i', 4, "i", load_int, store_int, 8},
    {'I', 4, "I", load_uint, store_uint, 6},      {'l', 8, "l", load_long, store_long, 12},
    {'L', 8, "L", load_ulong, store_ulong, 10},   {'q', 8, "q", load_long, store_quad, 12},
    {'Q', 8, "Q", load_ulong, store_uquad, 10},   {'f', 4, "f", load_float, store_float, 14},
    {'d', 8, "d", load_double, store_double, 16},
};

const array_code *
array_find_code(Py_UCS4 code)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(codes); i++)
        if ((Py_UCS4)codes[i].code == code)
            return &codes[i];
    return NULL;
}
