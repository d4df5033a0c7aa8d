/* runtime.h: what gcrt's own C files share beyond the public API.  Extensions never see it.
 *
 * Layering (arrows run one way): collector <- objects <- interp <- modules.  A file of objects/ may call
 * the interpreter only through the public C API (PyObject_Call and friends).
 *
 * Symbols: API names as documented; internal functions that cross files are named <file>_<what>
 * (dict_lookup lives in dict.c) and are declared in the header of their folder's subject; the handful
 * that everybody needs is here. */
#ifndef GCRT_RUNTIME_H
#define GCRT_RUNTIME_H

#define PY_SSIZE_T_CLEAN
#include "Python.h"
#include "gc.h"

/* ------------------------------------------------------------------ thread state */

struct gcrt_frame;

/* The exceptions being handled (by `except` blocks), one item a frame stack: generators have an item of
 * their own that is linked in while they run. */
typedef struct gcrt_exc_item {
    PyObject *value;                  /* exception instance or NULL */
    struct gcrt_exc_item *previous;
} gcrt_exc_item;

struct _ts {
    gc_mutator *gc;                   /* allocation; first member: JIT code loads it often */
    struct gcrt_frame *frame;         /* innermost frame, interpreter's or JIT's */
    char *stack_top;                  /* first free byte of the guest's frame stack */
    char *stack_limit;                /* end of the guest's frame stack */
    PyObject *exception;              /* raised, not yet caught: a normalized instance, or NULL */
    volatile uint32_t breaker;        /* nonzero: go through gcrt_safepoint at the next back edge or call */
    int32_t recursion_left;           /* Python frames that may still be entered */
    char *c_stack_limit;              /* a C frame below this address must raise RecursionError */
    gcrt_exc_item *exc_info;          /* top of the handled-exceptions stack */
    gcrt_exc_item exc_base;
    PyInterpreterState *interp;
    PyObject *dict;                   /* PyThreadState_GetDict */
    PyObject *context;                /* contextvars */
    int32_t recursion_limit;
    char *stack_base;
    char *c_stack_high;
    uint64_t id;
};

/* The calling thread's state; NULL on a thread that runs no guest code. */
extern __thread PyThreadState *gcrt_ts __attribute__((tls_model("initial-exec")));

/* Reasons in ts->breaker (bits). */
enum { GCRT_BREAK_SIGNAL = 1, GCRT_BREAK_GC = 2, GCRT_BREAK_PENDING_CALL = 4, GCRT_BREAK_EXIT = 8 };
/* Run finalizers, signal handlers and pending calls.  0, or -1 with an exception (KeyboardInterrupt). */
int gcrt_safepoint(PyThreadState *ts);

/* Deep recursion in C: true (with RecursionError set) when the C stack is nearly used up. */
int gcrt_c_recursion_error(const char *where);
static inline int
gcrt_enter_c(const char *where)
{
    char here;
    if (GCRT_UNLIKELY(&here < gcrt_ts->c_stack_limit))
        return gcrt_c_recursion_error(where);
    return 0;
}

/* ------------------------------------------------------------------ allocation */

/* Store a reference into an object of ours.  A plain store today; generations come by changing this. */
static inline void
gcrt_store(void *owner, PyObject **slot, PyObject *value)
{
    (void)owner;
    *slot = value;
}
#define gc_store(owner, slot, value) gcrt_store((owner), (PyObject **)(slot), (PyObject *)(value))

/* A zeroed object of `size` bytes whose type is set.  Scanned by type->gcrt_trace, or conservatively when
 * that is NULL; registered for dying when the type has something to say (GCRT_TYPE_DYING).
 * NULL with MemoryError set. */
PyObject *gcrt_new_slow(PyTypeObject *type, size_t size, gc_kind kind);
static inline PyObject *gcrt_new(PyTypeObject *type, size_t size);
/* The same for an object that holds no references but its type, which must be static. */
static inline PyObject *gcrt_new_leaf(PyTypeObject *type, size_t size);
/* Bare memory, zeroed; NULL with MemoryError set.  words: scanned conservatively. */
void *gcrt_alloc_words(size_t n_words);
void *gcrt_alloc_leaf(size_t bytes);

/* ------------------------------------------------------------------ types and instances */

enum {
    /* What instances are registered for. */
    GCRT_TYPE_DYING_FINALIZE = GC_DYING_FINALIZE, /* __del__ / tp_finalize */
    GCRT_TYPE_DYING_DEALLOC = GC_DYING_DEALLOC,   /* a tp_dealloc that does something */
    GCRT_TYPE_DYING_FREES = GC_DYING_FREES,       /* no table knows them by their address: see gc_free */
    GCRT_TYPE_DYING = GC_DYING_FINALIZE | GC_DYING_DEALLOC,
    GCRT_TYPE_WEAKREFABLE = 4,
    GCRT_TYPE_GENERIC_GETATTR = 8,    /* tp_getattro is PyObject_GenericGetAttr: caches may be used */
    GCRT_TYPE_GENERIC_SETATTR = 64,
    GCRT_TYPE_PYTHON_NEW = 32,        /* object.__new__, instance record, plain layout: JIT may allocate */
};

/* Hidden class of an instance of a Python class: which attribute lives in which slot.
 *
 * A Python class's instance has a record {shape, extra} at type->gcrt_inst_offset (8 for a plain class),
 * then, at type->tp_basicsize, shape->inline_slots words of attributes; attribute number i is
 *   i < inline_slots    the word at tp_basicsize + 8 * i
 *   otherwise           extra[i - inline_slots]  (a conservative block, capacity in extra's size)
 * The instance's inline_slots never changes in its life; shapes of one type with different
 * inline_slots are different trees.  A slot may hold NULL only in shapes reached by deletion: deletion
 * rebuilds the shape, so a slot below shape->count is never NULL.
 * When somebody asks for __dict__ the attributes move into a real dict: shape becomes the type's
 * dictionary-mode shape (is_dict), extra points to the PyDictObject.
 * Shapes are immutable but for their transitions and lookup table; one compare of the shape pointer
 * proves the type (shape->type) and the place of every attribute.  It does not prove what the type's own
 * dict holds: that is tp_version_tag's job.
 * For gcrt_inst_offset == -1 (subclasses of int, tuple, bytes) the record lies behind the items and
 * inline_slots is 0. */
typedef struct gcrt_shape {
    PyObject_HEAD                     /* gcrt_shape_type, internal */
    PyTypeObject *type;
    struct gcrt_shape *parent;        /* NULL for a root */
    PyObject *name;                   /* interned; the attribute that this shape adds to its parent */
    uint32_t count;                   /* attributes */
    uint32_t inline_slots;
    uint32_t is_dict;
    uint32_t n_transitions;
    PyObject *transitions;            /* internal: name -> shape */
    PyObject *table;                  /* internal: name -> index, made when count is large */
} gcrt_shape;

typedef struct {
    gcrt_shape *shape;
    void *extra;                      /* PyObject ** or PyDictObject * */
} gcrt_record;

static inline gcrt_record *
gcrt_instance_record(PyObject *self, PyTypeObject *type)
{
    if (GCRT_LIKELY(type->gcrt_inst_offset > 0))
        return (gcrt_record *)((char *)self + type->gcrt_inst_offset);
    if (type->gcrt_inst_offset == 0)
        return NULL;
    Py_ssize_t n = ((PyVarObject *)self)->ob_size;
    return (gcrt_record *)((char *)self + _PyObject_VAR_SIZE(type, n < 0 ? -n : n));
}

/* shape.c.  Index of name in shape, or -1.  name must be an interned exact str. */
Py_ssize_t shape_lookup(gcrt_shape *shape, PyObject *name);
/* The shape after adding name; NULL with an exception. */
gcrt_shape *shape_add(gcrt_shape *shape, PyObject *name);
gcrt_shape *shape_root(PyTypeObject *type);
/* Attributes of an instance.  get: NULL without exception when absent.  set with value NULL deletes;
 * returns 0, -1 with exception, 1 when a deleted name was absent. */
PyObject *instance_get(PyObject *self, gcrt_record *record, PyObject *name);
int instance_set(PyObject *self, gcrt_record *record, PyObject *name, PyObject *value);
/* The instance's dict, made on demand (moves the attributes into it).  NULL with exception. */
PyObject *instance_dict(PyObject *self, gcrt_record *record);
int instance_set_dict(PyObject *self, gcrt_record *record, PyObject *dict);

/* typeobject.c.  A version identifies the whole contents of a type's MRO dicts; 0: none left or none yet.
 * Changing an attribute of a type gives it and its subclasses new versions (reset to 0). */
unsigned int type_version(PyTypeObject *type);
/* The plain instance of a Python class (GCRT_TYPE_PYTHON_NEW), without __init__. */
PyObject *type_new_instance(PyTypeObject *type);

/* code_stores.c.  Attributes that the __init__s of a class give their instances: a guess. */
uint32_t code_guess_attributes(PyTypeObject *type);

/* dict.c.  Versions for caches (see PyDictObject), assigned on demand; 0 when none can be had. */
uint32_t dict_keys_version(PyDictObject *dict);
uint32_t dict_places_version(PyDictObject *dict);
/* Entry number of an interned-str key, or -1 (absent).  No exception, for dicts with str_keys_only. */
Py_ssize_t dict_index_of_str(PyDictObject *dict, PyObject *name);
/* Borrowed value for a str key, NULL when absent; never raises on str_keys_only dicts. */
PyObject *dict_get_str(PyObject *dict, PyObject *name);

/* ------------------------------------------------------------------ names */

/* Interned strings that C code uses, from names.def: GCRT_NAME(__init__) is a PyObject *. */
extern struct gcrt_names {
#define NAME(id) PyObject *n_##id;
#include "names.def"
#undef NAME
} gcrt_names;
#define GCRT_NAME(id) (gcrt_names.n_##id)

/* ------------------------------------------------------------------ start-up tables */

/* Every static type: runtime/types.def lists them, gcrt_init_types readies them in that order. */
int gcrt_init_types(void);
/* Built-in modules: runtime/modules.def lists (name, init function). */

/* ------------------------------------------------------------------ host */

/* What the host (the process's own CPython) does for the guest; set by the cffi face before the guest
 * starts.  Buffers are malloc'ed by libgcrt, the host writes into them through the call itself. */
typedef struct gcrt_host {
    /* Compile source; returns a marshalled code object through gcrt_host_result, or an error description.
     * mode: "exec", "eval", "single".  Result: 0 code follows, 1 SyntaxError tuple (marshalled) follows. */
    int (*compile)(const char *source, size_t length, const char *filename, const char *mode, int flags,
                   int dont_inherit, int optimize, int warning);
    /* A compile job waits in the JIT queue. */
    void (*jit_wake)(void);
} gcrt_host;
extern __attribute__((visibility("default"))) gcrt_host gcrt_host_callbacks;
/* Called by the host inside a callback to hand over bytes; copied. */
__attribute__((visibility("default"))) void gcrt_host_result(const char *data, size_t length);

/* ------------------------------------------------------------------ inline bodies */

static inline PyObject *
gcrt_new(PyTypeObject *type, size_t size)
{
    if (GCRT_UNLIKELY(type->gcrt_flags & GCRT_TYPE_DYING))
        return gcrt_new_slow(type, size, GC_TRACED);
    PyObject *op = (PyObject *)gc_alloc(gcrt_ts->gc, size, GC_TRACED);
    if (GCRT_UNLIKELY(op == NULL))
        return PyErr_NoMemory();
    op->ob_type = type;
    return op;
}

static inline PyObject *
gcrt_new_leaf(PyTypeObject *type, size_t size)
{
    PyObject *op = (PyObject *)gc_alloc(gcrt_ts->gc, size, GC_LEAF);
    if (GCRT_UNLIKELY(op == NULL))
        return PyErr_NoMemory();
    op->ob_type = type;
    return op;
}
#endif
