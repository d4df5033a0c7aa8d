/* float_digits.cc: the C face of libdouble-conversion. */
#include "float_text.h"
#include <double-conversion/double-to-string.h>
#include <double-conversion/string-to-double.h>

using double_conversion::DoubleToStringConverter;
using double_conversion::StringToDoubleConverter;

extern "C" int
float_shortest_digits(double v, char *digits, int *point)
{
    char room[DoubleToStringConverter::kBase10MaximalLength + 1];
    bool sign;
    int length;
    DoubleToStringConverter::DoubleToAscii(v, DoubleToStringConverter::SHORTEST, 0, room, sizeof room, &sign, &length,
                                           point);
    for (int i = 0; i < length; i++)
        digits[i] = room[i];
    return length;
}

extern "C" double
float_from_literal(const char *text, int length)
{
    static const StringToDoubleConverter converter(StringToDoubleConverter::ALLOW_TRAILING_JUNK, 0.0, 0.0, nullptr,
                                                   nullptr);
    int processed;
    return converter.StringToDouble(text, length, &processed);
}
