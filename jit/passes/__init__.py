"""Passes over the IR, in the order in which they run.  Each is a function(Function) -> None."""

from __future__ import annotations

import os
from collections.abc import Callable

from ..ir import Function, verify
from . import dce, fuse, params, ranges

PASSES: list[tuple[str, Callable[[Function], None]]] = [
    ("params", params.run),
    ("fuse", fuse.run),
    ("ranges", ranges.run),
    ("dce", dce.run),
    ("params", params.run),
]


def run_passes(function: Function, disabled: frozenset[str] = frozenset(), check: bool | None = None) -> None:
    """Run all passes but the disabled ones; verify after each when check (or GCRT_JIT_CHECK) says so."""
    if check is None:
        check = bool(os.environ.get("GCRT_JIT_CHECK"))
    if check:
        verify(function)
    for name, run in PASSES:
        if name in disabled:
            continue
        run(function)
        if check:
            verify(function)
