"""Classes: creation, MRO, metaclasses, slots, class cells, hooks."""


def attempt(function, *args, **kwargs):
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        return None
    print("ok:", result)
    return result


class A:
    """doc of A"""

    x = 1

    def __init__(self, v=0):
        self.v = v

    def m(self):
        return self.v

    @classmethod
    def c(cls):
        return cls.__name__

    @staticmethod
    def s(a, b=2):
        return a + b


class B(A):
    def __init__(self, v, w):
        super().__init__(v)
        self.w = w

    def m(self):
        return super().m() + self.w


b = B(1, 2)
print(b.m(), b.c(), B.c(), b.s(1), B.s(1, b=5), b.x, b.__dict__)
print(A.__doc__, B.__doc__, A.__name__, A.__qualname__, A.__module__, B.__bases__, B.__mro__)
print(isinstance(b, A), issubclass(B, A), isinstance(1, (str, int)), issubclass(bool, int))
print(type(b) is B, type(B) is type, b.__class__ is B)
b.new = 5
print(b.new, sorted(vars(b).items()))
del b.new
attempt(lambda: b.new)
attempt(delattr, b, "new")
attempt(A, 1, 2)
attempt(A, q=1)
attempt(object, 1)


class Plain:
    pass


attempt(Plain, 1)
attempt(Plain().__init__, 2)
attempt(lambda: Plain.zzz)
attempt(lambda: Plain().zzz)
attempt(setattr, 1, "x", 2)
attempt(setattr, object(), "x", 2)
attempt(setattr, int, "x", 2)
attempt(lambda: None.foo)


# --- C3
class X:
    pass


class Y:
    pass


class XY(X, Y):
    pass


class YX(Y, X):
    pass


attempt(type, "Bad", (XY, YX), {})
attempt(type, "Dup", (X, X), {})
attempt(type, "Bad", (X, object, Y), {})
attempt(type, "Lay", (int, str), {})
attempt(type, "NotBase", (bool,), {})
attempt(type, "NotType", (1,), {})
attempt(type, 1, (), {})
attempt(type, "A")
attempt(type, "A\0B", (), {})


class D1(A):
    pass


class D2(A):
    pass


class D3(D1, D2):
    pass


print([k.__name__ for k in D3.__mro__], [k.__name__ for k in D3.mro()])
print([k.__name__ for k in A.__subclasses__()])


# --- slots
class S:
    __slots__ = ("a", "__private", "b")

    def __init__(self):
        self.__private = 7

    def get(self):
        return self.__private


s = S()
print(s.get(), S.__slots__, hasattr(s, "__dict__"), sorted(n for n in dir(S) if not n.endswith("__")))
attempt(lambda: s.a)
s.a = 3
print(s.a)
del s.a
attempt(lambda: s.a)
attempt(delattr, s, "a")
attempt(setattr, s, "zzz", 1)
print(S.a, S.__dict__["a"].__get__(s, S) if hasattr(s, "a") else "unset")


class S2(S):
    __slots__ = ("c",)


class S3(S2):
    pass


t = S3()
t.a, t.c, t.free = 1, 2, 3
print(t.a, t.c, t.free, t.get(), t.__dict__)
attempt(type, "Conf", (), {"__slots__": ("q",), "q": 1})
attempt(type, "Conf", (int,), {"__slots__": ("q",)})
attempt(type, "Conf", (), {"__slots__": ("1q",)})
attempt(type, "Conf", (), {"__slots__": (1,)})
attempt(type, "Conf", (A,), {"__slots__": ("__dict__",)})


class SD:
    __slots__ = ("a", "__dict__", "__weakref__")


sd = SD()
sd.a, sd.other = 1, 2
print(sd.a, sd.__dict__)


class S4:
    __slots__ = ("z",)


attempt(type, "Lay2", (S, S4), {})


# --- metaclasses
class Meta(type):
    def __new__(mcls, name, bases, ns, **kw):
        print("new", name, [k.__name__ for k in bases], kw)
        return super().__new__(mcls, name, bases, ns)

    def __init__(cls, name, bases, ns, **kw):
        super().__init__(name, bases, ns)
        cls.tag = kw.get("tag")

    def __call__(cls, *args, **kw):
        obj = super().__call__(*args, **kw)
        obj.made = True
        return obj

    @property
    def meta_prop(cls):
        return cls.__name__ + "!"

    def meta_method(cls):
        return cls.tag

    @classmethod
    def __prepare__(mcls, name, bases, **kw):
        return {"prepared": name}


class M1(metaclass=Meta, tag=5):
    pass


class M2(M1, tag=6):
    def __init__(self, q):
        self.q = q


print(type(M2), M2.tag, M2.meta_prop, M2.meta_method(), M2.prepared, M2(3).made, M2(3).q)
attempt(lambda: M2(3).meta_prop)


class OtherMeta(type):
    pass


class O1(metaclass=OtherMeta):
    pass


attempt(lambda: type("Conflict", (M1, O1), {}))


# --- hooks
class Base:
    registry = []

    def __init_subclass__(cls, /, label=None, **kw):
        super().__init_subclass__(**kw)
        cls.registry.append((cls.__name__, label))


class Sub1(Base, label="one"):
    pass


class Sub2(Base):
    pass


print(Base.registry)
attempt(type, "Sub3", (Base,), {}, bogus=1)


class Named:
    def __set_name__(self, owner, name):
        self.where = (owner.__name__, name)

    def __get__(self, obj, cls):
        return self.where


class Holder:
    n1 = Named()
    n2 = Named()


print(Holder.n1, Holder().n2)


class BadName:
    def __set_name__(self, owner, name):
        raise ValueError("no")


try:

    class Broken:
        bad = BadName()

except RuntimeError as error:
    print(error, repr(error.__cause__))


class Item:
    def __class_getitem__(cls, key):
        return (cls.__name__, key)


print(Item[1, 2])
attempt(lambda: A[1])


# --- __class__ cells
class Cell:
    def who(self):
        return __class__

    @classmethod
    def cm(cls):
        return super().__repr__ is not None


print(Cell().who() is Cell, Cell.cm())

# --- dynamic changes reach subclasses and instances
A.later = lambda self: "later"
print(b.later())
A.__len__ = lambda self: 42
print(len(b), bool(b))
del A.__len__
attempt(len, b)
A.__call__ = lambda self, *a: a
print(b(1, 2), callable(b))
del A.__call__
print(callable(b))
A.__eq__ = lambda self, other: True
print(b == 5, b != 5)
del A.__eq__
print(b == 5)

# --- __class__ and __bases__ assignment


class P1:
    def f(self):
        return 1


class P2:
    def f(self):
        return 2


p = P1()
p.attr = "kept"
p.__class__ = P2
print(p.f(), p.attr, type(p).__name__)
p.more = 1
print(p.__dict__)
attempt(setattr, p, "__class__", int)
attempt(setattr, p, "__class__", 5)
attempt(setattr, p, "__class__", S)


class Q(P1):
    pass


q = Q()
print(q.f())
Q.__bases__ = (P2,)
print(q.f(), Q.__mro__, [c.__name__ for c in P1.__subclasses__()], [c.__name__ for c in P2.__subclasses__()])
attempt(setattr, Q, "__bases__", ())
attempt(setattr, Q, "__bases__", (Q,))
attempt(setattr, P2, "__bases__", (Q,))
attempt(setattr, int, "__bases__", (object,))
A.__name__ = "Renamed"
print(A.__name__, A, A.__qualname__)
A.__qualname__ = "Other.Renamed"
print(A)
attempt(setattr, A, "__name__", 5)
attempt(delattr, A, "__name__")
A.__doc__ = "new doc"
print(A.__doc__)


# --- more attributes than fit inline
class Many:
    def __init__(self, n):
        for i in range(n):
            setattr(self, f"a{i}", i)


for n in (2, 30, 300):
    m = Many(n)
    print(n, sum(getattr(m, f"a{i}") for i in range(n)), len(m.__dict__))
    m = Many(n)
    del m.a0
    print(hasattr(m, "a0"), m.a1, list(vars(m))[:3])

# --- builtin subclasses


class I(int):
    def __new__(cls, v, tag):
        self = super().__new__(cls, v)
        self.tag = tag
        return self

    def __add__(self, other):
        return I(int(self) + int(other), self.tag)


i = I(10**30, "big")
print(i, i.tag, i + 1, (i + 1).tag, i * 2, type(i * 2).__name__, i == 10**30, hash(i) == hash(10**30))
print(I(-5, "neg").tag, I(0, "zero").tag, -I(5, "x"))


class T(tuple):
    def __new__(cls, *items):
        self = super().__new__(cls, items)
        self.extra = len(items)
        return self


tt = T(1, 2, 3)
print(tt, tt.extra, tt[1], len(tt), tt + (4,), type(tt + (4,)).__name__, tt == (1, 2, 3))


class L(list):
    def append(self, x):
        super().append(x * 2)


ll = L([1])
ll.append(4)
ll.note = "n"
print(ll, ll.note, len(ll), ll[0], ll[-1:], type(ll[-1:]).__name__)


class Dct(dict):
    def __missing__(self, key):
        return key * 2


d = Dct(a=1)
d.attr = 9
print(d["a"], d["b"], d, d.attr, len(d), "a" in d)


class Str(str):
    def __new__(cls, v):
        return super().__new__(cls, v + "!")


st = Str("hé")
st.q = 1
print(st, st.q, st.upper(), type(st.upper()).__name__, len(st), st == "hé!", {st: 1}["hé!"])


class F(float):
    __slots__ = ()


print(F(1.5) + 1, type(F(2.0) * 2).__name__)


class Err(ValueError):
    def __init__(self, code):
        super().__init__(f"code {code}")
        self.code = code


try:
    raise Err(5)
except ValueError as error:
    print(error, error.code, error.args, error.__dict__)
