"""Attributes that C code reads, in loops that caches and compiled code see: members and getsets of built-in types, of
classes that inherit them, and what makes a cached answer wrong."""

import array


def function(a, b=2):
    return a + b


class Text(str):
    pass


class Slots:
    __slots__ = ("x",)


def read(objects, turns):
    total = 0
    for i in range(turns):
        total += objects[i % len(objects)].itemsize
    return total


a = array.array("i", [1, 2])
print(read([a], 300), read([a, array.array("d"), memoryview(b"xy")], 300))


def names(things, turns):
    found = set()
    for i in range(turns):
        thing = things[i % len(things)]
        found.add((thing.__name__, thing.__doc__ is None))
    return sorted(found)


print(names([function], 200), names([function, len, Slots, int], 200))


def counts(turns):
    total = 0
    for i in range(turns):
        total += function.__code__.co_argcount + function.__code__.co_nlocals
        total += slice(i, 7).stop + (i + 0.5).real.__trunc__() + i.numerator
    return total


print(counts(200))


# A getter that raises: an attribute that isn't set, on the way through hot code.
def causes(errors):
    out = []
    for e in errors:
        try:
            out.append(e.characters_written)
        except AttributeError as missing:
            out.append(str(missing))
    return out


blocked = BlockingIOError(1, "later", 7)
print(set(causes([blocked] * 200)), causes([blocked, OSError(1, "no"), blocked])[1:])


def xs(objects):
    out = []
    for o in objects:
        try:
            out.append(o.x)
        except AttributeError as missing:
            out.append(str(missing))
    return out


full, empty = Slots(), Slots()
full.x = 1
print(sum(xs([full] * 200)), xs([empty, full]))


# The class gets an attribute of its own that goes before the inherited descriptor, and loses it again.
class Numbered(OSError):
    pass


def number(e, turns):
    total = 0
    for _ in range(turns):
        total += e.errno
    return total


e = Numbered(5, "text")
print(number(e, 300))
Numbered.errno = property(lambda self: 100)
print(number(e, 300))
del Numbered.errno
print(number(e, 300))


# Objects whose class changes between turns, and one descriptor that doesn't apply.
def classes(things, turns):
    return [things[i % len(things)].__class__.__name__ for i in range(turns)][-4:]


print(classes([1, "a", Text("b"), 2.5, None, full, e], 300))
try:
    print(array.array.itemsize.__get__(7))
except TypeError as error:
    print(error)
