"""Properties of every character, in digest form, and normalization."""
import unicodedata

FLAGS = "isalpha isdecimal isdigit isnumeric islower isupper istitle isspace isprintable isidentifier isalnum".split()
MAPS = "upper lower title casefold swapcase capitalize".split()
for name in FLAGS:
    total = 0
    for i in range(0x110000):
        if getattr(chr(i), name)():
            total = (total * 31 + i) % 1000000007
    print(name, total)
for name in MAPS:
    total = 0
    for i in range(0, 0x20000):
        for c in getattr(chr(i), name)():
            total = (total * 31 + ord(c)) % 1000000007
    print(name, total)
total = 0
for i in range(0x30000):
    c = chr(i)
    total = (total * 31 + int(unicodedata.numeric(c, -1) * 64) + unicodedata.digit(c, -1) * 7 + unicodedata.decimal(c, -1)) % 1000000007
    total = (total + unicodedata.combining(c) * i + unicodedata.mirrored(c)) % 1000000007
    for s in unicodedata.category(c) + unicodedata.bidirectional(c) + unicodedata.east_asian_width(c):
        total = (total * 31 + ord(s)) % 1000000007
print(total)
for form in ("NFC", "NFD", "NFKC", "NFKD"):
    total = 0
    for i in range(0, 0x30000, 3):
        if 0xD800 <= i < 0xE000:
            continue
        for c in unicodedata.normalize(form, "e\u0301" + chr(i) + "\u0323\u0307\u1161"):
            total = (total * 31 + ord(c)) % 1000000007
    print(form, total, ascii(unicodedata.normalize(form, "é\u0323ﬁ가각ｱ")), unicodedata.is_normalized(form, "é"))
