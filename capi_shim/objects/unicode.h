/* unicode.h: what the text files of objects/ share.
 *
 * An exact str is compact: header, then text.  An ASCII one is leaf memory; any other is traced, since
 * its utf8 cache is a block of the collector's that only the string keeps alive.  An instance of a
 * subclass is not compact: its text is a leaf block at data.any. */
#ifndef GCRT_UNICODE_H
#define GCRT_UNICODE_H

#include "runtime.h"
#ifndef GCRT_RUNTIME_H
#error "include runtime.h"
#endif

#define UNICODE_MAX 0x10ffffu

/* hash.c: the keyed hash of n bytes; never -1. */
Py_hash_t hash_bytes(const void *data, size_t n);

/* ---- unicode.c */
PyObject *unicode_empty(void);
/* The shared string of one character below 256, or a new one. */
PyObject *unicode_char(Py_UCS4 ch);
/* Smallest of 0x7f, 0xff, 0xffff, 0x10ffff that bounds the n characters. */
Py_UCS4 unicode_max_char(int kind, const void *data, Py_ssize_t n);
/* Copy n characters; the target's kind must hold them. */
void unicode_copy(int to_kind, void *to, int from_kind, const void *from, Py_ssize_t n);
/* The exact str for a str: itself, or the copy of an instance of a subclass. */
PyObject *unicode_exact(PyObject *s);
/* Characters [start, end), in range, as an exact str. */
PyObject *unicode_slice(PyObject *s, Py_ssize_t start, Py_ssize_t end);
/* Contents equal?  Both are str. */
int unicode_equal(PyObject *a, PyObject *b);
PyObject *unicode_from_ascii(const char *s, Py_ssize_t n);
/* false, with TypeError, when op is no str. */
int unicode_require(PyObject *op);
Py_hash_t unicode_hash(PyObject *self);
/* Shrinks or copies a string that nobody else has seen yet. */
PyObject *unicode_truncate(PyObject *s, Py_ssize_t n);

/* ---- unicode_intern.c */
/* Drops the entries whose string has not been marked in this cycle: cycle_end of the embedder. */
void unicode_cycle_end(void);

/* ---- unicode_join.c */
/* What BUILD_STRING needs: items joined by sep (NULL: nothing between).  TypeError for no str. */
PyObject *unicode_join_array(PyObject *sep, PyObject **items, Py_ssize_t n);
PyObject *unicode_repeat(PyObject *s, Py_ssize_t n);

/* ---- unicode_find.c */
/* Position of needle in [start, end) of s, -1 when absent, -2 with an exception. */
Py_ssize_t unicode_find(PyObject *s, PyObject *needle, Py_ssize_t start, Py_ssize_t end, int direction);
Py_ssize_t unicode_count(PyObject *s, PyObject *needle, Py_ssize_t start, Py_ssize_t end);
Py_ssize_t unicode_find_char(int kind, const void *data, Py_ssize_t n, Py_UCS4 ch, int direction);
PyObject *unicode_replace(PyObject *s, PyObject *from, PyObject *to, Py_ssize_t max);
int unicode_tailmatch(PyObject *s, PyObject *part, Py_ssize_t start, Py_ssize_t end, int at_end);

/* ---- unicode_split.c */
/* The white space among the first 256 characters. */
extern const uint8_t unicode_space[256];
enum { UNICODE_STRIP_LEFT = 1, UNICODE_STRIP_RIGHT = 2, UNICODE_STRIP_BOTH = 3 };
PyObject *unicode_strip(PyObject *s, PyObject *chars, int sides);

/* ---- unicode_case.c */
typedef enum {
    UNICODE_LOWER,
    UNICODE_UPPER,
    UNICODE_TITLE,
    UNICODE_SWAPCASE,
    UNICODE_CAPITALIZE,
    UNICODE_CASEFOLD,
} unicode_case_op;
PyObject *unicode_case(PyObject *s, unicode_case_op op);

/* ---- unicode_repr.c */
PyObject *unicode_repr(PyObject *s);

/* ---- unicode_format.c, unicode_strformat.c, unicode_spec.c */
PyObject *unicode_str_format(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *unicode_format_map(PyObject *self, PyObject *mapping);
PyObject *unicode_format_spec(PyObject *self, PyObject *spec);
PyObject *unicode_formatter_parser(PyObject *self);
PyObject *unicode_formatter_field_name_split(PyObject *self);

/* ---- unicode_methods.c */
extern PyMethodDef unicode_methods[];
PyObject *unicode_iter(PyObject *self);
PyObject *unicode_translate(PyObject *s, PyObject *table, const char *errors);

static inline void
unicode_init(PyObject *s, Py_ssize_t length, int kind, int ascii, int compact)
{
    PyASCIIObject *a = (PyASCIIObject *)s;
    a->length = length;
    a->hash = -1;
    a->state.kind = (unsigned)kind;
    a->state.compact = (unsigned)compact;
    a->state.ascii = (unsigned)ascii;
    a->state.ready = 1;
}

/* An exact str of n zero ASCII characters, to be filled. */
static inline PyObject *
unicode_new_ascii(Py_ssize_t n)
{
    PyObject *s = gcrt_new_leaf(&PyUnicode_Type, sizeof(PyASCIIObject) + (size_t)n + 1);
    if (GCRT_LIKELY(s != NULL))
        unicode_init(s, n, PyUnicode_1BYTE_KIND, 1, 1);
    return s;
}

/* Clamp slice bounds as str.find does. */
static inline void
unicode_adjust(Py_ssize_t *start, Py_ssize_t *end, Py_ssize_t length)
{
    if (*end > length)
        *end = length;
    else if (*end < 0 && (*end += length) < 0)
        *end = 0;
    if (*start < 0 && (*start += length) < 0)
        *start = 0;
}

/* A view of a str's text. */
typedef struct unicode_text {
    int kind;
    const void *data;
    Py_ssize_t length;
} unicode_text;
static inline unicode_text
unicode_text_of(PyObject *s)
{
    return (unicode_text){PyUnicode_KIND(s), PyUnicode_DATA(s), PyUnicode_GET_LENGTH(s)};
}
static inline Py_UCS4
unicode_at(const unicode_text *t, Py_ssize_t i)
{
    return PyUnicode_READ(t->kind, t->data, i);
}
#endif
