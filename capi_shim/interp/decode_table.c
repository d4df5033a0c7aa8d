/* decode_table.c: CPython 3.11's opcodes (by number) and the instructions of ours they become.  A further
 * host version is a further table. */
#include "decode.h"

#define PLAIN(op) {HOW_PLAIN, 0, OP_##op}
#define PLAIN_CACHED(op, caches) {HOW_PLAIN, caches, OP_##op}
#define JUMP(op) {HOW_JUMP, 0, OP_##op}
#define BACK_IF(inverted) {HOW_JUMP_BACK_IF, 0, OP_##inverted}

const host_op decode_host_ops[256] = {
    [1] = PLAIN(POP_TOP),
    [2] = PLAIN(PUSH_NULL),
    [9] = {HOW_DROP, 0, 0}, /* NOP */
    [10] = PLAIN(UNARY_POSITIVE),
    [11] = PLAIN(UNARY_NEGATIVE),
    [12] = PLAIN(UNARY_NOT),
    [15] = PLAIN(UNARY_INVERT),
    [25] = PLAIN_CACHED(BINARY_SUBSCR, 4),
    [30] = PLAIN(GET_LEN),
    [31] = PLAIN(MATCH_MAPPING),
    [32] = PLAIN(MATCH_SEQUENCE),
    [33] = PLAIN(MATCH_KEYS),
    [35] = PLAIN(PUSH_EXC_INFO),
    [36] = PLAIN(CHECK_EXC_MATCH),
    [37] = PLAIN(CHECK_EG_MATCH),
    [49] = PLAIN(WITH_EXCEPT_START),
    [50] = PLAIN(GET_AITER),
    [51] = PLAIN(GET_ANEXT),
    [52] = PLAIN(BEFORE_ASYNC_WITH),
    [53] = PLAIN(BEFORE_WITH),
    [54] = PLAIN(END_ASYNC_FOR),
    [60] = PLAIN_CACHED(STORE_SUBSCR, 1),
    [61] = PLAIN(DELETE_SUBSCR),
    [68] = PLAIN(GET_ITER),
    [69] = PLAIN(GET_YIELD_FROM_ITER),
    [70] = PLAIN(PRINT_EXPR),
    [71] = PLAIN(LOAD_BUILD_CLASS),
    [74] = PLAIN(LOAD_ASSERTION_ERROR),
    [75] = PLAIN(RETURN_GENERATOR),
    [82] = PLAIN(LIST_TO_TUPLE),
    [83] = PLAIN(RETURN_VALUE),
    [84] = PLAIN(IMPORT_STAR),
    [85] = PLAIN(SETUP_ANNOTATIONS),
    [86] = PLAIN(YIELD_VALUE),
    [87] = PLAIN(ASYNC_GEN_WRAP),
    [88] = PLAIN(PREP_RERAISE_STAR),
    [89] = PLAIN(POP_EXCEPT),
    [90] = PLAIN(STORE_NAME),
    [91] = PLAIN(DELETE_NAME),
    [92] = PLAIN_CACHED(UNPACK_SEQUENCE, 1),
    [93] = JUMP(FOR_ITER),
    [94] = {HOW_UNPACK_EX, 0, OP_UNPACK_EX},
    [95] = PLAIN_CACHED(STORE_ATTR, 4),
    [96] = PLAIN(DELETE_ATTR),
    [97] = PLAIN(STORE_GLOBAL),
    [98] = PLAIN(DELETE_GLOBAL),
    [99] = PLAIN(SWAP),
    [100] = PLAIN(LOAD_CONST),
    [101] = PLAIN(LOAD_NAME),
    [102] = PLAIN(BUILD_TUPLE),
    [103] = PLAIN(BUILD_LIST),
    [104] = PLAIN(BUILD_SET),
    [105] = PLAIN(BUILD_MAP),
    [106] = PLAIN_CACHED(LOAD_ATTR, 4),
    [107] = {HOW_COMPARE, 2, OP_COMPARE},
    [108] = PLAIN(IMPORT_NAME),
    [109] = PLAIN(IMPORT_FROM),
    [110] = JUMP(JUMP),
    [111] = JUMP(JUMP_IF_FALSE_OR_POP),
    [112] = JUMP(JUMP_IF_TRUE_OR_POP),
    [114] = JUMP(POP_JUMP_IF_FALSE),
    [115] = JUMP(POP_JUMP_IF_TRUE),
    [116] = {HOW_GLOBAL, 5, OP_LOAD_GLOBAL},
    [117] = PLAIN(IS),
    [118] = PLAIN(CONTAINS),
    [119] = PLAIN(RERAISE),
    [120] = PLAIN(COPY),
    [122] = {HOW_BINARY, 1, 0},
    [123] = JUMP(SEND),
    [124] = PLAIN(LOAD_FAST),
    [125] = PLAIN(STORE_FAST),
    [126] = PLAIN(DELETE_FAST),
    [128] = JUMP(POP_JUMP_IF_NOT_NONE),
    [129] = JUMP(POP_JUMP_IF_NONE),
    [130] = PLAIN(RAISE_VARARGS),
    [131] = PLAIN(GET_AWAITABLE),
    [132] = PLAIN(MAKE_FUNCTION),
    [133] = PLAIN(BUILD_SLICE),
    [134] = {HOW_JUMP_BACK, 0, OP_JUMP_BACKWARD},
    [135] = PLAIN(MAKE_CELL),
    [136] = PLAIN(LOAD_CLOSURE),
    [137] = PLAIN(LOAD_DEREF),
    [138] = PLAIN(STORE_DEREF),
    [139] = PLAIN(DELETE_DEREF),
    [140] = {HOW_JUMP_BACK, 0, OP_JUMP_BACKWARD},
    [142] = PLAIN(CALL_FUNCTION_EX),
    [145] = PLAIN(LIST_APPEND),
    [146] = PLAIN(SET_ADD),
    [147] = PLAIN(MAP_ADD),
    [148] = PLAIN(LOAD_CLASSDEREF),
    [149] = PLAIN(COPY_FREE_VARS),
    [151] = PLAIN(RESUME),
    [152] = PLAIN(MATCH_CLASS),
    [155] = PLAIN(FORMAT_VALUE),
    [156] = PLAIN(BUILD_CONST_KEY_MAP),
    [157] = PLAIN(BUILD_STRING),
    [160] = PLAIN_CACHED(LOAD_METHOD, 10),
    [162] = PLAIN(LIST_EXTEND),
    [163] = PLAIN(SET_UPDATE),
    [164] = PLAIN(DICT_MERGE),
    [165] = PLAIN(DICT_UPDATE),
    [166] = {HOW_DROP, 1, 0}, /* PRECALL */
    [171] = {HOW_CALL, 4, OP_CALL},
    [172] = {HOW_KW_NAMES, 0, 0},
    [173] = BACK_IF(POP_JUMP_IF_NONE),
    [174] = BACK_IF(POP_JUMP_IF_NOT_NONE),
    [175] = BACK_IF(POP_JUMP_IF_TRUE),
    [176] = BACK_IF(POP_JUMP_IF_FALSE),
};

/* ------------------------------------------------------------------ stack effects, in the host's terms */

enum { INVALID_EFFECT = INT_MAX };

static int
effect_of(const host_op *o, uint32_t arg, int jump)
{
    int pops = 0, pushes = 0;
    gcrt_insn insn = {.op = o->op, .a = arg};
    switch (o->how) {
    case HOW_DROP:
    case HOW_KW_NAMES:
        return 0;
    case HOW_BINARY:
        return -1;
    case HOW_GLOBAL:
        return 1 + (int)(arg & 1);
    case HOW_UNPACK_EX:
        insn.a = arg & 0xff;
        insn.b = (uint16_t)(arg >> 8);
        break;
    default:
        break;
    }
    gcrt_op_effect(&insn, jump, &pops, &pushes);
    return pushes - pops;
}

/* jump: 1 taken, 0 not, -1 the larger of both. */
int
PyCompile_OpcodeStackEffectWithJump(int opcode, int oparg, int jump)
{
    const host_op *o = opcode >= 0 && opcode < 256 ? &decode_host_ops[opcode] : NULL;
    if (o == NULL || o->how == HOW_UNKNOWN)
        return INVALID_EFFECT;
    int taken = effect_of(o, (uint32_t)oparg, 1), not_taken = effect_of(o, (uint32_t)oparg, 0);
    return jump == 0 ? not_taken : jump == 1 || taken > not_taken ? taken : not_taken;
}

int
PyCompile_OpcodeStackEffect(int opcode, int oparg)
{
    return PyCompile_OpcodeStackEffectWithJump(opcode, oparg, -1);
}
