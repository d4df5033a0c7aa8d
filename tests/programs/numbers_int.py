"""Ints: every operator on small, word-sized and big operands of both signs."""

# The lambdas run at once, and the old ways are what is tested.
# ruff: noqa: B023, E742, UP018, UP031

from itertools import product

VALUES = sorted(
    {
        s * v
        for s in (1, -1)
        for k in (0, 1, 2, 8, 31, 32, 61, 62, 63, 64, 65, 127, 128, 200)
        for v in (2**k - 1, 2**k, 2**k + 1)
    }
)


def attempt(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return type(e).__name__, str(e)


def checksum(values):
    h = 0
    for v in values:
        h = (h * 1000003 + hash(v)) % (2**64)
    return h


OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "/": lambda a, b: a / b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
for name, f in OPERATIONS.items():
    results = [attempt(f, a, b) for a, b in product(VALUES, repeat=2)]
    print(name, checksum(str(r)[:60].count("1") + sum(map(ord, str(r)[:60])) for r in results))
    print(name, results[17], results[-5], results[len(results) // 3])
print("divmod", checksum(sum(map(ord, repr(attempt(divmod, a, b)))) for a, b in product(VALUES, repeat=2)))
for shift in (0, 1, 31, 62, 63, 64, 100, -1):
    print("shift", shift, [attempt(lambda: v << shift) for v in VALUES[::9]])
    print("shift", shift, [attempt(lambda: v >> shift) for v in VALUES[::9]])
for v in VALUES[::5]:
    print(v, -v, ~v, +v, abs(v), bool(v), hash(v), hex(v), oct(v), bin(v), v.bit_length(), v.bit_count())
    print(
        float(v),
        int(float(v)),
        v.as_integer_ratio(),
        v.conjugate(),
        v.real,
        v.imag,
        v.numerator,
        v.denominator,
    )

print([attempt(pow, a, b) for a in (-3, -1, 0, 1, 2, 10) for b in (-3, -1, 0, 1, 5, 64)])
print(
    [
        attempt(pow, a, b, m)
        for a in (-3, 0, 7, 2**70)
        for b in (-2, 0, 5, 2**80)
        for m in (-7, 0, 1, 10, 2**65)
    ]
)
print(3**1000 % 10**50, (-3) ** 333)

for text in [
    "0",
    " 12 ",
    "-7",
    "+7",
    "1_000",
    "1__0",
    "_1",
    "1_",
    "0x1f",
    "abc",
    "",
    " ",
    "１２",
    "\u0663",
    "1 2",
    "9" * 40,
]:
    print(repr(text), attempt(int, text))
for text, base in [
    ("ff", 16),
    ("0xff", 16),
    ("0xff", 0),
    ("0b101", 0),
    ("0o17", 0),
    ("017", 0),
    ("00", 0),
    ("zz", 36),
]:
    print(text, base, attempt(int, text, base))
for text, base in [
    ("z", 35),
    ("1", 1),
    ("1", 37),
    ("0b2", 2),
    ("0x_f", 16),
    ("0x", 16),
    ("1" * 70, 2),
    ("-" + "7" * 50, 8),
]:
    print(text, base, attempt(int, text, base))
for value in [b"12", bytearray(b" 13 "), 3.99, -3.99, "x", None, [], 1j, float("nan"), float("inf"), True]:
    print(repr(value), attempt(int, value))
print(
    attempt(int, b"1f", 16),
    attempt(int, 5, 10),
    attempt(lambda: int(base=10)),
    attempt(lambda: int("5", base=7)),
)
print(int(), int(1e30), int(-1e18), int(2.0**62), int(-(2.0**62)), int(2.0**63))

for v in (0, 5, 15, 25, 35, 149, 150, 151, -15, -25, 10**30 + 5):
    print([attempt(round, v, n) for n in (2, 0, -1, -2, -3, -40)], round(v))
print(attempt(round, 5, "x"), attempt(round, 5, 1.0))

for v in (0, 1, 255, 256, -1, -128, -129, 2**64, -(2**63), 10**30):
    for n in (1, 2, 8, 16):
        for order in ("big", "little"):
            for signed in (False, True):
                data = attempt(lambda: v.to_bytes(n, order, signed=signed))
                print(v, n, data, isinstance(data, bytes) and int.from_bytes(data, order, signed=signed))
print(int.from_bytes([1, 2, 3], "big"), int.from_bytes(b"", "little"), attempt(int.from_bytes, "x", "big"))
print(attempt((5).to_bytes, 1, "middle"), (5).to_bytes())

print(
    1 < 1.5, 2**53 + 1 == float(2**53), 2**53 + 1 > float(2**53), 10**400 > 1e308, -(10**400) < float("-inf")
)
print(
    2**62 == 2.0**62, 2**62 - 1 == 2.0**62, 2**1023 == 2.0**1023, 2**1023 + 1 > 2.0**1023, 1 == float("nan")
)
print(attempt(lambda: 10**400 / 3), attempt(lambda: 3 / 10**400), 10**400 / 10**399, attempt(float, 10**400))
print(
    attempt(lambda: 10**400 + 1.0),
    attempt(lambda: 1 << (1 << 70)),
    attempt(lambda: "x" + 1),
    attempt(lambda: 1 + "x"),
)


class Number(int):
    def __add__(self, other):
        return Number(int(self) + int(other))

    def __repr__(self):
        return f"Number({int(self)})"


n = Number(5)
print(
    n,
    n + 3,
    3 + n,
    n * 2,
    type(n * 2),
    -n,
    type(-n),
    n == 5,
    hash(n),
    {5: "five"}[n],
    Number(2**80),
    Number("12"),
)
print(
    type(Number(7).real),
    isinstance(n, int),
    n.bit_length(),
    [1, 2, 3, 4, 5, 6][n],
    "x" * n,
    int(n),
    type(int(n)),
)
print(
    Number.from_bytes(b"\x01\x00", "big"),
    type(Number.from_bytes(b"\x01", "big")),
    n.__index__(),
    n // 2,
    n**2,
)
print(
    True + True,
    True & False,
    True | 2,
    type(True & True),
    type(True & 1),
    ~True,
    -True,
    True << 3,
    bool("a"),
    bool(),
)
print(
    True == 1,
    hash(True),
    str(True),
    repr(False),
    f"{True}",
    f"{True:d}",
    int(True),
    attempt(bool, 1, 2),
    {True: 1}[1],
)
print(
    attempt(lambda: type("B", (bool,), {})),
    attempt(lambda: int.__new__(str)),
    (3).__add__(2.0),
    (3).__eq__("3"),
)

a, b = 0, 1
for _ in range(400):
    a, b = b, a + b
print(a, b % 1000007, a * b // (a + 1) == b - (b + a) // (a + 1) if a else None)
f = 1
for i in range(1, 60):
    f *= i
print(f, f // 7**5, f % 1000003, len(str(f)), str(f)[::-1][:20])
print(len(str(3**8000)), str(3**8000)[:30], attempt(lambda: str(3**10000)), attempt(int, "1" * 5000))

# Around one limb: 2**62 is where ints stop being immediate, 2**64 where they need a second limb.
edges = (5, 2**62 - 1, 2**62, 2**64 - 1, 2**64 + 1, -(2**62) - 1, -(2**64) + 1)
for x in edges:
    print([(x + y, x - y, x & y, x | y, x ^ y) for y in edges], [x << n for n in (0, 2, 62, 64)])
