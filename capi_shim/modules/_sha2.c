/* _sha2.c: the modules _sha256 and _sha512: SHA-224, -256, -384, -512 (FIPS 180-4).
 *
 * The standard's constants are by definition bits of the fractional parts of square and cube roots of
 * primes; they are computed from that definition when a module is first imported. */
#include "digest.h"
#include <gmp.h>

static uint64_t cube_root_bits[80];   /* first 64 bits, primes 1..80; SHA-256 takes the upper halves */
static uint64_t square_root_bits[16]; /* primes 1..16 */

/* 64 bits of the fractional part of the degree-th root of p. */
static uint64_t
root_fraction(unsigned long p, unsigned long degree)
{
    mpz_t x;
    mpz_init_set_ui(x, p);
    mpz_mul_2exp(x, x, 64 * degree);
    mpz_root(x, x, degree);
    uint64_t bits = mpz_get_ui(x); /* the low limb: the integer part is above it */
    mpz_clear(x);
    return bits;
}

static void
compute_constants(void)
{
    int found = 0;
    if (cube_root_bits[0] != 0)
        return;
    for (unsigned long p = 2; found < 80; p++) {
        int prime = 1;
        for (unsigned long d = 2; d * d <= p; d++)
            prime &= p % d != 0;
        if (!prime)
            continue;
        if (found < 16)
            square_root_bits[found] = root_fraction(p, 2);
        cube_root_bits[found++] = root_fraction(p, 3);
    }
}

static uint64_t
load_big(const unsigned char *p, int n)
{
    uint64_t value = 0;
    for (int i = 0; i < n; i++)
        value = value << 8 | p[i];
    return value;
}

/* Append 1, zeros and the length in bits; then the words, big-endian. */
static void
finish_words(digest_state *s, unsigned char *out, size_t length, unsigned word)
{
    unsigned block = (unsigned)s->algorithm->block_size;
    uint64_t bits = s->bytes << 3, high = s->bytes >> 61;
    s->buffer[s->fill++] = 0x80;
    if (s->fill > block - 2 * word) {
        memset(s->buffer + s->fill, 0, block - s->fill);
        s->algorithm->block(s, s->buffer);
        s->fill = 0;
    }
    memset(s->buffer + s->fill, 0, block - s->fill);
    for (unsigned i = 0; i < 8; i++) {
        s->buffer[block - 1 - i] = (unsigned char)(bits >> (8 * i));
        if (word == 8)
            s->buffer[block - 9 - i] = (unsigned char)(high >> (8 * i));
    }
    s->algorithm->block(s, s->buffer);
    for (size_t i = 0; i < length; i++)
        out[i] = (unsigned char)(s->words[i / word] >> (8 * (word - 1 - i % word)));
}

/* ------------------------------------------------------------------ 32-bit words */

static uint32_t
turn32(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static void
block256(digest_state *s, const unsigned char *p)
{
    uint32_t w[64], v[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)load_big(p + 4 * i, 4);
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (turn32(a, 7) ^ turn32(a, 18) ^ a >> 3) + w[i - 7] +
               (turn32(b, 17) ^ turn32(b, 19) ^ b >> 10);
    }
    for (int i = 0; i < 8; i++)
        v[i] = (uint32_t)s->words[i];
    for (int i = 0; i < 64; i++) {
        uint32_t a = v[0], e = v[4];
        uint32_t t1 = v[7] + (turn32(e, 6) ^ turn32(e, 11) ^ turn32(e, 25)) + ((e & v[5]) ^ (~e & v[6])) +
                      (uint32_t)(cube_root_bits[i] >> 32) + w[i];
        uint32_t t2 = (turn32(a, 2) ^ turn32(a, 13) ^ turn32(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        s->words[i] = (uint32_t)s->words[i] + v[i];
}

static void
finish256(digest_state *s, unsigned char *out, size_t length)
{
    for (int i = 0; i < 8; i++)
        s->words[i] &= 0xffffffff;
    finish_words(s, out, length, 4);
}

static void
start224(digest_state *s)
{
    for (int i = 0; i < 8; i++)
        s->words[i] = square_root_bits[i + 8] & 0xffffffff;
}

static void
start256(digest_state *s)
{
    for (int i = 0; i < 8; i++)
        s->words[i] = square_root_bits[i] >> 32;
}

/* ------------------------------------------------------------------ 64-bit words */

static uint64_t
turn64(uint64_t x, unsigned n)
{
    return x >> n | x << (64 - n);
}

static void
block512(digest_state *s, const unsigned char *p)
{
    uint64_t w[80], v[8];
    for (int i = 0; i < 16; i++)
        w[i] = load_big(p + 8 * i, 8);
    for (int i = 16; i < 80; i++) {
        uint64_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (turn64(a, 1) ^ turn64(a, 8) ^ a >> 7) + w[i - 7] + (turn64(b, 19) ^ turn64(b, 61) ^ b >> 6);
    }
    memcpy(v, s->words, sizeof v);
    for (int i = 0; i < 80; i++) {
        uint64_t a = v[0], e = v[4];
        uint64_t t1 = v[7] + (turn64(e, 14) ^ turn64(e, 18) ^ turn64(e, 41)) + ((e & v[5]) ^ (~e & v[6])) +
                      cube_root_bits[i] + w[i];
        uint64_t t2 = (turn64(a, 28) ^ turn64(a, 34) ^ turn64(a, 39)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        s->words[i] += v[i];
}

static void
finish512(digest_state *s, unsigned char *out, size_t length)
{
    finish_words(s, out, length, 8);
}

static void
start384(digest_state *s)
{
    memcpy(s->words, square_root_bits + 8, 8 * sizeof(uint64_t));
}

static void
start512(digest_state *s)
{
    memcpy(s->words, square_root_bits, 8 * sizeof(uint64_t));
}

/* ------------------------------------------------------------------ modules */

static const digest_algorithm sha224 = {"sha224", 28, 64, start224, block256, finish256, 0};
static const digest_algorithm sha256 = {"sha256", 32, 64, start256, block256, finish256, 0};
static const digest_algorithm sha384 = {"sha384", 48, 128, start384, block512, finish512, 0};
static const digest_algorithm sha512 = {"sha512", 64, 128, start512, block512, finish512, 0};

DIGEST_TYPE(sha224_type, "_sha256.sha224");
DIGEST_TYPE(sha256_type, "_sha256.sha256");
DIGEST_TYPE(sha384_type, "_sha512.sha384");
DIGEST_TYPE(sha512_type, "_sha512.sha512");
DIGEST_FUNCTION(sha224, sha224_type, sha224)
DIGEST_FUNCTION(sha256, sha256_type, sha256)
DIGEST_FUNCTION(sha384, sha384_type, sha384)
DIGEST_FUNCTION(sha512, sha512_type, sha512)

static PyMethodDef sha256_methods[] = {
    DIGEST_METHOD(sha224, "Return a new SHA-224 hash object; optionally initialized with a string."),
    DIGEST_METHOD(sha256, "Return a new SHA-256 hash object; optionally initialized with a string."),
    {NULL, NULL, 0, NULL},
};
static PyMethodDef sha512_methods[] = {
    DIGEST_METHOD(sha384, "Return a new SHA-384 hash object; optionally initialized with a string."),
    DIGEST_METHOD(sha512, "Return a new SHA-512 hash object; optionally initialized with a string."),
    {NULL, NULL, 0, NULL},
};
static PyModuleDef sha256_module = {PyModuleDef_HEAD_INIT, .m_name = "_sha256", .m_methods = sha256_methods};
static PyModuleDef sha512_module = {PyModuleDef_HEAD_INIT, .m_name = "_sha512", .m_methods = sha512_methods};

PyObject *
PyInit__sha256(void)
{
    compute_constants();
    if (PyType_Ready(&sha224_type) < 0 || PyType_Ready(&sha256_type) < 0)
        return NULL;
    return PyModule_Create(&sha256_module);
}

PyObject *
PyInit__sha512(void)
{
    compute_constants();
    if (PyType_Ready(&sha384_type) < 0 || PyType_Ready(&sha512_type) < 0)
        return NULL;
    return PyModule_Create(&sha512_module);
}
