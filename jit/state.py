"""Abstract interpreter state: what the compiler knows where it stands.

Blocks are built once for each *signature* of the state that reaches them (lazy basic block versioning,
M. Chevalier-Boisvert and M. Feeley, 2015): which variable is an unboxed int, a float, a list, a constant,
and which facts about the world were checked.  A loop's first turn establishes types and facts, the
second version of its head starts with them: guards leave the loop without a pass of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .ir import FrameRecord, FrameState, Slot, Type, Value, Virtual
from .unit import Unit

# A fact about a value word: ("type", address), ("shape", address), ("shapes", addresses...):
# one of them, ("unbound?",): may be 0.
Fact = tuple
# Signature of a slot; see slot_signature.
Signature = object

ANY: Fact | None = None


@dataclass(eq=False, slots=True)
class Frame:
    """One frame of the chain: the compiled function, then the functions inlined into it."""

    unit: Unit
    func: Slot
    locals: list[Slot]
    stack: list[Slot]
    pc: int = 0
    init_self: Slot = None
    offset: int = 0  # of its gcrt_frame from the outermost one's

    def copy(self) -> Frame:
        return Frame(
            self.unit, self.func, list(self.locals), list(self.stack), self.pc, self.init_self, self.offset
        )


@dataclass(eq=False, slots=True)
class State:
    frames: list[Frame]
    known: dict[Value, Fact] = field(default_factory=dict)
    world: dict[tuple, object] = field(default_factory=dict)
    boxed: dict[Value, Value] = field(default_factory=dict)  # unboxed value -> its word
    linked: int = 0  # how many inlined frames the guest can see
    # Where guards leave to: the state behind the last effect (or at the block's start).  The interpreter
    # then executes some instructions again that had none.
    checkpoint: FrameState | None = None

    @property
    def top(self) -> Frame:
        return self.frames[-1]

    def copy(self) -> State:
        return State(
            [f.copy() for f in self.frames],
            dict(self.known),
            dict(self.world),
            dict(self.boxed),
            self.linked,
            self.checkpoint,
        )

    def chain(self) -> tuple:
        """Which function was inlined where."""
        return tuple((id(f.unit), f.pc) for f in self.frames[:-1]) + (id(self.top.unit),)

    def snapshot(self, pc: int) -> FrameState:
        """Frame state before the instruction at pc; dead variables are left out."""
        records = []
        for frame in self.frames:
            if frame is self.top:
                live = frame.unit.live_at(pc)
                variables = [s if live >> i & 1 else None for i, s in enumerate(frame.locals)]
                at = pc
            else:
                variables, at = list(frame.locals), frame.pc
            records.append(
                FrameRecord(frame.unit, frame.func, at, variables, list(frame.stack), frame.init_self)
            )
        return FrameState(records)

    def map_slots(self, visit: Callable[[Slot], Slot]) -> None:
        for frame in self.frames:
            frame.func = visit(frame.func)
            frame.init_self = visit(frame.init_self)
            frame.locals = [visit(s) for s in frame.locals]
            frame.stack = [visit(s) for s in frame.stack]

    def replace(self, old: Slot, new: Slot) -> None:
        """Put new wherever old is; virtual objects that hold it are rebuilt, once each."""
        made: dict[int, Slot] = {}

        def visit(slot: Slot) -> Slot:
            if slot is old:
                return new
            if isinstance(slot, Virtual):
                if id(slot) not in made:
                    items = tuple(visit(i) for i in slot.items)
                    same = all(a is b for a, b in zip(items, slot.items, strict=False))
                    made[id(slot)] = slot if same else Virtual(slot.kind, items)
                return made[id(slot)]
            return slot

        self.map_slots(visit)

    def forget_world(self, lasts: Callable[[Fact], bool]) -> None:
        """Other code has run: only facts that can never change are still known."""
        self.world.clear()
        for value in [v for v, fact in self.known.items() if not lasts(fact)]:
            del self.known[value]


def slot_signature(state: State, slot: Slot, keep: bool = False) -> Signature:
    """'-' unbound; 'i', 'f', 'b' unboxed; ('c', word) constant object; ('k', n) constant step of a range;
    ('o', fact) value word; (kind, ...) virtual object."""
    if slot is None:
        return "-"
    if isinstance(slot, Virtual):
        is_range = slot.kind in ("range", "range_iter")
        return (slot.kind, *(slot_signature(state, s, is_range and i == 2) for i, s in enumerate(slot.items)))
    if slot.type is Type.INT:
        return ("k", slot.attr) if keep and slot.is_const else "i"
    if slot.type is Type.FLOAT:
        return "f"
    if slot.type is Type.BOOL:
        return "b"
    if slot.is_const:
        return ("c", slot.attr)
    return ("o", state.known.get(slot))


def frame_slots(frame: Frame) -> list[Slot]:
    return [frame.func, frame.init_self, *frame.locals, *frame.stack]


def state_signature(state: State) -> tuple:
    return tuple(slot_signature(state, s) for f in state.frames for s in frame_slots(f))


VIRTUAL_KINDS = {
    "tuple",
    "range",
    "range_iter",
    "range_iter_at",
    "list_iter",
    "tuple_iter",
    "enumerate",
    "zip",
    "method",
}


def is_virtual(signature: Signature) -> bool:
    return isinstance(signature, tuple) and signature[0] in VIRTUAL_KINDS


def join(a: Signature, b: Signature) -> Signature:
    """The narrowest signature that both fit."""
    if a == b:
        return a
    if "-" in (a, b) or ("o", ("unbound?",)) in (a, b):
        return ("o", ("unbound?",))
    if is_virtual(a) and is_virtual(b) and a[0] == b[0] and len(a) == len(b):
        items = [join(x, y) for x, y in zip(a[1:], b[1:], strict=False)]
        raw_ok = all(i in ("i", "f", "b") or is_virtual(i) or i[0] in ("o", "c", "k") for i in items)
        if raw_ok and not _mixes_raw(a, items):
            return (a[0], *items)
        return ("o", ANY)
    if isinstance(a, tuple) and isinstance(b, tuple) and a[0] == "k" and b[0] == "k":
        return "i"
    if {a if isinstance(a, str) else a[0], b if isinstance(b, str) else b[0]} == {"i", "k"}:
        return "i"
    return ("o", ANY)


# Items of virtual objects that are raw numbers, never value words.
RAW_ITEMS = {
    "range_iter": (0, 1, 2),
    "range_iter_at": (1, 2, 3),
    "list_iter": (0,),
    "tuple_iter": (0,),
    "enumerate": (0,),
}


def _mixes_raw(a: tuple, items: list[Signature]) -> bool:
    for i in RAW_ITEMS.get(a[0], ()):
        if not (items[i] == "i" or (isinstance(items[i], tuple) and items[i][0] == "k")):
            return True
    if a[0] in ("enumerate", "list_iter", "tuple_iter", "zip", "range_iter_at"):
        rest = {"zip": items, "range_iter_at": items[:1]}.get(a[0], items[1:])
        if any(not (is_virtual(i) or i[0] in ("o", "c")) for i in rest):
            return True
        # An iterator that is sometimes an object and sometimes virtual: make it an object.
    return False


def fits(a: Signature, b: Signature) -> bool:
    """A value of signature a can be converted to signature b without a guard."""
    if a == b or b == ("o", ("unbound?",)):
        return True
    if a == "-":
        return False
    if b == ("o", ANY):
        return a != ("o", ("unbound?",))
    if b == "i":
        return isinstance(a, tuple) and a[0] == "k"
    if is_virtual(a) and is_virtual(b) and a[0] == b[0] and len(a) == len(b):
        return all(fits(x, y) for x, y in zip(a[1:], b[1:], strict=False))
    return False
