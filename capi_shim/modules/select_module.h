/* select_module.h: what the files of module select share. */
#ifndef GCRT_SELECT_MODULE_H
#define GCRT_SELECT_MODULE_H
#include "time_module.h"

typedef struct {
    const char *name;
    long value;
} select_constant;

/* The time-out argument of select, poll and epoll.poll in units of `unit` nanoseconds; None: -1, for ever. */
int select_timeout(PyObject *arg, int64_t unit, const char *type_message, int64_t *ns);
/* After a call that a signal interrupted: run the handlers and set what is left of the time.
 * 1: call again; 0: the time is up; -1: a handler raised. */
int select_again(int64_t deadline, int64_t *ns);

int select_add_epoll(PyObject *module);
#endif
