/* exceptions_group.c: BaseExceptionGroup, and what `except*` does with it.
 *
 * split() walks the tree once.  A node that matches as a whole goes to the match part as it is; an
 * inner node of which only some leaves match is rebuilt on both sides by derive(), and the copies
 * get the node's traceback, cause, context and notes. */
#include "exceptions.h"
#include "state.h"
#include "structmember.h"

extern PyObject *exception_group_type;

static PyBaseExceptionGroupObject *
as_group(PyObject *self)
{
    return (PyBaseExceptionGroupObject *)self;
}

static int
is_group(PyObject *exc)
{
    return PyObject_TypeCheck(exc, &exc_BaseExceptionGroup);
}

/* ------------------------------------------------------------------ construction */

/* 1: every item is an Exception.  -1 with an exception for an item that is no exception at all. */
static int
check_items(PyObject *excs)
{
    int all_plain = 1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(excs); i++) {
        PyObject *item = PyTuple_GET_ITEM(excs, i);
        if (!PyExceptionInstance_Check(item)) {
            PyErr_Format(PyExc_ValueError, "Item %zd of second argument (exceptions) is not an exception", i);
            return -1;
        }
        if (!PyObject_TypeCheck(item, &exc_Exception))
            all_plain = 0;
    }
    return all_plain;
}

static PyTypeObject *
choose_type(PyTypeObject *type, int all_plain)
{
    if (type == &exc_BaseExceptionGroup)
        return all_plain ? (PyTypeObject *)exception_group_type : type;
    if (all_plain)
        return type;
    if (type == (PyTypeObject *)exception_group_type) {
        PyErr_SetString(PyExc_TypeError, "Cannot nest BaseExceptions in an ExceptionGroup");
        return NULL;
    }
    if (PyType_IsSubtype(type, &exc_Exception)) {
        PyErr_Format(PyExc_TypeError, "Cannot nest BaseExceptions in '%.200s'", type->tp_name);
        return NULL;
    }
    return type;
}

static PyObject *
group_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwds))
{
    PyObject *message, *excs;
    if (!PyArg_ParseTuple(args, "UO:BaseExceptionGroup.__new__", &message, &excs))
        return NULL;
    if (!PySequence_Check(excs)) {
        PyErr_SetString(PyExc_TypeError, "second argument (exceptions) must be a sequence");
        return NULL;
    }
    excs = PySequence_Tuple(excs);
    if (excs == NULL)
        return NULL;
    if (PyTuple_GET_SIZE(excs) == 0) {
        PyErr_SetString(PyExc_ValueError, "second argument (exceptions) must be a non-empty sequence");
        return NULL;
    }
    int all_plain = check_items(excs);
    if (all_plain < 0 || (type = choose_type(type, all_plain)) == NULL)
        return NULL;
    PyObject *self = exception_new(type, args, NULL);
    if (self == NULL)
        return NULL;
    as_group(self)->msg = message;
    as_group(self)->excs = excs;
    return self;
}

static int
group_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    return exception_init(self, args, kwds);
}

static PyObject *
make_group(PyObject *message, PyObject *excs)
{
    return PyObject_CallFunctionObjArgs(PyExc_BaseExceptionGroup, message, excs, NULL);
}

static PyObject *
group_str(PyObject *self)
{
    Py_ssize_t n = PyTuple_GET_SIZE(as_group(self)->excs);
    return PyUnicode_FromFormat("%S (%zd sub-exception%s)", as_group(self)->msg, n, n == 1 ? "" : "s");
}

static PyObject *
group_derive(PyObject *self, PyObject *excs)
{
    return make_group(as_group(self)->msg, excs);
}

/* ------------------------------------------------------------------ splitting */

typedef enum { BY_TYPE, BY_CALL, BY_IDENTITY } condition_kind;
typedef struct {
    condition_kind kind;
    PyObject *value;           /* type or tuple of types; callable; set of leaves' addresses as ints */
} condition;

static int
condition_from(PyObject *value, condition *out)
{
    out->value = value;
    if (PyFunction_Check(value) || PyCFunction_Check(value) || PyMethod_Check(value)) {
        out->kind = BY_CALL;
        return 0;
    }
    out->kind = BY_TYPE;
    if (PyExceptionClass_Check(value))
        return 0;
    if (PyTuple_CheckExact(value)) {
        Py_ssize_t i = 0, n = PyTuple_GET_SIZE(value);
        while (i < n && PyExceptionClass_Check(PyTuple_GET_ITEM(value, i)))
            i++;
        if (i == n)
            return 0;
    }
    PyErr_SetString(PyExc_TypeError, "expected a function, exception type or tuple of exception types");
    return -1;
}

static int
condition_holds(const condition *c, PyObject *exc)
{
    if (c->kind == BY_TYPE)
        return PyErr_GivenExceptionMatches(exc, c->value);
    if (c->kind == BY_CALL) {
        PyObject *result = PyObject_CallOneArg(c->value, exc);
        return result == NULL ? -1 : PyObject_IsTrue(result);
    }
    if (is_group(exc))
        return 0;
    PyObject *id = PyLong_FromVoidPtr(exc);
    return id == NULL ? -1 : PySet_Contains(c->value, id);
}

/* A part of group with only excs; None for an empty list. */
static PyObject *
rebuild(PyObject *group, PyObject *excs)
{
    PyObject *notes;
    if (PyList_GET_SIZE(excs) == 0)
        return Py_None;
    PyObject *part = PyObject_CallMethod(group, "derive", "(O)", excs);
    if (part == NULL)
        return NULL;
    if (!is_group(part)) {
        PyErr_SetString(PyExc_TypeError, "derive must return an instance of BaseExceptionGroup");
        return NULL;
    }
    PyBaseExceptionObject *from = (PyBaseExceptionObject *)group, *to = (PyBaseExceptionObject *)part;
    gc_store(part, &to->traceback, from->traceback);
    gc_store(part, &to->context, from->context);
    gc_store(part, &to->cause, from->cause);
    to->suppress_context = from->suppress_context;
    if (_PyObject_LookupAttr(group, GCRT_NAME(__notes__), &notes) < 0)
        return NULL;
    if (notes != NULL && PySequence_Check(notes)) {
        PyObject *copy = PySequence_List(notes);
        if (copy == NULL || PyObject_SetAttr(part, GCRT_NAME(__notes__), copy) < 0)
            return NULL;
    }
    return part;
}

/* Split exc by c.  *rest stays NULL unless want_rest; either may become None. */
static int
split(PyObject *exc, const condition *c, int want_rest, PyObject **match, PyObject **rest)
{
    int holds = condition_holds(c, exc);
    *match = Py_None;
    *rest = want_rest ? Py_None : NULL;
    if (holds < 0)
        return -1;
    if (holds) {
        *match = exc;
        return 0;
    }
    if (!is_group(exc)) {
        if (want_rest)
            *rest = exc;
        return 0;
    }
    PyObject *excs = as_group(exc)->excs;
    PyObject *matches = PyList_New(0), *rests = PyList_New(0);
    if (matches == NULL || rests == NULL || gcrt_enter_c(" in exceptiongroup_split_recursive"))
        return -1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(excs); i++) {
        PyObject *m, *r;
        if (split(PyTuple_GET_ITEM(excs, i), c, want_rest, &m, &r) < 0)
            return -1;
        if (m != Py_None && PyList_Append(matches, m) < 0)
            return -1;
        if (r != NULL && r != Py_None && PyList_Append(rests, r) < 0)
            return -1;
    }
    *match = rebuild(exc, matches);
    if (want_rest)
        *rest = rebuild(exc, rests);
    return *match == NULL || (want_rest && *rest == NULL) ? -1 : 0;
}

static PyObject *
group_split(PyObject *self, PyObject *value)
{
    condition c;
    PyObject *match, *rest;
    if (condition_from(value, &c) < 0 || split(self, &c, 1, &match, &rest) < 0)
        return NULL;
    return PyTuple_Pack(2, match, rest);
}

static PyObject *
group_subgroup(PyObject *self, PyObject *value)
{
    condition c;
    PyObject *match, *rest;
    if (condition_from(value, &c) < 0 || split(self, &c, 0, &match, &rest) < 0)
        return NULL;
    return match;
}

static PyMethodDef group_methods[] = {
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {"derive", group_derive, METH_O, "A group of the same kind with other exceptions."},
    {"split", group_split, METH_O, "Return (matching part, the rest); None for an empty part."},
    {"subgroup", group_subgroup, METH_O, "Return the matching part, or None."},
    {0},
};

static PyMemberDef group_members[] = {
    {"message", T_OBJECT, offsetof(PyBaseExceptionGroupObject, msg), READONLY, "The group's message."},
    {"exceptions", T_OBJECT, offsetof(PyBaseExceptionGroupObject, excs), READONLY, "The exceptions in it."},
    {0},
};

void
exceptions_setup_group(void)
{
    exc_BaseExceptionGroup.tp_new = group_new;
    exc_BaseExceptionGroup.tp_init = group_init;
    exc_BaseExceptionGroup.tp_str = group_str;
    exc_BaseExceptionGroup.tp_methods = group_methods;
    exc_BaseExceptionGroup.tp_members = group_members;
}

/* ------------------------------------------------------------------ except* */

static int
check_one_type(PyObject *type)
{
    if (!PyExceptionClass_Check(type)) {
        PyErr_SetString(PyExc_TypeError,
                        "catching classes that do not inherit from BaseException is not allowed");
        return -1;
    }
    if (PyType_IsSubtype((PyTypeObject *)type, &exc_BaseExceptionGroup)) {
        PyErr_SetString(PyExc_TypeError,
                        "catching ExceptionGroup with except* is not allowed. Use except instead.");
        return -1;
    }
    return 0;
}

static int
check_types(PyObject *types)
{
    if (!PyTuple_Check(types))
        return check_one_type(types);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(types); i++)
        if (check_one_type(PyTuple_GET_ITEM(types, i)) < 0)
            return -1;
    return 0;
}

int
exception_group_match(PyObject *exc, PyObject *types, PyObject **match, PyObject **rest)
{
    *match = *rest = Py_None;
    if (check_types(types) < 0)
        return -1;
    if (exc == Py_None)
        return 0;
    if (PyErr_GivenExceptionMatches(exc, types)) {
        *match = exc;
        if (!is_group(exc)) {
            PyObject *excs = PyTuple_Pack(1, exc);
            *match = excs == NULL ? NULL : make_group(PyUnicode_FromString(""), excs);
        }
        return *match == NULL ? -1 : 0;
    }
    if (!is_group(exc)) {
        *rest = exc;
        return 0;
    }
    PyObject *pair = PyObject_CallMethod(exc, "split", "(O)", types);
    if (pair == NULL)
        return -1;
    if (!PyTuple_CheckExact(pair) || PyTuple_GET_SIZE(pair) < 2) {
        PyErr_Format(PyExc_TypeError, "%.200s.split must return a 2-tuple", Py_TYPE(exc)->tp_name);
        return -1;
    }
    *match = PyTuple_GET_ITEM(pair, 0);
    *rest = PyTuple_GET_ITEM(pair, 1);
    return 0;
}

static int
add_leaves(PyObject *exc, PyObject *ids)
{
    if (!is_group(exc)) {
        PyObject *id = PyLong_FromVoidPtr(exc);
        return id == NULL ? -1 : PySet_Add(ids, id);
    }
    PyObject *excs = as_group(exc)->excs;
    if (gcrt_enter_c(" in collect_exception_group_leaf_ids"))
        return -1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(excs); i++)
        if (add_leaves(PyTuple_GET_ITEM(excs, i), ids) < 0)
            return -1;
    return 0;
}

/* What is left of orig when only the leaves of the exceptions in `kept` stay: its shape is orig's. */
static PyObject *
projection(PyObject *orig, PyObject *kept)
{
    condition c = {BY_IDENTITY, PySet_New(NULL)};
    PyObject *match, *rest;
    if (c.value == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(kept); i++)
        if (add_leaves(PyList_GET_ITEM(kept, i), c.value) < 0)
            return NULL;
    return split(orig, &c, 0, &match, &rest) < 0 ? NULL : match;
}

/* A part of orig that was not touched has orig's traceback, cause and context; one that a handler
 * raised anew differs in at least one. */
static int
is_part_of(PyObject *exc, PyObject *orig)
{
    PyBaseExceptionObject *a = (PyBaseExceptionObject *)exc, *b = (PyBaseExceptionObject *)orig;
    return a->traceback == b->traceback && a->cause == b->cause && a->context == b->context;
}

PyObject *
exception_group_prep_reraise(PyObject *orig, PyObject *excs)
{
    Py_ssize_t n = PyList_GET_SIZE(excs);
    if (n == 0)
        return Py_None;
    if (!is_group(orig))
        return PyList_GET_ITEM(excs, 0);
    PyObject *raised = PyList_New(0), *reraised = PyList_New(0);
    if (raised == NULL || reraised == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *exc = PyList_GET_ITEM(excs, i);
        if (exc != Py_None && PyList_Append(is_part_of(exc, orig) ? reraised : raised, exc) < 0)
            return NULL;
    }
    PyObject *rest = projection(orig, reraised);
    if (rest == NULL)
        return NULL;
    if (PyList_GET_SIZE(raised) == 0)
        return rest;
    if (rest != Py_None && PyList_Append(raised, rest) < 0)
        return NULL;
    if (PyList_GET_SIZE(raised) == 1)
        return PyList_GET_ITEM(raised, 0);
    return make_group(PyUnicode_FromString(""), raised);
}
