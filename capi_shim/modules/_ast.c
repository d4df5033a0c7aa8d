/* _ast.c: the classes of syntax trees.  They are ordinary heap types, made from the generated table when
 * the module is imported. */
#include "ast_tree.h"
#include "structmember.h"

/* fields, optional, attributes: names with blanks between; optional ones are None on the class. */
typedef struct {
    const char *name, *base, *fields, *optional, *attributes;
} ast_class;
static const ast_class ast_classes[] = {
#define AST_NODE(name, base, fields, optional, attributes) {#name, base, fields, optional, attributes},
#include "ast_nodes.h"
#undef AST_NODE
};

typedef struct {
    PyObject_HEAD
    PyObject *dict;
} ast_object;

static PyObject *namespace, *fields_name, *attributes_name;

/* ------------------------------------------------------------------ AST, the base of all */

static PyObject *
node_fields(PyObject *self)
{
    PyObject *fields = PyObject_GetAttr((PyObject *)Py_TYPE(self), fields_name);
    return fields == NULL ? NULL : PySequence_Tuple(fields);
}

static int
ast_type_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    PyObject *fields = node_fields(self), *key, *value;
    Py_ssize_t n = PyTuple_GET_SIZE(args), pos = 0;
    if (fields == NULL)
        return -1;
    Py_ssize_t count = PyTuple_GET_SIZE(fields);
    if (n > count) {
        PyErr_Format(PyExc_TypeError, "%.400s constructor takes at most %zd positional argument%s",
                     Py_TYPE(self)->tp_name, count, count == 1 ? "" : "s");
        return -1;
    }
    for (Py_ssize_t i = 0; i < n; i++)
        if (PyObject_SetAttr(self, PyTuple_GET_ITEM(fields, i), PyTuple_GET_ITEM(args, i)) < 0)
            return -1;
    while (kwds != NULL && PyDict_Next(kwds, &pos, &key, &value)) {
        for (Py_ssize_t i = 0; i < n; i++)
            if (PyUnicode_Compare(key, PyTuple_GET_ITEM(fields, i)) == 0) {
                PyErr_Format(PyExc_TypeError, "%.400s got multiple values for argument %R", Py_TYPE(self)->tp_name,
                             key);
                return -1;
            }
        if (PyObject_SetAttr(self, key, value) < 0)
            return -1;
    }
    return 0;
}

static PyObject *
ast_type_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwds))
{
    return type->tp_alloc(type, 0);
}

static PyObject *
ast_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *dict = ((ast_object *)self)->dict;
    if (dict == NULL)
        return Py_BuildValue("O()", (PyObject *)Py_TYPE(self));
    return Py_BuildValue("O()O", (PyObject *)Py_TYPE(self), dict);
}

static PyMethodDef ast_methods[] = {
    {"__reduce__", ast_reduce, METH_NOARGS, NULL},
    {0},
};

static PyGetSetDef ast_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {0},
};

static PyTypeObject ast_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "ast.AST",
    .tp_basicsize = sizeof(ast_object),
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_setattro = PyObject_GenericSetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_methods = ast_methods,
    .tp_getset = ast_getset,
    .tp_dictoffset = offsetof(ast_object, dict),
    .tp_init = ast_type_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = ast_type_new,
};

int
ast_check(PyObject *op)
{
    return namespace != NULL && PyObject_TypeCheck(op, &ast_type);
}

/* ------------------------------------------------------------------ the classes */

/* The words of a list as a tuple of interned strings. */
static PyObject *
names_tuple(const char *words)
{
    PyObject *list = PyList_New(0);
    while (list != NULL && *words != '\0') {
        size_t length = strcspn(words, " ");
        PyObject *name = PyUnicode_FromStringAndSize(words, (Py_ssize_t)length);
        if (name == NULL)
            return NULL;
        PyUnicode_InternInPlace(&name);
        if (PyList_Append(list, name) < 0)
            return NULL;
        words += length + (words[length] == ' ');
    }
    return list == NULL ? NULL : PyList_AsTuple(list);
}

static int
set_all(PyObject *dict, PyObject *names, PyObject *value)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++)
        if (PyDict_SetItem(dict, PyTuple_GET_ITEM(names, i), value) < 0)
            return -1;
    return 0;
}

static int
make_class(PyObject *ns, const ast_class *c)
{
    static PyObject *module;
    PyObject *base = PyDict_GetItemString(ns, c->base), *dict = PyDict_New();
    PyObject *fields = names_tuple(c->fields), *optional = names_tuple(c->optional);
    PyObject *attributes = names_tuple(c->attributes);
    if (module == NULL && (module = PyUnicode_InternFromString("ast")) == NULL)
        return -1;
    if (base == NULL || dict == NULL || fields == NULL || optional == NULL || attributes == NULL ||
        PyDict_SetItem(dict, fields_name, fields) < 0 ||
        PyDict_SetItem(dict, GCRT_NAME(__match_args__), fields) < 0 ||
        PyDict_SetItem(dict, GCRT_NAME(__module__), module) < 0 || set_all(dict, optional, Py_None) < 0)
        return -1;
    /* A direct child of AST has attributes of its own, if only none. */
    int own = c->attributes[0] != '\0' || strcmp(c->base, "AST") == 0;
    if (own && PyDict_SetItem(dict, attributes_name, attributes) < 0)
        return -1;
    PyObject *cls = PyObject_CallFunction((PyObject *)&PyType_Type, "s(O)O", c->name, base, dict);
    return cls == NULL ? -1 : PyDict_SetItemString(ns, c->name, cls);
}

PyObject *
ast_namespace(void)
{
    if (namespace != NULL)
        return namespace;
    PyObject *ns = PyDict_New(), *none = PyTuple_New(0);
    fields_name = PyUnicode_InternFromString("_fields");
    attributes_name = PyUnicode_InternFromString("_attributes");
    if (ns == NULL || none == NULL || fields_name == NULL || attributes_name == NULL || PyType_Ready(&ast_type) < 0 ||
        PyDict_SetItem(ast_type.tp_dict, fields_name, none) < 0 ||
        PyDict_SetItem(ast_type.tp_dict, attributes_name, none) < 0 ||
        PyDict_SetItem(ast_type.tp_dict, GCRT_NAME(__match_args__), none) < 0 ||
        PyDict_SetItemString(ns, "AST", (PyObject *)&ast_type) < 0)
        return NULL;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(ast_classes); i++)
        if (make_class(ns, &ast_classes[i]) < 0)
            return NULL;
    namespace = ns;
    return ns;
}

static PyModuleDef ast_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_ast",
    .m_doc = "Classes of syntax trees.",
    .m_size = -1,
};

PyObject *
PyInit__ast(void)
{
    PyObject *m = PyModule_Create(&ast_def), *ns = ast_namespace();
    if (m == NULL || ns == NULL || PyDict_Update(PyModule_GetDict(m), ns) < 0 ||
        PyModule_AddIntConstant(m, "PyCF_ONLY_AST", PyCF_ONLY_AST) < 0 ||
        PyModule_AddIntConstant(m, "PyCF_TYPE_COMMENTS", PyCF_TYPE_COMMENTS) < 0 ||
        PyModule_AddIntConstant(m, "PyCF_ALLOW_TOP_LEVEL_AWAIT", PyCF_ALLOW_TOP_LEVEL_AWAIT) < 0)
        return NULL;
    return m;
}
