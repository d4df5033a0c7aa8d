/* interp.h: what the files of interp/ share: generators, the frame object, the loop's slow paths. */
#ifndef GCRT_INTERP_H
#define GCRT_INTERP_H

#include "frame.h"
#include "jit_queue.h"

/* ------------------------------------------------------------------ frame objects */

/* What Python sees of a frame (struct _frame, gcrt_structs.h).  While the frame runs, `frame` points to it;
 * when it ends, its variables are copied (frame_detach) and `frame` points to the copy; after clear() it has
 * no variables. */

/* The frame is about to end (or to be reused): give its object a copy. */
void frame_detach(gcrt_frame *frame);
/* Byte offset in co_code of the instruction the frame is at. */
int frame_lasti(gcrt_frame *frame);
/* The frame's variables as a mapping, brought up to date; NULL with an exception. */
PyObject *frame_locals(gcrt_frame *frame);
/* Raise RecursionError; returns NULL. */
gcrt_frame *frame_recursion_error(PyThreadState *ts);

/* First operand slot. */
static inline PyObject **
frame_stack(gcrt_frame *frame)
{
    return frame->slots + frame->code->n_localsplus;
}

static inline size_t
frame_size(const PyCodeObject *code)
{
    return sizeof(gcrt_frame) + code->frame_slots * sizeof(PyObject *);
}

/* Push without looking at the code's state; the slots are the caller's to fill. */
static inline gcrt_frame *
frame_push_raw(PyThreadState *ts, PyFunctionObject *func, PyCodeObject *code)
{
    gcrt_frame *frame = (gcrt_frame *)ts->stack_top;
    char *top = ts->stack_top + frame_size(code);
    if (GCRT_UNLIKELY(top > ts->stack_limit || ts->recursion_left <= 0))
        return frame_recursion_error(ts);
    ts->recursion_left--;
    ts->stack_top = top;
    frame->back = ts->frame;
    frame->code = code;
    frame->pc = code->insns;
    frame->sp = frame->slots + code->n_localsplus;
    frame->func = func;
    frame->locals = NULL;
    frame->object = NULL;
    frame->init_self = NULL;
    frame->flags = 0;
    frame->reserved = 0;
    ts->frame = frame;
    return frame;
}

/* ------------------------------------------------------------------ generators */

enum gen_state { GEN_CREATED = 0, GEN_SUSPENDED, GEN_EXECUTING, GEN_CLOSED };

/* Generator, coroutine and asynchronous generator: one layout, the frame at the end. */
typedef struct {
    PyObject_HEAD
    PyCodeObject *code;           /* also when the frame is gone; as in PyGenObject */
    gcrt_exc_item exc;            /* exceptions handled inside; linked in while it runs */
    PyObject *name, *qualname;
    PyObject *weakreflist;
    PyObject *origin;             /* coroutines: where it was created, or NULL */
    PyObject *finalizer;          /* asynchronous generators: hook of sys.set_asyncgen_hooks */
    uint8_t state;
    uint8_t registered;           /* for dying: it has something to clean up */
    uint8_t hooks_inited, running_async, closed;
    gcrt_frame frame;             /* with its slots */
} gcrt_gen;
static_assert(offsetof(gcrt_gen, code) == offsetof(PyGenObject, gi_code), "the part that extensions read");

static inline gcrt_gen *
gen_of_frame(gcrt_frame *frame)
{
    return (gcrt_gen *)((char *)frame - offsetof(gcrt_gen, frame));
}

/* A third mode of interp_resume: a value has been pushed, go on behind the instruction at pc. */
enum { GCRT_RESUME_AFTER = 2 };

/* Make the generator of a frame that has just started and pop the frame. */
PyObject *gen_from_frame(PyThreadState *ts, gcrt_frame *frame);
/* Link a suspended generator's frame in, so that the loop can run it.  0 or -1 (RecursionError). */
int gen_enter(PyThreadState *ts, gcrt_gen *gen);
/* Its frame has been left: by yield (state SUSPENDED) or for good (CLOSED). */
void gen_leave(PyThreadState *ts, gcrt_gen *gen, int state);
/* An exception leaves a generator: StopIteration becomes RuntimeError. */
void gen_convert_stop(PyThreadState *ts, gcrt_gen *gen);
/* am_send of generators and coroutines. */
PySendResult gen_send(PyObject *self, PyObject *value, PyObject **result);
/* Close or throw into whatever `yield from` waits for. */
PyObject *gen_yield_from(gcrt_gen *gen);
int gen_is_exact(PyObject *op);
PyObject *gen_throw_exception(gcrt_gen *gen, PyObject *exc);
/* Methods and attributes that the three types have in common. */
void gen_trace(PyObject *self, size_t size, gc_tracer *t);
PyObject *gen_send_method(PyObject *self, PyObject *value);
PyObject *gen_throw_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs);
PyObject *gen_close_method(PyObject *self, PyObject *ignored);
void gen_finalize(PyObject *self);
PyObject *gen_get_name(PyObject *self, void *qualified);
int gen_set_name(PyObject *self, PyObject *value, void *qualified);
PyObject *gen_get_frame(PyObject *self, void *ignored);
PyObject *gen_get_state(PyObject *self, void *state);
PyObject *gen_get_inner(PyObject *self, void *ignored);
PyObject *gen_repr(PyObject *self);
/* coroutine.c */
PyObject *coro_get_awaitable(PyObject *op);
PyObject *async_gen_wrap_value(PyObject *value);
int async_gen_init_hooks(gcrt_gen *gen);
PyObject *coro_origin(PyThreadState *ts);
extern int coro_origin_depth;                                /* sys.set_coroutine_origin_tracking_depth */
extern PyObject *async_gen_firstiter, *async_gen_finalizer;  /* sys.set_asyncgen_hooks; NULL: none */

/* ------------------------------------------------------------------ function.c, code.c */

PyObject *function_new(PyThreadState *ts, PyObject *code, PyObject *globals, PyObject *builtins);
/* The dict of builtins that code with these globals sees; NULL with an exception. */
PyObject *function_builtins(PyObject *globals);
static inline int
function_is(PyObject *op)
{
    return gcrt_is_pointer(op) && op->ob_type == &PyFunction_Type;
}

typedef struct code_spec {
    int argcount, posonlyargcount, kwonlyargcount, stacksize, flags, firstlineno;
    PyObject *code, *consts, *names, *localsplusnames, *localspluskinds;
    PyObject *filename, *name, *qualname, *linetable, *exceptiontable;
} code_spec;
/* Checks everything; NULL with an exception. */
PyCodeObject *code_new(const code_spec *spec);
enum { CODE_LOCAL = 0x20, CODE_CELL = 0x40, CODE_FREE = 0x80 };
static inline int
code_kind_of(const PyCodeObject *code, Py_ssize_t i)
{
    return (unsigned char)PyBytes_AS_STRING(code->co_localspluskinds)[i];
}
PyObject *code_names_of_kind(PyCodeObject *code, int kind);

/* code_lines.c: one run of the location table.  Columns are -1 when unknown. */
typedef struct code_location {
    const uint8_t *next, *limit;
    int start, end;               /* bytes of co_code: [start, end) */
    int line, end_line, column, end_column;
    int computed_line;            /* running line number, also below entries without one */
} code_location;
void code_locations(PyCodeObject *code, code_location *it);
int code_next_location(code_location *it);
PyObject *code_lines_iterator(PyObject *self, PyObject *ignored);
PyObject *code_positions_iterator(PyObject *self, PyObject *ignored);
PyObject *code_line_pairs(PyCodeObject *code);

/* ------------------------------------------------------------------ decoder */

/* Text of a code's instructions, one a line. */
PyObject *gcrt_disassemble(PyCodeObject *code);

/* ------------------------------------------------------------------ feedback */

static inline uint32_t
kind_of(PyObject *op)
{
    if (gcrt_is_int(op))
        return GCRT_KIND_INT;
    if (gcrt_is_float(op))
        return GCRT_KIND_FLOAT;
    PyTypeObject *t = op->ob_type;
    if (t == &PyUnicode_Type)
        return GCRT_KIND_STR;
    if (t == &PyList_Type)
        return GCRT_KIND_LIST;
    if (t == &PyTuple_Type)
        return GCRT_KIND_TUPLE;
    if (t == &PyDict_Type)
        return GCRT_KIND_DICT;
    if (t == &PyBool_Type)
        return GCRT_KIND_BOOL;
    if (op == Py_None)
        return GCRT_KIND_NONE;
    if (t == &PyFloat_Type)
        return GCRT_KIND_FLOAT;
    if (t == &PyLong_Type)
        return GCRT_KIND_BIGINT;
    if (t == &PyRange_Type || t == &PyRangeIter_Type)
        return GCRT_KIND_RANGE;
    if (t == &PyGen_Type)
        return GCRT_KIND_GENERATOR;
    if (t == &PyEnum_Type)
        return GCRT_KIND_ENUMERATE;
    if (t == &PySlice_Type)
        return GCRT_KIND_SLICE;
    if (t == &PyZip_Type)
        return GCRT_KIND_ZIP;
    if (t == &PyListIter_Type)
        return GCRT_KIND_LIST;
    if (t == &PyTupleIter_Type)
        return GCRT_KIND_TUPLE;
    return GCRT_KIND_OTHER;
}

static inline void
kinds_note(gcrt_cache_kinds *cache, PyObject *left, PyObject *right)
{
    cache->left |= (uint16_t)kind_of(left);
    cache->right |= (uint16_t)kind_of(right);
}

/* ------------------------------------------------------------------ slow paths of the loop.
 * NULL or -1: an exception is set. */

/* strgrow.c.  A str that only one local variable refers to may grow in place; share() ends that. */
PyObject *strgrow_append(PyObject *left, PyObject *right);
static inline void
strgrow_share(PyObject *op)
{
    if (op != NULL && gcrt_is_pointer(op) && op->ob_type == &PyUnicode_Type)
        ((PyASCIIObject *)op)->wstr = NULL;
}

/* eval_names.c */
PyObject *eval_load_name(gcrt_frame *frame, PyObject *name);
int eval_store_name(gcrt_frame *frame, PyObject *name, PyObject *value);
int eval_delete_name(gcrt_frame *frame, PyObject *name);
PyObject *eval_load_global(gcrt_frame *frame, gcrt_insn *pc, PyObject *name);
int eval_delete_global(gcrt_frame *frame, PyObject *name);
PyObject *eval_load_classderef(gcrt_frame *frame, uint32_t i);
void eval_unbound_local(gcrt_frame *frame, uint32_t i);
void eval_unbound_deref(gcrt_frame *frame, uint32_t i);
int eval_setup_annotations(gcrt_frame *frame);
PyObject *eval_import_name(gcrt_frame *frame, PyObject *name, PyObject *fromlist, PyObject *level);
PyObject *eval_import_from(PyObject *module, PyObject *name);
int eval_import_star(gcrt_frame *frame, PyObject *module);
int eval_print_expr(PyObject *value);
PyObject *eval_load_build_class(gcrt_frame *frame);
PyObject *eval_make_function(PyThreadState *ts, gcrt_frame *frame, uint32_t flags, PyObject **sp);

/* eval_attr.c.  These fill the inline cache behind pc. */
PyObject *eval_load_attr(PyObject *owner, PyObject *name, gcrt_insn *pc);
int eval_store_attr(PyObject *owner, PyObject *name, PyObject *value, gcrt_insn *pc);
/* Compiled code has left at pc: if that is such an instruction, let its next miss fill the cache. */
void eval_attr_sample(const gcrt_insn *pc);
/* The same without a cache of their own, for compiled code: what all such sites share. */
PyObject *eval_load_attr_shared(PyObject *owner, PyObject *name);
int eval_store_attr_shared(PyObject *owner, PyObject *name, PyObject *value);
/* sp[-1] is the object; makes sp[-1], sp[0] the pair that CALL takes. */
int eval_load_method(PyObject **sp, PyObject *name, gcrt_insn *pc);

/* eval_ops.c */
PyObject *eval_binary(gcrt_insn *pc, PyObject *left, PyObject *right);
PyObject *eval_unary(gcrt_insn *pc, PyObject *value);
PyObject *eval_compare(gcrt_cache_kinds *cache, PyObject *left, PyObject *right, int op);
int eval_truth(gcrt_cache_kinds *cache, PyObject *value);
PyObject *eval_subscript(gcrt_insn *pc, PyObject *container, PyObject *key);
int eval_store_subscript(gcrt_insn *pc, PyObject *container, PyObject *key, PyObject *value);
PyObject *eval_slice(PyObject *container, PyObject *start, PyObject *stop, PyObject *step);
int eval_store_slice(PyObject *container, PyObject *start, PyObject *stop, PyObject *step, PyObject *value);
PyObject *eval_get_iter(gcrt_insn *pc, PyObject *value);
PyObject *eval_for_next(gcrt_insn *pc, PyObject *iter);
int eval_unpack(PyObject *seq, uint32_t n, PyObject **sp);
int eval_unpack_ex(PyObject *seq, uint32_t before, uint32_t after, PyObject **sp);
PyObject *eval_format_value(PyObject *value, PyObject *spec, uint32_t flag);
PyObject *eval_build_string(PyObject **items, uint32_t n);
PyObject *eval_build_set(PyObject **items, uint32_t n);
PyObject *eval_build_map(PyObject **items, uint32_t n);
PyObject *eval_build_const_key_map(PyObject *keys, PyObject **values, uint32_t n);
int eval_list_extend(PyObject *list, PyObject *iterable);
int eval_dict_update(PyObject *dict, PyObject *update);
int eval_dict_merge(PyObject *callable, PyObject *dict, PyObject *update);

/* eval_match.c */
PyObject *eval_match_keys(PyObject *subject, PyObject *keys);
PyObject *eval_match_class(PyObject *subject, PyObject *type, uint32_t nargs, PyObject *kwargs);

/* eval_exc.c */
int eval_exc_match(PyObject *exc, PyObject *type);
/* Splits the group at *exc: *match is what fits, *exc the rest; 0, -1. */
int eval_group_match(PyObject **exc, PyObject *type, PyObject **match);
PyObject *eval_prep_reraise_star(PyObject *orig, PyObject *excs);
void eval_raise(PyObject *exc, PyObject *cause);
int eval_reraise_current(PyThreadState *ts);
int eval_before_with(PyObject **sp);
int eval_before_async_with(PyObject **sp);
PyObject *eval_with_except_start(PyObject *exit, PyObject *exc);
/* A handler of the frame's code for a word, or NULL. */
const gcrt_handler *eval_find_handler(const PyCodeObject *code, uint32_t word);

/* eval_calls.c */
PyObject *eval_call_ex(PyObject *callable, PyObject *args, PyObject *kwargs);
PyObject *eval_call_c(PyObject *callable, PyObject **args, Py_ssize_t nargs, PyObject *kwnames);
/* Looks at a call and quickens the instruction; called a few times for each site. */
void eval_call_specialize(gcrt_insn *pc, PyObject *callable, Py_ssize_t nargs, int has_self, int has_names);

/* eval_async.c */
PyObject *eval_get_aiter(PyObject *op);
PyObject *eval_get_anext(PyObject *op);
PyObject *eval_get_awaitable(PyObject *op, uint32_t kind);
PyObject *eval_yield_from_iter(gcrt_frame *frame, PyObject *op);
/* One step of a sub-iterator that is not a running-in-the-loop generator. */
PySendResult eval_send(PyObject *receiver, PyObject *value, PyObject **result);

#endif
