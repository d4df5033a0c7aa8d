"""Every export of xxhash, for each of its four algorithms, with its errors."""

import array

import xxhash
from probe import Probe
from xxhash import _xxhash

p = Probe(xxhash)
c = Probe(_xxhash)

for name in ("VERSION", "XXHASH_VERSION"):
    p.value(name)
c.value("XXHASH_VERSION")
c.value("_GIL_MINSIZE")
for name in ("algorithms_available", "algorithms_guaranteed"):
    print(name, sorted(p.find(name)))


class Index:
    def __index__(self):
        return 5


BUFFERS = (b"", b"a", b"hello world", bytearray(b"hello"), memoryview(b"0123456789")[2:7], array.array("i", [1, 2, 3]))
SEEDS = (0, 1, -1, 2**32 - 1, 2**32 + 7, 2**64 - 1, 2**70 + 3)
WRONG = ("text", None, 3, [1], memoryview(b"abcdef")[::2])

for name in ("xxh32", "xxh64", "xxh3_64", "xxh3_128", "xxh128"):
    for kind in ("digest", "hexdigest", "intdigest"):
        path = f"{name}_{kind}"
        for data in BUFFERS:
            p.fails(path, lambda path=path, data=data: p.find(path)(data))
        for seed in SEEDS:
            p.call(path, b"abc", seed)
        p.call(path, data=b"abc", seed=3)
        p.call(path, b"abc", seed=3)
        p.call(path, b"q" * 300)
        for data in WRONG:
            p.fails(path, lambda path=path, data=data: p.find(path)(data))
        p.call(path)
        p.call(path, seed=1)
        p.call(path, b"a", 1, 2)
        p.call(path, b"a", data=b"b")
        p.call(path, b"a", 1, seed=2)
        p.call(path, b"a", sead=2)
        p.call(path, b"a", "1")
        p.call(path, b"a", 1.5)
        p.fails(path, lambda path=path: p.find(path)(b"a", Index()))

    make = p.find(name)
    h = make(b"abc", seed=7)
    for attribute in ("digest_size", "digestsize", "block_size", "name", "seed"):
        p.attribute(h, f"{name}.{attribute}")
    for method in ("digest", "hexdigest", "intdigest"):
        p.method(h, f"{name}.{method}")
    p.method(h, f"{name}.update", b"def")
    p.method(h, f"{name}.hexdigest")
    p.method(h, f"{name}.update", bytearray(b"x" * 300))
    p.method(h, f"{name}.update", data=b"z")
    p.seen.add(f"{name}.copy")
    other = h.copy()
    print("copy", other is h, type(other) is type(h), other.seed, other.hexdigest() == h.hexdigest())
    other.update(b"more")
    print("independent", other.hexdigest(), h.hexdigest())
    p.method(h, f"{name}.reset")
    p.method(h, f"{name}.intdigest")
    for data in WRONG[:4]:
        p.method(h, f"{name}.update", data)
    p.method(h, f"{name}.update")
    p.method(h, f"{name}.update", b"a", b"b")
    p.method(h, f"{name}.update", b"a", data=b"b")
    p.method(h, f"{name}.update", dato=b"b")
    p.method(h, f"{name}.digest", 1)
    for write in ("name", "seed", "other"):
        try:
            setattr(h, write, 1)
        except AttributeError as error:
            print(write, "can't be set:", type(error).__name__)
    # Constructors: positional, by name, wrong.
    print(make().hexdigest(), make(b"a").hexdigest(), make(b"a", 5).hexdigest(), make(seed=5, data=b"a").hexdigest())
    print(make(b"a", seed=2**64 - 1).seed, make(b"a", seed=-1).seed, make(seed=2**40).seed)
    for words in (("text",), (None,), (b"a", "b"), (b"a", 1, 2)):
        p.fails(name, make, *words)
    p.fails(name, make, nothing=1)
    p.fails(name, make, b"a", data=b"b")
    # Again initialised, made by __new__ alone, and made inside of a loop with garbage around.
    h = make.__new__(make)
    print(h.hexdigest() == make().hexdigest())
    h.__init__(b"abc", 9)
    print(h.hexdigest() == make(b"abc", 9).hexdigest(), h.seed)
    kept = [make(str(i).encode()) for i in range(10)]
    print([h.hexdigest()[-6:] for h in kept])
    try:

        class Sub(make):
            pass

        print("subclass", Sub(b"a").hexdigest())
    except TypeError as error:
        print("subclass:", error)
    print(make.__name__, make.__module__, make.__doc__ is not None, repr(h).startswith(f"<xxhash.{make.__name__} object"))
    print(h == h, h != make(), isinstance(hash(h), int))

# Past the size at which the GIL is released, with the object's lock.
big = b"0123456789abcdef" * 5000
for name in ("xxh32", "xxh64", "xxh3_64", "xxh3_128"):
    h = getattr(xxhash, name)(big)
    h.update(big)
    h.update(b"tail")
    print(name, h.hexdigest(), getattr(xxhash, f"{name}_hexdigest")(big), h.copy().hexdigest() == h.hexdigest())

for path in list(p.seen):
    if hasattr(_xxhash, path.partition(".")[0]):
        c.seen.add(path)
p.seen |= c.seen
p.done()
