/* jit_exit.h: how compiled code is left before its end.
 *
 * A guard that fails stores the live values in an array and calls jit_leave with an exit record.  The
 * record's recipe says how interpreter frames are made of them, outermost frame first:
 *
 *   frame   = code word, pc word (word index | operand count << 32), func, init_self,
 *             n_localsplus recipes, then the operands
 *   recipe  = kind | argument << 8, followed by what the kind needs
 *
 * Objects that compiled code never made (tuples, iterators, bound methods) are made here.  Each gets a
 * number in order of making; REF names one, so that identity survives. */
#ifndef GCRT_JIT_EXIT_H
#define GCRT_JIT_EXIT_H

#include "interp.h"

enum jit_recipe {
    JIT_RECIPE_NULL,           /* unbound */
    JIT_RECIPE_CONST,          /* the next word */
    JIT_RECIPE_OBJECT,         /* values[argument], a value word */
    JIT_RECIPE_INT,            /* values[argument], an unboxed int64_t */
    JIT_RECIPE_FLOAT,          /* values[argument], a double */
    JIT_RECIPE_BOOL,           /* values[argument], 0 or 1 */
    JIT_RECIPE_TUPLE,          /* argument items follow */
    JIT_RECIPE_REF,            /* the argument-th object made */
    JIT_RECIPE_RANGE,          /* start, stop, step follow */
    JIT_RECIPE_RANGE_ITER,     /* current, remaining, step follow */
    JIT_RECIPE_LIST_ITER,      /* index, list or NULL follow */
    JIT_RECIPE_TUPLE_ITER,     /* index, tuple or NULL follow */
    JIT_RECIPE_ENUMERATE,      /* count, iterator follow */
    JIT_RECIPE_ZIP,            /* argument iterators follow */
    JIT_RECIPE_METHOD,         /* function, self follow */
    JIT_RECIPE_LIST_SLICE,     /* list, start, stop, step follow: a copy that nobody has changed */
    JIT_RECIPE_RANGE_ITER_AT,  /* iterator, current, remaining, step follow: it exists, its place is stored */
    JIT_RECIPE_RAW,            /* the next word, as a raw number */
    JIT_RECIPE_COUNT
};

typedef struct jit_exit {
    uint32_t count;            /* times taken */
    uint32_t limit;            /* at this count the code is thrown away; 0: never */
    uint32_t mode;             /* enum gcrt_resume_mode */
    uint32_t n_frames;
    uint32_t loop;             /* the code was entered at a loop: return GCRT_JIT_LEFT_* */
    uint32_t reserved;
    PyCodeObject *code;        /* of the compiled function */
    const uint64_t *recipe;
} jit_exit;

/* frame: the compiled function's own, already pushed.  Returns what the compiled code returns. */
PyObject *jit_leave(PyThreadState *ts, gcrt_frame *frame, jit_exit *exit, const uint64_t *values);
#endif
