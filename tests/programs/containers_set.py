"""Sets: order of small ints, all operations with all operand kinds, frozensets, re-entrancy."""

from __future__ import annotations

import copy
import random


def attempt(label: str, thunk: object, *args: object) -> None:
    try:
        print(label, thunk(*args))
    except Exception as error:
        print(label, type(error).__name__, error)


def basics() -> None:
    s = {3, 1, 2}
    print(s, set(), frozenset(), frozenset([1, 2]), {0}, set(range(12)), set("a"))
    s.add(3)
    s.add(100)
    print(s, len(s), 1 in s, 1.0 in s, "x" in s, s == {1, 2, 3, 100}, s == frozenset(s), s != {1})
    s.discard(100)
    s.discard(100)
    attempt("remove", s.remove, 100)
    s.remove(3)
    print(s, s.pop(), s.pop(), s)
    attempt("pop", s.pop)
    attempt("add", s.add, [])
    attempt("in", lambda: [] in s)
    attempt("hash", hash, set())
    print({1, 2} in {frozenset({1, 2})}, hash(frozenset([1, 2])) == hash(frozenset([2, 1])))
    print(frozenset(frozenset([1])) == {1}, frozenset() is frozenset([]), {1: 2}.keys() == {1})
    attempt("kw", lambda: set(a=1))
    attempt("two", set, [], [])
    attempt("int", set, 5)


def operations() -> None:
    rng = random.Random(4)
    for _ in range(60):
        a = {rng.randrange(40) for _ in range(rng.randrange(30))}
        b = {rng.randrange(40) for _ in range(rng.randrange(30))}
        for x, y in ((a, b), (frozenset(a), b), (a, frozenset(b)), (frozenset(a), frozenset(b))):
            print(x | y, x & y, x - y, x ^ y, x <= y, x < y, x >= y, x > y, x == y, type(x | y).__name__)
        for other in (list(b), tuple(b), dict.fromkeys(b), iter(list(b)), b):
            print(
                a.union(other if not hasattr(other, "__next__") else list(b)), a.issubset(b), a.issuperset(b)
            )
            print(
                a.intersection(list(b)), a.difference(dict.fromkeys(b)), a.symmetric_difference(list(b) * 2)
            )
            print(a.isdisjoint(list(b)))
        c = set(a)
        c |= b
        c &= a | {99}
        c ^= b
        c -= {1, 2, 3}
        c.update(b, [50], "z"[:0])
        c.intersection_update(range(60), list(b) + [50])
        c.difference_update([1], {2: 2}, {3})
        c.symmetric_difference_update([4, 5, 5])
        print(c, sorted(c))
    print({1}.union(), {1}.intersection(), {1}.difference(), {1} - {1}, {1}.union([2], {3}, (4,)))
    attempt("or", lambda: {1} | [2])
    attempt("ior", lambda: {1}.__ior__([2]))
    attempt("lt", lambda: {1} < [2])
    x = {1, 2, 3}
    x -= x
    print(x)
    x = {1, 2, 3}
    x ^= x
    print(x, x.isdisjoint(x))


def churn() -> None:
    rng = random.Random(5)
    s: set = set()
    model: dict = {}
    for step in range(30000):
        key = rng.choice([rng.randrange(500), str(rng.randrange(100)), (rng.randrange(9),)])
        if rng.random() < 0.5:
            s.add(key)
            model[key] = 1
        else:
            s.discard(key)
            model.pop(key, None)
    assert s == set(model) and len(s) == len(model)
    print("churn", len(s))
    total = 0
    work = set(range(3000))
    while work:
        item = work.pop()
        total += item
        if item % 7 == 0 and item:
            work.add(item // 7)
    print(total)


def iteration() -> None:
    s = {1, 2, 3}
    it = iter(s)
    print(next(it), it.__length_hint__(), sorted(copy.copy(it)))
    s.add(4)
    attempt("changed", next, it)
    attempt("changed still", next, it)
    print(list(iter(set())), copy.copy(s), copy.deepcopy({frozenset([1])}), s.copy() is not s)
    f = frozenset("q")
    print(f.copy() is f, copy.copy(f), f, type(f | {1}).__name__)


class Sub(set):
    pass


class Frozen(frozenset):
    def __new__(cls, items: object) -> Frozen:
        return super().__new__(cls, items)


class Evil:
    def __init__(self, victim: set) -> None:
        self.victim, self.count = victim, 0

    def __hash__(self) -> int:
        return 3

    def __eq__(self, other: object) -> bool:
        self.count += 1
        if self.count < 15:
            self.victim.clear() if self.count % 3 == 0 else self.victim.add(self.count * 8 + 3)
        return False


def others() -> None:
    s = Sub([1, 2])
    s.tag = "t"
    print(s, s | {3}, type(s | {3}).__name__, type(s.copy()).__name__, s.tag, copy.copy(s).tag)
    f = Frozen([1])
    print(f, f == {1}, hash(f) == hash(frozenset([1])), type(f & {1}).__name__)
    victim = {3, 11, 19}
    evil = Evil(victim)
    print(evil in victim)
    victim.add(evil)
    victim.discard(Evil(victim))
    print("survived", {Evil(victim)} == victim)
    nested = {frozenset({frozenset({1}), 2})}
    print(
        len(nested),
        nested == {frozenset([2, frozenset([1])])},
        len({frozenset([i, j]) for i in range(30) for j in range(30)}),
    )


basics()
operations()
churn()
iteration()
others()
