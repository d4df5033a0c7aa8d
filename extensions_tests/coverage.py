"""How much of the C API there is, measured against what packages use.

usage: coverage.py [--missing] [--min N]

data/capi_usage.tsv says how many of 59 popular packages with native code use a name when they are compiled
for CPython 3.11 (by hand-written sources or by what Cython generates).  Each name is one of

  function, data   in capi.def, and exported by libgcrt
  declared         in capi.def, but libgcrt does not export it (tests fail on these)
  header           a macro, a type, an enumerator or an inline function of the headers
  newer            not in CPython 3.11 either: packages define it themselves for that version
  missing          nothing of that name

--missing prints only the missing ones; --min leaves out names that fewer than N packages use.
"""

from __future__ import annotations

import argparse
import functools
import re
import subprocess
import sys
import sysconfig
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
TREE = HERE.parent
sys.path.insert(0, str(TREE / "capi_shim"))

from gen_api import Entry, read_table  # noqa: E402

LIBRARY = TREE / "build" / "lib" / "libgcrt.so"
INCLUDES = (TREE / "capi_shim" / "include", TREE / "build" / "include")
PREFIX = "gcrt_"

# Names of CPython 3.11 that gcrt leaves out on purpose: internals of CPython that the switches in
# gcrt_knobs.h keep generated code away from, and macros that are defined only inside CPython itself.
LEFT_OUT = frozenset({"Py_BUILD_CORE", "_PyErr_StackItem", "PyGenObject"})


def usage() -> list[tuple[str, int]]:
    """(name, packages that use it), most used first."""
    lines = (HERE / "data" / "capi_usage.tsv").read_text().splitlines()[1:]
    return [(name, int(packages)) for name, packages in (line.split("\t") for line in lines)]


def table() -> dict[str, Entry]:
    """capi.def by name."""
    return {entry.name: entry for entry in read_table(TREE / "capi_shim" / "capi.def")}


def exported() -> set[str]:
    """API names, without the prefix, that libgcrt defines and shows."""
    listed = subprocess.run(
        ["nm", "-D", "--defined-only", str(LIBRARY)], capture_output=True, text=True, check=True
    )
    symbols = (line.split()[-1] for line in listed.stdout.splitlines())
    return {s[len(PREFIX) :] for s in symbols if re.match(rf"{PREFIX}_?Py", s)}


def _preprocess(*options: str) -> str:
    headers = sorted(p.name for p in INCLUDES[0].glob("*.h") if not p.name.startswith("gcrt_"))
    source = "".join(f"#include <{name}>\n" for name in ["Python.h", *headers])
    words = ["gcc", "-E", "-P", *options, *(f"-I{path}" for path in INCLUDES), "-"]
    return subprocess.run(words, input=source, capture_output=True, text=True, check=True).stdout


def in_headers() -> set[str]:
    """Names of macros, types, enumerators and inline functions."""
    macros = re.findall(r"^#define (\w+)", _preprocess("-dM"), re.M)
    words = set(re.findall(r"\b\w+\b", _preprocess()))
    return {*macros, *words}


@functools.cache
def in_cpython() -> set[str]:
    """Names in the headers of the host's CPython; empty without them."""
    folder = Path(sysconfig.get_path("include"))
    return {
        word
        for path in folder.rglob("*.h")
        for word in re.findall(r"\b\w+\b", path.read_text(errors="replace"))
    }


def classify() -> dict[str, str]:
    """The kind of each name of the usage table, in its order."""
    entries, symbols, headers = table(), exported(), in_headers()
    kinds = {}
    for name, _ in usage():
        if name in entries:
            kind = "function" if entries[name].args is not None else "data"
            kinds[name] = kind if name in symbols else "declared"
        else:
            newer = in_cpython() and name not in in_cpython()
            kinds[name] = "header" if name in headers else "newer" if newer else "missing"
    return kinds


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--min", type=int, default=0)
    options = parser.parse_args()
    kinds = classify()
    counts: Counter[str] = Counter()
    for name, packages in usage():
        if packages < options.min:
            continue
        counts[kinds[name]] += 1
        if not options.missing or kinds[name] in ("missing", "declared"):
            print(f"{packages:4}  {kinds[name]:<9} {name}")
    total = sum(counts.values())
    print(", ".join(f"{kind} {n}" for kind, n in counts.most_common()), f"of {total}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
