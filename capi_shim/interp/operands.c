/* operands.c: what a frame's operand stack holds at an instruction, and clearing what it holds no longer.
 *
 * The interpreter keeps sp in a register, so the collector scans operand slots to the frame's end, and a word that
 * an earlier instruction (or an earlier frame in the same place) has left there keeps its object alive.  That is
 * harmless when memory is short, but a program that asks for a collection wants to see who dies.  How deep the
 * stack is at an instruction is known beforehand, as it is to the verifiers of other virtual machines (Leroy, "Java
 * bytecode verification", JAR 2003): it is the same on all ways that lead there. */
#include "interp.h"

#define UNKNOWN (-1)

typedef struct {
    const PyCodeObject *code;
    int32_t *depths;  /* by word; UNKNOWN: no way has led there yet */
    uint32_t *open;   /* words whose successors are to be looked at */
    uint32_t n_open;
    int32_t most;     /* operand slots of the frame */
    int broken;       /* depths differ, or don't fit the frame */
} depth_search;

static void
reach(depth_search *s, uint32_t word, int32_t depth)
{
    if (word >= s->code->n_words || depth < 0 || depth > s->most) {
        s->broken = 1;
    } else if (s->depths[word] == UNKNOWN) {
        s->depths[word] = depth;
        s->open[s->n_open++] = word;
    } else if (s->depths[word] != depth) {
        s->broken = 1;
    }
}

static int32_t
depth_behind(const gcrt_insn *insn, int jump, int32_t depth)
{
    int pops, pushes;
    gcrt_op_effect(insn, jump, &pops, &pushes);
    return depth - pops + pushes;
}

static void
follow(depth_search *s, uint32_t word)
{
    const gcrt_insn *insn = &s->code->insns[word];
    const gcrt_op_info *info = &gcrt_op_table[insn->op];
    if (info->flags & GCRT_OPF_JUMPS)
        reach(s, insn->a, depth_behind(insn, 1, s->depths[word]));
    if (!(info->flags & GCRT_OPF_ENDS))
        reach(s, word + 1 + info->cache_words, depth_behind(insn, 0, s->depths[word]));
}

/* Operands that the instruction may find or leave: `at` is its word.  UNKNOWN when that can't be told. */
static int32_t
search_depth(depth_search *s, uint32_t at)
{
    const PyCodeObject *code = s->code;
    for (uint32_t i = 0; i < code->n_words; i++)
        s->depths[i] = UNKNOWN;
    reach(s, 0, 0);
    for (uint32_t i = 0; i < code->n_handlers; i++)
        reach(s, code->handlers[i].target, code->handlers[i].depth + code->handlers[i].lasti + 1);
    while (s->n_open > 0 && !s->broken)
        follow(s, s->open[--s->n_open]);
    if (s->broken || s->depths[at] == UNKNOWN)
        return UNKNOWN;
    int32_t before = s->depths[at], behind = depth_behind(&code->insns[at], 0, before);
    return before > behind ? before : behind;
}

static int32_t
depth_at(const PyCodeObject *code, uint32_t at)
{
    depth_search s = {.code = code, .most = (int32_t)(code->frame_slots - code->n_localsplus)};
    s.depths = PyMem_Malloc(code->n_words * (sizeof *s.depths + sizeof *s.open));
    if (s.depths == NULL)
        return UNKNOWN;
    s.open = (uint32_t *)(s.depths + code->n_words);
    int32_t depth = search_depth(&s, at);
    PyMem_Free(s.depths);
    return depth;
}

static void
clear_from(gcrt_frame *frame, int32_t depth)
{
    PyObject **from = frame_stack(frame) + depth, **end = frame->slots + frame->code->frame_slots;
    if (depth != UNKNOWN && from < end)
        memset(from, 0, (size_t)(end - from) * sizeof *from);
}

/* Every frame is at an instruction that called something: its pc is up to date.  Where one function calls itself, many
 * are at the same one. */
void
frame_clear_dead_operands(PyThreadState *ts)
{
    const gcrt_insn *known = NULL;
    int32_t depth = UNKNOWN;
    for (gcrt_frame *frame = ts->frame; frame != NULL; frame = frame->back) {
        if (frame->flags & GCRT_FRAME_JIT)
            continue;
        if (frame->pc != known)
            depth = depth_at(frame->code, (uint32_t)(frame->pc - frame->code->insns));
        known = frame->pc;
        clear_from(frame, depth);
    }
}
