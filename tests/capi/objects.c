/* objects.c: an extension that declares types in every way the C API knows.  objects.py uses them, under
 * CPython and under gcrt, and prints what it sees. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

static long deallocated, finalized;

/* ---- a static type: members of each kind, getsets, every calling convention, dict and weak references */

typedef struct {
    PyObject_HEAD
    int i;
    double d;
    char *s;
    PyObject *o, *ox, *dict, *weak;
    char flag;
    unsigned char ub;
    short sh;
    char inplace[10];
    Py_ssize_t n;
} Thing;

static void
Thing_dealloc(Thing *self)
{
    deallocated++;
    PyObject_GC_UnTrack(self);
    if (self->weak != NULL)
        PyObject_ClearWeakRefs((PyObject *)self);
    Py_CLEAR(self->o);
    Py_CLEAR(self->ox);
    Py_CLEAR(self->dict);
    PyMem_Free(self->s);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *
Thing_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    Thing *self = (Thing *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->i = 7;
    self->s = PyMem_Malloc(6);
    strcpy(self->s, "hello");
    strcpy(self->inplace, "inplace");
    return (PyObject *)self;
}

static int
Thing_init(Thing *self, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"o", "n", NULL};
    PyObject *o = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|On", keywords, &o, &self->n))
        return -1;
    Py_XINCREF(o);
    Py_XSETREF(self->o, o);
    return 0;
}

static int
Thing_traverse(Thing *self, visitproc visit, void *arg)
{
    Py_VISIT(self->o);
    Py_VISIT(self->ox);
    Py_VISIT(self->dict);
    return 0;
}

static int
Thing_clear(Thing *self)
{
    Py_CLEAR(self->o);
    return 0;
}

static PyMemberDef Thing_members[] = {
    {"i", T_INT, offsetof(Thing, i), 0, "an int"},
    {"d", T_DOUBLE, offsetof(Thing, d), 0, NULL},
    {"s", T_STRING, offsetof(Thing, s), 0, NULL},
    {"o", T_OBJECT, offsetof(Thing, o), 0, NULL},
    {"ox", T_OBJECT_EX, offsetof(Thing, ox), 0, NULL},
    {"flag", T_BOOL, offsetof(Thing, flag), 0, NULL},
    {"ub", T_UBYTE, offsetof(Thing, ub), 0, NULL},
    {"sh", T_SHORT, offsetof(Thing, sh), 0, NULL},
    {"inplace", T_STRING_INPLACE, offsetof(Thing, inplace), 0, NULL},
    {"n", T_PYSSIZET, offsetof(Thing, n), READONLY, NULL},
    {NULL},
};

static PyObject *
Thing_get_times(Thing *self, void *factor)
{
    return PyLong_FromLong(self->i * (long)(intptr_t)factor);
}

static int
Thing_set_twice(Thing *self, PyObject *value, void *factor)
{
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "twice stays");
        return -1;
    }
    self->i = (int)PyLong_AsLong(value) / 2;
    return PyErr_Occurred() ? -1 : 0;
}

static PyGetSetDef Thing_getset[] = {
    {"twice", (getter)Thing_get_times, (setter)Thing_set_twice, "doc", (void *)2},
    {"once", (getter)Thing_get_times, NULL, NULL, (void *)1},
    {NULL},
};

static PyObject *
take_noargs(PyObject *self, PyObject *unused)
{
    return PyUnicode_FromFormat("noargs of %s", Py_TYPE(self)->tp_name);
}

static PyObject *
take_one(PyObject *self, PyObject *arg)
{
    return PyTuple_Pack(2, PyType_Check(self) ? Py_True : Py_False, arg);
}

static PyObject *
take_tuple(PyObject *self, PyObject *args)
{
    return Py_NewRef(args);
}

static PyObject *
take_dict(PyObject *self, PyObject *args, PyObject *kwds)
{
    return Py_BuildValue("(OO)", args, kwds == NULL ? Py_None : kwds);
}

static PyObject *
listed(PyObject *const *args, Py_ssize_t n)
{
    PyObject *list = PyList_New(n);
    for (Py_ssize_t i = 0; list != NULL && i < n; i++)
        PyList_SET_ITEM(list, i, Py_NewRef(args[i]));
    return list;
}

static PyObject *
take_fast(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    return listed(args, n);
}

static PyObject *
take_fast_keywords(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names)
{
    Py_ssize_t all = n + (names == NULL ? 0 : PyTuple_GET_SIZE(names));
    return Py_BuildValue("(NO)", listed(args, all), names == NULL ? Py_None : names);
}

static PyObject *
take_class(PyObject *self, PyTypeObject *cls, PyObject *const *args, size_t n, PyObject *names)
{
    return Py_BuildValue("(On)", cls, (Py_ssize_t)n);
}

#define FUNCTION(f) ((PyCFunction)(void (*)(void))(f))
static PyMethodDef Thing_methods[] = {
    {"noargs", take_noargs, METH_NOARGS, "noargs($self)\n--\n\nThe doc."},
    {"one", take_one, METH_O, NULL},
    {"tuple", take_tuple, METH_VARARGS, NULL},
    {"dict_", FUNCTION(take_dict), METH_VARARGS | METH_KEYWORDS, NULL},
    {"fast", FUNCTION(take_fast), METH_FASTCALL, NULL},
    {"fastkw", FUNCTION(take_fast_keywords), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"cls", take_one, METH_O | METH_CLASS, NULL},
    {"static", take_tuple, METH_VARARGS | METH_STATIC, NULL},
    {NULL},
};

static Py_ssize_t
Thing_length(PyObject *self)
{
    return ((Thing *)self)->n;
}

static PyObject *
Thing_item(PyObject *self, Py_ssize_t i)
{
    if (i < 0 || i >= ((Thing *)self)->n) {
        PyErr_SetString(PyExc_IndexError, "out");
        return NULL;
    }
    return PyLong_FromSsize_t(i * i);
}

static PyObject *
Thing_add(PyObject *a, PyObject *b)
{
    return PyUnicode_FromFormat("%s + %s", Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name);
}

static PyObject *
Thing_power(PyObject *a, PyObject *b, PyObject *c)
{
    return PyUnicode_FromFormat("%s ** %s %% %s", Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name,
                                Py_TYPE(c)->tp_name);
}

static PyObject *
Thing_richcompare(PyObject *a, PyObject *b, int op)
{
    if (op == Py_EQ)
        return PyBool_FromLong(Py_TYPE(a) == Py_TYPE(b));
    Py_RETURN_NOTIMPLEMENTED;
}

static PySequenceMethods Thing_as_sequence = {.sq_length = Thing_length, .sq_item = Thing_item};
static PyNumberMethods Thing_as_number = {.nb_add = Thing_add, .nb_power = Thing_power};

static PyTypeObject Thing_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "objects.Thing",
    .tp_basicsize = sizeof(Thing),
    .tp_dealloc = (destructor)Thing_dealloc,
    .tp_as_number = &Thing_as_number,
    .tp_as_sequence = &Thing_as_sequence,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "Thing(o)\n--\n\nThing's doc.",
    .tp_traverse = (traverseproc)Thing_traverse,
    .tp_clear = (inquiry)Thing_clear,
    .tp_richcompare = Thing_richcompare,
    .tp_weaklistoffset = offsetof(Thing, weak),
    .tp_methods = Thing_methods,
    .tp_members = Thing_members,
    .tp_getset = Thing_getset,
    .tp_dictoffset = offsetof(Thing, dict),
    .tp_init = (initproc)Thing_init,
    .tp_new = Thing_new,
};

/* ---- a list with fields of its own */

typedef struct {
    PyListObject list;
    PyObject *extra;
    int number;
} XList;

static int
XList_init(XList *self, PyObject *args, PyObject *kwds)
{
    if (PyList_Type.tp_init((PyObject *)self, args, kwds) < 0)
        return -1;
    self->extra = PyUnicode_FromFormat("extra %d", 5);
    self->number = 5;
    return 0;
}

static PyMemberDef XList_members[] = {
    {"extra", T_OBJECT, offsetof(XList, extra), 0, NULL},
    {"number", T_INT, offsetof(XList, number), 0, NULL},
    {NULL},
};

static PyTypeObject XList_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "objects.XList",
    .tp_basicsize = sizeof(XList),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_members = XList_members,
    .tp_init = (initproc)XList_init,
};

/* ---- items behind the object */

typedef struct {
    PyObject_VAR_HEAD
    PyObject *items[1];
} Var;

static PyObject *
Var_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    Var *self = (Var *)type->tp_alloc(type, n);
    for (Py_ssize_t i = 0; self != NULL && i < n; i++)
        self->items[i] = Py_NewRef(PyTuple_GET_ITEM(args, i));
    return (PyObject *)self;
}

static PyObject *
Var_get(PyObject *self, PyObject *index)
{
    return Py_NewRef(((Var *)self)->items[PyLong_AsLong(index)]);
}

static PyMethodDef Var_methods[] = {{"get", Var_get, METH_O, NULL}, {NULL}};

static PyTypeObject Var_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "objects.Var",
    .tp_basicsize = offsetof(Var, items),
    .tp_itemsize = sizeof(PyObject *),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_methods = Var_methods,
    .tp_new = Var_new,
};

/* ---- a heap type from a spec: offsets as members, vectorcall, METH_METHOD, finalizer */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *dict, *weak;
    long value;
} Heap;

static PyObject *
Heap_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    return Py_BuildValue("(sn)", "vectorcall", PyVectorcall_NARGS(nargsf));
}

static PyObject *
Heap_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    Heap *self = (Heap *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->vectorcall = Heap_vectorcall;
    self->value = 42;
    return (PyObject *)self;
}

static PyObject *
Heap_repr(PyObject *self)
{
    return PyUnicode_FromFormat("Heap(%ld)", ((Heap *)self)->value);
}

static Py_hash_t
Heap_hash(PyObject *self)
{
    return 77;
}

static Py_ssize_t
Heap_length(PyObject *self)
{
    return 3;
}

static PyObject *
Heap_subscript(PyObject *self, PyObject *key)
{
    return Py_NewRef(key);
}

static void
Heap_finalize(PyObject *self)
{
    finalized++;
}

static void
Heap_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (PyObject_CallFinalizerFromDealloc(self) < 0)
        return;
    if (((Heap *)self)->weak != NULL)
        PyObject_ClearWeakRefs(self);
    Py_CLEAR(((Heap *)self)->dict);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMemberDef Heap_members[] = {
    {"__dictoffset__", T_PYSSIZET, offsetof(Heap, dict), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Heap, weak), READONLY, NULL},
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Heap, vectorcall), READONLY, NULL},
    {"value", T_LONG, offsetof(Heap, value), 0, NULL},
    {NULL},
};
static PyMethodDef Heap_methods[] = {
    {"method", FUNCTION(take_class), METH_METHOD | METH_FASTCALL | METH_KEYWORDS, NULL},
    {NULL},
};
static PyGetSetDef Heap_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL},
};
static PyType_Slot Heap_slots[] = {
    {Py_tp_new, Heap_new},
    {Py_tp_repr, Heap_repr},
    {Py_tp_hash, Heap_hash},
    {Py_mp_length, Heap_length},
    {Py_mp_subscript, Heap_subscript},
    {Py_tp_members, Heap_members},
    {Py_tp_methods, Heap_methods},
    {Py_tp_getset, Heap_getset},
    {Py_tp_finalize, Heap_finalize},
    {Py_tp_dealloc, Heap_dealloc},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_doc, "Heap's doc."},
    {0, NULL},
};
static PyType_Spec Heap_spec = {
    "objects.Heap", sizeof(Heap), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_VECTORCALL, Heap_slots,
};

/* ---- struct sequence, functions, module state */

static PyStructSequence_Field Seq_fields[] = {{"a", "doc of a"}, {"b", NULL}, {"hidden", NULL}, {NULL}};
static PyStructSequence_Desc Seq_desc = {"objects.Seq", "Seq's doc.", Seq_fields, 2};

static PyObject *
counts(PyObject *module, PyObject *unused)
{
    return Py_BuildValue("(ll)", deallocated, finalized);
}

static PyObject *
next_state(PyObject *module, PyObject *unused)
{
    return PyLong_FromLong(++*(long *)PyModule_GetState(module));
}

static int
append_call(PyObject *list, PyObject *result)
{
    if (result == NULL) {
        PyErr_Clear();
        result = Py_NewRef(Py_None);
    }
    int failed = PyList_Append(list, result);
    Py_DECREF(result);
    return failed;
}

/* The ways to call f from C. */
static PyObject *
call_all(PyObject *module, PyObject *args)
{
    PyObject *f, *x, *list = PyList_New(0);
    if (list == NULL || !PyArg_ParseTuple(args, "OO", &f, &x))
        return NULL;
    if (append_call(list, PyObject_CallFunction(f, "i", 5)) < 0
        || append_call(list, PyObject_CallFunction(f, NULL)) < 0
        || append_call(list, PyObject_CallFunction(f, "(ii)", 1, 2)) < 0
        || append_call(list, PyObject_CallFunction(f, "O", x)) < 0
        || append_call(list, PyObject_CallFunctionObjArgs(f, x, x, NULL)) < 0
        || append_call(list, PyObject_CallMethod(x, "__repr__", NULL)) < 0
        || append_call(list, PyObject_CallMethod(x, "__eq__", "(O)", x)) < 0
        || append_call(list, PyObject_CallMethod(x, "no such", NULL)) < 0)
        return NULL;
    return list;
}

static PyMethodDef functions[] = {
    {"counts", counts, METH_NOARGS, NULL},
    {"next_state", next_state, METH_NOARGS, NULL},
    {"call_all", call_all, METH_VARARGS, NULL},
    {NULL},
};

static int
exec(PyObject *module)
{
    XList_Type.tp_base = &PyList_Type;
    if (PyModule_AddType(module, &Thing_Type) < 0 || PyModule_AddType(module, &XList_Type) < 0
        || PyModule_AddType(module, &Var_Type) < 0)
        return -1;
    PyObject *heap = PyType_FromModuleAndSpec(module, &Heap_spec, NULL);
    if (heap == NULL || PyModule_AddObject(module, "Heap", heap) < 0)
        return -1;
    PyTypeObject *seq_type = PyStructSequence_NewType(&Seq_desc);
    PyObject *seq = seq_type == NULL ? NULL : PyStructSequence_New(seq_type);
    if (seq == NULL || PyModule_AddObject(module, "Seq", (PyObject *)seq_type) < 0)
        return -1;
    PyStructSequence_SET_ITEM(seq, 0, PyLong_FromLong(1));
    PyStructSequence_SET_ITEM(seq, 1, PyUnicode_FromString("two"));
    PyStructSequence_SET_ITEM(seq, 2, PyFloat_FromDouble(3.5));
    return PyModule_AddObject(module, "seq", seq);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec}, {0, NULL}};
static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "objects", "The module's doc.", sizeof(long), functions, slots,
};

PyMODINIT_FUNC
PyInit_objects(void)
{
    return PyModuleDef_Init(&definition);
}
