/* setobject.h: everything is in Python.h; this name exists for sources that include it. */
#include "Python.h"
