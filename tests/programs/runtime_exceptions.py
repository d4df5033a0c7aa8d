"""The exception types: construction, attributes, messages, pickling, groups."""

import errno
import pickle


def attempt(label, f):
    try:
        print(label, "->", f())
    except BaseException as e:
        print(label, "!!", type(e).__name__, e)


def tree(cls, depth=0):
    print("  " * depth + cls.__name__)
    for sub in sorted(cls.__subclasses__(), key=lambda c: c.__name__):
        if sub.__module__ == "builtins":
            tree(sub, depth + 1)


tree(BaseException)

for e in (
    Exception(), Exception("a"), Exception("a", 1), KeyError("k"), KeyError("a", "b"), KeyError(), ValueError(None),
    StopIteration(5), SystemExit(3), SystemExit(), SystemExit(1, 2), OSError(2, "no"), OSError(2, "no", "f"),
    OSError(2, "no", "f", None, "g"), OSError("x"), OSError(), ImportError("m", name="n", path="p"),
    SyntaxError("bad", ("f.py", 3, 4, "text")), SyntaxError("bad"), SyntaxError(), SyntaxError("m", ("a/b.py", 1, 2, "t", 1, 3)),
    UnicodeEncodeError("ascii", "x\xe9y", 1, 2, "why"), UnicodeEncodeError("ascii", "x\xe9\u20acy", 1, 3, "why"),
    UnicodeEncodeError("ascii", "\U0001f600", 0, 1, "why"),
    UnicodeDecodeError("utf-8", b"a\xff", 1, 2, "bad"), UnicodeDecodeError("utf-8", b"a\xff\xfe", 1, 3, "bad"),
    UnicodeTranslateError("x\u1234", 1, 2, "r"), NameError("n", name="q"), AttributeError("a", name="q", obj=4),
    BlockingIOError(11, "again", 7),
):
    print(type(e).__name__, repr(e), "|", str(e), "|", e.args)

print(StopIteration(5).value, StopIteration().value, SystemExit(3).code, SystemExit(1, 2).code, SystemExit().code)
e = OSError(2, "no", "f", None, "g")
print(type(e), e.errno, e.strerror, e.filename, e.filename2, e.args)
for n in ("EAGAIN", "EPIPE", "ECHILD", "ECONNABORTED", "ECONNREFUSED", "ECONNRESET", "EEXIST", "ENOENT", "EISDIR",
          "ENOTDIR", "EINTR", "EACCES", "EPERM", "ESRCH", "ETIMEDOUT", "EINVAL", "EALREADY", "EINPROGRESS", "ESHUTDOWN"):
    print(n, type(OSError(getattr(errno, n), "m")).__name__)
print(BlockingIOError(11, "again", 7).characters_written)
attempt("characters_written", lambda: BlockingIOError(11, "again").characters_written)
e = ImportError("m", name="n", path="p")
print(e.msg, e.name, e.path)
attempt("ImportError kw", lambda: ImportError("m", foo=1))
attempt("AttributeError kw", lambda: AttributeError("m", foo=1))
attempt("NameError kw", lambda: NameError("m", foo=1))
attempt("ValueError kw", lambda: ValueError(a=1))
attempt("OSError kw", lambda: OSError(a=1))
e = SyntaxError("m", ("a/b.py", 1, 2, "t", 1, 3))
print(e.msg, e.filename, e.lineno, e.offset, e.text, e.end_lineno, e.end_offset, e.print_file_and_line)
attempt("SyntaxError bad", lambda: SyntaxError("m", (1, 2)))
attempt("Unicode bad", lambda: UnicodeDecodeError("utf-8", "str", 1, 2, "r"))
e = UnicodeDecodeError("utf-8", bytearray(b"ab"), 0, 1, "r")
print(e.encoding, e.object, e.start, e.end, e.reason)


class MyOS(OSError):
    def __init__(self, a, b=None, *, c=3):
        super().__init__(a, b)
        self.c = c


e = MyOS(2, "x", c=5)
print(repr(e), e.errno, e.strerror, e.c, type(e), e.args)


class WithNew(Exception):
    def __new__(cls, *args, **kw):
        return super().__new__(cls, *args)

    def __init__(self, a, *, k):
        self.k = k


e = WithNew(1, k=2)
print(repr(e), e.args, e.k)

for e in (ValueError(1, 2), KeyError("x"), OSError(2, "n", "f"), ImportError("m", name="n"), SystemExit(4),
          UnicodeDecodeError("utf-8", b"ab", 0, 1, "r"), StopIteration(9)):
    e.extra = [1]
    f = pickle.loads(pickle.dumps(e))
    print(type(f).__name__, f.args, f.__dict__, str(f))
f = pickle.loads(pickle.dumps(ImportError("m", name="n", path="q")))
print(f.name, f.path, f.msg)

e = ValueError("v")
e.add_note("one")
e.add_note("two")
print(e.__notes__, e.__dict__)
attempt("note", lambda: e.add_note(3))
attempt("args del", lambda: delattr(e, "args"))
attempt("tb", lambda: setattr(e, "__traceback__", 4))
attempt("cause", lambda: setattr(e, "__cause__", 4))
attempt("context", lambda: setattr(e, "__context__", 4))
attempt("cause del", lambda: delattr(e, "__cause__"))
e.args = [1, 2]
print(e.args, e.__suppress_context__)
e.__cause__ = KeyError()
print(e.__suppress_context__, repr(e.__cause__))
e.__suppress_context__ = False
print(e.with_traceback(None) is e, e.__traceback__)
attempt("setstate", lambda: e.__setstate__(4))
e.__setstate__({"zz": 3})
print(e.zz, e.__reduce__()[0].__name__, e.__reduce__()[1])

# chaining
try:
    try:
        raise KeyError(1)
    except KeyError as k:
        raise ValueError(2) from None
except ValueError as v:
    print(repr(v.__context__), v.__cause__, v.__suppress_context__)
try:
    try:
        raise KeyError(1)
    except KeyError as k:
        raise ValueError(2) from k
except ValueError as v:
    print(repr(v.__context__), repr(v.__cause__), v.__suppress_context__)
attempt("raise int", lambda: (_ for _ in ()).throw(3))


def raise_thing(x, cause=...):
    if cause is ...:
        raise x
    raise x from cause


attempt("raise 3", lambda: raise_thing(3))
attempt("raise str", lambda: raise_thing("s"))
attempt("raise from 3", lambda: raise_thing(ValueError, 3))
attempt("raise class", lambda: raise_thing(ValueError))


class Odd(Exception):
    def __new__(cls):
        return 3


attempt("raise odd", lambda: raise_thing(Odd))


def bare():
    raise


attempt("bare", bare)

# groups
g = ExceptionGroup("g", [ValueError(1), TypeError(2), ExceptionGroup("in", [KeyError(3), ValueError(4)])])
print(repr(g), str(g), g.message, g.exceptions)
print(g.split(ValueError))
print(g.subgroup((ValueError, KeyError)))
print(g.subgroup(lambda e: isinstance(e, TypeError)))
print(g.subgroup(OSError), g.split(OSError))
print(g.derive([OSError(1)]), type(BaseExceptionGroup("b", [KeyboardInterrupt()])), type(BaseExceptionGroup("b", [OSError()])))
attempt("empty", lambda: ExceptionGroup("e", []))
attempt("not seq", lambda: ExceptionGroup("e", 4))
attempt("not exc", lambda: ExceptionGroup("e", [ValueError(), 4]))
attempt("nest base", lambda: ExceptionGroup("e", [KeyboardInterrupt()]))
attempt("args", lambda: ExceptionGroup("e"))
attempt("args type", lambda: ExceptionGroup(3, [ValueError()]))
attempt("split type", lambda: g.split(3))
attempt("index", lambda: ExceptionGroup[int])


class MyGroup(ExceptionGroup):
    def derive(self, excs):
        return MyGroup(self.message + "!", excs)


g = MyGroup("m", [ValueError(1), TypeError(2)])
g.add_note("note")
m, r = g.split(ValueError)
print(repr(m), repr(r), m.__notes__, m.__notes__ is g.__notes__)


def star(excs):
    out = []
    try:
        try:
            raise excs
        except* ValueError as e:
            out.append(("value", repr(e)))
        except* TypeError as e:
            out.append(("type", repr(e)))
            raise KeyError("new")
    except BaseException as e:
        out.append(("left", repr(e), repr(e.__context__)))
    return out


print(star(ExceptionGroup("x", [ValueError(1), TypeError(2), OSError(3)])))
print(star(ExceptionGroup("x", [ValueError(1)])))
print(star(ValueError(1)))
print(star(OSError(1)))
print(star(TypeError(1)))


def star_bad(t):
    try:
        raise ValueError(1)
    except* t:
        pass


attempt("star group", lambda: star_bad(ExceptionGroup))
attempt("star int", lambda: star_bad(int))


def catch(t):
    try:
        raise ValueError(1)
    except t:
        return "caught"


attempt("catch int", lambda: catch(int))
attempt("catch tuple", lambda: catch((KeyError, ValueError)))
attempt("catch 3", lambda: catch(3))
attempt("deep", lambda: (lambda f: f(f))(lambda f: f(f)))


def changed(error, **attributes):
    for name, value in attributes.items():
        setattr(error, name, value)
    return str(error)


print(changed(UnicodeEncodeError("baz", "xxxxx", 1, 2, "foo"), encoding=4000, reason=[1]))
print(changed(UnicodeEncodeError("baz", "xxxxx", 1, 2, "foo"), start=1000, end=1001))
print(changed(UnicodeDecodeError("baz", b"xxxxx", 1, 2, "foo"), encoding=None, reason=7, end=5))
print(changed(UnicodeTranslateError("xxxxx", 1, 2, "foo"), reason=7, start=-3))
