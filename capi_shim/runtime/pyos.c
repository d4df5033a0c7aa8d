/* pyos.c: PyOS_* and small services around the C library. */
#include "jit_queue.h"
#include "state.h"

#include <strings.h>

int
PyOS_mystricmp(const char *a, const char *b)
{
    return strcasecmp(a, b);
}

int
PyOS_mystrnicmp(const char *a, const char *b, Py_ssize_t n)
{
    return n <= 0 ? 0 : strncasecmp(a, b, (size_t)n);
}

PyObject *
PyOS_FSPath(PyObject *path)
{
    static PyObject *name;
    if (PyUnicode_Check(path) || PyBytes_Check(path))
        return path;
    if (name == NULL && (name = PyUnicode_InternFromString("__fspath__")) == NULL)
        return NULL;
    PyObject *method = PyObject_GetAttr((PyObject *)Py_TYPE(path), name);
    if (method == NULL) {
        PyErr_Clear();
        return PyErr_Format(PyExc_TypeError, "expected str, bytes or os.PathLike object, not %.200s",
                            Py_TYPE(path)->tp_name);
    }
    PyObject *result = PyObject_CallOneArg(method, path);
    if (result != NULL && !PyUnicode_Check(result) && !PyBytes_Check(result))
        return PyErr_Format(PyExc_TypeError, "expected %.200s.__fspath__() to return str or bytes, not %.200s",
                            Py_TYPE(path)->tp_name, Py_TYPE(result)->tp_name);
    return result;
}

void
PyOS_BeforeFork(void)
{
}

void
PyOS_AfterFork_Parent(void)
{
}

/* The child has one thread, the guest's.  Nobody waits for it nor compiles for it there: it ends the
 * process itself, and it is interpreted. */
void
PyOS_AfterFork_Child(void)
{
    gcrt_guest_thread = pthread_self();
    gcrt_interp.forked = 1;
    gcrt_jit_options_.mode = 0;
}

void
PyOS_AfterFork(void)
{
    PyOS_AfterFork_Child();
}

/* The command line as wide strings, made when an extension asks. */
void
Py_GetArgcArgv(int *argc, wchar_t ***argv)
{
    static wchar_t **wide;
    const gcrt_config *config = gcrt_interp.config;
    if (wide == NULL) {
        wide = PyMem_Calloc((size_t)config->orig_argc + 1, sizeof *wide);
        for (int i = 0; wide != NULL && i < config->orig_argc; i++)
            wide[i] = Py_DecodeLocale(config->orig_argv[i], NULL);
    }
    *argc = wide != NULL ? config->orig_argc : 0;
    *argv = wide;
}

unsigned long
PyOS_strtoul(const char *s, char **end, int base)
{
    return strtoul(s, end, base);
}

long
PyOS_strtol(const char *s, char **end, int base)
{
    return strtol(s, end, base);
}

double
_PyTime_AsSecondsDouble(_PyTime_t t)
{
    return (double)t * 1e-9;
}
