/* jit_runtime.h: what compiled code calls.  Every argument is a word or a double and every status an
 * int64_t, so that a signature is a short text in jit_helpers.def. */
#ifndef GCRT_JIT_RUNTIME_H
#define GCRT_JIT_RUNTIME_H

#include "jit_exit.h"

/* -- frames.  A whole function's entry has the type gcrt_jit_entry. */
PyObject *jit_enter_interpreter(PyThreadState *ts, PyFunctionObject *func, PyObject *const *args);
PyObject *jit_no_room(PyThreadState *ts, PyFunctionObject *func, PyObject *const *args);
void jit_pop_frame(PyThreadState *ts, gcrt_frame *frame);
void jit_detach_frame(gcrt_frame *frame);

/* -- numbers */
PyObject *jit_box_float(double d);
PyObject *jit_box_int(int64_t i);
double jit_pow(double a, double b);
double jit_float_mod(double a, double b);
double jit_float_floordiv(double a, double b);

/* -- operators.  int64_t results: -1 with an exception */
int64_t jit_truth(PyObject *v);
int64_t jit_compare_truth(PyObject *a, PyObject *b, int64_t op);
PyObject *jit_compare(PyObject *a, PyObject *b, int64_t op);
int64_t jit_contains(PyObject *container, PyObject *item);
#define JIT_BINARY(name) PyObject *jit_##name(PyObject *a, PyObject *b);
JIT_BINARY(add) JIT_BINARY(subtract) JIT_BINARY(multiply) JIT_BINARY(truediv) JIT_BINARY(floordiv)
JIT_BINARY(mod) JIT_BINARY(power) JIT_BINARY(lshift) JIT_BINARY(rshift) JIT_BINARY(and) JIT_BINARY(or)
JIT_BINARY(xor) JIT_BINARY(matmul)
JIT_BINARY(iadd) JIT_BINARY(isubtract) JIT_BINARY(imultiply) JIT_BINARY(itruediv) JIT_BINARY(ifloordiv)
JIT_BINARY(imod) JIT_BINARY(ipower) JIT_BINARY(ilshift) JIT_BINARY(irshift) JIT_BINARY(iand)
JIT_BINARY(ior) JIT_BINARY(ixor) JIT_BINARY(imatmul)
#undef JIT_BINARY
PyObject *jit_positive(PyObject *v);
PyObject *jit_negative(PyObject *v);
PyObject *jit_invert(PyObject *v);
int64_t jit_length(PyObject *v);
int64_t jit_isinstance(PyObject *v, PyObject *type);

/* -- making containers and iterators */
/* What inline allocation calls when the current hole is used up: zeroed memory, or NULL with MemoryError. */
void *jit_alloc_slow(int64_t size, int64_t kind);
PyObject *jit_tuple(PyObject *const *items, int64_t n);
PyObject *jit_list(PyObject *const *items, int64_t n);
PyObject *jit_cell(PyObject *value);
PyObject *jit_range_iter(int64_t current, int64_t remaining, int64_t step);
PyObject *jit_list_iter(PyObject *list, int64_t index);
PyObject *jit_tuple_iter(PyObject *tuple, int64_t index);
PyObject *jit_enumerate(int64_t count, PyObject *iter);
PyObject *jit_zip(PyObject *const *iters, int64_t n);
PyObject *jit_range(PyObject *const *args, int64_t n);
PyObject *jit_for_next(PyObject *iter);
PyObject *jit_get_iter(PyObject *v);
PyObject *jit_build_set(PyObject **items, int64_t n);
PyObject *jit_build_map(PyObject **items, int64_t n);
PyObject *jit_build_const_key_map(PyObject *keys, PyObject **values, int64_t n);
PyObject *jit_build_string(PyObject **items, int64_t n);
PyObject *jit_format_value(PyObject *value, PyObject *spec, int64_t flag);
int64_t jit_set_add(PyObject *set, PyObject *item);
int64_t jit_dict_set(PyObject *dict, PyObject *key, PyObject *value);
int64_t jit_dict_update(PyObject *dict, PyObject *update);

/* -- subscripts and slices */
PyObject *jit_subscript(PyObject *container, PyObject *key);
int64_t jit_store_subscript(PyObject *container, PyObject *key, PyObject *value);
int64_t jit_delete_subscript(PyObject *container, PyObject *key);
PyObject *jit_slice(PyObject *container, PyObject *start, PyObject *stop, PyObject *step);
int64_t jit_store_slice(PyObject *container, PyObject *start, PyObject *stop, PyObject *step, PyObject *value);
/* Exact lists, int bounds.  A bound of JIT_SLICE_NONE stands for None. */
#define JIT_SLICE_NONE INT64_MIN
PyObject *jit_list_slice_int(PyObject *list, int64_t start, int64_t stop, int64_t step);
int64_t jit_list_store_slice(PyObject *list, PyObject *value, int64_t start, int64_t stop, int64_t step);
/* list[start:stop:step] = source[from:to:by], without the list in between. */
int64_t jit_list_move_slice(PyObject *list, int64_t start, int64_t stop, int64_t step, PyObject *source,
                            int64_t from, int64_t to, int64_t by);

/* -- lists (exact) */
int64_t jit_list_append(PyObject *list, PyObject *item);
PyObject *jit_list_pop(PyObject *list, int64_t index);
int64_t jit_list_insert(PyObject *list, int64_t index, PyObject *item);
int64_t jit_list_extend(PyObject *list, PyObject *iterable);
PyObject *jit_list_to_tuple(PyObject *list);
PyObject *jit_list_copy(PyObject *iterable);
PyObject *jit_list_repeat(PyObject *list, int64_t n);
PyObject *jit_list_from_range(int64_t start, int64_t n, int64_t step);
int64_t jit_unpack(PyObject *sequence, PyObject **out, int64_t n);

/* -- functions, attributes, calls */
PyObject *jit_make_function(PyFunctionObject *maker, PyObject **items, int64_t flags);
PyObject *jit_load_attr(PyObject *owner, PyObject *name);
PyObject *jit_load_descr(PyObject *owner, PyObject *descr);
int64_t jit_store_attr(PyObject *owner, PyObject *name, PyObject *value);
PyObject *jit_load_global(PyFunctionObject *func, PyObject *name);
int64_t jit_store_global(PyObject *globals, PyObject *name, PyObject *value);
PyObject *jit_call(PyObject *callable, PyObject *const *args, int64_t nargs, PyObject *kwnames);
PyObject *jit_call_ex(PyObject *callable, PyObject *args, PyObject *kwargs);
PyObject *jit_new_instance(PyTypeObject *type);
PyObject *jit_init_failed(PyObject *result);
#endif
