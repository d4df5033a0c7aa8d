"""Where things are: the shared library, headers, and the folder that guest packages are installed in."""

from __future__ import annotations

import os
import sys

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_TREE = os.path.dirname(_PACKAGE)

EXT_SUFFIX = ".gcrt-311-x86_64-linux-gnu.so"


def _first(*candidates: str) -> str:
    for path in candidates:
        if os.path.exists(path):
            return path
    return candidates[-1]


def runtime_library() -> str:
    """libgcrt.so: the installed one, or the one that `make build` made (GCRT_LIBRARY names another)."""
    return os.environ.get("GCRT_LIBRARY") or _first(
        os.path.join(_PACKAGE, "lib", "libgcrt.so"), os.path.join(_TREE, "build", "lib", "libgcrt.so")
    )


def gc_library() -> str:
    """libgcrt-gc.so, the collector alone (GCRT_GC_LIBRARY names another)."""
    return os.environ.get("GCRT_GC_LIBRARY") or _first(
        os.path.join(_PACKAGE, "lib", "libgcrt-gc.so"), os.path.join(_TREE, "build", "lib", "libgcrt-gc.so")
    )


def include_dirs() -> list[str]:
    """Folders with Python.h and the generated gcrt_api.h."""
    installed = os.path.join(_PACKAGE, "include")
    if os.path.isdir(installed):
        return [installed]
    return [os.path.join(_TREE, "capi_shim", "include"), os.path.join(_TREE, "build", "include")]


def stdlib() -> str:
    """The host's pure-Python library."""
    return os.path.dirname(os.__file__)


def site_dir() -> str:
    """Where `gcrt build` installs and `gcrt run` imports from; GCRT_SITE names another folder."""
    return os.environ.get("GCRT_SITE") or os.path.join(sys.prefix, "lib", "gcrt-3.11", "site-packages")
