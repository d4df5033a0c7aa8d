/* itertools.h: what the files of the itertools module share. */
#ifndef GCRT_ITERTOOLS_H
#define GCRT_ITERTOOLS_H

#include "container.h"
#include "tuple.h"

/* All types of the module have this form.  Their objects are small and hold little but references, so the
 * collector looks at every word of them. */
#define ITERTOOLS_TYPE(symbol, name, layout, new_function, next_function, method_table, documentation)  \
    PyTypeObject symbol = {                                                                             \
        PyVarObject_HEAD_INIT(&PyType_Type, 0)                                                          \
        .tp_name = name,                                                                                \
        .tp_basicsize = sizeof(layout),                                                                 \
        .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,                      \
        .tp_doc = documentation,                                                                        \
        .tp_iter = PyObject_SelfIter,                                                                   \
        .tp_iternext = next_function,                                                                   \
        .tp_methods = method_table,                                                                     \
        .tp_new = new_function,                                                                         \
        .gcrt_trace = container_trace_words,                                                            \
    }

#define ITERTOOLS_TYPES(X)                                                                              \
    X(accumulate) X(chain) X(combinations) X(combinations_with_replacement) X(compress) X(count)        \
    X(cycle) X(dropwhile) X(filterfalse) X(groupby) X(_grouper) X(islice) X(pairwise) X(permutations)   \
    X(product) X(repeat) X(starmap) X(takewhile) X(_tee) X(_tee_dataobject) X(zip_longest)

#define ITERTOOLS_DECLARE(name) extern PyTypeObject itertools_##name##_type;
ITERTOOLS_TYPES(ITERTOOLS_DECLARE)
#undef ITERTOOLS_DECLARE

/* Arguments of a type's tp_new: `min` to `max` positional ones and, unless a subclass has its own __init__, no
 * keywords. */
static inline int
itertools_check_args(PyTypeObject *own, PyTypeObject *type, const char *name, PyObject *args, PyObject *kwargs,
                     Py_ssize_t min, Py_ssize_t max)
{
    if (container_strict_new(type, own) && container_refuse_keywords(name, kwargs))
        return 0;
    return _PyArg_CheckPositional(name, PyTuple_GET_SIZE(args), min, max);
}

/* itertools_group.c: tee(iterable, n=2). */
PyObject *itertools_tee(PyObject *module, PyObject *const *args, Py_ssize_t n);
#endif
