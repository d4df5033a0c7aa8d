"""What all parts of the builder share: emitting, constants, boxing, guards, exits."""

from __future__ import annotations

from .ir import (
    Block,
    Call,
    Exit,
    FrameState,
    Function,
    Memory,
    Slot,
    Type,
    Value,
    Virtual,
    float_word,
    int_word,
    word_float,
    word_int,
)
from .layout import Layout, RawMemory
from .state import ANY, Fact, State
from .unit import Insn, Unit


class CannotCompile(Exception):
    """The function is left to the interpreter; says why."""


class TooLarge(CannotCompile):
    """More nodes than LLVM should be given: to be built again with caution."""


class ConstantPool:
    """Objects that compiled code names: kept alive by the engine."""

    def keep(self, word: int) -> None:
        """Keep the object alive from now on."""


HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE

# Reasons that never make the code be thrown away: the interpreter has to do this.
PATIENT_REASONS = {"break", "raise"}


class BuilderBase:
    """State of one compilation.  Attributes block, state and insn say where the builder stands."""

    def __init__(
        self,
        units: list[Unit],
        layout: Layout,
        memory: RawMemory,
        pool: ConstantPool,
        avoid: set[tuple[int, int, str]],
        osr_word: int | None = None,
        osr_slots: list[int] | None = None,
        list_methods: dict[int, str] | None = None,
        disabled: frozenset[str] = frozenset(),
    ) -> None:
        self.units = units
        self.unit_of_code = {u.code: u for u in units}
        self.layout = layout
        self.memory = memory
        self.pool = pool
        self.avoided = avoid
        self.surprised = {code for code, _, reason in avoid if reason == "attr"}
        self.osr_word = osr_word
        self.osr_slot_values = osr_slots or []
        self.n_osr_slots = len(self.osr_slot_values)
        self.list_methods = list_methods or {}
        self.disabled = disabled
        self.cautious = False  # inline and split little: the first attempt grew too large
        self.function = Function(units[0].name)
        self._constants: dict[tuple, Value] = {}
        self.max_offset = 0
        self.none = layout.addresses["None"]
        self.true = layout.addresses["True"]
        self.false = layout.addresses["False"]
        self.block: Block
        self.state: State
        self.insn: Insn | None = None
        self.saved_state: FrameState | None = None
        self.effect_in_insn = False

    # ------------------------------------------------------------------ emitting

    def emit(
        self, op: str, type: Type, *args: Value, attr: object = None, reason: str | None = None
    ) -> Value:
        exit = self.exit(reason) if reason is not None else None
        value = self.function.value(op, type, list(args), attr, exit)
        self.block.body.append(value)
        if op == "store":
            self.had_effect()
        return value

    def had_effect(self) -> None:
        """Guards must not lead to before this point."""
        self.state.checkpoint = None
        self.effect_in_insn = True

    def exit(self, reason: str, raises: bool = False) -> Exit:
        """An exit before the current instruction (or further back: see State.checkpoint); a raising one
        says that this very instruction has raised."""
        assert self.insn is not None
        site = (self.state.top.unit.code, self.insn.pc)
        if raises:
            if self.saved_state is None:
                self.saved_state = self.state.snapshot(self.insn.pc)
            return Exit(self.saved_state, True, reason, site)
        if self.state.checkpoint is None:
            if self.effect_in_insn:
                raise CannotCompile(f"guard behind an effect in {self.insn.name}")
            self.state.checkpoint = self.state.snapshot(self.insn.pc)
        return Exit(self.state.checkpoint, False, reason, site)

    def leave(self, reason: str, raises: bool = False) -> bool:
        """End the block: the interpreter goes on."""
        self.block.terminator = self.function.value("exit", Type.VOID, exit=self.exit(reason, raises))
        self.block.edges = []
        return True

    def avoids(self, reason: str) -> bool:
        """A guard for that reason failed too often at this instruction."""
        assert self.insn is not None
        return (self.state.top.unit.code, self.insn.pc, reason) in self.avoided

    # ------------------------------------------------------------------ constants

    def _const(self, type: Type, attr: object, key: object) -> Value:
        value = self._constants.get((type, key))
        if value is None:
            value = self._constants[type, key] = self.function.value("const", type, attr=attr)
        return value

    def const_obj(self, word: int) -> Value:
        return self._const(Type.OBJ, word, word)

    def const_word(self, word: int) -> Value:
        return self._const(Type.WORD, word, word)

    def const_int(self, i: int) -> Value:
        return self._const(Type.INT, i, i)

    def const_float(self, d: float) -> Value:
        return self._const(Type.FLOAT, d, (d.hex(), str(d)))

    def const_bool(self, b: bool) -> Value:
        return self._const(Type.BOOL, b, b)

    def constant(self, word: int) -> Slot:
        """A constant of any kind from its value word."""
        if word == 0:
            return None
        if word & 1:
            return self.const_int(word_int(word))
        if word & 3 == 2:
            return self.const_float(word_float(word))
        if word == self.true or word == self.false:
            return self.const_bool(word == self.true)
        if self.memory.u64(word) == self.layout.addresses["PyFloat_Type"]:
            return self.const_float(self.memory.f64(word + self.layout.offsets["PyFloatObject.ob_fval"]))
        self.pool.keep(word)
        return self.const_obj(word)

    # ------------------------------------------------------------------ memory

    def load(self, base: Value, offset: int, alias: str, type: Type, index: Value | None = None) -> Value:
        args = [base] if index is None else [base, index]
        return self.emit("load", type, *args, attr=Memory(offset, alias))

    def load_field(self, base: Value, field: str, alias: str, type: Type = Type.WORD) -> Value:
        return self.load(base, self.layout.offsets[field], alias, type)

    def load_u32(self, base: Value, field: str, alias: str) -> Value:
        return self.emit("load", Type.WORD, base, attr=Memory(self.layout.offsets[field], alias, 4))

    def store(self, base: Value, offset: int, alias: str, value: Value, index: Value | None = None) -> None:
        args = [base, value] if index is None else [base, value, index]
        self.emit("store", Type.VOID, *args, attr=Memory(offset, alias))

    def store_field(self, base: Value, field: str, alias: str, value: Value) -> None:
        self.store(base, self.layout.offsets[field], alias, value)

    # ------------------------------------------------------------------ calls

    def helper(self, name: str, *args: Value, check: str | None = None, type: Type | None = None) -> Value:
        """Call a C helper.  Operands and reach of effects are as jit_helpers.def says."""
        info = self.layout.helpers[name]
        result = {"o": Type.OBJ, "i": Type.WORD, "d": Type.FLOAT, "v": Type.VOID}[info.signature[0]]
        pure = info.effect == "PURE"
        if info.effect == "RUNS":
            self.settle_iterators()
            self.link_frames()
        attr = Call(name, info.signature, check, pure, 0 if pure else self.pc_address())
        value = self.function.value("call", type or result, list(args), attr)
        if check:
            value.exit = self.exit("error", raises=True)
        self.block.body.append(value)
        if info.effect == "RUNS":
            self.state.forget_world(self.lasts)
        if info.effect in ("RUNS", "ALLOC"):
            self.had_effect()
        return value

    def call_address(self, function: Value, signature: str, *args: Value) -> Value:
        """Call a C function that returns a new object or NULL and may run anything."""
        self.settle_iterators()
        self.link_frames()
        attr = Call(None, signature, "null", False, self.pc_address())
        value = self.function.value(
            "call", Type.OBJ, [function, *args], attr, self.exit("error", raises=True)
        )
        self.block.body.append(value)
        self.state.forget_world(self.lasts)
        self.had_effect()
        return value

    def lasts(self, fact: Fact) -> bool:
        """Does the fact hold whatever code runs?  Attributes come and go, and the instances of a class
        that a program has made may be given another one."""
        if fact[0] == "type":
            return not self.memory.u64(fact[1], "PyTypeObject.tp_flags") & HEAP_TYPE
        return fact[0] not in ("shape", "shapes")

    def pc_address(self) -> tuple[int, int]:
        """(offset of the frame that the guest sees, address of the instruction): to be stored."""
        state = self.state
        frame = state.frames[state.linked]
        pc = self.insn.pc if frame is state.top and self.insn else frame.pc
        return frame.offset, frame.unit.live_insns + 8 * pc

    def link_frames(self) -> None:
        """Make the frames of inlined functions visible: code that looks at frames may run."""
        state = self.state
        while state.linked < len(state.frames) - 1:
            outer = state.frames[state.linked]
            state.linked += 1
            inner = state.frames[state.linked]
            self.emit(
                "link_frame",
                Type.VOID,
                self.as_object(inner.func),
                attr=(
                    outer.offset,
                    outer.unit.live_insns + 8 * outer.pc,
                    inner.offset,
                    inner.unit.code,
                    inner.unit.frame_slots,
                ),
            )

    def array(self, slots: list[Slot]) -> Value:
        """The operands as value words in memory, for the next call."""
        words = [self.as_object(s) if s is not None else self.const_obj(0) for s in slots]
        return self.emit("array", Type.WORD, *words)

    # ------------------------------------------------------------------ boxing

    def as_object(self, slot: Slot) -> Value:
        """The value word of a slot, making the object when there is none yet."""
        if slot is None:
            return self.const_obj(0)
        if isinstance(slot, Virtual):
            return self.materialize(slot)
        if slot.type is Type.OBJ:
            return slot
        known = self.state.boxed.get(slot)
        if known is not None:
            return known
        if slot.is_const:
            word = self.constant_word(slot)
            if word is not None:
                return self.const_obj(word)
        op = {Type.INT: "box_int", Type.FLOAT: "box_float", Type.BOOL: "box_bool"}[slot.type]
        box = self.emit(op, Type.OBJ, slot)
        self.state.boxed[slot] = box
        return box

    def constant_word(self, value: Value) -> int | None:
        """The value word of a constant number; None when it needs a box."""
        if value.type is Type.INT:
            return int_word(value.attr)  # type: ignore[arg-type]
        if value.type is Type.FLOAT:
            return float_word(value.attr)  # type: ignore[arg-type]
        return self.true if value.attr else self.false

    def materialize(self, virtual: Virtual) -> Value:
        """Make a virtual object and use it everywhere."""
        items = virtual.items
        kind = virtual.kind
        fact: Fact | None = None
        types = self.layout.addresses
        if kind == "tuple":
            value = self.make_tuple(list(items))
            fact = ("type", types["PyTuple_Type"])
        elif kind == "range":
            value = self.helper("jit_range", self.array(list(items)), self.const_word(3), check="null")
            fact = ("type", types["PyRange_Type"])
        elif kind == "range_iter":
            value = self.helper("jit_range_iter", *self.raw(items), check="null")
            fact = ("type", types["PyRangeIter_Type"])
        elif kind in ("list_iter", "tuple_iter"):
            value = self.helper("jit_" + kind, self.as_object(items[1]), *self.raw(items[:1]), check="null")
            fact = ("type", types["PyListIter_Type" if kind == "list_iter" else "PyTupleIter_Type"])
        elif kind == "enumerate":
            value = self.helper("jit_enumerate", *self.raw(items[:1]), self.as_object(items[1]), check="null")
            fact = ("type", types["PyEnum_Type"])
        elif kind == "zip":
            value = self.helper("jit_zip", self.array(list(items)), self.const_word(len(items)), check="null")
            fact = ("type", types["PyZip_Type"])
        elif kind == "range_iter_at":
            value = self.write_back(virtual)
            fact = ("type", types["PyRangeIter_Type"])
        else:
            raise CannotCompile(f"a {kind} can't be made")
        self.state.replace(virtual, value)
        if fact is not None:
            self.state.known[value] = fact
        return value

    def make_tuple(self, items: list[Slot]) -> Value:
        raise NotImplementedError

    def write_back(self, virtual: Virtual) -> Value:
        """Store the position of an iterator that exists in it."""
        it, current, remaining, _ = virtual.items
        assert isinstance(it, Value) and isinstance(current, Value) and isinstance(remaining, Value)
        self.store_field(it, "gcrt_range_iter.current", "iter", current)
        self.store_field(it, "gcrt_range_iter.remaining", "iter", remaining)
        return it

    def settle_iterators(self, top_only: bool = False) -> None:
        """Others may look at iterators that exist: their positions go back into them."""
        for frame in self.state.frames[-1:] if top_only else self.state.frames:
            for slot in frame.stack:
                if isinstance(slot, Virtual) and slot.kind == "range_iter_at":
                    self.materialize(slot)

    @staticmethod
    def raw(items: tuple[Slot, ...]) -> list[Value]:
        result = []
        for item in items:
            assert isinstance(item, Value) and item.type in (Type.INT, Type.WORD)
            result.append(item)
        return result

    # ------------------------------------------------------------------ facts and guards

    def type_of(self, slot: Slot) -> int | None:
        """Address of the exact type, when known."""
        if slot is None:
            return None
        types = self.layout.addresses
        if isinstance(slot, Virtual):
            return {
                "tuple": types["PyTuple_Type"],
                "range": types["PyRange_Type"],
                "enumerate": types["PyEnum_Type"],
                "zip": types["PyZip_Type"],
                "list_iter": types["PyListIter_Type"],
                "tuple_iter": types["PyTupleIter_Type"],
                "range_iter": types["PyRangeIter_Type"],
                "range_iter_at": types["PyRangeIter_Type"],
                "method": types["PyMethod_Type"],
            }[slot.kind]
        if slot.type is Type.INT:
            return types["PyLong_Type"]
        if slot.type is Type.FLOAT:
            return types["PyFloat_Type"]
        if slot.type is Type.BOOL:
            return types["PyBool_Type"]
        if slot.is_const:
            word = slot.attr
            assert isinstance(word, int)
            if word == 0:
                return None
            if word & 1:
                return types["PyLong_Type"]
            return types["PyFloat_Type"] if word & 2 else self.memory.u64(word)
        fact = self.state.known.get(slot)
        if fact is None:
            return None
        if fact[0] == "type":
            return fact[1]
        if fact[0] == "shape":
            return self.memory.u64(fact[1], "gcrt_shape.type")
        return None

    def is_type(self, slot: Slot, name: str) -> bool:
        return self.type_of(slot) == self.layout.addresses[name]

    def guard(self, condition: Value, reason: str) -> None:
        if condition.is_const and condition.attr:
            return
        self.emit("guard", Type.VOID, condition, reason=reason)

    def guard_type(self, value: Value, name: str, reason: str = "kind") -> None:
        self.guard_type_address(value, self.layout.addresses[name], reason)

    def guard_type_address(self, value: Value, address: int, reason: str = "kind") -> None:
        """value (a word) is a pointer to an object of exactly that type."""
        if self.type_of(value) == address:
            return
        self.emit("guard_type", Type.VOID, value, attr=address, reason=reason)
        self.state.known[value] = ("type", address)

    def guard_is(self, value: Value, word: int, reason: str) -> None:
        """value is that very object; the slots that hold it become the constant."""
        if value.is_const and value.attr == word:
            return
        constant = self.const_obj(word)
        self.guard(self.emit("cmp", Type.BOOL, value, constant, attr="eq"), reason)
        self.state.replace(value, constant)

    def guard_int(self, value: Value, reason: str = "kind") -> Value:
        """The unboxed int in a value word; it takes the word's place in the state."""
        result = self.emit("guard_int", Type.INT, value, reason=reason)
        self._unboxed(value, result)
        return result

    def guard_float(self, value: Value, reason: str = "kind") -> Value:
        if self.is_type(value, "PyFloat_Type"):
            result = self.emit("as_float", Type.FLOAT, value)
        else:
            result = self.emit("guard_float", Type.FLOAT, value, reason=reason)
        self._unboxed(value, result)
        return result

    def guard_bool(self, value: Value, reason: str = "kind") -> Value:
        result = self.emit("guard_bool", Type.BOOL, value, reason=reason)
        self._unboxed(value, result)
        return result

    def _unboxed(self, word: Value, unboxed: Value) -> None:
        self.state.boxed[unboxed] = word
        self.state.replace(word, unboxed)

    def to_int(self, slot: Slot, reason: str = "kind") -> Value:
        """An int operand as a raw int: unboxes words, converts bools."""
        assert isinstance(slot, Value)
        if slot.type is Type.INT:
            return slot
        if slot.type is Type.BOOL:
            if slot.is_const:
                return self.const_int(int(bool(slot.attr)))
            return self.emit("bool_to_int", Type.INT, slot)
        return self.guard_int(slot, reason)

    def check_world(self, key: tuple, value: object) -> bool:
        """True when the fact is established already; the caller emits the guard otherwise."""
        if self.state.world.get(key, ANY) == value:
            return True
        self.state.world[key] = value
        return False

    # ------------------------------------------------------------------ stack

    def push(self, slot: Slot) -> None:
        self.state.top.stack.append(slot)

    def pop(self) -> Slot:
        return self.state.top.stack.pop()

    def peek(self, n: int = 1) -> Slot:
        return self.state.top.stack[-n]

    def drop(self, n: int) -> None:
        if n:
            del self.state.top.stack[-n:]

    def next(self, pc: int | None = None) -> None:
        """The instruction is done: go on behind it (or elsewhere)."""
        assert self.insn is not None
        self.state.top.pc = self.insn.next if pc is None else pc

    def finish(self, pops: int, *pushes: Slot) -> bool:
        """Pop operands, push results, go on."""
        self.drop(pops)
        self.state.top.stack.extend(pushes)
        self.next()
        return False
