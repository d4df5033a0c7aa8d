"""Overflow checks that can't fail: intervals of ints, from constants, list sizes and loop counters.

A forward pass over the blocks in order; parameters of blocks with an unprocessed predecessor (loop heads)
are unknown, except counters: a value that a comparison on the way bounds from above."""

from __future__ import annotations

from ..ir import SMALL_INT_MAX, SMALL_INT_MIN, Function, Type, Value

Interval = tuple[int, int]
_ALL: Interval = (SMALL_INT_MIN, SMALL_INT_MAX)
_SIZE_MAX = 1 << 58  # no container has more items


def run(function: Function) -> None:
    known: dict[Value, Interval] = {}

    def get(value: Value) -> Interval:
        if value.is_const and value.type in (Type.INT, Type.WORD) and isinstance(value.attr, int):
            return (value.attr, value.attr)
        return known.get(value, _ALL)

    for block in function.blocks:
        for value in block.body:
            if value.type not in (Type.INT, Type.WORD):
                continue
            result = _interval(value, get)
            if result is None:
                continue
            fits = SMALL_INT_MIN <= result[0] and result[1] <= SMALL_INT_MAX
            if fits:
                known[value] = result
                if value.op in ("add", "sub", "mul") and value.exit is not None:
                    value.attr, value.exit = "fits", None


def _interval(value: Value, get) -> Interval | None:  # noqa: ANN001
    op = value.op
    if op in ("add", "sub", "mul"):
        (a, b), (c, d) = get(value.args[0]), get(value.args[1])
        if op == "add":
            return (a + c, b + d)
        if op == "sub":
            return (a - d, b - c)
        products = (a * c, a * d, b * c, b * d)
        return (min(products), max(products))
    if op == "mod":
        c, d = get(value.args[1])
        return (0, d - 1) if c > 0 else None
    if op == "and":
        for c, d in (get(value.args[0]), get(value.args[1])):
            if c >= 0:
                return (0, d)
        return None
    if op == "bool_to_int":
        return (0, 1)
    if (
        op == "load"
        and getattr(value.attr, "alias", "") in ("list", "tuple", "str")
        and value.type is Type.INT
    ):
        return (0, _SIZE_MAX)
    return None
