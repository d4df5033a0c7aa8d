/* getargs.h: shared by getargs.c (one argument), getargs_tuple.c and getargs_keywords.c. */
#ifndef GCRT_GETARGS_H
#define GCRT_GETARGS_H

#include "runtime.h"
#ifndef GCRT_RUNTIME_H
#error "include runtime.h"
#endif

/* What must be undone when a later argument is bad. */
typedef struct getargs_undo {
    enum { UNDO_BUFFER, UNDO_MEMORY, UNDO_CONVERTER } what;
    void *place;
    int (*converter)(PyObject *, void *);
    struct getargs_undo *next;
} getargs_undo;

typedef struct getargs_state {
    const char *format;              /* next unit */
    va_list *va;
    getargs_undo *undo;
    char message[256];
    int levels[32];                  /* place inside nested tuples, 1-based; ends with 0 */
} getargs_state;

/* Convert one argument by the unit at st->format and step over the unit.  NULL, or what went wrong: a message
 * for getargs_error (an exception may be set already). */
const char *getargs_convert(getargs_state *st, PyObject *arg);
/* getargs_convert, quick for a plain "O". */
static inline const char *
getargs_convert_next(getargs_state *st, PyObject *arg)
{
    const char *f = st->format;
    if (f[0] != 'O' || f[1] == '!' || f[1] == '&')
        return getargs_convert(st, arg);
    st->format = f + 1;
    *va_arg(*st->va, PyObject **) = arg;
    return NULL;
}
/* Only these fields: clearing the whole state costs more than most conversions. */
static inline void
getargs_begin(getargs_state *st, const char *format, va_list *va)
{
    st->format = format;
    st->va = va;
    st->undo = NULL;
    st->levels[0] = 0;
}
/* Step over a unit and its C arguments without storing.  NULL or a message. */
const char *getargs_skip(getargs_state *st);
/* Raise for a message of getargs_convert; `index` is 1-based, 0 for a lone argument. */
void getargs_error(getargs_state *st, Py_ssize_t index, const char *what, const char *function, const char *message);
void getargs_undo_all(getargs_state *st);
/* For error messages: the function's name in the format (behind ':'), or NULL; the message (behind ';'), or NULL.
 * The name is copied to `room`. */
const char *getargs_names(const char *format, char *room, size_t size, const char **message);
#endif
