/* errors.c: raising and catching from C.
 *
 * Invariant: ts->exception is NULL or an instance (never a bare class), with its traceback in the
 * instance.  The old triple (type, value, traceback) exists only at the API's surface: Fetch takes
 * the instance apart, Restore and Normalize put it together again. */
#include "exceptions.h"
#include "state.h"

/* An instance that is there when memory is not. */
static PyObject *memory_error;

int
errors_init(void)
{
    PyObject *empty = PyTuple_New(0);
    if (empty == NULL)
        return -1;
    memory_error = exception_make(&exc_MemoryError, empty);
    return memory_error == NULL ? -1 : 0;
}

static PyBaseExceptionObject *
as_exc(PyObject *exc)
{
    return (PyBaseExceptionObject *)exc;
}

/* ------------------------------------------------------------------ the raised exception */

PyObject *
error_take(void)
{
    PyObject *exc = gcrt_ts->exception;
    gcrt_ts->exception = NULL;
    return exc;
}

void
error_restore(PyObject *exc)
{
    gcrt_ts->exception = exc;
}

PyObject *
error_handled(void)
{
    for (gcrt_exc_item *item = gcrt_ts->exc_info; item != NULL; item = item->previous)
        if (item->value != NULL && item->value != Py_None)
            return item->value;
    return NULL;
}

/* Make context the __context__ of exc.  When exc is already in context's chain the link that leads to
 * it is cut, so that chains have no cycle; a cycle made by hand is found by a second, slower walker. */
static void
add_context(PyObject *exc, PyObject *context)
{
    PyObject *o = context, *slow = context, *next;
    int advance = 0;
    if (context == exc)
        return;
    while ((next = as_exc(o)->context) != NULL) {
        if (next == exc) {
            gc_store(o, &as_exc(o)->context, NULL);
            break;
        }
        o = next;
        if (o == slow)
            break;
        if (advance)
            slow = as_exc(slow)->context;
        advance = !advance;
    }
    gc_store(exc, &as_exc(exc)->context, context);
}

void
error_raise(PyObject *exc)
{
    PyObject *handled = error_handled();
    if (handled != NULL)
        add_context(exc, handled);
    gcrt_ts->exception = exc;
}

/* The instance for (class, value) as `raise` makes it; NULL with an exception raised by the class. */
static PyObject *
instantiate(PyObject *type, PyObject *value)
{
    PyObject *exc;
    if (value != NULL && PyExceptionInstance_Check(value)) {
        int is_sub = PyObject_IsSubclass((PyObject *)Py_TYPE(value), type);
        if (is_sub < 0)
            return NULL;
        if (is_sub)
            return value;
    }
    if (value == NULL || value == Py_None)
        exc = PyObject_CallNoArgs(type);
    else if (PyTuple_Check(value))
        exc = PyObject_Call(type, value, NULL);
    else
        exc = PyObject_CallOneArg(type, value);
    if (exc != NULL && !PyExceptionInstance_Check(exc)) {
        PyErr_Format(PyExc_TypeError,
                     "calling %R should have returned an instance of BaseException, not %s", type,
                     Py_TYPE(exc)->tp_name);
        return NULL;
    }
    return exc;
}

void
PyErr_SetObject(PyObject *type, PyObject *value)
{
    if (type == NULL) {
        gcrt_ts->exception = NULL;
        return;
    }
    if (!PyExceptionClass_Check(type)) {
        PyErr_Format(PyExc_SystemError, "_PyErr_SetObject: exception %R is not a BaseException subclass", type);
        return;
    }
    /* Constructors may run Python code: they must not see, nor lose, what is raised now. */
    gcrt_ts->exception = NULL;
    PyObject *exc = instantiate(type, value);
    if (exc != NULL)
        error_raise(exc);
}

void
PyErr_SetNone(PyObject *type)
{
    PyErr_SetObject(type, NULL);
}

void
PyErr_SetString(PyObject *type, const char *text)
{
    PyObject *message = PyUnicode_FromString(text);
    if (message != NULL)
        PyErr_SetObject(type, message);
}

void
_PyErr_SetKeyError(PyObject *key)
{
    /* A tuple would be taken for the argument list. */
    PyObject *args = PyTuple_Pack(1, key);
    if (args != NULL)
        PyErr_SetObject(PyExc_KeyError, args);
}

PyObject *
PyErr_Occurred(void)
{
    PyThreadState *ts = gcrt_ts;
    if (ts == NULL || ts->exception == NULL)
        return NULL;
    return (PyObject *)Py_TYPE(ts->exception);
}

void
PyErr_Clear(void)
{
    gcrt_ts->exception = NULL;
}

void
PyErr_Fetch(PyObject **type, PyObject **value, PyObject **tb)
{
    PyObject *exc = error_take();
    *type = exc != NULL ? (PyObject *)Py_TYPE(exc) : NULL;
    *value = exc;
    *tb = exc != NULL ? as_exc(exc)->traceback : NULL;
}

void
PyErr_Restore(PyObject *type, PyObject *value, PyObject *tb)
{
    gcrt_ts->exception = NULL;
    if (type == NULL)
        return;
    if (PyExceptionInstance_Check(type)) {
        value = type;
        type = (PyObject *)Py_TYPE(value);
    }
    PyObject *exc = instantiate(type, value);
    if (exc == NULL)
        return;
    if (tb != NULL && tb != Py_None && PyTraceBack_Check(tb))
        gc_store(exc, &as_exc(exc)->traceback, tb);
    else if (tb == NULL)
        gc_store(exc, &as_exc(exc)->traceback, NULL);
    gcrt_ts->exception = exc;
}

void
PyErr_NormalizeException(PyObject **type, PyObject **value, PyObject **tb)
{
    if (*type == NULL || !PyExceptionClass_Check(*type))
        return;
    PyObject *saved = error_take();
    PyObject *exc = instantiate(*type, *value);
    if (exc == NULL)
        exc = error_take();
    error_restore(saved);
    if (exc == NULL)
        return;
    *type = (PyObject *)Py_TYPE(exc);
    *value = exc;
    if (tb != NULL && *tb == NULL)
        *tb = as_exc(exc)->traceback;
}

int
PyErr_GivenExceptionMatches(PyObject *err, PyObject *expected)
{
    if (err == NULL || expected == NULL)
        return 0;
    if (PyTuple_Check(expected)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(expected); i++)
            if (PyErr_GivenExceptionMatches(err, PyTuple_GET_ITEM(expected, i)))
                return 1;
        return 0;
    }
    if (PyExceptionInstance_Check(err))
        err = (PyObject *)Py_TYPE(err);
    if (PyExceptionClass_Check(err) && PyExceptionClass_Check(expected))
        return PyType_IsSubtype((PyTypeObject *)err, (PyTypeObject *)expected);
    return err == expected;
}

int
PyErr_ExceptionMatches(PyObject *expected)
{
    return PyErr_GivenExceptionMatches(gcrt_ts->exception, expected);
}

/* ------------------------------------------------------------------ the handled exception */

PyObject *
PyErr_GetHandledException(void)
{
    return error_handled();
}

void
PyErr_SetHandledException(PyObject *exc)
{
    gcrt_ts->exc_info->value = exc == Py_None ? NULL : exc;
}

void
PyErr_GetExcInfo(PyObject **type, PyObject **value, PyObject **tb)
{
    PyObject *exc = error_handled();
    *type = exc != NULL ? (PyObject *)Py_TYPE(exc) : NULL;
    *value = exc;
    *tb = exc != NULL ? as_exc(exc)->traceback : NULL;
}

void
PyErr_SetExcInfo(PyObject *Py_UNUSED(type), PyObject *value, PyObject *Py_UNUSED(tb))
{
    PyErr_SetHandledException(value);
}

void
_PyErr_ChainExceptions(PyObject *type, PyObject *value, PyObject *tb)
{
    if (type == NULL)
        return;
    PyObject *raised = error_take();
    PyErr_Restore(type, value, tb);
    if (raised == NULL)
        return;
    PyObject *earlier = error_take();
    if (earlier != NULL)
        add_context(raised, earlier);
    error_restore(raised);
}

/* ------------------------------------------------------------------ raise */

static PyObject *
exception_from(PyObject *value, const char *message)
{
    if (PyExceptionClass_Check(value)) {
        PyObject *exc = PyObject_CallNoArgs(value);
        if (exc != NULL && !PyExceptionInstance_Check(exc)) {
            PyErr_Format(PyExc_TypeError,
                         "calling %R should have returned an instance of BaseException, not %R", value,
                         (PyObject *)Py_TYPE(exc));
            return NULL;
        }
        return exc;
    }
    if (PyExceptionInstance_Check(value))
        return value;
    PyErr_SetString(PyExc_TypeError, message);
    return NULL;
}

int
error_do_raise(PyObject *value, PyObject *cause)
{
    if (value == NULL) {
        PyObject *handled = error_handled();
        if (handled == NULL)
            PyErr_SetString(PyExc_RuntimeError, "No active exception to reraise");
        else
            gcrt_ts->exception = handled;
        return -1;
    }
    PyObject *exc = exception_from(value, "exceptions must derive from BaseException");
    if (exc == NULL)
        return -1;
    if (cause == Py_None)
        PyException_SetCause(exc, NULL);
    else if (cause != NULL) {
        cause = exception_from(cause, "exception causes must derive from BaseException");
        if (cause == NULL)
            return -1;
        PyException_SetCause(exc, cause);
    }
    error_raise(exc);
    return -1;
}

/* ------------------------------------------------------------------ ready-made errors */

PyObject *
PyErr_FormatV(PyObject *type, const char *format, va_list va)
{
    gcrt_ts->exception = NULL;
    PyObject *message = PyUnicode_FromFormatV(format, va);
    if (message != NULL)
        PyErr_SetObject(type, message);
    return NULL;
}

PyObject *
PyErr_Format(PyObject *type, const char *format, ...)
{
    va_list va;
    va_start(va, format);
    PyErr_FormatV(type, format, va);
    va_end(va);
    return NULL;
}

PyObject *
_PyErr_FormatFromCause(PyObject *type, const char *format, ...)
{
    va_list va;
    PyObject *cause = error_take();
    va_start(va, format);
    PyErr_FormatV(type, format, va);
    va_end(va);
    PyObject *exc = error_take();
    if (cause != NULL && exc != NULL) {
        PyException_SetCause(exc, cause);
        PyException_SetContext(exc, cause);
    }
    error_restore(exc);
    return NULL;
}

PyObject *
PyErr_NoMemory(void)
{
    if (gcrt_ts == NULL || memory_error == NULL) {
        fputs("gcrt: out of memory\n", stderr);
        abort();
    }
    PyBaseExceptionObject *e = as_exc(memory_error);
    e->traceback = e->context = e->cause = NULL;
    gcrt_ts->exception = memory_error;
    return NULL;
}

int
PyErr_BadArgument(void)
{
    PyErr_SetString(PyExc_TypeError, "bad argument type for built-in operation");
    return 0;
}

void
_PyErr_BadInternalCall(const char *filename, int lineno)
{
    PyErr_Format(PyExc_SystemError, "%s:%d: bad argument to internal function", filename, lineno);
}

PyObject *
PyErr_SetFromErrnoWithFilenameObjects(PyObject *type, PyObject *filename, PyObject *filename2)
{
    int number = errno;
    PyObject *args;
    if (number == EINTR && PyErr_CheckSignals() < 0)
        return NULL;
    const char *text = number != 0 ? strerror(number) : "Error";
    if (filename == NULL)
        args = Py_BuildValue("(is)", number, text);
    else if (filename2 == NULL)
        args = Py_BuildValue("(isO)", number, text, filename);
    else
        args = Py_BuildValue("(isOiO)", number, text, filename, 0, filename2);
    if (args != NULL) {
        PyObject *exc = PyObject_Call(type, args, NULL);
        if (exc != NULL)
            PyErr_SetObject((PyObject *)Py_TYPE(exc), exc);
    }
    return NULL;
}

PyObject *
PyErr_SetFromErrnoWithFilenameObject(PyObject *type, PyObject *filename)
{
    return PyErr_SetFromErrnoWithFilenameObjects(type, filename, NULL);
}

PyObject *
PyErr_SetFromErrnoWithFilename(PyObject *type, const char *filename)
{
    int number = errno;
    PyObject *name = filename != NULL ? PyUnicode_DecodeFSDefault(filename) : NULL;
    if (filename != NULL && name == NULL)
        return NULL;
    errno = number;
    return PyErr_SetFromErrnoWithFilenameObjects(type, name, NULL);
}

PyObject *
PyErr_SetFromErrno(PyObject *type)
{
    return PyErr_SetFromErrnoWithFilenameObjects(type, NULL, NULL);
}

PyObject *
PyErr_SetImportErrorSubclass(PyObject *type, PyObject *msg, PyObject *name, PyObject *path)
{
    int is_sub = PyObject_IsSubclass(type, PyExc_ImportError);
    if (is_sub < 0)
        return NULL;
    if (!is_sub) {
        PyErr_SetString(PyExc_TypeError, "expected a subclass of ImportError");
        return NULL;
    }
    if (msg == NULL) {
        PyErr_SetString(PyExc_TypeError, "expected a message argument");
        return NULL;
    }
    PyObject *args = PyTuple_Pack(1, msg), *kwds = PyDict_New();
    if (args == NULL || kwds == NULL || PyDict_SetItemString(kwds, "name", name != NULL ? name : Py_None) < 0 ||
        PyDict_SetItemString(kwds, "path", path != NULL ? path : Py_None) < 0)
        return NULL;
    PyObject *exc = PyObject_Call(type, args, kwds);
    if (exc != NULL)
        PyErr_SetObject((PyObject *)Py_TYPE(exc), exc);
    return NULL;
}

PyObject *
PyErr_SetImportError(PyObject *msg, PyObject *name, PyObject *path)
{
    return PyErr_SetImportErrorSubclass(PyExc_ImportError, msg, name, path);
}

/* ------------------------------------------------------------------ new exception classes */

PyObject *
PyErr_NewException(const char *name, PyObject *base, PyObject *dict)
{
    const char *dot = strrchr(name, '.');
    if (dot == NULL) {
        PyErr_SetString(PyExc_SystemError, "PyErr_NewException: name must be module.class");
        return NULL;
    }
    dict = dict != NULL ? dict : PyDict_New();
    if (dict == NULL)
        return NULL;
    int has_module = PyDict_Contains(dict, GCRT_NAME(__module__));
    if (has_module < 0)
        return NULL;
    if (!has_module) {
        PyObject *module = PyUnicode_FromStringAndSize(name, dot - name);
        if (module == NULL || PyDict_SetItem(dict, GCRT_NAME(__module__), module) < 0)
            return NULL;
    }
    base = base != NULL ? base : PyExc_Exception;
    PyObject *bases = PyTuple_Check(base) ? base : PyTuple_Pack(1, base);
    if (bases == NULL)
        return NULL;
    return PyObject_CallFunction((PyObject *)&PyType_Type, "sOO", dot + 1, bases, dict);
}

PyObject *
PyErr_NewExceptionWithDoc(const char *name, const char *doc, PyObject *base, PyObject *dict)
{
    dict = dict != NULL ? dict : PyDict_New();
    if (dict == NULL)
        return NULL;
    if (doc != NULL) {
        PyObject *text = PyUnicode_FromString(doc);
        if (text == NULL || PyDict_SetItem(dict, GCRT_NAME(__doc__), text) < 0)
            return NULL;
    }
    return PyErr_NewException(name, base, dict);
}

/* ------------------------------------------------------------------ StopIteration's value */

int
_PyGen_FetchStopIterationValue(PyObject **result)
{
    PyObject *exc = gcrt_ts->exception;
    *result = Py_None;
    if (exc == NULL)
        return 0;
    if (!PyObject_TypeCheck(exc, &exc_StopIteration)) {
        *result = NULL;
        return -1;
    }
    gcrt_ts->exception = NULL;
    if (((PyStopIterationObject *)exc)->value != NULL)
        *result = ((PyStopIterationObject *)exc)->value;
    return 0;
}

int
_PyGen_SetStopIterationValue(PyObject *value)
{
    /* One-argument call even for tuples and exceptions, which SetObject would unpack or take over. */
    PyObject *exc = PyObject_CallOneArg(PyExc_StopIteration, value);
    if (exc == NULL)
        return -1;
    PyErr_SetObject(PyExc_StopIteration, exc);
    return 0;
}

/* ------------------------------------------------------------------ errors nobody can catch */

void
_PyErr_WriteUnraisableMsg(const char *what, PyObject *object)
{
    PyObject *exc = error_take();
    PyObject *message = NULL;
    if (exc == NULL)
        return;
    if (what != NULL)
        message = PyUnicode_FromFormat("Exception ignored %s", what);
    PyObject *hook = sys_get("unraisablehook");
    PyObject *module = sys_get("__unraisablehook__");
    if (hook == NULL || module == NULL) {
        traceback_display(exc, as_exc(exc)->traceback);
        return;
    }
    PyObject *make = sys_get("UnraisableHookArgs");
    PyObject *tb = as_exc(exc)->traceback;
    PyObject *fields = Py_BuildValue("((OOOOO))", (PyObject *)Py_TYPE(exc), exc, tb != NULL ? tb : Py_None,
                                     message != NULL ? message : Py_None, object != NULL ? object : Py_None);
    PyObject *args = make != NULL && fields != NULL ? PyObject_Call(make, fields, NULL) : NULL;
    if (args == NULL || PyObject_CallOneArg(hook, args) == NULL)
        PyErr_Print();
    PyErr_Clear();
}

void
PyErr_WriteUnraisable(PyObject *object)
{
    _PyErr_WriteUnraisableMsg(NULL, object);
}
