"""bytes and bytearray: shared methods, their own ones, errors."""


def attempt(label, function, *args, **kwargs):
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        print(label, type(error).__name__, error)
    else:
        print(label, type(result).__name__, repr(result))


DATA = [
    b"",
    b"a",
    b"abc",
    b"Hello World",
    b"  x\t\n",
    b"12",
    b"\x00\xff\x80",
    b"it's",
    b'"q"',
    b"a,b,,c",
    b"aXbXc",
    b"Title Case",
    b"UPPER",
    b"l1\r\nl2\rl3\nl4",
]
NOARGS = "capitalize title lower upper swapcase strip lstrip rstrip split rsplit splitlines isascii islower isupper istitle isspace isdigit isalpha isalnum expandtabs hex".split()
for kind in (bytes, bytearray):
    for data in DATA:
        value = kind(data)
        print(repr(value), len(value), bool(value), list(value), str(value))
        for name in NOARGS:
            print(" ", name, repr(getattr(value, name)()))
        for part in (b"", b"a", b",", b"X", bytearray(b"l"), memoryview(b"c")):
            for name in "find rfind count startswith endswith".split():
                print(
                    " ",
                    name,
                    getattr(value, name)(part),
                    getattr(value, name)(part, 1),
                    getattr(value, name)(part, -2, 100),
                    end="",
                )
            print(part in value, value.replace(part, b"<>"), value.replace(part, b"", 1))
            for (
                name
            ) in "partition rpartition split rsplit index rindex removeprefix removesuffix strip".split():
                attempt(name, getattr(value, name), part if type(part) is bytes else bytes(part))
        print(
            value.find(97),
            value.rfind(97),
            value.count(97),
            97 in value,
            value.center(9),
            value.ljust(7, b"*"),
            value.rjust(7, b"-"),
            value.zfill(6),
        )
        print(
            value[::2],
            value[::-1],
            value[1:3],
            value[-2:],
            value * 2,
            2 * value,
            value + b"z",
            value < b"b",
            value == data,
            value >= b"a",
            value != b"abc",
        )
        print(
            value.decode("latin-1"),
            value.translate(None, b"a"),
            value.translate(bytes(range(256))[::-1]),
            value.split(b",", 1),
            value.rsplit(None, 1),
            value.splitlines(True),
        )
    print(
        kind(3),
        kind([1, 2, 255]),
        kind("é", "utf-8"),
        kind("x", "ascii", "strict"),
        kind(b"ab"),
        kind(bytearray(b"cd")),
        kind(memoryview(b"ef")),
        kind(range(3)),
        kind(),
        kind(iter([5])),
    )
    print(
        kind.fromhex("00ff 7F\n10"),
        kind.maketrans(b"ab", b"xy")[97:99],
        kind(b",").join([b"a", bytearray(b"b"), memoryview(b"c")]),
        kind(b"").join([]),
        kind(b"-").join([b"q"]),
    )
    print(
        kind(b"\x01\x02\x03\x04\x05").hex(":"),
        kind(b"\x01\x02\x03\x04\x05").hex("-", 2),
        kind(b"\x01\x02\x03\x04\x05").hex("-", -2),
        kind(b"").hex(":"),
    )
    b = kind(b"abc")
    attempt("index", b.index, b"x")
    attempt("find", b.find, "a")
    attempt("find", b.find, 256)
    attempt("find", b.find, -1)
    attempt("contains", lambda: "a" in b)
    attempt("contains", lambda: 300 in b)
    attempt("concat", lambda: b + "a")
    attempt("concat", lambda: "a" + b)
    attempt("join", b.join, ["a"])
    attempt("join", b.join, [b"a", 1])
    attempt("join", b.join, 1)
    attempt("split", b.split, "a")
    attempt("split", b.split, b"")
    attempt("startswith", b.startswith, "a")
    attempt("startswith", b.startswith, (b"x", b"a"))
    attempt("startswith", b.startswith, (b"x", "a"))
    attempt("replace", b.replace, b"a", "b")
    attempt("strip", b.strip, "a")
    attempt("center", b.center, 5, b"xx")
    attempt("center", b.center, 5, "x")
    attempt("translate", b.translate, b"abc")
    attempt("maketrans", b.maketrans, b"a", b"bc")
    attempt("fromhex", kind.fromhex, "0")
    attempt("fromhex", kind.fromhex, "0g")
    attempt("fromhex", kind.fromhex, b"00")
    attempt("new", kind, "abc")
    attempt("new", kind, -1)
    attempt("new", kind, [256])
    attempt("new", kind, ["a"])
    attempt("new", kind, 1.5)
    attempt("new", kind, 1, "ascii")
    attempt("new", kind, b"a", errors="strict")
    attempt("index", lambda: b[5])
    attempt("index", lambda: b["a"])
    attempt("decode", b.decode, "ascii", "strict")
    attempt("decode", kind(b"\xff").decode)
    attempt("hex", b.hex, "::")
    attempt("hex", b.hex, "é")
    attempt("compare", lambda: b < "a")
    attempt("compare", lambda: b == "a")
    attempt("hash", lambda: hash(b) == hash(b"abc"))

print({b"a": 1}[b"a"], hash(b"") == hash(b""), b"a" in {b"a", b"b"}, b"abc"[0], bytes(b"x") is b"x"[:])
print(repr(b"\t\n\r\\'\"\x7f\x80 ~"), b"%s" % b"x")


class Sub(bytes):
    pass


s = Sub(b"hello")
s.tag = 1
print(
    s,
    s.tag,
    type(s).__name__,
    type(s + b"x").__name__,
    type(s[:]).__name__,
    type(s.upper()).__name__,
    s == b"hello",
    hash(s) == hash(b"hello"),
    Sub.fromhex("6161"),
    type(Sub.fromhex("61")).__name__,
)


class Special:
    def __bytes__(self):
        return b"special"


class BadSpecial:
    def __bytes__(self):
        return "bad"


print(bytes(Special()))
attempt("bad", bytes, BadSpecial())

a = bytearray(b"hello")
a.append(33)
a.extend(b" abc")
a.extend([65, 66])
a.extend(a)
a.insert(0, 60)
a.insert(-1, 62)
a.insert(1000, 63)
print(a, a.pop(), a.pop(0), a.pop(-2), a)
a.remove(104)
a.reverse()
print(a, a.copy(), a.copy() is a)
a[0] = 48
a[1:3] = b"<<>>"
a[5:5] = [1, 2]
a[::3] = bytes(len(a[::3]))
print(a)
del a[0]
del a[1:3]
del a[::2]
print(a)
a *= 2
a += b"tail"
a += memoryview(b"!")
print(a)
a[2:4] = b""
a[:] = b"new contents"
print(a, a == b"new contents", b"new contents" == a, a.__alloc__() >= len(a))
a.clear()
print(a, len(a))
attempt("append", a.append, 256)
attempt("append", a.append, "a")
attempt("pop", a.pop)
attempt("remove", a.remove, 1)
attempt("extend", a.extend, "abc")
attempt("extend", a.extend, 1)
attempt("hash", hash, a)
attempt("assign", lambda: bytearray(b"abc").__setitem__(slice(0, 3, 2), b"x"))
attempt("assign", lambda: bytearray(b"abc").__setitem__(0, 1000))
attempt("assign", lambda: bytearray(b"abc").__setitem__(slice(0, 1), 5))
attempt("assign", lambda: bytearray(b"abc").__setitem__(slice(0, 1), "x"))
attempt("insert", a.insert, 0)
big = bytearray()
for i in range(5000):
    big += b"x%d," % i
    if i % 7 == 0:
        del big[:3]
print(len(big), big[:20], big[-20:])
while len(big) > 10:
    del big[: len(big) // 2]
print(big)
