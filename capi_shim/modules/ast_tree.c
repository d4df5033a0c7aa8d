/* ast_tree.c: syntax trees to and from the form in which they cross the boundary to the host. */
#include "ast_tree.h"

/* Nodes without fields and attributes (Load, Add, ...) are one object each, as the parser makes them. */
static PyObject *singletons;

static PyObject *
list_from_tree(PyObject *tree)
{
    PyObject *list = PyList_New(0);
    for (Py_ssize_t i = 0; list != NULL && i < PyList_GET_SIZE(tree); i++) {
        PyObject *item = ast_from_tree(PyList_GET_ITEM(tree, i));
        if (item == NULL || PyList_Append(list, item) < 0)
            return NULL;
    }
    return list;
}

/* Set node's attributes whose names are in cls.<which>; Ellipsis: not set. */
static int
set_values(PyObject *node, PyObject *cls, const char *which, PyObject *values)
{
    PyObject *names = PyObject_GetAttrString(cls, which);
    names = names != NULL ? PySequence_Tuple(names) : NULL;
    if (names == NULL)
        return -1;
    Py_ssize_t n = Py_MIN(PyTuple_GET_SIZE(names), PyTuple_GET_SIZE(values));
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *value = PyTuple_GET_ITEM(values, i);
        if (value == Py_Ellipsis)
            continue;
        value = ast_from_tree(value);
        if (value == NULL || PyObject_SetAttr(node, PyTuple_GET_ITEM(names, i), value) < 0)
            return -1;
    }
    return 0;
}

static PyObject *
node_from_tree(PyObject *tree)
{
    PyObject *ns = ast_namespace(), *name, *fields, *attributes, *node;
    if (ns == NULL || !PyArg_ParseTuple(tree, "UO!O!", &name, &PyTuple_Type, &fields, &PyTuple_Type, &attributes))
        return NULL;
    PyObject *cls = PyDict_GetItemWithError(ns, name);
    if (cls == NULL)
        return PyErr_Format(PyExc_SystemError, "the host's parser made an unknown node %R", name);
    int plain = PyTuple_GET_SIZE(fields) == 0 && PyTuple_GET_SIZE(attributes) == 0;
    if (singletons == NULL && (singletons = PyDict_New()) == NULL)
        return NULL;
    if (plain && (node = PyDict_GetItemWithError(singletons, name)) != NULL)
        return node;
    node = PyObject_CallNoArgs(cls);
    if (node == NULL || (plain && PyDict_SetItem(singletons, name, node) < 0) ||
        set_values(node, cls, "_fields", fields) < 0 || set_values(node, cls, "_attributes", attributes) < 0)
        return NULL;
    return node;
}

PyObject *
ast_from_tree(PyObject *tree)
{
    if (gcrt_enter_c(" during ast construction"))
        return NULL;
    if (PyTuple_CheckExact(tree))
        return PyTuple_GET_SIZE(tree) == 2 ? PyTuple_GET_ITEM(tree, 1) : node_from_tree(tree);
    return PyList_CheckExact(tree) ? list_from_tree(tree) : tree;
}

/* ------------------------------------------------------------------ to the host */

/* The node's class, or the nearest base that is the table's. */
static PyObject *
known_class(PyObject *node, PyObject **name)
{
    PyObject *ns = ast_namespace(), *mro = Py_TYPE(node)->tp_mro;
    for (Py_ssize_t i = 0; ns != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *cls = PyTuple_GET_ITEM(mro, i);
        *name = PyObject_GetAttr(cls, GCRT_NAME(__name__));
        if (*name == NULL)
            return NULL;
        if (PyDict_GetItemWithError(ns, *name) == cls)
            return cls;
    }
    return ns == NULL ? NULL : PyErr_Format(PyExc_TypeError, "expected some sort of AST node, but got %R", node);
}

static PyObject *
get_values(PyObject *node, PyObject *cls, const char *which)
{
    PyObject *names = PyObject_GetAttrString(cls, which), *value;
    names = names != NULL ? PySequence_Tuple(names) : NULL;
    PyObject *values = names != NULL ? PyList_New(0) : NULL;
    for (Py_ssize_t i = 0; values != NULL && i < PyTuple_GET_SIZE(names); i++) {
        if (_PyObject_LookupAttr(node, PyTuple_GET_ITEM(names, i), &value) < 0)
            return NULL;
        value = value != NULL ? ast_to_tree(value) : Py_Ellipsis;
        if (value == NULL || PyList_Append(values, value) < 0)
            return NULL;
    }
    return values == NULL ? NULL : PyList_AsTuple(values);
}

PyObject *
ast_to_tree(PyObject *op)
{
    if (gcrt_enter_c(" during compilation"))
        return NULL;
    if (PyList_Check(op)) {
        PyObject *list = PyList_New(0);
        for (Py_ssize_t i = 0; list != NULL && i < PyList_GET_SIZE(op); i++) {
            PyObject *item = ast_to_tree(PyList_GET_ITEM(op, i));
            if (item == NULL || PyList_Append(list, item) < 0)
                return NULL;
        }
        return list;
    }
    if (PyTuple_Check(op) || op == Py_Ellipsis)
        return Py_BuildValue("(sO)", "", op);
    if (!ast_check(op))
        return op;
    PyObject *name = NULL, *cls = known_class(op, &name);
    PyObject *fields = cls != NULL ? get_values(op, cls, "_fields") : NULL;
    PyObject *attributes = fields != NULL ? get_values(op, cls, "_attributes") : NULL;
    return attributes == NULL ? NULL : PyTuple_Pack(3, name, fields, attributes);
}
