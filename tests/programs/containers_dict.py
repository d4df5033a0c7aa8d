"""Dicts: order, growth, deletion, views, merging, subclasses, errors, and mutation from __eq__."""

from __future__ import annotations

import copy
import random


def attempt(label: str, thunk: object, *args: object) -> None:
    """Print the result of thunk(*args), or its exception."""
    try:
        print(label, thunk(*args))
    except Exception as error:
        print(label, type(error).__name__, error)


def basics() -> None:
    d: dict = {}
    print(d, len(d), bool(d))
    for i in range(20):
        d[i] = i * i
        d[str(i)] = i
    print(d)
    del d[3], d["7"]
    print(list(d), 3 in d, "7" in d, 4 in d, 4.0 in d, d[4.0])
    d[3] = "again"
    print(list(d)[-1], d.get("no"), d.get("no", 5), d.pop(0), d.pop("no", "gone"))
    attempt("missing", d.__getitem__, "absent")
    attempt("pop", d.pop, "absent")
    attempt("del", d.__delitem__, "absent")
    attempt("unhashable", d.__getitem__, [])
    attempt("unhashable set", d.__setitem__, [], 1)
    attempt("popitem", {}.popitem)
    print(d.popitem(), d.popitem(), len(d))
    print(d.setdefault("x", 1), d.setdefault("x", 2), d["x"])
    print(dict(a=1, b=2), dict([(1, 2), (3, 4)], c=5), dict({1: 2}, z=3), dict(zip("ab", "cd")))
    attempt("bad seq", dict, [1, 2])
    attempt("bad len", dict, [(1, 2), (1, 2, 3)])
    attempt("bad arity", dict, 1, 2)
    print(dict.fromkeys("abc"), dict.fromkeys([1, 2], 0), dict.fromkeys({5: 6}, 1))
    print(True in {1: "one"}, {1: "a", True: "b", 1.0: "c"}, {0.0: 1, -0.0: 2, 0: 3})
    print({None: 1, (): 2, (1,): 3, "": 4}, {1 << 70: 1}[1 << 70], {float(1 << 70): 2}[1 << 70])
    nan = float("nan")
    print({nan: 1}[nan], float("nan") in {nan: 1})


def churn() -> None:
    rng = random.Random(1)
    d: dict = {}
    model: list = []
    for step in range(20000):
        key = rng.choice([rng.randrange(300), str(rng.randrange(300)), (rng.randrange(9), rng.randrange(9))])
        action = rng.random()
        if action < 0.55:
            if key not in d:
                model.append(key)
            d[key] = step
        elif action < 0.9:
            if key in d:
                del d[key]
                model.remove(key)
        elif action < 0.95 and d:
            assert d.popitem()[0] == model.pop()
        elif d:
            first = next(iter(d))
            assert first == model.pop(0)
            del d[first]
        if action > 0.9995:
            d.clear()
            model.clear()
    assert list(d) == model and len(d) == len(model)
    print("churn", len(d), sum(d.values()) % 1000003)
    queue = dict.fromkeys(range(5000))
    total = 0
    for i in range(5000, 60000):
        first = next(iter(queue))
        total += first
        del queue[first]
        queue[i] = None
    print("queue", total, len(queue), next(iter(queue)), next(reversed(queue)))
    small: dict = {}
    for i in range(1000):
        small[i] = i
        if len(small) > 5:
            small.pop(i - 5)
    print(small)


def views() -> None:
    d = {"a": 1, "b": 2, "c": 3}
    keys, values, items = d.keys(), d.values(), d.items()
    print(keys, values, items, len(keys), "a" in keys, 2 in values, ("a", 1) in items, ("a", 2) in items)
    print(sorted(keys & {"a", "z"}), sorted(keys | ["q"]), sorted(keys - {"a"}), sorted(keys ^ {"a", "q"}))
    print(keys == {"a", "b", "c"}, keys < {"a", "b", "c", "d"}, keys >= {"a"}, items == set(d.items()))
    print(keys.isdisjoint({"x"}), keys.isdisjoint("ab"), list(reversed(d)), list(reversed(d.items())))
    print(list(reversed(d.values())), keys.mapping["a"], sorted({"b", "z"} - keys), sorted({"b"} | keys))
    d["d"] = 4
    print(len(keys), list(values), list(items))
    for iterable in (d, d.keys(), d.values(), d.items(), reversed(d)):
        iterator = iter(iterable)
        next(iterator)
        print(iterator.__length_hint__(), list(copy.copy(iterator)), type(iterator).__name__)
        d["new"] = 1
        attempt("grown", next, iterator)
        attempt("grown still", next, iterator)
        del d["new"]
    e = {1: 1}
    for k in e:
        e[k] = 2
    print(e)


def merging() -> None:
    a, b = {"x": 1, "y": 2}, {"y": 3, "z": 4}
    print(a | b, b | a, {**a, **b})
    c = a.copy()
    c |= b
    print(c, a)
    c |= [("k", 1)]
    print(c)
    attempt("or", lambda: a | [("k", 1)])
    a.update(b, w=0)
    a.update([("p", 1)])
    a.update({}.items())
    print(a)

    class Mapping:
        def keys(self) -> list:
            return ["m", "n"]

        def __getitem__(self, key: str) -> str:
            return key * 2

    print(dict(Mapping()), {**Mapping()})
    attempt("update", a.update, 5)

    def function(**kwargs: object) -> dict:
        return kwargs

    attempt("twice", lambda: function(**{"a": 1}, **{"a": 2}))
    attempt("nonstr", lambda: function(**{1: 2}))


class Default(dict):
    """A dict whose missing keys have a value, and that has attributes."""

    def __missing__(self, key: object) -> object:
        return ("missing", key)


class Upper(dict):
    def __setitem__(self, key: str, value: object) -> None:
        super().__setitem__(key.upper(), value)

    def __getitem__(self, key: str) -> object:
        return super().__getitem__(key.upper())


def subclasses() -> None:
    d = Default(a=1)
    d.attribute = 5
    print(d, d["a"], d["b"], d.get("b"), "b" in d, d.attribute, type(d.copy()).__name__, d | {"q": 1})
    u = Upper()
    u["x"] = 1
    u.update(y=2)
    print(u, u["x"], isinstance(u, dict), dict(u), {**u})
    print(Default.fromkeys("ab", 0), type(Default.fromkeys("ab")).__name__)
    print(copy.copy(d), copy.deepcopy({"k": [1, {2: 3}]}))


class Evil:
    """Equal to everything; each comparison changes a dict."""

    def __init__(self, victim: dict) -> None:
        self.victim = victim
        self.count = 0

    def __hash__(self) -> int:
        return 7

    def __eq__(self, other: object) -> bool:
        self.count += 1
        if self.count < 20:
            if self.count % 3 == 0:
                self.victim.clear()
            self.victim[self.count * 8 + 7 if self.count % 2 else str(self.count)] = self.count
        return self.count > 25


class Hash7:
    def __init__(self, name: str) -> None:
        self.name = name

    def __hash__(self) -> int:
        return 7

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hash7) and other.name == self.name

    def __repr__(self) -> str:
        return self.name


def reentrant() -> None:
    d: dict = {Hash7(c): c for c in "abcdefghijkl"}
    print(len(d), d[Hash7("c")], Hash7("z") in d)
    del d[Hash7("b")]
    print(list(d))
    evil = Evil(d)
    d.get(evil)
    d[evil] = 1
    print("survived", evil.count > 0)
    big = {i * 2**20: i for i in range(200)}
    print(sum(big.values()), big[2**20 * 77])
    a: dict = {}
    a["self"] = a
    print(a)
    a["list"] = [a, a.values()]
    print(len(repr(a)) > 5)
    attempt("repr recursion", lambda: len(repr(deep_dict(100000))))
    print({1: {2: 3}} == {1: {2: 3}}, {1: 2} == {1: 3}, {1: 2} != {2: 1}, {} == [])
    attempt("order", lambda: {} < {})
    attempt("hash", hash, {})


def deep_dict(n: int) -> dict:
    d: dict = {}
    for _ in range(n):
        d = {0: d}
    return d


basics()
churn()
views()
merging()
subclasses()
reentrant()
