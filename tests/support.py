"""Running programs in every mode, for the tests.

Modes: the interpreter alone, the compiler at once and always (eager), collector stress, and CPython
itself as the oracle.  GCRT_TEST_MODES (a comma-separated list) chooses other modes: `stress-every`
collects at every allocation (see stress_period), `auto` is what users get, `stress-eager` compiles and
collects.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
GCRT = Path(sys.executable).parent / "gcrt"
ORACLE = "/usr/bin/python3"

MODES: dict[str, list[str]] = {
    "interp": ["--jit=off"],
    "auto": ["--jit=auto"],
    "eager": ["--jit=eager"],
    "stress": ["--jit=off", "--gc-stress=499"],
    "stress-every": ["--jit=off"],  # and --gc-stress=stress_period()
    "stress-eager": ["--jit=eager", "--gc-stress=499"],
}
DEFAULT_MODES = "interp,auto,eager,stress"


def chosen_modes() -> list[str]:
    return os.environ.get("GCRT_TEST_MODES", DEFAULT_MODES).split(",")


@dataclass(frozen=True)
class Outcome:
    """What a process left behind."""

    status: int
    out: str
    err: str


def run_process(
    words: list[str], *, stdin: str = "", timeout: float = 120, env: dict[str, str] | None = None
) -> Outcome:
    done = subprocess.run(
        words, input=stdin, capture_output=True, text=True, timeout=timeout, env={**os.environ, **(env or {})}
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@functools.cache
def oracle(words: tuple[str, ...]) -> Outcome:
    """What CPython does with the same words."""
    return run_process([ORACLE, *words])


# ---------------------------------------------------------------- a collection at every allocation

# A collection of the smallest heap, verified and poisoned, takes 1.5 ms: 12,300 objects of the start-up are
# marked, every reference is checked twice, and the dead are overwritten.  A program that makes half a
# million objects would take a quarter of an hour.  So a program gets at most this many collections: shorter ones
# collect at every allocation, longer ones at every Nth, N prime lest it keeps step with a loop.
STRESS_COLLECTIONS = int(os.environ.get("GCRT_STRESS_COLLECTIONS", "20000"))


def _next_prime(n: int) -> int:
    while any(n % k == 0 for k in range(2, int(n**0.5) + 1)):
        n += 1
    return n


def _allocations(words: tuple[str, ...], env: dict[str, str] | None, timeout: float) -> int:
    """How many objects a program makes, start-up included; 0 when it does not get to its end."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        run_process([str(GCRT), "run", "--jit=off", f"--stats={file.name}", *words], env=env, timeout=timeout)
        text = file.read()
    return json.loads(text)["gc.allocated_objects"] if text else 0


@functools.cache
def _start_up_allocations() -> int:
    return _allocations(("-c", "pass"), None, 120)


def stress_period(words: tuple[str, ...], env: dict[str, str] | None, timeout: float) -> tuple[int, int]:
    """At every how many of its allocations a program should collect, and how many it makes."""
    made = max(0, _allocations(words, env, timeout) - _start_up_allocations())
    return _next_prime(max(1, -(-made // STRESS_COLLECTIONS))), made
