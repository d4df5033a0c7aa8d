/* eval_ops.c: slow paths of the loop: operators, subscripts, iteration, displays. */
#include "interp.h"
#include "container.h"
#include "dict.h"
#include "list.h"
#include "number_fast.h"
#include "unicode.h"

/* ------------------------------------------------------------------ operators */

/* Times that an instruction may change its form. */
enum { FORM_CHANGES = 4 };

typedef PyObject *(*binary_function)(PyObject *, PyObject *);

static PyObject *
power(PyObject *a, PyObject *b)
{
    return PyNumber_Power(a, b, Py_None);
}

static PyObject *
inplace_power(PyObject *a, PyObject *b)
{
    return PyNumber_InPlacePower(a, b, Py_None);
}

static const binary_function binary_functions[OP_COUNT][2] = {
    [OP_BINARY_ADD] = {PyNumber_Add, PyNumber_InPlaceAdd},
    [OP_BINARY_SUB] = {PyNumber_Subtract, PyNumber_InPlaceSubtract},
    [OP_BINARY_MUL] = {PyNumber_Multiply, PyNumber_InPlaceMultiply},
    [OP_BINARY_TRUEDIV] = {PyNumber_TrueDivide, PyNumber_InPlaceTrueDivide},
    [OP_BINARY_FLOORDIV] = {PyNumber_FloorDivide, PyNumber_InPlaceFloorDivide},
    [OP_BINARY_MOD] = {PyNumber_Remainder, PyNumber_InPlaceRemainder},
    [OP_BINARY_POW] = {power, inplace_power},
    [OP_BINARY_LSHIFT] = {PyNumber_Lshift, PyNumber_InPlaceLshift},
    [OP_BINARY_RSHIFT] = {PyNumber_Rshift, PyNumber_InPlaceRshift},
    [OP_BINARY_AND] = {PyNumber_And, PyNumber_InPlaceAnd},
    [OP_BINARY_OR] = {PyNumber_Or, PyNumber_InPlaceOr},
    [OP_BINARY_XOR] = {PyNumber_Xor, PyNumber_InPlaceXor},
    [OP_BINARY_MATMUL] = {PyNumber_MatrixMultiply, PyNumber_InPlaceMatrixMultiply},
};

PyObject *
eval_binary(gcrt_insn *pc, PyObject *left, PyObject *right)
{
    gcrt_cache_kinds *cache = (gcrt_cache_kinds *)(pc + 1);
    int op = gcrt_op_table[pc->op].base;
    PyObject *result;
    kinds_note(cache, left, right);
    if (op == OP_BINARY_ADD && container_is_str(left) && container_is_str(right)) {
        if (pc->b && cache->counter < FORM_CHANGES)
            pc->op = OP_BINARY_ADD_STR;
        return PyUnicode_Concat(left, right);
    }
    result = binary_functions[op][pc->a & 1](left, right);
    if (result != NULL)
        cache->result |= (uint16_t)kind_of(result);
    return result;
}

PyObject *
eval_unary(gcrt_insn *pc, PyObject *value)
{
    gcrt_cache_kinds *cache = (gcrt_cache_kinds *)(pc + 1);
    cache->left |= (uint16_t)kind_of(value);
    switch (pc->op) {
    case OP_UNARY_POSITIVE:
        return PyNumber_Positive(value);
    case OP_UNARY_NEGATIVE:
        return PyNumber_Negative(value);
    default:
        return PyNumber_Invert(value);
    }
}

PyObject *
eval_compare(gcrt_cache_kinds *cache, PyObject *left, PyObject *right, int op)
{
    kinds_note(cache, left, right);
    if ((op == Py_EQ || op == Py_NE) && container_is_str(left) && container_is_str(right)) {
        int same = left == right || container_str_equal(left, right);
        return same == (op == Py_EQ) ? Py_True : Py_False;
    }
    return PyObject_RichCompare(left, right, op);
}

int
eval_truth(gcrt_cache_kinds *cache, PyObject *value)
{
    cache->left |= (uint16_t)kind_of(value);
    int truth = fast_truth(value);
    if (truth >= 0)
        return truth;
    PyTypeObject *type = Py_TYPE(value);
    if (type == &PyList_Type || type == &PyTuple_Type)
        return Py_SIZE(value) != 0;
    if (type == &PyUnicode_Type)
        return PyUnicode_GET_LENGTH(value) != 0;
    if (type == &PyDict_Type)
        return PyDict_GET_SIZE(value) != 0;
    return PyObject_IsTrue(value);
}

/* ------------------------------------------------------------------ subscripts */

static void
quicken(gcrt_insn *pc, gcrt_cache_kinds *cache, int op)
{
    if (pc->op == op)
        return;
    if (cache->counter >= FORM_CHANGES)
        op = gcrt_op_table[pc->op].base;
    else
        cache->counter++;
    pc->op = (uint16_t)op;
}

PyObject *
eval_subscript(gcrt_insn *pc, PyObject *container, PyObject *key)
{
    gcrt_cache_kinds *cache = (gcrt_cache_kinds *)(pc + 1);
    PyTypeObject *type = Py_TYPE(container);
    kinds_note(cache, container, key);
    quicken(pc, cache,
            type == &PyDict_Type                           ? OP_BINARY_SUBSCR_DICT
            : type == &PyList_Type && gcrt_is_int(key)  ? OP_BINARY_SUBSCR_LIST_INT
            : type == &PyTuple_Type && gcrt_is_int(key) ? OP_BINARY_SUBSCR_TUPLE_INT
                                                        : OP_BINARY_SUBSCR);
    if (type->tp_as_mapping != NULL && type->tp_as_mapping->mp_subscript != NULL)
        return type->tp_as_mapping->mp_subscript(container, key);
    return PyObject_GetItem(container, key);
}

int
eval_store_subscript(gcrt_insn *pc, PyObject *container, PyObject *key, PyObject *value)
{
    gcrt_cache_kinds *cache = (gcrt_cache_kinds *)(pc + 1);
    PyTypeObject *type = Py_TYPE(container);
    kinds_note(cache, container, key);
    quicken(pc, cache,
            type == &PyDict_Type                          ? OP_STORE_SUBSCR_DICT
            : type == &PyList_Type && gcrt_is_int(key) ? OP_STORE_SUBSCR_LIST_INT
                                                       : OP_STORE_SUBSCR);
    return PyObject_SetItem(container, key, value);
}

/* A bound that is an int or None needs no slice object.  0: it is something else. */
static int
plain_bound(PyObject *bound, Py_ssize_t missing, Py_ssize_t *value)
{
    if (bound == Py_None)
        *value = missing;
    else if (gcrt_is_int(bound))
        *value = (Py_ssize_t)gcrt_int_value(bound);
    else
        return 0;
    return 1;
}

static int
plain_slice(PyObject *start, PyObject *stop, PyObject *step, Py_ssize_t length, Py_ssize_t *from, Py_ssize_t *to)
{
    if ((step != NULL && step != Py_None) || !plain_bound(start, 0, from) ||
        !plain_bound(stop, PY_SSIZE_T_MAX, to))
        return 0;
    PySlice_AdjustIndices(length, from, to, 1);
    return 1;
}

PyObject *
eval_slice(PyObject *container, PyObject *start, PyObject *stop, PyObject *step)
{
    Py_ssize_t from, to;
    PyTypeObject *type = Py_TYPE(container);
    if (type == &PyList_Type && plain_slice(start, stop, step, PyList_GET_SIZE(container), &from, &to))
        return list_slice((PyListObject *)container, from, to, 1);
    if (type == &PyUnicode_Type && plain_slice(start, stop, step, PyUnicode_GET_LENGTH(container), &from, &to))
        return unicode_slice(container, from, to < from ? from : to);
    if (type == &PyTuple_Type && plain_slice(start, stop, step, PyTuple_GET_SIZE(container), &from, &to))
        return PyTuple_GetSlice(container, from, to);
    PyObject *slice = PySlice_New(start, stop, step);
    return slice == NULL ? NULL : PyObject_GetItem(container, slice);
}

int
eval_store_slice(PyObject *container, PyObject *start, PyObject *stop, PyObject *step, PyObject *value)
{
    PyObject *slice = PySlice_New(start, stop, step);
    return slice == NULL ? -1 : PyObject_SetItem(container, slice, value);
}

/* ------------------------------------------------------------------ iteration */

PyObject *
eval_get_iter(gcrt_insn *pc, PyObject *value)
{
    gcrt_cache_kinds *cache = (gcrt_cache_kinds *)(pc + 1);
    cache->left |= (uint16_t)kind_of(value);
    if (gcrt_is_pointer(value) && value->ob_type == &PyGen_Type)
        return value;
    return PyObject_GetIter(value);
}

/* NULL without an exception at the end, or when the instruction has become FOR_ITER_GEN. */
PyObject *
eval_for_next(gcrt_insn *pc, PyObject *iter)
{
    gcrt_cache_kinds *cache = (gcrt_cache_kinds *)(pc + 1);
    PyTypeObject *type = Py_TYPE(iter);
    cache->left |= (uint16_t)kind_of(iter);
    quicken(pc, cache,
            type == &PyRangeIter_Type   ? OP_FOR_ITER_RANGE
            : type == &PyListIter_Type  ? OP_FOR_ITER_LIST
            : type == &PyTupleIter_Type ? OP_FOR_ITER_TUPLE
            : type == &PyGen_Type       ? OP_FOR_ITER_GEN
                                        : OP_FOR_ITER);
    if (pc->op == OP_FOR_ITER_GEN)
        return NULL;
    return container_next(iter);
}

static int
unpack_count_error(Py_ssize_t got, uint32_t want)
{
    PyErr_Format(PyExc_ValueError, "not enough values to unpack (expected %u, got %zd)", want, got);
    return -1;
}

static PyObject *
unpack_iter(PyObject *seq)
{
    PyObject *iter = PyObject_GetIter(seq);
    if (iter == NULL && PyErr_ExceptionMatches(PyExc_TypeError) && Py_TYPE(seq)->tp_iter == NULL &&
        !PySequence_Check(seq)) {
        PyErr_Clear();
        PyErr_Format(PyExc_TypeError, "cannot unpack non-iterable %.200s object", Py_TYPE(seq)->tp_name);
    }
    return iter;
}

/* n items, the first on top: sp[n-1]. */
int
eval_unpack(PyObject *seq, uint32_t n, PyObject **sp)
{
    PyObject *iter = unpack_iter(seq);
    if (iter == NULL)
        return -1;
    for (uint32_t i = 0; i < n; i++) {
        PyObject *item = container_next(iter);
        if (item == NULL)
            return gcrt_ts->exception != NULL ? -1 : unpack_count_error(i, n);
        sp[n - 1 - i] = item;
    }
    if (container_next(iter) != NULL) {
        PyErr_Format(PyExc_ValueError, "too many values to unpack (expected %u)", n);
        return -1;
    }
    return gcrt_ts->exception != NULL ? -1 : 0;
}

int
eval_unpack_ex(PyObject *seq, uint32_t before, uint32_t after, PyObject **sp)
{
    PyObject *iter = unpack_iter(seq);
    Py_ssize_t total = (Py_ssize_t)before + after;
    if (iter == NULL)
        return -1;
    for (uint32_t i = 0; i < before; i++) {
        PyObject *item = container_next(iter);
        if (item == NULL) {
            if (gcrt_ts->exception == NULL)
                PyErr_Format(PyExc_ValueError, "not enough values to unpack (expected at least %zd, got %u)",
                             total, i);
            return -1;
        }
        sp[total - i] = item;
    }
    PyObject *rest = PySequence_List(iter);
    if (rest == NULL)
        return -1;
    Py_ssize_t n = PyList_GET_SIZE(rest);
    if (n < (Py_ssize_t)after) {
        PyErr_Format(PyExc_ValueError, "not enough values to unpack (expected at least %zd, got %zd)", total,
                     before + n);
        return -1;
    }
    for (uint32_t i = 0; i < after; i++)
        sp[i] = PyList_GET_ITEM(rest, n - 1 - (Py_ssize_t)i);
    sp[after] = after == 0 ? rest : PyList_GetSlice(rest, 0, n - after);
    return sp[after] == NULL ? -1 : 0;
}

/* ------------------------------------------------------------------ displays and formatting */

PyObject *
eval_format_value(PyObject *value, PyObject *spec, uint32_t flag)
{
    switch (flag & 3) {
    case 1:
        value = PyObject_Str(value);
        break;
    case 2:
        value = PyObject_Repr(value);
        break;
    case 3:
        value = PyObject_ASCII(value);
        break;
    }
    if (value == NULL || (spec == NULL && container_is_str(value)))
        return value;
    return PyObject_Format(value, spec);
}

PyObject *
eval_build_string(PyObject **items, uint32_t n)
{
    return unicode_join_array(NULL, items, n);
}

PyObject *
eval_build_set(PyObject **items, uint32_t n)
{
    PyObject *set = PySet_New(NULL);
    for (uint32_t i = 0; set != NULL && i < n; i++)
        if (PySet_Add(set, items[i]) < 0)
            return NULL;
    return set;
}

PyObject *
eval_build_map(PyObject **items, uint32_t n)
{
    PyObject *dict = PyDict_New();
    for (uint32_t i = 0; dict != NULL && i < n; i++)
        if (PyDict_SetItem(dict, items[2 * i], items[2 * i + 1]) < 0)
            return NULL;
    return dict;
}

PyObject *
eval_build_const_key_map(PyObject *keys, PyObject **values, uint32_t n)
{
    if (!PyTuple_CheckExact(keys) || PyTuple_GET_SIZE(keys) != (Py_ssize_t)n) {
        PyErr_SetString(PyExc_SystemError, "bad BUILD_CONST_KEY_MAP keys argument");
        return NULL;
    }
    PyObject *dict = PyDict_New();
    for (uint32_t i = 0; dict != NULL && i < n; i++)
        if (PyDict_SetItem(dict, PyTuple_GET_ITEM(keys, i), values[i]) < 0)
            return NULL;
    return dict;
}

int
eval_list_extend(PyObject *list, PyObject *iterable)
{
    if (list_extend((PyListObject *)list, iterable) == 0)
        return 0;
    if (PyErr_ExceptionMatches(PyExc_TypeError) && Py_TYPE(iterable)->tp_iter == NULL &&
        !PySequence_Check(iterable)) {
        PyErr_Clear();
        PyErr_Format(PyExc_TypeError, "Value after * must be an iterable, not %.200s",
                     Py_TYPE(iterable)->tp_name);
    }
    return -1;
}

int
eval_dict_update(PyObject *dict, PyObject *update)
{
    if (PyDict_Update(dict, update) == 0)
        return 0;
    if (PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not a mapping", Py_TYPE(update)->tp_name);
    }
    return -1;
}

/* f(**a, **b): a key that is there already is an error. */
int
eval_dict_merge(PyObject *callable, PyObject *dict, PyObject *update)
{
    if (dict_merge((PyDictObject *)dict, update, 2) == 0)
        return 0;
    PyObject *exc = gcrt_ts->exception;
    int no_mapping = PyErr_ExceptionMatches(PyExc_AttributeError);
    if (!no_mapping && !PyErr_ExceptionMatches(PyExc_KeyError))
        return -1;
    PyObject *args = ((PyBaseExceptionObject *)exc)->args;
    PyErr_Clear();
    PyObject *name = _PyObject_FunctionStr(callable);
    if (name == NULL)
        return -1;
    if (no_mapping)
        PyErr_Format(PyExc_TypeError, "%U argument after ** must be a mapping, not %.200s", name,
                     Py_TYPE(update)->tp_name);
    else if (args != NULL && PyTuple_Check(args) && PyTuple_GET_SIZE(args) == 1) {
        PyObject *key = PyTuple_GET_ITEM(args, 0);
        if (PyUnicode_Check(key))
            PyErr_Format(PyExc_TypeError, "%U got multiple values for keyword argument '%S'", name, key);
        else
            PyErr_Format(PyExc_TypeError, "%U keywords must be strings", name);
    }
    else
        gcrt_ts->exception = exc;
    return -1;
}
