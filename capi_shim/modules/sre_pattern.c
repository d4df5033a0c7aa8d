/* sre_pattern.c: Pattern objects, scanners, and the module _sre. */
#include "sre.h"

/* A subject that is being matched. */
typedef struct {
    sre_state state;
    PyObject *subject;
    Py_buffer view;
    int has_view;
    Py_ssize_t length;
} subject;

static void
subject_close(subject *s)
{
    free(s->state.choices);
    free(s->state.contexts);
    free(s->state.marks);
    if (s->has_view)
        PyBuffer_Release(&s->view);
}

static int
subject_open(subject *s, sre_pattern *pattern, PyObject *text, Py_ssize_t pos, Py_ssize_t endpos)
{
    memset(s, 0, sizeof *s);
    s->subject = text;
    if (PyUnicode_Check(text)) {
        s->state.text = PyUnicode_DATA(text);
        s->state.width = PyUnicode_KIND(text);
        s->length = PyUnicode_GET_LENGTH(text);
        if (pattern->is_bytes == 1) {
            PyErr_SetString(PyExc_TypeError, "cannot use a bytes pattern on a string-like object");
            return -1;
        }
    } else {
        if (PyObject_GetBuffer(text, &s->view, PyBUF_SIMPLE) < 0) {
            PyErr_Format(PyExc_TypeError, "expected string or bytes-like object, got '%.200s'", Py_TYPE(text)->tp_name);
            return -1;
        }
        s->has_view = 1;
        s->state.text = s->view.buf;
        s->state.width = 1;
        s->length = s->view.len;
        if (pattern->is_bytes == 0) {
            PyErr_SetString(PyExc_TypeError, "cannot use a string pattern on a bytes-like object");
            subject_close(s);
            return -1;
        }
    }
    Py_ssize_t n = s->length;
    s->state.begin = pos < 0 ? 0 : pos > n ? n : pos;
    s->state.end = endpos < 0 ? 0 : endpos > n ? n : endpos;
    s->state.must_advance = s->state.lastindex = -1;
    s->state.n_marks = 2 * pattern->groups;
    s->state.marks = malloc((size_t)(s->state.n_marks + 1) * sizeof *s->state.marks);
    if (s->state.marks == NULL) {
        subject_close(s);
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static void
reset_marks(sre_state *s)
{
    for (Py_ssize_t i = 0; i < s->n_marks; i++)
        s->marks[i] = -1;
    s->lastindex = -1;
}

enum how { HOW_SEARCH, HOW_MATCH, HOW_FULLMATCH };

/* Run once from `from`; the match's end, -1, -2; *from becomes its start. */
static Py_ssize_t
attempt(subject *s, sre_pattern *pattern, Py_ssize_t *from, enum how how)
{
    sre_state *state = &s->state;
    reset_marks(state);
    state->match_all = how == HOW_FULLMATCH;
    if (*from > state->end)
        return -1;
    if (how == HOW_SEARCH)
        return sre_search(state, pattern->code, from);
    return state->width == 1   ? sre_match1(state, pattern->code, *from)
           : state->width == 2 ? sre_match2(state, pattern->code, *from)
                               : sre_match4(state, pattern->code, *from);
}

static PyObject *
match_once(PyObject *self, PyObject *args, PyObject *kwds, enum how how)
{
    static char *keywords[] = {"string", "pos", "endpos", NULL};
    sre_pattern *pattern = (sre_pattern *)self;
    PyObject *text;
    Py_ssize_t pos = 0, endpos = PY_SSIZE_T_MAX;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O|nn", keywords, &text, &pos, &endpos))
        return NULL;
    subject s;
    if (subject_open(&s, pattern, text, pos, endpos) < 0)
        return NULL;
    Py_ssize_t start = s.state.begin, end = attempt(&s, pattern, &start, how);
    PyObject *result = end == -2 ? NULL : end < 0 ? Py_None : sre_new_match(pattern, text, &s.state, start, end);
    subject_close(&s);
    return result;
}
static PyObject *
pattern_search(PyObject *self, PyObject *args, PyObject *kwds)
{
    return match_once(self, args, kwds, HOW_SEARCH);
}
static PyObject *
pattern_match(PyObject *self, PyObject *args, PyObject *kwds)
{
    return match_once(self, args, kwds, HOW_MATCH);
}
static PyObject *
pattern_fullmatch(PyObject *self, PyObject *args, PyObject *kwds)
{
    return match_once(self, args, kwds, HOW_FULLMATCH);
}

PyObject *
sre_slice(PyObject *text, Py_ssize_t start, Py_ssize_t end)
{
    if (PyUnicode_Check(text))
        return PyUnicode_Substring(text, start, end);
    if (PyBytes_CheckExact(text))
        return start == 0 && end == PyBytes_GET_SIZE(text)
                   ? text
                   : PyBytes_FromStringAndSize(PyBytes_AS_STRING(text) + start, end - start);
    Py_buffer view;
    if (PyObject_GetBuffer(text, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    if (end > view.len)
        end = view.len;
    if (start > end)
        start = end;
    PyObject *piece = PyBytes_FromStringAndSize((char *)view.buf + start, end - start);
    PyBuffer_Release(&view);
    return piece;
}

/* ------------------------------------------------------------------ all matches of a subject */

/* Calls step for each match from left to right, as findall, split and sub define it: an empty match may
 * follow a match, but not at the place where an empty one has just been. */
typedef int (*match_step)(subject *s, sre_pattern *pattern, Py_ssize_t start, Py_ssize_t end, void *arg);

static int
each_match(subject *s, sre_pattern *pattern, Py_ssize_t max, match_step step, void *arg)
{
    Py_ssize_t at = s->state.begin, done = 0;
    s->state.must_advance = -1;
    while (at <= s->state.end && (max == 0 || done < max)) {
        Py_ssize_t start = at, end = attempt(s, pattern, &start, HOW_SEARCH);
        if (end == -2)
            return -1;
        if (end < 0)
            return 0;
        if (step(s, pattern, start, end, arg) < 0)
            return -1;
        done++;
        s->state.must_advance = end == start ? end : -1;
        at = end;
    }
    return 0;
}

static PyObject *
group_or(subject *s, Py_ssize_t group, PyObject *otherwise)
{
    Py_ssize_t from = s->state.marks[2 * group], to = s->state.marks[2 * group + 1];
    return from < 0 || to < from ? otherwise : sre_slice(s->subject, from, to);
}
static PyObject *
empty_like(PyObject *text)
{
    return PyUnicode_Check(text) ? PyUnicode_FromStringAndSize("", 0) : PyBytes_FromStringAndSize("", 0);
}

static int
findall_step(subject *s, sre_pattern *pattern, Py_ssize_t start, Py_ssize_t end, void *arg)
{
    PyObject *item, *empty = empty_like(s->subject);
    if (pattern->groups == 0)
        item = sre_slice(s->subject, start, end);
    else if (pattern->groups == 1)
        item = group_or(s, 0, empty);
    else {
        item = PyTuple_New(pattern->groups);
        for (Py_ssize_t i = 0; item != NULL && i < pattern->groups; i++) {
            PyObject *group = group_or(s, i, empty);
            if (group == NULL)
                return -1;
            PyTuple_SET_ITEM(item, i, group);
        }
    }
    return item == NULL ? -1 : PyList_Append((PyObject *)arg, item);
}
static PyObject *
pattern_findall(PyObject *self, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"string", "pos", "endpos", NULL};
    PyObject *text;
    Py_ssize_t pos = 0, endpos = PY_SSIZE_T_MAX;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O|nn:findall", keywords, &text, &pos, &endpos))
        return NULL;
    subject s;
    PyObject *found = PyList_New(0);
    if (found == NULL || subject_open(&s, (sre_pattern *)self, text, pos, endpos) < 0)
        return NULL;
    int failed = each_match(&s, (sre_pattern *)self, 0, findall_step, found);
    subject_close(&s);
    return failed ? NULL : found;
}

typedef struct {
    PyObject *pieces;
    Py_ssize_t last;
    PyObject *literal;  /* replacement text, or NULL when filter is called */
    PyObject *filter;
    Py_ssize_t count;
} rewriting;

static int
split_step(subject *s, sre_pattern *pattern, Py_ssize_t start, Py_ssize_t end, void *arg)
{
    rewriting *r = arg;
    PyObject *piece = sre_slice(s->subject, r->last, start);
    if (piece == NULL || PyList_Append(r->pieces, piece) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < pattern->groups; i++) {
        PyObject *group = group_or(s, i, Py_None);
        if (group == NULL || PyList_Append(r->pieces, group) < 0)
            return -1;
    }
    r->last = end;
    return 0;
}
static PyObject *
pattern_split(PyObject *self, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"string", "maxsplit", NULL};
    PyObject *text;
    Py_ssize_t maxsplit = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O|n:split", keywords, &text, &maxsplit))
        return NULL;
    subject s;
    rewriting r = {.pieces = PyList_New(0)};
    if (r.pieces == NULL || subject_open(&s, (sre_pattern *)self, text, 0, PY_SSIZE_T_MAX) < 0)
        return NULL;
    int failed = maxsplit >= 0 && each_match(&s, (sre_pattern *)self, maxsplit, split_step, &r) < 0;
    PyObject *rest = failed ? NULL : sre_slice(text, r.last, s.length);
    subject_close(&s);
    return rest == NULL || PyList_Append(r.pieces, rest) < 0 ? NULL : r.pieces;
}

static int
sub_step(subject *s, sre_pattern *pattern, Py_ssize_t start, Py_ssize_t end, void *arg)
{
    rewriting *r = arg;
    if (r->last < start) {
        PyObject *piece = sre_slice(s->subject, r->last, start);
        if (piece == NULL || PyList_Append(r->pieces, piece) < 0)
            return -1;
    }
    PyObject *item = r->literal;
    if (item == NULL) {
        PyObject *match = sre_new_match(pattern, s->subject, &s->state, start, end);
        item = match == NULL ? NULL : PyObject_CallOneArg(r->filter, match);
    }
    if (item == NULL || (item != Py_None && PyList_Append(r->pieces, item) < 0))
        return -1;
    r->last = end;
    r->count++;
    return 0;
}

/* What a replacement is: text without escapes, or something to call (re._subx makes it). */
static int
prepare_replacement(rewriting *r, PyObject *self, PyObject *replacement)
{
    if (PyCallable_Check(replacement)) {
        r->filter = replacement;
        return 0;
    }
    int literal = 0;
    PyObject *text = replacement;
    if (!PyUnicode_Check(text) && PyObject_CheckBuffer(text) && (text = PyBytes_FromObject(text)) == NULL)
        return -1;
    if (PyUnicode_Check(text))
        literal = PyUnicode_FindChar(text, '\\', 0, PyUnicode_GET_LENGTH(text), 1) == -1;
    else if (PyBytes_Check(text))
        literal = memchr(PyBytes_AS_STRING(text), '\\', (size_t)PyBytes_GET_SIZE(text)) == NULL;
    if (literal) {
        r->literal = text;
        return 0;
    }
    PyObject *re = PyImport_ImportModule("re");
    PyObject *made = re == NULL ? NULL : PyObject_CallMethod(re, "_subx", "OO", self, replacement);
    if (made == NULL)
        return -1;
    if (PyCallable_Check(made))
        r->filter = made;
    else
        r->literal = made;
    return 0;
}

static PyObject *
substitute(PyObject *self, PyObject *args, PyObject *kwds, int with_count)
{
    static char *keywords[] = {"repl", "string", "count", NULL};
    PyObject *replacement, *text;
    Py_ssize_t count = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "OO|n", keywords, &replacement, &text, &count))
        return NULL;
    subject s;
    rewriting r = {.pieces = PyList_New(0)};
    if (r.pieces == NULL || prepare_replacement(&r, self, replacement) < 0 ||
        subject_open(&s, (sre_pattern *)self, text, 0, PY_SSIZE_T_MAX) < 0)
        return NULL;
    int failed = count >= 0 && each_match(&s, (sre_pattern *)self, count, sub_step, &r) < 0;
    PyObject *result = failed ? NULL : text;
    if (!failed && (r.count > 0 || !PyUnicode_CheckExact(text))) {
        PyObject *rest = sre_slice(text, r.last, s.length), *empty = empty_like(text);
        if (rest == NULL || empty == NULL || PyList_Append(r.pieces, rest) < 0)
            result = NULL;
        else
            result = PyUnicode_Check(text) ? PyUnicode_Join(empty, r.pieces)
                                           : PyObject_CallMethod(empty, "join", "O", r.pieces);
    }
    subject_close(&s);
    return result == NULL || !with_count ? result : Py_BuildValue("(On)", result, r.count);
}
static PyObject *
pattern_sub(PyObject *self, PyObject *args, PyObject *kwds)
{
    return substitute(self, args, kwds, 0);
}
static PyObject *
pattern_subn(PyObject *self, PyObject *args, PyObject *kwds)
{
    return substitute(self, args, kwds, 1);
}

/* ------------------------------------------------------------------ scanners */

typedef struct {
    PyObject_HEAD
    sre_pattern *pattern;
    PyObject *subject;
    Py_ssize_t at, endpos, must_advance;
} scanner;

static PyObject *
scanner_step(scanner *self, enum how how)
{
    subject s;
    if (self->at < 0)
        Py_RETURN_NONE;
    if (subject_open(&s, self->pattern, self->subject, self->at, self->endpos) < 0)
        return NULL;
    s.state.must_advance = self->must_advance;
    Py_ssize_t start = s.state.begin, end = self->at > s.state.end ? -1 : attempt(&s, self->pattern, &start, how);
    PyObject *result = end == -2 ? NULL : end < 0 ? Py_None : sre_new_match(self->pattern, self->subject, &s.state, start, end);
    self->at = end;
    self->must_advance = end == start ? end : -1;
    subject_close(&s);
    return result;
}
static PyObject *
scanner_search(PyObject *self, PyObject *Py_UNUSED(args))
{
    return scanner_step((scanner *)self, HOW_SEARCH);
}
static PyObject *
scanner_match(PyObject *self, PyObject *Py_UNUSED(args))
{
    return scanner_step((scanner *)self, HOW_MATCH);
}
static PyObject *
scanner_next(PyObject *self)
{
    PyObject *match = scanner_step((scanner *)self, HOW_SEARCH);
    return match == Py_None ? NULL : match;
}
static PyObject *
new_scanner(PyObject *self, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"string", "pos", "endpos", NULL};
    PyObject *text;
    Py_ssize_t pos = 0, endpos = PY_SSIZE_T_MAX;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O|nn", keywords, &text, &pos, &endpos))
        return NULL;
    subject s;
    if (subject_open(&s, (sre_pattern *)self, text, pos, endpos) < 0)
        return NULL;
    scanner *made = (scanner *)gcrt_new(&sre_scanner_type, sizeof *made);
    if (made != NULL) {
        made->pattern = (sre_pattern *)self;
        made->subject = text;
        made->at = s.state.begin;
        made->endpos = s.state.end;
        made->must_advance = -1;
    }
    subject_close(&s);
    return (PyObject *)made;
}
static PyMethodDef scanner_methods[] = {
    {"search", scanner_search, METH_NOARGS, "The next match, or None."},
    {"match", scanner_match, METH_NOARGS, "A match that begins where the last one ended, or None."},
    {0},
};
static PyMemberDef scanner_members[] = {
    {"pattern", Py_T_OBJECT_EX, offsetof(scanner, pattern), Py_READONLY, NULL},
    {0},
};
PyTypeObject sre_scanner_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "_sre.SRE_Scanner",
    .tp_basicsize = sizeof(scanner),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = scanner_next,
    .tp_methods = scanner_methods,
    .tp_members = scanner_members,
};

/* ------------------------------------------------------------------ the type */

static PyObject *
pattern_copy(PyObject *self, PyObject *Py_UNUSED(args))
{
    return self;
}
static PyObject *
pattern_repr(PyObject *op)
{
    static const char *const names[] = {"re.TEMPLATE", "re.IGNORECASE", "re.LOCALE",  "re.MULTILINE", "re.DOTALL",
                                        "re.UNICODE",  "re.VERBOSE",    "re.DEBUG",   "re.ASCII"};
    sre_pattern *self = (sre_pattern *)op;
    int flags = self->flags;
    if (self->is_bytes == 0 && (flags & (SRE_FLAG_LOCALE | SRE_FLAG_ASCII | SRE_FLAG_UNICODE)) == SRE_FLAG_UNICODE)
        flags &= ~SRE_FLAG_UNICODE;
    PyObject *parts = PyList_New(0);
    for (size_t i = 0; parts != NULL && i < Py_ARRAY_LENGTH(names); i++)
        if (flags & (1 << i)) {
            flags &= ~(1 << i);
            if (PyList_Append(parts, PyUnicode_FromString(names[i])) < 0)
                return NULL;
        }
    if (parts != NULL && flags && PyList_Append(parts, PyUnicode_FromFormat("0x%x", flags)) < 0)
        return NULL;
    PyObject *bar = PyUnicode_FromString("|"), *joined = parts == NULL ? NULL : PyUnicode_Join(bar, parts);
    if (joined == NULL)
        return NULL;
    const char *comma = PyUnicode_GET_LENGTH(joined) ? ", " : "";
    return PyUnicode_FromFormat("re.compile(%.200R%s%U)", self->pattern, comma, joined);
}
static Py_hash_t
pattern_hash(PyObject *op)
{
    sre_pattern *self = (sre_pattern *)op;
    Py_hash_t h = PyObject_Hash(self->pattern);
    if (h == -1)
        return -1;
    h ^= _Py_HashBytes(self->code, Py_SIZE(op) * (Py_ssize_t)sizeof(sre_code)) ^ self->flags ^ self->groups;
    return h == -1 ? -2 : h;
}
static PyObject *
pattern_compare(PyObject *a, PyObject *b, int op)
{
    sre_pattern *x = (sre_pattern *)a, *y = (sre_pattern *)b;
    if ((op != Py_EQ && op != Py_NE) || Py_TYPE(a) != Py_TYPE(b))
        Py_RETURN_NOTIMPLEMENTED;
    int same = a == b;
    if (!same && x->flags == y->flags && x->is_bytes == y->is_bytes && Py_SIZE(a) == Py_SIZE(b) &&
        memcmp(x->code, y->code, (size_t)Py_SIZE(a) * sizeof(sre_code)) == 0 &&
        (same = PyObject_RichCompareBool(x->pattern, y->pattern, Py_EQ)) < 0)
        return NULL;
    return PyBool_FromLong(same == (op == Py_EQ));
}
static PyObject *
get_groupindex(PyObject *self, void *Py_UNUSED(closure))
{
    return PyDictProxy_New(((sre_pattern *)self)->groupindex);
}
#define KEYWORDS(f) (PyCFunction)(void (*)(void))(f), METH_VARARGS | METH_KEYWORDS
static PyMethodDef pattern_methods[] = {
    {"match", KEYWORDS(pattern_match), "Match at the beginning."},
    {"fullmatch", KEYWORDS(pattern_fullmatch), "Match the whole."},
    {"search", KEYWORDS(pattern_search), "The first match anywhere."},
    {"sub", KEYWORDS(pattern_sub), "Replace matches."},
    {"subn", KEYWORDS(pattern_subn), "Replace matches; returns (result, count)."},
    {"findall", KEYWORDS(pattern_findall), "A list of all matches."},
    {"split", KEYWORDS(pattern_split), "Split at matches."},
    {"finditer", KEYWORDS(new_scanner), "An iterator of all matches."},
    {"scanner", KEYWORDS(new_scanner), NULL},
    {"__copy__", pattern_copy, METH_NOARGS, NULL},
    {"__deepcopy__", pattern_copy, METH_O, NULL},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {0},
};
static PyMemberDef pattern_members[] = {
    {"pattern", _Py_T_OBJECT, offsetof(sre_pattern, pattern), Py_READONLY, NULL},
    {"flags", Py_T_INT, offsetof(sre_pattern, flags), Py_READONLY, NULL},
    {"groups", Py_T_PYSSIZET, offsetof(sre_pattern, groups), Py_READONLY, NULL},
    {0},
};
static PyGetSetDef pattern_getset[] = {{"groupindex", get_groupindex, NULL, NULL, NULL}, {0}};
PyTypeObject sre_pattern_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "re.Pattern",
    .tp_basicsize = sizeof(sre_pattern),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .tp_doc = "Compiled regular expression object.",
    .tp_repr = pattern_repr,
    .tp_hash = pattern_hash,
    .tp_richcompare = pattern_compare,
    .tp_methods = pattern_methods,
    .tp_members = pattern_members,
    .tp_getset = pattern_getset,
    .tp_weaklistoffset = -1,
};

/* ------------------------------------------------------------------ module */

static PyObject *
sre_compile(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"pattern", "flags", "code", "groups", "groupindex", "indexgroup", NULL};
    PyObject *pattern, *code, *groupindex, *indexgroup;
    int flags;
    Py_ssize_t groups;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "OiO!nO!O!:compile", keywords, &pattern, &flags, &PyList_Type, &code,
                                     &groups, &PyDict_Type, &groupindex, &PyTuple_Type, &indexgroup))
        return NULL;
    sre_pattern *self = (sre_pattern *)gcrt_new(&sre_pattern_type, sizeof *self);
    Py_ssize_t n = PyList_GET_SIZE(code);
    if (self == NULL || (self->code = gcrt_alloc_leaf((size_t)n * sizeof(sre_code) + 1)) == NULL)
        return NULL;
    Py_SET_SIZE(self, n);
    for (Py_ssize_t i = 0; i < n; i++) {
        unsigned long word = PyLong_AsUnsignedLong(PyList_GET_ITEM(code, i));
        if (word == (unsigned long)-1 && PyErr_Occurred())
            return NULL;
        if (word > UINT32_MAX) {
            PyErr_SetString(PyExc_OverflowError, "regular expression code size limit exceeded");
            return NULL;
        }
        self->code[i] = (sre_code)word;
    }
    if (groups < 0 || groups > SRE_MAXGROUPS || PyTuple_GET_SIZE(indexgroup) > groups + 1) {
        PyErr_SetString(PyExc_RuntimeError, "invalid SRE code");
        return NULL;
    }
    self->pattern = pattern;
    self->flags = flags;
    self->groups = groups;
    self->groupindex = groupindex;
    self->indexgroup = indexgroup;
    self->is_bytes = pattern == Py_None ? -1 : !PyUnicode_Check(pattern);
    return (PyObject *)self;
}

static int
case_argument(PyObject *arg)
{
    int c = _PyLong_AsInt(arg);
    return c == -1 && PyErr_Occurred() ? -1 : c;
}
static PyObject *
ascii_iscased(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int c = case_argument(arg);
    return c < 0 && PyErr_Occurred() ? NULL : PyBool_FromLong(c < 128 && Py_ISALPHA(c));
}
static PyObject *
unicode_iscased(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int c = case_argument(arg);
    if (c < 0 && PyErr_Occurred())
        return NULL;
    Py_UCS4 ch = (Py_UCS4)c;
    return PyBool_FromLong(_PyUnicode_ToLowercase(ch) != ch || _PyUnicode_ToUppercase(ch) != ch);
}
static PyObject *
ascii_tolower(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int c = case_argument(arg);
    return c < 0 && PyErr_Occurred() ? NULL : PyLong_FromUnsignedLong(sre_lower_ascii((Py_UCS4)c));
}
static PyObject *
unicode_tolower(PyObject *Py_UNUSED(module), PyObject *arg)
{
    int c = case_argument(arg);
    return c < 0 && PyErr_Occurred() ? NULL : PyLong_FromUnsignedLong(sre_lower_unicode((Py_UCS4)c));
}
static PyObject *
getcodesize(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args))
{
    return PyLong_FromLong(sizeof(sre_code));
}
static PyMethodDef functions[] = {
    {"compile", KEYWORDS(sre_compile), NULL},
    {"getcodesize", getcodesize, METH_NOARGS, NULL},
    {"ascii_iscased", ascii_iscased, METH_O, NULL},
    {"unicode_iscased", unicode_iscased, METH_O, NULL},
    {"ascii_tolower", ascii_tolower, METH_O, NULL},
    {"unicode_tolower", unicode_tolower, METH_O, NULL},
    {0},
};
static struct PyModuleDef sre_def = {PyModuleDef_HEAD_INIT, .m_name = "_sre", .m_size = -1, .m_methods = functions};

PyMODINIT_FUNC
PyInit__sre(void)
{
    PyObject *module = PyModule_Create(&sre_def);
    if (module == NULL || PyType_Ready(&sre_pattern_type) < 0 || PyType_Ready(&sre_match_type) < 0 ||
        PyType_Ready(&sre_scanner_type) < 0 || PyModule_AddIntConstant(module, "MAGIC", SRE_MAGIC) < 0 ||
        PyModule_AddIntConstant(module, "CODESIZE", sizeof(sre_code)) < 0 ||
        PyModule_AddObject(module, "MAXREPEAT", PyLong_FromUnsignedLong(SRE_MAXREPEAT)) < 0 ||
        PyModule_AddIntConstant(module, "MAXGROUPS", SRE_MAXGROUPS) < 0)
        return NULL;
    return module;
}
