"""Generators: send, throw, close, delegation, finalisation, their attributes."""

import types


def count(n):
    i = 0
    while i < n:
        got = yield i
        if got is not None:
            i = got
        else:
            i += 1
    return "done"


g = count(10)
print(next(g), next(g), g.send(7), next(g))
try:
    while True:
        print(next(g))
except StopIteration as e:
    print("stop", e.value)
print(list(g), next(g, "default"))


def outer():
    result = yield from count(3)
    print("inner gave", result)
    result = yield from [1, 2]
    print("list gave", result)
    yield "end"


print(list(outer()))


def guarded():
    try:
        yield 1
        yield 2
    except ValueError as e:
        print("caught", e)
        yield "after"
    finally:
        print("finally")


g = guarded()
print(next(g))
print(g.throw(ValueError("boo")))
print(next(g, None))
g = guarded()
next(g)
g.close()
print(g.gi_frame, g.gi_running, g.gi_code.co_name)
g = guarded()
try:
    g.throw(KeyError, "early")
except KeyError as e:
    print("early", e, g.gi_frame)


def stubborn():
    while True:
        try:
            yield
        except GeneratorExit:
            print("ignoring")
            yield 5
            return


g = stubborn()
next(g)
try:
    g.close()
except RuntimeError as e:
    print(e)
g.close()


def raises_stop():
    yield 1
    raise StopIteration("oops")


try:
    list(raises_stop())
except RuntimeError as e:
    print(e, type(e.__cause__), e.__cause__)


def reentrant():
    try:
        next(me)
    except ValueError as e:
        print(e)
    yield


me = reentrant()
next(me)
try:
    count(3).send(1)
except TypeError as e:
    print(e)


class Sub:
    def __init__(self):
        self.n = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.n += 1
        if self.n > 3:
            raise StopIteration(self.n)
        return self.n

    def send(self, value):
        print("sub got", value)
        return next(self)

    def throw(self, *args):
        print("sub throw", args[0] if isinstance(args[0], type) else type(args[0]))
        return "thrown"

    def close(self):
        print("sub close")


def delegate():
    r = yield from Sub()
    print("r", r)


d = delegate()
print(next(d), d.send("x"), d.throw(ValueError), d.gi_yieldfrom.__class__.__name__)
print(list(d))
d = delegate()
next(d)
d.close()

print(sum(i * i for i in range(10)), max((x for x in "hello"), key=ord))
print([*(x for x in (1, 2, 3))], {**{c: ord(c) for c in "ab"}})


def nested(n):
    if n:
        yield n
        yield from nested(n - 1)


print(list(nested(20)))


def handled_state():
    try:
        raise ValueError("inner")
    except ValueError:
        yield 1
        try:
            raise
        except ValueError as e:
            print("again", e)


h = handled_state()
next(h)
try:
    raise KeyError("outer")
except KeyError:
    next(h, None)
    try:
        raise
    except KeyError as e:
        print("still", e)


def infinite():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


for x in infinite():
    if x > 10**30:
        print(x)
        break
print(isinstance(g, types.GeneratorType), count.__name__, repr(count(1)).startswith("<generator object count at 0x"))


def throw_chain():
    def leaf():
        try:
            yield 1
        except ValueError as e:
            return f"handled {e}"

    value = yield from leaf()
    yield value


t = throw_chain()
next(t)
print(t.throw(ValueError("deep")))


def in_with():
    class M:
        def __enter__(self):
            print("enter")
            return 3

        def __exit__(self, *a):
            print("exit", a[0])

    with M() as m:
        yield m


g = in_with()
print(next(g))
g.close()
for v in in_with():
    print("v", v)


def empty():
    return
    yield


print(list(empty()), [x for x in empty()])


def args_gen(a, b=2, *c, d, e=5, **f):
    yield a, b, c, d, e, f


print(next(args_gen(1, d=4)), next(args_gen(1, 2, 3, 4, d=5, z=6)))


def handling():
    try:
        raise KeyError("first")
    except KeyError:
        yield 1


def delegating():
    try:
        raise LookupError("outer")
    except LookupError:
        yield from handling()


for make in (handling, delegating):
    g = make()
    next(g)
    try:
        g.throw(ValueError("thrown"))
    except ValueError as e:
        print(repr(e), repr(e.__context__), repr(e.__context__.__context__))
