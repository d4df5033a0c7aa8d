"""Floats in compiled loops: boxed and immediate ones, special values, ints that turn into floats."""

import math


def accumulate(n):
    total = 0
    for i in range(1, n):
        total += 1 / i
        total -= 1.0 / (i * i)
    return total


def powers(values):
    out = []
    for v in values:
        for e in (2, 0.5, -1.5, 3.0, -2, 0):
            try:
                out.append(v**e)
            except ZeroDivisionError:
                out.append("zero")
            except OverflowError:
                out.append("overflow")
    return out


def special(n):
    inf = float("inf")
    nan = float("nan")
    out = []
    for i in range(n):
        x = (0.0, -0.0, inf, -inf, nan, 1e-320, 1e300, 2.5, -7.25)[i % 9]
        y = (3.0, -2.0, 1e-310, 1e305, -0.0)[i % 5]
        out.append((x + y, x - y, x * y, x < y, x == y, x != y, x >= y, bool(x)))
        if y:
            out.append((x / y, x // y if x - x == 0 else 0, x % y if x - x == 0 else 0))
    return repr(out)


def mixed(n):
    a = 1
    b = 0.5
    for i in range(n):
        if i % 3 == 0:
            a = a + b
        elif i % 3 == 1:
            a = int(a) + 1
        b = b + (i if i % 2 else 0.25)
    return a, b


def compare_int_float(n):
    big = (1 << 53) + 1
    f = float(1 << 53)
    hits = 0
    for i in range(n):
        hits += (big + i) > f
        hits += (big + i) == f + i
        hits += i < 10.5
    return hits


def tiny(n):
    x = 1.0
    for i in range(n):
        x *= 0.5
    y = 1e300
    for i in range(20):
        y = y * 1e3 if y < 1e306 else y * 1e3
    return x, y


def signs(n):
    out = 0.0
    z = -0.0
    for i in range(n):
        z = z * 1.0
        out += math.copysign(1.0, z)
        out += math.copysign(1.0, 0 / -3)
        out += math.copysign(1.0, -z)
    return out


def unary(n):
    x = 1.5
    s = 0.0
    for i in range(n):
        x = -x
        s += abs(x) + x
        s += math.sqrt(abs(x)) + min(x, 0.5) + max(x, 0.25)
    return s


def truth_of(values):
    n = 0
    for r in range(300):
        for v in values:
            if v:
                n += 1
            if not v:
                n += 3
    return n


def main():
    for r in range(3):
        print(accumulate(3000))
        vals = [1.5, 2.0, 0.25, 1e10, 1e-200, 3.0]
        for _ in range(50):
            p = powers(vals)
        print(p)
        print(powers([0.0, -8.0, 1e200, -1e200, float("inf"), 1e-200]))
        text = special(400)
        print(sum(map(ord, text)), len(text), text[1000:1200])
        print(mixed(2000))
        print(compare_int_float(2000))
        print(tiny(1100))
        print(signs(2000))
        print(unary(2000))
        print(truth_of([0.0, -0.0, 1.5, 1e-320, float("nan")]))
        print(truth_of([0, 1, "", "x", None, [], [1], (), 0.0, True, False]))


main()
