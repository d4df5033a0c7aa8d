/* _blake2.c: BLAKE2b and BLAKE2s (RFC 7693) with key, salt, personalization and tree parameters (the
 * BLAKE2 specification's parameter block). */
#include "digest.h"

static const uint64_t iv[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                               0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
static const unsigned char sigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};
static const unsigned char mix_index[8][4] = {{0, 4, 8, 12}, {1, 5, 9, 13}, {2, 6, 10, 14}, {3, 7, 11, 15},
                                              {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13}, {3, 4, 9, 14}};

/* words[0..7]: the chain; words[8]: bytes compressed; words[9]: final flag; words[10]: last-node flag. */

static uint64_t
load_little(const unsigned char *p, int n)
{
    uint64_t value = 0;
    for (int i = 0; i < n; i++)
        value |= (uint64_t)p[i] << (8 * i);
    return value;
}

static uint64_t
turn64(uint64_t x, unsigned n)
{
    return x >> n | x << (64 - n);
}

static uint32_t
turn32(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static void
compress_b(digest_state *s, const unsigned char *p)
{
    uint64_t v[16], m[16];
    for (int i = 0; i < 16; i++)
        m[i] = load_little(p + 8 * i, 8);
    memcpy(v, s->words, 64);
    memcpy(v + 8, iv, 64);
    v[12] ^= s->words[8];
    if (s->words[9])
        v[14] = ~v[14];
    if (s->words[10])
        v[15] = ~v[15];
    for (int round = 0; round < 12; round++)
        for (int i = 0; i < 8; i++) {
            const unsigned char *at = mix_index[i], *which = sigma[round % 10] + 2 * i;
            uint64_t a = v[at[0]], b = v[at[1]], c = v[at[2]], d = v[at[3]];
            a += b + m[which[0]];
            d = turn64(d ^ a, 32);
            c += d;
            b = turn64(b ^ c, 24);
            a += b + m[which[1]];
            d = turn64(d ^ a, 16);
            c += d;
            b = turn64(b ^ c, 63);
            v[at[0]] = a, v[at[1]] = b, v[at[2]] = c, v[at[3]] = d;
        }
    for (int i = 0; i < 8; i++)
        s->words[i] ^= v[i] ^ v[i + 8];
}

static void
compress_s(digest_state *s, const unsigned char *p)
{
    uint32_t v[16], m[16];
    for (int i = 0; i < 16; i++)
        m[i] = (uint32_t)load_little(p + 4 * i, 4);
    for (int i = 0; i < 8; i++) {
        v[i] = (uint32_t)s->words[i];
        v[i + 8] = (uint32_t)(iv[i] >> 32);
    }
    v[12] ^= (uint32_t)s->words[8];
    v[13] ^= (uint32_t)(s->words[8] >> 32);
    if (s->words[9])
        v[14] = ~v[14];
    if (s->words[10])
        v[15] = ~v[15];
    for (int round = 0; round < 10; round++)
        for (int i = 0; i < 8; i++) {
            const unsigned char *at = mix_index[i], *which = sigma[round] + 2 * i;
            uint32_t a = v[at[0]], b = v[at[1]], c = v[at[2]], d = v[at[3]];
            a += b + m[which[0]];
            d = turn32(d ^ a, 16);
            c += d;
            b = turn32(b ^ c, 12);
            a += b + m[which[1]];
            d = turn32(d ^ a, 8);
            c += d;
            b = turn32(b ^ c, 7);
            v[at[0]] = a, v[at[1]] = b, v[at[2]] = c, v[at[3]] = d;
        }
    for (int i = 0; i < 8; i++)
        s->words[i] = (uint32_t)(s->words[i] ^ v[i] ^ v[i + 8]);
}

static void
blake_block(digest_state *s, const unsigned char *p)
{
    s->words[8] += (uint64_t)s->algorithm->block_size;
    if (s->algorithm->block_size == 128)
        compress_b(s, p);
    else
        compress_s(s, p);
}

static void
blake_finish(digest_state *s, unsigned char *out, size_t length)
{
    unsigned block = (unsigned)s->algorithm->block_size, word = block / 16;
    memset(s->buffer + s->fill, 0, block - s->fill);
    s->words[8] += s->fill;
    s->words[9] = 1;
    s->words[10] = s->words[11]; /* the last-node parameter takes effect now */
    if (block == 128)
        compress_b(s, s->buffer);
    else
        compress_s(s, s->buffer);
    for (size_t i = 0; i < length; i++)
        out[i] = (unsigned char)(s->words[i / word] >> (8 * (i % word)));
}

static void
blake_start(digest_state *s)
{
    memset(s->words, 0, sizeof s->words);
}

static const digest_algorithm blake2b = {"blake2b", 64, 128, blake_start, blake_block, blake_finish, 1};
static const digest_algorithm blake2s = {"blake2s", 32, 64, blake_start, blake_block, blake_finish, 1};

/* ------------------------------------------------------------------ parameters */

typedef struct {
    PyObject *data;
    int digest_size, fanout, depth, node_depth, inner_size, last_node;
    unsigned long leaf_size;
    unsigned long long node_offset;
    Py_buffer key, salt, person;
} parameters;

static int
in_range(int good, const char *format, int limit)
{
    if (!good)
        PyErr_Format(PyExc_ValueError, format, limit);
    return good;
}

static int
check_parameters(const parameters *p, int big, int max)
{
    int extra = max / 4; /* bytes of salt and of person */
    return in_range(p->digest_size >= 1 && p->digest_size <= max, "digest_size must be between 1 and %d bytes", max) &&
           in_range(p->salt.len <= extra, "maximum salt length is %d bytes", extra) &&
           in_range(p->person.len <= extra, "maximum person length is %d bytes", extra) &&
           in_range(p->fanout >= 0 && p->fanout <= 255, "fanout must be between 0 and %d", 255) &&
           in_range(p->depth >= 1 && p->depth <= 255, "depth must be between 1 and %d", 255) &&
           in_range(p->leaf_size <= UINT32_MAX, "leaf_size is too large", 0) &&
           in_range(big || p->node_offset <= ((uint64_t)1 << 48) - 1, "node_offset is too large", 0) &&
           in_range(p->node_depth >= 0 && p->node_depth <= 255, "node_depth must be between 0 and %d", 255) &&
           in_range(p->inner_size >= 0 && p->inner_size <= max, "inner_size must be between 0 and is %d", max) &&
           in_range(p->key.len <= max, "maximum key length is %d bytes", max);
}

static void
store_little(unsigned char *out, uint64_t value, int n)
{
    for (int i = 0; i < n; i++)
        out[i] = (unsigned char)(value >> (8 * i));
}

/* The parameter block is xored into the chain; a key is the first block. */
static void
apply_parameters(digest_state *s, const parameters *p, int big)
{
    unsigned char block[128] = {0};
    int word = big ? 8 : 4, extra = big ? 16 : 8;
    block[0] = (unsigned char)p->digest_size;
    block[1] = (unsigned char)p->key.len;
    block[2] = (unsigned char)p->fanout;
    block[3] = (unsigned char)p->depth;
    store_little(block + 4, p->leaf_size, 4);
    store_little(block + 8, p->node_offset, big ? 8 : 6);
    block[big ? 16 : 14] = (unsigned char)p->node_depth;
    block[big ? 17 : 15] = (unsigned char)p->inner_size;
    if (p->salt.len > 0)
        memcpy(block + (big ? 32 : 16), p->salt.buf, (size_t)p->salt.len);
    if (p->person.len > 0)
        memcpy(block + (big ? 32 : 16) + extra, p->person.buf, (size_t)p->person.len);
    for (int i = 0; i < 8; i++)
        s->words[i] = (big ? iv[i] : iv[i] >> 32) ^ load_little(block + word * i, word);
    s->words[11] = (uint64_t)p->last_node;
    s->digest_size = p->digest_size;
    if (p->key.len > 0) {
        memset(block, 0, sizeof block);
        memcpy(block, p->key.buf, (size_t)p->key.len);
        digest_update(s, block, (size_t)s->algorithm->block_size);
    }
}

static PyObject *
blake_new(PyTypeObject *type, PyObject *args, PyObject *kwargs, const digest_algorithm *algorithm)
{
    static char *keywords[] = {"", "digest_size", "key", "salt", "person", "fanout", "depth", "leaf_size",
                               "node_offset", "node_depth", "inner_size", "last_node", "usedforsecurity", NULL};
    int big = algorithm->block_size == 128, ignored;
    parameters p = {.digest_size = algorithm->digest_size, .fanout = 1, .depth = 1};
    PyObject *leaf_size = NULL, *node_offset = NULL, *result = NULL;
    const char *format = big ? "|O$iy*y*y*iiOOiipp:blake2b" : "|O$iy*y*y*iiOOiipp:blake2s";
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, format, keywords, &p.data, &p.digest_size, &p.key,
                                     &p.salt, &p.person, &p.fanout, &p.depth, &leaf_size, &node_offset, &p.node_depth,
                                     &p.inner_size, &p.last_node, &ignored))
        return NULL;
    if (leaf_size != NULL && (p.leaf_size = PyLong_AsUnsignedLong(leaf_size)) == (unsigned long)-1 && PyErr_Occurred())
        goto done;
    if (node_offset != NULL && (p.node_offset = PyLong_AsUnsignedLongLong(node_offset)) == (unsigned long long)-1 &&
        PyErr_Occurred())
        goto done;
    if (!check_parameters(&p, big, algorithm->digest_size))
        goto done;
    digest_object *self = digest_new(type, algorithm);
    if (self == NULL)
        goto done;
    apply_parameters(&self->state, &p, big);
    if (p.data == NULL || digest_update_object(&self->state, p.data) == 0)
        result = (PyObject *)self;
done:
    PyBuffer_Release(&p.key);
    PyBuffer_Release(&p.salt);
    PyBuffer_Release(&p.person);
    return result;
}

static PyObject *
new_blake2b(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return blake_new(type, args, kwargs, &blake2b);
}

static PyObject *
new_blake2s(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return blake_new(type, args, kwargs, &blake2s);
}

#define BLAKE_TYPE(name)                                                                                \
    static PyTypeObject name##_type = {                                                                 \
        PyVarObject_HEAD_INIT(&PyType_Type, 0)                                                          \
        .tp_name = "_blake2." #name,                                                                    \
        .tp_basicsize = sizeof(digest_object),                                                          \
        .tp_flags = Py_TPFLAGS_DEFAULT,                                                                 \
        .tp_methods = digest_methods,                                                                   \
        .tp_getset = digest_getset,                                                                     \
        .tp_new = new_##name,                                                                           \
        .gcrt_trace = digest_trace,                                                                     \
    };
BLAKE_TYPE(blake2b)
BLAKE_TYPE(blake2s)

static int
add_type(PyObject *module, PyTypeObject *type, int max)
{
    static const char *const names[] = {"SALT_SIZE", "PERSON_SIZE", "MAX_KEY_SIZE", "MAX_DIGEST_SIZE"};
    int values[] = {max / 4, max / 4, max, max};
    if (PyType_Ready(type) < 0)
        return -1;
    for (int i = 0; i < 4; i++) {
        PyObject *value = PyLong_FromLong(values[i]);
        if (PyDict_SetItemString(type->tp_dict, names[i], value) < 0)
            return -1;
    }
    PyType_Modified(type);
    return PyModule_AddObjectRef(module, strchr(type->tp_name, '.') + 1, (PyObject *)type);
}

static PyModuleDef blake2_module = {PyModuleDef_HEAD_INIT, .m_name = "_blake2"};

PyObject *
PyInit__blake2(void)
{
    PyObject *module = PyModule_Create(&blake2_module);
    if (module == NULL || add_type(module, &blake2b_type, 64) < 0 || add_type(module, &blake2s_type, 32) < 0)
        return NULL;
    return module;
}
