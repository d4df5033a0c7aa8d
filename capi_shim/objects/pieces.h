/* pieces.h: collecting the parts of a split before the size of the list is known. */
#ifndef GCRT_PIECES_H
#define GCRT_PIECES_H
#include "runtime.h"

/* The first parts stay on the C stack, where the collector sees them; the list is made with its final size when
 * there are no more than these. */
enum { PIECES_MAX = 16 };
typedef struct pieces {
    PyObject *list;
    Py_ssize_t n;
    PyObject *first[PIECES_MAX];
} pieces;

static inline int
pieces_flush(pieces *p)
{
    p->list = PyList_New(p->n);
    if (p->list == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < p->n; i++)
        PyList_SET_ITEM(p->list, i, p->first[i]);
    return 0;
}

/* item NULL: an exception is set already. */
static inline int
pieces_add(pieces *p, PyObject *item)
{
    if (item == NULL)
        return -1;
    if (p->n < PIECES_MAX) {
        p->first[p->n++] = item;
        return 0;
    }
    if (p->list == NULL && pieces_flush(p) < 0)
        return -1;
    return PyList_Append(p->list, item);
}

static inline PyObject *
pieces_finish(pieces *p)
{
    return p->list == NULL && pieces_flush(p) < 0 ? NULL : p->list;
}
#endif
