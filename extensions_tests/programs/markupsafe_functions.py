"""Every export of markupsafe, and every kind of string and error its C part knows."""

import html  # noqa: F401 - used by unescape

import markupsafe
from markupsafe import EscapeFormatter, Markup, _speedups
from probe import Probe

p = Probe(markupsafe)
c = Probe(_speedups)

# The C function: all kinds of strings, with and without characters to escape.
for text in (
    "",
    "plain",
    "<>&\"'",
    "&" * 20,
    "a<b>c&d\"e'f",
    "caf\xe9",
    "caf\xe9 <b>",
    "\u20ac",
    "\u20ac & \u20ac",
    "\U0001f600",
    "<\U0001f600>",
    "\U0001f600" * 5 + "'",
    "x" * 300 + "<" + "y" * 300,
    Markup("<sub>"),
):
    c.call("_escape_inner", text)
plain = "nothing to do"
print("the same object:", c.find("_escape_inner")(plain) is plain)
for wrong in ((), ("a", "b")):
    c.call("_escape_inner", *wrong)
c.call("_escape_inner", s="a")


class Html:
    __module__ = "example"

    def __html__(self):
        return "<i>html</i>"


class HtmlFormat(Html):
    def __html_format__(self, spec):
        return f"<i>{spec}</i>"


class Plain:
    def __str__(self):
        return "<plain>"

    __repr__ = __str__


class Failing:
    def __str__(self):
        raise ValueError("no text")

    __repr__ = object.__repr__


for value in ("<a>", 42, 1.5, None, b"<x>", ["<"], Html(), Plain(), Markup("<b>"), "\u20ac<"):
    if not isinstance(value, Html):
        p.call("escape", value)
        p.call("escape_silent", value)
        p.call("soft_str", value)
p.fails("escape(Html)", markupsafe.escape, Markup(Html()))
print(markupsafe.escape(Html()), markupsafe.escape_silent(Html()))
try:
    markupsafe.escape(Failing())
except ValueError as error:
    print("escape(Failing()):", error)
p.call("escape")
p.call("escape", "a", "b")

# Markup: construction.
p.call("Markup")
p.call("Markup", "<em>")
p.call("Markup", 7)
p.call("Markup", b"caf\xc3\xa9", "utf-8")
p.call("Markup", b"\xff", "utf-8")
p.call("Markup", b"\xff<", "ascii", "replace")
p.call("Markup", "text", "utf-8")
print(Markup(Html()), Markup(Html()).__html__() == "<i>html</i>")

# Operators.
m = Markup("<em>%s</em>")
for operation in (
    lambda: m + "<x>",
    lambda: "<x>" + m,
    lambda: m + Html(),
    lambda: Html() + m,
    lambda: m * 2,
    lambda: 2 * m,
    lambda: m % "<a & b>",
    lambda: m % 3,
    lambda: m % Html(),
    lambda: Markup("%s-%s-%r") % ("<", Html(), ">"),
    lambda: Markup("%(k)s") % {"k": "<'>"},
    lambda: Markup("%d %.2f %i") % (3, 2.5, 7),
    lambda: Markup("%s") % Plain(),
    lambda: m[0],
    lambda: m[1:4],
    lambda: m[::-2],
    lambda: m + 1,
    lambda: 1 + m,
    lambda: m % ("a", "b"),
    lambda: m[100],
    lambda: m * "x",
    lambda: m == "<em>%s</em>",
    lambda: hash(m) == hash("<em>%s</em>"),
    lambda: "em" in m,
    lambda: len(m),
    lambda: {m: 1}["<em>%s</em>"],
):
    p.fails("operator", operation)

# Methods.
t = Markup("  Hello <World>\tand\nMore & more  ")
for path, arguments in (
    ("join", [["<a>", Markup("<b>"), 3]]),
    ("join", [[]]),
    ("join", [5]),
    ("split", []),
    ("split", ["o"]),
    ("split", ["o", 1]),
    ("split", [""]),
    ("rsplit", []),
    ("rsplit", ["o", 1]),
    ("splitlines", []),
    ("splitlines", [True]),
    ("capitalize", []),
    ("title", []),
    ("lower", []),
    ("upper", []),
    ("swapcase", []),
    ("casefold", []),
    ("replace", ["World", "<w>"]),
    ("replace", ["o", "0", 1]),
    ("replace", [1, 2]),
    ("ljust", [50]),
    ("ljust", [50, "<"]),
    ("ljust", [50, "*"]),
    ("rjust", [50, "*"]),
    ("center", [50]),
    ("center", ["x"]),
    ("lstrip", []),
    ("lstrip", [" H"]),
    ("rstrip", []),
    ("rstrip", [" e"]),
    ("strip", []),
    ("strip", [" He"]),
    ("translate", [{ord("H"): "J", ord("o"): None, ord("<"): "&"}]),
    ("expandtabs", []),
    ("expandtabs", [2]),
    ("zfill", [60]),
    ("removeprefix", ["  H"]),
    ("removesuffix", ["e  "]),
    ("removesuffix", ["nothing"]),
    ("partition", ["<"]),
    ("partition", ["no"]),
    ("partition", [""]),
    ("rpartition", ["o"]),
    ("striptags", []),
):
    p.method(t, f"Markup.{path}", *arguments)
p.method(Markup("&lt;a&gt; &amp; &#39;"), "Markup.unescape")
for tags in ("<!-- x --> a <b>c</b>  d", "a <b", "a <!-- b", "x &lt;y&gt;"):
    p.method(Markup(tags), "Markup.striptags")
p.method(Markup, "Markup.escape", "<'\">")
p.method(Markup, "Markup.escape", Markup("<ok>"))
p.method(Markup("{} {x} {0!r}"), "Markup.format", "<", x=Markup("<b>"))
p.method(Markup("{:>5}|{:.1f}"), "Markup.format", "<", 2.25)
p.method(Markup("{:x}"), "Markup.format", Markup("m"))
p.method(Markup("{a} {b[0]}"), "Markup.format_map", {"a": "<", "b": [1]})
p.method(Markup("{}"), "Markup.format")
print(Markup("{:spec}").format(HtmlFormat()), Markup("{}").format(Html()))
p.fails("format with spec", lambda: str(type(Markup("{:spec}").format(Html()))))
print(repr(m), str(m), type(str(m)).__name__, m.__html__() is m, m.__html_format__(""))


class Sub(Markup):
    extra = 1


for result in (Sub("<") + "<", Sub("a,b").split(","), Sub.escape("<"), Sub("%s") % "<", Sub("x").join(["<", ">"])):
    print(type(result).__name__, repr(result))

formatter = EscapeFormatter(markupsafe.escape)
p.find("EscapeFormatter")
p.seen.add("EscapeFormatter.escape")
print("escape is escape:", formatter.escape is markupsafe.escape)
p.method(formatter, "EscapeFormatter.format_field", "<", "")
p.method(formatter, "EscapeFormatter.format_field", 3.14159, ".2f")
p.method(formatter, "EscapeFormatter.format_field", "<", ">4")
p.method(formatter, "EscapeFormatter.format_field", 3, "no such")

# Results live on while garbage is made around them.
kept = [markupsafe.escape(f"<{i}>") for i in range(40)]
print("".join(kept[::7]), len(kept))

p.seen |= c.seen
p.done()
