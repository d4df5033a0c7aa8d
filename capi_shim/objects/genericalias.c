/* genericalias.c: types.GenericAlias: list[int] (PEP 585, PEP 646). */
#include "callable.h"
#include "container.h"
#include "typeobject.h"

typedef struct {
    PyObject_HEAD
    PyObject *origin, *args, *parameters, *weakreflist;
    vectorcallfunc vectorcall;
    int starred;                 /* *tuple[int, ...] */
} alias;

static void
alias_trace(PyObject *self, size_t size, gc_tracer *t)
{
    alias *a = (alias *)self;
    (void)size;
    gc_visit(t, (uintptr_t)a->origin);
    gc_visit(t, (uintptr_t)a->args);
    gc_visit(t, (uintptr_t)a->parameters);
}

/* ---- type variables */

static int
append_unique(PyObject *list, PyObject *item)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        if (PyList_GET_ITEM(list, i) == item)
            return 0;
    }
    return PyList_Append(list, item);
}

static int
collect_parameters(PyObject *list, PyObject *item)
{
    PyObject *found;
    if (PyType_Check(item))
        return 0;
    if (_PyObject_LookupAttr(item, GCRT_NAME(__typing_subst__), &found) < 0)
        return -1;
    if (found != NULL)
        return append_unique(list, item);
    if (_PyObject_LookupAttr(item, GCRT_NAME(__parameters__), &found) < 0)
        return -1;
    if (found == NULL || !PyTuple_Check(found))
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(found); i++) {
        if (append_unique(list, PyTuple_GET_ITEM(found, i)) < 0)
            return -1;
    }
    return 0;
}

PyObject *
genericalias_parameters(PyObject *args)
{
    PyObject *list = PyList_New(0);
    for (Py_ssize_t i = 0; list != NULL && i < PyTuple_GET_SIZE(args); i++) {
        if (collect_parameters(list, PyTuple_GET_ITEM(args, i)) < 0)
            return NULL;
    }
    return list == NULL ? NULL : PyList_AsTuple(list);
}

static Py_ssize_t
index_of(PyObject *tuple, PyObject *item)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); i++) {
        if (PyTuple_GET_ITEM(tuple, i) == item)
            return i;
    }
    return -1;
}

/* arg[...] with this substitution's values for arg's own parameters. */
static PyObject *
substitute_nested(PyObject *arg, PyObject *parameters, PyObject *values)
{
    PyObject *own;
    if (_PyObject_LookupAttr(arg, GCRT_NAME(__parameters__), &own) < 0)
        return NULL;
    if (own == NULL || !PyTuple_Check(own) || PyTuple_GET_SIZE(own) == 0)
        return arg;
    PyObject *list = PyList_New(0);
    for (Py_ssize_t i = 0; list != NULL && i < PyTuple_GET_SIZE(own); i++) {
        PyObject *parameter = PyTuple_GET_ITEM(own, i);
        Py_ssize_t at = index_of(parameters, parameter);
        PyObject *value = at < 0 ? parameter : PyTuple_GET_ITEM(values, at);
        PyObject *variadic;
        if (_PyObject_LookupAttr(parameter, GCRT_NAME(__typing_is_unpacked_typevartuple__), &variadic) < 0)
            return NULL;
        if (at >= 0 && PyTuple_Check(value) && Py_TYPE(parameter)->tp_iter != NULL) {
            if (PyList_SetSlice(list, PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, value) < 0)
                return NULL;
        }
        else if (PyList_Append(list, value) < 0) {
            return NULL;
        }
    }
    PyObject *tuple = list == NULL ? NULL : PyList_AsTuple(list);
    return tuple == NULL ? NULL : PyObject_GetItem(arg, tuple);
}

static int
is_unpacked(PyObject *arg)
{
    PyObject *flag;
    if (PyType_Check(arg))
        return 0;
    int found = _PyObject_LookupAttr(arg, GCRT_NAME(__typing_is_unpacked_typevartuple__), &flag);
    return found <= 0 ? found : PyObject_IsTrue(flag);
}

/* What was written between the brackets, as a tuple: *tuple[int, str] stands for int, str; *tuple[int, ...], of
 * unknown length, for itself. */
static PyObject *
unpack_values(PyObject *item)
{
    PyObject *values = PyTuple_Check(item) ? item : PyTuple_Pack(1, item), *list = PyList_New(0);
    for (Py_ssize_t i = 0; values != NULL && list != NULL && i < PyTuple_GET_SIZE(values); i++) {
        PyObject *value = PyTuple_GET_ITEM(values, i), *inner = NULL;
        if (!PyType_Check(value)
            && _PyObject_LookupAttr(value, GCRT_NAME(__typing_unpacked_tuple_args__), &inner) < 0)
            return NULL;
        Py_ssize_t n = inner != NULL && PyTuple_Check(inner) ? PyTuple_GET_SIZE(inner) : -1;
        int known = n >= 0 && (n == 0 || PyTuple_GET_ITEM(inner, n - 1) != Py_Ellipsis);
        if ((known ? PyList_SetSlice(list, PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, inner) : PyList_Append(list, value)) < 0)
            return NULL;
    }
    return values == NULL || list == NULL ? NULL : PyList_AsTuple(list);
}

/* Let each parameter normalise the values (defaults, *Ts): they see the whole list. */
static PyObject *
prepare_values(PyObject *self, PyObject *parameters, PyObject *item)
{
    PyObject *values = unpack_values(item);
    for (Py_ssize_t i = 0; values != NULL && i < PyTuple_GET_SIZE(parameters); i++) {
        PyObject *prepare;
        if (_PyObject_LookupAttr(PyTuple_GET_ITEM(parameters, i), GCRT_NAME(__typing_prepare_subst__),
                                 &prepare) < 0)
            return NULL;
        if (prepare == NULL || prepare == Py_None)
            continue;
        PyObject *prepared = PyObject_CallFunctionObjArgs(prepare, self, values, NULL);
        if (prepared == NULL)
            return NULL;
        values = PyTuple_Check(prepared) ? prepared : PyTuple_Pack(1, prepared);
    }
    return values;
}

PyObject *
genericalias_substitute(PyObject *self, PyObject *args, PyObject *parameters, PyObject *item)
{
    Py_ssize_t n = PyTuple_GET_SIZE(parameters);
    if (n == 0) {
        PyErr_Format(PyExc_TypeError, "%R is not a generic class", self);
        return NULL;
    }
    PyObject *values = prepare_values(self, parameters, item), *list = PyList_New(0);
    if (values == NULL || list == NULL)
        return NULL;
    if (PyTuple_GET_SIZE(values) != n) {
        PyErr_Format(PyExc_TypeError, "Too %s arguments for %R; actual %zd, expected %zd",
                     PyTuple_GET_SIZE(values) > n ? "many" : "few", self, PyTuple_GET_SIZE(values), n);
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        PyObject *arg = PyTuple_GET_ITEM(args, i), *method = NULL, *fresh;
        int unpack = is_unpacked(arg);
        if (unpack < 0 || (!PyType_Check(arg)
                           && _PyObject_LookupAttr(arg, GCRT_NAME(__typing_subst__), &method) < 0))
            return NULL;
        if (PyType_Check(arg)) {
            fresh = arg;
        }
        else if (method != NULL) {
            Py_ssize_t at = index_of(parameters, arg);
            fresh = PyObject_CallOneArg(method, PyTuple_GET_ITEM(values, at < 0 ? 0 : at));
        }
        else {
            fresh = substitute_nested(arg, parameters, values);
        }
        if (fresh == NULL)
            return NULL;
        int failed = unpack && PyTuple_Check(fresh) ? PyList_SetSlice(list, PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, fresh)
                                                    : PyList_Append(list, fresh);
        if (failed < 0)
            return NULL;
    }
    return PyList_AsTuple(list);
}

/* ---- text */

PyObject *
genericalias_repr_item(PyObject *item)
{
    PyObject *origin, *args, *name, *module;
    if (item == Py_Ellipsis)
        return PyUnicode_FromString("...");
    if (_PyObject_LookupAttr(item, GCRT_NAME(__origin__), &origin) < 0
        || (origin != NULL && _PyObject_LookupAttr(item, GCRT_NAME(__args__), &args) < 0))
        return NULL;
    if (origin != NULL && args != NULL)
        return PyObject_Repr(item);
    if (_PyObject_LookupAttr(item, GCRT_NAME(__qualname__), &name) < 0)
        return NULL;
    if (name == NULL)
        return PyObject_Repr(item);
    if (_PyObject_LookupAttr(item, GCRT_NAME(__module__), &module) < 0)
        return NULL;
    if (module == NULL || module == Py_None)
        return PyObject_Repr(item);
    if (PyUnicode_Check(module) && _PyUnicode_Equal(module, GCRT_NAME(builtins)))
        return PyObject_Str(name);
    return PyUnicode_FromFormat("%S.%S", module, name);
}

static PyObject *
repr_part(PyObject *item)
{
    if (!PyList_Check(item))
        return genericalias_repr_item(item);
    PyObject *parts = PyList_New(0);
    for (Py_ssize_t i = 0; parts != NULL && i < PyList_GET_SIZE(item); i++) {
        PyObject *text = genericalias_repr_item(PyList_GET_ITEM(item, i));
        if (text == NULL || PyList_Append(parts, text) < 0)
            return NULL;
    }
    PyObject *comma = parts == NULL ? NULL : PyUnicode_FromString(", ");
    PyObject *joined = comma == NULL ? NULL : PyUnicode_Join(comma, parts);
    return joined == NULL ? NULL : PyUnicode_FromFormat("[%U]", joined);
}

static PyObject *
alias_repr(PyObject *self)
{
    alias *a = (alias *)self;
    PyObject *origin = genericalias_repr_item(a->origin), *parts = PyList_New(0), *joined;
    if (origin == NULL || parts == NULL)
        return NULL;
    if (gcrt_enter_c(" while getting the repr of an object"))
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(a->args); i++) {
        PyObject *text = repr_part(PyTuple_GET_ITEM(a->args, i));
        if (text == NULL || PyList_Append(parts, text) < 0)
            return NULL;
    }
    if (PyList_GET_SIZE(parts) == 0) {
        joined = PyUnicode_FromString("()");
    }
    else {
        PyObject *comma = PyUnicode_FromString(", ");
        joined = comma == NULL ? NULL : PyUnicode_Join(comma, parts);
    }
    return joined == NULL ? NULL : PyUnicode_FromFormat("%s%U[%U]", a->starred ? "*" : "", origin, joined);
}

/* ---- attributes: the origin's, but for a few */

static int
is_own(PyObject *name)
{
    static const char *const own[] = {"__class__", "__origin__", "__args__", "__unpacked__", "__parameters__",
                                      "__typing_unpacked_tuple_args__", "__mro_entries__", "__reduce_ex__",
                                      "__reduce__", "__copy__", "__deepcopy__"};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(own); i++) {
        if (_PyUnicode_EqualToASCIIString(name, own[i]))
            return 1;
    }
    return 0;
}

static PyObject *
alias_getattro(PyObject *self, PyObject *name)
{
    if (PyUnicode_Check(name) && !is_own(name)) {
        /* Dunder names of ours (e.g. __getitem__ by the type) are found on the type, not here. */
        return PyObject_GetAttr(((alias *)self)->origin, name);
    }
    return PyObject_GenericGetAttr(self, name);
}

static Py_hash_t
alias_hash(PyObject *self)
{
    alias *a = (alias *)self;
    Py_hash_t x = PyObject_Hash(a->origin);
    Py_hash_t y = x == -1 ? -1 : PyObject_Hash(a->args);
    if (y == -1)
        return -1;
    x ^= y;
    return x == -1 ? -2 : x;
}

static PyObject *
alias_richcompare(PyObject *x, PyObject *y, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyObject_TypeCheck(x, &Py_GenericAliasType)
        || !PyObject_TypeCheck(y, &Py_GenericAliasType))
        return Py_NotImplemented;
    alias *a = (alias *)x, *b = (alias *)y;
    int same = a->starred == b->starred;
    if (same)
        same = PyObject_RichCompareBool(a->origin, b->origin, Py_EQ);
    if (same > 0)
        same = PyObject_RichCompareBool(a->args, b->args, Py_EQ);
    return same < 0 ? NULL : PyBool_FromLong(same == (op == Py_EQ));
}

/* An instance of list[int] remembers that, where it can. */
static PyObject *
tag_instance(PyObject *self, PyObject *obj)
{
    if (obj == NULL || gcrt_is_immediate(obj))
        return obj;
    if (PyObject_SetAttr(obj, GCRT_NAME(__orig_class__), self) < 0) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError) && !PyErr_ExceptionMatches(PyExc_TypeError))
            return NULL;
        PyErr_Clear();
    }
    return obj;
}

static PyObject *
alias_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    return tag_instance(self, PyObject_Vectorcall(((alias *)self)->origin, args, nargsf, kwnames));
}

static PyObject *
make_alias(PyTypeObject *type, PyObject *origin, PyObject *args)
{
    if (!PyTuple_Check(args)) {
        args = PyTuple_Pack(1, args);
        if (args == NULL)
            return NULL;
    }
    alias *a = (alias *)type->tp_alloc(type, 0);
    if (a == NULL)
        return NULL;
    a->origin = origin;
    a->args = args;
    a->vectorcall = alias_vectorcall;
    return (PyObject *)a;
}

PyObject *
Py_GenericAlias(PyObject *origin, PyObject *args)
{
    return make_alias(&Py_GenericAliasType, origin, args);
}

static PyObject *
alias_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    PyObject *origin, *arguments;
    if (!_PyArg_NoKeywords("GenericAlias", kwds)
        || !PyArg_UnpackTuple(args, "GenericAlias", 2, 2, &origin, &arguments))
        return NULL;
    return make_alias(type, origin, arguments);
}

static PyObject *
get_parameters(PyObject *self, void *closure)
{
    alias *a = (alias *)self;
    (void)closure;
    if (a->parameters == NULL) {
        PyObject *parameters = genericalias_parameters(a->args);
        if (parameters == NULL)
            return NULL;
        gc_store(a, &a->parameters, parameters);
    }
    return a->parameters;
}

static PyObject *
get_unpacked_args(PyObject *self, void *closure)
{
    alias *a = (alias *)self;
    (void)closure;
    return a->starred && a->origin == (PyObject *)&PyTuple_Type ? a->args : Py_None;
}

static PyObject *
alias_getitem(PyObject *self, PyObject *item)
{
    alias *a = (alias *)self;
    PyObject *parameters = get_parameters(self, NULL);
    PyObject *args = parameters == NULL ? NULL : genericalias_substitute(self, a->args, parameters, item);
    PyObject *result = args == NULL ? NULL : Py_GenericAlias(a->origin, args);
    if (result != NULL)
        ((alias *)result)->starred = a->starred;
    return result;
}

static PyObject *
alias_mro_entries(PyObject *self, PyObject *bases)
{
    (void)bases;
    return PyTuple_Pack(1, ((alias *)self)->origin);
}

static PyObject *
alias_instancecheck(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    PyErr_SetString(PyExc_TypeError, "isinstance() argument 2 cannot be a parameterized generic");
    return NULL;
}

static PyObject *
alias_subclasscheck(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    PyErr_SetString(PyExc_TypeError, "issubclass() argument 2 cannot be a parameterized generic");
    return NULL;
}

static PyObject *
alias_reduce(PyObject *self, PyObject *unused)
{
    alias *a = (alias *)self;
    (void)unused;
    if (a->starred) {
        PyObject *builtins = PyEval_GetBuiltins();
        PyObject *next = builtins == NULL ? NULL : PyMapping_GetItemString(builtins, "next");
        PyObject *plain = next == NULL ? NULL : Py_GenericAlias(a->origin, a->args);
        PyObject *it = plain == NULL ? NULL : PyObject_GetIter(plain);
        return it == NULL ? NULL : Py_BuildValue("N(N)", next, it);
    }
    return Py_BuildValue("O(OO)", Py_TYPE(self), a->origin, a->args);
}

static PyObject *
alias_dir(PyObject *self, PyObject *unused)
{
    static const char *const own[] = {"__origin__", "__args__", "__parameters__", "__mro_entries__",
                                      "__reduce_ex__", "__reduce__", "__copy__", "__deepcopy__",
                                      "__unpacked__", "__typing_unpacked_tuple_args__", "__class__"};
    (void)unused;
    PyObject *names = PyObject_Dir(((alias *)self)->origin);
    for (size_t i = 0; names != NULL && i < Py_ARRAY_LENGTH(own); i++) {
        PyObject *name = PyUnicode_FromString(own[i]);
        int known = name == NULL ? -1 : PySequence_Contains(names, name);
        if (known < 0 || (known == 0 && PyList_Append(names, name) < 0))
            return NULL;
    }
    return names;
}

/* ---- iteration: for `*tuple[int, ...]`, one starred copy */

typedef struct {
    PyObject_HEAD
    PyObject *alias;
} alias_iter;

static void
iter_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((alias_iter *)self)->alias);
}

static PyObject *
iter_next(PyObject *self)
{
    alias *a = (alias *)((alias_iter *)self)->alias;
    if (a == NULL)
        return NULL;
    PyObject *starred = Py_GenericAlias(a->origin, a->args);
    if (starred != NULL)
        ((alias *)starred)->starred = 1;
    ((alias_iter *)self)->alias = NULL;
    return starred;
}

static PyObject *
iter_reduce(PyObject *self, PyObject *unused)
{
    PyObject *a = ((alias_iter *)self)->alias, *iter = container_builtin("iter");
    (void)unused;
    if (iter == NULL)
        return NULL;
    return a != NULL ? Py_BuildValue("O(O)", iter, a) : Py_BuildValue("O(())", iter);
}

static PyMethodDef iter_methods[] = {
    {"__reduce__", iter_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject alias_iter_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "generic_alias_iterator",
    .tp_basicsize = sizeof(alias_iter),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iter_next,
    .tp_methods = iter_methods,
    .gcrt_trace = iter_trace,
};

static PyObject *
alias_iterate(PyObject *self)
{
    if (PyType_Ready(&alias_iter_type) < 0)
        return NULL;
    alias_iter *it = (alias_iter *)gcrt_new(&alias_iter_type, sizeof(alias_iter));
    if (it != NULL)
        it->alias = self;
    return (PyObject *)it;
}

static PyMethodDef alias_methods[] = {
    {"__mro_entries__", alias_mro_entries, METH_O, NULL},
    {"__instancecheck__", alias_instancecheck, METH_O, NULL},
    {"__subclasscheck__", alias_subclasscheck, METH_O, NULL},
    {"__reduce__", alias_reduce, METH_NOARGS, NULL},
    {"__dir__", alias_dir, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef alias_members[] = {
    {"__origin__", _Py_T_OBJECT, offsetof(alias, origin), Py_READONLY, NULL},
    {"__args__", _Py_T_OBJECT, offsetof(alias, args), Py_READONLY, NULL},
    {"__unpacked__", Py_T_BOOL, offsetof(alias, starred), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyGetSetDef alias_getsets[] = {
    {"__parameters__", get_parameters, NULL, NULL, NULL},
    {"__typing_unpacked_tuple_args__", get_unpacked_args, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyNumberMethods alias_as_number = {.nb_or = union_or};
static PyMappingMethods alias_as_mapping = {.mp_subscript = alias_getitem};

PyTypeObject Py_GenericAliasType = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "types.GenericAlias",
    .tp_basicsize = sizeof(alias),
    .tp_vectorcall_offset = offsetof(alias, vectorcall),
    .tp_repr = alias_repr,
    .tp_as_number = &alias_as_number,
    .tp_as_mapping = &alias_as_mapping,
    .tp_hash = alias_hash,
    .tp_call = PyVectorcall_Call,
    .tp_getattro = alias_getattro,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_doc = "Represent a PEP 585 generic type\n\nE.g. for t = list[int], t.__origin__ is list and t.__args__ "
              "is (int,).",
    .tp_richcompare = alias_richcompare,
    .tp_weaklistoffset = offsetof(alias, weakreflist),
    .tp_iter = alias_iterate,
    .tp_methods = alias_methods,
    .tp_members = alias_members,
    .tp_getset = alias_getsets,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = alias_new,
    .gcrt_trace = alias_trace,
};
