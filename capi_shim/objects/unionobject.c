/* unionobject.c: types.UnionType: X | Y. */
#include "typeobject.h"

typedef struct {
    PyObject_HEAD
    PyObject *args;              /* tuple without duplicates, flattened */
    PyObject *parameters;        /* tuple of type variables, made on demand */
} union_object;

static void
union_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((union_object *)self)->args);
    gc_visit(t, (uintptr_t)((union_object *)self)->parameters);
}

static int
is_union(PyObject *op)
{
    return Py_IS_TYPE(op, &gcrt_union_type);
}

/* Subclasses count: collections.abc.Callable[...] is one. */
static int
is_alias(PyObject *op)
{
    return PyObject_TypeCheck(op, &Py_GenericAliasType);
}

static int
unionable(PyObject *op)
{
    return op == Py_None || PyType_Check(op) || is_alias(op) || is_union(op);
}

static int
add_unique(PyObject *list, PyObject *item)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *known = PyList_GET_ITEM(list, i);
        int same = known == item;
        if (!same && is_alias(known) && is_alias(item))
            same = PyObject_RichCompareBool(known, item, Py_EQ);
        if (same != 0)
            return same < 0 ? -1 : 0;
    }
    return PyList_Append(list, item);
}

static int
add_members(PyObject *list, PyObject *op)
{
    if (!is_union(op))
        return add_unique(list, op == Py_None ? (PyObject *)&_PyNone_Type : op);
    PyObject *args = ((union_object *)op)->args;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        if (add_unique(list, PyTuple_GET_ITEM(args, i)) < 0)
            return -1;
    }
    return 0;
}

static PyObject *
make_union(PyObject *list)
{
    if (PyList_GET_SIZE(list) == 1)
        return PyList_GET_ITEM(list, 0);
    union_object *u = (union_object *)gcrt_new(&gcrt_union_type, sizeof(union_object));
    if (u == NULL || (u->args = PyList_AsTuple(list)) == NULL)
        return NULL;
    return (PyObject *)u;
}

PyObject *
union_or(PyObject *a, PyObject *b)
{
    if (!unionable(a) || !unionable(b))
        return Py_NotImplemented;
    PyObject *list = PyList_New(0);
    if (list == NULL || add_members(list, a) < 0 || add_members(list, b) < 0)
        return NULL;
    return make_union(list);
}

static PyObject *
union_repr(PyObject *self)
{
    PyObject *args = ((union_object *)self)->args, *parts = PyList_New(0);
    for (Py_ssize_t i = 0; parts != NULL && i < PyTuple_GET_SIZE(args); i++) {
        PyObject *item = PyTuple_GET_ITEM(args, i);
        PyObject *text = item == (PyObject *)&_PyNone_Type ? PyUnicode_FromString("None")
                                                           : genericalias_repr_item(item);
        if (text == NULL || PyList_Append(parts, text) < 0)
            return NULL;
    }
    PyObject *bar = parts == NULL ? NULL : PyUnicode_FromString(" | ");
    return bar == NULL ? NULL : PyUnicode_Join(bar, parts);
}

static Py_hash_t
union_hash(PyObject *self)
{
    PyObject *set = PyFrozenSet_New(((union_object *)self)->args);
    return set == NULL ? -1 : PyObject_Hash(set);
}

static PyObject *
union_richcompare(PyObject *a, PyObject *b, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !is_union(a) || !is_union(b))
        return Py_NotImplemented;
    PyObject *x = PySet_New(((union_object *)a)->args), *y = PySet_New(((union_object *)b)->args);
    return x == NULL || y == NULL ? NULL : PyObject_RichCompare(x, y, op);
}

static int
refuse_generics(PyObject *args, const char *function)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        if (is_alias(PyTuple_GET_ITEM(args, i))) {
            PyErr_Format(PyExc_TypeError, "%s() argument 2 cannot be a parameterized generic", function);
            return -1;
        }
    }
    return 0;
}

static PyObject *
check_members(PyObject *self, PyObject *op, int (*test)(PyObject *, PyObject *), const char *name)
{
    PyObject *args = ((union_object *)self)->args;
    if (refuse_generics(args, name) < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        PyObject *cls = PyTuple_GET_ITEM(args, i);
        if (!PyType_Check(cls))
            continue;
        int answer = test(op, cls);
        if (answer != 0)
            return answer < 0 ? NULL : Py_True;
    }
    return Py_False;
}

static PyObject *
union_instancecheck(PyObject *self, PyObject *op)
{
    return check_members(self, op, PyObject_IsInstance, "isinstance");
}

static PyObject *
union_subclasscheck(PyObject *self, PyObject *op)
{
    if (!PyType_Check(op)) {
        PyErr_SetString(PyExc_TypeError, "issubclass() arg 1 must be a class");
        return NULL;
    }
    return check_members(self, op, PyObject_IsSubclass, "issubclass");
}

static PyObject *
get_parameters(PyObject *self, void *closure)
{
    union_object *u = (union_object *)self;
    (void)closure;
    if (u->parameters == NULL) {
        PyObject *parameters = genericalias_parameters(u->args);
        if (parameters == NULL)
            return NULL;
        gc_store(u, &u->parameters, parameters);
    }
    return u->parameters;
}

static PyObject *
union_getitem(PyObject *self, PyObject *item)
{
    PyObject *parameters = get_parameters(self, NULL);
    PyObject *args = parameters == NULL
                         ? NULL
                         : genericalias_substitute(self, ((union_object *)self)->args, parameters, item);
    if (args == NULL)
        return NULL;
    if (PyTuple_GET_SIZE(args) == 0) {
        PyErr_SetString(PyExc_TypeError, "Cannot take a Union of no types");
        return NULL;
    }
    PyObject *result = PyTuple_GET_ITEM(args, 0);
    for (Py_ssize_t i = 1; result != NULL && i < PyTuple_GET_SIZE(args); i++)
        result = PyNumber_Or(result, PyTuple_GET_ITEM(args, i));
    return result;
}

static PyObject *
union_getattro(PyObject *self, PyObject *name)
{
    if (PyUnicode_Check(name) && _PyUnicode_EqualToASCIIString(name, "__module__"))
        return PyObject_GetAttr((PyObject *)Py_TYPE(self), name);
    return PyObject_GenericGetAttr(self, name);
}

static PyMethodDef union_methods[] = {
    {"__instancecheck__", union_instancecheck, METH_O, NULL},
    {"__subclasscheck__", union_subclasscheck, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef union_members[] = {
    {"__args__", _Py_T_OBJECT, offsetof(union_object, args), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyGetSetDef union_getsets[] = {
    {"__parameters__", get_parameters, NULL, "Type variables in the types.UnionType.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyNumberMethods union_as_number = {.nb_or = union_or};
static PyMappingMethods union_as_mapping = {.mp_subscript = union_getitem};

PyTypeObject gcrt_union_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "types.UnionType",
    .tp_basicsize = sizeof(union_object),
    .tp_repr = union_repr,
    .tp_as_number = &union_as_number,
    .tp_as_mapping = &union_as_mapping,
    .tp_hash = union_hash,
    .tp_getattro = union_getattro,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "Represent a PEP 604 union type\n\nE.g. for int | str",
    .tp_richcompare = union_richcompare,
    .tp_methods = union_methods,
    .tp_members = union_members,
    .tp_getset = union_getsets,
    .gcrt_trace = union_trace,
};
