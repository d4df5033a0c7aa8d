"""The built-in functions."""

import builtins
import sys


def attempt(label, f, *args, **kwargs):
    try:
        print(label, "->", f(*args, **kwargs))
    except BaseException as e:
        print(label, "!!", type(e).__name__, e)


print(sorted(n for n in dir(builtins) if n not in ("copyright", "credits", "license", "exit", "quit", "help", "_")))
print(abs(-3), abs(-2.5), abs(3 + 4j), all([]), any([]), all([1, 0]), any([0, 2]))
attempt("abs", abs, "x")
print(ascii("é\u20ac\U0001f600"), bin(-5), oct(8), hex(255), hex(-1), bin(2**70))
attempt("hex", hex, 1.5)
print(callable(print), callable(3), callable(int), chr(97), chr(0x1F600), ord("a"), ord(b"x"), ord("\u20ac"))
attempt("chr", chr, -1)
attempt("chr", chr, 0x110000)
attempt("chr", chr, "a")
attempt("ord", ord, "ab")
attempt("ord", ord, 3)
attempt("ord", ord, b"ab")
print(divmod(7, -2), divmod(7.5, 2), pow(2, 10), pow(2, -1), pow(3, 4, 5), pow(3, -1, 7), pow(base=2, exp=3))
attempt("pow", pow, 2, 3, 0)
attempt("pow", pow, 2)
attempt("divmod", divmod, 1, 0)
print(round(2.5), round(3.5), round(-2.5), round(2.675, 2), round(1234, -2), round(2.5, None), round(number=1.25, ndigits=1))
attempt("round", round, "x")
attempt("round", round)
print(sum([1, 2, 3]), sum([1.5, 2]), sum([[1], [2]], []), sum([], 5), sum([True, 2]), sum([2**62, 2**62, 1]), sum([1, 2.5, 3j]))
print(sum([0.1] * 10), sum((x for x in range(100))), sum([1, 2], start=10), sum([2**70, 1.5]))
attempt("sum", sum, ["a"])
attempt("sum", sum, ["a"], "")
attempt("sum", sum, [b"a"], b"")
attempt("sum", sum, 3)
attempt("sum", sum)
print(min(3, 1, 2), max([3, 1, 2]), min("b", "a"), max([], default=7), min([1, -2, 3], key=abs), max("ab", "c", key=len))
print(max(1, 1.0), max(1.0, 1), min(1, 1.0), max([True, 1]))
attempt("min", min)
attempt("min", min, [])
attempt("max", max, [])
attempt("min", min, 1, 2, default=3)
attempt("min", min, 3)
attempt("min", min, [1, "a"])
attempt("min", min, [1], foo=2)
print(sorted([3, 1, 2]), sorted("cab", reverse=True), sorted([-3, 2], key=abs))
attempt("sorted", sorted)
attempt("sorted", sorted, [1], lambda x: x)
attempt("sorted", sorted, [1, "a"])
attempt("sorted", sorted, [1], foo=3)
print(list(iter([1, 2])), list(iter(iter([5, 6, 0, 7]).__next__, 0)), next(iter([1])), next(iter([]), "d"))
attempt("next", next, 3)
attempt("next", next, iter([]))
attempt("iter", iter, 3)
attempt("iter", iter, 3, 4)
print(isinstance(1, int), isinstance(1, (str, int)), issubclass(bool, int), isinstance(1, int | str), issubclass(int, (str, object)))
attempt("isinstance", isinstance, 1, 3)
attempt("issubclass", issubclass, 1, int)
attempt("isinstance", isinstance, 1)


class A:
    x = 1

    def __init__(self):
        self.y = 2

    def __dir__(self):
        return ["q", "a"]

    def __format__(self, spec):
        return f"<{spec}>"

    def __hash__(self):
        return 42


a = A()
print(getattr(a, "y"), getattr(a, "z", 5), hasattr(a, "x"), hasattr(a, "z"), vars(a), dir(a), hash(a), format(a, "s"), format(3.14159, ".2f"))
setattr(a, "z", 3)
delattr(a, "y")
print(vars(a))
attempt("getattr", getattr, a, "nope")
attempt("getattr", getattr, a, 3)
attempt("setattr", setattr, a, 3, 4)
attempt("hasattr", hasattr, a, 3)
attempt("delattr", delattr, a, "nope")
attempt("vars", vars, 3)
attempt("hash", hash, [])
attempt("format", format, 3, 4)
attempt("format", format, 3, "zz")
attempt("len", len, 3)
print(len("abc"), len({1: 2}), repr("a'b"), id(a) == id(a))
print(dir()[:3], sorted(k for k in vars() if k in ("a", "A")), "attempt" in globals(), globals() is locals())


def local_names(p, q=2):
    r = 3
    return sorted(locals().items()), dir()


print(local_names(1))
print(eval("1+2"), eval("  3"), eval("x+y", {"x": 1}, {"y": 5}), eval(b"4*5"), eval(compile("6", "f", "eval")))
ns = {}
exec("a = 1\nb = a + 1", ns)
print(ns["a"], ns["b"], "__builtins__" in ns)
exec(compile("c = 5", "f", "exec"), ns, ns2 := {})
print(ns2)
attempt("eval", eval, "1+")
attempt("eval", eval, 3)
attempt("exec", exec, 3)
attempt("exec", exec, "x=1", 3)
attempt("exec", exec, "x=1", {}, 3)
attempt("eval", eval, "1", 3)
attempt("exec", exec, "raise ValueError('in exec')")
attempt("compile", compile, "1", "f", "bad")
attempt("compile", compile, "1", "f")
attempt("compile", compile, "1", "f", "eval", flags=12345678)
attempt("compile", compile, "a b", "file.py", "exec")
attempt("compile", compile, "\0", "f", "exec")
try:
    compile("x = (1,\ny = 2", "some/file.py", "exec")
except SyntaxError as e:
    print(e.msg, e.filename, e.lineno, e.offset, repr(e.text), e.end_lineno, e.end_offset)
try:
    compile("if 1:\nx", "some/file.py", "exec")
except IndentationError as e:
    print(e.msg, e.filename, e.lineno, e.offset, repr(e.text))


def free(n):
    def inner():
        return n

    return inner


attempt("exec closure", exec, free(3).__code__)
attempt("eval closure", eval, free(3).__code__)
exec(free(3).__code__, closure=free(4).__closure__)
attempt("closure", exec, "1", closure=())
print("a", "b", sep="-", end="!\n")
print()
print("x", None, sep=None, end=None, file=None, flush=True)
attempt("print", print, 1, sep=3)
attempt("print", print, 1, foo=3)


class W:
    def __init__(self):
        self.parts = []

    def write(self, s):
        self.parts.append(s)


w = W()
print(1, "b", file=w)
print(w.parts)


class BadStr:
    def __str__(self):
        raise RuntimeError("bad str")


attempt("print bad", print, "before", BadStr())
print(__import__("os.path").__name__, __import__("os.path", fromlist=["join"]).__name__)
attempt("__import__", __import__, "no_such_module_at_all")
attempt("__import__", __import__, "")
attempt("__import__", __import__, "x", level=1)
attempt("__import__", __import__, 3)


def make():
    class Meta(type):
        @classmethod
        def __prepare__(m, name, bases, **kw):
            print("prepare", name, bases, kw)
            return {}

        def __new__(m, name, bases, ns, **kw):
            print("new", name, kw)
            return super().__new__(m, name, bases, ns)

        def __init__(cls, name, bases, ns, **kw):
            pass

    class B(metaclass=Meta, opt=1):
        pass

    class Entry:
        def __mro_entries__(self, bases):
            print("mro_entries", len(bases))
            return (B,)

    class C(Entry(), opt=2):
        def who(self):
            return __class__.__name__

    print(C.__bases__, type(C), C.__orig_bases__[0].__class__.__name__, C().who())


make()


class M1(type):
    pass


class M2(type):
    pass


class X1(metaclass=M1):
    pass


class X2(metaclass=M2):
    pass


attempt("meta conflict", lambda: type("Z", (X1, X2), {}))


def conflict():
    class Z(X1, X2):
        pass


attempt("meta conflict", conflict)
attempt("build_class", __build_class__)
attempt("build_class", __build_class__, 1, 2)
print(list(zip([1, 2], "ab")), list(map(str, [1, 2])), list(filter(None, [0, 1])), list(enumerate("ab", 3)), list(reversed([1, 2])))
print(bool([]), bytes([65]), complex(1, 2), dict(a=1), frozenset([1]), set([1]), slice(1, 2), type(3), object is object)
sys.displayhook(3)
sys.displayhook(None)
print(builtins._)
