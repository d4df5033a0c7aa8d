/* _operator_getters.c: itemgetter, attrgetter and methodcaller: callables that fetch from their argument. */
#include "_operator.h"

#include "list.h"
#include "tuple.h"

/* Layout of the three.  names: the items or attributes in turn; for a methodcaller the arguments. */
typedef struct {
    PyObject_HEAD
    PyObject *names;               /* tuple */
    PyObject *extra;               /* attrgetter: tuple of split names; methodcaller: the method's name */
    PyObject *kwargs;              /* methodcaller: dict or NULL */
    vectorcallfunc vectorcall;
} getter_object;

static PyObject *
getter_bad_call(const char *name, Py_ssize_t n)
{
    return PyErr_Format(PyExc_TypeError, "%s expected 1 argument, got %zd", name, n);
}

static int
getter_check_call(const char *name, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    if (!_PyArg_NoKwnames(name, kwnames))
        return 0;
    if (n != 1)
        getter_bad_call(name, n);
    return n == 1;
}

/* ------------------------------------------------------------------ itemgetter */

static inline PyObject *
get_item(PyObject *op, PyObject *key)
{
    if (gcrt_is_int(key)) {
        Py_ssize_t i = (Py_ssize_t)gcrt_int_value(key);
        if (PyTuple_CheckExact(op) && (size_t)i < (size_t)PyTuple_GET_SIZE(op))
            return PyTuple_GET_ITEM(op, i);
        if (PyList_CheckExact(op) && (size_t)i < (size_t)PyList_GET_SIZE(op))
            return PyList_GET_ITEM(op, i);
    }
    return PyObject_GetItem(op, key);
}

static PyObject *
itemgetter_vectorcall(PyObject *op, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *names = ((getter_object *)op)->names;
    if (!getter_check_call("itemgetter", nargsf, kwnames))
        return NULL;
    Py_ssize_t n = PyTuple_GET_SIZE(names);
    if (n == 1)
        return get_item(args[0], PyTuple_GET_ITEM(names, 0));
    PyObject *result = PyTuple_New(n);
    for (Py_ssize_t i = 0; result != NULL && i < n; i++) {
        PyObject *item = get_item(args[0], PyTuple_GET_ITEM(names, i));
        if (item == NULL)
            return NULL;
        PyTuple_SET_ITEM(result, i, item);
    }
    return result;
}

static PyObject *
itemgetter_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (container_refuse_keywords("itemgetter", kwargs))
        return NULL;
    if (PyTuple_GET_SIZE(args) == 0) {
        PyErr_SetString(PyExc_TypeError, "itemgetter expected 1 argument, got 0");
        return NULL;
    }
    getter_object *self = (getter_object *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->names = args;
    self->vectorcall = itemgetter_vectorcall;
    return (PyObject *)self;
}

/* name(repr of each) */
static PyObject *
getter_repr(PyObject *op)
{
    int entered = container_repr_enter(op);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromFormat("%s(...)", Py_TYPE(op)->tp_name) : NULL;
    PyObject *names = ((getter_object *)op)->names;
    PyObject *text = container_repr(names, "(", ")");
    container_repr_leave(op);
    return text == NULL ? NULL : PyUnicode_FromFormat("%s%U", Py_TYPE(op)->tp_name, text);
}

static PyObject *
getter_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    return Py_BuildValue("OO", Py_TYPE(op), ((getter_object *)op)->names);
}

static PyMethodDef getter_methods[] = {
    {"__reduce__", getter_reduce, METH_NOARGS, "State for copying and pickling."},
    {NULL, NULL, 0, NULL},
};

/* ------------------------------------------------------------------ attrgetter */

/* "a.b.c" as a tuple of interned parts. */
static PyObject *
split_name(PyObject *name)
{
    PyObject *dot = PyUnicode_FromString(".");
    PyObject *parts = dot == NULL ? NULL : PyUnicode_Split(name, dot, -1);
    if (parts == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(parts); i++)
        PyUnicode_InternInPlace(&PyList_GET_ITEM(parts, i));
    return PyList_AsTuple(parts);
}

static PyObject *
get_attr(PyObject *op, PyObject *parts)
{
    for (Py_ssize_t i = 0; op != NULL && i < PyTuple_GET_SIZE(parts); i++)
        op = PyObject_GetAttr(op, PyTuple_GET_ITEM(parts, i));
    return op;
}

static PyObject *
attrgetter_vectorcall(PyObject *op, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *paths = ((getter_object *)op)->extra;
    if (!getter_check_call("attrgetter", nargsf, kwnames))
        return NULL;
    Py_ssize_t n = PyTuple_GET_SIZE(paths);
    if (n == 1)
        return get_attr(args[0], PyTuple_GET_ITEM(paths, 0));
    PyObject *result = PyTuple_New(n);
    for (Py_ssize_t i = 0; result != NULL && i < n; i++) {
        PyObject *value = get_attr(args[0], PyTuple_GET_ITEM(paths, i));
        if (value == NULL)
            return NULL;
        PyTuple_SET_ITEM(result, i, value);
    }
    return result;
}

static PyObject *
attrgetter_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (container_refuse_keywords("attrgetter", kwargs))
        return NULL;
    if (n == 0) {
        PyErr_SetString(PyExc_TypeError, "attrgetter expected 1 argument, got 0");
        return NULL;
    }
    PyObject *paths = PyTuple_New(n);
    for (Py_ssize_t i = 0; paths != NULL && i < n; i++) {
        if (!PyUnicode_Check(PyTuple_GET_ITEM(args, i))) {
            PyErr_SetString(PyExc_TypeError, "attribute name must be a string");
            return NULL;
        }
        PyObject *path = split_name(PyTuple_GET_ITEM(args, i));
        if (path == NULL)
            return NULL;
        PyTuple_SET_ITEM(paths, i, path);
    }
    getter_object *self = paths == NULL ? NULL : (getter_object *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->names = args;
    self->extra = paths;
    self->vectorcall = attrgetter_vectorcall;
    return (PyObject *)self;
}

/* ------------------------------------------------------------------ methodcaller */

static PyObject *
methodcaller_vectorcall(PyObject *op, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    getter_object *self = (getter_object *)op;
    if (!getter_check_call("methodcaller", nargsf, kwnames))
        return NULL;
    Py_ssize_t n = PyTuple_GET_SIZE(self->names);
    if (self->kwargs == NULL && n <= 4) {
        PyObject *stack[5] = {args[0]};
        memcpy(stack + 1, &PyTuple_GET_ITEM(self->names, 0), (size_t)n * sizeof *stack);
        return PyObject_VectorcallMethod(self->extra, stack, (size_t)n + 1, NULL);
    }
    PyObject *method = PyObject_GetAttr(args[0], self->extra);
    return method == NULL ? NULL : PyObject_Call(method, self->names, self->kwargs);
}

static PyObject *
methodcaller_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (n < 1) {
        PyErr_SetString(PyExc_TypeError, "methodcaller needs at least one argument, the method name");
        return NULL;
    }
    PyObject *name = PyTuple_GET_ITEM(args, 0);
    if (!PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_TypeError, "method name must be a string");
        return NULL;
    }
    PyObject *rest = PyTuple_GetSlice(args, 1, n);
    getter_object *self = rest == NULL ? NULL : (getter_object *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    PyUnicode_InternInPlace(&name);
    self->names = rest;
    self->extra = name;
    self->vectorcall = methodcaller_vectorcall;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0 && (self->kwargs = PyDict_Copy(kwargs)) == NULL)
        return NULL;
    return (PyObject *)self;
}

/* The name and the positional arguments, each by its repr, then key=repr. */
static PyObject *
methodcaller_repr(PyObject *op)
{
    getter_object *self = (getter_object *)op;
    int entered = container_repr_enter(op);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromFormat("%s(...)", Py_TYPE(op)->tp_name) : NULL;
    PyObject *text = PyUnicode_FromFormat("%s(%R", Py_TYPE(op)->tp_name, self->extra), *key, *value;
    for (Py_ssize_t i = 0; text != NULL && i < PyTuple_GET_SIZE(self->names); i++)
        text = PyUnicode_FromFormat("%U, %R", text, PyTuple_GET_ITEM(self->names, i));
    for (Py_ssize_t pos = 0; text != NULL && self->kwargs != NULL && PyDict_Next(self->kwargs, &pos, &key, &value);)
        text = PyUnicode_FromFormat("%U, %U=%R", text, key, value);
    container_repr_leave(op);
    return text == NULL ? NULL : PyUnicode_FromFormat("%U)", text);
}

static PyObject *
methodcaller_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    getter_object *self = (getter_object *)op;
    PyObject *name = PyTuple_Pack(1, self->extra);
    if (name == NULL)
        return NULL;
    if (self->kwargs == NULL)
        return Py_BuildValue("ON", Py_TYPE(op), PySequence_Concat(name, self->names));
    PyObject *partial = _PyImport_GetModuleAttrString("functools", "partial");
    PyObject *args = partial == NULL ? NULL : PyTuple_Pack(2, Py_TYPE(op), self->extra);
    PyObject *maker = args == NULL ? NULL : PyObject_Call(partial, args, self->kwargs);
    return maker == NULL ? NULL : Py_BuildValue("NO", maker, self->names);
}

static PyMethodDef methodcaller_methods[] = {
    {"__reduce__", methodcaller_reduce, METH_NOARGS, "State for copying and pickling."},
    {NULL, NULL, 0, NULL},
};

/* ------------------------------------------------------------------ types */

#define GETTER_TYPE(symbol, name, new_function, repr_function, method_table, documentation)             \
    PyTypeObject symbol = {                                                                             \
        PyVarObject_HEAD_INIT(&PyType_Type, 0)                                                          \
        .tp_name = name,                                                                                \
        .tp_basicsize = sizeof(getter_object),                                                          \
        .tp_vectorcall_offset = offsetof(getter_object, vectorcall),                                    \
        .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,               \
        .tp_doc = documentation,                                                                        \
        .tp_repr = repr_function,                                                                       \
        .tp_call = PyVectorcall_Call,                                                                   \
        .tp_methods = method_table,                                                                     \
        .tp_new = new_function,                                                                         \
        .gcrt_trace = container_trace_words,                                                            \
    }
GETTER_TYPE(operator_itemgetter_type, "operator.itemgetter", itemgetter_new, getter_repr, getter_methods,
            "itemgetter(item, /, *items)\n--\n\nA callable that fetches these items of its argument.");
GETTER_TYPE(operator_attrgetter_type, "operator.attrgetter", attrgetter_new, getter_repr, getter_methods,
            "attrgetter(attr, /, *attrs)\n--\n\nA callable that fetches these attributes of its argument.");
GETTER_TYPE(operator_methodcaller_type, "operator.methodcaller", methodcaller_new, methodcaller_repr,
            methodcaller_methods,
            "methodcaller(name, /, *args, **kwargs)\n--\n\nA callable that calls this method of its argument.");
