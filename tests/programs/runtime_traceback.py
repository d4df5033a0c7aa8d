"""The text of tracebacks that the default hook prints."""

import sys


def show(f):
    try:
        f()
    except BaseException as e:
        sys.stderr = sys.stdout
        sys.excepthook(type(e), e, e.__traceback__)
        sys.stderr = sys.__stderr__
        print("-----")


def div(a, b):
    return a / b


class O:
    attr = 1

    def method(self):
        return self.atr

    def __str__(self):
        raise ValueError


o = O()
d = {"k": {"j": 1}}
x = y = z = 1
lst = [1, 2, 3]
show(lambda: div(1, 0))
show(lambda: o.attr.foo.bar)
show(lambda: d["k"]["zz"])
show(lambda: (x + y) + lst)
show(lambda: x + y * "a" ** 2)
show(lambda: lst[x : y : z][10])
show(lambda: lst[10] + 1)
show(lambda: f"{1/0}")
show(lambda: -"a")
show(lambda: not_defined_anywhere)
show(lambda: lts)
show(lambda: o.method())
show(lambda: o.attrr)
show(lambda: print(1, 2, sep=3))
show(lambda: x < "a")
show(lambda: x @ y)
show(lambda: x // 0 + 1)
show(lambda: (1 + 2) // (3 - 3))
show(lambda: "é" + 1 + "ü" if x else 0)
show(lambda: div(
    1,
    0,
) + 3)


def multi():
    return (
        x
        + y
        + "a"
    )


show(multi)


def rec(n):
    if n == 0:
        raise RuntimeError("bottom")
    rec(n - 1)


show(lambda: rec(10))
show(lambda: rec(4))
show(lambda: rec(3))
show(lambda: rec(2))


def chain():
    try:
        try:
            div(1, 0)
        except ZeroDivisionError as e:
            raise KeyError("k") from e
    except KeyError:
        raise ValueError("v")


show(chain)


def notes():
    e = ValueError("with notes")
    e.add_note("first")
    e.add_note("second\nline")
    raise e


show(notes)


def badnotes():
    e = ValueError("bad notes")
    e.__notes__ = 3
    raise e


show(badnotes)


class BadStr(Exception):
    def __str__(self):
        raise RuntimeError


class Inner:
    class Nested(Exception):
        pass


def raiser(e):
    raise e


show(lambda: raiser(BadStr()))
show(lambda: raiser(Inner.Nested("n")))
show(lambda: raiser(Exception()))
show(lambda: raiser(Exception("")))
show(lambda: raiser(KeyError("k")))
show(lambda: raiser(Exception("two\nlines")))
show(lambda: exec("a = 1\nb = 1/0"))
show(lambda: exec("a b"))
show(lambda: exec("  x = (1 +\n"))
show(lambda: exec("def f(:\n pass"))
show(lambda: compile("x = 'abc\ny", "nofile.py", "exec"))
show(lambda: compile("for\n", "nofile.py", "exec"))
show(lambda: compile("if x:\n  a\n b\n", "nofile.py", "exec"))
show(lambda: compile("f(a b c)", "nofile.py", "exec"))
show(lambda: raiser(SyntaxError("custom")))
show(lambda: raiser(SyntaxError("custom", ("f", 3, 2, "  abc\n"))))
show(lambda: raiser(SyntaxError("custom", (None, 3, 2, "abc"))))
show(lambda: raiser(SyntaxError("custom", ("f", 3, None, "abc"))))
show(lambda: raiser(SyntaxError("custom", ("f", 3, 2, None))))
show(lambda: raiser(SyntaxError("custom", ("f", 3, 2, "abcdef", 3, 5))))


def group():
    excs = []
    for f in (lambda: div(1, 0), lambda: lst[10], lambda: raiser(ExceptionGroup("in", [ValueError(1), chain_exc()]))):
        try:
            f()
        except Exception as e:
            excs.append(e)
    eg = ExceptionGroup("top", excs)
    eg.add_note("a note")
    raise eg


def chain_exc():
    try:
        chain()
    except ValueError as e:
        return e


show(group)
show(lambda: raiser(ExceptionGroup("many", [ValueError(i) for i in range(20)])))


def from_group():
    try:
        group()
    except ExceptionGroup:
        raise KeyError("after group")


show(from_group)


def deep_group(n):
    e = ValueError("leaf")
    for i in range(n):
        e = ExceptionGroup(f"level {i}", [e])
    raise e


show(lambda: deep_group(12))
sys.tracebacklimit = 2
show(lambda: rec(5))
sys.tracebacklimit = 0
show(lambda: rec(5))
del sys.tracebacklimit
e = ValueError("cycle")
e2 = KeyError("other")
e.__context__ = e2
e2.__context__ = e
show(lambda: raiser(e))


def importer():
    import no_such_module_zzz


show(importer)


def from_import():
    from os import no_such_name_zzz


show(from_import)
if len(sys.argv) > 1:
    sys.exit("bye")


# What a class's own lookup raises is about the name that was asked for; carets stay within their line.
class Fallback:
    blech = None

    def __getattr__(self, name):
        raise AttributeError()


try:
    Fallback().bluch
except AttributeError as e:
    print(e.name, type(e.obj).__name__)
    sys.__excepthook__(*sys.exc_info())
for place in (("bad.py", 1, 2, "abcdefg", 1, 100), ("bad.py", 1, 5, "abc", 1, 6)):
    try:
        raise SyntaxError("bad", place)
    except SyntaxError:
        sys.__excepthook__(*sys.exc_info())
