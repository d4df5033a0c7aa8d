/* arraymodule.c: array.array: its storage and protocols.  Named methods are in array_methods.c. */
#include "array_module.h"

/* ------------------------------------------------------------------ storage */

/* The weak reference list is found through tp_weaklistoffset. */
static void
array_trace(PyObject *op, size_t size, struct gc_tracer *tracer)
{
    array_object *self = (array_object *)op;
    (void)size;
    gc_visit(tracer, (uintptr_t)self->items);
    gc_visit(tracer, (uintptr_t)self->weakrefs);
}

static char *
new_block(Py_ssize_t items, int size)
{
    if (items > PY_SSIZE_T_MAX / size - 16) {
        PyErr_NoMemory();
        return NULL;
    }
    return gcrt_alloc_leaf((size_t)(items * size) + 1);
}

array_object *
array_make(PyTypeObject *type, Py_ssize_t n, const array_code *code)
{
    if (n > PY_SSIZE_T_MAX / code->size)
        return (array_object *)PyErr_NoMemory();
    array_object *self = (array_object *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->code = code;
    if (n > 0) {
        self->items = new_block(n, code->size);
        if (self->items == NULL)
            return NULL;
        self->allocated = n;
    }
    ARRAY_SIZE(self) = n;
    return self;
}

int
array_resize(array_object *self, Py_ssize_t n)
{
    if (self->exports > 0 && n != ARRAY_SIZE(self)) {
        PyErr_SetString(PyExc_BufferError, "cannot resize an array that is exporting buffers");
        return -1;
    }
    if (n > self->allocated) {
        Py_ssize_t room = n > PY_SSIZE_T_MAX / 2 ? n : ARRAY_SIZE(self) == 0 ? n : n + n / 4 + 8;
        char *block = new_block(room, self->code->size);
        if (block == NULL)
            return -1;
        if (self->items != NULL)
            memcpy(block, self->items, (size_t)(ARRAY_SIZE(self) * self->code->size));
        gc_store(self, &self->items, block);
        self->allocated = room;
    }
    else if (n < ARRAY_SIZE(self)) /* what is beyond the end is zero */
        memset(array_at(self, n), 0, (size_t)((ARRAY_SIZE(self) - n) * self->code->size));
    ARRAY_SIZE(self) = n;
    return 0;
}

int
array_append(array_object *self, PyObject *value)
{
    char item[8];
    Py_ssize_t n = ARRAY_SIZE(self);
    if (self->code->store(item, value) < 0) /* may run Python code: before the resize */
        return -1;
    n = ARRAY_SIZE(self);
    if (array_resize(self, n + 1) < 0)
        return -1;
    memcpy(array_at(self, n), item, (size_t)self->code->size);
    return 0;
}

int
array_from_bytes(array_object *self, const char *bytes, Py_ssize_t n)
{
    Py_ssize_t size = self->code->size, old = ARRAY_SIZE(self);
    if (n % size != 0) {
        PyErr_SetString(PyExc_ValueError, "bytes length not a multiple of item size");
        return -1;
    }
    if (n == 0)
        return 0;
    if (array_resize(self, old + n / size) < 0)
        return -1;
    memcpy(array_at(self, old), bytes, (size_t)n);
    return 0;
}

int
array_from_text(array_object *self, PyObject *text)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(text), old = ARRAY_SIZE(self);
    if (array_resize(self, old + n) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_UCS4 c = PyUnicode_READ_CHAR(text, i);
        memcpy(array_at(self, old + i), &c, sizeof c);
    }
    return 0;
}

int
array_extend(array_object *self, PyObject *iterable)
{
    if (ARRAY_CHECK(iterable)) {
        array_object *other = (array_object *)iterable;
        Py_ssize_t n = ARRAY_SIZE(other), old = ARRAY_SIZE(self);
        if (other->code != self->code) {
            PyErr_SetString(PyExc_TypeError, "can only extend with array of same kind");
            return -1;
        }
        if (n > PY_SSIZE_T_MAX - old) {
            PyErr_NoMemory();
            return -1;
        }
        if (array_resize(self, old + n) < 0)
            return -1;
        if (n > 0)
            memcpy(array_at(self, old), other->items, (size_t)(n * self->code->size));
        return 0;
    }
    PyObject *iterator = PyObject_GetIter(iterable), *item;
    if (iterator == NULL)
        return -1;
    while ((item = PyIter_Next(iterator)) != NULL)
        if (array_append(self, item) < 0)
            return -1;
    return PyErr_Occurred() ? -1 : 0;
}

/* ------------------------------------------------------------------ constructor */

static int
fill_from(array_object *self, PyObject *initial)
{
    if (PyUnicode_Check(initial)) {
        if (self->code->code == 'u')
            return array_from_text(self, initial);
        PyErr_Format(PyExc_TypeError, "cannot use a str to initialize an array with typecode '%c'", self->code->code);
        return -1;
    }
    if (PyBytes_Check(initial))
        return array_from_bytes(self, PyBytes_AS_STRING(initial), PyBytes_GET_SIZE(initial));
    if (PyByteArray_Check(initial))
        return array_from_bytes(self, PyByteArray_AS_STRING(initial), PyByteArray_GET_SIZE(initial));
    if (ARRAY_CHECK(initial) && ((array_object *)initial)->code != self->code) {
        array_object *other = (array_object *)initial;
        if ((self->code->code == 'u') != (other->code->code == 'u')) {
            PyErr_Format(PyExc_TypeError,
                         "cannot use a%s array to initialize a%s array with typecode '%c'",
                         other->code->code == 'u' ? " unicode" : "n", "n", self->code->code);
            return -1;
        }
        for (Py_ssize_t i = 0; i < ARRAY_SIZE(other); i++) {
            PyObject *item = array_load(other, i);
            if (item == NULL || array_append(self, item) < 0)
                return -1;
        }
        return 0;
    }
    return array_extend(self, initial);
}

static PyObject *
array_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *typecode, *initial = NULL;
    if ((type == &array_type && !_PyArg_NoKeywords("array.array", kwargs)) ||
        !PyArg_ParseTuple(args, "O|O:array", &typecode, &initial))
        return NULL;
    if (!PyUnicode_Check(typecode) || PyUnicode_GET_LENGTH(typecode) != 1)
        return PyErr_Format(PyExc_TypeError, "array() argument 1 must be a unicode character, not %.200s",
                            Py_TYPE(typecode)->tp_name);
    const array_code *code = array_find_code(PyUnicode_READ_CHAR(typecode, 0));
    if (code == NULL) {
        PyErr_SetString(PyExc_ValueError, "bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)");
        return NULL;
    }
    array_object *self = array_make(type, 0, code);
    if (self == NULL || (initial != NULL && fill_from(self, initial) < 0))
        return NULL;
    return (PyObject *)self;
}

/* ------------------------------------------------------------------ sequence */

static Py_ssize_t
array_length(PyObject *self)
{
    return ARRAY_SIZE(self);
}

static PyObject *
array_item(PyObject *self, Py_ssize_t i)
{
    if (i < 0 || i >= ARRAY_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "array index out of range");
        return NULL;
    }
    return array_load((array_object *)self, i);
}

PyObject *
array_slice(array_object *self, Py_ssize_t start, Py_ssize_t stop)
{
    array_object *part = array_make(&array_type, stop > start ? stop - start : 0, self->code);
    if (part != NULL && stop > start)
        memcpy(part->items, array_at(self, start), (size_t)((stop - start) * self->code->size));
    return (PyObject *)part;
}

/* Room for n items at start, in place of those up to stop: what follows moves. */
static int
replace_range(array_object *self, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t n)
{
    Py_ssize_t size = ARRAY_SIZE(self), grown = size + n - (stop - start), tail = size - stop;
    int width = self->code->size;
    if (grown > size && array_resize(self, grown) < 0)
        return -1;
    if (grown < size && self->exports > 0)
        return array_resize(self, grown); /* raises */
    if (tail > 0 && grown != size)
        memmove(array_at(self, start + n), array_at(self, stop), (size_t)(tail * width));
    return grown < size ? array_resize(self, grown) : 0;
}

int
array_delete(array_object *self, Py_ssize_t start, Py_ssize_t stop)
{
    return start < stop ? replace_range(self, start, stop, 0) : 0;
}

static int
array_set_item(PyObject *op, Py_ssize_t i, PyObject *value)
{
    array_object *self = (array_object *)op;
    char item[8];
    if (i < 0 || i >= ARRAY_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "array assignment index out of range");
        return -1;
    }
    if (value == NULL)
        return array_delete(self, i, i + 1);
    if (self->code->store(item, value) < 0)
        return -1;
    if (i >= ARRAY_SIZE(self)) { /* the conversion shrank the array */
        PyErr_SetString(PyExc_IndexError, "array assignment index out of range");
        return -1;
    }
    memcpy(array_at(self, i), item, (size_t)self->code->size);
    return 0;
}

static int
array_contains(PyObject *self, PyObject *value)
{
    for (Py_ssize_t i = 0; i < ARRAY_SIZE(self); i++) {
        PyObject *item = array_load((array_object *)self, i);
        int equal = item == NULL ? -1 : PyObject_RichCompareBool(item, value, Py_EQ);
        if (equal != 0)
            return equal;
    }
    return 0;
}

static PyObject *
array_concat(PyObject *a, PyObject *b)
{
    if (!ARRAY_CHECK(b))
        return PyErr_Format(PyExc_TypeError, "can only append array (not \"%.200s\") to array", Py_TYPE(b)->tp_name);
    array_object *x = (array_object *)a, *y = (array_object *)b;
    if (x->code != y->code) {
        PyErr_BadArgument();
        return NULL;
    }
    if (ARRAY_SIZE(x) > PY_SSIZE_T_MAX - ARRAY_SIZE(y))
        return PyErr_NoMemory();
    array_object *sum = array_make(&array_type, ARRAY_SIZE(x) + ARRAY_SIZE(y), x->code);
    if (sum == NULL)
        return NULL;
    if (ARRAY_SIZE(x) > 0)
        memcpy(sum->items, x->items, (size_t)(ARRAY_SIZE(x) * x->code->size));
    if (ARRAY_SIZE(y) > 0)
        memcpy(array_at(sum, ARRAY_SIZE(x)), y->items, (size_t)(ARRAY_SIZE(y) * y->code->size));
    return (PyObject *)sum;
}

/* bytes at p, n of them, repeated until total bytes are there: each copy doubles what is copied. */
static void
repeat_bytes(char *p, Py_ssize_t n, Py_ssize_t total)
{
    while (n > 0 && n < total) {
        Py_ssize_t more = n < total - n ? n : total - n;
        memcpy(p + n, p, (size_t)more);
        n += more;
    }
}

static PyObject *
array_repeat(PyObject *op, Py_ssize_t times)
{
    array_object *self = (array_object *)op;
    Py_ssize_t n = ARRAY_SIZE(self), width = self->code->size;
    if (times < 0)
        times = 0;
    if (n > 0 && times > PY_SSIZE_T_MAX / n)
        return PyErr_NoMemory();
    array_object *result = array_make(&array_type, n * times, self->code);
    if (result != NULL && n * times > 0) {
        memcpy(result->items, self->items, (size_t)(n * width));
        repeat_bytes(result->items, n * width, n * times * width);
    }
    return (PyObject *)result;
}

static PyObject *
array_inplace_concat(PyObject *self, PyObject *other)
{
    if (!ARRAY_CHECK(other))
        return PyErr_Format(PyExc_TypeError, "can only extend array with array (not \"%.200s\")",
                            Py_TYPE(other)->tp_name);
    return array_extend((array_object *)self, other) < 0 ? NULL : self;
}

static PyObject *
array_inplace_repeat(PyObject *op, Py_ssize_t times)
{
    array_object *self = (array_object *)op;
    Py_ssize_t n = ARRAY_SIZE(self), width = self->code->size;
    if (times < 0)
        times = 0;
    if (n == 0)
        return op;
    if (times > PY_SSIZE_T_MAX / n / width)
        return PyErr_NoMemory();
    if (array_resize(self, n * times) < 0)
        return NULL;
    if (times > 1)
        repeat_bytes(self->items, n * width, n * times * width);
    return op;
}

static PySequenceMethods array_as_sequence = {
    .sq_length = array_length,
    .sq_concat = array_concat,
    .sq_repeat = array_repeat,
    .sq_item = array_item,
    .sq_ass_item = array_set_item,
    .sq_contains = array_contains,
    .sq_inplace_concat = array_inplace_concat,
    .sq_inplace_repeat = array_inplace_repeat,
};

/* ------------------------------------------------------------------ subscripts */

static PyObject *
array_subscript(PyObject *op, PyObject *key)
{
    array_object *self = (array_object *)op;
    Py_ssize_t start, stop, step;
    if (PyIndex_Check(key)) {
        Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (i == -1 && PyErr_Occurred())
            return NULL;
        return array_item(op, i < 0 ? i + ARRAY_SIZE(self) : i);
    }
    if (!PySlice_Check(key)) {
        PyErr_SetString(PyExc_TypeError, "array indices must be integers");
        return NULL;
    }
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return NULL;
    Py_ssize_t n = PySlice_AdjustIndices(ARRAY_SIZE(self), &start, &stop, step);
    if (step == 1)
        return array_slice(self, start, start + n);
    array_object *result = array_make(&array_type, n, self->code);
    if (result == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++)
        memcpy(array_at(result, i), array_at(self, start + i * step), (size_t)self->code->size);
    return (PyObject *)result;
}

/* Delete n items, step apart. */
static int
delete_steps(array_object *self, Py_ssize_t start, Py_ssize_t step, Py_ssize_t n)
{
    int width = self->code->size;
    if (n == 0)
        return 0;
    if (self->exports > 0)
        return array_resize(self, ARRAY_SIZE(self) - n); /* raises */
    if (step < 0) {
        start += (n - 1) * step;
        step = -step;
    }
    Py_ssize_t to = start;
    for (Py_ssize_t i = start; i < ARRAY_SIZE(self); i++) {
        if ((i - start) % step == 0 && (i - start) / step < n)
            continue;
        memmove(array_at(self, to++), array_at(self, i), (size_t)width);
    }
    return array_resize(self, ARRAY_SIZE(self) - n);
}

static int
assign_slice(array_object *self, PyObject *key, PyObject *value)
{
    Py_ssize_t start, stop, step, n_values = 0;
    array_object *other = NULL;
    if (value != NULL) {
        if (!ARRAY_CHECK(value)) {
            PyErr_Format(PyExc_TypeError, "can only assign array (not \"%.200s\") to array slice",
                         Py_TYPE(value)->tp_name);
            return -1;
        }
        other = (array_object *)value;
        if (other->code != self->code) {
            PyErr_BadArgument();
            return -1;
        }
        if (other == self && (other = (array_object *)array_slice(self, 0, ARRAY_SIZE(self))) == NULL)
            return -1;
        n_values = ARRAY_SIZE(other);
    }
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return -1;
    Py_ssize_t n = PySlice_AdjustIndices(ARRAY_SIZE(self), &start, &stop, step);
    int width = self->code->size;
    if (step == 1) {
        if (replace_range(self, start, start + n, n_values) < 0)
            return -1;
        if (n_values > 0)
            memcpy(array_at(self, start), other->items, (size_t)(n_values * width));
        return 0;
    }
    if (other == NULL)
        return delete_steps(self, start, step, n);
    if (n_values != n) {
        PyErr_Format(PyExc_ValueError, "attempt to assign array of size %zd to extended slice of size %zd",
                     n_values, n);
        return -1;
    }
    for (Py_ssize_t i = 0; i < n; i++)
        memcpy(array_at(self, start + i * step), array_at(other, i), (size_t)width);
    return 0;
}

static int
array_assign_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    if (PyIndex_Check(key)) {
        Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (i == -1 && PyErr_Occurred())
            return -1;
        return array_set_item(self, i < 0 ? i + ARRAY_SIZE(self) : i, value);
    }
    if (PySlice_Check(key))
        return assign_slice((array_object *)self, key, value);
    PyErr_SetString(PyExc_TypeError, "array indices must be integers");
    return -1;
}

static PyMappingMethods array_as_mapping = {array_length, array_subscript, array_assign_subscript};

/* ------------------------------------------------------------------ buffer, comparison, text */

static int
array_getbuffer(PyObject *op, Py_buffer *view, int flags)
{
    static char nothing[8];
    array_object *self = (array_object *)op;
    *view = (Py_buffer){
        .buf = self->items == NULL ? nothing : self->items,
        .obj = op,
        .len = ARRAY_SIZE(self) * self->code->size,
        .itemsize = self->code->size,
        .ndim = 1,
        .format = flags & PyBUF_FORMAT ? (char *)self->code->format : NULL,
        .shape = flags & PyBUF_ND ? &ARRAY_SIZE(self) : NULL,
    };
    if ((flags & PyBUF_STRIDES) == PyBUF_STRIDES)
        view->strides = &view->itemsize;
    self->exports++;
    return 0;
}

static void
array_releasebuffer(PyObject *self, Py_buffer *Py_UNUSED(view))
{
    ((array_object *)self)->exports--;
}

static PyBufferProcs array_as_buffer = {array_getbuffer, array_releasebuffer};

static PyObject *
array_richcompare(PyObject *a, PyObject *b, int op)
{
    if (!ARRAY_CHECK(a) || !ARRAY_CHECK(b))
        Py_RETURN_NOTIMPLEMENTED;
    array_object *x = (array_object *)a, *y = (array_object *)b;
    if (ARRAY_SIZE(x) != ARRAY_SIZE(y) && (op == Py_EQ || op == Py_NE))
        return PyBool_FromLong(op == Py_NE);
    for (Py_ssize_t i = 0; i < ARRAY_SIZE(x) && i < ARRAY_SIZE(y); i++) {
        PyObject *p = array_load(x, i), *q = p == NULL ? NULL : array_load(y, i);
        if (q == NULL)
            return NULL;
        int equal = PyObject_RichCompareBool(p, q, Py_EQ);
        if (equal < 0)
            return NULL;
        if (!equal)
            return op == Py_EQ ? Py_False : op == Py_NE ? Py_True : PyObject_RichCompare(p, q, op);
    }
    return PyBool_FromLong(fast_compare_words(ARRAY_SIZE(x), ARRAY_SIZE(y), op));
}

static PyObject *
array_repr(PyObject *op)
{
    array_object *self = (array_object *)op;
    if (ARRAY_SIZE(self) == 0)
        return PyUnicode_FromFormat("%s('%c')", _PyType_Name(Py_TYPE(op)), self->code->code);
    PyObject *items = PyObject_CallMethod(op, self->code->code == 'u' ? "tounicode" : "tolist", NULL);
    return items == NULL ? NULL
                         : PyUnicode_FromFormat("%s('%c', %R)", _PyType_Name(Py_TYPE(op)), self->code->code, items);
}

/* ------------------------------------------------------------------ iterator */

typedef struct {
    PyObject_HEAD
    array_object *array;    /* NULL when exhausted */
    Py_ssize_t index;
} array_iterator;

static PyTypeObject array_iterator_type;

static void
iterator_trace(PyObject *op, size_t size, struct gc_tracer *tracer)
{
    (void)size;
    gc_visit(tracer, (uintptr_t)((array_iterator *)op)->array);
}

static PyObject *
array_iter(PyObject *self)
{
    array_iterator *iterator = (array_iterator *)gcrt_new(&array_iterator_type, sizeof(array_iterator));
    if (iterator != NULL)
        iterator->array = (array_object *)self;
    return (PyObject *)iterator;
}

static PyObject *
iterator_next(PyObject *op)
{
    array_iterator *self = (array_iterator *)op;
    if (self->array == NULL)
        return NULL;
    if (self->index < ARRAY_SIZE(self->array))
        return array_load(self->array, self->index++);
    self->array = NULL;
    return NULL;
}

static PyObject *
iterator_reduce(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    array_iterator *self = (array_iterator *)op;
    PyObject *iter = _PyEval_GetBuiltin(PyUnicode_InternFromString("iter"));
    if (iter == NULL)
        return NULL;
    if (self->array == NULL)
        return Py_BuildValue("N(())", iter);
    return Py_BuildValue("N(O)n", iter, self->array, self->index);
}

static PyObject *
iterator_setstate(PyObject *op, PyObject *state)
{
    array_iterator *self = (array_iterator *)op;
    Py_ssize_t index = PyLong_AsSsize_t(state);
    if (index == -1 && PyErr_Occurred())
        return NULL;
    if (self->array != NULL)
        self->index = index < 0 ? 0 : index > ARRAY_SIZE(self->array) ? ARRAY_SIZE(self->array) : index;
    Py_RETURN_NONE;
}

static PyMethodDef iterator_methods[] = {
    {"__reduce__", iterator_reduce, METH_NOARGS, "Return state information for pickling."},
    {"__setstate__", iterator_setstate, METH_O, "Set state information for unpickling."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject array_iterator_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "array.arrayiterator",
    .tp_basicsize = sizeof(array_iterator),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iterator_next,
    .tp_methods = iterator_methods,
    .gcrt_trace = iterator_trace,
};

/* ------------------------------------------------------------------ type and module */

PyTypeObject array_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "array.array",
    .tp_doc = "array(typecode [, initializer]) -> array\n\nReturn a new array whose items are restricted by typecode.",
    .tp_basicsize = sizeof(array_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_SEQUENCE,
    .tp_repr = array_repr,
    .tp_as_sequence = &array_as_sequence,
    .tp_as_mapping = &array_as_mapping,
    .tp_as_buffer = &array_as_buffer,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_richcompare = array_richcompare,
    .tp_weaklistoffset = offsetof(array_object, weakrefs),
    .tp_iter = array_iter,
    .tp_methods = array_methods,
    .tp_getset = array_getset,
    .tp_new = array_new,
    .gcrt_trace = array_trace,
};

static PyMethodDef module_methods[] = {
    {"_array_reconstructor", array_reconstructor, METH_VARARGS, "Internal. Used for pickling support."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef array_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "array",
    .m_doc = "This module defines an object type which can efficiently represent\nan array of basic values.",
    .m_methods = module_methods,
};

/* collections.abc knows nothing of arrays. */
static int
register_array(void)
{
    PyObject *abc = PyImport_ImportModule("_collections_abc");
    PyObject *type = abc == NULL ? NULL : PyObject_GetAttrString(abc, "MutableSequence");
    return type == NULL || PyObject_CallMethod(type, "register", "O", &array_type) == NULL ? -1 : 0;
}

PyObject *
PyInit_array(void)
{
    PyObject *module;
    if (PyType_Ready(&array_type) < 0 || PyType_Ready(&array_iterator_type) < 0 ||
        (module = PyModule_Create(&array_module)) == NULL ||
        PyModule_AddObjectRef(module, "array", (PyObject *)&array_type) < 0 ||
        PyModule_AddObjectRef(module, "ArrayType", (PyObject *)&array_type) < 0 ||
        PyModule_AddStringConstant(module, "typecodes", "bBuhHiIlLqQfd") < 0 || register_array() < 0)
        return NULL;
    return module;
}
