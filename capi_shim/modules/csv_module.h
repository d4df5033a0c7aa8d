/* csv_module.h: the files of module _csv. */
#ifndef GCRT_CSV_MODULE_H
#define GCRT_CSV_MODULE_H

#include "runtime.h"

#define CSV_NONE ((Py_UCS4)-1)     /* no such character */
enum { CSV_QUOTE_MINIMAL, CSV_QUOTE_ALL, CSV_QUOTE_NONNUMERIC, CSV_QUOTE_NONE };

typedef struct {
    PyObject_HEAD
    PyObject *lineterminator;
    Py_UCS4 delimiter, quotechar, escapechar;
    int doublequote, skipinitialspace, strict, quoting;
} csv_dialect;

extern PyObject *csv_error;
extern PyTypeObject csv_dialect_type, csv_reader_type, csv_writer_type;

/* A dialect from a name, class, instance or NULL, with settings changed by kwds. */
csv_dialect *csv_make_dialect(PyObject *dialect, PyObject *kwds);
Py_ssize_t csv_field_limit(void);
PyObject *csv_reader(PyObject *module, PyObject *args, PyObject *kwds);
PyObject *csv_writer(PyObject *module, PyObject *args, PyObject *kwds);
#endif
