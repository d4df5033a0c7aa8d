"""Inline allocation in a module's text: one always-inlined function for each size and kind, which
gcrt/llvm.py writes."""

from __future__ import annotations

from functools import cache

from ..ir import Alloc


@cache
def _function_text(name: str, size: int, kind: str, slow_address: int) -> str:
    from llvmlite import ir

    from ...llvm import Kind, alloc_function

    function = alloc_function(ir.Module(), name, size, Kind[kind], slow_address)
    # Branch weights are the module's own: numbers of metadata would clash.
    return str(function).replace("!prof !0", "!prof !1")


class Allocations:
    """Which functions one module needs."""

    def __init__(self, slow_address: int) -> None:
        self._slow_address = slow_address
        self._texts: dict[Alloc, str] = {}

    def name(self, alloc: Alloc) -> str:
        """Symbol of the function that allocates so; it takes the mutator's address as a pointer."""
        name = f"alloc.{alloc.size}.{alloc.kind}"
        if alloc not in self._texts:
            self._texts[alloc] = _function_text(name, alloc.size, alloc.kind, self._slow_address)
        return f'@"{name}"'

    def texts(self) -> list[str]:
        return list(self._texts.values())
