/* opcode_table.c: the facts of opcodes.def as data, for the disassembler and the JIT. */
#include "code.h"

enum {
    R = GCRT_OPF_RAISES,
    C = GCRT_OPF_COLLECTS,
    J = GCRT_OPF_JUMPS,
    T = GCRT_OPF_ENDS,
};

/* A SPECIAL line repeats nothing of its base: fill_specials copies it before main-line code runs. */
#define OP(name, a, b, pops, pushes, cache, flags)                                                      \
    [OP_##name] = {#name, OP_##name, CACHE_WORDS_##cache, flags, #a, #b, #cache},
#define SPECIAL(name, base) [OP_##name] = {#name, OP_##base, 0, 0, NULL, NULL, NULL},
static gcrt_op_info table[OP_COUNT] = {
#include "opcodes.def"
};
#undef OP
#undef SPECIAL

extern const gcrt_op_info gcrt_op_table[OP_COUNT] __attribute__((alias("table")));

__attribute__((constructor)) static void
fill_specials(void)
{
    for (int i = 0; i < OP_COUNT; i++) {
        const gcrt_op_info *base = &table[table[i].base];
        table[i].cache_words = base->cache_words;
        table[i].flags = base->flags;
        table[i].operand_a = base->operand_a;
        table[i].operand_b = base->operand_b;
        table[i].cache = base->cache;
    }
}

/* The taken branch of a jump, where it differs from the fall-through. */
static int
taken_effect(int op, int *pops, int *pushes)
{
    switch (op) {
    case OP_JUMP_IF_FALSE_OR_POP:
    case OP_JUMP_IF_TRUE_OR_POP:
        *pops = *pushes = 0;
        return 1;
    case OP_FOR_ITER:
        *pops = 1;
        *pushes = 0;
        return 1;
    case OP_SEND:
        *pops = 2;
        *pushes = 1;
        return 1;
    default:
        return 0;
    }
}

void
gcrt_op_effect(const gcrt_insn *insn, int jump, int *pops, int *pushes)
{
    int op = table[insn->op].base;
    int a = (int)insn->a, b = insn->b;
    (void)a;
    (void)b;
    if (jump && taken_effect(op, pops, pushes))
        return;
    switch (op) {
#define OP(name, a_, b_, pops_, pushes_, cache, flags)                                                  \
    case OP_##name:                                                                                     \
        *pops = (pops_);                                                                                \
        *pushes = (pushes_);                                                                            \
        return;
#define SPECIAL(name, base)
#include "opcodes.def"
#undef OP
#undef SPECIAL
    }
    *pops = *pushes = 0;
}
