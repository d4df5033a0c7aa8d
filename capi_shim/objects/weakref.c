/* weakref.c: weak references and proxies.
 *
 * An object has no room for the list of its weak references.  The collector knows each pair (reference,
 * referent) and says when the referent died; what Python asks besides (is there a plain reference
 * already? how many are there?) is answered from a hash table here, keyed by the referent's address.  The
 * table lies in libc's memory, which nobody scans: neither side is kept alive by it.  At the end of each
 * cycle, entries of dead references are dropped.
 *
 * Callbacks are queued inside the cycle, in a block that was reserved when the reference was made, and are
 * called at the next safepoint. */
#include "weakref.h"

#include "callable.h"
#include "embedder.h"
#include "typeobject.h"

typedef struct entry {
    uintptr_t target;              /* 0: free, 1: deleted */
    PyWeakReference *ref;
    size_t cycle;                  /* how many cycles had been when it was last registered */
} entry;

static size_t cycles;

static struct {
    entry *entries;
    size_t mask, used, filled;     /* filled: deleted ones included */
} table;

static struct {
    PyObject **items;              /* conservative block; refs whose callbacks are due */
    size_t count, capacity;
    size_t reserved;               /* references with a callback in the table; counted anew in each
                                    * cycle, and too many rather than too few in between */
} queue;

/* ---- the table */

static size_t
hash_address(uintptr_t target)
{
    size_t h = target >> 4;
    return h ^ (h >> 15) ^ (h >> 31);
}

static void
table_put(entry *entries, size_t mask, entry e)
{
    size_t i = hash_address(e.target) & mask;
    while (entries[i].target > 1)
        i = (i + 1) & mask;
    entries[i] = e;
}

static int
table_reserve(void)
{
    size_t size = table.entries == NULL ? 0 : table.mask + 1;
    if ((table.filled + 1) * 3 < size * 2)
        return 0;
    size_t fresh_size = 64;
    while (fresh_size < (table.used + 1) * 3)
        fresh_size *= 2;
    entry *fresh = calloc(fresh_size, sizeof(entry));
    if (fresh == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < size; i++) {
        if (table.entries[i].target > 1)
            table_put(fresh, fresh_size - 1, table.entries[i]);
    }
    free(table.entries);
    table.entries = fresh;
    table.mask = fresh_size - 1;
    table.filled = table.used;
    return 0;
}

/* The next entry of target from *i on; NULL: no more. */
static entry *
table_next(uintptr_t target, size_t *i)
{
    if (table.entries == NULL)
        return NULL;
    for (;; ++*i) {
        entry *e = &table.entries[*i & table.mask];
        if (e->target == 0)
            return NULL;
        if (e->target == target) {
            ++*i;
            return e;
        }
    }
}

static void
table_drop(entry *e)
{
    e->target = 1;
    e->ref = NULL;
    table.used--;
}

static void
table_remove(uintptr_t target, PyWeakReference *ref)
{
    size_t i = hash_address(target);
    entry *e;
    while ((e = table_next(target, &i)) != NULL) {
        if (e->ref == ref) {
            table_drop(e);
            return;
        }
    }
}

/* ---- the collector's side */

void
weakref_clear(void *owner, void *target)
{
    PyWeakReference *ref = owner;
    if (ref->wr_hidden != ~(uintptr_t)target)
        return;
    ref->wr_hidden = 0;
    table_remove((uintptr_t)target, ref);
    if (ref->wr_callback != NULL && queue.count < queue.capacity) {
        queue.items[queue.count++] = owner;
        __atomic_fetch_or(&embedder_main_ts()->breaker, GCRT_BREAK_GC, __ATOMIC_RELAXED);
    }
}

/* References that died themselves leave without a word.  One that is dead but intact, because a dying
 * object reaches it, is no longer registered with the collector, and stays in the table: the object's
 * dealloc may still ask it.  It must not hold the address of a referent that is gone. */
void
weakref_cycle_end(void)
{
    cycles++;
    queue.reserved = 0;
    for (size_t i = 0; table.entries != NULL && i <= table.mask; i++) {
        entry *e = &table.entries[i];
        if (e->target <= 1)
            continue;
        if (gc_contains(e->ref) && !gc_is_marked(e->ref)) {
            table_drop(e);
        } else if (!gc_is_marked((void *)e->target)) {
            e->ref->wr_hidden = 0;
            table_drop(e);
        } else if (e->ref->wr_callback != NULL) {
            queue.reserved++;
        }
    }
}

void
weakref_run_callbacks(void)
{
    while (queue.count > 0) {
        PyObject *ref = queue.items[--queue.count];
        queue.items[queue.count] = NULL;
        PyWeakReference *w = (PyWeakReference *)ref;
        PyObject *callback = w->wr_callback;
        w->wr_callback = NULL;
        if (callback == NULL)
            continue;
        PyObject *raised = gcrt_ts->exception;
        gcrt_ts->exception = NULL;
        if (PyObject_CallOneArg(callback, ref) == NULL)
            PyErr_WriteUnraisable(callback);
        gcrt_ts->exception = raised;
    }
}

static int
reserve_callback(void)
{
    if (queue.reserved + queue.count + 1 > queue.capacity) {
        size_t capacity = queue.capacity < 16 ? 16 : queue.capacity * 2;
        PyObject **fresh = gcrt_alloc_words(capacity);
        if (fresh == NULL)
            return -1;
        /* The allocation may have collected and queued. */
        if (queue.count > 0)
            memcpy(fresh, queue.items, queue.count * sizeof(PyObject *));
        queue.items = fresh;
        queue.capacity = capacity;
    }
    queue.reserved++;
    return 0;
}

/* ---- making references */

static int
refuse(PyObject *target)
{
    if (!gcrt_is_immediate(target) && PyType_SUPPORTS_WEAKREFS(Py_TYPE(target)))
        return 0;
    PyErr_Format(PyExc_TypeError, "cannot create weak reference to '%s' object", Py_TYPE(target)->tp_name);
    return -1;
}

static PyObject *weakref_vectorcall(PyObject *, PyObject *const *, size_t, PyObject *);

static int
attach(PyWeakReference *ref, PyObject *target, PyObject *callback)
{
    ref->hash = -1;
    ref->vectorcall = weakref_vectorcall;
    if (callback != NULL && reserve_callback() < 0)
        return -1;
    if (table_reserve() < 0)
        return -1;
    /* What is no object of the collector's never dies. */
    if (gc_contains(target) && gc_weak_register(ref, target) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    ref->wr_callback = callback;
    ref->wr_hidden = ~(uintptr_t)target;
    table_put(table.entries, table.mask, (entry){(uintptr_t)target, ref, cycles});
    table.used++;
    table.filled++;
    return 0;
}

/* The reference of an entry, for somebody who will keep it.  The last cycle may have found it dead but
 * intact (see weakref_cycle_end), so that it has to be registered again: once in a cycle, for the collector
 * keeps each registration until the next.  NULL: no memory for that, which is not reported. */
static PyObject *
revive(entry *e)
{
    if (e->cycle != cycles && gc_contains((void *)e->target)) {
        if (gc_weak_register(e->ref, (void *)e->target) < 0)
            return NULL;
        e->cycle = cycles;
    }
    return (PyObject *)e->ref;
}

/* A reference of this exact type without a callback: one is enough. */
static PyObject *
find_plain(PyObject *target, PyTypeObject *type)
{
    size_t i = hash_address((uintptr_t)target);
    entry *e;
    while ((e = table_next((uintptr_t)target, &i)) != NULL) {
        if (Py_TYPE(e->ref) == type && e->ref->wr_callback == NULL)
            return revive(e);
    }
    return NULL;
}

static PyObject *
make_exact(PyTypeObject *type, PyObject *target, PyObject *callback)
{
    if (callback == Py_None)
        callback = NULL;
    if (refuse(target) < 0)
        return NULL;
    PyObject *known = callback == NULL ? find_plain(target, type) : NULL;
    if (known != NULL)
        return known;
    PyWeakReference *ref = (PyWeakReference *)gcrt_new(type, sizeof(PyWeakReference));
    return ref == NULL || attach(ref, target, callback) < 0 ? NULL : (PyObject *)ref;
}

PyObject *
PyWeakref_NewRef(PyObject *target, PyObject *callback)
{
    return make_exact(&_PyWeakref_RefType, target, callback);
}

PyObject *
PyWeakref_NewProxy(PyObject *target, PyObject *callback)
{
    PyTypeObject *type = PyCallable_Check(target) ? &_PyWeakref_CallableProxyType : &_PyWeakref_ProxyType;
    return make_exact(type, target, callback);
}

PyObject *
PyWeakref_GetObject(PyObject *ref)
{
    if (ref == NULL || !PyWeakref_Check(ref)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return PyWeakref_GET_OBJECT(ref);
}

/* An extension's tp_dealloc says that the object is gone. */
void
PyObject_ClearWeakRefs(PyObject *target)
{
    size_t i = hash_address((uintptr_t)target);
    entry *e;
    while ((e = table_next((uintptr_t)target, &i)) != NULL) {
        PyWeakReference *ref = e->ref;
        if (gc_contains(target))
            gc_weak_unregister(ref, target);
        weakref_clear(ref, target);
    }
}

PyObject *
weakref_first(PyObject *target)
{
    size_t i = hash_address((uintptr_t)target);
    entry *e = gcrt_is_immediate(target) ? NULL : table_next((uintptr_t)target, &i);
    PyObject *ref = e == NULL ? NULL : revive(e);
    return ref == NULL ? Py_None : ref;
}

Py_ssize_t
weakref_count(PyObject *target)
{
    Py_ssize_t n = 0;
    size_t i = hash_address((uintptr_t)target);
    if (gcrt_is_immediate(target))
        return 0;
    while (table_next((uintptr_t)target, &i) != NULL)
        n++;
    return n;
}

PyObject *
weakref_list(PyObject *target)
{
    PyObject *list = PyList_New(0);
    size_t i = hash_address((uintptr_t)target);
    entry *e;
    if (gcrt_is_immediate(target))
        return list;
    while (list != NULL && (e = table_next((uintptr_t)target, &i)) != NULL) {
        PyObject *ref = revive(e);
        if (ref != NULL && PyList_Append(list, ref) < 0)
            return NULL;
    }
    return list;
}

/* ---- weakref.ref */

static void
ref_trace(PyObject *self, size_t size, gc_tracer *t)
{
    (void)size;
    gc_visit(t, (uintptr_t)((PyWeakReference *)self)->wr_callback);
}

static PyObject *
ref_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    PyObject *target, *callback = NULL;
    if (type == &_PyWeakref_RefType && kwds != NULL && !_PyArg_NoKeywords("ref", kwds))
        return NULL;
    if (!PyArg_UnpackTuple(args, "__new__", 1, 2, &target, &callback))
        return NULL;
    if (type == &_PyWeakref_RefType)
        return make_exact(type, target, callback);
    if (callback == Py_None)
        callback = NULL;
    if (refuse(target) < 0)
        return NULL;
    PyWeakReference *ref = (PyWeakReference *)type->tp_alloc(type, 0);
    return ref == NULL || attach(ref, target, callback) < 0 ? NULL : (PyObject *)ref;
}

static int
ref_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    PyObject *target, *callback = NULL;
    (void)self;
    if (!_PyArg_NoKeywords("ref", kwds))
        return -1;
    return PyArg_UnpackTuple(args, "__init__", 1, 2, &target, &callback) ? 0 : -1;
}

static PyObject *
weakref_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    (void)args;
    if (!_PyArg_NoKwnames("weakref", kwnames)
        || !_PyArg_CheckPositional("weakref", PyVectorcall_NARGS(nargsf), 0, 0))
        return NULL;
    return PyWeakref_GET_OBJECT(self);
}

static Py_hash_t
ref_hash(PyObject *self)
{
    PyWeakReference *ref = (PyWeakReference *)self;
    if (ref->hash != -1)
        return ref->hash;
    PyObject *target = PyWeakref_GET_OBJECT(self);
    if (target == Py_None) {
        PyErr_SetString(PyExc_TypeError, "weak object has gone away");
        return -1;
    }
    return ref->hash = PyObject_Hash(target);
}

static PyObject *
ref_richcompare(PyObject *a, PyObject *b, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyWeakref_CheckRef(a) || !PyWeakref_CheckRef(b))
        return Py_NotImplemented;
    PyObject *x = PyWeakref_GET_OBJECT(a), *y = PyWeakref_GET_OBJECT(b);
    if (x == Py_None || y == Py_None)
        return PyBool_FromLong((a == b) == (op == Py_EQ));
    return PyObject_RichCompare(x, y, op);
}

static PyObject *
ref_repr(PyObject *self)
{
    PyObject *target = PyWeakref_GET_OBJECT(self), *name;
    if (target == Py_None)
        return PyUnicode_FromFormat("<weakref at %p; dead>", self);
    if (_PyObject_LookupAttr(target, GCRT_NAME(__name__), &name) < 0)
        return NULL;
    if (name == NULL || !PyUnicode_Check(name))
        return PyUnicode_FromFormat("<weakref at %p; to '%s' at %p>", self, Py_TYPE(target)->tp_name, target);
    return PyUnicode_FromFormat("<weakref at %p; to '%s' at %p (%U)>", self, Py_TYPE(target)->tp_name, target,
                                name);
}

static PyMemberDef ref_members[] = {
    {"__callback__", _Py_T_OBJECT, offsetof(PyWeakReference, wr_callback), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyMethodDef ref_methods[] = {
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "See PEP 585"},
    {NULL, NULL, 0, NULL},
};

PyTypeObject _PyWeakref_RefType = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "weakref.ReferenceType",
    .tp_basicsize = sizeof(PyWeakReference),
    .tp_vectorcall_offset = offsetof(PyWeakReference, vectorcall),
    .tp_repr = ref_repr,
    .tp_hash = ref_hash,
    .tp_call = PyVectorcall_Call,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_richcompare = ref_richcompare,
    .tp_methods = ref_methods,
    .tp_members = ref_members,
    .tp_init = ref_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = ref_new,
    .gcrt_trace = ref_trace,
};
