/* gcrt_value.h: the value word.  Part of Python.h; do not include it by itself.
 *
 * A value is one 64-bit word, spelled PyObject * so that C extensions need not know:
 *   ...xxx1   a 63-bit small int:  (i << 1) | 1
 *   ...xx10   a double, self-tagged: rotl(bits + GCRT_FLOAT_OFFSET, 3), for exponents in
 *             [-255, 256]; the word 2 stands for +0.0.  Every other double is boxed (PyFloatObject).
 *             After Melancon, Serrano, Feeley, "Float Self-Tagging" (2024), and CRuby's flonum.
 *   ...x000   a pointer to an object, 16-byte aligned (static objects: 8)
 * Invariant: an int that fits is never boxed and a double that fits is never boxed, except inside an
 * instance of a subclass of int or float; so equal words of exact ints mean equal ints. */
#ifndef GCRT_VALUE_H
#define GCRT_VALUE_H
#ifndef Py_PYTHON_H
#error "include Python.h"
#endif

#define GCRT_LIKELY(x) __builtin_expect(!!(x), 1)
#define GCRT_UNLIKELY(x) __builtin_expect(!!(x), 0)

#define GCRT_SMALL_INT_MAX ((int64_t)0x3fffffffffffffff)
#define GCRT_SMALL_INT_MIN (-GCRT_SMALL_INT_MAX - 1)
#define GCRT_FLOAT_OFFSET ((uint64_t)0x1000000000000000) /* 256 << 52 */
#define GCRT_FLOAT_ZERO ((uintptr_t)2)

static inline int gcrt_is_int(const void *v) { return (int)((uintptr_t)v & 1); }
static inline int gcrt_is_float(const void *v) { return ((uintptr_t)v & 3) == 2; }
static inline int gcrt_is_immediate(const void *v) { return ((uintptr_t)v & 3) != 0; }
static inline int gcrt_is_pointer(const void *v) { return ((uintptr_t)v & 3) == 0; }
static inline int gcrt_both_int(const void *a, const void *b)
{
    return (int)((uintptr_t)a & (uintptr_t)b & 1);
}

static inline int gcrt_int_fits(int64_t i)
{
    return (int64_t)((uint64_t)i << 1) >> 1 == i;
}
/* i must fit. */
static inline PyObject *gcrt_int(int64_t i) { return (PyObject *)(((uint64_t)i << 1) | 1); }
static inline int64_t gcrt_int_value(const void *v) { return (int64_t)(uintptr_t)v >> 1; }

static inline double gcrt_float_value(const void *v)
{
    uint64_t w = (uint64_t)(uintptr_t)v, bits;
    double d;
    bits = w == GCRT_FLOAT_ZERO ? 0 : ((w >> 3) | (w << 61)) - GCRT_FLOAT_OFFSET;
    __builtin_memcpy(&d, &bits, sizeof d);
    return d;
}

/* The immediate for d, or NULL when d must be boxed. */
static inline PyObject *gcrt_float_immediate(double d)
{
    uint64_t bits, w;
    __builtin_memcpy(&bits, &d, sizeof d);
    w = bits + GCRT_FLOAT_OFFSET;
    w = (w << 3) | (w >> 61);
    if (GCRT_LIKELY((w & 3) == 2 && w != GCRT_FLOAT_ZERO))
        return (PyObject *)(uintptr_t)w;
    return bits == 0 ? (PyObject *)GCRT_FLOAT_ZERO : (PyObject *)0;
}
#endif
