/* Python.h of gcrt: the documented C API of CPython 3.11 for a runtime without reference counts.
 *
 * Prototypes and the renaming (PyList_New is gcrt_PyList_New to the linker) are generated from
 * capi.def into gcrt_api.h.  What is written by hand here are types, structs, macros and the inline
 * functions that extensions expect to be inline. */
#ifndef Py_PYTHON_H
#define Py_PYTHON_H

#include "gcrt_knobs.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "patchlevel.h"
#include "pyport.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _object PyObject;
typedef struct _typeobject PyTypeObject;
typedef struct _ts PyThreadState;
typedef struct _is PyInterpreterState;
typedef struct _frame PyFrameObject;
typedef struct PyCodeObject PyCodeObject;
typedef struct PyModuleDef PyModuleDef;
typedef struct PyMemberDef PyMemberDef;
typedef struct PyGetSetDef PyGetSetDef;
typedef struct PyMethodDef PyMethodDef;

#include "gcrt_value.h"
#include "gcrt_object.h"   /* PyObject, PyTypeObject, slots, flags */
#include "gcrt_structs.h"  /* layouts of the built-in types */
#include "gcrt_types.h"    /* function types, enums, constants of the API */
#include "gcrt_api.h"      /* generated: renaming and prototypes */
#include "gcrt_inline.h"   /* inline functions and macros */

#ifdef __cplusplus
}
#endif
#endif
