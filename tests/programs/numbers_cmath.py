"""The cmath module; ten digits, since the C library's last bits differ from build to build."""

# The lambdas run at once, and the old ways are what is tested.
# ruff: noqa: B023, E742, UP018, UP031

import cmath
import math


def show(x):
    if isinstance(x, complex):
        return f"{x.real:.10g} {x.imag:.10g}"
    return f"{x:.10g}" if isinstance(x, float) else x


def attempt(f, *args):
    try:
        return show(f(*args))
    except Exception as e:
        return type(e).__name__, str(e)


PARTS = [0.0, -0.0, 1.0, -1.5, 0.3, 20.0, -1e-9]
ONE = "acos acosh asin asinh atan atanh cos cosh exp log log10 sin sinh sqrt tan tanh"
for name in ONE.split():
    f = getattr(cmath, name)
    print(name, [attempt(f, complex(a, b)) for a in PARTS for b in PARTS])
    print(name, [attempt(f, x) for x in (2, 1.5, True, 1e300, -1e300, "x", None)])
INFINITE = [(a, b) for a in (0.5, cmath.inf, -cmath.inf) for b in (1.0, cmath.inf, -cmath.inf)]
for name in "cos cosh exp sin sinh tan tanh".split():
    print(name, [attempt(getattr(cmath, name), complex(a, b)) for a, b in INFINITE])
for z in (0j, 1 + 1j, -1 + 0j, complex(-1, -0.0), 1e308 + 1e308j, complex("inf+nanj")):
    print(attempt(cmath.phase, z), attempt(lambda: tuple(map(show, cmath.polar(z)))))
    print(cmath.isfinite(z), cmath.isinf(z), cmath.isnan(z))
print([attempt(cmath.rect, r, p) for r in (0, 1, -2.5, 1e308) for p in (0, -0.0, 1, 3.14, cmath.inf)])
print(attempt(cmath.log, 8, 2), attempt(cmath.log, 1j, 1j), attempt(cmath.log, 2, 0), attempt(cmath.log))
print(cmath.isclose(1j, 1j + 1e-12), cmath.isclose(1, 2), cmath.isclose(1, 1.1, rel_tol=0.5))
print(cmath.pi, cmath.e, cmath.tau, cmath.inf, cmath.nan, cmath.infj, cmath.nanj)

print([cmath.acosh(complex(x, math.nan)) for x in (0.0, -0.0, 1.0, -2.5, math.inf, math.nan)])

print(cmath.tanh(complex(0.0, float("nan"))), cmath.tan(complex(float("nan"), 0)), cmath.tanh(complex(-0.0, float("nan"))))
