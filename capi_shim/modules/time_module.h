/* time_module.h: what the files of the time module share, and time-outs for the modules that wait. */
#ifndef GCRT_TIME_MODULE_H
#define GCRT_TIME_MODULE_H
#include "number_fast.h"

#define TIME_SECOND 1000000000LL
#define TIME_MILLISECOND 1000000LL

/* A number (int, float) of units of `unit` nanoseconds as nanoseconds, rounded away from zero.  0, or -1 with an
 * exception: TypeError, ValueError for NaN, OverflowError. */
int time_to_ns(PyObject *arg, int64_t unit, int64_t *ns);
/* The point of the monotonic clock that lies `ns` ahead, and how far it is still off: negative when it has passed. */
int64_t time_deadline(int64_t ns);
int64_t time_left(int64_t deadline);
/* Nanoseconds as poll(2) and epoll_wait(2) take them: rounded up, -1 (for ever) when negative. */
int time_poll_ms(int64_t ns);

/* Add struct_time, the calendar functions and the time zone's constants. */
int time_add_calendar(PyObject *module);
#endif
