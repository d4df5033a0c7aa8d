/* _imp.c: what importlib asks of the runtime. */
#include "importer.h"

static int lock_depth;

static PyObject *
imp_lock_held(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return PyBool_FromLong(lock_depth > 0);
}

static PyObject *
imp_acquire_lock(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    lock_depth++;
    Py_RETURN_NONE;
}

static PyObject *
imp_release_lock(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    if (lock_depth == 0)
        return PyErr_Format(PyExc_RuntimeError, "not holding the import lock");
    lock_depth--;
    Py_RETURN_NONE;
}

static PyObject *
imp_extension_suffixes(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("[s]", IMPORT_SUFFIX);
}

static PyObject *
imp_is_builtin(PyObject *Py_UNUSED(self), PyObject *name)
{
    if (!PyUnicode_Check(name))
        return PyErr_Format(PyExc_TypeError, "is_builtin() argument must be str, not %.50s", Py_TYPE(name)->tp_name);
    if (PyUnicode_CompareWithASCIIString(name, "sys") == 0 || PyUnicode_CompareWithASCIIString(name, "builtins") == 0)
        return gcrt_int(-1);
    return gcrt_int(import_find_builtin(name) != NULL);
}

static PyObject *
imp_create_builtin(PyObject *Py_UNUSED(self), PyObject *spec)
{
    PyObject *name = PyObject_GetAttr(spec, GCRT_NAME(name));
    if (name == NULL)
        return NULL;
    PyObject *module = PyDict_GetItemWithError(gcrt_interp.modules, name);
    if (module != NULL)
        return module;
    PyObject *(*init)(void) = import_find_builtin(name);
    if (init == NULL)
        Py_RETURN_NONE;
    return import_finish_init(init(), name, spec, init, NULL);
}

static PyObject *
imp_exec(PyObject *Py_UNUSED(self), PyObject *module)
{
    if (!PyModule_Check(module))
        return gcrt_int(0);
    PyModuleDef *def = PyModule_GetDef(module);
    if (def == NULL || def->m_slots == NULL || ((PyModuleObject *)module)->md_state != NULL)
        return gcrt_int(0);
    return PyModule_ExecDef(module, def) < 0 ? NULL : gcrt_int(0);
}

static PyObject *
imp_create_dynamic(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    return _PyArg_CheckPositional("create_dynamic", nargs, 1, 2) ? import_load_dynamic(args[0]) : NULL;
}

static PyObject *
imp_false(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(name))
{
    Py_RETURN_FALSE;
}

static PyObject *
imp_find_frozen(PyObject *Py_UNUSED(self), PyObject *const *Py_UNUSED(args), Py_ssize_t Py_UNUSED(nargs),
                PyObject *Py_UNUSED(kwnames))
{
    Py_RETURN_NONE;
}

static PyObject *
imp_no_frozen(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs < 1)
        return PyErr_Format(PyExc_TypeError, "a name is needed");
    PyObject *message = PyUnicode_FromFormat("No such frozen object named %R", args[0]);
    return message == NULL ? NULL : PyErr_SetImportError(message, args[0], NULL);
}

static PyObject *
imp_empty_list(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return PyList_New(0);
}

static PyObject *
imp_fix_co_filename(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("_fix_co_filename", nargs, 2, 2))
        return NULL;
    if (!PyCode_Check(args[0]) || !PyUnicode_Check(args[1]))
        return PyErr_Format(PyExc_TypeError, "_fix_co_filename() takes a code object and a str");
    PyObject *old = PyObject_GetAttrString(args[0], "co_filename");
    if (old == NULL)
        return NULL;
    if (PyUnicode_Compare(old, args[1]) != 0)
        import_fix_filename(args[0], old, args[1]);
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ source_hash: SipHash-1-3
 * (J.-P. Aumasson, D. J. Bernstein, "SipHash", 2012), the hash that hash-based .pyc files carry. */

#define ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

static void
sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = ROTL(v[1], 13) ^ v[0];
    v[3] = ROTL(v[3], 16) ^ v[2];
    v[0] = ROTL(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = ROTL(v[1], 17) ^ v[2];
    v[3] = ROTL(v[3], 21) ^ v[0];
    v[2] = ROTL(v[2], 32);
}

static uint64_t
siphash13(uint64_t k0, const unsigned char *data, size_t n)
{
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575u, 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u, 0x7465646279746573u};
    uint64_t last = (uint64_t)n << 56, word;
    size_t whole = n & ~(size_t)7;
    for (size_t i = 0; i < whole; i += 8) {
        memcpy(&word, data + i, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    for (size_t i = whole; i < n; i++)
        last |= (uint64_t)data[i] << (8 * (i - whole));
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static PyObject *
imp_source_hash(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Py_buffer view;
    Py_ssize_t total = nargs + (kwnames != NULL ? PyTuple_GET_SIZE(kwnames) : 0);
    if (total != 2)
        return PyErr_Format(PyExc_TypeError, "source_hash() takes 2 arguments (%zd given)", total);
    uint64_t key = PyLong_AsUnsignedLongLongMask(args[0]);
    if (key == (uint64_t)-1 && PyErr_Occurred())
        return NULL;
    if (PyObject_GetBuffer(args[1], &view, PyBUF_SIMPLE) < 0)
        return NULL;
    uint64_t hash = siphash13(key, view.buf, (size_t)view.len);
    PyBuffer_Release(&view);
    return PyBytes_FromStringAndSize((const char *)&hash, 8);
}

#define FAST(f) _PyCFunction_CAST(f), METH_FASTCALL
static PyMethodDef imp_methods[] = {
    {"_fix_co_filename", FAST(imp_fix_co_filename), NULL},
    {"_frozen_module_names", imp_empty_list, METH_NOARGS, NULL},
    {"_override_frozen_modules_for_tests", imp_false, METH_O, NULL},
    {"acquire_lock", imp_acquire_lock, METH_NOARGS, NULL},
    {"create_builtin", imp_create_builtin, METH_O, NULL},
    {"create_dynamic", FAST(imp_create_dynamic), NULL},
    {"exec_builtin", imp_exec, METH_O, NULL},
    {"exec_dynamic", imp_exec, METH_O, NULL},
    {"extension_suffixes", imp_extension_suffixes, METH_NOARGS, NULL},
    {"find_frozen", _PyCFunction_CAST(imp_find_frozen), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"get_frozen_object", FAST(imp_no_frozen), NULL},
    {"init_frozen", FAST(imp_no_frozen), NULL},
    {"is_builtin", imp_is_builtin, METH_O, NULL},
    {"is_frozen", imp_false, METH_O, NULL},
    {"is_frozen_package", imp_false, METH_O, NULL},
    {"lock_held", imp_lock_held, METH_NOARGS, NULL},
    {"release_lock", imp_release_lock, METH_NOARGS, NULL},
    {"source_hash", _PyCFunction_CAST(imp_source_hash), METH_FASTCALL | METH_KEYWORDS, NULL},
    {0},
};

static PyModuleDef imp_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_imp",
    .m_doc = "What importlib asks of the runtime.",
    .m_size = -1,
    .m_methods = imp_methods,
};

PyObject *
PyInit__imp(void)
{
    PyObject *module = PyModule_Create(&imp_def);
    if (module == NULL || PyModule_AddStringConstant(module, "check_hash_based_pycs", "default") < 0)
        return NULL;
    return module;
}
