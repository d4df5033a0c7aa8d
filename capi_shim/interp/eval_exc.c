/* eval_exc.c: slow paths of the loop: raising, matching, with blocks. */
#include "interp.h"

/* Handlers are sorted and do not overlap. */
const gcrt_handler *
eval_find_handler(const PyCodeObject *code, uint32_t word)
{
    uint32_t low = 0, high = code->n_handlers;
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        const gcrt_handler *h = &code->handlers[mid];
        if (word < h->start)
            high = mid;
        else if (word >= h->end)
            low = mid + 1;
        else
            return h;
    }
    return NULL;
}

static const char not_exception[] =
    "catching classes that do not inherit from BaseException is not allowed";

static int
check_match_type(PyObject *type)
{
    if (PyTuple_Check(type)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type); i++) {
            if (!PyExceptionClass_Check(PyTuple_GET_ITEM(type, i))) {
                PyErr_SetString(PyExc_TypeError, not_exception);
                return -1;
            }
        }
        return 0;
    }
    if (PyExceptionClass_Check(type))
        return 0;
    PyErr_SetString(PyExc_TypeError, not_exception);
    return -1;
}

int
eval_exc_match(PyObject *exc, PyObject *type)
{
    return check_match_type(type) < 0 ? -1 : PyErr_GivenExceptionMatches(exc, type);
}

static int
check_group_type(PyObject *type)
{
    if (check_match_type(type) < 0)
        return -1;
    Py_ssize_t n = PyTuple_Check(type) ? PyTuple_GET_SIZE(type) : 1;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *one = PyTuple_Check(type) ? PyTuple_GET_ITEM(type, i) : type;
        int is_group = PyObject_IsSubclass(one, PyExc_BaseExceptionGroup);
        if (is_group > 0)
            PyErr_SetString(PyExc_TypeError, "catching ExceptionGroup with except* is not allowed. "
                                             "Use except instead.");
        if (is_group != 0)
            return -1;
    }
    return 0;
}

int
eval_group_match(PyObject **exc, PyObject *type, PyObject **match)
{
    *match = Py_None;
    if (check_group_type(type) < 0)
        return -1;
    if (*exc == Py_None)
        return 0;
    int is_group = PyObject_IsInstance(*exc, PyExc_BaseExceptionGroup);
    if (is_group < 0)
        return -1;
    if (PyErr_GivenExceptionMatches(*exc, type)) {
        PyObject *whole = *exc;
        if (!is_group) {
            /* A naked exception is wrapped, so that the handler always sees a group. */
            PyObject *members = PyTuple_Pack(1, whole);
            PyObject *args = members == NULL ? NULL : PyTuple_Pack(2, PyUnicode_FromString(""), members);
            PyObject *wrapped = args == NULL ? NULL : PyObject_CallObject(PyExc_BaseExceptionGroup, args);
            if (wrapped == NULL)
                return -1;
            PyException_SetTraceback(wrapped, PyException_GetTraceback(whole) == NULL
                                                  ? Py_None
                                                  : PyException_GetTraceback(whole));
            whole = wrapped;
        }
        *match = whole;
        *exc = Py_None;
        return 0;
    }
    if (!is_group)
        return 0;
    PyObject *pair = PyObject_CallMethod(*exc, "split", "(O)", type);
    if (pair == NULL)
        return -1;
    if (!PyTuple_CheckExact(pair) || PyTuple_GET_SIZE(pair) != 2) {
        PyErr_SetString(PyExc_TypeError, "split must return a 2-tuple");
        return -1;
    }
    *match = PyTuple_GET_ITEM(pair, 0);
    *exc = PyTuple_GET_ITEM(pair, 1);
    return 0;
}

/* Two parts of one group have the same notes, traceback, cause and context objects. */
static int
same_origin(PyObject *a, PyObject *b)
{
    PyBaseExceptionObject *x = (PyBaseExceptionObject *)a, *y = (PyBaseExceptionObject *)b;
    return x->notes == y->notes && x->traceback == y->traceback && x->cause == y->cause &&
           x->context == y->context;
}

static int
collect_ids(PyObject *exc, PyObject *ids)
{
    if (!PyObject_TypeCheck(exc, (PyTypeObject *)PyExc_BaseExceptionGroup)) {
        PyObject *id = PyLong_FromVoidPtr(exc);
        return id == NULL ? -1 : PySet_Add(ids, id);
    }
    PyObject *excs = ((PyBaseExceptionGroupObject *)exc)->excs;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(excs); i++)
        if (collect_ids(PyTuple_GET_ITEM(excs, i), ids) < 0)
            return -1;
    return 0;
}

/* The part of a group whose leaves are in ids; None when nothing is left. */
static PyObject *
project(PyObject *exc, PyObject *ids)
{
    if (!PyObject_TypeCheck(exc, (PyTypeObject *)PyExc_BaseExceptionGroup)) {
        PyObject *id = PyLong_FromVoidPtr(exc);
        int kept = id == NULL ? -1 : PySet_Contains(ids, id);
        return kept < 0 ? NULL : kept ? exc : Py_None;
    }
    PyBaseExceptionGroupObject *group = (PyBaseExceptionGroupObject *)exc;
    PyObject *parts = PyList_New(0);
    for (Py_ssize_t i = 0; parts != NULL && i < PyTuple_GET_SIZE(group->excs); i++) {
        PyObject *part = project(PyTuple_GET_ITEM(group->excs, i), ids);
        if (part == NULL || (part != Py_None && PyList_Append(parts, part) < 0))
            return NULL;
    }
    if (parts == NULL || PyList_GET_SIZE(parts) == 0)
        return parts == NULL ? NULL : Py_None;
    PyObject *derived = PyObject_CallMethod(exc, "derive", "(O)", parts);
    if (derived == NULL)
        return NULL;
    if (group->traceback != NULL && PyException_SetTraceback(derived, group->traceback) < 0)
        return NULL;
    PyException_SetContext(derived, group->context);
    PyException_SetCause(derived, group->cause);
    ((PyBaseExceptionObject *)derived)->suppress_context = group->suppress_context;
    gc_store(derived, &((PyBaseExceptionObject *)derived)->notes, group->notes);
    return derived;
}

/* What is raised after an except* statement: what the handlers raised, and the reraised rest of the group
 * put together again in the shape it had. */
PyObject *
eval_prep_reraise_star(PyObject *orig, PyObject *excs)
{
    Py_ssize_t n = PyList_GET_SIZE(excs);
    if (n == 0)
        return Py_None;
    if (!PyObject_TypeCheck(orig, (PyTypeObject *)PyExc_BaseExceptionGroup))
        return PyList_GET_ITEM(excs, 0);
    PyObject *raised = PyList_New(0), *ids = PySet_New(NULL);
    for (Py_ssize_t i = 0; raised != NULL && ids != NULL && i < n; i++) {
        PyObject *exc = PyList_GET_ITEM(excs, i);
        int status = exc == Py_None           ? 0
                     : same_origin(exc, orig) ? collect_ids(exc, ids)
                                              : PyList_Append(raised, exc);
        if (status < 0)
            return NULL;
    }
    if (raised == NULL || ids == NULL)
        return NULL;
    if (PySet_GET_SIZE(ids) > 0) {
        PyObject *rest = project(orig, ids);
        if (rest == NULL || PyList_GET_SIZE(raised) == 0)
            return rest;
        if (rest != Py_None && PyList_Append(raised, rest) < 0)
            return NULL;
    }
    if (PyList_GET_SIZE(raised) == 0)
        return Py_None;
    if (PyList_GET_SIZE(raised) == 1)
        return PyList_GET_ITEM(raised, 0);
    PyObject *args = PyTuple_Pack(2, PyUnicode_FromString(""), raised);
    return args == NULL ? NULL : PyObject_CallObject(PyExc_BaseExceptionGroup, args);
}

/* ------------------------------------------------------------------ raise */

static PyObject *
instantiate(PyObject *exc, const char *refusal)
{
    if (PyExceptionInstance_Check(exc))
        return exc;
    if (!PyExceptionClass_Check(exc)) {
        PyErr_SetString(PyExc_TypeError, refusal);
        return NULL;
    }
    PyObject *value = PyObject_CallNoArgs(exc);
    if (value != NULL && !PyExceptionInstance_Check(value)) {
        PyErr_Format(PyExc_TypeError, "calling %R should have returned an instance of BaseException, not %R",
                     exc, Py_TYPE(value));
        return NULL;
    }
    return value;
}

void
eval_raise(PyObject *exc, PyObject *cause)
{
    exc = instantiate(exc, "exceptions must derive from BaseException");
    if (exc == NULL)
        return;
    if (cause != NULL) {
        if (cause != Py_None &&
            (cause = instantiate(cause, "exception causes must derive from BaseException")) == NULL)
            return;
        PyException_SetCause(exc, cause == Py_None ? NULL : cause);
    }
    PyErr_SetObject((PyObject *)Py_TYPE(exc), exc);
}

/* 0: ts->exception is what is being handled; -1: another exception is set, since nothing is. */
int
eval_reraise_current(PyThreadState *ts)
{
    PyObject *exc = PyErr_GetHandledException();
    if (exc == NULL || exc == Py_None) {
        PyErr_SetString(PyExc_RuntimeError, "No active exception to reraise");
        return -1;
    }
    ts->exception = exc;
    return 0;
}

/* ------------------------------------------------------------------ with */

/* A special method, bound; NULL without an exception when the type lacks it. */
static PyObject *
special(PyObject *self, PyObject *name)
{
    PyObject *descr = _PyType_Lookup(Py_TYPE(self), name);
    if (descr == NULL)
        return NULL;
    descrgetfunc get = Py_TYPE(descr)->tp_descr_get;
    return get == NULL ? descr : get(descr, self, (PyObject *)Py_TYPE(self));
}

static int
enter(PyObject **sp, PyObject *enter_name, PyObject *exit_name, const char *kind)
{
    PyObject *manager = sp[-1], *enter_method = special(manager, enter_name), *exit_method;
    if (enter_method == NULL) {
        if (gcrt_ts->exception == NULL)
            PyErr_Format(PyExc_TypeError, "'%.200s' object does not support the %s protocol",
                         Py_TYPE(manager)->tp_name, kind);
        return -1;
    }
    exit_method = special(manager, exit_name);
    if (exit_method == NULL) {
        if (gcrt_ts->exception == NULL)
            PyErr_Format(PyExc_TypeError,
                         "'%.200s' object does not support the %s protocol (missed %U method)",
                         Py_TYPE(manager)->tp_name, kind, exit_name);
        return -1;
    }
    PyObject *value = PyObject_CallNoArgs(enter_method);
    if (value == NULL)
        return -1;
    sp[-1] = exit_method;
    sp[0] = value;
    return 0;
}

int
eval_before_with(PyObject **sp)
{
    return enter(sp, GCRT_NAME(__enter__), GCRT_NAME(__exit__), "context manager");
}

int
eval_before_async_with(PyObject **sp)
{
    return enter(sp, GCRT_NAME(__aenter__), GCRT_NAME(__aexit__), "asynchronous context manager");
}

PyObject *
eval_with_except_start(PyObject *exit, PyObject *exc)
{
    PyObject *tb = PyException_GetTraceback(exc);
    PyObject *args[4] = {NULL, (PyObject *)Py_TYPE(exc), exc, tb == NULL ? Py_None : tb};
    return PyObject_Vectorcall(exit, args + 1, 3 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
}
