/* slots.h: between the table of slots, the wrappers (C slot as a Python method) and the dispatchers (Python
 * method as a C slot). */
#ifndef GCRT_SLOTS_H
#define GCRT_SLOTS_H

#include "typeobject.h"

/* Wrappers: slot_wrap.c.  W(name) for those without keywords. */
#define SLOT_WRAPPERS(W)                                                                                \
    W(unary) W(binary) W(binary_l) W(binary_r) W(ternary) W(ternary_r) W(inquiry) W(lenfunc)            \
    W(indexarg) W(sq_item) W(sq_setitem) W(sq_delitem) W(objobj) W(objobjset) W(delitem) W(hash)        \
    W(getattribute) W(getitem)                                                                          \
    W(lt) W(le) W(eq) W(ne) W(gt) W(ge) W(next) W(descr_get) W(descr_set) W(descr_delete) W(setattr)    \
    W(delattr) W(del)
#define DECLARE(name) PyObject *wrap_##name(PyObject *self, PyObject *args, void *wrapped);
SLOT_WRAPPERS(DECLARE)
#undef DECLARE
PyObject *wrap_call(PyObject *self, PyObject *args, void *wrapped, PyObject *kwds);
PyObject *wrap_init(PyObject *self, PyObject *args, void *wrapped, PyObject *kwds);
/* How a wrapper is called, for __text_signature__; NULL when that is not known. */
const char *slot_wrap_signature(wrapperfunc wrapper);

/* Dispatchers: slot_dispatch.c. */
#define SLOT_BINARY_OPS(B)                                                                              \
    B(add, add) B(subtract, sub) B(multiply, mul) B(remainder, mod) B(divmod, divmod)                   \
    B(lshift, lshift) B(rshift, rshift) B(and, and) B(xor, xor) B(or, or)                               \
    B(floor_divide, floordiv) B(true_divide, truediv) B(matrix_multiply, matmul)
#define SLOT_INPLACE_OPS(B)                                                                             \
    B(inplace_add, iadd) B(inplace_subtract, isub) B(inplace_multiply, imul) B(inplace_remainder, imod) \
    B(inplace_lshift, ilshift) B(inplace_rshift, irshift) B(inplace_and, iand) B(inplace_xor, ixor)     \
    B(inplace_or, ior) B(inplace_floor_divide, ifloordiv) B(inplace_true_divide, itruediv)              \
    B(inplace_matrix_multiply, imatmul)
#define SLOT_UNARY_OPS(U)                                                                               \
    U(nb_negative, neg) U(nb_positive, pos) U(nb_absolute, abs) U(nb_invert, invert) U(nb_int, int)     \
    U(nb_float, float) U(nb_index, index) U(am_await, await) U(am_aiter, aiter) U(am_anext, anext)
#define DECLARE(slot, name) PyObject *slot_nb_##slot(PyObject *self, PyObject *other);
SLOT_BINARY_OPS(DECLARE)
SLOT_INPLACE_OPS(DECLARE)
#undef DECLARE
#define DECLARE(slot, name) PyObject *slot_##slot(PyObject *self);
SLOT_UNARY_OPS(DECLARE)
#undef DECLARE
PyObject *slot_nb_power(PyObject *self, PyObject *other, PyObject *mod);
PyObject *slot_nb_inplace_power(PyObject *self, PyObject *other, PyObject *mod);
int slot_nb_bool(PyObject *self);
Py_ssize_t slot_length(PyObject *self);
PyObject *slot_mp_subscript(PyObject *self, PyObject *key);
int slot_mp_ass_subscript(PyObject *self, PyObject *key, PyObject *value);
PyObject *slot_sq_item(PyObject *self, Py_ssize_t i);
int slot_sq_ass_item(PyObject *self, Py_ssize_t i, PyObject *value);
int slot_sq_contains(PyObject *self, PyObject *value);
PyObject *slot_tp_repr(PyObject *self);
PyObject *slot_tp_str(PyObject *self);
Py_hash_t slot_tp_hash(PyObject *self);
PyObject *slot_tp_call(PyObject *self, PyObject *args, PyObject *kwds);
PyObject *slot_tp_getattr(PyObject *self, PyObject *name);
int slot_tp_setattr(PyObject *self, PyObject *name, PyObject *value);
PyObject *slot_tp_richcompare(PyObject *self, PyObject *other, int op);
PyObject *slot_tp_iter(PyObject *self);
PyObject *slot_tp_iternext(PyObject *self);
PyObject *slot_tp_descr_get(PyObject *self, PyObject *obj, PyObject *type);
int slot_tp_descr_set(PyObject *self, PyObject *obj, PyObject *value);
int slot_tp_init(PyObject *self, PyObject *args, PyObject *kwds);
PyObject *slot_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwds);
void slot_tp_finalize(PyObject *self);

extern PyMethodDef slot_new_method;
int slot_is_new_wrapper(PyObject *descr);
#endif
