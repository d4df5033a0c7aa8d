/* import.c: import statements and PyImport_*.
 *
 * The machinery is the standard library's own importlib._bootstrap, as in CPython; it is read from its
 * .pyc at start.  C does what must be fast, a module that is in sys.modules already, and what the
 * machinery can't do itself. */
#include "importer.h"
#include "code.h"
#include "sys_module.h"

/* ------------------------------------------------------------------ built-in modules */

/* Hidden: the host exports functions of these names too. */
#define MODULE(name, init) __attribute__((visibility("hidden"))) PyObject *init(void);
#include "modules.def"
#undef MODULE

static const struct _inittab builtin_table[] = {
#define MODULE(name, init) {#name, init},
#include "modules.def"
#undef MODULE
};
enum { MAX_EXTRA_INITTAB = 64 };
static struct _inittab extra_table[MAX_EXTRA_INITTAB];
static int n_extra;

PyObject *(*import_find_builtin(PyObject *name))(void)
{
    for (int i = 0; i < n_extra; i++)
        if (PyUnicode_CompareWithASCIIString(name, extra_table[i].name) == 0)
            return extra_table[i].initfunc;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(builtin_table); i++)
        if (PyUnicode_CompareWithASCIIString(name, builtin_table[i].name) == 0)
            return builtin_table[i].initfunc;
    return NULL;
}

static int
append_name(PyObject *list, const char *name)
{
    PyObject *text = PyUnicode_InternFromString(name);
    return text == NULL ? -1 : PyList_Append(list, text);
}

PyObject *
import_builtin_names(void)
{
    PyObject *list = PyList_New(0);
    if (list == NULL || append_name(list, "builtins") < 0 || append_name(list, "sys") < 0)
        return NULL;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(builtin_table); i++)
        if (append_name(list, builtin_table[i].name) < 0)
            return NULL;
    for (int i = 0; i < n_extra; i++)
        if (append_name(list, extra_table[i].name) < 0)
            return NULL;
    return PyList_Sort(list) < 0 ? NULL : PyList_AsTuple(list);
}

int
PyImport_AppendInittab(const char *name, PyObject *(*init)(void))
{
    if (n_extra >= MAX_EXTRA_INITTAB)
        return -1;
    extra_table[n_extra++] = (struct _inittab){name, init};
    return 0;
}

int
PyImport_ExtendInittab(struct _inittab *table)
{
    for (; table->name != NULL; table++)
        if (PyImport_AppendInittab(table->name, table->initfunc) < 0)
            return -1;
    return 0;
}

/* ------------------------------------------------------------------ starting importlib */

/* The code of a bootstrap module: its .pyc, or its source through the host's compiler. */
static PyObject *
bootstrap_code(const char *name)
{
    char path[4096];
    const char *stdlib = gcrt_interp.config->stdlib;
    snprintf(path, sizeof path, "%s/importlib/__pycache__/%s.cpython-311.pyc", stdlib, name);
    FILE *fp = fopen(path, "rb");
    int compiled = fp != NULL;
    if (!compiled) {
        snprintf(path, sizeof path, "%s/importlib/%s.py", stdlib, name);
        fp = fopen(path, "rb");
    }
    struct stat st;
    char *data = NULL;
    size_t n = 0;
    if (fp != NULL && fstat(fileno(fp), &st) == 0 && (data = malloc((size_t)st.st_size + 1)) != NULL)
        n = fread(data, 1, (size_t)st.st_size, fp);
    if (fp != NULL)
        fclose(fp);
    PyObject *code = NULL, *filename = PyUnicode_DecodeFSDefault(path);
    if (data == NULL || filename == NULL)
        PyErr_Format(PyExc_ImportError, "no importlib in the standard library's folder %s", stdlib);
    else if (compiled && n > 16)
        code = unmarshal(data + 16, (Py_ssize_t)n - 16);
    else
        code = run_compile(data, (Py_ssize_t)n, filename, "exec", 0, 1, -1);
    free(data);
    if (code != NULL && !PyCode_Check(code))
        return PyErr_Format(PyExc_ImportError, "%s is not a compiled module", path);
    return code;
}

static PyObject *
bootstrap_module(const char *file, const char *name)
{
    PyObject *code = bootstrap_code(file);
    PyObject *module = code != NULL ? PyImport_AddModule(name) : NULL;
    PyObject *shown = PyUnicode_FromFormat("<frozen importlib.%s>", file);
    if (module == NULL || shown == NULL)
        return NULL;
    import_fix_filename(code, ((PyCodeObject *)code)->co_filename, shown);
    PyObject *dict = PyModule_GetDict(module);
    if (PyDict_SetItem(dict, GCRT_NAME(__builtins__), gcrt_interp.builtins) < 0 ||
        PyEval_EvalCode(code, dict, dict) == NULL)
        return NULL;
    return module;
}

/* Initialise a built-in module without importlib: what importlib itself needs. */
static PyObject *
early_builtin(const char *name)
{
    PyObject *text = PyUnicode_InternFromString(name);
    PyObject *(*init)(void) = text != NULL ? import_find_builtin(text) : NULL;
    if (init == NULL)
        return PyErr_Format(PyExc_ImportError, "no built-in module %s", name);
    PyObject *result = init();
    if (result != NULL && PyObject_TypeCheck(result, &PyModuleDef_Type)) {
        PyObject *attributes = PyDict_New();
        if (attributes == NULL || PyDict_SetItemString(attributes, "name", text) < 0)
            return NULL;
        PyModuleDef *def = (PyModuleDef *)result;
        result = PyModule_FromDefAndSpec(def, _PyNamespace_New(attributes));
        if (result == NULL || PyModule_ExecDef(result, def) < 0)
            return NULL;
    }
    if (result == NULL || PyDict_SetItem(gcrt_interp.modules, text, result) < 0)
        return NULL;
    return result;
}

/* In front of importlib's own hooks: a file, or something inside one, is given to zipimport.  That module
 * is imported when such a path turns up, not at start. */
static PyObject *
zip_hook(PyObject *Py_UNUSED(self), PyObject *path)
{
    static int importing;
    PyObject *encoded;
    struct stat st;
    if (!PyUnicode_FSConverter(path, &encoded))
        return NULL;
    char *name = strdup(PyBytes_AS_STRING(encoded));
    if (name == NULL)
        return PyErr_NoMemory();
    int found = stat(name, &st);
    while (found < 0 && strrchr(name, '/') != NULL) {
        *strrchr(name, '/') = '\0';
        found = stat(name, &st);
    }
    free(name);
    if (found < 0 || !S_ISREG(st.st_mode))
        return PyErr_Format(PyExc_ImportError, "not a Zip file: %R", path);
    /* The zip file itself may be on sys.path. */
    if (importing)
        return PyErr_Format(PyExc_ImportError, "zipimport is being imported");
    importing = 1;
    PyObject *zipimport = PyImport_ImportModule("zipimport");
    importing = 0;
    return zipimport == NULL ? NULL : PyObject_CallMethod(zipimport, "zipimporter", "O", path);
}

static int
add_zip_hook(void)
{
    static PyMethodDef method = {"zip_hook", zip_hook, METH_O, "A finder for the members of a zip file."};
    PyObject *hooks = sys_get("path_hooks"), *function = PyCFunction_New(&method, NULL);
    return hooks == NULL || function == NULL ? -1 : PyList_Insert(hooks, 0, function);
}

int
import_init(void)
{
    static const char *const early[] = {"_imp", "_thread", "_warnings", "_weakref", "_io", "marshal", "posix"};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(early); i++)
        if (early_builtin(early[i]) == NULL)
            return -1;
    if (sys_add_streams(gcrt_interp.sysdict, gcrt_interp.config) < 0)
        return -1;
    PyObject *io = PyDict_GetItemString(gcrt_interp.modules, "_io");
    PyObject *open = io != NULL ? PyObject_GetAttrString(io, "open") : NULL;
    if (open == NULL || PyDict_SetItemString(gcrt_interp.builtins, "open", open) < 0)
        return -1;
    PyObject *bootstrap = bootstrap_module("_bootstrap", "_frozen_importlib");
    if (bootstrap == NULL)
        return -1;
    gcrt_interp.importlib = bootstrap;
    PyObject *sys = PyDict_GetItemString(gcrt_interp.modules, "sys");
    PyObject *imp = PyDict_GetItemString(gcrt_interp.modules, "_imp");
    if (PyObject_CallMethod(bootstrap, "_install", "OO", sys, imp) == NULL ||
        bootstrap_module("_bootstrap_external", "_frozen_importlib_external") == NULL ||
        PyObject_CallMethod(bootstrap, "_install_external_importers", NULL) == NULL)
        return -1;
    /* Filters from the command line are warnings.py's affair. */
    if (PySys_HasWarnOptions() && PyImport_ImportModule("warnings") == NULL)
        PyErr_Clear();
    return add_zip_hook();
}

/* ------------------------------------------------------------------ resolving names */

static PyObject *
package_of(PyObject *globals)
{
    PyObject *package = PyDict_GetItemWithError(globals, GCRT_NAME(__package__));
    PyObject *spec = PyDict_GetItemWithError(globals, GCRT_NAME(__spec__));
    if (package != NULL && package != Py_None) {
        if (!PyUnicode_Check(package))
            return PyErr_Format(PyExc_TypeError, "package must be a string");
        return package;
    }
    if (spec != NULL && spec != Py_None) {
        package = PyObject_GetAttrString(spec, "parent");
        if (package != NULL && !PyUnicode_Check(package))
            return PyErr_Format(PyExc_TypeError, "__spec__.parent must be a string");
        return package;
    }
    if (PyErr_WarnEx(PyExc_ImportWarning,
                     "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__",
                     1) < 0)
        return NULL;
    package = PyDict_GetItemWithError(globals, GCRT_NAME(__name__));
    if (package == NULL)
        return PyErr_Format(PyExc_KeyError, "'__name__' not in globals");
    if (!PyUnicode_Check(package))
        return PyErr_Format(PyExc_TypeError, "__name__ must be a string");
    if (PyDict_GetItemWithError(globals, GCRT_NAME(__path__)) == NULL) {
        Py_ssize_t dot = PyUnicode_FindChar(package, '.', 0, PyUnicode_GET_LENGTH(package), -1);
        return PyUnicode_Substring(package, 0, dot < 0 ? 0 : dot);
    }
    return package;
}

/* name as an absolute name: `level` dots before it, counted from the package of globals. */
static PyObject *
resolve_name(PyObject *name, PyObject *globals, int level)
{
    if (globals == NULL)
        return PyErr_Format(PyExc_KeyError, "'__name__' not in globals");
    if (!PyDict_Check(globals))
        return PyErr_Format(PyExc_TypeError, "globals must be a dict");
    PyObject *package = package_of(globals);
    if (package == NULL)
        return NULL;
    Py_ssize_t end = PyUnicode_GET_LENGTH(package);
    if (end == 0)
        return PyErr_Format(PyExc_ImportError, "attempted relative import with no known parent package");
    for (int i = 1; i < level; i++) {
        end = PyUnicode_FindChar(package, '.', 0, end, -1);
        if (end == -2)
            return NULL;
        if (end == -1)
            return PyErr_Format(PyExc_ImportError, "attempted relative import beyond top-level package");
    }
    PyObject *base = PyUnicode_Substring(package, 0, end);
    if (base == NULL || PyUnicode_GET_LENGTH(name) == 0)
        return base;
    return PyUnicode_FromFormat("%U.%U", base, name);
}

/* ------------------------------------------------------------------ finding and loading */

/* 1: another import of it is going on (further down the stack, or on another thread). */
static int
is_initializing(PyObject *module)
{
    static PyObject *name;
    PyObject *spec, *value;
    if (name == NULL && (name = PyUnicode_InternFromString("_initializing")) == NULL)
        return -1;
    if (PyModule_Check(module))
        spec = PyDict_GetItemWithError(PyModule_GetDict(module), GCRT_NAME(__spec__));
    else if (_PyObject_LookupAttr(module, GCRT_NAME(__spec__), &spec) < 0)
        return -1;
    if (spec == NULL || spec == Py_None)
        return 0;
    if (_PyObject_LookupAttr(spec, name, &value) < 0)
        return -1;
    return value == NULL ? 0 : PyObject_IsTrue(value);
}

static PyObject *
find_and_load(PyObject *abs_name)
{
    PyObject *module = PyObject_CallMethod(gcrt_interp.importlib, "_find_and_load", "OO", abs_name,
                                           gcrt_interp.import_func);
    if (module == NULL) {
        import_trim_traceback();
        import_explain_missing(abs_name);
    }
    return module;
}

/* The module of that absolute name: from sys.modules, or imported. */
static PyObject *
get_module(PyObject *abs_name)
{
    PyObject *module = PyDict_GetItemWithError(gcrt_interp.modules, abs_name);
    if (module == NULL && gcrt_ts->exception != NULL)
        return NULL;
    if (module == NULL || module == Py_None)
        return find_and_load(abs_name);
    int initializing = is_initializing(module);
    if (initializing < 0)
        return NULL;
    if (initializing && PyObject_CallMethod(gcrt_interp.importlib, "_lock_unlock_module", "O", abs_name) == NULL)
        return NULL;
    return module;
}

/* `import a.b.c` binds a; `from . import x` in package a.b with level 1 gives a.b. */
static PyObject *
first_part(PyObject *module, PyObject *name, PyObject *abs_name, int level)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(name);
    if (level > 0 && n == 0)
        return module;
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, n, 1);
    if (dot == -2)
        return NULL;
    if (dot == -1)
        return module;
    if (level == 0) {
        PyObject *front = PyUnicode_Substring(name, 0, dot);
        return front == NULL ? NULL : get_module(front);
    }
    PyObject *wanted = PyUnicode_Substring(abs_name, 0, PyUnicode_GET_LENGTH(abs_name) - (n - dot));
    PyObject *found = wanted != NULL ? PyDict_GetItemWithError(gcrt_interp.modules, wanted) : NULL;
    if (found == NULL && wanted != NULL && gcrt_ts->exception == NULL)
        PyErr_Format(PyExc_KeyError, "%R not in sys.modules as expected", wanted);
    return found;
}

PyObject *
PyImport_ImportModuleLevelObject(PyObject *name, PyObject *globals, PyObject *Py_UNUSED(locals),
                                 PyObject *fromlist, int level)
{
    PyObject *abs_name = name, *path;
    if (name == NULL)
        return PyErr_Format(PyExc_ValueError, "Empty module name");
    if (!PyUnicode_Check(name))
        return PyErr_Format(PyExc_TypeError, "module name must be a string");
    if (level < 0)
        return PyErr_Format(PyExc_ValueError, "level must be >= 0");
    if (level > 0) {
        abs_name = resolve_name(name, globals, level);
        if (abs_name == NULL)
            return NULL;
    } else if (PyUnicode_GET_LENGTH(name) == 0)
        return PyErr_Format(PyExc_ValueError, "Empty module name");
    PyObject *module = get_module(abs_name);
    if (module == NULL)
        return NULL;
    int has_from = fromlist != NULL && fromlist != Py_None ? PyObject_IsTrue(fromlist) : 0;
    if (has_from < 0)
        return NULL;
    if (!has_from)
        return first_part(module, name, abs_name, level);
    if (_PyObject_LookupAttr(module, GCRT_NAME(__path__), &path) < 0)
        return NULL;
    if (path == NULL)
        return module;
    PyObject *result = PyObject_CallMethod(gcrt_interp.importlib, "_handle_fromlist", "OOO", module, fromlist,
                                           gcrt_interp.import_func);
    if (result == NULL)
        import_trim_traceback();
    return result;
}

PyObject *
PyImport_ImportModuleLevel(const char *name, PyObject *globals, PyObject *locals, PyObject *fromlist, int level)
{
    PyObject *text = PyUnicode_FromString(name);
    return text == NULL ? NULL : PyImport_ImportModuleLevelObject(text, globals, locals, fromlist, level);
}

/* Through builtins.__import__ when somebody replaced it. */
PyObject *
PyImport_Import(PyObject *name)
{
    PyObject *import = PyDict_GetItemString(gcrt_interp.builtins, "__import__");
    PyObject *module;
    if (import == NULL || import == gcrt_interp.import_func)
        return PyUnicode_Check(name) ? get_module(name)
                                     : PyErr_Format(PyExc_TypeError, "module name must be a string");
    PyObject *globals = PyEval_GetGlobals(), *from = Py_BuildValue("[s]", "__doc__");
    if (globals == NULL && (globals = PyDict_New()) == NULL)
        return NULL;
    if (from == NULL || PyObject_CallFunction(import, "OOOOi", name, globals, globals, from, 0) == NULL)
        return NULL;
    module = PyDict_GetItemWithError(gcrt_interp.modules, name);
    if (module == NULL && gcrt_ts->exception == NULL)
        PyErr_SetObject(PyExc_KeyError, name);
    return module;
}

PyObject *
PyImport_ImportModule(const char *name)
{
    PyObject *text = PyUnicode_FromString(name);
    return text == NULL ? NULL : PyImport_Import(text);
}

PyObject *
PyImport_ImportModuleNoBlock(const char *name)
{
    return PyImport_ImportModule(name);
}

PyObject *
PyImport_ReloadModule(PyObject *module)
{
    PyObject *importlib = PyImport_ImportModule("importlib");
    return importlib == NULL ? NULL : PyObject_CallMethod(importlib, "reload", "O", module);
}

PyObject *
_PyImport_GetModuleAttrString(const char *module_name, const char *name)
{
    PyObject *module = PyImport_ImportModule(module_name);
    return module == NULL ? NULL : PyObject_GetAttrString(module, name);
}

/* ------------------------------------------------------------------ sys.modules */

PyObject *
PyImport_GetModuleDict(void)
{
    return gcrt_interp.modules;
}

PyObject *
PyImport_GetModule(PyObject *name)
{
    return PyDict_GetItemWithError(gcrt_interp.modules, name);
}

PyObject *
PyImport_AddModuleObject(PyObject *name)
{
    PyObject *module = PyDict_GetItemWithError(gcrt_interp.modules, name);
    if (module != NULL && PyModule_Check(module))
        return module;
    if (gcrt_ts->exception != NULL)
        return NULL;
    module = PyModule_NewObject(name);
    if (module == NULL || PyDict_SetItem(gcrt_interp.modules, name, module) < 0)
        return NULL;
    return module;
}

PyObject *
PyImport_AddModule(const char *name)
{
    PyObject *text = PyUnicode_InternFromString(name);
    return text == NULL ? NULL : PyImport_AddModuleObject(text);
}

PyObject *
PyImport_ExecCodeModuleObject(PyObject *name, PyObject *code, PyObject *pathname, PyObject *cpathname)
{
    PyObject *module = PyImport_AddModuleObject(name);
    if (module == NULL)
        return NULL;
    PyObject *dict = PyModule_GetDict(module);
    if (PyDict_SetItem(dict, GCRT_NAME(__builtins__), gcrt_interp.builtins) < 0 ||
        (pathname != NULL && PyDict_SetItem(dict, GCRT_NAME(__file__), pathname) < 0) ||
        (cpathname != NULL && PyDict_SetItemString(dict, "__cached__", cpathname) < 0))
        return NULL;
    if (PyEval_EvalCode(code, dict, dict) == NULL) {
        PyObject *raised = gcrt_ts->exception;
        gcrt_ts->exception = NULL;
        if (PyDict_DelItem(gcrt_interp.modules, name) < 0)
            PyErr_Clear();
        gcrt_ts->exception = raised;
        return NULL;
    }
    PyObject *loaded = PyDict_GetItemWithError(gcrt_interp.modules, name);
    if (loaded == NULL && gcrt_ts->exception == NULL)
        PyErr_Format(PyExc_ImportError, "Loaded module %R not found in sys.modules", name);
    return loaded;
}

PyObject *
PyImport_ExecCodeModuleWithPathnames(const char *name, PyObject *code, const char *pathname, const char *cpathname)
{
    PyObject *text = PyUnicode_FromString(name);
    PyObject *path = pathname != NULL ? PyUnicode_DecodeFSDefault(pathname) : NULL;
    PyObject *cpath = cpathname != NULL ? PyUnicode_DecodeFSDefault(cpathname) : NULL;
    if (text == NULL || (pathname != NULL && path == NULL) || (cpathname != NULL && cpath == NULL))
        return NULL;
    return PyImport_ExecCodeModuleObject(text, code, path, cpath);
}

PyObject *
PyImport_ExecCodeModuleEx(const char *name, PyObject *code, const char *pathname)
{
    return PyImport_ExecCodeModuleWithPathnames(name, code, pathname, NULL);
}

PyObject *
PyImport_ExecCodeModule(const char *name, PyObject *code)
{
    return PyImport_ExecCodeModuleWithPathnames(name, code, NULL, NULL);
}

PyObject *
PyImport_GetImporter(PyObject *path)
{
    PyObject *module = PyImport_ImportModule("pkgutil");
    return module == NULL ? NULL : PyObject_CallMethod(module, "get_importer", "O", path);
}

long
PyImport_GetMagicNumber(void)
{
    return 3495 | '\r' << 16 | '\n' << 24;
}

const char *
PyImport_GetMagicTag(void)
{
    return "cpython-311";
}

/* There are no frozen modules. */
int
PyImport_ImportFrozenModuleObject(PyObject *Py_UNUSED(name))
{
    return 0;
}

int
PyImport_ImportFrozenModule(const char *Py_UNUSED(name))
{
    return 0;
}

/* ------------------------------------------------------------------ PyState_* */

/* The modules by their definitions' m_index, None where there is none.  A list, since extensions whose state is
 * found through PyState_FindModule ask for each object that they look at. */
PyObject *
PyState_FindModule(PyModuleDef *def)
{
    PyObject *modules = gcrt_interp.modules_by_index, *module;
    Py_ssize_t i = def->m_base.m_index;
    if (modules == NULL || i <= 0 || i >= PyList_GET_SIZE(modules) || def->m_slots != NULL)
        return NULL;
    module = PyList_GET_ITEM(modules, i);
    return module == Py_None ? NULL : module;
}

int
PyState_AddModule(PyObject *module, PyModuleDef *def)
{
    PyObject *modules = gcrt_interp.modules_by_index;
    if (def == NULL)
        Py_FatalError("PyState_AddModule: the module's definition is NULL");
    if (modules == NULL && (modules = gcrt_interp.modules_by_index = PyList_New(0)) == NULL)
        return -1;
    if (PyModuleDef_Init(def) == NULL)
        return -1;
    while (PyList_GET_SIZE(modules) <= def->m_base.m_index)
        if (PyList_Append(modules, Py_None) < 0)
            return -1;
    return PyList_SetItem(modules, def->m_base.m_index, module);
}

int
PyState_RemoveModule(PyModuleDef *def)
{
    PyObject *modules = gcrt_interp.modules_by_index;
    if (modules == NULL || PyState_FindModule(def) == NULL) {
        PyErr_SetString(PyExc_SystemError, "PyState_RemoveModule: the module is not there");
        return -1;
    }
    return PyList_SetItem(modules, def->m_base.m_index, Py_None);
}
