"""Calls: inlining, native calls of compiled functions, direct calls of C functions, folded built-ins."""

from __future__ import annotations

from .build_base import BuilderBase, CannotCompile
from .ir import Slot, Type, Value, Virtual
from .state import Frame
from .unit import CallCache, Insn, Unit, call_cache

# Inlining limits: words of the callee's stream, depth, and nodes of the whole function so far.
INLINE_WORDS = 400
INLINE_DEPTH = 5
INLINE_NODES = 400
TINY_WORDS = 40  # callees up to that length are inlined for longer
TINY_NODES = 900
CO_VARARGS_OR_KEYWORDS = 4 | 8


class CallBuilder(BuilderBase):
    # ------------------------------------------------------------------ the instruction

    def op_CALL(self, insn: Insn) -> bool:
        n = insn.a
        stack = self.state.top.stack
        first, second = stack[-n - 2], stack[-n - 1]
        args = self.operands(n)
        callable_ = second if first is None else first
        if first is not None:
            args = [second, *args]
        names = self.keyword_names(insn)
        if isinstance(callable_, Virtual):
            callable_ = self.materialize(callable_)
        if callable_ is None or callable_.type is not Type.OBJ:
            return self.leave("unsupported")
        if callable_.is_const:
            return self.call_constant(insn, callable_, args, names)
        cache = call_cache(insn)
        if not cache.key and not self.avoids("cold"):
            return self.leave("cold")
        if cache.key and not self.avoids("call") and cache.misses < 8:
            types = self.layout.addresses
            kind = self.layout.opcodes[cache.kind].name if cache.kind else ""
            if kind == "CALL_PY":
                return self.call_seen_function(insn, callable_, args, names, cache)
            if kind == "CALL_CFUNCTION" and self.memory.u64(cache.callable) == types["PyCFunction_Type"]:
                return self.call_seen_cfunction(insn, callable_, args, names, cache)
        return self.generic_call(insn, callable_, args, names)

    def keyword_names(self, insn: Insn) -> int:
        """The tuple of keyword names, or 0."""
        return self.state.top.unit.consts[insn.b - 1] if insn.b else 0

    def generic_call(self, insn: Insn, callable_: Value, args: list[Slot], names: int) -> bool:
        n = len(args)
        if names:
            self.pool.keep(names)
            n -= self.memory.i64(names, "PyVarObject.ob_size")
        array = self.array(args)
        result = self.helper(
            "jit_call", callable_, array, self.const_word(n), self.const_obj(names), check="null"
        )
        return self.finish(insn.a + 2, result)

    def call_constant(self, insn: Insn, callable_: Value, args: list[Slot], names: int) -> bool:
        word = callable_.attr
        assert isinstance(word, int)
        m, types = self.memory, self.layout.addresses
        kind = m.u64(word)
        if kind == types["PyFunction_Type"]:
            return self.call_known_function(insn, callable_, args, insn.a + 2, names)
        if not names:
            result: Slot = None
            if kind == types["PyCFunction_Type"]:
                result = self.fold_builtin(word, args) or self.call_cfunction(word, args)
            elif kind == types["PyMethodDescr_Type"]:
                result = self.call_method_descriptor(word, args)
            elif kind == types["PyType_Type"] or word in types.values():
                result = self.fold_type(word, args)
            if result is not None:
                return self.finish(insn.a + 2, result)
        return self.call_class(insn, callable_, args, names)

    # ------------------------------------------------------------------ Python functions

    def call_seen_function(
        self, insn: Insn, callable_: Value, args: list[Slot], names: int, cache: CallCache
    ) -> bool:
        """A function that is not a constant but runs the code that was seen."""
        unit = self.unit_of_code.get(cache.key)
        self.guard_type(callable_, "PyFunction_Type", "call")
        code = self.load_field(callable_, "PyFunctionObject.func_code", "func")
        self.pool.keep(cache.key)
        self.guard(self.emit("cmp", Type.BOOL, code, self.const_word(cache.key), attr="eq"), "call")
        bound = self.bind(cache.key, None, args, names)
        if bound is None:
            return self.generic_call(insn, callable_, args, names)
        if unit is not None and self.may_inline(unit):
            return self.inline(insn, unit, callable_, bound, insn.a + 2)
        return self.finish(insn.a + 2, self.native_call(callable_, cache.key, bound))

    def call_known_function(
        self, insn: Insn, callable_: Value, args: list[Slot], pops: int, names: int = 0
    ) -> bool:
        """A constant function."""
        word = callable_.attr
        assert isinstance(word, int)
        code = self.memory.u64(word, "PyFunctionObject.func_code")
        unit = self.unit_of_code.get(code)
        bound = None
        if not self.avoids("call"):
            if not self.check_world(("code", word), code):
                self.pool.keep(code)
                now = self.load_field(callable_, "PyFunctionObject.func_code", "func")
                self.guard(self.emit("cmp", Type.BOOL, now, self.const_word(code), attr="eq"), "call")
            bound = self.bind(code, word, args, names)
        if bound is None:
            n = len(args) - (self.memory.i64(names, "PyVarObject.ob_size") if names else 0)
            result = self.helper(
                "jit_call",
                callable_,
                self.array(args),
                self.const_word(n),
                self.const_obj(names),
                check="null",
            )
            return self.finish(pops, result)
        if unit is not None and self.may_inline(unit):
            return self.inline(insn, unit, callable_, bound, pops)
        return self.finish(pops, self.native_call(callable_, code, bound))

    def bind(self, code: int, func: int | None, args: list[Slot], names: int) -> list[Slot] | None:
        """Arguments in the order of the parameters; None when that needs the general binding."""
        m = self.memory
        flags = m.u32(code, "PyCodeObject.co_flags")
        n_args = m.u32(code, "PyCodeObject.co_argcount")
        if flags & CO_VARARGS_OR_KEYWORDS or m.u32(code, "PyCodeObject.co_kwonlyargcount"):
            return None
        if m.u64(code, "PyCodeObject.insns") == 0 or m.u32(code, "PyCodeObject.n_params") != n_args:
            return None
        n_names = m.i64(names, "PyVarObject.ob_size") if names else 0
        n_positional = len(args) - n_names
        if n_positional > n_args:
            return None
        missing = object()
        bound: list = [*args[:n_positional], *([missing] * (n_args - n_positional))]
        if names:
            offset = self.layout.offsets["PyTupleObject.ob_item"]
            variables = m.u64(code, "PyCodeObject.co_localsplusnames")
            parameters = m.words(variables + offset, n_args)
            for i, name in enumerate(m.words(names + offset, n_names)):
                if name not in parameters:
                    return None
                at = parameters.index(name)
                if bound[at] is not missing:
                    return None
                bound[at] = args[n_positional + i]
        if missing in bound:
            return self.fill_defaults(func, bound, missing)
        return bound

    def fill_defaults(self, func: int | None, bound: list, missing: object) -> list[Slot] | None:
        if func is None:
            return None
        m = self.memory
        defaults = m.u64(func, "PyFunctionObject.func_defaults")
        if not defaults:
            return None
        self.pool.keep(defaults)
        n = m.i64(defaults, "PyVarObject.ob_size")
        items = m.words(defaults + self.layout.offsets["PyTupleObject.ob_item"], n)
        first = len(bound) - n
        if missing in bound[: max(first, 0)]:
            return None
        if not self.check_world(("defaults", func), defaults):
            now = self.load_field(self.const_obj(func), "PyFunctionObject.func_defaults", "func")
            self.guard(self.emit("cmp", Type.BOOL, now, self.const_word(defaults), attr="eq"), "call")
        return [self.constant(items[i - first]) if s is missing else s for i, s in enumerate(bound)]

    def may_inline(self, unit: Unit) -> bool:
        chain = self.state.frames
        if self.cautious and (len(chain) > 1 or unit.n_words > TINY_WORDS):
            return False
        return (
            "inline" not in self.disabled
            and not unit.refused
            and unit.n_words <= INLINE_WORDS
            and len(chain) <= INLINE_DEPTH
            and self.function.nodes < (TINY_NODES if unit.n_words <= TINY_WORDS else INLINE_NODES)
            and all(f.unit.code != unit.code for f in chain)
            and not self.avoids("inline")
        )

    def inline(
        self,
        insn: Insn,
        unit: Unit,
        func: Value,
        args: list[Slot],
        pops: int,
        init_self: Slot = None,
    ) -> bool:
        """Push a frame of the callee on the abstract stack and go on in it."""
        caller = self.state.top
        self.drop(pops)
        caller.pc = insn.pc
        live = caller.unit.live_at(insn.next) | self.live_in_handlers(caller.unit, insn.pc)
        caller.locals = [s if live >> i & 1 else None for i, s in enumerate(caller.locals)]
        offset = caller.offset + self.layout.sizes["gcrt_frame"] + 8 * caller.unit.frame_slots
        frame = Frame(unit, func, [None] * unit.n_localsplus, [], 0, init_self, offset)
        args = [self.as_object(a) if isinstance(a, Virtual) and a.kind != "tuple" else a for a in args]
        frame.locals[: len(args)] = args
        self.max_offset = max(
            self.max_offset, offset + self.layout.sizes["gcrt_frame"] + 8 * unit.frame_slots
        )
        self.state.frames.append(frame)
        return False

    @staticmethod
    def live_in_handlers(unit: Unit, pc: int) -> int:
        live = 0
        for h in unit.handlers:
            if h.start <= pc < h.end:
                live |= unit.live[h.target]
        return live

    def native_call(self, callable_: Value, code: int, args: list[Slot]) -> Value:
        """Call the compiled function, or the interpreter while there is none."""
        self.pool.keep(code)
        array = self.array(args)
        entry = self.load(
            self.const_obj(code), self.layout.offsets["PyCodeObject.jit_entry"], "code", Type.WORD
        )
        none = self.emit("cmp", Type.BOOL, entry, self.const_word(0), attr="eq")
        fallback = self.const_word(self.layout.addresses["jit_enter_interpreter"])
        target = self.emit("select", Type.WORD, none, fallback, entry)
        ts = self.emit("input", Type.WORD, attr="ts")
        return self.call_address(target, "oooo", ts, callable_, array)

    # ------------------------------------------------------------------ return

    def op_RETURN_VALUE(self, insn: Insn) -> bool:
        value = self.peek()
        self.settle_iterators(top_only=True)
        if len(self.state.frames) == 1:
            word = self.as_object(value)
            self.block.terminator = self.function.value("return", Type.VOID, [word])
            self.block.edges = []
            return True
        return self.return_inlined(value)

    def return_inlined(self, value: Slot) -> bool:
        state = self.state
        frame = state.top
        if frame.init_self is not None:
            if not (isinstance(value, Value) and value.is_const and value.attr == self.none):
                word = self.as_object(value)
                self.guard(self.emit("cmp", Type.BOOL, word, self.const_obj(self.none), attr="eq"), "init")
            value = frame.init_self
        if state.linked == len(state.frames) - 1:
            state.linked -= 1
            outer = state.frames[-2]
            self.emit("unlink_frame", Type.VOID, attr=(outer.offset, outer.unit.frame_slots, frame.offset))
        state.frames.pop()
        caller = state.top
        insn = caller.unit.insns[caller.pc]
        caller.stack.append(value)
        caller.pc = insn.next
        self.insn = insn
        if sum(i.name == "RETURN_VALUE" for i in frame.unit.insns.values()) > 1:
            self.saved_state = None
            self.goto()
            return True
        return False

    def goto(self) -> None:
        raise NotImplementedError

    # ------------------------------------------------------------------ C functions

    def cfunction_name(self, word: int) -> tuple[str, str]:
        """(module, name) of a built-in function; module '' when its self is something else."""
        m = self.memory
        def_ = m.u64(word, "PyCFunctionObject.m_ml")
        name = m.text(m.u64(def_, "PyMethodDef.ml_name"))
        self_ = m.u64(word, "PyCFunctionObject.m_self")
        if not self_ or self_ & 3 or m.u64(self_) != self.layout.addresses["PyModule_Type"]:
            return "", name
        module_name = m.u64(self_, "PyModuleObject.md_name")
        if not module_name or m.u64(module_name) != self.layout.addresses["PyUnicode_Type"]:
            return "", name
        return self.str_text(module_name), name

    def str_text(self, op: int) -> str:
        n = self.memory.i64(op, "PyASCIIObject.length")
        if not (self.memory.u32(op, "PyASCIIObject.state") >> 6) & 1:
            return ""
        return self.memory.data(op + self.layout.sizes["PyASCIIObject"], n).decode("ascii", "replace")

    def call_cfunction(self, word: int, args: list[Slot]) -> Value | None:
        """A constant built-in function: call its C function."""
        m = self.memory
        def_ = m.u64(word, "PyCFunctionObject.m_ml")
        return self.call_method_def(def_, self.const_obj(m.u64(word, "PyCFunctionObject.m_self")), args)

    def call_method_def(self, def_: int, self_: Value, args: list[Slot]) -> Value | None:
        m, c = self.memory, self.layout.constants
        flags = m.i32(def_, "PyMethodDef.ml_flags")
        if flags & (c["METH_CLASS"] | c["METH_STATIC"] | c["METH_METHOD"]) or self.avoids("cfunction"):
            return None
        function = self.const_word(m.u64(def_, "PyMethodDef.ml_meth"))
        convention = flags & (
            c["METH_VARARGS"] | c["METH_KEYWORDS"] | c["METH_NOARGS"] | c["METH_O"] | c["METH_FASTCALL"]
        )
        if convention == c["METH_NOARGS"] and not args:
            return self.call_address(function, "ooo", self_, self.const_word(0))
        if convention == c["METH_O"] and len(args) == 1:
            return self.call_address(function, "ooo", self_, self.as_object(args[0]))
        if convention == c["METH_FASTCALL"]:
            return self.call_address(function, "oooi", self_, self.array(args), self.const_word(len(args)))
        if convention == c["METH_FASTCALL"] | c["METH_KEYWORDS"]:
            array = self.array(args)
            return self.call_address(
                function, "oooio", self_, array, self.const_word(len(args)), self.const_word(0)
            )
        return None

    def call_seen_cfunction(
        self, insn: Insn, callable_: Value, args: list[Slot], names: int, cache: CallCache
    ) -> bool:
        """A built-in function or bound method whose definition was seen; its self may be any."""
        if names:
            return self.generic_call(insn, callable_, args, names)
        self.guard_type(callable_, "PyCFunction_Type", "call")
        def_ = self.load_field(callable_, "PyCFunctionObject.m_ml", "func")
        self.pool.keep(cache.callable)
        self.guard(self.emit("cmp", Type.BOOL, def_, self.const_word(cache.key), attr="eq"), "call")
        self_ = self.load_field(callable_, "PyCFunctionObject.m_self", "func", Type.OBJ)
        result: Slot = None
        if cache.key in self.list_methods and not self.avoids("list-method"):
            self.guard_type(self_, "PyList_Type", "list-method")
            result = self.fold_list_method(self.list_methods[cache.key], self_, args)
        if result is None:
            result = self.call_method_def(cache.key, self_, args)
        if result is None:
            return self.generic_call(insn, callable_, args, names)
        return self.finish(insn.a + 2, result)

    def call_method_descriptor(self, word: int, args: list[Slot]) -> Slot:
        """A method of a built-in type with its self as first argument."""
        if not args:
            return None
        m = self.memory
        owner = m.u64(word, "PyDescrObject.d_type")
        if self.type_of(args[0]) != owner:
            return None
        def_ = m.u64(word, "PyMethodDescrObject.d_method")
        self_ = self.as_object(args[0])
        if def_ in self.list_methods:
            result = self.fold_list_method(self.list_methods[def_], self_, args[1:])
            if result is not None:
                return result
        return self.call_method_def(def_, self_, args[1:])

    def int_argument(self, slot: Slot, reason: str) -> Value | None:
        """An argument as an int; None when it surely is none or the guess has failed before."""
        if not isinstance(slot, Value):
            return None
        if slot.type in (Type.INT, Type.BOOL):
            return self.to_int(slot)
        if slot.type is Type.OBJ and self.type_of(slot) is None and not self.avoids(reason):
            return self.guard_int(slot, reason)
        return None

    def fold_list_method(self, name: str, target: Value, args: list[Slot]) -> Slot:
        none = self.const_obj(self.none)
        if name == "append" and len(args) == 1:
            self.append(target, self.as_object(args[0]))
            return none
        if name == "pop" and len(args) <= 1:
            index = self.int_argument(args[0], "index") if args else self.const_int(-1)
            if index is None:
                return None
            return self.helper("jit_list_pop", target, index, check="null")
        if name == "insert" and len(args) == 2:
            index = self.int_argument(args[0], "index")
            if index is None:
                return None
            self.helper("jit_list_insert", target, index, self.as_object(args[1]), check="negative")
            return none
        return None

    # ------------------------------------------------------------------ folded built-ins

    def fold_builtin(self, word: int, args: list[Slot]) -> Slot:
        if "builtins" in self.disabled:
            return None
        module, name = self.cfunction_name(word)
        if module == "builtins":
            fold = getattr(self, "fold_" + name, None)
            return fold(args) if fold is not None else None
        if module == "math" and name == "sqrt" and len(args) == 1:
            return self.fold_sqrt(args[0])
        return None

    def fold_len(self, args: list[Slot]) -> Slot:
        if len(args) != 1:
            return None
        slot = args[0]
        if isinstance(slot, Virtual) and slot.kind == "tuple":
            return self.const_int(len(slot.items))
        types = self.layout.addresses
        known = self.type_of(slot)
        for type_name, field, alias in (
            ("PyList_Type", "PyVarObject.ob_size", "list"),
            ("PyTuple_Type", "PyVarObject.ob_size", "tuple"),
            ("PyUnicode_Type", "PyASCIIObject.length", "str"),
            ("PyDict_Type", "PyDictObject.ma_used", "dict"),
            ("PySet_Type", "PySetObject.used", "set"),
        ):
            if known == types[type_name]:
                return self.load_field(self.as_object(slot), field, alias, Type.INT)
        if known is None and not self.avoids("len") and isinstance(slot, Value):
            # Most often a list; a failing guess is avoided from then on.
            self.guard_type(slot, "PyList_Type", "len")
            return self.load_field(slot, "PyVarObject.ob_size", "list", Type.INT)
        length = self.helper("jit_length", self.as_object(slot), check="negative")
        return self.as_length(length)

    def as_length(self, word: Value) -> Value:
        """A size as a Python int: sizes are within 63 bits."""
        return self.emit("wadd", Type.INT, word, self.const_word(0))

    def fold_isinstance(self, args: list[Slot]) -> Slot:
        if len(args) != 2:
            return None
        value, type_ = args
        if not (isinstance(type_, Value) and type_.is_const and isinstance(type_.attr, int)):
            return None
        word = type_.attr
        if not word or word & 3 or self.memory.u64(word) != self.layout.addresses["PyType_Type"]:
            return None
        if self.type_of(value) == word:
            return self.const_bool(True)
        status = self.helper("jit_isinstance", self.as_object(value), type_, check="negative")
        return self.emit("cmp", Type.BOOL, status, self.const_word(0), attr="ne")

    def fold_abs(self, args: list[Slot]) -> Slot:
        if len(args) != 1 or not isinstance(args[0], Value):
            return None
        x = args[0]
        if x.type is Type.FLOAT:
            return self.emit("fabs", Type.FLOAT, x)
        if x.type is Type.INT and not self.avoids("overflow"):
            negative = self.emit("cmp", Type.BOOL, x, self.const_int(0), attr="lt")
            minus = self.emit("sub", Type.INT, self.const_int(0), x, reason="overflow")
            return self.emit("select", Type.INT, negative, minus, x)
        return None

    def fold_min(self, args: list[Slot]) -> Slot:
        return self.fold_extreme(args, "lt")

    def fold_max(self, args: list[Slot]) -> Slot:
        return self.fold_extreme(args, "gt")

    def fold_extreme(self, args: list[Slot], predicate: str) -> Slot:
        if len(args) != 2:
            return None
        a, b = args
        if not (isinstance(a, Value) and isinstance(b, Value)) or a.type is not b.type:
            return None
        if a.type is Type.INT:
            better = self.emit("cmp", Type.BOOL, b, a, attr=predicate)
        elif a.type is Type.FLOAT:
            better = self.emit("fcmp", Type.BOOL, b, a, attr=predicate)
        else:
            return None
        return self.emit("select", a.type, better, b, a)

    def fold_sqrt(self, slot: Slot) -> Slot:
        if not isinstance(slot, Value) or slot.type not in (Type.FLOAT, Type.INT) or self.avoids("sqrt"):
            return None
        x = slot if slot.type is Type.FLOAT else self.emit("int_to_float", Type.FLOAT, slot)
        good = self.emit("fcmp", Type.BOOL, x, self.const_float(0.0), attr="ge")
        self.guard(good, "sqrt")
        return self.emit("fsqrt", Type.FLOAT, x)

    # ------------------------------------------------------------------ types as functions

    def fold_type(self, word: int, args: list[Slot]) -> Slot:
        if "builtins" in self.disabled:
            return None
        types = self.layout.addresses
        for name, fold in (
            ("PyRange_Type", self.fold_range),
            ("PyEnum_Type", self.fold_enumerate),
            ("PyZip_Type", self.fold_zip),
            ("PyFloat_Type", self.fold_float),
            ("PyLong_Type", self.fold_int),
            ("PyList_Type", self.fold_list),
        ):
            if word == types[name]:
                return fold(args)
        return None

    def fold_range(self, args: list[Slot]) -> Slot:
        if not 1 <= len(args) <= 3 or "iterators" in self.disabled:
            return None
        if len(args) == 3:
            step = args[2]
            if not (isinstance(step, Value) and step.type is Type.INT and step.is_const and step.attr):
                return None
        ints = [self.int_argument(a, "range") for a in args]
        if None in ints:
            return None
        one, zero = self.const_int(1), self.const_int(0)
        if len(ints) == 1:
            return Virtual("range", (zero, ints[0], one))
        return Virtual("range", (ints[0], ints[1], ints[2] if len(ints) == 3 else one))

    def fold_enumerate(self, args: list[Slot]) -> Slot:
        if len(args) != 1 or "iterators" in self.disabled:
            return None
        inner = self.iterator_of(args[0], 0, None if self.avoids("kind") else "LIST")
        return Virtual("enumerate", (self.const_int(0), inner))

    def fold_zip(self, args: list[Slot]) -> Slot:
        if not args or "iterators" in self.disabled:
            return None
        if self.avoids("kind"):
            return None
        inners = tuple(self.iterator_of(a, 0, "LIST") for a in args)
        return Virtual("zip", inners)

    def iterator_of(self, slot: Slot, kinds: int, guess: str | None = None) -> Slot:
        raise NotImplementedError

    def fold_float(self, args: list[Slot]) -> Slot:
        if len(args) != 1 or not isinstance(args[0], Value):
            return None
        if args[0].type is Type.FLOAT:
            return args[0]
        return self.emit("int_to_float", Type.FLOAT, args[0]) if args[0].type is Type.INT else None

    def fold_int(self, args: list[Slot]) -> Slot:
        if len(args) != 1 or not isinstance(args[0], Value):
            return None
        x = args[0]
        if x.type in (Type.INT, Type.BOOL):
            return self.to_int(x)
        if x.type is Type.FLOAT and not self.avoids("precision"):
            size = self.emit("fabs", Type.FLOAT, x)
            small = self.emit("fcmp", Type.BOOL, size, self.const_float(2.0**61), attr="lt")
            self.guard(small, "precision")
            return self.emit("float_to_int", Type.INT, x)
        return None

    def fold_list(self, args: list[Slot]) -> Slot:
        if len(args) != 1:
            return None
        slot = args[0]
        result = None
        if isinstance(slot, Virtual) and slot.kind == "range":
            it = self.range_iterator(slot.items)
            assert isinstance(it, Virtual)
            result = self.helper("jit_list_from_range", *self.raw(it.items), check="null")
        elif self.type_of(slot) == self.layout.addresses["PyList_Type"]:
            result = self.helper("jit_list_copy", self.as_object(slot), check="null")
        if result is not None:
            self.state.known[result] = ("type", self.layout.addresses["PyList_Type"])
        return result

    def range_iterator(self, items: tuple[Slot, ...]) -> Slot:
        raise NotImplementedError

    # ------------------------------------------------------------------ classes

    def call_class(self, insn: Insn, callable_: Value, args: list[Slot], names: int) -> bool:
        """Instantiate a plain Python class: allocate, then __init__ as a call; or call anything."""
        cache = call_cache(insn)
        word = callable_.attr
        kind = self.layout.opcodes[cache.kind].name if cache.kind else ""
        if kind != "CALL_TYPE" or cache.key != word or not cache.version or self.avoids("attr"):
            return self.generic_call(insn, callable_, args, names)
        code = self.memory.u64(cache.callable, "PyFunctionObject.func_code") if cache.callable else 0
        if not cache.callable:
            if args:
                return self.generic_call(insn, callable_, args, names)
            self.guard_version(word, cache.version)
            return self.finish(insn.a + 2, self.new_instance(callable_))
        self.guard_version(word, cache.version)
        self.pool.keep(cache.callable)
        unit = self.unit_of_code.get(code)
        init = self.const_obj(cache.callable)
        if not self.check_world(("code", cache.callable), code):
            self.pool.keep(code)
            now = self.load_field(init, "PyFunctionObject.func_code", "func")
            self.guard(self.emit("cmp", Type.BOOL, now, self.const_word(code), attr="eq"), "attr")
        # The arguments are bound with a place for self: it exists only behind the last guard.
        place = self.const_obj(self.none)
        bound = self.bind(code, cache.callable, [place, *args], names)
        if bound is None:
            return self.generic_call(insn, callable_, args, names)
        instance = self.new_instance(callable_)
        bound[0] = instance
        if unit is not None and self.may_inline(unit):
            return self.inline(insn, unit, init, bound, insn.a + 2, init_self=instance)
        result = self.native_call(init, code, bound)
        fine = self.emit("cmp", Type.BOOL, result, self.const_obj(self.none), attr="eq")
        yes, no = self.branch(fine)
        here, self.block = self.state, no
        self.state = here.copy()
        self.helper("jit_init_failed", result)
        self.leave("error", raises=True)
        self.block, self.state = yes, here
        return self.finish(insn.a + 2, instance)

    def new_instance(self, type_: Value) -> Value:
        raise NotImplementedError

    def guard_version(self, type_: int, version: int) -> None:
        raise NotImplementedError

    def branch(self, condition: Value) -> tuple:
        raise NotImplementedError

    # ------------------------------------------------------------------ other calls

    def op_CALL_FUNCTION_EX(self, insn: Insn) -> bool:
        has_kwargs = bool(insn.a & 1)
        stack = self.state.top.stack
        base = stack[-4:] if has_kwargs else [*stack[-3:], None]
        words = [self.as_object(s) for s in base[1:]]
        result = self.helper("jit_call_ex", *words, check="null")
        return self.finish(3 + has_kwargs, result)

    def op_MAKE_FUNCTION(self, insn: Insn) -> bool:
        n = 1 + bin(insn.a & 15).count("1")
        func = self.as_object(self.state.top.func)
        array = self.array(self.operands(n))
        result = self.helper("jit_make_function", func, array, self.const_word(insn.a), check="null")
        self.state.known[result] = ("type", self.layout.addresses["PyFunction_Type"])
        return self.finish(n, result)


__all__ = ["CallBuilder", "CannotCompile"]
