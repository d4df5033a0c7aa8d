/* float_text.h: doubles as text and back, beneath the PyOS_* functions. */
#ifndef GCRT_FLOAT_TEXT_H
#define GCRT_FLOAT_TEXT_H
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Shortest decimal digits that read back as v (finite, not negative); digits needs 18 bytes and is not
 * terminated.  The value is 0.DIGITS * 10**point.  Returns the number of digits. */
int float_shortest_digits(double v, char *digits, int *point);

/* The nearest double to the decimal literal text[0:length] (digits, point, exponent, sign; validated by
 * the caller): correctly rounded, independent of the locale, inf on overflow. */
double float_from_literal(const char *text, int length);

/* PyOS_double_to_string into room when the text fits there; otherwise the result is PyMem_Malloc's.  code
 * is one of eEfFgGr, type not NULL. */
char *float_write(double v, char code, int precision, int flags, int *type, char *room, size_t room_size);

#ifdef __cplusplus
}
#endif
#endif
