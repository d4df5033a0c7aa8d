/* builtins.h: the files of the builtins module. */
#ifndef GCRT_BUILTINS_H
#define GCRT_BUILTINS_H

#include "state.h"

#define BUILTIN_FAST(name) PyObject *name(PyObject *, PyObject *const *, Py_ssize_t)
#define BUILTIN_KEYWORDS(name) PyObject *name(PyObject *, PyObject *const *, Py_ssize_t, PyObject *)

/* Match keyword arguments against names (NULL-terminated) and store them in values[], which are NULL
 * where nothing was given.  0, or -1 with TypeError. */
int builtin_keywords(const char *function, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames,
                     const char *const *names, PyObject **values);

/* builtins_class.c */
BUILTIN_KEYWORDS(builtin_build_class);
/* builtins_code.c */
BUILTIN_KEYWORDS(builtin_compile);
BUILTIN_KEYWORDS(builtin_exec);
BUILTIN_FAST(builtin_eval);
BUILTIN_KEYWORDS(builtin_import);
PyObject *builtin_globals(PyObject *, PyObject *);
PyObject *builtin_locals(PyObject *, PyObject *);
/* builtins_iter.c */
BUILTIN_KEYWORDS(builtin_min);
BUILTIN_KEYWORDS(builtin_max);
BUILTIN_KEYWORDS(builtin_sum);
BUILTIN_KEYWORDS(builtin_sorted);
BUILTIN_FAST(builtin_iter);
BUILTIN_FAST(builtin_next);
BUILTIN_FAST(builtin_anext);
PyObject *builtin_aiter(PyObject *, PyObject *);
PyObject *builtin_all(PyObject *, PyObject *);
PyObject *builtin_any(PyObject *, PyObject *);
/* builtins_io.c */
BUILTIN_KEYWORDS(builtin_print);
BUILTIN_FAST(builtin_input);
BUILTIN_KEYWORDS(builtin_breakpoint);
/* exit, quit, help, copyright, credits, license */
int builtins_add_site(PyObject *dict);
#endif
