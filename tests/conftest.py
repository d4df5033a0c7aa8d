"""The fixtures: `mode` is each mode in turn, `guest` runs a program in it (support.py says which modes)."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import GCRT, MODES, STRESS_COLLECTIONS, Outcome, chosen_modes, run_process, stress_period


@pytest.fixture(params=chosen_modes())
def mode(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def guest(mode: str, request: pytest.FixtureRequest):
    """guest(*words) runs `gcrt run OPTIONS-OF-THE-MODE words`; every=N collects at every Nth allocation in
    the mode stress-every, whatever the program's length."""

    def run(*words: str | Path, every: int | None = None, **keywords) -> Outcome:
        options, texts = MODES[mode], tuple(map(str, words))
        timeout = keywords.pop("timeout", 120)
        if mode == "stress-every":
            if every is None:
                every, made = stress_period(texts, keywords.get("env"), timeout)
                if every > 1:
                    request.node.user_properties.append((LONGER, f"every {every}. of {made:,} allocations"))
            options = [*options, f"--gc-stress={every}"]
            timeout = 1200
        return run_process([str(GCRT), "run", *options, *texts], timeout=timeout, **keywords)

    return run


@pytest.fixture
def heap():
    """A gcrt.Heap with the options of the mode that heap_support.py names."""
    from heap_support import MODE, MODES

    import gcrt

    with gcrt.Heap(**MODES[MODE]) as heap:
        yield heap


LONGER = "collects at"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which programs did not collect at each of their allocations."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    found = [(r.nodeid, text) for r in reports for name, text in r.user_properties if name == LONGER]
    if found:
        terminalreporter.section(f"more than {STRESS_COLLECTIONS:,} allocations: collected at a part of them")
    for test, text in sorted(set(found)):
        terminalreporter.line(f"{test}: {text}")


# These build packages into folders that they share: one worker runs them all.
SHARED_FOLDERS = {"test_extensions.py", "test_build.py", "test_capi.py"}


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name in SHARED_FOLDERS:
            item.add_marker(pytest.mark.xdist_group("packages"))
