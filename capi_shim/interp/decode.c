/* decode.c: from the host's bytecode to our instructions, once for a code object.
 *
 *   read     co_code into host_insn[], EXTENDED_ARG folded, caches and PRECALL dropped
 *   handlers the exception table (variable-length numbers) into host_handler[]
 *   flow     decode_flow.c: LOAD_FAST that need no check
 *   emit     one instruction of ours for one or two of the host's; jumps are patched at the end
 *
 * Two host instructions become one only when no jump and no handler range separates them, so that every
 * word of our stream belongs to one position in co_code (code->offsets): tracebacks are exact. */
#include "decode.h"

enum {
    HOST_EXTENDED_ARG = 144,
    HOST_LOAD_FAST = 124,
    HOST_LOAD_CONST = 100,
    HOST_STORE_FAST = 125,
    HOST_BINARY_SUBSCR = 25,
    HOST_STORE_SUBSCR = 60,
    HOST_BUILD_SLICE = 133,
    HOST_COMPARE_OP = 107,
    HOST_JUMP_IF_FALSE = 114,
    HOST_JUMP_IF_TRUE = 115,
    HOST_BACK_IF_FALSE = 175,
    HOST_BACK_IF_TRUE = 176,
};
#define NO_INDEX UINT32_MAX

/* The operations of BINARY_OP in the host's order; 13 more are the in-place forms. */
static const uint16_t binary_ops[13] = {
    OP_BINARY_ADD, OP_BINARY_AND,    OP_BINARY_FLOORDIV, OP_BINARY_LSHIFT, OP_BINARY_MATMUL,
    OP_BINARY_MUL, OP_BINARY_MOD,    OP_BINARY_OR,       OP_BINARY_POW,    OP_BINARY_RSHIFT,
    OP_BINARY_SUB, OP_BINARY_TRUEDIV, OP_BINARY_XOR,
};

static int
bad_code(const PyCodeObject *code, const char *what, unsigned value)
{
    PyErr_Format(PyExc_SystemError, "code object %U: %s %u", code->co_name, what, value);
    return -1;
}

/* ------------------------------------------------------------------ reading */

/* at[unit]: index of the instruction that a 16-bit unit of co_code starts or prefixes. */
static int
read_insns(host_code *host, uint32_t *at)
{
    PyObject *bytes = host->code->co_code;
    const uint8_t *p = (const uint8_t *)PyBytes_AS_STRING(bytes);
    uint32_t units = (uint32_t)(PyBytes_GET_SIZE(bytes) / 2), arg = 0, n = 0;
    for (uint32_t i = 0; i < units; i++) {
        uint8_t op = p[2 * i];
        arg = arg << 8 | p[2 * i + 1];
        at[i] = n;
        if (op == HOST_EXTENDED_ARG)
            continue;
        if (decode_host_ops[op].how == HOW_UNKNOWN)
            return bad_code(host->code, "unknown opcode", op);
        host->insns[n++] = (host_insn){.op = op, .arg = arg, .offset = 2 * i, .target = NO_INDEX};
        arg = 0;
        for (uint32_t c = decode_host_ops[op].caches; c > 0 && i + 1 < units; c--)
            at[++i] = NO_INDEX;
    }
    host->n = n;
    return n > 0 ? 0 : bad_code(host->code, "no instructions in", units);
}

static int
find_targets(host_code *host, const uint32_t *at, uint32_t units)
{
    for (uint32_t i = 0; i < host->n; i++) {
        host_insn *h = &host->insns[i];
        int how = decode_host_ops[h->op].how;
        int64_t next = h->offset / 2 + 1, to;
        if (how == HOW_JUMP)
            to = next + h->arg;
        else if (how == HOW_JUMP_BACK || how == HOW_JUMP_BACK_IF)
            to = next - (int64_t)h->arg;
        else
            continue;
        if (to < 0 || to >= units || at[to] == NO_INDEX || at[to] >= host->n)
            return bad_code(host->code, "jump out of range at", h->offset);
        h->target = at[to];
        host->insns[h->target].label = 1;
    }
    return 0;
}

/* ------------------------------------------------------------------ exception table */

static const uint8_t *
read_varint(const uint8_t *p, const uint8_t *end, uint32_t *value)
{
    uint32_t v = 0;
    uint8_t byte;
    do {
        if (p >= end)
            return NULL;
        byte = *p++;
        v = v << 6 | (byte & 63);
    } while (byte & 64);
    *value = v;
    return p;
}

static uint32_t
index_of_unit(const host_code *host, const uint32_t *at, uint32_t units, uint32_t unit)
{
    while (unit < units && at[unit] == NO_INDEX)
        unit++;
    return unit < units ? at[unit] : host->n;
}

static int
read_handlers(host_code *host, const uint32_t *at, uint32_t units)
{
    PyObject *table = host->code->co_exceptiontable;
    const uint8_t *p = (const uint8_t *)PyBytes_AS_STRING(table);
    const uint8_t *end = p + PyBytes_GET_SIZE(table);
    while (p < end) {
        uint32_t start, size, target, depth;
        if ((p = read_varint(p, end, &start)) == NULL || (p = read_varint(p, end, &size)) == NULL ||
            (p = read_varint(p, end, &target)) == NULL || (p = read_varint(p, end, &depth)) == NULL)
            return bad_code(host->code, "cut exception table of length",
                            (unsigned)PyBytes_GET_SIZE(table));
        if (target >= units || at[target] == NO_INDEX || at[target] >= host->n ||
            (depth >> 1) > (uint32_t)host->code->co_stacksize)
            return bad_code(host->code, "bad handler at", target);
        host_handler *h = &host->handlers[host->n_handlers++];
        h->start = index_of_unit(host, at, units, start);
        h->end = index_of_unit(host, at, units, start + size);
        h->target = at[target];
        h->depth = depth >> 1;
        h->lasti = depth & 1;
        host->insns[h->target].label = 1;
        if (h->start < host->n)
            host->insns[h->start].boundary = 1;
        if (h->end < host->n)
            host->insns[h->end].boundary = 1;
    }
    return 0;
}

/* ------------------------------------------------------------------ operands */

static int
check_operand(const PyCodeObject *code, const char *what, uint32_t value)
{
    if (strcmp(what, "local") == 0)
        return value < code->n_localsplus ? 0 : bad_code(code, "no variable", value);
    if (strcmp(what, "const") == 0)
        return value < (size_t)PyTuple_GET_SIZE(code->co_consts) ? 0 : bad_code(code, "no constant", value);
    if (strcmp(what, "name") == 0)
        return value < (size_t)PyTuple_GET_SIZE(code->co_names) ? 0 : bad_code(code, "no name", value);
    return 0;
}

static int
check_operands(const host_code *host)
{
    for (uint32_t i = 0; i < host->n; i++) {
        const host_insn *h = &host->insns[i];
        const host_op *o = &decode_host_ops[h->op];
        uint32_t arg = h->arg;
        if (o->how == HOW_KW_NAMES) {
            if (check_operand(host->code, "const", arg) < 0)
                return -1;
            continue;
        }
        if (o->how == HOW_BINARY && arg >= 26)
            return bad_code(host->code, "unknown operator", arg);
        if (o->how != HOW_PLAIN && o->how != HOW_GLOBAL)
            continue;
        if (check_operand(host->code, gcrt_op_table[o->op].operand_a, o->how == HOW_GLOBAL ? arg >> 1 : arg) < 0)
            return -1;
    }
    return 0;
}

/* ------------------------------------------------------------------ emitting */

typedef struct {
    host_code *host;
    gcrt_insn *words;
    uint32_t *offsets;
    uint32_t n;
    uint32_t *patches;            /* words whose a is an index of a host instruction */
    uint32_t n_patches;
    uint32_t kw_names;            /* 1 + constant, for the next CALL */
    uint8_t *growing;             /* by variable; NULL: none.  See strgrow.c */
} emitter;

static uint32_t
emit(emitter *e, int op, uint32_t a, uint32_t b, uint32_t offset)
{
    uint32_t at = e->n, words = 1u + gcrt_op_table[op].cache_words;
    memset(&e->words[at], 0, words * sizeof *e->words);
    e->words[at] = (gcrt_insn){.op = (uint16_t)op, .a = a, .b = (uint16_t)b};
    for (uint32_t i = 0; i < words; i++)
        e->offsets[at + i] = offset;
    e->n += words;
    return at;
}

static void
emit_jump(emitter *e, int op, uint32_t target, uint32_t b, uint32_t offset)
{
    e->patches[e->n_patches++] = emit(e, op, target, b, offset);
}

/* `if condition: jump back` as `if not condition: skip; jump back`. */
static void
emit_back_if(emitter *e, int inverted, uint32_t b, const host_insn *h, uint32_t offset)
{
    uint32_t at = emit(e, inverted, 0, b, offset);
    emit_jump(e, OP_JUMP_BACKWARD, h->target, 0, h->offset);
    e->words[at].a = e->n;
}

static int
fusable(const emitter *e, uint32_t i)
{
    return i + 1 < e->host->n && !e->host->insns[i + 1].label && !e->host->insns[i + 1].boundary;
}

/* A load that lets a growing str be seen by others. */
static int
shares(const emitter *e, const host_insn *h)
{
    return e->growing != NULL && e->growing[h->arg] && !h->grows;
}

/* Two instructions as one: number of host instructions used, or 0. */
static int
emit_fused(emitter *e, uint32_t i)
{
    const host_insn *h = &e->host->insns[i], *next = h + 1;
    if (!fusable(e, i))
        return 0;
    int load = h->op == HOST_LOAD_FAST && h->unchecked && !shares(e, h), store = h->op == HOST_STORE_FAST;
    if (h->op == HOST_COMPARE_OP) {
        uint32_t kind = h->arg;
        if (next->op == HOST_JUMP_IF_FALSE || next->op == HOST_JUMP_IF_TRUE)
            emit_jump(e, OP_COMPARE_JUMP, next->target, kind | (next->op == HOST_JUMP_IF_TRUE ? 8 : 0),
                      h->offset);
        else if (next->op == HOST_BACK_IF_FALSE || next->op == HOST_BACK_IF_TRUE)
            emit_back_if(e, OP_COMPARE_JUMP, kind | (next->op == HOST_BACK_IF_FALSE ? 8 : 0), next,
                         h->offset);
        else
            return 0;
        return 2;
    }
    if (h->op == HOST_BUILD_SLICE && next->op == HOST_BINARY_SUBSCR)
        emit(e, OP_BINARY_SLICE, h->arg, 0, next->offset);
    else if (h->op == HOST_BUILD_SLICE && next->op == HOST_STORE_SUBSCR)
        emit(e, OP_STORE_SLICE, h->arg, 0, next->offset);
    else if (!load && !store)
        return 0;
    else if (next->arg > UINT16_MAX || (next->op == HOST_LOAD_FAST && shares(e, next)))
        return 0;
    else if (next->op == HOST_LOAD_FAST && next->unchecked)
        emit(e, load ? OP_LOAD_FAST_LOAD_FAST : OP_STORE_FAST_LOAD_FAST, h->arg, next->arg, h->offset);
    else if (load && next->op == HOST_LOAD_CONST)
        emit(e, OP_LOAD_FAST_LOAD_CONST, h->arg, next->arg, h->offset);
    else if (store && next->op == HOST_STORE_FAST)
        emit(e, OP_STORE_FAST_STORE_FAST, h->arg, next->arg, h->offset);
    else
        return 0;
    return 2;
}

static int
emit_one(emitter *e, const host_insn *h)
{
    const host_op *o = &decode_host_ops[h->op];
    switch (o->how) {
    case HOW_DROP:
        return 0;
    case HOW_PLAIN:
        if (h->op == HOST_LOAD_FAST)
            emit(e, !h->unchecked ? OP_LOAD_FAST_CHECK : shares(e, h) ? OP_LOAD_FAST_SHARE : OP_LOAD_FAST,
                 h->arg, 0, h->offset);
        else
            emit(e, o->op, h->arg, 0, h->offset);
        return 0;
    case HOW_JUMP:
    case HOW_JUMP_BACK:
        emit_jump(e, o->op, h->target, 0, h->offset);
        return 0;
    case HOW_JUMP_BACK_IF:
        emit_back_if(e, o->op, 0, h, h->offset);
        return 0;
    case HOW_BINARY:
        emit(e, binary_ops[h->arg % 13], h->arg >= 13, h->grows, h->offset);
        return 0;
    case HOW_COMPARE:
        emit(e, OP_COMPARE, h->arg, 0, h->offset);
        return 0;
    case HOW_GLOBAL:
        emit(e, OP_LOAD_GLOBAL, h->arg >> 1, h->arg & 1, h->offset);
        return 0;
    case HOW_UNPACK_EX:
        if (h->arg >> 8 > UINT16_MAX)
            return bad_code(e->host->code, "too many targets behind a star:", h->arg >> 8);
        emit(e, OP_UNPACK_EX, h->arg & 0xff, h->arg >> 8, h->offset);
        return 0;
    case HOW_KW_NAMES:
        e->kw_names = h->arg + 1;
        return e->kw_names <= UINT16_MAX ? 0 : bad_code(e->host->code, "too many constants:", h->arg);
    case HOW_CALL:
        emit(e, OP_CALL, h->arg, e->kw_names, h->offset);
        e->kw_names = 0;
        return 0;
    default:
        return bad_code(e->host->code, "unknown opcode", h->op);
    }
}

static int
emit_all(emitter *e)
{
    host_insn *insns = e->host->insns;
    for (uint32_t i = 0; i < e->host->n;) {
        insns[i].word = e->n;
        int used = emit_fused(e, i);
        if (used == 0) {
            if (emit_one(e, &insns[i]) < 0)
                return -1;
            used = 1;
        }
        else
            insns[i + 1].word = insns[i].word;
        i += (uint32_t)used;
    }
    for (uint32_t i = 0; i < e->n_patches; i++) {
        gcrt_insn *jump = &e->words[e->patches[i]];
        jump->a = insns[jump->a].word;
    }
    return 0;
}

/* ------------------------------------------------------------------ publishing */

static uint32_t
word_of(const emitter *e, uint32_t index)
{
    return index < e->host->n ? e->host->insns[index].word : e->n;
}

static int
publish(emitter *e)
{
    host_code *host = e->host;
    PyCodeObject *code = host->code;
    gcrt_insn *insns = gcrt_alloc_words(e->n);
    uint32_t *offsets = gcrt_alloc_leaf(e->n * sizeof *offsets);
    gcrt_handler *handlers = gcrt_alloc_leaf((host->n_handlers + 1) * sizeof *handlers);
    if (insns == NULL || offsets == NULL || handlers == NULL)
        return -1;
    memcpy(insns, e->words, e->n * sizeof *insns);
    memcpy(offsets, e->offsets, e->n * sizeof *offsets);
    for (uint32_t i = 0; i < host->n_handlers; i++) {
        const host_handler *h = &host->handlers[i];
        handlers[i] = (gcrt_handler){.start = word_of(e, h->start),
                                     .end = word_of(e, h->end),
                                     .target = word_of(e, h->target),
                                     .depth = (uint16_t)h->depth,
                                     .lasti = (uint16_t)h->lasti};
    }
    code->n_words = e->n;
    code->n_handlers = host->n_handlers;
    gc_store(code, &code->offsets, offsets);
    gc_store(code, &code->handlers, handlers);
    gc_store(code, &code->insns, insns);
    return 0;
}

static int
decode(host_code *host, uint32_t *at, uint32_t units)
{
    emitter e = {.host = host};
    if (read_insns(host, at) < 0 || find_targets(host, at, units) < 0 ||
        read_handlers(host, at, units) < 0 || check_operands(host) < 0 || decode_flow(host) < 0)
        return -1;
    /* A host instruction becomes at most a conditional jump and a back edge. */
    uint32_t room = host->n * (2 + CACHE_WORDS_ATTR + CACHE_WORDS_LOOP) + 1;
    int result = -1;
    e.growing = decode_growing(host);
    e.words = PyMem_Malloc(room * sizeof *e.words);
    e.offsets = PyMem_Malloc(room * sizeof *e.offsets);
    e.patches = PyMem_Malloc((host->n + 1) * sizeof *e.patches);
    if (e.words == NULL || e.offsets == NULL || e.patches == NULL)
        PyErr_NoMemory();
    else if (emit_all(&e) == 0)
        result = publish(&e);
    PyMem_Free(e.growing);
    PyMem_Free(e.patches);
    PyMem_Free(e.offsets);
    PyMem_Free(e.words);
    return result;
}

int
code_decode(PyCodeObject *code)
{
    if (code->insns != NULL)
        return 0;
    uint32_t units = (uint32_t)(PyBytes_GET_SIZE(code->co_code) / 2);
    size_t max_handlers = (size_t)PyBytes_GET_SIZE(code->co_exceptiontable) / 4 + 1;
    host_code host = {.code = code};
    int result = -1;
    uint32_t *at = PyMem_Malloc((units + 1) * sizeof *at);
    host.insns = PyMem_Malloc((units + 1) * sizeof *host.insns);
    host.handlers = PyMem_Malloc(max_handlers * sizeof *host.handlers);
    if (at == NULL || host.insns == NULL || host.handlers == NULL)
        PyErr_NoMemory();
    else
        result = decode(&host, at, units);
    PyMem_Free(host.handlers);
    PyMem_Free(host.insns);
    PyMem_Free(at);
    return result;
}
