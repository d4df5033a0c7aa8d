/* ext_alloc.c: the malloc family and C++ operators that extension code calls.
 *
 * The builder links extensions with --wrap=malloc and so on: their calls arrive here, and what they
 * allocate is scanned by the collector.  operator new and delete are found through libgcrt's place in
 * the global symbol scope, by libstdc++ too, so that a string made on one side can be grown on the other.
 * A thread that runs no guest code (the host's, LLVM's) gets libc's memory; free and realloc tell the two
 * apart by address. */
#include "runtime.h"

#include <malloc.h>

#define EXPORT __attribute__((visibility("default")))

static inline int
is_guest(void)
{
    return gcrt_ts != NULL;
}

/* ------------------------------------------------------------------ C */

EXPORT void *
__wrap_malloc(size_t size)
{
    return is_guest() ? gc_ext_malloc(size) : malloc(size);
}
EXPORT void *
__wrap_calloc(size_t n, size_t size)
{
    return is_guest() ? gc_ext_calloc(n, size) : calloc(n, size);
}
EXPORT void
__wrap_free(void *p)
{
    gc_ext_free(p);
}
EXPORT void *
__wrap_realloc(void *p, size_t size)
{
    if (p == NULL)
        return __wrap_malloc(size);
    return gc_ext_realloc(p, size);
}
EXPORT void *
__wrap_reallocarray(void *p, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return __wrap_realloc(p, bytes);
}
EXPORT void *
__wrap_aligned_alloc(size_t align, size_t size)
{
    return is_guest() ? gc_ext_aligned_alloc(align, size) : aligned_alloc(align, size);
}
EXPORT void *
__wrap_memalign(size_t align, size_t size)
{
    return is_guest() ? gc_ext_aligned_alloc(align, size) : memalign(align, size);
}
EXPORT int
__wrap_posix_memalign(void **out, size_t align, size_t size)
{
    if (!is_guest())
        return posix_memalign(out, align, size);
    if (align % sizeof(void *) != 0 || (align & (align - 1)) != 0)
        return EINVAL;
    void *p = gc_ext_aligned_alloc(align, size);
    if (p == NULL)
        return ENOMEM;
    *out = p;
    return 0;
}
EXPORT size_t
__wrap_malloc_usable_size(void *p)
{
    return p != NULL && gc_contains(p) ? gc_ext_usable_size(p) : malloc_usable_size(p);
}
static char *
copy_text(const char *text, size_t length)
{
    char *copy = __wrap_malloc(length + 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = 0;
    }
    return copy;
}
EXPORT char *
__wrap_strdup(const char *text)
{
    return copy_text(text, strlen(text));
}
EXPORT char *
__wrap_strndup(const char *text, size_t n)
{
    return copy_text(text, strnlen(text, n));
}

/* libc grows the caller's line buffer with its own realloc: lend it one of its own. */
EXPORT ssize_t
__wrap_getdelim(char **line, size_t *size, int delimiter, FILE *file)
{
    char *own = NULL;
    size_t own_size = 0;
    ssize_t n = getdelim(&own, &own_size, delimiter, file);
    if (n >= 0) {
        if (*line == NULL || *size < (size_t)n + 1) {
            char *grown = __wrap_realloc(*line, (size_t)n + 1);
            if (grown == NULL) {
                free(own);
                return -1;
            }
            *line = grown;
            *size = (size_t)n + 1;
        }
        memcpy(*line, own, (size_t)n + 1);
    }
    free(own);
    return n;
}
EXPORT ssize_t
__wrap_getline(char **line, size_t *size, FILE *file)
{
    return __wrap_getdelim(line, size, '\n', file);
}
