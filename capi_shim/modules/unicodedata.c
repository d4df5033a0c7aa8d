/* unicodedata.c: the module unicodedata: properties, names and normalization (Unicode Standard Annex 15).  The old
 * database is left out: ucd_3_2_0 answers from the new one. */
#include "runtime.h"

#include "ucd.h"
#include "ucd_names.h"
#include "unicode.h"

typedef struct ucd_property {
    const char *category, *bidirectional, *width;
    uint8_t combining, mirrored;
} ucd_property;
typedef struct ucd_pair {
    uint32_t first, second, composed;
} ucd_pair;
#include "ucd_properties.h"

enum { HANGUL_S = 0xac00, HANGUL_L = 0x1100, HANGUL_V = 0x1161, HANGUL_T = 0x11a7 };
enum { HANGUL_N_V = 21, HANGUL_N_T = 28, HANGUL_N_S = 11172, HANGUL_N_L = 19 };

static const ucd_property *
property(Py_UCS4 ch)
{
    return &ucd_properties[ucd_property_second[((unsigned)ucd_property_first[ch >> 7] << 7) + (ch & 127)]];
}

/* {count, kind, characters...}; the kind is a place in ucd_decomposition_kinds, 0 for a canonical mapping */
static const uint32_t *
decomposition_of(Py_UCS4 ch)
{
    unsigned place = ucd_decomposition_second[((unsigned)ucd_decomposition_first[ch >> 7] << 7) + (ch & 127)];
    return ucd_decomposition_data + ucd_decomposition_start[place];
}

/* ------------------------------------------------------------------ normalization */

typedef struct buffer {
    Py_UCS4 *chars;                  /* leaf block */
    Py_ssize_t n, room;
} buffer;

static int
push(buffer *b, Py_UCS4 ch)
{
    if (b->n == b->room) {
        Py_ssize_t room = b->room * 2 + 32;
        Py_UCS4 *more = gcrt_alloc_leaf((size_t)room * sizeof *more);
        if (more == NULL)
            return -1;
        memcpy(more, b->chars, (size_t)b->n * sizeof *more);
        b->chars = more;
        b->room = room;
    }
    b->chars[b->n++] = ch;
    return 0;
}

static int
decompose(buffer *b, Py_UCS4 ch, bool compat)
{
    const uint32_t *d;
    if (ch >= HANGUL_S && ch < HANGUL_S + HANGUL_N_S) {
        unsigned s = ch - HANGUL_S;
        if (push(b, HANGUL_L + s / (HANGUL_N_V * HANGUL_N_T)) < 0 ||
            push(b, HANGUL_V + s % (HANGUL_N_V * HANGUL_N_T) / HANGUL_N_T) < 0)
            return -1;
        return s % HANGUL_N_T ? push(b, HANGUL_T + s % HANGUL_N_T) : 0;
    }
    d = decomposition_of(ch);
    if (d[0] == 0 || (d[1] && !compat))
        return push(b, ch);
    for (uint32_t i = 0; i < d[0]; i++)
        if (decompose(b, d[2 + i], compat) < 0)
            return -1;
    return 0;
}

/* Stable sort of each run of combining characters by their class. */
static void
reorder(buffer *b)
{
    for (Py_ssize_t i = 1; i < b->n; i++) {
        Py_UCS4 ch = b->chars[i];
        int class = property(ch)->combining;
        Py_ssize_t k = i;
        if (class == 0)
            continue;
        while (k > 0 && property(b->chars[k - 1])->combining > class) {
            b->chars[k] = b->chars[k - 1];
            k--;
        }
        b->chars[k] = ch;
    }
}

/* The character that two compose to, or 0. */
static Py_UCS4
composed(Py_UCS4 a, Py_UCS4 c)
{
    size_t low = 0, high = Py_ARRAY_LENGTH(ucd_pairs);
    if (a >= HANGUL_L && a < HANGUL_L + HANGUL_N_L && c >= HANGUL_V && c < HANGUL_V + HANGUL_N_V)
        return HANGUL_S + ((a - HANGUL_L) * HANGUL_N_V + (c - HANGUL_V)) * HANGUL_N_T;
    if (a >= HANGUL_S && a < HANGUL_S + HANGUL_N_S && (a - HANGUL_S) % HANGUL_N_T == 0 && c > HANGUL_T &&
        c < HANGUL_T + HANGUL_N_T)
        return a + c - HANGUL_T;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const ucd_pair *p = &ucd_pairs[middle];
        if (p->first == a && p->second == c)
            return p->composed;
        if (p->first < a || (p->first == a && p->second < c))
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

static void
compose(buffer *b)
{
    Py_ssize_t starter = -1, out = 0;
    int last = -1;                   /* class of the last character kept behind the starter; -1: none */
    for (Py_ssize_t i = 0; i < b->n; i++) {
        Py_UCS4 ch = b->chars[i], both = 0;
        int class = property(ch)->combining;
        if (starter >= 0 && last < class)
            both = composed(b->chars[starter], ch);
        if (both) {
            b->chars[starter] = both;
            continue;
        }
        if (class == 0) {
            starter = out;
            last = -1;
        } else {
            last = class;
        }
        b->chars[out++] = ch;
    }
    b->n = out;
}

static PyObject *
normalized(PyObject *text, bool compat, bool composing)
{
    unicode_text t = unicode_text_of(text);
    buffer b = {0};
    if (PyUnicode_IS_ASCII(text))
        return unicode_exact(text);
    b.room = t.length + 16;
    b.chars = gcrt_alloc_leaf((size_t)b.room * sizeof *b.chars);
    if (b.chars == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < t.length; i++)
        if (decompose(&b, unicode_at(&t, i), compat) < 0)
            return NULL;
    reorder(&b);
    if (composing)
        compose(&b);
    return PyUnicode_FromKindAndData(4, b.chars, b.n);
}

static PyObject *
by_form(PyObject *form, PyObject *text)
{
    static const char *const forms[] = {"NFD", "NFC", "NFKD", "NFKC"};
    for (int i = 0; i < 4; i++)
        if (_PyUnicode_EqualToASCIIString(form, forms[i]))
            return normalized(text, i >= 2, i & 1);
    PyErr_SetString(PyExc_ValueError, "invalid normalization form");
    return NULL;
}

static PyObject *
normalize(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *form, *text;
    return PyArg_ParseTuple(args, "UU:normalize", &form, &text) ? by_form(form, text) : NULL;
}

static PyObject *
is_normalized(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *form, *text, *other;
    if (!PyArg_ParseTuple(args, "UU:is_normalized", &form, &text) || (other = by_form(form, text)) == NULL)
        return NULL;
    return PyBool_FromLong(unicode_equal(text, other));
}

/* ------------------------------------------------------------------ properties */

static int
read_char(PyObject *args, const char *name, Py_UCS4 *ch, PyObject **fallback)
{
    char format[32];
    int c;
    snprintf(format, sizeof format, fallback == NULL ? "C:%s" : "C|O:%s", name);
    if (!PyArg_ParseTuple(args, format, &c, fallback))
        return -1;
    *ch = (Py_UCS4)c;
    return 0;
}

#define DEFINE_STRING(NAME)                                                                             \
    static PyObject *NAME(PyObject *Py_UNUSED(module), PyObject *args)                                  \
    {                                                                                                   \
        Py_UCS4 ch;                                                                                     \
        if (read_char(args, #NAME, &ch, NULL) < 0)                                                      \
            return NULL;                                                                                \
        return PyUnicode_InternFromString(property(ch)->NAME);                                          \
    }
DEFINE_STRING(category)
DEFINE_STRING(bidirectional)

static PyObject *
east_asian_width(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_UCS4 ch;
    return read_char(args, "east_asian_width", &ch, NULL) < 0 ? NULL : PyUnicode_InternFromString(property(ch)->width);
}

static PyObject *
combining(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_UCS4 ch;
    return read_char(args, "combining", &ch, NULL) < 0 ? NULL : gcrt_int(property(ch)->combining);
}

static PyObject *
mirrored(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_UCS4 ch;
    return read_char(args, "mirrored", &ch, NULL) < 0 ? NULL : gcrt_int(property(ch)->mirrored);
}

static PyObject *
missing(PyObject *fallback, const char *message)
{
    if (fallback == NULL)
        PyErr_SetString(PyExc_ValueError, message);
    return fallback;
}

static PyObject *
decimal(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *fallback = NULL;
    Py_UCS4 ch;
    if (read_char(args, "decimal", &ch, &fallback) < 0)
        return NULL;
    return ucd_get(ch)->decimal < 0 ? missing(fallback, "not a decimal") : gcrt_int(ucd_get(ch)->decimal);
}

static PyObject *
digit_(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *fallback = NULL;
    Py_UCS4 ch;
    if (read_char(args, "digit", &ch, &fallback) < 0)
        return NULL;
    return ucd_get(ch)->digit < 0 ? missing(fallback, "not a digit") : gcrt_int(ucd_get(ch)->digit);
}

static PyObject *
numeric(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *fallback = NULL;
    Py_UCS4 ch;
    if (read_char(args, "numeric", &ch, &fallback) < 0)
        return NULL;
    if (!ucd_is(ch, UCD_NUMERIC | UCD_DIGIT))
        return missing(fallback, "not a numeric character");
    return PyFloat_FromDouble(_PyUnicode_ToNumeric(ch));
}

static PyObject *
decomposition(PyObject *Py_UNUSED(module), PyObject *args)
{
    char text[256];                  /* the longest has 18 characters */
    const uint32_t *d;
    int n = 0;
    Py_UCS4 ch;
    if (read_char(args, "decomposition", &ch, NULL) < 0)
        return NULL;
    d = decomposition_of(ch);
    if (d[1])
        n = snprintf(text, sizeof text, "%s", ucd_decomposition_kinds[d[1]]);
    for (uint32_t i = 0; i < d[0]; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, n ? " %04X" : "%04X", (unsigned)d[2 + i]);
    return PyUnicode_FromStringAndSize(text, n);
}

/* ------------------------------------------------------------------ names */

static PyObject *
name(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *fallback = NULL;
    char text[UCD_NAME_ROOM];
    size_t n;
    Py_UCS4 ch;
    if (read_char(args, "name", &ch, &fallback) < 0)
        return NULL;
    n = ucd_name(ch, text);
    return n == 0 ? missing(fallback, "no such name") : unicode_from_ascii(text, (Py_ssize_t)n);
}

static PyObject *
lookup(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_UCS4 found[UCD_SEQUENCE_ROOM];
    const char *text;
    Py_ssize_t n;
    size_t count;
    if (!PyArg_ParseTuple(args, "s#:lookup", &text, &n))
        return NULL;
    if ((count = ucd_find(text, (size_t)n, found)) == 0) {
        if (n > UCD_NAME_ROOM)
            PyErr_SetString(PyExc_KeyError, "name too long");
        else
            PyErr_Format(PyExc_KeyError, "undefined character name '%s'", text);
        return NULL;
    }
    return PyUnicode_FromKindAndData(4, found, (Py_ssize_t)count);
}

static PyMethodDef methods[] = {
    {"normalize", normalize, METH_VARARGS, NULL},
    {"is_normalized", is_normalized, METH_VARARGS, NULL},
    {"category", category, METH_VARARGS, NULL},
    {"bidirectional", bidirectional, METH_VARARGS, NULL},
    {"east_asian_width", east_asian_width, METH_VARARGS, NULL},
    {"combining", combining, METH_VARARGS, NULL},
    {"mirrored", mirrored, METH_VARARGS, NULL},
    {"decimal", decimal, METH_VARARGS, NULL},
    {"digit", digit_, METH_VARARGS, NULL},
    {"numeric", numeric, METH_VARARGS, NULL},
    {"decomposition", decomposition, METH_VARARGS, NULL},
    {"name", name, METH_VARARGS, NULL},
    {"lookup", lookup, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "unicodedata",
    .m_doc = "properties and names of characters, and normalization of text",
    .m_methods = methods,
};

static PyModuleDef old_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "unicodedata.ucd_3_2_0",
    .m_methods = methods,
};

static PyObject *
old_database(void)
{
    PyObject *module = PyModule_Create(&old_definition);
    if (module == NULL || PyModule_AddStringConstant(module, "unidata_version", "3.2.0") < 0)
        return NULL;
    return module;
}

PyObject *PyInit_unicodedata(void);
PyObject *
PyInit_unicodedata(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL || PyModule_AddStringConstant(module, "unidata_version", UCD_VERSION) < 0 ||
        PyModule_AddObjectRef(module, "ucd_3_2_0", old_database()) < 0)
        return NULL;
    return module;
}
