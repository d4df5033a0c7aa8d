"""The math module."""

# The lambdas run at once, and the old ways are what is tested.
# ruff: noqa: B023, E742, UP018, UP031

import math
from fractions import Fraction


def attempt(f, *args, **kwargs):
    try:
        r = f(*args, **kwargs)
    except Exception as e:
        return type(e).__name__, str(e)
    # The C library's last bit may differ from build to build; 14 digits are a promise.
    return float(f"{r:.14g}") if isinstance(r, float) else r


inf, nan = math.inf, math.nan
XS = [
    0.0,
    -0.0,
    1,
    -1,
    0.5,
    -0.5,
    2,
    10,
    -10,
    0.1,
    1e-10,
    1e10,
    100,
    700,
    710,
    -745,
    -750,
    1e300,
    1e308,
    5e-324,
    inf,
    -inf,
    nan,
    10**400,
    "x",
    True,
]
ONE = "acos acosh asin asinh atan atanh cbrt ceil cos cosh degrees erf erfc exp exp2 expm1 fabs floor frexp isfinite isinf isnan"
ONE += " log log10 log1p log2 modf radians sin sinh sqrt tan tanh trunc ulp"
for name in ONE.split():
    print(name, [attempt(getattr(math, name), x) for x in XS])
for x in [0.5, 1, 2, 5, 20, 23, 24, 25, 170, 171, 172, 0, -1, -0.5, -1.5, -10.5, inf, -inf, nan, 1e-5]:
    print(
        x,
        *(
            r if isinstance(r, tuple) else f"{r:.10g}"
            for r in (attempt(math.gamma, x), attempt(math.lgamma, x))
        ),
    )
TWO = "atan2 copysign fmod pow remainder nextafter hypot log"
YS = [0.0, -0.0, 1, -1, 2, 0.5, 3.7, -2.5, 1e300, inf, -inf, nan]
for name in TWO.split():
    for x in YS:
        print(name, x, [attempt(getattr(math, name), x, y) for y in YS])
print(
    [
        attempt(math.ldexp, x, e)
        for x in (0.0, 1.0, -1.5, 5e-324, inf)
        for e in (0, 3, -1100, 2000, 10**30, -(10**30), 1.0)
    ]
)
print(
    math.log(10**400),
    math.log2(2**5000),
    math.log10(10**500),
    attempt(math.log, -(10**400)),
    attempt(math.log, 0),
    math.log(8, 2),
)
print(attempt(math.log, 10, 1), attempt(math.log, 1, 0), attempt(math.log), attempt(math.log, 1, 2, 3))
print(
    [math.gcd(*a) for a in ((), (0,), (12, 18), (-12, 18), (2**100, 6**50), (0, 0), (5, 10, 15), (7, 2**70))]
)
print([math.lcm(*a) for a in ((), (0,), (4, 6), (-4, 6), (2**64, 3), (1, 2, 3, 4, 5, 6), (3, 0))])
print(
    [
        attempt(math.isqrt, n)
        for n in (0, 1, 2, 3, 4, 15, 16, 17, 2**62 - 1, 2**64, 2**64 - 1, 10**40, 10**41 - 1, -1, 2.5, True)
    ]
)
print(
    [attempt(math.factorial, n) for n in (0, 1, 2, 5, 20, 21, 30, -1, 2.0, "x")],
    math.factorial(200) % 10**9 + 7,
)
print(
    [
        attempt(math.comb, *a)
        for a in ((5, 2), (5, 0), (5, 6), (60, 30), (200, 100), (2**70, 2), (-1, 2), (2, -1), (5,))
    ]
)
print(
    [
        attempt(math.perm, *a)
        for a in ((5, 2), (5, 0), (5, 6), (5,), (5, None), (30, 25), (2**70, 3), (-1, 2), (2, -1))
    ]
)
print([attempt(math.prod, *a) for a in (([],), ([1, 2, 3],), ([0.5, 4],), ([2**40] * 3,), (["a", 3],), (5,))])
print(math.prod([2, 3], start=5), math.prod([], start="x"), math.prod(range(1, 25)))
print(
    math.fsum([0.1] * 10),
    math.fsum([]),
    math.fsum([1e100, 1, -1e100]),
    math.fsum([1e-16, 1, 1e16]),
    math.fsum([inf, 1]),
)
print(
    attempt(math.fsum, [inf, -inf]),
    attempt(math.fsum, [1e308, 1e308]),
    math.fsum([nan, 1]),
    attempt(math.fsum, ["x"]),
)
print(
    math.fsum([1e308, 1e308, -1e308]) if False else "",
    math.fsum(1 / n for n in range(1, 1000)),
    math.fsum([2.0**-1074] * 3),
)
print(
    math.hypot(),
    math.hypot(3),
    math.hypot(3, 4),
    math.hypot(1, 2, 3, 4),
    math.hypot(1e200, 1e200),
    math.hypot(1e-300, 1e-300),
)
print(
    math.hypot(inf, nan),
    math.hypot(nan, 1),
    math.hypot(*[0.1] * 20),
    math.hypot(5e-324, 5e-324),
    math.hypot(-0.0),
)
print(
    math.dist((1, 2), (4, 6)),
    math.dist([1.5], [2]),
    attempt(math.dist, (1,), (1, 2)),
    attempt(math.dist, 1, 2),
    math.dist((), ()),
)
print(
    math.isclose(1, 1 + 1e-10),
    math.isclose(1, 1.1),
    math.isclose(1, 1.1, rel_tol=0.2),
    math.isclose(0, 1e-10, abs_tol=1e-9),
)
print(
    math.isclose(inf, inf),
    math.isclose(nan, nan),
    attempt(math.isclose, 1, 2, rel_tol=-1),
    attempt(math.isclose, 1),
)
print(
    math.pi,
    math.e,
    math.tau,
    math.inf,
    math.nan,
    math.floor(2.7),
    math.ceil(-2.7),
    math.floor(10**30),
    math.trunc(-2.7),
)
print(
    math.floor(Fraction(7, 2)),
    math.ceil(Fraction(7, 2)),
    math.trunc(Fraction(-7, 2)),
    attempt(math.floor, "x"),
    attempt(math.trunc, "x"),
)
print(
    math.floor(1e300) % 10**10,
    attempt(math.floor, inf),
    attempt(math.ceil, nan),
    math.nextafter(1.0, 2.0),
    math.ulp(1.0),
)
