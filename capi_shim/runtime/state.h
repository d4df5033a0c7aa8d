/* state.h: the interpreter state and what the files of runtime/ and modules/ share about it. */
#ifndef GCRT_STATE_H
#define GCRT_STATE_H

#include "runtime.h"
#include "host.h"

/* One a process.  Everything here is a root: the struct is static data. */
struct _is {
    PyObject *modules;             /* sys.modules */
    PyObject *sysdict;             /* vars(sys) */
    PyObject *builtins;            /* vars(builtins) */
    PyObject *importlib;           /* importlib._bootstrap */
    PyObject *import_func;         /* builtins.__import__ as it was at start */
    PyObject *dict;                /* PyInterpreterState_GetDict */
    PyObject *modules_by_index;    /* PyState_FindModule: list */
    int finalizing;
    int forked;                    /* a child of the process that the host is in */
    int initialized;
    int int_max_str_digits;
    const gcrt_config *config;
};
extern struct _is gcrt_interp;

/* errors.c */
int errors_init(void);
/* exceptions.c: ready every exception type; add them to builtins' dict. */
int exceptions_init(void);
int exceptions_add_to(PyObject *builtins_dict);

/* builtins.c, sysmodule.c */
PyObject *builtins_init(void);
PyObject *sys_init(void);
int sys_set_config(const gcrt_config *config);
/* sys attribute by C string; NULL without an exception when absent. */
PyObject *sys_get(const char *name);
int sys_set(const char *name, PyObject *value);

/* import.c */
int import_init(void);
/* A builtin of modules.def or the inittab by name: its init function, or NULL. */
PyObject *(*import_find_builtin(PyObject *name))(void);
PyObject *import_builtin_names(void);
/* "an extension built for CPython lies there" hint for a module that was not found; NULL: no such file. */
PyObject *import_foreign_extension(PyObject *fullname, PyObject *path);

/* run.c: source to code through the host. NULL with SyntaxError etc. */
PyObject *run_compile(const char *source, Py_ssize_t length, PyObject *filename, const char *mode, int flags,
                      int dont_inherit, int optimize);
/* Run what the configuration asks for in __main__; result or NULL with an exception. */
PyObject *run_main(const gcrt_config *config);

/* _signal.c / safepoint.c */
int signals_init(void);
void signals_shutdown(void);
int signals_run_pending(void);
extern pthread_t gcrt_guest_thread;

/* atexit.c; calls the functions of Py_AtExit too. */
void atexit_run(void);
void lifecycle_run_exit_functions(void);
/* Exit status for the raised exception, which is printed unless it is SystemExit. */
int lifecycle_handle_exception(void);
/* Join threads of the threading module, as far as it was imported. */
void threading_shutdown(void);

/* traceback_print.c: the default excepthook, on sys.stderr. */
void traceback_display(PyObject *exception, PyObject *traceback);
/* The exception alone: no causes, no contexts. */
void traceback_display_plain(PyObject *exception, PyObject *traceback);

#endif
