"""Statements and expressions: loops, comprehensions, unpacking, slices, match, classes, operators, f-strings."""


def loops():
    total = 0
    for i in range(10):
        if i == 3:
            continue
        if i == 8:
            break
        total += i
    else:
        total = -1
    n = 5
    while n:
        n -= 1
        if n == 2:
            continue
        total += n
    else:
        total += 100
    return total


print(loops())
print([x for x in range(20) if x % 3 == 0], {x % 4 for x in range(10)}, {x: x * x for x in range(4)})
print([(x, y) for x in range(3) for y in "ab" if x], [[j for j in range(i)] for i in range(4)])
a, (b, *c), d = 1, (2, 3, 4), 5
print(a, b, c, d)
*first, last = "hello"
head, *_ = [1]
print(first, last, head, _)
x = y = z = []
x += [1]
print(y, z is x)
s = list(range(10))
s[2:5] = "abc"
s[::2] = [0] * 5
del s[-1], s[0:2]
print(s, s[1:-1], s[::-1], s[-3:], "hello"[1:3], (1, 2, 3, 4)[::2], "abc"[10:])
print(1 if [] else 2, not 3, 1 and 0 or "x", None or 0, 1 < 2 < 3, 1 < 3 < 2, 3 in [1, 2], 3 not in [1])
print(7 // 2, -7 // 2, 7 % -3, 2**10, 7 / 2, 1 << 70, -5 >> 1, 6 & 3, 6 | 3, 6 ^ 3, ~5, -3.5 // 2, 5.5 % -2)
i = 2**62
print(i + i, i * i, -i - i - 1, i - 1 + i, (i << 1) >> 1 == i, 0.1 + 0.2, 1e308 * 10, 5 * 0.5, 3 - 1.5)
n = 10
n += 5; n -= 3; n *= 4; n //= 5; n **= 2; n %= 50; n <<= 3; n >>= 1; n |= 1; n &= 0xFF; n ^= 3  # noqa: E702
print(n)
name, width, value = "gc", 10, 3.14159
print(f"{name!r:>{width}}|{value:.2f}|{value=}|{1 + 1}|{{}}|{name!s}{name!a}", f"{'nested'}" f"{n:#x}")
print("a" "b" + "c" * 3, b"x" + b"y", "%s-%d" % ("q", 3), [1] + [2] * 2, (1,) + (2,), "abc" < "abd")


def match(v):
    match v:
        case 0:
            return "zero"
        case int(n) if n > 100:
            return f"big {n}"
        case int() | float():
            return "number"
        case "a" | "b" as letter:
            return f"letter {letter}"
        case []:
            return "empty"
        case [x]:
            return f"one {x}"
        case [x, y, *rest]:
            return f"many {x} {y} {rest}"
        case {"kind": "point", "x": px, **others}:
            return f"point {px} {others}"
        case Point(x=0, y=py):
            return f"on axis {py}"
        case Point(px, py):
            return f"Point {px} {py}"
        case None:
            return "none"
        case _:
            return "other"


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


for v in (0, 500, 7, 1.5, "a", "c", [], [1], [1, 2], (1, 2, 3, 4), {"kind": "point", "x": 1, "z": 2}, Point(0, 3),
          Point(4, 5), None, {1}, {"kind": "x"}, b"bytes"):
    print(match(v))


class Meta(type):
    def __new__(mcls, name, bases, ns, **kw):
        cls = super().__new__(mcls, name, bases, ns)
        cls.options = kw
        return cls

    def __init__(cls, name, bases, ns, **kw):
        super().__init__(name, bases, ns)

    @classmethod
    def __prepare__(mcls, name, bases, **kw):
        return {"prepared": True}


class Base(metaclass=Meta, flag=1):
    """Doc of Base."""

    attr: int = 1
    other: str

    def __init__(self, v):
        self.v = v

    def who(self):
        return "base", self.v

    @property
    def double(self):
        return self.v * 2

    @double.setter
    def double(self, value):
        self.v = value // 2

    def __init_subclass__(cls, **kw):
        super().__init_subclass__()
        print("subclass", cls.__name__)

    def __eq__(self, other):
        return isinstance(other, Base) and self.v == other.v

    def __hash__(self):
        return hash(self.v)

    def __getitem__(self, i):
        return i

    def __len__(self):
        return 3

    def __contains__(self, x):
        return x == 1

    def __add__(self, o):
        return ("add", o)

    def __radd__(self, o):
        return ("radd", o)

    def __iadd__(self, o):
        return ("iadd", o)

    def __bool__(self):
        return False

    def __repr__(self):
        return f"Base({self.v})"


class Derived(Base):
    def who(self):
        return "derived", super().who(), __class__.__name__

    def __getattr__(self, name):
        if name.startswith("dyn_"):
            return name[4:]
        raise AttributeError(name)


o = Derived(21)
print(o.who(), o.double, Base.options, Base.prepared, Base.__annotations__, Base.__doc__, Derived.__mro__[1].__name__)
o.double = 10
print(o.v, o == Base(5), o != Base(6), hash(o) == hash(5), o[1:2, ...], len(o), 1 in o, 2 in o, bool(o), o)
print(o + 1, 1 + o, o.dyn_x, getattr(o, "nope", "dflt"), {o: 1}[Base(5)])
o += 5
print(o)


class Slots:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = 1


sl = Slots()
print(sl.a, hasattr(sl, "b"))
try:
    sl.c = 1
except AttributeError as e:
    print(e)
sl.b = 2
del sl.a
print(hasattr(sl, "a"), sl.b)


class Desc:
    def __get__(self, obj, cls):
        return "got", obj is None, cls.__name__

    def __set__(self, obj, value):
        print("set", value)

    def __set_name__(self, owner, name):
        print("named", name)


class Uses:
    d = Desc()
    count = 0

    def bump(self):
        self.count += 1
        Uses.count += 10
        return self.count


u = Uses()
u.d = 5
print(u.d, Uses.d, [u.bump() for _ in range(3)], Uses.count)


def polymorphic(objs):
    return [x.v for x in objs]


class P1:
    v = 1


class P2:
    def __init__(self):
        self.q = 0
        self.v = 2


class P3:
    @property
    def v(self):
        return 3


p4 = P2()
p4.__dict__["v"] = 4
p5 = P1()
p5.v = 5
for _ in range(5):
    r = polymorphic([P1(), P2(), P3(), p4, p5])
print(r)
P1.v = 10
p3 = P3()
P3.v = 30
print(polymorphic([P1(), P2(), p3, p4, p5]))
del p5.v
print(p5.v, vars(p4))
d = {}
for w in "the cat the dog the end".split():
    d[w] = d.get(w, 0) + 1
print(d, sorted(d.items(), key=lambda kv: (-kv[1], kv[0])), {**d, "x": 1} | {"y": 2})
print(any(x > 3 for x in range(5)), all([]), sum([1.5, 2]), min(3, 1, 2), list(zip("ab", [1, 2])), list(enumerate("xy", 1)))
m = [[0] * 3 for _ in range(3)]
for i in range(3):
    for j in range(3):
        m[i][j] = i * j
print(m, [list(r) for r in zip(*m)])
if (walrus := len("walrus")) > 3:
    print(walrus)
lst = [3, 1, 2]
lst[0], lst[2] = lst[2], lst[0]
print(lst, [*lst, *"ab"], (*lst,), {*lst})
big = 0
for k in range(100):
    big = big * 31 + k
print(big, big % 97, -big // 7, big > 2**400, float(big) > 1e100)
import math as _m  # noqa: E402
from os import path as p, sep  # noqa: E402

print(_m.floor(2.5), p.join("a", "b"), sep)
del walrus
try:
    walrus  # noqa: B018
except NameError as e:
    print(e)
