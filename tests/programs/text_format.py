"""str.format, format specs, f-strings and the % operator."""

import string


def attempt(label, function, *args, **kwargs):
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        print(label, type(error).__name__, error)
    else:
        print(label, type(result).__name__, repr(result))


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __format__(self, spec):
        return f"P<{spec}>"

    def __repr__(self):
        return "Point(日)"


p = Point(1, [10, 20, {"k": "v"}])
FORMATS = [
    ("", (), {}),
    ("plain", (), {}),
    ("{} {}", (1, "a"), {}),
    ("{1} {0} {1}", (1, "a"), {}),
    ("{a} {b!r} {b!s} {b!a}", (), {"a": 1, "b": "é'"}),
    ("{0.x} {0.y[1]} {0.y[2][k]}", (p,), {}),
    ("{{}} {{{0}}}", (5,), {}),
    ("{:>10}|{:<10}|{:^10}|{:*^9}", ("a", "b", "c", "日"), {}),
    ("{:{}}|{:{w}.{p}}", ("x", 5, "abcdef"), {"w": 10, "p": 3}),
    ("{0:{1}{2}}", ("x", ">", 4), {}),
    (
        "{:5d}|{:<5d}|{:^5d}|{:=+5d}|{:05d}|{:x}|{:#x}|{:b}|{:o}|{:,}|{:_}|{:c}",
        tuple([42] * 9 + [1234567, 1234567, 65]),
        {},
    ),
    ("{:.2f}|{:10.3e}|{:g}|{:%}|{:+.1f}|{:n}", (3.14159, 12345.678, 1e10, 0.25, -2.55, 7), {}),
    ("{!r:>10}", ("ab",), {}),
    ("{:abc}", (p,), {}),
    ("{p:{spec}}", (), {"p": p, "spec": "日"}),
    ("日本{}語", ("x",), {}),
    ("{}", (p,), {}),
    ("{0[a]} {0[1]}", ({"a": 1, 1: 2},), {}),
    ("{", (), {}),
    ("}", (), {}),
    ("{0", (1,), {}),
    ("{0!", (1,), {}),
    ("{0!r", (1,), {}),
    ("{0!rx}", (1,), {}),
    ("{0!z}", (1,), {}),
    ("{} {0}", (1, 2), {}),
    ("{0} {}", (1, 2), {}),
    ("{2}", (1, 2), {}),
    ("{}", (), {}),
    ("{missing}", (), {}),
    ("{0.missing}", (1,), {}),
    ("{0[0}", ([1],), {}),
    ("{0[0]x}", ([1],), {}),
    ("{0.}", ([1],), {}),
    ("{0[]}", ([1],), {}),
    ("{:{:{:{}}}}", (1, 2, 3, 4), {}),
    ("{:d}", ("a",), {}),
    ("{:s}", (1,), {}),
    ("{:+}", ("a",), {}),
    ("{: }", ("a",), {}),
    ("{:#}", ("a",), {}),
    ("{:=5}", ("a",), {}),
    ("{:,}", ("a",), {}),
    ("{:.-1}", ("a",), {}),
    ("{:5.}", ("a",), {}),
    ("{:05}", ("a",), {}),
    ("{:<05}|{:0<5}", ("a", "b"), {}),
    ("{a{b}}", (), {"a": 1}),
]
for text, args, kwargs in FORMATS:
    attempt(repr(text), text.format, *args, **kwargs)


class Default(dict):
    def __missing__(self, key):
        return f"<{key}>"


attempt("map", "{a} {b}".format_map, Default(a=1))
attempt("map", "{a} {}".format_map, {"a": 1})
attempt("map", "{a}".format_map, {})
attempt("format", format, "abc", 5)
attempt("format", format, "abc", "")
attempt("format", format, object, "x")
print(f"{p!r} {p:x} {1 + 1} {'nested':>{8}} {3.14159:.2f} {'日'!a} {p.x=} {10:#06x} {'ab'}")
name = "w"
print(f"{name}{name!r:>5}", f"{name:{'>'}{5}}", f"{{}}{name}{{", f"{'x' * 3}-{[1, 2]}")

formatter = string.Formatter()
attempt("Formatter", formatter.format, "{0} {a} {}", 1, a=2)
attempt("Formatter", formatter.format, "{} {a.x!r:>5}", 1, a=p)
print(list(formatter.parse("a{b!r:c{d}}e{{f}}{}")), list(formatter.parse("")))
print(string.Template("$a ${b} $$").substitute(a=1, b=2), string.capwords("hello big world"))

PERCENT = [
    ("%s %s", (1, "a")),
    ("%r %a", ("é", "é")),
    ("%5s|%-5s|%.2s|%5.1s", ("ab", "ab", "abc", "abc")),
    ("%d %i %u", (1, -2, 3)),
    ("%5d|%-5d|%05d|%+d|% d|%.4d|%8.4d|%+08.3d", (42,) * 8),
    ("%x %X %#x %#X %o %#o", (255,) * 6),
    ("%#06x|%-#8o|%.5x", (255, 8, 255)),
    ("%e %E %f %F %g %G", (1.5,) * 6),
    ("%.3f|%10.2f|%-10.2f|%+.1e|%010.3f|%#.0f", (3.14159,) * 6),
    ("%f %f %F", (float("inf"), float("nan"), float("-inf"))),
    ("%c%c%c", ("a", 98, "日")),
    ("%%|%5s%%", ("a",)),
    ("%(a)s %(b)d", {"a": "x", "b": 2}),
    ("%(a)s %%", {"a": 1}),
    ("%s", {"a": 1}),
    ("%*d|%-*d|%.*f", (5, 42, 5, 42, 2, 3.14159)),
    ("%d", (2**100,)),
    ("%x", (-(2**70),)),
    ("%d", (3.99,)),
    ("%s", ((1, 2),)),
    ("%s", ([1],)),
    ("%ld %hd %Ld", (1, 2, 3)),
    ("日%s本", ("語",)),
    ("", ()),
    ("x", {}),
    ("%s %s", (1,)),
    ("%s", (1, 2)),
    ("%d", ("a",)),
    ("%x", (1.5,)),
    ("%f", ("a",)),
    ("%c", ("ab",)),
    ("%c", (0x110000,)),
    ("%c", (1.5,)),
    ("%y", (1,)),
    ("%", ()),
    ("%(a", {}),
    ("%(a)s", (1,)),
    ("%(a)s", {}),
    ("%*d", ("a", 1)),
    ("%5", (1,)),
    ("abc", (1,)),
    ("abc", 1),
    ("%s", ()),
    ("%.3%", ()),
    ("%(a)*d", {"a": 1}),
    ("%é", (1,)),
]
for text, args in PERCENT:
    attempt(f"{text!r} {args!r}", lambda: text % args)

for text, args in [
    (b"%s %b", (b"a", bytearray(b"b"))),
    (b"%d|%5x|%-5d|%c%c", (1, 255, 7, 65, b"z")),
    (b"%a %r", ("é", [1])),
    (b"%.2f", (1.005,)),
    (b"%(a)s", {b"a": b"1"}),
    (b"%s", ("a",)),
    (b"%c", (256,)),
    (b"%c", ("a",)),
    (b"%s", ()),
    (b"%", ()),
    (b"%b", (5,)),
    (b"x", (1,)),
    (b"%5s|%-5s|%.1s", (b"ab", b"ab", b"ab")),
]:
    attempt(f"{text!r} {args!r}", lambda: text % args)
print(bytearray(b"%d-%s") % (5, b"x"))

for text in ("{:{}}", "{:{:{}}}", "{:{:{:{}}}}"):
    try:
        print(text.format(1, 2, 3, 4))
    except ValueError as e:
        print(e)
