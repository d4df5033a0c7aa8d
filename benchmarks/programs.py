"""The programs of pyperformance that gcrt is measured with, and where they are."""

from __future__ import annotations

import importlib.util
from pathlib import Path

PROGRAMS = (
    "nbody",
    "fannkuch",
    "spectral_norm",
    "float",
    "richards",
    "deltablue",
    "chaos",
    "nqueens",
    "raytrace",
    "go",
    "hexiom",
)


def program_dir(name: str) -> Path:
    """Folder of a program in the installed, unmodified pyperformance."""
    spec = importlib.util.find_spec("pyperformance")
    if spec is None or spec.origin is None:
        raise RuntimeError("pyperformance is not installed; `make setup` installs it")
    return Path(spec.origin).parent / "data-files" / "benchmarks" / f"bm_{name}"
