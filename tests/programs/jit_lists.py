"""Lists, tuples and iteration in compiled code: mutation in the loop, bounds, slices, unpacking."""


def fill(n):
    a = [0] * n
    for i in range(n):
        a[i] = i * i
        a[-1] = a[i] + a[-(i % n) - 1]
    return sum(a)


def index_errors(n):
    a = [1, 2, 3]
    t = 0
    for i in range(n):
        try:
            t += a[i % 5 - 1]
            a[i % 4] = t % 10
        except IndexError as e:
            t += len(str(e))
    return t, a


def shrink(n):
    a = list(range(n))
    seen = 0
    for x in a:
        seen += x
        if x % 3 == 0:
            a.pop()
        if x == 50:
            a.extend(range(20))
    return seen, len(a)


def grow_while(n):
    a = [1]
    for x in a:
        if len(a) < n:
            a.append(x + 1)
    return sum(a)


def kinds(n):
    a = [1, 2.5, "x", None, 7, 1 << 70, True]
    out = 0
    for i in range(n):
        v = a[i % 7]
        if v is None:
            out += 1
        elif isinstance(v, str):
            out += len(v)
        else:
            out += v
    return out


def enumerated(n):
    data = [i * 2 for i in range(n)]
    t = 0
    for i, v in enumerate(data):
        t += i * v
        if i == n // 2:
            data.append(5)
    for i, v in enumerate(data, 3):
        t -= i * v
    last = None
    for pair in enumerate(data):
        last = pair
    for i, (a, b) in enumerate(zip(data, data)):
        t += a - b + i
    return t, last


def zipped(n):
    a, b = list(range(n)), [0.5] * (n + 5)
    t = 0
    for x, y in zip(a, b):
        t += x * y
    for x, y, z in zip(a, b, range(n - 3)):
        t += x + y - z
    for p in zip(a, "abc"):
        t += p[0]
    return t


def slices(n):
    a = list(range(20))
    t = 0
    for i in range(n):
        k = i % 20
        a[: k + 1] = a[k::-1]
        b = a[k // 2 : k]
        c = a[:]
        t += sum(b) * (i % 7) + c[0]
        a[2:4] = [i % 5, i % 3]
        if i % 100 == 0:
            a[5:6] = [1, 2]
            del a[7]
        t += a[::-3][0] + len(a[-4:])
    return t, a


def tuples(n):
    t = 0
    pair = (1, 2)
    for i in range(n):
        x, y = pair
        pair = (y, (x + i) % 1000)
        t += pair[0] * pair[1] + pair[-1]
        a, (b, c) = i, pair
        t += a + b - c
        q = (i, i + 1, i + 2)
        if i % 250 == 3:
            t += hash(q) == hash((i, i + 1, i + 2))
            t += q is q
    return t, pair


def swap(n):
    a = [3, 1, 2]
    for i in range(n):
        j = i % 3
        k = (i * 7 + 1) % 3
        a[j], a[k] = a[k], a[j]
        x, y, z = a
        a[0] = z
        a[2] = x
    return a


def unpack_errors(n):
    t = 0
    for i in range(n):
        try:
            a, b = [1] * (i % 4)
            t += a + b
        except ValueError as e:
            t += len(str(e))
        x, *rest = [1, 2, 3][: 1 + i % 3]
        t += len(rest)
    return t


def ranges(n):
    t = 0
    for i in range(n, 0, -1):
        t += i
    for i in range(0, n, 7):
        t ^= i
    for i in range(5, 5):
        t += 1000000
    for i in range(n, -n, -13):
        t += i * i
    r = range(3, 30, 4)
    for k in range(n // 10):
        for i in r:
            t += i
        for i in r[1:]:
            t -= i
    it = iter(range(n))
    for i in it:
        if i % 2:
            t += next(it, 0)
    for i in range((1 << 62) - 3, (1 << 62) + 3):
        t += i & 7
    return t


def steps(n):
    out = []
    for s in (1, 2, -1, -3):
        for i in range(0, n * s, s):
            if i % 50 == 0:
                out.append(i)
    return len(out), sum(out)


def comprehension(n):
    m = [[i * j for j in range(10)] for i in range(n)]
    d = {i: str(i) for i in range(n)}
    s = {i % 7 for i in range(n)}
    g = sum(x * x for x in range(n))
    return sum(map(sum, m)), len(d), len(s), g, d[n - 1]


def strings(n):
    t = 0
    words = ["spam", "eggs", "ham"]
    out = []
    for i in range(n):
        w = words[i % 3]
        t += len(w)
        if w == "eggs":
            t += 1
        out.append(f"{w}-{i:03d}")
        if "a" in w:
            t += 2
    return t, out[-1], "".join(out)[:20]


def dicts(n):
    d = {}
    for i in range(n):
        k = i % 50
        d[k] = d.get(k, 0) + i
        if k in d:
            d[k] += 1
    total = 0
    for k, v in d.items():
        total += k * v
    for k in d:
        total += d[k]
    return total


def main():
    for r in range(3):
        print(fill(1500), index_errors(1500), shrink(1500), grow_while(1500))
        print(kinds(2000), enumerated(1500), zipped(1500))
        print(slices(1500))
        print(tuples(2000), swap(2001), unpack_errors(1200))
        print(ranges(1500), steps(600), comprehension(300))
        print(strings(1500), dicts(2000))


main()
