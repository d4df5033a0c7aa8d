/* math_module.h: what math.c and math_integer.c share. */
#ifndef GCRT_MATH_MODULE_H
#define GCRT_MATH_MODULE_H
#include "long.h"
#include "number_fast.h"

/* float(arg).  0, or -1 with an exception. */
int math_double(PyObject *arg, double *out);
PyObject *math_comb(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *math_factorial(PyObject *module, PyObject *arg);
PyObject *math_gcd(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *math_isqrt(PyObject *module, PyObject *arg);
PyObject *math_lcm(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *math_perm(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *math_prod(PyObject *module, PyObject *args, PyObject *kwargs);
#endif
