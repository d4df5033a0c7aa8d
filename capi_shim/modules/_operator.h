/* _operator.h: types of the _operator module. */
#ifndef GCRT_OPERATOR_H
#define GCRT_OPERATOR_H

#include "container.h"

extern PyTypeObject operator_itemgetter_type, operator_attrgetter_type, operator_methodcaller_type;
#endif
