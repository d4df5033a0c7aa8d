/* _random.c: the Mersenne Twister, with CPython's streams.
 * Algorithm: M. Matsumoto, T. Nishimura, "Mersenne Twister: A 623-Dimensionally Equidistributed Uniform
 * Pseudo-Random Number Generator", ACM TOMACS 8 (1998); seeding by an array as in their 2002 revision. */
#include "long.h"
#include "number_fast.h"
#include <sys/random.h>

#define N 624
#define M 397

typedef struct {
    PyObject_HEAD
    int index;
    uint32_t state[N];
} random_object;

static PyTypeObject random_type;

static void
random_trace(PyObject *self, size_t size, struct gc_tracer *tracer)
{
    (void)self;
    (void)size;
    (void)tracer;
}

/* ------------------------------------------------------------------ the generator */

static uint32_t
mix(uint32_t high, uint32_t low)
{
    uint32_t y = (high & 0x80000000u) | (low & 0x7fffffffu);
    return y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
}

static void
refill(random_object *self)
{
    uint32_t *s = self->state;
    int i;
    for (i = 0; i < N - M; i++)
        s[i] = s[i + M] ^ mix(s[i], s[i + 1]);
    for (; i < N - 1; i++)
        s[i] = s[i + M - N] ^ mix(s[i], s[i + 1]);
    s[N - 1] = s[M - 1] ^ mix(s[N - 1], s[0]);
    self->index = 0;
}

static uint32_t
next_word(random_object *self)
{
    if (self->index >= N)
        refill(self);
    uint32_t y = self->state[self->index++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

static void
seed_word(random_object *self, uint32_t seed)
{
    uint32_t *s = self->state;
    s[0] = seed;
    for (uint32_t i = 1; i < N; i++)
        s[i] = 1812433253u * (s[i - 1] ^ s[i - 1] >> 30) + i;
    self->index = N;
}

static void
seed_array(random_object *self, const uint32_t *key, size_t length)
{
    uint32_t *s = self->state;
    size_t i = 1, j = 0, k;
    seed_word(self, 19650218u);
    for (k = length > N ? length : N; k > 0; k--) {
        s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30) * 1664525u) + key[j] + (uint32_t)j;
        if (++i >= N) {
            s[0] = s[N - 1];
            i = 1;
        }
        if (++j >= length)
            j = 0;
    }
    for (k = N - 1; k > 0; k--) {
        s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30) * 1566083941u) - (uint32_t)i;
        if (++i >= N) {
            s[0] = s[N - 1];
            i = 1;
        }
    }
    s[0] = 0x80000000u;
}

/* ------------------------------------------------------------------ methods */

static int
seed_from_system(random_object *self)
{
    uint32_t key[N];
    size_t done = 0;
    while (done < sizeof key) {
        ssize_t got = getrandom((char *)key + done, sizeof key - done, 0);
        if (got < 0 && errno != EINTR) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            key[0] = (uint32_t)now.tv_nsec;
            key[1] = (uint32_t)now.tv_sec;
            seed_array(self, key, 2);
            return 0;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    seed_array(self, key, N);
    return 0;
}

static int
seed_from(random_object *self, PyObject *arg)
{
    if (arg == NULL || arg == Py_None)
        return seed_from_system(self);
    if (!PyLong_Check(arg)) {
        Py_hash_t hash = PyObject_Hash(arg);
        if (hash == -1 || (arg = PyLong_FromSize_t((size_t)hash)) == NULL)
            return -1;
    }
    long_view v;
    long_view_init(&v, arg);
    /* Little-endian 32-bit words of the magnitude, at least one. */
    size_t words = (long_view_bits(&v) + 31) / 32;
    uint32_t zero = 0;
    seed_array(self, words == 0 ? &zero : (const uint32_t *)v.limbs, words == 0 ? 1 : words);
    gcrt_keep_alive(arg);
    return 0;
}

static PyObject *
method_seed(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    if (!_PyArg_CheckPositional("seed", n, 0, 1) || seed_from((random_object *)self, n == 0 ? NULL : args[0]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
method_random(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    uint32_t a = next_word((random_object *)self) >> 5, b = next_word((random_object *)self) >> 6;
    return float_box((a * 67108864.0 + b) * (1.0 / 9007199254740992.0));
}

static PyObject *
method_getrandbits(PyObject *op, PyObject *arg)
{
    random_object *self = (random_object *)op;
    int k = _PyLong_AsInt(arg);
    if (k == -1 && PyErr_Occurred())
        return NULL;
    if (k < 0) {
        PyErr_SetString(PyExc_ValueError, "number of bits must be non-negative");
        return NULL;
    }
    if (k == 0)
        return gcrt_int(0);
    if (k <= 32)
        return gcrt_int((int64_t)(next_word(self) >> (32 - k)));
    Py_ssize_t limbs = (k + 63) / 64;
    PyLongObject *result = long_alloc(limbs);
    if (result == NULL)
        return NULL;
    uint32_t *words = (uint32_t *)result->ob_limb;
    for (; k > 0; k -= 32) {
        uint32_t word = next_word(self);
        *words++ = k < 32 ? word >> (32 - k) : word;
    }
    return long_finish(result, limbs, 0);
}

static PyObject *
method_getstate(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    random_object *self = (random_object *)op;
    PyObject *state = PyTuple_New(N + 1);
    if (state == NULL)
        return NULL;
    for (int i = 0; i < N; i++)
        PyTuple_SET_ITEM(state, i, gcrt_int(self->state[i]));
    PyTuple_SET_ITEM(state, N, gcrt_int(self->index));
    return state;
}

static PyObject *
method_setstate(PyObject *op, PyObject *state)
{
    random_object *self = (random_object *)op;
    uint32_t words[N];
    if (!PyTuple_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state vector must be a tuple");
        return NULL;
    }
    if (PyTuple_GET_SIZE(state) != N + 1) {
        PyErr_SetString(PyExc_ValueError, "state vector is the wrong size");
        return NULL;
    }
    for (int i = 0; i < N; i++) {
        unsigned long word = PyLong_AsUnsignedLong(PyTuple_GET_ITEM(state, i));
        if (word == (unsigned long)-1 && PyErr_Occurred())
            return NULL;
        words[i] = (uint32_t)word;
    }
    long index = PyLong_AsLong(PyTuple_GET_ITEM(state, N));
    if (index == -1 && PyErr_Occurred())
        return NULL;
    if (index < 0 || index > N) {
        PyErr_SetString(PyExc_ValueError, "invalid state");
        return NULL;
    }
    self->index = (int)index;
    memcpy(self->state, words, sizeof words);
    Py_RETURN_NONE;
}

static PyObject *
random_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *seed = NULL;
    if (type == &random_type && !_PyArg_NoKeywords("Random()", kwargs))
        return NULL;
    if (PyTuple_GET_SIZE(args) == 1)
        seed = PyTuple_GET_ITEM(args, 0);
    random_object *self = (random_object *)type->tp_alloc(type, 0);
    return self == NULL || seed_from(self, seed) < 0 ? NULL : (PyObject *)self;
}

static int
random_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *seed = NULL;
    if (Py_TYPE(self) == &random_type && !_PyArg_NoKeywords("Random", kwargs))
        return -1;
    return PyArg_UnpackTuple(args, "Random", 0, 1, &seed) ? seed_from((random_object *)self, seed) : -1;
}

static PyMethodDef random_methods[] = {
    {"random", method_random, METH_NOARGS, "random() -> x in the interval [0, 1)."},
    {"seed", _PyCFunction_CAST(method_seed), METH_FASTCALL, "seed([n]) -> None."},
    {"getstate", method_getstate, METH_NOARGS, "getstate() -> tuple containing the current state."},
    {"setstate", method_setstate, METH_O, "setstate(state) -> None.  Restores generator state."},
    {"getrandbits", method_getrandbits, METH_O, "getrandbits(k) -> x.  Generates an int with k random bits."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject random_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_random.Random",
    .tp_doc = "Random() -> create a random number generator with its own internal state.",
    .tp_basicsize = sizeof(random_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_methods = random_methods,
    .tp_new = random_new,
    .tp_init = random_init,
    .gcrt_trace = random_trace,
};

static PyModuleDef random_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_random",
    .m_doc = "Module implements the Mersenne Twister random number generator.",
};

PyObject *
PyInit__random(void)
{
    PyObject *module;
    if (PyType_Ready(&random_type) < 0 || (module = PyModule_Create(&random_module)) == NULL ||
        PyModule_AddObjectRef(module, "Random", (PyObject *)&random_type) < 0)
        return NULL;
    return module;
}
