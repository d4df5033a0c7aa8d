/* traceback_source.c: lines of source files, for tracebacks. */
#include "state.h"
#include "traceback_print.h"

/* The file that was read last; its text is bytes. */
static PyObject *cached_name, *cached_text;
static char cached_encoding[64];

void
traceback_source_forget(void)
{
    cached_name = cached_text = NULL;
}

/* The encoding that a comment in the first two lines declares (PEP 263). */
static void
find_encoding(const char *text, size_t n)
{
    strcpy(cached_encoding, "utf-8");
    for (int line = 0; line < 2 && n > 0; line++) {
        const char *end = memchr(text, '\n', n);
        size_t length = end != NULL ? (size_t)(end - text) : n;
        const char *hash = memchr(text, '#', length);
        const char *word = hash != NULL ? memmem(hash, length - (size_t)(hash - text), "coding", 6) : NULL;
        if (word != NULL && (word[6] == ':' || word[6] == '=')) {
            const char *p = word + 7;
            size_t k = 0;
            while (p < text + length && (*p == ' ' || *p == '\t'))
                p++;
            while (p < text + length && k < sizeof cached_encoding - 1 && (isalnum((unsigned char)*p) || strchr("-_.", *p)))
                cached_encoding[k++] = *p++;
            if (k > 0) {
                cached_encoding[k] = '\0';
                return;
            }
        }
        if (end == NULL)
            return;
        n -= length + 1;
        text = end + 1;
    }
}

static FILE *
open_in_path(const char *name)
{
    char path[4096];
    const char *slash = strrchr(name, '/');
    const char *tail = slash != NULL ? slash + 1 : name;
    PyObject *list = sys_get("path");
    for (Py_ssize_t i = 0; list != NULL && PyList_Check(list) && i < PyList_GET_SIZE(list); i++) {
        PyObject *item = PyList_GET_ITEM(list, i);
        const char *folder = PyUnicode_Check(item) ? PyUnicode_AsUTF8(item) : NULL;
        if (folder == NULL || snprintf(path, sizeof path, "%s/%s", folder, tail) >= (int)sizeof path) {
            PyErr_Clear();
            continue;
        }
        FILE *fp = fopen(path, "rb");
        if (fp != NULL)
            return fp;
    }
    return NULL;
}

static int
load_file(PyObject *filename)
{
    struct stat st;
    PyObject *encoded = PyUnicode_EncodeFSDefault(filename);
    if (encoded == NULL)
        return -1;
    const char *name = PyBytes_AS_STRING(encoded);
    FILE *fp = fopen(name, "rb");
    if (fp == NULL && name[0] != '<')
        fp = open_in_path(name);
    if (fp == NULL)
        return -1;
    int ok = fstat(fileno(fp), &st) == 0 && S_ISREG(st.st_mode) && st.st_size < (64 << 20);
    PyObject *text = ok ? PyBytes_FromStringAndSize(NULL, st.st_size) : NULL;
    if (text != NULL && fread(PyBytes_AS_STRING(text), 1, (size_t)st.st_size, fp) != (size_t)st.st_size)
        text = NULL;
    fclose(fp);
    if (text == NULL)
        return -1;
    cached_name = filename;
    cached_text = text;
    find_encoding(PyBytes_AS_STRING(text), (size_t)st.st_size);
    return 0;
}

PyObject *
traceback_source_line(PyObject *filename, int lineno)
{
    if (filename == NULL || !PyUnicode_Check(filename) || lineno < 1)
        return NULL;
    if ((cached_name == NULL || PyUnicode_Compare(cached_name, filename) != 0) && load_file(filename) < 0) {
        PyErr_Clear();
        return NULL;
    }
    const char *p = PyBytes_AS_STRING(cached_text), *limit = p + PyBytes_GET_SIZE(cached_text);
    for (int i = 1; i < lineno && p < limit; i++) {
        const char *end = memchr(p, '\n', (size_t)(limit - p));
        p = end != NULL ? end + 1 : limit;
    }
    if (p >= limit)
        return NULL;
    if (lineno == 1 && limit - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p += 3;
    const char *end = memchr(p, '\n', (size_t)(limit - p));
    size_t n = (size_t)((end != NULL ? end : limit) - p);
    if (n > 0 && p[n - 1] == '\r')
        n--;
    PyObject *line = PyUnicode_Decode(p, (Py_ssize_t)n, cached_encoding, "replace");
    if (line == NULL)
        PyErr_Clear();
    return line;
}
