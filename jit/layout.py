"""What the compiler knows of the C side: read once from libgcrt's own description."""

from __future__ import annotations

import json
from dataclasses import dataclass

import cffi


@dataclass(frozen=True)
class OpInfo:
    """One instruction of opcodes.def."""

    name: str
    base: str  # the instruction that this is a quickened form of, or itself
    cache_words: int
    raises: bool
    collects: bool
    jumps: bool
    ends: bool
    cache_kind: str = ""


@dataclass(frozen=True)
class Helper:
    signature: str  # result, then arguments: o word, i int64, d double, v nothing
    effect: str  # PURE, NEW, ALLOC, RUNS


class Layout:
    """Offsets ("Struct.field"), constants, instructions, helpers and addresses by name."""

    def __init__(self, text: str) -> None:
        data = json.loads(text)
        self.offsets: dict[str, int] = data["offsets"]
        self.sizes: dict[str, int] = data["sizes"]
        self.constants: dict[str, int] = data["constants"]
        self.addresses: dict[str, int] = data["addresses"]
        self.helpers = {k: Helper(*v) for k, v in data["helpers"].items()}
        self.opcodes = [
            OpInfo(name, base, words, bool(f & 1), bool(f & 2), bool(f & 4), bool(f & 8))
            for name, base, words, f, _a, _b in data["opcodes"]
        ]
        self.by_name = {op.name: op for op in self.opcodes}


class RawMemory:
    """Typed reads of the guest's memory.  The caller knows that the address is readable."""

    def __init__(self, ffi: cffi.FFI, layout: Layout) -> None:
        self._ffi = ffi
        self._cast = ffi.cast
        self._offsets = layout.offsets

    def u64(self, address: int, field: str | None = None) -> int:
        if field is not None:
            address += self._offsets[field]
        return self._cast("uint64_t *", address)[0]

    def i64(self, address: int, field: str | None = None) -> int:
        if field is not None:
            address += self._offsets[field]
        return self._cast("int64_t *", address)[0]

    def u32(self, address: int, field: str | None = None) -> int:
        if field is not None:
            address += self._offsets[field]
        return self._cast("uint32_t *", address)[0]

    def i32(self, address: int, field: str | None = None) -> int:
        if field is not None:
            address += self._offsets[field]
        return self._cast("int32_t *", address)[0]

    def u16(self, address: int, field: str | None = None) -> int:
        if field is not None:
            address += self._offsets[field]
        return self._cast("uint16_t *", address)[0]

    def f64(self, address: int) -> float:
        return self._cast("double *", address)[0]

    def words(self, address: int, n: int) -> list[int]:
        return list(self._cast("uint64_t *", address)[0:n]) if n else []

    def text(self, address: int) -> str:
        """A C string."""
        return self._ffi.string(self._cast("char *", address)).decode("utf-8", "replace")

    def data(self, address: int, n: int) -> bytes:
        return bytes(self._ffi.buffer(self._cast("char *", address), n))
