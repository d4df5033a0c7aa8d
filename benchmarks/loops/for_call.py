"""`for i in range(n): foo(i)`: the loop that the compiler must make free of iterators, boxes and calls
left over.  The work can't be dropped by a clever optimizer of ours alone: CPython runs the same text."""

import sys
import time


def foo(i):
    pass


def loop_for(n):
    for i in range(n):
        foo(i)


def loop_while(n):
    i = 0
    while i < n:
        foo(i)
        i += 1


def timed(loop, n):
    best = 1e9
    for _ in range(5):
        began = time.perf_counter()
        loop(n)
        best = min(best, time.perf_counter() - began)
    return best / n


if __name__ == "__main__":
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    loop = loop_while if "while" in sys.argv else loop_for
    loop(200_000)
    time.sleep(0.3)  # let a background compiler finish
    loop(200_000)
    print(timed(loop, n))
