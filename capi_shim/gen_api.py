"""Generate from capi.def what C needs: gcrt_api.h (renaming and prototypes) and the export list.

usage: gen_api.py capi.def OUT_DIR
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FUNC = re.compile(
    r"^FUNC\((?P<name>\w+), (?P<result>.+?), \((?P<args>.*)\), (?P<own>[\w()-]+), (?P<effect>\w+)\)$"
)
_DATA = re.compile(r"^DATA\((?P<name>\w+), (?P<decl>.+)\)$")


@dataclass(frozen=True)
class Entry:
    """One name of the API: a function (args is not None) or a datum."""

    name: str
    result: str
    args: str | None
    ownership: str
    effect: str

    @property
    def declaration(self) -> str:
        if self.args is None:
            return f"PyAPI_DATA({self.result});".replace("PyAPI_DATA(", "extern ").replace(");", ";")
        return f"{self.result} {self.name}({self.args});"


def read_table(path: Path) -> Iterator[Entry]:
    """Entries of capi.def in order; raises ValueError on a line that is neither entry nor comment."""
    in_comment = False
    for number, line in enumerate(path.read_text().splitlines(), 1):
        text = line.strip()
        if in_comment or text.startswith("/*"):
            in_comment = "*/" not in text
        elif match := _FUNC.match(text):
            yield Entry(*match.group("name", "result", "args", "own", "effect"))
        elif match := _DATA.match(text):
            yield Entry(match["name"], match["decl"], None, "-", "PURE")
        elif text:
            raise ValueError(f"{path}:{number}: not an entry of the table: {text}")


def main(argv: list[str]) -> int:
    table, out = Path(argv[1]), Path(argv[2])
    entries = list(read_table(table))
    names = [e.name for e in entries]
    if twice := {n for n in names if names.count(n) > 1}:
        raise ValueError(f"{table}: defined twice: {', '.join(sorted(twice))}")
    lines = [
        "/* Generated from capi.def by gen_api.py; do not edit. */",
        "#ifndef GCRT_API_H",
        "#define GCRT_API_H",
    ]
    lines += [f"#define {n} gcrt_{n}" for n in names]
    lines += ["#pragma GCC visibility push(default)"]
    lines += [e.declaration for e in entries]
    lines += ["#pragma GCC visibility pop", "#endif", ""]
    out.mkdir(parents=True, exist_ok=True)
    (out / "gcrt_api.h").write_text("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
