/* gc_module.h: what other modules ask of the module gc. */
#ifndef GCRT_GC_MODULE_H
#define GCRT_GC_MODULE_H

#include "runtime.h"

/* After a call that failed, errno its reason: had it wanted a descriptor where none was left, and has a collection
 * closed some?  Then it is worth another try.  A file that nobody refers to any more is open until then.  errno stays. */
int gc_module_freed_descriptors(void);

#endif
