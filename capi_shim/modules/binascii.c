/* binascii.c: the module binascii: base64, hex, quoted-printable, uu, CRCs. */
#include "runtime.h"

#include "bytes.h"

static PyObject *error, *incomplete;

/* Bytes-like, or an ASCII str: the argument of the a2b functions. */
static int
ascii_buffer(PyObject *arg, void *out)
{
    Py_buffer *view = out;
    if (arg == NULL) {
        PyBuffer_Release(view);
        return 1;
    }
    if (PyUnicode_Check(arg)) {
        if (!PyUnicode_IS_ASCII(arg)) {
            PyErr_SetString(PyExc_ValueError, "string argument should contain only ASCII characters");
            return 0;
        }
        PyBuffer_FillInfo(view, arg, PyUnicode_DATA(arg), PyUnicode_GET_LENGTH(arg), 1, PyBUF_SIMPLE);
        return Py_CLEANUP_SUPPORTED;
    }
    if (PyObject_GetBuffer(arg, view, PyBUF_SIMPLE) != 0) {
        PyErr_Format(PyExc_TypeError, "argument should be bytes, buffer or ASCII string, not '%.100s'",
                     Py_TYPE(arg)->tp_name);
        return 0;
    }
    return Py_CLEANUP_SUPPORTED;
}

/* ------------------------------------------------------------------ base64 */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static PyObject *
b2a_base64(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"", "newline", NULL};
    Py_buffer data;
    int newline = 1;
    const unsigned char *s;
    char *out, *p;
    PyObject *result = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*|$p:b2a_base64", names, &data, &newline))
        return NULL;
    s = data.buf;
    if (data.len > PY_SSIZE_T_MAX / 2 - 4) {
        PyErr_SetString(error, "Too much data for base64 line");
    } else if ((out = p = gcrt_alloc_leaf((size_t)data.len * 4 / 3 + 8)) != NULL) {
        Py_ssize_t i = 0;
        for (; i + 2 < data.len; i += 3) {
            unsigned v = (unsigned)s[i] << 16 | (unsigned)s[i + 1] << 8 | s[i + 2];
            *p++ = alphabet[v >> 18];
            *p++ = alphabet[v >> 12 & 63];
            *p++ = alphabet[v >> 6 & 63];
            *p++ = alphabet[v & 63];
        }
        if (i < data.len) {
            unsigned v = (unsigned)s[i] << 16 | (i + 1 < data.len ? (unsigned)s[i + 1] << 8 : 0);
            *p++ = alphabet[v >> 18];
            *p++ = alphabet[v >> 12 & 63];
            *p++ = i + 1 < data.len ? alphabet[v >> 6 & 63] : '=';
            *p++ = '=';
        }
        if (newline)
            *p++ = '\n';
        result = PyBytes_FromStringAndSize(out, p - out);
    }
    PyBuffer_Release(&data);
    return result;
}

static int
base64_value(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static PyObject *
decode_base64(const unsigned char *s, Py_ssize_t n, bool strict)
{
    unsigned char *out = gcrt_alloc_leaf((size_t)n / 4 * 3 + 4), *p = out;
    int quad = 0, pads = 0, v;
    unsigned left = 0;
    bool padding_started = false;
    Py_ssize_t i = 0;
    if (out == NULL)
        return NULL;
    if (strict && n > 0 && s[0] == '=') {
        PyErr_SetString(error, "Leading padding not allowed");
        return NULL;
    }
    for (; i < n; i++) {
        unsigned char c = s[i];
        if (c == '=') {
            padding_started = true;
            if (quad >= 2 && quad + ++pads >= 4) {
                if (strict && i + 1 < n) {
                    PyErr_SetString(error, "Excess data after padding");
                    return NULL;
                }
                return PyBytes_FromStringAndSize((char *)out, p - out);
            }
            continue;
        }
        v = base64_value(c);
        if (v < 0) {
            if (strict) {
                PyErr_SetString(error, "Only base64 data is allowed");
                return NULL;
            }
            continue;
        }
        if (strict && padding_started) {
            PyErr_SetString(error, "Discontinuous padding not allowed");
            return NULL;
        }
        pads = 0;
        switch (quad) {
        case 0: quad = 1; left = (unsigned)v; break;
        case 1: quad = 2; *p++ = (unsigned char)(left << 2 | (unsigned)v >> 4); left = v & 15; break;
        case 2: quad = 3; *p++ = (unsigned char)(left << 4 | (unsigned)v >> 2); left = v & 3; break;
        default: quad = 0; *p++ = (unsigned char)(left << 6 | (unsigned)v); left = 0; break;
        }
    }
    if (quad == 1) {
        PyErr_Format(error,
                     "Invalid base64-encoded string: number of data characters (%zd) cannot be 1 more than a "
                     "multiple of 4",
                     (p - out) / 3 * 4 + 1);
        return NULL;
    }
    if (quad != 0) {
        PyErr_SetString(error, "Incorrect padding");
        return NULL;
    }
    return PyBytes_FromStringAndSize((char *)out, p - out);
}

static PyObject *
a2b_base64(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"", "strict_mode", NULL};
    Py_buffer data;
    int strict = 0;
    PyObject *result;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&|$p:a2b_base64", names, ascii_buffer, &data, &strict))
        return NULL;
    result = decode_base64(data.buf, data.len, strict);
    PyBuffer_Release(&data);
    return result;
}

/* ------------------------------------------------------------------ hex */

static PyObject *
b2a_hex(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"data", "sep", "bytes_per_sep", NULL};
    Py_buffer data;
    PyObject *sep = NULL, *text;
    int group = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*|Oi:b2a_hex", names, &data, &sep, &group))
        return NULL;
    text = bytes_hex_of(data.buf, data.len, sep, group);
    PyBuffer_Release(&data);
    return text == NULL ? NULL : PyUnicode_AsASCIIString(text);
}

static int
hex_value(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static PyObject *
a2b_hex(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data;
    const unsigned char *s;
    unsigned char *out;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "O&:a2b_hex", ascii_buffer, &data))
        return NULL;
    s = data.buf;
    if (data.len % 2) {
        PyErr_SetString(error, "Odd-length string");
    } else if ((out = gcrt_alloc_leaf((size_t)data.len / 2 + 1)) != NULL) {
        Py_ssize_t i = 0;
        for (; i < data.len; i += 2) {
            int high = hex_value(s[i]), low = hex_value(s[i + 1]);
            if (high < 0 || low < 0)
                break;
            out[i / 2] = (unsigned char)(high << 4 | low);
        }
        if (i < data.len)
            PyErr_SetString(error, "Non-hexadecimal digit found");
        else
            result = PyBytes_FromStringAndSize((char *)out, data.len / 2);
    }
    PyBuffer_Release(&data);
    return result;
}

/* ------------------------------------------------------------------ CRCs */

static PyObject *
crc32(PyObject *Py_UNUSED(module), PyObject *args)
{
    static uint32_t table[256];
    Py_buffer data;
    unsigned start = 0;
    uint32_t crc;
    if (!PyArg_ParseTuple(args, "y*|I:crc32", &data, &start))
        return NULL;
    if (table[1] == 0) {
        for (uint32_t i = 0; i < 256; i++) {
            crc = i;
            for (int k = 0; k < 8; k++)
                crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
            table[i] = crc;
        }
    }
    crc = ~start;
    for (Py_ssize_t i = 0; i < data.len; i++)
        crc = table[(crc ^ ((unsigned char *)data.buf)[i]) & 255] ^ crc >> 8;
    PyBuffer_Release(&data);
    return PyLong_FromUnsignedLong(~crc);
}

static PyObject *
crc_hqx(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data;
    unsigned crc;
    if (!PyArg_ParseTuple(args, "y*I:crc_hqx", &data, &crc))
        return NULL;
    crc &= 0xffff;
    for (Py_ssize_t i = 0; i < data.len; i++) {
        crc ^= (unsigned)((unsigned char *)data.buf)[i] << 8;
        for (int k = 0; k < 8; k++)
            crc = (crc << 1 ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
    }
    PyBuffer_Release(&data);
    return gcrt_int(crc);
}

/* ------------------------------------------------------------------ uu */

static PyObject *
b2a_uu(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"", "backtick", NULL};
    Py_buffer data;
    int backtick = 0;
    char out[80], *p = out, zero;
    const unsigned char *s;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*|$p:b2a_uu", names, &data, &backtick))
        return NULL;
    if (data.len > 45) {
        PyErr_SetString(error, "At most 45 bytes at once");
        PyBuffer_Release(&data);
        return NULL;
    }
    zero = backtick ? '`' : ' ';
    s = data.buf;
    *p++ = data.len ? (char)(data.len + 32) : zero;
    for (Py_ssize_t i = 0; i < data.len; i += 3) {
        unsigned v = (unsigned)s[i] << 16 | (i + 1 < data.len ? (unsigned)s[i + 1] << 8 : 0) |
                     (i + 2 < data.len ? s[i + 2] : 0);
        for (int shift = 18; shift >= 0; shift -= 6)
            *p++ = v >> shift & 63 ? (char)((v >> shift & 63) + 32) : zero;
    }
    *p++ = '\n';
    PyBuffer_Release(&data);
    return PyBytes_FromStringAndSize(out, p - out);
}

static PyObject *
a2b_uu(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data;
    const unsigned char *s;
    unsigned char out[64];
    Py_ssize_t n, i = 1, used = 0;
    unsigned bits = 0;
    int count = 0;
    bool bad = false;
    if (!PyArg_ParseTuple(args, "O&:a2b_uu", ascii_buffer, &data))
        return NULL;
    s = data.buf;
    n = data.len > 0 ? (s[0] - 32) & 63 : 0;
    for (; used < n && !bad; i++) {
        unsigned char c = i < data.len ? s[i] : '\n';
        unsigned v = 0;
        if (c != '\n' && c != '\r' && i < data.len) {
            bad = c < 32 || c > 96;
            v = (unsigned)(c - 32) & 63;
        } else {
            i = data.len;
        }
        bits = bits << 6 | v;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[used++] = (unsigned char)(bits >> count);
        }
    }
    for (; i < data.len && !bad; i++)
        if (s[i] != ' ' && s[i] != '`' && s[i] != '\n' && s[i] != '\r') {
            PyErr_SetString(error, "Trailing garbage");
            PyBuffer_Release(&data);
            return NULL;
        }
    PyBuffer_Release(&data);
    if (bad) {
        PyErr_SetString(error, "Illegal char");
        return NULL;
    }
    return PyBytes_FromStringAndSize((char *)out, used);
}

/* ------------------------------------------------------------------ quoted-printable */

static PyObject *
a2b_qp(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"data", "header", NULL};
    Py_buffer data;
    int header = 0;
    const unsigned char *s;
    char *out, *p;
    PyObject *result = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&|p:a2b_qp", names, ascii_buffer, &data, &header))
        return NULL;
    s = data.buf;
    out = p = gcrt_alloc_leaf((size_t)data.len + 1);
    for (Py_ssize_t i = 0; out != NULL && i < data.len;) {
        unsigned char c = s[i];
        if (c == '_' && header) {
            *p++ = ' ';
            i++;
        } else if (c != '=') {
            *p++ = (char)c;
            i++;
        } else if (i + 1 >= data.len) {
            break;
        } else if (s[i + 1] == '\n' || s[i + 1] == '\r') {
            for (i++; i < data.len && s[i] != '\n'; i++)
                ;
            i++;
        } else if (s[i + 1] == '=') {
            *p++ = '=';
            i += 2;
        } else if (i + 2 < data.len && hex_value(s[i + 1]) >= 0 && hex_value(s[i + 2]) >= 0) {
            *p++ = (char)(hex_value(s[i + 1]) << 4 | hex_value(s[i + 2]));
            i += 3;
        } else {
            *p++ = '=';
            i++;
        }
    }
    if (out != NULL)
        result = PyBytes_FromStringAndSize(out, p - out);
    PyBuffer_Release(&data);
    return result;
}

typedef struct qp {
    const unsigned char *s;
    Py_ssize_t n;
    bool quote_tabs, is_text, header;
} qp;

static bool
must_quote(const qp *q, Py_ssize_t i, Py_ssize_t line)
{
    unsigned char c = q->s[i], next = i + 1 < q->n ? q->s[i + 1] : 0;
    if (c > 126 || c == '=' || (q->header && c == '_'))
        return true;
    if (c == '.' && line == 0 && (i + 1 == q->n || next == '\n' || next == '\r' || next == 0))
        return true;
    if (!q->is_text && (c == '\r' || c == '\n'))
        return true;
    if ((c == '\t' || c == ' ') && i + 1 == q->n)
        return true;
    return c < 33 && c != '\r' && c != '\n' && c != '\t' && c != ' '
               ? true
               : c < 33 && (c == '\t' || c == ' ') && q->quote_tabs;
}

static PyObject *
encode_qp(const qp *q)
{
    char *out, *p;
    Py_ssize_t line = 0;
    const char *newline = "\n";
    const unsigned char *first = memchr(q->s, '\n', (size_t)q->n);
    if (first != NULL && first > q->s && first[-1] == '\r')
        newline = "\r\n";
    if (q->n > PY_SSIZE_T_MAX / 8)
        return PyErr_NoMemory();
    out = p = gcrt_alloc_leaf((size_t)q->n * 6 + 8);
    if (out == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < q->n; i++) {
        unsigned char c = q->s[i];
        if (must_quote(q, i, line)) {
            if (line + 3 >= 76) {
                p += sprintf(p, "=%s", newline);
                line = 0;
            }
            p += sprintf(p, "=%02X", c);
            line += 3;
            continue;
        }
        if (q->is_text && (c == '\n' || (c == '\r' && i + 1 < q->n && q->s[i + 1] == '\n'))) {
            line = 0;
            if (p > out && (p[-1] == ' ' || p[-1] == '\t')) {
                char blank = *--p;
                p += sprintf(p, "=%02X", (unsigned)blank);
            }
            p += sprintf(p, "%s", newline);
            i += c == '\r';
            continue;
        }
        if (i + 1 != q->n && q->s[i + 1] != '\n' && line + 1 >= 76) {
            p += sprintf(p, "=%s", newline);
            line = 0;
        }
        line++;
        *p++ = q->header && c == ' ' ? '_' : (char)c;
    }
    return PyBytes_FromStringAndSize(out, p - out);
}

static PyObject *
b2a_qp(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"data", "quotetabs", "istext", "header", NULL};
    Py_buffer data;
    int tabs = 0, text = 1, header = 0;
    PyObject *result;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*|ppp:b2a_qp", names, &data, &tabs, &text, &header))
        return NULL;
    result = encode_qp(&(qp){data.buf, data.len, tabs, text, header});
    PyBuffer_Release(&data);
    return result;
}

#define KEYWORDS(name) {#name, _PyCFunction_CAST(name), METH_VARARGS | METH_KEYWORDS, NULL}
static PyMethodDef methods[] = {
    KEYWORDS(b2a_base64),
    KEYWORDS(a2b_base64),
    KEYWORDS(b2a_hex),
    {"hexlify", _PyCFunction_CAST(b2a_hex), METH_VARARGS | METH_KEYWORDS, NULL},
    {"a2b_hex", a2b_hex, METH_VARARGS, NULL},
    {"unhexlify", a2b_hex, METH_VARARGS, NULL},
    {"crc32", crc32, METH_VARARGS, NULL},
    {"crc_hqx", crc_hqx, METH_VARARGS, NULL},
    KEYWORDS(b2a_uu),
    {"a2b_uu", a2b_uu, METH_VARARGS, NULL},
    KEYWORDS(a2b_qp),
    KEYWORDS(b2a_qp),
    {NULL, NULL, 0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "binascii",
    .m_doc = "Conversion between binary data and ASCII",
    .m_methods = methods,
};

PyObject *PyInit_binascii(void);
PyObject *
PyInit_binascii(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL)
        return NULL;
    error = PyErr_NewException("binascii.Error", PyExc_ValueError, NULL);
    incomplete = PyErr_NewException("binascii.Incomplete", NULL, NULL);
    if (PyModule_AddObjectRef(module, "Error", error) < 0 ||
        PyModule_AddObjectRef(module, "Incomplete", incomplete) < 0)
        return NULL;
    return module;
}
