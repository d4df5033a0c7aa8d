/* sysmodule.c: the sys module's functions. */
#include "sys_module.h"
#include "gc.h"
#include "interp.h"

PyObject *
sys_get(const char *name)
{
    if (gcrt_interp.sysdict == NULL)
        return NULL;
    PyObject *raised = gcrt_ts->exception;
    PyObject *value = PyDict_GetItemString(gcrt_interp.sysdict, name);
    gcrt_ts->exception = raised;
    return value;
}

int
sys_set(const char *name, PyObject *value)
{
    if (value == NULL)
        return PyDict_DelItemString(gcrt_interp.sysdict, name);
    return PyDict_SetItemString(gcrt_interp.sysdict, name, value);
}

/* ------------------------------------------------------------------ exceptions and frames */

static PyObject *
sys_exc_info(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    PyObject *exc = PyErr_GetHandledException();
    if (exc == NULL)
        return PyTuple_Pack(3, Py_None, Py_None, Py_None);
    PyObject *tb = PyException_GetTraceback(exc);
    return PyTuple_Pack(3, (PyObject *)Py_TYPE(exc), exc, tb != NULL ? tb : Py_None);
}

static PyObject *
sys_exception(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    PyObject *exc = PyErr_GetHandledException();
    return exc != NULL ? exc : Py_None;
}

static PyObject *
sys_exit(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (_PyArg_CheckPositional("exit", nargs, 0, 1))
        PyErr_SetObject(PyExc_SystemExit, nargs > 0 ? args[0] : NULL);
    return NULL;
}

static PyObject *
sys_getframe(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    int depth = 0;
    if (!_PyArg_CheckPositional("_getframe", nargs, 0, 1))
        return NULL;
    if (nargs > 0 && (depth = _PyLong_AsInt(args[0])) == -1 && PyErr_Occurred())
        return NULL;
    gcrt_frame *frame = gcrt_ts->frame;
    while (depth-- > 0 && frame != NULL)
        frame = frame->back;
    if (frame == NULL)
        return PyErr_Format(PyExc_ValueError, "call stack is not deep enough");
    return (PyObject *)frame_object(frame);
}

static PyObject *
sys_current_frames(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    PyObject *dict = PyDict_New(), *frame = (PyObject *)PyEval_GetFrame();
    PyObject *ident = PyLong_FromUnsignedLong(PyThread_get_thread_ident());
    if (dict == NULL || ident == NULL || (frame != NULL && PyDict_SetItem(dict, ident, frame) < 0))
        return NULL;
    return dict;
}

static PyObject *
sys_getrecursionlimit(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(Py_GetRecursionLimit());
}

static PyObject *
sys_setrecursionlimit(PyObject *Py_UNUSED(self), PyObject *arg)
{
    PyThreadState *ts = gcrt_ts;
    int limit = _PyLong_AsInt(arg);
    if (limit == -1 && PyErr_Occurred())
        return NULL;
    if (limit < 1)
        return PyErr_Format(PyExc_ValueError, "recursion limit must be greater or equal than 1");
    int depth = ts->recursion_limit - ts->recursion_left;
    if (depth >= limit)
        return PyErr_Format(PyExc_RecursionError,
                            "cannot set the recursion limit to %i at the recursion depth %i: the limit is too low",
                            limit, depth);
    Py_SetRecursionLimit(limit);
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ objects */

static PyObject *
sys_intern(PyObject *Py_UNUSED(self), PyObject *s)
{
    if (!PyUnicode_Check(s))
        return PyErr_Format(PyExc_TypeError, "intern() argument must be str, not %.50s", Py_TYPE(s)->tp_name);
    if (!PyUnicode_CheckExact(s))
        return PyErr_Format(PyExc_TypeError, "can't intern %.400s", Py_TYPE(s)->tp_name);
    PyUnicode_InternInPlace(&s);
    return s;
}

static PyObject *
sys_getsizeof(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *fallback = NULL, *size = NULL;
    if (nargs == 2)
        fallback = args[1];
    else if (kwnames != NULL && PyTuple_GET_SIZE(kwnames) == 1)
        fallback = args[nargs];
    if (nargs < 1 || nargs > 2)
        return PyErr_Format(PyExc_TypeError, "getsizeof() takes 1 or 2 arguments (%zd given)", nargs);
    PyObject *method = PyObject_GetAttrString((PyObject *)Py_TYPE(args[0]), "__sizeof__");
    if (method != NULL)
        size = PyObject_CallOneArg(method, args[0]);
    if (size == NULL && fallback != NULL && PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Clear();
        return fallback;
    }
    if (size != NULL && !PyLong_Check(size))
        return PyErr_Format(PyExc_TypeError, "'%.200s' object cannot be interpreted as an integer",
                            Py_TYPE(size)->tp_name);
    return size;
}

static PyObject *
sys_getrefcount(PyObject *Py_UNUSED(self), PyObject *arg)
{
    return PyLong_FromSsize_t(Py_REFCNT(arg));
}

static PyObject *
sys_getallocatedblocks(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    gc_stats stats;
    gc_get_stats(gcrt_ts->gc, &stats);
    return PyLong_FromLongLong((long long)stats.live_objects);
}

/* ------------------------------------------------------------------ text */

static PyObject *
sys_utf8(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return PyUnicode_InternFromString("utf-8");
}

static PyObject *
sys_getfilesystemencodeerrors(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return PyUnicode_InternFromString("surrogateescape");
}

static PyObject *
sys_get_int_max_str_digits(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(gcrt_interp.int_max_str_digits);
}

static PyObject *
sys_set_int_max_str_digits(PyObject *Py_UNUSED(self), PyObject *arg)
{
    int digits = _PyLong_AsInt(arg);
    if (digits == -1 && PyErr_Occurred())
        return NULL;
    if (digits != 0 && digits < 640)
        return PyErr_Format(PyExc_ValueError, "maxdigits must be 0 or larger than 640");
    gcrt_interp.int_max_str_digits = digits;
    Py_RETURN_NONE;
}

int
sys_int_max_str_digits(void)
{
    return gcrt_interp.int_max_str_digits;
}

/* ------------------------------------------------------------------ switches */

static PyObject *
refuse_tracing(PyObject *func, const char *what)
{
    if (func == Py_None)
        Py_RETURN_NONE;
    return PyErr_Format(PyExc_NotImplementedError, "sys.%s(): gcrt does not trace or profile guest code", what);
}

/* Setting a C hook is refused the same way; removing one is fine. */
void
PyEval_SetTrace(Py_tracefunc func, PyObject *Py_UNUSED(arg))
{
    if (func != NULL)
        PyErr_SetString(PyExc_NotImplementedError, "PyEval_SetTrace(): gcrt does not trace guest code");
}

void
PyEval_SetProfile(Py_tracefunc func, PyObject *Py_UNUSED(arg))
{
    if (func != NULL)
        PyErr_SetString(PyExc_NotImplementedError, "PyEval_SetProfile(): gcrt does not profile guest code");
}

static PyObject *
sys_settrace(PyObject *Py_UNUSED(self), PyObject *func)
{
    return refuse_tracing(func, "settrace");
}

static PyObject *
sys_setprofile(PyObject *Py_UNUSED(self), PyObject *func)
{
    return refuse_tracing(func, "setprofile");
}

static PyObject *
sys_none(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    Py_RETURN_NONE;
}

static double switch_interval = 0.005;

static PyObject *
sys_getswitchinterval(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return PyFloat_FromDouble(switch_interval);
}

static PyObject *
sys_setswitchinterval(PyObject *Py_UNUSED(self), PyObject *arg)
{
    double interval = PyFloat_AsDouble(arg);
    if (interval == -1.0 && PyErr_Occurred())
        return NULL;
    if (interval <= 0.0)
        return PyErr_Format(PyExc_ValueError, "switch interval must be strictly positive");
    switch_interval = interval;
    Py_RETURN_NONE;
}

static int dlopen_flags = 2; /* RTLD_NOW */

static PyObject *
sys_getdlopenflags(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(dlopen_flags);
}

static PyObject *
sys_setdlopenflags(PyObject *Py_UNUSED(self), PyObject *arg)
{
    int flags = _PyLong_AsInt(arg);
    if (flags == -1 && PyErr_Occurred())
        return NULL;
    dlopen_flags = flags;
    Py_RETURN_NONE;
}

int
sys_dlopen_flags(void)
{
    return dlopen_flags;
}

static PyObject *
sys_is_finalizing(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return PyBool_FromLong(gcrt_interp.finalizing);
}

static PyObject *
sys_audit(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs < 1)
        return PyErr_Format(PyExc_TypeError, "audit expected at least 1 argument, got 0");
    if (!PyUnicode_Check(args[0]))
        return PyErr_Format(PyExc_TypeError, "expected str for argument 'event', not %.200s",
                            Py_TYPE(args[0])->tp_name);
    Py_RETURN_NONE;
}

/* A hook argument: NULL when it was not given, None to remove it. */
static int
take_hook(PyObject *value, PyObject **hook, const char *name)
{
    if (value == NULL)
        return 0;
    if (value != Py_None && !PyCallable_Check(value)) {
        PyErr_Format(PyExc_TypeError, "callable %s expected, got %.50s", name, Py_TYPE(value)->tp_name);
        return -1;
    }
    *hook = value == Py_None ? NULL : value;
    return 0;
}

static PyObject *
sys_set_asyncgen_hooks(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwds)
{
    static char *names[] = {"firstiter", "finalizer", NULL};
    PyObject *firstiter = NULL, *finalizer = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|OO", names, &firstiter, &finalizer) ||
        take_hook(finalizer, &async_gen_finalizer, "finalizer") < 0 ||
        take_hook(firstiter, &async_gen_firstiter, "firstiter") < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
sys_get_asyncgen_hooks(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    static PyStructSequence_Field fields[] = {{"firstiter", NULL}, {"finalizer", NULL}, {NULL, NULL}};
    static PyStructSequence_Desc desc = {"asyncgen_hooks", "Hooks of asynchronous generators.", fields, 2};
    static PyTypeObject *type;
    if (type == NULL && (type = PyStructSequence_NewType(&desc)) == NULL)
        return NULL;
    PyObject *hooks = PyStructSequence_New(type);
    if (hooks == NULL)
        return NULL;
    PyStructSequence_SetItem(hooks, 0, async_gen_firstiter != NULL ? async_gen_firstiter : Py_None);
    PyStructSequence_SetItem(hooks, 1, async_gen_finalizer != NULL ? async_gen_finalizer : Py_None);
    return hooks;
}

static PyObject *
sys_get_coroutine_origin_tracking_depth(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return gcrt_int(0);
}

/* What is costly to make and rarely asked for. */
static PyObject *
sys_getattr(PyObject *Py_UNUSED(self), PyObject *name)
{
    if (PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "stdlib_module_names") == 0) {
        PyObject *names = sys_stdlib_names();
        if (names == NULL || sys_set("stdlib_module_names", names) < 0)
            return NULL;
        return names;
    }
    return PyErr_Format(PyExc_AttributeError, "module 'sys' has no attribute '%U'", name);
}

#define FAST(f) _PyCFunction_CAST(f), METH_FASTCALL
static PyMethodDef sys_methods[] = {
    {"__getattr__", sys_getattr, METH_O, NULL},
    {"_clear_type_cache", sys_none, METH_NOARGS, NULL},
    {"_current_frames", sys_current_frames, METH_NOARGS, "Frames of the threads by their ident."},
    {"_getframe", FAST(sys_getframe), "The calling frame, or one further out."},
    {"addaudithook", sys_none, METH_O, "Accepted and ignored: gcrt raises no audit events."},
    {"audit", FAST(sys_audit), "Accepted and ignored."},
    {"exc_info", sys_exc_info, METH_NOARGS, "(type, value, traceback) of the handled exception."},
    {"exception", sys_exception, METH_NOARGS, "The handled exception."},
    {"exit", FAST(sys_exit), "Raise SystemExit."},
    {"get_asyncgen_hooks", sys_get_asyncgen_hooks, METH_NOARGS, NULL},
    {"set_asyncgen_hooks", _PyCFunction_CAST(sys_set_asyncgen_hooks), METH_VARARGS | METH_KEYWORDS, NULL},
    {"get_coroutine_origin_tracking_depth", sys_get_coroutine_origin_tracking_depth, METH_NOARGS, NULL},
    {"get_int_max_str_digits", sys_get_int_max_str_digits, METH_NOARGS, NULL},
    {"getallocatedblocks", sys_getallocatedblocks, METH_NOARGS, NULL},
    {"getdefaultencoding", sys_utf8, METH_NOARGS, NULL},
    {"getdlopenflags", sys_getdlopenflags, METH_NOARGS, NULL},
    {"getfilesystemencodeerrors", sys_getfilesystemencodeerrors, METH_NOARGS, NULL},
    {"getfilesystemencoding", sys_utf8, METH_NOARGS, NULL},
    {"getprofile", sys_none, METH_NOARGS, NULL},
    {"getrecursionlimit", sys_getrecursionlimit, METH_NOARGS, NULL},
    {"getrefcount", sys_getrefcount, METH_O, "A large constant: objects are not counted."},
    {"getsizeof", _PyCFunction_CAST(sys_getsizeof), METH_FASTCALL | METH_KEYWORDS, "Size in bytes."},
    {"getswitchinterval", sys_getswitchinterval, METH_NOARGS, NULL},
    {"gettrace", sys_none, METH_NOARGS, NULL},
    {"intern", sys_intern, METH_O, "The one string of that text."},
    {"is_finalizing", sys_is_finalizing, METH_NOARGS, NULL},
    {"set_coroutine_origin_tracking_depth", sys_none, METH_O, NULL},
    {"set_int_max_str_digits", sys_set_int_max_str_digits, METH_O, NULL},
    {"setdlopenflags", sys_setdlopenflags, METH_O, NULL},
    {"setprofile", sys_setprofile, METH_O, NULL},
    {"setrecursionlimit", sys_setrecursionlimit, METH_O, NULL},
    {"setswitchinterval", sys_setswitchinterval, METH_O, NULL},
    {"settrace", sys_settrace, METH_O, NULL},
    {0},
};

static PyModuleDef sys_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "sys",
    .m_doc = "The interpreter's state and settings.",
    .m_size = -1,
    .m_methods = sys_methods,
};

PyObject *
sys_init(void)
{
    PyObject *module = PyModule_Create(&sys_def);
    if (module == NULL || PyModule_AddFunctions(module, sys_hook_methods) < 0)
        return NULL;
    PyObject *dict = PyModule_GetDict(module);
    gcrt_interp.sysdict = dict;
    if (PyDict_SetItemString(dict, "modules", gcrt_interp.modules) < 0 || sys_add_info(dict) < 0 ||
        sys_add_hooks(dict) < 0 || sys_add_early_streams(dict) < 0 ||
        PyDict_SetItemString(gcrt_interp.modules, "sys", module) < 0)
        return NULL;
    return module;
}

int
sys_set_config(const gcrt_config *config)
{
    return sys_add_flags(gcrt_interp.sysdict, config);
}

/* ------------------------------------------------------------------ PySys_* */

PyObject *
PySys_GetObject(const char *name)
{
    return sys_get(name);
}

PyObject *
_PySys_GetAttr(PyThreadState *Py_UNUSED(ts), PyObject *name)
{
    return PyDict_GetItem(gcrt_interp.sysdict, name);
}

int
PySys_SetObject(const char *name, PyObject *value)
{
    if (value == NULL && sys_get(name) == NULL)
        return 0;
    return sys_set(name, value);
}

PyObject *
PySys_GetXOptions(void)
{
    return sys_get("_xoptions");
}

int
PySys_HasWarnOptions(void)
{
    PyObject *options = sys_get("warnoptions");
    return options != NULL && PyList_Check(options) && PyList_GET_SIZE(options) > 0;
}

/* How error messages call a callable. */
const char *
PyEval_GetFuncName(PyObject *func)
{
    PyObject *name;
    if (PyMethod_Check(func))
        return PyEval_GetFuncName(PyMethod_GET_FUNCTION(func));
    if (PyFunction_Check(func)) {
        name = ((PyFunctionObject *)func)->func_name;
        return PyUnicode_AsUTF8(name);
    }
    if (PyCFunction_Check(func))
        return ((PyCFunctionObject *)func)->m_ml->ml_name;
    return Py_TYPE(func)->tp_name;
}

const char *
PyEval_GetFuncDesc(PyObject *func)
{
    return PyMethod_Check(func) || PyFunction_Check(func) || PyCFunction_Check(func) ? "()" : " object";
}

int
PySys_Audit(const char *Py_UNUSED(event), const char *Py_UNUSED(format), ...)
{
    return 0;
}

int
PySys_AddAuditHook(Py_AuditHookFunction Py_UNUSED(hook), void *Py_UNUSED(data))
{
    return 0;
}

/* Text for sys.stdout or sys.stderr; on the C stream when that fails.  Keeps the raised exception. */
static void
write_text(const char *name, FILE *stream, PyObject *text)
{
    PyObject *file = sys_get(name);
    if (text == NULL || file == NULL || file == Py_None || PyFile_WriteObject(text, file, Py_PRINT_RAW) < 0) {
        PyErr_Clear();
        const char *utf8 = text != NULL ? PyUnicode_AsUTF8(text) : NULL;
        if (utf8 != NULL)
            fputs(utf8, stream);
        PyErr_Clear();
    }
}

#define WRITER(function, name, stream, make)                                                            \
    void function(const char *format, ...)                                                              \
    {                                                                                                   \
        PyObject *raised = gcrt_ts->exception;                                                          \
        va_list va;                                                                                     \
        gcrt_ts->exception = NULL;                                                                      \
        va_start(va, format);                                                                           \
        write_text(name, stream, make(format, va));                                                     \
        va_end(va);                                                                                     \
        gcrt_ts->exception = raised;                                                                    \
    }

/* As printf, cut at 1000 bytes as documented. */
static PyObject *
printf_text(const char *format, va_list va)
{
    char buffer[1001];
    int n = vsnprintf(buffer, sizeof buffer, format, va);
    size_t kept = n < 0 ? 0 : n > 1000 ? 1000 : (size_t)n;
    return PyUnicode_DecodeUTF8(buffer, (Py_ssize_t)kept, "replace");
}
WRITER(PySys_WriteStdout, "stdout", stdout, printf_text)
WRITER(PySys_WriteStderr, "stderr", stderr, printf_text)
WRITER(PySys_FormatStdout, "stdout", stdout, PyUnicode_FromFormatV)
WRITER(PySys_FormatStderr, "stderr", stderr, PyUnicode_FromFormatV)
