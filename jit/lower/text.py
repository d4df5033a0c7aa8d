"""IR to LLVM assembly text.

Value words and raw words are i64, floats double, bools i1.  A guard is a branch to an exit block, which
stores what its recipe needs and goes to the one block that calls jit_leave.  Loads and stores carry alias
classes (TBAA), so that LLVM moves loads of list headers over stores of elements."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from ..deopt import Recipe
from ..ir import (
    FLOAT_OFFSET,
    FLOAT_ZERO,
    Alloc,
    Block,
    Call,
    Exit,
    Function,
    Memory,
    Type,
    Value,
)
from ..layout import Layout
from .alloc import Allocations
from .numbers import NumberLowering

_TYPES = {
    Type.OBJ: "i64",
    Type.INT: "i64",
    Type.WORD: "i64",
    Type.FLOAT: "double",
    Type.BOOL: "i1",
    Type.VOID: "void",
}
_SIGNATURE = {"o": "i64", "i": "i64", "d": "double", "v": "void"}
_ALIASES = (
    "list",
    "item",
    "tuple",
    "inst",
    "dict",
    "entry",
    "cell",
    "func",
    "type",
    "code",
    "iter",
    "args",
    "frame",
    "ts",
    "str",
    "set",
    "range",
    "module",
    "float",
    "exit",
)
_SIZES_OF = {"list", "tuple", "str", "dict", "set"}


@dataclass
class ExitRecord:
    """One way out: the recipe and how to go on."""

    recipe: list[int]
    raises: bool
    reason: str
    n_frames: int
    site: tuple[int, int]  # (code, pc) of the innermost frame
    address: int = 0
    learned: bool = False  # its failures have been counted


class Lowering(NumberLowering):
    """Lowers one function.  allocate_exit makes an exit record in memory and returns its address."""

    def __init__(
        self,
        function: Function,
        layout: Layout,
        symbol: str,
        root: object,
        max_offset: int,
        osr_head: int | None,
        allocate_exit: Callable[[ExitRecord], int],
    ) -> None:
        self.function = function
        self.layout = layout
        self.symbol = symbol
        self.root = root  # the Unit
        self.osr_head = osr_head
        self.allocate_exit = allocate_exit
        self.o = layout.offsets
        self.frame_bytes = layout.sizes["gcrt_frame"] + 8 * root.frame_slots  # type: ignore[attr-defined]
        self.max_offset = max(max_offset, self.frame_bytes)
        self.lines: list[str | tuple[Block, Value, int]] = []
        self.names: dict[Value, str] = {}
        self.inputs: dict[str, str] = {}
        self.last_label: dict[Block, str] = {}
        self.label = "entry"
        self.counter = 0
        self.exits: dict[tuple, str] = {}
        self.exit_lines: list[str] = []
        self.states: dict[int, tuple[str, Recipe, list[tuple[str, int]]]] = {}
        self.leave_edges: list[tuple[str, str, str]] = []
        self.allocations = Allocations(layout.addresses["jit_alloc_slow"])
        self.n_args = 1

    # ------------------------------------------------------------------ small things

    def temp(self) -> str:
        self.counter += 1
        return f"%t{self.counter}"

    def new_label(self, hint: str = "l") -> str:
        self.counter += 1
        return f"{hint}{self.counter}"

    def put(self, line: str) -> None:
        self.lines.append("  " + line)

    def op(self, text: str) -> str:
        name = self.temp()
        self.put(f"{name} = {text}")
        return name

    def start(self, label: str) -> None:
        self.lines.append(label + ":")
        self.label = label

    def ref(self, value: Value) -> str:
        if value.is_const:
            return self.constant(value)
        if value.op == "input":
            return self.inputs[value.attr]  # type: ignore[index]
        return self.names[value]

    @staticmethod
    def constant(value: Value) -> str:
        attr = value.attr
        if value.type is Type.FLOAT:
            return "0x{:016X}".format(struct.unpack("<Q", struct.pack("<d", attr))[0])
        if value.type is Type.BOOL:
            return "true" if attr else "false"
        assert isinstance(attr, int)
        attr &= (1 << 64) - 1
        return str(attr - (1 << 64) if attr >> 63 else attr)

    def pointer(self, address: str) -> str:
        return self.op(f"inttoptr i64 {address} to ptr")

    def at(self, base: str, offset: int) -> str:
        """Pointer to base + offset."""
        if offset:
            base = self.op(f"add i64 {base}, {offset}")
        return self.pointer(base)

    def tbaa(self, alias: str) -> str:
        return f", !tbaa !{10 + 2 * _ALIASES.index(alias) + 1}"

    def load_word(self, base: str, offset: int, alias: str) -> str:
        return self.op(f"load i64, ptr {self.at(base, offset)}{self.tbaa(alias)}")

    def store_word(self, base: str, offset: int, value: str, alias: str) -> None:
        self.put(f"store i64 {value}, ptr {self.at(base, offset)}{self.tbaa(alias)}")

    def branch_if(self, condition: str, yes: str, no: str, likely: bool | None = None) -> None:
        weight = "" if likely is None else ", !prof !0" if likely else ", !prof !1"
        self.put(f"br i1 {condition}, label %{yes}, label %{no}{weight}")

    def guard_on(self, condition: str, exit: Exit | None) -> None:
        """Go on when the condition holds."""
        assert exit is not None
        after = self.new_label("g")
        self.branch_if(condition, after, self.exit_label(exit), True)
        self.start(after)

    def helper_address(self, name: str) -> str:
        return f"inttoptr (i64 {self.layout.addresses[name]} to ptr)"

    # ------------------------------------------------------------------ whole function

    def run(self) -> str:
        """The module's text."""
        for block in self.function.blocks:
            self.block(block)
        parameters = "i64 %ts, i64 %frame" if self.osr_head is not None else "i64 %ts, i64 %func, i64 %args"
        body = [line if isinstance(line, str) else self.phi(*line) for line in self.lines]
        states = self.state_blocks()
        self.lines = []
        head = self.prologue()
        tail = [*states, *(self.leave_block() if self.leave_edges else [])]
        text = [
            f"define i64 @{self.symbol}({parameters}) #0 {{",
            *head,
            *body,
            *self.exit_lines,
            *tail,
            "}",
            *self.allocations.texts(),
            "declare ptr @llvm.frameaddress.p0(i32)",
            "declare {i64, i1} @llvm.smul.with.overflow.i64(i64, i64)",
            "declare double @llvm.fabs.f64(double)",
            "declare double @llvm.sqrt.f64(double)",
            'attributes #0 = { nounwind "frame-pointer"="non-leaf" }',
            "attributes #1 = { nounwind willreturn memory(none) }",
            "attributes #2 = { nounwind }",
            '!0 = !{!"branch_weights", i32 4000, i32 1}',
            '!1 = !{!"branch_weights", i32 1, i32 4000}',
            "!2 = !{i64 0, i64 1152921504606846976}",
            '!5 = !{!"gcrt"}',
        ]
        for i, alias in enumerate(_ALIASES):
            text.append(f'!{10 + 2 * i} = !{{!"{alias}", !5, i64 0}}')
            text.append(f"!{10 + 2 * i + 1} = !{{!{10 + 2 * i}, !{10 + 2 * i}, i64 0}}")
        return "\n".join(text) + "\n"

    def phi(self, block: Block, param: Value, index: int) -> str:
        incoming = [
            f"[ {self.ref(edge.args[index])}, %{self.last_label[pred]} ]"
            for pred in self.function.blocks
            for edge in pred.edges
            if edge.target is block
        ]
        return f"  {self.names[param]} = phi {_TYPES[param.type]} {', '.join(incoming)}"

    def entry_lines(self) -> list[str]:
        return [
            "entry:",
            f"  %arguments = alloca [{self.n_args} x i64], align 16",
            "  %arguments.word = ptrtoint ptr %arguments to i64",
        ]

    def prologue(self) -> list[str]:
        """Push the frame (whole functions) or take it over."""
        o = self.o
        body, self.lines = self.lines, []
        if self.osr_head is not None:
            base = "%frame"
        else:
            base = "%base"
            self.put(f"%base = load i64, ptr {self.at('%ts', o['ts.stack_top'])}{self.tbaa('ts')}")
        limit = self.load_word("%ts", o["ts.stack_limit"], "ts")
        top = self.op(f"add i64 {base}, {self.max_offset}")
        good = self.op(f"icmp ule i64 {top}, {limit}")
        if self.osr_head is None:
            left_at = self.at("%ts", o["ts.recursion_left"])
            left = self.op(f"load i32, ptr {left_at}{self.tbaa('ts')}")
            some = self.op(f"icmp sgt i32 {left}, 0")
            here = self.op("ptrtoint ptr %arguments to i64")
            c_limit = self.load_word("%ts", o["ts.c_stack_limit"], "ts")
            above = self.op(f"icmp ugt i64 {here}, {c_limit}")
            good = self.op(f"and i1 {good}, {some}")
            good = self.op(f"and i1 {good}, {above}")
        self.branch_if(good, "enter", "no_room", True)
        self.start("no_room")
        if self.osr_head is not None:
            pc = self.root.live_insns + 8 * self.osr_head  # type: ignore[attr-defined]
            self.store_word("%frame", o["gcrt_frame.pc"], str(pc), "frame")
            self.put("ret i64 8")
        else:
            result = self.op(f"call i64 {self.helper_address('jit_no_room')}(i64 %ts, i64 %func, i64 %args)")
            self.put(f"ret i64 {result}")
        self.start("enter")
        if self.osr_head is not None:
            flags_at = self.at("%frame", o["gcrt_frame.flags"])
            flags = self.op(f"load i32, ptr {flags_at}{self.tbaa('frame')}")
            flags = self.op(f"or i32 {flags}, {self.layout.constants['GCRT_FRAME_JIT']}")
            self.put(f"store i32 {flags}, ptr {flags_at}{self.tbaa('frame')}")
            count_at = self.pointer(
                str(self.layout.addresses["gcrt_jit_stats_"] + o["gcrt_jit_stats.osr_entries"])
            )
            count = self.op(f"load i64, ptr {count_at}")
            count = self.op(f"add i64 {count}, 1")
            self.put(f"store i64 {count}, ptr {count_at}")
        else:
            left = self.op(f"sub i32 {left}, 1")
            self.put(f"store i32 {left}, ptr {left_at}{self.tbaa('ts')}")
            back = self.load_word("%ts", o["ts.frame"], "ts")
            self.header("%base", back, self.root.code, self.root.live_insns, "%func", self.frame_bytes)  # type: ignore[attr-defined]
        self.put(f"br label %b{self.function.blocks[0].id}")
        lines, self.lines = self.lines, body
        return [*self.entry_lines(), *lines]  # type: ignore[list-item]

    def header(self, base: str, back: str, code: int, insns: int, func: str, size: int) -> None:
        """Fill a frame's header and make it the innermost one."""
        o = self.o
        for field, value in (
            ("back", back),
            ("code", str(code)),
            ("pc", str(insns)),
            ("func", func),
            ("locals", "0"),
            ("object", "0"),
            ("init_self", "0"),
            ("flags", str(self.layout.constants["GCRT_FRAME_JIT"])),
        ):
            self.store_word(base, o["gcrt_frame." + field], value, "frame")
        slots = self.op(f"add i64 {base}, {o['gcrt_frame.slots']}")
        self.store_word(base, o["gcrt_frame.sp"], slots, "frame")
        self.store_word("%ts", o["ts.frame"], base, "ts")
        top = self.op(f"add i64 {base}, {size}")
        self.store_word("%ts", o["ts.stack_top"], top, "ts")

    @property
    def base(self) -> str:
        return "%frame" if self.osr_head is not None else "%base"

    # ------------------------------------------------------------------ blocks

    def block(self, block: Block) -> None:
        self.start(f"b{block.id}")
        self.inputs = {"ts": "%ts", "func": "%func", "args": "%args", "frame": "%frame"}
        for i, param in enumerate(block.params):
            self.names[param] = f"%v{param.id}"
            self.lines.append((block, param, i))
        for value in block.body:
            self.value(value)
        assert block.terminator is not None
        self.terminator(block, block.terminator)
        self.last_label[block] = self.label

    def terminator(self, block: Block, value: Value) -> None:
        if value.op == "jump":
            self.put(f"br label %b{block.edges[0].target.id}")
        elif value.op == "branch":
            yes, no = block.edges
            self.put(f"br i1 {self.ref(value.args[0])}, label %b{yes.target.id}, label %b{no.target.id}")
        elif value.op == "return":
            self.epilogue(self.ref(value.args[0]))
        else:
            assert value.exit is not None
            self.put(f"br label %{self.exit_label(value.exit)}")

    def epilogue(self, result: str) -> None:
        o = self.o
        pop = f"call void {self.helper_address('jit_pop_frame')}(i64 %ts, i64 {self.base}) #2"
        if self.osr_head is not None:
            self.put(pop)
            self.put(f"ret i64 {result}")
            return
        object_ = self.load_word("%base", o["gcrt_frame.object"], "frame")
        free = self.op(f"icmp eq i64 {object_}, 0")
        fast, slow = self.new_label("ret"), self.new_label("ret")
        self.branch_if(free, fast, slow, True)
        self.start(slow)
        self.put(pop)
        self.put(f"ret i64 {result}")
        self.start(fast)
        back = self.load_word("%base", o["gcrt_frame.back"], "frame")
        self.store_word("%ts", o["ts.frame"], back, "ts")
        self.store_word("%ts", o["ts.stack_top"], "%base", "ts")
        left_at = self.at("%ts", o["ts.recursion_left"])
        left = self.op(f"load i32, ptr {left_at}{self.tbaa('ts')}")
        left = self.op(f"add i32 {left}, 1")
        self.put(f"store i32 {left}, ptr {left_at}{self.tbaa('ts')}")
        self.put(f"ret i64 {result}")

    # ------------------------------------------------------------------ exits

    def exit_label(self, exit: Exit) -> str:
        """Label of the block for an exit.  Exits with the same frame state share the stores."""
        key = (id(exit.state), exit.raises, exit.reason, exit.site)
        label = self.exits.get(key)
        if label is not None:
            return label
        label = self.exits[key] = f"exit{len(self.exits)}"
        shared = self.states.get(id(exit.state))
        if shared is None:
            recipe = Recipe(self.layout)
            recipe.state(exit.state)
            shared = self.states[id(exit.state)] = (f"state{len(self.states)}", recipe, [])
        name, recipe, edges = shared
        record = ExitRecord(recipe.words, exit.raises, exit.reason, len(exit.state.frames), exit.site)
        record.address = self.allocate_exit(record)
        edges.append((label, record.address))
        self.exit_lines += [f"{label}:", f"  br label %{name}"]
        return label

    def state_blocks(self) -> list[str]:
        """For each frame state: store its values, whichever exit came here.  The room for them is taken here, not at
        the entry: what an earlier call left on the stack would lie there while the function runs, and be kept alive."""
        self.lines = []
        for name, recipe, edges in self.states.values():
            self.start(name)
            incoming = ", ".join(f"[ {address}, %{label} ]" for label, address in edges)
            record = self.op(f"phi i64 {incoming}")
            values = self.op(f"alloca [{max(len(recipe.values), 1)} x i64], align 16")
            for i, value in enumerate(recipe.values):
                text, kind = self.ref(value), _TYPES[value.type]
                if value.type is Type.BOOL:
                    text, kind = self.op(f"zext i1 {text} to i64"), "i64"
                place = self.op(f"getelementptr i64, ptr {values}, i64 {i}") if i else values
                self.put(f"store {kind} {text}, ptr {place}{self.tbaa('exit')}")
            self.put("br label %leave")
            self.leave_edges.append((name, record, values))
        return self.lines  # type: ignore[return-value]

    def leave_block(self) -> list[str]:
        records = ", ".join(f"[ {record}, %{label} ]" for label, record, _ in self.leave_edges)
        values = ", ".join(f"[ {values}, %{label} ]" for label, _, values in self.leave_edges)
        return [
            "leave:",
            f"  %record = phi i64 {records}",
            f"  %values = phi ptr {values}",
            "  %values.word = ptrtoint ptr %values to i64",
            f"  %left = call i64 {self.helper_address('jit_leave')}"
            f"(i64 %ts, i64 {self.base}, i64 %record, i64 %values.word) #2",
            "  ret i64 %left",
        ]

    # ------------------------------------------------------------------ values

    def value(self, value: Value) -> None:
        if value.op == "input":
            return
        result = getattr(self, "do_" + value.op)(value)
        if value.type is not Type.VOID:
            assert result is not None, value.op
            self.names[value] = result

    def args(self, value: Value) -> list[str]:
        return [self.ref(a) for a in value.args]

    # -- kinds

    def do_guard_int(self, value: Value) -> str:
        (w,) = self.args(value)
        bit = self.op(f"trunc i64 {w} to i1")
        self.guard_on(bit, value.exit)
        return self.op(f"ashr i64 {w}, 1")

    def do_as_int(self, value: Value) -> str:
        return self.op(f"ashr i64 {self.args(value)[0]}, 1")

    def do_is_int(self, value: Value) -> str:
        return self.op(f"trunc i64 {self.args(value)[0]} to i1")

    def do_is_immediate(self, value: Value) -> str:
        bits = self.op(f"and i64 {self.args(value)[0]}, 3")
        return self.op(f"icmp ne i64 {bits}, 0")

    def decode_float(self, w: str) -> str:
        low = self.op(f"lshr i64 {w}, 3")
        high = self.op(f"shl i64 {w}, 61")
        bits = self.op(f"or i64 {low}, {high}")
        bits = self.op(f"sub i64 {bits}, {FLOAT_OFFSET}")
        zero = self.op(f"icmp eq i64 {w}, {FLOAT_ZERO}")
        bits = self.op(f"select i1 {zero}, i64 0, i64 {bits}")
        return self.op(f"bitcast i64 {bits} to double")

    def load_boxed_float(self, w: str) -> str:
        return self.op(f"load double, ptr {self.at(w, self.o['PyFloatObject.ob_fval'])}{self.tbaa('float')}")

    def check_boxed_float(self, w: str, exit: Exit | None) -> None:
        assert exit is not None
        bits = self.op(f"and i64 {w}, 3")
        pointer = self.op(f"icmp eq i64 {bits}, 0")
        self.guard_on(pointer, exit)
        type_ = self.load_word(w, 0, "type")
        same = self.op(f"icmp eq i64 {type_}, {self.layout.addresses['PyFloat_Type']}")
        self.guard_on(same, exit)

    def float_of(self, w: str, exit: Exit | None) -> str:
        """The double in a value word that is a float, immediate or boxed; guarded when exit is given."""
        bits = self.op(f"and i64 {w}, 3")
        immediate = self.op(f"icmp eq i64 {bits}, 2")
        fast, slow, join = self.new_label("f"), self.new_label("f"), self.new_label("f")
        self.branch_if(immediate, fast, slow, True)
        self.start(slow)
        if exit is not None:
            self.check_boxed_float(w, exit)
        boxed = self.load_boxed_float(w)
        from_slow = self.label
        self.put(f"br label %{join}")
        self.start(fast)
        decoded = self.decode_float(w)
        self.put(f"br label %{join}")
        self.start(join)
        return self.op(f"phi double [ {decoded}, %{fast} ], [ {boxed}, %{from_slow} ]")

    def do_guard_float(self, value: Value) -> str:
        return self.float_of(self.args(value)[0], value.exit)

    def do_as_float(self, value: Value) -> str:
        return self.float_of(self.args(value)[0], None)

    def do_guard_number(self, value: Value) -> str:
        (w,) = self.args(value)
        bit = self.op(f"trunc i64 {w} to i1")
        is_int, other, join = self.new_label("n"), self.new_label("n"), self.new_label("n")
        self.branch_if(bit, is_int, other)
        self.start(is_int)
        i = self.op(f"ashr i64 {w}, 1")
        converted = self.op(f"sitofp i64 {i} to double")
        self.put(f"br label %{join}")
        self.start(other)
        d = self.float_of(w, value.exit)
        from_other = self.label
        self.put(f"br label %{join}")
        self.start(join)
        return self.op(f"phi double [ {converted}, %{is_int} ], [ {d}, %{from_other} ]")

    def do_guard_bool(self, value: Value) -> str:
        (w,) = self.args(value)
        true = self.op(f"icmp eq i64 {w}, {self.layout.addresses['True']}")
        false = self.op(f"icmp eq i64 {w}, {self.layout.addresses['False']}")
        self.guard_on(self.op(f"or i1 {true}, {false}"), value.exit)
        return true

    def do_guard_type(self, value: Value) -> None:
        (w,) = self.args(value)
        bits = self.op(f"and i64 {w}, 3")
        self.guard_on(self.op(f"icmp eq i64 {bits}, 0"), value.exit)
        type_ = self.load_word(w, 0, "type")
        self.guard_on(self.op(f"icmp eq i64 {type_}, {value.attr}"), value.exit)

    def do_guard(self, value: Value) -> None:
        self.guard_on(self.args(value)[0], value.exit)

    def do_box_int(self, value: Value) -> str:
        shifted = self.op(f"shl i64 {self.args(value)[0]}, 1")
        return self.op(f"or i64 {shifted}, 1")

    def do_box_bool(self, value: Value) -> str:
        a = self.layout.addresses
        return self.op(f"select i1 {self.args(value)[0]}, i64 {a['True']}, i64 {a['False']}")

    def do_box_float(self, value: Value) -> str:
        (d,) = self.args(value)
        bits = self.op(f"bitcast double {d} to i64")
        moved = self.op(f"add i64 {bits}, {FLOAT_OFFSET}")
        high = self.op(f"shl i64 {moved}, 3")
        low = self.op(f"lshr i64 {moved}, 61")
        w = self.op(f"or i64 {high}, {low}")
        tag = self.op(f"and i64 {w}, 3")
        fits = self.op(f"icmp eq i64 {tag}, 2")
        taken = self.op(f"icmp ne i64 {w}, {FLOAT_ZERO}")
        fine = self.op(f"and i1 {fits}, {taken}")
        before, slow, join = self.label, self.new_label("x"), self.new_label("x")
        self.branch_if(fine, join, slow, True)
        self.start(slow)
        boxed = self.op(f"call i64 {self.helper_address('jit_box_float')}(double {d}) #1")
        self.put(f"br label %{join}")
        self.start(join)
        return self.op(f"phi i64 [ {w}, %{before} ], [ {boxed}, %{slow} ]")

    def do_select(self, value: Value) -> str:
        c, a, b = self.args(value)
        kind = _TYPES[value.type]
        return self.op(f"select i1 {c}, {kind} {a}, {kind} {b}")

    # -- memory

    def address(self, base: str, memory: Memory, index: Value | None) -> str:
        if index is not None:
            scaled = self.op(f"shl i64 {self.ref(index)}, 3")
            base = self.op(f"add i64 {base}, {scaled}")
        return self.at(base, memory.offset)

    def do_load(self, value: Value) -> str:
        memory = value.attr
        assert isinstance(memory, Memory)
        place = self.address(self.ref(value.args[0]), memory, value.args[1] if len(value.args) > 1 else None)
        if memory.size == 4:
            narrow = self.op(f"load i32, ptr {place}{self.tbaa(memory.alias)}")
            return self.op(f"{'sext' if memory.signed else 'zext'} i32 {narrow} to i64")
        is_size = (
            memory.alias in _SIZES_OF
            and value.type is not Type.OBJ
            and (memory.offset == self.o["PyVarObject.ob_size"])
            and len(value.args) == 1
        )
        extra = ", !range !2" if is_size else ""
        return self.op(f"load {_TYPES[value.type]}, ptr {place}{self.tbaa(memory.alias)}{extra}")

    def do_store(self, value: Value) -> None:
        memory = value.attr
        assert isinstance(memory, Memory)
        place = self.address(self.ref(value.args[0]), memory, value.args[2] if len(value.args) > 2 else None)
        item = value.args[1]
        self.put(f"store {_TYPES[item.type]} {self.ref(item)}, ptr {place}{self.tbaa(memory.alias)}")

    def do_alloc(self, value: Value) -> str:
        alloc = value.attr
        assert isinstance(alloc, Alloc)
        mutator = self.pointer(self.load_word("%ts", self.o["ts.gc"], "ts"))
        result = self.op(f"call i64 {self.allocations.name(alloc)}(ptr {mutator})")
        self.guard_on(self.op(f"icmp ne i64 {result}, 0"), value.exit)
        return result

    def do_array(self, value: Value) -> str:
        for i, item in enumerate(value.args):
            place = self.op(f"getelementptr i64, ptr %arguments, i64 {i}") if i else "%arguments"
            self.put(f"store i64 {self.ref(item)}, ptr {place}{self.tbaa('args')}")
        self.n_args = max(self.n_args, len(value.args))
        return "%arguments.word"

    # -- calls and frames

    def set_pc(self, pc: tuple[int, int]) -> None:
        offset, address = pc
        self.store_word(self.base, offset + self.o["gcrt_frame.pc"], str(address), "frame")

    def do_call(self, value: Value) -> str | None:
        call = value.attr
        assert isinstance(call, Call)
        if call.pc:
            self.set_pc(call.pc)  # type: ignore[arg-type]
        args = value.args
        if call.target is not None:
            target = self.helper_address(call.target)
        elif args[0].is_const:
            target = f"inttoptr (i64 {self.constant(args[0])} to ptr)"
            args = args[1:]
        else:
            target = self.pointer(self.ref(args[0]))
            args = args[1:]
        kinds = call.signature[1:]
        operands = ", ".join(f"{_SIGNATURE[k]} {self.ref(a)}" for k, a in zip(kinds, args, strict=True))
        text = f"call {_SIGNATURE[call.signature[0]]} {target}({operands}) {'#1' if call.pure else '#2'}"
        if call.signature[0] == "v":
            self.put(text)
            return None
        result = self.op(text)
        if call.check == "null":
            self.guard_on(self.op(f"icmp ne i64 {result}, 0"), value.exit)
        elif call.check == "negative":
            self.guard_on(self.op(f"icmp sge i64 {result}, 0"), value.exit)
        return result

    def do_link_frame(self, value: Value) -> None:
        outer, outer_pc, inner, code, slots = value.attr  # type: ignore[misc]
        self.set_pc((outer, outer_pc))
        base = self.op(f"add i64 {self.base}, {inner}")
        back = self.op(f"add i64 {self.base}, {outer}") if outer else self.base
        insns = 0
        size = self.layout.sizes["gcrt_frame"] + 8 * slots
        self.header(base, back, code, insns, self.ref(value.args[0]), size)

    def do_unlink_frame(self, value: Value) -> None:
        outer, outer_slots, inner = value.attr  # type: ignore[misc]
        frame = self.op(f"add i64 {self.base}, {inner}")
        object_ = self.load_word(frame, self.o["gcrt_frame.object"], "frame")
        free = self.op(f"icmp eq i64 {object_}, 0")
        slow, join = self.new_label("u"), self.new_label("u")
        self.branch_if(free, join, slow, True)
        self.start(slow)
        self.put(f"call void {self.helper_address('jit_detach_frame')}(i64 {frame}) #2")
        self.put(f"br label %{join}")
        self.start(join)
        back = self.op(f"add i64 {self.base}, {outer}") if outer else self.base
        self.store_word("%ts", self.o["ts.frame"], back, "ts")
        top = self.op(f"add i64 {back}, {self.layout.sizes['gcrt_frame'] + 8 * outer_slots}")
        self.store_word("%ts", self.o["ts.stack_top"], top, "ts")

    def do_safepoint(self, value: Value) -> None:
        place = self.at("%ts", self.o["ts.breaker"])
        breaker = self.op(f"load volatile i32, ptr {place}")
        self.guard_on(self.op(f"icmp eq i32 {breaker}, 0"), value.exit)


def _plain(text: str) -> Callable[[Lowering, Value], str]:
    def lower(self: Lowering, value: Value) -> str:
        a, b = self.args(value)
        return self.op(f"{text} {a}, {b}")

    return lower


for _name, _text in (
    ("and", "and i64"),
    ("or", "or i64"),
    ("xor", "xor i64"),
    ("wadd", "add i64"),
    ("wsub", "sub i64"),
    ("wmul", "mul i64"),
    ("wsdiv", "sdiv i64"),
    ("wshl", "shl i64"),
    ("fadd", "fadd double"),
    ("fsub", "fsub double"),
    ("fmul", "fmul double"),
    ("fdiv", "fdiv double"),
):
    setattr(Lowering, "do_" + _name, _plain(_text))
