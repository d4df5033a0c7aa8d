/* run.c: from source text to a running program.  The host compiles; what it hands over is marshalled. */
#include "ast_tree.h"
#include "code.h"
#include "exceptions.h"
#include "state.h"

#include <fcntl.h>

/* ------------------------------------------------------------------ compiling through the host */

static struct {
    char *data;
    size_t length;
} host_result;

void
gcrt_host_result(const char *data, size_t length)
{
    free(host_result.data);
    host_result.data = malloc(length > 0 ? length : 1);
    host_result.length = host_result.data != NULL ? length : 0;
    if (host_result.data != NULL)
        memcpy(host_result.data, data, length);
}

static PyObject *
take_result(void)
{
    if (host_result.data == NULL) {
        PyErr_SetString(PyExc_SystemError, "the host's compiler returned nothing");
        return NULL;
    }
    PyObject *object = unmarshal(host_result.data, (Py_ssize_t)host_result.length);
    free(host_result.data);
    host_result.data = NULL;
    return object;
}

/* Raise type(*args) with these attributes: the compiler's later passes say where a SyntaxError is in them alone.
 * NULL: none. */
static void
raise_with(PyObject *type, PyObject *args, PyObject *attributes)
{
    PyObject *exc = args == NULL ? NULL : PyObject_Call(type, args, NULL), *name, *value;
    Py_ssize_t i = 0;
    while (exc != NULL && attributes != NULL && PyDict_Next(attributes, &i, &name, &value))
        if (PyObject_SetAttr(exc, name, value) < 0)
            return;
    if (exc != NULL)
        PyErr_SetObject(type, exc);
}

/* What compile() raised in the host is raised here: (class name, args), of a SyntaxError with attributes by name. */
static void
raise_host_error(PyObject *error)
{
    PyObject *name, *args, *attributes = NULL;
    if (!PyTuple_Check(error)
        || !PyArg_ParseTuple(error, "UO!|O!", &name, &PyTuple_Type, &args, &PyDict_Type, &attributes)) {
        PyErr_SetString(PyExc_SystemError, "the host's compiler failed without a description");
        return;
    }
    PyObject *type = PyDict_GetItemWithError(gcrt_interp.builtins, name);
    if (type == NULL || !PyExceptionClass_Check(type))
        type = PyExc_SystemError;
    raise_with(type, args, attributes);
}

/* 0; 1 when it is an error, which is raised; -1 with any other exception. */
static int
show_warning(PyObject *warning)
{
    PyObject *name, *message, *filename;
    int lineno;
    if (!PyTuple_Check(warning) || !PyArg_ParseTuple(warning, "UUUi", &name, &message, &filename, &lineno))
        return -1;
    PyObject *category = PyDict_GetItemWithError(gcrt_interp.builtins, name);
    if (category == NULL)
        category = PyExc_SyntaxWarning;
    if (PyErr_WarnExplicitObject(category, message, filename, lineno, NULL, NULL) == 0)
        return 0;
    return PyErr_ExceptionMatches(category) ? 1 : -1;
}

/* What the host is asked to compile. */
typedef struct {
    const char *source;
    size_t length;
    const char *filename, *mode;
    int flags, dont_inherit, optimize;
} request;

/* The host's result; NULL with what it raised. */
static PyObject *
ask_host(const request *r, int warning)
{
    int rc = gcrt_host_callbacks.compile(r->source, r->length, r->filename, r->mode, r->flags, r->dont_inherit,
                                         r->optimize, warning);
    PyObject *result = take_result();
    if (result == NULL || rc == 0)
        return result;
    raise_host_error(result);
    return NULL;
}

/* Where warnings are errors, one of the compiler's is a SyntaxError.  0 or -1. */
static int
show_warnings(const request *r, PyObject *tuple)
{
    PyObject *warnings = PySequence_Fast(tuple, "list of warnings expected");
    if (warnings == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(warnings); i++) {
        int shown = show_warning(PySequence_Fast_GET_ITEM(warnings, i));
        PyObject *raised = gcrt_ts->exception;
        if (shown == 0)
            continue;
        PyErr_Clear();
        if (shown < 0 || ask_host(r, (int)i) != NULL)
            gcrt_ts->exception = raised;
        return -1;
    }
    return 0;
}

/* code, or (code, warnings); with PyCF_ONLY_AST always (tree, warnings). */
static PyObject *
accept_code(const request *r, PyObject *result)
{
    PyObject *code = result;
    if (PyTuple_Check(result) && PyTuple_GET_SIZE(result) == 2) {
        code = PyTuple_GET_ITEM(result, 0);
        if (show_warnings(r, PyTuple_GET_ITEM(result, 1)) < 0)
            return NULL;
    }
    if (r->flags & PyCF_ONLY_AST)
        return ast_from_tree(code);
    if (!PyCode_Check(code)) {
        PyErr_SetString(PyExc_SystemError, "the host's compiler returned no code object");
        return NULL;
    }
    return code;
}

PyObject *
run_compile(const char *source, Py_ssize_t length, PyObject *filename, const char *mode, int flags,
            int dont_inherit, int optimize)
{
    PyObject *name = PyUnicode_EncodeFSDefault(filename);
    if (name == NULL)
        return NULL;
    if (optimize == -1)
        optimize = gcrt_interp.config->optimize;
    request r = {source, (size_t)length, PyBytes_AS_STRING(name), mode, flags, dont_inherit, optimize};
    PyObject *result = ask_host(&r, -1);
    return result == NULL ? NULL : accept_code(&r, result);
}

static const char *
mode_name(int start)
{
    switch (start) {
    case Py_file_input:
        return "exec";
    case Py_eval_input:
        return "eval";
    case Py_single_input:
        return "single";
    default:
        PyErr_SetString(PyExc_ValueError, "start must be Py_file_input, Py_eval_input or Py_single_input");
        return NULL;
    }
}

PyObject *
Py_CompileStringObject(const char *source, PyObject *filename, int start, PyCompilerFlags *flags, int optimize)
{
    const char *mode = mode_name(start);
    int bits = flags != NULL ? flags->cf_flags : PyCF_SOURCE_IS_UTF8;
    if (mode == NULL)
        return NULL;
    return run_compile(source, (Py_ssize_t)strlen(source), filename, mode, bits, 1, optimize);
}

PyObject *
Py_CompileStringExFlags(const char *source, const char *filename, int start, PyCompilerFlags *flags,
                        int optimize)
{
    PyObject *name = PyUnicode_DecodeFSDefault(filename);
    return name == NULL ? NULL : Py_CompileStringObject(source, name, start, flags, optimize);
}

/* ------------------------------------------------------------------ PyRun_* */

static PyObject *
run_code(PyObject *code, PyObject *globals, PyObject *locals)
{
    if (PyDict_Check(globals)) {
        int has = PyDict_Contains(globals, GCRT_NAME(__builtins__));
        if (has < 0 ||
            (!has && PyDict_SetItem(globals, GCRT_NAME(__builtins__), gcrt_interp.builtins) < 0))
            return NULL;
    }
    return PyEval_EvalCode(code, globals, locals);
}

PyObject *
PyRun_StringFlags(const char *source, int start, PyObject *globals, PyObject *locals, PyCompilerFlags *flags)
{
    PyObject *code = Py_CompileStringExFlags(source, "<string>", start, flags, -1);
    return code == NULL ? NULL : run_code(code, globals, locals);
}

int
PyRun_SimpleStringFlags(const char *source, PyCompilerFlags *flags)
{
    PyObject *main = PyImport_AddModule("__main__");
    PyObject *globals = main != NULL ? PyModule_GetDict(main) : NULL;
    if (globals == NULL || PyRun_StringFlags(source, Py_file_input, globals, globals, flags) == NULL) {
        PyErr_Print();
        return -1;
    }
    return 0;
}

static PyObject *
read_stream(FILE *fp)
{
    size_t used = 0, capacity = 1 << 14;
    char *data = malloc(capacity);
    while (data != NULL) {
        size_t n = fread(data + used, 1, capacity - used, fp);
        used += n;
        if (n == 0)
            break;
        if (used == capacity) {
            char *bigger = realloc(data, capacity *= 2);
            if (bigger == NULL)
                free(data);
            data = bigger;
        }
    }
    if (data == NULL)
        return PyErr_NoMemory();
    PyObject *bytes = PyBytes_FromStringAndSize(data, (Py_ssize_t)used);
    free(data);
    return bytes;
}

PyObject *
PyRun_FileEx(FILE *fp, const char *filename, int start, PyObject *globals, PyObject *locals, int close_it)
{
    PyObject *name = PyUnicode_DecodeFSDefault(filename), *source = read_stream(fp);
    const char *mode = mode_name(start);
    if (close_it)
        fclose(fp);
    if (name == NULL || source == NULL || mode == NULL)
        return NULL;
    PyObject *code = run_compile(PyBytes_AS_STRING(source), PyBytes_GET_SIZE(source), name, mode, 0, 1, -1);
    return code == NULL ? NULL : run_code(code, globals, locals);
}

/* ------------------------------------------------------------------ the program */

static int
set_argv(const gcrt_config *config, const char *argv0)
{
    PyObject *argv = PyList_New(0);
    PyObject *first = PyUnicode_DecodeFSDefault(argv0);
    if (argv == NULL || first == NULL || PyList_Append(argv, first) < 0)
        return -1;
    for (int i = 0; i < config->argc; i++) {
        PyObject *arg = PyUnicode_DecodeFSDefault(config->argv[i]);
        if (arg == NULL || PyList_Append(argv, arg) < 0)
            return -1;
    }
    return sys_set("argv", argv);
}

static int
prepend_path(const gcrt_config *config, PyObject *entry, int always)
{
    PyObject *path = sys_get("path");
    if (!always && (config->isolated || config->safe_path))
        return 0;
    if (entry == NULL)
        return -1;
    return path != NULL && PyList_Check(path) ? PyList_Insert(path, 0, entry) : 0;
}

static PyObject *
main_globals(void)
{
    PyObject *main = PyImport_AddModule("__main__");
    if (main == NULL)
        return NULL;
    PyObject *globals = PyModule_GetDict(main), *builtins = PyDict_GetItemString(gcrt_interp.modules, "builtins");
    if (PyDict_SetItemString(globals, "__annotations__", PyDict_New()) < 0 || builtins == NULL ||
        PyDict_SetItem(globals, GCRT_NAME(__builtins__), builtins) < 0)
        return NULL;
    return globals;
}

/* __main__.__loader__: what inspect and pickle ask for the program's source. */
static int
set_loader(PyObject *globals, const char *class, PyObject *path)
{
    PyObject *module = PyDict_GetItemString(gcrt_interp.modules, path != NULL ? "_frozen_importlib_external"
                                                                              : "_frozen_importlib");
    PyObject *loader = module != NULL ? PyObject_GetAttrString(module, class) : NULL;
    if (loader != NULL && path != NULL)
        loader = PyObject_CallFunction(loader, "sO", "__main__", path);
    if (loader == NULL) {
        PyErr_Clear();
        return 0;
    }
    return PyDict_SetItem(globals, GCRT_NAME(__loader__), loader);
}

static PyObject *
run_source(PyObject *source, const char *filename, PyObject *globals, int flags)
{
    PyObject *name = PyUnicode_DecodeFSDefault(filename);
    if (name == NULL)
        return NULL;
    PyObject *code = run_compile(PyBytes_AS_STRING(source), PyBytes_GET_SIZE(source), name, "exec", flags, 1, -1);
    return code == NULL ? NULL : PyEval_EvalCode(code, globals, globals);
}

static PyObject *
exit_with(int status)
{
    PyErr_SetObject(PyExc_SystemExit, PyLong_FromLong(status));
    return NULL;
}

static PyObject *
run_module(const char *name, int alter_argv)
{
    PyObject *runpy = PyImport_ImportModule("runpy");
    if (runpy == NULL)
        return NULL;
    return PyObject_CallMethod(runpy, "_run_module_as_main", "sO", name, alter_argv ? Py_True : Py_False);
}

/* Absolute path of the script's folder with links resolved: sys.path[0]. */
static PyObject *
script_folder(const char *path)
{
    char *real = realpath(path, NULL);
    const char *full = real != NULL ? real : path;
    const char *slash = strrchr(full, '/');
    PyObject *folder = slash == NULL ? PyUnicode_FromString("")
                                     : PyUnicode_DecodeFSDefaultAndSize(full, slash > full ? slash - full : 1);
    free(real);
    return folder;
}

static PyObject *
open_failed(const char *path, int error)
{
    char *folder = path[0] == '/' ? NULL : getcwd(NULL, 0);
    fprintf(stderr, "gcrt: can't open file '%s%s%s': [Errno %d] %s\n", folder != NULL ? folder : "",
            folder != NULL ? "/" : "", path, error, strerror(error));
    free(folder);
    return exit_with(2);
}

static PyObject *
run_compiled(PyObject *data, PyObject *globals)
{
    const char *bytes = PyBytes_AS_STRING(data);
    if (PyBytes_GET_SIZE(data) < 16 || (bytes[0] | bytes[1] << 8) != (PyImport_GetMagicNumber() & 0xffff)) {
        PyErr_SetString(PyExc_RuntimeError, "Bad magic number in .pyc file");
        return NULL;
    }
    PyObject *code = unmarshal(bytes + 16, PyBytes_GET_SIZE(data) - 16);
    if (code == NULL)
        return NULL;
    if (!PyCode_Check(code)) {
        PyErr_SetString(PyExc_RuntimeError, "Bad code object in .pyc file");
        return NULL;
    }
    return PyEval_EvalCode(code, globals, globals);
}

static int
is_container(const char *path, const struct stat *st)
{
    char head[4] = {0};
    if (S_ISDIR(st->st_mode))
        return 1;
    FILE *fp = fopen(path, "rb");
    if (fp == NULL)
        return 0;
    size_t n = fread(head, 1, 4, fp);
    fclose(fp);
    return n == 4 && memcmp(head, "PK\3\4", 4) == 0;
}

/* __file__ and tracebacks show where the script is, sys.argv[0] what was typed. */
static const char *
absolute_path(const char *path, char buffer[PATH_MAX])
{
    if (path[0] == '/' || getcwd(buffer, PATH_MAX) == NULL)
        return path;
    size_t n = strlen(buffer);
    if (strncmp(path, "./", 2) == 0)
        path += 2;
    if (n + 1 + strlen(path) >= PATH_MAX)
        return path;
    buffer[n] = '/';
    strcpy(buffer + n + 1, path);
    return buffer;
}

static PyObject *
run_script(const gcrt_config *config)
{
    char buffer[PATH_MAX];
    const char *path = config->target;
    struct stat st;
    if (set_argv(config, path) < 0)
        return NULL;
    path = absolute_path(path, buffer);
    if (stat(path, &st) < 0)
        return open_failed(config->target, errno);
    if (is_container(path, &st)) {
        if (prepend_path(config, PyUnicode_DecodeFSDefault(config->target), 1) < 0 || main_globals() == NULL)
            return NULL;
        return run_module("__main__", 0);
    }
    FILE *fp = fopen(path, "rb");
    if (fp == NULL)
        return open_failed(config->target, errno);
    PyObject *source = read_stream(fp);
    fclose(fp);
    PyObject *globals = main_globals(), *file = PyUnicode_DecodeFSDefault(path);
    if (source == NULL || globals == NULL || file == NULL ||
        prepend_path(config, script_folder(path), 0) < 0 ||
        PyDict_SetItem(globals, GCRT_NAME(__file__), file) < 0 ||
        PyDict_SetItemString(globals, "__cached__", Py_None) < 0)
        return NULL;
    size_t n = strlen(path);
    int compiled = n > 4 && strcmp(path + n - 4, ".pyc") == 0;
    if (set_loader(globals, compiled ? "SourcelessFileLoader" : "SourceFileLoader", file) < 0)
        return NULL;
    return compiled ? run_compiled(source, globals) : run_source(source, path, globals, 0);
}

static PyObject *
run_stdin(const gcrt_config *config)
{
    PyObject *source, *globals;
    if (set_argv(config, config->target) < 0 || prepend_path(config, PyUnicode_FromString(""), 0) < 0 ||
        (globals = main_globals()) == NULL || set_loader(globals, "BuiltinImporter", NULL) < 0 ||
        (source = read_stream(stdin)) == NULL)
        return NULL;
    return run_source(source, "<stdin>", globals, 0);
}

static PyObject *
run_text(const gcrt_config *config)
{
    PyObject *source, *globals;
    if (set_argv(config, "-c") < 0 || prepend_path(config, PyUnicode_FromString(""), 0) < 0 ||
        (globals = main_globals()) == NULL || set_loader(globals, "BuiltinImporter", NULL) < 0 ||
        (source = PyBytes_FromString(config->target)) == NULL)
        return NULL;
    return run_source(source, "<string>", globals, PyCF_SOURCE_IS_UTF8);
}

PyObject *
run_main(const gcrt_config *config)
{
    switch (config->run_kind) {
    case GCRT_RUN_MODULE: {
        char *folder = getcwd(NULL, 0);
        PyObject *entry = PyUnicode_DecodeFSDefault(folder != NULL ? folder : "");
        free(folder);
        if (set_argv(config, "-m") < 0 || prepend_path(config, entry, 0) < 0 || main_globals() == NULL)
            return NULL;
        return run_module(config->target, 1);
    }
    case GCRT_RUN_CODE:
        return run_text(config);
    case GCRT_RUN_STDIN:
        return run_stdin(config);
    default:
        return run_script(config);
    }
}
