/* csv_reader.c: one state machine over the characters of the lines; '\0' stands for the end of a line. */
#include "csv_module.h"
#include "structmember.h"

typedef enum {
    START_RECORD,
    START_FIELD,
    ESCAPED_CHAR,
    IN_FIELD,
    IN_QUOTED_FIELD,
    ESCAPE_IN_QUOTED_FIELD,
    QUOTE_IN_QUOTED_FIELD,
    EAT_CRNL,
    AFTER_ESCAPED_CRNL,
} parse_state;

#define END_OF_LINE ((Py_UCS4)-2)

typedef struct {
    PyObject_HEAD
    PyObject *lines;           /* iterator */
    csv_dialect *dialect;
    PyObject *fields;          /* list */
    Py_UCS4 *text;             /* the field so far: extension memory */
    Py_ssize_t length, capacity;
    parse_state state;
    int numeric;               /* the field is unquoted, to be made a float */
    unsigned long line_number;
} reader_object;

static int
add_char(reader_object *r, Py_UCS4 ch)
{
    if (r->length >= csv_field_limit()) {
        PyErr_Format(csv_error, "field larger than field limit (%zd)", csv_field_limit());
        return -1;
    }
    if (r->length == r->capacity) {
        Py_ssize_t capacity = r->capacity > 0 ? 2 * r->capacity : 256;
        Py_UCS4 *text = gcrt_alloc_leaf((size_t)capacity * sizeof *text);
        if (text == NULL)
            return -1;
        if (r->length > 0)
            memcpy(text, r->text, (size_t)r->length * sizeof *text);
        gc_store(r, &r->text, text);
        r->capacity = capacity;
    }
    r->text[r->length++] = ch;
    return 0;
}

static int
save_field(reader_object *r)
{
    PyObject *field = PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, r->length > 0 ? (void *)r->text : "", r->length);
    r->length = 0;
    if (field != NULL && r->numeric) {
        r->numeric = 0;
        field = PyNumber_Float(field);
    }
    return field == NULL ? -1 : PyList_Append(r->fields, field);
}

static int
is_line_end(Py_UCS4 ch)
{
    return ch == '\n' || ch == '\r' || ch == END_OF_LINE;
}

static int
end_field(reader_object *r, Py_UCS4 ch)
{
    if (save_field(r) < 0)
        return -1;
    r->state = ch == END_OF_LINE ? START_RECORD : EAT_CRNL;
    return 0;
}

static int
start_field(reader_object *r, Py_UCS4 ch)
{
    csv_dialect *d = r->dialect;
    if (is_line_end(ch))
        return end_field(r, ch);
    if (ch == d->quotechar && d->quoting != CSV_QUOTE_NONE)
        r->state = IN_QUOTED_FIELD;
    else if (ch == d->escapechar)
        r->state = ESCAPED_CHAR;
    else if (ch == ' ' && d->skipinitialspace)
        return 0;
    else if (ch == d->delimiter)
        return save_field(r);
    else {
        r->numeric = d->quoting == CSV_QUOTE_NONNUMERIC;
        r->state = IN_FIELD;
        return add_char(r, ch);
    }
    return 0;
}

static int
in_field(reader_object *r, Py_UCS4 ch)
{
    csv_dialect *d = r->dialect;
    if (is_line_end(ch))
        return end_field(r, ch);
    if (ch == d->escapechar)
        r->state = ESCAPED_CHAR;
    else if (ch == d->delimiter) {
        r->state = START_FIELD;
        return save_field(r);
    } else
        return add_char(r, ch);
    return 0;
}

static int
in_quoted_field(reader_object *r, Py_UCS4 ch)
{
    csv_dialect *d = r->dialect;
    if (ch == END_OF_LINE)
        return 0;
    if (ch == d->escapechar)
        r->state = ESCAPE_IN_QUOTED_FIELD;
    else if (ch == d->quotechar && d->quoting != CSV_QUOTE_NONE)
        r->state = d->doublequote ? QUOTE_IN_QUOTED_FIELD : IN_FIELD;
    else
        return add_char(r, ch);
    return 0;
}

static int
quote_in_quoted_field(reader_object *r, Py_UCS4 ch)
{
    csv_dialect *d = r->dialect;
    if (d->quoting != CSV_QUOTE_NONE && ch == d->quotechar) {
        r->state = IN_QUOTED_FIELD;
        return add_char(r, ch);
    }
    if (ch == d->delimiter) {
        r->state = START_FIELD;
        return save_field(r);
    }
    if (is_line_end(ch))
        return end_field(r, ch);
    if (!d->strict) {
        r->state = IN_FIELD;
        return add_char(r, ch);
    }
    PyErr_Format(csv_error, "'%c' expected after '%c'", d->delimiter, d->quotechar);
    return -1;
}

static int
process_char(reader_object *r, Py_UCS4 ch)
{
    switch (r->state) {
    case START_RECORD:
        if (ch == END_OF_LINE)
            return 0;
        if (ch == '\n' || ch == '\r') {
            r->state = EAT_CRNL;
            return 0;
        }
        r->state = START_FIELD;
        return start_field(r, ch);
    case START_FIELD:
        return start_field(r, ch);
    case ESCAPED_CHAR:
        if (ch == '\n' || ch == '\r') {
            r->state = AFTER_ESCAPED_CRNL;
            return add_char(r, ch);
        }
        r->state = IN_FIELD;
        return add_char(r, ch == END_OF_LINE ? '\n' : ch);
    case AFTER_ESCAPED_CRNL:
        return ch == END_OF_LINE ? 0 : in_field(r, ch);
    case IN_FIELD:
        return in_field(r, ch);
    case IN_QUOTED_FIELD:
        return in_quoted_field(r, ch);
    case ESCAPE_IN_QUOTED_FIELD:
        r->state = IN_QUOTED_FIELD;
        return add_char(r, ch == END_OF_LINE ? '\n' : ch);
    case QUOTE_IN_QUOTED_FIELD:
        return quote_in_quoted_field(r, ch);
    case EAT_CRNL:
        if (ch == '\n' || ch == '\r')
            return 0;
        if (ch == END_OF_LINE) {
            r->state = START_RECORD;
            return 0;
        }
        PyErr_SetString(csv_error, "new-line character seen in unquoted field - do you need to open the file in "
                                   "universal-newline mode?");
        return -1;
    }
    return 0;
}

/* The lines ended inside a record: what there is is the last one, unless the dialect is strict. */
static int
end_of_lines(reader_object *r)
{
    if (r->length == 0 && r->state != IN_QUOTED_FIELD)
        return 0;
    if (r->dialect->strict) {
        PyErr_SetString(csv_error, "unexpected end of data");
        return -1;
    }
    return save_field(r) < 0 ? -1 : 1;
}

static PyObject *
reader_next(PyObject *op)
{
    reader_object *r = (reader_object *)op;
    PyObject *fields = PyList_New(0);
    if (fields == NULL)
        return NULL;
    gc_store(r, &r->fields, fields);
    r->length = 0;
    r->state = START_RECORD;
    r->numeric = 0;
    do {
        PyObject *line = PyIter_Next(r->lines);
        if (line == NULL) {
            if (gcrt_ts->exception != NULL || end_of_lines(r) <= 0)
                return NULL;
            break;
        }
        if (!PyUnicode_Check(line))
            return PyErr_Format(csv_error,
                                "iterator should return strings, not %.200s (the file should be opened in text mode)",
                                Py_TYPE(line)->tp_name);
        r->line_number++;
        for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(line); i++)
            if (process_char(r, PyUnicode_READ_CHAR(line, i)) < 0)
                return NULL;
        if (process_char(r, END_OF_LINE) < 0)
            return NULL;
    } while (r->state != START_RECORD);
    r->fields = NULL;
    return fields;
}

static PyMemberDef reader_members[] = {
    {"dialect", T_OBJECT, offsetof(reader_object, dialect), READONLY, NULL},
    {"line_num", T_ULONG, offsetof(reader_object, line_number), READONLY, NULL},
    {0},
};

PyTypeObject csv_reader_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_csv.reader",
    .tp_basicsize = sizeof(reader_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = reader_next,
    .tp_members = reader_members,
};

PyObject *
csv_reader(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    PyObject *lines, *dialect = NULL;
    if (!PyArg_UnpackTuple(args, "", 1, 2, &lines, &dialect))
        return NULL;
    reader_object *self = (reader_object *)gcrt_new(&csv_reader_type, sizeof *self);
    if (self == NULL || (self->lines = PyObject_GetIter(lines)) == NULL ||
        (self->dialect = csv_make_dialect(dialect, kwds)) == NULL)
        return NULL;
    return (PyObject *)self;
}
