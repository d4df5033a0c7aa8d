/* sre_engine.c: the matcher for the three widths of characters, and what they share. */
#include "sre.h"

sre_choice *
sre_push(sre_state *s, int kind)
{
    if (s->n_choices == s->cap_choices) {
        size_t cap = s->cap_choices ? 2 * s->cap_choices : 64;
        sre_choice *grown = realloc(s->choices, cap * sizeof *grown);
        if (grown == NULL) {
            PyErr_NoMemory();
            s->error = 1;
            return NULL;
        }
        s->choices = grown;
        s->cap_choices = cap;
    }
    sre_choice *choice = &s->choices[s->n_choices++];
    choice->kind = kind;
    return choice;
}

int
sre_new_context(sre_state *s, const sre_code *pc, int previous)
{
    if (s->n_contexts == s->cap_contexts) {
        size_t cap = s->cap_contexts ? 2 * s->cap_contexts : 16;
        sre_context *grown = cap > INT_MAX ? NULL : realloc(s->contexts, cap * sizeof *grown);
        if (grown == NULL) {
            PyErr_NoMemory();
            s->error = 1;
            return -1;
        }
        s->contexts = grown;
        s->cap_contexts = cap;
    }
    s->contexts[s->n_contexts] = (sre_context){.pc = pc, .count = -1, .last = -1, .previous = previous};
    return (int)s->n_contexts++;
}

Py_UCS4
sre_lower_ascii(Py_UCS4 c)
{
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}
Py_UCS4
sre_lower_unicode(Py_UCS4 c)
{
    return c < 128 ? sre_lower_ascii(c) : _PyUnicode_ToLowercase(c);
}

static int
ascii_word(Py_UCS4 c)
{
    return c < 128 && (Py_ISALNUM(c) || c == '_');
}

int
sre_category(sre_code category, Py_UCS4 c)
{
    switch (category) {
    case SRE_CH_DIGIT: return c - '0' < 10;
    case SRE_CH_NOT_DIGIT: return c - '0' >= 10;
    case SRE_CH_SPACE: return c < 128 && Py_ISSPACE(c);
    case SRE_CH_NOT_SPACE: return !(c < 128 && Py_ISSPACE(c));
    case SRE_CH_WORD:
    case SRE_CH_LOC_WORD: return ascii_word(c);
    case SRE_CH_NOT_WORD:
    case SRE_CH_LOC_NOT_WORD: return !ascii_word(c);
    case SRE_CH_LINEBREAK: return c == '\n';
    case SRE_CH_NOT_LINEBREAK: return c != '\n';
    case SRE_CH_UNI_DIGIT: return Py_UNICODE_ISDECIMAL(c);
    case SRE_CH_UNI_NOT_DIGIT: return !Py_UNICODE_ISDECIMAL(c);
    case SRE_CH_UNI_SPACE: return Py_UNICODE_ISSPACE(c);
    case SRE_CH_UNI_NOT_SPACE: return !Py_UNICODE_ISSPACE(c);
    case SRE_CH_UNI_WORD: return c < 128 ? ascii_word(c) : Py_UNICODE_ISALNUM(c);
    case SRE_CH_UNI_NOT_WORD: return !(c < 128 ? ascii_word(c) : Py_UNICODE_ISALNUM(c));
    case SRE_CH_UNI_LINEBREAK: return Py_UNICODE_ISLINEBREAK(c);
    case SRE_CH_UNI_NOT_LINEBREAK: return !Py_UNICODE_ISLINEBREAK(c);
    }
    return 0;
}

int
sre_charset(const sre_code *set, Py_UCS4 c)
{
    int found = 1; /* what a member means; NEGATE turns it round */
    for (;;) {
        switch (*set++) {
        case SRE_OP_FAILURE: return !found;
        case SRE_OP_NEGATE: found = !found; break;
        case SRE_OP_LITERAL:
            if (c == set[0])
                return found;
            set++;
            break;
        case SRE_OP_RANGE:
            if (set[0] <= c && c <= set[1])
                return found;
            set += 2;
            break;
        case SRE_OP_RANGE_UNI_IGNORE: {
            if (set[0] <= c && c <= set[1])
                return found;
            Py_UCS4 upper = c < 128 ? (c >= 'a' && c <= 'z' ? c - 32 : c) : _PyUnicode_ToUppercase(c);
            if (set[0] <= upper && upper <= set[1])
                return found;
            set += 2;
            break;
        }
        case SRE_OP_CATEGORY:
            if (sre_category(set[0], c))
                return found;
            set++;
            break;
        case SRE_OP_CHARSET: /* 256 bits */
            if (c < 256 && (set[c / 32] >> (c % 32) & 1))
                return found;
            set += 8;
            break;
        case SRE_OP_BIGCHARSET: { /* number of blocks, 256 block numbers in bytes, the blocks' bits */
            sre_code blocks = *set++;
            if (c < 65536) {
                const sre_code *bits = set + 64 + 8 * ((const uint8_t *)set)[c >> 8];
                if (bits[(c & 255) / 32] >> (c % 32) & 1)
                    return found;
            }
            set += 64 + 8 * blocks;
            break;
        }
        default: return 0;
        }
    }
}

#define SRE_CHAR Py_UCS1
#define SRE_NAME(x) x##1
#include "sre_match.h"
#undef SRE_CHAR
#undef SRE_NAME
#define SRE_CHAR Py_UCS2
#define SRE_NAME(x) x##2
#include "sre_match.h"
#undef SRE_CHAR
#undef SRE_NAME
#define SRE_CHAR Py_UCS4
#define SRE_NAME(x) x##4
#include "sre_match.h"

Py_ssize_t
sre_search(sre_state *s, const sre_code *code, Py_ssize_t *position)
{
    return s->width == 1 ? search1(s, code, position)
                         : s->width == 2 ? search2(s, code, position) : search4(s, code, position);
}
