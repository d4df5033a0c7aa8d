/* jit_queue.h: between the interpreter (producer, guest thread) and the compile service (host thread).
 *
 * A job is a snapshot: the interpreter copies the instruction stream with its caches, and those of the
 * Python functions that its CALL caches name (small ones, a few levels), into extension memory that the
 * collector scans, so that everything the compiler reads stays alive and still.  The host takes jobs with
 * jit_take (blocks), reads memory through the layouts of code.h / frame.h / gcrt_structs.h, and answers
 * with jit_publish or jit_reject.  Publishing stores one pointer; the guest picks it up at its next call
 * or back edge. */
#ifndef GCRT_JIT_QUEUE_H
#define GCRT_JIT_QUEUE_H

#include "frame.h"

typedef struct gcrt_jit_unit {
    PyCodeObject *code;
    PyFunctionObject *func;    /* the function seen: globals, builtins, defaults */
    gcrt_insn *insns;          /* copy of code->insns with caches, n_words long */
    uint32_t n_words;
    uint32_t depth;            /* 0: the function itself; callees: inlining depth */
    struct gcrt_attr_sites *sites; /* copy of code->attr_sites, or NULL */
} gcrt_jit_unit;

typedef struct gcrt_jit_job {
    uint64_t id;
    uint32_t osr_word;         /* word index of the JUMP_BACKWARD, or UINT32_MAX: whole function */
    uint32_t n_units;
    gcrt_jit_unit *units;      /* units[0] is what is to be compiled */
    /* For OSR: kinds (GCRT_KIND_*) of the localsplus and operand stack at the time of the request. */
    uint32_t n_slots;
    uint16_t *slot_kinds;
    PyObject **slot_values;    /* the values themselves (types for guards) */
    struct gcrt_jit_job *next;
} gcrt_jit_job;

typedef struct gcrt_jit_options {
    int mode;                  /* 0 off, 1 auto, 2 eager (compile at first chance, wait for the result) */
    uint32_t call_threshold, loop_threshold;
} gcrt_jit_options;
extern __attribute__((visibility("default"))) gcrt_jit_options gcrt_jit_options_;

/* Guest thread. */
void jit_request_function(PyThreadState *ts, PyFunctionObject *func, PyCodeObject *code);
void jit_request_loop(PyThreadState *ts, gcrt_frame *frame, const gcrt_insn *back_edge);
/* Compiled code that is left too often is thrown away and may be requested again without the failed
 * assumption: the exits are counted by reason in the engine's own table. */
void jit_discard(PyCodeObject *code);

#pragma GCC visibility push(default)
/* Host thread (through cffi).  NULL when the guest ends. */
gcrt_jit_job *jit_take(void);
void jit_publish(gcrt_jit_job *job, void *entry, double compile_ms);
void jit_reject(gcrt_jit_job *job, int never_again);
void jit_stop(void);
#pragma GCC visibility pop

#pragma GCC visibility push(default)
typedef struct gcrt_jit_stats {
    uint64_t compiled, rejected, osr_entries, side_exits;
    double compile_ms;
} gcrt_jit_stats;
extern gcrt_jit_stats gcrt_jit_stats_;
#pragma GCC visibility pop
#endif
