"""Variables, containers, subscripts, building, unpacking."""

from __future__ import annotations

from .build_base import BuilderBase
from .ir import Slot, Type, Value, Virtual
from .unit import Insn

SLICE_NONE = -(1 << 63)


class ObjectBuilder(BuilderBase):
    # ------------------------------------------------------------------ stack and variables

    def op_NOP(self, insn: Insn) -> bool:
        return self.finish(0)

    def op_RESUME(self, insn: Insn) -> bool:
        if len(self.state.frames) == 1 and self.osr_word is None:
            self.emit("safepoint", Type.VOID, reason="break")
        return self.finish(0)

    def op_POP_TOP(self, insn: Insn) -> bool:
        slot = self.peek()
        if isinstance(slot, Virtual) and slot.kind == "range_iter_at":
            self.materialize(slot)  # others may hold it and go on from here
        return self.finish(1)

    def op_PUSH_NULL(self, insn: Insn) -> bool:
        return self.finish(0, None)

    def op_COPY(self, insn: Insn) -> bool:
        slot = self.peek(insn.a)
        if isinstance(slot, Virtual) and slot.kind != "tuple":
            slot = self.materialize(slot)
        return self.finish(0, slot)

    def op_SWAP(self, insn: Insn) -> bool:
        stack = self.state.top.stack
        stack[-1], stack[-insn.a] = stack[-insn.a], stack[-1]
        return self.finish(0)

    def op_LOAD_CONST(self, insn: Insn) -> bool:
        return self.finish(0, self.constant(self.state.top.unit.consts[insn.a]))

    def local(self, i: int) -> Slot:
        """A variable that the decoder has proved bound."""
        slot = self.state.top.locals[i]
        if isinstance(slot, Value) and self.state.known.get(slot) == ("unbound?",):
            del self.state.known[slot]
        return slot

    def store_local(self, i: int, slot: Slot) -> None:
        if isinstance(slot, Virtual) and slot.kind != "tuple":
            slot = self.as_object(slot)
        self.state.top.locals[i] = slot

    def op_LOAD_FAST(self, insn: Insn) -> bool:
        slot = self.local(insn.a)
        if slot is None:
            return self.leave("unsupported")
        return self.finish(0, slot)

    def op_LOAD_FAST_CHECK(self, insn: Insn) -> bool:
        slot = self.state.top.locals[insn.a]
        if slot is None:
            return self.leave("raise")
        if isinstance(slot, Value) and self.state.known.get(slot) == ("unbound?",):
            bound = self.emit("cmp", Type.BOOL, slot, self.const_obj(0), attr="ne")
            self.guard(bound, "raise")
            del self.state.known[slot]
        return self.finish(0, slot)

    def op_STORE_FAST(self, insn: Insn) -> bool:
        self.store_local(insn.a, self.peek())
        return self.finish(1)

    def op_DELETE_FAST(self, insn: Insn) -> bool:
        slot = self.state.top.locals[insn.a]
        if slot is None:
            return self.leave("raise")
        if isinstance(slot, Value) and self.state.known.get(slot) == ("unbound?",):
            self.guard(self.emit("cmp", Type.BOOL, slot, self.const_obj(0), attr="ne"), "raise")
        self.state.top.locals[insn.a] = None
        return self.finish(0)

    def op_LOAD_FAST_LOAD_FAST(self, insn: Insn) -> bool:
        first, second = self.local(insn.a), self.local(insn.b)
        return self.finish(0, first, second)

    def op_LOAD_FAST_LOAD_CONST(self, insn: Insn) -> bool:
        first = self.local(insn.a)
        return self.finish(0, first, self.constant(self.state.top.unit.consts[insn.b]))

    def op_STORE_FAST_LOAD_FAST(self, insn: Insn) -> bool:
        self.store_local(insn.a, self.peek())
        return self.finish(1, self.local(insn.b))

    def op_STORE_FAST_STORE_FAST(self, insn: Insn) -> bool:
        self.store_local(insn.a, self.peek(1))
        self.store_local(insn.b, self.peek(2))
        return self.finish(2)

    # ------------------------------------------------------------------ cells

    def op_MAKE_CELL(self, insn: Insn) -> bool:
        initial = self.state.top.locals[insn.a]
        self.state.top.locals[insn.a] = self.make_cell(initial)
        return self.finish(0)

    def op_COPY_FREE_VARS(self, insn: Insn) -> bool:
        frame = self.state.top
        func = self.as_object(frame.func)
        closure = self.load_field(func, "PyFunctionObject.func_closure", "func")
        first = frame.unit.n_localsplus - insn.a
        offset = self.layout.offsets["PyTupleObject.ob_item"]
        for i in range(insn.a):
            cell = self.load(closure, offset + 8 * i, "tuple", Type.OBJ)
            self.state.known[cell] = ("type", self.layout.addresses["PyCell_Type"])
            frame.locals[first + i] = cell
        return self.finish(0)

    def cell(self, i: int) -> Value | None:
        slot = self.state.top.locals[i]
        if not isinstance(slot, Value) or slot.type is not Type.OBJ:
            return None
        if self.state.known.get(slot) == ("unbound?",):
            del self.state.known[slot]  # a cell variable is never unbound
        return slot

    def op_LOAD_CLOSURE(self, insn: Insn) -> bool:
        cell = self.cell(insn.a)
        return self.leave("unsupported") if cell is None else self.finish(0, cell)

    def op_LOAD_DEREF(self, insn: Insn) -> bool:
        cell = self.cell(insn.a)
        if cell is None:
            return self.leave("unsupported")
        value = self.load_field(cell, "PyCellObject.ob_ref", "cell", Type.OBJ)
        self.guard(self.emit("cmp", Type.BOOL, value, self.const_obj(0), attr="ne"), "raise")
        return self.finish(0, value)

    def op_STORE_DEREF(self, insn: Insn) -> bool:
        cell = self.cell(insn.a)
        if cell is None:
            return self.leave("unsupported")
        value = self.as_object(self.peek())
        self.store_field(cell, "PyCellObject.ob_ref", "cell", value)
        return self.finish(1)

    # ------------------------------------------------------------------ subscripts

    def index(self, slot: Slot, kinds: int) -> Value | None:
        """An index operand as an int, or None when it is something else."""
        if not isinstance(slot, Value):
            return None
        if slot.type in (Type.INT, Type.BOOL):
            return self.to_int(slot)
        if (
            slot.type is Type.OBJ
            and kinds == self.layout.constants["GCRT_KIND_INT"]
            and self.type_of(slot) is None
        ):
            return None if self.avoids("kind") else self.guard_int(slot)
        return None

    def sequence_kind(self, slot: Slot, kinds: int) -> str | None:
        """'list' or 'tuple' when the container is one (guarded), else None."""
        types, k = self.layout.addresses, self.layout.constants
        known = self.type_of(slot)
        for name, type_name in (("list", "PyList_Type"), ("tuple", "PyTuple_Type")):
            if known == types[type_name]:
                return name
            if known is None and kinds == k["GCRT_KIND_" + name.upper()] and not self.avoids("kind"):
                assert isinstance(slot, Value)
                self.guard_type(slot, type_name)
                return name
        return None

    def checked_index(self, size: Value, index: Value) -> Value:
        """Guard the bounds; negative indices count from the end."""
        if index.is_const:
            assert isinstance(index.attr, int)
            if index.attr >= 0:
                self.guard(self.emit("cmp", Type.BOOL, size, index, attr="gt"), "bounds")
                return index
            index = self.emit("wadd", Type.WORD, size, index)
            self.guard(self.emit("cmp", Type.BOOL, index, self.const_int(0), attr="ge"), "bounds")
            return index
        if not (self.state.world.get(("nonnegative", index))):
            negative = self.emit("cmp", Type.BOOL, index, self.const_int(0), attr="lt")
            from_end = self.emit("wadd", Type.WORD, index, size)
            index = self.emit("select", Type.WORD, negative, from_end, index)
        self.guard(self.emit("ucmp", Type.BOOL, index, size, attr="lt"), "bounds")
        return index

    def list_items(self, value: Value) -> Value:
        return self.load_field(value, "PyListObject.ob_item", "list")

    def size_of(self, value: Value, kind: str) -> Value:
        return self.load_field(value, "PyVarObject.ob_size", kind)

    def item(self, value: Value, kind: str, index: Value) -> Value:
        """An element; the index is within bounds."""
        if kind == "list":
            return self.load(self.list_items(value), 0, "item", Type.OBJ, index)
        return self.load(value, self.layout.offsets["PyTupleObject.ob_item"], "tuple", Type.OBJ, index)

    def op_BINARY_SUBSCR(self, insn: Insn) -> bool:
        container, key = self.peek(2), self.peek(1)
        if self.is_cold(insn, container, key):
            return self.leave("cold")
        if isinstance(container, Virtual) and container.kind == "tuple":
            if isinstance(key, Value) and key.is_const and key.type is Type.INT:
                i = key.attr
                assert isinstance(i, int)
                if -len(container.items) <= i < len(container.items):
                    return self.finish(2, container.items[i])
        kc, kk, _ = insn.kinds()
        if not self.avoids("bounds"):
            if isinstance(container, Virtual):
                container = self.materialize(container)
            index_possible = isinstance(key, Value) and (
                key.type in (Type.INT, Type.BOOL) or kk == self.layout.constants["GCRT_KIND_INT"]
            )
            kind = self.sequence_kind(container, kc) if index_possible else None
            index = self.index(key, kk) if kind else None
            if kind and index is not None:
                assert isinstance(container, Value)
                i = self.checked_index(self.size_of(container, kind), index)
                return self.finish(2, self.item(container, kind, i))
        a, b = self.as_object(container), self.as_object(key)
        return self.finish(2, self.helper("jit_subscript", a, b, check="null"))

    def op_STORE_SUBSCR(self, insn: Insn) -> bool:
        value, container, key = self.peek(3), self.peek(2), self.peek(1)
        if self.is_cold(insn, container, key):
            return self.leave("cold")
        kc, kk, _ = insn.kinds()
        if not self.avoids("bounds") and isinstance(container, Value) and isinstance(key, Value):
            index_possible = key.type in (Type.INT, Type.BOOL) or kk == self.layout.constants["GCRT_KIND_INT"]
            kind = self.sequence_kind(container, kc) if index_possible else None
            index = self.index(key, kk) if kind == "list" else None
            if index is not None:
                word = self.as_object(value)
                i = self.checked_index(self.size_of(container, "list"), index)
                self.store(self.list_items(container), 0, "item", word, i)
                return self.finish(3)
        a, b, c = self.as_object(container), self.as_object(key), self.as_object(value)
        self.helper("jit_store_subscript", a, b, c, check="negative")
        return self.finish(3)

    def op_DELETE_SUBSCR(self, insn: Insn) -> bool:
        a, b = self.as_object(self.peek(2)), self.as_object(self.peek(1))
        self.helper("jit_delete_subscript", a, b, check="negative")
        return self.finish(2)

    # ------------------------------------------------------------------ slices

    def slice_bounds(self, slots: list[Slot]) -> list[Value] | None:
        """start, stop, step as raw ints when they are ints or None; step a constant but 0."""
        if len(slots) == 2:
            slots = [*slots, None]
        result = []
        for i, slot in enumerate(slots):
            none = isinstance(slot, Value) and slot.is_const and slot.attr == self.none
            if i == 2:
                if slot is None or none:
                    result.append(self.const_word(1))
                elif isinstance(slot, Value) and slot.type is Type.INT and slot.is_const and slot.attr:
                    result.append(self.const_word(slot.attr))  # type: ignore[arg-type]
                else:
                    return None
            elif none:
                result.append(self.const_word(SLICE_NONE))
            elif isinstance(slot, Value) and slot.type is Type.INT:
                result.append(slot)
            elif (
                isinstance(slot, Value)
                and slot.type is Type.OBJ
                and self.type_of(slot) is None
                and not self.avoids("slice")
            ):
                result.append(self.guard_int(slot, "slice"))
            else:
                return None
        return result

    def op_BINARY_SLICE(self, insn: Insn) -> bool:
        n = insn.a
        container = self.peek(n + 1)
        kinds = insn.kinds()[0]
        slots = self.state.top.stack[-n:]
        if isinstance(container, Value) and self.sequence_kind(container, kinds) == "list":
            limits = self.slice_bounds(slots)
            if limits is not None:
                result = self.helper("jit_list_slice_int", container, *limits, check="null")
                self.state.known[result] = ("type", self.layout.addresses["PyList_Type"])
                return self.finish(n + 1, result)
        words = [self.as_object(s) for s in (container, *slots)]
        if n == 2:
            words.append(self.const_obj(self.none))
        return self.finish(n + 1, self.helper("jit_slice", *words, check="null"))

    def op_STORE_SLICE(self, insn: Insn) -> bool:
        n = insn.a
        container, value = self.peek(n + 1), self.peek(n + 2)
        kinds = insn.kinds()[0]
        slots = self.state.top.stack[-n:]
        if (
            isinstance(container, Value)
            and isinstance(value, Value)
            and self.is_type(value, "PyList_Type")
            and self.sequence_kind(container, kinds) == "list"
        ):
            limits = self.slice_bounds(slots)
            if limits is not None:
                self.helper("jit_list_store_slice", container, value, *limits, check="negative")
                return self.finish(n + 2)
        words = [self.as_object(s) for s in (container, *slots)]
        if n == 2:
            words.append(self.const_obj(self.none))
        self.helper("jit_store_slice", *words, self.as_object(value), check="negative")
        return self.finish(n + 2)

    # ------------------------------------------------------------------ building

    def op_BUILD_TUPLE(self, insn: Insn) -> bool:
        n = insn.a
        items = self.state.top.stack[-n:] if n else []
        items = [self.as_object(s) if isinstance(s, Virtual) and s.kind != "tuple" else s for s in items]
        if "escape" in self.disabled:
            return self.finish(n, self.materialize(Virtual("tuple", tuple(items))))
        return self.finish(n, Virtual("tuple", tuple(items)))

    def make_cell(self, initial: Slot) -> Value:
        raise NotImplementedError

    def make_list(self, items: list[Slot]) -> Value:
        raise NotImplementedError

    def operands(self, n: int) -> list[Slot]:
        return self.state.top.stack[-n:] if n else []

    def op_BUILD_LIST(self, insn: Insn) -> bool:
        return self.finish(insn.a, self.make_list(self.operands(insn.a)))

    def build_from(self, helper: str, n: int, count: int) -> bool:
        value = self.helper(helper, self.array(self.operands(n)), self.const_word(count), check="null")
        return self.finish(n, value)

    def op_BUILD_SET(self, insn: Insn) -> bool:
        return self.build_from("jit_build_set", insn.a, insn.a)

    def op_BUILD_MAP(self, insn: Insn) -> bool:
        return self.build_from("jit_build_map", 2 * insn.a, insn.a)

    def op_BUILD_STRING(self, insn: Insn) -> bool:
        return self.build_from("jit_build_string", insn.a, insn.a)

    def op_BUILD_CONST_KEY_MAP(self, insn: Insn) -> bool:
        keys = self.as_object(self.peek())
        values = self.array(self.state.top.stack[-1 - insn.a : -1])
        value = self.helper("jit_build_const_key_map", keys, values, self.const_word(insn.a), check="null")
        return self.finish(insn.a + 1, value)

    def op_BUILD_SLICE(self, insn: Insn) -> bool:
        return self.leave("unsupported")

    def op_FORMAT_VALUE(self, insn: Insn) -> bool:
        has_spec = bool(insn.a & 4)
        spec = self.as_object(self.peek()) if has_spec else self.const_obj(0)
        value = self.as_object(self.peek(2 if has_spec else 1))
        result = self.helper("jit_format_value", value, spec, self.const_word(insn.a), check="null")
        return self.finish(2 if has_spec else 1, result)

    def op_LIST_APPEND(self, insn: Insn) -> bool:
        item = self.peek()
        target = self.peek(1 + insn.a)
        self.append(self.as_object(target), self.as_object(item))
        return self.finish(1)

    def append(self, target: Value, item: Value) -> None:
        """Append to an exact list."""
        self.helper("jit_list_append", target, item, check="negative")

    def op_LIST_EXTEND(self, insn: Insn) -> bool:
        return self.add_to("jit_list_extend", insn.a)

    def op_SET_ADD(self, insn: Insn) -> bool:
        return self.add_to("jit_set_add", insn.a)

    def op_DICT_UPDATE(self, insn: Insn) -> bool:
        return self.add_to("jit_dict_update", insn.a)

    def add_to(self, helper: str, depth: int) -> bool:
        value, target = self.as_object(self.peek()), self.as_object(self.peek(1 + depth))
        self.helper(helper, target, value, check="negative")
        return self.finish(1)

    def op_MAP_ADD(self, insn: Insn) -> bool:
        value, key = self.as_object(self.peek(1)), self.as_object(self.peek(2))
        target = self.as_object(self.peek(2 + insn.a))
        self.helper("jit_dict_set", target, key, value, check="negative")
        return self.finish(2)

    def op_LIST_TO_TUPLE(self, insn: Insn) -> bool:
        return self.finish(1, self.helper("jit_list_to_tuple", self.as_object(self.peek()), check="null"))

    # ------------------------------------------------------------------ unpacking

    def op_UNPACK_SEQUENCE(self, insn: Insn) -> bool:
        slot, n = self.peek(), insn.a
        if isinstance(slot, Virtual) and slot.kind == "tuple" and len(slot.items) == n:
            return self.finish(1, *reversed(slot.items))
        if self.is_cold(insn, slot):
            return self.leave("cold")
        value = self.as_object(slot)
        kind = self.sequence_kind(value, insn.kinds()[0])
        if kind and not self.avoids("bounds"):
            size = self.size_of(value, kind)
            self.guard(self.emit("cmp", Type.BOOL, size, self.const_word(n), attr="eq"), "bounds")
            if kind == "list":
                block = self.list_items(value)
                items = [self.load(block, 8 * i, "item", Type.OBJ) for i in range(n)]
            else:
                offset = self.layout.offsets["PyTupleObject.ob_item"]
                items = [self.load(value, offset + 8 * i, "tuple", Type.OBJ) for i in range(n)]
            return self.finish(1, *reversed(items))
        out = self.array([None] * n)
        self.helper("jit_unpack", value, out, self.const_word(n), check="negative")
        items = [self.load(out, 8 * i, "args", Type.OBJ) for i in range(n)]
        return self.finish(1, *items)

    def op_GET_LEN(self, insn: Insn) -> bool:
        return self.leave("unsupported")

    # ------------------------------------------------------------------ raising

    def op_RAISE_VARARGS(self, insn: Insn) -> bool:
        return self.leave("raise")

    def op_RERAISE(self, insn: Insn) -> bool:
        return self.leave("raise")

    def op_LOAD_ASSERTION_ERROR(self, insn: Insn) -> bool:
        return self.leave("raise")
