/* object.c: the object protocol: text, comparison, hash, truth; None, NotImplemented, Ellipsis. */
#include "typeobject.h"

int _Py_SwappedOp[] = {Py_GT, Py_GE, Py_EQ, Py_NE, Py_LT, Py_LE};

/* ---- text */

static PyObject *
text_result(PyObject *result, const char *method)
{
    if (result == NULL || PyUnicode_Check(result))
        return result;
    PyErr_Format(PyExc_TypeError, "%s returned non-string (type %.200s)", method, Py_TYPE(result)->tp_name);
    return NULL;
}

PyObject *
PyObject_Repr(PyObject *op)
{
    if (op == NULL)
        return PyUnicode_FromString("<NULL>");
    PyTypeObject *type = Py_TYPE(op);
    if (type->tp_repr == NULL)
        return PyUnicode_FromFormat("<%s object at %p>", type->tp_name, op);
    if (gcrt_enter_c(" while getting the repr of an object"))
        return NULL;
    return text_result(type->tp_repr(op), "__repr__");
}

PyObject *
PyObject_Str(PyObject *op)
{
    if (op == NULL)
        return PyUnicode_FromString("<NULL>");
    if (PyUnicode_CheckExact(op))
        return op;
    PyTypeObject *type = Py_TYPE(op);
    if (type->tp_str == NULL)
        return PyObject_Repr(op);
    if (gcrt_enter_c(" while getting the str of an object"))
        return NULL;
    return text_result(type->tp_str(op), "__str__");
}

PyObject *
PyObject_ASCII(PyObject *op)
{
    PyObject *repr = PyObject_Repr(op);
    if (repr == NULL || PyUnicode_IS_ASCII(repr))
        return repr;
    PyObject *bytes = PyUnicode_AsEncodedString(repr, "ascii", "backslashreplace");
    return bytes == NULL ? NULL
                         : PyUnicode_DecodeASCII(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes), NULL);
}

int
PyObject_Print(PyObject *op, FILE *file, int flags)
{
    PyObject *text = flags & Py_PRINT_RAW ? PyObject_Str(op) : PyObject_Repr(op);
    PyObject *bytes = text == NULL ? NULL : PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace");
    if (bytes == NULL)
        return -1;
    fwrite(PyBytes_AS_STRING(bytes), 1, (size_t)PyBytes_GET_SIZE(bytes), file);
    return 0;
}

PyObject *
PyObject_Format(PyObject *op, PyObject *spec)
{
    if (spec != NULL && !PyUnicode_Check(spec)) {
        PyErr_Format(PyExc_SystemError, "Format specifier must be a string, not %.200s",
                     Py_TYPE(spec)->tp_name);
        return NULL;
    }
    if (spec == NULL || PyUnicode_GET_LENGTH(spec) == 0) {
        if (PyUnicode_CheckExact(op))
            return op;
        if (PyLong_CheckExact(op) || PyFloat_CheckExact(op))
            return PyObject_Str(op);
        if (spec == NULL)
            spec = PyUnicode_New(0, 0);
    }
    if (spec == NULL)
        return NULL;
    PyObject *result = type_call_special(op, GCRT_NAME(__format__), &spec, 1);
    if (result == NULL && !PyErr_Occurred())
        PyErr_Format(PyExc_TypeError, "Type %.100s doesn't define __format__", Py_TYPE(op)->tp_name);
    if (result != NULL && !PyUnicode_Check(result)) {
        PyErr_Format(PyExc_TypeError, "__format__ must return a str, not %.200s", Py_TYPE(result)->tp_name);
        return NULL;
    }
    return result;
}

/* Which objects' reprs are being made, on this thread: a list in the thread's dict. */
static PyObject *
repr_list(void)
{
    static PyObject *key;
    PyObject *dict = PyThreadState_GetDict();
    if (key == NULL)
        key = PyUnicode_InternFromString("Py_Repr");
    if (dict == NULL || key == NULL)
        return NULL;
    PyObject *list = PyDict_GetItemWithError(dict, key);
    if (list == NULL && !PyErr_Occurred()) {
        list = PyList_New(0);
        if (list != NULL && PyDict_SetItem(dict, key, list) < 0)
            return NULL;
    }
    return list;
}

int
Py_ReprEnter(PyObject *op)
{
    PyObject *list = repr_list();
    if (list == NULL)
        return PyErr_Occurred() ? -1 : 0;
    for (Py_ssize_t i = PyList_GET_SIZE(list); --i >= 0;) {
        if (PyList_GET_ITEM(list, i) == op)
            return 1;
    }
    return PyList_Append(list, op);
}

void
Py_ReprLeave(PyObject *op)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *list = repr_list();
    for (Py_ssize_t i = list == NULL ? 0 : PyList_GET_SIZE(list); --i >= 0;) {
        if (PyList_GET_ITEM(list, i) == op) {
            PyList_SetSlice(list, i, i + 1, NULL);
            break;
        }
    }
    PyErr_Restore(type, value, traceback);
}

/* ---- comparison */

static const char *const op_names[] = {"<", "<=", "==", "!=", ">", ">="};

static PyObject *
compare_slow(PyObject *a, PyObject *b, int op)
{
    PyTypeObject *ta = Py_TYPE(a), *tb = Py_TYPE(b);
    richcmpfunc f;
    int reflected_tried = 0;
    PyObject *result;
    if (ta != tb && (f = tb->tp_richcompare) != NULL && PyType_IsSubtype(tb, ta)) {
        reflected_tried = 1;
        result = f(b, a, _Py_SwappedOp[op]);
        if (result != Py_NotImplemented)
            return result;
    }
    if ((f = ta->tp_richcompare) != NULL) {
        result = f(a, b, op);
        if (result != Py_NotImplemented)
            return result;
    }
    if (!reflected_tried && (f = tb->tp_richcompare) != NULL) {
        result = f(b, a, _Py_SwappedOp[op]);
        if (result != Py_NotImplemented)
            return result;
    }
    if (op == Py_EQ)
        return a == b ? Py_True : Py_False;
    if (op == Py_NE)
        return a != b ? Py_True : Py_False;
    PyErr_Format(PyExc_TypeError, "'%s' not supported between instances of '%.100s' and '%.100s'",
                 op_names[op], ta->tp_name, tb->tp_name);
    return NULL;
}

static inline int
compare_ints(int64_t a, int64_t b, int op)
{
    switch (op) {
    case Py_LT: return a < b;
    case Py_LE: return a <= b;
    case Py_EQ: return a == b;
    case Py_NE: return a != b;
    case Py_GT: return a > b;
    default: return a >= b;
    }
}

static inline int
compare_floats(double a, double b, int op)
{
    switch (op) {
    case Py_LT: return a < b;
    case Py_LE: return a <= b;
    case Py_EQ: return a == b;
    case Py_NE: return a != b;
    case Py_GT: return a > b;
    default: return a >= b;
    }
}

PyObject *
PyObject_RichCompare(PyObject *a, PyObject *b, int op)
{
    if (a == NULL || b == NULL) {
        if (!PyErr_Occurred())
            PyErr_BadInternalCall();
        return NULL;
    }
    /* Tagged words compare like the numbers. */
    if (gcrt_both_int(a, b))
        return compare_ints((int64_t)(uintptr_t)a, (int64_t)(uintptr_t)b, op) ? Py_True : Py_False;
    if (gcrt_is_float(a) && gcrt_is_float(b))
        return compare_floats(gcrt_float_value(a), gcrt_float_value(b), op) ? Py_True : Py_False;
    if (gcrt_enter_c(" in comparison"))
        return NULL;
    return compare_slow(a, b, op);
}

int
PyObject_RichCompareBool(PyObject *a, PyObject *b, int op)
{
    if (a == b) {
        if (op == Py_EQ)
            return 1;
        if (op == Py_NE)
            return 0;
    }
    if (gcrt_both_int(a, b))
        return compare_ints((int64_t)(uintptr_t)a, (int64_t)(uintptr_t)b, op);
    PyObject *result = PyObject_RichCompare(a, b, op);
    if (result == NULL)
        return -1;
    if (GCRT_LIKELY(result == Py_True))
        return 1;
    return result == Py_False ? 0 : PyObject_IsTrue(result);
}

/* ---- hash, truth */

Py_hash_t
_Py_HashPointerRaw(const void *p)
{
    size_t y = (size_t)p;
    return (Py_hash_t)((y >> 4) | (y << 60));
}

Py_hash_t
_Py_HashPointer(const void *p)
{
    Py_hash_t h = _Py_HashPointerRaw(p);
    return h == -1 ? -2 : h;
}

Py_hash_t
PyObject_HashNotImplemented(PyObject *op)
{
    PyErr_Format(PyExc_TypeError, "unhashable type: '%.200s'", Py_TYPE(op)->tp_name);
    return -1;
}

Py_hash_t
PyObject_Hash(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    if (GCRT_LIKELY(type->tp_hash != NULL))
        return type->tp_hash(op);
    if (type->tp_mro == NULL) {
        if (PyType_Ready(type) < 0)
            return -1;
        if (type->tp_hash != NULL)
            return type->tp_hash(op);
    }
    return PyObject_HashNotImplemented(op);
}

int
PyObject_IsTrue(PyObject *op)
{
    Py_ssize_t n;
    if (op == Py_True)
        return 1;
    if (op == Py_False || op == Py_None)
        return 0;
    if (gcrt_is_int(op))
        return gcrt_int_value(op) != 0;
    PyTypeObject *type = Py_TYPE(op);
    if (type->tp_as_number != NULL && type->tp_as_number->nb_bool != NULL)
        n = type->tp_as_number->nb_bool(op);
    else if (type->tp_as_mapping != NULL && type->tp_as_mapping->mp_length != NULL)
        n = type->tp_as_mapping->mp_length(op);
    else if (type->tp_as_sequence != NULL && type->tp_as_sequence->sq_length != NULL)
        n = type->tp_as_sequence->sq_length(op);
    else
        return 1;
    return n > 0 ? 1 : n == 0 ? 0 : -1;
}

int
PyObject_Not(PyObject *op)
{
    int truth = PyObject_IsTrue(op);
    return truth < 0 ? -1 : !truth;
}

/* ---- dir */

PyObject *
PyObject_Dir(PyObject *op)
{
    PyObject *names;
    if (op == NULL) {
        PyObject *locals = PyEval_GetLocals();
        names = locals == NULL ? NULL : PyMapping_Keys(locals);
    }
    else {
        PyObject *answer = type_call_special(op, GCRT_NAME(__dir__), NULL, 0);
        if (answer == NULL && !PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "object does not provide __dir__");
        names = answer == NULL ? NULL : PySequence_List(answer);
    }
    return names == NULL || PyList_Sort(names) < 0 ? NULL : names;
}

/* ---- odds and ends */

PyObject *
PyObject_SelfIter(PyObject *op)
{
    return op;
}

PyObject *
_PyObject_NextNotImplemented(PyObject *op)
{
    PyErr_Format(PyExc_TypeError, "'%.200s' object is not iterable", Py_TYPE(op)->tp_name);
    return NULL;
}

PyObject *
PyObject_Type(PyObject *op)
{
    if (op == NULL) {
        PyErr_SetString(PyExc_SystemError, "null argument to internal routine");
        return NULL;
    }
    return (PyObject *)Py_TYPE(op);
}

int
_PyObject_IsAbstract(PyObject *op)
{
    PyObject *flag;
    if (op == NULL)
        return 0;
    int found = _PyObject_LookupAttr(op, GCRT_NAME(__isabstractmethod__), &flag);
    return found <= 0 ? found : PyObject_IsTrue(flag);
}

void
PyObject_CallFinalizer(PyObject *op)
{
    destructor finalize = Py_TYPE(op)->tp_finalize;
    if (finalize != NULL)
        finalize(op);
}

/* The collector has finalized the object before it deallocates it. */
int
PyObject_CallFinalizerFromDealloc(PyObject *op)
{
    (void)op;
    return 0;
}

/* ---- singletons */

static PyObject *
singleton_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    if (PyTuple_GET_SIZE(args) > 0 || (kwds != NULL && PyDict_GET_SIZE(kwds) > 0)) {
        PyErr_Format(PyExc_TypeError, "%s takes no arguments", type->tp_name);
        return NULL;
    }
    if (type == &_PyNone_Type)
        return Py_None;
    return type == &PyEllipsis_Type ? Py_Ellipsis : Py_NotImplemented;
}

static PyObject *
none_repr(PyObject *self)
{
    (void)self;
    return PyUnicode_InternFromString("None");
}

static int
none_bool(PyObject *self)
{
    (void)self;
    return 0;
}

static PyNumberMethods none_as_number = {.nb_bool = none_bool};

PyTypeObject _PyNone_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "NoneType",
    .tp_basicsize = sizeof(PyObject),
    .tp_repr = none_repr,
    .tp_as_number = &none_as_number,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = singleton_new,
};
PyObject _Py_NoneStruct = {&_PyNone_Type};

static PyObject *
notimplemented_repr(PyObject *self)
{
    (void)self;
    return PyUnicode_InternFromString("NotImplemented");
}

static int
notimplemented_bool(PyObject *self)
{
    (void)self;
    if (PyErr_WarnEx(PyExc_DeprecationWarning, "NotImplemented should not be used in a boolean context", 1) < 0)
        return -1;
    return 1;
}

static PyObject *
notimplemented_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    return notimplemented_repr(self);
}

static PyMethodDef notimplemented_methods[] = {
    {"__reduce__", notimplemented_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyNumberMethods notimplemented_as_number = {.nb_bool = notimplemented_bool};

PyTypeObject _PyNotImplemented_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "NotImplementedType",
    .tp_basicsize = sizeof(PyObject),
    .tp_repr = notimplemented_repr,
    .tp_as_number = &notimplemented_as_number,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_methods = notimplemented_methods,
    .tp_new = singleton_new,
};
PyObject _Py_NotImplementedStruct = {&_PyNotImplemented_Type};

static PyObject *
ellipsis_repr(PyObject *self)
{
    (void)self;
    return PyUnicode_InternFromString("Ellipsis");
}

static PyObject *
ellipsis_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    return ellipsis_repr(self);
}

static PyMethodDef ellipsis_methods[] = {
    {"__reduce__", ellipsis_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyEllipsis_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "ellipsis",
    .tp_basicsize = sizeof(PyObject),
    .tp_repr = ellipsis_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_methods = ellipsis_methods,
    .tp_new = singleton_new,
};
PyObject _Py_EllipsisObject = {&PyEllipsis_Type};
