/* numfmt.c: format specs, and int.__format__, float.__format__, complex.__format__.
 *
 * A number is laid out as   left padding | head | inner padding | body | right padding
 * where head is sign and prefix, inner padding belongs to '=' alignment, and the body's integer digits
 * may be grouped.  Zero padding makes digits, so that grouping takes part in it: f"{12:06,}" is 00,012. */
#include "numfmt.h"
#include "float_text.h"
#include "long.h"
#include "number_fast.h"

/* ------------------------------------------------------------------ parsing */

static int
is_align(Py_UCS4 c)
{
    return c == '<' || c == '>' || c == '=' || c == '^';
}

static Py_UCS4
peek(PyObject *spec, Py_ssize_t pos, Py_ssize_t end)
{
    return pos < end ? PyUnicode_READ_CHAR(spec, pos) : 0;
}

/* A decimal number at *pos; -1 when there is none, -2 with ValueError when it is too large. */
static Py_ssize_t
parse_count(PyObject *spec, Py_ssize_t *pos, Py_ssize_t end)
{
    Py_ssize_t value = -1;
    for (; *pos < end; ++*pos) {
        int d = Py_UNICODE_TODECIMAL(PyUnicode_READ_CHAR(spec, *pos));
        if (d < 0)
            break;
        if (value > (PY_SSIZE_T_MAX - d) / 10) {
            PyErr_SetString(PyExc_ValueError, "Too many decimal digits in format string");
            return -2;
        }
        value = (value < 0 ? 0 : value) * 10 + d;
    }
    return value;
}

static Py_ssize_t
parse_fill_and_flags(PyObject *spec, Py_ssize_t pos, Py_ssize_t end, numfmt_spec *out, Py_UCS4 default_align)
{
    if (end - pos >= 2 && is_align(peek(spec, pos + 1, end))) {
        out->fill = peek(spec, pos, end);
        out->align = peek(spec, pos + 1, end);
        out->fill_given = out->align_given = 1;
        pos += 2;
    }
    else if (is_align(peek(spec, pos, end))) {
        out->align = peek(spec, pos++, end);
        out->align_given = 1;
    }
    Py_UCS4 c = peek(spec, pos, end);
    if (c == ' ' || c == '+' || c == '-') {
        out->sign = c;
        pos++;
    }
    if (peek(spec, pos, end) == 'z') {
        out->no_neg_zero = 1;
        pos++;
    }
    if (peek(spec, pos, end) == '#') {
        out->alternate = 1;
        pos++;
    }
    if (!out->fill_given && peek(spec, pos, end) == '0') {
        out->fill = '0';
        out->fill_given = 1;
        if (!out->align_given && default_align == '>')
            out->align = '=';
        pos++;
    }
    return pos;
}

static int
check_grouping(const numfmt_spec *out)
{
    Py_UCS4 type = out->type;
    if (out->thousands == 0 || type == 0 || (type < 128 && strchr("deEfFgG%", (int)type) != NULL))
        return 0;
    if (out->thousands == '_' && (type == 'b' || type == 'o' || type == 'x' || type == 'X'))
        return 0;
    if (type > 32 && type < 128)
        PyErr_Format(PyExc_ValueError, "Cannot specify '%c' with '%c'.", (int)out->thousands, (int)type);
    else
        PyErr_Format(PyExc_ValueError, "Cannot specify '%c' with '\\x%x'.", (int)out->thousands, (unsigned)type);
    return -1;
}

int
numfmt_parse_spec(PyObject *spec, Py_ssize_t start, Py_ssize_t end, numfmt_spec *out, Py_UCS4 default_type,
                  Py_UCS4 default_align, PyObject *owner)
{
    *out = (numfmt_spec){.fill = ' ', .align = default_align, .width = -1, .precision = -1, .type = default_type};
    Py_ssize_t pos = parse_fill_and_flags(spec, start, end, out, default_align);
    out->width = parse_count(spec, &pos, end);
    if (out->width == -2)
        return -1;
    if (peek(spec, pos, end) == ',') {
        out->thousands = ',';
        pos++;
    }
    if (peek(spec, pos, end) == '_') {
        if (out->thousands != 0)
            goto both_separators;
        out->thousands = '_';
        pos++;
    }
    if (out->thousands == '_' && peek(spec, pos, end) == ',')
        goto both_separators;
    if (peek(spec, pos, end) == '.') {
        pos++;
        out->precision = parse_count(spec, &pos, end);
        if (out->precision == -2)
            return -1;
        if (out->precision == -1) {
            PyErr_SetString(PyExc_ValueError, "Format specifier missing precision");
            return -1;
        }
    }
    if (end - pos > 1) {
        PyObject *shown = PyUnicode_Substring(spec, start, end);
        if (shown != NULL)
            PyErr_Format(PyExc_ValueError, "Invalid format specifier '%U' for object of type '%.200s'", shown,
                         Py_TYPE(owner)->tp_name);
        return -1;
    }
    if (end - pos == 1)
        out->type = PyUnicode_READ_CHAR(spec, pos);
    return check_grouping(out);
both_separators:
    PyErr_SetString(PyExc_ValueError, "Cannot specify both ',' and '_'.");
    return -1;
}

void
numfmt_unknown_type(Py_UCS4 type, PyObject *owner)
{
    if (type > 32 && type < 128)
        PyErr_Format(PyExc_ValueError, "Unknown format code '%c' for object of type '%.200s'", (int)type,
                     Py_TYPE(owner)->tp_name);
    else
        PyErr_Format(PyExc_ValueError, "Unknown format code '\\x%x' for object of type '%.200s'", (unsigned)type,
                     Py_TYPE(owner)->tp_name);
}

/* ------------------------------------------------------------------ layout */

typedef struct {
    char head[4];              /* sign, prefix */
    int head_length;
    const char *digits;        /* the integer digits, to be grouped */
    Py_ssize_t n_digits;
    const char *rest;          /* point, fraction, exponent, percent; or inf, nan */
    Py_ssize_t n_rest;
    int group;                 /* digits a group */
} number;

/* Length of n digits grouped and zero-filled to at least min_width; text is written backwards from
 * end when end is not NULL. */
static Py_ssize_t
group_digits(const number *num, Py_UCS4 separator, Py_ssize_t min_width, char *end)
{
    Py_ssize_t left = num->n_digits, length = 0, in_group = 0;
    while (left > 0 || length < min_width) {
        if (separator != 0 && in_group == num->group) {
            length++;
            if (end != NULL)
                *--end = (char)separator;
            in_group = 0;
        }
        length++;
        in_group++;
        char digit = left > 0 ? num->digits[left - 1] : '0';
        left--;
        if (end != NULL)
            *--end = digit;
    }
    return length;
}

static void
fill_chars(int kind, void *data, Py_ssize_t at, Py_ssize_t n, Py_UCS4 c)
{
    for (Py_ssize_t i = 0; i < n; i++)
        PyUnicode_WRITE(kind, data, at + i, c);
}

static Py_ssize_t
put_text(int kind, void *data, Py_ssize_t at, const char *text, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++)
        PyUnicode_WRITE(kind, data, at + i, (unsigned char)text[i]);
    return at + n;
}

static PyObject *
lay_out(const number *num, const numfmt_spec *spec)
{
    Py_ssize_t others = num->head_length + num->n_rest, min_width = 0;
    if (spec->fill == '0' && spec->align == '=' && spec->width > others)
        min_width = spec->width - others;
    /* inf and nan have no digits and get none. */
    if (min_width > PY_SSIZE_T_MAX / 4 || spec->width > PY_SSIZE_T_MAX / 4)
        return PyErr_NoMemory();
    Py_ssize_t n_body = num->n_digits == 0 ? 0 : group_digits(num, spec->thousands, min_width, NULL);
    Py_ssize_t total = others + n_body, padding = spec->width > total ? spec->width - total : 0;
    Py_ssize_t before = spec->align == '>' ? padding : spec->align == '^' ? padding / 2 : 0;
    Py_ssize_t inner = spec->align == '=' ? padding : 0;
    PyObject *result = PyUnicode_New(total + padding, padding > 0 && spec->fill > 127 ? spec->fill : 127);
    char room[64], *grouped = n_body < 64 ? room : gcrt_alloc_leaf((size_t)n_body);
    if (result == NULL || grouped == NULL)
        return NULL;
    if (n_body > 0)
        group_digits(num, spec->thousands, min_width, grouped + n_body);
    int kind = PyUnicode_KIND(result);
    void *data = PyUnicode_DATA(result);
    fill_chars(kind, data, 0, total + padding, padding > 0 ? spec->fill : ' ');
    Py_ssize_t at = put_text(kind, data, before, num->head, num->head_length);
    at = put_text(kind, data, at + inner, grouped, n_body);
    put_text(kind, data, at, num->rest, num->n_rest);
    return result;
}

PyObject *
numfmt_pad(PyObject *content, Py_UCS4 fill, Py_UCS4 align, Py_ssize_t width)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(content);
    if (width <= n)
        return content;
    Py_UCS4 max = PyUnicode_MAX_CHAR_VALUE(content);
    PyObject *result = PyUnicode_New(width, fill > max ? fill : max);
    if (result == NULL)
        return NULL;
    Py_ssize_t before = align == '>' || align == '=' ? width - n : align == '^' ? (width - n) / 2 : 0;
    int kind = PyUnicode_KIND(result), from_kind = PyUnicode_KIND(content);
    void *data = PyUnicode_DATA(result);
    const void *from = PyUnicode_DATA(content);
    fill_chars(kind, data, 0, before, fill);
    for (Py_ssize_t i = 0; i < n; i++)
        PyUnicode_WRITE(kind, data, before + i, PyUnicode_READ(from_kind, from, i));
    fill_chars(kind, data, before + n, width - n - before, fill);
    return result;
}

/* Start num's head with the sign that the spec wants. */
static void
put_sign(number *num, int negative, Py_UCS4 wanted)
{
    if (negative)
        num->head[num->head_length++] = '-';
    else if (wanted == '+' || wanted == ' ')
        num->head[num->head_length++] = (char)wanted;
}

/* ------------------------------------------------------------------ int */

static PyObject *
format_character(PyObject *value, const numfmt_spec *spec)
{
    if (spec->sign != 0) {
        PyErr_SetString(PyExc_ValueError, "Sign not allowed with integer format specifier 'c'");
        return NULL;
    }
    if (spec->alternate) {
        PyErr_SetString(PyExc_ValueError, "Alternate form (#) not allowed with integer format specifier 'c'");
        return NULL;
    }
    long code = PyLong_AsLong(value);
    if (code == -1 && PyErr_Occurred())
        return NULL;
    if (code < 0 || code > 0x10ffff) {
        PyErr_SetString(PyExc_OverflowError, "%c arg not in range(0x110000)");
        return NULL;
    }
    PyObject *character = PyUnicode_FromOrdinal((int)code);
    return character == NULL ? NULL : numfmt_pad(character, spec->fill, spec->align, spec->width);
}

static PyObject *
format_integer(PyObject *value, const numfmt_spec *spec)
{
    number num = {.rest = "", .group = 3};
    if (spec->precision != -1) {
        PyErr_SetString(PyExc_ValueError, "Precision not allowed in integer format specifier");
        return NULL;
    }
    if (spec->no_neg_zero) {
        PyErr_SetString(PyExc_ValueError, "Negative zero coercion (z) not allowed in integer format specifier");
        return NULL;
    }
    if (spec->type == 'c')
        return format_character(value, spec);
    int base = spec->type == 'b' ? 2 : spec->type == 'o' ? 8 : (spec->type | 0x20) == 'x' ? 16 : 10;
    PyObject *text = long_to_string(value, base, 0);
    if (text == NULL)
        return NULL;
    const char *digits = PyUnicode_DATA(text);
    int negative = digits[0] == '-';
    num.digits = digits + negative;
    num.n_digits = PyUnicode_GET_LENGTH(text) - negative;
    put_sign(&num, negative, spec->sign);
    if (base != 10) {
        num.group = 4;
        if (spec->alternate) {
            num.head[num.head_length++] = '0';
            num.head[num.head_length++] = (char)spec->type;
        }
    }
    if (spec->type == 'X') {
        char *upper = gcrt_alloc_leaf((size_t)num.n_digits);
        if (upper == NULL)
            return NULL;
        for (Py_ssize_t i = 0; i < num.n_digits; i++)
            upper[i] = (char)toupper((unsigned char)num.digits[i]);
        num.digits = upper;
    }
    PyObject *result = lay_out(&num, spec);
    gcrt_keep_alive(text);
    return result;
}

/* ------------------------------------------------------------------ float */

/* Text of a double in a representation of the spec: type 0 is repr's.  In room when it fits. */
static char *
double_text(double value, const numfmt_spec *spec, int flags, char *room, size_t room_size)
{
    int kind;
    Py_UCS4 type = spec->type;
    Py_ssize_t precision = spec->precision;
    if (spec->alternate)
        flags |= Py_DTSF_ALT;
    if (type == 'n')
        type = 'g';
    else if (type == '%') {
        type = 'f';
        value *= 100.0;
    }
    if (precision > INT_MAX / 2) {
        PyErr_SetString(PyExc_ValueError, "precision too big");
        return NULL;
    }
    if (type == 0)
        type = precision < 0 ? 'r' : 'g';
    if (precision < 0)
        precision = type == 'r' ? 0 : 6;
    return float_write(value, (char)type, (int)precision, flags, &kind, room, room_size);
}

/* Split text into num; z drops the sign of what was rounded to zero. */
static void
split_double(char *text, const numfmt_spec *spec, number *num)
{
    int negative = *text == '-';
    char *p = text + negative;
    num->digits = p;
    while (*p >= '0' && *p <= '9')
        p++;
    num->n_digits = p - num->digits;
    num->rest = p;
    num->n_rest = (Py_ssize_t)strlen(p);
    num->group = 3;
    if (negative && spec->no_neg_zero && num->n_digits > 0) {
        size_t zeros = strspn(num->digits, "0.");
        char after = num->digits[zeros];
        negative = !(after == '\0' || after == 'e' || after == 'E');
    }
    put_sign(num, negative, spec->sign);
}

static PyObject *
format_double(double value, const numfmt_spec *spec)
{
    number num = {.rest = ""};
    char room[96], *percent = NULL;
    char *text = double_text(value, spec, spec->type == 0 ? Py_DTSF_ADD_DOT_0 : 0, room, sizeof room);
    if (text == NULL)
        return NULL;
    split_double(text, spec, &num);
    if (spec->type == '%') {
        percent = gcrt_alloc_leaf((size_t)num.n_rest + 1);
        if (percent != NULL) {
            memcpy(percent, num.rest, (size_t)num.n_rest);
            percent[num.n_rest++] = '%';
            num.rest = percent;
        }
    }
    PyObject *result = spec->type == '%' && percent == NULL ? NULL : lay_out(&num, spec);
    if (text != room)
        PyMem_Free(text);
    return result;
}

static int
is_float_type(Py_UCS4 type)
{
    return type != 0 && type < 128 && strchr("eEfFgGn%", (int)type) != NULL;
}

PyObject *
numfmt_float(PyObject *value, PyObject *spec_text, Py_ssize_t start, Py_ssize_t end)
{
    numfmt_spec spec;
    if (start == end)
        return PyFloat_CheckExact(value) ? PyFloat_Type.tp_repr(value) : PyObject_Str(value);
    if (numfmt_parse_spec(spec_text, start, end, &spec, 0, '>', value) < 0)
        return NULL;
    if (spec.type != 0 && !is_float_type(spec.type)) {
        numfmt_unknown_type(spec.type, value);
        return NULL;
    }
    return format_double(PyFloat_AS_DOUBLE(value), &spec);
}

PyObject *
numfmt_long(PyObject *value, PyObject *spec_text, Py_ssize_t start, Py_ssize_t end)
{
    numfmt_spec spec;
    if (start == end)
        return PyLong_CheckExact(value) ? long_repr(value) : PyObject_Str(value);
    if (numfmt_parse_spec(spec_text, start, end, &spec, 'd', '>', value) < 0)
        return NULL;
    if (spec.type < 128 && strchr("bcdoxXn", (int)spec.type) != NULL && spec.type != 0)
        return format_integer(value, &spec);
    if (is_float_type(spec.type)) {
        double d = PyLong_AsDouble(value);
        return d == -1.0 && PyErr_Occurred() ? NULL : format_double(d, &spec);
    }
    numfmt_unknown_type(spec.type, value);
    return NULL;
}

/* ------------------------------------------------------------------ complex */

static PyObject *
format_part(double part, const numfmt_spec *spec, Py_UCS4 sign)
{
    numfmt_spec bare = *spec;
    number num = {.rest = ""};
    bare.width = -1;
    bare.fill = ' ';
    bare.align = '<';
    bare.sign = sign;
    char room[96], *text = double_text(part, &bare, 0, room, sizeof room);
    if (text == NULL)
        return NULL;
    split_double(text, &bare, &num);
    PyObject *result = lay_out(&num, &bare);
    if (text != room)
        PyMem_Free(text);
    return result;
}

PyObject *
numfmt_complex(PyObject *value, PyObject *spec_text, Py_ssize_t start, Py_ssize_t end)
{
    numfmt_spec spec;
    Py_complex z = ((PyComplexObject *)value)->cval;
    if (start == end)
        return PyObject_Str(value);
    if (numfmt_parse_spec(spec_text, start, end, &spec, 0, '>', value) < 0)
        return NULL;
    if (spec.type != 0 && (spec.type == '%' || !is_float_type(spec.type))) {
        numfmt_unknown_type(spec.type, value);
        return NULL;
    }
    if (spec.fill == '0') {
        PyErr_SetString(PyExc_ValueError, "Zero padding is not allowed in complex format specifier");
        return NULL;
    }
    if (spec.align == '=') {
        PyErr_SetString(PyExc_ValueError, "'=' alignment flag is not allowed in complex format specifier");
        return NULL;
    }
    /* Without a type it looks like repr: brackets, and no real part when that is +0.0. */
    int plain = spec.type == 0, skip_real = plain && z.real == 0.0 && !signbit(z.real);
    PyObject *imag = format_part(z.imag, &spec, skip_real ? spec.sign : '+');
    PyObject *real = skip_real ? NULL : format_part(z.real, &spec, spec.sign), *text;
    if (imag == NULL || (real == NULL && !skip_real))
        return NULL;
    if (skip_real)
        text = PyUnicode_FromFormat("%Uj", imag);
    else
        text = plain ? PyUnicode_FromFormat("(%U%Uj)", real, imag) : PyUnicode_FromFormat("%U%Uj", real, imag);
    return text == NULL ? NULL : numfmt_pad(text, spec.fill, spec.align, spec.width);
}
