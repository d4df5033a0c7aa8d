/* import_dynamic.c: loading a C extension.
 *
 * The library's writable data becomes a root before its init function runs: from its first instruction
 * on it may keep objects in static variables. */
#include "importer.h"

#include <dlfcn.h>

const char *_Py_PackageContext;

/* Modules of single-phase extensions by (path, name): a second import gives the first one's. */
static PyObject *loaded_extensions;

typedef PyObject *(*init_function)(void);

/* PyInit_x of the last part of the name; non-ASCII names are spelled in punycode. */
static int
init_symbol(PyObject *name, char *out, size_t size)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(name), dot = PyUnicode_FindChar(name, '.', 0, n, -1);
    PyObject *tail = PyUnicode_Substring(name, dot + 1, n), *encoded;
    const char *prefix = "PyInit";
    if (tail == NULL)
        return -1;
    if (PyUnicode_IS_ASCII(tail))
        encoded = PyUnicode_AsASCIIString(tail);
    else {
        prefix = "PyInitU";
        encoded = PyUnicode_AsEncodedString(tail, "punycode", NULL);
    }
    if (encoded == NULL)
        return -1;
    int length = snprintf(out, size, "%s_%s", prefix, PyBytes_AS_STRING(encoded));
    if (length >= (int)size) {
        PyErr_SetString(PyExc_ImportError, "module name is too long");
        return -1;
    }
    for (char *p = out; *p != '\0'; p++)
        if (*p == '-')
            *p = '_';
    return 0;
}

static void
import_error(PyObject *name, PyObject *path, const char *format, const char *detail)
{
    PyObject *message = PyUnicode_FromFormat(format, detail);
    if (message != NULL)
        PyErr_SetImportError(message, name, path);
}

static init_function
load_library(PyObject *name, PyObject *path)
{
    char symbol[512];
    PyObject *encoded;
    if (!PyUnicode_FSConverter(path, &encoded) || init_symbol(name, symbol, sizeof symbol) < 0)
        return NULL;
    const char *file = PyBytes_AS_STRING(encoded);
    if (strstr(file, ".cpython-") != NULL || strstr(file, ".abi3.so") != NULL) {
        import_error(name, path, "%s was built for CPython; build it for gcrt with: gcrt build NAME", file);
        return NULL;
    }
    int flags = sys_dlopen_flags();
    void *handle = dlopen(file, flags != 0 ? flags : RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        const char *why = dlerror();
        import_error(name, path, "%s", why != NULL ? why : "unknown dlopen() error");
        return NULL;
    }
    void *init = dlsym(handle, symbol);
    if (init == NULL) {
        import_error(name, path, "dynamic module does not define module export function (%s)", symbol);
        return NULL;
    }
    if (gc_root_image_add(init) < 0) {
        import_error(name, path, "the collector can't register the data of %s", file);
        return NULL;
    }
    return (init_function)init;
}

static PyObject *
check_result(PyObject *result, PyObject *name)
{
    if (result == NULL) {
        if (gcrt_ts->exception == NULL)
            PyErr_Format(PyExc_SystemError, "initialization of %U failed without raising an exception", name);
        return NULL;
    }
    if (gcrt_ts->exception != NULL)
        return _PyErr_FormatFromCause(PyExc_SystemError, "initialization of %U raised unreported exception", name);
    if (Py_TYPE(result) == NULL)
        return PyErr_Format(PyExc_SystemError, "init function of %U returned uninitialized object", name);
    return result;
}

PyObject *
import_finish_init(PyObject *result, PyObject *name, PyObject *spec, PyObject *(*init)(void), PyObject *path)
{
    if (check_result(result, name) == NULL)
        return NULL;
    if (PyObject_TypeCheck(result, &PyModuleDef_Type))
        return PyModule_FromDefAndSpec((PyModuleDef *)result, spec);
    PyModuleDef *def = PyModule_Check(result) ? PyModule_GetDef(result) : NULL;
    if (def == NULL)
        return PyErr_Format(PyExc_SystemError, "initialization of %U did not return an extension module", name);
    def->m_base.m_init = init;
    if (path != NULL && PyModule_AddObjectRef(result, "__file__", path) < 0)
        return NULL;
    if (PyState_AddModule(result, def) < 0 || PyDict_SetItem(gcrt_interp.modules, name, result) < 0)
        return NULL;
    return result;
}

PyObject *
import_load_dynamic(PyObject *spec)
{
    PyObject *name = PyObject_GetAttr(spec, GCRT_NAME(name)), *path = PyObject_GetAttrString(spec, "origin");
    if (name == NULL || path == NULL)
        return NULL;
    if (!PyUnicode_Check(name) || !PyUnicode_Check(path))
        return PyErr_Format(PyExc_TypeError, "create_dynamic(): spec.name and spec.origin must be str");
    PyObject *key = PyTuple_Pack(2, path, name);
    if (key == NULL || (loaded_extensions == NULL && (loaded_extensions = PyDict_New()) == NULL))
        return NULL;
    PyObject *module = PyDict_GetItemWithError(loaded_extensions, key);
    if (module != NULL) {
        if (PyDict_SetItem(gcrt_interp.modules, name, module) < 0)
            return NULL;
        return module;
    }
    init_function init = load_library(name, path);
    if (init == NULL)
        return NULL;
    const char *outer = _Py_PackageContext;
    _Py_PackageContext = PyUnicode_AsUTF8(name);
    PyObject *result = init();
    _Py_PackageContext = outer;
    int single_phase = result != NULL && PyModule_Check(result);
    module = import_finish_init(result, name, spec, init, path);
    if (module != NULL && single_phase && PyDict_SetItem(loaded_extensions, key, module) < 0)
        return NULL;
    return module;
}
