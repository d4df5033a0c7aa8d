/* traceback_print.c: the text of an unhandled exception, as CPython 3.11's default hook shows it:
 * causes and contexts first, the traceback with source lines and carets, the message, the notes,
 * and the members of exception groups indented.
 *
 * Everything goes to one text that is written at once; nothing here may fail visibly: what can't be
 * shown is left out. */
#include "state.h"
#include "traceback_print.h"

enum { MAX_GROUP_WIDTH = 15, MAX_GROUP_DEPTH = 10, REPEAT_LIMIT = 3, DEFAULT_LIMIT = 1000, SOURCE_INDENT = 4 };

typedef struct {
    _PyUnicodeWriter out;
    PyObject *seen;            /* ids of exceptions that were shown in a chain */
    int depth;                 /* of exception groups */
    int need_close;
    int plain;                 /* no causes, no contexts */
} printer;

/* ------------------------------------------------------------------ writing */

static void
put(printer *p, const char *s)
{
    _PyUnicodeWriter_WriteASCIIString(&p->out, s, -1);
}

static void
put_text(printer *p, PyObject *text)
{
    if (text != NULL)
        _PyUnicodeWriter_WriteStr(&p->out, text);
    PyErr_Clear();
}

static void
put_format(printer *p, const char *format, ...)
{
    va_list va;
    va_start(va, format);
    put_text(p, PyUnicode_FromFormatV(format, va));
    va_end(va);
}

static void
put_spaces(printer *p, Py_ssize_t n)
{
    while (n-- > 0)
        _PyUnicodeWriter_WriteChar(&p->out, ' ');
}

static void
put_indent(printer *p)
{
    put_spaces(p, 2 * p->depth);
}

/* The start of each line: inside a group, its bar. */
static void
put_margin(printer *p)
{
    put_indent(p);
    if (p->depth > 0)
        put(p, "| ");
}

/* ------------------------------------------------------------------ a traceback entry */

static Py_ssize_t
leading_blanks(PyObject *line)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(line), i = 0;
    while (i < n) {
        Py_UCS4 ch = PyUnicode_READ_CHAR(line, i);
        if (ch != ' ' && ch != '\t' && ch != '\f')
            break;
        i++;
    }
    return i;
}

static Py_ssize_t
end_of_text(PyObject *line)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(line);
    while (n > 0 && Py_UNICODE_ISSPACE(PyUnicode_READ_CHAR(line, n - 1)))
        n--;
    return n;
}

/* Byte offset in the line's UTF-8 -> characters. */
static Py_ssize_t
characters(PyObject *line, int bytes)
{
    Py_ssize_t size;
    const char *utf8 = PyUnicode_AsUTF8AndSize(line, &size);
    if (utf8 == NULL || bytes < 0)
        return -1;
    Py_ssize_t n = 0;
    for (Py_ssize_t i = 0; i < size && i < bytes; i++)
        n += ((unsigned char)utf8[i] & 0xc0) != 0x80;
    return n;
}

/* The line of carets below the source line; nothing when they would mark all of it. */
static void
put_carets(printer *p, PyCodeObject *code, int lasti, int lineno, PyObject *line, Py_ssize_t blanks)
{
    int start_line, end_line, start_column, end_column;
    traceback_anchors anchors = {-1, -1};
    if (!PyCode_Addr2Location(code, lasti, &start_line, &start_column, &end_line, &end_column) || start_line < 0 ||
        start_line != lineno || end_line < 0 || start_column < 0 || end_column < 0)
        return;
    Py_ssize_t start = characters(line, start_column), end = characters(line, end_column);
    int marked = 0;
    if (start_line == end_line)
        marked = traceback_find_anchors(line, start, end, &anchors);
    else
        end = end_of_text(line);
    if (start < 0 || end < 0 || (!marked && start <= blanks && end >= end_of_text(line)))
        return;
    put_margin(p);
    put_spaces(p, SOURCE_INDENT);
    for (Py_ssize_t i = blanks; i < end; i++) {
        char ch = i < start ? ' ' : !marked ? '^' : i >= anchors.left_end && i < anchors.right_start ? '^' : '~';
        _PyUnicodeWriter_WriteChar(&p->out, (Py_UCS4)ch);
    }
    put(p, "\n");
}

static void
put_entry(printer *p, PyTracebackObject *tb)
{
    PyCodeObject *code = PyFrame_GetCode(tb->tb_frame);
    int lineno = traceback_line(tb);
    put_margin(p);
    put_format(p, "  File \"%U\", line %d, in %U\n", code->co_filename, lineno, code->co_name);
    PyObject *line = traceback_source_line(code->co_filename, lineno);
    if (line == NULL)
        return;
    Py_ssize_t blanks = leading_blanks(line);
    put_margin(p);
    put_spaces(p, SOURCE_INDENT);
    put_text(p, PyUnicode_Substring(line, blanks, PyUnicode_GET_LENGTH(line)));
    put(p, "\n");
    put_carets(p, code, tb->tb_lasti, lineno, line, blanks);
}

static void
put_repeated(printer *p, long count)
{
    count -= REPEAT_LIMIT;
    if (count <= 0)
        return;
    put_margin(p);
    put_format(p, count > 1 ? "  [Previous line repeated %ld more times]\n"
                            : "  [Previous line repeated %ld more time]\n", count);
}

static int
same_place(PyTracebackObject *a, PyTracebackObject *b)
{
    PyCodeObject *x = PyFrame_GetCode(a->tb_frame), *y = PyFrame_GetCode(b->tb_frame);
    return traceback_line(a) == traceback_line(b) && PyUnicode_Compare(x->co_filename, y->co_filename) == 0 &&
           PyUnicode_Compare(x->co_name, y->co_name) == 0;
}

static void
put_entries(printer *p, PyTracebackObject *tb, long limit)
{
    long depth = 0, count = 0;
    PyTracebackObject *last = NULL;
    for (PyTracebackObject *t = tb; t != NULL; t = t->tb_next)
        depth++;
    for (; tb != NULL && depth > limit; depth--)
        tb = tb->tb_next;
    for (; tb != NULL; tb = tb->tb_next) {
        if (last == NULL || !same_place(last, tb)) {
            put_repeated(p, count);
            count = 0;
        }
        last = tb;
        if (++count <= REPEAT_LIMIT)
            put_entry(p, tb);
    }
    put_repeated(p, count);
}

static long
entry_limit(void)
{
    PyObject *value = sys_get("tracebacklimit");
    if (value == NULL || !PyLong_Check(value))
        return DEFAULT_LIMIT;
    int overflow;
    long limit = PyLong_AsLongAndOverflow(value, &overflow);
    return overflow > 0 ? LONG_MAX : limit <= 0 || overflow < 0 ? 0 : limit;
}

static int
is_group(PyObject *exc)
{
    return PyObject_TypeCheck(exc, &exc_BaseExceptionGroup);
}

static void
put_traceback(printer *p, PyObject *exc)
{
    PyObject *tb = ((PyBaseExceptionObject *)exc)->traceback;
    long limit = entry_limit();
    if (tb == NULL || !PyTraceBack_Check(tb) || limit <= 0)
        return;
    if (is_group(exc)) {
        put_indent(p);
        put(p, p->depth == 1 ? "+ " : p->depth > 0 ? "| " : "");
        put(p, "Exception Group Traceback (most recent call last):\n");
    } else {
        put_margin(p);
        put(p, "Traceback (most recent call last):\n");
    }
    put_entries(p, (PyTracebackObject *)tb, limit);
}

/* ------------------------------------------------------------------ SyntaxError */

static Py_ssize_t
int_attribute(PyObject *value, Py_ssize_t otherwise)
{
    if (value == NULL || value == Py_None || !PyLong_Check(value))
        return otherwise;
    Py_ssize_t n = PyLong_AsSsize_t(value);
    PyErr_Clear();
    return n;
}

/* The offending line, and carets from offset to end_offset (from 1; below 1: none). */
static void
put_error_text(printer *p, Py_ssize_t offset, Py_ssize_t end_offset, PyObject *text)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(text), start = 0;
    if (n > 0 && PyUnicode_READ_CHAR(text, n - 1) == '\n')
        n--;
    /* Only the last line of several, unless the error is in an earlier one. */
    for (;;) {
        Py_ssize_t newline = PyUnicode_FindChar(text, '\n', start, n, 1);
        if (newline < 0 || offset - 1 <= newline - start)
            break;
        offset -= newline + 1 - start;
        end_offset -= newline + 1 - start;
        start = newline + 1;
    }
    Py_ssize_t first = start;
    while (first < n && (PyUnicode_READ_CHAR(text, first) == ' ' || PyUnicode_READ_CHAR(text, first) == '\t' ||
                         PyUnicode_READ_CHAR(text, first) == '\f'))
        first++;
    offset -= first - start;
    end_offset -= first - start;
    put_margin(p);
    put_spaces(p, SOURCE_INDENT);
    put_text(p, PyUnicode_Substring(text, first, n));
    put(p, "\n");
    if (offset < 1)
        return;
    if (offset > n - first + 1)
        offset = n - first + 1;
    if (end_offset > n - first + 1)
        end_offset = n - first + 1;
    put_margin(p);
    put_spaces(p, SOURCE_INDENT + offset - 1);
    Py_ssize_t carets = end_offset > offset ? end_offset - offset : 1;
    for (Py_ssize_t i = 0; i < carets; i++)
        put(p, "^");
    put(p, "\n");
}

/* File, line and text of a SyntaxError; the message that is left to show, or NULL: it isn't one. */
static PyObject *
put_syntax_place(printer *p, PyObject *exc)
{
    if (!PyObject_TypeCheck(exc, &exc_SyntaxError))
        return NULL;
    PySyntaxErrorObject *e = (PySyntaxErrorObject *)exc;
    Py_ssize_t lineno = int_attribute(e->lineno, -1);
    if (e->msg == NULL || lineno < 0)
        return NULL;
    put_margin(p);
    if (e->filename == NULL || e->filename == Py_None)
        put_format(p, "  File \"<string>\", line %zd\n", lineno);
    else
        put_format(p, "  File \"%S\", line %zd\n", e->filename, lineno);
    if (e->text != NULL && PyUnicode_Check(e->text)) {
        Py_ssize_t offset = int_attribute(e->offset, -1), end_line = int_attribute(e->end_lineno, lineno);
        Py_ssize_t end_offset = int_attribute(e->end_offset, -1);
        if (Py_TYPE(exc) != &exc_SyntaxError)
            end_offset = -1; /* its subclasses show one place only */
        else if (end_line != lineno)
            end_offset = end_of_text(e->text) + 1;
        put_error_text(p, offset, end_offset, e->text);
    }
    return PyObject_Str(e->msg);
}

/* ------------------------------------------------------------------ the exception itself */

static void
put_type_name(printer *p, PyObject *exc)
{
    PyObject *type = (PyObject *)Py_TYPE(exc);
    PyObject *module = PyObject_GetAttr(type, GCRT_NAME(__module__));
    PyErr_Clear();
    if (module == NULL || !PyUnicode_Check(module))
        put(p, "<unknown>.");
    else if (PyUnicode_CompareWithASCIIString(module, "builtins") != 0 &&
             PyUnicode_CompareWithASCIIString(module, "__main__") != 0) {
        put_text(p, module);
        put(p, ".");
    }
    PyObject *name = PyObject_GetAttr(type, GCRT_NAME(__qualname__));
    PyErr_Clear();
    if (name != NULL && PyUnicode_Check(name))
        put_text(p, name);
    else
        put(p, "<unknown>");
}

static void
put_message(printer *p, PyObject *exc)
{
    PyObject *text = put_syntax_place(p, exc);
    put_margin(p);
    put_type_name(p, exc);
    if (text == NULL)
        text = PyObject_Str(exc);
    if (text == NULL) {
        PyErr_Clear();
        put(p, ": <exception str() failed>");
    } else if (PyUnicode_GET_LENGTH(text) > 0) {
        put(p, ": ");
        put_text(p, text);
    }
    PyObject *suggestion = traceback_suggestion(exc);
    if (suggestion != NULL)
        put_format(p, ". Did you mean: '%U'?", suggestion);
    put(p, "\n");
}

static void
put_note(printer *p, PyObject *note)
{
    PyObject *text = PyUnicode_Check(note) ? note : PyObject_Str(note);
    PyObject *lines = text != NULL ? PyUnicode_Splitlines(text, 0) : NULL;
    if (lines == NULL) {
        PyErr_Clear();
        put_margin(p);
        put(p, "<note str() failed>\n");
        return;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(lines); i++) {
        put_margin(p);
        put_text(p, PyList_GET_ITEM(lines, i));
        put(p, "\n");
    }
}

static void
put_notes(printer *p, PyObject *exc)
{
    PyObject *notes;
    if (_PyObject_LookupAttr(exc, GCRT_NAME(__notes__), &notes) < 0)
        PyErr_Clear();
    else if (notes != NULL && PySequence_Check(notes) && !PyUnicode_Check(notes) && !PyBytes_Check(notes)) {
        PyObject *list = PySequence_List(notes);
        PyErr_Clear();
        for (Py_ssize_t i = 0; list != NULL && i < PyList_GET_SIZE(list); i++)
            put_note(p, PyList_GET_ITEM(list, i));
    } else if (notes != NULL) {
        PyObject *shown = PyObject_Repr(notes);
        put_margin(p);
        if (shown == NULL)
            put(p, "<__notes__ repr() failed>");
        put_text(p, shown);
    }
    PyErr_Clear();
}

static void
put_exception(printer *p, PyObject *exc)
{
    put_traceback(p, exc);
    put_message(p, exc);
    put_notes(p, exc);
}

/* ------------------------------------------------------------------ chains and groups */

static void put_chain(printer *p, PyObject *exc);

static void
put_group(printer *p, PyObject *exc)
{
    if (p->depth > MAX_GROUP_DEPTH) {
        put_margin(p);
        put_format(p, "... (max_group_depth is %d)\n", MAX_GROUP_DEPTH);
        return;
    }
    int outermost = p->depth == 0;
    if (outermost)
        p->depth = 1;
    put_exception(p, exc);
    PyObject *excs = ((PyBaseExceptionGroupObject *)exc)->excs;
    Py_ssize_t total = PyTuple_GET_SIZE(excs), n = total <= MAX_GROUP_WIDTH ? total : MAX_GROUP_WIDTH + 1;
    p->need_close = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        int truncated = i >= MAX_GROUP_WIDTH;
        if (i == n - 1)
            p->need_close = 1;
        put_indent(p);
        put(p, i == 0 ? "+-" : "  ");
        if (truncated)
            put(p, "+---------------- ... ----------------\n");
        else
            put_format(p, "+---------------- %zd ----------------\n", i + 1);
        p->depth++;
        if (!truncated)
            put_chain(p, PyTuple_GET_ITEM(excs, i));
        else {
            Py_ssize_t rest = total - MAX_GROUP_WIDTH;
            put_margin(p);
            put_format(p, rest > 1 ? "and %zd more exceptions\n" : "and %zd more exception\n", rest);
        }
        if (i == n - 1 && p->need_close) {
            put_indent(p);
            put(p, "+------------------------------------\n");
            p->need_close = 0;
        }
        p->depth--;
    }
    if (outermost)
        p->depth = 0;
}

/* 1: shown before, or it can't be told. */
static int
was_seen(printer *p, PyObject *exc)
{
    PyObject *id = PyLong_FromVoidPtr(exc);
    int seen = id == NULL ? 1 : PySet_Contains(p->seen, id);
    PyErr_Clear();
    return seen != 0;
}

static void
put_linked(printer *p, PyObject *linked, const char *message)
{
    int need_close = p->need_close;
    p->need_close = 0;
    put_chain(p, linked);
    p->need_close = need_close;
    put_margin(p);
    put(p, "\n");
    put_margin(p);
    put(p, message);
    put(p, "\n");
    put_margin(p);
    put(p, "\n");
}

static void
put_chain(printer *p, PyObject *exc)
{
    PyBaseExceptionObject *e = (PyBaseExceptionObject *)exc;
    PyObject *id = PyLong_FromVoidPtr(exc);
    char here;
    if (id == NULL || PySet_Add(p->seen, id) < 0)
        PyErr_Clear();
    /* A very long chain: its oldest part is left out rather than risk the stack. */
    int room = &here > gcrt_ts->c_stack_limit + 65536;
    if (room && !p->plain) {
        if (e->cause != NULL) {
            if (!was_seen(p, e->cause))
                put_linked(p, e->cause, "The above exception was the direct cause of the following exception:");
        } else if (e->context != NULL && !e->suppress_context && !was_seen(p, e->context))
            put_linked(p, e->context, "During handling of the above exception, another exception occurred:");
    }
    if (is_group(exc))
        put_group(p, exc);
    else
        put_exception(p, exc);
}

/* ------------------------------------------------------------------ entry points */

static void
flush_file(PyObject *file)
{
    if (PyObject_CallMethodNoArgs(file, GCRT_NAME(flush)) == NULL)
        PyErr_Clear();
}

static void
write_out(PyObject *text, PyObject *file)
{
    if (file == Py_None || text == NULL)
        return;
    if (file == NULL || PyFile_WriteObject(text, file, Py_PRINT_RAW) < 0) {
        PyErr_Clear();
        const char *utf8 = PyUnicode_AsUTF8(text);
        if (utf8 != NULL && file == NULL)
            fputs(utf8, stderr);
        PyErr_Clear();
        return;
    }
    flush_file(file);
}

static void
display(PyObject *exc, PyObject *tb, int plain)
{
    printer p = {.plain = plain};
    PyObject *file = sys_get("stderr"), *out = sys_get("stdout");
    if (out != NULL && out != Py_None && file != NULL && file != Py_None)
        flush_file(out);
    _PyUnicodeWriter_Init(&p.out);
    p.out.overallocate = 1;
    if (exc == NULL || !PyExceptionInstance_Check(exc)) {
        put(&p, "TypeError: print_exception(): Exception expected for value, ");
        put(&p, exc != NULL ? Py_TYPE(exc)->tp_name : "NULL");
        put(&p, " found");
    } else {
        PyBaseExceptionObject *e = (PyBaseExceptionObject *)exc;
        if (tb != NULL && PyTraceBack_Check(tb) && e->traceback == NULL)
            gc_store(e, &e->traceback, tb);
        p.seen = PySet_New(NULL);
        if (p.seen == NULL)
            PyErr_Clear();
        else
            put_chain(&p, exc);
    }
    PyObject *text = _PyUnicodeWriter_Finish(&p.out);
    traceback_source_forget();
    PyErr_Clear();
    write_out(text, file);
}

void
traceback_display(PyObject *exc, PyObject *tb)
{
    display(exc, tb, 0);
}

void
traceback_display_plain(PyObject *exc, PyObject *tb)
{
    display(exc, tb, 1);
}

void
PyErr_Display(PyObject *Py_UNUSED(type), PyObject *value, PyObject *tb)
{
    PyObject *raised = error_take();
    display(value, tb, 0);
    error_restore(raised);
}

int
PyTraceBack_Print(PyObject *tb, PyObject *file)
{
    printer p = {0};
    if (tb == NULL)
        return 0;
    if (!PyTraceBack_Check(tb)) {
        PyErr_BadInternalCall();
        return -1;
    }
    _PyUnicodeWriter_Init(&p.out);
    put(&p, "Traceback (most recent call last):\n");
    put_entries(&p, (PyTracebackObject *)tb, entry_limit());
    traceback_source_forget();
    PyObject *text = _PyUnicodeWriter_Finish(&p.out);
    return text == NULL ? -1 : PyFile_WriteObject(text, file, Py_PRINT_RAW);
}

/* sys.excepthook for the raised exception.  SystemExit ends the program. */
void
PyErr_PrintEx(int set_sys_last_vars)
{
    PyObject *exc = gcrt_ts->exception;
    if (exc == NULL)
        return;
    if (PyObject_TypeCheck(exc, &exc_SystemExit)) {
        Py_Exit(lifecycle_handle_exception());
        return;
    }
    exc = error_take();
    PyObject *tb = ((PyBaseExceptionObject *)exc)->traceback;
    if (tb == NULL)
        tb = Py_None;
    if (set_sys_last_vars && (sys_set("last_type", (PyObject *)Py_TYPE(exc)) < 0 || sys_set("last_value", exc) < 0 ||
                              sys_set("last_traceback", tb) < 0))
        PyErr_Clear();
    PyObject *hook = sys_get("excepthook");
    if (hook == NULL) {
        PySys_WriteStderr("sys.excepthook is missing\n");
        display(exc, tb, 0);
        return;
    }
    PyObject *args[3] = {(PyObject *)Py_TYPE(exc), exc, tb};
    if (PyObject_Vectorcall(hook, args, 3, NULL) != NULL)
        return;
    PyObject *second = error_take();
    if (second != NULL && PyObject_TypeCheck(second, &exc_SystemExit)) {
        error_restore(second);
        Py_Exit(lifecycle_handle_exception());
        return;
    }
    PySys_WriteStderr("Error in sys.excepthook:\n");
    display(second, NULL, 0);
    PySys_WriteStderr("\nOriginal exception was:\n");
    display(exc, tb, 0);
}

void
PyErr_Print(void)
{
    PyErr_PrintEx(1);
}
