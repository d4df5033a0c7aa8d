"""zlib: checksums, whole strings, streams, dictionaries, errors; what stands on it (gzip, zipfile)."""

import copy
import gzip
import io
import random
import zipfile
import zlib


def attempt(function, *args, **kwargs):
    try:
        print(function.__name__, function(*args, **kwargs))
    except Exception as e:
        print(function.__name__, type(e).__name__, e)


text = b"the quick brown fox jumps over the lazy dog. " * 2000
noise = random.Random(5).randbytes(100000)

for data in (b"", b"a", text, bytearray(noise), memoryview(noise)[1:50]):
    print(
        zlib.crc32(data),
        zlib.adler32(data),
        zlib.crc32(data, 12345),
        zlib.adler32(data, 12345),
        zlib.crc32(data, -1),
    )
    print(zlib.decompress(zlib.compress(data, 0)) == data)  # its size is the affair of the buffers' sizes
    for level in (-1, 1, 9):
        packed = zlib.compress(data, level)
        print(level, len(packed), zlib.crc32(packed), zlib.decompress(packed) == data, end="; ")
    print()
for wbits in (-15, 9, 15, 25, 31):
    packed = zlib.compress(text, wbits=wbits)
    print(
        wbits,
        len(packed),
        zlib.decompress(packed, wbits) == text,
        zlib.decompress(packed, wbits=wbits, bufsize=1) == text,
    )
print(zlib.decompress(zlib.compress(text, wbits=31), 47) == text)

packed = zlib.compress(text)
attempt(zlib.compress, b"x", 99)
attempt(zlib.compress, "text")
attempt(zlib.decompress, b"no stream at all")
attempt(zlib.decompress, packed[:-5])
attempt(zlib.decompress, packed[:-1] + b"x")
attempt(zlib.decompress, b"")
attempt(zlib.decompress, packed, 99)
attempt(zlib.decompress, packed, bufsize=-1)
attempt(zlib.compressobj, 99)
attempt(zlib.compressobj, zdict="text")
attempt(zlib.decompressobj, 99)
attempt(zlib.decompressobj, zdict="text")

# ---------------------------------------------------------------- streams

for mode in (zlib.Z_NO_FLUSH, zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_PARTIAL_FLUSH):
    c = zlib.compressobj(9, zlib.DEFLATED, 15, 9, zlib.Z_FILTERED)
    pieces = []
    for i in range(0, len(text), 10000):
        pieces += c.compress(text[i : i + 10000]), c.flush(mode)
    pieces.append(c.flush())
    print(
        mode, len(b"".join(pieces)), zlib.crc32(b"".join(pieces)), zlib.decompress(b"".join(pieces)) == text
    )
attempt(c.flush)
attempt(c.compress, b"x")
attempt(c.copy)

d = zlib.decompressobj()
out = b"".join(d.decompress(packed[i : i + 7]) for i in range(0, len(packed), 7))
print(out == text, d.eof, d.unused_data, d.unconsumed_tail, d.flush())
d = zlib.decompressobj()
print(d.decompress(packed + b"behind", 100), d.eof, len(d.unconsumed_tail) > 0)
out = [b""]
while not d.eof:
    out.append(d.decompress(d.unconsumed_tail, 5000))
print(len(b"".join(out)), max(map(len, out)), d.eof, d.unused_data, d.decompress(b" more"), d.unused_data)
d = zlib.decompressobj()
print(len(d.decompress(packed, 10)), len(d.flush(100)), d.eof, d.unconsumed_tail)
d = zlib.decompressobj()
print(len(d.decompress(packed[:-10])), d.eof, d.flush())
attempt(d.flush, 0)
attempt(d.decompress, b"", -1)
attempt(zlib.decompressobj().decompress, b"no stream at all")
print(type(c), type(d), zlib.error.__mro__)

c = zlib.compressobj()
start = c.compress(text[:5000])
other = copy.copy(c)
one, two = start + c.compress(b"one") + c.flush(), start + other.compress(b"two") + other.flush()
print(zlib.decompress(one)[-4:], zlib.decompress(two)[-4:])
d = zlib.decompressobj()
start = d.decompress(one[:20])
other = copy.deepcopy(d)
print(d.decompress(one[20:]) == other.decompress(one[20:]), d.eof, other.eof)

words = b"quick brown lazy fox the dog over jumps"
for wbits in (15, -15):
    c = zlib.compressobj(wbits=wbits, zdict=words)
    short = c.compress(text[:45]) + c.flush()
    print(len(short), zlib.decompressobj(wbits, zdict=words).decompress(short))
    attempt(zlib.decompressobj(wbits).decompress, short)
    attempt(zlib.decompressobj(zdict=b"other").decompress, short)

for _ in range(200):
    zlib.compressobj().compress(b"forgotten")
    zlib.decompressobj().decompress(packed, 10)

# ---------------------------------------------------------------- what stands on it

print(gzip.decompress(gzip.compress(text, mtime=0)) == text, zlib.crc32(gzip.compress(text, mtime=0)))
file = io.BytesIO()
with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr(zipfile.ZipInfo("a.txt"), text, zipfile.ZIP_DEFLATED)
    archive.writestr(zipfile.ZipInfo("b.bin"), noise)
with zipfile.ZipFile(file) as archive:
    print(
        archive.testzip(),
        archive.namelist(),
        archive.read("a.txt") == text,
        archive.getinfo("a.txt").compress_size,
    )
print(zlib.MAX_WBITS, zlib.DEFLATED, zlib.Z_BEST_COMPRESSION, zlib.ZLIB_VERSION == zlib.ZLIB_RUNTIME_VERSION)
