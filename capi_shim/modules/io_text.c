/* io_text.c: TextIOWrapper.
 *
 * Reading: bytes come in chunks from the buffer; `chunk` holds the bytes of the current chunk (with what
 * the previous one left undecoded in front), `decoded` their text after newline translation, `used` how
 * many of its characters were handed out.  For utf-8, ascii and latin-1 the decoding is done here; any
 * other encoding goes through codecs' incremental decoder.
 * Writing: text is encoded at once and collected in `pending` (a bytearray) until a flush is due. */
#include "io_module.h"

enum simple_codec { CODEC_OTHER, CODEC_UTF8, CODEC_ASCII, CODEC_LATIN1 };
#define CHUNK_BYTES 8192
#define PENDING_LIMIT 8192

typedef struct {
    PyObject_HEAD
    PyObject *dict;
    PyObject *buffer;  /* NULL: not initialised or detached */
    PyObject *encoding, *errors;
    enum simple_codec codec;
    PyObject *encoder, *decoder; /* incremental codecs of CODEC_OTHER, made when needed */
    const char *read_newline;    /* NULL: universal; "" counts as universal without translation */
    const char *write_newline;   /* what \n becomes, or NULL */
    char newline_text[4];
    unsigned read_universal : 1, read_translate : 1, line_buffering : 1, write_through : 1;
    unsigned detached : 1, at_end : 1, pending_cr : 1, writable : 1; /* writable: asked, and it is */
    int seen;
    PyObject *pending;  /* bytearray of encoded text not yet passed on */
    PyObject *tail;     /* bytes: undecoded end of the last chunk */
    PyObject *chunk;    /* bytes: source of `decoded` */
    PyObject *decoded;  /* str or NULL */
    Py_ssize_t used;
} textio;

/* ------------------------------------------------------------------ set-up */

static int
check_attached(textio *self)
{
    if (self->buffer != NULL)
        return 0;
    PyErr_SetString(PyExc_ValueError, self->detached ? "underlying buffer has been detached"
                                                     : "I/O operation on uninitialized object");
    return -1;
}
static int
check_open(textio *self)
{
    return check_attached(self) < 0 ? -1 : io_check_closed(self->buffer);
}

static enum simple_codec
codec_of(const char *name)
{
    char plain[16];
    size_t n = 0;
    for (; *name && n < sizeof plain - 1; name++)
        if (*name != '-' && *name != '_')
            plain[n++] = (char)Py_TOLOWER(*name);
    plain[n] = 0;
    if (strcmp(plain, "utf8") == 0)
        return CODEC_UTF8;
    if (strcmp(plain, "ascii") == 0 || strcmp(plain, "usascii") == 0)
        return CODEC_ASCII;
    if (strcmp(plain, "latin1") == 0 || strcmp(plain, "iso88591") == 0)
        return CODEC_LATIN1;
    return CODEC_OTHER;
}

static int
set_newline(textio *self, const char *newline)
{
    if (newline != NULL && strcmp(newline, "") != 0 && strcmp(newline, "\n") != 0 && strcmp(newline, "\r") != 0 &&
        strcmp(newline, "\r\n") != 0) {
        PyErr_Format(PyExc_ValueError, "illegal newline value: %s", newline);
        return -1;
    }
    self->read_universal = newline == NULL || *newline == 0;
    self->read_translate = newline == NULL;
    self->read_newline = NULL;
    self->write_newline = NULL;
    if (newline != NULL && *newline) {
        strcpy(self->newline_text, newline);
        self->read_newline = self->newline_text;
        if (strcmp(newline, "\n") != 0)
            self->write_newline = self->newline_text;
    }
    return 0;
}

static int
set_encoding(textio *self, const char *encoding, const char *errors)
{
    self->codec = codec_of(encoding);
    if (self->codec == CODEC_OTHER && !PyCodec_KnownEncoding(encoding)) {
        PyErr_Clear();
        PyErr_Format(PyExc_LookupError, "unknown encoding: %s", encoding);
        return -1;
    }
    self->encoding = PyUnicode_FromString(encoding);
    self->errors = PyUnicode_FromString(errors == NULL ? "strict" : errors);
    self->encoder = self->decoder = NULL;
    return self->encoding == NULL || self->errors == NULL ? -1 : 0;
}

static int
textio_init(PyObject *op, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"buffer", "encoding", "errors", "newline", "line_buffering", "write_through", NULL};
    textio *self = (textio *)op;
    PyObject *buffer;
    const char *encoding = NULL, *errors = NULL, *newline = NULL;
    int line_buffering = 0, write_through = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O|zzzpp:TextIOWrapper", keywords, &buffer, &encoding, &errors,
                                     &newline, &line_buffering, &write_through))
        return -1;
    if (encoding == NULL || strcmp(encoding, "locale") == 0)
        encoding = "UTF-8";
    if (set_newline(self, newline) < 0 || set_encoding(self, encoding, errors) < 0)
        return -1;
    self->line_buffering = line_buffering != 0;
    self->write_through = write_through != 0;
    self->pending = self->tail = self->chunk = self->decoded = NULL;
    self->used = 0;
    self->seen = self->at_end = self->pending_cr = self->detached = 0;
    self->writable = 0;
    self->buffer = buffer;
    return 0;
}

/* ------------------------------------------------------------------ writing */

static PyObject *
encode_text(textio *self, PyObject *text)
{
    const char *errors = PyUnicode_AsUTF8(self->errors);
    if (self->codec != CODEC_OTHER)
        return PyUnicode_AsEncodedString(text, PyUnicode_AsUTF8(self->encoding), errors);
    if (self->encoder == NULL) {
        self->encoder = PyCodec_IncrementalEncoder(PyUnicode_AsUTF8(self->encoding), errors);
        if (self->encoder == NULL)
            return NULL;
    }
    return PyObject_CallMethod(self->encoder, "encode", "O", text);
}

static int
pass_on_pending(textio *self)
{
    PyObject *pending = self->pending;
    if (pending == NULL || PyByteArray_GET_SIZE(pending) == 0)
        return 0;
    self->pending = NULL;
    PyObject *bytes = PyBytes_FromStringAndSize(PyByteArray_AS_STRING(pending), PyByteArray_GET_SIZE(pending));
    return bytes == NULL || PyObject_CallMethodOneArg(self->buffer, GCRT_NAME(write), bytes) == NULL ? -1 : 0;
}

static int
add_pending(textio *self, PyObject *bytes)
{
    if (!PyBytes_Check(bytes)) {
        PyErr_SetString(PyExc_TypeError, "encoder should return a bytes object");
        return -1;
    }
    if (self->pending == NULL && (self->pending = PyByteArray_FromStringAndSize("", 0)) == NULL)
        return -1;
    Py_ssize_t old = PyByteArray_GET_SIZE(self->pending), n = PyBytes_GET_SIZE(bytes);
    if (n > 0 && PyByteArray_Resize(self->pending, old + n) < 0)
        return -1;
    memcpy(PyByteArray_AS_STRING(self->pending) + old, PyBytes_AS_STRING(bytes), (size_t)n);
    return 0;
}

static void
forget_read_ahead(textio *self)
{
    self->decoded = self->chunk = self->tail = NULL;
    self->used = 0;
    self->at_end = self->pending_cr = 0;
}

static PyObject *
textio_write(PyObject *op, PyObject *text)
{
    textio *self = (textio *)op;
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "write() argument must be str, not %.200s", Py_TYPE(text)->tp_name);
        return NULL;
    }
    if (check_open(self) < 0)
        return NULL;
    if (!self->writable) {
        int able = io_ask(self->buffer, "writable");
        if (able <= 0)
            return able < 0 ? NULL : io_unsupported("not writable");
        self->writable = 1;
    }
    Py_ssize_t n = PyUnicode_GET_LENGTH(text);
    int has_newline = 0;
    if (self->write_newline != NULL || self->line_buffering)
        has_newline = PyUnicode_FindChar(text, '\n', 0, n, 1) >= 0;
    int flush = self->line_buffering && (has_newline || PyUnicode_FindChar(text, '\r', 0, n, 1) >= 0);
    if (has_newline && self->write_newline != NULL) {
        text = PyUnicode_Replace(text, PyUnicode_FromString("\n"), PyUnicode_FromString(self->write_newline), -1);
        if (text == NULL)
            return NULL;
    }
    PyObject *bytes = encode_text(self, text);
    if (bytes == NULL || add_pending(self, bytes) < 0)
        return NULL;
    if ((PyByteArray_GET_SIZE(self->pending) >= PENDING_LIMIT || flush || self->write_through) &&
        pass_on_pending(self) < 0)
        return NULL;
    if (flush && PyObject_CallMethodNoArgs(self->buffer, GCRT_NAME(flush)) == NULL)
        return NULL;
    if (self->decoded != NULL || self->tail != NULL)
        forget_read_ahead(self);
    return PyLong_FromSsize_t(n);
}

static PyObject *
textio_flush(PyObject *op, PyObject *Py_UNUSED(args))
{
    textio *self = (textio *)op;
    if (check_open(self) < 0 || pass_on_pending(self) < 0)
        return NULL;
    return PyObject_CallMethodNoArgs(self->buffer, GCRT_NAME(flush));
}

/* ------------------------------------------------------------------ reading */

static PyObject *
decode_simple(textio *self, PyObject *bytes, int final)
{
    const char *errors = PyUnicode_AsUTF8(self->errors), *data = PyBytes_AS_STRING(bytes);
    Py_ssize_t n = PyBytes_GET_SIZE(bytes), consumed = n;
    PyObject *text;
    if (self->codec == CODEC_UTF8)
        text = PyUnicode_DecodeUTF8Stateful(data, n, errors, final ? NULL : &consumed);
    else if (self->codec == CODEC_ASCII)
        text = PyUnicode_DecodeASCII(data, n, errors);
    else
        text = PyUnicode_DecodeLatin1(data, n, errors);
    if (text != NULL)
        self->tail = consumed < n ? PyBytes_FromStringAndSize(data + consumed, n - consumed) : NULL;
    return text;
}

static PyObject *
decode_other(textio *self, PyObject *bytes, int final)
{
    if (self->decoder == NULL) {
        self->decoder = PyCodec_IncrementalDecoder(PyUnicode_AsUTF8(self->encoding), PyUnicode_AsUTF8(self->errors));
        if (self->decoder == NULL)
            return NULL;
    }
    PyObject *text = PyObject_CallMethod(self->decoder, "decode", "Oi", bytes, final);
    if (text != NULL && !PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "decoder should return a string result, not '%.200s'", Py_TYPE(text)->tp_name);
        return NULL;
    }
    return text;
}

/* Universal newlines across chunks: a \r at the end waits for what follows it. */
static PyObject *
apply_newlines(textio *self, PyObject *text, int final)
{
    if (!self->read_universal)
        return text;
    if (self->pending_cr) {
        text = PyUnicode_FromFormat("\r%U", text);
        self->pending_cr = 0;
        if (text == NULL)
            return NULL;
    }
    Py_ssize_t n = PyUnicode_GET_LENGTH(text);
    if (!final && n > 0 && PyUnicode_READ_CHAR(text, n - 1) == '\r') {
        self->pending_cr = 1;
        text = PyUnicode_Substring(text, 0, n - 1);
        if (text == NULL)
            return NULL;
    }
    int seen = self->seen;
    text = io_translate_newlines(text, self->read_translate, &seen);
    self->seen = seen;
    return text;
}

/* Read and decode one more chunk behind what is left; 0 at the end of the file, 1, -1. */
static int
read_chunk(textio *self, Py_ssize_t hint)
{
    if (self->at_end)
        return 0;
    static PyObject *read1;
    if (read1 == NULL)
        read1 = PyUnicode_InternFromString("read1");
    PyObject *method, *bytes;
    if (_PyObject_LookupAttr(self->buffer, read1, &method) < 0)
        return -1;
    Py_ssize_t want = hint > CHUNK_BYTES ? hint : CHUNK_BYTES;
    bytes = method != NULL ? PyObject_CallFunction(method, "n", want)
                           : PyObject_CallMethod(self->buffer, "read", "n", want);
    if (bytes == NULL)
        return -1;
    if (!PyBytes_Check(bytes)) {
        PyErr_Format(PyExc_TypeError, "underlying read1() should have returned a bytes-like object, not '%.200s'",
                     Py_TYPE(bytes)->tp_name);
        return -1;
    }
    int final = PyBytes_GET_SIZE(bytes) == 0;
    if (self->tail != NULL) {
        PyObject *joined = self->tail;
        PyBytes_Concat(&joined, bytes);
        if ((bytes = joined) == NULL)
            return -1;
        self->tail = NULL;
    }
    PyObject *text = self->codec == CODEC_OTHER ? decode_other(self, bytes, final) : decode_simple(self, bytes, final);
    if (text == NULL || (text = apply_newlines(self, text, final)) == NULL)
        return -1;
    self->at_end = final;
    Py_ssize_t left = self->decoded == NULL ? 0 : PyUnicode_GET_LENGTH(self->decoded) - self->used;
    if (left > 0) {
        PyObject *rest = PyUnicode_Substring(self->decoded, self->used, self->used + left);
        text = rest == NULL ? NULL : PyUnicode_Concat(rest, text);
        if (text == NULL)
            return -1;
        self->chunk = NULL; /* the position inside can no longer be told cheaply */
    } else
        self->chunk = bytes;
    self->decoded = text;
    self->used = 0;
    return !final || PyUnicode_GET_LENGTH(text) > left;
}

static Py_ssize_t
characters_left(textio *self)
{
    return self->decoded == NULL ? 0 : PyUnicode_GET_LENGTH(self->decoded) - self->used;
}
static PyObject *
take(textio *self, Py_ssize_t n)
{
    if (self->decoded == NULL)
        return PyUnicode_FromStringAndSize("", 0);
    PyObject *text = PyUnicode_Substring(self->decoded, self->used, self->used + n);
    self->used += n;
    return text;
}

static int
prepare_reading(textio *self)
{
    if (check_open(self) < 0)
        return -1;
    if (self->pending != NULL && PyByteArray_GET_SIZE(self->pending) > 0) {
        if (pass_on_pending(self) < 0 || PyObject_CallMethodNoArgs(self->buffer, GCRT_NAME(flush)) == NULL)
            return -1;
    }
    if (self->at_end && characters_left(self) == 0)
        self->at_end = 0; /* a terminal or a growing file may have more by now */
    return 0;
}

static PyObject *
read_rest(textio *self)
{
    PyObject *bytes = PyObject_CallMethod(self->buffer, "read", NULL);
    if (bytes == NULL)
        return NULL;
    if (!PyBytes_Check(bytes)) {
        PyErr_SetString(PyExc_TypeError, "underlying read() should have returned a bytes object");
        return NULL;
    }
    if (self->tail != NULL) {
        PyObject *joined = self->tail;
        PyBytes_Concat(&joined, bytes);
        if ((bytes = joined) == NULL)
            return NULL;
        self->tail = NULL;
    }
    PyObject *text = self->codec == CODEC_OTHER ? decode_other(self, bytes, 1) : decode_simple(self, bytes, 1);
    if (text == NULL || (text = apply_newlines(self, text, 1)) == NULL)
        return NULL;
    PyObject *head = take(self, characters_left(self));
    forget_read_ahead(self);
    if (head == NULL || PyUnicode_GET_LENGTH(head) == 0)
        return head == NULL ? NULL : text;
    return PyUnicode_Concat(head, text);
}

static PyObject *
textio_read(PyObject *op, PyObject *args)
{
    textio *self = (textio *)op;
    PyObject *arg = Py_None;
    if (!PyArg_ParseTuple(args, "|O:read", &arg) || prepare_reading(self) < 0)
        return NULL;
    int able = io_ask(self->buffer, "readable");
    if (able <= 0)
        return able < 0 ? NULL : io_unsupported("not readable");
    Py_ssize_t n = io_as_size(arg, -1);
    if (n == -2)
        return NULL;
    if (n < 0)
        return read_rest(self);
    while (characters_left(self) < n) {
        int more = read_chunk(self, n);
        if (more < 0)
            return NULL;
        if (more == 0)
            break;
    }
    return take(self, characters_left(self) < n ? characters_left(self) : n);
}

/* Characters up to and with the first line end of decoded[from:], or -1. */
static Py_ssize_t
line_end(textio *self, Py_ssize_t from)
{
    PyObject *text = self->decoded;
    Py_ssize_t n = PyUnicode_GET_LENGTH(text);
    if (self->read_translate || (self->read_newline && strcmp(self->read_newline, "\n") == 0)) {
        Py_ssize_t at = PyUnicode_FindChar(text, '\n', from, n, 1);
        return at < 0 ? -1 : at + 1;
    }
    int kind = PyUnicode_KIND(text);
    void *data = PyUnicode_DATA(text);
    for (Py_ssize_t i = from; i < n; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, data, i);
        int crlf = c == '\r' && i + 1 < n && PyUnicode_READ(kind, data, i + 1) == '\n';
        if (self->read_universal) {
            if (c == '\n')
                return i + 1;
            if (c == '\r')
                return crlf ? i + 2 : i + 1;
        } else if (self->read_newline[1] ? crlf : c == '\r')
            return self->read_newline[1] ? i + 2 : i + 1;
    }
    return -1;
}

static PyObject *
read_line(textio *self, Py_ssize_t limit)
{
    Py_ssize_t searched = 0;
    for (;;) {
        Py_ssize_t left = characters_left(self);
        Py_ssize_t end = left > 0 ? line_end(self, self->used + searched) : -1;
        Py_ssize_t n = end >= 0 ? end - self->used : -1;
        if (limit >= 0 && (n > limit || (n < 0 && left >= limit)))
            n = limit;
        if (n >= 0)
            return take(self, n);
        searched = left > 0 ? left - 1 : 0; /* a \r\n may straddle the chunks */
        int more = read_chunk(self, 0);
        if (more < 0)
            return NULL;
        if (more == 0)
            return take(self, characters_left(self));
    }
}
static PyObject *
textio_readline(PyObject *op, PyObject *args)
{
    textio *self = (textio *)op;
    PyObject *arg = Py_None;
    if (!PyArg_ParseTuple(args, "|O:readline", &arg) || prepare_reading(self) < 0)
        return NULL;
    Py_ssize_t limit = io_as_size(arg, -1);
    return limit == -2 ? NULL : read_line(self, limit);
}
static PyObject *
textio_next(PyObject *op)
{
    textio *self = (textio *)op;
    if (prepare_reading(self) < 0)
        return NULL;
    PyObject *line = read_line(self, -1);
    return line != NULL && PyUnicode_GET_LENGTH(line) == 0 ? NULL : line;
}

/* ------------------------------------------------------------------ position */

/* How many bytes at the start of the current chunk make the characters handed out so far. */
static Py_ssize_t
bytes_of_used(textio *self)
{
    if (self->chunk == NULL || self->codec == CODEC_OTHER) {
        PyErr_SetString(PyExc_OSError, "can't reconstruct logical file position");
        return -1;
    }
    const unsigned char *data = (const unsigned char *)PyBytes_AS_STRING(self->chunk);
    Py_ssize_t n = PyBytes_GET_SIZE(self->chunk), at = 0;
    for (Py_ssize_t chars = 0; chars < self->used && at < n; chars++) {
        int was_cr = data[at] == '\r';
        at++;
        if (self->codec == CODEC_UTF8)
            while (at < n && (data[at] & 0xC0) == 0x80)
                at++;
        if (was_cr && self->read_translate && at < n && data[at] == '\n')
            at++;
    }
    return at;
}
static PyObject *
textio_tell(PyObject *op, PyObject *Py_UNUSED(args))
{
    textio *self = (textio *)op;
    if (check_open(self) < 0 || PyObject_CallMethodNoArgs(op, GCRT_NAME(flush)) == NULL)
        return NULL;
    PyObject *at = PyObject_CallMethod(self->buffer, "tell", NULL);
    if (at == NULL || (characters_left(self) == 0 && self->tail == NULL && !self->pending_cr))
        return at;
    Py_ssize_t used = characters_left(self) == 0 && self->chunk != NULL
                          ? PyBytes_GET_SIZE(self->chunk) - (self->tail ? PyBytes_GET_SIZE(self->tail) : 0) -
                                self->pending_cr
                          : bytes_of_used(self);
    if (used < 0)
        return NULL;
    return PyLong_FromLongLong(PyLong_AsLongLong(at) - PyBytes_GET_SIZE(self->chunk) + used);
}
static PyObject *
textio_seek(PyObject *op, PyObject *args)
{
    textio *self = (textio *)op;
    PyObject *target;
    int whence = 0;
    if (!PyArg_ParseTuple(args, "O|i:seek", &target, &whence) || check_open(self) < 0)
        return NULL;
    if (whence != 0) {
        int zero = PyObject_RichCompareBool(target, gcrt_int(0), Py_EQ);
        if (zero < 0)
            return NULL;
        if (!zero)
            return io_unsupported(whence == 1 ? "can't do nonzero cur-relative seeks"
                                              : "can't do nonzero end-relative seeks");
        if (whence == 1 && (target = textio_tell(op, NULL)) == NULL)
            return NULL;
    } else if (PyObject_RichCompareBool(target, gcrt_int(0), Py_LT) == 1) {
        PyErr_Format(PyExc_ValueError, "negative seek position %R", target);
        return NULL;
    }
    if (PyObject_CallMethodNoArgs(op, GCRT_NAME(flush)) == NULL)
        return NULL;
    forget_read_ahead(self);
    self->decoder = self->encoder = NULL;
    return PyObject_CallMethod(self->buffer, "seek", "Oi", target, whence == 2 ? 2 : 0);
}
static PyObject *
textio_truncate(PyObject *op, PyObject *args)
{
    textio *self = (textio *)op;
    if (check_open(self) < 0 || PyObject_CallMethodNoArgs(op, GCRT_NAME(flush)) == NULL)
        return NULL;
    PyObject *method = PyObject_GetAttrString(self->buffer, "truncate");
    return method == NULL ? NULL : PyObject_CallObject(method, args);
}

/* ------------------------------------------------------------------ life and attributes */

static PyObject *
textio_close(PyObject *op, PyObject *Py_UNUSED(args))
{
    textio *self = (textio *)op;
    if (check_attached(self) < 0)
        return NULL;
    PyObject *closed = PyObject_GetAttrString(self->buffer, "closed");
    if (closed == NULL)
        return NULL;
    if (PyObject_IsTrue(closed))
        Py_RETURN_NONE;
    PyObject *flushed = PyObject_CallMethodNoArgs(op, GCRT_NAME(flush)), *type, *value, *tb;
    PyErr_Fetch(&type, &value, &tb);
    PyObject *result = PyObject_CallMethodNoArgs(self->buffer, GCRT_NAME(close));
    if (flushed == NULL) {
        PyErr_Restore(type, value, tb);
        return NULL;
    }
    return result;
}
static PyObject *
textio_detach(PyObject *op, PyObject *Py_UNUSED(args))
{
    textio *self = (textio *)op;
    if (check_attached(self) < 0 || PyObject_CallMethodNoArgs(op, GCRT_NAME(flush)) == NULL)
        return NULL;
    PyObject *buffer = self->buffer;
    self->buffer = NULL;
    self->detached = 1;
    return buffer;
}
static void
textio_finalize(PyObject *op)
{
    textio *self = (textio *)op;
    if (self->buffer == NULL || self->pending == NULL || PyByteArray_GET_SIZE(self->pending) == 0)
        return;
    if (PyObject_CallMethodNoArgs(op, GCRT_NAME(close)) == NULL)
        PyErr_Clear();
}
static PyObject *
textio_reconfigure(PyObject *op, PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"encoding", "errors", "newline", "line_buffering", "write_through", NULL};
    textio *self = (textio *)op;
    const char *encoding = NULL, *errors = NULL;
    PyObject *newline = Py_Ellipsis, *line_buffering = Py_None, *write_through = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|$zzOOO:reconfigure", keywords, &encoding, &errors, &newline,
                                     &line_buffering, &write_through) ||
        check_attached(self) < 0)
        return NULL;
    if (self->decoded != NULL && (encoding != NULL || newline != Py_Ellipsis))
        return io_unsupported("It is not possible to set the encoding or newline of stream after the first read");
    if (PyObject_CallMethodNoArgs(op, GCRT_NAME(flush)) == NULL)
        return NULL;
    if (newline != Py_Ellipsis) {
        const char *text = newline == Py_None ? NULL : PyUnicode_AsUTF8(newline);
        if ((text == NULL && newline != Py_None) || set_newline(self, text) < 0)
            return NULL;
    }
    if (encoding != NULL || errors != NULL) {
        const char *new_errors = errors != NULL ? errors : encoding != NULL ? "strict" : NULL;
        if (set_encoding(self, encoding != NULL ? encoding : PyUnicode_AsUTF8(self->encoding), new_errors) < 0)
            return NULL;
    }
    if (line_buffering != Py_None)
        self->line_buffering = PyObject_IsTrue(line_buffering) == 1;
    if (write_through != Py_None)
        self->write_through = PyObject_IsTrue(write_through) == 1;
    Py_RETURN_NONE;
}

#define TARGET(op) (check_attached((textio *)(op)) < 0 ? NULL : ((textio *)(op))->buffer)
IO_FORWARD_METHOD(textio, seekable)
IO_FORWARD_METHOD(textio, readable)
IO_FORWARD_METHOD(textio, writable)
IO_FORWARD_METHOD(textio, fileno)
IO_FORWARD_METHOD(textio, isatty)
IO_FORWARD_ATTRIBUTE
static PyObject *
get_field(PyObject *op, void *offset)
{
    PyObject *value = *(PyObject **)((char *)op + (size_t)offset);
    return value == NULL ? Py_None : value;
}
static PyObject *
get_newlines(PyObject *op, void *Py_UNUSED(closure))
{
    return io_newlines_object(((textio *)op)->seen);
}
static PyObject *
get_line_buffering(PyObject *op, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(((textio *)op)->line_buffering);
}
static PyObject *
get_write_through(PyObject *op, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(((textio *)op)->write_through);
}
static PyObject *
get_chunk_size(PyObject *Py_UNUSED(op), void *Py_UNUSED(closure))
{
    return PyLong_FromLong(CHUNK_BYTES);
}
static PyObject *
textio_repr(PyObject *op)
{
    textio *self = (textio *)op;
    PyObject *name = self->buffer == NULL ? NULL : PyObject_GetAttr(self->buffer, GCRT_NAME(name)), *mode;
    PyErr_Clear();
    if (_PyObject_LookupAttr(op, PyUnicode_InternFromString("mode"), &mode) < 0)
        return NULL;
    PyObject *name_part = name == NULL ? PyUnicode_FromString("") : PyUnicode_FromFormat(" name=%R", name);
    PyObject *mode_part = mode == NULL ? PyUnicode_FromString("") : PyUnicode_FromFormat(" mode=%R", mode);
    if (name_part == NULL || mode_part == NULL)
        return NULL;
    return PyUnicode_FromFormat("<_io.TextIOWrapper%U%U encoding=%R>", name_part, mode_part,
                                self->encoding == NULL ? Py_None : self->encoding);
}

static PyMethodDef textio_methods[] = {
    {"write", textio_write, METH_O, NULL},
    {"read", textio_read, METH_VARARGS, NULL},
    {"readline", textio_readline, METH_VARARGS, NULL},
    {"flush", textio_flush, METH_NOARGS, NULL},
    {"close", textio_close, METH_NOARGS, NULL},
    {"detach", textio_detach, METH_NOARGS, NULL},
    {"reconfigure", (PyCFunction)(void (*)(void))textio_reconfigure, METH_VARARGS | METH_KEYWORDS, NULL},
    {"seek", textio_seek, METH_VARARGS, NULL},
    {"tell", textio_tell, METH_NOARGS, NULL},
    {"truncate", textio_truncate, METH_VARARGS, NULL},
    {"seekable", textio_seekable, METH_NOARGS, NULL},
    {"readable", textio_readable, METH_NOARGS, NULL},
    {"writable", textio_writable, METH_NOARGS, NULL},
    {"fileno", textio_fileno, METH_NOARGS, NULL},
    {"isatty", textio_isatty, METH_NOARGS, NULL},
    {0},
};
static PyGetSetDef textio_getset[] = {
    {"closed", forward_attribute, NULL, NULL, "closed"},
    {"name", forward_attribute, NULL, NULL, "name"},
    {"buffer", get_field, NULL, NULL, (void *)offsetof(textio, buffer)},
    {"encoding", get_field, NULL, NULL, (void *)offsetof(textio, encoding)},
    {"errors", get_field, NULL, NULL, (void *)offsetof(textio, errors)},
    {"newlines", get_newlines, NULL, NULL, NULL},
    {"line_buffering", get_line_buffering, NULL, NULL, NULL},
    {"write_through", get_write_through, NULL, NULL, NULL},
    {"_CHUNK_SIZE", get_chunk_size, NULL, NULL, NULL},
    {0},
};
PyTypeObject io_textwrapper_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "_io.TextIOWrapper",
    .tp_base = &io_textbase_type,
    .tp_basicsize = sizeof(textio),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "A text stream over a buffered binary stream.",
    .tp_repr = textio_repr,
    .tp_iternext = textio_next,
    .tp_methods = textio_methods,
    .tp_getset = textio_getset,
    .tp_finalize = textio_finalize,
    .tp_init = textio_init,
    .tp_new = PyType_GenericNew,
};
