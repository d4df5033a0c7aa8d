/* codecs_utf7.c: UTF-7 (RFC 2152). */
#include "runtime.h"

#include "codecs.h"
#include "unicode.h"

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int
base64_value(int c)
{
    const char *hit = c > 0 && c < 128 ? strchr(base64, c) : NULL;
    return hit == NULL ? -1 : (int)(hit - base64);
}

/* Set D and O of the RFC, and white space: characters that stand for themselves. */
static bool
is_direct(Py_UCS4 ch)
{
    return ch != 0 && ch < 127 && ch != '+' && ch != '\\' && ch != '~' &&
           (ch >= ' ' || ch == '\t' || ch == '\n' || ch == '\r');
}

typedef struct shift {
    uint32_t bits;
    int count;
    Py_UCS4 high;                    /* a pending high surrogate, or 0 */
} shift;

/* A 16-bit unit arrived. */
static int
put_unit(codec_decoder *d, shift *s, Py_UCS4 unit)
{
    if (s->high) {
        Py_UCS4 high = s->high;
        s->high = 0;
        if (Py_UNICODE_IS_LOW_SURROGATE(unit))
            return unicode_writer_char(&d->out, Py_UNICODE_JOIN_SURROGATES(high, unit));
        if (unicode_writer_char(&d->out, high) < 0)
            return -1;
    }
    if (Py_UNICODE_IS_HIGH_SURROGATE(unit)) {
        s->high = unit;
        return 0;
    }
    return unicode_writer_char(&d->out, unit);
}

/* The base64 run behind a '+' at i - 1.  Where to go on; -1 exception; -2 the data end inside it (partial: or at
 * its end, and more may come). */
static Py_ssize_t
decode_run(codec_decoder *d, Py_ssize_t i, bool partial)
{
    shift s = {0};
    Py_ssize_t start = i - 1;
    int v;
    if (i < d->n && d->data[i] == '-')
        return unicode_writer_char(&d->out, '+') < 0 ? -1 : i + 1;
    if (i < d->n && base64_value((unsigned char)d->data[i]) < 0)
        return codec_decode_error(d, start, i + 1, "ill-formed sequence");
    for (; i < d->n && (v = base64_value((unsigned char)d->data[i])) >= 0; i++) {
        s.bits = s.bits << 6 | (uint32_t)v;
        s.count += 6;
        if (s.count < 16)
            continue;
        s.count -= 16;
        if (put_unit(d, &s, s.bits >> s.count & 0xffff) < 0)
            return -1;
        s.bits &= (1u << s.count) - 1;
    }
    if (i >= d->n)
        return partial || s.high || s.count >= 6 || s.bits != 0 ? -2 : i;
    if (s.count >= 6)
        return codec_decode_error(d, start, i + 1, "partial character in base64 sequence");
    if (s.bits != 0)
        return codec_decode_error(d, start, i + 1, "non-zero padding bits in base64 sequence");
    /* Half a pair goes down with an error that follows. */
    if (s.high && (unsigned char)d->data[i] < 128 && unicode_writer_char(&d->out, s.high) < 0)
        return -1;
    return d->data[i] == '-' ? i + 1 : i;
}

PyObject *
PyUnicode_DecodeUTF7Stateful(const char *data, Py_ssize_t n, const char *errors, Py_ssize_t *consumed)
{
    codec_decoder d;
    Py_ssize_t i = 0;
    codec_decoder_init(&d, "utf7", errors, data, n);
    while (i < d.n) {
        unsigned char c = (unsigned char)d.data[i];
        if (c == '+') {
            Py_ssize_t start = i, written = d.out.pos;
            i = decode_run(&d, i + 1, consumed != NULL);
            if (i == -2) {
                if (consumed != NULL) {
                    d.out.pos = written;
                    i = start;
                    break;
                }
                i = codec_decode_error(&d, start, d.n, "unterminated shift sequence");
            }
        } else if (c < 128) {
            i = unicode_writer_char(&d.out, c) < 0 ? -1 : i + 1;
        } else {
            i = codec_decode_error(&d, i, i + 1, "unexpected special character");
        }
        if (i < 0)
            return NULL;
    }
    if (consumed != NULL)
        *consumed = i;
    return _PyUnicodeWriter_Finish(&d.out);
}

PyObject *
PyUnicode_DecodeUTF7(const char *data, Py_ssize_t n, const char *errors)
{
    return PyUnicode_DecodeUTF7Stateful(data, n, errors, NULL);
}

static char *
put_bits(char *p, shift *s, Py_UCS4 unit)
{
    s->bits = s->bits << 16 | unit;
    s->count += 16;
    while (s->count >= 6) {
        s->count -= 6;
        *p++ = base64[s->bits >> s->count & 63];
    }
    s->bits &= (1u << s->count) - 1;
    return p;
}

static char *
end_run(char *p, shift *s, Py_UCS4 next)
{
    if (s->count > 0)
        *p++ = base64[s->bits << (6 - s->count) & 63];
    *s = (shift){0};
    if (next == 0 || next == '-' || base64_value((int)next) >= 0)
        *p++ = '-';
    return p;
}

PyObject *
codecs_utf7_encode(PyObject *text, const char *Py_UNUSED(errors))
{
    unicode_text t = unicode_text_of(text);
    char *out, *p;
    shift s = {0};
    bool shifted = false;
    if (t.length > PY_SSIZE_T_MAX / 16)
        return PyErr_NoMemory();
    out = p = gcrt_alloc_leaf((size_t)t.length * 8 + 8);
    if (out == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < t.length; i++) {
        Py_UCS4 ch = unicode_at(&t, i);
        if (is_direct(ch) || (ch == '+' && !shifted)) {
            if (shifted)
                p = end_run(p, &s, ch);
            shifted = false;
            *p++ = (char)ch;
            if (ch == '+')
                *p++ = '-';
            continue;
        }
        if (!shifted)
            *p++ = '+';
        shifted = true;
        if (ch >= 0x10000) {
            p = put_bits(p, &s, Py_UNICODE_HIGH_SURROGATE(ch));
            ch = Py_UNICODE_LOW_SURROGATE(ch);
        }
        p = put_bits(p, &s, ch);
    }
    if (shifted)
        p = end_run(p, &s, 0);
    return PyBytes_FromStringAndSize(out, p - out);
}
