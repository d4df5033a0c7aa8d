/* unicode_writer.c: _PyUnicodeWriter, a string under construction.
 *
 * `buffer` is an exact str of `size` characters of which `pos` are written.  It widens when a character does not
 * fit, so its kind is that of the widest character announced. */
#include "runtime.h"

#include "unicode.h"
#include "unicode_writer.h"

void
_PyUnicodeWriter_Init(_PyUnicodeWriter *w)
{
    memset(w, 0, sizeof *w);
    w->kind = PyUnicode_1BYTE_KIND;
    w->min_char = 127;
}

void
_PyUnicodeWriter_Dealloc(_PyUnicodeWriter *w)
{
    w->buffer = NULL;
    w->data = NULL;
}

static void
adopt(_PyUnicodeWriter *w, PyObject *buffer)
{
    w->buffer = buffer;
    w->data = PyUnicode_DATA(buffer);
    w->kind = (enum PyUnicode_Kind)PyUnicode_KIND(buffer);
    w->maxchar = PyUnicode_MAX_CHAR_VALUE(buffer);
    w->size = PyUnicode_GET_LENGTH(buffer);
    w->readonly = 0;
}

int
_PyUnicodeWriter_PrepareInternal(_PyUnicodeWriter *w, Py_ssize_t length, Py_UCS4 maxchar)
{
    Py_ssize_t need, size = w->size;
    PyObject *buffer;
    if (length > PY_SSIZE_T_MAX / 8 - w->pos) {
        PyErr_NoMemory();
        return -1;
    }
    need = w->pos + length;
    maxchar = Py_MAX(maxchar, Py_MAX(w->maxchar, w->min_char));
    if (need > size || w->readonly)
        size = w->overallocate ? Py_MAX(need + need / 2, 48) : need;
    size = Py_MAX(size, w->min_length);
    if (size == 0)
        return 0;
    buffer = PyUnicode_New(size, maxchar);
    if (buffer == NULL)
        return -1;
    if (w->pos > 0)
        _PyUnicode_FastCopyCharacters(buffer, 0, w->buffer, 0, w->pos);
    adopt(w, buffer);
    return 0;
}

int
_PyUnicodeWriter_PrepareKindInternal(_PyUnicodeWriter *w, enum PyUnicode_Kind kind)
{
    return _PyUnicodeWriter_PrepareInternal(w, 0, kind == 1 ? 0xff : kind == 2 ? 0xffff : UNICODE_MAX);
}

int
_PyUnicodeWriter_WriteChar(_PyUnicodeWriter *w, Py_UCS4 ch)
{
    return unicode_writer_char(w, ch);
}

int
_PyUnicodeWriter_WriteStr(_PyUnicodeWriter *w, PyObject *s)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(s);
    if (n == 0)
        return 0;
    if (w->buffer == NULL && !w->overallocate && w->min_length <= n && PyUnicode_CheckExact(s)) {
        adopt(w, s);
        w->readonly = 1;
        w->pos = n;
        return 0;
    }
    if (unicode_writer_prepare(w, n, PyUnicode_MAX_CHAR_VALUE(s)) < 0)
        return -1;
    unicode_copy((int)w->kind, (char *)w->data + w->pos * (int)w->kind, PyUnicode_KIND(s), PyUnicode_DATA(s), n);
    w->pos += n;
    return 0;
}

int
_PyUnicodeWriter_WriteSubstring(_PyUnicodeWriter *w, PyObject *s, Py_ssize_t start, Py_ssize_t end)
{
    int kind = PyUnicode_KIND(s);
    const char *from = (const char *)PyUnicode_DATA(s) + start * kind;
    Py_ssize_t n = end - start;
    Py_UCS4 max;
    if (n <= 0)
        return 0;
    if (start == 0 && end == PyUnicode_GET_LENGTH(s))
        return _PyUnicodeWriter_WriteStr(w, s);
    max = PyUnicode_MAX_CHAR_VALUE(s);
    if (max > w->maxchar || w->buffer == NULL)
        max = unicode_max_char(kind, from, n);
    if (unicode_writer_prepare(w, n, max) < 0)
        return -1;
    unicode_copy((int)w->kind, (char *)w->data + w->pos * (int)w->kind, kind, from, n);
    w->pos += n;
    return 0;
}

int
_PyUnicodeWriter_WriteASCIIString(_PyUnicodeWriter *w, const char *s, Py_ssize_t n)
{
    if (n == -1)
        n = (Py_ssize_t)strlen(s);
    if (n == 0)
        return 0;
    if (unicode_writer_prepare(w, n, 0x7f) < 0)
        return -1;
    unicode_copy((int)w->kind, (char *)w->data + w->pos * (int)w->kind, 1, s, n);
    w->pos += n;
    return 0;
}

int
_PyUnicodeWriter_WriteLatin1String(_PyUnicodeWriter *w, const char *s, Py_ssize_t n)
{
    if (n == 0)
        return 0;
    if (unicode_writer_prepare(w, n, unicode_max_char(1, s, n)) < 0)
        return -1;
    unicode_copy((int)w->kind, (char *)w->data + w->pos * (int)w->kind, 1, s, n);
    w->pos += n;
    return 0;
}

PyObject *
_PyUnicodeWriter_Finish(_PyUnicodeWriter *w)
{
    PyObject *s = w->buffer;
    Py_ssize_t n = w->pos;
    bool readonly = w->readonly;
    _PyUnicodeWriter_Dealloc(w);
    if (n == 0)
        return unicode_empty();
    if (readonly || n == PyUnicode_GET_LENGTH(s))
        return n == 1 ? unicode_char(PyUnicode_READ_CHAR(s, 0)) : s;
    return unicode_truncate(s, n);
}
