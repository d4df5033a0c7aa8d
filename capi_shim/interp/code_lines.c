/* code_lines.c: the location table of 3.11, which maps bytes of co_code to lines and columns.
 *
 * An entry starts with a byte 1kkkklll: kind k, and l + 1 instructions (of 2 bytes) that it covers.
 *   0..9    short: columns in one more byte, same line        10..12  line delta k - 10, two column bytes
 *   13      line delta only (signed varint)                    14      all four numbers as varints
 *   15      no location
 * Varints have 6 bits a byte, least significant first, bit 6 says that more follow. */
#include "interp.h"

static unsigned
varint(code_location *it)
{
    unsigned value = 0, shift = 0, byte;
    do {
        if (it->next >= it->limit)
            return value;
        byte = *it->next++;
        value |= (byte & 63) << shift;
        shift += 6;
    } while ((byte & 64) && shift < 32);
    return value;
}

static int
signed_varint(code_location *it)
{
    unsigned value = varint(it);
    return value & 1 ? -(int)(value >> 1) : (int)(value >> 1);
}

static int
byte_of(code_location *it)
{
    return it->next < it->limit ? *it->next++ : 0;
}

void
code_locations(PyCodeObject *code, code_location *it)
{
    PyObject *table = code->co_linetable;
    *it = (code_location){.next = (const uint8_t *)PyBytes_AS_STRING(table),
                          .limit = (const uint8_t *)PyBytes_AS_STRING(table) + PyBytes_GET_SIZE(table),
                          .computed_line = code->co_firstlineno};
}

int
code_next_location(code_location *it)
{
    if (it->next >= it->limit)
        return 0;
    unsigned first = *it->next++, kind = first >> 3 & 15;
    it->start = it->end;
    it->end += 2 * (int)((first & 7) + 1);
    it->line = it->end_line = it->column = it->end_column = -1;
    if (kind == 15)
        return 1;
    if (kind == 14) {
        it->computed_line += signed_varint(it);
        it->end_line = it->computed_line + (int)varint(it);
        it->column = (int)varint(it) - 1;
        it->end_column = (int)varint(it) - 1;
    }
    else if (kind == 13) {
        it->computed_line += signed_varint(it);
        it->end_line = it->computed_line;
    }
    else if (kind >= 10) {
        it->computed_line += (int)kind - 10;
        it->end_line = it->computed_line;
        it->column = byte_of(it);
        it->end_column = byte_of(it);
    }
    else {
        int second = byte_of(it);
        it->end_line = it->computed_line;
        it->column = (int)(kind << 3) | second >> 4;
        it->end_column = it->column + (second & 15);
    }
    it->line = it->computed_line;
    return 1;
}

static int
find(PyCodeObject *code, int offset, code_location *it)
{
    code_locations(code, it);
    while (code_next_location(it))
        if (offset < it->end)
            return 1;
    return 0;
}

int
code_line_of(PyCodeObject *code, int lasti)
{
    code_location it;
    if (lasti < 0)
        return code->co_firstlineno;
    return find(code, lasti, &it) ? it.line : -1;
}

int
PyCode_Addr2Line(PyCodeObject *code, int offset)
{
    return code_line_of(code, offset);
}

int
PyCode_Addr2Location(PyCodeObject *code, int offset, int *start_line, int *start_column, int *end_line,
                     int *end_column)
{
    code_location it;
    if (offset < 0 || !find(code, offset, &it)) {
        *start_line = offset < 0 ? code->co_firstlineno : -1;
        *start_column = *end_line = *end_column = -1;
        return 0;
    }
    *start_line = it.line;
    *start_column = it.column;
    *end_line = it.end_line;
    *end_column = it.end_column;
    return 1;
}

static PyObject *
number_or_none(int value)
{
    return value < 0 ? Py_None : gcrt_int(value);
}

/* One tuple for each 2-byte unit of co_code, as co_positions() gives them. */
PyObject *
code_positions_iterator(PyObject *self, PyObject *ignored)
{
    PyCodeObject *code = (PyCodeObject *)self;
    Py_ssize_t size = PyBytes_GET_SIZE(code->co_code);
    code_location it;
    PyObject *list = PyList_New(0);
    (void)ignored;
    code_locations(code, &it);
    while (list != NULL && code_next_location(&it)) {
        PyObject *item = PyTuple_Pack(4, number_or_none(it.line), number_or_none(it.end_line),
                                      number_or_none(it.column), number_or_none(it.end_column));
        if (item == NULL)
            return NULL;
        for (int at = it.start; at < it.end && at < size; at += 2)
            if (PyList_Append(list, item) < 0)
                return NULL;
    }
    return list == NULL ? NULL : PyObject_GetIter(list);
}

/* (start, end, line or None), neighbours with the same line as one. */
PyObject *
code_line_pairs(PyCodeObject *code)
{
    code_location it;
    PyObject *list = PyList_New(0);
    int start = 0, end = 0, line = -2;
    code_locations(code, &it);
    if (list == NULL)
        return NULL;
    for (int more = 1; more;) {
        more = code_next_location(&it);
        if (more && it.line == line) {
            end = it.end;
            continue;
        }
        if (line != -2) {
            PyObject *item = PyTuple_Pack(3, gcrt_int(start), gcrt_int(end), number_or_none(line));
            if (item == NULL || PyList_Append(list, item) < 0)
                return NULL;
        }
        start = it.start;
        end = it.end;
        line = it.line;
    }
    return list;
}

PyObject *
code_lines_iterator(PyObject *self, PyObject *ignored)
{
    PyObject *list = code_line_pairs((PyCodeObject *)self);
    (void)ignored;
    return list == NULL ? NULL : PyObject_GetIter(list);
}
