/* internal/pycore_frame.h: frames are opaque in gcrt; generated sources include this and use the documented
 * functions of frameobject.h. */
#include "../Python.h"
