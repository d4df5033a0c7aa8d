"""Ints in compiled loops: overflow to big ints and back, division, shifts, mixed kinds."""


def sum_squares(n, start):
    total = start
    for i in range(n):
        total += i * i
    return total


def grow(n):
    x = 1
    seen = []
    for i in range(n):
        x = x * 3 + i
        if i % 16 == 0:
            seen.append(x)
        if x > 1 << 80:
            x = x % 1000003
    return x, len(seen), sum(seen) % 1000003


def divide(a, b):
    out = 0
    for x in range(-a, a):
        for y in (-b, -3, -1, 1, 2, 7, b):
            out += (x // y) * 31 + (x % y) * 7
    return out


def powers_of_two(x):
    out = []
    for i in range(-20, 20):
        out.append((i * x) // 8 + (i * x) % 8 + (i * x) // -4)
    return out


def shifts(n):
    out = 0
    for i in range(n):
        out ^= (i << (i % 70)) >> (i % 35)
        out ^= -i >> 1
    return out


def bits(n):
    a, b, c = 0, -1, 0
    for i in range(n):
        a |= i
        b &= ~i | 0xFF
        c ^= i * 0x9E3779B1
    return a, b, c, ~a, -b, +c


def edge():
    top = (1 << 62) - 1
    out = []
    for d in range(-3, 4):
        x = top + d
        out.append(x)
        out.append(-x - 1)
        out.append((x - 1) + 1 - x)
        out.append(x * 2 - x)
        out.append(abs(-x))
        out.append((-top - 1) // -1 if d else 0)
    return out


def zero_division(n):
    caught = 0
    for i in range(n):
        for k in range(3):
            try:
                caught += 100 // (i % 7 - 3)
                caught += 100 % (k - 1)
            except ZeroDivisionError:
                caught += 1000
    return caught


def booleans(n):
    t = 0
    flag = False
    for i in range(n):
        flag = not flag
        t += flag + True
        t += (i > 5) & flag
        t += (i > 7) | (i < 3)
        t += flag ^ (i % 3 == 0)
    return t, flag


def collatz(limit):
    best = 0
    where = 0
    for start in range(1, limit):
        n = start
        steps = 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        if steps > best:
            best, where = steps, start
    return best, where


def main():
    for r in range(3):
        print(sum_squares(3000, 0), sum_squares(3000, (1 << 62) - 5_000_000), sum_squares(50, 1 << 70))
        print(grow(3000))
        print(divide(60, 13))
        for x in (1, 3, 1 << 58, 1 << 61, -(1 << 60)):
            print(powers_of_two(x)[::5])
        print(shifts(2500))
        print(bits(2500))
        for _ in range(20):
            e = edge()
        print(e)
        print(zero_division(300))
        print(booleans(2000))
    print(collatz(3000))


main()
