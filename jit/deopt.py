"""Frame states as recipes for jit_leave (jit_exit.h)."""

from __future__ import annotations

from .ir import FrameState, Slot, Type, Value, Virtual, float_word, int_word
from .layout import Layout

_KINDS = {
    "tuple": "TUPLE",
    "range": "RANGE",
    "range_iter": "RANGE_ITER",
    "list_iter": "LIST_ITER",
    "tuple_iter": "TUPLE_ITER",
    "enumerate": "ENUMERATE",
    "zip": "ZIP",
    "list_slice": "LIST_SLICE",
    "range_iter_at": "RANGE_ITER_AT",
    "method": "METHOD",
}


class Recipe:
    """words: the recipe; values: what the exit stores, in order."""

    def __init__(self, layout: Layout) -> None:
        self._constants = layout.constants
        self._true, self._false = layout.addresses["True"], layout.addresses["False"]
        self.words: list[int] = []
        self.values: list[Value] = []
        self._index: dict[Value, int] = {}
        self._made: dict[int, int] = {}

    def state(self, state: FrameState) -> None:
        for frame in state.frames:
            self.words += [frame.unit.code, frame.pc | len(frame.stack) << 32]  # type: ignore[attr-defined]
            for slot in frame.slots():
                self.slot(slot)

    def _kind(self, name: str, argument: int = 0) -> None:
        self.words.append(self._constants["JIT_RECIPE_" + name] | argument << 8)

    def slot(self, slot: Slot) -> None:
        if slot is None:
            self._kind("NULL")
        elif isinstance(slot, Virtual):
            self._virtual(slot)
        elif slot.is_const and slot.type is Type.WORD:
            self._kind("RAW")
            self.words.append(slot.attr & ((1 << 64) - 1))  # type: ignore[operator]
        elif slot.is_const and (word := self._constant(slot)) is not None:
            if word == 0:
                self._kind("NULL")
                return
            self._kind("CONST")
            self.words.append(word)
        else:
            name = {
                Type.OBJ: "OBJECT",
                Type.INT: "INT",
                Type.WORD: "INT",
                Type.FLOAT: "FLOAT",
                Type.BOOL: "BOOL",
            }
            self._kind(name[slot.type], self._number(slot))

    def _virtual(self, slot: Virtual) -> None:
        if id(slot) in self._made:
            self._kind("REF", self._made[id(slot)])
            return
        self._made[id(slot)] = len(self._made)
        self._kind(_KINDS[slot.kind], len(slot.items))
        for item in slot.items:
            self.slot(item)

    def _number(self, value: Value) -> int:
        if value not in self._index:
            self._index[value] = len(self.values)
            self.values.append(value)
        return self._index[value]

    def _constant(self, value: Value) -> int | None:
        attr = value.attr
        if value.type is Type.OBJ:
            return attr  # type: ignore[return-value]
        if value.type is Type.INT:
            return int_word(attr)  # type: ignore[arg-type]
        if value.type is Type.BOOL:
            return self._true if attr else self._false
        return float_word(attr)  # type: ignore[arg-type]


__all__ = ["Recipe"]
