/* _string.c: the module _string: the parser of format strings, for string.Formatter. */
#include "runtime.h"

#include "unicode.h"

static PyObject *
formatter_parser(PyObject *Py_UNUSED(module), PyObject *text)
{
    return unicode_formatter_parser(text);
}

static PyObject *
formatter_field_name_split(PyObject *Py_UNUSED(module), PyObject *text)
{
    return unicode_formatter_field_name_split(text);
}

static PyMethodDef methods[] = {
    {"formatter_parser", formatter_parser, METH_O, "parse the argument as a format string"},
    {"formatter_field_name_split", formatter_field_name_split, METH_O, "split the argument as a field name"},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_string",
    .m_doc = "string helper module",
    .m_methods = methods,
};

PyObject *PyInit__string(void);
PyObject *
PyInit__string(void)
{
    return PyModule_Create(&definition);
}
