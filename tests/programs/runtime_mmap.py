"""mmap: files and anonymous memory, all methods, all errors, views that keep a mapping."""

import mmap
import os
import tempfile
import weakref


def attempt(function, *args, **keywords):
    try:
        print(function(*args, **keywords))
    except (ValueError, TypeError, IndexError, OverflowError, BufferError, OSError) as error:
        print(type(error).__name__, error)


folder = tempfile.TemporaryDirectory()
path = os.path.join(folder.name, "file")
with open(path, "wb") as file:
    file.write(b"line one\nline two\n" + bytes(range(256)) * 17)

# ---------------------------------------------------------------- reading, like a file and like bytes

with open(path, "r+b") as file:
    m = mmap.mmap(file.fileno(), 0)
print(m, len(m), m.size(), m.closed)
print(m.readline(), m.tell(), m.read(4), m.read(-1)[:5], m.read())
attempt(m.read_byte)
attempt(m.write_byte, 1)
m.seek(-3, os.SEEK_END)
print(m.read(2), m.tell(), m.seek(1), m.seek(2, 1), m.tell(), m.read_byte(), m.read(None)[:3])
for wrong in ((-1,), (10**6,), (0, 7), (1, os.SEEK_END), (2**62, 1)):
    attempt(m.seek, *wrong)
m.seek(0)
print(
    m.find(b"line"),
    m.find(b"line", 1),
    m.find(b"line", 1, 5),
    m.rfind(b"line"),
    m.rfind(b"line", 0, 10),
    m.find(b"zzz"),
)
m.seek(3)
print(m.find(b"line"), m.find(b""), m.rfind(b""), m.find(b"two", -(10**9)), m.find(memoryview(b"two")))
print(m[0], m[-1], m[:8], m[5:0:-2], m[2:30:7], m[100:50], list(m)[:2], b"l" in m, m[0:0])
for key in (10**6, -(10**6), "x", 1.5, None, 2**70):
    attempt(m.__getitem__, key)

# ---------------------------------------------------------------- writing

m[0] = 76
m[5:8] = b"ONE"
m[9:17:2] = b"abcd"
m.seek(20)
print(
    m.write(b"written"), m.tell(), m.write(bytearray(b"!")), m[:30], m.write_byte(255), m.move(0, 9, 5), m[:8]
)
for key, value in (
    (0, 256),
    (0, -1),
    (0, b"x"),
    (0, "x"),
    (10**6, 1),
    (slice(0, 2), b"xyz"),
    (slice(0, 4, 2), b"x"),
    ("a", 1),
):
    attempt(m.__setitem__, key, value)
attempt(m.__setitem__, slice(0, 2), "ab")
for key in (0, slice(0, 2), "a"):
    attempt(m.__delitem__, key)
attempt(m.write, "text")
attempt(m.move, 0, 0, 10**6)
attempt(m.move, -1, 0, 1)
m.seek(0, os.SEEK_END)
attempt(m.write, b"x")
attempt(m.flush)
attempt(m.flush, 0, 4096)
attempt(m.flush, -1, 5)
attempt(m.flush, 5, -1)
attempt(m.madvise, mmap.MADV_NORMAL)
attempt(m.madvise, mmap.MADV_WILLNEED, 0, 10)
attempt(m.madvise, mmap.MADV_NORMAL, -1)
attempt(m.madvise, mmap.MADV_NORMAL, 0, -1)
attempt(m.madvise, mmap.MADV_NORMAL, 5, 2**63 - 1)
with open(path, "rb") as file:
    print(file.read(30))
print(m.resize(8192), len(m), m.size(), os.path.getsize(path), m[:4])

# ---------------------------------------------------------------- views

view = memoryview(m)
print(view.readonly, len(view), bytes(view[:4]), view.format)
view[0] = 120
attempt(m.resize, 4096)
view.release()
print(m[0], m.close(), m.closed, m, m.close())
for method in ("tell", "size", "read", "readline", "flush", "read_byte", "__len__", "__enter__"):
    attempt(getattr(m, method))
attempt(m.__getitem__, 0)
attempt(m.__setitem__, 0, 0)
attempt(memoryview, m)
attempt(m.find, b"x")

# ---------------------------------------------------------------- kinds of access

with open(path, "r+b") as file:
    fd = file.fileno()
    for access in (mmap.ACCESS_READ, mmap.ACCESS_WRITE, mmap.ACCESS_COPY, mmap.ACCESS_DEFAULT):
        with mmap.mmap(fd, 100, access=access) as m:
            print(m, memoryview(m).readonly)
            attempt(m.__setitem__, 1, 33)
            attempt(m.write_byte, 34)
            attempt(m.resize, 200)
            attempt(m.flush)
        print(m.closed, m)
    for keywords in (
        {"access": 9},
        {"access": mmap.ACCESS_READ, "prot": mmap.PROT_READ},
        {"access": mmap.ACCESS_WRITE, "flags": mmap.MAP_PRIVATE},
        {"offset": -1},
        {"offset": 4096 * 100},
        {"offset": 1},
    ):
        attempt(mmap.mmap, fd, 0, **keywords)
    print(mmap.mmap(fd, 0, prot=mmap.PROT_READ), mmap.mmap(fd, 0, mmap.MAP_PRIVATE))
    print(mmap.mmap(fd, 10, offset=0)[:3], mmap.mmap(fileno=fd, length=10, flags=mmap.MAP_SHARED)[:3])
    attempt(mmap.mmap, fd, 10**7)
    attempt(mmap.mmap, fd, -1)
with open(path, "wb"):
    pass
with open(path, "rb") as file:
    attempt(mmap.mmap, file.fileno(), 0, access=mmap.ACCESS_READ)
attempt(mmap.mmap, 9999, 10)
attempt(mmap.mmap)
attempt(mmap.mmap, -1, 0)

# ---------------------------------------------------------------- anonymous memory, subclasses, death


class Labelled(mmap.mmap):
    label = "memory"


m = Labelled(-1, 10000)
print(m.label, len(m), m[:3], m.write(b"abc"), m[:4], bytes(m)[:4], weakref.ref(m)() is m)
attempt(m.size)
m.note = "attributes"
print(
    m.note,
    type(m).__name__,
    m.rfind(b"c", 0),
    mmap.PAGESIZE == mmap.ALLOCATIONGRANULARITY,
    mmap.error is OSError,
)
for i in range(200):
    mmap.mmap(-1, 1 << 20)[i] = 7
folder.cleanup()
