/* code.h: the code object, its decoded instructions and their inline caches.
 *
 * PyCodeObject keeps what CPython's code object had (for inspection and tracebacks) and, once it has been
 * called, `insns`: our own instructions.  A cache word is written by the interpreter only, at any time;
 * the JIT works on snapshots taken by the guest thread (jit_queue.h), never on the live stream. */
#ifndef GCRT_CODE_H
#define GCRT_CODE_H

#include "runtime.h"

enum {
#define OP(name, a, b, pops, pushes, cache, flags) OP_##name,
#define SPECIAL(name, base) OP_##name,
#include "opcodes.def"
#undef OP
#undef SPECIAL
    OP_COUNT
};

struct gcrt_insn {
    uint16_t op;
    uint16_t b;
    uint32_t a;
};
_Static_assert(sizeof(gcrt_insn) == 8, "an instruction is one word");

/* ---- inline caches, in words of 8 bytes right behind their instruction */

/* Operand kinds seen, for operators, comparisons, subscripts, truth tests, iteration, unpacking.
 * left/right are sets of GCRT_KIND_*; unary forms use left.  `right` of FOR_ITER and UNPACK_SEQUENCE is
 * unused.  result: kinds of results that were not implied (int operators whose result was big: BIGINT). */
enum {
    GCRT_KIND_INT = 1,         /* small int */
    GCRT_KIND_FLOAT = 2,       /* exact float, immediate or boxed */
    GCRT_KIND_BOOL = 4,
    GCRT_KIND_NONE = 8,
    GCRT_KIND_STR = 16,
    GCRT_KIND_LIST = 32,       /* exact */
    GCRT_KIND_TUPLE = 64,      /* exact */
    GCRT_KIND_DICT = 128,      /* exact */
    GCRT_KIND_RANGE = 256,     /* range object (GET_ITER) or range iterator (FOR_ITER) */
    GCRT_KIND_GENERATOR = 512,
    GCRT_KIND_ENUMERATE = 1024,
    GCRT_KIND_BIGINT = 2048,
    GCRT_KIND_SLICE = 4096,
    GCRT_KIND_ZIP = 8192,
    GCRT_KIND_OTHER = 32768,
};
typedef struct {
    uint16_t left, right, result;
    uint16_t counter;          /* interpreter's: back-off for re-quickening */
} gcrt_cache_kinds;

/* Attribute caches.  The guard is: type_of(object) has `shape` (kinds *_INST_*) or is `type`
 * (others), and type->tp_version_tag == version. */
enum gcrt_attr_kind {
    GCRT_ATTR_EMPTY = 0,
    GCRT_ATTR_INST_SLOT,       /* shape matches; value at byte offset `index` of the object */
    GCRT_ATTR_INST_EXTRA,      /* shape matches; record->extra[index] */
    GCRT_ATTR_INST_ADD,        /* STORE_ATTR: shape -> new_shape (in `value`), store at offset `index` */
    GCRT_ATTR_TYPE_VALUE,      /* shape matches (or the type has no record: `type`); the plain class
                                * attribute / method is `value`.  For LOAD_METHOD: push (value, self) */
    GCRT_ATTR_MEMBER,          /* __slots__ / T_OBJECT_EX member at byte offset `index`; key is `type` */
    GCRT_ATTR_PROPERTY,        /* key is `type`; `value` is the property's fget (a Python function) */
    GCRT_ATTR_DESCR,           /* key is `type`; `value` is a member or getset descriptor that applies to it */
    GCRT_ATTR_MODULE,          /* key is the module's dict: places_version == version; entry `index` */
    GCRT_ATTR_CLASS_VALUE,     /* object is itself the type `key` with `version`; plain value `value` */
    GCRT_ATTR_CLASS_METHOD,    /* as TYPE_VALUE but value is a builtin method descriptor's object */
    GCRT_ATTR_MEGAMORPHIC,     /* gave up: generic path only */
};
typedef struct {
    void *key;                 /* gcrt_shape *, PyTypeObject *, or PyDictObject * */
    uint32_t version;
    uint16_t kind;
    uint16_t misses;
    int64_t index;
    PyObject *value;
} gcrt_cache_attr;

/* LOAD_GLOBAL: found in globals (places_version == module_version, entry index), or absent there
 * (keys_version == module_version) and found in builtins (places_version == builtin_version, entry index). */
typedef struct {
    uint32_t module_version;
    uint32_t builtin_version;  /* 0: found in globals */
    uint32_t index;
    uint32_t misses;
} gcrt_cache_global;

/* CALL: the callable seen last and what is known about it.  For CALL_PY key is the function's code object
 * (stable across closures) and `callable` the function seen last; for CALL_CFUNCTION key is the
 * PyMethodDef; for CALL_TYPE the type with its version. */
typedef struct {
    void *key;
    PyObject *callable;
    uint32_t version;
    uint16_t kind;             /* the specialised opcode that is valid, or 0 */
    uint16_t misses;           /* saturating; many: polymorphic */
} gcrt_cache_call;

/* JUMP_BACKWARD: hotness and the loop's native entry. */
struct gcrt_frame;
typedef PyObject *(*gcrt_jit_osr)(PyThreadState *ts, struct gcrt_frame *frame);
typedef struct {
    uint32_t counter;          /* counts up to the threshold, then a compile request is queued */
    uint32_t state;            /* 0 cold, 1 requested, 2 compiled, 3 do not try again */
    gcrt_jit_osr entry;
} gcrt_cache_loop;

enum {
    CACHE_WORDS_NONE = 0,
    CACHE_WORDS_KINDS = sizeof(gcrt_cache_kinds) / 8,
    CACHE_WORDS_ATTR = sizeof(gcrt_cache_attr) / 8,
    CACHE_WORDS_GLOBAL = sizeof(gcrt_cache_global) / 8,
    CACHE_WORDS_CALL = sizeof(gcrt_cache_call) / 8,
    CACHE_WORDS_LOOP = sizeof(gcrt_cache_loop) / 8,
};
_Static_assert(CACHE_WORDS_KINDS == 1 && CACHE_WORDS_ATTR == 4 && CACHE_WORDS_GLOBAL == 2 &&
                   CACHE_WORDS_CALL == 3 && CACHE_WORDS_LOOP == 2,
               "the JIT's reader knows these sizes from the generated table");

/* Per opcode facts, generated from opcodes.def in opcode_table.c. */
enum { GCRT_OPF_RAISES = 1, GCRT_OPF_COLLECTS = 2, GCRT_OPF_JUMPS = 4, GCRT_OPF_ENDS = 8 };
typedef struct {
    const char *name;
    uint16_t base;             /* the opcode itself, or BASE of a SPECIAL */
    uint8_t cache_words;
    uint8_t flags;
    const char *operand_a, *operand_b, *cache;
} gcrt_op_info;
extern const gcrt_op_info gcrt_op_table[OP_COUNT];
/* Net operands of one instruction; for the taken branch when jump is nonzero. */
void gcrt_op_effect(const gcrt_insn *insn, int jump, int *pops, int *pushes);

/* ---- the code object */

/* Exception table entry: [start, end) are word indices into insns. */
struct gcrt_handler {
    uint32_t start, end, target;
    uint16_t depth;            /* operand stack depth to restore */
    uint16_t lasti;            /* push the raising position too */
};

/* decode.c.  0, or -1 with an exception (SystemError for bytecode it doesn't know). */
int code_decode(PyCodeObject *code);
/* unmarshal.c.  Any marshalled object of the host's format; NULL with exception. */
PyObject *unmarshal(const char *data, Py_ssize_t size);
/* Line of an instruction by byte offset in co_code. */
int code_line_of(PyCodeObject *code, int lasti);
#endif
