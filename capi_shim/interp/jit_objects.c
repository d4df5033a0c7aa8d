/* jit_objects.c: containers and iterators for compiled code. */
#include "iters.h"
#include "jit_runtime.h"
#include "list.h"
#include "tuple.h"

void *
jit_alloc_slow(int64_t size, int64_t kind)
{
    void *p = gc_alloc_slow(gcrt_ts->gc, (size_t)size, (gc_kind)kind);
    return p != NULL ? p : (void *)PyErr_NoMemory();
}

PyObject *
jit_tuple(PyObject *const *items, int64_t n)
{
    return tuple_from_array(items, n);
}

PyObject *
jit_list(PyObject *const *items, int64_t n)
{
    return list_from_array(items, n);
}

PyObject *
jit_cell(PyObject *value)
{
    return PyCell_New(value);
}

/* ------------------------------------------------------------------ iterators */

PyObject *
jit_range_iter(int64_t current, int64_t remaining, int64_t step)
{
    gcrt_range_iter *it = (gcrt_range_iter *)gcrt_new(&PyRangeIter_Type, sizeof *it);
    if (it == NULL)
        return NULL;
    it->current = current;
    it->remaining = remaining;
    it->step = step;
    return (PyObject *)it;
}

PyObject *
jit_list_iter(PyObject *list, int64_t index)
{
    gcrt_list_iter *it = (gcrt_list_iter *)gcrt_new(&PyListIter_Type, sizeof *it);
    if (it == NULL)
        return NULL;
    it->index = index;
    it->list = (PyListObject *)list;
    return (PyObject *)it;
}

PyObject *
jit_tuple_iter(PyObject *tuple, int64_t index)
{
    gcrt_tuple_iter *it = (gcrt_tuple_iter *)gcrt_new(&PyTupleIter_Type, sizeof *it);
    if (it == NULL)
        return NULL;
    it->index = index;
    it->tuple = (PyTupleObject *)tuple;
    return (PyObject *)it;
}

PyObject *
jit_enumerate(int64_t count, PyObject *iter)
{
    gcrt_enumerate *it = (gcrt_enumerate *)gcrt_new(&PyEnum_Type, sizeof *it);
    if (it == NULL)
        return NULL;
    it->count = count;
    it->iter = iter;
    return (PyObject *)it;
}

PyObject *
jit_zip(PyObject *const *iters, int64_t n)
{
    gcrt_zip *it = (gcrt_zip *)gcrt_new(&PyZip_Type, sizeof *it);
    PyObject *tuple = tuple_from_array(iters, n);
    if (it == NULL || tuple == NULL)
        return NULL;
    it->iters = tuple;
    return (PyObject *)it;
}

PyObject *
jit_range(PyObject *const *args, int64_t n)
{
    return PyObject_Vectorcall((PyObject *)&PyRange_Type, args, (size_t)n, NULL);
}

/* The next item; NULL at the end, with or without an exception (StopIteration is cleared). */
PyObject *
jit_for_next(PyObject *iter)
{
    PyObject *item = Py_TYPE(iter)->tp_iternext(iter);
    if (item == NULL && PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_StopIteration))
        PyErr_Clear();
    return item;
}

PyObject *
jit_get_iter(PyObject *v)
{
    return PyObject_GetIter(v);
}

/* ------------------------------------------------------------------ building */

PyObject *
jit_build_set(PyObject **items, int64_t n)
{
    return eval_build_set(items, (uint32_t)n);
}

PyObject *
jit_build_map(PyObject **items, int64_t n)
{
    return eval_build_map(items, (uint32_t)n);
}

PyObject *
jit_build_const_key_map(PyObject *keys, PyObject **values, int64_t n)
{
    return eval_build_const_key_map(keys, values, (uint32_t)n);
}

PyObject *
jit_build_string(PyObject **items, int64_t n)
{
    return eval_build_string(items, (uint32_t)n);
}

PyObject *
jit_format_value(PyObject *value, PyObject *spec, int64_t flag)
{
    return eval_format_value(value, spec, (uint32_t)flag);
}

int64_t
jit_set_add(PyObject *set, PyObject *item)
{
    return PySet_Add(set, item);
}

int64_t
jit_dict_set(PyObject *dict, PyObject *key, PyObject *value)
{
    return PyDict_SetItem(dict, key, value);
}

int64_t
jit_dict_update(PyObject *dict, PyObject *update)
{
    return eval_dict_update(dict, update);
}

/* ------------------------------------------------------------------ subscripts and slices */

PyObject *
jit_subscript(PyObject *container, PyObject *key)
{
    return PyObject_GetItem(container, key);
}

int64_t
jit_store_subscript(PyObject *container, PyObject *key, PyObject *value)
{
    return PyObject_SetItem(container, key, value);
}

int64_t
jit_delete_subscript(PyObject *container, PyObject *key)
{
    return PyObject_DelItem(container, key);
}

PyObject *
jit_slice(PyObject *container, PyObject *start, PyObject *stop, PyObject *step)
{
    return eval_slice(container, start, stop, step);
}

int64_t
jit_store_slice(PyObject *container, PyObject *start, PyObject *stop, PyObject *step, PyObject *value)
{
    return eval_store_slice(container, start, stop, step, value);
}

/* Stand-ins for None as PySlice_Unpack chooses them; step is not 0. */
static void
replace_none(int64_t *start, int64_t *stop, int64_t step)
{
    if (*start == JIT_SLICE_NONE)
        *start = step < 0 ? PY_SSIZE_T_MAX : 0;
    if (*stop == JIT_SLICE_NONE)
        *stop = step < 0 ? PY_SSIZE_T_MIN : PY_SSIZE_T_MAX;
}

static inline int64_t
clip(int64_t i, int64_t size, int64_t low, int64_t high)
{
    if (i < 0)
        i += size;
    return i < low ? low : i > high ? high : i;
}

/* The items that the bounds select: their number; the bounds are brought within the size.  Without a
 * division for the usual steps. */
static inline int64_t
bounds(int64_t size, int64_t *start, int64_t *stop, int64_t step)
{
    int64_t low = step < 0 ? -1 : 0, high = step < 0 ? size - 1 : size;
    replace_none(start, stop, step);
    *start = clip(*start, size, low, high);
    *stop = clip(*stop, size, low, high);
    int64_t distance = step < 0 ? *start - *stop : *stop - *start, stride = step < 0 ? -step : step;
    if (distance <= 0)
        return 0;
    return stride == 1 ? distance : (distance - 1) / stride + 1;
}

PyObject *
jit_list_slice_int(PyObject *op, int64_t start, int64_t stop, int64_t step)
{
    PyListObject *list = (PyListObject *)op;
    if (step == 1) {
        int64_t n = bounds(list->ob_base.ob_size, &start, &stop, 1);
        return list_from_array(list->ob_item + start, n);
    }
    replace_none(&start, &stop, step);
    return list_slice(list, start, stop, step);
}

int64_t
jit_list_store_slice(PyObject *op, PyObject *value, int64_t start, int64_t stop, int64_t step)
{
    replace_none(&start, &stop, step);
    return list_ass_slice((PyListObject *)op, start, stop, step, value);
}

enum { MOVE_MAX = 256 };

static void
reverse(PyListObject *list, PyObject **lo, PyObject **hi)
{
    for (; lo < hi; lo++, hi--) {
        PyObject *item = *lo;
        gc_store(list, lo, *hi);
        gc_store(list, hi, item);
    }
}

int64_t
jit_list_move_slice(PyObject *op, int64_t start, int64_t stop, int64_t step, PyObject *source_op,
                    int64_t from, int64_t to, int64_t by)
{
    PyListObject *list = (PyListObject *)op, *source = (PyListObject *)source_op;
    int64_t first = from, last = to, lo = start, hi = stop;
    int64_t n = bounds(source->ob_base.ob_size, &first, &last, by);
    if (step == 1 && n > 0 && bounds(list->ob_base.ob_size, &lo, &hi, 1) == n) {
        PyObject **in = source->ob_item, **out = list->ob_item + lo;
        if (list == source && by == -1 && first == lo + n - 1) {
            reverse(list, out, out + n - 1);
            return 0;
        }
        if (n <= MOVE_MAX) {
            PyObject *items[MOVE_MAX];
            for (int64_t i = 0; i < n; i++)
                items[i] = in[first + i * by];
            for (int64_t i = 0; i < n; i++)
                gc_store(list, &out[i], items[i]);
            return 0;
        }
    }
    PyObject *middle = jit_list_slice_int(source_op, from, to, by);
    return middle == NULL ? -1 : jit_list_store_slice(op, middle, start, stop, step);
}

/* ------------------------------------------------------------------ lists */

int64_t
jit_list_append(PyObject *list, PyObject *item)
{
    return list_append((PyListObject *)list, item);
}

PyObject *
jit_list_pop(PyObject *op, int64_t index)
{
    PyListObject *list = (PyListObject *)op;
    Py_ssize_t n = list->ob_base.ob_size;
    if (index < 0)
        index += n;
    if ((size_t)index >= (size_t)n) {
        PyErr_SetString(PyExc_IndexError, n == 0 ? "pop from empty list" : "pop index out of range");
        return NULL;
    }
    return list_pop_at(list, index);
}

int64_t
jit_list_insert(PyObject *list, int64_t index, PyObject *item)
{
    return list_insert((PyListObject *)list, index, item);
}

int64_t
jit_list_extend(PyObject *list, PyObject *iterable)
{
    return eval_list_extend(list, iterable);
}

PyObject *
jit_list_to_tuple(PyObject *list)
{
    return PyList_AsTuple(list);
}

PyObject *
jit_list_copy(PyObject *list)
{
    return list_slice((PyListObject *)list, 0, ((PyVarObject *)list)->ob_size, 1);
}

PyObject *
jit_list_repeat(PyObject *list, int64_t n)
{
    return list_repeat(list, n);
}

/* list(range(...)): n values that fit in an immediate int. */
PyObject *
jit_list_from_range(int64_t start, int64_t n, int64_t step)
{
    PyObject *list = PyList_New(n);
    if (list == NULL)
        return NULL;
    for (int64_t i = 0; i < n; i++)
        PyList_SET_ITEM(list, i, gcrt_int(start + i * step));
    return list;
}

/* eval_unpack pushes in operand order: the last item first. */
int64_t
jit_unpack(PyObject *sequence, PyObject **out, int64_t n)
{
    return eval_unpack(sequence, (uint32_t)n, out);
}
