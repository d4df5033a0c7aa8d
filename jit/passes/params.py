"""Block parameters that always get the same value are that value (as for trivial phis: M. Braun et al.,
"Simple and Efficient Construction of Static Single Assignment Form", 2013)."""

from __future__ import annotations

from ..ir import Block, Function, Value, predecessors, reverse_postorder


def remove_unreachable(function: Function) -> None:
    function.blocks = reverse_postorder(function)


def run(function: Function) -> None:
    remove_unreachable(function)
    preds = predecessors(function)
    replaced: dict[Value, Value] = {}

    def find(value: Value) -> Value:
        while value in replaced:
            value = replaced[value]
        return value

    changed = True
    while changed:
        changed = False
        for block in function.blocks:
            edges = [e for _, e in preds[block]]
            kept: list[int] = []
            for i, param in enumerate(block.params):
                values = {find(e.args[i]) for e in edges}
                values.discard(param)
                if len(values) == 1:
                    replaced[param] = values.pop()
                    changed = True
                else:
                    kept.append(i)
            if len(kept) != len(block.params):
                _keep(block, edges, kept)
    if replaced:
        rewrite(function, find)


def _keep(block: Block, edges: list, kept: list[int]) -> None:
    block.params = [block.params[i] for i in kept]
    for edge in edges:
        edge.args = [edge.args[i] for i in kept]


def rewrite(function: Function, find) -> None:  # noqa: ANN001
    """Replace every use of a value by find(value)."""
    for value in function.values():
        if value.args:
            value.args = [find(a) for a in value.args]
    for block in function.blocks:
        for edge in block.edges:
            edge.args = [find(a) for a in edge.args]
    for state in function.states():
        state.replace(find)
