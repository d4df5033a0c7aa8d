/* type_mro.c: the method resolution order (C3: Barrett et al., "A Monotonic Superclass Linearization for
 * Dylan", 1996) and the weakly known subclasses. */
#include "typeobject.h"

/* ---- C3 */

/* Is candidate in the tail of any list?  lists[k] is a tuple or list of which at[k] items are used up. */
static int
in_a_tail(PyObject **lists, Py_ssize_t *at, Py_ssize_t n, PyObject *candidate)
{
    for (Py_ssize_t k = 0; k < n; k++) {
        for (Py_ssize_t i = at[k] + 1; i < PyTuple_GET_SIZE(lists[k]); i++) {
            if (PyTuple_GET_ITEM(lists[k], i) == candidate)
                return 1;
        }
    }
    return 0;
}

static PyObject *
mro_conflict(PyObject **lists, Py_ssize_t *at, Py_ssize_t n)
{
    PyObject *names = NULL;
    PyObject *seen = PyList_New(0);
    if (seen == NULL)
        return NULL;
    for (Py_ssize_t k = 0; k < n; k++) {
        if (at[k] >= PyTuple_GET_SIZE(lists[k]))
            continue;
        PyObject *base = PyTuple_GET_ITEM(lists[k], at[k]);
        int known = 0;
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(seen); i++)
            known |= PyList_GET_ITEM(seen, i) == base;
        if (known)
            continue;
        if (PyList_Append(seen, base) < 0)
            return NULL;
        const char *name = _PyType_Name((PyTypeObject *)base);
        names = names == NULL ? PyUnicode_FromString(name) : PyUnicode_FromFormat("%U, %s", names, name);
        if (names == NULL)
            return NULL;
    }
    PyErr_Format(PyExc_TypeError,
                 "Cannot create a consistent method resolution\norder (MRO) for bases %U",
                 names == NULL ? GCRT_NAME(mro) : names);
    return NULL;
}

static PyObject *
merge(PyTypeObject *type, PyObject **lists, Py_ssize_t *at, Py_ssize_t n)
{
    PyObject *result = PyList_New(0);
    if (result == NULL || PyList_Append(result, (PyObject *)type) < 0)
        return NULL;
    for (;;) {
        PyObject *next = NULL;
        int left = 0;
        for (Py_ssize_t k = 0; k < n && next == NULL; k++) {
            if (at[k] >= PyTuple_GET_SIZE(lists[k]))
                continue;
            left = 1;
            PyObject *candidate = PyTuple_GET_ITEM(lists[k], at[k]);
            if (!in_a_tail(lists, at, n, candidate))
                next = candidate;
        }
        if (!left)
            return PyList_AsTuple(result);
        if (next == NULL)
            return mro_conflict(lists, at, n);
        if (PyList_Append(result, next) < 0)
            return NULL;
        for (Py_ssize_t k = 0; k < n; k++) {
            if (at[k] < PyTuple_GET_SIZE(lists[k]) && PyTuple_GET_ITEM(lists[k], at[k]) == next)
                at[k]++;
        }
    }
}

static int
refuse_duplicates(PyObject *bases)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        for (Py_ssize_t j = i + 1; j < PyTuple_GET_SIZE(bases); j++) {
            PyObject *base = PyTuple_GET_ITEM(bases, i);
            if (base == PyTuple_GET_ITEM(bases, j)) {
                PyErr_Format(PyExc_TypeError, "duplicate base class %s",
                             _PyType_Name((PyTypeObject *)base));
                return -1;
            }
        }
    }
    return 0;
}

static PyObject *
mro_of_base(PyObject *base)
{
    PyTypeObject *type = (PyTypeObject *)base;
    if (type->tp_mro == NULL)
        PyErr_Format(PyExc_TypeError, "Cannot extend an incomplete type '%.100s'", type->tp_name);
    return type->tp_mro;
}

/* One base: its MRO with the type in front. */
static PyObject *
mro_single(PyTypeObject *type, PyObject *base)
{
    PyObject *rest = mro_of_base(base);
    if (rest == NULL)
        return NULL;
    Py_ssize_t n = PyTuple_GET_SIZE(rest);
    PyObject *result = PyTuple_New(n + 1);
    if (result == NULL)
        return NULL;
    PyTuple_SET_ITEM(result, 0, (PyObject *)type);
    for (Py_ssize_t i = 0; i < n; i++)
        PyTuple_SET_ITEM(result, i + 1, PyTuple_GET_ITEM(rest, i));
    return result;
}

PyObject *
type_mro_default(PyTypeObject *type)
{
    PyObject *bases = type->tp_bases;
    Py_ssize_t n = PyTuple_GET_SIZE(bases);
    if (n == 1)
        return mro_single(type, PyTuple_GET_ITEM(bases, 0));
    if (n == 0)
        return PyTuple_Pack(1, type);
    if (refuse_duplicates(bases) < 0)
        return NULL;
    PyObject **lists = gcrt_alloc_words((size_t)(n + 1));
    Py_ssize_t *at = lists == NULL ? NULL : gcrt_alloc_leaf((size_t)(n + 1) * sizeof(Py_ssize_t));
    if (at == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        lists[i] = mro_of_base(PyTuple_GET_ITEM(bases, i));
        if (lists[i] == NULL)
            return NULL;
    }
    lists[n] = bases;
    return merge(type, lists, at, n + 1);
}

/* The metaclass's mro() may answer anything that is made of types of a compatible layout. */
static PyObject *
mro_custom(PyTypeObject *type, PyObject *method, int unbound)
{
    PyObject *answer = unbound ? PyObject_CallOneArg(method, (PyObject *)type) : PyObject_CallNoArgs(method);
    PyObject *mro = answer == NULL ? NULL : PySequence_Tuple(answer);
    if (mro == NULL)
        return NULL;
    if (PyTuple_GET_SIZE(mro) == 0) {
        PyErr_SetString(PyExc_TypeError, "type MRO must not be empty");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *item = PyTuple_GET_ITEM(mro, i);
        if (!PyType_Check(item)) {
            PyErr_Format(PyExc_TypeError, "mro() returned a non-class ('%.500s')", Py_TYPE(item)->tp_name);
            return NULL;
        }
        PyTypeObject *base = (PyTypeObject *)item;
        if (!PyType_IsSubtype(type_solid_base(type), type_solid_base(base))) {
            PyErr_Format(PyExc_TypeError, "mro() returned base with unsuitable layout ('%.500s')",
                         base->tp_name);
            return NULL;
        }
    }
    return mro;
}

int
type_mro_compute(PyTypeObject *type)
{
    PyObject *mro;
    PyTypeObject *meta = Py_TYPE(type);
    int unbound = 0;
    PyObject *method = NULL;
    if (meta != &PyType_Type && meta != NULL) {
        PyObject *own = type_lookup(meta, GCRT_NAME(mro));
        PyObject *plain = type_lookup(&PyType_Type, GCRT_NAME(mro));
        if (own != plain) {
            method = type_special((PyObject *)type, GCRT_NAME(mro), &unbound);
            if (method == NULL)
                return -1;
        }
    }
    mro = method == NULL ? type_mro_default(type) : mro_custom(type, method, unbound);
    if (mro == NULL)
        return -1;
    if (method != NULL)
        type->gcrt_flags |= TYPE_NO_VERSION;
    gc_store(type, &type->tp_mro, mro);
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(mro); i++) {
        if (((PyTypeObject *)PyTuple_GET_ITEM(mro, i))->gcrt_flags & TYPE_NO_VERSION)
            type->gcrt_flags |= TYPE_NO_VERSION;
    }
    PyType_Modified(type);
    return 0;
}

/* ---- subclasses */

int
type_add_subclass(PyTypeObject *base, PyTypeObject *type)
{
    type_subclasses *list = (type_subclasses *)base->tp_subclasses;
    if (list == NULL || list->count == list->capacity) {
        size_t capacity = list == NULL ? 4 : list->capacity * 2;
        type_subclasses *fresh = gcrt_alloc_leaf(sizeof(type_subclasses) + capacity * sizeof(PyTypeObject *));
        if (fresh == NULL)
            return -1;
        fresh->capacity = capacity;
        /* The allocation may have collected: read the list again. */
        list = (type_subclasses *)base->tp_subclasses;
        if (list != NULL) {
            fresh->count = list->count;
            memcpy(fresh->items, list->items, list->count * sizeof(PyTypeObject *));
        }
        gc_store(base, &base->tp_subclasses, fresh);
        list = fresh;
    }
    list->items[list->count++] = type;
    return 0;
}

void
type_remove_subclass(PyTypeObject *base, PyTypeObject *type)
{
    type_subclasses *list = (type_subclasses *)base->tp_subclasses;
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        if (list->items[i] == type) {
            memmove(&list->items[i], &list->items[i + 1], (list->count - i - 1) * sizeof(PyTypeObject *));
            list->count--;
            return;
        }
    }
}

PyObject *
type_subclass_list(PyTypeObject *type)
{
    type_subclasses *list = (type_subclasses *)type->tp_subclasses;
    PyObject *result = PyList_New(0);
    for (size_t i = 0; result != NULL && list != NULL && i < list->count; i++) {
        if (PyList_Append(result, (PyObject *)list->items[i]) < 0)
            return NULL;
        list = (type_subclasses *)type->tp_subclasses;
    }
    return result;
}

static void
prune(PyTypeObject *type)
{
    type_subclasses *list = (type_subclasses *)type->tp_subclasses;
    if (list == NULL)
        return;
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        PyTypeObject *sub = list->items[i];
        if (gc_contains(sub) && !gc_is_marked(sub))
            continue;
        list->items[kept++] = sub;
        /* A type with several bases is visited by way of its first. */
        if (sub->tp_bases != NULL && PyTuple_GET_ITEM(sub->tp_bases, 0) == (PyObject *)type)
            prune(sub);
    }
    list->count = kept;
}

void
type_prune_subclasses(void)
{
    prune(&PyBaseObject_Type);
}
