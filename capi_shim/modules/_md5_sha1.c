/* _md5_sha1.c: the modules _md5 (RFC 1321) and _sha1 (FIPS 180-4). */
#include "digest.h"

static uint32_t sine_table[64]; /* floor(2**32 * |sin(i + 1)|), as RFC 1321 defines it */

static uint32_t
turn(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

/* Append 1, zeros and the length in bits in the family's byte order. */
static void
pad(digest_state *s, int big_endian)
{
    uint64_t bits = s->bytes << 3;
    s->buffer[s->fill++] = 0x80;
    if (s->fill > 56) {
        memset(s->buffer + s->fill, 0, 64 - s->fill);
        s->algorithm->block(s, s->buffer);
        s->fill = 0;
    }
    memset(s->buffer + s->fill, 0, 56 - s->fill);
    for (int i = 0; i < 8; i++)
        s->buffer[big_endian ? 63 - i : 56 + i] = (unsigned char)(bits >> (8 * i));
    s->algorithm->block(s, s->buffer);
}

/* ------------------------------------------------------------------ MD5 */

static void
md5_start(digest_state *s)
{
    s->words[0] = 0x67452301;
    s->words[1] = 0xefcdab89;
    s->words[2] = 0x98badcfe;
    s->words[3] = 0x10325476;
}

static void
md5_block(digest_state *s, const unsigned char *p)
{
    static const unsigned char turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t x[16], a = (uint32_t)s->words[0], b = (uint32_t)s->words[1], c = (uint32_t)s->words[2],
                    d = (uint32_t)s->words[3];
    for (int i = 0; i < 16; i++)
        x[i] = (uint32_t)p[4 * i] | (uint32_t)p[4 * i + 1] << 8 | (uint32_t)p[4 * i + 2] << 16 |
               (uint32_t)p[4 * i + 3] << 24;
    for (int i = 0; i < 64; i++) {
        uint32_t f;
        int k;
        switch (i / 16) {
        case 0: f = (b & c) | (~b & d); k = i; break;
        case 1: f = (b & d) | (c & ~d); k = (5 * i + 1) % 16; break;
        case 2: f = b ^ c ^ d; k = (3 * i + 5) % 16; break;
        default: f = c ^ (b | ~d); k = 7 * i % 16; break;
        }
        uint32_t sum = a + f + x[k] + sine_table[i];
        a = d;
        d = c;
        c = b;
        b += turn(sum, turns[i / 16][i % 4]);
    }
    s->words[0] = (uint32_t)(s->words[0] + a);
    s->words[1] = (uint32_t)(s->words[1] + b);
    s->words[2] = (uint32_t)(s->words[2] + c);
    s->words[3] = (uint32_t)(s->words[3] + d);
}

static void
md5_finish(digest_state *s, unsigned char *out, size_t length)
{
    pad(s, 0);
    for (size_t i = 0; i < length; i++)
        out[i] = (unsigned char)(s->words[i / 4] >> (8 * (i % 4)));
}

/* ------------------------------------------------------------------ SHA-1 */

static void
sha1_start(digest_state *s)
{
    md5_start(s);
    s->words[4] = 0xc3d2e1f0;
}

static void
sha1_block(digest_state *s, const unsigned char *p)
{
    uint32_t w[80], v[5];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
    for (int i = 16; i < 80; i++)
        w[i] = turn(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 5; i++)
        v[i] = (uint32_t)s->words[i];
    for (int i = 0; i < 80; i++) {
        uint32_t f, k;
        switch (i / 20) {
        case 0: f = (v[1] & v[2]) | (~v[1] & v[3]); k = 0x5a827999; break;
        case 1: f = v[1] ^ v[2] ^ v[3]; k = 0x6ed9eba1; break;
        case 2: f = (v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3]); k = 0x8f1bbcdc; break;
        default: f = v[1] ^ v[2] ^ v[3]; k = 0xca62c1d6; break;
        }
        uint32_t sum = turn(v[0], 5) + f + v[4] + k + w[i];
        v[4] = v[3];
        v[3] = v[2];
        v[2] = turn(v[1], 30);
        v[1] = v[0];
        v[0] = sum;
    }
    for (int i = 0; i < 5; i++)
        s->words[i] = (uint32_t)(s->words[i] + v[i]);
}

static void
sha1_finish(digest_state *s, unsigned char *out, size_t length)
{
    pad(s, 1);
    for (size_t i = 0; i < length; i++)
        out[i] = (unsigned char)(s->words[i / 4] >> (8 * (3 - i % 4)));
}

/* ------------------------------------------------------------------ modules */

static const digest_algorithm md5 = {"md5", 16, 64, md5_start, md5_block, md5_finish, 0};
static const digest_algorithm sha1 = {"sha1", 20, 64, sha1_start, sha1_block, sha1_finish, 0};
DIGEST_TYPE(md5_type, "_md5.md5");
DIGEST_TYPE(sha1_type, "_sha1.sha1");
DIGEST_FUNCTION(md5, md5_type, md5)
DIGEST_FUNCTION(sha1, sha1_type, sha1)

static PyMethodDef md5_methods[] = {
    DIGEST_METHOD(md5, "Return a new MD5 hash object; optionally initialized with a string."),
    {NULL, NULL, 0, NULL},
};
static PyMethodDef sha1_methods[] = {
    DIGEST_METHOD(sha1, "Return a new SHA1 hash object; optionally initialized with a string."),
    {NULL, NULL, 0, NULL},
};
static PyModuleDef md5_module = {PyModuleDef_HEAD_INIT, .m_name = "_md5", .m_methods = md5_methods};
static PyModuleDef sha1_module = {PyModuleDef_HEAD_INIT, .m_name = "_sha1", .m_methods = sha1_methods};

PyObject *
PyInit__md5(void)
{
    PyObject *module;
    for (int i = 0; i < 64; i++)
        sine_table[i] = (uint32_t)(int64_t)floor(4294967296.0 * fabs(sin(i + 1)));
    if (PyType_Ready(&md5_type) < 0 || (module = PyModule_Create(&md5_module)) == NULL ||
        PyModule_AddObjectRef(module, "MD5Type", (PyObject *)&md5_type) < 0)
        return NULL;
    return module;
}

PyObject *
PyInit__sha1(void)
{
    PyObject *module;
    if (PyType_Ready(&sha1_type) < 0 || (module = PyModule_Create(&sha1_module)) == NULL ||
        PyModule_AddObjectRef(module, "SHA1Type", (PyObject *)&sha1_type) < 0)
        return NULL;
    return module;
}
