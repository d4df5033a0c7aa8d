/* unicode_find.c: substrings: find, count, replace, prefix and suffix.
 *
 * Both texts are brought to the haystack's kind first; a needle of a wider kind can't occur.  One-byte text is
 * searched by libc; wider text by a scan for the first character. */
#include "runtime.h"

#include "bytesearch.h"
#include "unicode.h"

#define DEFINE_WIDE_SEARCH(SUFFIX, T)                                                                   \
    static Py_ssize_t find_##SUFFIX(const T *s, Py_ssize_t n, const T *p, Py_ssize_t m)                 \
    {                                                                                                   \
        for (Py_ssize_t i = 0; i + m <= n; i++)                                                         \
            if (s[i] == p[0] && memcmp(s + i, p, (size_t)m * sizeof(T)) == 0)                           \
                return i;                                                                               \
        return -1;                                                                                      \
    }                                                                                                   \
    static Py_ssize_t rfind_##SUFFIX(const T *s, Py_ssize_t n, const T *p, Py_ssize_t m)                \
    {                                                                                                   \
        for (Py_ssize_t i = n - m; i >= 0; i--)                                                         \
            if (s[i] == p[0] && memcmp(s + i, p, (size_t)m * sizeof(T)) == 0)                           \
                return i;                                                                               \
        return -1;                                                                                      \
    }
DEFINE_WIDE_SEARCH(ucs2, Py_UCS2)
DEFINE_WIDE_SEARCH(ucs4, Py_UCS4)

/* Same kinds; position relative to s. */
static Py_ssize_t
search(int kind, const void *s, Py_ssize_t n, const void *p, Py_ssize_t m, int direction)
{
    if (m > n)
        return -1;
    if (m == 0)
        return direction > 0 ? 0 : n;
    if (kind == 1)
        return direction > 0 ? bytesearch_find(s, n, p, m) : bytesearch_rfind(s, n, p, m);
    if (kind == 2)
        return direction > 0 ? find_ucs2(s, n, p, m) : rfind_ucs2(s, n, p, m);
    return direction > 0 ? find_ucs4(s, n, p, m) : rfind_ucs4(s, n, p, m);
}

/* The needle's text in kind; NULL with MemoryError. */
static const void *
widened(PyObject *needle, int kind)
{
    void *wide;
    if (PyUnicode_KIND(needle) == kind)
        return PyUnicode_DATA(needle);
    wide = gcrt_alloc_leaf((size_t)(PyUnicode_GET_LENGTH(needle) + 1) * (size_t)kind);
    if (wide != NULL)
        unicode_copy(kind, wide, PyUnicode_KIND(needle), PyUnicode_DATA(needle), PyUnicode_GET_LENGTH(needle));
    return wide;
}

Py_ssize_t
unicode_find(PyObject *s, PyObject *needle, Py_ssize_t start, Py_ssize_t end, int direction)
{
    int kind = PyUnicode_KIND(s);
    Py_ssize_t at;
    const void *p;
    unicode_adjust(&start, &end, PyUnicode_GET_LENGTH(s));
    if (PyUnicode_KIND(needle) > kind || end - start < PyUnicode_GET_LENGTH(needle))
        return -1;
    p = widened(needle, kind);
    if (p == NULL)
        return -2;
    at = search(kind, (char *)PyUnicode_DATA(s) + start * kind, end - start, p, PyUnicode_GET_LENGTH(needle),
                direction);
    gcrt_keep_alive(needle);
    return at < 0 ? -1 : at + start;
}

Py_ssize_t
PyUnicode_Find(PyObject *s, PyObject *needle, Py_ssize_t start, Py_ssize_t end, int direction)
{
    if (!unicode_require(s) || !unicode_require(needle))
        return -2;
    return unicode_find(s, needle, start, end, direction);
}

Py_ssize_t
unicode_find_char(int kind, const void *data, Py_ssize_t n, Py_UCS4 ch, int direction)
{
    if (kind == 1) {
        char c = (char)ch;
        if (ch > 0xff)
            return -1;
        return direction > 0 ? bytesearch_find(data, n, &c, 1) : bytesearch_rfind(data, n, &c, 1);
    }
    if (direction > 0) {
        for (Py_ssize_t i = 0; i < n; i++)
            if (PyUnicode_READ(kind, data, i) == ch)
                return i;
    } else {
        for (Py_ssize_t i = n - 1; i >= 0; i--)
            if (PyUnicode_READ(kind, data, i) == ch)
                return i;
    }
    return -1;
}

Py_ssize_t
PyUnicode_FindChar(PyObject *s, Py_UCS4 ch, Py_ssize_t start, Py_ssize_t end, int direction)
{
    int kind = PyUnicode_KIND(s);
    Py_ssize_t at;
    unicode_adjust(&start, &end, PyUnicode_GET_LENGTH(s));
    if (end <= start)
        return -1;
    at = unicode_find_char(kind, (char *)PyUnicode_DATA(s) + start * kind, end - start, ch, direction);
    return at < 0 ? -1 : at + start;
}

static Py_ssize_t
count_in(int kind, const char *s, Py_ssize_t n, const void *p, Py_ssize_t m, Py_ssize_t max)
{
    Py_ssize_t count = 0, at;
    if (m == 0)
        return Py_MIN(n + 1, max);
    if (kind == 1)
        return bytesearch_count(s, n, p, m, max);
    while (count < max && (at = search(kind, s, n, p, m, 1)) >= 0) {
        count++;
        s += (at + m) * kind;
        n -= at + m;
    }
    return count;
}

Py_ssize_t
unicode_count(PyObject *s, PyObject *needle, Py_ssize_t start, Py_ssize_t end)
{
    int kind = PyUnicode_KIND(s);
    const void *p;
    unicode_adjust(&start, &end, PyUnicode_GET_LENGTH(s));
    if (PyUnicode_KIND(needle) > kind || end - start < PyUnicode_GET_LENGTH(needle))
        return 0;
    p = widened(needle, kind);
    if (p == NULL)
        return -1;
    return count_in(kind, (char *)PyUnicode_DATA(s) + start * kind, end - start, p, PyUnicode_GET_LENGTH(needle),
                    PY_SSIZE_T_MAX);
}

Py_ssize_t
PyUnicode_Count(PyObject *s, PyObject *needle, Py_ssize_t start, Py_ssize_t end)
{
    if (!unicode_require(s) || !unicode_require(needle))
        return -1;
    return unicode_count(s, needle, start, end);
}

int
PyUnicode_Contains(PyObject *s, PyObject *needle)
{
    Py_ssize_t at;
    if (!PyUnicode_Check(needle)) {
        PyErr_Format(PyExc_TypeError, "'in <string>' requires string as left operand, not %.100s",
                     Py_TYPE(needle)->tp_name);
        return -1;
    }
    if (!unicode_require(s))
        return -1;
    at = unicode_find(s, needle, 0, PY_SSIZE_T_MAX, 1);
    return at == -2 ? -1 : at >= 0;
}

int
unicode_tailmatch(PyObject *s, PyObject *part, Py_ssize_t start, Py_ssize_t end, int at_end)
{
    int kind = PyUnicode_KIND(s), part_kind = PyUnicode_KIND(part);
    Py_ssize_t m = PyUnicode_GET_LENGTH(part);
    const char *data = PyUnicode_DATA(s);
    unicode_adjust(&start, &end, PyUnicode_GET_LENGTH(s));
    if (end - start < m || part_kind > kind)
        return 0;
    if (m == 0)
        return 1;
    data += (at_end ? end - m : start) * kind;
    if (kind == part_kind)
        return memcmp(data, PyUnicode_DATA(part), (size_t)(m * kind)) == 0;
    for (Py_ssize_t i = 0; i < m; i++)
        if (PyUnicode_READ(kind, data, i) != PyUnicode_READ_CHAR(part, i))
            return 0;
    return 1;
}

Py_ssize_t
PyUnicode_Tailmatch(PyObject *s, PyObject *part, Py_ssize_t start, Py_ssize_t end, int direction)
{
    if (!unicode_require(s) || !unicode_require(part))
        return -1;
    return unicode_tailmatch(s, part, start, end, direction > 0);
}

/* ------------------------------------------------------------------ replace */

enum { REMEMBERED = 32 };
typedef struct replacement {
    int kind;                        /* of the result */
    const char *s, *to;              /* in that kind */
    Py_ssize_t n, from_n, to_n, count;
    int from_kind;                   /* of the text that is searched, before it is widened */
    const char *searched, *from;     /* in that kind */
    Py_ssize_t hits[REMEMBERED];     /* the first places, found while counting */
} replacement;

static void
find_hits(replacement *r, Py_ssize_t max)
{
    Py_ssize_t start = 0, at;
    if (r->from_n == 0) {
        r->count = Py_MIN(r->n + 1, max);
        return;
    }
    while (r->count < REMEMBERED && r->count < max) {
        at = search(r->from_kind, r->searched + start * r->from_kind, r->n - start, r->from, r->from_n, 1);
        if (at < 0)
            return;
        r->hits[r->count++] = start + at;
        start += at + r->from_n;
    }
    r->count += count_in(r->from_kind, r->searched + start * r->from_kind, r->n - start, r->from, r->from_n,
                         max - r->count);
}

static void
fill_replaced(const replacement *r, char *out)
{
    Py_ssize_t done = 0, hit;
    for (Py_ssize_t i = 0; i < r->count; i++) {
        if (r->from_n == 0)
            hit = i;
        else if (i < REMEMBERED)
            hit = r->hits[i];
        else
            hit = done + search(r->from_kind, r->searched + done * r->from_kind, r->n - done, r->from, r->from_n, 1);
        memcpy(out, r->s + done * r->kind, (size_t)((hit - done) * r->kind));
        out += (hit - done) * r->kind;
        memcpy(out, r->to, (size_t)(r->to_n * r->kind));
        out += r->to_n * r->kind;
        done = hit + r->from_n;
    }
    memcpy(out, r->s + done * r->kind, (size_t)((r->n - done) * r->kind));
}

PyObject *
unicode_replace(PyObject *s, PyObject *from, PyObject *to, Py_ssize_t max)
{
    replacement r = {
        .n = PyUnicode_GET_LENGTH(s),
        .from_n = PyUnicode_GET_LENGTH(from),
        .to_n = PyUnicode_GET_LENGTH(to),
    };
    Py_UCS4 top;
    PyObject *result;
    int kind = PyUnicode_KIND(s);
    if (max < 0)
        max = PY_SSIZE_T_MAX;
    if (max == 0 || PyUnicode_KIND(from) > kind || r.from_n > r.n)
        return unicode_exact(s);
    r.from_kind = kind;
    r.searched = PyUnicode_DATA(s);
    r.from = widened(from, kind);
    if (r.from == NULL)
        return NULL;
    find_hits(&r, max);
    if (r.count == 0)
        return unicode_exact(s);
    if (r.to_n > r.from_n && r.to_n - r.from_n > (PY_SSIZE_T_MAX - r.n) / r.count) {
        PyErr_SetString(PyExc_OverflowError, "replace string is too long");
        return NULL;
    }
    top = Py_MAX(PyUnicode_MAX_CHAR_VALUE(s), r.to_n ? PyUnicode_MAX_CHAR_VALUE(to) : 0);
    result = PyUnicode_New(r.n + r.count * (r.to_n - r.from_n), top);
    if (result == NULL || PyUnicode_GET_LENGTH(result) == 0)
        return result;
    r.kind = PyUnicode_KIND(result);
    r.s = widened(s, r.kind);
    r.to = widened(to, r.kind);
    if (r.s == NULL || r.to == NULL)
        return NULL;
    fill_replaced(&r, PyUnicode_DATA(result));
    if (top > 0x7f && unicode_max_char(r.kind, PyUnicode_DATA(result), PyUnicode_GET_LENGTH(result)) != top)
        return PyUnicode_FromKindAndData(r.kind, PyUnicode_DATA(result), PyUnicode_GET_LENGTH(result));
    return result;
}

PyObject *
PyUnicode_Replace(PyObject *s, PyObject *from, PyObject *to, Py_ssize_t max)
{
    if (!unicode_require(s) || !unicode_require(from) || !unicode_require(to))
        return NULL;
    return unicode_replace(s, from, to, max);
}
