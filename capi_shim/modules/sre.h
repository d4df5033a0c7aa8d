/* sre.h: the matcher of regular expressions (module _sre).
 *
 * The host's re._compiler turns a pattern into code words; sre_match.h runs them.  It is a backtracking
 * machine without recursion in the subject: what is still to be tried lies on a stack of choices of its
 * own (libc memory, no object in it), and so do the old values of group marks and repeat counters, which
 * going back restores (a trail, as in Prolog machines).  Recursion happens only for assertions, atomic
 * groups and possessive repeats, so its depth is that of the pattern's nesting. */
#ifndef GCRT_SRE_H
#define GCRT_SRE_H

#include "runtime.h"
#include "sre_constants.h"

typedef uint32_t sre_code;
#define SRE_MAXREPEAT (~(sre_code)0)
#define SRE_MAXGROUPS 1000000

typedef struct {
    PyObject_VAR_HEAD            /* ob_size: length of code */
    Py_ssize_t groups;           /* without group 0 */
    PyObject *groupindex;        /* dict: name -> number */
    PyObject *indexgroup;        /* tuple: number -> name or None */
    PyObject *pattern;           /* str, bytes or None */
    int flags;
    int is_bytes;                /* -1: pattern is None, any subject */
    sre_code *code;              /* leaf memory */
} sre_pattern;

/* Where a repeat stands.  Contexts live in sre_state.contexts and are named by index; -1: none. */
typedef struct {
    const sre_code *pc;          /* at the skip word of REPEAT */
    int64_t count;
    Py_ssize_t last;             /* position of the last iteration that was begun; -1 */
    int previous;                /* enclosing context */
} sre_context;

enum sre_choice_kind {
    CHOICE_BRANCH,               /* go on at pc, position */
    CHOICE_TAIL,                 /* MAX_UNTIL: leave the loop of context at position */
    CHOICE_BODY,                 /* MIN_UNTIL: one more iteration */
    CHOICE_GREEDY,               /* REPEAT_ONE: give one character back */
    CHOICE_LAZY,                 /* MIN_REPEAT_ONE: take one character more */
    TRAIL_MARK,                  /* restore marks[a] = position and lastmark/lastindex */
    TRAIL_CONTEXT,               /* restore count and last of a context */
};
typedef struct {
    int kind, context;
    const sre_code *pc;
    Py_ssize_t position, limit;
    int64_t a, b;
} sre_choice;

typedef struct {
    const void *text;            /* characters */
    int width;                   /* bytes a character: 1, 2, 4 */
    Py_ssize_t begin, end;       /* pos and endpos */
    Py_ssize_t must_advance;     /* a match may not be empty at this position; -1 */
    int match_all;               /* fullmatch: SUCCESS only at end */
    Py_ssize_t *marks;           /* 2 * groups; -1 unset */
    Py_ssize_t n_marks;
    int lastindex;
    sre_choice *choices;
    size_t n_choices, cap_choices;
    sre_context *contexts;
    size_t n_contexts, cap_contexts;
    unsigned ticks;              /* towards the next look for signals */
    int error;                   /* an exception is set */
} sre_state;

/* Try to match code at position: the end of the match, -1 no match, -2 exception. */
Py_ssize_t sre_match1(sre_state *s, const sre_code *code, Py_ssize_t position);
Py_ssize_t sre_match2(sre_state *s, const sre_code *code, Py_ssize_t position);
Py_ssize_t sre_match4(sre_state *s, const sre_code *code, Py_ssize_t position);
/* First match at or behind *position; *position becomes its start. */
Py_ssize_t sre_search(sre_state *s, const sre_code *code, Py_ssize_t *position);

sre_choice *sre_push(sre_state *s, int kind);
int sre_new_context(sre_state *s, const sre_code *pc, int previous);
int sre_category(sre_code category, Py_UCS4 c);
int sre_charset(const sre_code *set, Py_UCS4 c);
Py_UCS4 sre_lower_ascii(Py_UCS4 c);
Py_UCS4 sre_lower_unicode(Py_UCS4 c);

extern PyTypeObject sre_pattern_type, sre_match_type, sre_scanner_type;
/* sre_match_object.c */
PyObject *sre_new_match(sre_pattern *pattern, PyObject *subject, sre_state *s, Py_ssize_t start, Py_ssize_t end);
PyObject *sre_slice(PyObject *subject, Py_ssize_t start, Py_ssize_t end);

#endif
