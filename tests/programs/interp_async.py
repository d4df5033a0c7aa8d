"""Coroutines and asynchronous generators, driven by hand."""


class Pause:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        got = yield self.value
        return got


async def add(a, b):
    x = await Pause(a)
    y = await Pause(b)
    return x + y


async def main():
    r = await add(1, 2)
    print("sum", r)
    async with Manager() as m:
        print("in", m)
    async for item in Counter(3):
        print("item", item)
    else:
        print("over")
    print([i async for i in Counter(3) if i], {i: await Pause(i) async for i in Counter(2)})
    async for v in agen(3):
        print("agen", v)
    g = agen(5)
    print(await g.asend(None), await g.asend("hello"))
    try:
        print(await g.athrow(ValueError("in")))
    except ValueError as e:
        print("out", e)
    g = agen(5)
    await g.__anext__()
    await g.aclose()
    try:
        await g.__anext__()
    except StopAsyncIteration:
        print("closed")
    return "finished"


class Manager:
    async def __aenter__(self):
        await Pause("enter")
        return self.__class__.__name__

    async def __aexit__(self, *exc):
        await Pause("exit")


class Counter:
    def __init__(self, n):
        self.n, self.i = n, 0

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.i >= self.n:
            raise StopAsyncIteration
        self.i += 1
        await Pause(f"tick {self.i}")
        return self.i - 1


async def agen(n):
    try:
        for i in range(n):
            got = yield i
            if got:
                print("agen got", got)
            await Pause("inside")
    finally:
        print("agen done")


def run(coro):
    value = None
    trace = []
    while True:
        try:
            value = coro.send(value)
            trace.append(value)
            value = 10 if isinstance(value, int) else None
        except StopIteration as e:
            print(trace)
            return e.value


print(run(main()))
c = add(1, 2)
print(c.cr_frame is not None, c.cr_running, c.cr_await, type(c).__name__, c.__name__)
c.close()
try:
    c.send(None)
except RuntimeError as e:
    print(e)


async def bad():
    await 3


try:
    run(bad())
except TypeError as e:
    print(e)


async def bad_with():
    async with 3:
        pass


try:
    run(bad_with())
except TypeError as e:
    print(e)


async def failing():
    await Pause(1)
    raise KeyError("inside")


try:
    run(failing())
except KeyError as e:
    print("key", e)


class AwaitsNothing:
    def __await__(self):
        return 42


class Steps:
    def __init__(self, value):
        self.value = value

    def __aiter__(self):
        return self

    def __anext__(self):
        return self.value


async def steps(*args):
    await anext(*args)


for value in AwaitsNothing(), 42, "text", iter(()):
    for args in (), ("default",):
        try:
            run(steps(Steps(value), *args))
        except TypeError as e:
            print(e)
