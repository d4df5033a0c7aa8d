/* strformat_parse.c: the grammar of format strings ("Format String Syntax" of the library reference). */
#include "runtime.h"

#include "strformat.h"

static int
fail(const char *message)
{
    PyErr_SetString(PyExc_ValueError, message);
    return -1;
}

/* From behind the field's '{'.  *at moves behind its '}'. */
static int
parse_field(const unicode_text *t, Py_ssize_t *at, Py_ssize_t end, strformat_piece *out)
{
    Py_ssize_t i = *at;
    bool in_bracket = false;
    Py_UCS4 c = 0;
    int depth = 1;
    out->has_field = true;
    out->name.start = i;
    for (; i < end; i++) {
        c = unicode_at(t, i);
        if (in_bracket) {
            in_bracket = c != ']';
            continue;
        }
        if (c == '{')
            return fail("unexpected '{' in field name");
        if (c == '}' || c == ':' || c == '!')
            break;
        in_bracket = c == '[';
    }
    out->name.end = i;
    if (i >= end)
        return fail("expected '}' before end of string");
    i++;
    if (c == '!') {
        if (i >= end)
            return fail("end of string while looking for conversion specifier");
        out->conversion = unicode_at(t, i++);
        if (i >= end)
            return fail("unmatched '{' in format spec");
        c = unicode_at(t, i++);
        if (c != ':' && c != '}')
            return fail("expected ':' after conversion specifier");
    }
    out->spec = (strformat_range){i, i};
    if (c == '}') {
        out->spec = (strformat_range){i - 1, i - 1};
        *at = i;
        return 1;
    }
    out->has_spec = true;
    for (; i < end; i++) {
        c = unicode_at(t, i);
        if (c == '{') {
            out->spec_nested = true;
            depth++;
        } else if (c == '}' && --depth == 0) {
            out->spec.end = i;
            *at = i + 1;
            return 1;
        }
    }
    return fail("unmatched '{' in format spec");
}

int
strformat_next(const unicode_text *t, Py_ssize_t *at, Py_ssize_t end, strformat_piece *out)
{
    Py_ssize_t i = *at;
    Py_UCS4 c = 0;
    memset(out, 0, sizeof *out);
    if (i >= end)
        return 0;
    out->literal.start = i;
    while (i < end && (c = unicode_at(t, i)) != '{' && c != '}')
        i++;
    out->literal.end = i;
    if (i >= end) {
        *at = i;
        return 1;
    }
    if (i + 1 < end && unicode_at(t, i + 1) == c) {
        out->literal.end = i + 1;
        *at = i + 2;
        return 1;
    }
    if (c == '}')
        return fail("Single '}' encountered in format string");
    if (i + 1 >= end)
        return fail("Single '{' encountered in format string");
    *at = i + 1;
    return parse_field(t, at, end, out);
}

/* The number that the range spells, -1 when it spells none, -2 with ValueError. */
static Py_ssize_t
number_in(const unicode_text *t, strformat_range r)
{
    Py_ssize_t v = 0;
    if (r.start >= r.end)
        return -1;
    for (Py_ssize_t i = r.start; i < r.end; i++) {
        int digit = _PyUnicode_ToDecimalDigit(unicode_at(t, i));
        if (digit < 0)
            return -1;
        if (v > (PY_SSIZE_T_MAX - digit) / 10) {
            PyErr_SetString(PyExc_ValueError, "Too many decimal digits in format string");
            return -2;
        }
        v = v * 10 + digit;
    }
    return v;
}

int
strformat_first(const unicode_text *t, Py_ssize_t *at, Py_ssize_t end, strformat_part *out)
{
    Py_ssize_t i = *at;
    while (i < end && unicode_at(t, i) != '.' && unicode_at(t, i) != '[')
        i++;
    *out = (strformat_part){.name = {*at, i}};
    out->index = number_in(t, out->name);
    *at = i;
    return out->index == -2 ? -1 : 0;
}

int
strformat_part_next(const unicode_text *t, Py_ssize_t *at, Py_ssize_t end, strformat_part *out)
{
    Py_ssize_t i = *at;
    Py_UCS4 c;
    if (i >= end)
        return 0;
    c = unicode_at(t, i++);
    *out = (strformat_part){.is_attribute = c == '.', .index = -1, .name = {i, i}};
    if (c == '.') {
        while (i < end && unicode_at(t, i) != '.' && unicode_at(t, i) != '[')
            i++;
        out->name.end = *at = i;
    } else if (c == '[') {
        while (i < end && unicode_at(t, i) != ']')
            i++;
        if (i >= end)
            return fail("Missing ']' in format string");
        out->name.end = i;
        *at = i + 1;
        out->index = number_in(t, out->name);
        if (out->index == -2)
            return -1;
    } else {
        return fail("Only '.' or '[' may follow ']' in format field specifier");
    }
    return out->name.start == out->name.end ? fail("Empty attribute in format string") : 1;
}
