/* decode_growing.c: find `s = s + piece` and `s += piece` for local variables s (see strgrow.c).
 *
 * The addition must be followed by the store, and its left operand must come from a LOAD_FAST of the same
 * variable: found by walking back over the instructions that make the right operand, as long as nobody
 * jumps in between and none of them looks below its own operands. */
#include "decode.h"

enum { HOST_LOAD_FAST = 124, HOST_STORE_FAST = 125, HOST_BINARY_OP = 122, HOST_SWAP = 99, HOST_COPY = 120 };
enum { NB_ADD = 0, NB_INPLACE_ADD = 13 };

/* Operands that an instruction takes and gives; 0: not one to be looked through. */
static int
effect(const host_insn *h, int *pops, int *pushes)
{
    const host_op *o = &decode_host_ops[h->op];
    gcrt_insn insn = {.op = o->op, .a = h->arg};
    *pops = *pushes = 0;
    switch (o->how) {
    case HOW_DROP:
    case HOW_KW_NAMES:
        return 1;
    case HOW_BINARY:
    case HOW_COMPARE:
        *pops = 2;
        *pushes = 1;
        return 1;
    case HOW_GLOBAL:
        *pushes = 1 + (int)(h->arg & 1);
        return 1;
    case HOW_PLAIN:
        if (h->op == HOST_SWAP || h->op == HOST_COPY || (gcrt_op_table[o->op].flags & GCRT_OPF_ENDS))
            return 0;
        break;
    case HOW_CALL:
        break;
    default:
        return 0;
    }
    gcrt_op_effect(&insn, 0, pops, pushes);
    return 1;
}

/* The LOAD_FAST that made the left operand of the addition at `at`, or NULL. */
static host_insn *
left_operand(host_insn *insns, uint32_t at, uint32_t variable)
{
    int need = 1;                 /* operands on top that are still to be accounted for */
    for (uint32_t k = at; k > 0; k--) {
        host_insn *h = &insns[k - 1];
        int pops, pushes;
        if (insns[k].label || insns[k].boundary)
            return NULL;
        if (need == 0)
            return h->op == HOST_LOAD_FAST && h->arg == variable ? h : NULL;
        if (!effect(h, &pops, &pushes) || pushes > need)
            return NULL;
        need += pops - pushes;
    }
    return NULL;
}

uint8_t *
decode_growing(host_code *host)
{
    uint8_t *growing = NULL;
    for (uint32_t i = 1; i + 1 < host->n; i++) {
        host_insn *add = &host->insns[i], *store = add + 1;
        if (add->op != HOST_BINARY_OP || (add->arg != NB_ADD && add->arg != NB_INPLACE_ADD) ||
            store->op != HOST_STORE_FAST || store->label || store->boundary)
            continue;
        host_insn *load = left_operand(host->insns, i, store->arg);
        if (load == NULL)
            continue;
        if (growing == NULL && (growing = PyMem_Calloc(host->code->n_localsplus + 1, 1)) == NULL)
            return NULL;
        growing[store->arg] = 1;
        load->grows = add->grows = 1;
    }
    return growing;
}
