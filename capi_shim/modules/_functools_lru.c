/* _functools_lru.c: the wrapper that functools.lru_cache puts around a function.
 *
 * Unbounded, the cache is a dict from keys to results.  Bounded, it maps keys to links of a ring in order of
 * use, `root` between the newest and the oldest.  Calling the function and comparing keys may come back
 * here: after each such call the cache is looked at again. */
#include "_functools.h"

#include "dict.h"
#include "tuple.h"

typedef struct lru_link {
    PyObject_HEAD
    struct lru_link *previous, *next;
    PyObject *key, *result;
    Py_hash_t hash;
} lru_link;

typedef struct {
    PyObject_HEAD
    PyObject *func;
    PyDictObject *cache;
    lru_link *root;
    PyObject *info_type;
    PyObject *dict;
    PyObject *weakreflist;
    Py_ssize_t maxsize;            /* -1: unbounded */
    Py_ssize_t hits, misses;
    vectorcallfunc vectorcall;
    int typed;
} lru_object;

/* Separates positional from keyword arguments in a key. */
static PyObject *lru_kwd_mark;

/* ------------------------------------------------------------------ keys */

static PyObject *
lru_key(lru_object *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    Py_ssize_t n_kw = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    if (n == 1 && n_kw == 0 && !self->typed && (gcrt_is_int(args[0]) || container_is_str(args[0])))
        return args[0];
    Py_ssize_t size = n + (n_kw > 0 ? 1 + 2 * n_kw : 0) + (self->typed ? n + n_kw : 0), at = n;
    PyObject *key = tuple_from_array(args, size == n ? n : 0);
    if (size == n)
        return key;
    key = PyTuple_New(size);
    if (key == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++)
        PyTuple_SET_ITEM(key, i, args[i]);
    if (n_kw > 0)
        PyTuple_SET_ITEM(key, at++, lru_kwd_mark);
    for (Py_ssize_t i = 0; i < n_kw; i++) {
        PyTuple_SET_ITEM(key, at++, PyTuple_GET_ITEM(kwnames, i));
        PyTuple_SET_ITEM(key, at++, args[n + i]);
    }
    if (self->typed)
        for (Py_ssize_t i = 0; i < n + n_kw; i++)
            PyTuple_SET_ITEM(key, at++, (PyObject *)Py_TYPE(args[i]));
    return key;
}

/* ------------------------------------------------------------------ the ring */

static void
link_remove(lru_link *link)
{
    gc_store(link->previous, (PyObject **)&link->previous->next, (PyObject *)link->next);
    gc_store(link->next, (PyObject **)&link->next->previous, (PyObject *)link->previous);
}

/* As the newest: before the root. */
static void
link_append(lru_link *root, lru_link *link)
{
    lru_link *last = root->previous;
    link->previous = last;
    link->next = root;
    gc_store(last, (PyObject **)&last->next, (PyObject *)link);
    gc_store(root, (PyObject **)&root->previous, (PyObject *)link);
}

static void
ring_clear(lru_link *root)
{
    root->previous = root->next = root;
}

/* ------------------------------------------------------------------ calls */

static PyObject *
lru_call_uncached(PyObject *op, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    lru_object *self = (lru_object *)op;
    self->misses++;
    return PyObject_Vectorcall(self->func, args, nargsf, kwnames);
}

static PyObject *
lru_call_unbounded(PyObject *op, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    lru_object *self = (lru_object *)op;
    PyObject *key = lru_key(self, args, PyVectorcall_NARGS(nargsf), kwnames);
    Py_hash_t hash = key == NULL ? -1 : container_hash(key);
    if (hash == -1)
        return NULL;
    Py_ssize_t i = dict_lookup(self->cache, key, hash);
    if (i >= 0) {
        self->hits++;
        return self->cache->entries[i].me_value;
    }
    if (i == DICT_ERROR)
        return NULL;
    self->misses++;
    PyObject *result = PyObject_Vectorcall(self->func, args, nargsf, kwnames);
    if (result == NULL || dict_set_hashed(self->cache, key, hash, result) < 0)
        return NULL;
    return result;
}

/* Store a new result; the oldest makes room for it. */
static int
lru_remember(lru_object *self, PyObject *key, Py_hash_t hash, PyObject *result)
{
    lru_link *root = self->root;
    Py_ssize_t i = dict_lookup(self->cache, key, hash);
    if (i != DICT_ABSENT)          /* the function itself has stored it */
        return i == DICT_ERROR ? -1 : 0;
    lru_link *link = (lru_link *)gcrt_new(&functools_link_type, sizeof *link);
    if (link == NULL)
        return -1;
    link->key = key;
    link->hash = hash;
    link->result = result;
    if (self->cache->ma_used >= self->maxsize && root->next != root) {
        lru_link *oldest = root->next;
        link_remove(oldest);
        i = dict_lookup(self->cache, oldest->key, oldest->hash);
        if (i == DICT_ERROR)
            return -1;
        if (i >= 0 && self->cache->entries[i].me_value == (PyObject *)oldest)
            dict_remove_entry(self->cache, i);
    }
    if (dict_set_hashed(self->cache, key, hash, (PyObject *)link) < 0)
        return -1;
    link_append(root, link);
    return 0;
}

static PyObject *
lru_call_bounded(PyObject *op, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    lru_object *self = (lru_object *)op;
    PyObject *key = lru_key(self, args, PyVectorcall_NARGS(nargsf), kwnames);
    Py_hash_t hash = key == NULL ? -1 : container_hash(key);
    if (hash == -1)
        return NULL;
    Py_ssize_t i = dict_lookup(self->cache, key, hash);
    if (i >= 0) {
        lru_link *link = (lru_link *)self->cache->entries[i].me_value;
        if (self->root->previous != link) {
            link_remove(link);
            link_append(self->root, link);
        }
        self->hits++;
        return link->result;
    }
    if (i == DICT_ERROR)
        return NULL;
    self->misses++;
    PyObject *result = PyObject_Vectorcall(self->func, args, nargsf, kwnames);
    return result == NULL || lru_remember(self, key, hash, result) < 0 ? NULL : result;
}

/* ------------------------------------------------------------------ methods */

static PyObject *
lru_cache_info(PyObject *op, PyObject *unused)
{
    (void)unused;
    lru_object *self = (lru_object *)op;
    PyObject *maxsize = self->maxsize < 0 ? Py_None : container_ssize(self->maxsize);
    return PyObject_CallFunction(self->info_type, "nnOn", self->hits, self->misses, maxsize,
                                 self->cache->ma_used);
}

static PyObject *
lru_cache_clear(PyObject *op, PyObject *unused)
{
    (void)unused;
    lru_object *self = (lru_object *)op;
    self->hits = self->misses = 0;
    dict_clear(self->cache);
    ring_clear(self->root);
    Py_RETURN_NONE;
}

static PyObject *
lru_self(PyObject *op, PyObject *unused)
{
    (void)unused;
    return op;
}

static PyObject *
lru_reduce(PyObject *op, PyObject *unused)
{
    (void)unused;
    return PyObject_GetAttr(op, GCRT_NAME(__qualname__));
}

static lru_link *
lru_make_root(void)
{
    lru_link *root = (lru_link *)gcrt_new(&functools_link_type, sizeof *root);
    if (root != NULL)
        ring_clear(root);
    return root;
}

static PyObject *
lru_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"user_function", "maxsize", "typed", "cache_info_type", NULL};
    PyObject *func, *bound, *info_type;
    int typed;
    Py_ssize_t maxsize = -1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OOpO:lru_cache", names, &func, &bound, &typed, &info_type))
        return NULL;
    if (!PyCallable_Check(func)) {
        PyErr_SetString(PyExc_TypeError, "the first argument must be callable");
        return NULL;
    }
    if (bound != Py_None) {
        if (!PyIndex_Check(bound)) {
            PyErr_SetString(PyExc_TypeError, "maxsize should be integer or None");
            return NULL;
        }
        maxsize = PyNumber_AsSsize_t(bound, PyExc_OverflowError);
        if (maxsize == -1 && container_exception() != NULL)
            return NULL;
        if (maxsize < 0)
            maxsize = 0;
    }
    if (lru_kwd_mark == NULL && (lru_kwd_mark = gcrt_new(&PyBaseObject_Type, sizeof(PyObject))) == NULL)
        return NULL;
    PyObject *cache = PyDict_New();
    lru_link *root = cache == NULL ? NULL : lru_make_root();
    lru_object *self = root == NULL ? NULL : (lru_object *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->func = func;
    self->cache = (PyDictObject *)cache;
    self->root = root;
    self->info_type = info_type;
    self->maxsize = maxsize;
    self->typed = typed;
    self->vectorcall = maxsize < 0 ? lru_call_unbounded : maxsize == 0 ? lru_call_uncached : lru_call_bounded;
    return (PyObject *)self;
}

/* ------------------------------------------------------------------ types */

static PyMethodDef lru_methods[] = {
    {"cache_info", lru_cache_info, METH_NOARGS, "Report cache statistics"},
    {"cache_clear", lru_cache_clear, METH_NOARGS, "Clear the cache and cache statistics"},
    {"__reduce__", lru_reduce, METH_NOARGS, NULL},
    {"__copy__", lru_self, METH_VARARGS, NULL},
    {"__deepcopy__", lru_self, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef lru_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject functools_lru_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "functools._lru_cache_wrapper",
    .tp_basicsize = sizeof(lru_object),
    .tp_vectorcall_offset = offsetof(lru_object, vectorcall),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_METHOD_DESCRIPTOR |
                Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_doc = "A callable that remembers results by the arguments that gave them.",
    .tp_call = PyVectorcall_Call,
    .tp_weaklistoffset = offsetof(lru_object, weakreflist),
    .tp_methods = lru_methods,
    .tp_getset = lru_getset,
    .tp_descr_get = functools_bind,
    .tp_dictoffset = offsetof(lru_object, dict),
    .tp_new = lru_new,
    .gcrt_trace = container_trace_words,
};

PyTypeObject functools_link_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "functools._lru_list_elem",
    .tp_basicsize = sizeof(lru_link),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .gcrt_trace = container_trace_words,
};
