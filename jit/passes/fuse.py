"""A list slice that is only made to be assigned to a slice is not made: a[:k] = b[k::-1] becomes one
move.  The store must follow the slice in the same block, with nothing in between that could see or change
a list.  A frame state that holds the slice makes it when it is left to: the source has not changed."""

from __future__ import annotations

from ..ir import Call, Function, Value, Virtual

_HARMLESS = {
    "box_int",
    "box_float",
    "box_bool",
    "as_int",
    "as_float",
    "cmp",
    "ucmp",
    "add",
    "sub",
    "mul",
    "wadd",
    "wsub",
    "guard",
    "guard_int",
    "const",
    "input",
    "load",
}


def run(function: Function) -> None:
    uses = count_uses(function)
    for block in function.blocks:
        for i, value in enumerate(block.body):
            if not is_call(value, "jit_list_slice_int") or uses.get(value) != 1:
                continue
            store = find_store(block.body, i)
            if store is None:
                continue
            target, _, start, stop, step = store.args
            source, first, last, by = value.args
            assert isinstance(store.attr, Call)
            virtual = Virtual("list_slice", (source, first, last, by))
            between = block.body[i + 1 : block.body.index(store) + 1]
            states = [v.exit.state for v in between if v.exit is not None]
            holders = [s for s in function.states() if any(leaf is value for leaf in s.leaves())]
            if not all(any(h is s for s in states) for h in holders):
                continue
            for state in holders:
                state.replace(lambda v, old=value, new=virtual: new if v is old else v)  # type: ignore[misc]
            store.args = [target, start, stop, step, source, first, last, by]
            store.attr = Call("jit_list_move_slice", "ioiiioiii", "negative", False, store.attr.pc)
            block.body[i].op = "removed"
        block.body = [v for v in block.body if v.op != "removed"]


def count_uses(function: Function) -> dict[Value, int]:
    """Uses by operations and edges."""
    uses: dict[Value, int] = {}
    for value in function.values():
        for arg in value.args:
            uses[arg] = uses.get(arg, 0) + 1
    for block in function.blocks:
        for edge in block.edges:
            for arg in edge.args:
                uses[arg] = uses.get(arg, 0) + 1
    return uses


def is_call(value: Value, target: str) -> bool:
    return value.op == "call" and isinstance(value.attr, Call) and value.attr.target == target


def find_store(body: list[Value], at: int) -> Value | None:
    slice_ = body[at]
    for value in body[at + 1 :]:
        if is_call(value, "jit_list_store_slice"):
            return value if value.args[1] is slice_ else None
        if value.op not in _HARMLESS and not (value.op == "call" and getattr(value.attr, "pure", False)):
            return None
    return None
