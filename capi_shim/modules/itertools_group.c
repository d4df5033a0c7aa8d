/* itertools_group.c: groupby and tee. */
#include "itertools.h"

#include "list.h"

/* ------------------------------------------------------------------ groupby
 *
 * `current` is the item read last, NULL before the first; `group` counts the groups handed out, and a
 * grouper whose number is not the parent's is over. */

typedef struct {
    PyObject_HEAD
    PyObject *iter, *key_func;     /* key_func NULL: the items are their keys */
    PyObject *target_key;          /* key of the group that was handed out last */
    PyObject *current_key, *current;
    Py_ssize_t group;
} groupby_iter;

typedef struct {
    PyObject_HEAD
    groupby_iter *parent;
    PyObject *target_key;
    Py_ssize_t group;
} grouper_iter;

static PyObject *
groupby_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"iterable", "key", NULL};
    PyObject *iterable, *key = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:groupby", names, &iterable, &key))
        return NULL;
    PyObject *iter = PyObject_GetIter(iterable);
    groupby_iter *self = iter == NULL ? NULL : (groupby_iter *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->iter = iter;
    self->key_func = key == Py_None ? NULL : key;
    return (PyObject *)self;
}

/* Read the next item and its key.  0, or -1 at the end and on error. */
static int
groupby_step(groupby_iter *self)
{
    PyObject *item = Py_TYPE(self->iter)->tp_iternext(self->iter);
    if (item == NULL)
        return -1;
    PyObject *key = self->key_func == NULL ? item : PyObject_CallOneArg(self->key_func, item);
    if (key == NULL)
        return -1;
    gc_store(self, &self->current, item);
    gc_store(self, &self->current_key, key);
    return 0;
}

static PyObject *
groupby_next(PyObject *op)
{
    groupby_iter *self = (groupby_iter *)op;
    self->group++;                 /* the group before is over */
    for (;;) {
        if (self->current_key != NULL) {
            if (self->target_key == NULL)
                break;
            int same = container_equal(self->target_key, self->current_key);
            if (same < 0)
                return NULL;
            if (!same)
                break;
        }
        if (groupby_step(self) < 0)
            return NULL;
    }
    gc_store(self, &self->target_key, self->current_key);
    grouper_iter *grouper = (grouper_iter *)gcrt_new(&itertools__grouper_type, sizeof *grouper);
    if (grouper == NULL)
        return NULL;
    grouper->parent = self;
    grouper->target_key = self->target_key;
    grouper->group = self->group;
    return tuple_pair(self->current_key, (PyObject *)grouper);
}

static PyObject *
grouper_next(PyObject *op)
{
    grouper_iter *self = (grouper_iter *)op;
    groupby_iter *parent = self->parent;
    if (parent == NULL || parent->group != self->group)
        return NULL;
    if (parent->current == NULL && groupby_step(parent) < 0)
        return NULL;
    int same = container_equal(self->target_key, parent->current_key);
    if (same <= 0)
        return NULL;
    PyObject *item = parent->current;
    parent->current = parent->current_key = NULL;
    return item;
}

static PyObject *
grouper_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *parent, *key;
    if (container_refuse_keywords("_grouper", kwargs) ||
        !PyArg_ParseTuple(args, "O!O:_grouper", &itertools_groupby_type, &parent, &key))
        return NULL;
    grouper_iter *self = (grouper_iter *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->parent = (groupby_iter *)parent;
    self->target_key = key;
    self->group = self->parent->group;
    return (PyObject *)self;
}

static PyObject *
groupby_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    groupby_iter *self = (groupby_iter *)op;
    PyObject *key = self->key_func == NULL ? Py_None : self->key_func;
    if (self->target_key != NULL && self->current_key != NULL && self->current != NULL)
        return Py_BuildValue("O(OO)(OOO)", Py_TYPE(op), self->iter, key, self->current, self->target_key,
                             self->current_key);
    return Py_BuildValue("O(OO)", Py_TYPE(op), self->iter, key);
}

static PyObject *
groupby_setstate(PyObject *op, PyObject *state)
{
    groupby_iter *self = (groupby_iter *)op;
    PyObject *current, *target_key, *current_key;
    if (!PyTuple_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state is not a tuple");
        return NULL;
    }
    if (!PyArg_ParseTuple(state, "OOO", &current, &target_key, &current_key))
        return NULL;
    gc_store(self, &self->current, current);
    gc_store(self, &self->target_key, target_key);
    gc_store(self, &self->current_key, current_key);
    Py_RETURN_NONE;
}

static PyObject *
grouper_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    grouper_iter *self = (grouper_iter *)op;
    if (self->parent->group != self->group)
        return Py_BuildValue("N(())", container_builtin("iter"));
    return Py_BuildValue("O(OO)", Py_TYPE(op), self->parent, self->target_key);
}

static PyMethodDef groupby_methods[] = {
    {"__reduce__", groupby_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", groupby_setstate, METH_O, "Set the state for unpickling."},
    {NULL, NULL, 0, NULL},
};
static PyMethodDef grouper_methods[] = {
    {"__reduce__", grouper_reduce, METH_NOARGS, "State for copying and pickling."},
    {NULL, NULL, 0, NULL},
};
ITERTOOLS_TYPE(itertools_groupby_type, "itertools.groupby", groupby_iter, groupby_new, groupby_next,
               groupby_methods,
               "groupby(iterable, key=None)\n--\n\n(key, iterator) for each stretch of items with one key.");
ITERTOOLS_TYPE(itertools__grouper_type, "itertools._grouper", grouper_iter, grouper_new, grouper_next,
               grouper_methods, NULL);

/* ------------------------------------------------------------------ tee
 *
 * The iterators share a chain of blocks of items already read.  A block is kept as long as some iterator
 * stands in it or before it. */

#define TEE_BLOCK 57

typedef struct tee_block {
    PyObject_HEAD
    PyObject *iter;
    struct tee_block *next;
    Py_ssize_t count;              /* items read */
    Py_ssize_t running;            /* the iterator is being asked */
    PyObject *items[TEE_BLOCK];
} tee_block;

typedef struct {
    PyObject_HEAD
    tee_block *block;
    Py_ssize_t index;
    PyObject *weakreflist;
} tee_iter;

static tee_block *
tee_block_make(PyObject *iter)
{
    tee_block *block = (tee_block *)gcrt_new(&itertools__tee_dataobject_type, sizeof *block);
    if (block != NULL)
        block->iter = iter;
    return block;
}

static PyObject *
tee_next(PyObject *op)
{
    tee_iter *self = (tee_iter *)op;
    if (self->index >= TEE_BLOCK) {
        tee_block *block = self->block;
        if (block->next == NULL) {
            tee_block *next = tee_block_make(block->iter);
            if (next == NULL)
                return NULL;
            gc_store(block, (PyObject **)&block->next, (PyObject *)next);
        }
        gc_store(self, (PyObject **)&self->block, (PyObject *)block->next);
        self->index = 0;
    }
    tee_block *block = self->block;
    if (self->index < block->count)
        return block->items[self->index++];
    if (block->running) {
        PyErr_SetString(PyExc_RuntimeError, "cannot re-enter the tee iterator");
        return NULL;
    }
    block->running = 1;
    PyObject *item = Py_TYPE(block->iter)->tp_iternext(block->iter);
    block->running = 0;
    if (item == NULL)
        return NULL;
    gc_store(block, &block->items[block->count], item);
    block->count++;
    self->index++;
    return item;
}

static tee_iter *
tee_make(tee_block *block, Py_ssize_t index)
{
    tee_iter *self = (tee_iter *)gcrt_new(&itertools__tee_type, sizeof *self);
    if (self == NULL)
        return NULL;
    self->block = block;
    self->index = index;
    return self;
}

/* An iterator over the iterable that can be copied. */
static PyObject *
tee_from_iterable(PyObject *iterable)
{
    PyObject *iter = PyObject_GetIter(iterable);
    if (iter == NULL)
        return NULL;
    if (Py_TYPE(iter) == &itertools__tee_type)
        return (PyObject *)tee_make(((tee_iter *)iter)->block, ((tee_iter *)iter)->index);
    tee_block *block = tee_block_make(iter);
    return block == NULL ? NULL : (PyObject *)tee_make(block, 0);
}

static PyObject *
tee_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)type;
    PyObject *iterable;
    if (container_refuse_keywords("_tee", kwargs) || !PyArg_UnpackTuple(args, "_tee", 1, 1, &iterable))
        return NULL;
    return tee_from_iterable(iterable);
}

static PyObject *
tee_copy(PyObject *op, PyObject *unused)
{
    (void)unused;
    return (PyObject *)tee_make(((tee_iter *)op)->block, ((tee_iter *)op)->index);
}

PyObject *
itertools_tee(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (!_PyArg_CheckPositional("tee", nargs, 1, 2))
        return NULL;
    Py_ssize_t n = nargs == 2 ? PyNumber_AsSsize_t(args[1], PyExc_OverflowError) : 2;
    if (n == -1 && container_exception() != NULL)
        return NULL;
    if (n < 0) {
        PyErr_SetString(PyExc_ValueError, "n must be >= 0");
        return NULL;
    }
    PyObject *result = PyTuple_New(n);
    if (result == NULL || n == 0)
        return result;
    PyObject *iter = PyObject_GetIter(args[0]), *copy_function;
    if (iter == NULL || _PyObject_LookupAttr(iter, PyUnicode_InternFromString("__copy__"), &copy_function) < 0)
        return NULL;
    if (copy_function == NULL && (iter = tee_from_iterable(iter)) == NULL)
        return NULL;
    PyTuple_SET_ITEM(result, 0, iter);
    for (Py_ssize_t i = 1; i < n; i++) {
        PyObject *copy = copy_function == NULL ? tee_copy(iter, NULL) : PyObject_CallNoArgs(copy_function);
        if (copy == NULL)
            return NULL;
        PyTuple_SET_ITEM(result, i, copy);
    }
    return result;
}

static PyObject *
tee_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    tee_iter *self = (tee_iter *)op;
    return Py_BuildValue("O(())(On)", Py_TYPE(op), self->block, self->index);
}

static PyObject *
tee_setstate(PyObject *op, PyObject *state)
{
    tee_iter *self = (tee_iter *)op;
    PyObject *block;
    Py_ssize_t index;
    if (!PyTuple_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state is not a tuple");
        return NULL;
    }
    if (!PyArg_ParseTuple(state, "O!n", &itertools__tee_dataobject_type, &block, &index))
        return NULL;
    if (index < 0 || index > TEE_BLOCK) {
        PyErr_SetString(PyExc_ValueError, "Index out of range");
        return NULL;
    }
    gc_store(self, (PyObject **)&self->block, block);
    self->index = index;
    Py_RETURN_NONE;
}

static PyObject *
tee_block_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    tee_block *block = (tee_block *)op;
    PyObject *values = list_from_array(block->items, block->count);
    PyObject *next = block->next == NULL ? Py_None : (PyObject *)block->next;
    return values == NULL ? NULL : Py_BuildValue("O(ONO)", Py_TYPE(op), block->iter, values, next);
}

/* _tee_dataobject(iterator, values, next block or None): what its __reduce__ makes. */
static PyObject *
tee_block_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *iter, *values, *next;
    (void)type;
    if (container_refuse_keywords("_tee_dataobject", kwargs) ||
        !PyArg_ParseTuple(args, "OO!O", &iter, &PyList_Type, &values, &next))
        return NULL;
    Py_ssize_t n = PyList_GET_SIZE(values);
    int full = n == TEE_BLOCK;
    if (n > TEE_BLOCK || !PyIter_Check(iter) ||
        (next != Py_None && (!full || Py_TYPE(next) != &itertools__tee_dataobject_type))) {
        PyErr_SetString(PyExc_ValueError, "Invalid arguments");
        return NULL;
    }
    tee_block *block = tee_block_make(iter);
    if (block == NULL)
        return NULL;
    memcpy(block->items, ((PyListObject *)values)->ob_item, (size_t)n * sizeof *block->items);
    block->count = n;
    block->next = next == Py_None ? NULL : (tee_block *)next;
    return (PyObject *)block;
}

static PyMethodDef tee_block_methods[] = {
    {"__reduce__", tee_block_reduce, METH_NOARGS, "State for copying and pickling."},
    {NULL, NULL, 0, NULL},
};
static PyMethodDef tee_methods[] = {
    {"__reduce__", tee_reduce, METH_NOARGS, "State for copying and pickling."},
    {"__setstate__", tee_setstate, METH_O, "Set the state for unpickling."},
    {"__copy__", tee_copy, METH_NOARGS, "An independent iterator at the same place."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject itertools__tee_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "itertools._tee",
    .tp_basicsize = sizeof(tee_iter),
    .tp_weaklistoffset = offsetof(tee_iter, weakreflist),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = tee_next,
    .tp_methods = tee_methods,
    .tp_new = tee_new,
    .gcrt_trace = container_trace_words,
};
PyTypeObject itertools__tee_dataobject_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "itertools._tee_dataobject",
    .tp_basicsize = sizeof(tee_block),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_methods = tee_block_methods,
    .tp_new = tee_block_new,
    .gcrt_trace = container_trace_words,
};
