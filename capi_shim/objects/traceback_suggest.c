/* traceback_suggest.c: "Did you mean": the known name that is nearest to the one that is missing.
 * Distance: Levenshtein's, a changed letter's case costing half (V. Levenshtein, 1966). */
#include "frame.h"
#include "traceback_print.h"

enum { MAX_CANDIDATES = 750, MAX_NAME = 40, MOVE_COST = 2, CASE_COST = 1 };

static size_t
substitution_cost(char a, char b)
{
    if ((a & 31) != (b & 31))
        return MOVE_COST;
    if (a == b)
        return 0;
    return tolower((unsigned char)a) == tolower((unsigned char)b) ? CASE_COST : MOVE_COST;
}

/* Distance, or limit + 1 when it is larger than limit. */
static size_t
distance(const char *a, size_t na, const char *b, size_t nb, size_t limit)
{
    size_t row[MAX_NAME];
    while (na > 0 && nb > 0 && a[0] == b[0])
        a++, na--, b++, nb--;
    while (na > 0 && nb > 0 && a[na - 1] == b[nb - 1])
        na--, nb--;
    if (na == 0 || nb == 0)
        return (na + nb) * MOVE_COST;
    if (na > MAX_NAME || nb > MAX_NAME)
        return limit + 1;
    if (nb < na) {
        const char *t = a;
        size_t n = na;
        a = b, na = nb, b = t, nb = n;
    }
    if ((nb - na) * MOVE_COST > limit)
        return limit + 1;
    for (size_t i = 0; i < na; i++)
        row[i] = (i + 1) * MOVE_COST;
    size_t result = 0;
    for (size_t j = 0; j < nb; j++) {
        size_t diagonal = j * MOVE_COST, minimum = SIZE_MAX;
        result = diagonal;
        for (size_t i = 0; i < na; i++) {
            size_t substitute = diagonal + substitution_cost(b[j], a[i]);
            diagonal = row[i];
            size_t insert_delete = (result < diagonal ? result : diagonal) + MOVE_COST;
            result = insert_delete < substitute ? insert_delete : substitute;
            row[i] = result;
            if (result < minimum)
                minimum = result;
        }
        if (minimum > limit)
            return limit + 1;
    }
    return result;
}

static PyObject *
nearest(PyObject *names, PyObject *name)
{
    Py_ssize_t n = PyList_GET_SIZE(names), name_size;
    const char *text = PyUnicode_AsUTF8AndSize(name, &name_size);
    PyObject *best = NULL;
    size_t best_distance = SIZE_MAX;
    if (text == NULL || n >= MAX_CANDIDATES)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *item = PyList_GET_ITEM(names, i);
        Py_ssize_t size;
        const char *candidate = PyUnicode_Check(item) ? PyUnicode_AsUTF8AndSize(item, &size) : NULL;
        if (candidate == NULL)
            return NULL;
        if (PyUnicode_Compare(item, name) == 0)
            continue;
        size_t limit = (size_t)(name_size + size + 3) * MOVE_COST / 6;
        if (best != NULL && best_distance - 1 < limit)
            limit = best_distance - 1;
        size_t d = distance(text, (size_t)name_size, candidate, (size_t)size, limit);
        if (d <= limit && d < best_distance) {
            best = item;
            best_distance = d;
        }
    }
    return best;
}

static PyObject *
suggest_attribute(PyObject *exc)
{
    PyAttributeErrorObject *e = (PyAttributeErrorObject *)exc;
    if (e->name == NULL || e->obj == NULL || !PyUnicode_CheckExact(e->name))
        return NULL;
    PyObject *names = PyObject_Dir(e->obj);
    return names == NULL ? NULL : nearest(names, e->name);
}

static PyObject *
suggest_from(PyObject *mapping, PyObject *name)
{
    PyObject *names = mapping != NULL ? PySequence_List(mapping) : NULL;
    return names == NULL ? NULL : nearest(names, name);
}

/* The variables of the place where it was raised, then the module's, then the builtins. */
static PyObject *
suggest_name(PyObject *exc)
{
    PyNameErrorObject *e = (PyNameErrorObject *)exc;
    PyTracebackObject *tb = (PyTracebackObject *)e->traceback;
    if (e->name == NULL || !PyUnicode_CheckExact(e->name) || tb == NULL)
        return NULL;
    while (tb->tb_next != NULL)
        tb = tb->tb_next;
    PyObject *found = suggest_from(PyCode_GetVarnames(PyFrame_GetCode(tb->tb_frame)), e->name);
    if (found == NULL)
        found = suggest_from(PyFrame_GetGlobals(tb->tb_frame), e->name);
    if (found == NULL)
        found = suggest_from(PyFrame_GetBuiltins(tb->tb_frame), e->name);
    return found;
}

PyObject *
traceback_suggestion(PyObject *exc)
{
    PyObject *raised = error_take(), *found = NULL;
    if (Py_TYPE(exc) == &exc_AttributeError)
        found = suggest_attribute(exc);
    else if (Py_TYPE(exc) == &exc_NameError)
        found = suggest_name(exc);
    error_restore(raised);
    return found;
}
