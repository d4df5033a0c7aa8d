"""Abstract syntax trees on their way between host and guest.

The format (capi_shim/modules/ast_tree.h says the same): a node is (class name, field values, attribute
values), a list is a list, a tuple or Ellipsis among the values is wrapped as ("", value), and a missing
field or attribute is an Ellipsis.
"""

from __future__ import annotations

import _ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def to_tree(value: Any) -> Any:
    """What marshal can write for a node, list or constant."""
    if isinstance(value, _ast.AST):
        fields, attributes = (
            tuple(to_tree(getattr(value, name)) if hasattr(value, name) else ... for name in names)
            for names in (value._fields, value._attributes)
        )
        return (type(value).__name__, fields, attributes)
    if isinstance(value, list):
        return [to_tree(item) for item in value]
    return ("", value) if isinstance(value, tuple) or value is ... else value


def from_tree(tree: Any) -> Any:
    """The host's nodes from what the guest sent."""
    if isinstance(tree, list):
        return [from_tree(item) for item in tree]
    if not isinstance(tree, tuple):
        return tree
    if len(tree) == 2:
        return tree[1]
    name, fields, attributes = tree
    node_class = getattr(_ast, name, None)
    if node_class is None:
        raise TypeError(f"expected some sort of AST node, but got {name}")
    node = node_class()
    for names, values in ((node_class._fields, fields), (node_class._attributes, attributes)):
        for key, value in zip(names, values, strict=False):
            if value is not ...:
                setattr(node, key, from_tree(value))
    return node
