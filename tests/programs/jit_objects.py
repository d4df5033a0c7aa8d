"""Attributes and classes in compiled code: shapes, rebinding of class attributes, slots, properties."""


class Point:
    scale = 2

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def norm(self):
        return self.x * self.x + self.y * self.y

    def scaled(self):
        return self.norm() * self.scale

    @property
    def both(self):
        return self.x + self.y

    @staticmethod
    def origin():
        return Point(0, 0)

    @classmethod
    def make(cls, k):
        return cls(k, k)


class Sub(Point):
    def __init__(self, x, y, z):
        super().__init__(x, y)
        self.z = z

    def norm(self):
        return super().norm() + self.z


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a


class Odd:
    def __init__(self, i):
        if i % 2:
            self.u = i
            self.v = 1
        else:
            self.v = 2
            self.u = i


class Empty:
    pass


class Number:
    def __init__(self, v):
        self.v = v

    def __add__(self, o):
        return Number(self.v + (o.v if isinstance(o, Number) else o))

    def __eq__(self, o):
        return isinstance(o, Number) and self.v == o.v

    def __lt__(self, o):
        return self.v < o.v

    def __bool__(self):
        return self.v % 2 == 0

    def __getitem__(self, i):
        return self.v + i

    def __len__(self):
        return self.v % 10

    def __call__(self, x):
        return self.v * x


def sums(n):
    p = Point(1, 2.5)
    t = 0
    for i in range(n):
        p.x = i
        p.y += 0.5
        t += p.norm() + p.both + p.scaled()
    return t


def make_many(n):
    t = 0
    points = []
    for i in range(n):
        p = Point(i, i + 1)
        points.append(p)
        t += p.x
        t += Sub(i, 1, 2).norm()
        t += Point.origin().x + Point.make(i).y
    for p in points:
        t += p.y
    return t


def rebind_class(n):
    t = 0
    p = Point(3, 4)
    for i in range(n):
        if i == n // 2:
            Point.scale = 5
        if i == n - 5:
            Point.norm = lambda self: 1
        t += p.scaled()
    Point.scale = 2
    Point.norm = original_norm
    return t


original_norm = Point.norm


def instance_shadows(n):
    p = Point(1, 1)
    t = 0
    for i in range(n):
        if i == n - 20:
            p.scale = 100
            p.norm = lambda: 7
        t += p.scaled()
    return t


def slots(n):
    s = Slotted(1)
    t = 0
    for i in range(n):
        s.a += i
        try:
            t += s.b
        except AttributeError:
            t += 1
        if i == n - 3:
            s.b = 1000
    return t, s.a


def polymorphic(n):
    objs = [Point(1, 2), Sub(1, 2, 3), Odd(1), Odd(2)]
    t = 0
    for i in range(n):
        o = objs[i % 4]
        if isinstance(o, Point):
            t += o.norm()
        else:
            t += o.u * 10 + o.v
    return t


def add_attributes(n):
    t = 0
    for i in range(n):
        e = Empty()
        e.a = i
        e.b = i + 1
        if i % 3 == 0:
            e.c = 5
        f = e
        f.d = 9
        t += e.a + e.b + e.d + len(e.__dict__)
        del e.a
        t += hasattr(e, "a")
    return t


def operators(n):
    t = Number(0)
    for i in range(n):
        t = t + i
        t = t + Number(1)
        if t:
            t = t + 3
        if t == Number(i):
            t = t + 1000
        if t < Number(50):
            t = t + 2
        t.v += t[1] + len(t) + t(2)
        t.v %= 100003
    return t.v


def missing(n):
    t = 0
    e = Empty()
    for i in range(n):
        try:
            t += e.nothing
        except AttributeError as x:
            t += len(str(x))
        if i == n - 2:
            e.nothing = 5
    del e.nothing
    return t


class Desc:
    def __get__(self, obj, type=None):
        return 42 if obj is None else obj.k * 2

    def __set__(self, obj, v):
        obj.k = v


class WithDesc:
    d = Desc()

    def __init__(self):
        self.k = 1


def descriptors(n):
    w = WithDesc()
    t = 0
    for i in range(n):
        w.d = i % 9
        t += w.d + WithDesc.d
    return t


def data_descriptor_later(n):
    class C:
        pass

    c = C()
    c.attr = 1
    t = 0
    for i in range(n):
        if i == n - 10:
            C.attr = property(lambda self: 500)
        t += c.attr
    return t


class Base:
    def run(self):
        return self.value()

    def value(self):
        return 1


class Derived(Base):
    def value(self):
        return 2


def change_class(n):
    b = Base()
    t = 0
    for i in range(n):
        if i == n // 2:
            b.__class__ = Derived
        t += b.run()
    return t


def main():
    for r in range(3):
        print(sums(1500), make_many(800), rebind_class(1500), instance_shadows(1500))
        print(slots(1500), polymorphic(2000), add_attributes(1200), operators(1500))
        print(missing(1200), descriptors(1500), data_descriptor_later(1500), change_class(1500))


main()
