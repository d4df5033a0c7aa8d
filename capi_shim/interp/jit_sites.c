/* jit_sites.c: what attribute sites have seen, for the compiler.
 *
 * The inline cache of a site holds what it saw last.  Each time it is filled, the entry goes into a table
 * of the code as well, so that compiled code can test for all the shapes that a site meets. */
#include "jit_sites.h"
#include "interp.h"

static gcrt_attr_site *
find_site(gcrt_attr_sites *sites, uint32_t word)
{
    for (uint32_t i = 0; sites != NULL && i < sites->count; i++)
        if (sites->site[i].word == word)
            return &sites->site[i];
    return NULL;
}

/* A new site in a code's table, which may have to grow; NULL when memory is exhausted. */
static gcrt_attr_site *
add_site(PyCodeObject *code, uint32_t word)
{
    gcrt_attr_sites *sites = code->attr_sites;
    if (sites == NULL || sites->count == sites->capacity) {
        uint32_t capacity = sites == NULL ? 4 : 2 * sites->capacity;
        size_t bytes = sizeof *sites + capacity * sizeof sites->site[0];
        gcrt_attr_sites *grown = gcrt_alloc_words((bytes + 7) / 8);
        if (grown == NULL) {
            PyErr_Clear();
            return NULL;
        }
        if (sites != NULL)
            memcpy(grown, sites, sizeof *sites + sites->count * sizeof sites->site[0]);
        grown->capacity = capacity;
        gc_store(code, (PyObject **)&code->attr_sites, (PyObject *)grown);
        sites = grown;
    }
    gcrt_attr_site *site = &sites->site[sites->count++];
    site->word = word;
    return site;
}

void
attr_site_note(const gcrt_insn *pc)
{
    gcrt_frame *frame = gcrt_ts->frame;
    PyCodeObject *code = frame == NULL ? NULL : frame->code;
    if (code == NULL || pc < code->insns || pc >= code->insns + code->n_words)
        return;
    uint32_t word = (uint32_t)(pc - code->insns);
    gcrt_attr_site *site = find_site(code->attr_sites, word);
    if (site == NULL && (site = add_site(code, word)) == NULL)
        return;
    const gcrt_cache_attr *cache = (const gcrt_cache_attr *)(pc + 1);
    uint32_t i = 0;
    while (i < site->count && site->entry[i].key != cache->key)
        i++;
    if (i == GCRT_SITE_ENTRIES) {
        i = site->replaced % GCRT_SITE_ENTRIES;
        site->replaced += site->replaced < UINT16_MAX;
    }
    site->entry[i] = *cache;
    if (i == site->count)
        site->count++;
}

gcrt_attr_sites *
attr_sites_copy(const PyCodeObject *code)
{
    const gcrt_attr_sites *sites = code->attr_sites;
    if (sites == NULL)
        return NULL;
    size_t bytes = sizeof *sites + sites->count * sizeof sites->site[0];
    gcrt_attr_sites *copy = gc_ext_malloc(bytes);
    if (copy != NULL)
        memcpy(copy, sites, bytes);
    return copy;
}
