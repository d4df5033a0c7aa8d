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


# What pythoncapi_compat.h does, and what an extension that includes it may leave unused.
COMPAT = """
#include "Python.h"
#define PYTHONCAPI_COMPAT
static inline digit *digits_of(const PyLongObject *op) { return (digit *)(op->ob_digit); }
static inline PyLongObject *writer(void) { return _PyLong_New(2); }
"""


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (COMPAT, None),
        (COMPAT.replace("#define PYTHONCAPI_COMPAT", ""), "ints_below_63_bits_have_no_ob_digit"),
        (COMPAT + "void *call(void) { return writer(); }", "can't be made digit by digit"),
    ],
    ids=["of_big_ints", "of_any_int", "written"],
)
def test_digits_of_ints(source: str, message: str | None) -> None:
    for compiler in (["gcc", "-std=gnu17", "-x", "c"], ["g++", "-x", "c++"]):
        done = subprocess.run(
            [*compiler, *INCLUDES, "-O2", "-S", "-o", "/dev/null", "-"],
            input=source,
            capture_output=True,
            text=True,
        )
        assert (done.returncode != 0) == (message is not None), done.stderr
        assert message is None or message in done.stderr


# What older generators of code, and headers that make newer names from older ones, rely on.
OLD_NAMES = """
#include "Python.h"
#include "structmember.h"
#define Py_T_INT T_INT
#define Py_READONLY READONLY
PyMemberDef members[] = {{"a", Py_T_INT, 0, Py_READONLY, NULL}};
int flags_of(PyObject *g) { return ((PyCodeObject *)((PyGenObject *)g)->gi_code)->co_flags; }
void unlink_frame(PyFrameObject *f) { Py_CLEAR(f->f_back); }
double add(double a, double b)
{
    PyFPE_START_PROTECT("add", return 0)
    double sum = a + b;
    PyFPE_END_PROTECT(sum)
    return sum;
}
"""


@pytest.mark.parametrize(
    "compiler", [["gcc", "-std=gnu17", "-x", "c"], ["g++", "-x", "c++"]], ids=["c", "c++"]
)
def test_old_names(compiler: list[str]) -> None:
    words = [*compiler, *INCLUDES, "-Wall", "-Werror", "-fsyntax-only", "-"]
    done = subprocess.run(words, input=OLD_NAMES, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


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
