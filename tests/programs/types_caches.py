"""What caches of attributes, calls and operators have learnt, and then a change behind their back."""

import types


def warm(f, n=300):
    for _ in range(n):
        r = f()
    return r


def check(name, f, change):
    try:
        a = warm(f)
    except Exception as e:
        a = type(e).__name__
    try:
        change()
    except Exception as e:
        print(name, "change", type(e).__name__, e)
    out = []
    for _ in range(3):
        try:
            out.append(f())
        except Exception as e:
            out.append((type(e).__name__, str(e)))
    try:
        out.append(warm(f))
    except Exception as e:
        out.append((type(e).__name__, str(e)))
    print(name, a, out)


def mk():
    class D:
        pass

    class M(type):
        pass

    class C(metaclass=M):
        x = 1

        def m(self):
            return "m"

    return D, M, C


# class attr; metaclass gets property
D, M, C = mk()
check("meta prop", lambda: C.x, lambda: setattr(M, "x", property(lambda s: 2)))
D, M, C = mk()
check(
    "meta class change",
    lambda: C.x,
    lambda: setattr(C, "__class__", type("M2", (M,), {"x": property(lambda s: 3)})),
)
D, M, C = mk()
check("meta getattribute", lambda: C.x, lambda: setattr(M, "__getattribute__", lambda s, n: 4))
D, M, C = mk()


class M3(type):
    x = property(lambda s: 5)


check("meta bases", lambda: C.x, lambda: setattr(M, "__bases__", (M3,)))
D, M, C = mk()
C.d = D()
o = C()
o.d = 1
check(
    "descr get+set",
    lambda: o.d,
    lambda: (setattr(D, "__get__", lambda *a: 6), setattr(D, "__set__", lambda *a: None)),
)
D, M, C = mk()
C.d = D()
o = C()
check("descr get", lambda: type(o.d).__name__, lambda: setattr(D, "__get__", lambda *a: 7))
D, M, C = mk()
C.d = D()
check("descr get cls", lambda: type(C.d).__name__, lambda: setattr(D, "__get__", lambda *a: 8))
D, M, C = mk()
D.__get__ = lambda *a: 9
D.__set__ = lambda *a: None
C.d = D()
o = C()
o.__dict__["d"] = 1
check("descr del set", lambda: o.d, lambda: delattr(D, "__set__"))
D, M, C = mk()
o = C()
check("class getattribute", lambda: o.x, lambda: setattr(C, "__getattribute__", lambda s, n: 10))
D, M, C = mk()
o = C()
check("class getattr", lambda: o.zz, lambda: setattr(C, "__getattr__", lambda s, n: 11))
D, M, C = mk()
o = C()
check("inst shadow", lambda: o.x, lambda: setattr(o, "x", 12))
D, M, C = mk()
o = C()
check("inst shadow method", lambda: o.m(), lambda: setattr(o, "m", lambda: 13))
D, M, C = mk()
o = C()
o.x = 5
check("prop over inst", lambda: o.x, lambda: setattr(C, "x", property(lambda s: 14)))
D, M, C = mk()
o = C()
o.x = 5
check("dict replaced", lambda: o.x, lambda: setattr(o, "__dict__", {"x": 15}))
D, M, C = mk()
o = C()
o.x = 5
check("dict edited", lambda: o.x, lambda: o.__dict__.update(x=16))
D, M, C = mk()
o = C()
o.x = 5
check("dict deleted", lambda: o.x, lambda: o.__dict__.pop("x"))
D, M, C = mk()
o = C()
o.x = 5
check(
    "class changed",
    lambda: o.x,
    lambda: setattr(o, "__class__", type("E", (), {"x": property(lambda s: 17)})),
)


class B:
    y = 1


class C2(B):
    pass


o = C2()
check("base attr", lambda: o.y, lambda: setattr(B, "y", 18))


class B2:
    y = 19


check("bases", lambda: o.y, lambda: setattr(C2, "__bases__", (B2,)))
m = types.ModuleType("m")
m.a = 1
check("module", lambda: m.a, lambda: setattr(m, "a", 20))
check("module del", lambda: m.a, lambda: delattr(m, "a"))
m.__getattr__ = lambda n: 21
check("module getattr", lambda: m.a, lambda: setattr(m, "a", 22))


class MM(types.ModuleType):
    a = property(lambda s: 23)


check("module class", lambda: m.a, lambda: setattr(m, "__class__", MM))


# calls
class K:
    def __init__(self):
        self.v = 1


check("init", lambda: K().v, lambda: setattr(K, "__init__", lambda s: setattr(s, "v", 24)))
check(
    "new",
    lambda: K().v,
    lambda: setattr(K, "__new__", lambda c: object.__new__(c) if 0 else types.SimpleNamespace(v=25)),
)


class MK(type):
    pass


class K2(metaclass=MK):
    def __init__(self):
        self.v = 1


check("meta call", lambda: K2().v, lambda: setattr(MK, "__call__", lambda c: types.SimpleNamespace(v=26)))


class K3:
    def __init__(self):
        self.v = 1


check(
    "class of class",
    lambda: K3().v,
    lambda: setattr(
        K3, "__class__", type("MK3", (type,), {"__call__": lambda c: types.SimpleNamespace(v=27)})
    ),
)


def f(a, b=1):
    return a + b


check("defaults", lambda: f(1), lambda: setattr(f, "__defaults__", (28,)))
check("kwdefaults", lambda: f(1), lambda: setattr(f, "__code__", (lambda a, b=1: a * b).__code__))


class S:
    def __add__(s, o):
        return 1

    def __len__(s):
        return 1

    def __getitem__(s, i):
        return 1

    def __iter__(s):
        return iter([1])

    def __eq__(s, o):
        return True

    def __contains__(s, o):
        return True

    def __bool__(s):
        return True

    def __call__(s):
        return 1

    def __enter__(s):
        return 1

    def __exit__(s, *a):
        return True

    def __hash__(s):
        return 1

    def __lt__(s, o):
        return True

    def __neg__(s):
        return 1

    def __format__(s, f):
        return "1"

    def __repr__(s):
        return "1"


s = S()
for n, fn, new in [
    ("__add__", lambda: s + 1, lambda a, b: 29),
    ("__len__", lambda: len(s), lambda a: 30),
    ("__getitem__", lambda: s[0], lambda a, b: 31),
    ("__iter__", lambda: list(s), lambda a: iter([32])),
    ("__eq__", lambda: s == 1, lambda a, b: False),
    ("__contains__", lambda: 1 in s, lambda a, b: False),
    ("__bool__", lambda: not s, lambda a: False),
    ("__call__", lambda: s(), lambda a: 33),
    ("__hash__", lambda: hash(s), lambda a: 34),
    ("__lt__", lambda: s < 1, lambda a, b: False),
    ("__neg__", lambda: -s, lambda a: 35),
    ("__format__", lambda: f"{s}", lambda a, b: "36"),
    ("__repr__", lambda: repr(s), lambda a: "37"),
]:
    check(n, fn, lambda: setattr(S, n, new))
    check(
        "del " + n,
        lambda: (
            (lambda r: r if type(r) in (int, str, bool, list) else 0)(fn())
            if n not in ("__repr__", "__format__", "__hash__")
            else 0
        ),
        lambda: delattr(S, n),
    )
# globals/builtins
g = 1


def gg():
    return g


check("global", gg, lambda: globals().update(g=38))


def ll():
    return len([1])


check("builtin shadow", ll, lambda: globals().update(len=lambda x: 39))
check("builtin unshadow", ll, lambda: globals().pop("len"))
import builtins

old = builtins.len
check("builtin changed", ll, lambda: setattr(builtins, "len", lambda x: 40))
builtins.len = old


class P:
    @property
    def p(self):
        return 1


o = P()
check("property swap", lambda: o.p, lambda: setattr(P, "p", P.p.getter(lambda s: 41)))
check("property value", lambda: o.p, lambda: setattr(P, "p", 42))


class SL:
    __slots__ = ("a",)


o = SL()
o.a = 1
check("slot", lambda: o.a, lambda: setattr(SL, "a", 43))


class ST:
    @staticmethod
    def f():
        return 1

    @classmethod
    def c(cls):
        return cls.__name__


o = ST()
check("static", lambda: o.f(), lambda: setattr(ST, "f", staticmethod(lambda: 44)))
check("static->method", lambda: o.f(), lambda: setattr(ST, "f", lambda s: 45))
check("classmethod", lambda: o.c(), lambda: setattr(ST, "__name__", "Renamed"))
check("classmethod cls", lambda: ST.c(), lambda: setattr(ST, "c", classmethod(lambda c: 46)))


class Sup:
    def h(self):
        return 1


class Sub(Sup):
    def h(self):
        return super().h()


o = Sub()
check("super", lambda: o.h(), lambda: setattr(Sup, "h", lambda s: 47))


class En:
    def __setattr__(s, n, v):
        object.__setattr__(s, n, v + 1)


class Pl:
    pass


def setter(o):
    o.q = 1
    return o.q


o = Pl()
check("setattr added", lambda: setter(o), lambda: setattr(Pl, "__setattr__", En.__setattr__))
check("setattr removed", lambda: setter(o), lambda: delattr(Pl, "__setattr__"))
check(
    "data descr for store",
    lambda: setter(o),
    lambda: setattr(Pl, "q", property(lambda s: 48, lambda s, v: None)),
)


class Q1:
    def __init__(s):
        s.a = 1
        s.b = 2


o = Q1()


def dela():
    o.b = 5
    del o.b
    o.b = 6
    return o.b


check("del/readd", dela, lambda: setattr(Q1, "b", property(lambda s: 49, lambda s, v: None, lambda s: None)))


class Y1:
    def m(self):
        return 1

    def __add__(s, o):
        return 1

    def __len__(s):
        return 1

    def __call__(s):
        return 1

    def __getitem__(s, i):
        return 1

    def __iter__(s):
        return iter([1])

    def __bool__(s):
        return True

    z = 1


class Y2:
    def m(self):
        return 50

    def __add__(s, o):
        return 51

    def __len__(s):
        return 52

    def __call__(s):
        return 53

    def __getitem__(s, i):
        return 54

    def __iter__(s):
        return iter([55])

    def __bool__(s):
        return False

    z = 56

    @property
    def w(s):
        return 57


yo = [Y1() for _ in range(20)]
y0, y1, y2, y3, y4, y5, y6, y7, y8 = yo[:9]
y8.w = 1
for i, fn in enumerate(
    [
        lambda: y0.m(),
        lambda: y1 + 1,
        lambda: len(y2),
        lambda: y3(),
        lambda: y4[0],
        lambda: list(y5),
        lambda: 1 if y6 else 0,
        lambda: y7.z,
        lambda: y8.w,
    ]
):
    check("reclass %d" % i, fn, lambda: setattr(yo[i], "__class__", Y2))


class T1(type):
    def __len__(c):
        return 1

    def __getitem__(c, i):
        return 1

    def q(c):
        return 1


class T2(type):
    def __len__(c):
        return 60

    def __getitem__(c, i):
        return 61

    def q(c):
        return 62


tc = [T1("X", (), {}) for _ in range(4)]
t0, t1, t2, t3 = tc
for i, fn in enumerate([lambda: len(t0), lambda: t1[0], lambda: t2.q()]):
    check("remeta %d" % i, fn, lambda: setattr(tc[i], "__class__", T2))
check("meta method", lambda: t3.q(), lambda: setattr(T1, "q", lambda c: 63))
check("meta len", lambda: len(t3), lambda: setattr(T1, "__len__", lambda c: 64))
