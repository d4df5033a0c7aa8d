/* disassemble.c: a code object's instructions as text, for people and for golden tests. */
#include "interp.h"

/* What an operand names: a variable, a constant, a name; NULL when the number says it all. */
static PyObject *
operand_object(PyCodeObject *code, const char *what, uint32_t value)
{
    PyObject *from = strcmp(what, "local") == 0  ? code->co_localsplusnames
                     : strcmp(what, "name") == 0 ? code->co_names
                     : strcmp(what, "const") == 0 ? code->co_consts
                                                  : NULL;
    return from == NULL || value >= (size_t)PyTuple_GET_SIZE(from) ? NULL : PyTuple_GET_ITEM(from, value);
}

static PyObject *
operand(PyCodeObject *code, const char *what, uint32_t value)
{
    if (strcmp(what, "none") == 0)
        return PyUnicode_FromString("");
    PyObject *object = operand_object(code, what, value);
    if (object == NULL || PyCode_Check(object))
        return PyUnicode_FromFormat(" %u", value);
    if (strcmp(what, "const") == 0)
        return PyUnicode_FromFormat(" %u (%R)", value, object);
    return PyUnicode_FromFormat(" %u (%S)", value, object);
}

static PyObject *
line_of(PyCodeObject *code, uint32_t word)
{
    const gcrt_insn *insn = &code->insns[word];
    const gcrt_op_info *info = &gcrt_op_table[insn->op];
    uint32_t b = insn->b;
    const char *what_b = info->operand_b;
    if (info->base == OP_CALL) {
        what_b = b == 0 ? "none" : "const";
        b -= b != 0;
    }
    PyObject *text_a = operand(code, info->operand_a, insn->a), *text_b = operand(code, what_b, b);
    if (text_a == NULL || text_b == NULL)
        return NULL;
    return PyUnicode_FromFormat("%4u %3d  %s%U%s%U\n", word, code_line_of(code, (int)code->offsets[word]),
                                info->name, text_a, *PyUnicode_AsUTF8(text_b) ? "," : "", text_b);
}

PyObject *
gcrt_disassemble(PyCodeObject *code)
{
    if (code_decode(code) < 0)
        return NULL;
    PyObject *lines = PyList_New(0);
    for (uint32_t i = 0; lines != NULL && i < code->n_words;
         i += 1u + gcrt_op_table[code->insns[i].op].cache_words) {
        PyObject *line = line_of(code, i);
        if (line == NULL || PyList_Append(lines, line) < 0)
            return NULL;
    }
    for (uint32_t i = 0; lines != NULL && i < code->n_handlers; i++) {
        const gcrt_handler *h = &code->handlers[i];
        PyObject *line = PyUnicode_FromFormat("handler %u..%u -> %u depth %d%s\n", h->start, h->end, h->target,
                                              h->depth, h->lasti ? " lasti" : "");
        if (line == NULL || PyList_Append(lines, line) < 0)
            return NULL;
    }
    PyObject *empty = PyUnicode_FromString("");
    return lines == NULL || empty == NULL ? NULL : PyUnicode_Join(empty, lines);
}
