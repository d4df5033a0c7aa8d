"""itertools: every function, its edge cases, errors and copies."""

from __future__ import annotations

import copy
import itertools as it
import operator


def attempt(label: str, thunk: object, *args: object) -> None:
    try:
        print(label, thunk(*args))
    except Exception as error:
        print(label, type(error).__name__, error)


def take(n: int, iterable: object) -> list:
    return list(it.islice(iterable, n))


def streams() -> None:
    print(take(4, it.count()), take(3, it.count(5, -2)), take(3, it.count(0.5)), take(3, it.count(1, 0.25)))
    print(take(4, it.count(2**62 - 2)), take(3, it.count(-(2**62) + 1, -1)), take(2, it.count(2**70, 2**70)))
    print(it.count(3), it.count(3, 2), it.count(1.5), it.repeat(1), it.repeat("x", 3))
    attempt("count", it.count, "a")
    print(take(7, it.cycle("abc")), list(it.cycle([])), take(3, it.repeat(7)), list(it.repeat(7, 2)))
    print(list(it.repeat(1, -5)), list(it.repeat(object="q", times=2)), it.repeat(1, 4).__length_hint__())
    print(
        list(it.chain("ab", [1], (), range(2))), list(it.chain()), list(it.chain.from_iterable(["ab", "c"]))
    )
    attempt("chain", lambda: list(it.chain([1], 5)))
    print(list(it.compress("abcdef", [1, 0, 1, 0, 1])), list(it.dropwhile(lambda v: v < 3, [1, 4, 2])))
    print(list(it.takewhile(lambda v: v < 3, [1, 4, 2])), list(it.filterfalse(None, [0, 1, ""])))
    print(list(it.filterfalse(lambda v: v % 2, range(6))), list(it.starmap(pow, [(2, 3), [3, 2]])))
    print(
        list(it.accumulate([1, 2, 3, 4])),
        list(it.accumulate([1, 2, 3], operator.mul)),
        list(it.accumulate([])),
    )
    print(list(it.accumulate([1, 2], initial=10)), list(it.accumulate("abc", lambda a, b: b + a)))
    print(list(it.pairwise("abcd")), list(it.pairwise([1])), list(it.pairwise([])))
    print(
        list(it.zip_longest("abc", [1], fillvalue="-")),
        list(it.zip_longest()),
        list(it.zip_longest([1, 2], "")),
    )
    print(list(it.islice(range(10), 3)), list(it.islice(range(10), 2, 8, 3)), list(it.islice("abc", None)))
    print(list(it.islice(it.count(), 5, 20, 5)), list(it.islice([1, 2], 5, None)), list(it.islice("abc", 0)))
    for args in ((-1,), ("a",), (1, -1), (0, 5, 0), (0, 5, -1), (2**70,)):
        attempt(f"islice {args}", lambda a=args: list(it.islice(range(3), *a)))
    source = iter(range(10))
    print(list(it.islice(source, 3)), next(source), list(it.islice(source, 1, 3)), next(source))
    attempt("keyword", lambda: it.chain(a=1))
    attempt("arity", lambda: it.takewhile(1))


def combinatorics() -> None:
    print(list(it.product("ab", range(2))), list(it.product()), list(it.product("ab", repeat=2)))
    print(
        list(it.product("ab", [])),
        list(it.product("ab", repeat=0)),
        len(list(it.product(range(5), repeat=4))),
    )
    for n in range(5):
        for r in range(6):
            print(
                n, r, list(it.combinations(range(n), r)), list(it.combinations_with_replacement(range(n), r))
            )
            print(list(it.permutations(range(n), r)))
    print(list(it.permutations("abc")), len(list(it.permutations(range(7)))))
    attempt("negative", it.combinations, "abc", -1)
    attempt("negative", it.permutations, "abc", -1)
    attempt("type", it.permutations, "abc", "x")
    attempt("repeat", lambda: it.product("a", repeat=-1))


def groups() -> None:
    print([(k, list(g)) for k, g in it.groupby("aaabbca")], [(k, len(list(g))) for k, g in it.groupby([])])
    print([(k, list(g)) for k, g in it.groupby(range(10), lambda v: v // 4)])
    print([k for k, _ in it.groupby("aabbcc")], list(list(it.groupby("aabb"))[0][1]))
    pairs = it.groupby("aaabbb")
    _, first = next(pairs)
    print(next(first), next(pairs)[0], list(first))
    a, b = it.tee([1, 2, 3])
    print(next(a), next(a), list(b), list(a))
    c, d, e = it.tee(iter(range(200)), 3)
    print(sum(c), list(d)[:3], sum(it.islice(e, 150)))
    f = copy.copy(e)
    print(next(e), next(f), it.tee([], 0), len(it.tee("ab", 5)))
    attempt("tee", it.tee, [1], -1)
    attempt("tee", it.tee, 5)

    def fail() -> object:
        yield 1
        raise ValueError("in the source")

    g, h = it.tee(fail())
    print(next(g), next(h))
    attempt("failing", next, g)
    for maker in (
        lambda s: it.chain(s),
        lambda s: it.accumulate(s),
        lambda s: it.islice(s, 5),
        it.pairwise,
        lambda s: it.groupby(s),
        lambda s: it.zip_longest(s),
        lambda s: it.compress(s, it.repeat(1)),
    ):
        stream = maker(fail())
        attempt("propagates", lambda st=stream: [x for x in st])


def copies() -> None:
    for maker in (
        lambda: it.count(5),
        lambda: it.count(2, 3),
        lambda: it.cycle("abc"),
        lambda: it.repeat(1, 6),
        lambda: it.chain("abc", "def"),
        lambda: it.chain.from_iterable(["ab", "cd", "ef"]),
        lambda: it.product("abc", "de"),
        lambda: it.combinations(range(5), 3),
        lambda: it.permutations(range(4), 2),
        lambda: it.combinations_with_replacement("abc", 2),
        lambda: it.accumulate([1, 2, 3, 4, 5]),
        lambda: it.islice("abcdefg", 1, 6, 2),
        lambda: it.compress("abcdef", [1, 0, 1, 1, 0, 1]),
        lambda: it.zip_longest([1, 2, 3], "a"),
        lambda: it.takewhile(lambda v: v < 4, [1, 2, 3, 4]),
        lambda: it.dropwhile(bool, [1, 0, 2]),
        lambda: zip([1, 2, 3], "abc"),
        lambda: map(abs, [-1, -2, -3]),
        lambda: filter(None, [1, 0, 2]),
        lambda: enumerate("abc"),
        lambda: it.starmap(pow, [(2, 1), (2, 2), (2, 3)]),
    ):
        iterator = maker()
        first = next(iterator)
        twin = copy.deepcopy(iterator)
        print(first, take(3, twin), take(3, iterator), type(iterator).__name__)


streams()
combinatorics()
groups()
copies()
