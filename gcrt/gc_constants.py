"""Enums and constants of the collector's public headers, for Python.  Nothing of them is typed again here.

Kind      how the collector scans an object: LEAF, TRACED, CONSERVATIVE, DESCRIBED (gc_kind)
RootKind  where a reference that keeps an object alive may lie: STACK, HANDLE, ... (gc_root_kind)
"""

from __future__ import annotations

from enum import IntEnum

from gcrt._gc_abi import ffi


def _members(name: str, prefix: str) -> list[tuple[str, int]]:
    return [
        (member.removeprefix(prefix), value) for value, member in sorted(ffi.typeof(name).elements.items())
    ]


Kind = IntEnum("Kind", _members("gc_kind", "GC_"))
RootKind = IntEnum("RootKind", _members("gc_root_kind", "GC_ROOT_"))

WORD = ffi.sizeof("uintptr_t")  # bytes
GRANULE = ffi.integer_const("GC_GRANULE")  # bytes
SMALL_MAX = ffi.integer_const("GC_SMALL_MAX")  # bytes
BYTE_END = ffi.integer_const("GC_BYTE_END")
CARD_SHIFT = ffi.integer_const("GC_CARD_SHIFT")  # a card is 1 << CARD_SHIFT bytes
BYTE_START = {kind: ffi.integer_const(f"GC_BYTE_START_{kind.name}") for kind in Kind}
