"""Methods of str, bytes and bytearray on generated arguments; one digest a method.

With an argument, the calls themselves are printed.
"""

import sys
from binascii import crc32

VERBOSE = len(sys.argv) > 1
state = 12345


def number(n):
    global state
    state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
    return (state >> 33) % n


ALPHABETS = [
    "ab",
    "ab ",
    "aAbB1 \t\n",
    "aéÉß ",
    "a日本\u3000",
    "a\U0001f600é日",
    "aΣσς'.",
    "{}[]!:.0a",
    "%sd(a)5",
    "\r\n\x0b\x1c\x85\u2028x",
    "ǆǅﬁİıſ\u0345",
]


def text(limit=12):
    letters = ALPHABETS[number(len(ALPHABETS))]
    return "".join(letters[number(len(letters))] for _ in range(number(limit)))


def data(limit=12):
    letters = (b"ab", b"aAbB1 \t\n\r", b"a\x00\xff\x80", b"%sda(5)", b"a,")[number(5)]
    return bytes(letters[number(len(letters))] for _ in range(number(limit)))


def index():
    return (None, 0, 1, -1, 3, -3, 100, -100)[number(8)]


def call(function, *args, **kwargs):
    try:
        result = function(*args, **kwargs)
    except (ValueError, TypeError, IndexError, KeyError, LookupError, AttributeError) as error:
        return f"{type(error).__name__}: {error}"
    return repr(result)


def run(name, make, count):
    digest = 0
    for _ in range(count):
        label, outcome = make()
        line = f"{name} {label!r} -> {outcome}"
        if VERBOSE:
            print(ascii(line))
        digest = crc32(line.encode("utf-8", "backslashreplace"), digest)
    print(name, digest)


def search(kind):
    def make(name):
        s, p, a, b = kind(), kind(4), index(), index()
        return (s, p, a, b), call(getattr(s, name), p, a, b)

    return make


def simple(kind, *more):
    def make(name):
        s = kind()
        args = [m() for m in more]
        return (s, args), call(getattr(s, name), *args)

    return make


def small():
    return number(5) - 1


def pick(make, name):
    return lambda: make(name)


KINDS = [("str", text), ("bytes", data), ("bytearray", lambda n=12: bytearray(data(n)))]
for label, kind in KINDS:
    for name in "find rfind index rindex count startswith endswith".split():
        run(f"{label}.{name}", pick(search(kind), name), 300)
    for name in "split rsplit".split():
        run(f"{label}.{name}", pick(simple(kind, lambda: kind(3), small), name), 300)
        run(f"{label}.{name} none", pick(simple(kind, lambda: None, small), name), 300)
    for name in "partition rpartition removeprefix removesuffix strip lstrip rstrip".split():
        run(f"{label}.{name}", pick(simple(kind, lambda: kind(3)), name), 200)
    run(f"{label}.replace", pick(simple(kind, lambda: kind(3), lambda: kind(4), small), "replace"), 500)
    for name in "capitalize lower upper title swapcase isupper islower istitle isspace isalpha isalnum isdigit isascii splitlines strip split expandtabs".split():
        run(f"{label}.{name}", pick(simple(kind), name), 200)
    run(f"{label}.splitlines keep", pick(simple(kind, lambda: True), "splitlines"), 200)
    for name in "center ljust rjust zfill".split():
        run(f"{label}.{name}", pick(simple(kind, lambda: number(16)), name), 100)
    for name in "__contains__ __add__ __lt__ __eq__ __ge__".split():
        run(f"{label}.{name}", pick(simple(kind, kind), name), 150)
    run(
        f"{label}.slice",
        lambda: (
            (s := kind(), i := slice(index(), index(), (None, 1, -1, 2, -2, 3)[number(6)])),
            call(s.__getitem__, i),
        ),
        400,
    )
    run(
        f"{label}.join",
        lambda: ((s := kind(3), i := [kind(4) for _ in range(number(5))]), call(s.join, i)),
        200,
    )
    run(
        f"{label}.mod",
        lambda: (
            (s := kind(), a := ((), (kind(),), (number(100),), (number(9), kind()))[number(4)]),
            call(lambda: s % a),
        ),
        400,
    )

for name in "casefold isidentifier isprintable isdecimal isnumeric".split():
    run(name, pick(simple(text), name), 300)
run("format", lambda: ((s := text(), a := (text(3), number(100))), call(s.format, *a, a=number(10))), 800)
run(
    "spec",
    lambda: (
        (
            s := text(),
            f := "".join(
                ("", "*", "日")[number(3)]
                + ("", "<", ">", "^", "=")[number(5)]
                + ("", "0", "5", "12")[number(4)]
                + ("", ".", ".3", ",")[number(4)]
                + ("", "s", "d", "x")[number(4)]
            ),
        ),
        call(format, s, f),
    ),
    600,
)
for (
    encoding
) in "utf-8 ascii latin-1 utf-16 utf-16-be utf-32-le utf-7 unicode_escape raw_unicode_escape".split():
    for (
        errors
    ) in "strict ignore replace backslashreplace xmlcharrefreplace surrogateescape surrogatepass".split():
        run(
            f"encode {encoding} {errors}",
            lambda: (s := text() + ("", "\ud800", "\udcff")[number(3)], call(s.encode, encoding, errors)),
            40,
        )
        if errors != "xmlcharrefreplace":
            run(
                f"decode {encoding} {errors}",
                lambda: (
                    s := (
                        text().encode("utf-8"),
                        data(),
                        text().encode(("utf-16-le", "utf-32-le", "utf-7")[number(3)]),
                    )[number(3)]
                    + bytes([number(256) for _ in range(number(4))]),
                    call(s.decode, encoding, errors),
                ),
                60,
            )


def mutate():
    b = bytearray(data(20))
    log = []
    for _ in range(12):
        op = number(8)
        if op == 0:
            b.append(number(256))
        elif op == 1:
            b.extend(data(5))
        elif op == 2:
            b.insert(number(10) - 5, number(256))
        elif op == 3 and b:
            log.append(b.pop(number(len(b))))
        elif op == 4:
            b[slice(index(), index())] = data(4)
        elif op == 5:
            del b[slice(index(), index(), (1, 2, -1, -3)[number(4)])]
        elif op == 6:
            b += data(6)
        else:
            b *= number(3)
        log.append(bytes(b))
    return None, repr(log)


run("bytearray mutation", mutate, 300)
