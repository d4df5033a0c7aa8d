"""memoryview: access, slices, casts, comparison, release, errors."""

import array


def attempt(label, function, *args, **kwargs):
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        print(label, type(error).__name__, error)
    else:
        print(
            label, type(result).__name__, repr(result) if type(result) is not memoryview else result.tolist()
        )


data = bytearray(b"abcdefghij")
m = memoryview(data)
print(
    len(m),
    m.nbytes,
    m.readonly,
    m.itemsize,
    m.format,
    m.ndim,
    m.shape,
    m.strides,
    m.suboffsets,
    m.contiguous,
    m.c_contiguous,
    m.f_contiguous,
    m.obj is data,
)
print(m[0], m[-1], m.tolist(), m.tobytes(), bytes(m), m.hex(), m.hex(":", 2))
print(
    m[2:5].tobytes(),
    m[::2].tobytes(),
    m[::-1].tobytes(),
    m[::-3].tolist(),
    m[5:2].tobytes(),
    m[2:8][1:3].tobytes(),
    m[::2].strides,
    m[::2].contiguous,
)
m[0] = 65
m[1:3] = b"BC"
m[::2][1:3] = b"??"
print(data)
m[3:6] = m[4:7]
print(data, list(m), 98 in m, m.index if hasattr(m, "index") else "no index")
print(m == data, m == bytes(data), m != b"x", m == "x", m[1:] == data[1:], m == memoryview(b"abc"))
r = memoryview(b"readonly")
print(r.readonly, hash(r) == hash(b"readonly"), r.toreadonly().readonly, m.toreadonly().readonly)

c = memoryview(bytearray(range(16)))
for fmt in "BbcHhIiLlQqNn@H?":
    pass
for fmt in ["B", "b", "c", "H", "h", "I", "i", "L", "l", "Q", "q", "N", "n", "?", "f", "d", "@i"]:
    v = c.cast(fmt)
    print(fmt, v.format, v.itemsize, v.shape, v.tolist() if fmt not in "fd" else len(v))
grid = c.cast("B", (4, 4))
print(
    grid.shape,
    grid.strides,
    grid.tolist(),
    grid[1, 2],
    grid[-1, -1],
    grid.ndim,
    len(grid),
    grid.tobytes(),
    grid.tobytes("F"),
    grid[1:3].tolist(),
)
grid[0, 0] = 99
print(c[0], c.cast("I", shape=[2, 2]).tolist(), grid.cast("B").tolist(), grid == grid, grid == c)
i = c.cast("i")
i[0] = -5
attempt("range", lambda: i.__setitem__(0, 2**40))
attempt("type", lambda: i.__setitem__(0, "a"))
f = c.cast("d")
f[0] = 2.5
print(f[0], i.tolist(), f.tolist()[0])

a = array.array("i", [1, 2, 3])
v = memoryview(a)
print(v.format, v.tolist(), v[1], v == a, v == array.array("h", [1, 2, 3]), v.nbytes)
v[1] = 20
print(a.tolist())

with memoryview(b"ctx") as w:
    print(w[0])
attempt("released", lambda: w[0])
attempt("released", len, w)
attempt("released", w.tobytes)
print(repr(w).startswith("<released memory at 0x"), repr(m).startswith("<memory at 0x"))
w.release()
n = memoryview(m)
k = n[2:]
n.release()
print(k[0])

attempt("index", lambda: m[100])
attempt("index", lambda: m["a"])
attempt("index", lambda: m[1, 2])
attempt("index", lambda: grid[0])
attempt("index", lambda: grid[0, 0, 0])
attempt("index", lambda: grid[0:1, 0:1])
attempt("readonly", lambda: r.__setitem__(0, 1))
attempt("delete", lambda: m.__delitem__(0))
attempt("size", lambda: m.__setitem__(slice(0, 2), b"abc"))
attempt("value", lambda: m.__setitem__(0, 256))
attempt("value", lambda: m.__setitem__(0, b"a"))
attempt("hash", hash, m)
attempt("new", memoryview, "abc")
attempt("new", memoryview)
attempt("cast", c.cast, "x")
attempt("cast", c.cast, 1)
attempt("cast", c[1:].cast, "I")
attempt("cast", c[::2].cast, "B")
attempt("cast", i.cast, "h")
attempt("cast", c.cast, "B", (3, 3))
attempt("cast", c.cast, "B", (-1,))
attempt("tobytes", m.tobytes, "X")
print(
    b"".join([m[:2], m[2:4]]),
    bytearray(m[:3]),
    b"ab" + memoryview(b"cd"),
    b"c" in memoryview(b"abc").tobytes(),
    int.from_bytes(m[:2], "big"),
)
print(
    sum(memoryview(bytes(range(10)))),
    sorted(memoryview(b"cab")),
    memoryview(b"abc").tolist()[::-1],
    [x for x in memoryview(b"xy")],
)


def assign(view, key):
    view[key] = 1


SLICE = slice(0, 1)
for key in (0.0, "a", None, (0,), (0, SLICE), (SLICE, 0), (SLICE, SLICE), (SLICE,)):
    attempt(f"get {key!r}", lambda: memoryview(b"abc")[key])
    attempt(f"set {key!r}", assign, memoryview(bytearray(b"abc")), key)
for key in ((SLICE,), 0):
    attempt(f"set {key!r}", assign, memoryview(bytearray(b"a")).cast("B", ()), key)
