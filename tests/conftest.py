"""The fixtures: `mode` is each mode in turn, `guest` runs a program in it (support.py says which modes)."""

from __future__ import annotations

import pytest
from support import GCRT, MODES, Outcome, chosen_modes, run_process


@pytest.fixture(params=chosen_modes())
def mode(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def guest(mode: str):
    """guest(*words) runs `gcrt run OPTIONS-OF-THE-MODE words`."""

    def run(*words: str, **keywords) -> Outcome:
        timeout = keywords.pop("timeout", 600 if mode == "stress-every" else 120)
        return run_process([str(GCRT), "run", *MODES[mode], *map(str, words)], timeout=timeout, **keywords)

    return run


@pytest.fixture
def heap():
    """A gcrt.Heap with the options of the mode that heap_support.py names."""
    from heap_support import MODE, MODES

    import gcrt

    with gcrt.Heap(**MODES[MODE]) as heap:
        yield heap


# These build packages into folders that they share: one worker runs them all.
SHARED_FOLDERS = {"test_extensions.py", "test_build.py", "test_capi.py"}


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name in SHARED_FOLDERS:
            item.add_marker(pytest.mark.xdist_group("packages"))
