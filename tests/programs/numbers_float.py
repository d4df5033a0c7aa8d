"""Floats: arithmetic with immediates and boxed values, text both ways, rounding, hashes."""

# The lambdas run at once, and the old ways are what is tested.
# ruff: noqa: B023, E742, UP018, UP031

import math

VALUES = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    1.5,
    2.5,
    -2.5,
    3.7,
    -3.7,
    1e-5,
    123456.789,
    1e15,
    1e16,
    1e17,
    1e22,
    1e23,
    0.1,
    1 / 3,
]
VALUES += [
    1e-300,
    1e300,
    5e-324,
    2.2250738585072014e-308,
    1.7976931348623157e308,
    2.0**-255,
    2.0**256,
    2.0**257,
    2.0**-256,
]
VALUES += [float("inf"), float("-inf"), float("nan")]


def attempt(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return type(e).__name__, str(e)


for x in VALUES:
    print(x, repr(-x), abs(x), bool(x), attempt(int, x), x.is_integer(), x.hex(), attempt(x.as_integer_ratio))
    print(attempt(round, x), [attempt(round, x, n) for n in (0, 1, 2, 5, 20, -1, -3, -20, -300)])
    print(
        attempt(math.floor, x), attempt(math.ceil, x), attempt(math.trunc, x), x.real, x.imag, x.conjugate()
    )
    if x == x:
        print(hash(x), float(repr(x)) == x, float.fromhex(x.hex()) == x)
for x in VALUES:
    for y in VALUES[::3]:
        print([attempt(f, x, y) for f in (float.__add__, float.__sub__, float.__mul__)])
        print(
            [attempt(lambda: x / y), attempt(lambda: x // y), attempt(lambda: x % y), attempt(divmod, x, y)]
        )
        print(x < y, x <= y, x == y, x != y, x > y, x >= y)
for x in (-8.0, -2.0, -1.0, -0.0, 0.0, 0.5, 1.0, 2.0, float("inf"), float("-inf"), float("nan")):
    print(
        x,
        [
            attempt(pow, x, y)
            for y in (-3.0, -1, -0.5, 0, 1 / 3, 0.5, 1, 2, 3.0, 1e10, 1e300, float("inf"), float("-inf"))
        ],
    )
print(
    attempt(pow, 2.0, 3.0, 5),
    attempt(lambda: 1.0 + "x"),
    attempt(lambda: 1.5 // 0),
    attempt(lambda: 1.5 % 0.0),
)
for i in (0, 1, -1, 3, 2**53, 2**53 + 1, 2**62, -(2**62), 2**70, 10**30):
    print(
        [
            attempt(lambda: f)
            for f in (i + 0.5, 0.5 + i, i - 0.5, i * 1.5, i / 2.0, i // 2.0, i % 2.5, 1.5 ** min(i, 99))
        ]
    )
    print(i < 1.5, i == float(i), i > 1e20, float(i) <= i)

for text in [
    "1",
    "1.5",
    " 1.5 ",
    "1e5",
    "1E-5",
    ".5",
    "5.",
    ".",
    "",
    "1_0.5_5",
    "1__0",
    "_1.0",
    "1_",
    "inf",
    "-Infinity",
    "nan",
]:
    print(repr(text), attempt(float, text))
for text in [
    "+nan",
    "infin",
    "1e",
    "1e+",
    "0x10",
    "1.5e400",
    "-1e400",
    "1e-400",
    "１.５",
    "\u0661.\u0665",
    "1 2",
    "1\x002",
]:
    print(repr(text), attempt(float, text))
for text in [
    "0.1",
    "123456789012345678901234567890",
    "2.2250738585072011e-308",
    "9007199254740993",
    "1" + "0" * 400 + "e-400",
]:
    print(attempt(float, text), attempt(float, text.encode()), attempt(float, bytearray(text.encode())))
for value in ([], None, "abc", b"abc", 1j, 10**400, True, 7):
    print(repr(value)[:20], attempt(float, value))
for text in [
    "0x1p0",
    "0x1.8p3",
    "-0x1.fffffffffffffp+1023",
    "0x.8p1",
    "1.8p1",
    "0x1p-1074",
    "0x1p-1075",
    "0x1.8p-1075",
    "0x1p1024",
]:
    print(text, attempt(float.fromhex, text))
for text in [
    "inf",
    " -nan ",
    "0x",
    "0xg",
    "0x1p",
    "",
    "0x1.00000000000008p0",
    "0x1.000000000000081p0",
    "0x1.00000000000018p0",
]:
    print(text, attempt(float.fromhex, text))
print(float(), float.__getformat__("double"), attempt(float.__getformat__, "x"), float.fromhex("ff"))


class F(float):
    def __add__(self, other):
        return "added"


f = F(2.5)
print(
    f,
    f + 1,
    1 + f,
    f * 2,
    type(f * 2),
    -f,
    f == 2.5,
    hash(f) == hash(2.5),
    type(f.real),
    F("1.25"),
    F(float("inf")),
)


class HasFloat:
    def __float__(self):
        return 4.5


class HasIndex:
    def __index__(self):
        return 7


class BadFloat:
    def __float__(self):
        return "no"


print(
    float(HasFloat()),
    float(HasIndex()),
    attempt(float, BadFloat()),
    math.sqrt(HasIndex()),
    math.floor(HasFloat()),
)
total = 0.0
for i in range(100000):
    total += i * 0.1
print(total, sum([0.1] * 10), sum([1, 2.5, 3]), max(1, 2.5), min(1.5, 1))
z = 1e-200
print(z * z, z * 1e-120, z / 1e120, 1e200 * 1e200, -z * z)
print({0.0: 1}[-0.0], {1: "a"}[1.0], hash(1e300), hash(2.0**61 - 1), hash(-1.0), hash(0.1), hash(1e-310))
