"""What earlier instructions have pushed is not kept by a collection that is asked for."""
# skip eager: compiled code may leave words on the machine's stack, which is scanned whole

import gc
import weakref


class Thing:
    name = "thing"


def died(ref):
    """At the first time or soon: a word on the machine's stack may be in the way."""
    for _ in range(5):
        gc.collect()
        if ref() is None:
            return True
        sorted([3, 1, 2], key=lambda x: -x)
    return False


def dead():
    s = Thing()
    ref = weakref.ref(s)
    len([s, s.name, (s, s), {s: s}])
    s = None
    return died(ref)


def dead_in_callers():
    s = Thing()
    ref = weakref.ref(s)
    list(map(len, [[s, s], [s]]))

    class Asks:
        def __len__(self):
            return died(ref)

    s = None
    return len(Asks())


def dead_in_generator():
    s = Thing()
    ref = weakref.ref(s)
    yield len([s, (s, s)])
    s = None
    yield 1
    yield died(ref)


for _ in range(3):
    print(dead(), dead_in_callers(), *dead_in_generator())
