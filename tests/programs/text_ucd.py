"""Properties and names of characters, in digest form, and normalization."""

import re
import unicodedata

FLAGS = "isalpha isdecimal isdigit isnumeric islower isupper istitle isspace isprintable isidentifier isalnum".split()
CODES = [*range(0x12000), *range(0x1D000, 0x20000, 3), *range(0x20000, 0x110000, 997), 0x10FFFF]
MAPS = "upper lower title casefold swapcase capitalize".split()
for name in FLAGS:
    total = 0
    for i in CODES:
        if getattr(chr(i), name)():
            total = (total * 31 + i) % 1000000007
    print(name, total)
for name in MAPS:
    total = 0
    for i in CODES:
        for c in getattr(chr(i), name)():
            total = (total * 31 + ord(c)) % 1000000007
    print(name, total)
total = 0
for i in CODES:
    c = chr(i)
    total = (
        total * 31
        + int(unicodedata.numeric(c, -1) * 64)
        + unicodedata.digit(c, -1) * 7
        + unicodedata.decimal(c, -1)
    ) % 1000000007
    total = (total + unicodedata.combining(c) * i + unicodedata.mirrored(c)) % 1000000007
    for s in unicodedata.category(c) + unicodedata.bidirectional(c) + unicodedata.east_asian_width(c):
        total = (total * 31 + ord(s)) % 1000000007
print(total)
for form in ("NFC", "NFD", "NFKC", "NFKD"):
    total = 0
    for i in CODES[::3]:
        if 0xD800 <= i < 0xE000:
            continue
        for c in unicodedata.normalize(form, "e\u0301" + chr(i) + "\u0323\u0307\u1161"):
            total = (total * 31 + ord(c)) % 1000000007
    print(
        form, total, ascii(unicodedata.normalize(form, "é\u0323ﬁ가각ｱ")), unicodedata.is_normalized(form, "é")
    )

total = 0
for i in [*CODES, *range(0xAC00, 0xD7A4, 41)]:
    name = unicodedata.name(chr(i), "")
    for c in name + unicodedata.decomposition(chr(i)):
        total = (total * 31 + ord(c)) % 1000000007
    if name and i % 17 == 0 and unicodedata.lookup(name) != chr(i):
        print("not found:", name)
print(total)

# Aliases, a named sequence, small letters, and what is no name.
for name in (
    """NULL|LATIN SMALL LETTER GHA|KEYCAP DIGIT ONE|greek small letter alpha|CJK UNIFIED IDEOGRAPH-4E00
HANGUL SYLLABLE GAG|HANGUL SYLLABLE |HANGUL SYLLABLE IX|CJK UNIFIED IDEOGRAPH-110000|LATIN|LATIN SMALL LETTER A |
|é|EM  DASH|MODIFIER LETTER EXTRA-HIGH EXTRA-LOW CONTOUR TONE BAR""".replace("\n", "|").split("|")
    + ["A" * 300]
):
    try:
        print(name, ascii(unicodedata.lookup(name)))
    except KeyError as error:
        print(ascii(error))
for char in "\ue000", "ab", 1:
    try:
        print(unicodedata.name(char))
    except (TypeError, ValueError) as error:
        print(error)
print(re.findall(r"\N{EM DASH}|[\N{DIGIT ONE}-\N{DIGIT THREE}]", "a\u2014b259"))
print(rb"\N{LATIN SMALL LETTER GHA}\N{SPACE}".decode("unicode_escape") == "\u01a3 ")
print("a\u03b1\ud7a3\ue000".encode("ascii", "namereplace"))

# Matching without case where a character has no single counterpart.
for a, b in ("\ufb05\ufb06", "\u0390\u1fd3", "\u1e9e\xdf", "i\u0130", "k\u212a"):
    print(ascii((a, b)), bool(re.match(a, b, re.I)), bool(re.match(b, a, re.I)), bool(re.match(f"[{a}-{a}]", b, re.I)))
