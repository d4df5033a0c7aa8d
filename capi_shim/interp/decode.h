/* decode.h: between decode.c (reading, emitting) and decode_flow.c (what can be bound where). */
#ifndef GCRT_DECODE_H
#define GCRT_DECODE_H

#include "interp.h"

/* One instruction of the host, with its EXTENDED_ARGs folded in and its caches dropped. */
typedef struct {
    uint32_t arg;
    uint32_t offset;              /* byte offset of the opcode proper */
    uint32_t target;              /* index of the instruction that it jumps to */
    uint32_t word;                /* where it went in our stream */
    uint8_t op;
    uint8_t label;                /* somebody jumps here, or a handler starts here */
    uint8_t boundary;             /* a handler's range starts or ends here */
    uint8_t unchecked;            /* LOAD_FAST of a variable that is surely bound */
    uint8_t grows;                /* BINARY_OP + whose result goes back to the variable at its left;
                                   * LOAD_FAST that gives it that left operand */
} host_insn;

typedef struct {
    uint32_t start, end, target;  /* indices of host instructions */
    uint32_t depth, lasti;
} host_handler;

typedef struct {
    PyCodeObject *code;
    host_insn *insns;
    uint32_t n;
    host_handler *handlers;
    uint32_t n_handlers;
} host_code;

/* How decode.c deals with a host opcode. */
enum host_how {
    HOW_UNKNOWN = 0,
    HOW_DROP,                     /* NOP, PRECALL */
    HOW_PLAIN,                    /* same operand in a */
    HOW_JUMP,                     /* forward: unconditional and conditional alike */
    HOW_JUMP_BACK,
    HOW_JUMP_BACK_IF,             /* `op` is the inverted condition */
    HOW_BINARY,
    HOW_COMPARE,
    HOW_GLOBAL,
    HOW_UNPACK_EX,
    HOW_CALL,
    HOW_KW_NAMES,
};
typedef struct {
    uint8_t how;
    uint8_t caches;               /* 16-bit units behind the host's instruction */
    uint16_t op;
} host_op;
/* By the host's opcode. */
extern const host_op decode_host_ops[256];

/* Set `unchecked`.  0, or -1 with MemoryError. */
int decode_flow(host_code *host);
/* Set `grows`; returns the set of such variables (a flag for each), NULL: none.  PyMem_Free it. */
uint8_t *decode_growing(host_code *host);
#endif
