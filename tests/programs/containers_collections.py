"""deque, defaultdict, Counter, OrderedDict, functools and operator."""

from __future__ import annotations

import _operator
import copy
import functools
import operator
import random
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque, namedtuple


def attempt(label: str, thunk: object, *args: object) -> None:
    try:
        print(label, thunk(*args))
    except Exception as error:
        print(label, type(error).__name__, error)


def deques() -> None:
    rng = random.Random(6)
    for maxlen in (None, 0, 1, 7):
        d: deque = deque(maxlen=maxlen)
        model: list = []
        for step in range(3000):
            action = rng.randrange(10)
            if action < 3:
                d.append(step)
                model.append(step)
                model = model if maxlen is None else model[max(0, len(model) - maxlen) :]
            elif action < 6:
                d.appendleft(step)
                model.insert(0, step)
                model = model if maxlen is None else model[:maxlen]
            elif action == 6 and model:
                assert d.pop() == model.pop()
            elif action == 7 and model:
                assert d.popleft() == model.pop(0)
            elif action == 8 and model:
                n = rng.randrange(-20, 20)
                d.rotate(n)
                n %= len(model)
                model = model[len(model) - n :] + model[: len(model) - n]
            elif model:
                i = rng.randrange(len(model))
                del d[i]
                del model[i]
                if model and len(model) != maxlen:
                    i = rng.randrange(-len(model), len(model) + 2)
                    d.insert(i, "i")
                    model.insert(i, "i")
            if step % 100 == 0:
                assert list(d) == model and list(reversed(d)) == model[::-1] and len(d) == len(model)
        print(d.maxlen, len(d), list(d)[:5])
    d = deque("abc", 5)
    print(
        d,
        deque(),
        deque([1], maxlen=0),
        d + deque("x"),
        d * 2,
        2 * deque([1]),
        "b" in d,
        d.index("c"),
        d[1],
        d[-1],
    )
    d.extend([1, 2, 3])
    d.extendleft("xy")
    print(d, d.count("x"), d == deque(d), d < deque("z"), d != deque())
    d.remove("x")
    d.reverse()
    print(d, copy.copy(d), copy.deepcopy(d), d.copy().maxlen)
    attempt("pop", deque().pop)
    attempt("popleft", deque().popleft)
    attempt("index", d.index, "nope")
    attempt("remove", d.remove, "nope")
    attempt("getitem", lambda: d[50])
    attempt("maxlen", deque, [], -1)
    attempt("hash", hash, d)
    attempt("full", deque([1], maxlen=1).insert, 0, 1)
    iterator = iter(d)
    next(iterator)
    print(iterator.__length_hint__())
    d.append(0)
    attempt("mutated", next, iterator)
    d = deque([1])
    d.append(d)
    print(d)
    d = deque(range(3))
    d.extend(d)
    d *= 2
    d += [9]
    print(d)
    d.clear()
    print(d, bool(d))


class Sub(deque):
    pass


def dictionaries() -> None:
    d = defaultdict(list)
    d["a"].append(1)
    d["b"].append(2)
    d["a"].append(3)
    print(d, d.get("z"), "z" in d, d.copy(), d | {"q": 1}, {"q": 1} | d, copy.copy(d), d.default_factory)
    attempt("factory", defaultdict, 5)
    attempt("no factory", lambda: defaultdict()["x"])
    n = defaultdict(lambda: defaultdict(int))
    n["x"]["y"] += 1
    print(n["x"]["y"], defaultdict(None, {1: 2}), defaultdict(int, a=1))
    c = Counter("abracadabra")
    print(
        c,
        c.most_common(2),
        c["z"],
        c + Counter("abc"),
        c - Counter("aaaaa"),
        Counter([1, 1.0, True]),
        c.total(),
    )
    c.update("zzz")
    c.update({"a": 5})
    print(c, sorted(c.elements())[:5], Counter(a=1), Counter({"x": 0}), Counter(c) == c)
    m = ChainMap({"a": 1}, {"a": 2, "b": 3})
    print(m, m["b"], dict(m), list(m))
    point = namedtuple("Point", "x y", defaults=[0])
    p = point(1)
    print(
        p,
        p.x,
        p._asdict(),
        point._make([5, 6]),
        p._replace(y=9),
        point.x.__doc__,
        p[1],
        hash(p) == hash((1, 0)),
    )
    attempt("set", setattr, p, "x", 5)
    print(Sub([1, 2]), Sub([1], 3), type(Sub("a").copy()).__name__)


def ordered() -> None:
    od = OrderedDict([("a", 1), ("b", 2), ("c", 3)])
    od.move_to_end("a")
    print(od, list(od), list(reversed(od)), od.keys(), od.values(), od.items())
    od.move_to_end("c", last=False)
    print(od, od.popitem(), od.popitem(last=False), od)
    attempt("move", od.move_to_end, "nope")
    attempt("pop", OrderedDict().popitem)
    print(
        OrderedDict(a=1, b=2) == OrderedDict(b=2, a=1),
        OrderedDict(a=1, b=2) == {"b": 2, "a": 1},
        OrderedDict(),
    )
    od.update(x=1, y=2)
    od |= {"z": 3}
    print(
        od | {"w": 0}, {"w": 0} | od, od.copy(), copy.copy(od), copy.deepcopy(od), od.pop("x"), od.pop("x", 7)
    )
    print(od.setdefault("q", 9), od.setdefault("q", 1), OrderedDict.fromkeys("ab", 0), type(od | {}).__name__)
    od.attribute = 1
    print(od.attribute, od.__dict__)
    lru: OrderedDict = OrderedDict()
    rng = random.Random(7)
    hits = 0
    for _ in range(20000):
        key = int(rng.random() ** 3 * 1000)
        if key in lru:
            hits += 1
            lru.move_to_end(key)
        else:
            lru[key] = key
            if len(lru) > 100:
                lru.popitem(last=False)
    print(hits, list(lru)[:5], len(lru))

    class Logged(OrderedDict):
        def __setitem__(self, key: object, value: object) -> None:
            print("set", key)
            super().__setitem__(key, value)

    logged = Logged([(1, 2)], k=3)
    logged.update({5: 6})
    logged.setdefault(7, 8)
    print(logged, logged.copy())


def functions() -> None:
    p = functools.partial(int, base=2)
    print(p("101"), p.func, p.args, p.keywords, functools.partial(p, "11")(), functools.partial(pow, 2)(5))
    q = functools.partial(functools.partial(max, 1), 2, key=abs)
    print(q(3), q.args, q.keywords, q(-9, key=lambda v: v), functools.partial(print, 1, sep="-"))
    p.tag = 1
    print(p.tag, copy.copy(p)("1"))
    attempt("partial", functools.partial)
    attempt("partial", functools.partial, 5)
    print(functools.reduce(operator.add, range(5)), functools.reduce(operator.add, [], 7))
    attempt("reduce", functools.reduce, operator.add, [])
    attempt("reduce", functools.reduce, operator.add, 5)

    class Method:
        double = functools.partial(lambda v: v * 2)

        @functools.lru_cache(maxsize=2)
        def cached(self, v: int) -> int:
            print("computed", v)
            return v

        @functools.cached_property
        def prop(self) -> int:
            print("once")
            return 5

    m = Method()
    print(
        m.double(4),
        m.cached(1),
        m.cached(1),
        m.cached(2),
        m.cached(3),
        m.cached(1),
        Method.cached.cache_info(),
    )
    print(m.prop, m.prop)

    @functools.lru_cache(maxsize=None)
    def fib(n: int) -> int:
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    print(fib(100), fib.cache_info(), fib.__name__, fib.__wrapped__ is not fib, fib.cache_parameters())
    fib.cache_clear()
    print(fib.cache_info())

    @functools.lru_cache(maxsize=3, typed=True)
    def typed(*args: object, **kwargs: object) -> tuple:
        return (args, sorted(kwargs.items()))

    print(typed(1), typed(1.0), typed(True), typed(a=1, b=2), typed(b=2, a=1), typed(1), typed.cache_info())
    attempt("unhashable", typed, [])

    @functools.lru_cache(maxsize=0)
    def never(v: int) -> int:
        return v

    print(never(1), never(1), never.cache_info())
    order = functools.cmp_to_key(lambda a, b: (a > b) - (a < b))
    print(order(1) < order(2), order(1) == order(1), order(3) >= order(2), order(5).obj)

    @functools.singledispatch
    def kind(v: object) -> str:
        return "object"

    @kind.register
    def _(v: int) -> str:
        return "int"

    print(kind("a"), kind(1), kind(True))

    @functools.total_ordering
    class Ordered:
        def __init__(self, v: int) -> None:
            self.v = v

        def __eq__(self, other: object) -> bool:
            return self.v == other.v

        def __lt__(self, other: object) -> bool:
            return self.v < other.v

    print(Ordered(1) <= Ordered(1), Ordered(2) > Ordered(1))


def operators() -> None:
    a, b = 13, 4
    for name in (
        "add sub mul floordiv truediv mod pow lshift rshift and_ or_ xor iadd isub imul ifloordiv itruediv "
        "imod ipow ilshift irshift iand ior ixor is_ is_not lt le eq ne gt ge"
    ).split():
        print(name, getattr(operator, name)(a, b))
    print(
        operator.abs(-3),
        operator.index(True),
        operator.inv(5),
        operator.neg(5),
        operator.pos(-5),
        operator.not_([]),
    )
    print(
        operator.truth([0]),
        operator.concat([1], [2]),
        operator.iconcat([1], (2,)),
        operator.contains("abc", "b"),
    )
    print(operator.countOf([1, 2, 1], 1), operator.indexOf("abc", "c"), operator.getitem({1: 2}, 1))
    attempt("concat", operator.concat, 1, 2)
    attempt("indexOf", operator.indexOf, [], 1)
    attempt("arity", operator.add, 1)
    d = {1: 2}
    operator.setitem(d, 3, 4)
    operator.delitem(d, 1)
    print(d, operator.length_hint([1, 2]), operator.length_hint(5, 9), operator.call(max, 1, 5))
    get = operator.itemgetter(1)
    print(
        get("abc"),
        operator.itemgetter(0, 2)([5, 6, 7]),
        get,
        operator.itemgetter(slice(1))("abc"),
        get({1: "d"}),
    )
    attempt("itemgetter", get, [])
    attempt("itemgetter", operator.itemgetter)
    attempt("call", get, 1, 2)

    class Node:
        def __init__(self, child: object) -> None:
            self.child, self.name = child, "n"

        def method(self, *args: object, **kwargs: object) -> tuple:
            return args, kwargs

    node = Node(Node(None))
    print(operator.attrgetter("child.name")(node), operator.attrgetter("name", "child.child")(node))
    print(operator.attrgetter("a.b"), operator.methodcaller("m", 1, k=2), operator.methodcaller("upper")("a"))
    print(operator.methodcaller("method", 1, 2, k=3)(node), operator.methodcaller("method", *range(7))(node))
    attempt("attrgetter", operator.attrgetter("nope"), node)
    attempt("attrgetter", operator.attrgetter, 5)
    attempt("methodcaller", operator.methodcaller)
    print(sorted([(1, "b"), (0, "c")], key=operator.itemgetter(1)), copy.copy(get)("xyz"))
    print(_operator._compare_digest("abc", "abc"), _operator._compare_digest(b"abc", b"abd"))


deques()
dictionaries()
ordered()
functions()
operators()
