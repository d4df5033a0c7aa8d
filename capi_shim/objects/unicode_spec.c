/* unicode_spec.c: format(str, spec). */
#include "runtime.h"

#include "numfmt.h"
#include "unicode.h"

static PyObject *
refuse(const char *message)
{
    PyErr_SetString(PyExc_ValueError, message);
    return NULL;
}

PyObject *
unicode_format_spec(PyObject *self, PyObject *spec_text)
{
    numfmt_spec spec;
    PyObject *text = self;
    if (PyUnicode_GET_LENGTH(spec_text) == 0)
        return PyUnicode_CheckExact(self) ? self : PyObject_Str(self);
    if (numfmt_parse_spec(spec_text, 0, PyUnicode_GET_LENGTH(spec_text), &spec, 's', '<', self) < 0)
        return NULL;
    if (spec.type != 's') {
        numfmt_unknown_type(spec.type, self);
        return NULL;
    }
    if (spec.sign != 0)
        return refuse(spec.sign == ' ' ? "Space not allowed in string format specifier"
                                       : "Sign not allowed in string format specifier");
    if (spec.no_neg_zero)
        return refuse("Negative zero coercion (z) not allowed in string format specifier");
    if (spec.alternate)
        return refuse("Alternate form (#) not allowed in string format specifier");
    if (spec.align == '=')
        return refuse("'=' alignment not allowed in string format specifier");
    if (spec.precision >= 0 && spec.precision < PyUnicode_GET_LENGTH(text))
        text = unicode_slice(text, 0, spec.precision);
    else
        text = unicode_exact(text);
    if (text == NULL || spec.width <= PyUnicode_GET_LENGTH(text))
        return text;
    return numfmt_pad(text, spec.fill, spec.align, spec.width);
}
