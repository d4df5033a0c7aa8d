"""Making objects: compiled code allocates inline (gcrt/llvm.py) and fills the fields itself.

Memory comes zeroed.  The stores that fill a new object are no effects: nobody has seen it, and when a
guard leads to before them the interpreter makes another one."""

from __future__ import annotations

from .build_base import BuilderBase
from .ir import Alloc, Memory, Slot, Type, Value

# Objects with more words than this are made by the C helper, whose loop is shorter than our stores.
INLINE_ITEMS = 16


class AllocBuilder(BuilderBase):
    def allocate(self, size: int, kind: str) -> Value:
        """size zeroed bytes; the current instruction raises MemoryError when there are none."""
        value = self.function.value("alloc", Type.OBJ, [], Alloc(size, kind), self.exit("error", raises=True))
        self.block.body.append(value)
        return value

    def fill(self, base: Value, offset: int, alias: str, value: Value) -> None:
        """Store into an object that nobody has seen."""
        store = self.function.value("store", Type.VOID, [base, value], Memory(offset, alias))
        self.block.body.append(store)

    def allocate_object(self, type_name: str, size: int) -> Value:
        """An object of a static type of which only the type is filled in."""
        address = self.layout.addresses[type_name]
        value = self.allocate(size, "TRACED")
        self.fill(value, 0, "type", self.const_word(address))
        self.state.known[value] = ("type", address)
        return value

    def inline_allocation(self, n_items: int = 0) -> bool:
        return "alloc" not in self.disabled and n_items <= INLINE_ITEMS

    def make_tuple(self, items: list[Slot]) -> Value:
        n = len(items)
        if n == 0 or not self.inline_allocation(n):
            return self.helper("jit_tuple", self.array(items), self.const_word(n), check="null")
        words = [self.as_object(s) for s in items]
        o = self.layout.offsets
        value = self.allocate_object("PyTuple_Type", o["PyTupleObject.ob_item"] + 8 * n)
        self.fill(value, o["PyVarObject.ob_size"], "tuple", self.const_word(n))
        for i, word in enumerate(words):
            self.fill(value, o["PyTupleObject.ob_item"] + 8 * i, "tuple", word)
        return value

    def make_list(self, items: list[Slot]) -> Value:
        n = len(items)
        if not self.inline_allocation(n):
            value = self.helper("jit_list", self.array(items), self.const_word(n), check="null")
            self.state.known[value] = ("type", self.layout.addresses["PyList_Type"])
            return value
        words = [self.as_object(s) for s in items]
        block = self.allocate(8 * n, "CONSERVATIVE") if n else None
        for i, word in enumerate(words):
            assert block is not None
            self.fill(block, 8 * i, "item", word)
        o = self.layout.offsets
        value = self.allocate_object("PyList_Type", self.layout.sizes["PyListObject"])
        if block is not None:
            self.fill(value, o["PyVarObject.ob_size"], "list", self.const_word(n))
            self.fill(value, o["PyListObject.ob_item"], "list", block)
            self.fill(value, o["PyListObject.allocated"], "list", self.const_word(n))
        return value

    def make_cell(self, initial: Slot) -> Value:
        word = self.as_object(initial)
        if not self.inline_allocation():
            value = self.helper("jit_cell", word, check="null")
            self.state.known[value] = ("type", self.layout.addresses["PyCell_Type"])
            return value
        value = self.allocate_object("PyCell_Type", self.layout.sizes["PyCellObject"])
        self.fill(value, self.layout.offsets["PyCellObject.ob_ref"], "cell", word)
        return value

    def new_instance(self, type_: Value) -> Value:
        """An instance of a Python class whose version is guarded, without its __init__."""
        word = type_.attr
        assert isinstance(word, int)
        shape = self.instance_shape(word) if self.inline_allocation() else 0
        if not shape:
            instance = self.helper("jit_new_instance", type_, check="null")
            self.state.known[instance] = ("type", word)
            return instance
        m = self.memory
        size = m.i64(word, "PyTypeObject.tp_basicsize") + 8 * m.u32(shape, "gcrt_shape.inline_slots")
        instance = self.allocate(size, "TRACED")
        offset = m.i32(word, "PyTypeObject.gcrt_inst_offset") + self.layout.offsets["gcrt_record.shape"]
        self.fill(instance, 0, "type", type_)
        self.fill(instance, offset, "inst", self.const_obj(shape))
        self.state.known[instance] = ("shape", shape)
        return instance

    def instance_shape(self, type_: int) -> int:
        """The shape that new instances get, kept alive; 0: they need more than memory and a shape."""
        m, c = self.memory, self.layout.constants
        flags = m.u32(type_, "PyTypeObject.gcrt_flags")
        shape = m.u64(type_, "PyTypeObject.gcrt_root_shape")
        if flags & c["GCRT_TYPE_DYING"] or not flags & c["GCRT_TYPE_PYTHON_NEW"] or not shape:
            return 0
        slots = m.u32(shape, "gcrt_shape.inline_slots")
        if m.i32(type_, "PyTypeObject.gcrt_inst_offset") <= 0 or slots > 200:
            return 0
        if slots != m.u32(type_, "PyTypeObject.gcrt_inline_slots"):
            return 0  # the next instance gets another shape
        self.pool.keep(shape)
        return shape
