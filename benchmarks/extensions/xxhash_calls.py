"""Calls of xxhash's functions and methods."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "harness"))

import xxhash  # noqa: E402
from extension_loops import measure  # noqa: E402

DATA = [b"key %d" % i for i in range(16)]


def digest(function):
    def loop(n):
        total, data = 0, DATA
        for i in range(n):
            total += len(function(data[i & 15]))
        return total

    return loop


def intdigest(function):
    def loop(n):
        total, data = 0, DATA
        for i in range(n):
            total ^= function(data[i & 15])
        return str(total)

    return loop


def with_seed(n):
    total, data, function = 0, DATA, xxhash.xxh64_intdigest
    for i in range(n):
        total ^= function(data[i & 15], seed=i)
    return str(total)


def construct(make):
    def loop(n):
        total, data = 0, DATA
        for i in range(n):
            total += make(data[i & 15]).seed
        return total

    return loop


def update(make):
    def loop(n):
        h, data = make(), DATA
        for i in range(n):
            h.update(data[i & 15])
        return h.hexdigest()

    return loop


def method(make, name):
    def loop(n):
        total, call = 0, getattr(make(b"data"), name)
        for _ in range(n):
            total += len(call())
        return total

    return loop


def whole(make):
    def loop(n):
        total, data = 0, DATA
        for i in range(n):
            total += len(make(data[i & 15]).hexdigest())
        return total

    return loop


def copy(n):
    total, h = 0, xxhash.xxh64(b"data", 3)
    for _ in range(n):
        total += h.copy().seed
    return total


def reset(n):
    h = xxhash.xxh64(b"data", 3)
    for _ in range(n):
        h.reset()
    return h.hexdigest()


def attributes(n):
    total, h = 0, xxhash.xxh64(b"data", 3)
    for _ in range(n):
        total += h.digest_size + h.block_size + len(h.name)
    return total


cases = {}
for algorithm in ("xxh32", "xxh64", "xxh3_64", "xxh3_128"):
    make = getattr(xxhash, algorithm)
    for kind in ("digest", "hexdigest"):
        cases[f"{algorithm}_{kind}"] = digest(getattr(xxhash, f"{algorithm}_{kind}"))
    cases[f"{algorithm}_intdigest"] = intdigest(getattr(xxhash, f"{algorithm}_intdigest"))
    cases[f"{algorithm}()"] = construct(make)
    cases[f"{algorithm}().hexdigest()"] = whole(make)
    cases[f"{algorithm}.update"] = update(make)
    cases[f"{algorithm}.hexdigest"] = method(make, "hexdigest")
    cases[f"{algorithm}.digest"] = method(make, "digest")
cases["xxh64_intdigest seed="] = with_seed
cases["xxh64.copy"] = copy
cases["xxh64.reset"] = reset
cases["xxh64 attributes"] = attributes
measure(cases)
