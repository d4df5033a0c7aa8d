"""Weak references whose bookkeeping collections take part in: no stale referent, no lost callback."""

import gc
import time
import weakref


class Target:
    pass


class Exporter(bytearray):
    """A buffer with attributes: a dead view of it keeps them intact for the view's dealloc."""


NESTED = []
for _ in range(50):
    NESTED = [NESTED]


def deep(n):
    """Overwrite what lies on the stacks, so that it keeps nothing alive."""
    return deep(n - 1) if n else len(repr(NESTED) + str(NESTED == NESTED) + "%r" % (NESTED,))


def down(n, make, *args):
    """Call make where the stacks are deep: what it leaves there is not in the way of a shallow collection."""
    return down(n - 1, make, *args) if n else make(*args)


def collect():
    deep(60)
    gc.collect()
    deep(60)


# A reference that only a dying object reaches is found again for the same referent; it must be cleared
# with it.


def dying_view(target):
    exporter = Exporter(10)
    exporter.ref = weakref.ref(target)
    memoryview(exporter)


def found_again(how):
    target = Target()
    dying_view(target)
    collect()
    return how(target)


def listed(target):
    return (weakref.getweakrefs(target) or [weakref.ref(target)])[0]


for how in (weakref.ref, listed):
    refs = [down(20, found_again, how) for _ in range(40)]
    collect()
    collect()
    filler = [[i] for i in range(500)]
    print(sum(ref() is not None for ref in refs) < 3, {type(ref()) for ref in refs} <= {Target, type(None)})

# Callbacks: half of the references' referents die, as many references are made anew, all die.

called = []


def half(n):
    alive, dead = [Target() for _ in range(n)], [Target() for _ in range(n)]
    return alive, [weakref.ref(t, called.append) for t in alive + dead]


def rest(n):
    more = [Target() for _ in range(2 * n)]
    return [weakref.ref(t, called.append) for t in more]


alive, refs = down(20, half, 1000)
collect()
print(len(called) > 500)
refs += down(20, rest, 1000)
alive = None
# A compilation in progress holds the values of the frame that asked for it.
for _ in range(300):
    collect()
    if len(called) > 2500:
        break
    time.sleep(0.1)
print(len(called) > 2500, len(called) == sum(ref() is None for ref in refs))
