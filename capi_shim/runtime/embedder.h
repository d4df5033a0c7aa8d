/* embedder.h: the runtime's side of gc_embedder.h. */
#ifndef GCRT_EMBEDDER_H
#define GCRT_EMBEDDER_H

#include "runtime.h"

void embedder_init(void);
/* State of the guest's first thread. */
PyThreadState *embedder_main_ts(void);
/* weakref.c: target died; forget it and queue the callback. */
void weakref_clear(void *owner, void *target);
#endif
