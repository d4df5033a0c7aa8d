/* strformat.c: str.format, str.format_map, and the iterators that the module _string offers. */
#include "runtime.h"

#include "strformat.h"
#include "unicode_writer.h"

typedef struct formatter {
    PyObject *args;                  /* tuple; NULL: positional fields are refused */
    PyObject *kwargs;                /* mapping or NULL */
    Py_ssize_t next;                 /* automatic number */
    enum { NUMBERING_UNKNOWN, NUMBERING_AUTOMATIC, NUMBERING_MANUAL } numbering;
} formatter;

static int build(formatter *f, PyObject *text, Py_ssize_t start, Py_ssize_t end, int depth, _PyUnicodeWriter *w);

static PyObject *
range_text(PyObject *text, strformat_range r)
{
    return unicode_slice(text, r.start, r.end);
}

/* ------------------------------------------------------------------ field values */

static PyObject *
positional(formatter *f, Py_ssize_t index, bool automatic)
{
    int wanted = automatic ? NUMBERING_AUTOMATIC : NUMBERING_MANUAL;
    if (f->numbering == NUMBERING_UNKNOWN)
        f->numbering = wanted;
    if ((int)f->numbering != wanted) {
        PyErr_SetString(PyExc_ValueError,
                        automatic ? "cannot switch from manual field specification to automatic field numbering"
                                  : "cannot switch from automatic field numbering to manual field specification");
        return NULL;
    }
    if (automatic)
        index = f->next++;
    if (f->args == NULL) {
        PyErr_SetString(PyExc_ValueError, "Format string contains positional fields");
        return NULL;
    }
    if (index >= PyTuple_GET_SIZE(f->args)) {
        PyErr_Format(PyExc_IndexError, "Replacement index %zd out of range for positional args tuple", index);
        return NULL;
    }
    return PyTuple_GET_ITEM(f->args, index);
}

static PyObject *
named(formatter *f, PyObject *text, strformat_range name)
{
    PyObject *key = range_text(text, name), *value;
    if (key == NULL)
        return NULL;
    if (f->kwargs == NULL) {
        PyErr_SetObject(PyExc_KeyError, key);
        return NULL;
    }
    if (!PyDict_CheckExact(f->kwargs))
        return PyObject_GetItem(f->kwargs, key);
    value = PyDict_GetItemWithError(f->kwargs, key);
    if (value == NULL && !PyErr_Occurred())
        PyErr_SetObject(PyExc_KeyError, key);
    return value;
}

static PyObject *
field_value(formatter *f, PyObject *text, strformat_range name)
{
    unicode_text t = unicode_text_of(text);
    strformat_part part;
    Py_ssize_t at = name.start;
    PyObject *value, *key;
    int more;
    if (strformat_first(&t, &at, name.end, &part) < 0)
        return NULL;
    if (part.name.start == part.name.end || part.index >= 0)
        value = positional(f, part.index, part.index < 0);
    else
        value = named(f, text, part.name);
    while (value != NULL && (more = strformat_part_next(&t, &at, name.end, &part)) != 0) {
        if (more < 0)
            return NULL;
        if (part.index >= 0) {
            key = PyLong_FromSsize_t(part.index);
            value = PySequence_Check(value) && !PyMapping_Check(value) ? PySequence_GetItem(value, part.index)
                                                                       : PyObject_GetItem(value, key);
            continue;
        }
        key = range_text(text, part.name);
        if (key == NULL)
            return NULL;
        value = part.is_attribute ? PyObject_GetAttr(value, key) : PyObject_GetItem(value, key);
    }
    return value;
}

static PyObject *
convert(PyObject *value, Py_UCS4 conversion)
{
    switch (conversion) {
    case 0: return value;
    case 'r': return PyObject_Repr(value);
    case 's': return PyObject_Str(value);
    case 'a': return PyObject_ASCII(value);
    default:
        if (conversion > 32 && conversion < 127)
            PyErr_Format(PyExc_ValueError, "Unknown conversion specifier %c", (int)conversion);
        else
            PyErr_Format(PyExc_ValueError, "Unknown conversion specifier \\x%x", (unsigned)conversion);
        return NULL;
    }
}

static PyObject *
format_field(formatter *f, PyObject *text, const strformat_piece *piece, int depth)
{
    PyObject *value = field_value(f, text, piece->name), *spec, *result;
    if (value == NULL || (value = convert(value, piece->conversion)) == NULL)
        return NULL;
    if (piece->spec.start == piece->spec.end) {
        if (PyUnicode_CheckExact(value))
            return value;
        spec = NULL;
    } else if (piece->spec_nested) {
        _PyUnicodeWriter w;
        _PyUnicodeWriter_Init(&w);
        if (build(f, text, piece->spec.start, piece->spec.end, depth - 1, &w) < 0)
            return NULL;
        spec = _PyUnicodeWriter_Finish(&w);
        if (spec == NULL)
            return NULL;
    } else {
        spec = range_text(text, piece->spec);
        if (spec == NULL)
            return NULL;
    }
    result = PyObject_Format(value, spec);
    return result;
}

/* depth: how many levels of fields within specs are allowed. */
static int
build(formatter *f, PyObject *text, Py_ssize_t start, Py_ssize_t end, int depth, _PyUnicodeWriter *w)
{
    unicode_text t = unicode_text_of(text);
    strformat_piece piece;
    int more;
    if (depth < 0) {
        PyErr_SetString(PyExc_ValueError, "Max string recursion exceeded");
        return -1;
    }
    while ((more = strformat_next(&t, &start, end, &piece)) > 0) {
        PyObject *result;
        if (_PyUnicodeWriter_WriteSubstring(w, text, piece.literal.start, piece.literal.end) < 0)
            return -1;
        if (!piece.has_field)
            continue;
        result = format_field(f, text, &piece, depth);
        if (result == NULL || _PyUnicodeWriter_WriteStr(w, result) < 0)
            return -1;
    }
    return more;
}

static PyObject *
run(formatter *f, PyObject *text)
{
    _PyUnicodeWriter w;
    _PyUnicodeWriter_Init(&w);
    w.overallocate = 1;
    w.min_length = PyUnicode_GET_LENGTH(text) + 32;
    if (build(f, text, 0, PyUnicode_GET_LENGTH(text), 1, &w) < 0)
        return NULL;
    return _PyUnicodeWriter_Finish(&w);
}

PyObject *
unicode_str_format(PyObject *self, PyObject *args, PyObject *kwargs)
{
    formatter f = {.args = args, .kwargs = kwargs};
    return run(&f, self);
}

PyObject *
unicode_format_map(PyObject *self, PyObject *mapping)
{
    formatter f = {.kwargs = mapping};
    return run(&f, self);
}

/* ------------------------------------------------------------------ iterators for string.Formatter */

typedef struct {
    PyObject_HEAD
    PyObject *text;
    Py_ssize_t at;
} parse_iterator;

static void
parse_trace(PyObject *self, size_t Py_UNUSED(size), gc_tracer *t)
{
    gc_visit(t, (uintptr_t)((parse_iterator *)self)->text);
}

static PyObject *
new_iterator(PyTypeObject *type, PyObject *text)
{
    parse_iterator *it = (parse_iterator *)gcrt_new(type, sizeof *it);
    if (it != NULL)
        it->text = text;
    return (PyObject *)it;
}

static PyObject *
pieces_next(PyObject *self)
{
    parse_iterator *it = (parse_iterator *)self;
    unicode_text t = unicode_text_of(it->text);
    strformat_piece piece;
    PyObject *literal, *name, *spec, *conversion;
    if (strformat_next(&t, &it->at, t.length, &piece) <= 0)
        return NULL;
    literal = range_text(it->text, piece.literal);
    name = piece.has_field ? range_text(it->text, piece.name) : Py_None;
    spec = piece.has_field ? range_text(it->text, piece.spec) : Py_None;
    conversion = piece.conversion ? unicode_char(piece.conversion) : Py_None;
    if (literal == NULL || name == NULL || spec == NULL || conversion == NULL)
        return NULL;
    return PyTuple_Pack(4, literal, name, spec, conversion);
}

PyTypeObject strformat_pieces_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "formatteriterator",
    .tp_basicsize = sizeof(parse_iterator),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = pieces_next,
    .gcrt_trace = parse_trace,
};

static PyObject *
part_value(PyObject *text, const strformat_part *part)
{
    return part->index >= 0 ? PyLong_FromSsize_t(part->index) : range_text(text, part->name);
}

static PyObject *
parts_next(PyObject *self)
{
    parse_iterator *it = (parse_iterator *)self;
    unicode_text t = unicode_text_of(it->text);
    strformat_part part;
    PyObject *value;
    if (strformat_part_next(&t, &it->at, t.length, &part) <= 0)
        return NULL;
    value = part_value(it->text, &part);
    return value == NULL ? NULL : PyTuple_Pack(2, part.is_attribute ? Py_True : Py_False, value);
}

PyTypeObject strformat_parts_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "fieldnameiterator",
    .tp_basicsize = sizeof(parse_iterator),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = parts_next,
    .gcrt_trace = parse_trace,
};

PyObject *
unicode_formatter_parser(PyObject *text)
{
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "expected str, got %s", Py_TYPE(text)->tp_name);
        return NULL;
    }
    return new_iterator(&strformat_pieces_type, text);
}

PyObject *
unicode_formatter_field_name_split(PyObject *text)
{
    unicode_text t;
    strformat_part part;
    PyObject *first, *rest;
    Py_ssize_t at = 0;
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "expected str, got %s", Py_TYPE(text)->tp_name);
        return NULL;
    }
    t = unicode_text_of(text);
    if (strformat_first(&t, &at, t.length, &part) < 0)
        return NULL;
    first = part_value(text, &part);
    rest = new_iterator(&strformat_parts_type, text);
    if (first == NULL || rest == NULL)
        return NULL;
    ((parse_iterator *)rest)->at = at;
    return PyTuple_Pack(2, first, rest);
}
