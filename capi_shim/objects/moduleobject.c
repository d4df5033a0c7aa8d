/* moduleobject.c: modules and their definitions (single- and multi-phase initialisation, PEP 489).
 * A module's C state is extension memory: scanned, and released with the module. */
#include "typeobject.h"

static void
module_trace(PyObject *self, size_t size, gc_tracer *t)
{
    gc_visit_range(t, self, size / sizeof(void *));
}

PyTypeObject PyModuleDef_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "moduledef",
    .tp_basicsize = sizeof(PyModuleDef),
    .tp_flags = Py_TPFLAGS_DEFAULT,
};

PyObject *
PyModuleDef_Init(PyModuleDef *def)
{
    static Py_ssize_t next_index;
    if (PyType_Ready(&PyModuleDef_Type) < 0)
        return NULL;
    if (def->m_base.m_index == 0) {
        def->m_base.m_index = ++next_index;
        Py_SET_TYPE(def, &PyModuleDef_Type);
    }
    return (PyObject *)def;
}

/* ---- creation */

static int
init_dict(PyObject *module, PyObject *name, PyObject *doc)
{
    PyModuleObject *m = (PyModuleObject *)module;
    PyObject *dict = m->md_dict;
    if (dict == NULL) {
        dict = PyDict_New();
        if (dict == NULL)
            return -1;
        gc_store(m, &m->md_dict, dict);
    }
    if (PyDict_SetItem(dict, GCRT_NAME(__name__), name) < 0
        || PyDict_SetItem(dict, GCRT_NAME(__doc__), doc == NULL ? Py_None : doc) < 0
        || PyDict_SetItem(dict, GCRT_NAME(__package__), Py_None) < 0
        || PyDict_SetItem(dict, GCRT_NAME(__loader__), Py_None) < 0
        || PyDict_SetItem(dict, GCRT_NAME(__spec__), Py_None) < 0)
        return -1;
    if (PyUnicode_CheckExact(name))
        gc_store(m, &m->md_name, name);
    return 0;
}

PyObject *
PyModule_NewObject(PyObject *name)
{
    PyObject *module = PyType_GenericAlloc(&PyModule_Type, 0);
    return module == NULL || init_dict(module, name, NULL) < 0 ? NULL : module;
}

PyObject *
PyModule_New(const char *name)
{
    PyObject *text = PyUnicode_FromString(name);
    return text == NULL ? NULL : PyModule_NewObject(text);
}

static int
add_functions(PyObject *module, PyObject *name, PyMethodDef *methods)
{
    for (PyMethodDef *def = methods; def->ml_name != NULL; def++) {
        if (def->ml_flags & (METH_CLASS | METH_STATIC)) {
            PyErr_SetString(PyExc_ValueError, "module functions cannot set METH_CLASS or METH_STATIC");
            return -1;
        }
        PyObject *function = PyCFunction_NewEx(def, module, name);
        if (function == NULL || PyObject_SetAttrString(module, def->ml_name, function) < 0)
            return -1;
    }
    return 0;
}

int
PyModule_AddFunctions(PyObject *module, PyMethodDef *methods)
{
    PyObject *name = PyModule_GetNameObject(module);
    return name == NULL ? -1 : add_functions(module, name, methods);
}

int
PyModule_SetDocString(PyObject *module, const char *doc)
{
    PyObject *text = PyUnicode_FromString(doc);
    return text == NULL ? -1 : PyObject_SetAttr(module, GCRT_NAME(__doc__), text);
}

static int
allocate_state(PyModuleObject *module, PyModuleDef *def)
{
    if (def->m_size <= 0 || module->md_state != NULL)
        return 0;
    module->md_state = gc_ext_calloc(1, (size_t)def->m_size);
    if (module->md_state == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

PyObject *
PyModule_Create2(PyModuleDef *def, int api_version)
{
    (void)api_version;
    if (PyModuleDef_Init(def) == NULL)
        return NULL;
    if (def->m_slots != NULL) {
        PyErr_Format(PyExc_SystemError, "module %s: PyModule_Create is incompatible with m_slots", def->m_name);
        return NULL;
    }
    /* The importer knows the full name of a module in a package. */
    const char *name = def->m_name;
    if (_Py_PackageContext != NULL) {
        const char *dot = strrchr(_Py_PackageContext, '.');
        if (dot != NULL && strcmp(def->m_name, dot + 1) == 0) {
            name = _Py_PackageContext;
            _Py_PackageContext = NULL;
        }
    }
    PyModuleObject *module = (PyModuleObject *)PyModule_New(name);
    if (module == NULL || allocate_state(module, def) < 0)
        return NULL;
    module->md_def = def;
    if (def->m_methods != NULL && PyModule_AddFunctions((PyObject *)module, def->m_methods) < 0)
        return NULL;
    if (def->m_doc != NULL && PyModule_SetDocString((PyObject *)module, def->m_doc) < 0)
        return NULL;
    return (PyObject *)module;
}

typedef PyObject *(*create_function)(PyObject *spec, PyModuleDef *def);

static PyObject *
create_from_slots(PyModuleDef *def, PyObject *spec, PyObject *name, int *has_exec)
{
    create_function create = NULL;
    *has_exec = 0;
    for (PyModuleDef_Slot *slot = def->m_slots; slot != NULL && slot->slot != 0; slot++) {
        if (slot->slot == Py_mod_create) {
            if (create != NULL) {
                PyErr_Format(PyExc_SystemError, "module %U has multiple create slots", name);
                return NULL;
            }
            create = (create_function)slot->value;
        }
        else if (slot->slot == Py_mod_exec) {
            *has_exec = 1;
        }
        else if (slot->slot < 0 || slot->slot > 4) {
            PyErr_Format(PyExc_SystemError, "module %U uses unknown slot ID %i", name, slot->slot);
            return NULL;
        }
    }
    if (create == NULL)
        return PyModule_NewObject(name);
    PyObject *module = create(spec, def);
    if (module == NULL && !PyErr_Occurred())
        PyErr_Format(PyExc_SystemError, "creation of module %U failed without setting an exception", name);
    if (module != NULL && PyErr_Occurred()) {
        _PyErr_FormatFromCause(PyExc_SystemError, "creation of module %U raised unreported exception", name);
        return NULL;
    }
    return module;
}

PyObject *
PyModule_FromDefAndSpec2(PyModuleDef *def, PyObject *spec, int api_version)
{
    int has_exec;
    (void)api_version;
    if (PyModuleDef_Init(def) == NULL)
        return NULL;
    PyObject *name = PyObject_GetAttr(spec, GCRT_NAME(name));
    if (name == NULL)
        return NULL;
    if (def->m_size < 0) {
        PyErr_Format(PyExc_SystemError, "module %U: m_size may not be negative for multi-phase initialization",
                     name);
        return NULL;
    }
    PyObject *module = create_from_slots(def, spec, name, &has_exec);
    if (module == NULL)
        return NULL;
    if (PyModule_Check(module)) {
        ((PyModuleObject *)module)->md_state = NULL;
        ((PyModuleObject *)module)->md_def = def;
    }
    else if (def->m_size > 0 || def->m_traverse != NULL || def->m_clear != NULL || def->m_free != NULL) {
        PyErr_Format(PyExc_SystemError, "module %U is not a module object, but requests module state", name);
        return NULL;
    }
    else if (has_exec) {
        PyErr_Format(PyExc_SystemError,
                     "module %U specifies execution slots, but did not create a ModuleType instance", name);
        return NULL;
    }
    if (def->m_methods != NULL && add_functions(module, name, def->m_methods) < 0)
        return NULL;
    if (def->m_doc != NULL && PyModule_SetDocString(module, def->m_doc) < 0)
        return NULL;
    return module;
}

int
PyModule_ExecDef(PyObject *module, PyModuleDef *def)
{
    const char *name = PyModule_GetName(module);
    if (name == NULL)
        return -1;
    if (PyModule_Check(module) && allocate_state((PyModuleObject *)module, def) < 0)
        return -1;
    for (PyModuleDef_Slot *slot = def->m_slots; slot != NULL && slot->slot != 0; slot++) {
        if (slot->slot != Py_mod_exec)
            continue;
        int failed = ((int (*)(PyObject *))slot->value)(module);
        if (failed != 0) {
            if (!PyErr_Occurred())
                PyErr_Format(PyExc_SystemError, "execution of module %s failed without setting an exception",
                             name);
            return -1;
        }
        if (PyErr_Occurred()) {
            _PyErr_FormatFromCause(PyExc_SystemError, "execution of module %s raised unreported exception",
                                   name);
            return -1;
        }
    }
    return 0;
}

/* ---- questions */

static int
check_module(PyObject *op)
{
    if (PyModule_Check(op))
        return 1;
    PyErr_BadArgument();
    return 0;
}

PyObject *
PyModule_GetDict(PyObject *op)
{
    if (!PyModule_Check(op)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return ((PyModuleObject *)op)->md_dict;
}

PyModuleDef *
PyModule_GetDef(PyObject *op)
{
    return check_module(op) ? ((PyModuleObject *)op)->md_def : NULL;
}

void *
PyModule_GetState(PyObject *op)
{
    return check_module(op) ? ((PyModuleObject *)op)->md_state : NULL;
}

PyObject *
PyModule_GetNameObject(PyObject *op)
{
    if (!check_module(op))
        return NULL;
    PyObject *dict = ((PyModuleObject *)op)->md_dict;
    PyObject *name = dict == NULL ? NULL : PyDict_GetItemWithError(dict, GCRT_NAME(__name__));
    if (name != NULL && PyUnicode_Check(name))
        return name;
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_SystemError, "nameless module");
    return NULL;
}

const char *
PyModule_GetName(PyObject *op)
{
    PyObject *name = PyModule_GetNameObject(op);
    return name == NULL ? NULL : PyUnicode_AsUTF8(name);
}

PyObject *
PyModule_GetFilenameObject(PyObject *op)
{
    if (!check_module(op))
        return NULL;
    PyObject *dict = ((PyModuleObject *)op)->md_dict;
    PyObject *name = dict == NULL ? NULL : PyDict_GetItemWithError(dict, GCRT_NAME(__file__));
    if (name != NULL && PyUnicode_Check(name))
        return name;
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_SystemError, "module filename missing");
    return NULL;
}

const char *
PyModule_GetFilename(PyObject *op)
{
    PyObject *name = PyModule_GetFilenameObject(op);
    return name == NULL ? NULL : PyUnicode_AsUTF8(name);
}

/* ---- filling */

int
PyModule_AddObjectRef(PyObject *module, const char *name, PyObject *value)
{
    if (!PyModule_Check(module)) {
        PyErr_SetString(PyExc_TypeError, "PyModule_AddObjectRef() first argument must be a module");
        return -1;
    }
    if (value == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_SystemError,
                            "PyModule_AddObjectRef() must be called with an exception raised if value is NULL");
        return -1;
    }
    PyObject *dict = PyModule_GetDict(module);
    PyObject *key = dict == NULL ? NULL : PyUnicode_InternFromString(name);
    return key == NULL ? -1 : PyDict_SetItem(dict, key, value);
}

int
PyModule_AddObject(PyObject *module, const char *name, PyObject *value)
{
    return PyModule_AddObjectRef(module, name, value);
}

int
PyModule_AddIntConstant(PyObject *module, const char *name, long value)
{
    return PyModule_AddObjectRef(module, name, PyLong_FromLong(value));
}

int
PyModule_AddStringConstant(PyObject *module, const char *name, const char *value)
{
    return PyModule_AddObjectRef(module, name, PyUnicode_FromString(value));
}

int
PyModule_AddType(PyObject *module, PyTypeObject *type)
{
    if (PyType_Ready(type) < 0)
        return -1;
    return PyModule_AddObjectRef(module, _PyType_Name(type), (PyObject *)type);
}

/* ---- the type */

static PyObject *
module_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    (void)args;
    (void)kwds;
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL || (((PyModuleObject *)self)->md_dict = PyDict_New()) == NULL)
        return NULL;
    return self;
}

static int
module_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"name", "doc", NULL};
    PyObject *name, *doc = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "U|O:module", keywords, &name, &doc))
        return -1;
    return init_dict(self, name, doc);
}

static PyObject *
module_repr(PyObject *self)
{
    PyObject *importlib = PyImport_ImportModule("_frozen_importlib");
    PyObject *text = importlib == NULL ? NULL : PyObject_CallMethod(importlib, "_module_repr", "O", self);
    if (text != NULL)
        return text;
    PyErr_Clear();
    PyObject *name = PyModule_GetNameObject(self);
    if (name == NULL) {
        PyErr_Clear();
        return PyUnicode_FromString("<module '?'>");
    }
    return PyUnicode_FromFormat("<module %R>", name);
}

static int
is_initializing(PyObject *spec)
{
    PyObject *flag;
    if (spec == NULL || spec == Py_None)
        return 0;
    if (_PyObject_LookupAttr(spec, GCRT_NAME(_initializing), &flag) <= 0) {
        PyErr_Clear();
        return 0;
    }
    int truth = PyObject_IsTrue(flag);
    if (truth < 0)
        PyErr_Clear();
    return truth > 0;
}

static PyObject *
module_getattro(PyObject *self, PyObject *name)
{
    PyObject *value = _PyObject_GenericGetAttrWithDict(self, name, NULL, 1);
    if (value != NULL || PyErr_Occurred())
        return value;
    PyObject *dict = ((PyModuleObject *)self)->md_dict;
    PyObject *hook = dict == NULL ? NULL : PyDict_GetItemWithError(dict, GCRT_NAME(__getattr__));
    if (hook != NULL)
        return PyObject_CallOneArg(hook, name);
    PyObject *module_name = dict == NULL ? NULL : PyDict_GetItemWithError(dict, GCRT_NAME(__name__));
    if (PyErr_Occurred())
        return NULL;
    if (module_name == NULL || !PyUnicode_Check(module_name)) {
        PyErr_Format(PyExc_AttributeError, "module has no attribute '%U'", name);
        return NULL;
    }
    PyObject *spec = PyDict_GetItemWithError(dict, GCRT_NAME(__spec__));
    const char *format = is_initializing(spec)
                             ? "partially initialized module '%U' has no attribute '%U' (most likely due to a "
                               "circular import)"
                             : "module '%U' has no attribute '%U'";
    PyObject *message = PyUnicode_FromFormat(format, module_name, name);
    PyObject *error = message == NULL ? NULL : PyObject_CallOneArg(PyExc_AttributeError, message);
    if (error == NULL)
        return NULL;
    if (Py_IS_TYPE(error, (PyTypeObject *)PyExc_AttributeError)) {
        gc_store(error, &((PyAttributeErrorObject *)error)->obj, self);
        gc_store(error, &((PyAttributeErrorObject *)error)->name, name);
    }
    PyErr_SetObject(PyExc_AttributeError, error);
    return NULL;
}

static void
module_dealloc(PyObject *self)
{
    PyModuleObject *m = (PyModuleObject *)self;
    if (m->md_def != NULL && m->md_def->m_free != NULL && (m->md_def->m_size <= 0 || m->md_state != NULL))
        m->md_def->m_free(self);
    gc_ext_free(m->md_state);
    m->md_state = NULL;
    PyObject_Free(self);
}

static PyObject *
module_dir(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *dict = PyObject_GetAttr(self, GCRT_NAME(__dict__));
    if (dict == NULL)
        return NULL;
    if (!PyDict_Check(dict)) {
        PyErr_Format(PyExc_TypeError, "%U.__dict__ is not a dictionary", GCRT_NAME(__name__));
        return NULL;
    }
    PyObject *hook = PyDict_GetItemWithError(dict, GCRT_NAME(__dir__));
    if (hook != NULL)
        return PyObject_CallNoArgs(hook);
    return PyErr_Occurred() ? NULL : PyDict_Keys(dict);
}

static PyObject *
get_annotations(PyObject *self, void *closure)
{
    PyObject *dict = ((PyModuleObject *)self)->md_dict;
    (void)closure;
    if (dict == NULL) {
        PyErr_SetString(PyExc_TypeError, "<module>.__dict__ is not a dictionary");
        return NULL;
    }
    PyObject *value = PyDict_GetItemWithError(dict, GCRT_NAME(__annotations__));
    if (value != NULL || PyErr_Occurred())
        return value;
    value = PyDict_New();
    return value == NULL || PyDict_SetItem(dict, GCRT_NAME(__annotations__), value) < 0 ? NULL : value;
}

static int
set_annotations(PyObject *self, PyObject *value, void *closure)
{
    PyObject *dict = ((PyModuleObject *)self)->md_dict;
    (void)closure;
    if (dict == NULL) {
        PyErr_SetString(PyExc_TypeError, "<module>.__dict__ is not a dictionary");
        return -1;
    }
    if (value != NULL)
        return PyDict_SetItem(dict, GCRT_NAME(__annotations__), value);
    if (PyDict_DelItem(dict, GCRT_NAME(__annotations__)) == 0)
        return 0;
    if (PyErr_ExceptionMatches(PyExc_KeyError)) {
        PyErr_Clear();
        PyErr_SetString(PyExc_AttributeError, "__annotations__");
    }
    return -1;
}

static PyMethodDef module_methods[] = {
    {"__dir__", module_dir, METH_NOARGS, "The names in the module."},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef module_members[] = {
    {"__dict__", _Py_T_OBJECT, offsetof(PyModuleObject, md_dict), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyGetSetDef module_getsets[] = {
    {"__annotations__", get_annotations, set_annotations, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyModule_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "module",
    .tp_basicsize = sizeof(PyModuleObject),
    .tp_dealloc = module_dealloc,
    .tp_repr = module_repr,
    .tp_getattro = module_getattro,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_weaklistoffset = offsetof(PyModuleObject, md_weaklist),
    .tp_methods = module_methods,
    .tp_members = module_members,
    .tp_getset = module_getsets,
    .tp_dictoffset = offsetof(PyModuleObject, md_dict),
    .tp_init = module_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = module_new,
    .gcrt_trace = module_trace,
};
