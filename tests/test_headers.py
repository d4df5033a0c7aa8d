"""Every header compiles by itself, the public ones as C and as C++; the tables are in order."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from support import TREE

PUBLIC = sorted(p for p in (TREE / "capi_shim" / "include").glob("*.h") if not p.name.startswith("gcrt_"))
FOLDERS = ("runtime", "objects", "interp", "modules")
# Included several times by one file on purpose, with macros set.
TEMPLATES = {"sre_match.h", "eval_call.h"}
INTERNAL = sorted(
    p for folder in FOLDERS for p in (TREE / "capi_shim" / folder).glob("*.h") if p.name not in TEMPLATES
)
INCLUDES = [f"-I{TREE / d}" for d in ("capi_shim/include", "build/include")]
OWN = [f"-I{TREE / 'capi_shim' / folder}" for folder in FOLDERS] + [f"-I{TREE / 'gcrt/collector'}"]


def compiles(words: list[str], header: Path) -> None:
    done = subprocess.run(
        [*words, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-"],
        input=f'#include "{header.name}"\n',
        capture_output=True,
        text=True,
        cwd=header.parent,
    )
    if "refuses" not in done.stderr:
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("header", PUBLIC, ids=lambda p: p.name)
def test_public_header(header: Path) -> None:
    compiles(["gcc", "-std=gnu17", "-x", "c", *INCLUDES], header)
    compiles(["g++", "-x", "c++", *INCLUDES], header)


@pytest.mark.parametrize("header", INTERNAL, ids=lambda p: p.name)
def test_internal_header(header: Path) -> None:
    compiles(["gcc", "-std=gnu17", "-x", "c", *INCLUDES, *OWN, f"-I{header.parent}"], header)


@pytest.mark.parametrize("table", ["runtime/names.def", "runtime/types.def", "runtime/modules.def"])
def test_no_entry_twice(table: str) -> None:
    text = (TREE / "capi_shim" / table).read_text()
    names = re.findall(r"^(?:NAME|TYPE|MODULE)\((\w+)", text, re.M)
    assert names and len(names) == len(set(names))


def test_api_table_reads() -> None:
    sys.path.insert(0, str(TREE / "capi_shim"))
    from gen_api import read_table

    entries = list(read_table(TREE / "capi_shim" / "capi.def"))
    assert len({e.name for e in entries}) == len(entries) > 900
