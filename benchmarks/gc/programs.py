"""Building the collector's benchmark programs, and running one of them once."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TREE = HERE.parent.parent
COLLECTOR = TREE / "gcrt" / "collector"
BUILD = TREE / "build" / "gc"
FLAGS = ["-std=gnu17", "-O2", "-g", "-Wall", "-Wextra", "-Werror", "-fno-omit-frame-pointer", "-pthread"]
SOURCES = ("gcbench", "trees", "graph", "leaf", "weak", "malloc", "image", "flat", "holes")
OURS_ONLY = {"image"}
AGAINST_LIBC = {"malloc"}
# Linked statically, as ours is: that spares bdwgc a call for each access to thread-local data.
BDWGC = ["-DPEER_BDWGC", "-DGC_THREADS"], ["-Wl,-Bstatic", "-lgc", "-Wl,-Bdynamic", "-ldl"]
LIBC = ["-DPEER_LIBC", "-fno-builtin"], []
BY_HAND = {"leaf"}
TIMEOUT = 900.0
OUT_OF_MEMORY = 3


@dataclass
class Result:
    check: str
    numbers: dict[str, float]


def compile_and_link(words: Sequence[str]) -> None:
    done = subprocess.run(["gcc", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"gcc {' '.join(words)}\n{done.stderr}")


def build_object(source: Path) -> Path:
    out = BUILD / f"{source.stem}.o"
    compile_and_link([*FLAGS, "-c", str(source), "-o", str(out)])
    return out


def build_program(name: str, collector: Sequence[Path]) -> None:
    source = str(HERE / f"{name}.c")
    if name in BY_HAND:
        compile_and_link(
            [*FLAGS, "-DPEER_MALLOC", "-fno-builtin", source, "-o", str(BUILD / f"{name}-malloc")]
        )
    ours = [*FLAGS, f"-I{COLLECTOR}", source, *map(str, collector), "-o", str(BUILD / f"{name}-gcrt"), "-ldl"]
    compile_and_link(ours)
    if name in OURS_ONLY:
        return
    side, (flags, libraries) = ("libc", LIBC) if name in AGAINST_LIBC else ("bdwgc", BDWGC)
    compile_and_link([*FLAGS, *flags, source, "-o", str(BUILD / f"{name}-{side}"), *libraries])


def build() -> None:
    """Everything, each time: the collector is small."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = list(pool.map(build_object, sorted(COLLECTOR.glob("*.c"))))
        list(pool.map(lambda name: build_program(name, objects), SOURCES))


def run(name: str, side: str, arguments: Sequence[str], settings: dict[str, str]) -> Result | None:
    """One run in a process of its own; None when it ran out of memory."""
    command = [str(BUILD / f"{name}-{side}"), *arguments]
    done = subprocess.run(
        command, env={**os.environ, **settings}, capture_output=True, text=True, timeout=TIMEOUT
    )
    if done.returncode == OUT_OF_MEMORY:
        return None
    if done.returncode != 0:
        raise RuntimeError(
            f"{settings} {' '.join(command)}: exit status {done.returncode}\n{done.stderr[-2000:]}"
        )
    fields = json.loads(done.stdout)
    return Result(fields.pop("check"), fields)
