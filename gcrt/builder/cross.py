"""The cross build: make the host's build tools compile for gcrt.

The backend runs under the host's Python, but `sysconfig` answers for gcrt.  CPython itself has the hook
that cross compilers use: _PYTHON_SYSCONFIGDATA_NAME names the module with the build variables.  The tag
of the platform (SOABI) stays the host's, since wheel tools refuse tags that the running Python could not
load; the file suffix, which decides what `gcrt run` imports, is gcrt's own.
"""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path
from pprint import pformat

from gcrt.paths import EXT_SUFFIX, include_dirs

MODULE = "_sysconfigdata_gcrt"

# Calls of these from extension code are bound to libgcrt's versions when the extension is linked.
WRAPPED = (
    "malloc", "calloc", "realloc", "reallocarray", "free", "strdup", "strndup", "aligned_alloc", "memalign",
    "posix_memalign", "malloc_usable_size", "getline", "getdelim",
)  # fmt: skip


def build_variables() -> dict[str, object]:
    """The host's build variables with gcrt's answers in place of CPython's."""
    variables = dict(sysconfig.get_config_vars())
    includes = " ".join(f"-I{path}" for path in include_dirs())
    wraps = "".join(f" -Wl,--wrap={name}" for name in WRAPPED)
    flags = "-O2 -g -fwrapv -DNDEBUG -Wall"
    link = f"-pthread -shared -Wl,-O1 -Wl,-Bsymbolic-functions{wraps}"
    variables.update(
        CC=f"gcc -pthread {includes}",
        CXX=f"g++ -pthread {includes}",
        CFLAGS=flags,
        PY_CFLAGS=flags,
        CPPFLAGS="",
        LDFLAGS="",
        OPT="",
        BASECFLAGS="",
        CCSHARED="-fPIC",
        LDSHARED=f"gcc {link}",
        LDCXXSHARED=f"g++ {link}",
        BLDSHARED=f"gcc {link}",
        LINKCC="gcc -pthread",
        LIBRARY="",
        LDLIBRARY="",
        BLDLIBRARY="",
        LIBDIR="",
        LIBS="",
        Py_ENABLE_SHARED=0,
        INCLUDEPY=include_dirs()[0],
        CONFINCLUDEPY=include_dirs()[0],
        EXT_SUFFIX=EXT_SUFFIX,
        SHLIB_SUFFIX=EXT_SUFFIX,
        Py_DEBUG=0,
        WITH_PYMALLOC=0,
    )
    return variables


def environment(folder: Path) -> dict[str, str]:
    """Environment variables of a build process; writes the variables' module into folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{MODULE}.py").write_text(f"build_time_vars = {pformat(build_variables())}\n")
    # `include` of sysconfig's paths comes from the scheme, not from the variables.
    (folder / "sitecustomize.py").write_text(_SITECUSTOMIZE.format(include=include_dirs()[0]))
    changes = {
        "_PYTHON_SYSCONFIGDATA_NAME": MODULE,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")])),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for name in ("CC", "CXX", "LDSHARED", "CFLAGS", "CXXFLAGS", "LDFLAGS", "CPPFLAGS"):
        changes[name] = ""
    return changes


_SITECUSTOMIZE = '''"""Made by gcrt build: headers are gcrt's, whatever scheme is asked."""
import sysconfig

_get_path, _get_paths = sysconfig.get_path, sysconfig.get_paths
_INCLUDES = dict(include={include!r}, platinclude={include!r})


def get_paths(*args, **kwds):
    return dict(_get_paths(*args, **kwds), **_INCLUDES)


def get_path(name, *args, **kwds):
    return _INCLUDES.get(name) or _get_path(name, *args, **kwds)


sysconfig.get_path, sysconfig.get_paths = get_path, get_paths
'''
