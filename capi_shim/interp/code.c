/* code.c: the code type.  What CPython's code objects show is kept as it came; the decoded form is made
 * on the first call (decode.c). */
#include "interp.h"
#include "structmember.h"

static void
trace(PyObject *self, size_t size, gc_tracer *t)
{
    PyCodeObject *c = (PyCodeObject *)self;
    (void)size;
    const void *words[] = {c->insns, c->handlers, c->offsets, c->attr_sites, c->co_consts, c->co_names,
                           c->co_localsplusnames, c->co_localspluskinds, c->co_filename, c->co_name,
                           c->co_qualname, c->co_linetable, c->co_exceptiontable, c->co_code,
                           c->co_weakreflist};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(words); i++)
        gc_visit(t, (uintptr_t)words[i]);
}

/* ------------------------------------------------------------------ making */

static int
check_spec(const code_spec *s)
{
    int good = PyBytes_CheckExact(s->code) && PyTuple_CheckExact(s->consts) &&
               PyTuple_CheckExact(s->names) && PyTuple_CheckExact(s->localsplusnames) &&
               PyBytes_CheckExact(s->localspluskinds) && PyUnicode_Check(s->filename) &&
               PyUnicode_Check(s->name) && PyUnicode_Check(s->qualname) && PyBytes_Check(s->linetable) &&
               PyBytes_Check(s->exceptiontable);
    int64_t params = (int64_t)s->argcount + s->kwonlyargcount + ((s->flags & CO_VARARGS) != 0) +
                     ((s->flags & CO_VARKEYWORDS) != 0);
    good = good && s->argcount >= 0 && s->posonlyargcount >= 0 && s->posonlyargcount <= s->argcount &&
           s->kwonlyargcount >= 0 && s->stacksize >= 0 && s->stacksize < 1 << 24 &&
           params <= PyTuple_GET_SIZE(s->localsplusnames) &&
           PyTuple_GET_SIZE(s->localsplusnames) == PyBytes_GET_SIZE(s->localspluskinds) &&
           PyBytes_GET_SIZE(s->code) % 2 == 0;
    for (int which = 0; good && which < 2; which++) {
        PyObject *names = which ? s->names : s->localsplusnames;
        for (Py_ssize_t i = 0; good && i < PyTuple_GET_SIZE(names); i++)
            good = PyUnicode_Check(PyTuple_GET_ITEM(names, i));
    }
    if (!good)
        PyErr_SetString(PyExc_ValueError, "code: bad argument");
    return good ? 0 : -1;
}

/* The caches compare names by address. */
static PyObject *
interned(PyObject *names)
{
    Py_ssize_t n = PyTuple_GET_SIZE(names);
    PyObject *copy = PyTuple_New(n);
    for (Py_ssize_t i = 0; copy != NULL && i < n; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        PyUnicode_InternInPlace(&name);
        PyTuple_SET_ITEM(copy, i, name);
    }
    return copy;
}

static void
derive(PyCodeObject *c)
{
    uint32_t n = (uint32_t)PyTuple_GET_SIZE(c->co_localsplusnames);
    c->n_localsplus = n;
    c->n_params = (uint32_t)(c->co_argcount + c->co_kwonlyargcount) + ((c->co_flags & CO_VARARGS) != 0) +
                  ((c->co_flags & CO_VARKEYWORDS) != 0);
    /* Two spare slots: a method and its self are looked at as a pair, and handlers push two. */
    c->frame_slots = n + (uint32_t)c->co_stacksize + 2;
    c->consts = &PyTuple_GET_ITEM(c->co_consts, 0);
    c->simple_args = c->co_kwonlyargcount == 0 && !(c->co_flags & (CO_VARARGS | CO_VARKEYWORDS));
    for (uint32_t i = 0; i < n; i++) {
        int kind = code_kind_of(c, i);
        c->co_nlocals += (kind & CODE_LOCAL) != 0;
        c->co_ncellvars += (kind & CODE_CELL) != 0;
        c->co_nfreevars += (kind & CODE_FREE) != 0;
        if (i < c->n_params && (kind & CODE_CELL))
            c->simple_args = 0;
    }
}

PyCodeObject *
code_new(const code_spec *s)
{
    static uint32_t versions;
    if (check_spec(s) < 0)
        return NULL;
    PyCodeObject *c = (PyCodeObject *)gcrt_new(&PyCode_Type, sizeof *c);
    if (c == NULL || (c->co_names = interned(s->names)) == NULL ||
        (c->co_localsplusnames = interned(s->localsplusnames)) == NULL)
        return NULL;
    c->co_flags = s->flags;
    c->co_argcount = s->argcount;
    c->co_posonlyargcount = s->posonlyargcount;
    c->co_kwonlyargcount = s->kwonlyargcount;
    c->co_stacksize = s->stacksize;
    c->co_firstlineno = s->firstlineno;
    c->co_code = s->code;
    c->co_consts = s->consts;
    c->co_localspluskinds = s->localspluskinds;
    c->co_filename = s->filename;
    c->co_name = s->name;
    c->co_qualname = s->qualname;
    c->co_linetable = s->linetable;
    c->co_exceptiontable = s->exceptiontable;
    PyUnicode_InternInPlace(&c->co_name);
    PyUnicode_InternInPlace(&c->co_qualname);
    c->version = ++versions;
    derive(c);
    return c;
}

/* Names of variables, cells and free variables become CPython 3.11's one list with kinds. */
static int
join_locals(code_spec *s, PyObject *varnames, PyObject *freevars, PyObject *cellvars)
{
    PyObject *names = PyList_New(0);
    PyObject *groups[3] = {varnames, cellvars, freevars};
    static const char kinds_of[3] = {CODE_LOCAL, CODE_CELL, (char)CODE_FREE};
    Py_ssize_t total = 0;
    for (int g = 0; g < 3; g++) {
        if (!PyTuple_Check(groups[g])) {
            PyErr_SetString(PyExc_TypeError, "code: name tuples must be tuples");
            return -1;
        }
        total += PyTuple_GET_SIZE(groups[g]);
    }
    char *kinds = PyMem_Calloc((size_t)total + 1, 1);
    int result = -1;
    if (names == NULL || kinds == NULL)
        goto done;
    for (int g = 0; g < 3; g++) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(groups[g]); i++) {
            PyObject *name = PyTuple_GET_ITEM(groups[g], i);
            Py_ssize_t at = g == 1 ? PySequence_Index(names, name) : -1;
            if (at < 0) {
                PyErr_Clear();
                at = PyList_GET_SIZE(names);
                if (PyList_Append(names, name) < 0)
                    goto done;
            }
            kinds[at] |= kinds_of[g];
        }
    }
    s->localsplusnames = PyList_AsTuple(names);
    s->localspluskinds = PyBytes_FromStringAndSize(kinds, PyList_GET_SIZE(names));
    result = s->localsplusnames != NULL && s->localspluskinds != NULL ? 0 : -1;
done:
    PyMem_Free(kinds);
    return result;
}

PyCodeObject *
PyCode_NewWithPosOnlyArgs(int argcount, int posonlyargcount, int kwonlyargcount, int nlocals, int stacksize,
                          int flags, PyObject *code, PyObject *consts, PyObject *names, PyObject *varnames,
                          PyObject *freevars, PyObject *cellvars, PyObject *filename, PyObject *name,
                          PyObject *qualname, int firstlineno, PyObject *linetable, PyObject *exceptiontable)
{
    code_spec s = {.argcount = argcount, .posonlyargcount = posonlyargcount,
                   .kwonlyargcount = kwonlyargcount, .stacksize = stacksize, .flags = flags,
                   .firstlineno = firstlineno, .code = code, .consts = consts, .names = names,
                   .filename = filename, .name = name, .qualname = qualname, .linetable = linetable,
                   .exceptiontable = exceptiontable};
    if (PyTuple_Check(varnames) && nlocals != PyTuple_GET_SIZE(varnames)) {
        PyErr_SetString(PyExc_ValueError, "code: co_nlocals != len(co_varnames)");
        return NULL;
    }
    return join_locals(&s, varnames, freevars, cellvars) < 0 ? NULL : code_new(&s);
}

PyCodeObject *
PyCode_New(int argcount, int kwonlyargcount, int nlocals, int stacksize, int flags, PyObject *code,
           PyObject *consts, PyObject *names, PyObject *varnames, PyObject *freevars, PyObject *cellvars,
           PyObject *filename, PyObject *name, PyObject *qualname, int firstlineno, PyObject *linetable,
           PyObject *exceptiontable)
{
    return PyCode_NewWithPosOnlyArgs(argcount, 0, kwonlyargcount, nlocals, stacksize, flags, code, consts,
                                     names, varnames, freevars, cellvars, filename, name, qualname,
                                     firstlineno, linetable, exceptiontable);
}

PyCodeObject *
PyCode_NewEmpty(const char *filename, const char *funcname, int firstlineno)
{
    /* RESUME 0; LOAD_ASSERTION_ERROR; RAISE_VARARGS 1: it is never run. */
    static const char code[] = {(char)151, 0, 74, 0, (char)130, 1};
    /* One entry: line delta 0, no columns, for the three instructions. */
    static const char lines[] = {(char)(0x80 | 13 << 3 | 2), 0};
    PyObject *none = PyTuple_New(0), *empty = PyBytes_FromStringAndSize(NULL, 0);
    code_spec s = {.stacksize = 1, .flags = CO_OPTIMIZED | CO_NEWLOCALS, .firstlineno = firstlineno,
                   .consts = none, .names = none, .localsplusnames = none, .localspluskinds = empty,
                   .exceptiontable = empty};
    s.code = PyBytes_FromStringAndSize(code, sizeof code);
    s.linetable = PyBytes_FromStringAndSize(lines, sizeof lines);
    s.filename = PyUnicode_DecodeFSDefault(filename);
    s.name = s.qualname = PyUnicode_FromString(funcname);
    if (none == NULL || empty == NULL || s.code == NULL || s.linetable == NULL || s.filename == NULL ||
        s.name == NULL)
        return NULL;
    return code_new(&s);
}

/* ------------------------------------------------------------------ attributes */

PyObject *
code_names_of_kind(PyCodeObject *code, int kind)
{
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list != NULL && i < code->n_localsplus; i++)
        if ((code_kind_of(code, i) & kind) &&
            PyList_Append(list, PyTuple_GET_ITEM(code->co_localsplusnames, i)) < 0)
            return NULL;
    return list == NULL ? NULL : PyList_AsTuple(list);
}

PyObject *
PyCode_GetVarnames(PyCodeObject *code)
{
    return code_names_of_kind(code, CODE_LOCAL);
}

PyObject *
PyCode_GetCellvars(PyCodeObject *code)
{
    return code_names_of_kind(code, CODE_CELL);
}

PyObject *
PyCode_GetFreevars(PyCodeObject *code)
{
    return code_names_of_kind(code, CODE_FREE);
}

PyObject *
PyCode_GetCode(PyCodeObject *code)
{
    return code->co_code;
}

static PyObject *
get_names(PyObject *self, void *kind)
{
    return code_names_of_kind((PyCodeObject *)self, (int)(intptr_t)kind);
}

/* The table of 3.9 and before: pairs (bytes, lines), made on demand for those who still read it. */
static PyObject *
get_lnotab(PyObject *self, void *ignored)
{
    PyCodeObject *code = (PyCodeObject *)self;
    PyObject *result = PyBytes_FromStringAndSize(NULL, 0);
    code_location it;
    int bytes = 0, line = code->co_firstlineno;
    (void)ignored;
    code_locations(code, &it);
    while (result != NULL && code_next_location(&it)) {
        if (it.line < 0 || it.line == line)
            continue;
        int delta_bytes = it.start - bytes, delta = it.line - line;
        bytes = it.start;
        line = it.line;
        while (delta_bytes > 0 || delta != 0) {
            int b = delta_bytes > 255 ? 255 : delta_bytes;
            int d = delta_bytes > 255 ? 0 : delta > 127 ? 127 : delta < -128 ? -128 : delta;
            char pair[2] = {(char)b, (char)d};
            PyBytes_ConcatAndDel(&result, PyBytes_FromStringAndSize(pair, 2));
            if (result == NULL)
                return NULL;
            delta_bytes -= b;
            delta -= d;
        }
    }
    return result;
}

static PyGetSetDef getset[] = {
    {"co_varnames", get_names, NULL, NULL, (void *)(intptr_t)CODE_LOCAL},
    {"co_cellvars", get_names, NULL, NULL, (void *)(intptr_t)CODE_CELL},
    {"co_freevars", get_names, NULL, NULL, (void *)(intptr_t)CODE_FREE},
    {"co_lnotab", get_lnotab, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

#define MEMBER(name, type) {#name, type, offsetof(PyCodeObject, name), Py_READONLY, NULL}
static PyMemberDef members[] = {
    MEMBER(co_argcount, Py_T_INT),
    MEMBER(co_posonlyargcount, Py_T_INT),
    MEMBER(co_kwonlyargcount, Py_T_INT),
    MEMBER(co_stacksize, Py_T_INT),
    MEMBER(co_flags, Py_T_INT),
    MEMBER(co_nlocals, Py_T_INT),
    MEMBER(co_firstlineno, Py_T_INT),
    MEMBER(co_code, _Py_T_OBJECT),
    MEMBER(co_consts, _Py_T_OBJECT),
    MEMBER(co_names, _Py_T_OBJECT),
    MEMBER(co_filename, _Py_T_OBJECT),
    MEMBER(co_name, _Py_T_OBJECT),
    MEMBER(co_qualname, _Py_T_OBJECT),
    MEMBER(co_linetable, _Py_T_OBJECT),
    MEMBER(co_exceptiontable, _Py_T_OBJECT),
    {"_co_code_adaptive", _Py_T_OBJECT, offsetof(PyCodeObject, co_code), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

/* ------------------------------------------------------------------ replace, repr, comparing */

typedef struct {
    const char *name;
    PyObject **object;
    int *number;
} replacement;

static int
replace_one(const replacement *table, PyObject *key, PyObject *value)
{
    for (; table->name != NULL; table++) {
        if (!_PyUnicode_EqualToASCIIString(key, table->name))
            continue;
        if (table->object != NULL) {
            *table->object = value;
            return 0;
        }
        long number = PyLong_AsLong(value);
        if (number == -1 && PyErr_Occurred())
            return -1;
        *table->number = (int)number;
        return 0;
    }
    PyErr_Format(PyExc_TypeError, "replace() got an unexpected keyword argument '%U'", key);
    return -1;
}

static PyObject *
replace(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyCodeObject *c = (PyCodeObject *)self;
    code_spec s = {.argcount = c->co_argcount, .posonlyargcount = c->co_posonlyargcount,
                   .kwonlyargcount = c->co_kwonlyargcount, .stacksize = c->co_stacksize,
                   .flags = c->co_flags, .firstlineno = c->co_firstlineno, .code = c->co_code,
                   .consts = c->co_consts, .names = c->co_names, .filename = c->co_filename,
                   .name = c->co_name, .qualname = c->co_qualname, .linetable = c->co_linetable,
                   .exceptiontable = c->co_exceptiontable};
    PyObject *varnames = PyCode_GetVarnames(c), *freevars = PyCode_GetFreevars(c);
    PyObject *cellvars = PyCode_GetCellvars(c);
    int nlocals = c->co_nlocals;
    const replacement table[] = {{"co_argcount", NULL, &s.argcount},
                                 {"co_posonlyargcount", NULL, &s.posonlyargcount},
                                 {"co_kwonlyargcount", NULL, &s.kwonlyargcount},
                                 {"co_nlocals", NULL, &nlocals},
                                 {"co_stacksize", NULL, &s.stacksize},
                                 {"co_flags", NULL, &s.flags},
                                 {"co_firstlineno", NULL, &s.firstlineno},
                                 {"co_code", &s.code, NULL},
                                 {"co_consts", &s.consts, NULL},
                                 {"co_names", &s.names, NULL},
                                 {"co_varnames", &varnames, NULL},
                                 {"co_freevars", &freevars, NULL},
                                 {"co_cellvars", &cellvars, NULL},
                                 {"co_filename", &s.filename, NULL},
                                 {"co_name", &s.name, NULL},
                                 {"co_qualname", &s.qualname, NULL},
                                 {"co_linetable", &s.linetable, NULL},
                                 {"co_exceptiontable", &s.exceptiontable, NULL},
                                 {NULL, NULL, NULL}};
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    if (varnames == NULL || freevars == NULL || cellvars == NULL)
        return NULL;
    if (PyTuple_GET_SIZE(args) != 0) {
        PyErr_Format(PyExc_TypeError, "replace() takes 0 positional arguments but %zd %s given",
                     PyTuple_GET_SIZE(args), PyTuple_GET_SIZE(args) == 1 ? "was" : "were");
        return NULL;
    }
    while (kwargs != NULL && PyDict_Next(kwargs, &pos, &key, &value))
        if (replace_one(table, key, value) < 0)
            return NULL;
    if (PyTuple_Check(varnames) && PyTuple_GET_SIZE(varnames) != nlocals) {
        PyErr_SetString(PyExc_ValueError, "code: co_nlocals != len(co_varnames)");
        return NULL;
    }
    return join_locals(&s, varnames, freevars, cellvars) < 0 ? NULL : (PyObject *)code_new(&s);
}

static PyObject *
new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    int argcount, posonly, kwonly, nlocals, stacksize, flags, firstlineno;
    PyObject *code, *consts, *names, *varnames, *filename, *name, *qualname, *linetable, *exceptions;
    PyObject *freevars = PyTuple_New(0), *cellvars = freevars;
    (void)type;
    (void)kwargs;
    if (!PyArg_ParseTuple(args, "iiiiiiSO!O!O!UUUiSS|O!O!:code", &argcount, &posonly, &kwonly, &nlocals,
                          &stacksize, &flags, &code, &PyTuple_Type, &consts, &PyTuple_Type, &names,
                          &PyTuple_Type, &varnames, &filename, &name, &qualname, &firstlineno, &linetable,
                          &exceptions, &PyTuple_Type, &freevars, &PyTuple_Type, &cellvars))
        return NULL;
    return (PyObject *)PyCode_NewWithPosOnlyArgs(argcount, posonly, kwonly, nlocals, stacksize, flags, code,
                                                 consts, names, varnames, freevars, cellvars, filename, name,
                                                 qualname, firstlineno, linetable, exceptions);
}

static PyObject *
repr(PyObject *self)
{
    PyCodeObject *c = (PyCodeObject *)self;
    return PyUnicode_FromFormat("<code object %U at %p, file \"%U\", line %d>", c->co_name, c,
                                c->co_filename, c->co_firstlineno ? c->co_firstlineno : -1);
}

/* Constants compare with their types: 1, True and 1.0 are different. */
static int
equal_consts(PyObject *a, PyObject *b)
{
    if (a == b)
        return 1;
    if (Py_TYPE(a) != Py_TYPE(b))
        return 0;
    if (PyTuple_CheckExact(a)) {
        if (PyTuple_GET_SIZE(a) != PyTuple_GET_SIZE(b))
            return 0;
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(a); i++) {
            int same = equal_consts(PyTuple_GET_ITEM(a, i), PyTuple_GET_ITEM(b, i));
            if (same != 1)
                return same;
        }
        return 1;
    }
    if (PyFloat_CheckExact(a))
        return PyFloat_AS_DOUBLE(a) == PyFloat_AS_DOUBLE(b) &&
               signbit(PyFloat_AS_DOUBLE(a)) == signbit(PyFloat_AS_DOUBLE(b));
    return PyObject_RichCompareBool(a, b, Py_EQ);
}

static int
equal(PyCodeObject *a, PyCodeObject *b)
{
    if (a->co_argcount != b->co_argcount || a->co_posonlyargcount != b->co_posonlyargcount ||
        a->co_kwonlyargcount != b->co_kwonlyargcount || a->co_flags != b->co_flags ||
        a->co_firstlineno != b->co_firstlineno)
        return 0;
    PyObject *pairs[][2] = {{a->co_name, b->co_name},
                            {a->co_code, b->co_code},
                            {a->co_names, b->co_names},
                            {a->co_localsplusnames, b->co_localsplusnames},
                            {a->co_localspluskinds, b->co_localspluskinds},
                            {a->co_linetable, b->co_linetable},
                            {a->co_exceptiontable, b->co_exceptiontable}};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(pairs); i++) {
        int same = PyObject_RichCompareBool(pairs[i][0], pairs[i][1], Py_EQ);
        if (same != 1)
            return same;
    }
    return equal_consts(a->co_consts, b->co_consts);
}

static PyObject *
compare(PyObject *a, PyObject *b, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyCode_Check(a) || !PyCode_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    int same = a == b ? 1 : equal((PyCodeObject *)a, (PyCodeObject *)b);
    if (same < 0)
        return NULL;
    return same == (op == Py_EQ) ? Py_True : Py_False;
}

static Py_hash_t
hash(PyObject *self)
{
    PyCodeObject *c = (PyCodeObject *)self;
    Py_hash_t name = PyObject_Hash(c->co_name), code = PyObject_Hash(c->co_code);
    if (name == -1 || code == -1)
        return -1;
    Py_hash_t h = (Py_hash_t)((size_t)name * 31 + (size_t)code) ^ c->co_firstlineno ^ c->co_argcount << 8;
    return h == -1 ? -2 : h;
}

/* Name of a variable by its number in the instructions; dis asks. */
static PyObject *
varname_from_oparg(PyObject *self, PyObject *arg)
{
    Py_ssize_t i = PyNumber_AsSsize_t(arg, PyExc_IndexError);
    if (i == -1 && PyErr_Occurred())
        return NULL;
    return PyTuple_GetItem(((PyCodeObject *)self)->co_localsplusnames, i);
}

static PyMethodDef methods[] = {
    {"_varname_from_oparg", varname_from_oparg, METH_O, NULL},
    {"replace", (PyCFunction)(void (*)(void))replace, METH_VARARGS | METH_KEYWORDS, NULL},
    {"co_lines", code_lines_iterator, METH_NOARGS, NULL},
    {"co_positions", code_positions_iterator, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyCode_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "code",
    .tp_basicsize = sizeof(PyCodeObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_repr = repr,
    .tp_hash = hash,
    .tp_richcompare = compare,
    .tp_weaklistoffset = offsetof(PyCodeObject, co_weakreflist),
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_methods = methods,
    .tp_members = members,
    .tp_getset = getset,
    .tp_new = new,
    .gcrt_trace = trace,
};
