/* _typing.c: the one function that typing has in C. */
#include "runtime.h"

static PyObject *
typing_idfunc(PyObject *Py_UNUSED(self), PyObject *x)
{
    return x;
}

static PyMethodDef typing_methods[] = {
    {"_idfunc", typing_idfunc, METH_O, "The argument itself."},
    {0},
};

static PyModuleDef typing_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_typing",
    .m_doc = "Help for typing.",
    .m_size = -1,
    .m_methods = typing_methods,
};

PyObject *
PyInit__typing(void)
{
    return PyModule_Create(&typing_def);
}
