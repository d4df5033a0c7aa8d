"""Install a wheel into the site folder in one step, and tell what is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

from gcrt.errors import CommandError
from gcrt.paths import EXT_SUFFIX, runtime_library


def _extensions(distribution: Distribution) -> list[str]:
    return sorted(str(f) for f in distribution.files or [] if str(f).endswith(EXT_SUFFIX))


def installed(site: Path) -> list[tuple[str, str, list[str]]]:
    """(name, version, extension files) of each installed package, by name."""
    found = [(d.metadata["Name"], d.version, _extensions(d)) for d in distributions(path=[str(site)])]
    return sorted(found)


def install_wheel(wheel: Path, site: Path) -> tuple[str, str, list[str]]:
    """Unpack and check a wheel beside the site folder, then move its parts in; replaces older versions."""
    site.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".gcrt-install-", dir=site.parent) as scratch:
        staged = Path(scratch) / "staged"
        words = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
        ]
        words += ["--no-index", "--no-compile", "--target", str(staged), str(wheel)]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode != 0:
            raise CommandError(f"{wheel.name} can't be installed:\n  {done.stderr.strip()}")
        (distribution,) = distributions(path=[str(staged)])
        name, version, extensions = (
            distribution.metadata["Name"],
            distribution.version,
            _extensions(distribution),
        )
        foreign = [
            str(f) for f in distribution.files or [] if ".cpython-" in f.name and f.name.endswith(".so")
        ]
        if foreign:
            raise CommandError(
                f"{name}: its build made an extension for CPython ({foreign[0]}); nothing was installed\n"
                "  its build tool does not ask sysconfig for the file suffix; `gcrt build --verbose` shows the build"
            )
        if missing := missing_api(staged / extension for extension in extensions):
            raise CommandError(
                f"{name} can't be used with gcrt; nothing was installed\n"
                f"  gcrt's C API lacks: {', '.join(sorted(missing))}"
            )
        _remove(name, site)
        _move_in(staged, site, Path(scratch) / "old")
    return name, version, extensions


def missing_api(extensions: Iterable[Path]) -> set[str]:
    """Names of the C API that the extensions need and libgcrt doesn't have."""
    have = _symbols(Path(runtime_library()), "--defined-only")
    needed = {name for path in extensions for name in _symbols(path, "--undefined-only") - have}
    return {name.removeprefix("gcrt_") for name in needed if re.match(r"(gcrt_)?_?Py", name)}


def _symbols(path: Path, which: str) -> set[str]:
    """Dynamic symbols; weak ones, which may stay undefined, are left out."""
    listed = subprocess.run(["nm", "-D", which, str(path)], capture_output=True, text=True)
    words = (line.split() for line in listed.stdout.splitlines())
    return {w[-1].partition("@")[0] for w in words if len(w) > 1 and w[-2] not in "wv"}


def _remove(name: str, site: Path) -> None:
    """Remove an installed version of the same package."""
    for old in distributions(path=[str(site)]):
        if old.metadata["Name"].lower() == name.lower():
            for file in old.files or []:
                path = Path(str(old.locate_file(file)))
                path.unlink(missing_ok=True)
                shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)
                while path.parent != site and path.parent.is_dir() and not any(path.parent.iterdir()):
                    path = path.parent
                    path.rmdir()


def _move_in(staged: Path, site: Path, attic: Path) -> None:
    """Move every top entry of staged into site; what has the same name there is replaced."""
    site.mkdir(exist_ok=True)
    attic.mkdir()
    for entry in staged.iterdir():
        target = site / entry.name
        if target.is_dir() and entry.is_dir() and entry.name == "bin":
            for file in entry.iterdir():
                os.replace(file, target / file.name)
            continue
        if target.exists():
            os.replace(target, attic / entry.name)
        os.replace(entry, target)
