/* strformat.h: replacement fields of str.format, parsed for formatting and for the module _string. */
#ifndef GCRT_STRFORMAT_H
#define GCRT_STRFORMAT_H

#include "runtime.h"
#ifndef GCRT_RUNTIME_H
#error "include runtime.h"
#endif
#include "unicode.h"

typedef struct strformat_range {
    Py_ssize_t start, end;
} strformat_range;

/* Literal text, then perhaps a field {name!conversion:spec}. */
typedef struct strformat_piece {
    strformat_range literal;
    bool has_field;
    strformat_range name, spec;
    bool has_spec;                   /* a ':' was written */
    bool spec_nested;                /* the spec holds fields of its own */
    Py_UCS4 conversion;              /* 0: none */
} strformat_piece;

/* The next piece of text[*at, end).  1, 0 at the end, -1 with ValueError. */
int strformat_next(const unicode_text *text, Py_ssize_t *at, Py_ssize_t end, strformat_piece *out);

/* The parts of a field's name: first[.attribute | [index]]... */
typedef struct strformat_part {
    bool is_attribute;
    Py_ssize_t index;                /* -1: not a number */
    strformat_range name;
} strformat_part;
/* The first part; *at moves behind it.  0, or -1 with ValueError. */
int strformat_first(const unicode_text *text, Py_ssize_t *at, Py_ssize_t end, strformat_part *out);
/* 1, 0 at the end, -1 with ValueError. */
int strformat_part_next(const unicode_text *text, Py_ssize_t *at, Py_ssize_t end, strformat_part *out);
#endif
