/* traceback_anchors.c: which part of an expression failed: the operator of a binary operation, the
 * brackets of a subscript.
 *
 * The compiler gives the extent of the whole expression.  Its outermost node is found here without a
 * parser: the tokens at bracket depth 0 are enough.  The binary operator that binds least, the last
 * of equals (the first for **), is the root, unless something that binds even less is there, a
 * comparison, `not`, a conditional, a comma; then there is nothing to mark.
 *
 * Parentheses around an operand are not part of its node.  CPython 3.11 looks for the operator from the
 * end of the left node to the start of the right one and so marks a parenthesis instead, when there is
 * one; we show what it shows. */
#include "traceback_print.h"

typedef struct {
    PyObject *line;
    Py_ssize_t at, end;
} scanner;

static Py_UCS4
peek(const scanner *s, Py_ssize_t ahead)
{
    return s->at + ahead < s->end ? PyUnicode_READ_CHAR(s->line, s->at + ahead) : 0;
}

static int
is_name(Py_UCS4 ch)
{
    return ch == '_' || ch >= 128 || isalnum((int)ch);
}

static void
skip_string(scanner *s)
{
    Py_UCS4 quote = peek(s, 0);
    int triple = peek(s, 1) == quote && peek(s, 2) == quote;
    s->at += triple ? 3 : 1;
    while (s->at < s->end) {
        if (peek(s, 0) == '\\')
            s->at++;
        else if (peek(s, 0) == quote && (!triple || (peek(s, 1) == quote && peek(s, 2) == quote))) {
            s->at += triple ? 3 : 1;
            return;
        }
        s->at++;
    }
}

/* A number may hold a sign: 1e-5. */
static void
skip_word(scanner *s)
{
    int number = isdigit((int)(peek(s, 0) & 0x7f)) || peek(s, 0) == '.';
    int hex = number && (peek(s, 1) | 0x20) == 'x';
    while (s->at < s->end && (is_name(peek(s, 0)) || (number && peek(s, 0) == '.'))) {
        int exponent = number && !hex && (peek(s, 0) | 0x20) == 'e';
        s->at++;
        if (exponent && (peek(s, 0) == '+' || peek(s, 0) == '-'))
            s->at++;
    }
}

static int
word_is(PyObject *line, Py_ssize_t start, Py_ssize_t end, const char *word)
{
    Py_ssize_t n = (Py_ssize_t)strlen(word);
    if (end - start != n)
        return 0;
    for (Py_ssize_t i = 0; i < n; i++)
        if (PyUnicode_READ_CHAR(line, start + i) != (Py_UCS4)word[i])
            return 0;
    return 1;
}

static int
is_keyword(PyObject *line, Py_ssize_t start, Py_ssize_t end)
{
    static const char *const words[] = {"and", "or", "not", "in", "is", "if", "else", "lambda", "for", "yield", "from"};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(words); i++)
        if (word_is(line, start, end, words[i]))
            return 1;
    return 0;
}

/* Binding strength of the operator at the scanner and its length; 0: no binary operator. */
static int
operator_at(const scanner *s, int *length)
{
    Py_UCS4 a = peek(s, 0), b = peek(s, 1);
    *length = 1;
    switch (a) {
    case '|':
        return 1;
    case '^':
        return 2;
    case '&':
        return 3;
    case '<':
    case '>':
        *length = 2;
        return b == a ? 4 : 0;
    case '+':
    case '-':
        return 5;
    case '*':
        *length = b == '*' ? 2 : 1;
        return b == '*' ? 8 : 6;
    case '/':
        *length = b == '/' ? 2 : 1;
        return 6;
    case '%':
    case '@':
        return 6;
    default:
        return 0;
    }
}

typedef struct {
    Py_ssize_t op, op_length;      /* root operator; -1: none */
    int strength;
    Py_ssize_t left_end;           /* end of the token before it */
    Py_ssize_t last_open;          /* last opening bracket of depth 0 */
    Py_ssize_t before_open;        /* end of the token before that */
    Py_ssize_t first_token_end;
    int prefixed;                  /* starts with a unary operator or await */
    Py_UCS4 last;                  /* last token's character */
} outline;

static Py_UCS4
closing(Py_UCS4 open)
{
    return open == '(' ? ')' : open == '[' ? ']' : '}';
}

/* Skip a bracketed part, the scanner being at its opening. 0 when it isn't closed. */
static int
skip_brackets(scanner *s)
{
    Py_UCS4 stack[64];
    int depth = 0;
    while (s->at < s->end) {
        Py_UCS4 ch = peek(s, 0);
        if (ch == '"' || ch == '\'') {
            skip_string(s);
            continue;
        }
        if (ch == '(' || ch == '[' || ch == '{') {
            if (depth == 64)
                return 0;
            stack[depth++] = closing(ch);
        } else if (ch == ')' || ch == ']' || ch == '}') {
            if (ch != stack[--depth])
                return 0;
            if (depth == 0) {
                s->at++;
                return 1;
            }
        }
        s->at++;
    }
    return 0;
}

static void
note_operator(outline *o, const scanner *s, int strength, int length, Py_ssize_t token_end)
{
    int wins = o->op < 0 || strength < o->strength || (strength == o->strength && strength != 8);
    if (!wins)
        return;
    o->op = s->at;
    o->op_length = length;
    o->strength = strength;
    o->left_end = token_end;
}

/* 0 when the outermost node is neither a binary operation nor a subscript, or on anything unclear. */
static int
make_outline(scanner *s, outline *o)
{
    int operand = 0, length, strength;
    Py_ssize_t token_end = s->at, start = s->at;
    int power_of_prefix = 0;
    *o = (outline){.op = -1, .last_open = -1};
    while (s->at < s->end) {
        Py_UCS4 ch = peek(s, 0);
        if (ch == ' ' || ch == '\t' || ch == '\f') {
            s->at++;
            continue;
        }
        Py_ssize_t token = s->at;
        if (ch == '"' || ch == '\'') {
            skip_string(s);
            operand = 1;
        } else if (is_name(ch) || (ch == '.' && !operand && isdigit((int)(peek(s, 1) & 0x7f)))) {
            skip_word(s);
            if (is_keyword(s->line, token, s->at))
                return 0;
            if (word_is(s->line, token, s->at, "await")) {
                o->prefixed |= token == start;
                continue;
            }
            operand = 1;
        } else if (ch == '(' || ch == '[' || ch == '{') {
            o->last_open = operand ? token : -1;
            o->before_open = token_end;
            if (!skip_brackets(s))
                return 0;
            operand = 1;
        } else if (ch == '.') {
            s->at++;
        } else if (operand && (strength = operator_at(s, &length)) != 0) {
            if (s->at + length < s->end && PyUnicode_READ_CHAR(s->line, s->at + length) == '=')
                return 0;
            if (strength == 8 && power_of_prefix && o->op < 0)
                o->prefixed = 1;
            note_operator(o, s, strength, length, token_end);
            s->at += length;
            operand = 0;
        } else if (!operand && (ch == '+' || ch == '-' || ch == '~')) {
            if (token == start) {
                o->prefixed = 1;
                power_of_prefix = 1;
            }
            s->at++;
        } else
            return 0;
        token_end = s->at;
        o->last = PyUnicode_READ_CHAR(s->line, token_end - 1);
    }
    return 1;
}

/* Is [start, end) one parenthesized expression, that is no tuple and no generator? */
static int
is_parenthesized(PyObject *line, Py_ssize_t start, Py_ssize_t end)
{
    scanner s = {line, start, end};
    if (start >= end || peek(&s, 0) != '(' || !skip_brackets(&s) || s.at != end)
        return 0;
    s = (scanner){line, start + 1, end - 1};
    int empty = 1;
    while (s.at < s.end) {
        Py_UCS4 ch = peek(&s, 0);
        Py_ssize_t token = s.at;
        if (ch == ',')
            return 0;
        if (ch == '(' || ch == '[' || ch == '{') {
            if (!skip_brackets(&s))
                return 0;
        } else if (ch == '"' || ch == '\'')
            skip_string(&s);
        else if (is_name(ch)) {
            skip_word(&s);
            if (word_is(line, token, s.at, "for") || word_is(line, token, s.at, "yield"))
                return 0;
        } else
            s.at++;
        empty = empty && (ch == ' ' || ch == '\t');
    }
    return !empty;
}

static void
trim(PyObject *line, Py_ssize_t *start, Py_ssize_t *end)
{
    while (*start < *end && Py_UNICODE_ISSPACE(PyUnicode_READ_CHAR(line, *start)))
        ++*start;
    while (*start < *end && Py_UNICODE_ISSPACE(PyUnicode_READ_CHAR(line, *end - 1)))
        --*end;
}

/* Narrow [start, end) to the node inside its blanks and parentheses. */
static void
to_node(PyObject *line, Py_ssize_t *start, Py_ssize_t *end)
{
    trim(line, start, end);
    while (is_parenthesized(line, *start, *end)) {
        ++*start;
        --*end;
        trim(line, start, end);
    }
}

static int
mark_operator(PyObject *line, Py_ssize_t start, Py_ssize_t end, const outline *o, traceback_anchors *out)
{
    Py_ssize_t left_start = start, at = o->left_end, right = o->op + o->op_length, right_end = end;
    to_node(line, &left_start, &at);
    to_node(line, &right, &right_end);
    while (at < right && Py_UNICODE_ISSPACE(PyUnicode_READ_CHAR(line, at)))
        at++;
    out->left_end = at;
    out->right_start = at + 1;
    if (at + 1 < right && !Py_UNICODE_ISSPACE(PyUnicode_READ_CHAR(line, at + 1)))
        out->right_start++;
    return 1;
}

static int
mark_subscript(PyObject *line, Py_ssize_t start, Py_ssize_t end, const outline *o, traceback_anchors *out)
{
    Py_ssize_t value_end = o->before_open, slice_start = o->last_open + 1, slice_end = end - 1;
    to_node(line, &start, &value_end);
    to_node(line, &slice_start, &slice_end);
    out->left_end = value_end;
    out->right_start = slice_end + 1;
    return 1;
}

int
traceback_find_anchors(PyObject *line, Py_ssize_t start, Py_ssize_t end, traceback_anchors *out)
{
    scanner s = {line, start, end};
    outline o;
    if (start < 0 || end > PyUnicode_GET_LENGTH(line) || start >= end || !make_outline(&s, &o))
        return 0;
    if (o.op >= 0) {
        /* -a ** b is -(a ** b). */
        if (o.prefixed && o.strength == 8)
            return 0;
        return mark_operator(line, start, end, &o, out);
    }
    if (o.prefixed || o.last_open < 0 || o.last != ']' || PyUnicode_READ_CHAR(line, o.last_open) != '[')
        return 0;
    return mark_subscript(line, start, end, &o, out);
}
