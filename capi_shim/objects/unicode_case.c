/* unicode_case.c: upper, lower, title, casefold and their kin, with full mappings. */
#include "runtime.h"

#include "ucd.h"
#include "unicode.h"

/* Copy ASCII text; the 26 letters from `first` on change their case.  Eight bytes at a time: adding to each byte
 * carries into its high bit when the byte reaches a bound. */
static void
flip_letters(char *to, const char *from, Py_ssize_t n, unsigned char first)
{
    const uint64_t ones = 0x0101010101010101u;
    uint64_t reach = ones * (0x80u - first), pass = ones * (0x80u - first - 26), word;
    Py_ssize_t i = 0;
    for (; n - i >= 8; i += 8) {
        memcpy(&word, from + i, 8);
        word ^= ((word + reach) & ~(word + pass) & (ones * 0x80)) >> 2;
        memcpy(to + i, &word, 8);
    }
    for (; i < n; i++)
        to[i] = (char)(from[i] ^ (((unsigned char)(from[i] - first) < 26) << 5));
}

static PyObject *
ascii_case(PyObject *s, unicode_case_op op)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(s);
    const char *from = PyUnicode_DATA(s);
    PyObject *result = n == 0 ? unicode_empty() : unicode_new_ascii(n);
    char *to;
    bool in_word = false;
    if (result == NULL || n == 0)
        return result;
    to = PyUnicode_DATA(result);
    if (op == UNICODE_LOWER || op == UNICODE_CASEFOLD || op == UNICODE_UPPER) {
        flip_letters(to, from, n, op == UNICODE_UPPER ? 'a' : 'A');
        return n == 1 ? unicode_char((unsigned char)to[0]) : result;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        char c = from[i];
        bool up;
        switch (op) {
        case UNICODE_TITLE: up = !in_word; break;
        case UNICODE_SWAPCASE: up = Py_ISLOWER(c); break;
        case UNICODE_CAPITALIZE: up = i == 0; break;
        default: up = false; break;
        }
        in_word = Py_ISALPHA(c);
        to[i] = (char)(up ? (Py_ISLOWER(c) ? c - 32 : c) : (Py_ISUPPER(c) ? c + 32 : c));
    }
    return n == 1 ? unicode_char((unsigned char)to[0]) : result;
}

/* A capital sigma is final when a cased letter goes before it and none follows. */
static bool
is_final_sigma(const unicode_text *t, Py_ssize_t i)
{
    Py_ssize_t j = i - 1;
    while (j >= 0 && ucd_is(unicode_at(t, j), UCD_CASE_IGNORABLE))
        j--;
    if (j < 0 || !ucd_is(unicode_at(t, j), UCD_CASED))
        return false;
    for (j = i + 1; j < t->length && ucd_is(unicode_at(t, j), UCD_CASE_IGNORABLE);)
        j++;
    return j == t->length || !ucd_is(unicode_at(t, j), UCD_CASED);
}

static int
lower_at(const unicode_text *t, Py_ssize_t i, Py_UCS4 ch, const ucd_record *r, Py_UCS4 *out)
{
    if (ch == 0x3a3) {
        out[0] = is_final_sigma(t, i) ? 0x3c2 : 0x3c3;
        return 1;
    }
    return ucd_map(ch, r->lower, out);
}

static int
map_at(const unicode_text *t, Py_ssize_t i, unicode_case_op op, bool *in_word, Py_UCS4 *out)
{
    Py_UCS4 ch = unicode_at(t, i);
    const ucd_record *r;
    if (ch < 128 && (op == UNICODE_LOWER || op == UNICODE_UPPER || op == UNICODE_CASEFOLD)) {
        unsigned char first = op == UNICODE_UPPER ? 'a' : 'A';
        out[0] = ch ^ (Py_UCS4)(((unsigned char)(ch - first) < 26) << 5);
        return 1;
    }
    r = ucd_get(ch);
    bool first = !*in_word;
    *in_word = (r->flags & UCD_CASED) != 0;
    switch (op) {
    case UNICODE_UPPER: return ucd_map(ch, r->upper, out);
    case UNICODE_CASEFOLD: return ucd_map(ch, r->fold, out);
    case UNICODE_TITLE: return first ? ucd_map(ch, r->title, out) : lower_at(t, i, ch, r, out);
    case UNICODE_CAPITALIZE: return i == 0 ? ucd_map(ch, r->title, out) : lower_at(t, i, ch, r, out);
    case UNICODE_SWAPCASE:
        if (r->flags & UCD_UPPER)
            return lower_at(t, i, ch, r, out);
        if (r->flags & UCD_LOWER)
            return ucd_map(ch, r->upper, out);
        out[0] = ch;
        return 1;
    default: return lower_at(t, i, ch, r, out);
    }
}

PyObject *
unicode_case(PyObject *s, unicode_case_op op)
{
    unicode_text t;
    Py_UCS4 *out;
    Py_ssize_t n = 0;
    bool in_word = false;
    if (PyUnicode_IS_ASCII(s))
        return ascii_case(s, op);
    t = unicode_text_of(s);
    if (t.length > PY_SSIZE_T_MAX / 12)
        return PyErr_NoMemory();
    out = gcrt_alloc_leaf((size_t)t.length * 3 * sizeof *out);
    if (out == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < t.length; i++)
        n += map_at(&t, i, op, &in_word, out + n);
    return PyUnicode_FromKindAndData(4, out, n);
}
