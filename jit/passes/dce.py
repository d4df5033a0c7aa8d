"""Remove pure operations and block parameters that nobody uses."""

from __future__ import annotations

from ..ir import OPS, Block, Function, Value, predecessors


def run(function: Function) -> None:
    used: set[Value] = set()
    work: list[Value] = []
    home: dict[Value, Block] = {}
    for block in function.blocks:
        for param in block.params:
            home[param] = block
    preds = predecessors(function)

    def use(value: Value) -> None:
        if value not in used:
            used.add(value)
            work.append(value)

    for block in function.blocks:
        for value in [*block.body, *([block.terminator] if block.terminator else [])]:
            if not is_removable(value):
                use(value)
    seen_states: set[int] = set()
    while work:
        value = work.pop()
        for arg in value.args:
            use(arg)
        if value.exit is not None and id(value.exit.state) not in seen_states:
            seen_states.add(id(value.exit.state))
            for leaf in value.exit.state.leaves():
                use(leaf)
        if value in home:
            block = home[value]
            i = block.params.index(value)
            for _, edge in preds[block]:
                use(edge.args[i])
    for block in function.blocks:
        block.body = [v for v in block.body if v in used]
        kept = [i for i, p in enumerate(block.params) if p in used]
        if len(kept) != len(block.params):
            block.params = [block.params[i] for i in kept]
            for _, edge in preds[block]:
                edge.args = [edge.args[i] for i in kept]


def is_removable(value: Value) -> bool:
    op = OPS[value.op]
    if op.pure or value.attr == "fits":
        return True
    return value.op == "call" and getattr(value.attr, "pure", False)
