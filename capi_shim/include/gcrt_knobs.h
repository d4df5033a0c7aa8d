/* gcrt_knobs.h: capability switches that extension generators honour when they are defined already.
 * They make Cython and pybind11 choose their portable paths: no peeking at int digits, at thread
 * state or frame internals, and no trust in reference counts. */
#ifndef GCRT_KNOBS_H
#define GCRT_KNOBS_H

#define GCRT 1

/* As CPython does: sources rely on it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#define CYTHON_USE_PYLONG_INTERNALS 0
#define CYTHON_USE_UNICODE_WRITER 0
#define CYTHON_USE_UNICODE_INTERNALS 1
#define CYTHON_USE_PYLIST_INTERNALS 0
#define CYTHON_USE_TYPE_SLOTS 1
#define CYTHON_USE_PYTYPE_LOOKUP 0
#define CYTHON_USE_DICT_VERSIONS 0
#define CYTHON_USE_EXC_INFO_STACK 0
#define CYTHON_UPDATE_DESCRIPTOR_DOC 0
#define CYTHON_FAST_THREAD_STATE 0
#define CYTHON_FAST_GIL 0
#define CYTHON_FAST_PYCALL 0
#define CYTHON_FAST_PYCCALL 0
#define CYTHON_VECTORCALL 1
#define CYTHON_ASSUME_SAFE_MACROS 1
#define CYTHON_ASSUME_SAFE_SIZE 1
#define CYTHON_AVOID_BORROWED_REFS 0
#define CYTHON_AVOID_THREAD_SAFE_BORROWED_REFS 0
#define CYTHON_PEP487_INIT_SUBCLASS 1
#define CYTHON_PEP489_MULTI_PHASE_INIT 0 /* its check reads the thread state */
#define CYTHON_USE_MODULE_STATE 0
#define CYTHON_USE_TP_FINALIZE 1
#define CYTHON_UNPACK_METHODS 0
#define CYTHON_METH_FASTCALL 1
#define CYTHON_PROFILE 0
#define CYTHON_TRACE 0
#define CYTHON_OPAQUE_OBJECTS 0
#define CYTHON_USE_SYS_MONITORING 0
#define CYTHON_USE_FREELISTS 0
#define CYTHON_IMMORTAL_CONSTANTS 0

#define PYBIND11_SIMPLE_GIL_MANAGEMENT 1

#endif
