"""Calls in compiled code: inlining, recursion, keywords, defaults, closures, rebinding, exceptions inside
inlined functions, frames seen from below."""

import sys


def add(a, b=3, c=4):
    return a + b * c


def calls(n):
    t = 0
    for i in range(n):
        t += add(i)
        t += add(i, 2)
        t += add(i, c=5)
        t += add(c=i, a=1)
    return t


def leaf(i):
    if i % 97 == 96:
        raise ValueError(i)
    return i


def middle(i):
    x = leaf(i)
    return x + 1


def catching(n):
    total = 0
    for i in range(n):
        try:
            total += middle(i)
        except ValueError as e:
            total += e.args[0] * 1000
    return total


def where(n):
    try:
        for i in range(n):
            middle(i)
    except ValueError as e:
        names = []
        tb = e.__traceback__
        while tb is not None:
            names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
            tb = tb.tb_next
        return names
    return None


def overflow_inside(n):
    x = 1 << 61
    for i in range(n):
        x = double_or_reset(x, i)
    return x


def double_or_reset(x, i):
    y = step(x)
    if y > 1 << 70:
        return 1
    return y


def step(x):
    return x + x


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def deep(n):
    if n == 0:
        return 0
    return 1 + deep(n - 1)


def too_deep():
    try:
        deep(10**6)
    except RecursionError as e:
        return str(e)


def make_counter():
    count = 0

    def bump(k):
        nonlocal count
        count += k
        return count

    return bump


def closures(n):
    c, d = make_counter(), make_counter()
    for i in range(n):
        c(i)
        d(c(1))
    return c(0), d(0)


def rebind(n):
    global target
    out = []
    for i in range(n):
        if i == n // 2:
            target = other_target
        out.append(target(i))
    return out[0], out[n // 2 - 1], out[n // 2], out[-1], sum(out)


def target(i):
    return i


def other_target(i):
    return -i


def late(i):
    return i * 2


def change_code(n):
    t = 0
    for i in range(n):
        if i == n - 100:
            late.__code__ = (lambda i: i * 1000).__code__
        t += late(i)
    return t


def change_defaults(n):
    def f(i, k=1):
        return i + k

    t = 0
    for i in range(n):
        if i == n - 50:
            f.__defaults__ = (1000,)
        t += f(i)
    return t


def shadow_builtin(n):
    global len
    t = 0
    data = [1, 2, 3]
    for i in range(n):
        if i == n - 10:
            len = lambda x: 100
        t += len(data)
    del len
    return t + len(data)


def caller_name():
    return sys._getframe(1).f_code.co_name, sys._getframe(1).f_lineno > 0


def asks():
    return caller_name()


def frames(n):
    seen = set()
    for i in range(n):
        seen.add(asks())
    return sorted(seen)


def star(*args, **kw):
    return len(args) + len(kw)


def varied(n):
    t = 0
    for i in range(n):
        t += star(1, 2, x=i)
        t += star(*[1] * (i % 5), **{"y": 1})
        t += (lambda q: q + 1)(i)
    return t


def wrong_arguments(n):
    bad = 0
    for i in range(n):
        try:
            if i % 50 == 49:
                add()
            else:
                bad += add(1)
        except TypeError as e:
            bad += len(str(e))
    return bad


def main():
    for r in range(3):
        print(calls(2000))
        print(catching(1500))
        print(where(2000))
        print(overflow_inside(2000))
        print(fib(18))
        print(deep(500), too_deep())
        print(closures(1500))
        print(rebind(1200))
        print(change_code(1500))
        print(change_defaults(1500))
        print(shadow_builtin(1500))
        print(frames(1500))
        print(varied(1500))
        print(wrong_arguments(1500))
        globals()["target"] = lambda i: i * 3
        late.__code__ = (lambda i: i * 2).__code__


main()
