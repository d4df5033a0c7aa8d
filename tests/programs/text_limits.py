"""Sizes, indices and callbacks that must end in an exception, not in a fault."""
import sys
def attempt(label, f):
    try: r = f()
    except BaseException as e: print(label, type(e).__name__, e)
    else: print(label, type(r).__name__, len(r) if hasattr(r,'__len__') else r)
    sys.stdout.flush()
attempt(1, lambda: "a".center(2**62)); attempt(2, lambda: "a".ljust(2**63-1)); attempt(3, lambda: "ab"*2**62); attempt(4, lambda: "%*d" % (2**62,1))
attempt(5, lambda: b"a".zfill(2**62)); attempt(6, lambda: "a\tb".expandtabs(2**31-1) and 1 if 0 else 0); attempt(7, lambda: bytearray(2**62)); attempt(8, lambda: bytes(2**62))
attempt(9, lambda: "{:%d}" .__mod__(2**62).format("a")); attempt(10, lambda: "a".replace("a", "b"*100)); attempt(11, lambda: "\u65e5"*2**61)
attempt(12, lambda: b"ab"*2**62); attempt(13, lambda: bytearray(b"ab")*2**62); attempt(14, lambda: "%.*f" % (2**62, 1.5)); attempt(15, lambda: "{:.%df}" .__mod__(2**62).format(1.5))
attempt(16, lambda: memoryview(b"abcd").cast("B", [2,2]).tolist()); attempt(17, lambda: "a".zfill(2**63)); attempt(18, lambda: "abc".split("b", 2**63)); attempt(19, lambda: "abc"[2**70:]); attempt(20, lambda: "abc"[::2**70])
attempt(21, lambda: "abc".find("a", -2**70, 2**70)); attempt(22, lambda: "x".join(["a"*1000]*1000)); attempt(23, lambda: bytes([1]*100000)); attempt(24, lambda: str(b"a"*10, "latin-1"))
class E:
    def __index__(self): raise ValueError("idx")
class L(list):
    def __iter__(self): return iter(["a", 5])
class M(dict):
    def __getitem__(self, k): raise RuntimeError("item")
attempt(25, lambda: "a".center(E())); attempt(26, lambda: ",".join(L())); attempt(27, lambda: "{a}".format_map(M())); attempt(28, lambda: "%(a)s" % M()); attempt(29, lambda: "abc".translate(M()))
ba = bytearray(b"a,b")
class Evil:
    def __init__(s, b): s.b = b
    def __index__(s): s.b.clear(); return 1
ba = bytearray(b"abcdef")
attempt(31, lambda: ba.__setitem__(Evil(ba), 5)); ba = bytearray(b"abcdef")
attempt(32, lambda: ba.__setitem__(0, Evil(ba))); ba = bytearray(b"abcdef")
attempt(33, lambda: ba[Evil(ba):3]); ba = bytearray(b"abcdef")
attempt(34, lambda: ba.__setitem__(slice(Evil(ba), 3), b"zz")); ba = bytearray(b"abcdef")
attempt(35, lambda: ba.insert(Evil(ba), Evil(ba))); ba = bytearray(b"abcdef")
attempt(36, lambda: ba.pop(Evil(ba))); ba = bytearray(b"abcdef")
attempt(37, lambda: ba.extend(x for x in [1, Evil(ba), 3])); attempt(38, lambda: ba.join([ba, ba])); m = memoryview(bytearray(10))
class Rel:
    def __index__(s): m.release(); return 1
attempt(39, lambda: m[Rel()]); m = memoryview(bytearray(10)); attempt(40, lambda: m.__setitem__(Rel(), 5)); m = memoryview(bytearray(10)); attempt(41, lambda: m.__setitem__(0, Rel())); m = memoryview(bytearray(10)); attempt(42, lambda: m[Rel():3])
x = []
for i in range(20000): x.append(sys.intern("name%d" % i))
x = None
for i in range(30000): sys.intern("other%d" % i)
print(sys.intern("abc") is sys.intern("ab" + "c"[:]), "".join(["a","b"]) == "ab")
def deep(n):
    s = "a"
    for i in range(n): s = [s]
    return s
attempt(43, lambda: "%r" % deep(100000)); attempt(44, lambda: "{}".format(deep(100000))); attempt(45, lambda: str(deep(100000)))
attempt(46, lambda: "{0.%s}" .__mod__("a."*100 + "b").format(1)); attempt(47, lambda: ("{:" * 1000 + "}" * 1000).format(*range(1000)))
attempt(48, lambda: "a".encode("utf-8\0")); attempt(49, lambda: b"a".decode("\ud800")); attempt(50, lambda: "a".encode("x" * 10000)); attempt(51, lambda: str(b"a", errors="\ud800"))
class BadStr(str):
    def __str__(self): return 5
attempt(52, lambda: str(BadStr("a"))); attempt(53, lambda: f"{BadStr('a')}"); attempt(54, lambda: "%s" % BadStr("a")); attempt(55, lambda: "{}".format(BadStr("a"))); attempt(56, lambda: BadStr("a").join(["b", "c"])); attempt(57, lambda: ",".join([BadStr("a")]))
