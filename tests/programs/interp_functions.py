"""Functions: argument binding and its errors, closures, decorators, attributes, recursion, lambdas."""

import functools
import sys


def f(a, b=2, /, c=3, *args, d, e=5, **kw):
    return a, b, c, args, d, e, kw


print(f(1, d=4), f(1, 2, 3, 4, 5, d=6, x=7), f(*[1, 2], **{"d": 3, "c": 9}))


def errors():
    def simple(a, b):
        pass

    def defaults(a, b=1, *, k, j):
        pass

    def posonly(a, b, /):
        pass

    def none():
        pass

    cases = [
        lambda: simple(),
        lambda: simple(1),
        lambda: simple(1, 2, 3),
        lambda: simple(1, 2, c=3),
        lambda: simple(1, a=2),
        lambda: defaults(1),
        lambda: defaults(1, k=2),
        lambda: defaults(1, 2, 3, k=1, j=1),
        lambda: defaults(k=1, j=2),
        lambda: posonly(a=1, b=2),
        lambda: posonly(1, b=2),
        lambda: none(1),
        lambda: none(1, 2),
        lambda: none(x=1),
        lambda: f(),
        lambda: simple(*1),
        lambda: simple(**1),
        lambda: simple(**{1: 2}),
        lambda: simple(1, **{"a": 1, "b": 3}),
        lambda: simple(a=1, **{"a": 2}),
        lambda: errors.__name__(),
        lambda: errors.__doc__(),
        lambda: print(1, nope=3),
        lambda: int(1, 2, 3),
        lambda: [].append(),
        lambda: [].append(1, 2),
        lambda: object(1),
    ]
    for case in cases:
        try:
            case()
        except TypeError as e:
            print(e)


errors()


def counter():
    n = 0

    def inc(by=1):
        nonlocal n
        n += by
        return n

    def get():
        return n

    return inc, get


inc, get = counter()
inc()
inc(10)
print(get(), inc.__closure__[0].cell_contents, inc.__code__.co_freevars, counter.__code__.co_cellvars)
fs = [lambda i=i: i for i in range(3)]
gs = [lambda: i for i in range(3)]
print([x() for x in fs], [x() for x in gs])


def deco(tag):
    def wrap(func):
        @functools.wraps(func)
        def inner(*args, **kwargs):
            return tag, func(*args, **kwargs)

        return inner

    return wrap


@deco("a")
@deco("b")
def decorated(x: int, y: "str" = "s") -> float:
    """Doc."""
    return x, y


print(decorated(1), decorated(1, y=2), decorated.__name__, decorated.__doc__, decorated.__wrapped__.__name__)
print(decorated.__annotations__, decorated.__qualname__, decorated.__module__)


def attrs():
    pass


attrs.x = 1
print(attrs.__dict__, attrs.__defaults__, attrs.__kwdefaults__)
attrs.__defaults__ = (1,)
attrs.__name__ = "renamed"
print(attrs.__name__, attrs.__qualname__)


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(20))


def ackermann(m, n):
    if m == 0:
        return n + 1
    return ackermann(m - 1, 1) if n == 0 else ackermann(m - 1, ackermann(m, n - 1))


print(ackermann(2, 6))


def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


print(deep(900))
sys.setrecursionlimit(20000)
print(deep(15000))
sys.setrecursionlimit(1000)


class A:
    def __call__(self, *a, **k):
        return "called", a, k

    def m(self, x):
        return self, x

    @classmethod
    def c(cls, x):
        return cls.__name__, x

    @staticmethod
    def s(x):
        return x


a = A()
print(a(1, k=2), a.m(3)[1], A.m(a, 4)[1], A.c(5), a.c(6), A.s(7), a.s(8))
bound = a.m
print(bound(9)[0] is a, bound.__self__ is a, bound.__func__ is A.m, bound == a.m)
print(list(map(lambda x, y: x * y, [1, 2, 3], [4, 5, 6])), sorted([3, 1, 2], key=lambda x: -x))
print((lambda *a, **k: (a, k))(1, *[2, 3], x=4, **{"y": 5}))


def star(*args, **kwargs):
    return len(args), sorted(kwargs)


print(star(*range(5), *"ab", **{"x": 1}, **{"y": 2}))


def locals_and_globals():
    x = 1
    y = [2]
    return locals(), "x" in globals()


print(locals_and_globals())


def frame_info():
    frame = sys._getframe()
    return frame.f_code.co_name, frame.f_back.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno


print(frame_info())


def swap_code():
    def one():
        return 1

    def two():
        return 2

    before = one()
    one.__code__ = two.__code__
    return before, one()


print(swap_code())


def global_changes():
    return changing


changing = 1
out = []
for k in range(10):
    out.append(global_changes())
    if k == 4:
        changing = 2
    if k == 7:
        del changing
        changing = 3
print(out)


def shadow_builtin():
    return len([1, 2, 3])


r = [shadow_builtin() for _ in range(5)]
len = lambda x: "shadowed"  # noqa: E731
r.append(shadow_builtin())
del len
r.append(shadow_builtin())
print(r)


def many(a, b, c, d, e, f, g, h, i, j):
    return a + b + c + d + e + f + g + h + i + j


print(many(*range(10)), many(1, 2, 3, 4, 5, j=1, i=2, h=3, g=4, f=5))


def mutable_default(x, acc=[]):  # noqa: B006
    acc.append(x)
    return acc


mutable_default(1)
print(mutable_default(2))
print((lambda a, b: a - b)(b=1, a=5))
c = compile("x + 1", "<s>", "eval")
print(eval(c, {"x": 41}), [eval("y * 2", {"y": i}) for i in range(3)])
ns = {}
exec("def made(q):\n    return q * 2\nvalue = made(21)", ns)
print(ns["value"], ns["made"](4))


def fails():
    x = 5

    def inner():
        y = x
        raise KeyError(y)

    inner()


def cleared_frames():
    try:
        fails()
    except KeyError as e:
        trace = e.__traceback__.tb_next
    while trace is not None:
        frame, trace = trace.tb_frame, trace.tb_next
        print(frame.f_locals.get("x"), frame.clear(), frame.f_locals)


cleared_frames()
