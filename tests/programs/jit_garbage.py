"""What a function's frame held when a loop of it was compiled is not kept by that."""

import gc
import time
import weakref


class Thing:
    pass


references = []


def fill(fail):
    held = []
    references.clear()
    try:
        for i in range(50):
            thing = Thing()
            references.append(weakref.ref(thing))
            held.append(thing)
            if fail and i == 45:
                raise ValueError
    except ValueError:
        pass


def fill_plainly():
    held = []
    references.clear()
    for i in range(3000):
        thing = Thing()
        references.append(weakref.ref(thing))
        held.append(thing)


def count_left():
    gc.collect()
    return sum(reference() is not None for reference in references)


# A stale word may keep the last one or two; a loop that is being compiled keeps all until then.
for function, args in ((fill, (False,)), (fill, (True,)), (fill_plainly, ()), (fill, (False,))):
    function(*args)
    end = time.monotonic() + 20
    while (left := count_left()) > 2 and time.monotonic() < end:
        time.sleep(0.05)
    print(function.__name__, args, left <= 2 or left)
