"""Complex numbers."""

# The lambdas run at once, and the old ways are what is tested.
# ruff: noqa: B023, E742, UP018, UP031


def attempt(f, *args, **kwargs):
    try:
        return f(*args, **kwargs)
    except Exception as e:
        return type(e).__name__, str(e)


inf, nan = float("inf"), float("nan")
VALUES = [
    0j,
    1j,
    -1j,
    1 + 0j,
    -0.0 + 0j,
    complex(-0.0, -0.0),
    3 - 4j,
    -2.5 + 1.25j,
    1e200 + 1e200j,
    complex(inf, nan),
    complex(1, -inf),
]
for z in VALUES:
    print(z, repr(z), -z, +z, z.real, z.imag, z.conjugate(), attempt(abs, z), bool(z), str(z))
    for w in [*VALUES, 2, 2.5, True, 10**400]:
        print(
            [
                attempt(lambda: z + w),
                attempt(lambda: z - w),
                attempt(lambda: z * w),
                attempt(lambda: z / w),
                z == w,
                w == z,
            ]
        )
    for n in (-2, -1, 0, 1, 2, 3, 5, 0.5, 2j, 101):
        print(n, attempt(lambda: z**n))
    print(
        [
            attempt(lambda: f())
            for f in (lambda: z // 1, lambda: z % 1, lambda: z < 1, lambda: int(z), lambda: float(z))
        ]
    )
print(hash(1j), hash(3 - 4j), hash(complex(2, 0)) == hash(2), {2: "two"}[2 + 0j], attempt(pow, 1j, 2, 3))
for text in [
    "1",
    "1+2j",
    " 1-2j ",
    "(1+2j)",
    "( 1e5-1e-5J )",
    "j",
    "-j",
    "+j",
    "1j",
    "1+j",
    "1-j",
    "nan+infj",
    "-infinity-nanj",
]:
    print(text, attempt(complex, text))
for text in [
    "",
    "1 + 2j",
    "1+2",
    "1+2jj",
    "(1+2j",
    "1_0+2_0j",
    "1__0j",
    "x",
    "1+2j)",
    "()",
    "j1",
    "1e",
    "１+２j",
]:
    print(repr(text), attempt(complex, text))
print(
    complex(),
    complex(1),
    complex(1, 2),
    complex(1j, 2j),
    complex(real=1, imag=-0.0),
    complex(2.5),
    complex(True),
)
print([attempt(complex, *a) for a in (([],), (1, "2"), ("1", 2), (1, []), (None,), (10**400,))])


class C:
    def __complex__(self):
        return 3 + 4j


class F:
    def __float__(self):
        return 2.5


class D(complex):
    pass


print(
    complex(C()),
    complex(F()),
    complex(F(), F()),
    D(1, 2),
    type(D(1, 2) + 1),
    D("1j"),
    complex(D(1, 2)),
    type(complex(D(1))),
)
print((1 + 2j).__getnewargs__(), (1 + 2j).__complex__(), (0.1 + 0.2j) * 3, sum([1j, 2, 3.5]), 1j * 1j)
