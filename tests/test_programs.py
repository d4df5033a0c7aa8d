"""Every script of tests/programs prints the same under gcrt, in every mode, as under CPython.

A script may say in a comment line at its top:
    # compare: stdout          standard error differs on purpose
    # skip MODE: REASON        not in this mode
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support import oracle

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))


@pytest.mark.parametrize("script", PROGRAMS, ids=lambda p: p.stem)
def test_same_as_cpython(script: Path, mode: str, guest) -> None:
    head = "".join(script.read_text().splitlines(keepends=True)[:12])
    if match := re.search(rf"^# skip {mode}: (.+)$", head, re.M):
        pytest.skip(match[1])
    expected = oracle((str(script),))
    got = guest(script)
    assert got.out == expected.out
    if not re.search(r"^# compare: stdout$", head, re.M):
        assert got.err == expected.err
    assert got.status == expected.status
