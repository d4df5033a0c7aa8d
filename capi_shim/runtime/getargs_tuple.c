/* getargs_tuple.c: PyArg_Parse, PyArg_ParseTuple, PyArg_UnpackTuple and small checks. */
#include "runtime.h"

#include "getargs.h"

/* How many arguments the format asks for at least and at most; -1 for a bad format. */
static int
format_bounds(const char *f, int *min, int *max)
{
    int level = 0;
    *max = 0;
    *min = -1;
    for (; *f != '\0' && *f != ':' && *f != ';'; f++) {
        if (*f == '(') {
            *max += level == 0;
            level++;
        } else if (*f == ')') {
            if (level-- == 0) {
                PyErr_SetString(PyExc_SystemError, "excess ')' in getargs format");
                return -1;
            }
        } else if (level == 0 && *f == '|') {
            *min = *max;
        } else if (level == 0 && Py_ISALPHA(*f) && *f != 'e') {
            (*max)++;
        }
    }
    if (level != 0) {
        PyErr_SetString(PyExc_SystemError, "missing ')' in getargs format");
        return -1;
    }
    if (*min < 0)
        *min = *max;
    return 0;
}

static void
count_error(const char *name, const char *message, int min, int max, Py_ssize_t n)
{
    int bound = n < min ? min : max;
    if (message != NULL)
        PyErr_SetString(PyExc_TypeError, message);
    else
        PyErr_Format(PyExc_TypeError, "%.150s%s takes %s %d argument%s (%zd given)", name == NULL ? "function" : name,
                     name == NULL ? "" : "()", min == max ? "exactly" : n < min ? "at least" : "at most", bound,
                     bound == 1 ? "" : "s", n);
}

static int
check_rest(const char *f)
{
    if (*f == '\0' || Py_ISALPHA(*f) || *f == '(' || *f == '|' || *f == ':' || *f == ';')
        return 1;
    PyErr_Format(PyExc_SystemError, "bad format string: %.200s", f);
    return 0;
}

static int
parse_items(PyObject *const *items, Py_ssize_t n, const char *format, va_list *va, bool lone)
{
    getargs_state st;
    char room[256];
    const char *name, *message, *bad;
    int min, max;
    if (format_bounds(format, &min, &max) < 0)
        return 0;
    if (n < min || n > max) {
        name = getargs_names(format, room, sizeof room, &message);
        count_error(name, message, min, max, n);
        return 0;
    }
    getargs_begin(&st, format, va);
    for (Py_ssize_t i = 0; i < n; i++) {
        if (*st.format == '|')
            st.format++;
        bad = getargs_convert_next(&st, items[i]);
        if (bad != NULL) {
            name = getargs_names(format, room, sizeof room, &message);
            getargs_error(&st, lone ? 0 : i + 1, bad, name, message);
            getargs_undo_all(&st);
            return 0;
        }
    }
    if (!check_rest(st.format)) {
        getargs_undo_all(&st);
        return 0;
    }
    return 1;
}

int
PyArg_VaParse(PyObject *args, const char *format, va_list va)
{
    va_list copy;
    int ok;
    if (!PyTuple_Check(args)) {
        PyErr_SetString(PyExc_SystemError, "new style getargs format but argument is not a tuple");
        return 0;
    }
    va_copy(copy, va);
    ok = parse_items(((PyTupleObject *)args)->ob_item, PyTuple_GET_SIZE(args), format, &copy, false);
    va_end(copy);
    return ok;
}

int
PyArg_ParseTuple(PyObject *args, const char *format, ...)
{
    va_list va;
    int ok;
    va_start(va, format);
    ok = PyArg_VaParse(args, format, va);
    va_end(va);
    return ok;
}

int
PyArg_Parse(PyObject *arg, const char *format, ...)
{
    va_list va;
    int ok;
    va_start(va, format);
    ok = parse_items(&arg, arg != NULL, format, &va, true);
    va_end(va);
    return ok;
}

int
_PyArg_ParseStack(PyObject *const *args, Py_ssize_t nargs, const char *format, ...)
{
    va_list va;
    int ok;
    va_start(va, format);
    ok = parse_items(args, nargs, format, &va, false);
    va_end(va);
    return ok;
}

/* ------------------------------------------------------------------ unpacking */

int
_PyArg_CheckPositional(const char *name, Py_ssize_t n, Py_ssize_t min, Py_ssize_t max)
{
    Py_ssize_t bound = n < min ? min : max;
    const char *quantity = min == max ? "" : n < min ? "at least " : "at most ";
    if (n >= min && n <= max)
        return 1;
    if (name != NULL)
        PyErr_Format(PyExc_TypeError, "%.200s expected %s%zd argument%s, got %zd", name, quantity, bound,
                     bound == 1 ? "" : "s", n);
    else
        PyErr_Format(PyExc_TypeError, "unpacked tuple should have %s%zd element%s, but has %zd", quantity, bound,
                     bound == 1 ? "" : "s", n);
    return 0;
}

static int
unpack(PyObject *const *args, Py_ssize_t n, const char *name, Py_ssize_t min, Py_ssize_t max, va_list va)
{
    if (!_PyArg_CheckPositional(name, n, min, max))
        return 0;
    for (Py_ssize_t i = 0; i < n; i++)
        *va_arg(va, PyObject **) = args[i];
    return 1;
}

int
PyArg_UnpackTuple(PyObject *args, const char *name, Py_ssize_t min, Py_ssize_t max, ...)
{
    va_list va;
    int ok;
    if (!PyTuple_Check(args)) {
        PyErr_SetString(PyExc_SystemError, "PyArg_UnpackTuple() argument list is not a tuple");
        return 0;
    }
    va_start(va, max);
    ok = unpack(((PyTupleObject *)args)->ob_item, PyTuple_GET_SIZE(args), name, min, max, va);
    va_end(va);
    return ok;
}

int
_PyArg_UnpackStack(PyObject *const *args, Py_ssize_t n, const char *name, Py_ssize_t min, Py_ssize_t max, ...)
{
    va_list va;
    int ok;
    va_start(va, max);
    ok = unpack(args, n, name, min, max, va);
    va_end(va);
    return ok;
}

void
_PyArg_BadArgument(const char *function, const char *name, const char *expected, PyObject *arg)
{
    PyErr_Format(PyExc_TypeError, "%.200s() %.200s must be %.50s, not %.50s", function, name, expected,
                 arg == Py_None ? "None" : Py_TYPE(arg)->tp_name);
}

int
_PyArg_NoKeywords(const char *function, PyObject *kwargs)
{
    if (kwargs == NULL || (PyDict_Check(kwargs) && PyDict_GET_SIZE(kwargs) == 0))
        return 1;
    PyErr_Format(PyExc_TypeError, "%.200s() takes no keyword arguments", function);
    return 0;
}

int
_PyArg_NoKwnames(const char *function, PyObject *names)
{
    if (names == NULL || PyTuple_GET_SIZE(names) == 0)
        return 1;
    PyErr_Format(PyExc_TypeError, "%s() takes no keyword arguments", function);
    return 0;
}

int
_PyArg_NoPositional(const char *function, PyObject *args)
{
    if (args == NULL || PyTuple_GET_SIZE(args) == 0)
        return 1;
    PyErr_Format(PyExc_TypeError, "%.200s() takes no positional arguments", function);
    return 0;
}
