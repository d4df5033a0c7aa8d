"""`make tables`: write the README's tables from the measured files.

The benchmark table comes from build/bench.json (`make bench`), the collector's from build/bench-gc.json
(`make bench-gc`), the packages from
extensions_tests/RESULTS.md (`make test-packages`), the conformance line from the scripts of
tests/programs, which `make test` compares with CPython in every mode.
"""

from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
README = TREE / "README.md"


def benchmarks() -> str | None:
    """One row a program: how many times as fast as each peer."""
    path = TREE / "build" / "bench.json"
    if not path.exists():
        return None
    cells: dict[str, dict[str, str]] = {}
    rows = json.loads(path.read_text())
    for r in rows:
        if _package(r["name"]) is None:
            name, column = _place(r["name"], r["peer"])
            cells.setdefault(name, {})[column] = f"{r['ratio']:.2f}"
    for package in dict.fromkeys(filter(None, (_package(r["name"]) for r in rows))):
        ratios = [r["ratio"] for r in rows if _package(r["name"]) == package]
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        text = f"{mean:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        cells[f"calls into {package}, mean of {len(ratios)} loops"] = {"warm, CPython": text}
    columns = ["warm, CPython", "warm, PyPy", "first second, CPython", "JIT off, CPython"]
    columns = [c for c in columns if any(c in row for row in cells.values())]
    lines = ["| program | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    lines += [
        f"| {name} | " + " | ".join(row.get(c, "") for c in columns) + " |" for name, row in cells.items()
    ]
    return "\n".join(lines)


def _package(name: str) -> str | None:
    """The extension whose loop of calls a row is about."""
    head, colon, _ = name.partition(": ")
    return head if colon and head not in ("start", "for i in range(n)") else None


def _place(name: str, peer: str) -> tuple[str, str]:
    peer_name = {"cpython": "CPython", "pypy": "PyPy"}.get(peer, peer)
    for suffix, column in ((" warm", "warm"), (" first second", "first second"), (" jit=off", "JIT off")):
        if name.endswith(suffix):
            return name.removesuffix(suffix), f"{column}, {peer_name}"
    if name.startswith("for"):
        return f"`{name}`", f"warm, {peer_name}" if peer in ("cpython", "pypy") else "other"
    return (
        f"`{name.removeprefix('start: ')}`, whole process" if name.startswith("start") else name
    ), "warm, CPython"


def collector() -> str | None:
    """One row a measurement that has a target, as `make bench-gc` wrote it; the others are in that file."""
    path = TREE / "build" / "bench-gc.json"
    if not path.exists():
        return None
    lines = [
        "| measurement | ours | peer | its value | unit | ratio | target |",
        "|---|---|---|---|---|---|---|",
    ]
    for r in json.loads(path.read_text()):
        if r["target"] is None:
            continue
        cells = [_figure(r[key]) for key in ("ours", "peer_value", "ratio", "target")]
        ours, theirs, ratio, target = cells
        lines.append(f"| {r['name']} | {ours} | {r['peer']} | {theirs} | {r['unit']} | {ratio} | {target} |")
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    return "none" if value is None else f"{value:.3g}"


def packages() -> str | None:
    path = TREE / "extensions_tests" / "RESULTS.md"
    if not path.exists():
        return None
    return "\n".join(line for line in path.read_text().splitlines() if line.startswith("|"))


def conformance() -> str:
    scripts = sorted((TREE / "tests" / "programs").glob("*.py"))
    areas: dict[str, int] = {}
    for script in scripts:
        areas[script.stem.split("_")[0]] = areas.get(script.stem.split("_")[0], 0) + 1
    listed = ", ".join(f"{count} {area}" for area, count in areas.items())
    return f"{len(scripts)} scripts print exactly what CPython 3.11 prints, in every mode ({listed})."


SECTIONS = {
    "benchmarks": benchmarks,
    "collector": collector,
    "packages": packages,
    "conformance": conformance,
}


def main() -> int:
    text = README.read_text()
    for name, make in SECTIONS.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.S)
        if not pattern.search(text):
            sys.exit(f"README.md has no section {name}")
        made = make()
        if made is None:  # not measured in this tree: the table stays
            continue
        before, after = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        text = pattern.sub((before + made + "\n" + after).replace("\\", r"\\"), text)
    README.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
