/* code_stores.c: how many attributes a class's instances will have, guessed before there is any.
 *
 * An instance that gets more attributes than its class was thought to need changes the size of later ones,
 * and so their shapes: caches and compiled code that know the first shapes are then worth nothing. */
#include "decode.h"

enum { MAX_NAMES = 24 };

typedef struct {
    PyObject *names[MAX_NAMES];
    uint32_t n;
} name_set;

static void
add_name(name_set *set, PyObject *name)
{
    for (uint32_t i = 0; i < set->n; i++)
        if (set->names[i] == name)
            return;
    if (set->n < MAX_NAMES)
        set->names[set->n++] = name;
}

/* The names that a function stores as attributes: of whatever object, or only of its first argument. */
static void
add_stores(name_set *set, PyCodeObject *code, int of_self)
{
    const uint8_t *bytes = (const uint8_t *)PyBytes_AS_STRING(code->co_code);
    Py_ssize_t n = PyBytes_GET_SIZE(code->co_code), n_names = PyTuple_GET_SIZE(code->co_names);
    int self_is_on_top = 0;
    for (Py_ssize_t i = 0; i + 1 < n; i += 2 * (1 + decode_host_ops[bytes[i]].caches)) {
        const host_op *op = &decode_host_ops[bytes[i]];
        int arg = bytes[i + 1], plain = op->how == HOW_PLAIN;
        if (plain && op->op == OP_STORE_ATTR && arg < n_names && (!of_self || self_is_on_top))
            add_name(set, PyTuple_GET_ITEM(code->co_names, arg));
        self_is_on_top = plain && op->op == OP_LOAD_FAST && arg == 0;
    }
}

/* `__init__` may hand the instance to others under a name of its own; what other methods store elsewhere says nothing
 * of this class. */
static void
add_methods(name_set *set, PyObject *dict)
{
    PyObject *name, *value;
    for (Py_ssize_t i = 0; PyDict_Next(dict, &i, &name, &value);)
        if (function_is(value))
            add_stores(set, (PyCodeObject *)((PyFunctionObject *)value)->func_code, name != GCRT_NAME(__init__));
}

uint32_t
code_guess_attributes(PyTypeObject *type)
{
    name_set set = {.n = 0};
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; mro != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *dict = ((PyTypeObject *)PyTuple_GET_ITEM(mro, i))->tp_dict;
        if (dict != NULL)
            add_methods(&set, dict);
    }
    return set.n;
}
