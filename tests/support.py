"""Running programs in every mode, for the tests.

Modes: the interpreter alone, the compiler at once and always (eager), collector stress, and CPython
itself as the oracle.  GCRT_TEST_MODES (a comma-separated list) chooses other modes: `stress-every`
collects at every allocation, `auto` is what users get, `stress-eager` compiles and collects.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
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
    "stress-every": ["--jit=off", "--gc-stress=1"],
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
