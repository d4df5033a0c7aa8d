/* getargs.c: one unit of an argument format: checking and converting a single argument. */
#include "runtime.h"

#include "getargs.h"

#define NEXT(type) va_arg(*st->va, type)

static const char *
expected(getargs_state *st, const char *what, PyObject *arg)
{
    if (what[0] == '(')
        snprintf(st->message, sizeof st->message, "%.100s", what);
    else
        snprintf(st->message, sizeof st->message, "must be %.50s, not %.50s", what,
                 arg == Py_None ? "None" : Py_TYPE(arg)->tp_name);
    return st->message;
}

static int
remember(getargs_state *st, int what, void *place, int (*converter)(PyObject *, void *))
{
    getargs_undo *undo = gcrt_alloc_words((sizeof *undo + 7) / 8);
    if (undo == NULL)
        return -1;
    undo->what = what;
    undo->place = place;
    undo->converter = converter;
    undo->next = st->undo;
    st->undo = undo;
    return 0;
}

void
getargs_undo_all(getargs_state *st)
{
    for (getargs_undo *undo = st->undo; undo != NULL; undo = undo->next) {
        if (undo->what == UNDO_BUFFER)
            PyBuffer_Release(undo->place);
        else if (undo->what == UNDO_MEMORY)
            PyMem_Free(undo->place);
        else
            undo->converter(NULL, undo->place);
    }
    st->undo = NULL;
}

/* ------------------------------------------------------------------ numbers */

static const char *
convert_ranged(getargs_state *st, PyObject *arg, char unit)
{
    static const struct {
        char unit;
        long low, high;
        const char *name;
    } ranges[] = {{'b', 0, UCHAR_MAX, "unsigned byte integer"},
                  {'h', SHRT_MIN, SHRT_MAX, "signed short integer"},
                  {'i', INT_MIN, INT_MAX, "signed integer"}};
    int r = unit == 'b' ? 0 : unit == 'h' ? 1 : 2;
    void *out = NEXT(void *);
    long v = PyLong_AsLong(arg);
    if (v == -1 && PyErr_Occurred())
        return expected(st, "(unspecified)", arg);
    if (v < ranges[r].low || v > ranges[r].high) {
        PyErr_Format(PyExc_OverflowError, "%s is %s", ranges[r].name,
                     v < ranges[r].low ? "less than minimum" : "greater than maximum");
        return expected(st, "(unspecified)", arg);
    }
    if (r == 0)
        *(unsigned char *)out = (unsigned char)v;
    else if (r == 1)
        *(short *)out = (short)v;
    else
        *(int *)out = (int)v;
    return NULL;
}

/* The units that wrap around silently. */
static const char *
convert_masked(getargs_state *st, PyObject *arg, char unit)
{
    void *out = NEXT(void *);
    unsigned long v;
    if ((unit == 'k' || unit == 'K') && !PyLong_Check(arg))
        return expected(st, "int", arg);
    v = unit == 'K' ? PyLong_AsUnsignedLongLongMask(arg) : PyLong_AsUnsignedLongMask(arg);
    if (v == (unsigned long)-1 && PyErr_Occurred())
        return expected(st, "(unspecified)", arg);
    switch (unit) {
    case 'B': *(unsigned char *)out = (unsigned char)v; break;
    case 'H': *(unsigned short *)out = (unsigned short)v; break;
    case 'I': *(unsigned *)out = (unsigned)v; break;
    default: *(unsigned long *)out = v; break;
    }
    return NULL;
}

static const char *
convert_number(getargs_state *st, PyObject *arg, char unit)
{
    PyObject *index;
    switch (unit) {
    case 'b':
    case 'h':
    case 'i': return convert_ranged(st, arg, unit);
    case 'n': {
        Py_ssize_t *out = NEXT(Py_ssize_t *);
        index = PyNumber_Index(arg);
        if (index != NULL)
            *out = PyLong_AsSsize_t(index);
        break;
    }
    case 'l': {
        long *out = NEXT(long *);
        *out = PyLong_AsLong(arg);
        break;
    }
    case 'L': {
        long long *out = NEXT(long long *);
        *out = PyLong_AsLongLong(arg);
        break;
    }
    case 'f': {
        float *out = NEXT(float *);
        *out = (float)PyFloat_AsDouble(arg);
        break;
    }
    case 'd': {
        double *out = NEXT(double *);
        *out = PyFloat_AsDouble(arg);
        break;
    }
    case 'D': {
        Py_complex *out = NEXT(Py_complex *);
        *out = PyComplex_AsCComplex(arg);
        break;
    }
    case 'p': {
        int *out = NEXT(int *);
        *out = PyObject_IsTrue(arg);
        break;
    }
    default: return convert_masked(st, arg, unit);
    }
    return PyErr_Occurred() ? expected(st, "(unspecified)", arg) : NULL;
}

static const char *
convert_char(getargs_state *st, PyObject *arg, char unit)
{
    if (unit == 'c') {
        char *out = NEXT(char *);
        if (PyBytes_Check(arg) && PyBytes_GET_SIZE(arg) == 1)
            *out = PyBytes_AS_STRING(arg)[0];
        else if (PyByteArray_Check(arg) && PyByteArray_GET_SIZE(arg) == 1)
            *out = PyByteArray_AS_STRING(arg)[0];
        else
            return expected(st, "a byte string of length 1", arg);
        return NULL;
    }
    int *out = NEXT(int *);
    if (!PyUnicode_Check(arg) || PyUnicode_GET_LENGTH(arg) != 1)
        return expected(st, "a unicode character", arg);
    *out = (int)PyUnicode_READ_CHAR(arg, 0);
    return NULL;
}

/* ------------------------------------------------------------------ text and bytes */

/* s*, z*, y*, w* */
static const char *
convert_buffer(getargs_state *st, PyObject *arg, char unit)
{
    Py_buffer *view = NEXT(Py_buffer *);
    if (unit == 'z' && arg == Py_None) {
        PyBuffer_FillInfo(view, NULL, NULL, 0, 1, 0);
        return NULL;
    }
    if ((unit == 's' || unit == 'z') && PyUnicode_Check(arg)) {
        Py_ssize_t n;
        const char *text = PyUnicode_AsUTF8AndSize(arg, &n);
        if (text == NULL)
            return expected(st, "(unicode conversion error)", arg);
        PyBuffer_FillInfo(view, arg, (void *)text, n, 1, 0);
    } else if (PyObject_GetBuffer(arg, view, unit == 'w' ? PyBUF_WRITABLE : PyBUF_SIMPLE) != 0) {
        if (unit == 'w')
            PyErr_Clear();
        return expected(st, unit == 'w' ? "read-write bytes-like object" : "bytes-like object", arg);
    } else if (!PyBuffer_IsContiguous(view, 'C')) {
        PyBuffer_Release(view);
        return expected(st, "contiguous buffer", arg);
    }
    return remember(st, UNDO_BUFFER, view, NULL) < 0 ? expected(st, "(cleanup problem)", arg) : NULL;
}

/* Borrowed bytes of an object whose buffer needs no release. */
static const char *
borrow_bytes(getargs_state *st, PyObject *arg, const char **data, Py_ssize_t *n)
{
    PyBufferProcs *procs = Py_TYPE(arg)->tp_as_buffer;
    Py_buffer view;
    *data = NULL;
    if (procs != NULL && procs->bf_releasebuffer != NULL)
        return expected(st, "read-only bytes-like object", arg);
    if (PyObject_GetBuffer(arg, &view, PyBUF_SIMPLE) != 0)
        return expected(st, "bytes-like object", arg);
    *data = view.buf;
    *n = view.len;
    PyBuffer_Release(&view);
    return NULL;
}

/* s#, z#, y# */
static const char *
convert_sized(getargs_state *st, PyObject *arg, char unit)
{
    const char **out = NEXT(const char **);
    Py_ssize_t *size = NEXT(Py_ssize_t *);
    if (unit == 'z' && arg == Py_None) {
        *out = NULL;
        *size = 0;
        return NULL;
    }
    if (unit != 'y' && PyUnicode_Check(arg)) {
        *out = PyUnicode_AsUTF8AndSize(arg, size);
        return *out == NULL ? expected(st, "(unicode conversion error)", arg) : NULL;
    }
    return borrow_bytes(st, arg, out, size);
}

/* s, z, y */
static const char *
convert_terminated(getargs_state *st, PyObject *arg, char unit)
{
    const char **out = NEXT(const char **);
    Py_ssize_t n;
    if (unit == 'y') {
        const char *bad = borrow_bytes(st, arg, out, &n);
        if (bad != NULL)
            return bad;
        if (strlen(*out) != (size_t)n) {
            PyErr_SetString(PyExc_ValueError, "embedded null byte");
            return expected(st, "(unspecified)", arg);
        }
        return NULL;
    }
    if (unit == 'z' && arg == Py_None) {
        *out = NULL;
        return NULL;
    }
    if (!PyUnicode_Check(arg))
        return expected(st, unit == 'z' ? "str or None" : "str", arg);
    *out = PyUnicode_AsUTF8AndSize(arg, &n);
    if (*out == NULL)
        return expected(st, "(unicode conversion error)", arg);
    if (strlen(*out) != (size_t)n) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return expected(st, "(unspecified)", arg);
    }
    return NULL;
}

/* u, u#, Z, Z#: wide characters, from memory that the collector keeps as long as the caller sees it. */
static const char *
convert_wide(getargs_state *st, PyObject *arg, char unit, bool sized)
{
    wchar_t **out = NEXT(wchar_t **);
    Py_ssize_t *size = sized ? NEXT(Py_ssize_t *) : NULL, n;
    if (unit == 'Z' && arg == Py_None) {
        *out = NULL;
        if (size != NULL)
            *size = 0;
        return NULL;
    }
    if (!PyUnicode_Check(arg))
        return expected(st, unit == 'Z' ? "str or None" : "str", arg);
    n = PyUnicode_GET_LENGTH(arg);
    *out = gcrt_alloc_leaf((size_t)(n + 1) * sizeof(wchar_t));
    if (*out == NULL || PyUnicode_AsWideChar(arg, *out, n + 1) < 0)
        return expected(st, "(unspecified)", arg);
    if (size != NULL) {
        *size = n;
    } else if (wcslen(*out) != (size_t)n) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return expected(st, "(unspecified)", arg);
    }
    return NULL;
}

/* es, et, es#, et#: encoded into memory of the caller's or from PyMem_Malloc. */
static const char *
convert_encoded(getargs_state *st, PyObject *arg, bool keep_bytes, bool sized)
{
    const char *encoding = NEXT(const char *), *data;
    char **out = NEXT(char **);
    Py_ssize_t *size = sized ? NEXT(Py_ssize_t *) : NULL, n;
    PyObject *bytes;
    if (keep_bytes && PyBytes_Check(arg)) {
        data = PyBytes_AS_STRING(arg);
        n = PyBytes_GET_SIZE(arg);
    } else if (keep_bytes && PyByteArray_Check(arg)) {
        data = PyByteArray_AS_STRING(arg);
        n = PyByteArray_GET_SIZE(arg);
    } else if (PyUnicode_Check(arg)) {
        bytes = PyUnicode_AsEncodedString(arg, encoding == NULL ? PyUnicode_GetDefaultEncoding() : encoding, NULL);
        if (bytes == NULL)
            return expected(st, "(encoding failed)", arg);
        data = PyBytes_AS_STRING(bytes);
        n = PyBytes_GET_SIZE(bytes);
    } else {
        return expected(st, keep_bytes ? "str, bytes or bytearray" : "str", arg);
    }
    if (sized && *out != NULL) {
        if (n + 1 > *size) {
            PyErr_Format(PyExc_ValueError, "encoded string too long (%zd, maximum length %zd)", n, *size - 1);
            return expected(st, "(unspecified)", arg);
        }
    } else {
        if (!sized && strlen(data) != (size_t)n)
            return expected(st, "encoded string without null bytes", arg);
        *out = PyMem_Malloc((size_t)n + 1);
        if (*out == NULL) {
            PyErr_NoMemory();
            return expected(st, "(memory error)", arg);
        }
        if (remember(st, UNDO_MEMORY, *out, NULL) < 0)
            return expected(st, "(cleanup problem)", arg);
    }
    memcpy(*out, data, (size_t)n);
    (*out)[n] = '\0';
    if (size != NULL)
        *size = n;
    return NULL;
}

static const char *
convert_object(getargs_state *st, PyObject *arg)
{
    if (*st->format == '!') {
        PyTypeObject *type = NEXT(PyTypeObject *);
        PyObject **out = NEXT(PyObject **);
        st->format++;
        if (!PyObject_TypeCheck(arg, type))
            return expected(st, type->tp_name, arg);
        *out = arg;
    } else if (*st->format == '&') {
        typedef int (*converter)(PyObject *, void *);
        converter convert = NEXT(converter);
        void *out = NEXT(void *);
        int result;
        st->format++;
        result = convert(arg, out);
        if (result == 0)
            return expected(st, "(unspecified)", arg);
        if (result == Py_CLEANUP_SUPPORTED && remember(st, UNDO_CONVERTER, out, convert) < 0)
            return expected(st, "(cleanup problem)", arg);
    } else {
        *NEXT(PyObject **) = arg;
    }
    return NULL;
}

static const char *
convert_typed(getargs_state *st, PyObject *arg, char unit)
{
    PyObject **out = NEXT(PyObject **);
    if (unit == 'S' ? !PyBytes_Check(arg) : unit == 'Y' ? !PyByteArray_Check(arg) : !PyUnicode_Check(arg))
        return expected(st, unit == 'S' ? "bytes" : unit == 'Y' ? "bytearray" : "str", arg);
    *out = arg;
    return NULL;
}

static const char *
convert_unit(getargs_state *st, PyObject *arg)
{
    char unit = *st->format++;
    char next = *st->format;
    switch (unit) {
    case 'b': case 'B': case 'h': case 'H': case 'i': case 'I': case 'l': case 'k': case 'L': case 'K':
    case 'n': case 'f': case 'd': case 'D': case 'p': return convert_number(st, arg, unit);
    case 'c': case 'C': return convert_char(st, arg, unit);
    case 's': case 'z': case 'y': case 'w':
        if (next == '*') {
            st->format++;
            return convert_buffer(st, arg, unit);
        }
        if (unit == 'w')
            return expected(st, "(invalid use of 'w' format character)", arg);
        if (next == '#') {
            st->format++;
            return convert_sized(st, arg, unit);
        }
        return convert_terminated(st, arg, unit);
    case 'u': case 'Z':
        if (next == '#')
            st->format++;
        return convert_wide(st, arg, unit, next == '#');
    case 'e': {
        bool sized;
        if (next != 's' && next != 't')
            return expected(st, "(unknown parser marker combination)", arg);
        st->format++;
        sized = *st->format == '#';
        st->format += sized;
        return convert_encoded(st, arg, next == 't', sized);
    }
    case 'S': case 'Y': case 'U': return convert_typed(st, arg, unit);
    case 'O': return convert_object(st, arg);
    default: return expected(st, "(impossible<bad format char>)", arg);
    }
}

/* ------------------------------------------------------------------ nested tuples */

static int
count_units(const char *f)
{
    int n = 0, level = 0;
    for (; *f != '\0' && *f != ':' && *f != ';' && !(*f == ')' && level == 0); f++) {
        if (*f == '(') {
            n += level == 0;
            level++;
        } else if (*f == ')') {
            level--;
        } else if (level == 0 && Py_ISALPHA(*f) && *f != 'e') {
            n++;
        }
    }
    return n;
}

static const char *
convert_nested(getargs_state *st, PyObject *arg, int depth)
{
    int n;
    const char *bad;
    if (*st->format != '(') {
        bad = convert_unit(st, arg);
        if (bad != NULL)
            st->levels[depth] = 0;
        return bad;
    }
    st->format++;
    n = count_units(st->format);
    st->levels[depth] = 0;
    if (!PySequence_Check(arg) || PyBytes_Check(arg)) {
        snprintf(st->message, sizeof st->message, "must be %d-item sequence, not %.50s", n,
                 arg == Py_None ? "None" : Py_TYPE(arg)->tp_name);
        return st->message;
    }
    Py_ssize_t length = PySequence_Size(arg);
    if (length != n) {
        PyErr_Clear();
        snprintf(st->message, sizeof st->message, "must be sequence of length %d, not %zd", n, length);
        return st->message;
    }
    for (int i = 0; i < n; i++) {
        PyObject *item = PySequence_GetItem(arg, i);
        if (item == NULL) {
            PyErr_Clear();
            st->levels[depth] = i + 1;
            st->levels[depth + 1] = 0;
            return "is not retrievable";
        }
        if (depth + 2 >= (int)Py_ARRAY_LENGTH(st->levels))
            return "(tuples nested too deeply)";
        bad = convert_nested(st, item, depth + 1);
        if (bad != NULL) {
            st->levels[depth] = i + 1;
            return bad;
        }
    }
    if (*st->format == ')')
        st->format++;
    return NULL;
}

const char *
getargs_convert(getargs_state *st, PyObject *arg)
{
    st->levels[0] = 0;
    return convert_nested(st, arg, 0);
}

const char *
getargs_skip(getargs_state *st)
{
    char unit = *st->format++, next = *st->format;
    int pointers = 1;
    if (unit == 'e') {
        if (next != 's' && next != 't')
            return "(impossible<bad format char>)";
        next = *++st->format;
        pointers = 2;
    }
    if (unit == '(') {
        while (*st->format != ')') {
            const char *bad;
            if (*st->format == '\0' || *st->format == ':' || *st->format == ';')
                return "(unmatched left paren in getargs format)";
            if ((bad = getargs_skip(st)) != NULL)
                return bad;
        }
        st->format++;
        return NULL;
    }
    if (!Py_ISALPHA(unit))
        return "(impossible<bad format char>)";
    if (next == '#' || (unit == 'O' && (next == '!' || next == '&'))) {
        pointers++;
        st->format++;
    } else if (next == '*') {
        st->format++;
    }
    while (pointers-- > 0)
        (void)NEXT(void *);
    return NULL;
}

const char *
getargs_names(const char *format, char *room, size_t size, const char **message)
{
    const char *colon = strchr(format, ':'), *semicolon = strchr(format, ';');
    *message = NULL;
    if (colon != NULL && (semicolon == NULL || colon < semicolon)) {
        snprintf(room, size, "%s", colon + 1);
        return room[0] != '\0' ? room : NULL;
    }
    if (semicolon != NULL)
        *message = semicolon + 1;
    return NULL;
}

void
getargs_error(getargs_state *st, Py_ssize_t index, const char *what, const char *function, const char *message)
{
    char text[512];
    size_t n = 0;
    if (PyErr_Occurred())
        return;
    if (message == NULL) {
        if (function != NULL)
            n += (size_t)snprintf(text + n, sizeof text - n, "%.200s() ", function);
        n += (size_t)snprintf(text + n, sizeof text - n, "argument");
        if (index != 0)
            n += (size_t)snprintf(text + n, sizeof text - n, " %zd", index);
        for (int i = 0; index != 0 && i < 32 && st->levels[i] > 0 && n < 300; i++)
            n += (size_t)snprintf(text + n, sizeof text - n, ", item %d", st->levels[i] - 1);
        snprintf(text + n, sizeof text - n, " %.256s", what);
        message = text;
    }
    PyErr_SetString(what[0] == '(' ? PyExc_SystemError : PyExc_TypeError, message);
}
