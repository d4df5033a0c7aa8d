/* codecs.h: encoding and decoding: the state that decoders and encoders share, and their errors. */
#ifndef GCRT_CODECS_H
#define GCRT_CODECS_H

#include "runtime.h"
#ifndef GCRT_RUNTIME_H
#error "include runtime.h"
#endif
#include "unicode_writer.h"

typedef enum codec_errors {
    CODEC_STRICT,
    CODEC_IGNORE,
    CODEC_REPLACE,
    CODEC_BACKSLASHREPLACE,
    CODEC_SURROGATEESCAPE,
    CODEC_SURROGATEPASS,
    CODEC_XMLCHARREFREPLACE,
    CODEC_NAMEREPLACE,
    CODEC_OTHER,                     /* asks the registered handler */
} codec_errors;
codec_errors codec_errors_kind(const char *errors);

/* ---- decoding: data[0 .. n) to out.  A handler may replace the data. */
typedef struct codec_decoder {
    const char *encoding, *errors;
    codec_errors kind;
    const char *data;
    Py_ssize_t n;
    PyObject *input;                 /* bytes object with the data, made for the first exception */
    PyObject *exception, *handler;
    _PyUnicodeWriter out;
} codec_decoder;
void codec_decoder_init(codec_decoder *d, const char *encoding, const char *errors, const char *data, Py_ssize_t n);
/* data[start .. end) can't be decoded: write what stands for it.  Where to go on, or -1 with an exception. */
Py_ssize_t codec_decode_error(codec_decoder *d, Py_ssize_t start, Py_ssize_t end, const char *reason);

/* ---- encoding: text to a growing block of bytes */
typedef struct codec_encoder {
    const char *encoding, *errors;
    codec_errors kind;
    PyObject *text;
    char *out;
    Py_ssize_t used, room;
    PyObject *exception, *handler;
    /* Write one character: 0, 1 when it can't be encoded, -1 with an exception. */
    int (*put)(struct codec_encoder *e, Py_UCS4 ch);
    PyObject *mapping;               /* charmap */
    int byteorder;                   /* UTF-16, UTF-32: -1 little, 1 big */
    int unit;                        /* bytes; replacements are whole units: 1, 2, 4 */
    bool unicode;                    /* of all characters; a handler that wants others than ASCII is not heard */
} codec_encoder;
int codec_encoder_init(codec_encoder *e, const char *encoding, const char *errors, PyObject *text,
                       int (*put)(codec_encoder *, Py_UCS4));
/* Room for n more bytes. */
int codec_reserve(codec_encoder *e, Py_ssize_t n);
/* Characters [start, end) of text can't be encoded: write what stands for them.  Where to go on, or -1. */
Py_ssize_t codec_encode_error(codec_encoder *e, Py_ssize_t start, Py_ssize_t end, const char *reason);
PyObject *codec_encoder_finish(codec_encoder *e);
/* The whole text through put; characters that it refuses, in runs, through codec_encode_error. */
PyObject *codec_encode_all(codec_encoder *e, const char *reason);
static inline int
codec_put_byte(codec_encoder *e, int byte)
{
    if (GCRT_UNLIKELY(e->used == e->room) && codec_reserve(e, 1) < 0)
        return -1;
    e->out[e->used++] = (char)byte;
    return 0;
}

/* ---- codecs.c */
/* Lower case, runs of punctuation as one '_'; false when it doesn't fit. */
int codecs_normalize(const char *name, char *out, size_t size);
/* CodecInfo of an encoding: a tuple of four.  LookupError when unknown. */
PyObject *codecs_lookup(const char *encoding);
PyObject *codecs_encode_text(PyObject *object, const char *encoding, const char *errors);
PyObject *codecs_decode_text(PyObject *object, const char *encoding, const char *errors);
int codecs_forget(const char *encoding);
/* A plain exception is raised: raise one of its type that names the codec, with the old one as its cause. */
void codecs_wrap_error(const char *operation, const char *encoding);

/* ---- codecs_utf8.c and friends: strings to bytes */
PyObject *codecs_utf8_encode(PyObject *text, const char *errors);
PyObject *codecs_ascii_encode(PyObject *text, const char *errors);
PyObject *codecs_latin1_encode(PyObject *text, const char *errors);
PyObject *codecs_utf16_encode(PyObject *text, const char *errors, int byteorder);
PyObject *codecs_utf32_encode(PyObject *text, const char *errors, int byteorder);
PyObject *codecs_utf7_encode(PyObject *text, const char *errors);
PyObject *codecs_charmap_encode(PyObject *text, PyObject *mapping, const char *errors);
PyObject *codecs_charmap_build(PyObject *map);
PyObject *codecs_unicode_escape_decode(const char *s, Py_ssize_t n, const char *errors, Py_ssize_t *consumed);
PyObject *codecs_raw_unicode_escape_decode(const char *s, Py_ssize_t n, const char *errors, Py_ssize_t *consumed);
#endif
