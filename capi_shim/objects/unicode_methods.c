/* unicode_methods.c: the method table of str; what is more than a few lines lives in other files. */
#include "runtime.h"

#include "textargs.h"
#include "ucd.h"
#include "unicode.h"

/* ------------------------------------------------------------------ searching */

static int
require_argument(const char *name, PyObject *arg)
{
    if (PyUnicode_Check(arg))
        return 0;
    _PyArg_BadArgument(name, "argument", "str", arg);
    return -1;
}

/* -1 absent, -2 exception */
static Py_ssize_t
find_in(PyObject *self, const char *name, PyObject *const *args, Py_ssize_t n, int direction)
{
    PyObject *sub;
    Py_ssize_t start, end;
    if (textargs_find(name, args, n, &sub, &start, &end) < 0)
        return -2;
    if (!PyUnicode_Check(sub)) {
        PyErr_Format(PyExc_TypeError, "must be str, not %.100s", Py_TYPE(sub)->tp_name);
        return -2;
    }
    return unicode_find(self, sub, start, end, direction);
}

#define DEFINE_FIND(NAME, DIRECTION)                                                                    \
    static PyObject *NAME(PyObject *self, PyObject *const *args, Py_ssize_t n)                          \
    {                                                                                                   \
        Py_ssize_t at = find_in(self, #NAME, args, n, DIRECTION);                                       \
        return at == -2 ? NULL : gcrt_int(at);                                                          \
    }
DEFINE_FIND(find, 1)
DEFINE_FIND(rfind, -1)

static PyObject *
index_of(PyObject *self, const char *name, PyObject *const *args, Py_ssize_t n, int direction)
{
    Py_ssize_t at = find_in(self, name, args, n, direction);
    if (at == -1)
        PyErr_SetString(PyExc_ValueError, "substring not found");
    return at < 0 ? NULL : gcrt_int(at);
}

static PyObject *
method_index(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    return index_of(self, "index", args, n, 1);
}

static PyObject *
method_rindex(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    return index_of(self, "rindex", args, n, -1);
}

static PyObject *
count(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    PyObject *sub;
    Py_ssize_t start, end, result;
    if (textargs_find("count", args, n, &sub, &start, &end) < 0 || !unicode_require(sub))
        return NULL;
    result = unicode_count(self, sub, start, end);
    return result < 0 ? NULL : gcrt_int(result);
}

static PyObject *
tailmatch(PyObject *self, const char *name, PyObject *const *args, Py_ssize_t n, int at_end)
{
    PyObject *part;
    Py_ssize_t start, end;
    if (textargs_find(name, args, n, &part, &start, &end) < 0)
        return NULL;
    if (PyUnicode_Check(part))
        return PyBool_FromLong(unicode_tailmatch(self, part, start, end, at_end));
    if (!PyTuple_Check(part)) {
        PyErr_Format(PyExc_TypeError, "%s first arg must be str or a tuple of str, not %.100s", name,
                     Py_TYPE(part)->tp_name);
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(part); i++) {
        PyObject *item = PyTuple_GET_ITEM(part, i);
        if (!PyUnicode_Check(item)) {
            PyErr_Format(PyExc_TypeError, "tuple for %s must only contain str, not %.100s", name,
                         Py_TYPE(item)->tp_name);
            return NULL;
        }
        if (unicode_tailmatch(self, item, start, end, at_end))
            Py_RETURN_TRUE;
    }
    Py_RETURN_FALSE;
}

static PyObject *
startswith(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    return tailmatch(self, "startswith", args, n, 0);
}

static PyObject *
endswith(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    return tailmatch(self, "endswith", args, n, 1);
}

static PyObject *
replace(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Py_ssize_t max = -1;
    if (!_PyArg_CheckPositional("replace", n, 2, 3))
        return NULL;
    for (int i = 0; i < 2; i++) {
        if (!PyUnicode_Check(args[i])) {
            _PyArg_BadArgument("replace", i ? "argument 2" : "argument 1", "str", args[i]);
            return NULL;
        }
    }
    if (n > 2 && textargs_ssize(args[2], &max) < 0)
        return NULL;
    return unicode_replace(self, args[0], args[1], max);
}

static PyObject *
removeprefix(PyObject *self, PyObject *arg)
{
    if (require_argument("removeprefix", arg) < 0)
        return NULL;
    if (!unicode_tailmatch(self, arg, 0, PY_SSIZE_T_MAX, 0))
        return unicode_exact(self);
    return unicode_slice(self, PyUnicode_GET_LENGTH(arg), PyUnicode_GET_LENGTH(self));
}

static PyObject *
removesuffix(PyObject *self, PyObject *arg)
{
    if (require_argument("removesuffix", arg) < 0)
        return NULL;
    if (!unicode_tailmatch(self, arg, 0, PY_SSIZE_T_MAX, 1))
        return unicode_exact(self);
    return unicode_slice(self, 0, PyUnicode_GET_LENGTH(self) - PyUnicode_GET_LENGTH(arg));
}

/* ------------------------------------------------------------------ splitting and joining */

static PyObject *
split_with(const char *name, PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames,
           PyObject *(*split)(PyObject *, PyObject *, Py_ssize_t))
{
    static const char *const names[] = {"sep", "maxsplit"};
    PyObject *given[2];
    Py_ssize_t max = -1;
    if (textargs_keywords(name, args, n, kwnames, names, 0, 2, given) < 0 ||
        (given[1] != NULL && textargs_ssize(given[1], &max) < 0))
        return NULL;
    if (given[0] == NULL || given[0] == Py_None)
        return split(self, NULL, max);
    if (!PyUnicode_Check(given[0])) {
        PyErr_Format(PyExc_TypeError, "must be str or None, not %.100s", Py_TYPE(given[0])->tp_name);
        return NULL;
    }
    return split(self, given[0], max);
}

static PyObject *
split(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    return split_with("split", self, args, n, kwnames, PyUnicode_Split);
}

static PyObject *
rsplit(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    return split_with("rsplit", self, args, n, kwnames, PyUnicode_RSplit);
}

static PyObject *
splitlines(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    static const char *const names[] = {"keepends"};
    PyObject *given[1];
    int keep = 0;
    if (textargs_keywords("splitlines", args, n, kwnames, names, 0, 1, given) < 0 ||
        (given[0] != NULL && (keep = PyObject_IsTrue(given[0])) < 0))
        return NULL;
    return PyUnicode_Splitlines(self, keep);
}

static PyObject *
strip_with(const char *name, PyObject *self, PyObject *const *args, Py_ssize_t n, int sides)
{
    if (!_PyArg_CheckPositional(name, n, 0, 1))
        return NULL;
    if (n == 0 || args[0] == Py_None)
        return unicode_strip(self, NULL, sides);
    if (!PyUnicode_Check(args[0])) {
        PyErr_Format(PyExc_TypeError, "%s arg must be None or str", name);
        return NULL;
    }
    return unicode_strip(self, args[0], sides);
}

static PyObject *
strip(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    return strip_with("strip", self, args, n, UNICODE_STRIP_BOTH);
}

static PyObject *
lstrip(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    return strip_with("lstrip", self, args, n, UNICODE_STRIP_LEFT);
}

static PyObject *
rstrip(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    return strip_with("rstrip", self, args, n, UNICODE_STRIP_RIGHT);
}

/* ------------------------------------------------------------------ case and classes of characters */

#define DEFINE_CASE(NAME, OP)                                                                           \
    static PyObject *NAME(PyObject *self, PyObject *Py_UNUSED(unused))                                  \
    {                                                                                                   \
        return unicode_case(self, OP);                                                                  \
    }
DEFINE_CASE(lower, UNICODE_LOWER)
DEFINE_CASE(upper, UNICODE_UPPER)
DEFINE_CASE(title, UNICODE_TITLE)
DEFINE_CASE(swapcase, UNICODE_SWAPCASE)
DEFINE_CASE(capitalize, UNICODE_CAPITALIZE)
DEFINE_CASE(casefold, UNICODE_CASEFOLD)

static PyObject *
all_are(PyObject *self, unsigned flags, bool when_empty)
{
    unicode_text t = unicode_text_of(self);
    for (Py_ssize_t i = 0; i < t.length; i++)
        if (!ucd_is(unicode_at(&t, i), flags))
            Py_RETURN_FALSE;
    return PyBool_FromLong(t.length > 0 || when_empty);
}

#define DEFINE_ALL(NAME, FLAGS, WHEN_EMPTY)                                                             \
    static PyObject *NAME(PyObject *self, PyObject *Py_UNUSED(unused))                                  \
    {                                                                                                   \
        return all_are(self, FLAGS, WHEN_EMPTY);                                                        \
    }
DEFINE_ALL(method_isalpha, UCD_ALPHA, false)
DEFINE_ALL(method_isalnum, UCD_ALNUM, false)
DEFINE_ALL(isdecimal, UCD_DECIMAL, false)
DEFINE_ALL(method_isdigit, UCD_DIGIT, false)
DEFINE_ALL(isnumeric, UCD_NUMERIC, false)
DEFINE_ALL(method_isspace, UCD_SPACE, false)
DEFINE_ALL(isprintable, UCD_PRINTABLE, true)

static PyObject *
has_only_case(PyObject *self, unsigned wanted, unsigned refused)
{
    unicode_text t = unicode_text_of(self);
    bool cased = false;
    for (Py_ssize_t i = 0; i < t.length; i++) {
        unsigned flags = ucd_get(unicode_at(&t, i))->flags;
        if (flags & refused)
            Py_RETURN_FALSE;
        cased |= (flags & wanted) != 0;
    }
    return PyBool_FromLong(cased);
}

static PyObject *
method_islower(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return has_only_case(self, UCD_LOWER, UCD_UPPER | UCD_TITLE);
}

static PyObject *
method_isupper(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return has_only_case(self, UCD_UPPER, UCD_LOWER | UCD_TITLE);
}

static PyObject *
istitle(PyObject *self, PyObject *Py_UNUSED(unused))
{
    unicode_text t = unicode_text_of(self);
    bool cased = false, in_word = false;
    for (Py_ssize_t i = 0; i < t.length; i++) {
        unsigned flags = ucd_get(unicode_at(&t, i))->flags;
        if (flags & (in_word ? UCD_UPPER | UCD_TITLE : UCD_LOWER))
            Py_RETURN_FALSE;
        in_word = (flags & (UCD_UPPER | UCD_TITLE | UCD_LOWER)) != 0;
        cased |= in_word;
    }
    return PyBool_FromLong(cased);
}

static PyObject *
method_isascii(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return PyBool_FromLong(PyUnicode_IS_ASCII(self));
}

int
PyUnicode_IsIdentifier(PyObject *self)
{
    unicode_text t = unicode_text_of(self);
    if (t.length == 0)
        return 0;
    for (Py_ssize_t i = 0; i < t.length; i++) {
        Py_UCS4 ch = unicode_at(&t, i);
        if (ch != '_' && !ucd_is(ch, i == 0 ? UCD_XID_START : UCD_XID_CONTINUE))
            return 0;
    }
    return 1;
}

static PyObject *
isidentifier(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return PyBool_FromLong(PyUnicode_IsIdentifier(self));
}

/* ------------------------------------------------------------------ padding */

static PyObject *
padded(PyObject *self, Py_ssize_t left, Py_ssize_t right, Py_UCS4 fill)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(self);
    PyObject *s;
    left = Py_MAX(left, 0);
    right = Py_MAX(right, 0);
    if (left == 0 && right == 0)
        return unicode_exact(self);
    if (left > PY_SSIZE_T_MAX - n || right > PY_SSIZE_T_MAX - n - left) {
        PyErr_SetString(PyExc_OverflowError, "padded string is too long");
        return NULL;
    }
    s = PyUnicode_New(left + n + right, Py_MAX(PyUnicode_MAX_CHAR_VALUE(self), fill));
    if (s == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < left; i++)
        PyUnicode_WRITE(PyUnicode_KIND(s), PyUnicode_DATA(s), i, fill);
    for (Py_ssize_t i = 0; i < right; i++)
        PyUnicode_WRITE(PyUnicode_KIND(s), PyUnicode_DATA(s), left + n + i, fill);
    _PyUnicode_FastCopyCharacters(s, left, self, 0, n);
    return s;
}

static int
pad_args(const char *name, PyObject *const *args, Py_ssize_t n, Py_ssize_t *width, Py_UCS4 *fill)
{
    *fill = ' ';
    if (!_PyArg_CheckPositional(name, n, 1, 2) || textargs_ssize(args[0], width) < 0)
        return -1;
    if (n == 1)
        return 0;
    if (!PyUnicode_Check(args[1])) {
        PyErr_Format(PyExc_TypeError, "The fill character must be a unicode character, not %.100s",
                     Py_TYPE(args[1])->tp_name);
        return -1;
    }
    if (PyUnicode_GET_LENGTH(args[1]) != 1) {
        PyErr_SetString(PyExc_TypeError, "The fill character must be exactly one character long");
        return -1;
    }
    *fill = PyUnicode_READ_CHAR(args[1], 0);
    return 0;
}

static PyObject *
ljust(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Py_ssize_t width;
    Py_UCS4 fill;
    if (pad_args("ljust", args, n, &width, &fill) < 0)
        return NULL;
    return padded(self, 0, width - PyUnicode_GET_LENGTH(self), fill);
}

static PyObject *
rjust(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Py_ssize_t width;
    Py_UCS4 fill;
    if (pad_args("rjust", args, n, &width, &fill) < 0)
        return NULL;
    return padded(self, width - PyUnicode_GET_LENGTH(self), 0, fill);
}

static PyObject *
center(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Py_ssize_t width, pad, left;
    Py_UCS4 fill;
    if (pad_args("center", args, n, &width, &fill) < 0)
        return NULL;
    pad = Py_MAX(width - PyUnicode_GET_LENGTH(self), 0);
    left = pad / 2 + (pad & width & 1);
    return padded(self, left, pad - left, fill);
}

static PyObject *
zfill(PyObject *self, PyObject *arg)
{
    Py_ssize_t width, pad;
    Py_UCS4 sign;
    PyObject *s;
    if (textargs_ssize(arg, &width) < 0)
        return NULL;
    pad = width - PyUnicode_GET_LENGTH(self);
    s = padded(self, pad, 0, '0');
    if (s == NULL || pad <= 0 || PyUnicode_GET_LENGTH(self) == 0)
        return s;
    sign = PyUnicode_READ_CHAR(self, 0);
    if (sign == '+' || sign == '-') {
        PyUnicode_WRITE(PyUnicode_KIND(s), PyUnicode_DATA(s), 0, sign);
        PyUnicode_WRITE(PyUnicode_KIND(s), PyUnicode_DATA(s), pad, '0');
    }
    return s;
}

/* How far the text goes with its tabs expanded; with out, also write it.  -1 with OverflowError. */
static Py_ssize_t
expand(const unicode_text *t, Py_ssize_t size, PyObject *out)
{
    Py_ssize_t column = 0, total = 0;
    for (Py_ssize_t i = 0; i < t->length; i++) {
        Py_UCS4 ch = unicode_at(t, i);
        Py_ssize_t width = ch == '\t' ? (size > 0 ? size - column % size : 0) : 1;
        if (total > PY_SSIZE_T_MAX - width) {
            PyErr_SetString(PyExc_OverflowError, "new string is too long");
            return -1;
        }
        for (Py_ssize_t k = 0; out != NULL && k < width; k++)
            PyUnicode_WRITE(PyUnicode_KIND(out), PyUnicode_DATA(out), total + k, ch == '\t' ? ' ' : ch);
        total += width;
        column = ch == '\n' || ch == '\r' ? 0 : column + width;
    }
    return total;
}

static PyObject *
expandtabs(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    static const char *const names[] = {"tabsize"};
    unicode_text t = unicode_text_of(self);
    PyObject *given[1], *s;
    Py_ssize_t total;
    int size = 8;
    if (textargs_keywords("expandtabs", args, n, kwnames, names, 0, 1, given) < 0)
        return NULL;
    if (given[0] != NULL && (size = _PyLong_AsInt(given[0])) == -1 && PyErr_Occurred())
        return NULL;
    if (unicode_find_char(t.kind, t.data, t.length, '\t', 1) < 0)
        return unicode_exact(self);
    total = expand(&t, size, NULL);
    if (total < 0 || (s = PyUnicode_New(total, PyUnicode_MAX_CHAR_VALUE(self))) == NULL)
        return NULL;
    if (total > 0)
        expand(&t, size, s);
    return s;
}

/* ------------------------------------------------------------------ conversions */

static PyObject *
encode(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    static const char *const names[] = {"encoding", "errors"};
    PyObject *given[2];
    const char *encoding = NULL, *errors = NULL;
    if (textargs_keywords("encode", args, n, kwnames, names, 0, 2, given) < 0 ||
        (given[0] != NULL && (encoding = textargs_utf8("encode", "encoding", given[0])) == NULL) ||
        (given[1] != NULL && (errors = textargs_utf8("encode", "errors", given[1])) == NULL))
        return NULL;
    return PyUnicode_AsEncodedString(self, encoding, errors);
}

static PyObject *
translate(PyObject *self, PyObject *table)
{
    return unicode_translate(self, table, "ignore");
}

static PyObject *
maketrans_dict(PyObject *from)
{
    PyObject *result, *key, *value;
    Py_ssize_t pos = 0;
    if (!PyDict_CheckExact(from)) {
        PyErr_SetString(PyExc_TypeError, "if you give only one argument to maketrans it must be a dict");
        return NULL;
    }
    if ((result = PyDict_New()) == NULL)
        return NULL;
    while (PyDict_Next(from, &pos, &key, &value)) {
        if (PyUnicode_Check(key)) {
            if (PyUnicode_GET_LENGTH(key) != 1) {
                PyErr_SetString(PyExc_ValueError, "string keys in translate table must be of length 1");
                return NULL;
            }
            key = gcrt_int(PyUnicode_READ_CHAR(key, 0));
        } else if (!PyLong_Check(key)) {
            PyErr_SetString(PyExc_TypeError, "keys in translate table must be strings or integers");
            return NULL;
        }
        if (PyDict_SetItem(result, key, value) < 0)
            return NULL;
    }
    return result;
}

static PyObject *
maketrans(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t n)
{
    static const char *const places[] = {"argument 1", "argument 2", "argument 3"};
    PyObject *result;
    if (!_PyArg_CheckPositional("maketrans", n, 1, 3))
        return NULL;
    if (n == 1)
        return maketrans_dict(args[0]);
    for (Py_ssize_t i = 1; i < n; i++) {
        if (!PyUnicode_Check(args[i])) {
            _PyArg_BadArgument("maketrans", places[i], "str", args[i]);
            return NULL;
        }
    }
    if (!PyUnicode_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "first maketrans argument must be a string if there is a second argument");
        return NULL;
    }
    if (PyUnicode_GET_LENGTH(args[0]) != PyUnicode_GET_LENGTH(args[1])) {
        PyErr_SetString(PyExc_ValueError, "the first two maketrans arguments must have equal length");
        return NULL;
    }
    if ((result = PyDict_New()) == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(args[0]); i++)
        if (PyDict_SetItem(result, gcrt_int(PyUnicode_READ_CHAR(args[0], i)),
                           gcrt_int(PyUnicode_READ_CHAR(args[1], i))) < 0)
            return NULL;
    for (Py_ssize_t i = 0; n == 3 && i < PyUnicode_GET_LENGTH(args[2]); i++)
        if (PyDict_SetItem(result, gcrt_int(PyUnicode_READ_CHAR(args[2], i)), Py_None) < 0)
            return NULL;
    return result;
}

static PyObject *
dunder_format(PyObject *self, PyObject *spec)
{
    if (!PyUnicode_Check(spec)) {
        _PyArg_BadArgument("__format__", "argument", "str", spec);
        return NULL;
    }
    return unicode_format_spec(self, spec);
}

static PyObject *
getnewargs(PyObject *self, PyObject *Py_UNUSED(unused))
{
    PyObject *copy = _PyUnicode_Copy(self);
    return copy == NULL ? NULL : PyTuple_Pack(1, copy);
}

static PyObject *
sizeof_(PyObject *self, PyObject *Py_UNUSED(unused))
{
    Py_ssize_t text = (PyUnicode_GET_LENGTH(self) + 1) * PyUnicode_KIND(self), size;
    if (!PyUnicode_IS_COMPACT(self))
        size = Py_TYPE(self)->tp_basicsize + text;
    else
        size = text + (Py_ssize_t)(PyUnicode_IS_ASCII(self) ? sizeof(PyASCIIObject) : sizeof(PyCompactUnicodeObject));
    return gcrt_int(size);
}

#define FAST(name, function) {name, _PyCFunction_CAST(function), METH_FASTCALL, NULL}
#define FASTKEY(name, function) {name, _PyCFunction_CAST(function), METH_FASTCALL | METH_KEYWORDS, NULL}
#define NOARGS(name, function) {name, function, METH_NOARGS, NULL}
#define ONE(name, function) {name, function, METH_O, NULL}
PyMethodDef unicode_methods[] = {
    FASTKEY("encode", encode),
    FAST("replace", replace),
    FASTKEY("split", split),
    FASTKEY("rsplit", rsplit),
    ONE("join", PyUnicode_Join),
    NOARGS("capitalize", capitalize),
    NOARGS("casefold", casefold),
    NOARGS("title", title),
    FAST("center", center),
    FAST("count", count),
    FASTKEY("expandtabs", expandtabs),
    FAST("find", find),
    ONE("partition", PyUnicode_Partition),
    FAST("index", method_index),
    FAST("ljust", ljust),
    NOARGS("lower", lower),
    FAST("lstrip", lstrip),
    FAST("rfind", rfind),
    FAST("rindex", method_rindex),
    FAST("rjust", rjust),
    FAST("rstrip", rstrip),
    ONE("rpartition", PyUnicode_RPartition),
    FASTKEY("splitlines", splitlines),
    FAST("strip", strip),
    NOARGS("swapcase", swapcase),
    ONE("translate", translate),
    NOARGS("upper", upper),
    FAST("startswith", startswith),
    FAST("endswith", endswith),
    ONE("removeprefix", removeprefix),
    ONE("removesuffix", removesuffix),
    NOARGS("isascii", method_isascii),
    NOARGS("islower", method_islower),
    NOARGS("isupper", method_isupper),
    NOARGS("istitle", istitle),
    NOARGS("isspace", method_isspace),
    NOARGS("isdecimal", isdecimal),
    NOARGS("isdigit", method_isdigit),
    NOARGS("isnumeric", isnumeric),
    NOARGS("isalpha", method_isalpha),
    NOARGS("isalnum", method_isalnum),
    NOARGS("isidentifier", isidentifier),
    NOARGS("isprintable", isprintable),
    ONE("zfill", zfill),
    {"format", _PyCFunction_CAST(unicode_str_format), METH_VARARGS | METH_KEYWORDS, NULL},
    ONE("format_map", unicode_format_map),
    ONE("__format__", dunder_format),
    {"maketrans", _PyCFunction_CAST(maketrans), METH_FASTCALL | METH_STATIC, NULL},
    NOARGS("__getnewargs__", getnewargs),
    NOARGS("__sizeof__", sizeof_),
    {NULL, NULL, 0, NULL},
};
