"""What happens to objects that die: finalizers, weak references, subclasses, types."""

import gc
import weakref


class Del:
    log = []

    def __init__(self, name):
        self.name = name

    def __del__(self):
        Del.log.append(self.name)


class Sub(Del):
    def __del__(self):
        super().__del__()
        Del.log.append("sub")


def make(n):
    return [Del(i) for i in range(n)]


def drop():
    """Overwrite the stack words that the dead left behind."""
    return sum(len(str(i)) for i in range(200))


def settle():
    for _ in range(3):
        drop()
        gc.collect()
        drop()


make(200)
Sub("s")
settle()
print(len(set(Del.log)) > 150, Del.log.count(5) <= 1)
Del.log.clear()


class Reborn:
    kept = []
    count = 0

    def __del__(self):
        Reborn.count += 1
        Reborn.kept.append(self)


def reborn():
    for _ in range(50):
        Reborn()


reborn()
settle()
n = Reborn.count
print(n > 30, len(Reborn.kept) == n)
Reborn.kept.clear()
settle()
print(Reborn.count >= n, Reborn.count <= 50)


class Plain:
    pass


called = []


def weak(n):
    refs = []
    for i in range(n):
        obj = Plain()
        obj.me = obj
        refs.append(weakref.ref(obj, lambda r, i=i: called.append(i)))
    return refs


refs = weak(100)
settle()
dead = sum(r() is None for r in refs)
print(dead > 60, len(called) == dead, len(set(called)) == dead)

values = weakref.WeakValueDictionary()
keep = []


def fill():
    for i in range(100):
        obj = Plain()
        obj.i = i
        values[i] = obj
        if i % 10 == 0:
            keep.append(obj)


fill()
settle()
print(len(values) < 50, all(values[o.i] is o for o in keep))


def classes():
    for i in range(50):
        cls = type(f"Temp{i}", (Plain,), {"x": i})
        cls().y = 1


classes()
settle()
print(len(Plain.__subclasses__()) < 25)
Plain.later = 5
print(Plain().later)


class Raises:
    def __del__(self):
        raise ValueError("in del")


# Objects of all layouts survive with what they refer to.
class Slots:
    __slots__ = ("a", "b", "__dict__", "__weakref__")


class Int(int):
    pass


class Tup(tuple):
    pass


class Str(str):
    pass


class Lst(list):
    pass


class Dct(dict):
    pass


class Exc(Exception):
    pass


class Byt(bytes):
    pass


def build(i):
    objs = [Slots(), Int(10**20 + i), Tup((str(i), [i])), Str(f"s{i}"), Lst([[i]]), Dct({str(i): [i]})]
    objs += [Exc(str(i), [i]), Plain(), Byt(b"b%d" % i), Int(i)]
    for o in objs:
        o.note = [str(i), {i: i}]
        o.many = "x" * (i % 7)
    objs[0].a = str(i) * 2
    objs[0].b = [str(i)]
    return objs


alive = [build(i) for i in range(300)]
settle()
for i, objs in enumerate(alive):
    assert objs[0].a == str(i) * 2 and objs[0].b == [str(i)]
    assert objs[1] == 10**20 + i and objs[9] == i
    assert objs[2] == (str(i), [i]) and objs[3] == f"s{i}" and objs[4] == [[i]] and objs[5] == {str(i): [i]}
    assert objs[6].args == (str(i), [i]) and objs[8] == b"b%d" % i
    for o in objs:
        assert o.note == [str(i), {i: i}] and o.many == "x" * (i % 7), (i, o)
        assert list(vars(o)) == ["note", "many"], vars(o)
settle()
for objs in alive:
    for o in objs:
        o.__dict__["late"] = 1
        assert o.late == 1 and o.note
print("alive")


class Res:
    def __enter__(self):
        return self

    def __exit__(self, *exc):
        print("exit", exc[0])


with Res() as r:
    pass
