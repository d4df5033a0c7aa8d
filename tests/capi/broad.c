/* broad.c: an extension that calls a broad part of the C API and compares what comes back.  check() returns
 * "ok", or raises AssertionError with the first line that is wrong. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#define CHECK(condition)                                                                                  \
    do {                                                                                                  \
        if (!(condition)) {                                                                               \
            if (!PyErr_Occurred())                                                                        \
                PyErr_Format(PyExc_AssertionError, "line %d: %s", __LINE__, #condition);                  \
            return -1;                                                                                    \
        }                                                                                                 \
    } while (0)

static int
text_is(PyObject *text, const char *expected)
{
    return text != NULL && PyUnicode_Check(text) && strcmp(PyUnicode_AsUTF8(text), expected) == 0;
}

static int
raised(PyObject *type)
{
    int matches = PyErr_Occurred() != NULL && PyErr_ExceptionMatches(type);
    PyErr_Clear();
    return matches;
}

static int
check_numbers(void)
{
    PyObject *big = PyLong_FromString("123456789012345678901234567890", NULL, 10);
    int overflow;
    CHECK(big != NULL && PyLong_AsLong(big) == -1 && raised(PyExc_OverflowError));
    CHECK(PyLong_AsLongLongAndOverflow(big, &overflow) == -1 && overflow == 1 && !PyErr_Occurred());
    CHECK(PyLong_AsLong(PyLong_FromLong(LONG_MIN)) == LONG_MIN);
    CHECK(PyLong_AsUnsignedLongLong(PyLong_FromUnsignedLongLong(ULLONG_MAX)) == ULLONG_MAX);
    CHECK(PyLong_AsUnsignedLong(PyLong_FromLong(-1)) == (unsigned long)-1 && raised(PyExc_OverflowError));
    CHECK(PyLong_AsUnsignedLongMask(PyLong_FromLong(-1)) == ULONG_MAX);
    CHECK(PyFloat_AsDouble(PyLong_FromLong(3)) == 3.0);
    CHECK(PyFloat_AS_DOUBLE(PyFloat_FromDouble(1e300)) == 1e300);
    CHECK(PyLong_AsLong(PyNumber_Add(PyLong_FromLong(2), PyLong_FromLong(3))) == 5);
    CHECK(PyNumber_Add(Py_None, Py_None) == NULL && raised(PyExc_TypeError));
    CHECK(text_is(PyNumber_ToBase(big, 16), "0x18ee90ff6c373e0ee4e3f0ad2"));
    CHECK(PyBool_FromLong(7) == Py_True && PyObject_IsTrue(PyLong_FromLong(0)) == 0);
    CHECK(PyLong_CheckExact(PyNumber_Index(Py_True)) && PyNumber_AsSsize_t(big, NULL) == PY_SSIZE_T_MAX);
    CHECK(PyComplex_RealAsDouble(PyComplex_FromDoubles(1.5, 2.5)) == 1.5);
    return 0;
}

static int
check_text(void)
{
    PyObject *parts = PyUnicode_FromFormat("%s %d %zd %R %U %c %x %.3s %%", "a", -5, (Py_ssize_t)7,
                                           PyUnicode_FromString("q"), PyUnicode_FromString("u"), 'c', 255, "abcdef");
    CHECK(text_is(parts, "a -5 7 'q' u c ff abc %"));
    PyObject *euro = PyUnicode_DecodeUTF8("\xe2\x82\xac uro", 7, NULL);
    CHECK(euro != NULL && PyUnicode_GET_LENGTH(euro) == 5 && PyUnicode_READ_CHAR(euro, 0) == 0x20ac);
    CHECK(PyUnicode_KIND(euro) == PyUnicode_2BYTE_KIND && PyUnicode_MAX_CHAR_VALUE(euro) >= 0x20ac);
    CHECK(PyUnicode_DecodeUTF8("\xff", 1, NULL) == NULL && raised(PyExc_UnicodeDecodeError));
    CHECK(text_is(PyUnicode_Join(PyUnicode_FromString("-"), PyUnicode_Split(PyUnicode_FromString("a b"), NULL, -1)), "a-b"));
    CHECK(text_is(PyUnicode_Substring(euro, 2, 4), "ur") && PyUnicode_Contains(euro, PyUnicode_FromString("ro")) == 1);
    CHECK(PyUnicode_InternFromString("shared") == PyUnicode_InternFromString("shared"));
    PyObject *fresh = PyUnicode_New(3, 127);
    CHECK(fresh != NULL && PyUnicode_WriteChar(fresh, 0, 'x') == 0);
    memcpy(PyUnicode_1BYTE_DATA(fresh) + 1, "yz", 2);
    CHECK(text_is(fresh, "xyz") && PyUnicode_CompareWithASCIIString(fresh, "xyz") == 0);
    Py_ssize_t size;
    CHECK(strcmp(PyUnicode_AsUTF8AndSize(euro, &size), "\xe2\x82\xac uro") == 0 && size == 7);
    wchar_t *wide = PyUnicode_AsWideCharString(euro, &size);
    CHECK(wide != NULL && size == 5 && wide[0] == 0x20ac);
    PyMem_Free(wide);
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, 4);
    CHECK(bytes != NULL);
    memcpy(PyBytes_AS_STRING(bytes), "abcd", 4);
    CHECK(_PyBytes_Resize(&bytes, 2) == 0 && PyBytes_GET_SIZE(bytes) == 2);
    PyBytes_Concat(&bytes, PyBytes_FromString("ef"));
    CHECK(bytes != NULL && strcmp(PyBytes_AS_STRING(bytes), "abef") == 0);
    PyObject *array = PyByteArray_FromStringAndSize("xy", 2);
    CHECK(PyByteArray_Resize(array, 100) == 0 && memcmp(PyByteArray_AS_STRING(array), "xy", 2) == 0);
    return 0;
}

static int
check_containers(void)
{
    PyObject *list = PyList_New(2), *dict = PyDict_New(), *tuple, *key, *value;
    PyList_SET_ITEM(list, 0, PyLong_FromLong(3));
    PyList_SET_ITEM(list, 1, PyLong_FromLong(1));
    for (int i = 0; i < 50; i++) {
        PyObject *text = PyUnicode_FromFormat("item %d", i);
        CHECK(PyList_Append(list, PyLong_FromLong(i)) == 0 && PyDict_SetItem(dict, text, PyLong_FromLong(i)) == 0);
    }
    CHECK(PyList_Sort(list) == 0 && PyLong_AsLong(PyList_GET_ITEM(list, 51)) == 49 && PyList_GET_SIZE(list) == 52);
    CHECK(PyList_GetItem(list, 99) == NULL && raised(PyExc_IndexError));
    CHECK(PyDict_GetItemString(dict, "item 7") == PyLong_FromLong(7) && PyDict_GetItemString(dict, "no") == NULL);
    CHECK(PyDict_Contains(dict, PyUnicode_FromString("item 49")) == 1 && PyDict_DelItemString(dict, "item 0") == 0);
    Py_ssize_t position = 0, sum = 0, n = 0;
    while (PyDict_Next(dict, &position, &key, &value)) {
        sum += PyLong_AsSsize_t(value);
        n++;
    }
    CHECK(n == 49 && sum == 49 * 50 / 2);
    tuple = PyTuple_Pack(3, Py_None, Py_True, list);
    CHECK(PyTuple_GET_SIZE(tuple) == 3 && PyTuple_GET_ITEM(tuple, 2) == list && PyObject_Hash(tuple) == -1);
    CHECK(raised(PyExc_TypeError));
    PyObject *set = PySet_New(list);
    CHECK(PySet_GET_SIZE(set) == 50 && PySet_Contains(set, PyLong_FromLong(3)) == 1 && PySet_Discard(set, Py_None) == 0);
    PyObject *iterator = PyObject_GetIter(tuple), *item;
    for (n = 0; (item = PyIter_Next(iterator)) != NULL; n++)
        CHECK(item == PyTuple_GET_ITEM(tuple, n));
    CHECK(n == 3 && !PyErr_Occurred());
    CHECK(PySequence_Size(PySequence_List(dict)) == 49 && PyMapping_Size(dict) == 49);
    PyObject *slice = PySlice_New(PyLong_FromLong(1), PyLong_FromLong(-1), PyLong_FromLong(2));
    Py_ssize_t start, stop, step;
    CHECK(PySlice_Unpack(slice, &start, &stop, &step) == 0 && PySlice_AdjustIndices(10, &start, &stop, step) == 4);
    CHECK(PyTuple_Type.tp_name != NULL && PyObject_Size(PyObject_GetItem(list, slice)) == 25);
    return 0;
}

static int
check_calls(void)
{
    PyObject *builtins = PyImport_ImportModule("builtins"), *max = PyObject_GetAttrString(builtins, "max");
    CHECK(max != NULL && PyLong_AsLong(PyObject_CallFunction(max, "iii", 1, 9, 4)) == 9);
    CHECK(PyLong_AsLong(PyObject_CallFunctionObjArgs(max, PyLong_FromLong(1), PyLong_FromLong(2), NULL)) == 2);
    PyObject *stack[2] = {PyLong_FromLong(5), PyLong_FromLong(6)};
    CHECK(PyLong_AsLong(PyObject_Vectorcall(max, stack, 2, NULL)) == 6);
    CHECK(text_is(PyObject_CallMethod(PyUnicode_FromString("abc"), "replace", "ss", "b", "x"), "axc"));
    CHECK(PyObject_CallMethod(Py_None, "nothing", NULL) == NULL && raised(PyExc_AttributeError));
    PyObject *keywords = Py_BuildValue("{s:i}", "base", 16), *arguments = Py_BuildValue("(s)", "ff");
    CHECK(PyLong_AsLong(PyObject_Call((PyObject *)&PyLong_Type, arguments, keywords)) == 255);
    int number, flag = 0;
    const char *text;
    Py_ssize_t size;
    PyObject *object;
    CHECK(PyArg_ParseTuple(Py_BuildValue("(is#Oi)", 7, "text", (Py_ssize_t)4, Py_None, 1), "is#Op:check", &number, &text, &size,
                           &object, &flag) && number == 7 && size == 4 && object == Py_None && flag == 1);
    CHECK(!PyArg_ParseTuple(Py_BuildValue("(s)", "x"), "i:check", &number) && raised(PyExc_TypeError));
    PyObject *built = Py_BuildValue("(iNs[dd]{s:O}(y#))", 1, PyLong_FromLong(2), "x", 1.5, 2.5, "k", Py_None, "zz", (Py_ssize_t)2);
    CHECK(text_is(PyObject_Repr(built), "(1, 2, 'x', [1.5, 2.5], {'k': None}, (b'zz',))"));
    CHECK(PyObject_RichCompareBool(built, built, Py_EQ) == 1 && PyObject_IsInstance(built, (PyObject *)&PyTuple_Type) == 1);
    PyObject *globals = PyDict_New();
    CHECK(PyDict_SetItemString(globals, "__builtins__", builtins) == 0);
    CHECK(PyLong_AsLong(PyRun_String("sum(i * i for i in range(10))", Py_eval_input, globals, globals)) == 285);
    return 0;
}

static int
check_errors(void)
{
    PyObject *type, *value, *traceback;
    PyErr_SetObject(PyExc_KeyError, PyUnicode_FromString("key"));
    PyErr_Fetch(&type, &value, &traceback);
    CHECK(type == PyExc_KeyError && !PyErr_Occurred());
    PyErr_Restore(type, value, traceback);
    CHECK(PyErr_ExceptionMatches(PyExc_LookupError));
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    CHECK(PyObject_TypeCheck(value, (PyTypeObject *)PyExc_KeyError));
    CHECK(PyErr_GivenExceptionMatches(value, PyTuple_Pack(2, PyExc_OSError, PyExc_KeyError)));
    errno = ENOENT;
    CHECK(PyErr_SetFromErrnoWithFilename(PyExc_OSError, "name") == NULL && raised(PyExc_FileNotFoundError));
    PyObject *own = PyErr_NewException("broad.Error", PyExc_ValueError, NULL);
    PyErr_Format(own, "%d", 5);
    CHECK(raised(PyExc_ValueError));
    CHECK(PyErr_WarnEx(PyExc_ImportWarning, "hidden by default", 1) == 0);
    return 0;
}

/* A type with members, a sequence protocol, a weak list and memory of its own. */
typedef struct {
    PyObject_HEAD
    PyObject *first;
    int number;
    char *buffer;
    PyObject *weak;
} Holder;

static void
holder_dealloc(Holder *self)
{
    if (self->weak != NULL)
        PyObject_ClearWeakRefs((PyObject *)self);
    Py_CLEAR(self->first);
    PyMem_Free(self->buffer);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static int
holder_init(Holder *self, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"first", "number", NULL};
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|i", names, &self->first, &self->number))
        return -1;
    Py_INCREF(self->first);
    self->buffer = PyMem_Malloc(100);
    return self->buffer == NULL ? -1 : 0;
}

static Py_ssize_t
holder_length(Holder *self)
{
    return self->number;
}

static PyMemberDef holder_members[] = {
    {"first", T_OBJECT_EX, offsetof(Holder, first), 0, NULL},
    {"number", T_INT, offsetof(Holder, number), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PySequenceMethods holder_sequence = {.sq_length = (lenfunc)holder_length};
static PyTypeObject holder_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "broad.Holder",
    .tp_basicsize = sizeof(Holder),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_dealloc = (destructor)holder_dealloc,
    .tp_init = (initproc)holder_init,
    .tp_new = PyType_GenericNew,
    .tp_members = holder_members,
    .tp_as_sequence = &holder_sequence,
    .tp_weaklistoffset = offsetof(Holder, weak),
};

static int
check_types(void)
{
    PyObject *kept = NULL;
    for (int i = 0; i < 20; i++) {
        PyObject *held = PyUnicode_FromFormat("held %d", i);
        PyObject *holder = PyObject_CallFunction((PyObject *)&holder_type, "Oi", held, i);
        CHECK(holder != NULL && PyObject_Size(holder) == i && PyObject_GetAttrString(holder, "first") == held);
        if (i == 3)
            kept = holder;
    }
    CHECK(text_is(PyObject_GetAttrString(kept, "first"), "held 3"));
    CHECK(PyObject_SetAttrString(kept, "number", Py_None) == -1 && raised(PyExc_AttributeError));
    CHECK(PyObject_DelAttrString(kept, "first") == 0 && PyObject_GetAttrString(kept, "first") == NULL && raised(PyExc_AttributeError));
    PyObject *weak = PyWeakref_NewRef(kept, NULL);
    CHECK(weak != NULL && PyWeakref_GetObject(weak) == kept);
    PyObject *capsule = PyCapsule_New(&holder_type, "broad.capsule", NULL);
    CHECK(PyCapsule_GetPointer(capsule, "broad.capsule") == &holder_type && PyCapsule_IsValid(capsule, "other") == 0);
    Py_buffer view;
    CHECK(PyObject_GetBuffer(PyBytes_FromString("bytes"), &view, PyBUF_SIMPLE) == 0 && view.len == 5);
    PyBuffer_Release(&view);
    return 0;
}

/* Keywords: few and many, ASCII and not, unknown, twice. */
static int
parse(PyObject *args, PyObject *keywords, const char *format, PyObject **out)
{
    static char *names[] = {"", "b", "c", "d", "e", "f", "g", "h", "i", "\303\251t\303\251", NULL};
    for (int i = 0; i < 10; i++)
        out[i] = NULL;
    return PyArg_ParseTupleAndKeywords(args, keywords, format, names, &out[0], &out[1], &out[2], &out[3], &out[4],
                                       &out[5], &out[6], &out[7], &out[8], &out[9]);
}

static int
check_keywords(void)
{
    PyObject *out[10], *one = Py_BuildValue("(i)", 1), *two = Py_BuildValue("(ii)", 1, 2);
    CHECK(parse(one, NULL, "O|OOOOOOOOO:name", out) && PyLong_AsLong(out[0]) == 1 && out[1] == NULL);
    CHECK(parse(one, Py_BuildValue("{s:i,s:i}", "d", 4, "b", 2), "O|OOOOOOOOO", out) && PyLong_AsLong(out[1]) == 2 &&
          PyLong_AsLong(out[3]) == 4 && out[2] == NULL);
    CHECK(parse(one, Py_BuildValue("{s:i}", "\303\251t\303\251", 10), "O|O$OOOOOOOO", out) &&
          PyLong_AsLong(out[9]) == 10);
    CHECK(parse(one,
                Py_BuildValue("{s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i}", "b", 2, "c", 3, "d", 4, "e", 5, "f", 6, "g", 7,
                              "h", 8, "i", 9, "\303\251t\303\251", 10),
                "O|OOOOOOOOO", out) &&
          PyLong_AsLong(out[8]) == 9 && PyLong_AsLong(out[9]) == 10);
    CHECK(!parse(one, Py_BuildValue("{s:i}", "no", 1), "O|OOOOOOOOO:name", out) && raised(PyExc_TypeError));
    CHECK(!parse(two, Py_BuildValue("{s:i}", "b", 1), "O|OOOOOOOOO:name", out) && raised(PyExc_TypeError));
    CHECK(!parse(two, NULL, "O|$OOOOOOOOO:name", out) && raised(PyExc_TypeError));
    CHECK(!parse(PyTuple_New(0), NULL, "O|OOOOOOOOO;message", out) && raised(PyExc_TypeError));
    CHECK(!parse(PyTuple_New(0), Py_BuildValue("{i:i}", 1, 1), "|OOOOOOOOOO", out) && raised(PyExc_TypeError));
    return 0;
}

static struct PyModuleDef module, other;

static int
check_state(PyObject *self)
{
    CHECK(PyState_FindModule(&module) == self && PyState_FindModule(&other) == NULL);
    CHECK(PyState_AddModule(self, &other) == 0 && PyState_FindModule(&other) == self);
    CHECK(PyState_RemoveModule(&other) == 0 && PyState_FindModule(&other) == NULL);
    CHECK(PyState_RemoveModule(&other) == -1);
    PyErr_Clear();
    return PyState_FindModule(&module) == self ? 0 : -1;
}

static PyObject *
check(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    if (check_numbers() < 0 || check_text() < 0 || check_containers() < 0 || check_calls() < 0 || check_errors() < 0 ||
        check_types() < 0 || check_keywords() < 0 || check_state(self) < 0)
        return NULL;
    return PyUnicode_FromString("ok");
}

static PyObject *
free_twice(PyObject *self, PyObject *unused)
{
    void *p = PyMem_Malloc(40);
    PyMem_Free(p);
    PyMem_Free(p);
    return self == unused ? NULL : Py_None;
}

static PyMethodDef methods[] = {
    {"check", check, METH_NOARGS, NULL},
    {"free_twice", free_twice, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "broad", NULL, -1, methods, NULL, NULL, NULL, NULL};
static struct PyModuleDef other = {PyModuleDef_HEAD_INIT, "other", NULL, -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC
PyInit_broad(void)
{
    PyObject *m = PyModule_Create(&module);
    if (m == NULL || PyType_Ready(&holder_type) < 0 || PyModule_AddObject(m, "Holder", (PyObject *)&holder_type) < 0)
        return NULL;
    return m;
}
