/* array_methods.c: array.array's named methods. */
#include "array_module.h"

/* An argument of C type Py_ssize_t.  -1 with an exception when it is none. */
static Py_ssize_t
size_argument(PyObject *arg)
{
    PyObject *index = PyNumber_Index(arg);
    return index == NULL ? -1 : PyLong_AsSsize_t(index);
}

/* ------------------------------------------------------------------ items */

static PyObject *
method_append(PyObject *self, PyObject *value)
{
    return array_append((array_object *)self, value) < 0 ? NULL : Py_None;
}

static PyObject *
method_extend(PyObject *self, PyObject *iterable)
{
    return array_extend((array_object *)self, iterable) < 0 ? NULL : Py_None;
}

static PyObject *
method_insert(PyObject *op, PyObject *const *args, Py_ssize_t n)
{
    array_object *self = (array_object *)op;
    char item[8];
    if (!_PyArg_CheckPositional("insert", n, 2, 2))
        return NULL;
    Py_ssize_t at = size_argument(args[0]);
    if ((at == -1 && PyErr_Occurred()) || self->code->store(item, args[1]) < 0)
        return NULL;
    Py_ssize_t size = ARRAY_SIZE(self);
    if (at < 0)
        at = at + size < 0 ? 0 : at + size;
    else if (at > size)
        at = size;
    if (array_resize(self, size + 1) < 0)
        return NULL;
    memmove(array_at(self, at + 1), array_at(self, at), (size_t)((size - at) * self->code->size));
    memcpy(array_at(self, at), item, (size_t)self->code->size);
    Py_RETURN_NONE;
}

static PyObject *
method_pop(PyObject *op, PyObject *const *args, Py_ssize_t n)
{
    array_object *self = (array_object *)op;
    if (!_PyArg_CheckPositional("pop", n, 0, 1))
        return NULL;
    Py_ssize_t at = n == 0 ? -1 : size_argument(args[0]);
    if (n == 1 && at == -1 && PyErr_Occurred())
        return NULL;
    Py_ssize_t size = ARRAY_SIZE(self);
    if (size == 0) {
        PyErr_SetString(PyExc_IndexError, "pop from empty array");
        return NULL;
    }
    if (at < 0)
        at += size;
    if (at < 0 || at >= size) {
        PyErr_SetString(PyExc_IndexError, "pop index out of range");
        return NULL;
    }
    PyObject *item = array_load(self, at);
    return item == NULL || array_delete(self, at, at + 1) < 0 ? NULL : item;
}

/* Index of the first item equal to value in [start, stop); -1 absent, -2 exception. */
static Py_ssize_t
find_item(array_object *self, PyObject *value, Py_ssize_t start, Py_ssize_t stop)
{
    for (Py_ssize_t i = start; i < stop && i < ARRAY_SIZE(self); i++) {
        PyObject *item = array_load(self, i);
        int equal = item == NULL ? -1 : PyObject_RichCompareBool(item, value, Py_EQ);
        if (equal != 0)
            return equal < 0 ? -2 : i;
    }
    return -1;
}

/* An index that counts from the end when negative, not below 0. */
static int
slice_index(PyObject *arg, Py_ssize_t size, Py_ssize_t *out)
{
    Py_ssize_t i = PyNumber_AsSsize_t(arg, NULL);
    if (i == -1 && PyErr_Occurred())
        return -1;
    *out = i < 0 ? (i + size < 0 ? 0 : i + size) : i;
    return 0;
}

static PyObject *
method_index(PyObject *op, PyObject *const *args, Py_ssize_t n)
{
    array_object *self = (array_object *)op;
    Py_ssize_t start = 0, stop = PY_SSIZE_T_MAX;
    if (!_PyArg_CheckPositional("index", n, 1, 3) || (n > 1 && slice_index(args[1], ARRAY_SIZE(self), &start) < 0) ||
        (n > 2 && slice_index(args[2], ARRAY_SIZE(self), &stop) < 0))
        return NULL;
    Py_ssize_t at = find_item(self, args[0], start, stop);
    if (at == -1)
        PyErr_SetString(PyExc_ValueError, "array.index(x): x not in array");
    return at < 0 ? NULL : gcrt_int(at);
}

static PyObject *
method_remove(PyObject *op, PyObject *value)
{
    Py_ssize_t at = find_item((array_object *)op, value, 0, PY_SSIZE_T_MAX);
    if (at == -1)
        PyErr_SetString(PyExc_ValueError, "array.remove(x): x not in array");
    return at < 0 || array_delete((array_object *)op, at, at + 1) < 0 ? NULL : Py_None;
}

static PyObject *
method_count(PyObject *op, PyObject *value)
{
    Py_ssize_t count = 0;
    for (Py_ssize_t at = -1; (at = find_item((array_object *)op, value, at + 1, PY_SSIZE_T_MAX)) != -1; count++)
        if (at == -2)
            return NULL;
    return gcrt_int(count);
}

static PyObject *
method_reverse(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    array_object *self = (array_object *)op;
    size_t width = (size_t)self->code->size;
    char swap[8];
    for (Py_ssize_t i = 0, k = ARRAY_SIZE(self) - 1; i < k; i++, k--) {
        memcpy(swap, array_at(self, i), width);
        memcpy(array_at(self, i), array_at(self, k), width);
        memcpy(array_at(self, k), swap, width);
    }
    Py_RETURN_NONE;
}

static PyObject *
method_byteswap(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    array_object *self = (array_object *)op;
    int width = self->code->size;
    for (Py_ssize_t i = 0; i < ARRAY_SIZE(self); i++) {
        char *p = array_at(self, i);
        for (int a = 0, b = width - 1; a < b; a++, b--) {
            char swap = p[a];
            p[a] = p[b];
            p[b] = swap;
        }
    }
    Py_RETURN_NONE;
}

static PyObject *
method_copy(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return array_slice((array_object *)self, 0, ARRAY_SIZE(self));
}

static PyObject *
method_deepcopy(PyObject *self, PyObject *Py_UNUSED(memo))
{
    return array_slice((array_object *)self, 0, ARRAY_SIZE(self));
}

static PyObject *
method_buffer_info(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    array_object *self = (array_object *)op;
    PyObject *address = PyLong_FromVoidPtr(self->items);
    return address == NULL ? NULL : PyTuple_Pack(2, address, gcrt_int(ARRAY_SIZE(self)));
}

/* ------------------------------------------------------------------ lists, bytes, text, files */

static PyObject *
method_tolist(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    array_object *self = (array_object *)op;
    PyObject *list = PyList_New(ARRAY_SIZE(self));
    if (list == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < ARRAY_SIZE(self); i++) {
        PyObject *item = array_load(self, i);
        if (item == NULL)
            return NULL;
        PyList_SET_ITEM(list, i, item);
    }
    return list;
}

static PyObject *
method_fromlist(PyObject *op, PyObject *list)
{
    array_object *self = (array_object *)op;
    if (!PyList_Check(list)) {
        PyErr_SetString(PyExc_TypeError, "arg must be list");
        return NULL;
    }
    Py_ssize_t old = ARRAY_SIZE(self), n = PyList_GET_SIZE(list);
    for (Py_ssize_t i = 0; i < n; i++) {
        if (array_append(self, PyList_GET_ITEM(list, i)) < 0) {
            /* All or nothing. */
            PyObject *type, *value, *traceback;
            PyErr_Fetch(&type, &value, &traceback);
            if (ARRAY_SIZE(self) > old && array_resize(self, old) < 0)
                PyErr_Clear();
            PyErr_Restore(type, value, traceback);
            return NULL;
        }
        if (PyList_GET_SIZE(list) != n) {
            PyErr_SetString(PyExc_RuntimeError, "list changed size during iteration");
            return NULL;
        }
    }
    Py_RETURN_NONE;
}

static PyObject *
method_tobytes(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    array_object *self = (array_object *)op;
    return PyBytes_FromStringAndSize(self->items == NULL ? "" : self->items, ARRAY_SIZE(self) * self->code->size);
}

static PyObject *
method_frombytes(PyObject *self, PyObject *source)
{
    Py_buffer view;
    if (PyObject_GetBuffer(source, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    int failed;
    if (view.itemsize != 1) {
        PyErr_SetString(PyExc_TypeError, "a bytes-like object is required");
        failed = 1;
    }
    else
        failed = array_from_bytes((array_object *)self, view.buf, view.len) < 0;
    PyBuffer_Release(&view);
    return failed ? NULL : Py_None;
}

static int
require_text(PyObject *op, const char *name)
{
    if (((array_object *)op)->code->code == 'u')
        return 0;
    PyErr_Format(PyExc_ValueError, "%s() may only be called on unicode type arrays", name);
    return -1;
}

static PyObject *
method_tounicode(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    array_object *self = (array_object *)op;
    if (require_text(op, "tounicode") < 0)
        return NULL;
    return PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, self->items == NULL ? "" : self->items, ARRAY_SIZE(self));
}

static PyObject *
method_fromunicode(PyObject *op, PyObject *text)
{
    if (!PyUnicode_Check(text))
        return PyErr_Format(PyExc_TypeError, "fromunicode() argument must be str, not %.50s",
                            text == Py_None ? "None" : Py_TYPE(text)->tp_name);
    return require_text(op, "fromunicode") < 0 || array_from_text((array_object *)op, text) < 0 ? NULL : Py_None;
}

static PyObject *
method_tofile(PyObject *op, PyObject *file)
{
    array_object *self = (array_object *)op;
    const Py_ssize_t block = 65536, bytes = ARRAY_SIZE(self) * self->code->size;
    for (Py_ssize_t at = 0; at < bytes; at += block) {
        PyObject *chunk = PyBytes_FromStringAndSize(self->items + at, bytes - at < block ? bytes - at : block);
        if (chunk == NULL || PyObject_CallMethodOneArg(file, GCRT_NAME(write), chunk) == NULL)
            return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
method_fromfile(PyObject *op, PyObject *const *args, Py_ssize_t n_args)
{
    array_object *self = (array_object *)op;
    if (!_PyArg_CheckPositional("fromfile", n_args, 2, 2))
        return NULL;
    Py_ssize_t n = size_argument(args[1]);
    if (n == -1 && PyErr_Occurred())
        return NULL;
    if (n < 0) {
        PyErr_SetString(PyExc_ValueError, "negative count");
        return NULL;
    }
    if (n > PY_SSIZE_T_MAX / self->code->size)
        return PyErr_NoMemory();
    PyObject *bytes = PyObject_CallMethod(args[0], "read", "n", n * self->code->size);
    if (bytes == NULL)
        return NULL;
    if (!PyBytes_Check(bytes)) {
        PyErr_SetString(PyExc_TypeError, "read() didn't return bytes");
        return NULL;
    }
    if (array_from_bytes(self, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes)) < 0)
        return NULL;
    if (PyBytes_GET_SIZE(bytes) != n * self->code->size) {
        PyErr_SetString(PyExc_EOFError, "read() didn't return enough bytes");
        return NULL;
    }
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ pickling */

static PyObject *
method_reduce_ex(PyObject *op, PyObject *protocol_arg)
{
    array_object *self = (array_object *)op;
    PyObject *state = NULL;
    if (!PyLong_Check(protocol_arg)) {
        PyErr_SetString(PyExc_TypeError, "__reduce_ex__ argument should be an integer");
        return NULL;
    }
    long protocol = PyLong_AsLong(protocol_arg);
    if ((protocol == -1 && PyErr_Occurred()) || _PyObject_LookupAttr(op, GCRT_NAME(__dict__), &state) < 0)
        return NULL;
    if (state == NULL)
        state = Py_None;
    if (protocol < 3) {
        PyObject *list = method_tolist(op, NULL);
        return list == NULL ? NULL : Py_BuildValue("O(CO)O", Py_TYPE(op), self->code->code, list, state);
    }
    PyObject *module = PyImport_ImportModule("array");
    PyObject *rebuild = module == NULL ? NULL : PyObject_GetAttrString(module, "_array_reconstructor");
    PyObject *bytes = rebuild == NULL ? NULL : method_tobytes(op, NULL);
    if (bytes == NULL)
        return NULL;
    return Py_BuildValue("O(OCiO)O", rebuild, Py_TYPE(op), self->code->code, self->code->machine_format, bytes, state);
}

/* An item of a foreign representation. */
static PyObject *
decode_item(int format, const char *p, int size)
{
    int big = format & 1;
    if (format <= 1)
        return _PyLong_FromByteArray((const unsigned char *)p, 1, 1, format == 1);
    if (format >= 14 && format <= 17)
        return float_box(size == 4 ? PyFloat_Unpack4(p, !big) : PyFloat_Unpack8(p, !big));
    return _PyLong_FromByteArray((const unsigned char *)p, (size_t)size, !big, (format & ~1) % 4 == 0);
}

PyObject *
array_reconstructor(PyObject *Py_UNUSED(module), PyObject *args)
{
    static const unsigned char sizes[] = {1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8, 4, 4, 8, 8, 2, 2, 4, 4};
    PyTypeObject *type;
    PyObject *bytes;
    int typecode, format;
    if (!PyArg_ParseTuple(args, "OCiO:_array_reconstructor", &type, &typecode, &format, &bytes))
        return NULL;
    if (!PyType_Check(type))
        return PyErr_Format(PyExc_TypeError, "first argument must be a type object, not %.200s",
                            Py_TYPE(type)->tp_name);
    if (!PyType_IsSubtype(type, &array_type))
        return PyErr_Format(PyExc_TypeError, "%.200s is not a subtype of %.200s", type->tp_name, array_type.tp_name);
    const array_code *code = array_find_code((Py_UCS4)typecode);
    if (code == NULL) {
        PyErr_SetString(PyExc_ValueError, "second argument must be a valid type code");
        return NULL;
    }
    if (format < 0 || format > 21) {
        PyErr_SetString(PyExc_ValueError, "third argument must be a valid machine format code.");
        return NULL;
    }
    if (!PyBytes_Check(bytes))
        return PyErr_Format(PyExc_TypeError, "fourth argument should be bytes, not %.200s", Py_TYPE(bytes)->tp_name);
    array_object *self = array_make(type, 0, code);
    const char *p = PyBytes_AS_STRING(bytes);
    Py_ssize_t n = PyBytes_GET_SIZE(bytes), size = sizes[format];
    if (self == NULL)
        return NULL;
    if (format == code->machine_format)
        return array_from_bytes(self, p, n) < 0 ? NULL : (PyObject *)self;
    if (n % size != 0) {
        PyErr_SetString(PyExc_ValueError, "bytes length not a multiple of item size");
        return NULL;
    }
    if (format >= 18) {
        int order = format & 1 ? 1 : -1;
        PyObject *text = format >= 20 ? PyUnicode_DecodeUTF32(p, n, NULL, &order)
                                      : PyUnicode_DecodeUTF16(p, n, NULL, &order);
        return text == NULL || array_from_text(self, text) < 0 ? NULL : (PyObject *)self;
    }
    for (Py_ssize_t i = 0; i < n; i += size) {
        PyObject *item = decode_item(format, p + i, (int)size);
        if (item == NULL || array_append(self, item) < 0)
            return NULL;
    }
    return (PyObject *)self;
}

/* ------------------------------------------------------------------ tables */

static PyObject *
method_sizeof(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    array_object *self = (array_object *)op;
    return gcrt_int((int64_t)sizeof(array_object) + self->allocated * self->code->size);
}

PyMethodDef array_methods[] = {
    {"append", method_append, METH_O, "Append new value v to the end of the array."},
    {"buffer_info", method_buffer_info, METH_NOARGS, "Return a tuple (address, length)."},
    {"byteswap", method_byteswap, METH_NOARGS, "Byteswap all items of the array."},
    {"__copy__", method_copy, METH_NOARGS, "Return a copy of the array."},
    {"count", method_count, METH_O, "Return number of occurrences of v in the array."},
    {"__deepcopy__", method_deepcopy, METH_O, "Return a copy of the array."},
    {"extend", method_extend, METH_O, "Append items to the end of the array."},
    {"fromfile", _PyCFunction_CAST(method_fromfile), METH_FASTCALL,
     "Read n objects from the file object f and append them to the end of the array."},
    {"fromlist", method_fromlist, METH_O, "Append items to array from list."},
    {"frombytes", method_frombytes, METH_O, "Appends items from the string, interpreting it as machine values."},
    {"fromunicode", method_fromunicode, METH_O, "Extends this array with data from the unicode string ustr."},
    {"index", _PyCFunction_CAST(method_index), METH_FASTCALL,
     "Return index of first occurrence of v in the array."},
    {"insert", _PyCFunction_CAST(method_insert), METH_FASTCALL,
     "Insert a new item v into the array before position i."},
    {"pop", _PyCFunction_CAST(method_pop), METH_FASTCALL,
     "Return the i-th element and delete it from the array."},
    {"__reduce_ex__", method_reduce_ex, METH_O, "Return state information for pickling."},
    {"remove", method_remove, METH_O, "Remove the first occurrence of v in the array."},
    {"reverse", method_reverse, METH_NOARGS, "Reverse the order of the items in the array."},
    {"tobytes", method_tobytes, METH_NOARGS, "Convert the array to an array of machine values."},
    {"tofile", method_tofile, METH_O, "Write all items (as machine values) to the file object f."},
    {"tolist", method_tolist, METH_NOARGS, "Convert array to an ordinary list with the same items."},
    {"tounicode", method_tounicode, METH_NOARGS, "Extends this array with data from the unicode string ustr."},
    {"__sizeof__", method_sizeof, METH_NOARGS, "Size of the array in memory, in bytes."},
    {NULL, NULL, 0, NULL},
};

static PyObject *
get_typecode(PyObject *self, void *Py_UNUSED(closure))
{
    return PyUnicode_FromOrdinal(((array_object *)self)->code->code);
}

static PyObject *
get_itemsize(PyObject *self, void *Py_UNUSED(closure))
{
    return gcrt_int(((array_object *)self)->code->size);
}

PyGetSetDef array_getset[] = {
    {"typecode", get_typecode, NULL, "the typecode character used to create the array", NULL},
    {"itemsize", get_itemsize, NULL, "the size, in bytes, of one array item", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
