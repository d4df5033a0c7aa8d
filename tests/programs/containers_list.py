"""Lists and tuples: slices, methods, sorting, iterators, comparison, errors, re-entrancy."""

from __future__ import annotations

import copy
import functools
import random
from typing import NamedTuple


def attempt(label: str, thunk: object, *args: object) -> None:
    try:
        print(label, thunk(*args))
    except Exception as error:
        print(label, type(error).__name__, error)


def slices() -> None:
    base = list(range(10))
    for s in [
        slice(None),
        slice(2, 7),
        slice(-3, None),
        slice(None, None, -1),
        slice(8, 1, -2),
        slice(7, 2),
        slice(-100, 100, 3),
        slice(None, -1),
        slice(0, 0),
        slice(5, None, -1),
        slice(100, None, -4),
    ]:
        print(s, base[s], tuple(base)[s], s.indices(10), list(range(10))[s] == list(range(10)[s]))
        x = base[:]
        del x[s]
        print("  del", x)
        x = base[:]
        if s.step in (None, 1):
            x[s] = "abc"
            print("  set", x)
        else:
            n = len(x[s])
            x[s] = ["v"] * n
            print("  set", x)
            attempt("  wrong", x.__setitem__, s, [0] * (n + 1))
    x = [1, 2, 3]
    x[1:1] = x
    print(x)
    x[:] = x
    x[2:4] = (i for i in range(3))
    print(x)
    x[len(x) :] = [9]
    x[:0] = [8]
    print(x)
    del x[::2]
    print(x)
    x *= 3
    print(x, x * 0, x * -1, 2 * [None])
    attempt("assign", x.__setitem__, slice(0, 1), 5)
    attempt("step0", lambda: x[::0])
    attempt("bad", lambda: x["a"])
    attempt("range", lambda: x[100])
    attempt("set range", x.__setitem__, 100, 1)
    attempt("float slice", lambda: x[1.0:2])
    big = list(range(1000))
    del big[5:990]
    print(big, big[:5] + big[-1:])


def methods() -> None:
    x: list = []
    for i in range(10):
        x.append(i % 4)
    x.extend("ab")
    x.extend(range(3))
    x.insert(0, "first")
    x.insert(-1, "before last")
    x.insert(100, "end")
    print(x, x.count(1), x.index(2), x.index(2, 4), len(x))
    attempt("index", x.index, "none")
    attempt("index", x.index, 3, 10, 12)
    attempt("remove", x.remove, "none")
    x.remove("a")
    print(x.pop(), x.pop(0), x.pop(-2), x)
    attempt("pop", [].pop)
    attempt("pop", x.pop, 50)
    x.reverse()
    y = x.copy()
    x.clear()
    print(x, y, y == y[:], y is not y[:])
    x += (1, 2)
    x.extend(x)
    print(x, [1] + [2], 1 in x, 5 in x)
    attempt("concat", lambda: [1] + (2,))
    print([1, 2] < [1, 3], [1] < [1, 0], [] < [1], [2] > [1, 9], [1, 2] == [1, 2.0], [1] != [1])
    attempt("compare", lambda: [1] < ["a"])
    attempt("hash", hash, [])
    attempt("new", list, 5)
    attempt("new", list, [1], [2])
    queue = list(range(100))
    total = 0
    for i in range(1000):
        total += queue.pop(0)
        queue.append(i)
    print(total, len(queue))
    z: list = [1]
    z.append(z)
    print(z, [[], [[]]], [()])


class Key:
    """Counts comparisons; only __lt__ exists."""

    def __init__(self, value: int, tag: int) -> None:
        self.value, self.tag = value, tag

    def __lt__(self, other: Key) -> bool:
        return self.value < other.value


def sorting() -> None:
    rng = random.Random(3)
    for n in (0, 1, 2, 3, 10, 63, 64, 65, 200, 1000, 5000):
        ints = [rng.randrange(n + 1) for _ in range(n)]
        data = sorted(ints)
        assert all(data[i] <= data[i + 1] for i in range(n - 1)) and len(data) == n
        assert sorted(ints, reverse=True) == data[::-1]
        floats = [i / 7 for i in ints]
        assert sorted(floats) == [i / 7 for i in data]
        strings = [str(i) for i in ints]
        assert sorted(strings, key=int) == [str(i) for i in data]
        pairs = [(i, k) for k, i in enumerate(ints)]
        assert sorted(pairs) == sorted(pairs, key=lambda p: p[0])
        keys = [Key(i, k) for k, i in enumerate(ints)]
        out = sorted(keys)
        assert all((a.value, a.tag) < (b.value, b.tag) for a, b in zip(out, out[1:]))
        out = sorted(keys, reverse=True)
        assert all((-a.value, a.tag) < (-b.value, b.tag) for a, b in zip(out, out[1:]))
        mixed = [rng.choice([i, float(i), i * 2**62]) for i in ints]
        out = sorted(mixed)
        assert all(a <= b for a, b in zip(out, out[1:]))
        runs = list(range(n)) + list(range(n, 0, -1)) + list(range(0, n, 3))
        assert sorted(runs) == sorted(runs, key=lambda v: (v,))
    print(sorted("hello world"), sorted([3, 1, 2], reverse=True), sorted(["b", "A", "c"], key=str.lower))
    print(sorted(["é", "e", "z", "日本", "a"]), sorted([(2, "b"), (1, "z"), (2, "a"), (1,)]))
    print(sorted([True, 0, 2, False, -1]), sorted([1 << 70, -(1 << 70), 5, 0.5]))
    x = [5, 2, 8]
    x.sort(key=None, reverse=0)
    print(x)
    x.sort(key=lambda v: -v)
    print(x)
    x.sort(key=functools.cmp_to_key(lambda a, b: a - b))
    print(x)
    attempt("args", x.sort, 5)
    attempt("mixed", lambda: sorted([1, "a"]))
    attempt("keyword", lambda: x.sort(foo=1))
    y = [3, 1, 2]

    def changing(value: int) -> int:
        y.append(value)
        return value

    attempt("modified", lambda: y.sort(key=changing))
    print(y)
    z = [3, 1, 2]
    attempt("failing key", lambda: z.sort(key=lambda v: 1 // (v - 1)))
    print(z)

    class Bad:
        def __lt__(self, other: object) -> bool:
            raise ValueError("no order")

    w = [Bad() for _ in range(100)]
    attempt("failing compare", w.sort)
    print(len(w), len(set(map(id, w))))
    seen: list = []
    v = [2, 1]
    v.sort(key=lambda item: seen.append(list(v)) or item)
    print(seen, v)


def iterators() -> None:
    x = [1, 2, 3, 4]
    it = iter(x)
    print(next(it), it.__length_hint__(), list(copy.copy(it)))
    x.append(5)
    print(list(it), list(it))
    x.append(6)
    print(list(it))
    back = reversed(x)
    print(next(back), back.__length_hint__(), list(copy.copy(back)), list(back), list(back))
    out = []
    for item in x:
        out.append(item)
        if len(out) < 10:
            x.append(item * 10)
    print(out)
    for item in x:
        x.clear()
    print(x, list(iter([])), type(iter([])).__name__, type(iter(())).__name__)
    t = iter((1, 2, 3))
    next(t)
    print(t.__length_hint__(), list(copy.copy(t)), t.__reduce__()[1:], list(t))
    it = iter([1, 2, 3])
    it.__setstate__(2)
    print(list(it), list(enumerate("ab", 5)), list(enumerate([1], 2**62 - 1)), list(enumerate("a", 2**70)))
    print(list(reversed((1, 2))), list(reversed("abc")), list(reversed(range(5))))
    attempt("reversed", reversed, {1})
    attempt("reversed", reversed, 5)

    class Old:
        def __getitem__(self, index: int) -> int:
            if index > 3:
                raise IndexError(index)
            return index * index

        def __len__(self) -> int:
            return 4

    print(list(Old()), list(reversed(Old())), 9 in Old())
    values = iter([1, 2, 3, 4, 5])
    print(list(iter(lambda: next(values), 4)), list(iter(lambda: next(values), 9)))
    print(
        list(zip([1, 2, 3], "ab")), list(zip()), list(zip([1])), list(map(lambda a, b: a + b, [1, 2], [3, 4]))
    )
    attempt("strict", lambda: list(zip([1, 2], [1], strict=True)))
    attempt("strict", lambda: list(zip([1], [1, 2], strict=True)))
    attempt("strict", lambda: list(zip([1], [1], [1, 2], strict=True)))
    print(
        list(filter(None, [0, 1, "", "a"])), list(filter(lambda v: v % 2, range(6))), list(map(str, range(3)))
    )
    attempt("map", map, str)


def tuples() -> None:
    t = (1, 2, 3)
    print(t, (), (1,), t + (4,), t * 2, 0 * t, t[1:], t[::-1], t[:] is t, tuple(t) is t)
    print(t.index(2), t.count(3), 2 in t, 5 in t, t < (1, 2, 4), t == (1, 2, 3.0), hash(t) == hash((1, 2, 3)))
    attempt("index", t.index, 9)
    attempt("assign", lambda: t.__setitem__(0, 1))
    attempt("getitem", lambda: t[5])
    attempt("getitem", lambda: t["a"])
    attempt("concat", lambda: t + [1])
    attempt("hash", hash, ([],))
    print(len({(i, j) for i in range(50) for j in range(50)}), tuple("abc"), tuple(x * 2 for x in range(3)))

    class Point(tuple):
        def __new__(cls, x: int, y: int) -> Point:
            return super().__new__(cls, (x, y))

        def __getnewargs__(self) -> tuple:
            return (self[0], self[1])

        @property
        def x(self) -> int:
            return self[0]

    p = Point(3, 4)
    p.name = "p"
    print(
        p, p.x, p.name, p == (3, 4), hash(p) == hash((3, 4)), isinstance(p, tuple), p[1:], type(p[:]).__name__
    )
    print(copy.copy(p), type(copy.copy(p)).__name__, copy.copy(p).name)

    class Named(NamedTuple):
        a: int
        b: str = "default"

    n = Named(1)
    print(n, n.a, n._replace(a=5), n._asdict(), Named._fields, n == (1, "default"))
    a, *b, c = range(6)
    print(a, b, c)


def ranges() -> None:
    for r in (
        range(5),
        range(2, 10, 3),
        range(10, 0, -4),
        range(0),
        range(5, 5),
        range(2**62 - 2, 2**62 + 2),
        range(-(2**70), 2**70, 2**69),
        range(0, 2**65, 2**63),
    ):
        print(r, len(r), list(r), list(reversed(r)), r[::2], bool(r), r == range(r.start, r.stop, r.step))
        if r:
            print(
                " ", r[0], r[-1], r[0] in r, r[-1] + 1 in r, r.index(r[-1]), r.count(r[0]), 1.5 in r, 2.0 in r
            )
    attempt("zero", range, 1, 2, 0)
    attempt("float", range, 1.0)
    attempt("none", range)
    attempt("item", lambda: range(3)[5])
    attempt("index", range(3).index, 7)
    attempt("len", len, range(2**70))
    print(
        range(0) == range(2, 2),
        range(0, 3, 2) == range(0, 4, 2),
        hash(range(0, 3, 2)) == hash(range(0, 4, 2)),
    )
    it = iter(range(5))
    next(it)
    print(it.__length_hint__(), list(copy.copy(it)))
    print(slice(1, 2), slice(3) == slice(None, 3, None), slice(1, 2) < slice(1, 3), slice(None).indices(5))
    attempt("slice hash", hash, slice(1))
    print(slice(2**70, None, -1).indices(5), slice(-(2**70), 2**70).indices(7))


def reentrant() -> None:
    class Clearer:
        def __init__(self, target: list) -> None:
            self.target = target

        def __eq__(self, other: object) -> bool:
            self.target.clear()
            return False

        def __repr__(self) -> str:
            self.target.clear()
            return "clearer"

    for method in ("index", "count", "remove", "__contains__", "__eq__", "__lt__"):
        x: list = [1, 2, 3, 4]
        x[0:2] = [Clearer(x), 5]
        attempt(
            method,
            lambda m=method, y=x: getattr(y, m)([1, 2, 3, 4] if m.startswith("__e") or m == "__lt__" else 9),
        )
        print(len(x))
    x = [1, 2]
    x.insert(1, Clearer(x))
    print(repr(x), x)
    x = [0] * 10

    def shrink() -> object:
        for i in range(5):
            x.clear()
            yield i

    x[2:4] = shrink()
    print(x)
    x = [0] * 10
    x.extend(shrink())
    print(x)
    deep: list = []
    for _ in range(200000):
        deep = [deep]
    attempt("deep repr", lambda: len(repr(deep)))


slices()
methods()
sorting()
iterators()
tuples()
ranges()
reentrant()
