"""The programs of pyperformance, unmodified, compute what CPython computes, in every mode."""

from __future__ import annotations

import sys

import pytest
from support import TREE, oracle

sys.path.insert(0, str(TREE / "benchmarks"))
from programs import PROGRAMS, program_dir  # noqa: E402


@pytest.mark.parametrize("program", PROGRAMS)
def test_results(program: str, guest) -> None:
    words = (str(TREE / "benchmarks" / "results.py"), str(program_dir(program)), program)
    expected = oracle(words)
    assert expected.status == 0, expected.err
    got = guest(*words)
    assert (got.status, got.out) == (0, expected.out), got.err
