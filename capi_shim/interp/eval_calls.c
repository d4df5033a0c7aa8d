/* eval_calls.c: slow paths of the loop: calls that leave Python, and what a call site learns. */
#include "interp.h"
#include "callable.h"

/* args[-1] is a free slot: the operand stack holds NULL or the method there. */
PyObject *
eval_call_c(PyObject *callable, PyObject **args, Py_ssize_t nargs, PyObject *kwnames)
{
    return PyObject_Vectorcall(callable, args, (size_t)nargs | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames);
}

PyObject *
eval_call_ex(PyObject *callable, PyObject *args, PyObject *kwargs)
{
    if (!PyTuple_CheckExact(args)) {
        if (Py_TYPE(args)->tp_iter == NULL && !PySequence_Check(args)) {
            PyObject *name = _PyObject_FunctionStr(callable);
            if (name != NULL)
                PyErr_Format(PyExc_TypeError, "%U argument after * must be an iterable, not %.200s", name,
                             Py_TYPE(args)->tp_name);
            return NULL;
        }
        if ((args = PySequence_Tuple(args)) == NULL)
            return NULL;
    }
    if (kwargs != NULL && !PyDict_CheckExact(kwargs)) {
        PyObject *dict = PyDict_New();
        if (dict == NULL || eval_dict_merge(callable, dict, kwargs) < 0)
            return NULL;
        kwargs = dict;
    }
    return PyObject_Call(callable, args, kwargs);
}

/* ------------------------------------------------------------------ quickening */

static void
fill(gcrt_insn *pc, int op, void *key, PyObject *callable, uint32_t version)
{
    gcrt_cache_call *cache = (gcrt_cache_call *)(pc + 1);
    cache->key = key;
    cache->callable = callable;
    cache->version = version;
    cache->kind = (uint16_t)op;
    pc->op = (uint16_t)op;
}

static int
direct_flags(int flags)
{
    flags &= ~(METH_COEXIST | METH_STATIC | METH_CLASS);
    return flags == METH_O || flags == METH_NOARGS || flags == METH_FASTCALL ||
           flags == (METH_FASTCALL | METH_KEYWORDS);
}

/* A Python class whose instances are made by object.__new__: its __init__ runs without a C call. */
static int
specialize_type(gcrt_insn *pc, PyTypeObject *type, Py_ssize_t nargs)
{
    if (Py_TYPE(type) != &PyType_Type || !(type->gcrt_flags & GCRT_TYPE_PYTHON_NEW))
        return 0;
    uint32_t version = type_version(type);
    PyObject *init = _PyType_Lookup(type, GCRT_NAME(__init__));
    if (version == 0 || init == NULL)
        return 0;
    if (function_is(init) && ((PyFunctionObject *)init)->vectorcall == _PyFunction_Vectorcall)
        fill(pc, OP_CALL_TYPE, type, init, version);
    else if (nargs == 0 && type->tp_init == PyBaseObject_Type.tp_init)
        fill(pc, OP_CALL_TYPE, type, NULL, version);
    else
        return 0;
    return 1;
}

static int
specialize(gcrt_insn *pc, PyObject *callable, Py_ssize_t nargs, int has_self, int has_names)
{
    PyTypeObject *type = Py_TYPE(callable);
    if (type == &PyFunction_Type) {
        PyFunctionObject *func = (PyFunctionObject *)callable;
        if (func->vectorcall != _PyFunction_Vectorcall || ((PyCodeObject *)func->func_code)->insns == NULL)
            return -1;
        fill(pc, OP_CALL_PY, func->func_code, callable, 0);
        return 1;
    }
    if (PyType_Check(callable))
        return !has_self && specialize_type(pc, (PyTypeObject *)callable, nargs);
    if (has_names)
        return 0;
    if (type == &PyCFunction_Type && !has_self) {
        PyMethodDef *def = ((PyCFunctionObject *)callable)->m_ml;
        if (!direct_flags(def->ml_flags))
            return 0;
        fill(pc, OP_CALL_CFUNCTION, def, callable, 0);
        return 1;
    }
    if (type == &PyMethodDescr_Type) {
        PyMethodDef *def = ((PyMethodDescrObject *)callable)->d_method;
        if (!direct_flags(def->ml_flags))
            return 0;
        fill(pc, OP_CALL_CFUNCTION, def, callable, 0);
        return 1;
    }
    return 0;
}

/* The first call of a site is not looked at: code that runs once need not be changed. */
void
eval_call_specialize(gcrt_insn *pc, PyObject *callable, Py_ssize_t nargs, int has_self, int has_names)
{
    gcrt_cache_call *cache = (gcrt_cache_call *)(pc + 1);
    if (cache->key == NULL && cache->version == 0) {
        cache->version = 1;
        return;
    }
    if (specialize(pc, callable, nargs, has_self, has_names) == 0) {
        cache->misses++;
        cache->callable = callable;
    }
}
