/* decode_flow.c: which local variables are surely bound where.
 *
 * A forward analysis over sets of bound variables, one set for each label; sets only shrink, so that
 * going round until nothing changes ends.  A handler can be entered from any instruction of its range:
 * its set is the meet of the sets at the range's labels, boundaries and after each DELETE_FAST in it
 * (between those points the set only grows). */
#include "decode.h"

enum { HOST_LOAD_FAST = 124, HOST_STORE_FAST = 125, HOST_DELETE_FAST = 126 };
#define MAX_VARIABLES 2048u

typedef struct {
    host_code *host;
    uint32_t words;               /* of a set */
    uint32_t *slot;               /* host index -> number of its set */
    uint64_t *sets;
    uint8_t *seen;                /* by set number */
    uint32_t *work;
    uint32_t n_work;
    uint8_t *queued;
} flow;

static void
meet(flow *f, uint32_t at, const uint64_t *state)
{
    uint32_t slot = f->slot[at];
    uint64_t *set = f->sets + (size_t)slot * f->words;
    int changed = !f->seen[slot];
    for (uint32_t i = 0; i < f->words; i++) {
        uint64_t both = f->seen[slot] ? set[i] & state[i] : state[i];
        changed |= both != set[i];
        set[i] = both;
    }
    f->seen[slot] = 1;
    if (changed && !f->queued[slot]) {
        f->queued[slot] = 1;
        f->work[f->n_work++] = at;
    }
}

static void
meet_handler(flow *f, uint32_t at, const uint64_t *state)
{
    for (uint32_t i = 0; i < f->host->n_handlers; i++) {
        const host_handler *h = &f->host->handlers[i];
        if (h->start <= at && at < h->end)
            meet(f, h->target, state);
    }
}

static int
ends_block(int op)
{
    const host_op *h = &decode_host_ops[op];
    return h->how == HOW_JUMP_BACK || (h->how != HOW_DROP && (gcrt_op_table[h->op].flags & GCRT_OPF_ENDS));
}

static int
has_target(int op)
{
    int how = decode_host_ops[op].how;
    return how == HOW_JUMP || how == HOW_JUMP_BACK || how == HOW_JUMP_BACK_IF;
}

static void
follow(flow *f, uint32_t at, uint64_t *state)
{
    host_insn *insns = f->host->insns;
    memcpy(state, f->sets + (size_t)f->slot[at] * f->words, f->words * sizeof *state);
    for (uint32_t i = at; i < f->host->n; i++) {
        host_insn *h = &insns[i];
        if (i != at && h->label) {
            meet(f, i, state);
            return;
        }
        if (i == at || h->boundary)
            meet_handler(f, i, state);
        uint64_t bit = (uint64_t)1 << (h->arg % 64);
        if (h->op == HOST_LOAD_FAST)
            h->unchecked = (state[h->arg / 64] & bit) != 0;
        else if (h->op == HOST_STORE_FAST)
            state[h->arg / 64] |= bit;
        else if (h->op == HOST_DELETE_FAST) {
            state[h->arg / 64] &= ~bit;
            if (i + 1 < f->host->n)
                meet_handler(f, i + 1, state);
        }
        if (has_target(h->op))
            meet(f, h->target, state);
        if (ends_block(h->op))
            return;
    }
}

static uint32_t
parameters(const PyCodeObject *code)
{
    return (uint32_t)(code->co_argcount + code->co_kwonlyargcount) +
           ((code->co_flags & CO_VARARGS) != 0) + ((code->co_flags & CO_VARKEYWORDS) != 0);
}

static void
run(flow *f, uint64_t *state)
{
    memset(state, 0, f->words * sizeof *state);
    uint32_t n = parameters(f->host->code);
    for (uint32_t i = 0; i < n; i++)
        state[i / 64] |= (uint64_t)1 << (i % 64);
    meet(f, 0, state);
    while (f->n_work > 0) {
        uint32_t at = f->work[--f->n_work];
        f->queued[f->slot[at]] = 0;
        follow(f, at, state);
    }
}

int
decode_flow(host_code *host)
{
    uint32_t n_vars = host->code->n_localsplus, n_sets = 0;
    if (n_vars == 0 || n_vars > MAX_VARIABLES)
        return 0;
    flow f = {.host = host, .words = n_vars / 64 + 1};
    int result = -1;
    f.slot = PyMem_Malloc((host->n + 1) * sizeof *f.slot);
    if (f.slot == NULL)
        goto done;
    for (uint32_t i = 0; i < host->n; i++) {
        f.slot[i] = n_sets;
        n_sets += i == 0 || host->insns[i].label;
    }
    f.sets = PyMem_Calloc((size_t)(n_sets + 1) * f.words, sizeof *f.sets);
    f.seen = PyMem_Calloc(n_sets + 1, 2);
    f.work = PyMem_Malloc((n_sets + 1) * sizeof *f.work);
    uint64_t *state = PyMem_Malloc((f.words + 1) * sizeof *state);
    if (f.sets != NULL && f.seen != NULL && f.work != NULL && state != NULL) {
        f.queued = f.seen + n_sets + 1;
        run(&f, state);
        result = 0;
    }
    PyMem_Free(state);
done:
    PyMem_Free(f.work);
    PyMem_Free(f.seen);
    PyMem_Free(f.sets);
    PyMem_Free(f.slot);
    if (result < 0)
        PyErr_NoMemory();
    return result;
}
