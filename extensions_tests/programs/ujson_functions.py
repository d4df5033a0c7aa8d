"""Every export of ujson, with all options and the errors of both directions."""

import io
import math

import ujson
from probe import Probe

p = Probe(ujson)


class ToDict:
    def toDict(self):
        return {"a": 1}


class BadToDict:
    def toDict(self):
        return 5


class Json:
    def __json__(self):
        return '{"raw": true}'


class JsonBytes:
    def __json__(self):
        return b"[1]"


class BadJson:
    def __json__(self):
        return 3


class Raising:
    def toDict(self):
        raise KeyError("toDict")


class RaisingJson:
    def __json__(self):
        raise ValueError("__json__")


class Other:
    def __repr__(self):
        return "<other \u20ac>"


class Text(str):
    pass


class Number(int):
    pass


class Many(list):
    pass


class Mapping(dict):
    pass


VALUES = (
    None,
    True,
    False,
    0,
    -1,
    2**31,
    -(2**31) - 1,
    2**62,
    2**63 - 1,
    -(2**63),
    2**63,
    2**64 - 1,
    2**64,
    -(2**70),
    0.0,
    -0.0,
    1.5,
    0.1,
    1e100,
    1e-7,
    1.7976931348623157e308,
    5e-324,
    123456789.123456789,
    "",
    "text",
    "quote\" slash/ back\\ \b\f\n\r\t\x00\x1f\x7f",
    "caf\xe9 \u20ac \U0001f600",
    "\ud800",
    "<b>&</b>",
    [],
    [1, [2, [3, []]]],
    (),
    (1, "two", 3.0),
    {},
    {"a": 1, "b": [1, 2], "c": {"d": None}},
    {1: "int", 1.5: "float", None: "none", True: "true", "s": "str"},
    {b"bytes": 1},
    Text("sub"),
    Number(5),
    Many([1, 2]),
    Mapping(a=1),
)
for value in VALUES:
    text = p.call("dumps", value)
    if text is not None and p.find("encode")(value) != text:
        print("encode differs")
    if text is not None:
        p.fails("loads again", p.find("loads"), text)

for thing in (ToDict(), BadToDict(), Json(), JsonBytes(), BadJson(), Raising(), RaisingJson(), Other(), {1, 2}, 1j, b"bytes", object):
    p.fails("dumps " + type(thing).__name__, lambda thing=thing: ujson.dumps([thing]))
p.fails("dumps [inf]", lambda: ujson.dumps([math.inf, -math.inf, math.nan]))
for value in (math.inf, -math.inf, math.nan):
    p.call("dumps", value, allow_nan=False)

# Options.
sample = {"b": [1, {"x": "<&>/"}], "a": "caf\xe9\U0001f600", "c": {}, "d": []}
for options in (
    {"ensure_ascii": False},
    {"encode_html_chars": True},
    {"escape_forward_slashes": False},
    {"sort_keys": True},
    {"indent": 2},
    {"indent": 0},
    {"indent": -1},
    {"indent": -5},
    {"indent": 4, "sort_keys": True, "ensure_ascii": False},
    {"separators": (", ", ": ")},
    {"separators": ("\u20ac", "=")},
    {"separators": None, "default": None},
    {"indent": 1, "separators": (";", "->")},
    {"reject_bytes": True},
    {"indent": 1001},
    {"separators": [",", ":"]},
    {"separators": (",",)},
    {"separators": (1, ":")},
    {"separators": (",", 2)},
    {"indent": "2"},
    {"no_such": 1},
):
    p.call("dumps", sample, **options)
    p.call("encode", [1, "\xe9"], **options)
p.call("dumps", sample, False, True, False, True, 1)
p.call("dumps", b"a\xc3\xa9", reject_bytes=False)
p.call("dumps", {b"k": b"\xff"}, reject_bytes=False)
p.call("dumps", [b"x"], reject_bytes=True)
p.call("dumps", {2: 1, "a": 2}, sort_keys=True)
p.call("dumps")
p.call("dumps", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
for text, default in (
    ("repr", repr),
    ("to list", lambda o: [1, o.__class__.__name__]),
    ("itself", lambda o: o),
    ("raises", lambda o: 1 / 0),
    ("not callable", 5),
):
    p.fails(f"default {text}", lambda default=default: ujson.dumps({"o": Other()}, default=default))

deep = []
for _ in range(2000):
    deep = [deep]
p.fails("too deep", lambda: ujson.dumps(deep))
circular = {}
circular["self"] = circular
p.fails("circular", lambda: ujson.dumps(circular))

# Decoding.
for text in (
    "null",
    " [ 1 , 2.5e3 , -0 , true , false , null ] ",
    '{"a": {"b": [1, 2, {"c": "d"}]}, "a": 2}',
    '"\\u20ac \\ud83d\\ude00 \\n\\t\\/\\\\\\""',
    '"\\ud83d"',
    '"caf\xe9 \u20ac"',
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "1e308",
    "1e999",
    "-1.5E-3",
    "NaN",
    "Infinity",
    "-Infinity",
    "0.1234567890123456789",
    "[]",
    "{}",
    "",
    " ",
    "[",
    "[1",
    "[1,",
    "[1,]",
    "{",
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,}',
    "{1:2}",
    "tru",
    "falsy",
    "nul",
    "Nan",
    "Infinitx",
    "-Infinitx",
    '"abc',
    '"\\x"',
    '"\\u12"',
    '"\\u12G4"',
    "[1] 2",
    "?",
    "-",
    "1.",
    "[" * 1100 + "]" * 1100,
):
    p.call("loads", text)
p.call("decode", "[1]")
for data in (b'{"a": "caf\xc3\xa9"}', bytearray(b"[1, 2]"), memoryview(b"[3]")):
    p.fails("loads of " + type(data).__name__, lambda data=data: ujson.loads(data))
for data in (b'"\xff"', b'"\xc3"', b'"\xc3(', b'"\x80"', b'"\xf5\x80\x80\x80"', b'"\xe2\x82"', b'"\xc0\x80"', None, 5, ["1"]):
    p.call("loads", data)
p.call("loads")
p.call("loads", "1", "2")

error = p.find("JSONDecodeError")
print(error.__name__, error.__module__, error.__mro__[1].__name__)
try:
    ujson.loads("[1,")
except ujson.JSONDecodeError as caught:
    print("caught", type(caught).__name__, caught.args)
print(issubclass(error, ValueError), repr(error("x")), isinstance(p.value("__version__"), str))

# Files.
out = io.StringIO()
print(p.find("dump")([1, {"a": "\xe9"}], out, ensure_ascii=False), out.getvalue())


class Writer:
    def write(self, text):
        print("write", text)


class BadWriter:
    write = 5


class FailingWriter:
    def write(self, text):
        raise OSError("full")


class Reader:
    def __init__(self, text):
        self.text = text

    def read(self):
        return self.text


for file in (Writer(), BadWriter(), FailingWriter(), 5):
    p.fails("dump to " + type(file).__name__, lambda file=file: ujson.dump([1], file))
p.fails("dump unserializable", lambda: ujson.dump([1j], Writer()))
p.call("dump")
for content in ('{"a": 1}', b"[2]", "[", 5):
    p.seen.add("load")
    p.fails(f"load {content!r}", lambda content=content: ujson.load(Reader(content)))
print(ujson.load(io.StringIO("[1, 2]")))
p.fails("load 5", lambda: ujson.load(5))
p.fails("load closed", lambda: ujson.load(BadWriter()))
p.call("load")

# Bigger than the encoder's buffer on the stack, and the decoder's.
long_text = "\u20ac" * 3000
print(len(ujson.dumps([long_text] * 4)), ujson.loads(ujson.dumps([long_text] * 4)) == [long_text] * 4)
table = [{"id": i, "name": f"n{i}", "value": i / 7, "tags": ["a", "b"]} for i in range(30)]
print(ujson.loads(ujson.dumps(table)) == table, len(ujson.dumps(table, indent=1)))
p.done()
