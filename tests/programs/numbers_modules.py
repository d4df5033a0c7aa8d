"""random, hashlib and time: streams and digests must be CPython's."""

# The lambdas run at once, and the old ways are what is tested.
# ruff: noqa: B023, E742, UP018, UP031

import hashlib
import random
import time


def attempt(f, *args, **kwargs):
    try:
        return f(*args, **kwargs)
    except Exception as e:
        return type(e).__name__, str(e)


for seed in (0, 1, -1, 12345, 2**40, 2**100, -(2**70), 1.5, "text", b"bytes", None):
    r = random.Random(seed)
    if seed is not None:
        print(
            seed,
            [r.random() for _ in range(3)],
            [r.getrandbits(k) for k in (1, 8, 31, 32, 33, 64, 65, 100, 0)],
        )
    state = r.getstate()
    first = [r.random() for _ in range(700)]
    r.setstate(state)
    print(first == [r.random() for _ in range(700)])
r = random.Random(42)
print(
    r.randint(1, 100),
    r.randrange(0, 10**30),
    r.choice("abc"),
    r.sample(range(100), 5),
    r.uniform(1, 2),
    r.gauss(0, 1),
)
items = list(range(20))
r.shuffle(items)
print(
    items,
    r.choices([1, 2, 3], weights=[5, 1, 1], k=8),
    r.betavariate(2, 3),
    r.expovariate(1.5),
    r.triangular(),
    r.randbytes(5),
)
print(
    attempt(r.getrandbits, -1),
    attempt(r.getrandbits, "x"),
    attempt(r.setstate, (3, (1,), None)),
    len(r.getstate()[1]),
)
random.seed(7)
print(random.random(), random.randint(1, 6), random.getrandbits(200))

for name in (
    "md5",
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "sha3_224",
    "sha3_256",
    "sha3_384",
    "sha3_512",
    "blake2b",
    "blake2s",
):
    for data in (b"", b"abc", b"x" * 63, b"y" * 64, b"z" * 127, b"w" * 1000, bytes(range(256)) * 40):
        h = hashlib.new(name)
        h.update(data[:10])
        c = h.copy()
        h.update(data[10:])
        c.update(data[10:])
        print(name, h.hexdigest(), h.digest() == c.digest(), h.digest_size, h.block_size, h.name)
for name in ("shake_128", "shake_256"):
    print(name, hashlib.new(name, b"abc").hexdigest(200))
print(hashlib.blake2b(b"x", digest_size=20, key=b"key", salt=b"salt", person=b"me").hexdigest())
print(
    hashlib.blake2s(
        b"x",
        digest_size=7,
        key=b"k" * 32,
        fanout=2,
        depth=2,
        leaf_size=9,
        node_offset=5,
        node_depth=1,
        inner_size=32,
    ).hexdigest()
)
print(
    attempt(hashlib.blake2b, b"", digest_size=65)[0],
    attempt(hashlib.md5, "text"),
    attempt(hashlib.sha256().update, 5)[0],
)

print(
    time.gmtime(0),
    time.gmtime(1700000000.9)[:],
    time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(86400 * 365)),
    time.asctime(time.gmtime(1e9)),
)
print(
    time.strptime("2024-02-29 13:14:15", "%Y-%m-%d %H:%M:%S"),
    time.gmtime(10**10).tm_year,
    time.gmtime(-1).tm_year,
)
t = time.localtime(1700000000)
print(
    time.mktime(t),
    t.tm_year,
    t.tm_zone,
    t.tm_gmtoff,
    time.strftime("%j %U %a %b %p", t),
    time.ctime(1700000000),
    t[0],
    len(t),
    t.n_fields,
)
print(
    attempt(time.gmtime, 1e30),
    attempt(time.sleep, -1),
    attempt(time.sleep, "x"),
    attempt(time.strftime, 5),
    attempt(time.asctime, (1,)),
)
print(
    attempt(time.mktime, "x"),
    attempt(time.strftime, "%Y", (2000, 13, 1, 0, 0, 0, 0, 1, 0)),
    time.struct_time(range(9)),
    time.timezone,
    time.tzname,
)
a, b = time.monotonic(), time.perf_counter_ns()
time.sleep(0.002)
print(
    time.monotonic() - a >= 0.002,
    time.perf_counter_ns() - b >= 2000000,
    abs(time.time() - time.time_ns() / 1e9) < 1,
    time.process_time() > 0,
)
print(
    time.get_clock_info("monotonic"),
    attempt(time.get_clock_info, "x"),
    time.clock_getres(time.CLOCK_REALTIME) > 0,
)

try:
    time.strftime("%S\0", time.gmtime(0))
except ValueError as e:
    print(e)
