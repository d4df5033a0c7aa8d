"""Stock extensions from PyPI do under gcrt what they do under CPython: every function, in every mode, and
with a collection at every allocation."""

from __future__ import annotations

import functools
import sys

import pytest
from support import GCRT, TREE, Outcome, chosen_modes, run_process

sys.path.insert(0, str(TREE / "extensions_tests"))
from harness import PROGRAMS, Manifest, cpython_with_packages, gcrt_site, manifests  # noqa: E402

MODES = list(dict.fromkeys([*chosen_modes(), "stress-every"]))

packages = pytest.mark.parametrize("package", manifests(), ids=lambda m: m.name)


@functools.cache
def expected(package: Manifest) -> Outcome:
    """What the package's program does under CPython."""
    outcome = run_process([cpython_with_packages(), "-B", str(package.program)])
    assert outcome.status == 0, outcome.err
    return outcome


@packages
def test_nothing_is_left_out(package: Manifest) -> None:
    listed = run_process([cpython_with_packages(), "-B", str(PROGRAMS / "exports.py"), *package.modules])
    assert set(listed.out.split()) == package.exports, listed.err
    last = expected(package).out.splitlines()[-1]
    assert last.startswith("exercised: ")
    assert package.exports - set(last.split()[1:]) == set()


@packages
def test_exports(package: Manifest) -> None:
    words = [str(GCRT), "run", "-B", str(PROGRAMS / "exports.py"), *package.modules]
    got = run_process(words, env={"GCRT_SITE": gcrt_site(package.requirement)})
    assert (got.status, set(got.out.split())) == (0, package.exports), got.err


@pytest.mark.parametrize("mode", MODES)
@packages
def test_functions(package: Manifest, mode: str, guest) -> None:
    words = [PROGRAMS / "stressed.py", package.program.stem] if mode == "stress-every" else [package.program]
    got = guest("-B", *words, env={"GCRT_SITE": gcrt_site(package.requirement)}, every=1)
    assert got.out.splitlines() == expected(package).out.splitlines(), got.err
    assert (got.status, got.err) == (0, "")
