/* sys_module.h: the files of the sys module. */
#ifndef GCRT_SYS_MODULE_H
#define GCRT_SYS_MODULE_H

#include "state.h"

/* sys_info.c: constants and struct sequences; flags, paths and options of the configuration. */
int sys_add_info(PyObject *dict);
int sys_add_flags(PyObject *dict, const gcrt_config *config);
/* sys_names.c: names of the modules of the standard library, as a frozenset. */
PyObject *sys_stdlib_names(void);
/* sys_hooks.c */
extern PyMethodDef sys_hook_methods[];
int sys_add_hooks(PyObject *dict);
/* sys_streams.c: stdin, stdout, stderr. */
int sys_add_early_streams(PyObject *dict);
int sys_add_streams(PyObject *dict, const gcrt_config *config);
#endif
