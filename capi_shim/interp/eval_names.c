/* eval_names.c: slow paths of the loop: names, imports, class bodies, functions. */
#include "interp.h"
#include "state.h"
#include "dict.h"

static void
name_error(PyObject *exc_type, const char *format, PyObject *name)
{
    PyErr_Format(exc_type, format, name);
    PyObject *exc = gcrt_ts->exception;
    if (exc != NULL && PyErr_GivenExceptionMatches(exc, PyExc_NameError))
        gc_store(exc, &((PyNameErrorObject *)exc)->name, name);
}

void
eval_unbound_local(gcrt_frame *frame, uint32_t i)
{
    name_error(PyExc_UnboundLocalError, "cannot access local variable '%U' where it is not associated with a value",
               PyTuple_GET_ITEM(frame->code->co_localsplusnames, i));
}

void
eval_unbound_deref(gcrt_frame *frame, uint32_t i)
{
    if (gcrt_ts->exception != NULL)
        return;
    if (!(code_kind_of(frame->code, i) & CODE_FREE)) {
        eval_unbound_local(frame, i);
        return;
    }
    name_error(PyExc_NameError,
               "cannot access free variable '%U' where it is not associated with a value in enclosing scope",
               PyTuple_GET_ITEM(frame->code->co_localsplusnames, i));
}

/* Item of a mapping: NULL without an exception when it is absent. */
static PyObject *
lookup(PyObject *mapping, PyObject *name)
{
    if (PyDict_CheckExact(mapping))
        return PyDict_GetItemWithError(mapping, name);
    PyObject *value = PyObject_GetItem(mapping, name);
    if (value == NULL && PyErr_ExceptionMatches(PyExc_KeyError))
        PyErr_Clear();
    return value;
}

static PyObject *
global_or_builtin(gcrt_frame *frame, PyObject *name)
{
    PyObject *value = lookup(frame->func->func_globals, name);
    if (value == NULL && gcrt_ts->exception == NULL)
        value = lookup(frame->func->func_builtins, name);
    if (value == NULL && gcrt_ts->exception == NULL)
        name_error(PyExc_NameError, "name '%U' is not defined", name);
    return value;
}

PyObject *
eval_load_name(gcrt_frame *frame, PyObject *name)
{
    if (frame->locals == NULL) {
        PyErr_Format(PyExc_SystemError, "no locals when loading %R", name);
        return NULL;
    }
    PyObject *value = lookup(frame->locals, name);
    if (value != NULL || gcrt_ts->exception != NULL)
        return value;
    return global_or_builtin(frame, name);
}

int
eval_store_name(gcrt_frame *frame, PyObject *name, PyObject *value)
{
    if (frame->locals == NULL) {
        PyErr_Format(PyExc_SystemError, "no locals found when storing %R", name);
        return -1;
    }
    if (PyDict_CheckExact(frame->locals))
        return PyDict_SetItem(frame->locals, name, value);
    return PyObject_SetItem(frame->locals, name, value);
}

int
eval_delete_name(gcrt_frame *frame, PyObject *name)
{
    if (frame->locals == NULL) {
        PyErr_Format(PyExc_SystemError, "no locals when deleting %R", name);
        return -1;
    }
    if (PyObject_DelItem(frame->locals, name) == 0)
        return 0;
    if (PyErr_ExceptionMatches(PyExc_KeyError)) {
        PyErr_Clear();
        name_error(PyExc_NameError, "name '%U' is not defined", name);
    }
    return -1;
}

int
eval_delete_global(gcrt_frame *frame, PyObject *name)
{
    if (PyDict_DelItem(frame->func->func_globals, name) == 0)
        return 0;
    if (PyErr_ExceptionMatches(PyExc_KeyError)) {
        PyErr_Clear();
        name_error(PyExc_NameError, "name '%U' is not defined", name);
    }
    return -1;
}

/* ------------------------------------------------------------------ LOAD_GLOBAL */

enum { GLOBAL_WARMUP = 2, GLOBAL_LIMIT = 64 };

/* Fill the cache: found in globals, or absent there and found in builtins. */
static void
specialize_global(gcrt_frame *frame, gcrt_insn *pc, PyObject *name)
{
    gcrt_cache_global *cache = (gcrt_cache_global *)(pc + 1);
    PyDictObject *globals = (PyDictObject *)frame->func->func_globals;
    PyDictObject *builtins = (PyDictObject *)frame->func->func_builtins;
    if (!PyDict_CheckExact(globals) || !PyDict_CheckExact(builtins) || !globals->str_keys_only)
        return;
    Py_ssize_t i = dict_index_of_str(globals, name);
    uint32_t version, builtin_version = 0;
    int op = OP_LOAD_GLOBAL_MODULE;
    if (i >= 0) {
        version = dict_places_version(globals);
    } else {
        if (!builtins->str_keys_only || (i = dict_index_of_str(builtins, name)) < 0)
            return;
        version = dict_keys_version(globals);
        builtin_version = dict_places_version(builtins);
        op = OP_LOAD_GLOBAL_BUILTIN;
        if (builtin_version == 0)
            return;
    }
    if (version == 0)
        return;
    cache->module_version = version;
    cache->builtin_version = builtin_version;
    cache->index = (uint32_t)i;
    pc->op = (uint16_t)op;
}

PyObject *
eval_load_global(gcrt_frame *frame, gcrt_insn *pc, PyObject *name)
{
    gcrt_cache_global *cache = (gcrt_cache_global *)(pc + 1);
    pc->op = OP_LOAD_GLOBAL;
    if (++cache->misses >= GLOBAL_WARMUP && cache->misses < GLOBAL_LIMIT)
        specialize_global(frame, pc, name);
    return global_or_builtin(frame, name);
}

PyObject *
eval_load_classderef(gcrt_frame *frame, uint32_t i)
{
    PyObject *name = PyTuple_GET_ITEM(frame->code->co_localsplusnames, i);
    PyObject *value = frame->locals == NULL ? NULL : lookup(frame->locals, name);
    if (value != NULL || gcrt_ts->exception != NULL)
        return value;
    value = PyCell_GET(frame->slots[i]);
    if (value == NULL)
        eval_unbound_deref(frame, i);
    return value;
}

int
eval_setup_annotations(gcrt_frame *frame)
{
    PyObject *name = GCRT_NAME(__annotations__), *dict;
    if (frame->locals == NULL) {
        PyErr_SetString(PyExc_SystemError, "no locals found when setting up annotations");
        return -1;
    }
    if (lookup(frame->locals, name) != NULL)
        return 0;
    if (gcrt_ts->exception != NULL || (dict = PyDict_New()) == NULL)
        return -1;
    return PyObject_SetItem(frame->locals, name, dict);
}

PyObject *
eval_load_build_class(gcrt_frame *frame)
{
    PyObject *value = lookup(frame->func->func_builtins, GCRT_NAME(__build_class__));
    if (value == NULL && gcrt_ts->exception == NULL)
        PyErr_SetString(PyExc_NameError, "__build_class__ not found");
    return value;
}

PyObject *
eval_make_function(PyThreadState *ts, gcrt_frame *frame, uint32_t flags, PyObject **sp)
{
    PyObject *code = *--sp;
    PyFunctionObject *f = (PyFunctionObject *)function_new(ts, code, frame->func->func_globals,
                                                           frame->func->func_builtins);
    if (f == NULL)
        return NULL;
    if (flags & 8)
        f->func_closure = *--sp;
    if (flags & 4)
        f->func_annotations = *--sp;
    if (flags & 2)
        f->func_kwdefaults = *--sp;
    if (flags & 1)
        f->func_defaults = *--sp;
    return (PyObject *)f;
}

/* ------------------------------------------------------------------ import */

PyObject *
eval_import_name(gcrt_frame *frame, PyObject *name, PyObject *fromlist, PyObject *level)
{
    PyObject *import = lookup(frame->func->func_builtins, GCRT_NAME(__import__));
    PyObject *locals = frame->locals == NULL ? Py_None : frame->locals;
    if (import == NULL) {
        if (gcrt_ts->exception == NULL)
            PyErr_SetString(PyExc_ImportError, "__import__ not found");
        return NULL;
    }
    if (import == gcrt_interp.import_func && gcrt_is_int(level))
        return PyImport_ImportModuleLevelObject(name, frame->func->func_globals, locals, fromlist,
                                                (int)gcrt_int_value(level));
    PyObject *args[] = {name, frame->func->func_globals, locals, fromlist, level};
    return PyObject_Vectorcall(import, args, 5, NULL);
}

static PyObject *
import_from_error(PyObject *module, PyObject *name, PyObject *module_name)
{
    PyObject *path = PyModule_Check(module) ? PyModule_GetFilenameObject(module) : NULL;
    PyObject *message;
    PyErr_Clear();
    if (module_name == NULL || !PyUnicode_Check(module_name))
        module_name = PyUnicode_FromString("<unknown module name>");
    if (path == NULL)
        message = PyUnicode_FromFormat("cannot import name %R from %R (unknown location)", name, module_name);
    else {
        PyObject *spec = PyObject_GetAttr(module, GCRT_NAME(__spec__));
        PyObject *initializing = spec == NULL ? NULL : PyObject_GetAttrString(spec, "_initializing");
        PyErr_Clear();
        const char *format = initializing != NULL && PyObject_IsTrue(initializing) > 0
                                 ? "cannot import name %R from partially initialized module %R (most likely "
                                   "due to a circular import) (%S)"
                                 : "cannot import name %R from %R (%S)";
        message = PyUnicode_FromFormat(format, name, module_name, path);
    }
    if (message != NULL)
        PyErr_SetImportError(message, module_name, path);
    return NULL;
}

PyObject *
eval_import_from(PyObject *module, PyObject *name)
{
    PyObject *value, *module_name, *full;
    if (_PyObject_LookupAttr(module, name, &value) != 0)
        return value;
    /* A submodule that is being imported is in sys.modules before it is an attribute of its package. */
    if (_PyObject_LookupAttr(module, GCRT_NAME(__name__), &module_name) < 0)
        return NULL;
    if (module_name == NULL || !PyUnicode_Check(module_name))
        return import_from_error(module, name, NULL);
    if ((full = PyUnicode_FromFormat("%U.%U", module_name, name)) == NULL)
        return NULL;
    value = PyImport_GetModule(full);
    if (value == NULL && gcrt_ts->exception == NULL)
        return import_from_error(module, name, module_name);
    return value;
}

static int
import_all_from(PyObject *locals, PyObject *module)
{
    PyObject *all, *dict = NULL;
    int skip_private = 0;
    if (_PyObject_LookupAttr(module, GCRT_NAME(__all__), &all) < 0)
        return -1;
    if (all == NULL) {
        if (_PyObject_LookupAttr(module, GCRT_NAME(__dict__), &dict) < 0)
            return -1;
        if (dict == NULL) {
            PyErr_SetString(PyExc_ImportError, "from-import-* object has no __dict__ and no __all__");
            return -1;
        }
        all = PyMapping_Keys(dict);
        skip_private = 1;
    }
    PyObject *names = all == NULL ? NULL : PySequence_List(all);
    for (Py_ssize_t i = 0; names != NULL && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        if (!PyUnicode_Check(name)) {
            PyObject *title = PyObject_GetAttr(module, GCRT_NAME(__name__));
            if (title != NULL)
                PyErr_Format(PyExc_TypeError, "%s in %S.%s must be str, not %.100s", skip_private ? "Key" : "Item",
                             title, skip_private ? "__dict__" : "__all__", Py_TYPE(name)->tp_name);
            return -1;
        }
        if (skip_private && PyUnicode_GET_LENGTH(name) > 0 && PyUnicode_READ_CHAR(name, 0) == '_')
            continue;
        PyObject *value = PyObject_GetAttr(module, name);
        if (value == NULL || PyObject_SetItem(locals, name, value) < 0)
            return -1;
    }
    return names == NULL ? -1 : 0;
}

int
eval_import_star(gcrt_frame *frame, PyObject *module)
{
    if (frame->locals == NULL) {
        PyErr_SetString(PyExc_SystemError, "no locals found during 'import *'");
        return -1;
    }
    return import_all_from(frame->locals, module);
}

int
eval_print_expr(PyObject *value)
{
    PyObject *hook = PySys_GetObject("displayhook");
    if (hook == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "lost sys.displayhook");
        return -1;
    }
    return PyObject_CallOneArg(hook, value) == NULL ? -1 : 0;
}
