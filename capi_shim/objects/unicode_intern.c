/* unicode_intern.c: the table of interned strings.
 *
 * The table is libc memory, which the collector does not scan: an entry keeps nothing alive.  At the end of each
 * cycle, before anything is swept, the entries of strings that were not reached are dropped.  Linear probing; a
 * table is rebuilt instead of keeping tombstones. */
#include "runtime.h"

#include "unicode.h"

static PyObject **table;                /* libc memory; NULL: empty */
static size_t table_mask, table_used;
static PyObject *immortal;              /* list: strings that stay for ever */

static void
place(PyObject **slots, size_t mask, PyObject *s)
{
    size_t i = (size_t)((PyASCIIObject *)s)->hash & mask;
    while (slots[i] != NULL)
        i = (i + 1) & mask;
    slots[i] = s;
}

static int
grow(void)
{
    size_t size = table == NULL ? 4096 : (table_mask + 1) * 2;
    PyObject **slots = calloc(size, sizeof *slots);
    if (slots == NULL)
        return -1;
    for (size_t i = 0; table != NULL && i <= table_mask; i++)
        if (table[i] != NULL)
            place(slots, size - 1, table[i]);
    free(table);
    table = slots;
    table_mask = size - 1;
    return 0;
}

void
PyUnicode_InternInPlace(PyObject **p)
{
    PyObject *s = *p;
    size_t i;
    if (s == NULL || !PyUnicode_CheckExact(s) || PyUnicode_CHECK_INTERNED(s))
        return;
    if ((table == NULL || table_used * 3 >= table_mask * 2) && grow() < 0)
        return;
    i = (size_t)unicode_hash(s) & table_mask;
    for (; table[i] != NULL; i = (i + 1) & table_mask) {
        PyObject *other = table[i];
        if (((PyASCIIObject *)other)->hash == ((PyASCIIObject *)s)->hash && unicode_equal(other, s)) {
            *p = other;
            return;
        }
    }
    table[i] = s;
    table_used++;
    ((PyASCIIObject *)s)->state.interned = SSTATE_INTERNED_MORTAL;
}

void
PyUnicode_InternImmortal(PyObject **p)
{
    PyUnicode_InternInPlace(p);
    if (*p == NULL || PyUnicode_CHECK_INTERNED(*p) != SSTATE_INTERNED_MORTAL)
        return;
    if (immortal == NULL && (immortal = PyList_New(0)) == NULL) {
        PyErr_Clear();
        return;
    }
    if (PyList_Append(immortal, *p) < 0)
        PyErr_Clear();
    else
        ((PyASCIIObject *)*p)->state.interned = SSTATE_INTERNED_IMMORTAL;
}

PyObject *
PyUnicode_InternFromString(const char *u)
{
    PyObject *s = PyUnicode_FromString(u);
    if (s != NULL)
        PyUnicode_InternInPlace(&s);
    return s;
}

void
unicode_cycle_end(void)
{
    size_t dead = 0;
    PyObject **slots;
    for (size_t i = 0; table != NULL && i <= table_mask; i++)
        if (table[i] != NULL && !gc_is_marked(table[i]))
            dead++;
    if (dead == 0)
        return;
    slots = calloc(table_mask + 1, sizeof *slots);
    if (slots == NULL) {
        /* Without memory for a new table: forget everything; strings that were interned stay valid, but
         * identity of equal names is lost, so there is no sound way to go on. */
        Py_FatalError("out of memory in the table of interned strings");
    }
    for (size_t i = 0; i <= table_mask; i++)
        if (table[i] != NULL && gc_is_marked(table[i]))
            place(slots, table_mask, table[i]);
    free(table);
    table = slots;
    table_used -= dead;
}
