/* member.c: C struct members as attributes (PyMemberDef). */
#include "typeobject.h"

PyObject *
PyMember_GetOne(const char *base, PyMemberDef *def)
{
    const char *p = base + def->offset;
    switch (def->type) {
    case Py_T_BOOL: return PyBool_FromLong(*(const char *)p);
    case Py_T_BYTE: return PyLong_FromLong(*(const signed char *)p);
    case Py_T_UBYTE: return PyLong_FromLong(*(const unsigned char *)p);
    case Py_T_SHORT: return PyLong_FromLong(*(const short *)p);
    case Py_T_USHORT: return PyLong_FromLong(*(const unsigned short *)p);
    case Py_T_INT: return PyLong_FromLong(*(const int *)p);
    case Py_T_UINT: return PyLong_FromUnsignedLong(*(const unsigned int *)p);
    case Py_T_LONG: return PyLong_FromLong(*(const long *)p);
    case Py_T_ULONG: return PyLong_FromUnsignedLong(*(const unsigned long *)p);
    case Py_T_PYSSIZET: return PyLong_FromSsize_t(*(const Py_ssize_t *)p);
    case Py_T_LONGLONG: return PyLong_FromLongLong(*(const long long *)p);
    case Py_T_ULONGLONG: return PyLong_FromUnsignedLongLong(*(const unsigned long long *)p);
    case Py_T_FLOAT: return PyFloat_FromDouble((double)*(const float *)p);
    case Py_T_DOUBLE: return PyFloat_FromDouble(*(const double *)p);
    case Py_T_CHAR: return PyUnicode_FromStringAndSize(p, 1);
    case _Py_T_NONE: return Py_None;
    case Py_T_STRING_INPLACE: return PyUnicode_FromString(p);
    case Py_T_STRING: {
        const char *text = *(const char *const *)p;
        return text == NULL ? Py_None : PyUnicode_FromString(text);
    }
    case _Py_T_OBJECT: {
        PyObject *value = *(PyObject *const *)p;
        return value == NULL ? Py_None : value;
    }
    case Py_T_OBJECT_EX: {
        PyObject *value = *(PyObject *const *)p;
        if (value == NULL)
            PyErr_Format(PyExc_AttributeError, "'%.200s' object has no attribute '%s'",
                         Py_TYPE(base)->tp_name, def->name);
        return value;
    }
    default: PyErr_SetString(PyExc_SystemError, "bad memberdescr type"); return NULL;
    }
}

/* A value cut to its member: the C API warns. */
static int
truncated(const char *what)
{
    return PyErr_WarnFormat(PyExc_RuntimeWarning, 1, "Truncation of value to %s", what);
}

static int
set_signed(void *p, int type, PyObject *value)
{
    long n = PyLong_AsLong(value);
    if (n == -1 && PyErr_Occurred())
        return -1;
    switch (type) {
    case Py_T_BYTE:
        *(char *)p = (char)n;
        return n > CHAR_MAX || n < CHAR_MIN ? truncated("char") : 0;
    case Py_T_UBYTE:
        *(unsigned char *)p = (unsigned char)n;
        return n > UCHAR_MAX || n < 0 ? truncated("unsigned char") : 0;
    case Py_T_SHORT:
        *(short *)p = (short)n;
        return n > SHRT_MAX || n < SHRT_MIN ? truncated("short") : 0;
    case Py_T_USHORT:
        *(unsigned short *)p = (unsigned short)n;
        return n > USHRT_MAX || n < 0 ? truncated("unsigned short") : 0;
    case Py_T_INT:
        *(int *)p = (int)n;
        return n > INT_MAX || n < INT_MIN ? truncated("int") : 0;
    default:
        *(long *)p = n;
        return 0;
    }
}

static int
set_unsigned(void *p, int type, PyObject *value)
{
    unsigned long n = PyLong_AsUnsignedLong(value);
    int negative = 0;
    if (n == (unsigned long)-1 && PyErr_Occurred()) {
        PyErr_Clear();
        n = (unsigned long)PyLong_AsLong(value);
        if (n == (unsigned long)-1 && PyErr_Occurred())
            return -1;
        negative = 1;
    }
    if (type == Py_T_UINT) {
        *(unsigned int *)p = (unsigned int)n;
        if (!negative && n > UINT_MAX)
            return truncated("unsigned int");
    }
    else {
        *(unsigned long *)p = n;
    }
    return negative ? PyErr_WarnEx(PyExc_RuntimeWarning, "Writing negative value into unsigned field", 1) : 0;
}

static int
set_wide(void *p, int type, PyObject *value)
{
    if (type == Py_T_PYSSIZET) {
        Py_ssize_t n = PyLong_AsSsize_t(value);
        *(Py_ssize_t *)p = n;
        return n == -1 && PyErr_Occurred() ? -1 : 0;
    }
    if (type == Py_T_LONGLONG) {
        long long n = PyLong_AsLongLong(value);
        *(long long *)p = n;
        return n == -1 && PyErr_Occurred() ? -1 : 0;
    }
    unsigned long long n = PyLong_AsUnsignedLongLong(value);
    *(unsigned long long *)p = n;
    return n == (unsigned long long)-1 && PyErr_Occurred() ? -1 : 0;
}

static int
set_float(void *p, int type, PyObject *value)
{
    double d = PyFloat_AsDouble(value);
    if (d == -1.0 && PyErr_Occurred())
        return -1;
    if (type == Py_T_FLOAT)
        *(float *)p = (float)d;
    else
        *(double *)p = d;
    return 0;
}

static int
set_char(char *p, PyObject *value)
{
    Py_ssize_t n;
    const char *text = PyUnicode_AsUTF8AndSize(value, &n);
    if (text == NULL || n != 1) {
        if (text != NULL)
            PyErr_BadArgument();
        return -1;
    }
    *p = text[0];
    return 0;
}

int
PyMember_SetOne(char *base, PyMemberDef *def, PyObject *value)
{
    char *p = base + def->offset;
    if (def->flags & Py_READONLY) {
        PyErr_SetString(PyExc_AttributeError, "readonly attribute");
        return -1;
    }
    if (value == NULL && def->type != Py_T_OBJECT_EX && def->type != _Py_T_OBJECT) {
        PyErr_SetString(PyExc_TypeError, "can't delete numeric/char attribute");
        return -1;
    }
    switch (def->type) {
    case Py_T_BOOL:
        if (!PyBool_Check(value)) {
            PyErr_SetString(PyExc_TypeError, "attribute value type must be bool");
            return -1;
        }
        *p = value == Py_True;
        return 0;
    case Py_T_BYTE:
    case Py_T_UBYTE:
    case Py_T_SHORT:
    case Py_T_USHORT:
    case Py_T_INT:
    case Py_T_LONG: return set_signed(p, def->type, value);
    case Py_T_UINT:
    case Py_T_ULONG: return set_unsigned(p, def->type, value);
    case Py_T_PYSSIZET:
    case Py_T_LONGLONG:
    case Py_T_ULONGLONG: return set_wide(p, def->type, value);
    case Py_T_FLOAT:
    case Py_T_DOUBLE: return set_float(p, def->type, value);
    case Py_T_CHAR: return set_char(p, value);
    case Py_T_OBJECT_EX:
        if (value == NULL && *(PyObject **)p == NULL) {
            PyErr_SetString(PyExc_AttributeError, def->name);
            return -1;
        }
        gc_store(base, p, value);
        return 0;
    case _Py_T_OBJECT: gc_store(base, p, value); return 0;
    case Py_T_STRING:
    case Py_T_STRING_INPLACE: PyErr_SetString(PyExc_TypeError, "readonly attribute"); return -1;
    default: PyErr_Format(PyExc_SystemError, "bad memberdescr type for %s", def->name); return -1;
    }
}
