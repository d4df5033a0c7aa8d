"""Pickling helpers, weak references, modules, super, dir, copy, garbage."""

import copyreg
import sys
import types
import weakref


def attempt(function, *args, **kwargs):
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        return None
    print("ok:", result)
    return result


# --- reduce
class Pt:
    def __init__(self, x, y):
        self.x, self.y = x, y


class Slotted:
    __slots__ = ("a", "b")


class Both(Slotted):
    def __init__(self):
        self.a = 1
        self.z = 2


class Lst(list):
    pass


class New:
    def __new__(cls, *args):
        return object.__new__(cls)

    def __getnewargs__(self):
        return (1, 2)


class NewEx(New):
    def __getnewargs_ex__(self):
        return (1,), {"k": 2}


r = Pt(1, 2).__reduce_ex__(2)
print(r[0] is copyreg.__newobj__, r[1:], Pt(1, 2).__getstate__())
s = Slotted()
s.a = 5
print(s.__getstate__(), Both().__getstate__(), Slotted().__getstate__(), object().__getstate__())
print(s.__reduce_ex__(2)[1:], Both().__reduce_ex__(4)[1:])
one = Lst([1, 2])
one.tag = "t"
r = one.__reduce_ex__(2)
print(r[1], r[2], list(r[3]), r[4])
r = {1: 2}.__reduce_ex__(2)
print(r[1], r[2], r[3], list(r[4]))
print(
    New().__reduce_ex__(2)[1:],
    NewEx().__reduce_ex__(4)[1],
    NewEx().__reduce_ex__(4)[0] is copyreg.__newobj_ex__,
)
attempt(lambda: (x for x in ()).__reduce_ex__(2))
attempt(lambda: sys.__reduce_ex__(2))
r = Pt(3, 4).__reduce_ex__(0)
print(r[0] is copyreg._reconstructor, r[1:])


class OwnReduce:
    def __reduce__(self):
        return "own"


print(OwnReduce().__reduce_ex__(2))


# --- weak references
class W:
    def __init__(self, v=None):
        self.v = v

    def method(self):
        return self.v


w = W(3)
ref = weakref.ref(w)
print(ref() is w, weakref.ref(w) is ref, weakref.getweakrefcount(w), weakref.getweakrefs(w) == [ref])
r2 = weakref.ref(w, lambda r: None)
print(r2 is ref, r2 == ref, hash(r2) == hash(ref), weakref.getweakrefcount(w), r2.__callback__ is not None)
proxy = weakref.proxy(w)
print(proxy.v, proxy.method(), type(proxy).__name__)
proxy.v = 9
print(w.v, isinstance(proxy, W))
attempt(hash, proxy)
attempt(weakref.ref, 5)
attempt(weakref.ref, "a")
attempt(weakref.ref, (1,))
attempt(weakref.ref)


class NoWeak:
    __slots__ = ()


attempt(weakref.ref, NoWeak())
print(W.__weakref__ is not None, w.__weakref__ is ref)
wd = weakref.WeakValueDictionary()
wd["k"] = w
print(wd["k"] is w, len(wd), list(wd))
wk = weakref.WeakKeyDictionary()
wk[w] = "value"
print(wk[w], len(wk))
ws = weakref.WeakSet([w])
print(len(ws), w in ws)


class RefSub(weakref.ref):
    __slots__ = ("key",)

    def __new__(cls, ob, callback, key):
        self = super().__new__(cls, ob, callback)
        self.key = key
        return self

    def __init__(self, ob, callback, key):
        super().__init__(ob, callback)


rs = RefSub(w, None, "key")
print(rs.key, rs() is w)
print(ref == weakref.ref(W(1)), repr(ref).startswith("<weakref at 0x"))
wm = weakref.WeakMethod(w.method)
print(wm()())
fin = weakref.finalize(w, print, "finalized")
print(fin.alive)
fin.detach()


# --- super
class Base:
    attr = "base"

    def f(self):
        return "Base.f"

    @classmethod
    def c(cls):
        return "Base.c", cls.__name__

    @property
    def p(self):
        return "Base.p"


class Left(Base):
    def f(self):
        return "Left." + super().f()

    @classmethod
    def c(cls):
        return ("Left",) + super().c()

    @property
    def p(self):
        return "Left." + super().p


class Right(Base):
    def f(self):
        return "Right." + super().f()


class Bottom(Left, Right):
    def f(self):
        return "Bottom." + super(Bottom, self).f()

    def nested(self):
        return [super(Bottom, self).f() for _ in range(1)]

    def attr_of(self):
        return super().attr, super().__class__.__name__


bt = Bottom()
print(bt.f(), bt.c(), Bottom.c(), bt.p, bt.nested(), bt.attr_of())
print(super(Left, bt).f(), super(Left, Bottom).f(bt), repr(super(Left, bt)), repr(super(Left)))
attempt(super, 5)
attempt(super, Left, 5)
attempt(super)
attempt(lambda: super(Left, bt).zzz)
attempt(super, Left, bt, 1)


def no_class(self):
    return super().f()


attempt(no_class, bt)
unbound = super(Left)
print(unbound.__get__(bt).f(), unbound.__thisclass__, unbound.__self__)

# --- modules
m = types.ModuleType("mod", "the doc")
m.x = 1
print(m.x, m.__name__, m.__doc__, sorted(m.__dict__), m)
attempt(lambda: m.y)
attempt(lambda: sys.zzz)
m.__dict__["__getattr__"] = lambda name: "dynamic " + name
print(m.y)
m.__dict__["__dir__"] = lambda: ["b", "a"]
print(dir(m), m.__annotations__)
attempt(types.ModuleType)


class ModSub(types.ModuleType):
    @property
    def prop(self):
        return self.x + 1


m.__class__ = ModSub
print(m.prop)
del m.x
attempt(delattr, m, "x")

# --- namespace, mappingproxy, cell, method
ns = types.SimpleNamespace(a=1, b="x")
ns.c = ns
print(ns, ns == types.SimpleNamespace(a=1), types.SimpleNamespace(a=1) == types.SimpleNamespace(a=1))
attempt(types.SimpleNamespace, 1)
mp = types.MappingProxyType({"a": 1})
print(mp, mp["a"], mp.get("z"), len(mp), list(mp), mp | {"b": 2}, mp == {"a": 1}, "a" in mp, list(mp.items()))
attempt(lambda: mp["z"])
attempt(types.MappingProxyType, 1)


def setter(x):
    x["a"] = 1


attempt(setter, mp)
attempt(setter, W.__dict__)
cell = types.CellType(5)
print(cell.cell_contents, types.CellType(1) == types.CellType(1), types.CellType(1) < types.CellType(2))
attempt(lambda: types.CellType().cell_contents)
bm = w.method
print(
    bm.__self__ is w, bm.__func__ is W.method, bm == w.method, hash(bm) == hash(w.method), bm.__name__, bm()
)
print(types.MethodType(lambda self, x: (self, x), 5)(6))
attempt(types.MethodType, 1, 2)
attempt(types.MethodType, print, None)
print(repr(bm).startswith("<bound method W.method of <"))

# --- dir, sizes, None and friends
print([n for n in dir(Pt(1, 2)) if not n.startswith("__")], "x" in dir(Pt(1, 2)), "__init__" in dir(Pt))
print(
    repr(None),
    repr(...),
    repr(NotImplemented),
    bool(None),
    type(None)(),
    type(...)() is ...,
    type(NotImplemented)(),
)
attempt(type(None), 1)
print(type(None).__name__, type(...).__name__, type(NotImplemented).__name__)
print(object.__doc__ is not None, type.__name__, type(type), type.__mro__, object.__bases__, type.__base__)
print(Pt.__dictoffset__ != 0, Pt.__weakrefoffset__ != 0, int.__basicsize__ > 0, type.__flags__ > 0)
attempt(lambda: type.__abstractmethods__)
attempt(lambda: Pt.__abstractmethods__)


# --- abstract classes
import abc


class Abs(abc.ABC):
    @abc.abstractmethod
    def f(self): ...

    @property
    @abc.abstractmethod
    def g(self): ...


class Half(Abs):
    def f(self):
        return 1


class Full(Half):
    g = 5


attempt(Abs)
attempt(Half)
print(Full().f(), Full().g, Abs.__abstractmethods__ == {"f", "g"}, isinstance(Full(), Abs))


class Virtual:
    pass


Abs.register(Virtual)
print(isinstance(Virtual(), Abs), issubclass(Virtual, Abs), issubclass(int, Abs))


class Hook(abc.ABC):
    @classmethod
    def __subclasshook__(cls, sub):
        return hasattr(sub, "quack") or NotImplemented


class Duck:
    def quack(self): ...


print(issubclass(Duck, Hook), isinstance(Duck(), Hook), issubclass(int, Hook))

# --- struct sequences
import time

t = time.gmtime(0)
print(t.tm_year, t[0], len(t), t.n_fields, t.n_sequence_fields, t == tuple(t), t)
print(time.struct_time(range(9)), time.struct_time.__match_args__)
attempt(time.struct_time, range(3))
attempt(time.struct_time)
print(t.__reduce__()[1][0])
print(sys.version_info[:2], type(sys.version_info).__name__, sys.flags.optimize)

# --- recursion in C
deep = []
for _ in range(100000):
    deep = [deep]
try:
    repr(deep)
except RecursionError as error:
    print("RecursionError", str(error).startswith("maximum recursion depth exceeded"))


class Loop:
    def __getattr__(self, name):
        return getattr(self, name + "x")


try:
    Loop().q
except RecursionError:
    print("RecursionError")


class SelfCall:
    pass


SelfCall.__call__ = SelfCall()
try:
    SelfCall()()
except (RecursionError, TypeError) as error:
    print(type(error).__name__)
