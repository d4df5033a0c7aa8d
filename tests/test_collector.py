"""The collector's own tests: C programs linked with nothing but the collector.

Every ``TEST(name)`` of ``tests/collector/*.c`` runs in a process of its own: built plainly, with the loops for
processors without AVX2, and with the address and undefined-behaviour sanitizers. A test called ``abort_*`` must end in an abort with
a message of the collector's.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SOURCES = sorted((HERE / "collector").glob("*.c"))
COLLECTOR = HERE.parent / "gcrt" / "collector"
IMAGE = HERE / "collector" / "image.c"
WARNINGS = ["-std=gnu17", "-Wall", "-Wextra", "-Werror", "-g", f"-I{COLLECTOR}"]
MODES: dict[str, list[str]] = {
    "plain": ["-O2"],
    "portable": ["-O2", "-DGC_PORTABLE"],
    "sanitized": [
        "-O1",
        "-fsanitize=address,undefined",
        "-fno-sanitize-recover=undefined",
        "-fno-omit-frame-pointer",
    ],
}
# Conservative stacks and shadow stacks exclude each other; the C heap of a test is left to its end.
ENVIRONMENT = {"ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=0:allocator_may_return_null=1"}
# The sanitizers' own memory would be measured here.
PLAIN_ONLY = {
    "resident_set_stays_small",
    "weak_unregistered_takes_no_memory",
    "memory_is_given_back",
    "background_gives_memory_back",
    "background_gives_extension_memory_back",
}


def find_names() -> list[str]:
    names: list[str] = []
    for source in SOURCES:
        names += re.findall(r"^TEST\((\w+)\)", source.read_text(), re.MULTILINE)
    return names


NAMES = find_names()


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shared object with data of its own, for the tests of image roots."""
    path = tmp_path_factory.mktemp("collector") / "image.so"
    subprocess.run(["gcc", *WARNINGS, "-shared", "-fPIC", str(IMAGE), "-o", str(path)], check=True)
    return path


@pytest.fixture(scope="session", params=list(MODES))
def driver(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The test program in one mode; its folder is called by the mode."""
    path = tmp_path_factory.mktemp("collector") / request.param / "driver"
    path.parent.mkdir()
    sources = [*sorted(COLLECTOR.glob("*.c")), *(s for s in SOURCES if s != IMAGE)]
    flags = [*WARNINGS, *MODES[request.param]]
    subprocess.run(["gcc", *flags, *map(str, sources), "-o", str(path), "-ldl", "-lpthread"], check=True)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_collector(driver: Path, image: Path, name: str) -> None:
    if name in PLAIN_ONLY and driver.parent.name == "sanitized":
        pytest.skip("measures the resident set, which the sanitizers enlarge")
    done = subprocess.run(
        [str(driver), name, str(image)],
        env={**os.environ, **ENVIRONMENT},
        capture_output=True,
        text=True,
        timeout=300,
    )
    if name.startswith("abort_"):
        assert done.returncode == -signal.SIGABRT, done.stderr
        assert "collector: " in done.stderr
    else:
        assert done.returncode == 0, done.stderr


# ThreadSanitizer hands a signal on only when a library call returns, so that a thread can't be stopped inside
# read, dlopen or a loop without calls, and it knows no fork of several threads: those tests are not among these.
RACING = [
    "ext_threads",
    "threads_allocate",
    "threads_come_and_go",
    "threads_detach_at_their_end",
    "threads_leave_extension_memory",
    "threads_store_into_old_objects",
    "markers_two",
    "markers_seven",
    "markers_with_short_stacks",
    "trace_from_several_markers",
]


@pytest.fixture(scope="session")
def racing_driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("collector") / "racing"
    sources = [*sorted(COLLECTOR.glob("*.c")), *(s for s in SOURCES if s != IMAGE)]
    flags = [*WARNINGS, "-O1", "-fsanitize=thread", *map(str, sources)]
    subprocess.run(["gcc", *flags, "-o", str(path), "-ldl", "-lpthread"], check=True)
    return path


@pytest.mark.parametrize("name", RACING)
def test_threads_do_not_race(racing_driver: Path, image: Path, name: str) -> None:
    done = subprocess.run(
        [str(racing_driver), name, str(image)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


def test_trace_is_json(driver: Path, tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    variables = {**os.environ, **ENVIRONMENT, "GC_TRACE_TEST_FILE": str(path)}
    subprocess.run([str(driver), "trace_written"], env=variables, check=True, timeout=300)
    events = json.loads(path.read_text())
    assert {event["ph"] for event in events} == {"M", "X", "C"}
    assert all({"name", "pid", "tid", "args"} <= set(event) for event in events)
    phases = [event for event in events if event["ph"] == "X"]
    assert [event["name"] for event in phases] == [
        "roots",
        "mark",
        "mark",
        "mark",
        "cycle",
        "roots",
        "mark",
        "cycle",
    ]
    assert all(type(event["ts"]) is float and event["dur"] > 0 for event in phases)


def test_names_are_known_to_the_driver(driver: Path) -> None:
    listed = subprocess.run([str(driver)], capture_output=True, text=True, check=True).stdout.split()
    assert sorted(listed) == sorted(NAMES)


@pytest.mark.parametrize("header", ["gc.h", "gc_embedder.h"])
@pytest.mark.parametrize("language", ["c", "c++"])
def test_header_compiles_alone(header: str, language: str) -> None:
    done = subprocess.run(
        ["gcc", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-x", language, str(COLLECTOR / header)],
        capture_output=True,
        text=True,
    )
    # Compiled as the main file, a header's include guard is all the context it has.
    assert done.returncode == 0 or "pragma once" in done.stderr, done.stderr


def test_internal_header_refuses_outsiders(tmp_path: Path) -> None:
    outsider = tmp_path / "outsider.c"
    outsider.write_text('#include "gc_internal.h"\n')
    command = ["gcc", "-fsyntax-only", f"-I{COLLECTOR}", str(outsider)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0 and "include gc.h" in done.stderr
    done = subprocess.run([*command, "-DGC_INTERNAL"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
