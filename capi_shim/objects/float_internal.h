/* float_internal.h: what the files of the float type share. */
#ifndef GCRT_FLOAT_INTERNAL_H
#define GCRT_FLOAT_INTERNAL_H
#include "number_fast.h"

extern PyMethodDef float_methods[];
extern PyGetSetDef float_getset[];
/* The exact float with a's value. */
PyObject *float_exact(PyObject *a);
/* x rounded to ndigits decimal places (negative: to tens, hundreds...), half to even on the exact value;
 * inf when the rounded value is out of range. */
double float_round_places(double x, int ndigits);
#endif
