"""Codecs: every built-in encoding, error handlers, the registry."""

import codecs
import warnings


def attempt(label, function, *args, **kwargs):
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        print(label, type(error).__name__, error)
    else:
        print(label, type(result).__name__, ascii(result))


TEXTS = [
    "",
    "ascii",
    "café",
    "日本語",
    "a\U0001f600b",
    "\ud800",
    "x\udc80\udcffy",
    "\x00\x7f\x80\xff",
    "~+-/\\ \t\n",
    "ÿĀ",
]
ENCODINGS = "utf-8 ascii latin-1 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be utf-7 unicode_escape raw_unicode_escape cp1252 iso8859-15 utf-8-sig koi8-r idna punycode cp437".split()
HANDLERS = "strict ignore replace backslashreplace xmlcharrefreplace surrogateescape surrogatepass".split()
for encoding in ENCODINGS:
    for text in TEXTS:
        for handler in HANDLERS if encoding not in ("idna", "punycode", "utf-7") else ["strict"]:
            attempt(f"{encoding} {handler} {text!a}", text.encode, encoding, handler)

BYTES = [
    b"",
    b"abc",
    b"\xc3\xa9",
    b"\xe6\x97\xa5\xe6",
    b"\xff\xfe",
    b"a\x80b",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x98\x80",
    b"\xf0\x9f\x98",
    b"\xf5\x80",
    b"\xc0\x80",
    b"\xe0\x80\x80",
    b"\xf4\x90\x80\x80",
    b"a\x00b\x00",
    b"\xff\xfea\x00",
    b"\xfe\xff\x00a",
    b"\x00\xd8",
    b"\x00\xd8a\x00",
    b"\x00\xdca\x00",
    b"a\x00\x00\x00",
    b"\x00\x00\x11\x00",
    b"\xff\xfe\x00\x00a\x00\x00\x00",
    b"abc\x80\x81\xfe\xff",
    b"+AGEAYg-",
    b"+2D3eAA-",
    b"+-",
    b"a+b",
    b"+AG",
    b"\\u65e5\\x41\\n\\101",
    b"\\x4",
    b"\\U00110000",
    b"\\",
    b"\\q",
    b"\\N{LATIN",
    b"\xe2\x82",
    b"\xe2(\xa1",
]
for encoding in ENCODINGS[:15]:
    for data in BYTES:
        for handler in (
            "strict",
            "ignore",
            "replace",
            "backslashreplace",
            "surrogateescape",
            "surrogatepass",
        ):
            attempt(f"{encoding} {handler} {data!r}", data.decode, encoding, handler)


def handler(error):
    return f"<{error.encoding}:{error.start}-{error.end}:{error.reason}>", error.end


codecs.register_error("mine", handler)
codecs.register_error("bytes", lambda e: (b"!?", e.end))
codecs.register_error("bad", lambda e: "nothing")
codecs.register_error("rewind", lambda e: ("x", e.end + 100))
for encoding in ("ascii", "utf-8", "latin-1", "cp1252", "utf-16-le"):
    attempt(encoding, "a日\ud800b".encode, encoding, "mine")
    attempt(encoding, "a日\ud800b".encode, encoding, "bytes")
    attempt(encoding, "a日\ud800b".encode, encoding, "bad")
    attempt(encoding, "a日\ud800b".encode, encoding, "rewind")
    attempt(encoding, "a日\ud800b".encode, encoding, "unknown-handler")
    attempt(encoding, b"a\xff\x81b\xd8".decode, encoding, "mine")
    attempt(encoding, b"a\xff\x81b\xd8".decode, encoding, "bad")

attempt("lookup", codecs.lookup_error, "none such")
attempt("lookup", codecs.lookup, "none such")
print(
    codecs.lookup("UTF8").name,
    codecs.lookup("Latin1").name,
    codecs.getencoder("ascii")("abc"),
    codecs.getdecoder("utf-8")(b"abc"),
)
print(
    codecs.encode("abc", "rot13"),
    codecs.encode(b"abc", "hex"),
    codecs.decode(b"616263", "hex"),
    codecs.encode(b"abc", "base64"),
)
attempt("text", "abc".encode, "rot13")
attempt("text", b"abc".decode, "hex")
decoder = codecs.getincrementaldecoder("utf-8")()
print([decoder.decode(bytes([b])) for b in "日é".encode()], decoder.decode(b"", True))
decoder = codecs.getincrementaldecoder("utf-16")()
print([decoder.decode(bytes([b])) for b in "a\U0001f600".encode("utf-16")])
encoder = codecs.getincrementalencoder("utf-16")()
print(encoder.encode("a"), encoder.encode("b", True))
print(
    codecs.escape_decode(rb"a\x41\n\101"),
    codecs.escape_encode(b"a\x00'\\"),
    codecs.charmap_encode("ab", "strict", {97: 1, 98: b"zz"}),
    codecs.charmap_decode(b"\x00\x01", "strict", {0: "x", 1: 0x65E5}),
)
print(
    codecs.utf_8_decode(b"a\xe6\x97"),
    codecs.utf_16_ex_decode(b"\xff\xfea\x00", "strict", 0, False),
    codecs.BOM_UTF8,
)
try:
    "é".encode("ascii")
except UnicodeEncodeError as error:
    print(error.args, error.encoding, error.object, error.start, error.end, error.reason)
try:
    b"a\xff".decode()
except UnicodeDecodeError as error:
    print(error.args, error.encoding, error.object, error.start, error.end, error.reason)

# Half a pair before an error; a surrogate in pieces; octal escapes that are too large.
for raw in (b"a+2AE\xffb", b"a+2AEA-b", b"a+2AH-b", b"a+IKzYAd-b", b"+2AE-", b"+2AEx"):
    print(raw, [ascii(raw.decode("utf-7", errors)) for errors in ("replace", "ignore", "backslashreplace")])
decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")
print(ascii([decoder.decode(b"\xed"), decoder.decode(b"\xa0"), decoder.decode(b"\x80", True)]))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for raw in (rb"\501", rb"\777\z", rb"\377", rb"\8\400"):
        print(codecs.escape_decode(raw), ascii(raw.decode("unicode_escape")))
    print([str(w.message) for w in caught])

# A handler for UTF-8 and its like may only give ASCII.
codecs.register_error("test.snake", lambda e: ("\U0001f40d", e.end))
codecs.register_error("test.plain", lambda e: ("snake", e.end))
for name in "utf-8", "utf-16", "utf-32-le", "ascii", "utf-7":
    for handler in "test.snake", "test.plain":
        try:
            print(name, handler, "[\udc80]".encode(name, handler))
        except UnicodeEncodeError as e:
            print(name, handler, e)
