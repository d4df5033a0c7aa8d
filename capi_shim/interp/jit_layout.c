/* jit_layout.c: everything that the compiler (Python) must know about C, as one JSON text: layouts,
 * constants, the instruction table, addresses.  No offset is typed by hand on the other side. */
#include "jit_runtime.h"
#include "iters.h"
#include "jit_sites.h"
#include "list.h"
#include "typeobject.h"
#include <stdarg.h>
#include <stdio.h>

typedef struct {
    const char *name;
    long long value;
} fact;
typedef struct {
    const char *name;
    const void *address;
} place;

#define FIELD(type, field) {#type "." #field, offsetof(type, field)}
#define SIZE(type) {#type, sizeof(type)}
#define CONSTANT(name) {#name, name}
#define HERE(name) {#name, (const void *)&name}

static const fact offsets[] = {
    {"ts.gc", offsetof(struct _ts, gc)},
    {"ts.frame", offsetof(struct _ts, frame)},
    {"ts.stack_top", offsetof(struct _ts, stack_top)},
    {"ts.stack_limit", offsetof(struct _ts, stack_limit)},
    {"ts.exception", offsetof(struct _ts, exception)},
    {"ts.breaker", offsetof(struct _ts, breaker)},
    {"ts.recursion_left", offsetof(struct _ts, recursion_left)},
    {"ts.c_stack_limit", offsetof(struct _ts, c_stack_limit)},
    FIELD(gc_mutator, bump),
    FIELD(gc_mutator, limit),
    FIELD(gc_mutator, meta),
    FIELD(gcrt_frame, back),
    FIELD(gcrt_frame, code),
    FIELD(gcrt_frame, pc),
    FIELD(gcrt_frame, sp),
    FIELD(gcrt_frame, func),
    FIELD(gcrt_frame, locals),
    FIELD(gcrt_frame, object),
    FIELD(gcrt_frame, init_self),
    FIELD(gcrt_frame, flags),
    FIELD(gcrt_frame, slots),
    FIELD(PyVarObject, ob_size),
    FIELD(PyFloatObject, ob_fval),
    FIELD(PyListObject, ob_item),
    FIELD(PyListObject, allocated),
    FIELD(PyTupleObject, ob_item),
    FIELD(PyASCIIObject, length),
    FIELD(PyASCIIObject, state),
    FIELD(PyBytesObject, ob_sval),
    FIELD(PyDictObject, ma_used),
    FIELD(PyDictObject, entries),
    FIELD(PyDictObject, nentries),
    FIELD(PyDictObject, keys_version),
    FIELD(PyDictObject, places_version),
    FIELD(PySetObject, used),
    FIELD(gcrt_dict_entry, me_key),
    FIELD(gcrt_dict_entry, me_value),
    FIELD(PyCellObject, ob_ref),
    FIELD(PyMethodDef, ml_name),
    FIELD(PyMethodDef, ml_meth),
    FIELD(PyMethodDef, ml_flags),
    FIELD(PyCFunctionObject, m_ml),
    FIELD(PyCFunctionObject, m_self),
    FIELD(PyMethodObject, im_func),
    FIELD(PyMethodObject, im_self),
    FIELD(PyFunctionObject, func_globals),
    FIELD(PyFunctionObject, func_builtins),
    FIELD(PyFunctionObject, func_code),
    FIELD(PyFunctionObject, func_defaults),
    FIELD(PyFunctionObject, func_kwdefaults),
    FIELD(PyFunctionObject, func_closure),
    FIELD(PyMethodDescrObject, d_method),
    FIELD(PyDescrObject, d_type),
    FIELD(PyModuleObject, md_dict),
    FIELD(PyModuleObject, md_name),
    FIELD(PyTypeObject, tp_name),
    FIELD(PyTypeObject, tp_basicsize),
    FIELD(PyTypeObject, tp_flags),
    FIELD(PyTypeObject, tp_version_tag),
    FIELD(PyTypeObject, tp_init),
    FIELD(PyTypeObject, tp_new),
    FIELD(PyTypeObject, tp_mro),
    FIELD(PyTypeObject, tp_dict),
    FIELD(PyTypeObject, gcrt_root_shape),
    FIELD(PyTypeObject, gcrt_inst_offset),
    FIELD(PyTypeObject, gcrt_flags),
    FIELD(PyTypeObject, gcrt_inline_slots),
    FIELD(gcrt_shape, type),
    FIELD(gcrt_shape, count),
    FIELD(gcrt_shape, inline_slots),
    FIELD(gcrt_shape, is_dict),
    FIELD(gcrt_record, shape),
    FIELD(gcrt_record, extra),
    FIELD(gcrt_list_iter, index),
    FIELD(gcrt_list_iter, list),
    FIELD(gcrt_tuple_iter, index),
    FIELD(gcrt_tuple_iter, tuple),
    FIELD(gcrt_range_iter, current),
    FIELD(gcrt_range_iter, remaining),
    FIELD(gcrt_range_iter, step),
    FIELD(gcrt_enumerate, count),
    FIELD(gcrt_enumerate, iter),
    FIELD(gcrt_enumerate, big),
    FIELD(gcrt_range, start),
    FIELD(gcrt_range, stop),
    FIELD(gcrt_range, step),
    FIELD(gcrt_range, length),
    FIELD(gcrt_zip, iters),
    FIELD(gcrt_zip, strict),
    FIELD(PyCodeObject, insns),
    FIELD(PyCodeObject, handlers),
    FIELD(PyCodeObject, n_words),
    FIELD(PyCodeObject, n_handlers),
    FIELD(PyCodeObject, consts),
    FIELD(PyCodeObject, n_params),
    FIELD(PyCodeObject, frame_slots),
    FIELD(PyCodeObject, n_localsplus),
    FIELD(PyCodeObject, jit_entry),
    FIELD(PyCodeObject, version),
    FIELD(PyCodeObject, co_flags),
    FIELD(PyCodeObject, co_argcount),
    FIELD(PyCodeObject, co_kwonlyargcount),
    FIELD(PyCodeObject, co_firstlineno),
    FIELD(PyCodeObject, co_nfreevars),
    FIELD(PyCodeObject, co_names),
    FIELD(PyCodeObject, co_consts),
    FIELD(PyCodeObject, co_name),
    FIELD(PyCodeObject, co_qualname),
    FIELD(PyCodeObject, co_localsplusnames),
    FIELD(PyCodeObject, co_localspluskinds),
    FIELD(gcrt_handler, start),
    FIELD(gcrt_handler, end),
    FIELD(gcrt_handler, target),
    FIELD(gcrt_handler, depth),
    FIELD(gcrt_handler, lasti),
    FIELD(gcrt_jit_unit, code),
    FIELD(gcrt_jit_unit, func),
    FIELD(gcrt_jit_unit, insns),
    FIELD(gcrt_jit_unit, n_words),
    FIELD(gcrt_jit_unit, depth),
    FIELD(gcrt_jit_unit, sites),
    FIELD(gcrt_attr_sites, count),
    FIELD(gcrt_attr_sites, site),
    FIELD(gcrt_attr_site, word),
    FIELD(gcrt_attr_site, count),
    FIELD(gcrt_attr_site, replaced),
    FIELD(gcrt_attr_site, entry),
    FIELD(gcrt_jit_job, id),
    FIELD(gcrt_jit_job, osr_word),
    FIELD(gcrt_jit_job, n_units),
    FIELD(gcrt_jit_job, units),
    FIELD(gcrt_jit_job, n_slots),
    FIELD(gcrt_jit_job, slot_kinds),
    FIELD(gcrt_jit_job, slot_values),
    FIELD(jit_exit, count),
    FIELD(jit_exit, limit),
    FIELD(jit_exit, mode),
    FIELD(jit_exit, n_frames),
    FIELD(jit_exit, loop),
    FIELD(jit_exit, code),
    FIELD(jit_exit, recipe),
    FIELD(gcrt_jit_stats, osr_entries),
    FIELD(gcrt_cache_kinds, left),
    FIELD(gcrt_cache_kinds, right),
    FIELD(gcrt_cache_kinds, result),
    FIELD(gcrt_cache_attr, key),
    FIELD(gcrt_cache_attr, version),
    FIELD(gcrt_cache_attr, kind),
    FIELD(gcrt_cache_attr, misses),
    FIELD(gcrt_cache_attr, index),
    FIELD(gcrt_cache_attr, value),
    FIELD(gcrt_cache_global, module_version),
    FIELD(gcrt_cache_global, builtin_version),
    FIELD(gcrt_cache_global, index),
    FIELD(gcrt_cache_call, key),
    FIELD(gcrt_cache_call, callable),
    FIELD(gcrt_cache_call, version),
    FIELD(gcrt_cache_call, kind),
    FIELD(gcrt_cache_call, misses),
};

static const fact sizes[] = {
    SIZE(gcrt_frame), SIZE(gcrt_jit_unit), SIZE(jit_exit), SIZE(gcrt_dict_entry), SIZE(gcrt_handler),
    SIZE(PyASCIIObject), SIZE(PyMethodDef), SIZE(PyListObject), SIZE(PyCellObject),
    SIZE(gcrt_attr_site), SIZE(gcrt_cache_attr),
};

static const fact constants[] = {
    CONSTANT(GCRT_KIND_INT),
    CONSTANT(GCRT_KIND_FLOAT),
    CONSTANT(GCRT_KIND_BOOL),
    CONSTANT(GCRT_KIND_NONE),
    CONSTANT(GCRT_KIND_STR),
    CONSTANT(GCRT_KIND_LIST),
    CONSTANT(GCRT_KIND_TUPLE),
    CONSTANT(GCRT_KIND_DICT),
    CONSTANT(GCRT_KIND_RANGE),
    CONSTANT(GCRT_KIND_GENERATOR),
    CONSTANT(GCRT_KIND_ENUMERATE),
    CONSTANT(GCRT_KIND_BIGINT),
    CONSTANT(GCRT_KIND_SLICE),
    CONSTANT(GCRT_KIND_ZIP),
    CONSTANT(GCRT_KIND_OTHER),
    CONSTANT(GCRT_ATTR_EMPTY),
    CONSTANT(GCRT_ATTR_INST_SLOT),
    CONSTANT(GCRT_ATTR_INST_EXTRA),
    CONSTANT(GCRT_ATTR_INST_ADD),
    CONSTANT(GCRT_ATTR_TYPE_VALUE),
    CONSTANT(GCRT_ATTR_MEMBER),
    CONSTANT(GCRT_ATTR_PROPERTY),
    CONSTANT(GCRT_ATTR_DESCR),
    CONSTANT(GCRT_ATTR_MODULE),
    CONSTANT(GCRT_ATTR_CLASS_VALUE),
    CONSTANT(GCRT_ATTR_CLASS_METHOD),
    CONSTANT(GCRT_ATTR_MEGAMORPHIC),
    CONSTANT(GCRT_RESUME_NEXT),
    CONSTANT(GCRT_RESUME_RAISE),
    CONSTANT(GCRT_FRAME_ENTRY),
    CONSTANT(GCRT_FRAME_JIT),
    CONSTANT(GCRT_TYPE_DYING),
    CONSTANT(GCRT_TYPE_PYTHON_NEW),
    CONSTANT(JIT_RECIPE_NULL),
    CONSTANT(JIT_RECIPE_CONST),
    CONSTANT(JIT_RECIPE_OBJECT),
    CONSTANT(JIT_RECIPE_INT),
    CONSTANT(JIT_RECIPE_FLOAT),
    CONSTANT(JIT_RECIPE_BOOL),
    CONSTANT(JIT_RECIPE_TUPLE),
    CONSTANT(JIT_RECIPE_REF),
    CONSTANT(JIT_RECIPE_RANGE),
    CONSTANT(JIT_RECIPE_RANGE_ITER),
    CONSTANT(JIT_RECIPE_LIST_ITER),
    CONSTANT(JIT_RECIPE_TUPLE_ITER),
    CONSTANT(JIT_RECIPE_ENUMERATE),
    CONSTANT(JIT_RECIPE_ZIP),
    CONSTANT(JIT_RECIPE_METHOD),
    CONSTANT(JIT_RECIPE_LIST_SLICE),
    CONSTANT(JIT_RECIPE_RANGE_ITER_AT),
    CONSTANT(JIT_RECIPE_RAW),
    CONSTANT(METH_VARARGS),
    CONSTANT(METH_KEYWORDS),
    CONSTANT(METH_NOARGS),
    CONSTANT(METH_O),
    CONSTANT(METH_CLASS),
    CONSTANT(METH_STATIC),
    CONSTANT(METH_FASTCALL),
    CONSTANT(METH_METHOD),
    {"CO_VARARGS", CO_VARARGS},
    {"CO_VARKEYWORDS", CO_VARKEYWORDS},
    {"TPFLAGS_TYPE_SUBCLASS", 1LL << 31},
};

static const place addresses[] = {
    {"None", &_Py_NoneStruct},
    {"True", &_Py_TrueStruct},
    {"False", &_Py_FalseStruct},
    {"NotImplemented", &_Py_NotImplementedStruct},
    HERE(PyType_Type),
    HERE(PyLong_Type),
    HERE(PyFloat_Type),
    HERE(PyBool_Type),
    HERE(PyUnicode_Type),
    HERE(PyList_Type),
    HERE(PyTuple_Type),
    HERE(PyDict_Type),
    HERE(PySet_Type),
    HERE(PyFrozenSet_Type),
    HERE(PyRange_Type),
    HERE(PyEnum_Type),
    HERE(PyZip_Type),
    HERE(PySlice_Type),
    HERE(PyFunction_Type),
    HERE(PyMethod_Type),
    HERE(PyCFunction_Type),
    HERE(PyMethodDescr_Type),
    HERE(PyModule_Type),
    HERE(PyCell_Type),
    HERE(PyGen_Type),
    HERE(PyListIter_Type),
    HERE(PyTupleIter_Type),
    HERE(PyRangeIter_Type),
    HERE(PyProperty_Type),
    HERE(gcrt_shape_type),
    HERE(gcrt_jit_stats_),
    HERE(list_methods),
    {"gc_ext_calloc", (const void *)gc_ext_calloc},
    {"jit_take", (const void *)jit_take},
    {"jit_publish", (const void *)jit_publish},
    {"jit_reject", (const void *)jit_reject},
#define HELPER(name, signature, effect) {#name, (const void *)name},
#include "jit_helpers.def"
#undef HELPER
};

static const struct {
    const char *name, *signature, *effect;
} helpers[] = {
#define HELPER(name, signature, effect) {#name, signature, #effect},
#include "jit_helpers.def"
#undef HELPER
};

/* ------------------------------------------------------------------ writing */

enum { TEXT_SIZE = 64 * 1024 };
static char text[TEXT_SIZE];

__attribute__((format(printf, 2, 3))) static char *
put(char *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(at, (size_t)(text + TEXT_SIZE - at), format, args);
    va_end(args);
    return at + n < text + TEXT_SIZE ? at + n : text + TEXT_SIZE - 1;
}

static char *
put_facts(char *at, const char *title, const fact *facts, size_t n)
{
    at = put(at, "\"%s\":{", title);
    for (size_t i = 0; i < n; i++)
        at = put(at, "%s\"%s\":%lld", i ? "," : "", facts[i].name, facts[i].value);
    return put(at, "},\n");
}

static char *
put_opcodes(char *at)
{
    at = put(at, "\"opcodes\":[");
    for (int i = 0; i < OP_COUNT; i++) {
        const gcrt_op_info *op = &gcrt_op_table[i];
        at = put(at, "%s[\"%s\",\"%s\",%d,%d,\"%s\",\"%s\"]", i ? "," : "", op->name,
                 gcrt_op_table[op->base].name, op->cache_words, op->flags, op->operand_a, op->operand_b);
    }
    return put(at, "],\n");
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The description; made at the first call, by the host, before it serves jobs. */
__attribute__((visibility("default"))) const char *
gcrt_jit_layout(void)
{
    char *at = put(text, "{");
    at = put_facts(at, "offsets", offsets, COUNT(offsets));
    at = put_facts(at, "sizes", sizes, COUNT(sizes));
    at = put_facts(at, "constants", constants, COUNT(constants));
    at = put_opcodes(at);
    at = put(at, "\"helpers\":{");
    for (size_t i = 0; i < COUNT(helpers); i++)
        at = put(at, "%s\"%s\":[\"%s\",\"%s\"]", i ? "," : "", helpers[i].name, helpers[i].signature,
                 helpers[i].effect);
    at = put(at, "},\n\"addresses\":{");
    for (size_t i = 0; i < COUNT(addresses); i++)
        at = put(at, "%s\"%s\":%llu", i ? "," : "", addresses[i].name,
                 (unsigned long long)(uintptr_t)addresses[i].address);
    put(at, "}}");
    return text;
}
