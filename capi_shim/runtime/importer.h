/* importer.h: what import.c and modules/_imp.c share. */
#ifndef GCRT_IMPORTER_H
#define GCRT_IMPORTER_H

#include "state.h"

#define IMPORT_SUFFIX ".gcrt-311-x86_64-linux-gnu.so"

/* import_dynamic.c: load an extension's file, run its PyInit function; the module, or NULL. */
PyObject *import_load_dynamic(PyObject *spec);
/* What an init function returned, checked: a module, which may still need exec. */
PyObject *import_finish_init(PyObject *result, PyObject *name, PyObject *spec, PyObject *(*init)(void),
                             PyObject *path);
/* import_trim.c: drop importlib's own entries from the raised exception's traceback. */
void import_trim_traceback(void);
/* import_foreign.c: after ModuleNotFoundError for fullname: if the module is there, but built for
 * CPython, raise an error that says so instead. */
void import_explain_missing(PyObject *fullname);
/* Change co_filename of code and the code inside from old to fresh. */
void import_fix_filename(PyObject *code, PyObject *old, PyObject *fresh);
int sys_dlopen_flags(void);
#endif
