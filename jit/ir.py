"""The compiler's own SSA: typed values, blocks with parameters, guards that carry a frame state.

A block ends with one terminator (jump, branch, return, exit); edges pass arguments to the target's
parameters, as phis do elsewhere.  What an operation may do is data (OPS): passes read it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

SMALL_INT_MAX = 0x3FFFFFFFFFFFFFFF
SMALL_INT_MIN = -SMALL_INT_MAX - 1


class Type(Enum):
    """Representation of a value at run time."""

    OBJ = "obj"  # a value word: tagged immediate or pointer
    INT = "int"  # unboxed, within 63 bits
    FLOAT = "float"  # unboxed double
    BOOL = "bool"  # one bit
    WORD = "word"  # raw 64 bits: an address, a size; never a Python value
    VOID = "void"


@dataclass(frozen=True)
class Op:
    """What an operation may do besides computing its result."""

    pure: bool = False  # no effect: may be dropped when unused
    exits: bool = False  # a guard: leaves to its exit
    terminator: bool = False


_PURE = Op(pure=True)
_GUARD = Op(exits=True)

OPS: dict[str, Op] = {
    "const": _PURE,
    "param": _PURE,
    "input": _PURE,  # attr: ts, func, args, frame
    # kinds of value words.  guard_*: leave when it is something else; as_*: known to be it
    "guard_int": _GUARD,
    "guard_float": _GUARD,
    "guard_number": _GUARD,  # int or float, as a double
    "guard_bool": _GUARD,
    "guard_type": _GUARD,  # attr: address of the exact type
    "guard": _GUARD,  # the condition holds
    "as_int": _PURE,
    "as_float": _PURE,  # an exact float, immediate or boxed
    "is_int": _PURE,
    "is_immediate": _PURE,
    "box_int": _PURE,
    "box_word": _PURE,  # any int64: may be a big int
    "box_float": _PURE,
    "box_bool": _PURE,
    # ints: leave when the result needs more than 63 bits, unless attr is "fits"
    "add": _GUARD,
    "sub": _GUARD,
    "mul": _GUARD,
    "shl": _GUARD,
    "floordiv": _GUARD,
    "mod": _GUARD,
    "shr": _GUARD,
    "and": _PURE,
    "or": _PURE,
    "xor": _PURE,
    "not": _PURE,
    # raw arithmetic on words and ints; wraps
    "wadd": _PURE,
    "wsub": _PURE,
    "wmul": _PURE,
    "wsdiv": _PURE,
    "wshl": _PURE,
    "select": _PURE,
    "cmp": _PURE,  # attr: predicate; signed
    "ucmp": _PURE,
    # floats
    "fadd": _PURE,
    "fsub": _PURE,
    "fmul": _PURE,
    "fdiv": _PURE,
    "fneg": _PURE,
    "fabs": _PURE,
    "fsqrt": _PURE,
    "fcmp": _PURE,
    "int_to_float": _PURE,
    "bool_to_int": _PURE,
    "float_to_int": _PURE,
    "bnot": _PURE,
    "band": _PURE,
    "bor": _PURE,
    # memory.  attr: Memory
    "load": _PURE,
    "store": Op(),
    "call": Op(),  # attr: Call
    "alloc": _GUARD,  # attr: Alloc; leaves (raising) when memory is exhausted
    "array": Op(),  # arguments in consecutive words; valid until the next array
    "link_frame": Op(),  # attr: (depth, code, pc address); argument: func
    "unlink_frame": Op(),
    "set_pc": Op(),  # attr: pc address
    "safepoint": _GUARD,
    # terminators
    "jump": Op(terminator=True),
    "branch": Op(terminator=True),
    "return": Op(terminator=True),
    "exit": Op(terminator=True, exits=True),
}


@dataclass(frozen=True)
class Memory:
    """Address of a load or store: base + offset + 8 * index; alias names what may overlap."""

    offset: int
    alias: str
    size: int = 8
    signed: bool = False


@dataclass(frozen=True)
class Call:
    """target: a helper's name, or None when the first argument is the function's address.
    check: 'null' or 'negative' results mean an exception, or None; pc: stored in the frame first."""

    target: str | None
    signature: str
    check: str | None = None
    pure: bool = False
    pc: tuple[int, int] | int = 0


@dataclass(frozen=True)
class Alloc:
    """size bytes, zeroed; kind: LEAF, TRACED or CONSERVATIVE, as gc.h's gc_kind."""

    size: int
    kind: str


@dataclass(eq=False, slots=True)
class Value:
    """One operation and its result."""

    op: str
    type: Type
    args: list[Value] = field(default_factory=list)
    attr: object = None
    exit: Exit | None = None
    id: int = -1

    @property
    def is_const(self) -> bool:
        return self.op == "const"

    def __repr__(self) -> str:
        return f"%{self.id}"


@dataclass(eq=False, slots=True)
class Virtual:
    """An object that compiled code has not made (yet): its kind and what it would be made of.

    Kinds: tuple, range (start, stop, step), range_iter (current, remaining, step), list_iter and
    tuple_iter (index, sequence), enumerate (count, iterator), zip (iterators...), method (func, self)."""

    kind: str
    items: tuple[Slot, ...]


Slot = Value | Virtual | None  # None: unbound


@dataclass(eq=False, slots=True)
class FrameRecord:
    """One interpreter frame of a frame state.  unit is the compiler's Unit (code, addresses)."""

    unit: object
    func: Slot
    pc: int
    locals: list[Slot]
    stack: list[Slot]
    init_self: Slot = None

    def slots(self) -> Iterator[Slot]:
        yield self.func
        yield self.init_self
        yield from self.locals
        yield from self.stack


@dataclass(eq=False, slots=True)
class FrameState:
    """The interpreter's frames at one point, outermost first."""

    frames: list[FrameRecord]

    def leaves(self) -> Iterator[Value]:
        for frame in self.frames:
            for slot in frame.slots():
                yield from slot_leaves(slot)

    def replace(self, find: Callable[[Value], Value]) -> None:
        """Replace leaf values in place; virtual objects keep their identity."""
        made: dict[int, Virtual] = {}

        def visit(slot: Slot) -> Slot:
            if slot is None:
                return None
            if isinstance(slot, Virtual):
                if id(slot) not in made:
                    made[id(slot)] = Virtual(slot.kind, tuple(visit(i) for i in slot.items))
                return made[id(slot)]
            return find(slot)

        for frame in self.frames:
            frame.func = visit(frame.func)
            frame.init_self = visit(frame.init_self)
            frame.locals = [visit(s) for s in frame.locals]
            frame.stack = [visit(s) for s in frame.stack]


def slot_leaves(slot: Slot) -> Iterator[Value]:
    if isinstance(slot, Virtual):
        for item in slot.items:
            yield from slot_leaves(item)
    elif slot is not None:
        yield slot


@dataclass(eq=False, slots=True)
class Exit:
    """Where a guard goes: the frame state, how to go on there, and why (for counting)."""

    state: FrameState
    raises: bool
    reason: str
    site: tuple[int, int] = (0, 0)  # code and word index of the guarded instruction


@dataclass(eq=False, slots=True)
class Edge:
    target: Block
    args: list[Value]


@dataclass(eq=False)
class Block:
    id: int
    params: list[Value] = field(default_factory=list)
    body: list[Value] = field(default_factory=list)
    terminator: Value | None = None
    edges: list[Edge] = field(default_factory=list)
    label: str = ""
    cold: bool = False


class Function:
    """A function being compiled: blocks in order of creation, the first is the entry."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.blocks: list[Block] = []
        self._next_value = 0
        self._next_block = 0
        self.nodes = 0

    def block(self, label: str = "") -> Block:
        block = Block(self._next_block, label=label)
        self._next_block += 1
        self.blocks.append(block)
        return block

    def value(
        self,
        op: str,
        type: Type,
        args: list[Value] | None = None,
        attr: object = None,
        exit: Exit | None = None,
    ) -> Value:
        value = Value(op, type, args or [], attr, exit, self._next_value)
        self._next_value += 1
        self.nodes += 1
        return value

    def values(self) -> Iterator[Value]:
        for block in self.blocks:
            yield from block.params
            yield from block.body
            if block.terminator is not None:
                yield block.terminator

    def states(self) -> Iterator[FrameState]:
        """Each frame state once."""
        seen: set[int] = set()
        for value in self.values():
            if value.exit is not None and id(value.exit.state) not in seen:
                seen.add(id(value.exit.state))
                yield value.exit.state


class IRError(Exception):
    """The IR breaks its own rules: a bug of the compiler."""


def predecessors(function: Function) -> dict[Block, list[tuple[Block, Edge]]]:
    result: dict[Block, list[tuple[Block, Edge]]] = {b: [] for b in function.blocks}
    for block in function.blocks:
        for edge in block.edges:
            result[edge.target].append((block, edge))
    return result


def reverse_postorder(function: Function) -> list[Block]:
    seen: set[Block] = {function.blocks[0]}
    order: list[Block] = []
    stack: list[tuple[Block, Iterator[Edge]]] = [(function.blocks[0], iter(function.blocks[0].edges))]
    while stack:
        block, edges = stack[-1]
        for edge in edges:
            if edge.target not in seen:
                seen.add(edge.target)
                stack.append((edge.target, iter(edge.target.edges)))
                break
        else:
            order.append(block)
            stack.pop()
    order.reverse()
    return order


def dominators(function: Function, order: list[Block]) -> dict[Block, Block]:
    """Immediate dominators, after Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm"."""
    index = {b: i for i, b in enumerate(order)}
    preds = predecessors(function)
    entry = order[0]
    idom: dict[Block, Block] = {entry: entry}
    changed = True
    while changed:
        changed = False
        for block in order[1:]:
            new: Block | None = None
            for pred, _ in preds[block]:
                if pred not in idom:
                    continue
                if new is None:
                    new = pred
                    continue
                a, b = pred, new
                while a is not b:
                    while index[a] > index[b]:
                        a = idom[a]
                    while index[b] > index[a]:
                        b = idom[b]
                new = a
            if new is not None and idom.get(block) is not new:
                idom[block] = new
                changed = True
    return idom


def verify(function: Function) -> None:
    """Raise IRError when a value is used where its definition doesn't dominate, edges and parameters
    differ in number or type, or a guard lacks its exit."""
    order = reverse_postorder(function)
    idom = dominators(function, order)
    place: dict[Value, tuple[Block, int]] = {}
    for block in order:
        for param in block.params:
            place[param] = (block, -1)
        for i, value in enumerate(block.body):
            if value in place:
                raise IRError(f"{value} is in two places")
            place[value] = (block, i)

    def dominates(a: Block, b: Block) -> bool:
        while b is not a:
            if idom[b] is b:
                return False
            b = idom[b]
        return True

    def check_use(value: Value, block: Block, position: int, user: str) -> None:
        if value.is_const:
            return
        if value not in place:
            raise IRError(f"{user} in block {block.id} uses {value} ({value.op}), which is nowhere")
        where, index = place[value]
        if where is block:
            if index >= position:
                raise IRError(f"{user} in block {block.id} uses {value} before its definition")
        elif not dominates(where, block):
            raise IRError(f"{user} in block {block.id} uses {value} of block {where.id}: not dominated")

    for block in order:
        if block.terminator is None:
            raise IRError(f"block {block.id} has no end")
        end = len(block.body)
        for i, value in enumerate([*block.body, block.terminator]):
            op = OPS.get(value.op)
            if op is None:
                raise IRError(f"unknown operation {value.op}")
            if op.terminator != (i == end):
                raise IRError(f"{value.op} in the wrong place in block {block.id}")
            if op.exits and value.exit is None and not (value.attr == "fits" or value.op == "exit"):
                raise IRError(f"guard {value} ({value.op}) without an exit")
            for arg in value.args:
                check_use(arg, block, i, f"{value} ({value.op})")
            if value.exit is not None:
                for leaf in value.exit.state.leaves():
                    check_use(leaf, block, i, f"exit of {value} ({value.op})")
        for edge in block.edges:
            if len(edge.args) != len(edge.target.params):
                raise IRError(f"edge {block.id} -> {edge.target.id}: {len(edge.args)} arguments")
            for arg, param in zip(edge.args, edge.target.params, strict=False):
                check_use(arg, block, end, f"edge to {edge.target.id}")
                if arg.type is not param.type:
                    raise IRError(
                        f"edge {block.id} -> {edge.target.id}: {arg} is {arg.type.value}, {param} {param.type.value}"
                    )


# ---------------------------------------------------------------------- text


def _format_const(value: Value) -> str:
    if value.type is Type.OBJ:
        word = value.attr
        assert isinstance(word, int)
        return str(word >> 1) + "'" if word & 1 else f"@{word:x}"
    return f"{value.attr}"


def format_slot(slot: Slot) -> str:
    if slot is None:
        return "-"
    if isinstance(slot, Virtual):
        return f"{slot.kind}({', '.join(map(format_slot, slot.items))})"
    return _format_const(slot) if slot.is_const else f"%{slot.id}"


def format_state(state: FrameState) -> str:
    return " < ".join(
        f"{f.pc}[{' '.join(map(format_slot, f.locals))} | {' '.join(map(format_slot, f.stack))}]"
        for f in reversed(state.frames)
    )


def format_value(value: Value) -> str:
    text = f"%{value.id}:{value.type.value} = " if value.type is not Type.VOID else ""
    text += value.op
    if value.attr is not None:
        attr = value.attr
        if isinstance(attr, Memory):
            attr = f"{attr.alias}+{attr.offset}"
        elif isinstance(attr, Alloc):
            attr = f"{attr.size} {attr.kind.lower()}"
        elif isinstance(attr, Call):
            attr = f"{attr.target or '*'}{' pure' if attr.pure else ''}"
        elif isinstance(attr, int) and attr > 0xFFFF:
            attr = f"{attr:x}"
        text += f" <{attr}>"
    if value.args:
        text += " " + ", ".join(map(format_slot, value.args))
    return text


def format_function(function: Function, states: bool = True) -> str:
    lines = [f"function {function.name}"]
    for block in function.blocks:
        params = ", ".join(f"%{p.id}:{p.type.value}" for p in block.params)
        lines.append(f"block {block.id}({params}):" + (f"  ; {block.label}" if block.label else ""))
        for value in [*block.body, *([block.terminator] if block.terminator else [])]:
            text = "    " + format_value(value)
            if value is block.terminator:
                text += "".join(
                    f" -> {e.target.id}({', '.join(map(format_slot, e.args))})" for e in block.edges
                )
            if value.exit is not None and states:
                mode = "raise" if value.exit.raises else value.exit.reason
                text += f"  else {mode} {format_state(value.exit.state)}"
            lines.append(text)
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------------- immediates, as in gcrt_value.h

FLOAT_OFFSET = 0x1000000000000000
FLOAT_ZERO = 2
_MASK = (1 << 64) - 1


def int_word(i: int) -> int:
    """The value word of a small int, unsigned."""
    assert SMALL_INT_MIN <= i <= SMALL_INT_MAX
    return ((i << 1) | 1) & _MASK


def word_int(word: int) -> int:
    word &= _MASK
    return (word - (1 << 64) if word >> 63 else word) >> 1


def float_word(d: float) -> int | None:
    """The value word of a double, or None when it must be boxed."""
    bits = struct.unpack("<Q", struct.pack("<d", d))[0]
    if bits == 0:
        return FLOAT_ZERO
    w = (bits + FLOAT_OFFSET) & _MASK
    w = ((w << 3) | (w >> 61)) & _MASK
    return w if w & 3 == 2 and w != FLOAT_ZERO else None


def word_float(word: int) -> float:
    if word == FLOAT_ZERO:
        return 0.0
    bits = (((word >> 3) | (word << 61)) - FLOAT_OFFSET) & _MASK
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


def same_double(a: float, b: float) -> bool:
    return a == b and math.copysign(1, a) == math.copysign(1, b)
