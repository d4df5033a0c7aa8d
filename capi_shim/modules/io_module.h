/* io_module.h: what the files of module _io share. */
#ifndef GCRT_IO_MODULE_H
#define GCRT_IO_MODULE_H

#include "runtime.h"

#define IO_BUFFER_SIZE 8192 /* bytes; io.DEFAULT_BUFFER_SIZE */

extern PyTypeObject io_base_type, io_rawbase_type, io_bufferedbase_type, io_textbase_type;
extern PyTypeObject io_fileio_type, io_bytesio_type, io_stringio_type;
extern PyTypeObject io_reader_type, io_writer_type, io_random_type, io_rwpair_type;
extern PyTypeObject io_textwrapper_type, io_newline_decoder_type;
extern PyObject *io_unsupported_operation; /* exception class */

/* Raise UnsupportedOperation(message); returns NULL. */
PyObject *io_unsupported(const char *message);
/* 0, or -1 with ValueError when self.closed is true. */
int io_check_closed(PyObject *self);
/* self.name() called without arguments, as a truth value; -1 on error. */
int io_ask(PyObject *self, const char *method);
/* self.__dict__ for pickling: a copy, None when there is nothing in it; and back again (None: nothing to do). */
PyObject *io_state_dict(PyObject *self);
int io_restore_dict(PyObject *self, PyObject *state);
/* The view that readinto() fills; -1 with TypeError when the object has no writable buffer. */
int io_view_to_fill(PyObject *target, Py_buffer *view);
/* An int of Python's as an offset; -1 with an exception. */
Py_ssize_t io_as_size(PyObject *arg, Py_ssize_t none_value);
/* Split at the first line end of the universal or the given newline: bytes up to and with it, or -1. */
Py_ssize_t io_find_newline(const char *data, Py_ssize_t len);

PyObject *io_open(PyObject *file, const char *mode, int buffering, const char *encoding, const char *errors,
                  const char *newline, int closefd, PyObject *opener);
/* Text decoding used by StringIO and TextIOWrapper: \r\n and \r become \n (or stay, when translate is 0);
 * *seen gets bits 1 \r, 2 \n, 4 \r\n. */
PyObject *io_translate_newlines(PyObject *text, int translate, int *seen);
PyObject *io_newlines_object(int seen);

/* Methods and attributes that the stream below answers: TARGET(op) is that stream, or NULL with an
 * exception. */
#define IO_FORWARD_METHOD(prefix, name)                                                                 \
    static PyObject *prefix##_##name(PyObject *op, PyObject *Py_UNUSED(args))                           \
    {                                                                                                   \
        PyObject *target = TARGET(op);                                                                  \
        return target == NULL ? NULL : PyObject_CallMethod(target, #name, NULL);                        \
    }
#define IO_FORWARD_ATTRIBUTE                                                                            \
    static PyObject *forward_attribute(PyObject *op, void *name)                                        \
    {                                                                                                   \
        PyObject *target = TARGET(op);                                                                  \
        return target == NULL ? NULL : PyObject_GetAttrString(target, name);                            \
    }

#endif
