/* _locale.c: the C library's locale. */
#include "runtime.h"

#include <langinfo.h>
#include <locale.h>

static PyObject *locale_error;

static PyObject *
locale_setlocale(PyObject *Py_UNUSED(self), PyObject *args)
{
    int category;
    const char *name = NULL;
    if (!PyArg_ParseTuple(args, "i|z:setlocale", &category, &name))
        return NULL;
    const char *result = setlocale(category, name);
    if (result == NULL)
        return PyErr_Format(locale_error, name != NULL ? "unsupported locale setting" : "locale query failed");
    return PyUnicode_DecodeLocale(result, NULL);
}

/* Group sizes as a list of ints; CHAR_MAX and 0 end it. */
static PyObject *
grouping_list(const char *s)
{
    PyObject *list = PyList_New(0);
    if (list == NULL || s == NULL || *s == '\0')
        return list;
    for (;; s++) {
        if (PyList_Append(list, PyLong_FromLong(*s)) < 0)
            return NULL;
        if (*s == '\0' || *s == CHAR_MAX)
            return list;
    }
}

static int
add_text(PyObject *dict, const char *key, const char *text)
{
    PyObject *value = PyUnicode_DecodeLocale(text, NULL);
    return value == NULL ? -1 : PyDict_SetItemString(dict, key, value);
}

static PyObject *
locale_localeconv(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    const struct lconv *lc = localeconv();
    PyObject *dict = PyDict_New(), *numbers = grouping_list(lc->grouping), *money = grouping_list(lc->mon_grouping);
    if (dict == NULL || numbers == NULL || money == NULL)
        return NULL;
#define TEXT(f) add_text(dict, #f, lc->f) < 0
#define INT(f) PyDict_SetItemString(dict, #f, PyLong_FromLong(lc->f)) < 0
    if (TEXT(decimal_point) || TEXT(thousands_sep) || TEXT(int_curr_symbol) || TEXT(currency_symbol) ||
        TEXT(mon_decimal_point) || TEXT(mon_thousands_sep) || TEXT(positive_sign) || TEXT(negative_sign) ||
        INT(int_frac_digits) || INT(frac_digits) || INT(p_cs_precedes) || INT(p_sep_by_space) ||
        INT(n_cs_precedes) || INT(n_sep_by_space) || INT(p_sign_posn) || INT(n_sign_posn) ||
        PyDict_SetItemString(dict, "grouping", numbers) < 0 || PyDict_SetItemString(dict, "mon_grouping", money) < 0)
        return NULL;
#undef TEXT
#undef INT
    return dict;
}

static PyObject *
locale_strcoll(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *a, *b;
    if (!PyArg_ParseTuple(args, "UU:strcoll", &a, &b))
        return NULL;
    wchar_t *x = PyUnicode_AsWideCharString(a, NULL), *y = x != NULL ? PyUnicode_AsWideCharString(b, NULL) : NULL;
    PyObject *result = y != NULL ? PyLong_FromLong(wcscoll(x, y)) : NULL;
    PyMem_Free(x);
    PyMem_Free(y);
    return result;
}

static PyObject *
locale_strxfrm(PyObject *Py_UNUSED(self), PyObject *arg)
{
    Py_ssize_t length;
    if (!PyUnicode_Check(arg))
        return PyErr_Format(PyExc_TypeError, "strxfrm() argument must be str, not %.50s", Py_TYPE(arg)->tp_name);
    wchar_t *s = PyUnicode_AsWideCharString(arg, &length);
    if (s == NULL)
        return NULL;
    if (wcslen(s) != (size_t)length) {
        PyMem_Free(s);
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return NULL;
    }
    size_t n = wcsxfrm(NULL, s, 0);
    wchar_t *out = n < (size_t)PY_SSIZE_T_MAX / sizeof(wchar_t) - 1 ? PyMem_Malloc((n + 1) * sizeof(wchar_t)) : NULL;
    PyObject *result = NULL;
    if (out == NULL)
        PyErr_NoMemory();
    else {
        wcsxfrm(out, s, n + 1);
        result = PyUnicode_FromWideChar(out, (Py_ssize_t)n);
    }
    PyMem_Free(out);
    PyMem_Free(s);
    return result;
}

static PyObject *
locale_nl_langinfo(PyObject *Py_UNUSED(self), PyObject *arg)
{
    int item = _PyLong_AsInt(arg);
    if (item == -1 && PyErr_Occurred())
        return NULL;
    return PyUnicode_DecodeLocale(nl_langinfo(item), NULL);
}

/* Text is UTF-8 here, whatever the locale says. */
static PyObject *
locale_getencoding(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return PyUnicode_FromString("UTF-8");
}

static PyMethodDef locale_methods[] = {
    {"setlocale", locale_setlocale, METH_VARARGS, "Set or ask the locale of a category."},
    {"localeconv", locale_localeconv, METH_NOARGS, "Conventions of the locale."},
    {"strcoll", locale_strcoll, METH_VARARGS, "Compare in the locale's order."},
    {"strxfrm", locale_strxfrm, METH_O, "Text that sorts in the locale's order."},
    {"nl_langinfo", locale_nl_langinfo, METH_O, "An item of the locale."},
    {"getencoding", locale_getencoding, METH_NOARGS, NULL},
    {0},
};

static PyModuleDef locale_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_locale",
    .m_doc = "The C library's locale.",
    .m_size = -1,
    .m_methods = locale_methods,
};

static const struct {
    const char *name;
    int value;
} constants[] = {
#define C(x) {#x, x}
    C(LC_CTYPE), C(LC_TIME),  C(LC_COLLATE), C(LC_MONETARY), C(LC_MESSAGES), C(LC_NUMERIC), C(LC_ALL), C(CHAR_MAX),
    C(CODESET),  C(RADIXCHAR), C(THOUSEP),   C(YESEXPR),     C(NOEXPR),      C(CRNCYSTR),   C(D_FMT),  C(T_FMT),
    C(D_T_FMT),  C(T_FMT_AMPM), C(AM_STR),   C(PM_STR),
    C(DAY_1), C(DAY_2), C(DAY_3), C(DAY_4), C(DAY_5), C(DAY_6), C(DAY_7),
    C(ABDAY_1), C(ABDAY_2), C(ABDAY_3), C(ABDAY_4), C(ABDAY_5), C(ABDAY_6), C(ABDAY_7),
    C(MON_1), C(MON_2), C(MON_3), C(MON_4), C(MON_5), C(MON_6), C(MON_7), C(MON_8), C(MON_9), C(MON_10), C(MON_11),
    C(MON_12), C(ABMON_1), C(ABMON_2), C(ABMON_3), C(ABMON_4), C(ABMON_5), C(ABMON_6), C(ABMON_7), C(ABMON_8),
    C(ABMON_9), C(ABMON_10), C(ABMON_11), C(ABMON_12), C(ERA), C(ERA_D_FMT), C(ERA_D_T_FMT), C(ERA_T_FMT),
    C(ALT_DIGITS),
#undef C
};

PyObject *
PyInit__locale(void)
{
    PyObject *m = PyModule_Create(&locale_def);
    locale_error = PyErr_NewException("locale.Error", NULL, NULL);
    if (m == NULL || locale_error == NULL || PyModule_AddObjectRef(m, "Error", locale_error) < 0)
        return NULL;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(constants); i++)
        if (PyModule_AddIntConstant(m, constants[i].name, constants[i].value) < 0)
            return NULL;
    return m;
}
