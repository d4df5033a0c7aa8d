/* hash.c: the keyed hash of text and bytes.
 *
 * Words are folded by 64x64 -> 128 bit multiplications.  The key comes from PYTHONHASHSEED: unset or "random"
 * gives a random key, a number in [0; 4294967295] a key that depends on it only. */
#include "runtime.h"

#include <sys/random.h>

#include "unicode.h"

static uint64_t hash_key[2];
static bool hash_key_ready;

static uint64_t
splitmix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void
make_key(void)
{
    const char *seed = getenv("PYTHONHASHSEED");
    char *end;
    uint64_t state;
    hash_key_ready = true;
    if (seed != NULL && *seed != '\0' && strcmp(seed, "random") != 0) {
        state = strtoull(seed, &end, 10);
        if (*end == '\0') {
            hash_key[0] = splitmix(&state);
            hash_key[1] = splitmix(&state);
            return;
        }
    }
    if (getrandom(hash_key, sizeof hash_key, 0) != (ssize_t)sizeof hash_key) {
        state = (uint64_t)time(NULL) ^ ((uint64_t)getpid() << 32);
        hash_key[0] = splitmix(&state);
        hash_key[1] = splitmix(&state);
    }
}

static inline uint64_t
fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t
read64(const unsigned char *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static inline uint64_t
read32(const unsigned char *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

Py_hash_t
hash_bytes(const void *data, size_t n)
{
    const unsigned char *p = data;
    uint64_t a, b, h;
    size_t left = n;
    if (GCRT_UNLIKELY(!hash_key_ready))
        make_key();
    h = hash_key[0];
    while (left > 16) {
        h = fold(read64(p) ^ hash_key[1], read64(p + 8) ^ h);
        p += 16;
        left -= 16;
    }
    if (left >= 8) {
        a = read64(p);
        b = read64(p + left - 8);
    } else if (left >= 4) {
        a = read32(p);
        b = read32(p + left - 4);
    } else if (left > 0) {
        a = (uint64_t)p[0] << 16 | (uint64_t)p[left >> 1] << 8 | p[left - 1];
        b = 0;
    } else {
        a = b = 0;
    }
    h = fold(a ^ hash_key[1] ^ 0xa0761d6478bd642fu, b ^ h);
    h = fold(h ^ 0xe7037ed1a0b428dbu, n ^ 0x8ebc6af09c88c6e3u);
    return (Py_hash_t)h == -1 ? -2 : (Py_hash_t)h;
}

Py_hash_t
_Py_HashBytes(const void *data, Py_ssize_t n)
{
    return n == 0 ? 0 : hash_bytes(data, (size_t)n);
}
