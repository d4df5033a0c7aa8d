"""Special methods: dispatch, reflection, conversion, attribute hooks, descriptors."""

import collections.abc
import copy
import dataclasses
import inspect
import math
import pickle
import typing


def attempt(function, *args, **kwargs):
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        return None
    print("ok:", result)
    return result


class Num:
    def __init__(self, v):
        self.v = v

    def __repr__(self):
        return f"Num({self.v})"


def other_value(o):
    return o.v if isinstance(o, Num) else o


for name in "add sub mul mod floordiv truediv pow lshift rshift and or xor divmod matmul".split():

    def method(self, other, name=name):
        if isinstance(other, str):
            return NotImplemented
        return (name, self.v, other_value(other))

    def reflected(self, other, name=name):
        if isinstance(other, str):
            return NotImplemented
        return ("r" + name, self.v, other_value(other))

    setattr(Num, f"__{name}__", method)
    setattr(Num, f"__r{name}__", reflected)

n = Num(3)
print(n + 1, 1 + n, n - 1, 1 - n, n * 2, 2 * n, n % 2, 7 % n, n // 2, 7 // n, n / 2, 7 / n)
print(n**2, 2**n, n << 1, 1 << n, n >> 1, 1 >> n, n & 1, 1 & n, n | 1, 1 | n, n ^ 1, 1 ^ n)
print(divmod(n, 2), divmod(2, n), n @ 1, [] @ n, n + Num(4), pow(n, 2))
attempt(lambda: n + "x")
attempt(lambda: "x" + n)
attempt(lambda: n - "x")
attempt(lambda: "x" @ n)
attempt(lambda: pow(n, "x"))
attempt(lambda: [] + 1)
attempt(lambda: [] * "a")
attempt(lambda: object() + object())
attempt(lambda: object() < object())
attempt(lambda: -object())
attempt(lambda: ~object())
attempt(lambda: 1 < "a")
attempt(lambda: None > 1)


class SubNum(Num):
    def __radd__(self, other):
        return ("sub radd", self.v, other_value(other))


print(Num(1) + SubNum(2), SubNum(1) + Num(2))


class InPlace:
    def __init__(self):
        self.log = []

    def __iadd__(self, other):
        self.log.append(("iadd", other))
        return self

    def __imul__(self, other):
        self.log.append(("imul", other))
        return self

    def __ior__(self, other):
        return NotImplemented

    def __or__(self, other):
        return "or"


p = InPlace()
q = p
p += 1
p *= 2
print(p is q, p.log)
p |= 1
print(p)


class Unary:
    def __neg__(self):
        return "neg"

    def __pos__(self):
        return "pos"

    def __invert__(self):
        return "inv"

    def __abs__(self):
        return "abs"

    def __int__(self):
        return 7

    def __float__(self):
        return 7.5

    def __index__(self):
        return 2

    def __complex__(self):
        return 1j

    def __round__(self, n=None):
        return ("round", n)


u = Unary()
print(
    -u, +u, ~u, abs(u), int(u), float(u), [10, 20, 30][u], hex(u), complex(u), round(u), round(u, 2), "ab" * u
)


class BadInt:
    def __int__(self):
        return "x"

    def __float__(self):
        return 1

    def __index__(self):
        return 1.5

    def __len__(self):
        return -1

    def __bool__(self):
        return 1

    def __hash__(self):
        return "x"

    def __repr__(self):
        return 1

    def __str__(self):
        return 2

    def __iter__(self):
        return 5

    def __format__(self, spec):
        return 3

    def __contains__(self, x):
        raise KeyError(x)


bad = BadInt()
for f in (int, float, len, bool, hash, repr, str, iter, format, "{}".format, range, lambda x: 1 in x):
    attempt(f, bad)


class BadLen:
    def __len__(self):
        return "x"


class BigLen:
    def __len__(self):
        return 1 << 70


attempt(len, BadLen())
attempt(len, BigLen())
attempt(bool, BigLen())


class Cmp:
    def __init__(self, v):
        self.v = v

    def __lt__(self, other):
        return ("lt", self.v)

    def __gt__(self, other):
        return ("gt", self.v)

    def __le__(self, other):
        return NotImplemented

    def __eq__(self, other):
        return self.v == getattr(other, "v", other)


print(Cmp(1) < 5, 5 < Cmp(1), Cmp(1) == 1, 1 == Cmp(1), Cmp(1) != 1, 2 != Cmp(1), Cmp(1) > Cmp(2))
attempt(lambda: Cmp(1) <= 3)
attempt(hash, Cmp(1))
print(Cmp.__hash__)


class Hashed(Cmp):
    __hash__ = object.__hash__


print(isinstance(hash(Hashed(1)), int), len({Hashed(1), Hashed(2)}))


# --- containers
class Seq:
    def __getitem__(self, i):
        if isinstance(i, slice):
            return ("slice", i.start, i.stop, i.step)
        if i >= 3:
            raise IndexError(i)
        return i * 10

    def __len__(self):
        return 3


s = Seq()
print(list(s), 20 in s, 25 in s, s[1:2], s[-5], len(s), list(reversed(s)), max(s), [*s], dict(zip("abc", s)))


class Store:
    def __init__(self):
        self.d = {}

    def __getitem__(self, k):
        return self.d[k]

    def __setitem__(self, k, v):
        self.d[k] = v

    def __delitem__(self, k):
        del self.d[k]

    def __contains__(self, k):
        return k in self.d

    def __iter__(self):
        return iter(self.d)

    def __reversed__(self):
        return "reversed"

    def __length_hint__(self):
        return 10


st = Store()
st["a"] = 1
st[1, 2] = 3
print(st["a"], "a" in st, "b" in st, list(st), reversed(st))
del st["a"]
print(list(st))
attempt(lambda: st["zz"])
five = 5
attempt(lambda: five[0])
attempt(lambda: object()[0])
attempt(lambda: iter(5))
attempt(lambda: 1 in 5)


def assign(x):
    x[0] = 1


def delete(x):
    del x[0]


attempt(assign, 5)
attempt(delete, 5)
attempt(assign, (1,))
attempt(delete, (1,))


class NoIter:
    __iter__ = None
    __contains__ = None
    __hash__ = None
    __len__ = None


attempt(iter, NoIter())
attempt(lambda: 1 in NoIter())
attempt(hash, NoIter())
attempt(len, NoIter())


class It:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n


print(list(It(3)), next(It(2)), next(It(0), "default"), sum(It(5)))
attempt(next, It(0))
attempt(next, 5)


# --- attributes
class Attrs:
    def __init__(self):
        self.real = 1

    def __getattr__(self, name):
        if name.startswith("dyn"):
            return name.upper()
        raise AttributeError(f"none of {name}")

    def __setattr__(self, name, value):
        super().__setattr__(name, ("set", value))

    def __delattr__(self, name):
        print("del", name)
        super().__delattr__(name)


a = Attrs()
a.y = 2
print(a.real, a.y, a.dynamic, hasattr(a, "dyn"), hasattr(a, "zzz"), getattr(a, "zzz", "dflt"))
attempt(lambda: a.zzz)
del a.y
attempt(delattr, a, "y")


class All:
    def __getattribute__(self, name):
        if name == "secret":
            raise AttributeError(name)
        return "all:" + name


class AllFallback(All):
    def __getattr__(self, name):
        return "fallback:" + name


print(All().anything, AllFallback().x, AllFallback().secret)
attempt(lambda: All().secret)


class PropErr:
    @property
    def p(self):
        raise AttributeError("inner")

    def __getattr__(self, name):
        return "from getattr " + name


print(PropErr().p)


# --- descriptors
class Data:
    def __get__(self, obj, cls):
        return ("get", obj is not None, cls.__name__)

    def __set__(self, obj, value):
        obj.__dict__["data"] = value

    def __delete__(self, obj):
        print("delete")


class NonData:
    def __get__(self, obj, cls):
        return "nondata"


class Uses:
    data = Data()
    non = NonData()

    @property
    def prop(self):
        """prop doc"""
        return self._p

    @prop.setter
    def prop(self, v):
        self._p = v * 2

    @prop.deleter
    def prop(self):
        del self._p

    @property
    def ro(self):
        return 1

    wo = property(None, lambda self, v: None)


x = Uses()
x.data = 5
x.__dict__["non"] = "own"
print(x.data, Uses.data, x.non, Uses.non, x.__dict__)
del x.data
x.prop = 4
print(x.prop, Uses.prop.__doc__, Uses.prop.fget.__name__, type(Uses.prop))
del x.prop
attempt(lambda: x.prop)
attempt(setattr, x, "ro", 1)
attempt(delattr, x, "ro")
attempt(lambda: x.wo)


class Init:
    def __init__(self):
        return 5


attempt(Init)


class New:
    def __new__(cls, *args):
        print("new", args)
        return object.__new__(cls) if not args else args[0]

    def __init__(self, *args):
        print("init", args)


New()
print(New(5))
attempt(object.__new__)
attempt(object.__new__, 1)
attempt(object.__new__, int)
attempt(int.__new__, str)
attempt(dict.__new__, list)
attempt(lambda: int.__add__("a", 1))
attempt(lambda: list.append(1, 2))
attempt(lambda: list.append([]))
attempt(lambda: str.upper())
attempt(lambda: [].append())
attempt(lambda: [].append(1, 2))
attempt(lambda: [].append(x=1))
attempt(lambda: len())
attempt(lambda: len([], []))
attempt(lambda: five())
attempt(lambda: dict.fromkeys())
print(int.__add__(1, 2), (1).__add__(2), int.__add__, (1).__add__.__name__, list.append, [].append.__name__)
print(
    str.__len__("abc"),
    "abc".__len__(),
    (5).__lt__(6),
    (5).__lt__("a"),
    object.__eq__(1, 1),
    repr([].__iter__)[:45],
)
print(
    type(int.__add__),
    type((1).__add__),
    type(list.append),
    type([].append),
    type(int.real),
    type(dict.fromkeys),
)
print(repr(int.real), repr(dict.__dict__["fromkeys"]), repr(list.__len__), repr(Uses.__dict__["prop"])[:9])


class Call:
    def __call__(self, *a, **k):
        return a, k


c = Call()
print(c(1, x=2), c(*[1, 2], **{"y": 3}))


class Fmt:
    def __format__(self, spec):
        return f"<{spec}>"

    def __str__(self):
        return "str"

    def __bytes__(self):
        return b"bytes"


print(f"{Fmt():abc} {Fmt()!s} {Fmt()}", format(Fmt(), "q"), bytes(Fmt()))
attempt(format, object(), "x")


class Inst(type):
    def __instancecheck__(cls, obj):
        return obj == 5

    def __subclasscheck__(cls, sub):
        return sub is int


class Weird(metaclass=Inst):
    pass


print(isinstance(5, Weird), isinstance(6, Weird), issubclass(int, Weird), issubclass(str, Weird))
attempt(isinstance, 1, 1)
attempt(issubclass, 1, int)
attempt(issubclass, int, 1)
print(
    isinstance(1, int | str),
    isinstance("", int | str),
    issubclass(int, int | None),
    int | None,
    list[int] | None,
)
print(
    list[int],
    dict[str, list[int]],
    tuple[int, ...],
    list[int].__origin__,
    list[int].__args__,
    list[int]() == [],
)
attempt(isinstance, [], list[int])
print(
    list[int] == list[int],
    hash(list[int]) == hash(list[int]),
    (int | str) == (str | int),
    type(list[int]).__name__,
)


class Bound:
    def f(self, *args):
        return args[-1]


class Rebound:
    method = classmethod(Bound().f)


print(Rebound.method() is Rebound, hasattr(Bound().f, "__get__"), Bound().f.__self__.__class__.__name__)


class Number(int, collections.abc.Sequence):
    def __len__(self):
        return 0

    def __getitem__(self, index):
        raise IndexError


class Table(int, collections.abc.Mapping):
    def __len__(self):
        return 0

    def __iter__(self):
        return iter(())

    def __getitem__(self, key):
        raise KeyError


for subject in (Number(), Table()):
    match subject:
        case []:
            print("sequence")
        case {}:
            print("mapping")


class Float(float):
    pass


try:
    Float(x=1)
except TypeError as e:
    print(e)

# Substitution of type variables by an unpacked tuple; subclasses of GenericAlias in unions.
T, U, Ts = typing.TypeVar("T"), typing.TypeVar("U"), typing.TypeVarTuple("Ts")
print(list[T][*tuple[int]], dict[T, U][*tuple[int, str]], dict[T, U][int, *tuple[str]])
print(tuple[*Ts][*tuple[int, str]], tuple[*Ts][*tuple[int, ...]], tuple[T, *Ts][*tuple[int, str]], tuple[*Ts][()])
starred = next(iter(tuple[int]))
print(copy.copy(starred), pickle.loads(pickle.dumps(starred)), list(copy.copy(iter(list[int]))))
print(int | collections.abc.Callable[[T], int], (int | collections.abc.Callable[[T], int])[str])
print((int | str) | collections.abc.Callable[[], int], list[T] | None)

# Signatures of classes without __init__, and of special methods in C.
print(inspect.signature(type("Plain", (), {})), inspect.signature(object))
for function in (object.__init__, int.__add__, "".__getitem__, "".__len__, property.__get__, object.__setattr__):
    print(function.__name__, inspect.signature(function))


@dataclasses.dataclass(init=False)
class WithoutInit:
    x: int


print(WithoutInit.__doc__)


# Special methods are the class's: what the instance has of that name is not asked.
class Asked:
    def __getattribute__(self, name):
        print("asked for", name)
        return object.__getattribute__(self, name)

    def __reversed__(self):
        return iter([5])

    def __complex__(self):
        return 1j

    def __floor__(self):
        return 1

    __ceil__ = __trunc__ = __round__ = __floor__


asked = Asked()
print(list(reversed(asked)), complex(asked), math.floor(asked), math.ceil(asked), math.trunc(asked), round(asked))


# A class's dictionary is not replaced through a Python base of its metaclass.
class Base:
    pass


class Meta(Base, type):
    pass


class Made(metaclass=Meta):
    x = 1


for change in (lambda: Base.__dict__["__dict__"].__set__(Made, {}), lambda: Base.__dict__["__dict__"].__delete__(Made)):
    try:
        change()
    except AttributeError as e:
        print(e)
print(Made.x)
for function in (len, print, sorted, isinstance, open, sum, pow, compile, input, repr, globals):
    print(function.__name__, inspect.signature(function))


class CannotBeAsked:
    @property
    def __eq__(self):
        raise AttributeError("booh")

    @property
    def __lt__(self):
        raise ValueError("booh")


this, other = CannotBeAsked(), CannotBeAsked()
print(this == this, this == other, this != other)
try:
    this < other
except TypeError as e:
    print(e)
