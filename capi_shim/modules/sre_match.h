/* sre_match.h: the matching loop for one width of characters; included by sre_engine.c with
 * SRE_CHAR (the type) and SRE_NAME(x) (the width's suffix) defined. */

static int
SRE_NAME(at)(sre_state *s, Py_ssize_t p, sre_code where)
{
    const SRE_CHAR *text = s->text;
    int before, after;
    switch (where) {
    case SRE_AT_AT_BEGINNING:
    case SRE_AT_AT_BEGINNING_STRING: return p == 0;
    case SRE_AT_AT_BEGINNING_LINE: return p == 0 || text[p - 1] == '\n';
    case SRE_AT_AT_END: return p == s->end || (p + 1 == s->end && text[p] == '\n');
    case SRE_AT_AT_END_LINE: return p == s->end || text[p] == '\n';
    case SRE_AT_AT_END_STRING: return p == s->end;
    }
    if (s->end == 0)
        return 0;
    sre_code word = where == SRE_AT_AT_UNI_BOUNDARY || where == SRE_AT_AT_UNI_NON_BOUNDARY   ? SRE_CH_UNI_WORD
                    : where == SRE_AT_AT_LOC_BOUNDARY || where == SRE_AT_AT_LOC_NON_BOUNDARY ? SRE_CH_LOC_WORD
                                                                                             : SRE_CH_WORD;
    before = p > 0 && sre_category(word, text[p - 1]);
    after = p < s->end && sre_category(word, text[p]);
    int boundary = where == SRE_AT_AT_BOUNDARY || where == SRE_AT_AT_LOC_BOUNDARY || where == SRE_AT_AT_UNI_BOUNDARY;
    return (before != after) == boundary;
}

/* Does the one-character item at pc match c? */
static inline int
SRE_NAME(one)(const sre_code *pc, Py_UCS4 c)
{
    switch (pc[0]) {
    case SRE_OP_LITERAL: return c == pc[1];
    case SRE_OP_NOT_LITERAL: return c != pc[1];
    case SRE_OP_ANY: return c != '\n';
    case SRE_OP_ANY_ALL: return 1;
    case SRE_OP_IN: return sre_charset(pc + 2, c);
    case SRE_OP_CATEGORY: return sre_category(pc[1], c);
    case SRE_OP_LITERAL_IGNORE: return sre_lower_ascii(c) == pc[1];
    case SRE_OP_NOT_LITERAL_IGNORE: return sre_lower_ascii(c) != pc[1];
    case SRE_OP_IN_IGNORE: return sre_charset(pc + 2, sre_lower_ascii(c));
    case SRE_OP_LITERAL_UNI_IGNORE: return sre_lower_unicode(c) == pc[1];
    case SRE_OP_NOT_LITERAL_UNI_IGNORE: return sre_lower_unicode(c) != pc[1];
    case SRE_OP_IN_UNI_IGNORE: return sre_charset(pc + 2, sre_lower_unicode(c));
    case SRE_OP_LITERAL_LOC_IGNORE: return sre_lower_ascii(c) == sre_lower_ascii(pc[1]);
    case SRE_OP_NOT_LITERAL_LOC_IGNORE: return sre_lower_ascii(c) != sre_lower_ascii(pc[1]);
    case SRE_OP_IN_LOC_IGNORE:
        return sre_charset(pc + 2, c) || sre_charset(pc + 2, sre_lower_ascii(c)) ||
               (c >= 'a' && c <= 'z' && sre_charset(pc + 2, c - 32));
    }
    return 0;
}


/* How many times the item at pc matches from p on, at most max. */
static Py_ssize_t
SRE_NAME(count)(sre_state *s, const sre_code *pc, Py_ssize_t p, sre_code max)
{
    const SRE_CHAR *text = s->text, *from = text + p, *at = from, *end = text + s->end;
    if (max != SRE_MAXREPEAT && (size_t)(end - at) > max)
        end = at + max;
    switch (pc[0]) {
    case SRE_OP_ANY_ALL: return end - from;
    case SRE_OP_ANY:
        while (at < end && *at != '\n')
            at++;
        break;
    case SRE_OP_LITERAL:
        while (at < end && *at == pc[1])
            at++;
        break;
    case SRE_OP_NOT_LITERAL:
        while (at < end && *at != pc[1])
            at++;
        break;
    case SRE_OP_IN:
        while (at < end && sre_charset(pc + 2, *at))
            at++;
        break;
    default:
        while (at < end && SRE_NAME(one)(pc, *at))
            at++;
    }
    return at - from;
}

static int
SRE_NAME(same)(sre_state *s, Py_ssize_t a, Py_ssize_t b, Py_ssize_t n, sre_code op)
{
    const SRE_CHAR *text = s->text;
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_UCS4 x = text[a + i], y = text[b + i];
        if (x == y)
            continue;
        if (op == SRE_OP_GROUPREF)
            return 0;
        if (op == SRE_OP_GROUPREF_UNI_IGNORE ? sre_lower_unicode(x) != sre_lower_unicode(y)
                                             : sre_lower_ascii(x) != sre_lower_ascii(y))
            return 0;
    }
    return 1;
}

/* Drop the choices above base that could still be tried, but keep the trail: an atomic part has matched
 * and stays as it is, though going back behind it must still undo its marks. */
static void
SRE_NAME(commit)(sre_state *s, size_t base)
{
    size_t keep = base;
    for (size_t i = base; i < s->n_choices; i++)
        if (s->choices[i].kind >= TRAIL_MARK)
            s->choices[keep++] = s->choices[i];
    s->n_choices = keep;
}

static Py_ssize_t
SRE_NAME(run)(sre_state *s, const sre_code *pc, Py_ssize_t p, int top)
{
    const SRE_CHAR *text = s->text;
    const Py_ssize_t end = s->end;
    const size_t base = s->n_choices;
    int context = -1;
    sre_choice *choice;

    for (;;) {
        if (GCRT_UNLIKELY((++s->ticks & 0xfff) == 0) && gcrt_ts->breaker && PyErr_CheckSignals() < 0)
            s->error = 1;
        if (GCRT_UNLIKELY(s->error))
            return -2;
        switch (*pc) {
        case SRE_OP_SUCCESS:
            if (top && ((s->match_all && p != end) || p == s->must_advance))
                goto fail;
            return p;
        case SRE_OP_FAILURE: goto fail;
        case SRE_OP_INFO: pc += 1 + pc[1]; continue;
        case SRE_OP_JUMP: pc += 1 + pc[1]; continue;
        case SRE_OP_AT:
            if (!SRE_NAME(at)(s, p, pc[1]))
                goto fail;
            pc += 2;
            continue;
        case SRE_OP_LITERAL:
            if (p >= end || text[p] != pc[1])
                goto fail;
            p++, pc += 2;
            continue;
        case SRE_OP_ANY:
            if (p >= end || text[p] == '\n')
                goto fail;
            p++, pc++;
            continue;
        case SRE_OP_ANY_ALL:
            if (p >= end)
                goto fail;
            p++, pc++;
            continue;
        case SRE_OP_IN:
        case SRE_OP_IN_IGNORE:
        case SRE_OP_IN_UNI_IGNORE:
        case SRE_OP_IN_LOC_IGNORE:
            if (p >= end || !SRE_NAME(one)(pc, text[p]))
                goto fail;
            p++, pc += 1 + pc[1];
            continue;
        case SRE_OP_NOT_LITERAL:
        case SRE_OP_CATEGORY:
        case SRE_OP_LITERAL_IGNORE:
        case SRE_OP_NOT_LITERAL_IGNORE:
        case SRE_OP_LITERAL_UNI_IGNORE:
        case SRE_OP_NOT_LITERAL_UNI_IGNORE:
        case SRE_OP_LITERAL_LOC_IGNORE:
        case SRE_OP_NOT_LITERAL_LOC_IGNORE:
            if (p >= end || !SRE_NAME(one)(pc, text[p]))
                goto fail;
            p++, pc += 2;
            continue;
        case SRE_OP_MARK: {
            sre_code mark = pc[1];
            if ((choice = sre_push(s, TRAIL_MARK)) == NULL)
                return -2;
            choice->a = mark;
            choice->b = s->lastindex;
            choice->position = s->marks[mark];
            s->marks[mark] = p;
            if (mark & 1)
                s->lastindex = (int)(mark / 2 + 1);
            pc += 2;
            continue;
        }
        case SRE_OP_GROUPREF:
        case SRE_OP_GROUPREF_IGNORE:
        case SRE_OP_GROUPREF_UNI_IGNORE:
        case SRE_OP_GROUPREF_LOC_IGNORE: {
            Py_ssize_t from = s->marks[2 * pc[1]], to = s->marks[2 * pc[1] + 1];
            if (from < 0 || to < from || end - p < to - from || !SRE_NAME(same)(s, from, p, to - from, *pc))
                goto fail;
            p += to - from, pc += 2;
            continue;
        }
        case SRE_OP_GROUPREF_EXISTS: {
            Py_ssize_t from = s->marks[2 * pc[1]], to = s->marks[2 * pc[1] + 1];
            pc += from >= 0 && to >= from ? 3 : 1 + pc[2];
            continue;
        }
        case SRE_OP_BRANCH: {
            /* The next alternative is tried when this one fails; a literal that can't match is skipped. */
            const sre_code *skip = pc + 1;
            for (; *skip != 0; skip += *skip) {
                if (skip[1] == SRE_OP_LITERAL && (p >= end || text[p] != skip[2]))
                    continue;
                break;
            }
            if (*skip == 0)
                goto fail;
            if (skip[*skip] != 0) {
                if ((choice = sre_push(s, CHOICE_BRANCH)) == NULL)
                    return -2;
                choice->pc = skip + *skip;
                choice->position = p;
                choice->context = context;
            }
            pc = skip + 1;
            continue;
        }
        case SRE_OP_REPEAT_ONE: {
            Py_ssize_t n = SRE_NAME(count)(s, pc + 4, p, pc[3]);
            if (n < (Py_ssize_t)pc[2])
                goto fail;
            if (n > (Py_ssize_t)pc[2]) {
                if ((choice = sre_push(s, CHOICE_GREEDY)) == NULL)
                    return -2;
                choice->pc = pc + 1 + pc[1];
                choice->position = p + n;
                choice->limit = p + pc[2];
                choice->context = context;
            }
            p += n, pc += 1 + pc[1];
            continue;
        }
        case SRE_OP_MIN_REPEAT_ONE: {
            Py_ssize_t n = pc[2] ? SRE_NAME(count)(s, pc + 4, p, pc[2]) : 0;
            if (n < (Py_ssize_t)pc[2])
                goto fail;
            p += n;
            if (pc[3] == SRE_MAXREPEAT || n < (Py_ssize_t)pc[3]) {
                if ((choice = sre_push(s, CHOICE_LAZY)) == NULL)
                    return -2;
                choice->pc = pc;
                choice->position = p;
                choice->a = n;
                choice->context = context;
            }
            pc += 1 + pc[1];
            continue;
        }
        case SRE_OP_POSSESSIVE_REPEAT_ONE: {
            Py_ssize_t n = SRE_NAME(count)(s, pc + 4, p, pc[3]);
            if (n < (Py_ssize_t)pc[2])
                goto fail;
            p += n, pc += 1 + pc[1];
            continue;
        }
        case SRE_OP_REPEAT: {
            context = sre_new_context(s, pc + 1, context);
            if (context < 0)
                return -2;
            pc += 1 + pc[1]; /* at MAX_UNTIL or MIN_UNTIL, with count -1 */
            continue;
        }
        case SRE_OP_MAX_UNTIL:
        case SRE_OP_MIN_UNTIL: {
            sre_context *c = &s->contexts[context];
            int64_t count = c->count + 1;
            sre_code min = c->pc[1], max = c->pc[2];
            int lazy = *pc == SRE_OP_MIN_UNTIL, more = max == SRE_MAXREPEAT || count < (int64_t)max;
            if (count >= (int64_t)min && (!more || (!lazy && p == c->last) || lazy)) {
                if (lazy && more && p != c->last) {
                    if ((choice = sre_push(s, CHOICE_BODY)) == NULL)
                        return -2;
                    choice->context = context;
                    choice->position = p;
                    choice->a = count;
                }
                context = s->contexts[context].previous;
                pc++;
                continue;
            }
            if (count >= (int64_t)min) {
                if ((choice = sre_push(s, CHOICE_TAIL)) == NULL)
                    return -2;
                choice->pc = pc + 1;
                choice->context = context;
                choice->position = p;
            }
            if ((choice = sre_push(s, TRAIL_CONTEXT)) == NULL)
                return -2;
            c = &s->contexts[context];
            choice->context = context;
            choice->a = c->count;
            choice->position = c->last;
            c->count = count;
            if (count >= (int64_t)min)
                c->last = p;
            pc = c->pc + 3;
            continue;
        }
        case SRE_OP_ASSERT:
        case SRE_OP_ASSERT_NOT: {
            size_t here = s->n_choices;
            Py_ssize_t back = pc[2], found = -1;
            if (p >= back)
                found = SRE_NAME(run)(s, pc + 3, p - back, 0);
            if (found == -2)
                return -2;
            SRE_NAME(commit)(s, here);
            if ((found >= 0) != (*pc == SRE_OP_ASSERT))
                goto fail;
            pc += 1 + pc[1];
            continue;
        }
        case SRE_OP_ATOMIC_GROUP: {
            size_t here = s->n_choices;
            Py_ssize_t found = SRE_NAME(run)(s, pc + 2, p, 0);
            if (found == -2)
                return -2;
            if (found < 0)
                goto fail;
            SRE_NAME(commit)(s, here);
            p = found, pc += 1 + pc[1];
            continue;
        }
        case SRE_OP_POSSESSIVE_REPEAT: {
            sre_code min = pc[2], max = pc[3];
            int64_t n = 0;
            while (max == SRE_MAXREPEAT || n < (int64_t)max) {
                size_t here = s->n_choices;
                Py_ssize_t found = SRE_NAME(run)(s, pc + 4, p, 0);
                if (found == -2)
                    return -2;
                if (found < 0)
                    break;
                SRE_NAME(commit)(s, here);
                if (found == p && n >= (int64_t)min)
                    break;
                n++;
                if (found == p) {
                    n = n < (int64_t)min ? (int64_t)min : n;
                    break;
                }
                p = found;
            }
            if (n < (int64_t)min)
                goto fail;
            pc += 1 + pc[1]; /* at the SUCCESS that ends the item */
            pc++;
            continue;
        }
        default:
            PyErr_SetString(PyExc_RuntimeError, "invalid regular expression code");
            s->error = 1;
            return -2;
        }

    fail:
        for (;;) {
            if (s->n_choices == base)
                return -1;
            choice = &s->choices[s->n_choices - 1];
            if (choice->kind == TRAIL_MARK) {
                s->marks[choice->a] = choice->position;
                s->lastindex = (int)choice->b;
                s->n_choices--;
                continue;
            }
            if (choice->kind == TRAIL_CONTEXT) {
                s->contexts[choice->context].count = choice->a;
                s->contexts[choice->context].last = choice->position;
                s->n_choices--;
                continue;
            }
            break;
        }
        context = choice->context;
        p = choice->position;
        switch (choice->kind) {
        case CHOICE_BRANCH: {
            const sre_code *skip = choice->pc; /* at the skip word of the next alternative */
            if (skip[*skip] != 0)
                choice->pc = skip + *skip;
            else
                s->n_choices--;
            pc = skip + 1;
            break;
        }
        case CHOICE_TAIL:
            pc = choice->pc;
            context = s->contexts[context].previous;
            s->n_choices--;
            break;
        case CHOICE_BODY: {
            int64_t count = choice->a;
            choice->kind = TRAIL_CONTEXT; /* in place: the old values take the choice's slot */
            choice->a = s->contexts[context].count;
            choice->position = s->contexts[context].last;
            s->contexts[context].count = count;
            s->contexts[context].last = p;
            pc = s->contexts[context].pc + 3;
            break;
        }
        case CHOICE_GREEDY:
            pc = choice->pc;
            do
                p--;
            while (p > choice->limit && pc[0] == SRE_OP_LITERAL && (p >= end || text[p] != pc[1]));
            choice->position = p;
            if (p <= choice->limit)
                s->n_choices--;
            break;
        case CHOICE_LAZY: {
            const sre_code *item = choice->pc;
            if (p >= end || !SRE_NAME(one)(item + 4, text[p])) {
                s->n_choices--;
                goto fail;
            }
            p++;
            choice->position = p;
            choice->a++;
            if (item[3] != SRE_MAXREPEAT && choice->a >= (int64_t)item[3])
                s->n_choices--;
            pc = item + 1 + item[1];
            break;
        }
        }
    }
}

Py_ssize_t
SRE_NAME(sre_match)(sre_state *s, const sre_code *code, Py_ssize_t position)
{
    s->n_choices = s->n_contexts = 0;
    return SRE_NAME(run)(s, code, position, 1);
}

/* The next position at or behind p where a match could start by the pattern's INFO block. */
static Py_ssize_t
SRE_NAME(candidate)(sre_state *s, const sre_code *code, Py_ssize_t p)
{
    const SRE_CHAR *text = s->text;
    if (code[0] != SRE_OP_INFO)
        return p;
    if (code[2] & SRE_INFO_PREFIX) {
        Py_UCS4 first = code[7];
        if (code[5] == 0)
            return p;
        if (sizeof(SRE_CHAR) == 1 && first < 256) {
            const void *at = p < s->end ? memchr(text + p, (int)first, (size_t)(s->end - p)) : NULL;
            return at == NULL ? -1 : (const SRE_CHAR *)at - text;
        }
        while (p < s->end && text[p] != first)
            p++;
        return p < s->end ? p : -1;
    }
    if (code[2] & SRE_INFO_CHARSET) {
        while (p < s->end && !sre_charset(code + 5, text[p]))
            p++;
        return p < s->end ? p : -1;
    }
    return p;
}

static Py_ssize_t
SRE_NAME(search)(sre_state *s, const sre_code *code, Py_ssize_t *position)
{
    Py_ssize_t min = code[0] == SRE_OP_INFO ? (Py_ssize_t)code[3] : 0;
    const sre_code *first = code[0] == SRE_OP_INFO ? code + 1 + code[1] : code;
    int anchored = first[0] == SRE_OP_AT
                   && (first[1] == SRE_AT_AT_BEGINNING || first[1] == SRE_AT_AT_BEGINNING_STRING);
    Py_ssize_t last = anchored ? *position : s->end;
    for (Py_ssize_t p = *position; p + min <= s->end && p <= last; p++) {
        p = SRE_NAME(candidate)(s, code, p);
        if (p < 0)
            return -1;
        Py_ssize_t end = SRE_NAME(sre_match)(s, code, p);
        if (end != -1) {
            *position = p;
            return end;
        }
        for (Py_ssize_t i = 0; i < s->n_marks; i++)
            s->marks[i] = -1;
        s->lastindex = -1;
    }
    return -1;
}
