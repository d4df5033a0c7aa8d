/* strgrow.c: `s += piece` in a loop in linear time, without reference counts.
 *
 * A str may grow in place while nothing but one local variable refers to it.  That is known by
 * construction: the decoder marks the additions whose result goes straight back to the local variable that
 * was their left operand (decode_growing.c), and every other load of such a variable becomes
 * LOAD_FAST_SHARE.  BINARY_ADD_STR makes its result with room to spare and notes the room in `wstr`, which
 * is NULL in every other str; whoever else gets at the value first sets wstr to NULL (strgrow_share):
 * LOAD_FAST_SHARE and LOAD_FAST_CHECK, a frame's f_locals, compiled code that takes the frame over.  Code
 * with a BINARY_ADD_STR is not compiled. */
#include "interp.h"
#include "unicode.h"

enum { MIN_LENGTH = 64 };         /* shorter results are made to measure */

/* Characters that the data of s has room for, as far as s may grow. */
static Py_ssize_t
room(PyObject *s)
{
    return (Py_ssize_t)(intptr_t)((PyASCIIObject *)s)->wstr;
}

static void
put(PyObject *to, Py_ssize_t at, PyObject *from)
{
    int kind = PyUnicode_KIND(to);
    unicode_copy(kind, (char *)PyUnicode_DATA(to) + at * kind, PyUnicode_KIND(from), PyUnicode_DATA(from),
                 PyUnicode_GET_LENGTH(from));
}

static void
set_length(PyObject *s, Py_ssize_t n)
{
    ((PyASCIIObject *)s)->length = n;
    ((PyASCIIObject *)s)->hash = -1;
    if (!PyUnicode_IS_ASCII(s)) {
        ((PyCompactUnicodeObject *)s)->utf8 = NULL;
        ((PyCompactUnicodeObject *)s)->utf8_length = 0;
    }
    int kind = PyUnicode_KIND(s);
    memset((char *)PyUnicode_DATA(s) + n * kind, 0, (size_t)kind);
}

PyObject *
strgrow_append(PyObject *left, PyObject *right)
{
    Py_ssize_t a = PyUnicode_GET_LENGTH(left), b = PyUnicode_GET_LENGTH(right), n = a + b;
    Py_UCS4 left_max = PyUnicode_MAX_CHAR_VALUE(left), right_max = PyUnicode_MAX_CHAR_VALUE(right);
    if (room(left) >= n && right_max <= left_max) {
        put(left, a, right);
        set_length(left, n);
        return left;
    }
    if (n < MIN_LENGTH || n > PY_SSIZE_T_MAX / 16 || b == 0)
        return PyUnicode_Concat(left, right);
    Py_ssize_t capacity = n + n / 2;
    PyObject *grown = PyUnicode_New(capacity, left_max > right_max ? left_max : right_max);
    if (grown == NULL)
        return NULL;
    put(grown, 0, left);
    put(grown, a, right);
    set_length(grown, n);
    ((PyASCIIObject *)grown)->wstr = (wchar_t *)(intptr_t)capacity;
    return grown;
}
