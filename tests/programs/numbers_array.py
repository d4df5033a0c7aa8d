"""array.array, its buffers, and bisect, heapq, struct beside it."""

# The lambdas run at once, and the old ways are what is tested.
# ruff: noqa: B023, E742, UP018, UP031

import array as module
import bisect
import collections.abc
import copy
import heapq
import io
import pickle
import struct
from array import array


def attempt(f, *args, **kwargs):
    try:
        return f(*args, **kwargs)
    except Exception as e:
        return type(e).__name__, str(e)


for code in module.typecodes:
    if code == "u":
        continue
    for v in (
        0,
        1,
        -1,
        127,
        128,
        255,
        256,
        65535,
        65536,
        -32769,
        2**31,
        2**32,
        2**63,
        2**64,
        -(2**63) - 1,
        1.5,
        "x",
    ):
        print(code, v, attempt(array, code, [v]))
    a = array(code, [3, 1, 2])
    print(
        a,
        a.itemsize,
        len(a),
        a.tolist(),
        a.tobytes(),
        list(a),
        a[0],
        a[-1],
        a[::-1],
        a[1:],
        2 in a,
        a.index(2),
        a.count(1),
    )
    a.append(9)
    a.extend([7, 8])
    a.insert(1, 5)
    a += array(code, [4])
    print(
        a,
        a.pop(),
        a.pop(0),
        a * 2,
        a + a[:1],
        a == array(code, a),
        a < a * 2,
        a.__reduce_ex__(2),
        attempt(a.index, 99),
    )
    a.reverse()
    a.remove(9)
    a[0] = 1
    a[1:3] = array(code, [6, 6, 6])
    del a[-1]
    print(a, copy.copy(a), copy.deepcopy(a), pickle.loads(pickle.dumps(a, 2)), pickle.loads(pickle.dumps(a)))
    a[::2] = a[::2]
    del a[::2]
    a *= 3
    b = array(code, a.tobytes())
    b.byteswap()
    b.byteswap()
    print(
        a,
        b == a,
        attempt(a.__setitem__, slice(0, 2, 2), array(code, [1, 2])),
        attempt(lambda: a[99]),
        attempt(lambda: a["x"]),
    )
    m = memoryview(a)
    print(m.format, m.itemsize, m.shape, m.tolist(), bytes(m[:1]), attempt(a.append, 1))
    m.release()
    f = io.BytesIO()
    a.tofile(f)
    f.seek(0)
    c = array(code)
    c.fromfile(f, 2)
    print(c, attempt(c.fromfile, f, 99), c)
u = array("u", "héllo\U0001f600")
u.fromunicode("x")
print(u, u.tounicode(), u[1], u + array("u", "z"), attempt(u.append, "ab"), attempt(u.append, 5), u.itemsize)
print(
    attempt(array, "x"),
    attempt(array, "ii"),
    attempt(array, 5),
    attempt(array),
    attempt(array, "i", "ab"),
    attempt(array, "i", b"abc"),
)
print(
    attempt(array, "i", 5),
    attempt(array, "i", x=1),
    attempt(lambda: array("i") + [1]),
    attempt(lambda: array("i", [1]) * 10**18),
)
a = array("i", range(5))
print(
    attempt(a.extend, array("f")),
    attempt(a.fromlist, (1,)),
    attempt(a.fromlist, [1, "x"]),
    a,
    attempt(a.frombytes, b"abc"),
    attempt(hash, a),
)
print(
    attempt(a.pop, 9),
    attempt(array("i").pop),
    attempt(a.remove, 9),
    a == [0, 1],
    [x for x in a],
    attempt(lambda: a < [1]),
)
it = iter(a)
next(it)
print(
    list(it),
    list(it),
    type(it).__name__,
    a.buffer_info()[1],
    sum(a),
    max(a),
    sorted(a, reverse=True),
    list(reversed(a)),
)
big = array("d")
for i in range(10000):
    big.append(i * 0.5)
print(
    len(big),
    sum(big),
    big[9999],
    array("b", b"\xff\x01"),
    array("d", array("i", [1, 2])),
    type(array("d", [1])[0]),
)


class Sub(array):
    pass


s = Sub("i", [1, 2])
s.tag = "t"
print(s, type(s), type(s[:1]), s.tag, pickle.loads(pickle.dumps(s)).tag)

data = [1, 2, 2, 2, 5, 8]
print(
    [
        (bisect.bisect(data, x), bisect.bisect_left(data, x), bisect.bisect_right(data, x, 1, 4))
        for x in (0, 1, 2, 3, 9)
    ]
)
print(
    bisect.bisect(["a", "bb", "ccc"], 2, key=len),
    attempt(bisect.bisect, data, 1, -1),
    attempt(bisect.bisect, data, "x"),
)
bisect.insort(data, 3)
bisect.insort_left(data, 2)
bisect.insort(data, 0.5)
words = ["a", "ccc"]
bisect.insort(words, "bb", key=len)
print(data, words)
heap = []
for x in [5, 3, 8, 1, 9.5, 2, 7, 2]:
    heapq.heappush(heap, x)
print(
    heap,
    heapq.heappushpop(heap, 0),
    heapq.heapreplace(heap, 6),
    [heapq.heappop(heap) for _ in range(len(heap))],
)
print(attempt(heapq.heappop, []), attempt(heapq.heappush, (), 1), attempt(heapq.heapify, [1, "x"]))
h = [9, 4, 7, 1, 8, 2, 6]
heapq.heapify(h)
print(
    h,
    heapq.nlargest(3, h),
    heapq.nsmallest(2, h),
    list(heapq.merge([1, 4], [2, 3])),
    heapq.nlargest(2, "abc", key=ord),
)

for fmt in (
    "b",
    "<h",
    ">h",
    "i",
    "<i",
    "!I",
    "<q",
    ">Q",
    "?",
    "c",
    "3s",
    "5p",
    "e",
    "<e",
    "f",
    ">f",
    "d",
    "<d",
    "n",
    "P",
    "xhx",
    "bhi",
    "<bhi",
    "2h3b",
    "0s",
    "b0i",
    "4x",
):
    size = struct.calcsize(fmt)
    print(fmt, size, attempt(struct.unpack, fmt, bytes(range(1, size + 1))))
for fmt, *args in [
    ("<i", 5),
    ("<i", 2**31),
    ("i", "x"),
    ("B", 256),
    ("B", -1),
    ("h", 40000),
    ("<H", -1),
    ("<Q", 2**64),
    ("q", 2**63),
    ("I", -1),
]:
    print(fmt, args, attempt(struct.pack, fmt, *args))
for fmt, *args in [
    ("3s", b"abcdef"),
    ("5p", b"abcdef"),
    ("c", b"x"),
    ("c", "x"),
    ("s", "x"),
    ("?", []),
    ("f", 1e300),
    ("<f", 1e300),
    ("<e", 1e5),
]:
    print(fmt, args, attempt(struct.pack, fmt, *args))
for fmt, *args in [
    ("<e", 1.0005),
    ("<e", 5.96e-8),
    ("d", 1.5),
    (">d", -0.0),
    ("f", "x"),
    ("ii", 1),
    ("2i", 1, 2),
    ("z",),
    ("3",),
    ("", 1),
]:
    print(fmt, args, attempt(struct.pack, fmt, *args))
S = struct.Struct("<hb")
buf = bytearray(10)
S.pack_into(buf, 2, 1, 2)
print(
    S.format,
    S.size,
    S.pack(-2, 3),
    S.unpack(b"\x01\x00\x02"),
    buf,
    S.unpack_from(buf, 2),
    list(S.iter_unpack(b"abcdef")),
)
print(
    attempt(S.unpack, b"ab"),
    attempt(S.unpack_from, buf, 9),
    attempt(S.unpack_from, buf, -2),
    attempt(S.pack_into, buf, 99, 1, 2),
)
print(
    attempt(S.pack_into, b"abc", 0, 1, 2),
    attempt(S.pack_into, buf),
    attempt(S.pack, 1),
    attempt(S.iter_unpack, b"ab"),
    S.unpack_from(buf, -8),
)
print(
    struct.unpack_from("<i", b"xx\x01\x00\x00\x00", offset=2),
    list(struct.iter_unpack("b", b"ab")),
    struct.error.__module__,
)
print(isinstance(array("b"), collections.abc.MutableSequence), isinstance(array("b"), collections.abc.Hashable))
for data in (b"\xff" * 4, b"a\0\0\0" + b"\xff" * 4, b"\0\0\x11\0", b"\xff\xff\x10\0\0\0\x0f\0"):
    u = array("u")
    u.frombytes(data)
    print(attempt(u.tounicode))
