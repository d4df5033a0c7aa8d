/* traceback_print.h: the files that turn an exception into the text a user sees. */
#ifndef GCRT_TRACEBACK_PRINT_H
#define GCRT_TRACEBACK_PRINT_H

#include "code.h"
#include "exceptions.h"

/* Where the carets go, in characters of the whole line; -1: none of that kind. */
typedef struct {
    Py_ssize_t left_end, right_start;
} traceback_anchors;

/* traceback_source.c: a line of a source file without its end; NULL without exception when it can't be
 * had.  The file read last is kept: consecutive entries mostly share it. */
PyObject *traceback_source_line(PyObject *filename, int lineno);
void traceback_source_forget(void);

/* traceback_anchors.c: the operator, or the brackets, of the expression line[start:end]. 1 if found. */
int traceback_find_anchors(PyObject *line, Py_ssize_t start, Py_ssize_t end, traceback_anchors *out);

/* traceback_suggest.c: the name that was probably meant, or NULL; never an exception. */
PyObject *traceback_suggestion(PyObject *exc);
#endif
