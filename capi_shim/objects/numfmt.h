/* numfmt.h: the format-spec mini language ("Format Specification Mini-Language" of the library
 * reference), shared by int, float, complex and str. */
#ifndef GCRT_NUMFMT_H
#define GCRT_NUMFMT_H
#include "runtime.h"

typedef struct {
    Py_UCS4 fill;
    Py_UCS4 align;            /* '<' '>' '=' '^' */
    int fill_given;           /* a fill character (or a leading 0) was written */
    int align_given;
    int alternate;            /* '#' */
    int no_neg_zero;          /* 'z' */
    Py_UCS4 sign;             /* '+' '-' ' ' or 0 */
    Py_ssize_t width;         /* -1: none */
    Py_UCS4 thousands;        /* ',' '_' or 0 */
    Py_ssize_t precision;     /* -1: none */
    Py_UCS4 type;             /* default_type when none was written */
} numfmt_spec;

/* Parse spec[start:end].  owner: the value being formatted, for messages.  0, or -1 with ValueError. */
int numfmt_parse_spec(PyObject *spec, Py_ssize_t start, Py_ssize_t end, numfmt_spec *out, Py_UCS4 default_type,
                      Py_UCS4 default_align, PyObject *owner);

/* ValueError "Unknown format code ..." for a presentation type that owner's type does not have. */
void numfmt_unknown_type(Py_UCS4 type, PyObject *owner);

/* value.__format__(spec[start:end]).  value is an int (or subclass), float, complex. */
PyObject *numfmt_long(PyObject *value, PyObject *spec, Py_ssize_t start, Py_ssize_t end);
PyObject *numfmt_float(PyObject *value, PyObject *spec, Py_ssize_t start, Py_ssize_t end);
PyObject *numfmt_complex(PyObject *value, PyObject *spec, Py_ssize_t start, Py_ssize_t end);

/* content padded to width with fill, by align ('<', '>', '^').  The tail of str.__format__ too. */
PyObject *numfmt_pad(PyObject *content, Py_UCS4 fill, Py_UCS4 align, Py_ssize_t width);
#endif
