"""Calls of ujson's functions on small and middling documents."""

import io
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "harness"))

import ujson  # noqa: E402
from extension_loops import measure  # noqa: E402

SMALL = {"id": 12345, "name": "a name", "ok": True, "none": None}
INTS = list(range(100))
FLOATS = [i / 7 for i in range(50)]
STRINGS = [f"string number {i}" for i in range(50)]
NESTED = {"rows": [{"id": i, "tags": ["x", "y"], "value": i * 0.25} for i in range(20)]}
TEXT = ["caf\xe9 \u20ac", "\U0001f600 smile"] * 5


def dumps(value, **options):
    def loop(n):
        total, call = 0, ujson.dumps
        for _ in range(n):
            total += len(call(value, **options))
        return total

    def plain(n):
        total, call = 0, ujson.dumps
        for _ in range(n):
            total += len(call(value))
        return total

    return loop if options else plain


def loads(value):
    text = ujson.dumps(value)

    def loop(n):
        total, call = 0, ujson.loads
        for _ in range(n):
            total += len(call(text))
        return total

    return loop


def loads_bytes(n):
    total, call, data = 0, ujson.loads, ujson.dumps(SMALL).encode()
    for _ in range(n):
        total += len(call(data))
    return total


def dump(n):
    class Sink:
        size = 0

        def write(self, text):
            self.size += len(text)

    sink, call = Sink(), ujson.dump
    for _ in range(n):
        call(SMALL, sink)
    return sink.size


def load(n):
    total, call, file = 0, ujson.load, io.StringIO(ujson.dumps(SMALL))
    for _ in range(n):
        file.seek(0)
        total += len(call(file))
    return total


measure(
    {
        "dumps small": dumps(SMALL),
        "dumps ints": dumps(INTS),
        "dumps floats": dumps(FLOATS),
        "dumps strings": dumps(STRINGS),
        "dumps nested": dumps(NESTED),
        "dumps unicode": dumps(TEXT, ensure_ascii=False),
        "dumps sorted, indented": dumps(NESTED, sort_keys=True, indent=2),
        "loads small": loads(SMALL),
        "loads ints": loads(INTS),
        "loads floats": loads(FLOATS),
        "loads strings": loads(STRINGS),
        "loads nested": loads(NESTED),
        "loads unicode": loads(TEXT),
        "loads bytes": loads_bytes,
        "dump": dump,
        "load": load,
    }
)
