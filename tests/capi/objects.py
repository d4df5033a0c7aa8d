"""What Python sees of the types that objects.c declares.  Run with the folder of the built extension."""

import gc
import sys
import weakref

sys.path.insert(0, sys.argv[1])
import objects
from objects import Heap, Seq, Thing, Var, XList


def attempt(function, *args, **kwargs):
    try:
        print("ok:", function(*args, **kwargs))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


t = Thing([1], n=4)
print(t.i, t.d, t.s, t.o, t.flag, t.ub, t.sh, t.inplace, t.n)
t.i, t.d, t.flag, t.ub, t.sh, t.o = 5, 2.5, True, 200, -3, None
print(t.i, t.d, t.flag, t.ub, t.sh, t.o, t.twice, t.once)
for name, value in (("s", "x"), ("n", 1), ("flag", 1), ("i", "x"), ("once", 1), ("inplace", "")):
    attempt(setattr, t, name, value)
for name in ("i", "ox", "twice", "nothing"):
    attempt(delattr, t, name)
attempt(getattr, t, "ox")
t.ox = 3
t.twice = 20
t.dynamic = "d"
print(t.ox, t.i, t.dynamic)
print(t.noargs(), t.one(1), t.tuple(1, 2), t.dict_(1, a=2), t.dict_(), t.fast(1, 2), t.fastkw(1, a=2))
print(t.cls(5), Thing.cls(6), t.static(1), Thing.static(2))
attempt(t.noargs, 1)
attempt(t.one)
attempt(t.one, 1, 2)
attempt(lambda: t.noargs(x=1))
attempt(lambda: t.fast(x=1))
attempt(lambda: t.tuple(x=1))
attempt(Thing.noargs)
attempt(Thing.noargs, 1)
print(Thing.noargs.__doc__, Thing.noargs.__text_signature__, Thing.__doc__, Thing.__text_signature__)
print(Thing.noargs.__name__, Thing.noargs.__qualname__, t.noargs.__qualname__, Thing.i, Thing.twice)
print(len(t), t[1], t[-1], list(t), 4 in t, Thing.__len__(t), Thing.__getitem__(t, 2))
attempt(lambda: t[10])
print(t + 1, 1 + t, t + t, t**2, pow(t, 2, 3), pow(2, t), Thing.__add__(t, 1), Thing.__radd__(t, 1))
print(t == t, t == 1, t != Thing(), Thing.__hash__)
attempt(hash, t)
attempt(lambda: t < t)
print(weakref.ref(t)() is t)


class Sub(Thing):
    def __len__(self):
        return 99

    def __add__(self, other):
        return "sub add"

    def __init__(self, q):
        super().__init__(q)
        self.q = q


s = Sub([9])
print(len(s), s + 1, 1 + s, s.q, s.o, s.i, isinstance(s, Thing), s.noargs(), Sub.__mro__)


class Slots(Thing):
    __slots__ = ("zz",)


s2 = Slots()
s2.zz, s2.other = 4, 5
print(s2.zz, s2.other)
x = XList([1, 2])
x.append(3)
print(x, x.extra, x.number, len(x), XList.__base__)


class SubXList(XList):
    pass


xs = SubXList("ab")
xs.attr = [1]
print(xs, xs.extra, xs.attr, xs.number)
print(Var(1, "b", [3]).get(1), Var(1, "b", [3]).get(2))


class SubVar(Var):
    pass


v = SubVar(1, 2)
v.attr = "q"
print(v.get(0), v.attr)
h = Heap()
h.dynamic = 1
print(h, hash(h), len(h), h["k"], h(1, 2), h.value, h.method(1), Heap.method(h), h.__dict__)
print(Heap.__doc__, Heap.__module__, Heap.__qualname__, weakref.ref(h)() is h)


class SubHeap(Heap):
    def __call__(self, *args):
        return "sub call"

    def __repr__(self):
        return "SubHeap"


class PlainHeap(Heap):
    pass


hs = SubHeap()
hs.a = 1
print(hs, hs(1), hash(hs), hs["x"], hs.method(), len(hs), hs.__dict__, PlainHeap()(1, 2), PlainHeap())
print(objects.call_all(lambda *args: args, 3), objects.next_state(), objects.next_state())
print(objects.__doc__, objects.__name__, objects.seq, objects.seq.hidden, objects.seq[:], len(objects.seq))
print(Seq((1, 2)), Seq((1, 2, 3)).hidden, Seq((1, 2), {"hidden": 9}).hidden, objects.seq == (1, "two"))
attempt(setattr, Thing, "x", 1)
Heap.later = 5
print(h.later)
attempt(type, "Layouts", (Thing, XList), {})
attempt(type, "Layouts", (Thing, int), {})
attempt(Thing.__new__, int)
attempt(object.__new__, Thing)
attempt(lambda: Thing.__new__(Sub).i)


def make():
    for _ in range(100):
        Thing()
        Heap()
        Sub(1)


def noise():
    """Overwrite the stack words that the dead left behind."""
    return [str(i) for i in range(1000)]


before = objects.counts()
make()
for _ in range(3):
    noise()
    gc.collect()
after = objects.counts()
print(after[0] - before[0] > 150, after[1] - before[1] > 80)
