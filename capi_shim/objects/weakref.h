/* weakref.h: weak references, for the collector's embedder and for module _weakref. */
#ifndef GCRT_WEAKREF_H
#define GCRT_WEAKREF_H

#include "runtime.h"

/* End of a collection: forget references that died. */
void weakref_cycle_end(void);
/* At a safepoint: call the callbacks of references whose referents died. */
void weakref_run_callbacks(void);

/* What module _weakref answers. */
Py_ssize_t weakref_count(PyObject *target);
PyObject *weakref_list(PyObject *target);
PyObject *weakref_first(PyObject *target);
#endif
