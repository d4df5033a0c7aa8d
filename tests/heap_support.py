"""For the tests of gcrt.Heap.  All of a file share the process's one collector; GCRT_TEST_HEAP chooses its options.

The collector is conservative, so a stale word may keep any single object.  Tests about death make many, on a
thread of their own whose stack is gone afterwards, and ask that most have died.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Callable

from support import TREE

import gcrt

MODES = {
    "plain": {},
    "stress": {"poison": True, "verify": True, "stress_every": 13},
    "generations": {"poison": True, "verify": True, "stress_every": 3, "generations": True},
    "every": {"poison": True, "verify": True, "stress_every": 1, "markers": 1, "no_background": True},
}
MODE = os.environ.get("GCRT_TEST_HEAP", "plain")
MANY = 200


def on_thread(function: Callable[[], object]) -> object:
    """Call it on a thread of its own; what it left on the stack is gone."""
    results: list[object] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def make(heap: gcrt.Heap, one: Callable[[int], gcrt.Handle], count: int = MANY) -> list[gcrt.WeakRef]:
    """Weak references to what one(i) makes; the handles are dropped."""
    return on_thread(lambda: [heap.weak(one(i)) for i in range(count)])


def dead(heap: gcrt.Heap, weaks: list[gcrt.WeakRef]) -> int:
    gc.collect()
    heap.collect()
    return on_thread(lambda: sum(w.get() is None for w in weaks))


def script(text: str, *, status: int = 0, **env: str) -> str:
    """Run Python text in a process of its own; its output."""
    done = subprocess.run(
        [sys.executable, "-c", text],
        env={**os.environ, "PYTHONPATH": str(TREE), **env},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout
