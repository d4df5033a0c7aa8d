/* _collections.h: types of the _collections module. */
#ifndef GCRT_COLLECTIONS_H
#define GCRT_COLLECTIONS_H

#include "container.h"

extern PyTypeObject collections_deque_type, collections_deque_iter_type, collections_deque_reverse_iter_type;
extern PyTypeObject collections_defaultdict_type, collections_tuplegetter_type;
#endif
