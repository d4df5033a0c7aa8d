"""Stock extensions: what is built, and what is asked of it.

A manifest NAME.toml in this folder describes one package:

  requirement   what `gcrt build` gets, with its exact version
  modules       the modules whose exports are looked at
  program       the script in programs/ that calls all of it and prints the results
  exports       every name that the modules offer, and every member of their types (programs/exports.py
                prints that list): the program must have exercised each

Packages are built on first use into folders below build/, for gcrt and, as the oracle, for CPython.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TREE = HERE.parent
PROGRAMS = HERE / "programs"
GCRT = str(Path(sys.executable).parent / "gcrt")
CPYTHON = "/usr/bin/python3"
SITE = TREE / "build" / "extensions-site"
CPYTHON_ENVIRONMENT = TREE / "build" / "cpython-packages"


@dataclass(frozen=True)
class Manifest:
    """One package; the fields are the manifest's."""

    name: str
    requirement: str
    modules: tuple[str, ...]
    program: Path
    exports: frozenset[str]


@functools.cache
def manifests() -> tuple[Manifest, ...]:
    """All packages, by name."""
    found = []
    for path in sorted(HERE.glob("*.toml")):
        data = tomllib.loads(path.read_text())
        found.append(
            Manifest(
                path.stem,
                data["requirement"],
                tuple(data["modules"]),
                PROGRAMS / data["program"],
                frozenset(data["exports"]),
            )
        )
    return tuple(found)


def _headers_time() -> float:
    """When what extensions are compiled against last changed."""
    folders = [TREE / "capi_shim" / "include", TREE / "build" / "include", TREE / "gcrt" / "builder"]
    return max(file.stat().st_mtime for folder in folders for file in folder.glob("*.[hp]*"))


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One process at a time makes the folders that all tests share."""
    SITE.parent.mkdir(parents=True, exist_ok=True)
    with (SITE.parent / "packages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@functools.cache
def gcrt_site(requirement: str) -> str:
    """A GCRT_SITE folder in which the requirement is installed, built again when the headers are newer."""
    with _alone():
        return _gcrt_site(requirement)


def _gcrt_site(requirement: str) -> str:
    stamp = SITE.parent / f"extensions-{requirement}.stamp"
    if not stamp.exists() or stamp.stat().st_mtime < _headers_time():
        env = {**os.environ, "GCRT_SITE": str(SITE)}
        done = subprocess.run([GCRT, "build", requirement], env=env, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"gcrt build {requirement}: exit status {done.returncode}\n{done.stderr}")
        stamp.touch()
    return str(SITE)


@functools.cache
def cpython_with_packages() -> str:
    """A CPython with the same packages built from the same sources, in an environment of its own."""
    with _alone():
        return _cpython_with_packages()


def _cpython_with_packages() -> str:
    python = CPYTHON_ENVIRONMENT / "bin" / "python"
    requirements = [m.requirement for m in manifests()]
    stamp = CPYTHON_ENVIRONMENT / "requirements.stamp"
    if not stamp.exists() or stamp.read_text().split() != requirements:
        subprocess.run([CPYTHON, "-m", "venv", "--clear", str(CPYTHON_ENVIRONMENT)], check=True)
        names = ",".join(r.partition("==")[0] for r in requirements)
        words = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        subprocess.run([*words, "--no-binary", names, *requirements], check=True, stderr=subprocess.DEVNULL)
        stamp.write_text("\n".join(requirements))
    return str(python)
