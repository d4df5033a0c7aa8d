"""`gcrt build`: make a stock package with C extensions for gcrt and install it for `gcrt run`.

    requirement or path -> source tree (pip downloads the sdist) -> wheel (the package's own build
    backend, run as a cross build: cross.py) -> checked, then moved into the site folder (install.py)

Nothing in the site folder changes before everything has succeeded.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from gcrt.builder.install import install_wheel, installed
from gcrt.builder.source import fetch
from gcrt.builder.wheel import build_wheel
from gcrt.errors import CommandError, UsageError
from gcrt.paths import site_dir

USAGE = """usage: gcrt build [-v] REQUIREMENT | PATH ...
       gcrt build --list

Build packages from their unmodified sources against gcrt's C API and install them where `gcrt run`
imports from.  REQUIREMENT is what pip takes, such as ujson==6.1.0; PATH is an sdist or a source folder.

  --list         what is installed, and where
  -v, --verbose  show the build's own output
  --wheel DIR    put the wheel into DIR too"""


def command(words: list[str]) -> int:
    """Run `gcrt build WORDS`; the exit status."""
    if not words:
        raise UsageError(f"build: nothing to build\n{USAGE}")
    if words[0] in ("-h", "--help"):
        print(USAGE)
        return 0
    if words[0] == "--list":
        return _list()
    verbose, wheel_dir, targets = _parse(words)
    for target in targets:
        build(target, verbose=verbose, wheel_dir=wheel_dir)
    return 0


def _parse(words: list[str]) -> tuple[bool, Path | None, list[str]]:
    verbose, wheel_dir, targets = False, None, []
    rest = iter(words)
    for word in rest:
        if word in ("-v", "--verbose"):
            verbose = True
        elif word == "--wheel":
            folder = next(rest, None)
            if folder is None:
                raise UsageError("build: --wheel needs a folder")
            wheel_dir = Path(folder)
        elif word.startswith("-"):
            raise UsageError(f"build: unknown option {word}\n{USAGE}")
        else:
            targets.append(word)
    if not targets:
        raise UsageError(f"build: nothing to build\n{USAGE}")
    return verbose, wheel_dir, targets


def _list() -> int:
    found = installed(Path(site_dir()))
    if not found:
        print(f"nothing is installed in {site_dir()}", file=sys.stderr)
    for name, version, extensions in found:
        print(f"{name} {version}  {' '.join(extensions)}".rstrip())
    return 0


def build(target: str, *, verbose: bool = False, wheel_dir: Path | None = None) -> None:
    """Build one requirement or path and install it; raises CommandError with the reason."""
    with tempfile.TemporaryDirectory(prefix="gcrt-build-") as scratch:
        work = Path(scratch)
        tree = fetch(target, work / "source", verbose=verbose)
        wheel = build_wheel(tree, work / "wheel", verbose=verbose)
        if wheel_dir is not None:
            wheel_dir.mkdir(parents=True, exist_ok=True)
            (wheel_dir / wheel.name).write_bytes(wheel.read_bytes())
        try:
            name, version, extensions = install_wheel(wheel, Path(site_dir()))
        except OSError as error:
            raise CommandError(f"{wheel.name} can't be installed in {site_dir()}: {error}") from None
    if not extensions:
        print(f"note: {name} has no C extension of its own; its Python files were installed", file=sys.stderr)
    print(f"installed {name} {version} in {site_dir()}")
    for extension in extensions:
        print(f"  {extension}")


__all__ = ["CommandError", "build", "command"]
