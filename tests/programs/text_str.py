"""str: methods, slicing, comparison, repr and the wording of errors."""


def attempt(label, function, *args, **kwargs):
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        print(label, type(error).__name__, error)
    else:
        print(label, type(result).__name__, repr(result))


TEXTS = [
    "",
    "a",
    "abc",
    "Hello World",
    "  padded\t\n",
    "ÀÉÎ straße",
    "ǆ ﬁ ŉ",
    "ΑΣΣ ΑΣ.",
    "日本語テキスト",
    "a\U0001f600b",
    "x\x00y",
    "12٣",
    "½²Ⅷ",
]
NOARGS = """capitalize casefold title lower upper swapcase strip lstrip rstrip split rsplit splitlines isascii islower
isupper istitle isspace isdecimal isdigit isnumeric isalpha isalnum isidentifier isprintable expandtabs encode""".split()

for text in TEXTS:
    print(repr(text), len(text), ascii(text), str(text) == text, bool(text))
    for name in NOARGS:
        print(" ", name, repr(getattr(text, name)()))

for text in TEXTS:
    for start in (None, -3, 0, 2):
        for stop in (None, -1, 3, 100):
            for step in (None, 1, 2, -1, -2):
                print(repr(text[start:stop:step]), end=" ")
    print()

PAIRS = [
    ("abcabc", "bc"),
    ("abcabc", ""),
    ("aaaa", "aa"),
    ("日本日本", "本"),
    ("abc", "日"),
    ("a\U0001f600a", "a"),
    ("", ""),
    ("", "x"),
    ("éaé", "é"),
    ("xyz" * 40, "zxyzx"),
]
for s, p in PAIRS:
    print(repr(s), repr(p))
    for name in ("find", "rfind", "count", "startswith", "endswith"):
        method = getattr(s, name)
        print(
            " ", name, method(p), method(p, 1), method(p, -3, -1), method(p, 2, 100), method(p, 100), end=""
        )
    print()
    for name in (
        "index",
        "rindex",
        "partition",
        "rpartition",
        "split",
        "rsplit",
        "removeprefix",
        "removesuffix",
        "strip",
        "lstrip",
        "rstrip",
    ):
        attempt("  " + name, getattr(s, name), p)
    for n in (-1, 0, 1, 2):
        print("  ", repr(s.replace(p, "<日>", n)), repr(s.replace(p, "", n)))
        attempt("  split", s.split, p, n)
        attempt("  rsplit", s.rsplit, p, maxsplit=n)
    print(p in s, s < p, s <= p, s == p, s != p, s > p, s >= p)

for width in (-1, 0, 3, 4, 9, 10):
    for text in ("", "ab", "abc", "-5", "+日"):
        print(
            repr(text.center(width)),
            repr(text.ljust(width, "*")),
            repr(text.rjust(width, "日")),
            repr(text.zfill(width)),
        )
print("a\tbc\td\n\te".expandtabs(4), "a\tb".expandtabs(0), "a\tb".expandtabs(tabsize=1))
print("one\ntwo\r\nthree\rfour\x85five\u2028six".splitlines(), "a\n\nb\n".splitlines(keepends=True))
print(
    "  a  b c ".split(None, 1), "  a  b c ".rsplit(None, 1), "a,b,,c".split(","), "a b c d".split(maxsplit=2)
)
print(
    ",".join(["a", "日", "c"]), "".join("xyz"), "-".join(()), "-".join(["one"]), "ab".join(c for c in "123")
)
print("ab" * 3, 3 * "日", "x" * 0, "x" * -1, "a" + "日" + "b", "" + "a")
table = str.maketrans({"a": "1", "b": None, ord("c"): "ccc", "d": 0x65E5})
print(
    "abcd日".translate(table), "hello".translate(str.maketrans("el", "ip", "o")), "abc".translate({98: "B"})
)
print(
    [c for c in "a日\U0001f600"],
    list(reversed("abc")),
    sorted("hello"),
    max("abc"),
    iter("ab").__length_hint__(),
)
print(hash("a") == hash("a"), {"a": 1}["a"], "".join(["a", "b"]) == "ab", hash("") == 0)
print(
    repr("it's"),
    repr('say "hi"'),
    repr("both ' and \""),
    repr("\t\n\r\\\x00\x7f\xa0\xad\u200b\ud800\U000e0001\U0001f600é"),
)
print(ascii("é日\U0001f600\x7f"), "%r" % "\u0378", str(b"ab", "ascii"), str(b"ab"), str(object=5), str())


class S(str):
    def __str__(self):
        return "S!"

    def __repr__(self):
        return "S-repr"


s = S("日本")
print(
    s,
    repr(s),
    str(s),
    s + "x",
    type(s + "x").__name__,
    s.upper(),
    type(s[:]).__name__,
    len(s),
    s == "日本",
    hash(s) == hash("日本"),
    {s: 1}["日本"],
)
s.attribute = 1
print(
    s.__dict__,
    isinstance(s, str),
    S(b"abc", "ascii")[1:],
    S("ascii") == "ascii",
    "".join([s]),
    f"{s}",
    "%s" % s,
    s.encode(),
)

attempt("index", "abc".index, "x")
attempt("join", ",".join, [1])
attempt("join", ",".join, ["a", b"b"])
attempt("join", ",".join, 5)
attempt("concat", lambda: "a" + 1)
attempt("concat", lambda: 1 + "a")
attempt("contains", lambda: 1 in "a")
attempt("subscript", lambda: "abc"[10])
attempt("subscript", lambda: "abc"["x"])
attempt("subscript", lambda: "abc"[1.0])
attempt("assign", lambda: "abc".__setitem__(0, "x"))
attempt("split", "abc".split, "")
attempt("split", "abc".split, 1)
attempt("split", "abc".split, "a", "b")
attempt("split", "abc".split, foo=1)
attempt("split", "abc".split, "a", 1, 2)
attempt("split", "abc".split, "a", sep="b")
attempt("find", "abc".find)
attempt("find", "abc".find, 1)
attempt("find", "abc".find, "a", "b")
attempt("find", "abc".find, "a", 1, 2, 3)
attempt("startswith", "abc".startswith, 1)
attempt("startswith", "abc".startswith, ("x", 1))
attempt("startswith", "abc".startswith, ("x", "ab"))
attempt("replace", "abc".replace, "a")
attempt("replace", "abc".replace, "a", 1)
attempt("replace", "abc".replace, "a", "b", "c")
attempt("center", "abc".center, 10, "xy")
attempt("center", "abc".center, 10, 1)
attempt("center", "abc".center, "x")
attempt("strip", "abc".strip, 1)
attempt("strip", "abc".strip, "a", "b")
attempt("partition", "abc".partition, "")
attempt("partition", "abc".partition, 1)
attempt("removeprefix", "abc".removeprefix, 1)
attempt("maketrans", str.maketrans, "ab", "c")
attempt("maketrans", str.maketrans, 1)
attempt("maketrans", str.maketrans, {"ab": 1})
attempt("maketrans", str.maketrans, "a", 1)
attempt("translate", "abc".translate, {97: -1})
attempt("translate", "abc".translate, {97: 1.5})
attempt("encode", "abc".encode, 1)
attempt("encode", "abc".encode, "no-such-codec")
attempt("encode", "é".encode, "ascii")
attempt("encode", "abc".encode, "hex")
attempt("str", str, b"abc", 1)
attempt("str", str, "abc", "ascii")
attempt("str", str, 1, "ascii")
attempt("str", str, b"\xff", "utf-8")
attempt("repeat", lambda: "a" * "b")
attempt("repeat", lambda: "a" * 1.5)
attempt("chr", chr, 0x110000)
attempt("ord", ord, "ab")
attempt("zfill", "1".zfill, 1.5)
attempt("compare", lambda: "a" < 1)
