/* sre_match_object.c: Match objects. */
#include "sre.h"

typedef struct {
    PyObject_VAR_HEAD          /* ob_size: groups, group 0 included */
    PyObject *string;
    sre_pattern *pattern;
    PyObject *regs;            /* made on demand */
    Py_ssize_t pos, endpos, lastindex;
    Py_ssize_t marks[];        /* start and end of each group; -1 unset */
} sre_match;

PyObject *
sre_new_match(sre_pattern *pattern, PyObject *subject, sre_state *s, Py_ssize_t start, Py_ssize_t end)
{
    Py_ssize_t groups = pattern->groups + 1;
    sre_match *m = (sre_match *)gcrt_new(&sre_match_type, sizeof *m + 2 * (size_t)groups * sizeof(Py_ssize_t));
    if (m == NULL)
        return NULL;
    Py_SET_SIZE(m, groups);
    m->string = subject;
    m->pattern = pattern;
    m->pos = s->begin;
    m->endpos = s->end;
    m->lastindex = s->lastindex;
    m->marks[0] = start;
    m->marks[1] = end;
    for (Py_ssize_t i = 1; i < groups; i++) {
        Py_ssize_t from = s->marks[2 * i - 2], to = s->marks[2 * i - 1];
        int set = from >= 0 && to >= from;
        m->marks[2 * i] = set ? from : -1;
        m->marks[2 * i + 1] = set ? to : -1;
    }
    return (PyObject *)m;
}

static void
trace(PyObject *op, size_t Py_UNUSED(size), gc_tracer *t)
{
    sre_match *m = (sre_match *)op;
    gc_visit(t, (uintptr_t)m->string);
    gc_visit(t, (uintptr_t)m->pattern);
    gc_visit(t, (uintptr_t)m->regs);
}

/* Number of the group that a number or name means; -1 with IndexError. */
static Py_ssize_t
group_number(sre_match *m, PyObject *key)
{
    Py_ssize_t i = -1;
    if (PyIndex_Check(key))
        i = PyNumber_AsSsize_t(key, NULL);
    else {
        PyObject *number = PyDict_GetItemWithError(m->pattern->groupindex, key);
        if (number != NULL)
            i = PyLong_AsSsize_t(number);
        else
            PyErr_Clear();
    }
    if (i < 0 || i >= Py_SIZE(m)) {
        PyErr_SetString(PyExc_IndexError, "no such group");
        return -1;
    }
    return i;
}
static PyObject *
slice_of(sre_match *m, Py_ssize_t i, PyObject *otherwise)
{
    return m->marks[2 * i] < 0 ? otherwise : sre_slice(m->string, m->marks[2 * i], m->marks[2 * i + 1]);
}
static PyObject *
group_by_key(sre_match *m, PyObject *key)
{
    Py_ssize_t i = group_number(m, key);
    return i < 0 ? NULL : slice_of(m, i, Py_None);
}
static PyObject *
match_group(PyObject *op, PyObject *const *args, Py_ssize_t n)
{
    sre_match *m = (sre_match *)op;
    if (n == 0)
        return slice_of(m, 0, Py_None);
    if (n == 1)
        return group_by_key(m, args[0]);
    PyObject *result = PyTuple_New(n);
    for (Py_ssize_t i = 0; result != NULL && i < n; i++) {
        PyObject *group = group_by_key(m, args[i]);
        if (group == NULL)
            return NULL;
        PyTuple_SET_ITEM(result, i, group);
    }
    return result;
}
static PyObject *
match_getitem(PyObject *op, PyObject *key)
{
    return group_by_key((sre_match *)op, key);
}
static PyObject *
match_groups(PyObject *op, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"default", NULL};
    sre_match *m = (sre_match *)op;
    PyObject *otherwise = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|O:groups", keywords, &otherwise))
        return NULL;
    PyObject *result = PyTuple_New(Py_SIZE(m) - 1);
    for (Py_ssize_t i = 1; result != NULL && i < Py_SIZE(m); i++) {
        PyObject *group = slice_of(m, i, otherwise);
        if (group == NULL)
            return NULL;
        PyTuple_SET_ITEM(result, i - 1, group);
    }
    return result;
}
static PyObject *
match_groupdict(PyObject *op, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"default", NULL};
    sre_match *m = (sre_match *)op;
    PyObject *otherwise = Py_None, *name, *number;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|O:groupdict", keywords, &otherwise))
        return NULL;
    PyObject *result = PyDict_New();
    Py_ssize_t at = 0;
    while (result != NULL && PyDict_Next(m->pattern->groupindex, &at, &name, &number)) {
        PyObject *group = slice_of(m, PyLong_AsSsize_t(number), otherwise);
        if (group == NULL || PyDict_SetItem(result, name, group) < 0)
            return NULL;
    }
    return result;
}
/* One argument: the group, default 0. */
static Py_ssize_t
optional_group(PyObject *op, PyObject *args)
{
    PyObject *key = NULL;
    if (!PyArg_ParseTuple(args, "|O", &key))
        return -1;
    return key == NULL ? 0 : group_number((sre_match *)op, key);
}
static PyObject *
match_start(PyObject *op, PyObject *args)
{
    Py_ssize_t i = optional_group(op, args);
    return i < 0 ? NULL : PyLong_FromSsize_t(((sre_match *)op)->marks[2 * i]);
}
static PyObject *
match_end(PyObject *op, PyObject *args)
{
    Py_ssize_t i = optional_group(op, args);
    return i < 0 ? NULL : PyLong_FromSsize_t(((sre_match *)op)->marks[2 * i + 1]);
}
static PyObject *
match_span(PyObject *op, PyObject *args)
{
    Py_ssize_t i = optional_group(op, args);
    return i < 0 ? NULL : Py_BuildValue("(nn)", ((sre_match *)op)->marks[2 * i], ((sre_match *)op)->marks[2 * i + 1]);
}
static PyObject *
match_expand(PyObject *op, PyObject *template)
{
    PyObject *re = PyImport_ImportModule("re");
    return re == NULL ? NULL : PyObject_CallMethod(re, "_expand", "OOO", ((sre_match *)op)->pattern, op, template);
}
static PyObject *
match_copy(PyObject *op, PyObject *Py_UNUSED(args))
{
    return op;
}
static PyObject *
get_lastindex(PyObject *op, void *Py_UNUSED(closure))
{
    Py_ssize_t i = ((sre_match *)op)->lastindex;
    return i < 0 ? Py_None : PyLong_FromSsize_t(i);
}
static PyObject *
get_lastgroup(PyObject *op, void *Py_UNUSED(closure))
{
    sre_match *m = (sre_match *)op;
    PyObject *names = m->pattern->indexgroup;
    return m->lastindex < 0 || m->lastindex >= PyTuple_GET_SIZE(names) ? Py_None : PyTuple_GET_ITEM(names, m->lastindex);
}
static PyObject *
get_regs(PyObject *op, void *Py_UNUSED(closure))
{
    sre_match *m = (sre_match *)op;
    if (m->regs != NULL)
        return m->regs;
    PyObject *regs = PyTuple_New(Py_SIZE(m));
    for (Py_ssize_t i = 0; regs != NULL && i < Py_SIZE(m); i++) {
        PyObject *span = Py_BuildValue("(nn)", m->marks[2 * i], m->marks[2 * i + 1]);
        if (span == NULL)
            return NULL;
        PyTuple_SET_ITEM(regs, i, span);
    }
    gc_store(m, &m->regs, regs);
    return regs;
}
static PyObject *
match_repr(PyObject *op)
{
    sre_match *m = (sre_match *)op;
    PyObject *text = slice_of(m, 0, Py_None);
    return text == NULL ? NULL
                        : PyUnicode_FromFormat("<%s object; span=(%zd, %zd), match=%.50R>", Py_TYPE(op)->tp_name,
                                               m->marks[0], m->marks[1], text);
}
#define KEYWORDS(f) (PyCFunction)(void (*)(void))(f), METH_VARARGS | METH_KEYWORDS
static PyMethodDef match_methods[] = {
    {"group", (PyCFunction)(void (*)(void))match_group, METH_FASTCALL, "Text of groups by number or name."},
    {"groups", KEYWORDS(match_groups), "Text of all groups."},
    {"groupdict", KEYWORDS(match_groupdict), "Text of the named groups."},
    {"start", match_start, METH_VARARGS, "Where a group begins."},
    {"end", match_end, METH_VARARGS, "Where a group ends."},
    {"span", match_span, METH_VARARGS, "(start, end) of a group."},
    {"expand", match_expand, METH_O, "Fill a template in."},
    {"__copy__", match_copy, METH_NOARGS, NULL},
    {"__deepcopy__", match_copy, METH_O, NULL},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {0},
};
static PyMemberDef match_members[] = {
    {"string", _Py_T_OBJECT, offsetof(sre_match, string), Py_READONLY, NULL},
    {"re", _Py_T_OBJECT, offsetof(sre_match, pattern), Py_READONLY, NULL},
    {"pos", Py_T_PYSSIZET, offsetof(sre_match, pos), Py_READONLY, NULL},
    {"endpos", Py_T_PYSSIZET, offsetof(sre_match, endpos), Py_READONLY, NULL},
    {0},
};
static PyGetSetDef match_getset[] = {
    {"lastindex", get_lastindex, NULL, NULL, NULL},
    {"lastgroup", get_lastgroup, NULL, NULL, NULL},
    {"regs", get_regs, NULL, NULL, NULL},
    {0},
};
static PyMappingMethods match_mapping = {.mp_subscript = match_getitem};
PyTypeObject sre_match_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "re.Match",
    .tp_basicsize = sizeof(sre_match),
    .tp_itemsize = 2 * sizeof(Py_ssize_t),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .tp_doc = "The result of re.match() and re.search().",
    .tp_repr = match_repr,
    .tp_as_mapping = &match_mapping,
    .tp_methods = match_methods,
    .tp_members = match_members,
    .tp_getset = match_getset,
    .gcrt_trace = trace,
};
