"""capi.def, the headers and libgcrt agree; what packages use most is there."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support import GCRT, TREE, run_process

sys.path.insert(0, str(TREE / "extensions_tests"))
import coverage as capi  # noqa: E402
import gen_api  # noqa: E402


def test_everything_in_the_table_is_exported() -> None:
    assert set(capi.table()) - capi.exported() == set()


def test_everything_exported_is_in_the_table() -> None:
    assert capi.exported() - set(capi.table()) == set()


def test_generated_header_is_fresh(tmp_path: Path) -> None:
    gen_api.main(["", str(TREE / "capi_shim" / "capi.def"), str(tmp_path)])
    made = TREE / "build" / "include" / "gcrt_api.h"
    assert made.read_text() == (tmp_path / "gcrt_api.h").read_text()


def test_names_that_packages_use() -> None:
    """A name of CPython 3.11 that at least three of the packages use is missing only for a reason."""
    kinds = capi.classify()
    missing = {
        name for name, packages in capi.usage() if packages >= 3 and kinds[name] in ("missing", "declared")
    }
    assert missing - capi.LEFT_OUT == set()


def test_report() -> None:
    got = run_process([sys.executable, str(TREE / "extensions_tests" / "coverage.py"), "--min", "30"])
    assert got.status == 0
    assert "function PyErr_SetString" in " ".join(got.out.split())


HEADERS = sorted(p.name for p in (TREE / "capi_shim" / "include").glob("*.h"))


@pytest.mark.parametrize(
    "compiler", [("gcc", "-std=c99"), ("gcc", "-std=gnu17"), ("g++", "-std=c++11"), ("g++", "-std=c++20")]
)
def test_headers_compile(compiler: tuple[str, str], tmp_path: Path) -> None:
    """Every public header, alone and twice, as C and as C++, without a warning."""
    includes = [f"-I{path}" for path in capi.INCLUDES]
    language = "c" if compiler[0] == "gcc" else "c++"
    for name in HEADERS:
        if name.startswith("gcrt_"):
            continue
        source = f"#include <{name}>\n#include <{name}>\n#include <Python.h>\nint here;\n"
        words = [*compiler, "-x", language, "-fsyntax-only", "-Wall", "-Wextra", "-Werror", *includes, "-"]
        done = subprocess.run(words, input=source, capture_output=True, text=True)
        assert done.returncode == 0, f"{name}: {done.stderr}"


def test_struct_of_the_api_from_c(tmp_path: Path) -> None:
    """An extension that uses a broad part of the API computes what it should, collecting at every allocation."""
    site = tmp_path / "site"
    tree = tmp_path / "broad-1.0"
    tree.mkdir()
    (tree / "broad.c").write_text((Path(__file__).parent / "capi" / "broad.c").read_text())
    (tree / "setup.py").write_text(
        "from setuptools import Extension, setup\n"
        "setup(name='broad', version='1.0', ext_modules=[Extension('broad', ['broad.c'])])\n"
    )
    env = {"GCRT_SITE": str(site)}
    built = run_process([str(GCRT), "build", str(tree)], env=env)
    assert built.status == 0, built.err
    for options in ([], ["--gc-stress=1"]):
        got = run_process(
            [str(GCRT), "run", "--jit=off", *options, "-c", "import broad; print(broad.check())"], env=env
        )
        assert (got.status, got.out, got.err) == (0, "ok\n", "")
    got = run_process([str(GCRT), "run", "-c", "import broad; broad.free_twice()"], env=env)
    assert got.status == -signal.SIGABRT and "freed twice" in got.err
