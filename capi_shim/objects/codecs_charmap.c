/* codecs_charmap.c: codecs by mapping, and str.translate. */
#include "runtime.h"

#include "codecs.h"
#include "unicode.h"

/* ------------------------------------------------------------------ encoding maps
 *
 * charmap_build's answer for a decoding table of up to 256 characters of the BMP: a sorted table of
 * (character, byte). */

typedef struct {
    PyObject_HEAD
    Py_ssize_t count;
    struct {
        Py_UCS4 ch;
        Py_UCS4 byte;
    } pairs[256];
} encoding_map;

PyTypeObject codecs_encoding_map_type;

static int
compare_pairs(const void *a, const void *b)
{
    Py_UCS4 x = *(const Py_UCS4 *)a, y = *(const Py_UCS4 *)b;
    return (x > y) - (x < y);
}

static PyObject *
map_size(PyObject *self, PyObject *Py_UNUSED(unused))
{
    (void)self;
    return gcrt_int((int64_t)sizeof(encoding_map));
}

static PyMethodDef map_methods[] = {
    {"size", map_size, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static void
map_trace(PyObject *Py_UNUSED(self), size_t Py_UNUSED(size), gc_tracer *Py_UNUSED(t))
{
}

PyTypeObject codecs_encoding_map_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "EncodingMap",
    .tp_basicsize = sizeof(encoding_map),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_methods = map_methods,
    .gcrt_trace = map_trace,
};

PyObject *
codecs_charmap_build(PyObject *table)
{
    unicode_text t;
    encoding_map *map;
    if (!unicode_require(table))
        return NULL;
    t = unicode_text_of(table);
    map = (encoding_map *)gcrt_new_leaf(&codecs_encoding_map_type, sizeof *map);
    if (map == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < t.length && i < 256; i++) {
        Py_UCS4 ch = unicode_at(&t, i);
        if (ch == 0xfffe)
            continue;
        map->pairs[map->count].ch = ch;
        map->pairs[map->count++].byte = (Py_UCS4)i;
    }
    qsort(map->pairs, (size_t)map->count, sizeof map->pairs[0], compare_pairs);
    return (PyObject *)map;
}

static int
map_lookup(encoding_map *map, Py_UCS4 ch)
{
    Py_ssize_t low = 0, high = map->count;
    while (low < high) {
        Py_ssize_t middle = (low + high) / 2;
        if (map->pairs[middle].ch == ch)
            return (int)map->pairs[middle].byte;
        if (map->pairs[middle].ch < ch)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

/* ------------------------------------------------------------------ encoding */

static int
put_mapped(codec_encoder *e, Py_UCS4 ch)
{
    PyObject *value;
    if (Py_TYPE(e->mapping) == &codecs_encoding_map_type) {
        int byte = map_lookup((encoding_map *)e->mapping, ch);
        return byte < 0 ? 1 : codec_put_byte(e, byte);
    }
    value = PyObject_GetItem(e->mapping, gcrt_int(ch));
    if (value == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_LookupError))
            return -1;
        PyErr_Clear();
        return 1;
    }
    if (value == Py_None)
        return 1;
    if (PyLong_Check(value)) {
        long v = PyLong_AsLong(value);
        if (v < 0 || v > 255) {
            PyErr_Clear();
            PyErr_SetString(PyExc_TypeError, "character mapping must be in range(256)");
            return -1;
        }
        return codec_put_byte(e, (int)v);
    }
    if (PyBytes_Check(value)) {
        Py_ssize_t n = PyBytes_GET_SIZE(value);
        if (codec_reserve(e, n) < 0)
            return -1;
        memcpy(e->out + e->used, PyBytes_AS_STRING(value), (size_t)n);
        e->used += n;
        return 0;
    }
    PyErr_Format(PyExc_TypeError, "character mapping must return integer, bytes or None, not %.400s",
                 Py_TYPE(value)->tp_name);
    return -1;
}

PyObject *
codecs_charmap_encode(PyObject *text, PyObject *mapping, const char *errors)
{
    codec_encoder e;
    if (mapping == NULL || mapping == Py_None)
        return codecs_latin1_encode(text, errors);
    if (codec_encoder_init(&e, "charmap", errors, text, put_mapped) < 0)
        return NULL;
    e.mapping = mapping;
    return codec_encode_all(&e, "character maps to <undefined>");
}

PyObject *
PyUnicode_AsCharmapString(PyObject *text, PyObject *mapping)
{
    if (!PyUnicode_Check(text) || mapping == NULL) {
        PyErr_BadArgument();
        return NULL;
    }
    return codecs_charmap_encode(text, mapping, NULL);
}

/* ------------------------------------------------------------------ decoding */

/* Writes what byte c maps to: 0, 1 undefined, -1. */
static int
decode_mapped(_PyUnicodeWriter *out, PyObject *mapping, unsigned char c)
{
    PyObject *value;
    long v;
    if (PyUnicode_CheckExact(mapping)) {
        Py_UCS4 ch = c < PyUnicode_GET_LENGTH(mapping) ? PyUnicode_READ_CHAR(mapping, c) : 0xfffe;
        return ch == 0xfffe ? 1 : unicode_writer_char(out, ch);
    }
    value = PyObject_GetItem(mapping, gcrt_int(c));
    if (value == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_LookupError))
            return -1;
        PyErr_Clear();
        return 1;
    }
    if (value == Py_None)
        return 1;
    if (PyLong_Check(value)) {
        v = PyLong_AsLong(value);
        if (v == 0xfffe)
            return 1;
        if (v < 0 || v > (long)UNICODE_MAX) {
            PyErr_Clear();
            PyErr_SetString(PyExc_TypeError, "character mapping must be in range(0x110000)");
            return -1;
        }
        return unicode_writer_char(out, (Py_UCS4)v);
    }
    if (PyUnicode_Check(value)) {
        if (PyUnicode_GET_LENGTH(value) == 1 && PyUnicode_READ_CHAR(value, 0) == 0xfffe)
            return 1;
        return _PyUnicodeWriter_WriteStr(out, value);
    }
    PyErr_SetString(PyExc_TypeError, "character mapping must return integer, None or str");
    return -1;
}

PyObject *
PyUnicode_DecodeCharmap(const char *s, Py_ssize_t n, PyObject *mapping, const char *errors)
{
    codec_decoder d;
    Py_ssize_t i = 0;
    if (mapping == NULL || mapping == Py_None)
        return PyUnicode_DecodeLatin1(s, n, errors);
    codec_decoder_init(&d, "charmap", errors, s, n);
    while (i < d.n) {
        int result = decode_mapped(&d.out, mapping, (unsigned char)d.data[i]);
        if (result == 0)
            i++;
        else if (result < 0 || (i = codec_decode_error(&d, i, i + 1, "character maps to <undefined>")) < 0)
            return NULL;
    }
    return _PyUnicodeWriter_Finish(&d.out);
}

/* ------------------------------------------------------------------ str.translate */

/* Writes what ch becomes: 0, 1 when the table does not know it, -1. */
static int
translate_char(_PyUnicodeWriter *out, PyObject *table, Py_UCS4 ch)
{
    PyObject *value;
    long v;
    if (PyDict_CheckExact(table)) {
        value = PyDict_GetItemWithError(table, gcrt_int(ch));
        if (value == NULL)
            return PyErr_Occurred() ? -1 : 1;
    } else if ((value = PyObject_GetItem(table, gcrt_int(ch))) == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_LookupError))
            return -1;
        PyErr_Clear();
        return 1;
    }
    if (value == Py_None)
        return 0;
    if (PyLong_Check(value)) {
        v = PyLong_AsLong(value);
        if (v < 0 || v > (long)UNICODE_MAX) {
            PyErr_Clear();
            PyErr_SetString(PyExc_ValueError, "character mapping must be in range(0x110000)");
            return -1;
        }
        return unicode_writer_char(out, (Py_UCS4)v);
    }
    if (PyUnicode_Check(value))
        return _PyUnicodeWriter_WriteStr(out, value);
    PyErr_SetString(PyExc_TypeError, "character mapping must return integer, None or str");
    return -1;
}

PyObject *
unicode_translate(PyObject *s, PyObject *table, const char *Py_UNUSED(errors))
{
    unicode_text t = unicode_text_of(s);
    _PyUnicodeWriter out;
    _PyUnicodeWriter_Init(&out);
    out.overallocate = 1;
    out.min_length = t.length;
    for (Py_ssize_t i = 0; i < t.length; i++) {
        Py_UCS4 ch = unicode_at(&t, i);
        int result = translate_char(&out, table, ch);
        if (result > 0)
            result = unicode_writer_char(&out, ch);
        if (result < 0)
            return NULL;
    }
    return _PyUnicodeWriter_Finish(&out);
}

PyObject *
PyUnicode_Translate(PyObject *s, PyObject *table, const char *errors)
{
    return unicode_require(s) ? unicode_translate(s, table, errors) : NULL;
}
