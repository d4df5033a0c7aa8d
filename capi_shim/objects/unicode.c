/* unicode.c: making strings, comparing and hashing them, and the str type.  See unicode.h for the layout. */
#include "runtime.h"

#include "textargs.h"
#include "unicode.h"

static PyObject *empty_string;          /* static data is a root */
static PyObject *latin1_chars[256];

/* ------------------------------------------------------------------ creation */

PyObject *
unicode_empty(void)
{
    if (GCRT_UNLIKELY(empty_string == NULL)) {
        empty_string = unicode_new_ascii(0);
        if (empty_string != NULL)
            PyUnicode_InternInPlace(&empty_string);
    }
    return empty_string;
}

PyObject *
PyUnicode_New(Py_ssize_t size, Py_UCS4 maxchar)
{
    int kind = maxchar < 0x100 ? 1 : maxchar < 0x10000 ? 2 : 4;
    PyObject *s;
    if (size == 0)
        return unicode_empty();
    if (size < 0) {
        PyErr_SetString(PyExc_SystemError, "Negative size passed to PyUnicode_New");
        return NULL;
    }
    if (maxchar > UNICODE_MAX) {
        PyErr_SetString(PyExc_SystemError, "invalid maximum character passed to PyUnicode_New");
        return NULL;
    }
    if (size > (PY_SSIZE_T_MAX - 256) / kind)
        return PyErr_NoMemory();
    if (maxchar < 0x80)
        return unicode_new_ascii(size);
    s = gcrt_new(&PyUnicode_Type, sizeof(PyCompactUnicodeObject) + (size_t)(size + 1) * (size_t)kind);
    if (s != NULL)
        unicode_init(s, size, kind, 0, 1);
    return s;
}

PyObject *
unicode_char(Py_UCS4 ch)
{
    PyObject *s;
    if (ch < 256 && latin1_chars[ch] != NULL)
        return latin1_chars[ch];
    s = PyUnicode_New(1, ch);
    if (s == NULL)
        return NULL;
    PyUnicode_WRITE(PyUnicode_KIND(s), PyUnicode_DATA(s), 0, ch);
    if (ch < 256) {
        PyUnicode_InternInPlace(&s);
        latin1_chars[ch] = s;
    }
    return s;
}

PyObject *
unicode_from_ascii(const char *s, Py_ssize_t n)
{
    PyObject *result;
    if (n == 1)
        return unicode_char((unsigned char)s[0]);
    if (n == 0)
        return unicode_empty();
    result = unicode_new_ascii(n);
    if (result != NULL)
        memcpy((PyASCIIObject *)result + 1, s, (size_t)n);
    return result;
}

Py_UCS4
unicode_max_char(int kind, const void *data, Py_ssize_t n)
{
    uint32_t bits = 0;
    if (kind == 1) {
        const unsigned char *p = data, *end = p + n;
        uint64_t word;
        for (; end - p >= 8; p += 8) {
            memcpy(&word, p, 8);
            if (word & 0x8080808080808080u)
                return 0xff;
        }
        for (; p < end; p++)
            bits |= *p;
    } else if (kind == 2) {
        const Py_UCS2 *p = data;
        for (Py_ssize_t i = 0; i < n; i++)
            bits |= p[i];
    } else {
        const Py_UCS4 *p = data;
        for (Py_ssize_t i = 0; i < n; i++)
            bits |= p[i];
    }
    return bits < 0x80 ? 0x7f : bits < 0x100 ? 0xff : bits < 0x10000 ? 0xffff : UNICODE_MAX;
}

#define COPY_LOOP(TO, FROM)                                                                             \
    do {                                                                                                \
        TO *to_ = to;                                                                                   \
        const FROM *from_ = from;                                                                       \
        for (Py_ssize_t i_ = 0; i_ < n; i_++)                                                           \
            to_[i_] = (TO)from_[i_];                                                                    \
    } while (0)

void
unicode_copy(int to_kind, void *to, int from_kind, const void *from, Py_ssize_t n)
{
    if (to_kind == from_kind) {
        memcpy(to, from, (size_t)n * (size_t)to_kind);
        return;
    }
    switch (to_kind << 4 | from_kind) {
    case 0x21: COPY_LOOP(Py_UCS2, Py_UCS1); break;
    case 0x41: COPY_LOOP(Py_UCS4, Py_UCS1); break;
    case 0x42: COPY_LOOP(Py_UCS4, Py_UCS2); break;
    case 0x12: COPY_LOOP(Py_UCS1, Py_UCS2); break;
    case 0x14: COPY_LOOP(Py_UCS1, Py_UCS4); break;
    default: COPY_LOOP(Py_UCS2, Py_UCS4); break;
    }
}

/* Are all of them characters?  What is none would be looked up behind the end of the character tables. */
static int
check_characters(const Py_UCS4 *p, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++) {
        if (p[i] > UNICODE_MAX) {
            PyErr_Format(PyExc_ValueError, "character U+%x is not in range [U+0000; U+%x]", p[i], UNICODE_MAX);
            return -1;
        }
    }
    return 0;
}

PyObject *
PyUnicode_FromKindAndData(int kind, const void *buffer, Py_ssize_t size)
{
    Py_UCS4 max;
    PyObject *s;
    if (size < 0) {
        PyErr_SetString(PyExc_ValueError, "size must be positive");
        return NULL;
    }
    if (kind != 1 && kind != 2 && kind != 4) {
        PyErr_SetString(PyExc_SystemError, "invalid kind");
        return NULL;
    }
    if (size == 0)
        return unicode_empty();
    max = unicode_max_char(kind, buffer, size);
    if (kind == 4 && max == UNICODE_MAX && check_characters(buffer, size) < 0)
        return NULL;
    if (size == 1)
        return unicode_char(PyUnicode_READ(kind, buffer, 0));
    s = PyUnicode_New(size, max);
    if (s != NULL)
        unicode_copy(PyUnicode_KIND(s), PyUnicode_DATA(s), kind, buffer, size);
    return s;
}

PyObject *
PyUnicode_FromStringAndSize(const char *u, Py_ssize_t size)
{
    if (size < 0) {
        PyErr_SetString(PyExc_SystemError, "Negative size passed to PyUnicode_FromStringAndSize");
        return NULL;
    }
    if (u == NULL) {
        if (size == 0)
            return unicode_empty();
        PyErr_SetString(PyExc_SystemError, "NULL string with positive size with NULL passed to "
                                           "PyUnicode_FromStringAndSize");
        return NULL;
    }
    return PyUnicode_DecodeUTF8Stateful(u, size, NULL, NULL);
}

PyObject *
PyUnicode_FromString(const char *u)
{
    return PyUnicode_DecodeUTF8Stateful(u, (Py_ssize_t)strlen(u), NULL, NULL);
}

PyObject *
PyUnicode_FromOrdinal(int ordinal)
{
    if (ordinal < 0 || ordinal > (int)UNICODE_MAX) {
        PyErr_SetString(PyExc_ValueError, "chr() arg not in range(0x110000)");
        return NULL;
    }
    return unicode_char((Py_UCS4)ordinal);
}

PyObject *
_PyUnicode_Copy(PyObject *s)
{
    PyObject *copy;
    if (!unicode_require(s))
        return NULL;
    copy = PyUnicode_New(PyUnicode_GET_LENGTH(s), PyUnicode_MAX_CHAR_VALUE(s));
    if (copy != NULL && PyUnicode_GET_LENGTH(s) > 0)
        memcpy(PyUnicode_DATA(copy), PyUnicode_DATA(s),
               (size_t)PyUnicode_GET_LENGTH(s) * (size_t)PyUnicode_KIND(s));
    return copy;
}

int
unicode_require(PyObject *op)
{
    if (PyUnicode_Check(op))
        return 1;
    PyErr_Format(PyExc_TypeError, "must be str, not %.100s", Py_TYPE(op)->tp_name);
    return 0;
}

PyObject *
unicode_exact(PyObject *s)
{
    return PyUnicode_CheckExact(s) ? s : _PyUnicode_Copy(s);
}

PyObject *
PyUnicode_FromObject(PyObject *obj)
{
    if (PyUnicode_Check(obj))
        return unicode_exact(obj);
    PyErr_Format(PyExc_TypeError, "Can't convert '%.100s' object to str implicitly", Py_TYPE(obj)->tp_name);
    return NULL;
}

PyObject *
unicode_slice(PyObject *s, Py_ssize_t start, Py_ssize_t end)
{
    int kind = PyUnicode_KIND(s);
    const char *data = PyUnicode_DATA(s);
    Py_ssize_t n = end - start;
    if (n == PyUnicode_GET_LENGTH(s))
        return unicode_exact(s);
    if (n <= 0)
        return unicode_empty();
    if (n == 1)
        return unicode_char(PyUnicode_READ(kind, data, start));
    if (PyUnicode_IS_ASCII(s)) {
        PyObject *result = unicode_new_ascii(n);
        if (result != NULL)
            memcpy((PyASCIIObject *)result + 1, data + start, (size_t)n);
        return result;
    }
    return PyUnicode_FromKindAndData(kind, data + start * kind, n);
}

PyObject *
PyUnicode_Substring(PyObject *s, Py_ssize_t start, Py_ssize_t end)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(s);
    if (end > length)
        end = length;
    if (start < 0 || end < 0) {
        PyErr_SetString(PyExc_IndexError, "string index out of range");
        return NULL;
    }
    if (start >= length || end < start)
        return unicode_empty();
    return unicode_slice(s, start, end);
}

/* The text of a string in place can become shorter, not longer: there is no realloc for objects. */
static void
terminate(PyObject *s, Py_ssize_t n)
{
    ((PyASCIIObject *)s)->length = n;
    PyUnicode_WRITE(PyUnicode_KIND(s), PyUnicode_DATA(s), n, 0);
}

PyObject *
unicode_truncate(PyObject *s, Py_ssize_t n)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(s);
    if (n == length)
        return s;
    if (n <= 1 || (length - n) * PyUnicode_KIND(s) > 64 + n / 4)
        return unicode_slice(s, 0, n);
    terminate(s, n);
    return s;
}

int
PyUnicode_Resize(PyObject **p, Py_ssize_t n)
{
    PyObject *s, *old;
    if (p == NULL || *p == NULL || !PyUnicode_Check(*p) || n < 0) {
        PyErr_BadInternalCall();
        return -1;
    }
    old = *p;
    if (n == PyUnicode_GET_LENGTH(old))
        return 0;
    s = PyUnicode_New(n, PyUnicode_MAX_CHAR_VALUE(old));
    if (s == NULL)
        return -1;
    if (n > 0)
        memcpy(PyUnicode_DATA(s), PyUnicode_DATA(old),
               (size_t)Py_MIN(n, PyUnicode_GET_LENGTH(old)) * (size_t)PyUnicode_KIND(old));
    *p = s;
    return 0;
}

/* ------------------------------------------------------------------ characters and copying */

Py_ssize_t
PyUnicode_GetLength(PyObject *s)
{
    if (!PyUnicode_Check(s)) {
        PyErr_BadArgument();
        return -1;
    }
    return PyUnicode_GET_LENGTH(s);
}

Py_UCS4
PyUnicode_ReadChar(PyObject *s, Py_ssize_t index)
{
    if (!PyUnicode_Check(s)) {
        PyErr_BadArgument();
        return (Py_UCS4)-1;
    }
    if (index < 0 || index >= PyUnicode_GET_LENGTH(s)) {
        PyErr_SetString(PyExc_IndexError, "string index out of range");
        return (Py_UCS4)-1;
    }
    return PyUnicode_READ_CHAR(s, index);
}

static int
check_modifiable(PyObject *s)
{
    if (PyUnicode_CheckExact(s) && !PyUnicode_CHECK_INTERNED(s) && ((PyASCIIObject *)s)->hash == -1)
        return 0;
    PyErr_SetString(PyExc_SystemError, "Cannot modify a string currently used");
    return -1;
}

int
PyUnicode_WriteChar(PyObject *s, Py_ssize_t index, Py_UCS4 ch)
{
    if (!PyUnicode_Check(s) || !PyUnicode_IS_COMPACT(s)) {
        PyErr_BadArgument();
        return -1;
    }
    if (index < 0 || index >= PyUnicode_GET_LENGTH(s)) {
        PyErr_SetString(PyExc_IndexError, "string index out of range");
        return -1;
    }
    if (check_modifiable(s))
        return -1;
    if (ch > PyUnicode_MAX_CHAR_VALUE(s)) {
        PyErr_SetString(PyExc_ValueError, "character out of range");
        return -1;
    }
    PyUnicode_WRITE(PyUnicode_KIND(s), PyUnicode_DATA(s), index, ch);
    return 0;
}

void
_PyUnicode_FastCopyCharacters(PyObject *to, Py_ssize_t to_start, PyObject *from, Py_ssize_t from_start, Py_ssize_t n)
{
    int tk = PyUnicode_KIND(to), fk = PyUnicode_KIND(from);
    unicode_copy(tk, (char *)PyUnicode_DATA(to) + to_start * tk, fk,
                 (char *)PyUnicode_DATA(from) + from_start * fk, n);
}

Py_ssize_t
PyUnicode_CopyCharacters(PyObject *to, Py_ssize_t to_start, PyObject *from, Py_ssize_t from_start, Py_ssize_t n)
{
    int fk;
    if (!PyUnicode_Check(from) || !PyUnicode_Check(to)) {
        PyErr_BadInternalCall();
        return -1;
    }
    if ((size_t)from_start > (size_t)PyUnicode_GET_LENGTH(from) ||
        (size_t)to_start > (size_t)PyUnicode_GET_LENGTH(to)) {
        PyErr_SetString(PyExc_IndexError, "string index out of range");
        return -1;
    }
    if (n < 0) {
        PyErr_SetString(PyExc_SystemError, "how_many cannot be negative");
        return -1;
    }
    n = Py_MIN(PyUnicode_GET_LENGTH(from) - from_start, n);
    if (to_start + n > PyUnicode_GET_LENGTH(to)) {
        PyErr_Format(PyExc_SystemError, "Cannot write %zi characters at %zi in a string of %zi characters", n,
                     to_start, PyUnicode_GET_LENGTH(to));
        return -1;
    }
    if (n == 0)
        return 0;
    if (check_modifiable(to))
        return -1;
    fk = PyUnicode_KIND(from);
    if (unicode_max_char(fk, (char *)PyUnicode_DATA(from) + from_start * fk, n) > PyUnicode_MAX_CHAR_VALUE(to)) {
        PyErr_Format(PyExc_SystemError, "Cannot copy %s characters into a string of %s characters",
                     PyUnicode_IS_ASCII(from) ? "ASCII" : fk == 1 ? "latin1" : fk == 2 ? "UCS2" : "UCS4",
                     PyUnicode_IS_ASCII(to) ? "ASCII"
                                            : PyUnicode_KIND(to) == 1 ? "latin1"
                                                                      : PyUnicode_KIND(to) == 2 ? "UCS2" : "UCS4");
        return -1;
    }
    _PyUnicode_FastCopyCharacters(to, to_start, from, from_start, n);
    return n;
}

Py_ssize_t
PyUnicode_Fill(PyObject *s, Py_ssize_t start, Py_ssize_t length, Py_UCS4 ch)
{
    if (!PyUnicode_Check(s)) {
        PyErr_BadInternalCall();
        return -1;
    }
    if (check_modifiable(s))
        return -1;
    if (start < 0) {
        PyErr_SetString(PyExc_IndexError, "string index out of range");
        return -1;
    }
    if (ch > PyUnicode_MAX_CHAR_VALUE(s)) {
        PyErr_SetString(PyExc_ValueError, "fill character is bigger than the string maximum character");
        return -1;
    }
    length = Py_MIN(length, PyUnicode_GET_LENGTH(s) - start);
    if (length <= 0)
        return 0;
    for (Py_ssize_t i = 0; i < length; i++)
        PyUnicode_WRITE(PyUnicode_KIND(s), PyUnicode_DATA(s), start + i, ch);
    return length;
}

int
_PyUnicode_Ready(PyObject *Py_UNUSED(s))
{
    return 0;
}

/* ------------------------------------------------------------------ equality, order, hash */

int
unicode_equal(PyObject *a, PyObject *b)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(a);
    int kind = PyUnicode_KIND(a);
    if (a == b)
        return 1;
    if (n != PyUnicode_GET_LENGTH(b) || kind != PyUnicode_KIND(b))
        return 0;
    return memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b), (size_t)n * (size_t)kind) == 0;
}

int
_PyUnicode_EQ(PyObject *a, PyObject *b)
{
    return unicode_equal(a, b);
}

int
_PyUnicode_Equal(PyObject *a, PyObject *b)
{
    return unicode_equal(a, b);
}

static int
compare(PyObject *a, PyObject *b)
{
    unicode_text x = unicode_text_of(a), y = unicode_text_of(b);
    Py_ssize_t n = Py_MIN(x.length, y.length);
    if (a == b)
        return 0;
    if (x.kind == 1 && y.kind == 1) {
        int c = memcmp(x.data, y.data, (size_t)n);
        if (c != 0)
            return c < 0 ? -1 : 1;
    } else {
        for (Py_ssize_t i = 0; i < n; i++) {
            Py_UCS4 p = unicode_at(&x, i), q = unicode_at(&y, i);
            if (p != q)
                return p < q ? -1 : 1;
        }
    }
    return (x.length > y.length) - (x.length < y.length);
}

int
PyUnicode_Compare(PyObject *a, PyObject *b)
{
    if (PyUnicode_Check(a) && PyUnicode_Check(b))
        return compare(a, b);
    PyErr_Format(PyExc_TypeError, "Can't compare %.100s and %.100s", Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name);
    return -1;
}

int
PyUnicode_CompareWithASCIIString(PyObject *a, const char *b)
{
    unicode_text x = unicode_text_of(a);
    Py_ssize_t i;
    for (i = 0; i < x.length && b[i] != '\0'; i++) {
        Py_UCS4 p = unicode_at(&x, i), q = (unsigned char)b[i];
        if (p != q)
            return p < q ? -1 : 1;
    }
    return i < x.length ? 1 : b[i] != '\0' ? -1 : 0;
}

int
_PyUnicode_EqualToASCIIString(PyObject *a, const char *b)
{
    size_t n = strlen(b);
    return PyUnicode_IS_ASCII(a) && (size_t)PyUnicode_GET_LENGTH(a) == n && memcmp(PyUnicode_DATA(a), b, n) == 0;
}

PyObject *
PyUnicode_RichCompare(PyObject *a, PyObject *b, int op)
{
    int c;
    if (!PyUnicode_Check(a) || !PyUnicode_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    if (op == Py_EQ || op == Py_NE)
        return unicode_equal(a, b) == (op == Py_EQ) ? Py_True : Py_False;
    c = compare(a, b);
    Py_RETURN_RICHCOMPARE(c, 0, op);
}

Py_hash_t
unicode_hash(PyObject *self)
{
    PyASCIIObject *s = (PyASCIIObject *)self;
    if (s->hash == -1)
        s->hash = s->length == 0
                      ? 0
                      : hash_bytes(PyUnicode_DATA(self), (size_t)s->length * (size_t)PyUnicode_KIND(self));
    return s->hash;
}

/* ------------------------------------------------------------------ the type */

static PyObject *
unicode_str(PyObject *self)
{
    return unicode_exact(self);
}

static Py_ssize_t
unicode_length(PyObject *self)
{
    return PyUnicode_GET_LENGTH(self);
}

static PyObject *
unicode_item(PyObject *self, Py_ssize_t i)
{
    if (i < 0 || i >= PyUnicode_GET_LENGTH(self)) {
        PyErr_SetString(PyExc_IndexError, "string index out of range");
        return NULL;
    }
    return unicode_char(PyUnicode_READ_CHAR(self, i));
}

static PyObject *
step_slice(PyObject *self, Py_ssize_t start, Py_ssize_t step, Py_ssize_t n)
{
    unicode_text t = unicode_text_of(self);
    void *buffer;
    if (n <= 0)
        return unicode_empty();
    if (step == 1)
        return unicode_slice(self, start, start + n);
    buffer = gcrt_alloc_leaf((size_t)n * (size_t)t.kind);
    if (buffer == NULL)
        return NULL;
    for (Py_ssize_t i = 0, at = start; i < n; i++, at += step)
        PyUnicode_WRITE(t.kind, buffer, i, unicode_at(&t, at));
    return PyUnicode_FromKindAndData(t.kind, buffer, n);
}

static PyObject *
unicode_subscript(PyObject *self, PyObject *key)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(self), start, stop, step, i;
    if (PySlice_Check(key)) {
        if (PySlice_Unpack(key, &start, &stop, &step) < 0)
            return NULL;
        length = PySlice_AdjustIndices(length, &start, &stop, step);
        return step_slice(self, start, step, length);
    }
    if (gcrt_is_int(key)) {
        i = gcrt_int_value(key);
    } else if (PyIndex_Check(key)) {
        i = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (i == -1 && PyErr_Occurred())
            return NULL;
    } else {
        PyErr_Format(PyExc_TypeError, "string indices must be integers, not '%.200s'", Py_TYPE(key)->tp_name);
        return NULL;
    }
    return unicode_item(self, i < 0 ? i + length : i);
}

static void
unicode_trace(PyObject *self, size_t Py_UNUSED(size), gc_tracer *t)
{
    PyUnicodeObject *u = (PyUnicodeObject *)self;
    if (u->_base._base.state.ascii && u->_base._base.state.compact)
        return;
    gc_visit(t, (uintptr_t)u->_base.utf8);
    if (!u->_base._base.state.compact)
        gc_visit(t, (uintptr_t)u->data.any);
}

/* An instance of a subclass with the contents of the exact str `value`. */
static PyObject *
subtype_new(PyTypeObject *type, PyObject *value)
{
    PyObject *self = type->tp_alloc(type, 0);
    PyUnicodeObject *u = (PyUnicodeObject *)self;
    Py_ssize_t n = PyUnicode_GET_LENGTH(value);
    int kind = PyUnicode_KIND(value);
    if (self == NULL)
        return NULL;
    u->data.any = gcrt_alloc_leaf((size_t)(n + 1) * (size_t)kind);
    if (u->data.any == NULL)
        return NULL;
    memcpy(u->data.any, PyUnicode_DATA(value), (size_t)n * (size_t)kind);
    unicode_init(self, n, kind, PyUnicode_IS_ASCII(value), 0);
    if (PyUnicode_IS_ASCII(value)) {
        u->_base.utf8 = u->data.any;
        u->_base.utf8_length = n;
    }
    return self;
}

static PyObject *
unicode_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"object", "encoding", "errors", NULL};
    PyObject *object = NULL, *e[2] = {NULL, NULL}, *value;
    const char *encoding = NULL, *errors = NULL;
    if (type == &PyUnicode_Type && kwargs == NULL && PyTuple_GET_SIZE(args) == 1)
        return PyObject_Str(PyTuple_GET_ITEM(args, 0));
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OOO:str", names, &object, &e[0], &e[1]) ||
        (e[0] != NULL && (encoding = textargs_utf8("str", "encoding", e[0])) == NULL) ||
        (e[1] != NULL && (errors = textargs_utf8("str", "errors", e[1])) == NULL))
        return NULL;
    if (object == NULL)
        value = unicode_empty();
    else if (encoding == NULL && errors == NULL)
        value = PyObject_Str(object);
    else
        value = PyUnicode_FromEncodedObject(object, encoding, errors);
    if (value == NULL || type == &PyUnicode_Type)
        return value;
    return subtype_new(type, value);
}

static PyObject *
unicode_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    PyObject *tuple, *kwargs = NULL;
    if (n == 1 && kwnames == NULL)
        return PyObject_Str(args[0]);
    if (n == 0 && kwnames == NULL)
        return unicode_empty();
    tuple = PyTuple_New(n);
    if (tuple == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++)
        PyTuple_SET_ITEM(tuple, i, args[i]);
    if (kwnames != NULL) {
        if ((kwargs = PyDict_New()) == NULL)
            return NULL;
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(kwnames); i++)
            if (PyDict_SetItem(kwargs, PyTuple_GET_ITEM(kwnames, i), args[n + i]) < 0)
                return NULL;
    }
    return unicode_new((PyTypeObject *)type, tuple, kwargs);
}

static PySequenceMethods unicode_as_sequence = {
    .sq_length = unicode_length,
    .sq_concat = PyUnicode_Concat,
    .sq_repeat = unicode_repeat,
    .sq_item = unicode_item,
    .sq_contains = PyUnicode_Contains,
};
static PyMappingMethods unicode_as_mapping = {
    .mp_length = unicode_length,
    .mp_subscript = unicode_subscript,
};
static PyObject *
unicode_remainder(PyObject *format, PyObject *args)
{
    if (!PyUnicode_Check(format))
        Py_RETURN_NOTIMPLEMENTED;
    return PyUnicode_Format(format, args);
}
static PyNumberMethods unicode_as_number = {.nb_remainder = unicode_remainder};

PyTypeObject PyUnicode_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "str",
    .tp_basicsize = sizeof(PyUnicodeObject),
    .tp_repr = unicode_repr,
    .tp_as_number = &unicode_as_number,
    .tp_as_sequence = &unicode_as_sequence,
    .tp_as_mapping = &unicode_as_mapping,
    .tp_hash = unicode_hash,
    .tp_str = unicode_str,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_UNICODE_SUBCLASS | _Py_TPFLAGS_MATCH_SELF,
    .tp_doc = "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\n"
              "Text made of an object's __str__ (or repr), or of the bytes of a buffer decoded.\n"
              "encoding defaults to 'utf-8', errors to 'strict'.",
    .tp_richcompare = PyUnicode_RichCompare,
    .tp_iter = unicode_iter,
    .tp_methods = unicode_methods,
    .tp_new = unicode_new,
    .tp_vectorcall = unicode_vectorcall,
    .gcrt_trace = unicode_trace,
};
