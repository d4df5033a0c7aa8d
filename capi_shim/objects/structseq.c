/* structseq.c: tuples with named fields, for C modules (os.stat_result, time.struct_time).  Fields beyond
 * the sequence's length are attributes only; they lie behind the tuple's items. */
#include "typeobject.h"

const char *const PyStructSequence_UnnamedField = "unnamed field";

static Py_ssize_t
type_number(PyTypeObject *type, PyObject *name)
{
    PyObject *value = type_lookup(type, name);
    return value == NULL ? -1 : PyLong_AsSsize_t(value);
}

#define VISIBLE(type) type_number((type), GCRT_NAME(n_sequence_fields))
#define FIELDS(type) type_number((type), GCRT_NAME(n_fields))
#define UNNAMED(type) type_number((type), GCRT_NAME(n_unnamed_fields))

static void
structseq_trace(PyObject *self, size_t size, gc_tracer *t)
{
    gc_visit_range(t, self, size / sizeof(void *));
}

PyObject *
PyStructSequence_New(PyTypeObject *type)
{
    Py_ssize_t fields = FIELDS(type), visible = VISIBLE(type);
    if (fields < 0 || visible < 0) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_TypeError, "Missed attribute 'n_fields' of type %s", type->tp_name);
        return NULL;
    }
    PyTupleObject *self = (PyTupleObject *)gcrt_new(type, _PyObject_VAR_SIZE(type, fields));
    if (self == NULL)
        return NULL;
    self->ob_base.ob_size = visible;
    return (PyObject *)self;
}

void
PyStructSequence_SetItem(PyObject *op, Py_ssize_t i, PyObject *value)
{
    gc_store(op, &PyTuple_GET_ITEM(op, i), value);
}

PyObject *
PyStructSequence_GetItem(PyObject *op, Py_ssize_t i)
{
    return PyTuple_GET_ITEM(op, i);
}

static int
check_length(PyTypeObject *type, Py_ssize_t given, Py_ssize_t least, Py_ssize_t most)
{
    if (least != most) {
        if (given < least) {
            PyErr_Format(PyExc_TypeError, "%.500s() takes an at least %zd-sequence (%zd-sequence given)",
                         type->tp_name, least, given);
            return -1;
        }
        if (given > most) {
            PyErr_Format(PyExc_TypeError, "%.500s() takes an at most %zd-sequence (%zd-sequence given)",
                         type->tp_name, most, given);
            return -1;
        }
    }
    else if (given != least) {
        PyErr_Format(PyExc_TypeError, "%.500s() takes a %zd-sequence (%zd-sequence given)", type->tp_name,
                     least, given);
        return -1;
    }
    return 0;
}

static PyObject *
structseq_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"sequence", "dict", NULL};
    PyObject *sequence, *dict = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O|O:structseq", keywords, &sequence, &dict))
        return NULL;
    if (dict != NULL && !PyDict_Check(dict)) {
        PyErr_Format(PyExc_TypeError, "%.500s() takes a dict as second arg, if any", type->tp_name);
        return NULL;
    }
    sequence = PySequence_Fast(sequence, "constructor requires a sequence");
    if (sequence == NULL)
        return NULL;
    Py_ssize_t given = PySequence_Fast_GET_SIZE(sequence), visible = VISIBLE(type), fields = FIELDS(type);
    Py_ssize_t unnamed = UNNAMED(type);
    if (visible < 0 || fields < 0 || unnamed < 0)
        return NULL;
    if (check_length(type, given, visible, fields) < 0)
        return NULL;
    PyObject *self = PyStructSequence_New(type);
    if (self == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < given; i++)
        PyTuple_SET_ITEM(self, i, PySequence_Fast_GET_ITEM(sequence, i));
    for (Py_ssize_t i = given; i < fields; i++) {
        const char *name = type->tp_members[i - unnamed].name;
        PyObject *value = dict == NULL ? NULL : _PyDict_GetItemStringWithError(dict, name);
        if (value == NULL && PyErr_Occurred())
            return NULL;
        PyTuple_SET_ITEM(self, i, value == NULL ? Py_None : value);
    }
    return self;
}

static PyObject *
structseq_repr(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *parts = PyList_New(0);
    for (Py_ssize_t i = 0; parts != NULL && i < PyTuple_GET_SIZE(self); i++) {
        const char *name = type->tp_members[i].name;
        PyObject *value = PyTuple_GET_ITEM(self, i);
        PyObject *part = name == NULL ? NULL : PyUnicode_FromFormat("%s=%R", name, value);
        if (part == NULL || PyList_Append(parts, part) < 0)
            return NULL;
    }
    PyObject *comma = parts == NULL ? NULL : PyUnicode_FromString(", ");
    PyObject *joined = comma == NULL ? NULL : PyUnicode_Join(comma, parts);
    return joined == NULL ? NULL : PyUnicode_FromFormat("%s(%U)", type->tp_name, joined);
}

static PyObject *
structseq_reduce(PyObject *self, PyObject *unused)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_ssize_t visible = VISIBLE(type), fields = FIELDS(type), unnamed = UNNAMED(type);
    PyObject *tuple = PyTuple_New(visible), *dict = PyDict_New();
    (void)unused;
    if (tuple == NULL || dict == NULL || visible < 0 || fields < 0 || unnamed < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < visible; i++)
        PyTuple_SET_ITEM(tuple, i, PyTuple_GET_ITEM(self, i));
    for (Py_ssize_t i = visible; i < fields; i++) {
        if (PyDict_SetItemString(dict, type->tp_members[i - unnamed].name, PyTuple_GET_ITEM(self, i)) < 0)
            return NULL;
    }
    return Py_BuildValue("(O(OO))", type, tuple, dict);
}

static PyMethodDef structseq_methods[] = {
    {"__reduce__", structseq_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

/* ---- types */

static Py_ssize_t
count_fields(PyStructSequence_Desc *desc, Py_ssize_t *unnamed)
{
    Py_ssize_t n = 0;
    *unnamed = 0;
    for (; desc->fields[n].name != NULL; n++)
        *unnamed += desc->fields[n].name == PyStructSequence_UnnamedField;
    return n;
}

static PyMemberDef *
make_members(PyStructSequence_Desc *desc, Py_ssize_t n)
{
    PyMemberDef *members = gcrt_alloc_words((size_t)(n + 1) * sizeof(PyMemberDef) / sizeof(void *));
    Py_ssize_t k = 0;
    for (Py_ssize_t i = 0; members != NULL && i < n; i++) {
        if (desc->fields[i].name == PyStructSequence_UnnamedField)
            continue;
        members[k].name = desc->fields[i].name;
        members[k].type = _Py_T_OBJECT;
        members[k].offset = (Py_ssize_t)(offsetof(PyTupleObject, ob_item) + (size_t)i * sizeof(PyObject *));
        members[k].flags = Py_READONLY;
        members[k].doc = desc->fields[i].doc;
        k++;
    }
    return members;
}

static int
fill_dict(PyTypeObject *type, PyStructSequence_Desc *desc, Py_ssize_t n, Py_ssize_t unnamed)
{
    PyObject *dict = type->tp_dict, *names = PyList_New(0);
    PyObject *match = PyUnicode_InternFromString("__match_args__");
    if (names == NULL || match == NULL
        || PyDict_SetItem(dict, GCRT_NAME(n_sequence_fields), PyLong_FromLong(desc->n_in_sequence)) < 0
        || PyDict_SetItem(dict, GCRT_NAME(n_fields), PyLong_FromSsize_t(n)) < 0
        || PyDict_SetItem(dict, GCRT_NAME(n_unnamed_fields), PyLong_FromSsize_t(unnamed)) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < desc->n_in_sequence; i++) {
        if (desc->fields[i].name == PyStructSequence_UnnamedField)
            continue;
        PyObject *name = PyUnicode_FromString(desc->fields[i].name);
        if (name == NULL || PyList_Append(names, name) < 0)
            return -1;
    }
    PyObject *tuple = PyList_AsTuple(names);
    int failed = tuple == NULL ? -1 : PyDict_SetItem(dict, match, tuple);
    PyType_Modified(type);
    return failed;
}

int
PyStructSequence_InitType2(PyTypeObject *type, PyStructSequence_Desc *desc)
{
    Py_ssize_t unnamed, n = count_fields(desc, &unnamed);
    if (type->tp_flags & Py_TPFLAGS_READY)
        return 0;
    PyMemberDef *members = make_members(desc, n);
    if (members == NULL)
        return -1;
    Py_SET_TYPE(type, &PyType_Type);
    type->tp_name = desc->name;
    type->tp_basicsize = PyTuple_Type.tp_basicsize;
    type->tp_itemsize = sizeof(PyObject *);
    type->tp_repr = structseq_repr;
    type->tp_doc = desc->doc;
    type->tp_base = &PyTuple_Type;
    type->tp_methods = structseq_methods;
    type->tp_new = structseq_new;
    type->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC;
    type->tp_members = members;
    type->gcrt_trace = structseq_trace;
    return PyType_Ready(type) < 0 ? -1 : fill_dict(type, desc, n, unnamed);
}

void
PyStructSequence_InitType(PyTypeObject *type, PyStructSequence_Desc *desc)
{
    if (PyStructSequence_InitType2(type, desc) < 0)
        PyErr_WriteUnraisable((PyObject *)&PyType_Type);
}

PyTypeObject *
PyStructSequence_NewType(PyStructSequence_Desc *desc)
{
    Py_ssize_t unnamed, n = count_fields(desc, &unnamed);
    PyMemberDef *members = make_members(desc, n);
    if (members == NULL)
        return NULL;
    PyType_Slot slots[] = {
        {Py_tp_repr, (void *)structseq_repr},
        {Py_tp_doc, (void *)desc->doc},
        {Py_tp_methods, structseq_methods},
        {Py_tp_new, (void *)structseq_new},
        {Py_tp_members, members},
        {0, NULL},
    };
    PyType_Spec spec = {
        .name = desc->name,
        .basicsize = (int)PyTuple_Type.tp_basicsize,
        .itemsize = sizeof(PyObject *),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
        .slots = slots,
    };
    PyObject *bases = PyTuple_Pack(1, &PyTuple_Type);
    PyTypeObject *type = bases == NULL ? NULL : (PyTypeObject *)PyType_FromSpecWithBases(&spec, bases);
    if (type == NULL || fill_dict(type, desc, n, unnamed) < 0)
        return NULL;
    type->gcrt_trace = structseq_trace;
    return type;
}
