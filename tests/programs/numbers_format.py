"""Format specs of int, float, complex, str and bool; percent formatting of numbers."""

# The lambdas run at once, and the old ways are what is tested.
# ruff: noqa: B023, E742, UP018, UP031


def attempt(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return type(e).__name__, str(e)


SPECS = [
    "",
    "d",
    "5",
    "<8",
    ">8",
    "^8",
    "=8",
    "*^9",
    "+",
    " ",
    "-",
    "08",
    "+08",
    ",",
    "_",
    "012,",
    "012_",
    "0=12,",
    "#x",
    "#X",
]
SPECS += [
    "x",
    "X",
    "o",
    "#o",
    "b",
    "#b",
    "#010x",
    "_x",
    "_b",
    ",x",
    "c",
    "+c",
    "#c",
    "n",
    "e",
    "E",
    ".3e",
    "f",
    ".2f",
    "F",
    "g",
]
SPECS += [
    ".3g",
    "G",
    "%",
    ".1%",
    "#.0f",
    "#g",
    "#.3g",
    ".0e",
    "z.1f",
    "z",
    ".2",
    "10.3",
    "010.2f",
    "+.1f",
    ",.2f",
    "_.3f",
    "020,.2f",
]
SPECS += [
    "s",
    "5s",
    "q",
    "é^7",
    "\U0001f600<6",
    "x5",
    "5.2d",
    ".",
    "5.",
    ",,",
    ",_",
    "_,",
    "99999999999999999999",
    ".99999999999999999999",
]
SPECS += ["<", "=", "é", "5é", "\x01", "1_", ".5n", ",n", "_c", "Z"]
VALUES = [0, 1, -1, 12, 255, 1234567, -1234567, 10**20, 65, 0x1F600, -(2**70), True]
VALUES += [
    0.0,
    -0.0,
    1.0,
    -1.5,
    0.05,
    -0.04,
    123.456,
    1234567.891,
    1e10,
    1e16,
    1e-7,
    1e100,
    2.5,
    0.1,
    float("inf"),
    float("-inf"),
]
VALUES += [
    float("nan"),
    1j,
    -1j,
    1 + 2j,
    -1.5 - 2.25j,
    complex("nan+infj"),
    0j,
    1e20 + 1e-5j,
    "",
    "abc",
    "añ",
    "\U0001f600",
]
for value in VALUES:
    for spec in SPECS:
        print(repr(value), repr(spec), repr(attempt(format, value, spec)))
for value in (0, 5, -5, 3.7, -3.7, 1e10, 10**25, True, "x", 1j, None):
    for f in (
        "%d",
        "%i",
        "%5d",
        "%-5d|",
        "%05d",
        "%+d",
        "% d",
        "%x",
        "%#x",
        "%X",
        "%o",
        "%#o",
        "%e",
        "%.2e",
        "%f",
        "%.1f",
        "%g",
        "%c",
        "%s",
        "%r",
    ):
        print(repr(value), f, repr(attempt(lambda: f % value)))
print(
    f"{1234.5678:>{12}.{2}f}",
    f"{42!r:>5}",
    "{:{}}".format(5, "<4"),
    "{0:{1}.{2}f}".format(3.14159, 10, 3),
    f"{7:b}{8:o}",
)
print(
    attempt(format, 5, 5),
    attempt((5).__format__, None),
    attempt((5.0).__format__, 1),
    format(2**200, "d"),
    format(10**30, ","),
)


class I(int):
    pass


class S(int):
    def __str__(self):
        return "custom"


print(
    format(I(5), ""),
    format(S(5), ""),
    format(S(5), "3d"),
    f"{S(5)}",
    str(S(5)),
    repr(S(5)),
    "%d" % S(5),
    "%s" % S(5),
)
for x in (1e15, 1e16, 123456789.0, 0.0001, 0.00001, 1.5, 100.0):
    print(str(x), repr(x), f"{x}", f"{x:g}", f"{x:.12g}", f"{x:.17g}", f"{x:n}", f"{x:.0f}", f"{x:#.0f}")
for x in (0.5, 1.5, 2.5, 0.125, 0.375, 1.005, 2.675, 1e22, 5e-324):
    print([f"{x:.{p}f}" for p in range(6)], [f"{x:.{p}e}" for p in range(4)], f"{x:.60f}", f"{x:.40g}")
