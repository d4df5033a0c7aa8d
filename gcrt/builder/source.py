"""Get the source tree of a requirement or path."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from gcrt.errors import CommandError


def fetch(target: str, work: Path, *, verbose: bool) -> Path:
    """The folder with target's sources below work (or target itself, when it is a folder)."""
    work.mkdir(parents=True)
    path = Path(target)
    if path.is_dir():
        if not any((path / name).exists() for name in ("pyproject.toml", "setup.py", "setup.cfg")):
            raise CommandError(
                f"{target} is not a Python project: it has neither pyproject.toml nor setup.py"
            )
        return path.resolve()
    if path.is_file():
        if path.suffix == ".whl":
            raise CommandError(
                f"{path.name} is a wheel; gcrt builds from sources: give it the sdist or its folder"
            )
        return unpack(path, work)
    if os.sep in target and "@" not in target:
        raise CommandError(f"{target}: no such file or folder")
    return unpack(_download(target, work / "download", verbose=verbose), work)


def _download(requirement: str, folder: Path, *, verbose: bool) -> Path:
    """Let pip find and download the sdist of a requirement."""
    folder.mkdir()
    words = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps"]
    # Only of the package itself: its build tools may come as wheels.
    words += ["--no-binary", _name(requirement), "--dest", str(folder), requirement]
    done = subprocess.run(words, capture_output=not verbose, text=True)
    files = [f for f in folder.iterdir() if not f.name.endswith(".whl")]
    if done.returncode != 0 and not files:
        raise CommandError(f"can't download the sources of {requirement}\n{_reason(done.stderr)}")
    if len(files) != 1:
        raise CommandError(f"{requirement} has no source distribution; gcrt builds from sources only")
    return files[0]


def _name(requirement: str) -> str:
    """The package's name; `:all:` where the words don't show one (pip then says what is wrong)."""
    match = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*([\[=<>!~;@(,].*)?$", requirement)
    return match[1] if match else ":all:"


def _reason(output: str | None) -> str:
    """The lines of pip's output that say what went wrong."""
    errors = [line for line in (output or "").splitlines() if re.match(r"\s*(ERROR|error)", line)]
    if "from versions: none" in (output or ""):
        errors.append(
            "the package index doesn't know it, or can't be reached; the PATH of an sdist needs no index"
        )
    return "\n".join(f"  {line.strip()}" for line in errors[:4]) or "  (pip gave no reason; try --verbose)"


def _safe(archive: tarfile.TarFile) -> list[tarfile.TarInfo]:
    """The members; raises when one would land outside the folder (3.11.2 has no extraction filters)."""
    members = archive.getmembers()
    for member in members:
        for name in (member.name, member.linkname):
            if os.path.isabs(name) or ".." in Path(name).parts:
                raise tarfile.TarError(f"unsafe path in the archive: {name}")
        if member.isdev():
            raise tarfile.TarError(f"device file in the archive: {member.name}")
    return members


def unpack(archive: Path, work: Path) -> Path:
    """Unpack an sdist; its single top folder."""
    place = work / "tree"
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as z:
                z.extractall(place)
        else:
            with tarfile.open(archive) as t:
                t.extractall(place, members=_safe(t))
    except (tarfile.TarError, OSError, EOFError) as error:
        raise CommandError(f"{archive.name} is not a source archive that can be read: {error}") from None
    tops = list(place.iterdir())
    if len(tops) != 1 or not tops[0].is_dir():
        raise CommandError(f"{archive.name} is not a source distribution: it should hold a single folder")
    return tops[0]
