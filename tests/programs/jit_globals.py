"""Globals and module attributes read and written by compiled code, while names come, go and move."""

import sys
import types

NAME = 1


def read(n):
    total = 0
    for _ in range(n):
        total += NAME
        total += len("ab")
    return total


def failing(n):
    try:
        return read(n)
    except NameError as error:
        return str(error)


print("start", read(300))
for k in range(40):
    globals()[f"new_{k}"] = k
    read(50)
print("more names", read(300))

NAME = 5
print("other value", read(300))
del NAME
print("gone", failing(300))
NAME = 7
print("at another place", read(300))

for k in range(40):
    del globals()[f"new_{k}"]
for k in range(200):
    globals()[f"newer_{k}"] = k
print("moved", read(300))

len = lambda text: 100  # noqa: A001, E731: hides the built-in function
print("hidden", read(300))
del len
print("seen again", read(300))


def write(n):
    global written
    for i in range(n):
        written = i
        globals().pop("passing", None)
        globals()["passing"] = i
    return written


print("written", write(200), passing)  # noqa: F821
del written
print("written again", write(100))


# ---- the attributes of a module

module = types.ModuleType("module")
module.value = 3


def attribute(n):
    total = 0
    for _ in range(n):
        total += module.value
    return total


print("attribute", attribute(300))
for k in range(30):
    setattr(module, f"new_{k}", k)
    attribute(20)
module.value = 4
print("other value", attribute(300))
first = list(vars(module).items())
vars(module).clear()
vars(module).update(reversed(first))
print("reversed", attribute(300))
del module.value
try:
    attribute(3)
except AttributeError as error:
    print(error)


# ---- one code object with the globals of several functions

SOURCE = """
def f(n):
    total = 0
    for i in range(n):
        total += step(i)
    return total
"""
code = compile(SOURCE, "source", "exec")
spaces = [{"step": step} for step in (lambda i: i, lambda i: -i, lambda i: 2 * i)]
for space in spaces * 3:
    exec(code, space)
    print(space["f"](200), end=" ")
f = spaces[0]["f"]
twins = [types.FunctionType(f.__code__, {"step": lambda i, k=k: k, "k": k}) for k in range(4)]
print([twin(100) for twin in twins * 4])

for k in range(100):  # code of the module itself, with names that come while its loop is hot
    sys.modules[__name__].__dict__[f"late_{k}"] = NAME
    total = read(20) + sum(range(k))
print(total, late_99)  # noqa: F821
