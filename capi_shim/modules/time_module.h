/* time_module.h: what the files of the time module share. */
#ifndef GCRT_TIME_MODULE_H
#define GCRT_TIME_MODULE_H
#include "number_fast.h"

/* Add struct_time, the calendar functions and the time zone's constants. */
int time_add_calendar(PyObject *module);
#endif
