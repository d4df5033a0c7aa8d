"""The standard library's heavy users of the object model."""

import abc
import collections
import contextlib
import copy
import dataclasses
import enum
import functools
import numbers
import operator
import pickle
import types
import typing


class Color(enum.Enum):
    RED = 1
    GREEN = "g"
    ALIAS = 1

    @property
    def low(self):
        return self.name.lower()


class Flag(enum.Flag):
    A = enum.auto()
    B = enum.auto()
    AB = A | B


class Num(enum.IntEnum):
    ONE = 1
    TWO = 2


class Txt(enum.StrEnum):
    X = enum.auto()


print(list(Color), Color("g"), Color["RED"], Color.ALIAS is Color.RED, Color.RED.low, repr(Color.GREEN))
print(Flag.A | Flag.B, Flag.AB & Flag.A, ~Flag.A, Flag(0), bool(Flag(0)), list(Flag.AB))
print(
    Num.ONE + Num.TWO,
    Num.ONE < 2,
    Num(2),
    f"{Num.ONE}",
    isinstance(Num.ONE, int),
    Txt.X,
    Txt.X == "x",
    Txt.X.upper(),
)
try:
    Color(5)
except ValueError as error:
    print(error)
try:
    Color.RED = 2
except AttributeError as error:
    print(error)
print(
    pickle.loads(pickle.dumps(Color.RED)) is Color.RED,
    copy.deepcopy(Color.RED) is Color.RED,
    hash(Color.RED) == hash("RED"),
)


@dataclasses.dataclass(order=True)
class Point:
    x: int
    y: int = 0
    tags: list = dataclasses.field(default_factory=list, compare=False)

    def __post_init__(self):
        self.norm = self.x + self.y


@dataclasses.dataclass(frozen=True)
class Frozen:
    a: int
    b: str = "b"


@dataclasses.dataclass(slots=True)
class Slotted:
    a: int
    b: int = 2


print(
    Point(1, 2),
    Point(1) < Point(1, 1),
    Point(1, 2) == Point(1, 2, [5]),
    Point(1, 2).norm,
    dataclasses.asdict(Point(1)),
)
print(Frozen(1), hash(Frozen(1)) == hash(Frozen(1)), dataclasses.replace(Frozen(1), b="c"))
try:
    Frozen(1).a = 2
except dataclasses.FrozenInstanceError as error:
    print(error)
print(Slotted(1), Slotted.__slots__, hasattr(Slotted(1), "__dict__"))
print([f.name for f in dataclasses.fields(Point)], Point.__match_args__)
try:
    Point()
except TypeError as error:
    print(error)

NT = collections.namedtuple("NT", "a b c", defaults=[3])
nt = NT(1, 2)
print(nt, nt.c, nt._replace(a=9), nt._asdict(), NT._fields, nt == (1, 2, 3), NT._make("xyz"))
try:
    NT()
except TypeError as error:
    print(error)
try:
    nt.a = 1
except AttributeError as error:
    print(error)


class TNT(typing.NamedTuple):
    x: int
    y: str = "q"


print(TNT(1), TNT.__annotations__, pickle.loads(pickle.dumps(TNT(5))))

T = typing.TypeVar("T")


class Box(typing.Generic[T]):
    def __init__(self, v: T):
        self.v = v


class IntBox(Box[int]):
    pass


print(
    Box[int],
    Box[int](5).v,
    IntBox(3).v,
    IntBox.__mro__,
    IntBox.__orig_bases__,
    typing.get_type_hints(Box.__init__),
)
print(typing.Optional[int], typing.Union[int, str], typing.List[int], typing.Callable[[int], str], typing.Any)
print(
    list[T][int],
    dict[str, T][int],
    (int | T)[str],
    typing.get_args(list[int]),
    typing.get_origin(dict[str, int]),
)


@typing.runtime_checkable
class Proto(typing.Protocol):
    def quack(self) -> int: ...


class Duck:
    def quack(self):
        return 1


print(isinstance(Duck(), Proto), isinstance(5, Proto))


class TD(typing.TypedDict):
    a: int


print(TD(a=1), TD.__annotations__)


@functools.total_ordering
class Ord:
    def __init__(self, v):
        self.v = v

    def __eq__(self, o):
        return self.v == o.v

    def __lt__(self, o):
        return self.v < o.v


print(Ord(1) <= Ord(1), Ord(2) > Ord(1), Ord(1) >= Ord(2))


class Cached:
    calls = 0

    @functools.cached_property
    def value(self):
        Cached.calls += 1
        return 42

    @functools.lru_cache
    def method(self, x):
        return x * 2

    @functools.singledispatchmethod
    def show(self, arg):
        return "obj"

    @show.register
    def _(self, arg: int):
        return "int"

    @functools.partialmethod
    def nothing(self):
        return None


c = Cached()
print(
    c.value,
    c.value,
    Cached.calls,
    c.method(4),
    c.method(4),
    Cached.method.cache_info().hits,
    c.show(1),
    c.show("s"),
)


@functools.singledispatch
def fun(x):
    return "default"


@fun.register(int)
def _(x):
    return "int"


@fun.register(collections.abc.Sequence)
def _(x):
    return "seq"


print(fun(1), fun(True), fun([1]), fun({}), fun.dispatch(int) is fun.dispatch(bool))


@functools.wraps(fun)
def wrapper(*a):
    return fun(*a)


print(wrapper.__name__, wrapper.__wrapped__ is fun)


class Shape:
    def __init__(self):
        self.items = [1, [2]]
        self.me = self


s = Shape()
d = copy.deepcopy(s)
k = copy.copy(s)
print(d.me is d, d.items == s.items, d.items is s.items, k.items is s.items, k.me is s)


class Pick:
    def __init__(self, a):
        self.a = a

    def __getstate__(self):
        return {"a": self.a, "extra": 1}

    def __setstate__(self, state):
        self.__dict__.update(state)

    def __eq__(self, o):
        return self.__dict__ == o.__dict__


class PickSlots:
    __slots__ = ("a", "b")


class PickList(list):
    pass


for proto in range(pickle.HIGHEST_PROTOCOL + 1):
    p = pickle.loads(pickle.dumps(Pick(3), proto))
    print(proto, p.a, p.extra, end=" ")
    pl = PickList([1, 2])
    pl.attr = "x"
    q = pickle.loads(pickle.dumps(pl, proto))
    print(q, q.attr, type(q).__name__)
ps = PickSlots()
ps.a = 5
print(pickle.loads(pickle.dumps(ps, 2)).a, hasattr(pickle.loads(pickle.dumps(ps, 2)), "b"))
try:
    pickle.dumps(ps, 0)
except TypeError as error:
    print(error)
for value in (
    1,
    -(2**80),
    1.5,
    "é",
    b"x",
    None,
    True,
    (1, 2),
    {1: [2]},
    {3},
    frozenset([4]),
    1j,
    range(3),
    slice(1, 2),
    int,
    len,
    Ellipsis,
):
    try:
        assert pickle.loads(pickle.dumps(value)) == value and copy.deepcopy(value) == value
    except TypeError as error:
        print(error)
print(pickle.loads(pickle.dumps([].append.__self__)), pickle.loads(pickle.dumps(str.upper))("a"))


class Ctx(contextlib.ContextDecorator):
    def __enter__(self):
        print("enter")
        return self

    def __exit__(self, *exc):
        print("exit", exc[0])
        return True


@Ctx()
def decorated():
    raise ValueError


decorated()


class Frac(numbers.Number):
    __hash__ = None


print(isinstance(Frac(), numbers.Number), isinstance(1, numbers.Integral), isinstance(1.0, numbers.Real))
print(
    isinstance([], collections.abc.MutableSequence),
    isinstance({}, collections.abc.Mapping),
    issubclass(str, collections.abc.Sequence),
)
print(
    isinstance(iter([]), collections.abc.Iterator),
    isinstance(len, collections.abc.Callable),
    isinstance(5, collections.abc.Hashable),
)


class MyMap(collections.abc.MutableMapping):
    def __init__(self):
        self.d = {}

    def __getitem__(self, k):
        return self.d[k]

    def __setitem__(self, k, v):
        self.d[k] = v

    def __delitem__(self, k):
        del self.d[k]

    def __iter__(self):
        return iter(self.d)

    def __len__(self):
        return len(self.d)


m = MyMap()
m["a"] = 1
m.update(b=2)
print(dict(m), m.get("z"), m.pop("a"), list(m.items()), m == {"b": 2}, m.setdefault("q", 3), "q" in m)
print(
    collections.ChainMap({"a": 1}, {"b": 2})["b"],
    collections.Counter("aab").most_common(),
    collections.OrderedDict(a=1),
)
print(collections.UserDict(a=1), collections.UserList([1]) + [2], collections.UserString("x") * 2)
print(
    operator.attrgetter("a.b")(types.SimpleNamespace(a=types.SimpleNamespace(b=5))),
    operator.methodcaller("upper")("x"),
)

Dyn = types.new_class("Dyn", (Box[str],), {}, lambda ns: ns.update(z=1))
print(Dyn.z, Dyn.__bases__, types.resolve_bases((Box[int],)))


class DCA(types.DynamicClassAttribute):
    pass


class Singleton(type):
    _instances = {}

    def __call__(cls, *args, **kwargs):
        if cls not in cls._instances:
            cls._instances[cls] = super().__call__(*args, **kwargs)
        return cls._instances[cls]


class OnlyOne(metaclass=Singleton):
    pass


print(OnlyOne() is OnlyOne())


class AbcMeta2(abc.ABCMeta):
    def __new__(m, name, bases, ns, **kw):
        cls = super().__new__(m, name, bases, ns)
        cls.made_by = m.__name__
        return cls


class Ab2(metaclass=AbcMeta2):
    def __init__(self, x):
        self.x = x


print(Ab2.made_by, Ab2(3).x)


class Slotted(bytearray):
    __slots__ = ("x", "__dict__")


slotted = Slotted(b"q")
slotted.x, slotted.y = 1, 2
for twin in (copy.copy(slotted), copy.deepcopy(slotted), pickle.loads(pickle.dumps(slotted, 2))):
    print(twin, twin.x, twin.y)
print(pickle.loads(pickle.dumps([1, 2].__len__))())

# Buffers out of band.
buffers = []
data = pickle.dumps(pickle.PickleBuffer(b"abc"), 5, buffer_callback=buffers.append)
print(len(buffers), bytes(buffers[0].raw()), pickle.loads(data, buffers=[b"xyz"]))
