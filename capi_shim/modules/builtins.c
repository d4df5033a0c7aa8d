/* builtins.c: the builtins module: its table, and the functions that only pass on to a protocol. */
#include "builtins.h"
#include "typeobject.h"

int
builtin_keywords(const char *function, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames,
                 const char *const *names, PyObject **values)
{
    Py_ssize_t n = 0;
    while (names[n] != NULL)
        values[n++] = NULL;
    if (nargs > n) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most %zd arguments (%zd given)", function, n, nargs);
        return -1;
    }
    for (Py_ssize_t i = 0; i < nargs; i++)
        values[i] = args[i];
    Py_ssize_t nkw = kwnames != NULL ? PyTuple_GET_SIZE(kwnames) : 0;
    for (Py_ssize_t k = 0; k < nkw; k++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, k);
        Py_ssize_t i = 0;
        while (i < n && (names[i][0] == '\0' || PyUnicode_CompareWithASCIIString(name, names[i]) != 0))
            i++;
        if (i == n) {
            PyErr_Format(PyExc_TypeError, "'%U' is an invalid keyword argument for %s()", name, function);
            return -1;
        }
        if (values[i] != NULL) {
            PyErr_Format(PyExc_TypeError, "argument for %s() given by name ('%U') and position (%zd)", function,
                         name, i + 1);
            return -1;
        }
        values[i] = args[nargs + k];
    }
    return 0;
}

/* ------------------------------------------------------------------ attributes and types */

static int
attribute_name(PyObject *name)
{
    if (PyUnicode_Check(name))
        return 0;
    PyErr_Format(PyExc_TypeError, "attribute name must be string, not '%.200s'", Py_TYPE(name)->tp_name);
    return -1;
}

static PyObject *
builtin_getattr(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *value;
    if (!_PyArg_CheckPositional("getattr", nargs, 2, 3) || attribute_name(args[1]) < 0)
        return NULL;
    if (nargs == 2)
        return PyObject_GetAttr(args[0], args[1]);
    if (_PyObject_LookupAttr(args[0], args[1], &value) < 0)
        return NULL;
    return value != NULL ? value : args[2];
}

static PyObject *
builtin_hasattr(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *value;
    if (!_PyArg_CheckPositional("hasattr", nargs, 2, 2) || attribute_name(args[1]) < 0 ||
        _PyObject_LookupAttr(args[0], args[1], &value) < 0)
        return NULL;
    return value != NULL ? Py_True : Py_False;
}

static PyObject *
builtin_setattr(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("setattr", nargs, 3, 3) || PyObject_SetAttr(args[0], args[1], args[2]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
builtin_delattr(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("delattr", nargs, 2, 2) || PyObject_SetAttr(args[0], args[1], NULL) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
builtin_isinstance(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("isinstance", nargs, 2, 2))
        return NULL;
    if ((PyObject *)Py_TYPE(args[0]) == args[1])
        Py_RETURN_TRUE;
    int result = PyObject_IsInstance(args[0], args[1]);
    return result < 0 ? NULL : PyBool_FromLong(result);
}

static PyObject *
builtin_issubclass(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("issubclass", nargs, 2, 2))
        return NULL;
    int result = PyObject_IsSubclass(args[0], args[1]);
    return result < 0 ? NULL : PyBool_FromLong(result);
}

static PyObject *
builtin_callable(PyObject *Py_UNUSED(self), PyObject *arg)
{
    return PyBool_FromLong(PyCallable_Check(arg));
}

static PyObject *
builtin_id(PyObject *Py_UNUSED(self), PyObject *arg)
{
    return PyLong_FromVoidPtr(arg);
}

static PyObject *
builtin_dir(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("dir", nargs, 0, 1))
        return NULL;
    return PyObject_Dir(nargs > 0 ? args[0] : NULL);
}

static PyObject *
builtin_vars(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *dict;
    if (!_PyArg_CheckPositional("vars", nargs, 0, 1))
        return NULL;
    if (nargs == 0)
        return builtin_locals(self, NULL);
    if (_PyObject_LookupAttr(args[0], GCRT_NAME(__dict__), &dict) < 0)
        return NULL;
    if (dict == NULL)
        PyErr_SetString(PyExc_TypeError, "vars() argument must have __dict__ attribute");
    return dict;
}

/* ------------------------------------------------------------------ numbers */

static PyObject *
builtin_abs(PyObject *Py_UNUSED(self), PyObject *arg)
{
    return PyNumber_Absolute(arg);
}

static PyObject *
builtin_divmod(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    return _PyArg_CheckPositional("divmod", nargs, 2, 2) ? PyNumber_Divmod(args[0], args[1]) : NULL;
}

static PyObject *
builtin_pow(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"base", "exp", "mod", NULL};
    PyObject *v[3];
    if (builtin_keywords("pow", args, nargs, kwnames, names, v) < 0)
        return NULL;
    for (int i = 0; i < 2; i++)
        if (v[i] == NULL)
            return PyErr_Format(PyExc_TypeError, "pow() missing required argument '%s' (pos %d)", names[i], i + 1);
    return PyNumber_Power(v[0], v[1], v[2] != NULL ? v[2] : Py_None);
}

static PyObject *
builtin_round(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"number", "ndigits", NULL};
    PyObject *v[2];
    if (builtin_keywords("round", args, nargs, kwnames, names, v) < 0)
        return NULL;
    if (v[0] == NULL)
        return PyErr_Format(PyExc_TypeError, "round() missing required argument 'number' (pos 1)");
    int has_digits = v[1] != NULL && v[1] != Py_None;
    PyObject *result = type_call_special(v[0], GCRT_NAME(__round__), v + 1, has_digits);
    if (result == NULL && gcrt_ts->exception == NULL)
        PyErr_Format(PyExc_TypeError, "type %.100s doesn't define __round__ method", Py_TYPE(v[0])->tp_name);
    return result;
}

static PyObject *
builtin_bin(PyObject *Py_UNUSED(self), PyObject *arg)
{
    return PyNumber_ToBase(arg, 2);
}

static PyObject *
builtin_oct(PyObject *Py_UNUSED(self), PyObject *arg)
{
    return PyNumber_ToBase(arg, 8);
}

static PyObject *
builtin_hex(PyObject *Py_UNUSED(self), PyObject *arg)
{
    return PyNumber_ToBase(arg, 16);
}

static PyObject *
builtin_hash(PyObject *Py_UNUSED(self), PyObject *arg)
{
    Py_hash_t hash = PyObject_Hash(arg);
    return hash == -1 ? NULL : PyLong_FromSsize_t(hash);
}

/* ------------------------------------------------------------------ text */

static PyObject *
builtin_chr(PyObject *Py_UNUSED(self), PyObject *arg)
{
    int overflow;
    PyObject *index = PyNumber_Index(arg);
    if (index == NULL)
        return NULL;
    long value = PyLong_AsLongAndOverflow(index, &overflow);
    if (overflow != 0 || value != (int)value)
        return PyErr_Format(PyExc_OverflowError, overflow < 0 || value < 0
                                                     ? "Python int too large to convert to C int"
                                                     : "Python int too large to convert to C int");
    return PyUnicode_FromOrdinal((int)value);
}

static PyObject *
builtin_ord(PyObject *Py_UNUSED(self), PyObject *arg)
{
    Py_ssize_t n;
    if (PyUnicode_Check(arg)) {
        n = PyUnicode_GET_LENGTH(arg);
        if (n == 1)
            return gcrt_int(PyUnicode_READ_CHAR(arg, 0));
    } else if (PyBytes_Check(arg)) {
        n = PyBytes_GET_SIZE(arg);
        if (n == 1)
            return gcrt_int((unsigned char)PyBytes_AS_STRING(arg)[0]);
    } else if (PyByteArray_Check(arg)) {
        n = PyByteArray_GET_SIZE(arg);
        if (n == 1)
            return gcrt_int((unsigned char)PyByteArray_AS_STRING(arg)[0]);
    } else
        return PyErr_Format(PyExc_TypeError, "ord() expected string of length 1, but %.200s found",
                            Py_TYPE(arg)->tp_name);
    return PyErr_Format(PyExc_TypeError, "ord() expected a character, but string of length %zd found", n);
}

static PyObject *
builtin_ascii(PyObject *Py_UNUSED(self), PyObject *arg)
{
    return PyObject_ASCII(arg);
}

static PyObject *
builtin_repr(PyObject *Py_UNUSED(self), PyObject *arg)
{
    return PyObject_Repr(arg);
}

static PyObject *
builtin_format(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("format", nargs, 1, 2))
        return NULL;
    if (nargs > 1 && !PyUnicode_Check(args[1]))
        return PyErr_Format(PyExc_TypeError, "format() argument 2 must be str, not %.50s", Py_TYPE(args[1])->tp_name);
    return PyObject_Format(args[0], nargs > 1 ? args[1] : NULL);
}

static PyObject *
builtin_len(PyObject *Py_UNUSED(self), PyObject *arg)
{
    Py_ssize_t n = PyObject_Size(arg);
    return n < 0 ? NULL : PyLong_FromSsize_t(n);
}

/* ------------------------------------------------------------------ the module */

#define FAST(f) _PyCFunction_CAST(f), METH_FASTCALL
#define KEYWORDS(f) _PyCFunction_CAST(f), METH_FASTCALL | METH_KEYWORDS
/* A docstring with the signature that inspect reads, where there is one. */
#define DOC(name, parameters, text) name "($module, " parameters ")\n--\n\n" text
static PyMethodDef builtin_methods[] = {
    {"__build_class__", KEYWORDS(builtin_build_class), "What a class statement calls."},
    {"__import__", KEYWORDS(builtin_import), "What an import statement calls."},
    {"abs", builtin_abs, METH_O, DOC("abs", "x, /", "Absolute value of a number.")},
    {"aiter", builtin_aiter, METH_O,
     DOC("aiter", "async_iterable, /", "Asynchronous iterator of an asynchronous iterable.")},
    {"all", builtin_all, METH_O,
     DOC("all", "iterable, /", "True if every item is true; True for an empty iterable.")},
    {"anext", FAST(builtin_anext), "Awaitable of the next item of an asynchronous iterator."},
    {"any", builtin_any, METH_O,
     DOC("any", "iterable, /", "True if some item is true; False for an empty iterable.")},
    {"ascii", builtin_ascii, METH_O, DOC("ascii", "obj, /", "repr with other characters than ASCII escaped.")},
    {"bin", builtin_bin, METH_O, DOC("bin", "number, /", "Binary text of an int.")},
    {"breakpoint", KEYWORDS(builtin_breakpoint), "Call sys.breakpointhook."},
    {"callable", builtin_callable, METH_O, DOC("callable", "obj, /", "Can it be called?")},
    {"chr", builtin_chr, METH_O, DOC("chr", "i, /", "The character of a code point.")},
    {"compile", KEYWORDS(builtin_compile),
     DOC("compile", "/, source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1",
         "Compile source text to a code object.")},
    {"delattr", FAST(builtin_delattr), DOC("delattr", "obj, name, /", "del object.name")},
    {"dir", FAST(builtin_dir), "Sorted names of an object's attributes, or of the local names."},
    {"divmod", FAST(builtin_divmod), DOC("divmod", "x, y, /", "(x // y, x % y)")},
    {"eval", FAST(builtin_eval), DOC("eval", "source, globals=None, locals=None, /", "Value of an expression.")},
    {"exec", KEYWORDS(builtin_exec),
     DOC("exec", "source, globals=None, locals=None, /, *, closure=None", "Run statements.")},
    {"format", FAST(builtin_format), DOC("format", "value, format_spec='', /", "value.__format__(spec)")},
    {"getattr", FAST(builtin_getattr), "object.name, or the default."},
    {"globals", builtin_globals, METH_NOARGS, DOC("globals", "/", "The module's namespace.")},
    {"hasattr", FAST(builtin_hasattr), DOC("hasattr", "obj, name, /", "Does the object have that attribute?")},
    {"hash", builtin_hash, METH_O, DOC("hash", "obj, /", "Hash value: equal objects have equal ones.")},
    {"hex", builtin_hex, METH_O, DOC("hex", "number, /", "Hexadecimal text of an int.")},
    {"id", builtin_id, METH_O, DOC("id", "obj, /", "A number that no other object has at the same time.")},
    {"input", FAST(builtin_input), DOC("input", "prompt='', /", "Read a line from standard input.")},
    {"isinstance", FAST(builtin_isinstance),
     DOC("isinstance", "obj, class_or_tuple, /", "Is the object an instance of the class or of one of them?")},
    {"issubclass", FAST(builtin_issubclass),
     DOC("issubclass", "cls, class_or_tuple, /", "Is the class derived from the class or from one of them?")},
    {"iter", FAST(builtin_iter), "Iterator of an iterable; iter(callable, sentinel)."},
    {"len", builtin_len, METH_O, DOC("len", "obj, /", "Number of items.")},
    {"locals", builtin_locals, METH_NOARGS, DOC("locals", "/", "The local namespace.")},
    {"max", KEYWORDS(builtin_max), "The largest item."},
    {"min", KEYWORDS(builtin_min), "The smallest item."},
    {"next", FAST(builtin_next), "The iterator's next item, or the default."},
    {"oct", builtin_oct, METH_O, DOC("oct", "number, /", "Octal text of an int.")},
    {"ord", builtin_ord, METH_O, DOC("ord", "c, /", "Code point of a character.")},
    {"pow", KEYWORDS(builtin_pow), DOC("pow", "/, base, exp, mod=None", "base ** exp, or base ** exp % mod.")},
    {"print", KEYWORDS(builtin_print),
     DOC("print", "/, *args, sep=' ', end='\\n', file=None, flush=False", "Write the objects' text to a file.")},
    {"repr", builtin_repr, METH_O, DOC("repr", "obj, /", "Text that shows what the object is.")},
    {"round", KEYWORDS(builtin_round),
     DOC("round", "/, number, ndigits=None", "The number rounded to ndigits places.")},
    {"setattr", FAST(builtin_setattr), DOC("setattr", "obj, name, value, /", "object.name = value")},
    {"sorted", KEYWORDS(builtin_sorted),
     DOC("sorted", "iterable, /, *, key=None, reverse=False", "A sorted list of the items.")},
    {"sum", KEYWORDS(builtin_sum), DOC("sum", "iterable, /, start=0", "start plus all items.")},
    {"vars", FAST(builtin_vars), "object.__dict__, or the local names."},
    {0},
};

static PyModuleDef builtins_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "builtins",
    .m_doc = "Functions, types and exceptions that need no import.",
    .m_size = -1,
    .m_methods = builtin_methods,
};

static int
add_types(PyObject *dict)
{
    static PyTypeObject *const types[] = {
        &PyBool_Type,     &PyMemoryView_Type,  &PyByteArray_Type, &PyBytes_Type,      &PyClassMethod_Type,
        &PyComplex_Type,  &PyDict_Type,        &PyEnum_Type,      &PyFilter_Type,     &PyFloat_Type,
        &PyFrozenSet_Type, &PyProperty_Type,   &PyLong_Type,      &PyList_Type,       &PyMap_Type,
        &PyBaseObject_Type, &PyRange_Type,     &PyReversed_Type,  &PySet_Type,        &PySlice_Type,
        &PyStaticMethod_Type, &PyUnicode_Type, &PySuper_Type,     &PyTuple_Type,      &PyType_Type,
        &PyZip_Type,
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(types); i++)
        if (PyDict_SetItemString(dict, types[i]->tp_name, (PyObject *)types[i]) < 0)
            return -1;
    return 0;
}

static int
add_constants(PyObject *dict)
{
    if (PyDict_SetItemString(dict, "None", Py_None) < 0 ||
        PyDict_SetItemString(dict, "Ellipsis", Py_Ellipsis) < 0 ||
        PyDict_SetItemString(dict, "NotImplemented", Py_NotImplemented) < 0 ||
        PyDict_SetItemString(dict, "False", Py_False) < 0 || PyDict_SetItemString(dict, "True", Py_True) < 0)
        return -1;
    int debug = gcrt_interp.config == NULL || gcrt_interp.config->optimize == 0;
    return PyDict_SetItemString(dict, "__debug__", debug ? Py_True : Py_False);
}

PyObject *
builtins_init(void)
{
    PyObject *module = PyModule_Create(&builtins_def);
    if (module == NULL)
        return NULL;
    PyObject *dict = PyModule_GetDict(module);
    gcrt_interp.builtins = dict;
    if (add_constants(dict) < 0 || add_types(dict) < 0 || exceptions_add_to(dict) < 0 ||
        builtins_add_site(dict) < 0 || PyDict_SetItem(gcrt_interp.modules, GCRT_NAME(builtins), module) < 0)
        return NULL;
    gcrt_interp.import_func = PyDict_GetItemString(dict, "__import__");
    return module;
}
