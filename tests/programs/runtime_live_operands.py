"""Operands that lie on the stack while something below an instruction collects stay alive."""

import gc


class Thing:
    """Each operation collects while operands of the caller lie below it."""

    def __init__(self, name):
        self.name = name

    def collect(self, other="-"):
        gc.collect()
        return Thing(f"{self.name}{getattr(other, 'name', other)}")

    __add__ = __radd__ = __iadd__ = __matmul__ = __getitem__ = __call__ = collect

    def __neg__(self):
        return self.collect()

    def __lt__(self, other):
        return self.collect(other)

    def __contains__(self, other):
        return self.collect(other).name == other

    def __iter__(self):
        gc.collect()
        for part in self.name:
            gc.collect()
            yield Thing(part)

    def __enter__(self):
        return self.collect("enter")

    def __exit__(self, kind, value, traceback):
        gc.collect()
        return kind is KeyError

    def __format__(self, spec):
        return self.collect(spec).name

    def __bool__(self):
        gc.collect()
        return True

    def __setitem__(self, key, value):
        self.item = self.collect(key).name + value.name

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self.collect(name)

    def __repr__(self):
        return self.name


def t(name):
    return Thing(name)


def collected(name):
    gc.collect()
    return Thing(name)


def show(*args, **kwargs):
    gc.collect()
    print(*args, *kwargs.items())


def operands():
    show(t("a"), collected("b"), t("c") + collected("d"), k=t("e"), l=collected("f"))
    show(*[t("a"), collected("b")], **{"k": t("c"), "l": collected("d")})
    show([t("a"), collected("b"), *t("cd"), -t("e")], (t("f"), collected("g")))
    show({"x": t("a"), "y": collected("b"), **{"z": collected("c")}}, len({t("a"), collected("b"), t("c")}))
    show(f"{t('a')}{collected('b'):c}{t('d').e}{t('f')!r}")
    show(t("a")[collected("b")], t("a") < collected("b"), "ab" in t("a"), t("a") and collected("b"))
    show(t("a") @ collected("b")[t("c")] + t("d")(collected("e")))
    a, *b, c = t("uvwxyz")
    d, (e, f) = collected("d"), t("ef")
    show(a, b, c, d, e, f)
    box = t("box")
    box[collected("key")] = collected("value")
    show(box.item, t("m").attribute, t("a").collect(collected("b")))
    total = t("0")
    for x in t("123"):
        for y in t("45"):
            total += x + y
    show(total, [x + y for x in t("ab") for y in t("cd") if collected("e")])


def blocks():
    with t("outer") as a, collected("inner") as b:
        show(a, b, collected("c"))
        raise KeyError("swallowed")
    try:
        show(t("a"), [][collected("b").missing.name == "x"])
    except IndexError:
        show(t("in handler"), collected("b"))
        try:
            raise ValueError("nested")
        except ValueError as e:
            show(e, collected("c"))
        finally:
            show("finally", collected("d"))
    match {"kind": t("k"), "rest": [t("a"), collected("b"), t("c")]}:
        case {"kind": k, "rest": [first, *others]} if collected("guard"):
            show(k, first, others)


def numbers():
    """A generator with operands below its yields."""
    show("sum", t("a"), (yield t("y")) + collected("b"), [t("c"), (yield collected("z")), t("d")])
    yield from t("fg")
    return t("end")


def generators():
    def outer():
        result = yield from numbers()
        show("result", result)

    g = outer()
    value = next(g)
    for i in range(9):
        gc.collect()
        try:
            show("yielded", value)
            value = g.send(t(str(i))) if i < 2 else next(g)
        except StopIteration:
            break


async def waits(x):
    gc.collect()
    return t("awaited") + x


async def coroutine():
    async with Resource() as r:
        show(t("a"), await waits(collected("b")), r, [await waits(t(c)) for c in "xy"])
    async for part in Steps("pq"):
        show(part, collected("c"))


class Resource:
    async def __aenter__(self):
        return await waits(t("r"))

    async def __aexit__(self, *args):
        gc.collect()


class Steps:
    def __init__(self, parts):
        self.parts = iter(parts)

    def __aiter__(self):
        return self

    async def __anext__(self):
        for part in self.parts:
            return await waits(t(part))
        raise StopAsyncIteration


def recursive(n):
    return t(str(n)) if n == 0 else t(str(n)) + recursive(n - 1) + collected(".")


for _ in range(3):
    operands()
    blocks()
    generators()
    try:
        coroutine().send(None)
    except StopIteration:
        print("awaited")
    print(recursive(12))
print(sorted([t("b"), t("a"), t("c")], key=lambda x: collected(x.name).name), max(t("ab"), key=lambda x: x.collect().name))
