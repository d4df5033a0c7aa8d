/* sys_streams.c: sys.stdin, stdout and stderr.  Until the io module is there the outputs are plain
 * writers to the descriptors (runtime/fileapi.c), so that start-up errors can be shown. */
#include "io_module.h"
#include "sys_module.h"

#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>

int
sys_add_early_streams(PyObject *dict)
{
    PyObject *out = PyFile_NewStdPrinter(1), *err = PyFile_NewStdPrinter(2);
    if (out == NULL || err == NULL || PyDict_SetItem(dict, GCRT_NAME(stdout), out) < 0 ||
        PyDict_SetItem(dict, GCRT_NAME(stderr), err) < 0)
        return -1;
    return PyDict_SetItem(dict, GCRT_NAME(stdin), Py_None);
}

/* Encoding and error handler: $PYTHONIOENCODING, else UTF-8, which every usual locale has. */
static void
stream_encoding(const gcrt_config *config, char encoding[64], char errors[64])
{
    const char *env = config->ignore_environment || config->isolated ? NULL : getenv("PYTHONIOENCODING");
    const char *lc = getenv("LC_ALL");
    if (lc == NULL || *lc == '\0')
        lc = getenv("LC_CTYPE");
    if (lc == NULL || *lc == '\0')
        lc = getenv("LANG");
    int posix = lc == NULL || *lc == '\0' || strcmp(lc, "C") == 0 || strcmp(lc, "POSIX") == 0;
    strcpy(encoding, "utf-8");
    strcpy(errors, posix || strncmp(lc, "C.", 2) == 0 ? "surrogateescape" : "strict");
    if (env == NULL || *env == '\0')
        return;
    size_t n = strcspn(env, ":");
    if (n > 0 && n < 64) {
        memcpy(encoding, env, n);
        encoding[n] = '\0';
    }
    if (n > 0 && env[n] != ':')
        strcpy(errors, "strict");
    if (env[n] == ':' && strlen(env + n + 1) < 64 && env[n + 1] != '\0')
        strcpy(errors, env + n + 1);
}

static PyObject *
open_stream(const gcrt_config *config, int fd, const char *name, int writing)
{
    char encoding[64], errors[64];
    if (fcntl(fd, F_GETFD) < 0)
        return Py_None;
    stream_encoding(config, encoding, errors);
    PyObject *raw = io_open(PyLong_FromLong(fd), writing ? "wb" : "rb", writing && config->unbuffered ? 0 : -1, NULL,
                            NULL, NULL, 0, NULL);
    PyObject *text_name = PyUnicode_FromString(name);
    if (raw == NULL || text_name == NULL)
        return NULL;
    PyObject *file = raw;
    if (!(writing && config->unbuffered) && (file = PyObject_GetAttrString(raw, "raw")) == NULL)
        return NULL;
    if (PyObject_SetAttr(file, GCRT_NAME(name), text_name) < 0)
        return NULL;
    int by_line = fd == 2 || (isatty(fd) && !(writing && config->unbuffered));
    PyObject *stream = PyObject_CallFunction((PyObject *)&io_textwrapper_type, "OsszOO", raw, encoding,
                                             fd == 2 ? "backslashreplace" : errors, writing ? "\n" : NULL,
                                             by_line ? Py_True : Py_False,
                                             writing && config->unbuffered ? Py_True : Py_False);
    if (stream == NULL || PyObject_SetAttrString(stream, "mode", PyUnicode_FromString(writing ? "w" : "r")) < 0)
        return NULL;
    return stream;
}

int
sys_add_streams(PyObject *dict, const gcrt_config *config)
{
    static const char *const names[] = {"stdin", "stdout", "stderr"};
    char original[16], shown[16];
    for (int fd = 0; fd < 3; fd++) {
        snprintf(original, sizeof original, "__%s__", names[fd]);
        snprintf(shown, sizeof shown, "<%s>", names[fd]);
        PyObject *stream = open_stream(config, fd, shown, fd > 0);
        if (stream == NULL || PyDict_SetItemString(dict, names[fd], stream) < 0 ||
            PyDict_SetItemString(dict, original, stream) < 0)
            return -1;
    }
    return 0;
}
