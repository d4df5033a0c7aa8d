/* bytesearch.c: searching bytes.  libc's memchr looks for the first byte; where that finds too much that does not
 * go on, memmem, which is linear in the worst case, takes over. */
#define _GNU_SOURCE 1
#include "runtime.h"

#include "bytesearch.h"

Py_ssize_t
bytesearch_find(const char *s, Py_ssize_t n, const char *p, Py_ssize_t m)
{
    const char *hit, *at = s, *end = s + n;
    Py_ssize_t misses = 0;
    if (m > n)
        return -1;
    if (m == 0)
        return 0;
    while ((hit = memchr(at, (unsigned char)*p, (size_t)(end - at - m + 1))) != NULL) {
        if (m == 1 || (hit[1] == p[1] && memcmp(hit, p, (size_t)m) == 0))
            return hit - s;
        at = hit + 1;
        if (end - at < m)
            return -1;
        if (++misses > 8 + (at - s) / 16) {
            hit = memmem(at, (size_t)(end - at), p, (size_t)m);
            break;
        }
    }
    return hit == NULL ? -1 : hit - s;
}

Py_ssize_t
bytesearch_rfind(const char *s, Py_ssize_t n, const char *p, Py_ssize_t m)
{
    const char *hit;
    if (m > n)
        return -1;
    if (m == 0)
        return n;
    n -= m - 1;
    while (n > 0) {
        hit = memrchr(s, (unsigned char)*p, (size_t)n);
        if (hit == NULL)
            return -1;
        if (memcmp(hit, p, (size_t)m) == 0)
            return hit - s;
        n = hit - s;
    }
    return -1;
}

Py_ssize_t
bytesearch_count(const char *s, Py_ssize_t n, const char *p, Py_ssize_t m, Py_ssize_t max)
{
    Py_ssize_t count = 0, at;
    if (m == 0)
        return Py_MIN(n + 1, max);
    while (count < max && (at = bytesearch_find(s, n, p, m)) >= 0) {
        count++;
        s += at + m;
        n -= at + m;
    }
    return count;
}
