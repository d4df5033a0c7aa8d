/* _warnings.c: warn() and warn_explicit(), and PyErr_Warn*.
 *
 * Filters and registries are Python objects that warnings.py shares with us: a filter is
 * (action, message pattern or None, category, module pattern or None, line or 0).  A registry, in the
 * module that was warned about, remembers what has been shown; it is stale when its "version" is not
 * the filters' version. */
#include "code.h"
#include "exceptions.h"
#include "frame.h"
#include "state.h"

static PyObject *filters, *once_registry, *default_action;
static long filters_version;

/* ------------------------------------------------------------------ what warnings.py may have replaced */

static PyObject *
warnings_attribute(const char *name)
{
    PyObject *module = PyDict_GetItemString(gcrt_interp.modules, "warnings");
    if (module == NULL)
        return NULL;
    PyObject *value = PyObject_GetAttrString(module, name);
    if (value == NULL)
        PyErr_Clear();
    return value;
}

static PyObject *
current_filters(void)
{
    PyObject *list = warnings_attribute("filters");
    list = list != NULL ? list : filters;
    if (!PyList_Check(list))
        return PyErr_Format(PyExc_ValueError, "_warnings.filters must be a list");
    return list;
}

/* ------------------------------------------------------------------ matching */

/* pattern: None, a str that must be equal, or a compiled regular expression. */
static int
matches(PyObject *pattern, PyObject *text)
{
    if (pattern == Py_None)
        return 1;
    if (PyUnicode_CheckExact(pattern))
        return PyUnicode_Compare(pattern, text) == 0;
    PyObject *result = PyObject_CallMethod(pattern, "match", "O", text);
    return result == NULL ? -1 : PyObject_IsTrue(result);
}

static int
filter_matches(PyObject *filter, PyObject *category, PyObject *text, PyObject *module, long lineno)
{
    int result = matches(PyTuple_GET_ITEM(filter, 1), text);
    if (result > 0)
        result = PyObject_IsSubclass(category, PyTuple_GET_ITEM(filter, 2));
    if (result > 0)
        result = matches(PyTuple_GET_ITEM(filter, 3), module);
    if (result > 0) {
        long line = PyLong_AsLong(PyTuple_GET_ITEM(filter, 4));
        if (line == -1 && PyErr_Occurred())
            return -1;
        result = line == 0 || line == lineno;
    }
    return result;
}

/* The action, with *item the filter that gave it. */
static PyObject *
find_action(PyObject *category, PyObject *text, PyObject *module, long lineno, PyObject **item)
{
    PyObject *list = current_filters();
    *item = Py_None;
    for (Py_ssize_t i = 0; list != NULL && i < PyList_GET_SIZE(list); i++) {
        PyObject *filter = PyList_GET_ITEM(list, i);
        if (!PyTuple_Check(filter) || PyTuple_GET_SIZE(filter) != 5)
            return PyErr_Format(PyExc_ValueError, "_warnings.filters item %zd isn't a 5-tuple", i);
        int matched = filter_matches(filter, category, text, module, lineno);
        if (matched < 0)
            return NULL;
        if (matched) {
            *item = filter;
            return PyTuple_GET_ITEM(filter, 0);
        }
    }
    if (list == NULL)
        return NULL;
    PyObject *action = warnings_attribute("defaultaction");
    return action != NULL ? action : default_action;
}

/* ------------------------------------------------------------------ registries */

/* 1: key was shown before.  With add, it is noted. */
static int
seen(PyObject *registry, PyObject *key, int add)
{
    static PyObject *version_key;
    if (registry == NULL || registry == Py_None)
        return 0;
    if (version_key == NULL && (version_key = PyUnicode_InternFromString("version")) == NULL)
        return -1;
    PyObject *version = PyDict_GetItemWithError(registry, version_key);
    if (version == NULL || !gcrt_is_int(version) || gcrt_int_value(version) != filters_version) {
        if (gcrt_ts->exception != NULL)
            return -1;
        PyDict_Clear(registry);
        if (PyDict_SetItem(registry, version_key, gcrt_int(filters_version)) < 0)
            return -1;
    } else {
        PyObject *value = PyDict_GetItemWithError(registry, key);
        if (value != NULL)
            return PyObject_IsTrue(value);
        if (gcrt_ts->exception != NULL)
            return -1;
    }
    return add ? PyDict_SetItem(registry, key, Py_True) : 0;
}

/* ------------------------------------------------------------------ showing */

static int
show_plainly(PyObject *filename, int lineno, PyObject *text, PyObject *category, PyObject *sourceline)
{
    PyObject *file = sys_get("stderr");
    if (file == NULL || file == Py_None)
        return 0;
    PyObject *name = PyObject_GetAttr(category, GCRT_NAME(__name__));
    PyObject *head = name != NULL ? PyUnicode_FromFormat("%U:%d: %U: %U\n", filename, lineno, name, text) : NULL;
    if (head == NULL || PyFile_WriteObject(head, file, Py_PRINT_RAW) < 0)
        return -1;
    if (sourceline == NULL)
        sourceline = PyErr_ProgramTextObject(filename, lineno);
    if (sourceline == NULL || !PyUnicode_Check(sourceline))
        return 0;
    PyObject *stripped = PyObject_CallMethod(sourceline, "strip", NULL);
    PyObject *line = stripped != NULL ? PyUnicode_FromFormat("  %U\n", stripped) : NULL;
    return line == NULL || PyFile_WriteObject(line, file, Py_PRINT_RAW) < 0 ? -1 : 0;
}

static int
show(PyObject *message, PyObject *text, PyObject *category, PyObject *filename, int lineno, PyObject *sourceline,
     PyObject *source)
{
    PyObject *show_function = warnings_attribute("_showwarnmsg");
    PyObject *message_class = show_function != NULL ? warnings_attribute("WarningMessage") : NULL;
    if (message_class == NULL)
        return show_plainly(filename, lineno, text, category, sourceline);
    if (!PyCallable_Check(show_function)) {
        PyErr_SetString(PyExc_TypeError, "warnings._showwarnmsg() must be set to a callable");
        return -1;
    }
    PyObject *item = PyObject_CallFunction(message_class, "OOOiOOO", message, category, filename, lineno, Py_None,
                                           Py_None, source != NULL ? source : Py_None);
    return item == NULL || PyObject_CallOneArg(show_function, item) == NULL ? -1 : 0;
}

/* ------------------------------------------------------------------ warn_explicit */

static PyObject *
module_of_file(PyObject *filename)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(filename);
    if (n == 0)
        return PyUnicode_FromString("<unknown>");
    if (n >= 3 && PyUnicode_Tailmatch(filename, PyUnicode_FromString(".py"), 0, n, 1) == 1)
        return PyUnicode_Substring(filename, 0, n - 3);
    return filename;
}

/* 1: to be shown, 0: not, -1: exception. */
static int
apply_action(PyObject *action, PyObject *item, PyObject *registry, PyObject *key, PyObject *text, PyObject *category)
{
    const char *name = PyUnicode_Check(action) ? PyUnicode_AsUTF8(action) : NULL;
    if (name == NULL) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_TypeError, "action must be a string, not '%.200s'", Py_TYPE(action)->tp_name);
        return -1;
    }
    if (strcmp(name, "always") == 0)
        return 1;
    if (strcmp(name, "ignore") == 0)
        return 0;
    int before = 0;
    if (registry != NULL && registry != Py_None && PyDict_SetItem(registry, key, Py_True) < 0)
        return -1;
    if (strcmp(name, "once") == 0) {
        PyObject *once = warnings_attribute("onceregistry"), *pair = PyTuple_Pack(2, text, category);
        before = pair == NULL ? -1 : seen(once != NULL && PyDict_Check(once) ? once : once_registry, pair, 1);
    } else if (strcmp(name, "module") == 0) {
        PyObject *triple = PyTuple_Pack(3, text, category, gcrt_int(0));
        before = triple == NULL ? -1 : seen(registry, triple, 1);
    } else if (strcmp(name, "default") != 0) {
        PyErr_Format(PyExc_RuntimeError, "Unrecognized action (%R) in warnings.filters:\n %R", action, item);
        return -1;
    }
    return before < 0 ? -1 : !before;
}

static int
warn_explicit(PyObject *category, PyObject *message, PyObject *filename, int lineno, PyObject *module,
              PyObject *registry, PyObject *sourceline, PyObject *source)
{
    PyObject *text = message, *item;
    if (module == Py_None)
        return 0;
    if (registry != NULL && registry != Py_None && !PyDict_Check(registry)) {
        PyErr_SetString(PyExc_TypeError, "'registry' must be a dict or None");
        return -1;
    }
    if (module == NULL && (module = module_of_file(filename)) == NULL)
        return -1;
    if (PyObject_TypeCheck(message, &exc_Warning)) {
        text = PyObject_Str(message);
        category = (PyObject *)Py_TYPE(message);
    } else
        message = PyObject_CallOneArg(category, message);
    if (text == NULL || message == NULL)
        return -1;
    PyObject *key = PyTuple_Pack(3, text, category, gcrt_int(lineno));
    int before = key == NULL ? -1 : seen(registry, key, 0);
    if (before != 0)
        return before < 0 ? -1 : 0;
    PyObject *action = find_action(category, text, module, lineno, &item);
    if (action == NULL)
        return -1;
    if (PyUnicode_Check(action) && PyUnicode_CompareWithASCIIString(action, "error") == 0) {
        PyErr_SetObject(category, message);
        return -1;
    }
    int wanted = apply_action(action, item, registry, key, text, category);
    if (wanted <= 0)
        return wanted;
    return show(message, text, category, filename, lineno, sourceline, source);
}

/* ------------------------------------------------------------------ warn */

static int
is_internal(gcrt_frame *frame)
{
    PyObject *name = frame->code->co_filename;
    return PyUnicode_CompareWithASCIIString(name, "<frozen importlib._bootstrap>") == 0 ||
           PyUnicode_CompareWithASCIIString(name, "<frozen importlib._bootstrap_external>") == 0;
}

static gcrt_frame *
next_external(gcrt_frame *frame)
{
    do
        frame = frame->back;
    while (frame != NULL && is_internal(frame));
    return frame;
}

/* The frame that the warning is about: stack_level 1 is the innermost. */
static gcrt_frame *
warned_frame(Py_ssize_t stack_level)
{
    gcrt_frame *frame = gcrt_ts->frame;
    int skip_internal = stack_level > 1 && frame != NULL && !is_internal(frame);
    while (--stack_level > 0 && frame != NULL)
        frame = skip_internal ? next_external(frame) : frame->back;
    return frame;
}

static int
warn_at(PyObject *category, PyObject *message, Py_ssize_t stack_level, PyObject *source)
{
    gcrt_frame *frame = warned_frame(stack_level);
    PyObject *globals = gcrt_interp.sysdict, *filename;
    int lineno = 1;
    if (frame != NULL) {
        globals = frame->func->func_globals;
        filename = frame->code->co_filename;
        lineno = frame_line(frame);
    } else
        filename = PyUnicode_FromString("sys");
    if (filename == NULL)
        return -1;
    PyObject *registry = PyDict_GetItemString(globals, "__warningregistry__");
    if (registry == NULL) {
        registry = PyDict_New();
        if (registry == NULL || PyDict_SetItemString(globals, "__warningregistry__", registry) < 0)
            return -1;
    }
    PyObject *module = PyDict_GetItemWithError(globals, GCRT_NAME(__name__));
    if (module == NULL || !(module == Py_None || PyUnicode_Check(module)))
        module = PyUnicode_FromString("<string>");
    if (module == NULL)
        return -1;
    return warn_explicit(category, message, filename, lineno, module, registry, NULL, source);
}

static PyObject *
category_of(PyObject *message, PyObject *category)
{
    if (PyObject_TypeCheck(message, &exc_Warning))
        return (PyObject *)Py_TYPE(message);
    if (category == NULL || category == Py_None)
        return PyExc_UserWarning;
    int ok = PyType_Check(category) ? PyObject_IsSubclass(category, PyExc_Warning) : 0;
    if (ok < 0)
        return NULL;
    if (!ok)
        return PyErr_Format(PyExc_TypeError, "category must be a Warning subclass, not '%s'", Py_TYPE(category)->tp_name);
    return category;
}

static PyObject *
warnings_warn(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwds)
{
    static char *names[] = {"message", "category", "stacklevel", "source", NULL};
    PyObject *message, *category = NULL, *source = NULL;
    Py_ssize_t stack_level = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O|OnO:warn", names, &message, &category, &stack_level, &source))
        return NULL;
    category = category_of(message, category);
    if (category == NULL || warn_at(category, message, stack_level, source) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* The line's text through the module's loader: linecache knows how. */
static PyObject *
line_from_globals(PyObject *filename, int lineno, PyObject *globals)
{
    if (globals == NULL || globals == Py_None)
        return NULL;
    PyObject *linecache = PyImport_ImportModule("linecache");
    PyObject *line = linecache != NULL ? PyObject_CallMethod(linecache, "getline", "OiO", filename, lineno, globals) : NULL;
    if (line == NULL)
        PyErr_Clear();
    return line != NULL && PyUnicode_GET_LENGTH(line) > 0 ? line : NULL;
}

static PyObject *
warnings_warn_explicit(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwds)
{
    static char *names[] = {"message", "category", "filename", "lineno", "module", "registry", "module_globals",
                            "source", NULL};
    PyObject *message, *category, *filename, *module = NULL, *registry = NULL, *globals = NULL, *source = NULL;
    int lineno;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "OOUi|OOOO:warn_explicit", names, &message, &category, &filename,
                                     &lineno, &module, &registry, &globals, &source))
        return NULL;
    PyObject *line = line_from_globals(filename, lineno, globals);
    if (warn_explicit(category, message, filename, lineno, module, registry, line, source) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
warnings_filters_mutated(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    filters_version++;
    Py_RETURN_NONE;
}

static PyMethodDef warnings_methods[] = {
    {"warn", _PyCFunction_CAST(warnings_warn), METH_VARARGS | METH_KEYWORDS, "Issue a warning."},
    {"warn_explicit", _PyCFunction_CAST(warnings_warn_explicit), METH_VARARGS | METH_KEYWORDS,
     "Issue a warning about a given place."},
    {"_filters_mutated", warnings_filters_mutated, METH_NOARGS, NULL},
    {0},
};

static PyModuleDef warnings_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_warnings",
    .m_doc = "The core of the warnings module.",
    .m_size = -1,
    .m_methods = warnings_methods,
};

static int
add_filter(const char *action, PyObject *category, const char *module)
{
    PyObject *name = module != NULL ? PyUnicode_InternFromString(module) : Py_None;
    PyObject *filter = Py_BuildValue("(sOOOi)", action, Py_None, category, name, 0);
    return filter == NULL ? -1 : PyList_Append(filters, filter);
}

static int
make_filters(void)
{
    filters = PyList_New(0);
    once_registry = PyDict_New();
    default_action = PyUnicode_InternFromString("default");
    if (filters == NULL || once_registry == NULL || default_action == NULL ||
        add_filter("default", PyExc_DeprecationWarning, "__main__") < 0 ||
        add_filter("ignore", PyExc_DeprecationWarning, NULL) < 0 ||
        add_filter("ignore", PyExc_PendingDeprecationWarning, NULL) < 0 ||
        add_filter("ignore", PyExc_ImportWarning, NULL) < 0)
        return -1;
    return add_filter("ignore", PyExc_ResourceWarning, NULL);
}

PyObject *
PyInit__warnings(void)
{
    PyObject *m = PyModule_Create(&warnings_def);
    if (m == NULL || (filters == NULL && make_filters() < 0) || PyModule_AddObjectRef(m, "filters", filters) < 0 ||
        PyModule_AddObjectRef(m, "_onceregistry", once_registry) < 0 ||
        PyModule_AddObjectRef(m, "_defaultaction", default_action) < 0)
        return NULL;
    return m;
}

/* ------------------------------------------------------------------ PyErr_Warn* */

int
PyErr_WarnEx(PyObject *category, const char *text, Py_ssize_t stack_level)
{
    PyObject *message = PyUnicode_FromString(text);
    return message == NULL ? -1 : warn_at(category != NULL ? category : PyExc_RuntimeWarning, message, stack_level, NULL);
}

int
PyErr_WarnFormat(PyObject *category, Py_ssize_t stack_level, const char *format, ...)
{
    va_list va;
    va_start(va, format);
    PyObject *message = PyUnicode_FromFormatV(format, va);
    va_end(va);
    return message == NULL ? -1 : warn_at(category != NULL ? category : PyExc_RuntimeWarning, message, stack_level, NULL);
}

int
PyErr_ResourceWarning(PyObject *source, Py_ssize_t stack_level, const char *format, ...)
{
    va_list va;
    va_start(va, format);
    PyObject *message = PyUnicode_FromFormatV(format, va);
    va_end(va);
    return message == NULL ? -1 : warn_at(PyExc_ResourceWarning, message, stack_level, source);
}

int
PyErr_WarnExplicitObject(PyObject *category, PyObject *message, PyObject *filename, int lineno, PyObject *module,
                         PyObject *registry)
{
    return warn_explicit(category != NULL ? category : PyExc_RuntimeWarning, message, filename, lineno, module,
                         registry, NULL, NULL);
}

int
PyErr_WarnExplicit(PyObject *category, const char *text, const char *filename, int lineno, const char *module,
                   PyObject *registry)
{
    PyObject *message = PyUnicode_FromString(text), *name = PyUnicode_DecodeFSDefault(filename);
    PyObject *module_name = module != NULL ? PyUnicode_FromString(module) : NULL;
    if (message == NULL || name == NULL || (module != NULL && module_name == NULL))
        return -1;
    return PyErr_WarnExplicitObject(category, message, name, lineno, module_name, registry);
}

int
PyErr_WarnExplicitFormat(PyObject *category, const char *filename, int lineno, const char *module, PyObject *registry,
                         const char *format, ...)
{
    va_list va;
    va_start(va, format);
    PyObject *message = PyUnicode_FromFormatV(format, va);
    va_end(va);
    PyObject *name = PyUnicode_DecodeFSDefault(filename);
    PyObject *module_name = module != NULL ? PyUnicode_FromString(module) : NULL;
    if (message == NULL || name == NULL || (module != NULL && module_name == NULL))
        return -1;
    return PyErr_WarnExplicitObject(category, message, name, lineno, module_name, registry);
}
