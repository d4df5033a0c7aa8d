/* _sha3.c: SHA-3 and SHAKE (FIPS 202): the Keccak-f[1600] permutation as a sponge.  Rotations and round
 * constants are generated as the standard defines them. */
#include "digest.h"

static uint64_t round_constants[24];
static unsigned rotations[25];

static uint64_t
turn(uint64_t x, unsigned n)
{
    return n == 0 ? x : x << n | x >> (64 - n);
}

static void
compute_constants(void)
{
    unsigned x = 1, y = 0, lfsr = 1;
    for (unsigned t = 0; t < 24; t++) {
        rotations[x + 5 * y] = (t + 1) * (t + 2) / 2 % 64;
        unsigned next = (2 * x + 3 * y) % 5;
        x = y;
        y = next;
    }
    for (int round = 0; round < 24; round++) {
        round_constants[round] = 0;
        for (unsigned j = 0; j <= 6; j++) {
            if (lfsr & 1)
                round_constants[round] ^= (uint64_t)1 << ((1u << j) - 1);
            lfsr = lfsr << 1 ^ (lfsr >> 7) * 0x171;
        }
    }
}

static void
permute(uint64_t *a)
{
    uint64_t b[25], c[5];
    for (int round = 0; round < 24; round++) {
        for (int x = 0; x < 5; x++)
            c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        for (int i = 0; i < 25; i++)
            a[i] ^= c[(i + 4) % 5] ^ turn(c[(i + 1) % 5], 1);
        for (int y = 0; y < 5; y++)
            for (int x = 0; x < 5; x++)
                b[y + 5 * ((2 * x + 3 * y) % 5)] = turn(a[x + 5 * y], rotations[x + 5 * y]);
        for (int y = 0; y < 25; y += 5)
            for (int x = 0; x < 5; x++)
                a[x + y] = b[x + y] ^ (~b[(x + 1) % 5 + y] & b[(x + 2) % 5 + y]);
        a[0] ^= round_constants[round];
    }
}

static void
keccak_start(digest_state *s)
{
    memset(s->words, 0, sizeof s->words);
}

static void
keccak_block(digest_state *s, const unsigned char *p)
{
    for (int i = 0; i < s->algorithm->block_size; i++)
        s->words[i / 8] ^= (uint64_t)p[i] << (8 * (i % 8));
    permute(s->words);
}

static void
squeeze(digest_state *s, unsigned char *out, size_t length, unsigned char suffix)
{
    size_t rate = (size_t)s->algorithm->block_size;
    memset(s->buffer + s->fill, 0, rate - s->fill);
    s->buffer[s->fill] = suffix;
    s->buffer[rate - 1] |= 0x80;
    keccak_block(s, s->buffer);
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && i % rate == 0)
            permute(s->words);
        size_t at = i % rate;
        out[i] = (unsigned char)(s->words[at / 8] >> (8 * (at % 8)));
    }
}

static void
sha3_finish(digest_state *s, unsigned char *out, size_t length)
{
    squeeze(s, out, length, 0x06);
}

static void
shake_finish(digest_state *s, unsigned char *out, size_t length)
{
    squeeze(s, out, length, 0x1f);
}

#define KECCAK(name, digest_size, rate, finish)                                                         \
    static const digest_algorithm name = {#name, digest_size, rate, keccak_start, keccak_block, finish, 0}; \
    static PyTypeObject name##_type;                                                                    \
    static PyObject *new_##name(PyTypeObject *type, PyObject *args, PyObject *kwargs)                   \
    {                                                                                                   \
        return digest_construct(type, &name, args, kwargs);                                             \
    }                                                                                                   \
    static PyTypeObject name##_type = {                                                                 \
        PyVarObject_HEAD_INIT(&PyType_Type, 0)                                                          \
        .tp_name = "_sha3." #name,                                                                      \
        .tp_basicsize = sizeof(digest_object),                                                          \
        .tp_flags = Py_TPFLAGS_DEFAULT,                                                                 \
        .tp_methods = digest_methods,                                                                   \
        .tp_getset = digest_getset,                                                                     \
        .tp_new = new_##name,                                                                           \
        .gcrt_trace = digest_trace,                                                                     \
    };

KECCAK(sha3_224, 28, 144, sha3_finish)
KECCAK(sha3_256, 32, 136, sha3_finish)
KECCAK(sha3_384, 48, 104, sha3_finish)
KECCAK(sha3_512, 64, 72, sha3_finish)
KECCAK(shake_128, 0, 168, shake_finish)
KECCAK(shake_256, 0, 136, shake_finish)

static PyModuleDef sha3_module = {PyModuleDef_HEAD_INIT, .m_name = "_sha3"};

PyObject *
PyInit__sha3(void)
{
    static PyTypeObject *const types[] = {&sha3_224_type, &sha3_256_type,  &sha3_384_type,
                                          &sha3_512_type, &shake_128_type, &shake_256_type};
    PyObject *module = PyModule_Create(&sha3_module);
    if (module == NULL)
        return NULL;
    compute_constants();
    for (size_t i = 0; i < Py_ARRAY_LENGTH(types); i++)
        if (PyType_Ready(types[i]) < 0 ||
            PyModule_AddObjectRef(module, strchr(types[i]->tp_name, '.') + 1, (PyObject *)types[i]) < 0)
            return NULL;
    return module;
}
