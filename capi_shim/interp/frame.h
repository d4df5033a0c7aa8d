/* frame.h: frames on the guest's own stack.
 *
 * Frames are contiguous on ts->stack_base .. ts->stack_top (a stack that the collector scans as a root
 * range), except a generator's, which live inside the generator object.  JIT frames are the same
 * structure: compiled code pushes a frame on entry, keeps values in registers, stores `pc` before
 * anything that can raise or look at frames, and fills `slots` only when it leaves (frame state).
 *
 * While a frame is not the innermost one, pc points at the instruction that made the call and sp above
 * the operands that remain after the call's own were popped: the callee's result is pushed there and
 * execution goes on behind pc (pc + 1 + cache words). */
#ifndef GCRT_FRAME_H
#define GCRT_FRAME_H

#include "code.h"

enum {
    GCRT_FRAME_ENTRY = 1,      /* its return ends a run of the interpreter's loop (C called it) */
    GCRT_FRAME_GENERATOR = 2,  /* lives in a generator object */
    GCRT_FRAME_INIT = 4,       /* __init__ of an instantiation: `init_self` is the call's result */
    GCRT_FRAME_JIT = 8,        /* owned by compiled code: slots are not valid */
};

typedef struct gcrt_frame {
    struct gcrt_frame *back;
    PyCodeObject *code;
    const gcrt_insn *pc;
    PyObject **sp;             /* next free operand slot; valid as the essay says */
    PyFunctionObject *func;    /* globals, builtins, closure */
    PyObject *locals;          /* namespace of a class body or module; NULL in functions */
    PyFrameObject *object;     /* made when somebody asks */
    PyObject *init_self;
    uint32_t flags;
    uint32_t reserved;
    PyObject *slots[];         /* n_localsplus variables, then the operand stack */
} gcrt_frame;
_Static_assert(sizeof(gcrt_frame) == 72, "JIT code knows this layout");

/* Push a frame for func on the guest stack; slots from n_args on are NULL up to n_localsplus.
 * NULL with RecursionError when the recursion limit or the stack is used up. */
gcrt_frame *frame_push(PyThreadState *ts, PyFunctionObject *func, PyCodeObject *code);
void frame_pop(PyThreadState *ts, gcrt_frame *frame);

/* Zero what earlier instructions have left in operand slots that are free now, in all frames: the collector scans
 * these slots too.  For C code that interpreted code has called, directly or not. */
void frame_clear_dead_operands(PyThreadState *ts);

/* The Python-visible frame object of a frame (cached in frame->object). */
PyFrameObject *frame_object(gcrt_frame *frame);
int frame_line(gcrt_frame *frame);

/* Go on in the interpreter from a frame state that compiled code has left: `top` (== ts->frame) is the
 * innermost frame with its slots, pc and sp filled in, `bottom` the frame whose return value is the
 * result (top or one of its callers, for inlined calls).
 *   GCRT_RESUME_NEXT    execute the instruction at top->pc
 *   GCRT_RESUME_RAISE   the instruction at top->pc has raised ts->exception
 * Both frames are popped on return. */
enum gcrt_resume_mode { GCRT_RESUME_NEXT = 0, GCRT_RESUME_RAISE = 1 };
PyObject *interp_resume(PyThreadState *ts, gcrt_frame *top, gcrt_frame *bottom, int mode);
/* A loop's native entry that is left before the frame's end does not call interp_resume (a loop that is
 * left and entered again at each turn would fill the C stack): with ts->frame, pc and sp as above it
 * returns one of these, and the interpreter's own loop goes on. */
#define GCRT_JIT_LEFT_NEXT ((PyObject *)8)
#define GCRT_JIT_LEFT_RAISE ((PyObject *)16)

/* Run a frame that was pushed and whose arguments are in place, to its return. */
PyObject *interp_run(PyThreadState *ts, gcrt_frame *frame);
/* Bind a call's arguments into slots (the general case: defaults, keywords, * and **). 0 or -1. */
int frame_bind_args(PyFunctionObject *func, PyCodeObject *code, PyObject **slots, PyObject *const *args,
                    Py_ssize_t nargs, PyObject *kwnames);
#endif
