"""Where a SyntaxError is, and warnings of the compiler, also where they are errors."""

import codeop
import warnings

SOURCES = [
    "lambda a, /, a: None",
    "def f(a, a): pass",
    "nonlocal x",
    "def f():\n    x: int\n    global x",
    "def f():\n    yield = 1",
    "return",
    "x = 0xfor x",
    "assert (1, 2)",
    "1 is 1",
    "'\\d'",
    "(1)(2)",
]


def compiled(source):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            compile(source, "<text>", "exec")
        except SyntaxError as e:
            return e.args, e.filename, e.lineno, e.offset, e.end_lineno, e.text
    return [(str(w.message), w.category.__name__, w.filename, w.lineno) for w in caught]


for source in SOURCES:
    print(source, compiled(source))
with warnings.catch_warnings():
    warnings.simplefilter("error")
    for source in SOURCES[6:]:
        try:
            compile(source, "<text>", "exec")
        except SyntaxError as e:
            print(e.msg, e.filename, e.lineno)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    print(eval("1 is 1"))

# What an interactive console asks: is there more to come?
for source in (
    "x = 1",
    "def f():",
    "def f():\n  pass",
    "f(1,",
    "'''a",
    "if 1:\n  pass\n",
    "x = = 2",
    "a b",
    "\\",
):
    try:
        code = codeop.compile_command(source)
        print(repr(source), "more" if code is None else code.co_name)
    except SyntaxError as e:
        print(repr(source), e.msg, e.lineno, e.offset)

# The compiler's warnings, and the SyntaxErrors that they are where warnings are errors.
for text in ("x = 1\nif x is 1: pass", "f = [(1, 2) (3, 4)]", "assert(x, 'msg')", "'\\d'", "0xfor x"):
    for how in "error", "always", "ignore":
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter(how)
            try:
                compile(text, "<t>", "exec")
            except SyntaxError as e:
                print(repr(e), e.filename, e.lineno, e.offset, e.end_lineno, e.end_offset, e.text, e.msg)
        print(how, [(w.category.__name__, str(w.message), w.lineno) for w in caught])
