"""Objects that compiled code makes itself: instances, tuples, lists, cells; and what they hold."""

import gc


class Pair:
    def __init__(self, a, b):
        self.a = a
        self.b = b


class Wide:
    def __init__(self, i):
        self.a, self.b, self.c, self.d = i, i + 1, i + 2, i + 3
        self.e, self.f, self.g, self.h = i * 2, i * 3, str(i), (i,)


class Bare:
    pass


class Growing:
    """Gets more attributes after __init__: instances change their shape, later ones their size."""

    def __init__(self, i):
        self.first = i


class Loud:
    died = 0

    def __init__(self, i):
        self.i = i

    def __del__(self):
        Loud.died += 1


class Slots:
    __slots__ = ("x", "y")

    def __init__(self, x):
        self.x = x


def chain(n):
    head = None
    for i in range(n):
        head = Pair(i, head)
    total = 0
    while head is not None:
        total += head.a
        head = head.b
    return total


def tree(depth):
    if depth == 0:
        return (None, None, depth)
    return (tree(depth - 1), tree(depth - 1), depth)


def size(t):
    left, right, _ = t
    return 1 if left is None else 1 + size(left) + size(right)


def wide(n):
    kept = []
    for i in range(n):
        w = Wide(i)
        if i % 7 == 0:
            kept.append(w)
    return sum(w.a + w.d + w.f + len(w.g) + w.h[0] for w in kept)


def growing(n):
    kept = []
    for i in range(n):
        g = Growing(i)
        if i % 3 == 0:
            g.second = i
        if i % 5 == 0:
            g.third = g.fourth = g.fifth = i
        kept.append(g)
    return sum(len(vars(g)) for g in kept), sum(g.first for g in kept)


def lists(n):
    kept = []
    for i in range(n):
        row = [i, [i + 1], [], [i, i, i, (i, str(i))]]
        row[2].append(i)
        row.append(i)
        kept.append(row)
    return sum(r[0] + r[1][0] + r[2][0] + len(r[3]) + r[4] for r in kept), kept[n // 2]


def cells(n):
    def make(i):
        count = i

        def step():
            nonlocal count
            count += 1
            return count

        return step

    steps = [make(i) for i in range(n)]
    return sum(s() for s in steps) + sum(s() for s in steps)


def bare(n):
    kept = [Bare() for _ in range(n)]
    for i, b in enumerate(kept):
        b.value = i
    return sum(b.value for b in kept)


def slots(n):
    kept = []
    for i in range(n):
        s = Slots(i)
        if i & 1:
            s.y = 1
        kept.append(s)
    return sum(s.x for s in kept), sum(hasattr(s, "y") for s in kept)


def unpacked(n):
    t = None
    for i in range(n):
        t = (i, t if i % 10 else None, float(i) / 3)
    a, b, c = t
    return a, b[0], c


def loud(n):
    for i in range(n):
        Loud(i)
    return None


def change_class(n):
    """__init__ is replaced while compiled code makes instances."""
    out = []
    for i in range(n):
        out.append(Pair(i, i).a)
        if i == n // 2:
            Pair.__init__ = lambda self, a, b: (setattr(self, "a", -a), setattr(self, "b", b))[0]
    return sum(out)


for round_ in range(3):
    print(chain(3000), size(tree(9)), wide(1500), growing(900))
    print(lists(1200), cells(700), bare(900), slots(700), unpacked(1234))
    loud(800)
    gc.collect()
print(Loud.died > 1000)
print(change_class(2000), chain(100))
