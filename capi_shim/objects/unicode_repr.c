/* unicode_repr.c: repr(str). */
#include "runtime.h"

#include "ucd.h"
#include "unicode.h"
#include "unicode_writer.h"

static PyObject *
plain_repr(PyObject *s, Py_UCS4 quote)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(s);
    PyObject *result = PyUnicode_New(n + 2, PyUnicode_MAX_CHAR_VALUE(s));
    if (result == NULL)
        return NULL;
    PyUnicode_WRITE(PyUnicode_KIND(result), PyUnicode_DATA(result), 0, quote);
    PyUnicode_WRITE(PyUnicode_KIND(result), PyUnicode_DATA(result), n + 1, quote);
    _PyUnicode_FastCopyCharacters(result, 1, s, 0, n);
    return result;
}

static int
write_escape(_PyUnicodeWriter *w, Py_UCS4 ch, Py_UCS4 quote)
{
    char text[12];
    int n = 2;
    if (ch == quote || ch == '\\')
        snprintf(text, sizeof text, "\\%c", (int)ch);
    else if (ch == '\t' || ch == '\n' || ch == '\r')
        snprintf(text, sizeof text, "\\%c", ch == '\t' ? 't' : ch == '\n' ? 'n' : 'r');
    else
        n = snprintf(text, sizeof text, ch < 0x100 ? "\\x%02x" : ch < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)ch);
    return _PyUnicodeWriter_WriteASCIIString(w, text, n);
}

static inline bool
needs_escape(Py_UCS4 ch, Py_UCS4 quote)
{
    if (ch < 0x7f)
        return ch < ' ' || ch == '\\' || ch == quote;
    return ch == 0x7f || !_PyUnicode_IsPrintable(ch);
}

PyObject *
unicode_repr(PyObject *s)
{
    unicode_text t = unicode_text_of(s);
    bool single = false, doubled = false, plain = true;
    Py_UCS4 quote = '\'';
    _PyUnicodeWriter w;
    for (Py_ssize_t i = 0; i < t.length; i++) {
        Py_UCS4 ch = unicode_at(&t, i);
        single |= ch == '\'';
        doubled |= ch == '"';
        plain &= !needs_escape(ch, 0);
    }
    if (single && !doubled)
        quote = '"';
    if (plain && !(single && doubled))
        return plain_repr(s, quote);
    _PyUnicodeWriter_Init(&w);
    w.overallocate = 1;
    w.min_length = t.length + 8;
    if (unicode_writer_char(&w, quote) < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < t.length; i++) {
        Py_UCS4 ch = unicode_at(&t, i);
        if ((needs_escape(ch, quote) ? write_escape(&w, ch, quote) : unicode_writer_char(&w, ch)) < 0)
            return NULL;
    }
    return unicode_writer_char(&w, quote) < 0 ? NULL : _PyUnicodeWriter_Finish(&w);
}
