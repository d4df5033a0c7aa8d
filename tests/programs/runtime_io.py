"""Streams: files, buffers, text, positions, newlines."""

import copy
import glob
import io
import math
import os
import pickle
import tempfile

folder = tempfile.mkdtemp()
path = os.path.join(folder, "a.txt")
with open(path, "w", encoding="utf-8") as f:
    print(f.write("héllo\nworld\r\nlast"), f.tell(), f.mode, f.encoding, f.closed)
print(f.closed, open(path, "rb").read())
with open(path, encoding="utf-8") as f:
    print(f.readline(), f.tell())
    at = f.tell()
    print(repr(f.read(3)), repr(f.readline()), f.read(), repr(f.read()))
    f.seek(at)
    print(f.readlines(), f.newlines)
for newline in (None, "", "\n", "\r\n"):
    with open(path, encoding="utf-8", newline=newline) as f:
        print(repr(newline), list(f))
with open(path, "r+b") as f:
    print(f.read(3), f.tell(), f.seek(-4, 2), f.read(), f.peek(1))
    f.seek(0)
    f.write(b"J")
    f.flush()
    print(f.read(4), f.truncate(8))
print(os.path.getsize(path))
with open(path, "ab") as f:
    f.write(b"x" * 20000)
with open(path, "rb", buffering=0) as f:
    print(type(f).__name__, len(f.read(10)), len(f.readall()), f.fileno() > 2)
buffer = bytearray(5)
with open(path, "rb") as f:
    print(f.readinto(buffer), buffer, len(f.read1()), len(f.read1(10)))

s = io.StringIO("one\ntwo\nthree")
print(s.readline(), s.tell(), s.read(2), list(s), s.getvalue(), s.seek(0), s.write("ONE"), s.getvalue())
print(s.truncate(5), s.getvalue(), s.seek(0, 2), s.write("é\u20ac\U0001f600"), s.getvalue())
print(io.StringIO("a\r\nb\rc", newline=None).read().encode(), io.StringIO("a\nb", newline="\r\n").getvalue().encode())
b = io.BytesIO(b"abc\ndef")
print(b.readline(), b.read(), b.seek(1), b.write(b"ZZ"), b.getvalue(), b.seek(10), b.write(b"!"), b.getvalue())
print(bytes(b.getbuffer()[:3]), b.closed, b.close(), b.closed)

text = io.TextIOWrapper(io.BytesIO(), encoding="utf-16")
text.write("hi")
text.write("é")
text.flush()
print(text.buffer.getvalue()[:2] in (b"\xff\xfe", b"\xfe\xff"), text.buffer.getvalue()[2:].decode("utf-16-le"))
wide = io.TextIOWrapper(io.BytesIO("äöü\nß".encode("utf-16")), encoding="utf-16")
print(wide.readline(), wide.read())
chunked = io.TextIOWrapper(io.BytesIO(("é" * 9000 + "\r\n").encode()), encoding="utf-8")
print(len(chunked.read(8191)), len(chunked.readline()), repr(chunked.readline()))
errors = io.TextIOWrapper(io.BytesIO(b"a\xffb"), encoding="utf-8", errors="replace")
print(errors.read().encode())


class Upper(io.RawIOBase):
    """A raw stream of Python's under the buffers."""

    def __init__(self, data):
        self.data = data

    def readable(self):
        return True

    def readinto(self, target):
        n = min(3, len(self.data), len(target))
        target[:n] = self.data[:n].upper()
        self.data = self.data[n:]
        return n


print(io.BufferedReader(Upper(b"hello world")).read(), io.TextIOWrapper(io.BufferedReader(Upper(b"x\ny"))).readlines())
for bad in (
    lambda: open(os.path.join(folder, "missing")),
    lambda: open(folder),
    lambda: open(path, "q"),
    lambda: open(path, "rb", encoding="utf-8"),
    lambda: open(path, "rt", buffering=0),
    lambda: open(path).write("x"),
    lambda: open(path, "w").read(),
    lambda: s.write(5),
    lambda: f.read(),
    lambda: io.StringIO().seek(-1),
    lambda: io.BytesIO().seek(-1),
    lambda: open(path, encoding="nonsense"),
):
    try:
        bad()
        print("nothing")
    except (OSError, ValueError, TypeError, LookupError) as error:
        print(type(error).__name__, str(error).replace(folder, "FOLDER"))
with os.scandir(folder) as entries:
    print([(e.name, e.is_file(), e.stat().st_size >= 0) for e in entries])
os.mkdir(os.path.join(folder, "d"))
os.rename(path, os.path.join(folder, "d", "b"))
print(sorted(os.listdir(folder)), [x[1:] for x in os.walk(folder)])
os.remove(os.path.join(folder, "d", "b"))
os.removedirs(os.path.join(folder, "d"))
print(os.path.exists(folder))
for file in (io.BytesIO(b"abc"), io.BufferedReader(io.BytesIO(b"abc")), open(os.devnull, "rb", 0)):
    for target in (memoryview(b"abc"), b"abc", "abc", None):
        try:
            file.readinto(target)
        except TypeError as e:
            print(type(file).__name__, e)
    file.close()

# Copying and pickling streams in memory.
b = io.BytesIO(b"abc")
b.read(2)
b.name = "n"
twin = pickle.loads(pickle.dumps(b))
print(twin.read(), twin.name, twin.getvalue(), b.__getstate__())
for newline in (None, "", "\n", "\r", "\r\n"):
    s = io.StringIO("a\nb\r\nc\rd", newline)
    s.readline()
    twin = copy.copy(s)
    print(ascii((twin.readline(), twin.tell(), twin.getvalue(), s.__getstate__())))
for state in ((), ("", 1), ("a", "\n", -1, None), ("a", "\n", "x", None), ("a", "\n", 0, 5), (b"", "\n", 0, None)):
    for stream in (io.StringIO(), io.BytesIO()):
        try:
            print(stream.__setstate__(state), ascii(stream.__getstate__()))
        except (TypeError, ValueError) as e:
            print(type(e).__name__)
for initial in ("x", []):
    try:
        io.BytesIO(initial)
    except TypeError as e:
        print(e)

# A descriptor of a folder can be listed again.
os.makedirs(os.path.join(folder, "sub", "deep"))
descriptor = os.open(os.path.join(folder, "sub"), os.O_RDONLY)
for _ in range(2):
    print(os.listdir(descriptor), [e.name for e in os.scandir(descriptor)], glob.glob("**", dir_fd=descriptor, recursive=True))
os.close(descriptor)

# A stream that does not own its descriptor can be closed, and used in a with statement.
path = os.path.join(folder, "owned")
with open(path, "wb") as f:
    f.write(b"abcdef")
descriptor = os.open(path, os.O_RDONLY)
with io.FileIO(descriptor, closefd=False) as raw:
    print(raw.closefd, raw.read(3))
print(raw.closed, os.read(descriptor, 3))
os.close(descriptor)

for times, ns in (((1, 2), (1, 2)), ((math.nan, 1), None), (None, (5, 6))):
    try:
        os.utime(path, times, **({"ns": ns} if ns else {}))
        print(os.stat(path).st_mtime_ns)
    except ValueError as e:
        print(e)
for owner in (-2, 2**32, -1):
    try:
        print(os.chown(path, owner, -1))
    except OverflowError:
        print("out of range")
