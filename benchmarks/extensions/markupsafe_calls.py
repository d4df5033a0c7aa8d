"""Calls of markupsafe's C function, and of the escape() that wraps it."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "harness"))

from extension_loops import measure  # noqa: E402
from markupsafe import Markup, _speedups, escape  # noqa: E402

_escape_inner = _speedups._escape_inner


def over(texts):
    """A loop that escapes the texts in turn and adds up the lengths."""

    def loop(n):
        total, count = 0, len(texts)
        for i in range(n):
            total += len(_escape_inner(texts[i % count]))
        return total

    return loop


def escape_loop(n):
    total = 0
    for _ in range(n):
        total += len(escape("a < b"))
    return total


def markup_format(n):
    total, row = 0, Markup("<td>%s</td>")
    for _ in range(n):
        total += len(row % "a & b")
    return total


measure(
    {
        "_escape_inner plain": over([f"nothing to escape here {i}" for i in range(16)]),
        "_escape_inner html": over([f'<td>{i} & "quoted"</td>' for i in range(16)]),
        "_escape_inner ucs2": over([f"<\u20ac {i}>" for i in range(16)]),
        "_escape_inner ucs4": over([f"<\U0001f600 {i}>" for i in range(16)]),
        "escape": escape_loop,
        "Markup %": markup_format,
    }
)
