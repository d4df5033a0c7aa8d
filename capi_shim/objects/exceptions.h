/* exceptions.h: what the files of the exception types share, and what the interpreter needs of them. */
#ifndef GCRT_EXCEPTIONS_H
#define GCRT_EXCEPTIONS_H

#include "runtime.h"

/* Static type of each exception: exc_ValueError ... */
extern PyTypeObject exc_BaseException;
#define EXC(name, base, layout, doc) extern PyTypeObject exc_##name;
#include "exceptions.def"
#undef EXC

/* BaseException's slots, for the files that extend them. */
PyObject *exception_new(PyTypeObject *type, PyObject *args, PyObject *kwds);
int exception_init(PyObject *self, PyObject *args, PyObject *kwds);
PyObject *exception_str(PyObject *self);
/* args[0] with a fast path; the instance of an exact exception type. */
PyObject *exception_make(PyTypeObject *type, PyObject *args);

/* Fill the slots of the types with layouts of their own, before they are readied. */
void exceptions_setup_attributes(void);
void exceptions_setup_os(void);
void exceptions_setup_syntax(void);
void exceptions_setup_unicode(void);
void exceptions_setup_group(void);
/* The subclass of OSError for an errno; exc_OSError when there is none. */
PyTypeObject *exception_os_type(int error_number);

/* `except*`.  match: set *match and *rest (None for an empty part) of exc for the types in match_type;
 * 0, or -1 with an exception.  check_type: TypeError for types that `except*` may not catch.
 * prep_reraise: the exception to raise at the end of the statement, or None. */
int exception_group_match(PyObject *exc, PyObject *match_type, PyObject **match, PyObject **rest);
PyObject *exception_group_prep_reraise(PyObject *orig, PyObject *excs);

/* errors.c */
/* The raised instance, taken out of the thread state; NULL when nothing was raised. */
PyObject *error_take(void);
/* Raise an instance as it is: no context is added. */
void error_restore(PyObject *exception);
/* Raise an instance, with the handled exception as its context. */
void error_raise(PyObject *exception);
/* The exception that is being handled (sys.exc_info()[1]) or NULL. */
PyObject *error_handled(void);
/* Raise `raise exc from cause`; for RAISE_VARARGS.  Always -1.  exc may be a class, cause NULL. */
int error_do_raise(PyObject *exc, PyObject *cause);

/* traceback.c: a traceback entry in front of the raised exception's. Instruction is frame's own. */
PyObject *traceback_new(PyObject *next, PyFrameObject *frame, int lasti, int lineno);
/* The line of an entry; -1 when it has none. */
int traceback_line(PyTracebackObject *tb);
#endif
