"""The csv module: dialects, quoting, escapes, errors."""

import csv
import io


def attempt(label, f):
    try:
        print(label, "->", f())
    except BaseException as e:
        print(label, "!!", type(e).__name__, e)


def parse(text, **kw):
    return list(csv.reader(io.StringIO(text, newline=""), **kw))


def dump(rows, **kw):
    out = io.StringIO()
    csv.writer(out, **kw).writerows(rows)
    return out.getvalue()


for text in ("a,b\n1,2\n", 'a,"b, c",d\r\n"x""y",z', "\n\na\n", '"multi\nline",2\n', "a, b\n", 'a"b,c\n', '"a"b,c\n', "", ",\n",
             "é,\u20ac\n", 'last,"open'):
    attempt(repr(text), lambda: parse(text))
    attempt("strict", lambda: parse(text, strict=True))
attempt("space", lambda: parse("a, b,  'c, d'\n", skipinitialspace=True, quotechar="'"))
attempt("escape", lambda: parse("a\\,b,c\\\\d\n", escapechar="\\"))
attempt("nonnumeric", lambda: parse('1,"a",2.5\n', quoting=csv.QUOTE_NONNUMERIC))
attempt("nonnumeric bad", lambda: parse("x\n", quoting=csv.QUOTE_NONNUMERIC))
attempt("none", lambda: parse('"a",b\n', quoting=csv.QUOTE_NONE))
attempt("tab", lambda: parse("a\tb\n", dialect="excel-tab"))
attempt("newline", lambda: list(csv.reader(["a\rb"])))
attempt("bytes", lambda: list(csv.reader([b"a"])))
attempt("delimiter", lambda: parse("a", delimiter="ab"))
attempt("delimiter", lambda: parse("a", delimiter=3))
attempt("quotechar", lambda: parse("a", quotechar=None))
attempt("quotechar", lambda: parse("a", quotechar=None, quoting=csv.QUOTE_ALL))
attempt("quoting", lambda: parse("a", quoting=9))
attempt("quoting", lambda: parse("a", quoting="x"))
attempt("terminator", lambda: parse("a", lineterminator=4))
attempt("unknown", lambda: parse("a", dialect="nope"))
attempt("keyword", lambda: parse("a", foo=1))
rows = [["a", 1, 2.5, None], ["x,y", 'q"q', "l\nm", " s "], [""], [], ["", ""], [True, (1, 2)]]
for kw in ({}, {"quoting": csv.QUOTE_ALL}, {"quoting": csv.QUOTE_NONNUMERIC}, {"doublequote": False, "escapechar": "\\"},
           {"quoting": csv.QUOTE_NONE, "escapechar": "!"}, {"quoting": csv.QUOTE_NONE}, {"doublequote": False},
           {"delimiter": ";", "lineterminator": "\n"}):
    attempt(kw, lambda: dump(rows, **kw))
attempt("row", lambda: dump([3]))
attempt("file", lambda: csv.writer(3))
csv.register_dialect("mine", delimiter="|", quoting=csv.QUOTE_MINIMAL)
print(sorted(csv.list_dialects()), csv.get_dialect("mine").delimiter, csv.get_dialect("mine").quotechar)
print(parse("a|b\n", dialect="mine"))
csv.unregister_dialect("mine")
attempt("gone", lambda: csv.get_dialect("mine"))
r = csv.reader(["a,b", "c,d"])
print(next(r), r.line_num, next(r), r.line_num, r.dialect.delimiter, r.dialect.strict)
old = csv.field_size_limit(5)
attempt("limit", lambda: parse("123456\n"))
print(csv.field_size_limit(old), old)
out = io.StringIO()
w = csv.DictWriter(out, ["x", "y"])
w.writeheader()
w.writerow({"x": 1, "y": "z"})
print(repr(out.getvalue()), list(csv.DictReader(io.StringIO(out.getvalue()))))
print(csv.Sniffer().sniff("a;b;c\n1;2;3\n").delimiter)


class Bad(csv.Dialect):
    delimiter = ""


attempt("bad dialect", Bad)
