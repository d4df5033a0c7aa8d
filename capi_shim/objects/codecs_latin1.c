/* codecs_latin1.c: ASCII and Latin-1. */
#include "runtime.h"

#include "codecs.h"
#include "unicode.h"

PyObject *
PyUnicode_DecodeLatin1(const char *s, Py_ssize_t n, const char *Py_UNUSED(errors))
{
    return PyUnicode_FromKindAndData(1, s, n);
}

PyObject *
PyUnicode_DecodeASCII(const char *s, Py_ssize_t n, const char *errors)
{
    codec_decoder d;
    Py_ssize_t i = 0;
    if (unicode_max_char(1, s, n) == 0x7f)
        return unicode_from_ascii(s, n);
    codec_decoder_init(&d, "ascii", errors, s, n);
    while (i < d.n) {
        unsigned char c = (unsigned char)d.data[i];
        if (c < 128) {
            if (unicode_writer_char(&d.out, c) < 0)
                return NULL;
            i++;
        } else if ((i = codec_decode_error(&d, i, i + 1, "ordinal not in range(128)")) < 0) {
            return NULL;
        }
    }
    return _PyUnicodeWriter_Finish(&d.out);
}

static int
put_ascii(codec_encoder *e, Py_UCS4 ch)
{
    return ch > 0x7f ? 1 : codec_put_byte(e, (int)ch);
}

static int
put_latin1(codec_encoder *e, Py_UCS4 ch)
{
    return ch > 0xff ? 1 : codec_put_byte(e, (int)ch);
}

PyObject *
codecs_ascii_encode(PyObject *text, const char *errors)
{
    codec_encoder e;
    if (PyUnicode_IS_ASCII(text))
        return PyBytes_FromStringAndSize(PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text));
    if (codec_encoder_init(&e, "ascii", errors, text, put_ascii) < 0)
        return NULL;
    return codec_encode_all(&e, "ordinal not in range(128)");
}

PyObject *
codecs_latin1_encode(PyObject *text, const char *errors)
{
    codec_encoder e;
    if (PyUnicode_KIND(text) == 1)
        return PyBytes_FromStringAndSize(PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text));
    if (codec_encoder_init(&e, "latin-1", errors, text, put_latin1) < 0)
        return NULL;
    return codec_encode_all(&e, "ordinal not in range(256)");
}

PyObject *
PyUnicode_AsASCIIString(PyObject *text)
{
    if (!PyUnicode_Check(text)) {
        PyErr_BadArgument();
        return NULL;
    }
    return codecs_ascii_encode(text, NULL);
}

PyObject *
PyUnicode_AsLatin1String(PyObject *text)
{
    if (!PyUnicode_Check(text)) {
        PyErr_BadArgument();
        return NULL;
    }
    return codecs_latin1_encode(text, NULL);
}
