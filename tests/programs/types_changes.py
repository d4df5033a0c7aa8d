"""Caches see every change: of classes, instances, metaclasses, bases."""


class A:
    def f(self):
        return 1


class B(A):
    pass


class C(B):
    pass


c = C()


def call():
    return c.f()


out = []
for i in range(3):
    out.append(call())
A.f = lambda self: 2
out.append(call())
B.f = lambda self: 3
out.append(call())
c.f = lambda: 4
out.append(call())
del c.f
out.append(call())
del B.f
out.append(call())


class D(A):
    def f(self):
        return 5


C.__bases__ = (D,)
out.append(call())
c.__class__ = D
out.append(call())
print(out)


# data descriptor appears later
class P:
    pass


p = P()
p.x = 1


def rd():
    return p.x


def wr(v):
    p.x = v


print(rd())
P.x = property(lambda s: "prop", lambda s, v: print("set", v))
print(rd())
wr(5)
del P.x
print(rd())
wr(6)
print(rd())
P.__getattr__ = lambda s, n: "ga " + n
print(p.nope)
del P.__getattr__
try:
    p.nope
except AttributeError as e:
    print(e)
P.__getattribute__ = lambda s, n: "gattr " + n
print(p.x, rd())
del P.__getattribute__
print(rd())
P.__setattr__ = lambda s, n, v: print("sa", n, v)
wr(7)
del P.__setattr__
wr(8)
print(rd())
P.__slots__ = 5


# global function attr, class attr via type
class M(type):
    y = 1


class X(metaclass=M):
    pass


def ry():
    return X.y


print(ry())
X.y = 2
print(ry())
del X.y
print(ry())
M.y = property(lambda c: "mp")
print(ry())
# dict mode
o = P()
o.a = 1
o.b = 2


def ra():
    return o.a


print(ra())
d = o.__dict__
print(ra())
d["a"] = 9
print(ra())
o.a = 10
print(d)
del d["a"]
try:
    ra()
except AttributeError as e:
    print(e)
o.__dict__ = {"a": "new"}
print(ra(), d)


# len on changing types
class L:
    def __len__(self):
        return 1


def ln(x):
    return len(x)


for x in (L(), [1, 2], {}, "abc", L(), (1,)):
    print(ln(x), end=" ")
L.__len__ = lambda s: 7
print(ln(L()))


# init changes
class N:
    def __init__(self, a):
        self.a = a


def mk():
    return N(1)


print(mk().a)
N.__init__ = lambda self, a: setattr(self, "a", a * 100)
print(mk().a)
N.__new__ = lambda cls, a: "replaced"
print(mk())
N.__call__ = lambda self: 1


class NM(type):
    def __call__(cls, *a):
        return ("meta", a)


class N2(metaclass=NM):
    pass


print(N2(5))
NM.__call__ = lambda cls, *a: "changed"
print(N2(5))
del NM.__call__
print(type(N2()).__name__)


class E1:
    pass


class E2:
    def __enter__(self):
        return 1

    def __exit__(self, *a):
        return True


for e in (E2(),):
    with e as v:
        print(v)
try:
    with E1():
        pass
except TypeError as ex:
    print(ex)


# bool/int protocol
class Bo:
    def __bool__(self):
        return False


print(not Bo(), bool(Bo()), 1 if Bo() else 2)
Bo.__bool__ = lambda s: True
print(not Bo())
del Bo.__bool__
Bo.__len__ = lambda s: 0
print(not Bo())
