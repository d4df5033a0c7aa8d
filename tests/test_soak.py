"""Everything the collector offers, at random and from many threads, for some seconds: without generations, with them, and
with old objects watched.

`make soak` is this for half an hour, `make soak-threads` under the thread sanitizer.  GCRT_SOAK_MODES chooses from
MODES below.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SOURCES = [HERE / "soak" / "soak.c", HERE / "soak" / "things.c"]
COLLECTOR = HERE.parent / "gcrt" / "collector"
WARNINGS = ["-std=gnu17", "-Wall", "-Wextra", "-Werror", "-g", f"-I{COLLECTOR}"]
MODES = {"plain": ["-O2"], "threads": ["-O1", "-fsanitize=thread"], "address": ["-O1", "-fsanitize=address"]}
# Conservative stacks and shadow stacks exclude each other; the C heap is left to its end.
ENVIRONMENT = {"ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=0", "SOAK_SANITIZED": "1"}
CHOSEN = os.environ.get("GCRT_SOAK_MODES", "plain").split(",")
SECONDS = os.environ.get("GCRT_SOAK_SECONDS", "10")
SEED = os.environ.get("GCRT_SOAK_SEED", "1")


def build(folder: Path, flags: list[str]) -> tuple[Path, Path]:
    program, image = folder / "soak", folder / "image.so"
    sources = [*map(str, SOURCES), *map(str, sorted(COLLECTOR.glob("*.c")))]
    subprocess.run(["gcc", *WARNINGS, *flags, *sources, "-o", str(program), "-ldl", "-lpthread"], check=True)
    shared = ["-shared", "-fPIC", str(HERE / "soak" / "image.c"), "-o", str(image)]
    subprocess.run(["gcc", *WARNINGS, *shared], check=True)
    return program, image


@pytest.fixture(scope="module", params=CHOSEN)
def soak(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The program and its image in one mode; their folder is called by the mode."""
    folder = tmp_path_factory.mktemp("soak") / request.param
    folder.mkdir()
    return build(folder, MODES[request.param])


GENERATIONS = {"full": {}, "generations": {"SOAK_GENERATIONS": "1"}, "watched": {"SOAK_WATCH": "1"}}


@pytest.mark.parametrize("generations", GENERATIONS)
def test_soak(soak: tuple[Path, Path], generations: str) -> None:
    program, image = soak
    # ThreadSanitizer hands no signal on inside dlopen, where a thread is stopped as anywhere else: no image for it.
    images = [] if program.parent.name == "threads" else [str(image)]
    variables = ENVIRONMENT if program.parent.name != "plain" else {}
    done = subprocess.run(
        [str(program), str(float(SECONDS) / len(GENERATIONS)), SEED, *images],
        env={**os.environ, **variables, **GENERATIONS[generations]},
        capture_output=True,
        text=True,
        timeout=float(SECONDS) + 300,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr[-5000:]}"
    assert "finalized" in done.stdout
