"""Scopes and namespaces: cells, class bodies, exec and eval, frames' variables, import forms, code objects."""

import sys


def cell_args(a, *args, b=2, **kw):
    def inner():
        return a, args, b, kw

    a += 1
    return inner


print(cell_args(1, 2, 3, b=4, c=5)(), cell_args(10)())


def late():
    fs = []
    for i in range(3):
        def f(j=i):
            return i, j

        fs.append(f)
    return [f() for f in fs]


print(late())


class Outer:
    x = "class"
    y = [x for _ in range(1)] if False else x

    def method(self):
        return __class__, x  # noqa: F821

    class Inner:
        z = "inner"

        def get(self):
            return Outer.x, self.z, __class__.__qualname__


x = "global"
print(Outer().method(), Outer.Inner().get(), Outer.y, Outer.Inner.get.__qualname__)


def class_in_function(v):
    class Local:
        value = v
        v = "shadow"
        seen = v

        def m(self):
            return v

    return Local


L = class_in_function(7)
print(L.value, L.seen, L().m(), L.__qualname__)


def nonlocal_chain():
    a = 0

    def one():
        def two():
            nonlocal a
            a += 1
            return a

        return two

    two = one()
    two()
    return two(), a


print(nonlocal_chain())


def global_write():
    global made_here
    made_here = "yes"


global_write()
print(made_here)  # noqa: F821


def locals_snapshot(p):
    q = p + 1

    def use():
        return q

    frame = sys._getframe()
    names = sorted(frame.f_locals)
    again = locals() is locals(), sorted(locals())
    return names, again, use()


print(locals_snapshot(1))


def caller_locals():
    return sorted(sys._getframe(1).f_locals)


def has_locals(first, second):
    third = first + second  # noqa: F841
    return caller_locals()


print(has_locals(1, 2))


def keep_frame():
    kept = "variable"  # noqa: F841
    return sys._getframe()


fr = keep_frame()
print(fr.f_locals, fr.f_code.co_name, fr.f_back is None or fr.f_back.f_code.co_name, fr.f_lineno > 0)
fr.clear()
print(fr.f_locals)


class Recorder(dict):
    def __setitem__(self, k, v):
        print("set", k)
        super().__setitem__(k, v)

    def __missing__(self, k):
        return f"missing {k}"


ns = Recorder()
exec("a = 1\nb = a + 1\nprint(unknown)\ndel a", {"__builtins__": {"print": print}}, ns)
print(sorted(ns))
try:
    exec("print(len([]))", {"__builtins__": {"print": print}})
except NameError as e:
    print(e)
print(eval("[i * k for i in range(3)]", {"k": 3}), eval("x", {"x": 1}, {"x": 2}))
exec(compile("def g(n):\n    yield from range(n)\nr = list(g(3))", "<made>", "exec"), ns2 := {})
print(ns2["r"], ns2["g"].__code__.co_filename)


def comprehension_scopes():
    n = 3
    total = [y := i + n for i in range(n)]
    nested = [[a + b + n for a in range(2)] for b in range(2)]
    return total, y, nested, {k: v for k, v in zip("ab", total)}


print(comprehension_scopes())


def del_and_rebind():
    v = 1
    del v
    try:
        v  # noqa: B018, F821
    except UnboundLocalError as e:
        print(e)
    v = 2
    del v
    for v in range(2):
        pass
    return v


print(del_and_rebind())


def del_cell():
    c = 1

    def f():
        return c

    f()
    del c
    try:
        f()
    except NameError as e:
        print(e)
    c = 5
    return f()


print(del_cell())
code = cell_args.__code__
print(code.co_varnames, code.co_cellvars, code.co_argcount, code.co_kwonlyargcount, code.co_flags & 0xC, code.co_nlocals)
print(code.replace(co_name="other").co_name, code == code.replace(), code == code.replace(co_firstlineno=1), hash(code) == hash(code))
print(list(late.__code__.co_positions())[:4])
print(late.__code__.co_consts[1:4], late.__code__.co_names)


def annotated(a: int, b: "str" = "x", *c: float, d: list = None, **e: dict) -> bool:
    z: int = 1
    return z


print(annotated.__annotations__)
q: int = 3
r_: str
print(__annotations__)
from math import *  # noqa: E402, F403
from math import pi as renamed, sqrt  # noqa: E402
import os.path as osp, collections.abc  # noqa: E402, E401

print(floor(2.7), renamed > 3, sqrt(16), osp.basename("/a/b"), collections.abc.Sized.__name__)  # noqa: F405
try:
    from math import nothing_like_this  # noqa: F401
except ImportError as e:
    print(e)
try:
    import no_such_module_at_all  # noqa: F401
except ModuleNotFoundError as e:
    print(e, e.name)


def varied(n):
    """Type feedback changes under way."""
    out = []
    for v in (1, 2.5, "s", [1], (2,), True, None, 10**30, 3, 4.0, "t"):
        try:
            out.append(v + v)
        except TypeError as e:
            out.append(str(e))
        try:
            out.append(v[0])
        except (TypeError, KeyError) as e:
            out.append(str(e))
        out.append(v == v and v is not None and (v < v if not isinstance(v, type(None)) else "n"))
    return out


for _ in range(4):
    result = varied(3)
print(result)


def shapes(flag):
    class K:
        pass

    k = K()
    if flag:
        k.a = 1
    k.b = 2
    k.c = 3
    return k.b, k.c, sorted(vars(k))


print([shapes(i % 2) for i in range(6)][-2:])


class Grow:
    def __init__(self, n):
        for i in range(n):
            setattr(self, f"a{i}", i)

    def total(self):
        return sum(getattr(self, n) for n in self.__dict__)


print(Grow(40).total(), Grow(3).a2)
g1 = Grow(3)
g1.__class__ = type("Other", (), {"total": lambda self: "other"})
print(g1.total(), g1.a1)


def many_locals():
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = 1
    b0, b1, b2, b3, b4 = range(5)
    return a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + b0 + b1 + b2 + b3 + b4


print(many_locals())
big = "def big():\n" + "".join(f"    v{i} = {i}\n    if v{i} < 0: return {i}\n" for i in range(700)) + "    return v699"
exec(big, bigns := {})
print(bigns["big"]())
