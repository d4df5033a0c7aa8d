"""Exact resumption: exceptions and type changes at every depth, with, try/finally, generators, globals."""

counter = 0
limit = 10


def bump(n):
    global counter, limit
    for i in range(n):
        counter += 1
        if counter > limit:
            counter = 0
            limit += 1
    return counter, limit


class Ctx:
    log = 0

    def __enter__(self):
        Ctx.log += 1
        return self

    def __exit__(self, t, v, tb):
        Ctx.log += 10
        return t is KeyError


def contexts(n):
    t = 0
    for i in range(n):
        with Ctx() as c:
            t += c.log
            if i % 11 == 10:
                raise KeyError(i)
            t += 1
    return t


def finals(n):
    t = 0
    for i in range(n):
        try:
            try:
                if i % 13 == 12:
                    raise RuntimeError
                t += i
            finally:
                t += 1
        except RuntimeError:
            t -= 5
            continue
        else:
            t += 2
        if i % 101 == 100:
            break
    return t


def gen(n):
    for i in range(n):
        got = yield i * i
        if got:
            yield -got


def use_gen(n):
    t = 0
    for v in gen(n):
        t += v
    g = gen(n)
    next(g)
    for i in range(n // 2):
        t += g.send(i % 3) or 0
    return t


def type_change(n):
    x = 0
    hist = []
    for i in range(n):
        if i == n // 4:
            x = 0.5
        if i == n // 2:
            x = "s"
        if i == 3 * n // 4:
            x = [1]
        if isinstance(x, str):
            x = x[:3] + "t"
        elif isinstance(x, list):
            x = x[-3:] + [i]
        else:
            x = x + 1
        if i % (n // 8) == 0:
            hist.append(x)
    return hist, x


def inner3(a, b):
    return a[b] + 1


def inner2(a, b):
    t = inner3(a, b)
    u = inner3(a, b - 1)
    return t, u


def inner1(a, b):
    p, q = inner2(a, b)
    return p * 2 + q


def nested(n):
    t = 0
    ints = [1, 2, 3]
    floats = [0.5, 1.5, 2.5]
    big = [1 << 61, 1 << 62, 1 << 63]
    for i in range(n):
        data = ints
        if i % 211 == 210:
            data = floats
        if i % 307 == 306:
            data = big
        if i % 401 == 400:
            data = (7, 8, 9)
        t += inner1(data, 2)
        try:
            if i % 509 == 508:
                inner1(ints, 7)
            if i % 613 == 612:
                inner1(None, 1)
        except (IndexError, TypeError) as e:
            t += len(str(e))
            tb = e.__traceback__
            depth = 0
            while tb:
                depth += 1
                tb = tb.tb_next
            t += depth * 1000
    return t


def unbound(n):
    t = 0
    for i in range(n):
        if i > 5:
            y = i
        try:
            t += y
        except UnboundLocalError:
            t += 100
        if i % 50 == 0:
            try:
                del y
            except UnboundLocalError:
                t += 7
    return t


def nested_loops(n):
    t = 0
    for i in range(n):
        j = 0
        while True:
            j += 1
            if j * j > i:
                break
            for k in range(j):
                if k == 3:
                    continue
                t += k
            else:
                t += 1
        t += j
    return t


def in_except(n):
    t = 0
    for i in range(n):
        try:
            raise ValueError(i)
        except ValueError as e:
            for k in range(3):
                t += e.args[0] + k
    return t


def chained(n):
    out = 0
    for i in range(n):
        if 0 < i < 10 or 20 <= i < 30 and i % 2:
            out += 1
        x = i or "zero"
        y = i and None
        out += (x == "zero") + (y is None)
        out += 5 if 3 < i <= n // 2 else 7
    return out


def main():
    for r in range(3):
        print(bump(2000), contexts(800), Ctx.log, finals(1500), use_gen(1000))
        print(type_change(1600))
        print(nested(2000), unbound(700), nested_loops(300), in_except(800), chained(1500))


main()
total = 0
for i in range(3000):
    total += i
    if i % 2 == 0:
        total ^= 3
print(total, i)


def foo(i):
    pass


for i in range(3000):
    foo(i)
print(i)
