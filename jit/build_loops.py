"""Jumps and iteration.

A fresh iterator over a range, list or tuple (also inside enumerate or zip) is virtual: its position lives
in SSA values, and an exit makes the iterator object.  An iterator that exists already, because the loop
was entered in its middle or the program made it, is stepped in its own fields, so that everybody who
holds it sees it move.
"""

from __future__ import annotations

from collections.abc import Callable

from .build_base import BuilderBase
from .ir import Memory, Slot, Type, Value, Virtual
from .unit import Insn


class LoopBuilder(BuilderBase):
    def op_JUMP(self, insn: Insn) -> bool:
        self.next(insn.a)
        return False

    def op_JUMP_BACKWARD(self, insn: Insn) -> bool:
        self.emit("safepoint", Type.VOID, reason="break")
        self.next(insn.a)
        return False

    # ------------------------------------------------------------------ GET_ITER

    def op_GET_ITER(self, insn: Insn) -> bool:
        slot = self.peek()
        iterator = self.iterator_of(slot, insn.kinds()[0])
        return self.finish(1, iterator)

    def iterator_of(self, slot: Slot, kinds: int, guess: str | None = None) -> Slot:
        """iter(slot).  guess: 'list' when there is no feedback and a list is likely."""
        k, types = self.layout.constants, self.layout.addresses
        zero = self.const_int(0)
        if isinstance(slot, Virtual):
            if slot.kind == "range":
                return self.range_iterator(slot.items)
            if slot.kind == "tuple":
                return Virtual("tuple_iter", (zero, self.materialize(slot)))
            if slot.kind in ("enumerate", "zip"):
                return slot
            return self.generic_iterator(slot)
        if "iterators" in self.disabled:
            return self.generic_iterator(slot)
        known = self.type_of(slot)
        if known is None and not self.avoids("kind") and isinstance(slot, Value):
            for kind, name in (("LIST", "PyList_Type"), ("TUPLE", "PyTuple_Type"), ("RANGE", "PyRange_Type")):
                if kinds == k["GCRT_KIND_" + kind] or (kinds == 0 and guess == kind):
                    self.guard_type(slot, name)
                    known = types[name]
        assert isinstance(slot, Value)
        if known == types["PyList_Type"]:
            return Virtual("list_iter", (zero, slot))
        if known == types["PyTuple_Type"]:
            return Virtual("tuple_iter", (zero, slot))
        if known == types["PyRange_Type"] and not self.avoids("range"):
            start, length, step = (
                self.guard_int(self.load(slot, self.layout_range(f), "range", Type.OBJ), "range")
                for f in ("start", "length", "step")
            )
            return Virtual("range_iter", (start, length, step))
        return self.generic_iterator(slot)

    def layout_range(self, field: str) -> int:
        return self.layout.offsets[f"gcrt_range.{field}"]

    def generic_iterator(self, slot: Slot) -> Value:
        return self.helper("jit_get_iter", self.as_object(slot), check="null")

    def range_iterator(self, items: tuple[Slot, ...]) -> Slot:
        """Position of a range's iterator: (current, remaining, step)."""
        start, stop, step = items
        assert isinstance(start, Value) and isinstance(stop, Value) and isinstance(step, Value)
        assert step.is_const and isinstance(step.attr, int)
        if step.attr > 0:
            distance, size = self.emit("wsub", Type.WORD, stop, start), step.attr
        else:
            distance, size = self.emit("wsub", Type.WORD, start, stop), -step.attr
        count = distance
        if size != 1:
            count = self.emit("wadd", Type.WORD, distance, self.const_word(size - 1))
            count = self.emit("wsdiv", Type.WORD, count, self.const_word(size))
        zero = self.const_word(0)
        some = self.emit("cmp", Type.BOOL, distance, zero, attr="gt")
        # A distance of two 63-bit ints may need 64 bits, a count never more than 63.
        remaining = self.emit("select", Type.INT, some, count, zero)
        return Virtual("range_iter", (start, remaining, step))

    # ------------------------------------------------------------------ FOR_ITER

    def op_FOR_ITER(self, insn: Insn) -> bool:
        slot = self.peek()
        if not isinstance(slot, Virtual) and self.is_cold_iterator(insn, slot):
            return self.leave("cold")
        end_states: list[tuple] = []
        item, iterator = self.step(slot, insn.kinds()[0], end_states)
        if item is None:
            # The general step tells the end by a NULL.
            return self.generic_step(insn)
        self.state.top.stack[-1] = iterator
        self.push(item)
        self.next()
        for block, state in end_states:
            state.top.stack.pop()
            state.top.pc = insn.a
            self.work.append((block, state, False))
        block, state = self.block, self.state
        self.work.appendleft((block, state, False))
        return True

    def is_cold_iterator(self, insn: Insn, slot: Slot) -> bool:
        return not any(insn.cache) and not self.avoids("cold") and self.type_of(slot) is None

    def end_if_not(
        self, condition: Value, end_states: list[tuple], before: Callable[[], None] | None = None
    ) -> None:
        """Go on only when the condition holds; the loop ends otherwise."""
        yes, no = self.branch(condition)
        state = self.state.copy()
        if before is not None:
            here, self.block = self.block, no
            kept, self.state = self.state, state
            before()
            self.block, self.state = here, kept
        end_states.append((no, state))
        self.block = yes

    def step(self, slot: Slot, kinds: int, end: list[tuple]) -> tuple[Slot, Slot]:
        """(next item, iterator afterwards); (None, None): no fast way.  All guards come before the
        first effect."""
        if isinstance(slot, Virtual):
            if self.steppable(slot):
                return self.step_virtual(slot, end)
            slot = self.materialize(slot)
        assert isinstance(slot, Value)
        name = self.iterator_kind(slot, kinds)
        if name is None:
            return None, None
        return getattr(self, "step_" + name)(slot, end)

    def iterator_kind(self, slot: Value, kinds: int) -> str | None:
        k, types = self.layout.constants, self.layout.addresses
        known = self.type_of(slot)
        table = (
            ("range_iter", "GCRT_KIND_RANGE", "PyRangeIter_Type"),
            ("list_iter", "GCRT_KIND_LIST", "PyListIter_Type"),
            ("tuple_iter", "GCRT_KIND_TUPLE", "PyTupleIter_Type"),
            ("enumerate", "GCRT_KIND_ENUMERATE", "PyEnum_Type"),
        )
        for name, kind, type_name in table:
            if known == types[type_name]:
                return name
            if known is None and kinds == k[kind] and not self.avoids("kind"):
                self.guard_type(slot, type_name)
                return name
        return None

    # -- virtual iterators

    def steppable(self, slot: Slot) -> bool:
        """All of the iterator is virtual: stepping it needs no guard and no store."""
        if not isinstance(slot, Virtual):
            return False
        if slot.kind in ("enumerate", "zip"):
            return all(
                self.steppable(s) for s in (slot.items[1:] if slot.kind == "enumerate" else slot.items)
            )
        return slot.kind in ("range_iter", "list_iter", "tuple_iter", "range_iter_at")

    def step_virtual(self, it: Virtual, end: list[tuple]) -> tuple[Slot, Slot]:
        if it.kind == "range_iter":
            current, remaining, step = self.raw(it.items)
            self.end_if_not(self.emit("cmp", Type.BOOL, remaining, self.const_word(0), attr="gt"), end)
            after = self.emit("wadd", Type.INT, current, step)
            left = self.emit("wsub", Type.INT, remaining, self.const_int(1))
            return current, Virtual("range_iter", (after, left, step))
        if it.kind == "range_iter_at":
            return self.step_range_at(it.items[0], *self.raw(it.items[1:]), end)
        if it.kind in ("list_iter", "tuple_iter"):
            kind = "list" if it.kind == "list_iter" else "tuple"
            (index,) = self.raw(it.items[:1])
            sequence = it.items[1]
            assert isinstance(sequence, Value)
            size = self.size_of(sequence, kind)
            self.end_if_not(self.emit("cmp", Type.BOOL, index, size, attr="lt"), end)
            item = self.item(sequence, kind, index)
            after = self.emit("wadd", Type.INT, index, self.const_int(1))
            return item, Virtual(it.kind, (after, sequence))
        if it.kind == "enumerate":
            (count,) = self.raw(it.items[:1])
            item, inner = self.step_virtual(it.items[1], end)  # type: ignore[arg-type]
            after = self.emit("add", Type.INT, count, self.const_int(1), attr="fits")
            return Virtual("tuple", (count, item)), Virtual("enumerate", (after, inner))
        assert it.kind == "zip"
        steps = [self.step_virtual(inner, end) for inner in it.items]  # type: ignore[arg-type]
        return Virtual("tuple", tuple(s[0] for s in steps)), Virtual("zip", tuple(s[1] for s in steps))

    # -- iterators in memory

    def field(self, it: Value, name: str, type: Type = Type.WORD) -> Value:
        return self.load(it, self.layout.offsets[name], "iter", type)

    def step_range_iter(self, it: Value, end: list[tuple]) -> tuple[Slot, Slot]:
        """The position stays in registers until somebody may look at the iterator."""
        self.settle_iterators()
        return self.step_range_at(
            it,
            self.field(it, "gcrt_range_iter.current", Type.INT),
            self.field(it, "gcrt_range_iter.remaining", Type.INT),
            self.field(it, "gcrt_range_iter.step", Type.INT),
            end,
        )

    def step_range_at(
        self, it: Slot, current: Value, remaining: Value, step: Value, end: list[tuple]
    ) -> tuple[Slot, Slot]:
        more = self.emit("cmp", Type.BOOL, remaining, self.const_word(0), attr="gt")
        self.end_if_not(more, end, lambda: self.settle_iterators(top_only=True))
        after = self.emit("wadd", Type.INT, current, step)
        left = self.emit("wsub", Type.INT, remaining, self.const_int(1))
        return current, Virtual("range_iter_at", (it, after, left, step))

    def step_list_iter(self, it: Value, end: list[tuple]) -> tuple[Slot, Slot]:
        return self.step_sequence_iter(it, end, "list", "gcrt_list_iter.index", "gcrt_list_iter.list")

    def step_tuple_iter(self, it: Value, end: list[tuple]) -> tuple[Slot, Slot]:
        return self.step_sequence_iter(it, end, "tuple", "gcrt_tuple_iter.index", "gcrt_tuple_iter.tuple")

    def step_sequence_iter(
        self, it: Value, end: list[tuple], kind: str, index_field: str, sequence_field: str
    ) -> tuple[Slot, Slot]:
        offsets = self.layout.offsets
        sequence = self.field(it, sequence_field, Type.OBJ)
        self.guard(self.emit("cmp", Type.BOOL, sequence, self.const_obj(0), attr="ne"), "iterator")
        index = self.field(it, index_field, Type.INT)
        size = self.size_of(sequence, kind)

        def drop_sequence() -> None:
            self.store(it, offsets[sequence_field], "iter", self.const_obj(0))

        self.end_if_not(self.emit("cmp", Type.BOOL, index, size, attr="lt"), end, drop_sequence)
        item = self.item(sequence, kind, index)
        after = self.emit("wadd", Type.WORD, index, self.const_word(1))
        self.store(it, offsets[index_field], "iter", after)
        return item, it

    def step_enumerate(self, it: Value, end: list[tuple]) -> tuple[Slot, Slot]:
        """Over a list or tuple iterator, whose kind is taken from the object of an entry at the loop."""
        kind = self.inner_iterator_kind(it)
        if kind is None or self.avoids("iterator"):
            return None, None
        big = self.field(it, "gcrt_enumerate.big")
        self.guard(self.emit("cmp", Type.BOOL, big, self.const_word(0), attr="eq"), "iterator")
        count = self.field(it, "gcrt_enumerate.count", Type.INT)
        limit = self.const_int(1 << 60)
        self.guard(self.emit("cmp", Type.BOOL, count, limit, attr="lt"), "iterator")
        inner = self.field(it, "gcrt_enumerate.iter", Type.OBJ)
        name = {
            "list_iter": "PyListIter_Type",
            "tuple_iter": "PyTupleIter_Type",
            "range_iter": "PyRangeIter_Type",
        }
        self.guard_type(inner, name[kind], "iterator")
        item, _ = getattr(self, "step_" + kind)(inner, end)
        after = self.emit("wadd", Type.WORD, count, self.const_word(1))
        self.store(it, self.layout.offsets["gcrt_enumerate.count"], "iter", after)
        return Virtual("tuple", (count, item)), it

    def inner_iterator_kind(self, it: Value) -> str | None:
        """What an enumerate object counts, from the object that was seen (or a list)."""
        types, m = self.layout.addresses, self.memory
        for word in self.osr_slot_values:
            if word and word & 3 == 0 and m.u64(word) == types["PyEnum_Type"]:
                inner = m.u64(word, "gcrt_enumerate.iter")
                kind = m.u64(inner) if inner and inner & 3 == 0 else 0
                return {
                    types["PyListIter_Type"]: "list_iter",
                    types["PyTupleIter_Type"]: "tuple_iter",
                    types["PyRangeIter_Type"]: "range_iter",
                }.get(kind)
        return "list_iter"

    # -- the general way

    def generic_step(self, insn: Insn) -> bool:
        it = self.as_object(self.peek())
        item = self.helper("jit_for_next", it)
        condition = self.emit("cmp", Type.BOOL, item, self.const_obj(0), attr="ne")
        yes, no = self.branch(condition)
        state = self.state.copy()
        self.push(item)
        self.next()
        self.work.appendleft((yes, self.state, False))
        self.block, self.state = no, state
        ts = self.emit("input", Type.WORD, attr="ts")
        raised = self.emit("load", Type.WORD, ts, attr=Memory(self.layout.offsets["ts.exception"], "ts"))
        fine = self.emit("cmp", Type.BOOL, raised, self.const_word(0), attr="eq")
        guard = self.function.value("guard", Type.VOID, [fine], exit=self.exit("error", raises=True))
        self.block.body.append(guard)
        self.drop(1)
        self.next(insn.a)
        self.work.append((no, state, False))
        return True
