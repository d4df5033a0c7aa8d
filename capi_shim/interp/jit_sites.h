/* jit_sites.h: polymorphic feedback of attribute sites. */
#ifndef GCRT_JIT_SITES_H
#define GCRT_JIT_SITES_H

#include "code.h"

enum { GCRT_SITE_ENTRIES = 6 };

/* One LOAD_ATTR, LOAD_METHOD or STORE_ATTR: what its cache held, one entry a key. */
typedef struct gcrt_attr_site {
    uint32_t word;             /* of the instruction */
    uint16_t count;
    uint16_t replaced;         /* entries that made room for others, the oldest first; stops at its maximum */
    gcrt_cache_attr entry[GCRT_SITE_ENTRIES];
} gcrt_attr_site;

/* Of one code object: a conservative block, replaced when it grows. */
typedef struct gcrt_attr_sites {
    uint32_t count, capacity;
    gcrt_attr_site site[];
} gcrt_attr_sites;

/* The cache behind pc, an instruction of the running frame, has just been filled. */
void attr_site_note(const gcrt_insn *pc);
/* A snapshot in extension memory; NULL when there is nothing (or no memory). */
gcrt_attr_sites *attr_sites_copy(const PyCodeObject *code);
#endif
