"""Standard modules that live on text."""
import textwrap, html, string, urllib.parse, json, re, difflib, base64, codecs, io, locale, shlex, fnmatch, gettext, quopri, pprint, reprlib, unicodedata, encodings.idna, stringprep
print(textwrap.fill("the quick brown fox " * 10, 40)); print(html.escape("<a href='x'>é&</a>"), html.unescape("&eacute;&lt;&#x65e5;"))
print(urllib.parse.quote("a b/é?日"), urllib.parse.unquote("a%20b%C3%A9%FF"), urllib.parse.urlencode({"a": "é", "b": [1, 2]}, doseq=True), urllib.parse.urlsplit("http://u:p@h:80/p?q#f"))
print(json.dumps({"a": ["é", "\u2028", 1.5, None, True], "日": "\x00"}), json.dumps("é日", ensure_ascii=False), json.loads('{"a": "\\u00e9\\ud83d\\ude00", "b": [1, 2.5, "x"]}'))
print(re.sub(r"(\w+)é", lambda m: m[1].upper(), "abcé defé"), re.split(r"[,;]\s*", "a, b;c"), re.findall(r"\d+", "12 abc 34"), re.compile(rb"\x00+").sub(b"-", b"a\x00\x00b"))
print("\n".join(difflib.unified_diff("a b c".split(), "a x c".split(), lineterm="")))
print(shlex.split("a 'b c' \"d e\" f\\ g"), fnmatch.fnmatch("abc.py", "*.py"), quopri.encodestring("é=x".encode()))
print("bücher.example".encode("idna"), b"xn--bcher-kva.example".decode("idna"), unicodedata.normalize("NFKC", "ﬁ①"))
f = io.StringIO("a\nb\r\nc"); print(list(f)); g = io.TextIOWrapper(io.BytesIO("é\n日\n".encode("utf-16")), encoding="utf-16"); print(g.read())
w = io.TextIOWrapper(io.BytesIO(), encoding="latin-1", errors="replace"); w.write("é日"); w.flush(); print(w.buffer.getvalue())
print("%-10s|%5.1f|%05d" % ("a", 3.14159, 42), "{:>{w}}".format("x", w=5), f"{'a':^7}|{1e10:,.2f}|{255:#x}")
class C:
    def __format__(self, s): return "C" + s
print(f"{C():>5}", "{:abc}".format(C()), format(C()))
print(string.printable[:10], string.capwords("a b"), repr(string.Formatter().vformat("{0}{a}", (1,), {"a": 2})))
print(re.sub(b"y", bytearray(b"a"), bytearray(b"xyz")), re.sub(b"y", memoryview(b"a"), b"xyz"))
for pattern in (r"\Ab", r"^b", r"(?m)^b", r"^b|c", r"(?:^)b", r"^"):
    p = re.compile(pattern)
    print(pattern, [m.span() for m in p.finditer("ab\nb")], p.search("ab", 1), p.search("ba"), p.search("b\nb", 1))
