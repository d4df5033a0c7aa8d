"""Operators: arithmetic, comparisons, truth, conditional jumps."""

from __future__ import annotations

from .build_base import BuilderBase
from .ir import Slot, Type, Value, Virtual
from .unit import Insn

LT, LE, EQ, NE, GT, GE = range(6)
PREDICATES = {LT: "lt", LE: "le", EQ: "eq", NE: "ne", GT: "gt", GE: "ge"}
EXACT_DOUBLE = 1 << 53

# instruction -> (int op, float op, helper's stem)
BINARY = {
    "BINARY_ADD": ("add", "fadd", "add"),
    "BINARY_SUB": ("sub", "fsub", "subtract"),
    "BINARY_MUL": ("mul", "fmul", "multiply"),
    "BINARY_TRUEDIV": ("truediv", "fdiv", "truediv"),
    "BINARY_FLOORDIV": ("floordiv", "ffloordiv", "floordiv"),
    "BINARY_MOD": ("mod", "fmod", "mod"),
    "BINARY_POW": ("pow", "fpow", "power"),
    "BINARY_LSHIFT": ("shl", None, "lshift"),
    "BINARY_RSHIFT": ("shr", None, "rshift"),
    "BINARY_AND": ("and", None, "and"),
    "BINARY_OR": ("or", None, "or"),
    "BINARY_XOR": ("xor", None, "xor"),
    "BINARY_MATMUL": (None, None, "matmul"),
}


class NumberBuilder(BuilderBase):
    # ------------------------------------------------------------------ classes of operands

    def number_class(self, slot: Slot, kinds: int) -> str | None:
        """'i' int, 'b' bool, 'f' float, 'm' int or float (value word), None: something else."""
        k = self.layout.constants
        if slot is None or isinstance(slot, Virtual):
            return None
        if slot.type is Type.INT:
            return "i"
        if slot.type is Type.FLOAT:
            return "f"
        if slot.type is Type.BOOL:
            return "b"
        known = self.type_of(slot)
        if known is not None:
            return "f" if known == self.layout.addresses["PyFloat_Type"] else None
        if self.avoids("kind"):
            return None
        return {
            k["GCRT_KIND_INT"]: "i",
            k["GCRT_KIND_FLOAT"]: "f",
            k["GCRT_KIND_BOOL"]: "b",
            k["GCRT_KIND_INT"] | k["GCRT_KIND_FLOAT"]: "m",
        }.get(kinds)

    def is_cold(self, insn: Insn, *slots: Slot) -> bool:
        """The instruction has never run and nothing is known: leave when it does."""
        return (
            not any(insn.cache)
            and not self.avoids("cold")
            and any(isinstance(s, Value) and s.type is Type.OBJ and self.type_of(s) is None for s in slots)
        )

    def as_int_operand(self, slot: Slot, cls: str) -> Value:
        assert isinstance(slot, Value)
        if cls == "b" and slot.type is Type.OBJ:
            slot = self.guard_bool(slot)
        return self.to_int(slot)

    def as_float_operand(self, slot: Slot, cls: str) -> Value:
        assert isinstance(slot, Value)
        if slot.type is Type.FLOAT:
            return slot
        if cls == "f":
            return self.guard_float(slot)
        if cls == "m":
            return self.emit("guard_number", Type.FLOAT, slot, reason="kind")
        i = self.as_int_operand(slot, cls)
        if i.is_const:
            return self.const_float(float(i.attr))  # type: ignore[arg-type]
        return self.emit("int_to_float", Type.FLOAT, i)

    def split_number(self, slot: Slot) -> bool:
        """slot is an int or a float: run this instruction once for each."""
        assert isinstance(slot, Value)
        original = slot

        def is_int() -> None:
            self._unboxed(original, self.emit("as_int", Type.INT, original))

        def is_float() -> None:
            self.guard_float(original)

        return self.split(self.emit("is_int", Type.BOOL, slot), is_int, is_float)

    # ------------------------------------------------------------------ binary operators

    def binary(self, insn: Insn) -> bool:
        left, right = self.peek(2), self.peek(1)
        if self.is_cold(insn, left, right):
            return self.leave("cold")
        int_op, float_op, stem = BINARY[insn.name]
        kl, kr, kres = insn.kinds()
        a, b = self.number_class(left, kl), self.number_class(right, kr)
        big = kres & self.layout.constants["GCRT_KIND_BIGINT"] or self.avoids("overflow")
        if a and b:
            pair = a + b
            if "f" in pair and float_op:
                return self.float_binary(float_op, left, right, a, b)
            if "m" in pair:
                return self.split_number(left if a == "m" else right)
            if int_op and not (big and int_op not in ("and", "or", "xor", "truediv")):
                result = self.int_binary(int_op, left, right, a, b)
                if result is not None:
                    return self.finish(2, result)
        return self.generic_binary(insn, stem)

    def generic_binary(self, insn: Insn, stem: str) -> bool:
        left, right = self.as_object(self.peek(2)), self.as_object(self.peek(1))
        name = "jit_" + ("i" if insn.a else "") + stem
        return self.finish(2, self.helper(name, left, right, check="null"))

    def int_binary(self, op: str, left: Slot, right: Slot, a: str, b: str) -> Slot:
        """The result, or None when there is no fast way."""
        if op in ("and", "or", "xor") and a == b == "b":
            return self.bool_binary(op, left, right)
        if op == "truediv":
            return self.int_truediv(self.as_int_operand(left, a), self.as_int_operand(right, b))
        if op == "pow":
            if not (isinstance(right, Value) and right.is_const and right.attr == 2):
                return None
            x = self.as_int_operand(left, a)
            return self.emit("mul", Type.INT, x, x, reason="overflow")
        x, y = self.as_int_operand(left, a), self.as_int_operand(right, b)
        if op in ("and", "or", "xor"):
            return self.emit(op, Type.INT, x, y)
        if op in ("floordiv", "mod") and not (y.is_const and y.attr != 0):
            zero = self.const_int(0)
            self.guard(self.emit("cmp", Type.BOOL, y, zero, attr="ne"), "zero")
        if op == "mod":
            return self.emit(op, Type.INT, x, y, attr="fits")
        if op == "floordiv" and y.is_const and isinstance(y.attr, int) and y.attr > 0:
            return self.emit(op, Type.INT, x, y, attr="fits")
        return self.emit(op, Type.INT, x, y, reason="overflow")

    def bool_binary(self, op: str, left: Slot, right: Slot) -> Slot:
        x, y = (s if s.type is Type.BOOL else self.guard_bool(s) for s in (left, right))  # type: ignore
        zero = self.const_int(0)
        i = self.emit(op, Type.INT, self.to_int(x), self.to_int(y))
        return self.emit("cmp", Type.BOOL, i, zero, attr="ne")

    def exact_in_double(self, i: Value) -> None:
        """Guard that an int converts to double without rounding."""
        if i.is_const and isinstance(i.attr, int) and abs(i.attr) <= EXACT_DOUBLE:
            return
        shifted = self.emit("wadd", Type.WORD, i, self.const_word(EXACT_DOUBLE))
        limit = self.const_word(2 * EXACT_DOUBLE)
        self.guard(self.emit("ucmp", Type.BOOL, shifted, limit, attr="le"), "precision")

    def int_truediv(self, x: Value, y: Value) -> Slot:
        if self.avoids("precision") or (y.is_const and y.attr == 0):
            return None
        self.exact_in_double(x)
        self.exact_in_double(y)
        self.guard(self.emit("cmp", Type.BOOL, y, self.const_int(0), attr="ne"), "zero")
        q = self.emit("fdiv", Type.FLOAT, self.int_as_float(x), self.int_as_float(y))
        # 0 / -3 is 0.0: adding zero turns -0.0 into 0.0 and changes nothing else.
        return self.emit("fadd", Type.FLOAT, q, self.const_float(0.0))

    def int_as_float(self, i: Value) -> Value:
        if i.is_const:
            return self.const_float(float(i.attr))  # type: ignore[arg-type]
        return self.emit("int_to_float", Type.FLOAT, i)

    def float_binary(self, op: str, left: Slot, right: Slot, a: str, b: str) -> bool:
        x, y = self.as_float_operand(left, a), self.as_float_operand(right, b)
        if op == "fpow":
            return self.float_pow(x, y)
        if op in ("fdiv", "fmod", "ffloordiv"):
            if not (y.is_const and y.attr != 0.0):
                zero = self.const_float(0.0)
                self.guard(self.emit("fcmp", Type.BOOL, y, zero, attr="ne"), "zero")
            if op != "fdiv":
                name = "jit_float_mod" if op == "fmod" else "jit_float_floordiv"
                return self.finish(2, self.helper(name, x, y))
        return self.finish(2, self.emit(op, Type.FLOAT, x, y))

    def float_pow(self, x: Value, y: Value) -> bool:
        """Fast where C's pow and Python's ** agree: positive base, or whole constant exponent >= 1, and a
        normal result; the rest (errors, complex results, infinities) is the interpreter's."""
        if self.avoids("pow"):
            return self.finish(
                2, self.helper("jit_power", self.as_object(x), self.as_object(y), check="null")
            )
        exponent = y.attr if y.is_const else None
        whole = isinstance(exponent, float) and 1 <= exponent <= 64 and exponent == int(exponent)
        if not whole:
            positive = self.emit("fcmp", Type.BOOL, x, self.const_float(0.0), attr="gt")
            self.guard(positive, "pow")
        result = self.helper("jit_pow", x, y)
        size = self.emit("fabs", Type.FLOAT, result)
        big = self.emit("fcmp", Type.BOOL, size, self.const_float(1.7976931348623157e308), attr="le")
        normal = self.emit("fcmp", Type.BOOL, size, self.const_float(2.2250738585072014e-308), attr="ge")
        self.guard(self.emit("band", Type.BOOL, big, normal), "pow")
        return self.finish(2, result)

    # ------------------------------------------------------------------ unary

    def op_UNARY_NEGATIVE(self, insn: Insn) -> bool:
        value = self.peek()
        if self.is_cold(insn, value):
            return self.leave("cold")
        cls = self.number_class(value, insn.kinds()[0])
        if cls == "m":
            return self.split_number(value)
        if cls == "f":
            return self.finish(1, self.emit("fneg", Type.FLOAT, self.as_float_operand(value, cls)))
        if cls and not self.avoids("overflow"):
            x = self.as_int_operand(value, cls)
            return self.finish(1, self.emit("sub", Type.INT, self.const_int(0), x, reason="overflow"))
        return self.finish(1, self.helper("jit_negative", self.as_object(value), check="null"))

    def op_UNARY_POSITIVE(self, insn: Insn) -> bool:
        value = self.peek()
        if isinstance(value, Value) and value.type in (Type.INT, Type.FLOAT):
            return self.finish(0)
        return self.finish(1, self.helper("jit_positive", self.as_object(value), check="null"))

    def op_UNARY_INVERT(self, insn: Insn) -> bool:
        value = self.peek()
        if self.is_cold(insn, value):
            return self.leave("cold")
        cls = self.number_class(value, insn.kinds()[0])
        if cls in ("i", "b"):
            return self.finish(1, self.emit("not", Type.INT, self.as_int_operand(value, cls)))
        return self.finish(1, self.helper("jit_invert", self.as_object(value), check="null"))

    def op_UNARY_NOT(self, insn: Insn) -> bool:
        condition = self.truth(self.peek(), insn.kinds()[0])
        if condition.is_const:
            return self.finish(1, self.const_bool(not condition.attr))
        return self.finish(1, self.emit("bnot", Type.BOOL, condition))

    # ------------------------------------------------------------------ comparisons

    def compare_values(self, insn: Insn, op: int) -> Value | bool | None:
        """A BOOL; True when the block was ended; None: only the general way."""
        left, right = self.peek(2), self.peek(1)
        kl, kr, _ = insn.kinds()
        a, b = self.number_class(left, kl), self.number_class(right, kr)
        if not (a and b):
            return None
        pair = a + b
        predicate = PREDICATES[op]
        if pair == "ff":
            x, y = self.as_float_operand(left, a), self.as_float_operand(right, b)
            return self.emit("fcmp", Type.BOOL, x, y, attr=predicate)
        if "m" in pair:
            return self.split_number(left if a == "m" else right)
        if "f" in pair:
            if self.avoids("precision"):
                return None
            operands = []
            for slot, cls in ((left, a), (right, b)):
                if cls == "f":
                    operands.append(self.as_float_operand(slot, cls))
                else:
                    i = self.as_int_operand(slot, cls)
                    self.exact_in_double(i)
                    operands.append(self.int_as_float(i))
            return self.emit("fcmp", Type.BOOL, *operands, attr=predicate)
        x, y = self.as_int_operand(left, a), self.as_int_operand(right, b)
        return self.emit("cmp", Type.BOOL, x, y, attr=predicate)

    def op_COMPARE(self, insn: Insn) -> bool:
        if self.is_cold(insn, self.peek(2), self.peek(1)):
            return self.leave("cold")
        result = self.compare_values(insn, insn.a)
        if result is True:
            return True
        if isinstance(result, Value):
            return self.finish(2, result)
        a, b = self.as_object(self.peek(2)), self.as_object(self.peek(1))
        return self.finish(2, self.helper("jit_compare", a, b, self.const_word(insn.a), check="null"))

    def op_COMPARE_JUMP(self, insn: Insn) -> bool:
        if self.is_cold(insn, self.peek(2), self.peek(1)):
            return self.leave("cold")
        op, if_true = insn.b & 7, bool(insn.b & 8)
        result = self.compare_values(insn, op)
        if result is True:
            return True
        if not isinstance(result, Value):
            a, b = self.as_object(self.peek(2)), self.as_object(self.peek(1))
            status = self.helper("jit_compare_truth", a, b, self.const_word(op), check="negative")
            result = self.emit("cmp", Type.BOOL, status, self.const_word(0), attr="ne")
        self.drop(2)
        return self.jump_if(result, insn, if_true)

    def jump_if(self, condition: Value, insn: Insn, if_true: bool) -> bool:
        """Jump to the instruction's target when the condition is if_true."""
        taken, other = (insn.a, None), (insn.next, None)
        return self.branch_to(condition, taken if if_true else other, other if if_true else taken)

    def op_IS(self, insn: Insn) -> bool:
        left, right = self.peek(2), self.peek(1)
        if left is right:
            return self.finish(2, self.const_bool(not insn.a))
        types = self.type_of(left), self.type_of(right)
        if all(types) and types[0] != types[1]:
            return self.finish(2, self.const_bool(bool(insn.a)))
        a, b = self.as_object(left), self.as_object(right)
        if a.is_const and b.is_const:
            return self.finish(2, self.const_bool((a.attr == b.attr) != bool(insn.a)))
        return self.finish(2, self.emit("cmp", Type.BOOL, a, b, attr="ne" if insn.a else "eq"))

    def op_CONTAINS(self, insn: Insn) -> bool:
        container, item = self.as_object(self.peek(1)), self.as_object(self.peek(2))
        status = self.helper("jit_contains", container, item, check="negative")
        return self.finish(
            2, self.emit("cmp", Type.BOOL, status, self.const_word(0), attr="eq" if insn.a else "ne")
        )

    # ------------------------------------------------------------------ truth

    def truth(self, slot: Slot, kinds: int) -> Value:
        """The truth of a slot as a BOOL; may be a constant."""
        if isinstance(slot, Virtual):
            if slot.kind == "tuple":
                return self.const_bool(len(slot.items) > 0)
            slot = self.materialize(slot)
        assert slot is not None
        if slot.type is Type.BOOL:
            return slot
        if slot.is_const and (slot.type is not Type.OBJ or slot.attr == self.none):
            return self.const_bool(bool(slot.attr) and slot.attr != self.none)
        if slot.type is Type.INT:
            return self.emit("cmp", Type.BOOL, slot, self.const_int(0), attr="ne")
        if slot.type is Type.FLOAT:
            return self.emit("fcmp", Type.BOOL, slot, self.const_float(0.0), attr="ne")
        k = self.layout.constants
        known = self.type_of(slot)
        if known is None and not self.avoids("kind"):
            if kinds == k["GCRT_KIND_BOOL"]:
                return self.guard_bool(slot)
            if kinds == k["GCRT_KIND_INT"]:
                return self.truth(self.guard_int(slot), kinds)
            if kinds == k["GCRT_KIND_FLOAT"]:
                return self.truth(self.guard_float(slot), kinds)
            for kind, name in (
                ("LIST", "PyList_Type"),
                ("TUPLE", "PyTuple_Type"),
                ("STR", "PyUnicode_Type"),
                ("DICT", "PyDict_Type"),
            ):
                if kinds == k["GCRT_KIND_" + kind]:
                    self.guard_type(slot, name)
                    known = self.layout.addresses[name]
        for name, field, alias in (
            ("PyList_Type", "PyVarObject.ob_size", "list"),
            ("PyTuple_Type", "PyVarObject.ob_size", "tuple"),
            ("PyUnicode_Type", "PyASCIIObject.length", "str"),
            ("PyDict_Type", "PyDictObject.ma_used", "dict"),
        ):
            if known == self.layout.addresses[name]:
                size = self.load_field(slot, field, alias)
                return self.emit("cmp", Type.BOOL, size, self.const_word(0), attr="ne")
        if known == self.layout.addresses["PyFloat_Type"]:
            return self.truth(self.guard_float(slot), kinds)
        status = self.helper("jit_truth", slot, check="negative")
        return self.emit("cmp", Type.BOOL, status, self.const_word(0), attr="ne")

    def op_POP_JUMP_IF_TRUE(self, insn: Insn) -> bool:
        return self.jump_on_truth(insn, True)

    def op_POP_JUMP_IF_FALSE(self, insn: Insn) -> bool:
        return self.jump_on_truth(insn, False)

    def jump_on_truth(self, insn: Insn, if_true: bool) -> bool:
        if self.is_cold(insn, self.peek()):
            return self.leave("cold")
        condition = self.truth(self.peek(), insn.kinds()[0])
        self.drop(1)
        return self.jump_if(condition, insn, if_true)

    def op_JUMP_IF_FALSE_OR_POP(self, insn: Insn) -> bool:
        return self.jump_or_pop(insn, False)

    def op_JUMP_IF_TRUE_OR_POP(self, insn: Insn) -> bool:
        return self.jump_or_pop(insn, True)

    def jump_or_pop(self, insn: Insn, if_true: bool) -> bool:
        if self.is_cold(insn, self.peek()):
            return self.leave("cold")
        condition = self.truth(self.peek(), insn.kinds()[0])
        taken = (insn.a, None)
        other = (insn.next, lambda state: state.top.stack.pop())
        return self.branch_to(condition, taken if if_true else other, other if if_true else taken)

    def op_POP_JUMP_IF_NONE(self, insn: Insn) -> bool:
        return self.jump_on_none(insn, True)

    def op_POP_JUMP_IF_NOT_NONE(self, insn: Insn) -> bool:
        return self.jump_on_none(insn, False)

    def jump_on_none(self, insn: Insn, if_none: bool) -> bool:
        slot = self.pop()
        if self.type_of(slot) is not None:
            is_none = isinstance(slot, Value) and slot.is_const and slot.attr == self.none
            condition = self.const_bool(is_none)
        else:
            assert isinstance(slot, Value)
            condition = self.emit("cmp", Type.BOOL, slot, self.const_obj(self.none), attr="eq")
        return self.jump_if(condition, insn, if_none)


def _binary(self: NumberBuilder, insn: Insn) -> bool:
    return self.binary(insn)


for _name in BINARY:
    setattr(NumberBuilder, "op_" + _name, _binary)
