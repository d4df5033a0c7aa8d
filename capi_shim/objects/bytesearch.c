/* bytesearch.c: searching bytes; libc's memchr and memmem (linear, vectorised) do the work. */
#define _GNU_SOURCE 1
#include "runtime.h"

#include "bytesearch.h"

Py_ssize_t
bytesearch_find(const char *s, Py_ssize_t n, const char *p, Py_ssize_t m)
{
    const char *hit;
    if (m > n)
        return -1;
    if (m == 0)
        return 0;
    if (m == 1)
        hit = memchr(s, (unsigned char)*p, (size_t)n);
    else
        hit = memmem(s, (size_t)n, p, (size_t)m);
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
