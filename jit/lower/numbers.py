"""Arithmetic and comparisons of unboxed ints and floats, as LLVM text."""

from __future__ import annotations

from ..ir import SMALL_INT_MAX, Exit, Value

_FCMP = {"lt": "olt", "le": "ole", "eq": "oeq", "ne": "une", "gt": "ogt", "ge": "oge"}


class NumberLowering:
    """The part of Lowering that knows numbers."""

    def op(self, text: str) -> str:
        raise NotImplementedError

    def args(self, value: Value) -> list[str]:
        raise NotImplementedError

    def guard_on(self, condition: str, exit: Exit | None) -> None:
        raise NotImplementedError

    # -- ints

    def check_fits(self, result: str, value: Value) -> str:
        """Leave unless the result is within 63 bits."""
        if value.attr != "fits":
            moved = self.op(f"add i64 {result}, {SMALL_INT_MAX + 1}")
            self.guard_on(self.op(f"icmp sge i64 {moved}, 0"), value.exit)
        return result

    def do_add(self, value: Value) -> str:
        a, b = self.args(value)
        return self.check_fits(self.op(f"add nsw i64 {a}, {b}"), value)

    def do_sub(self, value: Value) -> str:
        a, b = self.args(value)
        return self.check_fits(self.op(f"sub nsw i64 {a}, {b}"), value)

    def do_mul(self, value: Value) -> str:
        a, b = self.args(value)
        if value.attr == "fits":
            return self.op(f"mul nsw i64 {a}, {b}")
        pair = self.op(f"call {{i64, i1}} @llvm.smul.with.overflow.i64(i64 {a}, i64 {b})")
        result = self.op(f"extractvalue {{i64, i1}} {pair}, 0")
        overflow = self.op(f"extractvalue {{i64, i1}} {pair}, 1")
        moved = self.op(f"add i64 {result}, {SMALL_INT_MAX + 1}")
        small = self.op(f"icmp sge i64 {moved}, 0")
        exact = self.op(f"xor i1 {overflow}, true")
        self.guard_on(self.op(f"and i1 {exact}, {small}"), value.exit)
        return result

    def do_shl(self, value: Value) -> str:
        a, n = self.args(value)
        self.guard_on(self.op(f"icmp ult i64 {n}, 62"), value.exit)
        result = self.op(f"shl i64 {a}, {n}")
        back = self.op(f"ashr i64 {result}, {n}")
        self.guard_on(self.op(f"icmp eq i64 {back}, {a}"), value.exit)
        return self.check_fits(result, value)

    def do_shr(self, value: Value) -> str:
        a, n = self.args(value)
        self.guard_on(self.op(f"icmp sge i64 {n}, 0"), value.exit)
        small = self.op(f"icmp slt i64 {n}, 63")
        n = self.op(f"select i1 {small}, i64 {n}, i64 63")
        return self.op(f"ashr i64 {a}, {n}")

    @staticmethod
    def power_of_two(value: Value) -> int | None:
        """log2 of a constant power of two."""
        if (
            value.is_const
            and isinstance(value.attr, int)
            and value.attr > 0
            and value.attr & (value.attr - 1) == 0
        ):
            return value.attr.bit_length() - 1
        return None

    def do_floordiv(self, value: Value) -> str:
        a, b = self.args(value)
        shift = self.power_of_two(value.args[1])
        if shift is not None:
            return self.op(f"ashr i64 {a}, {shift}")
        q = self.op(f"sdiv i64 {a}, {b}")
        product = self.op(f"mul i64 {q}, {b}")
        rest = self.op(f"sub i64 {a}, {product}")
        inexact = self.op(f"icmp ne i64 {rest}, 0")
        mixed = self.op(f"xor i64 {rest}, {b}")
        opposite = self.op(f"icmp slt i64 {mixed}, 0")
        down = self.op(f"and i1 {inexact}, {opposite}")
        one = self.op(f"zext i1 {down} to i64")
        return self.check_fits(self.op(f"sub i64 {q}, {one}"), value)

    def do_mod(self, value: Value) -> str:
        a, b = self.args(value)
        shift = self.power_of_two(value.args[1])
        if shift is not None:
            return self.op(f"and i64 {a}, {(1 << shift) - 1}")
        rest = self.op(f"srem i64 {a}, {b}")
        nonzero = self.op(f"icmp ne i64 {rest}, 0")
        mixed = self.op(f"xor i64 {rest}, {b}")
        opposite = self.op(f"icmp slt i64 {mixed}, 0")
        wrong = self.op(f"and i1 {nonzero}, {opposite}")
        correction = self.op(f"select i1 {wrong}, i64 {b}, i64 0")
        return self.op(f"add i64 {rest}, {correction}")

    def do_not(self, value: Value) -> str:
        return self.op(f"xor i64 {self.args(value)[0]}, -1")

    def do_cmp(self, value: Value) -> str:
        predicate = str(value.attr)
        a, b = self.args(value)
        predicate = predicate if predicate in ("eq", "ne") else "s" + predicate
        return self.op(f"icmp {predicate} i64 {a}, {b}")

    def do_ucmp(self, value: Value) -> str:
        a, b = self.args(value)
        return self.op(f"icmp u{value.attr} i64 {a}, {b}")

    # -- floats

    def do_fcmp(self, value: Value) -> str:
        a, b = self.args(value)
        return self.op(f"fcmp {_FCMP[str(value.attr)]} double {a}, {b}")

    def do_fneg(self, value: Value) -> str:
        return self.op(f"fneg double {self.args(value)[0]}")

    def do_fabs(self, value: Value) -> str:
        return self.op(f"call double @llvm.fabs.f64(double {self.args(value)[0]})")

    def do_fsqrt(self, value: Value) -> str:
        return self.op(f"call double @llvm.sqrt.f64(double {self.args(value)[0]})")

    def do_int_to_float(self, value: Value) -> str:
        return self.op(f"sitofp i64 {self.args(value)[0]} to double")

    def do_float_to_int(self, value: Value) -> str:
        return self.op(f"fptosi double {self.args(value)[0]} to i64")

    def do_bool_to_int(self, value: Value) -> str:
        return self.op(f"zext i1 {self.args(value)[0]} to i64")

    def do_bnot(self, value: Value) -> str:
        return self.op(f"xor i1 {self.args(value)[0]}, true")

    def do_bor(self, value: Value) -> str:
        a, b = self.args(value)
        return self.op(f"or i1 {a}, {b}")

    def do_band(self, value: Value) -> str:
        a, b = self.args(value)
        return self.op(f"and i1 {a}, {b}")
