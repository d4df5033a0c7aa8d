/* signals.h: signals that have arrived and wait for the guest's next safepoint. */
#ifndef GCRT_SIGNALS_H
#define GCRT_SIGNALS_H

#include "state.h"

enum { SIGNALS_MAX = 65 };
/* Python-level handler of each signal: callable, an int (SIG_DFL, SIG_IGN), or NULL (not ours). */
extern PyObject *signals_handlers[SIGNALS_MAX];
extern int signals_wakeup_fd, signals_wakeup_warn;
/* The handler that raises KeyboardInterrupt. */
PyObject *signals_default_int_handler(void);
/* Install the C handler that notes the signal, or SIG_DFL / SIG_IGN. 0 or -1 with errno. */
int signals_install(int number);
int signals_set_disposition(int number, void (*handler)(int));
#endif
