/* zlib_module.h: what the files of module zlib share. */
#ifndef GCRT_ZLIB_MODULE_H
#define GCRT_ZLIB_MODULE_H
#include "runtime.h"

#include <zlib.h>

extern PyObject *zlib_error;

/* Raise zlib.error for a code of zlib's: "Error CODE WHILE: WHY". */
PyObject *zlib_fail(const z_stream *stream, int code, const char *doing);

/* Output that grows: `stream` writes into it between zlib_room and zlib_bytes. */
typedef struct {
    PyObject *data; /* a bytearray */
    size_t used;
} zlib_output;
/* More room behind what is written, at most `limit` bytes in all; 1 there is room, 0 the limit is reached, -1 no memory.
 * `first`: the size to begin with. */
int zlib_room(zlib_output *out, z_stream *stream, size_t first, size_t limit);
/* What was written, as bytes. */
PyObject *zlib_bytes(zlib_output *out, const z_stream *stream);

/* Ready the types of streams. */
int zlib_ready_types(void);
/* The functions compressobj and decompressobj. */
PyObject *zlib_compressobj(PyObject *module, PyObject *args, PyObject *kwds);
PyObject *zlib_decompressobj(PyObject *module, PyObject *args, PyObject *kwds);
#endif
