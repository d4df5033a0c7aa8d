"""From instructions and feedback to SSA: the driver.

The builder interprets our instructions abstractly over a State whose slots are SSA values, constants and
virtual objects, and emits typed operations with guards as it goes.  Where paths meet (and at loop heads)
blocks are versioned by the state's signature, see state.py.

Each instruction takes its frame state before it has any effect; every guard of the instruction leaves to
that state, so the interpreter simply executes the instruction again.  An operation that raises leaves to
the same state in raising mode.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from .build_alloc import AllocBuilder
from .build_base import BuilderBase, CannotCompile, TooLarge
from .build_calls import CallBuilder
from .build_loops import LoopBuilder
from .build_names import GLOBAL_READERS, NameBuilder
from .build_numbers import NumberBuilder
from .build_objects import ObjectBuilder
from .build_sites import SiteBuilder
from .ir import Block, Edge, Function, Slot, Type, Value, Virtual
from .state import (
    ANY,
    Frame,
    Signature,
    State,
    fits,
    frame_slots,
    is_virtual,
    join,
    state_signature,
)
from .unit import FRAME_READERS, Unit

MAX_NODES = 30_000
LARGE_NODES = 2_500  # a first attempt that gets there is given up for a cautious one
SOME_NODES = 400
MANY_NODES = 1_500  # from then on paths that meet go on as one: LLVM takes a second for 5,000 nodes
LOOP_VERSIONS = 5
JOIN_VERSIONS = 3

OPTIMIZED = 1  # CO_OPTIMIZED: variables live in the frame

_REFUSED = {"RETURN_GENERATOR", "YIELD_VALUE", "SEND"}


class Version:
    """A block for one place and one signature."""

    def __init__(self, block: Block, signature: tuple, facts: dict, linked: int) -> None:
        self.block = block
        self.signature = signature
        self.facts = facts
        self.linked = linked


class Builder(
    AllocBuilder,
    NumberBuilder,
    ObjectBuilder,
    LoopBuilder,
    NameBuilder,
    CallBuilder,
    SiteBuilder,
    BuilderBase,
):
    """Builds one function: units[0] entered by a call, or at a loop head (osr_word)."""

    def build(self) -> Function:
        unit = self.units[0]
        for u in self.units:
            u.refused = any(i.name in _REFUSED for i in u.insns.values()) or bool(
                FRAME_READERS & set(u.name_texts)
            )
        if unit.refused:
            raise CannotCompile("generators and functions that look at frames stay in the interpreter")
        if not unit.flags & OPTIMIZED and self.osr_word is None:
            raise CannotCompile("code with a namespace of its own is compiled at its loops only")
        if len(unit.insns) > 3000:
            raise CannotCompile("too long")
        self.versions: dict[tuple, list[Version]] = {}
        self.work: deque[tuple[Block, State, bool]] = deque()
        self.block = self.function.block("entry")
        self.effect_in_insn = False
        self.max_nodes = MAX_NODES if self.cautious else LARGE_NODES
        self.state = self.entry_state(unit)
        self.root_has_globals = self.guard_root_globals(unit)
        self.work.append((self.block, self.state, False))
        while self.work:
            self.run_block(*self.work.popleft())
            self.check_size()
        return self.function

    def check_size(self) -> None:
        if self.function.nodes > self.max_nodes:
            raise CannotCompile("too many nodes") if self.cautious else TooLarge("too many nodes")

    # ------------------------------------------------------------------ entry

    def entry_state(self, unit: Unit) -> State:
        self.insn = None
        if self.osr_word is not None:
            return self.osr_state(unit)
        func = self.emit("input", Type.OBJ, attr="func")
        args = self.emit("input", Type.WORD, attr="args")
        frame = Frame(unit, func, [None] * unit.n_localsplus, [], 0)
        for i in range(unit.n_params):
            frame.locals[i] = self.load(args, 8 * i, "args", Type.OBJ)
        state = State([frame])
        state.known[func] = ("type", self.layout.addresses["PyFunction_Type"])
        return state

    def guard_root_globals(self, unit: Unit) -> bool:
        """Guard once what never changes: the globals of the function that is compiled are the snapshot's."""
        self.insn = unit.insns[self.state.top.pc]
        if not any(insn.name in GLOBAL_READERS for insn in unit.insns.values()):
            return False
        if not unit.func or self.avoids("globals"):
            return False
        self.guard_globals(self.as_object(self.state.top.func), unit, "globals")
        return True

    def osr_state(self, unit: Unit) -> State:
        base = self.emit("input", Type.WORD, attr="frame")
        head = unit.insns[self.osr_word].a
        live = unit.live_at(head)
        offset = self.layout.offsets["gcrt_frame.slots"]
        func = self.load(base, self.layout.offsets["gcrt_frame.func"], "frame", Type.OBJ)
        frame = Frame(unit, func, [None] * unit.n_localsplus, [], head)
        state = State([frame])
        state.known[func] = ("type", self.layout.addresses["PyFunction_Type"])
        for i in range(self.n_osr_slots):
            if i >= unit.n_localsplus:
                value = self.load(base, offset + 8 * i, "frame", Type.OBJ)
                frame.stack.append(value)
            elif live >> i & 1:
                value = self.load(base, offset + 8 * i, "frame", Type.OBJ)
                frame.locals[i] = value
                state.known[value] = ("unbound?",)
            else:
                continue
        if not unit.flags & OPTIMIZED:
            self.state, self.insn = state, unit.insns[head]
            namespace = self.load(base, self.layout.offsets["gcrt_frame.locals"], "frame", Type.WORD)
            globals_ = self.load_field(func, "PyFunctionObject.func_globals", "func")
            self.guard(self.emit("cmp", Type.BOOL, namespace, globals_, attr="eq"), "namespace")
        return state

    # ------------------------------------------------------------------ blocks

    def run_block(self, block: Block, state: State, inside: bool) -> None:
        """Go on at the state's pc.  inside: the block is a version of that place, or the instruction is
        executed once more with more knowledge; otherwise a join leads to a version of it."""
        self.block, self.state = block, state
        first = inside
        while True:
            frame = state.top
            pc = frame.pc
            if not first and pc in frame.unit.joins:
                self.goto()
                return
            first = False
            self.insn = insn = frame.unit.insns[pc]
            self.saved_state = None
            self.effect_in_insn = False
            handler: Callable | None = getattr(self, "op_" + insn.name, None)
            if handler is None:
                self.leave("unsupported")
                return
            if handler(insn):
                return
            self.check_size()

    def goto(self) -> None:
        """Go on at the top frame's pc, in the version of it that fits the state."""
        state = self.state
        frame = state.top
        pc = frame.pc
        # Objects that are made for the new version are made before its first instruction.
        self.insn, self.saved_state, self.effect_in_insn = frame.unit.insns[pc], None, False
        live = frame.unit.live_at(pc)
        frame.locals = [s if live >> i & 1 else None for i, s in enumerate(frame.locals)]
        self.settle_shared_virtuals()
        signature = state_signature(state)
        versions = self.versions.setdefault((state.chain(), pc), [])
        for version in versions:
            if (
                version.signature == signature
                and version.linked == state.linked
                and version.facts == state.world
            ):
                self.jump_to(version)
                return
        limit = LOOP_VERSIONS if pc in frame.unit.loop_heads else JOIN_VERSIONS
        many = SOME_NODES if self.cautious else MANY_NODES
        if self.function.nodes > many or len(state.frames) > 3:
            limit = 1
        elif self.function.nodes > SOME_NODES and pc not in frame.unit.loop_heads:
            limit = 2
        if len(versions) < limit:
            self.jump_to(self.new_version(versions, signature, dict(state.world), state.linked))
            return
        for version in versions:
            if (
                version.linked == state.linked
                and version.facts.items() <= state.world.items()
                and all(map(fits, signature, version.signature))
            ):
                self.jump_to(version)
                return
        last = versions[-1]
        wide = tuple(map(join, signature, last.signature))
        facts = {k: v for k, v in state.world.items() if last.facts.get(k) == v}
        if len(versions) > limit + 4:
            wide = tuple(s if s == "-" else ("o", ("unbound?",)) for s in wide)
            facts = {}
        if len(versions) > limit + 40:
            raise CannotCompile("versions of a block do not settle")
        self.jump_to(self.new_version(versions, wide, facts, state.linked))

    def new_version(self, versions: list[Version], signature: tuple, facts: dict, linked: int) -> Version:
        state = self.state
        block = self.function.block(f"{state.top.unit.name}:{state.top.pc}")
        known: dict = {}
        items = iter(signature)
        frames = []
        for frame in state.frames:
            slots = [self.new_parameter(next(items), block, known) for _ in frame_slots(frame)]
            n = frame.unit.n_localsplus
            frames.append(
                Frame(
                    frame.unit, slots[0], slots[2 : 2 + n], slots[2 + n :], frame.pc, slots[1], frame.offset
                )
            )
        version = Version(block, signature, facts, linked)
        versions.append(version)
        self.work.append((block, State(frames, known, dict(facts), {}, linked), True))
        return version

    def new_parameter(self, signature: Signature, block: Block, known: dict) -> Slot:
        if signature == "-":
            return None
        if is_virtual(signature):
            return Virtual(signature[0], tuple(self.new_parameter(s, block, known) for s in signature[1:]))
        if isinstance(signature, tuple) and signature[0] == "c":
            return self.const_obj(signature[1])
        if isinstance(signature, tuple) and signature[0] == "k":
            return self.const_int(signature[1])
        kind = {"i": Type.INT, "f": Type.FLOAT, "b": Type.BOOL}.get(signature, Type.OBJ)
        param = self.function.value("param", kind)
        block.params.append(param)
        if kind is Type.OBJ and signature[1] is not ANY:
            known[param] = signature[1]
        return param

    def jump_to(self, version: Version) -> None:
        args: list[Value] = []
        slots = [s for f in self.state.frames for s in frame_slots(f)]
        for slot, signature in zip(slots, version.signature, strict=False):
            self.convert(slot, signature, args)
        self.block.terminator = self.function.value("jump", Type.VOID)
        self.block.edges = [Edge(version.block, args)]

    def convert(self, slot: Slot, signature: Signature, out: list[Value]) -> None:
        """Append the arguments that pass slot to a parameter of that signature."""
        if signature == "-" or (isinstance(signature, tuple) and signature[0] in ("c", "k")):
            return
        if is_virtual(signature):
            assert isinstance(slot, Virtual)
            for item, s in zip(slot.items, signature[1:], strict=False):
                self.convert(item, s, out)
        elif slot is None:
            out.append(self.const_obj(0))
        elif signature in ("i", "f", "b"):
            assert isinstance(slot, Value)
            out.append(slot)
        else:
            out.append(self.as_object(slot))

    def settle_shared_virtuals(self) -> None:
        """A virtual object held twice would become two: make it real."""
        seen: dict[int, int] = {}
        objects: dict[int, Virtual] = {}

        def count(slot: Slot) -> None:
            if isinstance(slot, Virtual):
                objects[id(slot)] = slot
                seen[id(slot)] = seen.get(id(slot), 0) + 1
                if seen[id(slot)] == 1:
                    for item in slot.items:
                        count(item)

        for frame in self.state.frames:
            for slot in frame_slots(frame):
                count(slot)
        for key, n in seen.items():
            if n > 1:
                self.as_object(objects[key])

    # ------------------------------------------------------------------ branches

    def branch(self, condition: Value) -> tuple[Block, Block]:
        """End the block with a branch; the caller queues both successors with their states."""
        yes, no = self.function.block(), self.function.block()
        self.block.terminator = self.function.value("branch", Type.VOID, [condition])
        self.block.edges = [Edge(yes, []), Edge(no, [])]
        return yes, no

    def branch_to(
        self, condition: Slot, if_true: tuple[int, Callable | None], if_false: tuple[int, Callable | None]
    ) -> bool:
        """Branch to two places of the top frame; each with a change to be made to its state."""
        assert isinstance(condition, Value)
        if condition.is_const:
            pc, change = if_true if condition.attr else if_false
            if change:
                change(self.state)
            self.state.top.pc = pc
            return False
        yes, no = self.branch(condition)
        for block, (pc, change) in ((yes, if_true), (no, if_false)):
            state = self.state.copy()
            if change:
                change(state)
            state.top.pc = pc
            self.work.append((block, state, False))
        return True

    def split(self, condition: Value, when_true: Callable[[], None], when_false: Callable[[], None]) -> bool:
        """Execute the same instruction again in two ways, each knowing more than now."""
        yes, no = self.branch(condition)
        original = self.state
        for block, refine in ((yes, when_true), (no, when_false)):
            self.state = original.copy()
            self.block = block
            refine()
            self.work.append((block, self.state, True))
        return True


__all__ = ["Builder", "CannotCompile", "Slot"]
