/* ucd.c: the character properties behind the str methods. */
#include "runtime.h"

#include "ucd.h"
#include "ucd_tables.h"

const ucd_record *
ucd_get(Py_UCS4 ch)
{
    if (ch > 0x10ffff)
        ch = 0x10ffff;
    return &ucd_records[ucd_record_second[((unsigned)ucd_record_first[ch >> 7] << 7) + (ch & 127)]];
}

int
ucd_map(Py_UCS4 ch, int32_t m, Py_UCS4 *out)
{
    int n;
    if (m < UCD_EXTENDED) {
        out[0] = ch + (Py_UCS4)m;
        return 1;
    }
    n = (m >> 20) & 7;
    for (int i = 0; i < n; i++)
        out[i] = ucd_extra[(m & 0xfffff) + i];
    return n;
}

/* The mapping to one character: of an extended one, the first. */
static Py_UCS4
simple(Py_UCS4 ch, int32_t m)
{
    Py_UCS4 all[3];
    return ucd_map(ch, m, all) > 0 ? all[0] : ch;
}

#define DEFINE_TEST(NAME, FLAGS)                                                                        \
    int _PyUnicode_##NAME(Py_UCS4 ch)                                                                   \
    {                                                                                                   \
        return ucd_is(ch, FLAGS);                                                                       \
    }
DEFINE_TEST(IsAlpha, UCD_ALPHA)
DEFINE_TEST(IsLowercase, UCD_LOWER)
DEFINE_TEST(IsUppercase, UCD_UPPER)
DEFINE_TEST(IsTitlecase, UCD_TITLE)
DEFINE_TEST(IsNumeric, UCD_NUMERIC)
DEFINE_TEST(IsPrintable, UCD_PRINTABLE)
DEFINE_TEST(IsXidStart, UCD_XID_START)
DEFINE_TEST(IsXidContinue, UCD_XID_CONTINUE)
DEFINE_TEST(IsDecimalDigit, UCD_DECIMAL)
DEFINE_TEST(IsDigit, UCD_DIGIT)

int
_PyUnicode_IsWhitespace(const Py_UCS4 ch)
{
    return ch < 128 ? (ch == ' ' || (ch >= 9 && ch <= 13) || (ch >= 28 && ch <= 31)) : ucd_is(ch, UCD_SPACE);
}

int
_PyUnicode_IsLinebreak(const Py_UCS4 ch)
{
    return ch < 128 ? (ch >= 10 && ch <= 13) || (ch >= 28 && ch <= 30) : ucd_is(ch, UCD_LINEBREAK);
}

int
_PyUnicode_ToDecimalDigit(Py_UCS4 ch)
{
    return ucd_get(ch)->decimal;
}

int
_PyUnicode_ToDigit(Py_UCS4 ch)
{
    return ucd_get(ch)->digit;
}

double
_PyUnicode_ToNumeric(Py_UCS4 ch)
{
    const ucd_record *r = ucd_get(ch);
    size_t low = 0, high = Py_ARRAY_LENGTH(ucd_numbers);
    if (r->digit >= 0)
        return r->digit;
    if (!(r->flags & UCD_NUMERIC))
        return -1.0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ucd_numbers[middle].ch == ch)
            return ucd_numbers[middle].value;
        if (ucd_numbers[middle].ch < ch)
            low = middle + 1;
        else
            high = middle;
    }
    return -1.0;
}

Py_UCS4
_PyUnicode_ToLowercase(Py_UCS4 ch)
{
    return simple(ch, ucd_get(ch)->lower);
}

Py_UCS4
_PyUnicode_ToUppercase(Py_UCS4 ch)
{
    return simple(ch, ucd_get(ch)->upper);
}

Py_UCS4
_PyUnicode_ToTitlecase(Py_UCS4 ch)
{
    return simple(ch, ucd_get(ch)->title);
}

int
_PyUnicode_ToLowerFull(Py_UCS4 ch, Py_UCS4 *res)
{
    return ucd_map(ch, ucd_get(ch)->lower, res);
}

int
_PyUnicode_ToUpperFull(Py_UCS4 ch, Py_UCS4 *res)
{
    return ucd_map(ch, ucd_get(ch)->upper, res);
}
