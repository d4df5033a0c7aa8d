"""`s += piece` on local variables: growing in place must never be seen through another reference."""

import sys


def plain(n):
    s = ""
    for i in range(n):
        s += "x"
    return s


print(len(plain(200000)))


def kept(n):
    s, seen = "", []
    for i in range(n):
        s += "ab"
        if i % 50 == 0:
            seen.append(s)
    return [len(x) for x in seen], seen[3] == "ab" * 151, len(s)


print(kept(500))


def aliased(n):
    s = "start" * 20
    for i in range(n):
        t = s
        s += str(i)
        if len(t) >= len(s):
            return "broken"
    return len(t), len(s)


print(aliased(300))


def kinds(n):
    s = "a" * 70
    for i in range(n):
        s += "é" if i % 3 == 0 else "z"
        if i == n // 2:
            s += "€"
        if i == n - 3:
            s += "\U0001f600"
    return len(s), s[65:80], hash(s) == hash(s[:-1] + s[-1]), s.encode()[-20:]


print(kinds(200))


def hashed(n):
    s, d = "k" * 64, {}
    for i in range(n):
        s = s + "k"
        d[s] = i
    return len(d), sorted(len(k) for k in d)[:3], d["k" * 70]


print(hashed(100))


def yields(n):
    s = "y" * 64
    for i in range(n):
        s += yield s
    yield s


g = yields(5)
got = [next(g)] + [g.send("+" * i) for i in range(1, 6)]
print([len(x) for x in got])


def frames(n):
    s = "f" * 64
    out = []
    for i in range(n):
        s += "f"
        out.append(sys._getframe().f_locals["s"])
    return [len(x) for x in out]


print(frames(6))


def through_locals(n):
    s = "l" * 64
    out = []
    for i in range(n):
        s += "l"
        out.append(locals()["s"])
    return [len(x) for x in out]


print(through_locals(6))


def in_rhs(n):
    s = "r" * 64
    out = []
    for i in range(n):
        s += out.append(s) or "r"
    return [len(x) for x in out], len(s)


print(in_rhs(6))


def walrus(n):
    s = "w" * 64
    out = []
    for i in range(n):
        out.append(s := s + "w")
        s += (s := "v" * 64)
        s = s + (t := s)
        out.append(t)
    return [len(x) for x in out]


print(walrus(3))


def two(n):
    a = b = "t" * 64
    for i in range(n):
        a += "1"
        b += "22"
        if i == 5:
            a = b
    return len(a), len(b)


print(two(20))


def mixed_types(values):
    s = values[0]
    for v in values[1:]:
        s += v
    return s


print(mixed_types(["a" * 70, "b", "c"]), mixed_types([1, 2, 3]), mixed_types([[1], [2], [3]]), mixed_types([(1,), (2,)]))
for _ in range(5):
    mixed_types(["a" * 70, "b", "c"])
print(mixed_types([1, 2.5]), mixed_types(["q" * 64, "z", "y"])[-3:])
try:
    mixed_types(["s" * 80, "t", 3])
except TypeError as e:
    print(e)


def raising(n):
    s = "e" * 64
    sizes = []
    for i in range(n):
        try:
            s += str(1 // (i % 3))
        except ZeroDivisionError:
            sizes.append(len(s))
    return sizes, s[64:]


print(raising(9))


def param(s, n):
    for _ in range(n):
        s += "p"
    return s


base = "b" * 64
print(len(param(base, 10)), len(base), len(param(param(base, 3), 3)))


def closure(n):
    s = "c" * 64

    def get():
        return s

    out = []
    for _ in range(n):
        s += "c"
        out.append(get())
    return [len(x) for x in out]


print(closure(4))
