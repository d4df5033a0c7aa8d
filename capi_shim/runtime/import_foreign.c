/* import_foreign.c: a module that was not found, but lies there as an extension built for CPython: the
 * error names the reason and the remedy.  Runs on failure only. */
#include "exceptions.h"
#include "importer.h"

static const char *const foreign_suffixes[] = {".cpython-311-x86_64-linux-gnu.so", ".abi3.so", ".so"};

/* The folders that were searched: the parent package's, or sys.path. */
static PyObject *
searched_folders(PyObject *fullname, Py_ssize_t dot)
{
    if (dot < 0)
        return sys_get("path");
    PyObject *parent_name = PyUnicode_Substring(fullname, 0, dot);
    PyObject *parent = parent_name != NULL ? PyDict_GetItemWithError(gcrt_interp.modules, parent_name) : NULL;
    return parent != NULL ? PyObject_GetAttr(parent, GCRT_NAME(__path__)) : NULL;
}

PyObject *
import_foreign_extension(PyObject *fullname, PyObject *folders)
{
    char path[4096];
    Py_ssize_t n = PyUnicode_GET_LENGTH(fullname), dot = PyUnicode_FindChar(fullname, '.', 0, n, -1);
    PyObject *tail = PyUnicode_Substring(fullname, dot + 1, n);
    PyObject *list = PySequence_Fast(folders, "sys.path must be a list");
    const char *name = tail != NULL ? PyUnicode_AsUTF8(tail) : NULL;
    if (name == NULL || list == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(list); i++) {
        PyObject *folder = PySequence_Fast_GET_ITEM(list, i);
        const char *text = PyUnicode_Check(folder) ? PyUnicode_AsUTF8(folder) : NULL;
        for (size_t k = 0; text != NULL && k < Py_ARRAY_LENGTH(foreign_suffixes); k++) {
            int length = snprintf(path, sizeof path, "%s%s%s%s", text, *text ? "/" : "", name, foreign_suffixes[k]);
            if (length < (int)sizeof path && access(path, F_OK) == 0)
                return PyUnicode_DecodeFSDefault(path);
        }
        PyErr_Clear();
    }
    return NULL;
}

void
import_explain_missing(PyObject *fullname)
{
    PyObject *exc = error_take();
    if (exc == NULL)
        return;
    PyObject *missing = PyObject_TypeCheck(exc, &exc_ModuleNotFoundError) ? ((PyImportErrorObject *)exc)->name : NULL;
    if (missing == NULL || !PyUnicode_Check(missing) || PyUnicode_Compare(missing, fullname) != 0) {
        error_restore(exc);
        return;
    }
    Py_ssize_t n = PyUnicode_GET_LENGTH(fullname);
    PyObject *folders = searched_folders(fullname, PyUnicode_FindChar(fullname, '.', 0, n, -1));
    PyObject *path = folders != NULL ? import_foreign_extension(fullname, folders) : NULL;
    PyErr_Clear();
    if (path != NULL) {
        Py_ssize_t dot = PyUnicode_FindChar(fullname, '.', 0, n, 1);
        PyObject *top = PyUnicode_Substring(fullname, 0, dot < 0 ? n : dot);
        PyObject *message = PyUnicode_FromFormat("%U is an extension built for CPython (%U); build it for gcrt "
                                                 "with: gcrt build %U", fullname, path, top);
        PyObject *args = message != NULL ? PyTuple_Pack(1, message) : NULL;
        if (args != NULL) {
            PyImportErrorObject *e = (PyImportErrorObject *)exc;
            gc_store(e, &e->args, args);
            gc_store(e, &e->msg, message);
            gc_store(e, &e->path, path);
        }
    }
    PyErr_Clear();
    error_restore(exc);
}
