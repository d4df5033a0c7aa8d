/* _bisect.c: binary search in sorted sequences. */
#include "number_fast.h"

typedef struct {
    PyObject *sequence, *x, *key;
    Py_ssize_t lo, hi;
} search;

/* a < b */
static int
less(PyObject *a, PyObject *b)
{
    int quick = fast_compare_bool(a, b, Py_LT);
    return quick >= 0 ? quick : PyObject_RichCompareBool(a, b, Py_LT);
}

static PyObject *
item_at(PyObject *sequence, Py_ssize_t i)
{
    if (PyList_CheckExact(sequence) && i < PyList_GET_SIZE(sequence))
        return PyList_GET_ITEM(sequence, i);
    return PySequence_GetItem(sequence, i);
}

/* The insertion point; right: after equal items.  -1 with an exception. */
static Py_ssize_t
find(const search *s, PyObject *x, int right)
{
    Py_ssize_t lo = s->lo, hi = s->hi;
    while (lo < hi) {
        Py_ssize_t middle = lo + (hi - lo) / 2;
        PyObject *item = item_at(s->sequence, middle);
        if (item != NULL && s->key != Py_None)
            item = PyObject_CallOneArg(s->key, item);
        if (item == NULL)
            return -1;
        int before = right ? less(x, item) : less(item, x);
        if (before < 0)
            return -1;
        if (before == right)
            hi = middle;
        else
            lo = middle + 1;
    }
    return lo;
}

static int
parse(PyObject *args, PyObject *kwargs, const char *format, search *s)
{
    static char *keywords[] = {"a", "x", "lo", "hi", "key", NULL};
    PyObject *hi = Py_None;
    *s = (search){.key = Py_None};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, format, keywords, &s->sequence, &s->x, &s->lo, &hi, &s->key))
        return -1;
    if (s->lo < 0) {
        PyErr_SetString(PyExc_ValueError, "lo must be non-negative");
        return -1;
    }
    s->hi = hi == Py_None ? -1 : PyNumber_AsSsize_t(hi, PyExc_OverflowError);
    if (s->hi == -1) {
        if (PyErr_Occurred())
            return -1;
        s->hi = PySequence_Size(s->sequence);
    }
    return s->hi < 0 && PyErr_Occurred() ? -1 : 0;
}

static PyObject *
bisect_any(PyObject *args, PyObject *kwargs, const char *format, int right)
{
    search s;
    if (parse(args, kwargs, format, &s) < 0)
        return NULL;
    Py_ssize_t index = find(&s, s.x, right);
    return index < 0 ? NULL : PyLong_FromSsize_t(index);
}

static PyObject *
insort_any(PyObject *args, PyObject *kwargs, const char *format, int right)
{
    search s;
    if (parse(args, kwargs, format, &s) < 0)
        return NULL;
    PyObject *x = s.key == Py_None ? s.x : PyObject_CallOneArg(s.key, s.x);
    if (x == NULL)
        return NULL;
    Py_ssize_t index = find(&s, x, right);
    if (index < 0)
        return NULL;
    if (PyList_CheckExact(s.sequence))
        return PyList_Insert(s.sequence, index, s.x) < 0 ? NULL : Py_None;
    return PyObject_CallMethod(s.sequence, "insert", "nO", index, s.x) == NULL ? NULL : Py_None;
}

static PyObject *
bisect_right(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    return bisect_any(args, kwargs, "OO|nO$O:bisect_right", 1);
}

static PyObject *
bisect_left(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    return bisect_any(args, kwargs, "OO|nO$O:bisect_left", 0);
}

static PyObject *
insort_right(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    return insort_any(args, kwargs, "OO|nO$O:insort_right", 1);
}

static PyObject *
insort_left(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    return insort_any(args, kwargs, "OO|nO$O:insort_left", 0);
}

#define METHOD(name, function, doc) {name, _PyCFunction_CAST(function), METH_VARARGS | METH_KEYWORDS, doc}
static PyMethodDef bisect_methods[] = {
    METHOD("bisect_right", bisect_right, "Return the index where to insert item x in list a, assuming a is sorted."),
    METHOD("bisect_left", bisect_left, "Return the index where to insert item x in list a, assuming a is sorted."),
    METHOD("insort_right", insort_right, "Insert item x in list a, and keep it sorted assuming a is sorted."),
    METHOD("insort_left", insort_left, "Insert item x in list a, and keep it sorted assuming a is sorted."),
    {NULL, NULL, 0, NULL},
};

static PyModuleDef bisect_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_bisect",
    .m_doc = "Bisection algorithms.",
    .m_methods = bisect_methods,
};

PyObject *
PyInit__bisect(void)
{
    return PyModule_Create(&bisect_module);
}
