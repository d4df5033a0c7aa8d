/* gcrt_structs.h: layouts of the built-in types that extensions read through documented macros, and
 * that gcrt's own C and compiled code read directly.  Part of Python.h.
 * Member names that CPython documents or that public macros expose have those names. */
#ifndef GCRT_STRUCTS_H
#define GCRT_STRUCTS_H
#ifndef Py_PYTHON_H
#error "include Python.h"
#endif

/* ---- numbers.  A boxed int is a big int or an instance of a subclass (bool included):
 * |ob_size| 64-bit limbs, least significant first, sign of ob_size is the sign of the number; no leading
 * zero limb.  A boxed exact int is outside the small range. */
typedef struct _longobject {
    PyObject_VAR_HEAD
    union {
        uint64_t ob_limb[1];
        uint64_t ints_below_63_bits_have_no_ob_digit[1];
    };
} PyLongObject;

/* Code that reads an int's digits without asking must not compile: most ints are immediates.  pythoncapi_compat.h, a
 * header that many packages contain, does ask: it reads the digits of ints that fit no int64_t.  Where it has been
 * included, its guard is an empty macro, and this is the member; elsewhere it is none, and its name the message. */
#define GCRT_JOIN_TOKENS(a, b) a##b
#define GCRT_JOIN(a, b) GCRT_JOIN_TOKENS(a, b)
#define ob_digit GCRT_JOIN(ints_below_63_bits_have_no_ob_digit, PYTHONCAPI_COMPAT)
typedef struct {
    PyObject_HEAD
    double ob_fval;
} PyFloatObject;
typedef struct {
    double real, imag;
} Py_complex;
typedef struct {
    PyObject_HEAD
    Py_complex cval;
} PyComplexObject;

/* ---- text and bytes.  PEP 393; strings are always compact and ready. */
enum PyUnicode_Kind {
    PyUnicode_WCHAR_KIND = 0,
    PyUnicode_1BYTE_KIND = 1,
    PyUnicode_2BYTE_KIND = 2,
    PyUnicode_4BYTE_KIND = 4
};
enum { SSTATE_NOT_INTERNED = 0, SSTATE_INTERNED_MORTAL = 1, SSTATE_INTERNED_IMMORTAL = 2 };
typedef struct {
    PyObject_HEAD
    Py_ssize_t length;             /* code points */
    Py_hash_t hash;                /* -1: not computed */
    struct {
        unsigned int interned : 2;
        unsigned int kind : 3;
        unsigned int compact : 1;
        unsigned int ascii : 1;
        unsigned int ready : 1;
        unsigned int : 24;
    } state;
    wchar_t *wstr;                 /* always NULL */
} PyASCIIObject;                   /* data follows directly when ascii */
typedef struct {
    PyASCIIObject _base;
    Py_ssize_t utf8_length;
    char *utf8;                    /* lazily made cache, collector memory */
    Py_ssize_t wstr_length;
} PyCompactUnicodeObject;          /* data follows directly when not ascii */
typedef struct {
    PyCompactUnicodeObject _base;
    union {
        void *any;
        Py_UCS1 *latin1;
        Py_UCS2 *ucs2;
        Py_UCS4 *ucs4;
    } data;                        /* used by instances of subclasses only */
} PyUnicodeObject;
typedef struct {
    PyObject_VAR_HEAD
    Py_hash_t ob_shash;            /* -1: not computed */
    char ob_sval[1];               /* ob_size bytes and a terminating zero */
} PyBytesObject;
typedef struct {
    PyObject_VAR_HEAD
    Py_ssize_t ob_alloc;
    char *ob_bytes;
    char *ob_start;
    Py_ssize_t ob_exports;
} PyByteArrayObject;

/* ---- containers */
typedef struct {
    PyObject_VAR_HEAD
    PyObject **ob_item;            /* a block of its own; NULL when nothing was allocated */
    Py_ssize_t allocated;
} PyListObject;
typedef struct {
    PyObject_VAR_HEAD
    PyObject *ob_item[1];
} PyTupleObject;

typedef struct {
    Py_hash_t me_hash;
    PyObject *me_key;              /* NULL: deleted */
    PyObject *me_value;
} gcrt_dict_entry;
/* Insertion-ordered open addressing (R. Hettinger's compact dict): `entries` in order of insertion
 * (entries[0 .. nentries), deleted ones have a NULL key and value), `indices` is the hash table of
 * int32 entry numbers, -1 empty, -2 deleted; its size is mask + 1, a power of two.
 * Two versions for caches, nonzero once one has asked, neither changed when a present key gets another value:
 *   keys_version    set to 0 by every new key and every removal: with it, an absent key is still absent
 *   places_version  set to 0 when a present key goes or moves, but not by new keys: a cache that remembers
 *                   (places_version, entry number) may read entries[i].me_value directly */
typedef struct {
    PyObject_HEAD
    Py_ssize_t ma_used;
    gcrt_dict_entry *entries;
    int32_t *indices;
    uint32_t nentries;             /* used + deleted slots of entries */
    uint32_t capacity;             /* slots allocated in entries */
    uint32_t mask;
    uint32_t keys_version;
    uint32_t places_version;
    uint8_t str_keys_only;         /* every key ever inserted was an exact str */
} PyDictObject;
typedef struct {
    Py_hash_t hash;
    PyObject *key;                 /* NULL: empty; gcrt's dummy object: deleted */
} setentry;
typedef struct {
    PyObject_HEAD
    Py_ssize_t fill, used, mask;
    setentry *table;
    Py_hash_t hash;                /* frozenset: -1: not computed; set: where pop goes on */
    PyObject *weakreflist;
} PySetObject;
typedef struct {
    PyObject_HEAD
    PyObject *start, *stop, *step;
} PySliceObject;
typedef struct {
    PyObject_HEAD
    PyObject *ob_ref;
} PyCellObject;

/* ---- callables */
struct PyMethodDef {
    const char *ml_name;
    PyObject *(*ml_meth)(PyObject *, PyObject *);
    int ml_flags;
    const char *ml_doc;
};
typedef struct {
    PyObject_HEAD
    PyMethodDef *m_ml;
    PyObject *m_self;
    PyObject *m_module;
    PyObject *m_weakreflist;
    vectorcallfunc vectorcall;
} PyCFunctionObject;
typedef struct {
    PyCFunctionObject func;
    PyTypeObject *mm_class;
} PyCMethodObject;
typedef struct {
    PyObject_HEAD
    PyObject *im_func;
    PyObject *im_self;
    PyObject *im_weakreflist;
    vectorcallfunc vectorcall;
} PyMethodObject;
typedef struct {
    PyObject_HEAD
    PyObject *func_globals;
    PyObject *func_builtins;
    PyObject *func_name;
    PyObject *func_qualname;
    PyObject *func_code;
    PyObject *func_defaults;       /* tuple or NULL */
    PyObject *func_kwdefaults;     /* dict or NULL */
    PyObject *func_closure;        /* tuple of cells or NULL */
    PyObject *func_doc;
    PyObject *func_dict;
    PyObject *func_weakreflist;
    PyObject *func_module;
    PyObject *func_annotations;
    vectorcallfunc vectorcall;
} PyFunctionObject;

/* ---- descriptors */
struct PyGetSetDef {
    const char *name;
    getter get;
    setter set;
    const char *doc;
    void *closure;
};
struct PyMemberDef {
    const char *name;
    int type;
    Py_ssize_t offset;
    int flags;
    const char *doc;
};
struct wrapperbase {
    const char *name;
    int offset;
    void *function;
    wrapperfunc wrapper;
    const char *doc;
    int flags;
    PyObject *name_strobj;
};
typedef struct {
    PyObject_HEAD
    PyTypeObject *d_type;
    PyObject *d_name;
    PyObject *d_qualname;
} PyDescrObject;
typedef struct {
    PyDescrObject d_common;
    PyMethodDef *d_method;
    vectorcallfunc vectorcall;
} PyMethodDescrObject;
typedef struct {
    PyDescrObject d_common;
    PyMemberDef *d_member;
} PyMemberDescrObject;
typedef struct {
    PyDescrObject d_common;
    PyGetSetDef *d_getset;
} PyGetSetDescrObject;
typedef struct {
    PyDescrObject d_common;
    struct wrapperbase *d_base;
    void *d_wrapped;
} PyWrapperDescrObject;
#define PyDescr_COMMON PyDescrObject d_common
#define PyDescr_TYPE(x) (((PyDescrObject *)(x))->d_type)
#define PyDescr_NAME(x) (((PyDescrObject *)(x))->d_name)

/* ---- modules */
typedef struct PyModuleDef_Base {
    PyObject_HEAD
    PyObject *(*m_init)(void);
    Py_ssize_t m_index;
    PyObject *m_copy;
} PyModuleDef_Base;
#define PyModuleDef_HEAD_INIT {PyObject_HEAD_INIT(NULL) NULL, 0, NULL}
typedef struct PyModuleDef_Slot {
    int slot;
    void *value;
} PyModuleDef_Slot;
struct PyModuleDef {
    PyModuleDef_Base m_base;
    const char *m_name;
    const char *m_doc;
    Py_ssize_t m_size;
    PyMethodDef *m_methods;
    PyModuleDef_Slot *m_slots;
    traverseproc m_traverse;
    inquiry m_clear;
    freefunc m_free;
};
#define Py_mod_create 1
#define Py_mod_exec 2

/* ---- exceptions */
#define PyException_HEAD                                                                                \
    PyObject_HEAD PyObject *dict;                                                                       \
    PyObject *args, *notes, *traceback, *context, *cause;                                               \
    char suppress_context;
typedef struct {
    PyException_HEAD
} PyBaseExceptionObject;
typedef struct {
    PyException_HEAD PyObject *msg, *excs;
} PyBaseExceptionGroupObject;
typedef struct {
    PyException_HEAD PyObject *msg, *filename, *lineno, *offset, *end_lineno, *end_offset, *text;
    PyObject *print_file_and_line;
} PySyntaxErrorObject;
typedef struct {
    PyException_HEAD PyObject *msg, *name, *path;
} PyImportErrorObject;
typedef struct {
    PyException_HEAD PyObject *encoding, *object;
    Py_ssize_t start, end;
    PyObject *reason;
} PyUnicodeErrorObject;
typedef struct {
    PyException_HEAD PyObject *code;
} PySystemExitObject;
typedef struct {
    PyException_HEAD PyObject *myerrno, *strerror, *filename, *filename2;
    Py_ssize_t written;
} PyOSErrorObject;
typedef struct {
    PyException_HEAD PyObject *value;
} PyStopIterationObject;
typedef struct {
    PyException_HEAD PyObject *name;
} PyNameErrorObject;
typedef struct {
    PyException_HEAD PyObject *obj, *name;
} PyAttributeErrorObject;
typedef PyOSErrorObject PyEnvironmentErrorObject;

/* ---- code.  Documented are the members named co_..., and of these the numbers may be read directly; the rest is the
 * interpreter's (code.h). */
typedef struct gcrt_insn gcrt_insn;
typedef struct gcrt_handler gcrt_handler;
/* Native entry of a whole function: args are the bound parameters in localsplus order
 * (code->n_params of them, *args tuple and **kwargs dict included). */
typedef PyObject *(*gcrt_jit_entry)(PyThreadState *ts, PyFunctionObject *func, PyObject *const *args);
struct PyCodeObject {
    PyObject_HEAD
    /* decoded, NULL before the first call */
    gcrt_insn *insns;          /* stream with caches */
    gcrt_handler *handlers;
    uint32_t n_words;          /* length of insns */
    uint32_t n_handlers;
    PyObject **consts;         /* = items of co_consts */
    uint32_t n_params;         /* co_argcount + co_kwonlyargcount + varargs + varkeywords */
    uint32_t frame_slots;      /* nlocalsplus + stacksize */
    uint32_t n_localsplus;
    uint32_t simple_args;      /* 1: positional parameters only, no cells among them to be made first */
    /* tiering */
    uint32_t call_counter;
    uint32_t jit_state;        /* 0 cold, 1 requested, 2 compiled, 3 do not try again */
    gcrt_jit_entry jit_entry;
    struct gcrt_attr_sites *attr_sites; /* jit_sites.h; NULL: none yet */
    uint32_t jit_exits;        /* side exits taken since jit_entry was published */
    uint32_t version;
    /* as CPython's */
    int co_flags, co_argcount, co_posonlyargcount, co_kwonlyargcount, co_stacksize, co_firstlineno;
    int co_nlocals, co_ncellvars, co_nfreevars;
    PyObject *co_consts, *co_names, *co_localsplusnames, *co_localspluskinds;
    PyObject *co_filename, *co_name, *co_qualname, *co_linetable, *co_exceptiontable, *co_code;
    uint32_t *offsets;         /* word index -> byte offset in co_code */
    PyObject *co_weakreflist;
};

/* Generators, coroutines and asynchronous generators begin so. */
typedef struct {
    PyObject_HEAD
    PyCodeObject *gi_code;
} PyGenObject;
typedef PyGenObject PyCoroObject, PyAsyncGenObject;

/* Opaque but for f_lineno, which generated code sets in frames of its own making (PyFrame_New). */
struct gcrt_frame;
struct _frame {
    PyObject_HEAD
    struct gcrt_frame *frame;
    PyFrameObject *f_back;         /* once detached; Cython sets it in frames that it has made */
    PyObject *trace;
    PyObject *locals;              /* the dict that f_locals has given out */
    PyObject *generator;           /* owner of the frame, or NULL */
    int detached;
    int f_lineno;                  /* 0: where the code is */
    char trace_lines, trace_opcodes;
};

typedef struct _traceback {
    PyObject_HEAD
    struct _traceback *tb_next;
    PyFrameObject *tb_frame;
    int tb_lasti;                  /* CPython's: byte offset in co_code */
    int tb_lineno;                 /* -1: to be computed from tb_lasti */
} PyTracebackObject;

/* ---- weak references.  The referent is hidden from the collector: wr_hidden is its complement. */
typedef struct _PyWeakReference {
    PyObject_HEAD
    uintptr_t wr_hidden;           /* ~(uintptr_t)referent; 0 when dead */
    PyObject *wr_callback;
    Py_hash_t hash;
    vectorcallfunc vectorcall;
} PyWeakReference;

typedef struct {
    PyObject_HEAD
    PyObject *md_dict;
    PyModuleDef *md_def;
    void *md_state;
    PyObject *md_weaklist;
    PyObject *md_name;
} PyModuleObject;

typedef struct {
    PyObject_HEAD
    Py_buffer view;
    PyObject *mbuf;
    Py_hash_t hash;
    int flags;
    Py_ssize_t exports;
    Py_ssize_t ob_array[1];        /* shape, strides, suboffsets */
} PyMemoryViewObject;
#endif
