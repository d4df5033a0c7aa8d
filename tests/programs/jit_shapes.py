"""Sites that see several classes: methods, attributes and properties found in several ways, and classes
that change while compiled code runs."""


class Shape:
    unit = 1

    def __init__(self, size):
        self.size = size
        self.uses = 0

    def area(self):
        return 0

    def twice(self):
        self.uses += 1
        return 2 * self.area() + self.unit

    @property
    def label(self):
        return self.size

    def __repr__(self):
        return f"{type(self).__name__}({self.size})"


class Square(Shape):
    def area(self):
        return self.size * self.size

    @property
    def label(self):
        return -self.size


class Disc(Shape):
    unit = 10

    def area(self):
        return 3 * self.size * self.size


class Point(Shape):
    pass


class Line(Shape):
    def __init__(self, size):
        self.length = size
        super().__init__(size)

    def area(self):
        return self.length


class Odd(Shape):
    __slots__ = ("extra",)

    def area(self):
        return 7


class Slotted:
    __slots__ = ("size", "uses")
    unit = 3

    def __init__(self, size):
        self.size, self.uses = size, 0

    def area(self):
        return self.size + 1

    def twice(self):
        self.uses += 1
        return self.area()

    label = "slotted"


def total(shapes):
    result = 0
    for s in shapes:
        result += s.twice()
    return result


def attributes(shapes):
    result = 0
    for s in shapes:
        s.uses = s.uses + s.size
        result += s.uses + s.unit
    return result


def labels(shapes):
    out = []
    for s in shapes:
        out.append(s.label)
    return out


def new_attribute(shapes, i):
    for s in shapes:
        s.fresh = i
        s.uses = s.fresh
    return sum(s.fresh for s in shapes)


def run(kinds, n):
    shapes = [kinds[i % len(kinds)](i) for i in range(n)]
    out = [total(shapes) for _ in range(20)][-1], [attributes(shapes) for _ in range(20)][-1]
    return out, sum(x if isinstance(x, int) else 1 for x in labels(shapes))


def tree_walk(node):
    return node.value() if node is not None else 0


class Leaf:
    def __init__(self, v):
        self.v = v

    def value(self):
        return self.v


class Sum:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def value(self):
        return tree_walk(self.a) + tree_walk(self.b)


class Product(Sum):
    def value(self):
        return tree_walk(self.a) * tree_walk(self.b) % 1009


def build(depth, seed):
    if depth == 0:
        return Leaf(seed % 7 + 1)
    kind = Sum if seed % 3 else Product
    return kind(build(depth - 1, seed * 5 + 1), build(depth - 1, seed * 3 + 2))


for kinds in (
    (Square, Disc),
    (Square, Disc, Point),
    (Square, Disc, Point, Line),
    (Square, Disc, Point, Line, Odd, Slotted),
    (Slotted, Square),
):
    print([k.__name__ for k in kinds], run(kinds, 120))

tree = build(8, 1)
print([tree.value() for _ in range(30)][-1])

shapes = [k(i) for i, k in enumerate((Square, Disc, Point, Line) * 30)]
print([new_attribute(shapes, i) for i in range(12)])

# An attribute of an instance hides the method.
for i in range(30):
    if i == 20:
        shapes[5].area = lambda: 1000
    if i == 25:
        del shapes[5].area
    print(total(shapes), end=" ")
print()

# A class gets a method, a data descriptor, and loses both.
for i in range(30):
    if i == 8:
        Point.area = lambda self: 5
    if i == 16:
        Shape.unit = property(lambda self: 100)
    if i == 20:
        Disc.twice = lambda self: 1
    if i == 24:
        del Disc.twice
        Shape.unit = 1
    print(total(shapes), attributes(shapes), end=" ")
print()

# Objects change their class between two uses.
for i in range(40):
    s = shapes[i % 20]
    s.__class__ = (Square, Disc, Point)[i % 3]
    print(total(shapes[:20]), end=" ")
print()

# Others than instances come by.
mixed = [3, "four", Square(2), None, 2.5, Disc(1), [1]]
for i in range(60):
    for thing in mixed:
        try:
            r = thing.area()
        except AttributeError as e:
            r = str(e)
        if i in (0, 59):
            print(r)
