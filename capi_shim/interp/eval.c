/* eval.c: the interpreter's loop.
 *
 * One C activation runs many Python frames: a call of a Python function pushes a frame and goes on, a
 * return pops it.  The activation ends when a frame flagged ENTRY ends.  Four things live in registers:
 *
 *   pc       the instruction being executed; written to frame->pc before anything that can raise, collect
 *            or look at frames
 *   sp       next free operand slot; written to frame->sp when another frame goes on top
 *   frame    == ts->frame
 *   consts   of frame->code
 *
 * The collector scans the whole stack of frames, operand slots above sp included, so that operands need
 * not be saved before a call into C.  (A collection that a program asks for clears those first: operands.c.)
 *
 * Quickening: an instruction that has seen the same kinds of operands is rewritten in place to a form of
 * its own (SPECIAL in opcodes.def).  A form whose guard fails gives way to the plain one; after a few
 * times that is for good (cache counters).  The kinds a form stands for are noted when it is installed. */
#include "interp.h"
#include "attr_cache.h"
#include "callable.h"
#include "container.h"
#include "dict.h"
#include "iters.h"
#include "list.h"
#include "number_fast.h"

/* Times that an instruction may change its form. */
#define QUICKEN_LIMIT 4

/* By opcode: words of an instruction with its cache. */
static const uint8_t insn_words[OP_COUNT] = {
#define OP(name, a, b, pops, pushes, cache, flags) [OP_##name] = 1 + CACHE_WORDS_##cache,
#define SPECIAL(name, base)
#include "opcodes.def"
#undef OP
#undef SPECIAL
    [OP_LOAD_GLOBAL_MODULE] = 1 + CACHE_WORDS_GLOBAL,
    [OP_LOAD_GLOBAL_BUILTIN] = 1 + CACHE_WORDS_GLOBAL,
    [OP_LOAD_ATTR_SLOT] = 1 + CACHE_WORDS_ATTR,
    [OP_LOAD_ATTR_CACHED] = 1 + CACHE_WORDS_ATTR,
    [OP_STORE_ATTR_SLOT] = 1 + CACHE_WORDS_ATTR,
    [OP_STORE_ATTR_CACHED] = 1 + CACHE_WORDS_ATTR,
    [OP_LOAD_METHOD_CACHED] = 1 + CACHE_WORDS_ATTR,
    [OP_LOAD_FAST_SHARE] = 1,
    [OP_BINARY_ADD_INT ... OP_BINARY_ADD_STR] = 1 + CACHE_WORDS_KINDS,
    [OP_BINARY_SUB_INT ... OP_BINARY_SUB_FLOAT] = 1 + CACHE_WORDS_KINDS,
    [OP_BINARY_MUL_INT ... OP_BINARY_MUL_FLOAT] = 1 + CACHE_WORDS_KINDS,
    [OP_COMPARE_JUMP_INT] = 1 + CACHE_WORDS_KINDS,
    [OP_BINARY_SUBSCR_LIST_INT ... OP_BINARY_SUBSCR_DICT] = 1 + CACHE_WORDS_KINDS,
    [OP_STORE_SUBSCR_LIST_INT ... OP_STORE_SUBSCR_DICT] = 1 + CACHE_WORDS_KINDS,
    [OP_FOR_ITER_RANGE ... OP_FOR_ITER_GEN] = 1 + CACHE_WORDS_KINDS,
    [OP_CALL_PY ... OP_CALL_TYPE] = 1 + CACHE_WORDS_CALL,
};

/* Comparison of tagged ints: bit 0 less, bit 1 equal, bit 2 greater; entries from 8 on are those of
 * COMPARE_JUMP's b when it jumps on true, the first ones when it jumps on false. */
static const uint8_t jump_masks[16] = {
    6, 4, 5, 2, 3, 1, 0, 0, 1, 3, 2, 5, 4, 6, 0, 0,
};
static inline int
order_of(PyObject *a, PyObject *b)
{
    int64_t x = (int64_t)a, y = (int64_t)b;
    return (x > y) - (x < y) + 1;
}

static inline uint32_t
immediate_kind(PyObject *v)
{
    return 2 - (uint32_t)((uintptr_t)v & 1); /* GCRT_KIND_INT 1, GCRT_KIND_FLOAT 2 */
}
static inline void
note_immediates(gcrt_cache_kinds *cache, PyObject *l, PyObject *r)
{
    *(uint32_t *)cache |= immediate_kind(l) | immediate_kind(r) << 16;
}

/* The raw word where an instance of `type` keeps its shape. */
static inline gcrt_shape *
shape_of(PyObject *op, PyTypeObject *type)
{
    return *(gcrt_shape **)((char *)op + type->gcrt_inst_offset);
}

static __attribute__((noinline)) void
hot_function(PyThreadState *ts, gcrt_frame *frame)
{
    frame->code->call_counter = 0;
    if (gcrt_jit_options_.mode != 0 && frame->code->jit_state == 0)
        jit_request_function(ts, frame->func, frame->code);
}

static __attribute__((noinline)) void
hot_loop(PyThreadState *ts, gcrt_frame *frame, gcrt_insn *pc, gcrt_cache_loop *cache)
{
    cache->counter = 0;
    if (gcrt_jit_options_.mode != 0 && cache->state == 0 && !(frame->flags & GCRT_FRAME_GENERATOR))
        jit_request_loop(ts, frame, pc);
}

static __attribute__((noinline)) PyObject *
dict_item(PyObject *dict, PyObject *key)
{
    PyObject *value = dict_get((PyDictObject *)dict, key);
    if (value == NULL && gcrt_ts->exception == NULL)
        _PyErr_SetKeyError(key);
    return value;
}

/* The parameters of a call that compiled code takes: in place when they are as it wants them. */
static __attribute__((noinline)) PyObject *
call_native(PyFunctionObject *func, PyObject **args, Py_ssize_t nargs, PyObject *kwnames)
{
    return _PyFunction_Vectorcall((PyObject *)func, args, (size_t)nargs, kwnames);
}

static __attribute__((noinline)) PyObject *
init_result(PyObject *result, PyObject *self)
{
    if (result == NULL || result == Py_None)
        return result == NULL ? NULL : self;
    PyErr_Format(PyExc_TypeError, "__init__() should return None, not '%.200s'", Py_TYPE(result)->tp_name);
    return NULL;
}

static __attribute__((noinline)) void
add_traceback(PyThreadState *ts, gcrt_frame *frame)
{
    if (ts->exception == NULL)
        PyErr_SetString(PyExc_SystemError, "error return without exception set");
    PyFrameObject *object = frame_object(frame);
    if (object != NULL)
        PyTraceBack_Here(object);
}

/* ------------------------------------------------------------------ the loop */

#define SLOT(i) (frame->slots[i])
#define PUSH(v) (*sp++ = (v))
#define POP() (*--sp)
#define SAVE() (frame->pc = pc)
#define DISPATCH() goto *labels[pc->op]
#define NEXT(words)                                                                                     \
    do {                                                                                                \
        pc += 1 + (words);                                                                              \
        DISPATCH();                                                                                     \
    } while (0)
#define JUMP_TO(word)                                                                                   \
    do {                                                                                                \
        pc = frame->code->insns + (word);                                                               \
        DISPATCH();                                                                                     \
    } while (0)
#define CACHE(type) ((type *)(pc + 1))
#define KINDS CACHE(gcrt_cache_kinds)
#define LOAD_FRAME()                                                                                    \
    do {                                                                                                \
        pc = (gcrt_insn *)frame->pc;                                                                    \
        sp = frame->sp;                                                                                 \
        consts = frame->code->consts;                                                                   \
    } while (0)
#define CHECKED(value)                                                                                  \
    do {                                                                                                \
        if (GCRT_UNLIKELY((value) == NULL))                                                             \
            goto error;                                                                                 \
    } while (0)
#define FAILED(status)                                                                                  \
    do {                                                                                                \
        if (GCRT_UNLIKELY((status) < 0))                                                                \
            goto error;                                                                                 \
    } while (0)

#define BINARY_GENERIC(NAME, fast)                                                                      \
    L_##NAME : {                                                                                        \
        PyObject *r = sp[-1], *l = sp[-2], *v = NULL;                                                   \
        if (gcrt_is_immediate(l) && gcrt_is_immediate(r)) {                                             \
            note_immediates(KINDS, l, r);                                                               \
            v = fast(l, r);                                                                             \
        }                                                                                               \
        if (GCRT_UNLIKELY(v == NULL)) {                                                                 \
            SAVE();                                                                                     \
            v = eval_binary(pc, l, r);                                                                  \
            CHECKED(v);                                                                                 \
        }                                                                                               \
        sp--;                                                                                           \
        sp[-1] = v;                                                                                     \
        NEXT(CACHE_WORDS_KINDS);                                                                        \
    }

/* An operator with forms for two ints and two floats. */
#define BINARY_QUICK(NAME, fast, op_double)                                                             \
    L_##NAME : {                                                                                        \
        PyObject *r = sp[-1], *l = sp[-2], *v = NULL;                                                   \
        if (gcrt_is_immediate(l) && gcrt_is_immediate(r)) {                                             \
            note_immediates(KINDS, l, r);                                                               \
            if (KINDS->counter < QUICKEN_LIMIT) {                                                       \
                if (gcrt_both_int(l, r))                                                                \
                    pc->op = OP_##NAME##_INT;                                                           \
                else if (fast_both_float(l, r))                                                         \
                    pc->op = OP_##NAME##_FLOAT;                                                         \
            }                                                                                           \
            v = fast(l, r);                                                                             \
        }                                                                                               \
        if (GCRT_UNLIKELY(v == NULL)) {                                                                 \
            SAVE();                                                                                     \
            v = eval_binary(pc, l, r);                                                                  \
            CHECKED(v);                                                                                 \
        }                                                                                               \
        sp--;                                                                                           \
        sp[-1] = v;                                                                                     \
        NEXT(CACHE_WORDS_KINDS);                                                                        \
    }                                                                                                   \
    L_##NAME##_INT : {                                                                                  \
        PyObject *r = sp[-1], *l = sp[-2], *v;                                                          \
        if (GCRT_UNLIKELY(!gcrt_both_int(l, r))) {                                                      \
            KINDS->counter++;                                                                           \
            pc->op = OP_##NAME;                                                                         \
            goto L_##NAME;                                                                              \
        }                                                                                               \
        v = fast(l, r);                                                                                 \
        if (GCRT_UNLIKELY(v == NULL)) {                                                                 \
            SAVE();                                                                                     \
            v = eval_binary(pc, l, r);                                                                  \
            CHECKED(v);                                                                                 \
        }                                                                                               \
        sp--;                                                                                           \
        sp[-1] = v;                                                                                     \
        NEXT(CACHE_WORDS_KINDS);                                                                        \
    }                                                                                                   \
    L_##NAME##_FLOAT : {                                                                                \
        PyObject *r = sp[-1], *l = sp[-2], *v;                                                          \
        if (GCRT_UNLIKELY(!fast_both_float(l, r))) {                                                    \
            KINDS->counter += !PyFloat_CheckExact(l) || !PyFloat_CheckExact(r);                         \
            pc->op = OP_##NAME;                                                                         \
            goto L_##NAME;                                                                              \
        }                                                                                               \
        v = gcrt_float_immediate(gcrt_float_value(l) op_double gcrt_float_value(r));                    \
        if (GCRT_UNLIKELY(v == NULL)) {                                                                 \
            SAVE();                                                                                     \
            v = PyFloat_FromDouble(gcrt_float_value(l) op_double gcrt_float_value(r));                  \
            CHECKED(v);                                                                                 \
        }                                                                                               \
        sp--;                                                                                           \
        sp[-1] = v;                                                                                     \
        NEXT(CACHE_WORDS_KINDS);                                                                        \
    }

#define UNARY(NAME)                                                                                     \
    L_##NAME : {                                                                                        \
        SAVE();                                                                                         \
        PyObject *v = eval_unary(pc, sp[-1]);                                                           \
        CHECKED(v);                                                                                     \
        sp[-1] = v;                                                                                     \
        NEXT(CACHE_WORDS_KINDS);                                                                        \
    }

/* Truth of v into `truth`: bools at once. */
#define TRUTH(v)                                                                                        \
    int truth;                                                                                          \
    if ((v) == Py_True || (v) == Py_False) {                                                            \
        KINDS->left |= GCRT_KIND_BOOL;                                                                  \
        truth = (v) == Py_True;                                                                         \
    }                                                                                                   \
    else {                                                                                              \
        SAVE();                                                                                         \
        truth = eval_truth(KINDS, (v));                                                                 \
        FAILED(truth);                                                                                  \
    }

/* Replace the n topmost operands by the value of an expression. */
#define REPLACE(n, expression)                                                                          \
    do {                                                                                                \
        SAVE();                                                                                         \
        PyObject *result_ = (expression);                                                               \
        CHECKED(result_);                                                                               \
        sp -= (n);                                                                                      \
        PUSH(result_);                                                                                  \
    } while (0)

static PyObject *
run(PyThreadState *ts, gcrt_frame *frame, int mode)
{
    static const void *const labels[OP_COUNT] = {
#define OP(name, a, b, pops, pushes, cache, flags) &&L_##name,
#define SPECIAL(name, base) &&L_##name,
#include "opcodes.def"
#undef OP
#undef SPECIAL
    };
    gcrt_insn *pc;
    PyObject **sp, **consts;
    /* A call on its way to enter_python: callee, arguments, and sp after the call's operands are gone. */
    PyFunctionObject *fn;
    PyObject **argv, **after, *kwnames, *init_self, *value;
    Py_ssize_t nargs;

    LOAD_FRAME();
    if (mode == GCRT_RESUME_RAISE)
        goto error;
    if (mode == GCRT_RESUME_AFTER)
        pc += insn_words[pc->op];
    DISPATCH();

    /* ---- stack and locals */
L_NOP:
    NEXT(0);
L_RESUME:
    if (pc->a == 0 && GCRT_UNLIKELY(++frame->code->call_counter >= gcrt_jit_options_.call_threshold)) {
        SAVE();
        frame->sp = sp;
        hot_function(ts, frame);
    }
    if (GCRT_UNLIKELY(ts->breaker)) {
        SAVE();
        frame->sp = sp;
        FAILED(gcrt_safepoint(ts));
    }
    NEXT(0);
L_POP_TOP:
    sp--;
    NEXT(0);
L_PUSH_NULL:
    PUSH(NULL);
    NEXT(0);
L_COPY:
    value = sp[-(ptrdiff_t)pc->a];
    PUSH(value);
    NEXT(0);
L_SWAP:
    value = sp[-1];
    sp[-1] = sp[-(ptrdiff_t)pc->a];
    sp[-(ptrdiff_t)pc->a] = value;
    NEXT(0);
L_LOAD_CONST:
    PUSH(consts[pc->a]);
    NEXT(0);
L_LOAD_FAST:
    PUSH(SLOT(pc->a));
    NEXT(0);
L_LOAD_FAST_SHARE:
    value = SLOT(pc->a);
    strgrow_share(value);
    PUSH(value);
    NEXT(0);
L_LOAD_FAST_CHECK:
    value = SLOT(pc->a);
    if (GCRT_UNLIKELY(value == NULL)) {
        eval_unbound_local(frame, pc->a);
        goto error;
    }
    strgrow_share(value);
    PUSH(value);
    NEXT(0);
L_STORE_FAST:
    SLOT(pc->a) = POP();
    NEXT(0);
L_DELETE_FAST:
    if (GCRT_UNLIKELY(SLOT(pc->a) == NULL)) {
        eval_unbound_local(frame, pc->a);
        goto error;
    }
    SLOT(pc->a) = NULL;
    NEXT(0);
L_LOAD_FAST_LOAD_FAST:
    sp[0] = SLOT(pc->a);
    sp[1] = SLOT(pc->b);
    sp += 2;
    NEXT(0);
L_LOAD_FAST_LOAD_CONST:
    sp[0] = SLOT(pc->a);
    sp[1] = consts[pc->b];
    sp += 2;
    NEXT(0);
L_STORE_FAST_LOAD_FAST:
    SLOT(pc->a) = sp[-1];
    sp[-1] = SLOT(pc->b);
    NEXT(0);
L_STORE_FAST_STORE_FAST:
    SLOT(pc->a) = sp[-1];
    SLOT(pc->b) = sp[-2];
    sp -= 2;
    NEXT(0);
L_MAKE_CELL:
    SAVE();
    value = PyCell_New(SLOT(pc->a));
    CHECKED(value);
    SLOT(pc->a) = value;
    NEXT(0);
L_COPY_FREE_VARS: {
    PyObject **from = &PyTuple_GET_ITEM(frame->func->func_closure, 0);
    memcpy(frame->slots + frame->code->n_localsplus - pc->a, from, pc->a * sizeof *from);
    NEXT(0);
}
L_LOAD_CLOSURE:
    PUSH(SLOT(pc->a));
    NEXT(0);
L_LOAD_DEREF:
    value = PyCell_GET(SLOT(pc->a));
    if (GCRT_UNLIKELY(value == NULL)) {
        eval_unbound_deref(frame, pc->a);
        goto error;
    }
    PUSH(value);
    NEXT(0);
L_LOAD_CLASSDEREF:
    REPLACE(0, eval_load_classderef(frame, pc->a));
    NEXT(0);
L_STORE_DEREF: {
    PyCellObject *cell = (PyCellObject *)SLOT(pc->a);
    value = POP();
    gc_store(cell, &cell->ob_ref, value);
    NEXT(0);
}
L_DELETE_DEREF: {
    PyCellObject *cell = (PyCellObject *)SLOT(pc->a);
    if (GCRT_UNLIKELY(cell->ob_ref == NULL)) {
        eval_unbound_deref(frame, pc->a);
        goto error;
    }
    cell->ob_ref = NULL;
    NEXT(0);
}

    /* ---- names */
#define NAME_OF(i) PyTuple_GET_ITEM(frame->code->co_names, i)
L_LOAD_NAME:
    REPLACE(0, eval_load_name(frame, NAME_OF(pc->a)));
    NEXT(0);
L_STORE_NAME:
    SAVE();
    FAILED(eval_store_name(frame, NAME_OF(pc->a), sp[-1]));
    sp--;
    NEXT(0);
L_DELETE_NAME:
    SAVE();
    FAILED(eval_delete_name(frame, NAME_OF(pc->a)));
    NEXT(0);
L_LOAD_GLOBAL:
    SAVE();
    value = eval_load_global(frame, pc, NAME_OF(pc->a));
    CHECKED(value);
push_global:
    if (pc->b)
        PUSH(NULL);
    PUSH(value);
    NEXT(CACHE_WORDS_GLOBAL);
L_LOAD_GLOBAL_MODULE: {
    gcrt_cache_global *cache = CACHE(gcrt_cache_global);
    PyDictObject *globals = (PyDictObject *)frame->func->func_globals;
    if (GCRT_UNLIKELY(globals->places_version != cache->module_version))
        goto L_LOAD_GLOBAL;
    value = globals->entries[cache->index].me_value;
    goto push_global;
}
L_LOAD_GLOBAL_BUILTIN: {
    gcrt_cache_global *cache = CACHE(gcrt_cache_global);
    PyDictObject *globals = (PyDictObject *)frame->func->func_globals;
    PyDictObject *builtins = (PyDictObject *)frame->func->func_builtins;
    if (GCRT_UNLIKELY(globals->keys_version != cache->module_version ||
                      builtins->places_version != cache->builtin_version))
        goto L_LOAD_GLOBAL;
    value = builtins->entries[cache->index].me_value;
    goto push_global;
}
L_STORE_GLOBAL:
    SAVE();
    FAILED(PyDict_SetItem(frame->func->func_globals, NAME_OF(pc->a), sp[-1]));
    sp--;
    NEXT(0);
L_DELETE_GLOBAL:
    SAVE();
    FAILED(eval_delete_global(frame, NAME_OF(pc->a)));
    NEXT(0);
L_SETUP_ANNOTATIONS:
    SAVE();
    FAILED(eval_setup_annotations(frame));
    NEXT(0);

    /* ---- attributes */
L_LOAD_ATTR:
    SAVE();
    value = eval_load_attr(sp[-1], NAME_OF(pc->a), pc);
    CHECKED(value);
    sp[-1] = value;
    NEXT(CACHE_WORDS_ATTR);
L_LOAD_ATTR_SLOT: {
    gcrt_cache_attr *cache = CACHE(gcrt_cache_attr);
    PyObject *owner = sp[-1];
    if (GCRT_UNLIKELY(!gcrt_is_pointer(owner)))
        goto L_LOAD_ATTR;
    PyTypeObject *type = owner->ob_type;
    if (GCRT_UNLIKELY(type->tp_version_tag != cache->version || shape_of(owner, type) != cache->key))
        goto L_LOAD_ATTR;
    sp[-1] = *(PyObject **)((char *)owner + cache->index);
    NEXT(CACHE_WORDS_ATTR);
}
L_LOAD_ATTR_CACHED: {
    gcrt_cache_attr *cache = CACHE(gcrt_cache_attr);
    PyObject *owner = sp[-1];
    if (GCRT_UNLIKELY(!gcrt_is_pointer(owner)))
        goto L_LOAD_ATTR;
    PyTypeObject *type = owner->ob_type;
    switch (cache->kind) {
    case GCRT_ATTR_INST_EXTRA:
        if (type->tp_version_tag != cache->version || shape_of(owner, type) != cache->key)
            goto L_LOAD_ATTR;
        value = ((PyObject **)((gcrt_record *)((char *)owner + type->gcrt_inst_offset))->extra)[cache->index];
        break;
    case GCRT_ATTR_TYPE_VALUE:
        if (type->tp_version_tag != cache->version ||
            ((void *)type != cache->key && shape_of(owner, type) != cache->key))
            goto L_LOAD_ATTR;
        value = cache->value;
        break;
    case GCRT_ATTR_MEMBER:
        if ((void *)type != cache->key || type->tp_version_tag != cache->version)
            goto L_LOAD_ATTR;
        value = *(PyObject **)((char *)owner + cache->index);
        if (value == NULL)
            goto L_LOAD_ATTR;
        break;
    case GCRT_ATTR_MODULE: {
        if (type != &PyModule_Type || (void *)((PyModuleObject *)owner)->md_dict != cache->key)
            goto L_LOAD_ATTR;
        PyDictObject *dict = (PyDictObject *)cache->key;
        if (dict->places_version != cache->version)
            goto L_LOAD_ATTR;
        value = dict->entries[cache->index].me_value;
        break;
    }
    case GCRT_ATTR_CLASS_VALUE:
        if ((void *)owner != cache->key || ((PyTypeObject *)owner)->tp_version_tag != cache->version)
            goto L_LOAD_ATTR;
        value = cache->value;
        break;
    case GCRT_ATTR_PROPERTY:
        if ((void *)type != cache->key || type->tp_version_tag != cache->version)
            goto L_LOAD_ATTR;
        fn = (PyFunctionObject *)cache->value;
        argv = sp - 1;
        after = sp - 1;
        nargs = 1;
        kwnames = init_self = NULL;
        goto enter_python;
    case GCRT_ATTR_DESCR:
        if ((void *)type != cache->key || type->tp_version_tag != cache->version)
            goto L_LOAD_ATTR;
        SAVE();
        value = descr_read(cache->value, owner);
        if (GCRT_UNLIKELY(value == NULL))
            goto error;
        break;
    default:
        goto L_LOAD_ATTR;
    }
    sp[-1] = value;
    NEXT(CACHE_WORDS_ATTR);
}
L_STORE_ATTR:
    SAVE();
    FAILED(eval_store_attr(sp[-1], NAME_OF(pc->a), sp[-2], pc));
    sp -= 2;
    NEXT(CACHE_WORDS_ATTR);
L_STORE_ATTR_SLOT: {
    gcrt_cache_attr *cache = CACHE(gcrt_cache_attr);
    PyObject *owner = sp[-1];
    if (GCRT_UNLIKELY(!gcrt_is_pointer(owner)))
        goto L_STORE_ATTR;
    PyTypeObject *type = owner->ob_type;
    if (GCRT_UNLIKELY(type->tp_version_tag != cache->version || shape_of(owner, type) != cache->key))
        goto L_STORE_ATTR;
    gc_store(owner, (char *)owner + cache->index, sp[-2]);
    sp -= 2;
    NEXT(CACHE_WORDS_ATTR);
}
L_STORE_ATTR_CACHED: {
    gcrt_cache_attr *cache = CACHE(gcrt_cache_attr);
    PyObject *owner = sp[-1];
    if (GCRT_UNLIKELY(!gcrt_is_pointer(owner)))
        goto L_STORE_ATTR;
    PyTypeObject *type = owner->ob_type;
    if (GCRT_UNLIKELY(type->tp_version_tag != cache->version))
        goto L_STORE_ATTR;
    gcrt_record *record = (gcrt_record *)((char *)owner + type->gcrt_inst_offset);
    switch (cache->kind) {
    case GCRT_ATTR_INST_ADD:
        if (record->shape != cache->key)
            goto L_STORE_ATTR;
        gc_store(owner, (char *)owner + cache->index, sp[-2]);
        gc_store(owner, &record->shape, cache->value);
        break;
    case GCRT_ATTR_INST_EXTRA:
        if (record->shape != cache->key)
            goto L_STORE_ATTR;
        gc_store(record->extra, (PyObject **)record->extra + cache->index, sp[-2]);
        break;
    case GCRT_ATTR_MEMBER:
        if ((void *)type != cache->key)
            goto L_STORE_ATTR;
        gc_store(owner, (char *)owner + cache->index, sp[-2]);
        break;
    default:
        goto L_STORE_ATTR;
    }
    sp -= 2;
    NEXT(CACHE_WORDS_ATTR);
}
L_DELETE_ATTR:
    SAVE();
    FAILED(PyObject_SetAttr(sp[-1], NAME_OF(pc->a), NULL));
    sp--;
    NEXT(0);
L_LOAD_METHOD:
    SAVE();
    FAILED(eval_load_method(sp, NAME_OF(pc->a), pc));
    sp++;
    NEXT(CACHE_WORDS_ATTR);
L_LOAD_METHOD_CACHED: {
    gcrt_cache_attr *cache = CACHE(gcrt_cache_attr);
    PyObject *owner = sp[-1];
    if (GCRT_UNLIKELY(!gcrt_is_pointer(owner)))
        goto L_LOAD_METHOD;
    PyTypeObject *type = owner->ob_type;
    switch (cache->kind) {
    case GCRT_ATTR_TYPE_VALUE:
        if (GCRT_UNLIKELY(type->tp_version_tag != cache->version ||
                          ((void *)type != cache->key && shape_of(owner, type) != cache->key)))
            goto L_LOAD_METHOD;
        sp[-1] = cache->value;
        PUSH(owner);
        NEXT(CACHE_WORDS_ATTR);
    case GCRT_ATTR_INST_SLOT:
        if (type->tp_version_tag != cache->version || shape_of(owner, type) != cache->key)
            goto L_LOAD_METHOD;
        value = *(PyObject **)((char *)owner + cache->index);
        break;
    case GCRT_ATTR_MODULE: {
        if (type != &PyModule_Type || (void *)((PyModuleObject *)owner)->md_dict != cache->key)
            goto L_LOAD_METHOD;
        PyDictObject *dict = (PyDictObject *)cache->key;
        if (dict->places_version != cache->version)
            goto L_LOAD_METHOD;
        value = dict->entries[cache->index].me_value;
        break;
    }
    case GCRT_ATTR_CLASS_VALUE:
        if ((void *)owner != cache->key || ((PyTypeObject *)owner)->tp_version_tag != cache->version)
            goto L_LOAD_METHOD;
        value = cache->value;
        break;
    default:
        goto L_LOAD_METHOD;
    }
    sp[-1] = NULL;
    PUSH(value);
    NEXT(CACHE_WORDS_ATTR);
}

    /* ---- operators */
    UNARY(UNARY_POSITIVE)
L_UNARY_NEGATIVE: {
    PyObject *v = NULL;
    if (gcrt_is_immediate(sp[-1])) {
        KINDS->left |= (uint16_t)immediate_kind(sp[-1]);
        v = fast_negative(sp[-1]);
    }
    if (v == NULL) {
        SAVE();
        v = eval_unary(pc, sp[-1]);
        CHECKED(v);
    }
    sp[-1] = v;
    NEXT(CACHE_WORDS_KINDS);
}
L_UNARY_NOT: {
    TRUTH(sp[-1])
    sp[-1] = truth ? Py_False : Py_True;
    NEXT(CACHE_WORDS_KINDS);
}
    UNARY(UNARY_INVERT)
    BINARY_QUICK(BINARY_ADD, fast_add, +)
L_BINARY_ADD_STR: {
    PyObject *r = sp[-1], *l = sp[-2];
    if (GCRT_UNLIKELY(!container_is_str(l) || !container_is_str(r))) {
        KINDS->counter++;
        pc->op = OP_BINARY_ADD;
        goto L_BINARY_ADD;
    }
    REPLACE(2, strgrow_append(l, r));
    NEXT(CACHE_WORDS_KINDS);
}
    BINARY_QUICK(BINARY_SUB, fast_subtract, -)
    BINARY_QUICK(BINARY_MUL, fast_multiply, *)
    BINARY_GENERIC(BINARY_TRUEDIV, fast_truediv)
    BINARY_GENERIC(BINARY_FLOORDIV, fast_floordiv)
    BINARY_GENERIC(BINARY_MOD, fast_mod)
    BINARY_GENERIC(BINARY_LSHIFT, fast_lshift)
    BINARY_GENERIC(BINARY_RSHIFT, fast_rshift)
    BINARY_GENERIC(BINARY_AND, fast_and)
    BINARY_GENERIC(BINARY_OR, fast_or)
    BINARY_GENERIC(BINARY_XOR, fast_xor)
L_BINARY_POW:
L_BINARY_MATMUL: {
    SAVE();
    PyObject *v = eval_binary(pc, sp[-2], sp[-1]);
    CHECKED(v);
    sp--;
    sp[-1] = v;
    NEXT(CACHE_WORDS_KINDS);
}
L_COMPARE: {
    PyObject *r = sp[-1], *l = sp[-2], *v = NULL;
    if (gcrt_is_immediate(l) && gcrt_is_immediate(r)) {
        note_immediates(KINDS, l, r);
        v = fast_compare(l, r, (int)pc->a);
    }
    if (v == NULL) {
        SAVE();
        v = eval_compare(KINDS, l, r, (int)pc->a);
        CHECKED(v);
    }
    sp--;
    sp[-1] = v;
    NEXT(CACHE_WORDS_KINDS);
}
L_COMPARE_JUMP: {
    PyObject *r = sp[-1], *l = sp[-2];
    int truth = -1;
    if (gcrt_is_immediate(l) && gcrt_is_immediate(r)) {
        note_immediates(KINDS, l, r);
        if (gcrt_both_int(l, r) && KINDS->counter < QUICKEN_LIMIT)
            pc->op = OP_COMPARE_JUMP_INT;
        truth = fast_compare_bool(l, r, pc->b & 7);
    }
    if (truth < 0) {
        SAVE();
        PyObject *v = eval_compare(KINDS, l, r, pc->b & 7);
        CHECKED(v);
        truth = v == Py_True ? 1 : v == Py_False ? 0 : PyObject_IsTrue(v);
        FAILED(truth);
    }
    sp -= 2;
    if (truth == pc->b >> 3)
        JUMP_TO(pc->a);
    NEXT(CACHE_WORDS_KINDS);
}
L_COMPARE_JUMP_INT: {
    PyObject *r = sp[-1], *l = sp[-2];
    if (GCRT_UNLIKELY(!gcrt_both_int(l, r))) {
        KINDS->counter++;
        pc->op = OP_COMPARE_JUMP;
        goto L_COMPARE_JUMP;
    }
    sp -= 2;
    if (jump_masks[pc->b] >> order_of(l, r) & 1)
        JUMP_TO(pc->a);
    NEXT(CACHE_WORDS_KINDS);
}
L_IS:
    sp--;
    sp[-1] = (sp[-1] == sp[0]) != (int)pc->a ? Py_True : Py_False;
    NEXT(0);
L_CONTAINS: {
    SAVE();
    PyObject *container = sp[-1];
    kinds_note(KINDS, sp[-2], container);
    int found = PyDict_CheckExact(container) ? PyDict_Contains(container, sp[-2])
                                             : PySequence_Contains(container, sp[-2]);
    FAILED(found);
    sp--;
    sp[-1] = found != (int)pc->a ? Py_True : Py_False;
    NEXT(CACHE_WORDS_KINDS);
}

    /* ---- subscripts */
L_BINARY_SUBSCR: {
    SAVE();
    PyObject *v = eval_subscript(pc, sp[-2], sp[-1]);
    CHECKED(v);
    sp--;
    sp[-1] = v;
    NEXT(CACHE_WORDS_KINDS);
}
L_BINARY_SUBSCR_LIST_INT: {
    PyObject *key = sp[-1], *list = sp[-2];
    if (GCRT_UNLIKELY(!gcrt_is_int(key) || !gcrt_is_pointer(list) || list->ob_type != &PyList_Type))
        goto L_BINARY_SUBSCR;
    int64_t i = gcrt_int_value(key), n = PyList_GET_SIZE(list);
    i += i < 0 ? n : 0;
    if (GCRT_UNLIKELY((uint64_t)i >= (uint64_t)n))
        goto L_BINARY_SUBSCR;
    sp--;
    sp[-1] = PyList_GET_ITEM(list, i);
    NEXT(CACHE_WORDS_KINDS);
}
L_BINARY_SUBSCR_TUPLE_INT: {
    PyObject *key = sp[-1], *tuple = sp[-2];
    if (GCRT_UNLIKELY(!gcrt_is_int(key) || !gcrt_is_pointer(tuple) || tuple->ob_type != &PyTuple_Type))
        goto L_BINARY_SUBSCR;
    int64_t i = gcrt_int_value(key), n = PyTuple_GET_SIZE(tuple);
    i += i < 0 ? n : 0;
    if (GCRT_UNLIKELY((uint64_t)i >= (uint64_t)n))
        goto L_BINARY_SUBSCR;
    sp--;
    sp[-1] = PyTuple_GET_ITEM(tuple, i);
    NEXT(CACHE_WORDS_KINDS);
}
L_BINARY_SUBSCR_DICT: {
    PyObject *dict = sp[-2];
    if (GCRT_UNLIKELY(!gcrt_is_pointer(dict) || dict->ob_type != &PyDict_Type))
        goto L_BINARY_SUBSCR;
    REPLACE(2, dict_item(dict, sp[-1]));
    NEXT(CACHE_WORDS_KINDS);
}
L_STORE_SUBSCR:
    SAVE();
    FAILED(eval_store_subscript(pc, sp[-2], sp[-1], sp[-3]));
    sp -= 3;
    NEXT(CACHE_WORDS_KINDS);
L_STORE_SUBSCR_LIST_INT: {
    PyObject *key = sp[-1], *list = sp[-2];
    if (GCRT_UNLIKELY(!gcrt_is_int(key) || !gcrt_is_pointer(list) || list->ob_type != &PyList_Type))
        goto L_STORE_SUBSCR;
    int64_t i = gcrt_int_value(key), n = PyList_GET_SIZE(list);
    i += i < 0 ? n : 0;
    if (GCRT_UNLIKELY((uint64_t)i >= (uint64_t)n))
        goto L_STORE_SUBSCR;
    gc_store(list, &PyList_GET_ITEM(list, i), sp[-3]);
    sp -= 3;
    NEXT(CACHE_WORDS_KINDS);
}
L_STORE_SUBSCR_DICT: {
    PyObject *dict = sp[-2];
    if (GCRT_UNLIKELY(!gcrt_is_pointer(dict) || dict->ob_type != &PyDict_Type))
        goto L_STORE_SUBSCR;
    SAVE();
    FAILED(PyDict_SetItem(dict, sp[-1], sp[-3]));
    sp -= 3;
    NEXT(CACHE_WORDS_KINDS);
}
L_DELETE_SUBSCR:
    SAVE();
    FAILED(PyObject_DelItem(sp[-2], sp[-1]));
    sp -= 2;
    NEXT(0);
L_BUILD_SLICE: {
    uint32_t n = pc->a;
    REPLACE(n, PySlice_New(sp[-(ptrdiff_t)n], sp[1 - (ptrdiff_t)n], n == 3 ? sp[-1] : NULL));
    NEXT(0);
}
L_BINARY_SLICE: {
    ptrdiff_t n = pc->a;
    kinds_note(KINDS, sp[-n - 1], sp[-n]);
    REPLACE(n + 1, eval_slice(sp[-n - 1], sp[-n], sp[1 - n], n == 3 ? sp[-1] : NULL));
    NEXT(CACHE_WORDS_KINDS);
}
L_STORE_SLICE: {
    ptrdiff_t n = pc->a;
    SAVE();
    kinds_note(KINDS, sp[-n - 1], sp[-n]);
    FAILED(eval_store_slice(sp[-n - 1], sp[-n], sp[1 - n], n == 3 ? sp[-1] : NULL, sp[-n - 2]));
    sp -= n + 2;
    NEXT(CACHE_WORDS_KINDS);
}

    /* ---- building */
L_BUILD_TUPLE: {
    ptrdiff_t n = pc->a;
    SAVE();
    PyObject *tuple = PyTuple_New(n);
    CHECKED(tuple);
    sp -= n;
    for (ptrdiff_t i = 0; i < n; i++)
        PyTuple_SET_ITEM(tuple, i, sp[i]);
    PUSH(tuple);
    NEXT(0);
}
L_BUILD_LIST: {
    uint32_t n = pc->a;
    REPLACE(n, list_from_array(sp - n, n));
    NEXT(0);
}
L_BUILD_SET: {
    uint32_t n = pc->a;
    REPLACE(n, eval_build_set(sp - n, n));
    NEXT(0);
}
L_BUILD_MAP: {
    uint32_t n = pc->a;
    REPLACE(2 * n, eval_build_map(sp - 2 * n, n));
    NEXT(0);
}
L_BUILD_CONST_KEY_MAP: {
    uint32_t n = pc->a;
    REPLACE(n + 1, eval_build_const_key_map(sp[-1], sp - 1 - n, n));
    NEXT(0);
}
L_BUILD_STRING: {
    uint32_t n = pc->a;
    REPLACE(n, eval_build_string(sp - n, n));
    NEXT(0);
}
L_FORMAT_VALUE: {
    uint32_t with_spec = pc->a >> 2 & 1;
    REPLACE(1 + with_spec, eval_format_value(sp[-1 - (ptrdiff_t)with_spec], with_spec ? sp[-1] : NULL, pc->a));
    NEXT(0);
}
L_LIST_TO_TUPLE:
    REPLACE(1, PyList_AsTuple(sp[-1]));
    NEXT(0);
L_LIST_EXTEND:
    SAVE();
    FAILED(eval_list_extend(sp[-1 - (ptrdiff_t)pc->a], sp[-1]));
    sp--;
    NEXT(0);
L_LIST_APPEND:
    SAVE();
    FAILED(list_append((PyListObject *)sp[-1 - (ptrdiff_t)pc->a], sp[-1]));
    sp--;
    NEXT(0);
L_SET_ADD:
    SAVE();
    FAILED(PySet_Add(sp[-1 - (ptrdiff_t)pc->a], sp[-1]));
    sp--;
    NEXT(0);
L_SET_UPDATE:
    SAVE();
    FAILED(_PySet_Update(sp[-1 - (ptrdiff_t)pc->a], sp[-1]));
    sp--;
    NEXT(0);
L_MAP_ADD:
    SAVE();
    FAILED(PyDict_SetItem(sp[-2 - (ptrdiff_t)pc->a], sp[-2], sp[-1]));
    sp -= 2;
    NEXT(0);
L_DICT_UPDATE:
    SAVE();
    FAILED(eval_dict_update(sp[-1 - (ptrdiff_t)pc->a], sp[-1]));
    sp--;
    NEXT(0);
L_DICT_MERGE:
    SAVE();
    FAILED(eval_dict_merge(sp[-3 - (ptrdiff_t)pc->a], sp[-1 - (ptrdiff_t)pc->a], sp[-1]));
    sp--;
    NEXT(0);
L_UNPACK_SEQUENCE: {
    PyObject *seq = sp[-1];
    ptrdiff_t n = pc->a;
    PyObject **items = NULL;
    if (gcrt_is_pointer(seq) && seq->ob_type == &PyTuple_Type && PyTuple_GET_SIZE(seq) == n) {
        KINDS->left |= GCRT_KIND_TUPLE;
        items = &PyTuple_GET_ITEM(seq, 0);
    }
    else if (gcrt_is_pointer(seq) && seq->ob_type == &PyList_Type && PyList_GET_SIZE(seq) == n) {
        KINDS->left |= GCRT_KIND_LIST;
        items = ((PyListObject *)seq)->ob_item;
    }
    else {
        SAVE();
        KINDS->left |= (uint16_t)kind_of(seq);
        FAILED(eval_unpack(seq, (uint32_t)n, sp - 1));
        sp += n - 1;
        NEXT(CACHE_WORDS_KINDS);
    }
    sp--;
    for (ptrdiff_t i = n - 1; i >= 0; i--)
        PUSH(items[i]);
    NEXT(CACHE_WORDS_KINDS);
}
L_UNPACK_EX:
    SAVE();
    FAILED(eval_unpack_ex(sp[-1], pc->a, pc->b, sp - 1));
    sp += pc->a + pc->b;
    NEXT(0);

    /* ---- jumps */
L_JUMP:
    JUMP_TO(pc->a);
L_JUMP_BACKWARD: {
    gcrt_cache_loop *cache = CACHE(gcrt_cache_loop);
    if (GCRT_UNLIKELY(ts->breaker)) {
        SAVE();
        frame->sp = sp;
        FAILED(gcrt_safepoint(ts));
    }
    if (GCRT_UNLIKELY(cache->entry != NULL) && !(frame->flags & GCRT_FRAME_GENERATOR))
        goto enter_loop;
    if (GCRT_UNLIKELY(++cache->counter >= gcrt_jit_options_.loop_threshold)) {
        SAVE();
        frame->sp = sp;
        hot_loop(ts, frame, pc, cache);
    }
    JUMP_TO(pc->a);
}
L_POP_JUMP_IF_FALSE: {
    PyObject *v = sp[-1];
    TRUTH(v)
    sp--;
    if (!truth)
        JUMP_TO(pc->a);
    NEXT(CACHE_WORDS_KINDS);
}
L_POP_JUMP_IF_TRUE: {
    PyObject *v = sp[-1];
    TRUTH(v)
    sp--;
    if (truth)
        JUMP_TO(pc->a);
    NEXT(CACHE_WORDS_KINDS);
}
L_POP_JUMP_IF_NONE:
    if (POP() == Py_None)
        JUMP_TO(pc->a);
    NEXT(0);
L_POP_JUMP_IF_NOT_NONE:
    if (POP() != Py_None)
        JUMP_TO(pc->a);
    NEXT(0);
L_JUMP_IF_FALSE_OR_POP: {
    PyObject *v = sp[-1];
    TRUTH(v)
    if (!truth)
        JUMP_TO(pc->a);
    sp--;
    NEXT(CACHE_WORDS_KINDS);
}
L_JUMP_IF_TRUE_OR_POP: {
    PyObject *v = sp[-1];
    TRUTH(v)
    if (truth)
        JUMP_TO(pc->a);
    sp--;
    NEXT(CACHE_WORDS_KINDS);
}

    /* ---- iteration */
L_GET_ITER: {
    PyObject *v = sp[-1];
    SAVE();
    v = eval_get_iter(pc, v);
    CHECKED(v);
    sp[-1] = v;
    NEXT(CACHE_WORDS_KINDS);
}
L_FOR_ITER: {
    SAVE();
    value = eval_for_next(pc, sp[-1]);
    if (value == NULL) {
        if (pc->op == OP_FOR_ITER_GEN)
            goto L_FOR_ITER_GEN;
        if (ts->exception != NULL)
            goto error;
        sp--;
        JUMP_TO(pc->a);
    }
    PUSH(value);
    NEXT(CACHE_WORDS_KINDS);
}
L_FOR_ITER_RANGE: {
    gcrt_range_iter *it = (gcrt_range_iter *)sp[-1];
    if (GCRT_UNLIKELY(Py_TYPE(it) != &PyRangeIter_Type))
        goto L_FOR_ITER;
    if (GCRT_UNLIKELY(it->remaining <= 0)) {
        sp--;
        JUMP_TO(pc->a);
    }
    it->remaining--;
    PUSH(gcrt_int(it->current));
    it->current += it->step;
    NEXT(CACHE_WORDS_KINDS);
}
L_FOR_ITER_LIST: {
    gcrt_list_iter *it = (gcrt_list_iter *)sp[-1];
    if (GCRT_UNLIKELY(Py_TYPE(it) != &PyListIter_Type))
        goto L_FOR_ITER;
    PyListObject *list = it->list;
    if (GCRT_LIKELY(list != NULL)) {
        if (GCRT_LIKELY(it->index < PyList_GET_SIZE(list))) {
            PUSH(list->ob_item[it->index++]);
            NEXT(CACHE_WORDS_KINDS);
        }
        it->list = NULL;
    }
    sp--;
    JUMP_TO(pc->a);
}
L_FOR_ITER_TUPLE: {
    gcrt_tuple_iter *it = (gcrt_tuple_iter *)sp[-1];
    if (GCRT_UNLIKELY(Py_TYPE(it) != &PyTupleIter_Type))
        goto L_FOR_ITER;
    PyTupleObject *tuple = it->tuple;
    if (GCRT_LIKELY(tuple != NULL)) {
        if (GCRT_LIKELY(it->index < PyTuple_GET_SIZE(tuple))) {
            PUSH(tuple->ob_item[it->index++]);
            NEXT(CACHE_WORDS_KINDS);
        }
        it->tuple = NULL;
    }
    sp--;
    JUMP_TO(pc->a);
}
L_FOR_ITER_GEN: {
    gcrt_gen *gen = (gcrt_gen *)sp[-1];
    if (GCRT_UNLIKELY(Py_TYPE(gen) != &PyGen_Type)) {
        pc->op = OP_FOR_ITER;
        KINDS->counter++;
        goto L_FOR_ITER;
    }
    if (GCRT_UNLIKELY(gen->state >= GEN_EXECUTING)) {
        if (gen->state == GEN_EXECUTING) {
            PyErr_SetString(PyExc_ValueError, "generator already executing");
            goto error;
        }
        sp--;
        JUMP_TO(pc->a);
    }
    SAVE();
    frame->sp = sp;
    FAILED(gen_enter(ts, gen));
    *gen->frame.sp++ = Py_None;
    goto enter_generator;
}
enter_generator:
    frame = ts->frame;
    LOAD_FRAME();
    pc += insn_words[pc->op];
    DISPATCH();
L_GET_LEN: {
    SAVE();
    Py_ssize_t n = PyObject_Size(sp[-1]);
    FAILED(n);
    value = PyLong_FromSsize_t(n);
    CHECKED(value);
    PUSH(value);
    NEXT(0);
}

    /* ---- calls */
#include "eval_call.h"

    /* ---- generators and coroutines */
L_RETURN_GENERATOR: {
    SAVE();
    frame->sp = sp;
    uint32_t flags = frame->flags;
    PyObject *self = frame->init_self;
    value = gen_from_frame(ts, frame);
    CHECKED(value);
    frame = ts->frame;
    if (flags & GCRT_FRAME_INIT) {
        value = init_result(value, self);
        if (value == NULL && !(flags & GCRT_FRAME_ENTRY)) {
            LOAD_FRAME();
            goto error;
        }
    }
    if (flags & GCRT_FRAME_ENTRY)
        return value;
    goto returned;
}
L_YIELD_VALUE: {
    value = POP();
    SAVE();
    frame->sp = sp;
    uint32_t flags = frame->flags;
    gen_leave(ts, gen_of_frame(frame), GEN_SUSPENDED);
    if (flags & GCRT_FRAME_ENTRY)
        return value;
    frame = ts->frame;
    goto returned;
}
L_SEND: {
    PyObject *receiver = sp[-2];
    SAVE();
    if (GCRT_LIKELY(gen_is_exact(receiver))) {
        gcrt_gen *gen = (gcrt_gen *)receiver;
        if (gen->state == GEN_SUSPENDED || (gen->state == GEN_CREATED && sp[-1] == Py_None)) {
            frame->sp = sp - 1;
            FAILED(gen_enter(ts, gen));
            *gen->frame.sp++ = sp[-1];
            goto enter_generator;
        }
    }
    PySendResult how = eval_send(receiver, sp[-1], &value);
    if (how == PYGEN_ERROR)
        goto error;
    if (how == PYGEN_NEXT) {
        sp[-1] = value;
        NEXT(0);
    }
    sp--;
    sp[-1] = value;
    JUMP_TO(pc->a);
}
L_GET_YIELD_FROM_ITER:
    REPLACE(1, eval_yield_from_iter(frame, sp[-1]));
    NEXT(0);
L_GET_AWAITABLE:
    REPLACE(1, eval_get_awaitable(sp[-1], pc->a));
    NEXT(0);
L_GET_AITER:
    REPLACE(1, eval_get_aiter(sp[-1]));
    NEXT(0);
L_GET_ANEXT:
    REPLACE(0, eval_get_anext(sp[-1]));
    NEXT(0);
L_ASYNC_GEN_WRAP:
    REPLACE(1, async_gen_wrap_value(sp[-1]));
    NEXT(0);
L_BEFORE_ASYNC_WITH:
    SAVE();
    FAILED(eval_before_async_with(sp));
    sp++;
    NEXT(0);
L_END_ASYNC_FOR: {
    PyObject *exc = sp[-1];
    if (PyErr_GivenExceptionMatches(exc, PyExc_StopAsyncIteration)) {
        sp -= 2;
        NEXT(0);
    }
    ts->exception = exc;
    SAVE();
    goto unwind;
}

    /* ---- exceptions */
L_PUSH_EXC_INFO: {
    gcrt_exc_item *item = ts->exc_info;
    PyObject *exc = sp[-1];
    sp[-1] = item->value == NULL ? Py_None : item->value;
    PUSH(exc);
    item->value = exc;
    NEXT(0);
}
L_POP_EXCEPT:
    value = POP();
    ts->exc_info->value = value == Py_None ? NULL : value;
    NEXT(0);
L_CHECK_EXC_MATCH: {
    SAVE();
    int match = eval_exc_match(sp[-2], sp[-1]);
    FAILED(match);
    sp[-1] = match ? Py_True : Py_False;
    NEXT(0);
}
L_CHECK_EG_MATCH: {
    SAVE();
    PyObject *match, *rest = sp[-2];
    FAILED(eval_group_match(&rest, sp[-1], &match));
    sp[-2] = rest;
    sp[-1] = match;
    if (match != Py_None)
        ts->exc_info->value = match;
    NEXT(0);
}
L_PREP_RERAISE_STAR:
    REPLACE(2, eval_prep_reraise_star(sp[-2], sp[-1]));
    NEXT(0);
L_RAISE_VARARGS:
    SAVE();
    if (pc->a == 0) {
        if (eval_reraise_current(ts) == 0)
            goto unwind;
        goto error;
    }
    eval_raise(pc->a == 2 ? sp[-2] : sp[-1], pc->a == 2 ? sp[-1] : NULL);
    goto error;
L_RERAISE:
    SAVE();
    if (pc->a) /* the position that raised first, for the traceback; handlers are looked up from here */
        frame->pc = frame->code->insns + gcrt_int_value(sp[-1 - (ptrdiff_t)pc->a]);
    ts->exception = POP();
    goto unwind;
L_LOAD_ASSERTION_ERROR:
    PUSH(PyExc_AssertionError);
    NEXT(0);
L_BEFORE_WITH:
    SAVE();
    FAILED(eval_before_with(sp));
    sp++;
    NEXT(0);
L_WITH_EXCEPT_START:
    REPLACE(0, eval_with_except_start(sp[-4], sp[-1]));
    NEXT(0);

    /* ---- import, match, printing */
L_IMPORT_NAME:
    REPLACE(2, eval_import_name(frame, NAME_OF(pc->a), sp[-1], sp[-2]));
    NEXT(0);
L_IMPORT_FROM:
    REPLACE(0, eval_import_from(sp[-1], NAME_OF(pc->a)));
    NEXT(0);
L_IMPORT_STAR:
    SAVE();
    FAILED(eval_import_star(frame, sp[-1]));
    sp--;
    NEXT(0);
L_PRINT_EXPR:
    SAVE();
    FAILED(eval_print_expr(sp[-1]));
    sp--;
    NEXT(0);
L_MATCH_MAPPING:
    value = Py_TYPE(sp[-1])->tp_flags & Py_TPFLAGS_MAPPING ? Py_True : Py_False;
    PUSH(value);
    NEXT(0);
L_MATCH_SEQUENCE:
    value = Py_TYPE(sp[-1])->tp_flags & Py_TPFLAGS_SEQUENCE ? Py_True : Py_False;
    PUSH(value);
    NEXT(0);
L_MATCH_KEYS:
    REPLACE(0, eval_match_keys(sp[-2], sp[-1]));
    NEXT(0);
L_MATCH_CLASS:
    REPLACE(3, eval_match_class(sp[-3], sp[-2], pc->a, sp[-1]));
    NEXT(0);

    /* ---- exceptions that were raised */
error:
    SAVE();
    add_traceback(ts, frame);
unwind: {
    const PyCodeObject *code = frame->code;
    const gcrt_handler *h =
        code->n_handlers == 0 ? NULL : eval_find_handler(code, (uint32_t)(pc - code->insns));
    if (h != NULL) {
        sp = frame_stack(frame) + h->depth;
        if (h->lasti)
            PUSH(gcrt_int(frame->pc - code->insns));
        PUSH(ts->exception);
        ts->exception = NULL;
        JUMP_TO(h->target);
    }
    uint32_t flags = frame->flags;
    if (flags & GCRT_FRAME_GENERATOR) {
        gcrt_gen *gen = gen_of_frame(frame);
        gen_leave(ts, gen, GEN_CLOSED);
        gen_convert_stop(ts, gen);
    }
    else
        frame_pop(ts, frame);
    if (flags & GCRT_FRAME_ENTRY)
        return NULL;
    frame = ts->frame;
    LOAD_FRAME();
    goto error;
}
}

/* ------------------------------------------------------------------ entries */

PyObject *
interp_run(PyThreadState *ts, gcrt_frame *frame)
{
    if (gcrt_enter_c("")) {
        frame_pop(ts, frame);
        return NULL;
    }
    frame->flags |= GCRT_FRAME_ENTRY;
    return run(ts, frame, GCRT_RESUME_NEXT);
}

PyObject *
interp_resume(PyThreadState *ts, gcrt_frame *top, gcrt_frame *bottom, int mode)
{
    for (gcrt_frame *f = top; f != bottom; f = f->back)
        f->flags &= ~(uint32_t)GCRT_FRAME_JIT;
    bottom->flags = (bottom->flags & ~(uint32_t)GCRT_FRAME_JIT) | GCRT_FRAME_ENTRY;
    return run(ts, top, mode);
}
